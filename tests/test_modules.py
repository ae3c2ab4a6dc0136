"""The shape of the code: what imports what, how long a function may be, and that the documented example runs."""

import ast
import doctest
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

import twingraph
from twingraph.release.folder import Release

MAY_IMPORT = {
    "curation": {"curation"},
    "query": {"query"},
    "release": {"curation", "query", "release"},
    "wikidata": {"curation", "query", "release", "wikidata"},
    "draft": {"curation", "query", "release", "wikidata", "draft"},
    "web": {"curation", "query", "release", "wikidata", "draft", "web"},
    "cli": {"curation", "query", "release", "wikidata", "draft", "web", "cli"},
}
"""The packages, and which of them each may import."""
ONLY_IN = {
    "flask": "web",
    "granian": "web",
    "mcp": "web",
    "pyshacl": "curation",
    "SPARQLWrapper": "wikidata",
    "click": "cli",
}
"""Libraries that one package makes use of, and no other."""
SOURCES = Path(twingraph.__file__).parent
MODULES = {path.relative_to(SOURCES.parent).with_suffix("").as_posix(): path for path in sorted(SOURCES.rglob("*.py"))}
TREES = {name.removesuffix("/__init__").replace("/", "."): ast.parse(MODULES[name].read_text()) for name in MODULES}


def imports(tree: ast.AST) -> Iterator[str]:
    """Give what a module imports, whether at once, for types, or when a function is called, as dotted names."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def package_of(name: str) -> str:
    """Give the package of one of our modules, "" for one of the base."""
    part = name.split(".")[1:2]
    return part[0] if part and part[0] in MAY_IMPORT else ""


@pytest.mark.parametrize("name", TREES)
def test_packages_import_in_one_direction(name: str) -> None:
    ours = {package_of(module) for module in imports(TREES[name]) if module.startswith("twingraph.")}
    # The package itself is what `import twingraph` gives: its `load` and `__main__` may use all.
    assert name in {"twingraph", "twingraph.__main__"} or ours <= MAY_IMPORT.get(package_of(name), set()) | {""}


@pytest.mark.parametrize(("library", "package"), ONLY_IN.items())
def test_a_library_is_imported_in_one_package(library: str, package: str) -> None:
    users = (name for name in TREES if library in {each.split(".")[0] for each in imports(TREES[name])})
    assert set(map(package_of, users)) == {package}


@pytest.mark.parametrize("name", TREES)
def test_no_function_is_longer_than_45_lines_of_code(name: str) -> None:
    for function in ast.walk(TREES[name]):
        if isinstance(function, ast.FunctionDef):
            code = function.body[1:] if ast.get_docstring(function) else function.body
            lines = {node.lineno for each in code for node in ast.walk(each) if isinstance(node, ast.expr | ast.stmt)}
            assert len(lines) <= 45, function.name


def test_the_example_in_the_documentation_of_load_runs(
    release: Release, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(release.folder, tmp_path / "release")
    monkeypatch.chdir(tmp_path)
    assert doctest.testmod(twingraph) == (0, 5)
