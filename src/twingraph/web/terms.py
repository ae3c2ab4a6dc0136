"""What people call the properties and kinds of things, in the language of the page."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from babel import Locale

from twingraph.vocab import kind_of, slug_of
from twingraph.web.language import gettext as _
from twingraph.web.language import language

if TYPE_CHECKING:
    from twingraph.words import Language

_ELSEWHERE = {
    "http://www.wikidata.org/entity/": "Wikidata",
    "https://sws.geonames.org/": "GeoNames",
    "http://eurovoc.europa.eu/": "EuroVoc",
    "http://publications.europa.eu/resource/authority/": "EU Publications Office",
}


def kind(iri: str) -> str:
    """Say of which kind a thing is, "" for what is none of ours."""
    return _kinds(language()).get(kind_of(iri) or "", "")


def labels() -> dict[str, str]:
    """Give what the properties on a card are called, in their order there."""
    return _labels(language())


def tongue(tag: str) -> str:
    """Name a language: `sv` is Swedish."""
    return str(Locale.parse(language()).languages.get(tag, tag))


def elsewhere(iri: str) -> str:
    """Say where an IRI of others leads: Wikidata and the item, or the address without what every address has."""
    for namespace, name in _ELSEWHERE.items():
        if iri.startswith(namespace):
            return f"{name} {slug_of(iri)}"
    return iri.partition("://")[2].rstrip("/") or iri


# Called with the language only so that each has its own.
@lru_cache(maxsize=2)
def _kinds(_language: Language) -> dict[str, str]:
    return {
        "place": _("Place"),
        "country": _("Country"),
        "twinning": _("Tie"),
        "agreement": _("Agreement"),
        "activity": _("Activity"),
        "programme": _("Programme"),
        "organisation": _("Organisation"),
        "figure": _("Figure"),
        "area": _("Area of cooperation"),
        "topic": _("Topic"),
        "mention": _("Mention"),
        "source": _("Source page"),
        "quote": _("Passage of the page"),
        "evidence": _("Evidence"),
        "rule": _("Rule"),
        "scheme": _("List of terms"),
        "dataset": _("Dataset"),
        "query": _("Query"),
        "tie": _("Kind of tie"),
        "document": _("Kind of document"),
        "standing": _("Standing of an area"),
        "assessment": _("Assessment"),
        "precision": _("Precision of a date"),
        "confidence": _("Confidence"),
    }


@lru_cache(maxsize=2)
def _labels(_language: Language) -> dict[str, str]:
    return {**_words(), **_ties(), **_activities(), **_figures(), **_whereabouts()}


def _words() -> dict[str, str]:
    return {
        "oa:exact": _("Words of the page"),
        "tg:leftOut": _("Why it supports no statement"),
        "prov:wasQuotedFrom": _("Source"),
        "schema:name": _("Name"),
        "skos:prefLabel": _("Name"),
        "schema:alternateName": _("Other spelling"),
        "skos:altLabel": _("Words on the page"),
        "skos:definition": _("Definition"),
        "schema:identifier": _("Code"),
    }


def _ties() -> dict[str, str]:
    return {
        "schema:containedInPlace": _("Country"),
        "owl:differentFrom": _("Not to be confused with"),
        "dct:type": _("Kind"),
        "tg:party": _("Party"),
        "tg:partner": _("Partner"),
        "tg:twinning": _("Tie"),
        "tg:amends": _("Amends"),
        "tg:signed": _("Signed"),
        "tg:since": _("Since"),
        "schema:startDate": _("Begins"),
        "schema:endDate": _("Ends"),
        "tg:typeAsPrinted": _("Called on the page"),
        "tg:dateAsPrinted": _("Dated on the page"),
        "tg:agreedArea": _("Agreed area"),
        "tg:plannedArea": _("Planned area"),
        "tg:begunArea": _("Begun area"),
        "tg:undertakenArea": _("Undertaken area"),
        "tg:activityArea": _("Area of an activity"),
    }


def _activities() -> dict[str, str]:
    return {
        "tg:participants": _("People"),
        "schema:contributor": _("Takes part"),
        "schema:organizer": _("Organiser"),
        "tg:programme": _("Programme"),
        "schema:about": _("About"),
        "schema:location": _("Where"),
        "schema:parentOrganization": _("Part of"),
    }


def _figures() -> dict[str, str]:
    return {
        "schema:observationAbout": _("Stands beside"),
        "schema:measuredProperty": _("Measure"),
        "tg:asPrinted": _("As printed"),
        "schema:value": _("Read as"),
        "schema:unitCode": _("Unit"),
        "schema:observationDate": _("Year"),
        "tg:describes": _("True of"),
        "tg:assessment": _("Assessment"),
        "tg:likelyReading": _("Probably meant"),
        "rdfs:comment": _("Note"),
    }


def _whereabouts() -> dict[str, str]:
    return {
        "schema:latitude": _("Latitude"),
        "schema:longitude": _("Longitude"),
        "schema:url": _("Web site"),
        "schema:inLanguage": _("Language"),
        "schema:publisher": _("Publisher"),
        "schema:copyrightNotice": _("Rights"),
        "schema:citation": _("Works cited"),
        "tg:confidence": _("Confidence"),
        "schema:sameAs": _("Described elsewhere"),
        "skos:exactMatch": _("The same elsewhere"),
        "skos:closeMatch": _("Nearly the same elsewhere"),
        "skos:broadMatch": _("Broader elsewhere"),
        "skos:narrowMatch": _("Narrower elsewhere"),
        "skos:relatedMatch": _("Related elsewhere"),
    }
