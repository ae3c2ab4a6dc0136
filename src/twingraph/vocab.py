"""Namespaces, prefixes, and the functions that mint every IRI."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from urllib.parse import quote

from rdflib import Namespace, URIRef
from rdflib.namespace import SDO

from twingraph.settings import BASE

KINDS = (
    *("place", "country", "twinning", "agreement", "activity", "programme", "organisation", "figure"),
    *("area", "topic", "mention", "source", "quote", "evidence", "rule", "scheme", "dataset", "query"),
    *("tie", "document", "status", "standing", "assessment", "precision", "confidence"),
)
"""The kinds of things that have IRIs of the form …/id/{kind}/{slug}."""
LISTED = ("catalog", "record", "distribution", "service")
"""The kinds of what has such an IRI, but is described in the catalogue and nowhere else."""

_PREFIXES = tomllib.loads((Path(__file__).parent / "prefixes.toml").read_text("utf-8"))
PREFIXES: dict[str, str] = {
    "tg": _PREFIXES["data"]["tg"],
    **{kind: f"{BASE}id/{kind}/" for kind in KINDS},
    **_PREFIXES["data"],
}
"""The prefixes that files of the release declare and that queries may use, in the order they are written."""
CATALOGUE_PREFIXES: dict[str, str] = PREFIXES | _PREFIXES["catalogue"]
"""These and the ones that the catalogue needs besides."""

TG = Namespace(PREFIXES["tg"])
"""Terms of our own, defined in ontology/twingraph.ttl."""
SHAPE = Namespace(PREFIXES["shape"])
"""Rules, defined in shapes/."""
DCAT, OA, RDFG, SD, SH = (Namespace(PREFIXES[name]) for name in ("dcat", "oa", "rdfg", "sd", "sh"))
SPDX, VOID, WD = (Namespace(PREFIXES[name]) for name in ("spdx", "void", "wd"))
EU_AUTHORITY, GEONAMES, VOID_EXT = (Namespace(PREFIXES[name]) for name in ("eu", "gn", "void-ext"))
WIKIBASE = Namespace("http://wikiba.se/ontology#")
WIKIDATA = "http://www.wikidata.org/"
"""Under which stand Wikidata's namespaces for what a statement consists of, such as `prop/qualifier/`."""

OBSERVATION_ABOUT = URIRef(f"{SDO}observationAbout")
"""schema:observationAbout is newer than rdflib's list of schema.org."""
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


def curie(iri: object) -> str:
    """Give an IRI as a person writes it, `schema:City`; percent-encoded whole where no prefix of ours fits."""
    for prefix, namespace in PREFIXES.items():
        if str(iri).startswith(namespace):
            return f"{prefix}:{str(iri)[len(namespace) :]}"
    return quote(str(iri), safe="")
