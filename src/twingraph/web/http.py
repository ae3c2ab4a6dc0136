"""What all routes share: the format that is accepted, who may read, how long it keeps, how it travels, and refusals.

RFC 8288 (links, as FAIR Signposting has them), RFC 9110 (semantics), RFC 9111 (caching), RFC 9457 (problem details),
and CORS as the Fetch standard has it. What takes a request is for plain Werkzeug objects, and so for `Endpoint`, too.
"""

from __future__ import annotations

import contextlib
import gzip
import hashlib
import json
import re
import sys
from functools import cache, lru_cache, partial
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from flask import Response, after_this_request, request, url_for
from werkzeug.datastructures import Accept
from werkzeug.exceptions import HTTPException, PreconditionFailed
from werkzeug.http import HTTP_STATUS_CODES, parse_accept_header
from werkzeug.sansio.utils import get_current_url, get_host
from werkzeug.urls import iri_to_uri

from twingraph.errors import BadValue, NotAcceptable, TwingraphError
from twingraph.query.engine import GRAPHS, RESULTS
from twingraph.vocab import SHAPE, TG, split
from twingraph.web.language import preferred
from twingraph.words import text

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from werkzeug.wrappers import Request

    from twingraph.web.service import Service

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
_JSON = re.compile(r"application/(?:\*|(?:[^/]+\+)?json)")
_RANGE = re.compile(r"""([^\s;,"]+)\s*((?:;(?:[^",]|"(?:[^"\\]|\\.)*")*)?)(?:,|$)""")
_LONGEST = 4096
_WEIGHT = re.compile(r";\s*q\s*=\s*(\d+\.?\d*|\.\d+)\s*(?:;|$)")
POLICY = "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
"""What a page may load and send where (Content Security Policy 3)."""
STATIC = Path(__file__).parent / "static"
"""Where the stylesheet and the scripts are, and what is made when the wheel is."""
FOR_GOOD = "public, max-age=31536000, immutable"
"""How long that keeps whose address names its content."""
SHORT = 1024
"""Bytes that a packet holds anyway: a body that is no longer is not compressed unless it must be."""

_ALWAYS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "*, Allow, Content-Encoding, Content-Length, Date, ETag, Last-Modified, Link, "
    "Location, Query-Limits, Retry-After, Vary",
    "Content-Security-Policy": POLICY,
    "Cross-Origin-Resource-Policy": "cross-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
_PREFLIGHT = {
    "Access-Control-Allow-Headers": "Accept, Accept-Language, Content-Type, If-Modified-Since, If-None-Match, Range, *",
    "Access-Control-Max-Age": "86400",
}
# The better one first.
_CODERS: dict[str, Callable[[bytes], bytes]] = {
    "zstd": zstd.compress,
    "gzip": partial(gzip.compress, compresslevel=5, mtime=0),
}
ENDPOINT = ("/sparql", "/sparql/")
"""Where queries are answered."""
LIMITS = ("seconds", "cpu_seconds", "mebibytes", "answer_mebibytes", "queue_seconds", "body_kibibytes")
"""The settings that the header Query-Limits states, a dictionary of RFC 9651."""
CONDITIONS = ("HTTP_IF_NONE_MATCH", "HTTP_IF_MODIFIED_SINCE", "HTTP_IF_MATCH", "HTTP_IF_UNMODIFIED_SINCE")
"""The headers of a request that make its answer conditional, by their names in WSGI."""
_KEPT = frozenset((200, 206, 303, 304, 410))
_READS = frozenset(("GET", "HEAD"))
# A path as proxies write it; two slashes at its beginning would lead to another host.
_PREFIX = re.compile(r"(?:/[\w.~%-]+)*/?", re.ASCII)


class Choice(NamedTuple):
    """The media types to answer with, by the form of the query; None: nothing there is acceptable."""

    results: str | None
    graphs: str | None


