"""Every rule of the shapes is broken by the graph made for it, and kept by the data that we ship."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pyshacl
import pytest
from rdflib import PROV, RDF, SH, SKOS, BNode, Graph, Literal, Node, URIRef

from twingraph.curation.derive import derive
from twingraph.curation.graph import read_inputs, union
from twingraph.curation.validate import read_catalogue_shapes, read_shapes
from twingraph.settings import Settings
from twingraph.vocab import KINDS, RDFG, SHAPE, TG, slug_of, thing

GRAPHS = Path(__file__).parent / "shapes"
BACKGROUND = GRAPHS / "background.ttl"
INPUTS = Settings().inputs
DATA, CATALOGUE = read_shapes(INPUTS / "shapes"), read_catalogue_shapes(INPUTS / "shapes")
SHAPES = DATA + CATALOGUE
ALL = [shape for kind in (SH.NodeShape, SH.PropertyShape) for shape in SHAPES.subjects(RDF.type, kind)]
OF_THE_CATALOGUE = "catalog"
WHOLE_CATALOGUE = GRAPHS / OF_THE_CATALOGUE / "valid.catalogue.ttl"
RULES = {slug_of(rule) for rule in SHAPES.subjects(SH.severity)}


def graphs(pattern: str) -> list[object]:
    return [pytest.param(path, id=f"{path.parent.name}/{path.stem}") for path in sorted(GRAPHS.glob(pattern))]


def expected_of(path: Path) -> str:
    first, *_ = path.read_text().splitlines()
    return first.removeprefix("# expect: ")


@cache
def background() -> Graph:
    """Give the made-up towns, and which concepts are in which scheme of the ontology."""
    graph = Graph().parse(BACKGROUND)
    for path in (INPUTS / "ontology").glob("*.ttl"):
        for concept, scheme in Graph().parse(path).subject_objects(SKOS.inScheme):
            graph.add((concept, SKOS.inScheme, scheme))
    return graph


@cache
def read(path: Path) -> Graph:
    return Graph().parse(path)


def speaks_of(rule: Node, graph: Graph) -> bool:
    """Tell whether a graph says anything that the SPARQL query of a rule asks for, if it has one."""
    query = SHAPES.value(SHAPES.value(rule, SH.target), SH.select)
    return query is None or any(re.search(rf":{slug_of(term)}\b", str(query)) for term in set(graph.predicates()))


def found(path: Path) -> set[tuple[str, str]]:
    """Give the rules that a graph breaks beside the made-up towns or catalogue, with their severities.

    Parsing SPARQL takes most of the time, so rules that ask for nothing the graph says are left out.
    """
    about, of_catalogue = read(path), path.parent.name == OF_THE_CATALOGUE
    shapes, beside = (CATALOGUE, read(WHOLE_CATALOGUE)) if of_catalogue else (DATA, background())
    used = [str(rule) for rule in ALL if (rule, RDF.type, None) in shapes and speaks_of(rule, about)]
    merged = about + beside
    _, report, _ = pyshacl.validate(merged, shacl_graph=shapes, advanced=True, inplace=True, use_shapes=used)
    assert isinstance(report, Graph)
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
    conforms, _, text = pyshacl.validate(Graph(), shacl_graph=SHAPES, advanced=True, meta_shacl=True)

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


def test_the_shipped_data_break_no_rule_and_only_two_areas_are_doubted() -> None:
    curated = read_inputs(INPUTS)
    derive(curated)
    data = union(curated.dataset)

    _, report, _ = pyshacl.validate(data, shacl_graph=DATA, advanced=True, inplace=True)
    assert isinstance(report, Graph)
    doubts = {
        (slug_of(report.value(result, SH.focusNode)), slug_of(report.value(result, SH.sourceShape)))
        for severity in (SH.Violation, SH.Warning)
        for result in report.subjects(SH.resultSeverity, severity)
    }

    assert doubts == {
        (figure, rule)
        for figure in ("nova-odessa-area", "nacka-area")
        for rule in ("Figure-area-range", "Figure-density-range")
    }
