"""Portals as they harvest: what ckanext-dcat 2.4 and udata 17 ask for, accept and read, written anew from theirs."""

from collections.abc import Callable
from typing import NamedTuple

import requests
from rdflib import BNode, Graph, Namespace, URIRef
from rdflib.namespace import DCTERMS, FOAF, RDF, SKOS
from rdflib.paths import Path
from rdflib.term import Node
from rdflib.util import SUFFIX_FORMAT_MAP, guess_format

from twingraph.vocab import DCAT, SPDX, catalogue_prefixes

MOST = 50 << 20
"""Bytes that CKAN takes."""
UDATA_ENDINGS = SUFFIX_FORMAT_MAP | {"json": "json-ld", "jsonld": "json-ld", "xml": "xml"}
UDATA_TYPES = {
    **dict.fromkeys(("application/ld+json", "application/json"), "json-ld"),
    **dict.fromkeys(("application/rdf+xml", "application/xml", "text/xml"), "xml"),
    **dict.fromkeys(("application/x-turtle", "text/turtle"), "turtle"),
    "application/n-triples": "nt",
    "application/trig": "trig",
    "text/n3": "n3",
}
ADMS, DCATAP, VCARD = (Namespace(catalogue_prefixes()[name]) for name in ("adms", "dcatap", "vcard"))
HYDRA = Namespace("http://www.w3.org/ns/hydra/core#")


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
    if (form := guess_format(url, UDATA_ENDINGS)) is None:
        head = session.head(url, allow_redirects=False, timeout=30)
        head.raise_for_status()
        media = head.headers.get("Content-Type", "").split(";", 1)[0]
        if (form := UDATA_TYPES.get(media)) is None:
            raise NotHarvested(f'Unsupported mime type "{media}"')
    answer = session.get(url, allow_redirects=False, timeout=30)
    if answer.is_redirect:
        raise NotHarvested(f"Redirect ({answer.status_code}) not allowed")
    answer.raise_for_status()
    return parsed(answer.text, form)


HARVESTERS: dict[str, Callable[[str], Graph]] = {"CKAN": as_ckan, "udata": as_udata}


def parsed(text: str, form: str) -> Graph:
    graph = Graph().parse(data=text, format=form)
    if any((None, term, None) in graph for term in (HYDRA.next, HYDRA.nextPage)):
        raise NotHarvested("There are more pages.")
    return graph


class Item(NamedTuple):
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
    for node in set(graph.subjects(RDF.type, kind)) - set(graph.objects(None, DCAT.accessService)):
        item = _item(graph, node)
        if isinstance(node, BNode) or not item.title or not item.identifier or item.identifier in found:
            raise NotHarvested(f"{node}: no title, or no identifier of its own")
        if isinstance(graph.value(node, DCTERMS.temporal), URIRef):
            raise NotHarvested(f"{node}: the time is to be looked up elsewhere")
        for checksum in graph.objects(node, DCAT.distribution / SPDX.checksum):
            # udata knows algorithms by http alone and keeps texts alone, and rdflib makes bytes of some.
            algorithm, value = graph.value(checksum, SPDX.algorithm), graph.value(checksum, SPDX.checksumValue)
            if str(algorithm).startswith("http://spdx.org/") and not isinstance(getattr(value, "value", ""), str):
                raise NotHarvested("StringField only accepts string values")
        found[item.identifier] = item
    return found


def _item(graph: Graph, node: Node) -> Item:
    def text(term: URIRef | Path, of: Node = node) -> str:
        return str(next(graph.objects(of, term), ""))

    def by_language(term: URIRef) -> dict[str, str]:
        return {getattr(value, "language", None) or "": str(value) for value in graph.objects(node, term)}

    terms = (DCAT.accessURL, DCAT.downloadURL, DCAT.mediaType, DCAT.compressFormat, DCAT.byteSize)
    # rdflib reads hexadecimal as bytes, in capitals or not.
    files = (
        (str(file), *(text(term, file) for term in terms), text(SPDX.checksum / SPDX.checksumValue, file).lower())
        for file in graph.objects(node, DCAT.distribution)
    )
    keywords = graph.objects(node, DCAT.keyword | DCAT.theme / SKOS.prefLabel)
    return Item(
        identifier=text(DCTERMS.identifier),
        title=by_language(DCTERMS.title),
        description=by_language(DCTERMS.description),
        keywords=frozenset(map(str, keywords)),
        licence=text(DCTERMS.license / DCTERMS.title),
        publisher=text(DCTERMS.publisher / FOAF.name),
        contact=text(DCAT.contactPoint / (VCARD.hasEmail | VCARD.hasURL)),
        files=frozenset(files),
    )
