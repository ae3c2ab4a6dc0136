"""Visits with Debian's Chromium, each noting what went wrong: in the console, in requests, in the layout."""

from __future__ import annotations

import contextlib
import importlib
import os
import re
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

from engines import left_out, program

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Browser, Page, Request, Response

    Visit = Callable[["Look"], "Visitor"]

WCAG = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa")
"""What axe-core calls the rules for WCAG 2.2, levels A and AA."""
# At 320 pixels nothing has to be scrolled sideways (WCAG 2.2, 1.4.10).
PHONE, DESKTOP = (320, 640), (1280, 900)
SHIFTS = """
window.moved = 0;
new PerformanceObserver(list => list.getEntries().forEach(entry => { moved += entry.hadRecentInput ? 0 : entry.value }))
  .observe({type: "layout-shift", buffered: true});
"""
# What can be scrolled to is not cut off, unless it is on paper; the editor scrolls by itself.
_CUT = """paper => [...document.querySelectorAll("body *")]
  .filter(each => !each.closest(".CodeMirror"))
  .filter(each => !["visible", "clip"].includes(getComputedStyle(each).overflowX) && each.clientWidth > 1)
  .filter(each => paper || !["auto", "scroll"].includes(getComputedStyle(each).overflowX))
  .filter(each => each.scrollWidth > each.clientWidth + 1)
  .map(each => `${each.localName}.${each.className}: ${each.scrollWidth} in ${each.clientWidth}`)"""

_BEFORE = """picture => {
  const reached = [...document.querySelectorAll("a[href], button, input, select, summary, [tabindex='0']")]
    .filter(each => each.checkVisibility());
  reached[reached.findIndex(each => each.closest(picture)) - 1].focus();
}"""
_STOP = """picture => {
  const here = document.activeElement, more = here.querySelector(".more");
  if (!here.closest(picture)) return null;
  const isSeen = each => {
    const box = each.getBoundingClientRect();
    const isWithin = box.left >= 0 && box.right <= innerWidth + 1 && box.top >= -1 && box.bottom <= innerHeight + 1;
    return box.width > 0 && isWithin;
  };
  return {
    name: (here.getAttribute("aria-label") ?? here.textContent).trim(),
    thing: here.getAttribute("href").split("?")[0].split("/id/")[1],
    is_seen: isSeen(here),
    tells: !more || (isSeen(more) && more.textContent.trim() !== ""),
  };
}"""


@dataclass(frozen=True)
class Look:
    """How somebody looks at the pages: in which language, on how large a screen, with scripts, in the dark."""

    language: str = "en"
    size: tuple[int, int] = DESKTOP
    scripts: bool = True
    dark: bool = False

    def __str__(self) -> str:
        size = "phone" if self.size == PHONE else "desktop"
        return f"{self.language} {size} {'with' if self.scripts else 'without'} scripts{' dark' * self.dark}"


def _is_overtaken(request: Request) -> bool:
    """Tell whether the page itself gave up a request for suggestions, since the next letter was typed."""
    return "/search/suggestions" in request.url and request.failure == "net::ERR_ABORTED"


