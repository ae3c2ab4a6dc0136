"""What SPARQL answers is on the first page, in its pictures and lists, and on the pages of towns and agreements."""

import json
import math
import re
from collections import Counter
from collections.abc import Callable
from itertools import combinations
from pathlib import Path
from typing import Any

import lxml.html
import pytest
from flask.testing import FlaskClient

from asking import named as rows
from engines import AXE, packages
from outline import CREDIT, OUTLINE, drawn
from pages import Page, numbers_in, plain
from twingraph.query.engine import Engine
from twingraph.settings import BASE
from twingraph.vocab import slug_of, thing
from twingraph.web.pictures import EUROPE, STANDINGS, WORLD, Box, View, draw_map, draw_matrix, draw_timeline

Ask = Callable[..., list[list[str]]]
Read = Callable[[str], Page]
HOME = str(thing("place", "jelgava"))
NAMED = frozenset(
    ("place", "country", "twinning", "agreement", "area", "organisation", "activity", "programme", "topic", "tie")
)
"""The kinds of things that are linked by their names."""
QUERIES = {path.stem: path.read_text("utf-8") for path in (Path(__file__).parent / "facts").glob("*.rq")}


@pytest.fixture(scope="module", params=["lv", "en"])
def language(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def read(client: FlaskClient, language: str) -> Read:
    return lambda path: Page(client.get(f"{path}?lang={language}").text)


@pytest.fixture
def ask(engine: Engine, language: str) -> Ask:
    """Ask a query of the folder; give rows of values in order, "" for what is not bound."""

    def ask(name: str, thing: str = "", of: str = "") -> list[list[str]]:
        query = QUERIES[name].replace("$language", f'"{language}"').replace("$thing", thing).replace("$of", of)
        found = json.loads(engine.answer(query).body)
        solutions, names = found["results"]["bindings"], found["head"]["vars"]
        return sorted([each.get(name, {"value": ""})["value"] for name in names] for each in solutions)

    return ask


def test_the_first_page_shows_what_is_known_of_all(page: Page, ask: Ask) -> None:
    places, mentions, dates = ask("places", "place:jelgava"), ask("mentions"), ask("dated")
    [counts] = ask("counts")

    assert page.find("//*[@class='counts']//dd") == counts
    assert sorted(set(page.find("//svg[contains(@class, 'map')]//text[@class='name']"))) == [town for town, _ in places]
    assert sorted(row[:2] for row in page.rows("//*[@aria-labelledby='map']")) == places
    assert sorted(page.rows("//*[@aria-labelledby='what']//details")) == mentions
    matrix = page.items("//table[@class='matrix']//*[@class='more']", ".//b", ".//q")
    single = page.items("//*[@class='single']//li/span", "../a[1]", "../a[2]", "small", ".//q")
    folded = [[f"{area}, {town}: {state}", words] for area, town, state, words in single]
    told = sorted([f"{area}, {town}: {state}", words] for area, town, state, words in mentions)
    assert sorted(matrix + folded) == told
    of_area = {area: {each[1] for each in mentions if each[0] == area} for area, *_ in mentions}
    assert {area for area, *_ in single} == {area for area, towns in of_area.items() if len(towns) == 1} != set()
    [sums] = page.items("//table[@class='matrix']/tbody/tr[last()]", *(f"td[{at}]" for at in range(1, 15)))
    heads = page.find("//table[@class='matrix']/thead//th")
    alone = Counter(town for area, town in {(area, town) for area, town, *_ in single})
    assert dict(zip(heads, sums, strict=True)) == {town: str(alone[town] or "") for town in heads}
    # What is from elsewhere has no sentence.
    dated = page.items("//*[@aria-labelledby='when']//tbody/tr", "td", "th", "td//*[@lang]")
    spans = [(*period.partition(" – ")[::2], name, sentence) for period, name, sentence in dated]
    assert page.find("//svg[@class='timeline']//text[@class='name']") == [name for _, name, _ in dated]
    assert sorted([page.date(begin), page.date(end), *more] for begin, end, *more in spans) == dates
    assert_names_are_known(page, ask)
    near = [value for (value,) in ask("near", "place:jelgava")]
    known = numbers_in([*counts, *near, *(date for row in dates for date in row[:2])], page.language)
    assert page.numbers() - known - {str(year) for year in range(1950, 2030, 10)} == set()


def test_every_town_shows_what_is_known_of_it(read: Read, ask: Ask) -> None:
    towns = ask("towns")
    assert len(towns) == 15
    for (town,) in towns:
        page, thing = read(f"/doc/place/{slug_of(town)}.html"), f"<{town}>"
        parts = ("*[@class='read']", ".//q", "h3/small", "*/*[@class='doubt']")
        figures = page.items("//*[starts-with(@class, 'figure')]", *parts)
        read_figures = [[page.first_number(value), by, page.first_number(year), no] for value, by, year, no in figures]
        ties = page.items("//table[@class='bonds']/tbody/tr", "th//*[@class='tie-name']/a", "*/*[@class='since']/time")
        agreements = page.items("//*[@class='agreement']", "a", "div/time", "*[@class='of-kind']")
        areas = page.items("//*[contains(@class, 'standings')]//li", "ancestor::div[1]/dt", "a[1]", "a[2]")
        # What was read from passages stands beside these, other activities in a list.
        beside = page.root.xpath("//article//div[@class='subject'][p/a[contains(@href, '/id/activity/')]]")
        activities = {(plain(each.xpath("p/a")[0]), people_of(each)) for each in beside}
        listed = page.items("//ul[@class='activities']/li", "p/a", "ul/li[not(.//a)][not(.//q)]")
        activities |= {(name, people) for name, people in listed}

        dated = [[name, page.date(date), kind] for name, date, kinds in agreements for kind in kinds.split("; ")]
        assert sorted(dated) == ask("signed", of=f"tg:party {thing}")
        assert sorted([name, state, words] for state, name, words in areas) == ask("areas", of=f"schema:about {thing}")
        assert sorted(read_figures) == ask("figures", thing)
        assert sorted([name, page.date(since)] for name, since in ties) == ask("ties", thing)
        assert sorted([name, page.first_number(people)] for name, people in activities) == ask("activities", thing)
        assert_all_is_known(page, ask, thing, *(value for row in ask("amounts", thing) for value in row))


def test_every_agreement_shows_what_is_known_of_it(read: Read, ask: Ask) -> None:
    for (agreement,) in ask("agreements"):
        page, thing = read(f"/doc/agreement/{slug_of(agreement)}.html"), f"<{agreement}>"
        others = f"tg:twinning/^tg:twinning {thing} FILTER(?agreement != {thing}) ?agreement a tg:Agreement"
        parties = page.find("//dl[@class='card']/div/dd/a[contains(@href, '/id/place/')]")

        assert sorted(page.rows("//section[.//h2[@id='areas']]")) == ask("areas", of=f"tg:mentionedIn {thing}")
        assert signed(page) == ask("signed", of=others)
        assert sorted([name] for name in parties) == ask("parties", thing)
        assert_all_is_known(page, ask, thing)


def test_the_lists_show_what_is_known(read: Read, ask: Ask) -> None:
    agreements = read("/agreements")
    assert signed(agreements, "//table[@class='list']") == ask("signed", of="a tg:Agreement")
    assert_names_are_known(agreements, ask)

    towns = read("/towns").rows("//*[@aria-labelledby='towns']")
    assert sorted([row[0], row[2]] for row in towns) == ask("places", "place:none")
    assert sorted([row[0], row[4].replace("–", "0")] for row in towns) == ask("areas-by-town")

    areas = read("/areas").rows("//*[@aria-labelledby='areas']")
    assert sorted(row[:3] for row in areas) == ask("towns-by-area")


def assert_all_is_known(page: Page, ask: Ask, thing: str, *counted: str) -> None:
    """Hold every name and number of a page to what the engine knows near a thing, or counted."""
    assert_names_are_known(page, ask)
    known = (*counted, *(value for (value,) in ask("near", thing)))
    assert page.numbers() - numbers_in(known, page.language) == set()


def assert_names_are_known(page: Page, ask: Ask) -> None:
    """Hold every name that leads to its thing to what the engine knows."""
    linked = {(f"{BASE}id/{to}", text) for to, text in page.things() if to.partition("/")[0] in NAMED}
    assert len(linked) > 1
    assert linked - {tuple(each) for each in ask("names")} == set()


def people_of(subject: Any) -> str:  # noqa: ANN401 - lxml has no types
    """Give how many took part in an activity, as the note of a passage has it, "" where that is not said."""
    people = subject.xpath("dl/div[starts-with(dt, 'Participants') or starts-with(dt, 'Dalībnieki')]/dd")
    return plain(people[0]) if people else ""


def signed(page: Page, path: str = "//section[.//h2[@id='agreements']]") -> list[list[str]]:
    rows = page.rows(path)
    return sorted([name, page.date(date), kind] for name, date, kinds in rows for kind in kinds.split("; "))


@pytest.fixture
def page(read: Read) -> Page:
    return read("/")


# Maps


def test_every_town_has_a_dot_and_a_name_on_one_map_and_no_name_covers_another(engine: Engine, language: str) -> None:
    towns = rows(engine, "towns-on-a-map", language)
    near, far = draw_map(towns, EUROPE, HOME), draw_map(towns, WORLD, HOME, nearer=EUROPE)
    named = [{dot.row["town"]: dot.label.text for dot in each[2] if dot.label} for each in (near, far)]
    assert {dot.row["town"] for dot in far[2]} == {row["town"] for row in towns}
    assert named[0] | named[1] == {row["town"]: row["town_label"] for row in towns}
    assert named[0].keys() & named[1].keys() == {HOME} == {dot.row["town"] for dot in near[2] if dot.is_home}
    for view, _ties, dots in (near, far):
        boxes = [dot.label.box for dot in dots if dot.label]
        assert [pair for pair in combinations(boxes, 2) if pair[0].overlaps(pair[1])] == []
        assert all(min(box) >= 0 and box.right <= view.width and box.bottom <= view.height for box in boxes)


@pytest.mark.parametrize("view", [EUROPE, WORLD])
def test_names_of_towns_that_are_near_each_other_cover_neither_each_other_nor_a_dot(view: View) -> None:
    """Two dozen made-up towns with long names, half of them a quarter of a degree apart."""
    places = [(24 + number % 4 / 4, 56 + number // 4 / 4) for number in range(12)]
    places += [(3 + 2 * number, 44 + number) for number in range(12)]
    keys = ("town", "town_label", "longitude", "latitude", "tie")
    made_up = [
        dict(zip(keys, (f"made-up-{number}", f"Made-up town {number}", *map(str, place), "made-up"), strict=True))
        for number, place in enumerate(places)
    ]
    dots = draw_map(made_up, view, "made-up-3")[2]
    boxes = [dot.label.box for dot in dots if dot.label]
    # Where there is no room at all, a name is left out.
    assert len(boxes) == 24 or view is WORLD
    assert [pair for pair in combinations(boxes, 2) if pair[0].overlaps(pair[1])] == []
    assert [(box, dot.at) for box in boxes for dot in dots if box.overlaps(Box(*dot.at, *dot.at))] == []
    assert [dot.row["town"] for dot in dots if dot.is_home] == ["made-up-3"]


def test_the_world_is_drawn_as_equal_earth_has_it_and_europe_keeps_areas_and_is_true_in_its_middle() -> None:
    places = {(0, 0): (0, 0), (180, 0): (2.706630, 0), (0, 90): (0, 1.317363), (-90, 0): (-1.353315, 0)}
    for place, point in places.items():
        assert WORLD.project(*place) == pytest.approx(point, abs=1e-5)
    middle, north, east = EUROPE.point(10, 52), EUROPE.point(10, 53), EUROPE.point(11, 52)
    degree = EUROPE.scale * math.radians(1)
    assert middle == EUROPE.origin
    assert middle.y - north.y == pytest.approx(degree, rel=1e-3)
    assert east.x - middle.x == pytest.approx(degree * math.cos(math.radians(52)), rel=1e-3)


def test_a_tie_is_the_shortest_way_over_the_globe_and_one_of_three_towns_a_line_through_all(engine: Engine) -> None:
    names = {row["tie"]: row["tie_label"] for row in rows(engine, "towns-on-a-map")}
    ties = {names[tie]: path for tie, path in draw_map(rows(engine, "towns-on-a-map"), WORLD, HOME)[1].items()}
    heights = [float(point.split(",")[1]) for point in ties["Jelgava – Magadan"].removeprefix("M").split()]
    assert min(heights) < min(heights[0], heights[-1]) - 20
    three = {"Jelgava – Pärnu – Šiauliai": 3}
    assert (draw_map([], WORLD, HOME)[2], draw_timeline([])[0], draw_matrix([], "en")[0]) == ([], [], {})
    assert {name: path.count("M") for name, path in ties.items()} == dict.fromkeys(names.values(), 1) | three


def test_the_lines_of_a_tie_of_three_towns_are_beside_those_of_its_pairs(engine: Engine) -> None:
    towns = rows(engine, "towns-on-a-map")
    [tie] = {row["tie"] for row in towns if row["tie_label"] == "Jelgava – Pärnu – Šiauliai"}
    for line in draw_map(towns, EUROPE, HOME)[1][tie].removeprefix("M").split("M"):
        begin, *_more, end = points = [tuple(map(float, point.split(","))) for point in line.split()]
        straight = [(here + there) / 2 for here, there in zip(begin, end, strict=True)]
        assert 10 < math.dist(straight, points[len(points) // 2]) < 20


# Timeline and matrix


def test_the_timeline_shows_each_dated_thing_once_in_order_a_year_as_a_bar_and_a_day_as_a_point(engine: Engine) -> None:
    bars, ticks = draw_timeline(rows(engine, "timeline"))
    assert [bar.row["what"] for bar in bars] == list(dict.fromkeys(row["what"] for row in rows(engine, "timeline")))
    assert [bar.start for bar in bars] == sorted(bar.start for bar in bars)
    assert all(0 <= bar.start < bar.start + bar.width <= 100 for bar in bars)
    assert {dict(ticks)[int(bar.begins)] - bar.start for bar in bars if bar.begins in {"1960", "2000"}} == {0}
    named = {slug_of(bar.row["what"]): bar for bar in bars}
    year, day, span = (named[each] for each in ("jelgava-vejle-1992", "jelgava-nova-odessa-2007", "printemps-francais"))
    assert (year.shape, year.begins, year.ends) == ("year", "1992", "")
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
    assert page.root.xpath("//table[@class='matrix']/caption/strong")
    shapes = {each.get("id"): b"".join(map(lxml.html.tostring, each)) for each in page.root.xpath("//symbol")}
    assert shapes.keys() == {f"mark-{standing}" for standing in STANDINGS}
    assert len(set(shapes.values())) == len(shapes)


def test_a_town_tells_its_country_and_its_dates_when_it_is_reached(client: FlaskClient) -> None:
    root = Page(client.get("/?lang=en").text).root
    assert {
        "Alcamo, Italy. Agreement: 26 July 2002.",
        "Šiauliai, Lithuania. Agreement: 1957. Agreement: 1960.",
        "Białystok, Poland. Cooperation since: 1994.",
        "Nacka Municipality, Sweden. The sources give no date.",
        "Nova Odessa, Brazil. Agreement: 10 June 2007.",
    } <= {label.strip() for label in root.xpath("//svg[contains(@class, 'map')]//a/@aria-label")}
    assert root.xpath("//section[@aria-labelledby='when']/p/a[contains(@href, 'nacka')]")


def test_what_is_seen_of_a_link_begins_its_name_and_all_in_pictures_open(client: FlaskClient, page: Page) -> None:
    addresses = set(page.root.xpath("//figure//a/@href"))
    assert len(addresses) > 60
    assert {client.get(each, headers={"Accept": "text/html"}).status_code for each in addresses} == {303}
    for each in page.root.xpath("//svg[contains(@class, 'map') or contains(@class, 'timeline')]//a"):
        assert each.get("aria-label").startswith(each.xpath(".//text")[0].text)


def test_the_page_says_how_to_cite_the_version_that_is_served(page: Page, engine: Engine) -> None:
    (cited,), (section,) = rows(engine, "how-to-cite"), page.root.xpath("//section[@aria-labelledby='cite']")
    text = section.text_content()
    assert f"({cited['modified'][:4]})" in text
    assert f"version = {{{cited['version']}}}" in text
    assert text.count(cited["dataset"]) == 3


# The outline


def test_the_outline_is_small_has_each_view_credits_natural_earth_and_is_what_its_script_draws(
    request: pytest.FixtureRequest,
) -> None:
    outline = OUTLINE.read_text("utf-8")
    assert len(outline) < 40_000
    assert re.findall(r'<path id="(\w+)"', outline) == [WORLD.name, EUROPE.name]
    assert CREDIT in outline
    assert drawn(packages(AXE, request) / "node_modules/world-atlas") == outline
