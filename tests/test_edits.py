"""What editors are handed: every line is one that its reader takes, and says no more than the sentence behind it."""

import csv
import io
import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rdflib import Graph, Literal, URIRef
from rdflib.namespace import PROV, SDO

from importers import Command, read_commands, refused
from twingraph.errors import BadInput
from twingraph.release.records import LinkedTowns
from twingraph.vocab import OA, TG, thing
from twingraph.wikidata.claims import Claims
from twingraph.wikidata.crosscheck import VERDICTS, Row
from twingraph.wikidata.entities import Reference, Statement, Value
from twingraph.wikidata.report import FORMATS, Report, Review, mismatches, quickstatement, read_looks, reference_of
from wikidata_shape import CONFLICT, DATE_CONFLICT, DAY, EXACT, GUID, HOME, QUOTE, SOURCE, TOWN, YEAR, Shape, row, tie

PASTED = {"missing_on_wikidata", "missing_reverse", "unreferenced_on_wikidata"}


def cite(**others: str) -> Reference:
    """Cite a made-up page; others: what is known of it otherwise, "" for what is not."""
    known = {"url": SOURCE, "name": "Izdomāta lapa", "inLanguage": "lv", "retrieved": "2026-11-22T10:00:00Z"}
    graph, source, quote = Graph(), thing("source", "made-up"), URIRef(QUOTE)
    graph.add((quote, PROV.wasQuotedFrom, source))
    for name, value in (known | {"exact": EXACT} | others).items():
        terms = {"exact": (quote, OA.exact), "retrieved": (source, PROV.generatedAtTime)}
        if value:
            graph.add((*(terms[name] if name in terms else (source, SDO[name])), Literal(value)))
    return reference_of(graph, QUOTE)


def command_of(proposed: Statement, reference: Reference | None = None) -> Command:
    """Read back what is written for a proposal."""
    (command,) = read_commands(quickstatement(replace(proposed, references=(reference or cite(),)), QUOTE))
    return command


@pytest.fixture(scope="module")
def report(towns: LinkedTowns) -> Report:
    """All that could be proposed if Wikidata had our towns, and nothing of them."""
    items = Claims(towns).items
    return Report.compare(towns, Shape().town(*items).snapshot(*items))


def test_mismatch_finder_takes_every_line_of_the_real_data(report: Report) -> None:
    text = FORMATS["mismatches.csv"](report)
    assert refused(text) == []
    assert text.count("\n") > 20


def test_a_conflict_names_the_statement_and_a_gap_names_none_and_mismatch_finder_takes_both() -> None:
    text = mismatches([row(), CONFLICT, DATE_CONFLICT, row("missing_reverse")])
    assert refused(text) == []
    _, gap, conflict, date, *others = csv.reader(io.StringIO(text))
    assert gap == [HOME, "", "P190", "", "", f"Izdomātā pilsēta ({TOWN})", SOURCE, "statement"]
    assert conflict[:5] == [HOME, GUID, "P190", "Q9900000003", ""]
    assert date == [HOME, GUID, "P580", "+1999-00-00T00:00:00Z", "Q1985727", "2002", SOURCE, "qualifier"]
    assert [each[5] for each in others] == [gap[5]]


@pytest.mark.parametrize(
    "other",
    [
        *(row(verdict) for verdict in VERDICTS if verdict not in PASTED | {"conflict"}),
        row("unreferenced_on_wikidata"),
        row(property="P856", read="http://made-up.invalid/"),
        row(property="P580", read="2002"),
        # What a page tells of another town at second hand.
        row(property="P1082", read="45307"),
        replace(CONFLICT, property="P2046", read="130.8", their_value=Value("quantity", "131", unit="Q712226")),
        row(item=""),
        row(source=""),
        row(printed="Izdomāts " * 200),
        replace(CONFLICT, their_value=Value("some")),
        replace(CONFLICT, their_value=None),
    ],
)
def test_what_a_reviewer_could_not_decide_is_not_handed_to_mismatch_finder(other: Row) -> None:
    assert mismatches([other]).count("\n") == 1


def test_what_was_reviewed_is_not_handed_to_other_reviewers(report: Report) -> None:
    reviews = {"made-up/1": Review("made-up/1", "", "external", "")}
    handed = FORMATS["mismatches.csv"](replace(report, rows=(row(), DATE_CONFLICT), reviews=reviews))
    assert [line.split(",")[2] for line in handed.splitlines()[1:]] == ["P580"]


