"""The clients that people use, as they are published, against a server of the release."""

import io
import json
import shutil
import subprocess
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pandas as pd
import pytest
from pyld import jsonld
from pyoxigraph import CanonicalizationAlgorithm, Dataset, Quad, RdfFormat, parse
from rdflib import Graph, Literal, URIRef
from rdflib.namespace import SDO
from rdflib.plugins.stores.sparqlstore import SPARQLStore
from SPARQLWrapper import SPARQLWrapper
from SPARQLWrapper.SPARQLExceptions import QueryBadFormed

from engines import packages, program
from serving import Server
from twingraph.vocab import TG, thing

CLIENTS = Path(__file__).parent / "clients"
PARTNERS = "SELECT ?town { place:jelgava tg:twinnedWith ?town } ORDER BY ?town"
NAMES = "CONSTRUCT { ?town schema:name ?name } { place:jelgava tg:twinnedWith ?town . ?town schema:name ?name }"
TWINNED = "ASK { place:jelgava tg:twinnedWith place:alcamo }"
JELGAVA, ALCAMO = thing("place", "jelgava"), thing("place", "alcamo")
WAYS = [("GET", "urlencoded"), ("POST", "urlencoded"), ("POST", "postdirectly")]


def wrapper(server: Server, way: tuple[str, str], query: str, form: str) -> SPARQLWrapper:
    client = SPARQLWrapper(server.endpoint, returnFormat=form)
    client.setMethod(way[0])
    client.setRequestMethod(way[1])
    client.setQuery(query)
    return client


def in_node(request: pytest.FixtureRequest, script: str, given: object) -> Any:  # noqa: ANN401 - what the script gives
    """Hand a script something in JSON, with the packages of others beside it."""
    node, folder = program("node", "Debian nodejs"), packages(CLIENTS, request)
    shutil.copyfile(CLIENTS / script, folder / script)
    said = subprocess.check_output([node, script], cwd=folder, input=json.dumps(given), text=True, timeout=120)
    return json.loads(said)


# SPARQLWrapper warns of every media type that it did not expect, and here a warning is an error.


@pytest.mark.parametrize("way", WAYS, ids=" ".join)
def test_sparqlwrapper_reads_solutions_and_truth_in_every_format(server: Server, way: tuple[str, str]) -> None:
    rows = wrapper(server, way, PARTNERS, "json").queryAndConvert()["results"]["bindings"]
    towns = [row["town"]["value"] for row in rows]
    assert (len(towns), str(ALCAMO) in towns) == (14, True)
    uris = wrapper(server, way, PARTNERS, "xml").queryAndConvert().getElementsByTagName("uri")
    assert [uri.firstChild.data for uri in uris] == towns
    assert wrapper(server, way, PARTNERS, "csv").queryAndConvert().decode().split() == ["town", *towns]
    lines = wrapper(server, way, PARTNERS, "tsv").queryAndConvert().decode().split()
    assert lines == ["?town", *(f"<{town}>" for town in towns)]
    assert wrapper(server, way, TWINNED, "json").queryAndConvert()["boolean"] is True
    assert "<boolean>true</boolean>" in wrapper(server, way, TWINNED, "xml").queryAndConvert().toxml()
    assert wrapper(server, way, TWINNED, "csv").queryAndConvert().strip() == b"true"


# SPARQLWrapper makes its graphs by a class that rdflib would rather see the last of.
@pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated:DeprecationWarning")
# It says itself that it asks for RDF of any kind only in the address.
@pytest.mark.filterwarnings("ignore:Sending Accept header:RuntimeWarning")
@pytest.mark.parametrize("form", ["turtle", "n3", "rdf", "rdf+xml", "xml", "json-ld"])
@pytest.mark.parametrize("way", WAYS, ids=" ".join)
def test_sparqlwrapper_reads_graphs_in_every_format(server: Server, way: tuple[str, str], form: str) -> None:
    found = wrapper(server, way, NAMES, form).queryAndConvert()
    graph = found if isinstance(found, Graph) else Graph().parse(data=found, format="turtle")
    assert (ALCAMO, SDO.name, Literal("Alkamo", "lv")) in graph


