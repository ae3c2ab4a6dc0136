"""The catalogue for those who harvest it: with the addresses of a site, and in the words of CKAN and of schema.org."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from pyoxigraph import NamedNode, Triple
from rdflib import BNode, Literal, URIRef
from rdflib.namespace import DCTERMS, FOAF, PROV, RDF, RDFS

from twingraph.settings import BASE
from twingraph.vocab import ADMS, DCAT, DCATAP, EU_AUTHORITY, SPDX, VCARD, WD

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from rdflib import Graph
    from rdflib.term import Node

_ADDRESSES = frozenset(
    map(str, (DCAT.accessURL, DCAT.downloadURL, DCAT.endpointURL, DCAT.endpointDescription, DCAT.landingPage))
) | {str(FOAF.homepage), str(FOAF.page)}
"""The properties whose values are addresses to go to, and not names of things."""

_LICENCES = {
    EU_AUTHORITY["licence/CC0"]: ("https://creativecommons.org/publicdomain/zero/1.0/", "cc-zero"),
    EU_AUTHORITY["licence/CC_BY_4_0"]: ("https://creativecommons.org/licenses/by/4.0/", "cc-by"),
}
"""Where licences of the EU's list are to be read, which search engines know them by, and CKAN's names for them."""
_LANGUAGES = {EU_AUTHORITY["language/LAV"]: "lv", EU_AUTHORITY["language/ENG"]: "en"}
_FORMATS = {
    "application/geo+json": "GeoJSON",
    "application/gzip": "GZ",
    "application/json": "JSON",
    "application/ld+json": "JSON-LD",
    "application/n-quads": "N-Quads",
    "application/n-triples": "N-Triples",
    "application/rdf+xml": "RDF",
    "application/trig": "TriG",
    "text/csv": "CSV",
    "text/plain": "TXT",
    "text/turtle": "TTL",
}
"""The names of formats by media type, those in capitals as CKAN lists them."""
_MEASURED = (
    {"name": "area", "propertyID": str(WD.P2046), "unitCode": "KMK"},
    {"name": "population", "propertyID": str(WD.P1082)},
)
"""What figures are of; a rule allows nothing else."""
_IANA = re.compile(r"https?://www\.iana\.org/assignments/media-types/")
_NOT_IN_TAGS = re.compile(r"[^\w .-]+")
_NUMBER = r"-?\d+(?:\.\d+)?"
_POINT = re.compile(rf"({_NUMBER})\s+({_NUMBER})")


def moved_to(site: str, triples: Iterable[Triple]) -> list[Triple]:
    """Put the address of a site in the place of the base of ours, where an address is meant; names of things stay.

    site: ends with a slash.
    """
    told = list(triples)
    known = {
        o: NamedNode(site + o.value.removeprefix(BASE))
        for _, p, o in told
        if p.value in _ADDRESSES and isinstance(o, NamedNode) and o.value.startswith(BASE)
    }
    # What is said of a page is said of it where it is served, too.
    return [Triple(known.get(s, s), p, known.get(o, o) if p.value in _ADDRESSES else o) for s, p, o in told]


def package(graph: Graph, language: str) -> dict[str, Any]:
    """Give the dataset as the body of CKAN's `package_create`, in a language; both, where CKAN has ckanext-fluent.

    graph: the catalogue. Who sends it adds `owner_org`, the name of an organisation of that portal.
    """
    dataset = _dataset(graph)
    publisher, point = graph.value(dataset, DCTERMS.publisher), graph.value(dataset, DCAT.contactPoint)
    return {
        "name": _name(_text(graph, dataset, DCTERMS.identifier)),
        "title": _text(graph, dataset, DCTERMS.title, language),
        "title_translated": _translated(graph, dataset, DCTERMS.title),
        "notes": _text(graph, dataset, DCTERMS.description, language),
        "notes_translated": _translated(graph, dataset, DCTERMS.description),
        "url": _text(graph, dataset, DCAT.landingPage),
        "version": _text(graph, dataset, DCAT.version),
        "license_id": _licence(graph, dataset)[1],
        "author": _text(graph, publisher, FOAF.name, language),
        "maintainer": _text(graph, point, VCARD.fn, language),
        "maintainer_email": _text(graph, point, VCARD.hasEmail).removeprefix("mailto:"),
        "tags": [{"name": tag} for tag in _tags(graph, dataset, language)],
        "extras": [{"key": key, "value": value} for key, value in _extras(graph, dataset, language) if value],
        "resources": [*_files(graph, dataset, language), *_services(graph, dataset, language)],
    }


def described(graph: Graph) -> dict[str, Any]:
    """Give the dataset as search engines read it on a page: schema.org's Dataset, for JSON-LD.

    graph: the catalogue. Texts are plain, in English first, as Google Dataset Search asks for them.
    """
    dataset = _dataset(graph)
    publisher = graph.value(dataset, DCTERMS.publisher)
    organisation = {"@type": "Organization", "name": _text(graph, publisher, FOAF.name, "en")}
    if homepage := _text(graph, publisher, FOAF.homepage):
        organisation["url"] = homepage
    told = {
        "@context": "https://schema.org/",
        "@type": "Dataset",
        "@id": str(dataset),
        "name": _text(graph, dataset, DCTERMS.title, "en"),
        "alternateName": _text(graph, dataset, DCTERMS.title, "lv"),
        "description": "\n\n".join(_translated(graph, dataset, DCTERMS.description).values()),
        "url": _text(graph, dataset, DCAT.landingPage),
        "sameAs": str(dataset),
        "identifier": [str(dataset), _text(graph, dataset, DCTERMS.identifier)],
        "version": _text(graph, dataset, DCAT.version),
        "datePublished": _text(graph, dataset, DCTERMS.issued),
        "dateModified": _text(graph, dataset, DCTERMS.modified),
        "inLanguage": _languages(graph, dataset),
        "keywords": sorted({str(word) for word in graph.objects(dataset, DCAT.keyword)}),
        "isAccessibleForFree": True,
        "license": _licence(graph, dataset)[0],
        "creator": organisation,
        "publisher": organisation,
        "measurementTechnique": _label(graph, graph.value(dataset, DCTERMS.provenance), "en"),
        "variableMeasured": [{"@type": "PropertyValue", **each} for each in _MEASURED],
        "isBasedOn": sorted(map(str, graph.objects(dataset, PROV.wasGeneratedBy / PROV.used))),
        "temporalCoverage": _interval(graph, dataset),
        "spatialCoverage": _box(graph, dataset),
        "includedInDataCatalog": _catalogue(graph, dataset),
        "distribution": [_download(graph, each) for each in _distributions(graph, dataset)],
    }
    return {name: value for name, value in told.items() if value}


def contact(graph: Graph) -> str:
    """Give the address at which who publishes the dataset answers."""
    point = graph.value(_dataset(graph), DCAT.contactPoint)
    return _text(graph, point, VCARD.hasEmail) or _text(graph, point, VCARD.hasURL)


def _dataset(graph: Graph) -> Node:
    return min(graph.subjects(RDF.type, DCAT.Dataset), key=str)


def _distributions(graph: Graph, dataset: Node) -> list[Node]:
    """Give the files of the dataset; what an access service serves is no file."""
    given = graph.objects(dataset, DCAT.distribution)
    return sorted((each for each in given if graph.value(each, DCAT.downloadURL)), key=str)


def _text(graph: Graph, subject: Node | None, term: Node, language: str = "en") -> str:
    """Give a value in a language, else in English, else any; "" where there is none."""
    if subject is None:
        return ""
    values = sorted(graph.objects(subject, term), key=str)
    by_language = {getattr(value, "language", None) or "": str(value) for value in values}
    return by_language.get(language) or by_language.get("en") or next(iter(by_language.values()), "")


def _translated(graph: Graph, subject: Node, term: Node) -> dict[str, str]:
    values = [value for value in graph.objects(subject, term) if isinstance(value, Literal)]
    return {str(value.language): str(value) for value in sorted(values, key=lambda value: str(value.language))}


def _all(graph: Graph, subject: Node, term: Node) -> str:
    """Give all values as a JSON list, as ckanext-dcat keeps them; "" where there are none."""
    values = sorted(str(value) for value in graph.objects(subject, term) if not isinstance(value, BNode))
    return json.dumps(values, ensure_ascii=False) if values else ""


def _name(identifier: str) -> str:
    """Make of an identifier what CKAN takes for the name of a package: 2 to 100 letters, digits, hyphens."""
    return re.sub(r"[^a-z0-9_-]+", "-", identifier.lower()).strip("-")[:100]


def _tags(graph: Graph, dataset: Node, language: str) -> list[str]:
    words = {str(word) for word in graph.objects(dataset, DCAT.keyword) if getattr(word, "language", "") == language}
    return sorted({_NOT_IN_TAGS.sub(" ", word).strip()[:100] for word in words})


def _extras(graph: Graph, dataset: Node, language: str) -> Iterator[tuple[str, str]]:
    """Give what CKAN has no field for by the names under which ckanext-dcat keeps it, so that it exports it again."""
    yield "uri", str(dataset)
    for key, term in _EXTRAS.items():
        yield key, _text(graph, dataset, term, language)
    for key, term in _LISTS.items():
        yield key, _all(graph, dataset, term)
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
    period = graph.value(dataset, DCTERMS.temporal)
    yield "temporal_start", _text(graph, period, DCAT.startDate)
    yield "temporal_end", _text(graph, period, DCAT.endDate)
    yield "spatial", _geojson(graph, dataset)


_EXTRAS = {
    "identifier": DCTERMS.identifier,
    "issued": DCTERMS.issued,
    "modified": DCTERMS.modified,
    "version_notes": ADMS.versionNotes,
    "frequency": DCTERMS.accrualPeriodicity,
    "access_rights": DCTERMS.accessRights,
    "dcat_type": DCTERMS.type,
}
_LISTS = {
    "language": DCTERMS.language,
    "theme": DCAT.theme,
    "conforms_to": DCTERMS.conformsTo,
    "documentation": FOAF.page,
    "sample": ADMS.sample,
}


def _label(graph: Graph, subject: Node | None, language: str) -> str:
    """Give what a statement says in words: its label, or the statement itself where that is all there is."""
    labelled = _text(graph, subject, RDFS.label, language)
    return labelled or (str(subject) if isinstance(subject, Literal | URIRef) else "")


def _files(graph: Graph, dataset: Node, language: str) -> Iterator[dict[str, Any]]:
    for each in _distributions(graph, dataset):
        media, checksum = _media_type(graph, each), graph.value(each, SPDX.checksum)
        told = {
            **_resource(graph, each, language),
            "url": _text(graph, each, DCAT.downloadURL),
            "access_url": _text(graph, each, DCAT.accessURL),
            "download_url": _text(graph, each, DCAT.downloadURL),
            "format": _FORMATS.get(media, media),
            "mimetype": media,
            "size": int(_text(graph, each, DCAT.byteSize) or 0),
            "hash": _text(graph, checksum, SPDX.checksumValue).lower(),
            "hash_algorithm": _text(graph, checksum, SPDX.algorithm),
            "rights": _rights(graph, each, language),
            "availability": _text(graph, each, DCATAP.availability),
        }
        yield {name: value for name, value in told.items() if value}


def _services(graph: Graph, dataset: Node, language: str) -> Iterator[dict[str, Any]]:
    for each in sorted(graph.subjects(DCAT.servesDataset, dataset), key=str):
        address = _text(graph, each, DCAT.endpointURL)
        form = "SPARQL" if address.endswith("/sparql") else "API"
        yield {**_resource(graph, each, language), "url": address, "format": form}


def _resource(graph: Graph, subject: Node, language: str) -> dict[str, Any]:
    told = {"uri": str(subject), "license": _text(graph, subject, DCTERMS.license)}
    for key, term in (("name", DCTERMS.title), ("description", DCTERMS.description)):
        told[key] = _text(graph, subject, term, language)
    return told


def _rights(graph: Graph, distribution: Node, language: str) -> str:
    return _label(graph, graph.value(distribution, DCTERMS.rights), language)


def _media_type(graph: Graph, distribution: Node) -> str:
    """Give the media type of a file as it is sent: that of its compression, where it has one."""
    sent = _text(graph, distribution, DCAT.compressFormat) or _text(graph, distribution, DCAT.mediaType)
    return _IANA.sub("", sent)


def _licence(graph: Graph, subject: Node) -> tuple[str, str]:
    """Give the address of a licence, and CKAN's name for it."""
    licence = graph.value(subject, DCTERMS.license)
    return _LICENCES.get(URIRef(str(licence)), (str(licence or ""), "notspecified"))


