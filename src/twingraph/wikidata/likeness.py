"""How near what Wikidata states comes to what the page says."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from math import cos, hypot, radians
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from twingraph.dates import SourceDate
from twingraph.wikidata.claims import number
from twingraph.wikidata.entities import Statement, Value
from twingraph.wikidata.verdicts import Found

if TYPE_CHECKING:
    from collections.abc import Iterable

    from twingraph.release.records import Figure

_KM2 = "Q712226"
_JULIAN = "Q1985786"
_UNITS = {_KM2: ("km²", Decimal(1)), "Q35852": ("ha", Decimal("0.01")), "Q25343": ("m²", Decimal("0.000001"))}
"""The units of areas that can be compared: each as it is written, and how many square kilometres it is."""
_TOLERANCE = Decimal("0.02")
"""The part by which two surveys of one area may differ."""
_IMPORTED = frozenset({"P143", "P4656", "P813"})
"""By which a reference names the Wikimedia project it was taken from, and when: no source of its own."""
_KILOMETRES = 111.2
"""In a degree of latitude."""
_ORDER = (
    *("agrees", "figure-in-another-unit", "figure-rounded", "figure-near", "site-of-one-host"),
    *("date-less-exact-here", "date-less-exact-there", "differs", "site-differs", "denied", "unknown"),
)
"""How near a statement is to ours, the nearest first: of several, that is the one to be shown."""
_PRECISIONS = {9: 4, 10: 7, 11: 10}
"""How many characters of a time are known, by Wikidata's numbers for a year, a month and a day."""
_NO_SITE = frozenset({"site-differs", "denied", "unknown"})
_NO_VALUE = {
    "some": {"en": "unknown value", "lv": "nezināma vērtība"},
    "none": {"en": "no value", "lv": "nav vērtības"},
}
_POINT = re.compile(r"Point\((-?[\d.]+) (-?[\d.]+)\)", re.IGNORECASE)


def nearest(found: Iterable[tuple[str, Statement, Value]]) -> Found:
    """Choose of several statements, each with its case, the one that comes nearest."""
    return min((Found(*each) for each in found), key=lambda each: _ORDER.index(each.case))


def qualifiers(stated: Statement, term: str) -> list[Value]:
    """Give the values of one qualifier."""
    return [value for each, value in stated.qualifiers if each == term]


def has_ended(stated: Statement) -> bool:
    """Tell whether it has an end; that it has none may be said as well."""
    return any(value.kind != "none" for value in qualifiers(stated, "P582"))


def live(stated: Iterable[Statement]) -> list[Statement]:
    """Leave out what is deprecated, and put what is preferred first."""
    return sorted((each for each in stated if each.rank != "deprecated"), key=lambda each: each.rank != "preferred")


def current(stated: list[Statement]) -> list[Statement]:
    """Give what holds today or, where nothing does, all that was ever said."""
    return [each for each in live(stated) if not has_ended(each)] or stated


def is_import(stated: Statement) -> bool:
    """Tell whether no reference of a statement names a source."""
    return all({term for term, _ in each.properties} <= _IMPORTED for each in stated.references)


def date_of(value: Value) -> SourceDate | None:
    """Read a time; None where it is unknown, less exact than a year, or of another calendar than ours."""
    if value.kind != "time" or value.precision not in _PRECISIONS or value.calendar == _JULIAN:
        return None
    return SourceDate.parse(value.text[: _PRECISIONS[value.precision]])


def time_of(date: SourceDate) -> Value:
    """Write a date as Wikidata has it, as exact as it is."""
    precision = {"year": 9, "month": 10, "day": 11}[date.precision]
    return Value("time", f"{date.earliest}T00:00:00Z", precision=precision, calendar="Q1985727")


def dates_case(ours: SourceDate | None, value: Value) -> str:
    """Compare dates by the days that each may mean."""
    theirs = date_of(value)
    if ours is None or theirs is None:
        return "unknown"
    if ours.narrows(theirs):
        return "date-less-exact-there"
    if theirs.narrows(ours):
        return "date-less-exact-here"
    return "agrees" if ours == theirs else "differs"


def counted(stated: Statement) -> int | None:
    """Give the year of a count; None where it is not known."""
    dates = [date for value in qualifiers(stated, "P585") if (date := date_of(value)) is not None]
    return dates[0].year if dates else None


def _amount(value: Value) -> Decimal | None:
    """Read a quantity, whatever its unit."""
    try:
        read = Decimal(value.text) if value.kind == "quantity" else None
    except InvalidOperation:
        return None
    return read if read is not None and read.is_finite() else None


