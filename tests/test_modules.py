"""The shape of the code: what imports what, how long a function may be, and what is documented."""

from __future__ import annotations

import ast
import doctest
import io
import shutil
import tokenize
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import twingraph

if TYPE_CHECKING:
    from collections.abc import Iterator

    from twingraph.release.build import Release

SOURCES = Path(twingraph.__file__).parent

MAY_IMPORT = {
    "curation": {"curation"},
    "query": {"query"},
    "release": {"curation", "query", "release"},
    "wikidata": {"curation", "query", "release", "wikidata"},
    "web": {"curation", "query", "release", "wikidata", "web"},
    "cli": {"curation", "query", "release", "wikidata", "web", "cli"},
}
"""The packages, and which of them each may import."""
ONLY_IN = {
    "flask": {"web"},
    "granian": {"web"},
    "pyshacl": {"curation"},
    "SPARQLWrapper": {"wikidata"},
    "click": {"cli"},
}
"""Libraries that one package makes use of, and no other."""


def name_of(path: Path) -> str:
    parts = path.relative_to(SOURCES.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {name_of(path): path.read_text("utf-8") for path in sorted(SOURCES.rglob("*.py"))}
TREES = {name: ast.parse(text) for name, text in MODULES.items()}
FUNCTIONS = [
    (name, node)
    for name, tree in TREES.items()
    for node in ast.walk(tree)
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
]


def imports(name: str) -> Iterator[str]:
    """Give what a module imports, whether at once, for types, or when a function is called, as dotted names."""
    for node in ast.walk(TREES[name]):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def package_of(name: str) -> str:
    """Give the package of one of our modules, "" for one of the base."""
    part = name.split(".")[1:2]
    return part[0] if part and part[0] in MAY_IMPORT else ""


def code_lines(text: str) -> set[int]:
    """Give the lines that hold code: not those that are blank, a comment, or a text of their own."""
    lines: set[int] = set()
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type not in {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT}:
            lines.update(range(token.start[0], token.end[0] + 1))
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            lines.difference_update(range(node.lineno, (node.end_lineno or node.lineno) + 1))
    return lines


@pytest.mark.parametrize("name", MODULES)
def test_packages_import_in_one_direction(name: str) -> None:
    ours = {package_of(module) for module in imports(name) if module.startswith("twingraph.")}
    # The package itself is what `import twingraph` gives: its `load` and `__main__` may use all.
    assert name in {"twingraph", "twingraph.__main__"} or ours <= MAY_IMPORT.get(package_of(name), set()) | {""}


@pytest.mark.parametrize("library", ONLY_IN)
def test_a_library_is_imported_in_one_package(library: str) -> None:
    users = {package_of(name) for name in MODULES if library in {each.split(".")[0] for each in imports(name)}}
    assert users == ONLY_IN[library]


@pytest.mark.parametrize("name", MODULES)
def test_a_module_opens_with_one_sentence(name: str) -> None:
    first, _, _ = (ast.get_docstring(TREES[name]) or "").partition("\n\n")
    assert first.endswith(".")
    assert "\n" not in first
    assert ". " not in first


@pytest.mark.parametrize("name", MODULES)
def test_what_a_module_offers_is_documented(name: str) -> None:
    classes = [node for node in TREES[name].body if isinstance(node, ast.ClassDef) and not node.name.startswith("_")]
    within = [node for body in (TREES[name], *classes) for node in body.body]
    functions = [node for node in within if isinstance(node, ast.FunctionDef) and not node.name.startswith("_")]
    offered = [*classes, *functions]
    assert [node.name for node in offered if ast.get_docstring(node) is None] == []


@pytest.mark.parametrize("name", MODULES)
def test_no_function_is_longer_than_45_lines_of_code(name: str) -> None:
    code = code_lines(MODULES[name])
    functions = [node for module, node in FUNCTIONS if module == name]
    spans = {node.name: range(node.lineno, (node.end_lineno or node.lineno) + 1) for node in functions}
    assert {function: len(code & set(span)) for function, span in spans.items() if len(code & set(span)) > 45} == {}


def test_the_example_in_the_documentation_of_load_runs(
    release: Release, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(release.folder, tmp_path / "release")
    monkeypatch.chdir(tmp_path)
    assert doctest.testmod(twingraph) == (0, 5)
