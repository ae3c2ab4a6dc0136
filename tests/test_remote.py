"""An engine elsewhere: the same answers, nothing passed on that is not whole, and a release put there."""

import json
import os
import re
import subprocess
import sys
import threading
import time
import tomllib
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, closing, suppress
from itertools import takewhile
from pathlib import Path
from socketserver import StreamRequestHandler, ThreadingTCPServer
from typing import Any, Self
from urllib.parse import quote

import pytest
from click.testing import CliRunner
from pyoxigraph import RdfFormat, parse
from rdflib import Literal, URIRef
from rdflib.namespace import XSD

import engines
from asking import rows
from engines import PASSWORD, free_port, oxigraph, virtuoso
from serving import Listener, descendants, eventually, is_running, running
from test_engine import QUERIES
from test_questions import TRIED
from twingraph import errors
from twingraph.cli import main
from twingraph.errors import BadQuery, EngineFailed, NotPublished, TimeLimit, TwingraphError
from twingraph.query.engine import GRAPHS, RESULTS, Answer, Engine
from twingraph.query.questions import question, questions, term
from twingraph.query.remote import Address, Endpoint, admit, check_alike, complete, find_store, parse_answer, publish
from twingraph.release.folder import Release
from twingraph.settings import BASE, QUADS, Settings

JSON, XML, CSV, TSV = RESULTS
SETTINGS = Settings(seconds=30, cpu_seconds=30, connections=2)
SHORT = Settings(seconds=1.5, answer_mebibytes=1, connections=2)
QUOTE = "https://w3id.org/twingraph/id/quote/jelgava-lv-2017-alcamo-agreement"


def put(address: Address, *files: Path, everything: bool = False) -> tuple[int, int, int, list[str]]:
    return publish(files, address, find_store(address), lambda _: None, everything=everything)


@pytest.fixture(scope="module", params=["oxigraph", "union", "virtuoso"])
def address(
    request: pytest.FixtureRequest, release: Release, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Address]:
    """An engine with the release: Oxigraph's as it comes, as one whose default graph is the union, or Virtuoso's."""
    if request.param == "virtuoso":
        running, login = virtuoso(tmp_path_factory.mktemp("virtuoso")), ("dba", PASSWORD)
    else:
        running, login = oxigraph(*["--union-default-graph"][: request.param == "union"]), ("", "")
    with running as url:
        put(Address(url, *login), *release.graphs)
        yield Address(url, *login)


@pytest.fixture(scope="module")
def remote(address: Address) -> Iterator[Engine]:
    with Engine(address, SETTINGS) as engine:
        yield engine


def test_what_is_left_out_is_said_in_a_line_and_fails_where_nothing_may_be(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engines, "LEFT_OUT", set())
    for in_ci, outcome in (("", pytest.skip.Exception), ("true", pytest.fail.Exception)):
        monkeypatch.setenv("CI", in_ci)
        with pytest.raises(outcome, match="made-up"):
            engines.program("made-up", "no package")
    assert {"Left out: all tests with made-up, which is not installed (no package)."} == engines.LEFT_OUT


# The same answers


def same(ours: Answer, theirs: Answer) -> bool:
    """Tell whether two answers are the same, byte for byte, and of graphs triple for triple."""
    bodies = [each.body for each in (ours, theirs)]
    if ours.kind == "triples":
        form = RdfFormat.from_media_type(ours.media_type)
        bodies = [b"".join(sorted({str(quad.triple).encode() for quad in parse(body, form)})) for body in bodies]
    return (ours.kind, ours.media_type, bodies[0]) == (theirs.kind, theirs.media_type, bodies[1])


@pytest.mark.parametrize(
    ("name", "values"),
    [*((each.name, {}) for each in questions()), *((name, {parameter: given}) for name, parameter, given in TRIED)],
)
def test_every_named_query_is_answered_as_here(
    engine: Engine, remote: Engine, name: str, values: dict[str, str]
) -> None:
    query, terms = question(name).write("lv"), {name: term(given) for name, given in values.items()}
    assert same(*(each.answer(query, values=terms) for each in (engine, remote)))


