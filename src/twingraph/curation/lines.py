"""Lines of Turtle and TriG files: where in one a statement stands."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING

from rdflib import Literal
from rdflib.namespace import RDF

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rdflib.term import Node

_PREFIX = re.compile(r"^\s*@?prefix\s+([^\s:]*):\s*<([^>]*)>", re.IGNORECASE | re.MULTILINE)
_BLOCK = re.compile(
    r"^\s*(?:GRAPH\s+)?(<[^>\s]*>|(?!_:)[^\s<>\"{}#]*:[^\s{}]*)\s*\{",
    re.IGNORECASE | re.MULTILINE,
)
_TOKEN = re.compile(r"""(\"{3}|'{3}|["'])(?:\\.|(?!\1).)*\1|<[^>\s]*>|#[^\n]*|[][(){}]""", re.DOTALL)
"""A string, an IRI, a comment or a bracket."""


def blocks(text: str) -> dict[str, list[int]]:
    """Give the IRI of every graph block of a TriG file with the lines it is opened on, counted from 1."""
    opened: dict[str, list[int]] = defaultdict(list)
    for name, lines in _spans(text):
        opened[name].append(lines[0])
    return opened


def first_nested_deeper(text: str, depth: int) -> int | None:
    """Give the offset of the first bracket that stands within more than `depth` others, None where there is none."""
    within = 0
    for token in _TOKEN.finditer(text):
        within += (token[0] in set("([{")) - (token[0] in set(")]}"))
        if within > depth:
            return token.start()
    return None


def line_of(text: str, graph: Node, subject: Node, predicate: Node | None, value: Node | None) -> int:
    """Give the line, from 1, that best shows a statement: its value's, else its property's, else its subject's.

    graph: the graph of the statement, whose block is searched; what has no block of its own is searched for
    outside all blocks. Gives the line that opens the block where the subject is not named, 0 where there is none.
    """
    lines, prefixes = _lines(text, str(graph)), dict(_PREFIX.findall(text))
    opened = blocks(text).get(str(graph), [0])[0]
    line = _next(lines, opened, _spellings(subject, prefixes)) or opened
    for term in (predicate, value):
        if term is not None and line > 0:
            line = _next(lines, line, _spellings(term, prefixes)) or line
    return line


def _spans(text: str) -> Iterator[tuple[str, range]]:
    """Give the IRI of every block and the lines it stands on."""
    prefixes = dict(_PREFIX.findall(text))
    for match in _BLOCK.finditer(text):
        end = next((token.end() for token in _TOKEN.finditer(text, match.end()) if token[0] == "}"), len(text))
        first = text.count("\n", 0, match.start(1)) + 1
        yield _expanded(match[1], prefixes), range(first, first + text.count("\n", match.start(1), end) + 1)


def _lines(text: str, graph: str) -> dict[int, str]:
    """Give the lines of the blocks of a graph or, where it has none, the lines outside all blocks."""
    spans = list(_spans(text))
    own = {number for name, lines in spans for number in lines if name == graph}
    others = {number for _, lines in spans for number in lines}
    numbered = enumerate(text.split("\n"), 1)
    return {number: line for number, line in numbered if (number in own if own else number not in others)}


def _expanded(token: str, prefixes: dict[str, str]) -> str:
    if token.startswith("<"):
        return token[1:-1]
    prefix, _, local = token.partition(":")
    return prefixes.get(prefix, f"{prefix}:") + local.replace("\\", "")


def _spellings(term: Node, prefixes: dict[str, str]) -> list[str]:
    """Give the ways in which a file may write a term."""
    if isinstance(term, Literal):
        return [str(term), str(term).replace("\N{NO-BREAK SPACE}", "\\u00A0")]
    if term == RDF.type:
        return ["a"]
    iri = str(term)
    short = [f"{prefix}:{iri[len(name) :]}" for prefix, name in prefixes.items() if name and iri.startswith(name)]
    return [f"<{iri}>", *short]


def _next(lines: dict[int, str], start: int, spellings: list[str]) -> int:
    """Give the first line from `start` on that has one of the spellings outside a comment, 0 where none has."""
    pattern = re.compile("|".join(rf"(?<![\w:/-]){re.escape(spelling)}(?![\w:/-])" for spelling in spellings))
    named = (number for number, line in lines.items() if number >= start and pattern.search(line))
    return next((number for number in named if not lines[number].lstrip().startswith("#")), 0)
