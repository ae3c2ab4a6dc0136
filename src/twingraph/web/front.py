"""What stands before the routes: slow clients never take all threads, and answers are given again as they were made."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from io import BytesIO
from operator import itemgetter
from typing import TYPE_CHECKING

from cachetools import LRUCache
from werkzeug.wrappers import Request
from werkzeug.wsgi import ClosingIterator

from twingraph.errors import Busy, SlowRequest, TooLarge, TwingraphError
from twingraph.query.engine import Lane
from twingraph.web import http
from twingraph.words import text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

    from twingraph.settings import Settings
    from twingraph.web.service import Service

    Headers = list[tuple[str, str]]
    Entry = tuple[str, Headers, bytes, int]

_PART = 1 << 16
"""Bytes of an answer that are sent at once; for one that is no longer no thread waits until it is read."""
_VARYING = ("Accept", "Accept-Encoding", "Accept-Language")
"""The headers that an answer may vary by to be kept, as it says itself."""
_ADDRESS = ("REQUEST_METHOD", "SCRIPT_NAME", "PATH_INFO", "QUERY_STRING", "HTTP_HOST", "wsgi.url_scheme")
_KEY = (*_ADDRESS, *(f"HTTP_{name.upper().replace('-', '_')}" for name in _VARYING))
"""All that an answer which is kept depends on."""
_OTHERS = (*http.CONDITIONS, "HTTP_RANGE", "HTTP_AUTHORIZATION")
"""Headers of requests that are rare enough to be left to the application."""
_OVERHEAD = 2048
"""Bytes that the objects of an entry take besides its body and address, about."""
_SHARE = 8
"""An answer is kept if it takes no more than one part in so many of the room."""
_REMEMBERED = 1 << 14
"""Requests whose first asking is remembered, at most; a megabyte of numbers."""


def count_threads(settings: Settings) -> int:
    """Give how many requests may be in hand at once: as many as run or await a query, and 16 besides."""
    # In the server's own queue the first comes first, so nobody may wait there behind heavy queries: who waits, waits
    # in a lane, and so in a thread.
    return settings.workers + settings.waiting + 2 * (settings.slow_workers + settings.waiting // 8) + 16


class Traffic:
    """Checks requests and reads bodies before an application sees them, and sends its long answers in parts.

    The server takes a body and sends an answer in the thread that answers, for as long as its client likes. So a
    quarter of all threads may read a body, each for `silent_seconds`, and half of them send a long answer, held to
    twice the longest together; the last place is for an address that has none. What is over that is refused with 503.
    """

    def __init__(self, app: WSGIApplication, here: Service) -> None:
        self._app, self._here, threads = app, here, count_threads(here.settings)
        self._bodies, self._answers = Lane(threads // 4, 0, 0), Lane(threads // 2, 0, 0)
        self._readers = ThreadPoolExecutor(threads // 4, "body")
        self._free, self._lock = 2 * here.settings.answer_mebibytes << 20, threading.Lock()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request (PEP 3333)."""
        asker = environ.get("REMOTE_ADDR", "")
        try:
            # HTTP/1.0 may leave the host out, as balancers do.
            host = environ.get("HTTP_HOST")
            if not host and environ["SERVER_PROTOCOL"] in {"HTTP/1", "HTTP/1.0"}:
                host = environ["HTTP_HOST"] = "{SERVER_NAME}:{SERVER_PORT}".format_map(environ)
            http.check(host, environ["SCRIPT_NAME"])
            if environ["REQUEST_METHOD"] == "POST":
                self._read(environ, asker)
            status, headers, answer = _ask(self._app, environ)
            length = int(dict(headers).get("Content-Length", 0))
            if length > _PART and environ["REQUEST_METHOD"] != "HEAD":
                answer = self._send(answer, length, asker)
        except TwingraphError as error:
            request = Request(environ)
            refusal = http.finish(request, http.refuse(request, error), self._here)
            if isinstance(error, SlowRequest):
                # The server hangs up at once, and gives up the body, where an answer is shorter than it says.
                refusal.headers["Content-Length"] = str(len(refusal.data) + 1)
                refusal.response = iter([refusal.data])
            return refusal(environ, start_response)
        start_response(status, headers)
        return answer

    def _read(self, environ: WSGIEnvironment, asker: str) -> None:
        """Read a body, and one byte more than it may have to know; raises TooLarge, Busy, SlowRequest."""
        seconds, kibibytes = self._here.settings.silent_seconds, self._here.settings.body_kibibytes
        stated, source = environ.get("CONTENT_LENGTH") or "0", environ["wsgi.input"]
        too_large = TooLarge(text("The body of the request exceeds %(most)s KiB, the limit here.", most=kibibytes))
        # One that says so itself is not waited for.
        if stated.isdecimal() and int(stated) > kibibytes << 10:
            raise too_large
        self._bodies.enter(asker)
        try:
            body = self._readers.submit(source.read, (kibibytes << 10) + 1).result(seconds)
        except TimeoutError:
            late = text("The request was not sent within %(limit)s seconds; send it again.", limit=f"{seconds:g}")
            raise SlowRequest(late) from None
        finally:
            self._bodies.leave(asker)
        if len(body) > kibibytes << 10:
            raise too_large
        environ.pop("HTTP_TRANSFER_ENCODING", None)
        environ["CONTENT_LENGTH"], environ["wsgi.input"] = str(len(body)), BytesIO(body)

    def _send(self, answer: Iterable[bytes], length: int, asker: str) -> Iterable[bytes]:
        """Give an answer in parts, counted until it is closed; raises Busy."""
        # A file is read as it goes; anything else is held whole.
        size = length if isinstance(answer, list | ClosingIterator) else 0
        with ExitStack() as stack:
            stack.callback(getattr(answer, "close", bool))
            self._answers.enter(asker)
            stack.callback(self._answers.leave, asker)
            stack.callback(self._take, -size)
            if not self._take(size):
                raise Busy(1)
            return ClosingIterator(self._split(answer), stack.pop_all().close)

    def _split(self, answer: Iterable[bytes]) -> Iterator[bytes]:
        """Give an answer in parts, until one has waited longer for its reader than it may."""
        for piece in answer:
            for start in range(0, len(piece), _PART):
                begun = time.monotonic()
                yield piece[start : start + _PART]
                if time.monotonic() - begun > self._here.settings.silent_seconds:
                    return

    def _take(self, size: int) -> bool:
        with self._lock:
            self._free -= size
            return self._free >= 0


