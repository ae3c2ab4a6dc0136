"""The pages of things: every fact with its sentence, every doubt with its reason, every table with its query."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from lxml import html
from rdflib import URIRef
from rdflib.namespace import RDF, SDO

from asking import named as rows
from twingraph.vocab import TG, curie, kind_of, slug_of, thing
from twingraph.web.documents import fetch
from twingraph.web.facts import CARD, elsewhere, facts
from twingraph.web.language import language, language_name

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient

    from twingraph.query.engine import Engine
    from twingraph.release.build import Release
    from twingraph.release.records import LinkedTowns

ONE_OF_EACH = (
    *("place/rueil-malmaison", "place/hallefors-locality", "country/SE", "twinning/jelgava-rueil-malmaison"),
    *("agreement/jelgava-rueil-malmaison-2017", "area/culture", "organisation/jelgavas-amatu-vidusskola"),
    *(
        "figure/nova-odessa-area",
        "activity/rueil-malmaison-pupils-in-france",
        "programme/interreg-v-a-latvia-lithuania",
    ),
    *("source/jelgava-lv-2017", "quote/jelgava-lv-2017-alcamo-agreement", "quote/jelgava-lv-2017-alcamo-image"),
    *("mention/jelgava-lv-2017-alcamo-agreement-culture", "evidence/place-nacka", "rule/dates", "standing/planned"),
    *("dataset/twin-towns", "scheme/area"),
)
LISTS = ("/towns", "/agreements", "/areas")
PAGES = (*LISTS, *(f"/doc/{each}.html" for each in ONE_OF_EACH))


def page(client: FlaskClient, path: str, tongue: str = "en") -> Any:  # noqa: ANN401 - lxml has no types
    answer = client.get(f"{path}?lang={tongue}")
    assert answer.status_code == 200, path
    return html.document_fromstring(answer.text)


def words(element: Any) -> str:  # noqa: ANN401 - as above
    return " ".join(element.text_content().split())


def links(element: Any) -> set[str]:  # noqa: ANN401 - as above
    return {each.get("href").partition("?")[0] for each in element.xpath(".//a[@href]")}


def towns_twinned(towns: LinkedTowns) -> list[str]:
    return sorted(slug_of(each) for each in set(towns.merged.objects(None, TG.partner)))


# Every page


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("tongue", ["lv", "en"])
def test_a_page_has_one_heading_one_name_for_each_part_and_leads_to_its_own_parts(
    client: FlaskClient, path: str, tongue: str
) -> None:
    shown = page(client, path, tongue)
    ids = shown.xpath("//@id")
    within = {link.removeprefix("#") for link in shown.xpath("//a/@href") if link.startswith("#")}
    assert shown.xpath("/html/@lang") == [tongue]
    assert len(shown.xpath("//h1")) == 1
    assert len(ids) == len(set(ids))
    assert within <= set(ids)
    assert {name for label in shown.xpath("//@aria-labelledby") for name in label.split()} <= set(ids)
    assert shown.xpath("//*[@style] | //style | //*[@onclick]") == []


@pytest.mark.parametrize("path", PAGES)
def test_every_query_behind_a_page_is_there_to_be_asked(client: FlaskClient, path: str) -> None:
    behind = page(client, path).xpath("//p[@class='behind']/a/@href")
    assert behind or path.startswith(("/doc/rule", "/doc/dataset"))
    for address in set(behind):
        assert client.get(address).status_code == 200, address


@pytest.mark.parametrize("path", PAGES)
def test_every_sentence_on_a_page_stands_in_the_source(client: FlaskClient, release: Release, path: str) -> None:
    text = (release.folder / "sources" / "jelgava-lv-2017.txt").read_text("utf-8")
    for quoted in page(client, path).xpath("//details[@class='said']/blockquote"):
        assert quoted.text_content().strip() in text
        for marked in quoted.xpath(".//mark"):
            assert marked.text_content()


@pytest.mark.parametrize("each", ONE_OF_EACH)
def test_a_page_of_a_thing_gives_its_data_in_every_format_and_all_its_statements(
    client: FlaskClient, towns: LinkedTowns, each: str
) -> None:
    shown = page(client, f"/doc/{each}.html")
    assert {f"/doc/{each}.{ending}" for ending in ("ttl", "jsonld", "nt", "rdf")} <= links(shown)
    (told,) = shown.xpath("//details[@class='all']")
    stated = set(towns.merged.predicate_objects(URIRef(f"https://w3id.org/twingraph/id/{each}")))
    assert len(told.xpath(".//table[1]/tbody/tr")) >= len(stated) > 0


# Towns


def test_every_value_that_a_card_shows_comes_with_what_states_it(client: FlaskClient) -> None:
    for each in ONE_OF_EACH[:10]:
        values = page(client, f"/doc/{each}.html").xpath("//section[@aria-labelledby='facts']//dd")
        assert values, each
        assert [words(value) for value in values if not value.xpath(".//details | .//a[@class='ground']")] == []


def test_only_the_two_doubtful_figures_are_marked_each_with_the_reason(
    client: FlaskClient, engine: Engine, towns: LinkedTowns
) -> None:
    wrong = {row["figure"]: row for row in rows(engine, "figures-that-look-wrong")}
    doubtful = {
        town: page(client, f"/doc/place/{town}.html").xpath("//div[@class='figure doubtful']")
        for town in towns_twinned(towns)
    }
    assert {town for town, found in doubtful.items() if found} == {"nacka", "nova-odessa"}
    for town in ("nacka", "nova-odessa"):
        (shown,) = doubtful[town]
        told = wrong[str(thing("figure", f"{town}-area"))]
        assert told["reason"] in words(shown)
        assert "implausible" in words(shown)
        assert told["reason"] in words(page(client, f"/doc/figure/{town}-area.html"))
    assert "Probably meant: 73.298 km²" in words(doubtful["nova-odessa"][0])
    assert "What was meant is not known." in words(doubtful["nacka"][0])


def test_a_figure_of_another_body_says_of_which(client: FlaskClient) -> None:
    assert "True of another body: Hällefors." in words(page(client, "/doc/place/hallefors.html"))
    assert "True of no body that is known." in words(page(client, "/doc/place/nacka.html"))
    assert "True of" not in words(page(client, "/doc/place/como.html")).partition("As data")[0]


def test_a_place_links_to_wikidata_and_geonames_where_they_know_it(client: FlaskClient, towns: LinkedTowns) -> None:
    for place in towns.merged.subjects(RDF.type, SDO.City):
        known = set(map(str, towns.merged.objects(place, SDO.sameAs)))
        assert known <= set(
            page(client, f"/doc/place/{slug_of(place)}.html").xpath("//ul[@class='elsewhere']//a/@href")
        )


def test_a_locality_and_its_municipality_are_told_apart(client: FlaskClient) -> None:
    assert page(client, "/doc/place/nacka.html").xpath("string(//p[@class='kind'])") == "Municipality"
    assert page(client, "/doc/place/nacka-locality.html").xpath("string(//p[@class='kind'])") == "Town"
    assert "Not to be confused with: Nacka" in words(page(client, "/doc/place/nacka.html"))


# Other things


def test_an_area_shows_where_and_how_the_page_names_it(client: FlaskClient, engine: Engine) -> None:
    shown = page(client, "/doc/area/culture.html", "lv").xpath("//table")[0]
    told = rows(engine, "words-for-one-area", "lv", area="culture")
    found = [words(row) for row in shown.xpath(".//tbody/tr")]
    assert len(found) == len(told) == 13
    for line, row in zip(found, told, strict=True):
        assert line.startswith(f"{row['town_label']} {row['standing_label']} {row['words']}")


def test_the_two_agreements_of_one_tie_lead_to_each_other(client: FlaskClient) -> None:
    earlier, later = (f"/doc/agreement/jelgava-rueil-malmaison-{year}.html" for year in (2007, 2017))
    assert later.replace("/doc/", "/id/").removesuffix(".html") in links(page(client, earlier).xpath("//table")[1])
    assert earlier.replace("/doc/", "/id/").removesuffix(".html") in links(page(client, later).xpath("//dl")[0])


def test_a_passage_shows_what_was_read_from_it_or_why_nothing_was(client: FlaskClient, engine: Engine) -> None:
    read = page(client, "/doc/quote/jelgava-lv-2017-alcamo-agreement.html")
    left_out = page(client, "/doc/quote/jelgava-lv-2017-alcamo-image.html")
    side_by_side = {"/source/jelgava-lv-2017#jelgava-lv-2017-alcamo-agreement"}
    told = {row["quote"]: row["reason"] for row in rows(engine, "passages-left-out")}
    assert {"/id/agreement/jelgava-alcamo-2002", "/id/area/culture"} <= links(read.xpath("//div[@class='note']")[0])
    assert side_by_side <= {link.replace("?lang=en", "") for link in read.xpath("//a/@href")}
    assert told[str(thing("quote", "jelgava-lv-2017-alcamo-image"))] in words(left_out)
    assert left_out.xpath("//div[@class='note']") == []


def test_the_page_of_what_was_changed_says_so(client: FlaskClient) -> None:
    assert "1.0.0 The first release of the data." in words(page(client, "/doc/dataset/twin-towns.html"))
    assert "None is recorded." in words(page(client, "/doc/place/alcamo.html"))


# Lists


def test_towns_are_in_the_order_of_the_language(client: FlaskClient) -> None:
    latvian = [words(each) for each in page(client, "/towns", "lv").xpath("//tbody/tr/th")]
    english = [words(each) for each in page(client, "/towns", "en").xpath("//tbody/tr/th")]
    assert latvian[-3:] == ["Šauļi", "Šin-jinga", "Vejle"]
    assert english[-3:] == ["Šiauliai", "Vejle", "Xinying District"]


def test_a_town_without_a_date_or_an_area_has_a_dash(client: FlaskClient) -> None:
    lines = {words(row.xpath("th")[0]): words(row) for row in page(client, "/towns").xpath("//tbody/tr")}
    assert lines["Nacka Municipality"] == "Nacka Municipality Sweden – 7"
    assert lines["Jelgava"] == "Jelgava Latvia 1957 –"
    assert lines["Šiauliai"] == "Šiauliai Lithuania 1957 7"


# Words for things


@pytest.mark.parametrize(
    ("iri", "shown"),
    [
        ("http://www.wikidata.org/entity/Q481544", "Wikidata Q481544"),
        ("https://sws.geonames.org/2525755/", "GeoNames 2525755"),
        ("http://eurovoc.europa.eu/317", "EuroVoc 317"),
        ("http://www.hellefors.se", "www.hellefors.se"),
        ("urn:made-up", "urn:made-up"),
    ],
)
def test_an_address_elsewhere_is_shown_by_the_name_of_the_work(iri: str, shown: str) -> None:
    assert elsewhere(iri) == shown


def test_a_language_is_named_in_the_language_of_the_page(app: Flask) -> None:
    with app.test_request_context("/?lang=lv"):
        assert (language(), language_name("sv"), language_name("xx")) == ("lv", "zviedru", "xx")


def test_a_card_shows_what_the_query_behind_it_answers_in_its_own_order(app: Flask, engine: Engine) -> None:
    for each in ONE_OF_EACH:
        kind, slug = each.split("/")
        with app.test_request_context("/?lang=en"):
            told = facts(fetch(engine, str(thing(kind, slug))))
        answered = rows(engine, "facts-of-one-thing", thing=f"{kind}:{slug}")
        names = {row["value"]: row["value_label"] for row in answered if "value_label" in row}
        stated = {(curie(row["property"]), row["stated_in"]) for row in answered if row.get("language") != "lv"}
        grounds = {(term, graph) for term, values in told.items() for each in values for graph in each.grounds}
        assert {(term, graph) for term, graph in stated if term in CARD} <= grounds
        assert [CARD.index(term) for term in told] == sorted(CARD.index(term) for term in told)
        assert all(
            fact.text.casefold() == names[fact.iri].casefold()
            for values in told.values()
            for fact in values
            if fact.iri in names
        ), each


def test_a_value_is_shown_once_with_the_name_that_the_ontology_gives_its_property(app: Flask, engine: Engine) -> None:
    alcamo = fetch(engine, str(thing("place", "alcamo")))
    with app.test_request_context("/?lang=lv"):
        told = facts(alcamo, "schema:url")
    assert "schema:url" not in told
    assert [(fact.label, fact.text, fact.language) for fact in told["schema:name"]] == [
        ("Nosaukums", "Alcamo", "en"),
        ("Nosaukums", "Alcamo", "it"),
        ("Nosaukums", "Alkamo", "lv"),
    ]
    (country,) = told["schema:containedInPlace"]
    assert (country.text, list(map(kind_of, country.grounds))) == ("Itālija", ["quote"])
