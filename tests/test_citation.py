"""How things are cited, and where a mistake in what is said of one is reported."""

import json
import re
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from conftest import INPUTS
from pages import THINGS, Page
from test_cli import run
from twingraph.errors import BadValue
from twingraph.query.engine import Engine
from twingraph.release.folder import Release
from twingraph.settings import BASE, Settings
from twingraph.web.app import create_app

REPORT = "https://git.example.org/made-up/blob/main/{file}#L{line}"


def read(client: FlaskClient, each: str, tongue: str = "en") -> Page:
    return Page(client.get(f"/doc/{each}.html?lang={tongue}").text)


def records(page: Page) -> tuple[str, str, dict[str, object]]:
    """Give how the page is cited: in words, as BibTeX, and as CSL-JSON."""
    [words] = page.find("//*[@class='cite']")
    bibtex, csl = (each.text for each in page.root.xpath("//pre[@class='record']"))
    [record] = json.loads(csl)
    return words, bibtex, record


@pytest.mark.parametrize("each", THINGS)
def test_every_thing_is_cited_by_its_own_name_in_the_version_served(client: FlaskClient, each: str) -> None:
    words, bibtex, record = records(read(client, each))
    assert words.endswith(f" Version 1.1.0. {BASE}id/{each}")
    fields = dict(re.findall(r"^  (\w+) = \{(.*)\},?$", bibtex, re.MULTILINE))
    assert (fields["url"], fields["version"], fields["year"]) == (f"{BASE}id/{each}", "1.1.0", "2026")
    assert bibtex.count("{") == bibtex.count("}")
    assert (record["URL"], record["version"]) == (f"{BASE}id/{each}", "1.1.0")
    assert record["author"] == [{"literal": "The twingraph project"}]
    assert record["issued"] == {"date-parts": [[2026, 11, 29]]}


def test_a_citation_names_the_thing_and_the_dataset_in_the_language_of_the_page(client: FlaskClient) -> None:
    words, bibtex, record = records(read(client, "place/alcamo", "lv"))
    assert words == (
        "The twingraph project (2026). Alkamo. Jelgavas sadraudzības pilsētas, katrs apgalvojums ar savu teikumu. "
        "Versija 1.1.0. https://w3id.org/twingraph/id/place/alcamo"
    )
    assert "  title = {Alkamo},\n" in bibtex
    assert (record["type"], record["title"], record["language"]) == ("entry", "Alkamo", "lv")
    assert records(read(client, "dataset/twin-towns"))[2]["type"] == "dataset"


def test_what_tex_reads_as_its_own_is_escaped(client: FlaskClient) -> None:
    bibtex = records(read(client, "quote/jelgava-lv-2017-nacka-area"))[1]
    assert "_" not in re.sub(r"\\_", "", bibtex.partition("url")[0])


@pytest.mark.parametrize(
    ("each", "words"),
    [
        ("quote/jelgava-lv-2017-alcamo-agreement", ":alcamo-agreement {"),
        ("agreement/jelgava-alcamo-2002", ":alcamo-agreement {"),
        ("place/nacka", "evidence:place-nacka {"),
        ("activity/rueil-malmaison-pupils-in-france", "Desmit gadu laikā"),
    ],
)
def test_a_mistake_is_reported_at_the_place_in_the_data_where_the_thing_is_stated(
    release: Release, engine: Engine, each: str, words: str
) -> None:
    client = create_app(engine, release.folder, Settings(report=REPORT)).test_client()
    [address] = read(client, each).root.xpath("//a[@class='report']/@href")
    file, line = address.removeprefix("https://git.example.org/made-up/blob/main/").split("#L")
    # The block may open with the text of its passage.
    stated = (INPUTS / file).read_text("utf-8").split("\n")[int(line) - 1 : int(line) + 1]
    assert words in "\n".join(stated)


def test_without_the_setting_or_a_contact_no_place_to_report_is_made_up(client: FlaskClient) -> None:
    assert read(client, "place/nacka").root.xpath("//a[@class='report']") == []


@pytest.mark.parametrize("report", ["https://git.example.org/", "made-up/{file}", "javascript:{file}"])
def test_an_address_that_leads_to_no_place_is_refused_before_anything_is_written(tmp_path: Path, report: str) -> None:
    with pytest.raises(BadValue, match="leads to no place in the data"):
        Settings(report=report)
    assert run("serve", "--report", report, "--release", str(tmp_path / "release")).exit_code == BadValue.exit_code
    assert not (tmp_path / "release").exists()


def test_the_first_page_names_the_address_of_the_catalogue_for_portals_and_who_makes_it(client: FlaskClient) -> None:
    page = Page(client.get("/?lang=en").text)
    assert "http://localhost/catalog.ttl" in page.find("//section[@aria-labelledby='files']//code")
    [maker] = page.find("//p[@class='maker']")
    assert maker.startswith("This is not a site of the municipality. Made by: The twingraph project. Read from: www.")
    assert "2017 or later" in maker
    changed = page.find("//ul[@class='changed']/li")
    assert [line.partition(":")[0] for line in changed] == ["Jelgava – Baranavichy", "Jelgava – Magadan"]
    assert all("suspended (not before 24 February 2022). As of:" in line for line in changed)
