"""The command line, as a reader and a curator at a terminal have it."""

import csv
import io
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from rdflib import Graph

import twingraph
from releases import edit
from twingraph import load
from twingraph.cli import main
from twingraph.errors import NoRelease
from twingraph.query.questions import questions, term
from twingraph.release.folder import Release
from twingraph.settings import PACKAGED

FACTS = "data/sources/jelgava-lv-2017/facts.trig"


def run(*words: object, given: str | bytes | None = None) -> Result:
    return CliRunner().invoke(main, list(map(str, words)), input=given, catch_exceptions=False)


def ask(release: Release, *words: object, given: str | bytes | None = None) -> Result:
    return run("query", "--release", release.folder, *words, given=given)


# The reader's


@pytest.mark.parametrize("language", ["lv", "en"])
def test_the_list_shows_every_named_query_with_its_sentence(language: str) -> None:
    shown = " ".join(run("query", "--list", "--lang", language).stdout.split())
    assert [each.name for each in questions() if each.name not in shown] == []
    assert [each.name for each in questions() if each.summaries[language].split()[0] not in shown] == []


@pytest.mark.parametrize(
    ("words", "given", "said"),
    [
        (["planned-not-agreed"], "", "tirdzniecības"),
        (["-"], "ASK { place:jelgava tg:twinnedWith place:alcamo }", "yes\n"),
        (["-"], "ASK { place:jelgava tg:twinnedWith place:jelgava }", "no\n"),
        (["partners-with-dates", "--lang", "lv", "--format", "csv"], "", "Šin-jinga"),
        (["partners-with-dates", "--lang", "en", "--format", "csv"], "", "Xinying District"),
        (["what-the-page-says-about-one-town", "--set", "place=place:xinying", "--format", "csv"], "", "38,54km2"),
    ],
)
def test_a_query_is_answered_in_the_language_and_about_the_town_that_is_asked_for(
    release: Release, words: list[str], given: str, said: str
) -> None:
    answer = ask(release, *words, given=given)
    assert said in answer.stdout
    assert "Rueil" not in answer.stdout or "place=place:xinying" not in words
    assert ("rows" in answer.stderr) == (words == ["planned-not-agreed"])


def test_an_answer_is_written_in_the_format_that_is_asked_for(release: Release) -> None:
    in_csv, in_json = (ask(release, "web-sites", "--format", form).stdout for form in ("csv", "json"))
    assert len(list(csv.DictReader(io.StringIO(in_csv)))) == len(json.loads(in_json)["results"]["bindings"]) == 8
    graph = Graph().parse(data=ask(release, "one-town-as-a-graph", "--format", "turtle").stdout, format="turtle")
    assert len(graph) > 20


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_a_query_in_a_file_is_answered_also_with_a_byte_order_mark(
    release: Release, tmp_path: Path, encoding: str
) -> None:
    (tmp_path / "count.rq").write_text("SELECT (COUNT(*) AS ?n) { ?quote a schema:Quotation }", encoding)
    assert ask(release, tmp_path / "count.rq", "--format", "csv").stdout.split() == ["n", "96"]


@pytest.mark.parametrize(
    ("words", "given", "told"),
    [
        (["no-such-query"], b"", "There is no query “no-such-query”"),
        (["partners-with-date"], b"", "Did you mean partners-with-dates"),
        (["no-such-file.rq"], b"", "no-such-file.rq: cannot be read"),
        (["-"], b"SELECT * { ?s ?p }", "Line 1, column"),
        (["-"], b"DELETE WHERE { ?s ?p ?o }", "nothing can be changed here"),
        (["-"], b"SELECT * { SERVICE <http://127.0.0.1:9/> { ?s ?p ?o } }", "SERVICE is not offered"),
        (["-"], b"ASK { \xe7 }", "not UTF-8"),
        ([], b"", "Name a query"),
        (["areas-of-one-town", "--set", "place=nowhere"], b"", "There is no place “nowhere”"),
        (["areas-of-one-town", "--set", "place"], b"", "write it as NAME=VALUE"),
        (["areas-of-one-town", "--set", "town=alcamo"], b"", "takes no value “town”; it takes place"),
        (["areas-of-one-town", "--set", "place=https://example.org/a"], b"", "says nothing of <https://example.org/a>"),
        (["agreements-between-two-years", "--set", "from=long ago"], b"", "from is a number, such as 2000"),
    ],
)
def test_a_query_that_is_not_answered_is_told_in_one_sentence(
    release: Release, words: list[str], given: bytes, told: str
) -> None:
    answer = ask(release, *words, given=given)
    assert (answer.exit_code, told in answer.stderr, "Traceback" in answer.stderr) == (2, True, False)


@pytest.mark.parametrize("form", ["csv", "geojson"])
def test_tables_are_exported_as_the_release_holds_them(release: Release, tmp_path: Path, form: str) -> None:
    answer = run("export", "--format", form, "--release", release.folder, tmp_path / "tables")
    written = sorted((tmp_path / "tables").iterdir())
    assert sorted(answer.stdout.splitlines()) == [str(path) for path in written]
    for path in written:
        assert path.read_bytes() == (release.folder / "tables" / path.name).read_bytes()


