"""What changed between two releases, and the history of versions that the curator keeps of it in `data/changes/`."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import unquote

from rdflib import BNode, Graph, Literal, URIRef
from rdflib.namespace import DCTERMS, PROV, RDF, RDFS, SDO, SKOS

from twingraph.curation.derive import claims_in, home_first, source_of, sources_in_time
from twingraph.curation.graph import files_below, filled, read_text, text_of, texts_of
from twingraph.curation.turtle import parse
from twingraph.dates import SourceDate
from twingraph.errors import BadInput, BadValue
from twingraph.release.folder import write
from twingraph.settings import CHECKSUMS, QUADS
from twingraph.vocab import DCAT, SHOWN, TG, address, catalogue_prefixes, curie, kind_of, slug_of, thing
from twingraph.words import LANGUAGES, render, text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

    from rdflib.term import Node

    from twingraph.curation.graph import Triple
    from twingraph.release.folder import Release
    from twingraph.release.records import LinkedTowns

_ACTIONS = {"added": SDO.AddAction, "removed": SDO.DeleteAction, "changed": SDO.UpdateAction}
_KINDS = {
    "place": text("Place"),
    "twinning": text("Twinning"),
    "agreement": text("Agreement"),
    "figure": text("Figure"),
    "activity": text("Activity"),
    "organisation": text("Organisation"),
    "programme": text("Programme"),
    "country": text("Country"),
}
"""The kinds of things whose facts are compared, in the order in which the changes of one town are told."""
_STANDING = {TG.status, TG.statusDate, TG.statusNotBefore}
_DATES = {SDO.startDate, SDO.endDate, SDO.observationDate, TG.signed, TG.since, *_STANDING}
_NO_FACTS = {RDFS.comment, RDFS.seeAlso, TG.dateAsPrinted, TG.typeAsPrinted}
"""What stands beside a fact: how the page words it, and notes on it."""
_IDENTIFYING = (TG.givenFor, SDO.measuredProperty, SDO.observationDate)
_NOTHING = text("Nothing changed in the facts on towns, twinnings, agreements, figures and what is done.")


@dataclass(frozen=True, slots=True)
class Change:
    """A thing that came or went, or of which other values are stated.

    kind: `added`, `removed` or `changed`; subject: its IRI; town: the slug of the twin town it concerns, "" where there
    is none; sentences: what changed, by language, each to be read by itself.

    Of what has been found, and not read in a record, also: property: its IRI, "" where the thing came or went; before,
    after: the values that only the old and only the new release has, as IRIs and texts; quotes: the sentences of pages
    that state what is new or, if nothing is, stated what is gone; sources: the slugs of the sources that do.
    """

    kind: str
    subject: str
    town: str
    sentences: Mapping[str, str]
    property: str = ""
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    quotes: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Version:
    """A version of the data; issued: its day, as `2026-11-23`."""

    number: str
    issued: str
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class Diff:
    """Two releases and their datasets, and what differs.

    pages: the addresses of pages, or of other states of them, that only the new release holds; statements: how many
    only the new (`added`) and only the old release has (`removed`), with those that follow from others.
    """

    old: Release
    new: Release
    before: LinkedTowns
    after: LinkedTowns
    differences: list[Change]
    pages: list[str]
    statements: dict[str, int]


# The history


def order(number: str) -> tuple[int, ...]:
    """Give what sorts the numbers of versions: 1.10.0 comes after 1.9.0."""
    return tuple(int(digits) for digits in re.findall(r"\d+", number))


def versions(graph: Graph) -> list[Version]:
    """Read the versions that a graph describes, the newest first."""
    found = []
    for subject in graph.subjects(DCAT.version):
        parts = sorted(graph.objects(subject, SDO.hasPart), key=lambda name: order(text_of(graph, name, SDO.position)))
        changes = []
        for name in parts:
            kind = next((kind for kind, action in _ACTIONS.items() if (name, RDF.type, action) in graph), "changed")
            sentences, thing = texts_of(graph, name, SDO.description), text_of(graph, name, SDO.object)
            changes.append(Change(kind, thing, slug_of(thing) if kind_of(thing) == "place" else "", sentences))
        number, issued = text_of(graph, subject, DCAT.version), text_of(graph, subject, DCTERMS.issued)
        found.append(Version(number, issued, tuple(changes)))
    return sorted(found, key=lambda version: order(version.number), reverse=True)


def read_history(folder: Path) -> Graph:
    """Read the records below a folder in one graph; there need be none.

    Raises BadInput, also for a record that does not tell, as pages show it, of the one version that it is named for.
    """
    history = Graph()
    for path in files_below(folder, "*.ttl") if folder.is_dir() else ():
        # Nothing of other things, such as a dcat:Dataset, which portals would list; no node that has another name in
        # every release.
        parsed = parse(path, read_text(path), catalogue_prefixes())
        told = (triple for *triple, _ in parsed if not isinstance(triple[2], BNode))
        record = filled(Graph(), ((s, p, o) for s, p, o in told if str(s).startswith(f"{address('changes')}#")))
        found = versions(record)
        changes = found[0].changes if [version.number for version in found] == [path.stem] else ()
        day = SourceDate.parse(found[0].issued) if changes else None
        if not (day and day.day and all(each.sentences.get(language) for each in changes for language in LANGUAGES)):
            reason = text(
                "it must tell of the version that it is named for: its dcat:version, its dct:issued (a day), and "
                "at least one change (schema:hasPart) with a schema:description in English and in Latvian; "
                "see data/changes/1.0.0.ttl"
            )
            raise BadInput(path, reason)
        history += record
    return history


def keep(differs: Diff, folder: Path) -> Path:
    """Write the record of the new version into a folder, for a curator to reword and the next build to take in.

    Gives its path. Raises BadValue where its number is not above that of the old one, BadInput where there is a record
    of it already, which somebody may have reworded, and UnwritableTarget.
    """
    number, previous = (str(release.manifest["version"]) for release in (differs.new, differs.old))
    if not re.fullmatch(r"\d+(?:\.\d+)*", number) or order(number) <= order(previous):
        words = text(
            "The new release calls itself %(number)s, which is no number above %(previous)s, that of the old one; "
            "raise dcat:version and dct:modified in data/dataset.ttl and build it again.",
            number=number,
            previous=previous,
        )
        raise BadValue(words)
    path = folder / f"{number}.ttl"
    if path.exists():
        raise BadInput(path, text("this version has a record already; remove it to have it written anew"))
    dataset = next(differs.after.merged.subjects(RDF.type, DCAT.Dataset))
    nothing = Change("changed", str(dataset), "", {each: _NOTHING.in_language(each) for each in LANGUAGES})
    values = {"old": differs.old.manifest, "new": differs.new.manifest, "dataset": dataset, "literal": Literal}
    values |= {"address": address, "changes": differs.differences or [nothing], "actions": _ACTIONS}
    record = render("twingraph.release", "record.ttl", "en", **values) + "\n"
    return next(write(folder, [(path.name, record.encode())]))


# Two releases


def diff(old: Release, new: Release) -> Diff:
    """Compare two releases; raises BadValue where they are the same, or have no thing in common."""
    if old.read(CHECKSUMS) == new.read(CHECKSUMS):
        values = {"old": old.folder, "new": new.folder, "version": new.manifest["version"]}
        raise BadValue(text("%(old)s and %(new)s hold the same release, %(version)s, byte for byte.", **values))
    if old.base != new.base:
        words = text(
            "Things are named below %(before)s in %(old)s and below %(after)s in %(new)s, "
            "so the two have none in common; compare releases of the same data.",
            old=old.folder,
            before=old.base,
            new=new.folder,
            after=new.base,
        )
        raise BadValue(words)
    before, after = old.load(), new.load()
    known = {source["sha256"] for source in old.manifest["sources"]}
    pages = [source["url"] for source in new.manifest["sources"] if source["sha256"] not in known]
    gone, come = (set(each.read(QUADS).splitlines()) for each in (old, new))
    statements = {"added": len(come - gone), "removed": len(gone - come)}
    return Diff(old, new, before, after, compare(before, after), pages, statements)


def compare(old: LinkedTowns, new: LinkedTowns) -> list[Change]:
    """Give what differs in the facts on towns, ties, agreements, figures and activities, in the order of the towns."""
    before, after = _facts(old), _facts(new)
    words = [_Words(new.merged, old.merged, language) for language in ("en", "lv")]
    in_both = {subject for subject, *_ in before} & {subject for subject, *_ in after}
    standing: dict[Node, set[Triple]] = defaultdict(set)
    for fact in (fact for fact in before | after if fact[1] in _STANDING):
        standing[fact[0]].add(fact)
    changed: dict[tuple[Node, Node | None], set[Triple]] = defaultdict(set)
    for fact in before ^ after:
        # How a tie stands is one change, with since when.
        about, facts = (TG.status, standing[fact[0]]) if fact[1] in _STANDING else (fact[1], {fact})
        changed[fact[0], about if fact[0] in in_both else None] |= facts
    found, first = [], _first_pages(new.merged, old.merged)
    for (subject, term), facts in changed.items():
        gone, come = facts & before, facts & after
        towns, stated = (new, come) if come else (old, gone)
        homes = _homes_of(towns.merged, subject)
        quotes = {quote for fact in stated for quote in towns.quotes_of(*fact)}
        sources = _sources_of(towns, stated)
        addresses = [text_of(towns.merged, source, SDO.url) for source in sources if sources.isdisjoint(first)]
        change = Change(
            kind="changed" if term else "added" if come else "removed",
            subject=str(subject),
            town=_town_of(towns.merged, subject),
            sentences={
                each.language: each.sentence(subject, term, gone, come, homes, sorted(addresses)) for each in words
            },
            property=str(term or ""),
            before=tuple(sorted(str(value) for *_, value in gone)) if term else (),
            after=tuple(sorted(str(value) for *_, value in come)) if term else (),
            quotes=tuple(quote.exact for quote in sorted(quotes, key=lambda quote: (quote.start, quote.iri))),
            sources=tuple(sorted(map(slug_of, sources))),
        )
        found.append(change)
    kinds = list(_KINDS)
    return sorted(found, key=lambda it: (it.town, kinds.index(kind_of(it.subject) or ""), it.subject, it.property))


def _facts(towns: LinkedTowns) -> set[Triple]:
    """Give what pages and other evidence state, not what follows from it by a rule, but how ties stand at last."""
    latest = towns.graph(SHOWN)
    return {
        (subject, term, value)
        for subject, term, value, _ in claims_in(towns)
        if kind_of(subject) in _KINDS and term not in _NO_FACTS
        if term not in _STANDING or (subject, term, value) in latest
    }


def _sources_of(towns: LinkedTowns, facts: Iterable[Triple]) -> set[Node]:
    """Give the sources that state any of some facts."""
    names = {name for fact in facts for *_, name in claims_in(towns, *fact)}
    return {source for name in names if (source := source_of(towns.merged, name)) is not None}


def _first_pages(*graphs: Graph) -> set[Node]:
    """Give the earliest page on each town, a quoted one if there is any, in the last graph that has one.

    What it says needs no mention of it.
    """
    first: dict[Node, Node] = {}
    for graph in reversed(graphs):
        quoted = set(graph.objects(None, PROV.wasQuotedFrom))
        for source in sorted(sources_in_time(graph), key=lambda source: source not in quoted):
            for town in graph.objects(source, SDO.about):
                first.setdefault(town, source)
    return {*first.values()}


def _town_of(graph: Graph, subject: Node) -> str:
    """Give the slug of the town that a thing concerns, "" where it names none: the home town is of all."""
    if kind_of(subject) == "place":
        return slug_of(subject)
    near = {*graph.objects(subject), *graph.objects(subject, TG.twinning / TG.partner)}
    places = home_first(graph, (node for node in near if kind_of(node) == "place"))
    return slug_of(places[-1]) if places else ""


def _homes_of(graph: Graph, subject: Node) -> list[Node]:
    """Give the home towns that a thing belongs to, themselves or by a partner; none where there is but one in all."""
    homes = {town for page in graph.subjects(RDF.type, SDO.WebPage) for town in graph.objects(page, SDO.about)}
    ties = TG.twinning | (~TG.programme / TG.twinning)
    near = {subject, *graph.objects(subject), *graph.objects(subject, ties / TG.partner)}
    own = homes & near or homes & {home for place in near for home in graph.subjects(TG.twinnedWith, place)}
    return sorted(own, key=str) if len(homes) > 1 else []


class _Words(NamedTuple):
    """What two releases call things in a language, the new one before the old one."""

    new: Graph
    old: Graph
    language: str

    def sentence(  # noqa: PLR0913, PLR0917 - all that a sentence speaks of
        self,
        subject: Node,
        term: Node | None,
        gone: set[Triple],
        come: set[Triple],
        homes: Iterable[Node],
        addresses: list[str],
    ) -> str:
        """Say that a thing came or went or, where a property is given, which of its values did.

        homes: the towns whose it is, addresses: of the sources that say so, where these are to be named.
        """
        kind = _KINDS[kind_of(subject) or ""].in_language(self.language)
        thing = text("%(kind)s “%(name)s”", kind=kind if term else kind.lower(), name=self.name(subject))
        values = {"thing": thing, "before": self.values(gone), "after": self.values(come)}
        values["property"] = self.name(term) if term else ""
        if term is None:
            sentence = text("Added: %(thing)s.", **values) if come else text("Removed: %(thing)s.", **values)
        elif gone and come:
            sentence = text("%(thing)s – %(property)s: %(after)s (before: %(before)s).", **values)
        elif come:
            sentence = text("%(thing)s – %(property)s, added: %(after)s.", **values)
        else:
            sentence = text("%(thing)s – %(property)s, removed: %(before)s.", **values)
        whose = ", ".join(map(self.name, homes))
        says = text("%(sentence)s Source: %(addresses)s", sentence=sentence, addresses=", ".join(addresses))
        return f"{whose}{': ' * bool(whose)}{(says if addresses else sentence).in_language(self.language)}"

    def name(self, node: Node) -> str:
        """Give the name of a thing or a term; that of a figure is its town, what is measured, and when."""
        graph = self.new if (node, None, None) in self.new else self.old
        for term in (RDFS.label, SDO.name, SKOS.prefLabel):
            if name := texts_of(graph, node, term).get(self.language):
                return name
        parts = (self.values(graph.triples((node, term, None))) for term in _IDENTIFYING)
        return ", ".join(filter(None, parts)) or unquote(curie(node))

    def values(self, facts: Iterable[Triple]) -> str:
        """Write the values of facts one after the other, of a status before its date."""
        written = []
        for _, term, node in facts:
            value = self.name(node) if isinstance(node, URIRef) else str(node)
            if date := SourceDate.parse(str(node)) if term in _DATES else None:
                is_bound = term == TG.statusNotBefore
                value = date.as_bound(self.language) if is_bound else date.in_words(self.language)
            written.append((term != TG.status, value))
        return ", ".join(value for _, value in sorted(written))


def as_text(differs: Diff, language: str) -> str:
    """Write it for people: the differences under the names of the towns, each with its sentences, and how many."""
    words = _Words(differs.after.merged, differs.before.merged, language)
    values = {"differs": differs, "words": words, "thing": thing, "nothing": _NOTHING}
    return render("twingraph.release", "diff.txt", language, **values) + "\n"


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
