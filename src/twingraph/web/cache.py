"""Answers that are given again as they were made: a WSGI application before another, bounded in bytes."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

    Headers = list[tuple[str, str]]
    Key = tuple[str | None, ...]

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
    "HTTP_IF_NONE_MATCH",
    "HTTP_IF_MODIFIED_SINCE",
)
"""All that an answer which is kept depends on."""
_OTHERS = ("HTTP_RANGE", "HTTP_IF_RANGE", "HTTP_IF_MATCH", "HTTP_IF_UNMODIFIED_SINCE", "HTTP_AUTHORIZATION")
"""Headers of requests that are rare enough to be left to the application."""
_READS = frozenset(("GET", "HEAD"))
_KEPT = ("200", "304")
_OVERHEAD = 2048
"""Bytes that the objects of an entry take besides their text, about."""
_SHARE = 8
"""An answer is kept if it takes no more than one part in so many of the room."""
_REMEMBERED = 1 << 16
"""Requests whose first asking is remembered, at least, and at most twice as many; eight megabytes of numbers."""


class Entry(NamedTuple):
    """An answer that is kept; route: the pattern of its address, for the counts; size: bytes that it takes."""

    status: str
    headers: Headers
    body: bytes
    route: str
    size: int


class Cache:
    """Keeps whole answers to GET and HEAD that say themselves that any cache may keep them; thread-safe.

    What it serves never changes while it runs, so nothing in it grows old; what was not asked for longest goes
    first. An answer is kept when it is asked for a second time, or took long: most quick queries are never
    repeated, and to keep those would cost them time, and the others their room. Other answers, refusals among
    them, pass.

    app: what makes the answers. mebibytes: what all entries may take. long: seconds after which an answer is kept
    although it is asked for the first time.
    admits: tells whether a request may have an answer; one that may not is left to the application to refuse.
    count: is told the route, method, status and seconds of each answer given from here.
    """

    def __init__(
        self,
        app: WSGIApplication,
        mebibytes: int,
        long: float,
        admits: Callable[[WSGIEnvironment], bool],
        count: Callable[[str, str, int, float], None],
    ) -> None:
        self._app, self._most, self._long = app, mebibytes << 20, long
        self._admits, self._count = admits, count
        self._lock = threading.Lock()
        self._entries: OrderedDict[Key, Entry] = OrderedDict()
        self._asked: set[int] = set()
        self._asked_before: set[int] = set()
        self.size = 0
        """Bytes taken."""

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request (PEP 3333)."""
        begun = time.perf_counter()
        key = _key(environ)
        if key is None:
            return self._app(environ, start_response)
        entry = self._found(key)
        if entry is None or not self._admits(environ):
            return self._made(key, environ, start_response, begun + self._long if self._is_new(key) else begun)
        start_response(entry.status, entry.headers.copy())
        self._count(entry.route, environ["REQUEST_METHOD"], int(entry.status[:3]), time.perf_counter() - begun)
        return [entry.body]

    def _found(self, key: Key) -> Entry | None:
        with self._lock:
            entry = self._entries.get(key)
            if entry is not None:
                self._entries.move_to_end(key)
            return entry

    def _is_new(self, key: Key) -> bool:
        """Tell whether this was not asked lately; it is from now on. Two requests with one hash do no harm."""
        number = hash(key)
        if number in self._asked or number in self._asked_before:
            return False
        self._asked.add(number)
        if len(self._asked) > _REMEMBERED:
            self._asked_before, self._asked = self._asked, set()
        return True

    def _made(
        self, key: Key, environ: WSGIEnvironment, start_response: StartResponse, kept_from: float
    ) -> Iterable[bytes]:
        told: list[tuple[str, Headers]] = []

        def listen(status: str, headers: Headers, *more: object) -> Callable[[bytes], object]:
            told[:] = [(status, headers.copy())]
            return start_response(status, headers, *more)  # type: ignore[arg-type]

        answer = self._app(environ, listen)
        if time.perf_counter() < kept_from or not told or not _may_be_kept(*told[0], self._most // _SHARE):
            return answer
        body = _whole(answer)
        self._keep(key, Entry(*told[0], body, route_of(environ), _size(key, told[0][1], body)))
        return [body]

    def _keep(self, key: Key, entry: Entry) -> None:
        if entry.size > self._most // _SHARE:
            return
        with self._lock:
            before = self._entries.pop(key, None)
            self._entries[key] = entry
            self.size += entry.size - (before.size if before else 0)
            while self.size > self._most:
                self.size -= self._entries.popitem(last=False)[1].size


def route_of(environ: WSGIEnvironment) -> str:
    """Give the pattern of the address by which a request was answered."""
    request = environ.get("werkzeug.request")
    rule = request.url_rule if request else None
    return str(rule.rule if rule else environ["PATH_INFO"])


def _key(environ: WSGIEnvironment) -> Key | None:
    """Give what the answer to a request depends on; None where the application has to see the request itself."""
    get = environ.get
    if environ["REQUEST_METHOD"] not in _READS or any(map(get, _OTHERS)):
        return None
    return tuple(map(get, _KEY))


def _may_be_kept(status: str, headers: Headers, longest: int) -> bool:
    said = {name.title(): value for name, value in headers}
    varies = {name.strip().title() for name in said.get("Vary", "").split(",") if name.strip()}
    return (
        status[:3] in _KEPT
        and said.get("Cache-Control", "").startswith("public")
        and varies <= VARYING.keys()
        and "Set-Cookie" not in said
        and int(said.get("Content-Length", longest if status[:3] == "200" else 0)) < longest
    )


def _whole(answer: Iterable[bytes]) -> bytes:
    try:
        return b"".join(answer)
    finally:
        getattr(answer, "close", bool)()


def _size(key: Key, headers: Headers, body: bytes) -> int:
    texts = (*filter(None, key), *(text for header in headers for text in header))
    return len(body) + sum(map(len, texts)) + _OVERHEAD
