"""Statements in the shape in which Wikidata's endpoints and dumps have them, made up or read from its JSON.

As https://www.mediawiki.org/wiki/Wikibase/Indexing/RDF_Dump_Format and the Wikibase JSON format tell; written apart
from the module that reads it, so that one can be a check of the other. What is made up has items from `made_up`, whose
numbers are far beyond all that exist, and labels that begin with the words.
"""

from __future__ import annotations

import csv
import hashlib
import json
import os
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyoxigraph as ox
import pytest

from engines import LEFT_OUT
from twingraph.wikidata import entities as wikidata

if TYPE_CHECKING:
    from collections.abc import Iterable

    from twingraph.wikidata.entities import Snapshot

Snak = dict[str, Any]
"""As Wikibase's JSON has it, without the property: a snaktype and, for `value`, a datavalue."""

ENTITY, PROP = "http://www.wikidata.org/entity/", "http://www.wikidata.org/prop/"
STATEMENT, VALUE, REFERENCE = (
    f"{ENTITY}statement/",
    "http://www.wikidata.org/value/",
    "http://www.wikidata.org/reference/",
)
GENID = "http://www.wikidata.org/.well-known/genid/"
DATA = "https://www.wikidata.org/wiki/Special:EntityData/"
WIKIBASE, SCHEMA = "http://wikiba.se/ontology#", "http://schema.org/"
XSD, RDFS = "http://www.w3.org/2001/XMLSchema#", "http://www.w3.org/2000/01/rdf-schema#"
SKOS, OWL = "http://www.w3.org/2004/02/skos/core#", "http://www.w3.org/2002/07/owl#"
TYPE = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"
DERIVED = "http://www.w3.org/ns/prov#wasDerivedFrom"
WKT = "http://www.opengis.net/ont/geosparql#wktLiteral"
GREGORIAN, JULIAN = f"{ENTITY}Q1985727", f"{ENTITY}Q1985786"
SQUARE_KILOMETRE = "Q712226"
SOME: Snak = {"snaktype": "somevalue"}
NONE: Snak = {"snaktype": "novalue"}
ENDPOINT, TAKEN = "https://made-up.invalid/sparql", "2026-11-20T10:00:00Z"


def made_up(number: int) -> str:
    """Give an item that does not exist: `Q9900000001` is the first."""
    return f"Q{9_900_000_000 + number}"


def item(name: str) -> Snak:
    return _snak("wikibase-entityid", {"id": name})


def time(day: str, precision: int = 11, calendar: str = GREGORIAN) -> Snak:
    """Give a time: `time("2002-01-01", 9)` is the year 2002."""
    value = {"time": f"+{day}T00:00:00Z", "precision": precision, "timezone": 0, "calendarmodel": calendar}
    return _snak("time", value)


def quantity(amount: str, unit: str = "") -> Snak:
    return _snak("quantity", {"amount": f"+{amount}", "unit": f"{ENTITY}{unit}" if unit else "1"})


def text(words: str) -> Snak:
    return _snak("string", words)


def url(address: str) -> Snak:
    return _snak("string", address) | {"datatype": "url"}


def monolingual(words: str, language: str) -> Snak:
    return _snak("monolingualtext", {"text": words, "language": language})


def coordinates(latitude: float, longitude: float) -> Snak:
    return _snak("globecoordinate", {"latitude": latitude, "longitude": longitude, "globe": f"{ENTITY}Q2"})


def _snak(kind: str, value: object) -> Snak:
    return {"snaktype": "value", "datavalue": {"type": kind, "value": value}}


