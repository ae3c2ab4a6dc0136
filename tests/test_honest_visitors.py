"""Odd but honest requests, each answered rightly, and what others make of an answer: a file saved, a server kept up."""

from __future__ import annotations

import os
import socket
import subprocess
import time
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

import pytest
from click.testing import CliRunner

from engines import free_port, program
from serving import eventually
from twingraph.cli import main

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser

    from serving import Server
    from twingraph.release.build import Release

ROWS = "SELECT ?town { place:jelgava tg:twinnedWith ?town }"
GRAPH = "CONSTRUCT { place:jelgava tg:twinnedWith ?town } { place:jelgava tg:twinnedWith ?town }"
JSON, XML = "application/sparql-results+json", "application/sparql-results+xml"
CSV, TSV, HTML, TURTLE, NT = (
    "text/csv",
    "text/tab-separated-values",
    "text/html",
    "text/turtle",
    "application/n-triples",
)
LD, RDF, ANY_JSON, ANY_XML = "application/ld+json", "application/rdf+xml", "application/json", "application/xml"
QUERY, FORM = "application/sparql-query", "application/x-www-form-urlencoded"


@pytest.mark.parametrize(
    ("query", "accepted", "media_type"),
    [
        # Aliases
        (ROWS, ANY_JSON, ANY_JSON),
        (GRAPH, ANY_JSON, ANY_JSON),
        (ROWS, ANY_XML, ANY_XML),
        (GRAPH, ANY_XML, ANY_XML),
        (ROWS, "text/xml", "text/xml"),
        (GRAPH, "text/xml", "text/xml"),
        (GRAPH, "application/x-turtle", "application/x-turtle"),
        (ROWS, f"{ANY_JSON}, {HTML};q=0.5", ANY_JSON),
        (GRAPH, f"{ANY_XML}, {HTML};q=0.5", ANY_XML),
        (ROWS, f"{HTML};q=0.4, text/xml;q=0.5", "text/xml"),
        # Wildcards
        (ROWS, "*/*", JSON),
        (GRAPH, "*/*", TURTLE),
        (ROWS, "*/*;q=0.01", JSON),
        (ROWS, f"*/*, {HTML};q=0.5", JSON),
        (GRAPH, f"*/*, {HTML};q=0.5", TURTLE),
        (ROWS, "text/*", CSV),
        (GRAPH, "text/*", TURTLE),
        (ROWS, "application/*", JSON),
        (ROWS, f"{JSON};q=0, */*", XML),
        (ROWS, "text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2", HTML),
        (ROWS, "example/made-up, */*;q=0.01", JSON),
        # Parameters of media types
        (ROWS, f"{JSON}; charset=utf-8", JSON),
        (GRAPH, f'{TURTLE};charset="UTF-8"', TURTLE),
        (ROWS, f"{CSV}; header=present", CSV),
        (ROWS, f"{JSON.upper()} ; Q=0.9", JSON),
        (ROWS, "", JSON),
    ],
)
def test_what_is_accepted_decides_whatever_it_is_called(
    server: Server, query: str, accepted: str, media_type: str
) -> None:
    answer = server.query(query, Accept=accepted)
    assert (answer.status, answer.media_type.partition(";")[0]) == (200, media_type), answer.text


@pytest.mark.parametrize(
    ("form", "of_rows", "of_a_graph"),
    [
        ("json", JSON, LD),
        ("xml", XML, RDF),
        ("csv", CSV, TURTLE),
        ("tsv", TSV, TURTLE),
        ("ttl", JSON, TURTLE),
        ("nt", JSON, NT),
        ("jsonld", JSON, LD),
        (ANY_JSON, ANY_JSON, ANY_JSON),
        ("text/xml", "text/xml", "text/xml"),
        (RDF, JSON, RDF),
        ("a made-up one", JSON, TURTLE),
    ],
)
def test_a_format_in_the_address_goes_before_what_is_accepted(
    server: Server, form: str, of_rows: str, of_a_graph: str
) -> None:
    answers = [server.query(query, ("format", form), Accept="*/*") for query in (ROWS, GRAPH)]
    assert [answer.media_type.partition(";")[0] for answer in answers] == [of_rows, of_a_graph]


