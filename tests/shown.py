"""What a page in a browser shows: rows of its tables, its links, and the numbers and dates in it."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

from babel.dates import get_month_names

if TYPE_CHECKING:
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


def links(page: Page, place: str) -> set[tuple[str, str]]:
    """Give the links to things, as (`place/alcamo`, its text), of a part of the page."""
    script = """[...document.querySelectorAll(`${place} a[href*="/id/"]`)]
      .map(each => [new URL(each.href).pathname.split("/id/")[1], plain(each)])"""
    return {(thing, text) for thing, text in _evaluated(page, script, place)}


def numbers(page: Page, language: str) -> set[str]:
    """Give every number that the page says itself, as SPARQL writes it; what is quoted has a language of its own."""
    (text,) = _evaluated(page, "[plain(document.querySelector(place), '[lang], code, .reading')]", "main")
    return {number(each, language) for each in _NUMBER[language].findall(text)}


def number(text: str, language: str) -> str:
    """Read a number as it is written in a language; what no number of it is, stays as it is."""
    group, point = (",", ".") if language == "en" else ("\N{NO-BREAK SPACE}", ",")
    if point != "." and "." in text:
        return text
    try:
        return canonical(text.replace(group, "").replace(point, "."))
    except InvalidOperation:
        return text


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


def _evaluated(page: Page, script: str, place: str) -> Any:  # noqa: ANN401 - whatever the script gives
    return page.evaluate(f"place => {{ {_PLAIN} return {script} }}", place)
