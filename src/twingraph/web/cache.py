"""Answers that are given again as they were made: a WSGI application before another, bounded in bytes."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, NamedTuple

from cachetools import LRUCache

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

VARYING = {
    "Accept": "HTTP_ACCEPT",
    "Accept-Encoding": "HTTP_ACCEPT_ENCODING",
    "Accept-Language": "HTTP_ACCEPT_LANGUAGE",
}
"""The headers that an answer may vary by to be kept, as it says itself, and their names in WSGI."""

_KEY = (
    "REQUEST_METHOD",
    "SCRIPT_NAME",
    "PATH_INFO",
    "QUERY_STRING",
    "HTTP_HOST",
    "wsgi.url_scheme",
    *VARYING.values(),
)
"""All that an answer which is kept depends on."""
_OTHERS = (
    "HTTP_IF_NONE_MATCH",
    "HTTP_IF_MODIFIED_SINCE",
    "HTTP_RANGE",
    "HTTP_IF_RANGE",
    "HTTP_IF_MATCH",
    "HTTP_IF_UNMODIFIED_SINCE",
    "HTTP_AUTHORIZATION",
)
"""Headers of requests that are rare enough to be left to the application."""
_OVERHEAD = 2048
"""Bytes that the objects of an entry take besides its body and address, about."""
_SHARE = 8
"""An answer is kept if it takes no more than one part in so many of the room."""
_REMEMBERED = 1 << 16
"""Requests whose first asking is remembered, at most; some megabytes of numbers."""


class Entry(NamedTuple):
    """An answer that is kept."""

    status: str
    headers: list[tuple[str, str]]
    body: bytes
    size: int


class Cache:
    """Keeps whole answers to GET and HEAD that say themselves that any cache may keep them; thread-safe.

    What it serves never changes while it runs, so nothing in it grows old; what was not asked for longest goes
    first. An answer is kept when it is asked for a second time: most queries are never repeated, and to keep those
    would cost them time, and the others their room.

    app: what makes the answers. mebibytes: what all entries may take.
    """

    def __init__(self, app: WSGIApplication, mebibytes: int) -> None:
        self._app, self._most = app, mebibytes << 20
        self._lock = threading.Lock()
        self._entries: LRUCache[tuple[str | None, ...], Entry] = LRUCache(self._most, lambda entry: entry.size)
        self._seen: set[int] = set()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request (PEP 3333)."""
        get = environ.get
        if environ["REQUEST_METHOD"] not in {"GET", "HEAD"} or any(map(get, _OTHERS)):
            return self._app(environ, start_response)
        key = tuple(map(get, _KEY))
        with self._lock:
            entry = self._entries.get(key)
        if entry is not None:
            start_response(entry.status, entry.headers.copy())
            return [entry.body]
        number = hash(key)
        if number in self._seen:
            return self._make(key, environ, start_response)
        if len(self._seen) >= _REMEMBERED:
            self._seen.clear()
        self._seen.add(number)
        return self._app(environ, start_response)

    def _make(
        self, key: tuple[str | None, ...], environ: WSGIEnvironment, start_response: StartResponse
    ) -> Iterable[bytes]:
        """Have an answer made, and keep it if it may be."""
        head: list[tuple[str, list[tuple[str, str]]]] = []

        def listen(status: str, headers: list[tuple[str, str]], *more: object) -> Callable[[bytes], object]:
            head[:] = [(status, headers.copy())]
            return start_response(status, headers, *more)  # type: ignore[arg-type]

        answer, most = self._app(environ, listen), self._most // _SHARE
        named = {name.title(): value for name, value in head[0][1]}
        varies = set(filter(None, named.get("Vary", "").replace(" ", "").title().split(",")))
        if (
            not head[0][0].startswith("200")
            or not named.get("Cache-Control", "").startswith("public")
            or not varies <= VARYING.keys()
            or "Set-Cookie" in named
            or int(named.get("Content-Length", most)) >= most
        ):
            return answer
        try:
            body = b"".join(answer)
        finally:
            getattr(answer, "close", bool)()
        size = len(body) + len(environ["QUERY_STRING"]) + _OVERHEAD
        if size <= most:
            with self._lock:
                self._entries[key] = Entry(*head[0], body, size)
        return [body]
