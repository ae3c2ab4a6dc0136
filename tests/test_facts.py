"""Every number and name on the first page, the lists, and the pages of towns and agreements is what SPARQL answers."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from pages import Page, numbers_in
from twingraph.settings import BASE
from twingraph.vocab import slug_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask.testing import FlaskClient

    from twingraph.query.engine import Engine

    Ask = Callable[..., list[list[str]]]
    Read = Callable[[str], Page]

NAMED = frozenset(
    ("place", "country", "twinning", "agreement", "area", "organisation", "activity", "programme", "topic", "tie")
)
"""The kinds of things that are linked by their names."""
NAMES = """SELECT ?thing ?name { ?thing schema:name|skos:prefLabel ?name FILTER(LANG(?name) = $language) }"""
COUNTS = (
    "SELECT (COUNT(DISTINCT ?town) AS ?n) { place:jelgava tg:twinnedWith ?town }",
    "SELECT (COUNT(DISTINCT ?land) AS ?n) { place:jelgava tg:twinnedWith/schema:containedInPlace ?land }",
    *(f"SELECT (COUNT(DISTINCT ?x) AS ?n) {{ ?x a {each} }}" for each in ("tg:Twinning", "tg:Agreement")),
    "SELECT (COUNT(DISTINCT ?area) AS ?n) { ?mention tg:area ?area }",
    *(f"SELECT (COUNT(DISTINCT ?x) AS ?n) {{ ?x a {each} }}" for each in ("tg:Mention", "schema:Quotation")),
)
DATED = """SELECT DISTINCT ?from ?to ?name ?sentence {
  { GRAPH ?graph { ?what tg:signed|tg:since ?from } }
  UNION { GRAPH ?graph { ?what schema:startDate ?from } ?what schema:endDate ?to . ?activity tg:programme ?what }
  ?what schema:name ?name FILTER(LANG(?name) = $language)
  OPTIONAL { ?graph oa:exact ?sentence }
}"""
MENTIONS = """SELECT ?area ?town ?standing ?words {
  ?mention a tg:Mention ; tg:area/skos:prefLabel ?area ; schema:about/schema:name ?town ;
    tg:standing/skos:prefLabel ?standing ; oa:exact ?words
  FILTER(LANG(?area) = $language && LANG(?town) = $language && LANG(?standing) = $language)
}"""
PLACES = """SELECT DISTINCT ?town ?country {
  ?tie tg:partner ?place . ?place schema:name ?town ; schema:containedInPlace/schema:name ?country
  FILTER(LANG(?town) = $language && LANG(?country) = $language && ?place != $thing)
}"""
SIGNED = """SELECT ?name ?date ?kind {
  ?agreement $of ; schema:name ?name ; tg:signed ?date ; dct:type/skos:prefLabel ?kind
  FILTER(LANG(?name) = $language && LANG(?kind) = $language)
}"""
AREAS = """SELECT ?name ?state ?words {
  ?mention $of ; tg:area/skos:prefLabel ?name ; tg:standing/skos:prefLabel ?state ; oa:exact ?words
  FILTER(LANG(?name) = $language && LANG(?state) = $language)
}"""
PARTIES = "SELECT ?name { $thing tg:party/schema:name ?name FILTER(LANG(?name) = $language) }"
AREAS_BY_TOWN = """SELECT ?town (COUNT(DISTINCT ?area) AS ?areas) {
  { SELECT DISTINCT ?place { ?tie tg:partner ?place } }
  ?place schema:name ?town FILTER(LANG(?town) = $language)
  OPTIONAL { ?mention schema:about ?place ; tg:area ?area }
} GROUP BY ?town"""
TOWNS_BY_AREA = """SELECT ?name (COUNT(DISTINCT ?town) AS ?towns) (COUNT(DISTINCT ?mention) AS ?mentions) {
  ?mention tg:area ?area ; schema:about ?town . ?area skos:prefLabel ?name FILTER(LANG(?name) = $language)
} GROUP BY ?name"""
FIGURES = """SELECT ?value ?printed ?year ?doubt {
  ?figure schema:observationAbout $thing ; schema:value ?value ; tg:asPrinted ?printed
  OPTIONAL { ?figure tg:year ?year }
  OPTIONAL {
    ?figure tg:assessment assessment:implausible .
    assessment:implausible skos:prefLabel ?doubt FILTER(LANG(?doubt) = $language)
  }
}"""
TIES = """SELECT ?name ?since {
  ?tie tg:partner $thing ; schema:name ?name FILTER(LANG(?name) = $language) OPTIONAL { ?tie tg:since ?since }
}"""
ACTIVITIES = """SELECT ?name ?people {
  ?activity a schema:Event ; tg:twinning/tg:partner $thing ; schema:name ?name FILTER(LANG(?name) = $language)
  OPTIONAL { ?activity tg:participants ?people }
}"""
NEAR = """SELECT DISTINCT ?value {
  { $thing ?p ?value } UNION { ?other ?to $thing ; ?p ?value } UNION { $thing ?to ?other . ?other ?p ?value }
  UNION { GRAPH ?graph { $thing ?q ?any } ?graph ?p ?value } UNION { dataset:twin-towns ?p ?value }
  UNION { ?activity tg:twinning/tg:partner $thing ; ?p ?value }
  UNION { ?agreement tg:twinning/^tg:twinning $thing ; ?p ?value }
}"""
"""Whatever is said of a thing and of its neighbours."""


@pytest.fixture(scope="module", params=["lv", "en"])
def language(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def read(client: FlaskClient, language: str) -> Read:
    return lambda path: Page(client.get(f"{path}?lang={language}").text)


@pytest.fixture
def ask(engine: Engine, language: str) -> Ask:
    """Ask the engine; give rows of values in order, "" for what is not bound. Prefixes need not be declared."""

    def ask(query: str, thing: str = "", of: str = "") -> list[list[str]]:
        query = query.replace("$language", f'"{language}"').replace("$thing", thing).replace("$of", of)
        found = json.loads(engine.answer(query).body)
        rows, names = found["results"]["bindings"], found["head"]["vars"]
        return sorted([row.get(name, {"value": ""})["value"] for name in names] for row in rows)

    return ask


def test_the_first_page_shows_what_is_known_of_all(read: Read, ask: Ask) -> None:
    page, places, mentions, dates = read("/"), ask(PLACES, "place:jelgava"), ask(MENTIONS), ask(DATED)
    counts = [ask(each)[0][0] for each in COUNTS]

    assert page.find("//*[@class='counts']//dd") == counts
    assert sorted(set(page.find("//svg[contains(@class, 'map')]//text[@class='name']"))) == [town for town, _ in places]
    assert sorted(row[:2] for row in page.rows("//*[@aria-labelledby='map']")) == places
    assert sorted(page.rows("//*[@aria-labelledby='what']//details")) == mentions
    matrix = page.items("//table[@class='matrix']//*[@class='more']", ".//b", ".//q")
    assert sorted(matrix) == sorted([f"{area}, {town}: {state}", words] for area, town, state, words in mentions)
    # What is from elsewhere has no sentence.
    dated = page.items("//*[@aria-labelledby='when']//tbody/tr", "td", "th", "td//*[@lang]")
    spans = [(*period.partition(" – ")[::2], name, sentence) for period, name, sentence in dated]
    assert page.find("//svg[@class='timeline']//text[@class='name']") == [name for _, name, _ in dated]
    assert sorted([page.date(begin), page.date(end), *more] for begin, end, *more in spans) == dates
    assert_names_are_known(page, ask)
    near = [value for (value,) in ask(NEAR, "place:jelgava")]
    known = numbers_in([*counts, *near, *(date for row in dates for date in row[:2])], page.language)
    assert page.numbers() - known - {str(year) for year in range(1950, 2030, 10)} == set()


def test_every_town_shows_what_is_known_of_it(read: Read, ask: Ask) -> None:
    towns = ask("SELECT DISTINCT ?town { ?tie tg:partner ?town }")
    assert len(towns) == 15
    for (town,) in towns:
        page, thing = read(f"/doc/place/{slug_of(town)}.html"), f"<{town}>"
        parts = ("*[@class='read']", ".//q", "h3/small", "*/*[@class='doubt']")
        figures = page.items("//*[starts-with(@class, 'figure')]", *parts)
        read_figures = [[page.first_number(value), by, page.first_number(year), no] for value, by, year, no in figures]
        ties = page.items("//ul[@class='ties']/li", "a", "time")
        activities = page.items("//ul[@class='activities']/li", "p/a", "ul/li[not(.//a)][not(.//q)]")

        assert signed(page) == ask(SIGNED, of=f"tg:party {thing}")
        assert sorted(page.rows("//section[h2[@id='areas']]")) == ask(AREAS, of=f"schema:about {thing}")
        assert sorted(read_figures) == ask(FIGURES, thing)
        assert sorted([name, page.date(since)] for name, since in ties) == ask(TIES, thing)
        assert sorted([name, page.first_number(people)] for name, people in activities) == ask(ACTIVITIES, thing)
        assert_all_is_known(page, ask, thing)


def test_every_agreement_shows_what_is_known_of_it(read: Read, ask: Ask) -> None:
    for (agreement,) in ask("SELECT ?agreement { ?agreement a tg:Agreement }"):
        page, thing = read(f"/doc/agreement/{slug_of(agreement)}.html"), f"<{agreement}>"
        others = f"tg:twinning/^tg:twinning {thing} FILTER(?agreement != {thing}) ?agreement a tg:Agreement"
        parties = page.find("//dl[@class='card']/div/dd/a[contains(@href, '/id/place/')]")

        assert sorted(page.rows("//section[h2[@id='areas']]")) == ask(AREAS, of=f"tg:mentionedIn {thing}")
        assert signed(page) == ask(SIGNED, of=others)
        assert sorted([name] for name in parties) == ask(PARTIES, thing)
        assert_all_is_known(page, ask, thing)


def test_the_lists_show_what_is_known(read: Read, ask: Ask) -> None:
    agreements = read("/agreements")
    assert signed(agreements) == ask(SIGNED, of="a tg:Agreement")
    assert_names_are_known(agreements, ask)

    towns = read("/towns").rows("//*[@aria-labelledby='towns']")
    assert sorted(row[:2] for row in towns) == ask(PLACES, "place:none")
    assert sorted([row[0], row[3].replace("–", "0")] for row in towns) == ask(AREAS_BY_TOWN)

    assert sorted(read("/areas").rows("//*[@aria-labelledby='areas']")) == ask(TOWNS_BY_AREA)


def assert_all_is_known(page: Page, ask: Ask, thing: str) -> None:
    """Hold every name and number of a page to what the engine knows near a thing."""
    assert_names_are_known(page, ask)
    assert page.numbers() - numbers_in((value for (value,) in ask(NEAR, thing)), page.language) == set()


def assert_names_are_known(page: Page, ask: Ask) -> None:
    """Hold every name that leads to its thing to what the engine knows."""
    linked = {(f"{BASE}id/{to}", text) for to, text in page.things() if to.partition("/")[0] in NAMED}
    assert len(linked) > 1
    assert linked - {tuple(each) for each in ask(NAMES)} == set()


def signed(page: Page) -> list[list[str]]:
    rows = page.rows("//section[h2[@id='agreements']]")
    return sorted([name, page.date(date), kind] for name, date, kind in rows)
