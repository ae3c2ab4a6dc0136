"""Tables of a release: CSV with its CSVW description, Parquet, and the towns as GeoJSON."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from twingraph.errors import MissingLibrary

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from twingraph.release.records import LinkedTowns, Quote, Town

    Row = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """One table: its name, its columns, what a row is in English and Latvian, and how its rows are read."""

    name: str
    columns: tuple[str, ...]
    row_en: str
    row_lv: str
    rows: Callable[[LinkedTowns], Iterable[Row]]


def _columns(header: str) -> tuple[str, ...]:
    return tuple(header.split(","))


def _passage(quote: Quote) -> Row:
    return quote.exact, str(quote.start), str(quote.end)


def _shown(number: float | None) -> str:
    return "" if number is None else str(number)


def _cities(towns: LinkedTowns) -> Iterable[Row]:
    for town in towns.towns:
        point = _shown(town.latitude), _shown(town.longitude)
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
        read = item.printed, str(item.value), item.unit, _shown(item.year)
        yield item.city, item.measure, *read, item.assessment, item.describes, *_passage(item.quote)


def _activities(towns: LinkedTowns) -> Iterable[Row]:
    for item in towns.activities:
        who = " ".join(item.organisations), item.programme
        yield (
            item.slug,
            item.city,
            item.what_en,
            *who,
            item.begins,
            item.ends,
            _shown(item.people),
            *_passage(item.quote),
        )


TABLES = (
    Table(
        "cities",
        _columns("id,name_lv,name_en,name_native,country,wikidata,geonames,latitude,longitude,website"),
        "A town that takes part in a tie.",
        "Pilsēta, kas piedalās sadraudzībā.",
        _cities,
    ),
    Table(
        "agreements",
        _columns("id,twinning,parties,document,date,precision,amends,quote,start,end"),
        "An agreement or an amendment.",
        "Līgums vai līguma grozījums.",
        _agreements,
    ),
    Table(
        "twinnings",
        _columns("id,partners,kind,since,precision,quote,start,end"),
        "A lasting tie between two or more towns.",
        "Ilgstoša saikne starp divām vai vairākām pilsētām.",
        _twinnings,
    ),
    Table(
        "areas",
        _columns("city,agreement,area,label_lv,label_en,standing,mention,start,end"),
        "A mention of a cooperation area.",
        "Sadarbības jomas pieminējums.",
        _areas,
    ),
    Table(
        "figures",
        _columns("city,measure,printed,value,unit,year,assessment,describes,quote,start,end"),
        "An area or a population as the page gives it.",
        "Platība vai iedzīvotāju skaits, kā norādīts lapā.",
        _figures,
    ),
    Table(
        "activities",
        _columns("id,city,what_en,organisations,programme,from,to,people,quote,start,end"),
        "Something done within a tie.",
        "Kas sadraudzības ietvaros darīts.",
        _activities,
    ),
)
"""The tables, a contract that others rely on: names, columns and their order do not change."""

_NUMBERS = {
    **dict.fromkeys(("start", "end", "people"), "integer"),
    **dict.fromkeys(("latitude", "longitude", "value"), "decimal"),
}
_ARROW = {"integer": "int64", "decimal": "float64"}
_RIGHTS = (
    "The licence is for the facts; the words in the columns quote, mention and printed are quoted from jelgava.lv.",
    "Licence attiecas uz faktiem; vārdi slejās quote, mention un printed ir citēti no jelgava.lv.",
)
_LISTS = ("parties", "partners", "organisations")


def csv_text(table: Table, towns: LinkedTowns) -> str:
    """Write one table by RFC 4180: a header, CRLF line ends, quotes only where needed."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(table.columns)
    writer.writerows(table.rows(towns))
    return out.getvalue()


def csvw(version: str) -> str:
    """Describe the tables by the Metadata Vocabulary for Tabular Data (W3C, 2015), as JSON."""
    description = {
        "@context": ["http://www.w3.org/ns/csvw", {"@language": "en"}],
        "dc:title": _in_both("Twin towns", "Sadraudzības pilsētas"),
        "schema:version": version,
        "tables": [_csvw_table(table) for table in TABLES],
    }
    return json.dumps(description, ensure_ascii=False, indent=2) + "\n"


def _csvw_table(table: Table) -> dict[str, object]:
    schema: dict[str, object] = {"columns": [_csvw_column(column) for column in table.columns]}
    if table.columns[0] == "id":
        schema["primaryKey"] = "id"
    quoting = {"quote", "mention"} & set(table.columns)
    return {
        "url": f"{table.name}.csv",
        "dc:description": _in_both(table.row_en, table.row_lv),
        "dc:license": {"@id": "https://creativecommons.org/publicdomain/zero/1.0/"},
        **({"dc:rights": _in_both(*_RIGHTS)} if quoting else {}),
        "tableSchema": schema,
    }


def _in_both(english: str, latvian: str) -> list[dict[str, str]]:
    return [{"@value": english, "@language": "en"}, {"@value": latvian, "@language": "lv"}]


def _csvw_column(name: str) -> dict[str, object]:
    column: dict[str, object] = {"name": name, "titles": name, "datatype": _NUMBERS.get(name, "string")}
    return column | ({"separator": " "} if name in _LISTS else {})


def geojson(towns: LinkedTowns) -> str:
    """Give the towns as a FeatureCollection (RFC 7946: longitude first, WGS 84)."""
    features = [_feature(town) for town in towns.towns if town.latitude is not None]
    return json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False, indent=1) + "\n"


def _feature(town: Town) -> dict[str, object]:
    properties = {name: getattr(town, name) for name in ("name_lv", "name_en", "name_native", "country", "wikidata")}
    return {
        "type": "Feature",
        "id": town.slug,
        "geometry": {"type": "Point", "coordinates": [town.longitude, town.latitude]},
        "properties": properties,
    }


def exports(form: str, towns: LinkedTowns, version: str) -> Iterator[tuple[str, bytes]]:
    """Give the name and content of each file of an export: form is csv, parquet or geojson.

    Raises MissingLibrary where Parquet is asked for and pyarrow is not installed.
    """
    if form == "geojson":
        yield "places.geojson", geojson(towns).encode()
    elif form == "parquet":
        yield from _parquet(towns)
    else:
        for table in TABLES:
            yield f"{table.name}.csv", csv_text(table, towns).encode()
        yield "csv-metadata.json", csvw(version).encode()


def _parquet(towns: LinkedTowns) -> Iterator[tuple[str, bytes]]:
    try:
        from pyarrow import BufferOutputStream, parquet  # noqa: PLC0415 - an extra, not installed everywhere
        from pyarrow import csv as arrow_csv  # noqa: PLC0415
    except ImportError:
        raise MissingLibrary("parquet") from None
    for table in TABLES:
        types = {column: _ARROW.get(_NUMBERS.get(column, ""), "string") for column in table.columns}
        options = arrow_csv.ConvertOptions(column_types=types)
        text = io.BytesIO(csv_text(table, towns).encode())
        out = BufferOutputStream()
        parquet.write_table(arrow_csv.read_csv(text, convert_options=options), out)
        yield f"{table.name}.parquet", out.getvalue().to_pybytes()
