"""The text of a page cut into passages: sentences, headings and names of pictures; every sign of it once."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

_PICTURE = re.compile(
    r"(?<![\w/.@%()+-])[\w%()+-]+(?:\.[\w%-]+)*?\.(?i:jpe?g|png|gif|svg|webp|bmp)(?=\W|$|[A-ZĀČĒĢĪĶĻŅŠŪŽ])"
)
_STOP = re.compile(r"[.!?…]+[”\"’')\]»]*(?=\s|$)|(?<=[a-zāčēģīķļņšūž]{3})[.!?](?=[A-ZĀČĒĢĪĶĻŅŠŪŽ][a-zāčēģīķļņšūž])")
"""Where a sentence may end: also in the middle of glued words, as in `gadā.Sadarbība`."""
_ABBREVIATIONS = re.compile(
    r"t\.i|t\.sk|u\.c|utt|u\.tml|piem|plkst|tālr|nr|no|st|dr|mrs?|prof|inc|e\.g|i\.e|etc|vs|resp|[js]r|kv|tūkst|milj|g"
)
_AND_OTHERS = re.compile(r"u\.c|utt|u\.tml|etc")
"""What a list ends with, and perhaps a sentence."""
_YEAR = re.compile(r"(?:1[89]|20)\d\d\.\s?g")
_NUMBER = re.compile(r"\d+|[IVXL]+")
_GLUED = re.compile(r"(?<=[^\W\d_]{2}\))[ \t\u00a0]+(?=[A-ZĀČĒĢĪĶĻŅŠŪŽ][^\W\d_]+(?:\s[^\W\d_]+)?\s[a-zāčēģīķļņšūž])")
"""Where a heading such as `Alkamo (Itālija)` ends and a sentence goes on in its line."""
_LONGEST_HEADING = 60


class Passage(NamedTuple):
    """A part of a page: its text, where that begins and ends (Unicode code points), and whether it names a picture."""

    text: str
    start: int
    end: int
    is_picture: bool = False


def passages(page: str) -> list[Passage]:
    """Cut a page into passages, in its order; between them is nothing but white space."""
    found = []
    for line in re.finditer(r"[^\n\r\u2028]+", page):
        at = line.start()
        for picture in _PICTURE.finditer(page, at, line.end()):
            found += [(at, picture.start(), False), (picture.start(), picture.end(), True)]
            at = picture.end()
        found.append((at, line.end(), False))
    cut = [part for start, end, is_picture in found for part in _parts(page, start, end, is_picture)]
    return [
        Passage(text, start + len(piece) - len(piece.lstrip()), start + len(piece.rstrip()), is_picture)
        for start, end, is_picture in cut
        if (text := (piece := page[start:end]).strip())
    ]


def _parts(page: str, start: int, end: int, is_picture: bool) -> Iterator[tuple[int, int, bool]]:  # noqa: FBT001
    """Cut a line, or the part of one beside pictures, at the ends of its heading and its sentences."""
    if is_picture or "\t" in page[start:end].strip():
        # A row of a table is read as a whole.
        yield start, end, is_picture
        return
    heading = _GLUED.search(page, start, min(end, start + _LONGEST_HEADING))
    if heading and "." not in page[start : heading.start()]:
        yield start, heading.start(), False
        start = heading.end()
    for stop in _STOP.finditer(page, start, end):
        before = page[max(start, stop.start() - _LONGEST_HEADING) : stop.start()]
        if _is_end(before, page[stop.end() : min(end, stop.end() + _LONGEST_HEADING)], stop[0]):
            yield start, stop.end(), False
            start = stop.end()
    yield start, end, False


def _is_end(before: str, after: str, stop: str) -> bool:
    """Tell whether a sentence ends between two parts of a line: not after `2002.` in `2002. gadā`, nor in `130. 8`."""
    following = after.lstrip()
    if not following:
        return False
    word = (before.split() or [""])[-1].lstrip("(„“\"'").casefold()
    is_new = following[0].isupper() or following[0] in "„“\"'«(•–" or following[0].isdigit()
    if not stop.startswith("."):
        return is_new
    if _NUMBER.fullmatch(word.upper()):
        # A number that begins a line is that of a list.
        is_numbering = len(before.split()) == 1 or word.isalpha()
        return not is_numbering and bool(following[0].isupper() or _YEAR.match(following))
    if _AND_OTHERS.fullmatch(word) and _YEAR.match(following):
        return True
    return is_new and not _ABBREVIATIONS.fullmatch(word) and not (len(word) == 1 and word.isalpha())
