"""Linked data: an IRI leads to the document of its thing, and every document comes in several formats."""

from __future__ import annotations

import json
import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, after_this_request, render_template, url_for
from rdflib.namespace import OWL

from twingraph.errors import UnknownThing, Withdrawn
from twingraph.release.rdf import FORMATS, read, write
from twingraph.settings import BASE, CONTEXT, SHAPES, TERMS, VOID
from twingraph.vocab import KINDS, SHAPE, TG, document, kind_of, slug_of, thing
from twingraph.web.catalogue import has_catalogue, listed
from twingraph.web.changes import changes_of
from twingraph.web.documents import edition_of, thing_of, triples_of
from twingraph.web.http import negotiated, varied
from twingraph.web.language import gettext as _
from twingraph.web.links import Link, href, linked
from twingraph.web.negotiation import content_type
from twingraph.web.passages import paragraphs
from twingraph.web.reading import passage
from twingraph.web.service import service

if TYPE_CHECKING:
    from twingraph.query.engine import Answering
    from twingraph.web.documents import Edition, Thing
    from twingraph.web.held import Held
    from twingraph.web.service import Service

blueprint = Blueprint("things", __name__)

PAGES = {"html": "text/html"} | FORMATS
"""The media types of a document by ending, the one to take when nothing is asked for first."""
IN_PLACE_OF = "http://purl.org/dc/terms/isReplacedBy"

_SLUG = re.compile(r"[A-Za-z0-9]+(?:-[A-Za-z0-9]+)*")


@blueprint.get("/id/<kind>/<slug>")
def identifier(kind: str, slug: str) -> Response:
    """Lead from a thing to its document in the format that is accepted, by 303 (Cool URIs for the Semantic Web)."""
    if answer := listed(kind, slug):
        return answer
    known, ending = _known(service().engine, kind, slug), negotiated(PAGES)
    # The page of a quote opens at the passage.
    anchor = "passage" if ending == "html" and known.place else None
    response = Response(status=303)
    response.headers["Location"] = url_for(".in_format", kind=kind, slug=slug, ending=ending, _anchor=anchor)
    return varied(response)


@blueprint.get("/doc/<kind>/<slug>")
def in_any_format(kind: str, slug: str) -> Response:
    """Give the document of a thing in the format that is accepted."""
    if "." in slug:
        raise UnknownThing(kind, slug)
    known, ending = _known(service().engine, kind, slug), negotiated(PAGES)
    response = _document(known, ending)
    response.headers["Content-Location"] = url_for(".in_format", kind=kind, slug=slug, ending=ending)
    return varied(response)


@blueprint.get("/doc/<kind>/<slug>.<any(html, ttl, jsonld, nt, rdf):ending>")
def in_format(kind: str, slug: str, ending: str) -> Response:
    """Give the document of a thing in the format of its ending, whatever is accepted."""
    return _document(_known(service().engine, kind, slug), ending)


@blueprint.get("/ns")
def terms() -> Response:
    """Give the ontology, with the concept schemes: Turtle unless something else is accepted."""
    return _file(TERMS, str(TG))


@blueprint.get("/ns/<version>")
def terms_of_version(version: str) -> Response:
    """Give the ontology by the IRI of its version (OWL 2, 3.1); raises UnknownThing for one that is not here."""
    if f"<{BASE}ns/{version}>" not in _versions(service().files):
        kind = "version of the ontology"
        raise UnknownThing(kind, version)
    return terms()


@blueprint.get("/shapes")
def shapes() -> Response:
    """Give the rules that the data keep: Turtle unless something else is accepted."""
    return _file(SHAPES, str(SHAPE))


@blueprint.get("/.well-known/void")
def void() -> Response:
    """Give the description of the dataset (VoID, 7.2): Turtle unless something else is accepted."""
    return _file(VOID)


@blueprint.get("/context.jsonld")
def context() -> Response:
    """Give the JSON-LD context that documents carry inline."""
    return Response(_read(service().files, CONTEXT), content_type=FORMATS["jsonld"])


# One is asked for in several formats, and by its IRI before that.
@lru_cache(maxsize=64)
def _known(engine: Answering, kind: str, slug: str) -> Thing:
    """Ask for a thing; raises UnknownThing and Withdrawn."""
    found = thing_of(engine, str(thing(kind, slug))) if kind in KINDS and _SLUG.fullmatch(slug) else None
    if found is None:
        raise UnknownThing(kind, slug)
    if found.withdrawn:
        after_this_request(lambda response: linked(response, [Link(iri, IN_PLACE_OF) for iri in found.replaced_by]))
        raise Withdrawn(kind, slug, found.replaced_by)
    return found


