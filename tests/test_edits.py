"""What editors are handed: every line is one that its reader takes, and says no more than the sentence behind it."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rdflib import Literal, URIRef
from rdflib.namespace import PROV, SDO

from importers import Command, read_commands, refused
from twingraph.release.records import LinkedTowns
from twingraph.settings import QUADS
from twingraph.vocab import TG, thing
from twingraph.wikidata.claims import Claims
from twingraph.wikidata.edits import Citation, citation_of, mismatches, propose, quickstatement
from twingraph.wikidata.entities import Entity, Snapshot, Statement, Value
from twingraph.wikidata.report import FORMATS, Report
from twingraph.wikidata.reviews import Review
from twingraph.wikidata.verdicts import Row, Verdict
from wikidata_shape import ENDPOINT, TAKEN, made_up

if TYPE_CHECKING:
    from twingraph.release.build import Release

HOME, TOWN, OTHER = made_up(1), made_up(2), made_up(3)
GUID = f"{HOME}$00000000-0000-4000-8000-00000000000A"
QUOTE = str(thing("quote", "made-up"))
SOURCE = "https://made-up.invalid/page"
CITATION = Citation(SOURCE, "Izdomāta lapa", "lv", "", "2026-11-22")
YEAR, DAY = Value("time", "2002-01-01T00:00:00Z", 9), Value("time", "2002-07-26T00:00:00Z", 11)
PASTED = {
    Verdict.MISSING_ON_WIKIDATA,
    Verdict.MISSING_REVERSE,
    Verdict.UNREFERENCED_ON_WIKIDATA,
    Verdict.OUTDATED_ON_WIKIDATA,
}


def tie(*qualifiers: tuple[str, Value], guid: str = "", target: str = TOWN) -> Statement:
    """Give a made-up tie of the first made-up town."""
    return Statement(HOME, "P190", guid, "normal", Value("item", target), qualifiers)


def row(verdict: Verdict = Verdict.MISSING_ON_WIKIDATA, **others: Any) -> Row:  # noqa: ANN401 - as each field has it
    """Give a row on a made-up tie, which an agreement of 2002 is said to found."""
    made = Row(
        id="made-up/1",
        subject=str(thing("agreement", "made-up-2002")),
        item=HOME,
        property="P190",
        town="made-up",
        printed="Izdomātā pilsēta",
        read=TOWN,
        quote=QUOTE,
        exact="Izdomāts līgums noslēgts 2002. gadā.",
        start=0,
        end=36,
        source=SOURCE,
        theirs=None,
        their_value=None,
        proposed=tie(("P580", YEAR)),
        verdict=verdict,
        reason={"en": "A made-up reason.", "lv": "Izdomāts iemesls."},
        action={"en": "A made-up action.", "lv": "Izdomāta rīcība."},
    )
    return replace(made, **others)


CONFLICT = row(Verdict.CONFLICT, theirs=tie(guid=GUID, target=OTHER), their_value=Value("item", OTHER), proposed=None)
DATE_CONFLICT = row(
    Verdict.CONFLICT,
    id="made-up/2",
    property="P580",
    printed="2002. gadā",
    read="2002",
    theirs=tie(("P580", replace(YEAR, text="1999-01-01T00:00:00Z", calendar="Q1985727")), guid=GUID),
    their_value=replace(YEAR, text="1999-01-01T00:00:00Z", calendar="Q1985727"),
    proposed=None,
)


def commands_of(*rows: Row, citation: Citation = CITATION) -> list[Command]:
    """Read back what is written for some rows."""
    proposals = [proposal for each in rows if (proposal := propose(each, citation)) is not None]
    return read_commands("\n".join(map(quickstatement, proposals)))


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
    area = row(Verdict.CONFLICT, property="P2046", read="130.8", theirs=tie(guid=GUID))
    area = replace(area, their_value=Value("quantity", "131", unit="Q712226"))
    reverse = row(Verdict.MISSING_REVERSE)
    text = mismatches([row(), reverse, CONFLICT, DATE_CONFLICT, figure, area])
    assert refused(text) == []
    assert len(text.splitlines()) == 7


def test_a_conflict_names_the_statement_and_a_gap_names_none() -> None:
    header, gap, conflict, date = csv.reader(io.StringIO(mismatches([row(), CONFLICT, DATE_CONFLICT])))
    assert header[-1] == "type"
    assert gap == [HOME, "", "P190", "", "", f"Izdomātā pilsēta ({TOWN})", SOURCE, "statement"]
    assert conflict[:5] == [HOME, GUID, "P190", OTHER, ""]
    assert date == [HOME, GUID, "P580", "+1999-00-00T00:00:00Z", "Q1985727", "2002", SOURCE, "qualifier"]


@pytest.mark.parametrize(
    "other",
    [
        *(row(verdict) for verdict in Verdict if verdict not in PASTED | {Verdict.CONFLICT}),
        row(Verdict.UNREFERENCED_ON_WIKIDATA),
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
        (0, "Q9900000001234", "item_id"),
        (1, GUID.replace(HOME, TOWN), "another item"),
        (1, "", "required with"),
        (1, GUID[:-1], "no GUID"),
        (2, "190", "property_id"),
        (3, "", "required with"),
        (3, "made up", "parsed"),
        (4, "Q1985727", "for times"),
        (5, "", "required"),
        (5, "a" * 1501, "too long"),
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


def test_the_checker_refuses_another_header() -> None:
    assert refused(mismatches([row()]).replace("item_id", "item", 1))
    assert refused(mismatches([row()]) + "a,b\n")


# QuickStatements


def test_both_engines_of_quickstatements_take_every_line_of_the_real_data(report: Report) -> None:
    lines = list(map(quickstatement, report.proposals.values()))
    commands = read_commands("\n".join(lines))
    assert len(commands) == len(report.proposals) > 40


def test_every_line_quotes_its_sentence_to_the_letter_and_names_it(report: Report) -> None:
    rows = {each.id: each for each in report.rows}
    for name, made in report.proposals.items():
        (command,) = read_commands(quickstatement(made))
        assert dict(command.references)["P1683"] == ("monolingual", f'lv:"{rows[name].exact}"')
        assert dict(command.references)["P854"] == ("string", f'"{rows[name].source}"')
        assert command.summary == rows[name].quote


def test_a_tie_begins_only_with_a_signature_and_as_exactly_as_that(report: Report, towns: LinkedTowns) -> None:
    rows, starts = {each.id: each for each in report.rows}, 0
    for name, made in report.proposals.items():
        for term, (_, time) in read_commands(quickstatement(made))[0].qualifiers:
            signed = towns.merged.value(URIRef(rows[name].subject), TG.signed)
            known = {4: f"+{signed}-00-00T00:00:00Z/9", 10: f"+{signed}T00:00:00Z/11"}
            assert term != "P580" or time == known[len(str(signed))]
            starts += term == "P580"
    assert starts > 15


def test_the_start_of_cooperation_without_a_signature_is_never_proposed(report: Report) -> None:
    for made in report.proposals.values():
        if "Q761" in {made.statement.item, made.statement.value.text} and made.statement.property == "P190":
            assert made.statement.qualifiers == ()
    since = row(subject=str(thing("twinning", "made-up")))
    assert propose(since, CITATION) is None
    assert propose(replace(since, proposed=tie()), CITATION) is not None


@pytest.mark.parametrize(("value", "written"), [(YEAR, "+2002-00-00T00:00:00Z/9"), (DAY, "+2002-07-26T00:00:00Z/11")])
def test_a_year_stays_a_year_and_a_day_a_day(value: Value, written: str) -> None:
    (command,) = commands_of(row(proposed=tie(("P580", value))))
    assert command.qualifiers == (("P580", ("time", written)),)


def test_a_month_stays_a_month() -> None:
    (command,) = commands_of(row(proposed=tie(("P580", replace(DAY, precision=10)))))
    assert command.qualifiers == (("P580", ("time", "+2002-07-00T00:00:00Z/10")),)


def test_figures_have_their_unit_and_their_year() -> None:
    area = Statement(TOWN, "P2046", "", "normal", Value("quantity", "130.8", unit="Q712226"))
    people = Statement(TOWN, "P1082", "", "normal", Value("quantity", "45307"), (("P585", YEAR),))
    first, second, _ = commands_of(row(proposed=area), row(proposed=people), row())
    assert (first.value, first.qualifiers) == (("quantity", "130.8U712226"), ())
    assert (second.value, second.qualifiers[0][0]) == (("quantity", "45307"), "P585")


@pytest.mark.parametrize("verdict", [verdict for verdict in Verdict if verdict not in PASTED])
def test_nothing_is_proposed_on_any_verdict_that_calls_for_thought(verdict: Verdict) -> None:
    assert propose(row(verdict), CITATION) is None


@pytest.mark.parametrize("verdict", sorted(PASTED))
def test_something_is_proposed_where_something_is_missing(verdict: Verdict) -> None:
    assert len(commands_of(row(verdict))) == 1


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
    assert propose(row(proposed=stated), CITATION) is None


def test_nothing_is_proposed_without_a_page_that_says_it() -> None:
    assert propose(row(), None) is None


def test_nothing_is_deleted_and_no_rank_is_given(report: Report) -> None:
    made = propose(row(proposed=replace(tie(), rank="deprecated")), CITATION)
    assert made is not None
    lines = [*map(quickstatement, report.proposals.values()), quickstatement(made)]
    assert all(re.match(r"Q\d+\tP\d+\t", line) for line in lines)
    assert not any(re.search(r"\tR(?:[-0+]|[a-z]+)(?:\t|$)|REMOVE|MERGE|CREATE", line) for line in lines)


def test_a_page_that_an_archive_keeps_is_cited_there_too() -> None:
    archived = f"https://web.archive.org/web/20171120101112/{SOURCE}"
    (command,) = commands_of(row(), citation=replace(CITATION, archived=archived))
    assert [term for term, _ in command.references] == ["P854", "P1065", "P2960", "P1476", "P407", "P813", "P1683"]
    assert dict(command.references)["P2960"] == ("time", "+2017-11-20T00:00:00Z/11")
    assert dict(command.references)["P813"] == ("time", "+2026-11-22T00:00:00Z/11")


def test_what_is_not_recorded_of_a_page_is_not_made_up() -> None:
    (command,) = commands_of(row(exact=""), citation=Citation(SOURCE, "", "xx", "", ""))
    assert [term for term, _ in command.references] == ["P854"]


def test_the_page_is_cited_as_its_description_has_it(towns: LinkedTowns, release: Release) -> None:
    quote = thing("quote", "jelgava-lv-2017-alcamo-agreement")
    url = "https://www.jelgava.lv/lv/pilseta/pilseta/sadraudzibas-pilsetas/"
    assert citation_of(towns, str(quote)) == Citation(url, "Sadraudzības pilsētas", "lv", "", "")
    retrieved = LinkedTowns()
    retrieved.parse(release.folder / QUADS, format="nquads")
    source = retrieved.merged.value(quote, PROV.wasQuotedFrom)
    retrieved.merged.add((source, PROV.generatedAtTime, Literal("2026-11-22T10:00:00Z")))
    retrieved.merged.add((source, SDO.archivedAt, URIRef("https://web.archive.org/web/20260101000000/made-up")))
    known = citation_of(retrieved, str(quote))
    assert (known.retrieved, known.archived[-7:]) == ("2026-11-22", "made-up")


@pytest.mark.parametrize("exact", ["Izdomāts | teksts", "„Izdomāts” teksts", '"Izdomāts"', "a /* b", "a\nb", "a" * 401])
def test_a_sentence_that_would_not_arrive_to_the_letter_is_left_out_of_the_reference(exact: str) -> None:
    (command,) = commands_of(row(exact=exact))
    assert [term for term, _ in command.references] == ["P854", "P1476", "P407", "P813"]


def test_an_address_that_would_end_the_line_is_escaped() -> None:
    (command,) = commands_of(row(), citation=replace(CITATION, url=f'{SOURCE}?a=1|2"3'))
    assert dict(command.references)["P854"] == ("string", f'"{SOURCE}?a=1%7C2%223"')


@settings(max_examples=300, deadline=None)
@given(exact=st.text(max_size=30), title=st.text(max_size=30), path=st.text(max_size=30))
def test_whatever_a_page_says_a_line_stays_one_command_and_a_quotation_the_same(
    exact: str, title: str, path: str
) -> None:
    (command,) = commands_of(row(exact=exact), citation=replace(CITATION, title=title, url=SOURCE + path))
    told = dict(command.references)
    assert (command.item, command.property, command.value) == (HOME, "P190", ("item", TOWN))
    assert told.get("P1683", exact) in {exact, ("monolingual", f'lv:"{exact}"')}
    assert told.get("P1476", title) in {title, ("monolingual", f'lv:"{title}"')}


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
