"""Maps: views of the globe, and in them towns, their names, and their ties as the shortest lines between them."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    Row = Mapping[str, str]

_EQUAL_EARTH = (1.340264, -0.081106, 0.000893, 0.003796)
_M = math.sqrt(3) / 2
_CENTRE = (10.0, 52.0)
_SIZE = 20
"""Units that letters are high at most: on a narrow screen they must be as large, on a wide one they may be less."""
_LETTER = 0.56 * _SIZE
_GAP = 11
_STEPS = 16
# Where a name may stand, the best place first: so many gaps to the right of its dot, so many down, and from where.
_SIDES = (
    *((1, 0.6, "start"), (-1, 0.6, "end"), (0, -1, "middle"), (0, 2.3, "middle")),
    *((0.7, -0.5, "start"), (0.7, 1.7, "start"), (-0.7, -0.5, "end"), (-0.7, 1.7, "end")),
)


class Point(NamedTuple):
    """A point of a picture: to the right, and down."""

    x: float
    y: float


@dataclass(frozen=True, slots=True)
class View:
    """A part of the globe as a picture, width to height in units of its own.

    project: gives what a longitude and latitude in degrees are on a plane with north up; scale: units of the picture
    to one of the plane; origin: where the plane's own origin stands in the picture.
    """

    name: str
    width: int
    height: int
    project: Callable[[float, float], tuple[float, float]]
    scale: float
    origin: Point

    def point(self, longitude: float, latitude: float) -> Point:
        """Give where a place stands in the picture, or would stand if that went on."""
        x, y = self.project(longitude, latitude)
        return Point(self.origin.x + self.scale * x, self.origin.y - self.scale * y)

    def holds(self, point: Point, margin: float = 0) -> bool:
        """Tell whether a point is within the picture, so far from its edges at least."""
        return margin <= point.x <= self.width - margin and margin <= point.y <= self.height - margin


def equal_earth(longitude: float, latitude: float) -> tuple[float, float]:
    """Project the whole globe with areas kept (Šavrič, Patterson and Jenny 2019)."""
    a1, a2, a3, a4 = _EQUAL_EARTH
    t = math.asin(_M * math.sin(math.radians(latitude)))
    across = _M * (a1 + 3 * a2 * t**2 + t**6 * (7 * a3 + 9 * a4 * t**2))
    return math.radians(longitude) * math.cos(t) / across, t * (a1 + a2 * t**2 + t**6 * (a3 + a4 * t**2))


def around_europe(longitude: float, latitude: float) -> tuple[float, float]:
    """Project with areas kept around 52° N 10° E, as the EU's statistics do (Lambert; Snyder 1987, 24-2)."""
    turned, here, centre = (math.radians(each) for each in (longitude - _CENTRE[0], latitude, _CENTRE[1]))
    towards = math.cos(here) * math.cos(turned)
    k = math.sqrt(2 / (1 + math.sin(centre) * math.sin(here) + math.cos(centre) * towards))
    return k * math.cos(here) * math.sin(turned), k * (math.cos(centre) * math.sin(here) - math.sin(centre) * towards)


WORLD = View("world", 640, 322, equal_earth, 132.5, Point(272, 178))
"""All land but Antarctica."""
EUROPE = View("europe", 560, 580, around_europe, 1150, Point(232, 262))
"""Europe from Sicily to the Gulf of Bothnia, where most of the towns are, nearer."""


class Box(NamedTuple):
    """The room that something takes."""

    left: float
    top: float
    right: float
    bottom: float

    def overlaps(self, other: Box) -> bool:
        """Tell whether there is room that both take."""
        across = self.left < other.right and other.left < self.right
        return across and self.top < other.bottom and other.top < self.bottom


class Label(NamedTuple):
    """A name, where it begins, ends or has its middle (`anchor`, as SVG says it), and on which line it stands."""

    text: str
    at: Point
    anchor: str

    @property
    def box(self) -> Box:
        """The room that it takes, about."""
        width = _LETTER * len(self.text)
        left = self.at.x - {"start": 0, "middle": width / 2, "end": width}[self.anchor]
        return Box(left, self.at.y - 0.8 * _SIZE, left + width, self.at.y + 0.2 * _SIZE)


class Dot(NamedTuple):
    """A town: the row that tells of it, where it stands, its name if shown, and whether it has the most ties."""

    row: Row
    at: Point
    label: Label | None
    is_home: bool


