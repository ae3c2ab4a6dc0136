"""What crawlers ask for: where they may go, and every page there is (RFC 9309, sitemaps.org)."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from flask import Blueprint, Response, render_template

from twingraph.errors import NotFound
from twingraph.settings import BASE, CATALOGUE, CHANGES
from twingraph.vocab import document, kind_of
from twingraph.web.negotiation import content_type
from twingraph.web.service import service, site
from twingraph.words import text

if TYPE_CHECKING:
    from twingraph.web.service import Service

blueprint = Blueprint("crawlers", __name__)

MOST = 50_000
"""Addresses that one sitemap may hold; where there are more, there is an index of several."""

_PAGES = {"catalog.html": CATALOGUE, "changes?lang=lv": CHANGES, "changes?lang=en": CHANGES}
"""What is to be read besides the documents of things, and the file of the release that it is made of."""
_THINGS = f"""SELECT DISTINCT ?thing {{
  ?thing ?p ?o FILTER(STRSTARTS(STR(?thing), "{BASE}id/") && !CONTAINS(STR(?thing), "#"))
  FILTER NOT EXISTS {{ ?thing dct:isReplacedBy ?other }}
  FILTER NOT EXISTS {{ ?thing owl:deprecated true }}
}}"""
_ROBOTS = """User-agent: *
# All that a query can find is in the documents and the dumps, too.
Disallow: {path}sparql
Disallow: {path}reconcile
Disallow: {path}query?*query=
Disallow: {path}search
Allow: {path}

Sitemap: {site}sitemap.xml
"""


@blueprint.get("/robots.txt")
def robots() -> Response:
    """Let crawlers go everywhere but to where each address is another query, and show them the sitemap."""
    text = _ROBOTS.format(path=urlsplit(site()).path, site=site())
    return Response(text, content_type=content_type("text/plain"))


@blueprint.get("/sitemap.xml")
@blueprint.get("/sitemap-<int(min=1):part>.xml")
def sitemap(part: int | None = None) -> Response:
    """List every page with the day it is of, that of the dataset first; the parts, where there are too many for one.

    Raises NotFound for a part that there is not.
    """
    here, paths = service(), _paths(service())
    index = part is None and len(paths) > MOST
    if part is not None:
        paths = paths[(part - 1) * MOST : part * MOST]
    elif index:
        paths = [f"sitemap-{number}.xml" for number in range(1, (len(paths) - 1) // MOST + 2)]
    if not paths:
        raise NotFound(text("The sitemap has no such part."))
    body = render_template("sitemap.xml", site=site(), paths=paths, modified=here.modified, index=index)
    return Response(body, content_type="application/xml; charset=utf-8")


@lru_cache(maxsize=4)
def _paths(here: Service) -> list[str]:
    """Give the path of every page below the site: of the dataset, of its catalogue and history, and of each thing."""
    found = json.loads(here.engine.answer(_THINGS).body)["results"]["bindings"]
    things = sorted(iri for row in found if kind_of(iri := row["thing"]["value"]))
    pages = (path for path, name in _PAGES.items() if name in here.files)
    return ["", *pages, *(document(iri, "html").removeprefix(BASE) for iri in things)]