@dataclass
class Shape:
    """Statements as they come, to be written as N-Triples.

    as_endpoint: as Wikidata's own endpoint has it, with names for unknown values and the revision on the item itself;
    else as in its dumps, with blank nodes and the revision on the item's data.
    """

    as_endpoint: bool = True
    lines: set[str] = field(default_factory=set)
    count: int = 0

    def town(
        self,
        name: str,
        labels: dict[str, str] | None = None,
        revision: int = 1,
    ) -> str:
        """Add an item with its labels by language, by default a made-up one; give its id."""
        for language, words in (labels or {"en": f"made-up town {name}", "lv": f"izdomāta pilsēta {name}"}).items():
            for term in (f"{RDFS}label", f"{SKOS}prefLabel", f"{SCHEMA}name"):
                self._add(f"{ENTITY}{name}", term, _literal(words, language=language))
        data = f"{ENTITY}{name}" if self.as_endpoint else f"{DATA}{name}"
        self._add(data, f"{SCHEMA}version", _literal(str(revision), "integer"))
        self._add(data, f"{SCHEMA}dateModified", _literal("2026-11-01T12:00:00Z", "dateTime"))
        if not self.as_endpoint:
            self._add(f"{ENTITY}{name}", TYPE, ox.NamedNode(f"{WIKIBASE}Item"))
            self._add(data, f"{SCHEMA}about", ox.NamedNode(f"{ENTITY}{name}"))
        return name

    def merged(self, name: str, into: str) -> None:
        self._add(f"{ENTITY}{name}", f"{OWL}sameAs", ox.NamedNode(f"{ENTITY}{into}"))

    def edited(self, moment: str) -> None:
        """Say when the newest edit was."""
        self._add(
            "http://www.wikidata.org" if self.as_endpoint else f"{WIKIBASE}Dump",
            f"{SCHEMA}dateModified",
            _literal(moment, "dateTime"),
        )

    def tie_rules(self, *qualifiers: str, symmetric: bool = True) -> None:
        """Give P190 its constraints: which qualifiers are allowed, and whether every tie must have a way back."""
        self.says("P190", "P2302", item("Q21510851"), qualifiers=[("P2306", item(each)) for each in qualifiers])
        if symmetric:
            self.says("P190", "P2302", item("Q21510862"))

    def says(
        self,
        subject: str,
        term: str,
        value: Snak,
        *,
        rank: str = "normal",
        qualifiers: Iterable[tuple[str, Snak]] = (),
        references: Iterable[Iterable[tuple[str, Snak]]] = (),
        guid: str = "",
    ) -> str:
        """Add a statement; give its id, made up where none is given."""
        self.count += 1
        guid = guid or f"{subject}$00000000-0000-4000-8000-{self.count:012X}"
        node = f"{STATEMENT}{guid.replace('$', '-', 1)}"
        self._add(f"{ENTITY}{subject}", f"{PROP}{term}", ox.NamedNode(node))
        self._add(node, TYPE, ox.NamedNode(f"{WIKIBASE}Statement"))
        self._add(node, f"{WIKIBASE}rank", ox.NamedNode(f"{WIKIBASE}{rank.title()}Rank"))
        self._value(node, term, value, "statement")
        for name, each in qualifiers:
            self._value(node, name, each, "qualifier")
        for reference in references:
            self._add(node, DERIVED, ox.NamedNode(self._reference(list(reference))))
        return guid

    def read_json(self, entity: dict[str, Any], properties: Iterable[str]) -> None:
        """Add an entity as `wbgetentities` gives it, with the statements of some properties."""
        labels = {each["language"]: each["value"] for each in entity["labels"].values()}
        self.town(entity["id"], labels, entity["lastrevid"])
        for each in (statement for term in properties for statement in entity["claims"].get(term, [])):
            self.says(
                entity["id"],
                each["mainsnak"]["property"],
                each["mainsnak"],
                rank=each["rank"],
                qualifiers=_snaks(each.get("qualifiers", {})),
                references=[_snaks(reference["snaks"]) for reference in each.get("references", [])],
                guid=each["id"],
            )

    def text(self) -> str:
        return "".join(f"{line} .\n" for line in sorted(self.lines))

    def snapshot(self, *items: str) -> Snapshot:
        """Read it as a snapshot made of some items."""
        found = ox.parse(self.text(), ox.RdfFormat.N_TRIPLES)
        return wikidata.Snapshot.parse(found, ENDPOINT, TAKEN, items)

    def save(self, folder: Path, *items: str) -> Path:
        """Write it as a snapshot to a folder."""
        found = (quad.triple for quad in ox.parse(self.text(), ox.RdfFormat.N_TRIPLES))
        wikidata.save(folder, found, ENDPOINT, TAKEN, items)
        return folder

    def put(self, endpoint: str) -> None:
        """Load it into the default graph of a server of Oxigraph, by the address of its endpoint."""
        store = endpoint.removesuffix("query") + "store?default"
        headers = {"Content-Type": "application/n-triples"}
        request = urllib.request.Request(store, self.text().encode(), headers, method="POST")
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=120):
            pass

    def _add(self, subject: str, term: str, value: object) -> None:
        self.lines.add(f"<{subject}> <{term}> {value}")

    def _reference(self, snaks: list[tuple[str, Snak]]) -> str:
        node = f"{REFERENCE}{_hash(snaks)}"
        self._add(node, TYPE, ox.NamedNode(f"{WIKIBASE}Reference"))
        for name, each in snaks:
            self._value(node, name, each, "reference")
        return node

    def _value(self, node: str, term: str, snak: Snak, path: str) -> None:
        if snak["snaktype"] == "novalue":
            self._add(node, TYPE, ox.NamedNode(f"{PROP}novalue/{term}"))
            return
        self._add(node, f"{PROP}{path}/{term}", self._simple(node, term, snak))
        full = _full(snak.get("datavalue", {"type": "", "value": None}))
        if full:
            name = f"{VALUE}{_hash(full)}"
            self._add(node, f"{PROP}{path}/value/{term}", ox.NamedNode(name))
            for key, value in full:
                self._add(name, f"{WIKIBASE}{key}" if key != TYPE else key, value)

    def _simple(self, node: str, term: str, snak: Snak) -> object:
        if snak["snaktype"] == "somevalue":
            name = _hash([node, term])
            return ox.NamedNode(f"{GENID}{name}") if self.as_endpoint else ox.BlankNode(name)
        kind, value = snak["datavalue"]["type"], snak["datavalue"]["value"]
        if kind == "wikibase-entityid" or snak.get("datatype") == "url":
            return ox.NamedNode(f"{ENTITY}{value['id']}" if kind == "wikibase-entityid" else value)
        if kind == "globecoordinate":
            return f'"Point({value["longitude"]} {value["latitude"]})"^^<{WKT}>'
        if kind == "monolingualtext":
            return _literal(value["text"], language=value["language"])
        plain = {"time": ("time", "dateTime"), "quantity": ("amount", "decimal")}
        key, datatype = plain.get(kind, ("", ""))
        return _literal(value[key].removeprefix("+" * (kind == "time")), datatype) if key else _literal(value)


