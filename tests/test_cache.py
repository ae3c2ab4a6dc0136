"""The cache of answers: what it gives is what was made, it gives nothing else, and it stays within its room."""

from __future__ import annotations

import io
import random
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import quote

import pytest

from twingraph.query.engine import Engine
from twingraph.settings import QUADS, Settings
from twingraph.web.app import create_app
from twingraph.web.cache import Cache

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

    from flask import Flask

    from twingraph.release.build import Release

MEBIBYTE = 1 << 20
PUBLIC = ("Cache-Control", "public, max-age=60")
JSON = "application/sparql-results+json"


class Given(NamedTuple):
    """An answer, whole."""

    status: str
    headers: list[tuple[str, str]]
    body: bytes


class MadeUp:
    """An application that counts how often it was asked, and answers with its arguments and that number."""

    def __init__(self, status: str = "200 OK", *headers: tuple[str, str], body: bytes = b"made up") -> None:
        self.asked, self.status, self.headers, self.body = 0, status, headers or (PUBLIC,), body

    def __call__(self, _: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        self.asked += 1
        start_response(self.status, [*self.headers, ("Content-Length", str(len(self.body)))])
        return iter([self.body])


def request(path: str = "/", query: str = "", method: str = "GET", **headers: str) -> dict[str, Any]:
    """Give a request as a WSGI server does; headers are named in capitals."""
    return {
        "REQUEST_METHOD": method,
        "SCRIPT_NAME": "",
        "PATH_INFO": path,
        "QUERY_STRING": query,
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "192.0.2.1",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
        "HTTP_HOST": "localhost",
        **{f"HTTP_{name}": value for name, value in headers.items()},
    }


def ask(app: WSGIApplication, environ: dict[str, Any]) -> Given:
    """Send a request; headers in the order of their names."""
    told: list[tuple[str, list[tuple[str, str]]]] = []

    def start(status: str, headers: list[tuple[str, str]], *_: object) -> Callable[[bytes], object]:
        told.append((status, headers))
        return told.append  # type: ignore[return-value]

    answer = app(dict(environ), start)
    body = b"".join(answer)
    getattr(answer, "close", bool)()
    status, headers = told[-1]
    return Given(status, sorted(headers), body)


def cached(app: WSGIApplication, long: float = 60) -> Cache:
    return Cache(app, 1, long, lambda _: True, lambda *_: None)


@pytest.fixture(scope="module")
def engine(release: Release) -> Iterator[Engine]:
    with Engine(release.folder / QUADS, Settings()) as engine:
        yield engine


@pytest.fixture(scope="module")
def apps(engine: Engine, release: Release) -> tuple[Flask, Flask]:
    """Applications that serve a release with a cache and without one."""
    with_cache = create_app(engine, release.folder, Settings(cache_mebibytes=8))
    return with_cache, create_app(engine, release.folder, Settings(cache_mebibytes=0))


QUERY = f"query={quote('SELECT * { ?agreement a tg:Agreement }')}"
TAG = '"0"'
REQUESTS = [
    request("/sparql", QUERY),
    request("/sparql", QUERY, ACCEPT="text/csv"),
    request("/sparql", QUERY, ACCEPT="text/html"),
    request("/sparql", QUERY, ACCEPT="image/png"),
    request("/sparql", QUERY, ACCEPT_ENCODING="gzip"),
    request("/sparql", QUERY, ACCEPT_ENCODING="zstd"),
    request("/sparql", QUERY, ACCEPT_LANGUAGE="lv"),
    request("/sparql", QUERY, IF_NONE_MATCH="*"),
    request("/sparql", QUERY, IF_NONE_MATCH=TAG),
    request("/sparql", QUERY, IF_MODIFIED_SINCE="Sat, 01 Jan 2050 00:00:00 GMT"),
    request("/sparql", QUERY, "HEAD"),
    request("/sparql", QUERY, "POST"),
    request("/sparql", QUERY, "OPTIONS"),
    request("/sparql", QUERY, ORIGIN="https://example.org"),
    request("/sparql", QUERY, HOST="no host"),
    request("/sparql", QUERY, HOST="example.org"),
    request("/sparql", f"{QUERY}&format=csv"),
    request("/sparql/", QUERY),
    request("/sparql", ""),
    request("/sparql", "", ACCEPT="text/html"),
    request("/sparql", "query=SELECT"),
    request("/sparql", "query=%FF"),
    request("/"),
    request("/ns"),
    request("/ns", ACCEPT="text/html"),
    request("/doc/place/alcamo"),
    request("/id/place/alcamo", ACCEPT="text/turtle"),
    request("/nowhere"),
    request("/version"),
]


@pytest.mark.parametrize("environ", REQUESTS, ids=lambda environ: str(sorted(environ.items()))[:200])
def test_an_answer_given_again_equals_the_one_made_anew(apps: tuple[Flask, Flask], environ: dict[str, Any]) -> None:
    with_cache, without = apps
    made = ask(without, environ)
    assert [ask(with_cache, environ) for _ in range(3)] == [made] * 3


def test_what_is_asked_a_second_time_is_kept_from_then_on() -> None:
    app = MadeUp()
    cache = cached(app)
    sizes = []
    for _ in range(4):
        ask(cache, request())
        sizes.append(bool(cache.size))
    assert (app.asked, sizes) == (2, [False, True, True, True])


def test_what_took_long_is_kept_at_once() -> None:
    made = MadeUp()

    def slow(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        time.sleep(0.03)
        return made(environ, start_response)

    cache = cached(slow, long=0.01)
    for _ in range(2):
        ask(cache, request())
    assert made.asked == 1


def test_queries_that_never_repeat_drive_nothing_out() -> None:
    app = MadeUp(body=bytes(10_000))
    cache = cached(app)
    kept = request(query="kept")
    for _ in range(2):
        ask(cache, kept)
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
        request(IF_NONE_MATCH=TAG),
        request(IF_MODIFIED_SINCE="Sat, 01 Jan 2050 00:00:00 GMT"),
    ],
)
def test_another_request_gets_an_answer_of_its_own(other: dict[str, Any]) -> None:
    app = MadeUp()
    cache = cached(app)
    for environ in (request(), other) * 3:
        ask(cache, environ)
    assert app.asked == 4


