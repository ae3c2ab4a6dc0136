"""The history of the data: its versions, and what changed with each, as the curator keeps it in `data/changes/`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rdflib import Graph, Literal, URIRef
from rdflib.namespace import DCTERMS, PROV, RDF, SDO, XSD

from twingraph.curation.graph import files_below, filled, parse, text_of
from twingraph.curation.sources import read_text
from twingraph.dates import SourceDate
from twingraph.errors import BadSource
from twingraph.vocab import DCAT, HISTORY, kind_of, part, slug_of
from twingraph.words import LANGUAGES, text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path


_ACTIONS = {"added": SDO.AddAction, "removed": SDO.DeleteAction, "changed": SDO.UpdateAction}
NUMBER = re.compile(r"\d+(?:\.\d+)*")
"""What the number of a version looks like."""


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that is not as it was.

    kind: `added`, `removed` or `changed`; subject: the IRI of the thing; town: the slug of the twin town it concerns,
    "" where there is none; sentences: what changed, by language, each to be read by itself.
    """

    kind: str
    subject: str
    town: str
    sentences: Mapping[str, str]


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
    found = []
    for subject in graph.subjects(DCAT.version):
        parts = sorted(graph.objects(subject, SDO.hasPart), key=lambda name: order(text_of(graph, name, SDO.position)))
        changes = []
        for name in parts:
            kind = next((kind for kind, action in _ACTIONS.items() if (name, RDF.type, action) in graph), "changed")
            sentences = {getattr(value, "language", ""): str(value) for value in graph.objects(name, SDO.description)}
            thing = text_of(graph, name, SDO.object)
            changes.append(Change(kind, thing, slug_of(thing) if kind_of(thing) == "place" else "", sentences))
        number, issued = text_of(graph, subject, DCAT.version), text_of(graph, subject, DCTERMS.issued)
        previous = text_of(graph, subject, DCAT.previousVersion).removeprefix(part(HISTORY, ""))
        found.append(Version(number, issued, previous, tuple(changes)))
    return sorted(found, key=lambda version: order(version.number), reverse=True)


def described(history: Iterable[Version], dataset: URIRef) -> Graph:
    """Describe versions of a dataset; none is a dcat:Dataset, which portals would list beside it."""
    graph = filled(Graph(), ())
    graph.bind("changes", f"{HISTORY}#")
    for version in history:
        graph.add((version.iri, RDF.type, PROV.Entity))
        graph.add((version.iri, DCAT.isVersionOf, dataset))
        graph.add((version.iri, DCAT.version, Literal(version.number)))
        graph.add((version.iri, DCTERMS.issued, Literal(version.issued, datatype=XSD.date)))
        if version.previous:
            graph.add((version.iri, DCAT.previousVersion, part(HISTORY, version.previous)))
        for position, change in enumerate(version.changes, 1):
            name = part(HISTORY, version.number, str(position))
            graph.add((version.iri, SDO.hasPart, name))
            graph.add((name, RDF.type, _ACTIONS[change.kind]))
            graph.add((name, SDO.object, URIRef(change.subject)))
            graph.add((name, SDO.position, Literal(position)))
            for language, sentence in change.sentences.items():
                graph.add((name, SDO.description, Literal(sentence, language)))
    return graph


def record(version: Version, dataset: URIRef) -> str:
    """Write the record of one version, for a curator to keep and to reword."""
    before = f", which follows {version.previous}" if version.previous else ""
    head = f"# What changed with version {version.number}{before}. The sentences are yours to reword.\n\n"
    return head + described([version], dataset).serialize(format="turtle").strip() + "\n"


def read_history(folder: Path) -> list[Version]:
    """Read the records below a folder, the newest version first; there need be none.

    Raises UnreadableFile, WrongEncoding, BrokenSyntax, and BadSource for a record that does not tell, as the pages
    show it, of the one version that it is named for.
    """
    if not folder.is_dir():
        return []
    history: list[Version] = []
    for path in files_below(folder, "*.ttl"):
        described = filled(Graph(), (quad[:3] for quad in parse(path, read_text(path))))
        found = [version for version in versions(described) if version.number == path.stem]
        day = SourceDate.parse(found[0].issued) if found else None
        changes = found[0].changes if found else ()
        is_worded = all(change.sentences.get(language) for change in changes for language in LANGUAGES)
        if not (changes and is_worded and day and day.day):
            raise BadSource(
                path,
                text(
                    "it must tell of the version that it is named for: its dcat:version, its dct:issued (a day), and "
                    "at least one change (schema:hasPart) with a schema:description in English and in Latvian; "
                    "see data/changes/1.0.0.ttl"
                ),
            )
        history += found
    return sorted(history, key=lambda version: order(version.number), reverse=True)


def notes(history: Iterable[Version], number: str) -> list[Literal]:
    """Give what changed with a version as one text in each language; none where nobody has recorded it."""
    changes = next((version.changes for version in history if version.number == number), ())
    texts = {language: " ".join(change.sentences[language] for change in changes) for language in ("en", "lv")}
    return [Literal(sentences, language) for language, sentences in texts.items() if sentences]
