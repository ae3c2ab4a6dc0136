"""The `@prefix` lines that the data need not have, and how other programs come to them."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from rdflib import Dataset, URIRef
from rdflib.compare import isomorphic

from conftest import INPUTS, MADE_UP_HOME
from releases import edit
from test_any_town import MADE_UP, moved
from test_cli import run
from twingraph.curation.graph import read_inputs
from twingraph.curation.turtle import blocks, line_of
from twingraph.errors import BadInput
from twingraph.release.build import assemble
from twingraph.settings import BASE
from twingraph.vocab import catalogue_prefixes, use

FACTS = "data/sources/made-up-licupe-en/facts.trig"
PREFIX, USED = re.compile(r"@prefix ([a-z-]+): <[^>]*> \.\n"), re.compile(r"(?<![\w:#/])([a-z]+):(?=\w)")


@pytest.fixture(autouse=True)
def ours() -> Iterator[None]:
    """Leave other tests the base that they are used to."""
    yield
    use(BASE)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A copy of the made-up home, to spoil."""
    return shutil.copytree(MADE_UP_HOME, tmp_path / "home")


def strip(folder: Path) -> None:
    """Take the project's prefix lines out of all data but the dataset's, which names the base."""
    for path in sorted({*folder.rglob("*.ttl"), *folder.rglob("*.trig")} - {folder / "dataset.ttl"}):
        text = path.read_text("utf-8")
        path.write_text(PREFIX.sub(lambda line: "" if line[1] in catalogue_prefixes() else line[0], text), "utf-8")


def declare(folder: Path) -> None:
    """Put all of them into the facts of all sources, as a careful curator has them."""
    lines = "".join(f"@prefix {prefix}: <{iri}> .\n" for prefix, iri in catalogue_prefixes().items())
    for path in folder.glob("sources/*/facts.trig"):
        path.write_text(lines + path.read_text("utf-8"), "utf-8")


def text_at(path: Path, message: str) -> str:
    """Give what stands where a mistake is said to be, up to the next space."""
    found = re.search(r":(\d+):(\d+): ", message)
    assert found
    line = path.read_text("utf-8").removeprefix("\ufeff").split("\n")[int(found[1]) - 1]
    return line[int(found[2]) - 1 :].split()[0]


@pytest.mark.parametrize("base", [BASE, MADE_UP])
def test_a_source_needs_no_prefix_lines_but_its_own(tmp_path: Path, base: str) -> None:
    data = shutil.copytree(INPUTS / "data", tmp_path / "data")
    if base != BASE:
        for path in (*data.rglob("*.ttl"), *data.rglob("*.trig")):
            path.write_text(moved(path.read_text("utf-8")), "utf-8")
    use(base)
    declare(data)
    before = read_inputs(data)
    strip(data)
    after = read_inputs(data)
    assert set(after.merged) == set(before.merged)
    assert set(after.blocks) == set(before.blocks)
    assert f"{base}id/quote/jelgava-lv-2017-title" in after.blocks


def test_a_file_that_has_them_means_the_same(home: Path) -> None:
    before = read_inputs(home)
    declare(home / "data")
    after = read_inputs(home)
    assert {*map(str, after.blocks)} == {*map(str, before.blocks)}
    assert isomorphic(after.merged, before.merged)


def test_a_file_that_declares_a_prefix_otherwise_means_what_it_declares(home: Path) -> None:
    path, place = home / "data" / "made-up.trig", "https://example.org/made-up/"
    path.write_text(f"@prefix place: <{place}> .\nplace:block {{\nplace:a place:b place:c .\n}}\n", "utf-8")
    read = read_inputs(home)
    triple = tuple(URIRef(f"{place}{name}") for name in "abc")
    assert (*triple, URIRef(f"{place}block")) in read.dataset
    assert read.blocks[f"{place}block"] == f"{path}:2"
    assert line_of(read.texts[path], URIRef(f"{place}block"), *triple) == 3


def test_a_block_is_named_below_the_base_in_use() -> None:
    for base in ("https://data.example.org/one/", "https://data.example.org/two/"):
        use(base)
        assert [*blocks("quote:made-up { }")] == [(f"{base}id/quote/made-up", range(1, 2))]


@pytest.mark.parametrize("first", ["", "\ufeff", "# Izdomāts \N{GRINNING FACE}\n"])
@pytest.mark.parametrize(
    ("mistake", "sentence"),
    [
        (
            "plaace:ā",
            "The prefix plaace: has not been declared; perhaps place: is meant; mend this line and try again.",
        ),
        ("zzz:ā", "The prefix zzz: has not been declared; mend this line and try again."),
        ("ā", "ā is not a valid RDF object"),
    ],
)
def test_line_and_column_of_a_mistake_are_those_of_the_file(
    home: Path, first: str, mistake: str, sentence: str
) -> None:
    path = home / "data" / "made-up.trig"
    path.write_text(f"{first}place:a place:ē {mistake} place:c .\n", "utf-8")
    with pytest.raises(BadInput) as told:
        read_inputs(home)
    assert sentence in str(told.value)
    assert text_at(path, str(told.value)) == mistake


