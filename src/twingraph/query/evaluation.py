"""Queries on a store, by pyoxigraph: what is refused unrun, what is answered, and where a mistake stands."""

from __future__ import annotations

import io
import json
import re
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pyoxigraph as ox

from twingraph.errors import AnswerTooLarge, BadQuery, Busy, EngineFailed
from twingraph.query import complaints
from twingraph.words import Text, packed, text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from _typeshed import ReadableBuffer

    Found = ox.QuerySolutions | ox.QueryBoolean | Iterable[ox.Triple]

_DECLARED = re.compile(rb"\A(?:@prefix [^\n]*\n)*")
# A long word is read once, and not from each of its letters on.
_PREFIX = re.compile(rb"(?<![\w.-])([A-Za-z][\w.-]*):")
# In a string of JSON the quotes would be escaped, so this matches keys alone.
_TYPES = re.compile(rb'"http://www\.w3\.org/1999/02/22-rdf-syntax-ns#type":\[((?:\{"@id":"(?:[^"\\]|\\.)*"\},?)+)\]')
_TYPE = re.compile(rb'\{"@id":("(?:[^"\\]|\\.)*")\}')
# XML 1.0, 2.2 (Char); and what the library writes for a property that ends in no name.
_NO_XML = re.compile(rb"[\x00-\x08\x0B\x0C\x0E-\x1F]|\xEF\xBF[\xBE\xBF]|<oxprefix:[ />]")
# Characters of a query, and brackets that open in it: nested, as many as the parser's stack holds.
_LONGEST, _BRACKETS = 200_000, 20_000
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


class Request(NamedTuple):
    """A query, the values of variables, and the graphs of the whole dataset, if there are any."""

    query: str
    terms: dict[str, ox.NamedNode | ox.Literal]
    default: list[Any]
    named: list[Any]


