"""The catalogue as it is harvested: in every format at an address of its own, and for portals that do not harvest."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, jsonify, render_template, request, url_for
from rdflib import Graph

from twingraph.errors import UnknownThing
from twingraph.release import portals
from twingraph.release.rdf import FORMATS, read, write
from twingraph.settings import CATALOGUE
from twingraph.vocab import CATALOGUE_PREFIXES, LISTED, PREFIXES, thing
from twingraph.web.http import negotiated, varied
from twingraph.web.links import Link, linked
from twingraph.web.negotiation import names_page
from twingraph.web.service import service, site

if TYPE_CHECKING:
    from pyoxigraph import Triple

    from twingraph.web.held import Held

blueprint = Blueprint("catalogue", __name__)

_PAGE = {"html": "text/html"}
_ENDINGS = FORMATS | {"xml": FORMATS["rdf"]} | _PAGE
_PREFIXES = PREFIXES | CATALOGUE_PREFIXES


@blueprint.get("/catalog")
def in_any_format() -> Response:
    """Give the catalogue in the format that is accepted: a page to those alone who name HTML, else Turtle first."""
    ending = negotiated(FORMATS | (_PAGE if names_page(request.headers.get("Accept")) else {}))
    response = in_format(ending)
    response.headers["Content-Location"] = url_for(".in_format", ending=ending)
    return varied(response)


@blueprint.get("/catalog.<any(ttl, jsonld, rdf, nt, xml, html):ending>")
def in_format(ending: str) -> Response:
    """Give the catalogue in the format of its ending, whatever is accepted, and without leading elsewhere."""
    body = render_template("catalog.html", **shown()) if ending in _PAGE else _written(service().files, site(), ending)
    # Harvesters decode by the charset that is stated, whatever their format says.
    response = Response(body, content_type=f"{_ENDINGS[ending]}; charset=utf-8")
    return linked(response, [Link(url_for("pages.home"), "describes", _PAGE["html"])])


@blueprint.get("/catalog/ckan.json")
def ckan() -> Response:
    """Give the body of CKAN's package_create, in Latvian or, with ?lang=en, in English."""
    language = "en" if request.args.get("lang") == "en" else "lv"
    return jsonify(_shown(service().files, site())[language])


def listed(kind: str, slug: str) -> Response | None:
    """Lead from what only the catalogue describes to the catalogue, by 303; None where it does not."""
    if kind not in LISTED or not has_catalogue():
        return None
    if (thing(kind, slug), None, None) not in _graph(service().files, site()):
        return None
    ending = negotiated(_PAGE | FORMATS)
    response = Response(status=303)
    response.headers["Location"] = url_for("catalogue.in_format", ending=ending)
    return varied(response)


def signposts() -> list[Link]:
    """Give the links from the page of the dataset to its name, its descriptions and its licence; none without these."""
    if not has_catalogue():
        return []
    told = _shown(service().files, site())["described"]
    links = [Link(told["@id"], "cite-as"), Link(told["license"], "license")]
    links += [Link(f"https://schema.org/{each}", "type") for each in ("AboutPage", "Dataset")]
    return links + [Link(url_for("catalogue.in_format", ending=each), "describedby", FORMATS[each]) for each in FORMATS]


def shown() -> dict[str, Any]:
    """Give what a page shows of the dataset, in both languages and for search engines; raises UnknownThing."""
    told = _shown(service().files, site())
    # Too many for a header: proxies allow no more than 4 or 8 KiB for all of them.
    files = [Link(each["contentUrl"], "item", each["encodingFormat"]) for each in told["described"]["distribution"]]
    return {**told, "links": [*signposts(), *files]}


def has_catalogue() -> bool:
    """Tell whether the release has one; older ones do not."""
    return CATALOGUE in service().files.files


# The site may come with the request, so there may be any number of them.
@lru_cache(maxsize=32)
def _written(files: Held, at: str, ending: str) -> bytes:
    triples, media = _triples(files, at), _ENDINGS[ending]
    # A context that had to be fetched would be fetched from inside the portal, so it stands in the document.
    used = {prefix: iri for prefix, iri in _PREFIXES.items() if any(f"<{iri}" in str(each) for each in triples)}
    return write(triples, media, {"@context": used})


@lru_cache(maxsize=8)
def _graph(files: Held, at: str) -> Graph:
    return Graph().parse(data=write(_triples(files, at), FORMATS["nt"]), format="nt")


@lru_cache(maxsize=8)
def _shown(files: Held, at: str) -> dict[str, Any]:
    told = _graph(files, at)
    languages = {language: portals.ckan_package(told, language) for language in ("lv", "en")}
    return {**languages, "contact": portals.contact(told), "described": portals.schema_dataset(told)}


def _triples(files: Held, at: str) -> list[Triple]:
    try:
        return portals.move(at, read(files.read(CATALOGUE)))
    except KeyError:
        kind = "file"
        raise UnknownThing(kind, CATALOGUE) from None
