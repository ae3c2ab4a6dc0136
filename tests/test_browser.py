"""The pages in a real browser: nothing fails, and all can use them by any means."""

from __future__ import annotations

import re
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from browsing import DESKTOP, PHONE, PHONES, Look, Visitor, visitor
from engines import AXE, packages
from pages import THINGS
from serving import free_port, running, started
from twingraph.wikidata.claims import Claims
from twingraph.wikidata.crosscheck import VERDICTS
from twingraph.wikidata.entities import Reference, Value
from twingraph.wikidata.report import Report, page
from wikidata_shape import DAY, GUID, HOME, SOURCE, TOWN, Shape, row, tie

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page

    from browsing import Visit
    from twingraph.release.folder import Release
    from twingraph.release.records import LinkedTowns

SCRIPTED = ("/source/jelgava-lv-2017", "/search?q=kult&kind=area", "/query/towns-on-a-map", "/", "/query")
"""A page with each script."""
MISSING = "/doc/place/made-up.html"
ANSWER = "/query/areas-by-number-of-towns"
FACES = (
    *("/activities", "/organisations", "/figures", "/areas?country=SE", "/towns", "/agreements", "/areas"),
    *("/catalog.html", "/changes", "/ns", "/shapes", "/crosscheck", "/search"),
    *("/source", "/source/jelgava-suspension-2022", "/query/one-town-as-a-graph"),
    *(ANSWER, "/query?query=ASK%20%7B%7D", MISSING, *SCRIPTED),
    *(f"/doc/{each}.html" for each in THINGS),
)
LOOKS = (
    *(Look("en", DESKTOP), Look("lv", PHONE, dark=True)),
    *(Look("lv", DESKTOP, scripts=False), Look("en", PHONE, scripts=False, dark=True)),
)
"""Each language, size and scheme of colours once; without scripts, too, each language with the other size."""
TOWNS = "SELECT ?town { place:jelgava tg:twinnedWith ?town } ORDER BY ?town"
MOST_MOVED = 0.05


@pytest.fixture
def newcomer(visit: Visit) -> Iterator[Visitor]:
    """Somebody with a screen and a keyboard; what goes wrong on the page that they open last is an error."""
    someone = visit(Look())
    yield someone
    assert someone.wrong == []


@pytest.fixture(scope="session")
def axe(request: pytest.FixtureRequest) -> str:
    return (packages(AXE, request) / "node_modules/axe-core/axe.min.js").read_text("utf-8")


# By any means


@pytest.mark.parametrize("face", FACES)
def test_a_page_is_whole_and_still_and_accessible_by_any_means(visit: Visit, axe: str, face: str) -> None:
    """Without scripts, too, if it has one of its own."""
    looks = LOOKS if face in SCRIPTED else LOOKS[:2]
    assert [fault for look in looks for fault in faults(visit(look), face, axe)] == []


def test_pages_of_two_home_towns_are_so_too_and_no_name_on_their_maps_covers_another_or_a_dot(
    browser: Browser, two_homes: Release, axe: str
) -> None:
    pages = ("/", "/towns", "/agreements", "/source", "/source/made-up-licupe-en", "/source/made-up-licupe-notice")
    with started(two_homes.folder) as server:
        for look in LOOKS[:2]:
            with visitor(browser, f"http://127.0.0.1:{server.port}/", look) as someone:
                assert [fault for face in pages for fault in faults(someone, face, axe)] == []
                assert len(someone.open("/").query_selector_all("svg.map .name")) == 24
                assert someone.run("covering") == []


@pytest.mark.parametrize("look", LOOKS[:2], ids=str)
def test_a_report_of_the_cross_check_that_stands_alone_is_so_too(
    browser: Browser, towns: LinkedTowns, axe: str, tmp_path: Path, look: Look
) -> None:
    """Made-up rows of every verdict, with a reference to a very long address."""
    source = Reference((("P854", Value("url", f"{SOURCE}/made-up" * 20)),))
    stated = replace(tie(("P580", DAY), guid=GUID), references=(source, source))
    rows = [row(each, id=each, theirs=stated, their_value=stated.value) for each in VERDICTS]
    written = page(Report((*rows, row()), Shape().town(HOME, TOWN).snapshot(HOME, TOWN), towns), look.language)
    (tmp_path / "crosscheck.html").write_text(written, "utf-8")
    with visitor(browser, f"{tmp_path.as_uri()}/", look) as someone:
        assert [*faults(someone, "crosscheck.html", axe)] == []


