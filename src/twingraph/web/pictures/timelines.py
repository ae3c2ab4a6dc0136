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


class Tick(NamedTuple):
    """A year on the axis, and where it begins, in per cent of the picture's width."""

    year: int
    at: float


class Timeline(NamedTuple):
    """A picture of things by their dates, the earliest first."""

    bars: list[Bar]
    ticks: list[Tick]


def drawn(rows: Sequence[Row]) -> Timeline:
    """Draw the answer to `timeline`, each thing once, whatever number of graphs state its date."""
    things = {row["what"]: row for row in reversed(rows)}
    ordered = dict.fromkeys(row["what"] for row in rows)
    if not rows:
        return Timeline([], [])
    first = min(_year(row["earliest"]) for row in rows) // _YEARS * _YEARS
    last = -(-(max(_year(row["latest"]) for row in rows) + 1) // _YEARS) * _YEARS
    decades = range(-(-first // _DECADE) * _DECADE, last, _DECADE)
    ticks = [Tick(year, _part(date(year, 1, 1), first, last)) for year in decades]
    return Timeline([_bar(things[what], first, last) for what in ordered], ticks)


def _bar(row: Row, first: int, last: int) -> Bar:
    start = _part(date.fromisoformat(row["earliest"]), first, last)
    end = _part(date.fromisoformat(row["latest"]), first, last, days=1)
    lasted = kind_of(row["what"]) == "programme"
    length = _LENGTHS[row["precision"]]
    begins, ends = row["earliest"][:length], row["latest"][:length]
    shape = "span" if lasted else row["precision"]
    return Bar(row, shape, start, end - start, begins, "" if ends == begins else ends)


def _part(day: date, first: int, last: int, days: int = 0) -> float:
    begin, end = date(first, 1, 1).toordinal(), date(last, 1, 1).toordinal()
    return 100 * (day.toordinal() + days - begin) / (end - begin)


def _year(day: str) -> int:
    return date.fromisoformat(day).year
