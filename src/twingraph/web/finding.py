"""Things by their names, however these are typed."""

from __future__ import annotations

import re
import unicodedata
from difflib import get_close_matches
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

LONGEST = 100
"""Characters of what is typed that count."""

# Letters that Unicode does not take apart.
_LETTERS = str.maketrans({"ł": "l", "ø": "o", "đ": "d", "æ": "ae", "œ": "oe", "ı": "i"})
# What changes at the end of a Latvian word with its case, and what an English plural adds.
_ENDING = re.compile(r"(?<=\w{4})(?:[aeiou]+[ms]?|s)\Z")
_WORD = re.compile(r"[^\W_]+")
GUESSED = 4
"""The rank from which a thing is only like what is typed."""
_SHORT = 2
"""Letters so few that they are in too many names to be looked for within."""
_CLOSE = 0.75
"""How like a name what is typed has to be, where it is none (difflib's ratio)."""


class Match(NamedTuple):
    """What was found: a thing, how well it fits (0 is best), and the spelling that fits so."""

    rank: int
    thing: str
    spelling: str


class Piece(NamedTuple):
    """A piece of a text, and whether it is what was looked for."""

    text: str
    found: bool


@lru_cache(maxsize=1 << 14)
def plain(text: str) -> str:
    """Give the words of a text without marks, case and punctuation: `Šauļi` is `sauli`, `Rueil-Malmaison` two words."""
    apart = unicodedata.normalize("NFKD", text.casefold().translate(_LETTERS))
    bare = "".join(each for each in apart if not unicodedata.combining(each))
    return " ".join(_WORD.findall(bare))


def matches(typed: str, spellings: Sequence[tuple[str, str]]) -> list[Match]:
    """Find things, the best first, each by the spelling that fits best; those like what is typed, if none fits.

    spellings: pairs of a thing and one of its names, or a sentence.
    """
    wanted = plain(typed[:LONGEST])
    if not wanted:
        return []
    found = list(_fitting(wanted, spellings)) or list(_like(wanted, spellings))
    best: dict[str, Match] = {}
    for match in sorted(found, key=lambda match: (match.rank, len(match.spelling))):
        best.setdefault(match.thing, match)
    return list(best.values())


def pieces(typed: str, text: str) -> list[Piece]:
    """Split a text where words begin and end that what is typed fits."""
    begun, split = tuple(map(_stem, plain(typed[:LONGEST]).split())), []
    at = 0
    for word in _WORD.finditer(text) if begun else ():
        if plain(word[0]).startswith(begun):
            split += [Piece(text[at : word.start()], found=False), Piece(word[0], found=True)]
            at = word.end()
    return [piece for piece in (*split, Piece(text[at:], found=False)) if piece.text]


def _fitting(wanted: str, spellings: Iterable[tuple[str, str]]) -> Iterator[Match]:
    for thing, spelling in spellings:
        if (rank := _rank(wanted, plain(spelling))) is not None:
            yield Match(rank, thing, spelling)


def _rank(wanted: str, there: str) -> int | None:
    """Tell how well what is wanted fits a spelling, both plain; None where it does not."""
    if wanted == there:
        return 0
    if there.startswith(wanted):
        return 1
    words = there.split()
    if _all_begin(wanted.split(), words):
        return 2
    if _all_begin(map(_stem, wanted.split()), words):
        return 3
    return None


def _all_begin(beginnings: Iterable[str], words: Sequence[str]) -> bool:
    return all(any(word.startswith(each) for word in words) for each in beginnings)


def _stem(word: str) -> str:
    return _ENDING.sub("", word)


def _like(wanted: str, spellings: Sequence[tuple[str, str]]) -> Iterator[Match]:
    """Find names that hold what is wanted, and names and words of them that are like it."""
    by_word: dict[str, list[tuple[str, str]]] = {}
    for thing, spelling in spellings:
        there = plain(spelling)
        if wanted in there and len(wanted) > _SHORT:
            yield Match(GUESSED, thing, spelling)
        for word in {there, *there.split()}:
            by_word.setdefault(word, []).append((thing, spelling))
    for rank, word in enumerate(get_close_matches(wanted, by_word, n=5, cutoff=_CLOSE), GUESSED + 1):
        yield from (Match(rank, thing, spelling) for thing, spelling in by_word[word])
