"""Portals as they harvest: what ckanext-dcat 2.4 and udata 17 ask for, accept and read, written anew from theirs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import requests
from rdflib import BNode, Graph, URIRef
from rdflib.namespace import DCTERMS, FOAF, RDF, SKOS
from rdflib.util import SUFFIX_FORMAT_MAP, guess_format

from twingraph.vocab import DCAT, SPDX, VCARD

if TYPE_CHECKING:
    from collections.abc import Callable

    from rdflib.term import Node

MOST = 50 << 20
"""Bytes that CKAN takes."""
UDATA_ENDINGS = SUFFIX_FORMAT_MAP | {"json": "json-ld", "jsonld": "json-ld", "xml": "xml"}
UDATA_TYPES = {
    "application/ld+json": "json-ld",
    "application/json": "json-ld",
    "application/n-triples": "nt",
    "application/rdf+xml": "xml",
    "application/trig": "trig",
    "application/x-turtle": "turtle",
    "application/xml": "xml",
    "text/n3": "n3",
    "text/turtle": "turtle",
    "text/xml": "xml",
}
HYDRA = "http://www.w3.org/ns/hydra/core#"


class NotHarvested(Exception):
    """What a portal would write in the log of the job."""


def as_ckan(url: str) -> Graph:
    """Ask by HEAD, then by GET with requests' own headers; the type before the semicolon is rdflib's format."""
    session = requests.Session()
    session.trust_env = False
    head = session.head(url, timeout=30)
    head.raise_for_status()
    if int(head.headers.get("content-length", 0)) > MOST:
        raise NotHarvested("Remote file is too big.")
    answer = session.get(url, stream=True, timeout=30)
    body = b"".join(answer.iter_content(1024))
    return parsed(body.decode("utf-8"), answer.headers["content-type"].split(";", 1)[0])


def as_udata(url: str) -> Graph:
    """Know the format by the ending, else by HEAD; follow nothing, and let requests decode the text."""
    session = requests.Session()
    session.trust_env = False
    session.headers["User-Agent"] = "uData/0.1 dcat"
    form = guess_format(url, UDATA_ENDINGS)
    if form is None:
        head = session.head(url, allow_redirects=False, timeout=30)
        head.raise_for_status()
        media = head.headers.get("Content-Type", "").split(";", 1)[0]
        form = UDATA_TYPES.get(media)
        if form is None:
            raise NotHarvested(f'Unsupported mime type "{media}"')
    answer = session.get(url, allow_redirects=False, timeout=30)
    if answer.is_redirect:
        raise NotHarvested(f"Redirect ({answer.status_code}) not allowed")
    answer.raise_for_status()
    return parsed(answer.text, form)


HARVESTERS: dict[str, Callable[[str], Graph]] = {"CKAN": as_ckan, "udata": as_udata}


def parsed(text: str, form: str) -> Graph:
    graph = Graph()
    graph.parse(data=text, format=form)
    for term in ("next", "nextPage"):
        if (None, URIRef(HYDRA + term), None) in graph:
            raise NotHarvested("There are more pages.")
    return graph


@dataclass(frozen=True)
class Item:
    """A dataset or service as a portal keeps it, whatever it calls its fields."""

    identifier: str
    title: dict[str, str]
    description: dict[str, str]
    keywords: frozenset[str]
    licence: str
    publisher: str
    contact: str
    files: frozenset[tuple[str, ...]]


def harvested(graph: Graph, kind: URIRef = DCAT.Dataset) -> dict[str, Item]:
    """Take every node of a class, and stop where CKAN or udata would: no title, no identifier, a second of one name."""
    found: dict[str, Item] = {}
    services = set(graph.objects(None, DCAT.accessService))
    for node in graph.subjects(RDF.type, kind):
        if node in services:
            continue
        item = _item(graph, node)
        if isinstance(node, BNode) or not item.title or not item.identifier or item.identifier in found:
            raise NotHarvested(f"{node}: no title, or no identifier of its own")
        if isinstance(graph.value(node, DCTERMS.temporal), URIRef):
            raise NotHarvested(f"{node}: the time is to be looked up elsewhere")
        for checksum in graph.objects(node, DCAT.distribution / SPDX.checksum):
            _check_checksum(graph, checksum)
        found[item.identifier] = item
    return found


def _check_checksum(graph: Graph, checksum: Node) -> None:
    """Stop where udata would: it knows algorithms by http alone, keeps texts alone, and rdflib makes bytes of some."""
    algorithm, value = graph.value(checksum, SPDX.algorithm), graph.value(checksum, SPDX.checksumValue)
    if str(algorithm).startswith("http://spdx.org/") and not isinstance(getattr(value, "value", ""), str):
        raise NotHarvested("StringField only accepts string values")


def _item(graph: Graph, node: Node) -> Item:
    contact = graph.value(node, DCAT.contactPoint)
    return Item(
        identifier=str(graph.value(node, DCTERMS.identifier) or ""),
        title=_by_language(graph, node, DCTERMS.title),
        description=_by_language(graph, node, DCTERMS.description),
        keywords=_keywords(graph, node),
        licence=str(graph.value(graph.value(node, DCTERMS.license), DCTERMS.title)),
        publisher=str(graph.value(graph.value(node, DCTERMS.publisher), FOAF.name)),
        contact=str(graph.value(contact, VCARD.hasEmail) or graph.value(contact, VCARD.hasURL)),
        files=frozenset(_file(graph, each) for each in graph.objects(node, DCAT.distribution)),
    )


def _keywords(graph: Graph, node: Node) -> frozenset[str]:
    words = [*graph.objects(node, DCAT.keyword), *graph.objects(node, DCAT.theme / SKOS.prefLabel)]
    return frozenset(map(str, words))


def _file(graph: Graph, node: Node) -> tuple[str, ...]:
    checksum = graph.value(node, SPDX.checksum)
    terms = (DCAT.accessURL, DCAT.downloadURL, DCAT.mediaType, DCAT.compressFormat, DCAT.byteSize)
    values = (graph.value(node, term) for term in terms)
    # rdflib reads hexadecimal as bytes, in capitals or not.
    value = graph.value(checksum, SPDX.checksumValue)
    return (str(node), *(str(each or "") for each in values), str(value or "").lower())


def _by_language(graph: Graph, node: Node, term: URIRef) -> dict[str, str]:
    return {getattr(value, "language", None) or "": str(value) for value in graph.objects(node, term)}
