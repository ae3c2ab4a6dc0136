"""The named queries: each answers on the release, and the important ones answer what the page says."""

import csv
import json
import re
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pyoxigraph as ox
import pytest
from rdflib import Literal, URIRef

from asking import named
from twingraph.errors import BadValue, NotFound, UnknownValue
from twingraph.query.engine import Engine
from twingraph.query.questions import Question, check, find_defaults, question, questions, term
from twingraph.release.folder import Release
from twingraph.settings import QUADS, VOID, Settings
from twingraph.vocab import curie, prefixes

Values = dict[str, URIRef | Literal]
FOLDER = Path(__file__).parent
QUESTIONS = [each.name for each in questions()]
WORDS = ("comment", "reason", "title")
"""What is words in a language and names nothing."""
SENTENCES = ("sentence", "sentence_on_people", "sentence_on_area", "passage")


@pytest.fixture(scope="module")
def page(release: Release) -> str:
    return (release.folder / "sources" / "jelgava-lv-2017.txt").read_text("utf-8")


@pytest.fixture(scope="module")
def backwards(release: Release, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    path = tmp_path_factory.mktemp("backwards") / QUADS
    path.write_bytes(b"".join(reversed((release.folder / QUADS).read_bytes().splitlines(keepends=True))))
    with Engine(path, Settings(workers=1), release.path(VOID)) as opened:
        yield opened


@pytest.fixture(params=QUESTIONS)
def asked(request: pytest.FixtureRequest, release: Release) -> Question:
    """Each of the named queries, with the defaults of the release."""
    return question(request.param, release.manifest["defaults"])


def answer(engine: Engine, query: str, values: Values | None = None) -> Any:  # noqa: ANN401 - as JSON has it
    """Give an answer for comparison: results in their order, triples in none."""
    found = engine.answer(query, values=values or {}, graphs="application/n-triples")
    return sorted(found.body.splitlines()) if found.kind == "triples" else json.loads(found.body)


def bindings(engine: Engine, query: str) -> list[dict[str, dict[str, str]]]:
    """Give the rows of a SELECT, none for other forms."""
    found = answer(engine, query)
    return found["results"]["bindings"] if isinstance(found, dict) and "results" in found else []


def test_every_question_says_in_two_languages_what_it_asks_and_is_answered(engine: Engine, asked: Question) -> None:
    assert re.fullmatch(r"[A-Z].*\?", asked.summaries["en"])
    assert re.fullmatch(r"[A-ZĀ-Ž].*\?", asked.summaries["lv"])
    assert asked.summaries["en"] != asked.summaries["lv"]
    assert all(re.fullmatch("[a-z]+", tag) for tag in asked.tags)
    found = answer(engine, asked.text)
    assert found if isinstance(found, list) else found.get("boolean") or found["results"]["bindings"]


def test_a_query_declares_the_prefixes_that_it_uses_and_no_others(asked: Question) -> None:
    declared = dict(re.findall(r"^PREFIX (\w+): <(.*)>$", asked.text, re.MULTILINE))
    body = re.sub(r'"[^"]*"', "", asked.text.partition("\n\n")[2])

    assert declared.items() <= prefixes().items()
    assert declared.keys() == set(re.findall(r"(?<![\w?])([a-z]+):", body))


def test_there_is_a_question_for_each_file_and_a_hint_for_a_misspelt_one() -> None:
    assert sorted(QUESTIONS) == QUESTIONS
    assert all(re.fullmatch("[a-z]+(-[a-z]+)*", name) for name in QUESTIONS)
    with pytest.raises(NotFound, match="Did you mean partners-with-dates"):
        question("partner-with-dates")


@pytest.mark.parametrize("packaged", questions(), ids=QUESTIONS)
def test_a_query_runs_as_the_package_has_it_and_names_no_home_town(engine: Engine, packaged: Question) -> None:
    answer(engine, packaged.text)
    assert "jelgava" not in packaged.text.lower()


def test_a_query_asks_of_the_first_home_town_and_what_is_near_it_where_the_packages_own_has_no_answer() -> None:
    """Made-up statements: two home towns with an agreement each."""
    stated = "".join(
        f"source:{home} a schema:WebPage ; schema:about place:{home} . place:{home} a schema:City ."
        f"agreement:{name} a tg:Agreement ; tg:party place:{home} , place:made-up-partner ."
        for home, name in (("made-up-b", "made-up-1"), ("made-up-a", "made-up-2"))
    )
    declared = "".join(f"@prefix {prefix}: <{iri}> . " for prefix, iri in prefixes().items())
    quoted = 'quote:made-up oa:exact "made up" ; prov:wasQuotedFrom source:made-up .'
    made_up = f"{declared} quote:made-up {{ {quoted} {stated} }}"
    found = find_defaults(ox.parse(made_up, ox.RdfFormat.TRIG))

    assert found["one-town-as-a-graph"] == {"place": "place:made-up-a"}
    assert found["statements-of-one-agreement"] == {"agreement": "agreement:made-up-2"}
    assert found["partners-by-country"] == {"place": "place:made-up-a"}
    # Of what there is none, it stays as it was.
    assert found["facts-of-one-thing"] == {"thing": "figure:nova-odessa-area"}


def test_every_sentence_in_an_answer_stands_in_the_page(engine: Engine, page: str, asked: Question) -> None:
    given = [row[column]["value"] for row in bindings(engine, asked.text) for column in SENTENCES if column in row]
    assert [sentence for sentence in given if sentence not in page] == []


@pytest.mark.parametrize("language", ["lv", "en"])
def test_labels_are_in_the_language_that_is_asked_for_each_beside_its_thing(
    engine: Engine, asked: Question, language: str
) -> None:
    query = asked.write(language)
    selected = re.findall(r"[?](\w+)", query.partition("SELECT")[2].partition("WHERE")[0])
    labels = {name for name in selected if name.endswith("_label") or name in WORDS}

    assert ('"en"' in asked.text) == bool(labels)
    assert {name.removesuffix("_label") for name in labels} <= set(selected)
    for row in bindings(engine, query):
        assert {row[name]["xml:lang"] for name in labels if name in row} <= {language}


def test_the_language_changes_what_things_are_called_and_not_which_there_are(engine: Engine, asked: Question) -> None:
    in_latvian, in_english = (
        {tuple(sorted((name, term["value"]) for name, term in row.items() if term["type"] == "uri")) for row in rows}
        for rows in (bindings(engine, asked.write(language)) for language in ("lv", "en"))
    )
    # The page itself has a title in its own language and none in another.
    only_in_one = {row for row in in_latvian ^ in_english if str(row).count("source/jelgava-lv-2017") == 0}
    assert only_in_one == set()


def test_answers_do_not_depend_on_the_order_of_the_data(engine: Engine, backwards: Engine, asked: Question) -> None:
    assert answer(backwards, asked.text) == answer(engine, asked.text)


TRIED = [tuple(row) for row in csv.reader((FOLDER / "tried.csv").read_text("utf-8").splitlines()[1:])]


@pytest.mark.parametrize(("name", "parameter", "given"), TRIED)
def test_a_value_substituted_or_written_into_the_query_gives_the_same_answer(
    engine: Engine, release: Release, name: str, parameter: str, given: str
) -> None:
    asked = question(name, release.manifest["defaults"])
    default = asked.parameters[parameter]
    line, value = f"OPTIONAL {{ VALUES ?{parameter} {{ %s }} }}", term(given)
    spelt = f"<{value}>" if isinstance(value, URIRef) else given if given.isdigit() else f'"{given}"'

    substituted = answer(engine, asked.text, {parameter: value})

    assert asked.text.count(line % default) == 1
    assert substituted == answer(engine, asked.text.replace(line % default, line % spelt)) != answer(engine, asked.text)
    assert substituted == answer(engine, asked.write(values=asked.values({parameter: given})))


def test_every_parameter_has_been_tried() -> None:
    parameters = {(each.name, parameter) for each in questions() for parameter in each.parameters}

    assert parameters == {(name, parameter) for name, parameter, _ in TRIED}
    assert sum(each.text.count("OPTIONAL { VALUES ?") for each in questions()) == len(parameters)


@pytest.mark.parametrize(
    ("name", "given", "written"),
    [
        ("sentences-with-a-word", {"word": 'made "up" }'}, r'VALUES ?word { "made \"up\" }" }'),
        ("sentences-with-a-word", {"word": "en"}, 'VALUES ?word { "en" }'),
        ("areas-of-one-town", {"place": "como"}, "VALUES ?place { place:como }"),
        ("areas-of-one-town", {"place": "https://example.org/made-up"}, "?place { <https://example.org/made-up> }"),
        ("areas-of-one-town", {"place": "made> } #up"}, None),
    ],
)
def test_nothing_in_a_value_is_taken_for_the_query(name: str, given: dict[str, str], written: str | None) -> None:
    asked = question(name)
    with nullcontext() if written else pytest.raises(BadValue, match="is no IRI"):
        assert written in asked.write("lv", asked.values(given))


def test_a_value_that_names_nothing_is_said(engine: Engine) -> None:
    check(engine, {"place": term("place:como"), "property": term("schema:name"), "word": Literal("made up")})
    check(engine, {"item": term("wd:Q481544")} | question("areas-of-one-town").values({"place": "alcamo"}))
    with pytest.raises(BadValue, match="There is no place “berlin” in this release") as refused:
        check(engine, question("areas-of-one-town").values({"place": "berlin"}))
    assert refused.value.text.in_language("lv").startswith("Šajā laidienā nav „berlin” (place)")
    with pytest.raises(UnknownValue, match="Did you mean place:alcamo") as near:
        check(engine, question("areas-of-one-town").values({"place": "alcmo"}))
    assert (near.value.parameter, near.value.near[0]) == ("place", "place:alcamo")
    with pytest.raises(BadValue, match="says nothing of <https://example"):
        check(engine, {"place": term("https://example.org/made-up")})


@pytest.mark.parametrize("path", sorted((FOLDER / "answers").glob("*.csv")), ids=lambda path: path.stem)
def test_the_answer_is_what_the_page_says(engine: Engine, path: Path) -> None:
    # The first line is the claim; the answers are in Latvian.
    columns, *rows = csv.reader(path.read_text("utf-8").splitlines()[1:])
    found = [[row.get(column, "") for column in columns] for row in named(engine, path.stem, "lv")]
    assert [[curie(value) if value.startswith("http") else value for value in row] for row in found] == rows


def test_the_words_for_an_area_stand_in_the_page_where_the_answer_says(engine: Engine, page: str) -> None:
    for row in named(engine, "words-for-one-area"):
        assert page[int(row["start"]) : int(row["end"])] == row["words"]


@pytest.mark.parametrize(("language", "words"), [("lv", "Reti kuras pašvaldības"), ("en", "Few municipalities")])
def test_a_figure_that_looks_wrong_has_its_reason_in_one_text(engine: Engine, language: str, words: str) -> None:
    assert [row["reason"].count(words) for row in named(engine, "figures-that-look-wrong", language)] == [1, 1]


def test_the_amendment_of_2017_repeats_three_areas_of_2007(engine: Engine) -> None:
    found = named(engine, "areas-undertaken-in-an-amendment")
    repeated = [row["area_label"] for row in found if row["agreed_before"] == "true"]
    assert (len(found), repeated) == (10, ["science", "culture", "entrepreneurship"])


def test_the_page_names_33_areas_72_times(engine: Engine) -> None:
    found = [(row["area_label"], row["towns"], row["mentions"]) for row in named(engine, "areas-by-number-of-towns")]
    assert (len(found), sum(int(mentions) for *_, mentions in found)) == (33, 72)
    assert found[:3] == [("culture", "12", "13"), ("education", "9", "10"), ("sport", "6", "6")]


@pytest.mark.parametrize(
    ("name", "number"),
    [
        *(("populations", 14), ("surface-areas", 14), ("web-sites", 8), ("passages-left-out", 14)),
        *(("agreements-signed-on-a-known-day", 7), ("amended-agreements", 1), ("agreements-by-area", 42)),
        *(("programmes-with-years", 4), ("places-without-wikidata", 2), ("towns-two-steps-away", 12)),
    ],
)
def test_an_answer_has_as_many_rows_as_the_page_has_facts(engine: Engine, name: str, number: int) -> None:
    assert len(named(engine, name)) == number


@pytest.mark.parametrize(("town", "agreed"), [("alcamo", True), ("nacka", False), ("jelgava", False)])
def test_a_town_without_an_agreement_is_told_from_one_with(
    engine: Engine, release: Release, town: str, *, agreed: bool
) -> None:
    asked = question("agreement-between-two-towns", release.manifest["defaults"])
    assert answer(engine, asked.text, asked.values({"place": town}))["boolean"] is agreed
