"""Bad input: every mistake is told in a sentence, nothing is written, and the last release stays whole."""

import os
import resource
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from click.testing import CliRunner

from conftest import INPUTS, MADE_UP_HOME
from releases import edit
from twingraph.cli import main
from twingraph.curation.derive import derive
from twingraph.curation.findings import FORMATS, Finding, explain, read_shapes, validate
from twingraph.curation.graph import read_inputs
from twingraph.curation.turtle import parse
from twingraph.errors import BadInput, BadValue, BrokenSyntax, UnwritableTarget
from twingraph.release.build import Built, assemble, write
from twingraph.release.folder import Release, open_release
from twingraph.release.records import LinkedTowns
from twingraph.settings import CATALOGUE, input_folder
from twingraph.vocab import slug_of

Spoil = Callable[[Path], object]
SOURCE = "data/sources/jelgava-lv-2017"
FACTS, PAGE, DESCRIPTION = f"{SOURCE}/facts.trig", f"{SOURCE}/page.txt", f"{SOURCE}/source.ttl"
PLACES, DATASET, CONTEXT = "data/places.trig", "data/dataset.ttl", "ontology/context.jsonld"


def change(file: str, old: str, new: str) -> Spoil:
    return lambda inputs: edit(inputs / file, old, new)


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
    is_whole = all(open_release(folder).read(name) == release.read(name) for name in release.checksums)
    return is_whole and list(folder.parent.iterdir()) == [folder]


# Files that are no RDF.


HEAD = """# Izdomāts fails: ā ē ī ū \N{GRINNING FACE}
@prefix place: <https://w3id.org/twingraph/id/place/> .
@prefix schema: <https://schema.org/> .
"""
RDF_12, MERGE = "this is of RDF 1.2, which is not read here", "two versions of this file were not merged; keep one"


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
        ('place:ā schema:name <<( place:ē schema:name "ū" )>> .\n', 4, 21, RDF_12),
        ('place:a schema:name "Izdomāta"@lv--ltr .\n', 4, 31, RDF_12),
        ('"""\0', 4, 1, "Unexpected end of file"),
        (f"place:a schema:name {'(' * 20000}{')' * 20000} .\n", 4, 121, "brackets stand more than 100 deep"),
        ("place:a a place:b .\n<<<<<<< HEAD\nplace:b a place:c .\n=======\n", 5, 1, MERGE),
        ("place:a a place:b .\n>>>>>>> theirs\n", 5, 1, MERGE),
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


def test_language_tags_are_in_lower_case_and_a_byte_order_mark_does_no_harm(tmp_path: Path) -> None:
    quads = parse(tmp_path / "made-up.ttl", "\ufeff" + HEAD + 'place:a schema:name "甲"@zh-Hant , "甲"@zh-hant .')
    assert {value.n3() for *_, value, _ in quads} == {'"甲"@zh-hant'}


# Files that can not be used.


BROKEN_TRIG = change(FACTS, 'place:alcamo schema:name "Alkamo"@lv', 'plaace:alcamo schema:name "Alkamo"@lv')
NO_PREFIX = f"{FACTS}:21:5: The prefix plaace: has not been declared; perhaps place: is meant"
NO_DATASET = f"{DATASET}: it must describe one dataset (a dcat:Dataset) with one dcat:version."
NO_CONTEXT = f"{CONTEXT}: this is no JSON-LD context of ours (an object with @context, which names id and type)."
FETCHED = '{"@context": {"id": "@id", "type": "@type", "@import": "https://example.org/made-up"}}'
UTF_8 = "is not UTF-8; save the file as UTF-8 and try again."
SOURCE_FILES = "a source that is quoted has page.txt, source.ttl and facts.trig; one that is only cited has no page.txt"
MISSING = "cannot be read (No such file or directory); check that it exists"
PLACE = "<https://w3id.org/twingraph/id/evidence/place-jelgava> { <a:a> <a:b> <a:c> . }"
CHANGED = "e96afae32f2cda641419ac9f22cf42e84990eaff60099a390fa2ca55cf1e86d9"
RETRIEVED = "1f60b8bca06bf2e1c73823fc4e94c8abe37f32e71f43f176cd3f5edd3c6e9359"


def cite_only(inputs: Path) -> None:
    """Keep neither the text nor the checksum of the one source."""
    (inputs / PAGE).unlink()
    change(DESCRIPTION, "spdx:checksum <", "rdfs:seeAlso <")(inputs)
    change(DESCRIPTION, "spdx:checksumValue", "rdfs:comment")(inputs)