def test_the_cross_check_of_a_made_up_snapshot_is_so_too(
    browser: Browser, release: Release, towns: LinkedTowns, axe: str, tmp_path: Path
) -> None:
    items = Claims(towns).items
    Shape().town(*items).save(tmp_path, *items)
    options = ["--release", str(release.folder), "--snapshot", str(tmp_path), "--port", str(port := free_port())]
    with running([sys.executable, "-m", "twingraph", "serve", *options], port):
        for look in (*LOOKS[:2], Look("lv", PHONES[1], dark=True)):
            with visitor(browser, f"http://127.0.0.1:{port}/", look) as someone:
                assert [*faults(someone, "/crosscheck", axe)] == []


def faults(someone: Visitor, face: str, axe: str) -> Iterator[str]:
    """Open a page; say what fails, does not fit, moves, has the wrong colours or shuts anybody out."""
    look, page = someone.look, someone.open(face)
    named = page.get_attribute("html", "lang"), page.title(), page.inner_text("h1")
    if someone.status != (404 if face == MISSING else 200) or named[0] != look.language or not all(named):
        yield f"{look}: {someone.status}, {named}"
    if (brightness := someone.run("brightness")) != pytest.approx([0, 1] if look.dark else [1, 0], abs=0.2):
        yield f"{look}: brightness {brightness}"
    if look.scripts:
        yield from (f"{look}: {each}" for each in someone.violations(axe))
    yield from (f"{look}: {each}" for each in someone.too_wide())
    yield from (f"{look}: {each}" for each in someone.wrong if face != MISSING or "404" not in each)
    if (moved := someone.run("moved")) > MOST_MOVED:
        yield f"{look}: moved by {moved}"
    if look == Look() and not any(reached_by_tab(page, face) for _ in range(20)):
        yield f"{look}: after twenty stops Tab is not in the content, or in the answer to a query"


def reached_by_tab(page: Page, face: str) -> bool:
    """Press Tab; tell whether what has the focus is in the content of a page, of a query in its answer."""
    page.keyboard.press("Tab")
    content = "#answer" if face.startswith("/query/") else "main"
    return bool(page.evaluate("content => document.activeElement.closest(content) !== null", content))


@pytest.mark.parametrize("face", ["/", SCRIPTED[0], SCRIPTED[2], "/doc/place/rueil-malmaison.html"])
def test_paper_is_white_and_shows_all_and_nothing_to_click(visit: Visit, axe: str, face: str) -> None:
    # Of a page of A4, what is left between margins of a centimetre.
    someone = visit(Look(size=(718, 1046), dark=True))
    someone.page.emulate_media(media="print")
    someone.open(face)
    assert someone.run("brightness") == pytest.approx([1, 0], abs=0.2)
    assert someone.too_wide(paper=True) == []
    assert not someone.page.locator("header.site nav, form").filter(visible=True).count()
    assert someone.violations(axe, "color-contrast") == []


# By keyboard


def test_the_keyboard_skips_to_the_content_and_goes_from_number_to_number_of_the_source_page(newcomer: Visitor) -> None:
    page = newcomer.open(SCRIPTED[0])
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    assert page.evaluate("document.activeElement.getBoundingClientRect().top") >= 0
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    page.locator(".reading .text a.number").first.focus()
    for _ in range(3):
        page.keyboard.press("ArrowDown")
    assert page.evaluate("document.activeElement.textContent") == "4"
    assert page.locator(".note.lit").get_attribute("data-passage") == "4"
    page.keyboard.press("Enter")
    assert page.url.endswith("#read-4")


@pytest.mark.parametrize("picture", ["svg.map.europe", "svg.map.world", "svg.timeline"])
def test_a_picture_is_one_stop_for_tab_and_arrow_keys_lead_to_each_part_and_back(
    newcomer: Visitor, visit: Visit, picture: str
) -> None:
    newcomer.open("/")
    number = newcomer.page.locator(f"{picture} a").count()
    without = visit(Look(scripts=False))
    without.open("/")
    assert len(list(without.walk(picture))) == number
    [first] = newcomer.walk(picture)
    newcomer.page.keyboard.press("Shift+Tab")
    stops = [first, *(newcomer.press("ArrowDown", picture) for _ in range(number - 1))]
    assert len({each["thing"] for each in stops}) == number > 3
    assert [each for each in stops if not each["name"] or not each["is_seen"] or not each["tells"]] == []
    assert newcomer.press("ArrowLeft", picture) == stops[-2]
    assert newcomer.press("ArrowRight", picture) == stops[-1]
    newcomer.page.keyboard.press("Enter")
    newcomer.page.wait_for_url(f"**/doc/{stops[-1]['thing']}.html*")


