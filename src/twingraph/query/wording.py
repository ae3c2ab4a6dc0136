"""A query that says in its own text all that it needs: base, prefixes and values."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from rdflib import Literal, URIRef
from rdflib.namespace import XSD

from twingraph.errors import BadQuery
from twingraph.query import sparql
from twingraph.settings import BASE
from twingraph.vocab import PREFIXES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_PROLOGUE = re.compile(
    r"(?:\s+|\#[^\n\r]*|BASE\s*<[^<>]*>|PREFIX\s*(?P<prefix>[^\s:<>]*)\s*:\s*<[^<>]*>)*", re.IGNORECASE
)
_DECLARED = re.compile(r"(?:\#[^\n\r]*)|(?:PREFIX\s*([^\s:<>]*)\s*:)|(BASE\s*<)|<[^<>]*>", re.IGNORECASE)
_RELATIVE = re.compile(r"<(?![A-Za-z][A-Za-z0-9+.-]*:)[^>]*>\Z")
_NAME = re.compile(r"[^\W\d]\w*|\d\w*")
_NO_IRI = re.compile(r'[\x00-\x20<>"{}|^`\\]')
_DEFAULT = re.compile(
    r"""\s* OPTIONAL \s* \{ \s* VALUES \s* [?$](?P<name>\w+) \s*
        \{ \s* (?P<value> [^\s{}"'\\]+ | "[^"\\{}\n\r]*" ) \s* \} \s* \} (?:\s*\.)?""",
    re.VERBOSE | re.IGNORECASE,
)
_ESCAPES = str.maketrans({"\\": r"\\", '"': r"\"", "\n": r"\n", "\r": r"\r", "\t": r"\t"})


def complete(query: str, values: Mapping[str, URIRef | Literal]) -> str:
    """Give a query that means anywhere what it means here.

    query: SPARQL that has been parsed, so that its tokens are where they seem to be.
    values: of variables, which hold from the beginning of the query's pattern on, as RDF-dev SEP-0007 has it.

    Raises BadQuery where a value or a name can not be written, or the query has no place for it.
    """
    return _declared(_valued(query, values))


def written(value: URIRef | Literal) -> str:
    """Write a value as SPARQL does; no text in it can end it before its end. Raises BadQuery for no IRI."""
    if isinstance(value, URIRef):
        return _iri(str(value))
    text = f'"{str(value).translate(_ESCAPES)}"'
    if value.language:
        return f"{text}@{value.language}"
    return text if value.datatype in {None, XSD.string} else f"{text}^^{_iri(str(value.datatype))}"


def _iri(text: str) -> str:
    # Escapes are of no help: some parsers undo them before they look for the end.
    if _NO_IRI.search(text):
        message = f"The value {text[:60]!r} is no IRI."
        raise BadQuery(message)
    return f"<{text}>"


def _declared(query: str) -> str:
    """Declare the base and the prefixes that the text may use and does not declare itself.

    Some engines take one BASE and only as the first thing, and a prefix but once.
    """
    found = _PROLOGUE.match(query)
    end = found.end() if found else 0
    own = [match for match in _DECLARED.finditer(query[:end]) if match[1] is not None or match[2]]
    ours = {match[1] for match in own}
    used = (name for name in PREFIXES if f"{name}:" in query and name not in ours)
    prefixes = "".join(f"PREFIX {name}: <{PREFIXES[name]}>\n" for name in used)
    base = f"BASE <{BASE}>\n" if not any(match[2] for match in own) and _has_relative(query) else ""
    return f"{base}{query[:end]}\n{prefixes}{query[end:]}" if prefixes else f"{base}{query}"


def _has_relative(query: str) -> bool:
    return any(token.lastgroup == "iri" and _RELATIVE.match(token.group()) for token in sparql.tokenize(query))


def _valued(query: str, values: Mapping[str, URIRef | Literal]) -> str:
    """Put values at the beginning of the pattern, in the place of the defaults that stand there.

    `OPTIONAL { VALUES ?x { a } }` before all else is `VALUES ?x { a }`, and with a value for ?x it is that
    value; Virtuoso loses variables that are bound in the first way.
    """
    place = _pattern(query)
    if place is None:
        if values:
            message = "The query has no pattern that a value could be put into."
            raise BadQuery(message)
        return query
    given, end, lines = dict(values), place, []
    while found := _DEFAULT.match(query, end):
        name, end = found["name"], found.end()
        value = given.pop(name, None)
        lines.append(_line(name, written(value) if value is not None else found["value"]))
    lines = [*(_line(name, written(value)) for name, value in given.items()), *lines]
    return "".join([query[:place], *lines, query[end:]])


def _line(name: str, value: str) -> str:
    if not _NAME.fullmatch(name):
        message = f"There can be no variable {name[:60]!r}."
        raise BadQuery(message)
    return f" VALUES ?{name} {{ {value} }}"


def _pattern(query: str) -> int | None:
    """Give where the query's pattern begins, behind its brace; None if there is none, or no room in it."""
    opened = list(_open_braces(query))
    construct = next((token for token in opened if token.group().upper() == "CONSTRUCT"), None)
    braces = [token for token in opened if token.group() == "{"]
    if construct is None:
        return braces[0].end() if braces else None
    return braces[1].end() if len(braces) > 1 else None


def _open_braces(query: str) -> Iterator[re.Match[str]]:
    """Give the braces that stand in no bracket, and the word CONSTRUCT."""
    depth = 0
    for token in sparql.tokenize(query):
        sign = token.group()
        if not depth and (sign == "{" or sign.upper() == "CONSTRUCT"):
            yield token
        depth += (sign in {"{", "(", "["}) - (sign in {"}", ")", "]"})
