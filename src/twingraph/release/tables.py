"""Tables of the records of a release, as CSV with a description (CSVW), and as a map (GeoJSON)."""

from __future__ import annotations

import csv
import io
import json
import tomllib
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from rdflib.namespace import PROV

from twingraph.release.records import NO_QUOTE
from twingraph.vocab import thing

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from twingraph.release.records import LinkedTowns

_TABLES = tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))
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
        columns = table["columns"].split(",")
        rows = ([_cell(each, column) for column in columns] for each in towns.by_source(table.get("records", name)))
        yield f"{name}.csv", to_csv([columns, *rows]).encode()
    yield "csv-metadata.json", (json.dumps(_csvw(manifest), ensure_ascii=False, indent=2) + "\n").encode()


def to_csv(lines: Iterable[Iterable[object]], end: str = "\r\n") -> str:
    """Write lines of cells as CSV (RFC 4180), with quotes only where needed; end: of each line."""
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator=end).writerows(lines)
    return out.getvalue()


def _cell(record: object, column: str) -> str:
    """Give the value of a record in a column: lists by spaces, numbers as xsd:decimal has them, without exponents."""
    name = _TABLES["fields"].get(column, column)
    parts = (record, getattr(record, "quote", None), getattr(record, "standing", None))
    part = next(part for part in parts if hasattr(part, name))
    value = None if part is NO_QUOTE else getattr(part, name)
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
        key = [each for each in names if each in {"id", "source"}]
        columns = [{"name": each, "titles": each, "datatype": "string", **known.get(each, {})} for each in names]
        for column in (each for each in columns if "en" in each):
            column["dc:description"] = in_both({each: column.pop(each) for each in ("en", "lv")})
            # Whose words and claims a row has: a source's, quoted or only cited.
            if column["name"] == "source":
                column |= {"propertyUrl": str(PROV.hadPrimarySource), "valueUrl": f"{thing('source', '')}{{source}}"}
        described = {
            "url": f"{name}.csv",
            "dc:description": in_both(table),
            "dc:license": {"@id": "https://creativecommons.org/publicdomain/zero/1.0/"},
            **({"dc:rights": in_both(_TABLES["rights"])} if {*names} & {*_TABLES["words"]} else {}),
            "tableSchema": {"columns": columns, **({"primaryKey": key} if "id" in key else {})},
        }
        tables.append(described)
    return {
        "@context": ["http://www.w3.org/ns/csvw", {"@language": "en"}],
        "dc:title": in_both(_TABLES["title"]),
        "schema:version": manifest["version"],
        "tables": tables,
    }