def test_a_sentence_of_the_timeline_is_seen_whole_where_its_line_is_reached(visit: Visit) -> None:
    someone = visit(Look(size=(1440, 900)))
    for width in (320, 800, 1024, 1440):
        someone.page.set_viewport_size({"width": width, "height": 900})
        number = someone.open("/").locator("svg.timeline a").count()
        stops = [*someone.walk("svg.timeline")]
        someone.page.keyboard.press("Shift+Tab")
        stops += [someone.press("ArrowDown", "svg.timeline") for _ in range(number - 1)]
        assert len(stops) > 10
        assert [each for each in stops if not each["tells"]] == []
        assert someone.run("clipped", "svg.timeline :is(.more, .more p)") == []


def test_the_matrix_is_one_stop_for_tab_and_arrow_keys_lead_to_each_mark_and_back(newcomer: Visitor) -> None:
    page = newcomer.open("/")
    [head] = newcomer.walk("table.matrix")
    assert (head["thing"], head["is_seen"]) == ("area/culture", True)
    page.keyboard.press("Shift+Tab")
    marks = [
        newcomer.press("ArrowRight", "table.matrix") for _ in range(page.locator("table.matrix tbody a").count() - 1)
    ]
    assert [each for each in marks if not each["name"] or not each["is_seen"] or not each["tells"]] == []
    assert {each["thing"].split("/")[0] for each in marks} == {"quote", "area"}
    assert "economy, Magadan" in newcomer.press("ArrowUp", "table.matrix")["name"]
    assert newcomer.press("ArrowDown", "table.matrix") == marks[-1]
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.localName") == "summary"
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/doc/{marks[-1]['thing']}.html*")


@pytest.mark.parametrize(
    ("path", "table"), [("/", ".matrix"), ("/agreements", "main table"), (ANSWER, "#answer table")]
)
def test_what_stands_as_cards_on_a_phone_is_still_a_table_to_who_hears_it(visit: Visit, path: str, table: str) -> None:
    page = visit(Look("lv", PHONE, dark=True)).open(path)
    browser = page.context.new_cdp_session(page)
    root = browser.send("DOM.getDocument")["root"]["nodeId"]
    found = browser.send("DOM.querySelector", {"nodeId": root, "selector": table})
    heard = browser.send("Accessibility.queryAXTree", found)["nodes"]
    roles = [each["role"]["value"] for each in heard if not each["ignored"]]
    assert roles.count("table") == 1
    assert roles.count("row") >= page.locator(f"{table} tbody tr").count() > 3
    assert roles.count("cell") > 10


# Search


def active(page: Page) -> str:
    """Give the suggestion that is told to be the active one."""
    name = page.locator("#q").get_attribute("aria-activedescendant")
    return page.locator(f"#{name}[aria-selected=true]").inner_text() if name else ""


