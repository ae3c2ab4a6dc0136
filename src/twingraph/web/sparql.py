"""The SPARQL endpoint: a query in one of the protocol's three ways, an answer in a format asked for."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from flask import Blueprint, Response, abort, request

from twingraph.errors import BadQuery, BodyTooLarge, NotAcceptable, TwingraphError, UnsupportedBody
from twingraph.query.engine import GRAPHS
from twingraph.query.sparql import changes
from twingraph.release import void as catalog
from twingraph.settings import VOID
from twingraph.web import query_page
from twingraph.web.http import entity_tag, not_modified
from twingraph.web.negotiation import choose, content_type, named, prefers_page
from twingraph.web.service import service, site

if TYPE_CHECKING:
    from twingraph.settings import Settings
    from twingraph.web.negotiation import Choice
    from twingraph.web.query_page import Dataset

blueprint = Blueprint("sparql", __name__)

FORM = "application/x-www-form-urlencoded"
DIRECT = "application/sparql-query"
UPDATE = "application/sparql-update"
LIMITS = ("seconds", "cpu_seconds", "mebibytes", "answer_mebibytes", "queue_seconds", "body_kibibytes")
"""The settings that the header Query-Limits states."""

ANSWERED = "twingraph.answered"
"""Where the lane before the route puts what the engine said, so that no query is run twice: Answer or QueryError."""

_PARTS = frozenset(("query", "update", "default-graph-uri", "named-graph-uri"))
_UTF8 = frozenset(("utf-8", "utf8", "us-ascii"))

Fields = dict[str, list[str]]


@blueprint.get("/sparql", strict_slashes=False)
def ask() -> Response:
    """Answer ?query=… (SPARQL 1.1 Protocol, 2.1.1); without one, describe the service, to people as a form."""
    fields = _fields(request.query_string)
    if _PARTS & fields.keys():
        return _answered(_only_query(fields), fields)
    if not any(named(*_names(fields))) and prefers_page(request.headers.get("Accept")):
        return _negotiated(query_page.form())
    return _described(fields)


@blueprint.post("/sparql", strict_slashes=False)
def post() -> Response:
    """Answer a query sent as a form field or as the body itself (SPARQL 1.1 Protocol, 2.1.2 and 2.1.3)."""
    asked, body = _fields(request.query_string), _body()
    if "query" in asked:
        message = "In a POST the query stands in the body, not in the address."
        raise BadQuery(message)
    # Some editors put a byte order mark before UTF-8, and the parser knows none.
    posted = _fields(body) if request.mimetype == FORM else {"query": [_text(body).removeprefix("\ufeff")]}
    fields = _merged(asked, posted)
    return _answered(_only_query(fields), fields)


@blueprint.after_request
def state_limits(response: Response) -> Response:
    """State the limits of a query in the header Query-Limits, a dictionary of RFC 9651."""
    limits = (f"{name.replace('_', '-')}={getattr(service().settings, name):g}" for name in LIMITS)
    response.headers["Query-Limits"] = ", ".join(limits)
    return response


def _answered(query: str, fields: Fields) -> Response:
    accept, given = request.headers.get("Accept"), named(*_names(fields))
    if not any(given) and prefers_page(accept):
        return _negotiated(query_page.answer(query, dataset=_dataset(fields)))
    choice, dataset = choose(accept, *_names(fields)), _dataset(fields)
    tag = None if changes(query) else entity_tag(*parts(query, choice, **dataset))
    # Where the address settles the format for one form only, whether Accept counts shows with the answer.
    if (all(given) or not any(given)) and (unchanged := not_modified(request, tag)):
        return _negotiated(unchanged, by_header=not all(given))
    answer = request.environ.get(ANSWERED) or service().engine.answer(
        query, results=choice.results, graphs=choice.graphs, asker=request.remote_addr or "", **dataset
    )
    if isinstance(answer, TwingraphError):
        raise answer
    response = Response(answer.body, content_type=content_type(answer.media_type))
    if tag and not answer.has_blank_nodes:
        response.set_etag(tag)
    else:
        response.headers["Cache-Control"] = "no-store"
    return _negotiated(response, by_header=(given.graphs if answer.kind == "triples" else given.results) is None)


def _described(fields: Fields) -> Response:
    """Describe the service, with the address that was asked as the subject (SPARQL 1.1 Service Description, 2)."""
    accept, given = request.headers.get("Accept"), named(*_names(fields))
    media = choose(accept, *_names(fields)).graphs
    if media is None:
        what = "a description of the service"
        raise NotAcceptable(what, GRAPHS)
    here = service()
    described = _description(here.tag, f"{site()[:-1]}{request.path}", here.settings, media)
    return _negotiated(Response(described, content_type=content_type(media)), by_header=given.graphs is None)


# The address comes with the request, so there may be any number of them.
@lru_cache(maxsize=16)
def _description(_: str, endpoint: str, settings: Settings, media_type: str) -> bytes:
    try:
        described = service().files.read(VOID)
    except KeyError:
        abort(404, "This release holds no description of the service; send a query, in the field “query”.")
    return catalog.service_description(described, endpoint, settings, media_type)


def _negotiated(response: Response, *, by_header: bool = True) -> Response:
    if by_header:
        response.vary.add("Accept")
    return response


def parts(
    query: str, choice: Choice, default_graphs: tuple[str, ...] = (), named_graphs: tuple[str, ...] = ()
) -> tuple[str | tuple[str, ...] | None, ...]:
    """Give all of a request that the bytes of its answer follow from, for the entity tag."""
    return query, *choice, default_graphs, named_graphs


def _dataset(fields: Fields) -> Dataset:
    """Give the dataset that the protocol states; forms of other endpoints send the fields empty."""
    return {
        "default_graphs": tuple(filter(None, fields.get("default-graph-uri", ()))),
        "named_graphs": tuple(filter(None, fields.get("named-graph-uri", ()))),
    }


def _names(fields: Fields) -> tuple[str, ...]:
    return (*fields.get("format", ()), *fields.get("output", ()))


def _only_query(fields: Fields) -> str:
    queries = fields.get("query", [])
    if "update" in fields:
        raise _no_update()
    if len(queries) != 1:
        message = f"Send one query, in the field “query”; this request has {len(queries) or 'none'}."
        raise BadQuery(message)
    return queries[0]


def _merged(asked: Fields, posted: Fields) -> Fields:
    return {name: [*asked.get(name, ()), *posted.get(name, ())] for name in asked | posted}


def _body() -> bytes:
    """Give the body of a request if it is of a kind that is read here."""
    if request.mimetype == UPDATE:
        raise _no_update()
    if request.mimetype not in {FORM, DIRECT}:
        message = f"Send the query as {FORM}, in the field “query”, or as {DIRECT}."
        raise UnsupportedBody(message)
    charset = request.mimetype_params.get("charset", "utf-8")
    if charset.lower() not in _UTF8:
        message = f"A query is sent as UTF-8; this request states the charset {charset[:40]}."
        raise UnsupportedBody(message)
    if request.headers.get("Content-Encoding", "identity").lower() != "identity":
        message = "Send the query as it is: no coding of a request (Content-Encoding) is read here."
        raise UnsupportedBody(message)
    return _read()


def _read() -> bytes:
    """Read the body whole, or not at all: Werkzeug gives the beginning of one that is too long and does not say so."""
    kibibytes = service().settings.body_kibibytes
    stated = request.content_length or 0
    body = request.get_data() if stated <= kibibytes << 10 else b""
    if max(stated, len(body)) > kibibytes << 10:
        raise BodyTooLarge(kibibytes)
    return body


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