MOVED = "https://jelgava.lv/made-up/moved"
CHECKED = {"source": "made-up", "checked": "2026-11-28", "url": SOURCE, "found_at": MOVED}
CHECKED |= {"as_stored": False, "standing": [], "moved": [], "gone": [], "new": ["A made-up line."]}


@pytest.fixture
def checked(report: Report, tmp_path: Path) -> tuple[Report, Row, Row, Row]:
    """The report by a made-up look at the page: one sentence stands, one was moved, one is gone; the rows of these."""
    quoted = {row.quote: row for row in report.rows if row.exact and row.id in report.proposals}
    standing, moved, gone, *_ = quoted.values()
    file = tmp_path / "checked.json"
    found = CHECKED | {"standing": [standing.quote], "moved": [{"quote": moved.quote, "exact": "", "after": ""}]}
    found |= {"gone": [{"quote": gone.quote, "exact": "", "nearest": ""}]}
    file.write_text(
        json.dumps([found, {"source": "made-up", "checked": "2026-11-29", "error": {"en": "Made up."}}]), "utf-8"
    )
    return Report.compare(report.towns, report.snapshot, checked=file), standing, moved, gone


def test_a_reference_says_on_which_day_its_sentence_was_last_found_and_where(
    checked: tuple[Report, Row, Row, Row],
) -> None:
    report, *found, _ = checked
    for each in found:
        (command,) = read_commands(quickstatement(report.proposals[each.id], each.quote))
        references = {term: words for term, (_, words) in command.references}
        assert (references["P813"], references["P854"]) == ("+2026-11-28T00:00:00Z/11", f'"{MOVED}"')
        assert command.summary == each.quote


def test_what_stands_on_its_page_no_longer_is_dropped_with_the_reason(checked: tuple[Report, Row, Row, Row]) -> None:
    report, *_, gone = checked
    (dropped,) = (each for each in report.rows if each.id == gone.id)
    assert (dropped.proposed, dropped.verdict, dropped.id in report.proposals) == (None, gone.verdict, False)
    assert all("2026-11-28" in words for words in dropped.action.values())
    assert gone in replace(report, looks={}, rows=(gone,)).for_others()
    assert dropped not in report.for_others()


def test_a_look_at_a_copy_of_the_page_elsewhere_is_none_at_the_page(report: Report, tmp_path: Path) -> None:
    name = next(row.quote for row in report.rows if row.exact and row.id in report.proposals)
    gone = {"found_at": "http://127.0.0.1/made-up", "gone": [{"quote": name, "exact": "", "nearest": ""}]}
    (tmp_path / "checked.json").write_text(json.dumps([CHECKED | gone]), "utf-8")
    assert (
        Report.compare(report.towns, report.snapshot, checked=tmp_path / "checked.json").proposals == report.proposals
    )


@pytest.mark.parametrize("archive", ["", "https://web.archive.org/web/20171120101112/https://made-up.invalid/page"])
def test_a_command_says_in_its_summary_that_nobody_recorded_when_the_page_said_so(archive: str) -> None:
    summary = command_of(tie(), cite(retrieved="", archivedAt=archive)).summary
    assert ("is not recorded" in summary) == (not archive)


@pytest.mark.parametrize("content", ["", "7", "[1]", "[{}]", '[{"checked": "made up"}]', '["error"]', "made up"])
def test_a_file_that_check_source_did_not_write_is_told(tmp_path: Path, content: str) -> None:
    (tmp_path / "checked.json").write_text(content, "utf-8")
    with pytest.raises(BadInput, match="check-source"):
        read_looks(tmp_path / "checked.json")


def test_both_engines_of_quickstatements_take_every_line_of_the_real_data(report: Report) -> None:
    lines = [quickstatement(proposal, QUOTE) for proposal in report.proposals.values()]
    assert len(read_commands("\n".join(lines))) == len(lines) > 20
    # Nothing is deleted, and no rank is given.
    assert all(re.match(r"Q\d+\tP\d+\t", line) for line in lines)
    assert not any(re.search(r"\tR(?:[-0+]|[a-z]+)(?:\t|$)|REMOVE|MERGE|CREATE", line) for line in lines)