def test_a_finding_is_on_the_same_statement_with_and_without_prefix_lines(home: Path) -> None:
    edit(home / FACTS, "a tg:Agreement", 'a tg:Agreement ; tg:signed "made up"')
    strip(home / "data")
    without = assemble(home).findings
    declare(home / "data")
    added = len(catalogue_prefixes())
    expected = [each._replace(line=each.line + added) if each.file.endswith("facts.trig") else each for each in without]
    assert any(each.file == FACTS for each in without)
    assert assemble(home).findings == expected


def test_the_file_that_names_the_base_declares_what_is_named_below_it(home: Path) -> None:
    dataset = home / "data" / "dataset.ttl"
    for prefix in ("dcat", "dct", "schema", "xsd"):
        dataset.write_text(re.sub(rf"@prefix {prefix}: .*\n", "", dataset.read_text("utf-8")), "utf-8")
    read_inputs(home)
    dataset.write_text(PREFIX.sub("", dataset.read_text("utf-8")), "utf-8")
    with pytest.raises(
        BadInput, match=r"dataset\.ttl:\d+:1: The prefix dataset: .* not known before this file is read"
    ):
        read_inputs(home)


@pytest.mark.parametrize("folder", ["ontology", "shapes"])
def test_what_comes_with_the_program_stays_whole_for_other_programs(inputs: Path, folder: str) -> None:
    (inputs / folder / "made-up.ttl").write_text("place:a a schema:City .", "utf-8")
    with pytest.raises(BadInput, match=r"made-up\.ttl:1:1: The prefix place: has not been declared"):
        assemble(inputs)


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_the_prefixes_are_written_back_for_other_programs(home: Path, end: str) -> None:
    strip(home / "data")
    facts = home / FACTS
    stripped = facts.read_text("utf-8").replace("\n", end).encode()
    facts.write_bytes(stripped)
    before = read_inputs(home)
    with pytest.raises(Exception, match="not bound"):
        Dataset().parse(facts, format="trig")
    number = len({*USED.findall(facts.read_text("utf-8"))} & {*catalogue_prefixes()})
    assert run("prefixes", facts).stderr == f"{facts}: {number} lines written\n"
    written = facts.read_bytes()
    assert re.sub(rb"@prefix [a-z-]+: <[^>]*> \.\r?\n", b"", written) == stripped
    read = {tuple(map(str, triple)) for *triple, _ in Dataset().parse(facts, format="trig").quads()}
    assert read <= {tuple(map(str, triple)) for triple in before.merged}
    assert run("prefixes", facts).stderr == f"{facts}: 0 lines written\n"
    assert facts.read_bytes() == written


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", "\n"),
        ("# Made up: what is in the file\n\n", "\n"),
        ("\ufeff# Made up\n\n@prefix : <https://example.org/> .\n", "\n:a a :b .\n"),
        ("@prefix : <https://example.org/> .\n", ":a a :b . @prefix : <https://example.org/b> .\n"),
        ("", "\n# Made up: what is in the block\n"),
    ],
)
def test_prefix_lines_are_written_below_what_the_file_begins_with(home: Path, before: str, after: str) -> None:
    path, own = home / "data" / "made-up.trig", "@prefix" in before
    path.write_text(f"{before}{after if own else after[1:]}place:a a place:b .\n", "utf-8")
    run("prefixes", path)
    line = f"@prefix place: <{BASE}id/place/> .\n"
    assert path.read_text("utf-8") == f"{before}{line}{after}place:a a place:b .\n"


@pytest.mark.parametrize(
    ("content", "words", "code"),
    [
        ("plaace:a a place:b .", "made-up.trig:1:1: The prefix plaace: has not been declared; perhaps place:", 2),
        ('place:a a "', "made-up.trig:1:11: Unexpected end of file", 2),
    ],
)
def test_a_file_that_can_not_be_read_is_left_as_it_is(home: Path, content: str, words: str, code: int) -> None:
    path = home / "data" / "made-up.trig"
    path.write_text(content, "utf-8")
    done = run("prefixes", path)
    assert (done.exit_code, words in done.stderr, path.read_text("utf-8")) == (code, True, content)


def test_a_file_of_no_data_has_no_prefixes_to_write_back(tmp_path: Path) -> None:
    path = tmp_path / "made-up.trig"
    path.write_text("place:a a place:b .", "utf-8")
    done = run("prefixes", path)
    assert (done.exit_code, done.stderr) == (
        2,
        f"Error: {path}: this file is of no data: no folder above it has a dataset.ttl.\n",
    )
