"""Building: the same bytes everywhere, put in place whole, and nothing taken away that somebody reads."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from releases import remade
from twingraph.errors import NoRelease, UnwritableTarget
from twingraph.release.build import Built, open_or_build, write
from twingraph.release.folder import Release, open_release, replace
from twingraph.settings import CATALOGUE, CHECKSUMS, MANIFEST, PACKAGED

INPUTS = PACKAGED
STEPS = ["read", "derive", "validate", "write"]
HERE, OPEN_FILES = str(Path(__file__).parent), Path("/proc/self/fd")
PLACES_AND_TIMES = (
    {"LC_ALL": "C", "TZ": "MADEUP-14", "PYTHONHASHSEED": "0"},
    {"LC_ALL": "lv_LV.UTF-8", "TZ": "MADEUP+12", "PYTHONHASHSEED": "4294967295", "HOME": "/nonexistent"},
)


# What is built


def test_building_twice_gives_the_same_bytes_and_tells_its_steps(
    release: Release, inputs: Path, tmp_path: Path
) -> None:
    """In another directory, locale and time zone, from inputs that are elsewhere, with another order of sets."""
    command = "build --lang en --output a-release --inputs"
    words = [sys.executable, "-m", "twingraph", *command.split(), str(inputs)]
    started = []
    for number, setting in enumerate(PLACES_AND_TIMES):
        where = tmp_path / f"at {number}"
        where.mkdir()
        process = subprocess.Popen(words, stderr=subprocess.PIPE, text=True, cwd=where, env={**os.environ, **setting})
        started.append((where, process))
    counts = release.manifest["counts"]
    made = f"a-release: release 1.1.0, {counts['triples']} statements, {counts['quotes']} quotes."
    for where, process in started:
        assert process.communicate(timeout=60)[1].splitlines() == [*STEPS, made]
        assert open_release(where / "a-release").checksums == release.checksums


def test_the_time_of_a_release_is_that_of_the_data_or_of_source_date_epoch(
    built: Built, release: Release, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1498608000")
    timed = write(built, tmp_path / "release")
    assert timed.manifest == {**release.manifest, "modified": "2017-06-28T00:00:00Z"}
    differing = {name for name, checksum in timed.checksums.items() if release.checksums[name] != checksum}
    assert differing == {MANIFEST, CATALOGUE}


def test_the_manifest_says_what_the_release_is_and_sha256sum_computes_its_checksums(release: Release) -> None:
    words = ["sha256sum", "--check", "--strict", "--quiet", CHECKSUMS]
    assert subprocess.run(words, cwd=release.folder, check=False).returncode == 0
    assert release.files() == release.checksums.keys()
    with pytest.raises(KeyError):
        release.read("made-up.txt")
    manifest, quads = release.manifest, len(release.read("twingraph.nq").splitlines())
    counts = (manifest["counts"]["quotes"], manifest["counts"]["quads"], manifest["findings"]["Violation"])
    assert counts == (96, quads, 0)
    assert manifest["sources"][0]["sha256"] == release.checksums["sources/jelgava-lv-2017.txt"]
    assert set(manifest["tools"]) == {"twingraph", "pyoxigraph", "pyshacl", "rdflib", "zlib"}


def test_a_reader_makes_a_release_where_there_is_none_and_never_another(release: Release, tmp_path: Path) -> None:
    told: list[str] = []
    assert open_or_build(INPUTS, tmp_path / "release", told.append).checksums == release.checksums
    other = remade(tmp_path / "other", {"made-up.txt": "made of other inputs"})
    assert open_or_build(INPUTS, tmp_path / "other", told.append).checksums == other.checksums
    assert list(map(str, told[1:-1])) == STEPS
    (other.folder / "made-up.txt").write_text("spoilt", "utf-8")
    with pytest.raises(NoRelease):
        open_or_build(INPUTS, tmp_path / "other")
    assert (other.folder / "made-up.txt").read_text("utf-8") == "spoilt"


# How it is put in place


def names_in(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_a_release_is_a_folder_of_its_own_behind_a_link_and_made_again_where_it_is_spoilt(tmp_path: Path) -> None:
    first = remade(tmp_path / "release", {"made-up.txt": "first"}, version="1.0 beta/2")
    digest = hashlib.sha256(first.read(CHECKSUMS)).hexdigest()
    assert first.folder.name == f".release-1.0_beta_2-{digest[:12]}"
    for content in ("first", "spoilt"):
        first.path("made-up.txt").write_text(content, "utf-8")
        again = remade(tmp_path / "release", {"made-up.txt": "first"}, version="1.0 beta/2")
        assert (again.folder, again.read("made-up.txt")) == (first.folder, b"first")
        assert (tmp_path / "release").readlink() == Path(first.folder.name)
        assert names_in(tmp_path) == {"release", first.folder.name}


def test_what_somebody_reads_stays_and_what_nobody_reads_goes(tmp_path: Path) -> None:
    (tmp_path / ".release-1.1.0").mkdir()  # of another kind of name, so none of ours
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
    others = {neighbour.folder.name, "release-2", ".release-1.1.0"}
    assert names_in(tmp_path) == {"release", third.folder.name, fourth.folder.name, *others}


def test_a_folder_without_a_link_gives_way_to_one_unless_it_is_served(release: Release, tmp_path: Path) -> None:
    folder = shutil.copytree(release.folder, tmp_path / "release")
    held = open_release(folder)
    with pytest.raises(UnwritableTarget, match="somebody serves it; end that server"):
        remade(folder, {"made-up.txt": "new"})
    assert names_in(tmp_path) == {"release"}
    assert held.read(CHECKSUMS) == release.read(CHECKSUMS)
    del held
    made = remade(folder, {"made-up.txt": "new"})
    assert names_in(tmp_path) == {"release", made.folder.name}


@pytest.mark.parametrize("place", ["release", "below/further/release", "link"])
def test_a_release_is_made_anew_where_links_can_not_be_made_and_where_a_link_of_others_leads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    monkeypatch.chdir(tmp_path)
    if place == "link":
        (tmp_path / "real").mkdir()
        (tmp_path / "link").symlink_to("real")
    else:
        monkeypatch.delattr(os, "symlink")
    for text in ("first", "second"):
        made = remade(Path(place), {"a/b/made-up.txt": text})
        assert made.read("a/b/made-up.txt") == text.encode()
        assert made.folder.parent == (tmp_path / place).parent
        kept = {"link", "real"} if place == "link" else set()
        assert names_in(made.folder.parent) == {made.folder.name, *kept}
        assert place != "link" or (tmp_path / "link").readlink() == Path("real")
        del made


def test_a_folder_that_only_looks_like_a_release_is_never_replaced(built: Built, tmp_path: Path) -> None:
    for name in (MANIFEST, "precious.txt"):
        (tmp_path / name).write_text("{}", "utf-8")
    for folder in (tmp_path, Path("/")):
        with pytest.raises(UnwritableTarget, match="something other than a release; name another folder"):
            write(built, folder)
    assert names_in(tmp_path) == {MANIFEST, "precious.txt"}


def test_a_folder_is_not_replaced_where_filling_it_fails(tmp_path: Path) -> None:
    remade(tmp_path / "release", {"made-up.txt": "first"})
    before = names_in(tmp_path)
    with pytest.raises(UnwritableTarget, match="release: cannot be written"):
        replace(tmp_path / "release", {"file": b"", "file/below": b""}, lambda _: True, "made-up")
    assert open_release(tmp_path / "release").read("made-up.txt") == b"first"
    assert names_in(tmp_path) == before


# What happens when it is broken off, or two build at once

KILLED_AT_EVERY_STEP = """
import os, signal, sys
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
    words = [sys.executable, "-c", KILLED_AT_EVERY_STEP, str(folder), before, HERE]
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
    builders = [subprocess.Popen([sys.executable, "-c", BUILDING, str(folder), name, HERE]) for name in ("a", "b")]
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


