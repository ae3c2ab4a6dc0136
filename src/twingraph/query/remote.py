"""Queries answered by an engine elsewhere, under the same rules as here: query in, bytes out."""

from __future__ import annotations

import json
import os
from contextlib import suppress
from functools import partial
from http import HTTPStatus
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar, cast
from urllib.parse import urlencode
from xml.parsers import expat

from pyoxigraph import QueryResultsFormat, QuerySolutions, RdfFormat, Store, parse, parse_query_results

from twingraph import __version__
from twingraph.errors import AnswerTooLarge, BadQuery, Busy, EngineFailed, QueryError
from twingraph.query import wording
from twingraph.query.engine import GRAPHS, RESULTS, Answer, Answering, Engine
from twingraph.query.exchange import Exchanger, Reply, Request, Watch
from twingraph.query.lanes import Lane
from twingraph.release import rdf

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import rdflib
    from pyoxigraph import Quad, QueryBoolean

    from twingraph.query.exchange import Address
    from twingraph.settings import Settings

_T = TypeVar("_T")
_NOTHING = Path(os.devnull)
_JSON, _XML = "application/sparql-results+json", "application/sparql-results+xml"
_JSONLD, _RDFXML, _NTRIPLES = "application/ld+json", "application/rdf+xml", "application/n-triples"
_FORM = "application/x-www-form-urlencoded"
_PART = "gave only a part of the answer, as at a limit of its own; ask for less at once"
_NO_FORMAT = "offers no format in which its answers are right and seen to be whole"
_LONGEST_WORDS = 200
_TERMS = (r'"ā \" <&>"@lv', "true", "2.5", '"2007"^^<http://www.w3.org/2001/XMLSchema#gYear>')


class RemoteEngine(Answering):
    """What `Engine` is, with the data elsewhere; for any number of threads.

    Before a query is sent, an engine without data has run it: that refuses all that `Engine` refuses (updates,
    SERVICE, what is no SPARQL, too deep or too long), tells the form of the answer, and keeps its limits.
    What comes back is read to its end and written anew, so that all engines' answers look the same, and none
    is passed on that was cut short.

    address: of a SPARQL 1.1 endpoint. settings: how much a query may take; time and length count here as well.
    """

    def __init__(self, address: Address, settings: Settings) -> None:
        self.limits = settings
        self._lane = Lane(settings.connections, settings.waiting, settings.queue_seconds)
        self._endpoint = Endpoint(address, settings)
        self._gate = Engine(_NOTHING, settings)

    def close(self) -> None:
        """End all processes of this engine, and close its idle connections."""
        self._gate.close()
        self._endpoint.close()

    def run(self, job: str, fields: tuple[Any, ...], asker: str = "") -> bytes:
        """Have a worker do a job; it has no data."""
        return self._gate.run(job, fields, asker)

    def answer(  # noqa: PLR0913 - what the protocol lets an asker say, by name
        self,
        query: str,
        *,
        results: str | None = RESULTS[0],
        graphs: str | None = GRAPHS[0],
        values: Mapping[str, rdflib.URIRef | rdflib.Literal] = MappingProxyType({}),
        default_graphs: tuple[str, ...] = (),
        named_graphs: tuple[str, ...] = (),
        asker: str = "",
    ) -> Answer:
        """Run one query within the limits; give the whole answer or raise; all is as `Engine.answer` has it.

        Raises what that raises, and EngineFailed where the engine elsewhere gives no whole answer.
        """
        ask = partial(self._gate.answer, query, results=results, graphs=graphs, values=values, asker=asker)
        kind = ask(default_graphs=default_graphs, named_graphs=named_graphs).kind
        asked = Asked(wording.complete(query, values), default_graphs, named_graphs)
        media_type = (graphs if kind == "triples" else results) or ""
        self._lane.enter(asker)
        try:
            body = self._written(kind, asked, media_type, Watch(self.limits.seconds))
        finally:
            self._lane.leave(asker)
        if len(body) > self.limits.answer_mebibytes << 20:
            raise AnswerTooLarge(self.limits.answer_mebibytes)
        return Answer(body, media_type, kind)

    def _written(self, kind: str, asked: Asked, media_type: str, watch: Watch) -> bytes:
        if kind == "triples":
            return rdf.write((quad.triple for quad in self._endpoint.triples(asked, watch)), media_type)
        if kind == "solutions":
            return self._endpoint.solutions(asked, media_type, watch)
        return _truth(self._endpoint.boolean(asked, watch), media_type)


