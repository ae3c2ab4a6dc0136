"""Source pages fetched again: which of their quotes stand, which moved, which are gone, and what is new."""

from __future__ import annotations

import contextlib
import gzip
import multiprocessing
import re
import zlib
from datetime import UTC, datetime
from difflib import SequenceMatcher
from email.message import Message
from functools import partial
from html import escape
from io import BytesIO
from multiprocessing.pool import ThreadPool
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import unquote

import requests
from lxml import etree
from lxml.html import defs
from rapidfuzz import fuzz
from rdflib.namespace import PROV, SDO
from urllib3.exceptions import HTTPError

from twingraph import __version__
from twingraph.curation.graph import find, nearest_passage, selector, text_of
from twingraph.errors import BadValue, NotFetched, UnusableAddress
from twingraph.names import tidy
from twingraph.settings import BASE
from twingraph.vocab import slug_of
from twingraph.words import render, text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from rdflib.term import Node

    from twingraph.curation.graph import Curated

    Record = dict[str, Any]

T = TypeVar("T")

SECONDS, _MEBIBYTES, _REDIRECTS = 30.0, 4, 5
"""How much a page may take: wall-clock time in all, its length, and how often it may lead elsewhere."""
_HEADERS = {
    "Accept": "text/html, application/xhtml+xml, text/plain;q=0.5",
    "Accept-Encoding": "gzip",
    "User-Agent": f"twingraph/{__version__} (+{BASE})",
}
_HINTS = {
    **dict.fromkeys((401, 403), text("; look at it in a browser")),
    404: text("; find out where the page has moved to, and give that address with --url"),
    410: text("; the page was removed for good, and the stored one is all there is"),
    **dict.fromkeys((429, 503), text("; try again later")),
}
_NAMED = re.compile(rb"<(?:meta|\?xml)\b[^>]*?(?:charset|encoding)\s*=\s*[\"']?\s*([\w.:-]+)", re.IGNORECASE | re.ASCII)
# What pages are written in; Python knows codecs besides that are none (`unicode_escape`, `punycode`).
_CHARSETS = re.compile(r"utf-?8|us-ascii|iso-?8859-\d+|windows-125\d|cp125\d|koi8-[ru]", re.IGNORECASE)
# Soft hyphens, joiners, marks of direction and byte order; and what would command a terminal that shows the text.
_UNSEEN = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f]")
_NEWER = {"bdi", "data", "label", "mark", "nobr", "picture", "source", "time", "wbr"}
_INLINE = (defs.font_style_tags | defs.phrase_tags | defs.special_inline_tags | _NEWER) - {"br"}
_HIDDEN = {"head", "iframe", "math", "noscript", "object", "script", "select", "style", "svg", "template", "textarea"}
# Characters in which something like a lost quote is looked for; between two quotes of a real page are fewer.
_SEARCHED = 50_000
_LONGEST_CELL = 300
"""Signs of the longest cell of a table of data: what is longer is a part of a page set out by a table."""


def check(curated: Curated, source: str | None = None, url: str | None = None) -> Iterator[Record]:
    """Fetch the pages of the sources again, and give a record of each, as JSON writes it.

    source: the slug of one source, None for all that have a URL; url: in place of the one that the data give. A record
    has `source`, `checked` (the day), `url`, and either `error`, in both languages, or `found_at`, `as_stored` and what
    `compare` gives.
    Raises BadValue for a source that is not there or a URL that is none.
    """
    sources = {slug_of(each): each for each in curated.pages}
    chosen = [each for slug, each in sources.items() if source in {None, slug}]
    if source is not None and not chosen:
        raise BadValue(text("There is no source %(slug)r; there is %(names)s.", slug=source, names=", ".join(sources)))
    if url and len(chosen) > 1:
        raise BadValue(text("There are several sources; say with --source whose page is at this URL."))
    urls = {each: url or text_of(curated.merged, each, SDO.url) for each in chosen}
    if not any(urls.values()):
        raise BadValue(text("No URL of the source is known; give one with --url."))
    for each, address in ((each, address.strip()) for each, address in urls.items() if address):
        record: Record = {"source": str(each), "checked": f"{datetime.now(UTC):%Y-%m-%d}", "url": _public(address)}
        language = text_of(curated.merged, each, SDO.inLanguage)
        try:
            record |= in_time(_look, address, language, quotes_of(curated, each))
        except NotFetched as failed:
            record["error"] = {language: failed.text.in_language(language) for language in ("en", "lv")}
        yield record


