"""A passage of a page, marked where it stands."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator


class Paragraph(NamedTuple):
    """A line of a page: what stands before the passage, what of it belongs to the passage, and what stands after."""

    before: str
    marked: str
    after: str


def paragraphs(text: str, start: int, end: int) -> Iterator[Paragraph]:
    """Split a page into lines, blank ones left out; start, end: of the passage, in code points, end exclusive."""
    offset = 0
    for line in text.split("\n"):
        first, last = (min(max(at - offset, 0), len(line)) for at in (start, end))
        if line.strip():
            yield Paragraph(line[:first], line[first:last], line[last:])
        offset += len(line) + 1
