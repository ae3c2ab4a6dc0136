"""The servers that are compared, each started from its package on the same quads."""

import contextlib
import shutil
import socket
import subprocess
import sysconfig
import time
import urllib.request
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import NamedTuple

from pyoxigraph import Quad, RdfFormat, parse, serialize
from tests.serving import configure_virtuoso, free_port

from twingraph.settings import QUADS

HOST = "127.0.0.1"
PROGRAMS = Path(sysconfig.get_path("scripts"))
_LOAD = "ld_dir('{folder}', '{file}', 'urn:made-up:none'); rdf_loader_run(); checkpoint; shutdown;"
_quietly = partial(subprocess.run, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


class Peer(NamedTuple):
    """A server: its name, the port and path where it answers, and the command that starts it.

    prepare: what a person does once before that, as loading data into a folder.
    load: what is to be done once it listens, before it can answer.
    """

    name: str
    port: int
    path: str
    command: list[str]
    prepare: Callable[[], object] = lambda: None
    load: Callable[[], object] = lambda: None


def peers(release: Path, scratch: Path, programs: Path) -> Iterator[Peer]:
    """Give the servers, ours first; scratch: the folder they start in, programs: that of those which come from PyPI."""
    quads, flat = release / QUADS, scratch / "flat.nq"
    shutil.copyfile(quads, flat)
    # Some engines have no union of all graphs; what stands in many of them is written as often, and kept once.
    with flat.open("ab") as file:
        default = (Quad(*quad.triple) for quad in parse(path=str(quads), format=RdfFormat.N_QUADS))
        serialize(default, file, RdfFormat.N_QUADS)

    port = free_port()
    command = [f"{PROGRAMS}/twingraph", "serve", "--release", str(release), "--port", str(port)]
    yield Peer("twingraph", port, "/sparql", command)

    port, oxigraph, place = free_port(), f"{programs}/oxigraph", ["--location", "oxigraph"]
    load = partial(_quietly, [oxigraph, "load", *place, "--file", str(flat)], cwd=scratch, check=True)
    command = [oxigraph, "serve", "--bind", f"{HOST}:{port}"]
    yield Peer("Oxigraph, on disk", port, "/query", [*command, *place], prepare=load)

    port = free_port()
    command = [oxigraph, "serve", "--bind", f"{HOST}:{port}"]
    yield Peer("Oxigraph, in memory", port, "/query", command, load=partial(_post, flat, port))

    port = free_port()
    command = [f"{programs}/rdflib-endpoint", "serve", "--host", HOST, "--port", str(port), str(quads)]
    yield Peer("rdflib-endpoint", port, "/", command)

    port, command = free_port(), ["virtuoso-t", "+configfile", "virtuoso.ini", "+foreground"]
    yield Peer("Virtuoso", port, "/sparql", command, prepare=partial(_fill_virtuoso, command, scratch, quads, port))


def _post(quads: Path, port: int) -> None:
    headers = {"Content-Type": "application/n-quads", "Content-Length": str(quads.stat().st_size)}
    with quads.open("rb") as body:
        request = urllib.request.Request(f"http://{HOST}:{port}/store", body, headers, method="POST")
        urllib.request.urlopen(request, timeout=600).close()


def _fill_virtuoso(command: list[str], folder: Path, quads: Path, port: int) -> None:
    """Load the quads with Virtuoso's own loader into a new database."""
    sql = configure_virtuoso(folder, port, "ResultSetMaxRows = 1000000", 60_000, quads.parent)
    load = _LOAD.format(folder=quads.parent, file=quads.name)
    with subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        try:
            _wait_for(sql, server)
            _quietly(["isql-vt", f"{HOST}:{sql}", "dba", "dba", f"exec={load}"], check=False, timeout=900)
            server.wait(10)
        finally:
            server.kill()


@contextlib.contextmanager
def running(peer: Peer, folder: Path, log: Path) -> Iterator[tuple[int, float]]:
    """Start a server in a folder; give its process, and the time it was started at. Its whole tree ends afterwards."""
    peer.prepare()
    begun = time.monotonic()
    with log.open("wb") as output, subprocess.Popen(peer.command, cwd=folder, stdout=output, stderr=output) as process:
        try:
            _wait_for(peer.port, process)
            peer.load()
            yield process.pid, begun
        finally:
            process.kill()


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    while process.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection((HOST, port), timeout=1):
            return
        time.sleep(0.005)
