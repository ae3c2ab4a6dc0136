"""An answer as people read it: a table whose cells link on, bars of its numbers, and a map of its places."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from twingraph.vocab import curie
from twingraph.web.http import href
from twingraph.web.pictures.maps import EUROPE, WORLD

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from twingraph.web.pictures.maps import Point, View

MOST_ROWS, MOST_CELLS = 5_000, 50_000
"""How much of a table a page shows: a million cells take a browser, and the server before it, to its knees."""
FEWEST, MOST = 2, 60
"""How many bars make a picture: one compares nothing, and more are no longer looked through."""
LONGEST_NAME = 60
"""Letters of what still names a row; a sentence does not."""

_XSD = "http://www.w3.org/2001/XMLSchema#"
_NUMBER = re.compile(rf"{_XSD}(?:integer|decimal|double|float|int|long|short|byte|(?:unsigned|non|posi|nega)\w+)")
_FINITE = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?", re.ASCII)
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


@dataclass(frozen=True, slots=True)
class Table:
    """The rows of an answer that a page shows, and the number of all; None stands where a variable has no value."""

    names: tuple[str, ...]
    rows: tuple[tuple[Cell | None, ...], ...]
    number: int

    def column(self, name: str) -> list[Cell | None]:
        """Give one column from top to bottom."""
        at = self.names.index(name)
        return [row[at] for row in self.rows]

    def is_numeric(self, name: str) -> bool:
        """Tell whether a column holds numbers and nothing else, and one at least."""
        cells = [cell for cell in self.column(name) if cell]
        return bool(cells) and all(cell.is_number for cell in cells)


class Bars(NamedTuple):
    """How much of what, by whom, in the order of the answer: names, numbers, and their share of the longest bar."""

    value: str
    name: str
    bars: list[tuple[Cell, Cell, float]]


def read(results: Mapping[str, Any]) -> Table:
    """Read the results of a SELECT (SPARQL 1.1 Query Results JSON Format), as many as a page shows."""
    names, bindings = tuple(results["head"]["vars"]), results["results"]["bindings"]
    most = min(MOST_ROWS, MOST_CELLS // max(len(names), 1))
    rows = (tuple(_cell(row[name]) if name in row else None for name in names) for row in bindings[:most])
    return Table(names, tuple(rows), len(bindings))


def bars(table: Table, language: str) -> Bars | None:
    """Give what can be drawn of a table as bars, with names in a language where they are in several; None if nothing.

    The first column of numbers that tell how much is drawn, beside the first of names.
    """
    value = next((each for each in table.names if table.is_numeric(each) and not _PLACE.fullmatch(each.lower())), None)
    name = next(_naming(table, language), None)
    if value is None or name is None or table.number > len(table.rows):
        return None
    pairs = dict.fromkeys(zip(table.column(name), table.column(value), strict=True))
    numbers = [(cell, number, float(number.text)) for cell, number in pairs if cell and number]
    sizes = [size for _, _, size in numbers]
    if not FEWEST <= len(sizes) <= MOST or max(sizes) <= 0 or min(sizes) < 0:
        return None
    return Bars(value, name, [(cell, number, round(100 * size / max(sizes), 2)) for cell, number, size in numbers])


def spots(table: Table, language: str) -> tuple[View, dict[str, Point]] | None:
    """Give where the rows with a latitude, a longitude and a name stand on a map that holds them all; None for none.

    Of several names, that is taken which tells the most places apart.
    """
    east, north = _axis(table, _LONGITUDE, _ROUND), _axis(table, _LATITUDE, _ROUND / 2)
    if east is None or north is None or table.number > len(table.rows):
        return None
    candidates = []
    for name in _naming(table, language):
        columns = zip(*(table.column(each) for each in (name, east, north)), strict=True)
        candidates.append({cell.text: (float(x.text), float(y.text)) for cell, x, y in columns if cell and x and y})
    places = min(candidates, key=lambda each: (len(each) - len(set(each.values())), -len(each)), default={})
    if not places:
        return None
    view = EUROPE if all(EUROPE.holds(EUROPE.point(*place)) for place in places.values()) else WORLD
    return view, {name: view.point(*place) for name, place in places.items()}


def _axis(table: Table, called: re.Pattern[str], most: float) -> str | None:
    """Give the column that holds degrees of longitude or latitude, by what it is called and by what is in it."""
    name = next((each for each in table.names if called.fullmatch(each.lower()) and table.is_numeric(each)), None)
    return name if name and all(abs(float(cell.text)) <= most for cell in table.column(name) if cell) else None


def _naming(table: Table, language: str) -> Iterator[str]:
    """Give the columns that name the rows: words in the language first, then other short words, then things."""
    kinds: tuple[Callable[[Sequence[Cell]], bool], ...] = (
        lambda cells: all(cell.language == language for cell in cells),
        lambda cells: all(not cell.address and not cell.is_number for cell in cells),
        lambda cells: all(cell.address for cell in cells),
    )
    columns = {name: [cell for cell in table.column(name) if cell] for name in table.names}
    short = {
        name: cells
        for name, cells in columns.items()
        if 0 < max((len(cell.text) for cell in cells), default=0) <= LONGEST_NAME
    }
    return (name for fits in kinds for name, cells in short.items() if fits(cells))


def _cell(term: Mapping[str, str]) -> Cell:
    value = term["value"]
    if term["type"] == "uri":
        short = curie(value)
        return Cell(value if "%3A" in short else short, href(value))
    if term["type"] == "bnode":
        return Cell(f"_:{value}")
    is_number = _NUMBER.fullmatch(term.get("datatype", "")) and _FINITE.fullmatch(value)
    return Cell(value, is_number=True) if is_number else Cell(value, language=term.get("xml:lang", ""))
