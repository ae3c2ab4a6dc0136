"""Holds drafts of pages against what a careful person states from these: how much is found, and how much is right.

The table of all of them: `.venv/bin/python -m tests.drafting`; with `--differences`, what was missed and what is wrong, too.
"""

from __future__ import annotations

import sys
import tempfile
import tomllib
from collections import defaultdict
from pathlib import Path
from shutil import copytree, ignore_patterns
from typing import TYPE_CHECKING, Any, NamedTuple

from rdflib import DCTERMS, RDF, SDO, SKOS, Graph, URIRef

from twingraph.curation.graph import read_inputs
from twingraph.draft.folder import Page, draft
from twingraph.names import fold, stem
from twingraph.settings import PACKAGED
from twingraph.vocab import TG, kind_of, slug_of, thing

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from rdflib.term import Node

    from twingraph.curation.graph import Curated

PAGES = Path(__file__).with_name("drafts")
JELGAVA = "jelgava-lv-2017"
DRAFTED = "made-up-draft"
CATEGORIES = ("partner", "date", "document", "status", "figure", "site", "area", "people")
_MEASURES = {"P1082": "population", "P2046": "area"}
_STANDINGS = ("agreed", "undertaken", "planned", "begun", "ongoing", "activity")

Facts = dict[str, set[tuple[Any, ...]]]


class Row(NamedTuple):
    """What a draft states of one category, what it should, and what counts neither way."""

    category: str
    stated: set[tuple[Any, ...]]
    expected: set[tuple[Any, ...]]
    either: set[tuple[Any, ...]]

    @property
    def right(self) -> int:
        return len(self.stated & self.expected)

    @property
    def counted(self) -> int:
        return len(self.stated - self.either)

    @property
    def recall(self) -> float:
        return self.right / len(self.expected) if self.expected else 1.0

    @property
    def precision(self) -> float:
        return self.right / self.counted if self.counted else 1.0


class Expected(NamedTuple):
    """What a person states from a page; spellings: what a partner is called there, by every spelling on the page."""

    facts: Facts
    either: Facts
    spellings: dict[str, str]


def score(curated: Curated, expected: Expected, source: str = DRAFTED) -> list[Row]:
    """Hold what a source states against what it should, by category and in all."""
    stated = facts_of(curated, source, expected.spellings)
    rows = [Row(each, stated[each], expected.facts[each], expected.either[each]) for each in CATEGORIES]
    columns = zip(*(row[1:] for row in rows), strict=True)
    return [*rows, Row("all", *({(i, *fact) for i, facts in enumerate(column) for fact in facts} for column in columns))]


def facts_of(curated: Curated, source: str, spellings: dict[str, str]) -> Facts:
    """Take from the blocks of a source what is scored; towns by their names on the page, the home left out."""
    stated = Graph()
    for graph in curated.dataset.graphs():
        if slug_of(graph.identifier).startswith(f"{source}-") and kind_of(graph.identifier) == "quote":
            stated += graph
    home = curated.merged.value(thing("source", source), SDO.about)
    return _Reading(stated, curated.merged, home, spellings).facts()


class _Reading(NamedTuple):
    stated: Graph
    known: Graph
    home: Node | None
    spellings: dict[str, str]

    def facts(self) -> Facts:
        found: Facts = defaultdict(set)
        for place, _, country in self.stated.triples((None, SDO.containedInPlace, None)):
            if place != self.home:
                found["partner"].add((self.name(place, as_stated=True), slug_of(country)))
        for term in ("signed", "since"):
            for thing_, date in self.stated.subject_objects(TG[term]):
                found["date"].add((self.parties(thing_), term, str(date)))
        for document in self.stated.subjects(RDF.type, TG.Agreement):
            for kind in self.stated.objects(document, DCTERMS.type):
                found["document"].add((self.parties(document), slug_of(kind)))
        for tie, status in self.stated.subject_objects(TG.status):
            date = self.stated.value(tie, TG.statusDate)
            found["status"].add((self.parties(tie), slug_of(status), str(date or "")))
        found["figure"] = set(self.figures())
        for place, site in self.stated.subject_objects(SDO.url):
            found["site"].add((self.name(place), _bare(str(site))))
        for standing in _STANDINGS:
            for tie, area in self.stated.subject_objects(TG[f"{standing}Area"]):
                found["area"].add((self.parties(tie), slug_of(area), standing))
        for activity, people in self.stated.subject_objects(TG.participants):
            for tie in self.stated.objects(activity, TG.twinning):
                found["people"].add((self.parties(tie), int(people)))
        return found

    def figures(self) -> Iterator[tuple[str, str, float, str]]:
        for figure, place in self.stated.subject_objects(TG.givenFor):
            measure = _MEASURES[slug_of(self.stated.value(figure, SDO.measuredProperty))]
            year = self.stated.value(figure, SDO.observationDate)
            for value in self.stated.objects(figure, SDO.value):
                yield self.name(place), measure, float(value), str(year or "")[:4]

    def parties(self, tie: Node) -> tuple[str, ...]:
        """Name the towns of a tie or an agreement but for the home."""
        towns = {*self.known.objects(tie, TG.partner), *self.known.objects(tie, TG.party)} - {self.home}
        return tuple(sorted(map(self.name, towns)))

    def name(self, place: Node, *, as_stated: bool = False) -> str:
        """Name a town as the page does: as the source states it, by its spellings, or by its slug if it states none.

        as_stated: do not take an oblique case that is stated as the name for the nominative.
        """
        names = [str(name) for name in (*self.stated.objects(place, SDO.name), *self.stated.objects(place, SDO.alternateName))]
        exact = [self.spellings[name] for name in names if name in self.spellings]
        if exact or (names and as_stated):
            return min(exact or names)
        called = [*names, slug_of(place).replace("-", " ")]
        alike = [name for spelling, name in self.spellings.items() for each in called if _key(spelling) == _key(each)]
        return min(alike or called[:1])


