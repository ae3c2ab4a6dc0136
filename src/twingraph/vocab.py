"""Namespaces, prefixes, and the functions that mint every IRI."""

from __future__ import annotations

from rdflib import Namespace, URIRef
from rdflib.namespace import DCTERMS, OWL, PROV, RDF, RDFS, SDO, SKOS, XSD

from twingraph.settings import BASE

TG = Namespace(f"{BASE}ns#")
"""Terms of our own, defined in ontology/twingraph.ttl."""
SHAPE = Namespace(f"{BASE}shapes#")
"""Rules, defined in shapes/."""
OA = Namespace("http://www.w3.org/ns/oa#")
RDFG = Namespace("http://www.w3.org/2004/03/trix/rdfg-1/")
SH = Namespace("http://www.w3.org/ns/shacl#")
SPDX = Namespace("http://spdx.org/rdf/terms#")
VANN = Namespace("http://purl.org/vocab/vann/")
WD = Namespace("http://www.wikidata.org/entity/")
WDT = Namespace("http://www.wikidata.org/prop/direct/")
GEONAMES = Namespace("https://sws.geonames.org/")
EUROVOC = Namespace("http://eurovoc.europa.eu/")
EU_AUTHORITY = Namespace("http://publications.europa.eu/resource/authority/")
DBO = Namespace("http://dbpedia.org/ontology/")
DCAT = Namespace("http://www.w3.org/ns/dcat#")

OBSERVATION_ABOUT = URIRef(f"{SDO}observationAbout")
"""schema:observationAbout is newer than rdflib's list of schema.org."""

KINDS = (
    *("place", "country", "twinning", "agreement", "activity", "programme", "organisation", "figure"),
    *("area", "topic", "mention", "source", "quote", "evidence", "rule", "scheme", "dataset"),
    *("tie", "document", "standing", "assessment", "precision", "confidence"),
)
"""The kinds of things that have IRIs of the form …/id/{kind}/{slug}."""

ONTOLOGY = URIRef(f"{BASE}ns")
"""The ontology, and the named graph that holds its terms and concept schemes."""


def thing(kind: str, slug: str) -> URIRef:
    """Name a thing: `thing("place", "alcamo")` is `…/id/place/alcamo`."""
    return URIRef(f"{BASE}id/{kind}/{slug}")


def slug_of(iri: object) -> str:
    """Give the last segment of an IRI: the slug of a thing, the name of a term."""
    return str(iri).rstrip("/").replace("#", "/").rpartition("/")[2]


def kind_of(iri: object) -> str | None:
    """Give the kind of a thing of ours, or None for any other IRI."""
    kind, slash, _ = str(iri).removeprefix(f"{BASE}id/").partition("/")
    return kind if slash and kind in KINDS else None


UNCITED = thing("evidence", "uncited")
"""The graph for statements that a curator wrote outside any block; nothing describes it, so a rule finds them."""

PREFIXES: dict[str, str] = {
    "tg": str(TG),
    **{kind: f"{BASE}id/{kind}/" for kind in KINDS},
    "shape": str(SHAPE),
    "dbo": str(DBO),
    "dcat": str(DCAT),
    "dct": str(DCTERMS),
    "eu": str(EU_AUTHORITY),
    "ev": str(EUROVOC),
    "gn": str(GEONAMES),
    "oa": str(OA),
    "owl": str(OWL),
    "prov": str(PROV),
    "rdf": str(RDF),
    "rdfg": str(RDFG),
    "rdfs": str(RDFS),
    "schema": str(SDO),
    "sh": str(SH),
    "skos": str(SKOS),
    "spdx": str(SPDX),
    "vann": str(VANN),
    "wd": str(WD),
    "wdt": str(WDT),
    "xsd": str(XSD),
}
"""The prefixes that files of the release declare and that queries may use, in the order they are written."""
