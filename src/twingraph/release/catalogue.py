"""The catalogue in which portals find a release (DCAT-AP 3.0.1): what a curator says of it, and what a build knows."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from rdflib import BNode, Graph, Literal, URIRef
from rdflib.namespace import DCTERMS, FOAF, PROV, RDF, SDO, SKOS, XSD

from twingraph.curation.graph import filled, text_of
from twingraph.errors import BadSource
from twingraph.release.history import notes
from twingraph.settings import CATALOGUE
from twingraph.vocab import (
    ADMS,
    CATALOGUE_PREFIXES,
    CHANGE_TYPE,
    DCAT,
    EU_AUTHORITY,
    GEO,
    SPDX,
    SPDX_SHA256,
    TG,
    dump,
    listed,
    part,
    slug_of,
)
from twingraph.words import text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from rdflib.term import Node

    from twingraph.curation.graph import Curated
    from twingraph.release.history import Version

    Triple = tuple[Node, Node, Node]

CATALOG = listed("catalog", "twingraph")
"""The catalogue, which lists the dataset and the services on it."""
_DCAT_AP = URIRef("https://semiceu.github.io/DCAT-AP/releases/3.0.1/")
_LATEST = str(dump("latest", ""))


@dataclass(frozen=True)
class Catalogue:
    """A release as portals list it.

    curated: what `data/catalog.ttl` says of it, in one named graph. facts: all that the release states, merged.
    modified: when it was made, an xsd:dateTime. history: its versions, the newest first.

    What is described keeps its IRI, whatever the version; addresses begin with BASE, whatever the host.
    """

    curated: Curated
    facts: Graph
    modified: str
    history: Sequence[Version]

    def graph(self, files: Mapping[str, bytes] | None = None) -> Graph:
        """Describe the release, the same for the same release.

        files: its files by name; None before they are made, when their sizes and sums are put down as 0.

        Raises BadSource for a licence or a file that the curated catalogue and the release do not both know.
        """
        triples = {*self._listed(), *self._dataset(), *self._distributions(files)}
        # This store keeps the order of insertion, and with it the order in which blank nodes are written.
        graph = filled(Graph(store="SimpleMemory"), sorted(triples, key=lambda triple: [node.n3() for node in triple]))
        for prefix, namespace in CATALOGUE_PREFIXES.items():
            graph.bind(prefix, namespace, override=True, replace=True)
        return graph

    @property
    def publisher(self) -> str:
        """The name of who publishes it."""
        return text_of(
            self.curated.merged, self.curated.merged.value(self._iri, DCTERMS.publisher) or CATALOG, FOAF.name
        )

    @cached_property
    def _iri(self) -> Node:
        return next(self.facts.subjects(RDF.type, DCAT.Dataset))

    @cached_property
    def _sources(self) -> list[Node]:
        return sorted(self.facts.subjects(RDF.type, SDO.WebPage), key=str)

    @cached_property
    def _homes(self) -> list[Node]:
        return sorted({home for source in self._sources for home in self.facts.objects(source, SDO.about)}, key=str)

    def _fact(self, term: Node) -> str:
        return text_of(self.facts, self._iri, term)

    def _listed(self) -> Iterator[Triple]:
        """Give what is curated, with licence and dates of all that is listed, and the records of it."""
        stated = self._fact(DCTERMS.license)
        licence = self.curated.merged.value(None, SKOS.exactMatch, URIRef(stated))
        if licence is None:
            reason = text(
                "it must describe the licence that data/dataset.ttl names, as a dct:LicenseDocument with "
                "skos:exactMatch <%(licence)s>",
                licence=stated,
            )
            raise BadSource(Path("data", CATALOGUE), reason)
        rights = set(self.curated.merged.objects(None, DCTERMS.rights))
        others = set(self.curated.merged.subjects(RDF.type, DCTERMS.LicenseDocument)) - {licence}
        for subject, term, value in self.curated.merged:
            if subject not in rights | others and term not in {DCTERMS.rights, DCAT.downloadURL}:
                yield subject, term, self._filled_in(value)
        topics = (self._iri, *self.curated.merged.objects(CATALOG, DCAT.service))
        for subject in (CATALOG, *topics):
            yield subject, DCTERMS.license, licence
            yield from self._dates(subject)
        is_first = self.modified.startswith(self._fact(DCTERMS.issued))
        for topic in topics:
            record = listed("record", slug_of(topic))
            yield CATALOG, DCAT.record, record
            yield record, RDF.type, DCAT.CatalogRecord
            yield record, FOAF.primaryTopic, topic
            yield record, DCTERMS.conformsTo, _DCAT_AP
            yield record, ADMS.status, CHANGE_TYPE.created if is_first else CHANGE_TYPE.updated
            for language in self.curated.merged.objects(CATALOG, DCTERMS.language):
                yield record, DCTERMS.language, language
            yield from self._dates(record)

    def _filled_in(self, value: Node) -> Node:
        """Put the pages, and what they say of the rights in their words, in their places in a text."""
        if not isinstance(value, Literal) or "{" not in value:
            return value
        pages = ", ".join(text_of(self.facts, source, SDO.url) for source in self._sources)
        notices = {
            str(notice)
            for source in self._sources
            for notice in self.facts.objects(source, SDO.copyrightNotice)
            if getattr(notice, "language", None) == value.language
        }
        written = value.replace("{pages}", pages).replace("{notices}", " ".join(sorted(notices)))
        return Literal(written, value.language)

    def _dates(self, subject: Node) -> Iterator[Triple]:
        yield subject, DCTERMS.issued, Literal(self._fact(DCTERMS.issued), datatype=XSD.date)
        yield subject, DCTERMS.modified, Literal(self.modified, datatype=XSD.dateTime)

    def _dataset(self) -> Iterator[Triple]:
        dataset = self._iri
        yield dataset, RDF.type, DCAT.Dataset
        for term in (DCTERMS.identifier, DCTERMS.title, DCTERMS.description, DCAT.version):
            for value in self.facts.objects(dataset, term):
                yield dataset, term, value
        for note in notes(self.history, self._fact(DCAT.version)):
            yield dataset, ADMS.versionNotes, note
        # By name only: portals would list every dcat:Dataset beside this one.
        for version in self.history:
            yield dataset, DCAT.hasVersion, version.iri
        # Not prov:wasGeneratedBy, for which CKAN with ckanext-dcat up to 2.4.4 refuses the whole dataset.
        for source in self._sources:
            yield dataset, PROV.wasDerivedFrom, source
        for home in self._homes:
            for name in self.facts.objects(home, SDO.name):
                if getattr(name, "language", None) in {"en", "lv"}:
                    yield dataset, DCAT.keyword, name
        yield from self._place()
        # The days on which anything that is dated may have been; a blank node, since udata would look an IRI up.
        period, (first, last) = BNode("temporal"), self._ends(TG.earliest, TG.latest)
        yield dataset, DCTERMS.temporal, period
        yield period, RDF.type, DCTERMS.PeriodOfTime
        yield period, DCAT.startDate, Literal(first, datatype=XSD.date)
        yield period, DCAT.endDate, Literal(last, datatype=XSD.date)

    def _place(self) -> Iterator[Triple]:
        """Give the countries of the homes, and the box of all towns, which udata reads if it is a polygon."""
        for home in self._homes:
            for country in self.facts.objects(home, SDO.containedInPlace):
                for same in self.facts.objects(country, SDO.sameAs):
                    if str(same).startswith(str(EU_AUTHORITY)):
                        yield self._iri, DCTERMS.spatial, same
                        yield CATALOG, DCTERMS.spatial, same
        south, north = self._ends(SDO.latitude, SDO.latitude)
        west, east = self._ends(SDO.longitude, SDO.longitude)
        corners = ((west, south), (east, south), (east, north), (west, north), (west, south))
        middle = f"{(float(west) + float(east)) / 2:.4f} {(float(south) + float(north)) / 2:.4f}"
        # No IRI: CKAN keeps one of the IRIs of a place, whichever comes last in a file; that is to be the country's.
        extent = BNode("extent")
        yield self._iri, DCTERMS.spatial, extent
        yield extent, RDF.type, DCTERMS.Location
        yield extent, SKOS.prefLabel, Literal("Where the towns lie", "en")
        yield extent, SKOS.prefLabel, Literal("Kur atrodas pilsētas", "lv")
        around = ", ".join(f"{x} {y}" for x, y in corners)
        yield extent, DCAT.bbox, Literal(f"POLYGON(({around}))", datatype=GEO.wktLiteral)
        yield extent, DCAT.centroid, Literal(f"POINT({middle})", datatype=GEO.wktLiteral)

    def _ends(self, least: Node, most: Node) -> tuple[Literal, Literal]:
        """Give the least value of one property and the greatest of another."""
        values = [
            [value for value in self.facts.objects(None, term) if isinstance(value, Literal)] for term in (least, most)
        ]
        return min(values[0]), max(values[1])

    def _distributions(self, files: Mapping[str, bytes] | None) -> Iterator[Triple]:
        for subject in self.curated.merged.subjects(RDF.type, DCAT.Distribution):
            name = text_of(self.curated.merged, subject, DCAT.downloadURL).removeprefix(_LATEST)
            if files is not None and name not in files:
                raise BadSource(
                    Path("data", CATALOGUE), text("a release has no file %(name)r; describe one that it has", name=name)
                )
            address, checksum = dump(self._fact(DCAT.version), name), part(subject, "checksum")
            size, sha256 = 0, "0" * 64
            if files is not None:
                size, sha256 = len(files[name]), hashlib.sha256(files[name]).hexdigest()
            yield self._iri, DCAT.distribution, subject
            yield subject, DCAT.accessURL, address
            yield subject, DCAT.downloadURL, address
            yield subject, DCAT.byteSize, Literal(size, datatype=XSD.nonNegativeInteger)
            yield subject, SPDX.checksum, checksum
            yield checksum, RDF.type, SPDX.Checksum
            yield checksum, SPDX.algorithm, SPDX_SHA256
            yield checksum, SPDX.checksumValue, Literal(sha256, datatype=XSD.hexBinary)
            yield from self._dates(subject)
            for rights in self.curated.merged.objects(subject, DCTERMS.rights):
                # A blank node, since CKAN shows the text of one, and of anything else its IRI.
                node = BNode(f"rights-{slug_of(subject)}")
                yield subject, DCTERMS.rights, node
                for term, value in self.curated.merged.predicate_objects(rights):
                    yield node, term, self._filled_in(value)
