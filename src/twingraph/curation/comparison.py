"""A stored page held against the page of today: which quotes stand, which moved, which are gone, and what is new."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from itertools import accumulate, takewhile
from typing import TYPE_CHECKING, NamedTuple

from twingraph.curation.pagetext import tidy
from twingraph.curation.sources import Selector, nearest_passage

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from twingraph.curation.pagetext import Line

_SEARCHED = 50_000
"""Characters in which something like a lost quote is looked for; between two quotes of a real page are fewer."""
_WORD = re.compile(r"\w")


class Quoted(NamedTuple):
    """A quote of the stored page: its name and its text."""

    name: str
    exact: str


class Moved(NamedTuple):
    """A quote that stands elsewhere among the others; after: the text of the one before it now, "" for none."""

    name: str
    exact: str
    after: str


class Gone(NamedTuple):
    """A quote that stands no longer; nearest: what is most like it where it stood, "" where nothing is."""

    name: str
    exact: str
    nearest: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """What has become of a page: its quotes in the order of the stored page, and passages that no quote holds."""

    standing: list[str]
    moved: list[Moved]
    gone: list[Gone]
    new: list[str]

    @property
    def is_as_stored(self) -> bool:
        """Tell whether every quote stands in its order and nothing was added."""
        return not (self.moved or self.gone or self.new)


class _Span(NamedTuple):
    start: int
    end: int


def compare(stored: Sequence[Quoted], lines: Sequence[Line]) -> Comparison:
    """Compare the quotes of a stored page, in its order, with the lines of the page of today.

    White space is held to be alike, and so is what is not seen. A quote has moved if it stands in another order among
    the quotes, not if others were written before it: what it says hangs on what it follows.
    """
    text, exacts = " ".join(line.text for line in lines), [tidy(quote.exact) for quote in stored]
    places = [[_Span(start, start + len(exact)) for start in Selector(exact).starts(text)] for exact in exacts]
    kept = _in_order(places, len(text))
    free = _Free(_part(lines, kept, sum(map(len, exacts))), kept.values())
    moved = _moved(places, kept, free)
    order = sorted((span, stored[number].exact) for number, span in (kept | moved).items())
    gone = [number for number in range(len(stored)) if number not in kept and number not in moved]
    nearest = {number: _nearest(exacts[number], text, free, _gap(number, kept, len(text))) for number in gone}
    return Comparison(
        [stored[number].name for number in sorted(kept)],
        [Moved(*stored[number], _before(span, order)) for number, span in sorted(moved.items())],
        [Gone(*stored[number], nearest[number]) for number in gone],
        [passage for span in free.spans if _WORD.search(passage := text[slice(*span)].strip())],
    )


class _Chain(NamedTuple):
    """Quotes that stand in their order, by the last of them, and their worth: characters above all, then closeness."""

    worth: int
    number: int
    span: _Span
    before: _Chain | None

    @property
    def rank(self) -> int:
        """Tell which chain is best to go on from, wherever the next quote stands: a gap costs its length."""
        return self.worth + self.span.end


def _in_order(places: list[list[_Span]], length: int) -> dict[int, _Span]:
    """Choose a place for as much as can stand in order; of a quote that stands twice, the place nearest to the others.

    length: of the whole text, so that no gap outweighs a character.
    """
    best: list[_Chain] = []  # by where they end, each of a higher rank than the one before
    for number, spans in enumerate(places):
        for chain in [_longer(best, number, span, length + 1) for span in spans]:
            _keep(best, chain)
    last = max(best, key=lambda chain: chain.worth, default=None)
    return dict(reversed([(chain.number, chain.span) for chain in _links(last)]))


def _longer(best: list[_Chain], number: int, span: _Span, scale: int) -> _Chain:
    at = bisect_right(best, span.start, key=lambda chain: chain.span.end)
    before = best[at - 1] if at else None
    worth = (span.end - span.start) * scale + (before.rank - span.start if before else 0)
    return _Chain(worth, number, span, before)


def _keep(best: list[_Chain], chain: _Chain) -> None:
    at = bisect_right(best, chain.span.end, key=lambda other: other.span.end)
    if at and best[at - 1].rank >= chain.rank:
        return
    end = at
    while end < len(best) and best[end].rank <= chain.rank:
        end += 1
    best[at:end] = [chain]


def _links(chain: _Chain | None) -> Iterator[_Chain]:
    while chain:
        yield chain
        chain = chain.before


def _part(lines: Sequence[Line], kept: dict[int, _Span], quoted: int) -> list[_Span]:
    """Give the places of the lines that answer to the stored text: of a whole page, all but menus and the like.

    They are those of the smallest element that holds all quotes that stand; where less than half of what is quoted
    stands, that says nothing, and the whole page is taken.
    """
    starts = [0, *accumulate(len(line.text) + 1 for line in lines)]
    spans = [_Span(start, start + len(line.text)) for start, line in zip(starts, lines, strict=False)]
    if 2 * sum(span.end - span.start for span in kept.values()) < quoted:
        return spans
    holding = [lines[bisect_right(starts, start) - 1].within for start, _ in kept.values()]
    # What the first and the last in order have in common, all between them have.
    pairs = zip(min(holding, default=()), max(holding, default=()), strict=False)
    common = tuple(first for first, _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
    return [span for span, line in zip(spans, lines, strict=True) if line.within[: len(common)] == common]


class _Free:
    """The places of the page that no quote holds yet, in order."""

    def __init__(self, spans: list[_Span], taken: Iterable[_Span]) -> None:
        self.spans = spans
        for span in taken:
            self.take(span)

    def take(self, span: _Span) -> None:
        touched = self._touched(span)
        self.spans[touched] = [side for each in self.spans[touched] for side in _sides(each, span)]

    def holds(self, span: _Span) -> bool:
        # Between two lines stands a space that is of neither.
        parts = self.within(span)
        return bool(parts) and sum(part.end - part.start for part in parts) + len(parts) - 1 == span.end - span.start

    def within(self, gap: _Span) -> list[_Span]:
        return [_Span(max(start, gap.start), min(end, gap.end)) for start, end in self.spans[self._touched(gap)]]

    def _touched(self, span: _Span) -> slice:
        first = bisect_right(self.spans, span.start, key=lambda each: each.end)
        return slice(first, bisect_left(self.spans, span.end, lo=first, key=lambda each: each.start))


def _sides(whole: _Span, part: _Span) -> list[_Span]:
    """Give what is left of a span on both sides of what is taken out of it."""
    sides = (_Span(whole.start, part.start), _Span(part.end, whole.end))
    return [side for side in sides if side.start < side.end]


def _moved(places: list[list[_Span]], kept: dict[int, _Span], free: _Free) -> dict[int, _Span]:
    """Find the quotes that stand out of order, the longest first; takes their places."""
    moved: dict[int, _Span] = {}
    rest = [number for number, spans in enumerate(places) if spans and number not in kept]
    for number in sorted(rest, key=lambda each: places[each][0].start - places[each][0].end):
        if (span := next(filter(free.holds, places[number]), None)) is not None:
            moved[number] = span
            free.take(span)
    return moved


def _before(span: _Span, order: list[tuple[_Span, str]]) -> str:
    at = bisect_right(order, span.start, key=lambda each: each[0].end)
    return order[at - 1][1] if at else ""


def _gap(number: int, kept: dict[int, _Span], length: int) -> _Span:
    """Give the place between the quotes that stood around one and still stand."""
    start = max((span.end for other, span in kept.items() if other < number), default=0)
    return _Span(start, min((span.start for other, span in kept.items() if other > number), default=length))


def _nearest(exact: str, text: str, free: _Free, gap: _Span) -> str:
    """Find what is most like a quote in a gap, and take its place; "" where nothing is like it."""
    pairs, near = _pairs(exact), _Span(gap.start, min(gap.end, gap.start + _SEARCHED))
    likely = max(free.within(near), key=lambda span: len(pairs & _pairs(text[slice(*span)])), default=_Span(0, 0))
    passage = nearest_passage(exact, text[slice(*likely)])
    if passage is None:
        return ""
    start = text.index(passage, likely.start)
    free.take(_Span(start, start + len(passage)))
    return passage


def _pairs(text: str) -> set[str]:
    return {text[start : start + 2] for start in range(len(text) - 1)}
