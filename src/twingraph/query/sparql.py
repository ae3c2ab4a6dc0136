"""SPARQL text, read as far as its tokens: what is refused unrun, and where a mistake stands."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from twingraph.errors import BadQuery
from twingraph.words import Text, text

if TYPE_CHECKING:
    from collections.abc import Callable

LONGEST = 200_000
"""Characters of a query."""
BRACKETS = 20_000
"""Brackets that open in a query, those in its texts among them: nested, as many as the parser's stack holds."""

_UPDATES = frozenset(("INSERT", "DELETE", "LOAD", "CLEAR", "CREATE", "DROP", "COPY", "MOVE", "ADD", "WITH"))
_PROLOGUE = frozenset(("BASE", "PREFIX", "VERSION"))
# What is long is read once: a prefix is looked for in a hundred characters, and no digit is given back.
_TOKEN = re.compile(
    r"""
    (?P<comment> \#[^\n\r]* )
  | (?P<iri> <[^<>"{}|^`\x00-\x20]*> )
  | (?P<string> \"{3}(?:(?!\"{3})[^\\]|\\.)*\"{3} | '{3}(?:(?!'{3})[^\\]|\\.)*'{3}
              | "(?:[^"\\\n\r]|\\.)*" | '(?:[^'\\\n\r]|\\.)*' )
  | (?P<name> _:[\w.-]* | (?:[^\W\d_][\w.-]{0,99})? :(?:[\w:.-]|%[0-9A-Fa-f]{2}|\\.)* )
  | (?P<variable> [?$]\w+ )
  | (?P<tag> @[A-Za-z]+(?:-+[A-Za-z0-9]+)* )
  | (?P<number> (?:\d++(?:\.\d*+)?|\.\d++)[eE][+-]?\d+ | \d*+\.\d+ | \d+ )
  | (?P<word> [^\W\d]\w* )
  | (?P<sign> \^\^|&&|\|\||!=|<=|>=|<<\(|\)>>|<<|>>|\{\||\|\}|[^ \t\r\n] )
    """,
    re.VERBOSE | re.DOTALL,
)
_SERVICE = re.compile("(servic)e", re.IGNORECASE)
_POSITION = re.compile(r"error at (\d+):(\d+): expected (?:one of )?(.*)", re.DOTALL)
_EXPECTED = re.compile(r"""\['?.*?'?\](?=,|$)|"(?:\\.|[^"\\])*"|[^",\[]+""", re.DOTALL)
_GAP = " " * 32
# Each of these functions gives something else every time; a comment may stand before its bracket.
_CHANGING_NAMES = ("NOW", "RAND", "UUID", "BNODE")
_CHANGING = re.compile(rf"(?:{'|'.join(_CHANGING_NAMES)})\s*[(#]", re.IGNORECASE)


def check(query: str) -> None:
    """Refuse what is too long to be parsed, or could be nested too deep; raises BadQuery."""
    if len(query) > LONGEST:
        raise BadQuery(text("The query is too large: it has more than %(most)s characters.", most=f"{LONGEST:,}"))
    if sum(map(query.count, "([{")) > BRACKETS:
        raise BadQuery(text("The query is too large: it has more than %(most)s brackets.", most=f"{BRACKETS:,}"))


def mask(query: str) -> str:
    """Put a word as long in the place of each SERVICE, one that the query does not hold.

    A query whose mask parses holds SERVICE in names, texts and comments alone: so the parser decides, however written.
    """
    lower = query.lower()
    letter = next((letter for letter in "xzqwkvjybdfghlmnprst" if f"servic{letter}" not in lower), "x")
    return _SERVICE.sub(rf"\1{letter}", query) if "service" in lower else query


def changes(query: str) -> bool:
    """Tell whether a query may have another answer each time on the same data, by one of its functions."""
    upper = query.upper()
    # To find no word is a tenth of the work of finding no match.
    return any(name in upper for name in _CHANGING_NAMES) and _CHANGING.search(query) is not None


def strip_comments(query: str) -> str:
    """Give a query without its comments."""
    return _TOKEN.sub(lambda token: " " if token.lastgroup == "comment" else token[0], query)


def tokenize(query: str) -> tuple[list[re.Match[str]], re.Match[str] | None]:
    """Give the tokens of a text, comments left out, and the first keyword after its prologue."""
    # What is no token of SPARQL is a sign of its own.
    tokens = [token for token in _TOKEN.finditer(query) if token.lastgroup != "comment"]
    words = (token for token in tokens if token.lastgroup == "word" and token.group().upper() not in _PROLOGUE)
    return tokens, next(words, None)


def explain(query: str, ask: Callable[[str], object]) -> Text:
    """Say where a query stops being SPARQL, and what stands there.

    ask: raises the parser's SyntaxError ("error at 1:9: expected …"). It is given masked texts, so runs no SERVICE.

    The parser counts a keyword that it misses as if it were there, so its columns are up to 14 too far
    and its list of what it expected is that of a wrong place. Set with wide gaps between the tokens, the
    same query puts the error into the gap behind the token that is at fault.
    """
    tokens, form = tokenize(query)
    if form and form.group().upper() in _UPDATES:
        return text("This is SPARQL Update: nothing can be changed here. Ask with SELECT, ASK, CONSTRUCT or DESCRIBE.")
    message = "It can not be parsed"
    for spaced in (query, _GAP.join(token.group() for token in tokens) + _GAP):
        try:
            ask(mask(spaced))
        except SyntaxError as error:
            message = str(error)
        except (OSError, RuntimeError, ValueError):
            pass
    found = _POSITION.match(message)
    if not found:
        return text("%(complaint)s.", complaint=message)
    place, reason = int(found[2]) - 1, _reason(found[3])
    token = None
    for each in tokens:
        if 0 <= place < len(each.group()) + len(_GAP):
            token = each
        place -= len(each.group()) + len(_GAP)
    if token and "service" in token.group().lower():
        return text("SERVICE is not offered here: this endpoint asks no other one. Ask that endpoint directly.")
    if not token and "SELECT" in reason:
        # What the parser has against a SELECT as a whole it finds at its end.
        token = next((token for token in tokens if token.group().upper() == "SELECT"), None)
    before = query[: token.start()] if token else query.rstrip()
    fragment = " ".join(token.group().split())[:60] if token else "the end"
    return text(
        "Line %(line)s, column %(column)s, at %(fragment)s: %(reason)s.",
        line=before.count("\n") + 1,
        column=len(before) - before.rfind("\n"),
        # A sign that nobody sees is shown by its code point.
        fragment=fragment if fragment.isprintable() and fragment else ascii(token and token.group()),
        reason=reason,
    )


def _reason(expected: str) -> str:
    """Keep of the parser's list what helps a person: its reasons, else the signs it expected."""
    # Not classes of characters, and not keywords: it lists but the longest of those it tried.
    items: list[str] = [item.strip() for item in _EXPECTED.findall(expected)]
    reasons = [item for item in items if re.match(r"[A-Za-z].*[a-z ]", item)]
    signs = [item[1:-1] for item in items if re.fullmatch(r'"[^\\"]+"', item)]
    if reasons:
        return reasons[0]
    return f"this is not SPARQL 1.1 (expected {' '.join(signs)})" if signs else "this is not SPARQL 1.1"
