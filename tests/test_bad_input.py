"""Bad input: every mistake is told in a sentence, nothing is written, and the last release stays whole."""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from twingraph.cli import main
from twingraph.curation.derive import derive
from twingraph.curation.findings import read_shapes, validate
from twingraph.curation.graph import parse, read_inputs
from twingraph.curation.sources import explain
from twingraph.errors import BadInput, BadValue, BrokenSyntax, UnwritableTarget
from twingraph.release.build import assemble, write
from twingraph.release.folder import open_release, replace
from twingraph.settings import Settings
from twingraph.vocab import slug_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from twingraph.curation.findings import Finding
    from twingraph.release.build import Built, Release
    from twingraph.release.records import LinkedTowns

    Spoil = Callable[[Path], object]

SOURCE = "data/sources/jelgava-lv-2017"
FACTS, PAGE, DESCRIPTION = f"{SOURCE}/facts.trig", f"{SOURCE}/page.txt", f"{SOURCE}/source.ttl"
PLACES, DATASET, CONTEXT = "data/places.trig", "data/dataset.ttl", "ontology/context.jsonld"
STEPS = ["read", "derive", "validate", "write"]


def change(file: str, old: str, new: str) -> Spoil:
    """Replace a text, where it first stands, in a file."""

    def spoil(inputs: Path) -> None:
        text = (inputs / file).read_bytes().decode()
        assert old in text
        (inputs / file).write_bytes(text.replace(old, new, 1).encode())

    return spoil


def add(file: str, content: str) -> Spoil:
    return lambda inputs: (inputs / file).write_bytes((inputs / file).read_bytes() + content.encode())


def put(file: str, content: str | bytes) -> Spoil:
    return lambda inputs: (inputs / file).write_bytes(content if isinstance(content, bytes) else content.encode())


def remove(pattern: str) -> Spoil:
    return lambda inputs: [shutil.rmtree(path) if path.is_dir() else path.unlink() for path in inputs.glob(pattern)]


def make_folder(name: str) -> Spoil:
    """Put a folder where a file was: not even an administrator can read it as one."""
    return lambda inputs: ((inputs / name).unlink(missing_ok=True), (inputs / name).mkdir())


def is_one_sentence(text: str) -> bool:
    return "\n" not in text and text.endswith(".") and "Traceback" not in text


@pytest.fixture
def standing(release: Release, tmp_path: Path) -> Path:
    """The folder of a release that must outlive a mistake."""
    return shutil.copytree(release.folder, tmp_path / "standing" / "release")


def is_untouched(folder: Path, release: Release) -> bool:
    return open_release(folder).manifest == release.manifest and list(folder.parent.iterdir()) == [folder]


HEAD = """# Izdomāts fails: ā ē ī ū \N{GRINNING FACE}
@prefix place: <https://w3id.org/twingraph/id/place/> .
@prefix schema: <https://schema.org/> .
"""


