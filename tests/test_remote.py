"""An engine elsewhere: the same answers, nothing passed on that is not whole, and a release put there."""

from __future__ import annotations

import contextlib
import json
import re
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from typing import TYPE_CHECKING, Self, cast
from urllib.parse import parse_qs, quote

import pytest
from click.testing import CliRunner
from pyoxigraph import QueryResultsFormat, QuerySolutions, QueryTriples, RdfFormat, Store, parse
from rdflib import Literal, URIRef
from rdflib.namespace import XSD

import engines
from asking import rows
from engines import PASSWORD, free_port, oxigraph, virtuoso
from processes import Listener, descendants, eventually, is_running
from serving import Server, running, started
from twingraph.cli import main
from twingraph.errors import (
    AnswerTooLarge,
    BadQuery,
    Busy,
    EngineFailed,
    HungUp,
    NotAcceptable,
    NotPublished,
    QueryError,
    TimeLimit,
)
from twingraph.query import wording
from twingraph.query.engine import GRAPHS, RESULTS, Engine
from twingraph.query.exchange import Address, Exchanger, Request, Watch
from twingraph.query.publication import publish, target
from twingraph.query.questions import question, questions, term
from twingraph.query.remote import RemoteEngine
from twingraph.settings import QUADS, VOID, Settings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from twingraph.release.build import Release

JSON, XML, CSV, TSV = RESULTS
SETTINGS = Settings(seconds=30, cpu_seconds=30)
SHORT = Settings(seconds=0.6, answer_mebibytes=1)
ALCAMO = URIRef("https://w3id.org/twingraph/id/place/alcamo")
QUOTE = "https://w3id.org/twingraph/id/quote/jelgava-lv-2017-alcamo-agreement"
NAMED = [each.name for each in questions()]
OTHERS = {
    ("agreement-with-jelgava", "place"): "place:nacka",
    ("agreements-between-two-years", "from"): "1957",
    ("agreements-between-two-years", "to"): "2007",
    ("evidence-for-one-identity", "place"): "place:xinying",
    ("sentences-with-a-word", "word"): "Sporta",
    ("statements-of-one-agreement", "agreement"): "agreement:jelgava-como-2016",
    ("words-for-one-area", "area"): "area:culture",
}
"""Values for parameters; those named `place` for which there is none are asked of Šiauliai."""


@pytest.fixture(scope="module")
def quads(release: Release) -> Path:
    return release.folder / QUADS


@pytest.fixture(scope="module")
def local(quads: Path) -> Iterator[Engine]:
    with Engine(quads, SETTINGS, quads.with_name(VOID)) as engine:
        yield engine


@pytest.fixture(scope="module")
def an_oxigraph(quads: Path) -> Iterator[Address]:
    """Oxigraph's server as it comes, with the release."""
    with oxigraph() as url:
        address = Address.read(url)
        publish(quads, target(address, None), SETTINGS, described=quads.with_name(VOID))
        yield address


@pytest.fixture(scope="module")
def a_union(quads: Path) -> Iterator[Address]:
    """Oxigraph's server with a default graph that is the union of the others."""
    with oxigraph("--union-default-graph") as url:
        address = Address.read(url)
        publish(quads, target(address, None), SETTINGS, described=quads.with_name(VOID))
        yield address


@pytest.fixture(scope="module")
def a_virtuoso(quads: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Address]:
    """Virtuoso, with the release, put there with the name and password of a new database."""
    with virtuoso(tmp_path_factory.mktemp("virtuoso")) as url:
        address = Address.read(url, "dba", PASSWORD)
        publish(quads, target(address, None), SETTINGS, described=quads.with_name(VOID))
        yield Address.read(url)


@pytest.fixture(scope="module", params=["an_oxigraph", "a_union", "a_virtuoso"])
def remote(request: pytest.FixtureRequest) -> Iterator[RemoteEngine]:
    with RemoteEngine(request.getfixturevalue(request.param), SETTINGS) as engine:
        yield engine


def triples_of(body: bytes, media_type: str = "text/turtle") -> set[str]:
    return {str(quad.triple) for quad in parse(body, RdfFormat.from_media_type(media_type))}


