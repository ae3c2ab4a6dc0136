"""A second home: a made-up town of three sources that agree, are more exact, contradict and suspend.

It is held alone, and beside Jelgava in one release: there, every answer is Jelgava's and the made-up town's together.
"""

from __future__ import annotations

import csv
import io
import re
import shutil
import tomllib
from collections import Counter
from typing import TYPE_CHECKING
from urllib.parse import unquote

import lxml.html
import pytest
from rdflib import Graph
from rdflib.namespace import PROV, RDF, SDO

import wikidata_shape as wd
from asking import named
from conftest import MADE_UP_HOME, client_of
from releases import edit
from twingraph.query.engine import Engine
from twingraph.query.questions import questions
from twingraph.release.build import assemble
from twingraph.release.changes import diff
from twingraph.settings import QUADS, VOID, Settings
from twingraph.vocab import OA, curie, slug_of, thing
from twingraph.wikidata.crosscheck import crosscheck
from twingraph.wikidata.entities import Reference, Value

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from flask.testing import FlaskClient

    from twingraph.release.build import Built
    from twingraph.release.folder import Release

ANSWERS, EXPECTED = (
    tomllib.loads((MADE_UP_HOME / f"{name}.toml").read_text("utf-8")) for name in ("answers", "expected")
)


def short(value: str) -> str:
    """Write an IRI as the tables do, and anything else as it is."""
    return bare(unquote(curie(value))) if value.startswith("http") else value


def bare(name: str) -> str:
    """Leave out what the names of all made-up things have."""
    return re.sub(r"\b(made-up-)?licupe-(?!council|friends|music)", "", name.replace("made-up-", ""))


def cells(table: str) -> list[list[str]]:
    """Read a table of lines."""
    return [[cell.strip() for cell in line.split("|")] for line in table.strip().splitlines()]


@pytest.fixture(scope="module")
def alone(made_up_home: Release) -> Iterator[Engine]:
    """What answers on the made-up home alone."""
    with Engine(made_up_home.path(QUADS), Settings(workers=1), made_up_home.path(VOID)) as engine:
        yield engine


@pytest.fixture(scope="module")
def both(two_homes: Release) -> Iterator[Engine]:
    """What answers on both homes."""
    with Engine(two_homes.path(QUADS), Settings(workers=1), two_homes.path(VOID)) as engine:
        yield engine


def rows(engine: Engine, name: str) -> list[list[str]]:
    """Ask a named query with the values and for the columns that are written for it."""
    columns, given = cells(ANSWERS[name]["rows"])[0], ANSWERS[name].get("given", {})
    return [[short(row.get(column, "")) for column in columns] for row in named(engine, name, **given)]


def test_every_named_query_has_an_answer() -> None:
    assert list(ANSWERS) == [each.name for each in questions()]


@pytest.mark.parametrize("name", ANSWERS)
def test_a_named_query_answers_what_the_made_up_pages_say(alone: Engine, name: str) -> None:
    found, expected = rows(alone, name), cells(ANSWERS[name]["rows"])[1:]
    if ANSWERS[name].get("some"):
        assert [row for row in expected if found.count(row) != 1] == []
    else:
        assert found == expected


@pytest.mark.parametrize("name", [name for name, each in ANSWERS.items() if not each.get("sums")])
def test_beside_another_home_a_query_answers_what_it_answers_of_each(
    alone: Engine, both: Engine, engine: Engine, name: str
) -> None:
    one, other, found = (Counter(map(tuple, rows(each, name))) for each in (alone, engine, both))
    assert found == one | other


def test_the_made_up_data_break_no_rule_and_warnings_name_both_sources_their_values_and_sentences(
    built_made_up_home: Built, built_two_homes: Built, built: Built
) -> None:
    own, together, shipped = (
        Counter((each.severity, slug_of(each.rule), slug_of(each.record), each.message_en) for each in made.findings)
        for made in (built_made_up_home, built_two_homes, built)
    )
    warned = {f"{rule} {bare(record)}": message for severity, rule, record, message in own if severity < 2}
    assert min(severity for severity, *_ in together) == 1
    assert warned.keys() == EXPECTED["warnings"].keys()
    said = [(name, words) for name, several in EXPECTED["warnings"].items() for words in several]
    assert [(name, words) for name, words in said if words not in warned[name]] == []
    assert {each for each in together if each[0] < 2} == {each for each in own | shipped if each[0] < 2}


def test_a_contradiction_is_found_in_a_sentence_that_says_one_of_its_values(tmp_path: Path) -> None:
    data = shutil.copytree(MADE_UP_HOME / "data", tmp_path / "data")
    # A passage whose name is the first of those that speak of the figure, and which says no value.
    before, figure = ":bachstadt-heading {\n", thing("figure", "made-up-fiumetta-population-2014")
    edit(data / "sources/made-up-licupe-en/facts.trig", before, f"{before}    <{figure}> a schema:Observation .\n")
    found = [each for each in assemble(data).findings if slug_of(each.rule) == "Thing-contradicted"]
    assert [(each.record, each.sentence in each.message_en) for each in found].count((str(figure), True)) == 1


