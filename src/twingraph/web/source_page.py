"""A source page side by side with what was read from it, and where a quote stands in it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby, pairwise
from typing import TYPE_CHECKING, NamedTuple

from flask import Blueprint, Response, redirect, render_template, url_for
from rdflib.namespace import SKOS

from twingraph.errors import UnknownThing
from twingraph.vocab import kind_of, slug_of, thing
from twingraph.web.http import Link, linked
from twingraph.web.language import language
from twingraph.web.service import rows, service
from twingraph.web.things import card

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from werkzeug.wrappers import Response as AnyResponse

    from twingraph.web.service import Row, Service, Value
    from twingraph.web.things import Fact, Thing
    from twingraph.words import Language

    Line = tuple[list["Piece"], list["Passage"]]

blueprint = Blueprint("source_page", __name__)

_AROUND = 2
"""Lines before and after a passage that show what it is about."""
_RANKS = {"agreement": 0, "twinning": 1, "place": 2, "activity": 3, "figure": 4}
"""The kinds of things that a passage is about before all else that it tells of."""


@dataclass(frozen=True, slots=True)
class Passage:
    """A passage, where it stands, end exclusive, and what was read from it.

    number: its place among the passages; town: the IRI and name of the one town that it is about, both "" for another
        number of them.
    reason: why it supports no statement, "" if it does; statements: how many it supports.
    subjects: what it says something of: the IRI, name and facts of each, and why that looks wrong, "" if it does not.
    words: those for areas, each the row of the statement that gives them to an area.
    """

    iri: str
    start: int
    end: int
    number: int = 0
    town: tuple[str, str] = ("", "")
    reason: str = ""
    statements: int = 0
    subjects: Sequence[tuple[str, str, dict[str, list[Fact]], str]] = ()
    words: Sequence[Row] = ()


class Piece(NamedTuple):
    """A stretch of text: its passage, if any, rows of the areas it names, and whether the passage opens or closes."""

    text: str
    passage: Passage | None
    mentions: list[Row]
    opens: bool
    closes: bool


@blueprint.get("/source")
@blueprint.get("/source/<slug>")
def page(slug: str | None = None) -> AnyResponse:
    """Show a source page beside what was read from it, or, of one that is only cited, what it is cited for.

    Without a name, list all pages, or lead to the only one. Raises UnknownThing.
    """
    # A page about several towns has a row for each.
    pages = {source: list(there) for source, there in groupby(rows("source-pages"), key=lambda row: row["source"])}
    if slug is None and len(pages) == 1:
        return redirect(url_for(".page", slug=slug_of(next(iter(pages)))), 303)
    if slug is None and pages:
        return Response(render_template("sources.html", pages=pages.values()))
    source = str(thing("source", slug or ""))
    if source not in pages:
        raise UnknownThing("source page", slug or "")
    text = text_of(source)
    if not text:
        cited = _cited(source)
        body = render_template("cited_source.html", source=source, page=pages[source], passages=cited)
        return linked(Response(body), [Link(source, "describes")])
    read = passages(source)
    body = render_template(
        "source_page.html",
        source=source,
        sections=sections(cut(text, read, rows("mentions-in-one-source", source=source))),
        passages=read,
        length=len(text),
        page=pages[source],
        has_others=len(pages) > 1,
    )
    return linked(Response(body), [Link(source, "describes")])


@blueprint.app_template_global()
def passage(thing: Thing) -> Passage | None:
    """Give what was read from a thing that is a passage; None for what is none."""
    read = passages(thing.source) if thing.source else ()
    return next((each for each in read if each.iri == thing.iri), None)


@blueprint.app_template_global()
def lines_around(thing: Thing) -> list[Line]:
    """Give the lines that a quote or mention stands in, and those next to them; none for anything else."""
    lines = list(cut(text_of(thing.source), [Passage(thing.iri, *thing.place)])) if thing.place else []
    at = [number for number, (pieces, _begun) in enumerate(lines) if any(piece.passage for piece in pieces)]
    return lines[max(at[0] - _AROUND, 0) : at[-1] + _AROUND + 1] if at else []


def cut(text: str, passages: Sequence[Passage], mentions: Sequence[Row] = ()) -> Iterator[Line]:
    """Cut a page into lines that are not blank, and these wherever a passage or the words for an area begin or end.

    mentions: the answer to `mentions-in-one-source`. Give of each line its pieces, and the passages that begin in it.
    """
    areas = [(int(row["start"]), int(row["end"]), row) for row in mentions]
    start = 0
    for line in text.split("\n"):
        end = start + len(line)
        if line.strip():
            there = [each for each in passages if each.start < end and each.end > start]
            edges = [(each.start, each.end) for each in there] + [area[:2] for area in areas]
            cuts = {start, end, *(at for edge in edges for at in edge if start < at < end)}
            pieces = []
            for first, last in pairwise(sorted(cuts)):
                passage = next((each for each in there if each.start <= first < each.end), None)
                named = [row for begin, stop, row in areas if begin <= first < stop]
                opens, closes = (passage.start == first, passage.end == last) if passage else (False, False)
                pieces.append(Piece(text[first:last], passage, named, opens, closes))
            yield pieces, [each for each in there if each.start >= start]
        start = end + 1


def sections(lines: Iterable[Line]) -> list[tuple[tuple[str, str], int, list[Line]]]:
    """Put lines into the parts about each town; a line about none belongs to that of the line before it.

    Give of each part the town, as a passage has it, where its first passage starts, and its lines.
    """
    parts: list[tuple[tuple[str, str], int, list[Line]]] = [(("", ""), 0, [])]
    for pieces, begun in lines:
        about = next((piece.passage for piece in pieces if piece.passage and any(piece.passage.town)), None)
        if about and about.town != parts[-1][0]:
            parts.append((about.town, (begun or [about])[0].start, []))
        parts[-1][2].append((pieces, begun))
    return [part for part in parts if part[2]]


def passages(source: str) -> tuple[Passage, ...]:
    """Give the passages of a source with what was read from each, in the language of the page; none of a cited one."""
    return _passages(service(), source, language())


def text_of(source: str) -> str:
    """Give the stored text of a source, "" of one that is only cited."""
    files, name = service().files, f"sources/{slug_of(source)}.txt"
    return files.read(name).decode() if name in files else ""


def _cited(source: str) -> list[Passage]:
    """Give what a source that is not quoted is cited for, a passage without words for each named graph."""
    stated = groupby(rows("statements-of-one-source", source=source), key=lambda row: row["quote"])
    return [
        Passage(graph, 0, 0, number, statements=len(there), subjects=subjects(there, _doubts()))
        for number, (graph, there) in enumerate(((graph, list(each)) for graph, each in stated), 1)
    ]


def _doubts() -> dict[Value, Value]:
    """Give why figures look wrong."""
    return {row["figure"]: row["reason"] for row in rows("figures-that-look-wrong")}


def subjects(
    statements: Sequence[Row], doubts: Mapping[Value, Value]
) -> list[tuple[str, str, dict[str, list[Fact]], str]]:
    """Put statements of one named graph together by what they say something of; doubts: why that looks wrong."""
    found = []
    for iri, there in groupby(statements, key=lambda each: each["subject"]):
        own = list(there)
        facts = card(own)
        # What has no name is called by what it measures, or by its slug.
        measured = next((each.text for each in facts.get("schema:measuredProperty", ())), slug_of(iri))
        name = own[0].get("subject_label") or measured
        # What a thing is called at the head of its facts is not said again among them.
        others = [each for each in facts.get("schema:name", ()) if each.text != name]
        facts = {term: others if term == "schema:name" else values for term, values in facts.items()}
        found.append((iri, name, {term: values for term, values in facts.items() if values}, doubts.get(iri, "")))
    return sorted(found, key=lambda each: _RANKS.get(kind_of(each[0]) or "", len(_RANKS)))


# What it gives follows from the release and the language, so that is all that is looked up by.
@lru_cache(maxsize=16)
def _passages(_here: Service, source: str, _language: Language) -> tuple[Passage, ...]:
    every = rows("statements-of-one-source", source=source)
    stated = {quote: list(there) for quote, there in groupby(every, key=lambda row: row["quote"])}
    read = groupby(rows("passages-of-one-source", source=source), key=lambda row: row["quote"])
    passages = []
    for number, (quote, towns) in enumerate(read, 1):
        # A passage about several towns has a row for each, and stands under the heading of none.
        row, *others = towns
        statements = stated.get(quote, [])
        words = [each for each in statements if each["property"] == str(SKOS.hiddenLabel)]
        about = subjects([each for each in statements if each not in words], _doubts())
        place, town = (int(row["start"]), int(row["end"])), (row.get("town", ""), row.get("town_label", ""))
        town = ("", "") if others else town
        reason = row.get("reason", "")
        passages.append(Passage(quote, *place, number, town, reason, len(statements), about, words))
    return tuple(passages)
