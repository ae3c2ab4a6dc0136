"""Snapshots taken of Wikidata, and ties followed in it: what is asked, and in which order."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from pyoxigraph import BlankNode, NamedNode, Triple
from rdflib.namespace import OWL, RDFS, SDO, SKOS

from twingraph.errors import UnwritableTarget
from twingraph.vocab import WD, WIKIBASE, WIKIDATA, kind_of, slug_of
from twingraph.wikidata.entities import ANSWERS, LAST_EDIT, RANKS, SCHEMA, TIE, Snapshot, guid, is_ours, keep
from twingraph.wikidata.reciprocity import Tie

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from pyoxigraph import QuerySolution
    from rdflib import Graph

    from twingraph.wikidata.entities import Entity
    from twingraph.wikidata.inquiry import Inquiry

ENDPOINT = "https://query.wikidata.org/sparql"
"""Wikidata's own, of the graph in which towns are."""
PROPERTIES = (TIE, "P17", "P31", "P131", "P625", "P856", "P1082", "P2046")
"""Of which a snapshot holds all statements: ties, what tells that an item is the right one, site and figures."""

# Each pattern has its subject or object given, so that any engine answers it from an index; names of things come by
# queries of their own instead of Wikidata's label service, which other engines do not have.
_TOLD = (
    *(f"{WIKIDATA}prop/{name}" for name in (*PROPERTIES, "P2302")),
    *(str(RDFS.label), str(SKOS.altLabel), str(OWL.sameAs), f"{SCHEMA}version", f"{SCHEMA}dateModified"),
)
_ABOUT = f"SELECT ?s ?p ?o WHERE {{ VALUES ?s {{ NAMES }} VALUES ?p {{ <{'> <'.join(_TOLD)}> }} ?s ?p ?o }}"
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
_STATEMENT, _VALUE, _REFERENCE = f"{WD}statement/", f"{WIKIDATA}value/", f"{WIKIDATA}reference/"
_DATA = "https://www.wikidata.org/wiki/Special:EntityData/"


def items_of(merged: Graph) -> list[str]:
    """Give the Wikidata items of all places in our data, those that a partner could be mistaken for as well."""
    same = (str(iri) for place, iri in merged.subject_objects(SDO.sameAs) if kind_of(place) == "place")
    return sorted({slug_of(iri) for iri in same if iri.startswith(WD)}, key=lambda item: int(item[1:]))


def answers_in(folder: Path) -> Path:
    """Give the folder for the answers of a run whose snapshot goes into `folder`; raises UnwritableTarget."""
    if folder.exists() and not is_ours(folder):
        raise UnwritableTarget(folder, "it holds something other than a snapshot; name another folder")
    return folder / ANSWERS


def take(inquiry: Inquiry, items: list[str], folder: Path) -> Snapshot:
    """Ask all that a comparison needs about some items, and write it to a folder.

    In full: the items with their statements, and the ties of others to them; besides, of the items that they have
    ties to, the ties both ways; of all items named in these, the labels. Raises NotAnswered and UnwritableTarget.
    """
    about = [*(f"{space}{item}" for item in items for space in (WD, _DATA)), f"{WD}{TIE}", *LAST_EDIT]
    found = set(_triples(inquiry.ask(_ABOUT, about, "items")))
    nodes = _named(found, _STATEMENT)
    for tie in follow(inquiry, items, 1):
        found.update(_written(tie))
        if not {tie.source, tie.target}.isdisjoint(items):
            nodes.add(_node(tie))
    found.update(_triples(inquiry.ask(_ALL, nodes, "statements")))
    for start, subject in ((_REFERENCE, "references"), (_VALUE, "values")):
        found.update(_triples(inquiry.ask(_ALL, _named(found, start), subject)))
    found.update(_labels(inquiry, _named(found, f"{WD}Q") - {f"{WD}{item}" for item in items}))
    keep(folder, found, inquiry.endpoint, inquiry.begun.strftime("%Y-%m-%dT%H:%M:%SZ"), items)
    return Snapshot.load(folder)


def follow(inquiry: Inquiry, items: Iterable[str], steps: int) -> Iterator[Tie]:
    """Follow ties outwards from some items, so many steps far or until there are no others.

    Gives all ties, both ways, of all the items that are come to. Raises NotAnswered and UnwritableTarget.
    """
    edge = known = set(items)
    for step in range(steps + 1):
        ties = list(_ties(inquiry, edge, f"ties, step {step}"))
        yield from ties
        edge = {tie.target for tie in ties if tie.source in edge} - known
        known = known | edge
        if not edge:
            break


def labels(inquiry: Inquiry, items: Iterable[str]) -> dict[str, Entity]:
    """Give the entities of some items, with nothing but their labels; raises as `follow` does."""
    found = _labels(inquiry, {f"{WD}{item}" for item in items})
    return Snapshot.of(found, inquiry.endpoint, "", ()).entities


def _ties(inquiry: Inquiry, items: set[str], subject: str) -> Iterator[Tie]:
    for row in inquiry.ask(_TIES, (f"{WD}{item}" for item in items), subject):
        source, node, target, rank = (_text(row, name) for name in ("from", "node", "to", "rank"))
        # A tie with a town that Wikidata does not know leads nowhere.
        if source.startswith(f"{WD}Q") and target.startswith(f"{WD}Q") and rank in RANKS:
            yield Tie(slug_of(source), slug_of(target), guid(node), RANKS[rank])


def _labels(inquiry: Inquiry, names: Iterable[str]) -> Iterator[Triple]:
    return _triples(inquiry.ask(_LABELS, names, "labels"))


def _text(row: QuerySolution, name: str) -> str:
    term = row[name]
    return term.value if isinstance(term, NamedNode) else ""


def _triples(rows: Iterable[QuerySolution]) -> Iterator[Triple]:
    for row in rows:
        subject, predicate, term = (row[name] for name in ("s", "p", "o"))
        if isinstance(subject, NamedNode) and isinstance(predicate, NamedNode) and term is not None:
            yield Triple(subject, predicate, _unknown(subject, predicate) if isinstance(term, BlankNode) else term)


def _unknown(subject: NamedNode, predicate: NamedNode) -> NamedNode:
    """Name an unknown value as Wikidata's endpoint does, alike in every run, which names of blank nodes are not."""
    digest = hashlib.sha256(f"{subject} {predicate}".encode()).hexdigest()
    return NamedNode(f"{WIKIDATA}.well-known/genid/{digest[:32]}")


def _written(tie: Tie) -> Iterator[Triple]:
    source, node, target = NamedNode(f"{WD}{tie.source}"), NamedNode(_node(tie)), NamedNode(f"{WD}{tie.target}")
    yield Triple(source, NamedNode(f"{WIKIDATA}prop/{TIE}"), node)
    yield Triple(node, NamedNode(f"{WIKIDATA}prop/statement/{TIE}"), target)
    yield Triple(node, NamedNode(WIKIBASE.rank), NamedNode(f"{WIKIBASE}{tie.rank.title()}Rank"))


def _node(tie: Tie) -> str:
    return f"{_STATEMENT}{tie.guid.replace('$', '-', 1)}"


def _named(triples: Iterable[Triple], start: str) -> set[str]:
    """Give the things that triples name as objects, of those whose IRIs begin so."""
    objects = (each.object for each in triples)
    return {each.value for each in objects if isinstance(each, NamedNode) and each.value.startswith(start)}
