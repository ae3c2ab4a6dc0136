"""The SPARQL endpoint: a query in one of the protocol's three ways, an answer in a format asked for."""

from __future__ import annotations

import hashlib
import re
from binascii import a2b_qp
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import unquote_to_bytes

from flask import Blueprint, Response
from flask import request as flask_request
from werkzeug.test import EnvironBuilder
from werkzeug.wrappers import Request

from twingraph.errors import BadQuery, NotAcceptable, TwingraphError, UnsupportedBody
from twingraph.query.engine import GRAPHS
from twingraph.query.evaluation import changes
from twingraph.release import void
from twingraph.settings import VOID
from twingraph.web import http, query_page
from twingraph.web.http import Choice, choose, coding, content_type, named, prefers_page
from twingraph.web.service import service, site
from twingraph.words import text

if TYPE_CHECKING:
    from collections.abc import Iterable
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

    from twingraph.web.service import Service

blueprint = Blueprint("sparql", __name__)

FORM = "application/x-www-form-urlencoded"
DIRECT = "application/sparql-query"

_VARY = {False: "Accept, Accept-Encoding", True: "Accept-Encoding"}
"""What an answer varies by, and one whose format the address settles."""
_METHODS = frozenset(("GET", "HEAD", "POST"))
_MOST_FIELDS = 100
_UTF8 = frozenset(("utf-8", "utf8", "us-ascii"))
_STRAY = re.compile(rb"%(?![0-9A-Fa-f]{2})|[\r\n]")
_NO_UPDATE = text("Nothing can be changed here: SPARQL Update is not offered. Send a query, in the field “query”.")


class Operation(NamedTuple):
    """What a request asks for (SPARQL 1.1 Protocol, 2.1): a query, None for none, on a dataset, in a format.

    choice: the media types to answer in, by the form of the query; named: those of them that the address names.
    """

    query: str | None
    default_graphs: tuple[str, ...]
    named_graphs: tuple[str, ...]
    choice: Choice
    named: Choice
    wants_page: bool


def parse(request: Request) -> Operation:
    """Read an operation from a request; raises BadQuery, UnsupportedBody."""
    fields = _read(request.query_string, {})
    if request.method == "POST":
        if "query" in fields:
            raise BadQuery(text("In a POST the query stands in the body, not in the address."))
        body = _body(request)
        fields = _read(body, fields) if request.mimetype == FORM else {**fields, "query": [_decode(body)]}
    if "update" in fields:
        raise BadQuery(_NO_UPDATE)
    queries = fields.get("query", [])
    default, named_graphs = fields.get("default-graph-uri", ()), fields.get("named-graph-uri", ())
    if len(queries) > 1 or (not queries and (request.method == "POST" or default or named_graphs)):
        number = len(queries) or text("none")
        raise BadQuery(text("Send one query, in the field “query”; this request has %(number)s.", number=number))
    accept, names = request.headers.get("Accept"), (*fields.get("format", ()), *fields.get("output", ()))
    by_address, query = named(*names), queries[0] if queries else None
    wants_page = prefers_page(accept) and not any(by_address)
    # Forms of other endpoints send graphs without a name.
    graphs = tuple(filter(None, default)), tuple(filter(None, named_graphs))
    return Operation(query, *graphs, choose(accept, *names), by_address, wants_page)


@blueprint.route("/sparql", methods=["GET", "POST"], strict_slashes=False)
def ask() -> Response:
    """Answer a query; without one, describe the service, to people as a form."""
    here, operation = service(), parse(flask_request)
    if operation.wants_page:
        if operation.query is None:
            return http.varied(query_page.form())
        graphs = operation.default_graphs, operation.named_graphs
        return http.varied(query_page.answer(operation.query, graphs=graphs))
    media = operation.choice.graphs
    if media is None:
        raise NotAcceptable(text("a description of the service"), GRAPHS)
    # The subject is the address that was asked (SPARQL 1.1 Service Description, 2).
    response = Response(_describe(here, f"{site()[:-1]}{flask_request.path}", media), content_type=content_type(media))
    return response if operation.named.graphs else http.varied(response)


