"""Namespaces, prefixes, and the functions that mint every IRI."""

from __future__ import annotations

import re
from urllib.parse import quote

from rdflib import Namespace, URIRef
from rdflib.namespace import DCTERMS, FOAF, OWL, PROV, RDF, RDFS, SDO, SKOS, XSD

from twingraph.settings import BASE

TG = Namespace(f"{BASE}ns#")
"""Terms of our own, defined in ontology/twingraph.ttl."""
SHAPE = Namespace(f"{BASE}shapes#")
"""Rules, defined in shapes/."""
ADMS = Namespace("http://www.w3.org/ns/adms#")
CHANGE_TYPE = Namespace("http://purl.org/adms/changetype/")
DCATAP = Namespace("http://data.europa.eu/r5r/")
FORMATS = Namespace("http://www.w3.org/ns/formats/")
GEO = Namespace("http://www.opengis.net/ont/geosparql#")
LICENCE_TYPE = Namespace("http://purl.org/adms/licencetype/")
OA = Namespace("http://www.w3.org/ns/oa#")
PUBLISHER_TYPE = Namespace("http://purl.org/adms/publishertype/")
RDFG = Namespace("http://www.w3.org/2004/03/trix/rdfg-1/")
SD = Namespace("http://www.w3.org/ns/sparql-service-description#")
SH = Namespace("http://www.w3.org/ns/shacl#")
SPDX = Namespace("http://spdx.org/rdf/terms#")
SPDX_SHA256 = URIRef("https://spdx.org/rdf/terms#checksumAlgorithm_sha256")
"""With https, as the rules of DCAT-AP for vocabularies want it; the terms themselves begin with http."""
VCARD = Namespace("http://www.w3.org/2006/vcard/ns#")
VANN = Namespace("http://purl.org/vocab/vann/")
VOID = Namespace("http://rdfs.org/ns/void#")
VOID_EXT = Namespace("http://ldf.fi/void-ext#")
WD = Namespace("http://www.wikidata.org/entity/")
WDT = Namespace("http://www.wikidata.org/prop/direct/")
WIKIBASE = Namespace("http://wikiba.se/ontology#")
WIKIDATA = "http://www.wikidata.org/"
"""Under which stand Wikidata's namespaces for what a statement consists of, such as `prop/qualifier/`."""
GEONAMES = Namespace("https://sws.geonames.org/")
EUROVOC = Namespace("http://eurovoc.europa.eu/")
EU_AUTHORITY = Namespace("http://publications.europa.eu/resource/authority/")
DBO = Namespace("http://dbpedia.org/ontology/")
DCAT = Namespace("http://www.w3.org/ns/dcat#")

OBSERVATION_ABOUT = URIRef(f"{SDO}observationAbout")
"""schema:observationAbout is newer than rdflib's list of schema.org."""

KINDS = (
    *("place", "country", "twinning", "agreement", "activity", "programme", "organisation", "figure"),
    *("area", "topic", "mention", "source", "quote", "evidence", "rule", "scheme", "dataset", "query"),
    *("tie", "document", "standing", "assessment", "precision", "confidence"),
)
"""The kinds of things that have IRIs of the form …/id/{kind}/{slug}."""
LISTED = ("catalog", "record", "distribution", "service")
"""The kinds of what has such an IRI, but is described in the catalogue and nowhere else."""

ONTOLOGY = URIRef(f"{BASE}ns")
"""The ontology, and the named graph that holds its terms and concept schemes."""


ENDPOINT = URIRef(f"{BASE}sparql")
"""The SPARQL endpoint, wherever it runs."""

HISTORY = URIRef(f"{BASE}changes")
"""The history of the data, whose parts are its versions and what changed with each."""


def thing(kind: str, slug: str) -> URIRef:
    """Name a thing: `thing("place", "alcamo")` is `…/id/place/alcamo`."""
    return URIRef(f"{BASE}id/{kind}/{slug}")


def part(whole: object, *names: str) -> URIRef:
    """Name a part of a thing, in the thing's own document: `part(dataset, "prefix", "tg")` is `…#prefix/tg`."""
    return URIRef(f"{whole}#{'/'.join(names)}")


def listed(kind: str, name: str) -> URIRef:
    """Name what the catalogue describes: `listed("distribution", "tables/cities.csv")` is `…/tables-cities-csv`."""
    return URIRef(f"{BASE}id/{kind}/{re.sub('[^A-Za-z0-9]+', '-', name)}")


def media(media_type: str) -> URIRef:
    """Name a media type as IANA lists it."""
    return URIRef(f"https://www.iana.org/assignments/media-types/{media_type}")


def document(iri: object, ending: str = "") -> URIRef:
    """Name the document of a thing (`…/doc/place/alcamo`), or that document in a format (`….ttl`)."""
    return URIRef(f"{BASE}doc/{str(iri).removeprefix(f'{BASE}id/')}{ending and '.'}{ending}")


def dump(version: str, name: str) -> URIRef:
    """Name a file of a release."""
    return URIRef(f"{BASE}dumps/{version}/{name}")


def slug_of(iri: object) -> str:
    """Give the last segment of an IRI: the slug of a thing, the name of a term."""
    return str(iri).rstrip("/").replace("#", "/").rpartition("/")[2]


def kind_of(iri: object) -> str | None:
    """Give the kind of a thing of ours, or None for any other IRI."""
    kind, slash, _ = str(iri).removeprefix(f"{BASE}id/").partition("/")
    return kind if slash and kind in KINDS else None


UNCITED = thing("evidence", "uncited")
"""The graph for statements that a curator wrote outside any block; nothing describes it, so a rule finds them."""

DESCRIPTION = thing("rule", "description")
"""The named graph of what the data say of themselves, which is served beside the facts and is not one of them."""

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
    "sd": str(SD),
    "sh": str(SH),
    "skos": str(SKOS),
    "spdx": str(SPDX),
    "vann": str(VANN),
    "void": str(VOID),
    "void-ext": str(VOID_EXT),
    "wd": str(WD),
    "wdt": str(WDT),
    "xsd": str(XSD),
}
"""The prefixes that files of the release declare and that queries may use, in the order they are written."""
CATALOGUE_PREFIXES: dict[str, str] = {
    "adms": str(ADMS),
    "changes": f"{HISTORY}#",
    "changetype": str(CHANGE_TYPE),
    "dcatap": str(DCATAP),
    "foaf": str(FOAF),
    "geo": str(GEO),
    "licencetype": str(LICENCE_TYPE),
    "publishertype": str(PUBLISHER_TYPE),
    "vcard": str(VCARD),
}
"""Those that only the catalogue needs besides."""


def curie(iri: object) -> str:
    """Give an IRI as a person writes it, `schema:City`; percent-encoded whole where no prefix of ours fits."""
    for prefix, namespace in PREFIXES.items():
        if str(iri).startswith(namespace):
            return f"{prefix}:{str(iri)[len(namespace) :]}"
    return quote(str(iri), safe="")
