"""The SPARQL endpoint: a query in one of the protocol's three ways, an answer in a format asked for.

`parse` reads an operation from a request, and `answer` runs it; both take a plain request of Werkzeug. They serve the
route of Flask, which shows pages too, and `Endpoint`, which stands before Flask and gives plain answers in a fraction
of its time.
"""

from __future__ import annotations

import re
from binascii import a2b_qp
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING
from urllib.parse import unquote_to_bytes

from flask import Blueprint, Response, abort
from flask import request as flask_request
from werkzeug.test import EnvironBuilder
from werkzeug.wrappers import Request

from twingraph.errors import BadQuery, NotAcceptable, TwingraphError, UnsupportedBody
from twingraph.query.engine import GRAPHS
from twingraph.query.sparql import changes
from twingraph.release import void
from twingraph.settings import VOID
from twingraph.web import http, query_page
from twingraph.web.negotiation import choose, coding, content_type, named, prefers_page
from twingraph.web.service import service, site
from twingraph.words import Text, text

if TYPE_CHECKING:
    from collections.abc import Iterable
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

    from twingraph.query.engine import Answer
    from twingraph.settings import Settings
    from twingraph.web.negotiation import Choice
    from twingraph.web.service import Service

blueprint = Blueprint("sparql", __name__)

FORM = "application/x-www-form-urlencoded"
DIRECT = "application/sparql-query"
LIMITS = ("seconds", "cpu_seconds", "mebibytes", "answer_mebibytes", "queue_seconds", "body_kibibytes")
"""The settings that the header Query-Limits states."""

_PATHS = frozenset(("/sparql", "/sparql/"))
_METHODS = frozenset(("GET", "POST"))
_MOST_FIELDS = 100
_MOST_PLACES = 256
_UTF8 = frozenset(("utf-8", "utf8", "us-ascii"))
_STRAY = re.compile(rb"%(?![0-9A-Fa-f]{2})|[\r\n]")


@dataclass(frozen=True, slots=True)
class Operation:
    """What a request asks for (SPARQL 1.1 Protocol, 2.1): a query, None for none, on a dataset, in a format.

    formats: by the names in the address, which count before the Accept header.
    """

    query: str | None
    formats: tuple[str, ...]
    default_graphs: tuple[str, ...]
    named_graphs: tuple[str, ...]
    accept: str | None

    @property
    def choice(self) -> Choice:
        """The media types to answer in, by the form of the query."""
        return choose(self.accept, *self.formats)

    @property
    def named(self) -> Choice:
        """The media types that the address names."""
        return named(*self.formats)

    @property
    def wants_page(self) -> bool:
        """Whether it comes from a person who wants a page."""
        return prefers_page(self.accept) and not any(self.named)

    def entity_tag(self, here: Service) -> str | None:
        """Give the tag of the answer, which follows from the query and the release; None where it does not."""
        if self.query is None or changes(self.query):
            return None
        return here.entity_tag(self.query, *self.choice, self.default_graphs, self.named_graphs)

    def varies(self, kind: str) -> bool:
        """Tell whether the format of an answer of that kind depends on the Accept header."""
        return (self.named.graphs if kind == "triples" else self.named.results) is None


def parse(request: Request) -> Operation:
    """Read an operation from a request; raises BadQuery and UnsupportedBody."""
    fields = _fields(request.query_string)
    if request.method == "POST":
        if "query" in fields:
            raise BadQuery(text("In a POST the query stands in the body, not in the address."))
        body = _body(request)
        sent = _fields(body) if request.mimetype == FORM else {"query": [_decode(body)]}
        fields = {name: [*fields.get(name, ()), *sent.get(name, ())] for name in fields | sent}
    if "update" in fields:
        raise BadQuery(_no_update())
    queries = fields.get("query", [])
    default, named_graphs = fields.get("default-graph-uri", ()), fields.get("named-graph-uri", ())
    if len(queries) > 1 or (not queries and (request.method == "POST" or default or named_graphs)):
        number = len(queries) or text("none")
        raise BadQuery(text("Send one query, in the field “query”; this request has %(number)s.", number=number))
    return Operation(
        queries[0] if queries else None,
        (*fields.get("format", ()), *fields.get("output", ())),
        # Forms of other endpoints send these empty.
        tuple(filter(None, default)),
        tuple(filter(None, named_graphs)),
        request.headers.get("Accept"),
    )


