"""The history of the data, to read and to follow: what changed with each version."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from flask import Blueprint, Response, render_template, url_for
from rdflib import Graph

from twingraph.release.changes import Change, Version, versions
from twingraph.release.rdf import FORMATS, read, write
from twingraph.settings import CHANGES
from twingraph.vocab import HISTORY, kind_of, slug_of
from twingraph.web.http import Link, href, linked, negotiated, varied
from twingraph.web.negotiation import content_type
from twingraph.web.service import service, site

if TYPE_CHECKING:
    from twingraph.web.service import Service

blueprint = Blueprint("changes", __name__)

ATOM = "application/atom+xml"
_PAGES = {"html": "text/html"} | FORMATS


@blueprint.get("/changes")
def changes() -> Response:
    """Tell what changed with each version, the newest first: a page in either language, or RDF if that is accepted."""
    ending, history = negotiated(_PAGES), _history(service())
    if ending == "html":
        body: str | bytes = render_template("changes.html", history=history, number=service().version, href=_href)
    else:
        body = write(read(service().read(CHANGES)), _PAGES[ending])
    response = Response(body, content_type=content_type(_PAGES[ending]))
    return varied(linked(response, [Link(url_for(".feed"), "alternate", ATOM)]))


@blueprint.get("/changes.atom")
def feed() -> Response:
    """Give the same as a feed (RFC 4287) in Latvian or English, an entry for each version."""
    values = {"history": _history(service()), "id": HISTORY, "site": site(), "manifest": service().files.manifest}
    body = render_template("changes.xml", **values)
    return Response(body, content_type=f"{ATOM}; charset=utf-8")


def changes_of(iri: str) -> list[tuple[Version, Change]]:
    """Give what changed of a thing, or of the town that it is, with each version, the newest first."""
    history = _history(service()) if CHANGES in service().files else []
    town = slug_of(iri) if kind_of(iri) == "place" else None
    return [
        (version, each) for version in history for each in version.changes if iri == each.subject or town == each.town
    ]


def _href(change: Change) -> str:
    """Give the address of what changed, "" where it is gone or is no thing of ours."""
    return href(change.subject) if kind_of(change.subject) and change.kind != "removed" else ""


@lru_cache(maxsize=4)
def _history(here: Service) -> list[Version]:
    return versions(Graph().parse(data=here.read(CHANGES), format="turtle"))
