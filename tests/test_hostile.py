"""The server under attack: it answers, refuses or hangs up, gets its memory back, and calls nobody."""

import contextlib
import gzip
import http.client
import re
import socket
import statistics
import time
import tomllib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

import jinja2
import pytest

import serving
from releases import remade
from serving import Listener, Server, descendants, eventually, is_running, mebibytes, priorities
from twingraph.settings import QUADS, Settings
from twingraph.web.front import count_threads

SHORT = {"seconds": 0.5, "queue_seconds": 0.5, "silent_seconds": 0.5, "mebibytes": 128, "answer_mebibytes": 4}
SHORT |= {"workers": 2, "waiting": 8}
THREADS = count_threads(Settings(**SHORT))
MEMORY = 64
"""Mebibytes that the server may hold after an attack beyond what it held before: buffers of threads and libraries."""
MADE_UP = "https://example.org/made-up/"
PRODUCT = "?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l . ?m ?n ?o"
COUNTED = f"SELECT (COUNT(*) AS ?all) {{ {PRODUCT} }}"
LONG = f"SELECT ?a ?d {{ ?a <{MADE_UP}name> ?b . ?d <{MADE_UP}script> ?e . ?f <{MADE_UP}next> ?g }} LIMIT 80000"


def asked(query: str = "ASK {}", **fields: str) -> str:
    return "/sparql?" + urlencode({"query": query} | fields)


GET = f"GET {asked()} HTTP/1.1\nHost: a\n"
POST = "POST /sparql HTTP/1.1\nHost: a\nContent-Type: application/sparql-query\n"
ASKING = f"{POST}Content-Length: 100\n"
TEMPLATES = jinja2.Environment(keep_trailing_newline=True)
TEMPLATES.filters["gzip"] = lambda text: gzip.compress(text.encode(), mtime=0).decode("latin-1")
TEMPLATES.globals |= {"asked": asked, "product": PRODUCT, "counted": COUNTED, "made_up": MADE_UP}
TEMPLATES.globals |= {"next": f"<{MADE_UP}next>", "get": GET, "post": POST, "smuggled": f"{GET}X-Smuggled: yes\n\n"}
HOSTILE = {
    kind: {name: (statuses, template) for statuses, named in below.items() for name, template in named.items()}
    for kind, below in tomllib.loads(Path(__file__).with_name("hostile.toml").read_text("utf-8")).items()
}
"""What hostile askers send, by its kind and its name: the statuses of its answers, and a template."""


@dataclass(frozen=True)
class Attacked(Server):
    """A server that is attacked, and the listener that it should never call."""

    listener: Listener

    def hostile(self, kind: str, name: str) -> tuple[list[set[int]], str]:
        """Write what a hostile asker sends; give the statuses of each answer that may come, too."""
        statuses, template = HOSTILE[kind][name]
        answers = [set(map(int, each.split())) for each in statuses.split(",")]
        return answers, TEMPLATES.from_string(template.removeprefix("\n")).render(listener=self.listener.url)

    def connect(self, sent: str) -> socket.socket:
        """Send characters as bytes, with lines as HTTP ends them."""
        connection = socket.create_connection(("127.0.0.1", self.port), timeout=10)
        with contextlib.suppress(ConnectionError):
            connection.sendall(sent.replace("\n", "\r\n").encode("latin-1"))
        return connection

    def is_well(self) -> bool:
        with contextlib.suppress(OSError, http.client.HTTPException):
            return self.ask(asked()).status == 200
        return False

    def at_work(self) -> list[int]:
        """Give the processes that run at the moment; workers that wait for a query sleep."""
        return [one for one in descendants(self.process.pid) if state_of(one) in "RD"]

    def slow(self) -> list[int]:
        """Give the workers of the slow lane."""
        return [one for one in descendants(self.process.pid) if priorities([one]) == [19]]


def everything_from(connection: socket.socket) -> bytes:
    """Read until the server hangs up, or says no more after it said something."""
    said = b""
    with connection, contextlib.suppress(OSError):
        while part := connection.recv(1 << 16):
            said += part
            connection.settimeout(0.3)
    return said


def answers_in(said: bytes) -> Iterator[tuple[int, bytes]]:
    """Split what a server said into answers; each states the length of its body."""
    while said:
        head, _, rest = said.partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1."), head
        found = re.search(rb"(?i)\r\ncontent-length: (\d+)", head)
        length = int(found[1]) if found else 0
        if (status := int(head[9:12])) >= 200:
            yield status, head + rest[:length]
        said = rest[length:]


