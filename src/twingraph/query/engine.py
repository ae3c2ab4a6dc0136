"""One untrusted query, run in a worker process that can be killed: query in, bytes out."""

from __future__ import annotations

import signal
import threading
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal, Protocol, Self

import rdflib
from rdflib.namespace import XSD

from twingraph.errors import (
    AnswerTooLarge,
    BadQuery,
    Busy,
    MemoryLimit,
    NotAcceptable,
    QueryError,
    TimeLimit,
    WorkerDied,
)
from twingraph.query.holder import Holder
from twingraph.query.lanes import Lane, SlowLaneFull, Visit
from twingraph.query.wire import Message, Request, Tag

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from twingraph.query.holder import Worker
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


class Answering(Protocol):
    """What answers queries: an `Engine` here, or one elsewhere."""

    limits: Settings

    def answer(  # noqa: PLR0913 - what the protocol lets an asker say, by name
        self,
        query: str,
        *,
        results: str | None = ...,
        graphs: str | None = ...,
        values: Mapping[str, rdflib.URIRef | rdflib.Literal] = ...,
        default_graphs: tuple[str, ...] = ...,
        named_graphs: tuple[str, ...] = ...,
        gone: Callable[[], bool] | None = ...,
    ) -> Answer:
        """Run one query within the limits; give the whole answer or raise QueryError."""

    def __hash__(self) -> int:
        """Tell one from another: they are kept in caches."""


