"""A source page served again by a real server, as it was and changed in known ways."""

import contextlib
import gzip
import hashlib
import html
import json
import threading
import time
from collections.abc import Iterable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from conftest import INPUTS
from engines import free_port
from releases import edit
from twingraph import __version__
from twingraph.cli import main
from twingraph.curation import source_check
from twingraph.curation.graph import read_inputs
from twingraph.curation.source_check import as_text, check, compare, decode, lines, parse, quotes_of
from twingraph.errors import BadValue
from twingraph.vocab import slug_of, thing

SOURCE = "jelgava-lv-2017"
CURATED = read_inputs(INPUTS)
STORED = CURATED.pages[thing("source", SOURCE)]
QUOTES = quotes_of(CURATED, thing("source", SOURCE))
CHANGED = STORED.replace("45\N{NO-BREAK SPACE}307", "46 000")
MUNICIPALITY = Path(__file__).with_name("municipality.html").read_text("utf-8")
MARKUP = {"\N{NO-BREAK SPACE}": "&nbsp;", "km2": "km<sup>2</sup>", "it.jpg": "<img src=/files/1.jpg alt='it.jpg'>"}
MARKUP |= {"sw.jpg": "<img src=/files/sw.jpg?width=20>", "\n\n": "</p></div>\n<div class=town><p>", "\n": "<br>"}
HTTP_EQUIV = '<meta http-equiv="Content-Type" content="text/html; charset=windows-1257">'
ADDED = "Izdomāta (Nekur)\nLīgums tika noslēgts 2031. gadā."


class Site(ThreadingHTTPServer):
    """A server on loopback; answers: what it sends for a path, piece by piece; requests: the headers of each."""

    answers: dict[str, Iterable[bytes]]
    requests: list[dict[str, str]]

    def gives(self, body: bytes | str, path: str = "/page", status: int = 200, **headers: str) -> str:
        """Let a page be this; give its URL."""
        body = body.encode() if isinstance(body, str) else body
        named = {"Content-Type": "text/html; charset=utf-8", "Content-Length": str(len(body))}
        named |= {name.replace("_", "-"): value for name, value in headers.items()}
        head = "".join(f"{name}: {value}\r\n" for name, value in named.items() if value)
        self.answers[path] = [f"HTTP/1.1 {status} Made-up\r\n{head}\r\n".encode("latin-1"), body]
        return f"http://127.0.0.1:{self.server_port}{path}"


class Handler(BaseHTTPRequestHandler):
    server: Site

    def do_GET(self) -> None:
        self.server.requests.append(dict(self.headers.items()))
        # A client that has had enough hangs up.
        with contextlib.suppress(OSError):
            for piece in self.server.answers[self.path]:
                self.wfile.write(piece)


@pytest.fixture
def site() -> Iterator[Site]:
    with Site(("127.0.0.1", 0), Handler) as site:
        site.answers, site.requests = {}, []
        threading.Thread(target=site.serve_forever, args=(0.01,)).start()
        yield site
        site.shutdown()


def page(text: str = STORED, head: str = "") -> str:
    """Write a text as a municipality's page: menus around it, pictures by their other text or file name."""
    body = html.escape(text)
    for plain, markup in MARKUP.items():
        body = body.replace(plain, markup)
    return MUNICIPALITY.replace("{{ head }}", head).replace("{{ body }}", body)


def record(url: str) -> dict[str, Any]:
    (one,) = check(CURATED, SOURCE, url)
    return one


def error(url: str) -> str:
    messages: dict[str, str] = record(url)["error"]
    assert messages["lv"] != messages["en"]
    return messages["en"]