MARKED = "\ufeff" + ROWS
"""As editors on Windows save it."""
SPACED = ROWS.replace(" ", "\u00a0", 1)
"""As it is copied from a page."""


@pytest.mark.parametrize("query", [MARKED, "\ufeff\r\n" + ROWS.replace(" ", "\r\n")])
@pytest.mark.parametrize(
    "door",
    [
        lambda server, query: server.query(query),
        lambda server, query: server.ask("/sparql", "POST", urlencode({"query": query}), {"Content-Type": FORM}),
        lambda server, query: server.ask("/sparql", "POST", query, {"Content-Type": QUERY}),
        lambda server, query: server.ask("/sparql", "POST", query, {"Content-Type": f'{QUERY}; Charset="UTF-8"'}),
        lambda server, query: server.ask("/sparql", "POST", [query.encode()], {"Content-Type": QUERY}),
    ],
    ids=["GET", "form", "direct", "direct with a charset", "chunked"],
)
def test_a_byte_order_mark_and_windows_lines_are_no_part_of_a_query(server: Server, door: object, query: str) -> None:
    answer = door(server, query)  # type: ignore[operator]
    assert (answer.status, len(answer.text) > 1_000) == (200, True), answer.text


def test_a_query_in_a_file_may_begin_with_a_byte_order_mark(release: Release, tmp_path: Path) -> None:
    file = tmp_path / "made-up.rq"
    file.write_text(MARKED.replace("jelgava", "alcamo"), encoding="utf-8")
    done = CliRunner().invoke(main, ["query", str(file), "--release", str(release.folder), "--format", "csv"])
    assert (done.exit_code, "https://w3id.org/twingraph/id/place/jelgava" in done.output) == (0, True), done.output


def test_a_no_break_space_in_a_query_is_found_where_it_stands(server: Server) -> None:
    answer = server.query(SPACED)
    assert (answer.status, answer.text.startswith("Line 1, column 7, at '\\xa0'")) == (400, True), answer.text


@pytest.mark.parametrize("host", ["", "Host: made-up.example\r\n"])
@pytest.mark.parametrize("path", ["/", "/health", "/robots.txt", f"/sparql?query={quote(ROWS)}", "/doc/place/jelgava"])
def test_http_1_0_is_answered_with_a_host_and_without(server: Server, path: str, host: str) -> None:
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
        connection.sendall(f"GET {path} HTTP/1.0\r\n{host}\r\n".encode())
        assert connection.makefile("rb").readline().split()[1] == b"200"


LONG = [
    f"{ROWS} #{'x' * 50_000}",
    f"#{'a.' * 25_000}\n{ROWS}",
    ROWS.replace(" }", f" FILTER (?town != '{'ā' * 9_000}') }}"),
    ROWS.replace(" }", f" VALUES ?town {{ place:alcamo {'place:made-up ' * 2_000} }} }}"),
    f"PREFIX {'p' * 40_000}: <urn:made-up:> {ROWS}",
    f"{ROWS}{' ' * 50_000}LIMIT 14",
]


@pytest.mark.parametrize("query", LONG, ids=range(len(LONG)))
def test_a_long_query_is_read_at_once(server: Server, query: str) -> None:
    begun = time.monotonic()
    answer = server.query(query)
    assert (answer.status, "alcamo" in answer.text) == (200, True), answer.text[:200]
    # Each took seconds when a word was read again from each of its letters on.
    assert time.monotonic() - begun < 2


