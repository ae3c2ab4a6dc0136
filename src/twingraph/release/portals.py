"""The catalogue for those who harvest it: with the addresses of a site, and in the words of CKAN and of schema.org."""

from __future__ import annotations

import json
import re
import tomllib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pyoxigraph import NamedNode, Triple
from rdflib import BNode, Literal, URIRef
from rdflib.namespace import RDF

from twingraph.settings import BASE
from twingraph.vocab import CATALOGUE_PREFIXES, DCAT, PREFIXES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from rdflib import Graph
    from rdflib.term import Node

_FIELDS = tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))
_CKAN, _SCHEMA = _FIELDS["ckan"], _FIELDS["schema"]
_NUMBER = r"-?\d+(?:\.\d+)?"


@cache
def _iri(name: str) -> URIRef:
    prefix, _, local = name.partition(":")
    return URIRef((PREFIXES | CATALOGUE_PREFIXES)[prefix] + local)


_ADDRESSES = frozenset(map(str, map(_iri, _FIELDS["addresses"])))


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
    dataset, ring = _dataset(graph), _ring(graph)
    services = sorted(graph.subjects(DCAT.servesDataset, dataset), key=str)
    extras = _texts(graph, dataset, _CKAN["extras"], language)
    mail = extras["contact_email"] = extras["contact_email"].removeprefix("mailto:")
    extras |= {"uri": str(dataset), "provenance": _label(graph, dataset, "dct:provenance", language)}
    for key, path in _CKAN["lists"].items():
        values = sorted(str(value) for value in _values(graph, dataset, path))
        extras[key] = json.dumps(values, ensure_ascii=False) if values else ""
    extras["spatial"] = json.dumps({"type": "Polygon", "coordinates": [ring]}) if ring else ""
    words = [str(each) for each in graph.objects(dataset, DCAT.keyword) if getattr(each, "language", "") == language]
    return {
        **_texts(graph, dataset, _CKAN["package"], language),
        # CKAN takes as the name of a package 2 to 100 letters, digits and hyphens.
        "name": re.sub(r"[^a-z0-9_-]+", "-", extras["identifier"].lower()).strip("-")[:100],
        "title_translated": _translations(graph, dataset, "dct:title"),
        "notes_translated": _translations(graph, dataset, "dct:description"),
        "license_id": _CKAN["licences"].get(_text(graph, dataset, "dct:license"), "notspecified"),
        "maintainer_email": mail,
        "tags": [{"name": tag} for tag in sorted({re.sub(r"[^\w .-]+", " ", word).strip()[:100] for word in words})],
        "extras": [{"key": key, "value": value} for key, value in extras.items() if value],
        "resources": [_ckan_resource(graph, each, language) for each in (*_files(graph, dataset), *services)],
    }


def schema_dataset(graph: Graph) -> dict[str, Any]:
    """Give the dataset as search engines read it on a page: schema.org's Dataset, for JSON-LD.

    graph: the catalogue. Texts are plain, in English first, as Google Dataset Search asks for them.
    """
    dataset, ring = _dataset(graph), _ring(graph)
    organisation = _filled({"@type": "Organization", **_texts(graph, dataset, _SCHEMA["organisation"])})
    catalogue = graph.value(predicate=DCAT.dataset, object=dataset)
    start, end = (_text(graph, dataset, f"dct:temporal/dcat:{each}Date") for each in ("start", "end"))
    # South, west, north, east.
    box = " ".join(str(end(point[axis] for point in ring)) for end in (min, max) for axis in (1, 0) if ring)
    fields = {
        **_texts(graph, dataset, _SCHEMA["dataset"]),
        "@context": "https://schema.org/",
        "@type": "Dataset",
        "@id": str(dataset),
        "alternateName": _text(graph, dataset, "dct:title", "lv"),
        "description": "\n\n".join(_translations(graph, dataset, "dct:description").values()),
        "sameAs": str(dataset),
        "identifier": [str(dataset), _text(graph, dataset, "dct:identifier")],
        "inLanguage": [
            tag for iri, tag in _SCHEMA["languages"].items() if URIRef(iri) in _values(graph, dataset, "dct:language")
        ],
        "keywords": sorted({str(word) for word in graph.objects(dataset, DCAT.keyword)}),
        "isAccessibleForFree": True,
        "license": _licence_page(graph, dataset),
        "creator": organisation,
        "publisher": organisation,
        "measurementTechnique": _label(graph, dataset, "dct:provenance"),
        "variableMeasured": _SCHEMA["measured"],
        "isBasedOn": sorted(map(str, _values(graph, dataset, "prov:wasDerivedFrom"))),
        # An interval of ISO 8601, open where it has not ended.
        "temporalCoverage": f"{start}/{end or '..'}" if start else "",
        "spatialCoverage": {"@type": "Place", "geo": {"@type": "GeoShape", "box": box}} if box else {},
        "includedInDataCatalog": {
            **_texts(graph, catalogue, _SCHEMA["catalogue"]),
            "@type": "DataCatalog",
            "@id": str(catalogue),
        },
        "distribution": [_download(graph, each) for each in _files(graph, dataset)],
    }
    return _filled(fields)


