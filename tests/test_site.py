"""Every page of the site: HTML as its standard has it, by the checker of those who write that, and within a phone."""

from __future__ import annotations

import re
from itertools import cycle, islice
from typing import TYPE_CHECKING

import pytest

from browsing import DESKTOP, PHONE, PHONES, Look, visitor
from markup import invalid
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
def others(release: Release, engine: Engine, towns: LinkedTowns, tmp_path: Path) -> Iterator[dict[str, str]]:
    """The cross-check of a made-up snapshot, and the pages for editing."""
    items = Claims(towns).items
    Shape().town(*items).save(tmp_path, *items)
    pages = read(
        create_app(engine, release.folder, Settings(snapshot=tmp_path)).test_client(),
        *(("/crosscheck", tongue) for tongue in TONGUES),
    )
    make(tmp_path / "data")
    watch = Watch(tmp_path / "data")
    desk = create_desk(watch, 80, "made-up").test_client()
    for path in ("/", *(f"/source/made-up-licupe-{each}" for each in ("lv", "en", "notice"))):
        answer = desk.get(f"{path}?token=made-up", headers={"Host": "127.0.0.1:80"})
        assert answer.status_code == 200
        pages[f"edit {path}"] = answer.text
    yield pages
    watch.end()


def test_every_page_is_valid_in_one_language_and_each_kind_in_both_and_what_is_not_is_told(
    site: dict[str, str], others: dict[str, str], tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    (folder := tmp_path / "pages").mkdir()
    told = invalid({**site, **others, "made up": BROKEN}, folder, request)
    assert [each for each in told if not each.startswith("made up, line 1: ")] == []
    assert any("Bad value" in each for each in told)


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
