"""What a build and an answer take for more pages: `python -m tests.benchmarks.pages`.

Each page beside the first is a made-up copy of it: the same sentences, said of towns that do not exist. No step should
grow faster than the pages.
"""

from __future__ import annotations

import re
import shutil
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from twingraph.curation.derive import derive
from twingraph.curation.findings import counts, read_shapes, validate
from twingraph.curation.graph import read_inputs
from twingraph.query.engine import Engine
from twingraph.query.questions import questions
from twingraph.release.build import assemble, write
from twingraph.settings import PACKAGED, QUADS, VOID, Settings

if TYPE_CHECKING:
    from collections.abc import Callable

PAGES = (1, 10, 30, 100)
SOURCE = Path("sources", "jelgava-lv-2017")
_OURS = r"(place|twinning|agreement|activity|programme|organisation|figure|source|quote|evidence)"
_NAME = re.compile(
    rf"\b({_OURS}:[a-z0-9-]+)\b|(?<=/id/source/)(jelgava-lv-2017)|(?<=/id/quote/)(jelgava-lv-2017)(?=->)"
)
# A copy is of no real body, and stands nowhere else.
_IDENTITY = re.compile(r"^\s*schema:(?:sameAs|alternateName) [^;]*?;$", re.MULTILINE)


def main() -> None:
    """Print the table: a row for each step, a column for each number of pages, and how much more than pages it grew."""
    columns = {}
    for pages in PAGES:
        with tempfile.TemporaryDirectory() as folder:
            columns[pages] = measure(copy(Path(folder), pages), Path(folder) / "release")
    print("| step | " + " | ".join(f"{pages} pages" for pages in PAGES) + " | growth from 10 to 100, for a page |")
    print("| --- " * (len(PAGES) + 2) + "|")
    for step in columns[PAGES[0]]:
        taken = [columns[pages][step] for pages in PAGES]
        print(
            f"| {step} | " + " | ".join(f"{seconds:.2f}" for seconds in taken) + f" | {taken[-1] / taken[1] / 10:.2f} |"
        )


def copy(folder: Path, pages: int) -> Path:
    """Put the shipped data into a folder, with so many pages; give the inputs."""
    data = folder / "data"
    shutil.copytree(PACKAGED / "data", data)
    for other in (data / "sources").iterdir():
        if other != data / SOURCE:
            shutil.rmtree(other)
    for number in range(1, pages):
        made_up = data / f"{SOURCE}-made-up-{number}"
        shutil.copytree(data / SOURCE, made_up)
        for path in (
            made_up / "facts.trig",
            made_up / "source.ttl",
            *(data / f"{name}.trig" for name in ("places", "organisations")),
        ):
            text = _IDENTITY.sub("", _NAME.sub(rf"\g<0>-made-up-{number}", path.read_text("utf-8")))
            target = path if path.is_relative_to(made_up) else data / f"{path.stem}-made-up-{number}.trig"
            target.write_text(text, "utf-8")
    return folder


def measure(inputs: Path, target: Path) -> dict[str, float]:
    """Give the seconds of processor time of each step of a build, and of every named query together."""
    steps = {}

    def timed(name: str, work: Callable[[], Any]) -> Any:  # noqa: ANN401 - what the work gives
        begun = time.process_time()
        done = work()
        steps[name] = time.process_time() - begun
        return done

    shapes = read_shapes(PACKAGED / "shapes")
    curated = timed("read", lambda: read_inputs(inputs))
    timed("derive", lambda: derive(curated))
    found = timed("validate", lambda: validate(curated, shapes, inputs))
    assert not counts(found)["Violation"], [finding for finding in found if not finding.severity][:3]
    built = assemble(inputs)
    release = timed("write", lambda: write(built, target))
    begun = time.perf_counter()
    with Engine(release.path(QUADS), Settings(workers=1), release.path(VOID)) as engine:
        engine.answer("ASK {}")
        steps["first answer (wall clock)"] = time.perf_counter() - begun
        begun = time.perf_counter()
        for question in questions():
            engine.answer(question.text)
        steps["every named query (wall clock)"] = time.perf_counter() - begun
    return steps


if __name__ == "__main__":
    main()
