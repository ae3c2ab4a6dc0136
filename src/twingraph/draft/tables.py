"""Rows of a table that lists twin towns: which cell names the town, and what the others say of it by their heads."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from twingraph.draft import written
from twingraph.draft.lexicon import cues
from twingraph.draft.lists import listed
from twingraph.draft.partners import Named, heading, lone_country
from twingraph.draft.sentences import Document, Reading, document_named
from twingraph.words import text

if TYPE_CHECKING:
    from rdflib import Graph

    from twingraph.draft.lexicon import Areas

_NAME = re.compile(r"[A-ZĀČĒĢĪĶĻŅŠŪŽ][^\W\d_]*(?: [^\W\d_]+){0,5}")


class Columns(NamedTuple):
    """The heads of the columns of a table by what they are for: `town`, `country`, `date`, `areas`; each its number."""

    heads: list[str]
    of: dict[str, int]


def columns(line: str, language: str, known: Graph) -> Columns | None:
    """Read a line, its cells apart by tabs, as the heads of a table of towns; None for any other line."""
    heads, of = line.split("\t"), dict[str, int]()
    for number, head in enumerate(heads):
        for role, pattern in cues(language)["column"].items():
            if role not in of and pattern.search(head) and not lone_country(head, language, known):
                of[role] = number
    return Columns(heads, of) if "town" in of and len(of) > 1 else None


def read_row(
    line: str, table: Columns | None, language: str, areas: Areas, known: Graph
) -> tuple[Named, Reading] | None:
    """Read a row: the town that it names, and what it says of it; None where it names none with its country.

    table: its columns, None for a table without heads, of which only town and country are read.
    """
    cells = line.split("\t")
    if table and len(cells) <= len(table.heads):
        cells += [""] * (len(table.heads) - len(cells))
        named = _town(cells[table.of["town"]], cells[table.of.get("country", table.of["town"])], line, language, known)
    else:
        pairs = ((town, country) for country in cells for town in cells if lone_country(country, language, known))
        named = next(filter(None, (_town(*pair, line, language, known) for pair in pairs)), None)
        table = None
    if named is None:
        return None
    reading = listed(cells[table.of["areas"]] if table and "areas" in table.of else "", language, areas)
    if table and "date" in table.of and re.search(r"\d", date := cells[table.of["date"]]):
        reading = _dated(reading, date, table.heads[table.of["date"]], language)
    return named, reading


def _town(town: str, country: str, line: str, language: str, known: Graph) -> Named | None:
    """Read two cells as one heading, or one that has both; the cell of a town is a name whatever it consists of."""
    named = heading(town if town == country else f"{town} ({country})", language, known)
    if named is None and town != country and (code := lone_country(country, language, known)) and _NAME.fullmatch(town):
        named = Named(town, 0, country, code, is_heading=True)
    return named and named._replace(start=line.index(named.name))


def _dated(reading: Reading, cell: str, head: str, language: str) -> Reading:
    """Add a date to what a row says, as that of what the head of its column names."""
    # After a dash a year may stand without a word.
    found, patterns = written.dates(f"– {cell}", language), cues(language)
    if len(found) == 1 and patterns["row"]["signed"].search(head):
        kind = named.kind if (named := document_named(head, language)) else "unspecified"
        return reading._replace(documents=[Document(kind, "", found[0].value, found[0].words)])
    if len(found) == 1 and patterns["row"]["since"].search(head):
        return reading._replace(since=found[0])
    doubt = text("of what “%(date)s” is the date is not certain: its column is called “%(head)s”", date=cell, head=head)
    return reading._replace(doubts=[*reading.doubts, doubt])
