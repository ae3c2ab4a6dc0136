"""Building: the same bytes everywhere, put in place whole, and nothing taken away that somebody reads."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from releases import remade
from twingraph.errors import NoRelease, UnwritableTarget
from twingraph.release.build import open_or_build, write
from twingraph.release.folder import open_release, replace
from twingraph.settings import CATALOGUE, CHECKSUMS, MANIFEST, Settings

if TYPE_CHECKING:
    from collections.abc import Callable

    from twingraph.release.build import Built
    from twingraph.release.folder import Release

    Spoil = Callable[[Path], object]

INPUTS = Settings().inputs
STEPS = ["read", "derive", "validate", "write"]


def command(inputs: Path, folder: Path) -> list[str]:
    return [
        sys.executable,
        "-m",
        "twingraph",
        "build",
        "--inputs",
        str(inputs),
        "--output",
        str(folder),
        "--lang",
        "en",
    ]


# What is built

PLACES_AND_TIMES = (
    {"LC_ALL": "C", "TZ": "MADEUP-14", "PYTHONHASHSEED": "0"},
    {"LC_ALL": "lv_LV.UTF-8", "TZ": "MADEUP+12", "PYTHONHASHSEED": "4294967295", "HOME": "/nonexistent"},
)


def test_building_twice_gives_the_same_bytes_and_tells_its_steps(
    release: Release, inputs: Path, tmp_path: Path
) -> None:
    """In another directory, locale and time zone, from inputs that are elsewhere, with another order of sets."""
    started = []
    for number, setting in enumerate(PLACES_AND_TIMES):
        (tmp_path / f"at {number}").mkdir()
        words, environment = command(inputs, Path("a release")), {**os.environ, **setting}
        where = {"cwd": tmp_path / f"at {number}", "env": environment}
        started.append(
            subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, encoding="utf-8", **where)
        )
    counts = release.manifest["counts"]
    for number, process in enumerate(started):
        *steps, made = process.communicate(timeout=60)[1].splitlines()
        assert steps == STEPS
        assert made == f"a release: release 1.0.0, {counts['triples']} statements, {counts['quotes']} quotes."
        again = open_release(tmp_path / f"at {number}" / "a release")
        assert again.read(CHECKSUMS) == release.read(CHECKSUMS)


def test_the_checksums_are_what_sha256sum_computes(release: Release) -> None:
    words = ["sha256sum", "--check", "--strict", "--quiet", CHECKSUMS]
    assert subprocess.run(words, cwd=release.folder, check=False).returncode == 0
    present = {path.relative_to(release.folder).as_posix() for path in release.folder.rglob("*") if path.is_file()}
    assert {*release.checksums, CHECKSUMS} == present


def test_the_time_of_a_release_is_that_of_the_data_or_of_source_date_epoch(
    built: Built, release: Release, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1498608000")
    timed = write(built, tmp_path / "release")
    assert timed.manifest["modified"] == "2017-06-28T00:00:00Z"
    assert {**timed.manifest, "modified": release.manifest["modified"]} == release.manifest
    differing = {name for name, checksum in timed.checksums.items() if release.checksums[name] != checksum}
    assert differing == {MANIFEST, CATALOGUE}


def test_the_manifest_says_what_the_release_is(release: Release) -> None:
    manifest = release.manifest
    assert manifest["counts"]["quotes"] == 96
    assert manifest["counts"]["quads"] == len(release.read("twingraph.nq").splitlines())
    assert manifest["findings"]["Violation"] == 0
    assert manifest["sources"][0]["sha256"] == release.checksums["sources/jelgava-lv-2017.txt"]
    assert set(manifest["tools"]) == {"twingraph", "pyoxigraph", "pyshacl", "rdflib", "zlib"}


def test_a_reader_makes_a_release_where_there_is_none_and_never_another(release: Release, tmp_path: Path) -> None:
    told: list[str] = []
    made = open_or_build(INPUTS, tmp_path / "release", told.append)
    assert (made.checksums, told) == (release.checksums, STEPS)
    other = remade(tmp_path / "other", {"made-up.txt": "made of other inputs"})
    assert open_or_build(INPUTS, tmp_path / "other", told.append).checksums == other.checksums
    assert told == STEPS
    (other.folder / "made-up.txt").write_text("spoilt", "utf-8")
    with pytest.raises(NoRelease):
        open_or_build(INPUTS, tmp_path / "other")
    assert (other.folder / "made-up.txt").read_text("utf-8") == "spoilt"


# How it is put in place


def names_in(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_a_release_is_a_folder_of_its_own_behind_a_link(tmp_path: Path) -> None:
    first = remade(tmp_path / "release", {"made-up.txt": "first"}, version="1.0 beta/2")
    assert (tmp_path / "release").readlink() == Path(first.folder.name)
    digest = hashlib.sha256(first.read(CHECKSUMS)).hexdigest()
    assert first.folder.name == f".release-1.0_beta_2-{digest[:12]}"
    again = remade(tmp_path / "release", {"made-up.txt": "first"}, version="1.0 beta/2")
    assert (again.folder, names_in(tmp_path)) == (first.folder, {"release", first.folder.name})


def test_what_somebody_reads_stays_and_what_nobody_reads_goes(tmp_path: Path) -> None:
    (tmp_path / ".release-1.0.0").mkdir()  # of another kind of name, so none of ours
    neighbour = remade(tmp_path / "release-2", {"made-up.txt": "beside"})
    texts = [remade(tmp_path / "release", {"made-up.txt": text}).folder for text in ("first", "second")]
    assert not texts[0].exists()
    held = open_release(tmp_path / "release")
    third = remade(tmp_path / "release", {"made-up.txt": "third"})
    assert held.read("made-up.txt") == b"second"
    assert open_release(tmp_path / "release").folder == third.folder != held.folder
    folder = held.folder
    del held
    fourth = remade(tmp_path / "release", {"made-up.txt": "fourth"})
    assert not folder.exists()
    assert third.read("made-up.txt") == b"third"
    others = {neighbour.folder.name, "release-2", ".release-1.0.0"}
    assert names_in(tmp_path) == {"release", third.folder.name, fourth.folder.name, *others}


def test_a_spoilt_release_is_made_again_under_its_name(tmp_path: Path) -> None:
    first = remade(tmp_path / "release", {"made-up.txt": "first"})
    first.path("made-up.txt").write_text("spoilt", "utf-8")
    again = remade(tmp_path / "release", {"made-up.txt": "first"})
    assert (again.folder, again.read("made-up.txt")) == (first.folder, b"first")


def as_folder(release: Release, folder: Path) -> Path:
    """Copy a release as a folder, and not a link to one."""
    return shutil.copytree(release.folder, folder)


def test_a_folder_without_a_link_gives_way_to_one_unless_it_is_served(release: Release, tmp_path: Path) -> None:
    folder = as_folder(release, tmp_path / "release")
    held = open_release(folder)
    with pytest.raises(UnwritableTarget, match="somebody serves it; end that server"):
        remade(folder, {"made-up.txt": "new"})
    assert names_in(tmp_path) == {"release"}
    assert held.read(CHECKSUMS) == release.read(CHECKSUMS)
    del held
    made = remade(folder, {"made-up.txt": "new"})
    assert names_in(tmp_path) == {"release", made.folder.name}


def test_where_links_can_not_be_made_a_release_is_a_plain_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(os, "symlink")
    for text in ("first", "second"):
        made = remade(tmp_path / "release", {"made-up.txt": text})
        assert (made.folder, made.read("made-up.txt")) == (tmp_path / "release", text.encode())
        assert names_in(tmp_path) == {"release"}
        del made


def test_a_link_of_others_keeps_pointing_to_the_newest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    for text in ("first", "second"):
        made = remade(Path("link"), {"made-up.txt": text})
        assert made.read("made-up.txt") == text.encode()
        assert (tmp_path / "link").readlink() == Path("real")
        assert names_in(tmp_path) == {"link", "real", made.folder.name}
        del made


def test_a_folder_at_a_relative_path_is_made_with_those_above_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert remade(Path("below/further/release"), {"a/b/c.txt": "deep"}).read("a/b/c.txt") == b"deep"
    assert (tmp_path / "below" / "further" / "release" / MANIFEST).is_file()


def test_a_folder_that_only_looks_like_a_release_is_never_replaced(built: Built, tmp_path: Path) -> None:
    (tmp_path / "web").mkdir()
    (tmp_path / "web" / MANIFEST).write_text("{}", "utf-8")
    (tmp_path / "web" / "precious.txt").write_text("made up", "utf-8")
    with pytest.raises(UnwritableTarget, match="something other than a release"):
        write(built, tmp_path / "web")
    assert (tmp_path / "web" / "precious.txt").read_text("utf-8") == "made up"
    with pytest.raises(UnwritableTarget, match="name another folder"):
        write(built, Path("/"))


# What happens when it is broken off, or two build at once

KILLED_AT_EVERY_STEP = """
import os, shutil, signal, sys
from pathlib import Path
sys.path.insert(0, sys.argv[3])
from releases import remade
from twingraph.release.folder import open_release

