"""The pages in a real browser: nothing fails, all can use them by any means, and they say what SPARQL answers."""

from __future__ import annotations

import re
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import shown
from browsing import DESKTOP, PHONE, Look, axe_core, brightness, visitor, visitors, walk

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from playwright.sync_api import Browser, Request

    from browsing import Visit, Visitor
    from serving import Server

MAIN = (
    *("/", "/towns", "/agreements", "/areas", "/source/jelgava-lv-2017", "/search", "/search?q=kult&kind=area"),
    *("/query", "/query/towns-on-a-map", "/query/areas-by-number-of-towns", "/query?query=ASK%20%7B%7D"),
    *("/catalog.html", "/changes", "/ns", "/crosscheck"),
)
"""The pages that are not of one thing."""
THINGS = (
    *("place/rueil-malmaison", "place/jelgava", "country/SE", "twinning/jelgava-parnu-siauliai", "area/culture"),
    *("agreement/jelgava-rueil-malmaison-2017", "organisation/llu-food-technology", "figure/nova-odessa-area"),
    *("activity/siauliai-cross-border-2007", "programme/etonnante-lettonie", "source/jelgava-lv-2017"),
    *("quote/jelgava-lv-2017-alcamo-agreement", "mention/jelgava-lv-2017-alcamo-agreement-culture"),
    *("evidence/place-alcamo", "rule/citations", "query/timeline", "scheme/area", "topic/teaching-methods"),
    *("tie/unspecified", "dataset/twin-towns"),
)
"""One of each kind; the concepts of the smaller schemes look like ties."""
FACES = (*MAIN, *(f"/doc/{each}.html" for each in THINGS))
LOOKS = tuple(Look(*each) for each in product(("lv", "en"), (PHONE, DESKTOP), (True, False)))
# Each language, each size and each scheme of colours once.
AXE_LOOKS = (Look("en", DESKTOP), Look("lv", PHONE, dark=True))
# Of a page, what is left between margins of a centimetre.
A4 = Look(size=(718, 1046), dark=True)
PRINTED = ("/", "/source/jelgava-lv-2017", "/query/towns-on-a-map", "/doc/place/rueil-malmaison.html")
LANGUAGES = ("lv", "en")
KILOBYTES = 100
MOST_MOVED = 0.05


@pytest.fixture(scope="module")
def here(server: Server) -> str:
    return f"http://127.0.0.1:{server.port}/"


@pytest.fixture(scope="module")
def visit(browser: Browser, here: str) -> Iterator[Visit]:
    with visitors(browser, here) as visit:
        yield visit


@pytest.fixture
def newcomer(browser: Browser, here: str) -> Iterator[Visitor]:
    """Somebody with a screen, a keyboard and no cache; what goes wrong while they are here is an error."""
    with visitor(browser, here) as someone:
        yield someone
        assert someone.wrong == []


@pytest.fixture(scope="module")
def axe(request: pytest.FixtureRequest) -> str:
    return axe_core(Path(request.config.cache.mkdir("axe")))  # type: ignore[union-attr]


# By any means


@pytest.mark.parametrize("look", LOOKS, ids=str)
def test_no_page_fails_moves_or_asks_another_host(visit: Visit, look: Look) -> None:
    assert faults(visit(look), MAIN) == []


# Without scripts of their own they need not be seen in all ways: each two choices meet once.
@pytest.mark.parametrize("look", [LOOKS[at] for at in (0, 3, 5, 6)], ids=str)
def test_no_page_of_a_thing_fails_moves_or_asks_another_host(visit: Visit, look: Look) -> None:
    assert faults(visit(look), [f"/doc/{each}.html" for each in THINGS]) == []


def faults(someone: Visitor, faces: Iterable[str]) -> list[str]:
    """Open pages; say of each what is wrong with it."""
    found = []
    for face in faces:
        status = someone.open(face).status
        told = someone.page.get_attribute("html", "lang"), someone.page.title(), someone.page.inner_text("h1")
        found += [f"{face}: {each}" for each in (*someone.wrong, *someone.too_wide())]
        found += [f"{face}: has moved by {someone.moved()}"] * (someone.moved() >= MOST_MOVED)
        found += [f"{face}: {status}, {told}"] * (status != 200 or told[0] != someone.look.language or not all(told))
    return found


