"""Statements in the shape in which Wikidata has them, made up or read from its JSON, and made-up rows of a cross-check.

Written apart from the module that reads that shape, so that one can be a check of the other. What is made up has items
from `made_up`, whose numbers are far beyond all that exist, and labels that begin with the words.
"""

import csv
import hashlib
import os
import urllib.request
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Self

import pyoxigraph as ox
import pytest
from rdflib.namespace import OWL, PROV, RDF, RDFS, XSD

from engines import LEFT_OUT
from twingraph.vocab import slug_of, thing
from twingraph.wikidata import entities as wikidata
from twingraph.wikidata.crosscheck import Row
from twingraph.wikidata.entities import Reference, Snak, Snapshot, Statement, Value

PATHS = {"wd": "entity/", "s": "entity/statement/", "v": "value/", "ref": "reference/", "p": "prop/"}
PATHS |= {"wdno": "prop/novalue/", "genid": ".well-known/genid/", "ps": "prop/statement/", "pq": "prop/qualifier/"}
PATHS |= {"pr": "prop/reference/", "psv": "prop/statement/value/", "pqv": "prop/qualifier/value/"}
PREFIXES = {name: f"http://www.wikidata.org/{path}" for name, path in PATHS.items()}
PREFIXES |= {"prv": f"{PREFIXES['pr']}value/", "data": "https://www.wikidata.org/wiki/Special:EntityData/"}
PREFIXES |= {"wikibase": "http://wikiba.se/ontology#", "schema": "http://schema.org/", "xsd": str(XSD), "rdf": str(RDF)}
PREFIXES |= {"rdfs": str(RDFS), "owl": str(OWL), "prov": str(PROV), "geo": "http://www.opengis.net/ont/geosparql#"}
"""The names of Wikidata's namespaces as its documents have them."""
GREGORIAN = "Q1985727"
ENDPOINT, TAKEN = "https://made-up.invalid/sparql", "2026-11-20T10:00:00Z"


def _iri(name: str) -> ox.NamedNode:
    prefix, _, local = name.partition(":")
    return ox.NamedNode(PREFIXES[prefix] + local)


def _literal(words: object, datatype: str) -> ox.Literal:
    return ox.Literal(str(words), datatype=_iri(datatype))


def made_up(number: int) -> str:
    """Give an item that does not exist: `Q9900000001` is the first."""
    return f"Q{9_900_000_000 + number}"


def time(day: str, precision: int = 11, calendar: str = GREGORIAN) -> Value:
    """Give a time: `time("2002-01-01", 9)` is the year 2002."""
    return Value("time", f"{day}T00:00:00Z", precision, calendar=calendar)


def read_snak(snak: dict[str, Any]) -> Value:
    """Read a snak of Wikibase's JSON."""
    if snak["snaktype"] != "value":
        return Value("some" if snak["snaktype"] == "somevalue" else "none")
    value = snak["datavalue"]["value"]
    match snak["datavalue"]["type"]:
        case "wikibase-entityid":
            read = Value("item", value["id"])
        case "time":
            read = time(value["time"][1:].partition("T")[0], value["precision"], slug_of(value["calendarmodel"]))
        case "quantity":
            read = Value("quantity", value["amount"][1:], unit=None if value["unit"] == "1" else slug_of(value["unit"]))
        case "monolingualtext":
            read = Value("monolingual", value["text"], language=value["language"])
        case "globecoordinate":
            read = Value("coordinates", f"Point({value['longitude']} {value['latitude']})")
        case _:
            read = Value("url" if snak["datatype"] == "url" else "text", value)
    return read


def _hash(whole: object) -> str:
    return hashlib.sha1(str(whole).encode()).hexdigest()