def in_time(look: Callable[..., T], url: str, *others: object) -> T:
    """Do what fetches a page, whose address comes first, and give it up when that takes too long: raises NotFetched."""
    # The time-out of requests is for each byte: a server that sends one now and then, or a page that is meant to choke
    # its readers, would keep us for good.
    try:
        with ThreadPool(1) as pool:
            return pool.apply_async(look, (url, *others)).get(SECONDS)
    except multiprocessing.TimeoutError:
        reason = text("it could not be read in %(seconds)s seconds", seconds=f"{SECONDS:g}")
        raise NotFetched(_public(url), reason) from None


def quotes_of(curated: Curated, source: Node) -> list[Record]:
    """Give each `quote` of a source, by name, and its `exact` text, of those that its page holds, in their order."""
    named = curated.merged.subjects(PROV.wasQuotedFrom, source)
    quotes = ((str(name), selector(curated.merged, name)) for name in named)
    placed = sorted((find(curated.pages[source], *words)[:1], name, words[0]) for name, words in quotes)
    return [{"quote": name, "exact": exact} for start, name, exact in placed if start]


def _look(url: str, language: str, quotes: Sequence[Record]) -> Record:
    """Fetch a page, and say where it was found in the end and how it differs."""
    page, first, last = fetch(url, language)
    differences = compare(quotes, page)
    as_stored = not (differences["moved"] or differences["gone"] or differences["new"])
    return {"url": first, "found_at": last, "as_stored": as_stored, **differences}


def fetch(url: str, language: str) -> tuple[etree._Element, str, str]:
    """Fetch a page by HTTP (RFC 9110), redirects followed: the page, its address, and that at which it was in the end.

    Raises UnusableAddress and NotFetched.
    """
    locations: list[str] = []

    def leave(answer: requests.Response, **_: object) -> None:
        if answer.is_redirect:
            # Else its body would be read, however long that is.
            answer.close()
            locations.append(answer.headers["location"])

    with requests.Session() as session:
        session.headers = {**_HEADERS, "Accept-Language": language or "*"}
        session.hooks["response"].append(leave)
        session.max_redirects = _REDIRECTS
        try:
            # Longer than anybody waits for it: this only ends the thread.
            answer = session.get(url, stream=True, timeout=2 * SECONDS)
        except requests.TooManyRedirects:
            reason = text("it redirects more than %(times)s times, perhaps in a circle", times=_REDIRECTS)
        except ValueError:
            if not locations:
                raise UnusableAddress(_public(url)) from None
            reason = text("it redirects to %(location)r, which is no web address", location=locations[-1])
        except (requests.RequestException, HTTPError) as error:
            cause: BaseException = error
            while cause.__context__:
                cause = cause.__context__
            # In the words of the system, where it has any.
            why = getattr(cause, "strerror", None) or str(cause)
            reason = text("the server can not be reached (%(reason)s)", reason=why)
        else:
            with answer:
                page = _page(_public(answer.url), answer)
            first, last = (_public(each.url) for each in ([*answer.history, answer][0], answer))
            return page, first, last
    raise NotFetched(_public(url), reason)


