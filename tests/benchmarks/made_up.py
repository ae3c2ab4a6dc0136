"""A large graph of towns that do not exist, in the shape of the real one; the same for the same seed."""

import random
from collections.abc import Iterator
from pathlib import Path

from jinja2 import Template
from pyoxigraph import RdfFormat, parse, serialize

from twingraph.vocab import prefixes

ABOUT = {
    "town": "place:made-up-town-1",
    "area": "area:made-up-area-1",
    "agreement": "agreement:made-up-1-2",
    "word": "^novaston 1",
}
"""What there is to ask about in every such graph."""
_CLUSTER = 50
"""Towns that are tied with one another, directly or not, and with no other."""
_AREAS = 2000
_COUNTRIES = 40
_NAMES = ("Austrand", "Belvar", "Corlu", "Dorren", "Estmar", "Ferrow", "Gallen", "Hovik", "Novaston", "Rivolta")
_TEMPLATE = Template(Path(__file__).with_name("made_up.trig.jinja").read_text("utf-8"))


def write(path: Path, triples: int, seed: int = 1) -> None:
    """Write N-Quads of at least so many triples, each in the graph of one made-up quote."""
    chance, cluster = random.Random(seed), 0
    with path.open("wb") as file:
        while triples > 0:
            trig = _TEMPLATE.render(prefixes=prefixes(), towns=_towns_of(cluster, chance))
            quads = list(parse(trig.encode(), RdfFormat.TRIG))
            serialize(quads, file, RdfFormat.N_QUADS)
            triples, cluster = triples - len(quads), cluster + 1


def _towns_of(cluster: int, chance: random.Random) -> Iterator[dict[str, object]]:
    """Give the towns of one cluster, each with its ties: the twin, the year and the areas."""
    towns = range(cluster * _CLUSTER + 1, (cluster + 1) * _CLUSTER + 1)
    for n in towns:
        yield {
            "n": n,
            "name": _NAMES[n % len(_NAMES)],
            "country": n % _COUNTRIES,
            "latitude": f"{chance.uniform(-90, 90):.4f}",
            "longitude": f"{chance.uniform(-180, 180):.4f}",
            "figures": {measure: chance.randrange(10, 99_999) for measure in ("area", "population")},
            "ties": [
                (twin, chance.randrange(1950, 2026), sorted(chance.sample(range(_AREAS), 3)))
                for twin in sorted({n + 1 if n + 1 in towns else towns[0], chance.choice(towns)} - {n})
            ],
        }
