"""The towns, countries, areas and organisations of a release: every name on file, and what else is known of each."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from rdflib.namespace import RDF, RDFS, SDO, SKOS

from twingraph.settings import BASE
from twingraph.vocab import EUROVOC, GEONAMES, TG, WD, kind_of, slug_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from twingraph.query.engine import Answering

SPACE = f"{BASE}id/"
"""What the id of an entry stands behind in its IRI: `place/alcamo` is `…/id/place/alcamo`."""

PLACE, CITY, MUNICIPALITY = "schema:Place", "schema:City", "schema:AdministrativeArea"
COUNTRY, AREA, ORGANISATION = "schema:Country", "skos:Concept", "schema:Organization"

_KINDS = {"place": (PLACE,), "country": (COUNTRY,), "area": (AREA,), "organisation": (ORGANISATION,)}
_CLASSES = {str(SDO.City): CITY, str(SDO.AdministrativeArea): MUNICIPALITY}
_OURS = " || ".join(f'STRSTARTS(STR(?thing), "{SPACE}{kind}/")' for kind in _KINDS)
_STATED = f"""SELECT DISTINCT ?thing ?p ?o {{
  VALUES ?p {{
    rdf:type schema:name schema:alternateName skos:prefLabel skos:altLabel skos:definition
    schema:containedInPlace schema:latitude schema:longitude schema:sameAs schema:identifier schema:url
    schema:location skos:exactMatch tg:twinnedWith
  }}
  ?thing ?p ?o FILTER({_OURS})
}}"""
_AROUND = f"""SELECT DISTINCT ?thing ?p ?o {{
  {{ ?agreement tg:party ?thing ; tg:signed ?o BIND(tg:signed AS ?p) }}
  UNION {{ ?twinning tg:partner ?thing ; tg:since ?o BIND(tg:since AS ?p) }}
  UNION {{ ?thing prov:wasDerivedFrom/rdfs:comment ?o BIND(rdfs:comment AS ?p) }}
  UNION {{ ?thing prov:wasDerivedFrom/tg:confidence ?o BIND(tg:confidence AS ?p) }}
  FILTER({_OURS})
}}"""
_MAIN = frozenset(map(str, (SDO.name, SKOS.prefLabel)))
_OTHER = frozenset(map(str, (SDO.alternateName, SKOS.altLabel)))
_NOTES = frozenset(map(str, (SKOS.definition, RDFS.comment)))
_SPACES = {str(WD): "wikidata", str(GEONAMES): "geonames", str(EUROVOC): "eurovoc"}
_POINT = (str(SDO.latitude), str(SDO.longitude))
# Only what is the same: a close or broader match in Wikidata is another thing.
_SAME = frozenset(map(str, (SDO.sameAs, SKOS.exactMatch)))


class Words(NamedTuple):
    """A text in a language."""

    text: str
    language: str


class Kind(NamedTuple):
    """What a type or property is called in English and Latvian; of: the broader types, or those that have it."""

    id: str
    en: str
    lv: str
    of: tuple[str, ...] = ()
    values: str = "text"

    def name(self, language: str) -> str:
        """Give its name in Latvian for `lv`, else in English."""
        return self.lv if language == "lv" else self.en


TYPES = {
    kind.id: kind
    for kind in (
        Kind(PLACE, "town or municipality", "pilsēta vai pašvaldība"),
        Kind(CITY, "town", "pilsēta", (PLACE,)),
        Kind(MUNICIPALITY, "municipality or district", "pašvaldība vai rajons", (PLACE,)),
        Kind(COUNTRY, "country", "valsts"),
        Kind(AREA, "area of cooperation", "sadarbības joma"),
        Kind(ORGANISATION, "organisation", "organizācija"),
    )
}
"""The types of entries by id, broader ones before those within them."""

_ALL = (PLACE, COUNTRY, AREA, ORGANISATION)
PROPERTIES = {
    kind.id: kind
    for kind in (
        Kind("wikidata", "Wikidata item", "Wikidata vienums", (PLACE, COUNTRY, AREA)),
        Kind("geonames", "GeoNames identifier", "GeoNames identifikators", (PLACE, COUNTRY)),
        Kind("confidence", "sources of the identification", "identifikācijas avoti", _ALL),
        Kind("eurovoc", "EuroVoc concept", "EuroVoc jēdziens", (AREA,)),
        Kind("iso", "ISO 3166-1 code", "ISO 3166-1 kods", (COUNTRY,)),
        Kind("country", "country", "valsts", (PLACE,), COUNTRY),
        Kind("coordinates", "coordinates (latitude,longitude)", "koordinātas (platums,garums)", (PLACE,)),
        Kind("signed", "dates of agreements", "līgumu datumi", (PLACE,)),
        Kind("since", "cooperation since", "sadarbība kopš", (PLACE,)),
        Kind("partner", "twin towns", "sadraudzības pilsētas", (PLACE,), PLACE),
        Kind("website", "web site", "tīmekļa vietne", (PLACE, ORGANISATION)),
        Kind("location", "location", "atrašanās vieta", (ORGANISATION,), PLACE),
        Kind("name-lv", "name in Latvian", "nosaukums latviski", _ALL),
        Kind("name-en", "name in English", "nosaukums angliski", _ALL),
        Kind("names", "all names on file", "visi zināmie nosaukumi", _ALL),
        Kind("iri", "IRI", "IRI", _ALL),
    )
}
"""What can be asked of entries, by id; values: text, or the type of the entries that its values are."""

_TERMS = {
    str(term): name
    for term, name in {
        SDO.containedInPlace: "country",
        SDO.identifier: "iso",
        SDO.url: "website",
        SDO.location: "location",
        TG.twinnedWith: "partner",
        TG.signed: "signed",
        TG.since: "since",
        TG.confidence: "confidence",
    }.items()
}


@dataclass(frozen=True, slots=True)
class Entry:
    """Something by name; names: the main ones first; known: the values of each property, text that may be an id."""

    id: str
    types: tuple[str, ...]
    names: tuple[Words, ...]
    notes: tuple[Words, ...]
    known: Mapping[str, tuple[Words, ...]] = field(hash=False)

    def name(self, language: str) -> Words:
        """Give the name in a language, else in English, else any."""
        wanted = (language, "en", self.names[0].language)
        return next(each for tag in wanted for each in self.names if each.language == tag)

    @property
    def takes_part(self) -> bool:
        """Whether it is a partner in a twinning."""
        return bool(self.known.get("partner"))


def entries_of(engine: Answering) -> dict[str, Entry]:
    """Ask for all entries, by id. Raises QueryError."""
    stated: dict[str, list[tuple[str, Words]]] = {}
    for thing, term, value in sorted((*_rows(engine, _STATED), *_rows(engine, _AROUND))):
        stated.setdefault(thing.removeprefix(SPACE), []).append((term, value))
    entries = (_entry(thing, told) for thing, told in stated.items())
    return {entry.id: entry for entry in entries if entry.names}


def _rows(engine: Answering, query: str) -> Iterator[tuple[str, str, Words]]:
    for row in json.loads(engine.answer(query).body)["results"]["bindings"]:
        value = row["o"]
        yield row["thing"]["value"], row["p"]["value"], Words(value["value"], value.get("xml:lang", ""))


def _entry(thing: str, told: list[tuple[str, Words]]) -> Entry:
    names = [value for terms in (_MAIN, _OTHER) for term, value in told if term in terms]
    classes = [_CLASSES[value.text] for term, value in told if term == str(RDF.type) and value.text in _CLASSES]
    known: dict[str, list[Words]] = {"names": names, "iri": [Words(f"{SPACE}{thing}", "")]}
    for language in ("lv", "en"):
        known[f"name-{language}"] = [value for term, value in told if term in _MAIN and value.language == language]
    for term, value in told:
        if found := _known(term, value):
            known.setdefault(found[0], []).append(found[1])
    if len(point := [value.text for place in _POINT for term, value in told if term == place]) == len(_POINT):
        known["coordinates"] = [Words(",".join(point), "")]
    return Entry(
        id=thing,
        types=(*classes, *_KINDS[thing.partition("/")[0]]),
        names=tuple(dict.fromkeys(names)),
        notes=tuple(value for term, value in told if term in _NOTES),
        known={name: tuple(dict.fromkeys(values)) for name, values in known.items()},
    )


def _known(term: str, value: Words) -> tuple[str, Words] | None:
    """Tell which property a statement gives a value of; None where none."""
    if term in _SAME:
        space = next((space for space in _SPACES if value.text.startswith(space)), None)
        return (_SPACES[space], Words(slug_of(value.text), "")) if space else None
    if (name := _TERMS.get(term)) is None:
        return None
    if kind_of(value.text):
        thing = PROPERTIES[name].values in TYPES
        value = Words(value.text.removeprefix(SPACE) if thing else slug_of(value.text), "")
    return name, value
