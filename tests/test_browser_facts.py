"""Every number and name on the first page and on those of towns and agreements is what SPARQL answers."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

import shown
from browsing import Look, visitor
from twingraph.settings import BASE
from twingraph.vocab import slug_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Browser

    from browsing import Visitor
    from serving import Server

    Ask = Callable[..., list[list[str]]]

TOWNS = (
    *("jelgava", "alcamo", "como", "baranavichy", "hallefors", "magadan", "nova-odessa", "nacka", "parnu"),
    *("rueil-malmaison", "siauliai", "xinying", "vejle", "ivano-frankivsk", "bialystok"),
)
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
QUOTES = "SELECT ?sentence { [] oa:exact ?sentence }"
NEAR = """SELECT DISTINCT ?value {
  { $thing ?p ?value } UNION { ?other ?to $thing ; ?p ?value } UNION { $thing ?to ?other . ?other ?p ?value }
  UNION { GRAPH ?graph { $thing ?q ?any } ?graph ?p ?value } UNION { dataset:twin-towns ?p ?value }
  UNION { ?activity tg:twinning/tg:partner $thing ; ?p ?value }
  UNION { ?agreement tg:twinning/^tg:twinning $thing ; ?p ?value }
}"""
"""Whatever is said of a thing and of its neighbours."""


@pytest.fixture(scope="module", params=["lv", "en"])
def reader(browser: Browser, server: Server, request: pytest.FixtureRequest) -> Iterator[Visitor]:
    with visitor(browser, f"http://127.0.0.1:{server.port}/", Look(request.param, scripts=False)) as reader:
        yield reader


@pytest.fixture
def ask(server: Server, reader: Visitor) -> Ask:
    """Ask the endpoint; give rows of values in order, "" for what is not bound. Its prefixes need not be declared."""

    def ask(query: str, thing: str = "", of: str = "") -> list[list[str]]:
        for name, term in {"language": f'"{reader.look.language}"', "thing": thing, "of": of}.items():
            query = query.replace(f"${name}", term)
        answer = server.query(query, accept="application/sparql-results+json")
        assert answer.status == 200, answer.text
        names, found = (json.loads(answer.text)[part] for part in ("head", "results"))
        return sorted([row.get(name, {"value": ""})["value"] for name in names["vars"]] for row in found["bindings"])

    return ask


def test_the_first_page_shows_what_is_known_of_all(reader: Visitor, ask: Ask) -> None:
    page, places, mentions = reader.page, ask(PLACES, "place:jelgava"), ask(MENTIONS)
    counts = [ask(each)[0][0] for each in COUNTS]
    reader.open("/")

    assert shown.texts(page, ".counts dd") == counts
    assert sorted(set(shown.texts(page, "svg.map text.name:not(.home)"))) == [town for town, _ in places]
    assert sorted(row[:2] for row in shown.rows(page, "[aria-labelledby=map]")) == places
    assert sorted(shown.rows(page, "[aria-labelledby=what] details")) == mentions
    matrix = shown.items(page, "table.matrix .more", "b", "q")
    assert sorted(matrix) == sorted([f"{area}, {town}: {state}", words] for area, town, state, words in mentions)
    assert dated(reader) == ask(DATED)
    assert_names_are_known(reader, ask)
    told = [
        *counts,
        *(value for (value,) in ask(NEAR, "place:jelgava")),
        *(date for row in ask(DATED) for date in row[:2]),
    ]
    decades = {str(year) for year in range(1950, 2030, 10)}
    assert shown.numbers(page, reader.look.language) - shown.numbers_in(told, reader.look.language) - decades == set()


@pytest.mark.parametrize("town", TOWNS)
def test_a_town_shows_what_is_known_of_it(reader: Visitor, ask: Ask, town: str) -> None:
    page, thing = reader.page, f"place:{town}"
    reader.open(f"/doc/place/{town}.html")

    assert signed(reader) == ask(SIGNED, of=f"tg:party {thing}")
    assert sorted(shown.rows(page, "[aria-labelledby=areas]")) == ask(AREAS, of=f"schema:about {thing}")
    assert figures(reader) == ask(FIGURES, thing)
    assert ties(reader) == ask(TIES, thing)
    assert activities(reader) == ask(ACTIVITIES, thing)
    assert_all_is_known(reader, ask, thing)


def test_every_agreement_shows_what_is_known_of_it(reader: Visitor, ask: Ask) -> None:
    for (agreement,) in ask("SELECT ?agreement { ?agreement a tg:Agreement }"):
        thing = f"<{agreement}>"
        reader.open(f"/doc/agreement/{slug_of(agreement)}.html")
        others = f"tg:twinning/^tg:twinning {thing} FILTER(?agreement != {thing}) ?agreement a tg:Agreement"

        assert sorted(shown.rows(reader.page, "[aria-labelledby=areas]")) == ask(AREAS, of=f"tg:mentionedIn {thing}")
        assert signed(reader) == ask(SIGNED, of=others)
        assert parties(reader) == ask(PARTIES, thing)
        assert_all_is_known(reader, ask, thing)


def test_the_lists_show_what_is_known(reader: Visitor, ask: Ask) -> None:
    reader.open("/agreements")
    assert signed(reader) == ask(SIGNED, of="a tg:Agreement")
    assert_names_are_known(reader, ask)

    reader.open("/towns")
    assert sorted(row[:2] for row in shown.rows(reader.page, "[aria-labelledby=towns]")) == ask(PLACES, "place:none")
    assert sorted(
        [row[0], row[3].replace("–", "0")] for row in shown.rows(reader.page, "[aria-labelledby=towns]")
    ) == ask(AREAS_BY_TOWN)

    reader.open("/areas")
    assert sorted(shown.rows(reader.page, "[aria-labelledby=areas]")) == ask(TOWNS_BY_AREA)


def assert_all_is_known(reader: Visitor, ask: Ask, thing: str) -> None:
    """Hold every name and number of a page to what the endpoint knows near a thing."""
    known = shown.numbers_in((value for (value,) in ask(NEAR, thing)), reader.look.language)

    assert_names_are_known(reader, ask)
    assert shown.numbers(reader.page, reader.look.language) - known == set()


def assert_names_are_known(reader: Visitor, ask: Ask) -> None:
    """Hold every name that leads to its thing, and every sentence that is quoted, to what the endpoint knows."""
    names, sentences = {tuple(each) for each in ask(NAMES)}, {sentence for (sentence,) in ask(QUOTES)}
    linked = {(f"{BASE}id/{to}", text) for to, text in shown.links(reader.page) if to.partition("/")[0] in NAMED}

    assert len(linked) > 1
    assert linked - names == set()
    assert set(shown.texts(reader.page, "details.said blockquote")) - sentences == set()


def dated(reader: Visitor) -> list[list[str]]:
    """Read the table beside the timeline; what is from elsewhere has no sentence."""
    rows = shown.items(reader.page, "[aria-labelledby=when] tbody tr", "td", "th", "td [lang]")
    return sorted([*_span(period, reader), name, sentence] for period, name, sentence in rows)


def _span(period: str, reader: Visitor) -> tuple[str, str]:
    begin, _, end = period.partition(" – ")
    return shown.date(begin, reader.look.language), end and shown.date(end, reader.look.language)


def signed(reader: Visitor) -> list[list[str]]:
    rows = shown.rows(reader.page, "[aria-labelledby=agreements]")
    return sorted([name, shown.date(date, reader.look.language), kind] for name, date, kind in rows)


def parties(reader: Visitor) -> list[list[str]]:
    return sorted([name] for name in shown.texts(reader.page, "dl.card > div > dd > a[href*='/id/place/']"))


def ties(reader: Visitor) -> list[list[str]]:
    found = shown.items(reader.page, "ul.ties > li", "a", "time")
    return sorted([name, since and shown.date(since, reader.look.language)] for name, since in found)


def figures(reader: Visitor) -> list[list[str]]:
    found = shown.items(reader.page, ".figure", ".read", "q", "h3 small", ".doubt")
    return sorted([_first(read, reader), printed, _first(year, reader), doubt] for read, printed, year, doubt in found)


def activities(reader: Visitor) -> list[list[str]]:
    found = shown.items(reader.page, "ul.activities > li", "p a", ".more > li:not(:has(a, q))")
    return sorted([name, _first(more, reader)] for name, more in found)


def _first(text: str, reader: Visitor) -> str:
    return shown.first_number(text, reader.look.language)
