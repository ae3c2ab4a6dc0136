"""Findings written down: for people, as JSON, as SARIF, and as a SHACL validation report."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from rdflib import Graph, Literal, URIRef
from rdflib.namespace import RDF

from twingraph import __version__
from twingraph.curation.graph import bind_prefixes
from twingraph.curation.validate import SEVERITIES
from twingraph.settings import BASE
from twingraph.vocab import SH, slug_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from twingraph.curation.validate import Finding

_WORDS = {
    "en": {
        "Violation": "violation",
        "Warning": "warning",
        "Info": "to do",
        "rule": "rule",
        "value": "value",
        "sentence": "sentence",
        "none": "No findings.",
        "all": "Violations: {}, warnings: {}, to do: {}.",
    },
    "lv": {
        "Violation": "pārkāpums",
        "Warning": "brīdinājums",
        "Info": "darāmais",
        "rule": "noteikums",
        "value": "vērtība",
        "sentence": "teikums",
        "none": "Nekas nav atrasts.",
        "all": "Pārkāpumi: {}, brīdinājumi: {}, darāmie darbi: {}.",
    },
}
_LEVELS = ("error", "warning", "note")


def as_text(findings: list[Finding], language: str) -> str:
    """Write findings for people, in Latvian for `lv`, else in English: where, what to do, rule, value, sentence."""
    words = _WORDS["lv" if language == "lv" else "en"]
    blocks = ["\n".join(_lines(finding, words, language)) for finding in findings]
    return "\n\n".join([*blocks, _summary(findings, words)]) + "\n"


def _lines(finding: Finding, words: dict[str, str], language: str) -> Iterable[str]:
    where = f"{finding.file}:{finding.line}: " if finding.file else ""
    yield f"{where}{words[SEVERITIES[finding.severity]]}: {slug_of(finding.record)}"
    yield f"  {finding.message(language)}"
    yield f"  {words['rule']}: {slug_of(finding.rule)}"
    if finding.value:
        yield f"  {words['value']}: {finding.value}"
    if finding.sentence:
        yield f"  {words['sentence']}: „{finding.sentence}”"


def _summary(findings: list[Finding], words: dict[str, str]) -> str:
    return words["all"].format(*counts(findings).values()) if findings else words["none"]


def counts(findings: list[Finding]) -> dict[str, int]:
    """Count findings by severity."""
    return {severity: sum(finding.severity == at for finding in findings) for at, severity in enumerate(SEVERITIES)}


def as_json(findings: list[Finding], _: str = "") -> str:
    """Write findings as a JSON array of objects."""
    return json.dumps([_record(finding) for finding in findings], ensure_ascii=False, indent=1) + "\n"


def _record(finding: Finding) -> dict[str, object]:
    return {
        "severity": SEVERITIES[finding.severity],
        "rule": finding.rule,
        "record": finding.record,
        "path": finding.path,
        "value": finding.value,
        "file": finding.file,
        "line": finding.line,
        "message": {"en": finding.message_en, "lv": finding.message_lv},
        "sentence": finding.sentence,
    }


def as_sarif(findings: list[Finding], language: str) -> str:
    """Write findings by SARIF 2.1.0 (OASIS), so that a code host shows them in a diff."""
    told = {finding.rule: finding.message(language) for finding in findings}
    driver = {
        "name": "twingraph",
        "version": __version__,
        "informationUri": BASE,
        "rules": [
            {"id": slug_of(rule), "helpUri": rule, "shortDescription": {"text": text}}
            for rule, text in sorted(told.items())
        ],
    }
    log = {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{"tool": {"driver": driver}, "results": [_sarif(finding, language) for finding in findings]}],
    }
    return json.dumps(log, ensure_ascii=False, indent=1) + "\n"


def _sarif(finding: Finding, language: str) -> dict[str, object]:
    result: dict[str, object] = {
        "ruleId": slug_of(finding.rule),
        "level": _LEVELS[finding.severity],
        "message": {"text": f"{slug_of(finding.record)}: {finding.message(language)}"},
    }
    if finding.file:
        region = {"startLine": finding.line} | ({"snippet": {"text": finding.sentence}} if finding.sentence else {})
        place = {"artifactLocation": {"uri": finding.file}, "region": region}
        result["locations"] = [{"physicalLocation": place}]
    return result


def report(findings: list[Finding]) -> Graph:
    """Give findings as a SHACL validation report; results have IRIs, so that the same findings give the same bytes."""
    graph = Graph()
    bind_prefixes(graph)
    whole = URIRef(f"{BASE}report")
    graph.add((whole, RDF.type, SH.ValidationReport))
    graph.add((whole, SH.conforms, Literal(not findings)))
    for number, finding in enumerate(findings, 1):
        result = URIRef(f"{BASE}report#{number:03}")
        graph.add((whole, SH.result, result))
        for term, value in _result(finding):
            graph.add((result, term, value))
    return graph


def _result(finding: Finding) -> Iterable[tuple[URIRef, URIRef | Literal]]:
    yield RDF.type, SH.ValidationResult
    yield SH.focusNode, URIRef(finding.record)
    yield SH.sourceShape, URIRef(finding.rule)
    yield SH.resultSeverity, SH[SEVERITIES[finding.severity]]
    yield SH.resultMessage, Literal(finding.message_en, "en")
    yield SH.resultMessage, Literal(finding.message_lv, "lv")
    if finding.path:
        yield SH.resultPath, URIRef(finding.path)
    if finding.value:
        yield SH.value, Literal(finding.value)


def as_turtle(findings: list[Finding], _: str = "") -> str:
    """Write findings as a SHACL validation report in Turtle."""
    return report(findings).serialize(format="turtle")


FORMATS: dict[str, Callable[[list[Finding], str], str]] = {
    "text": as_text,
    "json": as_json,
    "sarif": as_sarif,
    "turtle": as_turtle,
}
"""The ways to write findings, each from findings and a language."""
