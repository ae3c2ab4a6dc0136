"""What an asker accepts, and so the media type and coding of the answer; pure functions (RFC 9110, section 12.5)."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from werkzeug.datastructures import Accept
from werkzeug.http import parse_accept_header

from twingraph.query.engine import GRAPHS, RESULTS

NAMES = {
    "application/sparql-results+json": ("json", "application/json"),
    "application/sparql-results+xml": ("xml", "application/xml", "text/xml"),
    "text/csv": ("csv",),
    "text/tab-separated-values": ("tsv",),
    "text/turtle": ("turtle", "ttl", "application/turtle", "application/x-turtle"),
    "application/n-triples": ("ntriples", "nt"),
    "application/ld+json": ("jsonld", "json-ld", "json", "application/json"),
    "application/rdf+xml": ("rdfxml", "rdf", "xml", "application/xml", "text/xml"),
    "application/trig": ("trig",),
    "application/n-quads": ("nquads", "nq"),
    "text/html": ("application/xhtml+xml",),
}
"""Other names of formats: short ones for those who can not set headers, some of which mean one of results and one of
graphs; and media types, given only to those who name them and do not accept the right one."""
PAGE = "text/html"
CODINGS = ("zstd", "gzip")
"""Content codings that answers come in, the better one first."""

_JSON = re.compile(r"application/(?:\*|(?:[^/]+\+)?json)")
_RANGE = re.compile(r"""([^\s;,"]+)\s*((?:;(?:[^",]|"(?:[^"\\]|\\.)*")*)?)(?:,|$)""")
_LONGEST = 4096
_WEIGHT = re.compile(r";\s*q\s*=\s*(\d+\.?\d*|\.\d+)\s*(?:;|$)")


class Choice(NamedTuple):
    """The media types to answer with, by the form of the query; None: nothing there is acceptable."""

    results: str | None
    graphs: str | None


@lru_cache(maxsize=256)
def choose(accept: str | None, *names: str) -> Choice:
    """Choose media types for an answer whose form is not known yet.

    accept: the Accept header; None or blank accepts everything.
    names: of formats, short or media types, as given in the address; the first one known counts, before the
        header. A name for one form only (`csv`) leaves the other to the header, and so does an unknown one.
    """
    given, ranges = named(*names), _ranges(accept)
    return Choice(given.results or _best(RESULTS, ranges)[2], given.graphs or _best(GRAPHS, ranges)[2])


@lru_cache(maxsize=256)
def named(*names: str) -> Choice:
    """Give the media types that the first known one of these names means; None where it means none."""
    for name in names:
        # A plus that was not escaped in an address arrives as a space.
        given = name.strip().lower().replace(" ", "+")
        known = (next((each for each in offered if given in _names(each)), None) for offered in (RESULTS, GRAPHS))
        # Of its media types it comes in the one that is named.
        if any(choice := Choice(*(given if media and "/" in given else media for media in known))):
            return choice
    return Choice(None, None)


@lru_cache(maxsize=256)
def prefers_page(accept: str | None) -> bool:
    """Tell whether an Accept header wants HTML more than anything that a query is answered with."""
    ranges = _ranges(accept)
    page, other = _best((PAGE,), ranges), _best((*RESULTS, *GRAPHS), ranges)
    return page[0] > 0 and page[:2] > other[:2]


def pick(accept: str | None, offered: tuple[str, ...]) -> str | None:
    """Choose among the media types offered, best first, for an answer whose form is known; None if none will do."""
    best = _best(offered, _ranges(accept))[2]
    return next((media for media in offered if best in _names(media)), None)


def takes_json(accept: str | None) -> bool:
    """Tell whether an Accept header names JSON of any kind, and neither text nor HTML above it."""
    ranges = _ranges(accept)
    json = max((weight for media, weight in ranges.items() if _JSON.fullmatch(media)), default=0.0)
    return json > 0 and json >= max(ranges.get("text/plain", 0.0), ranges.get(PAGE, 0.0))


@lru_cache(maxsize=256)
def coding(accept_encoding: str | None, *, short: bool = False) -> str:
    """Choose the content coding by an Accept-Encoding header; "" for none (RFC 9110, 12.5.3).

    short: whether the body is too short to gain from one, so that it gets one only where none is ruled out.
    """
    accepted = parse_accept_header(accept_encoding, Accept)
    best, plain = accepted.best_match(CODINGS, ""), accepted.quality("identity")
    is_plain_allowed = plain > 0 or accepted.find("identity") < 0
    return "" if not best or accepted.quality(best) < plain or (short and is_plain_allowed) else best


def content_type(media_type: str) -> str:
    """Give the Content-Type of a media type; text types say their charset, which is always UTF-8."""
    # R's package SPARQL takes XML results for Latin-1 where they do not say what they are.
    says = media_type.startswith("text/") or media_type in {"application/sparql-results+xml", "application/xml"}
    return f"{media_type}; charset=utf-8" if says else media_type


def _names(media: str) -> tuple[str, ...]:
    return (media, *NAMES.get(media, ()))


def _ranges(accept: str | None) -> dict[str, float]:
    """Read an Accept header into media ranges and their weights; without any, everything is accepted."""
    ranges: dict[str, float] = {}
    for media, parameters in _RANGE.findall((accept or "")[:_LONGEST].lower()):
        weight = _WEIGHT.search(parameters)
        # Java's own client says `*` and `q=.2`, so both are read, though RFC 9110 wants */* and 0.2.
        name = "*/*" if media == "*" else media
        ranges[name] = max(ranges.get(name, 0.0), min(float(weight[1]), 1.0) if weight else 1.0)
    return ranges or {"*/*": 1.0}


def _best(offered: tuple[str, ...], ranges: dict[str, float]) -> tuple[float, bool, str | None]:
    """Choose by weight, then what is named before what a wildcard covers, then in the order offered.

    Gives weight, whether it is named, and the media type, None where none is accepted. A media type weighs what the
    most specific range that covers it says, another name of it only what itself says.
    """
    offers = []
    for media in offered:
        covering = (media, f"{media.partition('/')[0]}/*", "*/*")
        weight = next((ranges[range_] for range_ in covering if range_ in ranges), 0.0)
        offers.append((weight, media in ranges, media))
    others = (also for media in offered for also in NAMES.get(media, ()) if "/" in also)
    offers += [(ranges.get(also, 0.0), True, also) for also in others]
    weight, is_named, best = max(offers, key=lambda offer: offer[:2])
    return weight, is_named, best if weight else None
