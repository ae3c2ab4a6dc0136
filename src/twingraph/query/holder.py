"""The process that holds the store, and the workers that it forks, as the server sees them."""

from __future__ import annotations

import json
import os
import socket
import struct
import subprocess
import sys
from contextlib import suppress
from multiprocessing.connection import Connection
from typing import TYPE_CHECKING, Any, NamedTuple

from twingraph.errors import Busy, UnreadableFile
from twingraph.words import text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from twingraph.settings import Settings

READY = b"\n"
"""What the holder says when the store is open; anything else is why it is not."""
ORDER = struct.Struct(">i")
"""An order to the holder: 0 for a new worker, or the process id of the worker to end.

The answer to the first is a process id with the worker's socket, or minus the error number;
to the second the signal that ended the worker, 0 if none did.
"""
LAST = b"!"
"""What stands at the head of a worker's last reply."""

_COMMAND = (sys.executable, "-P", "-m", "twingraph.query.worker")
_GRACE = 0.25
"""Seconds after which a worker is given up that the kernel should have ended at its limit."""
_PATIENCE = 2.0
"""Seconds that the holder has to end its workers and itself; it takes milliseconds."""


class Worker(NamedTuple):
    """A process that answers one query at a time, and the connection to it."""

    process: int
    connection: Connection


class Holder:
    """The process that holds the store and forks workers; not thread-safe.

    It begins to load when this is made; `wait()` waits until it has.
    """

    def __init__(self, evaluator: Mapping[str, Any], settings: Settings) -> None:
        self._settings, self._file, self._is_ready = settings, evaluator["files"][0], False
        self._socket, theirs = socket.socketpair()
        with theirs:
            # A session of its own, so that Ctrl-C in a terminal reaches the server only.
            self._process = subprocess.Popen(  # noqa: S603 - this very interpreter
                [*_COMMAND, str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                start_new_session=True,
                # A worker that gets no memory need not spend time on telling nobody where, nor may it have reserves.
                env={**os.environ, "RUST_BACKTRACE": "0", "MALLOC_ARENA_MAX": "1"},
            )
        # Not as an argument, which everybody may read: there may be a password in it.
        task = json.dumps({"evaluator": evaluator, "mebibytes": settings.mebibytes})
        with suppress(ConnectionError):
            self._socket.sendall(f"{task}\n".encode())

    def wait(self) -> None:
        """Wait until the store is open; raises UnreadableFile, and closes the holder, where it can not be."""
        if self._is_ready:
            return
        reply = self._socket.recv(1 << 12)
        if reply != READY:
            self.close()
            reason = reply.decode(errors="replace") or text("the process that loads it has ended")
            raise UnreadableFile(self._file, reason, text("build the release again"))
        self._is_ready = True

    def hire(self) -> Worker:
        """Fork a worker once the store is open.

        Raises Busy if the machine has no more processes, EOFError if the holder is gone, UnreadableFile as `wait`.
        """
        self.wait()
        self._socket.sendall(ORDER.pack(0))
        reply, passed, _, _ = socket.recv_fds(self._socket, ORDER.size, 1)
        process = _number(reply)
        if process < 0:
            raise Busy(self._settings.queue_seconds)
        peer = socket.socket(fileno=passed[0])
        peer.set_inheritable(False)
        # Should the kernel not end a worker at its limit, the wait for it ends all the same (socket(7)).
        microseconds = int((self._settings.seconds + _GRACE) * 1_000_000)
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, struct.pack("@ll", *divmod(microseconds, 1_000_000)))
        return Worker(process, Connection(peer.detach()))

    def end(self, worker: Worker) -> int:
        """End a worker; give the signal that ended it, maybe an earlier one. Raises EOFError or OSError as `hire`."""
        worker.connection.close()
        self._socket.sendall(ORDER.pack(worker.process))
        return _number(self._socket.recv(ORDER.size, socket.MSG_WAITALL))

    def close(self) -> None:
        """End the holder, and through it all workers."""
        self._socket.close()
        try:
            self._process.wait(timeout=_PATIENCE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def _number(reply: bytes) -> int:
    if not reply:
        raise EOFError
    number: int = ORDER.unpack(reply)[0]
    return number