def test_what_is_left_out_is_said_in_a_line_and_fails_where_nothing_may_be(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engines, "LEFT_OUT", set())
    monkeypatch.setenv("CI", "")
    with pytest.raises(pytest.skip.Exception):
        engines.program("made-up", "no package")
    assert {"Left out: all tests with made-up, which is not installed (no package)."} == engines.LEFT_OUT
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match="made-up"):
        engines.program("made-up", "no package")


# The same answers


@pytest.mark.parametrize("name", NAMED)
def test_every_named_query_is_answered_byte_for_byte_as_here(local: Engine, remote: RemoteEngine, name: str) -> None:
    ours, theirs = local.answer(question(name).text), remote.answer(question(name).text)

    assert (theirs.kind, theirs.media_type) == (ours.kind, ours.media_type)
    if ours.kind == "triples":
        assert triples_of(theirs.body) == triples_of(ours.body)
    else:
        assert theirs.body == ours.body


@pytest.mark.parametrize(("name", "parameter"), [(each.name, p.name) for each in questions() for p in each.parameters])
def test_a_named_query_asked_of_something_else_is_answered_as_here(
    local: Engine, remote: RemoteEngine, name: str, parameter: str
) -> None:
    values = {parameter: term(OTHERS.get((name, parameter), "place:siauliai"))}
    ours, theirs = (engine.answer(question(name).text, values=values) for engine in (local, remote))

    assert ours.body != local.answer(question(name).text).body
    assert theirs.body == ours.body if ours.kind != "triples" else triples_of(theirs.body) == triples_of(ours.body)


@pytest.mark.parametrize("media_type", RESULTS)
@pytest.mark.parametrize(
    "query", ["SELECT ?n { place:alcamo schema:name ?n } ORDER BY LANG(?n)", "ASK {}", "ASK { tg:a tg:b tg:c }"]
)
def test_results_in_every_format_are_those_from_here(
    local: Engine, remote: RemoteEngine, query: str, media_type: str
) -> None:
    assert remote.answer(query, results=media_type) == local.answer(query, results=media_type)


@pytest.mark.parametrize("media_type", GRAPHS)
def test_a_graph_comes_in_every_format_with_its_languages_and_types(
    local: Engine, remote: RemoteEngine, media_type: str
) -> None:
    query = "CONSTRUCT { ?s ?p ?o } { VALUES ?s { place:alcamo agreement:jelgava-alcamo-2002 } ?s ?p ?o }"
    ours, theirs = local.answer(query, graphs=media_type), remote.answer(query, graphs=media_type)

    assert theirs.media_type == media_type
    assert triples_of(theirs.body, media_type) == triples_of(ours.body, media_type)


def test_the_dataset_that_the_protocol_names_is_the_whole_dataset(local: Engine, remote: RemoteEngine) -> None:
    inside, outside = (
        "SELECT ?s ?p ?o { ?s ?p ?o } ORDER BY ?s ?p STR(?o)",
        "SELECT ?g { GRAPH ?g { ?s tg:signed ?o } }",
    )
    for engine in (local, remote):
        one = engine.answer(inside, results=CSV, default_graphs=(QUOTE,)).body
        assert one.count(b"\r\n") > 3
        assert one == local.answer(inside, results=CSV, default_graphs=(QUOTE,)).body
        assert engine.answer(outside, results=CSV, named_graphs=(QUOTE,)).body == f"g\r\n{QUOTE}\r\n".encode()
        unknown = ("https://example.org/made-up",)
        assert engine.answer(inside, results=CSV, default_graphs=unknown).body == b"s,p,o\r\n"


@pytest.mark.parametrize(
    "value",
    [
        Literal('"} DROP ALL #'),
        Literal("a\\u0022 b\\"),
        Literal("line\nbreak\r\ttab 'quote' \N{ZERO WIDTH SPACE}ā"),
        Literal("1957", datatype=XSD.gYear),
        Literal(5),
        URIRef("https://example.org/made-up?a=%22&b='ā'"),
    ],
)
def test_a_value_arrives_as_it_is_whatever_is_in_it(
    local: Engine, remote: RemoteEngine, value: URIRef | Literal
) -> None:
    ours, theirs = (engine.answer("SELECT ?x {}", values={"x": value}) for engine in (local, remote))

    assert json.loads(theirs.body)["results"]["bindings"][0]["x"]["value"] == str(value)
    assert theirs.body == ours.body


