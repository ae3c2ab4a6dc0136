"""Linked data: an IRI leads to the document of its thing, and every document comes in several formats."""

from __future__ import annotations

import json
import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, after_this_request, render_template, url_for
from rdflib.namespace import DCTERMS, OWL

from twingraph.errors import Gone, NotFound, UnknownThing
from twingraph.release.rdf import FORMATS, read, write
from twingraph.settings import BASE, CATALOGUE, CONTEXT, SHAPES, TERMS, VOID
from twingraph.vocab import KINDS, SHAPE, TG, document, kind_of, slug_of, thing
from twingraph.web import documents
from twingraph.web.downloads import catalogued
from twingraph.web.http import Link, linked, negotiated, varied
from twingraph.web.language import gettext as _
from twingraph.web.negotiation import PAGE, content_type
from twingraph.web.pages import changes_of
from twingraph.web.service import edition, service
from twingraph.words import listing, text

if TYPE_CHECKING:
    from twingraph.query.engine import Engine
    from twingraph.web.documents import Thing
    from twingraph.web.service import Service

blueprint = Blueprint("things", __name__)

PAGES = {"html": PAGE} | FORMATS
"""The media types of a document by ending, the one to take when nothing is asked for first."""

_DUMPS = FORMATS | {"nq": "application/n-quads", "trig": "application/trig"}
_SLUG = re.compile(r"[A-Za-z0-9]+(?:-[A-Za-z0-9]+)*")


@blueprint.get("/id/<kind>/<slug>")
def identifier(kind: str, slug: str) -> Response:
    """Lead from a thing to its document in the format that is accepted, by 303 (Cool URIs for the Semantic Web)."""
    if catalogued(kind, slug):
        address = url_for("downloads.in_format", ending=negotiated(PAGES))
    else:
        found, ending = _fetch(service().engine, kind, slug), negotiated(PAGES)
        # The page of a quote opens at the passage.
        anchor = "passage" if ending == "html" and found.place else None
        address = url_for(".in_format", kind=kind, slug=slug, ending=ending, _anchor=anchor)
    return varied(Response(status=303, headers={"Location": address}))


@blueprint.get("/doc/<kind>/<slug>")
def in_any_format(kind: str, slug: str) -> Response:
    """Give the document of a thing in the format that is accepted."""
    found, ending = _fetch(service().engine, kind, slug), negotiated(PAGES)
    response = _document(found, ending)
    response.headers["Content-Location"] = url_for(".in_format", kind=kind, slug=slug, ending=ending)
    return varied(response)


@blueprint.get("/doc/<kind>/<slug>.<any(html, ttl, jsonld, nt, rdf):ending>")
def in_format(kind: str, slug: str, ending: str) -> Response:
    """Give the document of a thing in the format of its ending, whatever is accepted."""
    return _document(_fetch(service().engine, kind, slug), ending)


@blueprint.get("/ns")
def terms() -> Response:
    """Give the ontology, with the concept schemes: Turtle unless something else is accepted."""
    return _file(TERMS, str(TG))


@blueprint.get("/ns/<version>")
def terms_of_version(version: str) -> Response:
    """Give the ontology by the IRI of its version (OWL 2, 3.1); raises NotFound for one that is not here."""
    triples = read(service().read(TERMS))
    if f"<{BASE}ns/{version}>" not in {
        str(each.object) for each in triples if each.predicate.value == str(OWL.versionIRI)
    }:
        raise NotFound(text("There is no version %(version)s of the ontology here.", version=version[:40]))
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
    return Response(service().read(CONTEXT), content_type=FORMATS["jsonld"])


# One is asked for in several formats, and by its IRI before that.
@lru_cache(maxsize=64)
def _fetch(engine: Engine, kind: str, slug: str) -> Thing:
    """Ask for a thing; raises UnknownThing and Gone."""
    found = documents.fetch(engine, str(thing(kind, slug))) if kind in KINDS and _SLUG.fullmatch(slug) else None
    if found is None:
        raise UnknownThing(kind, slug)
    replaced_by = sorted(found.values(DCTERMS.isReplacedBy))
    if replaced_by or "true" in found.values(OWL.deprecated):
        links = [Link(iri, str(DCTERMS.isReplacedBy)) for iri in replaced_by]
        after_this_request(lambda response: linked(response, links))
        both = text("%(one)s and %(other)s")
        hint = text("; in its place there is %(instead)s", instead=listing(both, replaced_by)) if replaced_by else ""
        raise Gone(text("The %(kind)s %(slug)r was withdrawn%(hint)s.", kind=kind, slug=slug, hint=hint))
    return found


def _document(known: Thing, ending: str) -> Response:
    here, release = edition(), service().files
    # The links by which programs find their way: to the thing, its description, its licence and its whole.
    links = [Link(known.iri, "cite-as"), Link("https://schema.org/AboutPage", "type")]
    links += [Link(iri, "type") for iri in known.types]
    links += [Link(here["licence"], "license")] if here else []
    if ending == "html":
        links += [Link(_address(known, other), "describedby", media) for other, media in FORMATS.items()]
    else:
        links.append(Link(_address(known, "html"), "describes", PAGE))
    if known.iri == here.get("dataset"):
        dumps = {f"twingraph.{other}": media for other, media in _DUMPS.items() if f"twingraph.{other}" in release}
        links += [Link(url_for("downloads.latest", name=name), "item", media) for name, media in dumps.items()]
        if CATALOGUE in release:
            links.append(Link(url_for("downloads.in_format", ending="ttl"), "describedby", FORMATS["ttl"]))
    elif here:
        links.append(Link(here["dataset"], "collection"))
    if ending == "html":
        body: str | bytes = render_template(
            [f"thing/{kind_of(known.iri)}.html", "thing.html"],
            thing=known,
            edition=here,
            links=links,
            document=document(known.iri),
            formats={each: _address(known, each) for each in FORMATS},
            changes=changes_of(known.iri),
        )
    else:
        body = write(documents.triples(known), FORMATS[ending], _context(service()), known.iri)
    return linked(Response(body, content_type=content_type(PAGES[ending])), links)


def _address(known: Thing, ending: str) -> str:
    return url_for(".in_format", kind=kind_of(known.iri), slug=slug_of(known.iri), ending=ending)


def _file(name: str, namespace: str = "") -> Response:
    """Give a Turtle file of the release in the format that is accepted; a page, of the terms of a namespace, if any."""
    ending, turtle = negotiated(FORMATS | ({"html": PAGE} if namespace else {})), service().read(name)
    body: str | bytes = turtle
    if ending == "html":
        title = _("Terms") if name == TERMS else _("Rules")
        body = render_template("glossary.html", title=title, triples=read(turtle), namespace=namespace, slug_of=slug_of)
    elif ending != "ttl":
        body = write(read(turtle), FORMATS[ending], _context(service()))
    return varied(Response(body, content_type=content_type(PAGES[ending])))


@lru_cache(maxsize=4)
def _context(here: Service) -> dict[str, Any] | None:
    return json.loads(here.read(CONTEXT)) if CONTEXT in here.files else None