def killed(step):
    left = [step]
    def hook(event, _):
        if event.partition(".")[0] in ("open", "os", "shutil", "fcntl", "tempfile"):
            left[0] -= 1
            if left[0] == -1:
                os.kill(os.getpid(), signal.SIGKILL)
    sys.addaudithook(hook)

folder, before = Path(sys.argv[1]), sys.argv[2]
if before == "no links":
    del os.symlink
word, step, status = "old", 0, None
remade(folder, {"mark": word, "below/mark": word})
while status != 0:
    if before == "a folder" and folder.is_symlink():
        real = folder.resolve()
        folder.unlink()
        real.rename(folder)
    child = os.fork()
    if child == 0:
        killed(step)
        remade(folder, {"mark": f"new {step}", "below/mark": f"new {step}"})
        os._exit(0)
    status = os.waitpid(child, 0)[1]
    found = open_release(folder)
    assert found.read("mark") == found.read("below/mark"), step
    assert found.read("mark").decode() in (word, f"new {step}"), (step, word, found.read("mark"))
    word, step = found.read("mark").decode(), step + 1
    del found
assert word == f"new {step - 1}"
remade(folder, {"mark": "last"})
print(step)
"""
"""Replaces a release again and again, killed before each step on the disk in turn; prints how many there are."""


@pytest.mark.parametrize("before", ["a link", "a folder", "no links"])
def test_a_release_whose_replacement_is_killed_before_any_step_on_the_disk_is_whole(
    tmp_path: Path, before: str
) -> None:
    folder = tmp_path / "parent" / "release"
    words = [sys.executable, "-c", KILLED_AT_EVERY_STEP, str(folder), before, str(Path(__file__).parent)]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.stderr == ""
    assert int(done.stdout) > 30
    assert names_in(folder.parent) == {"release", folder.resolve().name}


BUILDING = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[3])
from releases import remade

for number in range(40):
    text = f"{sys.argv[2]} {number}"
    remade(Path(sys.argv[1]), {f"{sys.argv[2]}.txt": text, "mark": text})
"""