def _full(datavalue: dict[str, Any]) -> list[tuple[str, object]]:
    """Give what the node of a whole value has; nothing for values whose simple form is all."""
    kind, value = datavalue["type"], datavalue["value"]
    if kind == "time":
        return [
            (TYPE, ox.NamedNode(f"{WIKIBASE}TimeValue")),
            ("timeValue", _literal(value["time"].lstrip("+"), "dateTime")),
            ("timePrecision", _literal(str(value["precision"]), "integer")),
            ("timeTimezone", _literal(str(value["timezone"]), "integer")),
            ("timeCalendarModel", ox.NamedNode(value["calendarmodel"])),
        ]
    if kind == "quantity":
        unit = f"{ENTITY}Q199" if value["unit"] == "1" else value["unit"]
        return [
            (TYPE, ox.NamedNode(f"{WIKIBASE}QuantityValue")),
            ("quantityAmount", _literal(value["amount"], "decimal")),
            ("quantityUnit", ox.NamedNode(unit)),
        ]
    if kind == "globecoordinate":
        return [
            (TYPE, ox.NamedNode(f"{WIKIBASE}GlobecoordinateValue")),
            ("geoLatitude", _literal(str(value["latitude"]), "double")),
            ("geoLongitude", _literal(str(value["longitude"]), "double")),
            ("geoGlobe", ox.NamedNode(value["globe"])),
        ]
    return []


def reference_2016(name: str) -> Path:
    """Find a file of Wikidata's data of 2016; where there is none, leave the test out and say so."""
    folder = os.environ.get("TWINGRAPH_WIKIDATA_2016")
    if not folder:
        line = "Left out: tests on real statements of Wikidata (set TWINGRAPH_WIKIDATA_2016)."
        LEFT_OUT.add(line)
        pytest.skip(line)
    return Path(folder) / name


def ties_2016(table: Path) -> Shape:
    """Read real ties, two items a line, of which no ids of statements, qualifiers and references are known."""
    shape = Shape()
    with table.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines, delimiter="\t"):
            shape.says(row["source_qid"], "P190", item(row["target_qid"]))
    return shape


def _snaks(by_property: dict[str, list[Snak]]) -> list[tuple[str, Snak]]:
    return [(name, each) for name, several in by_property.items() for each in several]


def _hash(whole: object) -> str:
    return hashlib.sha1(json.dumps(whole, default=str, sort_keys=True).encode()).hexdigest()


def _literal(words: str, datatype: str = "", language: str | None = None) -> ox.Literal:
    if language:
        return ox.Literal(words, language=language)
    return ox.Literal(words, datatype=ox.NamedNode(f"{XSD}{datatype}")) if datatype else ox.Literal(words)
