"""Pages of their own: the front page, what changed with each version, and the cross-check with Wikidata."""

from __future__ import annotations

import base64
import hashlib
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, current_app, render_template, url_for
from rdflib import Graph

from twingraph.errors import NotFound
from twingraph.query.questions import question
from twingraph.release.changes import Change, Version, versions
from twingraph.release.rdf import FORMATS, read, write
from twingraph.settings import CHANGES
from twingraph.vocab import address, kind_of, slug_of
from twingraph.web import downloads
from twingraph.web.http import PAGE, POLICY, Link, content_type, href, linked, negotiated, varied
from twingraph.web.language import language
from twingraph.web.lists import bonds as bonds_of_homes
from twingraph.web.pictures import EUROPE, WORLD, draw_map, draw_matrix, draw_timeline
from twingraph.web.service import rows, service, site
from twingraph.wikidata.entities import Snapshot
from twingraph.wikidata.report import FORMATS as REPORTS
from twingraph.wikidata.report import Report, example, parts
from twingraph.words import text

if TYPE_CHECKING:
    from flask import Flask

    from twingraph.web.service import Row, Service

blueprint = Blueprint("pages", __name__)

QUESTIONS = (
    *("partners-with-dates", "planned-not-agreed", "figures-that-look-wrong", "sentences-with-a-word"),
    "wikidata-links",
)
"""The questions that the front page offers to begin with."""
ATOM = "application/atom+xml"
_REPORTS = {"html": "text/html", "json": "application/json", "csv": "text/csv"}
_KEY = "twingraph.report"


@blueprint.get("/")
def home() -> Response:
    """Show what this is, its pictures, how much there is, what to ask first, the files, and how to cite them."""
    description, bonds = downloads.description(), bonds_of_homes()
    body = render_template(
        "home.html",
        homes=[_home_town(counts, bonds[counts["home"]]) for counts in rows("counts")],
        publisher=service().files.manifest.get("publisher", {}).get("name", ""),
        site=site(),
        questions=[question(name) for name in QUESTIONS],
        files=downloads.names(),
        cited=next(iter(rows("how-to-cite")), None),
        **description,
    )
    return linked(Response(body), description.get("signposts", []))


def _home_town(counts: Row, bonds: set[str]) -> dict[str, Any]:
    """Give what the front page shows of a home town: how much there is, its partners, pictures and mentions."""
    home = counts["home"]
    towns = [row for row in rows("towns-on-a-map") if row["tie"] in bonds]
    undated = [row for row in rows("agreements-at-a-glance") if row["agreement"] in bonds and "date" not in row]
    mentions = [row for row in rows("areas-by-town") if row["mentioned_in"] in bonds and row["town"] != home]
    partners: dict[str, list[Row]] = {}
    for row in rows("partners-with-dates", place=home):
        partners.setdefault(row["partner"], []).append(row)
    return {
        "counts": counts,
        "partners": partners,
        "towns": {row["town"]: row for row in towns},
        "europe": draw_map(towns, EUROPE, home),
        "world": draw_map(towns, WORLD, home, nearer=EUROPE),
        "timeline": draw_timeline([row for row in rows("timeline") if row["what"] in bonds]),
        "undated": undated,
        "matrix": draw_matrix(mentions, language()),
        "mentions": mentions,
    }


@blueprint.get("/changes")
def changes() -> Response:
    """Tell what changed with each version, the newest first: a page in either language, or RDF if that is accepted."""
    media, history = {"html": PAGE} | FORMATS, _history(service())
    ending = negotiated(media)
    if ending == "html":
        body: str | bytes = render_template("changes.html", history=history, number=service().version)
    else:
        body = write(read(service().read(CHANGES)), media[ending])
    response = Response(body, content_type=content_type(media[ending]))
    return varied(linked(response, [Link(url_for(".feed"), "alternate", ATOM)]))


@blueprint.get("/changes.atom")
def feed() -> Response:
    """Give the same as a feed (RFC 4287) in Latvian or English, an entry for each version."""
    values = {"history": _history(service()), "manifest": service().files.manifest}
    values |= {"id": address("changes"), "site": site()}
    return Response(render_template("changes.xml", **values), content_type=f"{ATOM}; charset=utf-8")


def changes_of(iri: str) -> list[tuple[Version, Change]]:
    """Give what changed of a thing, or of the town that it is, with each version, the newest first."""
    history = _history(service()) if CHANGES in service().files else []
    town = slug_of(iri) if kind_of(iri) == "place" else None
    told = ((version, each) for version in history for each in version.changes)
    return [(version, each) for version, each in told if iri == each.subject or town == each.town]


@lru_cache(maxsize=4)
def _history(here: Service) -> list[Version]:
    return versions(Graph().parse(data=here.read(CHANGES), format="turtle"))


def compare_for(app: Flask, here: Service) -> None:
    """Compare what an application serves with its snapshot, if any, before the first request; raises BadInput."""
    settings, compared = here.settings, None
    if settings.snapshot is not None:
        compared = Report.compare(
            here.files.load(), Snapshot.load(settings.snapshot), settings.reviews, settings.checked
        )
    app.extensions[_KEY] = compared


@blueprint.get("/crosscheck")
@blueprint.get('/crosscheck.<any(html, csv, json, "mismatches.csv"):ending>')
def report(ending: str = "") -> Response:
    """Show every fact beside Wikidata's statement, as a page or as data: by the ending, else by what is accepted."""
    compared: Report | None = current_app.extensions[_KEY]
    form = ending or negotiated(_REPORTS)
    response = Response(content_type=content_type(_REPORTS[form.rpartition(".")[2]]))
    if compared is None and form != "html":
        raise NotFound(
            text("There is no snapshot of Wikidata here, so nothing is compared; /crosscheck says how to make one.")
        )
    if compared is not None:
        # By a new release or by a new snapshot.
        times = (datetime.fromisoformat(compared.snapshot.taken).astimezone(UTC), service().modified)
        response.last_modified = max(filter(None, times))
    if compared is not None and form != "html":
        response.set_data(REPORTS[form](compared))
    else:
        whole = parts(compared or example(), language(), href)
        response.set_data(render_template("crosscheck.html", is_example=compared is None, **whole))
        # Of the style sheets that stand in a page, this one and no other.
        digest = base64.b64encode(hashlib.sha256(whole["style"].encode()).digest()).decode()
        response.headers["Content-Security-Policy"] = f"{POLICY}; style-src 'self' 'sha256-{digest}'"
    return response if ending else varied(response)
