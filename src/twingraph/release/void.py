"""What the data and the endpoint say of themselves: VoID statistics, example queries, prefixes, service description."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any

from pyoxigraph import NamedNode, Triple
from rdflib import Graph, Literal, URIRef
from rdflib.namespace import DCTERMS, RDF, XSD

from twingraph.query.questions import questions
from twingraph.release.rdf import convert, fill, read, write
from twingraph.vocab import DCAT, DESCRIPTION, VOID, address, curie, part, prefixes, thing
from twingraph.words import text

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from rdflib.term import Node

    from twingraph.query.questions import Defaults
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
_FORM = re.compile(r"^\s*(SELECT|ASK|CONSTRUCT|DESCRIBE)\b", re.MULTILINE)


def describe(facts: Graph, graphs: Iterable[URIRef], defaults: Defaults, rights: Sequence[Node] = ()) -> set[Triple]:
    """Describe a release: statistics, example queries, prefixes, and the endpoint, wherever it runs.

    facts: all that it states, merged; graphs: the names of its graphs; defaults: of the parameters of its queries;
    rights: what may be done with it, in each language.
    Where it is served, the description is in the graph of its own name, and is not counted among the facts.
    """
    dataset = URIRef(str(next(facts.subjects(RDF.type, DCAT.Dataset))))
    default, licences = part(dataset, "default-graph"), list(facts.objects(dataset, DCTERMS.license))
    kinds: dict[Node, set[Node]] = defaultdict(set)
    for subject, value in facts.subject_objects(RDF.type):
        kinds[subject].add(value)
    stated = fill(
        "void.ttl",
        prefixes=prefixes(),
        endpoint=address("sparql"),
        dataset=dataset,
        default=default,
        graphs=[*graphs, DESCRIPTION],
        facts=facts,
        licences=licences,
        rights=rights,
        subjects=set(facts.subjects()),
        objects=set(facts.objects()),
        kinds=kinds,
        classes=Counter(each for found in kinds.values() for each in found),
        properties=_properties(facts, kinds),
        questions=[(thing("query", each.name), _FORM.findall(each.text)[0], each) for each in questions(defaults)],
        curie=curie,
        literal=Literal,
    )
    # The licence is among the facts, too, and how many there are is one more.
    known = len(facts) + len(set(stated)) - len(licences) + 1
    return {*stated, *convert([(default, VOID.triples, Literal(known))])}


def _properties(facts: Graph, kinds: dict[Node, set[Node]]) -> list[dict[str, Any]]:
    """Count each property: of all subjects, and by their classes, there also by class and datatype of the values."""
    pairs: dict[tuple[Node | None, Node], list[tuple[Node, Node]]] = defaultdict(list)
    for subject, term, value in facts:
        for kind in (None, *kinds.get(subject, ())):
            pairs[kind, term].append((subject, value))
    found = []
    for (kind, term), stated in pairs.items():
        subjects, objects = map(set, zip(*stated, strict=True))
        values: Counter[tuple[str, str, Node]] = Counter()
        for _, value in stated if kind else ():
            values.update(("void", "class", each) for each in kinds.get(value, ()))
            if isinstance(value, Literal):
                datatype = _LANG_STRING if value.language else value.datatype or _STRING
                values["void-ext", "datatype", datatype] += 1
        counts = {"triples": len(stated), "subjects": subjects, "objects": objects, "values": values}
        found.append({"kind": kind, "term": term, **counts})
    return found


def service_description(described: bytes, endpoint: str, settings: Settings, media_type: str) -> bytes:
    """Give the description of a running endpoint: what the release says of itself, here and with these limits.

    described: `void.ttl` of the release; endpoint: the address at which this is asked for, which clients want
    to find as the subject (Comunica takes the answer for a file of data otherwise).
    """
    limits = [(name, *each, Literal(getattr(settings, name))) for name, each in _LIMITS.items()]
    here = {NamedNode(address("sparql")): NamedNode(endpoint)}
    moved = (Triple(here.get(s, s), p, here.get(o, o)) for s, p, o in read(described))
    return write([*moved, *fill("limits.ttl", endpoint=endpoint, limits=limits)], media_type, first=endpoint)