class Cache:
    """Keeps whole answers to GET and HEAD that say themselves that any cache may keep them; thread-safe.

    What it serves never changes while it runs, so nothing in it grows old; what was not asked for longest goes
    first. An answer is kept when it is asked for a second time: most queries are never repeated, and to keep those
    would cost them time, and the others their room, which is so many mebibytes for all entries.
    """

    def __init__(self, app: WSGIApplication, mebibytes: int) -> None:
        self._app, self._most, self._lock = app, mebibytes << 20, threading.Lock()
        self._entries: LRUCache[tuple[str | None, ...], Entry] = LRUCache(self._most, itemgetter(3))
        self._seen: set[int] = set()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request (PEP 3333)."""
        if environ["REQUEST_METHOD"] not in {"GET", "HEAD"} or any(map(environ.get, _OTHERS)):
            return self._app(environ, start_response)
        key = tuple(map(environ.get, _KEY))
        with self._lock:
            entry = self._entries.get(key)
        if entry is not None:
            start_response(entry[0], entry[1].copy())
            return [entry[2]]
        number = hash(key)
        if number not in self._seen:
            if len(self._seen) >= _REMEMBERED:
                self._seen.clear()
            self._seen.add(number)
            return self._app(environ, start_response)
        status, headers, answer = _ask(self._app, environ)
        start_response(status, headers.copy())
        most, named = self._most // _SHARE, {name.title(): value for name, value in headers}
        varies = set(filter(None, named.get("Vary", "").replace(" ", "").title().split(",")))
        may_keep = status.startswith("200") and named.get("Cache-Control", "").startswith("public")
        if not may_keep or not varies.issubset(_VARYING) or int(named.get("Content-Length", most)) >= most:
            return answer
        try:
            body = b"".join(answer)
        finally:
            getattr(answer, "close", bool)()
        size = len(body) + len(environ["QUERY_STRING"]) + _OVERHEAD
        if size <= most:
            with self._lock:
                self._entries[key] = (status, headers, body, size)
        return [body]


def _ask(app: WSGIApplication, environ: WSGIEnvironment) -> tuple[str, Headers, Iterable[bytes]]:
    """Ask an application that gives the head of its answer before the body."""
    heads: list[tuple[str, Headers]] = []

    def start_response(status: str, headers: Headers, *_: object) -> Callable[[bytes], object]:
        heads.append((status, headers))
        return heads.append  # type: ignore[return-value]

    answer = app(environ, start_response)
    return *heads[-1], answer