def run(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(main, ["check-source", "--inputs", str(INPUTS), *arguments])
    return result.exit_code, result.output


def slugs(quotes: list[dict[str, Any]]) -> list[str]:
    return [slug_of(each["quote"]).removeprefix(f"{SOURCE}-") for each in quotes]


# The same page.


@pytest.mark.parametrize("media_type", ["text/html; charset=utf-8", "", "text/plain; charset=utf-8", "text/plain"])
@pytest.mark.parametrize("coding", ["", "gzip", "x-gzip", "GZIP"])
def test_a_page_as_stored_is_so_whatever_its_markup_and_coding(site: Site, media_type: str, coding: str) -> None:
    body = (STORED if "plain" in media_type else page()).encode()
    headers = {"Content_Type": media_type, "Content_Encoding": coding}
    one = record(site.gives(gzip.compress(body, mtime=0) if coding else body, **headers))
    assert (one["as_stored"], len(one["standing"])) == (True, 96)
    (request,) = site.requests
    assert request["User-Agent"] == f"twingraph/{__version__} (+https://w3id.org/twingraph/)"
    assert (request["Accept-Language"], "text/html" in request["Accept"]) == ("lv", True)


@pytest.mark.parametrize(
    ("codec", "charset", "head"),
    [
        ("cp1257", "windows-1257", ""),
        *(("cp1257", None, head) for head in ("<meta charset=windows-1257>", HTTP_EQUIV, "")),
        *(("cp1257", "made-up", ""), ("cp1257", "unicode_escape", "<meta charset='windows-1257'>")),
        ("cp1257", "CP1257", "<meta charset=utf-8>"),
        ("utf-8", "ISO-8859-1", "<meta charset=utf-8>"),
        ("utf-8-sig", None, ""),
        ("utf-16", None, ""),
    ],
)
def test_a_page_is_read_in_its_charset_even_if_named_wrongly(codec: str, charset: str | None, head: str) -> None:
    assert decode(page(head=head).encode(codec), charset) == page(head=head)


# The page changed in known ways.


DATED, FIGURE = "līgums tika noslēgts 2003. gadā", "gadā pilsētas pastāvīgo iedzīvotāju skaits bija 46 000."
CHANGES: dict[str, tuple[str, dict[str, str], str]] = {
    "plain spaces": (STORED.replace("\N{NO-BREAK SPACE}", " "), {}, ""),
    "a date": (STORED.replace(DATED.replace("2003", "2002"), DATED, 1), {"alcamo-agreement": DATED}, ""),
    "a space within a number": (STORED.replace("130. 8", "130.8"), {"alcamo-area": "kopplatība ir 130.8 km2."}, ""),
    "a passage less": (STORED.replace("www.nacka.se", ""), {"nacka-website": ""}, ""),
    "a town more": (f"{STORED}\n\n{ADDED}", {}, ADDED),
    "three at once": (
        f"{CHANGED.replace('www.nacka.se', '')}\n\n{ADDED}",
        {"alcamo-population": FIGURE, "nacka-website": ""},
        ADDED,
    ),
}


@pytest.mark.parametrize(("today", "gone", "new"), CHANGES.values(), ids=CHANGES)
def test_what_changed_is_told_and_nothing_else(today: str, gone: dict[str, str], new: str) -> None:
    outcome = compare(QUOTES, parse(page(today)))
    assert (slugs(outcome["gone"]), outcome["moved"], outcome["new"]) == ([*gone], [], new.splitlines())
    assert len(outcome["standing"]) == 96 - len(gone)
    for each, words in zip(outcome["gone"], gone.values(), strict=True):
        assert words in each["nearest"]
        assert bool(words) == bool(each["nearest"])


def test_a_sentence_that_grew_is_gone_and_what_was_added_is_new() -> None:
    grown = page(STORED.replace("veicināšanas jomās.", "veicināšanas jomās, kā arī tūrismā."))
    outcome = compare(QUOTES, parse(grown))
    assert slugs(outcome["gone"]) == ["alcamo-agreement"]
    assert "kā arī tūrismā" in " ".join([outcome["gone"][0]["nearest"], *outcome["new"]])


def test_a_town_that_moved_to_the_end_has_moved_each_quote_with_the_one_before_it() -> None:
    vejle = STORED[STORED.index("dk.jpg") : STORED.index("11a79a78c3cf79c8c784f9dc1d7b49cd.jpg")]
    outcome = compare(QUOTES, parse(page(f"{STORED.replace(vejle, '')}\n\n{vejle}")))
    assert {name.split("-")[0] for name in slugs(outcome["moved"])} == {"vejle"}
    assert (outcome["gone"], outcome["new"]) == ([], [])
    assert outcome["moved"][0]["after"].startswith("2014. gadā pilsētas pastāvīgo iedzīvotāju skaits bija 295")
    assert outcome["moved"][1]["after"] == "dk.jpg"


def test_another_page_at_the_address_holds_no_quote() -> None:
    outcome = compare(QUOTES, parse("<p>Made-up: we have moved house."))
    shown = {"source": SOURCE, "url": "", "found_at": "", "as_stored": False, **outcome}
    assert (outcome["standing"], len(outcome["gone"])) == ([], 96)
    assert "No quote stands: this is another page" in as_text([shown], "en")
    assert "Nav atrodams neviens citāts" in as_text([shown], "lv")
    empty = compare(QUOTES, parse(""))
    assert (len(empty["gone"]), empty["new"]) == (96, [])


def test_whichever_passage_is_taken_out_that_one_and_no_other_is_gone() -> None:
    exacts = [f"Izdomāts {number % 7}. teikums par {number % 5}. pilsētu." for number in range(40)]
    quotes = [{"quote": str(number), "exact": exact} for number, exact in enumerate(exacts)]
    for without in range(40):
        body = "".join(f"<p>{exact}" for number, exact in enumerate(exacts) if number != without)
        outcome = compare(quotes, parse(body))
        assert [gone["quote"] for gone in outcome["gone"]] == [str(without)]
        assert (outcome["moved"], outcome["new"]) == ([], [])


# What HTML shows.


@pytest.mark.parametrize(
    ("markup", "shown"),
    [
        ("<head><title>a</title></head><p hidden>b<b>c</b></p><p>seen<script>d</script>", ["seen"]),
        ("one<p><noscript>d</noscript>two<br/>three", ["one", "two", "three"]),
        ("<table><tr><td>Al<b>ka</b>mo<td>37&shy;,4&nbsp;km<sup>2</sup></table>", ["Alkamo\t37,4 km2"]),
        ("<table><tr><td>one<td><h2>two</h2></table><p>th\tree", ["one", "two", "th ree"]),
        ("<p>one\nline", ["one line"]),
        ("<img alt='it.jpg'>", ["it.jpg"]),
        ("<img src='/a/sw%20.jpg?x=1#y'>", ["sw .jpg"]),
        ("<img src='http://[a.jpg' alt=''>", []),
        *((nothing, []) for nothing in ("<!-- none -->", " \n ", "\0")),
        # What would command a terminal is not kept; letters made of two characters are the same letters.
        ("Al\x1b[31mka\u202emo\x07\t \n2002", ["Al[31mkamo 2002"]),
        ("Pe\u0304rnava", ["Pērnava"]),
    ],
)
def test_what_a_page_shows_is_read_and_nothing_else(markup: str, shown: list[str]) -> None:
    assert lines(parse(markup)) == shown


CHOKING = {
    "deep": "<div>" * 200_000,
    "deep with words": "<div>x" * 50_000,
    "attributes": "<p " + " ".join(f"a{number}=1" for number in range(50_000)) + ">x",
    "comments": "<!--" * 200_000,
    "open quotes": "<a href='" * 100_000,
    "like lines": "<p>it.jpg" * 5_000,
}


@pytest.mark.parametrize("body", CHOKING.values(), ids=CHOKING)
def test_markup_meant_to_choke_a_reader_holds_nobody_up(site: Site, monkeypatch: pytest.MonkeyPatch, body: str) -> None:
    monkeypatch.setattr(source_check, "SECONDS", 2)
    start = time.monotonic()
    record(site.gives(body))
    assert time.monotonic() - start < 10


# The page is elsewhere, or nowhere.


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirects_are_followed_and_the_address_in_the_end_is_given(site: Site, status: int) -> None:
    found_at = site.gives(page(), "/pils%C4%93tas%20a")
    # Headers go out as Latin-1; these are the bytes of UTF-8.
    location = "/pilsētas a#part".encode().decode("latin-1")
    one = record(site.gives("", "/old", status, Location=location))
    assert (one["found_at"], one["as_stored"]) == (found_at, True)
    assert f"The page is now at {found_at}." in as_text([one], "en")


def test_a_name_and_password_in_a_url_are_not_shown_and_a_part_of_a_page_is_no_move(site: Site) -> None:
    url = site.gives(page()).replace("//", "//made-up:secret@")
    shown = as_text([record(f"{url}#content")], "en")
    assert ("secret" in shown, "The page is now at" in shown) == (False, False)
    assert "secret" not in error(site.gives("", status=404).replace("//", "//made-up:secret@"))
    assert "secret" not in run("--url", "ftp://made-up:secret@127.0.0.1/")[1]


HINTS = {403: "; look at it in a browser", 404: "; find out where the page has moved to", 500: ".", 204: "."}
NO_PAGE, NO_ADDRESS = ("application/pdf", "application/json"), ("ftp://127.0.0.1/a", "http://[a", "file:///etc/passwd")
HINTS |= {410: "; the page was removed for good", 429: "; try again later", 503: "; try again later"}


@pytest.mark.parametrize(
    ("sentence", "body", "headers"),
    [
        *((f"the server answered with status {each}{hint}", "", {"status": each}) for each, hint in HINTS.items()),
        ("the server answered with status 302.", "", {"status": 302, "Location": " "}),
        ("it is over 4 MiB", gzip.compress(b"x" * (64 << 20), 1, mtime=0), {"Content_Encoding": "gzip"}),
        ("broke off in the middle", gzip.compress(b"<p>Made-up", mtime=0)[:-4], {"Content_Encoding": "gzip"}),
        ("broke off in the middle", "<p>Made-up", {"Content_Encoding": "gzip"}),
        ("packed its answer, which nobody asked for", "Made-up", {"Content_Encoding": "br"}),
        *((f"this is {each}, not a page of HTML", "%PDF-", {"Content_Type": each}) for each in NO_PAGE),
        *(("which is no web address", "", {"status": 302, "Location": each}) for each in NO_ADDRESS),
    ],
)
def test_what_is_no_page_is_not_compared_but_told_with_what_to_do(
    site: Site, sentence: str, body: bytes | str, headers: dict[str, Any]
) -> None:
    assert sentence in error(site.gives(body, **headers))


def slowly(*start: bytes, piece: bytes) -> Iterator[bytes]:
    yield from start
    for _ in range(60):
        yield piece
        time.sleep(0.05)


OK = b"HTTP/1.1 200 OK\r\n"
FLOOD = [b"x" * (1 << 18)] * 2000


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        ([], "the server can not be reached"),
        ([OK, b"Content-Length: 5000\r\n\r\n<p>Made-up"], "the server broke off in the middle"),
        (slowly(piece=b""), "in 0.5 seconds"),
        (slowly(OK, piece=b"A: b\r\n"), "in 0.5 seconds"),
        (slowly(OK, b"\r\n<p>", piece=b"x"), "in 0.5 seconds"),
        ([b"HTTP/1.0 200 OK\r\n\r\n", *FLOOD], "it is over 4 MiB, the limit for a page"),
        ([OK, b"Content-Length: 5368709120\r\n\r\n", *FLOOD], "it is over 4 MiB"),
        (
            [b"HTTP/1.1 302 Found\r\nLocation: /page\r\n\r\n", *FLOOD],
            "it redirects more than 5 times, perhaps in a circle",
        ),
    ],
    ids=["hangs up", "breaks off", "silent", "slow headers", "slow body", "endless", "huge", "endless redirect"],
)
def test_a_server_that_gives_no_whole_page_is_left_in_time(
    site: Site, monkeypatch: pytest.MonkeyPatch, answer: Iterable[bytes], sentence: str
) -> None:
    seconds = 0.5 if "seconds" in sentence else 20
    monkeypatch.setattr(source_check, "SECONDS", seconds)
    url = site.gives("")
    site.answers["/page"] = answer
    start = time.monotonic()
    assert sentence in error(url)
    assert time.monotonic() - start < seconds + 2


