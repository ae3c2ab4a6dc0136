"""The pages of things, and the source page beside what was read from it: every fact has its sentence or its reason."""

import re
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from rdflib.namespace import PROV, RDF, SDO

from asking import named as rows
from pages import THINGS, Page, paths, plain
from twingraph.query.engine import Engine
from twingraph.release.folder import Release
from twingraph.release.records import LinkedTowns
from twingraph.settings import BASE
from twingraph.vocab import TG, curie, kind_of, slug_of, thing
from twingraph.web.source_page import Passage, cut, sections
from twingraph.web.things import CARD, cite, facts, fetch, write_value

Read = Callable[..., Page]
SOURCE = "jelgava-lv-2017"
ADDRESS = f"/source/{SOURCE}"
PAGES = (
    "/",
    "/towns",
    "/agreements",
    "/areas",
    "/activities",
    "/organisations",
    "/figures",
    *(f"/doc/{each}.html" for each in THINGS),
)


@pytest.fixture(scope="module")
def read(client: FlaskClient) -> Read:
    return lambda path, tongue="en": Page(client.get(f"{path}?lang={tongue}").text)


# Every page


@pytest.mark.parametrize("path", PAGES)
def test_every_sentence_stands_in_the_source_and_every_query_behind_a_page_is_there_to_be_asked(
    client: FlaskClient, read: Read, release: Release, path: str
) -> None:
    page, text = read(path), (release.folder / "sources" / "jelgava-lv-2017.txt").read_text("utf-8")
    quoted = page.root.xpath("//details[@class='said']/blockquote")
    assert [each.text_content() for each in quoted if each.text_content().strip() not in text] == []
    assert all(mark.text_content() for each in quoted for mark in each.xpath(".//mark"))
    behind = set(page.root.xpath("//a[@class='behind']/@href"))
    assert behind or path.startswith(("/doc/rule", "/doc/dataset", "/doc/query"))
    assert {address: client.get(address).status_code for address in behind} == dict.fromkeys(behind, 200)


@pytest.mark.parametrize("each", THINGS)
def test_a_page_gives_what_the_query_behind_it_answers(app: Flask, read: Read, engine: Engine, each: str) -> None:
    page, iri = read(f"/doc/{each}.html"), f"{BASE}id/{each}"
    stated = rows(engine, "facts-of-one-thing", thing=iri)
    assert {f"/doc/{each}.{ending}" for ending in ("ttl", "jsonld", "nt", "rdf")} <= paths(page.links)
    assert len(page.root.xpath("//details[@class='all']//table[1]/tbody/tr")) >= len(stated) > 0

    with app.test_request_context("/?lang=en"):
        shown = facts(fetch(engine, *each.split("/")))
    answered = [row for row in stated if row.get("language") != "lv"]
    names = {row["value"]: row["value_label"].casefold() for row in answered if "value_label" in row}
    values = [(term, fact) for term, values in shown.items() for fact in values]
    in_card = {
        (term, row["stated_in"])
        for row in answered
        if (term := curie(row["property"])) in CARD and not row["stated_in"].endswith("/rule/shown")
    }
    assert in_card <= {(term, graph) for term, fact in values for graph in fact.grounds}
    in_page = page.root.xpath("//section[@aria-labelledby='facts']//dd")
    assert [plain(value) for value in in_page if not value.xpath(".//details | .//a[@class='ground']")] == []
    assert list(shown) == sorted(shown, key=CARD.index)
    assert [fact for _, fact in values if fact.text.casefold() != names.get(fact.iri, fact.text.casefold())] == []


def test_a_value_is_shown_once_under_the_name_that_the_ontology_gives_its_property(app: Flask, engine: Engine) -> None:
    with app.test_request_context("/?lang=lv"):
        shown = facts(fetch(engine, "place", "alcamo"), "schema:url")
    assert "schema:url" not in shown
    names = [(fact.label, fact.text, fact.language) for fact in shown["schema:name"]]
    assert names == [("Nosaukums", *name) for name in (("Alcamo", "en"), ("Alcamo", "it"), ("Alkamo", "lv"))]
    (country,) = shown["schema:containedInPlace"]
    assert (country.text, list(map(kind_of, country.grounds))) == ("Itālija", ["quote"])


def test_an_address_elsewhere_is_shown_by_the_name_of_the_work() -> None:
    names = {
        "http://www.wikidata.org/entity/Q481544": "Wikidata Q481544",
        "https://sws.geonames.org/2525755/": "GeoNames 2525755",
        "http://eurovoc.europa.eu/317": "EuroVoc 317",
        "http://www.hellefors.se": "www.hellefors.se",
        f"{BASE}id/place/alcamo": "alcamo",
    }
    assert {iri: write_value("", iri) for iri in names} == names


# Towns