def state_of(process: int) -> str:
    with contextlib.suppress(OSError, IndexError):
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    return "Z"


@pytest.fixture(scope="module")
def made_up(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A made-up release of a thousand towns, one with a name that would be a script."""
    folder = tmp_path_factory.mktemp("made-up") / "release"
    quads = "".join(
        f"<{MADE_UP}{n}> <{MADE_UP}next> <{MADE_UP}{(n + 1) % 1_000}> <{MADE_UP}quote/{n % 10}> .\n"
        f'<{MADE_UP}{n}> <{MADE_UP}name> "Izdomāta {n}"@lv <{MADE_UP}quote/{n % 10}> .\n'
        for n in range(1_000)
    )
    quads += f'<{MADE_UP}town> <{MADE_UP}script> "<script>alert(1)</script>" <{MADE_UP}quote/1> .\n'
    return remade(folder, {QUADS: quads}).folder


@contextlib.contextmanager
def started(release: Path, **settings: float) -> Iterator[Attacked]:
    with contextlib.closing(Listener()) as listener:
        with serving.started(release, **SHORT | settings) as server:
            yield Attacked(server.process, server.port, listener)
            left = descendants(server.process.pid)
        assert eventually(lambda: not any(map(is_running, left)))


@pytest.fixture(scope="module")
def server(made_up: Path) -> Iterator[Attacked]:
    with started(made_up) as server:
        yield server


@pytest.fixture(scope="module")
def roomy(made_up: Path) -> Iterator[Attacked]:
    """A server with limits as they are in use, for what takes several seconds."""
    with started(made_up, seconds=4.0, queue_seconds=2.0, workers=3, waiting=64) as server:
        yield server


@pytest.fixture
def unharmed(server: Attacked) -> Iterator[None]:
    """Hold the server to what it was: it answers, no worker goes on, memory is back, nobody was called."""
    before = mebibytes(server.process.pid)
    yield
    check_unharmed(server, before)


def check_unharmed(server: Attacked, before: float) -> None:
    assert eventually(server.is_well)
    assert eventually(lambda: not server.at_work() and not server.slow())
    assert eventually(lambda: mebibytes(server.process.pid) < before + MEMORY)
    assert len(descendants(server.process.pid)) <= 2 + 7  # granian's, the holder, and the workers
    assert not server.listener.was_called()


# What is asked


@pytest.mark.usefixtures("unharmed")
@pytest.mark.parametrize("name", HOSTILE["queries"])
def test_a_hostile_query_harms_nothing(server: Attacked, name: str) -> None:
    [statuses], query = server.hostile("queries", name)
    got = server.ask(
        "/sparql", "POST", urlencode({"query": query}), {"Content-Type": "application/x-www-form-urlencoded"}
    )
    assert got.status in statuses, got.body[:300]
    assert b"root:" not in got.body
    if got.status != 200:
        # A sentence, not what the program says to programmers.
        assert b"Traceback" not in got.body
        assert 20 < len(got.body) < 2_000


@pytest.mark.usefixtures("unharmed")
@pytest.mark.parametrize("name", HOSTILE["requests"])
def test_a_hostile_request_harms_nothing(server: Attacked, name: str) -> None:
    [statuses], sent = server.hostile("requests", name)
    got = server.send(sent)
    assert got.status in statuses, got.body[:300]
    assert not {"set-cookie", "x-evil"} & got.headers.keys()
    assert not got.body.startswith(b"alert")
    assert not any(word in got.body for word in (b"root:", b"Traceback"))
    assert not got.media_type.startswith("text/html") or b"<script>alert" not in got.body
    assert "evil.example" not in got.headers.get("location", "")


@pytest.mark.usefixtures("unharmed")
@pytest.mark.parametrize("name", HOSTILE["bytes"])
def test_hostile_bytes_harm_nothing(server: Attacked, name: str) -> None:
    expected, sent = server.hostile("bytes", name)
    answers = list(answers_in(everything_from(server.connect(sent))))
    assert len(answers) <= len(expected), answers
    for (status, rest), statuses in zip(answers, expected, strict=False):
        assert status in statuses, rest
        assert b"<script>alert" not in rest


@pytest.mark.usefixtures("unharmed")
def test_answers_to_fifty_requests_sent_ahead_come_in_their_order(server: Attacked) -> None:
    sent = "".join(f"GET {asked(f'ASK {{ FILTER({n} = 33) }}')} HTTP/1.1\nHost: a\n\n" for n in range(50))
    answers = answers_in(everything_from(server.connect(sent)))
    assert [b'"boolean":true' in body for _, body in answers] == [n == 33 for n in range(50)]


# Who takes his time


@pytest.mark.usefixtures("unharmed")
@pytest.mark.parametrize(
    "begun",
    ["", "G", GET, f"{GET}Accept: te", f"{ASKING}\n", f"{ASKING}\nASK", f"{POST}Transfer-Encoding: chunked\n\n5\nAS"],
    ids=["nothing", "one letter", "some headers", "half a header", "no body", "half a body", "half a chunk"],
)
def test_a_request_that_is_never_ended_is_ended_by_the_server(server: Attacked, begun: str) -> None:
    # A refusal may come first.
    with server.connect(begun) as connection, contextlib.suppress(ConnectionError):
        while connection.recv(1 << 16):
            pass


@pytest.mark.usefixtures("unharmed")
@pytest.mark.parametrize("begun", [f"{GET}A: ", f"{POST}Content-Length: 1000\n\n"], ids=["headers", "a body"])
def test_a_request_that_drips_is_ended_by_the_server(server: Attacked, begun: str) -> None:
    with server.connect(begun) as connection:
        end = time.monotonic() + 10
        with contextlib.suppress(ConnectionError):
            while time.monotonic() < end:
                connection.sendall(b"#")
                time.sleep(0.05)
        assert time.monotonic() < end


@pytest.mark.usefixtures("unharmed")
@pytest.mark.parametrize("begun", ["", GET, f"{ASKING}\nASK"])
def test_three_hundred_who_never_end_their_request_keep_nobody_from_an_answer(server: Attacked, begun: str) -> None:
    with contextlib.ExitStack() as connections:
        for _ in range(300):
            connections.enter_context(server.connect(begun))
        assert server.is_well()


def test_no_more_than_a_quarter_of_the_threads_read_bodies_and_others_are_told_when_to_come_back(
    made_up: Path,
) -> None:
    with started(made_up, silent_seconds=5) as server, contextlib.ExitStack() as connections:
        for _ in range(THREADS // 4 - 1):
            connections.enter_context(server.connect(f"{ASKING}\nASK"))
        # Who asks before all of them are read would take the place of one.
        time.sleep(1)
        sent = ("/sparql", "POST", b"ASK {}", {"Content-Type": "application/sparql-query"})
        refused = server.ask(*sent)
        assert (refused.status, int(refused.headers["retry-after"]) >= 1) == (503, True)
        assert server.is_well()
        assert eventually(lambda: server.ask(*sent).status == 200, 30)


def test_those_who_never_read_their_answer_hold_no_more_than_half_of_the_threads(made_up: Path) -> None:
    # Longer than what the system takes for a reader who does not.
    large = {"seconds": 5, "mebibytes": 512, "answer_mebibytes": 16, "cache_mebibytes": 128}
    with started(made_up, silent_seconds=20, **large) as server:
        # Kept from now on, as there is room for it, so that all who come are answered, and at once.
        assert eventually(lambda: {server.ask(asked(LONG)).status for _ in range(3)} == {200}, 10)
        with contextlib.ExitStack() as connections:

            def is_full_with_another() -> bool:
                one = connections.enter_context(socket.socket())
                one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
                one.connect(("127.0.0.1", server.port))
                one.sendall(f"GET {asked(LONG)} HTTP/1.1\r\nHost: a\r\n\r\n".encode())
                return server.ask(asked(LONG)).status == 503

            assert eventually(is_full_with_another, 30)
            assert server.is_well()
        assert eventually(lambda: server.ask(asked(LONG)).status == 200, 30)


# Who asks too much


def test_two_hundred_slow_queries_at_once_leave_cheap_ones_quick(roomy: Attacked) -> None:
    before, statuses, took = mebibytes(roomy.process.pid), [], []

    def ask_slowly(number: int) -> int:
        return roomy.ask(asked(f"{COUNTED} # {number}")).status

    with ThreadPoolExecutor(200) as pool:
        slow = [pool.submit(ask_slowly, number) for number in range(200)]
        time.sleep(0.2)
        for number in range(60):
            begun = time.monotonic()
            statuses.append(roomy.ask(asked(f"ASK {{ ?s ?p {number} }}")).status)
            took.append(time.monotonic() - begun)
            time.sleep(0.02)
        assert not all(one.done() for one in slow)
        refused = [one.result() for one in slow]
    assert set(statuses) == {200}
    assert statistics.median(took) < 0.5
    assert set(refused) == {503}
    check_unharmed(roomy, before)