def test_a_server_that_is_not_there_is_told() -> None:
    assert "the server can not be reached (Connection refused)" in error(f"http://127.0.0.1:{free_port()}/")


# The command.


def test_the_outcome_reads_as_sentences_in_both_languages_and_ends_with_0_9_or_10(site: Site) -> None:
    assert run("--url", site.gives(page()), "--lang", "en")[0] == 0
    url = site.gives(page(f"{CHANGED}\n\nIzdomāts teikums."))
    (code, english), (_, latvian) = (run("--url", url, "--lang", language) for language in ("en", "lv"))
    assert code == 9
    assert english.splitlines()[:5] == [
        f"{SOURCE}: {url}",
        "  95 of 96 quotes stand in their order.",
        f"  gone: {SOURCE}-alcamo-population",
        "    “2015. gadā pilsētas pastāvīgo iedzīvotāju skaits bija 45\N{NO-BREAK SPACE}307.”",
        f"    nearest: “2015. {FIGURE}”",
    ]
    assert "  new: “Izdomāts teikums.”" in english
    assert "  Savā secībā atrodami 95 no 96 citātiem." in latvian
    assert "    līdzīgākais: „" in latvian
    code, latvian = run("--url", site.gives("", status=404), "--lang", "lv")
    assert (code, latvian.partition("; ")[0]) == (10, f"{SOURCE}: {url}: serveris atbildēja ar statusu 404")


