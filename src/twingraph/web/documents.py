"""Documents of things: what is stated of a thing, what points to it, the quotes behind it, and whose words they are."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime  # noqa: TC003 - a field's type
from typing import TYPE_CHECKING, NamedTuple

from pyoxigraph import Literal, NamedNode, Triple
from rdflib import URIRef
from rdflib.namespace import DCTERMS, FOAF, OWL, PROV, RDF, RDFS, SDO, SKOS, XSD

from twingraph.vocab import DCAT, OA, document, dump, kind_of, part, slug_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from twingraph.query.engine import Answering

MOST = 1000
"""Statements that point to a thing, or stand in the graph that it is, up to which its document holds all."""

_STATED = "SELECT ?thing ?graph ?p ?o { GRAPH ?graph { ?thing ?p ?o } }"
_POINTING = f"SELECT ?thing ?graph ?s ?p {{ GRAPH ?graph {{ ?s ?p ?thing }} }} LIMIT {MOST + 1}"
_WITHIN = f"SELECT ?thing ?s ?p ?o {{ GRAPH ?thing {{ ?s ?p ?o }} FILTER(?s != ?thing) }} LIMIT {MOST + 1}"
_TELLING = (
    "oa:exact, oa:start, oa:end, prov:wasQuotedFrom, schema:citation, schema:url, schema:copyrightNotice, tg:confidence"
)
_NAMING = "rdfs:label, schema:name, skos:prefLabel, oa:exact"


def _of_each(patterns: Iterable[str], terms: str, most: int) -> str:
    """Write a query for properties of everything that any of the patterns finds as ?s.

    Each pattern has the filter of its own: on 400,000 triples VALUES takes 200 ms, since the engine then begins with
    all that has such a property, and this takes 1 ms.
    """
    branches = " UNION ".join(f"{{ {pattern} . ?s ?p ?o FILTER(?p IN ({terms})) }}" for pattern in patterns)
    return f"SELECT DISTINCT ?thing ?s ?p ?o {{ {branches} }} LIMIT {most}"


_BEHIND = _of_each(
    (
        "?thing prov:wasDerivedFrom ?s",
        "?thing prov:wasQuotedFrom ?s",
        "?thing prov:wasDerivedFrom/prov:wasQuotedFrom ?s",
        "?thing schema:isPartOf ?s",
    ),
    _TELLING,
    MOST,
)
_NAMES = _of_each(
    (
        *("?thing ?x ?s", "?s ?x ?thing", "?thing ?s ?x", "?x ?s ?thing"),
        *("GRAPH ?thing { ?s ?x ?y }", "GRAPH ?thing { ?y ?s ?x }", "GRAPH ?thing { ?y ?x ?s }"),
    ),
    _NAMING,
    4 * MOST,
)
_DATASET = "SELECT ?s ?p ?o { ?s a dcat:Dataset ; ?p ?o }"
_LABELS = frozenset(map(str, (RDFS.label, SDO.name, SKOS.prefLabel, OA.exact)))


class Statement(NamedTuple):
    """What is stated, and the named graph that states it, "" where that was not asked; there are no blank nodes."""

    subject: str
    term: str
    value: NamedNode | Literal
    graph: str = ""

    @property
    def triple(self) -> Triple:
        """Give it for writing."""
        return Triple(NamedNode(self.subject), NamedNode(self.term), self.value)


@dataclass(frozen=True, slots=True)
class Edition:
    """What a document is of: the dataset, its licence and version ("" where not stated), and the day of its release."""

    dataset: str
    licence: str
    version: str
    modified: datetime | None


@dataclass(frozen=True, slots=True)
class Thing:
    """A thing, and all that its document tells.

    stated: of the thing; pointing: to it, as far as MOST; within: what it states, if it is a quote or evidence;
    behind: the quotes, evidence and sources that it is from; names: of all that is mentioned, and labels: those, and
    the thing's own, by IRI and language; whole: whether nothing was left out.
    """

    iri: str
    stated: tuple[Statement, ...]
    pointing: tuple[Statement, ...]
    within: tuple[Statement, ...]
    behind: tuple[Statement, ...]
    names: tuple[Statement, ...]
    labels: Mapping[str, Mapping[str, str]]
    whole: bool

    @property
    def types(self) -> list[str]:
        """The classes of the thing."""
        return sorted(self._values(RDF.type))

    @property
    def replaced_by(self) -> list[str]:
        """What took the place of the thing, if it was withdrawn."""
        return sorted(self._values(DCTERMS.isReplacedBy))

    @property
    def withdrawn(self) -> bool:
        """Whether the thing is only remembered: it says what replaces it, or that it is deprecated."""
        return bool(self.replaced_by) or "true" in self._values(OWL.deprecated)

    @property
    def place(self) -> tuple[int, int] | None:
        """Where a quote or mention stands in its page, end exclusive."""
        found = [*self._values(OA.start), *self._values(OA.end)]
        return (int(found[0]), int(found[1])) if len(found) == 2 else None  # noqa: PLR2004

    @property
    def source(self) -> str:
        """The IRI of the page that a quote or mention is from, "" where there is none."""
        return next(iter(self._values(PROV.wasQuotedFrom) or _values(self.behind, PROV.wasQuotedFrom)), "")

    @property
    def quotes(self) -> list[Statement]:
        """The words behind the thing, as statements of oa:exact."""
        return [each for each in self.behind if each.term == str(OA.exact)]

    @property
    def rights(self) -> list[Statement]:
        """What the sources say of the rights in those words."""
        return [each for each in (*self.behind, *self.stated) if each.term == str(SDO.copyrightNotice)]

    def name(self, iri: str, language: str) -> str:
        """Give the name of something that the document mentions in a language, else its slug."""
        named = self.labels.get(iri, {})
        return named.get(language) or named.get("en") or next(iter(named.values()), slug_of(iri))

    def _values(self, term: str) -> list[str]:
        return _values(self.stated, term)


def thing_of(engine: Answering, iri: str) -> Thing | None:
    """Ask for all that the document of a thing holds; None where nothing is stated of it. Raises QueryError."""
    stated = tuple(_statements(engine, _STATED, iri))
    if not stated:
        return None
    pointing = tuple(_statements(engine, _POINTING, iri))
    within = tuple(_statements(engine, _WITHIN, iri)) if kind_of(iri) in {"quote", "evidence"} else ()
    names = tuple(_statements(engine, _NAMES, iri))
    return Thing(
        iri=iri,
        stated=stated,
        pointing=pointing[:MOST],
        within=within[:MOST],
        behind=tuple(_statements(engine, _BEHIND, iri)),
        names=names,
        labels=_labels((*stated, *names)),
        whole=max(len(pointing), len(within)) <= MOST,
    )


def edition_of(engine: Answering, modified: datetime | None) -> Edition:
    """Ask which edition of which dataset is served. Raises QueryError."""
    stated = tuple(_statements(engine, _DATASET))
    dataset = next((each.subject for each in stated), "")
    licence, version = ("".join(_values(stated, term)[:1]) for term in (DCTERMS.license, DCAT.version))
    return Edition(dataset, licence, version, modified)


def triples_of(thing: Thing, edition: Edition) -> Iterator[Triple]:
    """Give the triples of the document: of the thing, of the quotes behind it, and of the document itself."""
    for each in (*thing.stated, *thing.pointing, *thing.within, *thing.behind, *thing.names):
        yield each.triple
    if kind_of(thing.iri) == "quote":
        yield from _annotation(thing, edition)
    yield from _description(thing, edition)


def _description(thing: Thing, edition: Edition) -> Iterator[Triple]:
    name = document(thing.iri)
    yield _link(name, RDF.type, FOAF.Document)
    yield _link(name, FOAF.primaryTopic, thing.iri)
    if edition.licence:
        yield _link(name, DCTERMS.license, edition.licence)
    if edition.dataset:
        yield _link(name, DCTERMS.isPartOf, edition.dataset)
    if edition.version:
        yield Triple(NamedNode(name), NamedNode(DCAT.version), Literal(edition.version))
    if edition.modified:
        moment = Literal(f"{edition.modified:%Y-%m-%dT%H:%M:%SZ}", datatype=NamedNode(XSD.dateTime))
        yield Triple(NamedNode(name), NamedNode(DCTERMS.modified), moment)
    # The facts are free; the words quoted are the source's.
    for each in thing.rights:
        yield Triple(NamedNode(name), NamedNode(DCTERMS.rights), each.value)
        yield _link(name, DCTERMS.source, each.subject)
    if not thing.whole:
        text = f"Of what points here, or is stated here, {MOST} statements are shown; a query or a dump gives all."
        yield Triple(NamedNode(name), NamedNode(RDFS.comment), Literal(text, language="en"))


def _annotation(quote: Thing, edition: Edition) -> Iterator[Triple]:
    """Say by the Web Annotation model which passage of which page speaks of what."""
    note, target, state = (part(quote.iri, name) for name in ("annotation", "target", "state"))
    stored = dump(edition.version, f"sources/{slug_of(quote.source)}.txt")
    yield _link(note, RDF.type, OA.Annotation)
    yield _link(note, OA.motivatedBy, OA.linking if quote.within else OA.highlighting)
    for subject in dict.fromkeys(each.subject for each in quote.within):
        yield _link(note, OA.hasBody, subject)
    yield _link(note, OA.hasTarget, target)
    yield _link(target, RDF.type, OA.SpecificResource)
    yield _link(target, OA.hasSource, quote.source)
    yield _link(target, OA.hasSelector, quote.iri)
    yield _link(target, OA.hasState, state)
    yield _link(state, RDF.type, OA.TimeState)
    yield _link(state, OA.cachedSource, stored)


def _link(subject: str, term: str, value: str) -> Triple:
    return Triple(NamedNode(subject), NamedNode(term), NamedNode(value))


def _labels(statements: Iterable[Statement]) -> dict[str, dict[str, str]]:
    labels: dict[str, dict[str, str]] = {}
    for each in statements:
        if each.term in _LABELS and isinstance(each.value, Literal):
            labels.setdefault(each.subject, {})[each.value.language or ""] = each.value.value
    return labels


def _values(statements: Iterable[Statement], term: str) -> list[str]:
    return [each.value.value for each in statements if each.term == str(term)]


def _statements(engine: Answering, query: str, iri: str = "") -> list[Statement]:
    """Ask for statements, in a fixed order; what the query leaves out of each is the thing itself."""
    body = engine.answer(query, values={"thing": URIRef(iri)} if iri else {}).body
    rows = (_statement(row, iri) for row in json.loads(body)["results"]["bindings"])
    return sorted(rows, key=lambda each: (each.subject, each.term, str(each.value), each.graph))


def _statement(row: dict[str, dict[str, str]], iri: str) -> Statement:
    subject, value = (_term(row.get(name, {"type": "uri", "value": iri})) for name in ("s", "o"))
    return Statement(subject.value, row["p"]["value"], value, row.get("graph", {}).get("value", ""))


def _term(told: dict[str, str]) -> NamedNode | Literal:
    """Read a term of SPARQL 1.1 Query Results JSON."""
    if told["type"] == "uri":
        return NamedNode(told["value"])
    if language := told.get("xml:lang"):
        return Literal(told["value"], language=language)
    return Literal(told["value"], datatype=NamedNode(told.get("datatype", str(XSD.string))))
