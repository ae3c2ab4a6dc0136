"""Dates and numbers as pages write them, in Latvian and in English, each with the words it was read from."""

from __future__ import annotations

import re
from decimal import Decimal
from functools import cache, lru_cache
from typing import TYPE_CHECKING, NamedTuple

from twingraph.dates import SourceDate
from twingraph.words import text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from twingraph.words import Text

_MONTHS = {
    "lv": r"janvār\w+|janv\. februār\w+|febr\. mart[aāsu]? aprīl\w+|apr\. maij[aāsu]? jūnij[aāsu]? jūlij[aāsu]? "
    r"august\w+|aug\. septembr\w+|sept\. oktobr\w+|okt\. novembr\w+|nov\. decembr\w+|dec\.",
    "en": r"january|jan\.? february|feb\.? march|mar\.? april|apr\.? may june|jun\.? july|jul\.? "
    r"august|aug\.? september|sept?\.? october|oct\.? november|nov\.? december|dec\.?",
}
"""How the months are written, from the first to the last; `novadam` is none of them."""
_DAY, _YEAR = r"(?P<day>\d{1,2})", r"(?P<year>(?:1[0-9]|20)\d\d)"
_NAMED = {
    "lv": (
        rf"{_YEAR}\.?\s*g(?:ada|\.)\s*{_DAY}\.\s*(?P<month>MONTH)",
        rf"{_DAY}\.\s*(?P<month>MONTH)\w*,?\s+{_YEAR}(?:\.\s*gad\w+)?",
        rf"{_YEAR}\.?\s*gada\s+(?P<month>MONTH)",
        rf"{_YEAR}\.?\s*(?:gad(?!skaitl)\w{{0,3}}\b|g\.)",
    ),
    "en": (
        rf"{_DAY}(?:st|nd|rd|th)?(?:\s+of)?\s+(?P<month>MONTH)\s?,?\s+{_YEAR}\b",
        rf"(?P<month>MONTH)\s+{_DAY}(?:st|nd|rd|th)?\s?,?\s*{_YEAR}\b",
        rf"(?P<month>MONTH),?\s+(?:of\s+)?{_YEAR}\b",
        rf"(?<=\bin ){_YEAR}(?=\s+people\b)",
        rf"(?<![\d.,])(?:the\s+year\s+)?{_YEAR}(?![\d]|[.,]\d|\s*(?:km|m²|sq|inhabitants|people|residents))",
    ),
}
_IN_FIGURES = (
    rf"(?<![\d.]){_DAY}[./](?P<figures>\d{{1,2}})[./]{_YEAR}(?![\d.]\d)\.?",
    rf"(?<![\d.]){_YEAR}[.-](?P<figures>\d\d)[.-]{_DAY}(?!\d)\.?",
    r"(?<=\()(?P<year>(?:19|20)\d\d)(?=\.?\))",
    r"(?<=[:–-]\s)(?P<year>(?:19|20)\d\d)(?=\.?\s*$)",
)
_PREPOSITIONS = {"lv": r"(?:kopš:?|no|līdz|uz)\s+(?:jau\s+)?", "en": r"(?:in|on|since|from|by|as of)\s+(?:the\s+)?"}
_PERIOD = {
    "lv": re.compile(
        r"\b(?:no\s+)?\d{4}\.?(?:\s*(?:gada|g\.))?(?:\s*[-–—]\s*|\s+līdz\s+)\d{4}\.(?:\s*g\w*)?", re.IGNORECASE
    ),
    "en": re.compile(r"\b(?:from\s+|between\s+)?\d{4}\s*(?:[-–—]|to|until|and)\s*\d{4}\b", re.IGNORECASE),
}

