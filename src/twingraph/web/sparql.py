"""The SPARQL endpoint: a query in one of the protocol's three ways, an answer in a format asked for."""

from __future__ import annotations

import json
from urllib.parse import parse_qsl

from flask import Blueprint, Response, render_template, request
from werkzeug.exceptions import UnsupportedMediaType

from twingraph.errors import BadQuery
from twingraph.negotiate import choose, content_type, prefers_page
from twingraph.web.served import served

blueprint = Blueprint("sparql", __name__)

FORM = "application/x-www-form-urlencoded"
DIRECT = "application/sparql-query"
UPDATE = "application/sparql-update"
LONGEST_PAGE = 1 << 20
"""Bytes of an answer up to which a browser is shown it as a page; a longer one is for a file."""

Fields = dict[str, list[str]]


@blueprint.get("/sparql", strict_slashes=False)
def ask() -> Response | str:
    """Answer ?query=… (SPARQL 1.1 Protocol, 2.1.1); without a query, give people a form to write one."""
    fields = _fields(request.query_string)
    if "query" not in fields and prefers_page(request.headers.get("Accept")):
        return render_template("ask.html")
    return _answered(_only_query(fields), fields)


@blueprint.post("/sparql", strict_slashes=False)
def post() -> Response | str:
    """Answer a query sent as a form field or as the body itself (SPARQL 1.1 Protocol, 2.1.2 and 2.1.3)."""
    asked = _fields(request.query_string)
    if request.mimetype == DIRECT:
        return _answered(_text(request.get_data()), asked)
    if request.mimetype == FORM:
        posted = _fields(request.get_data())
        return _answered(_only_query(posted), asked | posted)
    if request.mimetype == UPDATE:
        raise _no_update()
    message = f"Send the query as {FORM}, in the field “query”, or as {DIRECT}."
    raise UnsupportedMediaType(message)


def _answered(query: str, fields: Fields) -> Response | str:
    accept, engine = request.headers.get("Accept"), served().engine
    names = (*fields.get("format", ()), *fields.get("output", ()))
    if not any(names) and prefers_page(accept):
        return _page(query)
    choice = choose(accept, *names)
    answer = engine.answer(query, results=choice.results, graphs=choice.graphs)
    response = Response(answer.body, content_type=content_type(answer.media_type))
    response.headers["Vary"] = "Accept"
    return response


def _page(query: str) -> str:
    """Show an answer to a person: a table, or triples as Turtle, unless it is too long to look at."""
    answer = served().engine.answer(query)
    if len(answer.body) > LONGEST_PAGE:
        return render_template("ask.html", query=query, bytes=len(answer.body))
    if answer.kind == "triples":
        return render_template("ask.html", query=query, turtle=answer.body.decode())
    return render_template("ask.html", query=query, found=json.loads(answer.body))


def _only_query(fields: Fields) -> str:
    queries = fields.get("query", [])
    if "update" in fields and not queries:
        raise _no_update()
    if len(queries) != 1:
        message = f"Send one query, in the field “query”; this request has {len(queries) or 'none'}."
        raise BadQuery(message)
    return queries[0]


def _fields(encoded: bytes) -> Fields:
    """Read form fields strictly: Flask's own reading would replace what is not UTF-8."""
    fields: Fields = {}
    try:
        for name, value in parse_qsl(_text(encoded), keep_blank_values=True, errors="strict", max_num_fields=100):
            fields.setdefault(name, []).append(value)
    except UnicodeDecodeError:
        raise _not_utf8() from None
    except ValueError as error:
        message = f"{error}."
        raise BadQuery(message) from None
    return fields


def _text(body: bytes) -> str:
    try:
        return body.decode()
    except UnicodeDecodeError:
        raise _not_utf8() from None


def _not_utf8() -> BadQuery:
    return BadQuery("The query is not UTF-8; save it as UTF-8, or percent-encode it so.")


def _no_update() -> BadQuery:
    return BadQuery("Nothing can be changed here: SPARQL Update is not offered. Send a query, in the field “query”.")
