"""A large graph of towns that do not exist, in the shape of the real one; the same for the same seed."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from pyoxigraph import RdfFormat, parse, serialize

from twingraph.vocab import PREFIXES

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

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
_QUOTE = """quote:made-up-{slug} {{
quote:made-up-{slug} a schema:Quotation ; oa:exact "This sentence about {slug} is made up."@en .
{statements}}}
"""
_TOWN = """place:made-up-town-{n} a schema:City ; schema:name "{name} {n}"@en , "{name} {n}a (izdomāta)"@lv ;
  schema:containedInPlace country:made-up-{country} ;
  schema:latitude {latitude:.4f} ; schema:longitude {longitude:.4f} .
"""
_FIGURE = """figure:made-up-{measure}-{n} a schema:Observation ; schema:observationAbout place:made-up-town-{n} ;
  tg:asPrinted "{value}"@en ; schema:value {value} ; tg:assessment assessment:plausible .
"""
_TIE = """place:made-up-town-{a} tg:twinnedWith place:made-up-town-{b} .
place:made-up-town-{b} tg:twinnedWith place:made-up-town-{a} .
twinning:made-up-{a}-{b} a tg:Twinning ; tg:partner place:made-up-town-{a} , place:made-up-town-{b} .
agreement:made-up-{a}-{b} a tg:Agreement ; tg:twinning twinning:made-up-{a}-{b} ; tg:signed "{year}"^^xsd:gYear ;
  tg:earliest "{year}-01-01"^^xsd:date ; tg:party place:made-up-town-{a} , place:made-up-town-{b} .
"""
_MENTION = """mention:made-up-{a}-{b}-{area} a tg:Mention ; tg:area area:made-up-area-{area} ;
  tg:standing standing:agreed ; tg:mentionedIn agreement:made-up-{a}-{b} .
"""


def write(path: Path, triples: int, seed: int = 1) -> None:
    """Write N-Quads of at least so many triples, each in the graph of one made-up quote."""
    chance, cluster = random.Random(seed), 0
    head = "".join(f"@prefix {prefix}: <{iri}> .\n" for prefix, iri in PREFIXES.items())
    with path.open("wb") as file:
        while triples > 0:
            quads = list(parse((head + "".join(_towns_of(cluster, chance))).encode(), RdfFormat.TRIG))
            serialize(quads, file, RdfFormat.N_QUADS)
            triples, cluster = triples - len(quads), cluster + 1


def _towns_of(cluster: int, chance: random.Random) -> Iterator[str]:
    """Give the quotes of one cluster of towns, each with what it states, as TriG."""
    towns = range(cluster * _CLUSTER + 1, (cluster + 1) * _CLUSTER + 1)
    for n in towns:
        values = {"name": _NAMES[n % len(_NAMES)], "country": n % _COUNTRIES}
        place = _TOWN.format(n=n, latitude=chance.uniform(-90, 90), longitude=chance.uniform(-180, 180), **values)
        figures = (_FIGURE.format(n=n, measure=m, value=chance.randrange(10, 99_999)) for m in ("area", "population"))
        yield _QUOTE.format(slug=f"town-{n}", statements=place + "".join(figures))
        for twin in sorted({n + 1 if n + 1 in towns else towns[0], chance.choice(towns)} - {n}):
            tie = _TIE.format(a=n, b=twin, year=chance.randrange(1950, 2026))
            areas = sorted(chance.sample(range(_AREAS), 3))
            tie += "".join(_MENTION.format(a=n, b=twin, area=area) for area in areas)
            yield _QUOTE.format(slug=f"tie-{n}-{twin}", statements=tie)
