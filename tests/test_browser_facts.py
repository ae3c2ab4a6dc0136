"""Every number and name on the first page and on those of towns and agreements is what SPARQL answers."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

import shown
from browsing import Look, visitor
from serving import Server, started

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Browser

    from browsing import Visitor
    from twingraph.release import Release

    Ask = Callable[..., list[list[str]]]

TOWNS = (
    *("jelgava", "alcamo", "como", "baranavichy", "hallefors", "magadan", "nova-odessa", "nacka", "parnu"),
    *("rueil-malmaison", "siauliai", "xinying", "vejle", "ivano-frankivsk", "bialystok"),
)
AGREEMENTS = (
    *("jelgava-alcamo-2002", "jelgava-parnu-siauliai-1957", "jelgava-nova-odessa-2007"),
    *("jelgava-rueil-malmaison-2007", "jelgava-rueil-malmaison-2017"),
)
NAMED = frozenset(
    ("place", "country", "twinning", "agreement", "area", "organisation", "activity", "programme", "topic")
    + ("tie", "document", "standing", "assessment")
)
"""The kinds of things that are linked by their names."""
NAMES = """SELECT ?thing ?name {
  ?thing schema:name|skos:prefLabel ?name FILTER(LANG(?name) = $language && STRSTARTS(STR(?thing), STR(tg:) ) = false)
}"""
AGREED = """SELECT ?name ?date ?kind {
  ?agreement tg:party $place ; schema:name ?name ; tg:signed ?date ; dct:type/skos:prefLabel ?kind
  FILTER(LANG(?name) = $language && LANG(?kind) = $language)
}"""
AREAS = """SELECT ?name ?state ?words {
  ?mention $in $thing ; tg:area/skos:prefLabel ?name ; tg:standing/skos:prefLabel ?state ; oa:exact ?words
  FILTER(LANG(?name) = $language && LANG(?state) = $language)
}"""
FIGURES = """SELECT ?value ?printed ?year ?doubted {
  ?figure schema:observationAbout $place ; schema:value ?value ; tg:asPrinted ?printed ; tg:assessment ?assessment
  OPTIONAL { ?figure schema:observationDate ?year }
  BIND(?assessment = assessment:implausible AS ?doubted)
}"""
TIES = """SELECT ?name ?since {
  ?tie tg:partner $place ; schema:name ?name FILTER(LANG(?name) = $language) OPTIONAL { ?tie tg:since ?since }
}"""
ACTIVITIES = """SELECT ?name ?people {
  ?activity tg:twinning/tg:partner $place ; a schema:Event ; schema:name ?name FILTER(LANG(?name) = $language)
  OPTIONAL { ?activity tg:participants ?people }
}"""
NEAR = """SELECT DISTINCT ?value {
  { $thing ?p ?value } UNION { ?other ?to $thing ; ?p ?value } UNION { $thing ?to ?other . ?other ?p ?value }
  UNION { ?activity tg:twinning/tg:partner|tg:twinning/^tg:twinning $thing ; ?p ?value }
  UNION { GRAPH ?graph { $thing ?q ?any } ?graph ?p ?value } UNION { dataset:twin-towns ?p ?value }
}"""
"""Whatever is said of a thing and of its neighbours."""


@pytest.fixture(scope="module")
def server(release: Release) -> Iterator[Server]:
    with started(release.folder) as server:
        yield server


@pytest.fixture(scope="module", params=["lv", "en"])
def reader(browser: Browser, server: Server, request: pytest.FixtureRequest) -> Iterator[Visitor]:
    with visitor(browser, f"http://127.0.0.1:{server.port}/", Look(request.param, scripts=False)) as reader:
        yield reader


@pytest.fixture(scope="module")
def ask(server: Server) -> Ask:
    """Ask the endpoint; give rows of values in order, "" for what is not bound. Its prefixes need not be declared."""

    def ask(query: str, language: str, **terms: str) -> list[list[str]]:
        for name, term in {"language": f'"{language}"', **terms}.items():
            query = query.replace(f"${name}", term)
        answer = server.query(query, accept="application/sparql-results+json")
        assert answer.status == 200, answer.text
        names, found = (json.loads(answer.text)[part] for part in ("head", "results"))
        return sorted([row.get(name, {"value": ""})["value"] for name in names["vars"]] for row in found["bindings"])

    return ask


@pytest.mark.parametrize("town", TOWNS)
def test_the_page_of_a_town_shows_its_agreements_ties_and_areas(reader: Visitor, ask: Ask, town: str) -> None:
    page, language, place = reader.page, reader.look.language, f"place:{town}"
    reader.open(f"/doc/place/{town}.html")
    agreed = [
        [name, shown.date(date, language), kind] for name, date, kind in shown.rows(page, AT.format("agreements"))
    ]
    tied = [[*shown.links(each)] for each in ()]

    assert sorted(agreed) == ask(AGREED, language, place=place)
    assert sorted(shown.rows(page, AT.format("areas"))) == ask(
        AREAS, language, **{"in": "schema:about", "thing": place}
    )
    assert tied == []
