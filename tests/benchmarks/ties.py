"""All ties of Wikidata in 2016, followed outwards from Jelgava: `PYTHONPATH=tests python -m tests.benchmarks.ties`.

From a server of Oxigraph on this machine; the data are in the folder that TWINGRAPH_WIKIDATA_2016 names.
"""

from __future__ import annotations

import resource
import time

from tests.engines import oxigraph
from tests.wikidata_shape import reference_2016, ties_2016

from twingraph.settings import BASE
from twingraph.wikidata.client import Client, take_ties
from twingraph.wikidata.entities import one_way

START = "Q179830"


def main() -> None:
    """Print the table: how far, how many ties, how many without a way back, in which time and memory."""
    with oxigraph() as endpoint:
        ties_2016(reference_2016("p190-2016.tsv")).put(endpoint)
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        print("| steps | ties | without a way back | seconds | memory that it took, MiB |")
        print("| --- | --- | --- | --- | --- |")
        for steps in (1, 2, 99):
            begun = time.perf_counter()
            ties = take_ties(Client(endpoint, BASE), [START], steps).ties()
            pairs, seconds = len({tie.pair() for tie in ties}), time.perf_counter() - begun
            kibibytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
            print(f"| {steps} | {pairs} | {len(one_way(ties))} | {seconds:.1f} | {kibibytes / 1024:.0f} |")


if __name__ == "__main__":
    main()
