"""Turtle and TriG as curators write them: parsed, and the lines on which blocks and statements stand."""

from __future__ import annotations

import re
from difflib import get_close_matches
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import pyoxigraph
from rdflib import BNode, Literal, URIRef
from rdflib.namespace import RDF, XSD

from twingraph.errors import BrokenSyntax
from twingraph.vocab import catalogue_prefixes
from twingraph.words import Text, text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from rdflib.term import Node

_BYTE_ORDER_MARK = "\ufeff"
_BRACKETS = dict.fromkeys("([{", 1) | dict.fromkeys(")]}", -1)
_DEEPEST = 100
"""Brackets within brackets that a file may have: what reads and writes them calls itself for each."""
HTML = re.compile(r"\A\ufeff?\s*<(!doctype html|html|head|body)\b", re.IGNORECASE)
"""How a page of HTML begins."""
_OTHER_THINGS = {
    HTML: text("this is a page of HTML; save what it shows as a file"),
    re.compile(r"^(?:<{7}|\|{7}|={7}|>{7})(?: .*)?\r?$", re.MULTILINE): text(
        "two versions of this file were not merged; keep one, and remove the marks of Git"
    ),
}
"""What may stand where RDF is expected."""
_UNDECLARED = re.compile(r"The prefix (.*): has not been declared")
_OF_RDF_12 = re.compile(r"<<|\{\||@[\w-]+--")

_ESCAPES = str.maketrans({"\\": r"\\", '"': r"\"", "\n": r"\n", "\r": r"\r", "\t": r"\t", "\u00a0": r"\u00A0"})
_PREFIX = re.compile(r"^\s*@?prefix\s+([^\s:]*):\s*<([^>]*)>", re.IGNORECASE | re.MULTILINE)
_USED = re.compile(r"(?<![\w.:-])([A-Za-z][\w.-]*):", re.ASCII)
_BLOCK = re.compile(r"^\s*(?:GRAPH\s+)?(<[^>\s]*>|(?!_:)[^\s<>\"{}#]*:[^\s{}]*)\s*\{", re.IGNORECASE | re.MULTILINE)
_TOKEN = re.compile(r"""(\"{3}|'{3}|["'])(?:\\.|(?!\1).)*\1|<[^>\s]*>|#[^\n]*|[][(){}]""", re.DOTALL)
"""A string, an IRI, a comment or a bracket."""


def parse(
    path: Path, content: str, known: Mapping[str, str] | None = None
) -> list[tuple[Node, Node, Node, Node | None]]:
    """Parse a Turtle or TriG file to triples, each with the name of its block, None where that has none.

    known: the prefixes that the file need not declare. Language tags are in lower case, as everywhere after. Raises
    BrokenSyntax with its line and column, both from 1.
    """
    content, parsed, depth = content.removeprefix(_BYTE_ORDER_MARK), [], 0
    known = known or {}
    # On the first line, so that all others keep their numbers.
    head = "".join(f"@prefix {prefix}: <{iri}> . " for prefix, iri in known.items())
    for token in _TOKEN.finditer(content):
        depth += _BRACKETS.get(token[0], 0)
        if depth > _DEEPEST:
            raise _broken(path, content, token, text("brackets stand more than %(depth)s deep", depth=_DEEPEST))
    form = pyoxigraph.RdfFormat.TURTLE if path.suffix == ".ttl" else pyoxigraph.RdfFormat.TRIG
    try:
        address = path.absolute().as_uri()
        for quad in pyoxigraph.parse(head + content, format=form, base_iri=address, rename_blank_nodes=True):
            # A block that has no name of its own is no block.
            is_named = isinstance(quad.graph_name, pyoxigraph.NamedNode)
            name = to_rdflib(quad.graph_name) if is_named else None
            parsed.append((to_rdflib(quad.subject), to_rdflib(quad.predicate), to_rdflib(quad.object), name))
    except ValueError:
        newer = text("this is of RDF 1.2, which is not read here")
        raise _broken(path, content, _OF_RDF_12.search(content), newer) from None
    except SyntaxError as error:
        for pattern, reason in _OTHER_THINGS.items():
            if found := pattern.search(content):
                raise _broken(path, content, found, reason) from None
        message = str(error.msg).partition(": ")[2] or str(error.msg)
        line, column = error.lineno or 1, error.offset or 1
        column -= len(head) if line == 1 else 0
        if undeclared := _UNDECLARED.fullmatch(message):
            raise BrokenSyntax(path, line, column, _undeclared(undeclared[1], {*known, *declared(content)})) from None
        raise BrokenSyntax(path, line, column, message) from None
    return parsed


def _undeclared(prefix: str, known: Iterable[str]) -> Text:
    words = {"prefix": prefix}
    if prefix in catalogue_prefixes():
        return text("The prefix %(prefix)s: has not been declared, and is not known before this file is read", **words)
    if near := get_close_matches(prefix, known, n=1):
        return text("The prefix %(prefix)s: has not been declared; perhaps %(near)s: is meant", near=near[0], **words)
    return text("The prefix %(prefix)s: has not been declared", **words)


def _broken(path: Path, content: str, at: re.Match[str] | None, reason: Text) -> BrokenSyntax:
    start = at.start() if at else 0
    return BrokenSyntax(path, content.count("\n", 0, start) + 1, start - content.rfind("\n", 0, start), reason)


