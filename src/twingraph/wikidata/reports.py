"""Reports of a cross-check: its rows as tables and as linked data, each with its sentence and its statement."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import asdict, dataclass
from functools import cached_property
from itertools import chain
from typing import TYPE_CHECKING, Self
from urllib.parse import quote as quoted

from rdflib import Graph, Literal, URIRef
from rdflib.namespace import DCTERMS, PROV, RDF, RDFS, XSD

from twingraph import __version__
from twingraph.vocab import CROSSCHECK, EARL, WD, WDS, part
from twingraph.wikidata.crosscheck import crosscheck
from twingraph.wikidata.mismatches import mismatches
from twingraph.wikidata.proposals import citation_of, proposal
from twingraph.wikidata.reviews import read_reviews, state_of
from twingraph.wikidata.verdicts import Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from twingraph.curation.graph import Triple
    from twingraph.release.records import LinkedTowns
    from twingraph.wikidata.entities import Snapshot, Statement, Value
    from twingraph.wikidata.proposals import Proposal, Snak
    from twingraph.wikidata.reviews import Review, State
    from twingraph.wikidata.verdicts import Row

COLUMNS = (
    *("id", "subject", "town", "item", "property", "printed", "read", "quote", "sentence", "start", "end", "source"),
    *("statement", "value", "rank", "qualifiers", "references", "verdict", "reason_en", "reason_lv"),
    *("action_en", "action_lv", "review"),
)
_OUTCOMES = {
    **dict.fromkeys((Verdict.AGREE, Verdict.AGREE_LOWER_PRECISION, Verdict.AGREE_AFTER_NORMALISATION), "passed"),
    Verdict.AMBIGUOUS_ENTITY: "cantTell",
    Verdict.NOT_COMPARABLE: "inapplicable",
}
"""The outcome that EARL has for a verdict; any other is `failed`: there is something to do."""
_YEAR, _MONTH = 9, 10


@dataclass(frozen=True, eq=False)
class Report:
    """The rows of a cross-check, what they were held against, and what an editor has decided of them.

    snapshot: what Wikidata said; towns: what we say; reviews: by row (see `reviews`).
    """

    rows: tuple[Row, ...]
    snapshot: Snapshot
    towns: LinkedTowns
    reviews: dict[str, Review]

    @classmethod
    def made(cls, towns: LinkedTowns, snapshot: Snapshot, reviews: Path | None = None) -> Self:
        """Compare a release with a snapshot; reviews: the file of them. Raises BadInput where that can not be used."""
        known = read_reviews(reviews) if reviews else {}
        return cls(tuple(crosscheck(towns, snapshot)), snapshot, towns, known)

    @cached_property
    def proposals(self) -> dict[str, Proposal]:
        """What may be added to Wikidata, by the row that says why."""
        quotes = {row.quote for row in self.rows if row.quote}
        citations = {quote: citation_of(self.towns, quote) for quote in quotes}
        found = {row.id: proposal(row, citations.get(row.quote)) for row in self.rows}
        return {row: made for row, made in found.items() if made is not None}

    @cached_property
    def states(self) -> dict[str, State]:
        """Whether each row is new, was reviewed, or has changed since."""
        return {row.id: state_of(row, self.reviews) for row in self.rows}


def statement_page(row: Row) -> str:
    """Give the address at which Wikidata shows the statement of a row; without one, where it would stand."""
    item, anchor = (row.theirs.item, row.theirs.guid) if row.theirs else (row.item, row.property)
    return f"https://www.wikidata.org/wiki/{item}#{anchor}" if item else ""


def shown(value: Value | None) -> str:
    """Write a value for reading, a time as exact as it is; "" where there is none."""
    if value is None or value.kind in {"some", "none"}:
        return "" if value is None else {"some": "somevalue", "none": "novalue"}[value.kind]
    if value.kind == "time":
        return value.text.partition("T")[0].lstrip("+")[: {_YEAR: 4, _MONTH: 7}.get(value.precision or 0)]
    unit = {None: "", "Q712226": " km²"}.get(value.unit, f" ({value.unit})")
    return f"{value.text}{unit}"


def as_csv(report: Report) -> str:
    """Write the rows by RFC 4180."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    writer.writerows(_cells(report, row) for row in report.rows)
    return out.getvalue()


def _cells(report: Report, row: Row) -> Iterator[object]:
    yield from (row.id, row.subject, row.town, row.item, row.property, row.printed, row.read)
    yield from (row.quote, row.exact, row.start, row.end, row.source)
    yield from (statement_page(row), shown(row.their_value), *_theirs(row.theirs), row.verdict)
    yield from (row.reason["en"], row.reason["lv"], row.action["en"], row.action["lv"], report.states[row.id])


