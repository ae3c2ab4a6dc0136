"""Building: the same bytes everywhere, swapped in whole, and made again only when an input has changed."""

from __future__ import annotations

import hashlib
import json
import os
import random
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from twingraph.errors import NoRelease, UnwritableTarget
from twingraph.release.build import Release, current_release, open_release, write
from twingraph.release.folder import replaced
from twingraph.settings import CATALOGUE, CHECKSUMS, MANIFEST, Settings

if TYPE_CHECKING:
    from collections.abc import Callable

    from twingraph.release.build import Built

    Spoil = Callable[[Path], object]

INPUTS = Settings().inputs
STEPS = ["read", "derive", "validate", "write"]


def has_manifest(folder: Path) -> bool:
    return (folder / MANIFEST).is_file()


def command(inputs: Path, folder: Path) -> list[str]:
    return [sys.executable, "-m", "twingraph", "build", "--inputs", str(inputs), "--output", str(folder)]


@dataclass(frozen=True, slots=True)
class Newer:
    """Changed inputs, the release of them, what building it told, and how long it took."""

    inputs: Path
    release: Release
    told: list[str]
    seconds: float


@pytest.fixture(scope="module")
def newer(tmp_path_factory: pytest.TempPathFactory) -> Newer:
    """A release of made-up inputs: those that are shipped, under another version."""
    folder = tmp_path_factory.mktemp("newer")
    for name in ("data", "ontology", "shapes"):
        shutil.copytree(INPUTS / name, folder / "inputs" / name)
    dataset = folder / "inputs" / "data" / "dataset.ttl"
    dataset.write_text(dataset.read_text("utf-8").replace('dcat:version "1.', 'dcat:version "9.'), "utf-8")
    started = time.monotonic()
    words = command(folder / "inputs", folder / "release")
    done = subprocess.run(words, check=True, capture_output=True, text=True, encoding="utf-8")
    seconds = time.monotonic() - started
    return Newer(folder / "inputs", open_release(folder / "release"), done.stderr.splitlines(), seconds)


def test_a_build_tells_its_steps_and_what_it_made(newer: Newer) -> None:
    counts = newer.release.manifest["counts"]
    assert newer.told[:-1] == STEPS
    assert newer.told[-1].endswith(f": release 9.0.0, {counts['triples']} statements, {counts['quotes']} quotes.")


PLACES_AND_TIMES = (
    {"LC_ALL": "C", "TZ": "MADEUP-14", "PYTHONHASHSEED": "0"},
    {"LC_ALL": "lv_LV.UTF-8", "TZ": "MADEUP+12", "PYTHONHASHSEED": "4294967295", "HOME": "/nonexistent"},
)


def test_building_twice_gives_the_same_checksums(release: Release, inputs: Path, tmp_path: Path) -> None:
    """In another directory, locale and time zone, from inputs that are elsewhere, with another order of sets."""
    started = []
    for number, setting in enumerate(PLACES_AND_TIMES):
        (tmp_path / f"at {number}").mkdir()
        words = command(inputs, Path("a release"))
        where, environment = tmp_path / f"at {number}", {**os.environ, **setting}
        started.append(subprocess.Popen(words, cwd=where, env=environment, stdout=subprocess.DEVNULL))
    for number, process in enumerate(started):
        assert process.wait(timeout=60) == 0
        again = tmp_path / f"at {number}" / "a release"
        assert (again / CHECKSUMS).read_bytes() == (release.folder / CHECKSUMS).read_bytes()


def test_the_checksums_are_what_sha256sum_computes(release: Release) -> None:
    words = ["sha256sum", "--check", "--strict", "--quiet", CHECKSUMS]
    assert subprocess.run(words, cwd=release.folder, check=False).returncode == 0
    listed = {line.partition("  ")[2] for line in (release.folder / CHECKSUMS).read_text("utf-8").splitlines()}
    held = {str(path.relative_to(release.folder)) for path in release.folder.rglob("*") if path.is_file()}
    assert listed == held - {CHECKSUMS}


