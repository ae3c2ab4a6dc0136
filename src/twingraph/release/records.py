"""Records of towns, ties, agreements and what is said of them, each with its quote, and the tables of them."""

from __future__ import annotations

import csv
import io
import json
import tomllib
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

from rdflib import Dataset, Graph, Literal, URIRef
from rdflib.namespace import DCTERMS, PROV, RDF, SDO, SKOS

from twingraph.curation.derive import home_first, name_of, start_of
from twingraph.curation.graph import filled
from twingraph.names import fold
from twingraph.vocab import GEONAMES, OA, OBSERVATION_ABOUT, TG, WD, kind_of, slug_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from rdflib.term import IdentifiedNode, Node

    from twingraph.curation.graph import Curated

    Quad = tuple[Node, Node, Node, IdentifiedNode | None]

_TABLES = tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))
_RECORDS = {"cities": "towns", "areas": "mentions"}
"""The records of which a table has one in each row, where they are not called as the table."""
_ATTRIBUTES = {"id": "slug", "mention": "words", "from": "begins", "to": "ends"}
"""Those of a record that are not called as their column; the passage of a quote is one of the quote."""
_Number = TypeVar("_Number", int, float)
_Quoted = TypeVar("_Quoted", "Agreement", "Twinning", "Figure", "Activity")

STANDINGS = ("agreed", "planned", "begun", "undertaken", "activity")
"""The slugs of standings; `tg:agreedArea` and so on are the properties by which an agreement or tie has an area."""


@dataclass(frozen=True, slots=True)
class Quote:
    """A passage of a source page, and the place it stands in: offsets in Unicode code points, end exclusive."""

    iri: str
    source: str
    exact: str
    start: int
    end: int


NO_QUOTE = Quote("", "", "", 0, 0)
"""Of what no page states that is quoted here: a source may be cited only."""


@dataclass(frozen=True, slots=True)
class Town:
    """A place that takes part in a tie; identifiers are "" where none is confirmed."""

    slug: str
    name_lv: str
    name_en: str
    name_native: str
    country: str
    wikidata: str
    geonames: str
    latitude: float | None
    longitude: float | None
    website: str


@dataclass(frozen=True, slots=True)
class Agreement:
    """One document: who, which kind, when as exact as the page (`2002`, `2007-06-10`), and which areas by standing."""

    slug: str
    twinning: str
    parties: tuple[str, ...]
    document: str
    date: str
    precision: str
    amends: str
    areas: dict[str, tuple[str, ...]] = field(hash=False)
    quotes: tuple[Quote, ...]

    @property
    def quote(self) -> Quote:
        """Give the sentence that dates the agreement."""
        return self.quotes[0]


@dataclass(frozen=True, slots=True)
class Twinning:
    """A lasting tie; since: "" where the page does not date the cooperation."""

    slug: str
    partners: tuple[str, ...]
    kind: str
    since: str
    precision: str
    quote: Quote


@dataclass(frozen=True, slots=True)
class Mention:
    """The words by which the page names a cooperation area; agreement: "" where it names none."""

    city: str
    agreement: str
    area: str
    label_lv: str
    label_en: str
    standing: str
    words: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Figure:
    """An area or a population: as printed, as read, and the body it is true of (a Wikidata id, "" where none)."""

    slug: str
    city: str
    measure: str
    printed: str
    value: Decimal
    unit: str
    year: int | None
    assessment: str
    describes: str
    quote: Quote


@dataclass(frozen=True, slots=True)
class Activity:
    """Something done within a tie; people: None where the page gives no number."""

    slug: str
    city: str
    what_en: str
    organisations: tuple[str, ...]
    programme: str
    begins: str
    ends: str
    people: int | None
    quote: Quote


