"""The end of connections on which nothing comes of it: a client that stays silent, or never ends its request."""

from __future__ import annotations

import threading
import time
from typing import NamedTuple

from twingraph.web.connections import Connection, hang_up, open_connections


def end_silent(port: int, seconds: float) -> None:
    """From now on, hang up on clients of a port that let so many seconds pass; in a thread of its own.

    A request may take no longer either, from its first byte to the first of its answer: a thread waits for a body
    as long as it comes, one byte a minute or not.
    """
    threading.Thread(target=_watch, args=(port, seconds), daemon=True).start()


def _watch(port: int, seconds: float) -> None:
    seen: dict[tuple[int, tuple[str, int]], _Seen] = {}
    while True:
        time.sleep(min(seconds / 4, 1))
        now = time.monotonic()
        found = {(one.descriptor, one.peer): one for one in open_connections(port)}
        seen = {key: _seen(one, seen.get(key), now) for key, one in found.items()}
        for key, one in found.items():
            if seen[key].is_over(now, seconds):
                hang_up(one)


class _Seen(NamedTuple):
    """What a connection had done when last looked at, when it last did, and since when it awaits an answer."""

    received: int
    sent: int
    moved: float
    asked: float | None

    def is_over(self, now: float, seconds: float) -> bool:
        return now - self.moved > seconds or (self.asked is not None and now - self.asked > seconds)


def _seen(one: Connection, before: _Seen | None, now: float) -> _Seen:
    if before and one.sent != before.sent:
        return _Seen(one.received, one.sent, now, None)
    if before and one.received == before.received:
        return before
    asked = now if before is None or before.asked is None else before.asked
    return _Seen(one.received, one.sent, now, asked)