def _download(graph: Graph, distribution: Node) -> dict[str, Any]:
    told = {
        "@type": "DataDownload",
        "@id": str(distribution),
        "name": _text(graph, distribution, DCTERMS.title, "en"),
        "description": _text(graph, distribution, DCTERMS.description, "en"),
        "contentUrl": _text(graph, distribution, DCAT.downloadURL),
        "encodingFormat": _media_type(graph, distribution),
        "contentSize": f"{_text(graph, distribution, DCAT.byteSize)} B",
        "sha256": _text(graph, graph.value(distribution, SPDX.checksum), SPDX.checksumValue).lower(),
        "license": _licence(graph, distribution)[0],
        "copyrightNotice": "" if graph.value(distribution, DCTERMS.license) else _rights(graph, distribution, "en"),
    }
    return {name: value for name, value in told.items() if value}


def _catalogue(graph: Graph, dataset: Node) -> dict[str, str]:
    catalogue = graph.value(predicate=DCAT.dataset, object=dataset)
    told = {"@type": "DataCatalog", "@id": str(catalogue), "name": _text(graph, catalogue, DCTERMS.title, "en")}
    return told | {"url": _text(graph, catalogue, FOAF.homepage)}


def _languages(graph: Graph, dataset: Node) -> list[str]:
    return [tag for iri, tag in _LANGUAGES.items() if (dataset, DCTERMS.language, iri) in graph]


