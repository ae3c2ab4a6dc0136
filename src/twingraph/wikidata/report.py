"""Reports of a cross-check: its rows as a page for editors, as a table and as JSON, and what Mismatch Finder takes."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
from collections import Counter
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple, Self
from urllib.parse import quote as percent_encode

from rdflib import URIRef
from rdflib.namespace import PROV, SDO

from twingraph.curation.graph import read_text, text_of
from twingraph.errors import BadInput
from twingraph.vocab import OA, kind_of
from twingraph.wikidata.crosscheck import PROPERTIES, VERDICTS, crosscheck
from twingraph.wikidata.entities import Reference, Value, around, one_way
from twingraph.wikidata.likeness import in_words
from twingraph.words import Language, render, text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from rdflib import Graph

    from twingraph.release.records import LinkedTowns
    from twingraph.wikidata.crosscheck import Row
    from twingraph.wikidata.entities import Snak, Snapshot, Statement

COLUMNS = (
    *("id", "subject", "town", "item", "property", "printed", "read", "quote", "sentence", "start", "end", "source"),
    *("statement", "value", "rank", "qualifiers", "references", "verdict", "reason_en", "reason_lv"),
    *("action_en", "action_lv", "review"),
)
OUTCOMES = ("", "pending", "wikidata", "missing", "external", "both", "none")
"""What a review can come to, in Mismatch Finder's words: who is wrong, or `missing` on Wikidata and right here.

"" where nobody wrote that down; `pending` where the row is to be shown on as new.
"""
_TIE_COLUMNS = ("source", "source_label", "target", "target_label", "statement", "rank", "url")
_YEAR, _MONTH, _DAY = 9, 10, 11
"""The precisions of times, as Wikidata counts them."""
_MISSING = frozenset({"missing_on_wikidata", "missing_reverse"})
_ADDED = _MISSING | {"unreferenced_on_wikidata", "outdated_on_wikidata"}
"""The verdicts on which something may be added; on no other, for it would be a second value or the wrong item's."""
_LANGUAGES = {"lv": "Q9078"}
"""The items of the languages that sources are in, so far as there are any."""
# Of a web archive's address, the time at which it kept the page.
_ARCHIVED = re.compile(r"/web/(\d{4})(\d\d)(\d\d)\d{6}")
# What a text with a language can not hold, or QuickStatements would read as something else than it is.
_UNQUOTABLE = re.compile(r'["“”|\t\n\v\f\r\x85\u2028\u2029]|/\*|\*/|^\s|\s$')
_LONGEST = 400
"""Characters that such a text may have."""
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


class Review(NamedTuple):
    """What an editor decided of a row: the mark of what it showed then (see `mark_of`), one of `OUTCOMES`, a note."""

    row: str
    seen: str
    outcome: str
    note: str


@dataclass(frozen=True, eq=False)
class Report:
    """The rows of a cross-check, what they were compared with, and what an editor has decided of them.

    snapshot: what Wikidata said; towns: what we say; reviews: by row (see `read_reviews`).
    """

    rows: tuple[Row, ...]
    snapshot: Snapshot
    towns: LinkedTowns
    reviews: dict[str, Review]

    @classmethod
    def compare(cls, towns: LinkedTowns, snapshot: Snapshot, reviews: Path | None = None) -> Self:
        """Compare a release with a snapshot; reviews: the file of them. Raises BadInput where that can not be used."""
        known = read_reviews(reviews) if reviews else {}
        return cls(tuple(crosscheck(towns, snapshot)), snapshot, towns, known)

    @cached_property
    def proposals(self) -> dict[str, Statement]:
        """What may be added to Wikidata, by the row that says why."""
        quotes = {row.quote for row in self.rows if row.quote}
        references = {quote: tuple(reference_of(self.towns.merged, quote)) for quote in quotes}
        proposals = {row.id: propose(row, references.get(row.quote, ())) for row in self.rows}
        return {row: proposal for row, proposal in proposals.items() if proposal is not None}

    @cached_property
    def states(self) -> dict[str, str]:
        """Whether each row is `new`, was `reviewed` as it is, or has `changed` since."""
        states = {}
        for row in self.rows:
            review = self.reviews.get(row.id, Review(row.id, "", "pending", ""))
            known = "reviewed" if review.seen in {"", mark_of(row)} else "changed"
            states[row.id] = "new" if review.outcome == "pending" else known
        return states