def answer(operation: Operation, here: Service, asker: str) -> Answer:
    """Run a query; raises as `Answering.answer`."""
    return here.engine.answer(
        operation.query or "",
        results=operation.choice.results,
        graphs=operation.choice.graphs,
        default_graphs=operation.default_graphs,
        named_graphs=operation.named_graphs,
        asker=asker,
    )


def respond(operation: Operation, found: Answer, here: Service) -> Response:
    """Make the response of an answer."""
    response = Response(found.body, content_type=content_type(found.media_type))
    tag = operation.entity_tag(here)
    if tag and not found.has_blank_nodes:
        response.set_etag(tag)
    else:
        response.headers["Cache-Control"] = "no-store"
    return http.varied(response) if operation.varies(found.kind) else response


@blueprint.route("/sparql", methods=["GET", "POST"], strict_slashes=False)
def ask() -> Response:
    """Answer a query; without one, describe the service, to people as a form."""
    here = service()
    operation = parse(flask_request)
    if operation.query is None:
        return http.varied(query_page.form()) if operation.wants_page else _describe(operation, here)
    if operation.wants_page:
        graphs = operation.default_graphs, operation.named_graphs
        return http.varied(query_page.answer(operation.query, None, *graphs))
    # Where the address settles the format for one form only, whether Accept counts shows with the answer.
    if all(operation.named) or not any(operation.named):
        unchanged = http.not_modified(flask_request, operation.entity_tag(here))
        if unchanged:
            return unchanged if all(operation.named) else http.varied(unchanged)
    return respond(operation, answer(operation, here, flask_request.remote_addr or ""), here)


@blueprint.after_request
def state_limits(response: Response) -> Response:
    """State the limits of a query in the header Query-Limits, a dictionary of RFC 9651."""
    response.headers["Query-Limits"] = _limits(service().settings)
    return response