def _page(url: str, answer: requests.Response) -> etree._Element:
    """Read the page of an answer, whole and within the limit."""
    status, coding = answer.status_code, answer.headers.get("Content-Encoding", "identity").lower()
    header = Message()
    header["Content-Type"] = answer.headers.get("Content-Type", "text/html")
    media_type = header.get_content_type()
    if status not in {200, 203}:
        hint = _HINTS.get(status, "")
        raise NotFetched(url, text("the server answered with status %(status)s%(hint)s", status=status, hint=hint))
    if media_type not in {"text/html", "application/xhtml+xml", "text/plain"}:
        raise NotFetched(url, text("this is %(type)s, not a page of HTML or text", type=media_type))
    if coding not in {"identity", "gzip", "x-gzip"}:
        raise NotFetched(url, text("the server packed its answer, which nobody asked for"))
    body, most = b"", _MEBIBYTES << 20
    try:
        for part in answer.raw.stream(1 << 16, decode_content=False):
            body += part
            if len(body) > most:
                break
        if coding != "identity" and len(body) <= most:
            # A small file may unpack to one that would fill the memory.
            with gzip.GzipFile(fileobj=BytesIO(body)) as packed:
                body = packed.read(most + 1)
    except (HTTPError, OSError, EOFError, zlib.error):
        raise NotFetched(url, text("the server broke off in the middle of its answer")) from None
    if len(body) > most:
        raise NotFetched(url, text("it is over %(most)s MiB, the limit for a page", most=_MEBIBYTES))
    page = decode(body, header.get_content_charset())
    return parse("<br>".join(escape(page).splitlines()) if media_type == "text/plain" else page)


def _public(url: str) -> str:
    """Give a URL without name, password and fragment."""
    return re.sub(r"(?<=//)[^/?#]*@", "", url.partition("#")[0])


def decode(body: bytes, charset: str | None = None) -> str:
    """Decode a page: as UTF-8 if it is that, else by the charset its server names, the one it names, or what fits."""
    if body.startswith((b"\xff\xfe", b"\xfe\xff")):
        return body.decode("utf-16", errors="replace")
    # Browsers look for the name of a charset in the first 1024 bytes; some pages have it a little later.
    names = (charset or "", *(name.decode() for name in _NAMED.findall(body, 0, 4096)), "windows-1257")
    # Text in another charset is hardly ever UTF-8 by chance, and servers name charsets that pages are not in.
    for name in ("utf-8-sig", *filter(_CHARSETS.fullmatch, names)):
        with contextlib.suppress(LookupError, ValueError):
            return body.decode(name)
    return body.decode(errors="replace")


def parse(page: str) -> etree._Element:
    """Read an HTML page, of any quality, without what it does not show."""
    parser = etree.HTMLParser(encoding="utf-8", huge_tree=True, remove_comments=True, remove_pis=True)
    # libxml2 takes the first NUL for the end of the page.
    root = etree.fromstring(page.replace("\0", "").encode() or b"<p>", parser)
    root = etree.Element("p") if root is None else root
    for element in [each for each in root.iter() if each.tag in _HIDDEN or "hidden" in each.attrib]:
        element.clear(keep_tail=True)
    return root


def lines(part: etree._Element) -> list[str]:
    """Give the lines of a part of a page as they look: a block ends one; a picture is its other text or file name.

    A row of a table is one, with a tab between its cells, if it has some and each is short.
    """
    pieces: list[str] = []
    row = None
    for event, element in etree.iterwalk(part, events=("start", "end")):
        if row is None and event == "start" and _is_row(element):
            row = element
        is_cell = row is not None and element.getparent() is row
        if element.tag not in _INLINE:
            pieces.append("\u2028" if row in {None, element} else " " if not is_cell or event == "start" else "\u2029")
        row = None if event == "end" and element is row else row
        if event == "end":
            pieces += [] if element is part else [element.tail or ""]
        elif element.tag == "img":
            path = re.split(r"[?#]", element.get("src", ""), maxsplit=1)[0]
            pieces.append(element.get("alt", unquote(path.rpartition("/")[2])))
        else:
            pieces.append(element.text or "")
    found = ("\t".join(map(_tidy, piece.split("\u2029"))).rstrip() for piece in "".join(pieces).split("\u2028"))
    return [line for line in found if line]