@pytest.mark.parametrize("look", AXE_LOOKS, ids=str)
@pytest.mark.parametrize("face", FACES)
def test_a_page_is_accessible_as_wcag_has_it(visit: Visit, axe: str, look: Look, face: str) -> None:
    someone = visit(look)
    someone.open(face)

    assert someone.violations(axe) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_of_the_site_map_fits_a_phone(visit: Visit, server: Server, language: str) -> None:
    someone = visit(Look(language, PHONE))
    someone.open("/")
    # What a page holds is much the same in both languages, so that each is looked at in one of them.
    addresses = re.findall("<loc>(.*?)</loc>", server.ask("/sitemap.xml").text)[LANGUAGES.index(language) :: 2]
    # Faster than to open each: its content takes the place of that of a page with the same head.
    wide = someone.page.evaluate(
        """async ([addresses, language]) => {
          const wide = [];
          for (const address of addresses) {
            const path = `${new URL(address).pathname}?lang=${language}`;
            const answer = await fetch(path, {headers: {Accept: "text/html"}});
            const page = new DOMParser().parseFromString(await answer.text(), "text/html");
            if (!page.querySelector("main")) { wide.push(`${address}: ${answer.status}`); continue; }
            document.querySelector("main").replaceWith(page.querySelector("main"));
            const width = document.documentElement.scrollWidth;
            if (width > 390) wide.push(`${address}: ${width}`);
          }
          return wide;
        }""",
        [addresses, language],
    )

    assert len(addresses) > 250
    assert wide == []


def test_a_page_that_is_not_there_is_a_page_too(visit: Visit, axe: str) -> None:
    for look in AXE_LOOKS:
        someone = visit(look)
        assert someone.open("/doc/place/made-up").status == 404
        assert someone.violations(axe) == []
        assert someone.too_wide() == []


@pytest.mark.parametrize(
    "face", ["/", "/query", "/source/jelgava-lv-2017", "/search", "/doc/place/rueil-malmaison.html"]
)
def test_a_first_visit_takes_under_100_kilobytes(newcomer: Visitor, face: str) -> None:
    sent: dict[str, Request] = {}
    newcomer.page.on("requestfinished", lambda request: sent.update({request.url: request}))
    newcomer.open(face)
    newcomer.page.wait_for_load_state("networkidle")
    sizes = {url: each.sizes() for url, each in sent.items() if "/static/editor/" not in url}

    assert any("style.css" in url for url in sizes)
    assert sum(size["responseBodySize"] + size["responseHeadersSize"] for size in sizes.values()) < KILOBYTES * 1000
    assert newcomer.moved() < MOST_MOVED


@pytest.mark.parametrize(
    "face", ["/", "/source/jelgava-lv-2017", "/query/towns-on-a-map", "/doc/place/nova-odessa.html"]
)
def test_the_dark_is_dark_and_paper_is_white(visit: Visit, face: str) -> None:
    light, dark = visit(Look()), visit(Look(dark=True))
    light.open(face)
    dark.open(face)
    assert brightness(light.page) == pytest.approx((1, 0), abs=0.2)
    assert brightness(dark.page) == pytest.approx((0, 1), abs=0.2)

    dark.page.emulate_media(media="print")
    printed = brightness(dark.page)
    dark.page.emulate_media(media="screen")
    assert printed == pytest.approx((1, 0), abs=0.2)


@pytest.mark.parametrize("face", PRINTED)
def test_paper_shows_all_and_nothing_to_click_even_from_the_dark(visit: Visit, axe: str, face: str) -> None:
    someone = visit(A4)
    someone.page.emulate_media(media="print")
    someone.open(face)

    assert someone.too_wide(paper=True) == []
    assert not someone.page.locator("header.site nav, form").filter(visible=True).count()
    assert someone.violations(axe, "color-contrast") == []


# By keyboard


