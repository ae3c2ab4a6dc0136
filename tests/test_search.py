"""The search: what a word finds however it is spelt, and what is left of it from each side."""

import re
from urllib.parse import parse_qsl, quote_plus, urlencode

import pytest
from flask.testing import FlaskClient
from rdflib.namespace import SDO, SKOS

from asking import rows
from pages import Page, paths
from twingraph.query.engine import Engine
from twingraph.release.records import LinkedTowns
from twingraph.settings import BASE
from twingraph.vocab import kind_of, thing
from twingraph.web.search import FACETS, LONGEST, Context, contexts

PLANNED, UKRAINE = "tg:standing standing:planned", "twinning:jelgava-ivano-frankivsk"


def searched(client: FlaskClient, **asked: str) -> Page:
    answer = client.get(f"/search?{urlencode({'lang': 'en', **asked})}")
    assert answer.status_code == 200
    return Page(answer.text)


def found(client: FlaskClient, **asked: str) -> list[str]:
    """Give what a search finds, in its order: `place/alcamo`."""
    links = searched(client, **asked).root.xpath("//section[@class='found']//a/@href")
    return [link.removeprefix("/id/").partition("?")[0] for link in links]


def asked(engine: Engine, pattern: str) -> set[str]:
    """Ask for the things of a pattern, as they stand in addresses."""
    things = rows(engine, f"SELECT DISTINCT ?thing {{ {pattern} }}")
    return {row["thing"].removeprefix(f"{BASE}id/") for row in things}


# From each side


def test_what_is_planned_with_one_town_and_agreed_with_another_is_not_planned_with_both() -> None:
    """Two made-up towns with one made-up area."""
    rows = ({"country": "AA", "standing": "planned"}, {"country": "BB", "standing": "agreed", "year": "1999"})
    area = f"{BASE}id/area/made-up"
    planned, agreed = sorted(contexts([row | {"area": area} for row in rows])[area])
    assert planned == Context("area", "AA", area="made-up", standing="planned")
    assert agreed == Context("area", "BB", "1990", "made-up", "agreed")
    assert planned.fits(Context(country="AA", standing="planned"))
    assert not any(each.fits(Context(country="BB", standing="planned")) for each in (planned, agreed))


@pytest.mark.parametrize(
    ("choice", "pattern"),
    [
        ("kind=agreement&decade=2000", "?thing a tg:Agreement ; tg:year ?y FILTER(?y >= 2000 && ?y < 2010)"),
        (
            "kind=place&country=SE",
            "?thing schema:containedInPlace country:SE FILTER(STRSTARTS(STR(?thing), STR(place:)))",
        ),
        ("kind=area&standing=planned", "?m tg:area ?thing ; tg:standing standing:planned"),
        ("kind=quote&area=sport", "?m tg:area area:sport ; schema:isPartOf ?thing"),
        ("kind=place&area=culture&standing=planned", f"?m tg:area area:culture ; {PLANNED} ; schema:about ?thing"),
        ("kind=twinning&country=LT", "?thing a tg:Twinning ; tg:partner place:siauliai"),
        ("kind=organisation&country=UA", f"?a schema:contributor|schema:organizer ?thing ; tg:twinning {UKRAINE}"),
        ("kind=quote&q=desmit+gadu", '?thing oa:exact ?s ; oa:start ?at FILTER(CONTAINS(?s, "Desmit gadu"))'),
    ],
)
def test_what_is_chosen_is_what_a_query_finds(client: FlaskClient, engine: Engine, choice: str, pattern: str) -> None:
    there = found(client, **dict(parse_qsl(choice)))
    assert set(there) == asked(engine, pattern) != set()
    assert len(there) == len(set(there))


@pytest.mark.parametrize("facet", FACETS)
def test_each_choice_leaves_as_many_as_it_says(client: FlaskClient, facet: str) -> None:
    options = searched(client, q="culture").root.xpath(f"//select[@id='{facet}']/option[@value!='']")
    assert options
    for each in options:
        number = int(re.findall(r"\((\d+)\)", each.text)[0])
        assert len(found(client, q="culture", **{facet: each.get("value")})) == number > 0, each.text


# The page


@pytest.mark.parametrize("place", ["alcamo", "siauliai", "hallefors", "ivano-frankivsk", "xinying", "bialystok"])
def test_every_town_is_found_by_every_spelling_of_its_name(client: FlaskClient, towns: LinkedTowns, place: str) -> None:
    names = {name for term in (SDO.name, SDO.alternateName) for name in towns.merged[thing("place", place) : term]}
    assert len(names) > 2
    for name in names:
        assert f"place/{place}" in found(client, q=str(name)), name


def test_every_area_is_found_by_each_wording_of_the_page(client: FlaskClient, towns: LinkedTowns) -> None:
    wordings = {(area, str(word)) for area, word in towns.merged[: SKOS.hiddenLabel] if kind_of(area) == "area"}
    assert len(wordings) > 33
    for area, word in wordings:
        assert str(area).removeprefix(f"{BASE}id/") in found(client, q=word), word


