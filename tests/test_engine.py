import io
import json
import os
import signal
import socket
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
from processes import (
    Listener,
    descendants,
    eventually,
    ignored,
    is_running,
    resident_mebibytes,
)
from twingraph.errors import (
    AnswerTooLarge,
    BadQuery,
    Busy,
    HungUp,
    MemoryLimit,
    NotAcceptable,
    TimeLimit,
    UnreadableFile,
    WorkerDied,
)
from twingraph.query import holder as holder_module
from twingraph.query import wire
from twingraph.query.engine import GRAPHS, RESULTS, Engine
from twingraph.query.lanes import Lane
from twingraph.settings import Settings

MADE_UP = "https://example.org/made-up/"
NAME = f"SELECT ?name {{ <{MADE_UP}town/7> <{MADE_UP}name> ?name }}"
ENDLESS = "SELECT * { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i } ORDER BY ?i ?f"
COUNTING = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"
SHORT = Settings(seconds=0.4, mebibytes=160, answer_mebibytes=1)


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


def holder_of(engine: Engine) -> int:
    return engine._holder._process.pid  # noqa: SLF001 - a test looks behind the curtain


def workers_of(engine: Engine) -> set[int]:
    return descendants(holder_of(engine))


def priorities_of(engine: Engine) -> list[int]:
    return [os.getpriority(os.PRIO_PROCESS, worker) for worker in workers_of(engine)]


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


def test_a_form_of_query_without_an_acceptable_format_is_told_what_there_is(engine: Engine) -> None:
    with pytest.raises(NotAcceptable, match="text/csv"):
        engine.answer("ASK {}", results=None)
    with pytest.raises(NotAcceptable, match="text/turtle"):
        engine.answer("CONSTRUCT WHERE { ?s ?p ?o }", graphs=None)


def test_the_default_graph_holds_each_triple_once_and_its_quotes_all_graphs(engine: Engine) -> None:
    triple = f"<{MADE_UP}town/7> <{MADE_UP}name> ?name"
    assert rows(engine, f"SELECT (COUNT(*) AS ?n) {{ {triple} }}") == [{"n": "1"}]
    assert len(rows(engine, f"SELECT ?quote {{ GRAPH ?quote {{ {triple} }} }}")) == 2


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


def test_from_selects_a_graph_of_ours(engine: Engine) -> None:
    assert rows(engine, f"SELECT * FROM <{MADE_UP}quote/again> {{ ?s ?p ?o }}") == [
        {"s": f"{MADE_UP}town/7", "p": f"{MADE_UP}name", "o": "Izdomāta 7"}
    ]


# What is refused


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("SELECT * {\n  ?s foo:p ?o }", "Line 2, column 6, at foo:p: Prefix not found."),
        ("SELECT * { FILTER(REGX(?a)) }", "Line 1, column 19, at REGX: this is not SPARQL 1.1."),
        ("SELECT * { ?s ?p ?o", "Line 1, column 20, at the end: this is not SPARQL 1.1 (expected ,"),
        ("SELECT ?x { ?š ?p ?o } WHERE", "Line 1, column 24, at WHERE: this is not SPARQL 1.1."),
        ("", "Line 1, column 1, at the end: this is not SPARQL 1.1."),
        ("DROP ALL", "This is SPARQL Update: nothing can be changed here."),
        ("SELECT * { FILTER(<http://a/f>(1)) }", "custom function <http://a/f> is not supported"),
        ("SELECT * { SERVICE SILENT <http://a/> {} }", "SERVICE is not offered here"),
    ],
)
def test_a_mistake_is_shown_where_it_stands(engine: Engine, query: str, sentence: str) -> None:
    with pytest.raises(BadQuery) as refused:
        engine.answer(query)
    assert sentence in str(refused.value)


def test_an_answer_over_the_limit_is_refused_whole(engine: Engine) -> None:
    with pytest.raises(AnswerTooLarge, match="over 1 MiB"):
        engine.answer("SELECT * { ?a ?b ?c . ?d ?e ?f } LIMIT 20000")
    assert is_well(engine)


@pytest.mark.parametrize("text", [b"not quads", None])
def test_quads_that_can_not_be_read_are_named(tmp_path: Path, text: bytes | None) -> None:
    path = tmp_path / "broken.nq"
    if text:
        path.write_bytes(text)
    before = descendants(os.getpid())
    with pytest.raises(UnreadableFile, match=r"broken\.nq: cannot be read"):
        Engine(path, SHORT).ready()
    assert descendants(os.getpid()) <= before


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
    with Engine(quads, Settings(seconds=5, mebibytes=100)) as engine, ThreadPoolExecutor() as pool:
        assert is_well(engine)
        before = max(map(resident_mebibytes, workers_of(engine)))
        asked = pool.submit(engine.answer, ENDLESS)
        peak = 0.0
        while not asked.done():
            peak = max(peak, *map(resident_mebibytes, workers_of(engine)), 0.0)
        with pytest.raises(MemoryLimit, match="100 MiB"):
            asked.result()
        assert before < peak <= before + 100
        assert is_well(engine)


