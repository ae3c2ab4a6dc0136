"""What all routes share: who may read, how long it keeps, how it travels, what it links to, and how a refusal is told.

RFC 8288 (links, as FAIR Signposting has them), RFC 9110 (semantics), RFC 9111 (caching), RFC 9457 (problem details),
and CORS as the Fetch standard has it.
What takes a request is for plain Werkzeug objects, so that it serves whatever stands before Flask, too.
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
from werkzeug.exceptions import HTTPException, PreconditionFailed
from werkzeug.http import HTTP_STATUS_CODES
from werkzeug.sansio.utils import get_current_url, get_host
from werkzeug.urls import iri_to_uri

from twingraph.errors import BadValue, NotAcceptable, TwingraphError
from twingraph.settings import BASE
from twingraph.vocab import SHAPE, TG
from twingraph.web.negotiation import coding, content_type, pick, takes_json
from twingraph.words import text

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from werkzeug.wrappers import Request

    from twingraph.web.service import Service

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
_CODERS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": partial(gzip.compress, compresslevel=5, mtime=0),
    "zstd": zstd.compress,
}
ENDPOINT = ("/sparql", "/sparql/")
"""Where queries are answered."""
LIMITS = ("seconds", "cpu_seconds", "mebibytes", "answer_mebibytes", "queue_seconds", "body_kibibytes")
"""The settings that the header Query-Limits states, a dictionary of RFC 9651."""
CONDITIONS = ("HTTP_IF_NONE_MATCH", "HTTP_IF_MODIFIED_SINCE", "HTTP_IF_MATCH", "HTTP_IF_UNMODIFIED_SINCE")
"""The headers of a request that make its answer conditional, by their names in WSGI."""
_KEPT = frozenset((200, 206, 303, 304, 410))
_READS = frozenset(("GET", "HEAD"))
_OURS = re.compile(rf"{re.escape(BASE)}id/([a-z]+)/([A-Za-z0-9-]+)(#.*)?")
# A path as proxies write it; two slashes at its beginning would lead to another host.
_PREFIX = re.compile(r"(?:/[\w.~%-]+)*/?", re.ASCII)


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
    if ours := _OURS.fullmatch(iri):
        return url_for("things.identifier", kind=ours[1], slug=ours[2]) + (ours[3] or "")
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
    """Tell why a request is refused, as problem details where JSON is accepted, else as plain text."""
    if isinstance(error, HTTPException):
        status, detail = error.code or 500, error.description or ""
        headers = [header for header in error.get_headers() if header[0] != "Content-Type"]
    else:
        status, detail = error.status, str(error)
        headers = [("Retry-After", str(error.retry_after))] if error.retry_after is not None else []
    if takes_json(request.headers.get("Accept")):
        # Programs know an error by its name: TimeLimit is time-limit.
        name = re.sub(r"(?<=[a-z])(?=[A-Z])", "-", type(error).__name__).lower()
        problem = {"title": HTTP_STATUS_CODES.get(status, name), "status": status, "detail": detail, "error": name}
        body, media = json.dumps(problem, ensure_ascii=False, indent=1), "application/problem+json"
    else:
        body, media = detail, content_type("text/plain")
    return varied(Response(f"{body}\n", status, headers, content_type=media))


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
