"""One untrusted query, run in a worker process that can be killed: query in, bytes out."""

from __future__ import annotations

import json
import marshal
import os
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Self

import rdflib
from rdflib.namespace import XSD

from twingraph import errors
from twingraph.query.worker import ORDER, READY, receive, send
from twingraph.vocab import DESCRIPTION, base, prefixes
from twingraph.words import text, unpacked

if TYPE_CHECKING:
    from collections.abc import Mapping

    from twingraph.query.remote import Address
    from twingraph.settings import Settings

_JSON, _XML = "application/sparql-results+json", "application/sparql-results+xml"
RESULTS = (_JSON, _XML, "text/csv", "text/tab-separated-values")
"""Media types of the answer to SELECT and ASK, the one to take when nothing is asked for first."""
GRAPHS = (
    *("text/turtle", "application/n-triples", "application/ld+json"),
    *("application/rdf+xml", "application/trig", "application/n-quads"),
)
"""Media types of the answer to CONSTRUCT and DESCRIBE, the one to take when nothing is asked for first."""

_COMMAND = (sys.executable, "-P", "-m", "twingraph.query.worker")
_DEATH = text("The query broke the process that ran it; nothing else was harmed. Simplify it, or report it.")
_REMEDY = text("build the release again")


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer, its media type, and what it is: solutions (SELECT), boolean (ASK) or triples."""

    body: bytes
    media_type: str
    kind: str

    @property
    def has_blank_nodes(self) -> bool:
        """Tell whether it may hold blank nodes, which have other names each time."""
        return any(mark in self.body for mark in (b"_:", b"bnode", b"nodeID"))


class Lane:
    """So many places, and for so many seconds a queue for them; for any number of threads.

    Of several places the last free one is for an asker who has none, so that nobody takes all. A place goes to who has
    the fewest, and of that asker's turns to the newest: a queue that is answered oldest first answers everybody late
    once it is long. Of more turns than may wait, the oldest of who has the most is sent away.
    """

    def __init__(self, places: int, waiting: int, seconds: float) -> None:
        self._places, self._waiting, self._seconds = places, waiting, seconds
        self._inside: Counter[str] = Counter()
        # Who waits, by the lock to wake them with, and which of these were granted a place.
        self._turns: dict[threading.Lock, str] = {}
        self._granted: set[threading.Lock] = set()
        self._free, self._lock = places, threading.Lock()

    def enter(self, asker: str) -> None:
        """Take a place, waiting for it if need be; raises Busy where there was none in time."""
        with self._lock:
            if self._take(asker):
                return
            # A bare lock wakes a thread in half the time that an Event takes.
            turn = threading.Lock()
            turn.acquire()
            self._turns[turn] = asker
            if len(self._turns) > self._waiting:
                most = Counter(self._turns.values()).most_common(1)[0][0]
                oldest = next(each for each, name in self._turns.items() if name == most)
                del self._turns[oldest]
                oldest.release()
        turn.acquire(timeout=self._seconds)
        with self._lock:
            self._turns.pop(turn, None)
            # It may have been granted between the end of the wait and the lock.
            if turn not in self._granted:
                raise errors.Busy(self._seconds)
            self._granted.remove(turn)

    def leave(self, asker: str) -> None:
        """Give the place on, or free it."""
        with self._lock:
            self._free += 1
            self._inside[asker] -= 1
            if not self._inside[asker]:
                del self._inside[asker]
            turn = min(reversed(self._turns), key=lambda turn: self._inside[self._turns[turn]], default=None)
            if turn and self._take(self._turns[turn]):
                del self._turns[turn]
                self._granted.add(turn)
                turn.release()

    def _take(self, asker: str) -> bool:
        if self._free <= (1 if self._inside[asker] and self._places > 1 else 0):
            return False
        self._free -= 1
        self._inside[asker] += 1
        return True


class Engine:
    """Workers that answer queries on one set of files, in three lanes; for any number of threads.

    Every query starts in the quick lane. One that has worked for longer than is given there is stopped by the kernel,
    and begins anew in the middle lane, then in the slow one, at less and less priority. So a cheap query never waits
    for longer than a few heavy ones take to be known as such, and one of middling cost not for the heaviest.

    quads, others: N-Quads, or the address of an engine elsewhere, and Turtle for the graph DESCRIPTION. A process of
    its own, the holder, loads them. It and its workers outlive neither `close()` nor this process, however that ends.
    """

    def __init__(self, quads: Path | Address, settings: Settings, *others: Path) -> None:
        self.limits = settings
        # What an Evaluator is made with.
        self._task: dict[str, Any] = {
            "files": list(map(str, (quads, *others))) if isinstance(quads, Path) else list(quads),
            "description": str(DESCRIPTION),
            "base_iri": base(),
            "prefixes": prefixes(),
            "answer_mebibytes": settings.answer_mebibytes,
        }
        if not isinstance(quads, Path):
            # What an engine elsewhere works at takes little time here, and is not to be begun anew.
            settings = replace(settings, workers=settings.connections, quick_seconds=settings.cpu_seconds)
        few, patience, quick = max(settings.waiting // 8, 1), settings.queue_seconds, settings.quick_seconds
        # Each with the processor time that a query may take in it, and how much its workers leave to others (nice(1)).
        self._lanes = (
            (Lane(settings.workers, settings.waiting, patience), quick, 0),
            (Lane(settings.slow_workers, few, patience), quick * 10, 10),
            (Lane(settings.slow_workers, few, patience), settings.cpu_seconds, 19),
        )
        # Forked when a query needs one, in a millisecond; the one whose memory is warm goes first.
        self._idle: list[tuple[int, socket.socket]] = []
        self._lock = threading.RLock()
        self._holder: subprocess.Popen[bytes] | None = None
        self._start()

    def __enter__(self) -> Self:
        self.wait()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

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

        results, graphs: media types for the answer, by the form of the query; None if none is acceptable.
        values: of variables that the query selects (RDF-dev SEP-0007); literals without language.
        default_graphs, named_graphs: if there is any, they are the whole dataset (SPARQL 1.1 Protocol, 2.1.4).
        asker: who asks, for a share of the places.

        Raises BadQuery, NotAcceptable, TimeLimit, MemoryLimit, AnswerTooLarge, WorkerDied, Busy.
        """
        terms = {
            name: (str(value), str(value.datatype or XSD.string) if isinstance(value, rdflib.Literal) else None)
            for name, value in values.items()
        }
        fields = (query, results, graphs, terms, default_graphs, named_graphs)
        word, _, body = self._run(fields, asker).partition(b"\n")
        kind = word.decode()
        if kind in {"solutions", "boolean", "triples"}:
            is_graph = kind == "triples"
            if (media_type := graphs if is_graph else results) is None:
                raise errors.NotAcceptable(*((text("a graph"), GRAPHS) if is_graph else (text("results"), RESULTS)))
            return Answer(body, media_type, kind)
        if kind == "too large":
            raise errors.AnswerTooLarge(self.limits.answer_mebibytes)
        if kind == "busy":
            raise errors.Busy(int(body))
        raise {"failure": errors.EngineFailed, "refusal": errors.BadQuery}[kind](unpacked(json.loads(body)))

    def _run(self, fields: tuple[Any, ...], asker: str) -> bytes:
        """Have a worker run `Evaluator.answer`; give its reply. fields: of types that marshal knows."""
        left = self.limits.seconds
        for lane, cpu_seconds, priority in self._lanes:
            lane.enter(asker)
            begun = time.monotonic()
            try:
                reply = self._ask(marshal.dumps((fields, cpu_seconds, priority)), left, anew=priority > 0)
            finally:
                lane.leave(asker)
            if reply:
                return reply
            left = max(left - (time.monotonic() - begun), 0.001)
        raise errors.TimeLimit(self.limits.cpu_seconds)

    def _ask(self, message: bytes, seconds: float, *, anew: bool) -> bytes:
        """Give the reply of a worker, or of a new one, to a message; an empty one after more time than its lane has."""
        process, peer = worker = self._send(message, seconds, anew=anew)
        reply, is_kept, ended_by = b"", False, 0
        try:
            reply = receive(peer, (self.limits.answer_mebibytes + 1) << 20)
            is_kept = not anew
        except BlockingIOError:
            raise errors.TimeLimit(self.limits.seconds) from None
        except (EOFError, OSError):
            pass
        finally:
            if is_kept:
                self._idle.append(worker)
            else:
                ended_by = self._end(process, peer)
        if reply or ended_by == signal.SIGPROF:
            return reply
        if ended_by == signal.SIGABRT:
            raise errors.MemoryLimit(self.limits.mebibytes)
        raise errors.WorkerDied(_DEATH)

    def _send(self, message: bytes, seconds: float, *, anew: bool) -> tuple[int, socket.socket]:
        while not anew:
            try:
                worker = self._idle.pop()
                send(worker[1], message)
            except IndexError:
                break
            except ConnectionError:
                # One that died while it waited, or ended because it had grown, costs nothing.
                self._end(*worker)
            else:
                return worker
        worker = self._hire(seconds)
        send(worker[1], message)
        return worker

    def _start(self) -> None:
        self._socket, theirs = socket.socketpair()
        with theirs:
            # A session of its own, so that Ctrl-C in a terminal reaches the server only.
            self._holder = subprocess.Popen(  # noqa: S603 - this very interpreter
                [*_COMMAND, str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                start_new_session=True,
                # A worker that gets no memory need not spend time on telling nobody where, nor may it have reserves.
                env={**os.environ, "RUST_BACKTRACE": "0", "MALLOC_ARENA_MAX": "1"},
            )
        self._is_ready = False
        # Not as an argument, which everybody may read: there may be a password in it.
        task = json.dumps({**self._task, "mebibytes": self.limits.mebibytes})
        with suppress(ConnectionError):
            self._socket.sendall(f"{task}\n".encode())

    def wait(self) -> None:
        """Wait until the files are loaded; raises UnreadableFile, and closes this, where they can not be."""
        with self._lock:
            if self._holder and not self._is_ready:
                reply = self._socket.recv(1 << 12)
                self._is_ready = reply == READY
                if not self._is_ready:
                    self.close()
                    reason = reply.decode(errors="replace") or text("the process that loads it has ended")
                    raise errors.UnreadableFile(self._task["files"][0], reason, _REMEDY)

    def close(self) -> None:
        """End all processes of this engine; queries under way get WorkerDied."""
        with self._lock:
            if self._holder:
                # When this is closed it ends its workers, and itself, in milliseconds.
                self._socket.close()
                with suppress(subprocess.TimeoutExpired):
                    self._holder.wait(timeout=2)
                self._holder.kill()
                self._holder.wait()
            self._holder = None
        while self._idle:
            self._idle.pop()[1].close()

    def _hire(self, seconds: float) -> tuple[int, socket.socket]:
        """Fork a worker, whose replies are waited for so long; raises Busy, UnreadableFile, WorkerDied."""
        with self._lock:
            if not self._holder:
                raise errors.WorkerDied(_DEATH)
            try:
                process, passed = self._order(0)
            except (EOFError, ConnectionError):
                # Something ended the holder, and its workers with it: begin anew.
                self.close()
                self._start()
                process, passed = self._order(0)
        if process < 0:
            # The machine has no more processes.
            raise errors.Busy(self.limits.queue_seconds)
        peer = socket.socket(fileno=passed[0])
        peer.set_inheritable(False)
        # Wall-clock time is kept by the kernel on this side (socket(7)), processor time and memory on the other.
        limit = struct.pack("@ll", *divmod(int(seconds * 1_000_000), 1_000_000))
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, limit)
        return process, peer

    def _end(self, process: int, peer: socket.socket) -> int:
        """End a worker if it has not ended; give the signal that did it, 0 if that is not known."""
        peer.close()
        # Where its holder is gone or replaced, so is the only one who knows.
        with self._lock, suppress(EOFError, OSError):
            return self._order(process)[0]
        return 0

    def _order(self, worker: int) -> tuple[int, list[int]]:
        """Have a worker ended, or by 0 a new one forked; give what `ORDER` says, and the descriptors passed with it."""
        self.wait()
        self._socket.sendall(ORDER.pack(worker))
        reply, passed, _, _ = socket.recv_fds(self._socket, ORDER.size, 1)
        if not reply:
            raise EOFError
        return ORDER.unpack(reply)[0], passed


class LocalEngine(Engine):
    """The same answers from this very process, without limits: for who asks himself where there can be no workers."""

    def _start(self) -> None:
        # Loaded here because a server has workers for it.
        from twingraph.query.evaluation import Evaluator  # noqa: PLC0415

        try:
            self._evaluator = Evaluator(**self._task)
        except (OSError, SyntaxError, ValueError) as error:
            raise errors.UnreadableFile(self._task["files"][0], str(error), _REMEDY) from None

    def _run(self, fields: tuple[Any, ...], asker: str) -> bytes:  # noqa: ARG002 - nobody else asks
        return self._evaluator.answer(*fields)


def open_engine(quads: Path, settings: Settings, *others: Path) -> Engine:
    """Give what answers the queries of one person: with limits, where the system has what workers need."""
    can_fork = sys.platform == "linux" and hasattr(os, "fork") and hasattr(socket, "AF_UNIX")
    return (Engine if can_fork else LocalEngine)(quads, settings, *others)
