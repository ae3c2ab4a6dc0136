"""The catalogue in which portals find a release (DCAT-AP 3.0.1): what a curator says of it, and what a build knows."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from rdflib import BNode, Graph, Literal, URIRef
from rdflib.namespace import DCTERMS, FOAF, PROV, RDF, SDO, SKOS, XSD

from twingraph.curation.graph import text_of
from twingraph.errors import BadInput, BadValue
from twingraph.settings import CATALOGUE
from twingraph.vocab import (
    ADMS,
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
from twingraph.words import LANGUAGES, text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from rdflib.term import Node

    from twingraph.curation.graph import Curated, Triple
    from twingraph.release.changes import Version

CATALOG = listed("catalog", "twingraph")
"""The catalogue, which lists the dataset and the services on it."""
_DCAT_AP = URIRef("https://semiceu.github.io/DCAT-AP/releases/3.0.1/")
_COUNTRY = SDO.containedInPlace / SDO.sameAs
_LATEST = str(dump("latest", ""))


@dataclass(frozen=True)
class Catalogue:
    """A release as portals list it.

    curated: what `data/catalog.ttl` says of it, in one named graph. facts: all that the release states, merged.
    history: its versions, the newest first.

    What is described keeps its IRI, whatever the version; addresses begin with BASE, whatever the host.
    """

    curated: Curated
    facts: Graph
    history: Sequence[Version]

    def graph(self, files: Mapping[str, bytes] | None = None) -> Graph:
        """Describe the release, the same for the same release.

        files: its files by name; None before they are made, when their sizes and sums are put down as 0.

        Raises BadInput for a licence or a file that the curated catalogue and the release do not both know.
        """
        graph = Graph()
        graph += chain(self._listed(), self._dataset(), self._extent(), self._distributions(files))
        for kind in (DCAT.Catalog, DCAT.Dataset, DCAT.DataService, DCAT.CatalogRecord, DCAT.Distribution):
            for subject in list(graph.subjects(RDF.type, kind)):
                graph.add((subject, DCTERMS.issued, Literal(self.fact(DCTERMS.issued), datatype=XSD.date)))
                graph.add((subject, DCTERMS.modified, Literal(self.modified, datatype=XSD.dateTime)))
        return graph

    @cached_property
    def dataset(self) -> URIRef:
        """The name of the dataset."""
        return URIRef(str(next(self.facts.subjects(RDF.type, DCAT.Dataset))))

    def fact(self, term: Node) -> str:
        """Give what the release states of the dataset."""
        return text_of(self.facts, self.dataset, term)

    @property
    def modified(self) -> str:
        """The time of the release: SOURCE_DATE_EPOCH (reproducible-builds.org), else the day the data give."""
        epoch = os.environ.get("SOURCE_DATE_EPOCH")
        if epoch is None:
            return f"{self.fact(DCTERMS.modified)}T00:00:00Z"
        try:
            return datetime.fromtimestamp(int(epoch), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        except (ValueError, OverflowError, OSError):
            raise BadValue(
                text("SOURCE_DATE_EPOCH is %(epoch)r; set it to whole seconds since 1970, or unset it.", epoch=epoch)
            ) from None

    @property
    def publisher(self) -> str:
        """The name of who publishes it."""
        publisher = self.curated.merged.value(self.dataset, DCTERMS.publisher) or CATALOG
        return text_of(self.curated.merged, publisher, FOAF.name)

    @cached_property
    def _pages(self) -> list[Node]:
        return sorted(self.facts.subjects(RDF.type, SDO.WebPage), key=str)

    @cached_property
    def _homes(self) -> set[Node]:
        return {home for page in self._pages for home in self.facts.objects(page, SDO.about)}

    def _listed(self) -> Iterator[Triple]:
        """Give what is curated, with the licence of all that is listed, and the records of it."""
        curated, stated = self.curated.merged, self.fact(DCTERMS.license)
        licence = curated.value(None, SKOS.exactMatch, URIRef(stated))
        if licence is None:
            reason = text(
                "it must describe the licence that data/dataset.ttl names, as a dct:LicenseDocument with "
                "skos:exactMatch <%(licence)s>",
                licence=stated,
            )
            raise BadInput(Path("data", CATALOGUE), reason)
        rights = set(curated.objects(None, DCTERMS.rights))
        others = set(curated.subjects(RDF.type, DCTERMS.LicenseDocument)) - {licence}
        for subject, term, value in curated:
            if subject not in rights | others and term not in {DCTERMS.rights, DCAT.downloadURL}:
                yield subject, term, self._complete(value)
        is_first = self.modified.startswith(self.fact(DCTERMS.issued))
        yield CATALOG, DCTERMS.license, licence
        for topic in (self.dataset, *curated.objects(CATALOG, DCAT.service)):
            record = listed("record", slug_of(topic))
            yield topic, DCTERMS.license, licence
            yield CATALOG, DCAT.record, record
            yield record, RDF.type, DCAT.CatalogRecord
            yield record, FOAF.primaryTopic, topic
            yield record, DCTERMS.conformsTo, _DCAT_AP
            yield record, ADMS.status, CHANGE_TYPE.created if is_first else CHANGE_TYPE.updated
            for language in curated.objects(CATALOG, DCTERMS.language):
                yield record, DCTERMS.language, language

    def _complete(self, value: Node) -> Node:
        """Put the pages, and what they say of the rights in their words, in their places in a text."""
        if not isinstance(value, Literal) or "{" not in value:
            return value
        pages = ", ".join(text_of(self.facts, page, SDO.url) for page in self._pages)
        notices = {notice for page in self._pages for notice in self.facts.objects(page, SDO.copyrightNotice)}
        own = sorted(str(each) for each in notices if getattr(each, "language", None) == value.language)
        return Literal(value.replace("{pages}", pages).replace("{notices}", " ".join(own)), value.language)

    def _dataset(self) -> Iterator[Triple]:
        dataset = self.dataset
        yield dataset, RDF.type, DCAT.Dataset
        for term in (DCTERMS.identifier, DCTERMS.title, DCTERMS.description, DCAT.version):
            for value in self.facts.objects(dataset, term):
                yield dataset, term, value
        for version in self.history:
            # By name only: portals would list every dcat:Dataset beside this one.
            yield dataset, DCAT.hasVersion, version.iri
            for language in LANGUAGES if version.number == self.fact(DCAT.version) else ():
                changes = " ".join(change.sentences[language] for change in version.changes)
                yield dataset, ADMS.versionNotes, Literal(changes, language)
        # Not prov:wasGeneratedBy, for which CKAN with ckanext-dcat up to 2.4.4 refuses the whole dataset.
        for page in self._pages:
            yield dataset, PROV.wasDerivedFrom, page
        for home in self._homes:
            for name in self.facts.objects(home, SDO.name):
                if getattr(name, "language", None) in LANGUAGES:
                    yield dataset, DCAT.keyword, name

    def _extent(self) -> Iterator[Triple]:
        """Give the countries of the homes, the box of all towns, and the days on which anything dated may have been."""
        for country in {same for home in self._homes for same in self.facts.objects(home, _COUNTRY)}:
            if str(country).startswith(str(EU_AUTHORITY)):
                yield self.dataset, DCTERMS.spatial, country
                yield CATALOG, DCTERMS.spatial, country
        # No IRIs: udata would look that of a time up, and CKAN keeps one of those of a place, whichever comes last in a
        # file; that is to be the country's. And udata reads a box if it is a polygon.
        period, place = BNode("temporal"), BNode("extent")
        first, last = self._ends(TG.earliest, TG.latest)
        south, north = self._ends(SDO.latitude, SDO.latitude)
        west, east = self._ends(SDO.longitude, SDO.longitude)
        box = f"{west} {south}, {east} {south}, {east} {north}, {west} {north}, {west} {south}"
        middle = f"{(float(west) + float(east)) / 2:.4f} {(float(south) + float(north)) / 2:.4f}"
        yield self.dataset, DCTERMS.temporal, period
        yield period, RDF.type, DCTERMS.PeriodOfTime
        yield period, DCAT.startDate, Literal(first, datatype=XSD.date)
        yield period, DCAT.endDate, Literal(last, datatype=XSD.date)
        yield self.dataset, DCTERMS.spatial, place
        yield place, RDF.type, DCTERMS.Location
        yield place, SKOS.prefLabel, Literal("Where the towns lie", "en")
        yield place, SKOS.prefLabel, Literal("Kur atrodas pilsētas", "lv")
        yield place, DCAT.bbox, Literal(f"POLYGON(({box}))", datatype=GEO.wktLiteral)
        yield place, DCAT.centroid, Literal(f"POINT({middle})", datatype=GEO.wktLiteral)

    def _ends(self, least: Node, most: Node) -> tuple[Literal, Literal]:
        """Give the least value of one property and the greatest of another."""
        ends = [
            [each for each in self.facts.objects(None, term) if isinstance(each, Literal)] for term in (least, most)
        ]
        return min(ends[0]), max(ends[1])

    def _distributions(self, files: Mapping[str, bytes] | None) -> Iterator[Triple]:
        curated = self.curated.merged
        for subject in curated.subjects(RDF.type, DCAT.Distribution):
            name = text_of(curated, subject, DCAT.downloadURL).removeprefix(_LATEST)
            if files is not None and name not in files:
                reason = text("a release has no file %(name)r; describe one that it has", name=name)
                raise BadInput(Path("data", CATALOGUE), reason)
            address, checksum = dump(self.fact(DCAT.version), name), part(subject, "checksum")
            size = len(files[name]) if files else 0
            sha256 = hashlib.sha256(files[name]).hexdigest() if files else "0" * 64
            yield self.dataset, DCAT.distribution, subject
            yield subject, DCAT.accessURL, address
            yield subject, DCAT.downloadURL, address
            yield subject, DCAT.byteSize, Literal(size, datatype=XSD.nonNegativeInteger)
            yield subject, SPDX.checksum, checksum
            yield checksum, RDF.type, SPDX.Checksum
            yield checksum, SPDX.algorithm, SPDX_SHA256
            yield checksum, SPDX.checksumValue, Literal(sha256, datatype=XSD.hexBinary)
            for rights in curated.objects(subject, DCTERMS.rights):
                # A blank node, since CKAN shows the text of one, and of anything else its IRI.
                node = BNode(f"rights-{slug_of(subject)}")
                yield subject, DCTERMS.rights, node
                for term, value in curated.predicate_objects(rights):
                    yield node, term, self._complete(value)
