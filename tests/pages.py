"""A page as it was sent: what it links and fetches, the rows of its tables, and the numbers and dates in it."""

import copy
import re
from collections.abc import Iterable
from typing import Any

import lxml.html
from babel.dates import get_month_names
from babel.numbers import NumberFormatError, parse_decimal

THINGS = (
    *("place/rueil-malmaison", "place/jelgava", "place/hallefors-locality", "country/SE", "area/culture"),
    *("twinning/jelgava-parnu-siauliai", "agreement/jelgava-rueil-malmaison-2017", "figure/nova-odessa-area"),
    *("activity/rueil-malmaison-pupils-in-france", "programme/etonnante-lettonie", "topic/teaching-methods"),
    *("organisation/llu-food-technology", "source/jelgava-lv-2017", "quote/jelgava-lv-2017-alcamo-agreement"),
    *("quote/jelgava-lv-2017-alcamo-image", "mention/jelgava-lv-2017-alcamo-agreement-culture"),
    *("evidence/place-nacka", "rule/dates", "query/timeline", "scheme/area", "tie/unspecified", "dataset/twin-towns"),
)
"""One or more of each kind; the concepts of the smaller schemes look like ties."""
_NUMBER = {"en": re.compile(r"\d+(?:[.,]\d+)*"), "lv": re.compile(r"\d+(?:[.,\N{NO-BREAK SPACE}]\d+)*")}


class Page:
    """Read a page.

    links: of its anchors; fetched: what a browser fetches with it; inline: its scripts and styles that are no files.
    """

    def __init__(self, text: str) -> None:
        self.root = root = lxml.html.document_fromstring(text)
        self.language: str = root.get("lang", "")
        self.links: list[str] = root.xpath("//a/@href")
        self.ids: list[str] = root.xpath("//@id")
        self.fetched: list[str] = root.xpath(
            "//link[@rel='stylesheet' or @rel='icon' or @rel='preload']/@href | //@src"
            " | //*[local-name()='use'][not(starts-with(@href, '#'))]/@href"
        )
        self.inline: list[Any] = root.xpath(
            "//script[not(@src)][not(@type='application/ld+json')] | //@*[starts-with(name(), 'on')]"
            " | //style | //@style"
        )

    def find(self, path: str) -> list[str]:
        """Give what stands in each element that an XPath finds."""
        return [plain(each) for each in self.root.xpath(path)]

    def rows(self, path: str) -> list[list[str]]:
        """Give the cells of the tables in elements that an XPath finds, without the small print."""
        return [[plain(cell, "small") for cell in row] for row in self.root.xpath(f"{path}//tbody/tr")]

    def items(self, path: str, *parts: str) -> list[list[str]]:
        """Give of each element the text of its first part of each kind, "" for one that it has not."""
        found = ((item.xpath(part) for part in parts) for item in self.root.xpath(path))
        return [[plain(each[0], "q", "strong") if each else "" for each in item] for item in found]

    def things(self) -> set[tuple[str, str]]:
        """Give the links of the page to things, named as it names them (`place/alcamo`, `Alcamo`)."""
        links = self.root.xpath(
            "//main//a[contains(@href, '/id/')][not(@class='mention')]"
            "[not(ancestor::details[@class='all'])][not(.//code)]"
        )
        named = ((each, each.xpath(".//text[contains(@class, 'name')]") or [each]) for each in links)
        return {
            (each.get("href").partition("?")[0].partition("/id/")[2], plain(names[0], "*[@class='more']"))
            for each, names in named
        }

    def numbers(self) -> set[str]:
        """Give every number that the page says itself, as SPARQL writes it; what is quoted has its own language."""
        besides = ("*[@lang]", "code", "*[@class='reading']")
        text = plain(self.root.xpath("//main")[0], *besides)
        return {number(each, self.language) for each in _NUMBER[self.language].findall(text)}

    def first_number(self, text: str) -> str:
        """Give the number that stands first in a text of the page, as SPARQL writes it; "" where there is none."""
        found = _NUMBER[self.language].search(text)
        return number(found[0], self.language) if found else ""

    def date(self, text: str) -> str:
        """Read a year, or a day, as the page writes it, into what RDF has for it; "" stays."""
        digits = re.findall(r"\d+", text)
        if len(digits) < 2:
            return "".join(digits)
        # In Latvian its ending tells whether it is of a day or after a preposition.
        names = get_month_names(locale=self.language)
        month = next(place for place, name in names.items() if name[:3] in text)
        year, day = sorted(digits, key=len, reverse=True)
        return f"{year}-{month:02}-{int(day):02}"


def paths(links: Iterable[str]) -> set[str]:
    """Give the paths of links, whatever language they name."""
    return {link.partition("?")[0] for link in links}


def plain(element: Any, *besides: str) -> str:  # noqa: ANN401 - lxml has no types
    """Give the text of an element; sentences folded away beside what they say, and words for ears alone, left out."""
    element = copy.deepcopy(element)
    element.tail = None
    for each in element.xpath(
        " | ".join(f".//{path}" for path in ("details", "*[contains(@class, 'unseen')]", *besides))
    ):
        each.drop_tree()
    return re.sub("[^\\S\N{NO-BREAK SPACE}]+", " ", element.text_content()).strip()


def number(text: str, language: str) -> str:
    """Read a number as it is written in a language; what no number of it is, stays as it is."""
    try:
        return f"{parse_decimal(text, locale=language).normalize():f}"
    except NumberFormatError:
        return text


def numbers_in(values: Iterable[str], language: str) -> set[str]:
    """Give the numbers in values, as RDF writes them and as people do in a language, and the parts of dates."""
    text = " ".join(values)
    found = re.findall(r"\d+(?:\.\d+)*", text)
    parts = {number(part, "en") for each in found for part in (each, *each.split("."))}
    return {*found, *parts, *(number(each, language) for each in _NUMBER[language].findall(text))}