@pytest.mark.parametrize("piece", ["1", "a.", ".a", "a:b.", "_:a.", "'", '"""a', "<", "@a-", "\\"])
def test_what_is_wrong_with_a_long_text_is_said_at_once(server: Server, piece: str) -> None:
    begun = time.monotonic()
    answer = server.ask("/sparql", "POST", piece * (60_000 // len(piece)), {"Content-Type": QUERY})
    assert (answer.status, answer.text.startswith("Line 1, column 1, at")) == (400, True), answer.text
    assert time.monotonic() - begun < 3


NAMES = [
    ("/dumps/latest/tables/cities.csv", "cities.csv"),
    ("/dumps/1.0.0/twingraph.nt", "twingraph.nt"),
    ("/dumps/1.0.0/sources/jelgava-lv-2017.txt", "jelgava-lv-2017.txt"),
    ("/query/partners-with-dates?format=csv", "partners-with-dates.csv"),
    ("/query/areas-of-one-town?place=como&lang=lv&format=json", "areas-of-one-town.json"),
    ("/query/one-town-as-a-graph?format=jsonld", "one-town-as-a-graph.jsonld"),
]


@pytest.mark.parametrize("saver", [["curl", "-sOJ"], ["wget", "-q", "--content-disposition"]], ids=["curl", "wget"])
def test_what_is_saved_bears_its_own_name(server: Server, tmp_path: Path, saver: list[str]) -> None:
    for path, name in NAMES:
        url = f"http://127.0.0.1:{server.port}{path}"
        subprocess.run([program(saver[0], saver[0]), *saver[1:], url], cwd=tmp_path, check=True, timeout=30)
        assert [each.name for each in tmp_path.iterdir()] == [name]
        assert (tmp_path / name).read_bytes() == server.ask(path).body
        (tmp_path / name).unlink()


def test_what_a_browser_saves_bears_its_own_name(server: Server, browser: Browser) -> None:
    page = browser.new_page()
    page.goto(f"http://127.0.0.1:{server.port}/robots.txt")
    for path, name in NAMES:
        with page.expect_download() as download:
            # As “Save link as” does it.
            page.evaluate(
                "href => { const a = document.createElement('a'); a.href = href; a.download = ''; a.click() }", path
            )
        assert download.value.suggested_filename == name
    page.close()


@pytest.fixture
def balancer(server: Server, tmp_path: Path) -> Iterator[int]:
    """HAProxy before the server, which it holds to be up as long as its ordinary check says so; the port."""
    port = free_port()
    (tmp_path / "haproxy.cfg").write_text(
        f"""
        defaults
            mode http
            timeout connect 5s
            timeout client 10s
            timeout server 10s
        frontend visitors
            bind 127.0.0.1:{port}
            default_backend twingraph
        backend twingraph
            option httpchk GET /health
            server one 127.0.0.1:{server.port} check inter 100ms fall 1
        """.replace("\n        ", "\n"),
        encoding="utf-8",
    )
    command = [program("haproxy", "haproxy"), "-db", "-f", str(tmp_path / "haproxy.cfg")]
    with subprocess.Popen(command, stderr=subprocess.PIPE) as process:
        try:
            yield port
        finally:
            process.terminate()


def test_a_load_balancer_keeps_the_server_up(balancer: int) -> None:
    def status() -> str:
        command = ["curl", "-s", "-o", os.devnull, "-w", "%{http_code}", f"http://127.0.0.1:{balancer}/health"]
        return subprocess.run(command, capture_output=True, text=True, check=False, timeout=30).stdout

    assert eventually(lambda: status() == "200", 10)
    # Ten checks later it still is: the first of them would have been enough to take it down.
    time.sleep(1)
    assert [status() for _ in range(5)] == ["200"] * 5


@pytest.mark.parametrize(
    ("path", "title"),
    [
        ("/doc/figure/nova-odessa-area", "Surface area · Nova Odessa"),
        ("/doc/evidence/place-jelgava", "Evidence · Jelgava"),
        ("/doc/quote/jelgava-lv-2017-alcamo-heading", "Alkamo (Itālija)"),
    ],
)
def test_a_page_is_titled_by_words_and_not_by_the_end_of_its_address(server: Server, path: str, title: str) -> None:
    assert f"<title>{title} · Jelgava’s twin towns</title>" in server.ask(f"{path}.html").text