@pytest.mark.parametrize(
    ("words", "spoil"),
    [
        (f"{NO_PREFIX}; mend this line and try again.", BROKEN_TRIG),
        (f"{FACTS}:1:1: this is a page of HTML; save what it shows as a file;", put(FACTS, "<!DOCTYPE html>\n<html>")),
        (
            f"{FACTS}:5:1: Unexpected end; mend this line",
            put(FACTS, HEAD + 'place:a { place:a schema:name "Izdomāta" .\n'),
        ),
        (f"{DATASET}:11:5: A dot is expected at the end", change(DATASET, "a dcat:Dataset ;", "a dcat:Dataset")),
        (
            "shapes/made-up.ttl:3:12: . is not a valid RDF object",
            put("shapes/made-up.ttl", "@prefix sh: <http://www.w3.org/ns/shacl#> .\n\n[] sh:path .\n"),
        ),
        (
            "shapes: cannot be read (Values of a property path cannot be a Literal); mend the rule.",
            change("shapes/quote.ttl", "sh:path oa:exact ;", 'sh:path "made up" ;'),
        ),
        ("shapes: cannot be read (error at ", change("shapes/figure.ttl", "SELECT ?this", "SELEKT ?this")),
        ("shapes: it holds no rules, so any data would pass.", remove("shapes/*")),
        (f"{FACTS}: byte 3 (0xE7) {UTF_8}", put(FACTS, "# Pērnava".encode("cp1257"))),
        (f"{PAGE}: byte 0 (0xFF) {UTF_8}", put(PAGE, "Pērnava".encode("utf-16"))),
        (f"{DESCRIPTION}: byte 0 (0x89) {UTF_8}", put(DESCRIPTION, b"\x89PNG\r\n\x1a\n")),
        (f"{PLACES}:1:1: '\0' is not allowed", put(PLACES, bytes(4096))),
        *((f"{name}: {MISSING}", remove(name)) for name in ("data", "data/sources")),
        *((f"{name}: {MISSING}", remove(name)) for name in (CONTEXT,)),
        *(
            (f"{SOURCE}: it lacks {Path(name).name}; {SOURCE_FILES}", remove(name))
            for name in (PAGE, FACTS, DESCRIPTION)
        ),
        *((f"{name}: cannot be read (Is a directory)", make_folder(name)) for name in (PAGE, PLACES)),
        (
            "data/sources/made-up.txt: this file is not read; below data/ belong *.ttl, *.trig, changes/*.ttl",
            put("data/sources/made-up.txt", "made up"),
        ),
        (
            f"data/sources/made-up: it lacks source.ttl, facts.trig; {SOURCE_FILES}",
            make_folder("data/sources/made-up"),
        ),
        (
            "it describes <https://w3id.org/twingraph/id/source/made-up>, the source of another folder, too.",
            change(
                DESCRIPTION, "source:jelgava-lv-2017\n", "source:made-up a schema:WebPage .\nsource:jelgava-lv-2017\n"
            ),
        ),
        (f"{FACTS}:6: its source is only cited", cite_only),
        (
            "data/made-up.trig: this is no file that ends, but a pipe or a device; remove it.",
            lambda inputs: os.mkfifo(inputs / "data" / "made-up.trig"),
        ),
        (
            f"{PAGE}: this is a page of HTML, from line 1 on; keep the text that it shows.",
            put(PAGE, "\ufeff\n<!DOCTYPE html><p>Izdomāts"),
        ),
        (
            (
                f"{DESCRIPTION}: it must state the SHA-256 of page.txt once, as spdx:checksumValue; "
                f"that of the file now is {RETRIEVED}."
            ),
            change(DESCRIPTION, "spdx:checksumValue", "spdx:algorithm"),
        ),
        (
            "it must describe the source of its folder, <https://w3id.org/twingraph/id/source/made-up>.",
            lambda inputs: (inputs / SOURCE).rename(inputs / "data" / "sources" / "made-up"),
        ),
        (
            f"{PAGE}: its SHA-256 is {CHANGED}, but source.ttl states {RETRIEVED}; restore",
            put(PAGE, "Izdomāts teksts."),
        ),
        (
            "the name “jelgava-lv-2017-alcamo-heading” is taken, by the block at",
            change(FACTS, "\n:title {", '\n:alcamo-heading { :alcamo-heading oa:exact "Izdomāts"@lv . }\n:title {'),
        ),
        ("data/places.trig:15: the name “place-jelgava” is taken, by the block at", put("data/made-up.trig", PLACE)),
        (f"{CONTEXT}:2:14: Expecting ':' delimiter;", put(CONTEXT, '{\n  "@context" {}\n}')),
        (f"{CONTEXT}: this is no JSON-LD context", put(CONTEXT, "[]")),
        (NO_CONTEXT, put(CONTEXT, '{"@context": {"name": "https://schema.org/name"}}')),
        (NO_CONTEXT, put(CONTEXT, '{"@context": 5}')),
        (f"{CONTEXT}: the term @import of a JSON-LD context of ours needs an @id.", put(CONTEXT, FETCHED)),
        (NO_DATASET, remove(DATASET)),
        (
            f"data/{CATALOGUE}: it must describe a catalogue (a dcat:Catalog) that lists the dataset.",
            put(f"data/{CATALOGUE}", "# None."),
        ),
        (NO_DATASET, change(DATASET, 'dcat:version "1.1.0" ;', "")),
    ],
)
def test_a_file_that_can_not_be_used_is_told_in_one_sentence(inputs: Path, words: str, spoil: Spoil) -> None:
    spoil(inputs)
    with pytest.raises(BadInput) as told:
        assemble(inputs)
    english, latvian = (told.value.text.in_language(language) for language in ("en", "lv"))
    assert words in english
    assert is_one_sentence(english)
    assert is_one_sentence(latvian)
    assert latvian != english


