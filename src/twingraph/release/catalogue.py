"""The catalogue in which portals find a release: in DCAT-AP 3.0.1, and in the words of CKAN and of schema.org."""

from __future__ import annotations

import hashlib
import json
import os
import re
import tomllib
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pyoxigraph import NamedNode, Triple
from rdflib import BNode, Graph, Literal, URIRef
from rdflib.namespace import DCTERMS, PROV, RDF, RDFS, SDO, SKOS

from twingraph.curation.graph import text_of
from twingraph.curation.turtle import expand, to_rdflib
from twingraph.errors import BadInput, BadValue
from twingraph.release.changes import versions
from twingraph.release.rdf import fill
from twingraph.settings import CATALOGUE
from twingraph.vocab import DCAT, EU_AUTHORITY, TG, address, base, catalogue_prefixes, dump, listed, slug_of
from twingraph.words import text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from rdflib.term import Node

    from twingraph.curation.graph import Curated

_FIELDS = tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))
_CKAN, _SCHEMA = _FIELDS["ckan"], _FIELDS["schema"]


@dataclass(frozen=True)
class Catalogue:
    """A release as portals list it.

    curated: what `data/catalog.ttl` says of it, in one named graph. facts: all that the release states, merged.
    history: the records of its versions.

    What is described keeps its IRI, whatever the version; addresses begin with the base of the data, whatever the host.
    """

    curated: Curated
    facts: Graph
    history: Graph

    def graph(self, files: Mapping[str, bytes] | None = None) -> Graph:
        """Describe the release, the same for the same release.

        files: its files by name; None before they are made, when they are described as if they were empty.

        Raises BadInput for a dataset, a licence or a file that the curated catalogue and the release do not both know.
        """
        graph, datasets = Graph(), sorted(map(str, self.curated.merged.objects(None, DCAT.dataset)))
        if datasets and str(self.dataset) not in datasets:
            reason = text(
                "it lists <%(listed)s>, but data/dataset.ttl describes <%(dataset)s>; name the same in both",
                listed=datasets[0],
                dataset=self.dataset,
            )
            raise BadInput(Path("data", CATALOGUE), reason)
        graph += self._curated()
        terms: list[Node] = [DCTERMS.identifier, DCTERMS.title, DCTERMS.description, DCAT.version]
        graph += self.facts.triples_choices((self.dataset, terms, None))
        graph += ((to_rdflib(s), to_rdflib(p), to_rdflib(o)) for s, p, o in self._made(files))
        return graph

    @cached_property
    def dataset(self) -> URIRef:
        """The name of the dataset."""
        return URIRef(str(next(self.facts.subjects(RDF.type, DCAT.Dataset))))

    @cached_property
    def catalog(self) -> Node:
        """The name of the catalogue, which lists the dataset and the services on it."""
        return next(self.curated.merged.subjects(RDF.type, DCAT.Catalog), listed("catalog", "twingraph"))

    @property
    def rights(self) -> list[Node]:
        """What may be done with the dataset, in each language."""
        return list(map(self._complete, self.curated.merged.objects(self.dataset, DCTERMS.rights / RDFS.label)))

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

    def _curated(self) -> Iterator[tuple[Node, Node, Node]]:
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
        """Put the pages quoted, and what they say of the rights in their words, in their places in a text."""
        if not isinstance(value, Literal) or "{" not in value:
            return value
        quoted = [page for page in self._pages if (None, PROV.wasQuotedFrom, page) in self.facts]
        pages = ", ".join(text_of(self.facts, page, SDO.url) for page in quoted)
        notices = {notice for page in quoted for notice in self.facts.objects(page, SDO.copyrightNotice)}
        own = sorted(str(each) for each in notices if getattr(each, "language", None) == value.language)
        return Literal(value.replace("{pages}", pages).replace("{notices}", " ".join(own)), value.language)

    def _files(self, files: Mapping[str, bytes] | None) -> Iterator[tuple[Node, URIRef, bytes]]:
        """Give each file that is described: its name, its address and its content."""
        for subject in self.curated.merged.subjects(RDF.type, DCAT.Distribution):
            name = text_of(self.curated.merged, subject, DCAT.downloadURL).removeprefix(dump("latest", ""))
            if files is not None and name not in files:
                reason = text("a release has no file %(name)r; describe one that it has", name=name)
                raise BadInput(Path("data", CATALOGUE), reason)
            yield subject, dump(self.fact(DCAT.version), name), files[name] if files else b""

    def _made(self, files: Mapping[str, bytes] | None) -> list[Triple]:
        """Give what follows from the release: its files, versions and pages, and the towns whose pages they are."""
        facts, curated = self.facts, self.curated.merged
        places = {place for page in self._pages for place in facts.objects(page, SDO.about)}
        topics = (self.dataset, *curated.objects(self.catalog, DCAT.service))
        terms = {"latitudes": SDO.latitude, "longitudes": SDO.longitude, "firsts": TG.earliest, "lasts": TG.latest}
        # When a page was written is not of when it tells; nor is the end that a programme was planned to have.
        told = {name: facts.subject_objects(term) for name, term in terms.items()}
        spans = {name: sorted(Literal(it) for of, it in each if of not in self._pages) for name, each in told.items()}
        return fill(
            "catalogue.ttl",
            address=address,
            catalog=self.catalog,
            release=self,
            licence=self._licence,
            issued=self.fact(DCTERMS.issued),
            languages=[each.n3() for each in curated.objects(self.catalog, DCTERMS.language)],
            records=[(topic, listed("record", slug_of(topic))) for topic in topics],
            files=list(self._files(files)),
            sha256=hashlib.sha256,
            version=self.fact(DCAT.version),
            history=versions(self.history),
            pages=self._pages,
            names=[name for place in places for name in facts.objects(place, RDFS.label)],
            countries=[same for place in places for same in facts.objects(place, SDO.containedInPlace / SDO.sameAs)],
            authority=EU_AUTHORITY,
            literal=Literal,
            **spans,
        )