class LinkedTowns(Dataset):
    """The dataset of a release, with named graphs, and typed records read from it.

    A plain pattern sees all named graphs at once, as on the SPARQL endpoint.

    curated: the statements of a build, to be read where they are; quads: others, to be copied.
    """

    def __init__(self, curated: Curated | None = None, quads: Iterable[Quad] = ()) -> None:
        super().__init__(curated.dataset.store if curated else "default", default_union=True)
        filled(self, ())
        self.addN((s, p, o, self.graph(name)) for s, p, o, name in quads)
        if curated:
            self.merged = curated.merged

    def __reduce__(self) -> tuple[Any, ...]:
        return LinkedTowns, (None, list(self.quads()))

    @cached_property
    def merged(self) -> Graph:
        """All named graphs in one."""
        return filled(Graph(), ((s, p, o) for s, p, o, _ in self.quads()))

    @cached_property
    def towns(self) -> list[Town]:
        """The towns that take part in a tie, by slug."""
        return [
            Town(
                slug=slug_of(place),
                name_lv=name_of(self.merged, place, "lv"),
                name_en=name_of(self.merged, place, "en"),
                name_native=self._native_name(place),
                country=self._slug(place, SDO.containedInPlace),
                wikidata=self._identifier(place, str(WD)),
                geonames=self._identifier(place, str(GEONAMES)),
                latitude=self._number(float, place, SDO.latitude),
                longitude=self._number(float, place, SDO.longitude),
                website=self._text(place, SDO.url),
            )
            for place in sorted(set(self.merged.objects(None, TG.partner)), key=str)
        ]

    @cached_property
    def twinnings(self) -> list[Twinning]:
        """The ties, in the order of the page."""
        return _in_page_order(
            Twinning(
                slug=slug_of(node),
                partners=_slugs(home_first(self.merged, self.merged.objects(node, TG.partner))),
                kind=self._slug(node, DCTERMS.type),
                since=self._text(node, TG.since),
                precision=self._slug(node, TG.precision),
                quote=self.quote_of(node, TG.partner),
            )
            for node in self.merged.subjects(RDF.type, TG.Twinning)
        )

    @cached_property
    def agreements(self) -> list[Agreement]:
        """The agreements, in the order of the page."""
        return _in_page_order(
            Agreement(
                slug=slug_of(node),
                twinning=self._slug(node, TG.twinning),
                parties=_slugs(home_first(self.merged, self.merged.objects(node, TG.party))),
                document=self._slug(node, DCTERMS.type),
                date=self._text(node, TG.signed),
                precision=self._slug(node, TG.precision),
                amends=self._slug(node, TG.amends),
                areas={
                    standing: _slugs(sorted(self.merged.objects(node, TG[f"{standing}Area"]), key=str))
                    for standing in STANDINGS
                },
                quotes=tuple(dict.fromkeys([self.quote_of(node, TG.signed), *self._quotes(node, None)])),
            )
            for node in self.merged.subjects(RDF.type, TG.Agreement)
        )

    @cached_property
    def mentions(self) -> list[Mention]:
        """The mentions of cooperation areas, in the order of the page."""
        found = []
        for node in self.merged.subjects(RDF.type, TG.Mention):
            area = self.merged.value(node, TG.area, default=node)
            said_of = self.merged.value(node, TG.mentionedIn, default=node)
            labels = {getattr(label, "language", ""): str(label) for label in self.merged.objects(area, SKOS.prefLabel)}
            words, start = self._text(node, OA.exact), start_of(self.merged, node)
            mention = Mention(
                city=self._slug(node, SDO.about),
                agreement=slug_of(said_of) if kind_of(said_of) == "agreement" else "",
                area=slug_of(area),
                label_lv=labels.get("lv", ""),
                label_en=labels.get("en", ""),
                standing=self._slug(node, TG.standing),
                words=words,
                start=start,
                end=start + len(words),
            )
            source = self._slug(self.merged.value(node, SDO.isPartOf, default=node), PROV.wasQuotedFrom)
            found.append((source, start, mention.end, str(node), mention))
        return [mention for *_, mention in sorted(found)]

    @cached_property
    def figures(self) -> list[Figure]:
        """The areas and populations, in the order of the page."""
        found = []
        for node in self.merged.subjects(RDF.type, SDO.Observation):
            is_area = self.merged.value(node, SDO.measuredProperty) == WD.P2046
            figure = Figure(
                slug=slug_of(node),
                city=self._slug(node, OBSERVATION_ABOUT),
                measure="area" if is_area else "population",
                printed=self._text(node, TG.asPrinted),
                value=Decimal(self._text(node, SDO.value)),
                unit="km2" if is_area else "persons",
                year=self._number(int, node, TG.year),
                assessment=self._slug(node, TG.assessment),
                describes=self._identifier(self.merged.value(node, TG.describes), str(WD)),
                quote=self.quote_of(node, SDO.value),
            )
            found.append(figure)
        return _in_page_order(found)

    @cached_property
    def activities(self) -> list[Activity]:
        """The activities, in the order of the page."""
        found = []
        for node in self.merged.subjects(RDF.type, SDO.Event):
            bodies = {*self.merged.objects(node, SDO.contributor), *self.merged.objects(node, SDO.organizer)}
            quote = self.quote_of(node, RDF.type)
            activity = Activity(
                slug=slug_of(node),
                city=self._slug(URIRef(quote.iri), SDO.about),
                what_en=name_of(self.merged, node, "en"),
                organisations=_slugs(sorted(bodies, key=str)),
                programme=self._slug(node, TG.programme),
                begins=self._text(node, SDO.startDate),
                ends=self._text(node, SDO.endDate),
                people=self._number(int, node, TG.participants),
                quote=quote,
            )
            found.append(activity)
        return _in_page_order(found)

    def quote_of(self, subject: Node, term: Node) -> Quote:
        """Give the first passage of a page that states a property of a thing; `NO_QUOTE` where only evidence does."""
        return next(iter(self._quotes(subject, term)), NO_QUOTE)

    def _quotes(self, subject: Node, term: Node | None) -> list[Quote]:
        quotes = []
        for iri in {
            graph for *_, graph in self.quads((subject, term, None, None)) if graph and kind_of(graph) == "quote"
        }:
            exact, start = self._text(iri, OA.exact), start_of(self.merged, iri)
            quotes.append(Quote(str(iri), self._slug(iri, PROV.wasQuotedFrom), exact, start, start + len(exact)))
        return sorted(quotes, key=lambda quote: (quote.source, quote.start, quote.iri))

    def _text(self, subject: Node | None, term: Node) -> str:
        # Of several, always the same: of dates that agree, the most exact.
        return max(map(str, self.merged.objects(subject, term)), default="")

    def _slug(self, subject: Node | None, term: Node) -> str:
        return slug_of(self._text(subject, term))

    def _number(self, read: type[_Number], subject: Node, term: Node) -> _Number | None:
        text = self._text(subject, term)
        return read(text) if text else None

    def _identifier(self, place: Node | None, namespace: str) -> str:
        same = () if place is None else map(str, self.merged.objects(place, SDO.sameAs))
        return next((slug_of(iri) for iri in same if iri.startswith(namespace)), "")

    def _native_name(self, place: Node) -> str:
        """Give the name in another language than English and Latvian; where there is none, that which the slug has."""
        names = (name for name in self.merged.objects(place, SDO.name) if isinstance(name, Literal))
        if own := sorted(str(name) for name in names if name.language not in ("en", "lv")):
            return own[0]
        latvian, english = (name_of(self.merged, place, language) for language in ("lv", "en"))
        # A slug is made from what people there call the town.
        return english if fold(latvian) != fold(slug_of(place)) == fold(english) else latvian


