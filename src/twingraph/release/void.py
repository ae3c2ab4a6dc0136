"""What the data and the endpoint say of themselves: VoID statistics, example queries, prefixes, service description."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

import pyoxigraph
from pyoxigraph import NamedNode
from rdflib import Graph, Literal, URIRef
from rdflib.namespace import RDF, RDFS, SDO, XSD

from twingraph.query.questions import questions
from twingraph.release.rdf import convert, read, write
from twingraph.vocab import DCAT, DESCRIPTION, ENDPOINT, PREFIXES, SD, SH, VOID, VOID_EXT, curie, part, thing
from twingraph.words import LANGUAGES, text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from rdflib.term import Node

    from twingraph.curation.graph import Triple
    from twingraph.settings import Settings

_LIMITS = {
    "seconds": ("SEC", text("Wall-clock time of one query, in seconds")),
    "cpu_seconds": ("SEC", text("Processor time of one query, in seconds")),
    "mebibytes": ("E63", text("Memory of one query, in MiB")),
    "answer_mebibytes": ("E63", text("Length of one answer, in MiB")),
}
"""The limits of `Settings` that a client should know: the unit by UN/CEFACT, and what is limited."""


# Looked up once: rdflib seeks each among all terms of its vocabulary.
_LANG_STRING, _STRING = RDF.langString, XSD.string
_OF_CLASS = VOID.classPartition, VOID["class"]
_OF_DATATYPE = VOID_EXT.datatypePartition, VOID_EXT.datatype


def describe(facts: Graph, graphs: Iterable[URIRef]) -> set[Triple]:
    """Describe a release: statistics, example queries, prefixes, and the endpoint, wherever it runs.

    facts: all that it states, merged; graphs: the names of its graphs. Where it is served, the description is in the
    graph of its own name, and is not counted among the facts.
    """
    dataset = URIRef(str(next(facts.subjects(RDF.type, DCAT.Dataset))))
    default = part(dataset, "default-graph")
    stated: set[Triple] = {
        *_statistics(dataset, facts),
        *_examples(dataset),
        *Graph().parse(Path(__file__).with_suffix(".ttl")),
        (ENDPOINT, SD.defaultDataset, dataset),
        (dataset, RDF.type, SD.Dataset),
        (dataset, SD.defaultGraph, default),
        (default, RDF.type, SD.Graph),
    }
    for name in (*graphs, DESCRIPTION):
        stated |= {(dataset, SD.namedGraph, name), (name, RDF.type, SD.NamedGraph), (name, SD.name, name)}
    return {*stated, (default, VOID.triples, Literal(len(facts) + len(stated) + 1))}


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
        values: Counter[tuple[bool, Node]] = Counter()
        for _, value in pairs if kind else ():
            for each in kinds.get(value, ()):
                values[False, each] += 1
            if isinstance(value, Literal):
                values[True, _LANG_STRING if value.language else value.datatype or _STRING] += 1
        for (is_datatype, each), triples in values.items():
            link, names = _OF_DATATYPE if is_datatype else _OF_CLASS
            inner = URIRef(f"{name}/{curie(each)}")
            yield from ((name, link, inner), (inner, names, each), (inner, VOID.triples, Literal(triples)))


def _examples(dataset: URIRef) -> Iterator[Triple]:
    """Give prefixes, and named queries as SHACL executables, in the way of the SIB's collection of examples."""
    for prefix, namespace in PREFIXES.items():
        declared = part(dataset, "prefix", prefix)
        yield dataset, SH.declare, declared
        yield declared, SH.prefix, Literal(prefix)
        yield declared, SH.namespace, Literal(namespace, datatype=XSD.anyURI)
    for asked in questions():
        name = thing("query", asked.name)
        [form, *_] = re.findall(r"^\s*(SELECT|ASK|CONSTRUCT|DESCRIBE)\b", asked.text, re.MULTILINE)
        yield name, RDF.type, SH.SPARQLExecutable
        yield name, RDF.type, SH[f"SPARQL{form.title()}Executable"]
        yield name, SH[form.lower()], Literal(asked.text)
        yield name, SH.prefixes, dataset
        yield name, SDO.target, ENDPOINT
        yield from ((name, RDFS.comment, Literal(words, language)) for language, words in asked.summaries.items())
        yield from ((name, SDO.keywords, Literal(tag)) for tag in asked.tags)


def service_description(described: bytes, endpoint: str, settings: Settings, media_type: str) -> bytes:
    """Give the description of a running endpoint: what the release says of itself, here and with these limits.

    described: `void.ttl` of the release; endpoint: the address at which this is asked for, which clients want
    to find as the subject (Comunica takes the answer for a file of data otherwise).
    """
    limits: list[Triple] = []
    for name, (unit, words) in _LIMITS.items():
        limit = part(endpoint, name)
        limits += [(limit, SDO.name, Literal(words.in_language(language), language)) for language in LANGUAGES]
        limits += [
            (URIRef(endpoint), SDO.additionalProperty, limit),
            (limit, RDF.type, SDO.PropertyValue),
            (limit, SDO.value, Literal(getattr(settings, name))),
            (limit, SDO.unitCode, Literal(unit)),
        ]
    here = {NamedNode(ENDPOINT): NamedNode(endpoint)}
    moved = (pyoxigraph.Triple(here.get(s, s), p, here.get(o, o)) for s, p, o in read(described))
    return write([*moved, *convert(limits)], media_type, first=endpoint)
