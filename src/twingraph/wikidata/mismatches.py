"""Mismatch Finder: rows as its importer takes them (the user guide of wmde/wikidata-mismatch-finder)."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

from twingraph.wikidata.quickstatements import moment
from twingraph.wikidata.verdicts import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from twingraph.wikidata.entities import Value
    from twingraph.wikidata.verdicts import Row

COLUMNS = (
    *("item_id", "statement_guid", "property_id", "wikidata_value", "meta_wikidata_value"),
    *("external_value", "external_url", "type"),
)
LONGEST = 1500
"""Characters that a value may have there."""
_MISSING = frozenset({Verdict.MISSING_ON_WIKIDATA, Verdict.MISSING_REVERSE})
_PROPERTIES = frozenset({"P190", "P580", "P1082", "P2046"})
"""Those whose values are worth a reviewer's time: addresses of web sites differ without meaning anything."""
_READ = frozenset({"item", "time", "quantity", "text", "url"})
"""The kinds of values that Wikidata reads back from text alone."""


def mismatches(rows: Iterable[Row]) -> str:
    """Write the rows that are of use there, as CSV: what conflicts, and what Wikidata lacks."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(cells for row in rows for cells in _cells(row))
    return out.getvalue()


def _cells(row: Row) -> Iterator[tuple[str, ...]]:
    """Give the cells of a row; nothing where the importer could not tell what is meant, or refuses it."""
    # On one line, and not blank: the importer reads line by line, and refuses what is empty once it is trimmed.
    ours = " ".join(_ours(row).split())
    if row.property not in _PROPERTIES or not (row.item and row.source and 0 < len(ours) <= LONGEST):
        return
    last = ours, row.source, "qualifier" if _is_of_qualifier(row) else "statement"
    if row.verdict in _MISSING and not _is_of_qualifier(row):
        yield row.item, "", row.property, "", "", *last
    elif row.verdict == Verdict.CONFLICT and row.theirs and row.their_value and row.their_value.kind in _READ:
        value = row.their_value
        calendar = value.calendar or "" if value.kind == "time" else ""
        yield row.theirs.item, row.theirs.guid, row.property, _theirs(value), calendar, *last


def _is_of_qualifier(row: Row) -> bool:
    return row.property == "P580"


def _ours(row: Row) -> str:
    """Write our value for a person: a town by its name on the page, an area with its unit, a population with year."""
    dated = [value.text[:4] for term, value in (row.proposed.qualifiers if row.proposed else ()) if term == "P585"]
    if row.property == "P190":
        return f"{row.printed} ({row.read})"
    return row.read + (" km²" if row.property == "P2046" else "") + "".join(f" ({year})" for year in dated)


def _theirs(value: Value) -> str:
    return f"+{moment(value)}" if value.kind == "time" else value.text