@pytest.mark.parametrize(
    "environ",
    [request(method="POST"), request(method="OPTIONS"), request(RANGE="bytes=0-1"), request(AUTHORIZATION="Basic x")],
)
def test_what_is_no_plain_read_is_made_every_time(environ: dict[str, Any]) -> None:
    app = MadeUp()
    cache = cached(app)
    for _ in range(3):
        ask(cache, environ)
    assert (app.asked, cache.size) == (3, 0)


@pytest.mark.parametrize(
    "app",
    [
        MadeUp("500 Internal Server Error"),
        MadeUp("404 Not Found"),
        MadeUp("503 Service Unavailable"),
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
    cache = cached(app)
    answers = [ask(cache, request()) for _ in range(3)]
    assert (app.asked, cache.size, answers[0].body) == (3, 0, app.body)


def test_how_the_server_is_now_is_told_anew_every_time(apps: tuple[Flask, Flask]) -> None:
    assert ("Cache-Control", "no-store") in ask(apps[0], request("/health")).headers


def test_a_query_whose_answer_changes_is_run_every_time(apps: tuple[Flask, Flask]) -> None:
    asked = request("/sparql", f"query={quote('SELECT (STRUUID() AS ?made_up) {}')}")
    assert ask(apps[0], asked).body != ask(apps[0], asked).body


def test_the_room_is_never_exceeded_and_what_was_not_asked_for_goes_first() -> None:
    app = MadeUp(body=bytes(60_000))
    cache = cached(app)
    for number in range(100):
        for query in (str(number), str(number), "0"):
            ask(cache, request(query=query))
        assert cache.size <= MEBIBYTE
    assert app.asked == 200


def test_a_long_address_counts_too() -> None:
    cache = cached(MadeUp(body=b""))
    for number in range(200):
        ask(cache, request(query=f"{number // 2}{'x' * 60_000}"))
    assert MEBIBYTE // 2 < cache.size <= MEBIBYTE


def test_many_threads_get_each_the_answer_to_their_question() -> None:
    def app(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        body = environ["QUERY_STRING"].encode() * 5000
        start_response("200 OK", [PUBLIC, ("Content-Length", str(len(body)))])
        return [body]

    cache = cached(app)

    def is_right(number: int) -> bool:
        query = str(random.Random(number).randrange(50))
        return ask(cache, request(query=query)).body == query.encode() * 5000

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(is_right, range(2000)))
    assert cache.size <= MEBIBYTE


def test_answers_from_the_cache_count_against_the_rate(engine: Engine, release: Release) -> None:
    app = create_app(engine, release.folder, Settings(rate=3))
    asked = request("/sparql", QUERY)
    assert [ask(app, asked).status[:3] for _ in range(4)] == ["200", "200", "200", "429"]
