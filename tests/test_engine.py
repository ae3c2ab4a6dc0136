"""The engine: what it answers, what it refuses, its limits and lanes, and that nothing is left over."""

import io
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from pathlib import Path

import pytest
from rdflib import Graph
from rdflib.query import Result

from asking import rows
from serving import Listener, descendants, eventually, is_running, priorities, resident_mebibytes
from twingraph.errors import (
    AnswerTooLarge,
    BadQuery,
    Busy,
    MemoryLimit,
    NotAcceptable,
    TimeLimit,
    UnreadableFile,
    WorkerDied,
)
from twingraph.query import engine as engine_module
from twingraph.query.engine import GRAPHS, RESULTS, Engine, Lane, LocalEngine, open_engine
from twingraph.settings import Settings

MADE_UP = "https://example.org/made-up/"
NAME = f"SELECT ?name {{ <{MADE_UP}town/7> <{MADE_UP}name> ?name }}"
ENDLESS = "SELECT * { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i } ORDER BY ?i ?f"
COUNTING = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"
SHORT = Settings(seconds=0.4, mebibytes=160, answer_mebibytes=1)
UNCHECKED = """
from twingraph.query import sparql, worker
sparql.check = sparql.mask = lambda query: query
worker.main()
"""


@pytest.fixture(scope="module")
def quads(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three thousand made-up triples in a hundred graphs, one of them in two graphs."""
    path = tmp_path_factory.mktemp("made-up") / "made-up.nq"
    with path.open("w", encoding="utf-8") as file:
        for n in range(1_000):
            town, graph = f"<{MADE_UP}town/{n}>", f"<{MADE_UP}quote/{n % 100}>"
            file.write(f'{town} <{MADE_UP}name> "Izdomāta {n}"@lv {graph} .\n')
            file.write(f"{town} <{MADE_UP}twin> <{MADE_UP}town/{n * 7 % 1_000}> {graph} .\n")
            file.write(f"{town} <{MADE_UP}in> <{MADE_UP}country/{n % 9}> {graph} .\n")
        file.write(f'<{MADE_UP}town/7> <{MADE_UP}name> "Izdomāta 7"@lv <{MADE_UP}quote/again> .\n')
    return path


@pytest.fixture(scope="module")
def engine(quads: Path) -> Iterator[Engine]:
    with Engine(quads, SHORT) as engine:
        yield engine


@pytest.fixture
def listener() -> Iterator[Listener]:
    listener = Listener()
    yield listener
    listener.close()


@pytest.fixture
def unchecked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let workers run what they are sent, whatever it is."""
    monkeypatch.setattr(engine_module, "_COMMAND", (sys.executable, "-c", UNCHECKED))


def holder_of(engine: Engine) -> int:
    return engine._holder.pid  # noqa: SLF001 - a test looks behind the curtain


def workers_of(engine: Engine) -> set[int]:
    return descendants(holder_of(engine))


def is_well(engine: Engine) -> bool:
    return rows(engine, NAME) == [{"name": "Izdomāta 7"}]


# What is answered


@pytest.mark.parametrize("media_type", RESULTS)
def test_results_come_in_every_format_offered(engine: Engine, media_type: str) -> None:
    answer = engine.answer(NAME, results=media_type)
    assert (answer.kind, answer.media_type) == ("solutions", media_type)
    if media_type == "text/tab-separated-values":
        assert answer.body == '?name\n"Izdomāta 7"@lv\n'.encode()
    else:
        assert [str(row.name) for row in Result.parse(io.BytesIO(answer.body), content_type=media_type)] == [
            "Izdomāta 7"
        ]


@pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated")  # by rdflib's own reader of JSON-LD
@pytest.mark.parametrize("media_type", GRAPHS)
def test_graphs_come_in_every_format_offered(engine: Engine, media_type: str) -> None:
    answer = engine.answer(f"DESCRIBE <{MADE_UP}town/7>", graphs=media_type)
    # Without named graphs these two are their simpler siblings, which rdflib reads without a warning.
    siblings = {"application/trig": "text/turtle", "application/n-quads": "application/n-triples"}
    read = Graph().parse(data=answer.body, format=siblings.get(media_type, media_type))
    assert (answer.kind, answer.media_type, len(read)) == ("triples", media_type, 3)


def test_yes_and_no_are_answered_as_such(engine: Engine) -> None:
    answer = engine.answer("ASK {}")
    assert (answer.kind, json.loads(answer.body)) == ("boolean", {"head": {}, "boolean": True})


def test_json_ld_names_classes_by_type(engine: Engine) -> None:
    query = f'CONSTRUCT {{ <{MADE_UP}a> a <{MADE_UP}B> , <{MADE_UP}C> ; <{MADE_UP}d> "{{\\"@id\\":1}}" }} {{}}'
    (node,) = json.loads(engine.answer(query, graphs="application/ld+json").body)
    assert set(node["@type"]) == {f"{MADE_UP}B", f"{MADE_UP}C"}
    assert (set(node), node[f"{MADE_UP}d"]) == (
        {"@id", "@type", f"{MADE_UP}d"},
        [{"@value": '{"@id":1}'}],
    )


@pytest.mark.parametrize(
    ("query", "sign"),
    [
        ('CONSTRUCT { <urn:a> <urn:p/2004> "x" } {}', "a property that ends in no name"),
        ('CONSTRUCT { <urn:a> <urn:p> "\\u0001" } {}', r"'\\x01'"),
        ('SELECT ("\\uFFFF" AS ?x) {}', r"'\\uffff'"),
    ],
)
def test_what_xml_can_not_say_is_refused_and_not_written_wrongly(engine: Engine, query: str, sign: str) -> None:
    with pytest.raises(BadQuery, match=f"The answer holds {sign}, .*; ask for another format"):
        engine.answer(query, graphs="application/rdf+xml", results="application/sparql-results+xml")
    assert engine.answer(query).body


def test_a_form_of_query_without_an_acceptable_format_is_told_what_there_is(engine: Engine) -> None:
    with pytest.raises(NotAcceptable, match="text/csv"):
        engine.answer("ASK {}", results=None)
    with pytest.raises(NotAcceptable, match="text/turtle"):
        engine.answer("CONSTRUCT WHERE { ?s ?p ?o }", graphs=None)


def test_the_default_graph_holds_each_triple_once_and_its_quotes_all_graphs(engine: Engine) -> None:
    triple = f"<{MADE_UP}town/7> <{MADE_UP}name> ?name"
    assert rows(engine, f"SELECT (COUNT(*) AS ?n) {{ {triple} }}") == [{"n": "1"}]
    assert len(rows(engine, f"SELECT ?quote {{ GRAPH ?quote {{ {triple} }} }}")) == 2


def test_a_file_of_turtle_is_seen_beside_the_quads(quads: Path, tmp_path: Path) -> None:
    (tmp_path / "more.ttl").write_text(f'<{MADE_UP}more> <{MADE_UP}name> "Vairāk"@lv .', "utf-8")
    with Engine(quads, SHORT, tmp_path / "more.ttl") as engine:
        assert rows(engine, NAME.replace("town/7", "more")) == [{"name": "Vairāk"}]
        assert is_well(engine)


def test_prefixes_and_base_need_not_be_declared_and_can_be(engine: Engine) -> None:
    query = "SELECT ?a ?b { BIND(place:alcamo AS ?a) BIND(<id/place/alcamo> AS ?b) }"
    alcamo = "https://w3id.org/twingraph/id/place/alcamo"
    assert rows(engine, query) == [{"a": alcamo, "b": alcamo}]
    ours = f"BASE <{MADE_UP}> PREFIX place: <{MADE_UP}>"
    assert rows(engine, ours + query) == [{"a": f"{MADE_UP}alcamo", "b": f"{MADE_UP}id/place/alcamo"}]


def test_turtle_declares_the_prefixes_it_uses_and_no_others(engine: Engine) -> None:
    query = f"CONSTRUCT {{ place:a schema:name ?name }} {{ <{MADE_UP}town/7> <{MADE_UP}name> ?name }}"
    assert engine.answer(query).body.decode() == (
        "@prefix place: <https://w3id.org/twingraph/id/place/> .\n"
        "@prefix schema: <https://schema.org/> .\n"
        'place:a schema:name "Izdomāta 7"@lv .\n'
    )


def test_a_byte_order_mark_before_a_query_does_no_harm(engine: Engine) -> None:
    assert rows(engine, f"\ufeff{NAME}") == [{"name": "Izdomāta 7"}]


# What is refused


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("SELECT * {\n  ?s foo:p ?o }", "Line 2, column 6, at foo:p: Prefix not found."),
        ("SELECT * { FILTER(REGX(?a)) }", "Line 1, column 19, at REGX: this is not SPARQL 1.1."),
        ("SELECT * { ?s ?p ?o", "Line 1, column 20, at the end: this is not SPARQL 1.1 (expected ,"),
        ("SELECT ?x { ?š ?p ?o } WHERE", "Line 1, column 24, at WHERE: this is not SPARQL 1.1."),
        ("ASK\u00a0{}", "Line 1, column 4, at '\\xa0': this is not SPARQL 1.1."),
        ("SELECT ?s (COUNT(?o) AS ?n) { ?s ?p ?o }", "Line 1, column 1, at SELECT: The SELECT contains a variable"),
        ("", "Line 1, column 1, at the end: this is not SPARQL 1.1."),
        ("DROP ALL", "This is SPARQL Update: nothing can be changed here."),
        ("SELECT * { FILTER(<http://a/f>(1)) }", "custom function <http://a/f> is not supported"),
        ("SELECT * { ?s ?p 'SERVICE' . oops }", "Line 1, column 30, at oops: this is not SPARQL 1.1."),
    ],
)
def test_a_mistake_is_shown_where_it_stands(engine: Engine, query: str, sentence: str) -> None:
    with pytest.raises(BadQuery) as refused:
        engine.answer(query)
    assert sentence in str(refused.value)