def test_programs_get_json(site: Site) -> None:
    code, text = run("--url", site.gives(page(STORED.replace("www.nacka.se", ""))), "--format", "json")
    (one,) = json.loads(text)
    assert [*one] == ["source", "checked", "url", "found_at", "as_stored", "standing", "moved", "gone", "new"]
    assert (code, one["as_stored"], len(one["standing"])) == (9, False, 95)
    quote = f"https://w3id.org/twingraph/id/quote/{SOURCE}-nacka-website"
    assert one["gone"] == [{"quote": quote, "exact": "www.nacka.se", "nearest": ""}]
    (missing,) = json.loads(run("--url", site.gives("", status=404), "--format", "json")[1])
    assert ([*missing], [*missing["error"]]) == (["source", "checked", "url", "error"], ["en", "lv"])


def test_an_unknown_source_and_an_odd_url_are_told_before_anything_is_asked(site: Site) -> None:
    with pytest.raises(BadValue, match=f"There is no source “made-up”; there is {SOURCE}"):
        list(check(CURATED, "made-up", site.gives(page())))
    assert site.requests == []
    for url in ("jelgava.lv", "ftp://made-up/", "http://"):
        code, text = run("--url", url)
        assert (code, "is no web address" in text) == (2, True)


def test_with_several_sources_a_url_needs_the_name_of_one(inputs: Path, site: Site) -> None:
    first, second = (inputs / "data" / "sources" / slug for slug in (SOURCE, "made-up"))
    second.mkdir()
    (second / "page.txt").write_text("Izdomāta lapa", "utf-8")
    (second / "facts.trig").write_text("", "utf-8")
    edit(first / "source.ttl", SOURCE, "made-up", second / "source.ttl")
    stated, actual = (hashlib.sha256((folder / "page.txt").read_bytes()).hexdigest() for folder in (first, second))
    for old, new in ((stated, actual), ("schema:url", "schema:about")):
        edit(second / "source.ttl", old, new)
    curated = read_inputs(inputs)
    with pytest.raises(BadValue, match="say with --source whose page"):
        list(check(curated, None, site.gives(page())))
    with pytest.raises(BadValue, match="No URL of the source is known"):
        list(check(curated, "made-up"))
    assert [slug_of(one["source"]) for one in check(curated, "made-up", site.gives(page()))] == ["made-up"]
