"""Snapshots taken of Wikidata, and ties followed in it: what is fetched, and in which order."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from pyoxigraph import BlankNode, NamedNode, Triple
from rdflib.namespace import OWL, RDFS

from twingraph.errors import UnwritableTarget
from twingraph.vocab import WD, WIKIBASE, WIKIDATA
from twingraph.wikidata.entities import LAST_EDIT, RANKS, RESPONSES, SCHEMA, TIE, Snapshot, is_snapshot, save
from twingraph.wikidata.ties import one_way, ties_of
from twingraph.words import text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from pyoxigraph import QuerySolution

    from twingraph.wikidata.client import Client


PROPERTIES = (TIE, "P17", "P31", "P131", "P625", "P856", "P1082", "P2046")
"""Of which a snapshot holds all statements: ties, what shows that an item is the right one, site and figures."""

# Each pattern has its subject or object given, so that any engine finds it in an index; names of things come by
# queries of their own instead of Wikidata's label service, which other engines do not have.
_READ = (
    *(f"{WIKIDATA}prop/{name}" for name in (*PROPERTIES, "P2302")),
    *(str(RDFS.label), str(OWL.sameAs), f"{SCHEMA}version", f"{SCHEMA}dateModified"),
)
_ABOUT = f"SELECT ?s ?p ?o WHERE {{ VALUES ?s {{ NAMES }} VALUES ?p {{ <{'> <'.join(_READ)}> }} ?s ?p ?o }}"
_ALL = "SELECT ?s ?p ?o WHERE { VALUES ?s { NAMES } ?s ?p ?o }"
_LABELS = f"""SELECT ?s ?p ?o WHERE {{
  VALUES ?s {{ NAMES }} VALUES ?p {{ <{RDFS.label}> }} ?s ?p ?o FILTER(LANG(?o) IN ("lv", "en", "mul"))
}}"""
_TIES = f"""SELECT ?from ?node ?to ?rank WHERE {{
  {{ VALUES ?from {{ NAMES }} ?from <{WIKIDATA}prop/{TIE}> ?node .
    ?node <{WIKIDATA}prop/statement/{TIE}> ?to ; <{WIKIBASE.rank}> ?rank }}
  UNION
  {{ VALUES ?to {{ NAMES }} ?node <{WIKIDATA}prop/statement/{TIE}> ?to ; <{WIKIBASE.rank}> ?rank .
    ?from <{WIKIDATA}prop/{TIE}> ?node }}
}}"""


def responses_in(folder: Path) -> Path:
    """Give the folder for the responses to a run whose snapshot goes into `folder`; raises UnwritableTarget."""
    if folder.exists() and not is_snapshot(folder):
        raise UnwritableTarget(folder, text("it holds something other than a snapshot; name another folder"))
    return folder / RESPONSES


def take(client: Client, items: Sequence[str], folder: Path) -> Snapshot:
    """Fetch all that a comparison needs about some items, and write it to a folder.

    In full: the items with their statements, and the ties of others to them; besides, of the items that they have
    ties to, the ties both ways; of all items named in these, the labels. Raises EndpointFailed and UnwritableTarget.
    """
    names = {f"{WD}{item}" for item in items}
    data = (f"https://www.wikidata.org/wiki/Special:EntityData/{item}" for item in items)
    triples = set(_triples(client.select(_ABOUT, (*names, *data, f"{WD}{TIE}", *LAST_EDIT), text("items"))))
    nodes = _objects(triples, f"{WD}statement/")
    for source, node, target, rank in _follow(client, names, 1):
        triples.update(_tie(source, node, target, rank))
        if source in names or target in names:
            nodes.add(node)
    triples.update(_triples(client.select(_ALL, nodes, text("statements"))))
    triples.update(_triples(client.select(_ALL, _objects(triples, f"{WIKIDATA}reference/"), text("references"))))
    triples.update(_triples(client.select(_ALL, _objects(triples, f"{WIKIDATA}value/"), text("values"))))
    triples.update(_triples(client.select(_LABELS, _objects(triples, f"{WD}Q") - names, text("labels"))))
    save(folder, triples, client.endpoint, client.taken, items)
    return Snapshot.load(folder)


def take_ties(client: Client, items: Sequence[str], steps: int) -> Snapshot:
    """Follow ties outwards from some items, so many steps far or until there are no others.

    Gives all ties, both ways, of all the items that are come to, and the labels of those with a tie that has no way
    back. Raises EndpointFailed and UnwritableTarget.
    """
    rows = _follow(client, {f"{WD}{item}" for item in items}, steps)
    triples = [triple for row in rows for triple in _tie(*row)]
    known = Snapshot.parse(triples, client.endpoint, client.taken, tuple(items))
    towns = {f"{WD}{item}" for tie in one_way(ties_of(known)) for item in tie[:2]}
    triples += _triples(client.select(_LABELS, towns, text("labels")))
    return Snapshot.parse(triples, client.endpoint, client.taken, tuple(items))


def _follow(client: Client, towns: set[str], steps: int) -> Iterator[tuple[str, str, str, str]]:
    """Give of each tie the IRIs of its source, its statement, its target, and its rank."""
    edge = known = towns
    for step in range(steps + 1):
        rows = client.select(_TIES, edge, text("ties, step %(step)s", step=step))
        ties = []
        for row in rows:
            source, node, target, rank = (getattr(row[name], "value", "") for name in ("from", "node", "to", "rank"))
            # A tie with a town that Wikidata does not know leads nowhere.
            if source.startswith(f"{WD}Q") and target.startswith(f"{WD}Q") and rank in RANKS:
                ties.append((source, node, target, rank))
        yield from ties
        edge = {target for source, _, target, _ in ties if source in edge} - known
        known = known | edge
        if not edge:
            break


def _tie(source: str, node: str, target: str, rank: str) -> Iterator[Triple]:
    yield Triple(NamedNode(source), NamedNode(f"{WIKIDATA}prop/{TIE}"), NamedNode(node))
    yield Triple(NamedNode(node), NamedNode(f"{WIKIDATA}prop/statement/{TIE}"), NamedNode(target))
    yield Triple(NamedNode(node), NamedNode(WIKIBASE.rank), NamedNode(rank))


def _triples(rows: Iterable[QuerySolution]) -> Iterator[Triple]:
    for row in rows:
        subject, term, value = row["s"], row["p"], row["o"]
        if isinstance(subject, NamedNode) and isinstance(term, NamedNode) and value is not None:
            if isinstance(value, BlankNode):
                # An unknown value is named as Wikidata's endpoint does, alike in every run, which blank nodes are not.
                digest = hashlib.sha256(f"{subject} {term}".encode()).hexdigest()
                value = NamedNode(f"{WIKIDATA}.well-known/genid/{digest[:32]}")
            yield Triple(subject, term, value)


def _objects(triples: Iterable[Triple], start: str) -> set[str]:
    """Give the things that triples name as objects, of those whose IRIs begin so."""
    objects = (each.object for each in triples)
    return {each.value for each in objects if isinstance(each, NamedNode) and each.value.startswith(start)}
