"""Source pages fetched again: which of their quotes stand, which moved, which are gone, and what is new."""

from __future__ import annotations

import contextlib
import json
import re
import threading
import zlib
from concurrent.futures import Future
from difflib import SequenceMatcher
from email.message import Message
from html import escape
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import unquote, urlsplit

import requests
from lxml import etree
from lxml.html import defs
from rdflib import URIRef
from rdflib.namespace import PROV, SDO
from urllib3.exceptions import HTTPError

from twingraph import __version__
from twingraph.curation.graph import selector, text_of
from twingraph.curation.sources import Selector, nearest_passage
from twingraph.errors import BadValue, NotFetched
from twingraph.names import tidy
from twingraph.settings import BASE
from twingraph.vocab import slug_of
from twingraph.words import Text, text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from twingraph.curation.graph import Curated

    Record = dict[str, Any]

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


class Limits(NamedTuple):
    """How much a page may take: wall-clock time in all, its length, and how often it may lead elsewhere."""

    seconds: float = 30.0
    mebibytes: int = 4
    redirects: int = 5


def check(
    curated: Curated, source: str | None = None, url: str | None = None, limits: Limits | None = None
) -> Iterator[Record]:
    """Fetch the pages of the sources again, and give a record of each, as JSON writes it.

    source: the slug of one source, None for all that have a URL; url: in place of the one that the data give. A record
    has `source`, `url`, and either `error`, in both languages, or `found_at`, `as_stored` and what `compare` gives.
    Raises BadValue for a source that is not there or a URL that is none.
    """
    sources = {slug_of(each): URIRef(str(each)) for each in curated.pages}
    if source is not None and source not in sources:
        raise BadValue(text("There is no source %(slug)r; there is %(names)s.", slug=source, names=", ".join(sources)))
    chosen = [*sources.values()] if source is None else [sources[source]]
    if url and len(chosen) > 1:
        raise BadValue(text("There are several sources; say with --source whose page is at this URL."))
    urls = {each: url or text_of(curated.dataset.graph(each), each, SDO.url) for each in chosen}
    if not any(urls.values()):
        raise BadValue(text("No URL of the source is known; give one with --url."))
    for each, address in ((each, _address(given)) for each, given in urls.items() if given):
        record = {"source": str(each), "url": _public(address)}
        language = text_of(curated.dataset.graph(each), each, SDO.inLanguage)
        try:
            yield record | _in_time(limits or Limits(), address, language, quotes_of(curated, each))
        except NotFetched as error:
            yield record | {"error": {language: error.message(language) for language in ("en", "lv")}}


def quotes_of(curated: Curated, source: URIRef) -> list[Record]:
    """Give each `quote` of a source, by name, and its `exact` text, of those that its page holds, in their order."""
    description, page = curated.dataset.graph(source), curated.pages[source].text
    quotes = ((str(name), selector(description, name)) for name in description.subjects(PROV.wasQuotedFrom, source))
    placed = sorted((start, name, quote.exact) for name, quote in quotes for start in quote.starts(page)[:1])
    return [{"quote": name, "exact": exact} for _start, name, exact in placed]


def _in_time(limits: Limits, address: str, language: str, quotes: Sequence[Record]) -> Record:
    outcome: Future[Record] = Future()

    def work() -> None:
        try:
            url, page = _fetch(limits, address, language)
            differences = compare(quotes, page)
            as_stored = not (differences["moved"] or differences["gone"] or differences["new"])
            outcome.set_result({"found_at": url, "as_stored": as_stored, **differences})
        except Exception as error:  # noqa: BLE001 - raised again where somebody waits for it
            outcome.set_exception(error)

    # The time-out of requests is for each byte: a server that sends one now and then, or a page that is meant to
    # choke its readers, would keep us for good.
    threading.Thread(target=work, daemon=True).start()
    try:
        return outcome.result(limits.seconds)
    except TimeoutError:
        reason = text("it could not be read in %(seconds)s seconds", seconds=f"{limits.seconds:g}")
        raise NotFetched(_public(address), reason) from None