def test_prefixes_and_base_need_not_be_declared_and_can_be(remote: RemoteEngine) -> None:
    query = "SELECT ?a ?b { BIND(place:alcamo AS ?a) BIND(<id/place/alcamo> AS ?b) }"
    made_up = "https://example.org/made-up/"
    assert rows(remote, query) == [{"a": str(ALCAMO), "b": str(ALCAMO)}]
    ours = f"# made up\nBASE <{made_up}> PREFIX place: <{made_up}>"
    assert rows(remote, f"{ours} {query}") == [{"a": f"{made_up}alcamo", "b": f"{made_up}id/place/alcamo"}]


# What differs, and can not be helped


def test_a_union_counts_a_statement_once_for_each_quote_that_says_it(
    local: Engine, a_union: Address, a_virtuoso: Address
) -> None:
    count = "SELECT (COUNT(*) AS ?n) { ?area skos:altLabel ?words }"
    for address in (a_union, a_virtuoso):
        with RemoteEngine(address, SETTINGS) as engine:
            assert int(rows(engine, count)[0]["n"]) > int(rows(local, count)[0]["n"])
            distinct = "SELECT (COUNT(*) AS ?n) { SELECT DISTINCT ?area ?words { ?area skos:altLabel ?words } }"
            assert rows(engine, distinct) == rows(local, count)


@pytest.mark.parametrize(
    ("query", "ours", "theirs"),
    [
        # Whole numbers are divided as whole numbers: write 1.0 * ?a / ?b.
        ("SELECT (7 / 2 AS ?x) {}", "3.5", "3"),
        # Truths that are computed are numbers: VALUES ?x { true false } FILTER(?x = EXISTS { … }).
        ("SELECT ?x { BIND(EXISTS { ?s ?p ?o } AS ?x) }", "true", "1"),
    ],
)
def test_virtuoso_has_values_of_its_own_and_named_queries_do_without_them(
    local: Engine, a_virtuoso: Address, query: str, ours: str, theirs: str
) -> None:
    with RemoteEngine(a_virtuoso, SETTINGS) as engine:
        assert (rows(local, query), rows(engine, query)) == ([{"x": ours}], [{"x": theirs}])


def test_virtuoso_shows_graphs_of_its_own_beside_ours(local: Engine, a_virtuoso: Address) -> None:
    # With DISTINCT in the place of GROUP BY it does not end in minutes.
    query = "SELECT ?g (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } } GROUP BY ?g"
    with RemoteEngine(a_virtuoso, SETTINGS) as engine:
        ours, theirs = ({row["g"] for row in rows(each, query)} for each in (local, engine))
    assert ours < theirs
    assert not [name for name in theirs - ours if name.startswith("https://w3id.org/twingraph/")]


# What is refused before anything is sent


@pytest.fixture
def listener() -> Iterator[Listener]:
    listener = Listener()
    yield listener
    listener.close()


@pytest.mark.parametrize(
    ("query", "error"),
    [
        ("SELECT * { SERVICE SILENT <http://127.0.0.1/> {} }", BadQuery),
        ("DROP ALL", BadQuery),
        ("INSERT DATA { <a> <b> <c> }", BadQuery),
        ("DEFINE get:soft 'replace' SELECT * { ?s ?p ?o }", BadQuery),
        ("SELECT * { ?s ?p", BadQuery),
        ("SELECT * {" + "{" * 600 + "}" * 600 + "}", BadQuery),
        ("SELECT * { FILTER(<http://a/f>(1)) }", BadQuery),
        ("CONSTRUCT WHERE { ?s ?p ?o }", NotAcceptable),
    ],
)
def test_what_is_refused_here_is_refused_the_same_and_nothing_is_sent(
    local: Engine, listener: Listener, query: str, error: type[QueryError]
) -> None:
    with RemoteEngine(Address.read(listener.url), SHORT) as engine:
        with pytest.raises(error) as refused:
            engine.answer(query, graphs=None)
        with pytest.raises(error) as here:
            local.answer(query, graphs=None)
    assert str(refused.value) == str(here.value)
    assert not listener.was_called()


@pytest.mark.parametrize("value", ["https://example.org/> <made up", "https://example.org/\\u003E", "a\nb"])
def test_a_value_that_is_no_iri_is_refused(value: str, recwarn: pytest.WarningsRecorder) -> None:
    with pytest.raises(BadQuery, match="no IRI"):
        wording.complete("SELECT ?x {}", {"x": URIRef(value)})
    assert not recwarn