@pytest.mark.parametrize("way", WAYS, ids=" ".join)
def test_sparqlwrapper_shows_what_is_wrong_with_a_query(server: Server, way: tuple[str, str]) -> None:
    with pytest.raises(QueryBadFormed, match="Line 1, column 10, at oops"):
        wrapper(server, way, "SELECT * oops", "json").query()


def test_sparqlwrapper_states_the_dataset(server: Server) -> None:
    client = wrapper(server, WAYS[0], "SELECT ?s { ?s ?p ?o }", "json")
    client.addDefaultGraph("https://example.org/made-up/unknown")
    assert client.queryAndConvert()["results"]["bindings"] == []


# rdflib


@pytest.mark.parametrize("method", ["GET", "POST", "POST_FORM"])
def test_rdflib_s_store_reads_the_endpoint_as_a_graph(server: Server, method: str) -> None:
    graph = Graph(SPARQLStore(server.endpoint, method=method))
    assert ALCAMO in set(graph.objects(JELGAVA, TG.twinnedWith))
    assert (JELGAVA, TG.twinnedWith, ALCAMO) in graph
    assert len(list(graph.query(f"SELECT ?town {{ <{JELGAVA}> <{TG.twinnedWith}> ?town }}"))) == 14
    assert graph.query(f"ASK {{ <{JELGAVA}> <{TG.twinnedWith}> <{ALCAMO}> }}").askAnswer is True
    named = graph.query(f"CONSTRUCT {{ ?s ?p ?o }} {{ ?s ?p ?o . VALUES ?s {{ <{ALCAMO}> }} }}").graph
    assert (ALCAMO, SDO.name, Literal("Alkamo", "lv")) in named


def test_rdflib_asks_the_endpoint_from_within_a_query(server: Server) -> None:
    mine = Graph().parse(data=f"<urn:made-up> <urn:visited> <{ALCAMO}> .", format="turtle")
    query = f"""SELECT ?town ?name {{
      ?me <urn:visited> ?town
      SERVICE <{server.endpoint}> {{ ?town <{SDO.name}> ?name FILTER (LANG(?name) = "lv") }}
    }}"""
    assert {(row.town, row.name) for row in mine.query(query)} == {(ALCAMO, Literal("Alkamo", "lv"))}


# Tables


def test_pandas_reads_a_table_from_an_address_and_by_a_header(server: Server) -> None:
    table = pd.read_csv(f"{server.endpoint}?{urlencode({'query': PARTNERS, 'format': 'csv'})}")
    assert (list(table.columns), len(table), str(ALCAMO) in set(table.town)) == (["town"], 14, True)
    options = {"Accept": "text/tab-separated-values", "Accept-Encoding": "gzip"}
    address = f"{server.endpoint}?{urlencode({'query': 'SELECT ?s ?p ?o { ?s ?p ?o } ORDER BY ?s ?p ?o LIMIT 500'})}"
    table = pd.read_csv(address, sep="\t", storage_options=options, quoting=3)
    assert (list(table.columns), len(table)) == (["?s", "?p", "?o"], 500)


def test_one_who_sends_no_headers_gets_json_or_turtle(server: Server) -> None:
    for query, media_type in (
        (PARTNERS, "application/sparql-results+json"),
        (NAMES, "text/turtle; charset=utf-8"),
        (None, "text/turtle; charset=utf-8"),
    ):
        answer = server.ask("/sparql" + (f"?{urlencode({'query': query})}" if query else ""))
        assert (answer.media_type, len(answer.body) > 500) == (media_type, True)


# Comunica


