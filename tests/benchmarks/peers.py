"""The servers that are compared, each started from its package on the same quads."""

from __future__ import annotations

import contextlib
import hashlib
import json
import re
import shutil
import signal
import socket
import subprocess
import sysconfig
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pyoxigraph import Quad, RdfFormat, parse, serialize
from tests.benchmarks.clients import Address
from twingraph.query.store import store_beside

from twingraph.settings import CHECKSUMS, FORMAT, MANIFEST, QUADS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

HOST = "127.0.0.1"
PROGRAMS = Path(sysconfig.get_path("scripts"))
_GRACE = 10.0
_VIRTUOSO = """
[Database]
DatabaseFile = virtuoso.db
ErrorLogFile = virtuoso.log
LockFile = virtuoso.lck
TransactionFile = virtuoso.trx
xa_persistent_file = virtuoso.pxa
FileExtend = 200
MaxCheckpointRemap = 2000
[TempDatabase]
DatabaseFile = virtuoso-temp.db
TransactionFile = virtuoso-temp.trx
[Parameters]
ServerPort = {host}:{sql}
DisableUnixSocket = 1
NumberOfBuffers = 60000
MaxDirtyBuffers = 40000
CheckpointInterval = 0
DirsAllowed = {folder}
[HTTPServer]
ServerPort = {host}:{port}
ServerThreads = 16
[SPARQL]
ResultSetMaxRows = 1000000
DefaultQuery = ASK {{}}
"""
_LOAD = "ld_dir('{folder}', '{file}', 'urn:made-up:none'); rdf_loader_run(); checkpoint;"


@dataclass(frozen=True, slots=True)
class Data:
    """The same statements in the ways that servers want them, and where the peers are that come from PyPI.

    release: a folder with the quads as twingraph serves it. flat: the quads, and each triple once more in the
    default graph, for engines whose default graph is no union.
    """

    release: Path
    flat: Path
    scratch: Path
    programs: Path

    @property
    def quads(self) -> Path:
        return self.release / QUADS


@dataclass(frozen=True, slots=True)
class Peer:
    """A server: its name, how it is made ready before it is started, and how it is started.

    prepare: what a person does once, as loading data into a folder; gives the folder to start in.
    start: gives the command; `{port}` in it is replaced.
    after: what has to be done after it listens and before it can answer, as sending it the data.
    """

    name: str
    path: str
    prepare: Callable[[Data, int], Path]
    command: Callable[[Data], list[str]]
    after: Callable[[Data, int], None]


class NotInstalled(Exception):
    """A peer's program is not on this machine."""


def made_release(folder: Path, quads: Callable[[Path], object]) -> Path:
    """Make a folder that twingraph serves as a release, of quads that `quads` writes into a file."""
    folder.mkdir(parents=True)
    quads(folder / QUADS)
    manifest = {"format": FORMAT, "version": "made-up", "modified": "2026-01-01T00:00:00Z", "title": {}, "counts": {}}
    (folder / MANIFEST).write_text(json.dumps(manifest))
    lines = []
    for name in sorted((MANIFEST, QUADS)):
        with (folder / name).open("rb") as file:
            lines.append(f"{hashlib.file_digest(file, 'sha256').hexdigest()}  {name}\n")
    (folder / CHECKSUMS).write_text("".join(lines))
    return folder


def flattened(quads: Path, target: Path) -> Path:
    """Write quads, and after them each triple in the default graph."""
    shutil.copyfile(quads, target)
    with target.open("ab") as file:
        # A triple that stands in many graphs is written as often; engines keep it once.
        default = (Quad(*quad.triple) for quad in parse(path=str(quads), format=RdfFormat.N_QUADS))
        serialize(default, file, RdfFormat.N_QUADS)
    return target


