"""The wheel, installed elsewhere: it brings its data, and builds, validates, exports and answers as a checkout does."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from twingraph.release.folder import Release
from twingraph.settings import CHECKSUMS, PACKAGED

ROOT = Path(__file__).parent.parent
PIP = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet"]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this checkout."""
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run([*PIP, "wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", folder, ROOT], check=True)
    [path] = folder.glob("*.whl")
    return path


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that the wheel is installed in."""
    folder = tmp_path_factory.mktemp("installed")
    subprocess.run([*PIP, "install", "--no-deps", "--target", folder, wheel], check=True)
    return folder


@pytest.fixture(scope="module")
def made(installed: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the release that the installed package makes there."""
    folder = tmp_path_factory.mktemp("unrelated")
    run(installed, folder, "-m", "twingraph", "build")
    return folder


def run(installed: Path, folder: Path, *words: str) -> str:
    """Run Python in an unrelated folder, with the installed package before the checkout; give what it writes."""
    environment = {**os.environ, "PYTHONPATH": str(installed), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, *words]
    done = subprocess.run(
        command, cwd=folder, env=environment, stdout=subprocess.PIPE, text=True, check=True, timeout=60
    )
    return done.stdout


def test_the_wheel_holds_all_that_an_installed_twingraph_needs(wheel: Path) -> None:
    held = set(zipfile.ZipFile(wheel).namelist())
    for name in ("data", "ontology", "shapes"):
        paths = (path for path in (PACKAGED / name).rglob("*") if path.is_file())
        assert {f"twingraph/{path.relative_to(PACKAGED).as_posix()}" for path in paths} <= held
    sources = (path for path in (ROOT / "src").rglob("*") if path.is_file() and path.suffix != ".pyc")
    assert {path.relative_to(ROOT / "src").as_posix() for path in sources} <= held
    assert any(name.endswith("licenses/LICENSE") for name in held)
    assert not any(name.startswith("tests/") for name in held)


def test_the_package_that_is_used_is_the_installed_one(installed: Path, tmp_path: Path) -> None:
    program = "import twingraph, twingraph.settings as s; print(twingraph.__file__, s.PACKAGED, sep='\\n')"
    assert all(Path(path).is_relative_to(installed) for path in run(installed, tmp_path, "-c", program).splitlines())


def test_an_installed_twingraph_builds_validates_exports_and_answers(
    installed: Path, made: Path, release: Release
) -> None:
    assert (made / "release" / CHECKSUMS).read_bytes() == (release.folder / CHECKSUMS).read_bytes()
    program = ("-m", "twingraph")
    assert "Violations: 0," in run(installed, made, *program, "validate", "--lang", "en")
    assert "parnu" in run(installed, made, *program, "query", "three-town-ties", "--release", "release")
    assert len(run(installed, made, *program, "export", "--release", "release", "tables").splitlines()) == 7
    for path in (made / "tables").iterdir():
        assert path.read_bytes() == (release.folder / "tables" / path.name).read_bytes()
