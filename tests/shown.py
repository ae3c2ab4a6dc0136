"""What a page in a browser shows: rows of its tables, its links, and the numbers and dates in it."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

from babel.dates import get_month_names

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from playwright.sync_api import Page

# Sentences are folded away beside what they say, and some words are for readers of screens alone.
_PLAIN = """
const plain = (each, besides = "") => {
  const copy = each.cloneNode(true);
  copy.querySelectorAll(`details, .unseen${besides && ","}${besides}`).forEach(one => one.remove());
  return copy.textContent.replace(/[^\\S\\u00a0]+/g, " ").trim();
};
"""
_NUMBER = {"en": re.compile(r"\d+(?:[.,]\d+)*"), "lv": re.compile(r"\d+(?:[.,\N{NO-BREAK SPACE}]\d+)*")}


def rows(page: Page, place: str) -> list[list[str]]:
    """Give the cells of the tables in a place of the page, without the small print; place: a CSS selector."""
    cells = "[...row.cells].map(each => plain(each, 'small'))"
    return _evaluated(page, f"[...document.querySelectorAll(`${{place}} tbody tr`)].map(row => {cells})", place)


def texts(page: Page, place: str) -> list[str]:
    """Give what stands in each element that a CSS selector finds."""
    return _evaluated(page, "[...document.querySelectorAll(place)].map(each => plain(each))", place)


def items(page: Page, place: str, *parts: str) -> list[list[str]]:
    """Give of each element the text of its parts, "" for one that it has not; place, parts: CSS selectors."""
    script = """[...document.querySelectorAll(place)].map(item => parts.map(part => {
      const found = item.querySelector(part);
      return found ? plain(found, "q, strong") : "";
    }))"""
    return _evaluated(page, script, place, list(parts))


def links(page: Page) -> set[tuple[str, str]]:
    """Give the links of a page to things, by what the page calls them, as (`place/alcamo`, `Alcamo`)."""
    script = """[...document.querySelectorAll(`${place} a[href*="/id/"]`)]
      .filter(each => !each.closest("details.all") && !each.querySelector("code"))
      .map(each => [each.getAttribute("href").split("?")[0].split("/id/")[1],
                    plain(each.querySelector("text.name") ?? each, ".more")])"""
    return {(thing, text) for thing, text in _evaluated(page, script, "main")}


def numbers(page: Page, language: str) -> set[str]:
    """Give every number that the page says itself, as SPARQL writes it; what is quoted has a language of its own."""
    (text,) = _evaluated(page, "[plain(document.querySelector(place), '[lang], code, .reading')]", "main")
    return {number(each, language) for each in _NUMBER[language].findall(text)}


def first_number(text: str, language: str) -> str:
    """Give the number that stands first in a text, as SPARQL writes it; "" where there is none."""
    found = _NUMBER[language].search(text)
    return number(found[0], language) if found else ""


def number(text: str, language: str) -> str:
    """Read a number as it is written in a language; what no number of it is, stays as it is."""
    group, point = (",", ".") if language == "en" else ("\N{NO-BREAK SPACE}", ",")
    if point != "." and "." in text:
        return text
    try:
        return canonical(text.replace(group, "").replace(point, "."))
    except InvalidOperation:
        return text


def numbers_in(values: Iterable[str], language: str) -> set[str]:
    """Give the numbers in values, as RDF writes them and as people do in a language, and the parts of dates."""
    told = " ".join(values)
    found = re.findall(r"\d+(?:\.\d+)*", told)
    parts = {canonical(part) for each in found for part in each.split(".")}
    spoken = {number(each, language) for each in _NUMBER[language].findall(told)}
    return {*found, *parts, *spoken, *(number(each, "en") for each in found)}


def canonical(number: str) -> str:
    """Write a number in one way; raises InvalidOperation for what is none."""
    return f"{Decimal(number).normalize():f}"


def date(text: str, language: str) -> str:
    """Read a year, or a day, as it is written in a language, into what RDF has for it."""
    found = re.findall(r"\d+", text)
    if len(found) == 1:
        return found[0]
    months = get_month_names(locale=language)
    month = next(place for place, name in months.items() if name in text)
    year, day = sorted(found, key=len, reverse=True)
    return f"{year}-{month:02}-{int(day):02}"


def _evaluated(page: Page, script: str, place: str, parts: Sequence[str] = ()) -> Any:  # noqa: ANN401 - what the script gives
    return page.evaluate(f"([place, parts]) => {{ {_PLAIN} return {script} }}", [place, list(parts)])
