"""Queries on a store, by pyoxigraph: query in, bytes out; what runs in a worker, or where there can be none."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Mapping, Sequence  # noqa: TC003 - a NamedTuple looks at its annotations
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from pyoxigraph import (
    DefaultGraph,
    Literal,
    NamedNode,
    Quad,
    QueryBoolean,
    QueryResultsFormat,
    QuerySolutions,
    RdfFormat,
    Store,
    Triple,
    Variable,
    serialize,
)

from twingraph.errors import AnswerTooLarge, BadQuery, Busy, EngineFailed
from twingraph.query import sparql
from twingraph.settings import BASE
from twingraph.words import text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from _typeshed import ReadableBuffer

    from twingraph.words import Text

    Found = QuerySolutions | QueryBoolean | Iterable[Triple]

_DECLARED = re.compile(rb"\A(?:@prefix [^\n]*\n)*")
# A long word is read once, and not from each of its letters on.
_PREFIX = re.compile(rb"(?<![\w.-])([A-Za-z][\w.-]*):")
# In a string of JSON the quotes would be escaped, so this matches keys alone.
_TYPES = re.compile(rb'"http://www\.w3\.org/1999/02/22-rdf-syntax-ns#type":\[((?:\{"@id":"(?:[^"\\]|\\.)*"\},?)+)\]')
# XML 1.0, 2.2 (Char); and what the library writes for a property that ends in no name.
_NO_XML = re.compile(rb"[\x00-\x08\x0B\x0C\x0E-\x1F]|\xEF\xBF[\xBE\xBF]|<oxprefix:[ />]")


class Request(NamedTuple):
    """A query, the media types for its answer if it is of results or of a graph, and the values of variables.

    A media type of None is not acceptable. A value is an IRI with None, or a text with the IRI of its datatype.
    The graphs, if there are any, are the IRIs of the whole dataset (SPARQL 1.1 Protocol, 2.1.4).
    """

    query: str
    results: str | None
    graphs: str | None
    values: Mapping[str, tuple[str, str | None]]
    default_graphs: Sequence[str]
    named_graphs: Sequence[str]

    def terms(self) -> dict[str, NamedNode | Literal]:
        """Give the values as the engine has them; raises ValueError for what is no IRI."""
        return {
            name: NamedNode(value) if datatype is None else Literal(value, datatype=NamedNode(datatype))
            for name, (value, datatype) in self.values.items()
        }

    def dataset(self) -> tuple[list[Any], list[Any]]:
        """Give the graphs as the engine has them; raises BadQuery for what is no absolute IRI."""
        return [*map(_graph, self.default_graphs)], [*map(_graph, self.named_graphs)]


class Evaluator:
    """A store, the prefixes that queries need not declare, and how long an answer may be.

    files: N-Quads and, for the graph `description`, Turtle. The default graph is the union of all graphs, each triple
    once: pyoxigraph's own union counts a triple once for every graph that holds it, and disregards FROM.

    Raises OSError, SyntaxError, ValueError where they can not be loaded.
    """

    stack = 512 << 20
    """Bytes for the parser, which recurses: what `sparql.check` lets through fits, however it is nested."""
    sockets = False
    """Whether it asks others."""

    def __init__(
        self, files: Sequence[str], description: str, prefixes: Mapping[str, str], answer_mebibytes: int
    ) -> None:
        self.prefixes, self.answer_mebibytes, self._store = prefixes, answer_mebibytes, Store()
        self.load(files, description)

    def load(self, files: Sequence[str], description: str) -> None:
        """Load the files."""
        for file in files:
            form = RdfFormat.from_extension(Path(file).suffix[1:]) or RdfFormat.N_QUADS
            graph = NamedNode(description) if form == RdfFormat.TURTLE else None
            self._store.load(path=file, format=form, to_graph=graph)
        self._store.update("INSERT { ?s ?p ?o } WHERE { GRAPH ?g { ?s ?p ?o } }")

    def answer(self, query: str, *others: Any) -> bytes:  # noqa: ANN401 - as the fields of Request
        """Run one query; give the form of the answer and, after a line break, its bytes, or why there is none."""
        # Some editors put a byte order mark before UTF-8, and the parser knows none.
        request = Request(query.removeprefix("\ufeff"), *others)
        try:
            sparql.check(request.query)
            if masked := sparql.mask(request.query):
                self.ask(Store(), request._replace(query=masked))
            return self._write(self.run(request), request)
        except AnswerTooLarge:
            return b"too large\n"
        except Busy as error:
            return b"busy\n%d" % (error.retry_after or 1)
        except EngineFailed as error:
            return _pack("failure", error.deed)
        except BadQuery as error:
            reason = error.text
        except SyntaxError:
            reason = sparql.explain(request.query, lambda query: self._complain(request._replace(query=query)))
        except (OSError, RuntimeError, ValueError) as error:
            reason = text("The query can not be answered: %(reason)s.", reason=error)
        return _pack("refusal", reason)

    def run(self, request: Request) -> Found:
        """Run a query; raises what pyoxigraph raises, BadQuery and, where others are asked, what comes of that."""
        return self.ask(self._store, request)

    def ask(self, store: Store, request: Request) -> Found:
        """Run a query on a store of its own or an empty one; raises what pyoxigraph raises, and BadQuery."""
        # Each prefix costs the parser half a microsecond, so it gets those that the text may use.
        prefixes = {prefix: iri for prefix, iri in self.prefixes.items() if f"{prefix}:" in request.query}
        default, named = request.dataset()
        # Of one graph that FROM names the engine makes the right default graph.
        if not default and not named and request.query.upper().count("FROM") > 1:
            default, named = _from(request.query, prefixes)
        if len(default) > 1:
            # The default graph of a dataset is the merge of graphs, each triple once (SPARQL, 13.2).
            whole, store = store, Store()
            for name in default:
                store.extend(Quad(*quad.triple) for quad in whole.quads_for_pattern(None, None, None, name))
            for name in named:
                store.extend(whole.quads_for_pattern(None, None, None, name))
            default = [DefaultGraph()]
        found: Found = store.query(
            request.query,
            base_iri=BASE,
            prefixes=prefixes,
            substitutions={Variable(name): term for name, term in request.terms().items()},
            default_graph=default if default or named else None,
            named_graphs=named if default or named else None,
        )
        return found

    def _complain(self, request: Request) -> str | None:
        """Give what the parser says against a text, None if nothing."""
        try:
            self.ask(Store(), request)
        except SyntaxError as error:
            return str(error)
        except (OSError, RuntimeError, ValueError):
            pass
        return None

    def _write(self, found: Found, request: Request) -> bytes:
        """Write an answer, an empty one where its form is not acceptable; raises AnswerTooLarge, BadQuery."""
        is_graph = not isinstance(found, QuerySolutions | QueryBoolean)
        kind = b"triples\n" if is_graph else b"boolean\n" if isinstance(found, QueryBoolean) else b"solutions\n"
        media = request.graphs if is_graph else request.results
        if media is None:
            return kind
        written = _Bounded(self.answer_mebibytes)
        if isinstance(found, QuerySolutions | QueryBoolean):
            found.serialize(written, QueryResultsFormat.from_media_type(media))
            body = written.getvalue()
        else:
            form = RdfFormat.from_media_type(media) or RdfFormat.TURTLE
            prefixes = self.prefixes if form in {RdfFormat.TURTLE, RdfFormat.TRIG} else {}
            serialize(found, written, form, prefixes=dict(prefixes))
            body = _tidy(written.getvalue(), prefixes)
        if media.endswith("xml") and (no_xml := _NO_XML.search(body)):
            spelling = no_xml[0].decode()
            sign = "a property that ends in no name" if spelling[0] == "<" else ascii(spelling)
            raise BadQuery(
                text(
                    "The answer holds %(sign)s, for which XML has no way to write it; ask for another format.",
                    sign=sign,
                )
            )
        return kind + body


def _pack(kind: str, reason: Text) -> bytes:
    """Give a text as its message and values, to be said in either language at the other end."""
    values = {name: str(value) for name, value in reason.values.items()}
    return f"{kind}\n{json.dumps([reason.message, values])}".encode()


def _graph(iri: str) -> NamedNode:
    try:
        return NamedNode(iri)
    except ValueError as error:
        raise BadQuery(
            text("The name of a graph, %(iri)s, is no absolute IRI (%(error)s).", iri=repr(iri[:60]), error=error)
        ) from None


def _from(query: str, prefixes: dict[str, str]) -> tuple[list[Any], list[Any]]:
    """Give the graphs that FROM names, if its default graph is more than one graph."""
    prologue, *written = sparql.parse_from(query)
    found: list[list[Any]] = []
    for names in written if len(written[0]) > 1 else ():
        # The engine reads the names as the query writes them; its mistakes are shown where the query is run.
        asking = f"{prologue}\nSELECT ?graph {{ VALUES ?graph {{ {' '.join(names)} }} }}"
        try:
            solutions = Store().query(asking, base_iri=BASE, prefixes=prefixes)
        except SyntaxError:
            return [], []
        found.append([each["graph"] for each in solutions] if isinstance(solutions, QuerySolutions) else [])
    return (found[0], found[1]) if found else ([], [])


def _tidy(body: bytes, prefixes: Mapping[str, str]) -> bytes:
    """Write triples as people do: in JSON-LD `@type`, in Turtle the prefixes used, in their own order.

    The engine declares all prefixes, in an order that changes.
    """
    if not prefixes:
        return _TYPES.sub(lambda types: b'"@type":[%b]' % types[1].replace(b'{"@id":', b"").replace(b'"}', b'"'), body)
    body = _DECLARED.sub(b"", body, count=1)
    used = set(_PREFIX.findall(body))
    lines = (f"@prefix {prefix}: <{iri}> .\n" for prefix, iri in prefixes.items() if prefix.encode() in used)
    return "".join(lines).encode() + body


class _Bounded(io.BytesIO):
    """A file in memory that the engine writes an answer to, up to a limit."""

    def __init__(self, mebibytes: int) -> None:
        super().__init__()
        self._mebibytes = mebibytes

    def write(self, part: ReadableBuffer, /) -> int:
        if self.tell() + len(memoryview(part)) > self._mebibytes << 20:
            raise AnswerTooLarge(self._mebibytes)
        return super().write(part)
