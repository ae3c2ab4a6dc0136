"""Every page of the site: whole, HTML as its standard has it by the checker of those who write that, within a phone."""

from __future__ import annotations

import re
from itertools import cycle, islice
from typing import TYPE_CHECKING
from urllib.parse import unquote_plus

import pytest

from browsing import DESKTOP, PHONE, PHONES, Look, visitor
from conftest import client_of
from markup import invalid
from pages import Page
from test_browser import FACES
from test_edit_page import make
from twingraph.query.questions import questions
from twingraph.release.watch import Watch
from twingraph.settings import Settings
from twingraph.web.app import create_app
from twingraph.web.edit import create_app as create_desk
from twingraph.wikidata.claims import Claims
from wikidata_shape import Shape

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from flask.testing import FlaskClient
    from playwright.sync_api import Browser

    from serving import Server
    from twingraph.query.engine import Engine
    from twingraph.release.folder import Release
    from twingraph.release.records import LinkedTowns

BROWSER = {"Accept": "text/html"}
ANSWERS = (
    *("/query?query=SELECT%20*%20%7B%7D%20oops", "/query?query=SELECT%20*%20%7B%20%3Fa%20a%20%3Fb%20%7D"),
    *(
        "/query?query=CONSTRUCT%20WHERE%20%7B%20%3Fa%20tg:signed%20%3Fb%20%7D",
        "/query/planned-not-agreed?release=0.1.0",
    ),
    *("/query/areas-of-one-town?town=Alkamo", "/query/areas-of-one-town?town=made-up"),
)
"""Rows, a graph, a mistake, a table, an answer of another release, and to a value that is unknown."""
OF_TWO_HOMES = (
    *("/", "/towns", "/agreements", "/areas", "/source", "/source/made-up-licupe-en", "/source/made-up-licupe-notice"),
    *("/doc/place/made-up-upynas.html", "/doc/source/made-up-licupe-notice.html", "/search?q=made-up", "/changes"),
)
KINDS = (*FACES, *ANSWERS, *(f"/query/{each.name}" for each in questions()))
TONGUES = ("lv", "en")
BROKEN = "<!DOCTYPE html><html lang=en><title>made up</title><p><a href='made up'><div>"


def read(client: FlaskClient, *asked: tuple[str, str]) -> dict[str, str]:
    """Give pages by their addresses, each in a language."""
    named = [f"{path}{'&' if '?' in path else '?'}lang={tongue}" for path, tongue in asked]
    return {each: client.get(each, headers=BROWSER).text for each in named}


@pytest.fixture(scope="module")
def kinds(client: FlaskClient) -> dict[str, str]:
    """A page of each kind and the answer to each named query, in both languages."""
    return read(client, *((path, tongue) for path in KINDS for tongue in TONGUES))


@pytest.fixture(scope="module")
def site(client: FlaskClient, kinds: dict[str, str]) -> dict[str, str]:
    """Every page of the site map, in one language, besides."""
    addresses = set(re.findall("<loc>https?://[^/]+([^?<]*)", client.get("/sitemap.xml").text))
    pages = kinds | read(client, *zip(sorted(addresses - {*KINDS}), cycle(TONGUES)))
    assert len(pages) > 700
    return pages


@pytest.fixture
def others(
    release: Release, two_homes: Release, engine: Engine, towns: LinkedTowns, tmp_path: Path
) -> Iterator[dict[str, str]]:
    """Pages of two home towns in one release, the cross-check of a made-up snapshot, and the pages for editing."""
    items = Claims(towns).items
    Shape().town(*items).save(tmp_path, *items)
    compared = create_app(engine, release.folder, Settings(snapshot=tmp_path)).test_client()
    with client_of(two_homes) as client:
        pages = read(client, *((path, tongue) for path in OF_TWO_HOMES for tongue in TONGUES))
    pages |= read(compared, *(("/crosscheck", tongue) for tongue in TONGUES))
    make(tmp_path / "data")
    watch = Watch(tmp_path / "data")
    desk = create_desk(watch, 80, "made-up").test_client()
    for path in ("/", *(f"/source/made-up-licupe-{each}" for each in ("lv", "en", "notice"))):
        answer = desk.get(f"{path}?token=made-up&lang=lv", headers={"Host": "127.0.0.1:80"})
        assert answer.status_code == 200
        pages[f"{path}?edit&lang=lv"] = answer.text
    yield pages
    watch.end()


def test_every_page_is_whole_and_valid_in_one_language_and_each_kind_in_both_and_what_is_not_is_told(
    site: dict[str, str], others: dict[str, str], tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    pages = [*site.items(), *others.items()]
    assert [fault for address, text in pages for fault in missing(address, Page(text))] == []
    (folder := tmp_path / "pages").mkdir()
    told = invalid([*pages, ("made up", BROKEN)], folder, request)
    assert [each for each in told if not each.startswith("made up, line 1: ")] == []
    assert any("Bad value" in each for each in told)


def missing(address: str, page: Page) -> Iterator[str]:
    """Say what a page should have and has not, by an address that ends with its language; the rest is the checker's."""
    parts = page.language, len(page.root.xpath("//h1")), len(page.root.xpath("//main")), page.links[0]
    if parts != (address[-2:], 1, 1, "#main") or not page.find("//title")[0].strip():
        yield f"{address}: {parts}"
    if lost := {link[1:] for link in page.links if link.startswith("#")} - {*page.ids}:
        yield f"{address}: links to {lost}"


def test_a_page_of_each_kind_leads_to_itself_in_both_languages(kinds: dict[str, str]) -> None:
    pages = {unquote_plus(address): Page(text) for address, text in kinds.items()}
    for address, page in pages.items():
        links = page.root.xpath("//link[@hreflang][not(@type)]")
        found = {each.get("hreflang"): pages[unquote_plus(each.get("href"))].language for each in links}
        assert found == {"lv": "lv", "en": "en"}, address


def test_every_page_fits_a_phone_and_no_sentence_that_is_opened_there_is_cut_off(
    browser: Browser, server: Server, kinds: dict[str, str], site: dict[str, str]
) -> None:
    """A page of each kind fits three screens."""
    with visitor(browser, f"http://127.0.0.1:{server.port}/", Look(size=PHONE)) as someone:
        someone.open("/")
        for size, pages in ((PHONE, site), (PHONES[1], kinds), (DESKTOP, kinds)):
            someone.page.set_viewport_size({"width": size[0], "height": size[1]})
            # The cross-check has a style of its own, and is opened by a test of its own.
            rest = (each for each in pages.items() if not each[0].startswith("/crosscheck"))
            while part := dict(islice(rest, 50)):
                assert someone.run("tooWideOf", [part, size[0]]) == []
