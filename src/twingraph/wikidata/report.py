"""Reports of a cross-check: its rows as a page for editors, as a table and as JSON, and what Mismatch Finder takes."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
import tomllib
from collections import Counter
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Self
from urllib.parse import quote as percent_encode

from rdflib import URIRef
from rdflib.namespace import PROV, SDO

from twingraph.curation.derive import source_of
from twingraph.curation.graph import read_text, text_of
from twingraph.errors import BadInput
from twingraph.release.records import LinkedTowns
from twingraph.release.tables import to_csv
from twingraph.vocab import OA
from twingraph.wikidata.crosscheck import ACTIONS, CASES, PROPERTIES, VERDICTS, Row, crosscheck, host_of
from twingraph.wikidata.entities import Reference, Snapshot, Statement, Value, around, one_way
from twingraph.words import LANGUAGES, Language, Text, render, text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from rdflib import Graph

    from twingraph.wikidata.entities import Snak

COLUMNS = (
    *("id", "subject", "town", "item", "property", "printed", "read", "quote", "sentence", "start", "end", "source"),
    *("statement", "value", "rank", "qualifiers", "references", "verdict", "reason_en", "reason_lv"),
    *("action_en", "action_lv", "review"),
)
OUTCOMES = ("", "pending", "wikidata", "missing", "external", "both", "none")
"""What a review can come to, in Mismatch Finder's words: who is wrong, or `missing` on Wikidata and right here;
`pending` where the row is to be shown on as new, "" where nobody wrote anything down."""
_TIE_COLUMNS = ("source", "source_label", "target", "target_label", "statement", "rank", "url")
_MONTH, _DAY = 10, 11
"""The precisions of times, as Wikidata counts them."""
_LANGUAGES = {"lv": "Q9078", "en": "Q1860"}
"""The items of the languages that sources are in, so far as there are any."""
# Of a web archive's address, the time at which it kept the page.
_ARCHIVED = re.compile(r"/web/(\d{4})(\d\d)(\d\d)\d{6}")
_LONGEST, _MISMATCH_LONGEST = 400, 1500
"""Characters that a text with a language may have on Wikidata, and any value in Mismatch Finder."""
# What such a text can not hold, or QuickStatements would read as something else than it is.
_UNQUOTABLE = re.compile(r'["“”|\t\n\v\f\r\x85\u2028\u2029]|/\*|\*/|^\s|\s$')
_MISMATCH_COLUMNS = (
    *("item_id", "statement_guid", "property_id", "wikidata_value", "meta_wikidata_value"),
    *("external_value", "external_url", "type"),
)


class Review(NamedTuple):
    """What an editor decided of a row: the mark of what it showed then (see `mark_of`), one of `OUTCOMES`, a note."""

    row: str
    seen: str
    outcome: str
    note: str


class Look(NamedTuple):
    """A look at the page of a quote: on which day, at which address, and whether the quote stood there."""

    day: str
    url: str
    stands: bool


@dataclass(frozen=True, eq=False)
class Report:
    """The rows of a cross-check, what Wikidata and what we say, and what an editor decided of rows, by their ids.

    looks: how quotes were found when their pages were last fetched again, by their IRIs.
    """

    rows: tuple[Row, ...]
    snapshot: Snapshot
    towns: LinkedTowns
    reviews: dict[str, Review] = field(default_factory=dict)
    looks: dict[str, Look] = field(default_factory=dict)

    @classmethod
    def compare(
        cls, towns: LinkedTowns, snapshot: Snapshot, reviews: Path | None = None, checked: Path | None = None
    ) -> Self:
        """Compare a release with a snapshot, and propose nothing by a sentence that stands on its page no longer.

        reviews, checked: the files of reviews, and of what `check-source` said. Raises BadInput where one can not be
        used.
        """
        found, rows = read_looks(checked) if checked else {}, crosscheck(towns, snapshot)
        # A copy of the page somewhere else, as in an archive, tells nothing of the page itself.
        pages = {row.quote: host_of(row.source) for row in rows}
        looks = {quote: look for quote, look in found.items() if pages.get(quote) == host_of(look.url)}
        for at, row in enumerate(rows):
            if (look := looks.get(row.quote)) and not look.stands:
                gone = {each: words.format(day=look.day) for each, words in ACTIONS["gone"].items()}
                rows[at] = replace(row, proposed=None, action=gone)
        return cls(tuple(rows), snapshot, towns, read_reviews(reviews) if reviews else {}, looks)

    @cached_property
    def proposals(self) -> dict[str, Statement]:
        """What may be added to Wikidata, with the page that says it as its reference, by the row that says why."""
        proposed = ((row, row.proposed) for row in self.rows if row.proposed and row.quote)
        cited = (
            (*each, reference_of(self.towns.merged, each[0].quote, self.looks.get(each[0].quote))) for each in proposed
        )
        return {row.id: replace(stated, references=(reference,)) for row, stated, reference in cited}

    @cached_property
    def states(self) -> dict[str, str]:
        """Whether each row is `new`, was `reviewed` as it is, or has `changed` since."""
        states = {}
        for row in self.rows:
            review = self.reviews.get(row.id, Review(row.id, "", "pending", ""))
            known = "reviewed" if review.seen in {"", mark_of(row)} else "changed"
            states[row.id] = "new" if review.outcome == "pending" else known
        return states

    def for_others(self) -> list[Row]:
        """Give the rows that other reviewers may be handed: what was not reviewed, with a sentence that stands."""
        looks = ((row, self.looks.get(row.quote)) for row in self.rows if self.states[row.id] != "reviewed")
        return [row for row, look in looks if look is None or look.stands]


def read_looks(path: Path) -> dict[str, Look]:
    """Read what `check-source` wrote as JSON, for each quote; raises BadInput where it is not that."""
    looks = dict[str, Look]()
    try:
        for record in (each for each in json.loads(read_text(path)) if not each.get("error")):
            day, url = date.fromisoformat(record["checked"]).isoformat(), record["found_at"]
            moved, gone = ({each["quote"] for each in record[name]} for name in ("moved", "gone"))
            looks |= {name: Look(day, url, name not in gone) for name in (*record["standing"], *moved, *gone)}
    except (ValueError, LookupError, TypeError, AttributeError):
        raise BadInput(path, text("it is not what `twingraph check-source --format json` writes")) from None
    return looks


def read_reviews(path: Path) -> dict[str, Review]:
    """Read the reviews of a CSV file by row, the last one of each; raises BadInput with the line that is wrong."""
    reader = csv.reader(io.StringIO(read_text(path).removeprefix("\ufeff"), newline=""))
    reviews = {}
    try:
        if tuple(next(reader, ())) != Review._fields:
            raise BadInput(path, text("its first line must be %(columns)s", columns=",".join(Review._fields)))
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
    if not row.item:
        return ""
    return row.theirs.url() if row.theirs else f"https://www.wikidata.org/wiki/{row.item}#{row.property}"


def as_csv(report: Report) -> str:
    """Write the rows by RFC 4180."""

    def join(snaks: Iterable[Snak]) -> str:
        return "; ".join(f"{term} {value}" for term, value in snaks)

    lines: list[tuple[object, ...]] = [COLUMNS]
    for row in report.rows:
        theirs, there = row.theirs, ("", "", "")
        if theirs:
            references = [join(each.properties) for each in theirs.references]
            there = theirs.rank, join(theirs.qualifiers), " | ".join(references)
        ours = row.id, row.subject, row.town, row.item, row.property, row.printed, row.read, row.quote, row.exact
        sentences = row.reason["en"], row.reason["lv"], row.action["en"], row.action["lv"]
        place = row.start, row.end, row.source, statement_page(row), row.their_value
        lines.append((*ours, *place, *there, row.verdict, *sentences, report.states[row.id]))
    return to_csv(lines)


def as_json(report: Report) -> str:
    """Write of what the snapshot was made and when, and the rows with the statements whole."""
    names = ("endpoint", "taken", "dump_date", "asked", "allowed_qualifiers", "symmetric")
    rows = []
    for row in report.rows:
        revision = report.snapshot.revisions.get(row.theirs.item) if row.theirs else None
        more = {"statement": statement_page(row), "revision": revision, "review": report.states[row.id]}
        rows.append(asdict(row) | more)
    whole = {"snapshot": {name: getattr(report.snapshot, name) for name in names}, "rows": rows}
    return json.dumps(whole, ensure_ascii=False, indent=1) + "\n"


def reference_of(graph: Graph, quote: str, look: Look | None = None) -> Reference:
    """Cite the source of a quote or evidence (Help:Sources), with what is recorded and can be given to the letter.

    look: the last at its page.
    """
    source = source_of(graph, URIRef(quote)) or URIRef(quote)
    terms = (SDO.url, SDO.inLanguage, SDO.archivedAt, PROV.generatedAtTime)
    url, language, archive, retrieved = (text_of(graph, source, term) for term in terms)
    url, retrieved = (look.url, look.day) if look else (url, retrieved)
    exact = text_of(graph, URIRef(quote), OA.exact)
    is_quotable = len(exact) <= _LONGEST and not _UNQUOTABLE.search(exact)
    archived = _ARCHIVED.search(archive)
    known = [
        ("P854", Value("url", url)),
        ("P1065", Value("url", archive)),
        ("P2960", _day("-".join(archived.groups()) if archived else "")),
        ("P407", Value("item", _LANGUAGES.get(language, ""))),
        ("P813", _day(retrieved[:10])),
        ("P1683", Value("monolingual", exact if is_quotable else "", language=language)),
    ]
    return Reference(tuple(snak for snak in known if snak[1].text))


def _day(day: str) -> Value:
    return Value("time", f"{day}T00:00:00Z" if day else "", _DAY)


def quickstatement(proposal: Statement, quote: str) -> str:
    """Write a command of QuickStatements, version 1 (Help:QuickStatements), with the IRI of its quote as summary.

    Where the reference says neither when the page was read nor when it was archived, the summary says that.
    """
    snaks = [(proposal.property, proposal.value), *proposal.qualifiers]
    snaks += [(f"S{term[1:]}", value) for reference in proposal.references for term, value in reference.properties]
    cells = [part for term, value in snaks for part in (term, _quick_value(value))]
    is_dated = any(term in {"P813", "P2960"} for each in proposal.references for term, _ in each.properties)
    undated = "" if is_dated else "; on which day the page said so is not recorded"
    # No space before the summary: one of the two engines takes it for a part of the last value.
    return "\t".join([proposal.item, *cells]) + f"/* {quote}{undated} */"


def _quick_value(value: Value) -> str:
    if value.kind == "item":
        return value.text
    if value.kind == "time":
        return f"+{_time(value)}/{value.precision}"
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
    """Write conflicts and what Wikidata lacks, by the guide of Mismatch Finder, without what that would not take."""
    lines: list[tuple[str, ...]] = [_MISMATCH_COLUMNS]
    for row in rows:
        # For a person: a town by its name on the page. Figures of other towns are told at second hand, and addresses of
        # web sites differ without meaning anything.
        ours = {"P190": f"{row.printed} ({row.read})", "P580": row.read}.get(row.property, "")
        # On one line, and not blank: the importer reads line by line, and refuses what is empty once it is trimmed.
        ours, is_qualifier, theirs = " ".join(ours.split()), row.property == "P580", row.their_value
        if not (row.item and row.source and 0 < len(ours) <= _MISMATCH_LONGEST):
            continue
        last = ours, row.source, "qualifier" if is_qualifier else "statement"
        if row.verdict in {"missing_on_wikidata", "missing_reverse"} and not is_qualifier:
            lines.append((row.item, "", row.property, "", "", *last))
        elif row.verdict == "conflict" and row.theirs and theirs and theirs.text:
            value, calendar = (f"+{_time(theirs)}", theirs.calendar) if theirs.kind == "time" else (theirs.text, "")
            lines.append((row.theirs.item, row.theirs.guid, row.property, value, calendar or "", *last))
    return to_csv(lines, "\n")


FORMATS: dict[str, Callable[[Report], str]] = {
    "csv": as_csv,
    "json": as_json,
    "mismatches.csv": lambda report: mismatches(report.for_others()),
}
"""The files of a report by ending."""


def files(report: Report, language: Language) -> Iterator[tuple[str, bytes]]:
    """Give the name and content of each file of a report: the page first, then the formats that it links to."""
    yield "crosscheck.html", page(report, language).encode()
    for ending, write in FORMATS.items():
        yield f"crosscheck.{ending}", write(report).encode()


def page(report: Report, language: Language) -> str:
    """Write the report as a page that stands alone."""
    return render("twingraph.wikidata", "report.html", language, **parts(report, language))


def parts(report: Report, language: Language, href: Callable[[str], str] = str) -> dict[str, str]:
    """Write what a page consists of: the `style` of the table, and the `rows` with all that belongs to them.

    href: gives the address of a thing of ours.
    """
    rows, proposals, merged = report.rows, report.proposals, report.towns.merged
    towns = {town.slug: {"lv": town.name_lv, "en": town.name_en} for town in report.towns.towns}
    values = {
        "report": report,
        "labels": {"verdict": VERDICTS, "property": PROPERTIES, "town": towns},
        "filters": {
            "review": ["open", "new", "changed", "reviewed"],
            "verdict": [each for each in VERDICTS if any(row.verdict == each for row in rows)],
            "town": [*dict.fromkeys(row.town for row in rows if row.town)],
            "property": [*dict.fromkeys(row.property for row in rows)],
        },
        "ticks": {row.id: number for number, row in enumerate(rows, 1)},
        "languages": {str(url): text_of(merged, page, SDO.inLanguage) for page, url in merged.subject_objects(SDO.url)},
        "counts": Counter(row.verdict for row in rows),
        "commands": {row.id: quickstatement(proposals[row.id], row.quote) for row in rows if row.id in proposals},
        "review_header": ",".join(Review._fields),
        # To be pasted into the file of reviews, with the outcome and a note.
        "reviews": {row.id: to_csv([(row.id, mark_of(row), "", "")], "") for row in rows},
        "one_way": one_way(around(report.snapshot.ties(), report.snapshot.items)),
        "formats": FORMATS,
        "statement_page": statement_page,
        "href": href,
    }
    return {part: render("twingraph.wikidata", f"{part}.html", language, **values) for part in ("style", "rows")}


def example() -> Report:
    """Give made-up rows, which show what a report is like where there is no snapshot."""
    rows = list[Row]()
    for at, each in enumerate(tomllib.loads(Path(__file__).with_name("example.toml").read_text("utf-8"))["row"]):
        case, value = CASES[each["case"]], Value("text", each["theirs"])
        stated = Statement("", each["property"], "", "normal", value) if value.text else None
        ours = (f"made-up/{at}", "", "", each["property"], "", each["printed"], each["read"], "", each["exact"])
        theirs = (stated, value, None, case["verdict"])
        reason = {of: case[of].format(ours=each["ours"][of], theirs=each["words"][of]) for of in LANGUAGES}
        rows.append(Row(*ours, None, None, "", *theirs, reason, ACTIONS[case["action"]]))
    return Report(tuple(rows), Snapshot("", ""), LinkedTowns())


def write_ties(form: str, ties: list[Statement], snapshot: Snapshot, language: Language) -> str:
    """Write the ties that have no way back, as CSV, as JSON with the same names, or as `text` for people."""
    missing, rows, lines = one_way(ties), list[tuple[str, ...]](), list[Text | str]()
    for tie in missing:
        one, other = tie.pair()
        labels = snapshot.label(one, language), snapshot.label(other, language)
        rows.append((one, labels[0], other, labels[1], tie.guid, tie.rank, tie.url()))
        names = {"one": snapshot.name(one, language), "other": snapshot.name(other, language)}
        lines += [text("%(one)s is twinned with %(other)s, but not the other way round", **names), f"  {tie.url()}"]
    if form == "json":
        records = [dict(zip(_TIE_COLUMNS, cells, strict=True)) for cells in rows]
        return json.dumps(records, ensure_ascii=False, indent=1) + "\n"
    if form == "csv":
        return to_csv([_TIE_COLUMNS, *rows])
    pairs = len({tie.pair() for tie in ties if tie.rank != "deprecated"})
    lines.append(text("%(missing)s of %(pairs)s twinnings are stated one way only.", missing=len(missing), pairs=pairs))
    return "".join(f"{line if isinstance(line, str) else line.in_language(language)}\n" for line in lines)
