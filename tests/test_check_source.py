"""A source page served again by a real server, as it was and changed in known ways."""

from __future__ import annotations

import contextlib
import gzip
import hashlib
import html
import json
import threading
import time
from functools import cache, partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from conftest import INPUTS
from engines import free_port
from twingraph import __version__
from twingraph.cli import main
from twingraph.curation.comparison import Comparison, Quoted, compare
from twingraph.curation.graph import read_inputs
from twingraph.curation.pagetext import Line, decoded, html_lines, plain_lines, tidy
from twingraph.curation.recheck import as_json, as_text, recheck
from twingraph.curation.retrieval import Limits
from twingraph.errors import BadValue, NotFetched
from twingraph.vocab import slug_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from twingraph.curation.graph import Curated
    from twingraph.curation.recheck import Recheck

    Answer = Callable[["Handler"], None]

SOURCE = "jelgava-lv-2017"
STORED = (INPUTS / "data" / "sources" / SOURCE / "page.txt").read_text("utf-8")
HTML = "text/html; charset=utf-8"
ALCAMO = "noslēgts 2002. gadā un paredz sadarbību kultūras, sporta un sociālās labklājības veicināšanas jomās."
QUICK = Limits(seconds=0.5, mebibytes=1, redirects=3)


class Handler(BaseHTTPRequestHandler):
    """Answers by what the test says for a path."""

    protocol_version = "HTTP/1.1"
    server: Site

    def do_GET(self) -> None:
        self.server.seen.append(dict(self.headers.items()))
        # A client that has had enough hangs up.
        with contextlib.suppress(OSError):
            self.server.answers[self.path](self)

    def log_message(self, *_: object) -> None:
        pass

    def send(self, status: int, headers: dict[str, str], body: bytes = b"") -> None:
        self.send_response(status)
        for name, value in ({"Content-Length": str(len(body))} | headers).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)


class Site(ThreadingHTTPServer):
    """A server on loopback; answers: by path; seen: the headers of each request."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.answers: dict[str, Answer] = {}
        self.seen: list[dict[str, str]] = []

    def url(self, path: str = "/page") -> str:
        return f"http://127.0.0.1:{self.server_address[1]}{path}"

    def gives(self, body: bytes | str, headers: dict[str, str] | None = None, status: int = 200) -> str:
        """Let the page be this; give its URL."""
        body = body.encode() if isinstance(body, str) else body
        headers = {"Content-Type": HTML} if headers is None else headers
        return self.does(lambda handler: handler.send(status, headers, body))

    def does(self, answer: Answer, path: str = "/page") -> str:
        self.answers[path] = answer
        return self.url(path)


@pytest.fixture
def site() -> Iterator[Site]:
    with Site() as server:
        thread = threading.Thread(target=partial(server.serve_forever, poll_interval=0.01))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def page(text: str = STORED, head: str = "") -> str:
    """Write a text as a municipality's page: menus around it, pictures by their other text or file name."""
    blocks = "".join(f"<div class=town><p>{_paragraph(block)}</p></div>\n" for block in text.split("\n\n"))
    return f"""<!DOCTYPE html><html lang=lv><head><meta name=generator content=made-up>{head}
<title>Izdomāta lapa</title><style>p {{ color: red }}</style>
<script>document.write("<p>Not shown")</script></head><body>
<header><nav><ul><li><a href=/>Sākums</a><li><a href=/p>Sadraudzības pilsētas</a></ul></nav></header>
<div id=content><!-- Not shown -->{blocks}</div>
<footer><p>Izdomāta pašvaldība<img src=/logo.svg alt="Logo"></footer></body></html>"""


def _paragraph(block: str) -> str:
    lines = (html.escape(line).replace("\N{NO-BREAK SPACE}", "&nbsp;") for line in block.split("\n"))
    return (
        "<br>".join(lines)
        .replace("it.jpg", "<img src=/files/1.jpg alt='it.jpg'>")
        .replace("sw.jpg", "<img src=/files/sw.jpg?width=20>")
        .replace("km2", "km<sup>2</sup>")
    )


@cache
def _curated() -> Curated:
    return read_inputs(INPUTS)


