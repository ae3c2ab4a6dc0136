"""The cross-check with Wikidata, of the release that is served with the snapshot that the server was given."""

from __future__ import annotations

import base64
import hashlib
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING

from flask import Blueprint, Response, current_app, render_template, url_for

from twingraph.errors import NotFound
from twingraph.web.http import POLICY, href, negotiated, varied
from twingraph.web.language import language
from twingraph.web.negotiation import content_type
from twingraph.web.service import service
from twingraph.wikidata.entities import Snapshot
from twingraph.wikidata.report import FORMATS, Report, page
from twingraph.words import text

if TYPE_CHECKING:
    from flask import Flask

    from twingraph.web.service import Service

blueprint = Blueprint("crosscheck", __name__)

_KEY = "twingraph.report"
_MEDIA = {"html": "text/html", "json": "application/json", "csv": "text/csv"}


def compare_for(app: Flask, here: Service) -> None:
    """Compare what an application serves with its snapshot, if it has one, before the first request.

    Raises BadInput where the snapshot or the reviews can not be used.
    """
    settings, compared = here.settings, None
    if settings.snapshot is not None:
        compared = Report.compare(here.files.load(), Snapshot.load(settings.snapshot), settings.reviews)
    app.extensions[_KEY] = compared


@blueprint.get("/crosscheck")
def report() -> Response:
    """Show every fact beside Wikidata's statement: a page in Latvian or English, or data if they are accepted."""
    return varied(in_format(negotiated(_MEDIA)))


@blueprint.get('/crosscheck.<any(html, csv, json, "mismatches.csv"):ending>')
def in_format(ending: str) -> Response:
    """Give the same in the format of its ending, or what Mismatch Finder takes of it."""
    compared: Report | None = current_app.extensions[_KEY]
    response = Response(content_type=content_type(_MEDIA[ending.rpartition(".")[2]]))
    if compared is None:
        if ending != "html":
            raise NotFound(
                text("There is no snapshot of Wikidata here, so nothing is compared; /crosscheck says how to make one.")
            )
        response.set_data(render_template("crosscheck.html"))
        return response
    if ending == "html":
        html = page(compared, language(), href, url_for("pages.home"))
        response.set_data(html)
        # The one style sheet that stands in the page, and no other.
        style = html.partition("<style>")[2].partition("</style>")[0]
        digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
        response.headers["Content-Security-Policy"] = f"{POLICY}; style-src 'sha256-{digest}'"
    else:
        response.set_data(_write(compared, ending))
    # By a new release or by a new snapshot.
    times = (datetime.fromisoformat(compared.snapshot.taken).astimezone(UTC), service().modified)
    response.last_modified = max(filter(None, times))
    return response


@lru_cache(maxsize=16)
def _write(compared: Report, ending: str) -> str:
    return FORMATS[ending](compared)
