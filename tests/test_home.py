"""The front page: its pictures show what SPARQL answers, where it belongs, and to everybody."""

from __future__ import annotations

import math
import re
from itertools import combinations
from typing import TYPE_CHECKING

import lxml.html
import pytest

from asking import named as rows
from engines import AXE, packages
from outline import CREDIT, OUTLINE, drawn
from pages import Page
from twingraph.vocab import slug_of, thing
from twingraph.web.pictures import EUROPE, STANDINGS, WORLD, draw_map, draw_matrix, draw_timeline

if TYPE_CHECKING:
    from flask.testing import FlaskClient

    from twingraph.query.engine import Engine

HOME = str(thing("place", "jelgava"))


@pytest.fixture(scope="module", params=["lv", "en"])
def page(client: FlaskClient, request: pytest.FixtureRequest) -> Page:
    return Page(client.get(f"/?lang={request.param}").text)


# Maps


@pytest.mark.parametrize("tongue", ["lv", "en"])
def test_every_town_has_a_dot_in_the_world_a_name_on_one_map_and_home_on_both_and_no_name_covers_another(
    engine: Engine, tongue: str
) -> None:
    towns = rows(engine, "towns-on-a-map", tongue)
    near, far = draw_map(towns, EUROPE), draw_map(towns, WORLD, nearer=EUROPE)
    named = [{dot.row["town"]: dot.label.text for dot in each[2] if dot.label} for each in (near, far)]
    assert {dot.row["town"] for dot in far[2]} == {row["town"] for row in towns}
    assert named[0] | named[1] == {row["town"]: row["town_label"] for row in towns}
    assert named[0].keys() & named[1].keys() == {HOME} == {dot.row["town"] for dot in near[2] if dot.is_home}
    for view, _ties, dots in (near, far):
        boxes = [dot.label.box for dot in dots if dot.label]
        assert [pair for pair in combinations(boxes, 2) if pair[0].overlaps(pair[1])] == []
        assert all(min(box) >= 0 and box.right <= view.width and box.bottom <= view.height for box in boxes)


def test_the_world_is_drawn_as_equal_earth_has_it_and_europe_keeps_areas_and_is_true_in_its_middle() -> None:
    places = {(0, 0): (0, 0), (180, 0): (2.706630, 0), (0, 90): (0, 1.317363), (-90, 0): (-1.353315, 0)}
    for place, point in places.items():
        assert WORLD.project(*place) == pytest.approx(point, abs=1e-5)
    middle, north, east = EUROPE.point(10, 52), EUROPE.point(10, 53), EUROPE.point(11, 52)
    degree = EUROPE.scale * math.radians(1)
    assert middle == EUROPE.origin
    assert middle.y - north.y == pytest.approx(degree, rel=1e-3)
    assert east.x - middle.x == pytest.approx(degree * math.cos(math.radians(52)), rel=1e-3)


def test_a_tie_is_the_shortest_way_over_the_globe_and_one_of_three_towns_a_broken_line_through_all(
    engine: Engine,
) -> None:
    names = {row["tie"]: row["tie_label"] for row in rows(engine, "towns-on-a-map")}
    ties = {names[tie]: path for tie, path in draw_map(rows(engine, "towns-on-a-map"), WORLD)[1].items()}
    heights = [float(point.split(",")[1]) for point in ties["Jelgava – Magadan"].removeprefix("M").split()]
    assert min(heights) < min(heights[0], heights[-1]) - 20
    three = {"Jelgava – Pärnu – Šiauliai": 3}
    assert {name: path.count("M") for name, path in ties.items()} == dict.fromkeys(names.values(), 1) | three


def test_without_towns_there_is_nothing_to_draw() -> None:
    assert (draw_map([], WORLD)[2], draw_timeline([])[0], draw_matrix([], "en")[0]) == ([], [], {})


# Timeline and matrix


