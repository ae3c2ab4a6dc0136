"""Tables of a release: CSV with its CSVW description, and the towns as GeoJSON."""

from __future__ import annotations

import csv
import io
import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit

from twingraph.release.records import Quote
from twingraph.words import Text, text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from twingraph.release.records import LinkedTowns

FORMS = ["csv", "geojson"]
"""What tables are written as."""


class Table(NamedTuple):
    """A table: its name, its header and what a row is."""

    name: str
    header: str
    row: Text

    @property
    def columns(self) -> list[str]:
        """The names of the columns."""
        return self.header.split(",")


TABLES = (
    Table(
        "cities",
        "id,name_lv,name_en,name_native,country,wikidata,geonames,latitude,longitude,website",
        text("A town that takes part in a tie."),
    ),
    Table(
        "agreements",
        "id,twinning,parties,document,date,precision,amends,quote,start,end",
        text("An agreement or an amendment."),
    ),
    Table(
        "twinnings",
        "id,partners,kind,since,precision,quote,start,end",
        text("A lasting tie between two or more towns."),
    ),
    Table(
        "areas",
        "city,agreement,area,label_lv,label_en,standing,mention,start,end",
        text("A mention of a cooperation area."),
    ),
    Table(
        "figures",
        "city,measure,printed,value,unit,year,assessment,describes,quote,start,end",
        text("An area or a population as the page gives it."),
    ),
    Table(
        "activities",
        "id,city,what_en,organisations,programme,from,to,people,quote,start,end",
        text("Something done within a tie."),
    ),
)
"""The tables, a contract that others rely on: names, columns and their order do not change."""

_RECORDS = {"cities": "towns", "areas": "mentions"}
"""The records of which there is one in each row, where they are not called as their table."""
_ATTRIBUTES = {"id": "slug", "mention": "words", "from": "begins", "to": "ends"}
"""Those of a record that are not called as their column; the passage of a quote is one of the quote."""
_DATATYPES = {
    **dict.fromkeys(("start", "end", "people"), "integer"),
    **dict.fromkeys(("latitude", "longitude", "value"), "decimal"),
}
_PROPERTIES = ("name_lv", "name_en", "name_native", "country", "wikidata")
_LISTS = ("parties", "partners", "organisations")


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
                "properties": {name: getattr(town, name) for name in _PROPERTIES},
            }
            for town in towns.towns
            if town.latitude is not None
        ]
        yield "places.geojson", _json({"type": "FeatureCollection", "features": features}, 1)
    else:
        for table in TABLES:
            # RFC 4180: a header, CRLF line ends, quotes only where needed.
            out = io.StringIO(newline="")
            records = getattr(towns, _RECORDS.get(table.name, table.name))
            rows = ([_cell(each, column) for column in table.columns] for each in records)
            csv.writer(out).writerows([table.columns, *rows])
            yield f"{table.name}.csv", out.getvalue().encode()
        yield "csv-metadata.json", _json(_csvw(manifest), 2)


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
                    "columns": [
                        {"name": name, "titles": name, "datatype": _DATATYPES.get(name, "string")}
                        | ({"separator": " "} if name in _LISTS else {})
                        for name in table.columns
                    ],
                    **({"primaryKey": "id"} if table.columns[0] == "id" else {}),
                },
            }
            for table in TABLES
        ],
    }


def _in_both(words: Text) -> list[dict[str, str]]:
    return [{"@value": words.in_language(language), "@language": language} for language in ("en", "lv")]


def _json(value: dict[str, Any], indent: int) -> bytes:
    return (json.dumps(value, ensure_ascii=False, indent=indent) + "\n").encode()
