"""The search: what a word finds however it is spelt, and what is left of it from each side."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING
from urllib.parse import quote_plus, urlencode

import pytest
from rdflib.namespace import SDO, SKOS

from pages import Page
from twingraph.settings import BASE
from twingraph.vocab import kind_of, thing
from twingraph.web.search import FACETS, LONGEST, Context, contexts

if TYPE_CHECKING:
    from flask.testing import FlaskClient

    from twingraph.query.engine import Engine
    from twingraph.release.records import LinkedTowns


def searched(client: FlaskClient, **asked: str) -> Page:
    answer = client.get(f"/search?{urlencode({'lang': 'en', **asked})}")
    assert answer.status_code == 200
    return Page(answer.text)


def found(client: FlaskClient, **asked: str) -> list[str]:
    """Give what a search finds, in its order: `place/alcamo`."""
    links = searched(client, **asked).links
    return [link.removeprefix("/id/").partition("?")[0] for link in links if link.startswith("/id/")][:-1]


def asked(engine: Engine, pattern: str) -> set[str]:
    """Ask for the things of a pattern, as they stand in addresses."""
    rows = json.loads(engine.answer(f"SELECT DISTINCT ?thing {{ {pattern} }}").body)["results"]["bindings"]
    return {row["thing"]["value"].removeprefix(f"{BASE}id/") for row in rows}


# From each side


def test_what_is_planned_with_one_town_and_agreed_with_another_is_not_planned_with_both() -> None:
    """Two made-up towns with one made-up area."""
    rows = ({"country": "AA", "standing": "planned"}, {"country": "BB", "standing": "agreed", "year": "1999"})
    area = f"{BASE}id/area/made-up"
    found = contexts([row | {"area": area} for row in rows])[area]
    assert found == {
        Context("area", "AA", area="made-up", standing="planned"),
        Context("area", "BB", "1990", "made-up", "agreed"),
    }
    fits = [
        any(each.fits(Context(country=country, standing="planned")) for each in found) for country in ("AA", "BB", "")
    ]
    assert fits == [True, False, True]


# The page


@pytest.mark.parametrize("place", ["alcamo", "siauliai", "hallefors", "ivano-frankivsk", "xinying", "bialystok"])
def test_every_town_is_found_by_every_spelling_of_its_name(client: FlaskClient, towns: LinkedTowns, place: str) -> None:
    names = {*towns.merged.objects(thing("place", place), SDO.name)}
    names |= {*towns.merged.objects(thing("place", place), SDO.alternateName)}
    assert len(names) > 2
    for name in names:
        assert f"place/{place}" in found(client, q=str(name)), name


def test_every_area_is_found_by_each_wording_of_the_page(client: FlaskClient, towns: LinkedTowns) -> None:
    wordings = {(area, str(word)) for area, word in towns.merged.subject_objects(SKOS.altLabel)}
    wordings = {(area, word) for area, word in wordings if kind_of(area) == "area"}
    assert len(wordings) > 33
    for area, word in wordings:
        assert str(area).removeprefix(f"{BASE}id/") in found(client, q=word), word


def test_a_word_of_a_sentence_finds_the_sentences_in_their_order(client: FlaskClient, engine: Engine) -> None:
    there = asked(engine, '?thing prov:wasQuotedFrom ?page ; oa:exact ?text FILTER(CONTAINS(?text, "Desmit gadu"))')
    assert set(found(client, q="desmit gadu", kind="quote")) == there != set()
    page = searched(client, q="desmit gadu", kind="quote")
    assert {text.casefold() for text in page.texts["mark"]} == {"desmit", "gadu"}


def test_an_organisation_is_found_and_its_kind_is_told(client: FlaskClient) -> None:
    page = searched(client, q="Spīdolas")
    assert "/id/organisation/spidolas-skola?lang=en" in page.links
    headings = [heading.partition(" (")[0] for heading in page.texts["h2"]]
    assert headings == ["Organisations", "Activities", "Passages of the page"]


@pytest.mark.parametrize(
    ("choice", "pattern"),
    [
        ({"kind": "agreement", "decade": "2000"}, "?thing a tg:Agreement ; tg:year ?y FILTER(?y >= 2000 && ?y < 2010)"),
        (
            {"kind": "place", "country": "SE"},
            "?thing a ?class ; schema:containedInPlace country:SE FILTER(STRSTARTS(STR(?thing), STR(place:)))",
        ),
        ({"kind": "area", "standing": "planned"}, "?m tg:area ?thing ; tg:standing standing:planned"),
        ({"kind": "quote", "area": "sport"}, "?m tg:area area:sport ; schema:isPartOf ?thing"),
        (
            {"kind": "place", "area": "culture", "standing": "planned"},
            "?m tg:area area:culture ; tg:standing standing:planned ; schema:about ?thing",
        ),
        ({"kind": "twinning", "country": "LT"}, "?thing a tg:Twinning ; tg:partner place:siauliai"),
        (
            {"kind": "organisation", "country": "UA"},
            "?a schema:contributor|schema:organizer ?thing ; tg:twinning twinning:jelgava-ivano-frankivsk",
        ),
    ],
)
def test_what_is_chosen_is_what_a_query_finds(
    client: FlaskClient, engine: Engine, choice: dict[str, str], pattern: str
) -> None:
    there = found(client, **choice)
    assert set(there) == asked(engine, pattern) != set()
    assert len(there) == len(set(there))


@pytest.mark.parametrize("facet", FACETS)
def test_each_choice_leaves_as_many_as_it_says(client: FlaskClient, facet: str) -> None:
    text = client.get("/search?lang=en&q=culture").text
    select = re.search(rf'<select id="{facet}".*?</select>', text, re.DOTALL)
    options = re.findall(r'<option value="([^"]+)">.*?\((\d+)\)</option>', select[0] if select else "")
    assert options
    for value, number in options:
        assert len(found(client, q="culture", **{facet: value})) == int(number) > 0, value


@pytest.mark.parametrize("tongue", ["lv", "en"])
def test_every_name_is_the_one_that_sparql_answers(client: FlaskClient, towns: LinkedTowns, tongue: str) -> None:
    places = {*towns.merged.subjects(SDO.containedInPlace)}
    names = sorted(
        str(name) for town in places for name in towns.merged.objects(town, SDO.name) if name.language == tongue
    )
    page = searched(client, lang=tongue, kind="place")
    assert sorted(text for text in page.texts["a"] if text in names) == names


def test_nothing_asked_is_nothing_found_and_nothing_there_is_said(client: FlaskClient) -> None:
    assert found(client) == []
    assert "Nothing was found" in "".join(searched(client, q="zzzzzzzz").texts["p"])
    assert "This is like it" in "".join(searched(client, q="Jelgvaa").texts["p"])
    assert "place/jelgava" in found(client, q="Jelgvaa")
    assert found(client, country="XX", kind="nonsense") == []


@pytest.mark.parametrize(
    "typed",
    ["<script>alert(1)</script>", '"><img src=x>', "%00", "a" * 5000, "\N{RIGHT-TO-LEFT OVERRIDE}", "{{ 7*7 }}", "\\"],
)
def test_whatever_is_typed_is_only_text(client: FlaskClient, typed: str) -> None:
    text = client.get(f"/search?q={quote_plus(typed)}&country={quote_plus(typed)}&decade={quote_plus(typed)}").text
    page = Page(text)
    assert not page.inline_scripts
    assert page.counts["img"] == 0
    assert client.get(f"/search/suggestions?q={quote_plus(typed)}").json[0] == " ".join(typed.split())[:LONGEST]


def test_the_queries_behind_the_page_are_a_click_away(client: FlaskClient) -> None:
    links = searched(client, q="Como").links
    for name in ("names-to-find-things-by", "sentences-in-order", "towns-in-context"):
        assert client.get(next(link for link in links if name in link)).status_code == 200


# Programs


def test_suggestions_are_names_with_their_kinds_and_addresses(client: FlaskClient) -> None:
    answer = client.get("/search/suggestions?q=sia&lang=lv")
    assert answer.content_type == "application/x-suggestions+json"
    typed, names, kinds, addresses = answer.json
    assert (typed, names[0], kinds[0]) == ("sia", "Šauļi", "Pilsēta vai pašvaldība")
    assert addresses[0] == "/id/place/siauliai?lang=lv"
    assert len(names) == len(kinds) == len(addresses) <= 10