class Line(NamedTuple):
    """A tie: its IRI, its name, its lines as the data of a path, and whether it joins more than two towns."""

    tie: str
    name: str
    path: str
    is_joint: bool


class Map(NamedTuple):
    """A picture of towns and ties in a view."""

    view: View
    lines: list[Line]
    dots: list[Dot]


def draw(rows: Sequence[Row], view: View, *, nearer: View | None = None) -> Map:
    """Draw the towns that a view holds, and the ties among all.

    rows: the answer to `towns-on-a-map`, a row for each town of each tie.
    nearer: a view that names the towns in it, so that here they are but dots, all but home.
    """
    towns = {row["town"]: row for row in rows}
    home = Counter(row["town"] for row in rows).most_common(1)[0][0] if rows else ""
    places = {town: view.point(*_degrees(row)) for town, row in towns.items()}
    places = {town: at for town, at in places.items() if view.holds(at)}
    labels = _label(
        {
            town: towns[town]["town_label"]
            for town in places
            if town == home or nearer is None or not nearer.holds(nearer.point(*_degrees(towns[town])))
        },
        places,
        view,
    )
    dots = [Dot(towns[town], at, labels.get(town), town == home) for town, at in places.items()]
    ties: dict[str, list[Row]] = {}
    for row in rows:
        ties.setdefault(row["tie"], []).append(row)
    lines = []
    for tie, partners in ties.items():
        ends = [_degrees(row) for row in partners]
        is_joint = len(ends) > 2  # noqa: PLR2004 - a tie of a pair is one line, one of more is a ring
        pairs = zip(ends, [*ends[1:], ends[0]] if is_joint else ends[1:], strict=False)
        path = "".join(f"M{' '.join(_arc(one, other, view))}" for one, other in pairs)
        lines.append(Line(tie, partners[0]["tie_label"], path, is_joint))
    # West to east, the order in which they are read and in which the keyboard goes through them.
    return Map(view, lines, sorted(dots, key=lambda dot: dot.at))


def _degrees(row: Row) -> tuple[float, float]:
    return float(row["longitude"]), float(row["latitude"])


def _label(names: Mapping[str, str], places: Mapping[str, Point], view: View) -> dict[str, Label]:
    """Find a place for each name in which it covers no dot and no other name, if there is one."""
    taken = [Box(at.x - _GAP / 2, at.y - _GAP / 2, at.x + _GAP / 2, at.y + _GAP / 2) for at in places.values()]
    labels: dict[str, Label] = {}

    def room(town: str) -> tuple[float, str]:
        others = (math.dist(places[town], at) for at in places.values() if at != places[town])
        return min(others, default=math.inf), town

    def covered(label: Label) -> int:
        box = label.box
        is_within = view.holds(Point(box.left, box.top)) and view.holds(Point(box.right, box.bottom))
        return sum(map(box.overlaps, taken)) + (0 if is_within else 10)

    # Those with the nearest neighbours have the least choice.
    for town in sorted(names, key=room):
        at = places[town]
        places_for_it = [Point(at.x + right * _GAP, at.y + down * _GAP) for right, down, _ in _SIDES]
        choices = [
            Label(names[town], point, anchor) for point, (_, _, anchor) in zip(places_for_it, _SIDES, strict=True)
        ]
        labels[town] = min(choices, key=covered)
        taken.append(labels[town].box)
    return labels


def _arc(one: tuple[float, float], other: tuple[float, float], view: View) -> Iterator[str]:
    """Give points on the great circle from one place to another, as the data of a path."""
    a, b = _vector(*one), _vector(*other)
    angle = 2 * math.asin(min(1.0, math.dist(a, b) / 2))
    for step in range(_STEPS + 1):
        p, q = (math.sin(part * angle / _STEPS) / (math.sin(angle) or 1) for part in (_STEPS - step, step))
        x, y, z = (p * here + q * there for here, there in zip(a, b, strict=True))
        point = view.point(math.degrees(math.atan2(y, x)), math.degrees(math.atan2(z, math.hypot(x, y))))
        yield f"{point.x:.1f},{point.y:.1f}"


def _vector(longitude: float, latitude: float) -> tuple[float, float, float]:
    across, up = math.radians(longitude), math.radians(latitude)
    return math.cos(up) * math.cos(across), math.cos(up) * math.sin(across), math.sin(up)
