"""The shape of the code: what imports what, how long a function may be, and what is documented."""

from __future__ import annotations

import ast
import doctest
import graphlib
import io
import shutil
import tokenize
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import twingraph

if TYPE_CHECKING:
    from collections.abc import Iterator

    from twingraph.release import Release

SOURCES = Path(twingraph.__file__).parent

ORDER = (
    # The package itself, whose `load` imports what is below it when it is called.
    "twingraph",
    # What everything speaks of.
    *("twingraph.errors", "twingraph.query_errors", "twingraph.web_errors"),
    *("twingraph.settings", "twingraph.vocab", "twingraph.dates"),
    # From pages and files to a graph, and what follows from it.
    *("twingraph.sources", "twingraph.lines", "twingraph.graph", "twingraph.derive", "twingraph.records"),
    # What changed, in words, and the record of it.
    *("twingraph.told", "twingraph.changes", "twingraph.history"),
    # From a graph to a release, which describes itself.
    *("twingraph.validate", "twingraph.findings", "twingraph.tables", "twingraph.jsonld", "twingraph.triples"),
    *("twingraph.questions", "twingraph.catalog"),
    *("twingraph.publisher", "twingraph.distributions", "twingraph.services", "twingraph.entry", "twingraph.dcat"),
    *("twingraph.folders", "twingraph.release"),
    # From two releases to what differs.
    *("twingraph.patch", "twingraph.diff"),
    # From a release to answers.
    *("twingraph.wire", "twingraph.limits", "twingraph.sparql", "twingraph.dataset", "twingraph.store"),
    *("twingraph.worker", "twingraph.holder", "twingraph.lanes", "twingraph.engine"),
    # Answers of engines elsewhere.
    *("twingraph.challenge", "twingraph.exchange", "twingraph.wording", "twingraph.remote", "twingraph.publication"),
    # Pages of sources as they are today.
    *("twingraph.pagetext", "twingraph.comparison", "twingraph.retrieval", "twingraph.recheck"),
    # What Wikidata says.
    *("twingraph.wikidata", "twingraph.reciprocity", "twingraph.inquiry", "twingraph.snapshots"),
    # Ours held against theirs, and handed over.
    *("twingraph.verdicts", "twingraph.claims", "twingraph.likeness", "twingraph.crosscheck", "twingraph.proposals"),
    *("twingraph.quickstatements", "twingraph.mismatches", "twingraph.reviews", "twingraph.reports"),
    "twingraph.reportpage",
    # Names, and what somebody may mean by one.
    *("twingraph.gazetteer", "twingraph.reconcile", "twingraph.reconciliation"),
    # The faces.
    *("twingraph.negotiate", "twingraph.portals", "twingraph.feed", "twingraph.documents"),
    *("twingraph.search", "twingraph.facets"),
    *("twingraph.web.held", "twingraph.web.served", "twingraph.web.rate", "twingraph.web.cache"),
    *("twingraph.web.connections", "twingraph.web.hangup", "twingraph.web.silence", "twingraph.web.passages"),
    *("twingraph.web.assets", "twingraph.web.language", "twingraph.web.answers", "twingraph.web.layout"),
    "twingraph.web.refusals",
    *("twingraph.web.links", "twingraph.web.http", "twingraph.web.catalogue", "twingraph.web.changes"),
    "twingraph.web.crosscheck",
    *("twingraph.web.crawlers", "twingraph.web.search"),
    *("twingraph.web.pictures", "twingraph.web.pictures.views", "twingraph.web.pictures.maps"),
    *("twingraph.web.pictures.timelines", "twingraph.web.pictures.matrices"),
    *("twingraph.web.status", "twingraph.web.dumps", "twingraph.web.pages"),
    *("twingraph.web.snippets", "twingraph.web.shown", "twingraph.web.asking"),
    *("twingraph.web.terms", "twingraph.web.facts", "twingraph.web.lists"),
    *("twingraph.web.transcript", "twingraph.web.reading"),
    *("twingraph.web.things", "twingraph.web.reconcile", "twingraph.web.sparql", "twingraph.web.query"),
    "twingraph.web.lane",
    *("twingraph.web", "twingraph.web.app", "twingraph.web.server"),
    *("twingraph.cli.command", "twingraph.cli.options"),
    *("twingraph.cli.building", "twingraph.cli.serving", "twingraph.cli.asking", "twingraph.cli.comparing"),
    *("twingraph.cli.checking", "twingraph.cli.crosschecking"),
    *("twingraph.cli", "twingraph.__main__"),
)
"""Every module, each after all that it imports."""


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
    """Give the modules of ours that a module imports, whether at once, for types, or when a function is called."""
    for node in ast.walk(TREES[name]):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in MODULES)
        elif isinstance(node, ast.ImportFrom) and node.module in MODULES:
            below = [f"{node.module}.{alias.name}" for alias in node.names]
            yield from (module if module in MODULES else node.module for module in below)


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


def test_the_order_of_modules_names_every_module() -> None:
    assert sorted(ORDER) == sorted(MODULES)


@pytest.mark.parametrize("name", ORDER[1:])
def test_a_module_imports_only_modules_above_it(name: str) -> None:
    above = ORDER[: ORDER.index(name)]
    assert [module for module in imports(name) if module not in above] == []


def test_no_modules_import_each_other_in_a_circle() -> None:
    graph = {name: set(imports(name)) for name in MODULES if name != "twingraph"}
    assert len(list(graphlib.TopologicalSorter(graph).static_order())) == len(MODULES)


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
def test_no_module_is_longer_than_350_lines_and_no_function_than_40_of_code(name: str) -> None:
    code = code_lines(MODULES[name])
    functions = [node for module, node in FUNCTIONS if module == name]
    spans = {node.name: range(node.lineno, (node.end_lineno or node.lineno) + 1) for node in functions}
    assert MODULES[name].count("\n") <= 350
    assert {function: len(code & set(span)) for function, span in spans.items() if len(code & set(span)) > 40} == {}


def test_the_example_in_the_documentation_of_load_runs(
    release: Release, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(release.folder, tmp_path / "release")
    monkeypatch.chdir(tmp_path)
    assert doctest.testmod(twingraph) == (0, 5)