def test_two_builds_in_one_place_never_mix_and_a_reader_always_finds_one_whole(tmp_path: Path) -> None:
    """They do not know each other's process ids, as in two containers: nothing here looks at any."""
    folder = tmp_path / "release"
    remade(folder, {"mark": "first", "a.txt": "first"})
    words = [sys.executable, "-c", BUILDING, str(folder)]
    builders = [subprocess.Popen([*words, name, str(Path(__file__).parent)]) for name in ("a", "b")]
    seen = set()
    while any(builder.poll() is None for builder in builders):
        found = open_release(folder)
        [name] = set(found.checksums) - {"mark", MANIFEST}
        assert found.read("mark") == found.read(name)
        seen.add(found.read("mark"))
        del found
    assert [builder.returncode for builder in builders] == [0, 0]
    assert len(seen) > 10
    remade(folder, {"mark": "last"})
    assert names_in(tmp_path) == {"release", folder.resolve().name}


def test_a_folder_is_not_replaced_where_filling_it_fails(tmp_path: Path) -> None:
    remade(tmp_path / "release", {"made-up.txt": "first"})
    before = names_in(tmp_path)
    with pytest.raises(UnwritableTarget, match="release: cannot be written"):
        replace(tmp_path / "release", {"file": b"", "file/below": b""}, lambda _: True, "made-up")
    assert open_release(tmp_path / "release").read("made-up.txt") == b"first"
    assert names_in(tmp_path) == before


