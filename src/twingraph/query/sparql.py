"""SPARQL text, read as far as its tokens: what is refused unrun, and where a mistake stands."""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import TYPE_CHECKING, NamedTuple

from twingraph.errors import BadQuery

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

LONGEST = 200_000
"""Characters of a query."""
DEPTH = 200
"""Brackets that may stand inside one another, and signs before an operand; the parser's stack ends at a thousand."""
TOKENS = 3_000
"""Words, names and signs outside VALUES; the parser of lists crashes at five thousand."""
UNIONS = 500
"""Branches of UNION; the planner takes the square of them."""
ROWS = 10_000
"""Terms inside the braces of VALUES."""

_HARMLESS = 2_000
"""Characters that can hold too little of anything, but for brackets, to be worth reading its tokens."""
_BEFORE_OPERAND = frozenset("!+-")
_OPENING = frozenset(("(", "[", "{", "<<", "<<(", "{|"))
_CLOSING = frozenset((")", "]", "}", ">>", ")>>", "|}"))
_BRACKETS = _OPENING | _CLOSING
_UPDATES = frozenset(("INSERT", "DELETE", "LOAD", "CLEAR", "CREATE", "DROP", "COPY", "MOVE", "ADD", "WITH"))
_PROLOGUE = frozenset(("BASE", "PREFIX", "VERSION"))
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
    """Refuse what must not even be parsed: SERVICE, wherever it is hidden, and what is too long or too deep.

    Raises BadQuery. It costs a microsecond for a short query without the word: tokens are only read when needed.
    """
    if "service" in query.lower() and len(query) <= LONGEST and _asks_others(query):
        message = "SERVICE is not offered here: this endpoint asks no other one. Ask that endpoint directly."
        raise BadQuery(message)
    if len(query) > _HARMLESS or sum(map(query.count, "([{!")) > DEPTH:
        excess = _excess(query)
        if excess:
            message = f"The query is too large: {excess}."
            raise BadQuery(message)


def _excess(query: str) -> str | None:
    """Say what of a query is more than may be, and how much may be; None if nothing is."""
    if len(query) > LONGEST:
        return f"it has more than {LONGEST:,} characters"
    size = _size(query)
    found = (
        (size.depth > DEPTH, f"its brackets are nested more than {DEPTH} deep"),
        (size.unions > UNIONS, f"it has more than {UNIONS} branches of UNION; VALUES says the same in less"),
        (size.rows > ROWS, f"it has more than {ROWS:,} terms in VALUES"),
        (size.tokens > TOKENS, f"it has more than {TOKENS:,} words and signs outside VALUES"),
    )
    return next((reason for exceeds, reason in found if exceeds), None)


def is_update(query: str) -> bool:
    """Tell whether a text that is no query begins as SPARQL Update does."""
    words = (token.group().upper() for token in tokens_of(query) if token.lastgroup == "word")
    return next((word for word in words if word not in _PROLOGUE), "") in _UPDATES


def graphs_stated(query: str) -> tuple[str, list[str], list[str]]:
    """Give a query's prologue, and the graphs that it names by FROM and by FROM NAMED, as it writes them."""
    tokens = list(tokens_of(query))
    words = (token for token in tokens if token.lastgroup == "word" and token.group().upper() not in _PROLOGUE)
    start = next((token.start() for token in words), len(query))
    texts = [token.group() for token in tokens]
    after = [names for word, *names in zip(texts, texts[1:], texts[2:], strict=False) if word.upper() == "FROM"]
    default = [first for first, _ in after if first.upper() != "NAMED"]
    return query[:start], default, [second for first, second in after if first.upper() == "NAMED"]


def mistake(query: str, complain: Callable[[str], str | None]) -> str:
    """Say where a query stops being SPARQL, and what stands there.

    complain: gives the parser's message for a text ("error at 1:9: expected …"), or None if it parses.

    The parser counts a keyword that it misses as if it were there, so its columns are up to 14 too far
    and its list of what it expected is that of a wrong place. Set with wide gaps between the tokens, the
    same query puts the error into the gap behind the token that is at fault.
    """
    tokens = list(tokens_of(query))
    message = complain(_SPACE.join(token.group() for token in tokens) + _SPACE)
    found = _POSITION.match(message or "")
    if not found:
        return message or complain(query) or "It can not be parsed."
    token = _token_at(tokens, int(found[2]) - 1)
    return f"{_place(query, token)}: {_said(found[3])}."


def tokens_of(query: str) -> Iterator[re.Match[str]]:
    """Give the tokens of a text, comments left out; what is no token of SPARQL is a sign of its own."""
    return (token for token in _TOKEN.finditer(query) if token.lastgroup != "comment")


def _asks_others(query: str) -> bool:
    """Find the keyword SERVICE; variables, names, strings, IRIs and comments may hold the word."""
    tokens = list(tokens_of(query))
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


class _Size(NamedTuple):
    depth: int
    tokens: int
    unions: int
    rows: int


def _size(query: str) -> _Size:
    """Measure what the parser's stack and the planner's time depend on."""
    depth = deepest = run = tokens = unions = rows = 0
    data = 0  # where the braces of VALUES stand open, the depth inside them
    for token in tokens_of(query):
        text = token.group()
        run = run + 1 if text in _BEFORE_OPERAND else 0
        depth += (text in _OPENING) - (text in _CLOSING)
        deepest = max(deepest, depth + run)
        if token.lastgroup == "word":
            unions += text.upper() == "UNION"
            data = depth + 1 if text.upper() == "VALUES" else data
        inside = data and depth >= data and text not in _BRACKETS
        data = 0 if text == "}" and depth < data else data
        rows += bool(inside)
        tokens += not inside
    return _Size(deepest, tokens, unions, rows)


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


# Each of these functions gives something else every time; a comment may stand before its bracket.
_CHANGING_NAMES = ("NOW", "RAND", "UUID", "BNODE")
_CHANGING = re.compile(rf"(?:{'|'.join(_CHANGING_NAMES)})\s*[(#]", re.IGNORECASE)


def changes(query: str) -> bool:
    """Tell whether a query may have another answer each time on the same data: by a function or a new blank node."""
    upper = query.upper()
    if "CONSTRUCT" in upper and ("[" in query or "_:" in query):
        return True
    # To find no word is a tenth of the work of finding no match.
    return any(name in upper for name in _CHANGING_NAMES) and _CHANGING.search(query) is not None
