"""The dataset of a query where the protocol gives it, or FROM does: which graphs, and their merge."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from pyoxigraph import BlankNode, DefaultGraph, NamedNode, Quad, QuerySolutions, Store

from twingraph.errors import BadQuery
from twingraph.query import sparql

if TYPE_CHECKING:
    from collections.abc import Sequence


class Dataset(NamedTuple):
    """The graphs that make the default graph, and those that GRAPH sees."""

    default: list[NamedNode | BlankNode | DefaultGraph]
    named: list[NamedNode | BlankNode]


def given(default: Sequence[str], named: Sequence[str]) -> Dataset | None:
    """Give the dataset that the protocol names, None if it names none.

    Raises BadQuery for a name that is no absolute IRI.
    """
    if not default and not named:
        return None
    return Dataset([_graph_name(iri) for iri in default], [_graph_name(iri) for iri in named])


def stated(store: Store, query: str, base: str, prefixes: dict[str, str]) -> Dataset | None:
    """Give the dataset that FROM names, if its default graph is more than one graph; else the engine is right."""
    if query.upper().count("FROM") < 2:  # noqa: PLR2004 - two are more than one
        return None
    prologue, *written = sparql.graphs_stated(query)
    if len(written[0]) < 2:  # noqa: PLR2004 - as above
        return None
    try:
        return Dataset(*(_resolved(store, prologue, names, base, prefixes) for names in written))
    except SyntaxError:
        # The query has the same mistake, and there it can be shown.
        return None


def merged(store: Store, dataset: Dataset) -> Store:
    """Make the default graph of a dataset as the specification wants it: the merge, each triple once.

    pyoxigraph's own union counts a triple once for every graph that holds it (SPARQL 1.1 Query, 13.2).
    """
    copy = Store()
    for name in dataset.default:
        copy.extend(Quad(quad.subject, quad.predicate, quad.object) for quad in _quads(store, name))
    for name in dataset.named:
        copy.extend(_quads(store, name))
    return copy


def _quads(store: Store, graph: NamedNode | BlankNode | DefaultGraph) -> list[Quad]:
    return list(store.quads_for_pattern(None, None, None, graph))


def _resolved(store: Store, prologue: str, names: list[str], base: str, prefixes: dict[str, str]) -> list[Any]:
    """Let the engine read names as a query writes them."""
    asking = f"{prologue}\nSELECT ?graph {{ VALUES ?graph {{ {' '.join(names)} }} }}"
    found = store.query(asking, base_iri=base, prefixes=prefixes)
    return [solution["graph"] for solution in found] if isinstance(found, QuerySolutions) else []


def _graph_name(iri: str) -> NamedNode:
    try:
        return NamedNode(iri)
    except ValueError as error:
        message = f"The name of a graph, {iri[:60]!r}, is no absolute IRI ({error})."
        raise BadQuery(message) from None
