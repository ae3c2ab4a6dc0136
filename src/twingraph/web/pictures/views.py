"""Views of the globe: which part of it a picture shows, and where a place stands in that."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

_EQUAL_EARTH = (1.340264, -0.081106, 0.000893, 0.003796)
_M = math.sqrt(3) / 2
_CENTRE = (10.0, 52.0)


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