@lru_cache(maxsize=4)
def _edition(here: Service) -> Edition:
    return edition_of(here.engine, here.modified)


def _document(known: Thing, ending: str) -> Response:
    edition = _edition(service())
    links = _links(known, ending, edition)
    body: str | bytes = _page(known, edition, links) if ending == "html" else _data(known, edition, ending)
    return linked(Response(body, content_type=content_type(PAGES[ending])), links)


def _links(known: Thing, ending: str, edition: Edition) -> list[Link]:
    """Give the links by which programs find their way: to the thing, its description, its licence and its whole."""
    others = {other: Link(_address(known, other), "describedby", media) for other, media in PAGES.items()}
    links = [Link(known.iri, "cite-as"), Link("https://schema.org/AboutPage", "type")]
    links += [Link(iri, "type") for iri in known.types]
    if edition.licence:
        links.append(Link(edition.licence, "license"))
    if ending == "html":
        links += [others[other] for other in FORMATS]
    else:
        links.append(others["html"]._replace(rel="describes"))
    if known.iri == edition.dataset:
        links += [Link(url_for("dumps.latest", name=name), "item", media) for name, media in _dumps(service().files)]
        if has_catalogue():
            links.append(Link(url_for("catalogue.in_format", ending="ttl"), "describedby", FORMATS["ttl"]))
    elif edition.dataset:
        links.append(Link(edition.dataset, "collection"))
    return links


def _dumps(files: Held) -> list[tuple[str, str]]:
    endings = {**FORMATS, "nq": "application/n-quads", "trig": "application/trig"}
    return [(f"twingraph.{ending}", media) for ending, media in endings.items() if f"twingraph.{ending}" in files.files]


def _page(known: Thing, edition: Edition, links: list[Link]) -> str:
    here = service()
    return render_template(
        [f"thing/{kind_of(known.iri)}.html", "thing.html"],
        thing=known,
        edition=edition,
        links=links,
        document=document(known.iri),
        formats={ending: _address(known, ending) for ending in FORMATS},
        paragraphs=paragraphs(_page_text(here.files, known), *(known.place or (0, 0))),
        read=passage(known.iri, known.source),
        changes=changes_of(known.iri),
    )


def _data(known: Thing, edition: Edition, ending: str) -> bytes:
    return write(triples_of(known, edition), FORMATS[ending], _context(service().files), known.iri)


def _address(known: Thing, ending: str) -> str:
    return url_for(".in_format", kind=kind_of(known.iri), slug=slug_of(known.iri), ending=ending)


def _page_text(files: Held, known: Thing) -> str:
    """Give the stored page that a quote or mention stands in, "" for anything else."""
    name = f"sources/{slug_of(known.source)}.txt"
    return files.read(name).decode() if known.place and name in files.files else ""


def _file(name: str, namespace: str = "") -> Response:
    """Give a Turtle file of the release in the format that is accepted; a page, of the terms of a namespace, if any."""
    ending = negotiated({**FORMATS, **(PAGES if namespace else {})})
    body = (
        _glossary(service().files, name, namespace) if ending == "html" else _converted(service().files, name, ending)
    )
    return varied(Response(body, content_type=content_type(PAGES[ending])))


@lru_cache(maxsize=4)
def _versions(files: Held) -> set[str]:
    """Give the IRIs of the versions of the ontology, as N-Triples write them."""
    return {str(value) for _, term, value in read(_read(files, TERMS)) if term.value == str(OWL.versionIRI)}


@lru_cache(maxsize=16)
def _converted(files: Held, name: str, ending: str) -> bytes:
    text = _read(files, name)
    return text if ending == "ttl" else write(read(text), FORMATS[ending], _context(files))


def _glossary(files: Held, name: str, namespace: str) -> str:
    """Show what a file says of each term of a namespace, in the order of its names."""
    told: dict[str, list[tuple[str, Any]]] = {}
    for subject, term, value in read(_read(files, name)):
        if str(getattr(subject, "value", "")).startswith(namespace):
            told.setdefault(subject.value, []).append((term.value, value))
    title = _("Terms") if namespace == str(TG) else _("Rules")
    return render_template("glossary.html", title=title, terms=sorted(told.items()), href=href, slug_of=slug_of)


def _read(files: Held, name: str) -> bytes:
    try:
        return files.read(name)
    except KeyError:
        kind = "file"
        raise UnknownThing(kind, name) from None


@lru_cache(maxsize=4)
def _context(files: Held) -> dict[str, Any] | None:
    return json.loads(files.read(CONTEXT)) if CONTEXT in files.files else None
