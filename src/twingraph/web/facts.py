"""The facts of a thing as its page lists them, each with the sentence, evidence or rule that states it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from pyoxigraph import Literal
from rdflib.namespace import SDO

from twingraph.vocab import TG, curie, kind_of, slug_of
from twingraph.web.http import href
from twingraph.web.language import date, language, language_name, number
from twingraph.web.language import gettext as _
from twingraph.web.service import rows
from twingraph.words import LANGUAGES

if TYPE_CHECKING:
    from collections.abc import Container, Iterable

    from flask import Flask

    from twingraph.web.documents import Thing
    from twingraph.web.service import Row

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
_DATES = frozenset(map(str, (TG.signed, TG.since, SDO.startDate, SDO.endDate, SDO.observationDate)))
_NUMBERS = frozenset(map(str, (TG.participants, TG.likelyReading, SDO.value, SDO.latitude, SDO.longitude)))
_ELSEWHERE = {
    "http://www.wikidata.org/entity/": "Wikidata",
    "https://sws.geonames.org/": "GeoNames",
    "http://eurovoc.europa.eu/": "EuroVoc",
    "http://publications.europa.eu/resource/authority/": "EU Publications Office",
}


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


def prepare(app: Flask) -> None:
    """Let the pages of an application show the facts of things."""
    app.jinja_env.globals.update(facts=facts, kind_of=kind_of, rows=rows, href=href, language_name=language_name)
    app.jinja_env.filters.update(initial=initial)


def facts(thing: Thing, *without: str) -> dict[str, list[Fact]]:
    """Give what is stated of a thing by property, as `schema:name`, in the order of a card.

    without: properties that the page shows in another way.
    """
    here, stated = language(), []
    for each in thing.stated:
        row = {"property": each.term, "property_label": thing.name(each.term, here), "value": each.value.value}
        row |= {"stated_in": each.graph, "stated_in_label": thing.name(each.graph, here)}
        if isinstance(each.value, Literal):
            row["language"] = each.value.language or ""
        elif row["value"] in thing.labels:
            row["value_label"] = thing.name(row["value"], here)
        stated.append(row)
    return card(stated, *without, polyglot=("schema:name", "schema:alternateName"))


def card(stated: Iterable[Row], *without: str, polyglot: Container[str] = ()) -> dict[str, list[Fact]]:
    """Put statements of one thing into the order of a card, each value once, whatever number of graphs state it.

    What is in the other of our languages is left out where the same is there in that of the page, but for properties
    that are polyglot: of these every language is of interest.
    """
    by_term: dict[str, dict[tuple[str, str], list[Row]]] = {}
    for row in stated:
        alike = by_term.setdefault(curie(row["property"]), {})
        alike.setdefault((row["value"], row.get("language", "")), []).append(row)
    facts = {}
    for term in (each for each in CARD if each in by_term and each not in without):
        here, tags = language(), {tag for _, tag in by_term[term]}
        others = set(LANGUAGES) - {here} if here in tags and term not in polyglot else set()
        facts[term] = [
            Fact(
                label=initial(rows[0].get("property_label", slug_of(rows[0]["property"]))),
                text=render(rows[0]["property"], value, rows[0].get("value_label", "")),
                iri=value if value.startswith(("http://", "https://")) else "",
                language=tag,
                grounds={row["stated_in"]: row["stated_in_label"] for row in rows if "stated_in" in row},
            )
            for (value, tag), rows in by_term[term].items()
            if tag not in others
        ]
    return facts


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


def elsewhere(iri: str) -> str:
    """Say where an IRI of others leads: Wikidata and the item, or the address without what every address has."""
    for namespace, name in _ELSEWHERE.items():
        if iri.startswith(namespace):
            return f"{name} {slug_of(iri)}"
    return iri.partition("://")[2].rstrip("/") or iri


def initial(label: str) -> str:
    """Begin a label with a capital letter, as what begins a line has it."""
    return label[:1].upper() + label[1:]
