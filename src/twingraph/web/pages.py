"""The front page, and the lists of what there is: towns, agreements and areas of cooperation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, Response, render_template

from twingraph.query.questions import question
from twingraph.web import downloads
from twingraph.web.http import linked
from twingraph.web.language import language, sorted_names
from twingraph.web.pictures import EUROPE, WORLD, draw_map, draw_matrix, draw_timeline
from twingraph.web.service import rows, service

if TYPE_CHECKING:
    from twingraph.web.service import Row

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
    towns, mentions = rows("towns-on-a-map"), rows("areas-by-town")
    partners: dict[str, list[Row]] = {}
    for row in rows("partners-with-dates"):
        partners.setdefault(row["partner"], []).append(row)
    description = downloads.description()
    body = render_template(
        "home.html",
        counts=rows("counts")[0],
        europe=draw_map(towns, EUROPE),
        world=draw_map(towns, WORLD, nearer=EUROPE),
        towns={row["town"]: row for row in towns},
        partners=partners,
        timeline=draw_timeline(rows("timeline")),
        matrix=draw_matrix(mentions, language()),
        mentions=mentions,
        questions=[question(name) for name in QUESTIONS],
        files=downloads.names(),
        cited=next(iter(rows("how-to-cite")), None),
        publisher=service().files.manifest.get("publisher", {}).get("name", ""),
        **description,
    )
    return linked(Response(body), description.get("signposts", []))


@blueprint.get("/towns")
def towns() -> str:
    """List the towns with their countries, since when they are twinned, and in how many areas."""
    return render_template("towns.html", towns=sorted_names(rows("towns-at-a-glance"), lambda row: row["town_label"]))


@blueprint.get("/agreements")
def agreements() -> str:
    """List the agreements, the oldest first."""
    return render_template("agreements.html")


@blueprint.get("/areas")
def areas() -> str:
    """List the areas of cooperation, those named for most towns first."""
    return render_template("areas.html")
