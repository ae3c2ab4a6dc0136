"""This server beside others, on the same data and the same queries: `python -m tests.benchmarks.servers`.

The peers are installed by `pip install --require-hashes -r .ci/requirements-benchmarks.txt` into an environment of
their own, whose `bin` `--peers` names, or beside this one; Virtuoso by `apt-get install virtuoso-opensource`.
All are started, and then measured in turn, round after round, so that a noisy neighbour disturbs all alike;
the table gives the median round. Compare the ratios, not the figures.
"""

from __future__ import annotations

import argparse
import contextlib
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from tests.benchmarks import clients, made_up, peers, workload

from twingraph.release.build import assemble, write
from twingraph.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.benchmarks.clients import Address, Rate
    from tests.benchmarks.peers import Data, Peer
    from tests.benchmarks.workload import About, Query

CLIENTS = 8
TWIN_TOWNS = workload.About("place:alcamo", "area:culture", "agreement:jelgava-rueil-malmaison-2017", "^n")
_HEAD = (
    "server",
    "start to first answer, s",
    "memory, MiB",
    "one client, ms",
    f"{CLIENTS} clients, never repeating, 1/s",
    f"{CLIENTS} clients, repeating, 1/s",
)


@dataclass(slots=True)
class Measured:
    """A server that runs, and what was measured of it."""

    peer: Peer
    address: Address
    process: int
    start: float
    memory: float = 0.0
    latencies: list[dict[str, float]] = field(default_factory=list)
    unique: list[Rate] = field(default_factory=list)
    repeated: list[Rate] = field(default_factory=list)


def main() -> None:
    """Print the table."""
    options = _options()
    with tempfile.TemporaryDirectory(prefix="twingraph-benchmark-") as folder:
        data, about = _data(Path(folder), options.triples, options.peers)
        queries = workload.queries(about)
        candidates = peers.peers(options.peers, made_up=bool(options.triples))
        chosen = [peer for peer in candidates if not options.only or any(name in peer.name for name in options.only)]
        with contextlib.ExitStack() as stack:
            measured = _started(stack, chosen, data, queries, options.patience)
            for number in range(options.rounds):
                _tell(f"round {number + 1} of {options.rounds}")
                for each in measured:
                    _measure(each, queries, options.seconds)
            print(_table(measured))
            if options.each:
                print(_each(measured))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--triples", type=int, default=0, help="Of a made-up graph; the release is small without it.")
    parser.add_argument("--seconds", type=float, default=3.0, help="Of each measurement.")
    parser.add_argument("--rounds", type=int, default=3, help="Of all measurements.")
    parser.add_argument("--patience", type=float, default=120.0, help="Seconds for a server to answer first.")
    parser.add_argument("--peers", type=Path, default=peers.PROGRAMS, help="The folder of the peers' programs.")
    parser.add_argument("--only", action="append", help="Measure only servers whose name holds this.")
    parser.add_argument("--each", action="store_true", help="Show the latency of each query as well.")
    return parser.parse_args()


def _data(folder: Path, triples: int, programs: Path) -> tuple[Data, About]:
    scratch, release = folder / "scratch", folder / "release"
    scratch.mkdir()
    if triples:
        _tell(f"make up {triples} triples")
        peers.made_release(release, lambda path: made_up.write(path, triples))
    else:
        _tell("build the release")
        write(assemble(Settings().inputs), release)
    flat = peers.flattened(release / peers.QUADS, scratch / "flat.nq")
    return peers.Data(release, flat, scratch, programs.absolute()), made_up.ABOUT if triples else TWIN_TOWNS


def _started(
    stack: contextlib.ExitStack, chosen: Sequence[Peer], data: Data, queries: Sequence[Query], patience: float
) -> list[Measured]:
    """Start the servers, and leave out those that do not answer in time or otherwise than the first."""
    measured: list[Measured] = []
    expected: dict[str, list[str]] = {}
    for peer in chosen:
        _tell(f"start {peer.name}")
        with contextlib.ExitStack() as attempt:
            try:
                log = data.scratch / f"{peer.name}.log"
                address, process, begun = attempt.enter_context(peers.running(peer, data, log))
                _first_answer(address, queries[0], begun + patience)
                found = Measured(peer, address, process, time.monotonic() - begun)
                answers = _answers(address, queries)
            except (peers.NotInstalled, clients.WrongAnswer, OSError) as error:
                _tell(f"{peer.name} is left out: {type(error).__name__} {error}")
                _tell(log.read_text(errors="replace")[-600:] if log.exists() else "")
                continue
            expected = expected or answers
            for name in (name for name, rows in answers.items() if rows != expected[name]):
                _tell(f"{peer.name} answers “{name}” otherwise: {len(answers[name])} for {len(expected[name])} rows")
            measured.append(found)
            stack.enter_context(attempt.pop_all())
    return measured


def _first_answer(address: Address, query: Query, deadline: float) -> None:
    while True:
        try:
            client = clients.Client(address)
            with contextlib.closing(client):
                if workload.rows(query.media_type, client.ask(clients.request_for(address, query))):
                    return
        except (OSError, clients.WrongAnswer, ValueError):
            if time.monotonic() > deadline:
                raise
        time.sleep(0.005)


def _answers(address: Address, queries: Sequence[Query]) -> dict[str, list[str]]:
    with contextlib.closing(clients.Client(address)) as client:
        return {
            query.name: workload.rows(query.media_type, client.ask(clients.request_for(address, query)))
            for query in queries
        }


def _measure(measured: Measured, queries: Sequence[Query], seconds: float) -> None:
    measured.latencies.append(clients.latency(measured.address, queries, seconds))
    for repeating, into in ((False, measured.unique), (True, measured.repeated)):
        into.append(clients.throughput(measured.address, queries, CLIENTS, seconds, repeating=repeating))
    measured.memory = max(measured.memory, peers.memory(measured.process))


def _table(measured: Sequence[Measured]) -> str:
    rows = [_HEAD, ("---",) * len(_HEAD), *map(_row, measured)]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _row(measured: Measured) -> tuple[str, ...]:
    return (
        measured.peer.name,
        f"{measured.start:.2f}",
        f"{measured.memory:.0f}",
        f"{median(map(clients.mean, measured.latencies)):.2f}",
        _rate(measured.unique),
        _rate(measured.repeated),
    )


def _rate(rounds: Sequence[Rate]) -> str:
    """Give the answers a second of the median round, and the refusals if there were any in any."""
    refusals = max(rate.refusals for rate in rounds)
    answers = f"{median(rate.answers for rate in rounds):,.0f}"
    return f"{answers} ({refusals:.1f} refused)" if refusals else answers


def _each(measured: Sequence[Measured]) -> str:
    """Give the latency of each query in milliseconds."""
    names = list(measured[0].latencies[0])
    rows = [
        ("query, ms", *(each.peer.name for each in measured)),
        ("---",) * (len(measured) + 1),
        *((name, *(f"{median(one[name] for one in each.latencies):.2f}" for each in measured)) for name in names),
    ]
    return "\n" + "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _tell(text: str) -> None:
    sys.stderr.write(f"{text}\n")


if __name__ == "__main__":
    main()