class Engine:
    """Workers that answer queries on one set of quads, in two lanes; for any number of threads.

    Every query starts in the quick lane. One that has worked for `quick_seconds` goes on in the slow lane,
    at the least priority; if that is full, it is stopped, and starts anew there when its turn comes. So a
    cheap query never waits for longer than a few heavy ones take to be known as such.

    quads: a file of N-Quads, or the folder of a store made of it. Queries see the union of its named graphs as
        their default graph.
    settings: how many workers, and how much a query may take.

    They are loaded from when this is made; `ready()` waits until they are, and so does what needs them.
    Close it, or use it as a context manager, which waits first: no process of it outlives `close()`,
    nor this process, however that ends.
    """

    def __init__(self, quads: Path, settings: Settings) -> None:
        self._quads, self.limits = quads, settings
        self._quick = Lane(settings.workers, settings.waiting)
        self._slow = Lane(settings.slow_workers, settings.waiting)
        # A worker is forked when a query needs one: that takes a millisecond.
        # Last in, first out: the worker whose memory is warm goes first.
        self._idle: list[Worker] = []
        self._lock = threading.Lock()
        self._holder: Holder | None = Holder(quads, settings)

    def __enter__(self) -> Self:
        self.ready()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def ready(self) -> None:
        """Wait until the quads are loaded; raises UnreadableFile where they can not be."""
        with self._lock:
            if self._holder:
                self._holder.ready()

    def close(self) -> None:
        """End all processes of this engine; queries under way get WorkerDied."""
        with self._lock:
            if self._holder:
                self._holder.close()
            self._holder = None
        while self._idle:
            self._bury(self._idle.pop())

    def answer(  # noqa: PLR0913 - what the protocol lets an asker say, by name
        self,
        query: str,
        *,
        results: str | None = RESULTS[0],
        graphs: str | None = GRAPHS[0],
        values: Mapping[str, rdflib.URIRef | rdflib.Literal] = MappingProxyType({}),
        default_graphs: tuple[str, ...] = (),
        named_graphs: tuple[str, ...] = (),
        gone: Callable[[], bool] | None = None,
    ) -> Answer:
        """Run one query within the limits; give the whole answer or raise.

        query: SPARQL 1.1 Query; the project's prefixes and base need not be declared.
        results, graphs: media types, for the answer to SELECT and ASK and to CONSTRUCT and DESCRIBE;
            None if there is none that the asker accepts.
        values: of variables that the query selects, put in as RDF-dev SEP-0007 has it; literals without language.
        default_graphs, named_graphs: IRIs of the dataset as the protocol gives it; if there is any, they are the
            whole dataset, whatever FROM says, and unknown graphs are empty (SPARQL 1.1 Protocol, 2.1.4).
        gone: tells whether the asker hung up, so that the worker is freed; None if that can not be told.

        Raises BadQuery, NotAcceptable, TimeLimit, MemoryLimit, AnswerTooLarge, WorkerDied, Busy, HungUp.
        """
        request = Request(query, results, graphs, _packed(values), default_graphs, named_graphs)
        message = self._ask(request.pack(), gone or _never)
        kind = _KINDS.get(message.tag)
        if kind is None:
            raise self._refusal(message)
        media_type = graphs if kind == "triples" else results
        return Answer(message.body, media_type or "", kind)

    def _ask(self, request: bytes, gone: Callable[[], bool]) -> Message:
        if not self._quick.enter(self.limits.queue_seconds):
            raise Busy(self.limits.queue_seconds)
        try:
            return self._stay(request, Visit(self._quick, self._slow, self.limits.quick_seconds, gone))
        except SlowLaneFull:
            pass
        if not self._slow.enter(self.limits.queue_seconds):
            raise Busy(self.limits.seconds)
        return self._stay(request, Visit(self._slow, self._slow, self.limits.quick_seconds, gone))

    def _stay(self, request: bytes, visit: Visit) -> Message:
        """Have a query answered by a worker of its lane, and leave the lane in which it ends."""
        try:
            visit.began(self._hired())
            message = self._answered(request, visit)
            if message.last or visit.is_slow:
                self._bury(visit.worker)
            else:
                self._idle.append(visit.worker)
        finally:
            visit.lane.leave()
        return message

    def _answered(self, request: bytes, visit: Visit) -> Message:
        try:
            return visit.worker.ask(request, visit.goes_on)
        except (EOFError, OSError) as error:
            late = isinstance(error, TimeoutError | BlockingIOError)
            raise self._verdict(self._bury(visit.worker), late=late) from None
        except BaseException:
            self._bury(visit.worker)
            raise

    def _hired(self) -> Worker:
        try:
            worker = self._idle.pop()
        except IndexError:
            return self._new_worker()
        if worker.is_idle():
            return worker
        self._bury(worker)
        return self._new_worker()

    def _new_worker(self) -> Worker:
        with self._lock:
            if self._holder is None:
                raise WorkerDied
            try:
                return self._holder.hire()
            except (EOFError, ConnectionError):
                # Something ended the holder, and its workers with it: begin anew.
                self._holder.close()
                self._holder = Holder(self._quads, self.limits)
                return self._holder.hire()

    def _bury(self, worker: Worker) -> int:
        """End a worker if it has not ended; give the signal that did it, 0 if that is not known."""
        with self._lock:
            try:
                return worker.end()
            except (EOFError, OSError):
                # Its holder is gone or replaced, and with it the only one who knows.
                return 0

    def _verdict(self, ended_by: int, *, late: bool) -> QueryError:
        if late or ended_by == signal.SIGALRM:
            return TimeLimit(self.limits.seconds)
        if ended_by == signal.SIGPROF:
            return TimeLimit(self.limits.cpu_seconds)
        return MemoryLimit(self.limits.mebibytes) if ended_by == signal.SIGABRT else WorkerDied()

    def _refusal(self, message: Message) -> QueryError:
        if message.tag == Tag.TOO_LARGE:
            return AnswerTooLarge(self.limits.answer_mebibytes)
        reason = message.body.decode()
        if message.tag == Tag.NOT_ACCEPTABLE:
            return NotAcceptable(f"a {reason}", GRAPHS) if reason == "graph" else NotAcceptable(reason, RESULTS)
        return BadQuery(reason if message.tag == Tag.NOT_SPARQL else f"The query can not be answered: {reason}.")


def _never() -> bool:
    return False


def _packed(values: Mapping[str, rdflib.URIRef | rdflib.Literal]) -> dict[str, tuple[str, str | None]]:
    return {name: (str(value), _datatype(value)) for name, value in values.items()}


def _datatype(value: rdflib.URIRef | rdflib.Literal) -> str | None:
    return str(value.datatype or XSD.string) if isinstance(value, rdflib.Literal) else None
