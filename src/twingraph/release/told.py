"""What a release tells of towns, ties and agreements, in words of either language."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from rdflib.namespace import SKOS

from twingraph.curation.derive import name_of
from twingraph.dates import SourceDate
from twingraph.release.records import STANDINGS
from twingraph.vocab import slug_of, thing

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable

    from rdflib import URIRef

    from twingraph.release.records import Activity, Agreement, Figure, LinkedTowns, Town, Twinning

    Area = tuple[str, str]

_UNKNOWN = {"en": "not stated", "lv": "nav norādīts"}
_MEASURES = {"area": {"en": "area", "lv": "platība"}, "population": {"en": "population", "lv": "iedzīvotāju skaits"}}

_UNITS = {"km2": " km²", "persons": ""}


@dataclass(frozen=True, slots=True)
class Words:
    """The words of a release, for what records name by slugs; other: of which it takes those it has not itself."""

    towns: LinkedTowns
    other: LinkedTowns

    def name(self, kind: str, slug: str, language: str) -> str:
        """Give what a thing is called in a language."""
        iri = thing(kind, slug)
        merged = self.towns.merged if (iri, None, None) in self.towns.merged else self.other.merged
        labels = {getattr(label, "language", ""): str(label) for label in merged.objects(iri, SKOS.prefLabel)}
        return labels.get(language) or name_of(merged, iri, language)

    def names(self, kind: str, slugs: Iterable[str], language: str) -> str:
        """Give what things are called, one after the other; that none is stated where there are none."""
        return ", ".join(self.name(kind, slug, language) for slug in slugs if slug) or _UNKNOWN[language]

    def areas(self, subject: URIRef) -> set[Area]:
        """Give the areas of an agreement or tie as slugs, each with that of its standing."""
        found = self.towns.merged.objects
        return {(slug_of(area), standing) for standing, term in STANDINGS.items() for area in found(subject, term)}

    def listed(self, areas: Collection[Area], language: str) -> str:
        """Write areas by their standing: `culture, sport (agreed), trade (planned)`."""
        by_standing = {standing: sorted(area for area, its in areas if its == standing) for standing in STANDINGS}
        return ", ".join(
            f"{self.names('area', slugs, language)} ({self.name('standing', standing, language)})"
            for standing, slugs in by_standing.items()
            if slugs
        )


class Field(NamedTuple):
    """Something that records of a kind tell: what that is called, and how it reads of one of them in a language.

    date: the attribute that holds it if it is a date, which may become more exact.
    """

    english: str
    latvian: str
    read: Callable[[Words, Any, str], str]
    date: str = ""


class Kind(NamedTuple):
    """A kind of record: its name in IRIs, the records of a release, and how one is called and brought up.

    moved: the words before its name by which one is said to be added or removed, in English and Latvian.
    """

    name: str
    records: Callable[[LinkedTowns], Iterable[Any]]
    called: Callable[[Words, Any, str], str]
    moved: dict[str, tuple[str, str]]
    fields: tuple[Field, ...]


def in_words(date: str, language: str) -> str:
    """Write a date as exact as it is for people, or say that none is stated."""
    known = SourceDate.parse(date)
    return known.in_words(language) if known else date or _UNKNOWN[language]


def _text(value: object, language: str) -> str:
    return _UNKNOWN[language] if value in {"", None} else str(value)


def _town(words: Words, town: Town, language: str) -> str:
    name, country = words.name("place", town.slug, language), words.name("country", town.country, language)
    return f"{name} ({country})" if town.country else name


def _agreement(words: Words, agreement: Agreement, language: str) -> str:
    name = words.name("agreement", agreement.slug, language)
    return f"līgums „{name}”" if language == "lv" else f"the agreement “{name}”"


def _twinning(words: Words, twinning: Twinning, language: str) -> str:
    name = words.name("twinning", twinning.slug, language)
    return f"sadraudzība „{name}”" if language == "lv" else f"the tie “{name}”"


def _figure(words: Words, figure: Figure, language: str) -> str:
    year = f" {figure.year}" if figure.year else ""
    return f"{words.name('place', figure.city, language)}, {_MEASURES[figure.measure][language]}{year}"


def _activity(words: Words, activity: Activity, language: str) -> str:
    name = words.name("activity", activity.slug, language).rstrip(".")
    return f"pasākums „{name}”" if language == "lv" else f"the activity “{name}”"


def _coordinates(_: Words, town: Town, language: str) -> str:
    return _UNKNOWN[language] if town.latitude is None else f"{town.latitude}, {town.longitude}"


KINDS = (
    Kind(
        "place",
        lambda towns: towns.towns,
        _town,
        {
            "added": ("A twin town was added: ", "Pievienota sadraudzības pilsēta: "),
            "removed": ("A twin town was removed: ", "Svītrota sadraudzības pilsēta: "),
        },
        (
            Field("English name", "nosaukums angļu valodā", lambda _, town, __: town.name_en),
            Field("Latvian name", "nosaukums latviešu valodā", lambda _, town, __: town.name_lv),
            Field("local name", "nosaukums vietējā valodā", lambda _, town, __: town.name_native),
            Field("country", "valsts", lambda words, town, lang: words.names("country", [town.country], lang)),
            Field("Wikidata item", "Wikidata vienums", lambda _, town, lang: _text(town.wikidata, lang)),
            Field("GeoNames identifier", "GeoNames numurs", lambda _, town, lang: _text(town.geonames, lang)),
            Field("coordinates", "koordinātas", _coordinates),
            Field("website", "tīmekļvietne", lambda _, town, lang: _text(town.website, lang)),
        ),
    ),
    Kind(
        "twinning",
        lambda towns: towns.twinnings,
        _twinning,
        {
            "added": ("Added: ", "Pievienota "),
            "removed": ("Removed: ", "Svītrota "),
        },
        (
            Field("partners", "partneri", lambda words, tie, lang: words.names("place", tie.partners, lang)),
            Field("kind of tie", "saiknes veids", lambda words, tie, lang: words.names("tie", [tie.kind], lang)),
            Field("beginning", "sākuma datums", lambda _, tie, lang: in_words(tie.since, lang), "since"),
        ),
    ),
    Kind(
        "agreement",
        lambda towns: towns.agreements,
        _agreement,
        {
            "added": ("An agreement was added: ", "Pievienots līgums: "),
            "removed": ("An agreement was removed: ", "Svītrots līgums: "),
        },
        (
            Field("date", "datums", lambda _, each, lang: in_words(each.date, lang), "date"),
            Field("parties", "puses", lambda words, each, lang: words.names("place", each.parties, lang)),
            Field(
                "kind of document",
                "dokumenta veids",
                lambda words, each, lang: words.names("document", [each.document], lang),
            ),
            Field(
                "amended agreement",
                "grozītais līgums",
                lambda words, each, lang: words.names("agreement", [each.amends], lang),
            ),
        ),
    ),
    Kind(
        "figure",
        lambda towns: towns.figures,
        _figure,
        {
            "added": ("A figure was added: ", "Pievienots skaitlis: "),
            "removed": ("A figure was removed: ", "Svītrots skaitlis: "),
        },
        (
            Field("number", "skaitlis", lambda _, figure, __: f"{figure.value}{_UNITS[figure.unit]}"),
            Field("wording of the page", "lapas pieraksts", lambda _, figure, __: f"“{figure.printed}”"),
            Field(
                "assessment",
                "vērtējums",
                lambda words, figure, lang: words.names("assessment", [figure.assessment], lang),
            ),
            Field("body it is true of", "kam tas atbilst", lambda _, figure, lang: _text(figure.describes, lang)),
        ),
    ),
    Kind(
        "activity",
        lambda towns: towns.activities,
        _activity,
        {
            "added": ("Added: ", "Pievienots "),
            "removed": ("Removed: ", "Svītrots "),
        },
        (
            Field("English name", "nosaukums angļu valodā", lambda _, each, __: each.what_en),
            Field(
                "organisations",
                "organizācijas",
                lambda words, each, lang: words.names("organisation", each.organisations, lang),
            ),
            Field(
                "programme",
                "programma",
                lambda words, each, lang: words.names("programme", [each.programme], lang),
            ),
            Field("beginning", "sākuma datums", lambda _, each, lang: in_words(each.begins, lang), "begins"),
            Field("end", "beigu datums", lambda _, each, lang: in_words(each.ends, lang), "ends"),
            Field("number of participants", "dalībnieku skaits", lambda _, each, lang: _text(each.people, lang)),
        ),
    ),
)
"""Towns first, since what comes or goes with a town is told with it."""