_DIGITS = r"\d{1,3}(?:[ \u00a0\u202f]\d{3})+(?:[.,]\s?\d+)?|\d{1,3}(?:[.,]\d{3})+(?:[.,]\d+)?|\d+(?:[.,]\s?\d+)?"
_NUMBER = rf"(?P<number>{_DIGITS})"
_MULTIPLES = r"(?:\s*(?P<multiple>tūkst(?:\.|oš\w+)?|milj(?:\.|on\w+)?|thousand|million))?"
_ROUGH = {
    "lv": r"(?P<rough>~\s*|\b(?:ap|aptuveni|apmēram|vairāk nekā|gandrīz|virs|nedaudz vairāk kā|vairāk kā)\s+)?",
    "en": r"(?P<rough>~\s*|\b(?:about|around|some|approximately|approx\.|nearly|almost|over|more than|circa|c\.)\s+)?",
}
_AREA_UNIT = (
    r"\s*(?P<unit>km\s?[²2]|kv\.?\s?km|kvadrātkilometr\w+|sq\.?\s?km|square\s+kilomet(?:re|er)s?"
    r"|ha\b|hektār\w*|hectares?)"
)
_PEOPLE = {"lv": r"iedzīvotāj\w*", "en": r"(?:inhabitants|residents|people|citizens)\b"}
_BRACKETS = r"(?:\s*\([^)]*\))?"
_POPULATION = {
    "lv": rf"iedzīvotāj(?:u\s+skaits|i|u)\b{_BRACKETS}(?:\s+\d{{4}}\.\s*gad\w+)?"
    r"(?:\s*[-–:,]|\s+(?:bija|ir|sasniedza|pārsniedz))?\s*",
    "en": rf"population\b{_BRACKETS}(?:\s+in\s+\d{{4}})?"
    r"(?:\s*[-–:,]|\s+(?:of|was|is|reached|in\s+\d{4}\s+was)){0,3}\s*",
}


class Date(NamedTuple):
    """A date in a text: the words for it, where they begin and end, and what they say."""

    words: str
    start: int
    end: int
    value: SourceDate


class Number(NamedTuple):
    """A number in a text, likewise, with the code of its unit (UN/CEFACT).

    rough: whether the words give it as about so much; doubt: why nobody can tell what it says, None where one can.
    """

    words: str
    start: int
    end: int
    value: Decimal
    unit: str
    rough: bool = False
    doubt: Text | None = None


@lru_cache(maxsize=64)
def dates(sentence: str, language: str) -> tuple[Date, ...]:
    """Find the dates of a text, each as exact as written, but for those of periods, in their order."""
    if not any(map(str.isdigit, sentence)):
        return ()
    taken = [found.span() for found in periods(sentence, language)]
    found = []
    for pattern in _date_patterns(language):
        for match in pattern.finditer(sentence):
            start, end = match.span()
            date = _date(match, language)
            if date and not any(start < until and begin < end for begin, until in taken):
                taken.append((start, end))
                found.append(Date(match[0].rstrip(), start, start + len(match[0].rstrip()), date))
    return tuple(sorted(found, key=lambda date: date.start))


def has_day_alone(sentence: str, language: str) -> bool:
    """Tell whether a text has a day and a month without their year, so that a year in it may be of something else."""
    whole = [(date.start, date.end) for date in dates(sentence, language)]
    days = _day_pattern(language).finditer(sentence)
    return any(not any(start <= each.start() < end for start, end in whole) for each in days)


def periods(sentence: str, language: str) -> Iterator[re.Match[str]]:
    """Find what lasts from one year to another."""
    return _PERIOD[language].finditer(sentence)


@cache
def _day_pattern(language: str) -> re.Pattern[str]:
    months = rf"(?:{'|'.join(_MONTHS[language].split())})(?!\w)"
    pattern = rf"\d{{1,2}}\.\s*{months}" if language == "lv" else rf"\b(?:\d{{1,2}}\s+{months}|{months}\s+\d{{1,2}}\b)"
    return re.compile(pattern, re.IGNORECASE)


@cache
def _date_patterns(language: str) -> list[re.Pattern[str]]:
    # `Azerbaijan, 2014` is no January.
    months = rf"(?<!\w)(?:{'|'.join(_MONTHS[language].split())})(?!\w)"
    before = rf"(?:\b{_PREPOSITIONS[language]})?"
    named = [before + pattern.replace("MONTH", months) for pattern in _NAMED[language]]
    return [re.compile(pattern, re.IGNORECASE) for pattern in (*named[:3], *_IN_FIGURES, *named[3:])]


