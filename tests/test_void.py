"""What the data say of themselves: found by the queries that editors send, and right."""

from pathlib import Path

import pytest
from rdflib import Dataset, Graph, Literal, URIRef
from rdflib.namespace import RDF, RDFS, SDO, XSD

from asking import rows
from twingraph.curation.graph import filled
from twingraph.query.engine import GRAPHS, Engine
from twingraph.query.questions import questions
from twingraph.release.folder import Release
from twingraph.release.rdf import write
from twingraph.release.records import LinkedTowns
from twingraph.release.void import describe, service_description
from twingraph.settings import BASE, VOID, Settings
from twingraph.vocab import DCAT, DESCRIPTION, RDFG, SD, SH, TG, VOID_EXT, address, part, prefixes, thing
from twingraph.vocab import VOID as VOIDS

ENDPOINT, DATASET = address("sparql"), thing("dataset", "twin-towns")
HERE = "http://127.0.0.1:8000/made-up/sparql"

# The three queries of the README of sib-swiss/sparql-editor, as they stand there.
CLASSES, EXAMPLES, DECLARED = (
    Path(__file__).with_name("sib_editor").joinpath(f"{name}.rq").read_text("utf-8")
    for name in ("classes", "examples", "prefixes")
)


@pytest.fixture(scope="module")
def described(release: Release) -> bytes:
    return release.read(VOID)


@pytest.fixture(scope="module")
def description(described: bytes) -> Graph:
    return Graph().parse(data=described)


# What editors ask


def test_an_editor_learns_which_properties_a_class_has_and_what_they_lead_to(engine: Engine) -> None:
    names = ("subjectClass", "prop", "objectClass", "objectDatatype")
    found = {tuple(URIRef(row.get(name, "")) for name in names) for row in rows(engine, CLASSES)}
    dated = {(TG.Agreement, TG.signed, URIRef(""), datatype) for datatype in (XSD.gYear, XSD.date)}
    named = (SDO.City, SDO.name, URIRef(""), RDF.langString)
    assert {(TG.Agreement, TG.party, SDO.City, URIRef("")), *dated, named} <= found
    assert (TG.Mention, TG.signed) not in {each[:2] for each in found}


def test_an_editor_is_offered_every_named_query_in_both_languages_and_every_prefix(
    engine: Engine, release: Release
) -> None:
    found = {(row["sq"], row["comment"], row["query"]) for row in rows(engine, EXAMPLES)}
    assert found == {
        (str(thing("query", asked.name)), summary, asked.text)
        for asked in questions(release.manifest["defaults"])
        for summary in asked.summaries.values()
    }
    assert {row["prefix"]: row["namespace"] for row in rows(engine, DECLARED)} == prefixes()


# Whether it is right


@pytest.mark.parametrize("each", ["all", "class", "property"])
def test_the_counts_are_those_of_the_graph_without_what_describes_it(engine: Engine, each: str) -> None:
    counted, stated = (Path(__file__).with_name("counts") / f"{each}-{how}.rq" for how in ("counted", "stated"))
    found = rows(engine, stated.read_text("utf-8"))
    assert rows(engine, counted.read_text("utf-8")) == found != []


def test_a_graph_is_counted_the_same_whichever_way_its_triples_come() -> None:
    """Made-up triples: two cities, one twinned with the other, one with two names."""
    a, b = URIRef("urn:made-up:a"), URIRef("urn:made-up:b")
    made_up = [(DATASET, RDF.type, DCAT.Dataset), (a, RDF.type, SDO.City), (b, RDF.type, SDO.City)]
    made_up += [(a, TG.twinnedWith, b), (a, SDO.name, Literal("A", "en")), (a, SDO.name, Literal("Ā", "lv"))]
    one, other = (describe(filled(Graph(), triples), [], {}) for triples in (made_up, reversed(made_up)))
    assert one == other
    counted, names = Graph().parse(data=write(one, "text/turtle")), part(DATASET, "class", "schema:City", "schema:name")
    twinned = part(DATASET, "class", "schema:City", "tg:twinnedWith", "schema:City")
    assert counted.value(URIRef(f"{names}/rdf:langString"), VOID_EXT.datatype) == RDF.langString
    assert counted.value(names, VOIDS.distinctSubjects) == Literal(1)
    assert [int(counted.value(each, VOIDS.triples)) for each in (DATASET, names, twinned)] == [6, 2, 1]


