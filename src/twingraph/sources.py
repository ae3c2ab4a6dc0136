"""Source pages, and where a quote stands in one."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import TYPE_CHECKING

from twingraph.errors import UnreadableFile, WrongEncoding

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_PASSAGE_END = re.compile(r"(?<=[.!?])\s+(?=[^\W\d_])|\n+")


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
        return path.read_bytes().decode()
    except UnicodeDecodeError as error:
        raise WrongEncoding(path, error) from None
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
    passage = nearest_passage(selector.exact, text)
    if passage is None:
        return "Nothing in the page resembles it.", "Lapā nav nekā līdzīga."
    page, quote = _first_difference(passage, selector.exact)
    return (
        f"The nearest passage is {passage!r}: there the page has {page} where the quote has {quote}.",
        f"Tuvākais fragments ir {passage!r}: tur lapā ir {page}, bet citātā {quote}.",
    )


def nearest_passage(exact: str, text: str) -> str | None:
    """Give the sentence or line of `text` most like `exact`, or None where none is more like it than not."""
    matcher = SequenceMatcher(b=exact, autojunk=False)
    best, passage = 0.5, None
    for candidate in _passages(text):
        matcher.set_seq1(candidate)
        if matcher.real_quick_ratio() > best and matcher.quick_ratio() > best and (ratio := matcher.ratio()) > best:
            best, passage = ratio, candidate
    return passage


def _passages(text: str) -> Iterator[str]:
    return (stripped for part in _PASSAGE_END.split(text) if (stripped := part.strip()))


def _occurrences(text: str, part: str) -> Iterator[int]:
    start = text.find(part)
    while start >= 0:
        yield start
        start = text.find(part, start + 1)


def _first_difference(page: str, quote: str) -> tuple[str, str]:
    for operation, i, i_end, j, j_end in SequenceMatcher(a=page, b=quote, autojunk=False).get_opcodes():
        if operation != "equal":
            return _named(page[i:i_end]), _named(quote[j:j_end])
    return "more around it", "less"


def _named(characters: str) -> str:
    """Show characters, a single one with its code point and name: a no-break space looks like a space."""
    if not characters:
        return "nothing"
    if len(characters) == 1:
        return f"{characters!r} (U+{ord(characters):04X} {unicodedata.name(characters, 'CONTROL')})"
    return repr(characters)
