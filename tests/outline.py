"""Draws the outline of the land for the maps, from Natural Earth (public domain) as world-atlas packs it in TopoJSON.

To draw it again: `npm ci` in tests/axe/, and `.venv/bin/python tests/outline.py tests/axe/node_modules/world-atlas`.
"""

import json
import math
import operator
import sys
from collections.abc import Iterable, Iterator
from itertools import accumulate, chain, pairwise
from pathlib import Path
from typing import Any

from twingraph.web.http import STATIC as FOLDER
from twingraph.web.pictures import EUROPE, WORLD, Point, View

Box = tuple[float, float, float, float]
OUTLINE = FOLDER / "outline.svg"
CREDIT = "Made with Natural Earth. Free vector and raster map data @ naturalearthdata.com (public domain)."
# The file that each view is drawn from, the degrees around it, and units that a line may lie beside the shore.
DRAWN: tuple[tuple[View, str, Box, float], ...] = (
    (WORLD, "land-110m.json", (-180, -60, 180, 90), 0.45),
    (EUROPE, "land-50m.json", (-32, 24, 62, 80), 0.7),
)
SMALLEST = 3.0
"""Square units below which an island is left out."""


def drawn(package: Path) -> str:
    """Give the outlines as one file of SVG, a path by the name of each view."""
    paths = (
        f'<path id="{view.name}" d="{path(view, rings(json.loads((package / name).read_text())), box, most)}"/>\n'
        for view, name, box, most in DRAWN
    )
    size = f'viewBox="0 0 {WORLD.width} {WORLD.height}"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size}>\n<desc>{CREDIT}</desc>\n{"".join(paths)}</svg>\n'


def rings(topology: dict[str, Any]) -> Iterator[list[Point]]:
    """Give every ring of the land, in degrees (TopoJSON, 2.1.4): each point of an arc is told from the one before."""
    (across, up), (west, south) = topology["transform"]["scale"], topology["transform"]["translate"]
    arcs = []
    for arc in topology["arcs"]:
        steps = accumulate(arc, lambda at, step: [at[0] + step[0], at[1] + step[1]])
        arcs.append([Point(west + x * across, south + y * up) for x, y in steps])
    for shape in topology["objects"]["land"]["geometries"]:
        for ring in chain.from_iterable(shape["arcs"]):
            yield [point for each in ring for point in (arcs[each] if each >= 0 else arcs[~each][::-1])[:-1]]


def path(view: View, land: Iterable[list[Point]], box: Box, most: float) -> str:
    """Write the land within a view as the data of a path, each point as its distance from the one before."""
    picture, found = (-2.0, -2.0, view.width + 2.0, view.height + 2.0), []
    for near in (clipped(shifted, box) for ring in land for shifted in unrolled(ring)):
        shown = clipped([view.point(*point) for point in near], picture)
        area = sum(one.x * other.y - other.x * one.y for one, other in pairwise([*shown, *shown[:1]])) / 2
        if abs(area) >= SMALLEST:
            tenths = [(round(point.x * 10), round(point.y * 10)) for point in simplified(shown, most)]
            steps = [(x2 - x1, y2 - y1) for (x1, y1), (x2, y2) in pairwise(tenths) if (x1, y1) != (x2, y2)]
            found.append(f"M{numbers(*tenths[0])}l{' '.join(numbers(*step) for step in steps)}z".replace(" -", "-"))
    return "".join(found)


def unrolled(ring: list[Point]) -> Iterator[list[Point]]:
    """Give a ring without its jumps from 180° east to 180° west, and again from a whole turn further on and back."""
    turns = [0]
    for one, other in pairwise(ring):
        turns.append(turns[-1] + round((one.x - other.x) / 360))
    for turn in (-1, 0, 1):
        yield [Point(point.x + 360 * (turn + each), point.y) for point, each in zip(ring, turns, strict=True)]


def clipped(ring: list[Point], box: Box) -> list[Point]:
    """Cut off what of a ring is outside a box (Sutherland and Hodgman 1974)."""
    for side, edge in enumerate(box):
        axis, within = side % 2, operator.ge if side < 2 else operator.le
        cut: list[Point] = []
        for one, other in zip([*ring[-1:], *ring[:-1]], ring, strict=True):
            if within(one[axis], edge) != within(other[axis], edge):
                part = (edge - one[axis]) / (other[axis] - one[axis])
                cut.append(Point(one.x + part * (other.x - one.x), one.y + part * (other.y - one.y)))
            if within(other[axis], edge):
                cut.append(other)
        ring = cut
    return ring


def simplified(ring: list[Point], most: float) -> list[Point]:
    """Leave out points of a ring that are nearly on the line between others (Douglas and Peucker 1973)."""
    far = max(range(len(ring)), key=lambda each: (ring[each].x - ring[0].x) ** 2 + (ring[each].y - ring[0].y) ** 2)
    return [*kept(ring[: far + 1], most)[:-1], *kept([*ring[far:], ring[0]], most)[:-1]]


def kept(line: list[Point], most: float) -> list[Point]:
    one, (dx, dy) = line[0], (line[-1].x - line[0].x, line[-1].y - line[0].y)

    def away(point: Point) -> float:
        along = ((point.x - one.x) * dx + (point.y - one.y) * dy) / (dx * dx + dy * dy or 1)
        t = min(max(along, 0), 1)
        return math.hypot(point.x - one.x - t * dx, point.y - one.y - t * dy)

    far = max(range(len(line)), key=lambda each: away(line[each]))
    is_far = away(line[far]) > most
    return [*kept(line[: far + 1], most)[:-1], *kept(line[far:], most)] if is_far else [one, line[-1]]


def numbers(*tenths: int) -> str:
    """Write tenths of a unit as units, as short as SVG has them."""
    return " ".join(f"{each / 10:g}".replace("0.", ".", 1) if abs(each) < 10 else f"{each / 10:g}" for each in tenths)


if __name__ == "__main__":
    OUTLINE.write_text(drawn(Path(sys.argv[1])), encoding="utf-8")
