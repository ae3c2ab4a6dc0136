"""Every rule of the shapes is broken by the graph made for it, and kept by the data that we ship.

The graphs leave out the prefixes, which are the project's; the program's own function holds them against the rules.
"""

import re
from functools import cache
from itertools import product
from pathlib import Path

import pytest
from pyshacl.entrypoints import meta_validate
from rdflib import PROV, RDF, SH, SKOS, BNode, Dataset, Graph, Literal, URIRef
from rdflib.graph import DATASET_DEFAULT_GRAPH_ID

from twingraph.curation.findings import SEVERITIES, read_shapes, validate
from twingraph.curation.graph import Curated
from twingraph.release.build import Built
from twingraph.settings import BASE, PACKAGED
from twingraph.vocab import KINDS, LISTED, RDFG, SHAPE, TG, catalogue_prefixes, slug_of, thing

GRAPHS = Path(__file__).parent / "shapes"
BACKGROUND = GRAPHS / "background.ttl"
INPUTS = PACKAGED
DATA, CATALOGUE = read_shapes(INPUTS / "shapes"), read_shapes(INPUTS / "shapes", of_catalogue=True)
SHAPES = DATA + CATALOGUE
PAGE = thing("source", "madeup-page")
OF_THE_CATALOGUE = "catalog"
WHOLE_CATALOGUE = GRAPHS / OF_THE_CATALOGUE / "valid.catalogue.ttl"
RULES = {slug_of(rule) for rule in SHAPES.subjects(SH.severity)}
SPACES = catalogue_prefixes() | {kind: f"{BASE}id/{kind}/" for kind in LISTED}
PREFIX = "".join(f"@prefix {prefix}: <{namespace}> .\n" for prefix, namespace in SPACES.items())
ONTOLOGY = Graph()
for file in (INPUTS / "ontology").glob("*.ttl"):
    ONTOLOGY.parse(file)


def name(path: Path) -> str:
    return f"{path.parent.name}/{path.stem}"


def expected_of(path: Path) -> str:
    return path.read_text("utf-8").splitlines()[0].removeprefix("# expect: ")


@cache
def blocks(path: Path) -> Dataset:
    return Dataset().parse(data=PREFIX + path.read_text("utf-8"), format="trig")


def read(path: Path) -> Graph:
    merged = Graph()
    for subject, term, value, _ in blocks(path).quads():
        merged.add((subject, term, value))
    return merged


@cache
def beside(*, is_of_catalogue: bool) -> Graph:
    """Give the made-up catalogue, or the made-up towns and which concepts are in which scheme of the ontology."""
    if is_of_catalogue:
        return read(WHOLE_CATALOGUE)
    schemes = Graph()
    for triple in ONTOLOGY.triples((None, SKOS.inScheme, None)):
        schemes.add(triple)
    return read(BACKGROUND) + schemes


def found(path: Path) -> dict[str, str]:
    """Give the rules that a graph breaks beside the made-up towns or catalogue, each with its severity."""
    is_of_catalogue = path.parent.name == OF_THE_CATALOGUE
    curated = Curated()
    curated.state(PAGE, beside(is_of_catalogue=is_of_catalogue))
    for graph in blocks(path).graphs():
        # What stands in no block is what the one made-up page says.
        curated.state(PAGE if graph.identifier == DATASET_DEFAULT_GRAPH_ID else graph.identifier, graph)
    findings = validate(curated, CATALOGUE if is_of_catalogue else DATA, INPUTS)
    return {slug_of(finding.rule): SEVERITIES[finding.severity] for finding in findings}


@pytest.mark.parametrize("path", sorted(GRAPHS.glob("*/invalid.*.ttl")), ids=name)
def test_a_broken_rule_is_found_and_no_other(path: Path) -> None:
    results, expected = found(path), expected_of(path)
    assert expected in results
    assert {rule for rule, severity in results.items() if severity == "Violation"} <= {expected}


@pytest.mark.parametrize("path", [BACKGROUND, *sorted(GRAPHS.glob("*/valid.*.ttl"))], ids=name)
def test_a_good_record_is_left_alone(path: Path) -> None:
    assert set(found(path).values()) <= {"Info"}