@dataclass
class Visitor:
    """Somebody who opens one page after another.

    wrong: what has gone wrong on the page that is open.
    """

    page: Page
    look: Look
    here: str
    wrong: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        for event, note in (
            ("console", lambda message: f"console: {message.text}"),
            ("pageerror", lambda error: f"error: {error}"),
        ):
            self.page.on(event, lambda given, note=note: self.wrong.append(note(given)))  # type: ignore[call-overload]
        self.page.on(
            "requestfailed", lambda request: self._note_if(not _is_overtaken(request), f"failed: {request.url}")
        )
        self.page.on("request", lambda request: self._note_if(not self._is_here(request.url), f"asked {request.url}"))
        self.page.on("response", lambda answer: self._note_if(answer.status >= 400, f"{answer.status}: {answer.url}"))

    def open(self, path: str) -> Response:
        """Go to a page in the language of the look, and forget what was wrong on the one before."""
        self.wrong.clear()
        answer = self.page.goto(f"{path}{'&' if '?' in path else '?'}lang={self.look.language}")
        assert answer is not None
        return answer

    def moved(self) -> float:
        """Tell how far the layout has shifted since the page was opened (CLS)."""
        return float(self.page.evaluate("typeof moved === 'undefined' ? 0 : moved"))

    def too_wide(self, *, paper: bool = False) -> list[str]:
        """Name what does not fit: the page, if it scrolls sideways, and what is cut off inside of it."""
        width = self.page.evaluate("document.documentElement.scrollWidth")
        page = [f"page: {width} in {self.look.size[0]}"] if width > self.look.size[0] and not paper else []
        return page + list(self.page.evaluate(_CUT, paper))

    def brightness(self) -> tuple[float, float]:
        """Tell how bright the ground of the page is, and its ink, from 0 to 1."""
        style = "(style => [style.backgroundColor, style.color])(getComputedStyle(document.documentElement))"
        ground, ink = (sum(map(int, re.findall(r"\d+", each)[:3])) / 765 for each in self.page.evaluate(style))
        return ground, ink

    def violations(self, axe: str, *rules: str) -> list[str]:
        """Say what on the page is against WCAG 2.2, levels A and AA, or certain rules; axe: the source of axe-core."""
        # The policy of the pages allows no script but ours; what is evaluated from outside is none of the page's.
        self.page.evaluate(axe)
        only = {"type": "rule", "values": rules} if rules else {"type": "tag", "values": WCAG}
        run = "only => axe.run(document, {runOnly: only, resultTypes: ['violations'], preload: false})"
        found = self.page.evaluate(run, only)["violations"]
        return [f"{each['id']}: {node['html']} {node['failureSummary']}" for each in found for node in each["nodes"]]

    def walk(self, picture: str) -> Iterator[dict[str, Any]]:
        """Go through a picture by the key Tab, from what stands before it until it is left; picture: a CSS selector.

        Give of each stop its name, where it leads, whether it is in sight, and whether what it tells is.
        """
        self.page.evaluate(_BEFORE, picture)
        self.page.keyboard.press("Tab")
        while stop := self.page.evaluate(_STOP, picture):
            yield stop
            self.page.keyboard.press("Tab")

    def _is_here(self, url: str) -> bool:
        return url.startswith((self.here, "data:", "blob:"))

    def _note_if(self, is_wrong: bool, note: str) -> None:  # noqa: FBT001 - a fact, not a choice
        if is_wrong:
            self.wrong.append(note)


@contextlib.contextmanager
def chromium() -> Iterator[Browser]:
    """Run Chromium without a window; where it or Playwright is missing, leave the test out, but fail in CI."""
    try:
        driver = importlib.import_module("playwright.sync_api")
    except ImportError:
        left_out("Left out: all tests in a browser, for Playwright is not installed (PyPI playwright).")
    command = program("chromium", "Debian chromium")
    # Chromium has no sandbox for root, who runs the tests where they run in a container.
    options = ["--no-sandbox"] if os.geteuid() == 0 else []
    with driver.sync_playwright() as running:
        browser = running.chromium.launch(executable_path=command, args=options)
        yield browser
        browser.close()


@contextlib.contextmanager
def visitor(browser: Browser, here: str, look: Look | None = None) -> Iterator[Visitor]:
    """Let somebody visit a server who has never been there."""
    look = look or Look()
    context = browser.new_context(
        base_url=here,
        viewport={"width": look.size[0], "height": look.size[1]},
        is_mobile=look.size == PHONE,
        has_touch=look.size == PHONE,
        java_script_enabled=look.scripts,
        color_scheme="dark" if look.dark else "light",
        locale=look.language,
        reduced_motion="reduce",
        permissions=["clipboard-read", "clipboard-write"],
    )
    context.set_default_timeout(10_000)
    context.add_init_script(SHIFTS)
    try:
        yield Visitor(context.new_page(), look, here)
    finally:
        context.close()


@contextlib.contextmanager
def visitors(browser: Browser, here: str) -> Iterator[Visit]:
    """Give a function that lets somebody of a look in, who stays and keeps what browsers keep."""
    with contextlib.ExitStack() as stack:
        yield cache(lambda look: stack.enter_context(visitor(browser, here, look)))