def test_the_words_that_were_found_are_marked_and_kinds_are_told(client: FlaskClient) -> None:
    marked = searched(client, q="desmit gadu", kind="quote").find("//mark")
    assert {text.casefold() for text in marked} == {"desmit", "gadu"}
    page = searched(client, q="Spīdolas")
    assert "/id/organisation/spidolas-skola?lang=en" in page.links
    headings = [heading.partition(" (")[0] for heading in page.find("//h2")]
    assert headings == ["Organisations", "Activities", "Passages of the page"]


@pytest.mark.parametrize("tongue", ["lv", "en"])
def test_every_name_is_the_one_that_sparql_answers(client: FlaskClient, engine: Engine, tongue: str) -> None:
    query = f'SELECT ?name {{ ?a schema:containedInPlace ?b ; schema:name ?name FILTER(LANG(?name) = "{tongue}") }}'
    names = {row["name"] for row in rows(engine, query)}
    assert {*searched(client, lang=tongue, kind="place").find("//section[@class='found']//a")} == names


@pytest.mark.parametrize(
    ("typed", "thing"),
    [
        *(
            (typed, "activity/como-vocational-exchange")
            for typed in ("skolēnu apmaiņa", "school exchanges", "student exchange")
        ),
        *((typed, "organisation/spidolas-skola") for typed in ("skola", "skolas", "skolām", "school", "schools")),
        *((typed, "area/entrepreneurship") for typed in ("business", "biznesā", "uzņēmējdarbības")),
        ("skolnieku", "activity/nacka-youth"),
        ("Zviedrijā", "country/SE"),
    ],
)
def test_everyday_words_find_what_the_data_call_otherwise(client: FlaskClient, typed: str, thing: str) -> None:
    for tongue in ("lv", "en"):
        assert thing in found(client, q=typed, lang=tongue)


@pytest.mark.parametrize(
    ("typed", "address"),
    [
        *(
            (typed, "/towns")
            for typed in ("twin", "twins", "partner", "partneri", "sadraudzība", "sadraudzības", "sister city")
        ),
        *((typed, "/agreements") for typed in ("agreements", "līgumi")),
        *((typed, "/activities") for typed in ("apmaiņu", "exchange")),
        *((typed, "/figures") for typed in ("population", "iedzīvotāju skaits")),
        *((typed, "/towns?status=suspended") for typed in ("suspended", "apturēta")),
    ],
)
def test_a_word_for_a_list_or_a_status_leads_there(client: FlaskClient, typed: str, address: str) -> None:
    for tongue in ("lv", "en"):
        links = searched(client, q=typed, lang=tongue).root.xpath("//p[@class='lists-found']/a/@href")
        assert [link for link in links if link.replace(f"&lang={tongue}", "").replace(f"?lang={tongue}", "") == address]


def test_nothing_asked_is_nothing_found_and_nothing_there_is_said(client: FlaskClient) -> None:
    assert found(client) == found(client, country="XX", kind="nonsense") == []
    assert "Nothing was found" in "".join(searched(client, q="zzzzzzzz").find("//p"))
    assert "This is like it" in "".join(searched(client, q="Jelgvaa").find("//p"))
    assert "place/jelgava" in found(client, q="Jelgvaa")


@pytest.mark.parametrize(
    "typed",
    ["<script>alert(1)</script>", '"><img src=x>', "%00", "a" * 5000, "\N{RIGHT-TO-LEFT OVERRIDE}", "{{ 7*7 }}", "\\"],
)
def test_whatever_is_typed_is_only_text(client: FlaskClient, typed: str) -> None:
    page = searched(client, q=typed, country=typed, decade=typed)
    assert page.inline == page.find("//img") == []
    assert client.get(f"/search/suggestions?q={quote_plus(typed)}").json[0] == " ".join(typed.split())[:LONGEST]


def test_the_queries_behind_the_page_are_a_click_away(client: FlaskClient) -> None:
    behind = {f"/query/{name}" for name in ("names-to-find-things-by", "sentences-in-order", "towns-in-context")}
    assert behind <= paths(searched(client, q="Como").links)
    assert {client.get(path).status_code for path in behind} == {200}


def test_suggestions_are_names_with_their_kinds_and_addresses(client: FlaskClient) -> None:
    answer = client.get("/search/suggestions?q=sia&lang=lv")
    assert answer.content_type == "application/x-suggestions+json"
    typed, names, kinds, addresses = answer.json
    assert (typed, names[0], kinds[0]) == ("sia", "Šauļi", "Pilsēta vai pašvaldība")
    assert addresses[0] == "/id/place/siauliai?lang=lv"
    assert len(names) == len(kinds) == len(addresses) <= 10
