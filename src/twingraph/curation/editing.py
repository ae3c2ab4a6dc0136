"""The files of a source, written anew only where a person changed them: a block, or the list of what is drafted."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from rdflib import Literal
from rdflib.namespace import SDO

from twingraph.curation.graph import around, find, read_text, write_text
from twingraph.curation.turtle import blocks, comments_in, declared, expand, literal, parse, sentence
from twingraph.errors import BadValue, Outdated
from twingraph.names import fold
from twingraph.vocab import OA, TG, catalogue_prefixes, slug_of
from twingraph.words import text

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
    from pathlib import Path

    from rdflib.term import Node

_BEGINNING = re.compile(r"\s*(?:GRAPH\s+)?([^\s{]+)\s*\{", re.IGNORECASE)
_DRAFTED = re.compile(
    r"^(?P<start>[^\s#]+ tg:drafted )(?P<names>[^#\n]*?)(?P<end> \.[ \t\r]*(?:#[^\n]*)?(?:\n|\Z))", re.MULTILINE
)
"""A line of a description that names blocks which are drafted."""
_WORDS = 4
"""So many words of a passage name a new block."""


class Block(NamedTuple):
    """A block of a file as a person edits it: with the comments that stand at it.

    name: its IRI, or that of the first one where several stand in one line; lines, own: those of all of it, and those
    of the block alone, from 1; text: what the lines say, with line feeds only.
    """

    name: str
    lines: range
    own: range
    text: str

    @property
    def version(self) -> str:
        """What tells the text from any other."""
        return hashlib.sha256(self.text.encode()).hexdigest()[:16]

    @property
    def comments(self) -> list[str]:
        """The comments in it and around it, without their signs."""
        return [comment.lstrip("# ") for comment in comments_in(self.text)]


class Quote(NamedTuple):
    """What a block quotes: the words, what tells which are meant, and where they stand in the page, if they do."""

    exact: Literal
    prefix: str = ""
    suffix: str = ""
    place: tuple[int, int] | None = None


@dataclass(frozen=True)
class SourceFolder:
    """The folder of a source, each of its files as it was when first asked for.

    All raises BadInput where a file can not be read or parsed, and what writes UnwritableTarget where it can not.
    """

    folder: Path

    @property
    def facts(self) -> Path:
        """The file of its blocks."""
        return self.folder / "facts.trig"

    @property
    def about(self) -> Path:
        """The file that describes it."""
        return self.folder / "source.ttl"

    @cached_property
    def content(self) -> str:
        """What stands in the file of its blocks, to the letter."""
        return read_text(self.facts)

    @cached_property
    def page(self) -> str:
        """The text of the page, "" for a source that is only cited."""
        path = self.folder / "page.txt"
        return read_text(path) if path.exists() else ""

    @cached_property
    def blocks(self) -> list[Block]:
        """The blocks in the order of their file."""
        return list(_cut(self.content))

    @cached_property
    def quotes(self) -> dict[str, Quote]:
        """What is quoted, by the name of the block."""
        found = {}
        selecting: dict[Node, dict[Node, Node]] = {}
        for subject, term, value, name in parse(self.facts, self.content, catalogue_prefixes()):
            if subject == name and term in {OA.exact, OA.prefix, OA.suffix}:
                selecting.setdefault(subject, {})[term] = value
        for name, terms in selecting.items():
            exact = terms.get(OA.exact)
            if isinstance(exact, Literal):
                prefix, suffix = (str(terms.get(term, "")) for term in (OA.prefix, OA.suffix))
                starts = find(self.page, str(exact), prefix, suffix)
                place = (starts[0], starts[0] + len(exact)) if len(starts) == 1 else None
                found[str(name)] = Quote(exact, prefix, suffix, place)
        return found

    @cached_property
    def _described(self) -> list[tuple[Node, Node, Node, Node | None]]:
        return parse(self.about, read_text(self.about), catalogue_prefixes())

    @property
    def drafted(self) -> set[str]:
        """The names of the blocks that wait for a person."""
        return {str(value) for _, term, value, _ in self._described if term == TG.drafted}

    @property
    def language(self) -> str:
        """The language of the page, "" where it is not stated."""
        return next((str(value) for _, term, value, _ in self._described if term == SDO.inLanguage), "")

    def accept(self, versions: Mapping[str, str]) -> None:
        """Take blocks out of what is drafted; versions: by their names, what a person has read.

        Raises Outdated where one is another by now, and BadValue where it can not be done but by hand.
        """
        for name, version in versions.items():
            self._find(name, version)
        self.take_out(versions)

    def change(self, name: str, version: str, words: str) -> str:
        """Put a text in the place of a block; without any, take the block away. Give the name that the block has then.

        Raises Outdated where it is another by now; BrokenSyntax with the line and column in the text; and BadValue
        where the name of another block is taken, or a draft is renamed.
        """
        block, new = self._find(name, version), _tidy(words)
        names = self._names(new, block)
        if names and name in self.drafted and name not in names:
            reason = text("Keep the name of the block until it is accepted: by it, it is known to be a draft.")
            raise BadValue(reason)
        if new != block.text:
            write_text(self.facts, _replace(self.content, block, new))
        if not names:
            self.take_out([name])
        return name if name in names else next(iter(names), "")

    def leave_out(self, name: str, version: str, reasons: Mapping[str, str]) -> None:
        """Put why nothing is read from a passage, by language, in the place of all that its block states.

        What it quotes, and comments, stay. Raises as `change` and `accept` do, and BadValue where a reason is lacking.
        """
        block, quote = self._find(name, version), self.quotes.get(name)
        spelling = _BEGINNING.match("\n".join(_rows(block)))
        if not all(map(str.strip, reasons.values())):
            raise BadValue(text("Give the reason for leaving the passage out in English and in Latvian."))
        if quote is None or spelling is None or self._names(block.text, block) != [name]:
            raise _by_hand(self.facts)
        rows, at = block.text.split("\n"), block.own.start - block.lines.start
        # What was to be filled in is filled in now.
        comments = [each for each in comments_in("\n".join(_rows(block))) if " tg:leftOut " not in each]
        why = leave_out(spelling[1], {tag: reason.strip() for tag, reason in reasons.items()})
        new = _write(spelling[1], quote, *(f"    {each}" for each in comments), *why)
        self.change(name, version, "\n".join([*rows[:at], new, *rows[at + len(block.own) :]]))
        self.take_out([name])

    def add(self, start: int, words: str) -> str:
        """Write a new block where the passage that starts there belongs in the order of the page; give its name.

        Raises BrokenSyntax with the line and column in the text, and BadValue where it is no block, or the name of
        another one is taken.
        """
        new = _tidy(words)
        names = self._names(new)
        if not names:
            raise BadValue(
                text("Nothing is there to be written: begin with the name of the block, then {, and end with }.")
            )
        places = {name: quote.place[0] for name, quote in self.quotes.items() if quote.place}
        earlier = [block for block in self.blocks if places.get(block.name, start) < start]
        last = max(earlier, key=lambda block: places[block.name], default=None)
        if last:
            line = last.lines.stop - 1
        else:
            line = self.blocks[0].lines.start - 1 if self.blocks else self.content.count("\n")
        write_text(self.facts, _insert(self.content, line, new, below=bool(last or not self.blocks)))
        return names[0]

    def propose(self, start: int, end: int) -> str:
        """Write a block for a passage of the page that no block quotes, with nothing stated yet."""
        exact, known = self.page[start:end], catalogue_prefixes() | declared(self.content)
        prefix, begins = ("", "") if "" in known else ("quote", f"{self.folder.name}-")
        words = fold(exact).encode("ascii", "ignore").decode().split()[:_WORDS]
        slug, taken = begins + ("-".join(words) or "passage"), {block.name for block in self.blocks}
        number = next(
            each for each in ("", *map("-{}".format, range(2, 9999))) if f"{known[prefix]}{slug}{each}" not in taken
        )
        before, after = around(self.page, start, end)
        return _write(f"{prefix}:{slug}{number}", Quote(Literal(exact, self.language or None), before, after))

    def _names(self, words: str, block: Block | None = None) -> list[str]:
        """Give the names of the blocks in a text that is to stand in the place of a block, or beside all."""
        known = catalogue_prefixes() | declared(self.content)
        parse(self.facts, words, known)
        names = [name for name, _ in blocks(words, known)]
        others = [name for name, lines in blocks(self.content) if block is None or lines.start not in block.lines]
        if taken := [name for at, name in enumerate(names) if name in others or name in names[:at]]:
            raise BadValue(text("The name %(slug)s is taken, by another block of this file.", slug=slug_of(taken[0])))
        return names

    def _find(self, name: str, version: str) -> Block:
        block = next((each for each in self.blocks if each.name == name), None)
        if block is None or block.version != version:
            raise Outdated
        return block

    def take_out(self, names: Collection[str]) -> None:
        """Take names out of what is drafted, if they are there; raises BadValue where one does not stand in a line."""
        old, gone = read_text(self.about), self.drafted & {*names}
        known = catalogue_prefixes() | declared(old)

        def shorten(line: re.Match[str]) -> str:
            left = [name for name in line["names"].split(" , ") if expand(name, known) not in gone]
            return f"{line['start']}{' , '.join(left)}{line['end']}" if left else ""

        new = _DRAFTED.sub(shorten, old)
        if gone & {str(value) for _, term, value, _ in parse(self.about, new, known) if term == TG.drafted}:
            raise _by_hand(self.about)
        if new != old:
            write_text(self.about, new)


def _by_hand(path: Path) -> BadValue:
    return BadValue(
        text("%(file)s is written in a way that can only be changed by hand; open it in an editor.", file=path)
    )


def _cut(content: str) -> Iterator[Block]:
    """Cut a file into its blocks, each with the comments above it, and those right below it before an empty line."""
    lines, spans, done = content.split("\n"), list[tuple[str, range]](), 0
    for name, own in blocks(content):
        shared = spans and own.start < spans[-1][1].stop
        first, start = (spans[-1][0], spans.pop()[1].start) if shared else (name, own.start)
        spans.append((first, range(start, own.stop)))
    for name, own in spans:
        above, below = own.start - 1, own.stop - 1
        while above > done and (not lines[above - 1].strip() or _is_comment(lines[above - 1])):
            above -= 1
        while not lines[above].strip():
            above += 1
        while below < len(lines) and _is_comment(lines[below]):
            below += 1
        # Comments that another block follows at once are its own.
        done = below if below == len(lines) or not lines[below].strip() else own.stop - 1
        words = "\n".join(line.removesuffix("\r") for line in lines[above:done])
        yield Block(name, range(above + 1, done + 1), own, words)


def _is_comment(line: str) -> bool:
    return line.lstrip().startswith("#")


def _rows(block: Block) -> list[str]:
    """Give the lines of a block without the comments above and below it."""
    start = block.own.start - block.lines.start
    return block.text.split("\n")[start : start + len(block.own)]


def _tidy(words: str) -> str:
    """Give a text as it is kept: with line feeds only, and no empty lines around it."""
    return words.replace("\r\n", "\n").strip("\n") if words.strip() else ""


def _replace(content: str, block: Block, words: str) -> str:
    """Put a text in the place of a block, with the line ends that this has; without any, what is below moves up."""
    lines, first, last = content.split("\n"), block.lines.start - 1, block.lines.stop - 1
    end = "\r" if lines[first].endswith("\r") else ""
    if not words and last < len(lines) and not lines[last].strip():
        last += 1
    new = [line + end for line in words.split("\n")] if words else []
    return "\n".join([*lines[:first], *new, *lines[last:]])


def _insert(content: str, line: int, words: str, *, below: bool) -> str:
    """Write a new block from a line on, counted from 0, with an empty line above it, or below it."""
    lines, end = content.split("\n"), "\r" if "\r\n" in content else ""
    new = [each + end for each in words.split("\n")]
    return "\n".join([*lines[:line], *([end, *new] if below else [*new, end]), *lines[line:]])


def select(quote: Quote) -> list[str]:
    """Write the properties by which a block says what it quotes."""
    around = {"oa:prefix": quote.prefix, "oa:suffix": quote.suffix}
    exact = f"oa:exact {literal(quote.exact, quote.exact.language)}"
    return [exact, *(f"{term} {literal(words)}" for term, words in around.items() if words)]


def leave_out(spelling: str, reasons: Mapping[str, str]) -> list[str]:
    """Write by language why a block states nothing, in lines."""
    said = " ,\n        ".join(literal(reason, tag) for tag, reason in reasons.items())
    return sentence(spelling, [f"tg:leftOut {said}"])


def _write(spelling: str, quote: Quote, *more: str) -> str:
    """Write a block as a person does: what it quotes, then other lines."""
    return "\n".join([f"{spelling} {{", *sentence(spelling, select(quote)), *more, "}"])
