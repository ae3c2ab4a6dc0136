"""The text of a page as its reader sees it, from the bytes that a server sent."""

from __future__ import annotations

import codecs
import re
import unicodedata
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import unquote

from lxml import etree

if TYPE_CHECKING:
    from collections.abc import Mapping

# Browsers look for the name of a charset in the first 1024 bytes; some pages have it a little later.
_START = 4096
_NAMED = re.compile(rb"<(?:meta|\?xml)\b[^>]*?(?:charset|encoding)\s*=\s*[\"']?\s*([\w.:-]+)", re.IGNORECASE | re.ASCII)
# What pages are written in; Python knows codecs besides that are none (`unicode_escape`, `punycode`).
_CHARSETS = re.compile(r"utf-8|ascii|iso8859-\d+|cp125\d|koi8-[ru]")
_MARKS = {codecs.BOM_UTF8: "utf-8", codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}
_BALTIC = "windows-1257"
# Soft hyphens, joiners, marks of direction and byte order; and what would command a terminal that shows the text.
_UNSEEN = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f]")
_INLINE = frozenset(
    {
        *("a", "abbr", "acronym", "b", "bdi", "bdo", "big", "cite", "code", "data", "del", "dfn", "em", "font", "i"),
        *("img", "ins", "kbd", "label", "mark", "nobr", "picture", "q", "s", "samp", "small", "source", "span"),
        *("strike", "strong", "sub", "sup", "time", "tt", "u", "var", "wbr"),
    }
)
_NOT_SHOWN = frozenset(
    {
        *("head", "iframe", "math", "noscript", "object", "script", "select", "style", "svg", "template"),
        "textarea",
    }
)

_DEEP = 64
"""Elements in each other that are told apart: real pages have fewer, and one with many more takes no more memory."""


class Line(NamedTuple):
    """A line of a page, and the numbers of the elements that it stands in, the outermost first."""

    text: str
    within: tuple[int, ...] = ()


def tidy(text: str) -> str:
    """Give a text as it looks: any white space as one space, no characters that are never seen, composed (NFC)."""
    return " ".join(unicodedata.normalize("NFC", _UNSEEN.sub("", text)).split())


def decoded(body: bytes, charset: str | None = None) -> str:
    """Decode a page: as UTF-8 if it is that, else by the charset its server names, the one it names, or what fits.

    charset: as the server names it, if it does; a name that is none, or that does not fit the bytes, is passed over.
    """
    for mark, name in _MARKS.items():
        if body.startswith(mark):
            return body[len(mark) :].decode(name, errors="replace")
    own = (match.decode() for match in _NAMED.findall(body, 0, _START))
    # Text in another charset is hardly ever UTF-8 by chance, and servers name charsets that pages are not in.
    for name in ("utf-8", *filter(None, [charset]), *own, _BALTIC):
        if (text := _strictly(body, name)) is not None:
            return text
    return body.decode(errors="replace")


def _strictly(body: bytes, charset: str) -> str | None:
    try:
        name = codecs.lookup(charset).name
        return body.decode(name) if _CHARSETS.fullmatch(name) else None
    except (LookupError, ValueError):
        return None


def plain_lines(text: str) -> list[Line]:
    """Give the lines of a plain text that are not blank."""
    return [Line(line) for line in map(tidy, text.splitlines()) if line]


def html_lines(text: str) -> list[Line]:
    """Give the lines of an HTML page, of any quality: a block or a line break ends one, a picture is its other text."""
    # As events and not as a tree, whose making takes time by the square of what a page can hold.
    parser = etree.HTMLParser(target=_Reader(), encoding="utf-8", huge_tree=True)
    # libxml2 takes the first NUL for the end of the page.
    parser.feed(text.replace("\0", "").encode())
    lines: list[Line] = parser.close()
    return lines


class _Reader:
    """What has been read so far, of a page whose parts come one after the other."""

    def __init__(self) -> None:
        self._lines: list[Line] = []
        self._said: list[str] = []
        self._within: list[int] = []
        self._unseen = self._blocks = 0

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        if self._unseen or tag in _NOT_SHOWN or "hidden" in attributes:
            self._unseen += 1
        if tag not in _INLINE:
            self._end_line()
            self._blocks += 1
            self._within.append(self._blocks)
        elif tag == "img":
            self.data(_picture(attributes))

    def end(self, tag: str) -> None:
        if tag not in _INLINE:
            self._end_line()
            self._within.pop()
        self._unseen = max(self._unseen - 1, 0)

    def data(self, text: str) -> None:
        if not self._unseen:
            self._said.append(text)

    def close(self) -> list[Line]:
        self._end_line()
        return self._lines

    def _end_line(self) -> None:
        if text := tidy("".join(self._said)):
            self._lines.append(Line(text, tuple(self._within[:_DEEP])))
        self._said.clear()


def _picture(attributes: Mapping[str, str]) -> str:
    """Give what is read where a picture is not shown: its other text or, where nobody wrote one, its file name."""
    path = re.split(r"[?#]", attributes.get("src", ""), maxsplit=1)[0]
    return attributes.get("alt", unquote(path.rpartition("/")[2]))
