"""What an asker accepts, and so the media type and coding of the answer; pure functions (RFC 9110, section 12.5)."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from twingraph.query.engine import GRAPHS, RESULTS

SHORT = {
    "json": ("application/sparql-results+json", "application/ld+json"),
    "xml": ("application/sparql-results+xml", "application/rdf+xml"),
    "csv": ("text/csv", None),
    "tsv": ("text/tab-separated-values", None),
    "turtle": (None, "text/turtle"),
    "ttl": (None, "text/turtle"),
    "ntriples": (None, "application/n-triples"),
    "nt": (None, "application/n-triples"),
    "jsonld": (None, "application/ld+json"),
    "json-ld": (None, "application/ld+json"),
    "rdfxml": (None, "application/rdf+xml"),
    "rdf": (None, "application/rdf+xml"),
    "trig": (None, "application/trig"),
    "nquads": (None, "application/n-quads"),
    "nq": (None, "application/n-quads"),
}
"""Names for those who can not set headers: the media types of results and of graphs that each means."""

_ALSO = {
    "application/sparql-results+json": ("application/json",),
    "application/sparql-results+xml": ("application/xml", "text/xml"),
    "text/turtle": ("application/turtle", "application/x-turtle"),
    "application/ld+json": ("application/json",),
    "application/rdf+xml": ("application/xml", "text/xml"),
    "text/html": ("application/xhtml+xml",),
}
"""Other media types of a format, given only to those who name them and do not accept the right one."""

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
    return Choice(given.results or _best(RESULTS, ranges), given.graphs or _best(GRAPHS, ranges))


def named(*names: str) -> Choice:
    """Give the media types that the first known one of these names means; None where it means none."""
    return next(filter(any, map(_meant, names)), Choice(None, None))


def prefers_page(accept: str | None) -> bool:
    """Tell whether an Accept header names HTML, and names nothing above it that a query is answered with."""
    ranges = _ranges(accept)
    others = (ranges.get(media, 0) for media in (*RESULTS, *GRAPHS))
    return ranges.get("text/html", 0) > max(others)


def names_page(accept: str | None) -> bool:
    """Tell whether an Accept header asks for HTML by its name, and not only for anything at all."""
    ranges = _ranges(accept)
    return any(ranges.get(media, 0) for media in ("text/html", *_ALSO["text/html"]))


def takes_json(accept: str | None) -> bool:
    """Tell whether an Accept header names JSON of any kind, and neither text nor HTML above it."""
    ranges = _ranges(accept)
    json = max((weight for media, weight in ranges.items() if _JSON.fullmatch(media)), default=0.0)
    return json > 0 and json >= max(ranges.get("text/plain", 0.0), ranges.get("text/html", 0.0))


@lru_cache(maxsize=256)
def codings(accept_encoding: str | None) -> tuple[str, ...]:
    """Give the content codings that an Accept-Encoding header allows, the one to take first.

    "identity" is among them unless it is ruled out (RFC 9110, 12.5.3).
    """
    weights = _weights(accept_encoding)
    others = weights.get("*/*")
    weighed = {coding: weights.get(coding, others or 0.0) for coding in CODINGS}
    # Identity is always allowed but if it, or all that is not named, is said not to be; then it comes last.
    weighed["identity"] = weights.get("identity", 1e-9 if others is None else others)
    allowed = [coding for coding, weight in weighed.items() if weight]
    return tuple(sorted(allowed, key=lambda coding: -weighed[coding]))


def content_type(media_type: str) -> str:
    """Give the Content-Type of a media type; text types say their charset, which is always UTF-8."""
    return f"{media_type}; charset=utf-8" if media_type.startswith("text/") else media_type


def _meant(name: str) -> Choice:
    # A plus that was not escaped in an address arrives as a space.
    media = name.strip().lower().replace(" ", "+")
    given = media if media in RESULTS else None, media if media in GRAPHS else None
    return Choice(*SHORT.get(media, given))


def _ranges(accept: str | None) -> dict[str, float]:
    """Read an Accept header into media ranges and their weights; without any, everything is accepted."""
    return _weights(accept) or {"*/*": 1.0}


def _weights(header: str | None) -> dict[str, float]:
    """Read what a header names and the weights; other parameters do not count."""
    ranges: dict[str, float] = {}
    for media, parameters in _RANGE.findall((header or "")[:_LONGEST].lower()):
        weight = _WEIGHT.search(parameters)
        # Java's own client says `*` and `q=.2`, so both are read, though RFC 9110 wants */* and 0.2.
        name = "*/*" if media == "*" else media
        ranges[name] = max(ranges.get(name, 0.0), min(float(weight[1]), 1.0) if weight else 1.0)
    return ranges


def _best(offered: tuple[str, ...], ranges: dict[str, float]) -> str | None:
    """Choose by weight, then what is named before what a wildcard covers, then in the order offered."""
    weighed = [(_weight(media, ranges), media in ranges, media) for media in offered]
    weighed += [(ranges.get(also, 0.0), True, also) for media in offered for also in _ALSO.get(media, ())]
    weight, _, best = max(weighed, key=lambda offer: offer[:2])
    return best if weight else None


def _weight(media: str, ranges: dict[str, float]) -> float:
    """Weigh a media type by the most specific range that covers it."""
    covering = (media, f"{media.partition('/')[0]}/*", "*/*")
    return next((ranges[range_] for range_ in covering if range_ in ranges), 0.0)


def pick(accept: str | None, offered: tuple[str, ...]) -> str | None:
    """Choose among the media types offered, best first, for an answer whose form is known; None if none will do."""
    best = _best(offered, _ranges(accept))
    return next((media for media in offered if best in {media, *_ALSO.get(media, ())}), None)
