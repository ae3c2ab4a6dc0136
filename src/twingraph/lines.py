"""Lines of Turtle and TriG files: where in one a statement stands."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING

from rdflib import Literal
from rdflib.namespace import RDF

if TYPE_CHECKING:
    from rdflib.term import Node

_PREFIX = re.compile(r"^\s*@?prefix\s+([^\s:]*):\s*<([^>]*)>", re.IGNORECASE | re.MULTILINE)
_BLOCK = re.compile(r"^\s*(?:GRAPH\s+)?(<[^>\s]*>|[^\s<>\"{}#]*:[^\s{}]*)\s*\{", re.IGNORECASE | re.MULTILINE)


def blocks(text: str) -> dict[str, list[int]]:
    """Give the IRI of every graph block of a TriG file with the lines it is opened on, counted from 1."""
    prefixes = dict(_PREFIX.findall(text))
    opened: dict[str, list[int]] = defaultdict(list)
    for match in _BLOCK.finditer(text):
        opened[_expanded(match[1], prefixes)].append(text.count("\n", 0, match.start(1)) + 1)
    return opened


def line_of(text: str, graph: Node, subject: Node, predicate: Node | None, value: Node | None) -> int:
    """Give the line, from 1, that best shows a statement: its value's, else its property's, else its subject's."""
    lines = text.split("\n")
    prefixes = dict(_PREFIX.findall(text))
    opened = blocks(text).get(str(graph), [1])
    line = _next(lines, opened[0] - 1, _spellings(subject, prefixes))
    line = opened[0] - 1 if line is None else line
    for term in (predicate, value):
        if term is not None:
            found = _next(lines, line, _spellings(term, prefixes))
            line = line if found is None else found
    return line + 1


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


def _next(lines: list[str], start: int, spellings: list[str]) -> int | None:
    pattern = re.compile("|".join(rf"(?<![\w:/-]){re.escape(spelling)}(?![\w:/-])" for spelling in spellings))
    return next((number for number in range(start, len(lines)) if pattern.search(lines[number])), None)
