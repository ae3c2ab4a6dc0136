"""The cache of answers: what it gives is what was made, it gives nothing else, and it stays within its room."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest

from twingraph.settings import Settings
from twingraph.web.app import create_app
from twingraph.web.cache import Cache
from wsgi import ask, request

if TYPE_CHECKING:
    from collections.abc import Iterable
    from wsgiref.types import StartResponse, WSGIEnvironment

    from flask import Flask

    from twingraph.query.engine import Engine
    from twingraph.release.build import Release

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


@pytest.fixture(scope="module")
def apps(engine: Engine, release: Release) -> tuple[Flask, Flask]:
    """Applications that serve a release with a cache and without one."""
    with_cache = create_app(engine, release.folder, Settings(cache_mebibytes=8))
    return with_cache, create_app(engine, release.folder, Settings(cache_mebibytes=0))


QUERY = f"query={quote('SELECT * { ?agreement a tg:Agreement }')}"
REQUESTS = [
    request("/sparql", QUERY),
    request("/sparql", QUERY, ACCEPT="text/csv"),
    request("/sparql", QUERY, ACCEPT="text/html"),
    request("/sparql", QUERY, ACCEPT_ENCODING="zstd"),
    request("/sparql", QUERY, IF_NONE_MATCH="*"),
    request("/sparql", QUERY, IF_MODIFIED_SINCE=OLD),
    request("/sparql", QUERY, "HEAD"),
    request("/sparql", QUERY, "OPTIONS"),
    request("/sparql", QUERY, HOST="no host"),
    request("/sparql", f"{QUERY}&format=csv"),
    request("/sparql"),
    request("/sparql", "query=SELECT"),
    request("/"),
    request("/ns", ACCEPT="text/html"),
    request("/id/place/alcamo", ACCEPT="text/turtle"),
    request("/nowhere"),
]


@pytest.mark.parametrize("environ", REQUESTS, ids=lambda environ: str(sorted(environ.items()))[:200])
def test_an_answer_given_again_equals_the_one_made_anew(apps: tuple[Flask, Flask], environ: dict[str, Any]) -> None:
    with_cache, without = apps
    made = ask(without, environ)
    assert [ask(with_cache, environ) for _ in range(3)] == [made] * 3


def test_what_is_asked_a_second_time_is_kept_and_queries_that_never_repeat_drive_nothing_out() -> None:
    app = MadeUp(body=bytes(10_000))
    cache = Cache(app, 1)
    kept = request(query="kept")
    for _ in range(3):
        ask(cache, kept)
    assert app.asked == 2
    for number in range(1000):
        ask(cache, request(query=str(number)))
    ask(cache, kept)
    assert app.asked == 1002


@pytest.mark.parametrize(
    "other",
    [
        request("/other"),
        request(query="a=b"),
        request(method="HEAD"),
        request(HOST="example.org"),
        request() | {"wsgi.url_scheme": "https"},
        request() | {"SCRIPT_NAME": "/below"},
        request(ACCEPT="text/csv"),
        request(ACCEPT_ENCODING="gzip"),
        request(ACCEPT_LANGUAGE="lv"),
    ],
)
def test_another_request_gets_an_answer_of_its_own(other: dict[str, Any]) -> None:
    app = MadeUp()
    cache = Cache(app, 1)
    for environ in (request(), other) * 3:
        ask(cache, environ)
    assert app.asked == 4


@pytest.mark.parametrize(
    "environ",
    [
        request(method="POST"),
        request(method="OPTIONS"),
        request(RANGE="bytes=0-1"),
        request(AUTHORIZATION="Basic x"),
        request(IF_NONE_MATCH='"0"'),
        request(IF_MODIFIED_SINCE=OLD),
    ],
)
def test_what_is_no_plain_read_is_made_every_time(environ: dict[str, Any]) -> None:
    app = MadeUp()
    cache = Cache(app, 1)
    for _ in range(3):
        ask(cache, environ)
    assert app.asked == 3


@pytest.mark.parametrize(
    "app",
    [
        MadeUp("500 Internal Server Error"),
        MadeUp("404 Not Found"),
        MadeUp("206 Partial Content"),
        MadeUp("200 OK", ("Cache-Control", "no-store")),
        MadeUp("200 OK", ("Content-Type", "text/plain")),
        MadeUp("200 OK", PUBLIC, ("Vary", "Cookie")),
        MadeUp("200 OK", PUBLIC, ("Vary", "*")),
        MadeUp("200 OK", PUBLIC, ("Set-Cookie", "a=b")),
        MadeUp(body=bytes(MEBIBYTE // 8)),
    ],
)
def test_what_may_not_be_kept_is_made_every_time(app: MadeUp) -> None:
    cache = Cache(app, 1)
    answers = [ask(cache, request()) for _ in range(3)]
    assert (app.asked, answers[0].body) == (3, app.body)


@pytest.mark.parametrize("query", ["SELECT (STRUUID() AS ?made_up) {}", "CONSTRUCT { [] a ?o } { ?s a ?o } LIMIT 1"])
def test_a_query_whose_answer_changes_is_run_every_time(apps: tuple[Flask, Flask], query: str) -> None:
    asked = request("/sparql", f"query={quote(query)}")
    assert len({ask(apps[0], asked).body for _ in range(3)}) == 3


@pytest.mark.parametrize(("query", "body"), [("", bytes(60_000)), ("x" * 60_000, b"")])
def test_the_room_is_never_exceeded_and_what_was_not_asked_for_goes_first(query: str, body: bytes) -> None:
    app = MadeUp(body=body)
    cache = Cache(app, 1)
    for number in range(100):
        for name in (str(number), str(number), "0"):
            ask(cache, request(query=f"{name}{query}"))
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
        return ask(cache, request(query=query)).body == query.encode() * 5000

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(is_right, range(2000)))