def test_a_refusal_is_said_in_latvian_too(engine: Engine) -> None:
    with pytest.raises(BadQuery) as refused:
        engine.answer("SELECT * {")
    assert refused.value.text.in_language("lv").startswith("1. rinda, 11. kolonna, pie ")


SERVICES = [
    "SERVICE <LISTENER> {}",
    "service <LISTENER> {}",
    "SERVICE SILENT <LISTENER> {}",
    "SERVICESILENT<LISTENER>{}",
    "SERVICE ?s {}",
    "SERVICE:a {}",
    "SERVICE:a #\n{}",
    "SERVICE ex:a {}",
    "{ { OPTIONAL { SERVICE <LISTENER> {} } } }",
    "{ SELECT * { SERVICE <LISTENER> {} } }",
    "FILTER NOT EXISTS { SERVICE <LISTENER> {} }",
    "?s ?p trueSERVICE <LISTENER> {}",
    "?s ?p 1.SERVICE <LISTENER> {}",
    "?s ?p 'a\\'b' . SERVICE <LISTENER'> {}",
    "?s ?p <LISTENER'> . SERVICE <LISTENER'> {}",
    "?s ?p <LISTENER\\u0041'> . SERVICE <LISTENER'> {}",
    "?s ?p ex:a\\'b . SERVICE <LISTENER'> {}",
    "# it's\n SERVICE <LISTENER'> {}",
    '?s ?p """ "" """ . SERVICE <LISTENER> {}',
    "FILTER(?a <1) SERVICE <LISTENER> {} FILTER(?b> 2)",
    "FILTER(1<2)SERVICEex:x#>\n{}",
    "FILTER(1<2)SERVICX:x#>\n{} SERVICE:x {}",
]


