"""Pictures of the data: what stands where on maps, timelines and matrices, from the answers to named queries."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, NamedTuple

from twingraph.dates import SourceDate
from twingraph.vocab import kind_of, slug_of
from twingraph.web.language import order

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    Row = Mapping[str, str]
    Degrees = tuple[float, float]

STANDINGS = ("agreed", "ongoing", "planned", "begun", "undertaken", "activity")
"""The standings that have a mark of their own, in the order in which a cell and the legend show them."""

_EQUAL_EARTH = (1.340264, -0.081106, 0.000893, 0.003796)
_M = math.sqrt(3) / 2
# Of a dot that is named, as the template draws it: of a town, and of home.
_RADIUS = (6, 8)
_CENTRE = (10.0, 52.0)
_SIZE = 20
"""Units that letters are high at most: on a narrow screen they must be as large, on a wide one they may be less."""
_LETTER = 0.6 * _SIZE
_GAP = 11
_STEPS = 16
_BOW = 16
"""How far the lines of a tie of several towns are bent, so that those of its pairs do not cover them."""
# Where a name may stand, the best place first: so many gaps to the right of its dot, so many down, and from where.
_SIDES = (
    *((1, 0.6, "start"), (-1, 0.6, "end"), (0, -1, "middle"), (0, 2.4, "middle")),
    *((0.7, -0.5, "start"), (0.7, 1.7, "start"), (-0.7, -0.5, "end"), (-0.7, 1.7, "end")),
)
# Where none of these is free, at the end of a line, farther and farther away, all around.
_FARTHER = tuple(
    (away * math.cos(turn), away * math.sin(turn), "start" if math.cos(turn) > 0 else "end")
    for away in (3, 5, 8, 12, 17, 24, 32)
    for turn in (math.tau * part / 16 + 0.1 for part in range(16))
)
_LENGTHS = {"year": 4, "month": 7, "day": 10}


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

    def larger(self, times: int) -> View:
        """Give the same part of the globe as a larger picture."""
        origin = Point(times * self.origin.x, times * self.origin.y)
        return replace(
            self, width=times * self.width, height=times * self.height, scale=times * self.scale, origin=origin
        )

    def holds(self, x: float, y: float) -> bool:
        """Tell whether a point is within the picture."""
        return 0 <= x <= self.width and 0 <= y <= self.height


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
    """A name, where it begins, ends or has its middle (`anchor`, as SVG says it), and about the room that it takes.

    is_far: so far from its dot that a line has to lead there.
    """

    text: str
    at: Point
    anchor: str
    box: Box
    is_far: bool


class Dot(NamedTuple):
    """A town: the row that tells of it, where it stands, its name if shown, and whether it is the home town."""

    row: Row
    at: Point
    label: Label | None
    is_home: bool


def draw_map(
    rows: Sequence[Row], view: View, home: str, *, nearer: View | None = None
) -> tuple[View, dict[str, str], list[Dot]]:
    """Draw the towns that a view holds, and the ties among all: the lines of each as the data of a path, by its IRI.

    rows: of the answer to `towns-on-a-map`, a row for each town of each tie; home: the town whose ties they are.
    nearer: a view that names the towns in it, so that here they are but dots, all but home.
    """
    towns = {row["town"]: row for row in rows}
    degrees = {town: (float(row["longitude"]), float(row["latitude"])) for town, row in towns.items()}
    places = {town: at for town in towns if view.holds(*(at := view.point(*degrees[town])))}
    far = [town for town in places if nearer is None or not nearer.holds(*nearer.point(*degrees[town]))]
    names = {town: towns[town]["town_label"] for town in places if town in {home, *far}}
    labels = place_names(names, places, view, home)
    dots = [Dot(towns[town], at, labels.get(town), town == home) for town, at in places.items()]
    ends: dict[str, list[Degrees]] = {}
    for row in rows:
        ends.setdefault(row["tie"], []).append(degrees[row["town"]])
    ties = {}
    for tie, partners in ends.items():
        # A tie of a pair is one line, one of more is a ring.
        others = partners[1:] if len(partners) == 2 else [*partners[1:], partners[0]]  # noqa: PLR2004
        pairs = zip(partners, others, strict=False)
        bow = _BOW if len(partners) > 2 else 0  # noqa: PLR2004
        ties[tie] = "".join(f"M{' '.join(_arc(one, other, view, bow))}" for one, other in pairs)
    # West to east, the order in which they are read and in which the keyboard goes through them.
    return view, ties, sorted(dots, key=lambda dot: dot.at)


def place_names(
    names: Mapping[str, str], places: Mapping[str, Point], view: View, home: str = "", *, near: bool = False
) -> dict[str, Label]:
    """Find a place for each name in which it covers no dot and no other name; leave it out if there is none.

    near: whether only places beside its dot will do.
    """
    dots = ((at, _RADIUS[town == home]) for town, at in places.items())
    taken = [Box(at.x - radius, at.y - radius, at.x + radius, at.y + radius) for at, radius in dots]
    labels: dict[str, Label] = {}

    def room(town: str) -> tuple[float, str]:
        others = (math.dist(places[town], at) for at in places.values() if at != places[town])
        return min(others, default=math.inf), town

    # Those with the nearest neighbours have the least choice.
    for town in sorted(names, key=room):
        # That of home is bold.
        width = _LETTER * len(names[town]) * (1.15 if town == home else 1)
        for right, down, anchor in _SIDES if near else _SIDES + _FARTHER:
            at = Point(places[town].x + right * _GAP, places[town].y + down * _GAP)
            left = at.x - {"start": 0, "middle": width / 2, "end": width}[anchor]
            box = Box(left, at.y - 0.98 * _SIZE, left + width, at.y + 0.2 * _SIZE)
            if view.holds(*box[:2]) and view.holds(*box[2:]) and not any(map(box.overlaps, taken)):
                labels[town] = Label(names[town], at, anchor, box, (right, down, anchor) in _FARTHER)
                taken.append(box)
                break
    return labels


def _arc(one: Degrees, other: Degrees, view: View, bow: float) -> Iterator[str]:
    """Give points on the great circle from one place to another, as the data of a path; bow: how far to its right."""
    ends = []
    for across, up in (map(math.radians, place) for place in (one, other)):
        ends.append((math.cos(up) * math.cos(across), math.cos(up) * math.sin(across), math.sin(up)))
    angle = 2 * math.asin(min(1.0, math.dist(*ends) / 2))
    begin, end = view.point(*one), view.point(*other)
    length = math.dist(begin, end) or 1
    for step in range(_STEPS + 1):
        p, q = (math.sin(part * angle / _STEPS) / (math.sin(angle) or 1) for part in (_STEPS - step, step))
        x, y, z = (p * here + q * there for here, there in zip(*ends, strict=True))
        point = view.point(math.degrees(math.atan2(y, x)), math.degrees(math.atan2(z, math.hypot(x, y))))
        aside = 4 * bow * step * (_STEPS - step) / _STEPS**2 / length
        yield f"{point.x - aside * (end.y - begin.y):.1f},{point.y + aside * (end.x - begin.x):.1f}"


class Bar(NamedTuple):
    """A thing that has a date: the row that tells of it, and where it stands, start and width in per cent.

    shape: `year`, `month` or `day`, as exact as the date is known, `span` for what lasted, or `status`; begins, ends:
    the dates as RDF writes them; ends: "" where there is but one.
    """

    row: Row
    shape: str
    start: float
    width: float
    begins: str
    ends: str


def _bounded(row: Row) -> Row:
    """Give a row of `timeline` with what it leaves open: how exact a bound is, and the end of a month or of no end."""
    precision = row.get("precision") or {4: "year", 7: "month"}.get(len(row.get("status_not_before", "")), "day")
    begun = SourceDate.parse(row["earliest"][: _LENGTHS[precision]])
    latest = row.get("latest") or (begun.latest.isoformat() if begun else row["earliest"])
    return {**row, "precision": precision, "latest": latest}


def draw_timeline(rows: Sequence[Row]) -> tuple[list[Bar], list[tuple[int, float]]]:
    """Draw the answer to `timeline`: a bar for each thing, the earliest first, and where years begin, in per cent."""
    if not rows:
        return [], []
    known = [_bounded(row) for row in rows]
    first = min(int(row["earliest"][:4]) for row in known) // 5 * 5
    last = -(-(max(int(row["latest"][:4]) for row in known) + 1) // 5) * 5
    begin = date(first, 1, 1).toordinal()
    days = date(last, 1, 1).toordinal() - begin

    def part(day: date, more: int = 0) -> float:
        return 100 * (day.toordinal() + more - begin) / days

    bars: dict[tuple[str, str], Bar] = {}
    for row in known:
        start, end = part(date.fromisoformat(row["earliest"])), part(date.fromisoformat(row["latest"]), 1)
        begins, ends = (row[each][: _LENGTHS[row["precision"]]] for each in ("earliest", "latest"))
        shape = "status" if "status" in row else "span" if kind_of(row["what"]) == "programme" else row["precision"]
        bar = Bar(row, shape, start, end - start, begins, "" if ends == begins else ends)
        bars.setdefault((row["what"], row.get("status", "")), bar)
    years = range(-(-first // 10) * 10, last, 10)
    return list(bars.values()), [(year, part(date(year, 1, 1))) for year in years]


class Matrix(NamedTuple):
    """The areas by town.

    areas, towns: their names by IRI, those with the most first; cells: by area and town, the row of the first words for
    each standing; key: a row for each standing that there is.
    """

    areas: dict[str, str]
    towns: dict[str, str]
    cells: dict[tuple[str, str], dict[str, Row]]
    key: dict[str, Row]

    def of_one_town(self) -> dict[str, str]:
        """Give the areas that were named for one town alone, with that town; none if there are no others."""
        towns: dict[str, list[str]] = {}
        for area, town in self.cells:
            towns.setdefault(area, []).append(town)
        single = {area: towns[area][0] for area in self.areas if len(towns[area]) == 1}
        return single if len(single) < len(self.areas) else {}


def draw_matrix(rows: Sequence[Row], language: str) -> Matrix:
    """Draw the answer to `areas-by-town`, a row for each mention."""
    cells: dict[tuple[str, str], dict[str, Row]] = {}
    key: dict[str, Row] = {}
    for standing in STANDINGS:
        for row in rows:
            if slug_of(row["standing"]) == standing:
                cells.setdefault((row["area"], row["town"]), {}).setdefault(standing, row)
                key[standing] = row

    def heads(of: str, filled: Sequence[str]) -> dict[str, str]:
        names, numbers = {row[of]: row[f"{of}_label"] for row in rows}, Counter(filled)
        return dict(sorted(names.items(), key=lambda each: (-numbers[each[0]], order(each[1], language))))

    areas, towns = heads("area", [area for area, _ in cells]), heads("town", [town for _, town in cells])
    return Matrix(areas, towns, cells, key)
