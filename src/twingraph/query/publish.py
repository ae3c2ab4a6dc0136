"""A release put into an engine elsewhere, one graph at a time, and counted there at the end."""

from __future__ import annotations

import secrets
from http import HTTPStatus
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlencode, urljoin

from pyoxigraph import RdfFormat, parse

from twingraph.errors import NotPublished, TwingraphError
from twingraph.query.remote import SECRETS, Address, Endpoint
from twingraph.settings import BASE
from twingraph.vocab import DESCRIPTION
from twingraph.words import Text, text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

_SECONDS = 600.0
"""Without a word, for one graph or one count of all; a large default graph goes over in one piece."""
_MEBIBYTES = 64
_STORES = {"/query": "/store", "/sparql": "/sparql-graph-crud"}
"""By how the address of the endpoint ends, where the graph store is: at Oxigraph's server, and at Virtuoso."""
_PER_GRAPH = "SELECT ?graph (COUNT(*) AS ?n) WHERE { GRAPH ?graph { ?s ?p ?o } } GROUP BY ?graph"
_IN_DEFAULT = "SELECT (COUNT(*) AS ?n) WHERE { ?s ?p ?o }"
_OFTEN = 500


class Published(NamedTuple):
    """What was done: how many graphs were sent, were there already and were removed, and which others there are."""

    sent: int
    kept: int
    removed: int
    others: list[str]


def find_store(engine: Address, store: str | None = None) -> Address:
    """Give the graph store of an engine.

    store: a URL, or a path at the same server; without it, where Oxigraph's server and Virtuoso have it.

    Raises NotPublished where it can not be known, BadValue.
    """
    for ending, other in _STORES.items():
        if store is None and engine.url.endswith(ending):
            login = "-auth" if engine.user and ending == "/sparql" else ""
            store = engine.url.removesuffix(ending) + other + login
    if store is None:
        raise NotPublished(engine.url, text("its graph store is not known; name it with --store"))
    return engine._replace(url=Address.parse(urljoin(engine.url, store)).url)


def publish(
    files: Sequence[Path], engine: Address, store: Address, tell: Callable[[Text], object], *, everything: bool = False
) -> Published:
    """Make an engine hold what a release holds, by the SPARQL 1.1 Graph Store Protocol.

    A graph whose number of triples is right is left alone, unless `everything` is sent; so an interrupted
    publication goes on where it ended. Graphs of ours that the release does not have are removed. Where the default
    graph is not the union of the named ones of itself, that union is sent too, as the first thing.

    files: the release's N-Quads, and the Turtle of what it says of itself. tell: is given words of progress.

    Raises NotPublished where a graph is not taken, or the engine's counts differ at the end, and as `Endpoint.ask`
    where it does not answer.
    """
    asking, writing = (Endpoint(each, _MEBIBYTES, _SECONDS) for each in (engine, store))
    graphs, counts = _read(files), _count(asking)
    merged = graphs.pop("")
    # First of all the smallest thing, so that a refusal comes before the largest was sent in vain.
    probe = f"{BASE}id/graph/probe-{secrets.token_hex(8)}"
    triple = f"<{probe}> <{BASE}ns#probe> <{probe}> .\n"
    _write(writing, "PUT", probe, [triple.encode()])
    try:
        is_union = bool(asking.table(f"ASK {{ {triple} }}"))
    finally:
        _write(writing, "DELETE", probe)
    missing = [name for name, lines in graphs.items() if everything or counts.get(name) != len(lines)]
    stale = [name for name in counts if name.startswith(BASE) and name not in graphs]
    if not is_union and (missing or stale or counts.get("") != len(merged)):
        tell(text("default graph: %(number)s triples", number=len(merged)))
        _write(writing, "PUT", "", merged)
    for done, name in enumerate(missing):
        if not done % _OFTEN:
            tell(text("%(done)s of %(number)s graphs sent", done=done, number=len(missing)))
        _write(writing, "PUT", name, graphs[name])
    for name in stale:
        _write(writing, "DELETE", name)
    verify(files, engine)
    others = [name for name in counts if name and name not in graphs and name not in stale]
    return Published(len(missing), len(graphs) - len(missing), len(stale), others)


def verify(files: Sequence[Path], engine: Address) -> None:
    """See that every graph there has as many triples as in the release, and the default graph no fewer than all.

    Raises NotPublished, and as `Endpoint.ask`.
    """
    counts = _count(Endpoint(engine, _MEBIBYTES, _SECONDS))
    for name, lines in _read(files).items():
        there, here = counts.get(name, 0), len(lines)
        if there < here or (name and there > here):
            numbers = {"graph": _say(name), "there": there, "here": here}
            reason = text(
                "%(graph)s holds %(there)s triples, but %(here)s in the release; "
                "publish the release there (twingraph publish)",
                **numbers,
            )
            raise NotPublished(engine.url, reason)


def _read(files: Sequence[Path]) -> dict[str, list[bytes]]:
    """Give the lines of a release by graph, as N-Triples; by "" those of the default graph, all there are, once."""
    graphs: dict[str, list[bytes]] = {}
    for file in files:
        if file.suffix == ".ttl":
            triples = {str(quad.triple) for quad in parse(path=file, format=RdfFormat.TURTLE)}
            graphs[str(DESCRIPTION)] = [f"{triple} .\n".encode() for triple in sorted(triples)]
            continue
        for line in file.read_bytes().splitlines(keepends=True):
            # In N-Quads as releases have them, the last two words are the graph and the full stop.
            triple, graph, _ = line.rsplit(b" ", 2)
            graphs.setdefault(graph[1:-1].decode(), []).append(triple + b" .\n")
    return {**graphs, "": sorted({line for lines in graphs.values() for line in lines})}


def _count(engine: Endpoint) -> dict[str, int]:
    """Give how many triples each graph holds, and as "" the default graph."""
    counts = {row["graph"]: int(row["n"]) for row in engine.table(_PER_GRAPH)}
    return counts | {"": sum(int(row["n"]) for row in engine.table(_IN_DEFAULT))}


def _write(store: Endpoint, method: str, name: str, lines: Iterable[bytes] = ()) -> None:
    """Put or delete a graph, the default graph by the name "" (Graph Store Protocol, 5.3 and 5.4)."""
    url, body, user, password = store.address.url, b"".join(lines), *SECRETS
    target = f"{url}{'&' if '?' in url else '?'}{urlencode({'graph': name}) if name else 'default'}"
    graph = _say(name)
    try:
        status = store.send(method, target, body, **{"Content-Type": "application/n-triples"} if body else {}).status
    except TwingraphError as error:
        values = {"graph": graph, "error": error.text}
        reason = text("%(graph)s was not taken (%(error)s); publish again, it goes on where it ended", **values)
        raise NotPublished(url, reason) from None
    if status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
        remedy = text(
            "the engine does not let this user write; set %(user)s and %(password)s", user=user, password=password
        )
    else:
        remedy = text("see whether --store names its graph store, then publish again")
    if not HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
        values = {"graph": graph, "status": str(status), "remedy": remedy}
        raise NotPublished(url, text("%(graph)s was refused with status %(status)s; %(remedy)s", **values))


def _say(name: str) -> Text | str:
    return f"<{name}>" if name else text("the default graph")
