"""This server beside others, on the same data and the same queries: `python -m tests.benchmarks.servers`.

The peers are installed by `pip install --require-hashes -r .ci/requirements-benchmarks.txt` into an environment of
their own, whose `bin` `--peers` names, or beside this one; Virtuoso, and wrk, which asks, by `apt-get install
virtuoso-opensource wrk`. All are started, and then measured in turn, round after round, so that a noisy neighbour
disturbs all alike; the table gives the median round. Compare the ratios, not the figures.
"""

import argparse
import contextlib
import json
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import geometric_mean, median
from urllib.parse import quote

from tests.benchmarks import made_up, peers
from tests.benchmarks.peers import Peer
from tests.benchmarks.workload import Query, queries, rows
from tests.serving import eventually, mebibytes

from twingraph.release.build import assemble, write
from twingraph.release.folder import publish
from twingraph.settings import FORMAT, MANIFEST, PACKAGED, QUADS

CLIENTS = 8
TWIN_TOWNS = {
    "town": "place:alcamo",
    "area": "area:culture",
    "agreement": "agreement:jelgava-rueil-malmaison-2017",
    "word": "^n",
}
_HEAD = (
    *("server", "start to first answer, s", "memory, MiB", "one client, ms"),
    *(f"{CLIENTS} clients, never repeating, 1/s", f"{CLIENTS} clients, repeating, 1/s"),
)


@dataclass
class Measured:
    """A server that runs, and what was measured of it: milliseconds by query, and rates of answers and refusals."""

    peer: Peer
    process: int
    start: float
    memory: float = 0.0
    waits: list[dict[str, float]] = field(default_factory=list)
    unique: list[dict[str, float]] = field(default_factory=list)
    repeated: list[dict[str, float]] = field(default_factory=list)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--triples", type=int, default=0, help="Of a made-up graph; the release is small without it.")
    parser.add_argument("--seconds", type=int, default=3, help="Of each measurement.")
    parser.add_argument("--rounds", type=int, default=3, help="Of all measurements.")
    parser.add_argument("--patience", type=float, default=120.0, help="Seconds for a server to answer first.")
    parser.add_argument("--peers", type=Path, default=peers.PROGRAMS, help="The folder of the peers' programs.")
    parser.add_argument("--only", action="append", default=[], help="Measure only servers whose name holds this.")
    parser.add_argument("--each", action="store_true", help="Show how long each query takes as well.")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="twingraph-benchmark-") as name, contextlib.ExitStack() as stack:
        scratch, release, about = Path(name), Path(name, "release"), TWIN_TOWNS
        if options.triples:
            made_up.write(scratch / QUADS, options.triples)
            manifest = {"format": FORMAT, "version": "0", "modified": "2026-01-01T00:00:00Z", "title": {}, "counts": {}}
            files = {MANIFEST: json.dumps(manifest).encode(), QUADS: (scratch / QUADS).read_bytes()}
            publish(release, files, "made-up")
            about = made_up.ABOUT
        else:
            write(assemble(PACKAGED), release)
        asked = queries(**about)
        candidates = peers.peers(release.resolve(), scratch, options.peers.absolute())
        chosen = [peer for peer in candidates if any(each in peer.name for each in options.only or [""])]
        measured = list(_started(stack, chosen, asked, scratch, options.patience))
        for number in range(options.rounds):
            for each in measured:
                _tell(f"round {number + 1} of {options.rounds}: {each.peer.name}")
                each.waits.append({query.name: _wrk(each, scratch, [query], 1, 1)["milliseconds"] for query in asked})
                each.unique.append(_wrk(each, scratch, asked, CLIENTS, options.seconds))
                each.repeated.append(_wrk(each, scratch, asked, CLIENTS, options.seconds, repeating=True))
                each.memory = max(each.memory, mebibytes(each.process))
    _print([_HEAD, *map(_row, measured)])
    if options.each:
        waits = ((name, *(f"{median(one[name] for one in each.waits):.2f}" for each in measured)) for name, *_ in asked)
        _print([("query, ms", *(each.peer.name for each in measured)), *waits])


def _started(
    stack: contextlib.ExitStack, chosen: Sequence[Peer], asked: Sequence[Query], scratch: Path, patience: float
) -> Iterator[Measured]:
    """Start the servers, and leave out those that do not answer in time; tell which answer otherwise than the first."""
    expected: list[list[str]] = []
    for peer in chosen:
        _tell(f"start {peer.name}")
        log = scratch / f"{peer.name}.log"
        with contextlib.ExitStack() as attempt:
            try:
                process, begun = attempt.enter_context(peers.running(peer, scratch, log))
                eventually(lambda peer=peer: _has_answered(peer, asked[0]), patience)
                start = time.monotonic() - begun
                answers = [_ask(peer, query) for query in asked]
            except (OSError, ValueError, subprocess.SubprocessError) as error:
                _tell(f"{peer.name} is left out: {type(error).__name__} {error}")
                _tell(log.read_text(errors="replace")[-600:] if log.exists() else "")
                continue
            stack.enter_context(attempt.pop_all())
        expected = expected or answers
        for query, ours, theirs in zip(asked, expected, answers, strict=True):
            if ours != theirs:
                _tell(f"{peer.name} answers “{query.name}” otherwise: {len(theirs)} for {len(ours)} rows")
        yield Measured(peer, process, start)


def _has_answered(peer: Peer, query: Query) -> bool:
    with contextlib.suppress(OSError, ValueError):
        return bool(_ask(peer, query))
    return False


def _ask(peer: Peer, query: Query) -> list[str]:
    url = f"http://{peers.HOST}:{peer.port}{_path(peer, query)}"
    request = urllib.request.Request(url, headers={"Accept": query.media_type})
    with urllib.request.urlopen(request, timeout=60) as answer:
        return rows(query.media_type, answer.read())


def _path(peer: Peer, query: Query) -> str:
    return f"{peer.path}?query={quote(query.text, safe='')}"


def _wrk(
    measured: Measured, scratch: Path, asked: Sequence[Query], clients: int, seconds: int, *, repeating: bool = False
) -> dict[str, float]:
    """Let so many clients ask queries in turn; give their answers and refusals a second, and the median wait."""
    file, threads = scratch / "queries", min(clients, 2)
    file.write_text("".join(f"{query.media_type}\t{_path(measured.peer, query)}\n" for query in asked))
    command = ["wrk", f"-t{threads}", f"-c{clients}", f"-d{seconds}", "--timeout", "60"]
    command += ["-s", f"{Path(__file__).parent}/ask.lua", f"http://{peers.HOST}:{measured.peer.port}", "--", str(file)]
    command += [] if repeating else [f"{time.time_ns():x}"]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def _row(measured: Measured) -> tuple[str, ...]:
    rates = []
    for rounds in (measured.unique, measured.repeated):
        answers, refused = median(each["answers"] for each in rounds), max(each["refused"] for each in rounds)
        rates.append(f"{answers:,.0f} ({refused:.1f} refused)" if refused else f"{answers:,.0f}")
    wait = median(geometric_mean(each.values()) for each in measured.waits)
    return (measured.peer.name, f"{measured.start:.2f}", f"{measured.memory:.0f}", f"{wait:.2f}", *rates)


def _print(table: Sequence[Sequence[str]]) -> None:
    for line in (table[0], ["---"] * len(table[0]), *table[1:]):
        print(f"| {' | '.join(line)} |")


def _tell(text: str) -> None:
    print(text, file=sys.stderr)


if __name__ == "__main__":
    main()
