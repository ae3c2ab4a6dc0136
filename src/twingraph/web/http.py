"""What all routes share: who may read, how long it keeps, how it travels, and how a refusal is told.

RFC 9110 (semantics), RFC 9111 (caching), RFC 9457 (problem details), and CORS as the Fetch standard has it.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import re
import sys
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING

from flask import Response, after_this_request, request
from werkzeug.exceptions import BadRequest, HTTPException
from werkzeug.http import HTTP_STATUS_CODES
from werkzeug.middleware.proxy_fix import ProxyFix

from twingraph.errors import Discontinued, NotAcceptable, TooManyRequests, TwingraphError
from twingraph.web.negotiation import codings, pick, takes_json
from twingraph.web.refusals import page_of
from twingraph.web.service import service
from twingraph.words import text

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from wsgiref.types import WSGIEnvironment

    from flask import Flask
    from flask.typing import ResponseReturnValue

    from twingraph.settings import Settings
    from twingraph.web.rate import Buckets

POLICY = "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
"""What a page may load and send where (Content Security Policy 3)."""
_ALWAYS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "*, Allow, Content-Encoding, Content-Length, Date, ETag, Last-Modified, Link, "
    "Location, Query-Limits, RateLimit-Policy, Retry-After, Vary",
    "Content-Security-Policy": POLICY,
    "Cross-Origin-Resource-Policy": "cross-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
_PREFLIGHT = {
    "Access-Control-Allow-Headers": "Accept, Accept-Language, Content-Type, If-Modified-Since, If-None-Match, Range, *",
    "Access-Control-Max-Age": "86400",
}
_DISCONTINUED = {
    "/reconcile/1.0": text("use /reconcile, by version 0.2 of the Reconciliation Service API"),
    "/search/description.xml": text("let the browser search at /search?q=%%s"),
}
"""What was served in earlier versions, each with all below it, and what to use instead."""
_CODERS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": partial(gzip.compress, compresslevel=5, mtime=0),
    "zstd": zstd.compress,
}
ADMITTED = "twingraph.admitted"
"""What marks a request as one whose token has been taken before it came to the routes."""
SHORT = 1024
"""Bytes that a packet holds anyway: a body that is no longer is not compressed unless it must be."""
_KEPT = frozenset((200, 206, 303, 304, 410))
_READS = frozenset(("GET", "HEAD"))
# Of what RFC 3986 allows in an authority, what hosts are made of; the rest has no business in an IRI of ours.
_HOST = re.compile(r"(?:[\w.-]+|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?", re.ASCII)


def share(app: Flask, settings: Settings, buckets: Buckets) -> None:
    """Let an application treat every request and every response as `settings` and the standards have it."""
    app.url_map.merge_slashes = False
    # One byte more than may be, so that what is longer can be told from what is as long.
    app.config["MAX_CONTENT_LENGTH"] = (settings.body_kibibytes << 10) + 1
    if hops := settings.proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops, x_prefix=hops)  # type: ignore[method-assign]
    app.before_request(partial(_admit, buckets, settings.rate))
    app.after_request(_finished)
    app.register_error_handler(TwingraphError, _told)
    app.register_error_handler(HTTPException, _told_by_flask)


def admits(buckets: Buckets, environ: WSGIEnvironment) -> bool:
    """Take the token of a request before it comes to the routes; where there is none, they will refuse it."""
    if not buckets.take(environ.get("REMOTE_ADDR", "")):
        environ[ADMITTED] = True
    return ADMITTED in environ


def entity_tag(*parts: str | Sequence[str] | None) -> str:
    """Give a strong entity tag for what follows from the release and from these parts of a request."""
    return service().entity_tag(*parts)


def not_modified(tag: str | None) -> Response | None:
    """Give the answer 304 if the asker names this tag as one whose bytes it holds; None if there is more to do."""
    if (found := _held(tag)) is None:
        return None
    response = Response(status=304)
    response.set_etag(found)
    response.vary.add("Accept-Encoding")
    return response


def negotiated(offered: dict[str, str]) -> str:
    """Choose the ending of a format by the Accept header; raises NotAcceptable."""
    media = pick(request.headers.get("Accept"), tuple(offered.values()))
    if media is None:
        after_this_request(varied)
        what = "a document"
        raise NotAcceptable(what, tuple(offered.values()))
    return next(ending for ending, each in offered.items() if each == media)


def varied(response: Response) -> Response:
    """Say of a response that it depends on what was accepted."""
    response.vary.add("Accept")
    return response


def problem(status: int, detail: str, error: str) -> Response:
    """Tell a refusal as problem details where JSON is accepted, as plain text otherwise.

    error: a name by which a program can know it.
    """
    if takes_json(request.headers.get("Accept")):
        told = {"title": HTTP_STATUS_CODES.get(status, error), "status": status, "detail": detail, "error": error}
        body, media = json.dumps(told, ensure_ascii=False, indent=1), "application/problem+json"
    else:
        body, media = detail, "text/plain; charset=utf-8"
    response = Response(f"{body}\n", status, content_type=media)
    response.vary.add("Accept")
    return response


def _admit(buckets: Buckets, rate: int) -> None:
    if not _HOST.fullmatch(request.host):
        message = "The Host of the request is no host."
        raise BadRequest(message)
    if request.endpoint == "pages.health" or ADMITTED in request.environ:
        return
    if wait := buckets.take(request.remote_addr or ""):
        raise TooManyRequests(rate, wait)


def _told(error: TwingraphError) -> Response:
    response = page_of(error, error.status) or problem(error.status, str(error), _name(error))
    if error.retry_after is not None:
        response.headers["Retry-After"] = str(error.retry_after)
    return response


def _told_by_flask(error: HTTPException) -> ResponseReturnValue:
    if error.code is None or error.code < HTTPStatus.BAD_REQUEST:
        return error.get_response()
    if error.code == HTTPStatus.NOT_FOUND:
        for path, instead in _DISCONTINUED.items():
            if f"{request.path}/".startswith(f"{path}/"):
                return _told(Discontinued(path, instead))
    response = page_of(error, error.code) or problem(error.code, error.description or "", _name(error))
    response.headers.extend((name, value) for name, value in error.get_headers() if name != "Content-Type")
    return response


def _name(error: Exception) -> str:
    """Name an error for programs: TimeLimit is time-limit."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "-", type(error).__name__).lower()


