"""What hostile askers send, one line each in hostile.py; after each, nothing is harmed."""

import contextlib
import http.client
import json
import os
import re
import signal
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from urllib.parse import urlencode

import pytest

from hostile import COUNTED, GET, LISTENER, MADE_UP, QUERIES, RAW, REQUESTS, Sent, asked, post
from processes import Listener, descendants, eventually, is_running
from serving import START

SHORT = {
    "seconds": 0.6,
    "mebibytes": 128,
    "answer_mebibytes": 4,
    "workers": 2,
    "slow_workers": 2,
    "queue_seconds": 0.5,
    "silent_seconds": 1.0,
}
MEMORY = 64
"""Mebibytes that the server may hold after an attack beyond what it held before: buffers of threads and libraries."""


@dataclass(frozen=True)
class Attacked:
    """A server that is attacked, and the listener that it should never call."""

    process: subprocess.Popen[bytes]
    port: int
    listener: Listener

    def send(self, *parts: bytes, patience: float = 10, pause: float = 0) -> list[tuple[int, bytes]]:
        """Send bytes; give the answers that come, as status and the rest, until the server hangs up or says no more."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=patience) as connection:
            with contextlib.suppress(ConnectionError):
                for part in parts:
                    connection.sendall(part.replace(LISTENER.encode(), self.listener.url.encode()))
                    time.sleep(pause)
            return list(answers_in(everything_from(connection)))

    def ask(
        self, path: str, method: str = "GET", headers: tuple[tuple[str, str], ...] = (), body: bytes = b""
    ) -> "Got":
        own = self.listener.url
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        with contextlib.closing(connection):
            connection.putrequest(method, path, skip_host="Host" in dict(headers), skip_accept_encoding=True)
            for name, value in headers:
                connection.putheader(name, value)
            if body:
                connection.putheader("Content-Length", str(len(body)))
            # The server may refuse a body before it has read all of it.
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                connection.endheaders(body.replace(LISTENER.encode(), own.encode()))
            answer = connection.getresponse()
            return Got(answer.status, answer.getheaders(), answer.read())

    def is_well(self) -> bool:
        with contextlib.suppress(OSError, http.client.HTTPException):
            return self.ask(asked()).status == 200
        return False

    def at_work(self) -> list[int]:
        """Give the processes that run at the moment; workers that wait for a query sleep."""
        return [one for one in descendants(self.process.pid) if state_of(one) in "RD"]

    def slow(self) -> list[int]:
        """Give the workers of the slow lane, in the order of their birth."""
        return sorted(one for one in descendants(self.process.pid) if is_running(one) and priority_of(one) == 19)

    def mebibytes(self) -> float:
        return sum(map(proportional_mebibytes, {self.process.pid} | descendants(self.process.pid)))


@dataclass(frozen=True)
class Got:
    status: int
    headers: list[tuple[str, str]]
    body: bytes

    def header(self, name: str) -> str:
        return ", ".join(value for key, value in self.headers if key.lower() == name)


def everything_from(connection: socket.socket) -> bytes:
    """Read until the server hangs up, or says no more after it said something."""
    said = b""
    with contextlib.suppress(OSError):
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
    with contextlib.suppress(OSError):
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    return "Z"


def priority_of(process: int) -> int:
    with contextlib.suppress(ProcessLookupError):
        return os.getpriority(os.PRIO_PROCESS, process)
    return 0


def proportional_mebibytes(process: int) -> float:
    with contextlib.suppress(OSError, ValueError):
        lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
        return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024
    return 0


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A made-up release of a thousand towns, one with a name that would be a script."""
    folder = tmp_path_factory.mktemp("made-up-release")
    quads = "".join(
        f"<{MADE_UP}{n}> <{MADE_UP}next> <{MADE_UP}{(n + 1) % 1_000}> <{MADE_UP}quote/{n % 10}> .\n"
        f'<{MADE_UP}{n}> <{MADE_UP}name> "Izdomāta {n}"@lv <{MADE_UP}quote/{n % 10}> .\n'
        for n in range(1_000)
    )
    quads += f'<{MADE_UP}town> <{MADE_UP}script> "<script>alert(1)</script>" <{MADE_UP}quote/1> .\n'
    (folder / "twingraph.nq").write_text(quads, encoding="utf-8")
    (folder / "SHA256SUMS").write_text(f"{sha256(quads.encode()).hexdigest()}  twingraph.nq\n", encoding="utf-8")
    return folder


@contextlib.contextmanager
def started(release: Path, **settings: object) -> Iterator[Attacked]:
    listener = Listener()
    with socket.create_server(("127.0.0.1", 0)) as trial:
        port = trial.getsockname()[1]
    command = [sys.executable, "-c", START, str(release), str(port), json.dumps(SHORT | settings)]
    with subprocess.Popen(command) as process:
        attacked = Attacked(process, port, listener)
        try:
            assert eventually(attacked.is_well, 20)
            yield attacked
        finally:
            left = descendants(process.pid)
            process.send_signal(signal.SIGTERM)
            process.wait(10)
            listener.close()
            assert eventually(lambda: not any(map(is_running, left)), 5)


@pytest.fixture(scope="module")
def server(release: Path) -> Iterator[Attacked]:
    with started(release) as server:
        yield server


@pytest.fixture(scope="module")
def roomy(release: Path) -> Iterator[Attacked]:
    """A server with limits as they are in use, for what takes several seconds."""
    with started(release, seconds=4.0, queue_seconds=2.0, workers=3) as server:
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
    assert len(descendants(server.process.pid)) <= 2 + 5  # granian's, the holder, and the workers
    assert not server.listener.was_called()


# What is asked


