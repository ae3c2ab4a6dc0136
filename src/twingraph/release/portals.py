"""The catalogue for those who harvest it: with the addresses of a site, and in the words of CKAN and of schema.org."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from pyoxigraph import NamedNode, Triple
from rdflib import BNode, Literal, URIRef
from rdflib.namespace import DCTERMS, FOAF, PROV, RDF, RDFS, SKOS

from twingraph.settings import BASE
from twingraph.vocab import ADMS, DCAT, DCATAP, EU_AUTHORITY, SPDX, VCARD, WD

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from rdflib import Graph
    from rdflib.term import Node

_ADDRESSES = frozenset(
    map(str, (DCAT.accessURL, DCAT.downloadURL, DCAT.endpointURL, DCAT.endpointDescription, DCAT.landingPage))
) | {str(FOAF.homepage), str(FOAF.page)}
"""The properties whose values are addresses to go to, and not names of things."""
_CKAN_LICENCES = {"licence/CC0": "cc-zero", "licence/CC_BY_4_0": "cc-by"}
"""CKAN's names for licences of the EU's list."""
_LANGUAGES = {EU_AUTHORITY["language/LAV"]: "lv", EU_AUTHORITY["language/ENG"]: "en"}
_CKAN_EXTRAS = {
    "identifier": DCTERMS.identifier,
    "issued": DCTERMS.issued,
    "modified": DCTERMS.modified,
    "version_notes": ADMS.versionNotes,
    "frequency": DCTERMS.accrualPeriodicity,
    "access_rights": DCTERMS.accessRights,
    "dcat_type": DCTERMS.type,
}
_CKAN_LISTS = {
    "language": DCTERMS.language,
    "theme": DCAT.theme,
    "conforms_to": DCTERMS.conformsTo,
    "documentation": FOAF.page,
    "sample": ADMS.sample,
}
"""The names under which ckanext-dcat keeps what CKAN has no field for, those of several values apart."""
_MEASURED = (
    {"name": "area", "propertyID": str(WD.P2046), "unitCode": "KMK"},
    {"name": "population", "propertyID": str(WD.P1082)},
)
"""What figures are of; a rule allows nothing else."""
_IANA = re.compile(r"https?://www\.iana\.org/assignments/media-types/")
_NOT_IN_TAGS = re.compile(r"[^\w .-]+")
_NUMBER = r"-?\d+(?:\.\d+)?"
_POINT = re.compile(rf"({_NUMBER})\s+({_NUMBER})")


def move(site: str, triples: Iterable[Triple]) -> list[Triple]:
    """Put the address of a site in the place of the base of ours, where an address is meant; names of things stay.

    site: ends with a slash.
    """
    catalogue = list(triples)
    moved = {
        o: NamedNode(site + o.value.removeprefix(BASE))
        for _, p, o in catalogue
        if p.value in _ADDRESSES and isinstance(o, NamedNode) and o.value.startswith(BASE)
    }
    # What is said of a page is said of it where it is served, too.
    return [Triple(moved.get(s, s), p, moved.get(o, o) if p.value in _ADDRESSES else o) for s, p, o in catalogue]


def ckan_package(graph: Graph, language: str) -> dict[str, Any]:
    """Give the dataset as the body of CKAN's `package_create`, in a language; both, where CKAN has ckanext-fluent.

    graph: the catalogue. Who sends it adds `owner_org`, the name of an organisation of that portal.
    """
    dataset = _dataset(graph)
    publisher, point = graph.value(dataset, DCTERMS.publisher), graph.value(dataset, DCAT.contactPoint)
    words = {str(word) for word in graph.objects(dataset, DCAT.keyword) if getattr(word, "language", "") == language}
    # CKAN takes as the name of a package 2 to 100 letters, digits and hyphens.
    name = re.sub(r"[^a-z0-9_-]+", "-", _text(graph, dataset, DCTERMS.identifier).lower()).strip("-")[:100]
    licence = str(graph.value(dataset, DCTERMS.license)).removeprefix(str(EU_AUTHORITY))
    files = [_ckan_file(graph, each, language) for each in _distributions(graph, dataset)]
    services = []
    for each in sorted(graph.subjects(DCAT.servesDataset, dataset), key=str):
        address = _text(graph, each, DCAT.endpointURL)
        form = "SPARQL" if address.endswith("/sparql") else "API"
        services.append({**_ckan_resource(graph, each, language), "url": address, "format": form})
    return {
        "name": name,
        "title": _text(graph, dataset, DCTERMS.title, language),
        "title_translated": _translations(graph, dataset, DCTERMS.title),
        "notes": _text(graph, dataset, DCTERMS.description, language),
        "notes_translated": _translations(graph, dataset, DCTERMS.description),
        "url": _text(graph, dataset, DCAT.landingPage),
        "version": _text(graph, dataset, DCAT.version),
        "license_id": _CKAN_LICENCES.get(licence, "notspecified"),
        "author": _text(graph, publisher, FOAF.name, language),
        "maintainer": _text(graph, point, VCARD.fn, language),
        "maintainer_email": _text(graph, point, VCARD.hasEmail).removeprefix("mailto:"),
        "tags": [{"name": tag} for tag in sorted({_NOT_IN_TAGS.sub(" ", word).strip()[:100] for word in words})],
        "extras": [{"key": key, "value": value} for key, value in _ckan_extras(graph, dataset, language) if value],
        "resources": [*files, *services],
    }


def schema_dataset(graph: Graph) -> dict[str, Any]:
    """Give the dataset as search engines read it on a page: schema.org's Dataset, for JSON-LD.

    graph: the catalogue. Texts are plain, in English first, as Google Dataset Search asks for them.
    """
    dataset = _dataset(graph)
    publisher, period = graph.value(dataset, DCTERMS.publisher), graph.value(dataset, DCTERMS.temporal)
    start, end = (_text(graph, period, term) for term in (DCAT.startDate, DCAT.endDate))
    homepage = _text(graph, publisher, FOAF.homepage)
    organisation = {"@type": "Organization", "name": _text(graph, publisher, FOAF.name)} | _filled({"url": homepage})
    catalogue = graph.value(predicate=DCAT.dataset, object=dataset)
    longitudes, latitudes = zip(*_ring(graph, dataset), strict=True) if _ring(graph, dataset) else ((), ())
    # South, west, north, east.
    box = " ".join(str(end(each)) for end in (min, max) for each in (latitudes, longitudes) if each)
    fields = {
        "@context": "https://schema.org/",
        "@type": "Dataset",
        "@id": str(dataset),
        "name": _text(graph, dataset, DCTERMS.title),
        "alternateName": _text(graph, dataset, DCTERMS.title, "lv"),
        "description": "\n\n".join(_translations(graph, dataset, DCTERMS.description).values()),
        "url": _text(graph, dataset, DCAT.landingPage),
        "sameAs": str(dataset),
        "identifier": [str(dataset), _text(graph, dataset, DCTERMS.identifier)],
        "version": _text(graph, dataset, DCAT.version),
        "datePublished": _text(graph, dataset, DCTERMS.issued),
        "dateModified": _text(graph, dataset, DCTERMS.modified),
        "inLanguage": [tag for iri, tag in _LANGUAGES.items() if (dataset, DCTERMS.language, iri) in graph],
        "keywords": sorted({str(word) for word in graph.objects(dataset, DCAT.keyword)}),
        "isAccessibleForFree": True,
        "license": _licence_page(graph, dataset),
        "creator": organisation,
        "publisher": organisation,
        "measurementTechnique": _label(graph, graph.value(dataset, DCTERMS.provenance)),
        "variableMeasured": [{"@type": "PropertyValue", **each} for each in _MEASURED],
        "isBasedOn": sorted(map(str, graph.objects(dataset, PROV.wasDerivedFrom))),
        # An interval of ISO 8601, open where it has not ended.
        "temporalCoverage": f"{start}/{end or '..'}" if start else "",
        "spatialCoverage": {"@type": "Place", "geo": {"@type": "GeoShape", "box": box}} if box else {},
        "includedInDataCatalog": {
            "@type": "DataCatalog",
            "@id": str(catalogue),
            "name": _text(graph, catalogue, DCTERMS.title),
            "url": _text(graph, catalogue, FOAF.homepage),
        },
        "distribution": [_download(graph, each) for each in _distributions(graph, dataset)],
    }
    return _filled(fields)


def contact(graph: Graph) -> str:
    """Give the address at which who publishes the dataset answers, "" where none is named."""
    point = graph.value(_dataset(graph), DCAT.contactPoint)
    return _text(graph, point, VCARD.hasEmail) or _text(graph, point, VCARD.hasURL)


def _filled(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Leave out the fields that say nothing."""
    return {name: value for name, value in fields.items() if value}