@lru_cache(maxsize=256)
def choose(accept: str | None, *names: str) -> Choice:
    """Choose media types, for an answer whose form is not known yet, by an Accept header and names in the address.

    The first known name counts, before the header; one for one form only (`csv`) leaves the other to the header.
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
    """Choose the content coding (RFC 9110, 12.5.3), "" for none; for what is short one only where none is ruled out."""
    accepted = parse_accept_header(accept_encoding, Accept)
    best, plain = accepted.best_match(_CODERS, ""), accepted.quality("identity")
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


class Link(NamedTuple):
    """A typed link: to what, what that is to this, and its media type."""

    target: str
    rel: str
    type: str = ""

    def __str__(self) -> str:
        """Write it as in a header."""
        return f'<{iri_to_uri(self.target)}>; rel="{self.rel}"' + (f'; type="{self.type}"' if self.type else "")


def linked(response: Response, links: Iterable[Link]) -> Response:
    """Give a response the header Link, if there is anything to link to."""
    if links := list(links):
        response.headers["Link"] = ", ".join(map(str, links))
    return response


def href(iri: str) -> str:
    """Give the address at which this server tells of an IRI, or the IRI itself; "" where that would be no link."""
    kind, slug, part = split(iri)
    if slug:
        return url_for("things.identifier", kind=kind, slug=slug) + part
    for namespace, endpoint in ((str(TG), "things.terms"), (str(SHAPE), "things.shapes")):
        if iri.startswith(namespace):
            return url_for(endpoint, _anchor=iri.removeprefix(namespace))
    return iri if iri.startswith(("http://", "https://")) else ""


@cache
def static_version(filename: str) -> str:
    """Name the content of a static file; "" where there is none, as may be with the editor of the query page."""
    path = STATIC / filename
    return hashlib.sha256(path.read_bytes()).hexdigest()[:12] if path.is_file() else ""


@lru_cache(maxsize=256)
def check(host: str | None, prefix: str) -> None:
    """Refuse a host or prefix that could lead to somewhere else when repeated; raises BadValue."""
    is_host = False
    # Of what is no host Werkzeug gives "", and it fails on an internationalised name that is none.
    with contextlib.suppress(UnicodeError):
        is_host = bool(get_host("http", host) and get_current_url("http", host or ""))
    if not is_host:
        raise BadValue(text("The Host of the request is no host."))
    if not _PREFIX.fullmatch(prefix.rstrip("/")):
        raise BadValue(text("The prefix of the request is no path."))


def negotiated(offered: dict[str, str]) -> str:
    """Choose the ending of a format by the Accept header, which the answer then says; raises NotAcceptable."""
    after_this_request(varied)
    media = pick(request.headers.get("Accept"), tuple(offered.values()))
    if media is None:
        raise NotAcceptable(text("a document"), tuple(offered.values()))
    return next(ending for ending, each in offered.items() if each == media)


def varied(response: Response) -> Response:
    """Say of a response that it depends on what was accepted."""
    response.vary.add("Accept")
    return response


def refuse(request: Request, error: TwingraphError | HTTPException) -> Response:
    """Tell why a request is refused, as problem details where JSON is accepted, else as plain text.

    Refusals of ours are in the language that is asked for; what the framework refuses it says in English.
    """
    language = preferred(request)
    if isinstance(error, HTTPException):
        language = "en"
        status, detail = error.code or 500, error.description or ""
        headers = [header for header in error.get_headers() if header[0] != "Content-Type"]
    else:
        status, detail = error.status, error.text.in_language(language)
        headers = [("Retry-After", str(error.retry_after))] if error.retry_after is not None else []
    if takes_json(request.headers.get("Accept")):
        # Programs know an error by its name: TimeLimit is time-limit.
        name = re.sub(r"(?<=[a-z])(?=[A-Z])", "-", type(error).__name__).lower()
        problem = {"title": HTTP_STATUS_CODES.get(status, name), "status": status, "detail": detail, "error": name}
        body, media = json.dumps(problem, ensure_ascii=False, indent=1), "application/problem+json"
    else:
        body, media = detail, content_type("text/plain")
    response = varied(Response(f"{body}\n", status, headers, content_type=media))
    response.vary.add("Accept-Language")
    response.content_language.add(language)
    return response


def finish(request: Request, response: Response, here: Service) -> Response:
    """Give a response the headers that all have, and send no more of it than the asker wants.

    A file that is streamed is ready as it is: its route has seen to conditions and ranges.
    """
    headers = response.headers
    if request.method == "OPTIONS" and response.status_code == HTTPStatus.OK:
        headers.update(_PREFLIGHT | {"Access-Control-Allow-Methods": headers["Allow"]})
        headers.remove("Content-Type")
        response.status_code = HTTPStatus.NO_CONTENT
    if "Cache-Control" not in headers:
        keeps = request.method in _READS and response.status_code in _KEPT
        headers["Cache-Control"] = f"public, max-age={here.settings.fresh_seconds}" if keeps else "no-store"
    if not response.cache_control.no_store and response.status_code in {200, 206, 304}:
        response.last_modified = response.last_modified or here.modified
        if "ETag" not in headers and not response.is_streamed:
            response.set_etag(hashlib.sha256(response.get_data()).hexdigest()[:32])
    if response.status_code == HTTPStatus.OK and not response.is_streamed:
        _travel(request, response)
    if response.status_code == HTTPStatus.PRECONDITION_FAILED:
        response.close()
        response = refuse(request, PreconditionFailed())
        response.headers["Cache-Control"] = "no-store"
    if request.environ["PATH_INFO"] in ENDPOINT:
        limits = (f"{name.replace('_', '-')}={getattr(here.settings, name):g}" for name in LIMITS)
        response.headers["Query-Limits"] = ", ".join(limits)
    for name, value in _ALWAYS.items():
        response.headers.setdefault(name, value)
    return response


def _travel(request: Request, response: Response) -> None:
    """Send a body in the best coding, or not at all where the conditions of the request say so (RFC 9110, 13)."""
    response.vary.add("Accept-Encoding")
    tag, is_short = response.get_etag()[0], (response.content_length or 0) <= SHORT
    code = coding(request.headers.get("Accept-Encoding"), short=is_short)
    # Other bytes, another strong tag; but one who has the plain bytes need not have them in a coding.
    given = request.if_none_match
    if code and tag and (given.star_tag or not given.contains_weak(tag)):
        response.set_etag(f"{tag}-{code}")
    if any(map(request.environ.get, CONDITIONS)):
        response.make_conditional(request)
    if code and response.status_code == HTTPStatus.OK:
        response.set_data(_CODERS[code](response.get_data()))
        response.content_encoding = code
