"""The editor of the query page: locked, brought by the build where it can be, and done without where it can not."""

import json
import runpy
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from flask.testing import FlaskClient

from twingraph.query.engine import Engine
from twingraph.release.folder import Release
from twingraph.settings import Settings
from twingraph.web import http, query_page
from twingraph.web.app import create_app

FOLDER = Path(__file__).parent.parent / ".editor"
# The hook is part of no package.
build = SimpleNamespace(**runpy.run_path(str(FOLDER / "build.py")))
LOCKED: dict[str, dict[str, Any]] = json.loads((FOLDER / build.LOCK).read_text("utf-8"))["packages"]
BROWSER = {"Accept": "text/html"}


@pytest.fixture
def client(engine: Engine, release: Release) -> FlaskClient:
    """A client of an application that makes its pages anew each time."""
    return create_app(engine, release.folder, Settings(cache_mebibytes=0)).test_client()


def initialize(root: Path, version: str) -> list[str]:
    """Run the hook of a build in a folder; give what it adds to the build."""
    added: dict[str, list[str]] = {"artifacts": []}
    build.Editor(str(root), {}, None, None, str(root), "wheel").initialize(version, added)
    return added["artifacts"]


def test_what_is_fetched_is_locked_to_the_byte_and_names_no_registry() -> None:
    asked = json.loads((FOLDER / "package.json").read_text("utf-8"))["dependencies"]
    assert LOCKED[""]["dependencies"] == asked
    assert all(each["integrity"].startswith("sha512-") for name, each in LOCKED.items() if name)
    assert all(LOCKED[f"node_modules/{name}"]["version"] == version for name, version in asked.items())
    assert "://" not in (FOLDER / build.LOCK).read_text("utf-8")


def test_a_build_that_can_not_fetch_the_editor_says_so_and_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("npm_config_registry", "http://127.0.0.1:9/")
    monkeypatch.setenv("npm_config_cache", str(tmp_path / "empty"))
    assert initialize(tmp_path, "standard") == [f"/{build.TARGET}/"]
    assert "the query page has a plain form" in capfd.readouterr().err
    assert not (tmp_path / build.TARGET).exists()


def test_an_editor_that_is_there_is_fetched_again_only_for_another_lock(tmp_path: Path) -> None:
    folder = tmp_path / build.TARGET
    folder.mkdir(parents=True)
    assert not build.is_current(folder)
    (folder / build.LOCK).write_text('{"made": "up"}', encoding="utf-8")
    assert not build.is_current(folder)
    (folder / build.LOCK).write_bytes((FOLDER / build.LOCK).read_bytes())
    (folder / "made-up.js").touch()
    initialize(tmp_path, "editable")
    assert (folder / "made-up.js").exists()


def test_an_editor_that_was_fetched_is_the_locked_one_with_its_licences() -> None:
    folder = http.STATIC / "editor"
    if not folder.exists():
        pytest.skip("no editor was fetched")
    assert build.is_current(folder)
    assert {f"editor/{name}" for name in build.FILES} == set(query_page.EDITOR)
    licences = (folder / "LICENSES.txt").read_text("utf-8")
    for path, told in LOCKED.items():
        if path and not told.get("optional"):
            assert f"{path.removeprefix('node_modules/')} {told['version']}: {told['license']}" in licences


@pytest.mark.parametrize(("is_there", "scripts"), [(True, 2), (False, 1)])
def test_a_page_without_the_editor_says_so_and_asks_all_the_same(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch, *, is_there: bool, scripts: int
) -> None:
    monkeypatch.setattr(http, "static_version", lambda _: "made-up" if is_there else "")
    page = client.get("/query?query=ASK%7B%7D&lang=en", headers=BROWSER).text
    assert page.count("<script defer") == scripts
    assert ("The editor could not be fetched" in page) is not is_there
    assert "Yes." in page


def test_no_page_but_the_query_page_brings_the_editor(client: FlaskClient) -> None:
    for path in ("/", "/search", "/changes", "/catalog.html"):
        assert "yasqe" not in client.get(path, headers=BROWSER).text
