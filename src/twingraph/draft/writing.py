"""Blocks of facts, and the partners they are about, written as a person writes them in facts.trig."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rdflib import Literal

from twingraph.curation.editing import Quote, leave_out, select
from twingraph.curation.graph import around
from twingraph.curation.turtle import sentence
from twingraph.words import text

if TYPE_CHECKING:
    from collections.abc import Iterable
    from decimal import Decimal

    from twingraph.dates import SourceDate
    from twingraph.draft.partners import Named
    from twingraph.draft.passages import Passage
    from twingraph.draft.written import Date
    from twingraph.words import Text

_DATATYPES = {"year": "xsd:gYear", "month": "xsd:gYearMonth", "day": "xsd:date"}

_NOTHING = text("read nothing here: nothing that it says is known to the lexicon")


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
    states nothing; about: the places it is about, where that does not follow from what it says.
    """

    name: str
    passage: Passage
    partners: list[Partner] = field(default_factory=list)
    facts: dict[str, list[str]] = field(default_factory=dict)
    remarks: list[Text | str] = field(default_factory=list)
    left_out: Text | None = None
    about: list[Partner] = field(default_factory=list)

    @property
    def is_blank(self) -> bool:
        """Whether there is nothing to accept: no statement, and no reason for leaving it out."""
        return not (self.facts or self.left_out)

    def state(self, subject: str, *properties: str) -> None:
        """State properties of a subject, each once."""
        known = self.facts.setdefault(subject, [])
        known += [each for each in properties if each not in known]

    def is_of_tie(self, partner: Partner) -> bool:
        """Tell whether the block states a tie of a partner, be it one of several towns."""
        ties = (facts for subject, facts in self.facts.items() if subject.startswith("twinning:"))
        return any(f"place:{partner.slug}" in fact.split() for facts in ties for fact in facts)


def write_block(block: Block, page: str, language: str) -> str:
    """Write a block as a person would: its quote, what it states, and comments for what is not certain."""
    exact = block.passage.text
    is_of_language = (
        not block.passage.is_picture and "://" not in exact and not re.fullmatch(r"[\w.-]+\.[a-z]{2,}", exact)
    )
    tag = language if is_of_language else None
    quote = select(Quote(Literal(exact, tag), *around(page, block.passage.start, block.passage.end)))
    if block.about:
        quote.append("schema:about " + " , ".join(f"place:{partner.slug}" for partner in block.about))
    lines = sentence(f":{block.name}", quote)
    if block.left_out:
        lines += leave_out(f":{block.name}", {tag: block.left_out.in_language(tag) for tag in ("en", "lv")})
    for subject, properties in block.facts.items():
        lines += sentence(subject, properties)
    remarks = block.remarks or ([_NOTHING] if block.is_blank else [])
    lines += [f"    # {_in_line(remark, language)}" for remark in remarks]
    return "\n".join([f":{block.name} {{", *lines, "}"])


def _in_line(remark: Text | str, language: str) -> str:
    words = remark if isinstance(remark, str) else remark.in_language(language)
    return " ".join(words.split())


def list_drafted(source: str, drafted: Iterable[Block]) -> list[str]:
    """Say of a source that blocks of it are drafted, in a line for each partner; not of those that state nothing."""
    by_partner: dict[str, list[str]] = {}
    for block in (each for each in drafted if not each.is_blank):
        title = f"  # {block.partners[0].named.name}" if len(block.partners) == 1 else ""
        by_partner.setdefault(title, []).append(f":{block.name}")
    return [f"source:{source} tg:drafted {' , '.join(names)} .{title}" for title, names in by_partner.items()]


def plain(number: Decimal) -> str:
    """Write a number as Turtle does, without decimals where it has none."""
    return f"{number.to_integral_value() if number == number.to_integral_value() else number:f}"


def date_literal(date: SourceDate) -> str:
    """Write a date as a literal of Turtle, as exact as it is."""
    return f'"{date}"^^{_DATATYPES[date.precision]}'