@pytest.mark.parametrize("ending", ["ttl", "trig"])
@pytest.mark.parametrize(
    ("text", "line", "column", "words"),
    [
        ('place:a schema:name "Izdomāta .\n', 4, 21, "Unexpected end of file"),
        ('place:a schema:name "Izdo\nmāta" .\n', 4, 26, "Line jumps are not allowed in string literals"),
        ('place:a schema:name "Izdomāta"@lv\nplace:b schema:name "B" .\n', 5, 1, "A dot is expected"),
        ('place:a schema:name "ā" , , "ē" .\n', 4, 27, ", is not a valid RDF object"),
        ('plaace:a schema:name "Izdomāta" .\n', 4, 1, "The prefix plaace: has not been declared"),
        ("place:a schema:url <https://example.org/made up> .\n", 4, 20, "Invalid IRI code point ' '"),
        ('place:a schema:name "\\q" .\n', 4, 22, "Unexpected escape character '\\q'"),
        ("place:a schema:latitude 3..4 .\n", 4, 27, ".4 is not a valid subject"),
        ('place:a schema:name "Izdomāta"@l_v .\n', 4, 32, "The given language subtag is invalid"),
        (
            'place:ā schema:name <<( place:ē schema:name "ū" )>> .\n',
            4,
            21,
            "this is of RDF 1.2, which is not read here",
        ),
        ('place:a schema:name "Izdomāta"@lv--ltr .\n', 4, 31, "this is of RDF 1.2, which is not read here"),
        ('"""\0', 4, 1, "Unexpected end of file"),
        (f"place:a schema:name {'(' * 20000}{')' * 20000} .\n", 4, 121, "brackets stand more than 100 deep"),
        (
            "place:a a place:b .\n<<<<<<< HEAD\nplace:b a place:c .\n=======\n",
            5,
            1,
            "two versions of this file were not",
        ),
        ("place:a a place:b .\n>>>>>>> theirs\n", 5, 1, "two versions of this file were not merged; keep one"),
    ],
)
def test_broken_turtle_and_trig_are_told_with_line_and_column(
    tmp_path: Path, ending: str, text: str, line: int, column: int, words: str
) -> None:
    path = tmp_path / f"made-up.{ending}"
    with pytest.raises(BrokenSyntax) as told:
        parse(path, HEAD + text)
    assert str(told.value).startswith(f"{path}:{line}:{column}: {words}")
    assert is_one_sentence(str(told.value))


def test_a_page_of_html_where_turtle_belongs_is_told_as_such(tmp_path: Path) -> None:
    with pytest.raises(BrokenSyntax, match=r"made-up\.ttl:1:1: this is a page of HTML; save what it shows as a file;"):
        parse(tmp_path / "made-up.ttl", "<!DOCTYPE html>\n<html lang='lv'></html>")


def test_language_tags_are_in_lower_case_from_reading_on(tmp_path: Path) -> None:
    quads = parse(tmp_path / "made-up.ttl", HEAD + 'place:a schema:name "甲"@zh-Hant , "甲"@zh-hant .')
    assert {value.n3() for *_, value, _ in quads} == {'"甲"@zh-hant'}


def test_a_block_left_open_is_told_at_the_end_of_the_file(tmp_path: Path) -> None:
    with pytest.raises(BrokenSyntax, match=r"made-up\.trig:5:1: Unexpected end; mend this line"):
        parse(tmp_path / "made-up.trig", HEAD + 'place:a { place:a schema:name "Izdomāta" .\n')


def test_the_mark_that_some_editors_put_before_a_text_does_no_harm(tmp_path: Path) -> None:
    assert len(parse(tmp_path / "made-up.ttl", "\ufeff" + HEAD + "place:a place:b 1 .")) == 1


