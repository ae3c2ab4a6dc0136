"""Lines of Turtle and TriG files: where in one a statement stands."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from rdflib import Literal
from rdflib.namespace import RDF

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rdflib.term import Node

_PREFIX = re.compile(r"^\s*@?prefix\s+([^\s:]*):\s*<([^>]*)>", re.IGNORECASE | re.MULTILINE)
_BLOCK = re.compile(r"^\s*(?:GRAPH\s+)?(<[^>\s]*>|(?!_:)[^\s<>\"{}#]*:[^\s{}]*)\s*\{", re.IGNORECASE | re.MULTILINE)
_TOKEN = re.compile(r"""(\"{3}|'{3}|["'])(?:\\.|(?!\1).)*\1|<[^>\s]*>|#[^\n]*|[][(){}]""", re.DOTALL)
"""A string, an IRI, a comment or a bracket."""


def blocks(content: str) -> Iterator[tuple[str, range]]:
    """Give the IRI of every graph block of a TriG file with the lines it stands on, counted from 1."""
    prefixes = dict(_PREFIX.findall(content))
    for match in _BLOCK.finditer(content):
        prefix, _, local = match[1].partition(":")
        name = prefixes.get(prefix, f"{prefix}:") + local.replace("\\", "")
        end = next((token.end() for token in _TOKEN.finditer(content, match.end()) if token[0] == "}"), len(content))
        first, more = (content.count("\n", *span) for span in ((0, match.start(1)), (match.start(1), end)))
        yield match[1][1:-1] if match[1].startswith("<") else name, range(first + 1, first + more + 2)


def first_nested_deeper(content: str, depth: int) -> int | None:
    """Give the offset of the first bracket that stands within more than `depth` others, None where there is none."""
    within = 0
    for token in _TOKEN.finditer(content):
        within += (token[0] in set("([{")) - (token[0] in set(")]}"))
        if within > depth:
            return token.start()
    return None


def line_of(content: str, graph: Node, subject: Node, predicate: Node | None, value: Node | None) -> int:
    """Give the line, from 1, that best shows a statement: its value's, else its property's, else its subject's.

    graph: the graph of the statement, whose block is searched; what has no block of its own is searched for
    outside all blocks. Gives the line that opens the block where the subject is not named, 0 where there is none.
    """
    prefixes = dict(_PREFIX.findall(content))
    spans = list(blocks(content))
    own = {number for name, lines in spans for number in lines if name == str(graph)}
    others = {number for _, lines in spans for number in lines}
    shown = {
        number: line
        for number, line in enumerate(content.split("\n"), 1)
        if (number in own if own else number not in others) and not line.lstrip().startswith("#")
    }
    found = min(own, default=0)
    for term in (subject, predicate, value):
        if term is not None and (found or term is subject):
            words = "|".join(map(re.escape, _spellings(term, prefixes)))
            pattern = re.compile(rf"(?<![\w:/-])(?:{words})(?![\w:/-])")
            found = next((number for number, line in shown.items() if number >= found and pattern.search(line)), found)
    return found


def _spellings(term: Node, prefixes: dict[str, str]) -> list[str]:
    """Give the ways in which a file may write a term."""
    if isinstance(term, Literal):
        return [str(term), str(term).replace("\N{NO-BREAK SPACE}", "\\u00A0")]
    if term == RDF.type:
        return ["a"]
    iri = str(term)
    short = [f"{prefix}:{iri[len(name) :]}" for prefix, name in prefixes.items() if name and iri.startswith(name)]
    return [f"<{iri}>", *short]
