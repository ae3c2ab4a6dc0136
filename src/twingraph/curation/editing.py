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
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from rdflib.term import Node

_BEGINNING = re.compile(r"\s*(?:GRAPH\s+)?([^\s{]+)\s*\{", re.IGNORECASE)
_DRAFTED = re.compile(
    r"^(?P<start>[^\s#]+ tg:drafted )(?P<names>[^#\n]*?)(?P<end> \.[ \t\r]*(?:#[^\n]*)?(?:\n|\Z))", re.MULTILINE
)
"""A line of a description that names blocks which are drafted."""
_OFFER = re.compile(r"(\s*)#\s*((?:<[^>\s]*>|[\w-]*:[\w./\\-]*)\s+(?:[{<\"]|[\w-]*:|a\s).*)")
"""A comment that begins as a statement or a block does, and how far it is indented."""
_GAP = re.compile(r"""\"(?P<words>[^\"…]*…)\"(?:@(?P<tag>[\w-]+))?|<(?P<iri>[^>\s…]*…)>|(?P<name>[\w-]*:\w*…)""")
_TERM = re.compile(r"[\w-]*:[\w-]+(?=\s)")
_SELECTING = frozenset({OA.exact, OA.prefix, OA.suffix})
_WORDS = 4
"""So many words of a passage name a new block."""


class Gap(NamedTuple):
    """What is to be filled in of an offer: a value of which property, in which language, and what stands there."""

    term: str
    language: str
    placeholder: str


class Offer(NamedTuple):
    """A comment that holds statements, to be taken as it is or with its gaps filled: a candidate, or a to-do.

    line: that of the text of its block, from 0; words: the statements; remark: the comment after them.
    """

    line: int
    words: str
    remark: str

    @property
    def gaps(self) -> list[Gap]:
        """What is to be filled in, each once."""
        return list(dict.fromkeys(gap for gap, _ in _gaps(self.words)))

    def fill(self, values: Sequence[str]) -> str:
        """Give the statements with a value in each gap; raises BadValue where one is lacking."""
        known, filled = dict(zip(self.gaps, map(str.strip, values), strict=False)), self.words
        for gap, match in reversed([*_gaps(self.words)]):
            if not (value := known.get(gap, "")):
                raise BadValue(text("Fill in all that is asked for."))
            written = {'"': literal(value), "<": f"<{value}>"}.get(match[0][0], value)
            tag = f"@{gap.language}" if gap.language else ""
            filled = f"{filled[: match.start()]}{written}{tag}{filled[match.end() :]}"
        return filled


