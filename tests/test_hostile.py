"""The server under attack: it answers, refuses or hangs up, gets its memory back, and calls nobody."""

from __future__ import annotations

import contextlib
import http.client
import re
import socket
import statistics
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import pytest

import serving
from hostile import COUNTED, GET, LISTENER, MADE_UP, QUERIES, RAW, REQUESTS, asked, post
from releases import remade
from serving import Listener, Server, descendants, eventually, is_running, priorities
from twingraph.settings import QUADS, Settings
from twingraph.web.front import count_threads

if TYPE_CHECKING:
    from collections.abc import Iterator

SHORT = {"seconds": 0.5, "queue_seconds": 0.5, "silent_seconds": 0.5, "mebibytes": 128, "answer_mebibytes": 4}
SHORT |= {"workers": 2, "waiting": 8}
THREADS = count_threads(Settings(**SHORT))
MEMORY = 64
"""Mebibytes that the server may hold after an attack beyond what it held before: buffers of threads and libraries."""
LONG = f"SELECT ?a ?d {{ ?a <{MADE_UP}name> ?b . ?d <{MADE_UP}script> ?e . ?f <{MADE_UP}next> ?g }} LIMIT 80000"


@dataclass(frozen=True)
class Attacked(Server):
    """A server that is attacked, and the listener that it should never call."""

    listener: Listener

    def connect(self, sent: bytes) -> socket.socket:
        connection = socket.create_connection(("127.0.0.1", self.port), timeout=10)
        with contextlib.suppress(ConnectionError):
            connection.sendall(sent.replace(LISTENER.encode(), self.listener.url.encode()))
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

    def mebibytes(self) -> float:
        return sum(map(proportional_mebibytes, {self.process.pid} | descendants(self.process.pid)))


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


def proportional_mebibytes(process: int) -> float:
    with contextlib.suppress(OSError, ValueError):
        lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
        return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024
    return 0


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
        assert eventually(lambda: not any(map(is_running, left)), 5)


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
    before = server.mebibytes()
    yield
    check_unharmed(server, before)


def check_unharmed(server: Attacked, before: float) -> None:
    assert eventually(server.is_well, 10)
    assert eventually(lambda: not server.at_work() and not server.slow(), 5)
    assert eventually(lambda: server.mebibytes() < before + MEMORY, 5)
    assert len(descendants(server.process.pid)) <= 2 + 7  # granian's, the holder, and the workers
    assert not server.listener.was_called()


# What is asked


@pytest.mark.usefixtures("unharmed")
@pytest.mark.parametrize("name", QUERIES)
def test_a_hostile_query_harms_nothing(server: Attacked, name: str) -> None:
    query, statuses = QUERIES[name]
    body = urlencode({"query": query.replace(LISTENER, server.listener.url)})
    got = server.ask("/sparql", "POST", body, {"Content-Type": "application/x-www-form-urlencoded"})
    assert got.status in statuses, got.body[:300]
    assert b"root:" not in got.body
    if got.status != 200:
        # A sentence, not what the program says to programmers.
        assert b"Traceback" not in got.body
        assert 20 < len(got.body) < 2_000


@pytest.mark.usefixtures("unharmed")
@pytest.mark.parametrize("name", REQUESTS)
def test_a_hostile_request_harms_nothing(server: Attacked, name: str) -> None:
    path, statuses, method, headers, body = REQUESTS[name]
    got = server.ask(path.replace(LISTENER, server.listener.url), method, body or None, headers)
    assert got.status in statuses, got.body[:300]
    assert not {"set-cookie", "x-evil"} & got.headers.keys()
    assert not got.body.startswith(b"alert")
    assert not any(word in got.body for word in (b"root:", b"Traceback"))
    assert not got.media_type.startswith("text/html") or b"<script>alert" not in got.body
    assert "evil.example" not in got.headers.get("location", "")


@pytest.mark.usefixtures("unharmed")
@pytest.mark.parametrize("name", RAW)
def test_hostile_bytes_harm_nothing(server: Attacked, name: str) -> None:
    sent, expected = RAW[name]
    answers = list(answers_in(everything_from(server.connect(sent))))
    assert len(answers) <= len(expected), answers
    for (status, rest), statuses in zip(answers, expected, strict=False):
        assert status in statuses, rest
        assert b"<script>alert" not in rest


