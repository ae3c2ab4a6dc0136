"""What is under way at once: bodies that come and long answers that go, so that slow clients never take all threads.

The server takes a body and sends an answer in the thread that answers, for as long as its client likes.
"""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from typing import TYPE_CHECKING

from werkzeug.wrappers import Request
from werkzeug.wsgi import ClosingIterator

from twingraph.errors import Busy, SlowRequest, TooLarge, TwingraphError
from twingraph.query.lanes import Lane
from twingraph.web import http
from twingraph.words import text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

    from twingraph.settings import Settings
    from twingraph.web.service import Service

_SPARE = 16
"""Threads besides those that run or await a query."""
_PART = 1 << 16
"""Bytes of an answer that are sent at once; for one that is no longer no thread waits until it is read."""


def count_threads(settings: Settings) -> int:
    """Give how many requests may be in hand at once.

    In the server's own queue the first comes first, so nobody may wait there behind heavy queries: who waits, waits in
    a lane, and so in a thread.
    """
    return settings.workers + settings.waiting + 2 * (settings.slow_workers + settings.waiting // 8) + _SPARE


class Traffic:
    """Reads bodies before an application sees them, and sends its long answers in parts; for any number of threads.

    A quarter of all threads may read a body, each for `silent_seconds`, and half of them send a long answer, held to
    twice the longest together; the last place is for an address that has none. What is over that is refused with 503.
    """

    def __init__(self, app: WSGIApplication, here: Service) -> None:
        self._app, self._here, threads = app, here, count_threads(here.settings)
        self._bodies, self._answers = Lane(threads // 4, 0, 0), Lane(threads // 2, 0, 0)
        self._readers = ThreadPoolExecutor(threads // 4, "body")
        self._free, self._lock = 2 * here.settings.answer_mebibytes << 20, threading.Lock()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request (PEP 3333)."""
        if environ["REQUEST_METHOD"] == "POST":
            try:
                self._read(environ)
            except TwingraphError as error:
                refusal = http.finish(Request(environ), http.refuse(Request(environ), error), self._here)
                if isinstance(error, SlowRequest):
                    # The server hangs up at once, and gives up the body, where an answer is shorter than it says.
                    refusal.headers["Content-Length"] = str(len(refusal.get_data()) + 1)
                    start_response(refusal.status, list(refusal.get_wsgi_headers(environ)))
                    return iter([refusal.get_data()])
                return refusal(environ, start_response)
        head: list[tuple[str, list[tuple[str, str]]]] = []

        def keep_head(status: str, headers: list[tuple[str, str]], *_: object) -> Callable[[bytes], object]:
            head[:] = [(status, headers)]
            return head.append  # type: ignore[return-value]

        answer = self._app(environ, keep_head)
        length = next((int(value) for name, value in head[0][1] if name == "Content-Length"), 0)
        if length > _PART and environ["REQUEST_METHOD"] != "HEAD":
            try:
                answer = self._send(environ, answer, length)
            except Busy as error:
                getattr(answer, "close", bool)()
                refusal = http.finish(Request(environ), http.refuse(Request(environ), error), self._here)
                return refusal(environ, start_response)
        start_response(*head[0])
        return answer

    def _read(self, environ: WSGIEnvironment) -> None:
        """Read a body, and no more than one byte over what it may have; raises TooLarge, Busy, SlowRequest."""
        asker, source = environ.get("REMOTE_ADDR", ""), environ["wsgi.input"]
        kibibytes, stated = self._here.settings.body_kibibytes, environ.get("CONTENT_LENGTH") or "0"
        # One that says so itself is not waited for.
        if stated.isdecimal() and int(stated) > kibibytes << 10:
            raise _too_large(kibibytes)
        self._bodies.enter(asker)
        try:
            body = self._readers.submit(source.read, (kibibytes << 10) + 1).result(self._here.settings.silent_seconds)
        except TimeoutError:
            limit = f"{self._here.settings.silent_seconds:g}"
            raise SlowRequest(
                text("The request was not sent within %(limit)s seconds; send it again.", limit=limit)
            ) from None
        finally:
            self._bodies.leave(asker)
        if len(body) > kibibytes << 10:
            raise _too_large(kibibytes)
        environ.pop("HTTP_TRANSFER_ENCODING", None)
        environ["CONTENT_LENGTH"], environ["wsgi.input"] = str(len(body)), BytesIO(body)

    def _send(self, environ: WSGIEnvironment, answer: Iterable[bytes], length: int) -> Iterable[bytes]:
        """Give an answer in parts, counted until it is closed; raises Busy."""
        asker = environ.get("REMOTE_ADDR", "")
        # A file is read as it goes; anything else is held whole.
        size = length if isinstance(answer, list | ClosingIterator) else 0
        self._answers.enter(asker)
        with self._lock:
            is_free = size <= self._free
            self._free -= size if is_free else 0
        if not is_free:
            self._answers.leave(asker)
            raise Busy(1)

        def end() -> None:
            getattr(answer, "close", bool)()
            with self._lock:
                self._free += size
            self._answers.leave(asker)

        return ClosingIterator(_split(answer, self._here.settings.silent_seconds), end)


def _split(answer: Iterable[bytes], seconds: float) -> Iterator[bytes]:
    """Give an answer in parts, until one has waited longer for its reader than it may."""
    for piece in answer:
        for start in range(0, len(piece), _PART):
            begun = time.monotonic()
            yield piece[start : start + _PART]
            if time.monotonic() - begun > seconds:
                return


def _too_large(kibibytes: int) -> TooLarge:
    return TooLarge(text("The body of the request exceeds %(most)s KiB, the limit here.", most=kibibytes))