@pytest.mark.parametrize(
    ("query", "form"),
    [
        *(("SELECT ?n { place:alcamo schema:name ?n } ORDER BY LANG(?n)", form) for form in (XML, CSV)),
        *((query, form) for query in ("ASK {}", "ASK { tg:a tg:b tg:c }") for form in (JSON, XML)),
        *(("CONSTRUCT WHERE { agreement:jelgava-alcamo-2002 ?p ?o }", form) for form in GRAPHS),
    ],
)
def test_an_answer_in_any_format_is_that_from_here(engine: Engine, remote: Engine, query: str, form: str) -> None:
    ours, theirs = (each.answer(query, results=form, graphs=form) for each in (engine, remote))
    assert same(ours, theirs)
    assert theirs.body == remote.answer(query, results=form, graphs=form).body


def test_the_dataset_that_the_protocol_names_is_the_whole_dataset(engine: Engine, remote: Engine) -> None:
    inside, outside = (
        "SELECT ?s ?p ?o { ?s ?p ?o } ORDER BY ?s ?p STR(?o)",
        "SELECT ?g { GRAPH ?g { ?s tg:signed ?o } }",
    )
    ours, theirs = (each.answer(inside, default_graphs=(QUOTE,)) for each in (engine, remote))
    assert ours.body == theirs.body != remote.answer(inside + " LIMIT 3", default_graphs=(QUOTE,)).body
    assert remote.answer(outside, results=CSV, named_graphs=(QUOTE,)).body == f"g\r\n{QUOTE}\r\n".encode()
    assert remote.answer(inside, results=CSV, default_graphs=("https://example.org/made-up",)).body == b"s,p,o\r\n"
    with pytest.raises(BadQuery, match="is no absolute IRI"):
        remote.answer(inside, named_graphs=("made up",))


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
def test_a_value_arrives_as_it_is_whatever_is_in_it(engine: Engine, remote: Engine, value: URIRef | Literal) -> None:
    ours, theirs = (each.answer("SELECT ?x WHERE {}", values={"x": value}) for each in (engine, remote))
    assert json.loads(theirs.body)["results"]["bindings"][0]["x"]["value"] == str(value)
    assert theirs.body == ours.body


def test_prefixes_and_base_need_not_be_declared_and_can_be(remote: Engine) -> None:
    query, ours = "SELECT ?a ?b { BIND(place:alcamo AS ?a) BIND(<id/b> AS ?b) }", "https://w3id.org/twingraph/id/"
    assert rows(remote, query) == [{"a": f"{ours}place/alcamo", "b": f"{ours}b"}]
    own = "# made up\nBASE <http://a/> PREFIX : <http://a/> PREFIX place: <http://a/> # PREFIX tg: <http://a/>\n"
    assert rows(remote, f"{own} {query}") == [{"a": "http://a/alcamo", "b": "http://a/id/b"}]


def test_a_union_counts_a_statement_once_for_each_quote_that_says_it_which_can_not_be_helped(
    engine: Engine, remote: Engine, request: pytest.FixtureRequest
) -> None:
    count = "SELECT (COUNT(*) AS ?n) { ?area skos:hiddenLabel ?words }"
    distinct = "SELECT (COUNT(*) AS ?n) { SELECT DISTINCT ?area ?words { ?area skos:hiddenLabel ?words } }"
    ours, theirs = (int(rows(each, count)[0]["n"]) for each in (engine, remote))
    assert theirs == ours if request.node.callspec.params["address"] == "oxigraph" else theirs > ours
    assert rows(remote, distinct) == rows(engine, count)


# What is sent


@pytest.mark.parametrize(
    "group", [*QUERIES["service"]["hides_in"], "# c\rSERVICE <LISTENER> {}", "\\u0053ERVICE <LISTENER> {}"]
)
def test_a_query_that_asks_another_engine_is_never_sent(group: str) -> None:
    prefixes = "PREFIX : <LISTENER> PREFIX ex: <LISTENER> PREFIX SERVICX: <LISTENER>"
    with pytest.raises((BadQuery, SyntaxError)):
        admit(f"{prefixes} SELECT * {{ {group} }}".replace("LISTENER", "http://127.0.0.1:9/"))


def test_the_word_service_may_stand_in_names_texts_and_comments() -> None:
    for query in (
        "PREFIX service: <http://a/> SELECT ?service { GRAPH service:x { ?service service:servicx $SERVICE } }",
        "SELECT * { ?s a <http://www.w3.org/ns/dcat#DataService> , 'SERVICE <http://a/> {}'@service } # SERVICE",
    ):
        admit(query)
        check_alike(query)


