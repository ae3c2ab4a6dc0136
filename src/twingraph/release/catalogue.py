"""The catalogue in which portals find a release (DCAT-AP 3.0.1): what a curator says of it, and what a build knows."""

from __future__ import annotations

import hashlib
import os
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from pyoxigraph import RdfFormat, parse
from rdflib import BNode, Graph, Literal, URIRef
from rdflib.namespace import DCTERMS, FOAF, PROV, RDF, SDO, SKOS, XSD

from twingraph.curation.graph import text_of, to_rdflib
from twingraph.errors import BadInput, BadValue
from twingraph.settings import CATALOGUE
from twingraph.vocab import ADMS, CATALOGUE_PREFIXES, DCAT, EU_AUTHORITY, HISTORY, TG, dump, listed, part, slug_of
from twingraph.words import LANGUAGES, text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from rdflib.term import Node

    from twingraph.curation.graph import Curated, Triple
    from twingraph.release.changes import Version

CATALOG = listed("catalog", "twingraph")
"""The catalogue, which lists the dataset and the services on it."""
_LATEST = str(dump("latest", ""))
_PREFIXES = "".join(f"@prefix {prefix}: <{iri}> .\n" for prefix, iri in CATALOGUE_PREFIXES.items())
# What a build adds, as Turtle with places to fill in: once, for each dataset and service, and for each file.
_RELEASE, _RECORD, _FILE = re.split(r"# Each .*:\n", Path(__file__).with_suffix(".ttl").read_text("utf-8"))


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
        graph += self._curated()
        graph += self._facts()
        for quad in parse("\n".join([_PREFIXES, *self._made(files)]), RdfFormat.TURTLE):
            graph.add((to_rdflib(quad.subject), to_rdflib(quad.predicate), to_rdflib(quad.object)))
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
    def _licence(self) -> Node:
        stated = self.fact(DCTERMS.license)
        if licence := self.curated.merged.value(None, SKOS.exactMatch, URIRef(stated)):
            return licence
        reason = text(
            "it must describe the licence that data/dataset.ttl names, as a dct:LicenseDocument with "
            "skos:exactMatch <%(licence)s>",
            licence=stated,
        )
        raise BadInput(Path("data", CATALOGUE), reason)

    def _curated(self) -> Iterator[Triple]:
        """Give what is curated, but no other licence than that of the data, and with each file its rights."""
        curated = self.curated.merged
        others = {*curated.objects(None, DCTERMS.rights), *curated.subjects(RDF.type, DCTERMS.LicenseDocument)}
        for subject, term, value in curated:
            if term == DCTERMS.rights:
                # A blank node, since CKAN shows the text of one, and of anything else its IRI.
                node = BNode(f"rights-{slug_of(subject)}")
                yield subject, term, node
                yield from ((node, term, self._complete(words)) for term, words in curated.predicate_objects(value))
            elif subject not in others - {self._licence} and term != DCAT.downloadURL:
                yield subject, term, self._complete(value)

    def _complete(self, value: Node) -> Node:
        """Put the pages, and what they say of the rights in their words, in their places in a text."""
        if not isinstance(value, Literal) or "{" not in value:
            return value
        pages = ", ".join(text_of(self.facts, page, SDO.url) for page in self._pages)
        notices = {notice for page in self._pages for notice in self.facts.objects(page, SDO.copyrightNotice)}
        own = sorted(str(each) for each in notices if getattr(each, "language", None) == value.language)
        return Literal(value.replace("{pages}", pages).replace("{notices}", " ".join(own)), value.language)

    def _facts(self) -> Iterator[Triple]:
        """Give what the release states of the dataset, its versions, its pages, and the towns whose pages they are."""
        dataset = self.dataset
        for term in (DCTERMS.identifier, DCTERMS.title, DCTERMS.description, DCAT.version):
            for value in self.facts.objects(dataset, term):
                yield dataset, term, value
        for version in self.history:
            # By name only: portals would list every dcat:Dataset beside this one.
            yield dataset, DCAT.hasVersion, part(HISTORY, version.number)
            for language in LANGUAGES if version.number == self.fact(DCAT.version) else ():
                changes = " ".join(change.sentences[language] for change in version.changes)
                yield dataset, ADMS.versionNotes, Literal(changes, language)
        for page in self._pages:
            # Not prov:wasGeneratedBy, for which CKAN with ckanext-dcat up to 2.4.4 refuses the whole dataset.
            yield dataset, PROV.wasDerivedFrom, page
            for name in self.facts.objects(page, SDO.about / SDO.name):
                if getattr(name, "language", None) in LANGUAGES:
                    yield dataset, DCAT.keyword, name
            for country in self.facts.objects(page, SDO.about / SDO.containedInPlace / SDO.sameAs):
                if str(country).startswith(str(EU_AUTHORITY)):
                    yield dataset, DCTERMS.spatial, country
                    yield CATALOG, DCTERMS.spatial, country

    def _made(self, files: Mapping[str, bytes] | None) -> Iterator[str]:
        """Give what follows from the release and its files, as Turtle."""
        curated = self.curated.merged
        latitudes, longitudes, firsts, lasts = (
            sorted(value for value in self.facts.objects(None, term) if isinstance(value, Literal))
            for term in (SDO.latitude, SDO.longitude, TG.earliest, TG.latest)
        )
        south, north, west, east = latitudes[0], latitudes[-1], longitudes[0], longitudes[-1]
        yield _RELEASE.format(
            dataset=self.dataset,
            first=firsts[0],
            last=lasts[-1],
            south=south,
            north=north,
            west=west,
            east=east,
            longitude=(float(west) + float(east)) / 2,
            latitude=(float(south) + float(north)) / 2,
        )
        languages = " , ".join(each.n3() for each in curated.objects(CATALOG, DCTERMS.language))
        status = "created" if self.modified.startswith(self.fact(DCTERMS.issued)) else "updated"
        about = {"catalog": CATALOG, "licence": self._licence, "languages": languages, "status": status}
        for topic in (self.dataset, *curated.objects(CATALOG, DCAT.service)):
            yield _RECORD.format(topic=topic, record=listed("record", slug_of(topic)), **about)
        for subject in curated.subjects(RDF.type, DCAT.Distribution):
            name = text_of(curated, subject, DCAT.downloadURL).removeprefix(_LATEST)
            if files is not None and name not in files:
                reason = text("a release has no file %(name)r; describe one that it has", name=name)
                raise BadInput(Path("data", CATALOGUE), reason)
            yield _FILE.format(
                dataset=self.dataset,
                file=subject,
                address=dump(self.fact(DCAT.version), name),
                size=len(files[name]) if files else 0,
                sha256=hashlib.sha256(files[name]).hexdigest() if files else "0" * 64,
            )
