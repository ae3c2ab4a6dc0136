"""Processes that run untrusted queries: one that holds the store, and the workers that it forks.

Started by `engine.py` as `python -m twingraph.query.worker FD`, FD being one end of a pair of sockets. The holder
has one thread and no other duty, so that a fork is safe, takes a millisecond and shares the store's memory.
It and its workers end when the other end of FD is closed, however that happens.
"""

from __future__ import annotations

import gc
import io
import json
import os
import re
import signal
import socket
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from pyoxigraph import (
    DefaultGraph,
    Literal,
    NamedNode,
    QueryBoolean,
    QueryResultsFormat,
    QueryTriples,
    RdfFormat,
    Store,
    Variable,
    serialize,
)

from twingraph.errors import BadQuery
from twingraph.query import dataset, limits, sparql, wire
from twingraph.query.wire import Message, Request, Tag, Task

if TYPE_CHECKING:
    from collections.abc import Mapping

    from _typeshed import ReadableBuffer
    from pyoxigraph import BlankNode, QuerySolutions, Triple

    Term = NamedNode | BlankNode | Literal | Triple

_PREFIXED = frozenset((RdfFormat.TURTLE, RdfFormat.TRIG))
_DECLARED = re.compile(rb"\A(?:@prefix [^\n]*\n)*")
_PREFIX = re.compile(rb"([A-Za-z][\w.-]*):")


def main() -> None:
    """Hold the store, and fork and bury workers as ordered, until the server is gone."""
    # A server may have been started with these ignored or blocked, and workers live by them.
    signal.pthread_sigmask(signal.SIG_SETMASK, ())
    for clock in (signal.SIGALRM, signal.SIGPROF):
        signal.signal(clock, signal.SIG_DFL)
    server = socket.socket(fileno=int(sys.argv[1]))
    task = Task(**json.loads(server.makefile("rb").readline()))
    try:
        store = open_store(task.quads)
    except (OSError, SyntaxError, ValueError) as error:
        server.sendall(str(error).encode())
        return
    gc.freeze()
    server.sendall(wire.READY)
    _hold(server, store, task)


def open_store(quads: str) -> Store:
    """Open the folder of a store that `store.py` made, or load N-Quads.

    The default graph is the union of all named graphs, each triple once: pyoxigraph's own union counts a triple
    once for every graph that holds it, and disregards FROM.
    """
    if Path(quads).is_dir():
        return Store.read_only(quads)
    store = Store()
    store.load(path=quads, format=RdfFormat.N_QUADS)
    store.update("INSERT { ?s ?p ?o } WHERE { GRAPH ?g { ?s ?p ?o } }")
    return store


def _hold(server: socket.socket, store: Store, task: Task) -> None:
    workers: set[int] = set()
    # A server that is killed may have ordered something just before.
    with suppress(ConnectionError):
        while order := server.recv(wire.ORDER.size, socket.MSG_WAITALL):
            worker = wire.ORDER.unpack(order)[0]
            if worker:
                server.sendall(wire.ORDER.pack(_bury(workers, worker)))
            else:
                _hire(server, workers, store, task)
    for worker in tuple(workers):
        _bury(workers, worker)


def _hire(server: socket.socket, workers: set[int], store: Store, task: Task) -> None:
    holder = os.getpid()
    ours, theirs = socket.socketpair()
    with ours, theirs:
        try:
            worker = os.fork()
        except OSError as error:
            server.sendall(wire.ORDER.pack(-(error.errno or 1)))
            return
        if not worker:
            server.close()
            theirs.close()
            _work(ours, store, task, holder)
        workers.add(worker)
        socket.send_fds(server, [wire.ORDER.pack(worker)], [theirs.fileno()])


def _bury(workers: set[int], worker: int) -> int:
    if worker not in workers:
        return 0
    workers.remove(worker)
    os.kill(worker, signal.SIGKILL)
    status = os.waitpid(worker, 0)[1]
    return os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0


def _work(server: socket.socket, store: Store, task: Task, holder: int) -> NoReturn:
    """Answer one query after another within the limits, until the server is gone or memory is worn."""
    try:
        memory = confine(task, holder)
        last = False
        while not last:
            request = wire.receive(server)
            limits.start_clocks(task.seconds, task.cpu_seconds)
            tag, body = reply(store, task, Request.unpack(request.body))
            last = memory.is_worn()
            wire.send(server, Message(tag, last, body))
            limits.stop_clocks()
    except MemoryError:
        # The engine aborts when it gets no memory, so this is the one sign of it.
        os.abort()
    finally:
        # Nothing that goes wrong here, a panic of the engine included, may return into the holder's loop.
        os._exit(0)