@pytest.mark.parametrize("group", ["?s ?p trueFILTER(1)", "# c\r?s ?p ?o", "SERVICE <http://a/> {}", "(" * 9_999])
def test_what_two_parsers_do_not_read_alike_is_sent_to_no_engine_that_might(group: str) -> None:
    with pytest.raises(BadQuery, match="not read alike"):
        check_alike(f"SELECT * {{ {group} }}")


def test_a_value_has_its_place_at_the_beginning_of_the_pattern() -> None:
    query = 'SELECT ?x # {\nWHERE { OPTIONAL { VALUES ?y { "b" } } OPTIONAL { VALUES ?x { 1 } } }'
    whole = 'BASE <https://w3id.org/twingraph/>\nSELECT ?x  \nWHERE { VALUES ?y { "b" } VALUES ?x { 2 } }'
    assert complete(query, BASE, {"a": "http://b/"}, {"x": "2"}) == whole
    with pytest.raises(BadQuery, match="no pattern that a value could be put into"):
        complete("DESCRIBE <http://a/>", BASE, {}, {"x": "2"})


DEEP = ["{" * 500 + "}" * 500, "FILTER(" + "(" * 1_000 + "1" + ")" * 1_000 + ")", "FILTER(" + "!" * 2_000 + "1)"]


@pytest.mark.parametrize(
    "query",
    [
        *("SELECT * { SERVICE SILENT <http://127.0.0.1/> {} }", "DROP ALL", "SELECT * { ?s ?p"),
        *("DEFINE get:soft 'replace' SELECT * { ?s ?p ?o }", "SELECT * { FILTER(<http://a/f>(1)) }"),
        # Nested so deep that it would end an engine elsewhere.
        *(f"SELECT * {{ {group} }}" for group in DEEP),
    ],
)
def test_what_is_refused_here_is_refused_the_same_and_nothing_is_sent(engine: Engine, query: str) -> None:
    with closing(Listener()) as listener, Engine(Address(listener.url), SHORT) as remote:
        with pytest.raises(TwingraphError) as there:
            remote.answer(query)
        assert not listener.was_called()
    if len(query) < 500:
        with pytest.raises(BadQuery) as here:
            engine.answer(query)
        assert str(here.value) == str(there.value)


# Answers that are not whole


class Scripted(ThreadingTCPServer):
    """A server on loopback that answers a query with given bytes, in parts with a pause between; it is Oxigraph's."""

    daemon_threads = True

    def __init__(self, *said: bytes, pause: float = 0.0, keep: bool = False) -> None:
        super().__init__(("127.0.0.1", 0), _Talk)
        self.said, self.pause, self.keep = said, pause, keep
        self.address = Address(f"http://127.0.0.1:{self.server_address[1]}/sparql")
        self.heard: list[bytes] = []
        self.connections = 0

    def __enter__(self) -> Self:
        threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()
        self.server_close()


class _Talk(StreamRequestHandler):
    server: Scripted

    def handle(self) -> None:
        self.server.connections += 1
        with suppress(OSError):
            while head := b"".join(takewhile(lambda line: line.strip(), iter(self.rfile.readline, b""))):
                body = self.rfile.read(int(re.findall(rb"(?i)content-length: (\d+)", head)[0]))
                self.server.heard.append(head + body)
                if body.endswith(b"ASK+%7B%7D"):
                    self.wfile.write(http('{"boolean":true}', more="Server: Oxigraph/0\r\n"))
                    continue
                for number, part in enumerate(self.server.said):
                    time.sleep(self.server.pause if number else 0)
                    self.wfile.write(part)
                if not self.server.keep:
                    return


ROWS = '{"head":{"vars":["n"]},"results":{"bindings":[{"n":{"type":"literal","value":"1"}}]}}'
CUT, LAST = "only a part of the answer", "0\r\n\r\n"
REPLIES = tomllib.loads(Path(__file__).with_name("replies.toml").read_text("utf-8").replace("ROWS", ROWS))


