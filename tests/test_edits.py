"""What editors are handed: every line is one that its reader takes, and says no more than the sentence behind it."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rdflib import Graph, Literal, URIRef
from rdflib.namespace import PROV, SDO

from importers import Command, read_commands, refused
from made_up_rows import CONFLICT, DATE_CONFLICT, DAY, EXACT, GUID, HOME, QUOTE, SOURCE, TOWN, YEAR, row, tie
from twingraph.vocab import OA, TG, thing
from twingraph.wikidata.claims import Claims
from twingraph.wikidata.crosscheck import VERDICTS, Row
from twingraph.wikidata.entities import Entity, Snapshot, Statement, Value
from twingraph.wikidata.report import (
    FORMATS,
    Report,
    Review,
    mismatches,
    propose,
    quickstatement,
    reference_of,
)
from wikidata_shape import ENDPOINT, TAKEN

if TYPE_CHECKING:
    from twingraph.release.records import LinkedTowns

PASTED = {"missing_on_wikidata", "missing_reverse", "unreferenced_on_wikidata", "outdated_on_wikidata"}


def cited(**others: str) -> tuple[tuple[str, Value], ...]:
    """Cite a made-up page; others: what is known of it otherwise, "" for what is not."""
    known = {"url": SOURCE, "name": "Izdomāta lapa", "inLanguage": "lv", "retrieved": "2026-11-22T10:00:00Z"}
    known |= {"exact": EXACT} | others
    terms = {"exact": OA.exact, "retrieved": PROV.generatedAtTime, "url": SDO.url, "name": SDO.name}
    terms |= {"inLanguage": SDO.inLanguage, "archivedAt": SDO.archivedAt}
    graph, source = Graph(), thing("source", "made-up")
    graph.add((URIRef(QUOTE), PROV.wasQuotedFrom, source))
    for name, value in known.items():
        if value:
            graph.add((URIRef(QUOTE) if name == "exact" else source, terms[name], Literal(value)))
    return tuple(reference_of(graph, QUOTE))


REFERENCE = cited()


def command_of(stated: Row, reference: tuple[tuple[str, Value], ...] = REFERENCE) -> Command:
    """Read back what is written for a row."""
    proposal = propose(stated, reference)
    assert proposal is not None
    (command,) = read_commands(quickstatement(proposal, stated.quote))
    return command


@pytest.fixture(scope="module")
def empty(towns: LinkedTowns) -> Snapshot:
    """A snapshot of our towns of a made-up endpoint that says nothing of them."""
    items = tuple(Claims(towns).items)
    return Snapshot(ENDPOINT, TAKEN, items=items, entities={item: Entity(item) for item in items})


@pytest.fixture(scope="module")
def report(towns: LinkedTowns, empty: Snapshot) -> Report:
    """All that could be proposed if Wikidata had nothing."""
    return Report.compare(towns, empty)


# Mismatch Finder


def test_mismatch_finder_takes_every_line_of_the_real_data(report: Report) -> None:
    text = FORMATS["mismatches.csv"](report)
    assert refused(text) == []
    assert text.count("\n") > 50


def test_mismatch_finder_takes_every_kind_of_row_that_it_is_handed() -> None:
    figure = row(property="P1082", read="45307", proposed=None)
    area = row("conflict", property="P2046", read="130.8", theirs=tie(guid=GUID))
    area = replace(area, their_value=Value("quantity", "131", unit="Q712226"))
    text = mismatches([row(), row("missing_reverse"), CONFLICT, DATE_CONFLICT, figure, area])
    assert refused(text) == []
    assert len(text.splitlines()) == 7


def test_a_conflict_names_the_statement_and_a_gap_names_none() -> None:
    header, gap, conflict, date = csv.reader(io.StringIO(mismatches([row(), CONFLICT, DATE_CONFLICT])))
    assert header[-1] == "type"
    assert gap == [HOME, "", "P190", "", "", f"Izdomātā pilsēta ({TOWN})", SOURCE, "statement"]
    assert conflict[:5] == [HOME, GUID, "P190", "Q9900000003", ""]
    assert date == [HOME, GUID, "P580", "+1999-00-00T00:00:00Z", "Q1985727", "2002", SOURCE, "qualifier"]


@pytest.mark.parametrize(
    "other",
    [
        *(row(verdict) for verdict in VERDICTS if verdict not in PASTED | {"conflict"}),
        row("unreferenced_on_wikidata"),
        row(property="P856", read="http://made-up.invalid/"),
        row(property="P580", read="2002"),
        row(item=""),
        row(source=""),
        row(printed="Izdomāts " * 200),
        replace(CONFLICT, their_value=Value("some")),
        replace(CONFLICT, their_value=None),
    ],
)
def test_what_a_reviewer_could_not_decide_is_not_handed_to_mismatch_finder(other: Row) -> None:
    assert mismatches([other]).count("\n") == 1


def test_what_was_reviewed_is_not_handed_to_other_reviewers(towns: LinkedTowns, empty: Snapshot) -> None:
    reviews = {"made-up/1": Review("made-up/1", "", "external", "")}
    handed = FORMATS["mismatches.csv"](Report((row(), DATE_CONFLICT), empty, towns, reviews))
    assert [line.split(",")[2] for line in handed.splitlines()[1:]] == ["P580"]


@pytest.mark.parametrize(
    ("column", "value", "error"),
    [
        (0, "Q0", "item_id"),
        (1, GUID.replace(HOME, TOWN), "another item"),
        (1, "", "required with"),
        (1, GUID[:-1], "no GUID"),
        (3, "made up", "parsed"),
        (4, "Q1985727", "for times"),
        (5, "", "required"),
        (6, "made up", "URL"),
        (7, "made up", "type"),
    ],
)
def test_the_checker_refuses_what_the_importer_refuses(column: int, value: str, error: str) -> None:
    header, *lines = csv.reader(io.StringIO(mismatches([CONFLICT])))
    lines[0][column] = value
    out = io.StringIO()
    csv.writer(out).writerows([header, *lines])
    assert error in "".join(refused(out.getvalue()))


# QuickStatements


def test_both_engines_of_quickstatements_take_every_line_of_the_real_data(report: Report) -> None:
    lines = [quickstatement(proposal, QUOTE) for proposal in report.proposals.values()]
    assert len(read_commands("\n".join(lines))) == len(lines) > 40
    # Nothing is deleted, and no rank is given.
    assert all(re.match(r"Q\d+\tP\d+\t", line) for line in lines)
    assert not any(re.search(r"\tR(?:[-0+]|[a-z]+)(?:\t|$)|REMOVE|MERGE|CREATE", line) for line in lines)


def test_every_line_quotes_its_sentence_to_the_letter_and_names_it(report: Report) -> None:
    rows = {each.id: each for each in report.rows}
    for name, made in report.proposals.items():
        (command,) = read_commands(quickstatement(made, rows[name].quote))
        assert dict(command.references)["P1683"] == ("monolingual", f'lv:"{rows[name].exact}"')
        assert dict(command.references)["P854"] == ("string", f'"{rows[name].source}"')
        assert command.summary == rows[name].quote


def test_a_tie_begins_only_with_a_signature_and_as_exactly_as_that(report: Report, towns: LinkedTowns) -> None:
    rows, starts = {each.id: each for each in report.rows}, 0
    for name, made in report.proposals.items():
        for term, (_, time) in read_commands(quickstatement(made, QUOTE))[0].qualifiers:
            signed = towns.merged.value(URIRef(rows[name].subject), TG.signed)
            known = {4: f"+{signed}-00-00T00:00:00Z/9", 10: f"+{signed}T00:00:00Z/11"}
            assert term != "P580" or time == known[len(str(signed))]
            starts += term == "P580"
    assert starts > 15


def test_the_start_of_cooperation_without_a_signature_is_never_proposed(report: Report) -> None:
    for made in report.proposals.values():
        if "Q761" in {*made.pair()} and made.property == "P190":
            assert made.qualifiers == ()
    since = row(subject=str(thing("twinning", "made-up")))
    assert propose(since, REFERENCE) is None
    assert propose(replace(since, proposed=tie()), REFERENCE) is not None


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (YEAR, "+2002-00-00T00:00:00Z/9"),
        (replace(DAY, precision=10), "+2002-07-00T00:00:00Z/10"),
        (DAY, "+2002-07-26T00:00:00Z/11"),
    ],
)
def test_a_year_stays_a_year_a_month_a_month_and_a_day_a_day(value: Value, written: str) -> None:
    assert command_of(row(proposed=tie(("P580", value)))).qualifiers == (("P580", ("time", written)),)


def test_figures_have_their_unit_and_their_year() -> None:
    area = Statement(TOWN, "P2046", "", "normal", Value("quantity", "130.8", unit="Q712226"))
    people = Statement(TOWN, "P1082", "", "normal", Value("quantity", "45307"), (("P585", YEAR),))
    first, second = command_of(row(proposed=area)), command_of(row(proposed=people))
    assert (first.value, first.qualifiers) == (("quantity", "130.8U712226"), ())
    assert (second.value, second.qualifiers[0][0]) == (("quantity", "45307"), "P585")


@pytest.mark.parametrize("verdict", VERDICTS)
def test_something_is_proposed_only_where_something_is_missing(verdict: str) -> None:
    assert (propose(row(verdict), REFERENCE) is not None) == (verdict in PASTED)


@pytest.mark.parametrize(
    "stated",
    [
        Statement(TOWN, "P1082", "", "normal", Value("quantity", "45307")),
        Statement(TOWN, "P856", "", "normal", Value("url", "http://made-up.invalid/")),
        Statement(TOWN, "P571", "", "normal", YEAR),
        tie(("P580", replace(YEAR, precision=None))),
        tie(("P580", replace(YEAR, precision=7))),
        None,
    ],
)
def test_an_undated_population_a_web_site_and_a_vague_date_are_not_proposed(stated: Statement | None) -> None:
    assert propose(row(proposed=stated), REFERENCE) is None


def test_nothing_is_proposed_without_a_page_that_says_it() -> None:
    assert propose(row(), ()) is None


def test_a_page_that_an_archive_keeps_is_cited_there_too() -> None:
    archived = f"https://web.archive.org/web/20171120101112/{SOURCE}"
    references = dict(command_of(row(), cited(archivedAt=archived)).references)
    assert list(references) == ["P854", "P1065", "P2960", "P1476", "P407", "P813", "P1683"]
    assert references["P2960"] == ("time", "+2017-11-20T00:00:00Z/11")
    assert references["P813"] == ("time", "+2026-11-22T00:00:00Z/11")


def test_what_is_not_recorded_of_a_page_is_not_made_up() -> None:
    nothing = dict.fromkeys(("name", "inLanguage", "retrieved", "exact"), "")
    assert [term for term, _ in command_of(row(), cited(**nothing)).references] == ["P854"]


@pytest.mark.parametrize("exact", ["Izdomāts | teksts", "„Izdomāts” teksts", '"Izdomāts"', "a /* b", "a\nb", "a" * 401])
def test_a_sentence_that_would_not_arrive_to_the_letter_is_left_out_of_the_reference(exact: str) -> None:
    assert [term for term, _ in command_of(row(), cited(exact=exact)).references] == ["P854", "P1476", "P407", "P813"]


def test_an_address_that_would_end_the_line_is_escaped() -> None:
    references = dict(command_of(row(), cited(url=f'{SOURCE}?a=1|2"3')).references)
    assert references["P854"] == ("string", f'"{SOURCE}?a=1%7C2%223"')


@settings(max_examples=300, deadline=None)
@given(exact=st.text(max_size=30), title=st.text(max_size=30), path=st.text(max_size=30))
def test_whatever_a_page_says_a_line_stays_one_command_and_a_quotation_the_same(
    exact: str, title: str, path: str
) -> None:
    command = command_of(row(), cited(exact=exact, name=title, url=SOURCE + path))
    references = dict(command.references)
    assert (command.item, command.property, command.value) == (HOME, "P190", ("item", TOWN))
    assert references.get("P1683", exact) in {exact, ("monolingual", f'lv:"{exact}"')}
    assert references.get("P1476", title) in {title, ("monolingual", f'lv:"{title}"')}


@settings(max_examples=300, deadline=None)
@given(printed=st.text(max_size=30), read=st.text(max_size=30))
def test_whatever_a_page_says_mismatch_finder_takes_the_file(printed: str, read: str) -> None:
    rows = [row(printed=printed), replace(DATE_CONFLICT, read=read), CONFLICT]
    assert refused(mismatches(rows)) == []


@pytest.mark.parametrize(
    "line",
    [
        f"{HOME}\tP190",
        f"-{HOME}\tP190\t{TOWN}",
        f"{HOME}\tP190\tmade up",
        f'{HOME}\tP190\t{TOWN}\tS854\t"a"\tP580\t+2002-00-00T00:00:00Z/9',
        f'{HOME}\tP190\t{TOWN}\tS1683\tlv:"a|b"',
        f"{HOME}\tP190\t{TOWN}\tRpreferred",
    ],
)
def test_the_checker_refuses_commands_that_are_none(line: str) -> None:
    with pytest.raises((ValueError, IndexError)):
        read_commands(line)
