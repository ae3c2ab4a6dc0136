"""HTTP exchanges with a server elsewhere: a whole reply in time, or an error."""

from __future__ import annotations

import http.client
import select
import socket
import ssl
import time
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple, cast
from urllib.parse import unquote, urlsplit

from twingraph.errors import AnswerTooLarge, EngineFailed, HungUp, TimeLimit, UnusableAddress
from twingraph.query.challenge import Challenge

if TYPE_CHECKING:
    from collections.abc import Callable

    from _typeshed import WriteableBuffer

_LOOK_ROUND = 0.05
"""Seconds between two looks at whether the asker is still there."""
_PART = 1 << 18
_IDLE = 16
_UNAUTHORIZED = 401
_PLAIN = frozenset({"identity"})
BROKE_OFF = "broke off in the middle of its answer"
HUNG_UP = "hung up without an answer"
TOOK_NOTHING = "did not take the request"
PACKED = "packed its answer, which nobody asked for"
NO_LENGTH = "stated a length of its answer that is none"
NO_HTTP = "answered with what is no HTTP"
"""What a server may have done instead of giving a whole reply."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where a server listens, and who asks there; the password appears in no text made of it.

    url: without name, password and fragment; target: its path and query.
    """

    url: str
    scheme: str
    host: str
    port: int
    target: str
    user: str | None = None
    password: str = field(default="", repr=False)

    @classmethod
    def read(cls, text: str, user: str | None = None, password: str | None = None) -> Address:
        """Read an http or https URL; the name and password in it, if any, go before those given.

        Raises UnusableAddress.
        """
        try:
            parts = urlsplit(text)
            port = parts.port or {"http": 80, "https": 443}[parts.scheme]
        except (ValueError, KeyError):
            raise UnusableAddress(without_secrets(text)) from None
        if not parts.hostname or any(not " " < sign < "\x7f" for sign in text):
            raise UnusableAddress(without_secrets(text))
        if parts.username:
            user, password = unquote(parts.username), unquote(parts.password or "")
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        url = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{target}"
        return cls(url, parts.scheme, parts.hostname, port, target, user, password or "")

    @property
    def login(self) -> tuple[str, str]:
        """Give the name and password of who asks."""
        return self.user or "", self.password

    def sibling(self, text: str) -> Address:
        """Give another address for the same asker; a path is of the same server."""
        whole = text if "://" in text else f"{self.url.removesuffix(self.target)}{text}"
        return Address.read(whole, self.user, self.password)


class Request(NamedTuple):
    """What is asked: a method, the target at the server, headers and a body."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes = b""


class Reply(NamedTuple):
    """A whole reply; counted tells whether the server said its length before the first byte."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes
    counted: bool


class Watch:
    """The end of an exchange: a moment, or the asker's hanging up."""

    __slots__ = ("_deadline", "_gone", "_seconds")

    def __init__(self, seconds: float, gone: Callable[[], bool] | None = None) -> None:
        self._seconds, self._deadline = seconds, time.monotonic() + seconds
        self._gone = gone

    def left(self) -> float:
        """Give the seconds left. Raises TimeLimit, HungUp."""
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise TimeLimit(self._seconds)
        if self._gone and self._gone():
            raise HungUp
        return left

    def for_some(self, peer: socket.socket) -> None:
        """Wait until a peer has said something, or ended."""
        while not _has_said(peer, min(self.left(), _LOOK_ROUND)):
            pass
        peer.settimeout(self.left())