class Endpoint:
    """Answers queries, and leaves all else, and what depends on conditions, to the application with the route.

    A plain answer gets the headers that all answers have, made once, and those of its own; no object of a response.
    """

    def __init__(self, app: WSGIApplication, here: Service) -> None:
        self._app, self._here = app, here
        plain = http.finish(Request(EnvironBuilder().get_environ()), Response(status=200), here)
        own = {"Content-Type", "Content-Length", "ETag", "Vary"}
        self._headers = [header for header in plain.headers if header[0] not in own]
        self._headers.append(("Query-Limits", _limits(here.settings)))
        self._places: set[tuple[str | None, ...]] = set()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request (PEP 3333)."""
        if (
            environ["PATH_INFO"] not in _PATHS
            or environ["REQUEST_METHOD"] not in _METHODS
            or prefers_page(environ.get("HTTP_ACCEPT"))
            or any(map(environ.get, http.CONDITIONS))
        ):
            return self._app(environ, start_response)
        request, here = Request(environ), self._here
        try:
            self._check(request)
            operation = parse(request)
            if operation.query is None:
                return self._app(environ, start_response)
            found = answer(operation, here, request.remote_addr or "")
        except TwingraphError as error:
            response = http.refuse(request, error)
        else:
            tag = operation.entity_tag(here) if environ["REQUEST_METHOD"] == "GET" else None
            is_short = len(found.body) <= http.SHORT
            if tag and not found.has_blank_nodes and not coding(environ.get("HTTP_ACCEPT_ENCODING"), short=is_short):
                own = [
                    ("Content-Type", content_type(found.media_type)),
                    ("Content-Length", str(len(found.body))),
                    ("ETag", f'"{tag}"'),
                    ("Vary", "Accept, Accept-Encoding" if operation.varies(found.kind) else "Accept-Encoding"),
                ]
                start_response("200 OK", [*self._headers, *own])
                return [found.body]
            response = respond(operation, found, here)
        response = http.finish(request, response, here)
        response.headers["Query-Limits"] = _limits(here.settings)
        return response(environ, start_response)

    def _check(self, request: Request) -> None:
        """Check where a request says that it was sent; the library takes as long for it as all else here."""
        place = tuple(map(request.environ.get, ("HTTP_HOST", "SCRIPT_NAME", "SERVER_PROTOCOL")))
        if place not in self._places:
            http.check(request)
            if len(self._places) >= _MOST_PLACES:
                self._places.clear()
            self._places.add(place)


@lru_cache(maxsize=16)
def _limits(settings: Settings) -> str:
    return ", ".join(f"{name.replace('_', '-')}={getattr(settings, name):g}" for name in LIMITS)


def _describe(operation: Operation, here: Service) -> Response:
    """Describe the service, with the address that was asked as the subject (SPARQL 1.1 Service Description, 2)."""
    media = operation.choice.graphs
    if media is None:
        raise NotAcceptable(text("a description of the service"), GRAPHS)
    described = _description(here.tag, f"{site()[:-1]}{flask_request.path}", here.settings, media)
    response = Response(described, content_type=content_type(media))
    return http.varied(response) if operation.varies("triples") else response


# The address comes with the request, so there may be any number of them.
@lru_cache(maxsize=16)
def _description(_: str, endpoint: str, settings: Settings, media_type: str) -> bytes:
    try:
        described = service().files.read(VOID)
    except KeyError:
        abort(404, "This release holds no description of the service; send a query, in the field “query”.")
    return void.service_description(described, endpoint, settings, media_type)


def _body(request: Request) -> bytes:
    """Give the body of a request if it is of a kind that is read here; whole, or not at all."""
    if request.mimetype == "application/sparql-update":
        raise BadQuery(_no_update())
    if request.mimetype not in {FORM, DIRECT}:
        raise UnsupportedBody(
            text("Send the query as %(form)s, in the field “query”, or as %(direct)s.", form=FORM, direct=DIRECT)
        )
    charset = request.mimetype_params.get("charset", "utf-8")
    if charset.lower() not in _UTF8:
        raise UnsupportedBody(
            text("A query is sent as UTF-8; this request states the charset %(charset)s.", charset=charset[:40])
        )
    if request.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise UnsupportedBody(text("Send the query as it is: no coding of a request (Content-Encoding) is read here."))
    return request.get_data()


def _fields(encoded: bytes) -> dict[str, list[str]]:
    """Read form fields strictly: the libraries would replace what is not UTF-8."""
    fields: dict[str, list[str]] = {}
    parts = encoded.split(b"&", _MOST_FIELDS)
    if len(parts) > _MOST_FIELDS:
        raise BadQuery(text("The request has more than %(most)s fields.", most=_MOST_FIELDS))
    for part in filter(None, parts):
        name, _, value = part.partition(b"=")
        fields.setdefault(_decode(unquote(name)), []).append(_decode(unquote(value)))
    return fields


def unquote(value: bytes) -> bytes:
    """Read a name or a value of a form.

    Quoted-printable is percent-encoding but for its sign, and the library reads it ten times as fast.
    """
    value = value.replace(b"+", b" ")
    if _STRAY.search(value):
        return unquote_to_bytes(value)
    return a2b_qp(value.replace(b"=", b"=3D").replace(b"%", b"="))


def _decode(body: bytes) -> str:
    try:
        return body.decode()
    except UnicodeDecodeError:
        raise BadQuery(text("The query is not UTF-8; save it as UTF-8, or percent-encode it so.")) from None


def _no_update() -> Text:
    return text("Nothing can be changed here: SPARQL Update is not offered. Send a query, in the field “query”.")
