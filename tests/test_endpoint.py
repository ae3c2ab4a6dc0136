"""The endpoint before Flask: for every request it gives what the route gives, to the byte."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, quote_plus, unquote_to_bytes

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from twingraph.query.questions import questions
from twingraph.settings import Settings
from twingraph.web.app import create_app
from twingraph.web.endpoint import Endpoint, unquote
from twingraph.web.service import Service
from wsgi import ask, request

if TYPE_CHECKING:
    from wsgiref.types import WSGIApplication

    from twingraph.query.engine import Engine
    from twingraph.release.build import Release

SHORT, LONG = "ASK {}", "SELECT * { ?s schema:name ?name } ORDER BY ?s ?name LIMIT 50"
GRAPH = "CONSTRUCT { ?s schema:name ?o } { ?s a tg:Agreement ; schema:name ?o }"
ACCEPTS = [
    None,
    "*/*",
    "application/sparql-results+json",
    "application/sparql-results+xml",
    "text/csv",
    "text/tab-separated-values;q=0.5, text/turtle",
    "application/n-triples",
    "application/rdf+xml, application/json;q=0.1",
    "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
    "image/png",
    "",
]
CODINGS = [None, "gzip", "zstd, gzip;q=0.5", "identity", "identity;q=0", "*;q=0", "br"]
OTHERS = [
    "SELECT (1 AS ?ē) {}",
    "DESCRIBE place:alcamo",
    "SELECT nonsense",
    "",
    "INSERT DATA { <a> <b> <c> }",
    "SELECT * { SERVICE <http://127.0.0.1/> { ?s ?p ?o } }",
    "SELECT * FROM <made-up:none> { ?s ?p ?o }",
    "SELECT ?a ?b { ?s schema:name ?a , ?b }",
]
CHANGING = ["SELECT (NOW() AS ?now) {}", "SELECT (BNODE() AS ?b) {}", "CONSTRUCT { ?s ?p (1 ?s) } { ?s ?p ?o } LIMIT 1"]


class Pair:
    """The same release, served by the endpoint and by the routes alone; neither with a cache."""

    def __init__(self, engine: Engine, release: Release) -> None:
        app = create_app(engine, release.folder, Settings())
        self.routes: WSGIApplication = partial(Flask.wsgi_app, app)
        self.endpoint = Endpoint(self.routes, Service.open(engine, release.folder, Settings()))

    def agree_on(self, environ: dict[str, Any]) -> bool:
        return ask(self.endpoint, environ) == ask(self.routes, environ)


@pytest.fixture(scope="module")
def pair(engine: Engine, release: Release) -> Pair:
    return Pair(engine, release)


def asking(text: str, accept: str | None = None, coding: str | None = None, **headers: str) -> dict[str, Any]:
    named = {"ACCEPT": accept, "ACCEPT_ENCODING": coding, **headers}
    return request("/sparql", f"query={quote(text)}", **{name: value for name, value in named.items() if value})


@pytest.mark.parametrize("text", [SHORT, LONG, GRAPH])
@pytest.mark.parametrize(
    ("accept", "coding"), [*((each, None) for each in ACCEPTS), *((None, each) for each in CODINGS)]
)
def test_every_media_type_and_coding_is_as_by_the_route(
    pair: Pair, text: str, accept: str | None, coding: str | None
) -> None:
    assert pair.agree_on(asking(text, accept, coding))


@pytest.mark.parametrize("text", [*OTHERS, *(question.text for question in questions())])
def test_answers_and_refusals_are_as_by_the_route(pair: Pair, text: str) -> None:
    assert pair.agree_on(asking(text, "application/json"))


@pytest.mark.parametrize("text", CHANGING)
def test_what_changes_each_time_is_nowhere_said_to_keep(pair: Pair, text: str) -> None:
    for app in (pair.endpoint, pair.routes):
        headers = dict(ask(app, asking(text)).headers)
        assert (headers["Cache-Control"], "ETag" in headers) == ("no-store", False)


@pytest.mark.parametrize(
    "environ",
    [
        asking(SHORT, IF_NONE_MATCH="*"),
        asking(SHORT, IF_MODIFIED_SINCE="Sat, 01 Jan 2050 00:00:00 GMT"),
        asking(SHORT, HOST="no host"),
        asking(SHORT, HOST="example.org:81"),
        asking(SHORT, HOST="") | {"SERVER_PROTOCOL": "HTTP/1.0"},
        asking(SHORT, ORIGIN="https://example.org"),
        asking(SHORT, RANGE="bytes=0-1"),
        asking(SHORT) | {"REQUEST_METHOD": "HEAD"},
        asking(SHORT) | {"REQUEST_METHOD": "POST"},
        asking(SHORT) | {"REQUEST_METHOD": "DELETE"},
        asking(SHORT) | {"SCRIPT_NAME": "/below"},
        asking(SHORT) | {"SCRIPT_NAME": "//below"},
        asking(SHORT) | {"wsgi.url_scheme": "https"},
        request("/sparql", "query=ASK+%7B%7D"),
        request("/sparql", "query=ASK {}"),
        request("/sparql", "query=ASK%20%7B%7D&format=csv"),
        request("/sparql", "query=ASK%20%7B%7D&query=ASK%20%7B%7D"),
        request("/sparql", "query=%FF"),
        request("/sparql", "query=%zz"),
        request("/sparql", "query=SELECT ('a=b' AS ?c) {}"),
        request("/sparql", "query=SELECT ('\u00c4\u0081' AS ?c) {}"),
        request("/sparql", "query"),
        request("/sparql", "queries=1"),
        request("/sparql", "&query=ASK%7B%7D"),
        request("/sparql/", "query=ASK%7B%7D"),
        request("/sparql//", "query=ASK%7B%7D"),
    ],
    ids=lambda environ: str(sorted(environ.items()))[:200],
)
def test_what_is_out_of_the_ordinary_is_as_by_the_route(pair: Pair, environ: dict[str, Any]) -> None:
    assert pair.agree_on(environ)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text("qury=ASK {}%+&;2BDFé\n0", max_size=20), st.sampled_from(ACCEPTS), st.sampled_from(CODINGS))
def test_no_query_string_parts_the_endpoint_from_the_route(
    pair: Pair, tail: str, accept: str | None, coding: str | None
) -> None:
    environ = asking("", accept, coding) | {"QUERY_STRING": f"query=ASK%20{tail}".encode().decode("latin-1")}
    assert pair.agree_on(environ)


@given(st.text(), st.booleans())
def test_a_value_is_read_as_it_was_written(text: str, plus: bool) -> None:  # noqa: FBT001
    encoded = (quote_plus if plus else quote)(text, errors="surrogatepass")
    assert unquote(encoded.encode()) == text.encode("utf-8", "surrogatepass")


@given(st.text("%=+Aa0g_.~ \t\n", max_size=12))
def test_a_value_is_read_as_the_library_reads_it(encoded: str) -> None:
    assert unquote(encoded.encode()) == unquote_to_bytes(encoded.replace("+", " "))


def test_a_plain_query_does_not_come_to_flask(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pair.endpoint, "_app", None)
    for text in (SHORT, LONG, GRAPH, "SELECT nonsense"):
        assert ask(pair.endpoint, asking(text)).body