# What is opened


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        ("rm twingraph.nq", "a file differs from its checksum"),
        (": > tables/cities.csv", "a file differs from its checksum"),
        ("touch made-up.txt", "a file differs from its checksum"),
        ("rm SHA256SUMS", "No such file or directory"),
        ("printf '\\377' > SHA256SUMS", "codec can't decode"),
        ("echo made up > SHA256SUMS", "a file differs from its checksum"),
        # A manifest that is no JSON, with a checksum that agrees
        ("echo {a > manifest.json; sha256sum $(cut -c 67- SHA256SUMS) > new; mv new SHA256SUMS", "Expecting"),
        ("rm -r ../release", "No such file or directory"),
    ],
)
def test_a_release_that_is_not_whole_is_not_opened(release: Release, tmp_path: Path, spoil: str, reason: str) -> None:
    folder, before = shutil.copytree(release.folder, tmp_path / "release"), list(OPEN_FILES.iterdir())
    subprocess.run(spoil, shell=True, cwd=folder, check=True)
    with pytest.raises(NoRelease, match=rf"\(.*{reason}.*\); make one with `twingraph build --output {folder}`\.$"):
        open_release(folder)
    assert len(list(OPEN_FILES.iterdir())) == len(before)


# Where there is nothing that only Linux has

ELSEWHERE = """
import json, os, sys

sys.modules |= {"fcntl": None, "resource": None}
for name in ("fork", "forkpty", "symlink"):
    delattr(os, name)

from click.testing import CliRunner
from twingraph.cli import main

results = [CliRunner().invoke(main, words) for words in json.loads(sys.argv[1])]
print(json.dumps([[result.exit_code, result.stdout] for result in results]))
"""


def test_what_an_officer_needs_runs_where_there_are_no_links_locks_and_forks(release: Release, tmp_path: Path) -> None:
    folder = str(tmp_path / "release")
    lines = f"""build --output {folder}; build --output {folder}; validate; diff {folder} {folder};
    export --release {folder} {tmp_path}/tables; query --release {folder} --format csv three-town-ties;
    check-source --url http://127.0.0.1:9/"""
    words = [sys.executable, "-c", ELSEWHERE, json.dumps([line.split() for line in lines.split(";")])]
    done = subprocess.run(words, capture_output=True, encoding="utf-8", check=False, env={**os.environ, "LC_ALL": "C"})
    assert done.stderr == ""
    told = json.loads(done.stdout)
    assert [code for code, _ in told] == [0, 0, 0, 2, 0, 0, 10]
    assert not Path(folder).is_symlink()
    assert open_release(Path(folder)).checksums == release.checksums
    assert names_in(tmp_path / "tables") == names_in(Path(folder, "tables")) - {"places.geojson"}
    assert "parnu" in told[5][1]
