"""What the page says, as facts that Wikidata may have too."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from decimal import Decimal
from itertools import permutations
from typing import TYPE_CHECKING, Literal

from rdflib.namespace import OWL, RDF, SDO

from twingraph.curation.derive import name_of
from twingraph.curation.graph import text_of
from twingraph.dates import SourceDate
from twingraph.vocab import TG, WD, slug_of, thing

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from rdflib.term import Node

    from twingraph.release.records import Agreement, Figure, LinkedTowns, Quote, Town, Twinning

LANGUAGES = ("en", "lv")


@dataclass(frozen=True, slots=True)
class Body:
    """A town or municipality; item: its Wikidata id, "" where none is confirmed.

    others: the items of the bodies of like name that it is told apart from.
    """

    slug: str
    item: str
    names: dict[str, str] = field(hash=False)
    others: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Fact:
    """What the page says once: of what, as printed, as read, in words in `en` and `lv`, and in which sentence.

    town: the slug of the partner in whose passage it stands; about: the partner or the body that it is true of.
    quote: None, and source "", where the page says nothing.
    """

    subject: str
    town: str
    about: Body
    printed: str
    read: str
    told: dict[str, str] = field(hash=False)
    quote: Quote | None = None
    source: str = ""


@dataclass(frozen=True, slots=True)
class Dated:
    """When an agreement was signed or amended, or since when there is cooperation; read: as exact as the page."""

    fact: Fact
    role: Literal["signed", "amended", "since"]


@dataclass(frozen=True, slots=True)
class Tie:
    """One town as the partner of another, this way round, with all that the page dates between the two."""

    fact: Fact
    one: Body
    other: Body
    dates: tuple[Dated, ...]


@dataclass(frozen=True, slots=True)
class Measured:
    """An area or a population, the body it is true of (None if none is known), and in words what was probably meant."""

    fact: Fact
    figure: Figure
    body: Body | None
    likely: dict[str, str] | None = field(hash=False)


@dataclass(frozen=True, slots=True)
class Placed:
    """The country of a town, read as its Wikidata id, and the latitude and longitude on file."""

    fact: Fact
    point: tuple[float, float] | None


@dataclass(frozen=True, slots=True)
class Claims:
    """All facts of a release that can be held against Wikidata; homes: the towns whose pages they are from."""

    homes: tuple[Body, ...]
    bodies: tuple[Body, ...]
    ties: tuple[Tie, ...]
    measured: tuple[Measured, ...]
    placed: tuple[Placed, ...]
    sites: tuple[Fact, ...]

    @property
    def items(self) -> list[str]:
        """The ids that Wikidata is to be asked about, sorted: the towns, and the bodies they are told apart from."""
        return sorted({item for body in self.bodies for item in (body.item, *body.others) if item})


def claims_of(towns: LinkedTowns) -> Claims:
    """Read the facts from the dataset of a release."""
    return _Reader(towns).claims()


def number(value: Decimal, language: str) -> str:
    """Write a number for people: `45,307` and `130.8`, in Latvian `45 307` and `130,8`."""
    return f"{value:,f}".translate({44: "\u00a0", 46: ","} if language == "lv" else {})


class _Reader:
    """The facts of one dataset, read by kind."""

    def __init__(self, towns: LinkedTowns) -> None:
        self._towns, self._graph = towns, towns.merged
        partners = {town.slug for town in towns.towns}
        self._partners = {slug: self._body(thing("place", slug)) for slug in sorted(partners)}
        pages = self._graph.subjects(RDF.type, SDO.WebPage)
        about = {slug_of(town) for page in pages for town in self._graph.objects(page, SDO.about)}
        self._homes = sorted(about & partners)

    def claims(self) -> Claims:
        measured = tuple(map(self._measured, self._towns.figures))
        described = [each.body for each in measured if each.body is not None]
        others = [town for town in self._towns.towns if town.slug not in self._homes]
        return Claims(
            homes=tuple(self._partners[slug] for slug in self._homes),
            bodies=(*self._partners.values(), *described),
            ties=tuple(self._ties()),
            measured=measured,
            placed=tuple(map(self._placed, others)),
            sites=tuple(self._site(town) for town in others if town.website),
        )

    def _body(self, place: Node) -> Body:
        names = {language: name_of(self._graph, place, language) for language in LANGUAGES}
        others = {self._item(other) for other in self._graph.objects(place, OWL.differentFrom)}
        return Body(slug_of(place), self._item(place), names, tuple(sorted(others - {""})))

    def _item(self, place: Node) -> str:
        same = sorted(str(iri) for iri in self._graph.objects(place, SDO.sameAs))
        return next((slug_of(iri) for iri in same if iri.startswith(str(WD))), "")

    def _fact(self, subject: Node, about: Body, words: tuple[str, str], told: dict[str, str], quote: Quote) -> Fact:
        """Make a fact; words: as printed and as read."""
        source = text_of(self._graph, thing("source", quote.source), SDO.url)
        return Fact(str(subject), about.slug, about, *words, told, quote, source)

    def _ties(self) -> Iterator[Tie]:
        pairs = {pair: None for tie in self._towns.twinnings for pair in permutations(tie.partners, 2)}
        for one, other in pairs:
            ties = [tie for tie in self._towns.twinnings if {one, other} <= {*tie.partners}]
            signed = [each for each in self._towns.agreements if {one, other} <= {*each.parties}]
            yield self._tie(self._partners[one], self._partners[other], ties, signed)

    def _tie(self, one: Body, other: Body, ties: list[Twinning], signed: list[Agreement]) -> Tie:
        """Rest a tie on the agreement of the fewest towns that began it, since that names them and may be dated."""
        partner = other if one.slug in self._homes else one
        first = min((each for each in signed if not each.amends), key=lambda each: len(each.parties), default=None)
        tie = min(ties, key=lambda each: len(each.partners))
        subject = thing("agreement", first.slug) if first else thing("twinning", tie.slug)
        told = {language: f"{one.names[language]} → {other.names[language]}" for language in LANGUAGES}
        words = (other.names["lv"], other.item)
        fact = self._fact(subject, partner, words, told, (first or tie).quote)
        return Tie(fact, one, other, tuple(self._dates(partner, ties, signed)))

    def _dates(self, partner: Body, ties: Iterable[Twinning], signed: Iterable[Agreement]) -> Iterator[Dated]:
        for agreement in signed:
            fact = self._date(thing("agreement", agreement.slug), partner, agreement.date, agreement.quote)
            yield Dated(fact, "amended" if agreement.amends else "signed")
        for tie in ties:
            if tie.since:
                iri = thing("twinning", tie.slug)
                yield Dated(self._date(iri, partner, tie.since, self._towns.quote_of(iri, TG.since)), "since")

    def _date(self, subject: Node, partner: Body, read: str, quote: Quote) -> Fact:
        date = SourceDate.parse(read)
        told = {language: date.in_words(language) if date else read for language in LANGUAGES}
        return self._fact(subject, partner, (text_of(self._graph, subject, TG.dateAsPrinted), read), told, quote)

    def _measured(self, figure: Figure) -> Measured:
        subject = thing("figure", figure.slug)
        described = self._graph.value(subject, TG.describes)
        body = None if described is None else self._body(described)
        words = (figure.printed, str(figure.value))
        town, likely = self._partners[figure.city], text_of(self._graph, subject, TG.likelyReading)
        fact = self._fact(subject, body or town, words, _told(figure, figure.value), figure.quote)
        meant = _told(figure, Decimal(likely)) if likely else None
        return Measured(replace(fact, town=figure.city), figure, body, meant)

    def _placed(self, town: Town) -> Placed:
        country = thing("country", town.country)
        told = {language: name_of(self._graph, country, language) for language in LANGUAGES}
        words = (told["lv"], self._item(country))
        quote = self._towns.quote_of(thing("place", town.slug), SDO.containedInPlace)
        fact = self._fact(thing("place", town.slug), self._partners[town.slug], words, told, quote)
        if town.latitude is None or town.longitude is None:
            return Placed(fact, None)
        return Placed(fact, (town.latitude, town.longitude))

    def _site(self, town: Town) -> Fact:
        place = thing("place", town.slug)
        quote, told = self._towns.quote_of(place, SDO.url), dict.fromkeys(LANGUAGES, town.website)
        return self._fact(place, self._partners[town.slug], (quote.exact, town.website), told, quote)


def _told(figure: Figure, value: Decimal) -> dict[str, str]:
    unit = " km²" if figure.measure == "area" else ""
    year = f" ({figure.year})" if figure.year else ""
    return {language: f"{number(value, language)}{unit}{year}" for language in LANGUAGES}