def _key(name: str) -> str:
    return " ".join(stem(word) for word in fold(name).split())


def _bare(address: str) -> str:
    return address.partition("://")[2].rstrip("/") if "://" in address else address.rstrip("/")


def expected_of_jelgava() -> Expected:
    """Take what is expected of Jelgava's page from its own facts."""
    curated = read_inputs(PACKAGED)
    graphs = [each for each in curated.dataset.graphs() if slug_of(each.identifier).startswith(f"{JELGAVA}-")]
    names = {
        place: str(name)
        for graph in graphs
        for place, name in graph.subject_objects(SDO.name)
        if kind_of(place) == "place"
    }
    others = ((place, str(name)) for graph in graphs for place, name in graph.subject_objects(SDO.alternateName))
    spellings = {name: name for name in names.values()} | {name: names[place] for place, name in others}
    return Expected(facts_of(curated, JELGAVA, spellings), defaultdict(set), spellings)


def expected_of(page: str) -> Expected:
    """Take what is expected of a made-up page from the file beside it."""
    written = tomllib.loads((PAGES / f"{page}.toml").read_text("utf-8"))
    facts: Facts = defaultdict(set)
    either: Facts = defaultdict(set)
    for category in CATEGORIES:
        for each in written[category]:
            (either if each.get("either") else facts)[category].update(_facts(category, each))
    spellings = {
        spelling: each["name"] for each in written["partner"] for spelling in (each["name"], *each.get("spellings", ()))
    }
    return Expected(facts, either, spellings)


def _facts(category: str, each: dict[str, Any]) -> Iterable[tuple[Any, ...]]:
    parties = tuple(sorted(each.get("parties", ())))
    match category:
        case "partner":
            return [(each["name"], each["country"])]
        case "date":
            return [(parties, term, each[term]) for term in ("signed", "since") if term in each]
        case "document":
            return [(parties, each["kind"])]
        case "status":
            return [(parties, each["status"], each["date"])]
        case "figure":
            return [(each["partner"], each["property"], float(each["value"]), each.get("year", ""))]
        case "site":
            return [(each["partner"], _bare(each["site"]))]
        case "area":
            return [(parties, area, each["standing"]) for area in each["areas"]]
    return [(parties, each["people"])]


def data_without_jelgavas_page(folder: Path, *, forms: bool) -> Path:
    """Copy the data without what was read from Jelgava's page; forms: keep the words that it has for areas."""
    copytree(PACKAGED / "data", folder, ignore=ignore_patterns(JELGAVA))
    if forms:
        known = Graph()
        known += read_inputs(PACKAGED).merged.triples((None, SKOS.hiddenLabel, None))
        (folder / "forms.ttl").write_text(known.serialize(format="turtle"), "utf-8")
    return folder


def drafted(page: str, folder: Path, *, forms: bool) -> tuple[Curated, Expected]:
    """Draft a page beside a copy of the data, and read that as a build does; give what is expected, too."""
    data = data_without_jelgavas_page(folder, forms=forms)
    if page == JELGAVA:
        text = (PACKAGED / "data/sources" / JELGAVA / "page.txt").read_text("utf-8")
        expected, about, language = expected_of_jelgava(), "jelgava", "lv"
    else:
        text = (PAGES / f"{page}.txt").read_text("utf-8")
        written = tomllib.loads((PAGES / f"{page}.toml").read_text("utf-8"))
        expected, about, language = expected_of(page), written["about"], written["language"]
    draft(Page(text), about, "lv" if language == "lv" else "en", data, source=DRAFTED)
    return read_inputs(data), expected


def main(*, differences: bool) -> None:
    """Print the table."""
    print(f"{'':24}{'found':>12}{'':7}{'right':>12}")
    for page in (JELGAVA, "made-up-lv", "made-up-en"):
        for forms in (False, True):
            with tempfile.TemporaryDirectory() as scratch:
                rows = score(*drafted(page, Path(scratch) / "data", forms=forms))
            print(f"{page}, {'all forms on file' if forms else 'labels alone'}")
            for row in rows:
                found, right = f"{row.right}/{len(row.expected)}", f"{row.right}/{row.counted}"
                print(f"  {row.category:22}{found:>12}{row.recall:>7.0%}{right:>12}{row.precision:>7.0%}")
                if differences and row.category != "all":
                    for sign, facts in (("-", row.expected - row.stated), ("+", row.stated - row.expected - row.either)):
                        print(*(f"      {sign} {fact}" for fact in sorted(facts, key=str)), sep="\n", end="\n" * bool(facts))


if __name__ == "__main__":
    main(differences="--differences" in sys.argv)