# Where it stands


def test_the_dumps_hold_the_facts_and_the_description_is_served_beside_them(
    engine: Engine, description: Graph, towns: LinkedTowns
) -> None:
    assert not [term for term in towns.merged.predicates() if str(term).startswith((str(VOIDS), str(SD), str(SH)))]
    assert all(isinstance(node, URIRef | Literal) for triple in description for node in triple)
    graphs = rows(engine, "SELECT DISTINCT ?graph { GRAPH ?graph { ?query a sh:SPARQLExecutable } }")
    assert graphs == [{"graph": str(DESCRIPTION)}]
    stated = description.value(description.value(DATASET, SD.defaultGraph), VOIDS.triples)
    for pattern, number in (("?s ?p ?o", stated), ("GRAPH rule:description { ?s ?p ?o }", len(description))):
        assert rows(engine, f"SELECT (COUNT(*) AS ?n) {{ {pattern} }}") == [{"n": str(number)}]


def test_every_named_graph_is_listed_as_one(engine: Engine, description: Graph, towns: LinkedTowns) -> None:
    names = {graph for *_, graph in towns.quads()}
    assert set(towns.merged.subjects(RDF.type, RDFG.Graph)) == names
    assert set(description.objects(DATASET, SD.namedGraph)) == names | {DESCRIPTION}
    listed = rows(engine, "SELECT DISTINCT ?graph { GRAPH ?graph {} ?graph a rdfg:Graph }")
    assert {row["graph"] for row in listed} == set(map(str, names | {DESCRIPTION}))


def test_an_example_says_of_which_form_it_is_and_the_endpoint_promises_no_feature_that_is_not_there(
    description: Graph,
) -> None:
    assert (thing("query", "agreement-between-two-towns"), RDF.type, SH.SPARQLAskExecutable) in description
    assert (thing("query", "one-town-as-a-graph"), RDF.type, SH.SPARQLConstructExecutable) in description
    assert set(description.objects(None, SDO.target)) == {ENDPOINT}
    assert set(description.objects(ENDPOINT, SD.feature)) == {SD.UnionDefaultGraph}
    assert set(description.objects(ENDPOINT, SD.supportedLanguage)) == {SD.SPARQL11Query}
    formats = set(description.objects(ENDPOINT, SD.resultFormat))
    assert (len(formats), {str(each).rpartition("/")[0] for each in formats}) == (10, {"http://www.w3.org/ns/formats"})


# The description of a running endpoint


@pytest.mark.parametrize("media_type", GRAPHS)
def test_the_description_is_of_the_address_that_was_asked_and_the_same_every_time(
    described: bytes, media_type: str
) -> None:
    text, again = (service_description(described, HERE, Settings(), media_type) for _ in range(2))
    form = {"application/ld+json": "json-ld", "application/n-quads": "nquads", "application/n-triples": "nt"}
    graph = Dataset(default_union=True).parse(data=text, format=form.get(media_type, media_type))
    assert text == again
    assert set(graph.subjects(RDF.type, SD.Service)) == {URIRef(HERE)}
    assert set(graph.objects(None, SD.endpoint)) == set(graph.objects(None, SDO.target)) == {URIRef(HERE)}
    assert ENDPOINT not in {*graph.subjects(), *graph.objects()}


def test_the_description_states_the_limits_of_this_server(described: bytes) -> None:
    settings = Settings(seconds=2.5, mebibytes=123)
    graph = Graph().parse(data=service_description(described, HERE, settings, "text/turtle"))
    limits = [str(value) for value in graph.objects(URIRef(HERE), SDO.additionalProperty / SDO.value)]
    assert ({"2.5", "123"} < set(limits), len(limits)) == (True, 4)


def test_what_ships_for_harvesters_needs_no_server(release: Release, towns: LinkedTowns) -> None:
    terms = Graph().parse(release.path("ontology.ttl"))
    assert set(terms) == set(towns.graph(URIRef(f"{BASE}ns")))
    assert len(set(Graph().parse(release.path("shapes.ttl")).subjects(SH.severity))) > 50
    assert all(isinstance(label.language, str) for label in terms.objects(None, RDFS.label))