class Endpoint:
    """Answers queries before Flask, in a fraction of its time; leaves pages, and all else, to the application."""

    def __init__(self, app: WSGIApplication, here: Service) -> None:
        self._app, self._here = app, here
        # A plain answer gets the headers that all answers have, made once, and those of its own; no response object.
        plain = http.finish(Request(EnvironBuilder("/sparql").get_environ()), Response(status=200), here)
        own = {"Content-Type", "Content-Length", "ETag", "Vary"}
        self._headers = [header for header in plain.headers if header[0] not in own]

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request (PEP 3333)."""
        if environ["PATH_INFO"] not in http.ENDPOINT or environ["REQUEST_METHOD"] not in _METHODS:
            return self._app(environ, start_response)
        request = Request(environ)
        try:
            operation = parse(request)
            if operation.query is not None and not operation.wants_page:
                return self._answer(request, operation.query, operation, start_response)
        except TwingraphError as error:
            return http.finish(request, http.refuse(request, error), self._here)(environ, start_response)
        if request.method == "POST":
            # The route reads it again.
            environ["wsgi.input"].seek(0)
        return self._app(environ, start_response)

    def _answer(self, request: Request, query: str, asked: Operation, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a query; raises as `Engine.answer`."""
        environ, here, named, tag = request.environ, self._here, asked.named, None
        if environ["REQUEST_METHOD"] != "POST" and not changes(query):
            key = repr((here.tag, query, *asked.choice, asked.default_graphs, asked.named_graphs))
            tag = hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()[:32]
        # Where the address settles the format for one form only, whether Accept counts shows with the answer.
        if tag and "HTTP_IF_NONE_MATCH" in environ and all(named) == any(named):
            given, code = request.if_none_match, coding(environ.get("HTTP_ACCEPT_ENCODING"))
            known = next(filter(given.contains_weak, (tag, f"{tag}-{code}")), None)
            if known and not given.star_tag:
                response = Response(status=304, headers={"ETag": f'"{known}"', "Vary": _VARY[all(named)]})
                return http.finish(request, response, here)(environ, start_response)
        found = here.engine.answer(
            query,
            results=asked.choice.results,
            graphs=asked.choice.graphs,
            default_graphs=asked.default_graphs,
            named_graphs=asked.named_graphs,
            asker=environ.get("REMOTE_ADDR", ""),
        )
        is_settled = (named.graphs if found.kind == "triples" else named.results) is not None
        headers = [("Content-Type", content_type(found.media_type)), ("Vary", _VARY[is_settled])]
        if tag is None or found.has_blank_nodes:
            headers.append(("Cache-Control", "no-store"))
        else:
            headers.append(("ETag", f'"{tag}"'))
            code = coding(environ.get("HTTP_ACCEPT_ENCODING"), short=len(found.body) <= http.SHORT)
            if not code and environ["REQUEST_METHOD"] == "GET" and not any(map(environ.get, http.CONDITIONS)):
                start_response("200 OK", [*self._headers, *headers, ("Content-Length", str(len(found.body)))])
                return [found.body]
        return http.finish(request, Response(found.body, headers=headers), here)(environ, start_response)


# The address comes with the request, so there may be any number of them.
@lru_cache(maxsize=16)
def _describe(here: Service, endpoint: str, media_type: str) -> bytes:
    return void.service_description(here.read(VOID), endpoint, here.settings, media_type)


def _body(request: Request) -> bytes:
    """Give the body of a request if it is of a kind that is read here."""
    if request.mimetype == "application/sparql-update":
        raise BadQuery(_NO_UPDATE)
    if request.mimetype not in {FORM, DIRECT}:
        ways = text("Send the query as %(form)s, in the field “query”, or as %(direct)s.", form=FORM, direct=DIRECT)
        raise UnsupportedBody(ways)
    charset = request.mimetype_params.get("charset", "utf-8")
    if charset.lower() not in _UTF8:
        other = text("A query is sent as UTF-8; this request states the charset %(charset)s.", charset=charset[:40])
        raise UnsupportedBody(other)
    if request.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise UnsupportedBody(text("Send the query as it is: no coding of a request (Content-Encoding) is read here."))
    return request.get_data()


def _read(encoded: bytes, fields: dict[str, list[str]]) -> dict[str, list[str]]:
    """Add form fields to others, read strictly: the libraries would replace what is not UTF-8."""
    parts = encoded.split(b"&", _MOST_FIELDS)
    if len(parts) > _MOST_FIELDS:
        raise BadQuery(text("The request has more than %(most)s fields.", most=_MOST_FIELDS))
    for part in filter(None, parts):
        name, _, value = part.partition(b"=")
        fields.setdefault(_decode(unquote(name)), []).append(_decode(unquote(value)))
    return fields


def unquote(value: bytes) -> bytes:
    """Read a name or a value of a form."""
    value = value.replace(b"+", b" ")
    if _STRAY.search(value):
        return unquote_to_bytes(value)
    # Quoted-printable is percent-encoding but for its sign, and the library reads it ten times as fast.
    return a2b_qp(value.replace(b"=", b"=3D").replace(b"%", b"="))


def _decode(body: bytes) -> str:
    try:
        return body.decode()
    except UnicodeDecodeError:
        raise BadQuery(text("The query is not UTF-8; save it as UTF-8, or percent-encode it so.")) from None