def test_only_the_doubtful_figures_are_marked_with_the_reason(read: Read, engine: Engine, towns: LinkedTowns) -> None:
    shown = {
        town.slug: figure
        for town in towns.towns
        for figure in read(f"/doc/place/{town.slug}.html").find("//div[@class='figure doubtful']")
    }
    wrong = {slug_of(row["town"]): row for row in rows(engine, "figures-that-look-wrong")}
    assert shown.keys() == wrong.keys() == {"nacka", "nova-odessa"}
    for town, row in wrong.items():
        assert row["reason"] in shown[town]
        assert "doubtful" in shown[town]
        assert row["reason"] in read(f"/doc/figure/{slug_of(row['figure'])}.html").find("//main")[0]
    assert "Probably meant: 73.298 km²" in shown["nova-odessa"]
    assert "What was meant is not known." in shown["nacka"]


@pytest.mark.parametrize(
    ("path", "place", "text"),
    [
        ("/doc/place/hallefors.html", "//div[@class='figure']", "True of another body: Hällefors."),
        ("/doc/place/nacka.html", "//div[starts-with(@class, 'figure')]", "True of no body that is known."),
        ("/doc/place/nacka.html", "//p[@class='kind']", "Municipality"),
        ("/doc/place/nacka-locality.html", "//p[@class='kind']", "Town"),
        ("/doc/place/nacka.html", "//p[@class='quiet']", "Not to be confused with: Nacka"),
        ("/doc/dataset/twin-towns.html", "//dl[@class='card']", "1.0.0 The first release of the data."),
        ("/doc/place/alcamo.html", "//dl[@class='card']", "None is recorded."),
    ],
)
def test_a_page_says_of_what_a_figure_is_and_what_was_changed(read: Read, path: str, place: str, text: str) -> None:
    assert text in " ".join(read(path).find(place))
    # A figure of the town itself says of no other.
    assert "True of" not in read("/doc/place/como.html").find("//section[@aria-labelledby='figures']")[0]


def test_a_place_links_to_what_knows_it_and_an_area_shows_where_the_page_names_it(
    read: Read, engine: Engine, towns: LinkedTowns
) -> None:
    for place in towns.merged.subjects(RDF.type, SDO.City):
        known = set(map(str, towns.merged.objects(place, SDO.sameAs)))
        assert known <= set(read(f"/doc/place/{slug_of(place)}.html").root.xpath("//ul[@class='elsewhere']//a/@href"))
    found = read("/doc/area/culture.html", "lv").rows("//*[@aria-labelledby='named']")
    stated = rows(engine, "words-for-one-area", "lv", area="culture")
    assert found == [[row["town_label"], row["standing_label"], row["words"]] for row in stated]
    assert len(found) == 13


def test_a_passage_shows_what_was_read_from_it_or_why_nothing_was(read: Read, engine: Engine) -> None:
    page, left_out = (read(f"/doc/quote/jelgava-lv-2017-alcamo-{each}.html") for each in ("agreement", "image"))
    reasons = {row["quote"]: row["reason"] for row in rows(engine, "passages-left-out")}
    noted = paths(page.root.xpath("//div[@class='note']//a/@href"))
    assert {"/id/agreement/jelgava-alcamo-2002", "/id/area/culture"} <= noted
    assert "/source/jelgava-lv-2017?lang=en#jelgava-lv-2017-alcamo-agreement" in page.links
    assert reasons[str(thing("quote", "jelgava-lv-2017-alcamo-image"))] in left_out.find("//main")[0]
    assert left_out.find("//div[@class='note']") == []


def test_towns_are_in_the_order_of_the_language_and_one_without_a_date_or_an_area_has_a_dash(read: Read) -> None:
    latvian, english = (read("/towns", tongue).rows("//*[@aria-labelledby='towns']") for tongue in ("lv", "en"))
    assert [row[0] for row in latvian[-3:]] == ["Šauļi", "Šin-jinga", "Vejle"]
    assert [row[0] for row in english[-3:]] == ["Šiauliai", "Vejle", "Xinying District"]
    for line in (["Nacka Municipality", "Sweden", "–", "7"], ["Jelgava", "Latvia", "1957", "–"]):
        assert line in [[town, *others] for town, _, *others in english]


def test_a_town_shows_each_of_its_passages_and_beside_it_what_was_read_from_it(read: Read, engine: Engine) -> None:
    page = read("/doc/place/rueil-malmaison.html")
    passages = rows(engine, "what-the-page-says-about-one-town", place="rueil-malmaison")
    said = "".join("".join(page.find("//p[@class='text']")).split())
    assert [row for row in passages if "".join(row["sentence"].split()) not in said] == []
    assert {slug_of(row["quote"]) for row in passages} <= set(page.ids)
    notes = page.root.xpath("//div[@class='reading']//article//a[@class='quiet']/@href")
    assert [f"/id/quote/{slug_of(row['quote'])}" for row in passages] == [each.partition("?")[0] for each in notes]
    # Words for an area lead to the passage that they are from.
    assert {f"#{slug_of(row['quote'])}" for row in rows(engine, "areas-of-one-town", place="rueil-malmaison")} == {
        *page.root.xpath("//*[contains(@class, 'standings')]//a[contains(@class, 'words')]/@href")
    }