class Asked(NamedTuple):
    """A query complete in itself, and the dataset that it is to see; without one, all there is."""

    query: str
    default_graphs: Sequence[str] = ()
    named_graphs: Sequence[str] = ()


class Endpoint:
    """A SPARQL 1.1 endpoint elsewhere, whose answers are believed only when they are seen to be whole.

    Of the formats that show where they end, the first is used in which the endpoint gives a known answer as
    it should be: Virtuoso's JSON has numbers for truths, its JSON-LD no languages, its RDF/XML not all
    predicates. N-Triples do not show their end, so these are taken only where their length came first.
    """

    def __init__(self, address: Address, settings: Settings) -> None:
        self._address, self._settings = address, settings
        self._exchanger = Exchanger(address, settings.answer_mebibytes)
        self._results: str | None = None
        self._graphs: str | None = None

    def close(self) -> None:
        """Close the connections that are not in use."""
        self._exchanger.close()

    def solutions(self, asked: Asked, media_type: str, watch: Watch) -> bytes:
        """Give the whole answer to SELECT, written in one of `RESULTS`. Raises QueryError."""
        if self._results is None:
            self._results = self._first_right((_JSON, _XML), self._gives_rows, watch)
        body, form = self._body(asked, self._results, watch), QueryResultsFormat.from_media_type(media_type)
        return _read(body, self._results, lambda found: found.serialize(format=form)) or b""

    def boolean(self, asked: Asked, watch: Watch) -> bool:
        """Give the answer to ASK; one row of a true value is Virtuoso's way to say yes. Raises QueryError."""
        body = self._body(asked, _JSON, watch)
        try:
            said = json.loads(body)
            if "boolean" in said:
                return said["boolean"] is True
            return any(
                term["value"] not in {"0", "false"} for row in said["results"]["bindings"] for term in row.values()
            )
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            raise EngineFailed(_PART) from None

    def triples(self, asked: Asked, watch: Watch) -> list[Quad]:
        """Give the whole answer to CONSTRUCT or DESCRIBE. Raises QueryError."""
        if self._graphs is None:
            self._graphs = self._first_right((_JSONLD, _RDFXML, _NTRIPLES), self._gives_triples, watch)
        return _triples(self._body(asked, self._graphs, watch), self._graphs)

    def _first_right(self, media_types: Sequence[str], is_right: Callable[[str, Watch], bool], watch: Watch) -> str:
        for media_type in media_types:
            with suppress(_Unfit, BadQuery):
                if is_right(media_type, watch):
                    return media_type
        raise EngineFailed(_NO_FORMAT)

    def _gives_rows(self, media_type: str, watch: Watch) -> bool:
        known = f"SELECT ?x {{ VALUES ?x {{ {' '.join(_TERMS)} }} }}"
        found = _read(self._body(Asked(known), media_type, watch), media_type, list)
        return {str(row[0]) for row in found} == _known()

    def _gives_triples(self, media_type: str, watch: Watch) -> bool:
        known = f"CONSTRUCT {{ <https://example.org/0> <https://example.org/1> {' , '.join(_TERMS)} }} {{}}"
        found = _triples(self._body(Asked(known), media_type, watch), media_type)
        return {str(quad.object) for quad in found} == _known()

    def _body(self, asked: Asked, media_type: str, watch: Watch) -> bytes:
        """Send a query as the protocol has it (SPARQL 1.1 Protocol, 2.1.2), and take a whole answer to it."""
        fields = [("query", asked.query)]
        fields += [("default-graph-uri", iri) for iri in asked.default_graphs]
        fields += [("named-graph-uri", iri) for iri in asked.named_graphs]
        headers = {"Accept": media_type, "Content-Type": _FORM, "User-Agent": f"twingraph/{__version__}"}
        request = Request("POST", self._address.target, headers, urlencode(fields).encode())
        reply = self._exchanger.exchange(request, watch)
        if reply.status != HTTPStatus.OK:
            raise _refusal(reply, self._settings)
        if "X-SQL-State" in reply.headers or "X-SPARQL-MaxRows" in reply.headers:
            # Virtuoso's ways to say, with a status of 200, that it was interrupted or gave the most rows it gives.
            raise EngineFailed(_PART)
        if reply.headers.get_content_type() != media_type:
            raise _Unfit(_NO_FORMAT)
        if media_type == _NTRIPLES and not reply.counted:
            raise _Unfit(_PART)
        return reply.body


