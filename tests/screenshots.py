"""Takes the screenshots that README shows: `.venv/bin/python tests/screenshots.py`."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from browsing import Look, chromium, visitor
from serving import started
from twingraph.release.build import assemble, write
from twingraph.settings import Settings

if TYPE_CHECKING:
    from playwright.sync_api import Browser

FOLDER = Path(__file__).parent.parent / ".screenshots"
WIDTH = 1280
SHOWN = {
    "home": ("/", "#map", 560),
    "town": ("/doc/place/nova-odessa.html", "", 880),
    "source": ("/source/jelgava-lv-2017", ".strip", 860),
    "query": ("/query/areas-by-number-of-towns", "form.query", 880),
}
"""The pages, what of each is to stand at the top (as it is, where nothing is named), and how high the picture is."""
MOST_BYTES = 150_000


def main() -> None:
    """Serve a release of the data, and take a picture of each page as a newcomer has it on a screen, in English."""
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        release = write(assemble(Settings().inputs), Path(folder) / "release")
        with started(release.folder) as server, chromium() as browser:
            for name in SHOWN:
                take(browser, f"http://127.0.0.1:{server.port}/", name)


def take(browser: Browser, here: str, name: str) -> None:
    """Take one picture."""
    address, top, height = SHOWN[name]
    with visitor(browser, here, Look("en", (WIDTH, height))) as someone:
        someone.open(address)
        someone.page.wait_for_load_state("networkidle")
        if top:
            someone.page.locator(top).evaluate("each => scrollTo(0, each.getBoundingClientRect().top - 24)")
        picture = someone.page.screenshot(path=FOLDER / f"{name}.png")
    assert len(picture) < MOST_BYTES, f"{name}.png has {len(picture)} bytes"
    print(f"{name}.png: {len(picture):,} bytes")


if __name__ == "__main__":
    main()
