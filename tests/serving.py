"""A server of a release in a process of its own, requests to it as they are written, and what the kernel says of it."""

import contextlib
import http.client
import json
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

Body = bytes | str | Iterable[bytes] | None
START = """
import json, sys
from pathlib import Path
from twingraph.settings import Settings
from twingraph.web.server import serve
serve(Path(sys.argv[1]), Settings(**json.loads(sys.argv[3])), "127.0.0.1", int(sys.argv[2]))
"""


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()

    @property
    def media_type(self) -> str:
        return self.headers.get("content-type", "")

    @property
    def varies(self) -> set[str]:
        return set(filter(None, self.headers.get("vary", "").split(", ")))


@dataclass(frozen=True)
class Server:
    process: subprocess.Popen[bytes]
    port: int

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.port}/sparql"

    def ask(self, path: str, method: str = "GET", body: Body = None, headers: dict[str, str] | None = None) -> Answer:
        """Send one request with these headers, and none but Host and those that frame the body."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        with contextlib.closing(connection):
            framed = {"Transfer-Encoding": "chunked"} if not isinstance(body, bytes | str | None) else {}
            connection.putrequest(method, path, skip_host="Host" in (headers or {}), skip_accept_encoding=True)
            if isinstance(body, str):
                body = body.encode()
            if isinstance(body, bytes):
                framed = {"Content-Length": str(len(body))}
            for name, value in (framed | (headers or {})).items():
                connection.putheader(name, value)
            # A server that refuses a body need not read it to the end.
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                connection.endheaders(body, encode_chunked="Transfer-Encoding" in framed)
            answer = connection.getresponse()
            return Answer(answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read())

    def send(self, written: str) -> Answer:
        """Send a request as it is written: method and address, headers, and the bytes of a body below an empty line."""
        head, has_body, body = written.partition("\n\n")
        (method, path), *headers = (line.split(" ", 1) for line in head.strip("\n").split("\n"))
        named = {name.removesuffix(":"): value for name, value in headers}
        return self.ask(path, method, body.encode("latin-1") if has_body else None, named)

    def query(self, query: str, *fields: tuple[str, str], path: str = "/sparql", **headers: str) -> Answer:
        """Ask by GET; the headers are named with underscores."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.ask(f"{path}?{urlencode([('query', query), *fields])}", headers=named)

    def is_up(self) -> bool:
        with contextlib.suppress(OSError):
            return self.ask("/health").status == 200
        return False


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as trial:
        return trial.getsockname()[1]


def configure_virtuoso(folder: Path, port: int, limit: str, buffers: int, readable: Path) -> int:
    """Put what a Virtuoso reads into its folder; give the port at which it takes SQL.

    limit: a line of its section SPARQL. buffers: of 8 KiB. readable: a folder that it may load data from.
    """
    sql, template = free_port(), Path(__file__).with_name("virtuoso.ini").read_text("ascii")
    values = {"sql": sql, "http": port, "limit": limit, "buffers": buffers, "dirty": buffers * 2 // 3}
    (folder / "virtuoso.ini").write_text(template.format(**values, folder=readable), "ascii")
    return sql


@contextlib.contextmanager
def started(release: Path, **settings: float) -> Iterator[Server]:
    """Serve a release with these settings until the end of a block."""
    port = free_port()
    with running([sys.executable, "-c", START, str(release), str(port), json.dumps(settings)], port) as server:
        yield server


@contextlib.contextmanager
def running(command: list[str], port: int, **how: int) -> Iterator[Server]:
    """Run what serves at a port until the end of a block; how: as `subprocess.Popen` takes it."""
    with subprocess.Popen(command, **how) as process:
        server = Server(process, port)
        try:
            assert eventually(server.is_up, 30)
            yield server
        finally:
            process.terminate()


def descendants(process: int) -> set[int]:
    """Give the process ids of the children of a process, and of theirs."""
    found: set[int] = set()
    for task in Path(f"/proc/{process}/task").glob("*/children"):
        with contextlib.suppress(OSError):
            for child in map(int, task.read_text().split()):
                found |= {child} | descendants(child)
    return found


def is_running(process: int) -> bool:
    """Tell whether a process exists and is more than an exit status that nobody has read."""
    with contextlib.suppress(OSError, IndexError):
        state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
        # The first thread may have ended before the others.
        return state != "Z" or len(list(Path(f"/proc/{process}/task").iterdir())) > 1
    return False


def resident_mebibytes(process: int) -> float:
    with contextlib.suppress(OSError, IndexError):
        return int(Path(f"/proc/{process}/statm").read_text().split()[1]) * os.sysconf("SC_PAGESIZE") / (1 << 20)
    return 0.0


def mebibytes(process: int) -> float:
    """Give the memory of a process and all below it, what they share counted once (PSS)."""
    found = 0
    for each in {process} | descendants(process):
        with contextlib.suppress(OSError):
            rollup = Path(f"/proc/{each}/smaps_rollup").read_text()
            found += sum(map(int, re.findall(r"^Pss:\s+(\d+) kB", rollup, re.MULTILINE)))
    return found / 1024


def eventually(fact: Callable[[], bool], seconds: float = 10.0) -> bool:
    """Wait until something is so; give False if it did not come to be in time."""
    end = time.monotonic() + seconds
    while not fact():
        if time.monotonic() > end:
            return False
        time.sleep(0.005)
    return True


def priorities(processes: Iterable[int]) -> list[int]:
    """Give the nice values of processes that are still there, of each the greatest of its threads."""
    found = []
    for process in processes:
        with contextlib.suppress(OSError):
            threads = Path(f"/proc/{process}/task").iterdir()
            found.append(max(os.getpriority(os.PRIO_PROCESS, int(thread.name)) for thread in threads))
    return found


class Listener:
    """A socket on loopback that notices whether anybody called."""

    def __init__(self) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._socket.settimeout(0)
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}/"

    def was_called(self) -> bool:
        with contextlib.suppress(BlockingIOError):
            self._socket.accept()[0].close()
            return True
        return False

    def close(self) -> None:
        self._socket.close()