def contact(graph: Graph) -> str:
    """Give the address at which who publishes the dataset answers, "" where none is named."""
    addresses = (_text(graph, _dataset(graph), f"dcat:contactPoint/vcard:has{each}") for each in ("Email", "URL"))
    return next(filter(None, addresses), "")


def _ckan_resource(graph: Graph, each: Node, language: str) -> dict[str, Any]:
    if address := _text(graph, each, "dcat:endpointURL"):
        form = "SPARQL" if address.endswith("/sparql") else "API"
    else:
        form = "GZ" if _text(graph, each, "dcat:compressFormat") else _label(graph, each, "dct:format")
    fields = {
        **_texts(graph, each, _CKAN["resource"], language),
        "uri": str(each),
        "url": address or _text(graph, each, "dcat:downloadURL"),
        "format": form,
        "mimetype": _media_type(graph, each),
        "size": int(_text(graph, each, "dcat:byteSize") or 0),
        "hash": _text(graph, each, "spdx:checksum/spdx:checksumValue").lower(),
        "rights": _label(graph, each, "dct:rights", language),
    }
    return _filled(fields)


def _download(graph: Graph, each: Node) -> dict[str, Any]:
    licence = _licence_page(graph, each)
    fields = {
        **_texts(graph, each, _SCHEMA["file"]),
        "@type": "DataDownload",
        "@id": str(each),
        "encodingFormat": _media_type(graph, each),
        "contentSize": f"{_text(graph, each, 'dcat:byteSize')} B",
        "sha256": _text(graph, each, "spdx:checksum/spdx:checksumValue").lower(),
        "license": licence,
        "copyrightNotice": "" if licence else _label(graph, each, "dct:rights"),
    }
    return _filled(fields)


def _filled(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Leave out the fields that say nothing."""
    return {name: value for name, value in fields.items() if value}


def _dataset(graph: Graph) -> Node:
    return min(graph.subjects(RDF.type, DCAT.Dataset), key=str)


def _files(graph: Graph, dataset: Node) -> list[Node]:
    return sorted(graph.objects(dataset, DCAT.distribution), key=str)


def _values(graph: Graph, subject: Node | None, path: str) -> list[Node]:
    """Give the texts and IRIs to which a path of properties leads, such as `dct:publisher/foaf:name`, in an order."""
    nodes = [] if subject is None else [subject]
    for name in path.split("/"):
        nodes = [value for node in nodes for value in graph.objects(node, _iri(name))]
    return sorted((node for node in nodes if not isinstance(node, BNode)), key=str)


def _text(graph: Graph, subject: Node | None, path: str, language: str = "en") -> str:
    """Give a value in a language, else in English, else any; "" where there is none."""
    values = {getattr(value, "language", None) or "": str(value) for value in _values(graph, subject, path)}
    return values.get(language) or values.get("en") or next(iter(values.values()), "")


def _texts(graph: Graph, subject: Node | None, paths: Mapping[str, str], language: str = "en") -> dict[str, str]:
    return {name: _text(graph, subject, path, language) for name, path in paths.items()}


def _translations(graph: Graph, subject: Node, path: str) -> dict[str, str]:
    texts = {str(each.language): str(each) for each in _values(graph, subject, path) if isinstance(each, Literal)}
    return dict(sorted(texts.items()))


def _label(graph: Graph, subject: Node, path: str, language: str = "en") -> str:
    """Give what a statement says in words: its label, or the statement itself where that is all there is."""
    return _text(graph, subject, f"{path}/rdfs:label", language) or _text(graph, subject, path, language)


def _licence_page(graph: Graph, subject: Node) -> str:
    """Give the address at which a licence is to be read, which search engines know it by; "" where there is none."""
    return _text(graph, subject, "dct:license/skos:exactMatch") or _text(graph, subject, "dct:license")


def _media_type(graph: Graph, each: Node) -> str:
    """Give the media type of a file as it is sent: that of its compression, where it has one."""
    media = _text(graph, each, "dcat:compressFormat") or _text(graph, each, "dcat:mediaType")
    return re.sub(r"https?://www\.iana\.org/assignments/media-types/", "", media)


def _ring(graph: Graph) -> list[tuple[float, float]]:
    """Give the corners of the area that the data are of, each as longitude and latitude."""
    boxes = map(str, _values(graph, _dataset(graph), "dct:spatial/dcat:bbox"))
    polygon = next((box for box in boxes if "POLYGON" in box), "")
    return [(float(x), float(y)) for x, y in re.findall(rf"({_NUMBER})\s+({_NUMBER})", polygon)]