def test_every_rule_has_a_graph_that_breaks_it_and_every_file_of_rules_a_good_record() -> None:
    assert {expected_of(path) for path in GRAPHS.glob("*/invalid.*.ttl")} == RULES
    files = {path.stem for path in (INPUTS / "shapes").glob("*.ttl")} - {"prefixes"}
    assert {path.parent.name for path in GRAPHS.glob("*/valid.*.ttl")} == files


def test_made_up_records_say_so_in_their_names() -> None:
    subjects = {subject for path in GRAPHS.rglob("*.ttl") for subject in read(path).subjects()}
    names = {str(subject) for subject in subjects if isinstance(subject, URIRef)}
    nobodys = re.compile(r"[Mm]ade|/country/(AQ|BV|HM|ZQ)$|sws.geonames.org/90000000\d\d/$")
    real = {iri for iri in names if not nobodys.search(iri)}
    assert real == {str(thing("country", code)) for code in ("GB", "LV")} | {str(thing("scheme", "topic"))}


def test_every_rule_has_an_iri_a_severity_a_name_and_a_message_in_both_languages_which_is_a_sentence() -> None:
    shapes = {*SHAPES.objects(None, SH.property), *SHAPES.subjects(SH.message)}
    named = {shape for shape in shapes if isinstance(shape, URIRef)}
    assert {slug_of(rule) for rule in named} == RULES
    for rule, term in product(named, (SH.name, SH.message)):
        texts = [text for text in SHAPES.objects(rule, term) if isinstance(text, Literal)]
        assert sorted(str(text.language) for text in texts) == ["en", "lv"], (rule, term)
    messages = [str(message) for message in SHAPES.objects(None, SH.message)]
    assert [message for message in messages if not re.match(r"[A-ZĀČĒĢĪĶĻŅŠŪŽ].*[.…]$", message)] == []


def test_every_shape_that_can_report_has_an_iri() -> None:
    aimed = {shape for target in (SH.targetClass, SH.targetSubjectsOf, SH.target) for shape in SHAPES.subjects(target)}
    typed = {shape for kind in (SH.NodeShape, SH.PropertyShape) for shape in SHAPES.subjects(RDF.type, kind)}
    assert [shape for shape in aimed | typed if isinstance(shape, BNode)] == []


def test_the_shapes_are_shacl() -> None:
    """With names for blank nodes, which pyshacl else writes out whole wherever it meets one: 10 seconds of 13."""
    conforms, _, text = meta_validate(SHAPES.skolemize(), inference="none")
    assert conforms, text


def test_the_rule_on_names_knows_every_kind_of_thing() -> None:
    pattern = str(SHAPES.value(SHAPE["Thing-slug"], SH.pattern))
    assert set(re.findall(r"[a-z]{3,}", re.sub(r"https:[^(]+", "", pattern))) == set(KINDS)


def test_the_lists_of_properties_name_no_term_of_ours_that_is_not_defined() -> None:
    listed = {term for items in SHAPES.objects(None, SH.ignoredProperties) for term in SHAPES.items(items)}
    assert {term for term in listed if str(term).startswith(TG)} <= {*ONTOLOGY.subjects(RDF.type)}


def test_every_known_kind_of_thing_has_a_list_of_its_properties() -> None:
    known = {kind for kinds in SHAPES.objects(SHAPE["Thing-type-known"], SH["in"]) for kind in SHAPES.items(kinds)}
    listed = {kind for rule in SHAPES.subjects(SH.closed) for kind in SHAPES.objects(rule, SH.targetClass)}
    assert known - {PROV.Entity, RDFG.Graph} <= listed


def test_the_shipped_data_break_no_rule_and_only_two_areas_are_doubted(built: Built) -> None:
    doubts = {
        (slug_of(each.record), slug_of(each.rule)) for each in built.findings if SEVERITIES[each.severity] != "Info"
    }
    assert doubts == {("nova-odessa-area", "Figure-area-range"), ("nacka-area", "Figure-area-range")}
