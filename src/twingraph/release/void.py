"""What the data and the endpoint say of themselves: VoID statistics, example queries, prefixes, service description."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rdflib import Literal, URIRef
from rdflib.namespace import RDF, RDFS, SDO, XSD

from twingraph.query.questions import questions
from twingraph.release.rdf import convert, move, read, write
from twingraph.vocab import (
    DCAT,
    DESCRIPTION,
    ENDPOINT,
    FORMATS,
    PREFIXES,
    RDFG,
    SD,
    SH,
    VOID,
    VOID_EXT,
    curie,
    part,
    thing,
)
from twingraph.words import LANGUAGES, text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from rdflib import Graph
    from rdflib.term import Node

    from twingraph.settings import Settings

    Triple = tuple[Node, Node, Node]

_FORM = re.compile(r"^\s*(SELECT|ASK|CONSTRUCT|DESCRIBE)\b", re.MULTILINE)
_RESULT_FORMATS = (
    *("SPARQL_Results_JSON", "SPARQL_Results_XML", "SPARQL_Results_CSV", "SPARQL_Results_TSV"),
    *("Turtle", "N-Triples", "JSON-LD", "RDF_XML", "TriG", "N-Quads"),
)
_ENTAILMENT = URIRef("http://www.w3.org/ns/entailment/Simple")
_LIMITS = {
    "seconds": ("SEC", text("Wall-clock time of one query, in seconds")),
    "cpu_seconds": ("SEC", text("Processor time of one query, in seconds")),
    "mebibytes": ("E63", text("Memory of one query, in MiB")),
    "answer_mebibytes": ("E63", text("Length of one answer, in MiB")),
}
"""The limits of `Settings` that a client should know: the unit by UN/CEFACT, and what is limited."""


@dataclass(slots=True)
class _Count:
    """The triples with one property, and what stands on either side of them; filled one triple at a time."""

    triples: int = 0
    subjects: set[Node] = field(default_factory=set)
    objects: set[Node] = field(default_factory=set)
    classes: Counter[Node] = field(default_factory=Counter)
    datatypes: Counter[Node] = field(default_factory=Counter)

    def add(self, subject: Node, value: Node, classes: set[Node]) -> None:
        """Count a triple; classes: those of its value."""
        self.triples += 1
        self.subjects.add(subject)
        self.objects.add(value)
        self.classes.update(classes)
        if isinstance(value, Literal):
            self.datatypes[RDF.langString if value.language else value.datatype or XSD.string] += 1


def describe(facts: Graph, graphs: Iterable[URIRef]) -> set[Triple]:
    """Describe a release: statistics, example queries, prefixes, and the endpoint, wherever it runs.

    facts: all that it states, merged; graphs: the names of its graphs. Where it is served, the description is in the
    graph of its own name, and is not counted among the facts.
    """
    dataset = URIRef(str(next(facts.subjects(RDF.type, DCAT.Dataset))))
    rules = (_statistics(dataset, facts), _examples(dataset), _prefixes(dataset), _service(dataset, graphs))
    stated = {triple for rule in rules for triple in rule}
    size = (part(dataset, "default-graph"), VOID.triples, Literal(len(facts) + len(stated) + 1))
    return {*stated, size}


def _statistics(dataset: URIRef, graph: Graph) -> Iterator[Triple]:
    """Count a graph by class and property, in the way of the SIB's VoID generator (arXiv 2503.02688).

    A class has a partition for each property of its members, and that has one for each class and datatype of
    the values. Each partition has an IRI in the document of the dataset.
    """
    types: dict[Node, set[Node]] = defaultdict(set)
    for subject, kind in graph.subject_objects(RDF.type):
        types[subject].add(kind)
    terms: dict[Node, _Count] = defaultdict(_Count)
    classes: dict[Node, dict[Node, _Count]] = defaultdict(lambda: defaultdict(_Count))
    for subject, term, value in graph:
        for counts in (terms, *(classes[kind] for kind in types.get(subject, ()))):
            counts[term].add(subject, value, types.get(value, set()))
    yield from _totals(dataset, graph, len(types), len(classes), terms)
    for term, count in terms.items():
        yield from _property_partition(dataset, part(dataset, "property", curie(term)), term, count)
    for kind, counts in classes.items():
        yield from _class_partition(dataset, kind, counts)


def _totals(
    dataset: URIRef, graph: Graph, entities: int, classes: int, terms: Mapping[Node, _Count]
) -> Iterator[Triple]:
    yield dataset, RDF.type, VOID.Dataset
    yield dataset, VOID.sparqlEndpoint, ENDPOINT
    numbers = {
        VOID.triples: len(graph),
        VOID.entities: entities,
        VOID.classes: classes,
        VOID.properties: len(terms),
        VOID.distinctSubjects: len(set(graph.subjects())),
        VOID.distinctObjects: len(set(graph.objects())),
    }
    for term, number in numbers.items():
        yield dataset, term, Literal(number)


def _property_partition(whole: URIRef, name: URIRef, term: Node, count: _Count) -> Iterator[Triple]:
    yield whole, VOID.propertyPartition, name
    yield name, VOID.property, term
    yield name, VOID.triples, Literal(count.triples)
    yield name, VOID.distinctSubjects, Literal(len(count.subjects))
    yield name, VOID.distinctObjects, Literal(len(count.objects))


def _class_partition(dataset: URIRef, kind: Node, counts: Mapping[Node, _Count]) -> Iterator[Triple]:
    whole = part(dataset, "class", curie(kind))
    yield dataset, VOID.classPartition, whole
    yield whole, VOID["class"], kind
    yield whole, VOID.entities, Literal(len(counts[RDF.type].subjects))
    for term, count in counts.items():
        name = part(dataset, "class", curie(kind), curie(term))
        yield from _property_partition(whole, name, term, count)
        for member, triples in count.classes.items():
            yield from _value_partition(name, VOID.classPartition, VOID["class"], member, triples)
        for datatype, triples in count.datatypes.items():
            yield from _value_partition(name, VOID_EXT.datatypePartition, VOID_EXT.datatype, datatype, triples)


def _value_partition(whole: URIRef, link: Node, term: Node, value: Node, triples: int) -> Iterator[Triple]:
    name = URIRef(f"{whole}/{curie(value)}")
    yield whole, link, name
    yield name, term, value
    yield name, VOID.triples, Literal(triples)


def _examples(dataset: URIRef) -> Iterator[Triple]:
    """Give the named queries as SHACL executables, in the way of the SIB's collection of examples."""
    for asked in questions():
        name = thing("query", asked.name)
        form = _FORM.findall(asked.text)[0].title()
        yield name, RDF.type, SH.SPARQLExecutable
        yield name, RDF.type, SH[f"SPARQL{form}Executable"]
        for language, summary in asked.summaries.items():
            yield name, RDFS.comment, Literal(summary, language)
        yield name, SH[form.lower()], Literal(asked.text)
        yield name, SH.prefixes, dataset
        yield name, SDO.target, ENDPOINT
        for tag in asked.tags:
            yield name, SDO.keywords, Literal(tag)