def _theirs(statement: Statement | None) -> tuple[str, str, str]:
    """Give rank, qualifiers and references in a cell each."""
    if statement is None:
        return "", "", ""
    references = (_listed(reference.properties) for reference in statement.references)
    return statement.rank, _listed(statement.qualifiers), " | ".join(references)


def _listed(snaks: Iterable[Snak]) -> str:
    return "; ".join(f"{term} {shown(value)}" for term, value in snaks)


def as_json(report: Report) -> str:
    """Write what was asked and when, and the rows with the statements whole."""
    snapshot = report.snapshot
    told = {
        "endpoint": snapshot.endpoint,
        "taken": snapshot.taken,
        "dump_date": snapshot.dump_date,
        "allowed_qualifiers": snapshot.allowed_qualifiers,
        "symmetric": snapshot.symmetric,
    }
    whole = {"snapshot": told, "rows": [_record(report, row) for row in report.rows]}
    return json.dumps(whole, ensure_ascii=False, indent=1) + "\n"


def _record(report: Report, row: Row) -> dict[str, object]:
    found = report.snapshot.entities.get(row.theirs.item) if row.theirs else None
    more = {"statement": statement_page(row), "revision": found and found.revision, "review": report.states[row.id]}
    return asdict(row) | more


def as_turtle(report: Report) -> str:
    """Write the rows as assertions by EARL 1.0 (W3C, 2017): what the program found on a thing of ours, and of what."""
    graph = Graph()
    for prefix, namespace in (("earl", EARL), ("dct", DCTERMS), ("prov", PROV), ("tgx", f"{CROSSCHECK}#")):
        graph.bind(prefix, namespace)
    for triple in chain(_assertor(report.snapshot), *map(_assertion, report.rows)):
        graph.add(triple)
    return graph.serialize(format="turtle")


def _assertor(snapshot: Snapshot) -> Iterator[Triple]:
    """Say who asserts, and on what was known of Wikidata."""
    program, held = part(CROSSCHECK, "program"), part(CROSSCHECK, "snapshot")
    yield program, RDF.type, EARL.Software
    yield program, DCTERMS.title, Literal("twingraph", lang="en")
    yield program, DCTERMS.hasVersion, Literal(__version__)
    yield program, PROV.used, held
    yield held, RDF.type, PROV.Entity
    yield held, DCTERMS.source, URIRef(snapshot.endpoint)
    yield held, PROV.generatedAtTime, Literal(snapshot.taken, datatype=XSD.dateTime)


def _assertion(row: Row) -> Iterator[Triple]:
    name = quoted(row.id, safe="/$")
    assertion, result, test = (part(CROSSCHECK, *names) for names in ((name,), (name, "result"), (row.property,)))
    yield assertion, RDF.type, EARL.Assertion
    yield assertion, EARL.assertedBy, part(CROSSCHECK, "program")
    yield assertion, EARL.mode, EARL.automatic
    yield assertion, EARL.subject, URIRef(row.subject or WD[row.item])
    yield assertion, EARL.test, test
    yield assertion, EARL.result, result
    yield test, RDF.type, EARL.TestCriterion
    yield test, RDFS.seeAlso, WD[row.property]
    yield from ((assertion, PROV.wasDerivedFrom, source) for source in _grounds(row))
    yield from _result(row, result)


def _grounds(row: Row) -> Iterator[URIRef]:
    """Give the sentence that we go by, and the statement of Wikidata's."""
    if row.quote:
        yield URIRef(row.quote)
    if row.theirs:
        yield WDS[row.theirs.guid.replace("$", "-")]


def _result(row: Row, result: URIRef) -> Iterator[Triple]:
    verdict = part(CROSSCHECK, "verdict", row.verdict)
    yield result, RDF.type, EARL.TestResult
    yield result, EARL.outcome, EARL[_OUTCOMES.get(row.verdict, "failed")]
    yield result, DCTERMS.type, verdict
    yield verdict, RDFS.label, Literal(row.verdict.replace("_", " "), lang="en")
    for language in ("en", "lv"):
        yield result, DCTERMS.description, Literal(row.reason[language], lang=language)
        yield result, EARL.info, Literal(row.action[language], lang=language)


FORMATS: dict[str, Callable[[Report], str]] = {
    "csv": as_csv,
    "json": as_json,
    "ttl": as_turtle,
    "mismatches.csv": lambda report: mismatches(row for row in report.rows if report.states[row.id] != "reviewed"),
}
"""The files of a report by ending; what an editor has reviewed is not handed to other reviewers."""