def read_reviews(path: Path) -> dict[str, Review]:
    """Read the reviews of a CSV file by row, the last one of each; raises BadInput with the line that is wrong."""
    reader = csv.reader(io.StringIO(read_text(path).removeprefix("\ufeff"), newline=""))
    reviews = {}
    try:
        if tuple(next(reader, ())) != Review._fields:
            columns = ",".join(Review._fields)
            raise BadInput(path, text("its first line must be %(columns)s", columns=columns))
        for cells in filter(None, reader):
            if len(cells) != len(Review._fields) or cells[2] not in OUTCOMES:
                reason = text(
                    "line %(line)s is no review; it has four cells, the third empty or one of %(outcomes)s",
                    line=reader.line_num,
                    outcomes=", ".join(filter(None, OUTCOMES)),
                )
                raise BadInput(path, reason)
            reviews[cells[0]] = Review(*cells)
    except csv.Error as error:
        raise BadInput(path, text("it is no CSV (%(error)s)", error=error)) from None
    return reviews


def mark_of(row: Row) -> str:
    """Give a short mark of what a row shows: another value on either side, or another verdict, gives another mark."""
    content = repr((row.read, row.their_value, row.theirs and row.theirs.rank, row.verdict))
    return hashlib.sha256(content.encode()).hexdigest()[:12]


def statement_page(row: Row) -> str:
    """Give the address at which Wikidata shows the statement of a row; without one, where it would stand."""
    if row.theirs:
        return row.theirs.url()
    return f"https://www.wikidata.org/wiki/{row.item}#{row.property}" if row.item else ""


def as_csv(report: Report) -> str:
    """Write the rows by RFC 4180."""
    lines: list[tuple[object, ...]] = [COLUMNS]
    for row in report.rows:
        theirs = row.theirs
        references = [_join(each.properties) for each in theirs.references] if theirs else []
        lines.append(
            (
                *(row.id, row.subject, row.town, row.item, row.property, row.printed, row.read),
                *(row.quote, row.exact, row.start, row.end, row.source),
                *(statement_page(row), row.their_value, theirs.rank if theirs else ""),
                *(_join(theirs.qualifiers) if theirs else "", " | ".join(references), row.verdict),
                *(row.reason["en"], row.reason["lv"], row.action["en"], row.action["lv"], report.states[row.id]),
            )
        )
    return as_table(lines)


def _join(snaks: Iterable[Snak]) -> str:
    return "; ".join(f"{term} {value}" for term, value in snaks)


def as_json(report: Report) -> str:
    """Write of what the snapshot was made and when, and the rows with the statements whole."""
    names = ("endpoint", "taken", "dump_date", "allowed_qualifiers", "symmetric")
    rows = []
    for row in report.rows:
        entity = report.snapshot.entities.get(row.theirs.item) if row.theirs else None
        revision = entity.revision if entity else None
        more = {"statement": statement_page(row), "revision": revision, "review": report.states[row.id]}
        rows.append(asdict(row) | more)
    whole = {"snapshot": {name: getattr(report.snapshot, name) for name in names}, "rows": rows}
    return json.dumps(whole, ensure_ascii=False, indent=1) + "\n"


def propose(row: Row, reference: tuple[Snak, ...]) -> Statement | None:
    """Give the statement that an editor may add on the strength of a row, or add its reference to; else None.

    Nothing is proposed without a page that says it, for an entity that may be another, or of a value that is
    implausible; no population without its year; no start of a tie but from a signature, which an agreement dates.
    """
    stated = row.proposed
    if not reference or stated is None or row.verdict not in _ADDED:
        return None
    dates = {term: value.precision or 0 for term, value in stated.qualifiers if value.kind == "time"}
    is_known = {
        "P190": "P580" not in dates or kind_of(row.subject) == "agreement",
        "P1082": "P585" in dates,
        "P2046": True,
    }.get(stated.property, False)
    is_exact = all(_YEAR <= precision <= _DAY for precision in dates.values())
    return replace(stated, references=(Reference(reference),)) if is_known and is_exact else None


def reference_of(graph: Graph, quote: str) -> Iterator[Snak]:
    """Cite the page of a quote (Help:Sources), without what is not recorded or could not be given to the letter."""
    source = graph.value(URIRef(quote), PROV.wasQuotedFrom) or URIRef(quote)
    terms = (SDO.url, SDO.name, SDO.inLanguage, SDO.archivedAt, PROV.generatedAtTime)
    url, title, language, archive, retrieved = (text_of(graph, source, term) for term in terms)
    texts = (title, text_of(graph, URIRef(quote), OA.exact))
    title, exact = (each if len(each) <= _LONGEST and not _UNQUOTABLE.search(each) else "" for each in texts)
    yield "P854", Value("url", url)
    if archive:
        yield "P1065", Value("url", archive)
    if archived := _ARCHIVED.search(archive):
        yield "P2960", Value("time", "-".join(archived.groups()) + "T00:00:00Z", _DAY)
    if title:
        yield "P1476", Value("monolingual", title, language=language)
    if language in _LANGUAGES:
        yield "P407", Value("item", _LANGUAGES[language])
    if retrieved:
        yield "P813", Value("time", f"{retrieved[:10]}T00:00:00Z", _DAY)
    if exact:
        yield "P1683", Value("monolingual", exact, language=language)


