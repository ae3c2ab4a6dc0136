"""All pages are HTML as its standard has it, by the checker of those who write the standard."""

from __future__ import annotations

import re
from itertools import cycle
from typing import TYPE_CHECKING

from markup import invalid
from test_browser import FACES
from test_edit_page import make
from twingraph.release.watch import Watch
from twingraph.settings import Settings
from twingraph.web.app import create_app
from twingraph.web.edit import create_app as create_desk
from twingraph.wikidata.claims import Claims
from wikidata_shape import Shape

if TYPE_CHECKING:
    from pathlib import Path

    import pytest
    from flask.testing import FlaskClient

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


def test_every_page_of_the_site_map_and_every_answer_is_valid_in_one_language_and_each_kind_in_both(
    client: FlaskClient, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    addresses = re.findall("<loc>https?://[^/]+([^?<]*)", client.get("/sitemap.xml").text)
    addresses += re.findall(r'href="(/query/[a-z-]+)', client.get("/query", headers=BROWSER).text)
    asked = [*zip(sorted(set(addresses)), cycle(("lv", "en")))]
    asked += [(face, tongue) for face in (*FACES, *ANSWERS) for tongue in ("lv", "en")]
    named = {f"{path}{'&' if '?' in path else '?'}lang={tongue}" for path, tongue in asked}
    pages = {each: client.get(each, headers=BROWSER).text for each in named}
    assert len(pages) > 600
    assert invalid(pages, tmp_path, request) == []


def test_the_cross_check_of_a_made_up_snapshot_and_the_pages_for_editing_are_valid(
    release: Release, engine: Engine, towns: LinkedTowns, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    items = Claims(towns).items
    Shape().town(*items).save(tmp_path, *items)
    client, pages = create_app(engine, release.folder, Settings(snapshot=tmp_path)).test_client(), {}
    for tongue in ("lv", "en"):
        pages[f"/crosscheck {tongue}"] = client.get(f"/crosscheck?lang={tongue}", headers=BROWSER).text
    make(tmp_path / "data")
    watch = Watch(tmp_path / "data")
    desk = create_desk(watch, 80, "made-up").test_client()
    for path in ("/", *(f"/source/made-up-licupe-{each}" for each in ("lv", "en", "notice"))):
        answer = desk.get(f"{path}?token=made-up", headers={"Host": "127.0.0.1:80"})
        assert answer.status_code == 200
        pages[f"edit {path}"] = answer.text
    watch.end()
    (folder := tmp_path / "pages").mkdir()
    assert invalid(pages, folder, request) == []


def test_what_is_invalid_is_told_by_the_checker(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    page = "<!DOCTYPE html><html lang=en><title>made up</title><p><a href='made up'><div>"
    assert any("Bad value" in each for each in invalid({"made up": page}, tmp_path, request))