def _fetch(limits: Limits, url: str, language: str) -> tuple[str, etree._Element]:
    """Fetch a page by HTTP (RFC 9110), redirects followed; give where it was found in the end, and what it shows."""
    locations: list[str] = []

    def leave(answer: requests.Response, **_: object) -> None:
        if answer.is_redirect:
            # Else its body would be read, however long that is.
            answer.close()
            locations.append(answer.headers["location"])
            if not locations[-1]:
                raise requests.exceptions.InvalidURL(answer.url)

    with requests.Session() as session:
        session.headers = {**_HEADERS, "Accept-Language": language or "*"}
        session.hooks["response"].append(leave)
        session.max_redirects = limits.redirects
        try:
            answer = session.get(url, stream=True, timeout=limits.seconds)
        except requests.TooManyRedirects:
            reason = text("it redirects more than %(times)s times, perhaps in a circle", times=limits.redirects)
        except requests.Timeout:
            reason = text("it could not be read in %(seconds)s seconds", seconds=f"{limits.seconds:g}")
        except (requests.RequestException, HTTPError, ValueError) as error:
            cause: BaseException = error
            while cause.__cause__ or cause.__context__:
                cause = cause.__cause__ or cause.__context__ or cause
            # In the words of the system, where it has any.
            why = getattr(cause, "strerror", None) or str(cause)
            reason = text("the server can not be reached (%(reason)s)", reason=why)
            if locations and isinstance(error, ValueError):
                reason = text("it redirects to %(location)r, which is no web address", location=locations[-1])
        else:
            with answer:
                return _public(answer.url), _page(_public(answer.url), answer, limits.mebibytes)
    raise NotFetched(_public(url), reason)


def _page(url: str, answer: requests.Response, mebibytes: int) -> etree._Element:
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
    body, most = bytearray(), mebibytes << 20
    unpacking = None if coding == "identity" else zlib.decompressobj(wbits=31)
    try:
        for part in answer.raw.stream(1 << 14, decode_content=False):
            # A small file may unpack to one that would fill the memory.
            body += unpacking.decompress(part, most + 1 - len(body)) if unpacking else part
            if len(body) > most:
                raise NotFetched(url, text("it is over %(most)s MiB, the limit for a page", most=mebibytes))
        is_whole = unpacking is None or unpacking.eof
    except (HTTPError, OSError, zlib.error):
        is_whole = False
    if not is_whole:
        raise NotFetched(url, text("the server broke off in the middle of its answer"))
    page = decode(bytes(body), header.get_content_charset())
    return parse("<br>".join(escape(page).splitlines()) if media_type == "text/plain" else page)


def _address(url: str) -> str:
    """Write a URL as browsers do: what may not stand in one is encoded, what is encoded stays. Raises BadValue."""
    with contextlib.suppress(ValueError):
        prepared = requests.Request("GET", url.strip()).prepare().url or ""
        if urlsplit(prepared).scheme in {"http", "https"}:
            return prepared
    message = text("%(url)r is no web address; give one that begins with http:// or https://.", url=_public(url))
    raise BadValue(message)


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
    """Give the lines of a part of a page as they look: a block ends one; a picture is its other text or file name."""
    pieces: list[str] = []
    for event, element in etree.iterwalk(part, events=("start", "end")):
        pieces += [] if element.tag in _INLINE else ["\u2028"]
        if event == "start" and element.tag == "img":
            path = re.split(r"[?#]", element.get("src", ""), maxsplit=1)[0]
            pieces.append(element.get("alt", unquote(path.rpartition("/")[2])))
        elif event == "start":
            pieces.append(element.text or "")
        elif element is not part:
            pieces.append(element.tail or "")
    return [line for piece in "".join(pieces).split("\u2028") if (line := _tidy(piece))]


def _tidy(words: str) -> str:
    return tidy(_UNSEEN.sub("", words))