# Answers that are not whole


class Scripted:
    """A server on loopback that answers questions about formats rightly, and any other with given bytes.

    said: the bytes, or parts of them that come one after another, with a pause before each but the first.
    """

    def __init__(self, said: list[bytes], pause: float = 0.0, *, keep: bool = False) -> None:
        self._said, self._pause, self._keep = said, pause, keep
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._ended = threading.Event()
        self.connections = 0
        self.address = Address.read(f"http://127.0.0.1:{self._socket.getsockname()[1]}/sparql")
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._thread.join(10)

    def _serve(self) -> None:
        while not self._ended.is_set():
            try:
                peer = self._socket.accept()[0]
            except OSError:
                return
            self.connections += 1
            with peer, contextlib.suppress(OSError):
                peer.settimeout(10)
                while self._answer(peer):
                    pass

    def _answer(self, peer: socket.socket) -> bool:
        """Answer one request; tell whether the connection is kept."""
        asked = self._request(peer)
        if not asked:
            return False
        if "ā" in asked["query"][0]:
            peer.sendall(known(asked["query"][0], asked["accept"][0]))
            return True
        for number, part in enumerate(self._said):
            if number and self._ended.wait(self._pause):
                return False
            peer.sendall(part)
        return self._keep

    @staticmethod
    def _request(peer: socket.socket) -> dict[str, list[str]]:
        said = b""
        while b"\r\n\r\n" not in said:
            part = peer.recv(1 << 16)
            if not part:
                return {}
            said += part
        head, _, body = said.partition(b"\r\n\r\n")
        headers = dict(re.findall(r"(?m)^(\S+): (.*?)\r?$", head.decode().lower()))
        while len(body) < int(headers["content-length"]):
            body += peer.recv(1 << 16)
        return parse_qs(body.decode()) | {"accept": [headers["accept"]]}


def known(query: str, media_type: str) -> bytes:
    found = Store().query(query)
    if isinstance(found, QueryTriples):
        body = found.serialize(format=RdfFormat.from_media_type(media_type))
    else:
        body = cast("QuerySolutions", found).serialize(format=QueryResultsFormat.from_media_type(media_type))
    return http(body or b"", media_type)


def http(
    body: bytes, media_type: str = JSON, status: str = "200 OK", length: int | None = None, more: str = ""
) -> bytes:
    stated = len(body) if length is None else length
    return f"HTTP/1.1 {status}\r\nContent-Type: {media_type}\r\nContent-Length: {stated}\r\n{more}\r\n".encode() + body


def chunked(*chunks: bytes, end: bytes = b"0\r\n\r\n", media_type: str = JSON) -> bytes:
    head = f"HTTP/1.1 200 OK\r\nContent-Type: {media_type}\r\nTransfer-Encoding: chunked\r\n\r\n".encode()
    return head + b"".join(b"%x\r\n%s\r\n" % (len(chunk), chunk) for chunk in chunks) + end


ROWS = b'{"head":{"vars":["n"]},"results":{"bindings":[{"n":{"type":"literal","value":"1"}}]}}'
CANCELLED = b"The SPARQL operation has been cancelled"
OLD = b"HTTP/1.0 200 OK\r\nContent-Type: " + JSON.encode() + b"\r\n\r\n"
TEXT = "text/plain"
CUT = "only a part of the answer"
BROKE = "broke off in the middle"


