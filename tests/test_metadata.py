"""What pages say of themselves to search engines, to who shares them, and to readers who came from elsewhere."""

import json
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from pyld import jsonld
from rdflib import Graph

from pages import THINGS, Page, paths
from twingraph.query.engine import Engine
from twingraph.query.questions import question
from twingraph.settings import BASE

Read = Callable[..., Page]
LIST_PAGES = ("/", "/towns", "/agreements", "/areas", "/source", "/query", "/search", "/changes", "/catalog.html")


@pytest.fixture(scope="module")
def read(client: FlaskClient) -> Read:
    return lambda path, tongue="en": Page(client.get(path, query_string={"lang": tongue}).text)


def described(page: Page) -> dict[str, object]:
    """Read the JSON-LD of a page, as crawlers do."""
    found: dict[str, object] = json.loads(page.root.xpath("//script[@type='application/ld+json']")[0].text)
    return found


def meta(page: Page, name: str) -> str:
    [value] = page.root.xpath(f"//meta[@name='{name}' or @property='{name}']/@content")
    return str(value)


@pytest.mark.parametrize("tongue", ["en", "lv"])
@pytest.mark.parametrize("path", [*LIST_PAGES, *(f"/doc/{each}.html" for each in THINGS)])
def test_a_page_has_a_title_and_a_description_for_who_finds_or_shares_it(read: Read, path: str, tongue: str) -> None:
    page = read(path, tongue)
    [title] = page.find("//head/title")
    assert title == meta(page, "og:title")
    assert 0 < len(meta(page, "description")) < 260
    assert meta(page, "description") == meta(page, "og:description")
    assert meta(page, "og:url") == f"{BASE.rstrip('/')}{path}?lang={tongue}"
    assert meta(page, "og:locale").startswith(f"{tongue}_")
    # No picture of anybody else stands for the page.
    assert page.root.xpath("//meta[@property='og:image']") == []


@pytest.mark.parametrize("each", THINGS)
def test_no_thing_is_called_by_its_slug(read: Read, each: str) -> None:
    page, slug = read(f"/doc/{each}.html"), each.partition("/")[2]
    heads = (page.find("//head/title")[0], page.find("//h1")[0], meta(page, "description"), described(page)["name"])
    if "-" in slug:
        assert [head for head in heads if slug in str(head)] == []


@pytest.mark.parametrize(
    ("each", "title"),
    [
        ("place/alcamo", "Alcamo – Town"),
        ("figure/nova-odessa-area", "Surface area · Nova Odessa – Figure"),
        ("evidence/place-nacka", "Evidence · Nacka Municipality"),
        ("query/web-sites", f"{question('web-sites').summaries['en']} – Query"),
    ],
)
def test_a_title_is_the_name_and_the_kind(read: Read, each: str, title: str) -> None:
    assert read(f"/doc/{each}.html").find("//head/title") == [f"{title} · Jelgava’s twin towns"]


def test_a_town_is_described_by_its_twin_towns_since_when_and_how_that_stands(read: Read) -> None:
    alcamo = "Town. Twin town: Jelgava. First agreement: 26 July 2002. Status: in force."
    assert meta(read("/doc/place/alcamo.html"), "description") == alcamo
    assert meta(read("/doc/place/magadan.html", "lv"), "description").endswith("Statuss: darbība apturēta.")


@pytest.mark.parametrize("each", THINGS)
def test_the_json_ld_of_a_page_is_read_by_others_and_says_what_the_data_say(
    read: Read, engine: Engine, each: str
) -> None:
    given = described(read(f"/doc/{each}.html"))
    context = {"contextUrl": None, "documentUrl": "https://schema.org", "document": {}}
    # What a reader fetches from schema.org is not fetched here: in its terms every name is one of the vocabulary's.
    context["document"] = {"@context": {"@vocab": "https://schema.org/"}}
    [whole] = jsonld.expand(given, {"documentLoader": lambda *_: context})
    assert whole["@id"].endswith(f"/id/{each}")
    graph = Graph().parse(data=json.dumps(whole), format="json-ld")
    known = Graph().parse(data=engine.answer(f"DESCRIBE <{whole['@id']}>", graphs="application/n-triples").body)
    values = {(str(p), str(o)) for s, p, o in graph if str(s) == whole["@id"]}
    besides = {f"https://schema.org/{name}" for name in ("name", "description", "mainEntityOfPage", "subjectOf")}
    told = {(str(p), str(o)) for p, o in known.predicate_objects()}
    types = {"DefinedTerm", "Dataset", "Thing"}
    assert [
        (term, value)
        for term, value in values
        if term not in besides and (term, value) not in told and value.removeprefix("https://schema.org/") not in types
    ] == []


def test_of_several_sources_and_languages_json_ld_says_what_is_shown(read: Read) -> None:
    place = described(read("/doc/place/alcamo.html", "lv"))
    assert place["@type"] == ["City"]
    assert (place["name"], place["latitude"]) == ("Alkamo", 37.966667)
    assert place["sameAs"] == ["http://www.wikidata.org/entity/Q481544", "https://sws.geonames.org/2525755/"]
    assert described(read("/doc/figure/nova-odessa-area.html"))["unitCode"] == "KMK"


@pytest.mark.parametrize(
    ("path", "way", "current"),
    [
        ("/doc/place/alcamo.html", ["Home", "Towns"], "Towns"),
        ("/doc/figure/nova-odessa-area.html", ["Home", "Towns", "Nova Odessa"], "Towns"),
        ("/doc/agreement/jelgava-alcamo-2002.html", ["Home", "Agreements", "Jelgava – Alcamo"], "Agreements"),
        ("/doc/area/culture.html", ["Home", "Areas"], "Areas"),
        ("/doc/query/timeline.html", ["Home", "Query"], "Query"),
        ("/doc/dataset/twin-towns.html", ["Home", "Downloads"], "Downloads"),
    ],
)
def test_a_thing_shows_the_way_to_it_and_its_list_is_the_current_place_in_the_navigation(
    client: FlaskClient, read: Read, path: str, way: list[str], current: str
) -> None:
    page = read(path)
    assert page.find("//nav[@class='trail']//a") == way
    assert page.find("//nav[@class='ways']//a[@aria-current='true']") == [current]
    addresses = paths(page.root.xpath("//nav[@class='trail']//a/@href"))
    assert {client.get(each, headers={"Accept": "text/html"}).status_code for each in addresses} <= {200, 303}
    crumbs = json.loads(page.root.xpath("//script[@type='application/ld+json']")[1].text)
    items = crumbs["itemListElement"]
    assert (crumbs["@type"], [each["position"] for each in items]) == ("BreadcrumbList", [*range(1, len(way) + 2)])
    assert [each["name"] for each in items] == [*way, page.find("//h1")[0]]
    assert items[-1]["item"] == meta(page, "og:url")
    assert {each["item"].partition("?")[0].removeprefix(BASE.rstrip("/")) for each in items[:-1]} == addresses


def test_no_two_lists_have_one_description(read: Read) -> None:
    lists = ("/", "/towns", "/agreements", "/areas", "/activities", "/organisations", "/figures", "/source", "/query")
    assert len({meta(read(each, tongue), "description") for each in lists for tongue in ("en", "lv")}) == 2 * len(lists)


def test_the_first_page_leads_to_every_list(read: Read) -> None:
    lists = {"/towns", "/agreements", "/areas", "/activities", "/organisations", "/figures"}
    assert lists <= paths(read("/").links)


def test_a_list_is_the_current_page_itself(read: Read) -> None:
    assert read("/towns").find("//nav[@class='ways']//a[@aria-current='page']") == ["Towns"]
