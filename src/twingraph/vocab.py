"""Namespaces, prefixes, and the functions that mint every IRI."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from pathlib import Path
from urllib.parse import quote

from rdflib import Namespace, URIRef
from rdflib.namespace import SDO

from twingraph.settings import BASE

CONCEPTS = (
    *("area", "topic", "rule", "scheme", "query"),
    *("tie", "document", "status", "standing", "assessment", "precision", "confidence"),
)
"""The kinds of what comes with the program, and so is called the same whatever the data."""
KINDS = (
    *("place", "country", "twinning", "agreement", "activity", "programme", "organisation", "figure"),
    *("mention", "source", "quote", "evidence", "dataset"),
    *CONCEPTS,
)
"""These and those of what is of the data: all that have IRIs of the form …/id/{kind}/{slug}."""
LISTED = ("catalog", "record", "distribution", "service")
"""The kinds of what has such an IRI, but is described in the catalogue and nowhere else."""

_PREFIXES = tomllib.loads((Path(__file__).parent / "prefixes.toml").read_text("utf-8"))
_TERMS: dict[str, str] = _PREFIXES["data"]
_DATASET = re.compile(r"(https?://[\w.~:/%-]+/)id/dataset/[A-Za-z0-9]+(?:-[A-Za-z0-9]+)*")
_THING = re.compile(r"([^#]+/)id/([a-z]+)/([^/#]*)(#.*)?")
# What names no term and nothing that comes with the program; in a pattern of the shapes the dot is escaped.
_OF_DATA = re.compile(BASE.replace(".", r"(\\\\)?\.") + rf"(?!ns\b|shapes\b|id/\(?(?:{'|'.join(CONCEPTS)})\b)")
_bases = [BASE]
"""The bases that were in use in this process, the one in use last."""


def base() -> str:
    """Give the base of the IRIs of things of the data that are read, built or served."""
    return _bases[-1]


def use(base: str) -> None:
    """Name things below this base from now on; what was named below others is known still."""
    if base != _bases[-1]:
        _bases[:] = [*(each for each in _bases if each != base), base]


def base_of(dataset: object) -> str:
    """Give the base of a dataset by its IRI, …/id/dataset/{slug}; "" for an IRI of another form."""
    named = _DATASET.fullmatch(str(dataset))
    return named[1] if named else ""


def rebase(text: str) -> str:
    """Give a text that comes with the program with the base in use in place of `BASE` where that is of the data."""
    return _OF_DATA.sub(lambda found: base().replace(".", f"{found[1] or ''}."), text)


def prefixes() -> dict[str, str]:
    """Give the prefixes that files of the release declare and that queries may use, in the order they are written."""
    return _declare(base())[0]


def catalogue_prefixes() -> dict[str, str]:
    """Give these and the ones that the catalogue needs besides."""
    return _declare(base())[1]


def fixed_prefixes() -> dict[str, str]:
    """Give those of these that are the same whatever the base."""
    return {prefix: iri for prefix, iri in _declare("")[1].items() if ":" in iri}


@cache
def _declare(base: str) -> tuple[dict[str, str], dict[str, str]]:
    kinds = {kind: f"{BASE if kind in CONCEPTS else base}id/{kind}/" for kind in KINDS}
    declared = {"tg": _TERMS["tg"], **kinds, **_TERMS}
    return declared, declared | _PREFIXES["catalogue"] | {"changes": f"{base}changes#"}


TG = Namespace(_TERMS["tg"])
"""Terms of our own, defined in ontology/twingraph.ttl."""
SHAPE = Namespace(_TERMS["shape"])
"""Rules, defined in shapes/."""
DCAT, OA, RDFG, SD, SH = (Namespace(_TERMS[name]) for name in ("dcat", "oa", "rdfg", "sd", "sh"))
SPDX, VOID, WD = (Namespace(_TERMS[name]) for name in ("spdx", "void", "wd"))
EU_AUTHORITY, GEONAMES, VOID_EXT = (Namespace(_TERMS[name]) for name in ("eu", "gn", "void-ext"))
WIKIBASE = Namespace("http://wikiba.se/ontology#")
WIKIDATA = "http://www.wikidata.org/"
"""Under which stand Wikidata's namespaces for what a statement consists of, such as `prop/qualifier/`."""