@pytest.mark.parametrize(
    ("said", "error", "sentence"),
    [
        pytest.param(http(ROWS, length=len(ROWS) + 10), EngineFailed, BROKE, id="shorter-than-stated"),
        pytest.param(http(ROWS, length=len(ROWS) - 10), EngineFailed, CUT, id="longer-than-stated"),
        pytest.param(chunked(ROWS, end=b""), EngineFailed, BROKE, id="no-last-chunk"),
        pytest.param(chunked(end=b"40\r\n" + ROWS[:20]), EngineFailed, BROKE, id="broken-chunk"),
        pytest.param(chunked(ROWS, end=b"zz\r\n"), EngineFailed, BROKE, id="chunk-without-length"),
        pytest.param(chunked(ROWS[:-3]), EngineFailed, CUT, id="json-cut"),
        pytest.param(chunked(ROWS[:-3], CANCELLED), EngineFailed, CUT, id="as-oxigraph"),
        pytest.param(chunked(ROWS, CANCELLED), EngineFailed, CUT, id="json-and-more"),
        pytest.param(chunked(b'{"head":{"vars":["n"]}}'), EngineFailed, CUT, id="no-results"),
        pytest.param(http(b""), EngineFailed, CUT, id="empty"),
        pytest.param(OLD + ROWS[:-1], EngineFailed, CUT, id="old-http-cut"),
        pytest.param(http(b'{"boolean":true}'), EngineFailed, CUT, id="a-truth-for-rows"),
        pytest.param(http(ROWS, "text/html"), EngineFailed, "no format", id="another-type"),
        pytest.param(http(ROWS, more="X-SQL-State: S1TAT\r\n"), EngineFailed, CUT, id="as-virtuoso-interrupted"),
        pytest.param(http(ROWS, more="X-SPARQL-MaxRows: 1\r\n"), EngineFailed, CUT, id="as-virtuoso-at-most"),
        pytest.param(http(ROWS, more="Content-Encoding: gzip\r\n"), EngineFailed, "packed", id="packed"),
        pytest.param(http(ROWS, more="Content-Length: 7\r\n"), EngineFailed, "length", id="two-lengths"),
        pytest.param(http(ROWS, length=-1), EngineFailed, "length", id="negative-length"),
        pytest.param(http(ROWS, status="206 Partial Content"), EngineFailed, "status 206", id="partial"),
        pytest.param(http(b"", status="302 No", more="Location: /\r\n"), EngineFailed, "302", id="led-on"),
        pytest.param(http(b"Oh no\nat line 7", TEXT, "500 No"), EngineFailed, r"status 500 \(Oh no\)\.", id="failed"),
        pytest.param(http(b"<p>Oh no", "text/html", "500 No"), EngineFailed, r"status 500\.", id="failed-in-html"),
        pytest.param(http(b"Not so", TEXT, "400 No"), BadQuery, r"refuses this one \(Not so\)", id="refused"),
        pytest.param(http(b"", status="504 No"), EngineFailed, "limit of its own", id="timed-out"),
        pytest.param(http(b"", status="503 No", more="Retry-After: 7\r\n"), Busy, "in 7 seconds", id="busy"),
        pytest.param(http(b"", status="429 No"), Busy, "try again", id="too-many"),
        pytest.param(b"made up\r\n\r\n", EngineFailed, "no HTTP", id="no-http"),
        pytest.param(b"", EngineFailed, "hung up", id="nothing"),
        pytest.param(http(b" " * (2 << 20)), AnswerTooLarge, "over 1 MiB", id="too-long"),
    ],
)  # fmt: skip
def test_an_answer_that_is_not_whole_is_never_passed_on(said: bytes, error: type[QueryError], sentence: str) -> None:
    with (
        Scripted([said]) as server,
        RemoteEngine(server.address, SHORT) as engine,
        pytest.raises(error, match=sentence),
    ):
        engine.answer("SELECT ?n { ?s ?p ?n }", results=CSV)


def test_an_answer_that_is_whole_is_passed_on(local: Engine) -> None:
    expected = local.answer('SELECT ("1" AS ?n) {}')
    for said in (http(ROWS), chunked(ROWS[:9], ROWS[9:]), http(ROWS, f"{JSON}; charset=utf-8"), OLD + ROWS):
        with Scripted([said]) as server, RemoteEngine(server.address, SHORT) as engine:
            assert engine.answer("SELECT ?n { ?s ?p ?n }") == expected


@pytest.mark.parametrize(
    ("body", "media_type"),
    [
        (b'[{"@id":"urn:a","urn:b":[{"@value":"c"}]}', "application/ld+json"),
        (b'[{"@id":"urn:a","urn:b":[{"@value":"c"}]}]' + CANCELLED, "application/ld+json"),
        (b"<urn:a> <urn:b> <urn:c> .\n", "application/n-triples"),
    ],
)
def test_a_graph_whose_end_is_not_to_be_seen_is_not_passed_on(body: bytes, media_type: str) -> None:
    with (
        Scripted([chunked(body, media_type=media_type)]) as server,
        RemoteEngine(server.address, SHORT) as engine,
        pytest.raises(EngineFailed),
    ):
        engine.answer("CONSTRUCT WHERE { ?s ?p ?o }")


