"""README keeps its word: its commands run, its example answers, and its tables name what there is."""

import importlib
import json
import re
import shlex
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlencode

import pytest

from engines import free_port
from serving import running
from twingraph.query.engine import Engine
from twingraph.release.folder import Release
from twingraph.settings import CHECKSUMS, QUADS, Settings

TOP = Path(__file__).resolve().parent.parent
README = (TOP / "README.md").read_text("utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", README, re.DOTALL | re.MULTILINE)


def lines_with(word: str) -> list[str]:
    return [line for block in blocks("sh") for line in block.splitlines() if word in line]


def tabled(heading: str) -> list[str]:
    """Give the rows of the tables of one section."""
    section = README.split(f"## {heading}\n")[1].split("\n## ")[0]
    return [line for line in section.splitlines() if line.startswith("| `")]


@pytest.fixture(scope="module")
def folder(release: Release, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An unrelated folder with the release in it, as a reader has who ran the first command."""
    folder = tmp_path_factory.mktemp("reader")
    (folder / "release").symlink_to(release.folder)
    return folder


def test_each_setup_command_installs_locked_requirements_and_says_nothing_of_an_index() -> None:
    commands = lines_with("-m venv")
    assert [re.findall(r"-r .ci/(\S+)", command) for command in commands] == [
        *(["requirements.txt"], ["requirements-dev.txt"])
    ]
    assert commands[0].endswith("&& .venv/bin/twingraph serve")
    assert commands[1].endswith("&& .venv/bin/pytest -n auto")
    for name in ("requirements.txt", "requirements-dev.txt"):
        locked = (TOP / ".ci" / name).read_text("utf-8")
        assert "://" not in locked
        assert locked.count("--hash=sha256:") > locked.count("==")


@pytest.mark.parametrize(
    "line", [line for line in lines_with(".venv/bin/twingraph ") if "venv &&" not in line], ids=str.strip
)
def test_every_command_shown_runs(line: str, folder: Path) -> None:
    command = line.replace(".venv/bin/twingraph", f"{shlex.quote(sys.executable)} -m twingraph")
    done = subprocess.run(["sh", "-c", command], cwd=folder, capture_output=True, text=True, check=False)
    assert (done.returncode, bool(done.stdout)) == (0, True), done.stderr


def test_what_is_measured_is_there_to_be_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(TOP))
    for name in re.findall(r"`python -m (tests\.benchmarks[.a-z]*)", README):
        module = importlib.import_module(f"{name}.__main__" if name == "tests.benchmarks" else name)
        assert callable(module.main)


def test_the_notebook_example_runs(folder: Path) -> None:
    (program,) = blocks("python")
    done = subprocess.run([sys.executable, "-c", program], cwd=folder, capture_output=True, text=True, check=True)
    assert "1957 jelgava parnu siauliai – Sadarbības līgums ticis parakstīts" in done.stdout


def test_the_answer_shown_is_the_answer(release: Release) -> None:
    (query,) = blocks("sparql")
    with Engine(release.folder / QUADS, Settings()) as engine:
        found = json.loads(engine.answer(query).body)["results"]["bindings"]
    answers = {tuple(re.split("[#/]", row[name]["value"])[-1] for name in ("p", "o")) for row in found}
    sentences = {row["sentence"]["value"] for row in found}
    shown = re.findall(r"^\| (tg:\S+) \| (\S+) \| (.+) \|$", README, re.MULTILINE)
    assert len(shown) == 2
    assert {(p.removeprefix("tg:"), o.removeprefix("area:")) for p, o, _ in shown} <= answers
    assert {sentence for *_, sentence in shown} <= sentences


def test_the_files_that_readme_promises_are_those_of_a_release(release: Release) -> None:
    promised: set[str] = set()
    for row in tabled("Use the data"):
        stem = ""
        for name in re.findall(r"`([^`]+)`", row):
            promised.add(stem + name if name.startswith(".") else name)
            stem = name.rpartition(".")[0] if "." in name.strip(".") else stem
    listed = [line.split("  ")[1] for line in (release.folder / CHECKSUMS).read_text("utf-8").splitlines()]
    for name in listed:
        assert {name, f"{Path(name).parent}/", f"{Path(name).parent}/*{Path(name).suffix}", Path(name).name} & promised
    for name in promised:
        assert list(release.folder.glob(name)) or list(release.folder.glob(f"tables/{name}")), name


def test_every_folder_in_the_table_is_there() -> None:
    for row in tabled("Where things are"):
        for name in re.findall(r"`([a-z/]+/)`", row.split("|")[1]):
            assert (TOP / name).is_dir(), name


def test_the_curl_example_is_answered_by_the_server_that_the_command_starts(folder: Path) -> None:
    (line,) = lines_with("curl")
    words = shlex.split(line)
    name, _, value = words[words.index("-H") + 1].partition(": ")
    key, _, query = words[words.index("--data-urlencode") + 1].partition("=")
    assert words[-1] == "http://127.0.0.1:8000/sparql"
    port, form = free_port(), {"Content-Type": "application/x-www-form-urlencoded"}
    with running([sys.executable, "-m", "twingraph", "serve", "--port", str(port)], port, cwd=folder) as server:
        answer = server.ask("/sparql", "POST", urlencode({key: query}), form | {name: value})
    assert (answer.text.splitlines()[0], len(answer.text.splitlines())) == ("town", 15)
