"""Statements in the shape in which Wikidata has them, made up or read from its JSON, and made-up rows of a cross-check.

Written apart from the module that reads that shape, so that one can be a check of the other. What is made up has items
from `made_up`, whose numbers are far beyond all that exist, and labels that begin with the words.
"""

from __future__ import annotations

import csv
import hashlib
import os
import urllib.request
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pyoxigraph as ox
import pytest
from rdflib.namespace import OWL, PROV, RDF, RDFS, XSD

from engines import LEFT_OUT
from twingraph.vocab import slug_of, thing
from twingraph.wikidata import entities as wikidata
from twingraph.wikidata.crosscheck import Row
from twingraph.wikidata.entities import Snapshot, Statement, Value

Term = ox.NamedNode | ox.BlankNode | ox.Literal
Snak = tuple[Term, dict[str, Term]]
"""A value as it is said plainly, and what a node with all of it has; nothing for values whose plain form is all."""
Snaks = Iterable[tuple[str, Snak]]

WD, SITE = "http://www.wikidata.org/entity/", "http://www.wikidata.org/"
PREFIXES = {"wd": WD, "s": f"{WD}statement/", "v": f"{SITE}value/", "ref": f"{SITE}reference/", "p": f"{SITE}prop/"}
PREFIXES |= {"wdno": f"{SITE}prop/novalue/", "genid": f"{SITE}.well-known/genid/", "schema": "http://schema.org/"}
PREFIXES |= {"wikibase": "http://wikiba.se/ontology#", "data": "https://www.wikidata.org/wiki/Special:EntityData/"}
PREFIXES |= {"xsd": str(XSD), "rdfs": str(RDFS), "owl": str(OWL), "rdf": str(RDF), "prov": str(PROV)}
PREFIXES |= {"geo": "http://www.opengis.net/ont/geosparql#"}
"""The names of Wikidata's namespaces as its documents have them."""
for _name, _path in {"ps": "statement", "pq": "qualifier", "pr": "reference"}.items():
    PREFIXES |= {_name: f"{SITE}prop/{_path}/", f"{_name}v": f"{SITE}prop/{_path}/value/"}
JULIAN, SQUARE_KILOMETRE = "Q1985786", "Q712226"
SOME: Snak = ox.BlankNode("some"), {}
NONE: Snak = ox.BlankNode("none"), {}
ENDPOINT, TAKEN = "https://made-up.invalid/sparql", "2026-11-20T10:00:00Z"


def _iri(name: str) -> ox.NamedNode:
    prefix, _, local = name.partition(":")
    return ox.NamedNode(PREFIXES[prefix] + local)


def _literal(words: object, datatype: str) -> ox.Literal:
    return ox.Literal(str(words), datatype=_iri(datatype))


def made_up(number: int) -> str:
    """Give an item that does not exist: `Q9900000001` is the first."""
    return f"Q{9_900_000_000 + number}"


def item(name: str) -> Snak:
    return _iri(f"wd:{name}"), {}


def time(day: str, precision: int = 11, calendar: str = "Q1985727") -> Snak:
    """Give a time: `time("2002-01-01", 9)` is the year 2002."""
    value = _literal(f"{day}T00:00:00Z", "xsd:dateTime")
    full = {"timePrecision": _literal(precision, "xsd:integer"), "timeCalendarModel": _iri(f"wd:{calendar}")}
    return value, {"timeValue": value} | full


def quantity(amount: str, unit: str = "") -> Snak:
    value = _literal(f"+{amount}", "xsd:decimal")
    return value, {"quantityAmount": value, "quantityUnit": _iri(f"wd:{unit or 'Q199'}")}


def text(words: str) -> Snak:
    return ox.Literal(words), {}


def url(address: str) -> Snak:
    return ox.NamedNode(address), {}


def monolingual(words: str, language: str) -> Snak:
    return ox.Literal(words, language=language), {}


