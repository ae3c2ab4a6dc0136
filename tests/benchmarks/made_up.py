"""A large graph of towns that do not exist, in the shape of the real one; the same for the same seed."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from tests.benchmarks.workload import About

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ABOUT = About("place:made-up-town-1", "area:made-up-area-1", "agreement:made-up-1-2", "^novaston 1")
"""What there is to ask about in every such graph."""

_BASE = "https://w3id.org/twingraph/"
_TG, _ID, _SCHEMA, _OA = f"{_BASE}ns#", f"{_BASE}id/", "https://schema.org/", "http://www.w3.org/ns/oa#"
_TYPE = "<http://www.w3.org/1999/02/22-rdf-syntax-ns#type>"
_XSD = "http://www.w3.org/2001/XMLSchema#"
_CLUSTER = 50
"""Towns that are tied with one another, directly or not, and with no other."""
_AREAS = 2000
_COUNTRIES = 40
_NAMES = ("Austrand", "Belvar", "Corlu", "Dorren", "Estmar", "Ferrow", "Gallen", "Hovik", "Novaston", "Rivolta")

Line = tuple[str, str, str]


def write(path: Path, triples: int, seed: int = 1) -> None:
    """Write N-Quads of at least so many triples, each in the graph of one made-up quote."""
    random_ = random.Random(seed)
    written, cluster = 0, 0
    with path.open("w", encoding="utf-8") as file:
        while written < triples:
            for graph, lines in _towns_of(cluster, random_):
                name = f"<{_ID}quote/made-up-{graph}>"
                file.writelines(f"{s} {p} {o} {name} .\n" for s, p, o in lines)
                written += len(lines)
            cluster += 1


def _towns_of(cluster: int, random_: random.Random) -> Iterator[tuple[str, list[Line]]]:
    """Give the quotes of one cluster of towns, each with what it states."""
    towns = range(cluster * _CLUSTER + 1, (cluster + 1) * _CLUSTER + 1)
    for town in towns:
        yield f"town-{town}", [*_quote(f"town-{town}"), *_town(town, random_)]
        ties = {town + 1 if town + 1 in towns else towns[0], random_.choice(towns)}
        for twin in sorted(ties - {town}):
            yield f"tie-{town}-{twin}", [*_quote(f"tie-{town}-{twin}"), *_tie(town, twin, random_)]


def _quote(slug: str) -> list[Line]:
    quote = f"<{_ID}quote/made-up-{slug}>"
    return [
        (quote, _TYPE, f"<{_SCHEMA}Quotation>"),
        (quote, f"<{_OA}exact>", f'"This sentence about {slug} is made up."@en'),
    ]


def _town(number: int, random_: random.Random) -> Iterator[Line]:
    town, name = _place(number), f"{_NAMES[number % len(_NAMES)]} {number}"
    yield town, _TYPE, f"<{_SCHEMA}City>"
    yield town, f"<{_SCHEMA}name>", f'"{name}"@en'
    yield town, f"<{_SCHEMA}name>", f'"{name}a (izdomāta)"@lv'
    yield town, f"<{_SCHEMA}containedInPlace>", f"<{_ID}country/made-up-{number % _COUNTRIES}>"
    for axis, most in (("latitude", 90), ("longitude", 180)):
        yield town, f"<{_SCHEMA}{axis}>", f'"{random_.uniform(-most, most):.4f}"^^<{_XSD}decimal>'
    for measure in ("area", "population"):
        yield from _figure(f"<{_ID}figure/made-up-{measure}-{number}>", town, random_.randrange(10, 99_999))


def _figure(figure: str, town: str, value: int) -> Iterator[Line]:
    yield figure, _TYPE, f"<{_SCHEMA}Observation>"
    yield figure, f"<{_SCHEMA}observationAbout>", town
    yield figure, f"<{_TG}asPrinted>", f'"{value}"@en'
    yield figure, f"<{_SCHEMA}value>", f'"{value}"^^<{_XSD}integer>'
    yield figure, f"<{_TG}assessment>", f"<{_ID}assessment/plausible>"


def _tie(town: int, twin: int, random_: random.Random) -> Iterator[Line]:
    tie, agreement = f"<{_ID}twinning/made-up-{town}-{twin}>", f"<{_ID}agreement/made-up-{town}-{twin}>"
    year = random_.randrange(1950, 2026)
    yield tie, _TYPE, f"<{_TG}Twinning>"
    yield agreement, _TYPE, f"<{_TG}Agreement>"
    yield agreement, f"<{_TG}twinning>", tie
    yield agreement, f"<{_TG}signed>", f'"{year}"^^<{_XSD}gYear>'
    yield agreement, f"<{_TG}earliest>", f'"{year}-01-01"^^<{_XSD}date>'
    for one, other in ((town, twin), (twin, town)):
        yield _place(one), f"<{_TG}twinnedWith>", _place(other)
        yield tie, f"<{_TG}partner>", _place(one)
        yield agreement, f"<{_TG}party>", _place(one)
    for area in sorted(random_.sample(range(_AREAS), 3)):
        yield from _mention(f"<{_ID}mention/made-up-{town}-{twin}-{area}>", agreement, area)


def _mention(mention: str, agreement: str, area: int) -> Iterator[Line]:
    yield mention, _TYPE, f"<{_TG}Mention>"
    yield mention, f"<{_TG}area>", f"<{_ID}area/made-up-area-{area}>"
    yield mention, f"<{_TG}standing>", f"<{_ID}standing/agreed>"
    yield mention, f"<{_TG}mentionedIn>", agreement


def _place(number: int) -> str:
    return f"<{_ID}place/made-up-town-{number}>"
