"""A stored page cut into its passages, each with what was read from it: plain values in, plain values out."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import groupby, pairwise
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence


class Mention(NamedTuple):
    """Words that name an area of cooperation: where they stand, end exclusive, the area, and what is said of it."""

    start: int
    end: int
    area: str
    title: str


class Stated(NamedTuple):
    """A property, as it is called, and its values as they are shown, each with its IRI or ""."""

    label: str
    values: tuple[tuple[str, str], ...]


class Subject(NamedTuple):
    """A thing that a passage says something of; doubt: why that looks wrong, "" where it does not."""

    iri: str
    kind: str
    name: str
    stated: tuple[Stated, ...]
    doubt: str


@dataclass(frozen=True, slots=True)
class Passage:
    """A passage, where it stands, end exclusive, and what was read from it.

    number: its place among the passages; town: the IRI and name of the town that it is about, both "" for none.
    reason: why it supports no statement, "" if it does; words: those for areas, each with the area that it names.
    statements: how many it supports.
    """

    number: int
    iri: str
    slug: str
    start: int
    end: int
    town: tuple[str, str]
    reason: str = ""
    subjects: tuple[Subject, ...] = ()
    words: tuple[tuple[str, str, str], ...] = ()
    statements: int = 0

    @property
    def supports(self) -> bool:
        """Whether it supports a statement."""
        return self.statements > 0


class Piece(NamedTuple):
    """A stretch of text: the passage that it belongs to, if any, the areas it names, and whether it opens or closes."""

    text: str
    passage: Passage | None
    mentions: tuple[Mention, ...]
    opens: bool
    closes: bool


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the page in pieces, and the passages that begin in it."""

    pieces: tuple[Piece, ...]
    passages: tuple[Passage, ...]


@dataclass(frozen=True, slots=True)
class Section:
    """The lines that stand under the heading of one town; both "" for what stands before the first."""

    town: tuple[str, str]
    lines: tuple[Line, ...] = field(repr=False)

    @property
    def starts(self) -> int:
        """Where its first passage starts."""
        return next((each.start for line in self.lines for each in line.passages), 0)


def sections(text: str, passages: Sequence[Passage], mentions: Sequence[Mention] = ()) -> list[Section]:
    """Cut a page into the parts about each town, these into lines that are not blank, and those into pieces."""
    told = (line for line in _lines(text, passages, mentions) if any(piece.text.strip() for piece in line.pieces))
    found: list[Section] = []
    for town, lines in groupby(_with_towns(told), key=lambda each: each[0]):
        found.append(Section(town, tuple(line for _, line in lines)))
    return found


def _with_towns(lines: Iterable[Line]) -> Iterator[tuple[tuple[str, str], Line]]:
    """Give each line with the town that its passages are about, or that of the line before it."""
    town = ("", "")
    for line in lines:
        about = (piece.passage.town for piece in line.pieces if piece.passage)
        town = next(filter(any, about), town)
        yield town, line


def _lines(text: str, passages: Sequence[Passage], mentions: Sequence[Mention]) -> Iterator[Line]:
    start = 0
    for line in text.split("\n"):
        end = start + len(line)
        there = [each for each in passages if each.start < end and each.end > start]
        pieces = tuple(_pieces(text, start, end, there, mentions))
        yield Line(pieces, tuple(each for each in there if each.start >= start))
        start = end + 1


def _pieces(
    text: str, start: int, end: int, passages: Sequence[Passage], mentions: Sequence[Mention]
) -> Iterator[Piece]:
    """Cut a line wherever a passage or the words for an area begin or end."""
    edges = [(each.start, each.end) for each in passages] + [(each.start, each.end) for each in mentions]
    cuts = {start, end, *(at for edge in edges for at in edge if start < at < end)}
    for first, last in pairwise(sorted(cuts)):
        passage = next((each for each in passages if each.start <= first < each.end), None)
        named = tuple(each for each in mentions if each.start <= first < each.end)
        opens = passage is not None and passage.start == first
        closes = passage is not None and passage.end == last
        yield Piece(text[first:last], passage, named, opens, closes)
