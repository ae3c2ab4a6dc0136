"""How near what Wikidata states comes to what a source says, and how either is given to the other side."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from math import cos, hypot, radians
from typing import TYPE_CHECKING, NamedTuple

from twingraph.dates import SourceDate
from twingraph.wikidata.entities import LENGTHS, Statement, Value
from twingraph.words import text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from twingraph.release.records import Figure
    from twingraph.wikidata.entities import Snak
    from twingraph.words import Language

_KM2 = "Q712226"
_UNITS = {_KM2: ("km²", Decimal(1)), "Q35852": ("ha", Decimal("0.01")), "Q25343": ("m²", Decimal("0.000001"))}
"""The units of areas that can be compared: each as it is written, and how many square kilometres it is."""
_TOLERANCE = Decimal("0.02")
"""The part by which two surveys of one area may differ."""
_GREGORIAN, _JULIAN = "Q1985727", "Q1985786"
_PRECISIONS = {"year": 9, "month": 10, "day": 11}
_FAR = 50 / 111.2
"""Degrees of latitude between two points that are not of one town; the centres of one municipality are nearer."""
_ORDER = (
    *("agrees", "figure-in-another-unit", "figure-rounded", "figure-near", "site-of-one-host"),
    *("date-less-exact-here", "date-less-exact-there", "differs", "site-differs", "in-doubt"),
    *("population-undated-there", "denied", "unknown"),
)
"""How near a statement is to ours, the nearest first: of several, that is the one to be shown."""


class Comparison(NamedTuple):
    """A case of verdicts.toml, with the statement and the value in it that it is about, and what may be proposed.

    words: by language, in place of those for the value.
    """

    case: str
    theirs: Statement | None = None
    value: Value | None = None
    proposed: Statement | None = None
    words: dict[Language, str] | None = None


_UNKNOWN = Comparison("unknown")


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


def quantity_of(figure: Figure) -> Value:
    """Give a figure as Wikidata has it, an area with its unit."""
    return Value("quantity", str(figure.value), unit=_KM2 if figure.measure == "area" else None)


def qualifier(term: str, date: str) -> tuple[Snak, ...]:
    """Give a year, month or day as a qualifier, as exact as it is; nothing for what is none of these."""
    known = SourceDate.parse(date)
    if known is None:
        return ()
    return ((term, Value("time", f"{known.earliest}T00:00:00Z", _PRECISIONS[known.precision], calendar=_GREGORIAN)),)


def date_of(value: Value) -> SourceDate | None:
    """Read a time; None where it is unknown, less exact than a year, or of another calendar than ours."""
    if value.kind != "time" or value.precision not in LENGTHS or value.calendar == _JULIAN:
        return None
    return SourceDate.parse(value.text[: LENGTHS[value.precision]])


def year_of(stated: Statement) -> int | None:
    """Give the year of a count; None where it is not known."""
    return next((date.year for value in qualifiers(stated, "P585") if (date := date_of(value)) is not None), None)


def nearest_date(ours: str, stated: Statement, values: Iterable[Value]) -> Comparison:
    """Compare a date with values of one statement, by the days that each may mean."""
    date = SourceDate.parse(ours)

    def compare(value: Value) -> str:
        theirs = date_of(value)
        if date is None or theirs is None:
            return "unknown"
        if date.narrows(theirs):
            return "date-less-exact-there"
        if theirs.narrows(date):
            return "date-less-exact-here"
        return "agrees" if date == theirs else "differs"

    return _nearest(((stated, value) for value in values), compare)


def compare_populations(figure: Figure, item: str, stated: list[Statement]) -> Comparison:
    """Compare a population with those that are stated of the body; only counts of one year can agree or differ."""
    new = Statement(item, "P1082", "", "normal", quantity_of(figure), qualifier("P585", str(figure.year)))
    if not stated:
        return Comparison("figure-missing", proposed=new)
    if figure.year is None:
        return Comparison("population-undated-here", stated[0], stated[0].value)
    newest = max(stated, key=lambda each: year_of(each) or 0)
    last = year_of(newest)
    if same := [(each, each.value) for each in stated if year_of(each) == figure.year]:
        cases: dict[Decimal | None, str] = {None: "", figure.value: "agrees"}
        return _nearest(same, lambda value: cases.get(_amount(value), "differs"))
    if last is None:
        undated = "population-undated-there"
        return _nearest([(newest, newest.value)], lambda value: "" if _amount(value) is None else undated)
    if last > figure.year:
        return Comparison("population-newer-there", newest, newest.value)
    return Comparison("population-older-there", newest, newest.value, new)


def compare_areas(figure: Figure, item: str, stated: list[Statement]) -> Comparison:
    """Compare an area with those that are stated of the body, in square kilometres."""
    ours, new = figure.value, Statement(item, "P2046", "", "normal", quantity_of(figure))

    def is_rounded(exact: Decimal, rounded: Decimal) -> bool:
        return round(exact, max(0, -int(rounded.normalize().as_tuple().exponent))) == rounded

    def compare(value: Value) -> str:
        amount, (_, factor) = _amount(value), _UNITS.get(value.unit or "", ("", None))
        if amount is None or factor is None:
            return ""
        theirs = amount * factor
        if ours == theirs:
            return "agrees" if value.unit == _KM2 else "figure-in-another-unit"
        if abs(ours - theirs) < 1 and (is_rounded(ours, theirs) or is_rounded(theirs, ours)):
            return "figure-rounded"
        return "figure-near" if abs(ours - theirs) <= _TOLERANCE * max(ours, theirs) else "differs"

    return _nearest(((each, each.value) for each in stated), compare, Comparison("figure-missing", proposed=new))


def compare_sites(ours: str, stated: list[Statement]) -> Comparison:
    """Compare a web site with those that are stated of the town, today's and former ones, by host."""

    def host(url: str) -> str:
        match = re.match(r"\w+://(?:www\.)?([^/?#:]+?)\.?(?:[/?#:]|$)", url.lower())
        return match[1] if match else url

    def compare(value: Value) -> str:
        if value.kind != "url":
            return ""
        if ours == value.text:
            return "agrees"
        return "site-of-one-host" if host(ours) == host(value.text) else "site-differs"

    today = [each for each in live(stated) if not has_ended(each)]
    best = _nearest(((each, each.value) for each in today), compare, Comparison("site-missing"))
    if best.case not in {"site-differs", "site-missing"}:
        return best
    former = (each for each in stated if each not in today and compare(each.value) in {"agrees", "site-of-one-host"})
    return next((Comparison("site-former", each, each.value) for each in former), best)


