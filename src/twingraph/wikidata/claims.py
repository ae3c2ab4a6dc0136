"""What the sources say, as claims that Wikidata may have as statements."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from decimal import Decimal
from itertools import permutations
from typing import TYPE_CHECKING

from rdflib import URIRef
from rdflib.namespace import OWL, RDF, SDO, SKOS

from twingraph.curation.derive import name_of, source_of
from twingraph.curation.graph import text_of, texts_of
from twingraph.dates import SourceDate
from twingraph.release.records import NO_QUOTE, Quote
from twingraph.vocab import OBSERVATION_ABOUT, SHOWN, TG, WD, kind_of, slug_of, thing
from twingraph.wikidata.entities import KM2, Value
from twingraph.words import LANGUAGES, Language

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from rdflib.term import Node

    from twingraph.release.records import Figure, LinkedTowns


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
    quote: that of a source which is only cited has no words; it has no IRI, and source is "", where none says it. role:
    of a date, whether an agreement was `signed` or `amended` then, or there has been cooperation `since`; of any claim,
    `disputed` where sources contradict each other. likely: in words, what was probably meant by a figure. stopped: of a
    tie that was suspended or has ended, which of the two and when, in words, with the quote of the notice.
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
    stopped: Claim | None = None


class Claims:
    """The claims of a release that can be compared with Wikidata; homes: the towns whose pages they are from."""

    def __init__(self, towns: LinkedTowns) -> None:
        self._towns, self._graph, self._shown = towns, towns.merged, towns.graph(SHOWN)
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
            stop = self._stop(subject, partner) or self._stop(thing("twinning", tie.slug), partner)
            claim = replace(claim, stopped=stop)
            known = [(thing("agreement", each.slug), TG.signed, bool(each.amends)) for each in signed]
            known += [(thing("twinning", each.slug), TG.since, False) for each in ties]
            dates = [date for each in known for date in self._dates(partner, *each)]
            dates = [replace(each, stopped=stop or self._stop(URIRef(each.subject), partner)) for each in dates]
            yield claim, one, other, dates

    def facts(self) -> Iterator[Claim]:
        """Give areas and populations (of no item and slug where it is not known of what), countries, and web sites.

        Figures that are approximate or a range are left out: Wikidata has, or is to have, better ones.
        """
        for figure in (each for each in self._towns.figures if each.value and not each.approximate):
            subject, term = thing("figure", figure.slug), "P2046" if figure.measure == "area" else "P1082"
            described = self._graph.value(subject, OBSERVATION_ABOUT)
            body = self._body(described) if described else replace(self._bodies[figure.city], slug="", item="")
            claim = self._claim(subject, term, body, (figure.printed, str(figure.value)), _words(figure), figure.quote)
            likely = text_of(self._graph, subject, TG.likelyReading)
            meant = _words(replace(figure, value=Decimal(likely))) if likely else None
            values = sorted(Decimal(str(value)) for value in self._shown.objects(subject, SDO.value))
            if len(values) > 1:
                words = _join(_words(replace(figure, value=value)) for value in values)
                claim = replace(claim, read=" ".join(map(str, values)), words=words, role="disputed")
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

    def _dates(self, partner: Body, subject: Node, term: Node, is_amendment: bool) -> Iterator[Claim]:  # noqa: FBT001 - of three
        """Give the date of an agreement, or of a cooperation, if it has one; in one claim those that contradict."""
        values = sorted(self._shown.objects(subject, term), key=str)
        known = [(str(value), SourceDate.parse(str(value))) for value in values]
        if not known:
            return
        role = "since" if term == TG.since else "amended" if is_amendment else "signed"
        words = _join({each: date.in_words(each) if date else read for each in LANGUAGES} for read, date in known)
        quote = next(iter(self._towns.quotes_of(subject, term, values[-1])), NO_QUOTE)
        printed = text_of(self._towns.graph(URIRef(quote.iri)), subject, TG.dateAsPrinted) if quote.iri else ""
        read = " ".join(read for read, _ in known)
        claim = self._claim(subject, "P580", partner, (printed, read), words, quote)
        yield replace(claim, role=role if len(known) == 1 else "disputed")

    def _stop(self, subject: Node, partner: Body) -> Claim | None:
        """Give the notice by which a tie or an agreement was suspended or has ended; None where it goes on."""
        status, notice = (self._shown.value(subject, term) for term in (TG.status, TG.statusStatedIn))
        if status is None or slug_of(status) not in {"suspended", "ended"}:
            return None
        date, bound = (SourceDate.parse(text_of(self._shown, subject, t)) for t in (TG.statusDate, TG.statusNotBefore))
        words, labels = {}, texts_of(self._graph, status, SKOS.prefLabel)
        for each in LANGUAGES:
            when = date.in_words(each) if date else bound.as_bound(each) if bound else ""
            words[each] = f"{labels[each]} ({when})" if when else labels[each]
        quote = self._quote(subject, notice) if notice else NO_QUOTE
        return self._claim(subject, "P582", partner, ("", ""), words, quote)

    def _quote(self, subject: Node, graph: Node) -> Quote:
        """Give the quote that a graph is, or what a source is cited by that is not quoted; else `NO_QUOTE`."""
        quotes, source = {each.iri: each for each in self._towns.quotes_of(subject)}, source_of(self._graph, graph)
        cited = Quote(str(graph), slug_of(source), "", 0, 0) if source else NO_QUOTE
        return quotes.get(str(graph), cited)

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
        if not quote.iri:
            stating = sorted(map(str, self._graph.objects(subject, TG.statedIn)))
            cited = (self._quote(subject, URIRef(name)) for name in stating if kind_of(name) == "evidence")
            quote = next((each for each in cited if each.iri), NO_QUOTE)
        source = text_of(self._graph, thing("source", quote.source), SDO.url) if quote.iri else ""
        return Claim(str(subject), term, about.slug, about, *read, words, quote, source)


def quantity_of(figure: Figure) -> Value:
    """Give a figure as Wikidata has it, an area with its unit."""
    return Value("quantity", str(figure.value), unit=KM2 if figure.measure == "area" else None)


def _join(several: Iterable[dict[Language, str]]) -> dict[Language, str]:
    """Write values, each in all languages, one after the other."""
    words = list(several)
    return {language: " / ".join(each[language] for each in words) for language in LANGUAGES}


def _words(figure: Figure) -> dict[Language, str]:
    year = f" ({figure.year})" if figure.year else ""
    return {language: quantity_of(figure).in_words(language) + year for language in LANGUAGES}