def to_rdflib(term: object) -> Node:
    """Give what a term of pyoxigraph is in rdflib; raises ValueError for what RDF 1.2 brought."""
    if isinstance(term, pyoxigraph.NamedNode | pyoxigraph.BlankNode):
        return URIRef(term.value) if isinstance(term, pyoxigraph.NamedNode) else BNode(term.value)
    if not isinstance(term, pyoxigraph.Literal) or term.direction:
        raise ValueError
    is_typed = not term.language and term.datatype.value != str(XSD.string)
    return Literal(term.value, term.language, term.datatype.value if is_typed else None)


def to_oxigraph(node: Node | None) -> Any:  # noqa: ANN401 - a subject, property or object, as pyoxigraph has them
    """Give what a node of rdflib is in pyoxigraph."""
    if isinstance(node, Literal):
        datatype = pyoxigraph.NamedNode(node.datatype) if node.datatype and not node.language else None
        return pyoxigraph.Literal(str(node), datatype=datatype, language=node.language)
    return pyoxigraph.BlankNode(str(node)) if isinstance(node, BNode) else pyoxigraph.NamedNode(str(node))


@lru_cache
def declared(content: str) -> dict[str, str]:
    """Give the prefixes that a file declares."""
    return dict(_PREFIX.findall(content))


def used_prefixes(content: str) -> set[str]:
    """Give the prefixes of the names in a file: what is like one in a string, an IRI or a comment is none."""
    return set(_USED.findall(_TOKEN.sub(" ", content)))


def blocks(content: str, known: Mapping[str, str] | None = None) -> Iterator[tuple[str, range]]:
    """Give the IRI of every graph block of TriG of the data with the lines it stands on, counted from 1.

    known: the prefixes of the file, where the text is a part of it.
    """
    known = known or catalogue_prefixes() | declared(content)
    for name, lines in _spans(content):
        yield expand(name, known), lines


def expand(name: str, known: Mapping[str, str]) -> str:
    """Give the IRI that a name in a file stands for: `<…>`, or one by a prefix that is known."""
    prefix, _, local = name.partition(":")
    return name[1:-1] if name.startswith("<") else known.get(prefix, f"{prefix}:") + local.replace("\\", "")


def escape(words: str) -> str:
    """Give words as a string of Turtle holds them, also what is not seen in a way that it is."""
    return words.translate(_ESCAPES)


def literal(words: str, language: str | None = None) -> str:
    """Write words as a literal."""
    return f'"{escape(words)}"' + (f"@{language}" if language else "")


def sentence(subject: str, properties: Sequence[str]) -> list[str]:
    """Write what is said of a subject in a block, a line for each property."""
    lines = [f"    {subject} {properties[0]}", *(f"        {each}" for each in properties[1:])]
    return [f"{line} {'.' if at == len(lines) else ';'}" for at, line in enumerate(lines, 1)]


def comments_in(content: str) -> list[str]:
    """Give the comments in a text, with their signs."""
    return [token[0] for token in _TOKEN.finditer(content) if token[0].startswith("#")]


@lru_cache
def _spans(content: str) -> list[tuple[str, range]]:
    """Give every graph block, by its name as the file has it, for that means another IRI where another base is used."""
    found, line, counted = [], 1, 0
    for match in _BLOCK.finditer(content):
        end = next((token.end() for token in _TOKEN.finditer(content, match.end()) if token[0] == "}"), len(content))
        line, counted = line + content.count("\n", counted, match.start(1)), match.start(1)
        lines = range(line, line + content.count("\n", counted, end) + 1)
        found.append((match[1], lines))
    return found


def line_of(content: str, graph: Node, subject: Node, predicate: Node | None, value: Node | None) -> int:
    """Give the line, from 1, that best shows a statement: its value's, else its property's, else its subject's.

    graph: the graph of the statement, whose block is searched; what has no block of its own is searched for
    outside all blocks. Gives the line that opens the block where the subject is not named, 0 where there is none.
    """
    known = catalogue_prefixes() | declared(content)
    lines, spans = ["", *content.split("\n")], dict(blocks(content))
    own = spans.get(str(graph), range(0))
    outside = (number for number in range(1, len(lines)) if not any(number in span for span in spans.values()))
    shown = {number: lines[number] for number in own or outside if not lines[number].lstrip().startswith("#")}
    found = own.start
    for term in (subject, predicate, value):
        if term is None or not (found or term is subject):
            continue
        # The ways in which a file may write a term.
        spellings = ["a"] if term == RDF.type else [f"<{term}>"]
        if isinstance(term, Literal):
            spellings = [str(term), str(term).replace("\N{NO-BREAK SPACE}", "\\u00A0")]
        elif term != RDF.type:
            short = ((prefix, name) for prefix, name in known.items() if str(term).startswith(name))
            spellings += [f"{prefix}:{str(term).removeprefix(name)}" for prefix, name in short]
        pattern = re.compile(rf"(?<![\w:/-])(?:{'|'.join(map(re.escape, spellings))})(?![\w:/-])")
        found = next((number for number, line in shown.items() if number >= found and pattern.search(line)), found)
    return found