def _dataset(graph: Graph) -> Node:
    return min(graph.subjects(RDF.type, DCAT.Dataset), key=str)


def _distributions(graph: Graph, dataset: Node) -> list[Node]:
    return sorted(graph.objects(dataset, DCAT.distribution), key=str)


def _text(graph: Graph, subject: Node | None, term: Node, language: str = "en") -> str:
    """Give a value in a language, else in English, else any; "" where there is none."""
    if subject is None:
        return ""
    values = sorted(graph.objects(subject, term), key=str)
    by_language = {getattr(value, "language", None) or "": str(value) for value in values}
    return by_language.get(language) or by_language.get("en") or next(iter(by_language.values()), "")


def _translations(graph: Graph, subject: Node, term: Node) -> dict[str, str]:
    values = [value for value in graph.objects(subject, term) if isinstance(value, Literal)]
    return {str(value.language): str(value) for value in sorted(values, key=lambda value: str(value.language))}


def _label(graph: Graph, subject: Node | None, language: str = "en") -> str:
    """Give what a statement says in words: its label, or the statement itself where that is all there is."""
    label = _text(graph, subject, RDFS.label, language)
    return label or (str(subject) if isinstance(subject, Literal | URIRef) else "")


def _ckan_extras(graph: Graph, dataset: Node, language: str) -> Iterator[tuple[str, str]]:
    """Give what CKAN has no field for by the names under which ckanext-dcat keeps it, so that it exports it again."""
    yield "uri", str(dataset)
    for key, term in _CKAN_EXTRAS.items():
        yield key, _text(graph, dataset, term, language)
    for key, term in _CKAN_LISTS.items():
        values = sorted(str(value) for value in graph.objects(dataset, term) if not isinstance(value, BNode))
        yield key, json.dumps(values, ensure_ascii=False) if values else ""
    yield "provenance", _label(graph, graph.value(dataset, DCTERMS.provenance), language)
    publisher, point = graph.value(dataset, DCTERMS.publisher), graph.value(dataset, DCAT.contactPoint)
    yield "publisher_uri", str(publisher) if isinstance(publisher, URIRef) else ""
    yield "publisher_name", _text(graph, publisher, FOAF.name, language)
    yield "publisher_url", _text(graph, publisher, FOAF.homepage)
    yield "publisher_type", _text(graph, publisher, DCTERMS.type)
    yield "contact_uri", str(point) if isinstance(point, URIRef) else ""
    yield "contact_name", _text(graph, point, VCARD.fn, language)
    yield "contact_email", _text(graph, point, VCARD.hasEmail).removeprefix("mailto:")
    yield "contact_url", _text(graph, point, VCARD.hasURL)
    period, ring = graph.value(dataset, DCTERMS.temporal), _ring(graph, dataset)
    yield "temporal_start", _text(graph, period, DCAT.startDate)
    yield "temporal_end", _text(graph, period, DCAT.endDate)
    yield "spatial", json.dumps({"type": "Polygon", "coordinates": [ring]}) if ring else ""


