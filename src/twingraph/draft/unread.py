"""What a page says and no statement takes up: sentences without a quote, and areas and dates in a quote."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rdflib import Literal, URIRef
from rdflib.namespace import PROV, SDO

from twingraph.curation.findings import SEVERITIES, Finding
from twingraph.curation.graph import find, selector, text_of
from twingraph.curation.turtle import line_of
from twingraph.draft import written
from twingraph.draft.lexicon import Areas
from twingraph.draft.passages import passages
from twingraph.draft.sentences import read
from twingraph.settings import input_folder
from twingraph.vocab import OA, SHAPE, TG, kind_of, slug_of
from twingraph.words import LANGUAGES, text

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from rdflib.term import Node

    from twingraph.curation.graph import Curated
    from twingraph.words import Text


def unread(curated: Curated, inputs: Path) -> list[Finding]:
    """Give a to-do for each sentence of the pages that supports nothing, and for what quotes say and nothing states.

    curated: the data as read, before or after rules; inputs: the folder that files are named from. A sentence that is
    left out with a reason is no to-do; areas and dates are looked for in Latvian and English.
    """
    above = input_folder(inputs, "data").parent
    found = [finding for source in curated.pages for finding in _sentences(curated, source, above)]
    for language in LANGUAGES:
        pages = {page for page in curated.pages if (page, SDO.inLanguage, Literal(language)) in curated.merged}
        areas = Areas.of(curated.merged, language) if pages else None
        for quote, source in curated.merged.subject_objects(PROV.wasQuotedFrom):
            if areas and source in pages:
                found += _words(curated, URIRef(str(quote)), language, areas, above)
    return sorted(found)


def _sentences(curated: Curated, source: Node, above: Path) -> Iterator[Finding]:
    """Find the passages of a page that no quote has a part of."""
    page, spans = curated.pages[source], []
    for quote in curated.merged.subjects(PROV.wasQuotedFrom, source):
        exact, *around = selector(curated.merged, quote)
        spans += [(start, start + len(exact)) for start in find(page, exact, *around)]
    path = next(path for path in curated.files[source] if path.name == "source.ttl").with_name("page.txt")
    for passage in passages(page):
        if not any(passage.start < end and start < passage.end for start, end in spans):
            file, line = path.relative_to(above).as_posix(), page.count("\n", 0, passage.start) + 1
            said = text(
                "No quote has this sentence: quote it with what it states, or say with tg:leftOut why nothing is."
            )
            yield _finding("Page-unquoted", source, (file, line), passage.text, said)


def _words(curated: Curated, quote: URIRef, language: str, areas: Areas, above: Path) -> Iterator[Finding]:
    """Find the areas and dates that a quote names and its block does not state."""
    exact, stated = text_of(curated.merged, quote, OA.exact), [*curated.dataset.graph(quote)]
    if any(term == TG.leftOut for _, term, _ in stated):
        return
    path = curated.files[quote][0]
    place = path.relative_to(above).as_posix(), line_of(curated.texts[path], quote, quote, OA.exact, None)
    named = {slug_of(value) for _, _, value in stated if kind_of(value) == "area"}
    literals = [str(value) for subject, _, value in stated if isinstance(value, Literal) and subject != quote]
    for area in read(exact, language, areas).areas:
        if area.area not in named and not any(area.words in words for words in literals):
            said = text("The quote names an area that its block does not state: state it, or say in a comment why not.")
            yield _finding("Quote-area-unused", quote, place, area.words, said)._replace(sentence=exact)
    for date in written.dates(exact, language):
        known = (
            date.words.casefold() in words.casefold() or words.startswith(str(date.value.year)) for words in literals
        )
        if not any(known):
            said = text("The quote names a date that its block does not state: state it, or say in a comment why not.")
            yield _finding("Quote-date-unused", quote, place, date.words, said)._replace(sentence=exact)


def _finding(rule: str, record: Node, place: tuple[str, int], value: str, said: Text) -> Finding:
    english, latvian = (said.in_language(language) for language in ("en", "lv"))
    iris = (str(SHAPE[rule]), str(record), "")
    return Finding(SEVERITIES.index("Info"), *place, *iris, value, english, latvian, sentence="")