# What is opened


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
        (lambda folder: (folder / CHECKSUMS).write_text("made up\n", "utf-8"), "a file differs from its checksum"),
        (spoil_manifest, "Expecting value"),
        (shutil.rmtree, "No such file or directory"),
    ],
)
def test_a_release_that_is_not_whole_is_not_opened(release: Release, tmp_path: Path, spoil: Spoil, reason: str) -> None:
    folder, before = as_folder(release, tmp_path / "release"), open_files()
    spoil(folder)
    with pytest.raises(NoRelease, match=reason):
        open_release(folder)
    assert open_files() == before


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def test_a_release_lets_go_of_its_folder_with_the_last_who_has_it(release: Release) -> None:
    before = open_files()
    opened = open_release(release.folder)
    assert open_files() == before + 1
    with pytest.raises(KeyError):
        opened.read("made-up.txt")
    del opened
    assert open_files() == before


# Where there is nothing that only Linux has

ELSEWHERE = """
import json, os, sys

class Without:
    def __init__(self, finder):
        self.finder = finder

    def __getattr__(self, name):
        return getattr(self.finder, name)

    def find_spec(self, name, *others):
        return None if name in ("fcntl", "resource") else self.finder.find_spec(name, *others)

sys.meta_path[:] = map(Without, sys.meta_path)
for name in ("fork", "forkpty", "symlink"):
    delattr(os, name)

from click.testing import CliRunner
from twingraph.cli import main

told = []
for words in json.loads(sys.argv[1]):
    result = CliRunner().invoke(main, words)
    told.append([result.exit_code, result.stdout, result.stderr])
print(json.dumps(told))
"""


def test_what_an_officer_needs_runs_where_there_are_no_links_locks_and_forks(release: Release, tmp_path: Path) -> None:
    folder = tmp_path / "release"
    commands = [
        ["build", "--output", str(folder)],
        ["build", "--output", str(folder)],
        ["validate"],
        ["diff", str(folder), str(folder)],
        ["export", "--release", str(folder), str(tmp_path / "tables")],
        ["query", "--release", str(folder), "--format", "csv", "three-town-ties"],
        ["check-source", "--url", "http://127.0.0.1:9/"],
    ]
    done = subprocess.run(
        [sys.executable, "-c", ELSEWHERE, json.dumps(commands)],
        capture_output=True,
        encoding="utf-8",
        check=False,
        env={**os.environ, "LC_ALL": "C"},
    )
    assert done.stderr == ""
    told = json.loads(done.stdout)
    assert [code for code, *_ in told] == [0, 0, 0, 2, 0, 0, 10]
    assert not folder.is_symlink()
    assert open_release(folder).checksums == release.checksums
    assert names_in(tmp_path / "tables") == names_in(folder / "tables") - {"places.geojson"}
    assert "parnu" in told[5][1]