def test_the_time_of_a_release_is_that_of_the_data_or_of_source_date_epoch(
    built: Built, release: Release, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1498608000")
    timed = write(built, tmp_path / "release")
    assert timed.manifest["modified"] == "2017-06-28T00:00:00Z"
    assert {**timed.manifest, "modified": release.manifest["modified"]} == release.manifest
    sums = [set((made.folder / CHECKSUMS).read_text("utf-8").splitlines()) for made in (timed, release)]
    assert {line.partition("  ")[2] for line in sums[0] - sums[1]} == {MANIFEST, CATALOGUE}


def digest(release: Release) -> str:
    return hashlib.sha256((release.folder / CHECKSUMS).read_bytes()).hexdigest()


def made_up(folder: Path, word: str) -> None:
    with replaced(folder, has_manifest) as new:
        (new / MANIFEST).write_text(word, "utf-8")


KILLED = """
import hashlib, os, shutil, signal, sys, time
from pathlib import Path
from twingraph.release.build import build, open_release

inputs, older, folder = map(Path, sys.argv[1:4])
for instant in map(float, sys.argv[4:]):
    if not folder.exists() or open_release(folder).manifest != open_release(older).manifest:
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(older, folder)
    child = os.fork()
    if child == 0:
        build(inputs, folder)
        os._exit(0)
    time.sleep(instant)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    open_release(folder)
    print(hashlib.sha256((folder / "SHA256SUMS").read_bytes()).hexdigest())
"""
"""Builds over an older release, again and again, killed at each instant given; prints what is left, in a digest."""


def test_a_build_killed_at_any_of_twenty_instants_leaves_the_old_release_or_the_new(
    release: Release, newer: Newer, tmp_path: Path
) -> None:
    chance = random.Random(2017)
    # Starting Python takes a fifth of the time, and here is done once.
    instants = [str(chance.uniform(0, 0.8 * newer.seconds)) for _ in range(20)]
    folders = [tmp_path / "one" / "release", tmp_path / "two" / "release"]
    started = []
    for number, folder in enumerate(folders):
        words = [sys.executable, "-c", KILLED, str(newer.inputs), str(release.folder), str(folder)]
        started.append(subprocess.Popen([*words, *instants[number::2]], stdout=subprocess.PIPE, text=True))
    left = [line for process in started for line in process.communicate(timeout=120)[0].split()]
    assert len(left) == 20
    assert set(left) <= {digest(release), digest(newer.release)}
    for folder in folders:
        made_up(folder, "after them")
        assert list(folder.parent.iterdir()) == [folder]


KILLED_AT_EVERY_STEP = """
import os, signal, sys
from pathlib import Path
from twingraph.release import folder as folders

def fill(folder, word):
    with folders.replaced(folder, lambda made: (made / "mark").is_file()) as new:
        (new / "mark").write_text(word)
        (new / "below").mkdir()
        (new / "below" / "file").write_text(word)

def held(folder):
    return [path.read_text() for path in (folder / "mark", folder / "below" / "file")]

def killed(step):
    left = [step]
    def hook(event, _):
        if event.partition(".")[0] in ("ctypes", "open", "os", "shutil"):
            left[0] -= 1
            if left[0] == -1:
                os.kill(os.getpid(), signal.SIGKILL)
    sys.addaudithook(hook)

folder = Path(sys.argv[1])
if sys.argv[2] == "two steps":
    folders.ctypes.CDLL = lambda *_, **__: object()  # a C library without renameat2
word, step, status = "old", 0, None
fill(folder, word)
while status != 0:
    child = os.fork()
    if child == 0:
        killed(step)
        fill(folder, f"new {step}")
        os._exit(0)
    status = os.waitpid(child, 0)[1]
    folders.recover(folder)
    assert held(folder) in ([word] * 2, [f"new {step}"] * 2), (step, held(folder))
    word, step = held(folder)[0], step + 1
assert word == f"new {step - 1}"
print(step)
"""


@pytest.mark.parametrize("swap", ["one step", "two steps"])
def test_a_folder_whose_replacement_is_killed_before_any_step_on_the_disk_is_whole(tmp_path: Path, swap: str) -> None:
    words = [sys.executable, "-c", KILLED_AT_EVERY_STEP, str(tmp_path / "parent" / "folder"), swap]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.stderr == ""
    assert int(done.stdout) > 20
    assert list((tmp_path / "parent").iterdir()) == [tmp_path / "parent" / "folder"]


def test_a_release_set_aside_by_a_swap_that_was_killed_half_way_is_found(release: Release, tmp_path: Path) -> None:
    shutil.copytree(release.folder, tmp_path / ".release.old")
    assert open_release(tmp_path / "release").manifest == release.manifest
    assert list(tmp_path.iterdir()) == [tmp_path / "release"]


def test_what_a_running_build_is_filling_is_left_to_it(tmp_path: Path) -> None:
    (tmp_path / f".release.{os.getppid()}").mkdir()
    with replaced(tmp_path / "release", has_manifest) as new:
        (new / MANIFEST).write_text("made up", "utf-8")
    assert {path.name for path in tmp_path.iterdir()} == {"release", f".release.{os.getppid()}"}


def test_a_folder_at_a_relative_path_is_made_with_those_above_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    made_up(Path("below/further/release"), "first")
    assert (tmp_path / "below" / "further" / "release" / MANIFEST).read_text("utf-8") == "first"


def test_an_empty_folder_is_filled_and_a_link_keeps_pointing_to_the_newest(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    made_up(tmp_path / "link", "first")
    made_up(tmp_path / "link", "second")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real" / MANIFEST).read_text("utf-8") == "second"
    assert {path.name for path in tmp_path.iterdir()} == {"real", "link"}


def test_a_folder_is_not_replaced_where_filling_it_fails(tmp_path: Path) -> None:
    made_up(tmp_path / "release", "first")
    with pytest.raises(UnwritableTarget, match="No such file"), replaced(tmp_path / "release", has_manifest) as new:
        (new / "missing" / "file").write_text("made up", "utf-8")
    assert (tmp_path / "release" / MANIFEST).read_text("utf-8") == "first"
    assert list(tmp_path.iterdir()) == [tmp_path / "release"]


def test_a_release_is_not_made_again_while_its_inputs_say_the_same(newer: Newer) -> None:
    (newer.inputs / "data" / "places.trig").touch()
    told: list[str] = []
    assert current_release(newer.inputs, newer.release.folder, told.append).manifest == newer.release.manifest
    assert told == []


def test_a_release_is_made_again_when_an_input_has_changed(newer: Newer, release: Release, tmp_path: Path) -> None:
    folder = shutil.copytree(newer.release.folder, tmp_path / "release")
    told: list[str] = []
    assert current_release(INPUTS, folder, told.append).manifest == release.manifest
    assert told == STEPS


def spoil_checksums(folder: Path) -> None:
    (folder / CHECKSUMS).write_text("made up\n", "utf-8")


def spoil_manifest(folder: Path) -> None:
    """Write a manifest that is no JSON, with a checksum that agrees."""
    (folder / MANIFEST).write_text("made up", "utf-8")
    words = f"sha256sum $(cut -c 67- {CHECKSUMS}) > new && mv new {CHECKSUMS}"
    subprocess.run(words, shell=True, cwd=folder, check=True)


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (lambda folder: (folder / "twingraph.nq").unlink(), "a file differs from its checksum"),
        (lambda folder: (folder / "tables" / "cities.csv").write_bytes(b""), "a file differs from its checksum"),
        (lambda folder: (folder / "made-up.txt").touch(), "a file differs from its checksum"),
        (lambda folder: (folder / CHECKSUMS).unlink(), "No such file or directory"),
        (lambda folder: (folder / CHECKSUMS).write_bytes(b"\xff"), "codec can't decode"),
        (spoil_checksums, "a file differs from its checksum"),
        (spoil_manifest, "Expecting value"),
        (shutil.rmtree, "No such file or directory"),
    ],
)
def test_a_release_that_is_not_whole_is_not_opened(release: Release, tmp_path: Path, spoil: Spoil, reason: str) -> None:
    folder = shutil.copytree(release.folder, tmp_path / "release")
    spoil(folder)
    with pytest.raises(NoRelease, match=reason):
        open_release(folder)


def test_the_manifest_says_what_the_release_is(release: Release) -> None:
    manifest = json.loads((release.folder / MANIFEST).read_bytes())
    assert manifest["counts"]["quotes"] == 96
    assert manifest["findings"]["Violation"] == 0
    assert manifest["sources"][0]["sha256"] in (release.folder / CHECKSUMS).read_text("utf-8")
    assert set(manifest["tools"]) == {"twingraph", "pyld", "pyoxigraph", "pyshacl", "rdflib", "zlib"}


def test_a_folder_that_only_looks_like_a_release_is_never_replaced(built: Built, tmp_path: Path) -> None:
    (tmp_path / "web").mkdir()
    (tmp_path / "web" / "manifest.json").write_text("{}", "utf-8")
    (tmp_path / "web" / "precious.txt").write_text("made up", "utf-8")
    with pytest.raises(UnwritableTarget, match="something other than a release"):
        write(built, tmp_path / "web")
    assert (tmp_path / "web" / "precious.txt").read_text("utf-8") == "made up"


def test_the_top_of_the_file_system_is_no_place_for_a_release(built: Built) -> None:
    with pytest.raises(UnwritableTarget, match="name another folder"):
        write(built, Path("/"))
