"""Queries on a store, by pyoxigraph: query in, bytes out; what runs in a worker, or where there can be none."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Mapping, Sequence  # noqa: TC003 - a NamedTuple looks at its annotations
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Self

from pyoxigraph import (
    DefaultGraph,
    Literal,
    NamedNode,
    Quad,
    QueryBoolean,
    QueryResultsFormat,
    QuerySolutions,
    QueryTriples,
    RdfFormat,
    Store,
    Variable,
    serialize,
)

from twingraph.errors import BadQuery
from twingraph.query import sparql
from twingraph.words import text

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

    from twingraph.words import Text

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


class Evaluator(NamedTuple):
    """A store, the base and prefixes that queries need not declare, and how long an answer may be.

    stack: bytes for the parser, which recurses: what `sparql.check` lets through fits, however it is nested.
    sockets: whether it asks others.
    """

    store: Any
    base: str
    prefixes: Mapping[str, str]
    answer_mebibytes: int
    stack: int = 512 << 20
    sockets: bool = False

    @classmethod
    def open(cls, files: Sequence[str], description: str, **others: Any) -> Self:  # noqa: ANN401 - as the fields have it
        """Load files, N-Quads and, into the graph `description`, Turtle; raises OSError, SyntaxError, ValueError.

        The default graph is the union of all graphs, each triple once: pyoxigraph's own union counts a triple once
        for every graph that holds it, and disregards FROM.
        """
        store = Store()
        for file in files:
            form = RdfFormat.from_extension(Path(file).suffix[1:]) or RdfFormat.N_QUADS
            store.load(path=file, format=form, to_graph=NamedNode(description) if form == RdfFormat.TURTLE else None)
        store.update("INSERT { ?s ?p ?o } WHERE { GRAPH ?g { ?s ?p ?o } }")
        return cls(store, **others)

    def do(self, job: str, fields: tuple[Any, ...]) -> bytes:
        """Do a job; give its reply: what it is and, after a line break, its bytes."""
        kind, body = {"query": self.answer}[job](*fields)
        return kind.encode() + b"\n" + body

    def answer(self, query: str, *others: Any) -> tuple[str, bytes]:  # noqa: ANN401 - as the fields of Request
        """Run one query; give the answer by its form, or the reason why there is none, as a list of JSON."""
        # Some editors put a byte order mark before UTF-8, and the parser knows none.
        request = Request(query.removeprefix("\ufeff"), *others)
        try:
            sparql.check(request.query)
            if masked := sparql.mask(request.query):
                self.run(Store(), request._replace(query=masked))
            return self._write(self.run(self.store, request), request)
        except BadQuery as error:
            return "refusal", pack(error.text)
        except SyntaxError:
            return "refusal", pack(sparql.explain(request.query, lambda query: self._complain(request, query)))
        except _TooLarge:
            return "too large", b""
        except (OSError, RuntimeError, ValueError) as error:
            return "refusal", pack(text("The query can not be answered: %(reason)s.", reason=error))

    def run(self, store: Any, request: Request) -> QuerySolutions | QueryBoolean | QueryTriples:  # noqa: ANN401 - of its own, or empty
        """Run a query on a store; raises what pyoxigraph raises, and BadQuery."""
        # Each prefix costs the parser half a microsecond, so it gets those that the text may use.
        prefixes = {prefix: iri for prefix, iri in self.prefixes.items() if f"{prefix}:" in request.query}
        default = [graph_named(iri) for iri in request.default_graphs]
        named = [graph_named(iri) for iri in request.named_graphs]
        if not default and not named:
            default, named = self._graphs(request.query, prefixes)
        if len(default) > 1:
            store, default = _merge(store, default, named), [DefaultGraph()]
        found: QuerySolutions | QueryBoolean | QueryTriples = store.query(
            request.query,
            base_iri=self.base,
            prefixes=prefixes,
            substitutions={Variable(name): term for name, term in request.terms().items()},
            default_graph=default if default or named else None,
            named_graphs=named if default or named else None,
        )
        return found

    def _graphs(self, query: str, prefixes: dict[str, str]) -> tuple[list[Any], list[Any]]:
        """Give the graphs that FROM names, if its default graph is more than one graph; else the engine is right."""
        if query.upper().count("FROM") < 2:  # noqa: PLR2004 - two are more than one
            return [], []
        prologue, *written = sparql.parse_from(query)
        if len(written[0]) < 2:  # noqa: PLR2004 - as above
            return [], []
        found: list[list[Any]] = []
        for names in written:
            # The engine reads the names as the query writes them; its mistakes are shown where the query is run.
            asking = f"{prologue}\nSELECT ?graph {{ VALUES ?graph {{ {' '.join(names)} }} }}"
            try:
                solutions = Store().query(asking, base_iri=self.base, prefixes=prefixes)
            except SyntaxError:
                return [], []
            found.append([each["graph"] for each in solutions] if isinstance(solutions, QuerySolutions) else [])
        return found[0], found[1]

    def _complain(self, request: Request, query: str) -> str | None:
        """Give what the parser says against a text, None if nothing."""
        try:
            self.run(Store(), request._replace(query=query))
        except SyntaxError as error:
            return str(error)
        except (OSError, RuntimeError, ValueError):
            pass
        return None

    def _write(self, found: QuerySolutions | QueryBoolean | QueryTriples, request: Request) -> tuple[str, bytes]:
        is_graph = isinstance(found, QueryTriples)
        media = request.graphs if is_graph else request.results
        if media is None:
            return "unacceptable", b"graph" if is_graph else b"results"
        written = _Bounded(self.answer_mebibytes)
        if isinstance(found, QueryTriples):
            form = RdfFormat.from_media_type(media) or RdfFormat.TURTLE
            prefixes = self.prefixes if form in {RdfFormat.TURTLE, RdfFormat.TRIG} else {}
            serialize(found, written, form, prefixes=dict(prefixes))
            body = _tidy(written.getvalue(), prefixes)
        else:
            found.serialize(written, QueryResultsFormat.from_media_type(media))
            body = written.getvalue()
        if media.endswith("xml") and (no_xml := _NO_XML.search(body)):
            spelling = no_xml[0].decode()
            sign = "a property that ends in no name" if spelling[0] == "<" else ascii(spelling)
            raise BadQuery(
                text(
                    "The answer holds %(sign)s, for which XML has no way to write it; ask for another format.",
                    sign=sign,
                )
            )
        return "triples" if is_graph else "boolean" if isinstance(found, QueryBoolean) else "solutions", body


def pack(reason: Text) -> bytes:
    """Give a text as its message and values, to be said in either language at the other end."""
    return json.dumps([reason.message, {name: str(value) for name, value in reason.values.items()}]).encode()


def graph_named(iri: str) -> Any:  # noqa: ANN401 - a graph of any kind
    """Give a graph by its name; raises BadQuery for what is no absolute IRI."""
    try:
        return NamedNode(iri)
    except ValueError as error:
        raise BadQuery(
            text("The name of a graph, %(iri)s, is no absolute IRI (%(error)s).", iri=repr(iri[:60]), error=error)
        ) from None


def _merge(store: Store, default: Sequence[Any], named: Sequence[Any]) -> Store:
    """Make the default graph of a dataset as the specification wants it: the merge, each triple once (SPARQL, 13.2)."""
    copy = Store()
    for name in default:
        copy.extend(Quad(*quad.triple) for quad in store.quads_for_pattern(None, None, None, name))
    for name in named:
        copy.extend(store.quads_for_pattern(None, None, None, name))
    return copy


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


class _TooLarge(Exception):
    """An answer outgrew its limit."""


class _Bounded(io.BytesIO):
    """A file in memory that the engine writes an answer to, up to a limit."""

    def __init__(self, mebibytes: int) -> None:
        super().__init__()
        self._most = mebibytes << 20

    def write(self, part: ReadableBuffer, /) -> int:
        if self.tell() + len(memoryview(part)) > self._most:
            raise _TooLarge
        return super().write(part)
