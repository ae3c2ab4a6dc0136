"""What is taken home: the files of the release, and the catalogue that describes them, for those who harvest it."""

from __future__ import annotations

import base64
import re
from functools import lru_cache
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, render_template, request, send_file, url_for
from rdflib import Graph

from twingraph.errors import NotFound
from twingraph.release import catalogue
from twingraph.release.rdf import FORMATS, read, write
from twingraph.settings import CATALOGUE, CHECKSUMS
from twingraph.vocab import LISTED, catalogue_prefixes, thing
from twingraph.web.http import FOR_GOOD, PAGE, Link, linked, negotiated
from twingraph.web.service import service, site
from twingraph.words import text

if TYPE_CHECKING:
    from pyoxigraph import Triple

    from twingraph.web.service import Service

blueprint = Blueprint("downloads", __name__)

_TABLES = {"csv": "text/csv", "geojson": "application/geo+json", "gz": "application/gzip", "json": "application/json"}
_TYPES = FORMATS | _TABLES | {"nq": "application/n-quads", "trig": "application/trig"}
# Anything else a server may ignore (RFC 9110, 14.2); Werkzeug would refuse it, or fail on numbers beyond all files.
_RANGE = re.compile(r"bytes=(?:(\d{1,18})-(\d{0,18})|-\d{1,18})")
_ENDINGS = FORMATS | {"xml": FORMATS["rdf"], "html": PAGE}


@blueprint.get("/dumps/latest/<path:name>", endpoint="latest")
@blueprint.get("/dumps/<version>/<path:name>", endpoint="versioned")
def file(name: str, version: str = "") -> Response:
    """Send a file of the release that its SHA256SUMS lists, or that list, to be kept for good at that of its version.

    Whole or in part, under conditions (RFC 9110, 13 and 14), with its digest (RFC 9530); raises NotFound.
    """
    here, files, path = service(), service().files, PurePosixPath(name)
    if version and version != here.version:
        values = {"here": here.version or text("no version"), "version": version[:40]}
        raise NotFound(text("This server has the release %(here)s, and not %(version)s.", **values))
    if name not in files:
        values = {"name": name[:80], "sums": CHECKSUMS}
        raise NotFound(text("There is no %(name)s in this release; %(sums)s lists what there is.", **values))
    found = _RANGE.fullmatch(request.headers.get("Range", "").replace(" ", ""))
    if not found or request.method == "HEAD" or (found[2] and int(found[2]) < int(found[1])):
        request.environ.pop("HTTP_RANGE", None)
    checksum = files.checksums.get(name)
    response = send_file(
        files.path(name),
        mimetype=_TYPES.get(path.suffix[1:], "text/plain"),
        download_name=path.name,
        etag=checksum or here.tag,
        last_modified=here.modified,
        conditional=True,
    )
    if checksum:
        response.headers["Repr-Digest"] = f"sha-256=:{base64.b64encode(bytes.fromhex(checksum)).decode()}:"
    if version:
        response.headers["Cache-Control"] = FOR_GOOD
    elif here.version:
        response.headers["Content-Location"] = url_for(".versioned", version=here.version, name=name)
    return response


@blueprint.get("/catalog", endpoint="in_any_format")
@blueprint.get("/catalog.<any(ttl, jsonld, rdf, nt, xml, html):ending>")
def in_format(ending: str = "") -> Response:
    """Give the catalogue in the format of its ending, whatever is accepted, and without leading elsewhere.

    Without an ending in the format that is accepted: a page to those who want HTML most, else Turtle first.
    """
    chosen = ending or negotiated(FORMATS | {"html": PAGE})
    if chosen == "html":
        body: str | bytes = render_template("catalog.html", **_describe(service(), site()))
    else:
        body = _write(service(), site(), chosen)
    # Harvesters decode by the charset that is stated, whatever their format says.
    response = Response(body, content_type=f"{_ENDINGS[chosen]}; charset=utf-8")
    if not ending:
        response.headers["Content-Location"] = url_for(".in_format", ending=chosen)
    return linked(response, [Link(url_for("pages.home"), "describes", PAGE)])


@blueprint.get("/catalog/ckan.json")
def ckan() -> dict[str, Any]:
    """Give the body of CKAN's package_create, in Latvian or, with ?lang=en, in English."""
    package: dict[str, Any] = _describe(service(), site())["en" if request.args.get("lang") == "en" else "lv"]
    return package


def catalogued(kind: str, slug: str) -> bool:
    """Tell whether a thing is described in the catalogue and nowhere else."""
    here = service()
    return kind in LISTED and CATALOGUE in here.files and (thing(kind, slug), None, None) in _read(here, site())[1]


def description() -> dict[str, Any]:
    """Give what a page shows of the dataset, in both languages and for search engines; nothing without a catalogue.

    Among it are the links to its name, its descriptions, its licence (which a header takes, too) and its files, which
    are too many for one: proxies allow no more than 4 or 8 KiB for all headers.
    """
    if CATALOGUE not in service().files:
        return {}
    found = _describe(service(), site())
    described = found["described"]
    signposts = [Link(described["@id"], "cite-as"), Link(described["license"], "license")]
    signposts += [Link(f"https://schema.org/{each}", "type") for each in ("AboutPage", "Dataset")]
    signposts += [Link(url_for("downloads.in_format", ending=each), "describedby", FORMATS[each]) for each in FORMATS]
    files = [Link(each["contentUrl"], "item", each["encodingFormat"]) for each in described["distribution"]]
    return {**found, "signposts": signposts, "links": [*signposts, *files]}


def names() -> list[str]:
    """List the files of the release by name, the list itself last."""
    return [*sorted(service().files.checksums), CHECKSUMS]


# The site may come with the request, so there may be any number of them.
@lru_cache(maxsize=32)
def _write(here: Service, at: str, ending: str) -> bytes:
    triples = _read(here, at)[0]
    # A context that had to be fetched would be fetched from inside the portal, so it stands in the document.
    whole = "".join(map(str, triples))
    used = {prefix: iri for prefix, iri in catalogue_prefixes().items() if f"<{iri}" in whole}
    return write(triples, _ENDINGS[ending], {"@context": used})


@lru_cache(maxsize=8)
def _describe(here: Service, at: str) -> dict[str, Any]:
    graph = _read(here, at)[1]
    languages = {language: catalogue.ckan_package(graph, language) for language in ("lv", "en")}
    return {**languages, "contact": catalogue.contact(graph), "described": catalogue.schema_dataset(graph)}


@lru_cache(maxsize=8)
def _read(here: Service, at: str) -> tuple[list[Triple], Graph]:
    triples = catalogue.move(at, read(here.read(CATALOGUE)))
    return triples, Graph().parse(data=write(triples, FORMATS["nt"]), format="nt")
