import contextlib
import hashlib
import http.client
import json
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

import pytest

from processes import descendants, eventually, is_running
from twingraph.errors import AddressTaken
from twingraph.settings import Settings
from twingraph.web.server import serve

MADE_UP = "https://example.org/made-up/"
NAMES = f"SELECT ?name {{ ?town <{MADE_UP}name> ?name }} ORDER BY ?name"
NAMED = f"CONSTRUCT {{ ?town schema:name ?name }} {{ ?town <{MADE_UP}name> ?name }}"
ENDLESS = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l . ?m ?n ?o . ?p ?q ?r . ?s ?t ?u }"
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
RESULTS, TSV = "application/sparql-results", "text/tab-separated-values"
START = """
import sys
from pathlib import Path
from twingraph.settings import Settings
from twingraph.web.server import serve
serve(Path(sys.argv[1]), Settings(seconds=float(sys.argv[3])), "127.0.0.1", int(sys.argv[2]))
"""


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    text: str


@dataclass(frozen=True)
class Server:
    process: subprocess.Popen[bytes]
    port: int

    def ask(self, path: str, *, method: str = "GET", body: str | bytes | None = None, **headers: str) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        with contextlib.closing(connection):
            named = {name.replace("_", "-"): value for name, value in headers.items()}
            connection.request(method, path, body, named)
            answer = connection.getresponse()
            return Answer(answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read().decode())

    def query(
        self,
        query: str,
        path: str = "/sparql",
        *,
        method: str = "GET",
        fields: Iterable[tuple[str, str]] = (),
        **headers: str,
    ) -> Answer:
        return self.ask(f"{path}?{urlencode([('query', query), *fields])}", method=method, **headers)

    def is_up(self) -> bool:
        with contextlib.suppress(OSError):
            return self.ask("/health").status == 200
        return False


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A made-up release of two towns, one with a name that would be a script."""
    folder = tmp_path_factory.mktemp("made-up-release")
    (folder / "twingraph.nq").write_text(
        f'<{MADE_UP}a> <{MADE_UP}name> "Izdomāta"@lv <{MADE_UP}quote/1> .\n'
        f'<{MADE_UP}b> <{MADE_UP}name> "<script>made up</script>" <{MADE_UP}quote/2> .\n'
        + "".join(f"<{MADE_UP}{n}> <{MADE_UP}next> <{MADE_UP}{n + 1}> <{MADE_UP}quote/3> .\n" for n in range(200)),
        encoding="utf-8",
    )
    (folder / "twingraph.ttl").write_text(f'<{MADE_UP}a> <{MADE_UP}name> "Izdomāta"@lv .\n', encoding="utf-8")
    (folder / "not-listed.txt").write_text("made up\n", encoding="utf-8")
    sums = (
        f"{hashlib.sha256((folder / name).read_bytes()).hexdigest()}  {name}\n"
        for name in ("twingraph.nq", "twingraph.ttl")
    )
    (folder / "SHA256SUMS").write_text("".join(sums), encoding="utf-8")
    return folder


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as trial:
        return trial.getsockname()[1]


@contextlib.contextmanager
def started(release: Path, seconds: float = 0.5) -> Iterator[Server]:
    port = free_port()
    with subprocess.Popen([sys.executable, "-c", START, release, str(port), str(seconds)]) as process:
        server = Server(process, port)
        try:
            assert eventually(server.is_up, 10)
            yield server
        finally:
            process.kill()


@pytest.fixture(scope="module")
def server(release: Path) -> Iterator[Server]:
    with started(release) as server:
        yield server


# Asking


@pytest.mark.parametrize("path", ["/sparql", "/sparql/"])
def test_a_query_is_answered_at_both_addresses_without_a_detour(server: Server, path: str) -> None:
    answer = server.query(NAMES, path)
    assert (answer.status, answer.headers["content-type"]) == (200, "application/sparql-results+json")
    assert [row["name"]["value"] for row in json.loads(answer.text)["results"]["bindings"]] == [
        "<script>made up</script>",
        "Izdomāta",
    ]


def test_a_query_can_be_posted_as_a_form_and_as_it_is(server: Server) -> None:
    form = server.ask(
        "/sparql",
        method="POST",
        body=urlencode({"query": NAMES, "format": "csv"}),
        Content_Type="application/x-www-form-urlencoded",
    )
    direct = server.ask(
        "/sparql/?format=csv",
        method="POST",
        body=NAMES.encode(),
        Content_Type="application/sparql-query; charset=utf-8",
    )
    assert form.text == direct.text == "name\r\n<script>made up</script>\r\nIzdomāta\r\n"
    assert form.headers["content-type"] == direct.headers["content-type"] == "text/csv; charset=utf-8"


@pytest.mark.parametrize(
    ("accept", "results", "graph"),
    [
        (f"{RESULTS}+json,text/turtle", f"{RESULTS}+json", "text/turtle; charset=utf-8"),
        (f"{RESULTS}+xml,application/rdf+xml", f"{RESULTS}+xml", "application/rdf+xml"),
        ("text/csv,application/ld+json", "text/csv; charset=utf-8", "application/ld+json"),
        (f"{TSV},application/n-triples", f"{TSV}; charset=utf-8", "application/n-triples"),
        ("application/json,application/n-quads", "application/json", "application/n-quads"),
    ],
)
def test_the_format_is_the_one_accepted(server: Server, accept: str, results: str, graph: str) -> None:
    assert server.query(NAMES, Accept=accept).headers["content-type"] == results
    assert server.query(NAMED, Accept=accept).headers["content-type"] == graph


def test_a_head_request_gets_the_headers_alone(server: Server) -> None:
    answer = server.query(NAMES, method="HEAD")
    assert (answer.status, answer.text) == (200, "")
    assert int(answer.headers["content-length"]) == len(server.query(NAMES).text.encode())


@pytest.mark.parametrize("path", ["/", "/sparql?query=ASK%7B%7D", "/sparql", "/health", "/nowhere"])
def test_scripts_of_any_site_may_read_every_answer(server: Server, path: str) -> None:
    assert server.ask(path).headers["access-control-allow-origin"] == "*"


# What is refused, in words


@pytest.mark.parametrize(
    ("path", "status", "sentence"),
    [
        ("/sparql?named-graph-uri=urn:a", 400, "Send one query, in the field “query”; this request has none."),
        ("/sparql?query=ASK%7B%7D&query=ASK%7B%7D", 400, "this request has 2."),
        ("/sparql?query=", 400, "Line 1, column 1, at the end"),
        ("/sparql?query=SELECT%20*%20%7B%0A%20oops%20%7D", 400, "Line 2, column 2, at oops"),
        ("/sparql?query=ASK%7B%22%E9%22%7D", 400, "not UTF-8"),
        ("/sparql?query=ASK%7BSERVICE%3Chttp://a/%3E%7B%7D%7D", 400, "SERVICE is not offered"),
        ("/sparql?update=DROP%20ALL", 400, "SPARQL Update is not offered"),
        ("/sparql?" + "a=b&" * 200, 400, "fields"),
        ("/sparql?" + urlencode({"query": ENDLESS}), 503, "stopped after 0.5 seconds, the time limit"),
        ("/nowhere", 404, "not found"),
    ],
)
def test_a_refusal_is_a_sentence_with_its_status(server: Server, path: str, status: int, sentence: str) -> None:
    answer = server.ask(path)
    assert (answer.status, answer.headers["content-type"]) == (status, "text/plain; charset=utf-8")
    assert sentence in answer.text


@pytest.mark.parametrize(
    ("media_type", "body", "status", "sentence"),
    [
        ("application/sparql-update", b"DROP ALL", 400, "SPARQL Update is not offered"),
        ("application/x-www-form-urlencoded", b"update=DROP+ALL", 400, "SPARQL Update is not offered"),
        ("application/sparql-query", b"ASK { <a> <b> '\xe9' }", 400, "not UTF-8"),
        ("text/plain", b"ASK {}", 415, "application/sparql-query"),
        ("application/sparql-query", b"#" * (1 << 20) + b"\nASK {}", 413, "exceeds"),
    ],
)
def test_a_body_that_is_no_query_is_refused(
    server: Server, media_type: str, body: bytes, status: int, sentence: str
) -> None:
    answer = server.ask("/sparql", method="POST", body=body, Content_Type=media_type)
    assert answer.status == status
    assert sentence in answer.text


def test_what_nobody_accepts_is_not_sent(server: Server) -> None:
    answer = server.query(NAMES, Accept="text/turtle")
    assert answer.status == 406
    assert "text/csv" in answer.text


def test_other_methods_are_refused_with_those_there_are(server: Server) -> None:
    answer = server.ask("/sparql", method="PUT", body=b"")
    assert answer.status == 405
    assert {"GET", "POST", "HEAD"} <= set(answer.headers["allow"].split(", "))


# People


def test_a_browser_gets_a_form_and_then_a_table(server: Server) -> None:
    assert "<textarea" in server.ask("/sparql", Accept=BROWSER).text
    table = server.query(NAMES, Accept=BROWSER, fields=[("format", "")])
    assert table.headers["content-type"] == "text/html; charset=utf-8"
    assert '<td><span lang="lv">Izdomāta</span></td>' in table.text
    assert "&lt;script&gt;made up" in table.text
    assert "<script>" not in table.text


def test_a_browser_sees_triples_and_truth_too(server: Server) -> None:
    assert "schema:name &#34;Izdomāta&#34;@lv" in server.query(NAMED, Accept=BROWSER).text
    assert "Yes." in server.query("ASK {}", Accept=BROWSER).text


def test_a_browser_can_choose_a_file(server: Server) -> None:
    answer = server.query(NAMES, Accept=BROWSER, fields=[("format", "csv")])
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"


def test_a_long_answer_is_not_made_into_a_page(server: Server) -> None:
    long = "SELECT * { ?a ?b ?c . ?d ?e ?f } LIMIT 8000"
    assert "take it as a file" in server.query(long, Accept=BROWSER).text


def test_the_front_page_says_what_this_is_and_links_the_files(server: Server) -> None:
    page = server.ask("/").text
    assert "every statement comes with the sentence that says it" in page
    assert 'href="/dumps/latest/twingraph.nq"' in page


# Files


@pytest.mark.parametrize(
    ("name", "media_type"),
    [
        ("twingraph.nq", "application/n-quads"),
        ("twingraph.ttl", "text/turtle; charset=utf-8"),
        ("SHA256SUMS", "text/plain; charset=utf-8"),
    ],
)
def test_the_files_of_the_release_are_served_byte_for_byte(
    server: Server, release: Path, name: str, media_type: str
) -> None:
    answer = server.ask(f"/dumps/latest/{name}")
    assert answer.headers["content-type"] == media_type
    assert answer.text == (release / name).read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "name", ["not-listed.txt", "../made-up-release0/twingraph.nq", "%2e%2e/x", "..%2fx", "", "a%00"]
)
def test_nothing_but_the_files_of_the_release_is_served(server: Server, name: str) -> None:
    assert server.ask(f"/dumps/latest/{name}").status == 404


# Beginning and end


@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_nothing_is_left_over_however_the_server_ends(release: Path, end: signal.Signals | None) -> None:
    with ThreadPoolExecutor() as pool, started(release, seconds=30) as server:
        slow = pool.submit(server.query, ENDLESS)
        time.sleep(0.1)
        started_by_it = descendants(server.process.pid)
        assert len(started_by_it) >= 3
        begin = time.monotonic()
        server.process.send_signal(end)
        assert server.process.wait(5) == (-signal.SIGKILL if end == signal.SIGKILL else 0)
        assert eventually(lambda: not any(map(is_running, started_by_it)))
        assert time.monotonic() - begin < 3
        assert slow.exception() or slow.result().status == 500
        with socket.create_server(("127.0.0.1", server.port)):
            pass  # the port is free again


def test_a_port_in_use_is_told_before_anything_starts(release: Path) -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as taken,
        pytest.raises(AddressTaken, match=r"choose another with --port") as refused,
    ):
        serve(release, Settings(), "127.0.0.1", taken.getsockname()[1])
    assert "Address already in use" in str(refused.value)