@dataclass
class Shape:
    """Statements as they come, from Wikidata's own endpoint or from its dumps.

    as_endpoint: with names for unknown values and the revision on the item itself, not blank nodes and on its data.
    """

    as_endpoint: bool = True
    triples: set[ox.Triple] = field(default_factory=set)
    guids: list[str] = field(default_factory=list)

    def town(self, *names: str, revision: int = 1) -> Self:
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
        allowed = [("P2306", Value("item", each)) for each in qualifiers]
        self.says("P190", "P2302", Value("item", "Q21510851"), qualifiers=allowed)
        if symmetric:
            self.says("P190", "P2302", Value("item", "Q21510862"))

    def says(self, subject: str, term: str, value: Value, **more: Any) -> str:  # noqa: ANN401 - as each field has it
        """Add a statement, of normal rank unless something else is said; give its id, made up where none is given."""
        guid = f"{subject}$00000000-0000-4000-8000-{len(self.guids) + 1:012X}"
        stated = Statement(**{"item": subject, "property": term, "guid": guid, "rank": "normal", "value": value} | more)
        self.state(stated)
        return stated.guid

    def state(self, *statements: Statement) -> Self:
        """Add statements."""
        for stated in statements:
            self.guids.append(stated.guid)
            node = _iri(f"s:{stated.guid.replace('$', '-', 1)}")
            self._add(f"wd:{stated.item}", f"p:{stated.property}", node)
            self._add(node, "rdf:type", _iri("wikibase:Statement"))
            self._add(node, "wikibase:rank", _iri(f"wikibase:{stated.rank.title()}Rank"))
            self._value(node, "ps", stated.property, stated.value)
            for name, each in stated.qualifiers:
                self._value(node, "pq", name, each)
            for reference in stated.references:
                source = _iri(f"ref:{_hash(reference)}")
                self._add(node, "prov:wasDerivedFrom", source)
                for name, each in reference.properties:
                    self._value(source, "pr", name, each)
        return self

    def read_json(self, entity: dict[str, Any]) -> None:
        """Add the statements of an entity as `wbgetentities` gives it."""

        def snaks(by_property: dict[str, list[dict[str, Any]]]) -> list[Snak]:
            return [(name, read_snak(each)) for name, several in by_property.items() for each in several]

        for each in (each for several in entity["claims"].values() for each in several):
            main, qualifiers = each["mainsnak"], (*snaks(each.get("qualifiers", {})),)
            references = tuple(Reference((*snaks(reference["snaks"]),)) for reference in each.get("references", []))
            about = entity["id"], main["property"], each["id"], each["rank"]
            self.state(Statement(*about, read_snak(main), qualifiers, references))

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

    def _value(self, node: ox.NamedNode, path: str, term: str, value: Value) -> None:
        """Say a value, plainly and, of a time, a quantity or a place, by a node with all of it."""
        full: dict[str, Any] = {}
        if value.kind == "none":
            self._add(node, "rdf:type", _iri(f"wdno:{term}"))
            return
        if value.kind == "some":
            name = _hash((node, term))
            simple: Any = _iri(f"genid:{name}") if self.as_endpoint else ox.BlankNode(name)
        elif value.kind in {"item", "url"}:
            simple = _iri(f"wd:{value.text}") if value.kind == "item" else ox.NamedNode(value.text)
        elif value.kind == "time":
            simple = _literal(value.text, "xsd:dateTime")
            full = {"timeValue": simple, "timePrecision": _literal(value.precision, "xsd:integer")}
            full["timeCalendarModel"] = _iri(f"wd:{value.calendar}")
        elif value.kind == "quantity":
            simple = _literal(f"+{value.text}", "xsd:decimal")
            full = {"quantityAmount": simple, "quantityUnit": _iri(f"wd:{value.unit or 'Q199'}")}
        elif value.kind == "coordinates":
            simple, full = _literal(value.text, "geo:wktLiteral"), {"geoPrecision": _literal("0.1", "xsd:double")}
        else:
            simple = ox.Literal(value.text, language=value.language)
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
            shape.says(row["source_qid"], "P190", Value("item", row["target_qid"]))
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