def checked(url: str, limits: Limits | None = None) -> Recheck:
    (one,) = recheck(_curated(), SOURCE, url, limits)
    return one


def found(url: str) -> Comparison:
    outcome = checked(url).outcome
    assert isinstance(outcome, Comparison), outcome
    return outcome


def told(url: str, limits: Limits = QUICK) -> str:
    outcome = checked(url, limits).outcome
    assert isinstance(outcome, NotFetched)
    assert outcome.message("lv") != str(outcome)
    return str(outcome)


def run(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(main, ["check-source", *arguments])
    return result.exit_code, result.output


# The same page.


def test_a_page_as_it_was_stored_is_told_so_whatever_its_markup_and_menus(site: Site) -> None:
    comparison = found(site.gives(page()))
    assert comparison.is_as_stored
    assert len(comparison.standing) == 96


@pytest.mark.parametrize("headers", [{"Content-Type": "text/plain; charset=utf-8"}, {"Content-Type": "text/plain"}])
def test_a_page_of_plain_text_is_read_too(site: Site, headers: dict[str, str]) -> None:
    assert found(site.gives(STORED, headers)).is_as_stored


def test_a_page_without_a_media_type_is_taken_for_html(site: Site) -> None:
    assert found(site.gives(page(), {})).is_as_stored


@pytest.mark.parametrize("coding", ["gzip", "x-gzip", "GZIP"])
def test_a_page_may_come_compressed(site: Site, coding: str) -> None:
    packed = gzip.compress(page().encode())
    assert found(site.gives(packed, {"Content-Type": HTML, "Content-Encoding": coding})).is_as_stored


@pytest.mark.parametrize(
    ("codec", "media_type", "head"),
    [
        ("cp1257", "text/html; charset=windows-1257", ""),
        ("cp1257", "text/html", "<meta charset=windows-1257>"),
        ("cp1257", "text/html", '<meta http-equiv="Content-Type" content="text/html; charset=windows-1257">'),
        ("cp1257", "text/html", ""),
        ("cp1257", "text/html; charset=made-up", ""),
        ("cp1257", "text/html; charset=unicode_escape", "<meta charset='windows-1257'>"),
        ("cp1257", "text/html; charset=CP1257", "<meta charset=utf-8>"),
        ("utf-8", "text/html; charset=ISO-8859-1", "<meta charset=utf-8>"),
        ("utf-8-sig", "text/html", ""),
        ("utf-16", "text/html", ""),
    ],
)
def test_a_page_is_read_in_its_charset_even_where_that_is_told_wrongly(
    site: Site, codec: str, media_type: str, head: str
) -> None:
    assert found(site.gives(page(head=head).encode(codec), {"Content-Type": media_type})).is_as_stored


def test_the_server_is_told_who_asks_and_for_which_language(site: Site) -> None:
    found(site.gives(page()))
    (headers,) = site.seen
    assert headers["User-Agent"] == f"twingraph/{__version__} (+https://w3id.org/twingraph/)"
    assert headers["Accept-Language"] == "lv"
    assert "text/html" in headers["Accept"]


# The page changed in known ways.


def gone_of(comparison: Comparison) -> list[tuple[str, str]]:
    return [(slug_of(gone.name).removeprefix(f"{SOURCE}-"), gone.nearest) for gone in comparison.gone]


def test_a_changed_date_is_told_with_the_passage_that_stands_there_now(site: Site) -> None:
    comparison = found(site.gives(page(STORED.replace(ALCAMO, ALCAMO.replace("2002", "2003")))))
    assert gone_of(comparison) == [("alcamo-agreement", f"Sadarbības līgums tika {ALCAMO.replace('2002', '2003')}")]
    assert (comparison.moved, comparison.new) == ([], [])


def test_a_sentence_that_grew_is_gone_and_what_was_added_is_new(site: Site) -> None:
    comparison = found(site.gives(page(STORED.replace("veicināšanas jomās.", "veicināšanas jomās, kā arī tūrismā."))))
    assert [name for name, _ in gone_of(comparison)] == ["alcamo-agreement"]
    assert "kā arī tūrismā" in " ".join([comparison.gone[0].nearest, *comparison.new])


def test_a_mended_figure_is_a_change_even_where_only_a_space_is_gone(site: Site) -> None:
    comparison = found(site.gives(page(STORED.replace("130. 8 km2", "130.8 km2"))))
    assert gone_of(comparison) == [("alcamo-area", "Pilsētas kopplatība ir 130.8 km2.")]


def test_a_no_break_space_that_became_a_plain_one_is_no_change(site: Site) -> None:
    assert found(site.gives(page(STORED.replace("\N{NO-BREAK SPACE}", " ")))).is_as_stored


def test_a_removed_passage_is_gone_and_nothing_else_is_said(site: Site) -> None:
    comparison = found(site.gives(page(STORED.replace("www.nacka.se", ""))))
    assert gone_of(comparison) == [("nacka-website", "")]
    assert (comparison.moved, comparison.new) == ([], [])


def test_a_town_added_at_the_end_is_new_and_menus_are_not(site: Site) -> None:
    comparison = found(site.gives(page(f"{STORED}\n\nIzdomāta (Nekur)\nLīgums tika noslēgts 2031. gadā.")))
    assert comparison.new == ["Izdomāta (Nekur)", "Līgums tika noslēgts 2031. gadā."]
    assert len(comparison.standing) == 96


def test_a_town_that_moved_to_the_end_is_told_as_moved_each_quote_with_the_one_before_it(site: Site) -> None:
    start, end = STORED.index("dk.jpg"), STORED.index("11a79a78c3cf79c8c784f9dc1d7b49cd.jpg")
    comparison = found(site.gives(page(f"{STORED[:start]}{STORED[end:]}\n\n{STORED[start:end]}")))
    assert {slug_of(moved.name).split("-")[3] for moved in comparison.moved} == {"vejle"}
    assert comparison.moved[0].after.startswith("2014. gadā pilsētas pastāvīgo iedzīvotāju skaits bija 295")
    assert comparison.moved[1].after == "dk.jpg"
    assert (comparison.gone, comparison.new) == ([], [])


def test_three_changes_at_once_are_told_apart(site: Site) -> None:
    text = STORED.replace("45\N{NO-BREAK SPACE}307", "46 000").replace("www.nacka.se", "")
    comparison = found(site.gives(page(f"{text}\n\nIzdomāts teikums.")))
    assert [name for name, _ in gone_of(comparison)] == ["alcamo-population", "nacka-website"]
    assert comparison.gone[0].nearest == "2015. gadā pilsētas pastāvīgo iedzīvotāju skaits bija 46 000."
    assert comparison.new == ["Izdomāts teikums."]


def test_another_page_at_the_address_is_told_as_another(site: Site) -> None:
    one = checked(site.gives("<p>Made-up: we have moved house."))
    assert isinstance(one.outcome, Comparison)
    assert one.outcome.standing == []
    assert "No quote stands: this is another page" in as_text([one], "en")
    assert "Nav atrodams neviens citāts" in as_text([one], "lv")


def test_an_empty_page_holds_no_quote(site: Site) -> None:
    comparison = found(site.gives(""))
    assert (len(comparison.gone), comparison.new) == (96, [])


def test_whichever_passage_is_taken_out_that_one_and_no_other_is_gone() -> None:
    quotes = [Quoted(str(number), f"Izdomāts {number % 7}. teikums par {number % 5}. pilsētu.") for number in range(40)]
    for without in range(40):
        lines = [Line(quote.exact) for number, quote in enumerate(quotes) if number != without]
        comparison = compare(quotes, lines)
        assert [gone.name for gone in comparison.gone] == [str(without)]
        assert (comparison.moved, comparison.new) == ([], [])


# What HTML shows.


def test_what_a_page_does_not_show_is_not_read() -> None:
    text = "<head><title>a</title></head><p hidden>b<b>c</b></p><p>seen<script>d</script><p><noscript>e</noscript>too"
    assert [line.text for line in html_lines(text)] == ["seen", "too"]


def test_words_are_not_torn_by_markup_and_blocks_are_lines() -> None:
    text = "<table><tr><td>Al<b>ka</b>mo<td>37&shy;,4&nbsp;km<sup>2</sup></table>un<br/>beigas"
    assert [line.text for line in html_lines(text)] == ["Alkamo", "37,4 km2", "un", "beigas"]


@pytest.mark.parametrize(
    ("markup", "text"),
    [("<img alt='it.jpg'>", "it.jpg"), ("<img src='/a/sw%20.jpg?x=1#y'>", "sw .jpg"), ("<img src=a.jpg alt=''>", "")],
)
def test_a_picture_is_its_other_text_or_its_file_name(markup: str, text: str) -> None:
    assert "".join(line.text for line in html_lines(markup)) == text


def test_what_would_command_a_terminal_is_not_kept() -> None:
    assert tidy("Al\x1b[31mka\u202emo\x07\t \n2002") == "Al[31mkamo 2002"


def test_letters_made_of_two_characters_are_the_same_letters() -> None:
    assert tidy("Pe\u0304rnava") == "Pērnava"


@pytest.mark.parametrize(
    "text",
    [
        "<div>" * 200_000,
        "<div>x" * 50_000,
        "<p " + " ".join(f"a{number}=1" for number in range(100_000)) + ">x",
        "<!--" * 200_000,
        "<a href='" * 100_000,
        "\0",
    ],
    ids=["deep", "deep with words", "attributes", "comments", "open quotes", "nothing"],
)
def test_markup_that_is_meant_to_choke_a_reader_is_read_in_time(text: str) -> None:
    start = time.monotonic()
    html_lines(text)
    assert time.monotonic() - start < 10


def test_bytes_that_are_no_text_are_read_as_far_as_they_are() -> None:
    assert "\N{REPLACEMENT CHARACTER}" in decoded(b"\xff\xa1\x81\x9f\xa5 Alkamo")


def test_a_page_of_very_many_like_lines_is_compared_in_time() -> None:
    quotes = [Quoted(str(number), "it.jpg" if number % 2 else f"Izdomāts {number}.") for number in range(90)]
    start = time.monotonic()
    compare(quotes, plain_lines("it.jpg\n" * 5_000))
    assert time.monotonic() - start < 20


# The page is elsewhere, or nowhere.


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirects_are_followed_and_the_address_in_the_end_is_told(site: Site, status: int) -> None:
    site.gives(page())
    url = site.does(lambda handler: handler.send(status, {"Location": "page#part"}), "/old")
    one = checked(url)
    assert one.found_at == site.url()
    assert not one.is_changed
    assert f"The page is now at {site.url()}." in as_text([one], "en")


def test_a_redirect_may_name_its_target_in_letters_of_any_kind(site: Site) -> None:
    site.does(lambda handler: handler.send(200, {"Content-Type": HTML}, page().encode()), "/pils%C4%93tas%20a")
    # Headers go out as Latin-1; these are the bytes of UTF-8.
    location = "/pilsētas a".encode().decode("latin-1")
    assert found(site.does(lambda handler: handler.send(302, {"Location": location}), "/old")).is_as_stored


def test_a_name_and_password_in_a_url_are_not_shown(site: Site) -> None:
    url = site.gives(page()).replace("//", "//made-up:secret@")
    assert "secret" not in as_text([checked(url)], "en")
    assert "secret" not in told(site.gives("", {}, 404).replace("//", "//made-up:secret@"))
    assert "secret" not in run("--url", "ftp://made-up:secret@127.0.0.1/")[1]


def test_a_part_of_a_page_in_a_url_is_not_taken_for_a_move(site: Site) -> None:
    assert "The page is now at" not in as_text([checked(f"{site.gives(page())}#content")], "en")


def test_a_redirect_in_a_circle_is_told(site: Site) -> None:
    site.does(lambda handler: handler.send(302, {"Location": "/b"}), "/a")
    site.does(lambda handler: handler.send(302, {"Location": "/a"}), "/b")
    assert "redirects more than 3 times, perhaps in a circle" in told(site.url("/a"))
    assert len(site.seen) == 4


@pytest.mark.parametrize("location", ["ftp://127.0.0.1/made-up", "http://[made-up", "file:///etc/passwd", ""])
def test_a_redirect_to_what_is_no_web_address_is_not_followed(site: Site, location: str) -> None:
    assert "which is no web address" in told(site.gives("", {"Location": location}, 302))


@pytest.mark.parametrize(
    ("status", "sentence"),
    [
        (404, "there is no such page any more (404); find out where it has moved to"),
        (410, "the page was removed for good (410)"),
        (403, "the server does not show it to programs (403)"),
        (429, "the server is too busy (429); try again later"),
        (503, "the server is too busy (503); try again later"),
        (500, "the server answered with status 500"),
        (204, "the server answered with status 204"),
    ],
)
def test_a_page_that_is_not_given_is_told_with_what_to_do(site: Site, status: int, sentence: str) -> None:
    assert sentence in told(site.gives("", {}, status))


def test_a_server_that_is_not_there_is_told() -> None:
    assert "the server can not be reached (Connection refused)" in told(f"http://127.0.0.1:{free_port()}/")


def test_a_server_that_hangs_up_is_told(site: Site) -> None:
    def hang_up(handler: Handler) -> None:
        handler.close_connection = True

    assert "the server hung up without an answer" in told(site.does(hang_up))


def test_half_a_page_is_no_page(site: Site) -> None:
    def break_off(handler: Handler) -> None:
        handler.send(200, {"Content-Type": HTML, "Content-Length": "5000"}, b"<p>Made-up")
        handler.close_connection = True

    assert "broke off in the middle of its answer" in told(site.does(break_off))


def _dribble(handler: Handler, first: bytes, then: bytes) -> None:
    handler.wfile.write(first)
    for _ in range(100):
        handler.wfile.write(then)
        time.sleep(0.05)


@pytest.mark.parametrize(
    ("first", "then"),
    [(b"", b""), (b"HTTP/1.1 200 OK\r\n", b"A: b\r\n"), (b"HTTP/1.1 200 OK\r\n\r\n<p>", b"x")],
    ids=["silent", "slow headers", "slow body"],
)
def test_a_slow_server_is_left_in_time(site: Site, first: bytes, then: bytes) -> None:
    start = time.monotonic()
    url = site.does(partial(_dribble, first=first, then=then))
    assert "it did not come in 0.5 seconds" in told(url)
    assert time.monotonic() - start < 4


@pytest.mark.parametrize("head", ["HTTP/1.0 200 OK", f"HTTP/1.1 200 OK\r\nContent-Length: {5 << 30}"])
def test_a_huge_page_is_not_read_to_its_end(site: Site, head: str) -> None:
    def flood(handler: Handler) -> None:
        handler.wfile.write(f"{head}\r\n\r\n".encode())
        for _ in range(2000):
            handler.wfile.write(b"x" * (1 << 18))

    assert "it is over 1 MiB, the limit for a page" in told(site.does(flood), Limits(mebibytes=1))


def test_a_small_file_that_unpacks_to_a_huge_page_is_not_unpacked(site: Site) -> None:
    bomb = gzip.compress(b"x" * (64 << 20), 1)
    assert len(bomb) < 1 << 20
    url = site.gives(bomb, {"Content-Type": HTML, "Content-Encoding": "gzip"})
    assert "it is over 1 MiB" in told(url, Limits(mebibytes=1))


@pytest.mark.parametrize(
    ("body", "coding", "sentence"),
    [
        (gzip.compress(b"<p>Made-up")[:-4], "gzip", "broke off in the middle"),
        (b"<p>Made-up", "gzip", "broke off in the middle"),
        (b"Made-up", "br", "packed its answer, which nobody asked for"),
    ],
)
def test_a_page_that_can_not_be_unpacked_is_told(site: Site, body: bytes, coding: str, sentence: str) -> None:
    assert sentence in told(site.gives(body, {"Content-Type": HTML, "Content-Encoding": coding}))


@pytest.mark.parametrize("media_type", ["application/pdf", "image/png", "application/json"])
def test_what_is_neither_html_nor_text_is_not_compared(site: Site, media_type: str) -> None:
    assert f"this is {media_type}, not a page of HTML or text" in told(
        site.gives(b"%PDF-", {"Content-Type": media_type})
    )


# The command.


def test_a_page_as_stored_ends_with_0_a_changed_one_with_9_and_none_with_10(site: Site) -> None:
    assert run("--url", site.gives(page()), "--lang", "en")[0] == 0
    assert run("--url", site.gives(page(STORED + "\n\nIzdomāts teikums.")))[0] == 9
    assert run("--url", site.gives("", {}, 410))[0] == 10


def test_the_outcome_reads_as_sentences_in_both_languages(site: Site) -> None:
    url = site.gives(page(STORED.replace("45\N{NO-BREAK SPACE}307", "46 000") + "\n\nIzdomāts teikums."))
    _, english = run("--url", url, "--lang", "en")
    _, latvian = run("--url", url, "--lang", "lv")
    assert english.splitlines()[:5] == [
        f"{SOURCE}: {url}",
        "  95 of 96 quotes stand in their order.",
        f"  gone: {SOURCE}-alcamo-population",
        "    „2015. gadā pilsētas pastāvīgo iedzīvotāju skaits bija 45\N{NO-BREAK SPACE}307.”",
        "    nearest: „2015. gadā pilsētas pastāvīgo iedzīvotāju skaits bija 46 000.”",
    ]
    assert "  new: „Izdomāts teikums.”" in english
    assert "  Savā secībā atrodami 95 no 96 citātiem." in latvian
    assert "    līdzīgākais: „" in latvian


def test_a_page_that_could_not_be_fetched_is_told_in_the_language_asked_for(site: Site) -> None:
    code, text = run("--url", site.gives("", {}, 404), "--lang", "lv")
    assert (code, text.split("; ")[0]) == (10, f"{SOURCE}: {site.url()}: tādas lapas vairs nav (404)")


def test_programs_get_json(site: Site) -> None:
    url = site.gives(page(STORED.replace("www.nacka.se", "")))
    code, text = run("--url", url, "--format", "json")
    (record,) = json.loads(text)
    assert (code, record["as_stored"], len(record["standing"])) == (9, False, 95)
    assert record["gone"] == [
        {"quote": f"https://w3id.org/twingraph/id/quote/{SOURCE}-nacka-website", "exact": "www.nacka.se", "nearest": ""}
    ]
    (missing,) = json.loads(as_json([checked(site.gives("", {}, 404))]))
    assert set(missing["error"]) == {"en", "lv"}


def test_an_unknown_source_and_an_odd_url_are_told_before_anything_is_asked(site: Site) -> None:
    with pytest.raises(BadValue, match=f"There is no source 'made-up'; there is {SOURCE}"):
        list(recheck(_curated(), "made-up", site.gives(page())))
    assert site.seen == []
    for url in ("jelgava.lv", "ftp://made-up/", "http://"):
        code, text = run("--url", url)
        assert (code, "is no web address" in text) == (2, True)


def with_a_second_source(inputs: Path) -> None:
    """Add a source without a URL, and without quotes."""
    first, second = (inputs / "data" / "sources" / slug for slug in (SOURCE, "made-up"))
    second.mkdir()
    (second / "page.txt").write_text("Izdomāta lapa", "utf-8")
    (second / "facts.trig").write_text("", "utf-8")
    described = (
        (first / "source.ttl").read_text("utf-8").replace(SOURCE, "made-up").replace("schema:url", "schema:about")
    )
    stated, actual = (hashlib.sha256((folder / "page.txt").read_bytes()).hexdigest() for folder in (first, second))
    (second / "source.ttl").write_text(described.replace(stated, actual), "utf-8")


def test_with_several_sources_a_url_needs_the_name_of_one(inputs: Path, site: Site) -> None:
    with_a_second_source(inputs)
    with pytest.raises(BadValue, match="say with --source whose page"):
        list(recheck(read_inputs(inputs), None, site.gives(page())))
    with pytest.raises(BadValue, match="No URL of the source is known"):
        list(recheck(read_inputs(inputs), "made-up"))
    assert [slug_of(one.source) for one in recheck(read_inputs(inputs), "made-up", site.url())] == ["made-up"]
