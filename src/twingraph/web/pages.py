"""The front page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, render_template

from twingraph.query.questions import question
from twingraph.web import downloads
from twingraph.web.answers import rows
from twingraph.web.language import language
from twingraph.web.links import href, linked
from twingraph.web.negotiation import content_type
from twingraph.web.pictures import maps, matrices, timelines
from twingraph.web.pictures.views import EUROPE, WORLD
from twingraph.web.service import service

if TYPE_CHECKING:
    from twingraph.web.answers import Row

blueprint = Blueprint("pages", __name__)

QUESTIONS = (
    "partners-with-dates",
    "planned-not-agreed",
    "figures-that-look-wrong",
    "sentences-with-a-word",
    "wikidata-links",
)
"""The questions that the front page offers to begin with."""


@blueprint.get("/")
def home() -> Response:
    """Show what this is, its pictures, how much there is, what to ask first, the files, and how to cite them."""
    described = downloads.description()
    page = render_template("home.html", files=downloads.names(), href=href, **_answers(), **described)
    return linked(Response(page, content_type=content_type("text/html")), described.get("signposts", []))


def _answers() -> dict[str, Any]:
    """Give what named questions answer for the front page, as rows and as pictures of them."""
    here, towns, areas, dated = language(), rows("towns-on-a-map"), rows("areas-by-town"), rows("partners-with-dates")
    return {
        "counts": rows("counts")[0],
        "europe": maps.drawn(towns, EUROPE),
        "world": maps.drawn(towns, WORLD, nearer=EUROPE),
        "towns": {row["town"]: row for row in towns},
        "partners": _by_partner(dated),
        "undated": {row["partner"] for row in dated if "date" not in row},
        "timeline": timelines.drawn(rows("timeline")),
        "matrix": matrices.drawn(areas, here),
        "mentions": areas,
        "questions": [question(name) for name in QUESTIONS],
        "cited": next(iter(rows("how-to-cite")), None),
        "publisher": service().files.manifest.get("publisher", {}).get("name", ""),
    }


def _by_partner(dated: tuple[Row, ...]) -> dict[str, list[Row]]:
    partners: dict[str, list[Row]] = {}
    for row in dated:
        partners.setdefault(row["partner"], []).append(row)
    return partners