def _finished(response: Response) -> Response:
    for name, value in _ALWAYS.items():
        response.headers.setdefault(name, value)
    if rate := service().settings.rate:
        response.headers["RateLimit-Policy"] = f'"address";q={rate};w=60'
    if request.method == "OPTIONS" and response.status_code == HTTPStatus.OK:
        return _preflight(response)
    _keep(response)
    # A file that is streamed is ready as it is: its route has seen to conditions and ranges.
    if response.status_code == HTTPStatus.OK and not response.is_streamed:
        _travel(response)
    return response


def _preflight(response: Response) -> Response:
    """Answer OPTIONS, which browsers ask before a request that a form could not send."""
    allowed = Response(status=204, headers=response.headers)
    allowed.headers.update(_PREFLIGHT | {"Access-Control-Allow-Methods": response.headers["Allow"]})
    del allowed.headers["Content-Type"]
    return allowed


def _keep(response: Response) -> None:
    """Say how long a response keeps; name its bytes and its time if it may be kept."""
    if "Cache-Control" not in response.headers:
        keeps = request.method in _READS and response.status_code in _KEPT
        fresh = f"public, max-age={service().settings.fresh_seconds}"
        response.headers["Cache-Control"] = fresh if keeps else "no-store"
    if response.cache_control.no_store or response.status_code not in {200, 206, 304}:
        return
    response.last_modified = response.last_modified or service().modified
    if "ETag" not in response.headers and not response.is_streamed:
        response.set_etag(hashlib.sha256(response.get_data()).hexdigest()[:32])


def _travel(response: Response) -> None:
    """Send the body in the best coding, or 304 without one where the asker holds it (RFC 9110, 13.1)."""
    if "Content-Encoding" in response.headers:
        return
    response.vary.add("Accept-Encoding")
    found = _held(response.get_etag()[0])
    if found is None:
        _encode(response)
        found = response.get_etag()[0] if _is_unchanged(response) else None
    if found is not None:
        response.status_code = HTTPStatus.NOT_MODIFIED
        response.set_etag(found)
        response.set_data(b"")


def _held(tag: str | None) -> str | None:
    """Give the tag under which the asker holds what this tag names, in a coding that it accepts."""
    given = request.if_none_match
    if tag is None or given.star_tag or request.method not in _READS:
        return None
    names = (tag, *(f"{tag}-{coding}" for coding in _codings() if coding in _CODERS))
    return next(filter(given.contains_weak, names), None)


def _encode(response: Response) -> None:
    allowed = _codings()
    short = "identity" in allowed and (response.content_length or 0) <= SHORT
    coder = _CODERS.get("identity" if short or not allowed else allowed[0])
    if coder is None:
        return
    response.set_data(coder(response.get_data()))
    response.content_encoding = allowed[0]
    if tag := response.get_etag()[0]:
        # Other bytes, another strong tag.
        response.set_etag(f"{tag}-{allowed[0]}")


def _is_unchanged(response: Response) -> bool:
    """Tell whether the asker wants a response only if there was none before, or only if it was changed since."""
    if request.method not in _READS:
        return False
    if "If-None-Match" in request.headers:
        return request.if_none_match.star_tag
    since, modified = request.if_modified_since, response.last_modified
    return bool(since and modified and modified <= since)


def _codings() -> tuple[str, ...]:
    return codings(request.headers.get("Accept-Encoding"))