@pytest.mark.parametrize("group", SERVICES)
def test_service_is_refused_wherever_it_hides(engine: Engine, listener: Listener, group: str) -> None:
    prefixes = "PREFIX : <LISTENER> PREFIX ex: <LISTENER> PREFIX SERVICE: <LISTENER> PREFIX SERVICX: <LISTENER>"
    with pytest.raises(BadQuery, match=r"SERVICE is not offered|this is not SPARQL|Prefix not found"):
        engine.answer(f"{prefixes} SELECT * {{ {group} }}".replace("LISTENER", listener.url))
    assert not listener.was_called()


@pytest.mark.parametrize(
    "query",
    [
        "SELECT ?service { ?service <urn:made-up:none> $SERVICE }",
        "PREFIX service: <http://a/> SELECT * { service:x service:service service:SERVICE }",
        "PREFIX service: <http://a/> SELECT * { GRAPH service:x { ?s ?p ?o } }",
        "SELECT * { ?s ?p 'SERVICE <http://a/> {}' , \"it's a SERVICE\" , '''SERVICE ' '''@service }",
        "SELECT * { ?s <http://a/SERVICE> _:service ; a dcat:DataService } # SERVICE <http://a/> {}",
    ],
)
def test_the_word_service_may_stand_in_names_texts_and_comments(engine: Engine, query: str) -> None:
    assert rows(engine, query) == []


