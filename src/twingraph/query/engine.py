"""One untrusted query, run in a worker process that can be killed: query in, bytes out."""

from __future__ import annotations

import importlib.util
import json
import marshal
import os
import signal
import socket
import sys
import threading
import time
from abc import ABC, abstractmethod
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, Self, cast

import rdflib
from rdflib.namespace import XSD

from twingraph.errors import (
    AnswerTooLarge,
    BadQuery,
    Busy,
    EngineFailed,
    MemoryLimit,
    NotAcceptable,
    TimeLimit,
    UnreadableFile,
    WorkerDied,
)
from twingraph.query.holder import LAST, Holder
from twingraph.query.lanes import Lane
from twingraph.settings import BASE
from twingraph.vocab import DESCRIPTION, PREFIXES
from twingraph.words import Text, text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from twingraph.query.holder import Worker
    from twingraph.query.remote import Address
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

_DEATH = text("The query broke the process that ran it; nothing else was harmed. Simplify it, or report it.")
_MIDDLE = 10
"""Times `quick_seconds` that a query may take in the middle lane."""
_OVERHEAD = 1 << 16
"""Bytes of a reply besides the answer, at most."""


Kind = Literal["solutions", "boolean", "triples"]


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer, its media type, and what it is: solutions (SELECT), boolean (ASK) or triples."""

    body: bytes
    media_type: str
    kind: Kind

    @property
    def has_blank_nodes(self) -> bool:
        """Tell whether it may hold blank nodes, which have other names each time."""
        return any(mark in self.body for mark in (b"_:", b"bnode", b"nodeID"))


class Answering(ABC):
    """What answers queries: an `Engine` here, or one elsewhere; to be closed, or used as a context manager."""

    limits: Settings

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @abstractmethod
    def close(self) -> None:
        """End what it runs."""

    @abstractmethod
    def run(self, job: str, fields: tuple[Any, ...], asker: str = "") -> bytes:
        """Do a job of `Evaluator.do` within the limits; give its reply. fields: of types that marshal knows."""

    def answer(  # noqa: PLR0913 - what the protocol lets an asker say, by name
        self,
        query: str,
        *,
        results: str | None = RESULTS[0],
        graphs: str | None = GRAPHS[0],
        values: Mapping[str, rdflib.URIRef | rdflib.Literal] = MappingProxyType({}),
        default_graphs: tuple[str, ...] = (),
        named_graphs: tuple[str, ...] = (),
        asker: str = "",
    ) -> Answer:
        """Run one query within the limits; give the whole answer or raise.

        query: SPARQL 1.1 Query; the project's prefixes and base need not be declared.
        results, graphs: media types, for the answer to SELECT and ASK and to CONSTRUCT and DESCRIBE;
            None if there is none that the asker accepts.
        values: of variables that the query selects, put in as RDF-dev SEP-0007 has it; literals without language.
        default_graphs, named_graphs: IRIs of the dataset as the protocol gives it; if there is any, they are the
            whole dataset, whatever FROM says, and unknown graphs are empty (SPARQL 1.1 Protocol, 2.1.4).
        asker: who asks, for a share of the places.

        Raises BadQuery, NotAcceptable, TimeLimit, MemoryLimit, AnswerTooLarge, WorkerDied, Busy.
        """
        terms = {
            name: (str(value), str(value.datatype or XSD.string) if isinstance(value, rdflib.Literal) else None)
            for name, value in values.items()
        }
        reply = self.run("query", (query, results, graphs, terms, default_graphs, named_graphs), asker)
        word, _, body = reply.partition(b"\n")
        kind = word.decode()
        if kind in {"solutions", "boolean", "triples"}:
            return Answer(body, (graphs if kind == "triples" else results) or "", cast("Kind", kind))
        if kind == "too large":
            raise AnswerTooLarge(self.limits.answer_mebibytes)
        if kind == "unacceptable":
            form, offered = (text("a graph"), GRAPHS) if body == b"graph" else (text("results"), RESULTS)
            raise NotAcceptable(form, offered)
        if kind == "busy":
            raise Busy(int(body))
        message, given = json.loads(body)
        raise {"failure": EngineFailed, "refusal": BadQuery}[kind](Text(message, values=given))


def _timed_out(seconds: float) -> TimeLimit:
    limit = f"{seconds:g}"
    return TimeLimit(
        text("The query was stopped after %(limit)s seconds, the time limit here; ask for less at once.", limit=limit)
    )


class _Stage(NamedTuple):
    """A lane, the processor time that a query may take in it, and how much its workers leave to others (nice(1))."""

    lane: Lane
    cpu_seconds: float
    priority: int


class Engine(Answering):
    """Workers that answer queries on one set of files, in three lanes; for any number of threads.

    Every query starts in the quick lane. One that has worked for longer than is given there is stopped by the kernel,
    and begins anew in the middle lane, then in the slow one, at less and less priority. So a cheap query never waits
    for longer than a few heavy ones take to be known as such, and one of middling cost not for the heaviest.

    quads, others: files of N-Quads, or of Turtle for the graph DESCRIPTION. Queries see the union of all graphs.
        In the place of quads, the address of an engine elsewhere that holds them.
    settings: how many workers, and how much a query may take.

    They are loaded from when this is made; `wait()` waits until they are, and so does what needs them, and a block
    of which this is the context. No process of it outlives `close()`, nor this process, however that ends.
    """

    def __init__(self, quads: Path | Address, settings: Settings, *others: Path) -> None:
        self.limits, self._evaluator = settings, _evaluator(settings, quads, *others)
        if not isinstance(quads, Path):
            # What an engine elsewhere works at takes little time here, and is not to be begun anew.
            settings = replace(settings, workers=settings.connections, quick_seconds=settings.cpu_seconds)
        few, patience = max(settings.waiting // 8, 1), settings.queue_seconds
        self._stages = (
            _Stage(Lane(settings.workers, settings.waiting, patience), settings.quick_seconds, 0),
            _Stage(Lane(settings.slow_workers, few, patience), settings.quick_seconds * _MIDDLE, 10),
            _Stage(Lane(settings.slow_workers, few, patience), settings.cpu_seconds, 19),
        )
        # A worker is forked when a query needs one: that takes a millisecond.
        # Last in, first out: the worker whose memory is warm goes first.
        self._idle: list[Worker] = []
        self._lock = threading.Lock()
        self._holder: Holder | None = Holder(self._evaluator, settings)

    def __enter__(self) -> Self:
        self.wait()
        return self

    def wait(self) -> None:
        """Wait until the files are loaded; raises UnreadableFile where they can not be."""
        with self._lock:
            if self._holder:
                self._holder.wait()

    def close(self) -> None:
        """End all processes of this engine; queries under way get WorkerDied."""
        with self._lock:
            if self._holder:
                self._holder.close()
            self._holder = None
        while self._idle:
            self._idle.pop().connection.close()

    def run(self, job: str, fields: tuple[Any, ...], asker: str = "") -> bytes:
        """Have a worker do a job; give its reply. Raises TimeLimit, MemoryLimit, WorkerDied, Busy."""
        left = self.limits.seconds
        for stage in self._stages:
            stage.lane.enter(asker)
            begun = time.monotonic()
            try:
                reply = self._ask(marshal.dumps((job, tuple(fields), left, stage.cpu_seconds, stage.priority)))
            finally:
                stage.lane.leave(asker)
            if reply is not None:
                return reply
            left = max(left - (time.monotonic() - begun), 0.001)
        raise _timed_out(self.limits.cpu_seconds)

    def _ask(self, message: bytes) -> bytes | None:
        """Send a message to a worker; give its reply, None where it took longer than its lane gives."""
        worker = self._send(message)
        try:
            reply = worker.connection.recv_bytes((self.limits.answer_mebibytes << 20) + _OVERHEAD)
        except (EOFError, OSError) as error:
            ended_by = self._end(worker)
            if isinstance(error, BlockingIOError) or ended_by == signal.SIGALRM:
                raise _timed_out(self.limits.seconds) from None
            if ended_by == signal.SIGPROF:
                return None
            if ended_by == signal.SIGABRT:
                mib = self.limits.mebibytes
                raise MemoryLimit(
                    text("The query was stopped at %(mib)s MiB, the memory limit here; ask for less at once.", mib=mib)
                ) from None
            raise WorkerDied(_DEATH) from None
        except BaseException:
            self._end(worker)
            raise
        if reply[:1] == LAST:
            self._end(worker)
            return reply[1:]
        self._idle.append(worker)
        return reply

    def _send(self, message: bytes) -> Worker:
        """Send a message to a worker that waits for one, or to a new one."""
        while self._idle:
            try:
                worker = self._idle.pop()
                worker.connection.send_bytes(message)
            except IndexError:
                break
            except ConnectionError:
                # One that died while it waited costs nothing.
                self._end(worker)
            else:
                return worker
        worker = self._hire()
        worker.connection.send_bytes(message)
        return worker

    def _hire(self) -> Worker:
        with self._lock:
            if self._holder is None:
                raise WorkerDied(_DEATH)
            try:
                return self._holder.hire()
            except (EOFError, ConnectionError):
                # Something ended the holder, and its workers with it: begin anew.
                self._holder.close()
                self._holder = Holder(self._evaluator, self.limits)
                return self._holder.hire()

    def _end(self, worker: Worker) -> int:
        """End a worker if it has not ended; give the signal that did it, 0 if that is not known."""
        with self._lock:
            try:
                return self._holder.end(worker) if self._holder else 0
            except (EOFError, OSError):
                # Its holder is gone or replaced, and with it the only one who knows.
                return 0


class LocalEngine(Answering):
    """The same answers from this very process, without limits: for who asks himself where there can be no workers."""

    def __init__(self, quads: Path, settings: Settings, *others: Path) -> None:
        # Loaded here because a server has workers for it.
        from twingraph.query.evaluation import Evaluator  # noqa: PLC0415

        self.limits = settings
        try:
            self._evaluator = Evaluator.open(**_evaluator(settings, quads, *others))
        except (OSError, SyntaxError, ValueError) as error:
            raise UnreadableFile(quads, str(error), text("build the release again")) from None

    def close(self) -> None:
        """End nothing: there is nothing to end."""

    def run(self, job: str, fields: tuple[Any, ...], asker: str = "") -> bytes:  # noqa: ARG002 - nobody else asks
        """Do a job; give its reply."""
        return self._evaluator.do(job, fields)


def open_engine(quads: Path, settings: Settings, *others: Path) -> Engine | LocalEngine:
    """Give what answers the queries of one person: with limits, where the system has what workers need."""
    can_fork = sys.platform == "linux" and hasattr(os, "fork") and hasattr(socket, "AF_UNIX")
    has_limits = importlib.util.find_spec("fcntl") and importlib.util.find_spec("resource")
    return (Engine if can_fork and has_limits else LocalEngine)(quads, settings, *others)


def _evaluator(settings: Settings, quads: Path | Address, *others: Path) -> dict[str, Any]:
    """Give what an Evaluator is opened with."""
    return {
        "files": list(map(str, (quads, *others))) if isinstance(quads, Path) else list(quads),
        "description": str(DESCRIPTION),
        "base": BASE,
        "prefixes": PREFIXES,
        "answer_mebibytes": settings.answer_mebibytes,
    }
