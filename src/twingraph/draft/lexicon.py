"""The words by which a draft knows what a passage says: cues by language, and the areas by stems of their names."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from rdflib.namespace import SKOS

from twingraph.vocab import kind_of, slug_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from rdflib import Graph

_WORD = re.compile(r"[^\W\d_]+(?:[-’'][^\W\d_]+)*")
_ENDINGS = {
    "lv": re.compile(
        r"(?:ajiem|ajām|ajam|ajai|ajos|ajās|ajā|ajo|iem|ām|ēm|īm|am|em|im|um|ūm|as|es|is|us|ās|ēs|īs|ūs|os|ais|s|š|[aeiuoāēīū])$"
    ),
    "en": re.compile(r"(?:['’]s|ies|es|s|y|e)$"),
}
_DERIVED = {"lv": re.compile(r"(?:isk|ik|ij)$"), "en": re.compile(r"(?:ical|al|ic|i)$")}
_SOFT = str.maketrans("ļņšžčķģ", "lnszckg")
"""What the last sound of a Latvian stem becomes before some endings."""
_SHORTEST = 3
_UNLIKE = {"lv": frozenset({"vidū", "vidus", "art", "video"}), "en": frozenset({"artic"})}
"""Words whose stem is that of another word."""


class AreaMatch(NamedTuple):
    """Words of a text that name an area: the slug of that, and where the words begin and end."""

    area: str
    start: int
    end: int


@cache
def cues(language: str) -> dict[str, Any]:
    """Give the patterns of a language by what they mean, compiled; a table of them as a dictionary."""
    return {
        name: {slug: re.compile(each, re.IGNORECASE) for slug, each in value.items()}
        if isinstance(value, dict)
        else re.compile(value, re.IGNORECASE)
        for name, value in _lexicon()[language].items()
        if name != "areas"
    }


@cache
def _lexicon() -> dict[str, Any]:
    return tomllib.loads(Path(__file__).with_name("lexicon.toml").read_text("utf-8"))


@cache
def stem(word: str, language: str) -> str:
    """Give what stays of a word in all its forms, in small letters."""
    word = word.casefold()
    if word in _UNLIKE[language]:
        return word
    shorter = _ENDINGS[language].sub("", word)
    shorter = shorter if len(shorter) >= _SHORTEST else word
    derived = _DERIVED[language].sub("", shorter)
    shorter = derived if len(derived) > _SHORTEST else shorter
    return shorter[:-1] + shorter[-1].translate(_SOFT) if language == "lv" else shorter


def words(text: str) -> Iterator[re.Match[str]]:
    """Find the words of a text."""
    return _WORD.finditer(text)


@dataclass(slots=True)
class Areas:
    """The areas of a language by the stems of what they are called, the most words first.

    on_file: whether to know them also by the words that pages on file have for them, and not only by their labels and
    what the lexicon says that they are called, too.
    """

    language: str
    _by_first: dict[str, list[tuple[tuple[str, ...], str]]] = field(default_factory=dict)

    @classmethod
    def of(cls, graph: Graph, language: str, *, on_file: bool = True) -> Areas:
        """Take the names of the areas from the data."""
        areas, terms = cls(language), (SKOS.prefLabel, SKOS.altLabel, *([SKOS.hiddenLabel] if on_file else []))
        named = (
            (area, name) for term in terms for area, name in graph.subject_objects(term) if kind_of(area) == "area"
        )
        areas.add((slug_of(area), str(name)) for area, name in named if getattr(name, "language", None) == language)
        known = {area for several in areas._by_first.values() for _, area in several}
        others = _lexicon()[language].get("areas", {})
        areas.add((area, name) for area, names in others.items() if area in known for name in names)
        return areas

    def add(self, names: Iterable[tuple[str, str]]) -> None:
        """Know areas by further names."""
        for area, name in names:
            if stems := tuple(stem(each[0], self.language) for each in words(name)):
                known = self._by_first.setdefault(stems[0], [])
                if stems not in [each for each, _ in known]:
                    known.append((stems, area))
                    known.sort(key=lambda each: -len(each[0]))

    def find(self, text: str) -> list[AreaMatch]:
        """Find the areas that a text names, of several that begin at one word the longest, in their order."""
        tokens = [(stem(each[0], self.language), each.start(), each.end()) for each in words(text)]
        found, at = [], 0
        while at < len(tokens):
            for stems, area in self._by_first.get(tokens[at][0], ()):
                end = at + len(stems)
                # Nothing but a space may stand between the words.
                between = (text[tokens[each][2] : tokens[each + 1][1]] for each in range(at, min(end, len(tokens)) - 1))
                if tuple(each[0] for each in tokens[at:end]) == stems and not any(map(str.strip, between)):
                    found.append(AreaMatch(area, tokens[at][1], tokens[end - 1][2]))
                    at = end - 1
                    break
            at += 1
        return found
