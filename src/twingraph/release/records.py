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
from typing import TYPE_CHECKING, Annotated, Any, TypeVar, get_args, get_origin, get_type_hints
from urllib.parse import urlsplit

from rdflib import Dataset, Graph, Literal, URIRef
from rdflib.namespace import DCTERMS, PROV, RDF, SDO, SKOS

from twingraph.curation.derive import home_first, name_of, start_of
from twingraph.curation.graph import filled, text_of
from twingraph.names import fold
from twingraph.vocab import GEONAMES, OA, OBSERVATION_ABOUT, TG, WD, kind_of, slug_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from rdflib.term import IdentifiedNode, Node

    from twingraph.curation.graph import Curated

    Quad = tuple[Node, Node, Node, IdentifiedNode | None]

_TABLES = tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))
_Record = TypeVar("_Record")


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
    name_lv: Annotated[str, SDO.name, "lv"]
    name_en: Annotated[str, SDO.name, "en"]
    name_native: str
    country: Annotated[str, SDO.containedInPlace]
    wikidata: Annotated[str, SDO.sameAs, WD]
    geonames: Annotated[str, SDO.sameAs, GEONAMES]
    latitude: Annotated[float | None, SDO.latitude]
    longitude: Annotated[float | None, SDO.longitude]
    website: Annotated[str, SDO.url]


@dataclass(frozen=True, slots=True)
class Agreement:
    """One document: who, which kind, when as exact as the page (`2002`, `2007-06-10`), and which areas by standing."""

    slug: str
    twinning: Annotated[str, TG.twinning]
    parties: Annotated[tuple[str, ...], TG.party]
    document: Annotated[str, DCTERMS.type]
    date: Annotated[str, TG.signed]
    precision: Annotated[str, TG.precision]
    amends: Annotated[str, TG.amends]
    areas: dict[str, tuple[str, ...]] = field(hash=False)
    quotes: tuple[Quote, ...]

    @property
    def quote(self) -> Quote:
        """Give the sentence that dates the agreement, or speaks of it, if it has no date."""
        return self.quotes[0]


@dataclass(frozen=True, slots=True)
class Twinning:
    """A lasting tie; since: "" where the page does not date the cooperation."""

    slug: str
    partners: Annotated[tuple[str, ...], TG.partner]
    kind: Annotated[str, DCTERMS.type]
    since: Annotated[str, TG.since]
    precision: Annotated[str, TG.precision]
    quote: Annotated[Quote, TG.partner]


@dataclass(frozen=True, slots=True)
class Mention:
    """The words by which the page names a cooperation area; agreement: "" where it names none."""

    city: Annotated[str, SDO.about]
    agreement: Annotated[str, TG.mentionedIn, "agreement"]
    area: Annotated[str, TG.area]
    label_lv: Annotated[str, TG.area / SKOS.prefLabel, "lv"]
    label_en: Annotated[str, TG.area / SKOS.prefLabel, "en"]
    standing: Annotated[str, TG.standing]
    words: Annotated[str, OA.exact]
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Figure:
    """An area or a population: as printed, as read, and the body it is true of (a Wikidata id, "" where none).

    least, most: of a range, which has no value.
    """

    slug: str
    city: Annotated[str, OBSERVATION_ABOUT]
    measure: str
    printed: Annotated[str, TG.asPrinted]
    value: Annotated[Decimal | None, SDO.value]
    unit: str
    year: Annotated[int | None, TG.year]
    assessment: Annotated[str, TG.assessment]
    describes: Annotated[str, TG.describes / SDO.sameAs, WD]
    quote: Quote
    approximate: Annotated[bool, TG.approximate]
    least: Annotated[Decimal | None, SDO.minValue]
    most: Annotated[Decimal | None, SDO.maxValue]