def _slugs(nodes: Iterable[Node]) -> tuple[str, ...]:
    return tuple(map(slug_of, nodes))


def _in_page_order(records: Iterable[_Quoted]) -> list[_Quoted]:
    return sorted(records, key=lambda record: (record.quote.source, record.quote.start, record.slug))


# Tables

FORMS = ["csv", "geojson"]
"""What tables are written as."""


def export(form: str, towns: LinkedTowns, manifest: Mapping[str, Any]) -> Iterator[tuple[str, bytes]]:
    """Give the name and content of each file of an export.

    form: one of `FORMS`; manifest: of the release that the towns are of.
    """
    if form == "geojson":
        # RFC 7946: longitude first, WGS 84.
        features = [
            {
                "type": "Feature",
                "id": town.slug,
                "geometry": {"type": "Point", "coordinates": [town.longitude, town.latitude]},
                "properties": {
                    name: getattr(town, name) for name in ("name_lv", "name_en", "name_native", "country", "wikidata")
                },
            }
            for town in towns.towns
            if town.latitude is not None
        ]
        collection = {"type": "FeatureCollection", "features": features}
        yield "places.geojson", (json.dumps(collection, ensure_ascii=False, indent=1) + "\n").encode()
        return
    for name, table in _TABLES["tables"].items():
        # RFC 4180: a header, CRLF line ends, quotes only where needed.
        out, columns = io.StringIO(newline=""), table["columns"].split(",")
        rows = ([_cell(each, column) for column in columns] for each in getattr(towns, _RECORDS.get(name, name)))
        csv.writer(out).writerows([columns, *rows])
        yield f"{name}.csv", out.getvalue().encode()
    yield "csv-metadata.json", (json.dumps(_csvw(manifest), ensure_ascii=False, indent=2) + "\n").encode()


