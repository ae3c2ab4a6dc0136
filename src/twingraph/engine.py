"""One untrusted query, run in a worker process that can be killed: query in, bytes out."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from queue import Empty, LifoQueue
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal, Self

import rdflib
from rdflib.namespace import XSD

from twingraph import wire
from twingraph.errors import (
    AnswerTooLarge,
    BadQuery,
    Busy,
    MemoryLimit,
    NotAcceptable,
    QueryError,
    TimeLimit,
    UnreadableFile,
    WorkerDied,
)
from twingraph.settings import BASE
from twingraph.vocab import PREFIXES
from twingraph.wire import Message, Request, Tag, Task

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from twingraph.settings import Settings

RESULTS = (
    "application/sparql-results+json",
    "application/sparql-results+xml",
    "text/csv",
    "text/tab-separated-values",
)
"""Media types of the answer to SELECT and ASK, the one to take when nothing is asked for first."""
GRAPHS = (
    "text/turtle",
    "application/n-triples",
    "application/ld+json",
    "application/rdf+xml",
    "application/trig",
    "application/n-quads",
)
"""Media types of the answer to CONSTRUCT and DESCRIBE, the one to take when nothing is asked for first."""

_COMMAND = (sys.executable, "-P", "-m", "twingraph.worker")
_GRACE = 0.25
"""Seconds after which a worker is killed from here that the kernel should have ended at its limit."""
_PATIENCE = 2.0
"""Seconds that the holder has to end its workers and itself; it takes milliseconds."""
_KINDS: dict[Tag, Literal["solutions", "boolean", "triples"]] = {
    Tag.SOLUTIONS: "solutions",
    Tag.BOOLEAN: "boolean",
    Tag.TRIPLES: "triples",
}


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer, its media type, and what it is: solutions (SELECT), boolean (ASK) or triples."""

    body: bytes
    media_type: str
    kind: Literal["solutions", "boolean", "triples"]


