"""The search: towns, agreements, areas, organisations and passages, by a word and by what they have to do with."""

from __future__ import annotations

import tomllib
from collections import Counter, defaultdict
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from itertools import islice, product
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

from flask import Blueprint, Response, jsonify, render_template, request

from twingraph.names import GUESS, Match, Names, highlight, stem
from twingraph.vocab import candidates, kind_of, slug_of
from twingraph.web.http import content_type, href
from twingraph.web.language import language, sorted_names
from twingraph.web.service import rows, service
from twingraph.words import LANGUAGES, text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from twingraph.web.service import Row, Service

blueprint = Blueprint("search", __name__)

TITLES = {
    "place": (text("Town or municipality"), text("Towns and municipalities")),
    "country": (text("Country"), text("Countries")),
    "agreement": (text("Agreement"), text("Agreements")),
    "twinning": (text("Twinning"), text("Twinnings")),
    "area": (text("Area of cooperation"), text("Areas of cooperation")),
    "organisation": (text("Organisation"), text("Organisations")),
    "activity": (text("Activity"), text("Activities")),
    "programme": (text("Programme"), text("Programmes")),
    "topic": (text("Topic of an activity"), text("Topics of activities")),
    "quote": (text("Passage of the page"), text("Passages of the page")),
}
"""What one thing of each kind that is found is called, and several, in the order in which they are shown."""
MOST_PHRASES = 24
"""Ways to say what is typed in everyday words that are tried."""
LONGEST, SUGGESTED = 100, 10
"""Characters of what is typed that count, and how many names are suggested at most."""
_NAMED = TITLES.keys() - {"quote"}
_QUERIES = ("names-to-find-things-by", "sentences-in-order", "towns-in-context")


class Context(NamedTuple):
    """Things that are named together, by their slugs, "" for what is not named; or a choice among such.

    kind: of the thing that has this context; decade: its first year; status: of the tie. Of figures there are the
    measure and the assessment, too.
    """

    kind: str = ""
    country: str = ""
    decade: str = ""
    area: str = ""
    standing: str = ""
    status: str = ""
    measure: str = ""
    assessment: str = ""

    def fits(self, choice: Context) -> bool:
        """Tell whether it is of all that was chosen."""
        return all(wanted in {"", own} for own, wanted in zip(self, choice, strict=True))


FACETS = ("kind", "country", "decade", "area", "standing", "status")
"""The sides from which a search can be narrowed."""


@dataclass(frozen=True, slots=True)
class Index:
    """What can be found: spellings, names by language, contexts, the towns, or the country, and ties of each thing.

    together: rows that each name what is named together; statuses: of ties.
    """

    spellings: Names
    names: Mapping[str, Mapping[str, str]]
    contexts: Mapping[str, Iterable[Context]]
    about: Mapping[str, Iterable[str]]
    ties: Mapping[str, Iterable[str]]
    together: Sequence[Row]
    statuses: Mapping[str, str]

    def name(self, iri: str) -> str:
        """Give what a thing is called in the language of the page; a sentence is itself, in its own."""
        return self.names[iri].get(language()) or next(iter(self.names[iri].values()))

    def fits(self, iri: str, choice: Context) -> bool:
        """Tell whether a thing has a context of all that was chosen."""
        return any(each.fits(choice) for each in self.contexts.get(iri, (Context(),)))

    def rows_of(self, choice: Context) -> list[Row]:
        """Give the rows of what is named together with all that was chosen."""
        return [row for row in self.together if _context(row, self.statuses).fits(choice)]


