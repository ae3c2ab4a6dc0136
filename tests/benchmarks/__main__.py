"""What a build and a query take, beside rdflib alone: `python -m tests.benchmarks`.

Each figure is the best of a few runs in one process on a machine that may be shared: compare the ratios.
"""

import signal
import tempfile
import time
import timeit
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from rdflib import Dataset, Graph

from twingraph.curation.derive import derive
from twingraph.curation.findings import read_shapes, validate
from twingraph.curation.graph import read_inputs
from twingraph.query.engine import Engine
from twingraph.query.questions import questions
from twingraph.release.build import assemble, write
from twingraph.settings import PACKAGED, QUADS, VOID, Settings
from twingraph.vocab import DESCRIPTION, prefixes

INPUTS = PACKAGED
RUNS = 3
PATIENCE = 5
"""Seconds that rdflib may take over one query."""


def main() -> None:
    """Print the table of the build and that of the queries."""
    with tempfile.TemporaryDirectory() as folder:
        build(Path(folder) / "release")
        answer(Path(folder) / "release")


def build(target: Path) -> None:
    """Time each step of a build; rdflib alone parses the same files and writes the same graph once a format."""
    shapes, built = read_shapes(INPUTS / "shapes"), assemble(INPUTS)
    merged = built.curated.merged
    files = [*(INPUTS / "ontology").glob("*.ttl"), *(INPUTS / "data").rglob("*.t*g"), *(INPUTS / "data").rglob("*.ttl")]
    parsed = best(lambda: read_inputs(INPUTS))
    steps = {
        "parse": (parsed, best(lambda: [Dataset().parse(path) for path in files])),
        "derive": (best(lambda: derive(read_inputs(INPUTS))) - parsed, None),
        "validate": (best(lambda: validate(built.curated, shapes, INPUTS)), None),
        "write": (
            best(lambda: write(built, target)),
            best(lambda: [merged.serialize(format=form) for form in ("turtle", "nt", "xml", "json-ld")]),
        ),
    }
    print(f"{len(merged)} statements\n\n| step of the build | seconds | rdflib only | ratio |")
    print("| --- | --- | --- | --- |")
    for name, (ours, theirs) in (steps | {"all": (sum(ours for ours, _ in steps.values()), None)}).items():
        beside = "– | –" if theirs is None else f"{theirs:.2f} | {theirs / ours:.2f}"
        print(f"| {name} | {ours:.2f} | {beside} |")


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

    def stop(*_: object) -> None:
        raise TimeoutError

    signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, PATIENCE)
    begun = time.perf_counter()
    with suppress(TimeoutError):
        list(dataset.query(text, initNs=prefixes()))
    signal.setitimer(signal.ITIMER_REAL, 0)
    return time.perf_counter() - begun


def best(work: Callable[[], object]) -> float:
    """Give the seconds of the fastest of a few runs."""
    return min(timeit.repeat(work, number=1, repeat=RUNS))


if __name__ == "__main__":
    main()
