"""How alike two names are, however they are written: one engine for search, reconciling and drafts."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from rapidfuzz import fuzz, process
from rapidfuzz.distance import OSA

if TYPE_CHECKING:
    from collections.abc import Iterable

AS_ON_FILE, BUT_FOR_MARKS, ALIKE, CONTAINED = 100.0, 99.0, 94.0, 85.0
"""Scores of a name: written as on file; the same but for capitals, accents and punctuation; the most that similar
letters bring; and where all words of one are among those of the other."""
LEAST = 60.0
"""Below this score two names have nothing to do with each other."""
LONGEST = 200
"""Characters of the longest name that is looked for; nothing on file is nearly as long."""
GUESS = 4
"""The rank of a match from which a name is only like what was typed."""

# What Unicode does not take apart into a letter and its mark.
_LETTERS = str.maketrans({"ł": "l", "ø": "o", "đ": "d", "æ": "ae", "œ": "oe", "ı": "i", "þ": "th", "ð": "d"})
_WORD = re.compile(r"([^\W_]+)")
# What changes at the end of a Latvian word with its case, and what an English plural adds.
_ENDING = re.compile(r"(?<=\w{4})(?:[aeiou]+[ms]?|s)\Z")
_CASE = re.compile(r"(?<=\w{3})(?:aj)?(?:iem|ai|ie|ei|[aeiou][ms]?|s)\Z")
_CLOSE = 0.73
"""How much of a word what is typed has to keep, to be taken for a slip: all but one letter in four."""
_SHORT = 2
"""Letters so few that they are in too many names to be looked for within."""


class Match(NamedTuple):
    """A thing that may be meant: how well what was typed fits (0 is best), and the spelling that fits so."""

    rank: int
    thing: str
    spelling: str


class Names:
    """What things are called, each folded once; for any number of threads.

    names: pairs of a thing and one of its names, or a sentence in which it is to be found.
    """

    def __init__(self, names: Iterable[tuple[str, str]]) -> None:
        self._tidy: dict[str, set[str]] = defaultdict(set)
        self._folded: dict[str, list[tuple[str, str]]] = defaultdict(list)
        for thing, name in names:
            self._tidy[tidy(name)].add(thing)
            self._folded[fold(name)].append((thing, name))
        # What has no letters folds to nothing, and every search would find it.
        self._folded.pop("", None)

    def owners(self, name: str) -> set[str]:
        """Give the things that are called so, but for capitals, accents and punctuation."""
        return {thing for thing, _ in self._folded.get(fold(name), ())} if len(name) <= LONGEST else set()

    def compare(self, name: str) -> dict[str, float]:
        """Tell how well a name fits each thing that it fits at all, from LEAST to AS_ON_FILE."""
        if len(name) > LONGEST or not (folded := fold(name)):
            return dict.fromkeys(self._tidy.get(tidy(name), ()), AS_ON_FILE)
        scores = defaultdict[str, float](float)
        for scorer, least, worth in ((fuzz.ratio, LEAST / ALIKE * 100, ALIKE), (fuzz.token_set_ratio, 100, CONTAINED)):
            alike = process.extract(folded, self._folded.keys(), scorer=scorer, limit=None, score_cutoff=least)
            for other, ratio, _ in alike:
                for thing, _ in self._folded[other]:
                    scores[thing] = max(scores[thing], ratio * worth / 100)
        scores.update(dict.fromkeys(self.owners(name), BUT_FOR_MARKS))
        scores.update(dict.fromkeys(self._tidy.get(tidy(name), ()), AS_ON_FILE))
        return scores

    def search(self, typed: str, *, guess: bool = True) -> list[Match]:
        """Give the things that what is typed fits, the best first, each by the spelling that fits best.

        guess: give those that are like it, from rank GUESS on, where it fits nothing.
        """
        if not (wanted := fold(typed[:LONGEST])):
            return []
        fitting = [(rank, name) for name in self._folded if (rank := _rank(wanted, name)) is not None]
        if guess and not fitting:
            fitting = [(GUESS, name) for name in self._folded if wanted in name and len(wanted) > _SHORT]
            by_word: dict[str, list[str]] = defaultdict(list)
            for name in self._folded:
                for word in {name, *name.split()}:
                    by_word[word].append(name)
            alike = process.extract(
                wanted, by_word.keys(), scorer=OSA.normalized_similarity, limit=5, score_cutoff=_CLOSE
            )
            fitting += [(rank, name) for rank, (word, _, _) in enumerate(alike, GUESS + 1) for name in by_word[word]]
        matches = [Match(rank, *each) for rank, name in fitting for each in self._folded[name]]
        best: dict[str, Match] = {}
        for match in sorted(matches, key=lambda match: (match.rank, len(match.spelling))):
            best.setdefault(match.thing, match)
        return list(best.values())


@lru_cache(maxsize=1 << 14)
def fold(text: str) -> str:
    """Give the words of a text without capitals, accents and punctuation: `Šin-jinga` is `sin jinga`."""
    plain = text.casefold()
    if not plain.isascii():
        apart = unicodedata.normalize("NFKD", plain).translate(_LETTERS)
        plain = "".join(sign for sign in apart if not unicodedata.combining(sign))
    return " ".join(_WORD.findall(plain))


def stem(text: str) -> str:
    """Give the folded words of a text without the endings of Latvian cases: `Saūda Arābijā` is `saud arabij`."""
    return " ".join(_CASE.sub("", word) for word in fold(text).split())


def tidy(text: str) -> str:
    """Give a text composed (NFC), with one space for any white space."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def highlight(typed: str, text: str) -> list[tuple[str, bool]]:
    """Split a text into words and what is between them, and tell of each whether it begins as what is typed."""
    stems = tuple(_ENDING.sub("", word) for word in fold(typed[:LONGEST]).split())
    return [(piece, fold(piece).startswith(stems)) for piece in _WORD.split(text)]


def _rank(wanted: str, name: str) -> int | None:
    """Tell how well what is wanted fits a name, both folded; None where it does not."""
    if name.startswith(wanted):
        return int(wanted != name)
    words = wanted.split()
    for rank, beginnings in ((2, words), (3, (_ENDING.sub("", word) for word in words))):
        if all(f" {each}" in f" {name}" for each in beginnings):
            return rank
    return None