def _is_row(element: etree._Element) -> bool:
    return (
        element.tag == "tr"
        and len(element.xpath("td|th")) > 1
        and not element.xpath(".//table|.//h1|.//h2|.//h3")
        and all(len("".join(cell.itertext())) <= _LONGEST_CELL for cell in element)
    )


def _tidy(words: str) -> str:
    return tidy(_UNSEEN.sub("", words))


def compare(quotes: Sequence[Record], page: etree._Element) -> Record:
    """Compare the quotes of a stored page (see `quotes_of`) with the page of today, but for white space.

    Gives the names of those `standing` in their order; those `moved`, each with the text of the quote `after` which it
    stands now; those `gone`, with the passage `nearest` to each where it stood; and what is `new`, in the smallest
    element that holds all quotes that stand.
    """
    exacts = [_tidy(each["exact"]) for each in quotes]
    # Of those that begin at one place, the longest; a space in one may be the end of a line.
    longest_first = sorted(filter(None, {*exacts}), key=len, reverse=True)
    pattern = "|".join(re.escape(exact).replace(r"\ ", r"\s+") for exact in longest_first)
    pieces = re.split(f"({pattern})", "\n".join(_without_menus(page, exacts)))
    there = [_tidy(piece) for piece in pieces[1::2]]
    blocks = SequenceMatcher(a=exacts, b=there, autojunk=False).get_matching_blocks()
    kept = {block.a + at: block.b + at for block in blocks for at in range(block.size)}
    numbers = {at: number for number, at in kept.items()}
    moved = {}
    for number in sorted({*range(len(quotes))} - {*kept}):
        same = (at for at, exact in enumerate(there) if exact == exacts[number] and at not in numbers)
        if (at := next(same, None)) is not None:
            numbers[at], moved[number] = number, at
    # What stands between those that are kept, without what has moved there.
    gaps = [""]
    for at, piece in enumerate(pieces):
        number = numbers.get(at // 2, -1) if at % 2 else -1
        gaps[-1] += piece if number < 0 else "\0"
        gaps += [""] if number in kept else []
    gone = []
    for number in sorted({*range(len(quotes))} - {*kept} - {*moved}):
        at = sum(other < number for other in kept)
        gap = gaps[at].replace("\n", " ")
        passages = [nearest_passage(exacts[number], part) for part in gap[:_SEARCHED].split("\0")]
        nearest = max(passages, key=partial(fuzz.ratio, exacts[number]))
        start = gap.index(nearest)
        gaps[at] = f"{gaps[at][:start]}\0{gaps[at][start + len(nearest) :]}"
        gone.append({**quotes[number], "nearest": nearest})
    before = {number: max((each for each in numbers if each < at), default=None) for number, at in moved.items()}
    after = {number: "" if at is None else quotes[numbers[at]]["exact"] for number, at in before.items()}
    return {
        "standing": [quotes[number]["quote"] for number in sorted(kept)],
        "moved": [{**quotes[number], "after": words} for number, words in after.items()],
        "gone": gone,
        "new": [part.strip() for gap in gaps for part in re.split("[\n\0]", gap) if re.search(r"\w", part)],
    }


def _without_menus(page: etree._Element, exacts: Iterable[str]) -> list[str]:
    """Give the lines of the smallest element that holds all quotes that stand; of all, where less than half stands."""

    def holds(part: etree._Element) -> bool:
        words = _tidy(" ".join(lines(part)))
        return all(exact in words for exact in standing)

    words = _tidy(" ".join(lines(page)))
    standing = {exact for exact in exacts if exact in words}
    if standing and 2 * sum(map(len, standing)) >= sum(map(len, {*exacts})):
        while (part := next(filter(holds, page), None)) is not None:
            page = part
    return lines(page)


def as_text(records: Iterable[Record], language: str) -> str:
    """Write records for people, in Latvian for `lv`, else in English."""
    return render("twingraph.curation", "source_check.txt", language, records=records, slug_of=slug_of).rstrip()
