"""A release put into an engine elsewhere, one graph at a time, and counted there at the end."""

from __future__ import annotations

import json
import secrets
import time
from contextlib import closing
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from pyoxigraph import RdfFormat, parse

from twingraph.errors import NotPublished, QueryError
from twingraph.query.exchange import Exchanger, Request, Watch
from twingraph.query.remote import Asked, Endpoint
from twingraph.settings import BASE
from twingraph.vocab import DESCRIPTION

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from twingraph.query.exchange import Address
    from twingraph.settings import Settings

_SECONDS = 600.0
"""For one graph, or one count of all; a large default graph goes over in one piece."""
_STORES = {"/query": "/store", "/sparql": "/sparql-graph-crud"}
"""By how the address of the endpoint ends, where the graph store is: at Oxigraph's server, and at Virtuoso."""
_PER_GRAPH = "SELECT ?graph (COUNT(*) AS ?n) { GRAPH ?graph { ?s ?p ?o } } GROUP BY ?graph"
_IN_DEFAULT = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"
_JSON = "application/sparql-results+json"
_TELL_SECONDS = 1.0
_AGAIN = "publish again, it goes on where it ended"
_DENIED = "the engine does not let this user write; set TWINGRAPH_ENGINE_USER and TWINGRAPH_ENGINE_PASSWORD"


@dataclass(slots=True)
class Published:
    """What was done: how many graphs were sent, were there already and were removed, and which others there are."""

    sent: int = 0
    kept: int = 0
    removed: int = 0
    others: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Graphs:
    """The lines of a release by graph; all of them, each once, are the default graph."""

    named: dict[str, list[bytes]]
    merged: frozenset[bytes]

    @classmethod
    def read(cls, quads: Path, described: Path | None) -> _Graphs:
        named: dict[str, list[bytes]] = {}
        if described:
            triples = {quad.triple for quad in parse(path=described, format=RdfFormat.TURTLE)}
            named[str(DESCRIPTION)] = sorted(f"{triple} .\n".encode() for triple in triples)
        with quads.open("rb") as lines:
            for line in lines:
                # In N-Quads as releases have them, the last two words are the graph and the full stop.
                triple, graph, _ = line.rsplit(b" ", 2)
                named.setdefault(graph[1:-1].decode(), []).append(triple + b" .\n")
        return cls(named, frozenset(line for lines in named.values() for line in lines))


@dataclass(frozen=True, slots=True)
class Target:
    """Where a release goes: an engine's endpoint for queries, and its graph store."""

    engine: Address
    store: Address


def target(engine: Address, store: str | None) -> Target:
    """Give the target that an engine is.

    store: a URL, or a path at the same server; without it, where Oxigraph's server and Virtuoso have it.

    Raises NotPublished where it can not be known, UnusableAddress.
    """
    if store is not None:
        return Target(engine, engine.sibling(store))
    for ending, other in _STORES.items():
        if engine.target.endswith(ending):
            login = "-auth" if engine.user is not None and ending == "/sparql" else ""
            return Target(engine, engine.sibling(engine.target.removesuffix(ending) + other + login))
    raise NotPublished(engine.url, "its graph store is not known", "name it with --store")


def publish(  # noqa: PLR0913 - what goes where, and how
    quads: Path,
    there: Target,
    settings: Settings,
    tell: Callable[[str], None] = lambda _: None,
    *,
    everything: bool = False,
    described: Path | None = None,
) -> Published:
    """Make an engine hold what a release holds, by the SPARQL 1.1 Graph Store Protocol.

    A graph whose number of triples is right is left alone, unless `everything` is sent; so an interrupted
    publication goes on where it ended. Graphs of ours that the release does not have are removed. Where the default
    graph is not the union of the named ones of itself, that union is sent too, as the first thing.

    quads: the release's N-Quads. described: its `void.ttl`, which is a graph of its own. tell: is given words of
    progress.

    Raises NotPublished where a graph is not taken, or the engine's counts differ at the end; QueryError where it
    does not answer.
    """
    with closing(_Publication(_Graphs.read(quads, described), there, settings, tell)) as publication:
        return publication.run(everything=everything)


def check(quads: Path, engine: Address, settings: Settings, described: Path | None = None) -> None:
    """See that an engine holds a release, as far as counts tell; raises NotPublished, QueryError."""
    graphs = _Graphs.read(quads, described)
    with closing(_Publication(graphs, Target(engine, engine), settings, lambda _: None)) as publication:
        publication.verify()


