"""A server on loopback that misbehaves in ways that a test chooses, before an endpoint that does not."""

import contextlib
import threading
import time
import urllib.request
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

JSON = "application/sparql-results+json"
BODIES = {
    "garbage": (JSON, b"{made-up garbage"),
    "other": (JSON, b'{"head":{"vars":["made_up"]},"results":{"bindings":[]}}'),
    "page": ("text/html", b"<p>made-up page"),
    # How an answer of Wikidata's ends whose time was over: with status 200, in the middle, in words that are no JSON.
    "stopped": (JSON, b'{"head":{"vars":["s"]},"results":{"bindings":[SPARQL-QUERY: java.util.concurrent.TimeoutEx'),
}


class Misbehaving(ThreadingHTTPServer):
    """What it is to do with the next requests, one word each, and what was sent to it so far.

    deeds: `429` or another status; `429 after 2`, with Retry-After; one of `BODIES`; `slow`, `drip`, `cut`, `hang up`.
    When they are at an end, requests go through. most: things in one query, beyond which it answers 500.
    """

    daemon_threads = True

    def __init__(self, endpoint: str) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.endpoint, self.url = endpoint, f"http://127.0.0.1:{self.server_port}/sparql"
        self.deeds, self.most = list[str](), 10_000
        self.queries, self.agents = list[bytes](), list[str]()
        self.at_once = self.most_at_once = 0


class _Handler(BaseHTTPRequestHandler):
    server: Misbehaving

    def do_POST(self) -> None:
        server, query = self.server, self.rfile.read(int(self.headers["Content-Length"]))
        server.queries.append(query)
        server.agents.append(self.headers["User-Agent"])
        server.at_once += 1
        server.most_at_once = max(server.most_at_once, server.at_once)
        deed = server.deeds.pop(0) if server.deeds else ""
        # In the query as it is sent, each thing asked about is an IRI between %3C and %3E.
        if query.count(b"%3Chttp") > server.most:
            deed = "500"
        if deed in {"slow", "hang up"}:
            time.sleep(5 if deed == "slow" else 0)
            return
        status, _, again = deed.partition(" after ")
        media_type, body = BODIES.get(deed) or ("text/plain", b"made-up refusal")
        if deed in {"", "cut", "drip"}:
            media_type, headers = JSON, {"Accept": JSON, "Content-Type": "application/x-www-form-urlencoded"}
            request = urllib.request.Request(server.endpoint, query, headers)
            with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=60) as answer:
                body = answer.read()
        self.send_response(int(status) if status.isdecimal() else 200)
        self.send_header("Content-Type", media_type)
        self.send_header("Content-Length", str(len(body)))
        if again:
            self.send_header("Retry-After", again)
        self.end_headers()
        # Who has read the last byte may send the next query before this thread goes on.
        server.at_once -= 1
        with contextlib.suppress(ConnectionError):
            self.wfile.write({"cut": body[: len(body) // 2], "drip": b""}.get(deed, body))
            for number in range(len(body) if deed == "drip" else 0):
                self.wfile.write(body[number : number + 1])
                time.sleep(0.2)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextlib.contextmanager
def misbehaving(endpoint: str) -> Iterator[Misbehaving]:
    """Run it until the end of a block."""
    with Misbehaving(endpoint) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield server
        server.shutdown()
