"""The cross-check with Wikidata, of the release that is served with the snapshot that the server was given."""

from __future__ import annotations

import base64
import hashlib
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from flask import Blueprint, Response, current_app, render_template, url_for

from twingraph.errors import NotFound
from twingraph.web.http import POLICY, content_type, href, negotiated, varied
from twingraph.web.language import language
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
    """Compare what an application serves with its snapshot, if any, before the first request; raises BadInput."""
    settings, compared = here.settings, None
    if settings.snapshot is not None:
        compared = Report.compare(here.files.load(), Snapshot.load(settings.snapshot), settings.reviews)
    app.extensions[_KEY] = compared


@blueprint.get("/crosscheck")
@blueprint.get('/crosscheck.<any(html, csv, json, "mismatches.csv"):ending>')
def report(ending: str = "") -> Response:
    """Show every fact beside Wikidata's statement: a page in Latvian or English, or data if they are accepted.

    ending: the format, whatever is accepted, or `mismatches.csv` for what Mismatch Finder takes.
    """
    compared: Report | None = current_app.extensions[_KEY]
    form = ending or negotiated(_MEDIA)
    response = Response(content_type=content_type(_MEDIA[form.rpartition(".")[2]]))
    if compared is None and form != "html":
        raise NotFound(
            text("There is no snapshot of Wikidata here, so nothing is compared; /crosscheck says how to make one.")
        )
    if compared is None:
        response.set_data(render_template("crosscheck.html"))
    else:
        whole = FORMATS[form](compared) if form != "html" else page(compared, language(), href, url_for("pages.home"))
        response.set_data(whole)
        # By a new release or by a new snapshot.
        times = (datetime.fromisoformat(compared.snapshot.taken).astimezone(UTC), service().modified)
        response.last_modified = max(filter(None, times))
        if form == "html":
            # The one style sheet that stands in the page, and no other.
            style = whole.partition("<style>")[2].partition("</style>")[0]
            digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
            response.headers["Content-Security-Policy"] = f"{POLICY}; style-src 'sha256-{digest}'"
    return response if ending else varied(response)