def http(
    body: str | list[str] = ROWS,
    kind: str = JSON,
    status: str = "200 OK",
    more: str = "",
    length: int = 0,
    end: str = LAST,
) -> bytes:
    """Write a reply with a body, or its chunks and what follows the last of them."""
    framing = f"Content-Length: {length or len(body)}"
    if isinstance(body, list):
        framing = "Transfer-Encoding: chunked"
        body = "".join(f"{len(chunk):x}\r\n{chunk}\r\n" for chunk in body) + end
    return f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\n{framing}\r\n{more}\r\n{body}".encode()


@pytest.mark.parametrize(
    ("error", "sentence", "reply"),
    [
        pytest.param(error, sentence, reply, id=name)
        for error, by_sentence in REPLIES.items()
        for sentence, named in by_sentence.items()
        for name, reply in named.items()
    ]
    + [
        ("AnswerTooLarge", "over 1 MiB", {"body": " " * (2 << 20)}),
        ("Busy", "again", {"status": "503 No", "more": f"Retry-After: {'9' * 5_000}\r\n"}),
    ],
)
def test_a_reply_that_is_no_whole_answer_is_not_believed(error: str, sentence: str, reply: dict[str, Any]) -> None:
    said = reply["raw"].encode() if "raw" in reply else http(**reply)
    form = reply.get("kind", JSON) if sentence == CUT else JSON
    with Scripted(said) as server, pytest.raises(getattr(errors, error), match=sentence):
        parse_answer(form, Endpoint(server.address, 1).ask("SELECT ?n { ?s ?p ?n }", form)[1])


OLD = f"HTTP/1.0 200 OK\r\nContent-Type: {JSON}\r\n\r\n{ROWS}".encode()


@pytest.mark.parametrize("said", [http(), http([ROWS[:9], ROWS[9:]]), http(kind=f"{JSON};charset=a"), OLD])
def test_an_answer_that_is_whole_is_passed_on(engine: Engine, said: bytes) -> None:
    with Scripted(said) as server, Engine(server.address, SHORT) as remote:
        assert remote.answer("SELECT ?n { ?s ?p ?n }") == engine.answer('SELECT ("1" AS ?n) {}')


@pytest.mark.parametrize("answer", ['{"boolean":true', '{"boolean":true}The', "[]", '{"head":{}}', "[" * 100_000])
def test_a_truth_that_is_not_whole_is_not_passed_on(answer: str) -> None:
    with Scripted(http(answer)) as server, pytest.raises(EngineFailed, match=CUT):
        Endpoint(server.address, 1).table("ASK { ?s ?p ?o }")


URI = '{"type":"uri","value":"urn:a"}'
TRIPLE = f'{{"type":"triple","value":{{"subject":{URI},"predicate":{URI},"object":'


@pytest.mark.parametrize(
    ("query", "body", "form"),
    [
        ("SELECT ?n { ?s ?p ?n }", ROWS.replace('{"type":"literal","value":"1"}', TRIPLE * 5_000 + "1"), JSON),
        ("SELECT ?n { ?s ?p ?n }", "[" * 500_000, JSON),
        ("CONSTRUCT WHERE { ?s ?p ?o }", '{"urn:b":' * 5_000 + "1" + "}" * 5_000, "application/ld+json"),
    ],
)
def test_an_answer_that_breaks_who_reads_it_breaks_nothing_else(query: str, body: str, form: str) -> None:
    with Scripted(http(body, form)) as server, Engine(server.address, SHORT) as remote:
        with pytest.raises(TwingraphError):
            remote.answer(query)
        assert json.loads(remote.answer("ASK {}").body)["boolean"] is True


@pytest.mark.parametrize(
    ("parts", "pause"),
    [
        pytest.param([b"", http()], 10, id="silent"),
        pytest.param([bytes([byte]) for byte in http()], 0.1, id="a-byte-at-a-time"),
        pytest.param([http()[:-20], *[b" "] * 100], 0.1, id="slow-at-the-end"),
    ],
)
def test_a_slow_answer_ends_at_the_limit_however_it_comes(parts: list[bytes], pause: float) -> None:
    with Scripted(*parts, pause=pause) as server, Engine(server.address, SHORT) as remote:
        begin = time.monotonic()
        with pytest.raises(TimeLimit, match=r"1\.5 seconds"):
            remote.answer("SELECT ?n { ?s ?p ?n }")
        assert time.monotonic() - begin < 1.5 + 5


