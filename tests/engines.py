"""Engines of others, started from their packages on loopback, each with a folder of its own, and ended by process."""

import contextlib
import os
import shutil
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

import pytest

from serving import configure_virtuoso, eventually, free_port

LEFT_OUT: set[str] = set()
"""What the summary of a test run says was left out."""

AXE = Path(__file__).parent / "axe"
"""The lock of axe-core, and of world-atlas."""
PASSWORD = "dba"
"""Of the user of the same name, in a database of Virtuoso that is new."""


def program(name: str, package: str) -> str:
    """Find a program; where it is missing, leave the test out and say so, but fail in CI."""
    beside = Path(sys.executable).parent / name
    # Servers are kept where only root looks for programs.
    found = str(beside) if beside.exists() else shutil.which(name) or shutil.which(name, path="/usr/sbin")
    if not found:
        left_out(f"Left out: all tests with {name}, which is not installed ({package}).")
    return found


def left_out(line: str) -> NoReturn:
    """Leave a test out for a reason, which the summary says; in CI fail for it."""
    if os.environ.get("CI") == "true":
        pytest.fail(line)
    LEFT_OUT.add(line)
    pytest.skip(line)


def packages(lock: Path, request: pytest.FixtureRequest) -> Path:
    """Give a folder with what a folder locks for npm, kept with pytest's cache from one run to the next."""
    npm, folder = program("npm", "Debian npm"), Path(request.config.cache.mkdir(lock.name))  # type: ignore[union-attr]
    locked, installed = (lock / "package-lock.json").read_bytes(), folder / "installed.json"
    if not installed.is_file() or installed.read_bytes() != locked:
        shutil.copytree(lock, folder, dirs_exist_ok=True)
        command = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline"]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=500)
        if done.returncode:
            reason = done.stderr.strip().partition("\n")[0]
            left_out(f"Left out: tests with what tests/{lock.name}/ locks, which npm can not install ({reason}).")
        installed.write_bytes(locked)
    return folder


@contextlib.contextmanager
def oxigraph(*options: str) -> Iterator[str]:
    """Run Oxigraph's server in memory; give the URL of its endpoint."""
    command, port = program("oxigraph", "PyPI oxigraph"), free_port()
    with _running([command, "serve", "--bind", f"127.0.0.1:{port}", *options], Path.cwd(), f"http://127.0.0.1:{port}/"):
        yield f"http://127.0.0.1:{port}/query"


@contextlib.contextmanager
def virtuoso(folder: Path, limit: str = "") -> Iterator[str]:
    """Run Virtuoso with a new database; give the URL of its endpoint. limit: a line of its section SPARQL."""
    command, port = program("virtuoso-t", "Debian virtuoso-opensource-7-bin"), free_port()
    configure_virtuoso(folder, port, limit, 10_000, folder)
    url = f"http://127.0.0.1:{port}/sparql"
    with _running([command, "+foreground", "+configfile", "virtuoso.ini"], folder, f"{url}?query=ASK%7B%7D"):
        yield url


@contextlib.contextmanager
def _running(command: list[str], folder: Path, url: str) -> Iterator[None]:
    quiet = subprocess.DEVNULL
    with subprocess.Popen(command, cwd=folder, stdin=quiet, stdout=quiet, stderr=quiet) as process:
        try:
            assert eventually(lambda: _answers(url) or process.poll() is not None, 60)
            assert process.poll() is None, f"{command[0]} has ended"
            yield
        finally:
            process.kill()


def _answers(url: str) -> bool:
    try:
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(url, timeout=5):
            return True
    except OSError:
        return False
