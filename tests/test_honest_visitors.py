"""Odd but honest requests, each answered rightly, and what others make of an answer: a file saved, a server kept up."""

from __future__ import annotations

import subprocess
import time
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import pytest

from engines import free_port, program
from serving import Server, eventually

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Browser


ROWS = "SELECT ?town { place:jelgava tg:twinnedWith ?town }"
QUERY, FORM = "application/sparql-query", "application/x-www-form-urlencoded"


# As editors on Windows save it.
@pytest.mark.parametrize("query", ["\ufeff" + ROWS, "\ufeff\r\n" + ROWS.replace(" ", "\r\n")])
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


def test_a_no_break_space_in_a_query_is_found_where_it_stands(server: Server) -> None:
    answer = server.query(ROWS.replace(" ", "\u00a0", 1))
    assert (answer.status, answer.text.startswith("Line 1, column 7, at '\\xa0'")) == (400, True), answer.text


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
    ("/dumps/1.1.0/twingraph.nt", "twingraph.nt"),
    ("/dumps/1.1.0/sources/jelgava-lv-2017.txt", "jelgava-lv-2017.txt"),
    ("/query/partners-with-dates?format=csv", "partners-with-dates-1.1.0.csv"),
    ("/query/areas-of-one-town?place=como&lang=lv&format=json", "areas-of-one-town-como-1.1.0.json"),
    ("/query/one-town-as-a-graph?format=jsonld", "one-town-as-a-graph-1.1.0.jsonld"),
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


HAPROXY = """
defaults
    mode http
    timeout connect 5s
    timeout client 10s
    timeout server 10s
frontend visitors
    bind 127.0.0.1:{visitors}
    default_backend twingraph
backend twingraph
    option httpchk GET /health
    server one 127.0.0.1:{server} check inter 100ms fall 1
"""


def test_a_load_balancer_keeps_the_server_up_as_long_as_its_ordinary_check_says_so(
    server: Server, tmp_path: Path
) -> None:
    port = free_port()
    (tmp_path / "haproxy.cfg").write_text(HAPROXY.format(visitors=port, server=server.port), encoding="utf-8")
    command = [program("haproxy", "haproxy"), "-db", "-f", str(tmp_path / "haproxy.cfg")]
    with subprocess.Popen(command, stderr=subprocess.PIPE) as process:
        balancer = Server(process, port)
        assert eventually(balancer.is_up, 10)
        # Ten checks later it still is: the first of them would have been enough to take it down.
        time.sleep(1)
        assert [balancer.is_up() for _ in range(5)] == [True] * 5
        process.terminate()


@pytest.mark.parametrize(
    ("path", "title"),
    [
        ("/doc/figure/nova-odessa-area", "Surface area · Nova Odessa – Figure"),
        ("/doc/evidence/place-jelgava", "Evidence · Jelgava"),
        ("/doc/quote/jelgava-lv-2017-alcamo-heading", "Alkamo (Itālija) – Passage of the page"),
    ],
)
def test_a_page_is_titled_by_words_and_not_by_the_end_of_its_address(server: Server, path: str, title: str) -> None:
    assert f"<title>{title} · Jelgava’s twin towns</title>" in server.ask(f"{path}.html").text
