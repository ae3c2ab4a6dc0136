"""Documents of things: what is stated of a thing, what points to it, the quotes behind it, and whose words they are."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime  # noqa: TC003 - a field's type
from functools import cache, lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, NamedTuple

from pyoxigraph import Literal, NamedNode, Triple
from rdflib import URIRef
from rdflib.namespace import DCTERMS, FOAF, OWL, PROV, RDF, RDFS, SDO, SKOS, XSD

from twingraph.vocab import DCAT, OA, document, dump, kind_of, part, slug_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from twingraph.query.engine import Answering
    from twingraph.web.service import Service

MOST = 1000
"""Statements that point to a thing, or stand in the graph that it is, up to which its document holds all."""

_LABELS = frozenset(map(str, (RDFS.label, SDO.name, SKOS.prefLabel, OA.exact)))


class Statement(NamedTuple):
    """What is stated, and the named graph that states it, "" where that was not asked; there are no blank nodes."""

    subject: str
    term: str
    value: NamedNode | Literal
    graph: str = ""


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
        return sorted(_values(self.stated, RDF.type))

    @property
    def replaced_by(self) -> list[str]:
        """What took the place of the thing, if it was withdrawn."""
        return sorted(_values(self.stated, DCTERMS.isReplacedBy))

    @property
    def withdrawn(self) -> bool:
        """Whether the thing is only remembered: it says what replaces it, or that it is deprecated."""
        return bool(self.replaced_by) or "true" in _values(self.stated, OWL.deprecated)

    @property
    def place(self) -> tuple[int, int] | None:
        """Where a quote or mention stands in its page, end exclusive."""
        start, end = (_values(self.stated, term) for term in (OA.start, OA.end))
        return (int(start[0]), int(end[0])) if start and end else None

    @property
    def source(self) -> str:
        """The IRI of the page that a quote or mention is from, "" where there is none."""
        return next(iter(_values((*self.stated, *self.behind), PROV.wasQuotedFrom)), "")

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


def fetch(engine: Answering, iri: str) -> Thing | None:
    """Ask for all that the document of a thing holds; None where nothing is stated of it."""
    stated = _statements(engine, "stated", iri)
    if not stated:
        return None
    pointing, names = _statements(engine, "pointing", iri), _statements(engine, "names", iri)
    within = _statements(engine, "within", iri) if kind_of(iri) in {"quote", "evidence"} else ()
    labels: dict[str, dict[str, str]] = {}
    for each in (*stated, *names):
        if each.term in _LABELS and isinstance(each.value, Literal):
            labels.setdefault(each.subject, {})[each.value.language or ""] = each.value.value
    return Thing(
        iri=iri,
        stated=stated,
        pointing=pointing[:MOST],
        within=within[:MOST],
        behind=_statements(engine, "behind", iri),
        names=names,
        labels=labels,
        whole=max(len(pointing), len(within)) <= MOST,
    )


@lru_cache(maxsize=4)
def edition(here: Service) -> Edition:
    """Ask which edition of which dataset is served."""
    stated = _statements(here.engine, "dataset")
    dataset = next((each.subject for each in stated), "")
    licence, version = ("".join(_values(stated, term)[:1]) for term in (DCTERMS.license, DCAT.version))
    return Edition(dataset, licence, version, here.modified)


def triples(thing: Thing, edition: Edition) -> Iterator[Triple]:
    """Give the triples of the document: of the thing, of the quotes behind it, and of the document itself."""
    for each in (*thing.stated, *thing.pointing, *thing.within, *thing.behind, *thing.names):
        yield Triple(NamedNode(each.subject), NamedNode(each.term), each.value)
    for subject, term, value in (*_annotation(thing, edition), *_description(thing, edition)):
        if value:
            node = NamedNode(value) if isinstance(value, str) else value
            yield Triple(NamedNode(subject), NamedNode(term), node)


@cache
def query(name: str) -> str:
    """Give one of the queries by which documents are made."""
    return (files("twingraph.web") / "queries" / f"{name}.rq").read_text("utf-8")


def _description(thing: Thing, edition: Edition) -> Iterator[tuple[str, str, str | NamedNode | Literal | None]]:
    """Say of the document what it is, of what, and whose: the facts are free, the words quoted are the source's."""
    name, moment, comment = document(thing.iri), None, None
    if edition.modified:
        moment = Literal(f"{edition.modified:%Y-%m-%dT%H:%M:%SZ}", datatype=NamedNode(XSD.dateTime))
    if not thing.whole:
        text = f"Of what points here, or is stated here, {MOST} statements are shown; a query or a dump gives all."
        comment = Literal(text, language="en")
    yield name, RDF.type, FOAF.Document
    yield name, FOAF.primaryTopic, thing.iri
    yield name, DCTERMS.license, edition.licence
    yield name, DCTERMS.isPartOf, edition.dataset
    yield name, DCAT.version, Literal(edition.version) if edition.version else None
    yield name, DCTERMS.modified, moment
    yield name, RDFS.comment, comment
    for each in thing.rights:
        yield name, DCTERMS.rights, each.value
        yield name, DCTERMS.source, each.subject


def _annotation(quote: Thing, edition: Edition) -> Iterator[tuple[str, str, str]]:
    """Say by the Web Annotation model which passage of which page speaks of what; nothing of what is no quote."""
    if kind_of(quote.iri) != "quote":
        return
    note, target, state = (part(quote.iri, name) for name in ("annotation", "target", "state"))
    yield note, RDF.type, OA.Annotation
    yield note, OA.motivatedBy, OA.linking if quote.within else OA.highlighting
    for subject in dict.fromkeys(each.subject for each in quote.within):
        yield note, OA.hasBody, subject
    yield note, OA.hasTarget, target
    yield target, RDF.type, OA.SpecificResource
    yield target, OA.hasSource, quote.source
    yield target, OA.hasSelector, quote.iri
    yield target, OA.hasState, state
    yield state, RDF.type, OA.TimeState
    yield state, OA.cachedSource, dump(edition.version, f"sources/{slug_of(quote.source)}.txt")


def _values(statements: Iterable[Statement], term: str) -> list[str]:
    return [each.value.value for each in statements if each.term == str(term)]


def _statements(engine: Answering, name: str, iri: str = "") -> tuple[Statement, ...]:
    """Ask for statements, in a fixed order; what the query leaves out of each is the thing itself."""
    body = engine.answer(query(name), values={"thing": URIRef(iri)} if iri else {}).body
    itself, found = {"type": "uri", "value": iri}, []
    for row in json.loads(body)["results"]["bindings"]:
        value = row.get("o", itself)
        if value["type"] == "uri":
            node: NamedNode | Literal = NamedNode(value["value"])
        elif language := value.get("xml:lang"):
            node = Literal(value["value"], language=language)
        else:
            node = Literal(value["value"], datatype=NamedNode(value.get("datatype", str(XSD.string))))
        graph = row.get("graph", {}).get("value", "")
        found.append(Statement(row.get("s", itself)["value"], row["p"]["value"], node, graph))
    return tuple(sorted(found, key=lambda each: (each.subject, each.term, str(each.value), each.graph)))
