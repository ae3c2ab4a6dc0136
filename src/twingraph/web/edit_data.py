"""What the pages for editing show of data while these are edited: names, terms, statements, and what is asked for."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from rdflib import Graph, Literal, URIRef
from rdflib.namespace import RDF, RDFS, SDO, SKOS

from twingraph.curation.turtle import expand, parse
from twingraph.draft.facts import REASONS
from twingraph.draft.passages import passages
from twingraph.errors import BrokenSyntax
from twingraph.vocab import TG, catalogue_prefixes, curie, kind_of, slug_of
from twingraph.web.language import language
from twingraph.web.service import Value
from twingraph.web.source_page import Passage, subjects

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator

    from rdflib.term import Node

    from twingraph.curation.editing import DataFile, Offer
    from twingraph.curation.graph import Triple
    from twingraph.release.watch import Watch
    from twingraph.web.service import Row

_WRITTEN = ("", "document", "tie", "status", "area", "place", "country", "organisation", "programme")
"""The kinds of things that may be written as values; "" for the properties by which areas are stated."""


def usual_reasons(watch: Watch) -> dict[str, dict[str, str]]:
    """Give the usual reasons for leaving out, then those of the data, by their English, in both languages."""
    found = {str(each): {tag: each.in_language(tag) for tag in ("en", "lv")} for each in REASONS}
    stated: dict[Node, dict[str, str]] = {}
    for quote, reason in watch.curated.merged.subject_objects(TG.leftOut) if watch.curated else ():
        stated.setdefault(quote, {})[getattr(reason, "language", "")] = str(reason)
    both = (each for each in stated.values() if each.keys() == {"en", "lv"})
    return found | {each["en"]: each for each in sorted(both, key=lambda each: each["en"])}


def terms(watch: Watch) -> dict[str, list[tuple[str, Value]]]:
    """Give what may be written as a value in these data, and the properties for areas: by kind, named by its first."""
    if watch.curated is None:
        return {}
    graph, found = watch.curated.merged, dict[str, list[tuple[str, Value]]]()
    things = {each for each in graph.subjects(RDF.type) if kind_of(each) in _WRITTEN}
    things |= {term for term in graph.subjects(TG.standing) if kind_of(term) is None}
    for each in sorted(things, key=str):
        found.setdefault(kind_of(each) or "", []).append((curie(each), label_in(graph, each)))
    return {str(expand(found[kind][0][0], catalogue_prefixes())): found[kind] for kind in _WRITTEN if kind in found}


def stated_by(watch: Watch, file: DataFile, offer: Offer) -> dict[Value, list[tuple[Value, str]]]:
    """Give what an offer states by the names of properties, with addresses; nothing if it can not be read by itself."""
    found: dict[Value, list[tuple[Value, str]]] = {}
    graph = watch.curated.merged if watch.curated else Graph()
    with suppress(BrokenSyntax):
        for *_, term, value, name in parse(file.path, offer.words, file.known) if "{" in offer.words else ():
            if name and term != TG.confidence and str(value) != "…":
                is_text = isinstance(value, Literal)
                shown = Value(str(value), getattr(value, "language", None) or "") if is_text else label_in(graph, value)
                found.setdefault(label_in(graph, term), []).append((shown, "" if is_text else str(value)))
    return found


def count_gaps(file: DataFile) -> int:
    """Count what is to be taken or filled in in a file: of each block that is not there yet, one of its candidates."""
    if file.path.suffix == ".ttl":
        return sum(len(each.offers) for each in file.pieces)
    return sum(not each.name for each in file.pieces)


def statements(watch: Watch, names: Container[str]) -> dict[str, list[Triple]]:
    """Give what each block states; asked for at once, for rdflib goes through all graphs to look into one."""
    found: dict[str, list[Triple]] = {}
    for *triple, name in watch.curated.dataset.quads() if watch.curated else ():
        if str(name) in names:
            found.setdefault(str(name), []).append(tuple(triple))  # type: ignore[arg-type]
    return found


def passage(watch: Watch, name: str, place: tuple[int, int], number: int, stated: list[Triple]) -> Passage:
    """Give what was read from a passage, as the page of its source shows it."""
    if watch.curated is None:
        return Passage(name, *place, number)
    graph, here = watch.curated.merged, language()
    towns = [(str(town), label_in(graph, town)) for town in graph.objects(URIRef(name), SDO.about)]
    reasons = {getattr(value, "language", ""): str(value) for _, term, value in stated if term == TG.leftOut}
    rows = sorted(_rows(graph, [each for each in stated if str(each[0]) != name]), key=lambda row: [*row.values()])
    words = [row for row in rows if row["property"] == str(SKOS.hiddenLabel)]
    about = subjects([row for row in rows if row not in words], {})
    town = towns[0] if len(towns) == 1 else ("", "")
    reason = reasons.get(here) or next(iter(reasons.values()), "")
    return Passage(name, *place, number, town, reason, len(rows), about, words)


def _rows(graph: Graph, stated: Iterable[Triple]) -> Iterator[Row]:
    """Give statements as the query `statements-of-one-source` does."""
    for subject, term, value in stated:
        named = {"subject": subject, "property": term, "value": value}
        row = {each: Value(str(node), getattr(node, "language", None) or "") for each, node in named.items()}
        row |= {f"{each}_label": label_in(graph, node) for each, node in named.items() if not isinstance(node, Literal)}
        yield row | {"language": Value(row["value"].language)}


def label_in(graph: Graph, node: Node) -> Value:
    """Give the name of a thing in the language of the page, else in another, else its slug."""
    names = [*graph.objects(node, RDFS.label), *graph.objects(node, SKOS.prefLabel)]
    named = {each.language or "": str(each) for each in names if isinstance(each, Literal)}
    tag = next((each for each in (language(), "en", *named) if each in named), "")
    return Value(named.get(tag) or slug_of(node), tag)


def unquoted(page: str, quoted: Iterable[tuple[int, int, str]]) -> Iterator[tuple[int, int]]:
    """Give where in a page passages stand that nobody quotes, end exclusive."""
    done = 0
    for start, end, _ in [*sorted(quoted), (len(page), len(page), "")]:
        between = passages(page[done:start]) if start > done else ()
        yield from ((done + each.start, done + each.end) for each in between if any(map(str.isalnum, each.text)))
        done = max(done, end)