def build(inputs: Path, folder: Path, form: str) -> tuple[int, str, list[str]]:
    command = ["build", "--inputs", str(inputs), "--output", str(folder), "--lang", "en", "--format", form]
    answer = CliRunner().invoke(main, command)
    return answer.exit_code, answer.stdout, answer.stderr.splitlines()


@pytest.mark.parametrize("form", FORMATS)
def test_broken_syntax_stops_the_build_and_is_a_finding_for_programs(
    inputs: Path, standing: Path, release: Release, form: str
) -> None:
    BROKEN_TRIG(inputs)
    code, found, told = build(inputs, standing, form)
    assert (code, told) == (2, ["read", f"Error: {inputs}/{NO_PREFIX}; mend this line and try again."])
    assert ("The prefix plaace: has not been declared; perhaps place: is meant." in found, FACTS in found) == (
        form != "text",
        form != "text",
    )
    assert is_untouched(standing, release)


def test_a_broken_rule_stops_the_build(inputs: Path, standing: Path, release: Release) -> None:
    change(FACTS, '"2002"^^xsd:gYear', '"2002-13-45"^^xsd:date')(inputs)
    code, found, told = build(inputs, standing, "text")
    assert (code, told[:-1]) == (3, ["read", "derive", "validate", "write"])
    assert f"{FACTS}:36: violation: jelgava-alcamo-2002\n" in found
    assert told[-1].startswith("Error: No release is made of these data: they break the rules")
    assert is_untouched(standing, release)


def test_a_status_before_its_agreement_stops_the_build_of_a_town_of_its_own(
    made_up_home: Release, tmp_path: Path
) -> None:
    data, standing = tmp_path / "data", tmp_path / "standing" / "release"
    shutil.copytree(MADE_UP_HOME / "data", data)
    shutil.copytree(made_up_home.folder, standing)
    edit(data / "sources/made-up-licupe-notice/facts.trig", 'NotBefore "2023-06-01"', 'Date "1999-06-01"')
    command = ["build", "--data", str(data), "--output", str(standing), "--lang", "en"]
    answer = CliRunner().invoke(main, command)
    assert (answer.exit_code, "rule: Status-after-signing" in answer.stdout) == (3, True)
    told = "Error: No release is made of these data: they break the rules once;"
    assert answer.stderr.splitlines()[-1].startswith(told)
    assert is_untouched(standing, made_up_home)


# Mistakes that rules find.


MISTAKES = {
    INPUTS: tomllib.loads(Path(__file__).with_name("mistakes.toml").read_text("utf-8")),
    MADE_UP_HOME: tomllib.loads((MADE_UP_HOME / "mistakes.toml").read_text("utf-8")),
}


@pytest.fixture(scope="module")
def spoilt(tmp_path_factory: pytest.TempPathFactory) -> dict[Path, Path]:
    """The data, and those of the made-up home, with all of these mistakes in them at once."""
    copies = {}
    for folder, mistakes in MISTAKES.items():
        inputs = copies[folder] = tmp_path_factory.mktemp("spoilt")
        for name in ("data", "ontology", "shapes"):
            shutil.copytree(input_folder(folder, name), inputs / name)
        for mistake in mistakes.values():
            edit(inputs / mistake.get("file", FACTS), mistake["old"], mistake["new"])
    return copies


