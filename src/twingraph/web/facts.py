"""The facts of a thing as its page lists them, each with the sentence, evidence or rule that states it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypeVar

from pyoxigraph import Literal, NamedNode
from rdflib.namespace import SDO

from twingraph.vocab import TG, curie, kind_of, slug_of
from twingraph.web.answers import rows
from twingraph.web.language import date, language, language_name, number
from twingraph.web.language import gettext as _
from twingraph.web.links import href
from twingraph.words import LANGUAGES, text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from flask import Flask

    from twingraph.web.documents import Statement, Thing

    Value = TypeVar("Value")

CARD = (
    *("oa:exact", "tg:leftOut", "prov:wasQuotedFrom", "schema:name", "skos:prefLabel", "schema:alternateName"),
    *("skos:altLabel", "skos:definition", "schema:identifier", "schema:containedInPlace", "owl:differentFrom"),
    *("dct:type", "tg:party", "tg:partner", "tg:twinning", "tg:amends", "tg:signed", "tg:since", "schema:startDate"),
    *("schema:endDate", "tg:typeAsPrinted", "tg:dateAsPrinted", "tg:agreedArea", "tg:plannedArea", "tg:begunArea"),
    *("tg:undertakenArea", "tg:activityArea", "tg:participants", "schema:contributor", "schema:organizer"),
    *("tg:programme", "schema:about", "schema:location", "schema:parentOrganization", "schema:observationAbout"),
    *("schema:measuredProperty", "tg:asPrinted", "schema:value", "schema:unitCode", "schema:observationDate"),
    *("tg:describes", "tg:assessment", "tg:likelyReading", "rdfs:comment", "schema:latitude", "schema:longitude"),
    *("schema:url", "schema:inLanguage", "schema:publisher", "schema:copyrightNotice", "schema:citation"),
    *("tg:confidence", "schema:sameAs", "skos:exactMatch", "skos:closeMatch", "skos:broadMatch", "skos:narrowMatch"),
    "skos:relatedMatch",
)
"""The properties that a card shows, in their order there; the ontology says what they are called."""
KINDS = {
    "place": text("Place"),
    "country": text("Country"),
    "twinning": text("Tie"),
    "agreement": text("Agreement"),
    "activity": text("Activity"),
    "programme": text("Programme"),
    "organisation": text("Organisation"),
    "figure": text("Figure"),
    "area": text("Area of cooperation"),
    "topic": text("Topic"),
    "mention": text("Mention"),
    "source": text("Source page"),
    "quote": text("Passage of the page"),
    "evidence": text("Evidence"),
    "rule": text("Rule"),
    "scheme": text("List of terms"),
    "dataset": text("Dataset"),
    "query": text("Query"),
    "tie": text("Kind of tie"),
    "document": text("Kind of document"),
    "standing": text("Standing of an area"),
    "assessment": text("Assessment"),
    "precision": text("Precision of a date"),
    "confidence": text("Confidence"),
}
"""What the kinds of things are called that `vocab.KINDS` lists."""
_DATES = frozenset(map(str, (TG.signed, TG.since, SDO.startDate, SDO.endDate, SDO.observationDate)))
_NUMBERS = frozenset(map(str, (TG.participants, TG.likelyReading, SDO.value, SDO.latitude, SDO.longitude)))
# Of these all languages are of interest.
_NAMES = frozenset(("schema:name", "schema:alternateName"))
_ELSEWHERE = {
    "http://www.wikidata.org/entity/": "Wikidata",
    "https://sws.geonames.org/": "GeoNames",
    "http://eurovoc.europa.eu/": "EuroVoc",
    "http://publications.europa.eu/resource/authority/": "EU Publications Office",
}


class Ground(NamedTuple):
    """What states a fact: a named graph, what kind of thing that is, and the sentence or name that it goes by."""

    graph: str
    kind: str
    words: str


class Fact(NamedTuple):
    """A value as people read it, and what states it.

    label: what the property is called; iri: of a value that is a thing; language: of a value in words.
    """

    label: str
    text: str
    iri: str
    language: str
    grounds: list[Ground]


def prepare(app: Flask) -> None:
    """Let the pages of an application show the facts of things."""
    app.jinja_env.globals.update(facts=facts, kind=kind, rows=rows, href=href, language_name=language_name)
    app.jinja_env.filters.update(initial=initial)


def facts(thing: Thing, *without: str) -> dict[str, list[Fact]]:
    """Give what is stated of a thing by property, as `schema:name`, in the order of a card.

    without: properties that the page shows in another way.
    """
    stated: dict[str, dict[NamedNode | Literal, list[Statement]]] = {}
    for each in thing.stated:
        stated.setdefault(curie(each.term), {}).setdefault(each.value, []).append(each)
    return {term: _facts(thing, term, stated[term]) for term in CARD if term in stated and term not in without}


def _facts(thing: Thing, term: str, stated: dict[NamedNode | Literal, list[Statement]]) -> list[Fact]:
    """Give each value once, whatever number of graphs state it."""
    values = list(stated) if term in _NAMES else in_language(stated, _language)
    found = []
    for value in values:
        iri, property_iri = value.value if isinstance(value, NamedNode) else "", stated[value][0].term
        name = thing.name(iri, language()) if iri in thing.labels else ""
        graphs = [each.graph for each in stated[value]]
        grounds = [Ground(graph, kind_of(graph) or "", thing.name(graph, language())) for graph in graphs]
        label = initial(thing.name(property_iri, language()))
        found.append(Fact(label, render(property_iri, value.value, name), iri, _language(value), grounds))
    return found


def in_language(values: Iterable[Value], tag: Callable[[Value], str]) -> list[Value]:
    """Leave out what is in the other of our languages, where the same is there in that of the page.

    tag: gives the language tag of a value, "" for one that has none.
    """
    values, others = list(values), set(LANGUAGES) - {language()}
    if language() not in map(tag, values):
        return values
    return [each for each in values if tag(each) not in others]


def render(term: str, value: str, name: str = "") -> str:
    """Write the value of a property for people; term: the IRI of the property; name: of a value that has one."""
    if name:
        return initial(name) if term == str(SDO.measuredProperty) else name
    if term in _DATES:
        return date(value)
    if term in _NUMBERS:
        return number(value)
    if value.startswith(("http://", "https://")):
        return slug_of(value) if kind_of(value) else elsewhere(value)
    return {"KMK": "km²", "IE": _("inhabitants")}.get(value, value)


def kind(iri: str) -> str:
    """Say of which kind a thing is, "" for what is none of ours."""
    name = KINDS.get(kind_of(iri) or "")
    return name.in_language(language()) if name else ""


def elsewhere(iri: str) -> str:
    """Say where an IRI of others leads: Wikidata and the item, or the address without what every address has."""
    for namespace, name in _ELSEWHERE.items():
        if iri.startswith(namespace):
            return f"{name} {slug_of(iri)}"
    return iri.partition("://")[2].rstrip("/") or iri


def initial(label: str) -> str:
    """Begin a label with a capital letter, as what begins a line has it."""
    return label[:1].upper() + label[1:]


def _language(value: NamedNode | Literal) -> str:
    return (value.language or "") if isinstance(value, Literal) else ""
