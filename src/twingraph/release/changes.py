"""What changed between two releases: the facts that only one of them has, each with the sentence that states it."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import asdict, dataclass
from functools import partial
from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

from rdflib import URIRef
from rdflib.namespace import RDF, RDFS, SDO, SKOS

from twingraph.curation.derive import home_first, start_of
from twingraph.curation.graph import text_of
from twingraph.dates import SourceDate
from twingraph.errors import BadSource, NothingToCompare
from twingraph.release.folder import write
from twingraph.release.history import NUMBER, Change, Version, order, record
from twingraph.settings import CHECKSUMS, QUADS
from twingraph.vocab import DCAT, OA, OBSERVATION_ABOUT, TG, curie, kind_of, slug_of, thing
from twingraph.words import text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from rdflib import Graph
    from rdflib.term import Node

    from twingraph.curation.graph import Triple
    from twingraph.release.folder import Release
    from twingraph.release.records import LinkedTowns


_KINDS = {
    "place": text("Place"),
    "twinning": text("Tie"),
    "agreement": text("Agreement"),
    "figure": text("Figure"),
    "activity": text("Activity"),
    "organisation": text("Organisation"),
    "programme": text("Programme"),
    "country": text("Country"),
}
"""The kinds of things whose facts are compared, in the order in which the changes of one town are told."""
_DATES = {SDO.startDate, SDO.endDate, SDO.observationDate, TG.signed, TG.since}
_NO_FACTS = {RDFS.comment, RDFS.seeAlso, TG.dateAsPrinted, TG.typeAsPrinted}
"""What stands beside a fact: how the page words it, and notes on it."""
_IDENTIFYING = (OBSERVATION_ABOUT, SDO.measuredProperty, SDO.observationDate)
_NOTHING = text("Nothing changed in the facts on towns, ties, agreements, figures and what is done.")


@dataclass(frozen=True, slots=True)
class Difference(Change):
    """A thing that came or went, or of which other values are stated.

    property: its IRI, "" where the thing came or went; before, after: the values that only the old and only the new
    release has, as IRIs and texts; quotes: the sentences of pages that state what is new or, if nothing is, stated
    what is gone.
    """

    property: str = ""
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    quotes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Diff:
    """Two releases and their datasets, and the facts that differ."""

    old: Release
    new: Release
    before: LinkedTowns
    after: LinkedTowns
    differences: list[Difference]

    @property
    def pages(self) -> list[str]:
        """The addresses of pages, or of other states of them, that only the new release holds."""
        known = {source["sha256"] for source in self.old.manifest["sources"]}
        return [source["url"] for source in self.new.manifest["sources"] if source["sha256"] not in known]

    @property
    def statements(self) -> dict[str, int]:
        """How many statements only the new and only the old release has, with those that follow from others."""
        before, after = (set((each.folder / QUADS).read_bytes().splitlines()) for each in (self.old, self.new))
        return {"added": len(after - before), "removed": len(before - after)}


def diff(old: Release, new: Release) -> Diff:
    """Compare two releases; raises NothingToCompare where they are one and the same."""
    if (old.folder / CHECKSUMS).read_bytes() == (new.folder / CHECKSUMS).read_bytes():
        values = {"old": old.folder, "new": new.folder, "version": new.manifest["version"]}
        raise NothingToCompare(text("%(old)s and %(new)s hold the same release, %(version)s, byte for byte.", **values))
    before, after = old.load(), new.load()
    return Diff(old, new, before, after, compare(before, after))


def compare(old: LinkedTowns, new: LinkedTowns) -> list[Difference]:
    """Give what differs in the facts on towns, ties, agreements, figures and what is done, in the order of the towns.

    A fact is what pages and other evidence state, not what follows from it by a rule.
    """
    before, after = _facts(old), _facts(new)
    words = [_Words(new.merged, old.merged, language) for language in ("en", "lv")]
    in_both = {subject for subject, *_ in before} & {subject for subject, *_ in after}
    changed: dict[tuple[Node, Node | None], set[Triple]] = defaultdict(set)
    for fact in before.keys() ^ after.keys():
        changed[fact[0], fact[1] if fact[0] in in_both else None].add(fact)
    found = []
    for (subject, term), facts in changed.items():
        gone, come = ({value for *_, value in facts & stated.keys()} for stated in (before, after))
        merged, stated = (new.merged, after) if come else (old.merged, before)
        graphs = sorted({graph for fact in facts & stated.keys() for graph in stated[fact]}, key=str)
        graphs.sort(key=partial(start_of, merged))
        found.append(
            Difference(
                kind="changed" if term else "added" if come else "removed",
                subject=str(subject),
                town=_town_of(merged, subject),
                sentences={each.language: each.sentence(subject, term, gone, come) for each in words},
                property=str(term or ""),
                before=tuple(sorted(map(str, gone))) if term else (),
                after=tuple(sorted(map(str, come))) if term else (),
                quotes=tuple(filter(None, (text_of(merged, graph, OA.exact) for graph in graphs))),
            )
        )
    kinds = list(_KINDS)
    return sorted(
        found, key=lambda each: (each.town, kinds.index(kind_of(each.subject) or ""), each.subject, each.property)
    )


def _facts(towns: LinkedTowns) -> dict[Triple, list[Node]]:
    """Give the facts of a release, each with the graphs that state it."""
    facts: dict[Triple, list[Node]] = defaultdict(list)
    for subject, term, value, graph in towns.quads():
        if kind_of(subject) in _KINDS and kind_of(graph) in {"quote", "evidence"} and term not in _NO_FACTS:
            facts[subject, term, value].append(URIRef(str(graph)))
    return facts


def _town_of(graph: Graph, subject: Node) -> str:
    """Give the slug of the town that a thing concerns, "" where it names none: the home town is of all."""
    if kind_of(subject) == "place":
        return slug_of(subject)
    near = [
        *graph.objects(subject),
        *(place for tie in graph.objects(subject, TG.twinning) for place in graph.objects(tie, TG.partner)),
    ]
    places = home_first(graph, {node for node in near if kind_of(node) == "place"})
    return slug_of(places[-1]) if places else ""


class _Words(NamedTuple):
    """What two releases call things in a language, the new one before the old one."""

    new: Graph
    old: Graph
    language: str

    def sentence(self, subject: Node, term: Node | None, gone: set[Node], come: set[Node]) -> str:
        """Say that a thing came or went or, where a property is given, which of its values did."""
        kind = _KINDS[kind_of(subject) or ""].in_language(self.language)
        thing = text("%(kind)s “%(name)s”", kind=kind if term else kind.lower(), name=self.name(subject))
        values = {"thing": thing, "before": self.values(gone, term), "after": self.values(come, term)}
        if term is None:
            sentence = text("Added: %(thing)s.", **values) if come else text("Removed: %(thing)s.", **values)
        else:
            values["property"] = self.name(term)
            if gone and come:
                sentence = text("%(thing)s – %(property)s: %(after)s (before: %(before)s).", **values)
            elif come:
                sentence = text("%(thing)s – %(property)s, added: %(after)s.", **values)
            else:
                sentence = text("%(thing)s – %(property)s, removed: %(before)s.", **values)
        return sentence.in_language(self.language)

    def name(self, node: Node) -> str:
        """Give the name of a thing or a term; that of a figure is its town, what is measured, and when."""
        graph = self.new if (node, None, None) in self.new else self.old
        for term in (SDO.name, SKOS.prefLabel, RDFS.label):
            names = (str(name) for name in graph.objects(node, term) if getattr(name, "language", "") == self.language)
            if name := min(names, default=""):
                return name
        parts = (self.values(graph.objects(node, term), term) for term in _IDENTIFYING)
        return ", ".join(filter(None, parts)) or curie(node)

    def values(self, nodes: Iterable[Node], term: Node | None) -> str:
        """Write values of a property one after the other."""
        written = []
        for node in nodes:
            date = SourceDate.parse(str(node)) if term in _DATES else None
            value = self.name(node) if isinstance(node, URIRef) else str(node)
            written.append(date.in_words(self.language) if date else value)
        return ", ".join(sorted(written))


def keep(differs: Diff, folder: Path) -> Path:
    """Write the record of the new version into a folder, for the next build to take in, and give its path.

    Raises NothingToCompare where its number is not above that of the old one, BadSource where there is a record of it
    already, which somebody may have reworded, and UnwritableTarget.
    """
    number, previous = (str(release.manifest["version"]) for release in (differs.new, differs.old))
    if not NUMBER.fullmatch(number) or order(number) <= order(previous):
        raise NothingToCompare(
            text(
                "The new release calls itself %(number)s, which is no number above %(previous)s, that of the old one; "
                "raise dcat:version and dct:modified in data/dataset.ttl and build it again.",
                number=number,
                previous=previous,
            )
        )
    path = folder / f"{number}.ttl"
    if path.exists():
        raise BadSource(path, text("this version has a record already; remove it to have it written anew"))
    dataset = URIRef(str(next(differs.after.merged.subjects(RDF.type, DCAT.Dataset))))
    nothing = Change("changed", str(dataset), "", {each: _NOTHING.in_language(each) for each in ("en", "lv")})
    changes = tuple(differs.differences) or (nothing,)
    version = Version(number, differs.new.manifest["modified"][:10], previous, changes)
    return next(write(folder, [(path.name, record(version, dataset).encode())]))


def as_text(differs: Diff, language: str) -> str:
    """Write it for people: the differences under the names of the towns, each with its sentences, and how many."""
    releases = (each.manifest for each in (differs.old, differs.new))
    blocks = [" → ".join(f"{each['version']} ({each['modified'][:10]})" for each in releases)]
    words = _Words(differs.after.merged, differs.before.merged, language)
    for town, differences in groupby(differs.differences, key=lambda each: each.town):
        lines = [words.name(thing("place", town))] if town else []
        for each in differences:
            lines += [f"  {each.sentences[language]}", *(f"    „{quote}”" for quote in each.quotes)]
        blocks.append("\n".join(lines))
    summary = text(
        "Changes: %(changes)s. Statements added: %(added)s, removed: %(removed)s, "
        "with those that only follow from others.",
        changes=len(differs.differences),
        **differs.statements,
    )
    pages = [text("Pages added: %(pages)s.", pages=", ".join(differs.pages))] if differs.pages else []
    said = [*pages, summary] if differs.differences else [_NOTHING, *pages, summary]
    return "\n\n".join([*blocks, *(each.in_language(language) for each in said)]) + "\n"


def as_json(differs: Diff, _: str = "") -> str:
    """Write it as a JSON object."""
    releases = {"old": differs.old.manifest, "new": differs.new.manifest}
    whole = {
        **{name: {key: each[key] for key in ("version", "modified")} for name, each in releases.items()},
        "changes": [
            {"sentence" if key == "sentences" else key: value for key, value in asdict(each).items()}
            for each in differs.differences
        ],
        "pages": differs.pages,
        "statements": differs.statements,
    }
    return json.dumps(whole, ensure_ascii=False, indent=1) + "\n"


FORMATS: dict[str, Callable[[Diff, str], str]] = {"text": as_text, "json": as_json}
"""The ways to write it, each from the difference and a language."""
