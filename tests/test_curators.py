"""Which data a command reads: those of the curator who runs it, and it says which."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

import twingraph
from releases import edit
from twingraph.cli import main
from twingraph.settings import PACKAGED

if TYPE_CHECKING:
    from pathlib import Path

FACTS = "data/sources/jelgava-lv-2017/facts.trig"


@pytest.fixture
def spoilt(inputs: Path) -> Path:
    """A copy of the data in which one quote is not as its page has it."""
    edit(inputs / FACTS, "Alkamo (Itālija)", "Alkamo (Izdomātija)")
    return inputs


def run(*words: object) -> tuple[int, str, str]:
    done = CliRunner().invoke(main, [str(word) for word in words])
    return done.exit_code, done.stdout, done.stderr


@pytest.mark.parametrize("way", ["here", "named", "variable", "around"])
def test_a_broken_quote_in_the_curator_s_data_is_found(
    spoilt: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    """As README has it: in the folder with data/; and from anywhere, with the data named."""
    monkeypatch.chdir(spoilt if way == "here" else tmp_path)
    if way == "variable":
        monkeypatch.setenv("TWINGRAPH_DATA", str(spoilt / "data"))
    named = {"named": ("--data", spoilt / "data"), "around": ("--inputs", spoilt)}.get(way, ())
    code, found, said = run("validate", *named)
    assert code == 3
    # Who names the data is not told which they are.
    assert (f"The data are those in {spoilt / 'data'}." in said) == (way in {"here", "variable"})
    assert f"{FACTS}:39: violation: jelgava-lv-2017-alcamo-heading" in found


def test_without_data_of_one_s_own_those_of_the_program_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    code, _, said = run("validate")
    assert (code, said.splitlines()[0]) == (0, f"The data are those in {PACKAGED}.")


def test_rules_beside_the_data_win_over_those_of_the_program(inputs: Path, tmp_path: Path) -> None:
    edit(inputs / "shapes" / "agreement.ttl", "Name at least two towns that", "Made up: name the towns that")
    edit(inputs / FACTS, "tg:party place:jelgava , place:alcamo", "tg:party place:alcamo")
    assert "Made up: name the towns" in run("validate", "--data", inputs / "data")[1]
    alone = shutil.copytree(inputs / "data", tmp_path / "made-up")
    found = run("validate", "--data", alone)[1]
    assert "Name at least two towns that concluded" in found
    assert "made-up/sources/jelgava-lv-2017/facts.trig:" in found


def test_a_release_of_other_data_is_kept_and_the_reader_is_told(
    inputs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.chdir(inputs)
    sentence = f"release was made of other data than those in {inputs / 'data'}; `twingraph build` makes it anew."
    assert run("query", "counts")[2].splitlines()[:2] == [f"release is made, of the data in {inputs / 'data'}.", "read"]
    sums = (inputs / "release" / "SHA256SUMS").read_bytes()
    assert sentence not in run("query", "counts")[2]
    edit(inputs / "data" / "places.trig", "\n", "\n\n")
    for words in (["query", "counts"], ["export", tmp_path / "tables"]):
        code, _, said = run(*words)
        assert (code, said.splitlines()[0]) == (0, sentence)
    twingraph.load()
    assert [record.getMessage() for record in caplog.records] == [sentence]
    assert (inputs / "release" / "SHA256SUMS").read_bytes() == sums


@pytest.mark.parametrize("is_broken", [False, True])
def test_sarif_names_files_from_the_top_of_the_repository(spoilt: Path, *, is_broken: bool) -> None:
    (spoilt.parent / ".git").mkdir()
    if is_broken:
        (spoilt / "data" / "places.trig").write_text("place:made-up {", encoding="utf-8")
    code, found, _ = run("validate", "--inputs", spoilt, "--format", "sarif")
    [log] = json.loads(found)["runs"]
    place = log["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]
    assert (code, place["uri"]) == ((2, "inputs/data/places.trig") if is_broken else (3, f"inputs/{FACTS}"))
    assert place["uriBaseId"] in log["originalUriBaseIds"]