OBSERVATION_ABOUT = URIRef(f"{SDO}observationAbout")
"""schema:observationAbout is newer than rdflib's list of schema.org."""
ONTOLOGY = URIRef(f"{BASE}ns")
"""The ontology, and the named graph that holds its terms and concept schemes."""


def thing(kind: str, slug: str) -> URIRef:
    """Name a thing: `thing("place", "alcamo")` is `…/id/place/alcamo`."""
    return URIRef(f"{BASE if kind in CONCEPTS else base()}id/{kind}/{slug}")


def candidates(kind: str, slug: str) -> list[str]:
    """Name what may be of that kind and slug: a concept that comes with the program, or else one of the data's own."""
    return list(dict.fromkeys((str(thing(kind, slug)), str(address(f"id/{kind}/{slug}")))))


def address(path: str) -> URIRef:
    """Name what is served, wherever it is: `address("sparql")` is the endpoint, `address("changes")` the history."""
    return URIRef(f"{base()}{path}")


def part(whole: object, *names: str) -> URIRef:
    """Name a part of a thing, in the thing's own document: `part(dataset, "prefix", "tg")` is `…#prefix/tg`."""
    return URIRef(f"{whole}#{'/'.join(names)}")


def listed(kind: str, name: str) -> URIRef:
    """Name what the catalogue describes: `listed("distribution", "tables/cities.csv")` is `…/tables-cities-csv`."""
    return address(f"id/{kind}/{re.sub('[^A-Za-z0-9]+', '-', name)}")


def document(iri: object, ending: str = "") -> URIRef:
    """Name the document of a thing (`…/doc/place/alcamo`), or that document in a format (`….ttl`)."""
    kind, slug, _ = split(iri)
    return address(f"doc/{kind}/{slug}{ending and '.'}{ending}")


def dump(version: str, name: str) -> URIRef:
    """Name a file of a release."""
    return address(f"dumps/{version}/{name}")


def split(iri: object) -> tuple[str, str, str]:
    """Give the kind, the slug and the part (`#…`) of what has an IRI of ours, each "" for any other."""
    named = _THING.fullmatch(str(iri))
    return (named[2], named[3], named[4] or "") if named and named[1] in _bases else ("", "", "")


def kind_of(iri: object) -> str | None:
    """Give the kind of a thing of ours, or None for any other IRI."""
    kind = split(iri)[0]
    return kind if kind in KINDS else None


def slug_of(iri: object) -> str:
    """Give the last segment of an IRI: the slug of a thing, the name of a term."""
    return str(iri).rstrip("/").replace("#", "/").rpartition("/")[2]


UNCITED = URIRef(f"{BASE}id/evidence/uncited")
"""The graph for statements that a curator wrote outside any block; nothing describes it, so a rule finds them."""
SHOWN = thing("rule", "shown")
"""The named graph of what is shown of what several sources say."""
DESCRIPTION = thing("rule", "description")
"""The named graph of what the data say of themselves, which is served beside the facts and is not one of them."""


def curie(iri: object) -> str:
    """Give an IRI as a person writes it, `schema:City`; percent-encoded whole where no prefix of ours fits."""
    short = shorten(iri)
    return short if short != str(iri) else quote(short, safe="")


def shorten(iri: object) -> str:
    """Give an IRI by a prefix of ours, or as it is where none fits."""
    for prefix, namespace in prefixes().items():
        if str(iri).startswith(namespace):
            return f"{prefix}:{str(iri)[len(namespace) :]}"
    return str(iri)
