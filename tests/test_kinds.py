"""Kinds of document that a town's own data add to those of the ontology."""

from pathlib import Path

import pytest

from conftest import client_of
from releases import edit
from twingraph.curation.findings import SEVERITIES
from twingraph.release.build import assemble, write
from twingraph.vocab import slug_of

CHARTER = """
@prefix document: <https://w3id.org/twingraph/id/document/> .
@prefix scheme: <https://w3id.org/twingraph/id/scheme/> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .

scheme:document skos:hasTopConcept document:made-up-charter .
document:made-up-charter a skos:Concept ;
    skos:inScheme scheme:document ;
    skos:topConceptOf scheme:document ;
    skos:prefLabel "made-up charter"@en , "izdomāta harta"@lv .
"""
FACTS = "data/sources/jelgava-lv-2017/facts.trig"


@pytest.fixture
def charter(inputs: Path) -> Path:
    """Data of which one agreement is of a made-up kind, described in a file of its own."""
    (inputs / "data/kinds.ttl").write_text(CHARTER, "utf-8")
    edit(inputs / FACTS, "document:extended-agreement", "document:made-up-charter")
    return inputs


def test_a_kind_of_the_data_is_served_and_shown_as_those_of_the_ontology(charter: Path, tmp_path: Path) -> None:
    release = write(assemble(charter), tmp_path / "release")
    assert ",made-up-charter,2017," in release.read("tables/agreements.csv").decode()
    with client_of(release) as client:
        assert "made-up charter" in client.get("/doc/document/made-up-charter?lang=en").text
        assert "made-up-charter" in client.get("/doc/scheme/document?lang=en").text
        assert "izdomāta harta" in client.get("/agreements?lang=lv").text


@pytest.mark.parametrize(
    ("old", "new", "rules"),
    [
        (' , "izdomāta harta"@lv', "", {"Concept-label-lv"}),
        ("skos:inScheme scheme:document", "skos:inScheme scheme:tie", {"Agreement-type-scheme"}),
        ("a skos:Concept ;", "", {"Graph-cited", "Scheme-top-known"}),
        ("skos:topConceptOf scheme:document ;", "", {"Concept-placed", "Concept-top"}),
        ("made-up charter", "cooperation agreement", {"Concept-shared-label"}),
    ],
)
def test_a_kind_of_the_data_is_held_against_the_rules(charter: Path, old: str, new: str, rules: set[str]) -> None:
    edit(charter / "data/kinds.ttl", old, new)
    findings = [each for each in assemble(charter).findings if SEVERITIES[each.severity] == "Violation"]
    assert {slug_of(each.rule) for each in findings} == rules
    assert {each.file for each in findings} & {"data/kinds.ttl", FACTS}