class Engine:
    """A pool of workers that answer queries on one set of quads; for any number of threads.

    quads: a file of N-Quads. Queries see the union of its named graphs as their default graph.
    settings: how many workers, and how much a query may take.

    Raises UnreadableFile when the quads can not be loaded. Close it, or use it as a context manager:
    no process of it outlives `close()`, nor this process, however that ends.
    """

    def __init__(self, quads: Path, settings: Settings) -> None:
        self._quads, self._settings = quads, settings
        self._lock = threading.Lock()
        # A place holds a worker, or None until a query needs one: a fork takes a millisecond.
        # Last in, first out: the worker whose memory is warm goes first.
        self._places: LifoQueue[_Worker | None] = LifoQueue()
        for _ in range(settings.workers):
            self._places.put(None)
        self._holder: _Holder | None = _Holder(quads, settings)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End all processes of this engine; queries under way get WorkerDied."""
        with self._lock:
            if self._holder:
                self._holder.close()
            self._holder = None
        for worker in [self._places.get_nowait() for _ in range(self._places.qsize())]:
            if worker:
                self._bury(worker)
            self._places.put(None)

    def answer(
        self,
        query: str,
        *,
        results: str | None = RESULTS[0],
        graphs: str | None = GRAPHS[0],
        values: Mapping[str, rdflib.URIRef | rdflib.Literal] = MappingProxyType({}),
    ) -> Answer:
        """Run one query within the limits; give the whole answer or raise.

        query: SPARQL 1.1 Query; the project's prefixes and base need not be declared.
        results, graphs: media types, for the answer to SELECT and ASK and to CONSTRUCT and DESCRIBE;
            None if there is none that the asker accepts.
        values: of variables that the query selects, put in as RDF-dev SEP-0007 has it; literals without language.

        Raises BadQuery, NotAcceptable, TimeLimit, MemoryLimit, AnswerTooLarge, WorkerDied, Busy.
        """
        message = self._ask(Request(query, results, graphs, _packed(values)).pack())
        kind = _KINDS.get(message.tag)
        if kind is None:
            raise self._refusal(message)
        media_type = graphs if kind == "triples" else results
        return Answer(message.body, media_type or "", kind)

    def _ask(self, request: bytes) -> Message:
        worker, kept = self._hired(), None
        try:
            message = worker.ask(request, self._settings.seconds + _GRACE)
            if message.last:
                self._bury(worker)
            else:
                kept = worker
        except (EOFError, OSError) as error:
            raise self._verdict(self._bury(worker), late=isinstance(error, TimeoutError | BlockingIOError)) from None
        finally:
            self._places.put(kept)
        return message

    def _hired(self) -> _Worker:
        """Take a worker that lives from its place, waiting for one if need be."""
        try:
            worker = self._places.get(timeout=self._settings.queue_seconds)
        except Empty:
            raise Busy(self._settings.queue_seconds) from None
        if worker and worker.is_idle():
            return worker
        try:
            if worker:
                self._bury(worker)
            return self._new_worker()
        except BaseException:
            self._places.put(None)
            raise

    def _new_worker(self) -> _Worker:
        with self._lock:
            if self._holder is None:
                raise WorkerDied
            try:
                return self._holder.hire()
            except (EOFError, ConnectionError):
                # Something ended the holder, and its workers with it: begin anew.
                self._holder.close()
                self._holder = _Holder(self._quads, self._settings)
                return self._holder.hire()

    def _bury(self, worker: _Worker) -> int:
        """End a worker if it has not ended; give the signal that did it, 0 if that is not known."""
        with self._lock:
            try:
                return worker.end()
            except (EOFError, OSError):
                # Its holder is gone or replaced, and with it the only one who knows.
                return 0

    def _verdict(self, ended_by: int, *, late: bool) -> QueryError:
        if late or ended_by == signal.SIGALRM:
            return TimeLimit(self._settings.seconds)
        if ended_by == signal.SIGPROF:
            return TimeLimit(self._settings.cpu_seconds)
        return MemoryLimit(self._settings.mebibytes) if ended_by == signal.SIGABRT else WorkerDied()

    def _refusal(self, message: Message) -> QueryError:
        if message.tag == Tag.TOO_LARGE:
            return AnswerTooLarge(self._settings.answer_mebibytes)
        reason = message.body.decode()
        if message.tag == Tag.NOT_ACCEPTABLE:
            return NotAcceptable(f"a {reason}", GRAPHS) if reason == "graph" else NotAcceptable(reason, RESULTS)
        return BadQuery(reason if message.tag == Tag.NOT_SPARQL else f"The query can not be answered: {reason}.")


def _packed(values: Mapping[str, rdflib.URIRef | rdflib.Literal]) -> dict[str, tuple[str, str | None]]:
    return {name: (str(value), _datatype(value)) for name, value in values.items()}


def _datatype(value: rdflib.URIRef | rdflib.Literal) -> str | None:
    return str(value.datatype or XSD.string) if isinstance(value, rdflib.Literal) else None


class _Worker:
    """One process that answers one query at a time."""

    __slots__ = ("_holder", "_process", "_socket")

    def __init__(self, holder: _Holder, process: int, peer: socket.socket) -> None:
        self._holder, self._process, self._socket = holder, process, peer

    def ask(self, request: bytes, seconds: float) -> Message:
        deadline = time.monotonic() + seconds
        wire.send(self._socket, Message(Tag.REQUEST, last=False, body=request))
        return wire.receive(self._socket, deadline)

    def is_idle(self) -> bool:
        """Tell whether it waits for a query."""
        return wire.is_quiet(self._socket)

    def end(self) -> int:
        """End it, if it has not ended; give the signal that did. Raises EOFError or OSError without its holder."""
        self._socket.close()
        return self._holder.bury(self._process)


class _Holder:
    """The process that holds the store and forks workers; not thread-safe."""

    def __init__(self, quads: Path, settings: Settings) -> None:
        self._busy, self._patience = Busy(settings.queue_seconds), settings.seconds + _GRACE
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
        try:
            self._begin(quads, settings)
        except BaseException:
            self.close()
            raise

    def _begin(self, quads: Path, settings: Settings) -> None:
        task = Task(
            quads=str(quads),
            base=BASE,
            prefixes=PREFIXES,
            seconds=settings.seconds,
            cpu_seconds=settings.cpu_seconds,
            mebibytes=settings.mebibytes,
            answer_mebibytes=settings.answer_mebibytes,
        )
        self._socket.sendall(json.dumps(task._asdict()).encode() + b"\n")
        said = self._socket.recv(1 << 12)
        if said != wire.READY:
            reason = said.decode(errors="replace") or "the process that loads it has ended"
            raise UnreadableFile(quads, reason, ("build the release again", "izveidojiet laidienu no jauna"))

    def hire(self) -> _Worker:
        """Fork a worker. Raises Busy if the machine has no more processes, EOFError if the holder is gone."""
        self._socket.sendall(wire.ORDER.pack(0))
        said, passed, _, _ = socket.recv_fds(self._socket, wire.ORDER.size, 1)
        process = self._number(said)
        if process < 0:
            raise self._busy
        peer = socket.socket(fileno=passed[0])
        peer.set_inheritable(False)
        wire.set_patience(peer, self._patience)
        return _Worker(self, process, peer)

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
