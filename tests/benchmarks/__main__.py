"""What a build and a query take, beside rdflib alone: `python -m tests.benchmarks`.

Each figure is the best of a few runs in one process on a machine that may be shared: compare the ratios.
"""

from __future__ import annotations

import signal
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from rdflib import Dataset, Graph

from twingraph.curation.derive import derive
from twingraph.curation.findings import read_shapes, validate
from twingraph.curation.graph import read_inputs
from twingraph.query.engine import Engine
from twingraph.query.questions import questions
from twingraph.release.build import assemble, write
from twingraph.settings import QUADS, VOID, Settings
from twingraph.vocab import DESCRIPTION, PREFIXES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

INPUTS = Settings().inputs
RUNS = 3
PATIENCE = 5
"""Seconds that rdflib may take over one query."""


def main() -> None:
    """Print the table of the build and that of the queries."""
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "release"
        build(target)
        answer(target)


def build(target: Path) -> None:
    """Time each step of a build; rdflib alone parses the same files and writes the same graph once a format."""
    curated = read_inputs(INPUTS)
    shapes = read_shapes(INPUTS / "shapes")
    derive(curated)
    built = assemble(INPUTS)
    merged = built.curated.merged
    files = [*(INPUTS / "ontology").glob("*.ttl"), *(INPUTS / "data").rglob("*.t*g"), *(INPUTS / "data").rglob("*.ttl")]
    formats = ("turtle", "nt", "xml", "json-ld")
    steps: list[tuple[str, Callable[[], object], Callable[[], object] | None]] = [
        ("parse", lambda: read_inputs(INPUTS), lambda: [Dataset().parse(path) for path in files]),
        ("derive", lambda: derive(read_inputs(INPUTS)), None),
        ("validate", lambda: validate(curated, shapes, INPUTS), None),
        ("write", lambda: write(built, target), lambda: [merged.serialize(format=form) for form in formats]),
    ]
    print(
        f"{len(merged)} statements\n\n| step of the build | seconds | rdflib only | ratio |\n| --- | --- | --- | --- |"
    )
    total = parsed = 0.0
    for name, ours, rdflib in steps:
        taken = best(ours) - (parsed if name == "derive" else 0.0)
        parsed = taken if name == "parse" else parsed
        total += taken
        print(f"| {name} | {taken:.2f} | {beside(taken, rdflib)} |")
    print(f"| all | {total:.2f} | – | – |")


def answer(release: Path) -> None:
    """Time every named query in a worker process and in rdflib."""
    dataset = Dataset(default_union=True)
    dataset.parse(release / QUADS, format="nquads")
    dataset.graph(DESCRIPTION).parse(release / VOID)
    begun = time.perf_counter()
    with Engine(release / QUADS, Settings(), release / VOID) as engine:
        engine.answer("ASK {}")
        print(f"\nFirst answer after {time.perf_counter() - begun:.2f} s.\n")
        print("| named query | milliseconds | rdflib only | times as fast |\n| --- | --- | --- | --- |")
        for question in questions():
            ours = best(lambda text=question.text: engine.answer(text)) * 1000
            theirs = in_rdflib(dataset, question.text) * 1000
            ratio = f"{theirs / ours:.0f}" if theirs < PATIENCE * 1000 else f"over {theirs / ours:.0f}"
            print(f"| {question.name} | {ours:.1f} | {theirs:.0f} | {ratio} |")


def in_rdflib(dataset: Graph, text: str) -> float:
    """Give the seconds rdflib takes for a query, or the time after which it was stopped."""
    begun = time.perf_counter()
    try:
        with stopped_after(PATIENCE):
            list(dataset.query(text, initNs=PREFIXES))
    except TimeoutError:
        pass
    return time.perf_counter() - begun


@contextmanager
def stopped_after(seconds: float) -> Iterator[None]:
    """Raise TimeoutError when the block takes longer."""

    def stop(*_: object) -> None:
        raise TimeoutError

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def best(work: Callable[[], object]) -> float:
    """Give the seconds of the fastest of a few runs."""
    times = []
    for _ in range(RUNS):
        begun = time.perf_counter()
        work()
        times.append(time.perf_counter() - begun)
    return min(times)


def beside(ours: float, peer: Callable[[], object] | None) -> str:
    """Give the peer's seconds and how many times ours they are."""
    if peer is None:
        return "– | –"
    theirs = best(peer)
    return f"{theirs:.2f} | {theirs / ours:.2f}"


if __name__ == "__main__":
    main()