def test_processor_time_is_limited_too(quads: Path) -> None:
    with Engine(quads, Settings(seconds=5, cpu_seconds=1)) as engine, pytest.raises(TimeLimit, match="1 second"):
        engine.answer(COUNTING)


def test_a_worker_that_does_not_keep_time_is_killed_from_outside(quads: Path) -> None:
    with Engine(quads, SHORT) as engine, ThreadPoolExecutor() as pool:
        assert is_well(engine)
        (stuck,) = workers_of(engine)
        os.kill(stuck, signal.SIGSTOP)
        start = time.monotonic()
        asked = pool.submit(engine.answer, NAME)
        with pytest.raises(TimeLimit):
            asked.result()
        assert time.monotonic() - start < 0.4 + 0.5
        assert not is_running(stuck)
        assert is_well(engine)


def test_a_server_that_ignores_alarms_has_workers_that_do_not(quads: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(holder_module, "_GRACE", 5)
    with ignored(signal.SIGALRM), Engine(quads, SHORT) as engine:
        start = time.monotonic()
        with pytest.raises(TimeLimit):
            engine.answer(COUNTING)
        assert time.monotonic() - start < 0.4 + 0.5


def test_a_query_that_breaks_the_parser_costs_one_worker(quads: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(holder_module, "_COMMAND", (sys.executable, "-c", UNCHECKED))
    with Engine(quads, SHORT) as engine:
        with pytest.raises(WorkerDied):
            engine.answer("SELECT * { FILTER(" + "!" * 50_000 + "1) }")
        assert is_well(engine)


def test_a_worker_that_keeps_memory_is_replaced(quads: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(holder_module, "_COMMAND", (sys.executable, "-c", UNCHECKED))
    with Engine(quads, Settings(mebibytes=40, quick_seconds=10)) as engine:
        assert is_well(engine)
        (grown,) = workers_of(engine)
        engine.answer("SELECT * {" + "{} UNION " * 3_000 + "{} }")
        assert not is_running(grown)
        assert is_well(engine)


# Two lanes


def test_a_cheap_query_is_answered_while_every_place_of_the_slow_lane_is_taken(quads: Path) -> None:
    with Engine(quads, Settings(seconds=3, slow_workers=2)) as engine, ThreadPoolExecutor() as pool:
        slow = [pool.submit(engine.answer, COUNTING) for _ in range(2)]
        assert eventually(lambda: len(priorities_of(engine)) == 2 and set(priorities_of(engine)) == {19})
        assert is_well(engine)
        assert not any(one.done() for one in slow)
        assert sorted(priorities_of(engine)) == [0, 19, 19]
        assert all(isinstance(one.exception(), TimeLimit) for one in slow)


def test_a_query_that_takes_its_time_is_answered_all_the_same(quads: Path) -> None:
    counting = f"SELECT (COUNT(*) AS ?n) {{ ?a <{MADE_UP}name> ?b . ?c <{MADE_UP}name> ?d . FILTER(?a != ?c) }}"
    with Engine(quads, Settings(slow_workers=1, quick_seconds=0.02)) as engine:
        with ThreadPoolExecutor() as pool:
            answers = set(pool.map(lambda _: engine.answer(counting).body, range(3)))
        assert [json.loads(answer)["results"]["bindings"][0]["n"]["value"] for answer in answers] == ["999000"]


def test_of_many_slow_queries_those_without_a_place_are_told_when_to_come_back(quads: Path) -> None:
    limits = Settings(workers=1, slow_workers=1, waiting=1, seconds=2, queue_seconds=0.5)
    with Engine(quads, limits) as engine, ThreadPoolExecutor() as pool:
        asked = [pool.submit(engine.answer, COUNTING) for _ in range(5)]
        refused = [error for one in asked if isinstance(error := one.exception(), Busy)]
        assert len(refused) >= 3
        assert {error.retry_after for error in refused} <= {1, 2}
        assert is_well(engine)


def test_whoever_comes_last_goes_first_and_the_oldest_is_sent_away() -> None:
    lane, order = Lane(places=1, waiting=2), []

    def visit(name: str) -> None:
        came = lane.enter(5)
        order.append((name, came))
        if came:
            lane.leave()

    assert lane.enter(0)
    with ThreadPoolExecutor() as pool:
        for number, name in enumerate(("first", "second", "third")):
            pool.submit(visit, name)
            assert eventually(lambda number=number: len(lane._turns) + len(order) == number + 1)  # noqa: SLF001
        lane.leave()
    assert order == [("first", False), ("third", True), ("second", True)]
    assert lane.enter_at_once()
    assert not lane.enter_at_once()
    assert not lane.enter(0.01)


def test_a_worker_is_freed_when_its_asker_has_gone(quads: Path) -> None:
    with Engine(quads, Settings(seconds=5)) as engine, ThreadPoolExecutor() as pool:
        gone = threading.Event()
        slow = pool.submit(engine.answer, COUNTING, gone=gone.is_set)
        assert eventually(lambda: priorities_of(engine) == [19])
        assert not slow.done()
        gone.set()
        assert isinstance(slow.exception(1), HungUp)
        assert not workers_of(engine)


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


def test_several_graphs_that_from_names_are_merged(engine: Engine) -> None:
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


def test_a_graph_of_elsewhere_is_empty_and_not_fetched(engine: Engine, listener: Listener) -> None:
    elsewhere = (listener.url, "file:///etc/passwd")
    answer = engine.answer(
        "ASK { { ?s ?p ?o } UNION { GRAPH ?g { ?s ?p ?o } } }", default_graphs=elsewhere, named_graphs=elsewhere
    )
    assert json.loads(answer.body)["boolean"] is False
    assert not listener.was_called()


# No door out


UNCHECKED = "from twingraph import sparql, worker; sparql.check = lambda query: None; worker.main()"


@pytest.mark.parametrize("silent", ["", "SILENT"])
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_service_reaches_no_listener_even_below_the_check(
    quads: Path, listener: Listener, monkeypatch: pytest.MonkeyPatch, host: str, silent: str
) -> None:
    monkeypatch.setattr(holder_module, "_COMMAND", (sys.executable, "-c", UNCHECKED))
    url = listener.url.replace("127.0.0.1", host)
    # Evaluation fails with an error, which SILENT turns into an empty answer.
    failing = nullcontext() if silent else pytest.raises(BadQuery, match="can not be answered")
    with Engine(quads, SHORT) as engine:
        with failing:
            engine.answer(f"SELECT * {{ SERVICE {silent} <{url}> {{ ?s ?p ?o }} }}")
        assert not listener.was_called()
        assert is_well(engine)


def test_from_fetches_nothing(engine: Engine, listener: Listener) -> None:
    for clause in (f"FROM <{listener.url}>", f"FROM NAMED <{listener.url}>", "FROM <file:///etc/passwd>"):
        assert rows(engine, f"SELECT * {clause} {{ ?s ?p ?o }}") == []
    assert not listener.was_called()


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
    with Engine(quads, Settings(seconds=5, workers=3)) as engine, ThreadPoolExecutor(8) as pool:
        slow = pool.submit(engine.answer, COUNTING)
        assert eventually(lambda: bool(workers_of(engine)))
        (victim,) = workers_of(engine)
        others = [pool.submit(is_well, engine) for _ in range(200)]
        os.kill(victim, signal.SIGKILL)
        assert isinstance(slow.exception(), WorkerDied)
        assert all(other.result() for other in others)


def test_a_worker_that_died_idle_is_replaced_unnoticed(quads: Path) -> None:
    with Engine(quads, SHORT) as engine:
        assert is_well(engine)
        (idle,) = workers_of(engine)
        os.kill(idle, signal.SIGKILL)
        assert eventually(lambda: not is_running(idle))
        assert is_well(engine)


def test_a_holder_that_died_is_replaced_unnoticed(quads: Path) -> None:
    with Engine(quads, SHORT) as engine:
        assert is_well(engine)
        holder, (worker,) = holder_of(engine), workers_of(engine)
        os.kill(holder, signal.SIGKILL)
        assert eventually(lambda: not is_running(worker))
        assert is_well(engine)


# Nothing left over


def test_closing_ends_every_process_even_busy_ones(quads: Path) -> None:
    engine = Engine(quads, Settings(seconds=5))
    with ThreadPoolExecutor() as pool:
        slow = pool.submit(engine.answer, COUNTING)
        assert eventually(lambda: bool(workers_of(engine)))
        started = {holder_of(engine)} | workers_of(engine)
        engine.close()
        assert not any(map(is_running, started))
        assert isinstance(slow.exception(), WorkerDied)
        with pytest.raises(WorkerDied):
            engine.answer(NAME)


SERVER = """
import sys, threading, time
from pathlib import Path
from twingraph.query.engine import Engine
from twingraph.settings import Settings
with Engine(Path(sys.argv[1]), Settings(seconds=30)) as engine:
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


# What it is made of


def test_half_a_message_is_no_message() -> None:
    ours, theirs = socket.socketpair()
    with ours:
        with theirs:
            threading.Thread(
                target=wire.send, args=(theirs, wire.Message(wire.Tag.SOLUTIONS, last=False, body=b"x" * 9))
            ).start()
            assert wire.receive(ours).body == b"x" * 9
            theirs.sendall(b"\1\0" + (99).to_bytes(8, "big") + b"half")
        with pytest.raises(EOFError):
            wire.receive(ours)


def test_the_server_loads_no_query_engine_and_its_workers_nothing_but() -> None:
    code = "import sys, twingraph.{}; print(*sys.modules)"
    loaded = {
        module: subprocess.run(
            [sys.executable, "-c", code.format(module)], check=True, capture_output=True, text=True
        ).stdout.split()
        for module in ("engine", "worker")
    }
    assert "pyoxigraph" not in loaded["engine"]
    assert not {"rdflib", "flask", "dataclasses"} & set(loaded["worker"])