def population(figure: Figure, stated: list[Statement]) -> Found:
    """Compare a population with those that are stated of the body; only counts of one year can agree or differ."""
    if figure.year is None:
        return Found("population-undated-here", stated[0], stated[0].value)
    if same := [each for each in stated if counted(each) == figure.year]:
        return nearest((_count_case(figure.value, each.value), each, each.value) for each in same)
    newest = max(stated, key=lambda each: counted(each) or 0)
    last = counted(newest)
    if last is None:
        case = "population-undated-there" if _amount(newest.value) is not None else _missing_case(newest.value)
        return Found(case, newest, newest.value)
    if last > figure.year:
        return Found("population-newer-there", newest, newest.value)
    return Found("population-older-there", newest, newest.value, new_figure(figure, newest.item, "P1082"))


def _count_case(ours: Decimal, value: Value) -> str:
    """Compare two counts of one year."""
    theirs = _amount(value)
    return _missing_case(value) if theirs is None else "agrees" if ours == theirs else "differs"


def new_figure(figure: Figure, item: str, term: str) -> Statement:
    """Give a figure as a statement of Wikidata's: an area with its unit, a population with its year."""
    if term == "P2046":
        return Statement(item, term, "", "normal", Value("quantity", str(figure.value), unit=_KM2))
    when = (("P585", time_of(SourceDate(figure.year))),) if figure.year else ()
    return Statement(item, term, "", "normal", Value("quantity", str(figure.value)), when)


def nearest_area(figure: Figure, stated: list[Statement]) -> Found:
    """Compare an area with those that are stated of the body."""
    return nearest((_area_case(figure.value, each.value), each, each.value) for each in stated)


def _area_case(ours: Decimal, value: Value) -> str:
    """Compare areas in square kilometres: as they are, rounded, and within what surveys differ by."""
    read, (_, factor) = _amount(value), _UNITS.get(value.unit or "", ("", None))
    if read is None or factor is None:
        return _missing_case(value)
    theirs = read * factor
    if ours == theirs:
        return "agrees" if value.unit == _KM2 else "figure-in-another-unit"
    if abs(ours - theirs) < 1 and (_rounded(ours, theirs) == theirs or _rounded(theirs, ours) == ours):
        return "figure-rounded"
    return "figure-near" if abs(ours - theirs) <= _TOLERANCE * max(ours, theirs) else "differs"


def _rounded(value: Decimal, example: Decimal) -> Decimal:
    """Round to as many decimal places as the example has."""
    return round(value, max(0, -int(example.normalize().as_tuple().exponent)))


def site(ours: str, stated: list[Statement]) -> Found:
    """Compare a web site with those that are stated of the town, today's and former ones."""
    today = [each for each in live(stated) if not has_ended(each)]
    best = (
        nearest((_site_case(ours, each.value), each, each.value) for each in today) if today else Found("site-missing")
    )
    if best.case not in {"site-differs", "site-missing"}:
        return best
    same = (each for each in stated if each not in today and _site_case(ours, each.value) not in _NO_SITE)
    return next((Found("site-former", each, each.value) for each in same), best)


def _site_case(ours: str, value: Value) -> str:
    """Compare web sites by host; nobody is asked where they lead today."""
    if value.kind != "url":
        return _missing_case(value)
    if ours == value.text:
        return "agrees"
    return "site-of-one-host" if _host(ours) == _host(value.text) else "site-differs"


def _host(url: str) -> str:
    try:
        return (urlsplit(url).hostname or "").removeprefix("www.").removesuffix(".")
    except ValueError:
        return url


def _missing_case(value: Value) -> str:
    """Tell a value that is said not to be from one that is not known or not understood."""
    return "denied" if value.kind == "none" else "unknown"


def is_far(points: Iterable[Value], place: tuple[float, float], kilometres: float) -> bool:
    """Tell whether there are points, and all of them so far from a latitude and longitude."""
    latitude, longitude = place
    found = [match for each in points if (match := _POINT.fullmatch(each.text)) is not None]
    return bool(found) and all(
        hypot(float(each[2]) - latitude, (float(each[1]) - longitude) * cos(radians(latitude))) * _KILOMETRES
        > kilometres
        for each in found
    )


def told(value: Value, language: str) -> str:
    """Write a value for people; an item as its id."""
    if value.kind in _NO_VALUE:
        return _NO_VALUE[value.kind][language]
    if (date := date_of(value)) is not None:
        return date.in_words(language)
    if (read := _amount(value)) is not None:
        unit = value.unit and _UNITS.get(value.unit, (value.unit,))[0]
        return number(read, language) + (f" {unit}" if unit else "")
    return value.text