CHANGED = "e96afae32f2cda641419ac9f22cf42e84990eaff60099a390fa2ca55cf1e86d9"
RETRIEVED = "1f60b8bca06bf2e1c73823fc4e94c8abe37f32e71f43f176cd3f5edd3c6e9359"
MENDED = "mend this line and try again"
BROKEN: dict[str, tuple[Spoil, str]] = {
    "broken TriG": (
        change(FACTS, 'place:alcamo schema:name "Alkamo"@lv', 'plaace:alcamo schema:name "Alkamo"@lv'),
        f"{FACTS}:41:5: The prefix plaace: has not been declared; {MENDED}.",
    ),
    "broken Turtle": (
        change(DATASET, "a dcat:Dataset ;", "a dcat:Dataset"),
        f"{DATASET}:11:5: A dot is expected at the end of statements; {MENDED}.",
    ),
    "a broken shapes file": (
        put("shapes/made-up.ttl", "@prefix sh: <http://www.w3.org/ns/shacl#> .\n\n[] sh:path .\n"),
        f"shapes/made-up.ttl:3:12: . is not a valid RDF object; {MENDED}.",
    ),
    "a rule whose path is none": (
        change("shapes/quote.ttl", "sh:path oa:exact ;", 'sh:path "made up" ;'),
        "shapes: cannot be read (Values of a property path cannot be a Literal); mend the rule.",
    ),
    "a rule that is no query": (
        change("shapes/figure.ttl", "SELECT ?this", "SELEKT ?this"),
        "shapes: cannot be read (error at ",
    ),
    "no rules": (
        remove("shapes/*"),
        "shapes: it holds no rules, so any data would pass.",
    ),
    "facts in another encoding": (
        put(FACTS, "# Pērnava".encode("cp1257")),
        f"{FACTS}: byte 3 (0xE7) is not UTF-8; save the file as UTF-8 and try again.",
    ),
    "a page in another encoding": (
        put(PAGE, "Pērnava".encode("utf-16")),
        f"{PAGE}: byte 0 (0xFF) is not UTF-8; save the file as UTF-8 and try again.",
    ),
    "a picture for a source": (put(DESCRIPTION, b"\x89PNG\r\n\x1a\n"), f"{DESCRIPTION}: byte 0 (0x89) is not UTF-8"),
    "a file of zeros": (put(PLACES, bytes(4096)), f"{PLACES}:1:1: '\0' is not allowed"),
    "no data": (remove("data"), "data: cannot be read (No such file or directory); check that it exists"),
    "no ontology": (remove("ontology"), "ontology: cannot be read (No such file or directory)"),
    "no shapes": (remove("shapes"), "shapes: cannot be read (No such file or directory)"),
    "no sources": (remove("data/sources"), "data/sources: cannot be read (No such file or directory)"),
    "no page": (remove(PAGE), f"{PAGE}: cannot be read (No such file or directory)"),
    "no facts": (remove(FACTS), f"{FACTS}: cannot be read (No such file or directory)"),
    "no description": (remove(DESCRIPTION), f"{DESCRIPTION}: cannot be read (No such file or directory)"),
    "a folder for a page": (make_folder(PAGE), f"{PAGE}: cannot be read (Is a directory)"),
    "a folder for facts": (make_folder(PLACES), f"{PLACES}: cannot be read (Is a directory)"),
    "a stray file": (
        put("data/sources/made-up.txt", "made up"),
        (
            "data/sources/made-up.txt: this file is not read; "
            "below data/ belong *.ttl, *.trig, changes/*.ttl, sources/*/page.txt"
        ),
    ),
    "a source without a page": (
        make_folder("data/sources/made-up"),
        "data/sources/made-up/page.txt: cannot be read (No such file or directory)",
    ),
    "a pipe among the facts": (
        lambda inputs: os.mkfifo(inputs / "data" / "made-up.trig"),
        "data/made-up.trig: this is no file that ends, but a pipe or a device; remove it.",
    ),
    "a page saved as HTML": (
        put(PAGE, "\ufeff\n<!DOCTYPE html><p>Izdomāts"),
        f"{PAGE}: this is a page of HTML, from line 1 on; keep the text that it shows.",
    ),
    "a source without checksum": (
        change(DESCRIPTION, "spdx:checksumValue", "spdx:algorithm"),
        f"{DESCRIPTION}: it must state the SHA-256 of page.txt once, as spdx:checksumValue.",
    ),
    "a source under another name": (
        lambda inputs: (inputs / SOURCE).rename(inputs / "data" / "sources" / "made-up"),
        "it must describe the source of its folder, <https://w3id.org/twingraph/id/source/made-up>.",
    ),
    "a changed page": (
        put(PAGE, "Izdomāts teksts."),
        f"{PAGE}: its SHA-256 is {CHANGED}, but source.ttl states {RETRIEVED}; restore the page as it was retrieved",
    ),
    "one name for two quotes": (
        add(FACTS, ':alcamo-heading { :alcamo-heading oa:exact "Izdomāts"@lv . }\n'),
        "the name 'jelgava-lv-2017-alcamo-heading' is taken, by the block at",
    ),
    "one name in two files": (
        put("data/made-up.trig", "<https://w3id.org/twingraph/id/evidence/place-jelgava> { <a:a> <a:b> <a:c> . }"),
        "data/places.trig:15: the name 'place-jelgava' is taken, by the block at",
    ),
    "no context": (remove(CONTEXT), f"{CONTEXT}: cannot be read (No such file or directory)"),
    "a context that is not JSON": (put(CONTEXT, '{\n  "@context" {}\n}'), f"{CONTEXT}:2:14: Expecting ':' delimiter;"),
    "a context that is no object": (put(CONTEXT, "[]"), f"{CONTEXT}: this is no JSON-LD context"),
    "a context without what we write": (
        put(CONTEXT, '{"@context": {"name": "https://schema.org/name"}}'),
        f"{CONTEXT}: this is no JSON-LD context of ours (an object with @context, which names id and type).",
    ),
    "a context that JSON-LD does not know": (
        put(CONTEXT, '{"@context": 5}'),
        f"{CONTEXT}: this is no JSON-LD context of ours (an object with @context, which names id and type).",
    ),
    "a context that would be fetched": (
        put(CONTEXT, '{"@context": {"id": "@id", "type": "@type", "@import": "https://example.org/made-up"}}'),
        f"{CONTEXT}: the term @import of a JSON-LD context of ours needs an @id.",
    ),
    "no dataset": (
        remove(DATASET),
        f"{DATASET}: it must describe one dataset (a dcat:Dataset) with one dcat:version.",
    ),
    "a dataset without version": (
        change(DATASET, 'dcat:version "1.0.0" ;', ""),
        f"{DATASET}: it must describe one dataset (a dcat:Dataset) with one dcat:version.",
    ),
}