class Exchanger:
    """Connections to one server, kept open between exchanges; for any number of threads.

    codings: those in which a reply may be packed, which the caller then unpacks.
    """

    def __init__(self, address: Address, mebibytes: int, codings: frozenset[str] = _PLAIN) -> None:
        self._address, self._mebibytes, self._codings = address, mebibytes, codings
        self._idle: deque[_Connection] = deque()
        self._challenge: Challenge | None = None

    def close(self) -> None:
        """Close the connections that are not in use."""
        while self._idle:
            self._idle.pop().close()

    def exchange(self, request: Request, watch: Watch) -> Reply:
        """Send a request, with name and password if the server asks for them, and take the whole reply.

        Raises EngineFailed for whatever is no whole reply, TimeLimit, AnswerTooLarge, HungUp.
        """
        reply = self._sent(request, watch)
        if reply.status == _UNAUTHORIZED and self._address.user is not None:
            self._challenge = Challenge.read(reply.headers.get_all("WWW-Authenticate", []))
            reply = self._sent(request, watch)
        return reply

    def _sent(self, request: Request, watch: Watch) -> Reply:
        headers = dict(request.headers)
        if self._challenge:
            headers["Authorization"] = self._challenge.met(request.method, request.target, self._address.login)
        request = request._replace(headers=headers)
        try:
            return self._with_kept(request, watch) or self._with_new(request, watch)
        except TimeoutError:
            watch.left()
            raise EngineFailed(TOOK_NOTHING) from None
        except (OSError, http.client.HTTPException) as error:
            raise EngineFailed(_reason(error)) from None

    def _with_kept(self, request: Request, watch: Watch) -> Reply | None:
        """Use a connection from before; None if the server has closed it, perhaps just now."""
        while self._idle:
            connection = self._idle.pop()
            if connection.is_quiet():
                try:
                    return self._over(connection, request, watch)
                except (ConnectionError, http.client.BadStatusLine):
                    return None
            connection.close()
        return None

    def _with_new(self, request: Request, watch: Watch) -> Reply:
        return self._over(_Connection(self._address, watch.left()), request, watch)

    def _over(self, connection: _Connection, request: Request, watch: Watch) -> Reply:
        try:
            response = connection.ask(request, watch)
            reply = self._whole(response)
        except BaseException:
            connection.close()
            raise
        if response.will_close or len(self._idle) >= _IDLE:
            connection.close()
        else:
            self._idle.append(connection)
        return reply

    def _whole(self, response: http.client.HTTPResponse) -> Reply:
        """Read to the end that the server announced; the library itself lets a short body pass."""
        stated, headers = response.length, response.headers
        _check_framing(response, self._codings)
        body = bytearray()
        while part := response.read(_PART):
            body += part
            if len(body) > self._mebibytes << 20:
                raise AnswerTooLarge(self._mebibytes)
        if stated is not None and len(body) != stated:
            raise EngineFailed(BROKE_OFF)
        return Reply(response.status, headers, bytes(body), counted=stated is not None)


class _Connection(http.client.HTTPConnection):
    """A connection whose every wait is under watch."""

    def __init__(self, address: Address, seconds: float) -> None:
        super().__init__(address.host, address.port, timeout=seconds)
        self._tls = address.scheme == "https"
        self._peer: _Watched | _WatchedTLS | None = None

    def connect(self) -> None:
        plain = socket.create_connection((self.host, self.port), self.timeout)
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self._tls:
            context = ssl.create_default_context()
            context.sslsocket_class = _WatchedTLS
            self._peer = cast("_WatchedTLS", context.wrap_socket(plain, server_hostname=self.host))
        else:
            self._peer = _Watched(plain.family, plain.type, plain.proto, plain.detach())
        self.sock = self._peer

    def ask(self, request: Request, watch: Watch) -> http.client.HTTPResponse:
        if self._peer is None:
            self.connect()
        if self._peer:
            self._peer.settimeout(watch.left())
            self._peer.watch = watch
        self.request(request.method, request.target, request.body, request.headers)
        return self.getresponse()

    def is_quiet(self) -> bool:
        """Tell whether the server has neither closed the connection nor said what nobody asked."""
        return self._peer is not None and not _has_said(self._peer, 0)


class _Watched(socket.socket):
    """A socket that reads under a watch: however slowly the bytes come, the end is the same."""

    watch: Watch

    def recv_into(self, buffer: WriteableBuffer, nbytes: int = 0, flags: int = 0) -> int:
        self.watch.for_some(self)
        return super().recv_into(buffer, nbytes, flags)


class _WatchedTLS(ssl.SSLSocket):
    """The same, over TLS, which may hold bytes that the kernel has given it already."""

    watch: Watch

    def recv_into(self, buffer: WriteableBuffer, nbytes: int | None = None, flags: int = 0) -> int:
        if not self.pending():
            self.watch.for_some(self)
        return super().recv_into(buffer, nbytes, flags)


def _check_framing(response: http.client.HTTPResponse, codings: frozenset[str]) -> None:
    headers = response.headers
    if headers.get("Content-Encoding", "identity").lower() not in codings:
        raise EngineFailed(PACKED)
    lengths = {length.strip() for length in headers.get_all("Content-Length", [])}
    if len(lengths) > 1 or not all(length.isdecimal() for length in lengths):
        raise EngineFailed(NO_LENGTH)


def _has_said(peer: socket.socket, seconds: float) -> bool:
    poll = select.poll()
    poll.register(peer, select.POLLIN)
    return bool(poll.poll(seconds * 1000))


def _reason(error: Exception) -> str:
    if isinstance(error, http.client.RemoteDisconnected | ConnectionResetError | BrokenPipeError):
        return HUNG_UP
    if isinstance(error, http.client.IncompleteRead):
        return BROKE_OFF
    if isinstance(error, http.client.HTTPException):
        return NO_HTTP
    return f"can not be reached ({getattr(error, 'strerror', None) or error})"


def without_secrets(text: str) -> str:
    """Give what should be a URL without the name and password in it."""
    scheme, slashes, rest = text.partition("://")
    return f"{scheme}{slashes}{rest.rpartition('@')[2]}" if slashes else text.rpartition("@")[2]
