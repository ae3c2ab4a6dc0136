"""The front page, and the sign of life."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify, render_template
from flask.typing import ResponseReturnValue  # noqa: TC002 - routes are annotated with it at run time

from twingraph.negotiate import content_type
from twingraph.query_errors import QueryError
from twingraph.web import catalogue
from twingraph.web.dumps import files_of
from twingraph.web.links import linked
from twingraph.web.served import served

blueprint = Blueprint("pages", __name__)


@blueprint.get("/")
def home() -> Response:
    """Show what this is, a form to ask a question, and the files to take home."""
    told = catalogue.shown() if catalogue.has_catalogue() else {}
    page = render_template("home.html", files=files_of(), **told)
    return linked(Response(page, content_type=content_type("text/html")), catalogue.signposts())


@blueprint.get("/health")
def health() -> ResponseReturnValue:
    """Tell whether queries are answered: 200, or 503 with the reason."""
    now = {"Cache-Control": "no-store"}
    try:
        served().engine.answer("ASK {}")
    except QueryError as error:
        return jsonify(status="failing", reason=str(error)), 503, now
    return jsonify(status="ok"), now