def _cell(record: object, column: str) -> str:
    """Give the value of a record in a column: lists by spaces, numbers as xsd:decimal has them, without exponents."""
    if isinstance(quote := getattr(record, "quote", None), Quote) and column in {"quote", "start", "end"}:
        record, column = quote, column.replace("quote", "exact")
    value = getattr(record, _ATTRIBUTES.get(column, column))
    if isinstance(value, Decimal | float):
        return f"{Decimal(str(value)):f}"
    return " ".join(value) if isinstance(value, tuple) else "" if value is None else str(value)


def _csvw(manifest: Mapping[str, Any]) -> dict[str, Any]:
    """Describe the tables by the Metadata Vocabulary for Tabular Data (W3C, 2015)."""
    hosts = {urlsplit(source["url"]).hostname or source["url"] for source in manifest["sources"]}
    sites = ", ".join(sorted(host.removeprefix("www.") for host in hosts))

    def in_both(words: Mapping[str, str]) -> list[dict[str, str]]:
        return [{"@value": words[each].format(sites=sites), "@language": each} for each in ("en", "lv")]

    types = dict.fromkeys(_TABLES["integers"], "integer") | dict.fromkeys(_TABLES["decimals"], "decimal")
    tables = []
    for name, table in _TABLES["tables"].items():
        columns = [
            {"name": each, "titles": each, "datatype": types.get(each, "string")}
            | ({"separator": " "} if each in _TABLES["lists"] else {})
            for each in table["columns"].split(",")
        ]
        described = {
            "url": f"{name}.csv",
            "dc:description": in_both(table),
            "dc:license": {"@id": "https://creativecommons.org/publicdomain/zero/1.0/"},
        }
        if any(column["name"] in _TABLES["words"] for column in columns):
            described["dc:rights"] = in_both(_TABLES["rights"])
        described["tableSchema"] = {"columns": columns} | ({"primaryKey": "id"} if columns[0]["name"] == "id" else {})
        tables.append(described)
    return {
        "@context": ["http://www.w3.org/ns/csvw", {"@language": "en"}],
        "dc:title": in_both(_TABLES["title"]),
        "schema:version": manifest["version"],
        "tables": tables,
    }
