"""What crawlers ask for: where they may go, and every page there is (RFC 9309, sitemaps.org)."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from flask import Blueprint, Response, abort, render_template

from twingraph.negotiate import content_type
from twingraph.settings import BASE
from twingraph.vocab import document, kind_of
from twingraph.web.catalogue import has_catalogue
from twingraph.web.served import served, site

if TYPE_CHECKING:
    from twingraph.engine import Answering

blueprint = Blueprint("crawlers", __name__)

MOST = 50_000
"""Addresses that one sitemap may hold; where there are more, there is an index of several."""

_THINGS = f"""SELECT DISTINCT ?thing {{
  ?thing ?p ?o FILTER(STRSTARTS(STR(?thing), "{BASE}id/") && !CONTAINS(STR(?thing), "#"))
  FILTER NOT EXISTS {{ ?thing dct:isReplacedBy ?other }}
  FILTER NOT EXISTS {{ ?thing owl:deprecated true }}
}}"""
_ROBOTS = """User-agent: *
# All that a query can find is in the documents and the dumps, too.
Disallow: {path}sparql
Disallow: {path}reconcile
Allow: {path}

Sitemap: {site}sitemap.xml
"""


@blueprint.get("/robots.txt")
def robots() -> Response:
    """Let crawlers go everywhere but to where each address is another query, and show them the sitemap."""
    text = _ROBOTS.format(path=urlsplit(site()).path, site=site())
    return Response(text, content_type=content_type("text/plain"))


@blueprint.get("/sitemap.xml")
def sitemap() -> Response:
    """List every page with the day it is of, that of the dataset first; the parts, where there are too many."""
    paths = _paths(served().engine, has_catalogue())
    parts = range(1, (len(paths) - 1) // MOST + 2) if len(paths) > MOST else ()
    return _sitemap([f"sitemap-{part}.xml" for part in parts] or paths, index=bool(parts))


@blueprint.get("/sitemap-<int(min=1):part>.xml")
def sitemap_part(part: int) -> Response:
    """List the pages of one part, where the sitemap is too long for one."""
    paths = _paths(served().engine, has_catalogue())[(part - 1) * MOST : part * MOST]
    if not paths:
        abort(404, "The sitemap has no such part.")
    return _sitemap(paths)


def _sitemap(paths: list[str], *, index: bool = False) -> Response:
    body = render_template("sitemap.xml", site=site(), paths=paths, modified=served().modified, index=index)
    return Response(body, content_type="application/xml; charset=utf-8")


@lru_cache(maxsize=4)
def _paths(engine: Answering, catalogued: bool) -> list[str]:  # noqa: FBT001 - no call names it
    """Give the path of every page below the site: of the dataset, of the catalogue, and of each thing by name."""
    found = json.loads(engine.answer(_THINGS).body)["results"]["bindings"]
    things = sorted(iri for row in found if kind_of(iri := row["thing"]["value"]))
    return ["", *["catalog.html"] * catalogued, *(document(iri, "html").removeprefix(BASE) for iri in things)]
