"""Reports of a cross-check: its rows as a page for editors, as a table and as JSON, and what Mismatch Finder takes."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections import Counter
from dataclasses import asdict, dataclass
from functools import cache, cached_property
from typing import TYPE_CHECKING, Literal, Self

from jinja2 import Environment, PackageLoader, StrictUndefined

from twingraph.curation.sources import read_text
from twingraph.errors import BadInput
from twingraph.wikidata.crosscheck import PROPERTIES, VERDICTS, crosscheck
from twingraph.wikidata.edits import as_table, mismatches, propose, quickstatement, reference_of
from twingraph.wikidata.entities import around, one_way
from twingraph.wikidata.likeness import LENGTHS, in_words
from twingraph.words import Language, text, translations

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from jinja2 import Template

    from twingraph.release.records import LinkedTowns
    from twingraph.wikidata.crosscheck import Row
    from twingraph.wikidata.entities import Snak, Snapshot, Statement, Value

    State = Literal["new", "changed", "reviewed"]

COLUMNS = (
    *("id", "subject", "town", "item", "property", "printed", "read", "quote", "sentence", "start", "end", "source"),
    *("statement", "value", "rank", "qualifiers", "references", "verdict", "reason_en", "reason_lv"),
    *("action_en", "action_lv", "review"),
)
REVIEW_COLUMNS = ("row", "seen", "outcome", "note")
OUTCOMES = ("", "pending", "wikidata", "missing", "external", "both", "none")
"""What a review can come to, in Mismatch Finder's words: who is wrong, or `missing` on Wikidata and right here.

