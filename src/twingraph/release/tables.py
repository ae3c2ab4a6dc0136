"""Tables of a release: CSV with its CSVW description, and the towns as GeoJSON."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from twingraph.words import Text, text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from twingraph.release.records import LinkedTowns, Quote

    Row = tuple[str, ...]

FORMS = ["csv", "geojson"]
"""What tables are written as."""


@dataclass(frozen=True, slots=True)
class Table:
    """One table: its name, its header, what a row is, and how its rows are read."""

    name: str
    header: str
    row: Text
    rows: Callable[[LinkedTowns], Iterable[Row]]

    @property
    def columns(self) -> list[str]:
        """The names of the columns."""
        return self.header.split(",")


def _passage(quote: Quote) -> Row:
    return quote.exact, str(quote.start), str(quote.end)


def _plain(number: Decimal | float | None) -> str:
    """Write a number as xsd:decimal has it: never with an exponent."""
    return "" if number is None else f"{Decimal(str(number)):f}"


def _cities(towns: LinkedTowns) -> Iterable[Row]:
    for town in towns.towns:
        point = _plain(town.latitude), _plain(town.longitude)
        names = town.name_lv, town.name_en, town.name_native
        yield town.slug, *names, town.country, town.wikidata, town.geonames, *point, town.website


def _agreements(towns: LinkedTowns) -> Iterable[Row]:
    for item in towns.agreements:
        parties = " ".join(item.parties)
        dated = item.document, item.date, item.precision, item.amends
        yield item.slug, item.twinning, parties, *dated, *_passage(item.quote)


def _twinnings(towns: LinkedTowns) -> Iterable[Row]:
    for tie in towns.twinnings:
        yield tie.slug, " ".join(tie.partners), tie.kind, tie.since, tie.precision, *_passage(tie.quote)


def _areas(towns: LinkedTowns) -> Iterable[Row]:
    for mention in towns.mentions:
        labels = mention.label_lv, mention.label_en
        place = mention.words, str(mention.start), str(mention.end)
        yield mention.city, mention.agreement, mention.area, *labels, mention.standing, *place


def _figures(towns: LinkedTowns) -> Iterable[Row]:
    for item in towns.figures:
        read = item.printed, _plain(item.value), item.unit, _plain(item.year)
        yield item.city, item.measure, *read, item.assessment, item.describes, *_passage(item.quote)


def _activities(towns: LinkedTowns) -> Iterable[Row]:
    for item in towns.activities:
        who = " ".join(item.organisations), item.programme
        when = item.begins, item.ends
        yield item.slug, item.city, item.what_en, *who, *when, _plain(item.people), *_passage(item.quote)


TABLES = (
    Table(
        "cities",
        "id,name_lv,name_en,name_native,country,wikidata,geonames,latitude,longitude,website",
        text("A town that takes part in a tie."),
        _cities,
    ),
    Table(
        "agreements",
        "id,twinning,parties,document,date,precision,amends,quote,start,end",
        text("An agreement or an amendment."),
        _agreements,
    ),
    Table(
        "twinnings",
        "id,partners,kind,since,precision,quote,start,end",
        text("A lasting tie between two or more towns."),
        _twinnings,
    ),
    Table(
        "areas",
        "city,agreement,area,label_lv,label_en,standing,mention,start,end",
        text("A mention of a cooperation area."),
        _areas,
    ),
    Table(
        "figures",
        "city,measure,printed,value,unit,year,assessment,describes,quote,start,end",
        text("An area or a population as the page gives it."),
        _figures,
    ),
    Table(
        "activities",
        "id,city,what_en,organisations,programme,from,to,people,quote,start,end",
        text("Something done within a tie."),
        _activities,
    ),
)
"""The tables, a contract that others rely on: names, columns and their order do not change."""

_DATATYPES = {
    **dict.fromkeys(("start", "end", "people"), "integer"),
    **dict.fromkeys(("latitude", "longitude", "value"), "decimal"),
}
_LISTS = ("parties", "partners", "organisations")


def export(form: str, towns: LinkedTowns, manifest: Mapping[str, Any]) -> Iterator[tuple[str, bytes]]:
    """Give the name and content of each file of an export.

    form: one of `FORMS`; manifest: of the release that the towns are of.
    """
    if form == "geojson":
        yield "places.geojson", _json(_geojson(towns), 1)
    else:
        for table in TABLES:
            yield f"{table.name}.csv", _csv(table, towns)
        yield "csv-metadata.json", _json(_csvw(manifest), 2)


def _csv(table: Table, towns: LinkedTowns) -> bytes:
    """Write one table by RFC 4180: a header, CRLF line ends, quotes only where needed."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(table.columns)
    writer.writerows(table.rows(towns))
    return out.getvalue().encode()


def _csvw(manifest: Mapping[str, Any]) -> dict[str, Any]:
    """Describe the tables by the Metadata Vocabulary for Tabular Data (W3C, 2015)."""
    hosts = {urlsplit(source["url"]).hostname or source["url"] for source in manifest["sources"]}
    rights = text(
        "The licence is for the facts; the words in the columns quote, mention and printed are quoted from %(sites)s.",
        sites=", ".join(sorted(host.removeprefix("www.") for host in hosts)),
    )
    return {
        "@context": ["http://www.w3.org/ns/csvw", {"@language": "en"}],
        "dc:title": _in_both(text("Twin towns")),
        "schema:version": manifest["version"],
        "tables": [
            {
                "url": f"{table.name}.csv",
                "dc:description": _in_both(table.row),
                "dc:license": {"@id": "https://creativecommons.org/publicdomain/zero/1.0/"},
                **({"dc:rights": _in_both(rights)} if {"quote", "mention"} & set(table.columns) else {}),
                "tableSchema": {
                    "columns": [_column(name) for name in table.columns],
                    **({"primaryKey": "id"} if table.columns[0] == "id" else {}),
                },
            }
            for table in TABLES
        ],
    }


def _in_both(words: Text) -> list[dict[str, str]]:
    return [{"@value": words.in_language(language), "@language": language} for language in ("en", "lv")]


def _column(name: str) -> dict[str, Any]:
    column = {"name": name, "titles": name, "datatype": _DATATYPES.get(name, "string")}
    return column | ({"separator": " "} if name in _LISTS else {})


def _geojson(towns: LinkedTowns) -> dict[str, Any]:
    """Give the towns as a FeatureCollection (RFC 7946: longitude first, WGS 84)."""
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
    return {"type": "FeatureCollection", "features": features}


def _json(value: dict[str, Any], indent: int) -> bytes:
    return (json.dumps(value, ensure_ascii=False, indent=indent) + "\n").encode()
