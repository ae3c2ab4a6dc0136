"""Records of towns, ties, agreements and what is said of them, each with its quote."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal  # noqa: TC003 - the type of fields, looked up when this is loaded
from functools import cached_property, partial
from typing import TYPE_CHECKING, Annotated, Any, Self, TypeVar, get_args, get_origin, get_type_hints

from rdflib import Dataset, Graph, Literal, URIRef
from rdflib.namespace import DCTERMS, PROV, RDF, RDFS, SDO, SKOS

from twingraph.curation.derive import (
    COUNTED,
    DATED,
    MAIN,
    claims_in,
    date_of,
    dates_of,
    exactness,
    home_first,
    precedence,
    source_of,
    sources_in_time,
    start_of,
)
from twingraph.curation.graph import filled, text_of
from twingraph.names import fold
from twingraph.vocab import GEONAMES, OA, OBSERVATION_ABOUT, SHOWN, TG, WD, kind_of, slug_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from rdflib.store import Store
    from rdflib.term import Node

    from twingraph.curation.graph import Curated

_Record = TypeVar("_Record")
_AREAS = {each: TG[f"{each}Area"] for each in ("agreed", "planned", "begun", "undertaken", "activity")}
_ORGANISATIONS = SDO.contributor | SDO.organizer
_BESIDE = {TG.asPrinted, TG.approximate}
"""What is told of a figure by the source whose value is shown."""
_STATED = {*MAIN, *COUNTED, SDO.maxValue, TG.party, TG.partner, TG.amends, TG.status}
"""By which a source states a thing, and not only something of it that stands in another table."""
_CLAIMED = {
    *(*MAIN, *COUNTED, *_AREAS.values(), _ORGANISATIONS, *_BESIDE, SDO.name, SDO.maxValue, TG.amends),
    *(TG.programme, TG.status, TG.statusDate, TG.statusNotBefore, TG.year, TG.precision),
}
"""The properties of which each source speaks for itself; all else tells which thing it is."""


@dataclass(frozen=True, slots=True)
class Quote:
    """A passage of a source page, and the place it stands in: offsets in Unicode code points, end exclusive."""

    iri: str
    source: str
    exact: str
    start: int
    end: int


NO_QUOTE = Quote("", "", "", 0, 0)
"""Of what no page states that is quoted here: a source may be cited only."""


@dataclass(frozen=True, slots=True)
class Town:
    """A place that takes part in a tie; identifiers are "" where none is confirmed."""

    slug: str
    name_lv: Annotated[str, RDFS.label, "lv"]
    name_en: Annotated[str, RDFS.label, "en"]
    name_native: str
    country: Annotated[str, SDO.containedInPlace]
    wikidata: Annotated[str, SDO.sameAs, WD]
    geonames: Annotated[str, SDO.sameAs, GEONAMES]
    latitude: Annotated[float | None, SDO.latitude]
    longitude: Annotated[float | None, SDO.longitude]
    website: Annotated[str, SDO.url]


@dataclass(frozen=True, slots=True)
class Standing:
    """How a tie stands, since when or not before when, and as of what date; "" for what is not known."""

    status: Annotated[str, TG.status]
    status_date: Annotated[str, TG.statusDate]
    status_not_before: Annotated[str, TG.statusNotBefore]
    as_of: str


@dataclass(frozen=True, slots=True)
class Agreement:
    """One document: who, which kind, when as exact as its source (`2002`, `2007-06-10`), and which areas by standing.

    quote: the sentence that dates it; quotes: every passage on it; standing: of its tie.
    """

    slug: str
    twinning: Annotated[str, TG.twinning]
    parties: Annotated[tuple[str, ...], TG.party]
    document: Annotated[str, DCTERMS.type]
    date: Annotated[str, TG.signed]
    precision: Annotated[str, TG.precision]
    amends: Annotated[str, TG.amends]
    areas: dict[str, tuple[str, ...]] = field(hash=False)
    quote: Quote
    quotes: tuple[Quote, ...]
    standing: Standing
    source: str


@dataclass(frozen=True, slots=True)
class Twinning:
    """A lasting tie; since: "" where no source dates the cooperation."""

    slug: str
    partners: Annotated[tuple[str, ...], TG.partner]
    kind: Annotated[str, DCTERMS.type]
    since: Annotated[str, TG.since]
    precision: Annotated[str, TG.precision]
    quote: Quote
    standing: Standing
    source: str


@dataclass(frozen=True, slots=True)
class Mention:
    """The words by which the page names a cooperation area; agreement: "" where it names none."""

    city: Annotated[str, SDO.about]
    agreement: Annotated[str, TG.mentionedIn, "agreement"]
    area: Annotated[str, TG.area]
    label_lv: Annotated[str, TG.area / SKOS.prefLabel, "lv"]
    label_en: Annotated[str, TG.area / SKOS.prefLabel, "en"]
    standing: Annotated[str, TG.standing]
    words: Annotated[str, OA.exact]
    start: int
    end: int
    source: Annotated[str, SDO.isPartOf / PROV.wasQuotedFrom]


@dataclass(frozen=True, slots=True)
class Figure:
    """An area or a population: as printed, as read, and the body it is true of (a Wikidata id, "" where none).

    least, most: of a range, which has no value.
    """

    slug: str
    city: Annotated[str, TG.givenFor]
    measure: str
    printed: Annotated[str, TG.asPrinted]
    value: Annotated[Decimal | None, SDO.value]
    unit: str
    year: Annotated[int | None, TG.year]
    assessment: Annotated[str, TG.assessment]
    describes: Annotated[str, OBSERVATION_ABOUT / SDO.sameAs, WD]
    quote: Quote
    approximate: Annotated[bool, TG.approximate]
    least: Annotated[Decimal | None, SDO.minValue]
    most: Annotated[Decimal | None, SDO.maxValue]
    source: str


@dataclass(frozen=True, slots=True)
class Activity:
    """Something done within a tie; people: None where no number is given."""

    slug: str
    city: str
    what_en: Annotated[str, SDO.name, "en"]
    organisations: Annotated[tuple[str, ...], _ORGANISATIONS]
    programme: Annotated[str, TG.programme]
    begins: Annotated[str, SDO.startDate]
    ends: Annotated[str, SDO.endDate]
    people: Annotated[int | None, TG.participants]
    quote: Quote
    source: str


_THINGS: dict[str, tuple[type[Agreement | Twinning | Figure | Activity], Node, Node]] = {
    "twinnings": (Twinning, TG.Twinning, TG.partner),
    "agreements": (Agreement, TG.Agreement, TG.signed),
    "figures": (Figure, SDO.Observation, SDO.value),
    "activities": (Activity, SDO.Event, RDF.type),
}
"""The records of things that several sources may state: of which class, and what their quote is to say."""


class LinkedTowns(Dataset):
    """The dataset of a release, with named graphs, and typed records read from it.

    A plain pattern sees all named graphs at once, as on the SPARQL endpoint. A record of a thing has the values that
    are shown of what several sources say, and the source of the most telling; `by_source` has what each of them says.
    """

    # As rdflib has it, which copies a dataset by these two.
    def __init__(self, store: Store | str = "default", default_union: bool = True) -> None:  # noqa: FBT001, FBT002
        super().__init__(store, default_union)
        filled(self, ())

    @classmethod
    def of(cls, curated: Curated) -> Self:
        """Give the statements of a build, which are read where they are."""
        towns = cls(curated.dataset.store)
        towns.merged = curated.merged
        return towns

    @cached_property
    def merged(self) -> Graph:
        """All named graphs in one."""
        return filled(Graph(), ((s, p, o) for s, p, o, _ in self.quads()))

    @cached_property
    def towns(self) -> list[Town]:
        """The towns that take part in a tie, by slug."""
        found = []
        for place in sorted(set(self.merged.objects(None, TG.partner)), key=str):
            others = {"slug": slug_of(place), "name_native": self._native_name(place)}
            found.append(self._read(Town, place, self.merged, others))
        return found

    @cached_property
    def twinnings(self) -> list[Twinning]:
        """The ties, by source and in the order of its page."""
        return self._things("twinnings")

    @cached_property
    def agreements(self) -> list[Agreement]:
        """The agreements, by source and in the order of its page."""
        return self._things("agreements")

    @cached_property
    def mentions(self) -> list[Mention]:
        """The mentions of cooperation areas, by source and in the order of its page."""
        found = []
        for node in self.merged.subjects(RDF.type, TG.Mention):
            start = start_of(self.merged, node)
            end = start + len(text_of(self.merged, node, OA.exact))
            mention = self._read(Mention, node, self.merged, {"start": start, "end": end})
            found.append((mention.source, start, end, str(node), mention))
        # Of two ties of a town, neither with an agreement, the same words tell the same.
        return list(dict.fromkeys(mention for *_, mention in sorted(found)))

    @cached_property
    def figures(self) -> list[Figure]:
        """The areas and populations, by source and in the order of its page."""
        return self._things("figures")

    @cached_property
    def activities(self) -> list[Activity]:
        """The activities, by source and in the order of its page."""
        return self._things("activities")

    def by_source(self, name: str) -> list[Any]:
        """Give the records of a list, such as `agreements`, with one for each source that states a thing.

        Each has what its source says, and else only what tells which thing it is; source: "" for evidence that cites
        none. Towns are of no source, and mentions of one each.
        """
        return list(self._by_source[name] if name in _THINGS else getattr(self, name))

    @cached_property
    def _by_source(self) -> dict[str, list[Any]]:
        return {name: self._things(name, by_source=True) for name in _THINGS}

    def quote_of(self, subject: Node, term: Node) -> Quote:
        """Give the first passage of a page that states a property of a thing; `NO_QUOTE` where only evidence does."""
        return next(iter(self.quotes_of(subject, term)), NO_QUOTE)

    def quotes_of(self, subject: Node, term: Node | None = None, value: Node | None = None) -> list[Quote]:
        """Give every passage that states something of a thing, or just this, in the order of the page."""
        return self._passages({name for *_, name in claims_in(self, subject, term, value)})

    def _passages(self, names: Iterable[Node]) -> list[Quote]:
        """Give the passages among graphs, in the order of the page."""
        quotes = []
        for iri in (name for name in names if kind_of(name) == "quote"):
            exact, start = text_of(self.merged, iri, OA.exact), start_of(self.merged, iri)
            quotes.append(Quote(str(iri), self._slug_of_source(iri), exact, start, start + len(exact)))
        return sorted(quotes, key=lambda quote: (quote.source, quote.start, quote.iri))

    def _slug_of_source(self, name: Node) -> str:
        return slug_of(source_of(self.merged, name) or "")

    @cached_property
    def _ranks(self) -> dict[Node, int]:
        return sources_in_time(self.merged)

    def _things(self, name: str, *, by_source: bool = False) -> list[Any]:
        """Read the records of a list, one for each thing, or one for each thing and source that states it."""
        record, kind, term = _THINGS[name]
        found = []
        for node in self.merged.subjects(RDF.type, kind):
            stated: dict[str, set[URIRef]] = {}
            for *_, graph in claims_in(self, node):
                stated.setdefault(self._slug_of_source(graph) if by_source else "", set()).add(graph)
            for names in stated.values():
                claims = self._claims(node, names) if by_source else self._shown(node)
                if {*claims.predicates()} & _STATED:
                    best = self._best(node, term, claims, names)
                    quote = next(iter(self._passages([best])), NO_QUOTE)
                    others = {"slug": slug_of(node), "quote": quote, "source": self._slug_of_source(best)}
                    others |= self._others(record, node, claims)
                    others |= {"quotes": tuple(self._passages(names))} if record is Agreement else {}
                    found.append(self._read(record, node, claims, others))
        return sorted(found, key=lambda each: (each.source, each.quote.start, each.slug))

    def _claims(self, node: Node, names: Iterable[URIRef]) -> Graph:
        """Give what the graphs of one source state of a thing, with how exact its dates are."""
        claims = Graph()
        claims += (each for name in names for each in self.graph(name).triples((node, None, None)))
        claims += exactness(node, {*dates_of(claims, node, DATED)})
        return claims

    def _shown(self, node: Node) -> Graph:
        """Give what is shown of a thing, of all that is said of it."""
        shown, chosen = Graph(), self.graph(SHOWN)
        stating = [self.graph(URIRef(str(name))) for name in chosen.objects(node, TG.statedIn)]
        beside = (it for graph in stating for it in graph.triples((node, None, None)) if it[1] in _BESIDE)
        shown += (*chosen.triples((node, None, None)), *beside)
        others = (it for it in self.merged.predicate_objects(node) if it[0] not in {*COUNTED, *_BESIDE, SDO.name})
        shown += ((node, SDO.name if term == RDFS.label else term, value) for term, value in others)
        return shown

    def _best(self, node: Node, term: Node, claims: Graph, names: Iterable[URIRef]) -> URIRef:
        """Choose the graph that a record is cited for: that which states a property, or which thing it is at all."""
        value = max(claims.objects(node, term), key=str, default=None) if term in COUNTED else None
        kinds = ((node, term, value), (node, RDF.type, None), (node, None, None))
        stating = ([name for name in names if kind in self.graph(name)] for kind in kinds)
        return min(next(filter(None, stating)), key=partial(precedence, self.merged, self._ranks))

    def _others(self, record: type, node: Node, claims: Graph) -> dict[str, object]:
        """Give the fields of a record that are more than the value of a property."""
        if record is Figure:
            is_area = (node, SDO.measuredProperty, WD.P2046) in self.merged
            return {"measure": "area", "unit": "km2"} if is_area else {"measure": "population", "unit": "persons"}
        if record is Activity:
            partners = {*self.merged.objects(node, TG.twinning / TG.partner)}
            about = {*self.merged.objects(URIRef(self.quote_of(node, RDF.type).iri), SDO.about)}
            towns = home_first(self.merged, about & partners or about or partners)
            return {"city": slug_of(towns[-1]) if towns else ""}
        tie = node if record is Twinning else min(self.merged.objects(node, TG.twinning), key=str, default=node)
        source = min(self.merged.objects(tie, TG.asOf), key=str, default=None)
        as_of = {"as_of": str(date_of(self.merged, source) or "")}
        standing = self._read(Standing, tie, self.graph(SHOWN), as_of)
        areas = {each: self._value(node, claims, tuple[str, ...], term) for each, term in _AREAS.items()}
        return {"standing": standing} | ({"areas": areas} if record is Agreement else {})

    def _read(self, record: type[_Record], node: Node, claims: Graph, others: Mapping[str, object]) -> _Record:
        """Make the record of a thing from the properties that its fields name, and from the others, which name none."""
        named = _FIELDS[record].items()
        values = {name: self._value(node, claims, hint.__origin__, *hint.__metadata__) for name, hint in named}
        return record(**values, **others)

    def _value(self, node: Node, claims: Graph, kind: Any, path: Any, only: str = "") -> Any:  # noqa: ANN401 - as the field's type says
        """Give the value of a property as a type has it: slugs of things of ours, texts of all else, "" or None.

        claims: what is said of what sources differ in; only: the language of the texts, or the kind of the things, or
        what the IRIs begin with; slugs are given then.
        """
        found = {
            value
            for value in (claims if path in _CLAIMED else self.merged).objects(node, path)
            if not only or (value.language == only if isinstance(value, Literal) else _is_of(value, only))
        }
        if kind == tuple[str, ...]:
            return tuple(map(slug_of, home_first(self.merged, found)))
        # Of several, always the same.
        value = max(found, default="", key=str)
        written = slug_of(value) if isinstance(value, URIRef) and (only or kind_of(value)) else str(value)
        read, *optional = get_args(kind) or [kind]
        return read(written) if written or not optional else None

    def _native_name(self, place: Node) -> str:
        """Give the name in a third language that evidence states, best that of the slug; else the name of the slug.

        A slug is made from what people there call the town; a page may call it something else in its own language.
        """
        ranked = []
        for *_, name, stating in self.quads((place, SDO.name, None, None)):
            language = str(getattr(name, "language", ""))
            is_endonym = language not in {"lv", "en"} and kind_of(stating) != "quote"
            ranked.append((not is_endonym, fold(str(name)) != fold(slug_of(place)), language == "en", str(name)))
        return min(ranked)[-1] if ranked else slug_of(place)


_FIELDS: dict[type, dict[str, Any]] = {
    record: {
        name: hint
        for name, hint in get_type_hints(record, include_extras=True).items()
        if get_origin(hint) is Annotated
    }
    for record in (Town, Standing, Agreement, Twinning, Mention, Figure, Activity)
}
"""The types of those fields of each record that name a property."""


def _is_of(iri: Node, kind: str) -> bool:
    """Tell whether a thing is of a kind, or an IRI begins like that."""
    return kind_of(iri) == kind or str(iri).startswith(kind)
