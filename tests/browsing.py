"""Visits with Debian's Chromium, each noting what went wrong: in the console, in requests, in the layout."""

from __future__ import annotations

import contextlib
import importlib
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engines import left_out, program

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page, Request

WCAG = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa")
"""What axe-core calls the rules for WCAG 2.2, levels A and AA."""
# At 320 pixels nothing has to be scrolled sideways (WCAG 2.2, 1.4.10).
PHONE, DESKTOP = (320, 640), (1280, 900)
PHONES = (PHONE, (390, 844))
SCRIPT = Path(__file__).with_suffix(".js").read_text("utf-8")


@dataclass(frozen=True)
class Look:
    """How somebody looks at the pages: in which language, on how large a screen, with scripts, in the dark."""

    language: str = "en"
    size: tuple[int, int] = DESKTOP
    scripts: bool = True
    dark: bool = False

    def __str__(self) -> str:
        size = "phone" if self.size in PHONES else "desktop"
        return f"{self.language} {size} {'with' if self.scripts else 'without'} scripts{' dark' * self.dark}"


@dataclass
class Visitor:
    """Somebody who opens one page after another.

    wrong, status: what has gone wrong on the page that is open, and the status it came with.
    """

    page: Page
    look: Look
    here: str
    wrong: list[str] = field(default_factory=list)
    status: int = 0

    def __post_init__(self) -> None:
        on, note, ours = self.page.on, self.wrong.append, (self.here, "data:", "blob:")
        on("console", lambda message: note(f"console: {message.text}"))
        on("pageerror", lambda error: note(f"error: {error}"))
        on("request", lambda request: request.url.startswith(ours) or note(f"asked {request.url}"))
        on("response", lambda answer: answer.status < 400 or note(f"{answer.status}: {answer.url}"))
        on("requestfailed", lambda failed: _given_up(failed) or note(f"failed: {failed.url}"))

    def open(self, path: str) -> Page:
        """Go to a page in the language of the look, and forget what was wrong on the one before."""
        self.wrong.clear()
        answer = self.page.goto(f"{path}{'&' if '?' in path else '?'}lang={self.look.language}")
        self.status = answer.status if answer else 0
        return self.page

    def run(self, name: str, given: object = None) -> Any:  # noqa: ANN401 - what the script gives
        """Give what a function of browsing.js gives on the page."""
        return self.page.evaluate(f"([name, given]) => {SCRIPT}[name](given)", [name, given])

    def too_wide(self, *, paper: bool = False) -> list[str]:
        """Name what does not fit."""
        return self.run("tooWide", [self.look.size[0], paper])

    def violations(self, axe: str, *rules: str) -> list[str]:
        """Say what on the page is against WCAG 2.2, levels A and AA, or certain rules; axe: the source of axe-core."""
        # The policy of the pages allows no script but ours; what is evaluated from outside is none of the page's.
        self.page.evaluate(axe)
        return self.run("violations", {"type": "rule", "values": rules} if rules else {"type": "tag", "values": WCAG})

    def press(self, key: str, picture: str) -> dict[str, Any]:
        """Press a key within a picture; give where that leads."""
        self.page.keyboard.press(key)
        return dict(self.run("stop", picture))

    def walk(self, picture: str) -> Iterator[dict[str, Any]]:
        """Go through a picture by the key Tab, from what stands before it until it is left; picture: a CSS selector."""
        self.run("before", picture)
        self.page.keyboard.press("Tab")
        while stop := self.run("stop", picture):
            yield stop
            self.page.keyboard.press("Tab")


Visit = Callable[[Look], Visitor]
"""Lets somebody of a look in, who stays."""


def _given_up(failed: Request) -> bool:
    # By the page, when the next letter asks for other suggestions; by the browser, of what a page that is left still
    # wanted, its icon for one. A server that fails, and a policy that forbids, have names of their own.
    return failed.failure == "net::ERR_ABORTED"


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
        is_mobile=look.size in PHONES,
        has_touch=look.size in PHONES,
        java_script_enabled=look.scripts,
        color_scheme="dark" if look.dark else "light",
        locale=look.language,
        reduced_motion="reduce",
        permissions=["clipboard-read", "clipboard-write"],
    )
    context.set_default_timeout(10_000)
    context.add_init_script(f"{SCRIPT}.watch()")
    try:
        yield Visitor(context.new_page(), look, here)
    finally:
        context.close()
