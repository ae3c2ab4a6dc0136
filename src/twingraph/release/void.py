"""What the data and the endpoint say of themselves: VoID statistics, example queries, prefixes, service description."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
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
_LIMITS = {
    "seconds": ("SEC", text("Wall-clock time of one query, in seconds")),
    "cpu_seconds": ("SEC", text("Processor time of one query, in seconds")),
    "mebibytes": ("E63", text("Memory of one query, in MiB")),
    "answer_mebibytes": ("E63", text("Length of one answer, in MiB")),
}
"""The limits of `Settings` that a client should know: the unit by UN/CEFACT, and what is limited."""


def describe(facts: Graph, graphs: Iterable[URIRef]) -> set[Triple]:
    """Describe a release: statistics, example queries, prefixes, and the endpoint, wherever it runs.

    facts: all that it states, merged; graphs: the names of its graphs. Where it is served, the description is in the
    graph of its own name, and is not counted among the facts.
    """
    dataset = URIRef(str(next(facts.subjects(RDF.type, DCAT.Dataset))))
    parts = (_statistics(dataset, facts), _examples(dataset), _service(dataset, graphs))
    stated = {triple for each in parts for triple in each}
    size = part(dataset, "default-graph"), VOID.triples, Literal(len(facts) + len(stated) + 1)
    return {*stated, size}


def _statistics(dataset: URIRef, facts: Graph) -> Iterator[Triple]:
    """Count the facts by class and property, in the way of the SIB's VoID generator (arXiv 2503.02688).

    The dataset and each class have a partition for each property of their members; those of a class have one for each
    class and datatype of the values. Each has an IRI in the document of the dataset.
    """
    kinds: dict[Node, set[Node]] = defaultdict(set)
    for subject, value in facts.subject_objects(RDF.type):
        kinds[subject].add(value)
    partitions: dict[tuple[Node | None, Node], list[tuple[Node, Node]]] = defaultdict(list)
    for subject, term, value in facts:
        for kind in (None, *kinds.get(subject, ())):
            partitions[kind, term].append((subject, value))
    classes = Counter(each for found in kinds.values() for each in found)
    yield dataset, RDF.type, VOID.Dataset
    yield dataset, VOID.sparqlEndpoint, ENDPOINT
    yield dataset, VOID.triples, Literal(len(facts))
    yield dataset, VOID.entities, Literal(len(kinds))
    yield dataset, VOID.classes, Literal(len(classes))
    yield dataset, VOID.properties, Literal(sum(kind is None for kind, _ in partitions))
    yield dataset, VOID.distinctSubjects, Literal(len(set(facts.subjects())))
    yield dataset, VOID.distinctObjects, Literal(len(set(facts.objects())))
    for each, entities in classes.items():
        whole = part(dataset, "class", curie(each))
        yield dataset, VOID.classPartition, whole
        yield whole, VOID["class"], each
        yield whole, VOID.entities, Literal(entities)
    for (kind, term), pairs in partitions.items():
        whole = dataset if kind is None else part(dataset, "class", curie(kind))
        name = part(dataset, "property", curie(term)) if kind is None else URIRef(f"{whole}/{curie(term)}")
        yield whole, VOID.propertyPartition, name
        yield name, VOID.property, term
        yield name, VOID.triples, Literal(len(pairs))
        yield name, VOID.distinctSubjects, Literal(len({subject for subject, _ in pairs}))
        yield name, VOID.distinctObjects, Literal(len({value for _, value in pairs}))
        if kind is not None:
            types = Counter(each for _, value in pairs for each in kinds.get(value, ()))
            yield from _value_partitions(name, VOID.classPartition, VOID["class"], types)
            literals = (value for _, value in pairs if isinstance(value, Literal))
            datatypes: Counter[Node] = Counter(
                RDF.langString if value.language else value.datatype or XSD.string for value in literals
            )
            yield from _value_partitions(name, VOID_EXT.datatypePartition, VOID_EXT.datatype, datatypes)


def _value_partitions(whole: URIRef, link: Node, term: Node, counts: Mapping[Node, int]) -> Iterator[Triple]:
    for value, triples in counts.items():
        name = URIRef(f"{whole}/{curie(value)}")
        yield whole, link, name
        yield name, term, value
        yield name, VOID.triples, Literal(triples)


def _examples(dataset: URIRef) -> Iterator[Triple]:
    """Give prefixes, and named queries as SHACL executables, in the way of the SIB's collection of examples."""
    for prefix, namespace in PREFIXES.items():
        declared = part(dataset, "prefix", prefix)
        yield dataset, SH.declare, declared
        yield declared, SH.prefix, Literal(prefix)
        yield declared, SH.namespace, Literal(namespace, datatype=XSD.anyURI)
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


def _service(dataset: URIRef, graphs: Iterable[URIRef]) -> Iterator[Triple]:
    """Describe the endpoint (SPARQL 1.1 Service Description), whatever its limits."""
    default = part(dataset, "default-graph")
    yield ENDPOINT, RDF.type, SD.Service
    yield ENDPOINT, SD.endpoint, ENDPOINT
    yield ENDPOINT, SD.supportedLanguage, SD.SPARQL11Query
    yield ENDPOINT, SD.feature, SD.UnionDefaultGraph
    yield ENDPOINT, SD.defaultEntailmentRegime, URIRef("http://www.w3.org/ns/entailment/Simple")
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
    limits: list[Triple] = []
    for name, (unit, words) in _LIMITS.items():
        limit = part(URIRef(endpoint), name)
        limits += [(limit, SDO.name, Literal(words.in_language(language), language)) for language in LANGUAGES]
        limits += [
            (URIRef(endpoint), SDO.additionalProperty, limit),
            (limit, RDF.type, SDO.PropertyValue),
            (limit, SDO.value, Literal(getattr(settings, name))),
            (limit, SDO.unitCode, Literal(unit)),
        ]
    return write(move([*read(described), *convert(limits)], ENDPOINT, endpoint), media_type, first=endpoint)