def _date(match: re.Match[str], language: str) -> SourceDate | None:
    parts = match.groupdict()
    month, day = parts.get("figures"), parts.get("day")
    if named := parts.get("month"):
        months = enumerate(_MONTHS[language].split(), 1)
        month = str(next(at for at, each in months if re.fullmatch(each, named, re.IGNORECASE)))
    written = "-".join(f"{int(part):02}" for part in (parts["year"], month, day) if part)
    return SourceDate.parse(written)


def areas(sentence: str, language: str) -> list[Number]:
    """Find the areas of land of a text; a range gives two numbers with the same words."""
    measure = (
        rf"(?:\b(?:no|from)\s+)?{_ROUGH[language]}{_NUMBER}(?:\s*(?:[-–]|līdz|to)\s*(?P<most>{_DIGITS}))?{_AREA_UNIT}"
    )
    found = []
    for match in re.finditer(rf"(?<![\d.,]){measure}", sentence, re.IGNORECASE):
        unit = "HAR" if match["unit"].casefold().startswith(("ha", "hek", "hec")) else "KMK"
        for number in filter(None, (match["number"], match["most"])):
            value, doubt = read_number(number, language, is_count=False)
            found.append(Number(match[0].strip(), *match.span(), value, unit, bool(match["rough"]), doubt))
    return found


def counts(sentence: str, language: str, of: str | None = None) -> list[Number]:
    """Find the numbers of people of a text: those beside a word for them (a pattern), by default for inhabitants."""
    number = rf"(?<![\d.,]){_ROUGH[language]}{_NUMBER}{_MULTIPLES}"
    patterns = [rf"{number}(?:\s+(?!gad)[^\W\d_]+)?\s+(?:{of or _PEOPLE[language]})"]
    patterns += [] if of else [rf"{_POPULATION[language]}{number}(?!\s*(?:\.\s*g|km|kv|sq|ha\b|%))"]
    found: dict[int, Number] = {}
    for pattern in patterns:
        for match in re.finditer(pattern, sentence, re.IGNORECASE):
            value, doubt = read_number(match["number"], language, is_count=not match["multiple"])
            multiple = (match["multiple"] or "").casefold()
            value *= 1000 if multiple[:2] in {"tū", "th"} else 1_000_000 if multiple[:2] == "mi" else 1
            start = match.start("rough") if match["rough"] else match.start("number")
            end = match.end("multiple") if multiple else match.end("number")
            rough = bool(match["rough"] or multiple)
            found.setdefault(start, Number(sentence[start:end].strip(), start, end, value, "IE", rough, doubt))
    return [found[start] for start in sorted(found)]


def read_number(words: str, language: str, *, is_count: bool) -> tuple[Decimal, Text | None]:
    """Read a number, and say why it can not be told what it says, None where it can.

    is_count: whether it counts things, and so has no decimals.
    """
    plain = re.sub(r"[ \u00a0\u202f](?=\d{3}(?!\d))|(?<=[.,])\s", "", words)
    groups, signs = re.split("[.,]", plain), re.findall("[.,]", plain)
    whole, decimal = Decimal("".join(groups)), Decimal(".".join(["".join(groups[:-1]) or "0", groups[-1]]))
    if not signs:
        return whole, None
    rivals = text("it may be %(one)s or %(other)s", one=whole, other=decimal)
    if len(signs) > 1:
        # 1,234,567 or 1.234,5: certain in English, and a figure that nobody writes so in Latvian.
        return (whole if len(set(signs)) == 1 else decimal), None if language == "en" else rivals
    if len(groups[1]) == len("000"):
        # People are not counted in parts, so that nothing else than thousands can be meant.
        is_grouped = is_count or (signs[0], language) == (",", "en")
        return (whole if is_grouped else decimal), None if is_grouped else rivals
    return decimal, text("people are not counted in parts") if is_count else None
