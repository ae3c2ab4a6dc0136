"""Every rule of the shapes is broken by the graph made for it, and kept by the data that we ship.

The graphs leave out the prefixes, which are the project's; the program's own function holds them against the rules.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from pyshacl.entrypoints import meta_validate
from rdflib import PROV, RDF, SH, SKOS, BNode, Graph, Literal, URIRef

from twingraph.curation.findings import SEVERITIES
from twingraph.curation.validate import read_shapes, run
from twingraph.settings import BASE, Settings
from twingraph.vocab import CATALOGUE_PREFIXES, KINDS, LISTED, PREFIXES, RDFG, SHAPE, TG, slug_of, thing

if TYPE_CHECKING:
    from twingraph.release.build import Built

GRAPHS = Path(__file__).parent / "shapes"
BACKGROUND = GRAPHS / "background.ttl"
INPUTS = Settings().inputs
DATA, CATALOGUE = read_shapes(INPUTS / "shapes"), read_shapes(INPUTS / "shapes", of_catalogue=True)
SHAPES = DATA + CATALOGUE
ALL = [shape for kind in (SH.NodeShape, SH.PropertyShape) for shape in SHAPES.subjects(RDF.type, kind)]
OF_THE_CATALOGUE = "catalog"
WHOLE_CATALOGUE = GRAPHS / OF_THE_CATALOGUE / "valid.catalogue.ttl"
RULES = {slug_of(rule) for rule in SHAPES.subjects(SH.severity)}
PREFIX = "".join(
    f"@prefix {prefix}: <{namespace}> .\n"
    for prefix, namespace in {
        **PREFIXES,
        **CATALOGUE_PREFIXES,
        **{kind: f"{BASE}id/{kind}/" for kind in LISTED},
    }.items()
)


def graphs(pattern: str) -> list[object]:
    return [pytest.param(path, id=f"{path.parent.name}/{path.stem}") for path in sorted(GRAPHS.glob(pattern))]


def expected_of(path: Path) -> str:
    first, *_ = path.read_text("utf-8").splitlines()
    return first.removeprefix("# expect: ")


@cache
def read(path: Path) -> Graph:
    return Graph().parse(data=PREFIX + path.read_text("utf-8"), format="turtle")


@cache
def background() -> Graph:
    """Give the made-up towns, and which concepts are in which scheme of the ontology."""
    graph = Graph() + read(BACKGROUND)
    for path in (INPUTS / "ontology").glob("*.ttl"):
        for concept, scheme in Graph().parse(path).subject_objects(SKOS.inScheme):
            graph.add((concept, SKOS.inScheme, scheme))
    return graph


def found(path: Path) -> set[tuple[str, str]]:
    """Give the rules that a graph breaks beside the made-up towns or catalogue, with their severities."""
    is_of_catalogue = path.parent.name == OF_THE_CATALOGUE
    shapes, beside = (CATALOGUE, read(WHOLE_CATALOGUE)) if is_of_catalogue else (DATA, background())
    report = run(read(path) + beside, shapes, INPUTS / "shapes")
    return {
        (slug_of(report.value(result, SH.sourceShape)), slug_of(report.value(result, SH.resultSeverity)))
        for result in report.objects(None, SH.result)
    }


def violations(results: set[tuple[str, str]]) -> set[str]:
    return {rule for rule, severity in results if severity == "Violation"}


@pytest.mark.parametrize("path", graphs("*/invalid.*.ttl"))
def test_a_broken_rule_is_found_and_no_other(path: Path) -> None:
    results = found(path)
    assert expected_of(path) in {rule for rule, _ in results}
    assert violations(results) <= {expected_of(path)}


@pytest.mark.parametrize("path", graphs("*/valid.*.ttl"))
def test_a_good_record_is_left_alone(path: Path) -> None:
    results = found(path)
    assert {severity for _, severity in results} <= {"Info"}


def test_the_made_up_towns_break_no_rule() -> None:
    results = found(BACKGROUND)
    assert {severity for _, severity in results} <= {"Info"}


def test_every_rule_has_a_graph_that_breaks_it() -> None:
    broken = {expected_of(path) for path in GRAPHS.glob("*/invalid.*.ttl")}

    assert broken == RULES


def test_every_file_of_rules_has_a_good_record() -> None:
    files = {path.stem for path in (INPUTS / "shapes").glob("*.ttl")} - {"prefixes"}

    assert {path.parent.name for path in GRAPHS.glob("*/valid.*.ttl")} == files


def test_made_up_records_say_so_in_their_names() -> None:
    subjects = {subject for path in GRAPHS.rglob("*.ttl") for subject in read(path).subjects()}
    names = {str(subject) for subject in subjects if isinstance(subject, URIRef)}
    real = {iri for iri in names if "made" not in iri.lower() and not re.search(r"/country/(AQ|BV|HM|ZQ)$", iri)}

    assert real == {str(thing("country", "LV")), str(thing("scheme", "topic"))}


def test_every_rule_has_an_iri_a_severity_a_name_and_a_message_in_both_languages() -> None:
    shapes = {*SHAPES.objects(None, SH.property), *SHAPES.subjects(SH.message)}
    named = {shape for shape in shapes if isinstance(shape, URIRef)}

    for rule in named:
        for term in (SH.name, SH.message):
            texts = list(SHAPES.objects(rule, term))
            assert sorted(str(text.language) for text in texts if isinstance(text, Literal)) == ["en", "lv"], (
                rule,
                term,
            )
    assert {slug_of(rule) for rule in named} == RULES


def test_every_shape_that_can_report_has_an_iri() -> None:
    aimed = {shape for target in (SH.targetClass, SH.targetSubjectsOf, SH.target) for shape in SHAPES.subjects(target)}

    assert not [shape for shape in {*ALL, *aimed} if isinstance(shape, BNode)]


def test_every_message_is_a_sentence() -> None:
    messages = [str(message) for message in SHAPES.objects(None, SH.message)]

    assert not [message for message in messages if not re.match(r"[A-ZĀČĒĢĪĶĻŅŠŪŽ].*[.…]$", message)]


def test_the_shapes_are_shacl() -> None:
    """With names for blank nodes, which pyshacl else writes out whole wherever it meets one: 10 seconds of 13."""
    conforms, _, text = meta_validate(SHAPES.skolemize(), inference="none")
    assert conforms, text


def test_the_rule_on_names_knows_every_kind_of_thing() -> None:
    pattern = str(SHAPES.value(SHAPE["Thing-slug"], SH.pattern))

    assert set(re.findall(r"[a-z]{3,}", pattern.partition("/id/")[2])) == set(KINDS)


def test_the_lists_of_properties_name_no_term_of_ours_that_is_not_defined() -> None:
    defined = {term for path in (INPUTS / "ontology").glob("*.ttl") for term in Graph().parse(path).subjects(RDF.type)}
    listed = {term for items in SHAPES.objects(None, SH.ignoredProperties) for term in SHAPES.items(items)}

    assert {term for term in listed if str(term).startswith(TG)} <= defined


def test_every_known_kind_of_thing_has_a_list_of_its_properties() -> None:
    known = {kind for kinds in SHAPES.objects(SHAPE["Thing-type-known"], SH["in"]) for kind in SHAPES.items(kinds)}
    listed = {kind for rule in SHAPES.subjects(SH.closed) for kind in SHAPES.objects(rule, SH.targetClass)}

    assert known - {PROV.Entity, RDFG.Graph} <= listed


def test_the_shipped_data_break_no_rule_and_only_two_areas_are_doubted(built: Built) -> None:
    doubts = {
        (slug_of(finding.record), slug_of(finding.rule))
        for finding in built.findings
        if finding.severity < SEVERITIES.index("Info")
    }
    assert doubts == {
        (figure, rule)
        for figure in ("nova-odessa-area", "nacka-area")
        for rule in ("Figure-area-range", "Figure-density-range")
    }
