"""How ties stand, whose word it is and as of when, wherever the made-up home's ties are shown."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from conftest import client_of
from pages import Page
from twingraph.vocab import thing

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask.testing import FlaskClient

    from twingraph.release.folder import Release

SUSPENDED = {
    "en": ["suspended (not before 1 June 2023)", "As of: 15 June 2023"],
    "lv": ["darbība apturēta (ne pirms 2023. gada 1. jūnija)", "Ziņu laiks: 2023. gada 15. jūnijs"],
}
NOTICE = {
    "en": "The twinning “Made-up Līčupe – Made-up Bachstadt” is suspended (not before 1 June 2023). "
    "Source: Made-up notice on two ties (cited, not quoted: licupe.made-up.example/notice). As of: 15 June 2023",
    "lv": "Sadraudzība „Izdomātā Līčupe – Izdomātā Bahštate” ir apturēta (ne pirms 2023. gada 1. jūnija). "
    "Avots: Made-up notice on two ties (atsauce bez citāta: licupe.made-up.example/notice). "
    "Ziņu laiks: 2023. gada 15. jūnijs",
}


@pytest.fixture(scope="module")
def visitor(made_up_home: Release) -> Iterator[FlaskClient]:
    """A client of what serves the made-up home."""
    with client_of(made_up_home) as client:
        yield client


def read(client: FlaskClient, path: str, tongue: str = "en") -> Page:
    """Open a page."""
    asked = f"{path}{'&' if '?' in path else '?'}lang={tongue}"
    return Page(client.get(asked, headers={"Accept": "text/html"}).text)


@pytest.mark.parametrize("tongue", ["en", "lv"])
@pytest.mark.parametrize(
    "path", ["place/made-up-bachstadt", "twinning/made-up-licupe-bachstadt", "agreement/made-up-licupe-bachstadt-2009"]
)
def test_what_has_to_do_with_a_suspended_tie_says_so_at_the_top(visitor: FlaskClient, path: str, tongue: str) -> None:
    page = read(visitor, f"/doc/{path}.html", tongue)
    assert page.find("//*[starts-with(@class, 'notice')]") == [NOTICE[tongue]]
    assert "https://licupe.made-up.example/notice" in page.links


def test_of_a_tie_in_force_no_notice_is_given_but_as_of_when_it_is(visitor: FlaskClient) -> None:
    page = read(visitor, "/doc/place/made-up-ranna.html")
    assert page.find("//*[starts-with(@class, 'notice')]") == []
    assert "in force. As of: 1 September 2022" in page.find("//table[@class='bonds']//td[@class='stands']")[0]


@pytest.mark.parametrize("tongue", ["en", "lv"])
@pytest.mark.parametrize(("path", "row"), [("/towns", "//tbody/tr"), ("/", "//*[@aria-labelledby='map']//tbody/tr")])
def test_a_table_of_towns_tells_how_each_tie_stands(visitor: FlaskClient, path: str, row: str, tongue: str) -> None:
    [told] = [
        each for each in read(visitor, path, tongue).find(row) if each.startswith(("Made-up Bach", "Izdomātā Bah"))
    ]
    assert [each for each in SUSPENDED[tongue] if each not in told] == []


def test_on_the_map_and_the_timeline_it_is_seen_without_colours(visitor: FlaskClient) -> None:
    page = read(visitor, "/")
    # Two that are suspended and one that has ended, on each of two maps, and in the key.
    assert len(page.root.xpath("//*[contains(@class, 'tie') and contains(@class, 'off')]")) == 2 * 3 + 1
    [dot] = page.root.xpath(
        "//*[contains(@class, 'europe')]//*[starts-with(@aria-label, 'Made-up Rachansk')]/@aria-label"
    )
    assert dot.strip().endswith("suspended (March 2022).")
    events = page.root.xpath("//*[@class='timeline']//*[.//*[@class='bar status']]/@aria-label")
    assert "Made-up Līčupe – Made-up Bachstadt: suspended: Not before 1 June 2023." in events
    assert len(events) == 4


@pytest.mark.parametrize("kind", ["place", "twinning", "agreement"])
def test_what_is_found_tells_it_too(visitor: FlaskClient, kind: str) -> None:
    found = [
        " ".join(each.split())
        for each in read(visitor, f"/search?q=Rachansk&kind={kind}").find("//*[@class='found']//li")
    ]
    assert found
    assert all("suspended (March 2022)" in each for each in found)


def test_dates_that_contradict_each_other_stand_side_by_side_each_with_its_source(visitor: FlaskClient) -> None:
    rows = read(visitor, "/agreements").find(
        "//*[@aria-labelledby='agreements']//tr[contains(., 'Bachstadt')]/td[1]/div"
    )
    assert rows == [
        "3 October 2009 Friends of Made-up Līčupe: our twin towns",
        "3 September 2009 Izdomātās Līčupes sadraudzības pilsētas",
    ]


def test_a_card_marks_what_is_cited_and_not_quoted(visitor: FlaskClient) -> None:
    card = read(visitor, "/doc/twinning/made-up-licupe-bachstadt.html").find("//dl[@class='card']/div")
    assert {"Statussuspended cited, not quoted", "Status not before1 June 2023 cited, not quoted"} <= {*card}


def test_the_document_of_a_tie_holds_who_says_how_it_stands_and_where(visitor: FlaskClient) -> None:
    graph = json.loads(visitor.get("/doc/twinning/made-up-licupe-bachstadt.jsonld").text)["@graph"]
    by_id = {each["id"].rpartition("/id/")[2]: each for each in graph if "id" in each}
    tie, ground = by_id["twinning/made-up-licupe-bachstadt"], by_id["evidence/made-up-licupe-notice-bachstadt"]
    assert (tie["status"].rpartition("/")[2], tie["statusStatedIn"]) == ("suspended", ground["id"])
    assert tie["asOf"] == ground["hadPrimarySource"] == str(thing("source", "made-up-licupe-notice"))
    assert ground["citation"] == "https://licupe.made-up.example/notice"
