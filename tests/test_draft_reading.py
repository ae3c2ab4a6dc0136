"""What a draft reads from a sentence and what it leaves to a person, by rows of made-up sentences in both languages."""

from __future__ import annotations

import time
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from rdflib import DCTERMS, RDF, SDO, Graph

from twingraph.curation.graph import read_inputs
from twingraph.draft.facts import Draft
from twingraph.draft.lexicon import Areas
from twingraph.settings import PACKAGED
from twingraph.vocab import TG, prefixes, slug_of, thing
from twingraph.words import Text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rdflib.term import Node

    from twingraph.curation.graph import Curated

HOME = "made-up-home"
CALLED = {"lv": "Izdomene", "en": "Madeham"}
ROWS = tomllib.loads(Path(__file__).with_name("sentences.toml").read_text("utf-8"))
CASES = [pytest.param(language, row, id=row["claim"]) for language, rows in ROWS.items() for row in rows]
MEASURES = {"P1082": "population", "P2046": "area"}
SECONDS = 10
"""More than a page may take that is nothing but one thing over and over."""
STANDINGS = ("agreed", "undertaken", "planned", "begun", "ongoing", "activity")


@pytest.fixture(scope="module")
def curated() -> Curated:
    return read_inputs(PACKAGED)


@pytest.fixture(scope="module")
def read(curated: Curated) -> Callable[[str, str], Draft]:
    """What reads a page in a language, knowing the areas by their labels alone."""
    areas = {language: Areas.of(curated.merged, language, on_file=False) for language in CALLED}

    def read(page: str, language: str) -> Draft:
        return Draft("made-up", HOME, [CALLED[language]], language, curated.merged, areas[language]).read(page)

    return read


class Stated:
    """What a draft states, in the short words of the table."""

    def __init__(self, draft: Draft) -> None:
        head = "".join(f"@prefix {prefix}: <{namespace}> .\n" for prefix, namespace in prefixes().items())
        facts = [fact for block in draft.blocks for fact in block.facts.items()]
        self.graph = Graph().parse(data=head + "".join(f"{each} {' ; '.join(said)} .\n" for each, said in facts))

    def lines(self) -> Iterator[str]:
        for place, country in self.graph.subject_objects(SDO.containedInPlace):
            is_named = (place, SDO.name, None) in self.graph
            yield f"{slug_of(place)}{'' if is_named else '?'} {slug_of(country)}"
        for place, site in self.graph.subject_objects(SDO.url):
            yield f"{slug_of(place)} site {site}"
        for tie in self.graph.subjects(RDF.type, TG.Twinning):
            yield from (f"{self.towns(tie, TG.partner)} {each}" for each in self.of_tie(tie))
        for agreement in self.graph.subjects(RDF.type, TG.Agreement):
            yield from (f"{self.towns(agreement, TG.party)} {each}" for each in self.of_agreement(agreement))
        for event, people in self.graph.subject_objects(TG.participants):
            tie = self.graph.value(event, TG.twinning)
            yield f"{self.towns(tie, TG.partner)} people {people}"
        yield from self.figures()

    def title(self) -> str:
        return str(self.graph.value(thing("source", "made-up"), SDO.name))

    def towns(self, subject: Node | None, term: Node) -> str:
        return "+".join(sorted({slug_of(each) for each in self.graph.objects(subject, term)} - {HOME}))

    def of_tie(self, tie: Node) -> Iterator[str]:
        yield "tie"
        yield from (f"since {date}" for date in self.graph.objects(tie, TG.since))
        for status in self.graph.objects(tie, TG.status):
            yield f"{slug_of(status)} {self.graph.value(tie, TG.statusDate, default='')}".rstrip()
        yield from self.areas(tie)

    def of_agreement(self, agreement: Node) -> Iterator[str]:
        for kind in self.graph.objects(agreement, DCTERMS.type):
            yield f"{slug_of(kind)} {self.graph.value(agreement, TG.signed, default='')}".rstrip()
        yield from self.areas(agreement)

    def areas(self, subject: Node) -> Iterator[str]:
        for standing in STANDINGS:
            yield from (f"{standing} {slug_of(area)}" for area in self.graph.objects(subject, TG[f"{standing}Area"]))

    def figures(self) -> Iterator[str]:
        for figure, place in self.graph.subject_objects(TG.givenFor):
            measure = MEASURES[slug_of(self.graph.value(figure, SDO.measuredProperty))]
            about = "~" if (figure, TG.approximate, None) in self.graph else ""
            date = self.graph.value(figure, SDO.observationDate, default="")
            value = self.graph.value(figure, SDO.value)
            yield f"{slug_of(place)} {measure} {about}{value} {date}".rstrip()


def remarks(draft: Draft) -> list[str]:
    every = (each for block in draft.blocks for each in block.remarks)
    return [each.in_language("en") if isinstance(each, Text) else each for each in every]


@pytest.mark.parametrize(("language", "row"), CASES)
def test_all_that_is_certain_is_read_and_nothing_else(
    read: Callable[[str, str], Draft], language: str, row: dict[str, Any]
) -> None:
    draft = read(row["page"].strip(), language)
    stated = Stated(draft)
    assert sorted(stated.lines()) == sorted(row["reads"])
    assert row.get("title") in {None, stated.title()}
    unsaid = [each for each in row.get("doubts", []) if not any(each in remark for remark in remarks(draft))]
    assert unsaid == [], remarks(draft)


@pytest.mark.parametrize("language", CALLED)
@pytest.mark.parametrize("repeated", ["a", " ", ",", "Izdoma ", "Izdoma, ", "Izdoma (Itālija) ", "2002 ", "www."])
def test_a_page_of_one_thing_over_and_over_is_read_in_seconds(
    read: Callable[[str, str], Draft], language: str, repeated: str
) -> None:
    start = time.monotonic()
    read(f"Izdoma{repeated * 20_000}Itālija", language)
    assert time.monotonic() - start < SECONDS


@pytest.mark.parametrize("language", CALLED)
@pytest.mark.parametrize("repeated", ["a", " ", ",", " Izdoma", ", Izdoma", " Izdoma (Itālija)", " 2002", "www."])
def test_the_longest_sentence_that_is_read_is_read_in_seconds(
    read: Callable[[str, str], Draft], language: str, repeated: str
) -> None:
    start = time.monotonic()
    read(f"Izdoma {repeated * (1400 // len(repeated))} Itālija", language)
    assert time.monotonic() - start < SECONDS