@pytest.mark.parametrize("opening", ["(", "[ ?p ", "!(", "IF(true,1,", "<<( ?s ?p "])
def test_no_depth_breaks_a_worker_even_where_it_is_hidden(quads: Path, unchecked: None, opening: str) -> None:  # noqa: ARG001
    with Engine(quads, Settings(seconds=1)) as engine:
        # Whatever the parser makes of it, and however long it takes: its stack holds.
        with pytest.raises((BadQuery, TimeLimit)):
            engine.answer("ASK { ?s ?p 1 FILTER(" + opening * 15_000)
        assert is_well(engine)


def test_an_answer_over_the_limit_is_refused_whole(engine: Engine) -> None:
    with pytest.raises(AnswerTooLarge, match="over 1 MiB"):
        engine.answer("SELECT * { ?a ?b ?c . ?d ?e ?f } LIMIT 20000")
    assert is_well(engine)


@pytest.mark.parametrize("kind", [Engine, LocalEngine])
@pytest.mark.parametrize("text", [b"not quads", None])
def test_quads_that_can_not_be_read_are_named(tmp_path: Path, text: bytes | None, kind: type) -> None:
    path = tmp_path / "broken.nq"
    if text:
        path.write_bytes(text)
    before = descendants(os.getpid())
    with pytest.raises(UnreadableFile, match=r"broken\.nq: cannot be read"), kind(path, SHORT):
        pass
    assert descendants(os.getpid()) <= before


# Without workers


