"""An answer as people read it: a table with columns that have names, and the bars and dots that can be drawn of it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from twingraph.vocab import curie
from twingraph.web.http import href
from twingraph.web.language import date, language_name, number
from twingraph.web.language import gettext as _
from twingraph.web.pictures import EUROPE, WORLD, place_names

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from twingraph.web.pictures import Label, Point, View

MOST_ROWS, MOST_CELLS = 5_000, 50_000
"""How much of a table a page shows: a million cells take a browser, and the server before it, to its knees."""
FEWEST, MOST = 3, 60
"""How many bars make a picture: two are compared sooner by reading, and more are no longer looked through."""
ZOOMS, MOST_NAMES = (1, 2, 4), 100
"""How many times nearer a map is seen, and how many places on it have names: of more, none would find room."""
LONGEST_NAME = 60
"""Letters of what still names a row; a sentence does not."""

_XSD = "http://www.w3.org/2001/XMLSchema#"
_NUMBER = re.compile(rf"{_XSD}(?:integer|decimal|double|float|int|long|short|byte|(?:unsigned|non|posi|nega)\w+)")
_DATES = frozenset(f"{_XSD}{name}" for name in ("gYear", "gYearMonth", "date", "dateTime"))
_FINITE = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?", re.ASCII)
_LATITUDE, _LONGITUDE = re.compile(r"(?:.*_)?lat(?:itude)?"), re.compile(r"(?:.*_)?long?(?:itude)?")
# Numbers that say when or where and not how much: to draw them from nought would say nothing.
_PLACE = re.compile(r"(?:.*_)?(?:year|years|start|end|from|to|lat|latitude|lon|long|longitude|position)(?:_.*)?")

_PASSAGES = ("sentence", "passage")


class Cell(NamedTuple):
    """A value: how it is written, where it leads, in which language it is, and whether it is a number or a date.

    raw: how RDF writes it, where that is not how it is written.
    """

    text: str
    address: str = ""
    language: str = ""
    is_number: bool = False
    is_date: bool = False
    raw: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """What a page shows of an answer, by rows and by columns, and the number of all rows; None is no value."""

    rows: list[list[Cell | None]]
    columns: dict[str, list[Cell | None]]
    number: int

    def is_numeric(self, name: str) -> bool:
        """Tell whether a column holds numbers and nothing else, and one at least."""
        cells = [cell for cell in self.columns[name] if cell]
        return bool(cells) and all(cell.is_number for cell in cells)

    def is_wide(self, name: str) -> bool:
        """Tell whether a column holds sentences, which need room."""
        return any(len(cell.text) > LONGEST_NAME for cell in self.columns[name] if cell)


def read(results: Mapping[str, Any]) -> Table:
    """Read the results of a SELECT (SPARQL 1.1 Query Results JSON Format), as many as a page shows."""
    names, bindings = results["head"]["vars"], results["results"]["bindings"]
    most = min(MOST_ROWS, MOST_CELLS // max(len(names), 1))
    rows = [[_cell(row[name]) if name in row else None for name in names] for row in bindings[:most]]
    return Table(rows, {name: [row[at] for row in rows] for at, name in enumerate(names)}, len(bindings))


def name_columns(table: Table, names: Mapping[str, tuple[str, str]], without: Iterable[str] = ()) -> Table:
    """Give a table of a named query for people: a thing by its name, a sentence with its passage, grouped numbers.

    names: of things, by how RDF writes these, each with its language. without: columns that say nothing, since all rows
    have the same; as do those that are empty.
    """
    columns: dict[str, list[Cell | None]] = {}
    for name, cells in table.columns.items():
        label, quotes = table.columns.get(f"{name}_label"), table.columns.get("quote") if name in _PASSAGES else None
        is_label = name.endswith("_label") and name.removesuffix("_label") in table.columns
        is_quote = name == "quote" and not {*_PASSAGES}.isdisjoint(table.columns)
        if is_label or is_quote or name in without or not any(cells):
            continue
        named = [_join(*pair) for pair in zip(cells, label, strict=True)] if label else cells
        named = [_join(*pair) for pair in zip(quotes, cells, strict=True)] if quotes else named
        columns[name] = [cell and _write(cell, name, names) for cell in named]
    rows = [list(row) for row in zip(*columns.values(), strict=True)]
    return Table(rows, columns, table.number)


def _join(thing: Cell | None, name: Cell | None) -> Cell | None:
    """Give a thing by its name, which leads to it."""
    return name._replace(address=thing.address) if thing and name else thing or name


def _write(cell: Cell, column: str, names: Mapping[str, tuple[str, str]]) -> Cell:
    """Write a thing, a number, a date, a truth, a unit or a language as people do in the language of the page."""
    if cell.address:
        text, tongue = names.get(cell.text, (cell.text, cell.language))
        return cell._replace(text=text, language=tongue)
    if cell.is_number and not _PLACE.fullmatch(column):
        return cell._replace(text=number(cell.text), raw=cell.text)
    if cell.is_date:
        return cell._replace(text=date(cell.text.partition("T")[0]), raw=cell.text)
    if column == "language":
        return cell._replace(text=language_name(cell.text))
    words = {"true": _("yes"), "false": _("no")} | ({"KMK": "km²", "IE": _("inhabitants")} if column == "unit" else {})
    return cell._replace(text=words.get(cell.text, cell.text))


def bars(
    table: Table, language: str, drawn: tuple[str, ...] = ()
) -> tuple[str, str, list[tuple[Cell, Cell, float]]] | None:
    """Give what the numbers that tell how much, and the names, are called, and bars of them; None if these say nothing.

    drawn: the columns of both; else the first numbers, and the first names in a language. A bar: a name, its number,
    and the share of that in the greatest, in per cent.
    """
    value = next((each for each in table.columns if table.is_numeric(each) and not _PLACE.fullmatch(each.lower())), "")
    name = next(iter(_naming(table, language)), "")
    value, name = drawn or (value, name)
    if not value or not name or table.number > len(table.rows):
        return None
    pairs = dict.fromkeys(zip(table.columns[name], table.columns[value], strict=True))
    numbers = [(cell, number, float(number.text)) for cell, number in pairs if cell and number]
    sizes = [size for *_names, size in numbers]
    # Equal ones compare nothing, and of two with one name nobody knows which is which.
    if not FEWEST <= len(sizes) <= MOST or min(sizes) < 0 or len({*sizes}) == 1:
        return None
    if len({cell.text for cell, *_ in numbers}) < len(numbers):
        return None
    return value, name, [(cell, number, round(100 * size / max(sizes), 2)) for cell, number, size in numbers]


def spots(table: Table, language: str) -> tuple[View, list[tuple[str, Point, dict[int, Label]]]] | None:
    """Give where the rows with a latitude, a longitude and a name stand on a map that holds them all; None for none.

    With each, its name by how many times nearer it is seen, where there is room. Of several names, that is taken which
    tells the most places apart.
    """
    axes, candidates = [], []
    for called, most in ((_LONGITUDE, 180), (_LATITUDE, 90)):
        axis = next((each for each in table.columns if called.fullmatch(each.lower()) and table.is_numeric(each)), None)
        if axis is None or any(abs(float(cell.text)) > most for cell in table.columns[axis] if cell):
            return None
        axes.append(table.columns[axis])
    for name in _naming(table, language):
        cells = zip(table.columns[name], *axes, strict=True)
        candidates.append({cell.text: (float(x.text), float(y.text)) for cell, x, y in cells if cell and x and y})
    places = min(candidates, key=lambda each: (len(each) - len(set(each.values())), -len(each)), default={})
    if not places or table.number > len(table.rows):
        return None
    view = EUROPE if all(EUROPE.holds(*EUROPE.point(*place)) for place in places.values()) else WORLD
    labels: dict[str, dict[int, Label]] = {name: {} for name in places}
    for times in ZOOMS if len(places) <= MOST_NAMES else ():
        larger = view.larger(times)
        points = {name: larger.point(*place) for name, place in places.items()}
        for name, label in place_names({name: name for name in points}, points, larger, near=True).items():
            labels[name][times] = label
    return view, [(name, view.point(*place), labels[name]) for name, place in places.items()]


def _naming(table: Table, language: str) -> list[str]:
    """Give the columns that name the rows: words in the language first, then other short words, then things."""
    ranks: dict[str, int] = {}
    for name, column in table.columns.items():
        cells = [cell for cell in column if cell]
        fits = (
            all(cell.language == language for cell in cells),
            not any(cell.address or cell.is_number for cell in cells),
            all(cell.address for cell in cells),
        )
        if any(fits) and 0 < max((len(cell.text) for cell in cells), default=0) <= LONGEST_NAME:
            ranks[name] = fits.index(True)
    return sorted(ranks, key=ranks.__getitem__)


def _cell(term: Mapping[str, str]) -> Cell:
    value = term["value"]
    if term["type"] == "uri":
        short = curie(value)
        return Cell(value if "%3A" in short else short, href(value))
    if term["type"] == "bnode":
        return Cell(f"_:{value}")
    datatype = term.get("datatype", "")
    if _NUMBER.fullmatch(datatype) and _FINITE.fullmatch(value):
        return Cell(value, is_number=True)
    return Cell(value, language=term.get("xml:lang", ""), is_date=datatype in _DATES)