@pytest.mark.parametrize(("tongue", "called"), [("en", "Called on the page"), ("lv", "")])
def test_an_english_page_shows_what_a_page_calls_things_in_its_own_words_and_language(
    read: Read, tongue: str, called: str
) -> None:
    page = read("/doc/place/rueil-malmaison.html", tongue)
    words = page.root.xpath("//article//dl/div[dd/span[@lang='lv']]")
    found = {(each.xpath("dt")[0].text, each.xpath("dd/span[@lang='lv']")[0].text) for each in words}
    printed = "Type as printed" if tongue == "en" else "Veids, kā rakstīts"
    assert (printed, "paplašinātais abu pilsētu sadarbības līgums") in found
    # In Latvian the heading of the note itself is what the page calls it.
    assert ((called, "abu pilsētu mākslas skolas") in found) == bool(called)
    assert "abu pilsētu mākslas skolas" in page.find("//div[@class='reading']")[0]


def test_of_what_else_stands_in_a_line_nothing_is_shown_on_the_page_of_a_town(read: Read) -> None:
    assert "sw.jpg" in "".join(read(ADDRESS).find("//p[@class='text']"))
    assert "sw.jpg" not in "".join(read("/doc/place/nacka.html").find("//p[@class='text']"))


def test_a_town_is_no_partner_of_its_own_and_a_country_names_each_tie_once(read: Read, engine: Engine) -> None:
    page = read("/doc/place/jelgava.html")
    partners = set(page.find("//table[@class='bonds']//th[@scope='row']/a"))
    assert partners == {row["partner_label"] for row in rows(engine, "ties-of-one-town", place="jelgava")}
    assert "Jelgava" not in partners
    [magadan] = read("/doc/country/RU.html").rows("//*[@aria-labelledby='towns']")
    assert magadan[:2] == ["Magadan", "Jelgava – Magadan"]
    assert magadan[2].startswith("suspended (not before 24 February 2022). As of:")


def test_evidence_says_for_what_it_is_cited_how_sure_that_is_and_leads_to_what_has_an_address(read: Read) -> None:
    page = read("/doc/place/nacka.html")
    [text] = page.find("//section[@class='evidence']/div[@id]")
    assert text.startswith("Name, Other spelling, Not to be confused with, Latitude, Longitude, Described elsewhere ")
    assert "One source. One source says so; no second was found." in text
    assert {
        "https://github.com/Vesihiisi/COH-tools/tree/a874f07",
        "https://gl.wikipedia.org/wiki/Concello_de_Nacka",
    } <= set(page.root.xpath("//section[@class='evidence']//li/a/@href"))
    [magadan] = read("/doc/evidence/place-magadan.html").root.xpath("//dd/a[starts-with(@href, 'http://magadan')]")
    assert magadan.get("href") == "http://magadangorod.ru/index.php?newsid=22307"


@pytest.mark.parametrize(
    ("citation", "written"),
    [
        ("a book", "a book"),
        ("<b>", "&lt;b&gt;"),
        ("no@1234567", "no@1234567"),
        ('see https://a.example/"<', "&#34;&lt;"),
        ("<i>o/r@abcdef0:x<", '&lt;i&gt;<a href="https://github.com/o/r/tree/abcdef0">o/r@abcdef0</a>:x&lt;'),
    ],
)
def test_a_citation_is_written_as_text_with_a_link_where_it_is_an_address(citation: str, written: str) -> None:
    assert written in cite(citation)
    assert "<b>" not in cite(citation)


# The source page


@pytest.fixture(params=["lv", "en"])
def page(client: FlaskClient, request: pytest.FixtureRequest) -> Page:
    return Page(client.get(f"{ADDRESS}?lang={request.param}").text)


def test_the_source_page_leads_to_the_page_that_the_data_were_read_from(client: FlaskClient) -> None:
    assert f"{ADDRESS}?lang=lv" in Page(client.get("/source?lang=lv").text).links
    assert client.get("/source/made-up").status_code == 404


def test_every_word_of_the_page_is_shown_once_and_in_its_order(page: Page, release: Release) -> None:
    text = (release.folder / "sources" / f"{SOURCE}.txt").read_text("utf-8")
    lines = page.root.xpath("//p[@class='text']")
    words = "".join(plain(line, "a[starts-with(@class, 'number')]") for line in lines)
    assert "".join(words.split()) == "".join(text.split())


