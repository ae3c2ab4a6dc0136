"""The front page: its pictures show what SPARQL answers, where it belongs, and to everybody."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import math
import os
import re
import shutil
import subprocess
import tarfile
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING

import lxml.html
import pytest

from engines import program
from outline import CREDIT, OUTLINE, drawn
from twingraph.query.questions import question
from twingraph.vocab import thing
from twingraph.web.pictures import maps, matrices, timelines
from twingraph.web.pictures.views import EUROPE, WORLD, View

if TYPE_CHECKING:
    from flask.testing import FlaskClient

    from twingraph.query.engine import Engine

    Row = dict[str, str]

LANGUAGES = ("lv", "en")
ATLAS = "sha512-IXfV0qwlKXpckz1FhwXVwKRjiIhOnWttOskm5CtxMsjgE/MXAYRHWJqgXOpM8IkcPBoXnyTU5lFHcYa5ChG0LQ=="
"""The integrity of world-atlas 2.0.2, as its registry has it."""


@pytest.fixture(scope="module", params=LANGUAGES)
def page(client: FlaskClient, request: pytest.FixtureRequest) -> lxml.html.HtmlElement:
    return lxml.html.fromstring(client.get(f"/?lang={request.param}").text)


def answer(engine: Engine, query: str) -> list[Row]:
    found = json.loads(engine.answer(query).body)["results"]["bindings"]
    return [{name: term["value"] for name, term in row.items()} for row in found]


@pytest.fixture(scope="module")
def towns(engine: Engine) -> list[Row]:
    return answer(engine, question("towns-on-a-map").text)


@pytest.fixture(scope="module")
def areas(engine: Engine) -> list[Row]:
    return answer(engine, question("areas-by-town").text)


@pytest.fixture(scope="module")
def dates(engine: Engine) -> list[Row]:
    return answer(engine, question("timeline").text)


def named(picture: maps.Map) -> dict[str, str]:
    return {dot.row["town"]: dot.label.text for dot in picture.dots if dot.label}


def links(page: lxml.html.HtmlElement, picture: str) -> list[lxml.html.HtmlElement]:
    return page.xpath(f"//svg[contains(@class, '{picture}')]//a")


# Maps


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_town_is_named_on_one_map_and_home_on_both(engine: Engine, language: str) -> None:
    towns = answer(engine, question("towns-on-a-map").write(language))
    near, far = maps.draw(towns, EUROPE), maps.draw(towns, WORLD, nearer=EUROPE)

    assert named(near) | named(far) == {row["town"]: row["town_label"] for row in towns}
    assert named(near).keys() & named(far).keys() == {thing("place", "jelgava").toPython()}
    assert [dot.row["town"] for dot in near.dots if dot.is_home] == [str(thing("place", "jelgava"))]


def test_every_town_has_a_dot_on_the_map_of_the_world(towns: list[Row]) -> None:
    assert {dot.row["town"] for dot in maps.draw(towns, WORLD).dots} == {row["town"] for row in towns}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("view", "nearer"), [(EUROPE, None), (WORLD, EUROPE)], ids=["europe", "world"])
def test_no_name_covers_another_or_leaves_the_map(
    engine: Engine, language: str, view: View, nearer: View | None
) -> None:
    towns = answer(engine, question("towns-on-a-map").write(language))
    boxes = [dot.label.box for dot in maps.draw(towns, view, nearer=nearer).dots if dot.label]

    assert [pair for pair in combinations(boxes, 2) if pair[0].overlaps(pair[1])] == []
    assert all(box.left >= 0 <= box.top and box.right <= view.width and box.bottom <= view.height for box in boxes)


@pytest.mark.parametrize(
    ("longitude", "latitude", "east", "north"),
    [(0, 0, 0, 0), (180, 0, 2.706630, 0), (0, 90, 0, 1.317363), (-90, 0, -1.353315, 0)],
)
def test_the_world_is_drawn_as_equal_earth_has_it(longitude: float, latitude: float, east: float, north: float) -> None:
    point = WORLD.point(longitude, latitude)
    found = (point.x - WORLD.origin.x) / WORLD.scale, (WORLD.origin.y - point.y) / WORLD.scale
    assert found == pytest.approx((east, north), abs=1e-5)


def test_europe_keeps_areas_and_is_true_in_its_middle() -> None:
    middle, north, east = EUROPE.point(10, 52), EUROPE.point(10, 53), EUROPE.point(11, 52)
    degree = EUROPE.scale * math.radians(1)

    assert middle == EUROPE.origin
    assert middle.y - north.y == pytest.approx(degree, rel=1e-3)
    assert east.x - middle.x == pytest.approx(degree * math.cos(math.radians(52)), rel=1e-3)


def test_a_tie_of_three_towns_is_one_broken_line_through_all(towns: list[Row]) -> None:
    lines = maps.draw(towns, WORLD).lines

    assert {line.tie for line in lines} == {row["tie"] for row in towns}
    assert [(line.name, line.path.count("M")) for line in lines if line.is_joint] == [("Jelgava – Pärnu – Šiauliai", 3)]
    assert {line.path.count("M") for line in lines if not line.is_joint} == {1}


def test_a_line_is_the_shortest_way_over_the_globe(towns: list[Row]) -> None:
    line = next(line for line in maps.draw(towns, WORLD).lines if line.name == "Jelgava – Magadan")
    heights = [float(point.split(",")[1]) for point in line.path.removeprefix("M").split()]

    assert min(heights) < min(heights[0], heights[-1]) - 20


def test_without_towns_there_is_nothing_to_draw() -> None:
    assert maps.draw([], WORLD).dots == []
    assert timelines.draw([]).bars == []
    assert matrices.draw([], "en").lines == []


# Timeline


def test_the_timeline_shows_each_dated_thing_once_in_order(dates: list[Row]) -> None:
    bars = timelines.draw(dates).bars

    assert [bar.row["what"] for bar in bars] == list(dict.fromkeys(row["what"] for row in dates))
    assert [bar.start for bar in bars] == sorted(bar.start for bar in bars)
    assert all(0 <= bar.start < bar.start + bar.width <= 100 for bar in bars)


def test_a_year_is_a_bar_a_day_is_a_point_and_what_lasted_is_neither(dates: list[Row]) -> None:
    picture = timelines.draw(dates)
    bars = {str(bar.row["what"]).rpartition("/")[2]: bar for bar in picture.bars}
    (first, second), year = picture.ticks[:2], bars["jelgava-alcamo-2002"]

    assert (year.shape, year.begins, year.ends) == ("year", "2002", "")
    assert year.width == pytest.approx((second.at - first.at) / 10, rel=0.01)
    assert (bars["jelgava-nova-odessa-2007"].shape, bars["jelgava-nova-odessa-2007"].begins) == ("day", "2007-06-10")
    assert bars["jelgava-nova-odessa-2007"].width < year.width / 300
    assert (bars["printemps-francais"].shape, bars["printemps-francais"].ends) == ("span", "2007-06-30")


def test_a_bar_stands_at_its_years(dates: list[Row]) -> None:
    picture = timelines.draw(dates)
    at = {tick.year: tick.at for tick in picture.ticks}

    assert at[1950 + 10] == next(bar.start for bar in picture.bars if bar.begins == "1960")
    assert at[2000] == next(bar.start for bar in picture.bars if bar.begins == "2000")


def test_a_tie_without_a_date_is_named_beside_the_timeline(page: lxml.html.HtmlElement) -> None:
    (section,) = page.xpath("//section[@aria-labelledby='when']")
    assert section.xpath("./p/a[contains(@href, 'nacka')]")


# Matrix


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_matrix_marks_what_was_mentioned_and_nothing_else(areas: list[Row], language: str) -> None:
    picture = matrices.draw(areas, language)
    marked = {
        (line.head.iri, column.iri, mark.standing)
        for line in picture.lines
        for column, cell in zip(picture.columns, line.cells, strict=True)
        for mark in cell
    }

    assert marked == {(row["area"], row["town"], row["standing"].rpartition("/")[2]) for row in areas}
    assert [each.standing for each in picture.key] == list(matrices.STANDINGS)


def test_the_areas_of_most_towns_come_first(engine: Engine, areas: list[Row]) -> None:
    counted = {row["area"]: int(row["towns"]) for row in answer(engine, question("areas-by-number-of-towns").text)}
    heads = [line.head for line in matrices.draw(areas, "en").lines]

    assert {head.iri: head.number for head in heads} == counted
    assert [head.number for head in heads] == sorted(counted.values(), reverse=True)


def test_every_standing_has_a_shape_of_its_own(page: lxml.html.HtmlElement) -> None:
    shapes = {each.get("id"): b"".join(map(lxml.html.tostring, each)) for each in page.xpath("//symbol")}

    assert shapes.keys() == {f"mark-{standing}" for standing in matrices.STANDINGS}
    assert len(set(shapes.values())) == len(shapes)


# The page


def test_every_picture_has_a_title_and_a_description(page: lxml.html.HtmlElement) -> None:
    pictures = page.xpath("//svg[@role='group']")

    assert len(pictures) == 3
    for picture in pictures:
        title, description = (page.get_element_by_id(each) for each in picture.get("aria-labelledby").split())
        assert (title.tag, description.tag) == ("title", "desc")
        assert title.text
        assert description.text
    assert page.xpath("//table[@role='table']/caption/strong")


@pytest.mark.parametrize("section", ["map", "when", "what"])
def test_the_facts_of_each_picture_stand_in_a_table_beside_it(page: lxml.html.HtmlElement, section: str) -> None:
    (here,) = page.xpath(f"//section[@aria-labelledby='{section}']")
    home = page.xpath("//text[contains(@class, 'name home')]")[0].text
    shown = {each.text for each in here.xpath(".//text[contains(@class, 'name')] | .//tbody/tr[@role]/th/a")} - {home}
    told = {each.text_content() for each in here.xpath(".//details//th[@scope='row']")}

    assert shown
    assert shown == told
    assert here.xpath(".//details//p[@class='behind']/a")


def test_a_town_tells_its_country_and_its_dates_when_it_is_reached(client: FlaskClient) -> None:
    page = lxml.html.fromstring(client.get("/?lang=en").text)
    told = {each.get("aria-label") for each in links(page, "map")}

    assert "Alcamo, Italy. Agreement: 2002." in told
    assert "Šiauliai, Lithuania. Agreement: 1957. Agreement: 1960." in told
    assert "Białystok, Poland. Cooperation since: 1994." in told
    assert "Nacka Municipality, Sweden. The page gives no date." in told
    assert "Nova Odessa, Brazil. Agreement: 10 June 2007." in told


def test_what_is_seen_of_a_link_begins_its_name(page: lxml.html.HtmlElement) -> None:
    for each in [*links(page, "map"), *links(page, "timeline")]:
        assert each.get("aria-label").startswith(each.xpath(".//text")[0].text)


def test_every_link_of_a_picture_opens(client: FlaskClient, page: lxml.html.HtmlElement) -> None:
    addresses = {each.get("href") for each in page.xpath("//figure//a")}

    assert len(addresses) > 60
    assert {client.get(each, headers={"Accept": "text/html"}).status_code for each in addresses} == {303}


def test_the_page_says_how_to_cite_the_version_that_is_served(page: lxml.html.HtmlElement, engine: Engine) -> None:
    cited = answer(engine, question("how-to-cite").text)[0]
    (section,) = page.xpath("//section[@aria-labelledby='cite']")

    assert f"({cited['modified'][:4]})" in section.text_content()
    assert f"version = {{{cited['version']}}}" in section.text_content()
    assert section.text_content().count(cited["dataset"]) == 2


# The outline


def test_the_outline_is_small_has_each_view_and_credits_natural_earth() -> None:
    outline = OUTLINE.read_text("utf-8")

    assert len(outline) < 40_000
    assert re.findall(r'<path id="(\w+)"', outline) == [WORLD.name, EUROPE.name]
    assert CREDIT in outline


def test_the_outline_is_what_its_script_draws(request: pytest.FixtureRequest) -> None:
    assert drawn(atlas(Path(request.config.cache.mkdir("atlas")))) == OUTLINE.read_text("utf-8")  # type: ignore[union-attr]


def atlas(folder: Path) -> Path:
    """Fetch world-atlas, unless it is there from the last run; leave the test out where that can not be."""
    packed = folder / "world-atlas-2.0.2.tgz"
    if not packed.is_file():
        command = [program("npm", "Debian npm"), "pack", "--silent", "world-atlas@2.0.2"]
        done = subprocess.run(command, cwd=folder, capture_output=True, check=False, timeout=120)
        if done.returncode and not os.environ.get("CI"):
            pytest.skip("The outline is not drawn again: npm can not fetch world-atlas.")
    assert base64.b64encode(hashlib.sha512(packed.read_bytes()).digest()).decode() == ATLAS.partition("-")[2]
    shutil.rmtree(folder / "package", ignore_errors=True)
    with tarfile.open(fileobj=io.BytesIO(packed.read_bytes())) as opened:
        opened.extractall(folder, filter="data")
    return folder / "package"