class _Publication:
    def __init__(self, graphs: _Graphs, there: Target, settings: Settings, tell: Callable[[str], None]) -> None:
        self._graphs, self._url, self._store, self._tell = graphs, there.engine.url, there.store, tell
        self._endpoint = Endpoint(there.engine, settings)
        self._exchanger = Exchanger(there.store, settings.answer_mebibytes)

    def close(self) -> None:
        self._endpoint.close()
        self._exchanger.close()

    def run(self, *, everything: bool) -> Published:
        wanted = {name: len(lines) for name, lines in self._graphs.named.items()}
        held = self._counts()
        # First of all the smallest thing, so that a refusal comes before the largest was sent in vain.
        is_union = self._default_is_union()
        missing = [name for name, triples in wanted.items() if everything or held.get(name) != triples]
        stale = [name for name in held if name.startswith(BASE) and name not in wanted]
        if not is_union and (missing or stale or self._in_default() != len(self._graphs.merged)):
            self._tell(f"default graph: {len(self._graphs.merged)} triples")
            self._put(None, sorted(self._graphs.merged))
        for name in self._told(missing):
            self._put(name, self._graphs.named[name])
        for name in stale:
            self._delete(name)
        self.verify()
        others = [name for name in held if name not in wanted and name not in stale]
        return Published(len(missing), len(wanted) - len(missing), len(stale), others)

    def verify(self) -> None:
        """See that every graph has as many triples as the release says, and the default graph no fewer."""
        held, whole = self._counts(), len(self._graphs.merged)
        for name, lines in self._graphs.named.items():
            if held.get(name, 0) != len(lines):
                reason = f"<{name}> holds {held.get(name, 0)} triples, but {len(lines)} in the release"
                raise NotPublished(self._url, reason, "publish the release there (twingraph publish)")
        if (found := self._in_default()) < whole:
            reason = f"the default graph holds {found} triples, but {whole} in the release"
            raise NotPublished(self._url, reason, "publish the release there (twingraph publish)")

    def _told(self, names: list[str]) -> Iterator[str]:
        """Give one name after another, and every second say how many are done."""
        then = time.monotonic()
        for done, name in enumerate(names):
            if time.monotonic() - then > _TELL_SECONDS or not done:
                self._tell(f"{done} of {len(names)} graphs sent")
                then = time.monotonic()
            yield name
        self._tell(f"{len(names)} of {len(self._graphs.named)} graphs sent, the others were there")

    def _default_is_union(self) -> bool:
        """Find out whether plain queries see what is in named graphs: by a graph made for it, and removed again."""
        name = f"{BASE}id/graph/probe-{secrets.token_hex(8)}"
        triple = f"<{name}> <{BASE}ns#probe> <{name}> "
        self._put(name, [triple.encode() + b".\n"])
        try:
            return self._endpoint.boolean(Asked(f"ASK {{ {triple}}}"), Watch(_SECONDS))
        finally:
            self._delete(name)

    def _counts(self) -> dict[str, int]:
        return {row["graph"]["value"]: int(row["n"]["value"]) for row in self._rows(_PER_GRAPH)}

    def _in_default(self) -> int:
        return sum(int(row["n"]["value"]) for row in self._rows(_IN_DEFAULT))

    def _rows(self, query: str) -> list[dict[str, dict[str, str]]]:
        answer = json.loads(self._endpoint.solutions(Asked(query), _JSON, Watch(_SECONDS)))
        rows: list[dict[str, dict[str, str]]] = answer["results"]["bindings"]
        return rows

    def _put(self, name: str | None, lines: Iterable[bytes]) -> None:
        self._at_store("PUT", name, b"".join(lines))

    def _delete(self, name: str) -> None:
        self._at_store("DELETE", name, b"")

    def _at_store(self, method: str, name: str | None, body: bytes) -> None:
        """Put or delete a graph, or put the default graph (Graph Store Protocol, 5.3 and 5.4)."""
        joint = "&" if "?" in self._store.target else "?"
        target = f"{self._store.target}{joint}{urlencode({'graph': name}) if name else 'default'}"
        headers = {"Content-Type": "application/n-triples"} if body else {}
        what = f"<{name}>" if name else "the default graph"
        try:
            status = self._exchanger.exchange(Request(method, target, headers, body), Watch(_SECONDS)).status
        except QueryError as error:
            raise NotPublished(self._store.url, f"{what} was not taken ({str(error).rstrip('.')})", _AGAIN) from None
        if status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
            raise NotPublished(self._store.url, f"{what} was refused with status {status}", _DENIED)
        if not HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
            remedy = "see whether --store names its graph store, then publish again"
            raise NotPublished(self._store.url, f"{what} was refused with status {status}", remedy)
