"""Blocks of facts, and the partners they are about, written as a person writes them in facts.trig."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rdflib import Literal

from twingraph.curation.graph import around
from twingraph.curation.turtle import to_oxigraph

if TYPE_CHECKING:
    from collections.abc import Iterable
    from decimal import Decimal

    from twingraph.dates import SourceDate
    from twingraph.draft.partners import Named
    from twingraph.draft.passages import Passage
    from twingraph.draft.written import Date
    from twingraph.words import Text

_DATATYPES = {"year": "xsd:gYear", "month": "xsd:gYearMonth", "day": "xsd:date"}


@dataclass(slots=True)
class Partner:
    """A town that a page names as a partner, by the slug of its place; what is known of it while the page is read."""

    slug: str
    named: Named
    is_known: bool
    tie: str
    block: Block
    has_tie: bool = False
    agreements: dict[str, tuple[SourceDate | None, str]] = field(default_factory=dict)
    since: Date | None = None
    is_counted: bool = False

    def take(self, tie: str) -> None:
        """Have a tie, the first that is stated."""
        self.tie, self.has_tie = self.tie if self.has_tie else tie, True


@dataclass(slots=True)
class Block:
    """One passage as a block of facts.trig.

    facts: for each subject what is said of it, as Turtle; remarks: what a person should look at; left_out: why it
    states nothing, in English and Latvian; about: the places it is about, where that does not follow from what it says.
    """

    name: str
    passage: Passage
    partners: list[Partner] = field(default_factory=list)
    facts: dict[str, list[str]] = field(default_factory=dict)
    remarks: list[Text | str] = field(default_factory=list)
    left_out: tuple[str, str] | None = None
    about: list[Partner] = field(default_factory=list)

    def state(self, subject: str, *properties: str) -> None:
        """State properties of a subject, each once."""
        known = self.facts.setdefault(subject, [])
        known += [each for each in properties if each not in known]

    def is_of_tie(self, partner: Partner) -> bool:
        """Tell whether the block states a tie of a partner, be it one of several towns."""
        ties = (facts for subject, facts in self.facts.items() if subject.startswith("twinning:"))
        return any(f"place:{partner.slug}" in fact.split() for facts in ties for fact in facts)


def write_block(block: Block, page: str, language: str, said_in: str) -> str:
    """Write a block as a person would: its quote, what it states, and comments for what is not certain."""
    exact, beside = block.passage.text, around(page, block.passage.start, block.passage.end)
    is_of_language = (
        not block.passage.is_picture and "://" not in exact and not re.fullmatch(r"[\w.-]+\.[a-z]{2,}", exact)
    )
    quote = [f"oa:exact {literal(exact, language if is_of_language else '')}"]
    quote += [
        f"{term} {literal(words)}" for term, words in zip(("oa:prefix", "oa:suffix"), beside, strict=True) if words
    ]
    if block.about:
        quote.append("schema:about " + " , ".join(f"place:{partner.slug}" for partner in block.about))
    lines = _sentence(f":{block.name}", quote)
    if block.left_out:
        lines += _sentence(
            f":{block.name}",
            [f"tg:leftOut {literal(block.left_out[0], 'en')} ,\n            {literal(block.left_out[1], 'lv')}"],
        )
    for subject, properties in block.facts.items():
        lines += _sentence(subject, properties)
    lines += [f"    # {_in_line(remark, said_in)}" for remark in block.remarks]
    if not block.facts and not block.left_out:
        lines.append(f'    # :{block.name} tg:leftOut "…"@en , "…"@lv .')
    return "\n".join([f":{block.name} {{", *lines, "}"])


def _in_line(remark: Text | str, said_in: str) -> str:
    words = remark if isinstance(remark, str) else remark.in_language(said_in)
    return " ".join(words.split())


def _sentence(subject: str, properties: list[str]) -> list[str]:
    """Write what is said of a subject, a line for each property."""
    lines = [f"    {subject} {properties[0]}", *(f"        {each}" for each in properties[1:])]
    return [f"{line} {'.' if at == len(lines) else ';'}" for at, line in enumerate(lines, 1)]


def list_drafted(drafted: Iterable[Block]) -> list[str]:
    """List the names of drafted blocks, a line for each partner."""
    by_partner: dict[str, list[str]] = {}
    for block in drafted:
        by_partner.setdefault(block.partners[0].named.name if len(block.partners) == 1 else "", []).append(
            f":{block.name}"
        )
    *before, last = [(" , ".join(names), f"  # {title}" if title else "") for title, names in by_partner.items()] or [
        ("()", "")
    ]
    return [*(f"{names} ,{title}" for names, title in before), f"{last[0]} .{last[1]}"]


def literal(words: str, language: str = "") -> str:
    """Write words as a literal of Turtle, a no-break space so that it is seen."""
    return str(to_oxigraph(Literal(words, language or None))).replace("\N{NO-BREAK SPACE}", "\\u00A0")


def plain(number: Decimal) -> str:
    """Write a number as Turtle does, without decimals where it has none."""
    return f"{number.to_integral_value() if number == number.to_integral_value() else number:f}"


def date_literal(date: SourceDate) -> str:
    """Write a date as a literal of Turtle, as exact as it is."""
    return f'"{date}"^^{_DATATYPES[date.precision]}'