class Block(NamedTuple):
    """A block of a file as a person edits it: with the comments that stand at it; or comments alone, or a whole file.

    name: its IRI, or that of the first one where several stand in one line, "" for what is no block; lines, own: those
    of all of it, and those of the block alone, from 1; text: what the lines say, with line feeds only.
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
    def statements(self) -> str:
        """The text of the block alone, without the comments above and below it."""
        start = self.own.start - self.lines.start
        return "\n".join(self.text.split("\n")[start : start + len(self.own)])

    @property
    def comments(self) -> list[str]:
        """The comments in it and around it, without their signs, that are no offers."""
        rows = self.text.split("\n")
        offered = {rows[each.line].strip() for each in self.offers}
        return [comment.lstrip("# ") for comment in comments_in(self.text) if comment.strip() not in offered]

    @property
    def offers(self) -> list[Offer]:
        """The comments in it and around it that a person may take."""
        found = []
        for number, line in enumerate(self.text.split("\n")):
            if offered := _OFFER.fullmatch(line):
                remark = next(iter(comments_in(offered[2])), "")
                words = offered[2].removesuffix(remark).strip()
                # A comment that stands by itself may tell how something is written; it offers a whole block, or none.
                if words.endswith((";", ".", "}") if offered[1] else "}"):
                    found.append(Offer(number, words, remark.lstrip("# ")))
        return found


class Quote(NamedTuple):
    """What a block quotes: the words, what tells which are meant, and where they stand in the page, if they do."""

    exact: Literal
    prefix: str = ""
    suffix: str = ""
    place: tuple[int, int] | None = None


@dataclass(frozen=True)
class DataFile:
    """A file of the data, as it was when first asked for.

    All raises BadInput where it can not be read or parsed, and what writes UnwritableTarget where it can not.
    """

    path: Path

    @cached_property
    def content(self) -> str:
        """What stands in it, to the letter."""
        return read_text(self.path)

    @cached_property
    def known(self) -> dict[str, str]:
        """The prefixes that may be written in it."""
        return catalogue_prefixes() | declared(self.content)

    @cached_property
    def blocks(self) -> list[Block]:
        """Its blocks in their order."""
        return list(_cut(self.content))

    @cached_property
    def pieces(self) -> list[Block]:
        """What a person edits in it: its blocks, and comments beside them that offer something; or all of it."""
        lines = [line.removesuffix("\r") for line in self.content.rstrip().split("\n")]
        if self.path.suffix == ".ttl":
            return [Block("", range(1, len(lines) + 1), range(0), "\n".join(lines))]
        inside = {number for block in self.blocks for number in block.lines}
        beside, start = [], 0
        for number, line in enumerate([*lines, ""], 1):
            if number in inside or not _is_comment(line):
                piece = Block("", range(start + 1, number), range(0), "\n".join(lines[start : number - 1]))
                beside += [piece] if piece.offers else []
                start = number
        return sorted([*self.blocks, *beside], key=lambda each: each.lines.start)

    def find(self, name: str, version: str) -> Block:
        """Give a piece of it; raises Outdated where it is another by now."""
        for each in self.pieces:
            if (each.name, each.version) == (name, version):
                return each
        raise Outdated

    def change(self, name: str, version: str, words: str) -> str:
        """Put a text in the place of a piece; give the name that the block has then.

        Raises Outdated where it is another by now; BrokenSyntax with the line and column in the text; and BadValue
        where no block would be left of it, or the name of another block is taken.
        """
        block, new = self.find(name, version), _tidy(words)
        names = self.names(new, block)
        if not new or (name and not names):
            raise BadValue(
                text("Nothing would be left of this, and it can not be brought back; leave the passage out instead.")
            )
        if new != block.text:
            write_text(self.path, _replace(self.content, block, new))
        return name if name in names else next(iter(names), "")

    def take(self, name: str, version: str, line: int, values: Sequence[str]) -> str:
        """Put an offer, filled, in its place as a statement; a block of its name becomes an offer. Give its name.

        Raises as `change` does, and BadValue where there is no such offer, or a gap is left.
        """
        block = self.find(name, version)
        offer = next((each for each in block.offers if each.line == line), None)
        if offer is None:
            raise Outdated
        rows, filled = block.text.split("\n"), offer.fill(values)
        rows[line] = rows[line][: rows[line].index("#")] + filled
        taken = _BEGINNING.match(filled)
        if block.name and taken and expand(taken[1], self.known) == block.name:
            start = block.own.start - block.lines.start
            rows[start : start + len(block.own)] = [f"# {' '.join(block.statements.split())}"]
        return self.change(name, version, "\n".join(rows))

    def names(self, words: str, block: Block | None = None) -> list[str]:
        """Give the names of the blocks in a text that is to stand in the place of a piece, or beside all."""
        parse(self.path, words, self.known)
        names = [name for name, _ in blocks(words, self.known)]
        others = [name for name, lines in blocks(self.content) if block is None or lines.start not in block.lines]
        if taken := [name for at, name in enumerate(names) if name in others or name in names[:at]]:
            raise BadValue(text("The name %(slug)s is taken, by another block of this file.", slug=slug_of(taken[0])))
        return names


@dataclass(frozen=True)
class SourceFolder:
    """The folder of a source, each of its files as it was when first asked for; raises as a `DataFile` does."""

    folder: Path

    @cached_property
    def facts(self) -> DataFile:
        """The file of its blocks."""
        return DataFile(self.folder / "facts.trig")

    @cached_property
    def about(self) -> DataFile:
        """The file that describes it."""
        return DataFile(self.folder / "source.ttl")

    @property
    def blocks(self) -> list[Block]:
        """The blocks in the order of their file."""
        return self.facts.blocks

    @cached_property
    def page(self) -> str:
        """The text of the page, "" for a source that is only cited."""
        path = self.folder / "page.txt"
        return read_text(path) if path.exists() else ""

    @cached_property
    def _parsed(self) -> list[tuple[Node, Node, Node, Node | None]]:
        return parse(self.facts.path, self.facts.content, catalogue_prefixes())

    @cached_property
    def quotes(self) -> dict[str, Quote]:
        """What is quoted, by the name of the block."""
        found = {}
        selecting: dict[Node, dict[Node, Node]] = {}
        for subject, term, value, name in self._parsed:
            if subject == name and term in _SELECTING:
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
    def stating(self) -> set[str]:
        """The names of the blocks that state something, or why nothing."""
        return {str(name) for _, term, _, name in self._parsed if name and term not in _SELECTING}

    @cached_property
    def _described(self) -> list[tuple[Node, Node, Node, Node | None]]:
        return parse(self.about.path, self.about.content, catalogue_prefixes())

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

        Raises Outdated where one is another by now, and BadValue where one states nothing, not even why, or where it
        can not be done but by hand.
        """
        for name, version in versions.items():
            self.facts.find(name, version)
        if not self.stating.issuperset(versions):
            raise BadValue(text("There is nothing to accept: state what the passage says, or leave it out."))
        self.take_out(versions)

    def take_back(self, name: str, version: str) -> None:
        """Make a block a draft again that a person has accepted; raises Outdated where it is another by now."""
        self.facts.find(name, version)
        self.put_in({name} - self.drafted)

    def change(self, name: str, version: str, words: str) -> str:
        """Put a text in the place of a block; give the name that the block has then.

        Raises as `DataFile.change` does, and BadValue where a draft is renamed.
        """
        names = self.facts.names(_tidy(words), self.facts.find(name, version))
        if names and name in self.drafted and name not in names:
            reason = text("Keep the name of the block until it is accepted: by it, it is known to be a draft.")
            raise BadValue(reason)
        return self.facts.change(name, version, words)

    def leave_out(self, name: str, version: str, reasons: Mapping[str, str]) -> None:
        """Put why nothing is read from a passage, by language, in the place of all that its block states.

        What it quotes, and comments, stay. Raises as `change` and `accept` do, and BadValue where a reason is lacking.
        """
        block, quote = self.facts.find(name, version), self.quotes.get(name)
        spelling = _BEGINNING.match(block.statements)
        if quote is None or spelling is None or self.facts.names(block.text, block) != [name]:
            raise _by_hand(self.facts.path)
        rows, at = block.text.split("\n"), block.own.start - block.lines.start
        comments = [f"    {each}" for each in comments_in(block.statements)]
        new = _write(spelling[1], quote, *comments, *leave_out(spelling[1], reasons))
        self.change(name, version, "\n".join([*rows[:at], new, *rows[at + len(block.own) :]]))
        self.take_out([name])

    def add(self, start: int, words: str) -> str:
        """Write a new block where the passage that starts there belongs in the order of the page; give its name.

        Raises BrokenSyntax with the line and column in the text, and BadValue where it is no block, or the name of
        another one is taken.
        """
        new = _tidy(words)
        names = self.facts.names(new)
        if not names:
            raise BadValue(
                text("Nothing is there to be written: begin with the name of the block, then {, and end with }.")
            )
        content = self.facts.content
        places = {name: quote.place[0] for name, quote in self.quotes.items() if quote.place}
        earlier = [block for block in self.blocks if places.get(block.name, start) < start]
        last = max(earlier, key=lambda block: places[block.name], default=None)
        first = self.blocks[0].lines.start - 1 if self.blocks else content.count("\n")
        line = last.lines.stop - 1 if last else first
        write_text(self.facts.path, _insert(content, line, new, below=bool(last or not self.blocks)))
        return names[0]

    def propose(self, start: int, end: int, reasons: Mapping[str, str] | None = None) -> str:
        """Write a block for a passage of the page that no block quotes, with nothing stated yet but why, if that is so.

        Raises Outdated where a block quotes it by now, if there are reasons, and BadValue where one is lacking.
        """
        exact, known = self.page[start:end], self.facts.known
        prefix, begins = ("", "") if "" in known else ("quote", f"{self.folder.name}-")
        words = fold(exact).encode("ascii", "ignore").decode().split()[:_WORDS]
        slug, taken = begins + ("-".join(words) or "passage"), {block.name for block in self.blocks}
        number = next(
            each for each in ("", *map("-{}".format, range(2, 9999))) if f"{known[prefix]}{slug}{each}" not in taken
        )
        before, after = around(self.page, start, end)
        name, places = f"{prefix}:{slug}{number}", [each.place for each in self.quotes.values() if each.place]
        if reasons and (not exact.strip() or any(start < last and first < end for first, last in places)):
            raise Outdated
        left_out = leave_out(name, reasons) if reasons else []
        return _write(name, Quote(Literal(exact, self.language or None), before, after), *left_out)

    def put_in(self, names: Iterable[str]) -> None:
        """Put names into what is drafted, by a statement at the end."""
        content, own = self.about.content, self.about.known.get("", "-")
        written = [f":{name[len(own) :]}" if name.startswith(own) else f"quote:{slug_of(name)}" for name in names]
        if written:
            end = "\r\n" if "\r\n" in content else "\n"
            added = f"\nsource:{self.folder.name} tg:drafted {' , '.join(written)} .\n".replace("\n", end)
            write_text(self.about.path, content.rstrip() + end + added)

    def take_out(self, names: Collection[str]) -> None:
        """Take names out of what is drafted, if they are there; raises BadValue where one does not stand in a line."""
        path = self.about.path
        old, gone = read_text(path), self.drafted & {*names}
        known = catalogue_prefixes() | declared(old)

        def shorten(line: re.Match[str]) -> str:
            left = [name for name in line["names"].split(" , ") if expand(name, known) not in gone]
            return f"{line['start']}{' , '.join(left)}{line['end']}" if left else ""

        new = _DRAFTED.sub(shorten, old)
        if gone & {str(value) for _, term, value, _ in parse(path, new, known) if term == TG.drafted}:
            raise _by_hand(path)
        if new != old:
            write_text(path, new)