@pytest.mark.parametrize(("spoil", "words"), BROKEN.values(), ids=BROKEN.keys())
def test_a_file_that_can_not_be_used_is_told_in_one_sentence(inputs: Path, spoil: Spoil, words: str) -> None:
    spoil(inputs)
    with pytest.raises(BadInput) as told:
        assemble(inputs)
    assert words in str(told.value)
    assert is_one_sentence(told.value.text.in_language("en"))
    assert is_one_sentence(told.value.text.in_language("lv"))
    assert told.value.text.in_language("lv") != told.value.text.in_language("en")


@pytest.mark.parametrize("form", ["text", "json", "sarif", "turtle"])
def test_broken_syntax_stops_the_build_and_is_a_finding_for_programs(
    inputs: Path, standing: Path, release: Release, form: str
) -> None:
    spoil, words = BROKEN["broken TriG"]
    spoil(inputs)
    command = ["build", "--inputs", str(inputs), "--output", str(standing), "--lang", "en", "--format", form]
    answer = CliRunner().invoke(main, command)
    *steps, sentence = answer.stderr.splitlines()
    assert (answer.exit_code, steps) == (2, ["read"])
    assert sentence == f"Error: {inputs}/{words}"
    assert ("The prefix plaace: has not been declared." in answer.stdout) == (form != "text")
    assert (FACTS in answer.stdout) == (form != "text")
    assert is_untouched(standing, release)


