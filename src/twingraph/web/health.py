"""What programs ask of a server first: how it is, what may be asked of it, and which pages there are."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from flask import Blueprint, Response, render_template

from twingraph import __version__
from twingraph.errors import NotFound, TwingraphError
from twingraph.settings import BASE, CATALOGUE, CHANGES
from twingraph.vocab import document, kind_of
from twingraph.web.documents import query
from twingraph.web.service import service, site
from twingraph.words import text

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

    from twingraph.web.service import Service

blueprint = Blueprint("health", __name__)

MOST = 50_000
"""Addresses that one sitemap may hold; where there are more, there is an index of several."""

_PAGES = {"catalog.html": CATALOGUE, "changes?lang=lv": CHANGES, "changes?lang=en": CHANGES}
"""What is to be read besides the documents of things, and the file of the release that it is made of."""
_TOLD = ("title", "version", "modified", "counts", "findings")


@blueprint.get("/health")
def health() -> ResponseReturnValue:
    """Tell whether queries are answered: 200, or 503 with the reason."""
    try:
        service().engine.answer("ASK {}")
    except TwingraphError as error:
        return {"status": "failing", "reason": str(error)}, 503
    return {"status": "ok"}, {"Cache-Control": "no-store"}


@blueprint.get("/version")
def version() -> ResponseReturnValue:
    """Tell which release of the data and which version of the program this is."""
    manifest = service().files.manifest
    return {name: manifest[name] for name in _TOLD if name in manifest} | {"program": __version__}


@blueprint.get("/openapi.json")
def openapi() -> Response:
    """Describe every route by the OpenAPI Specification 3.1."""
    return Response(render_template("openapi.json", version=__version__), content_type="application/json")


@blueprint.get("/robots.txt")
def robots() -> Response:
    """Let crawlers go everywhere but to where each address is another query, and show them the sitemap (RFC 9309)."""
    return Response(render_template("robots.txt", path=urlsplit(site()).path, site=site()), mimetype="text/plain")


@blueprint.get("/sitemap.xml")
@blueprint.get("/sitemap-<int(min=1):part>.xml")
def sitemap(part: int | None = None) -> Response:
    """List every page with the day it is of (sitemaps.org); the parts, where there are too many for one.

    Raises NotFound for a part that there is not.
    """
    here, paths = service(), _paths(service())
    index = part is None and len(paths) > MOST
    if index:
        paths = [f"sitemap-{number}.xml" for number in range(1, (len(paths) - 1) // MOST + 2)]
    elif part is not None:
        paths = paths[(part - 1) * MOST : part * MOST]
    if not paths:
        raise NotFound(text("The sitemap has no such part."))
    body = render_template("sitemap.xml", site=site(), paths=paths, modified=here.modified, index=index)
    return Response(body, content_type="application/xml; charset=utf-8")


@lru_cache(maxsize=4)
def _paths(here: Service) -> list[str]:
    """Give the path of every page below the site: of the dataset, of its catalogue and history, and of each thing."""
    found = json.loads(here.engine.answer(query("things")).body)["results"]["bindings"]
    things = sorted(iri for row in found if kind_of(iri := row["thing"]["value"]))
    pages = (path for path, name in _PAGES.items() if name in here.files)
    return ["", *pages, *(document(iri, "html").removeprefix(BASE) for iri in things)]
