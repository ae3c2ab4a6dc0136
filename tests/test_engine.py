"""The engine: what it answers, what it refuses, its limits and lanes, and that nothing is left over."""

import io
import json
import os
import signal
import subprocess
import sys
import threading
import time
import tomllib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, nullcontext
from pathlib import Path
from typing import Any

import pytest
from rdflib import Graph
from rdflib.query import Result

from asking import rows
from serving import Listener, descendants, eventually, is_running, priorities, resident_mebibytes
from twingraph import errors
from twingraph.errors import BadQuery, Busy, NotAcceptable, TimeLimit, WorkerDied
from twingraph.query import engine as engine_module
from twingraph.query.engine import GRAPHS, RESULTS, Engine, Lane, LocalEngine, open_engine
from twingraph.query.evaluation import check, explain, mask
from twingraph.settings import Settings

MADE_UP = "https://example.org/made-up/"
TOWN, HAS_NAME = f"<{MADE_UP}town/7>", f"<{MADE_UP}name>"
NAME = f"SELECT ?name {{ {TOWN} {HAS_NAME} ?name }}"
ENDLESS = "SELECT * { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i } ORDER BY ?i ?f"
COUNTING = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"
QUERIES = tomllib.loads(Path(__file__).with_name("queries.toml").read_text("utf-8").replace("MADE-UP/", MADE_UP))
SHORT = Settings(seconds=0.4, mebibytes=160, answer_mebibytes=1)
UNCHECKED = """
from twingraph.query import evaluation, worker
evaluation.check = evaluation.mask = lambda query: query
worker.main()
"""