# For those who harvest it


def move(site: str, triples: Iterable[Triple]) -> list[Triple]:
    """Put the address of a site in the place of the base of the data, where an address is meant; names of things stay.

    site: ends with a slash.
    """
    catalogue, addresses = list(triples), {expand(name, catalogue_prefixes()) for name in _FIELDS["addresses"]}
    moved = {
        o: NamedNode(site + o.value.removeprefix(base()))
        for _, p, o in catalogue
        if p.value in addresses and isinstance(o, NamedNode) and o.value.startswith(base())
    }
    # What is said of a page is said of it where it is served, too.
    return [Triple(moved.get(s, s), p, moved.get(o, o) if p.value in addresses else o) for s, p, o in catalogue]


def ckan_package(graph: Graph, language: str) -> dict[str, Any]:
    """Give the dataset as the body of CKAN's `package_create`, in a language; both, where CKAN has ckanext-fluent.

    graph: the catalogue. Who sends it adds `owner_org`, the name of an organisation of that portal.
    """
    dataset, ring = _dataset(graph), _ring(graph)
    fields, extras = (_texts(graph, dataset, _CKAN[each], language) for each in ("package", "extras"))
    fields["maintainer_email"] = extras["contact_email"] = extras["contact_email"].removeprefix("mailto:")
    lists = {key: sorted(map(str, _values(graph, dataset, path))) for key, path in _CKAN["lists"].items()}
    extras |= {key: json.dumps(values, ensure_ascii=False) for key, values in lists.items() if values}
    if ring:
        extras["spatial"] = json.dumps({"type": "Polygon", "coordinates": [ring]})
    words = [str(each) for each in graph.objects(dataset, DCAT.keyword) if getattr(each, "language", "") == language]
    return {
        **fields,
        # CKAN takes as the name of a package 2 to 100 letters, digits and hyphens.
        "name": re.sub(r"[^a-z0-9_-]+", "-", extras["identifier"].lower()).strip("-")[:100],
        "title_translated": _translations(graph, dataset, "dct:title"),
        "notes_translated": _translations(graph, dataset, "dct:description"),
        "license_id": _CKAN["licences"].get(fields["license_id"], "notspecified"),
        "tags": [{"name": tag} for tag in sorted({re.sub(r"[^\w .-]+", " ", word).strip()[:100] for word in words})],
        "extras": [{"key": key, "value": value} for key, value in extras.items() if value],
        "resources": _ckan_resources(graph, language),
    }


def _ckan_resources(graph: Graph, language: str) -> list[dict[str, Any]]:
    """Give the files and the services on the dataset as CKAN has them."""
    resources, kinds = [], (DCAT.Distribution, DCAT.DataService)
    for each in (node for kind in kinds for node in sorted(graph.subjects(RDF.type, kind), key=str)):
        resource: dict[str, Any] = _texts(graph, each, _CKAN["resource"], language)
        if (each, DCAT.endpointURL, None) in graph:
            resource["format"] = "SPARQL" if resource["url"].endswith("/sparql") else "API"
        elif (each, DCAT.compressFormat, None) in graph:
            resource["format"] = "GZ"
        resource |= {"size": int(resource["size"] or 0), "hash": resource["hash"].lower()}
        resources.append(_filled(resource))
    return resources


