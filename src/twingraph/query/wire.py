"""What the server and its workers say to each other: one request, one reply, each with its length."""

from __future__ import annotations

import marshal
import math
import socket
import struct
import time
from collections.abc import Callable, Mapping, Sequence  # noqa: TC003 - a NamedTuple looks at its annotations
from enum import IntEnum
from types import MappingProxyType
from typing import NamedTuple, Self

READY = b"\n"
"""What the holder of the store says when it is open; anything else is why it is not."""
ORDER = struct.Struct(">i")
"""An order to the holder: 0 for a new worker, or the process id of the worker to end and bury.

The answer to the first is a process id with the worker's socket, or minus the error number;
to the second the signal that ended the worker, 0 if none did.
"""

_HEADER = struct.Struct(">B?Q")
_CHUNK = 1 << 16
_LOOK = int(socket.MSG_PEEK | socket.MSG_DONTWAIT)


class Tag(IntEnum):
    """What a message is: a request, an answer by the form of its query, or the reason why there is none."""

    REQUEST = 0
    SOLUTIONS = 1
    BOOLEAN = 2
    TRIPLES = 3
    NOT_SPARQL = 4
    NOT_ANSWERED = 5
    NOT_ACCEPTABLE = 6
    TOO_LARGE = 7


class Message(NamedTuple):
    """What is said: its kind, whether the worker ends after it, and the bytes."""

    tag: Tag
    last: bool
    body: bytes


class Task(NamedTuple):
    """What a worker needs to know before the first query."""

    quads: str
    base: str
    prefixes: dict[str, str]
    seconds: float
    cpu_seconds: float
    mebibytes: int
    answer_mebibytes: int


class Request(NamedTuple):
    """A query, the media types for its answer if it is of results or of a graph, and the values of variables.

    A media type of None is not acceptable. A value is an IRI with None, or a text with the IRI of its datatype.
    The graphs, if there are any, are the IRIs of the whole dataset.
    """

    query: str
    results: str | None
    graphs: str | None
    values: Mapping[str, tuple[str, str | None]] = MappingProxyType({})
    default_graphs: Sequence[str] = ()
    named_graphs: Sequence[str] = ()

    def pack(self) -> bytes:
        """Give the request as bytes; lone surrogates in the query survive, and are the parser's to refuse."""
        # A worker trusts the server, and is the same interpreter: JSON would cost ten times as much.
        return marshal.dumps((*self[:3], dict(self.values), *map(tuple, self[4:])))

    @classmethod
    def unpack(cls, packed: bytes) -> Self:
        """Read what `pack` gave."""
        return cls(*marshal.loads(packed))  # noqa: S302 - it comes from the server, never the other way


def send(peer: socket.socket, message: Message) -> None:
    """Send one message. Raises OSError when the peer is gone."""
    header = _HEADER.pack(message.tag, message.last, len(message.body))
    sent = peer.sendmsg((header, message.body))
    if sent < len(header) + len(message.body):
        # The kernel takes the header whole: it is shorter than any buffer.
        peer.sendall(memoryview(message.body)[sent - len(header) :])


def receive(peer: socket.socket, deadline: float = math.inf, waited: Callable[[], object] = lambda: None) -> Message:
    """Receive one whole message, or raise.

    deadline: on the clock of time.monotonic(); looked at after every part, and when patience is at its end.
    waited: called when patience is at its end and the deadline is not; what it raises ends the wait.

    Raises TimeoutError when it is too late, EOFError when the peer ends before the message does.
    """
    start = _some(peer, deadline, waited)
    while len(start) < _HEADER.size:
        start += _some(peer, deadline, waited)
    tag, last, length = _HEADER.unpack_from(start)
    parts, missing = [start[_HEADER.size :]], length - (len(start) - _HEADER.size)
    while missing:
        parts.append(_some(peer, deadline, waited))
        missing -= len(parts[-1])
    return Message(Tag(tag), last, b"".join(parts))


def set_patience(peer: socket.socket, *, receiving: float, sending: float) -> None:
    """Let the kernel end a wait for this peer after so many seconds.

    Python's own time-out costs three more system calls a message, and a change of threads at each.
    """
    for direction, seconds in ((socket.SO_RCVTIMEO, receiving), (socket.SO_SNDTIMEO, sending)):
        patience = struct.pack("@ll", int(seconds), int(seconds % 1 * 1_000_000))
        peer.setsockopt(socket.SOL_SOCKET, direction, patience)


def is_quiet(peer: socket.socket) -> bool:
    """Tell whether a peer has neither ended nor said anything."""
    try:
        peer.recv(1, _LOOK)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


def _some(peer: socket.socket, deadline: float, waited: Callable[[], object]) -> bytes:
    while True:
        try:
            part = peer.recv(_CHUNK)
        except BlockingIOError:
            part = None
        if part == b"":
            raise EOFError
        if time.monotonic() > deadline:
            raise TimeoutError
        if part:
            return part
        waited()
