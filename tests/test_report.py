"""The report that editors open: as a page that stands alone, as data, as the server has it, and with their reviews."""

import base64
import csv
import hashlib
import io
import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from flask.testing import FlaskClient
from lxml import html
from lxml.html import HtmlElement

from twingraph.cli import main
from twingraph.errors import BadInput
from twingraph.query.engine import Engine
from twingraph.release.folder import Release
from twingraph.release.records import LinkedTowns
from twingraph.settings import BASE, Settings
from twingraph.web.app import create_app
from twingraph.wikidata.claims import Claims
from twingraph.wikidata.crosscheck import PROPERTIES, VERDICTS
from twingraph.wikidata.entities import ASKED, Reference, Statement, Value
from twingraph.wikidata.report import COLUMNS, FORMATS, Report, Review, mark_of, page, read_reviews
from twingraph.words import Language
from wikidata_shape import CONFLICT, DATE_CONFLICT, GUID, HOME, OTHER, QUOTE, SOURCE, TOWN, YEAR, Shape, row, tie

CITED = Reference((("P854", Value("url", "javascript:made-up")), ("P813", YEAR)))
ENDED = row(
    "status_conflict",
    theirs=replace(tie(("P582", replace(YEAR, text="2022-01-01T00:00:00Z")), guid=GUID), references=(CITED,)),
    their_value=Value("item", TOWN),
    proposed=None,
)
ROWS = (
    *(replace(ENDED, id=f"made-up/{verdict}", verdict=verdict) for verdict in VERDICTS),
    replace(CONFLICT, id="made-up/conflict/2"),
    DATE_CONFLICT,
    row(id="made-up/pasted"),
    row(
        "missing_here",
        id="made-up/there",
        **dict.fromkeys(("town", "printed", "read", "quote", "exact", "source"), ""),
        **dict.fromkeys(("start", "end", "proposed")),
        theirs=tie(guid=GUID),
        their_value=Value("url", "javascript:made-up"),
    ),
)


@pytest.fixture(scope="module")
def report(towns: LinkedTowns) -> Report:
    """A row of every verdict, one of them reviewed and one changed since, and a town whose name would be a script."""
    labels = {HOME: {"en": "made-up home", "lv": "izdomātas mājas"}, TOWN: {"en": "<script>made up</script>"}}
    shape = Shape()
    shape.edited("2026-11-19T00:00:00Z")
    shape.tie_rules("P580")
    snapshot = replace(shape.snapshot(HOME, TOWN), labels=labels, revisions={HOME: 7})
    reviews = {
        "made-up/agree": Review("made-up/agree", mark_of(ROWS[0]), "none", "made-up note"),
        "made-up/conflict": Review("made-up/conflict", "0" * 12, "external", ""),
    }
    return Report(ROWS, snapshot, towns, reviews)


@pytest.fixture(scope="module")
def tree(report: Report) -> HtmlElement:
    return html.document_fromstring(page(report, "en"))


def test_the_page_stands_alone_runs_nothing_and_obeys_nothing_that_others_wrote(tree: HtmlElement) -> None:
    assert tree.xpath("//script | //link | //img | //iframe | //object | //form | //@src | //@style") == []
    assert not re.search(r"url\(|@import", tree.xpath("string(//style)"))
    assert [name for name in tree.xpath("//@*") if name.startswith("javascript:")] == []
    assert "<script>made up" in tree.text_content()


@pytest.mark.parametrize(("language", "reason"), [("en", "A made-up reason."), ("lv", "Izdomāts iemesls.")])
def test_the_page_names_all_for_those_who_hear_it_in_one_language(
    report: Report, language: Language, reason: str
) -> None:
    tree = html.document_fromstring(page(report, language))
    assert {each.text for each in tree.xpath("//td[3]/p")} == {reason}
    assert all(each[language] for each in (*VERDICTS.values(), *PROPERTIES.values()))
    ids, fields = tree.xpath("//@id"), tree.xpath("//select/@id")
    assert sorted(ids) == sorted(set(ids))
    assert tree.xpath("//label/@for") == fields == ["review", "verdict", "town", "property"]
    counts = {
        "//label[normalize-space()]/input[@type='checkbox']": len(ROWS),
        "//tbody/tr/th[@scope='row']": len(ROWS),
        "//th[not(@scope)]": 0,
        "//table/caption[normalize-space()]": 1,
        "//h1": 1,
        f"/html[@lang='{language}']": 1,
    }
    assert {path: len(tree.xpath(path)) for path in counts} == counts


