"""Rules that add what follows from the curated statements, each in the graph that it names."""

from __future__ import annotations

import re
from itertools import permutations
from typing import TYPE_CHECKING

from rdflib import Graph, Literal, URIRef
from rdflib.namespace import PROV, RDF, SDO, SKOS

from twingraph.curation.graph import find, selector, text_of
from twingraph.dates import SourceDate
from twingraph.vocab import OA, OBSERVATION_ABOUT, RDFG, TG, kind_of, slug_of, thing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from rdflib.term import Node

    from twingraph.curation.graph import Curated, Triple

DATED = (TG.signed, TG.since, SDO.observationDate)


def derive(curated: Curated) -> None:
    """Add what every rule gives to the dataset, in the graph named for the rule; rules see what earlier ones added."""
    for name, rule in RULES.items():
        curated.state(thing("rule", name), list(rule(curated, curated.merged)))


def _offsets(curated: Curated, graph: Graph) -> Iterator[Triple]:
    """Say where each quote stands that stands in its page exactly once; the shapes find the others."""
    for quote, source in graph.subject_objects(PROV.wasQuotedFrom):
        starts = find(curated.pages[source], *selector(graph, quote))
        if len(starts) == 1:
            yield quote, OA.start, Literal(starts[0])
            yield quote, OA.end, Literal(starts[0] + len(text_of(graph, quote, OA.exact)))


def _passages(curated: Curated, graph: Graph) -> Iterator[Triple]:
    """Say which town a quote is about, unless it says so itself.

    It is the one partner that the quote states something of; else the town under whose heading it stands, the last one
    before it that a quote placed in a country. Where both leave several, nothing is said: the shapes ask for it.
    """
    for source in curated.pages:
        heading: set[Node] = set()
        quotes = graph.subjects(PROV.wasQuotedFrom, source)
        for quote in sorted(quotes, key=lambda quote: (start_of(graph, quote), str(quote))):
            stated = curated.dataset.graph(URIRef(str(quote)))
            heading = set(stated.subjects(SDO.containedInPlace)) or heading
            named = set().union(*(_partners(graph, subject, source) for subject in set(stated.subjects())))
            towns = heading & named if len(named) > 1 else named or heading
            # The name of a picture stands before the heading of its town.
            if len(towns) == 1 and (quote, TG.leftOut, None) not in graph and (quote, SDO.about, None) not in stated:
                yield quote, SDO.about, next(iter(towns))


def _partners(graph: Graph, subject: Node, source: Node) -> set[Node]:
    """Give the partners, but for the town of the page, of a tie and what is of one, of a figure, or the town itself."""
    nodes, terms = [subject, *graph.objects(subject, TG.twinning)], (TG.partner, TG.party, OBSERVATION_ABOUT)
    places = {place for node in nodes for term in terms for place in graph.objects(node, term)}
    return {
        place
        for place in places or {subject}
        if (None, TG.partner, place) in graph and (source, SDO.about, place) not in graph
    }


def start_of(graph: Graph, quoted: Node) -> int:
    """Give the offset of a quote or mention in its page, -1 where it has none."""
    return int(text_of(graph, quoted, OA.start) or -1)