def coordinates(latitude: float, longitude: float) -> Snak:
    point = _literal(f"Point({longitude} {latitude})", "geo:wktLiteral")
    return point, {"geoLatitude": _literal(latitude, "xsd:double"), "geoLongitude": _literal(longitude, "xsd:double")}


def read_snak(snak: dict[str, Any]) -> Snak:
    """Read a snak of Wikibase's JSON."""
    if snak["snaktype"] != "value":
        return SOME if snak["snaktype"] == "somevalue" else NONE
    value = snak["datavalue"]["value"]
    readers = {
        "wikibase-entityid": lambda: item(value["id"]),
        "time": lambda: time(value["time"][1:].partition("T")[0], value["precision"], slug_of(value["calendarmodel"])),
        "quantity": lambda: quantity(value["amount"][1:], "" if value["unit"] == "1" else slug_of(value["unit"])),
        "monolingualtext": lambda: monolingual(value["text"], value["language"]),
        "globecoordinate": lambda: coordinates(value["latitude"], value["longitude"]),
        "string": lambda: url(value) if snak["datatype"] == "url" else text(value),
    }
    return readers[snak["datavalue"]["type"]]()


def _hash(whole: object) -> str:
    return hashlib.sha1(str(whole).encode()).hexdigest()


@dataclass
class Shape:
    """Statements as they come, from Wikidata's own endpoint or from its dumps.

    as_endpoint: with names for unknown values and the revision on the item itself, not blank nodes and on its data.
    """

    as_endpoint: bool = True
    triples: set[ox.Triple] = field(default_factory=set)
    count: int = 0

    def town(self, *names: str, revision: int = 1) -> Shape:
        """Add items with made-up labels."""
        for name in names:
            for language, words in (("en", "made-up town"), ("lv", "izdomāta pilsēta")):
                self._add(f"wd:{name}", "rdfs:label", ox.Literal(f"{words} {name}", language=language))
            node = f"wd:{name}" if self.as_endpoint else f"data:{name}"
            self._add(node, "schema:version", _literal(revision, "xsd:integer"))
            self._add(node, "schema:dateModified", _literal("2026-11-01T12:00:00Z", "xsd:dateTime"))
        return self

    def merged(self, name: str, into: str) -> None:
        self._add(f"wd:{name}", "owl:sameAs", _iri(f"wd:{into}"))

    def edited(self, moment: str) -> None:
        """Say when the newest edit was."""
        node = ox.NamedNode("http://www.wikidata.org") if self.as_endpoint else _iri("wikibase:Dump")
        self._add(node, "schema:dateModified", _literal(moment, "xsd:dateTime"))

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
        qualifiers: Snaks = (),
        references: Iterable[Snaks] = (),
        guid: str = "",
    ) -> str:
        """Add a statement; give its id, made up where none is given."""
        self.count += 1
        guid = guid or f"{subject}$00000000-0000-4000-8000-{self.count:012X}"
        node = _iri(f"s:{guid.replace('$', '-', 1)}")
        self._add(f"wd:{subject}", f"p:{term}", node)
        self._add(node, "rdf:type", _iri("wikibase:Statement"))
        self._add(node, "wikibase:rank", _iri(f"wikibase:{rank.title()}Rank"))
        self._value(node, "ps", term, value)
        for name, each in qualifiers:
            self._value(node, "pq", name, each)
        for reference in map(list, references):
            source = _iri(f"ref:{_hash(reference)}")
            self._add(node, "prov:wasDerivedFrom", source)
            for name, each in reference:
                self._value(source, "pr", name, each)
        return guid

    def read_json(self, entity: dict[str, Any]) -> None:
        """Add the statements of an entity as `wbgetentities` gives it."""

        def snaks(by_property: dict[str, list[dict[str, Any]]]) -> list[tuple[str, Snak]]:
            return [(name, read_snak(each)) for name, several in by_property.items() for each in several]

        for each in (each for several in entity["claims"].values() for each in several):
            references = [snaks(reference["snaks"]) for reference in each.get("references", [])]
            more: Any = {"rank": each["rank"], "guid": each["id"], "qualifiers": snaks(each.get("qualifiers", {}))}
            value = read_snak(each["mainsnak"])
            self.says(entity["id"], each["mainsnak"]["property"], value, references=references, **more)

    def snapshot(self, *items: str) -> Snapshot:
        """Read it as a snapshot made of some items."""
        return Snapshot.parse(self.triples, ENDPOINT, TAKEN, items)

    def save(self, folder: Path, *items: str) -> Path:
        """Write it as a snapshot to a folder."""
        wikidata.save(folder, self.triples, ENDPOINT, TAKEN, items)
        return folder

    def put(self, endpoint: str) -> None:
        """Load it into the default graph of a server of Oxigraph, by the address of its endpoint."""
        store, headers = endpoint.removesuffix("query") + "store?default", {"Content-Type": "application/n-triples"}
        body = ox.serialize(self.triples, format=ox.RdfFormat.N_TRIPLES)
        request = urllib.request.Request(store, body, headers, method="POST")
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=120):
            pass

    def _add(self, subject: str | ox.NamedNode, term: str, value: Any) -> None:  # noqa: ANN401 - any term
        node = _iri(subject) if isinstance(subject, str) else subject
        self.triples.add(ox.Triple(node, _iri(term), value))

    def _value(self, node: ox.NamedNode, path: str, term: str, snak: Snak) -> None:
        """Say the value of a snak, plainly and, of a time, a quantity or a place, by a node with all of it."""
        simple, full = snak
        if snak is NONE:
            self._add(node, "rdf:type", _iri(f"wdno:{term}"))
            return
        if snak is SOME:
            name = _hash((node, term))
            simple = _iri(f"genid:{name}") if self.as_endpoint else ox.BlankNode(name)
        self._add(node, f"{path}:{term}", simple)
        for name, each in full.items():
            self._add(node, f"{path}v:{term}", whole := _iri(f"v:{_hash(full)}"))
            self._add(whole, f"wikibase:{name}", each)


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