def test_the_keyboard_skips_to_the_content_first(newcomer: Visitor) -> None:
    page = newcomer.page
    newcomer.open("/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    assert page.evaluate("document.activeElement.getBoundingClientRect().top") >= 0
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"


@pytest.mark.parametrize("picture", ["svg.map.europe", "svg.map.world", "svg.timeline", "table.matrix"])
def test_the_keyboard_walks_through_a_picture_and_hears_of_each_part(newcomer: Visitor, picture: str) -> None:
    newcomer.open("/")
    stops = list(walk(newcomer.page, picture))

    assert len(stops) == newcomer.page.locator(f"{picture} a").count() > 3
    assert [each for each in stops if not each["name"] or not each["is_seen"] or not each["tells"]] == []

    newcomer.page.keyboard.press("Shift+Tab")
    newcomer.page.keyboard.press("Enter")
    newcomer.page.wait_for_url(f"**/doc/{stops[-1]['thing']}.html*")


def test_the_keyboard_finds_a_town_by_another_spelling(newcomer: Visitor) -> None:
    newcomer.open("/search")
    page, field = newcomer.page, newcomer.page.locator("#q")
    field.focus()
    page.keyboard.type("sauli")
    page.wait_for_selector("[role=option]:has-text('Šiauliai')")
    page.keyboard.press("ArrowDown")
    active = field.get_attribute("aria-activedescendant")
    assert page.locator(f"#{active}[aria-selected=true]").count() == 1
    page.keyboard.press("Escape")
    assert page.locator("[role=option]").filter(visible=True).count() == 0
    page.keyboard.type("a")
    page.keyboard.press("Backspace")
    page.wait_for_selector("[role=option]:has-text('Šiauliai')")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url("**/doc/place/siauliai.html*")


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_a_search_is_sent_and_narrowed_by_keyboard(browser: Browser, here: str, scripts: bool) -> None:  # noqa: FBT001
    with visitor(browser, here, Look("lv", PHONE, scripts)) as someone:
        someone.open("/search")
        someone.page.locator("#q").focus()
        someone.page.keyboard.type("kultura")
        someone.page.keyboard.press("Enter")
        someone.page.wait_for_url("**/search?*q=kultura*")
        found = someone.page.locator(".found li").count()
        someone.page.select_option("#kind", "area")
        someone.page.locator("form.search button").press("Enter")
        someone.page.wait_for_url("**kind=area*")
        assert "kultūra" in shown.texts(someone.page, ".found li a")
        assert 0 < someone.page.locator(".found li").count() < found
        assert someone.wrong == []


def test_the_keyboard_goes_from_number_to_number_of_the_source_page(newcomer: Visitor) -> None:
    newcomer.open("/source/jelgava-lv-2017")
    newcomer.page.locator(".reading .text a.number").first.focus()
    for _ in range(3):
        newcomer.page.keyboard.press("ArrowDown")
    focused = newcomer.page.evaluate("document.activeElement.textContent")
    assert focused == "4"
    assert newcomer.page.locator(".note.lit").get_attribute("data-passage") == "4"
    newcomer.page.keyboard.press("Enter")
    assert newcomer.page.url.endswith("#read-4")


# Queries


def test_a_query_is_typed_run_shared_and_reopened(browser: Browser, here: str) -> None:
    query = "SELECT ?town { place:jelgava tg:twinnedWith ?town } ORDER BY ?town"
    with visitor(browser, here, Look("lv", PHONE, scripts=False)) as asker:
        asker.open("/query")
        asker.page.fill("#query", query)
        asker.page.click("form.query button")
        asker.page.wait_for_url("**/query?*query=*")
        answer = shown.rows(asker.page, "#answer")
        shared = asker.page.locator("a.share").evaluate("each => each.href")
        assert (len(answer), asker.wrong, asker.too_wide()) == (14, [], [])
    with visitor(browser, here, Look("en")) as other:
        other.page.goto(shared)
        other.page.wait_for_selector(".CodeMirror-line")
        assert other.page.evaluate("document.querySelector('.CodeMirror').CodeMirror.getValue()") == query
        assert shown.rows(other.page, "#answer") == answer
        other.page.locator(".CodeMirror").click()
        other.page.keyboard.press("Control+End")
        other.page.keyboard.type(" LIMIT 3")
        other.page.keyboard.press("Control+Enter")
        other.page.wait_for_url("**LIMIT*")
        other.page.locator("#answer tbody tr:nth-child(3):last-child").wait_for()
        assert shown.rows(other.page, "#answer") == answer[:3]
        assert other.wrong == []
