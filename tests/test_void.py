"""What the data say of themselves: found by the queries that editors send, and right."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from rdflib import Dataset, Graph, Literal, URIRef
from rdflib.namespace import RDF, RDFS, SDO, XSD

from asking import rows
from twingraph.curation.graph import filled
from twingraph.query.engine import GRAPHS, Engine
from twingraph.query.questions import questions
from twingraph.release.void import describe, service_description
from twingraph.settings import BASE, VOID, Settings
from twingraph.vocab import DCAT, DESCRIPTION, ENDPOINT, PREFIXES, RDFG, SD, SH, TG, VOID_EXT, part, thing
from twingraph.vocab import VOID as VOIDS

if TYPE_CHECKING:
    from twingraph.release.folder import Release
    from twingraph.release.records import LinkedTowns

DATASET = thing("dataset", "twin-towns")
HERE = "http://127.0.0.1:8000/made-up/sparql"
COUNTED_ALONE = "FILTER(?graph != rule:description)"

# The three queries of the README of sib-swiss/sparql-editor, as they stand there.
CLASSES = """
PREFIX void: <http://rdfs.org/ns/void#>
PREFIX void-ext: <http://ldf.fi/void-ext#>
SELECT DISTINCT ?subjectClass ?prop ?objectClass ?objectDatatype
WHERE {
    {
        ?cp void:class ?subjectClass ;
            void:propertyPartition ?pp .
        ?pp void:property ?prop .
        OPTIONAL {
            {
                ?pp  void:classPartition [ void:class ?objectClass ] .
            } UNION {
                ?pp void-ext:datatypePartition [ void-ext:datatype ?objectDatatype ] .
            }
        }
    } UNION {
        ?linkset void:subjectsTarget ?subjectClass ;
            void:linkPredicate ?prop ;
            void:objectsTarget ?objectClass .
    }
}
"""
EXAMPLES = """
PREFIX sh: <http://www.w3.org/ns/shacl#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
SELECT DISTINCT ?sq ?comment ?query
WHERE {
    ?sq a sh:SPARQLExecutable ;
        rdfs:comment ?comment ;
        sh:select|sh:ask|sh:construct|sh:describe ?query .
} ORDER BY ?sq
"""
DECLARED = """
PREFIX sh: <http://www.w3.org/ns/shacl#>
SELECT DISTINCT ?prefix ?namespace
WHERE { [] sh:namespace ?namespace ; sh:prefix ?prefix }
ORDER BY ?prefix
"""


@pytest.fixture(scope="module")
def described(release: Release) -> bytes:
    return release.read(VOID)


@pytest.fixture(scope="module")
def description(described: bytes) -> Graph:
    return Graph().parse(data=described)


# What editors ask


def test_an_editor_learns_which_properties_a_class_has_and_what_they_lead_to(engine: Engine) -> None:
    found = {
        tuple(row.get(name, "") for name in ("subjectClass", "prop", "objectClass", "objectDatatype"))
        for row in rows(engine, CLASSES)
    }
    assert (str(TG.Agreement), str(TG.party), str(SDO.City), "") in found
    assert (str(TG.Agreement), str(TG.signed), "", str(XSD.gYear)) in found
    assert (str(TG.Agreement), str(TG.signed), "", str(XSD.date)) in found
    assert (str(SDO.City), str(SDO.name), "", str(RDF.langString)) in found
    assert not any(str(TG.Mention) == kind and str(TG.signed) == term for kind, term, *_ in found)


def test_an_editor_is_offered_every_named_query_in_both_languages(engine: Engine) -> None:
    found = {(row["sq"], row["comment"], row["query"]) for row in rows(engine, EXAMPLES)}
    told = {
        (thing("query", asked.name), asked.text, said) for asked in questions() for said in asked.summaries.values()
    }
    assert found == {(str(name), said, text) for name, text, said in told}


def test_an_editor_learns_every_prefix(engine: Engine) -> None:
    assert {row["prefix"]: row["namespace"] for row in rows(engine, DECLARED)} == PREFIXES


# Whether it is right


def test_the_counts_are_those_of_the_graph_without_what_describes_it(engine: Engine) -> None:
    counted = rows(
        engine,
        f"""SELECT (COUNT(*) AS ?triples) (COUNT(DISTINCT ?p) AS ?properties) (COUNT(DISTINCT ?s) AS ?subjects) {{
        SELECT DISTINCT ?s ?p ?o {{ GRAPH ?graph {{ ?s ?p ?o }} {COUNTED_ALONE} }} }}""",
    )
    stated = rows(
        engine,
        f"""SELECT ?triples ?properties ?subjects {{
        <{DATASET}> void:triples ?triples ; void:properties ?properties ; void:distinctSubjects ?subjects }}""",
    )
    assert counted == stated


def test_every_class_is_counted_with_its_members(engine: Engine) -> None:
    counted = rows(
        engine,
        f"""SELECT ?class (COUNT(DISTINCT ?s) AS ?entities) {{
        GRAPH ?graph {{ ?s a ?class }} {COUNTED_ALONE} }} GROUP BY ?class ORDER BY ?class""",
    )
    stated = rows(
        engine,
        f"""SELECT ?class ?entities {{
        <{DATASET}> void:classPartition ?part . ?part void:class ?class ; void:entities ?entities }} ORDER BY ?class""",
    )
    assert counted == stated
    assert {"class": str(TG.Agreement), "entities": "13"} in stated


def test_every_property_is_counted_by_class(engine: Engine) -> None:
    counted = rows(
        engine,
        f"""SELECT ?class ?p (COUNT(*) AS ?triples) (COUNT(DISTINCT ?o) AS ?objects) {{
        {{ SELECT DISTINCT ?class ?s ?p ?o {{ GRAPH ?graph {{ ?s ?p ?o }} {COUNTED_ALONE} ?s a ?class
           FILTER EXISTS {{ GRAPH ?other {{ ?s a ?class }} FILTER(?other != rule:description) }} }} }}
        }} GROUP BY ?class ?p ORDER BY ?class ?p""",
    )
    stated = rows(
        engine,
        f"""SELECT ?class ?p ?triples ?objects {{
        <{DATASET}> void:classPartition ?part . ?part void:class ?class ; void:propertyPartition ?term .
        ?term void:property ?p ; void:triples ?triples ; void:distinctObjects ?objects }} ORDER BY ?class ?p""",
    )
    assert counted == stated


def test_a_graph_is_counted_the_same_whichever_way_its_triples_come() -> None:
    """Made-up triples: two cities, one twinned with the other, one with two names."""
    made_up = [
        (DATASET, RDF.type, DCAT.Dataset),
        (URIRef("urn:made-up:a"), RDF.type, SDO.City),
        (URIRef("urn:made-up:b"), RDF.type, SDO.City),
        (URIRef("urn:made-up:a"), TG.twinnedWith, URIRef("urn:made-up:b")),
        (URIRef("urn:made-up:a"), SDO.name, Literal("A", "en")),
        (URIRef("urn:made-up:a"), SDO.name, Literal("Ā", "lv")),
    ]
    one, other = (describe(filled(Graph(), triples), []) for triples in (made_up, reversed(made_up)))
    assert one == other
    counted, names = filled(Graph(), one), part(DATASET, "class", "schema:City", "schema:name")
    assert counted.value(names, VOIDS.triples) == Literal(2)
    assert counted.value(names, VOIDS.distinctSubjects) == Literal(1)
    assert counted.value(URIRef(f"{names}/rdf:langString"), VOID_EXT.datatype) == RDF.langString
    twinned = part(DATASET, "class", "schema:City", "tg:twinnedWith", "schema:City")
    assert counted.value(twinned, VOIDS.triples) == Literal(1)
    assert counted.value(DATASET, VOIDS.triples) == Literal(6)


# Where it stands


def test_the_dumps_hold_the_facts_and_the_description_is_served_beside_them(
    engine: Engine, description: Graph, towns: LinkedTowns
) -> None:
    assert not [term for term in towns.merged.predicates() if str(term).startswith((str(VOIDS), str(SD), str(SH)))]
    assert all(isinstance(node, URIRef | Literal) for triple in description for node in triple)
    graphs = rows(engine, "SELECT DISTINCT ?graph { GRAPH ?graph { ?query a sh:SPARQLExecutable } }")
    assert graphs == [{"graph": str(DESCRIPTION)}]
    [all_triples, described] = (
        int(rows(engine, f"SELECT (COUNT(*) AS ?n) {{ {pattern} }}")[0]["n"])
        for pattern in ("?s ?p ?o", "GRAPH rule:description { ?s ?p ?o }")
    )
    assert described == len(description)
    assert description.value(description.value(DATASET, SD.defaultGraph), VOIDS.triples) == Literal(all_triples)


def test_every_named_graph_is_listed_as_one(engine: Engine, description: Graph, towns: LinkedTowns) -> None:
    names = {graph for *_, graph in towns.quads()}
    assert set(towns.merged.subjects(RDF.type, RDFG.Graph)) == names
    assert set(description.objects(DATASET, SD.namedGraph)) == names | {DESCRIPTION}
    listed = rows(engine, "SELECT DISTINCT ?graph { GRAPH ?graph {} ?graph a rdfg:Graph }")
    assert {row["graph"] for row in listed} == set(map(str, names | {DESCRIPTION}))


def test_an_example_says_of_which_form_it_is(description: Graph) -> None:
    town, town_as_graph = thing("query", "agreement-with-jelgava"), thing("query", "one-town-as-a-graph")
    assert (town, RDF.type, SH.SPARQLAskExecutable) in description
    assert (town_as_graph, RDF.type, SH.SPARQLConstructExecutable) in description
    assert len(set(description.subjects(RDF.type, SH.SPARQLExecutable))) == len(questions())
    assert set(description.objects(None, SDO.target)) == {ENDPOINT}


# The description of a running endpoint


@pytest.mark.parametrize("media_type", GRAPHS)
def test_the_description_is_of_the_address_that_was_asked(described: bytes, media_type: str) -> None:
    text = service_description(described, HERE, Settings(), media_type)
    graph = union_of(text, media_type)
    assert set(graph.subjects(RDF.type, SD.Service)) == {URIRef(HERE)}
    assert set(graph.objects(None, SD.endpoint)) == set(graph.objects(None, SDO.target)) == {URIRef(HERE)}
    assert ENDPOINT not in {*graph.subjects(), *graph.objects()}


def union_of(text: bytes, media_type: str) -> Graph:
    dataset = Dataset(default_union=True)
    form = {"application/ld+json": "json-ld", "application/n-quads": "nquads", "application/n-triples": "nt"}
    dataset.parse(data=text, format=form.get(media_type, media_type))
    return dataset


def test_the_description_states_the_limits_of_this_server(described: bytes) -> None:
    settings = Settings(seconds=2.5, mebibytes=123)
    graph = Graph().parse(data=service_description(described, HERE, settings, "text/turtle"))
    limits = {
        str(graph.value(limit, SDO.name, any=True)): graph.value(limit, SDO.value)
        for limit in graph.objects(URIRef(HERE), SDO.additionalProperty)
    }
    values = {str(value) for value in limits.values()}
    assert {"2.5", "123"} <= values
    assert len(limits) == 4


def test_the_description_promises_no_feature_that_is_not_there(description: Graph) -> None:
    graph = description
    assert set(graph.objects(ENDPOINT, SD.feature)) == {SD.UnionDefaultGraph}
    assert set(graph.objects(ENDPOINT, SD.supportedLanguage)) == {SD.SPARQL11Query}
    assert len(set(graph.objects(ENDPOINT, SD.resultFormat))) == 10


def test_the_description_is_the_same_every_time_in_every_format(described: bytes) -> None:
    for media_type in GRAPHS:
        first, second = (service_description(described, HERE, Settings(), media_type) for _ in range(2))
        assert first == second, media_type


def test_what_ships_for_harvesters_needs_no_server(release: Release, towns: LinkedTowns) -> None:
    terms = Graph().parse(release.path("ontology.ttl"))
    assert set(terms) == set(towns.graph(URIRef(f"{BASE}ns")))
    shapes = Graph().parse(release.path("shapes.ttl"))
    assert len(set(shapes.subjects(SH.severity))) > 50
    assert all(isinstance(label.language, str) for label in terms.objects(None, RDFS.label))