@blueprint.get("/search")
def page() -> Response:
    """Show what a word finds, kind by kind, and how many there are of each country, decade, area and standing."""
    index, typed = find_index(), _typed()
    choice = Context(*(request.args.get(facet, "")[:LONGEST] for facet in FACETS))
    is_asked = bool(typed or any(choice))
    if typed:
        matches = {match.thing: match for match in _search(index, typed)}
    else:
        matches = {iri: Match(0, iri, "") for iri in index.names if kind_of(iri) in TITLES}
    chosen = (iri for iri in matches if index.fits(iri, choice))
    left = [matches[iri] for iri in chosen] if is_asked else []
    body = render_template(
        "search.html",
        typed=typed,
        choice=choice,
        is_asked=is_asked,
        number=len(left),
        is_guess=all(match.rank >= GUESS for match in left),
        groups=_groups(index, left),
        index=index,
        highlight=highlight,
        facets={facet: options(index, matches, choice, facet) for facet in FACETS},
        queries=_QUERIES,
        lists=_lists(typed),
        statuses=_meant_statuses(index, typed),
        names=sorted_names({index.name(iri) for iri in index.names if kind_of(iri) in _NAMED}),
    )
    return Response(body, content_type=content_type("text/html"))


@blueprint.get("/search/suggestions")
def suggestions() -> Response:
    """Suggest names for what is typed so far: a list of that, of names, of what each is, and of their addresses."""
    index, typed, kinds = find_index(), _typed(), [*TITLES]
    matches = [match for match in index.spellings.search(typed) if kind_of(match.thing) in _NAMED]
    matches.sort(key=lambda match: (match.rank, kinds.index(kind_of(match.thing) or "")))
    best = [match.thing for match in matches[:SUGGESTED]]
    names, titles = [index.name(iri) for iri in best], [_title(kind_of(iri), several=False) for iri in best]
    response = jsonify([typed, names, titles, [href(iri) for iri in best]])
    response.content_type = "application/x-suggestions+json"
    return response


def _search(index: Index, typed: str) -> list[Match]:
    """Find what is typed, and what is called by words that are taken for those; else what is like it."""
    best: dict[str, Match] = {}
    for distance, words in enumerate(_alike(typed)):
        for match in index.spellings.search(words, guess=False):
            best.setdefault(match.thing, match._replace(rank=min(match.rank + bool(distance), GUESS - 1)))
    # What leads to a list needs no guess.
    return list(best.values()) or ([] if _lists(typed) else index.spellings.search(typed))


def _alike(typed: str) -> list[str]:
    """Give what is typed, then the same with other everyday words for its words, as many as are soon tried."""
    groups = [line.split() for line in _everyday()["alike"]]
    choices = [
        [word, *(each for group in groups if stem(word) in map(stem, group) for each in group)]
        for word in typed.split()
    ]
    return list(dict.fromkeys(" ".join(words) for words in islice(product(*choices), MOST_PHRASES)))


def _lists(typed: str) -> list[str]:
    """Name the lists to which a word that is typed leads."""
    stems = {stem(word) for word in typed.split()}
    return [name for name, words in _everyday()["lists"].items() if stems & {stem(word) for word in words.split()}]


def _meant_statuses(index: Index, typed: str) -> dict[str, str]:
    """Give the statuses of ties that are called as what is typed, by their slugs."""
    statuses = {status for status in index.statuses.values() if stem(typed)}
    meant = (each for each in statuses if any(stem(typed) in stem(name) for name in index.names[each].values()))
    return {slug_of(status): index.name(status) for status in sorted(meant)}


@cache
def _everyday() -> Any:  # noqa: ANN401 - tables as TOML has them
    """Read the words that visitors type."""
    return tomllib.loads((files("twingraph.web") / "everyday.toml").read_text("utf-8"))


def contexts(
    rows: Iterable[Mapping[str, str]], statuses: Mapping[str, str] = MappingProxyType({})
) -> dict[str, set[Context]]:
    """Give the contexts of each thing, from rows that each name what is named together (towns-in-context).

    What is planned with one town and agreed with another has two: nobody finds it as planned with both.
    statuses: of ties.
    """
    found: dict[str, set[Context]] = defaultdict(set)
    for row in rows:
        context = _context(row, statuses)
        for iri in row.values():
            found[iri].add(context._replace(kind=kind_of(iri) or ""))
    return found