MISTAKES: dict[str, tuple[Spoil, tuple[str, str, str, str, str], str, str]] = {
    # What is done; rule, record, file, what stands in the line, value; words in English; words in Latvian.
    "a no-break space became a space": (
        change(FACTS, "skaits bija 45\\u00A0307.", "skaits bija 45 307."),
        ("Quote-found", "jelgava-lv-2017-alcamo-population", FACTS, ":alcamo-population {", ""),
        "there the page has a no-break space (\\u00A0) where the quote has a space.",
        "tur lapā ir nedalāmā atstarpe (\\u00A0), bet citātā atstarpe.",
    ),
    "a misspelt property": (
        change(FACTS, 'tg:since "1994"', 'tg:sinse "1994"'),
        ("Twinning-properties", "jelgava-bialystok", FACTS, 'tg:sinse "1994"', "1994"),
        "Nearest names: since.",
        "Tuvākie nosaukumi: since.",
    ),
    "an empty quote": (
        change(FACTS, 'oa:exact "Vejle (Dānija)"@lv', 'oa:exact ""@lv'),
        ("Quote-found", "jelgava-lv-2017-vejle-heading", FACTS, ":vejle-heading {", ""),
        "copy it letter by letter",
        "pārrakstiet to burts burtā",
    ),
    "two texts in one block": (
        change(FACTS, 'oa:exact "Komo (Itālija)"@lv', 'oa:exact "Komo (Itālija)"@lv , "Komo"@lv'),
        ("Quote-exact", "jelgava-lv-2017-como-heading", FACTS, ":como-heading oa:exact", ""),
        "if the same name is used for two passages, rename one block.",
        "pārdēvējiet vienu bloku",
    ),
    "a block without a text": (
        change(FACTS, ':title oa:exact "Sadraudzības pilsētas"@lv .', ""),
        ("Graph-cited", "jelgava-lv-2017-title", FACTS, ":title {", "quote:jelgava-lv-2017-title"),
        "These statements have no source: put them in the block of the sentence that says them",
        "Šiem apgalvojumiem nav avota",
    ),
    "a statement outside any block": (
        add(PLACES, '\nplace:alcamo\n    schema:foundingDate "1332" .\n'),
        ("Graph-cited", "uncited", PLACES, '"1332"', "evidence:uncited"),
        "These statements have no source: put them in the block of the sentence that says them",
        "Šiem apgalvojumiem nav avota",
    ),
    "a partner misspelt": (
        change(FACTS, "tg:partner place:jelgava , place:como", "tg:partner place:jelgava , place:comoo"),
        ("Twinning-partner-known", "jelgava-como", FACTS, "place:comoo", "place:comoo"),
        "Nearest names: como.",
        "Tuvākie nosaukumi: como.",
    ),
    "a day that is none": (
        change(FACTS, '"2002"^^xsd:gYear', '"2002-13-45"^^xsd:date'),
        ("Date-form", "jelgava-alcamo-2002", FACTS, '"2002-13-45"', "2002-13-45"),
        "Write a date that exists",
        "Pierakstiet iespējamu datumu",
    ),
}