def test_a_row_opens_the_statement_or_where_it_would_stand_beside_the_sentence(tree: HtmlElement) -> None:
    (conflict,) = tree.xpath("//tr[@id='made-up/conflict/2']")
    assert {f"https://www.wikidata.org/wiki/{HOME}#{GUID}", QUOTE, SOURCE} <= {*conflict.xpath(".//a/@href")}
    assert conflict.xpath("string(.//blockquote)") == CONFLICT.exact
    assert "0–36" in conflict.text_content()
    ended = tree.xpath("string(//tr[@id='made-up/status_conflict'])")
    assert all(words in ended for words in ("normal rank", "end time (P582): 2022", "references: 1"))
    assert f"https://www.wikidata.org/wiki/{HOME}#P190" in tree.xpath("//tr[@id='made-up/pasted']//a/@href")


def test_each_choice_hides_all_rows_but_its_own_and_what_was_reviewed_until_it_is_asked_for(tree: HtmlElement) -> None:
    for name in ("review", "verdict", "town", "property"):
        for choice in filter(None, tree.xpath(f"//select[@id='{name}']/option/@value")):
            hidden = f'.crosscheck tbody tr:not([data-{name}~="{choice}"]){{display:none}}'
            assert f'main:has(#{name} [value="{choice}"]:checked) {hidden}' in tree.xpath("string(//style)")
            assert any(choice in given.split() for given in tree.xpath(f"//tbody/tr/@data-{name}")) or name == "review"
    assert tree.xpath("//select[@id='review']/option[@selected]/@value") == ["open"]
    assert tree.xpath("//tbody/tr[not(contains(@data-review, 'open'))]/@id") == ["made-up/agree"]


def test_a_line_appears_only_once_its_row_is_ticked_and_none_where_nothing_may_be_proposed(tree: HtmlElement) -> None:
    rules, (tick,) = tree.xpath("string(//style)"), tree.xpath("//tr[@id='made-up/pasted']//input/@id")
    commands, reviews = tree.xpath("//pre")
    assert commands.xpath("code/@class") == [tick]
    assert "".join(commands.itertext()).startswith(f"{HOME}\tP190\t{TOWN}\tP580\t")
    assert len(reviews.xpath("code")) == len(ROWS)
    assert ".ticked code{display:none}" in rules
    assert f"main:has(#{tick}:checked) .{tick}{{display:inline}}" in rules
    assert tree.xpath("//tr[contains(., 'prepare the edit')]/@id") == ["made-up/pasted"]
    assert len(tree.xpath("//tr[contains(., 'mark as reviewed')]")) == len(ROWS) - 1


def test_the_ties_without_a_way_back_are_listed_with_their_statement(report: Report) -> None:
    there = tie(guid=GUID), tie(guid="B", target=OTHER)
    back = Statement(TOWN, "P190", GUID.replace(HOME, TOWN), "normal", Value("item", HOME))
    for statements, left in ((there, [TOWN, OTHER]), ((*there, back), [OTHER])):
        shown = replace(report, rows=(), snapshot=replace(report.snapshot, statements=statements))
        listed = html.document_fromstring(page(shown, "en")).xpath("//h2[starts-with(., 'Twinnings')]/following::li")
        assert [item.xpath("a[2]/@href")[0].rpartition("/")[2] for item in listed] == left


def test_a_table_and_json_hold_every_row_with_its_sentence_and_statement(report: Report) -> None:
    table = list(csv.DictReader(io.StringIO(FORMATS["csv"](report))))
    whole = json.loads(FORMATS["json"](report))
    assert all(write(report) == write(replace(report, rows=ROWS)) for write in FORMATS.values())
    assert tuple(table[0]) == COLUMNS
    assert [each["id"] for each in table] == [each["id"] for each in whole["rows"]] == [each.id for each in ROWS]
    ended = table[list(VERDICTS).index("status_conflict")]
    assert (ended["value"], ended["rank"], ended["qualifiers"]) == (TOWN, "normal", "P582 2022")
    assert ended["references"] == "P854 javascript:made-up; P813 2002"
    of = {"endpoint": report.snapshot.endpoint, "taken": report.snapshot.taken, "dump_date": "2026-11-19T00:00:00Z"}
    assert whole["snapshot"] == of | {"allowed_qualifiers": ["P580"], "symmetric": True, "asked": [*ASKED]}
    assert (whole["rows"][0]["theirs"]["guid"], whole["rows"][0]["revision"]) == (GUID, 7)