@dataclass(frozen=True, slots=True)
class Activity:
    """Something done within a tie; people: None where the page gives no number."""

    slug: str
    city: str
    what_en: Annotated[str, SDO.name, "en"]
    organisations: Annotated[tuple[str, ...], SDO.contributor | SDO.organizer]
    programme: Annotated[str, TG.programme]
    begins: Annotated[str, SDO.startDate]
    ends: Annotated[str, SDO.endDate]
    people: Annotated[int | None, TG.participants]
    quote: Annotated[Quote, RDF.type]


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
        places = sorted(set(self.merged.objects(None, TG.partner)), key=str)
        return [self._read(Town, place, slug=slug_of(place), name_native=self._native_name(place)) for place in places]

    @cached_property
    def twinnings(self) -> list[Twinning]:
        """The ties, in the order of the page."""
        nodes = self.merged.subjects(RDF.type, TG.Twinning)
        return sorted((self._read(Twinning, node, slug=slug_of(node)) for node in nodes), key=_in_page_order)

    @cached_property
    def agreements(self) -> list[Agreement]:
        """The agreements, in the order of the page."""
        found = []
        for node in self.merged.subjects(RDF.type, TG.Agreement):
            standings = ("agreed", "planned", "begun", "undertaken", "activity")
            areas = {each: self._value(node, tuple[str, ...], TG[f"{each}Area"]) for each in standings}
            main = TG.signed if (node, TG.signed, None) in self.merged else RDF.type
            quotes = tuple(dict.fromkeys([self.quote_of(node, main), *self.quotes_of(node)]))
            found.append(self._read(Agreement, node, slug=slug_of(node), areas=areas, quotes=quotes))
        return sorted(found, key=_in_page_order)

    @cached_property
    def mentions(self) -> list[Mention]:
        """The mentions of cooperation areas, in the order of the page."""
        found = []
        for node in self.merged.subjects(RDF.type, TG.Mention):
            start, source = start_of(self.merged, node), self._value(node, str, SDO.isPartOf / PROV.wasQuotedFrom)
            end = start + len(text_of(self.merged, node, OA.exact))
            found.append((source, start, end, str(node), self._read(Mention, node, start=start, end=end)))
        return [mention for *_, mention in sorted(found)]

    @cached_property
    def figures(self) -> list[Figure]:
        """The areas and populations, in the order of the page."""
        found = []
        for node in self.merged.subjects(RDF.type, SDO.Observation):
            is_area = (node, SDO.measuredProperty, WD.P2046) in self.merged
            measure, unit = ("area", "km2") if is_area else ("population", "persons")
            quote = self.quote_of(node, SDO.value if (node, SDO.value, None) in self.merged else SDO.minValue)
            found.append(self._read(Figure, node, slug=slug_of(node), measure=measure, unit=unit, quote=quote))
        return sorted(found, key=_in_page_order)

    @cached_property
    def activities(self) -> list[Activity]:
        """The activities, in the order of the page."""
        found = []
        for node in self.merged.subjects(RDF.type, SDO.Event):
            city = self._value(URIRef(self.quote_of(node, RDF.type).iri), str, SDO.about)
            found.append(self._read(Activity, node, slug=slug_of(node), city=city))
        return sorted(found, key=_in_page_order)

    def quote_of(self, subject: Node, term: Node) -> Quote:
        """Give the first passage of a page that states a property of a thing; `NO_QUOTE` where only evidence does."""
        return next(iter(self.quotes_of(subject, term)), NO_QUOTE)

    def quotes_of(self, subject: Node, term: Node | None = None, value: Node | None = None) -> list[Quote]:
        """Give every passage that states something of a thing, or just this, in the order of the page."""
        quotes = []
        for iri in {name for *_, name in self.quads((subject, term, value, None)) if name and kind_of(name) == "quote"}:
            exact, start = text_of(self.merged, iri, OA.exact), start_of(self.merged, iri)
            source = slug_of(text_of(self.merged, iri, PROV.wasQuotedFrom))
            quotes.append(Quote(str(iri), source, exact, start, start + len(exact)))
        return sorted(quotes, key=lambda quote: (quote.source, quote.start, quote.iri))

    def _read(self, record: type[_Record], node: Node, **others: object) -> _Record:
        """Make the record of a thing from the properties that its fields name, and from the others, which name none."""
        hints = get_type_hints(record, include_extras=True)
        named = {name: hint for name, hint in hints.items() if get_origin(hint) is Annotated}
        values = {name: self._value(node, hint.__origin__, *hint.__metadata__) for name, hint in named.items()}
        return record(**values, **others)

    def _value(self, node: Node, kind: Any, path: Any, only: str = "") -> Any:  # noqa: ANN401 - as the field's type says
        """Give the value of a property as a type has it: slugs of things of ours, texts of all else, "" or None.

        only: the language of the texts, or the kind of the things, or what the IRIs begin with; slugs are given then.
        """
        if kind is Quote:
            return self.quote_of(node, path)
        found = {
            value
            for value in self.merged.objects(node, path)
            if not only or (value.language == only if isinstance(value, Literal) else _is_of(value, only))
        }
        if kind == tuple[str, ...]:
            return tuple(map(slug_of, home_first(self.merged, found)))
        # Of several, always the same: of dates that agree, the most exact.
        value = max(found, default="", key=str)
        written = slug_of(value) if isinstance(value, URIRef) and (only or kind_of(value)) else str(value)
        read, *optional = get_args(kind) or [kind]
        return read(written) if written or not optional else None

    def _native_name(self, place: Node) -> str:
        """Give the name in another language than English and Latvian; where there is none, that which the slug has."""
        names = (name for name in self.merged.objects(place, SDO.name) if isinstance(name, Literal))
        if own := sorted(str(name) for name in names if name.language not in ("en", "lv")):
            return own[0]
        others = (name_of(self.merged, place, language) for language in ("lv", "en"))
        # A slug is made from what people there call the town.
        return min(others, key=lambda name: fold(name) != fold(slug_of(place)))


