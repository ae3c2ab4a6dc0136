"""The connections of this server as the kernel knows them: WSGI shows the application none (Linux)."""

from __future__ import annotations

import contextlib
import socket
import struct
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

_INFO = struct.Struct("@44xI4xI72xQ64xQQ")
"""Of tcp_info (linux/tcp.h): milliseconds since data went out and came in; bytes come in, sent, and sent again."""
_OPEN = frozenset((1, 8))
"""TCP_ESTABLISHED, and TCP_CLOSE_WAIT, with perhaps an answer still to be sent (net/tcp_states.h)."""
_TICK = 10
"""Milliseconds by which the kernel's clock may be wrong."""


class Connection(NamedTuple):
    """One open connection: its descriptor, its ends, what it has brought and taken so far, in bytes.

    answered: whether data went out after the last came in. quiet: seconds since the last came in, at most.
    """

    descriptor: int
    port: int
    peer: tuple[str, int]
    received: int
    sent: int
    answered: bool
    quiet: float


def open_connections(port: int) -> Iterator[Connection]:
    """Give the connections that clients have to a port of this process."""
    for file in Path("/proc/self/fd").iterdir():
        found = connection_at(int(file.name))
        if found and found.port == port:
            yield found


def connection_at(descriptor: int) -> Connection | None:
    """Give the connection that a descriptor is, or None if it is no open one."""
    with contextlib.suppress(OSError), _borrowed(descriptor) as connection:
        known = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _INFO.size)
        if len(known) == _INFO.size and known[0] in _OPEN:
            since_sent, since_received, received, sent, again = _INFO.unpack(known)
            port, peer = connection.getsockname()[1], connection.getpeername()[:2]
            answered = since_sent + _TICK < since_received
            quiet = (since_received + _TICK) / 1000
            return Connection(descriptor, port, peer, received, sent - again, answered, quiet)
    return None


def hang_up(connection: Connection) -> None:
    """End a connection; the server then closes it, and who reads from it in a thread is told."""
    with contextlib.suppress(OSError), _borrowed(connection.descriptor) as found:
        if found.getpeername()[:2] == connection.peer:
            found.shutdown(socket.SHUT_RDWR)


@contextlib.contextmanager
def _borrowed(descriptor: int) -> Iterator[socket.socket]:
    found = socket.socket(fileno=descriptor)
    try:
        yield found
    finally:
        # It is granian's to close.
        found.detach()