def test_a_line_pasted_from_the_page_marks_its_row_as_reviewed(
    report: Report, tree: HtmlElement, tmp_path: Path
) -> None:
    (tick,) = tree.xpath("//tr[@id='made-up/conflict/2']//input/@id")
    path = tmp_path / "reviews.csv"
    path.write_text("row,seen,outcome,note\n" + tree.xpath(f"string(//pre[2]/code[@class='{tick}'])"), "utf-8")
    states = replace(report, reviews=read_reviews(path)).states
    assert [row for row, state in states.items() if state != "new"] == ["made-up/conflict/2"]
    assert states["made-up/conflict/2"] == "reviewed"


@pytest.mark.parametrize(
    ("review", "changes", "expected"),
    [
        # The mark is the one that editors have in their files.
        (("faef98e836d4", "wikidata"), {}, "reviewed"),
        (("faef98e836d4", "wikidata"), {"reason": {"en": "Reworded.", "lv": "Pārteikts."}}, "reviewed"),
        (("faef98e836d4", "wikidata"), {"their_value": Value("item", TOWN)}, "changed"),
        (("faef98e836d4", "wikidata"), {"read": OTHER}, "changed"),
        (("faef98e836d4", "wikidata"), {"verdict": "agree"}, "changed"),
        # Without a mark it holds whatever changes, and one that is pending is none.
        (("", "none"), {"read": OTHER}, "reviewed"),
        (("", "pending"), {}, "new"),
    ],
)
def test_a_reviewed_row_comes_back_once_either_side_says_something_else(
    report: Report, review: tuple[str, str], changes: dict[str, Any], expected: str
) -> None:
    known = {CONFLICT.id: Review(CONFLICT.id, *review, "")}
    assert replace(report, rows=(replace(CONFLICT, **changes),), reviews=known).states == {CONFLICT.id: expected}


def test_a_file_from_a_spreadsheet_is_read_with_the_outcomes_of_mismatch_finder_and_its_last_word_counts(
    tmp_path: Path,
) -> None:
    path, outcomes = tmp_path / "reviews.csv", ("", "pending", "wikidata", "missing", "external", "both", "none")
    lines = ["row,seen,outcome,note", "a,,pending,", 'a,,external,"made up, with a comma"', ""]
    path.write_text("\ufeff" + "\r\n".join([*lines, *(f"b,,{each}," for each in outcomes)]) + "\r\n", encoding="utf-8")
    commented = Review("a", "", "external", "made up, with a comma")
    assert read_reviews(path) == {"a": commented, "b": Review("b", "", "none", "")}


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "its first line must be row,seen,outcome,note"),
        ("row;seen;outcome;note\n", "its first line must be"),
        *(
            (f"row,seen,outcome,note\n{line}\n", "line 2 is no review")
            for line in ("a,,made up,", "a,,none", "a,,none,,")
        ),
    ],
)
def test_a_file_that_holds_no_reviews_is_told_with_its_line(tmp_path: Path, text: str, sentence: str) -> None:
    (tmp_path / "reviews.csv").write_text(text, encoding="utf-8")
    with pytest.raises(BadInput, match=sentence):
        read_reviews(tmp_path / "reviews.csv")