@pytest.mark.parametrize("answer", [b'{"boolean":true', b'{"boolean":true}The', b"[]", b'{"head":{}}', b"[" * 100_000])
def test_a_truth_that_is_not_whole_is_not_passed_on(answer: bytes) -> None:
    with Scripted([http(answer)]) as server, RemoteEngine(server.address, SHORT) as engine, pytest.raises(EngineFailed):
        engine.answer("ASK { ?s ?p ?o }")


@pytest.mark.parametrize(
    "parts",
    [
        pytest.param([b"", http(ROWS)], id="silent"),
        pytest.param([bytes([byte]) for byte in http(ROWS)], id="a-byte-at-a-time"),
        pytest.param([http(ROWS)[:-20], *[b" "] * 100], id="slow-at-the-end"),
    ],
)
def test_a_slow_answer_ends_at_the_limit_however_it_comes(parts: list[bytes]) -> None:
    pause = 10 if len(parts) == 2 else 0.1
    with Scripted(parts, pause) as server, RemoteEngine(server.address, SHORT) as engine:
        begin = time.monotonic()
        with pytest.raises(TimeLimit, match=r"0\.6 seconds"):
            engine.answer("SELECT ?n { ?s ?p ?n }")
        assert time.monotonic() - begin < 0.6 + 2


def test_an_asker_who_hangs_up_is_not_waited_for() -> None:
    with Scripted([b"", b""], 10) as server, RemoteEngine(server.address, Settings(seconds=8)) as engine:
        begin = time.monotonic()
        with pytest.raises(HungUp):
            engine.answer("SELECT ?n { ?s ?p ?n }", gone=lambda: time.monotonic() - begin > 0.5)
        assert time.monotonic() - begin < 5


def test_nobody_there_is_told_in_a_sentence() -> None:
    refused = pytest.raises(EngineFailed, match=r"can not be reached \(Connection refused\)\.")
    with RemoteEngine(Address.read(f"http://127.0.0.1:{free_port()}/"), SHORT) as engine, refused:
        engine.answer("ASK {}")


def test_one_connection_serves_many_queries_and_a_closed_one_is_replaced_unnoticed() -> None:
    for keep in (True, False):
        with Scripted([http(ROWS)], keep=keep) as server, RemoteEngine(server.address, SHORT) as engine:
            for _ in range(5):
                assert rows(engine, "SELECT ?n { ?s ?p ?n }") == [{"n": "1"}]
            assert server.connections == (1 if keep else 5)


def test_a_query_that_oxigraph_cancels_is_an_error_and_not_half_an_answer(quads: Path) -> None:
    product = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . FILTER(STR(?c) = STR(?f)) }"
    with oxigraph("--timeout-s", "1") as url:
        publish(quads, target(Address.read(url), None), SETTINGS)
        # What it says itself has a status of 200 and ends properly.
        with urllib.request.urlopen(f"{url}?query={quote(product)}") as answer:
            assert (answer.status, answer.read()[-9:]) == (200, b"cancelled")
        with RemoteEngine(Address.read(url), SETTINGS) as engine:
            for media_type in (JSON, CSV):
                with pytest.raises(EngineFailed, match=CUT):
                    engine.answer(product, results=media_type)


def test_a_query_that_virtuoso_cuts_is_an_error_and_not_half_an_answer(tmp_path: Path) -> None:
    with virtuoso(tmp_path, "ResultSetMaxRows = 5") as url, RemoteEngine(Address.read(url), SETTINGS) as engine:
        assert len(rows(engine, "SELECT * { ?s ?p ?o } LIMIT 4")) == 4
        with pytest.raises(EngineFailed, match=CUT):
            engine.answer("SELECT * { ?s ?p ?o }")


# Putting a release there


def run(*words: str, **environment: str) -> tuple[int, str]:
    done = CliRunner().invoke(main, list(words), env=environment, catch_exceptions=False)
    return done.exit_code, done.stderr


