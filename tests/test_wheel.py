"""The wheel, installed elsewhere: it brings its data, and builds, validates, exports and answers as a checkout does."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from twingraph.settings import CHECKSUMS, Settings

if TYPE_CHECKING:
    from twingraph.release.build import Release

ROOT = Path(__file__).parent.parent
PIP = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet"]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this checkout."""
    folder = tmp_path_factory.mktemp("wheel")
    words = [*PIP, "wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", str(folder), str(ROOT)]
    subprocess.run(words, check=True)
    [path] = folder.glob("*.whl")
    return path


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that the wheel is installed in."""
    folder = tmp_path_factory.mktemp("installed")
    subprocess.run([*PIP, "install", "--no-deps", "--target", str(folder), str(wheel)], check=True)
    return folder


def start(installed: Path, folder: Path, *words: str) -> subprocess.Popen[str]:
    """Run Python in an unrelated folder, with the installed package before the checkout."""
    environment = {**os.environ, "PYTHONPATH": str(installed), "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.Popen(
        [sys.executable, *words], cwd=folder, env=environment, stdout=subprocess.PIPE, text=True, encoding="utf-8"
    )


def output(process: subprocess.Popen[str]) -> str:
    told, _ = process.communicate(timeout=60)
    assert process.returncode == 0
    return told


@pytest.fixture(scope="module")
def made(installed: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the release that the installed package makes there."""
    folder = tmp_path_factory.mktemp("unrelated")
    output(start(installed, folder, "-m", "twingraph", "build"))
    return folder


def test_the_wheel_holds_all_that_an_installed_twingraph_needs(wheel: Path) -> None:
    held = set(zipfile.ZipFile(wheel).namelist())
    for name in ("data", "ontology", "shapes"):
        paths = (path for path in (Settings().inputs / name).rglob("*") if path.is_file())
        assert {f"twingraph/{path.relative_to(Settings().inputs).as_posix()}" for path in paths} <= held
    sources = (path for path in (ROOT / "src").rglob("*") if path.is_file() and path.suffix != ".pyc")
    assert {path.relative_to(ROOT / "src").as_posix() for path in sources} <= held
    assert any(name.endswith("licenses/LICENSE") for name in held)
    assert not any(name.startswith("tests/") for name in held)


def test_the_package_that_is_used_is_the_installed_one(installed: Path, tmp_path: Path) -> None:
    program = "import twingraph, twingraph.settings as s; print(twingraph.__file__, s.Settings().inputs, sep='\\n')"
    paths = output(start(installed, tmp_path, "-c", program)).splitlines()
    assert all(Path(path).is_relative_to(installed) for path in paths)


def test_an_installed_twingraph_makes_the_same_release(made: Path, release: Release) -> None:
    assert (made / "release" / CHECKSUMS).read_bytes() == (release.folder / CHECKSUMS).read_bytes()


def test_an_installed_twingraph_validates_exports_and_answers(installed: Path, made: Path, release: Release) -> None:
    validating = start(installed, made, "-m", "twingraph", "validate", "--lang", "en")
    exporting = start(installed, made, "-m", "twingraph", "export", "--release", "release", "tables")
    asking = start(installed, made, "-m", "twingraph", "query", "three-town-ties", "--release", "release")
    assert "Violations: 0," in output(validating)
    assert len(output(exporting).splitlines()) == 7
    assert "parnu" in output(asking)
    for path in (made / "tables").iterdir():
        assert path.read_bytes() == (release.folder / "tables" / path.name).read_bytes()
