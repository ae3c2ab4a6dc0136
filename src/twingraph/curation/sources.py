"""Source pages, and where a quote stands in one."""

from __future__ import annotations

import re
import unicodedata
from difflib import SequenceMatcher
from typing import TYPE_CHECKING

from rapidfuzz import fuzz

from twingraph.errors import BadInput, UnreadableFile
from twingraph.words import Text, text

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

HTML = re.compile(r"\A\ufeff?\s*<(!doctype html|html|head|body)\b", re.IGNORECASE)
"""How a page of HTML begins."""
_MARGIN = 16
_ALIKE = 50
"""What a passage that is more like a quote than not is above, of 100."""
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


def read_bytes(path: Path) -> bytes:
    """Read a file; raises UnreadableFile."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise UnreadableFile(path, error.strerror or str(error)) from None


def read_text(path: Path) -> str:
    """Read a UTF-8 file to the letter, line ends included; raises UnreadableFile and BadInput."""
    try:
        return read_bytes(path).decode()
    except UnicodeDecodeError as error:
        words = {"start": error.start, "byte": f"0x{error.object[error.start]:02X}"}
        reason = text("byte %(start)s (%(byte)s) is not UTF-8; save the file as UTF-8 and try again", **words)
        raise BadInput(path, reason) from None


def find(page: str, exact: str, prefix: str = "", suffix: str = "") -> list[int]:
    """Give every offset, in Unicode code points, at which a text stands in a page, with what it is to stand between."""
    # Places may overlap, so each is only looked at.
    places = re.finditer(f"(?={re.escape(prefix + exact + suffix)})", page) if exact else ()
    return [place.start() + len(prefix) for place in places]


def explain(page: str, exact: str, prefix: str = "", suffix: str = "") -> Text:
    """Say why a quote has no place in the text of a page: it is not there, or is there more than once."""
    if starts := find(page, exact, prefix, suffix):
        return text(
            "It occurs %(times)s times, at %(places)s; add oa:prefix or oa:suffix to tell which is meant.",
            times=len(starts),
            places=", ".join(map(str, starts)),
        )
    if starts := find(page, exact):
        start, end = starts[0], starts[0] + len(exact)
        return text(
            "It occurs at %(places)s, but not with this oa:prefix and oa:suffix around it; mend them. "
            "At %(start)s it stands between “%(before)s” and “%(after)s”.",
            places=", ".join(map(str, starts)),
            start=start,
            before=page[max(0, start - max(1, len(prefix))) : start].translate(_ESCAPES),
            after=page[end : end + max(1, len(suffix))].translate(_ESCAPES),
        )
    passage = nearest_passage(exact, page)
    if not passage:
        return text("Nothing in the page resembles it.")
    words = _first_difference(_SIGNS.findall(passage), _SIGNS.findall(exact))
    letters = _first_difference(*words)
    return text(
        "The nearest passage is “%(passage)s”: there the page has %(theirs)s where the quote has %(ours)s.",
        passage=passage,
        theirs=_named(words[0], letters[0]),
        ours=_named(words[1], letters[1]),
    )


def nearest_passage(exact: str, page: str) -> str:
    """Give the part of a page that `exact` was probably copied from, "" where none is more like it than not."""
    found = fuzz.partial_ratio_alignment(exact, page, score_cutoff=_ALIKE)
    if found is None:
        return ""
    start = found.dest_start - found.src_start
    window = page[max(0, start - _MARGIN) : max(0, start + len(exact) + _MARGIN)]
    blocks = SequenceMatcher(a=window, b=exact, autojunk=False).get_matching_blocks()[:-1]
    passage = window[max(0, blocks[0].a - blocks[0].b) : blocks[-1].a + len(exact) - blocks[-1].b]
    return passage if fuzz.ratio(passage, exact) > _ALIKE else ""


def _first_difference(ones: Sequence[str], others: Sequence[str]) -> tuple[str, str]:
    """Give the first parts that differ of two texts, each given as its parts."""
    for operation, i, i_end, j, j_end in SequenceMatcher(a=ones, b=others, autojunk=False).get_opcodes():
        if operation != "equal":
            return "".join(ones[i:i_end]), "".join(others[j:j_end])
    return "", ""


def _named(words: str, letters: str) -> Text:
    """Show words, what is not seen by its name, and the code points of those letters that may look like others."""
    if words in _UNSEEN:
        return _UNSEEN[words]
    names = {letter: unicodedata.name(letter, "") for letter in letters if not letter.isascii()}
    points = ", ".join(f"U+{ord(letter):04X}" for letter, name in names.items() if not name.startswith("LATIN "))
    quoted = text("“%(words)s”", words=words)
    return text("%(words)s (%(points)s)", words=quoted, points=points) if points else quoted
