"""What the sources say, as claims that Wikidata may have as statements."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from decimal import Decimal
from itertools import permutations
from typing import TYPE_CHECKING

from rdflib.namespace import OWL, RDF, SDO

from twingraph.curation.derive import name_of
from twingraph.curation.graph import text_of
from twingraph.dates import SourceDate
from twingraph.release.records import NO_QUOTE, Quote
from twingraph.vocab import TG, WD, slug_of, thing
from twingraph.wikidata.entities import KM2, Value
from twingraph.words import LANGUAGES, Language

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rdflib.term import Node

    from twingraph.release.records import Figure, LinkedTowns, Twinning


@dataclass(frozen=True, slots=True)
class Body:
    """A town or municipality, its item ("" where none is confirmed), those of others of like name, its place."""

    slug: str
    item: str
    names: dict[Language, str] = field(hash=False)
    others: tuple[str, ...] = ()
    point: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class Claim:
    """What a source says once: of what, by which of Wikidata's properties, as printed, as read, and in words.

    town: the slug of the partner in whose passage it stands; about: the partner or the body that it is true of.
    quote: without an IRI, and source "", where no page says it. role: of a date, whether an agreement was `signed` or
    `amended` then, or there has been cooperation `since`. likely: in words, what was probably meant by a figure.
    has_lapsed: of a tie, whether it is suspended or has ended by the latest word on it.
    """

    subject: str
    property: str
    town: str
    about: Body
    printed: str
    read: str
    words: dict[Language, str] = field(hash=False)
    quote: Quote = NO_QUOTE
    source: str = ""
    role: str = ""
    figure: Figure | None = None
    likely: dict[Language, str] | None = field(default=None, hash=False)
    has_lapsed: bool = False


class Claims:
    """The claims of a release that can be compared with Wikidata; homes: the towns whose pages they are from."""

    def __init__(self, towns: LinkedTowns) -> None:
        self._towns, self._graph = towns, towns.merged
        self._bodies = {town.slug: self._body(thing("place", town.slug)) for town in towns.towns}
        pages = self._graph.subjects(RDF.type, SDO.WebPage)
        homes = {slug_of(town) for page in pages for town in self._graph.objects(page, SDO.about)}
        self.homes = [body for slug, body in self._bodies.items() if slug in homes]

    @property
    def items(self) -> list[str]:
        """The ids that a snapshot is to be made of: of the towns, and of the bodies they are told apart from."""
        bodies = [*self._bodies.values(), *(each.about for each in self.facts())]
        ids = {item for body in bodies for item in (body.item, *body.others) if item}
        return sorted(ids, key=lambda item: int(item[1:]))

    def ties(self) -> Iterator[tuple[Claim, Body, Body, list[Claim]]]:
        """Give the ties, each both ways round: one town as the partner of another, and the dates given between them."""
        for pair in dict.fromkeys(pair for tie in self._towns.twinnings for pair in permutations(tie.partners, 2)):
            one, other = (self._bodies[slug] for slug in pair)
            partner = other if one in self.homes else one
            ties = [tie for tie in self._towns.twinnings if {*pair} <= {*tie.partners}]
            signed = [each for each in self._towns.agreements if {*pair} <= {*each.parties}]
            # The agreement of the fewest towns that began it names them, and may be dated.
            begun = [each for each in signed if not each.amends]
            founding = min(begun, key=lambda each: len(each.parties), default=None)
            tie = min(ties, key=lambda each: len(each.partners))
            subject = thing("agreement", founding.slug) if founding else thing("twinning", tie.slug)
            quote = founding.quote if founding else tie.quote
            words = {language: f"{one.names[language]} → {other.names[language]}" for language in LANGUAGES}
            claim = self._claim(subject, "P190", partner, (other.names["lv"], other.item), words, quote)
            claim = replace(claim, has_lapsed=all(map(self._has_lapsed, ties)))
            known = [
                ("agreement", each.slug, each.date, "amended" if each.amends else "signed")
                for each in signed
                if each.date
            ]
            known += [("twinning", each.slug, each.since, "since") for each in ties if each.since]
            dates = []
            for kind, slug, read, role in known:
                subject, date = thing(kind, slug), SourceDate.parse(read)
                quote = self._towns.quote_of(subject, TG.since if role == "since" else TG.signed)
                words = {language: date.in_words(language) if date else read for language in LANGUAGES}
                printed = text_of(self._graph, subject, TG.dateAsPrinted)
                dates.append(replace(self._claim(subject, "P580", partner, (printed, read), words, quote), role=role))
            yield claim, one, other, dates

    def facts(self) -> Iterator[Claim]:
        """Give areas and populations (of no item and slug where it is not known of what), countries, and web sites.

        Figures that are approximate or a range are left out: Wikidata has, or is to have, better ones.
        """
        for figure in (each for each in self._towns.figures if each.value and not each.approximate):
            subject, term = thing("figure", figure.slug), "P2046" if figure.measure == "area" else "P1082"
            described = self._graph.value(subject, TG.describes)
            body = self._body(described) if described else replace(self._bodies[figure.city], slug="", item="")
            claim = self._claim(subject, term, body, (figure.printed, str(figure.value)), _words(figure), figure.quote)
            likely = text_of(self._graph, subject, TG.likelyReading)
            meant = _words(replace(figure, value=Decimal(likely))) if likely else None
            yield replace(claim, town=figure.city, figure=figure, likely=meant)
        for town in self._towns.towns:
            place, country, body = thing("place", town.slug), thing("country", town.country), self._bodies[town.slug]
            if body in self.homes:
                continue
            names, quote = self._names(country), self._towns.quote_of(place, SDO.containedInPlace)
            yield self._claim(place, "P17", body, (names["lv"], self._item(country)), names, quote)
            if town.website:
                words, quote = dict.fromkeys(LANGUAGES, town.website), self._towns.quote_of(place, SDO.url)
                yield self._claim(place, "P856", body, (quote.exact, town.website), words, quote)

    def _has_lapsed(self, tie: Twinning) -> bool:
        shown = self._towns.graph(thing("rule", "shown"))
        return shown.value(thing("twinning", tie.slug), TG.status) in {
            thing("status", "suspended"),
            thing("status", "ended"),
        }

    def _body(self, place: Node) -> Body:
        others = {self._item(other) for other in self._graph.objects(place, OWL.differentFrom)}
        point = [text_of(self._graph, place, term) for term in (SDO.latitude, SDO.longitude)]
        known = (float(point[0]), float(point[1])) if all(point) else None
        return Body(slug_of(place), self._item(place), self._names(place), tuple(sorted(others - {""})), known)

    def _names(self, node: Node) -> dict[Language, str]:
        return {language: name_of(self._graph, node, language) for language in LANGUAGES}

    def _item(self, place: Node) -> str:
        same = sorted(str(iri) for iri in self._graph.objects(place, SDO.sameAs))
        return next((slug_of(iri) for iri in same if iri.startswith(str(WD))), "")

    def _claim(  # noqa: PLR0913, PLR0917 - all that a claim consists of
        self, subject: Node, term: str, about: Body, read: tuple[str, str], words: dict[Language, str], quote: Quote
    ) -> Claim:
        source = text_of(self._graph, thing("source", quote.source), SDO.url) if quote.iri else ""
        return Claim(str(subject), term, about.slug, about, *read, words, quote, source)


def quantity_of(figure: Figure) -> Value:
    """Give a figure as Wikidata has it, an area with its unit."""
    return Value("quantity", str(figure.value), unit=KM2 if figure.measure == "area" else None)


def _words(figure: Figure) -> dict[Language, str]:
    year = f" ({figure.year})" if figure.year else ""
    return {language: quantity_of(figure).in_words(language) + year for language in LANGUAGES}