@pytest.mark.parametrize("missing", ["os.fork", "socket.AF_UNIX", "sys.platform"])
def test_where_there_can_be_no_workers_the_answers_are_the_same(
    quads: Path, engine: Engine, missing: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if missing == "sys.platform":
        monkeypatch.setattr(missing, "win32")
    else:
        monkeypatch.delattr(missing)
    with open_engine(quads, SHORT) as here:
        assert isinstance(here, LocalEngine)
        assert here.answer(NAME) == engine.answer(NAME)
        for query in ("SELECT * {", "SELECT * { SERVICE <http://127.0.0.1:1/> {} }", "(" * 30_000):
            with pytest.raises(BadQuery):
                here.answer(query)


# Limits


@pytest.mark.parametrize("query", [ENDLESS, COUNTING])
def test_a_cartesian_product_is_stopped_in_time_and_the_next_query_answered(quads: Path, query: str) -> None:
    with Engine(quads, Settings(seconds=0.4, mebibytes=2_000)) as engine:
        start = time.monotonic()
        with pytest.raises(TimeLimit, match=r"0\.4 seconds"):
            engine.answer(query)
        assert time.monotonic() - start < 0.4 + 0.5
        assert is_well(engine)


def test_memory_stays_under_its_limit_and_the_next_query_is_answered(quads: Path) -> None:
    with Engine(quads, Settings(seconds=9, mebibytes=100)) as engine, ThreadPoolExecutor() as pool:
        assert is_well(engine)
        before = max(map(resident_mebibytes, workers_of(engine)))
        slow = pool.submit(engine.answer, ENDLESS)
        peak = 0.0
        while not slow.done():
            peak = max(peak, *map(resident_mebibytes, workers_of(engine)), 0.0)
        with pytest.raises(MemoryLimit, match="100 MiB"):
            slow.result()
        assert before < peak <= before + 100
        assert is_well(engine)


def test_processor_time_is_limited_too(quads: Path) -> None:
    with Engine(quads, Settings(seconds=9, cpu_seconds=1)) as engine, pytest.raises(TimeLimit, match="1 second"):
        engine.answer(COUNTING)


def test_a_worker_that_does_not_keep_time_is_given_up(quads: Path) -> None:
    with Engine(quads, SHORT) as engine:
        assert is_well(engine)
        (stuck,) = workers_of(engine)
        os.kill(stuck, signal.SIGSTOP)
        assert eventually(lambda: "State:\tT" in Path(f"/proc/{stuck}/status").read_text())
        start = time.monotonic()
        with pytest.raises(TimeLimit):
            engine.answer(NAME)
        assert time.monotonic() - start < 0.4 + 0.6
        assert not is_running(stuck)
        assert is_well(engine)


def test_a_server_that_ignores_its_clock_has_workers_that_do_not(quads: Path) -> None:
    before = signal.signal(signal.SIGPROF, signal.SIG_IGN)
    try:
        with Engine(quads, Settings(seconds=20, cpu_seconds=1)) as engine, pytest.raises(TimeLimit, match="1 second"):
            engine.answer(COUNTING)
    finally:
        signal.signal(signal.SIGPROF, before)


def test_a_worker_that_keeps_memory_is_replaced(quads: Path, unchecked: None) -> None:  # noqa: ARG001
    with Engine(quads, Settings(mebibytes=40, quick_seconds=10)) as engine:
        assert is_well(engine)
        (grown,) = workers_of(engine)
        engine.answer("SELECT * {" + "{} UNION " * 3_000 + "{} }")
        assert eventually(lambda: not is_running(grown))
        assert is_well(engine)


# Lanes


def test_a_cheap_query_is_answered_while_every_place_of_the_slow_lane_is_taken(quads: Path) -> None:
    with Engine(quads, Settings(seconds=30, slow_workers=2)) as engine, ThreadPoolExecutor() as pool:
        slow = [pool.submit(engine.answer, COUNTING, asker=name) for name in "ab"]
        assert eventually(lambda: sorted(priorities(workers_of(engine))) == [19, 19], 20)
        assert is_well(engine)
        assert not any(one.done() for one in slow)
        assert sorted(priorities(workers_of(engine))) == [*priorities([os.getpid()]), 19, 19]
        engine.close()
        assert all(isinstance(one.exception(), WorkerDied) for one in slow)


def test_three_who_ask_slowly_keep_nobody_from_an_answer_of_middling_cost(quads: Path) -> None:
    counting = f"SELECT (COUNT(*) AS ?n) {{ ?a <{MADE_UP}name> ?b . ?c <{MADE_UP}name> ?d . FILTER(?a != ?c) }}"
    enough = threading.Event()

    def ask_slowly(asker: int) -> None:
        while not enough.is_set():
            with pytest.raises((TimeLimit, Busy)):
                engine.answer(COUNTING, asker=str(asker))

    with Engine(quads, Settings(seconds=4)) as engine, ThreadPoolExecutor() as pool:
        slow = [pool.submit(ask_slowly, number) for number in range(3)]
        try:
            assert eventually(lambda: 19 in priorities(workers_of(engine)), 60)
            for _ in range(4):
                assert b"999000" in engine.answer(counting, asker="other").body
        finally:
            enough.set()
        assert [one.result() for one in slow] == [None] * 3


def test_of_many_slow_queries_those_without_a_place_are_told_when_to_come_back(quads: Path) -> None:
    limits = Settings(workers=1, slow_workers=1, waiting=1, seconds=2, queue_seconds=0.5)
    with Engine(quads, limits) as engine, ThreadPoolExecutor() as pool:
        slow = [pool.submit(engine.answer, COUNTING) for _ in range(5)]
        refused = [error for one in slow if isinstance(error := one.exception(), Busy)]
        assert len(refused) >= 3
        assert {error.retry_after for error in refused} <= {1, 2}
        assert is_well(engine)


class Visits:
    """Visits to a lane with one place that is taken, and the order in which they ended."""

    def __init__(self, pool: ThreadPoolExecutor, waiting: int) -> None:
        self.lane, self.order, self._pool = Lane(places=1, waiting=waiting, seconds=5), [], pool
        self.lane.enter("taker")

    def add(self, name: str) -> None:
        before = len(self.lane._turns) + len(self.order)  # noqa: SLF001 - a test looks behind the curtain
        self._pool.submit(self._visit, name)
        assert eventually(lambda: len(self.lane._turns) + len(self.order) > before)  # noqa: SLF001

    def _visit(self, name: str) -> None:
        try:
            self.lane.enter(name[0])
        except Busy:
            self.order.append(f"no {name}")
        else:
            self.order.append(name)
            self.lane.leave(name[0])


def test_whoever_comes_last_goes_first_and_the_oldest_is_sent_away() -> None:
    with ThreadPoolExecutor() as pool:
        visits = Visits(pool, waiting=2)
        for name in ("a1", "a2", "a3"):
            visits.add(name)
        visits.lane.leave("taker")
    assert visits.order == ["no a1", "a3", "a2"]


def test_who_asks_most_is_sent_away_first() -> None:
    with ThreadPoolExecutor() as pool:
        visits = Visits(pool, waiting=3)
        for name in ("b1", "a1", "a2", "a3"):
            visits.add(name)
        assert eventually(lambda: visits.order == ["no a1"])
        visits.lane.leave("taker")
    assert set(visits.order) == {"no a1", "b1", "a2", "a3"}


def test_nobody_takes_the_last_place_of_a_lane_who_has_another() -> None:
    lane = Lane(places=2, waiting=9, seconds=0.01)
    lane.enter("a")
    with pytest.raises(Busy):
        lane.enter("a")
    lane.enter("b")
    lane.leave("a")
    lane.enter("a")
    with pytest.raises(Busy):
        lane.enter("c")


# The dataset of the protocol


@pytest.mark.parametrize(
    ("default", "named", "seen", "through_graph"),
    [
        (("again",), (), 1, 0),
        (("again", "7"), (), 30, 0),
        ((), ("again",), 0, 1),
        (("8",), ("again",), 30, 1),
        (("nowhere",), ("nowhere",), 0, 0),
    ],
)
def test_the_dataset_given_beside_a_query_is_the_whole_one(
    engine: Engine, default: tuple[str, ...], named: tuple[str, ...], seen: int, through_graph: int
) -> None:
    graphs = [tuple(f"{MADE_UP}quote/{name}" for name in names) for names in (default, named)]
    for clauses in ("", f"FROM <{MADE_UP}quote/9> FROM NAMED <{MADE_UP}quote/9>"):
        found = [
            engine.answer(
                f"SELECT (COUNT(*) AS ?n) {clauses} {{ {pattern} }}",
                default_graphs=graphs[0],
                named_graphs=graphs[1],
                results="text/csv",
            ).body
            for pattern in ("?s ?p ?o", "GRAPH ?g { ?s ?p ?o }")
        ]
        assert found == [f"n\r\n{seen}\r\n".encode(), f"n\r\n{through_graph}\r\n".encode()]


def test_the_graphs_that_from_names_are_merged(engine: Engine) -> None:
    assert rows(engine, f"SELECT * FROM <{MADE_UP}quote/again> {{ ?s ?p ?o }}") == [
        {"s": f"{MADE_UP}town/7", "p": f"{MADE_UP}name", "o": "Izdomāta 7"}
    ]
    query = (
        f"BASE <{MADE_UP}> PREFIX q: <quote/> # FROM <of-a-comment>\n"
        "SELECT (COUNT(*) AS ?n) (SAMPLE(?g) AS ?graph) FROM q:again FROM <quote/7> FROM NAMED q:8 "
        f"{{ ?s <name> ?o . GRAPH ?g {{ <town/8> <name> ?name }} }}"
    )
    assert rows(engine, query) == [{"n": "10", "graph": f"{MADE_UP}quote/8"}]
    with pytest.raises(BadQuery, match=r"at foo:b: Prefix not found"):
        engine.answer("SELECT * FROM <a> FROM foo:b { ?s ?p ?o }")


@pytest.mark.parametrize("name", ["not-absolute", "", "http://a b", "\ud800"])
def test_a_graph_without_a_proper_name_is_refused(engine: Engine, name: str) -> None:
    with pytest.raises(BadQuery, match="The name of a graph"):
        engine.answer("ASK {}", default_graphs=(name,))


# No door out


def test_a_graph_of_elsewhere_is_empty_and_not_fetched(engine: Engine, listener: Listener) -> None:
    elsewhere = (listener.url, "file:///etc/passwd")
    answer = engine.answer(
        "ASK { { ?s ?p ?o } UNION { GRAPH ?g { ?s ?p ?o } } }", default_graphs=elsewhere, named_graphs=elsewhere
    )
    assert json.loads(answer.body)["boolean"] is False
    for clause in (f"FROM <{listener.url}>", f"FROM NAMED <{listener.url}>", "FROM <file:///etc/passwd>"):
        assert rows(engine, f"SELECT * {clause} {{ ?s ?p ?o }}") == []
    assert not listener.was_called()


@pytest.mark.parametrize("silent", ["", "SILENT"])
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_service_reaches_no_listener_even_below_the_check(
    quads: Path,
    listener: Listener,
    unchecked: None,  # noqa: ARG001
    host: str,
    silent: str,
) -> None:
    url = listener.url.replace("127.0.0.1", host)
    # Evaluation fails with an error, which SILENT turns into an empty answer.
    failing = nullcontext() if silent else pytest.raises(BadQuery, match="can not be answered")
    with Engine(quads, SHORT) as engine:
        with failing:
            engine.answer(f"SELECT * {{ SERVICE {silent} <{url}> {{ ?s ?p ?o }} }}")
        assert not listener.was_called()
        assert is_well(engine)


def test_a_worker_can_open_no_file_and_start_no_process(engine: Engine) -> None:
    assert is_well(engine)
    for worker in workers_of(engine):
        lines = Path(f"/proc/{worker}/limits").read_text(encoding="ascii").splitlines()
        limits = {line[:26].strip(): line[26:47].strip() for line in lines}
        assert {limits[what] for what in ("Max open files", "Max processes", "Max file size")} == {"0"}


# Many at once, and the deaths of others


def test_eight_at_once_each_get_their_own_answer(engine: Engine) -> None:
    def name_of(n: int) -> list[dict[str, str]]:
        return rows(engine, f"SELECT ?name {{ <{MADE_UP}town/{n}> <{MADE_UP}name> ?name }}")

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(name_of, range(400))) == [[{"name": f"Izdomāta {n}"}] for n in range(400)]