@pytest.fixture(scope="module")
def found(spoilt: dict[Path, Path]) -> dict[Path, list[Finding]]:
    """What the rules find in the spoilt data."""
    findings = {}
    for folder, inputs in spoilt.items():
        curated = read_inputs(inputs)
        derive(curated)
        findings[folder] = validate(curated, read_shapes(inputs / "shapes"), inputs)
    return findings


@pytest.mark.parametrize(
    ("folder", "name"), [(folder, name) for folder, several in MISTAKES.items() for name in several]
)
def test_a_mistake_is_found_where_it_stands_and_told_with_its_remedy(
    spoilt: dict[Path, Path], found: dict[Path, list[Finding]], folder: Path, name: str
) -> None:
    mistake = MISTAKES[folder][name]
    file, named = mistake.get("in") or mistake.get("file", FACTS), mistake["finding"]
    [finding] = [each for each in found[folder] if f"{slug_of(each.rule)} {slug_of(each.record)}" == named]
    before, _, _ = (spoilt[folder] / file).read_bytes().decode().rpartition(mistake["at"])
    assert (finding.severity, finding.file, finding.value) == (0, file, mistake["value"])
    assert finding.line == before.count("\n") + 1
    assert mistake["en"] in finding.message_en
    assert mistake["lv"] in finding.message_lv


def test_every_violation_has_a_file_a_line_and_messages_and_shows_the_sentence_it_is_in(
    found: dict[Path, list[Finding]],
) -> None:
    violations = [finding for each in found.values() for finding in each if finding.severity == 0]
    assert len(violations) >= sum(map(len, MISTAKES.values()))
    assert all(finding.file and finding.line and finding.message_en and finding.message_lv for finding in violations)
    [sentence] = [finding.sentence for finding in found[INPUTS] if slug_of(finding.rule) == "Date-form"]
    assert sentence.startswith("Sadarbības līgums tika noslēgts 2002. gadā")


@pytest.mark.parametrize("too_many", [False, True])
def test_a_mistyped_letter_is_named_however_many_sentences_are_alike(towns: LinkedTowns, *, too_many: bool) -> None:
    page = (INPUTS / PAGE).read_bytes().decode()
    for figure in towns.figures:
        quote, at = figure.quote.exact, figure.quote.exact.index(figure.printed) + 1
        reason = explain(page, f"{quote[:at]}ß{quote[at if too_many else at + 1 :]}")
        assert f"The nearest passage is “{quote}”: there the page has “" in str(reason)
        assert f"where the quote has “{quote[at - 1]}ß" in str(reason)


# Targets and times that are none, and a disk that is full.


@pytest.mark.parametrize("target", ["file", "file/below", "loop"])
def test_a_target_that_is_no_release_is_told_and_left_as_it_is(built: Built, tmp_path: Path, target: str) -> None:
    (tmp_path / "file").write_text("made up", "utf-8")
    (tmp_path / "loop").symlink_to("loop")
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(UnwritableTarget) as told:
        write(built, tmp_path / target)
    assert told.value.exit_code == 4
    assert str(told.value).startswith(f"{tmp_path / target}: cannot be written (")
    assert is_one_sentence(str(told.value))
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize("epoch", ["soon", "", "1e9", "9" * 30])
def test_a_time_that_is_none_is_told(
    built: Built, standing: Path, release: Release, monkeypatch: pytest.MonkeyPatch, epoch: str
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", epoch)
    with pytest.raises(BadValue, match=r"^SOURCE_DATE_EPOCH is “.*”; set it to whole seconds since 1970, or"):
        write(built, standing)
    assert is_untouched(standing, release)


def test_a_disk_that_fills_up_while_a_release_is_written_is_told(standing: Path, release: Release) -> None:
    command = [sys.executable, "-m", "twingraph", "build", "--inputs", INPUTS, "--output", standing, "--lang", "en"]
    limit = partial(resource.setrlimit, resource.RLIMIT_FSIZE, (8 << 10, 8 << 10))
    done = subprocess.run(command, preexec_fn=limit, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 4
    assert done.stderr.splitlines()[-1].startswith(f"Error: {standing}: cannot be written (File too large")
    assert is_untouched(standing, release)