def test_suggestions_are_reached_by_keyboard_alone_or_by_the_pointer(newcomer: Visitor) -> None:
    page = newcomer.open("/search")
    page.locator("#q").press_sequentially("sauli")
    page.wait_for_selector("[role=option]:has-text('Šiauliai')")
    assert page.locator("#q").get_attribute("aria-expanded") == "true"
    # Arrows go round, and Escape closes.
    options = page.locator("[role=option]").all_inner_texts()
    assert not active(page)
    for key, suggestion in (("ArrowUp", options[-1]), ("ArrowDown", ""), ("ArrowDown", options[0])):
        page.keyboard.press(key)
        assert active(page) == suggestion
    page.keyboard.press("Escape")
    assert not page.locator("[role=listbox]").is_visible()
    assert page.locator("#q").input_value() == "sauli"
    page.keyboard.press("Backspace")
    page.wait_for_selector("[role=option]:has-text('Šiauliai')")
    page.keyboard.press("ArrowDown")
    assert active(page).startswith("Šiauliai")
    page.keyboard.press("Enter")
    page.wait_for_url("**/doc/place/siauliai.html*")

    page = newcomer.open("/search")
    page.locator("#q").press_sequentially("alk")
    page.get_by_role("option", name="Alcamo").first.click()
    page.wait_for_url("**/doc/place/alcamo.html*")


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_a_search_is_sent_and_narrowed_by_keyboard(visit: Visit, scripts: bool) -> None:  # noqa: FBT001
    someone = visit(Look("lv", PHONE, scripts, dark=True))
    page = someone.open("/search")
    page.locator("#q").press_sequentially("kultura")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search?*q=kultura*")
    assert "lang=lv" in page.url
    found = page.locator(".found li").count()
    page.select_option("#kind", "area")
    page.locator("form.search button").press("Enter")
    page.wait_for_url("**kind=area*")
    assert "kultūra" in page.locator(".found li a").all_inner_texts()
    assert 0 < page.locator(".found li").count() < found
    assert someone.wrong == []


# Queries


def written(page: Page) -> str:
    return str(page.evaluate("document.querySelector('.CodeMirror').CodeMirror.getValue()"))


def write(page: Page, text: str, *, over: str = "Control+a") -> None:
    unfold(page)
    page.locator(".CodeMirror").click()
    page.keyboard.press(over)
    page.keyboard.type(text)


def unfold(page: Page) -> None:
    """Open the query of an answer, which stands folded below it."""
    if page.locator("#change:not([open])").count():
        page.locator("#change > summary").click()


def ask(page: Page) -> None:
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**/query?*query=*")
    page.wait_for_selector("#answer:not([aria-busy]) .outcome")


def test_a_query_is_asked_without_scripts_shared_and_changed_with_them(visit: Visit, newcomer: Visitor) -> None:
    asker, page = visit(Look("lv", PHONE, scripts=False, dark=True)), newcomer.page
    plain = asker.open("/query")
    plain.fill("#query", TOWNS)
    plain.click("form.query button")
    plain.wait_for_url("**/query?*query=*")
    answer = plain.locator("#answer tbody td").all_inner_texts()
    assert (len(answer), asker.wrong, asker.too_wide()) == (14, [], [])

    page.goto(plain.locator("a.share").evaluate("each => each.href"))
    unfold(page)
    page.wait_for_selector(".CodeMirror-line")
    assert written(page) == TOWNS
    assert page.locator("#answer tbody td").all_inner_texts() == answer
    write(page, " LIMIT 3", over="Control+End")
    ask(page)
    page.locator("#answer tbody tr:nth-child(3):last-child").wait_for()
    assert page.locator("#answer tbody td").all_inner_texts() == answer[:3]


def test_a_query_is_completed_asked_and_copied_as_a_link(newcomer: Visitor) -> None:
    page = newcomer.open("/query")
    write(page, "SELECT ?agreement ?date { ?agreement signed")
    page.wait_for_selector(".CodeMirror-hint:has-text('tg:signed')")
    page.keyboard.press("Enter")
    page.keyboard.type(" ?date }")
    ask(page)
    assert written(page).startswith("PREFIX tg: <https://w3id.org/twingraph/ns#>")
    # Of 13 agreements, five of which are dated more exactly by later sources.
    assert page.locator("#said").text_content() == "18 rows."
    # The server knows our prefixes, and so does the editor, whether they are declared or not.
    assert page.locator(".CodeMirror .parseErrorIcon, .CodeMirror .sp-error").count() == 0
    page.locator("#answer .shares button").click()
    page.goto(str(page.evaluate("navigator.clipboard.readText()")))
    assert page.locator("#answer tbody tr").count() == 18


def test_the_editor_takes_no_prefix_of_ours_for_undefined_and_one_of_nobody_for_one(newcomer: Visitor) -> None:
    page = newcomer.open("/query")
    for prefix, wrong in (("tg", 0), ("made_up", 1), ("schema", 0)):
        write(page, f"SELECT * {{ ?a {prefix}:signed ?b }}")
        page.keyboard.press("Escape")
        page.wait_for_timeout(300)
        assert page.locator(".CodeMirror .parseErrorIcon").count() == wrong, prefix