def test_the_timeline_shows_each_dated_thing_once_in_order_a_year_as_a_bar_and_a_day_as_a_point(engine: Engine) -> None:
    bars, ticks = draw_timeline(rows(engine, "timeline"))
    assert [bar.row["what"] for bar in bars] == list(dict.fromkeys(row["what"] for row in rows(engine, "timeline")))
    assert [bar.start for bar in bars] == sorted(bar.start for bar in bars)
    assert all(0 <= bar.start < bar.start + bar.width <= 100 for bar in bars)
    assert {dict(ticks)[int(bar.begins)] - bar.start for bar in bars if bar.begins in {"1960", "2000"}} == {0}
    named = {slug_of(bar.row["what"]): bar for bar in bars}
    year, day, span = (
        named[each] for each in ("jelgava-alcamo-2002", "jelgava-nova-odessa-2007", "printemps-francais")
    )
    assert (year.shape, year.begins, year.ends) == ("year", "2002", "")
    assert year.width == pytest.approx((ticks[1][1] - ticks[0][1]) / 10, rel=0.01)
    assert (day.shape, day.begins, day.width < year.width / 300) == ("day", "2007-06-10", True)
    assert (span.shape, span.ends) == ("span", "2007-06-30")


def test_the_matrix_marks_what_was_mentioned_and_nothing_else_the_areas_of_most_towns_first(engine: Engine) -> None:
    mentions = rows(engine, "areas-by-town")
    areas, _towns, cells, key = draw_matrix(mentions, "en")
    marked = {(*heads, standing) for heads, cell in cells.items() for standing in cell}
    assert marked == {(row["area"], row["town"], slug_of(row["standing"])) for row in mentions}
    assert tuple(key) == STANDINGS
    counted = {row["area"]: int(row["towns"]) for row in rows(engine, "areas-by-number-of-towns")}
    assert [counted[area] for area in areas] == sorted(counted.values(), reverse=True)


# The page


def test_every_picture_has_a_title_and_a_description_and_every_standing_a_shape_of_its_own(page: Page) -> None:
    pictures = page.root.xpath("//svg[@role='group']")
    names = [page.root.get_element_by_id(each) for svg in pictures for each in svg.get("aria-labelledby").split()]
    assert [each.tag for each in names if each.text] == ["title", "desc"] * 3
    assert page.root.xpath("//table[@role='table']/caption/strong")
    shapes = {each.get("id"): b"".join(map(lxml.html.tostring, each)) for each in page.root.xpath("//symbol")}
    assert shapes.keys() == {f"mark-{standing}" for standing in STANDINGS}
    assert len(set(shapes.values())) == len(shapes)


def test_a_town_tells_its_country_and_its_dates_when_it_is_reached(client: FlaskClient) -> None:
    root = Page(client.get("/?lang=en").text).root
    assert {
        "Alcamo, Italy. Agreement: 2002.",
        "Šiauliai, Lithuania. Agreement: 1957. Agreement: 1960.",
        "Białystok, Poland. Cooperation since: 1994.",
        "Nacka Municipality, Sweden. The page gives no date.",
        "Nova Odessa, Brazil. Agreement: 10 June 2007.",
    } <= set(root.xpath("//svg[contains(@class, 'map')]//a/@aria-label"))
    assert root.xpath("//section[@aria-labelledby='when']/p/a[contains(@href, 'nacka')]")


def test_what_is_seen_of_a_link_begins_its_name_and_every_link_of_a_picture_opens(
    client: FlaskClient, page: Page
) -> None:
    addresses = set(page.root.xpath("//figure//a/@href"))
    assert len(addresses) > 60
    assert {client.get(each, headers={"Accept": "text/html"}).status_code for each in addresses} == {303}
    for each in page.root.xpath("//svg[contains(@class, 'map') or contains(@class, 'timeline')]//a"):
        assert each.get("aria-label").startswith(each.xpath(".//text")[0].text)


def test_the_page_says_how_to_cite_the_version_that_is_served(page: Page, engine: Engine) -> None:
    (cited,), (text,) = rows(engine, "how-to-cite"), page.find("//section[@aria-labelledby='cite']")
    assert f"({cited['modified'][:4]})" in text
    assert f"version = {{{cited['version']}}}" in text
    assert text.count(cited["dataset"]) == 2


# The outline


def test_the_outline_is_small_has_each_view_credits_natural_earth_and_is_what_its_script_draws(
    request: pytest.FixtureRequest,
) -> None:
    outline = OUTLINE.read_text("utf-8")
    assert len(outline) < 40_000
    assert re.findall(r'<path id="(\w+)"', outline) == [WORLD.name, EUROPE.name]
    assert CREDIT in outline
    assert drawn(packages(AXE, request) / "node_modules/world-atlas") == outline