def _interval(graph: Graph, dataset: Node) -> str:
    """Give the time that the data are of as an interval of ISO 8601, open where it has not ended."""
    period = graph.value(dataset, DCTERMS.temporal)
    start, end = (_text(graph, period, term) for term in (DCAT.startDate, DCAT.endDate))
    return f"{start}/{end or '..'}" if start else ""


def _ring(graph: Graph, dataset: Node) -> list[tuple[float, float]]:
    """Give the corners of the area that the data are of, each as longitude and latitude."""
    boxes = (str(box) for place in graph.objects(dataset, DCTERMS.spatial) for box in graph.objects(place, DCAT.bbox))
    polygon = next((box for box in boxes if "POLYGON" in box), "")
    return [(float(x), float(y)) for x, y in _POINT.findall(polygon)]


def _geojson(graph: Graph, dataset: Node) -> str:
    ring = _ring(graph, dataset)
    return json.dumps({"type": "Polygon", "coordinates": [ring]}) if ring else ""


def _box(graph: Graph, dataset: Node) -> dict[str, Any]:
    """Give the area as schema.org has a box: south, west, north, east."""
    ring = _ring(graph, dataset)
    if not ring:
        return {}
    longitudes, latitudes = zip(*ring, strict=True)
    box = f"{min(latitudes)} {min(longitudes)} {max(latitudes)} {max(longitudes)}"
    return {"@type": "Place", "geo": {"@type": "GeoShape", "box": box}}