def test_comunica_finds_out_that_this_is_an_endpoint_and_asks_it(
    server: Server, request: pytest.FixtureRequest
) -> None:
    partners = f"SELECT ?town {{ <{JELGAVA}> <{TG.twinnedWith}> ?town }}"
    names = f"CONSTRUCT {{ ?town <{SDO.name}> ?name }} {{ ?town <{TG.twinnedWith}> <{JELGAVA}> ; <{SDO.name}> ?name }}"
    twinned = f"ASK {{ <{JELGAVA}> <{TG.twinnedWith}> <{ALCAMO}> }}"
    # The description of the service holds no towns: one who takes the address for a file finds nothing in it.
    asked = [[server.endpoint, query] for query in (partners, names, twinned)] + [[server.endpoint + "/", partners]]
    towns, triples, truth, again = in_node(request, "ask.js", asked)
    assert len(pd.read_csv(io.StringIO(towns))) == len(pd.read_csv(io.StringIO(again))) == 14
    assert (ALCAMO, URIRef(SDO.name), Literal("Alkamo", "lv")) in Graph().parse(data=triples, format="nt")
    assert truth.strip() == "true"


# JSON-LD, wherever it is given: readers that are not ours read in it what the N-Triples say, and nothing is lost

DESCRIBED = """CONSTRUCT { ?town a ?class ; schema:name ?name ; tg:made-up [ a rdf:type ] }
{ ?town a ?class ; tg:twinnedWith place:jelgava ; schema:name ?name }"""
DOCUMENTS = [
    *("/dumps/1.1.0/twingraph", "/doc/place/jelgava", "/doc/agreement/jelgava-alcamo-2002", "/doc/dataset/twin-towns"),
    *("/catalog", "/.well-known/void", "/ns", "/shapes", "/sparql"),
]


def statements(text: str | bytes) -> set[str]:
    """Give triples as lines in which blank nodes bear the names of RDFC-1.0."""
    dataset = Dataset(Quad(*quad.triple) for quad in parse(text, format=RdfFormat.N_QUADS))
    dataset.canonicalize(CanonicalizationAlgorithm.UNSTABLE)
    return {str(quad) for quad in dataset}


def documents(server: Server, path: str) -> tuple[str, str]:
    """Give a document as JSON-LD and as N-Triples."""
    endings, types = ("jsonld", "nt"), ("application/ld+json", "application/n-triples")
    if path.startswith(("/dumps", "/doc", "/catalog")):
        both = [server.ask(f"{path}.{ending}") for ending in endings]
    else:
        asked = f"?{urlencode({'query': DESCRIBED})}" if path == "/sparql" else ""
        both = [server.ask(path + asked, headers={"Accept": each}) for each in types]
    assert [answer.status for answer in both] == [200, 200]
    return both[0].text, both[1].text


@pytest.mark.parametrize("path", DOCUMENTS)
def test_readers_in_python_read_what_the_n_triples_say(server: Server, path: str) -> None:
    written, triples = documents(server, path)
    assert statements(jsonld.to_rdf(json.loads(written), {"format": "application/n-quads"})) == statements(triples)
    # rdflib writes some values in a form of its own, whatever it read them from.
    by_rdflib = [Graph().parse(data=each, format=form) for each, form in ((written, "json-ld"), (triples, "nt"))]
    assert statements(by_rdflib[0].serialize(format="nt")) == statements(by_rdflib[1].serialize(format="nt"))


def test_readers_in_javascript_read_what_the_n_triples_say(server: Server, request: pytest.FixtureRequest) -> None:
    both = [documents(server, path) for path in DOCUMENTS]
    found = in_node(request, "read.js", [written for written, _ in both])
    for path, (_, triples), read in zip(DOCUMENTS, both, found, strict=True):
        assert [statements(each) == statements(triples) for each in read] == [True, True], path


@pytest.mark.parametrize("path", DOCUMENTS)
def test_classes_are_given_by_keyword_and_no_identifier_is_relative(server: Server, path: str) -> None:
    written, _ = documents(server, path)
    assert '22-rdf-syntax-ns#type":' not in written
    assert "made-up-base:" not in json.dumps(jsonld.expand(json.loads(written), {"base": "made-up-base:/"}))