def quickstatement(proposal: Statement, quote: str) -> str:
    """Write a command of QuickStatements, version 1 (Help:QuickStatements), with the IRI of its quote as summary."""
    snaks = [(proposal.property, proposal.value), *proposal.qualifiers]
    snaks += [(f"S{term[1:]}", value) for reference in proposal.references for term, value in reference.properties]
    cells = [part for term, value in snaks for part in (term, _quick_value(value))]
    # No space before the summary: one of the two engines takes it for a part of the last value.
    return "\t".join([proposal.item, *cells]) + f"/* {quote} */"


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
    """Write what conflicts and what Wikidata lacks as CSV for the importer of Mismatch Finder.

    By the user guide of wmde/wikidata-mismatch-finder; left out is what that refuses, or could not tell the meaning of.
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
        is_of_use = row.property in _MISMATCH_PROPERTIES and row.item and row.source
        if not is_of_use or not 0 < len(ours) <= _MISMATCH_LONGEST:
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


FORMATS: dict[str, Callable[[Report], str]] = {
    "csv": as_csv,
    "json": as_json,
    "mismatches.csv": lambda report: mismatches(row for row in report.rows if report.states[row.id] != "reviewed"),
}
"""The files of a report by ending; what an editor has reviewed is not handed to other reviewers."""


def files(report: Report, language: Language) -> Iterator[tuple[str, bytes]]:
    """Give the name and content of each file of a report: the page first, then the formats that it links to."""
    yield "crosscheck.html", page(report, language).encode()
    for ending, write in FORMATS.items():
        yield f"crosscheck.{ending}", write(report).encode()


def page(report: Report, language: Language, href: Callable[[str], str] = str, home: str = "") -> str:
    """Write the whole page, which needs neither script nor server.

    href: gives the address at which an IRI of ours is opened; home: of the front page, "" where there is none.
    """
    rows, proposals = report.rows, report.proposals
    towns = {town.slug: {"lv": town.name_lv, "en": town.name_en} for town in report.towns.towns}
    return render(
        "twingraph.wikidata",
        "report.html",
        language,
        report=report,
        labels={"verdict": VERDICTS, "property": PROPERTIES, "town": towns},
        ticks={row.id: number for number, row in enumerate(rows, 1)},
        counts=Counter(row.verdict for row in rows),
        commands={row.id: quickstatement(proposals[row.id], row.quote) for row in rows if row.id in proposals},
        review_header=",".join(Review._fields),
        # To be pasted into the file of reviews, with the outcome and a note.
        reviews={row.id: as_table([(row.id, mark_of(row), "", "")], "") for row in rows},
        one_way=one_way(around(report.snapshot.ties(), report.snapshot.items)),
        formats=FORMATS,
        in_words=in_words,
        statement_page=statement_page,
        label=lambda item: report.snapshot.label(item, language) or item,
        href=href,
        home=home,
    )


def write_ties(form: str, ties: list[Statement], snapshot: Snapshot, language: Language) -> str:
    """Write the ties that have no way back, as CSV, as JSON with the same names, or as `text` for people."""
    missing, rows, lines = one_way(ties), [], []
    for tie in missing:
        (one, one_label), (other, other_label) = ((item, snapshot.label(item, language)) for item in tie.pair())
        rows.append((one, one_label, other, other_label, tie.guid, tie.rank, tie.url()))
        one, other = (snapshot.name(item, language) for item in tie.pair())
        sentence = text("%(one)s has a tie with %(other)s, and no way back", one=one, other=other)
        lines += [sentence.in_language(language), f"  {tie.url()}"]
    if form == "json":
        records = [dict(zip(_TIE_COLUMNS, cells, strict=True)) for cells in rows]
        return json.dumps(records, ensure_ascii=False, indent=1) + "\n"
    if form == "csv":
        return as_table([_TIE_COLUMNS, *rows])
    pairs = len({tie.pair() for tie in ties if tie.rank != "deprecated"})
    total = text("%(missing)s of %(pairs)s ties have no way back.", missing=len(missing), pairs=pairs)
    return "\n".join([*lines, total.in_language(language)]) + "\n"
