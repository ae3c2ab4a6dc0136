"""Findings as people and machines read them, and what `twingraph validate` ends with."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from rdflib import Graph
from rdflib.namespace import RDF

from conftest import INPUTS
from releases import edit
from twingraph.cli import main
from twingraph.curation.findings import FORMATS, Finding, as_json, as_sarif, as_text, as_turtle
from twingraph.release.build import Built
from twingraph.vocab import SH, SHAPE, TG, slug_of, thing

MADE_UP = Finding(
    severity=0,
    file="data/made-up.trig",
    line=7,
    rule=str(SHAPE["Made-up"]),
    record=str(thing("agreement", "jelgava-made-up-1901")),
    path=str(TG.signed),
    value='1901 "<&>"',
    message_en="Made up: mend it.",
    message_lv="Izdomāts: izlabojiet to.",
    sentence="Izdomāts teikums par 1901.\N{NO-BREAK SPACE}gadu.",
)
NOWHERE = Finding(1, "", 0, str(SHAPE["Made-up-too"]), str(thing("rule", "made-up")), "", "", "Too.", "Arī.", "")


@pytest.fixture(scope="module")
def found(built: Built) -> list[Finding]:
    """What the rules find in the shipped data, and two findings that are made up: a violation, and one without file."""
    return sorted([MADE_UP, NOWHERE, *built.findings])


@pytest.mark.parametrize(("language", "nothing"), [("en", "No findings.\n"), ("lv", "Nekas nav atrasts.\n")])
def test_people_are_told_where_what_to_do_rule_value_and_sentence(language: str, nothing: str) -> None:
    expected = (Path(__file__).parent / "findings" / f"{language}.txt").read_text("utf-8")
    assert (as_text([MADE_UP], language), as_text([], language)) == (expected, nothing)


def test_no_more_is_told_than_is_known() -> None:
    expected = "warning: made-up\n  Too.\n  rule: Made-up-too\n\nViolations: 0, warnings: 1, to do: 0.\n"
    assert as_text([NOWHERE], "en") == expected


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("language", ["en", "lv"])
def test_every_format_ends_its_last_line(found: list[Finding], form: str, language: str) -> None:
    assert FORMATS[form](found, language).endswith("\n")
    assert FORMATS[form]([], language).endswith("\n")


def test_json_holds_every_finding_with_both_languages(found: list[Finding]) -> None:
    read = json.loads(as_json(found))
    assert [item["message"] for item in read] == [{"en": item.message_en, "lv": item.message_lv} for item in found]
    assert read[0] == {
        "severity": "Violation",
        "rule": "https://w3id.org/twingraph/shapes#Made-up",
        "record": "https://w3id.org/twingraph/id/agreement/jelgava-made-up-1901",
        "path": "https://w3id.org/twingraph/ns#signed",
        "message": {"en": MADE_UP.message_en, "lv": MADE_UP.message_lv},
        **{key: getattr(MADE_UP, key) for key in ("value", "file", "line", "sentence")},
    }


@pytest.mark.parametrize("language", ["en", "lv"])
def test_sarif_2_1_0_has_a_place_a_level_and_a_rule_for_each_result(found: list[Finding], language: str) -> None:
    log = json.loads(as_sarif(found, language))
    assert (log["version"], log["$schema"]) == ("2.1.0", "https://json.schemastore.org/sarif-2.1.0.json")
    [run] = log["runs"]
    listed = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert (run["tool"]["driver"]["name"], len(listed)) == ("twingraph", len(set(listed)))
    assert {result["ruleId"] for result in run["results"]} == set(listed)
    for finding, result in zip(found, run["results"], strict=True):
        assert result["level"] == ["error", "warning", "note"][finding.severity]
        assert result["message"]["text"] == f"{slug_of(finding.record)}: {finding.message(language)}"
        places = [each["physicalLocation"] for each in result.get("locations", [])]
        assert [(place["artifactLocation"]["uri"], place["region"]["startLine"]) for place in places] == (
            [(finding.file, finding.line)] if finding.file else []
        )


def test_files_of_real_findings_are_there_and_have_the_line(built: Built) -> None:
    for finding in built.findings:
        assert 1 <= finding.line <= len((INPUTS / finding.file).read_text("utf-8").splitlines())


def test_turtle_is_a_shacl_validation_report_that_conforms_only_when_nothing_is_found(found: list[Finding]) -> None:
    for findings in (found, []):
        graph = Graph().parse(data=as_turtle(findings), format="turtle")
        [report] = graph.subjects(RDF.type, SH.ValidationReport)
        results = set(graph.objects(report, SH.result))
        assert [value.toPython() for value in graph.objects(report, SH.conforms)] == [not findings]
        assert len(results) == len(findings)
        for term in (SH.focusNode, SH.resultSeverity, SH.sourceShape):
            assert all(len(list(graph.objects(result, term))) == 1 for result in results)
        assert all((result, RDF.type, SH.ValidationResult) in graph for result in results)


def test_validating_data_that_break_a_rule_says_so_in_the_language_of_the_terminal(inputs: Path) -> None:
    facts = inputs / "data" / "sources" / "jelgava-lv-2017" / "facts.trig"
    edit(facts, "tg:party place:jelgava , place:vejle", "tg:party place:vejle")
    environment = {"LC_ALL": "", "LC_MESSAGES": "", "LANG": "lv_LV.UTF-8"}
    answer = CliRunner().invoke(main, ["validate", "--inputs", str(inputs)], env=environment)
    assert answer.exit_code == 3
    assert "pārkāpums: jelgava-vejle-1992" in answer.stdout
    assert "Norādiet vismaz divas pilsētas" in answer.stdout
    assert answer.stderr.split() == ["read", "derive", "validate"]