def compare(quotes: Sequence[Record], page: etree._Element) -> Record:
    """Compare the quotes of a stored page (see `quotes_of`) with the page of today, but for white space.

    Gives the names of those `standing` in their order; those `moved`, each with the text of the quote `after` which it
    stands now; those `gone`, with the passage `nearest` to each where it stood; and what is `new`, in the smallest
    element that holds all quotes that stand.
    """
    exacts = [_tidy(each["exact"]) for each in quotes]
    page_lines = _without_menus(page, exacts)
    words, left = " ".join(page_lines), list("\n".join(page_lines))
    places = [(start, start + len(each)) for each in {*exacts} for start in Selector(each).starts(words)]
    spans: list[tuple[int, int]] = []
    # Of those that begin at one place, the longest.
    for start, stop in sorted(places, key=lambda place: (place[0], -place[1])):
        if not spans or start >= spans[-1][1]:
            spans.append((start, stop))
    there = [words[start:stop] for start, stop in spans]
    blocks = SequenceMatcher(a=exacts, b=there, autojunk=False).get_matching_blocks()
    kept = {block.a + at: block.b + at for block in blocks for at in range(block.size)}
    numbers, moved, gone = {at: number for number, at in kept.items()}, {}, []
    for number in sorted({*range(len(quotes))} - {*kept}):
        same = (at for at, each in enumerate(there) if each == exacts[number] and at not in numbers)
        if (at := next(same, None)) is not None:
            numbers[at], moved[number] = number, at
    for start, stop in (spans[at] for at in numbers):
        left[start:stop] = "\0" * (stop - start)
    for number in sorted({*range(len(quotes))} - {*numbers.values()}):
        # Where it stood: between the quotes around it that still stand.
        start = max((spans[at][1] for other, at in kept.items() if other < number), default=0)
        stop = min((spans[at][0] for other, at in kept.items() if other > number), default=len(words))
        between = "".join(left[start : min(stop, start + _SEARCHED)]).replace("\n", " ")
        passages = filter(None, (nearest_passage(exacts[number], piece) for piece in re.split("\0+", between)))
        nearest = max(passages, key=lambda each: SequenceMatcher(a=each, b=exacts[number]).ratio(), default="")
        at = start + between.index(nearest)
        left[at : at + len(nearest)] = "\0" * len(nearest)
        gone.append({**quotes[number], "nearest": nearest})
    before = {number: max((each for each in numbers if each < at), default=None) for number, at in moved.items()}
    after = {number: "" if at is None else quotes[numbers[at]]["exact"] for number, at in before.items()}
    return {
        "standing": [quotes[number]["quote"] for number in sorted(kept)],
        "moved": [{**quotes[number], "after": words} for number, words in after.items()],
        "gone": gone,
        "new": [piece.strip() for piece in re.split("[\n\0]+", "".join(left)) if re.search(r"\w", piece)],
    }


def _without_menus(page: etree._Element, exacts: Iterable[str]) -> list[str]:
    """Give the lines of the smallest element that holds all quotes that stand; of all, where less than half stands."""
    words = " ".join(lines(page))
    standing = {exact for exact in exacts if exact in words}

    def holds(part: etree._Element) -> bool:
        words = " ".join(lines(part))
        return all(exact in words for exact in standing)

    if standing and 2 * sum(map(len, standing)) >= sum(map(len, {*exacts})):
        while (part := next(filter(holds, page), None)) is not None:
            page = part
    return lines(page)


def as_text(records: Iterable[Record], language: str) -> str:
    """Write records for people, in Latvian for `lv`, else in English."""
    blocks = []
    for record in records:
        first = record["error"]["lv" if language == "lv" else "en"] if "error" in record else record["url"]
        rest = "".join(f"  {line.in_language(language)}\n" for line in _outcome(record))
        blocks.append(f"{slug_of(record['source'])}: {first}\n{rest}")
    return "\n".join(blocks)


FORMATS: dict[str, Callable[[Iterable[Record], str], str]] = {
    "text": as_text,
    "json": lambda records, _language: json.dumps([*records], ensure_ascii=False, indent=1) + "\n",
}
"""The ways to write records, each with a language: for people, and as a JSON array of objects, one a source."""


def _outcome(record: Record) -> Iterator[Text]:
    if "error" in record:
        return
    if record["found_at"] != record["url"]:
        yield text("The page is now at %(url)s.", url=record["found_at"])
    if standing := len(record["standing"]):
        quotes = standing + len(record["moved"]) + len(record["gone"])
        yield text("%(standing)s of %(quotes)s quotes stand in their order.", standing=standing, quotes=quotes)
    else:
        yield text("No quote stands: this is another page, or it was written anew.")
    for each in record["gone"]:
        yield text("gone: %(name)s\n    „%(exact)s”", name=slug_of(each["quote"]), exact=each["exact"])
        if each["nearest"]:
            yield text("  nearest: „%(nearest)s”", nearest=each["nearest"])
    for each in record["moved"]:
        yield text("moved: %(name)s\n    „%(exact)s”", name=slug_of(each["quote"]), exact=each["exact"])
        yield text("  now after: „%(after)s”", after=each["after"]) if each["after"] else text("  now first of all")
    for passage in record["new"]:
        yield text("new: „%(passage)s”", passage=passage)
    if record["as_stored"]:
        yield text("The page is as it was stored.")
    else:
        yield text("The stored page stays as it is; to follow the page of today, add its text as a source of its own.")