def compare_countries(ours: str, stated: list[Statement]) -> Comparison:
    """Compare a country; another one is no conflict, but rather puts in doubt that the item is the town."""
    countries = ((each, each.value) for each in stated if each.value.kind == "item")
    missing = Comparison("country-missing")
    return _nearest(countries, lambda value: "agrees" if value.text == ours else "in-doubt", missing)


def is_far(points: Iterable[Value], place: tuple[float, float]) -> bool:
    """Tell whether there are points, and all of them are too far from a latitude and longitude for one town."""
    latitude, longitude = place
    matches = (re.fullmatch(r"Point\((-?[\d.]+) (-?[\d.]+)\)", each.text, re.IGNORECASE) for each in points)
    degrees = [
        hypot(float(each[2]) - latitude, (float(each[1]) - longitude) * cos(radians(latitude)))
        for each in matches
        if each
    ]
    return min(degrees, default=0) > _FAR


def in_words(value: Value, language: Language) -> str:
    """Write a value for people; an item as its id."""
    if value.kind in {"some", "none"}:
        return (text("unknown value") if value.kind == "some" else text("no value")).in_language(language)
    if (date := date_of(value)) is not None:
        return date.in_words(language)
    if (amount := _amount(value)) is not None:
        # 45,307 and 130.8, in Latvian 45 307 and 130,8.
        number = f"{amount:,f}".translate({44: "\u00a0", 46: ","} if language == "lv" else {})
        return f"{number} {_UNITS.get(value.unit, (value.unit,))[0]}" if value.unit else number
    return value.text


def _nearest(
    stated: Iterable[tuple[Statement, Value]], compare: Callable[[Value], str], otherwise: Comparison = _UNKNOWN
) -> Comparison:
    """Choose of several statements the one whose value comes nearest; otherwise: where there are none.

    compare: gives the case of a value, "" for one that is said not to be, or is not known or not understood.
    """
    cases = ((compare(value) or {"none": "denied"}.get(value.kind, "unknown"), each, value) for each, value in stated)
    return min((Comparison(*each) for each in cases), key=lambda each: _ORDER.index(each.case), default=otherwise)


def _amount(value: Value) -> Decimal | None:
    try:
        amount = Decimal(value.text) if value.kind == "quantity" else None
    except InvalidOperation:
        return None
    return amount if amount is not None and amount.is_finite() else None
