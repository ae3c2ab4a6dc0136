"""All ties of Wikidata in 2016, followed outwards from Jelgava: `python -m tests.benchmarks.ties`.

From a server of Oxigraph on this machine; the data are in the folder that TWINGRAPH_WIKIDATA_2016 names.
"""

from __future__ import annotations

import os
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from tests.benchmarks.peers import HOST, PROGRAMS, Data, Peer, memory, running
from tests.wikidata_shape import ties_2016
from twingraph.wikidata.inquiry import Inquiry
from twingraph.wikidata.reciprocity import one_way

from twingraph.settings import BASE
from twingraph.wikidata import snapshots

if TYPE_CHECKING:
    from collections.abc import Iterator

    from twingraph.wikidata.reciprocity import Tie

START = "Q179830"


def main() -> None:
    """Print the table: how far, how many ties, how many without a way back, in which time and memory."""
    shape = ties_2016(Path(os.environ["TWINGRAPH_WIKIDATA_2016"]) / "p190-2016.tsv")
    command = [str(PROGRAMS / "oxigraph"), "serve", "--bind", f"{HOST}:{{port}}"]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        data = Data(folder, folder, folder, PROGRAMS)
        peer = Peer(
            "Oxigraph",
            "/query",
            lambda *_: folder,
            lambda _: command,
            lambda _, port: shape.put(f"http://{HOST}:{port}/query"),
        )
        with running(peer, data, folder / "log") as (address, _, _):
            print("| steps | ties | without a way back | seconds | memory that it took, MiB |")
            print("| --- | --- | --- | --- | --- |")
            for steps in (1, 2, 99):
                print(measured(f"http://{address.host}:{address.port}/query", steps))


def measured(endpoint: str, steps: int) -> str:
    """Give a row of the table; the memory is the most that this process ever had beyond what it had before."""
    begun, most = time.perf_counter(), 0.0
    before = memory(os.getpid())

    def follow() -> Iterator[Tie]:
        nonlocal most
        for number, tie in enumerate(snapshots.follow(Inquiry(endpoint, BASE), [START], steps)):
            if number % 1000 == 0:
                most = max(most, memory(os.getpid()))
            yield tie

    ties = list(follow())
    missing = one_way(ties)
    seconds = time.perf_counter() - begun
    pairs = len({tie[:2] for tie in ties})
    return f"| {steps} | {pairs} | {len(missing)} | {seconds:.1f} | {max(most, memory(os.getpid())) - before:.0f} |"


if __name__ == "__main__":
    main()
