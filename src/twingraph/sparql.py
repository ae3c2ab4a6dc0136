"""SPARQL text, read as far as its tokens: what is refused unrun, and where a mistake stands."""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import TYPE_CHECKING

from twingraph.errors import BadQuery

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

DEPTH = 500
"""Brackets that may stand inside one another; the parser's stack ends at some thousands."""

_UPDATES = frozenset(("INSERT", "DELETE", "LOAD", "CLEAR", "CREATE", "DROP", "COPY", "MOVE", "ADD", "WITH"))
_BEFORE_GRAPH = frozenset(("GRAPH", "FROM", "NAMED", "DESCRIBE"))
# Where the grammar and the parser differ, a pattern takes what the parser takes: nothing may hide in a token.
_TOKEN = re.compile(
    r"""
    (?P<comment> \#[^\n\r]* )
  | (?P<iri> <[^<>"{}|^`\x00-\x20]*> )
  | (?P<string> \"{3}(?:(?!\"{3})[^\\]|\\.)*\"{3} | '{3}(?:(?!'{3})[^\\]|\\.)*'{3}
              | "(?:[^"\\\n\r]|\\.)*" | '(?:[^'\\\n\r]|\\.)*' )
  | (?P<name> _:[\w.-]* | (?P<prefix>[^\W\d_][\w.-]*)? :(?:[\w:.-]|%[0-9A-Fa-f]{2}|\\.)* )
  | (?P<variable> [?$]\w+ )
  | (?P<tag> @[A-Za-z]+(?:-+[A-Za-z0-9]+)* )
  | (?P<number> (?:\d+\.?\d*|\.\d+)[eE][+-]?\d+ | \d*\.\d+ | \d+ )
  | (?P<word> [^\W\d]\w* )
  | (?P<sign> \^\^|&&|\|\||!=|<=|>=|<<\(|\)>>|<<|>>|\{\||\|\}|\S )
    """,
    re.VERBOSE | re.DOTALL,
)
_POSITION = re.compile(r"error at (\d+):(\d+): expected (?:one of )?(.*)", re.DOTALL)
_EXPECTED = re.compile(r"""\['?.*?'?\](?=,|$)|"(?:\\.|[^"\\])*"|[^",\[]+""", re.DOTALL)
_SPACE = " " * 32


def check(query: str) -> None:
    """Refuse what must not even be parsed: SERVICE, wherever it is hidden, and brackets too deep.

    Raises BadQuery. It costs a microsecond for a query without the word: tokens are only read when needed.
    """
    if "service" in query.lower() and _asks_others(query):
        message = "SERVICE is not offered here: this endpoint asks no other one. Ask that endpoint directly."
        raise BadQuery(message)
    if sum(map(query.count, "([{")) > DEPTH and _depth(query) > DEPTH:
        message = f"The query's brackets are nested more than {DEPTH} deep; write it flatter."
        raise BadQuery(message)


def is_update(query: str) -> bool:
    """Tell whether a text that is no query begins as SPARQL Update does."""
    words = (token.group().upper() for token in _tokens(query) if token.lastgroup == "word")
    return next((word for word in words if word not in {"BASE", "PREFIX", "VERSION"}), "") in _UPDATES


def mistake(query: str, complain: Callable[[str], str | None]) -> str:
    """Say where a query stops being SPARQL, and what stands there.

    complain: gives the parser's message for a text ("error at 1:9: expected …"), or None if it parses.

    The parser counts a keyword that it misses as if it were there, so its columns are up to 14 too far
    and its list of what it expected is that of a wrong place. Set with wide gaps between the tokens, the
    same query puts the error into the gap behind the token that is at fault.
    """
    tokens = list(_tokens(query))
    message = complain(_SPACE.join(token.group() for token in tokens) + _SPACE)
    found = _POSITION.match(message or "")
    if not found:
        return message or complain(query) or "It can not be parsed."
    token = _token_at(tokens, int(found[2]) - 1)
    return f"{_place(query, token)}: {_said(found[3])}."


def _tokens(query: str) -> Iterator[re.Match[str]]:
    return (token for token in _TOKEN.finditer(query) if token.lastgroup != "comment")


def _asks_others(query: str) -> bool:
    """Find the keyword SERVICE; variables, names, strings, IRIs and comments may hold the word."""
    tokens = list(_tokens(query))
    after = [*(token.group() for token in tokens[1:]), ""]
    before = ["", *(token.group().upper() for token in tokens[:-1])]
    return any(map(_is_service, before, tokens, after))


def _is_service(before: str, token: re.Match[str], after: str) -> bool:
    if token.lastgroup == "word":
        # The parser wants no space between keywords: trueSERVICE and SERVICESILENT have it too.
        return "SERVICE" in token.group().upper()
    # To the parser, SERVICE:x before a group is the keyword and the name :x.
    named = "SERVICE" in (token["prefix"] or "").upper()
    return named and after == "{" and before not in _BEFORE_GRAPH


def _depth(query: str) -> int:
    depth = deepest = 0
    for token in _tokens(query):
        sign = token.group()
        depth += (sign in {"(", "[", "{"}) - (sign in {")", "]", "}"})
        deepest = max(deepest, depth)
    return deepest


def _token_at(tokens: list[re.Match[str]], column: int) -> re.Match[str] | None:
    """Give the token at or before a column of the spaced text; None past the last one's gap."""
    starts, end = [], 0
    for token in tokens:
        starts.append(end)
        end += len(token.group()) + len(_SPACE)
    index = bisect_right(starts, column) - 1
    return tokens[index] if index >= 0 and column < end else None


def _place(query: str, token: re.Match[str] | None) -> str:
    offset = token.start() if token else len(query.rstrip())
    text = token.group() if token else "the end"
    before = query[:offset]
    line, column = before.count("\n") + 1, offset - before.rfind("\n")
    return f"Line {line}, column {column}, at {' '.join(text.split())[:60]}"


def _said(expected: str) -> str:
    """Keep of the parser's list what helps a person: its reasons, else the signs it expected.

    Classes of characters are left out, and keywords: it lists but the longest of those it tried.
    """
    items: list[str] = [item.strip() for item in _EXPECTED.findall(expected)]
    reasons = [item for item in items if re.match(r"[A-Za-z].*[a-z ]", item)]
    signs = [item[1:-1] for item in items if re.fullmatch(r'"[^\\"]+"', item)]
    if reasons:
        return reasons[0]
    return f"this is not SPARQL 1.1 (expected {' '.join(signs)})" if signs else "this is not SPARQL 1.1"
