"""Edits for Wikidata: proposals with their references, as QuickStatements has them, and rows for Mismatch Finder."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import quote as percent_encode

from rdflib import URIRef
from rdflib.namespace import PROV, SDO

from twingraph.curation.graph import text_of
from twingraph.vocab import OA, kind_of
from twingraph.wikidata.entities import Reference, Value

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from rdflib import Graph

    from twingraph.wikidata.crosscheck import Row
    from twingraph.wikidata.entities import Snak, Statement

_YEAR, _MONTH, _DAY = 9, 10, 11
"""The precisions of times, as Wikidata counts them."""
_MISSING = frozenset({"missing_on_wikidata", "missing_reverse"})
_ADDED = _MISSING | {"unreferenced_on_wikidata", "outdated_on_wikidata"}
"""The verdicts on which something may be added; on no other, for it would be a second value or the wrong item's."""
_LONGEST = 400
"""Characters that Wikidata takes in a text with a language."""
_LANGUAGES = {"lv": "Q9078"}
"""The items of the languages that sources are in, so far as there are any."""
# Of a web archive's address, the time at which it kept the page.
_ARCHIVED = re.compile(r"/web/(\d{4})(\d\d)(\d\d)\d{6}")
# What a text with a language can not hold, or QuickStatements would read as something else than it is.
_UNQUOTABLE = re.compile(r'["“”|\t\n\v\f\r\x85\u2028\u2029]|/\*|\*/|^\s|\s$')
_MISMATCH_COLUMNS = (
    *("item_id", "statement_guid", "property_id", "wikidata_value", "meta_wikidata_value"),
    *("external_value", "external_url", "type"),
)
_MISMATCH_LONGEST = 1500
"""Characters that a value may have there."""
_MISMATCH_PROPERTIES = frozenset({"P190", "P580", "P1082", "P2046"})
"""Those whose values are worth a reviewer's time: addresses of web sites differ without meaning anything."""
_MISMATCH_KINDS = frozenset({"item", "time", "quantity", "text", "url"})
"""The kinds of values that Wikidata reads back from text alone."""


def propose(row: Row, reference: tuple[Snak, ...]) -> Statement | None:
    """Give what an editor may add on the strength of a row, with its reference; None where that is nothing.

    It is a statement to add to an item, or to add the reference to: never a deletion, never a rank.
    Nothing is proposed without a page that says it, for an entity that may be another, or of a value that is
    implausible; no population without its year; no start of a tie but from a signature, which an agreement dates.
    """
    stated = row.proposed
    if not reference or stated is None or row.verdict not in _ADDED:
        return None
    dates = {term: value.precision or 0 for term, value in stated.qualifiers if value.kind == "time"}
    is_signed = "P580" not in dates or kind_of(row.subject) == "agreement"
    is_dated = stated.property != "P1082" or "P585" in dates
    is_exact = all(_YEAR <= precision <= _DAY for precision in dates.values())
    if stated.property not in {"P190", "P1082", "P2046"} or not (is_signed and is_dated and is_exact):
        return None
    return replace(stated, references=(Reference(reference),))


def reference_of(graph: Graph, quote: str) -> Iterator[Snak]:
    """Cite the page that a quote stands in as editors expect it (Help:Sources), the quotation last.

    What is not recorded is left out, and a text that could not be given to the letter.
    """
    source = graph.value(URIRef(quote), PROV.wasQuotedFrom) or URIRef(quote)
    terms = (SDO.url, SDO.name, SDO.inLanguage, SDO.archivedAt, PROV.generatedAtTime)
    url, title, language, archive, retrieved = (text_of(graph, source, term) for term in terms)
    exact = text_of(graph, URIRef(quote), OA.exact)
    yield "P854", Value("url", url)
    if archive:
        yield "P1065", Value("url", archive)
    if archived := _ARCHIVED.search(archive):
        yield "P2960", Value("time", "-".join(archived.groups()) + "T00:00:00Z", _DAY)
    if _is_quotable(title):
        yield "P1476", Value("monolingual", title, language=language)
    if language in _LANGUAGES:
        yield "P407", Value("item", _LANGUAGES[language])
    if retrieved:
        yield "P813", Value("time", f"{retrieved[:10]}T00:00:00Z", _DAY)
    if _is_quotable(exact):
        yield "P1683", Value("monolingual", exact, language=language)


