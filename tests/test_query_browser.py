"""The query page in a real browser: a query is typed with help, asked, shared, reopened, sorted and copied."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

    from serving import Server


@pytest.fixture
def page(browser: Browser, server: Server) -> Iterator[Page]:
    """A page of a new visitor; what the console says and what goes to another host is an error.

    Of an answer with the status of a mistake, the browser itself says there that it failed.
    """
    here = f"http://127.0.0.1:{server.port}/"
    context = browser.new_context(base_url=here, locale="en", permissions=["clipboard-read", "clipboard-write"])
    opened, wrong = context.new_page(), []
    opened.on("console", lambda message: None if "status of 400" in message.text else wrong.append(message.text))
    opened.on("pageerror", lambda error: wrong.append(str(error)))
    opened.on("request", lambda request: wrong.append(request.url) if not request.url.startswith(here) else None)
    opened.set_default_timeout(10_000)
    yield opened
    context.close()
    assert wrong == []


def written(page: Page) -> str:
    return str(page.evaluate("document.querySelector('.CodeMirror').CodeMirror.getValue()"))


def write(page: Page, text: str) -> None:
    page.locator(".CodeMirror").click()
    page.keyboard.press("Control+a")
    page.keyboard.type(text)


def ask(page: Page) -> None:
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**/query?query=*")
    page.wait_for_selector("#answer:not([aria-busy]) .told")


def test_a_query_is_completed_asked_and_shared(page: Page, browser: Browser) -> None:
    page.goto("/query")
    write(page, "SELECT ?agreement ?date { ?agreement signed")
    page.wait_for_selector(".CodeMirror-hint:has-text('tg:signed')")
    page.keyboard.press("Enter")
    page.keyboard.type(" ?date }")
    ask(page)
    assert written(page).startswith("PREFIX tg: <https://w3id.org/twingraph/ns#>")
    assert page.locator("#said").text_content() == "13 rows."
    page.locator("#answer .shares button").click()
    shared = str(page.evaluate("navigator.clipboard.readText()"))
    elsewhere = browser.new_page(java_script_enabled=False)
    elsewhere.goto(shared)
    assert elsewhere.locator("#answer tbody tr").count() == 13
    elsewhere.close()


def test_the_way_back_leads_to_the_query_before(page: Page) -> None:
    page.goto("/query?query=ASK%20%7B%7D")
    write(page, "SELECT ?a { VALUES ?a { 1 2 } }")
    ask(page)
    page.go_back()
    # By what is there, not by a script: the policy of the page lets no text become one.
    page.locator(".told", has_text="Yes.").wait_for()
    assert written(page) == "ASK {}"


def test_a_mistake_is_told_on_the_page_and_the_query_stays(page: Page) -> None:
    page.goto("/query")
    write(page, "SELECT * { ?a <urn:made-up> }")
    page.keyboard.press("Control+Enter")
    page.wait_for_selector("#answer .warning")
    assert "Line 1" in str(page.locator("#answer .warning").text_content())
    assert written(page) == "SELECT * { ?a <urn:made-up> }"


def test_the_keyboard_enters_the_editor_and_leaves_it(page: Page) -> None:
    page.goto("/query")
    page.locator("label[for=query]").click()
    assert page.evaluate("document.activeElement.closest('.CodeMirror') !== null")
    for _ in range(2):
        page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Ask"


def test_a_table_is_sorted_by_numbers_as_numbers_and_by_names_as_names(page: Page) -> None:
    page.goto(
        "/query?query=SELECT%20*%20%7B%20VALUES%20(?n%20?name)%20%7B%20(10%20%22b%22)%20(9%20%22%C4%81%22)%20%7D%20%7D"
    )
    for column, first in (("n", "9"), ("name", "9"), ("name", "10")):
        page.locator("#answer th button", has_text=re.compile(f"^{column}$")).click()
        assert page.locator("#answer tbody td").first.text_content() == first
    assert page.locator("#answer th[aria-sort=descending]").text_content() == "name"


@pytest.mark.parametrize("width", [360, 1280])
def test_nothing_moves_when_the_editor_comes(page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    page.add_init_script(
        "window.moved = 0; new PerformanceObserver(list => list.getEntries().forEach(entry => moved += entry.value))"
        ".observe({type: 'layout-shift', buffered: true})"
    )
    page.goto("/query/areas-by-number-of-towns")
    page.wait_for_selector(".CodeMirror-line")
    page.wait_for_timeout(300)
    assert page.evaluate("moved") < 0.01
    assert page.evaluate("document.documentElement.scrollWidth") <= width
