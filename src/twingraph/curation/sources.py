"""Source pages, and where a quote stands in one."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import TYPE_CHECKING

from twingraph.errors import UnreadableFile, WrongEncoding

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_MARGIN = 16
_CANDIDATES = 24
_ALIKE = 0.5


_SIGNS = re.compile(r"\w+|[^\w]")
_UNSEEN = {
    "": ("nothing", "nekā nav"),
    " ": ("a space", "atstarpe"),
    "\n": ("the end of the line", "rindas beigas"),
    "\N{NO-BREAK SPACE}": ("a no-break space (\\u00A0)", "nedalāmā atstarpe (\\u00A0)"),
}
"""Names, in English and Latvian, of what is not seen when it is shown."""


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

    def starts(self, text: str) -> list[int]:
        """Give every offset, in Unicode code points, at which the quote stands in `text`."""
        whole = self.prefix + self.exact + self.suffix
        return [start + len(self.prefix) for start in _occurrences(text, whole)] if self.exact else []


def read_text(path: Path) -> str:
    """Read a UTF-8 file to the letter, line ends included.

    Raises UnreadableFile and WrongEncoding.
    """
    try:
        return read_bytes(path).decode()
    except UnicodeDecodeError as error:
        raise WrongEncoding(path, error) from None


def read_bytes(path: Path) -> bytes:
    """Read a file; raises UnreadableFile."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise UnreadableFile(path, error.strerror or str(error)) from None


def read_page(path: Path) -> Page:
    """Read a stored page with the SHA-256 of its bytes; raises as `read_text` does."""
    text = read_text(path)
    return Page(path, text, hashlib.sha256(text.encode()).hexdigest())


def word_starts(text: str, words: str) -> list[int]:
    """Give every offset at which `words` stand in `text` as whole words."""
    return [match.start() for match in re.finditer(rf"(?<!\w){re.escape(words)}(?!\w)", text)]


def explain(selector: Selector, text: str) -> tuple[str, str]:
    """Say, in English and Latvian, why a quote has no place in a page: it is not there, or is there more than once."""
    starts = selector.starts(text)
    if starts:
        places = ", ".join(map(str, starts))
        return (
            f"It occurs {len(starts)} times, at {places}; add oa:prefix or oa:suffix to tell which is meant.",
            f"Tas sastopams {len(starts)} reizes, pozīcijās {places}; pievienojiet oa:prefix vai oa:suffix.",
        )
    if places := ", ".join(map(str, Selector(selector.exact).starts(text))):
        return (
            f"It occurs at {places}, but not with this oa:prefix and oa:suffix around it; mend them.",
            f"Tas sastopams pozīcijās {places}, bet ne ar šādu oa:prefix un oa:suffix; izlabojiet tos.",
        )
    passage = nearest_passage(selector.exact, text)
    if passage is None:
        return "Nothing in the page resembles it.", "Lapā nav nekā līdzīga."
    page, quote = _first_difference(passage, selector.exact)
    return (
        (
            f"The nearest passage is “{passage}”: "
            f"there the page has {_named(page, 0)} where the quote has {_named(quote, 0)}."
        ),
        f"Tuvākais fragments ir „{passage}”: tur lapā ir {_named(page, 1)}, bet citātā {_named(quote, 1)}.",
    )


def nearest_passage(exact: str, text: str) -> str | None:
    """Give the part of `text` that `exact` was probably copied from, or None where none is more like it than not."""
    # Each pair of characters votes for where the quote would begin if it stood in its place.
    pairs = ((exact[offset : offset + 2], offset) for offset in range(len(exact) - 1))
    votes = Counter(start - offset for pair, offset in pairs for start in _occurrences(text, pair))
    passages = (_aligned(exact, text, start) for start, _ in votes.most_common(_CANDIDATES))
    ratio, passage = max(
        ((SequenceMatcher(a=passage, b=exact, autojunk=False).ratio(), passage) for passage in passages),
        default=(0.0, ""),
    )
    return passage if ratio > _ALIKE else None


def _aligned(exact: str, text: str, start: int) -> str:
    """Give the part of `text` near `start` that answers to the whole of `exact`."""
    window = text[max(0, start - _MARGIN) : max(0, start + len(exact) + _MARGIN)]
    alike = SequenceMatcher(a=window, b=exact, autojunk=False).get_matching_blocks()[:-1]
    first, last = alike[0], alike[-1]
    return window[max(0, first.a - first.b) : last.a + len(exact) - last.b]


def _occurrences(text: str, part: str) -> Iterator[int]:
    start = text.find(part)
    while start >= 0:
        yield start
        start = text.find(part, start + 1)


def _first_difference(page: str, quote: str) -> tuple[str, str]:
    """Give the first words or signs that differ, of the page and of the quote."""
    ours, theirs = _SIGNS.findall(page), _SIGNS.findall(quote)
    for operation, i, i_end, j, j_end in SequenceMatcher(a=ours, b=theirs, autojunk=False).get_opcodes():
        if operation != "equal":
            return "".join(ours[i:i_end]), "".join(theirs[j:j_end])
    return "", ""


def _named(characters: str, language: int) -> str:
    """Show characters, those that can not be seen by their names: a no-break space looks like a space."""
    if characters in _UNSEEN:
        return _UNSEEN[characters][language]
    point = f" (U+{ord(characters):04X})" if len(characters) == 1 and not characters.isalnum() else ""
    return f"{'„' if language else '“'}{characters}”{point}"
