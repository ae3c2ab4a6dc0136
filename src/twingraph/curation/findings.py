"""What a rule found, and how findings are written down: for people, as JSON, as SARIF, as a SHACL report."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rdflib import Graph, Literal, URIRef
from rdflib.namespace import RDF

from twingraph import __version__
from twingraph.curation.graph import filled
from twingraph.settings import BASE
from twingraph.vocab import SH, SHAPE, slug_of
from twingraph.words import text

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from twingraph.errors import BrokenSyntax

SEVERITIES = ("Violation", "Warning", "Info")
"""From what stops a release to what is only a to-do."""
_NAMES = (text("violation"), text("warning"), text("to do"))
_LEVELS = ("error", "warning", "note")


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """One thing that a rule found.

    severity: an index into SEVERITIES; file, line: where to mend it, counted from 1, "" and 0 where nothing stands;
    rule, record, path: IRIs; value: the offending value as text; messages in English and Latvian;
    sentence: the quote that states the value.
    """

    severity: int
    file: str
    line: int
    rule: str
    record: str
    path: str
    value: str
    message_en: str
    message_lv: str
    sentence: str

    def message(self, language: str) -> str:
        """Give the message in Latvian for `lv`, else in English."""
        return self.message_lv if language == "lv" else self.message_en


def broken_syntax(error: BrokenSyntax, inputs: Path) -> Finding:
    """Give as a finding that a file of the inputs can not be parsed; its record is the file."""
    file = error.path.relative_to(inputs).as_posix()
    english, latvian = (text("%(reason)s.", reason=error.reason).in_language(language) for language in ("en", "lv"))
    return Finding(0, file, error.line, str(SHAPE.syntax), file, "", "", english, latvian, "")


def counts(findings: list[Finding]) -> dict[str, int]:
    """Count findings by severity."""
    return {severity: sum(finding.severity == at for finding in findings) for at, severity in enumerate(SEVERITIES)}


def as_text(findings: list[Finding], language: str) -> str:
    """Write findings for people, in Latvian for `lv`, else in English: where, what to do, rule, value, sentence."""
    blocks = []
    for each in findings:
        where = f"{each.file}:{each.line}: " if each.file else ""
        head = f"{where}{_NAMES[each.severity].in_language(language)}: {slug_of(each.record)}"
        rest = [text("rule: %(rule)s", rule=slug_of(each.rule))]
        rest += [text("value: %(value)s", value=each.value)] if each.value else []
        rest += [text("sentence: „%(sentence)s”", sentence=each.sentence)] if each.sentence else []
        blocks.append("\n  ".join([head, each.message(language), *(line.in_language(language) for line in rest)]))
    summary = text("Violations: %(Violation)s, warnings: %(Warning)s, to do: %(Info)s.", **counts(findings))
    blocks.append((summary if findings else text("No findings.")).in_language(language))
    return "\n\n".join(blocks) + "\n"


def as_json(findings: list[Finding], _: str = "") -> str:
    """Write findings as a JSON array of objects."""
    records = [
        {
            "severity": SEVERITIES[finding.severity],
            **{key: getattr(finding, key) for key in ("rule", "record", "path", "value", "file", "line")},
            "message": {"en": finding.message_en, "lv": finding.message_lv},
            "sentence": finding.sentence,
        }
        for finding in findings
    ]
    return json.dumps(records, ensure_ascii=False, indent=1) + "\n"


def as_sarif(findings: list[Finding], language: str) -> str:
    """Write findings by SARIF 2.1.0 (OASIS), so that a code host shows them in a diff."""
    messages = {finding.rule: finding.message(language) for finding in findings}
    rules = [
        {"id": slug_of(rule), "helpUri": rule, "shortDescription": {"text": message}}
        for rule, message in sorted(messages.items())
    ]
    driver = {"name": "twingraph", "version": __version__, "informationUri": BASE, "rules": rules}
    results = []
    for finding in findings:
        result: dict[str, object] = {
            "ruleId": slug_of(finding.rule),
            "level": _LEVELS[finding.severity],
            "message": {"text": f"{slug_of(finding.record)}: {finding.message(language)}"},
        }
        if finding.file:
            region = {"startLine": finding.line} | ({"snippet": {"text": finding.sentence}} if finding.sentence else {})
            place = {"artifactLocation": {"uri": finding.file}, "region": region}
            result["locations"] = [{"physicalLocation": place}]
        results.append(result)
    log = {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{"tool": {"driver": driver}, "results": results}],
    }
    return json.dumps(log, ensure_ascii=False, indent=1) + "\n"


def as_turtle(findings: list[Finding], _: str = "") -> str:
    """Write findings as a SHACL validation report; results have IRIs, so that the same findings give the same bytes."""
    report = URIRef(f"{BASE}report")
    triples = [(report, RDF.type, SH.ValidationReport), (report, SH.conforms, Literal(not findings))]
    for number, finding in enumerate(findings, 1):
        result = URIRef(f"{report}#{number:03}")
        triples += [
            (report, SH.result, result),
            (result, RDF.type, SH.ValidationResult),
            (result, SH.focusNode, URIRef(finding.record)),
            (result, SH.sourceShape, URIRef(finding.rule)),
            (result, SH.resultSeverity, SH[SEVERITIES[finding.severity]]),
            (result, SH.resultMessage, Literal(finding.message_en, "en")),
            (result, SH.resultMessage, Literal(finding.message_lv, "lv")),
            *([(result, SH.resultPath, URIRef(finding.path))] if finding.path else []),
            *([(result, SH.value, Literal(finding.value))] if finding.value else []),
        ]
    return filled(Graph(), triples).serialize(format="turtle")


FORMATS: dict[str, Callable[[list[Finding], str], str]] = {
    "text": as_text,
    "json": as_json,
    "sarif": as_sarif,
    "turtle": as_turtle,
}
"""The ways to write findings, each from findings and a language."""