def _ckan_file(graph: Graph, each: Node, language: str) -> dict[str, Any]:
    checksum, is_compressed = graph.value(each, SPDX.checksum), (each, DCAT.compressFormat, None) in graph
    fields = {
        **_ckan_resource(graph, each, language),
        "url": _text(graph, each, DCAT.downloadURL),
        "access_url": _text(graph, each, DCAT.accessURL),
        "download_url": _text(graph, each, DCAT.downloadURL),
        "format": "GZ" if is_compressed else _label(graph, graph.value(each, DCTERMS["format"])),
        "mimetype": _media_type(graph, each),
        "size": int(_text(graph, each, DCAT.byteSize) or 0),
        "hash": _text(graph, checksum, SPDX.checksumValue).lower(),
        "hash_algorithm": _text(graph, checksum, SPDX.algorithm),
        "rights": _label(graph, graph.value(each, DCTERMS.rights), language),
        "availability": _text(graph, each, DCATAP.availability),
    }
    return _filled(fields)


def _ckan_resource(graph: Graph, subject: Node, language: str) -> dict[str, Any]:
    return {
        "uri": str(subject),
        "license": _text(graph, subject, DCTERMS.license),
        "name": _text(graph, subject, DCTERMS.title, language),
        "description": _text(graph, subject, DCTERMS.description, language),
    }


def _licence_page(graph: Graph, subject: Node) -> str:
    """Give the address at which a licence is to be read, which search engines know it by; "" where there is none."""
    licence = graph.value(subject, DCTERMS.license)
    return _text(graph, licence, SKOS.exactMatch) or str(licence or "")


def _media_type(graph: Graph, distribution: Node) -> str:
    """Give the media type of a file as it is sent: that of its compression, where it has one."""
    sent = _text(graph, distribution, DCAT.compressFormat) or _text(graph, distribution, DCAT.mediaType)
    return _IANA.sub("", sent)


def _download(graph: Graph, distribution: Node) -> dict[str, Any]:
    rights = _label(graph, graph.value(distribution, DCTERMS.rights))
    fields = {
        "@type": "DataDownload",
        "@id": str(distribution),
        "name": _text(graph, distribution, DCTERMS.title),
        "description": _text(graph, distribution, DCTERMS.description),
        "contentUrl": _text(graph, distribution, DCAT.downloadURL),
        "encodingFormat": _media_type(graph, distribution),
        "contentSize": f"{_text(graph, distribution, DCAT.byteSize)} B",
        "sha256": _text(graph, graph.value(distribution, SPDX.checksum), SPDX.checksumValue).lower(),
        "license": _licence_page(graph, distribution),
        "copyrightNotice": "" if graph.value(distribution, DCTERMS.license) else rights,
    }
    return _filled(fields)


def _ring(graph: Graph, dataset: Node) -> list[tuple[float, float]]:
    """Give the corners of the area that the data are of, each as longitude and latitude."""
    boxes = (str(box) for place in graph.objects(dataset, DCTERMS.spatial) for box in graph.objects(place, DCAT.bbox))
    polygon = next((box for box in boxes if "POLYGON" in box), "")
    return [(float(x), float(y)) for x, y in _POINT.findall(polygon)]