# Rows of a cross-check: an agreement of 2002 is said to found a tie of two towns that do not exist.

HOME, TOWN, OTHER = made_up(1), made_up(2), made_up(3)
GUID = f"{HOME}$00000000-0000-4000-8000-00000000000A"
QUOTE, SOURCE = str(thing("quote", "made-up")), "https://made-up.invalid/page"
EXACT = "Izdomāts līgums noslēgts 2002. gadā."
YEAR, DAY = Value("time", "2002-01-01T00:00:00Z", 9), Value("time", "2002-07-26T00:00:00Z", 11)


def tie(*qualifiers: tuple[str, Value], guid: str = "", target: str = TOWN) -> Statement:
    """Give a made-up tie of the first made-up town."""
    return Statement(HOME, "P190", guid, "normal", Value("item", target), qualifiers)


def row(verdict: str = "missing_on_wikidata", **others: Any) -> Row:  # noqa: ANN401 - as each field has it
    """Give a row on that tie."""
    made = Row(
        *("made-up/1", str(thing("agreement", "made-up-2002")), HOME, "P190", "made-up", "Izdomātā pilsēta", TOWN),
        *(QUOTE, EXACT, 0, 36, SOURCE),
        *(None, None, tie(("P580", YEAR)), verdict),
        reason={"en": "A made-up reason.", "lv": "Izdomāts iemesls."},
        action={"en": "A made-up action.", "lv": "Izdomāta rīcība."},
    )
    return replace(made, **others)


CONFLICT = row("conflict", theirs=tie(guid=GUID, target=OTHER), their_value=Value("item", OTHER), proposed=None)
_LATER = replace(YEAR, text="1999-01-01T00:00:00Z", calendar="Q1985727")
_DATED = {"theirs": tie(("P580", _LATER), guid=GUID), "their_value": _LATER, "proposed": None}
DATE_CONFLICT = row("conflict", id="made-up/2", property="P580", printed="2002. gadā", read="2002", **_DATED)