class Evaluator:
    """A store of files, N-Quads and, for the graph `description`, Turtle; raises OSError, SyntaxError, ValueError."""

    stack = 512 << 20  # bytes for the parser, which recurses: what `check` lets through fits, however it is nested
    sockets = False  # whether it asks others

    def __init__(
        self, files: list[str], base_iri: str, prefixes: dict[str, str], answer_mebibytes: int, description: str
    ) -> None:
        self.base_iri, self.prefixes, self.answer_mebibytes = base_iri, prefixes, answer_mebibytes
        self._store = ox.Store()
        self._prefixes = [(f"{prefix}:", prefix, iri) for prefix, iri in prefixes.items()]
        for file in files:
            form = ox.RdfFormat.from_extension(Path(file).suffix[1:]) or ox.RdfFormat.N_QUADS
            graph = ox.NamedNode(description) if form == ox.RdfFormat.TURTLE else None
            self._store.load(path=file, format=form, to_graph=graph)
        # pyoxigraph's own union counts a triple once for every graph that holds it, and disregards FROM.
        self._store.update("INSERT { ?s ?p ?o } WHERE { GRAPH ?g { ?s ?p ?o } }")

    def answer(self, *fields: Any) -> bytes:  # noqa: ANN401 - as below
        """Run one query; give the form of the answer and, after a line break, its bytes, or why there is none.

        fields: as `Engine.answer` has them, but a value is an IRI with None, or a text with the IRI of its datatype.
        """
        query, results, graphs, values, default_graphs, named_graphs = fields
        # Some editors put a byte order mark before UTF-8, and the parser knows none.
        request = Request(query.removeprefix("\ufeff"), {}, [], [])
        try:
            check(request.query)
            for name, (value, datatype) in values.items():
                iri = ox.NamedNode(datatype or value)
                request.terms[name] = ox.Literal(value, datatype=iri) if datatype else iri
            request.default.extend(map(_graph, default_graphs))
            request.named.extend(map(_graph, named_graphs))
            if (masked := mask(request.query)) != request.query:
                self.run(request._replace(query=masked), ox.Store())
            return self._write(self.run(request), results, graphs)
        except AnswerTooLarge:
            return b"too large\n"
        except Busy as error:
            return b"busy\n%d" % (error.retry_after or 1)
        except EngineFailed as error:
            kind, reason = "failure", error.deed
        except BadQuery as error:
            kind, reason = "refusal", error.text
        except SyntaxError:
            kind = "refusal"
            reason = explain(request.query, lambda query: self.run(request._replace(query=query), ox.Store()))
        except (OSError, RuntimeError, ValueError) as error:
            kind, reason = "refusal", text("The query can not be answered: %(reason)s.", reason=error)
        # To be said in either language at the other end.
        return f"{kind}\n{json.dumps(packed(reason))}".encode()

    def run(self, request: Request, store: ox.Store | None = None) -> Found:
        """Run a query on its own store or on an empty one; raises what pyoxigraph raises."""
        store = self._store if store is None else store
        query, default, named = request.query, request.default, request.named
        # Each prefix costs the parser half a microsecond, so it gets those that the text may use.
        prefixes = {prefix: iri for written, prefix, iri in self._prefixes if written in query}
        # Of one graph that FROM names the engine makes the right default graph.
        if not default and not named and query.upper().count("FROM") > 1:
            default, named = _from(query, self.base_iri, prefixes)
        if len(default) > 1:
            # The default graph of a dataset is the merge of graphs, each triple once (SPARQL, 13.2).
            whole, store = store, ox.Store()
            for name in default:
                store.extend(ox.Quad(*quad.triple) for quad in whole.quads_for_pattern(None, None, None, name))
            for name in named:
                store.extend(whole.quads_for_pattern(None, None, None, name))
            default = [ox.DefaultGraph()]
        terms: dict[ox.Variable, Any] = {ox.Variable(name): term for name, term in request.terms.items()}
        dataset: dict[str, Any] = {"default_graph": default, "named_graphs": named} if default or named else {}
        found: Found = store.query(query, base_iri=self.base_iri, prefixes=prefixes, substitutions=terms, **dataset)
        return found

    def _write(self, found: Found, results: str | None, graphs: str | None) -> bytes:
        """Write an answer, an empty one where its form is not acceptable; raises AnswerTooLarge, BadQuery."""
        is_graph = not isinstance(found, ox.QuerySolutions | ox.QueryBoolean)
        kind = b"triples\n" if is_graph else b"boolean\n" if isinstance(found, ox.QueryBoolean) else b"solutions\n"
        if (media := graphs if is_graph else results) is None:
            return kind
        written = _Bounded(self.answer_mebibytes)
        if isinstance(found, ox.QuerySolutions | ox.QueryBoolean):
            found.serialize(written, ox.QueryResultsFormat.from_media_type(media))
            body = written.getvalue()
        else:
            form = ox.RdfFormat.from_media_type(media) or ox.RdfFormat.TURTLE
            prefixes = self.prefixes if form in {ox.RdfFormat.TURTLE, ox.RdfFormat.TRIG} else {}
            ox.serialize(found, written, form, prefixes=dict(prefixes))
            body = written.getvalue()
            if prefixes:
                # The engine declares all, in an order that changes.
                body = _DECLARED.sub(b"", body, count=1)
                used = set(_PREFIX.findall(body))
                lines = (f"@prefix {name}: <{iri}> .\n" for name, iri in prefixes.items() if name.encode() in used)
                body = "".join(lines).encode() + body
            elif form == ox.RdfFormat.JSON_LD:
                body = _TYPES.sub(lambda types: b'"@type":[%b]' % _TYPE.sub(rb"\1", types[1]), body)
        if media.endswith("xml") and (no_xml := _NO_XML.search(body)):
            sign = text("a property that ends in no name") if no_xml[0].startswith(b"<") else ascii(no_xml[0].decode())
            raise BadQuery(
                text("The answer holds %(sign)s, which XML can not write; ask for another format.", sign=sign)
            )
        return kind + body


def _graph(iri: str) -> ox.NamedNode:
    try:
        return ox.NamedNode(iri)
    except ValueError as error:
        raise BadQuery(
            text("The name of a graph, %(iri)s, is no absolute IRI (%(error)s).", iri=repr(iri[:60]), error=error)
        ) from None