def _is_quotable(text: str) -> bool:
    return 0 < len(text) <= _LONGEST and not _UNQUOTABLE.search(text)


def quickstatement(proposal: Statement, quote: str) -> str:
    """Write a command of QuickStatements, version 1 (Help:QuickStatements): tabs between its parts.

    quote: the IRI of the sentence that it rests on, which is the summary of the edit.
    """
    cells = [proposal.item, proposal.property, _quick_value(proposal.value)]
    for term, value in proposal.qualifiers:
        cells += [term, _quick_value(value)]
    for reference in proposal.references:
        for term, value in reference.properties:
            cells += [f"S{term[1:]}", _quick_value(value)]
    # No space before the summary: one of the two engines takes it for a part of the last value.
    return "\t".join(cells) + f"/* {quote} */"


def _quick_value(value: Value) -> str:
    if value.kind == "item":
        return value.text
    if value.kind == "time":
        return f"+{_time(value)}/{value.precision}"
    if value.kind == "quantity":
        return value.text + (f"U{value.unit[1:]}" if value.unit else "")
    if value.kind == "monolingual":
        return f'{value.language}:"{value.text}"'
    # A bar would end the part, a quotation mark the text, and an asterisk after a slash begin the summary.
    address = re.sub(r'[|"“”*\s]', lambda match: percent_encode(match[0]), value.text)
    return f'"{address}"'


def _time(value: Value) -> str:
    """Write a time as exact as it is: what is finer than its precision is nought, as on Wikidata."""
    year, month, day = value.text.partition("T")[0].lstrip("+").split("-")
    precision = value.precision or 0
    return f"{year}-{month if precision >= _MONTH else '00'}-{day if precision >= _DAY else '00'}T00:00:00Z"


def mismatches(rows: Iterable[Row]) -> str:
    """Write the rows that are of use to Mismatch Finder as CSV for its importer: what conflicts, what Wikidata lacks.

    By the user guide of wmde/wikidata-mismatch-finder; rows are left out where the importer could not tell what is
    meant, or refuses them.
    """
    lines: list[tuple[str, ...]] = [_MISMATCH_COLUMNS]
    for row in rows:
        dated = [value.text[:4] for term, value in (row.proposed.qualifiers if row.proposed else ()) if term == "P585"]
        # For a person: a town by its name on the page, an area with its unit, a population with its year.
        ours = row.read + " km²" * (row.property == "P2046") + "".join(f" ({year})" for year in dated)
        if row.property == "P190":
            ours = f"{row.printed} ({row.read})"
        # On one line, and not blank: the importer reads line by line, and refuses what is empty once it is trimmed.
        ours, is_qualifier, theirs = " ".join(ours.split()), row.property == "P580", row.their_value
        if row.property not in _MISMATCH_PROPERTIES or not (
            row.item and row.source and 0 < len(ours) <= _MISMATCH_LONGEST
        ):
            continue
        last = ours, row.source, "qualifier" if is_qualifier else "statement"
        if row.verdict in _MISSING and not is_qualifier:
            lines.append((row.item, "", row.property, "", "", *last))
        elif row.verdict == "conflict" and row.theirs and theirs and theirs.kind in _MISMATCH_KINDS:
            value, calendar = (f"+{_time(theirs)}", theirs.calendar) if theirs.kind == "time" else (theirs.text, "")
            lines.append((row.theirs.item, row.theirs.guid, row.property, value, calendar or "", *last))
    return as_table(lines, "\n")


def as_table(lines: Iterable[Iterable[object]], end: str = "\r\n") -> str:
    """Write lines of cells as CSV (RFC 4180); end: of each line."""
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator=end).writerows(lines)
    return out.getvalue()
