"""Candidates for a name as somebody has written it, with scores that say how well it fits."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

from rapidfuzz import fuzz, process

from twingraph.vocab import WD
from twingraph.web.gazetteer import PROPERTIES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from twingraph.web.gazetteer import Entry

AS_ON_FILE, BUT_FOR_MARKS, ALIKE, CONTAINED = 100.0, 99.0, 94.0, 85.0
"""Scores of a name: written as on file, or an identifier; the same but for capitals, accents and punctuation; the
most that similar letters bring; and where all words of one are among those of the other."""
SURE = 95.0
"""From here on a candidate is a match, if it is the only one: no typing error and no part of a name gets this far."""
LEAST = 60.0
"""Below it nothing is a candidate."""
LONGEST = 200
"""Characters of the longest name that is looked for; nothing on file is nearly as long."""

# What Unicode does not take apart into a letter and its mark.
_LETTERS = str.maketrans({"ł": "l", "ø": "o", "đ": "d", "æ": "ae", "œ": "oe", "ı": "i", "þ": "th", "ð": "d"})
_NO_LETTER = re.compile(r"[\W_]+")
_NAME_WEIGHT = 3
"""A name counts as much as so many other conditions."""


class Condition(NamedTuple):
    """What should be so: of the name where term is "", else of that property; which: any, all or none of the values."""

    values: tuple[str, ...]
    term: str = ""
    which: str = "any"
    required: bool = False


@dataclass(frozen=True, slots=True)
class Query:
    """What is looked for: of any of the types, or of every one; limit: how many candidates at most, None for all."""

    conditions: tuple[Condition, ...]
    types: tuple[str, ...] = ()
    every: bool = False
    limit: int | None = None


@dataclass(frozen=True, slots=True)
class Candidate:
    """An entry that may be meant; score: 0 to 100; match: whether it is sure to be; name: how well the name fits."""

    entry: Entry
    score: float
    match: bool
    name: float


class Reconciler:
    """Finds entries by their names; for any number of threads.

    The score is the mean of how well the conditions are met, where a name counts three times: a name is worth up to
    100 as AS_ON_FILE, BUT_FOR_MARKS, ALIKE and CONTAINED say, any other condition 100 or nothing.
    """

    def __init__(self, entries: Mapping[str, Entry]) -> None:
        self.entries = entries
        self._spelled: dict[str, set[str]] = defaultdict(set)
        self._folded: dict[str, set[str]] = defaultdict(set)
        self._identified: dict[str, str] = {}
        for entry in entries.values():
            for name in entry.names:
                self._spelled[_tidy(name.text)].add(entry.id)
                self._folded[folded(name.text)].add(entry.id)
            self._identified.update(dict.fromkeys(_identifiers(entry), entry.id))
        # What has no letters folds to nothing, and every search would find it.
        self._folded.pop("", None)

    def candidates(self, query: Query) -> list[Candidate]:
        """Give the candidates, the best first; of those as good, partners in a twinning first."""
        if not query.conditions:
            return []
        judges = [(condition, self._judge(condition)) for condition in query.conditions]
        found = [each for entry in self.entries.values() if (each := _weighed(entry, query, judges))]
        found.sort(key=lambda each: (-each.score, not each.entry.takes_part, each.entry.id))
        sure = [each for each in found if each.score >= SURE]
        # However well all else fits, a name that is only alike may be another's.
        if len(sure) == 1 and (sure[0].name >= SURE or all(condition.term for condition in query.conditions)):
            found[0] = replace(sure[0], match=True)
        return found[: query.limit]

    def suggested(self, prefix: str) -> list[Entry]:
        """Give the entries with a name, or a word of one, that begins so, or whose identifier this is."""
        wanted, found = folded(prefix), self._identified.get(prefix.strip())
        ranks: dict[str, int] = {} if wanted or found else dict.fromkeys(self.entries, 0)
        for name, owners in self._folded.items() if wanted else ():
            if f" {wanted}" in f" {name}":
                rank = 1 if name.startswith(wanted) else 2
                ranks.update((owner, min(rank, ranks.get(owner, rank))) for owner in owners)
        if found:
            ranks[found] = 0
        entries = [self.entries[each] for each in ranks]
        return sorted(entries, key=lambda entry: (ranks[entry.id], not entry.takes_part, folded(entry.names[0].text)))

    def _judge(self, condition: Condition) -> Callable[[Entry], float]:
        """Give what tells how well an entry meets a condition, from 0 to 100."""
        named = [self._named(value) for value in condition.values if not condition.term]

        def degree(entry: Entry) -> float:
            if condition.term:
                degrees = [100.0 * self._has(entry, condition.term, value) for value in condition.values]
            else:
                degrees = [found.get(entry.id, 0.0) for found in named]
            return {"any": max(degrees), "all": min(degrees), "none": 100.0 - max(degrees)}[condition.which]

        return degree

    def _named(self, text: str) -> dict[str, float]:
        """Tell how well a name fits, by the id of each entry that it fits at all."""
        if found := self._identified.get(text.strip()):
            return {found: AS_ON_FILE}
        wanted, degrees = folded(text), defaultdict[str, float](float)
        if not wanted or len(wanted) > LONGEST:
            return {}
        for scorer, least, worth in ((fuzz.ratio, LEAST / ALIKE * 100, ALIKE), (fuzz.token_set_ratio, 100, CONTAINED)):
            for name, ratio, _ in process.extract(
                wanted, self._folded.keys(), scorer=scorer, limit=None, score_cutoff=least
            ):
                for owner in self._folded[name]:
                    degrees[owner] = max(degrees[owner], ratio * worth / 100)
        degrees.update(dict.fromkeys(self._folded.get(wanted, ()), BUT_FOR_MARKS))
        degrees.update(dict.fromkeys(self._spelled.get(_tidy(text), ()), AS_ON_FILE))
        return degrees

    def _has(self, entry: Entry, term: str, value: str) -> bool:
        """Tell whether a property of an entry has a value: an entry by any of its names, a date as far as both go."""
        known = entry.known.get(term, ())
        if PROPERTIES[term].values != "text":
            meant = self._folded.get(folded(value), set()) | {self._identified.get(value.strip(), "")}
            return any(each.text in meant for each in known)
        given = _tidy(value).casefold()
        texts = (each.text.casefold() for each in known)
        return any(text == given or text.startswith(f"{given}-") or given.startswith(f"{text}-") for text in texts)


def folded(text: str) -> str:
    """Give a name without capitals, accents and punctuation: `Šin-jinga` is `sin jinga`."""
    apart = unicodedata.normalize("NFKD", text.casefold()).translate(_LETTERS)
    plain = "".join(sign for sign in apart if not unicodedata.combining(sign))
    return _NO_LETTER.sub(" ", plain).strip()


def _tidy(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).split())


def _identifiers(entry: Entry) -> Iterable[str]:
    """Give what names an entry without doubt: its id, IRI and CURIE, and its item in Wikidata."""
    yield from (entry.id, entry.id.replace("/", ":"), *(each.text for each in entry.known["iri"]))
    for item in entry.known.get("wikidata", ()):
        yield from (item.text, f"{WD}{item.text}")


def _weighed(
    entry: Entry, query: Query, judges: Iterable[tuple[Condition, Callable[[Entry], float]]]
) -> Candidate | None:
    """Give an entry as a candidate; None where it is too bad, or not of a type or not as something must be."""
    fits = (name in entry.types for name in query.types)
    if query.types and not (all(fits) if query.every else any(fits)):
        return None
    worth = weights = name = 0.0
    for condition, judge in judges:
        degree, weight = judge(entry), 1 if condition.term else _NAME_WEIGHT
        if degree < LEAST and (condition.required or not condition.term):
            return None
        worth, weights = worth + degree * weight, weights + weight
        name = name if condition.term else max(name, degree)
    score = round(worth / weights, 1)
    return Candidate(entry, score, match=False, name=round(name, 1)) if score >= LEAST else None