@contextlib.contextmanager
def running(peer: Peer, data: Data, log: Path) -> Iterator[tuple[Address, int, float]]:
    """Start a server; give its address, process, and the time it was started at. Its whole tree ends afterwards."""
    port = _free_port()
    folder = peer.prepare(data, port)
    command = [part.replace("{port}", str(port)) for part in peer.command(data)]
    if not shutil.which(command[0]):
        raise NotInstalled(command[0])
    begun = time.monotonic()
    with log.open("wb") as output:
        process = subprocess.Popen(command, cwd=folder, stdout=output, stderr=output, start_new_session=True)
    try:
        if peer.after is not _nothing:
            _wait_for(port, process)
            peer.after(data, port)
        yield Address(HOST, port, peer.path), process.pid, begun
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(_GRACE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def memory(process: int) -> float:
    """Give the mebibytes of a process and all below it, what they share counted once (PSS)."""
    return sum(map(_proportional, _tree(process))) / 1024


def _proportional(process: int) -> int:
    with contextlib.suppress(OSError):
        found = re.search(r"^Pss:\s+(\d+) kB", Path(f"/proc/{process}/smaps_rollup").read_text(), re.MULTILINE)
        return int(found[1]) if found else 0
    return 0


def _tree(process: int) -> Iterator[int]:
    yield process
    for task in Path(f"/proc/{process}/task").glob("*/children"):
        with contextlib.suppress(OSError):
            for child in task.read_text().split():
                yield from _tree(int(child))


def _free_port() -> int:
    with socket.create_server((HOST, 0)) as probe:
        return probe.getsockname()[1]


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    while process.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection((HOST, port), timeout=1):
            return
        time.sleep(0.005)


def _nothing(_data: Data, _port: int) -> None:
    """Do nothing."""


def _here(data: Data, _port: int) -> Path:
    return data.scratch


def _empty_inputs(data: Data, _port: int) -> Path:
    """Make the inputs of a release of quads alone, so that `serve` takes it for current, and its store on disk."""
    for name in ("data", "ontology", "shapes"):
        (data.scratch / "inputs" / name).mkdir(parents=True, exist_ok=True)
    with data.quads.open("rb") as file:
        checksum = hashlib.file_digest(file, "sha256").hexdigest()
    with store_beside(data.release, data.quads, checksum):
        pass
    return data.scratch


def _loaded(data: Data, _port: int) -> Path:
    place = data.scratch / "oxigraph"
    if not place.exists():
        command = [str(data.programs / "oxigraph"), "load", "--location", str(place), "--file", str(data.flat)]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return data.scratch


def _post(data: Data, port: int) -> None:
    headers = {"Content-Type": "application/n-quads", "Content-Length": str(data.flat.stat().st_size)}
    with data.flat.open("rb") as body:
        request = urllib.request.Request(f"http://{HOST}:{port}/store", body, headers, method="POST")
        urllib.request.urlopen(request, timeout=600).close()


def _virtuoso_folder(data: Data, port: int) -> Path:
    """Load the quads with Virtuoso's own loader into a new database."""
    if not (shutil.which("virtuoso-t") and shutil.which("isql-vt")):
        raise NotInstalled("virtuoso-t")
    folder, sql = data.scratch / f"virtuoso-{port}", _free_port()
    folder.mkdir()
    text = _VIRTUOSO.format(host=HOST, sql=sql, port=port, folder=data.quads.parent)
    (folder / "virtuoso.ini").write_text(text)
    server = subprocess.Popen(
        ["virtuoso-t", "+configfile", "virtuoso.ini", "+foreground"],
        cwd=folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait_for(sql, server)
        load = _LOAD.format(folder=data.quads.parent, file=data.quads.name)
        command = ["isql-vt", f"{HOST}:{sql}", "dba", "dba", f"exec={load} shutdown;"]
        subprocess.run(command, check=False, stdout=subprocess.DEVNULL, timeout=900)
        server.wait(_GRACE)
    finally:
        server.kill()
        server.wait()
    return folder


def _serve_twingraph(data: Data) -> list[str]:
    inputs = ["--inputs", str(data.scratch / "inputs")] if (data.scratch / "inputs").exists() else []
    return [str(PROGRAMS / "twingraph"), "serve", *inputs, "--release", str(data.release), "--port", "{port}"]


def peers(programs: Path, *, made_up: bool) -> tuple[Peer, ...]:
    """Give the servers, ours first.

    programs: the folder of those that come from PyPI.
    made_up: the release is of quads alone.
    """
    oxigraph = [str(programs / "oxigraph"), "serve", "--bind", f"{HOST}:{{port}}"]
    rdflib = [str(programs / "rdflib-endpoint"), "serve", "--host", HOST, "--port", "{port}"]
    return (
        Peer("twingraph", "/sparql", _empty_inputs if made_up else _here, _serve_twingraph, _nothing),
        Peer("Oxigraph, on disk", "/query", _loaded, lambda _: [*oxigraph, "--location", "oxigraph"], _nothing),
        Peer("Oxigraph, in memory", "/query", _here, lambda _: oxigraph, _post),
        Peer("rdflib-endpoint", "/", _here, lambda data: [*rdflib, str(data.quads)], _nothing),
        Peer(
            "Virtuoso",
            "/sparql",
            _virtuoso_folder,
            lambda _: ["virtuoso-t", "+configfile", "virtuoso.ini", "+foreground"],
            _nothing,
        ),
    )