def test_answers_to_requests_sent_ahead_come_in_their_order(server: Attacked) -> None:
    names = [f"ASK {{ FILTER({n} = 3) }}" for n in range(6)]
    sent = "".join(f"GET {asked(name)} HTTP/1.1\r\nHost: a\r\n\r\n" for name in names)
    answers = answers_in(everything_from(server.connect(sent.encode())))
    assert [b'"boolean":true' in body for _, body in answers] == [n == 3 for n in range(6)]


# Who takes his time


@pytest.mark.usefixtures("unharmed")
@pytest.mark.parametrize(
    "begun",
    [
        b"",
        b"G",
        GET.encode(),
        f"{GET}Accept: te".encode(),
        post("Content-Length: 100"),
        post("Content-Length: 100", body=b"ASK"),
        post("Transfer-Encoding: chunked", body=b"5\r\nAS"),
    ],
    ids=["nothing", "one letter", "some headers", "half a header", "no body", "half a body", "half a chunk"],
)
def test_a_request_that_is_never_ended_is_ended_by_the_server(server: Attacked, begun: bytes) -> None:
    # A refusal may come first.
    with server.connect(begun) as connection, contextlib.suppress(ConnectionError):
        while connection.recv(1 << 16):
            pass


@pytest.mark.usefixtures("unharmed")
@pytest.mark.parametrize("begun", [GET.encode() + b"A: ", post("Content-Length: 1000")], ids=["headers", "a body"])
def test_a_request_that_drips_is_ended_by_the_server(server: Attacked, begun: bytes) -> None:
    with server.connect(begun) as connection:
        end = time.monotonic() + 10
        with contextlib.suppress(ConnectionError):
            while time.monotonic() < end:
                connection.sendall(b"#")
                time.sleep(0.05)
        assert time.monotonic() < end


@pytest.mark.usefixtures("unharmed")
@pytest.mark.parametrize("begun", [b"", GET.encode(), post("Content-Length: 100", body=b"ASK")])
def test_three_hundred_who_never_end_their_request_keep_nobody_from_an_answer(server: Attacked, begun: bytes) -> None:
    with contextlib.ExitStack() as connections:
        for _ in range(300):
            connections.enter_context(server.connect(begun))
        assert server.is_well()


def test_no_more_than_a_quarter_of_the_threads_read_bodies_and_others_are_told_when_to_come_back(
    made_up: Path,
) -> None:
    with started(made_up, silent_seconds=2) as server, contextlib.ExitStack() as connections:
        for _ in range(THREADS // 4 - 1):
            connections.enter_context(server.connect(post("Content-Length: 100", body=b"ASK")))
        time.sleep(0.3)
        sent = ("/sparql", "POST", b"ASK {}", {"Content-Type": "application/sparql-query"})
        refused = server.ask(*sent)
        assert (refused.status, int(refused.headers["retry-after"]) >= 1) == (503, True)
        assert server.is_well()
        assert eventually(lambda: server.ask(*sent).status == 200, 10)


def test_those_who_never_read_their_answer_hold_no_more_than_half_of_the_threads(made_up: Path) -> None:
    # Longer than what the system takes for a reader who does not.
    with started(made_up, silent_seconds=20, seconds=5, mebibytes=512, answer_mebibytes=16) as server:
        # Kept from now on, so that all who come are answered, and at once.
        assert eventually(lambda: {server.ask(asked(LONG)).status for _ in range(3)} == {200}, 10)
        with contextlib.ExitStack() as connections:
            for _ in range(THREADS):
                one = connections.enter_context(socket.socket())
                one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
                one.connect(("127.0.0.1", server.port))
                one.sendall(f"GET {asked(LONG)} HTTP/1.1\r\nHost: a\r\n\r\n".encode())
            assert eventually(lambda: server.ask(asked(LONG)).status == 503, 30)
            assert server.is_well()
        assert eventually(lambda: server.ask(asked(LONG)).status == 200, 30)


# Who asks too much


def test_two_hundred_slow_queries_at_once_leave_cheap_ones_quick(roomy: Attacked) -> None:
    before, statuses, took = roomy.mebibytes(), [], []

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
    assert statistics.median(took) < 0.1
    assert set(refused) == {503}
    check_unharmed(roomy, before)
