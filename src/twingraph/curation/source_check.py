"""Source pages fetched again: which of their quotes stand, which moved, which are gone, and what is new."""

from __future__ import annotations

import contextlib
import json
import re
import threading
import zlib
from difflib import SequenceMatcher
from email.message import Message
from html import escape
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import unquote, urljoin, urlsplit

import requests
from lxml import etree
from rdflib import URIRef
from rdflib.namespace import PROV, SDO
from requests.utils import get_environ_proxies
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
_BROWSER, _LATER = text("; look at it in a browser"), text("; try again later")
_HINTS = {
    401: _BROWSER,
    403: _BROWSER,
    404: text("; find out where the page has moved to, and give that address with --url"),
    410: text("; the page was removed for good, and the stored one is all there is"),
    429: _LATER,
    503: _LATER,
}
# Browsers look for the name of a charset in the first 1024 bytes; some pages have it a little later.
_START = 4096
_NAMED = re.compile(rb"<(?:meta|\?xml)\b[^>]*?(?:charset|encoding)\s*=\s*[\"']?\s*([\w.:-]+)", re.IGNORECASE | re.ASCII)
# What pages are written in; Python knows codecs besides that are none (`unicode_escape`, `punycode`).
_CHARSETS = re.compile(r"utf-?8|us-ascii|iso-?8859-\d+|windows-125\d|cp125\d|koi8-[ru]", re.IGNORECASE)
_BALTIC = "windows-1257"
# Soft hyphens, joiners, marks of direction and byte order; and what would command a terminal that shows the text.
_UNSEEN = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f]")
_INLINE = frozenset(
    {
        *("a", "abbr", "acronym", "b", "bdi", "bdo", "big", "cite", "code", "data", "del", "dfn", "em", "font", "i"),
        *("img", "ins", "kbd", "label", "mark", "nobr", "picture", "q", "s", "samp", "small", "source", "span"),
        *("strike", "strong", "sub", "sup", "time", "tt", "u", "var", "wbr"),
    }
)
_HIDDEN = frozenset(
    {*("head", "iframe", "math", "noscript", "object", "script", "select", "style", "svg", "template"), "textarea"}
)
_PLACES = 100
"""Places of a quote that are looked at; a line that stands there more often tells nothing of an order."""
_SEARCHED = 50_000
"""Characters in which something like a lost quote is looked for; between two quotes of a real page are fewer."""


class Limits(NamedTuple):
    """How much a page may take: wall-clock time in all, its length, and how often it may lead elsewhere."""

    seconds: float = 30.0
    mebibytes: int = 4
    redirects: int = 5