"" where nobody wrote that down; `pending` where the row is to be shown on as new.
"""
TIE_FORMATS = ("text", "csv", "json")
"""The ways to write ties."""
_TIE_COLUMNS = ("source", "source_label", "target", "target_label", "statement", "rank", "url")


@dataclass(frozen=True, slots=True)
class Review:
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
    def states(self) -> dict[str, State]:
        """Whether each row is new, was reviewed, or has changed since."""
        return {row.id: state_of(row, self.reviews) for row in self.rows}


def read_reviews(path: Path) -> dict[str, Review]:
    """Read the reviews of a CSV file by row, the last one of each; raises BadInput with the line that is wrong."""
    reader = csv.DictReader(io.StringIO(read_text(path).removeprefix("\ufeff"), newline=""))
    reviews = {}
    try:
        if tuple(reader.fieldnames or ()) != REVIEW_COLUMNS:
            raise BadInput(path, text("its first line must be %(columns)s", columns=",".join(REVIEW_COLUMNS)))
        for line in reader:
            cells = [line[name] for name in REVIEW_COLUMNS]
            if None in line or None in cells or line["outcome"] not in OUTCOMES:
                reason = text(
                    "line %(line)s is no review; it has four cells, the third empty or one of %(outcomes)s",
                    line=reader.line_num,
                    outcomes=", ".join(filter(None, OUTCOMES)),
                )
                raise BadInput(path, reason)
            reviews[line["row"]] = Review(*cells)
    except csv.Error as error:
        raise BadInput(path, text("it is no CSV (%(error)s)", error=error)) from None
    return reviews


def mark_of(row: Row) -> str:
    """Give a short mark of what a row shows: another value on either side, or another verdict, gives another mark."""
    content = repr((row.read, row.their_value, row.theirs and row.theirs.rank, row.verdict))
    return hashlib.sha256(content.encode()).hexdigest()[:12]


def state_of(row: Row, reviews: dict[str, Review]) -> State:
    """Tell whether a row is new, was reviewed as it is, or has changed since."""
    review = reviews.get(row.id)
    if review is None or review.outcome == "pending":
        return "new"
    return "reviewed" if review.seen in {"", mark_of(row)} else "changed"


def line_of(row: Row) -> str:
    """Give the line for a row that an editor pastes into the file, to write the outcome and a note in."""
    return as_table([(row.id, mark_of(row), "", "")], "")


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
                *(statement_page(row), as_text(row.their_value), theirs.rank if theirs else ""),
                *(_join(theirs.qualifiers) if theirs else "", " | ".join(references), row.verdict),
                *(row.reason["en"], row.reason["lv"], row.action["en"], row.action["lv"], report.states[row.id]),
            )
        )
    return as_table(lines)


def as_text(value: Value | None) -> str:
    """Write a value as text, a time as exact as it is; "" where there is none."""
    if value is None:
        return ""
    if value.kind in {"some", "none"}:
        return f"{value.kind}value".replace("none", "no")
    if value.kind == "time":
        return value.text.partition("T")[0].lstrip("+")[: LENGTHS.get(value.precision or 0, 10)]
    unit = {None: "", "Q712226": " km²"}.get(value.unit, f" ({value.unit})")
    return f"{value.text}{unit}"


def _join(snaks: Iterable[Snak]) -> str:
    return "; ".join(f"{term} {as_text(value)}" for term, value in snaks)


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
    return _template(language).render(
        report=report,
        language=language,
        filters={
            "review": ["open", "new", "changed", "reviewed"],
            "verdict": [verdict for verdict in VERDICTS if any(row.verdict == verdict for row in rows)],
            "town": list(dict.fromkeys(row.town for row in rows if row.town)),
            "property": list(dict.fromkeys(row.property for row in rows)),
        },
        labels={
            "verdict": VERDICTS,
            "property": PROPERTIES,
            "town": {town.slug: {"lv": town.name_lv, "en": town.name_en} for town in report.towns.towns},
        },
        ticks={row.id: number for number, row in enumerate(rows, 1)},
        counts=Counter(row.verdict for row in rows),
        commands={row.id: quickstatement(proposals[row.id], row.quote) for row in rows if row.id in proposals},
        review_header=",".join(REVIEW_COLUMNS),
        reviews={row.id: line_of(row) for row in rows},
        one_way=one_way(around(report.snapshot.ties(), report.snapshot.items)),
        formats=FORMATS,
        in_words=in_words,
        statement_page=statement_page,
        label=lambda item: report.snapshot.label(item, language) or item,
        href=href,
        home=home,
    )


@cache
def _template(language: Language) -> Template:
    environment = Environment(
        autoescape=True,
        extensions=["jinja2.ext.i18n"],
        loader=PackageLoader("twingraph.wikidata"),
        lstrip_blocks=True,
        trim_blocks=True,
        undefined=StrictUndefined,
    )
    words = translations(language)
    environment.install_gettext_callables(words.gettext, words.ngettext, newstyle=True)  # type: ignore[attr-defined]
    return environment.get_template("report.html")


def write_ties(form: str, ties: list[Statement], snapshot: Snapshot, language: Language) -> str:
    """Write the ties that have no way back, as CSV, as JSON with the same names, or as `text` for people."""
    missing, records, lines = one_way(ties), [], []
    for tie in missing:
        one, other = (snapshot.label(item, language) for item in tie.pair())
        cells = (tie.item, one, tie.value.text, other, tie.guid, tie.rank, tie.url())
        records.append(dict(zip(_TIE_COLUMNS, cells, strict=True)))
        one, other = (snapshot.name(item, language) for item in tie.pair())
        sentence = text("%(one)s has a tie with %(other)s, and no way back", one=one, other=other)
        lines += [sentence.in_language(language), f"  {tie.url()}"]
    if form == "json":
        return json.dumps(records, ensure_ascii=False, indent=1) + "\n"
    if form == "csv":
        return as_table([_TIE_COLUMNS, *(record.values() for record in records)])
    pairs = len({tie.pair() for tie in ties if tie.rank != "deprecated"})
    total = text("%(missing)s of %(pairs)s ties have no way back.", missing=len(missing), pairs=pairs)
    return "\n".join([*lines, total.in_language(language)]) + "\n"