def _context(row: Mapping[str, str], statuses: Mapping[str, str]) -> Context:
    """Give what a row names together."""
    country, area, standing = (slug_of(row.get(name, "")) for name in ("country", "area", "standing"))
    decade, status = f"{row['year'][:3]}0" if "year" in row else "", slug_of(statuses.get(row.get("tie", ""), ""))
    return Context(country=country, decade=decade, area=area, standing=standing, status=status)


def find_index() -> Index:
    """Give all that can be found in what is served."""
    return _index(service())


@lru_cache(maxsize=4)
def _index(_here: Service) -> Index:
    names: dict[str, dict[str, str]] = defaultdict(dict)
    spellings: dict[tuple[str, str], None] = {}
    about: dict[str, dict[str, None]] = defaultdict(dict)
    ties: dict[str, dict[str, None]] = defaultdict(dict)
    for each in LANGUAGES:
        for row in rows(_QUERIES[0], labels=each):
            names[row["thing"]][each] = row["thing_label"]
            if kind_of(row["thing"]) in _NAMED:
                spellings[row["thing"], row["spelling"]] = None
    for row in rows(_QUERIES[1]):
        names[row["quote"]][row["sentence"].language] = row["sentence"]
        spellings[row["quote"], row["sentence"]] = None
    called, statuses = _statuses()
    names |= called
    together = rows(_QUERIES[2])
    for row in together:
        about[row["town"]][row["country"]] = None
        for named in ("town", "tie", "agreement"):
            if "tie" in row and named in row:
                ties[row[named]][row["tie"]] = None
        for iri in set(row.values()) - {row["town"], row["country"]}:
            about[iri][row["town"]] = None
    alone = {iri: {Context(kind_of(iri) or "")} for iri in names}
    known = alone | contexts(together, statuses)
    return Index(Names(spellings), dict(names), known, about, ties, together, statuses)


def _statuses() -> tuple[dict[str, dict[str, str]], dict[str, str]]:
    """Give what each status of a tie is called, by language, and the status of each tie."""
    names = defaultdict[str, dict[str, str]](dict)
    found = [(each, row) for each in LANGUAGES for row in rows("ties-by-status", labels=each)]
    for each, row in found:
        names[row["status"]][each] = row["status_label"]
    return names, {row["tie"]: row["status"] for _, row in found}


def _groups(index: Index, matches: Sequence[Match]) -> Iterator[tuple[str, list[Match]]]:
    """Give what was found by kind: sentences in the order of their page, names the best first."""
    place = {iri: place for place, iri in enumerate(index.names)}
    for kind in TITLES:
        those = [match for match in matches if kind_of(match.thing) == kind]
        if kind == "quote":
            those.sort(key=lambda match: place[match.thing])
        else:
            those = sorted(sorted_names(those, lambda match: index.name(match.thing)), key=lambda match: match.rank)
        if those:
            yield _title(kind), those


def options(index: Index, matches: Iterable[str], choice: Context, facet: str) -> list[tuple[str, str, int]]:
    """Give what a facet is or may be set to, in the order of names: the value, its name, how many things it leaves."""
    others, chosen = choice._replace(**{facet: ""}), getattr(choice, facet)
    left = ({getattr(each, facet) for each in index.contexts.get(iri, ()) if each.fits(others)} for iri in matches)
    numbers = Counter(value for values in left for value in values if value)
    numbers.update({chosen: 0} if chosen else {})
    if facet == "kind":
        names = {kind: _title(kind) if kind in TITLES else kind for kind in (*TITLES, *numbers) if kind in numbers}
    elif facet == "decade":
        names = {year: f"{year}–{year[:3]}9" for year in sorted(numbers)}
    else:
        known = {value: [iri for iri in candidates(facet, value) if iri in index.names] for value in numbers}
        names = {value: index.name(iris[0]) if iris else value for value, iris in known.items()}
        names = dict(sorted_names(names.items(), lambda named: named[1]))
    return [(value, name, numbers[value]) for value, name in names.items()]


def _title(kind: str | None, *, several: bool = True) -> str:
    return TITLES[kind or ""][several].in_language(language())


def _typed() -> str:
    return " ".join(request.args.get("q", "").split())[:LONGEST]