def schema_dataset(graph: Graph) -> dict[str, Any]:
    """Give the dataset as search engines read it on a page: schema.org's Dataset, for JSON-LD.

    graph: the catalogue. Texts are plain, in English first, as Google Dataset Search asks for them.
    """
    dataset, ring = _dataset(graph), _ring(graph)
    organisation = _filled({"@type": "Organization", **_texts(graph, dataset, _SCHEMA["organisation"])})
    catalogue = graph.value(predicate=DCAT.dataset, object=dataset)
    languages = set(map(str, _values(graph, dataset, "dct:language")))
    start, end = (_text(graph, dataset, f"dct:temporal/dcat:{each}Date") for each in ("start", "end"))
    # South, west, north, east.
    box = " ".join(str(end(point[axis] for point in ring)) for end in (min, max) for axis in (1, 0) if ring)
    files = []
    for each in _values(graph, dataset, "dcat:distribution"):
        file = _texts(graph, each, _SCHEMA["file"])
        file |= {"@type": "DataDownload", "sha256": file["sha256"].lower()}
        files.append(_filled(file | {"contentSize": f"{file['contentSize']} B"}))
    fields = {
        **_SCHEMA["always"],
        **_texts(graph, dataset, _SCHEMA["dataset"]),
        "alternateName": _text(graph, dataset, "dct:title", "lv"),
        "description": "\n\n".join(_translations(graph, dataset, "dct:description").values()),
        "identifier": [str(dataset), _text(graph, dataset, "dct:identifier")],
        "inLanguage": [tag for iri, tag in _SCHEMA["languages"].items() if iri in languages],
        "keywords": sorted({str(word) for word in graph.objects(dataset, DCAT.keyword)}),
        "creator": organisation,
        "publisher": organisation,
        "isBasedOn": list(map(str, _values(graph, dataset, "prov:wasDerivedFrom"))),
        # An interval of ISO 8601, open where it has not ended.
        "temporalCoverage": f"{start}/{end or '..'}" if start else "",
        "spatialCoverage": {"@type": "Place", "geo": {"@type": "GeoShape", "box": box}} if box else {},
        "includedInDataCatalog": {**_texts(graph, catalogue, _SCHEMA["catalogue"]), "@type": "DataCatalog"},
        "distribution": files,
    }
    return _filled(fields)


def contact(graph: Graph) -> str:
    """Give the address at which who publishes the dataset answers, "" where none is named."""
    return _text(graph, _dataset(graph), _FIELDS["contact"])


def _filled(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Leave out the fields that say nothing."""
    return {name: value for name, value in fields.items() if value}


def _dataset(graph: Graph) -> Node:
    return min(graph.subjects(RDF.type, DCAT.Dataset), key=str)


def _values(graph: Graph, subject: Node | None, path: str) -> list[Node]:
    """Give the texts and IRIs to which a path of properties leads, such as `dct:publisher/foaf:name`, in an order."""
    nodes = [] if subject is None else [subject]
    for name in path.split("/") if path != "." else ():
        term = URIRef(expand(name, catalogue_prefixes()))
        nodes = [value for node in nodes for value in graph.objects(node, term)]
    return sorted((node for node in nodes if not isinstance(node, BNode)), key=str)


def _translations(graph: Graph, subject: Node | None, path: str) -> dict[str, str]:
    """Give the values by language, "" where one has none."""
    values = {getattr(each, "language", None) or "": str(each) for each in _values(graph, subject, path)}
    return dict(sorted(values.items()))


def _text(graph: Graph, subject: Node | None, paths: str, language: str = "en") -> str:
    """Give a value in a language, else in English, else any; "" where no path leads to one."""
    values = next(filter(None, (_translations(graph, subject, path) for path in paths.split(" | "))), {"": ""})
    value = values.get(language) or values.get("en") or next(iter(values.values()))
    return re.sub(r"^https?://www\.iana\.org/assignments/media-types/", "", value)


def _texts(graph: Graph, subject: Node | None, fields: Mapping[str, str], language: str = "en") -> dict[str, str]:
    return {name: _text(graph, subject, paths, language) for name, paths in fields.items()}


def _ring(graph: Graph) -> list[tuple[float, float]]:
    """Give the corners of the area that the data are of, each as longitude and latitude."""
    corners = re.findall(r"(-?[\d.]+) (-?[\d.]+)", _text(graph, _dataset(graph), "dct:spatial/dcat:bbox"))
    return [(float(longitude), float(latitude)) for longitude, latitude in corners]