def _is_of(iri: Node, kind: str) -> bool:
    """Tell whether a thing is of a kind, or an IRI begins like that."""
    return kind_of(iri) == kind or str(iri).startswith(kind)


def _in_page_order(record: Agreement | Twinning | Figure | Activity) -> tuple[str, int, str]:
    return record.quote.source, record.quote.start, record.slug


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
        rows = ([_cell(each, column) for column in columns] for each in getattr(towns, table.get("records", name)))
        csv.writer(out).writerows([columns, *rows])
        yield f"{name}.csv", out.getvalue().encode()
    yield "csv-metadata.json", (json.dumps(_csvw(manifest), ensure_ascii=False, indent=2) + "\n").encode()


def _cell(record: object, column: str) -> str:
    """Give the value of a record in a column: lists by spaces, numbers as xsd:decimal has them, without exponents."""
    if isinstance(quote := getattr(record, "quote", None), Quote) and column in {"quote", "start", "end"}:
        record, column = quote, column.replace("quote", "exact")
    value = getattr(record, _TABLES["fields"].get(column, column))
    if isinstance(value, bool):
        return "true" if value else ""
    if isinstance(value, Decimal | float):
        return f"{Decimal(str(value)):f}"
    return " ".join(value) if isinstance(value, tuple) else "" if value is None else str(value)


def _csvw(manifest: Mapping[str, Any]) -> dict[str, Any]:
    """Describe the tables by the Metadata Vocabulary for Tabular Data (W3C, 2015)."""
    hosts = {urlsplit(source["url"]).hostname or source["url"] for source in manifest["sources"]}
    sites = ", ".join(sorted(host.removeprefix("www.") for host in hosts))

    def in_both(words: Mapping[str, str]) -> list[dict[str, str]]:
        return [{"@value": words[each].format(sites=sites), "@language": each} for each in ("en", "lv")]

    tables = []
    for name, table in _TABLES["tables"].items():
        names, known = table["columns"].split(","), _TABLES["columns"]
        columns = [{"name": each, "titles": each, "datatype": "string", **known.get(each, {})} for each in names]
        described = {
            "url": f"{name}.csv",
            "dc:description": in_both(table),
            "dc:license": {"@id": "https://creativecommons.org/publicdomain/zero/1.0/"},
            **({"dc:rights": in_both(_TABLES["rights"])} if {*names} & {*_TABLES["words"]} else {}),
            "tableSchema": {"columns": columns, **({"primaryKey": "id"} if names[0] == "id" else {})},
        }
        tables.append(described)
    return {
        "@context": ["http://www.w3.org/ns/csvw", {"@language": "en"}],
        "dc:title": in_both(_TABLES["title"]),
        "schema:version": manifest["version"],
        "tables": tables,
    }