class _Unfit(EngineFailed):
    """An answer that can not be used in the format it is in."""


def _refusal(reply: Reply, settings: Settings) -> QueryError:
    words = _words(reply)
    if reply.status == HTTPStatus.BAD_REQUEST:
        return BadQuery(f"The engine that answers queries here refuses this one{words}.")
    if reply.status == HTTPStatus.NOT_ACCEPTABLE:
        return _Unfit(_NO_FORMAT)
    if reply.status in {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.GATEWAY_TIMEOUT}:
        return EngineFailed(f"stopped the query at a limit of its own{words}; ask for less at once")
    if reply.status in {HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE}:
        again = reply.headers.get("Retry-After", "")
        return Busy(int(again) if again.isdecimal() else settings.queue_seconds)
    return EngineFailed(f"answered with status {reply.status}{words}")


def _words(reply: Reply) -> str:
    """Give the first line that an engine says in plain text, to go on in a sentence."""
    lines = reply.body.decode(errors="replace").strip().splitlines()
    if reply.headers.get_content_type() != "text/plain" or not lines:
        return ""
    return f" ({''.join(sign for sign in lines[0] if sign.isprintable())[:_LONGEST_WORDS].rstrip('.')})"


def _read(body: bytes, media_type: str, use: Callable[[QuerySolutions], _T]) -> _T:
    """Read rows; the use that is made of them must go through all, since that is when a broken end shows."""
    if media_type == _XML:
        _check_xml(body)
    try:
        found = parse_query_results(body, QueryResultsFormat.from_media_type(media_type))
        if isinstance(found, QuerySolutions):
            return use(found)
    except (SyntaxError, ValueError):
        raise _Unfit(_PART) from None
    raise _Unfit(_PART)


def _triples(body: bytes, media_type: str) -> list[Quad]:
    if media_type == _RDFXML:
        _check_xml(body)
    try:
        return list(parse(body, RdfFormat.from_media_type(media_type)))
    except (SyntaxError, ValueError):
        raise _Unfit(_PART) from None


def _check_xml(body: bytes) -> None:
    """See that XML goes on to its end, which pyoxigraph does not, and holds no definitions to multiply."""
    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = _refuse_definitions
    try:
        parser.Parse(body, True)  # noqa: FBT003 - the library's own sign for the end
    except expat.ExpatError:
        raise _Unfit(_PART) from None


def _refuse_definitions(*_: object) -> None:
    raise _Unfit(_NO_FORMAT)


def _known() -> set[str]:
    found = cast("QuerySolutions", Store().query(f"SELECT ?x {{ VALUES ?x {{ {' '.join(_TERMS)} }} }}"))
    return {str(row[0]) for row in found}


def _truth(truth: bool, media_type: str) -> bytes:  # noqa: FBT001 - it is what is written
    found = cast("QueryBoolean", Store().query("ASK {}" if truth else "ASK { FILTER(false) }"))
    return found.serialize(format=QueryResultsFormat.from_media_type(media_type)) or b""