@pytest.mark.parametrize("slug", ["made-up-licupe-lv", "made-up-licupe-en"])
def test_every_word_of_a_made_up_page_is_quoted_or_left_out(made_up_home: Release, slug: str) -> None:
    page = made_up_home.read(f"sources/{slug}.txt").decode()
    graph = made_up_home.load().merged
    quotes = graph.subjects(PROV.wasQuotedFrom, thing("source", slug))
    rest = set(range(len(page)))
    for quote in quotes:
        rest -= {*range(int(graph.value(quote, OA.start)), int(graph.value(quote, OA.end)))}  # type: ignore[arg-type]
    assert "".join(page[at] for at in sorted(rest)).split() == []


# Tables and other files


@pytest.mark.parametrize("name", EXPECTED["tables"])
def test_a_table_has_a_row_for_each_source_with_its_own_words_and_how_the_tie_stands(
    made_up_home: Release, name: str
) -> None:
    columns, *expected = cells(EXPECTED["tables"][name])
    found = list(csv.DictReader(io.StringIO(made_up_home.read(f"tables/{name}.csv").decode(), newline="")))
    assert [[bare(row[column]) for column in columns] for row in found] == expected
    for row in found:
        if row["quote"]:
            page = made_up_home.read(f"sources/{row['source']}.txt").decode()
            assert page[int(row["start"]) : int(row["end"])] == row["quote"]


def test_no_row_of_a_table_stands_there_twice(two_homes: Release) -> None:
    tables = {name: two_homes.read(name).splitlines() for name in two_homes.checksums if name.endswith(".csv")}
    assert {name: len(rows) for name, rows in tables.items()} == {name: len(set(rows)) for name, rows in tables.items()}


def test_every_file_of_two_homes_holds_both(two_homes: Release, release: Release, made_up_home: Release) -> None:
    for ending, form in (("nt", "nt"), ("ttl", "turtle"), ("rdf", "xml"), ("jsonld", "json-ld")):
        graph = Graph().parse(data=two_homes.read(f"twingraph.{ending}"), format=form)
        for town in ("jelgava", "made-up-licupe"):
            assert (thing("place", town), RDF.type, SDO.City) in graph
    for name in sorted(name for name in two_homes.checksums if name.startswith("tables/") and name.endswith(".csv")):
        head, *rows = two_homes.read(name).splitlines()
        parts = [each.read(name).splitlines() for each in (release, made_up_home)]
        assert {head} == {part[0] for part in parts}
        assert Counter(rows) == Counter(parts[0][1:] + parts[1][1:])


def test_what_the_second_home_adds_is_told_as_its_own(release: Release, two_homes: Release) -> None:
    told = diff(release, two_homes)
    assert {each.kind for each in told.differences} == {"added"}
    others = [each.sentences["en"] for each in told.differences if "ade-up" not in each.sentences["en"]]
    assert others == ["Added: country “Germany”.", "Added: country “United Kingdom”."]


# The cross-check


@pytest.mark.parametrize("said", EXPECTED["verdicts"])
def test_a_tie_that_is_suspended_or_has_ended_is_not_proposed(made_up_home: Release, said: str) -> None:
    towns, (name, _, how) = made_up_home.load(), said.partition(", ")
    home, town = (str(towns.merged.value(thing("place", f"made-up-{each}"), SDO.sameAs)) for each in ("licupe", name))
    items = [slug_of(same) for same in towns.merged.objects(None, SDO.sameAs) if slug_of(same).startswith("Q99")]
    shape = wd.Shape().town(*items)
    if how:
        ends = [("P582", wd.time("2022-03-01", 10))] if how == "ended" else []
        source = Reference((("P854", Value("url", "https://made-up.invalid/towns")),))
        tie = Value("item", slug_of(town))
        shape.says(slug_of(home), "P190", tie, qualifiers=ends, references=[source])
    rows = crosscheck(towns, shape.snapshot(*items))
    [row] = [row for row in rows if (row.property, row.item, row.read) == ("P190", slug_of(home), slug_of(town))]
    assert row.verdict + ", proposed" * (row.proposed is not None) == EXPECTED["verdicts"][said]


# Pages


@pytest.fixture(scope="module")
def site(two_homes: Release) -> Iterator[FlaskClient]:
    """A client of a server of both homes."""
    with client_of(two_homes) as client:
        yield client


@pytest.mark.parametrize("path", EXPECTED["pages"])
@pytest.mark.parametrize("language", ["en", "lv"])
def test_a_page_shows_how_a_tie_stands_and_whose_word_that_is(site: FlaskClient, path: str, language: str) -> None:
    page = site.get(path, headers={"Accept-Language": language})
    [main] = lxml.html.document_fromstring(page.text).xpath("//main")
    assert EXPECTED["pages"][path][language == "lv"] in " ".join(main.text_content().split())


def test_a_passage_about_several_towns_stands_under_the_heading_of_none(site: FlaskClient) -> None:
    page = lxml.html.document_fromstring(site.get("/source/made-up-licupe-lv").text)
    [section] = page.xpath("//section[.//*[@id='made-up-licupe-lv-culture']]")
    assert (section.get("id"), section.xpath(".//h2")) == ("beginning", [])


def test_one_home_is_named_on_no_page_of_another(made_up_home: Release) -> None:
    with client_of(made_up_home) as client:
        for path in ("/", "/towns", "/agreements", "/areas", "/source", "/search?q=licupe", "/changes", "/query"):
            answer = client.get(path, headers={"Accept": "text/html"})
            assert (answer.status_code, "jelgav" in answer.text.lower()) == (200, False)
