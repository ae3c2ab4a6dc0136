"""Holds drafts of pages against what a careful person states from these: how much is found, and how much is right.

The table of all of them: `.venv/bin/python -m tests.drafting`; with `--differences`, also what was missed or is wrong.
"""

from __future__ import annotations

import re
import sys
import tempfile
import tomllib
from collections import defaultdict
from difflib import SequenceMatcher
from pathlib import Path
from shutil import copytree, ignore_patterns
from typing import TYPE_CHECKING, Any, NamedTuple

from rdflib import DCTERMS, RDF, SDO, SKOS, Graph

from twingraph.curation.graph import read_inputs
from twingraph.draft.folder import Page, draft
from twingraph.names import fold, stem
from twingraph.settings import PACKAGED
from twingraph.vocab import TG, kind_of, slug_of, thing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from rdflib.term import Node

    from twingraph.curation.graph import Curated

PAGES = Path(__file__).with_name("drafts")
JELGAVA = "jelgava-lv-2017"
DRAFTED = "made-up-draft"
CATEGORIES = ("partner", "date", "document", "status", "figure", "site", "area", "people")
_MEASURES = {"P1082": "population", "P2046": "area"}
_BLOCK_NAME = re.compile(r"^((?:    )?(?:# )?:)[\w-]+ ", re.MULTILINE)
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
    return [
        *rows,
        Row("all", *({(i, *fact) for i, facts in enumerate(column) for fact in facts} for column in columns)),
    ]


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
        for place, country in self.stated.subject_objects(SDO.containedInPlace):
            if place != self.home:
                found["partner"].add((self.name(place, as_stated=True), slug_of(country)))
        for document, kind in self.stated.subject_objects(DCTERMS.type):
            if (document, RDF.type, TG.Agreement) in self.stated:
                found["document"].add((self.parties(document), slug_of(kind)))
        for tie, status in self.stated.subject_objects(TG.status):
            date = self.stated.value(tie, TG.statusDate)
            found["status"].add((self.parties(tie), slug_of(status), str(date or "")))
        found["date"] = {(tie, term, str(date)) for term in ("signed", "since") for tie, date in self.of_ties(term)}
        found["area"] = {(tie, slug_of(area), each) for each in _STANDINGS for tie, area in self.of_ties(f"{each}Area")}
        found["figure"] = set(self.figures())
        found["site"] = {(self.name(place), _bare(str(site))) for place, site in self.stated.subject_objects(SDO.url)}
        for activity, people in self.stated.subject_objects(TG.participants):
            ties = self.stated.objects(activity, TG.twinning)
            found["people"] |= {(self.parties(tie), int(str(people))) for tie in ties}
        return found

    def of_ties(self, term: str) -> Iterator[tuple[tuple[str, ...], Node]]:
        """Give the values of a property of ties and agreements with the parties of each."""
        return ((self.parties(tie), value) for tie, value in self.stated.subject_objects(TG[term]))

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
        """Name a town as the page does, by the name that is stated, else that of evidence, else its slug.

        as_stated: do not take what is stated for a case of a name on the page, but as it is.
        """
        terms = (SDO.name, SDO.alternateName)
        stated, known = (
            [str(each) for term in terms for each in of.objects(place, term)] for of in (self.stated, self.known)
        )
        exact = [self.spellings[name] for name in stated if name in self.spellings]
        if exact or (stated and as_stated):
            return min(exact or stated)
        called = [*stated, *known, slug_of(place).replace("-", " ")]
        alike = [name for spelling, name in self.spellings.items() for each in called if _key(spelling) == _key(each)]
        return min(alike or called[-1:])


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
    if category == "date":
        return [(parties, term, each[term]) for term in ("signed", "since") if term in each]
    if category == "area":
        return [(parties, area, each["standing"]) for area in each["areas"]]
    fact: dict[str, Callable[[], tuple[Any, ...]]] = {
        "partner": lambda: (each["name"], each["country"]),
        "document": lambda: (parties, each["kind"]),
        "status": lambda: (parties, each["status"], each["date"]),
        "figure": lambda: (each["partner"], each["property"], float(each["value"]), each.get("year", "")),
        "site": lambda: (each["partner"], _bare(each["site"])),
        "people": lambda: (parties, each["people"]),
    }
    return [fact[category]()]


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
    fetched = Page(text, f"https://{page}.example/towns", "2030-01-01T00:00:00Z")
    draft(fetched, about, "lv" if language == "lv" else "en", data, source=DRAFTED)
    return read_inputs(data), expected


def changed_lines(unfinished: str, finished: str) -> int:
    """Count the lines by which a person made the finished file of a draft.

    To remove a comment is no work, and what a block is called does not matter.
    """
    before, after = (_BLOCK_NAME.sub(r"\1 ", text).splitlines() for text in (unfinished, finished))
    changes = SequenceMatcher(a=before, b=after, autojunk=False).get_opcodes()
    return sum(
        max(sum(not line.strip().startswith("#") for line in before[a:b]), sum(map(bool, after[c:d])))
        for kind, a, b, c, d in changes
        if kind != "equal"
    )


def main(pages: Iterable[str], *, differences: bool) -> None:
    """Print the table."""
    print(f"{'':24}{'found':>12}{'':7}{'right':>12}")
    for page in pages:
        for forms in (False, True):
            with tempfile.TemporaryDirectory() as scratch:
                rows = score(*drafted(page, Path(scratch) / "data", forms=forms))
            print(f"{page}, {'all forms on file' if forms else 'labels alone'}")
            for row in rows:
                found, right = f"{row.right}/{len(row.expected)}", f"{row.right}/{row.counted}"
                print(f"  {row.category:22}{found:>12}{row.recall:>7.0%}{right:>12}{row.precision:>7.0%}")
                if differences and row.category != "all":
                    for sign, facts in (
                        ("-", row.expected - row.stated),
                        ("+", row.stated - row.expected - row.either),
                    ):
                        print(
                            *(f"      {sign} {fact}" for fact in sorted(facts, key=str)),
                            sep="\n",
                            end="\n" * bool(facts),
                        )


if __name__ == "__main__":
    main((JELGAVA, "made-up-lv", "made-up-en"), differences="--differences" in sys.argv)