def test_every_line_quotes_its_sentence_and_a_tie_begins_only_with_a_signature_and_as_exactly_as_that(
    report: Report, towns: LinkedTowns
) -> None:
    rows, starts = {each.id: each for each in report.rows}, 0
    for name, made in report.proposals.items():
        (command,) = read_commands(quickstatement(made, rows[name].quote))
        # What is only cited has no sentence to give.
        quotation = ("monolingual", f'lv:"{rows[name].exact}"') if rows[name].exact else None
        assert dict(command.references).get("P1683") == quotation
        assert dict(command.references)["P854"] == ("string", f'"{rows[name].source}"')
        assert command.summary.partition(";")[0] == rows[name].quote
        if start := dict(command.qualifiers).get("P580"):
            signed = str(towns.graph(URIRef(rows[name].quote)).value(URIRef(rows[name].subject), TG.signed))
            assert start[1] == (f"+{signed}-00-00T00:00:00Z/9" if len(signed) == 4 else f"+{signed}T00:00:00Z/11")
            starts += 1
    assert starts > 15


@pytest.mark.parametrize(
    ("stated", "value", "qualifiers"),
    [
        (tie(("P580", YEAR)), TOWN, {"P580": "+2002-00-00T00:00:00Z/9"}),
        (tie(("P580", replace(DAY, precision=10))), TOWN, {"P580": "+2002-07-00T00:00:00Z/10"}),
        (tie(("P580", DAY)), TOWN, {"P580": "+2002-07-26T00:00:00Z/11"}),
    ],
)
def test_dates_stay_as_exact_as_they_are(stated: Statement, value: str, qualifiers: dict[str, str]) -> None:
    command = command_of(stated)
    assert (command.value[1], {term: text for term, (_, text) in command.qualifiers}) == (value, qualifiers)


PAGE, QUOTED, ARCHIVED = (
    ["P854", "P407", "P813"],
    "P1683",
    f"https://web.archive.org/web/20171120101112/{SOURCE}",
)


@pytest.mark.parametrize(
    ("others", "terms", "values"),
    [
        ({}, [*PAGE, QUOTED], {"P813": "+2026-11-22T00:00:00Z/11"}),
        # A page that an archive keeps is cited there too.
        (
            {"archivedAt": ARCHIVED},
            ["P854", "P1065", "P2960", *PAGE[1:], QUOTED],
            {"P2960": "+2017-11-20T00:00:00Z/11"},
        ),
        # What is not recorded of it is not made up; what we call it is no title of it.
        (dict.fromkeys(("name", "inLanguage", "retrieved", "exact"), ""), ["P854"], {}),
        # An address that would end the line is escaped.
        ({"url": f'{SOURCE}?a=1|2"3'}, [*PAGE, QUOTED], {"P854": f'"{SOURCE}?a=1%7C2%223"'}),
        # A sentence that would not arrive to the letter is left out.
        *(
            ({"exact": exact}, PAGE, {})
            for exact in ("Izdomāts | teksts", "„Izdomāts” teksts", '"Izdomāts"', "a /* b", "a\nb", "a" * 401)
        ),
    ],
)
def test_a_reference_says_what_is_recorded_of_a_page_and_arrives_to_the_letter(
    others: dict[str, str], terms: list[str], values: dict[str, str]
) -> None:
    references = {term: text for term, (_, text) in command_of(tie(), cite(**others)).references}
    assert list(references) == terms
    assert references == references | values


@settings(max_examples=300, deadline=None)
@given(exact=st.text(max_size=30), path=st.text(max_size=30))
def test_whatever_a_page_says_a_line_stays_one_command_and_a_quotation_the_same(exact: str, path: str) -> None:
    command = command_of(tie(), cite(exact=exact, url=SOURCE + path))
    references = dict(command.references)
    assert (command.item, command.property, command.value) == (HOME, "P190", ("item", TOWN))
    assert references.get("P1683", exact) in {exact, ("monolingual", f'lv:"{exact}"')}


@settings(max_examples=300, deadline=None)
@given(printed=st.text(max_size=30), read=st.text(max_size=30))
def test_whatever_a_page_says_mismatch_finder_takes_the_file(printed: str, read: str) -> None:
    rows = [row(printed=printed), replace(DATE_CONFLICT, read=read), CONFLICT]
    assert refused(mismatches(rows)) == []


def test_the_readers_refuse_what_those_of_others_refuse() -> None:
    assert refused(mismatches([CONFLICT]).replace(GUID, GUID[:-1])) == ["line 1: statement_guid is no GUID"]
    for parts in ("P190", "P190\tmade up", f'P190\t{TOWN}\tS1683\tlv:"a|b"', f"P190\t{TOWN}\tRpreferred"):
        with pytest.raises((ValueError, IndexError)):
            read_commands(f"{HOME}\t{parts}")
