"""Lists of what there is: towns, agreements and areas of cooperation, each a page and each one query."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, Response, render_template

from twingraph.web.answers import rows
from twingraph.web.language import sorted_names
from twingraph.web.negotiation import content_type

if TYPE_CHECKING:
    from twingraph.web.answers import Row

blueprint = Blueprint("lists", __name__)


@blueprint.get("/towns")
def towns() -> Response:
    """List the towns with their countries, since when they are twinned, and in how many areas."""
    return _page("towns.html", towns=sorted_names(rows("towns-at-a-glance"), lambda row: row["town_label"]))


@blueprint.get("/agreements")
def agreements() -> Response:
    """List the agreements, the oldest first."""
    return _page("agreements.html")


@blueprint.get("/areas")
def areas() -> Response:
    """List the areas of cooperation, those named for most towns first."""
    return _page("areas.html")


def _page(template: str, **told: list[Row]) -> Response:
    return Response(render_template(template, **told), content_type=content_type("text/html"))
