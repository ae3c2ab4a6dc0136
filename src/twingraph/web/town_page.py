"""What the page of a town shows besides its facts: a map of its ties, and passages beside what was read from them."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any

from flask import Blueprint

from twingraph.web.pictures import EUROPE, WORLD, draw_map
from twingraph.web.service import rows
from twingraph.web.source_page import cut, passages, text_of

if TYPE_CHECKING:
    from twingraph.web.service import Row
    from twingraph.web.source_page import Line

blueprint = Blueprint("town_page", __name__)

_FEW = 5
"""Towns that have room for their names on a small map."""


@blueprint.app_template_global()
def town_map(place: str) -> tuple[Any, dict[str, list[Row]]] | None:
    """Draw the ties of a town, and give the rows of its partners by town; None where no place of them is known.

    The map is of Europe where that holds all of them, else of the world.
    """
    partners: dict[str, list[Row]] = {}
    for row in rows("partners-with-dates", place=place):
        partners.setdefault(row["partner"], []).append(row)
    ties = {row["tie"] for row in rows("ties-of-one-town", place=place)}
    towns = [row for row in rows("towns-on-a-map") if row["tie"] in ties]
    if place not in {row["town"] for row in towns}:
        return None
    points = [EUROPE.point(float(row["longitude"]), float(row["latitude"])) for row in towns]
    view = EUROPE if all(EUROPE.holds(*point) for point in points) else WORLD
    nearer = EUROPE if len({row["town"] for row in towns}) > _FEW else None
    return draw_map(towns, view, place, nearer=nearer), partners


@blueprint.app_template_global()
def readings(place: str) -> list[tuple[Row, list[Line]]]:
    """Give of each source that is quoted on a town its row, and the lines of it with passages about the town."""
    pages, found = {row["source"]: row for row in rows("source-pages")}, []
    for source, there in groupby(rows("what-the-page-says-about-one-town", place=place), key=lambda row: row["source"]):
        own = {row["quote"] for row in there}
        lines = []
        for pieces, begun in cut(text_of(source), passages(source), rows("mentions-in-one-source", source=source)):
            # Of a line what is about the town, and what stands between.
            kept = [piece for piece in pieces if piece.passage is None or piece.passage.iri in own]
            if any(piece.passage for piece in kept):
                lines.append((kept, [each for each in begun if each.iri in own]))
        found.append((pages[source], lines))
    return found
