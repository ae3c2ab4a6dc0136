"""What reads the files that editors are handed: Mismatch Finder's importer and QuickStatements, by published rules.

Mismatch Finder: the user guide and the rules of wmde/wikidata-mismatch-finder (header, fields, GUID, calendar).
QuickStatements: Help:QuickStatements, and what its two engines (version 3, and the batch engine of version 2) refuse.
"""

from __future__ import annotations

import csv
import io
import re
from typing import NamedTuple
from urllib.parse import urlsplit

COLUMNS = {"item_id", "statement_guid", "property_id", "wikidata_value", "meta_wikidata_value", "external_value"}
COLUMNS |= {"external_url", "type"}
TYPES = {"P190": "item", "P580": "time", "P1082": "quantity", "P2046": "quantity"}
"""The data types of the properties that are handed over."""
_ITEM = re.compile(r"(?a)Q[1-9]\d*")
_GUID = re.compile(r"(?ai)Q\d+\$[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}")
_PROPERTY = re.compile(r"(?ai)P\d+")
# What wbparsevalue reads, by data type.
_PARSED = {"item": _ITEM, "time": re.compile(r"(?a)[+-]?\d{1,16}-\d\d-\d\d(T00:00:00Z)?")}
_PARSED["quantity"] = re.compile(r"(?a)[+-]?\d+(\.\d+)?")
_VALUE = re.compile(
    r"""(?a)(?P<item>Q\d+) | (?P<time>[+-]\d{4,}-\d\d-\d\dT00:00:00Z/\d+) | (?P<quantity>[+-]?\d+(?:\.\d+)?(?:U\d+)?)
    | (?P<monolingual>[a-z_-]+:"[^"]+") | (?P<string>"[^"]+")""",
    re.VERBOSE,
)
_SUMMARY = re.compile(r"^(.*?)/\*\s*(.*?)\s*\*/$")


class Command(NamedTuple):
    """A statement to be added, as read back; each value as its kind and its text."""

    item: str
    property: str
    value: tuple[str, str]
    qualifiers: tuple[tuple[str, tuple[str, str]], ...]
    references: tuple[tuple[str, tuple[str, str]], ...]
    summary: str


def refused(text: str) -> list[str]:
    """Give what Mismatch Finder's importer says against a file; nothing where it takes it whole."""
    header, *rows = (line for line in csv.reader(io.StringIO(text, newline=""), strict=True) if line)
    if len(header) != len(COLUMNS) or set(header) != COLUMNS:
        return ["the header is not the eight columns"]
    return [f"line {number}: {error}" for number, row in enumerate(rows, 1) for error in _errors(header, row)]


def _errors(header: list[str], cells: list[str]) -> list[str]:
    if len(cells) != len(header):
        return ["wrong number of columns"]
    row = dict(zip(header, cells, strict=True))
    item, guid, value, calendar = (
        row[name] for name in ("item_id", "statement_guid", "wikidata_value", "meta_wikidata_value")
    )
    kind = TYPES.get(row["property_id"].upper())
    url = urlsplit(row["external_url"])
    rules = {
        "item_id is required, of at most 12 characters, as Q1": len(item) <= 12 and _ITEM.fullmatch(item),
        "property_id is required, as P1": _PROPERTY.fullmatch(row["property_id"]),
        "statement_guid is required with wikidata_value, and the other way round": bool(guid) == bool(value),
        "statement_guid is no GUID": not guid or (len(guid) <= 100 and _GUID.fullmatch(guid)),
        "statement_guid is of another item": not guid or guid.upper().split("$")[0] == item,
        "wikidata_value is too long": len(value) <= 1500,
        "wikidata_value can not be parsed": not value or (kind and _PARSED[kind].fullmatch(value)),
        "meta_wikidata_value is no item": not calendar or _ITEM.fullmatch(calendar),
        "meta_wikidata_value is for times only": not calendar or (kind == "time" and value),
        "external_value is required": row["external_value"].strip(),
        "external_value is too long": len(row["external_value"]) <= 1500,
        "external_url is no URL": not row["external_url"]
        or (url.scheme in {"http", "https"} and url.hostname and not re.search(r"\s", row["external_url"])),
        "external_url is too long": len(row["external_url"]) <= 1500,
        "type is none": row["type"] in {"", "statement", "qualifier"},
    }
    return [rule for rule, is_kept in rules.items() if not is_kept]


def read_commands(text: str) -> list[Command]:
    """Read commands of version 1 as both engines do; raises ValueError where one of them would not, or would differ."""
    # The one engine takes bars for tabs and lines, and these quotation marks for straight ones.
    replaced = text.replace("||", "\n").replace("|", "\t").replace("“", '"').replace("”", '"')
    if replaced != text:
        raise ValueError("it holds a character that stands for another")
    return [_command(line) for line in text.split("\n") if line]


def _command(line: str) -> Command:
    found = _SUMMARY.match(line)
    cells = (found[1] if found else line).split("\t")
    if not _ITEM.fullmatch(cells[0]) or not _PROPERTY.fullmatch(cells[1]) or len(cells) % 2 == 0:
        raise ValueError(f"it is no statement on an item: {line}")
    pairs = list(zip(cells[3::2], map(_value, cells[4::2]), strict=True))
    qualifiers = tuple(pair for pair in pairs if re.fullmatch(r"P\d+", pair[0], re.ASCII))
    references = tuple((f"P{term[1:]}", value) for term, value in pairs if re.fullmatch(r"S\d+", term, re.ASCII))
    if [*qualifiers, *((f"S{term[1:]}", value) for term, value in references)] != pairs:
        raise ValueError(f"qualifiers come first, then the one reference: {line}")
    return Command(cells[0], cells[1], _value(cells[2]), qualifiers, references, found[2] if found else "")


def _value(text: str) -> tuple[str, str]:
    if (found := _VALUE.fullmatch(text)) is None or found.lastgroup is None:
        raise ValueError(f"no value: {text}")
    return found.lastgroup, text
