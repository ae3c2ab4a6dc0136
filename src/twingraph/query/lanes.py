"""Lanes: so many queries run in one at once, so many more wait, and who came last goes first."""

from __future__ import annotations

import threading
from collections import deque
from typing import TYPE_CHECKING

from twingraph.errors import HungUp

if TYPE_CHECKING:
    from collections.abc import Callable

    from twingraph.query.holder import Worker


_MOST_WAITS = 8
"""Times `quick_seconds` after which a query leaves the quick lane, however little of the processor it got."""


class Lane:
    """Places, and a queue for them; for any number of threads.

    places: how many may be inside. waiting: how many may wait; one more, and the one that has waited
    longest is sent away: its asker is the likeliest to have gone, and a queue that is
    answered oldest first answers everybody late once it is long.
    """

    __slots__ = ("_free", "_lock", "_turns", "_waiting")

    def __init__(self, places: int, waiting: int) -> None:
        self._free, self._waiting = places, waiting
        self._lock = threading.Lock()
        self._turns: deque[_Turn] = deque()

    def enter(self, seconds: float) -> bool:
        """Take a place, waiting for it so long if need be; tell whether there was one."""
        with self._lock:
            if self._free:
                self._free -= 1
                return True
            turn = _Turn()
            self._turns.append(turn)
            if len(self._turns) > self._waiting:
                self._turns.popleft().come(granted=False)
        return turn.has_come(seconds) or self._given_up(turn)

    def enter_at_once(self) -> bool:
        """Take a place if one is free; tell whether one was."""
        with self._lock:
            free, self._free = self._free, max(self._free - 1, 0)
        return bool(free)

    def leave(self) -> None:
        """Give the place to the one that came last, or free it."""
        with self._lock:
            if self._turns:
                self._turns.pop().come(granted=True)
            else:
                self._free += 1

    def _given_up(self, turn: _Turn) -> bool:
        with self._lock:
            if turn in self._turns:
                self._turns.remove(turn)
        # It may have come between the end of the wait and the lock.
        return turn.granted


class Visit:
    """A query with a worker: the lane it is in, and what happens when it takes its time."""

    __slots__ = ("_gone", "_quick_seconds", "_slow", "_waits", "lane", "worker")

    worker: Worker

    def __init__(self, lane: Lane, slow: Lane, quick_seconds: float, gone: Callable[[], bool]) -> None:
        self.lane, self._slow, self._quick_seconds, self._gone = lane, slow, quick_seconds, gone
        self._waits = 0

    @property
    def is_slow(self) -> bool:
        """Tell whether it is in the slow lane."""
        return self.lane is self._slow

    def began(self, worker: Worker) -> None:
        """Take up a worker; raises HungUp if nobody waits for what it does any longer."""
        self.worker = worker
        if self.is_slow:
            worker.step_back()
            self._check_asker()

    def goes_on(self) -> None:
        """Take the query out of the quick lane, and stop it if nobody is there to be told.

        Raises SlowLaneFull, HungUp.
        """
        self._waits += 1
        if not self.is_slow:
            if self.worker.worked() < self._quick_seconds and self._waits < _MOST_WAITS:
                return
            if not self._slow.enter_at_once():
                raise SlowLaneFull
            self.lane.leave()
            self.lane = self._slow
            self.worker.step_back()
        self._check_asker()

    def _check_asker(self) -> None:
        if self._gone():
            raise HungUp


class SlowLaneFull(Exception):
    """A query that outstayed the quick lane has to wait for the slow one."""


class _Turn:
    """The wait of one thread; a bare lock wakes it in half the time that an Event takes."""

    __slots__ = ("_closed", "granted")

    def __init__(self) -> None:
        self.granted = False
        self._closed = threading.Lock()
        self._closed.acquire()

    def come(self, *, granted: bool) -> None:
        self.granted = granted
        self._closed.release()

    def has_come(self, seconds: float) -> bool:
        return self._closed.acquire(timeout=seconds) and self.granted
