"""The history of the data, to read and to follow: what changed with each version."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from flask import Blueprint, Response, render_template, request, url_for
from rdflib import Graph

from twingraph import portals
from twingraph.feed import stream
from twingraph.history import Version, versions
from twingraph.negotiate import content_type
from twingraph.publisher import PROJECT
from twingraph.settings import CATALOGUE, CHANGES
from twingraph.triples import FORMATS, read, written
from twingraph.vocab import HISTORY, kind_of, slug_of
from twingraph.web.http import negotiated, varied
from twingraph.web.links import Link, linked
from twingraph.web.served import served, site
from twingraph.web_errors import UnknownThing

if TYPE_CHECKING:
    from twingraph.changes import Change
    from twingraph.web.held import Held

blueprint = Blueprint("changes", __name__)

ATOM = "application/atom+xml"
_PAGES = {"html": "text/html"} | FORMATS
_LANGUAGES = ("lv", "en")


@blueprint.get("/changes")
def changes() -> Response:
    """Tell what changed with each version, the newest first: a page in either language, or RDF if that is accepted."""
    ending, history = negotiated(_PAGES), _history(served().files)
    if ending == "html":
        language = _language()
        page = render_template("changes.html", language=language, history=history, number=served().version, href=_href)
        response = _in_language(Response(page, content_type=content_type(_PAGES[ending])), language)
    else:
        response = Response(
            written(read(_text(served().files)), _PAGES[ending]), content_type=content_type(_PAGES[ending])
        )
    return varied(linked(response, [Link(url_for(".feed"), "alternate", ATOM)]))


@blueprint.get("/changes.atom")
def feed() -> Response:
    """Give the same as a feed (RFC 4287) in Latvian or English, an entry for each version."""
    language = _language()
    told = {"language": language, "history": _history(served().files), "id": HISTORY, "site": site()}
    publisher = served().files.manifest.get("publisher", {}).get("name", PROJECT.name)
    body = render_template("changes.xml", publisher=publisher, **told)
    return _in_language(Response(body, content_type=f"{ATOM}; charset=utf-8"), language)


@blueprint.get("/changes.trig")
def activities() -> Response:
    """Give the catalogue as a stream of activities (DCAT-AP Feeds), by which portals stay in step."""
    files, at = served().files, site()
    number = served().version
    is_first = any(version.number == number and not version.previous for version in _history(files))
    told = portals.moved_to(at, read(_text(files, CATALOGUE)))
    body = stream(told, number, files.manifest["modified"], f"{at}changes.trig", is_first=is_first)
    return Response(body, content_type="application/trig")


def _language() -> str:
    """Choose the language that the address names, else the one that is accepted, else Latvian."""
    accepted = (tag.partition("-")[0].lower() for tag, weight in request.accept_languages if weight)
    named = (request.args.get("lang"), *accepted)
    return next((language for language in named if language in _LANGUAGES), "lv")


def _in_language(response: Response, language: str) -> Response:
    response.content_language.add(language)
    response.vary.add("Accept-Language")
    return response


def _href(change: Change) -> str:
    """Give the address of what changed, "" where it is gone or is no thing of ours."""
    kind = kind_of(change.subject)
    gone = kind is None or change.kind == "removed"
    return "" if gone else url_for("things.identifier", kind=kind, slug=slug_of(change.subject))


@lru_cache(maxsize=4)
def _history(files: Held) -> list[Version]:
    return versions(Graph().parse(data=_text(files), format="turtle"))


def _text(files: Held, name: str = CHANGES) -> bytes:
    try:
        return files.read(name)
    except KeyError:
        kind = "file"
        raise UnknownThing(kind, name) from None