def test_a_killed_worker_costs_its_own_query_and_no_other(quads: Path) -> None:
    with Engine(quads, Settings(seconds=30, workers=3)) as engine, ThreadPoolExecutor(8) as pool:
        slow = pool.submit(engine.answer, COUNTING)
        assert eventually(lambda: priorities(workers_of(engine)) == [19], 20)
        (victim,) = workers_of(engine)
        others = [pool.submit(is_well, engine) for _ in range(200)]
        os.kill(victim, signal.SIGKILL)
        assert isinstance(slow.exception(), WorkerDied)
        assert all(other.result() for other in others)


def test_whatever_died_while_nobody_asked_is_replaced_unnoticed(quads: Path) -> None:
    with Engine(quads, SHORT) as engine:
        assert is_well(engine)
        (idle,) = workers_of(engine)
        os.kill(idle, signal.SIGKILL)
        assert eventually(lambda: not is_running(idle))
        assert is_well(engine)
        holder, (worker,) = holder_of(engine), workers_of(engine)
        os.kill(holder, signal.SIGKILL)
        assert eventually(lambda: not is_running(worker))
        assert is_well(engine)


# Nothing left over


def test_closing_ends_every_process_even_busy_ones(quads: Path) -> None:
    engine = Engine(quads, Settings(seconds=30))
    with ThreadPoolExecutor() as pool:
        slow = pool.submit(engine.answer, COUNTING)
        assert eventually(lambda: bool(workers_of(engine)))
        processes = {holder_of(engine)} | workers_of(engine)
        engine.close()
        assert not any(map(is_running, processes))
        assert isinstance(slow.exception(), WorkerDied)
        with pytest.raises(WorkerDied):
            engine.answer(NAME)


