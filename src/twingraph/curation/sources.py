"""Source pages, and where a quote stands in one."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections import Counter
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import TYPE_CHECKING

from twingraph.errors import BadSource, UnreadableFile, WrongEncoding
from twingraph.words import Text, text

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_MARGIN = 16
_CANDIDATES = 24
_ALIKE = 0.5
_SIGNS = re.compile(r"\w+|[^\w]")
_UNSEEN = {
    "": text("nothing"),
    " ": text("a space"),
    "\n": text("the end of the line"),
    "\r": text("a carriage return (\\r)"),
    "\N{NO-BREAK SPACE}": text("a no-break space (\\u00A0)"),
}
"""The names of what is not seen when it is shown."""
_ESCAPES = str.maketrans({"\\": r"\\", '"': r"\"", "\n": r"\n", "\r": r"\r", "\t": r"\t", "\u00a0": r"\u00A0"})
"""How Turtle writes what is not seen."""


@dataclass(frozen=True, slots=True)
class Page:
    """The text of a source page as it was retrieved: its bytes are never altered."""

    path: Path
    text: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Selector:
    """The words by which a quote is found: oa:TextQuoteSelector of the Web Annotation model.

    exact: the quoted text; prefix, suffix: what stands right before and after it, where that is needed.
    """

    exact: str
    prefix: str = ""
    suffix: str = ""

    def starts(self, page: str) -> list[int]:
        """Give every offset, in Unicode code points, at which the quote stands in the text of a page."""
        whole = self.prefix + self.exact + self.suffix
        return [start + len(self.prefix) for start in _occurrences(page, whole)] if self.exact else []


def read_bytes(path: Path) -> bytes:
    """Read a file; raises UnreadableFile."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise UnreadableFile(path, error.strerror or str(error)) from None


def read_text(path: Path) -> str:
    """Read a UTF-8 file to the letter, line ends included; raises UnreadableFile and WrongEncoding."""
    try:
        return read_bytes(path).decode()
    except UnicodeDecodeError as error:
        raise WrongEncoding(path, error) from None


def read_page(path: Path) -> Page:
    """Read a stored page with the SHA-256 of its bytes; raises as `read_text` does, and BadSource for HTML."""
    content = read_text(path)
    if is_html(content):
        raise BadSource(path, text("this is a page of HTML, from line 1 on; keep the text that it shows"))
    return Page(path, content, hashlib.sha256(content.encode()).hexdigest())


def is_html(content: str) -> bool:
    """Tell whether a text begins as a page of HTML does."""
    return re.match(r"\s*<(!doctype html|html|head|body)\b", content.removeprefix("\ufeff"), re.IGNORECASE) is not None


def word_starts(content: str, words: str) -> list[int]:
    """Give every offset at which `words` stand in a text as whole words."""
    return [match.start() for match in re.finditer(rf"(?<!\w){re.escape(words)}(?!\w)", content)]


def explain(selector: Selector, page: str) -> Text:
    """Say why a quote has no place in the text of a page: it is not there, or is there more than once."""
    if starts := selector.starts(page):
        return text(
            "It occurs %(times)s times, at %(places)s; add oa:prefix or oa:suffix to tell which is meant.",
            times=len(starts),
            places=", ".join(map(str, starts)),
        )
    if starts := Selector(selector.exact).starts(page):
        start, end = starts[0], starts[0] + len(selector.exact)
        return text(
            "It occurs at %(places)s, but not with this oa:prefix and oa:suffix around it; mend them. "
            "At %(start)s it stands between “%(before)s” and “%(after)s”.",
            places=", ".join(map(str, starts)),
            start=start,
            before=page[max(0, start - max(1, len(selector.prefix))) : start].translate(_ESCAPES),
            after=page[end : end + max(1, len(selector.suffix))].translate(_ESCAPES),
        )
    passage = nearest_passage(selector.exact, page)
    if passage is None:
        return text("Nothing in the page resembles it.")
    theirs, ours = _first_difference(_SIGNS.findall(passage), _SIGNS.findall(selector.exact))
    letters = _first_difference(list(theirs), list(ours))
    return text(
        "The nearest passage is “%(passage)s”: there the page has %(theirs)s where the quote has %(ours)s.",
        passage=passage,
        theirs=_named(theirs, letters[0]),
        ours=_named(ours, letters[1]),
    )


def nearest_passage(exact: str, page: str) -> str | None:
    """Give the part of a page that `exact` was probably copied from, or None where none is more like it than not."""
    # Each pair of characters votes for where the quote would begin if it stood in its place.
    pairs = ((exact[offset : offset + 2], offset) for offset in range(len(exact) - 1))
    votes = Counter(start - offset for pair, offset in pairs for start in _occurrences(page, pair))
    passages = (_aligned(exact, page, start) for start, _ in votes.most_common(_CANDIDATES))
    ratio, passage = max(
        ((SequenceMatcher(a=passage, b=exact, autojunk=False).ratio(), passage) for passage in passages),
        default=(0.0, ""),
    )
    return passage if ratio > _ALIKE else None


def _aligned(exact: str, page: str, start: int) -> str:
    """Give the part of a page near `start` that answers to the whole of `exact`."""
    window = page[max(0, start - _MARGIN) : max(0, start + len(exact) + _MARGIN)]
    alike = SequenceMatcher(a=window, b=exact, autojunk=False).get_matching_blocks()[:-1]
    first, last = alike[0], alike[-1]
    return window[max(0, first.a - first.b) : last.a + len(exact) - last.b]


def _occurrences(page: str, part: str) -> Iterator[int]:
    start = page.find(part)
    while start >= 0:
        yield start
        start = page.find(part, start + 1)


def _first_difference(ones: list[str], others: list[str]) -> tuple[str, str]:
    """Give the first parts that differ of two texts, each given as its parts."""
    for operation, i, i_end, j, j_end in SequenceMatcher(a=ones, b=others, autojunk=False).get_opcodes():
        if operation != "equal":
            return "".join(ones[i:i_end]), "".join(others[j:j_end])
    return "", ""


def _named(words: str, letters: str) -> Text | str:
    """Show words, what is not seen by its name, and the code points of those letters that may look like others."""
    if words in _UNSEEN:
        return _UNSEEN[words]
    names = {letter: unicodedata.name(letter, "") for letter in letters if not letter.isascii()}
    points = ", ".join(f"U+{ord(letter):04X}" for letter, name in names.items() if not name.startswith("LATIN "))
    shown = text("“%(words)s”", words=words)
    return text("%(words)s (%(points)s)", words=shown, points=points) if points else shown
