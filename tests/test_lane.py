"""The lane before the route: for every request it gives what the route gives, to the byte."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, quote_plus, unquote_to_bytes

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from test_cache import ask, request
from twingraph.query.engine import Engine
from twingraph.query.questions import questions
from twingraph.settings import QUADS, Settings
from twingraph.web.app import create_app
from twingraph.web.lane import Lane, unquoted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask import Flask

    from twingraph.query.engine import Answer
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
TEXTS = [
    SHORT,
    LONG,
    GRAPH,
    "SELECT (1 AS ?ē) {}",
    "DESCRIBE place:alcamo",
    "SELECT (NOW() AS ?now) {}",
    "SELECT nonsense",
    "",
    "INSERT DATA { <a> <b> <c> }",
    "SELECT * { SERVICE <http://127.0.0.1/> { ?s ?p ?o } }",
    "SELECT * FROM <made-up:none> { ?s ?p ?o }",
    "CONSTRUCT { [] ?p ?o } { ?s ?p ?o } LIMIT 1",
    "SELECT ?a ?b { ?s schema:name ?a , ?b }",
]


class Pair:
    """The same release, served with the lane and without; neither with a cache."""

    def __init__(self, engine: Engine, release: Release) -> None:
        self._settings = Settings(cache_mebibytes=0)
        self.with_lane = create_app(engine, release.folder, self._settings)
        self.routes = create_app(engine, release.folder, self._settings)
        # What the lane stands before is the application without it.
        assert isinstance(self.routes.wsgi_app, Lane)
        self.routes.wsgi_app = self.routes.wsgi_app._app  # noqa: SLF001

    def agree_on(self, environ: dict[str, Any]) -> bool:
        made = ask(self.routes, environ)
        # The first answer of its kind comes by the route, the next by the lane.
        return all(ask(self.with_lane, environ) == made for _ in range(2))


@pytest.fixture(scope="module")
def engine(release: Release) -> Iterator[Engine]:
    with Engine(release.folder / QUADS, Settings()) as engine:
        yield engine


@pytest.fixture(scope="module")
def pair(engine: Engine, release: Release) -> Pair:
    return Pair(engine, release)


def asking(text: str, accept: str | None = None, coding: str | None = None, **headers: str) -> dict[str, Any]:
    given = {"ACCEPT": accept, "ACCEPT_ENCODING": coding, **headers}
    return request("/sparql", f"query={quote(text)}", **{name: value for name, value in given.items() if value})


@pytest.mark.parametrize("accept", ACCEPTS)
@pytest.mark.parametrize("text", [SHORT, LONG, GRAPH])
def test_every_media_type_comes_by_the_lane_as_by_the_route(pair: Pair, text: str, accept: str | None) -> None:
    assert pair.agree_on(asking(text, accept))


@pytest.mark.parametrize("coding", CODINGS)
@pytest.mark.parametrize("text", [SHORT, LONG, GRAPH])
def test_every_coding_comes_by_the_lane_as_by_the_route(pair: Pair, text: str, coding: str | None) -> None:
    assert pair.agree_on(asking(text, coding=coding))


@pytest.mark.parametrize("text", [text for text in TEXTS if "NOW" not in text and "[]" not in text])
def test_answers_and_refusals_come_by_the_lane_as_by_the_route(pair: Pair, text: str) -> None:
    assert pair.agree_on(asking(text))
    assert pair.agree_on(asking(text, "application/json"))


@pytest.mark.parametrize("name", [question.name for question in questions()])
def test_every_named_query_is_answered_by_the_lane_as_by_the_route(pair: Pair, name: str) -> None:
    text = next(question.text for question in questions() if question.name == name)
    assert pair.agree_on(asking(text))


@pytest.mark.parametrize(
    "environ",
    [
        asking(SHORT, IF_NONE_MATCH="*"),
        asking(SHORT, IF_MODIFIED_SINCE="Sat, 01 Jan 2050 00:00:00 GMT"),
        asking(SHORT, HOST="no host"),
        asking(SHORT, HOST="example.org:81"),
        asking(SHORT, ORIGIN="https://example.org"),
        asking(SHORT, RANGE="bytes=0-1"),
        asking(SHORT) | {"REQUEST_METHOD": "HEAD"},
        asking(SHORT) | {"REQUEST_METHOD": "DELETE"},
        asking(SHORT) | {"SCRIPT_NAME": "/below"},
        asking(SHORT) | {"wsgi.url_scheme": "https"},
        request("/sparql", "query=ASK+%7B%7D"),
        request("/sparql", "query=ASK%20%7b%7d"),
        request("/sparql", "query=ASK {}"),
        request("/sparql", "query=ASK%20%7B%7D&"),
        request("/sparql", "query=ASK%20%7B%7D&query=ASK%20%7B%7D"),
        request("/sparql", "query=%FF"),
        request("/sparql", "query=%"),
        request("/sparql", "query=%zz"),
        request("/sparql", "query=SELECT ('a=b' AS ?c) {}"),
        request("/sparql", "query=SELECT ('\u00c4\u0081' AS ?c) {}"),
        request("/sparql", "query="),
        request("/sparql", "query"),
        request("/sparql", "queries=1"),
        request("/sparql", "&query=ASK%7B%7D"),
        request("/sparql/", "query=ASK%7B%7D"),
        request("/sparql//", "query=ASK%7B%7D"),
    ],
    ids=lambda environ: str(sorted(environ.items()))[:200],
)
def test_what_is_out_of_the_ordinary_is_answered_as_by_the_route(pair: Pair, environ: dict[str, Any]) -> None:
    assert pair.agree_on(environ)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text("qury=ASK {}%+&;2BDFé\n0", max_size=20), st.sampled_from(ACCEPTS), st.sampled_from(CODINGS))
def test_no_query_string_parts_the_lane_from_the_route(
    pair: Pair, tail: str, accept: str | None, coding: str | None
) -> None:
    environ = asking("", accept, coding) | {"QUERY_STRING": f"query=ASK%20{tail}".encode().decode("latin-1")}
    assert pair.agree_on(environ)


@given(st.text(), st.booleans())
def test_a_value_is_read_as_the_library_reads_it(text: str, plus: bool) -> None:  # noqa: FBT001
    encoded = (quote_plus if plus else quote)(text, errors="surrogatepass")
    assert unquoted(encoded) == unquote_to_bytes(encoded.replace("+", " "))


@given(st.text("%=+Aa0g_.~ \t", max_size=12))
def test_a_value_that_the_lane_reads_it_reads_as_the_library_does(encoded: str) -> None:
    try:
        found = unquoted(encoded)
    except ValueError:
        return
    assert found == unquote_to_bytes(encoded.replace("+", " "))


def test_a_query_is_run_once_even_where_the_route_tells_the_answer(
    engine: Engine, release: Release, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    answer = Engine.answer

    def counted(self: Engine, query: str, **more: str) -> Answer:
        asked.append(query)
        return answer(self, query, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(Engine, "answer", counted)
    app = create_app(engine, release.folder, Settings())
    for text in (SHORT, "SELECT nonsense"):
        ask(app, asking(text))
    assert asked == [SHORT, "SELECT nonsense"]


def test_a_plain_query_does_not_come_to_flask_twice(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    came: list[Flask] = []
    monkeypatch.setattr(pair.with_lane, "before_request_funcs", {None: [lambda: came.append(pair.with_lane)]})
    environ = asking(SHORT, HOST="flask.example.org")
    answers = {repr(ask(pair.with_lane, environ)) for _ in range(5)}
    assert (len(answers), len(came)) == (1, 1)


def test_the_lane_counts_against_the_rate(engine: Engine, release: Release) -> None:
    app = create_app(engine, release.folder, Settings(rate=3, cache_mebibytes=0))
    assert [ask(app, asking(SHORT)).status[:3] for _ in range(4)] == ["200", "200", "200", "429"]


def test_many_threads_get_each_the_answer_to_their_query(pair: Pair) -> None:
    wrong: list[int] = []

    def go(number: int) -> None:
        for turn in range(20):
            text = f"SELECT ({number * 100 + turn} AS ?made_up) {{}}"
            if str(number * 100 + turn).encode() not in ask(pair.with_lane, asking(text)).body:
                wrong.append(number)

    threads = [threading.Thread(target=go, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong
