"""Timelines: what happened when, each thing as long as its date is uncertain or it lasted."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, NamedTuple

from twingraph.vocab import kind_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    Row = Mapping[str, str]

_YEARS = 5
_DECADE = 10
_LENGTHS = {"year": 4, "month": 7, "day": 10}


class Bar(NamedTuple):
    """A thing that has a date: the row that tells of it, and the part of the picture's width that it takes.

    shape: `year` or `month` for a date known no better than that, `day` for a day, `span` for what lasted.
    start, width: per cent; begins, ends: the dates as RDF writes them, as exact as they are known; ends: "" where
    there is but one.
    """

    row: Row
    shape: str
    start: float
    width: float
    begins: str
    ends: str


class Timeline(NamedTuple):
    """A picture of things by their dates, the earliest first; ticks: years, and where each begins, in per cent."""

    bars: list[Bar]
    ticks: list[tuple[int, float]]


def draw(rows: Sequence[Row]) -> Timeline:
    """Draw the answer to `timeline`, each thing once, whatever number of graphs state its date."""
    if not rows:
        return Timeline([], [])
    first = min(int(row["earliest"][:4]) for row in rows) // _YEARS * _YEARS
    last = -(-(max(int(row["latest"][:4]) for row in rows) + 1) // _YEARS) * _YEARS
    begin = date(first, 1, 1).toordinal()
    days = date(last, 1, 1).toordinal() - begin

    def part(day: date, more: int = 0) -> float:
        return 100 * (day.toordinal() + more - begin) / days

    bars: dict[str, Bar] = {}
    for row in rows:
        start, end = part(date.fromisoformat(row["earliest"])), part(date.fromisoformat(row["latest"]), 1)
        shape, length = row["precision"], _LENGTHS[row["precision"]]
        begins, ends = row["earliest"][:length], row["latest"][:length]
        shape = "span" if kind_of(row["what"]) == "programme" else shape
        bars.setdefault(row["what"], Bar(row, shape, start, end - start, begins, "" if ends == begins else ends))
    years = range(-(-first // _DECADE) * _DECADE, last, _DECADE)
    return Timeline(list(bars.values()), [(year, part(date(year, 1, 1))) for year in years])
