"""The catalogue for those who harvest it: with the addresses of a site, and in the words of CKAN and of schema.org."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pyoxigraph import NamedNode, Triple
from rdflib import BNode, URIRef
from rdflib.namespace import RDF

from twingraph.settings import BASE
from twingraph.vocab import CATALOGUE_PREFIXES, DCAT

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from rdflib import Graph
    from rdflib.term import Node

_FIELDS = tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))
_CKAN, _SCHEMA = _FIELDS["ckan"], _FIELDS["schema"]
_NUMBER = r"-?\d+(?:\.\d+)?"


def move(site: str, triples: Iterable[Triple]) -> list[Triple]:
    """Put the address of a site in the place of the base of ours, where an address is meant; names of things stay.

    site: ends with a slash.
    """
    catalogue, addresses = list(triples), {str(_iri(name)) for name in _FIELDS["addresses"]}
    moved = {
        o: NamedNode(site + o.value.removeprefix(BASE))
        for _, p, o in catalogue
        if p.value in addresses and isinstance(o, NamedNode) and o.value.startswith(BASE)
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
    extras |= {"uri": str(dataset)}
    if ring:
        extras["spatial"] = json.dumps({"type": "Polygon", "coordinates": [ring]})
    words = [str(each) for each in graph.objects(dataset, DCAT.keyword) if getattr(each, "language", "") == language]
    services = sorted(graph.subjects(DCAT.servesDataset, dataset), key=str)
    return {
        **fields,
        # CKAN takes as the name of a package 2 to 100 letters, digits and hyphens.
        "name": re.sub(r"[^a-z0-9_-]+", "-", extras["identifier"].lower()).strip("-")[:100],
        "title_translated": _translations(graph, dataset, "dct:title"),
        "notes_translated": _translations(graph, dataset, "dct:description"),
        "license_id": _CKAN["licences"].get(fields["license_id"], "notspecified"),
        "tags": [{"name": tag} for tag in sorted({re.sub(r"[^\w .-]+", " ", word).strip()[:100] for word in words})],
        "extras": [{"key": key, "value": value} for key, value in extras.items() if value],
        "resources": [
            _ckan_resource(graph, each, language) for each in (*_values(graph, dataset, "dcat:distribution"), *services)
        ],
    }


def _ckan_resource(graph: Graph, each: Node, language: str) -> dict[str, Any]:
    fields: dict[str, Any] = _texts(graph, each, _CKAN["resource"], language)
    if (each, DCAT.endpointURL, None) in graph:
        fields["format"] = "SPARQL" if fields["url"].endswith("/sparql") else "API"
    elif (each, DCAT.compressFormat, None) in graph:
        fields["format"] = "GZ"
    return _filled({**fields, "uri": str(each), "size": int(fields["size"] or 0), "hash": fields["hash"].lower()})


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
        file |= {"@type": "DataDownload", "@id": str(each), "sha256": file["sha256"].lower()}
        file |= {"contentSize": f"{file['contentSize']} B"} | ({"copyrightNotice": ""} if file["license"] else {})
        files.append(_filled(file))
    fields = {
        **_texts(graph, dataset, _SCHEMA["dataset"]),
        "@context": "https://schema.org/",
        "@type": "Dataset",
        "@id": str(dataset),
        "alternateName": _text(graph, dataset, "dct:title", "lv"),
        "description": "\n\n".join(_translations(graph, dataset, "dct:description").values()),
        "sameAs": str(dataset),
        "identifier": [str(dataset), _text(graph, dataset, "dct:identifier")],
        "inLanguage": [tag for iri, tag in _SCHEMA["languages"].items() if iri in languages],
        "keywords": sorted({str(word) for word in graph.objects(dataset, DCAT.keyword)}),
        "isAccessibleForFree": True,
        "creator": organisation,
        "publisher": organisation,
        "variableMeasured": _SCHEMA["measured"],
        "isBasedOn": list(map(str, _values(graph, dataset, "prov:wasDerivedFrom"))),
        # An interval of ISO 8601, open where it has not ended.
        "temporalCoverage": f"{start}/{end or '..'}" if start else "",
        "spatialCoverage": {"@type": "Place", "geo": {"@type": "GeoShape", "box": box}} if box else {},
        "includedInDataCatalog": {
            **_texts(graph, catalogue, _SCHEMA["catalogue"]),
            "@type": "DataCatalog",
            "@id": str(catalogue),
        },
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


def _iri(name: str) -> URIRef:
    prefix, _, local = name.partition(":")
    return URIRef(CATALOGUE_PREFIXES[prefix] + local)


def _values(graph: Graph, subject: Node | None, path: str) -> list[Node]:
    """Give the texts and IRIs to which a path of properties leads, such as `dct:publisher/foaf:name`, in an order."""
    nodes = [] if subject is None else [subject]
    for name in path.split("/"):
        nodes = [value for node in nodes for value in graph.objects(node, _iri(name))]
    return sorted((node for node in nodes if not isinstance(node, BNode)), key=str)


def _translations(graph: Graph, subject: Node | None, path: str) -> dict[str, str]:
    """Give the values by language, "" where one has none."""
    values = {getattr(each, "language", None) or "": str(each) for each in _values(graph, subject, path)}
    return dict(sorted(values.items()))


def _text(graph: Graph, subject: Node | None, paths: str, language: str = "en") -> str:
    """Give a value in a language, else in English, else any; "" where no path leads to one."""
    values = next(filter(None, (_translations(graph, subject, path) for path in paths.split(" | "))), {"": ""})
    return values.get(language) or values.get("en") or next(iter(values.values()))


def _texts(graph: Graph, subject: Node | None, fields: Mapping[str, str], language: str = "en") -> dict[str, str]:
    texts = {name: _text(graph, subject, paths, language) for name, paths in fields.items()}
    return {
        name: re.sub(r"^https?://www\.iana\.org/assignments/media-types/", "", each) for name, each in texts.items()
    }


def _ring(graph: Graph) -> list[tuple[float, float]]:
    """Give the corners of the area that the data are of, each as longitude and latitude."""
    boxes = map(str, _values(graph, _dataset(graph), "dct:spatial/dcat:bbox"))
    polygon = next((box for box in boxes if "POLYGON" in box), "")
    return [(float(x), float(y)) for x, y in re.findall(rf"({_NUMBER})\s+({_NUMBER})", polygon)]