def confine(task: Task, holder: int) -> limits.Memory:
    """Lower what this process may do, for ever: no door out, so much memory, no life after its holder's."""
    limits.end_with_parent(holder)
    nothing = os.open(os.devnull, os.O_RDWR)
    for stream in range(3):
        os.dup2(nothing, stream)
    memory = limits.Memory(task.mebibytes)
    limits.close_doors(_files_of(task.quads))
    return memory


def _files_of(quads: str) -> int:
    """Count the files that a store on disk may have to open; 0 for one in memory."""
    place = Path(quads)
    return sum(1 for _ in place.iterdir()) if place.is_dir() else 0


def reply(store: Store, task: Task, request: Request) -> tuple[Tag, bytes]:
    """Run one query; give the answer, or the reason why there is none, as bytes ready to send."""
    try:
        sparql.check(request.query)
        return answer(store, task, request)
    except BadQuery as error:
        return Tag.NOT_SPARQL, str(error).encode()
    except SyntaxError:
        return Tag.NOT_SPARQL, _mistake(store, task, request.query).encode()
    except _TooLarge:
        return Tag.TOO_LARGE, b""
    except (OSError, RuntimeError, ValueError) as error:
        return Tag.NOT_ANSWERED, str(error).encode()


def answer(store: Store, task: Task, request: Request) -> tuple[Tag, bytes]:
    """Run one query that passed the checks; raises what the engine raises."""
    found = _run(store, task, request)
    of_graph = isinstance(found, QueryTriples)
    media = request.graphs if of_graph else request.results
    if media is None:
        return Tag.NOT_ACCEPTABLE, b"graph" if of_graph else b"results"
    written = _Bounded(task.answer_mebibytes)
    if isinstance(found, QueryTriples):
        return Tag.TRIPLES, _graph(found, written, media, task.prefixes)
    found.serialize(written, QueryResultsFormat.from_media_type(media))
    return (Tag.BOOLEAN if isinstance(found, QueryBoolean) else Tag.SOLUTIONS), written.getvalue()


def _run(store: Store, task: Task, request: Request) -> QuerySolutions | QueryBoolean | QueryTriples:
    # Each prefix costs the parser half a microsecond, so it gets those that the text may use.
    prefixes = {prefix: iri for prefix, iri in task.prefixes.items() if f"{prefix}:" in request.query}
    terms = {Variable(name): _term(*value) for name, value in request.values.items()}
    graphs = dataset.given(request.default_graphs, request.named_graphs) or dataset.stated(
        store, request.query, task.base, prefixes
    )
    if graphs and len(graphs.default) > 1:
        store, graphs = dataset.merged(store, graphs), graphs._replace(default=[DefaultGraph()])
    return store.query(
        request.query,
        base_iri=task.base,
        prefixes=prefixes,
        substitutions=terms,
        default_graph=graphs and graphs.default,
        named_graphs=graphs and graphs.named,
    )


def _term(text: str, datatype: str | None) -> Term:
    return NamedNode(text) if datatype is None else Literal(text, datatype=NamedNode(datatype))


def _graph(found: QueryTriples, written: _Bounded, media: str, prefixes: Mapping[str, str]) -> bytes:
    form = RdfFormat.from_media_type(media)
    if form not in _PREFIXED:
        found.serialize(written, form)
        return written.getvalue()
    serialize(found, written, form, prefixes=dict(prefixes))
    return _tidied(written.getvalue(), prefixes)


def _tidied(turtle: bytes, prefixes: Mapping[str, str]) -> bytes:
    """Declare only the prefixes used, in their own order; the engine writes all, in an order that changes."""
    body = _DECLARED.sub(b"", turtle, count=1)
    used = set(_PREFIX.findall(body))
    lines = (f"@prefix {prefix}: <{iri}> .\n" for prefix, iri in prefixes.items() if prefix.encode() in used)
    return "".join(lines).encode() + body


def _mistake(store: Store, task: Task, query: str) -> str:
    if sparql.is_update(query):
        return "This is SPARQL Update: nothing can be changed here. Ask with SELECT, ASK, CONSTRUCT or DESCRIBE."

    def complain(text: str) -> str | None:
        try:
            _run(store, task, Request(text, None, None))
        except SyntaxError as error:
            return str(error)
        except (OSError, RuntimeError, ValueError):
            return None
        return None

    return sparql.mistake(query, complain)


class _TooLarge(Exception):
    """An answer outgrew its limit."""


class _Bounded(io.BytesIO):
    """A file in memory that the engine writes an answer to, up to a limit."""

    def __init__(self, mebibytes: int) -> None:
        super().__init__()
        self._most = mebibytes << 20

    def write(self, part: ReadableBuffer, /) -> int:
        if self.tell() + len(memoryview(part)) > self._most:
            raise _TooLarge
        return super().write(part)


if __name__ == "__main__":
    main()