def _from(query: str, base_iri: str, prefixes: dict[str, str]) -> tuple[list[Any], list[Any]]:
    """Give the graphs that FROM and FROM NAMED name, if the default graph is more than one of them."""
    tokens, form = tokenize(query)
    words = [token.group() for token in tokens]
    after = [names for word, *names in zip(words, words[1:], words[2:], strict=False) if word.upper() == "FROM"]
    values = " ".join(f"(1 {second})" if first.upper() == "NAMED" else f"(0 {first})" for first, second in after)
    found: tuple[list[Any], list[Any]] = [], []
    # The engine reads the names as the query writes them; its mistakes are shown where the query is run.
    with suppress(SyntaxError):
        prologue = query[: form.start()] if form else ""
        asking = f"{prologue}\nSELECT ?kind ?graph {{ VALUES (?kind ?graph) {{ {values} }} }}"
        solutions: Any = ox.Store().query(asking, base_iri=base_iri, prefixes=prefixes)
        for kind, graph in solutions:
            found[int(kind.value)].append(graph)
    return found if len(found[0]) > 1 else ([], [])


class _Bounded(io.BytesIO):
    """A file in memory that the engine writes an answer to, up to a limit."""

    def __init__(self, mebibytes: int) -> None:
        super().__init__()
        self._mebibytes = mebibytes

    def write(self, part: ReadableBuffer, /) -> int:
        if self.tell() + len(memoryview(part)) > self._mebibytes << 20:
            raise AnswerTooLarge(self._mebibytes)
        return super().write(part)


def check(query: str) -> None:
    """Refuse what is too long to be parsed, or could be nested too deep; raises BadQuery."""
    if len(query) > _LONGEST:
        raise BadQuery(
            text("The query is too large: it has more than %(most)s thousand characters.", most=_LONGEST // 1000)
        )
    if sum(map(query.count, "([{")) > _BRACKETS:
        raise BadQuery(
            text("The query is too large: it has more than %(most)s thousand brackets.", most=_BRACKETS // 1000)
        )


def mask(query: str) -> str:
    """Put a word as long in the place of each SERVICE, one that the query does not hold."""
    # What parses then holds SERVICE in names, texts and comments alone: it is the parser that decides.
    if "service" not in (lower := query.lower()):
        return query
    letter = next((letter for letter in "xzqwkvjybdfghlmnprst" if f"servic{letter}" not in lower), "x")
    return _SERVICE.sub(rf"\1{letter}", query)


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

    The parser counts a keyword that it misses as if it were there, so its columns are up to 14 too far, and it expected
    what belongs elsewhere. With wide gaps between the tokens, the error falls into the gap behind the one at fault.
    """
    tokens, form = tokenize(query)
    if form and form.group().upper() in _UPDATES:
        return text("This is SPARQL Update: nothing can be changed here. Ask with SELECT, ASK, CONSTRUCT or DESCRIBE.")
    message = ""
    for spaced in (query, _GAP.join(token.group() for token in tokens) + _GAP):
        try:
            ask(mask(spaced))
        except SyntaxError as error:
            message = str(error)
        except (OSError, RuntimeError, ValueError):
            pass
    found = _POSITION.match(message)
    if not found:
        return text("The query can not be read: %(reason)s.", reason=complaints.put(message))
    # Of the parser's list its reasons help a person, else the signs; not classes of characters, and not keywords: it
    # lists but the longest of those it tried.
    items: list[str] = [item.strip() for item in _EXPECTED.findall(found[3])]
    signs = [item[1:-1] for item in items if re.fullmatch(r'"[^\\"]+"', item)]
    complaint = next((item for item in items if re.match(r"[A-Za-z].*[a-z ]", item)), "")
    place, token = int(found[2]) - 1, None
    for each in tokens:
        if 0 <= place < len(each.group()) + len(_GAP):
            token = each
        place -= len(each.group()) + len(_GAP)
    if token and "service" in token.group().lower():
        return text("SERVICE is not offered here: this endpoint asks no other one. Ask that endpoint directly.")
    if not token and "SELECT" in complaint:
        # What the parser has against a SELECT as a whole it finds at its end.
        token = next((token for token in tokens if token.group().upper() == "SELECT"), None)
    before = query[: token.start()] if token else query.rstrip()
    fragment = " ".join(token.group().split())[:60] if token else ""
    # A sign that nobody sees is shown by its code point.
    shown = fragment if fragment.isprintable() and fragment else ascii(token and token.group())
    return text(
        "Line %(line)s, column %(column)s, at %(fragment)s: %(reason)s.",
        line=before.count("\n") + 1,
        column=len(before) - before.rfind("\n"),
        fragment=shown if token else text("the end"),
        reason=complaints.put(complaint, " ".join(signs)),
    )
