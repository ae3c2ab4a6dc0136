"""What the data say in our words is what was read beside the sentences: see the table, which is changed by hand."""

import csv
from collections.abc import Iterator
from pathlib import Path

from rdflib import Graph, Literal, URIRef
from rdflib.namespace import PROV, RDFS, SDO, SKOS
from rdflib.term import Node

from twingraph.curation.derive import start_of
from twingraph.release.records import LinkedTowns
from twingraph.vocab import OA, OBSERVATION_ABOUT, TG, curie, kind_of, slug_of, thing

TABLE = Path(__file__).parent / "reviewed.csv"
COLUMNS = ["said_in", "thing", "what", "lv", "en", "called_elsewhere"]
WORDED = {
    SDO.name: "name",
    RDFS.comment: "note",
    TG.leftOut: "left out",
    SKOS.prefLabel: "label",
    SKOS.definition: "definition",
    SKOS.scopeNote: "note",
}
"""What is said in words, in one language or in several."""
MATCHED = (SKOS.exactMatch, SKOS.closeMatch, SKOS.broadMatch, SKOS.narrowMatch, SKOS.relatedMatch)
NAMED = (*MATCHED, SDO.sameAs, TG.confidence, OBSERVATION_ABOUT)
SCHEMES = ("area", "topic", "standing", "confidence", "status")
Row = tuple[str, ...]


def in_words(stated: Graph, node: Node, term: Node) -> list[str]:
    """Give what is said of something by a property, in Latvian and in English, or "" for what is not said."""
    words = {value.language: str(value) for value in stated.objects(node, term) if isinstance(value, Literal)}
    return [words.get(language, "") for language in ("lv", "en")]


def short(graph: Node) -> str:
    """Name a quote or evidence, the quotes of the page without the page."""
    return slug_of(graph).removeprefix("jelgava-lv-2017-")


def said(towns: LinkedTowns, graph: Node) -> Iterator[Row]:
    """Give what a quote or evidence says in words of ours, and how it stands."""
    standings = {term: slug_of(standing) for term, standing in towns.merged.subject_objects(TG.standing)}
    stated, here = towns.graph(URIRef(str(graph))), short(graph)
    for subject, term in sorted({(subject, term) for subject, term, _ in stated}):
        row, values = (here, slug_of(subject)), sorted(stated.objects(subject, term))
        if term in WORDED:
            yield (*row, WORDED[term], *in_words(stated, subject, term))
        elif term in standings or (term == SDO.about and kind_of(subject) == "activity"):
            what = standings.get(term, "about")
            yield from ((*row, what, *in_words(towns.merged, value, SKOS.prefLabel)) for value in values)
        elif term in NAMED:
            yield from ((*row, slug_of(term), "", curie(value)) for value in values)
        elif TG.StandingCooperation in values:
            yield (*row, "kind", *in_words(towns.merged, TG.StandingCooperation, RDFS.label))


def all_said(towns: LinkedTowns) -> Iterator[Row]:
    """Give what quotes say in the order of their page, then evidence, then the concepts that both name."""
    quotes = towns.merged.subject_objects(PROV.wasQuotedFrom)
    for quote, _ in sorted(quotes, key=lambda each: start_of(towns.merged, each[0])):
        yield (short(quote), "", "sentence", str(towns.merged.value(quote, OA.exact)), "")
        yield from said(towns, quote)
    for graph in sorted({graph for *_, graph in towns.quads() if kind_of(graph) == "evidence"}):
        cited = sorted(map(str, towns.merged.objects(URIRef(str(graph)), SDO.citation)))
        yield (short(graph), "", "sources", "", "; ".join(cited))
        yield from said(towns, graph)
    for scheme in SCHEMES:
        for concept in sorted(towns.merged.subjects(SKOS.inScheme, thing("scheme", scheme))):
            for term in (SKOS.prefLabel, SKOS.definition, SKOS.scopeNote):
                if any(words := in_words(towns.merged, concept, term)):
                    yield (scheme, slug_of(concept), WORDED[term], *words)


def reviewed() -> list[list[str]]:
    lines = [line for line in TABLE.read_text("utf-8").splitlines() if not line.startswith("#")]
    header, *rows = csv.reader(lines)
    assert header == COLUMNS
    return rows


def test_nothing_is_said_in_our_words_that_was_not_reviewed(towns: LinkedTowns) -> None:
    # What a concept is called elsewhere is in the table for the reviewer only.
    assert sorted(tuple(row[:-1]) for row in reviewed()) == sorted(all_said(towns))
