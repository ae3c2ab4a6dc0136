"""Clients that ask a server over HTTP as fast as it answers; plain sockets, a process each.

A request costs such a client some 20 µs, so that the server is what is measured.
"""

from __future__ import annotations

import multiprocessing
import socket
import time
from dataclasses import dataclass
from itertools import count, cycle, islice
from statistics import geometric_mean, median
from typing import TYPE_CHECKING
from urllib.parse import quote

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tests.benchmarks.workload import Query

_END = b"\r\n\r\n"
_LONGEST_WAIT = 60.0
_fork = multiprocessing.get_context("fork")


@dataclass(frozen=True, slots=True)
class Rate:
    """What clients got a second: answers, and refusals."""

    answers: float
    refusals: float


@dataclass(frozen=True, slots=True)
class Address:
    """Where a server answers queries."""

    host: str
    port: int
    path: str


class WrongAnswer(Exception):
    """A server did not answer with 200."""


class Refused(WrongAnswer):
    """A server said that it is too busy (503)."""


class Client:
    """One connection that is kept open."""

    def __init__(self, address: Address) -> None:
        self._address = address
        self._socket = socket.create_connection((address.host, address.port), timeout=_LONGEST_WAIT)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def close(self) -> None:
        self._socket.close()

    def ask(self, request: bytes) -> bytes:
        """Send a request; give the body of the answer. Raises WrongAnswer, OSError."""
        self._socket.sendall(request)
        head, _, begun = self._until(_END).partition(_END)
        body = self._body(head, begun)
        if not head.startswith(b"HTTP/1.1 200"):
            kind = Refused if head.startswith(b"HTTP/1.1 503") else WrongAnswer
            raise kind((head[:40] + b" " + body).decode(errors="replace")[:300])
        return body

    def _body(self, head: bytes, body: bytes) -> bytes:
        lower = head.lower()
        if b"\r\ntransfer-encoding: chunked" in lower:
            return self._chunks(body)
        length = int(lower.partition(b"\r\ncontent-length:")[2].partition(b"\r\n")[0])
        parts, missing = [body], length - len(body)
        while missing > 0:
            parts.append(self._some())
            missing -= len(parts[-1])
        return b"".join(parts)

    def _until(self, mark: bytes) -> bytes:
        got = self._some()
        while mark not in got:
            got += self._some()
        return got

    def _chunks(self, got: bytes) -> bytes:
        parts = []
        while True:
            while b"\r\n" not in got:
                got += self._some()
            size, _, got = got.partition(b"\r\n")
            length = int(size, 16)
            while len(got) < length + 2:
                got += self._some()
            if not length:
                return b"".join(parts)
            parts.append(got[:length])
            got = got[length + 2 :]

    def _some(self) -> bytes:
        part = self._socket.recv(1 << 18)
        if not part:
            message = "The server closed the connection."
            raise WrongAnswer(message)
        return part


def request_for(address: Address, query: Query, suffix: str = "") -> bytes:
    """Give the bytes of a GET request."""
    text = quote(query.text + suffix, safe="")
    lines = (
        f"GET {address.path}?query={text} HTTP/1.1",
        f"Host: {address.host}:{address.port}",
        f"Accept: {query.media_type}",
        "User-Agent: benchmark",
    )
    return "\r\n".join(lines).encode() + _END


def latency(address: Address, queries: Sequence[Query], seconds: float) -> dict[str, float]:
    """Give the median milliseconds of each query with one client, none asked twice."""
    times: dict[str, list[float]] = {query.name: [] for query in queries}
    client, end = Client(address), time.monotonic() + seconds
    for query, request in _never_repeating(address, queries, 0):
        begun = time.perf_counter()
        client.ask(request)
        times[query.name].append((time.perf_counter() - begun) * 1000)
        if time.monotonic() > end and times[queries[-1].name]:
            break
    client.close()
    return {name: median(taken) for name, taken in times.items()}


def mean(latencies: dict[str, float]) -> float:
    """Give the geometric mean, in which no query counts for more than another."""
    return geometric_mean(latencies.values())


def throughput(address: Address, queries: Sequence[Query], clients: int, seconds: float, *, repeating: bool) -> Rate:
    """Give the answers and refusals a second that so many clients get together, each asking all queries in turn."""
    start, results = _fork.Barrier(clients), _fork.SimpleQueue()
    arguments = [(address, queries, number, seconds, repeating, start, results) for number in range(clients)]
    processes = [_fork.Process(target=_keep_asking, args=each) for each in arguments]
    for process in processes:
        process.start()
    rates = [results.get() for _ in processes]
    for process in processes:
        process.join()
    return Rate(*map(sum, zip(*rates, strict=True)))


def _keep_asking(address, queries, number, seconds, repeating, start, results) -> None:  # noqa: ANN001
    answered = refused = 0
    begun = time.monotonic()
    try:
        client = Client(address)
        requests = _repeating(address, queries, number) if repeating else _never_repeating(address, queries, number)
        start.wait(_LONGEST_WAIT)
        begun = time.monotonic()
        for _, request in requests:
            try:
                client.ask(request)
                answered += 1
            except Refused:
                refused += 1
            if time.monotonic() - begun > seconds:
                break
    finally:
        taken = time.monotonic() - begun
        results.put((answered / taken, refused / taken))


def _repeating(address: Address, queries: Sequence[Query], offset: int) -> Iterator[tuple[Query, bytes]]:
    prepared = [(query, request_for(address, query)) for query in queries]
    return islice(cycle(prepared), offset % len(prepared), None)


def _never_repeating(address: Address, queries: Sequence[Query], offset: int) -> Iterator[tuple[Query, bytes]]:
    """Vary a comment, so that no answer can come from a cache and yet all are the same work."""
    mark = "UNIQUE"
    halves = [(query, *request_for(address, query, f"\n# {mark}").split(mark.encode())) for query in queries]
    run = f"{time.time_ns():x}-{offset}".encode()
    for number, (query, before, after) in zip(count(), islice(cycle(halves), offset % len(halves), None), strict=False):
        yield query, b"%b%b-%d%b" % (before, run, number, after)