@pytest.fixture(scope="module")
def spoilt(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data with all of these mistakes in them at once."""
    inputs = tmp_path_factory.mktemp("spoilt")
    for name in ("data", "ontology", "shapes"):
        shutil.copytree(Settings().inputs / name, inputs / name)
    for spoil, *_ in MISTAKES.values():
        spoil(inputs)
    return inputs


@pytest.fixture(scope="module")
def found(spoilt: Path) -> list[Finding]:
    """What the rules find in the spoilt data."""
    curated = read_inputs(spoilt)
    derive(curated)
    return validate(curated, read_shapes(spoilt / "shapes"), spoilt)


@pytest.mark.parametrize(("_", "where", "english", "latvian"), MISTAKES.values(), ids=MISTAKES.keys())
def test_a_mistake_is_found_where_it_stands_and_told_with_its_remedy(
    spoilt: Path, found: list[Finding], _: Spoil, where: tuple[str, ...], english: str, latvian: str
) -> None:
    rule, record, file, at, value = where
    [finding] = [finding for finding in found if (slug_of(finding.rule), slug_of(finding.record)) == (rule, record)]
    text = (spoilt / file).read_bytes().decode()
    assert finding.severity == 0
    assert (finding.file, finding.line) == (file, text.count("\n", 0, text.rindex(at)) + 1)
    assert finding.value == value
    assert english in finding.message_en
    assert latvian in finding.message_lv


def test_a_finding_shows_the_sentence_that_the_value_is_in(found: list[Finding]) -> None:
    [finding] = [finding for finding in found if slug_of(finding.rule) == "Date-form"]
    assert finding.sentence.startswith("Sadarbības līgums tika noslēgts 2002. gadā")


def test_every_violation_has_a_file_a_line_and_messages_in_both_languages(found: list[Finding]) -> None:
    violations = [finding for finding in found if finding.severity == 0]
    assert len(violations) >= len(MISTAKES)
    assert all(finding.file and finding.line and finding.message_en and finding.message_lv for finding in violations)


@pytest.mark.parametrize("too_many", [False, True])
def test_a_mistyped_letter_is_named_however_many_sentences_are_alike(
    towns: LinkedTowns, release: Release, *, too_many: bool
) -> None:
    page = (release.folder / "sources" / "jelgava-lv-2017.txt").read_bytes().decode()
    for figure in towns.figures:
        quote, at = figure.quote.exact, figure.quote.exact.index(figure.printed) + 1
        reason = explain(page, f"{quote[:at]}ß{quote[at if too_many else at + 1 :]}")
        assert f"The nearest passage is “{quote}”: there the page has “" in str(reason)
        assert f"where the quote has “{quote[at - 1]}ß" in str(reason)


def test_a_broken_rule_stops_the_build_in_a_process_of_its_own(inputs: Path, standing: Path, release: Release) -> None:
    change(FACTS, '"2002"^^xsd:gYear', '"2002-13-45"^^xsd:date')(inputs)
    command = [sys.executable, "-m", "twingraph", "build", "--inputs", str(inputs), "--output", str(standing)]
    done = subprocess.run(
        command, capture_output=True, text=True, encoding="utf-8", check=False, env={**os.environ, "LC_ALL": "C.UTF-8"}
    )
    assert done.returncode == 3
    assert f"{FACTS}:56: violation: jelgava-alcamo-2002\n" in done.stdout
    *steps, sentence = done.stderr.splitlines()
    assert steps == STEPS
    assert sentence.startswith("Error: No release is made of these data: they break the rules")
    assert is_untouched(standing, release)


@pytest.mark.parametrize("target", ["file", "file/below", "other"])
def test_a_target_that_can_not_be_a_release_is_told_and_left_as_it_is(
    built: Built, tmp_path: Path, target: str
) -> None:
    (tmp_path / "file").write_text("made up", "utf-8")
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "keep").write_text("made up", "utf-8")
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(UnwritableTarget) as told:
        write(built, tmp_path / target)
    assert told.value.exit_code == 4
    assert str(told.value).startswith(f"{tmp_path / target}: cannot be written (")
    assert is_one_sentence(str(told.value))
    assert sorted(tmp_path.rglob("*")) == before


def test_a_link_that_leads_to_itself_is_told_and_left_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to("loop")
    with pytest.raises(UnwritableTarget, match="loop: cannot be written"):
        replace(tmp_path / "loop", {"made-up": b""}, bool)
    assert list(tmp_path.iterdir()) == [tmp_path / "loop"]


@contextmanager
def files_no_longer_than(size: int) -> Iterator[None]:
    before, most = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, most))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (before, most))


def test_a_target_that_fills_up_is_told_and_keeps_the_last_release(
    built: Built, standing: Path, release: Release
) -> None:
    with files_no_longer_than(100_000), pytest.raises(UnwritableTarget, match=r"release: cannot be written \(File too"):
        write(built, standing)
    assert is_untouched(standing, release)


@pytest.mark.parametrize("epoch", ["soon", "", "1e9", "9" * 30])
def test_a_time_that_is_none_is_told(
    built: Built, standing: Path, release: Release, monkeypatch: pytest.MonkeyPatch, epoch: str
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", epoch)
    with pytest.raises(BadValue, match=r"^SOURCE_DATE_EPOCH is '.*'; set it to whole seconds since 1970, or"):
        write(built, standing)
    assert is_untouched(standing, release)


def test_a_release_that_is_not_whole_is_told_with_what_to_do(release: Release, tmp_path: Path) -> None:
    folder = shutil.copytree(release.folder, tmp_path / "release")
    (folder / "twingraph.ttl").write_text("made up", "utf-8")
    answer = CliRunner().invoke(main, ["query", "--release", str(folder), "timeline"])
    assert answer.exit_code == 5
    assert answer.stderr == (
        f"Error: {folder}: this is no whole release (a file differs from its checksum); "
        f"make one with `twingraph build --output {folder}`.\n"
    )
