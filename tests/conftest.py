"""What most tests stand on: one release of the real data, and copies of the data to spoil."""

from __future__ import annotations

import contextlib
import gc
import importlib
import os
import shutil
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from rdflib import Graph

from browsing import chromium, visitor
from engines import LEFT_OUT, oxigraph
from serving import started
from twingraph.query.engine import Engine
from twingraph.release.build import assemble, write
from twingraph.settings import PACKAGED, QUADS, VOID, Settings
from twingraph.web.app import create_app

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser
    from werkzeug.test import TestResponse

    from browsing import Visit
    from serving import Server
    from twingraph.release.build import Built
    from twingraph.release.folder import Release
    from twingraph.release.records import LinkedTowns

INPUTS = PACKAGED
MADE_UP_HOME = Path(__file__).with_name("made_up_home")
"""A made-up town with partners of its own, and three made-up sources about it."""


class WholeReader(FlaskClient):
    """A client that reads every answer to its end and closes it, as servers do: what is under way is counted."""

    def open(self, *args: Any, buffered: bool = True, **others: Any) -> TestResponse:  # noqa: ANN401 - as werkzeug has it
        return super().open(*args, buffered=buffered, **others)


Flask.test_client_class = WholeReader
# Graphs are many small things that stay: to look for garbage among them as often as Python does takes a quarter of the
# time.
gc.set_threshold(20_000)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say in a line each what was left out because a program is not there."""
    for line in sorted(LEFT_OUT):
        terminalreporter.write_line(line)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Hand what was left out in one of several processes to the one that says it."""
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["left_out"] = sorted(LEFT_OUT)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:  # noqa: ANN401 - xdist has no type for it
    """Take that over."""
    LEFT_OUT.update(getattr(node, "workeroutput", {}).get("left_out", ()))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """Run the tests in a process more than there are cores: many wait, for a limit that is kept or a network."""
    return len(os.sched_getaffinity(0)) + 1


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:  # noqa: ANN401 - xdist has no types
    """Give each process a run of the tests, so that what several in a row stand on is made once; who is done helps."""
    return importlib.import_module("xdist.scheduler").WorkStealingScheduling(config, log)


@pytest.fixture(scope="session")
def built() -> Built:
    """The data as they are shipped, ready to be written."""
    return assemble(INPUTS)


@pytest.fixture(scope="session")
def release(built: Built, tmp_path_factory: pytest.TempPathFactory) -> Release:
    """A release of them."""
    return write(built, tmp_path_factory.mktemp("made") / "release")


@pytest.fixture(scope="session")
def built_made_up_home() -> Built:
    """The made-up home alone, with the program's ontology and shapes."""
    return assemble(MADE_UP_HOME)


@pytest.fixture(scope="session")
def made_up_home(built_made_up_home: Built, tmp_path_factory: pytest.TempPathFactory) -> Release:
    """A release of it."""
    return write(built_made_up_home, tmp_path_factory.mktemp("alone") / "release")


@pytest.fixture(scope="session")
def built_two_homes(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """The shipped data and the made-up home in one dataset, the shipped one."""
    data = shutil.copytree(INPUTS / "data", tmp_path_factory.mktemp("both") / "data")
    its_own = shutil.ignore_patterns("dataset.ttl", "catalog.ttl", "changes")
    shutil.copytree(MADE_UP_HOME / "data", data, ignore=its_own, dirs_exist_ok=True)
    return assemble(data.parent)


@pytest.fixture(scope="session")
def two_homes(built_two_homes: Built, tmp_path_factory: pytest.TempPathFactory) -> Release:
    """A release of both."""
    return write(built_two_homes, tmp_path_factory.mktemp("of-both") / "release")


@pytest.fixture(scope="session")
def towns(release: Release) -> LinkedTowns:
    """The dataset of that release."""
    return release.load()


@pytest.fixture(scope="session")
def everything(release: Release, towns: LinkedTowns) -> Graph:
    """All that a server of that release answers from: the facts, and what the data say of themselves."""
    return towns.merged + Graph().parse(release.path(VOID))


@pytest.fixture(scope="session")
def engine(release: Release) -> Iterator[Engine]:
    """What answers queries on that release, one at a time."""
    with Engine(release.path(QUADS), Settings(workers=1), release.path(VOID)) as engine:
        yield engine


@pytest.fixture(scope="session")
def app(release: Release, engine: Engine) -> Flask:
    """The application that serves it, with the settings that nobody changed."""
    return create_app(engine, release.folder, Settings())


@pytest.fixture(scope="session")
def client(app: Flask) -> FlaskClient:
    """A client of that application, without a server."""
    return app.test_client()


@contextlib.contextmanager
def client_of(release: Release) -> Iterator[FlaskClient]:
    """Serve another release from an engine of its own."""
    with Engine(release.path(QUADS), Settings(workers=1)) as engine:
        yield create_app(engine, release, Settings()).test_client()


@pytest.fixture(scope="session")
def server(release: Release) -> Iterator[Server]:
    """A server of that release in a process of its own."""
    with started(release.folder) as server:
        yield server


@pytest.fixture(scope="session")
def wikidata() -> Iterator[str]:
    """A SPARQL server for data in Wikidata's shape, of which each test puts there what it asks about."""
    with oxigraph() as address:
        yield address


@pytest.fixture
def inputs(tmp_path: Path) -> Path:
    """A copy of the data, ontology and shapes, for a test to change."""
    for name in ("data", "ontology", "shapes"):
        shutil.copytree(INPUTS / name, tmp_path / "inputs" / name)
    return tmp_path / "inputs"


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium without a window."""
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="session")
def here(server: Server) -> str:
    """The address of the first page there."""
    return f"http://127.0.0.1:{server.port}/"


@pytest.fixture(scope="session")
def visit(browser: Browser, here: str) -> Iterator[Visit]:
    """Let somebody of a look in, who stays, since a window takes longer to open than a page."""
    with contextlib.ExitStack() as stack:
        yield cache(lambda look: stack.enter_context(visitor(browser, here, look)))
