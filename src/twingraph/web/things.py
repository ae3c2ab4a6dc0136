"""Things: an IRI leads to the document of its thing, with the facts and what states each, in several formats."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, NamedTuple

from flask import Blueprint, Response, after_this_request, render_template, url_for
from jinja2.utils import urlize
from markupsafe import Markup, escape
from pyoxigraph import Literal, NamedNode, QueryResultsFormat, RdfFormat, Triple, parse, parse_query_results
from rdflib import URIRef
from rdflib.namespace import DCTERMS, OWL, PROV, RDF, RDFS, SDO, SKOS

from twingraph.errors import Gone, NotFound, UnknownThing
from twingraph.release.rdf import FORMATS, read, write
from twingraph.settings import BASE, CATALOGUE, CONTEXT, SHAPES, TERMS, VOID
from twingraph.vocab import KINDS, OA, SHAPE, SHOWN, TG, candidates, curie, document, dump, kind_of, slug_of
from twingraph.web import glossary
from twingraph.web.downloads import catalogued
from twingraph.web.http import PAGE, Link, content_type, href, linked, negotiated, varied
from twingraph.web.language import date, language, language_name, number
from twingraph.web.language import gettext as _
from twingraph.web.pages import changes_of
from twingraph.web.service import Value, edition, rows, service
from twingraph.words import LANGUAGES, listing, text

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator, Mapping

    from twingraph.query.engine import Engine
    from twingraph.web.service import Service

blueprint = Blueprint("things", __name__)
for each in (kind_of, rows, href, language_name):
    blueprint.add_app_template_global(each)

PAGES = {"html": PAGE} | FORMATS
"""The media types of a document by ending, the one to take when nothing is asked for first."""
MOST = 1000
"""Statements that point to a thing, or stand in the graph that it is, up to which its document holds all."""
CARD = (
    *("oa:exact", "tg:leftOut", "prov:wasQuotedFrom", "prov:hadPrimarySource"),
    *("schema:name", "skos:prefLabel", "schema:alternateName"),
    *("skos:altLabel", "skos:hiddenLabel", "skos:definition", "schema:identifier", "schema:containedInPlace"),
    "owl:differentFrom",
    *("dct:type", "tg:party", "tg:partner", "tg:twinning", "tg:amends", "tg:signed", "tg:since", "schema:startDate"),
    *("schema:endDate", "tg:status", "tg:statusDate", "tg:statusNotBefore", "tg:asOf"),
    *("tg:typeAsPrinted", "tg:dateAsPrinted", "tg:agreedArea", "tg:ongoingArea", "tg:plannedArea"),
    *("tg:begunArea", "tg:undertakenArea", "tg:activityArea", "tg:participants", "schema:contributor"),
    *("schema:organizer", "tg:programme", "schema:about", "schema:location", "schema:parentOrganization"),
    *("tg:givenFor", "schema:measuredProperty", "tg:asPrinted", "schema:value", "schema:minValue"),
    *("schema:maxValue", "tg:approximate", "schema:unitCode"),
    *("schema:observationDate", "schema:observationAbout", "tg:assessment", "tg:likelyReading", "rdfs:comment"),
    *("schema:latitude", "schema:longitude", "schema:url", "schema:inLanguage", "schema:publisher"),
    *("schema:datePublished", "schema:dateModified", "tg:notBefore", "tg:notAfter", "schema:copyrightNotice"),
    *("schema:citation", "tg:confidence", "schema:sameAs", "skos:exactMatch", "skos:closeMatch", "skos:broadMatch"),
    *("skos:narrowMatch", "skos:relatedMatch"),
)
"""The properties that a card shows, in their order there; the ontology says what they are called."""

_DUMPS = FORMATS | {"nq": "application/n-quads", "trig": "application/trig"}
_POLYGLOT = frozenset({"schema:name", "schema:alternateName", "tg:asPrinted", "tg:dateAsPrinted", "tg:typeAsPrinted"})
"""The properties of which every language is of interest: names, and words of pages in any language."""
_ADDRESS = re.compile(r"https?://\S+")
_COMMIT = re.compile(r"\b([\w.-]+/[\w.-]+)@([0-9a-f]{7,40})\b")
_SLUG = re.compile(r"[A-Za-z0-9]+(?:-[A-Za-z0-9]+)*")
_LABELS = frozenset(map(str, (RDFS.label, SDO.name, SKOS.prefLabel, OA.exact)))
_OF_SOURCES = (SDO.datePublished, SDO.dateModified, TG.notBefore, TG.notAfter)
_OF_THINGS = (TG.signed, TG.since, SDO.startDate, SDO.endDate, SDO.observationDate, TG.statusDate, TG.statusNotBefore)
_DATES = frozenset(map(str, (*_OF_THINGS, *_OF_SOURCES)))
_FIGURES = (SDO.value, SDO.minValue, SDO.maxValue, TG.likelyReading)
_NUMBERS = frozenset(map(str, (*_FIGURES, TG.participants, SDO.latitude, SDO.longitude)))
_ELSEWHERE = {
    "http://www.wikidata.org/entity/": "Wikidata",
    "https://sws.geonames.org/": "GeoNames",
    "http://eurovoc.europa.eu/": "EuroVoc",
    "http://publications.europa.eu/resource/authority/": "EU Publications Office",
}


class Statement(NamedTuple):
    """What is stated, and the named graph that states it, "" where that was not asked; there are no blank nodes."""

    subject: str
    term: str
    value: NamedNode | Literal
    graph: str


@dataclass(frozen=True, slots=True)
class Thing:
    """A thing, and all that its document tells.

    stated: of the thing; pointing: to it, as far as MOST; within: what it states, if it is a quote or evidence;
    behind: the quotes, evidence and sources that it is from; names: of all that is mentioned, and labels: those, and
    the thing's own, by IRI and language; whole: whether nothing was left out.
    """

    iri: str
    stated: list[Statement]
    pointing: list[Statement]
    within: list[Statement]
    behind: list[Statement]
    names: list[Statement]
    labels: Mapping[str, Mapping[str, str]]
    whole: bool

    def values(self, term: object) -> list[str]:
        """Give the values of a property of the thing."""
        return [each.value.value for each in self.stated if each.term == str(term)]

    @property
    def place(self) -> tuple[int, int] | None:
        """Where a quote or mention stands in its page, end exclusive."""
        start, end = self.values(OA.start), self.values(OA.end)
        return (int(start[0]), int(end[0])) if start and end else None

    @property
    def source(self) -> str:
        """The IRI of the page that a quote or mention is from, "" where there is none."""
        from_it = (each for each in (*self.stated, *self.behind) if each.term == str(PROV.wasQuotedFrom))
        return next((each.value.value for each in from_it), "")

    def name(self, iri: str, language: str) -> Value:
        """Give the name of something that the document mentions in a language, else its slug."""
        named = self.labels.get(iri, {})
        tag = next((each for each in (language, "en", *named) if each in named), "")
        return Value(named.get(tag) or slug_of(iri), tag)


class Fact(NamedTuple):
    """A value as people read it, and what states it.

    label: what the property is called; iri: of a value that is a thing; language: of a value in words; grounds: the
    graphs that state it, each with the sentence or name that it goes by.
    """

    label: str
    text: str
    iri: str
    language: str
    grounds: dict[str, str]


@blueprint.get("/id/<kind>/<slug>")
def identifier(kind: str, slug: str) -> Response:
    """Lead from a thing to its document in the format that is accepted, by 303 (Cool URIs for the Semantic Web)."""
    if catalogued(kind, slug):
        address = url_for("downloads.in_format", ending=negotiated(PAGES))
    else:
        found, ending = fetch(service().engine, kind, slug), negotiated(PAGES)
        # The page of a quote opens at the passage.
        anchor = "passage" if ending == "html" and found.place else None
        address = url_for(".in_format", kind=kind, slug=slug, ending=ending, _anchor=anchor)
    return varied(Response(status=303, headers={"Location": address}))


@blueprint.get("/doc/<kind>/<slug>")
def in_any_format(kind: str, slug: str) -> Response:
    """Give the document of a thing in the format that is accepted."""
    found, ending = fetch(service().engine, kind, slug), negotiated(PAGES)
    response = _document(found, ending)
    response.headers["Content-Location"] = url_for(".in_format", kind=kind, slug=slug, ending=ending)
    return varied(response)


@blueprint.get("/doc/<kind>/<slug>.<any(html, ttl, jsonld, nt, rdf):ending>")
def in_format(kind: str, slug: str, ending: str) -> Response:
    """Give the document of a thing in the format of its ending, whatever is accepted."""
    return _document(fetch(service().engine, kind, slug), ending)


@blueprint.get("/ns", endpoint="terms", defaults={"name": TERMS, "namespace": str(TG)})
@blueprint.get("/shapes", endpoint="shapes", defaults={"name": SHAPES, "namespace": str(SHAPE)})
@blueprint.get("/.well-known/void", endpoint="void", defaults={"name": VOID})
def in_accepted_format(name: str, namespace: str = "") -> Response:
    """Give the ontology, the rules or a description (VoID, 7.2): Turtle unless other RDF, or a page, is accepted."""
    ending, turtle = negotiated(FORMATS | ({"html": PAGE} if namespace else {})), service().read(name)
    body: str | bytes = turtle
    if ending == "html":
        body = glossary.page(read(turtle), namespace)
    elif ending != "ttl":
        body = write(read(turtle), FORMATS[ending], _context(service()))
    return varied(Response(body, content_type=content_type(PAGES[ending])))


@blueprint.get("/ns/<version>")
def terms_of_version(version: str) -> Response:
    """Give the ontology by the IRI of its version (OWL 2, 3.1); raises NotFound for one that is not here."""
    stated = {(each.predicate.value, str(each.object)) for each in read(service().read(TERMS))}
    if (str(OWL.versionIRI), f"<{BASE}ns/{version}>") not in stated:
        raise NotFound(text("There is no version %(version)s of the ontology here.", version=version[:40]))
    return in_accepted_format(TERMS, str(TG))


@blueprint.get("/context.jsonld")
def context() -> Response:
    """Give the JSON-LD context that documents carry inline."""
    return Response(service().read(CONTEXT), content_type=FORMATS["jsonld"])


# One is asked for in several formats, and by its IRI before that.
@lru_cache(maxsize=64)
def fetch(engine: Engine, kind: str, slug: str) -> Thing:
    """Ask for all that the document of a thing holds; raises UnknownThing and Gone."""
    iri, stated = "", list[Statement]()
    for iri in candidates(kind, slug) if kind in KINDS and _SLUG.fullmatch(slug) else ():
        if stated := _statements(engine, "stated", iri):
            break
    if not stated:
        raise UnknownThing(kind, slug)
    pointing, names = _statements(engine, "pointing", iri), _statements(engine, "names", iri)
    within = _statements(engine, "within", iri) if kind in {"quote", "evidence"} else []
    labels: dict[str, dict[str, str]] = {}
    # Of several names the label is the one that is shown.
    for each in sorted((*stated, *names), key=lambda each: each.term == str(RDFS.label)):
        if each.term in _LABELS and isinstance(each.value, Literal):
            labels.setdefault(each.subject, {})[each.value.language or ""] = each.value.value
    whole, behind = max(len(pointing), len(within)) <= MOST, _statements(engine, "behind", iri)
    found = Thing(iri, stated, pointing[:MOST], within[:MOST], behind, names, labels, whole)
    replaced_by = sorted(found.values(DCTERMS.isReplacedBy))
    if replaced_by or "true" in found.values(OWL.deprecated):
        links = [Link(other, str(DCTERMS.isReplacedBy)) for other in replaced_by]
        after_this_request(lambda response: linked(response, links))
        both = text("%(one)s and %(other)s")
        hint = text("; in its place there is %(instead)s", instead=listing(both, replaced_by)) if replaced_by else ""
        raise Gone(text("The %(kind)s %(slug)r was withdrawn%(hint)s.", kind=kind, slug=slug, hint=hint))
    return found


def triples(thing: Thing) -> Iterator[Triple]:
    """Give the triples of the document: of the thing, of the quotes behind it, and of the document itself."""
    for each in (*thing.stated, *thing.pointing, *thing.within, *thing.behind, *thing.names):
        yield Triple(NamedNode(each.subject), NamedNode(each.term), each.value)
    parts = {"document": document(thing.iri), "edition": edition(), "modified": service().modified, "most": MOST}
    itself = render_template("document.ttl", thing=thing, dump=dump, slug_of=slug_of, **parts)
    yield from (quad.triple for quad in parse(itself, format=RdfFormat.TURTLE))


@blueprint.app_template_global()
def facts(thing: Thing, *without: str) -> dict[str, list[Fact]]:
    """Give what is stated of a thing by property, in the order of a card; without: those shown in another way."""
    here, stated = language(), []
    for each in thing.stated:
        row = {"property": each.term, "property_label": thing.name(each.term, here), "value": each.value.value}
        row |= {"stated_in": each.graph, "stated_in_label": thing.name(each.graph, here)}
        if isinstance(each.value, Literal):
            row["language"] = each.value.language or ""
        elif row["value"] in thing.labels:
            row["value_label"] = thing.name(row["value"], here)
        stated.append(row)
    return card(stated, *without, polyglot=_POLYGLOT)


def card(stated: Iterable[Mapping[str, str]], *without: str, polyglot: Container[str] = ()) -> dict[str, list[Fact]]:
    """Put statements of one thing into the order of a card, each value once, whatever number of graphs state it.

    Of the values of several sources those that are shown come first.

    What is in the other of our languages is left out where the same is there in that of the page, but for properties
    that are polyglot: of these every language is of interest.
    """
    by_term: dict[str, dict[tuple[str, str], list[Mapping[str, str]]]] = {}
    for row in stated:
        alike = by_term.setdefault(curie(row["property"]), {})
        alike.setdefault((row["value"], row.get("language", "")), []).append(row)
    facts, shown = {}, str(SHOWN)

    def is_behind(rows: Iterable[Mapping[str, str]]) -> bool:
        return all(row.get("stated_in") != shown for row in rows)

    for term in (each for each in CARD if each in by_term and each not in without):
        here, tags = language(), {tag for _, tag in by_term[term]}
        others = set(LANGUAGES) - {here} if here in tags and term not in polyglot else set()
        facts[term] = [
            Fact(
                label=initial(rows[0].get("property_label", slug_of(rows[0]["property"]))),
                text=write_value(rows[0]["property"], value, rows[0].get("value_label", "")),
                iri=value if _ADDRESS.fullmatch(value) else "",
                language=tag,
                # That it is shown is no ground of its own beside what states it.
                grounds={
                    row["stated_in"]: row["stated_in_label"]
                    for row in rows
                    if "stated_in" in row and (row["stated_in"] != shown or len(rows) == 1)
                },
            )
            for (value, tag), rows in sorted(by_term[term].items(), key=lambda each: is_behind(each[1]))
            if tag not in others
        ]
    return facts


def write_value(term: str, value: str, name: str = "") -> str:
    """Write the value of a property for people; term: the IRI of the property; name: of a value that has one."""
    if name:
        return initial(name) if term == str(SDO.measuredProperty) else name
    if term in _DATES:
        return date(value)
    if term in _NUMBERS:
        return number(value)
    if _ADDRESS.fullmatch(value):
        # Wikidata and the item, say, or the address without what every address has.
        work = next((name for namespace, name in _ELSEWHERE.items() if value.startswith(namespace)), "")
        if work or kind_of(value):
            return f"{work} {slug_of(value)}".lstrip()
        return value.partition("://")[2].rstrip("/") or value
    words = {"KMK": "km²", "IE": _("inhabitants"), "true": _("yes")}
    return cite(value) if term == str(SDO.citation) else words.get(value, value)


@blueprint.app_template_filter()
def stated_in(properties: Mapping[str, Iterable[Fact]], graph: str) -> list[str]:
    """Give what the properties are called of which a named graph states a value."""
    facts = (fact for values in properties.values() for fact in values if graph in fact.grounds)
    return list(dict.fromkeys(fact.label for fact in facts))


@blueprint.app_template_filter()
def cite(citation: str) -> str:
    """Write what is cited, with a link where that is an address, or a repository at one of its commits."""
    named = _COMMIT.search(citation)
    if named is None:
        return Markup(urlize(citation))  # noqa: S704 - it escapes what it is given
    before, after = citation[: named.start()], citation[named.end() :]
    link = Markup('<a href="https://github.com/{}/tree/{}">{}</a>').format(named[1], named[2], named[0])
    return escape(before) + link + escape(after)


@blueprint.app_template_filter()
def initial(label: str) -> str:
    """Begin a label with a capital letter, as what begins a line has it."""
    return label[:1].upper() + label[1:]


@cache
def query(name: str) -> str:
    """Give one of the queries by which documents are made."""
    return (files("twingraph.web") / "queries" / f"{name}.rq").read_text("utf-8")


def _statements(engine: Engine, name: str, iri: str) -> list[Statement]:
    """Ask for statements, in a fixed order; what the query leaves out of each is the thing itself."""
    body = engine.answer(query(name), values={"thing": URIRef(iri)}).body
    solutions: Any = parse_query_results(body, format=QueryResultsFormat.JSON)
    itself, variables, found = NamedNode(iri), [each.value for each in solutions.variables], []
    for solution in solutions:
        row = dict(zip(variables, solution, strict=True))
        subject, graph = row.get("s", itself).value, row["graph"].value if "graph" in row else ""
        found.append(Statement(subject, row["p"].value, row.get("o", itself), graph))
    return sorted(found, key=lambda each: (each.subject, each.term, str(each.value), each.graph))


def _document(known: Thing, ending: str) -> Response:
    here, release, kind, slug = edition(), service().files, kind_of(known.iri), slug_of(known.iri)
    addresses = {each: url_for(".in_format", kind=kind, slug=slug, ending=each) for each in PAGES}
    page = addresses.pop("html")
    # The links by which programs find their way: to the thing, its description, its licence and its whole.
    links = [Link(known.iri, "cite-as"), Link("https://schema.org/AboutPage", "type")]
    links += [Link(iri, "type") for iri in sorted(known.values(RDF.type))]
    links += [Link(here["licence"], "license")] if here else []
    if ending == "html":
        links += [Link(address, "describedby", FORMATS[other]) for other, address in addresses.items()]
    else:
        links.append(Link(page, "describes", PAGE))
    if known.iri == here.get("dataset"):
        dumps = {f"twingraph.{other}": media for other, media in _DUMPS.items() if f"twingraph.{other}" in release}
        links += [Link(url_for("downloads.latest", name=name), "item", media) for name, media in dumps.items()]
        if CATALOGUE in release:
            links.append(Link(url_for("downloads.in_format", ending="ttl"), "describedby", FORMATS["ttl"]))
    elif here:
        links.append(Link(here["dataset"], "collection"))
    if ending == "html":
        shown = {
            "thing": known,
            "edition": here,
            "links": links,
            "formats": addresses,
            "changes": changes_of(known.iri),
        }
        body: str | bytes = render_template([f"thing/{kind}.html", "thing.html"], **shown)
    else:
        body = write(triples(known), FORMATS[ending], _context(service()), known.iri)
    return linked(Response(body, content_type=content_type(PAGES[ending])), links)


@lru_cache(maxsize=4)
def _context(here: Service) -> dict[str, Any] | None:
    return json.loads(here.read(CONTEXT)) if CONTEXT in here.files else None