@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_a_sentence_of_an_answer_is_not_a_column_of_single_words(visit: Visit, size: tuple[int, int]) -> None:
    page = visit(Look(size=size)).open("/query/populations")
    wide = page.locator("#answer tbody tr:first-child td", has_text="iedzīvotāju skaits")
    assert wide.evaluate("each => each.getBoundingClientRect().width") > 0.7 * min(size[0], 500)


def test_the_way_back_leads_to_the_query_before(newcomer: Visitor) -> None:
    page = newcomer.open("/query?query=ASK%20%7B%7D")
    write(page, "SELECT ?a { VALUES ?a { 1 2 } }")
    ask(page)
    page.go_back()
    # By what is there, not by a script: the policy of the page lets no text become one.
    page.locator(".outcome", has_text="Yes.").wait_for()
    assert written(page) == "ASK {}"


def test_a_mistake_is_told_and_a_query_too_long_for_an_address_not_sent_and_both_stay(newcomer: Visitor) -> None:
    page = newcomer.open("/query")
    write(page, "SELECT * { ?a <urn:made-up> }")
    page.keyboard.press("Control+Enter")
    page.wait_for_selector("#answer .warning")
    assert "Line 1" in str(page.locator("#answer .warning").text_content())
    assert written(page) == "SELECT * { ?a <urn:made-up> }"
    # The browser itself says in the console that the answer has the status of a mistake.
    assert all("400" in each for each in newcomer.wrong)

    newcomer.open("/query")
    page.evaluate("document.querySelector('.CodeMirror').CodeMirror.setValue('# ' + 'x'.repeat(60000))")
    page.get_by_role("button", name="Ask").click()
    assert "too long for an address" in page.locator("#answer .warning").inner_text()
    assert len(written(page)) == 60002


def test_a_query_too_long_for_an_address_is_asked_without_scripts_by_a_button_of_its_own(visit: Visit) -> None:
    page = visit(Look(scripts=False)).open("/query")
    page.locator("textarea").fill(f"ASK {{}} # {'x' * 70_000}")
    page.get_by_role("button", name="Ask a long query").click()
    assert page.locator(".outcome").inner_text() == "Yes."
    assert len(page.locator("textarea").input_value()) > 70_000


def test_a_table_is_sorted_by_numbers_as_numbers_and_by_names_as_names(newcomer: Visitor) -> None:
    page = newcomer.open("/query?query=SELECT * { VALUES (?n ?name) { (10 'b') (9 'ā') } }")
    for column, first in (("n", "9"), ("name", "9"), ("name", "10")):
        page.locator("#answer th button", has_text=re.compile(f"^{column}$")).click()
        assert page.locator("#answer tbody td").first.text_content() == first
    assert page.locator("#answer th[aria-sort=descending]").text_content() == "name"


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_the_map_of_an_answer_has_names_and_more_of_them_the_nearer_it_is_seen(
    visit: Visit,
    scripts: bool,  # noqa: FBT001
) -> None:
    page, names = visit(Look(scripts=scripts)).open("/query/towns-on-a-map"), {}
    for times in ("1", "2", "4"):
        page.locator(f".spots [value='{times}']").check()
        assert page.locator(".spots .map").evaluate("e => e.clientWidth / e.parentElement.clientWidth") == int(times)
        names[times] = set(page.locator(".spots text").filter(visible=True).all_text_contents())
    assert {"Magadan", "Nova Odessa", "Jelgava"} <= names["1"]
    assert len(names["1"]) < len(names["2"]) < len(names["4"])
    if scripts:
        assert page.locator(".spot", has_text="Como").evaluate(
            "e => { const [dot, all] = [e, e.closest('.window')].map((each) => each.getBoundingClientRect());"
            " return all.left < dot.x && dot.x < all.right; }"
        )


@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_nothing_moves_when_the_editor_comes_and_the_keyboard_enters_and_leaves_it(
    visit: Visit, size: tuple[int, int]
) -> None:
    someone = visit(Look(size=size))
    page = someone.open("/query/areas-by-number-of-towns")
    unfold(page)
    page.wait_for_selector(".CodeMirror-line")
    page.wait_for_timeout(300)
    assert someone.run("moved") < 0.01
    page.locator("label[for=query]").click()
    assert page.evaluate("document.activeElement.closest('.CodeMirror') !== null")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Ask"