SERVER = """
import signal, sys, threading, time
from pathlib import Path
from twingraph.query.engine import Engine
from twingraph.settings import Settings
# As a shell starts a job in the foreground, whatever it was that started the tests.
signal.signal(signal.SIGINT, signal.default_int_handler)
with Engine(Path(sys.argv[1]), Settings(seconds=30, quick_seconds=10)) as engine:
    engine.answer("ASK {}")
    threading.Thread(target=engine.answer, args=(sys.argv[2],), daemon=True).start()
    time.sleep(0.1)
    print("asked", flush=True)
    sys.stdin.readline()
    raise SystemExit
"""


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT, None])
def test_no_process_outlives_the_server_however_it_ends(quads: Path, end: signal.Signals | None) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", SERVER, quads, COUNTING],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as server:
        assert server.stdout.readline() == b"asked\n"
        left = descendants(server.pid)
        assert len(left) == 2
        if end:
            server.send_signal(end)
        else:
            server.stdin.close()
        assert eventually(lambda: not any(map(is_running, left)))


def test_the_server_loads_no_query_engine_and_its_workers_nothing_but() -> None:
    code = "import sys, twingraph.query.{}; print(*sys.modules)"
    loaded = {
        module: subprocess.run(
            [sys.executable, "-c", code.format(module)], check=True, capture_output=True, text=True
        ).stdout.split()
        for module in ("engine", "worker")
    }
    assert "pyoxigraph" not in loaded["engine"]
    assert not {"rdflib", "flask", "babel"} & set(loaded["worker"])