@pytest.fixture(scope="module")
def quads(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three thousand made-up triples in a hundred graphs, one of them in two graphs."""
    lines = [f'{TOWN} {HAS_NAME} "Izdomāta 7"@lv <{MADE_UP}quote/again> .']
    for n in range(1_000):
        town, graph = f"<{MADE_UP}town/{n}>", f"<{MADE_UP}quote/{n % 100}>"
        lines.append(f'{town} {HAS_NAME} "Izdomāta {n}"@lv {graph} .')
        lines.append(f"{town} <{MADE_UP}twin> <{MADE_UP}town/{n * 7 % 1_000}> {graph} .")
        lines.append(f"{town} <{MADE_UP}in> <{MADE_UP}country/{n % 9}> {graph} .")
    path = tmp_path_factory.mktemp("made-up") / "made-up.nq"
    path.write_text("\n".join(lines), "utf-8")
    return path


@pytest.fixture(scope="module")
def engine(quads: Path) -> Iterator[Engine]:
    with Engine(quads, SHORT) as engine:
        yield engine


@pytest.fixture
def listener() -> Iterator[Listener]:
    with closing(Listener()) as listener:
        yield listener


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


@pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated")  # by rdflib's own reader of JSON-LD
@pytest.mark.parametrize("media_type", [*RESULTS, *GRAPHS])
def test_an_answer_comes_in_every_format_offered(engine: Engine, media_type: str) -> None:
    query, kind = (NAME, "solutions") if media_type in RESULTS else (f"DESCRIBE {TOWN}", "triples")
    answer = engine.answer(query, results=media_type, graphs=media_type)
    assert (answer.kind, answer.media_type) == (kind, media_type)
    if media_type == "text/tab-separated-values":
        assert answer.body == '?name\n"Izdomāta 7"@lv\n'.encode()
    elif kind == "solutions":
        read = Result.parse(io.BytesIO(answer.body), content_type=media_type)
        assert [str(row.name) for row in read] == ["Izdomāta 7"]
    else:
        # Without named graphs these two are their simpler siblings, which rdflib reads without a warning.
        siblings = {"application/trig": "text/turtle", "application/n-quads": "application/n-triples"}
        assert len(Graph().parse(data=answer.body, format=siblings.get(media_type, media_type))) == 3


def test_yes_and_no_are_answered_as_such_and_classes_in_json_ld_by_type(engine: Engine) -> None:
    answer = engine.answer("ASK {}")
    assert (answer.kind, json.loads(answer.body)) == ("boolean", {"head": {}, "boolean": True})
    query = f'CONSTRUCT {{ <{MADE_UP}a> a <{MADE_UP}B> , <{MADE_UP}C> ; <{MADE_UP}d> "{{\\"@id\\":1}}" }} {{}}'
    (node,) = json.loads(engine.answer(query, graphs="application/ld+json").body)
    assert sorted(node.pop("@type")) == [f"{MADE_UP}B", f"{MADE_UP}C"]
    assert node == {"@id": f"{MADE_UP}a", f"{MADE_UP}d": [{"@value": '{"@id":1}'}]}


def test_turtle_declares_the_prefixes_it_uses_and_no_others(engine: Engine) -> None:
    query = f"CONSTRUCT {{ place:a schema:name ?name }} {{ {TOWN} {HAS_NAME} ?name }}"
    assert engine.answer(query).body.decode() == (
        "@prefix place: <https://w3id.org/twingraph/id/place/> .\n"
        "@prefix schema: <https://schema.org/> .\n"
        'place:a schema:name "Izdomāta 7"@lv .\n'
    )


@pytest.mark.parametrize(("found", "query"), QUERIES["answered"].values(), ids=QUERIES["answered"])
def test_a_query_means_what_the_specification_and_the_release_say(
    engine: Engine, found: list[list[str]], query: str
) -> None:
    assert [list(row.values()) for row in rows(engine, query)] == found


def test_a_file_of_turtle_is_seen_beside_the_quads(quads: Path, tmp_path: Path) -> None:
    (tmp_path / "more.ttl").write_text(f'<{MADE_UP}more> {HAS_NAME} "Vairāk"@lv .', "utf-8")
    with Engine(quads, SHORT, tmp_path / "more.ttl") as engine:
        assert rows(engine, NAME.replace("town/7", "more")) == [{"name": "Vairāk"}]
        assert is_well(engine)


# What is refused


@pytest.mark.parametrize(("sentence", "query"), QUERIES["refused"].items())
def test_what_can_not_be_answered_is_said_where_it_stands_in_both_languages(
    engine: Engine, sentence: str, query: str
) -> None:
    with pytest.raises((BadQuery, errors.AnswerTooLarge)) as refused:
        engine.answer(query, graphs="application/rdf+xml", results="application/sparql-results+xml")
    assert sentence in str(refused.value)
    assert sentence.rpartition(": ")[2][:12] not in refused.value.text.in_language("lv") or "custom" in sentence
    assert is_well(engine)


@pytest.mark.parametrize(
    ("sentence", "query", "options"),
    [
        ("results: accept one of application/sparql-results+json", "ASK {}", {"results": None}),
        ("a graph: accept one of text/turtle", "CONSTRUCT WHERE { ?s ?p ?o }", {"graphs": None}),
        *(("The name of a graph", "ASK {}", {"default_graphs": (name,)}) for name in ("a", "", "http://a b", "\ud800")),
    ],
)
def test_a_format_and_a_graph_that_there_can_not_be_are_refused(
    engine: Engine, sentence: str, query: str, options: dict[str, Any]
) -> None:
    with pytest.raises((BadQuery, NotAcceptable), match=sentence.replace("+", "[+]")):
        engine.answer(query, **options)


@pytest.mark.parametrize("group", QUERIES["service"]["hides_in"])
def test_service_is_refused_wherever_it_hides(engine: Engine, listener: Listener, group: str) -> None:
    prefixes = "PREFIX : <LISTENER> PREFIX ex: <LISTENER> PREFIX SERVICE: <LISTENER> PREFIX SERVICX: <LISTENER>"
    with pytest.raises(BadQuery, match=r"SERVICE is not offered|this is not SPARQL|this prefix is not declared"):
        engine.answer(f"{prefixes} SELECT * {{ {group} }}".replace("LISTENER", listener.url))
    assert not listener.was_called()


@pytest.mark.usefixtures("unchecked")
@pytest.mark.parametrize("opening", ["(", "[ ?p ", "!(", "IF(true,1,", "<<( ?s ?p "])
def test_no_depth_breaks_a_worker_even_where_it_is_hidden(quads: Path, opening: str) -> None:
    with Engine(quads, Settings(seconds=1)) as engine:
        # Whatever the parser makes of it, and however long it takes: its stack holds.
        with pytest.raises((BadQuery, TimeLimit)):
            engine.answer("ASK { ?s ?p 1 FILTER(" + opening * 15_000)
        assert is_well(engine)


@pytest.mark.parametrize("kind", [Engine, LocalEngine])
@pytest.mark.parametrize("name", ["missing.nq", "broken.nq"])
def test_quads_that_can_not_be_read_are_named(tmp_path: Path, name: str, kind: type) -> None:
    (tmp_path / "broken.nq").write_text("not quads")
    before = descendants(os.getpid())
    with pytest.raises(errors.UnreadableFile, match=f"{name}: cannot be read"), kind(tmp_path / name, SHORT):
        pass
    assert descendants(os.getpid()) <= before


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


@pytest.mark.parametrize("query", [ENDLESS, COUNTING, NAME])
def test_a_query_is_stopped_in_time_even_by_a_worker_that_is_stuck_and_the_next_one_answered(
    quads: Path, query: str
) -> None:
    with Engine(quads, Settings(seconds=0.4, mebibytes=2_000)) as engine:
        assert is_well(engine)
        (worker,) = workers_of(engine)
        if query == NAME:
            os.kill(worker, signal.SIGSTOP)
            assert eventually(lambda: "State:\tT" in Path(f"/proc/{worker}/status").read_text())
        start = time.monotonic()
        with pytest.raises(TimeLimit, match=r"0\.4 seconds"):
            engine.answer(query)
        assert time.monotonic() - start < 0.4 + 5
        assert not is_running(worker)
        assert is_well(engine)


def test_memory_stays_under_its_limit_and_the_next_query_is_answered(quads: Path) -> None:
    with Engine(quads, Settings(seconds=9, mebibytes=100)) as engine, ThreadPoolExecutor() as pool:
        assert is_well(engine)
        before = max(map(resident_mebibytes, workers_of(engine)))
        slow, peak = pool.submit(engine.answer, ENDLESS), 0.0
        while not slow.done():
            peak = max(peak, *map(resident_mebibytes, workers_of(engine)), 0.0)
        with pytest.raises(errors.MemoryLimit, match="100 MiB"):
            slow.result()
        assert before < peak <= before + 100
        assert is_well(engine)


@pytest.mark.parametrize("by_server", [signal.SIG_DFL, signal.SIG_IGN])
def test_processor_time_is_limited_too_whatever_a_server_ignores(quads: Path, by_server: signal.Handlers) -> None:
    before = signal.signal(signal.SIGPROF, by_server)
    try:
        with Engine(quads, Settings(seconds=20, cpu_seconds=1)) as engine, pytest.raises(TimeLimit, match="1 second"):
            engine.answer(COUNTING)
    finally:
        signal.signal(signal.SIGPROF, before)


@pytest.mark.usefixtures("unchecked")
def test_a_worker_that_keeps_memory_is_replaced(quads: Path) -> None:
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
    counting = f"SELECT (COUNT(*) AS ?n) {{ ?a {HAS_NAME} ?b . ?c {HAS_NAME} ?d . FILTER(?a != ?c) }}"
    enough = threading.Event()

    def ask_slowly(asker: int) -> None:
        while not enough.is_set():
            with pytest.raises((TimeLimit, Busy)):
                engine.answer(COUNTING, asker=str(asker))

    # As long as a machine may take that is busy with something else.
    with Engine(quads, Settings(seconds=4, queue_seconds=20)) as engine, ThreadPoolExecutor() as pool:
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


@pytest.mark.parametrize(
    ("waiting", "names", "first", "rest"),
    [
        # Whoever comes last goes first, and the oldest is sent away.
        (2, ("a1", "a2", "a3"), ["no a1"], [["a3", "a2"]]),
        # Of several, the oldest of who asks most.
        (3, ("b1", "a1", "a2", "a3"), ["no a1"], [["b1", "a3", "a2"], ["a3", "b1", "a2"], ["a3", "a2", "b1"]]),
    ],
)
def test_a_lane_gives_its_place_to_who_has_fewest_and_came_last(
    waiting: int, names: tuple[str, ...], first: list[str], rest: list[list[str]]
) -> None:
    lane, order = Lane(places=1, waiting=waiting, seconds=5), []

    def visit(name: str) -> None:
        try:
            lane.enter(name[0])
        except Busy:
            order.append(f"no {name}")
        else:
            order.append(name)
            lane.leave(name[0])

    lane.enter("taker")
    with ThreadPoolExecutor() as pool:
        for number, name in enumerate(names):
            pool.submit(visit, name)
            assert eventually(lambda: len(lane._turns) + len(order) > number)  # noqa: B023, SLF001 - behind the curtain
        assert eventually(lambda: order == first)
        lane.leave("taker")
    assert order[1:] in rest


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
@pytest.mark.parametrize("clauses", ["", f"FROM <{MADE_UP}quote/9> FROM NAMED <{MADE_UP}quote/9>"])
def test_the_dataset_given_beside_a_query_is_the_whole_one(
    engine: Engine, default: tuple[str, ...], named: tuple[str, ...], seen: int, through_graph: int, clauses: str
) -> None:
    graphs = [tuple(f"{MADE_UP}quote/{name}" for name in names) for names in (default, named)]
    for pattern, number in (("?s ?p ?o", seen), ("GRAPH ?g { ?s ?p ?o }", through_graph)):
        query = f"SELECT (COUNT(*) AS ?n) {clauses} {{ {pattern} }}"
        answer = engine.answer(query, default_graphs=graphs[0], named_graphs=graphs[1], results="text/csv")
        assert answer.body == f"n\r\n{number}\r\n".encode()


# No door out


def test_a_graph_of_elsewhere_is_empty_and_not_fetched(engine: Engine, listener: Listener) -> None:
    elsewhere = (listener.url, "file:///etc/passwd")
    query = "ASK { { ?s ?p ?o } UNION { GRAPH ?g { ?s ?p ?o } } }"
    answer = engine.answer(query, default_graphs=elsewhere, named_graphs=elsewhere)
    assert json.loads(answer.body)["boolean"] is False
    for clause in (f"FROM <{listener.url}>", f"FROM NAMED <{listener.url}>", "FROM <file:///etc/passwd>"):
        assert rows(engine, f"SELECT * {clause} {{ ?s ?p ?o }}") == []
    assert not listener.was_called()


@pytest.mark.usefixtures("unchecked")
def test_service_reaches_no_listener_even_below_the_check(quads: Path, listener: Listener) -> None:
    with Engine(quads, SHORT) as engine:
        for url in (listener.url, listener.url.replace("127.0.0.1", "localhost")):
            with pytest.raises(BadQuery, match="can not be answered"):
                engine.answer(f"SELECT * {{ SERVICE <{url}> {{ ?s ?p ?o }} }}")
            # Of an evaluation that fails this makes an empty answer.
            assert rows(engine, f"SELECT * {{ SERVICE SILENT <{url}> {{ ?s ?p ?o }} }}") == [{}]
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
        return rows(engine, NAME.replace("town/7", f"town/{n}"))

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


@pytest.mark.parametrize("victim_of", [lambda engine: min(workers_of(engine)), holder_of])
def test_whatever_died_while_nobody_asked_is_replaced_unnoticed(
    quads: Path, victim_of: Callable[[Engine], int]
) -> None:
    with Engine(quads, SHORT) as engine:
        assert is_well(engine)
        (worker,) = workers_of(engine)
        os.kill(victim_of(engine), signal.SIGKILL)
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


@pytest.mark.parametrize(
    ("module", "without"),
    [("engine", {"pyoxigraph", "resource"}), ("evaluation", {"rdflib", "flask", "babel"}), ("worker", {"rdflib"})],
)
def test_the_server_loads_no_query_engine_and_its_workers_nothing_but(module: str, without: set[str]) -> None:
    code = f"import sys, twingraph.query.{module}; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout.split()
    assert not without & set(loaded)


# The text of a query

BRACKETS = "more than 20 thousand brackets"


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        ("ASK {} #" + "-" * 200_000, "more than 200 thousand characters"),
        ("SELECT * { FILTER(" + "(" * 20_000 + "1" + ")" * 20_000 + ") }", BRACKETS),
        ("ASK { 1 <'> '" + "(" * 20_000 + "' }", BRACKETS),
        # What is merely long may be asked.
        ("SELECT * { VALUES ?x {" + "<http://a/> " * 15_000 + "} }", ""),
        ("SELECT * { VALUES (?x) {" + "(1) " * 19_000 + "} }", ""),
        ("ASK {} #" + "(" * 10_000, ""),
    ],
)
def test_what_is_too_large_to_be_parsed_is_refused(query: str, reason: str) -> None:
    with pytest.raises(BadQuery, match=f"The query is too large: it.*{reason}") if reason else nullcontext():
        check(query)


def test_a_mask_is_as_long_as_the_query_and_holds_a_word_of_its_own() -> None:
    assert mask("ASK {}") == "ASK {}"
    assert mask("ASK { SERVICE <a> {} }") == "ASK { SERVICx <a> {} }"
    assert mask("ASK { service:ServicX }") == "ASK { servicz:ServicX }"


@pytest.mark.parametrize(
    ("text", "begins"), [(text, kind == "are") for kind, texts in QUERIES["updates"].items() for text in texts]
)
def test_an_update_is_told_from_a_mistake(text: str, *, begins: bool) -> None:
    def ask(_: str) -> None:
        raise SyntaxError("error at 1:1: expected made up")

    assert str(explain(text, ask)).startswith("This is SPARQL Update") == begins