def test_nobody_there_is_said_in_a_sentence() -> None:
    with pytest.raises(EngineFailed, match=r"can not be reached \(Connection refused\)\.") as refused:
        Endpoint(Address(f"http://127.0.0.1:{free_port()}/"), 1).ask("ASK {}", JSON)
    assert refused.value.text.in_language("lv").endswith(": nav sasniedzams (Connection refused).")


@pytest.mark.parametrize("keep", [True, False])
def test_one_connection_serves_many_queries_and_a_closed_one_is_replaced_unnoticed(*, keep: bool) -> None:
    with Scripted(http(), keep=keep) as server:
        endpoint = Endpoint(server.address, 1)
        assert [endpoint.table("SELECT ?n { ?s ?p ?n }") for _ in range(5)] == [[{"n": "1"}]] * 5
        assert server.connections == (1 if keep else 5)


def test_a_query_that_oxigraph_cancels_is_an_error_and_not_half_an_answer(release: Release) -> None:
    product = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . FILTER(STR(?c) = STR(?f)) }"
    with oxigraph("--timeout-s", "1") as url:
        put(Address(url), *release.graphs)
        # What it says itself has a status of 200 and ends properly.
        with urllib.request.urlopen(f"{url}?query={quote(product)}") as answer:
            assert (answer.status, answer.read()[-9:]) == (200, b"cancelled")
        with Engine(Address(url), SETTINGS) as remote, pytest.raises(EngineFailed, match=CUT):
            remote.answer(product, results=CSV)


def test_a_query_that_virtuoso_cuts_is_an_error_and_not_half_an_answer(tmp_path: Path) -> None:
    with virtuoso(tmp_path, "ResultSetMaxRows = 5") as url, Engine(Address(url), SETTINGS) as remote:
        assert len(rows(remote, "SELECT * { ?s ?p ?o } LIMIT 4")) == 4
        with pytest.raises(EngineFailed, match=CUT):
            remote.answer("SELECT * { ?s ?p ?o }")


# Putting a release there


def run(command: str, release: Release, engine: str, **environment: str) -> tuple[int, str]:
    words = [command, "--release", str(release.folder), "--engine", engine]
    done = CliRunner().invoke(main, words, env=environment, catch_exceptions=False)
    return done.exit_code, done.stderr


def test_a_publication_goes_on_where_it_was_interrupted_and_leaves_what_others_put_there(
    release: Release, tmp_path: Path
) -> None:
    lines = (release.folder / QUADS).read_bytes().splitlines(keepends=True)
    names = sorted({line.rsplit(b" ", 2)[1] for line in lines})
    theirs, older = "https://example.org/made-up", "https://w3id.org/twingraph/id/quote/made-up"
    begun = [line for line in lines if line.rsplit(b" ", 2)[1] < names[100]]
    begun += [f"<urn:a> <urn:b> <urn:{name[:-2]}> <{name}> .\n".encode() for name in (theirs, older)]
    (tmp_path / "begun.nq").write_bytes(b"".join(begun))
    with oxigraph() as url:
        assert put(Address(url), tmp_path / "begun.nq")[0] == 102
        assert put(Address(url), *release.graphs) == (len(names) - 99, 100, 1, [theirs])
        assert put(Address(url), *release.graphs) == (0, len(names) + 1, 0, [theirs])
        assert put(Address(url), *release.graphs, everything=True)[0] == len(names) + 1
        asking = Endpoint(Address(url), 1)
        assert asking.table("SELECT ?g { GRAPH ?g { <urn:a> ?p ?o } }") == [{"g": theirs}]
        assert asking.table("SELECT ?o { <urn:a> ?p ?o }") == []


def test_the_command_publishes_and_says_what_it_did_and_only_then_the_engine_is_served(release: Release) -> None:
    with oxigraph() as url:
        code, said = run("serve", release, url)
        assert (code, "run twingraph publish" in said) == (8, True)
        code, said = run("publish", release, url)
    assert (code, bool(re.search(r"\d+ graphs sent, 0 left as they were, 0 removed; counted\.", said))) == (0, True)


