"""What stands before the routes: the cache gives what was made, and the endpoint the same in its shorter way."""

import random
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import quote, quote_plus, unquote_to_bytes
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from werkzeug.test import EnvironBuilder, run_wsgi_app

from twingraph.query.engine import Engine
from twingraph.query.questions import questions
from twingraph.release.folder import Release
from twingraph.settings import Settings
from twingraph.web.app import create_app
from twingraph.web.endpoint import unquote
from twingraph.web.front import Cache

MEBIBYTE = 1 << 20
PUBLIC = ("Cache-Control", "public, max-age=60")
OLD = "Sat, 01 Jan 2050 00:00:00 GMT"


class MadeUp:
    """An application that counts how often it was asked, and answers with its arguments and that number."""

    def __init__(self, status: str = "200 OK", *headers: tuple[str, str], body: bytes = b"made up") -> None:
        self.asked, self.status, self.headers, self.body = 0, status, headers or (PUBLIC,), body

    def __call__(self, _: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        self.asked += 1
        start_response(self.status, [*self.headers, ("Content-Length", str(len(self.body)))])
        return iter([self.body])


def ask(app: WSGIApplication, path: str = "/", method: str = "GET", base_url: str = "", **headers: str) -> Any:  # noqa: ANN401
    """Give the status, headers and body of an answer, whole; headers are named with underscores."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    environ = EnvironBuilder(path, base_url or None, method=method, headers=named).get_environ()
    body, status, given = run_wsgi_app(app, environ, buffered=True)
    return status, sorted(given), b"".join(body)


QUERY = f"/sparql?query={quote('SELECT * { ?agreement a tg:Agreement }')}"


@pytest.mark.parametrize(
    "asked",
    [
        *({"path": path} for path in (f"{QUERY}&format=csv", "/sparql", "/sparql?query=SELECT", "/", "/nowhere")),
        *(
            {"path": QUERY} | more
            for more in ({}, {"method": "HEAD"}, {"method": "OPTIONS"}, {"Accept_Encoding": "zstd"})
        ),
        *({"path": QUERY} | more for more in ({"If_None_Match": "*"}, {"If_Modified_Since": OLD}, {"Host": "no host"})),
        *({"path": QUERY, "Accept": media} for media in ("*/*", "text/csv", "text/html")),
        *({"path": "/ns", "Accept": "text/html"}, {"path": "/id/place/alcamo", "Accept": "text/turtle"}),
    ],
)
def test_an_answer_given_again_equals_one_made_anew(engine: Engine, release: Release, asked: dict[str, str]) -> None:
    with_cache, without = (
        create_app(engine, release.folder, Settings(cache_mebibytes=size)).wsgi_app for size in (8, 0)
    )
    made = ask(without, **asked)
    assert [ask(with_cache, **asked) for _ in range(3)] == [made] * 3


def test_what_is_asked_a_second_time_is_kept_and_queries_that_never_repeat_drive_nothing_out() -> None:
    app = MadeUp(body=bytes(10_000))
    cache = Cache(app, 1)
    for _ in range(3):
        ask(cache, "/?kept")
    assert app.asked == 2
    for number in range(1000):
        ask(cache, f"/?{number}")
    ask(cache, "/?kept")
    assert app.asked == 1002


@pytest.mark.parametrize(
    "other",
    [
        *({"path": "/other"}, {"path": "/?a=b"}, {"method": "HEAD"}, {"Host": "example.org"}),
        *({"base_url": "https://localhost/"}, {"base_url": "http://localhost/below"}),
        *({"Accept": "text/csv"}, {"Accept_Encoding": "gzip"}, {"Accept_Language": "lv"}),
    ],
)
def test_another_request_gets_an_answer_of_its_own(other: dict[str, str]) -> None:
    app = MadeUp()
    cache = Cache(app, 1)
    for asked in ({}, other) * 3:
        ask(cache, **asked)
    assert app.asked == 4


@pytest.mark.parametrize(
    ("asked", "app"),
    [
        # What is no plain read
        *(({"method": each}, MadeUp()) for each in ("POST", "OPTIONS")),
        *(({"Range": "bytes=0-1"}, MadeUp()), ({"Authorization": "Basic x"}, MadeUp())),
        *(({"If_None_Match": '"0"'}, MadeUp()), ({"If_Modified_Since": OLD}, MadeUp())),
        # What may not be kept
        *(({}, MadeUp(status)) for status in ("500 Internal Server Error", "404 Not Found", "206 Partial Content")),
        ({}, MadeUp("200 OK", ("Cache-Control", "no-store"))),
        ({}, MadeUp("200 OK", ("Content-Type", "text/plain"))),
        *(({}, MadeUp("200 OK", PUBLIC, ("Vary", name))) for name in ("Cookie", "*")),
        ({}, MadeUp(body=bytes(MEBIBYTE // 8))),
    ],
)
def test_all_else_is_made_every_time(asked: dict[str, str], app: MadeUp) -> None:
    cache = Cache(app, 1)
    bodies = {ask(cache, **asked)[2] for _ in range(3)}
    assert (app.asked, bodies) == (3, {app.body})


@pytest.mark.parametrize(("query", "body"), [("", bytes(60_000)), ("x" * 60_000, b"")])
def test_the_room_is_never_exceeded_and_what_was_not_asked_for_goes_first(query: str, body: bytes) -> None:
    app = MadeUp(body=body)
    cache = Cache(app, 1)
    for number in range(100):
        for name in (number, number, 0):
            ask(cache, f"/?{name}{query}")
        assert cache._entries.currsize <= MEBIBYTE  # noqa: SLF001 - a test looks behind the curtain
    assert app.asked == 200


def test_many_threads_get_each_the_answer_to_their_question() -> None:
    def app(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        body = environ["QUERY_STRING"].encode() * 5000
        start_response("200 OK", [PUBLIC, ("Content-Length", str(len(body)))])
        return [body]

    cache = Cache(app, 1)

    def is_right(number: int) -> bool:
        query = str(random.Random(number).randrange(50))
        return ask(cache, f"/?{query}")[2] == query.encode() * 5000

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(is_right, range(2000)))


# The endpoint

QUERIES = [
    "ASK {}",
    "SELECT * { ?s schema:name ?name } ORDER BY ?s ?name LIMIT 50",
    "CONSTRUCT { ?s schema:name ?o } { ?s a tg:Agreement ; schema:name ?o }",
    "SELECT (1 AS ?ē) {}",
    "SELECT nonsense",
    "",
    *(question.text for question in questions()),
]
ACCEPTS = [
    *(None, "", "*/*", "text/csv", "application/n-triples", "application/sparql-results+xml", "image/png"),
    *("text/tab-separated-values;q=0.5, text/turtle", "application/rdf+xml, application/json;q=0.1"),
    "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
]
CODINGS = [None, "gzip", "zstd, gzip;q=0.5", "identity", "identity;q=0", "*;q=0", "br"]


@pytest.fixture(scope="module")
def fresh(engine: Engine, release: Release) -> FlaskClient:
    """A client of the same application, which makes every answer anew."""
    return create_app(engine, release.folder, Settings(cache_mebibytes=0)).test_client()


def agree(client: FlaskClient, query_string: str, accept: str | None = None, coding: str | None = None) -> bool:
    """Tell whether an answer is the same with a condition that does not hold, which no plain answer has."""
    accepted = {"Accept": accept, "Accept-Encoding": coding}
    headers = {name: value for name, value in accepted.items() if value is not None}
    plain = client.get("/sparql", query_string=query_string, headers=headers)
    other = client.get("/sparql", query_string=query_string, headers=headers | {"If-None-Match": '"other"'})
    other.headers.remove("Date")
    return (plain.status, sorted(plain.headers), plain.data) == (other.status, sorted(other.headers), other.data)


@pytest.mark.parametrize("query", QUERIES)
@pytest.mark.parametrize("more", ["", "&format=csv"])
def test_a_plain_answer_is_the_same_as_one_under_a_condition(fresh: FlaskClient, query: str, more: str) -> None:
    assert agree(fresh, f"query={quote(query)}{more}")


@pytest.mark.parametrize("query", QUERIES[:3])
@pytest.mark.parametrize("accept", ACCEPTS)
@pytest.mark.parametrize("coding", CODINGS)
def test_it_is_so_in_every_media_type_and_coding(
    fresh: FlaskClient, query: str, accept: str | None, coding: str | None
) -> None:
    assert agree(fresh, f"query={quote(query)}", accept, coding)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text("qury=ASK {}%+&;2BDFé\n0", max_size=20), st.sampled_from(ACCEPTS), st.sampled_from(CODINGS))
def test_it_is_so_whatever_the_address(fresh: FlaskClient, tail: str, accept: str | None, coding: str | None) -> None:
    assert agree(fresh, f"query=ASK%20{tail}".encode().decode("latin-1"), accept, coding)


@given(st.text(), st.booleans())
def test_a_value_is_read_as_it_was_written(text: str, plus: bool) -> None:  # noqa: FBT001
    encoded = (quote_plus if plus else quote)(text, errors="surrogatepass")
    assert unquote(encoded.encode()) == text.encode("utf-8", "surrogatepass")


@given(st.text("%=+Aa0g_.~ \t\n", max_size=12))
def test_a_value_is_read_as_the_library_reads_it(encoded: str) -> None:
    assert unquote(encoded.encode()) == unquote_to_bytes(encoded.replace("+", " "))
