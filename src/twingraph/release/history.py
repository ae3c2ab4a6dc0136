"""The history of the data: its versions, and what changed with each, as the curator keeps it in `data/changes/`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rdflib import Graph, Literal, URIRef
from rdflib.namespace import DCTERMS, PROV, RDF, SDO, XSD

from twingraph.curation.graph import bind_prefixes, files_below, parse, text_of
from twingraph.curation.sources import read_text
from twingraph.dates import SourceDate
from twingraph.errors import BadSource
from twingraph.release.changes import LANGUAGES, Change
from twingraph.vocab import DCAT, HISTORY, kind_of, part, slug_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from rdflib.term import Node

    from twingraph.curation.graph import Triple

_ACTIONS = {"added": SDO.AddAction, "removed": SDO.DeleteAction, "changed": SDO.UpdateAction}
NUMBER = re.compile(r"\d+(?:\.\d+)*")
"""What the number of a version looks like."""


@dataclass(frozen=True, slots=True)
class Version:
    """A version of the data; issued: its day, as `2026-11-23`; previous: the number of the one before, or ""."""

    number: str
    issued: str
    previous: str
    changes: tuple[Change, ...]

    @property
    def iri(self) -> URIRef:
        """What the version is called."""
        return part(HISTORY, self.number)


def order(number: str) -> tuple[int, ...]:
    """Give what sorts the numbers of versions: 1.10.0 comes after 1.9.0."""
    return tuple(int(digits) for digits in re.findall(r"\d+", number))


def versions(graph: Graph) -> list[Version]:
    """Read the versions that a graph describes, the newest first."""
    found = (_version(graph, subject) for subject in graph.subjects(DCAT.version))
    return sorted(found, key=lambda version: order(version.number), reverse=True)


def described(history: Iterable[Version], dataset: URIRef) -> Graph:
    """Describe versions of a dataset; none is a dcat:Dataset, which portals would list beside it."""
    graph = Graph()
    bind_prefixes(graph)
    graph.bind("changes", f"{HISTORY}#")
    for version in history:
        for triple in _description(version, dataset):
            graph.add(triple)
    return graph


def record(version: Version, dataset: URIRef) -> str:
    """Write the record of one version, for a curator to keep and to reword."""
    before = f", which follows {version.previous}" if version.previous else ""
    head = f"# What changed with version {version.number}{before}. The sentences are yours to reword.\n\n"
    return head + described([version], dataset).serialize(format="turtle").strip() + "\n"


def read_history(folder: Path) -> list[Version]:
    """Read the records below a folder, the newest version first; there need be none.

    Raises UnreadableFile, WrongEncoding, BrokenSyntax, and BadSource for a record that is none.
    """
    if not folder.is_dir():
        return []
    merged = Graph()
    for path in files_below(folder, "*.ttl"):
        text = read_text(path)
        read = Graph()
        for triple in parse(path, text).triples((None, None, None)):
            read.add(triple)
        _check(path, versions(read))
        merged += read
    return versions(merged)


def notes(history: Iterable[Version], number: str) -> list[Literal]:
    """Give what changed with a version as one text in each language; none where nobody has told it."""
    changes = next((version.changes for version in history if version.number == number), ())
    texts = ((" ".join(change.sentence(language) for change in changes), language) for language in LANGUAGES)
    return [Literal(text, language) for text, language in texts if text]


def _check(path: Path, found: list[Version]) -> None:
    """Raise BadSource unless a file tells of the one version that it is named for, all that the pages show."""
    for version in found:
        known = SourceDate.parse(version.issued)
        told = all(change.english and change.latvian for change in version.changes)
        if version.number == path.stem and version.changes and told and known and known.day:
            return
    raise BadSource(
        path,
        "it must tell of the version that it is named for: its dcat:version, its dct:issued (a day), and at least "
        "one change (schema:hasPart) with a schema:description in English and in Latvian; see data/changes/1.0.0.ttl",
        "tajā jāapraksta versija, kuras numurs ir datnes nosaukumā: dcat:version, dct:issued (diena) un vismaz viena "
        "izmaiņa (schema:hasPart) ar schema:description angliski un latviski; skatiet data/changes/1.0.0.ttl",
    )


def _description(version: Version, dataset: URIRef) -> Iterator[Triple]:
    yield version.iri, RDF.type, PROV.Entity
    yield version.iri, DCAT.isVersionOf, dataset
    yield version.iri, DCAT.version, Literal(version.number)
    yield version.iri, DCTERMS.issued, Literal(version.issued, datatype=XSD.date)
    if version.previous:
        yield version.iri, DCAT.previousVersion, part(HISTORY, version.previous)
    for position, change in enumerate(version.changes, 1):
        name = part(HISTORY, version.number, str(position))
        yield version.iri, SDO.hasPart, name
        yield name, RDF.type, _ACTIONS[change.kind]
        yield name, SDO.object, URIRef(change.subject)
        yield name, SDO.position, Literal(position)
        yield name, SDO.description, Literal(change.english, "en")
        yield name, SDO.description, Literal(change.latvian, "lv")


def _version(graph: Graph, subject: Node) -> Version:
    parts = sorted(graph.objects(subject, SDO.hasPart), key=lambda name: order(text_of(graph, name, SDO.position)))
    previous = text_of(graph, subject, DCAT.previousVersion).removeprefix(part(HISTORY, ""))
    changes = tuple(_change(graph, name) for name in parts)
    return Version(text_of(graph, subject, DCAT.version), text_of(graph, subject, DCTERMS.issued), previous, changes)


def _change(graph: Graph, name: Node) -> Change:
    kind = next((kind for kind, action in _ACTIONS.items() if (name, RDF.type, action) in graph), "changed")
    told = {getattr(text, "language", ""): str(text) for text in graph.objects(name, SDO.description)}
    subject = text_of(graph, name, SDO.object)
    town = slug_of(subject) if kind_of(subject) == "place" else ""
    return Change(kind, subject, town, *(told.get(language, "") for language in LANGUAGES))
