"""Tables of a release: CSV with its CSVW description, and the towns as GeoJSON."""

from __future__ import annotations

import csv
import io
import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from twingraph.release.records import Quote
from twingraph.words import Text, text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from twingraph.release.records import LinkedTowns

FORMS = ["csv", "geojson"]
"""What tables are written as."""

TABLES = {
    "cities": (
        "id,name_lv,name_en,name_native,country,wikidata,geonames,latitude,longitude,website",
        text("A town that takes part in a tie."),
    ),
    "agreements": (
        "id,twinning,parties,document,date,precision,amends,quote,start,end",
        text("An agreement or an amendment."),
    ),
    "twinnings": (
        "id,partners,kind,since,precision,quote,start,end",
        text("A lasting tie between two or more towns."),
    ),
    "areas": (
        "city,agreement,area,label_lv,label_en,standing,mention,start,end",
        text("A mention of a cooperation area."),
    ),
    "figures": (
        "city,measure,printed,value,unit,year,assessment,describes,quote,start,end",
        text("An area or a population as the page gives it."),
    ),
    "activities": (
        "id,city,what_en,organisations,programme,from,to,people,quote,start,end",
        text("Something done within a tie."),
    ),
}
"""The header of each table, and what a row is: a contract, in which names, columns and their order do not change."""

_RECORDS = {"cities": "towns", "areas": "mentions"}
"""The records of which there is one in each row, where they are not called as their table."""
_ATTRIBUTES = {"id": "slug", "mention": "words", "from": "begins", "to": "ends"}
"""Those of a record that are not called as their column; the passage of a quote is one of the quote."""
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
        yield "places.geojson", _json({"type": "FeatureCollection", "features": features}, 1)
        return
    for name, (header, _) in TABLES.items():
        # RFC 4180: a header, CRLF line ends, quotes only where needed.
        out, columns = io.StringIO(newline=""), header.split(",")
        rows = ([_cell(each, column) for column in columns] for each in getattr(towns, _RECORDS.get(name, name)))
        csv.writer(out).writerows([columns, *rows])
        yield f"{name}.csv", out.getvalue().encode()
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
    tables = []
    for name, (header, row) in TABLES.items():
        columns: list[dict[str, str]] = []
        for column in header.split(","):
            columns.append({"name": column, "titles": column, "datatype": _DATATYPES.get(column, "string")})
            if column in _LISTS:
                columns[-1]["separator"] = " "
        table = {
            "url": f"{name}.csv",
            "dc:description": _in_both(row),
            "dc:license": {"@id": "https://creativecommons.org/publicdomain/zero/1.0/"},
            **({"dc:rights": _in_both(rights)} if {"quote", "mention"} & {*header.split(",")} else {}),
            "tableSchema": {"columns": columns, **({"primaryKey": "id"} if header.startswith("id,") else {})},
        }
        tables.append(table)
    return {
        "@context": ["http://www.w3.org/ns/csvw", {"@language": "en"}],
        "dc:title": _in_both(text("Twin towns")),
        "schema:version": manifest["version"],
        "tables": tables,
    }


def _in_both(words: Text) -> list[dict[str, str]]:
    return [{"@value": words.in_language(language), "@language": language} for language in ("en", "lv")]


def _json(value: dict[str, Any], indent: int) -> bytes:
    return (json.dumps(value, ensure_ascii=False, indent=indent) + "\n").encode()