@pytest.fixture(scope="module")
def kept(towns: LinkedTowns, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A snapshot of our towns, of an endpoint that is made up and says nothing of them but made-up names."""
    items = Claims(towns).items
    return Shape().town(*items).save(tmp_path_factory.mktemp("made-up") / "snapshot", *items)


@pytest.fixture(scope="module")
def checked(release: Release, engine: Engine, kept: Path) -> FlaskClient:
    """A client of an application with that snapshot, and the reviews of an editor."""
    reviews = kept.with_name("reviews.csv")
    reviews.write_text("row,seen,outcome,note\nplace/alcamo/Q481544/P17,,none,made-up note\n", encoding="utf-8")
    return create_app(engine, release.folder, Settings(snapshot=kept, reviews=reviews)).test_client()


def test_a_server_with_a_snapshot_shows_every_fact_leads_to_its_sentence_and_marks_what_was_reviewed(
    checked: FlaskClient,
) -> None:
    tree = html.document_fromstring(checked.get("/crosscheck?lang=en").text)
    quotes = {href for href in tree.xpath("//tbody//a/@href") if href.startswith("/id/quote/")}
    assert len(tree.xpath("//tbody/tr")) > 70
    assert checked.get(min(quotes)).status_code == 303
    assert BASE not in "".join(tree.xpath("//a/@href"))
    states = {each["id"]: each["review"] for each in checked.get("/crosscheck.json").json["rows"]}
    assert [row for row, state in states.items() if state != "new"] == ["place/alcamo/Q481544/P17"]


def test_the_page_may_use_its_own_style_sheet_and_no_other_and_is_as_old_as_release_or_snapshot(
    checked: FlaskClient,
) -> None:
    answer = checked.get("/crosscheck")
    policy = answer.headers["Content-Security-Policy"]
    assert re.fullmatch(
        r"default-src 'self'; object-src 'none'.*; style-src 'self' 'sha256-[A-Za-z0-9+/]{43}='", policy
    )
    style = html.document_fromstring(answer.text).xpath("string(//style)")
    assert base64.b64encode(hashlib.sha256(style.encode()).digest()).decode() in policy
    assert "style-src" not in checked.get("/").headers["Content-Security-Policy"]
    assert str(answer.last_modified) >= "2026-11-20 10:00:00"
    assert checked.get("/crosscheck", headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304


HTML, TABLE, JSON = "text/html; charset=utf-8", "text/csv; charset=utf-8", "application/json"


@pytest.mark.parametrize(
    ("ending", "headers", "media_type", "words"),
    [
        ("", {"Accept": "text/html,*/*;q=0.8"}, HTML, "Cross-check with"),
        ("", {"Accept-Language": "lv"}, HTML, "Salīdzinājums ar Vikidatiem"),
        ("", {"Accept": "application/json"}, JSON, '"rows"'),
        ("", {"Accept": "text/csv"}, TABLE, "id,subject,town"),
        (".html", {}, HTML, 'href="crosscheck.csv"'),
        (".csv", {}, TABLE, "id,subject,town"),
        (".json", {}, JSON, '"rows"'),
        (".mismatches.csv", {}, TABLE, "item_id,statement_guid"),
    ],
)
def test_the_rows_come_in_the_format_and_language_that_are_wanted(
    checked: FlaskClient, ending: str, headers: dict[str, str], media_type: str, words: str
) -> None:
    answer = checked.get(f"/crosscheck{ending}", headers=headers)
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, media_type)
    assert (words in answer.text, "Accept" in answer.vary) == (True, not ending)


def test_a_server_without_a_snapshot_says_so_and_asks_nobody(client: FlaskClient) -> None:
    answer = client.get("/crosscheck?lang=en")
    text = html.document_fromstring(answer.text).text_content()
    assert (answer.status_code, "There is no snapshot of Wikidata here yet" in text) == (200, True)
    assert "twingraph crosscheck --save snapshot --contact" in text
    assert client.get("/crosscheck.csv").status_code == 404
    assert 'href="/crosscheck' in client.get("/").text


@pytest.mark.parametrize("language", ["en", "lv"])
def test_where_there_is_no_snapshot_made_up_rows_show_what_a_report_is_like(client: FlaskClient, language: str) -> None:
    tree = html.document_fromstring(client.get(f"/crosscheck?lang={language}").text)
    assert len(tree.xpath("//header//nav[@class='ways']")) == 1
    assert "made-up" in tree.xpath("string(//h2)") or language == "lv"
    rows = tree.xpath("//tbody/tr")
    assert len({row.get("data-verdict") for row in rows}) == len(rows) > 3
    assert all(each.text.count("zdomāt") for each in tree.xpath("//tbody//blockquote[@lang='lv']"))
    assert tree.xpath("//main//a[not(starts-with(@href, 'https://www.wikidata.org/wiki/Property:'))]") == []
    assert tree.xpath("//pre[@class='ticked'][1]/code") == []


def test_a_snapshot_that_is_none_is_told_before_anything_is_served(
    release: Release, engine: Engine, tmp_path: Path
) -> None:
    with pytest.raises(BadInput, match="no whole snapshot"):
        create_app(engine, release.folder, Settings(snapshot=tmp_path))


def test_the_command_writes_the_report_to_a_folder(release: Release, kept: Path, tmp_path: Path) -> None:
    options = ["--snapshot", str(kept), "--report", str(tmp_path / "made-up"), "--release", str(release.folder)]
    (tmp_path / "checked.json").write_text("[]", "utf-8")
    options += ["--checked", str(tmp_path / "checked.json")]
    done = CliRunner().invoke(main, ["crosscheck", *options, "--lang", "en"])
    assert done.exit_code == 0, done.output
    written = {path.name: path.read_text("utf-8") for path in (tmp_path / "made-up").iterdir()}
    assert set(written) == {f"crosscheck.{ending}" for ending in ("html", *FORMATS)}
    assert "Cross-check with Wikidata" in written["crosscheck.html"]