def test_every_passage_has_a_name_to_link_to_a_number_and_a_note(page: Page, towns: LinkedTowns) -> None:
    quotes = {slug_of(quote) for quote in towns.merged.subjects(PROV.wasQuotedFrom)}
    names = quotes | {f"read-{number}" for number in range(1, 97)}
    assert (len(quotes), len(page.find("//h2"))) == (96, 14)
    assert names - set(page.ids) == {f"#{each}" for each in names} - set(page.links) == set()


def test_a_passage_with_statements_is_told_from_one_without_by_more_than_a_colour_and_both_are_counted(
    client: FlaskClient, engine: Engine
) -> None:
    statements, text = rows(engine, "statements-of-one-source"), client.get(f"{ADDRESS}?lang=en").text
    (said,) = Page(text).find("//main")
    assert len({row["quote"] for row in statements}) == 82
    assert f"96 passages: 82 support statements ({len(statements)} statements)" in said
    assert "14 are left out on purpose" in said
    for pattern, number in (
        ("Left out on purpose", 14),
        ('class="number none" href="#read-', 14),
        (r'aria-label="Passage \d+: why it is left out"', 14),
        (r'aria-label="Passage \d+: what was read from it"', 82),
    ):
        assert len(re.findall(pattern, text)) == number


def test_what_is_left_out_says_why(page: Page, engine: Engine, towns: LinkedTowns) -> None:
    said, left_out = " ".join(page.find("//article")), rows(engine, "passages-left-out", page.language)
    reasons = [row["reason"] for row in left_out]
    assert [said.count(reason) for reason in set(reasons)] == [reasons.count(reason) for reason in set(reasons)]
    assert {row["quote"] for row in left_out} == set(map(str, towns.merged.subjects(TG.leftOut)))


def test_every_thing_and_every_value_that_was_read_stands_beside_its_passage(page: Page, engine: Engine) -> None:
    read = {value for row in rows(engine, "statements-of-one-source") for value in (row["subject"], row["value"])}
    ours = {f"/id/{value.partition('/id/')[2]}" for value in read if "w3id.org/twingraph/id/" in value}
    assert ours - paths(page.links) == set()


def test_each_of_the_71_words_for_an_area_leads_to_an_area_and_says_how_it_stands(page: Page, engine: Engine) -> None:
    links = page.root.xpath("//a[@class='mention']")
    mentions = rows(engine, "mentions-in-one-source", page.language)
    assert len(mentions) == 72
    for row in mentions:
        title = f"{row['area_label']} ({row['standing_label']})"
        # Where two areas share words, the link leads to the first of them and its title names both.
        assert any(each.text_content() in row["words"] and title in each.get("title") for each in links), row
    assert paths(each.get("href") for each in links) <= {f"/id/area/{slug_of(row['area'])}" for row in mentions}


def test_only_the_two_figures_that_look_wrong_are_doubted_each_with_the_reason(page: Page, engine: Engine) -> None:
    reasons = [row["reason"] for row in rows(engine, "figures-that-look-wrong", page.language)]
    assert sorted(page.find("//p[@class='why']")) == sorted(reasons)
    assert len(page.find("//strong[@class='doubt']")) == len(reasons) == 2


# Made-up pages


def passage(number: int, start: int, end: int, town: str = "") -> Passage:
    return Passage(f"https://example.org/made-up/{number}", start, end, number, (town, town), statements=1)


def test_a_page_is_cut_wherever_a_passage_or_the_words_for_an_area_begin_or_end() -> None:
    text, passages = "izdomāta  lapa.\nbeigas", [passage(1, 0, 8), passage(2, 10, 16)]
    (first, begun), (_second, none) = cut(text, passages, [{"start": "2", "end": "5"}])
    assert [(piece.text, len(piece.mentions), piece.opens, piece.closes) for piece in first] == [
        ("iz", 0, True, False),
        ("dom", 1, False, False),
        ("āta", 0, False, True),
        ("  ", 0, False, False),
        ("lapa.", 0, True, False),
    ]
    assert ([each.number for each in begun], none) == ([1, 2], [])


def test_a_passage_over_two_lines_opens_in_one_and_closes_in_the_other() -> None:
    pieces = [piece for line, _begun in cut("iz\n\ndomāta", [passage(1, 1, 6)]) for piece in line if piece.passage]
    assert [(piece.text, piece.opens, piece.closes) for piece in pieces] == [("z", True, False), ("do", False, True)]


def test_lines_without_a_town_of_their_own_stay_with_the_town_before_them() -> None:
    passages = [passage(1, 0, 1), passage(2, 2, 3, "a"), passage(3, 4, 5), passage(4, 6, 7, "b")]
    parts = [(town[0], start, len(lines)) for town, start, lines in sections(cut("t\na\n-\nb", passages))]
    assert parts == [("", 0, 1), ("a", 2, 2), ("b", 6, 1)]
