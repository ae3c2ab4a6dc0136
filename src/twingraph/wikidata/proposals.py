"""Edits that an editor may propose to Wikidata, each with the reference that supports it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rdflib import URIRef
from rdflib.namespace import PROV, SDO

from twingraph.curation.graph import text_of
from twingraph.vocab import kind_of
from twingraph.wikidata.entities import Value
from twingraph.wikidata.verdicts import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator

    from twingraph.release.records import LinkedTowns
    from twingraph.wikidata.entities import Statement
    from twingraph.wikidata.verdicts import Row

    Snak = tuple[str, Value]

DAY = 11
"""The precision of a day, as Wikidata counts it; 9 is a year."""
_YEAR = 9
_LONGEST = 400
"""Characters that Wikidata takes in a text with a language."""
_LANGUAGES = {"lv": "Q9078"}
"""The items of the languages that sources are in, so far as there are any."""
_PROPOSED = frozenset(
    {
        Verdict.MISSING_ON_WIKIDATA,
        Verdict.MISSING_REVERSE,
        Verdict.UNREFERENCED_ON_WIKIDATA,
        Verdict.OUTDATED_ON_WIKIDATA,
    }
)
"""The verdicts on which something may be added; on no other, for it would be a second value or the wrong item's."""
_PROPERTIES = frozenset({"P190", "P1082", "P2046"})
# Of a web archive's address, the time at which it kept the page.
_KEPT = re.compile(r"/web/(\d{4})(\d\d)(\d\d)\d{6}")
# What a text with a language can not hold, or QuickStatements would read as something else than it is.
_UNQUOTABLE = re.compile(r'["“”|\t\n\v\f\r\x85\u2028\u2029]|/\*|\*/|^\s|\s$')


@dataclass(frozen=True, slots=True)
class Citation:
    """A source page as a reference on Wikidata cites it; "" for what is not recorded.

    archived: where an archive keeps it; retrieved: the day on which it was read, as `2026-11-22`.
    """

    url: str
    title: str
    language: str
    archived: str
    retrieved: str


@dataclass(frozen=True, slots=True)
class Proposal:
    """A statement to add to an item, or to add a reference to, and the reference: never a deletion, never a rank.

    quote: the IRI of the sentence that it rests on.
    """

    statement: Statement
    reference: tuple[Snak, ...]
    quote: str


def citation_of(towns: LinkedTowns, quote: str) -> Citation:
    """Give the page that a quote stands in, as a reference cites it."""
    source = towns.merged.value(URIRef(quote), PROV.wasQuotedFrom) or URIRef(quote)
    url, title, language, archived, retrieved = (
        text_of(towns.merged, source, term)
        for term in (SDO.url, SDO.name, SDO.inLanguage, SDO.archivedAt, PROV.generatedAtTime)
    )
    return Citation(url, title, language, archived, retrieved[:10])


def proposal(row: Row, citation: Citation | None) -> Proposal | None:
    """Give what an editor may add on the strength of a row; None where that is nothing.

    Nothing is proposed without a page that says it, for an entity that may be another, or of a value that is
    implausible; no population without its year; no start of a tie but from a signature, which an agreement dates.
    """
    stated = row.proposed
    if citation is None or stated is None or row.verdict not in _PROPOSED or not _may_be_stated(row, stated):
        return None
    return Proposal(stated, tuple(_reference(citation, row.exact)), row.quote)


def time(day: str) -> Value:
    """Give a day (`2026-11-22`) as Wikidata has it."""
    return Value("time", f"{day}T00:00:00Z", DAY)


def _may_be_stated(row: Row, stated: Statement) -> bool:
    dates = {term: value.precision for term, value in stated.qualifiers if value.kind == "time"}
    is_signed = "P580" not in dates or kind_of(row.subject) == "agreement"
    is_dated = stated.property != "P1082" or "P585" in dates
    is_exact = all(_YEAR <= (precision or 0) <= DAY for precision in dates.values())
    return stated.property in _PROPERTIES and is_signed and is_dated and is_exact


def _reference(citation: Citation, exact: str) -> Iterator[Snak]:
    """Give the properties of a reference as editors expect them (Help:Sources), the quotation last.

    A text is left out where it could not be given to the letter.
    """
    yield "P854", Value("url", citation.url)
    if citation.archived:
        yield "P1065", Value("url", citation.archived)
    if kept := _KEPT.search(citation.archived):
        yield "P2960", time("-".join(kept.groups()))
    if _is_quotable(citation.title):
        yield "P1476", Value("monolingual", citation.title, language=citation.language)
    if citation.language in _LANGUAGES:
        yield "P407", Value("item", _LANGUAGES[citation.language])
    if citation.retrieved:
        yield "P813", time(citation.retrieved)
    if _is_quotable(exact):
        yield "P1683", Value("monolingual", exact, language=citation.language)


def _is_quotable(text: str) -> bool:
    return 0 < len(text) <= _LONGEST and not _UNQUOTABLE.search(text)