def check(
    curated: Curated, source: str | None = None, url: str | None = None, limits: Limits | None = None
) -> Iterator[Record]:
    """Fetch the pages of the sources again, and give a record of each, as JSON writes it.

    source: the slug of one source, None for all that have a URL; url: asked for in place of the URL that the data
    give. A record has `source`, `url`, and either `error`, in both languages, or `found_at`, `as_stored` and what
    `compare` gives. Raises BadValue for a source that is not there or a URL that is none.
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
    outcome: list[Record | Exception] = []

    def work() -> None:
        try:
            url, page = _fetch(limits, address, language)
            differences = compare(quotes, page)
            as_stored = not (differences["moved"] or differences["gone"] or differences["new"])
            outcome.append({"found_at": url, "as_stored": as_stored, **differences})
        except Exception as error:  # noqa: BLE001 - raised again where somebody waits for it
            outcome.append(error)

    # The time-out of requests is for each byte: a server that sends one now and then, or a page that is meant to
    # choke its readers, would keep us for good.
    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    thread.join(limits.seconds)
    if not outcome:
        seconds = f"{limits.seconds:g}"
        raise NotFetched(_public(address), text("it could not be read in %(seconds)s seconds", seconds=seconds))
    if isinstance(outcome[0], Exception):
        raise outcome[0]
    return outcome[0]


def _fetch(limits: Limits, start: str, language: str) -> tuple[str, etree._Element]:
    """Fetch a page by HTTP (RFC 9110), redirects followed; give where it was found in the end, and its text."""
    headers, address = _HEADERS | ({"Accept-Language": language} if language else {}), start
    with requests.Session() as session:
        for _ in range(limits.redirects + 1):
            url = _public(address)
            request, proxies = requests.Request("GET", address, headers).prepare(), get_environ_proxies(address)
            try:
                # Not by the session, which reads redirects to their end, however long they are.
                answer = session.get_adapter(address).send(
                    request, stream=True, timeout=limits.seconds, proxies=proxies
                )
            except (requests.RequestException, HTTPError) as error:
                reason = text("the server can not be reached (%(reason)s)", reason=_cause(error))
                raise NotFetched(url, reason) from None
            with answer:
                if (location := session.get_redirect_target(answer)) is None:
                    return url, _page(url, answer, limits.mebibytes)
            try:
                address = _address(urljoin(address, location) if location else "")
            except (BadValue, ValueError):
                reason = text("it redirects to %(location)r, which is no web address", location=location)
                raise NotFetched(url, reason) from None
    reason = text("it redirects more than %(times)s times, perhaps in a circle", times=limits.redirects)
    raise NotFetched(_public(start), reason)


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


def _cause(error: BaseException) -> str:
    """Say in the words of the system why there was no connection."""
    while error.__cause__ or error.__context__:
        error = error.__cause__ or error.__context__ or error
    return getattr(error, "strerror", None) or str(error)


def decode(body: bytes, charset: str | None = None) -> str:
    """Decode a page: as UTF-8 if it is that, else by the charset its server names, the one it names, or what fits.

    charset: as the server names it, if it does; a name that is none, or that does not fit the bytes, is passed over.
    """
    if body.startswith((b"\xff\xfe", b"\xfe\xff")):
        return body.decode("utf-16", errors="replace")
    names = (charset or "", *(match.decode() for match in _NAMED.findall(body, 0, _START)), _BALTIC)
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
    """Give the lines of a part of a page as they look: composed (NFC), with single spaces, nothing unseen.

    A block ends a line; a picture is its other text or, where nobody wrote one, the name of its file.
    """
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
    """Compare the quotes of a stored page (see `quotes_of`) with the page of today.

    White space is held to be alike, and so is what is not seen. Gives the names of those `standing` in their order;
    those `moved`, each with the text of the quote `after` which it stands now; those `gone`, with the passage
    `nearest` to each where it stood; and what is `new`, in the smallest element that holds all quotes that stand.
    """
    exacts = [_tidy(each["exact"]) for each in quotes]
    today = _without_menus(page, exacts)
    words, broken = " ".join(today), "\n".join(today)
    spans = _spans(words, exacts)
    there = [words[span.start : span.stop] for span in spans]
    blocks = SequenceMatcher(a=exacts, b=there, autojunk=False).get_matching_blocks()
    kept = {block.a + at: block.b + at for block in blocks for at in range(block.size)}
    left, moved = sorted({*range(len(spans))} - {*kept.values()}), {}
    for number in sorted({*range(len(quotes))} - {*kept}):
        if (at := next((at for at in left if there[at] == exacts[number]), None)) is not None:
            moved[number] = at
            left.remove(at)
    numbers = {at: number for number, at in (kept | moved).items()}
    taken, gone = [spans[at] for at in numbers], []
    for number in sorted({*range(len(quotes))} - {*numbers.values()}):
        # Where it stood: between the quotes around it that still stand.
        start = max((spans[at].stop for other, at in kept.items() if other < number), default=0)
        stop = min((spans[at].start for other, at in kept.items() if other > number), default=len(words))
        pieces = [words[free.start : free.stop] for free in _free(range(start, min(stop, start + _SEARCHED)), taken)]
        passages = filter(None, (nearest_passage(exacts[number], piece) for piece in pieces))
        nearest = max(passages, key=lambda each: SequenceMatcher(a=each, b=exacts[number]).ratio(), default="")
        if nearest:
            at = words.index(nearest, start)
            taken.append(range(at, at + len(nearest)))
        gone.append({**quotes[number], "nearest": nearest})
    before = {number: max((each for each in numbers if each < at), default=None) for number, at in moved.items()}
    new = [piece for free in _free(range(len(words)), taken) for piece in broken[free.start : free.stop].split("\n")]
    return {
        "standing": [quotes[number]["quote"] for number in sorted(kept)],
        "moved": [
            {**quotes[number], "after": "" if at is None else quotes[numbers[at]]["exact"]}
            for number, at in sorted(before.items())
        ],
        "gone": gone,
        "new": [piece.strip() for piece in new if re.search(r"\w", piece)],
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


def _spans(words: str, exacts: Iterable[str]) -> list[range]:
    """Give where quotes stand in a text, in order; of those that begin at one place, the longest."""
    places = [(start, start + len(each)) for each in {*exacts} for start in Selector(each).starts(words)[:_PLACES]]
    spans: list[range] = []
    for start, stop in sorted(places, key=lambda place: (place[0], -place[1])):
        if not spans or start >= spans[-1].stop:
            spans.append(range(start, stop))
    return spans


def _free(whole: range, taken: Iterable[range]) -> Iterator[range]:
    """Give the parts of a stretch that are not taken."""
    start = whole.start
    for span in [*sorted(taken, key=lambda span: span.start), range(whole.stop, whole.stop)]:
        if start < min(span.start, whole.stop):
            yield range(start, min(span.start, whole.stop))
        start = max(start, span.stop)


def as_text(records: Iterable[Record], language: str) -> str:
    """Write records for people, in Latvian for `lv`, else in English."""
    blocks = []
    for record in records:
        source = slug_of(record["source"])
        if "error" in record:
            blocks.append(f"{source}: {record['error']['lv' if language == 'lv' else 'en']}\n")
        else:
            told = "".join(f"  {line.in_language(language)}\n" for line in _outcome(record))
            blocks.append(f"{source}: {record['url']}\n{told}")
    return "\n".join(blocks)


FORMATS: dict[str, Callable[[Iterable[Record], str], str]] = {
    "text": as_text,
    "json": lambda records, _language: json.dumps([*records], ensure_ascii=False, indent=1) + "\n",
}
"""The ways to write records, each with a language: for people, and as a JSON array of objects, one a source."""


def _outcome(record: Record) -> Iterator[Text]:
    standing = len(record["standing"])
    if record["found_at"] != record["url"]:
        yield text("The page is now at %(url)s.", url=record["found_at"])
    if standing:
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