def _prefixes(dataset: URIRef) -> Iterator[Triple]:
    for prefix, namespace in PREFIXES.items():
        name = part(dataset, "prefix", prefix)
        yield dataset, SH.declare, name
        yield name, SH.prefix, Literal(prefix)
        yield name, SH.namespace, Literal(namespace, datatype=XSD.anyURI)


def _service(dataset: URIRef, graphs: Iterable[URIRef]) -> Iterator[Triple]:
    """Describe the endpoint (SPARQL 1.1 Service Description), whatever its limits."""
    default = part(dataset, "default-graph")
    yield ENDPOINT, RDF.type, SD.Service
    yield ENDPOINT, SD.endpoint, ENDPOINT
    yield ENDPOINT, SD.supportedLanguage, SD.SPARQL11Query
    yield ENDPOINT, SD.feature, SD.UnionDefaultGraph
    yield ENDPOINT, SD.defaultEntailmentRegime, _ENTAILMENT
    for form in _RESULT_FORMATS:
        yield ENDPOINT, SD.resultFormat, FORMATS[form]
    yield ENDPOINT, SD.defaultDataset, dataset
    yield dataset, RDF.type, SD.Dataset
    yield dataset, SD.defaultGraph, default
    yield default, RDF.type, SD.Graph
    yield DESCRIPTION, RDF.type, RDFG.Graph
    for name in (*graphs, DESCRIPTION):
        yield dataset, SD.namedGraph, name
        yield name, RDF.type, SD.NamedGraph
        yield name, SD.name, name


def service_description(described: bytes, endpoint: str, settings: Settings, media_type: str) -> bytes:
    """Give the description of a running endpoint: what the release says of itself, here and with these limits.

    described: `void.ttl` of the release; endpoint: the address at which this is asked for, which clients want
    to find as the subject (Comunica takes the answer for a file of data otherwise).
    """
    limits = convert(_limits(URIRef(endpoint), settings))
    return write(move([*read(described), *limits], ENDPOINT, endpoint), media_type, first=endpoint)


def _limits(endpoint: URIRef, settings: Settings) -> Iterator[Triple]:
    for name, (unit, words) in _LIMITS.items():
        limit = part(endpoint, name)
        yield endpoint, SDO.additionalProperty, limit
        yield limit, RDF.type, SDO.PropertyValue
        for language in LANGUAGES:
            yield limit, SDO.name, Literal(words.in_language(language), language)
        yield limit, SDO.value, Literal(getattr(settings, name))
        yield limit, SDO.unitCode, Literal(unit)