def _gaps(words: str) -> Iterator[tuple[Gap, re.Match[str]]]:
    """Find what is to be filled in; what is asked for by one placeholder of its own is asked for once."""
    for match in _GAP.finditer(words):
        *_, term = ["", *_TERM.findall(words, 0, match.start())]
        placeholder = match["words"] or match["iri"] or match["name"]
        yield Gap(term if placeholder == "…" else "", match["tag"] or "", placeholder), match


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


def _tidy(words: str) -> str:
    """Give a text as it is kept: with line feeds only, and no empty lines around it."""
    return words.replace("\r\n", "\n").strip("\n") if words.strip() else ""


def _replace(content: str, block: Block, words: str) -> str:
    """Put a text in the place of a piece, with the line ends that this has."""
    lines, first, last = content.split("\n"), block.lines.start - 1, block.lines.stop - 1
    end = "\r" if lines[first].endswith("\r") else ""
    return "\n".join([*lines[:first], *(line + end for line in words.split("\n")), *lines[last:]])


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
    """Write by language why a block states nothing, in lines; raises BadValue where a language is lacking."""
    if not all(map(str.strip, reasons.values())):
        raise BadValue(text("Give the reason for leaving the passage out in English and in Latvian."))
    said = " ,\n        ".join(literal(reason.strip(), tag) for tag, reason in reasons.items())
    return sentence(spelling, [f"tg:leftOut {said}"])


def _write(spelling: str, quote: Quote, *more: str) -> str:
    """Write a block as a person does: what it quotes, then other lines."""
    return "\n".join([f"{spelling} {{", *sentence(spelling, select(quote)), *more, "}"])