@pytest.mark.usefixtures("unharmed")
@pytest.mark.parametrize("name", QUERIES)
def test_a_hostile_query_harms_nothing(server: Attacked, name: str) -> None:
    query, statuses = QUERIES[name]
    body = urlencode({"query": query.replace(LISTENER, server.listener.url)}).encode()
    got = server.ask("/sparql", "POST", (("Content-Type", "application/x-www-form-urlencoded"),), body)
    assert got.status in statuses, got.body[:300]
    assert b"root:" not in got.body
    if got.status != 200:
        # A sentence, not what the program says to programmers.
        assert b"Traceback" not in got.body
        assert 20 < len(got.body) < 2_000


@pytest.mark.usefixtures("unharmed")
@pytest.mark.parametrize("name", REQUESTS)
def test_a_hostile_request_harms_nothing(server: Attacked, name: str) -> None:
    sent: Sent = REQUESTS[name]
    got = server.ask(*sent._replace(path=sent.path.replace(LISTENER, server.listener.url))[:1], *sent[2:])
    assert got.status in sent.statuses, got.body[:300]
    assert not {"set-cookie", "x-evil"} & {name.lower() for name, _ in got.headers}
    assert b"root:" not in got.body
    assert b"Traceback" not in got.body
    if got.header("content-type").startswith("text/html"):
        assert b"<script>alert" not in got.body
    assert not got.body.startswith(b"alert")
    assert "evil.example" not in got.header("location")


@pytest.mark.usefixtures("unharmed")
@pytest.mark.parametrize("name", RAW)
def test_hostile_bytes_harm_nothing(server: Attacked, name: str) -> None:
    sent, expected = RAW[name]
    answers = server.send(sent)
    assert len(answers) <= len(expected), answers
    for (status, rest), statuses in zip(answers, expected, strict=False):
        assert status in statuses, rest
        assert b"<script>alert" not in rest


def test_answers_to_requests_sent_ahead_come_in_their_order(server: Attacked) -> None:
    names = [f"ASK {{ FILTER({n} = 3) }}" for n in range(6)]
    sent = "".join(f"GET {asked(name)} HTTP/1.1\r\nHost: a\r\n\r\n" for name in names)
    answers = server.send(sent.encode())
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
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
        connection.sendall(begun)
        # A refusal may come first.
        with contextlib.suppress(ConnectionError):
            while connection.recv(1 << 16):
                pass


@pytest.mark.usefixtures("unharmed")
@pytest.mark.parametrize("begun", [GET.encode() + b"A: ", post("Content-Length: 1000")], ids=["headers", "a body"])
def test_a_request_that_drips_is_ended_by_the_server(server: Attacked, begun: bytes) -> None:
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
        connection.sendall(begun)
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
            one = connections.enter_context(socket.create_connection(("127.0.0.1", server.port), timeout=10))
            one.sendall(begun)
        assert eventually(server.is_well, 10)


@pytest.mark.usefixtures("unharmed")
def test_those_who_never_read_their_answer_are_hung_up_on(server: Attacked) -> None:
    query = f"SELECT ?a ?d {{ ?a <{MADE_UP}name> ?b . ?d <{MADE_UP}script> ?e . ?f <{MADE_UP}next> ?g }} LIMIT 12000"
    with contextlib.ExitStack() as connections:
        for _ in range(10):
            one = connections.enter_context(socket.socket())
            one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            one.connect(("127.0.0.1", server.port))
            one.sendall(f"GET {asked(query)} HTTP/1.1\r\nHost: a\r\n\r\n".encode())
        assert eventually(server.is_well, 10)


# Who hangs up, and who asks too much


def test_a_client_that_hangs_up_frees_its_worker_and_no_other(roomy: Attacked) -> None:
    before = roomy.mebibytes()
    request = f"GET {asked(COUNTED)} HTTP/1.1\r\nHost: a\r\n\r\n".encode()
    with socket.create_connection(("127.0.0.1", roomy.port)) as second:
        with socket.create_connection(("127.0.0.1", roomy.port)) as first:
            first.sendall(request)
            assert eventually(lambda: len(roomy.slow()) == 1)
            second.sendall(request)
            assert eventually(lambda: len(roomy.slow()) == 2)
            time.sleep(0.2)
            leaving, staying = roomy.slow()
        assert eventually(lambda: len(roomy.slow()) == 1, 2)
        time.sleep(0.3)
        assert roomy.slow() == [staying]
    assert eventually(lambda: not roomy.slow(), 2)
    assert not is_running(leaving)
    check_unharmed(roomy, before)


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
    assert set(statuses) == {200}
    assert statistics.median(took) < 0.1
    assert {one.result() for one in slow} == {503}
    check_unharmed(roomy, before)


def test_who_is_refused_for_the_crowd_is_told_when_to_come_back(roomy: Attacked) -> None:
    with ThreadPoolExecutor(12) as pool:
        got = list(pool.map(lambda n: roomy.ask(asked(f"{COUNTED} # {n}")), range(12)))
    busy = [one for one in got if b"All workers are busy" in one.body]
    assert busy
    assert all(int(one.header("retry-after")) >= 1 for one in busy)
    assert all(one.status == 503 for one in got)


def test_a_killed_worker_harms_nobody_else(roomy: Attacked) -> None:
    before = roomy.mebibytes()
    with ThreadPoolExecutor(1) as pool:
        asking = pool.submit(roomy.ask, asked(COUNTED))
        assert eventually(lambda: len(roomy.slow()) == 1)
        os.kill(roomy.slow()[0], signal.SIGKILL)
        assert asking.result().status == 500
    check_unharmed(roomy, before)


def test_there_are_more_than_seventy_one_hostile_inputs() -> None:
    assert len(QUERIES) + len(REQUESTS) + len(RAW) > 2 * 71