def _mentions(curated: Curated, graph: Graph) -> Iterator[Triple]:
    """Make a mention of the words by which a quote names each area that it states of an agreement or tie."""
    standings = {term: standing for term, standing in graph.subject_objects(TG.standing) if kind_of(term) is None}
    for quote, source in graph.subject_objects(PROV.wasQuotedFrom):
        stated = curated.dataset.graph(URIRef(str(quote)))
        for subject, term, area in stated:
            if term not in standings:
                continue
            mention = thing("mention", f"{slug_of(quote)}-{slug_of(area)}")
            yield mention, RDF.type, TG.Mention
            yield mention, TG.area, area
            yield mention, TG.standing, standings[term]
            yield mention, TG.mentionedIn, subject
            yield mention, SDO.isPartOf, quote
            towns, about = _partners(graph, subject, source), graph.value(quote, SDO.about)
            if len(towns) == 1:
                about = next(iter(towns))
            elif towns and about not in towns:
                about = None
            # Where that leaves several towns, what it is said of stands in their place, for a shape to find.
            yield mention, SDO.about, about or subject
            for words in stated.objects(area, SKOS.altLabel):
                places = [*re.finditer(rf"(?<!\w){re.escape(str(words))}(?!\w)", text_of(graph, quote, OA.exact))]
                if len(places) == 1:
                    start = start_of(graph, quote) + places[0].start()
                    yield mention, OA.exact, words
                    yield mention, OA.start, Literal(start)
                    yield mention, OA.end, Literal(start + len(str(words)))


def _twinned_with(_: Curated, graph: Graph) -> Iterator[Triple]:
    for twinning in graph.subjects(RDF.type, TG.Twinning):
        for one, other in permutations(graph.objects(twinning, TG.partner), 2):
            yield one, TG.twinnedWith, other


def _dates(_: Curated, graph: Graph) -> Iterator[Triple]:
    """Put the year, the bounds and the precision beside each date, and the bounds beside each period."""
    for term in (*DATED, SDO.startDate, SDO.endDate):
        for subject, value in graph.subject_objects(term):
            if (known := SourceDate.parse(str(value))) is None:
                continue
            if term != SDO.endDate:
                yield subject, TG.earliest, Literal(known.earliest)
            if term != SDO.startDate:
                yield subject, TG.latest, Literal(known.latest)
            if term in DATED:
                yield subject, TG.year, Literal(known.year)
                yield subject, TG.precision, thing("precision", known.precision)


def _names(_: Curated, graph: Graph) -> Iterator[Triple]:
    """Name ties and agreements after their towns, agreements also after their year."""
    for kind, term in ((TG.Twinning, TG.partner), (TG.Agreement, TG.party)):
        for subject in graph.subjects(RDF.type, kind):
            year = f", {text_of(graph, subject, TG.year)}" if kind == TG.Agreement else ""
            for language in ("lv", "en"):
                places = home_first(graph, graph.objects(subject, term))
                towns = " – ".join(name_of(graph, place, language) for place in places)
                yield subject, SDO.name, Literal(f"{towns}{year}", language)


def home_first(graph: Graph, places: Iterable[Node]) -> list[Node]:
    """Sort places by slug, but a town whose page is a source before all others."""
    homes = {town for page in graph.subjects(RDF.type, SDO.WebPage) for town in graph.objects(page, SDO.about)}
    return sorted(places, key=lambda place: (place not in homes, str(place)))


def name_of(graph: Graph, subject: Node, language: str) -> str:
    """Give the name of a thing in a language, or its slug where it has none."""
    names = graph.objects(subject, SDO.name)
    return min((str(name) for name in names if getattr(name, "language", None) == language), default=slug_of(subject))


def _citations(curated: Curated, _: Graph) -> Iterator[Triple]:
    """List the named graphs, and link everything to the quotes and evidence that state something of it."""
    yield thing("rule", "citations"), RDF.type, RDFG.Graph
    for graph in curated.dataset.graphs():
        if isinstance(name := graph.identifier, URIRef) and len(graph):
            yield name, RDF.type, RDFG.Graph
            if kind_of(name) in ("quote", "evidence"):
                for subject in set(graph.subjects()) - {name}:
                    yield subject, PROV.wasDerivedFrom, name


RULES: dict[str, Callable[[Curated, Graph], Iterator[Triple]]]
RULES = {"offsets": _offsets, "passages": _passages, "mentions": _mentions, "twinned-with": _twinned_with}
RULES |= {"dates": _dates, "names": _names, "citations": _citations}
"""The rules by the slugs under which the ontology describes them, in the order they run."""