def test_a_publication_that_was_interrupted_goes_on_where_it_ended(quads: Path, tmp_path: Path) -> None:
    lines = quads.read_bytes().splitlines(keepends=True)
    names = sorted({line.rsplit(b" ", 2)[1] for line in lines})
    (tmp_path / "first.nq").write_bytes(b"".join(line for line in lines if line.rsplit(b" ", 2)[1] < names[100]))
    with oxigraph() as url:
        there = target(Address.read(url), None)
        assert publish(tmp_path / "first.nq", there, SETTINGS).sent == 100

        told: list[str] = []
        rest = publish(quads, there, SETTINGS, told.append)
        again = publish(quads, there, SETTINGS)

        assert (rest.sent, rest.kept) == (len(names) - 100, 100)
        assert told[-1] == f"{len(names) - 100} of {len(names)} graphs sent, the others were there"
        assert (again.sent, again.kept) == (0, len(names))
        assert publish(quads, there, SETTINGS, everything=True).sent == len(names)


def test_graphs_of_an_older_release_are_removed_and_those_of_others_left(quads: Path, tmp_path: Path) -> None:
    older = tmp_path / "older.nq"
    theirs, ours = "https://example.org/made-up", "https://w3id.org/twingraph/id/quote/made-up"
    older.write_bytes(f"<urn:a> <urn:b> <urn:c> <{theirs}> .\n<urn:a> <urn:b> <urn:d> <{ours}> .\n".encode())
    with oxigraph() as url:
        there = target(Address.read(url), None)
        publish(older, there, SETTINGS)
        done = publish(quads, there, SETTINGS)
        assert (done.removed, done.others) == (1, [theirs])
        with RemoteEngine(there.engine, SETTINGS) as engine:
            assert rows(engine, "SELECT ?g { GRAPH ?g { <urn:a> ?p ?o } }") == [{"g": theirs}]
            assert rows(engine, "SELECT ?o { <urn:a> ?p ?o }") == []


def test_the_command_publishes_and_says_what_it_did(release: Release) -> None:
    with oxigraph() as url:
        code, told = run("publish", "--engine", url, "--release", str(release.folder))
    assert code == 0
    assert re.search(r"\d+ graphs sent, 0 left as they were, 0 removed; counted\.", told)


def test_virtuoso_wants_a_name_and_password_which_are_never_shown(release: Release, a_virtuoso: Address) -> None:
    command = ("publish", "--engine", a_virtuoso.url, "--release", str(release.folder))
    denied = run(*command)
    wrong = run(*command, TWINGRAPH_ENGINE_USER="dba", TWINGRAPH_ENGINE_PASSWORD="made-up-secret")
    in_url = a_virtuoso.url.replace("//", "//dba:made-up-secret@")
    also_wrong = run("publish", "--engine", in_url, "--release", str(release.folder))
    right = run(*command, TWINGRAPH_ENGINE_USER="dba", TWINGRAPH_ENGINE_PASSWORD=PASSWORD)

    assert [code for code, _ in (denied, wrong, also_wrong, right)] == [8, 8, 8, 0]
    assert "set TWINGRAPH_ENGINE_USER and TWINGRAPH_ENGINE_PASSWORD" in denied[1]
    assert not [told for _, told in (wrong, also_wrong) if "made-up-secret" in told]
    assert "0 graphs sent" in right[1]
    assert "made-up-secret" not in repr(Address.read(in_url))


@pytest.mark.parametrize(
    ("url", "code", "sentence"),
    [
        ("http://127.0.0.1:9/query", 7, "can not be reached"),
        ("http://127.0.0.1:9/other", 8, "its graph store is not known; name it with --store."),
        ("ftp://name:made-up-secret@127.0.0.1/query", 2, "'ftp://127.0.0.1/query' is no address of an engine"),
    ],
)
def test_what_can_not_be_published_is_told_in_one_sentence(
    release: Release, url: str, code: int, sentence: str
) -> None:
    found, told = run("publish", "--engine", url, "--release", str(release.folder))
    assert (found, told.count("\n")) == (code, 1)
    assert sentence in told


def test_counts_that_differ_at_the_end_are_an_error(tmp_path: Path) -> None:
    # The engine holds 1.0 and 1.00 as one number, so it can not hold this made-up graph.
    made_up = tmp_path / "made-up.nq"
    number = "<http://www.w3.org/2001/XMLSchema#decimal>"
    made_up.write_text("".join(f'<urn:a> <urn:b> "{n}"^^{number} <urn:g> .\n' for n in ("1.0", "1.00")), "ascii")
    with oxigraph() as url, pytest.raises(NotPublished, match="<urn:g> holds 1 triples, but 2 in the release"):
        publish(made_up, target(Address.read(url), None), SETTINGS)


