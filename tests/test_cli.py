"""The command line, as a person at a terminal has it."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner
from rdflib import Graph

from twingraph import load
from twingraph.cli import main
from twingraph.errors import NoRelease
from twingraph.query.questions import questions, term

if TYPE_CHECKING:
    from pathlib import Path

    from click.testing import Result

    from twingraph.release.build import Release


def run(*words: str, given: str | bytes | None = None) -> Result:
    return CliRunner().invoke(main, list(words), input=given, catch_exceptions=False)


def ask(release: Release, *words: str, given: str | bytes | None = None) -> Result:
    return run("query", "--release", str(release.folder), *words, given=given)


@pytest.mark.parametrize("language", ["lv", "en"])
def test_the_list_shows_every_named_query_with_its_sentence(language: str) -> None:
    shown = " ".join(run("query", "--list", "--lang", language).stdout.split())
    for question in questions():
        assert question.name in shown
        assert question.summary(language).split()[0] in shown


def test_a_named_query_is_answered_in_a_table_for_people(release: Release) -> None:
    answer = ask(release, "planned-not-agreed")
    assert "tirdzniecības" in answer.stdout
    assert "rows" in answer.stderr


def test_csv_from_a_query_is_csv_and_json_is_sparql_results_json(release: Release) -> None:
    in_csv, in_json = (ask(release, "web-sites", "--format", form).stdout for form in ("csv", "json"))
    assert len(list(csv.DictReader(io.StringIO(in_csv)))) == len(json.loads(in_json)["results"]["bindings"]) == 8


def test_a_constructed_graph_is_written_as_turtle(release: Release) -> None:
    graph = Graph().parse(data=ask(release, "one-town-as-a-graph", "--format", "turtle").stdout, format="turtle")
    assert len(graph) > 20


def test_an_ask_is_answered_yes_or_no(release: Release) -> None:
    assert ask(release, "-", given="ASK { place:jelgava tg:twinnedWith place:alcamo }").stdout == "yes\n"
    assert ask(release, "-", given="ASK { place:jelgava tg:twinnedWith place:jelgava }").stdout == "no\n"


@pytest.mark.parametrize(("language", "label"), [("lv", "Šin-jinga"), ("en", "Xinying District")])
def test_a_named_query_answers_in_the_language_that_is_asked_for(release: Release, language: str, label: str) -> None:
    answer = ask(release, "partners-with-dates", "--lang", language, "--format", "csv")
    assert {"partner", "partner_label"} <= set(answer.stdout.splitlines()[0].split(","))
    assert label in answer.stdout


def test_a_query_can_be_asked_of_another_town(release: Release) -> None:
    answer = ask(release, "what-the-page-says-about-one-town", "--set", "place=place:xinying", "--format", "csv")
    assert "38,54km2" in answer.stdout
    assert "Rueil" not in answer.stdout


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_a_query_in_a_file_is_answered_also_with_a_byte_order_mark(
    release: Release, tmp_path: Path, encoding: str
) -> None:
    (tmp_path / "count.rq").write_text("SELECT (COUNT(*) AS ?n) { ?quote a schema:Quotation }", encoding)
    assert ask(release, str(tmp_path / "count.rq"), "--format", "csv").stdout.split() == ["n", "96"]


@pytest.mark.parametrize(
    ("words", "given", "told"),
    [
        (["no-such-query"], b"", "There is no query 'no-such-query'"),
        (["partners-with-date"], b"", "Did you mean partners-with-dates"),
        (["no-such-file.rq"], b"", "no-such-file.rq: cannot be read"),
        (["-"], b"SELECT * { ?s ?p }", "Line 1, column"),
        (["-"], b"DELETE WHERE { ?s ?p ?o }", "nothing can be changed here"),
        (["-"], b"SELECT * { SERVICE <http://127.0.0.1:9/> { ?s ?p ?o } }", "SERVICE is not offered"),
        (["-"], b"ASK { \xe7 }", "not UTF-8"),
        ([], b"", "Name a query"),
        (["areas-of-one-town", "--set", "place=nowhere"], b"", "There is no place 'nowhere'"),
        (["areas-of-one-town", "--set", "place"], b"", "write it as NAME=VALUE"),
        (["areas-of-one-town", "--set", "town=alcamo"], b"", "takes no value 'town'; it takes place"),
        (["areas-of-one-town", "--set", "place=https://example.org/a"], b"", "says nothing of <https://example.org/a>"),
        (["agreements-between-two-years", "--set", "from=long ago"], b"", "from is a number, such as 2000"),
    ],
)
def test_a_query_that_is_not_answered_is_told_in_one_sentence(
    release: Release, words: list[str], given: bytes, told: str
) -> None:
    answer = ask(release, *words, given=given)
    assert answer.exit_code == 2
    assert told in answer.stderr
    assert "Traceback" not in answer.stderr


def test_a_folder_without_a_release_is_told_with_the_remedy(tmp_path: Path) -> None:
    answer = run("query", "--release", str(tmp_path), "three-town-ties")
    assert answer.exit_code == 5
    assert f"twingraph build --output {tmp_path}" in answer.stderr


@pytest.mark.parametrize("form", ["csv", "geojson"])
def test_tables_are_exported_as_the_release_holds_them(release: Release, tmp_path: Path, form: str) -> None:
    answer = run("export", "--format", form, "--release", str(release.folder), str(tmp_path / "tables"))
    written = sorted((tmp_path / "tables").iterdir())
    assert sorted(answer.stdout.splitlines()) == [str(path) for path in written]
    for path in written:
        assert path.read_bytes() == (release.folder / "tables" / path.name).read_bytes()


def test_an_export_to_a_file_is_refused_in_one_sentence(release: Release, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("made up", "utf-8")
    answer = run("export", "--release", str(release.folder), str(tmp_path / "file" / "below"))
    assert answer.exit_code == 4
    assert "cannot be written" in answer.stderr


def test_a_value_is_read_as_a_person_writes_it() -> None:
    assert term("place:alcamo").n3() == "<https://w3id.org/twingraph/id/place/alcamo>"
    assert term("https://example.org/made-up").n3() == "<https://example.org/made-up>"
    assert term("1990").n3() == '"1990"^^<http://www.w3.org/2001/XMLSchema#integer>'
    assert str(term("mākslas")) == "mākslas"


def test_loading_gives_a_dataset_that_rdflib_queries_and_typed_agreements(release: Release) -> None:
    towns = load(release.folder)
    found = list(towns.query("SELECT ?q { GRAPH ?q { ?a <https://w3id.org/twingraph/ns#amends> ?b } }"))
    assert len(found) == 1
    amendment = next(agreement for agreement in towns.agreements if agreement.amends)
    assert amendment.quote.exact == "2017. gadā tika parakstīts paplašinātais abu pilsētu sadarbības līgums"
    assert len(amendment.areas["undertaken"]) == 10
    with pytest.raises(NoRelease):
        load(release.folder / "tables")


def test_loading_without_a_release_makes_one(tmp_path: Path) -> None:
    program = "import twingraph; print(len(twingraph.load().towns))"
    done = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout == "15\n"
    assert (tmp_path / "release" / "SHA256SUMS").is_file()


def test_errors_are_told_in_latvian_to_those_who_want_it(tmp_path: Path) -> None:
    answer = run("query", "--lang", "lv", "--release", str(tmp_path), "three-town-ties")
    assert answer.stderr.startswith(f"Kļūda: {tmp_path}: tas nav vesels laidiens")