@pytest.mark.parametrize("address", ["virtuoso"], indirect=True)
def test_virtuoso_wants_a_name_and_password_which_are_never_shown(release: Release, address: Address) -> None:
    denied = run("publish", release, address.url)
    login = {"TWINGRAPH_ENGINE_USER": "dba", "TWINGRAPH_ENGINE_PASSWORD": PASSWORD}
    wrong = run("publish", release, address.url, **dict.fromkeys(login, "made-up-secret"))
    in_url = address.url.replace("//", "//dba:made-up-secret@")
    also_wrong, right = run("publish", release, in_url), run("publish", release, address.url, **login)

    assert [code for code, _ in (denied, wrong, also_wrong, right)] == [8, 8, 8, 0]
    assert "set TWINGRAPH_ENGINE_USER and TWINGRAPH_ENGINE_PASSWORD" in denied[1]
    assert "0 graphs sent" in right[1]
    assert "made-up-secret" not in wrong[1] + also_wrong[1] + repr(Address.parse(in_url))
    with Engine(Address.parse(in_url), SHORT):
        commands = [Path(f"/proc/{process}/cmdline").read_text() for process in descendants(os.getpid())]
    assert "made-up-secret" not in " ".join(commands)


@pytest.mark.parametrize(
    ("url", "code", "sentence"),
    [
        ("http://127.0.0.1:9/query", 7, "can not be reached"),
        ("http://127.0.0.1:9/other", 8, "its graph store is not known; name it with --store."),
        ("ftp://name:made-up-secret@127.0.0.1/query", 2, "“ftp://127.0.0.1/query” is no web address"),
        ("http://name:made/up@secret@127.0.0.1/query", 2, "“http://127.0.0.1/query” is no web address"),
    ],
)
def test_what_can_not_be_published_is_said_in_one_sentence(
    release: Release, url: str, code: int, sentence: str
) -> None:
    found, said = run("publish", release, url)
    assert (found, said.count("\n"), sentence in said) == (code, 1, True)


def test_counts_that_differ_at_the_end_are_an_error(tmp_path: Path) -> None:
    # The engine holds 1.0 and 1.00 as one number, so it can not hold this made-up graph.
    line = '<urn:a> <urn:b> "%s"^^<http://www.w3.org/2001/XMLSchema#decimal> <urn:g> .\n'
    (tmp_path / "made-up.nq").write_text(line % "1.0" + line % "1.00", "ascii")
    with oxigraph() as url, pytest.raises(NotPublished, match="<urn:g> holds 1 triples, but 2 in the release"):
        put(Address(url), tmp_path / "made-up.nq")


@pytest.mark.parametrize(
    ("challenge", "answer"),
    [
        ('Basic realm="made up"', b"Authorization: Basic bkBtZTpwOnc="),
        ('Digest realm="made up", nonce="n", algorithm=SHA-256', b'Authorization: Digest username="n@me"'),
    ],
)
def test_a_name_and_password_are_sent_only_to_who_asks_for_them(challenge: str, answer: bytes) -> None:
    with Scripted(http("", status="401 No", more=f"WWW-Authenticate: {challenge}\r\n")) as server:
        address = Address.parse(server.address.url.replace("//", "//n%40me:p%3Aw@"))
        assert Endpoint(address, 1).send("PUT", address.url, b"made up")[0].status_code == 401
    assert b"Authorization" not in server.heard[0]
    assert answer in server.heard[-1]


# Serving with an engine elsewhere, and more than one server


def test_a_server_with_an_engine_elsewhere_answers_as_one_with_its_own_until_that_engine_fails(
    release: Release, engine: Engine
) -> None:
    text, port = question("partners-with-dates").text, free_port()
    command = [sys.executable, "-m", "twingraph", "serve", "--release", str(release.folder), "--port", str(port)]
    with ExitStack() as elsewhere:
        url = elsewhere.enter_context(oxigraph())
        put(Address(url), *release.graphs)
        with running([*command, "--engine", url], port, stderr=subprocess.DEVNULL) as server:
            answer = server.query(text, Accept=CSV)
            assert (answer.status, answer.body) == (200, engine.answer(text, results=CSV).body)
            assert server.query("SELECT * { SERVICE <http://127.0.0.1:9/> {} }").status == 400
            assert server.ask(f"/dumps/latest/{QUADS}").body == (release.folder / QUADS).read_bytes()
            elsewhere.close()
            answer = server.query("ASK {}", Accept="text/plain, application/sparql-results+json")
            assert (answer.status, "can not be reached" in answer.text) == (502, True)
            left = descendants(server.process.pid)
            server.process.terminate()
            server.process.wait(10)
            assert eventually(lambda: not any(map(is_running, left)))