@pytest.mark.parametrize("scheme", ["Basic", "Digest"])
def test_a_name_and_password_are_sent_only_to_who_asks_for_them(scheme: str) -> None:
    challenge = {"Basic": 'Basic realm="made up"', "Digest": 'Digest realm="made up", nonce="n", algorithm=SHA-256'}
    heard: list[str] = []
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            with listening.accept()[0] as peer:
                for more in (f"WWW-Authenticate: {challenge[scheme]}\r\n", ""):
                    heard.append(peer.recv(1 << 16).decode())
                    peer.sendall(http(b"", status="401 No" if more else "200 OK", more=more))

        thread = threading.Thread(target=serve)
        thread.start()
        address = Address.read(f"http://n%40me:p%3Aw@127.0.0.1:{listening.getsockname()[1]}/")
        with contextlib.closing(Exchanger(address, 1)) as exchanger:
            assert exchanger.exchange(Request("DELETE", "/", {}), Watch(5)).status == 200
        thread.join(5)
    assert "Authorization" not in heard[0]
    assert f"Authorization: {scheme} " in heard[1]
    assert "bkBtZTpwOnc=" in heard[1] if scheme == "Basic" else 'username="n@me"' in heard[1]


# Serving with an engine elsewhere, and more than one server


@contextlib.contextmanager
def serving(release: Release, engine: str) -> Iterator[Server]:
    port = free_port()
    words = ("serve", "--release", str(release.folder), "--port", str(port), "--engine", engine)
    with running([sys.executable, "-m", "twingraph", *words], port, stderr=subprocess.DEVNULL) as server:
        yield server


def test_a_server_with_an_engine_elsewhere_answers_as_one_with_its_own(
    release: Release, an_oxigraph: Address, local: Engine
) -> None:
    text = question("partners-with-dates").text
    with serving(release, an_oxigraph.url) as server:
        answer = server.query(text, Accept=CSV)
        assert (answer.status, answer.body) == (200, local.answer(text, results=CSV).body)
        assert server.query("SELECT * { ?s").status == 400
        assert server.query("SELECT * { SERVICE <http://127.0.0.1:9/> {} }").status == 400
        assert server.query(text, Accept="text/turtle").status == 406
        assert server.ask(f"/dumps/latest/{QUADS}").body == (release.folder / QUADS).read_bytes()
        left = descendants(server.process.pid)
        server.process.terminate()
        server.process.wait(10)
        assert eventually(lambda: not any(map(is_running, left)))


def test_an_engine_that_fails_is_a_502_in_a_sentence(release: Release, quads: Path) -> None:
    with contextlib.ExitStack() as open_engines:
        url = open_engines.enter_context(oxigraph())
        publish(quads, target(Address.read(url), None), SETTINGS)
        with serving(release, url) as server:
            assert server.query("ASK {}").status == 200
            open_engines.close()
            answer = server.query("ASK {}", Accept="text/plain, application/sparql-results+json")
            assert answer.status == 502
            assert "can not be reached" in answer.text


def test_an_engine_without_the_release_is_not_served(release: Release) -> None:
    with oxigraph() as url:
        code, told = run("serve", "--release", str(release.folder), "--engine", url)
    assert code == 8
    assert "publish the release there (twingraph publish)" in told


def test_two_servers_of_one_release_give_the_same_bytes_and_the_same_etags(release: Release) -> None:
    text = question("partners-with-dates").text
    paths = [f"/sparql?query={quote(text)}", "/sparql", f"/dumps/latest/{QUADS}", "/doc/place/alcamo.ttl", "/ns"]
    asked = [(path, accept) for path in paths for accept in (JSON, CSV, "text/turtle", "application/ld+json")]
    with started(release.folder) as one, started(release.folder) as other:
        for path, accept in asked:
            first, second = (
                server.ask(path, headers={"Accept": accept, "Host": "made-up.example"}) for server in (one, other)
            )
            assert (first.status, first.body) == (second.status, second.body)
            assert first.headers.get("etag") == second.headers.get("etag")
            assert first.headers.get("last-modified") == second.headers.get("last-modified")
        tagged = [server.ask(paths[0]).headers["etag"] for server in (one, other)]
    assert tagged[0] == tagged[1]
