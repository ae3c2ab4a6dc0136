"""Home towns are data: what pages, queries, tables and the catalogue say of them, with two in a release."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from rdflib import Graph
from rdflib.namespace import DCTERMS, RDFS

import twingraph
from asking import named
from conftest import MADE_UP_HOME, client_of
from pages import Page
from releases import edit
from twingraph.query.engine import Engine
from twingraph.query.questions import question
from twingraph.release.build import assemble, write
from twingraph.settings import CATALOGUE, PACKAGED, QUADS, VOID, Settings
from twingraph.vocab import DCAT, address

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask.testing import FlaskClient

    from twingraph.release.folder import Release

JELGAVA = {
    *("alcamo", "baranavichy", "bialystok", "como", "hallefors", "ivano-frankivsk", "magadan", "nacka", "nova-odessa"),
    *("parnu", "rueil-malmaison", "siauliai", "vejle", "xinying"),
}
MADE_UP = {f"made-up-{name}" for name in ("upynas", "ranna", "bachstadt", "moorford", "rachansk", "fiumetta")}
HOMES = {"jelgava": JELGAVA, "made-up-licupe": MADE_UP}
"""The home towns of the two in one release, each with its partners."""


@pytest.fixture(scope="module")
def both(two_homes: Release) -> Iterator[FlaskClient]:
    """A client of what serves both homes."""
    with client_of(two_homes) as client:
        yield client


@pytest.fixture(scope="module", params=["lv", "en"])
def front(request: pytest.FixtureRequest, both: FlaskClient) -> Page:
    """The front page with both, in either language."""
    return Page(both.get(f"/?lang={request.param}").text)


def slugs(page: Page, path: str) -> set[str]:
    """Give the slugs of the places that an XPath leads to."""
    links = {link.partition("?")[0] for link in page.root.xpath(f"{path}//a/@href") if "/id/place/" in link}
    return {link.rpartition("/")[2] for link in links}


@pytest.mark.parametrize("home", HOMES)
def test_the_front_page_has_a_part_for_each_home_with_its_own_partners_and_nobody_elses(front: Page, home: str) -> None:
    part = f"//section[@class='home'][@aria-labelledby='{home}']"
    assert f"#{home}" in front.links
    assert int(front.find(f"{part}//*[@class='counts']//dd")[0]) == len(HOMES[home])
    assert slugs(front, f"{part}//figure/*[contains(@class, 'map')]") == HOMES[home] | {home}
    assert slugs(front, f"{part}//*[@aria-labelledby='map-{home}']//table") == HOMES[home]
    assert slugs(front, f"{part}//table[@class='matrix']") == HOMES[home]
    assert len(front.root.xpath(f"{part}//*[contains(@class, 'map')]//*[contains(@class, 'town home')]")) == 2
    dated = front.root.xpath(f"{part}//*[@class='timeline']//*[local-name()='a']/@href")
    ties = {found[1] for link in dated if (found := re.search("/id/(?:agreement|twinning)/([^?]+)", link))}
    assert {slug for slug in ties if not slug.startswith(f"{home}-")} == set() != ties


def test_lists_say_whose_a_partner_and_an_agreement_is(both: FlaskClient) -> None:
    rows = Page(both.get("/towns?lang=en").text).rows("//main")
    whose = {name: home for name, _, _, home, *_ in rows}
    assert (whose["Como"], whose["Made-up Upynas"], whose["Jelgava"]) == ("Jelgava", "Made-up Līčupe", "")
    assert len(rows) == len(whose) == len(JELGAVA | MADE_UP | HOMES.keys())
    agreements = Page(both.get("/agreements?lang=en").text)
    for home, name in (("jelgava", "Jelgava"), ("made-up-licupe", "Made-up Līčupe")):
        assert agreements.find(f"//h2[@id='agreements-{home}']") == [name]
        titles = agreements.find(f"//*[@aria-labelledby='agreements-{home}']//tbody//th/a[1]")
        assert {each.startswith(f"{name} – ") for each in titles} == {True}


def test_the_ties_of_a_town_with_each_home_are_as_of_the_sources_of_these(tmp_path: Path) -> None:
    data = shutil.copytree(MADE_UP_HOME / "data", tmp_path / "data")
    description = data / "sources" / "made-up-licupe-notice" / "source.ttl"
    edit(description, "about place:made-up-licupe ;", "about place:made-up-licupe , place:made-up-upynas ;")
    release = write(assemble(data), tmp_path / "release")
    with Engine(release.path(QUADS), Settings(workers=1), release.path(VOID)) as engine:
        found = {(row["town_label"], row.get("home_label")): row for row in named(engine, "towns-at-a-glance")}
    whole, joint = found["Made-up Bachstadt", "Made-up Līčupe"], found["Made-up Līčupe", "Made-up Upynas"]
    assert (whole["as_of"], joint["as_of"]) == ("2023-06-15", "2022-09-01")


def test_every_source_is_listed_and_shown_quoted_or_cited_in_its_language(both: FlaskClient) -> None:
    page = Page(both.get("/source?lang=en").text)
    uses = {row[0].partition(" made-up")[0]: (row[1], row[-1]) for row in page.rows("//main")}
    assert len(uses) == 9 == sum(1 for link in page.links if "/source/" in link and "/id/" not in link)
    assert uses["Sadraudzības pilsētas"] == ("Jelgava", "quoted")
    assert uses["Made-up notice on two ties"] == ("Made-up Līčupe", "cited, not quoted")
    cited = Page(both.get("/source/made-up-licupe-notice?lang=en").text)
    assert "https://licupe.made-up.example/notice" in cited.links
    assert any("twinning/made-up-licupe-bachstadt" in link for link in cited.links)
    quoted = Page(both.get("/source/made-up-licupe-en?lang=lv").text)
    assert set(quoted.root.xpath("//p[@class='text']/@lang")) == {"en"}


def test_only_quoted_pages_are_named_where_words_of_others_are(made_up_home: Release, two_homes: Release) -> None:
    rights = json.loads(two_homes.read("tables/csv-metadata.json"))["tables"][1]["dc:rights"][0]["@value"]
    assert rights.endswith("from friends.made-up.example, jelgava.lv, licupe.made-up.example.")
    catalogue = Graph().parse(data=made_up_home.read(CATALOGUE), format="turtle")
    [provenance] = (
        str(words)
        for node in catalogue.objects(None, DCTERMS.provenance)
        for words in catalogue.objects(node, RDFS.label)
        if words.language == "en"
    )
    assert "/twin-towns" in provenance
    assert "/notice" not in provenance
    keywords = {str(word) for word in catalogue.objects(address("id/dataset/made-up-twin-towns"), DCAT.keyword)}
    assert {"Made-up Līčupe", "Izdomātā Līčupe"} <= keywords
    assert "Jelgava" not in keywords


def test_another_town_alone_is_named_by_its_data_and_asked_about_by_default(made_up_home: Release) -> None:
    defaults = made_up_home.manifest["defaults"]
    assert "place:made-up-licupe" in question("partners-with-dates", defaults).text
    with client_of(made_up_home) as client:
        page = Page(client.get("/?lang=lv").text)
        asked = {name: client.get(f"/query/{name}?format=json").text for name in defaults}
    assert (page.find("//h1"), page.find("//h2[@id='map']")) == (
        ["Izdomātās Līčupes sadraudzības pilsētas"],
        ["Kur atrodas pilsētas"],
    )
    assert "Jelgav" not in page.root.text_content()
    empty = {name for name, found in asked.items() if re.search(r'"bindings":\s*\[\s*\]|"boolean":\s*false', found)}
    assert empty == set()


@pytest.mark.parametrize("folder", [Path(twingraph.__file__).parent, PACKAGED / "shapes"])
def test_neither_code_nor_words_nor_rules_know_a_home_town(folder: Path) -> None:
    texts = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file() and path.suffix != ".pyc"}
    # What the package itself is shows an example.
    named = {path.name for path, content in texts.items() if re.search(rb"(?i)jelgav", content)}
    assert named <= {"__init__.py"}
