"""Rules that add what follows from the curated statements, each in the graph that it names."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from functools import partial
from itertools import permutations
from typing import TYPE_CHECKING

from rdflib import Graph, Literal, URIRef
from rdflib.namespace import DCTERMS, PROV, RDF, RDFS, SDO, SKOS

from twingraph.curation.graph import find, selector, text_of, texts_of
from twingraph.dates import SourceDate
from twingraph.vocab import OA, RDFG, SHOWN, TG, kind_of, part, slug_of, thing

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator

    from rdflib import Dataset
    from rdflib.term import Node

    from twingraph.curation.graph import Curated, Triple

DATED, PUBLISHED = (TG.signed, TG.since, SDO.observationDate), (SDO.datePublished, SDO.dateModified)
MAIN = (TG.signed, TG.since, SDO.value, SDO.minValue, SDO.startDate, RDF.type)
"""The properties of which the first that a thing has is what it is cited for."""
COUNTED = (*DATED, SDO.startDate, SDO.endDate, SDO.value, TG.participants, DCTERMS.type)
"""The properties of which one value is shown, unless sources contradict each other."""
UNSPECIFIED = (thing("tie", "unspecified"), thing("document", "unspecified"))
IN_FORCE = thing("status", "in-force")


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


def _targets(_: Curated, graph: Graph) -> Iterator[Triple]:
    """Lead from each quote to the passage of its source as Web Annotation has it: by its words, and by its place."""
    for quote, source in graph.subject_objects(PROV.wasQuotedFrom):
        if (quote, OA.start, None) in graph:
            target, words, place = (part(quote, name) for name in ("target", "words", "place"))
            yield from ((quote, RDF.type, OA.Annotation), (quote, OA.hasTarget, target))
            yield from ((target, RDF.type, OA.SpecificResource), (target, OA.hasSource, source))
            for selecting, kind, terms in (
                (words, OA.TextQuoteSelector, (OA.exact, OA.prefix, OA.suffix)),
                (place, OA.TextPositionSelector, (OA.start, OA.end)),
            ):
                yield target, OA.hasSelector, selecting
                yield selecting, RDF.type, kind
                yield from ((selecting, term, value) for term in terms for value in graph.objects(quote, term))


def _passages(curated: Curated, graph: Graph) -> Iterator[Triple]:
    """Say which towns a quote is about, unless it says so itself.

    They are the partners that the quote states something of: that under whose heading it stands, if it is one of them,
    else each that a tie of two or a figure names; where it names none, the town of the heading, the last one before it
    that a quote placed in a country. Where a tie or a heading leaves several, nothing is said: the shapes ask for it.
    """
    for source in curated.pages:
        heading: set[Node] = set()
        quotes = graph.subjects(PROV.wasQuotedFrom, source)
        for quote in sorted(quotes, key=lambda quote: (start_of(graph, quote), str(quote))):
            # Read once: to look for a property in a named graph, rdflib goes through all graphs.
            stated = set(curated.dataset.graph(URIRef(str(quote))))
            heading = {subject for subject, term, _ in stated if term == SDO.containedInPlace} or heading
            partners = [_partners(graph, subject, source) for subject in {subject for subject, *_ in stated}]
            named, certain = set().union(*partners), set().union(*(each for each in partners if len(each) == 1))
            towns = heading & named or certain if named else heading if len(heading) == 1 else set()
            # The name of a picture stands before the heading of its town.
            if not any(subject == quote and term in (TG.leftOut, SDO.about) for subject, term, _ in stated):
                yield from ((quote, SDO.about, town) for town in towns)


def _partners(graph: Graph, subject: Node, source: Node) -> set[Node]:
    """Give the partners, but for the town of the page, of a tie and what is of one, of a figure, or the town itself."""
    nodes, terms = [subject, *graph.objects(subject, TG.twinning)], (TG.partner, TG.party, TG.givenFor)
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
        stated = set(curated.dataset.graph(URIRef(str(quote))))
        found = [(subject, term, area) for subject, term, area in stated if term in standings]
        for subject, term, area in found:
            has_several = {other for other, _, same in found if same == area} != {subject}
            mention = thing("mention", "-".join(map(slug_of, (quote, area, *([subject] if has_several else [])))))
            yield mention, RDF.type, TG.Mention
            yield mention, TG.area, area
            yield mention, TG.standing, standings[term]
            yield mention, TG.mentionedIn, subject
            yield mention, SDO.isPartOf, quote
            towns, about = _partners(graph, subject, source), set(graph.objects(quote, SDO.about))
            known = towns & about or (towns if len(towns) == 1 else set() if towns else about)
            # Where no town is known, what it is said of stands in its place, for a shape to find.
            yield from ((mention, SDO.about, town) for town in known or {subject})
            printed = {words for named, label, words in stated if (named, label) == (area, SKOS.hiddenLabel)}
            for words in printed or _label(graph, area, source):
                places = [*re.finditer(rf"(?<!\w){re.escape(str(words))}(?!\w)", text_of(graph, quote, OA.exact))]
                if len(places) == 1:
                    start = start_of(graph, quote) + places[0].start()
                    yield mention, OA.exact, words
                    yield mention, OA.start, Literal(start)
                    yield mention, OA.end, Literal(start + len(str(words)))


def _label(graph: Graph, area: Node, source: Node) -> set[Node]:
    """Give what an area is called here in the language of a page, which may call it just so."""
    language = text_of(graph, source, SDO.inLanguage)
    return {label for label in graph.objects(area, SKOS.prefLabel) if getattr(label, "language", None) == language}


def _twinned_with(_: Curated, graph: Graph) -> Iterator[Triple]:
    for twinning in graph.subjects(RDF.type, TG.Twinning):
        for one, other in permutations(graph.objects(twinning, TG.partner), 2):
            yield one, TG.twinnedWith, other


def _shown(curated: Curated, graph: Graph) -> Iterator[Triple]:
    """Choose of what several sources say what is shown: the most exact of values that agree, all that contradict.

    Also say which graph states it, how a tie or agreement stands, and which source speaks of it last.
    """
    ranks = sources_in_time(graph)
    kinds = (TG.Agreement, TG.Twinning, SDO.Observation, SDO.Event, SDO.Project, SDO.Festival)
    for subject in {subject for kind in kinds for subject in graph.subjects(RDF.type, kind)}:
        claims: dict[Node, dict[Node, list[URIRef]]] = {}
        for _, term, value, name in claims_in(curated.dataset, subject):
            claims.setdefault(term, {}).setdefault(value, []).append(name)
        about = {name for names in claims.get(TG.approximate, {}).values() for name in names}
        rough = {value for value, names in claims.get(SDO.value, {}).items() if about.issuperset(names)}
        shown = {term: _most_exact(claims[term], rough) for term in COUNTED if term in claims}
        yield from ((subject, term, value) for term, values in shown.items() for value in values)
        for main in [term for term in MAIN if term in claims][:1]:
            for value in shown.get(main, claims[main]):
                yield subject, TG.statedIn, min(claims[main][value], key=partial(precedence, graph, ranks))
        if TG.Agreement in claims.get(RDF.type, ()) or TG.Twinning in claims.get(RDF.type, ()):
            yield from _standing(curated, subject, claims, ranks)


def _most_exact(values: Iterable[Node], rough: set[Node]) -> list[Node]:
    """Leave out the values that another one states more exactly; rough: those that are stated as approximate."""
    found = sorted(values, key=str)
    # A number of four digits looks like a year.
    dates = {one: None if isinstance(getattr(one, "value", None), int) else SourceDate.parse(str(one)) for one in found}

    def yields(one: Node, other: Node) -> bool:
        mine, theirs = dates[one], dates[other]
        if isinstance(one, Literal) and isinstance(other, Literal) and not (mine and theirs):
            # Of 81 and 81.0, always the same.
            is_same = one.value == other.value is not None and str(one) > str(other)
            return is_same or (one in rough and other not in rough and _rounds(one.value, other.value))
        return bool(mine and theirs and theirs.narrows(mine)) or (one in UNSPECIFIED and other != one)

    return [one for one in found if not any(yields(one, other) for other in found)]


def _rounds(rough: object, exact: object) -> bool:
    """Tell whether a number may be another one as far as it is round: 75,000 may be 74,600."""
    if not isinstance(rough, int | Decimal) or not isinstance(exact, int | Decimal):
        return False
    last = int(Decimal(rough).normalize().as_tuple().exponent)
    return 2 * abs(Decimal(rough) - Decimal(exact)) <= Decimal(10) ** last


def precedence(graph: Graph, ranks: dict[Node, int], name: Node) -> tuple[bool, int, int, str]:
    """Sort graphs that state the same: quotes before evidence, the latest source before others, in the order of it."""
    return kind_of(name) != "quote", -ranks.get(source_of(graph, name) or name, -1), start_of(graph, name), str(name)


def _standing(
    curated: Curated, subject: Node, claims: dict[Node, dict[Node, list[URIRef]]], ranks: dict[Node, int]
) -> Iterator[Triple]:
    """Give the latest status of a tie or an agreement, and the latest source that speaks of it."""
    graph = curated.merged
    parts = [subject, *graph.subjects(TG.twinning, subject)]
    names = {name for each in parts for *_, name in claims_in(curated.dataset, each)}
    sources = [source for name in names if (source := source_of(graph, name)) is not None]
    yield from ((subject, TG.asOf, max(sources, key=lambda source: ranks.get(source, -1))) for _ in sources[:1])
    said = []
    for status, stating in claims.get(TG.status, {}).items():
        for name in stating:
            terms = (TG.statusDate, TG.statusNotBefore)
            stated = [(term, value) for term in terms for value in curated.dataset.graph(name).objects(subject, term)]
            days = [known.earliest for _, value in stated if (known := SourceDate.parse(str(value)))]
            when = max(days, default=earliest_of(graph, source_of(graph, name)))
            said.append((-when.toordinal(), precedence(graph, ranks, name), name, [(TG.status, status), *stated]))
    if said:
        *_, name, latest = min(said)
        yield from ((subject, *each) for each in [*latest, (TG.statusStatedIn, name)])
    elif (subject, RDF.type, TG.Twinning) in graph:
        yield subject, TG.status, IN_FORCE


def claims_in(
    dataset: Dataset, subject: Node | None = None, term: Node | None = None, value: Node | None = None
) -> Iterator[tuple[Node, Node, Node, URIRef]]:
    """Give what quotes and evidence state, each with the name of the graph that states it."""
    for found, predicate, stated, name in dataset.quads((subject, term, value, None)):
        if kind_of(name) in ("quote", "evidence"):
            yield found, predicate, stated, URIRef(str(name))


def source_of(graph: Graph, name: Node) -> Node | None:
    """Give the source that a quote is from or that evidence cites, None for evidence from elsewhere."""
    return graph.value(name, PROV.wasQuotedFrom) or graph.value(name, PROV.hadPrimarySource)


def date_of(graph: Graph, source: Node | None) -> SourceDate | None:
    """Give when a source is from: its date, or the bound that is known."""
    known = dates_of(graph, source, (*PUBLISHED, TG.notBefore)) if source else ()
    return max(known, key=lambda each: each.earliest, default=None)


def earliest_of(graph: Graph, source: Node | None) -> date:
    """Give the first day that a source may be of, where that is not known the first day of all."""
    known = date_of(graph, source)
    return known.earliest if known else date.min


def sources_in_time(graph: Graph) -> dict[Node, int]:
    """Give the sources, the earliest first, as far as that is known, each with its rank."""
    sources = graph.subjects(RDF.type, SDO.WebPage)
    ordered = sorted(sources, key=lambda source: (earliest_of(graph, source), str(source)))
    return {source: rank for rank, source in enumerate(ordered)}


def _dates(curated: Curated, graph: Graph) -> Iterator[Triple]:
    """Put year, bounds and precision beside dates that are shown, bounds beside sources, and days beside periods."""
    shown = curated.dataset.graph(SHOWN)
    for subject in set(shown.subjects()):
        begins, ends = ({*dates_of(shown, subject, [term])} for term in (SDO.startDate, SDO.endDate))
        yield from _bounds(subject, begins, ends, (TG.firstDay, TG.lastDay))
        if dates := {*dates_of(shown, subject, DATED)}:
            yield from _bounds(subject, dates, dates)
            yield from exactness(subject, dates)
    for source in graph.subjects(RDF.type, SDO.WebPage):
        known, until = date_of(graph, source), {*dates_of(graph, source, [TG.notAfter])}
        yield from _bounds(source, {known} if known else set(), until or {*dates_of(graph, source, PUBLISHED)})


def exactness(subject: Node, dates: Collection[SourceDate]) -> Iterator[Triple]:
    """Give the year of each date of a thing, and how exact the coarsest of them is."""
    yield from ((subject, TG.year, Literal(each.year)) for each in dates)
    for coarsest in sorted({each.precision for each in dates}, key=("year", "month", "day").index)[:1]:
        yield subject, TG.precision, thing("precision", coarsest)


def dates_of(graph: Graph, subject: Node, terms: Iterable[Node]) -> Iterator[SourceDate]:
    """Give the dates that a thing has by some properties."""
    values = (value for term in terms for value in graph.objects(subject, term))
    return (known for value in values if (known := SourceDate.parse(str(value))))


def _bounds(
    subject: Node, begins: set[SourceDate], ends: set[SourceDate], terms: tuple[Node, Node] = (TG.earliest, TG.latest)
) -> Iterator[Triple]:
    """Give the first of days and the last: those that one date may mean, or with other terms those of a period."""
    if begins:
        yield subject, terms[0], Literal(min(each.earliest for each in begins))
    if ends:
        yield subject, terms[1], Literal(max(each.latest for each in ends))


def _labels(curated: Curated, graph: Graph) -> Iterator[Triple]:
    """Choose of the names in each language the one that is shown: that of evidence, else that of the latest source."""
    ranks = sources_in_time(graph)
    names: dict[tuple[Node, str], list[tuple[bool, int, str]]] = {}
    for subject, _, name, stating in curated.dataset.quads((None, SDO.name, None, None)):
        # A source that is only cited is named in the graph of its own.
        if isinstance(name, Literal) and name.language and kind_of(stating) in ("quote", "evidence", "source"):
            source = source_of(graph, URIRef(str(stating)))
            rank = (source is not None, -ranks.get(source or name, -1), str(name))
            names.setdefault((subject, name.language), []).append(rank)
    for (subject, language), ranked in names.items():
        yield subject, RDFS.label, Literal(min(ranked)[-1], language)


def _names(_: Curated, graph: Graph) -> Iterator[Triple]:
    """Name ties and agreements after their towns, agreements also after their year."""
    for kind, term in ((TG.Twinning, TG.partner), (TG.Agreement, TG.party)):
        for subject in graph.subjects(RDF.type, kind):
            years = sorted(map(str, graph.objects(subject, TG.year))) if kind == TG.Agreement else ()
            for language in ("lv", "en"):
                places = home_first(graph, graph.objects(subject, term))
                towns = " – ".join(name_of(graph, place, language) for place in places)
                named = Literal(", ".join([towns, *years[:1]]), language)
                yield from ((subject, label, named) for label in (SDO.name, RDFS.label))


def home_first(graph: Graph, places: Iterable[Node]) -> list[Node]:
    """Sort places by slug, but a town whose page is a source before all others."""

    def is_home(place: Node) -> bool:
        return any((page, RDF.type, SDO.WebPage) in graph for page in graph.subjects(SDO.about, place))

    return sorted(places, key=lambda place: (not is_home(place), str(place)))


def name_of(graph: Graph, subject: Node, language: str) -> str:
    """Give the name of a thing that is shown in a language, or its slug where it has none."""
    return texts_of(graph, subject, RDFS.label).get(language) or slug_of(subject)


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
RULES = {"offsets": _offsets, "targets": _targets, "passages": _passages, "mentions": _mentions}
RULES |= {"twinned-with": _twinned_with, "shown": _shown, "dates": _dates}
RULES |= {"labels": _labels, "names": _names, "citations": _citations}
"""The rules by the slugs under which the ontology describes them, in the order they run."""
