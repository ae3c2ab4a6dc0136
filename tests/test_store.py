"""Stores on disk: made once, read by many, and answering as the store in memory does."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from twingraph.engine import Engine
from twingraph.errors import UnreadableFile
from twingraph.questions import questions
from twingraph.settings import CHECKSUMS, QUADS, Settings
from twingraph.store import store_beside

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

    from twingraph.release import Release


TRY = """
import errno, socket
from twingraph import limits
limits.close_doors(3)
for kind in (socket.AF_INET, socket.AF_UNIX):
    try:
        socket.socket(kind)
    except OSError as error:
        print(errno.errorcode[error.errno])
opened = [open("/proc/self/statm")]
print("readable")
try:
    while True:
        opened.append(open("/proc/self/statm"))
except OSError as error:
    print(errno.errorcode[error.errno])
"""


@pytest.fixture(scope="module")
def store(release: Release) -> Iterator[Path]:
    """A store of the release, as if that were large."""
    with store_beside(release.folder, release.folder / QUADS, "0" * 64, least=0) as folder:
        assert folder
        yield folder


@pytest.fixture(scope="module")
def engines(release: Release, store: Path) -> Iterator[tuple[Engine, Engine]]:
    with Engine(store, Settings()) as on_disk, Engine(release.folder / QUADS, Settings()) as in_memory:
        yield on_disk, in_memory


def test_a_small_release_is_kept_in_memory(release: Release) -> None:
    with store_beside(release.folder, release.folder / QUADS, "1" * 64) as folder:
        assert folder is None


def test_a_store_stands_beside_the_release_which_stays_as_it_is(release: Release, store: Path) -> None:
    assert store.parent == release.folder.parent
    assert store.name not in (release.folder / CHECKSUMS).read_text()


def test_a_store_is_made_once(release: Release, store: Path) -> None:
    made = store.stat().st_mtime_ns
    with store_beside(release.folder, release.folder / QUADS, "0" * 64, least=0) as again:
        assert again == store
    assert store.stat().st_mtime_ns == made


def test_stores_of_earlier_releases_go_once_nobody_uses_them(tmp_path: Path, release: Release) -> None:
    def named(checksum: str) -> AbstractContextManager[Path | None]:
        return store_beside(tmp_path / "release", release.folder / QUADS, checksum * 64, least=0)

    with named("3") as old, named("4") as new:
        assert sorted(tmp_path.iterdir()) == [old, new]
    with named("4") as new:
        assert list(tmp_path.iterdir()) == [new]


@pytest.mark.parametrize("name", [question.name for question in questions()])
def test_every_named_query_is_answered_from_disk_as_from_memory(engines: tuple[Engine, Engine], name: str) -> None:
    text = next(question.text for question in questions() if question.name == name)
    on_disk, in_memory = (engine.answer(text, results="text/csv", graphs="application/n-triples") for engine in engines)
    assert sorted(on_disk.body.splitlines()) == sorted(in_memory.body.splitlines())


def test_each_triple_is_there_once_in_the_default_graph(engines: tuple[Engine, Engine]) -> None:
    counted = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"
    assert engines[0].answer(counted).body == engines[1].answer(counted).body


def test_two_engines_read_one_store_at_once(store: Path) -> None:
    with Engine(store, Settings()) as one, Engine(store, Settings()) as other:
        assert one.answer("ASK { ?s ?p ?o }") == other.answer("ASK { ?s ?p ?o }")


def test_a_worker_that_may_open_the_files_of_its_store_can_open_no_socket() -> None:
    tried = subprocess.run([sys.executable, "-c", TRY], capture_output=True, text=True, check=True)
    assert tried.stdout.split() == ["EACCES", "EACCES", "readable", "EMFILE"]


def test_quads_that_can_not_be_loaded_leave_no_store(tmp_path: Path) -> None:
    quads = tmp_path / "made-up.nq"
    quads.write_text("made up")
    beside = store_beside(tmp_path / "release", quads, "2" * 64, least=0)
    with pytest.raises(UnreadableFile, match="made-up"), beside:
        pass
    assert list(tmp_path.iterdir()) == [quads]
