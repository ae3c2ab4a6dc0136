"""The cross-check with Wikidata, of the release that is served with the snapshot that the server was given."""

from __future__ import annotations

import base64
import hashlib
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING

from flask import Blueprint, Response, current_app, render_template, url_for

from twingraph.errors import NothingCompared
from twingraph.release.records import LinkedTowns
from twingraph.settings import QUADS
from twingraph.vocab import kind_of, slug_of
from twingraph.web.http import POLICY, negotiated, varied
from twingraph.web.language import language
from twingraph.web.negotiation import content_type
from twingraph.web.service import service
from twingraph.wikidata import reportpage
from twingraph.wikidata.entities import Snapshot
from twingraph.wikidata.reports import FORMATS, Report

if TYPE_CHECKING:
    from flask import Flask

    from twingraph.web.service import Service

blueprint = Blueprint("crosscheck", __name__)

_KEY = "twingraph.report"
_MEDIA = {"html": "text/html", "ttl": "text/turtle", "json": "application/json", "csv": "text/csv"}


def compare_for(app: Flask, here: Service) -> None:
    """Compare what an application serves with its snapshot, if it has one, before the first request.

    Raises BadInput where the snapshot or the reviews can not be used.
    """
    settings, compared = here.settings, None
    if settings.snapshot is not None:
        towns = LinkedTowns()
        towns.parse(here.files.path(QUADS), format="nquads")
        compared = Report.made(towns, Snapshot.load(settings.snapshot), settings.reviews)
    app.extensions[_KEY] = compared


@blueprint.get("/crosscheck")
def report() -> Response:
    """Show every fact beside Wikidata's statement: a page in Latvian or English, or data if they are accepted."""
    return varied(_answer(negotiated(_MEDIA)))


@blueprint.get('/crosscheck.<any(html, csv, json, ttl, "mismatches.csv"):ending>')
def in_format(ending: str) -> Response:
    """Give the same in the format of its ending, or what Mismatch Finder takes of it."""
    return _answer(ending)


def _answer(ending: str) -> Response:
    compared: Report | None = current_app.extensions[_KEY]
    if ending == "html":
        return _page(compared)
    if compared is None:
        raise NothingCompared
    response = Response(_written(compared, ending), content_type=content_type(_MEDIA[ending.rpartition(".")[2]]))
    return _dated(response, compared)


def _page(compared: Report | None) -> Response:
    if compared is None:
        return Response(render_template("crosscheck.html"), content_type=content_type("text/html"))
    page = reportpage.page(compared, language(), _href, url_for("pages.home"))
    response = _dated(Response(page, content_type=content_type("text/html")), compared)
    # The one style sheet that stands in the page, and no other.
    digest = base64.b64encode(hashlib.sha256(reportpage.style(compared).encode()).digest()).decode()
    response.headers["Content-Security-Policy"] = f"{POLICY}; style-src 'sha256-{digest}'"
    return response


@lru_cache(maxsize=16)
def _written(compared: Report, ending: str) -> str:
    return FORMATS[ending](compared)


def _dated(response: Response, compared: Report) -> Response:
    """Say when it was last modified: by a new release or by a new snapshot."""
    times = [datetime.fromisoformat(compared.snapshot.taken).astimezone(UTC), service().modified]
    response.last_modified = max(filter(None, times))
    return response


def _href(iri: str) -> str:
    return url_for("things.identifier", kind=kind_of(iri), slug=slug_of(iri))
