"""Matrices of areas of cooperation by town: how each area stands with each town."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from twingraph.vocab import slug_of
from twingraph.web.language import order

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    Row = Mapping[str, str]

STANDINGS = ("agreed", "planned", "begun", "undertaken", "activity")
"""The standings that have a mark of their own, in the order in which a cell and the legend show them."""


class Mark(NamedTuple):
    """How an area stands with a town, and the row of the first words that say so."""

    standing: str
    row: Row


class Head(NamedTuple):
    """What a row or a column is of: an area or a town, its name, and of how many of the others it has any."""

    iri: str
    name: str
    number: int


class Line(NamedTuple):
    """An area, and for each column the marks of the cell, if there are any."""

    head: Head
    cells: list[list[Mark]]


class Matrix(NamedTuple):
    """A picture of areas by town, those with the most first in both directions; key: the standings there are."""

    key: list[Mark]
    columns: list[Head]
    lines: list[Line]


def draw(rows: Sequence[Row], language: str) -> Matrix:
    """Draw the answer to `areas-by-town`, a row for each mention."""
    cells: dict[tuple[str, str], dict[str, Row]] = {}
    for row in rows:
        cells.setdefault((row["area"], row["town"]), {}).setdefault(slug_of(row["standing"]), row)

    def heads(of: str, filled: Iterable[str]) -> list[Head]:
        names, numbers = {row[of]: row[f"{of}_label"] for row in rows}, Counter(filled)
        found = (Head(iri, name, numbers[iri]) for iri, name in names.items())
        return sorted(found, key=lambda head: (-head.number, order(head.name, language)))

    def marks(stands: Mapping[str, Row]) -> list[Mark]:
        return [Mark(each, stands[each]) for each in STANDINGS if each in stands]

    columns = heads("town", (town for _, town in cells))
    areas = heads("area", (area for area, _ in cells))
    lines = [Line(area, [marks(cells.get((area.iri, column.iri), {})) for column in columns]) for area in areas]
    return Matrix(marks({slug_of(row["standing"]): row for row in rows}), columns, lines)
