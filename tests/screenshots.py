"""Takes the screenshots that README shows: `.venv/bin/python tests/screenshots.py`."""

from __future__ import annotations

import tempfile
from pathlib import Path

from browsing import Look, chromium, visitor
from serving import started
from twingraph.release.build import assemble, write
from twingraph.settings import PACKAGED

FOLDER = Path(__file__).parent.parent / ".screenshots"
WIDTH = 1280
SHOWN = {
    "home": ("/", "#map", 560),
    "town": ("/doc/place/nova-odessa.html", "", 880),
    "source": ("/source/jelgava-lv-2017", ".strip", 860),
    "query": ("/query/areas-by-number-of-towns", "#answer", 880),
}
"""The pages, what of each is to stand at the top (as it is, where nothing is named), and how high the picture is."""
MOST_BYTES = 160_000


def main() -> None:
    """Serve a release of the data, and take a picture of each page as a newcomer has it on a screen, in English."""
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        release = write(assemble(PACKAGED), Path(folder) / "release")
        with started(release.folder) as server, chromium() as browser:
            for name, (address, top, height) in SHOWN.items():
                with visitor(browser, f"http://127.0.0.1:{server.port}/", Look("en", (WIDTH, height))) as someone:
                    someone.open(address)
                    someone.page.wait_for_load_state("networkidle")
                    if top:
                        someone.page.locator(top).evaluate("e => scrollTo(0, e.getBoundingClientRect().top - 24)")
                    picture = someone.page.screenshot(path=FOLDER / f"{name}.png")
                assert len(picture) < MOST_BYTES, f"{name}.png has {len(picture)} bytes"


if __name__ == "__main__":
    main()
