"""Lanes: so many queries run in one at once, so many more wait, and each who asks has a share."""

from __future__ import annotations

import threading
from collections import Counter

from twingraph.errors import Busy


class Lane:
    """Places, and a queue for them; for any number of threads.

    places: how many may be inside. Of several, the last free one is for an asker who has none, so that nobody takes
    all. A place goes to who has the fewest, and of that asker's turns to the newest: a queue that is answered oldest
    first answers everybody late once it is long.
    waiting: how many may wait; of more, the oldest turn of who has the most is sent away. seconds: how long they may.
    """

    def __init__(self, places: int, waiting: int, seconds: float) -> None:
        self._places, self._waiting, self._seconds = places, waiting, seconds
        self._inside: Counter[str] = Counter()
        self._turns: list[_Turn] = []
        self._free, self._lock = places, threading.Lock()

    def enter(self, asker: str) -> None:
        """Take a place, waiting for it if need be; raises Busy where there was none in time."""
        with self._lock:
            if self._take(asker):
                return
            turn = _Turn(asker)
            self._turns.append(turn)
            if len(self._turns) > self._waiting:
                most = Counter(each.asker for each in self._turns).most_common(1)[0][0]
                oldest = next(each for each in self._turns if each.asker == most)
                self._turns.remove(oldest)
                oldest.over.release()
        turn.over.acquire(timeout=self._seconds)
        with self._lock:
            if turn in self._turns:
                self._turns.remove(turn)
        # It may have been granted between the end of the wait and the lock.
        if not turn.is_granted:
            raise Busy(self._seconds)

    def leave(self, asker: str) -> None:
        """Give the place on, or free it."""
        with self._lock:
            self._free += 1
            self._inside[asker] -= 1
            if not self._inside[asker]:
                del self._inside[asker]
            turn = min(reversed(self._turns), key=lambda turn: self._inside[turn.asker], default=None)
            if turn and self._take(turn.asker):
                self._turns.remove(turn)
                turn.is_granted = True
                turn.over.release()

    def _take(self, asker: str) -> bool:
        is_free = self._free > (1 if self._inside[asker] and self._places > 1 else 0)
        if is_free:
            self._free -= 1
            self._inside[asker] += 1
        return is_free


class _Turn:
    """The wait of one thread; a bare lock wakes it in half the time that an Event takes."""

    def __init__(self, asker: str) -> None:
        self.asker, self.is_granted, self.over = asker, False, threading.Lock()
        self.over.acquire()
