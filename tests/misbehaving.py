"""A server on loopback that misbehaves as it is told, before an endpoint that does not."""

from __future__ import annotations

import contextlib
import threading
import time
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

JSON = "application/sparql-results+json"
WIKIDATAS_WORDS = b'{"head":{"vars":["s"]},"results":{"bindings":[SPARQL-QUERY: java.util.concurrent.TimeoutException'
"""How an answer of Wikidata's ends whose time was over: with status 200, in the middle, in words that are no JSON."""


class Misbehaving:
    """What it is to do with the next requests, one word each, and what it was asked so far.

    deeds: `429` or another status; `429 after 2`, with Retry-After; `slow`, `drip`, `cut`, `stopped`, `garbage`,
    `other`, `page`, `hang up`. When they are at an end, requests go through.
    most: things in one query, beyond which it answers 500.
    """

    def __init__(self, endpoint: str) -> None:
        self.endpoint = endpoint
        self.deeds: list[str] = []
        self.most = 10_000
        self.queries: list[bytes] = []
        self.agents: list[str] = []
        self.at_once = self.most_at_once = 0
        self.url = ""

    def answer(self, query: bytes) -> tuple[int, str, bytes]:
        headers = {"Accept": JSON, "Content-Type": "application/x-www-form-urlencoded"}
        request = urllib.request.Request(self.endpoint, query, headers)
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=60) as answer:
            return answer.status, JSON, answer.read()


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_POST(self) -> None:
        told = self.server.told
        query = self.rfile.read(int(self.headers["Content-Length"]))
        told.queries.append(query)
        told.agents.append(self.headers["User-Agent"])
        told.at_once += 1
        told.most_at_once = max(told.most_at_once, told.at_once)
        try:
            with contextlib.suppress(ConnectionError):
                self._act(told, told.deeds.pop(0) if told.deeds else "", query)
        finally:
            told.at_once -= 1

    def _act(self, told: Misbehaving, deed: str, query: bytes) -> None:
        # In the query as it is sent, each thing asked about is an IRI between %3C and %3E.
        if query.count(b"%3Chttp") > told.most:
            deed = "500"
        word, _, again = deed.partition(" after ")
        if word.isdecimal():
            self._send(int(word), "text/plain", b"made-up refusal", again)
        elif deed == "slow":
            time.sleep(5)
        elif deed == "hang up":
            self.close_connection = True
        elif deed == "garbage":
            self._send(200, JSON, b"{made-up garbage")
        elif deed == "other":
            self._send(200, JSON, b'{"head":{"vars":["made_up"]},"results":{"bindings":[]}}')
        elif deed == "page":
            self._send(200, "text/html", b"<p>made-up page")
        elif deed == "stopped":
            self._send(200, JSON, WIKIDATAS_WORDS)
        else:
            self._pass_on(told, deed, query)

    def _pass_on(self, told: Misbehaving, deed: str, query: bytes) -> None:
        status, media_type, body = told.answer(query)
        if deed == "cut":
            self._send(status, media_type, body[: len(body) // 2], length=len(body))
        elif deed == "drip":
            self._send(status, media_type, b"", length=len(body))
            for number in range(len(body)):
                self.wfile.write(body[number : number + 1])
                time.sleep(0.2)
        else:
            self._send(status, media_type, body)

    def _send(self, status: int, media_type: str, body: bytes, again: str = "", length: int | None = None) -> None:
        self.send_response(status)
        self.send_header("Content-Type", media_type)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        if again:
            self.send_header("Retry-After", again)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    told: Misbehaving


@contextlib.contextmanager
def misbehaving(endpoint: str) -> Iterator[Misbehaving]:
    """Run it until the end of a block."""
    server = _Server(("127.0.0.1", 0), _Handler)
    server.told = Misbehaving(endpoint)
    server.told.url = f"http://127.0.0.1:{server.server_port}/sparql"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield server.told
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
