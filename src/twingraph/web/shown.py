"""An answer as people read it: a table whose cells link on, bars of its numbers, and a map of its places."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from twingraph.vocab import curie
from twingraph.web.links import href
from twingraph.web.pictures.views import EUROPE, WORLD

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from twingraph.web.pictures.views import Point, View

FEWEST, MOST = 2, 60
"""How many bars make a picture: one compares nothing, and more are no longer looked through."""
LONGEST_NAME = 60
"""Letters of what still names a row; a sentence does not."""

_XSD = "http://www.w3.org/2001/XMLSchema#"
_NUMBER = re.compile(rf"{_XSD}(?:integer|decimal|double|float|int|long|short|byte|(?:unsigned|non|posi|nega)\w+)")
_ROUND = 180
_LATITUDE, _LONGITUDE = re.compile(r"(?:.*_)?lat(?:itude)?"), re.compile(r"(?:.*_)?long?(?:itude)?")
# Numbers that say when or where and not how much: to draw them from nought would say nothing.
_PLACE = re.compile(r"(?:.*_)?(?:year|years|start|end|from|to|lat|latitude|lon|long|longitude|position)(?:_.*)?")


class Cell(NamedTuple):
    """A value: how it is written, where it leads, in which language it is, and whether it is a number."""

    text: str
    address: str = ""
    language: str = ""
    is_number: bool = False


class Bar(NamedTuple):
    """A number beside its name; share: of the longest bar, in per cent."""

    name: Cell
    value: Cell
    share: float


@dataclass(frozen=True, slots=True)
class Table:
    """The rows of an answer; None stands where a variable has no value."""

    names: tuple[str, ...]
    rows: tuple[tuple[Cell | None, ...], ...]

    def column(self, name: str) -> list[Cell | None]:
        """Give one column from top to bottom."""
        at = self.names.index(name)
        return [row[at] for row in self.rows]

    def is_numeric(self, name: str) -> bool:
        """Tell whether a column holds numbers and nothing else, and one at least."""
        held = [cell for cell in self.column(name) if cell]
        return bool(held) and all(cell.is_number for cell in held)


class Bars(NamedTuple):
    """What bars show: how much of what, by whom; and the bars, in the order of the answer."""

    value: str
    name: str
    bars: list[Bar]


class Spots(NamedTuple):
    """Places on a map: the view that holds them all, and where in it each name stands."""

    view: View
    spots: list[tuple[str, Point]]


def table(found: Mapping[str, Any]) -> Table:
    """Read the results of a SELECT (SPARQL 1.1 Query Results JSON Format)."""
    names = tuple(found["head"]["vars"])
    rows = (tuple(_cell(row[name]) if name in row else None for name in names) for row in found["results"]["bindings"])
    return Table(names, tuple(rows))


def bars(shown: Table, language: str) -> Bars | None:
    """Give what can be drawn of a table as bars, with names in a language where they are in several; None if nothing.

    The first column of numbers that tell how much is drawn, beside the first of names.
    """
    value = next((each for each in shown.names if shown.is_numeric(each) and not _PLACE.fullmatch(each.lower())), None)
    name = next(_naming(shown, language), None)
    if value is None or name is None:
        return None
    pairs = dict.fromkeys(zip(shown.column(name), shown.column(value), strict=True))
    known = [(named, number, float(number.text)) for named, number in pairs if named and number]
    longest = max((size for _, _, size in known), default=0)
    if not FEWEST <= len(known) <= MOST or longest <= 0 or min(size for _, _, size in known) < 0:
        return None
    return Bars(value, name, [Bar(named, number, round(100 * size / longest, 2)) for named, number, size in known])


def spots(shown: Table, language: str) -> Spots | None:
    """Give what can be drawn of a table on a map: rows with a latitude, a longitude and a name; None if nothing.

    Of several names, that is taken which tells the most places apart.
    """
    east, north = _axis(shown, _LONGITUDE, _ROUND), _axis(shown, _LATITUDE, _ROUND / 2)
    if east is None or north is None:
        return None
    named = [_placed(shown, name, east, north) for name in _naming(shown, language)]
    known = min(named, key=lambda each: (len(each) - len(set(each.values())), -len(each)), default={})
    if not known:
        return None
    view = EUROPE if all(EUROPE.holds(EUROPE.point(*place)) for place in known.values()) else WORLD
    return Spots(view, [(name, view.point(*place)) for name, place in known.items()])


def _axis(shown: Table, called: re.Pattern[str], most: float) -> str | None:
    """Give the column that holds degrees of longitude or latitude, by what it is called and by what is in it."""
    name = next((each for each in shown.names if called.fullmatch(each.lower()) and shown.is_numeric(each)), None)
    return name if name and all(abs(float(cell.text)) <= most for cell in shown.column(name) if cell) else None


def _placed(shown: Table, name: str, east: str, north: str) -> dict[str, tuple[float, float]]:
    columns = zip(*(shown.column(each) for each in (name, east, north)), strict=True)
    return {named.text: (float(x.text), float(y.text)) for named, x, y in columns if named and x and y}


def _naming(shown: Table, language: str) -> Iterator[str]:
    """Give the columns that name the rows: words in the language first, then other short words, then things."""
    kinds: tuple[Callable[[Sequence[Cell]], bool], ...] = (
        lambda cells: all(cell.language == language for cell in cells),
        lambda cells: all(not cell.address and not cell.is_number for cell in cells),
        lambda cells: all(cell.address for cell in cells),
    )
    columns = {name: [cell for cell in shown.column(name) if cell] for name in shown.names}
    short = {
        name: cells
        for name, cells in columns.items()
        if cells and max(len(cell.text) for cell in cells) <= LONGEST_NAME
    }
    return (name for fits in kinds for name, cells in short.items() if fits(cells))


def _cell(term: Mapping[str, str]) -> Cell:
    value = term["value"]
    if term["type"] == "uri":
        short = curie(value)
        return Cell(value if "%3A" in short else short, href(value))
    if term["type"] == "bnode":
        return Cell(f"_:{value}")
    if "datatype" in term and _NUMBER.fullmatch(term["datatype"]) and _is_finite(value):
        return Cell(value, is_number=True)
    return Cell(value, language=term.get("xml:lang", ""))


def _is_finite(value: str) -> bool:
    return re.fullmatch(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?", value, re.ASCII) is not None