def test_an_error_has_a_sentence_with_the_remedy_in_either_language_and_an_exit_code(
    release: Release, tmp_path: Path
) -> None:
    answer = run("query", "--release", tmp_path, "three-town-ties")
    assert (answer.exit_code, f"twingraph build --output {tmp_path}" in answer.stderr) == (5, True)
    answer = run("query", "--lang", "lv", "--release", tmp_path, "three-town-ties")
    assert answer.stderr.startswith(f"Kļūda: {tmp_path}: tas nav vesels laidiens")
    (tmp_path / "file").touch()
    answer = run("export", "--release", release.folder, tmp_path / "file" / "below")
    assert (answer.exit_code, "cannot be written" in answer.stderr) == (4, True)


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("place:alcamo", "<https://w3id.org/twingraph/id/place/alcamo>"),
        ("https://example.org/made-up", "<https://example.org/made-up>"),
        ("1990", '"1990"^^<http://www.w3.org/2001/XMLSchema#integer>'),
        ("mākslas", '"mākslas"^^<http://www.w3.org/2001/XMLSchema#string>'),
    ],
)
def test_a_value_is_read_as_a_person_writes_it(written: str, value: str) -> None:
    assert term(written).n3() == value


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


# The curator's: which data a command reads, and that it says which


@pytest.fixture
def spoilt(inputs: Path) -> Path:
    """A copy of the data in which one quote is not as its page has it."""
    edit(inputs / FACTS, "Alkamo (Itālija)", "Alkamo (Izdomātija)")
    return inputs


@pytest.mark.parametrize("way", ["here", "named", "variable", "around"])
def test_a_mistake_in_the_curator_s_data_is_found(
    inputs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    """As README has it: in the folder with data/; and from anywhere, with the data named."""
    (places := inputs / "data" / "places.trig").write_text("place:made-up {", encoding="utf-8")
    monkeypatch.chdir(inputs if way == "here" else tmp_path)
    if way == "variable":
        monkeypatch.setenv("TWINGRAPH_DATA", str(inputs / "data"))
    named = {"named": ("--data", inputs / "data"), "around": ("--inputs", inputs)}.get(way, ())
    done = run("validate", *named)
    assert (done.exit_code, f"{places}:1:" in done.stderr) == (2, True)
    # Who names the data is not told which they are.
    assert (f"The data are those in {inputs / 'data'}." in done.stderr) == (way in {"here", "variable"})


def test_without_data_of_one_s_own_those_of_the_program_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    done = run("validate")
    assert (done.exit_code, done.stderr.splitlines()[0]) == (0, f"The data are those in {PACKAGED}.")


def test_rules_beside_the_data_win_over_those_of_the_program(inputs: Path, tmp_path: Path) -> None:
    edit(inputs / "shapes" / "agreement.ttl", "Name at least two towns that", "Made up: name the towns that")
    edit(inputs / FACTS, "tg:party place:jelgava , place:vejle", "tg:party place:vejle")
    assert "Made up: name the towns" in run("validate", "--data", inputs / "data").stdout
    alone = shutil.copytree(inputs / "data", tmp_path / "made-up")
    found = run("validate", "--data", alone).stdout
    assert "Name at least two towns that concluded" in found
    assert "made-up/sources/jelgava-lv-2017/facts.trig:" in found


def test_a_release_of_other_data_is_kept_and_the_reader_is_told(
    inputs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.chdir(inputs)
    sentence = f"release was made of other data than those in {inputs / 'data'}; `twingraph build` makes it anew."
    assert run("query", "counts").stderr.splitlines()[:2] == [
        f"release is made, of the data in {inputs / 'data'}.",
        "read",
    ]
    sums = (inputs / "release" / "SHA256SUMS").read_bytes()
    assert sentence not in run("query", "counts").stderr
    edit(inputs / "data" / "places.trig", "\n", "\n\n")
    for words in (["query", "counts"], ["export", tmp_path / "tables"]):
        done = run(*words)
        assert (done.exit_code, done.stderr.splitlines()[0]) == (0, sentence)
    twingraph.load()
    assert [record.getMessage() for record in caplog.records] == [sentence]
    assert (inputs / "release" / "SHA256SUMS").read_bytes() == sums


@pytest.mark.parametrize("is_broken", [False, True])
def test_sarif_names_files_from_the_top_of_the_repository(spoilt: Path, *, is_broken: bool) -> None:
    (spoilt.parent / ".git").mkdir()
    if is_broken:
        (spoilt / "data" / "places.trig").write_text("place:made-up {", encoding="utf-8")
    done = run("validate", "--inputs", spoilt, "--format", "sarif")
    [log] = json.loads(done.stdout)["runs"]
    place = log["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]
    assert (done.exit_code, place["uri"]) == ((2, "inputs/data/places.trig") if is_broken else (3, f"inputs/{FACTS}"))
    assert place["uriBaseId"] in log["originalUriBaseIds"]
