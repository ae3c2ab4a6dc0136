"""The search in a real browser: names are suggested while one types, by keyboard and pointer, and without scripts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from engines import program

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

    from serving import Server


playwright = pytest.importorskip("playwright.sync_api")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with playwright.sync_playwright() as driver:
        opened = driver.chromium.launch(executable_path=program("chromium", "Debian chromium"), args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.fixture
def page(browser: Browser, server: Server) -> Iterator[Page]:
    """The search of a new visitor; whatever the console says is an error."""
    context = browser.new_context(base_url=f"http://127.0.0.1:{server.port}/", locale="lv")
    opened, wrong = context.new_page(), []
    opened.on("console", lambda message: wrong.append(message.text))
    opened.on("pageerror", lambda error: wrong.append(str(error)))
    opened.set_default_timeout(10_000)
    opened.goto("search")
    yield opened
    context.close()
    assert wrong == []


def chosen(page: Page) -> str:
    """Give the suggestion that is told to be the active one."""
    name = page.get_by_role("combobox", name="Pilsēta jebkurā rakstībā").get_attribute("aria-activedescendant")
    return page.locator(f"#{name}[aria-selected=true]").inner_text() if name else ""


def test_a_town_is_reached_by_keyboard_alone(page: Page) -> None:
    page.locator("#q").focus()
    page.keyboard.type("siaul")
    page.wait_for_selector("[role=option]")
    assert page.locator("#q").get_attribute("aria-expanded") == "true"
    assert chosen(page) == ""
    page.keyboard.press("ArrowDown")
    assert chosen(page).startswith("Šauļi")
    page.keyboard.press("Enter")
    page.wait_for_url("**/doc/place/siauliai.html*")


def test_arrows_go_round_and_escape_closes(page: Page) -> None:
    page.locator("#q").press_sequentially("como")
    page.wait_for_selector("[role=option]")
    options = page.locator("[role=option]").all_inner_texts()
    page.keyboard.press("ArrowUp")
    assert chosen(page) == options[-1]
    page.keyboard.press("ArrowDown")
    assert chosen(page) == ""
    page.keyboard.press("ArrowDown")
    assert chosen(page) == options[0]
    page.keyboard.press("Escape")
    assert not page.locator("[role=listbox]").is_visible()
    assert page.locator("#q").input_value() == "como"


def test_enter_without_a_choice_searches_for_what_was_typed(page: Page) -> None:
    page.locator("#q").press_sequentially("kultūra")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search?q=kult*")
    assert page.locator("mark").first.inner_text().startswith("kultūr")


def test_a_suggestion_is_taken_with_the_pointer(page: Page) -> None:
    page.locator("#q").press_sequentially("alk")
    page.get_by_role("option", name="Alkamo").first.click()
    page.wait_for_url("**/doc/place/alcamo.html*")


def test_the_search_works_without_scripts(browser: Browser, server: Server) -> None:
    context = browser.new_context(base_url=f"http://127.0.0.1:{server.port}/", java_script_enabled=False)
    page = context.new_page()
    page.goto("search?lang=en")
    page.fill("#q", "Siauliai")
    page.select_option("#kind", "place")
    page.click("main button")
    assert page.locator(".found a").all_inner_texts() == ["Šiauliai"]
    assert "lang=en" in page.url
    context.close()


@pytest.mark.parametrize("width", [320, 1280])
def test_nothing_is_wider_than_the_window(page: Page, width: int) -> None:
    """At 320 pixels nothing has to be scrolled sideways (WCAG 2.2, 1.4.10)."""
    page.set_viewport_size({"width": width, "height": 800})
    for path in ("search?q=kult%C5%ABra", "changes", "catalog.html", "ns"):
        page.goto(path)
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), path
