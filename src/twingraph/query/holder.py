"""The process that holds the store, and the workers that it forks, as the server sees them."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import sys
import time
from typing import TYPE_CHECKING

from twingraph.errors import Busy, UnreadableFile
from twingraph.query import wire
from twingraph.query.wire import Message, Tag, Task
from twingraph.settings import BASE
from twingraph.vocab import PREFIXES
from twingraph.words import text

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from twingraph.settings import Settings

_COMMAND = (sys.executable, "-P", "-m", "twingraph.query.worker")
_GRACE = 0.25
"""Seconds after which a worker is killed from here that the kernel should have ended at its limit."""
_PATIENCE = 2.0
"""Seconds that the holder has to end its workers and itself; it takes milliseconds."""
_LEAST_PRIORITY = 19


class Worker:
    """One process that answers one query at a time."""

    __slots__ = ("_before", "_clock", "_holder", "_process", "_seconds", "_socket")

    def __init__(self, holder: Holder, process: int, peer: socket.socket, seconds: float) -> None:
        self._holder, self._process, self._socket, self._seconds = holder, process, peer, seconds
        # The clock of another process has this number in Linux (clock_getcpuclockid(3)).
        self._clock, self._before = (~process << 3) | 2, 0.0

    def ask(self, request: bytes, waited: Callable[[], None]) -> Message:
        """Put one query; give what is said to it.

        waited: called after every `quick_seconds` without an answer; what it raises ends the wait.

        Raises TimeoutError or BlockingIOError when the worker is late, EOFError or OSError when it is gone.
        """
        deadline = time.monotonic() + self._seconds
        self._before = self._spent()
        wire.send(self._socket, Message(Tag.REQUEST, last=False, body=request))
        return wire.receive(self._socket, deadline, waited)

    def worked(self) -> float:
        """Give the processor time that the query has taken so far, in seconds; it says more than the time it waited."""
        return self._spent() - self._before

    def step_back(self) -> None:
        """Let this worker have what processor time the others leave; it can not be taken back."""
        with contextlib.suppress(ProcessLookupError):
            os.setpriority(os.PRIO_PROCESS, self._process, _LEAST_PRIORITY)

    def is_idle(self) -> bool:
        """Tell whether it waits for a query."""
        return wire.is_quiet(self._socket)

    def end(self) -> int:
        """End it, if it has not ended; give the signal that did. Raises EOFError or OSError without its holder."""
        self._socket.close()
        return self._holder.bury(self._process)

    def _spent(self) -> float:
        try:
            return time.clock_gettime(self._clock)
        except OSError:
            return 0.0


class Holder:
    """The process that holds the store and forks workers; not thread-safe.

    It begins to load when this is made; `ready()` waits until it has.
    """

    def __init__(self, quads: Path, settings: Settings) -> None:
        self._settings, self._seconds = settings, settings.seconds + _GRACE
        self._quads, self._is_ready = quads, False
        self._socket, theirs = socket.socketpair()
        with theirs:
            # A session of its own, so that Ctrl-C in a terminal reaches the server only.
            self._process = subprocess.Popen(  # noqa: S603 - this very interpreter
                [*_COMMAND, str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                start_new_session=True,
                # A worker that gets no memory need not spend time on telling nobody where.
                env={**os.environ, "RUST_BACKTRACE": "0"},
            )
        task = Task(
            quads=str(quads),
            base=BASE,
            prefixes=PREFIXES,
            seconds=settings.seconds,
            cpu_seconds=settings.cpu_seconds,
            mebibytes=settings.mebibytes,
            answer_mebibytes=settings.answer_mebibytes,
        )
        # One that has ended is told by the silence that follows.
        with contextlib.suppress(ConnectionError):
            self._socket.sendall(json.dumps(task._asdict()).encode() + b"\n")

    def ready(self) -> None:
        """Wait until the store is open; raises UnreadableFile, and closes the holder, where it can not be."""
        if self._is_ready:
            return
        said = self._socket.recv(1 << 12)
        if said != wire.READY:
            self.close()
            reason = said.decode(errors="replace") or "the process that loads it has ended"
            raise UnreadableFile(self._quads, reason, text("build the release again"))
        self._is_ready = True

    def hire(self) -> Worker:
        """Fork a worker once the store is open.

        Raises Busy if the machine has no more processes, EOFError if the holder is gone, UnreadableFile as `ready`.
        """
        self.ready()
        self._socket.sendall(wire.ORDER.pack(0))
        said, passed, _, _ = socket.recv_fds(self._socket, wire.ORDER.size, 1)
        process = self._number(said)
        if process < 0:
            raise Busy(self._settings.queue_seconds)
        peer = socket.socket(fileno=passed[0])
        peer.set_inheritable(False)
        wire.set_patience(peer, receiving=self._settings.quick_seconds, sending=self._seconds)
        return Worker(self, process, peer, self._seconds)

    def bury(self, worker: int) -> int:
        """End a worker; give the signal that ended it, which may have been an earlier one."""
        self._socket.sendall(wire.ORDER.pack(worker))
        return self._number(self._socket.recv(wire.ORDER.size, socket.MSG_WAITALL))

    def close(self) -> None:
        """End the holder, and through it all workers."""
        self._socket.close()
        try:
            self._process.wait(timeout=_PATIENCE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    @staticmethod
    def _number(said: bytes) -> int:
        if not said:
            raise EOFError
        number: int = wire.ORDER.unpack(said)[0]
        return number
