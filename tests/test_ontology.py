"""The vocabulary and its concept schemes: every word in Latvian and English, and sound by the usual SKOS checks."""

import json
import re

import pytest
from rdflib import Graph, Literal, URIRef
from rdflib.namespace import DCTERMS, OWL, RDF, RDFS, SDO, SKOS, VANN
from rdflib.term import Node

from twingraph.curation.derive import RULES
from twingraph.release.records import LinkedTowns
from twingraph.settings import BASE, PACKAGED
from twingraph.vocab import DESCRIPTION, KINDS, ONTOLOGY, TG, slug_of, thing

FOLDER = PACKAGED / "ontology"


@pytest.fixture(scope="module")
def ontology() -> Graph:
    graph = Graph()
    for path in FOLDER.glob("*.ttl"):
        graph.parse(path)
    return graph


def languages(graph: Graph, subject: Node, term: Node) -> list[str | None]:
    return sorted(str(value.language) for value in graph.objects(subject, term) if isinstance(value, Literal))


def terms(graph: Graph) -> list[Node]:
    return sorted({term for term in graph.subjects(RDF.type) if str(term).startswith(TG)}, key=str)


def test_every_term_has_label_comment_and_example_in_both_languages(ontology: Graph) -> None:
    for term in terms(ontology):
        for what in (RDFS.label, RDFS.comment, SKOS.example):
            assert languages(ontology, term, what) == ["en", "lv"] or what == SKOS.example, (term, what)
        assert len(list(ontology.objects(term, SKOS.example))) in (1, 2), term
        assert (term, RDFS.isDefinedBy, ONTOLOGY) in ontology


def test_every_term_of_ours_in_the_data_is_defined_and_all_are_used(ontology: Graph, towns: LinkedTowns) -> None:
    used = {node for triple in towns.merged for node in triple[1:] if isinstance(node, URIRef) and node.startswith(TG)}
    # Which no source of the first town needs: the made-up home has them.
    spare = {TG.status, TG.statusDate, TG.statusNotBefore, TG.statusStatedIn, TG.notAfter, TG.approximate, TG.drafted}
    assert used | spare == set(terms(ontology))


def test_the_ontology_says_what_it_is(ontology: Graph) -> None:
    for what in (DCTERMS.title, DCTERMS.description):
        assert languages(ontology, ONTOLOGY, what) == ["en", "lv"]
    for what in (OWL.versionIRI, DCTERMS.license, DCTERMS.creator, DCTERMS.created, DCTERMS.modified):
        assert ontology.value(ONTOLOGY, what) is not None, what
    assert str(ontology.value(ONTOLOGY, VANN.preferredNamespacePrefix)) == "tg"


def test_every_rule_that_runs_is_described_and_every_described_one_runs(ontology: Graph) -> None:
    described = {slug_of(rule) for rule in ontology.subjects(RDF.type) if str(rule).startswith(thing("rule", ""))}
    replaced = set(map(slug_of, ontology.subjects(DCTERMS.isReplacedBy)))
    assert described - replaced == {*RULES, slug_of(DESCRIPTION), "figure-assessment"}


def test_every_concept_has_a_preferred_label_a_language_and_shares_it_with_none_of_its_scheme(ontology: Graph) -> None:
    for concept in ontology.subjects(RDF.type, SKOS.Concept):
        assert languages(ontology, concept, SKOS.prefLabel) == ["en", "lv"], concept
    for scheme in ontology.subjects(RDF.type, SKOS.ConceptScheme):
        concepts = set(ontology.subjects(SKOS.inScheme, scheme))
        labels = [label for concept in concepts for label in ontology.objects(concept, SKOS.prefLabel)]
        assert len(labels) == len(set(labels)), scheme
        # Schemes and their concepts point at each other.
        tops = set(ontology.objects(scheme, SKOS.hasTopConcept))
        assert tops == set(ontology.subjects(SKOS.topConceptOf, scheme)) == concepts
        assert languages(ontology, scheme, RDFS.label) == ["en", "lv"]


def test_words_of_a_page_are_hidden_labels_and_no_preferred_or_alternative_ones(towns: LinkedTowns) -> None:
    assert (None, SKOS.altLabel, None) not in towns.merged
    for concept, label in towns.merged.subject_objects(SKOS.prefLabel):
        assert (concept, SKOS.hiddenLabel, label) not in towns.merged


def test_the_area_scheme_holds_the_thirty_three_areas_of_the_page(towns: LinkedTowns) -> None:
    concepts = set(towns.merged.subjects(SKOS.inScheme, thing("scheme", "area")))
    assert concepts == set(towns.merged.objects(None, TG.area))
    assert len(concepts) == 33


def test_matches_go_by_their_strength_and_only_to_known_vocabularies(towns: LinkedTowns) -> None:
    known = ("http://www.wikidata.org/entity/Q", "http://eurovoc.europa.eu/", "http://publications.europa.eu/resource/")
    for term in (SKOS.exactMatch, SKOS.closeMatch, SKOS.broadMatch, SKOS.relatedMatch):
        assert all(str(match).startswith(known) for match in towns.merged.objects(None, term))
    assert (thing("area", "addiction-prevention"), SKOS.exactMatch, None) not in towns.merged


def test_the_json_ld_context_knows_every_term_of_ours(ontology: Graph) -> None:
    context = json.loads((FOLDER / "context.jsonld").read_text("utf-8"))["@context"]
    named = {value["@id"] if isinstance(value, dict) else value for value in context.values()}
    assert {f"tg:{slug_of(term)}" for term in terms(ontology)} <= named


def test_every_thing_of_ours_is_of_a_known_kind(towns: LinkedTowns) -> None:
    nodes = {str(node) for triple in towns.merged for node in triple}
    assert {found[1] for node in nodes if (found := re.match(f"{BASE}id/([^/]+)", node))} <= set(KINDS)


def test_every_place_is_named_in_latvian_english_and_its_own_language(towns: LinkedTowns) -> None:
    for town in towns.towns:
        tags = languages(towns.merged, thing("place", town.slug), SDO.name)
        assert {"lv", "en"} <= set(tags), town.slug
        assert len(tags) == (2 if town.slug == "jelgava" else 3), town.slug
