"""The editor of the query page: locked, brought by the build where it can be, and done without where it can not."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from twingraph.settings import Settings
from twingraph.web import http, query_page
from twingraph.web.app import create_app

if TYPE_CHECKING:
    from types import ModuleType

    from flask.testing import FlaskClient

    from twingraph.query.engine import Engine
    from twingraph.release.build import Release

FOLDER = Path(__file__).parent.parent / ".editor"
BROWSER = {"Accept": "text/html"}


@pytest.fixture(scope="module")
def build() -> ModuleType:
    """The build hook, which is part of no package."""
    spec = importlib.util.spec_from_file_location("editor_build", FOLDER / "build.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def client(engine: Engine, release: Release) -> FlaskClient:
    """A client of an application that makes its pages anew each time."""
    return create_app(engine, release.folder, Settings(cache_mebibytes=0)).test_client()


def hook(build: ModuleType, root: Path) -> Any:  # noqa: ANN401 - its class is in a module without a package
    return build.Editor(str(root), {}, None, None, str(root), "wheel")


def test_what_is_fetched_is_locked_to_the_byte_and_names_no_registry() -> None:
    lock = (FOLDER / "package-lock.json").read_text("utf-8")
    packages: dict[str, dict[str, Any]] = json.loads(lock)["packages"]
    asked = json.loads((FOLDER / "package.json").read_text("utf-8"))["dependencies"]
    assert packages.pop("")["dependencies"] == asked
    assert all(each["integrity"].startswith("sha512-") for each in packages.values())
    assert all(packages[f"node_modules/{name}"]["version"] == version for name, version in asked.items())
    assert "://" not in lock


def test_a_build_that_can_not_fetch_the_editor_says_so_and_goes_on(
    build: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("npm_config_registry", "http://127.0.0.1:9/")
    monkeypatch.setenv("npm_config_cache", str(tmp_path / "empty"))
    told: dict[str, list[str]] = {"artifacts": []}
    hook(build, tmp_path).initialize("standard", told)
    assert "the query page has a plain form" in capfd.readouterr().err
    assert told["artifacts"] == [f"/{build.TARGET}/"]
    assert not (tmp_path / build.TARGET).exists()


def test_an_editor_that_is_there_is_fetched_again_only_for_another_lock(build: ModuleType, tmp_path: Path) -> None:
    folder = tmp_path / build.TARGET
    folder.mkdir(parents=True)
    assert not build.is_current(folder)
    (folder / "package-lock.json").write_text('{"made": "up"}', encoding="utf-8")
    assert not build.is_current(folder)
    (folder / "package-lock.json").write_bytes((FOLDER / "package-lock.json").read_bytes())
    (folder / "made-up.js").write_text("", encoding="utf-8")
    hook(build, tmp_path).initialize("editable", {"artifacts": []})
    assert (folder / "made-up.js").exists()


def test_an_editor_that_was_fetched_is_the_locked_one_with_its_licences(build: ModuleType) -> None:
    folder = http.STATIC / "editor"
    if not folder.exists():
        pytest.skip("no editor was fetched")
    assert build.is_current(folder)
    assert {f"editor/{name}" for name in build.FILES} == set(query_page.EDITOR)
    licences = (folder / "LICENSES.txt").read_text("utf-8")
    packages: dict[str, dict[str, Any]] = json.loads((FOLDER / "package-lock.json").read_text("utf-8"))["packages"]
    for path, told in packages.items():
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
