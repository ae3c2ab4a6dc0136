"""The protocol, row by row: SPARQL 1.1 Protocol and Service Description, RFC 9110, RFC 9457 and CORS."""

from __future__ import annotations

import gzip
import json
import re
import sys
import time
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

import pytest
from rdflib import RDF, SDO, XSD, Graph, Literal, Namespace, URIRef

from releases import remade
from serving import Answer, Server, started
from twingraph.cli import serve
from twingraph.query.engine import GRAPHS, RESULTS
from twingraph.query.questions import questions
from twingraph.settings import QUADS, Settings
from twingraph.web.http import LIMITS

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from flask import Flask

    from serving import Body
    from twingraph.release.build import Release

SD = Namespace("http://www.w3.org/ns/sparql-service-description#")
SH = Namespace("http://www.w3.org/ns/shacl#")
W3C = "http://kasei.us/2009/09/sparql/data/"
DATA = [f"{W3C}data{number}.rdf" for number in range(4)]

JSON, XML, CSV, TSV = RESULTS
TURTLE, NTRIPLES, JSONLD, RDFXML, TRIG, NQUADS = GRAPHS
PROBLEM, TEXT = "application/problem+json", "text/plain; charset=utf-8"
FORM, DIRECT = "application/x-www-form-urlencoded", "application/sparql-query"
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8"

ASK = "ASK {}"
SELECT = "SELECT (1 AS ?n) {}"
CONSTRUCT = "CONSTRUCT { <urn:s> <urn:p> 1 } {}"
DESCRIBE = "DESCRIBE place:alcamo"
LONG = "SELECT * { ?s ?p ?o } ORDER BY ?s ?p ?o LIMIT 200"
LONG_PATH = f"/sparql?query={quote(LONG)}"
ENDLESS = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"


@pytest.fixture(scope="module")
def folder(release: Release, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The release, and beside it three made-up graphs of the names that W3C's tests use."""
    documents = (f"<{iri}> <{RDF.type}> <http://xmlns.com/foaf/0.1/Document> <{iri}> .\n" for iri in DATA[1:])
    quads = "".join([release.read(QUADS).decode(), *documents])
    return remade(tmp_path_factory.mktemp("made-up") / "release", {QUADS: quads}, release).folder


@pytest.fixture(scope="module")
def server(folder: Path) -> Iterator[Server]:
    with started(folder) as server:
        yield server


@pytest.fixture(scope="module")
def strict(folder: Path) -> Iterator[Server]:
    """A server whose limits are soon reached."""
    with started(folder, seconds=0.6, mebibytes=150, answer_mebibytes=1, body_kibibytes=2) as server:
        yield server


def rows(answer: Answer) -> list[dict[str, str]]:
    assert answer.status == 200, answer.text
    return [
        {name: term["value"] for name, term in row.items()} for row in json.loads(answer.body)["results"]["bindings"]
    ]


def send(server: Server, fields: str = "", body: Body = None, media_type: str | None = None, **how: str) -> Answer:
    """Ask at the endpoint; by POST where there is a body. how: the path, the method, and headers."""
    path, method = how.pop("path", "/sparql"), how.pop("method", "GET" if body is None else "POST")
    typed = {} if media_type is None else {"Content-Type": media_type}
    return server.ask(f"{path}?{fields}", method, body, typed | {name.replace("_", "-"): how[name] for name in how})


def iris(name: str, *given: str) -> str:
    return "&".join(f"{name}={quote(iri, safe='')}" for iri in given)


# W3C's own cases (w3c/rdf-tests, sparql11/protocol), by their names there

BOTH_DOCUMENTS = f"ASK {{ <{DATA[1]}> a ?type . <{DATA[2]}> a ?type . }}"
BOTH_GRAPHS = f"ASK {{ GRAPH ?g1 {{ <{DATA[1]}> a ?type }} GRAPH ?g2 {{ <{DATA[2]}> a ?type }} }}"
ALL_THREE = BOTH_GRAPHS.replace("ASK {", f"ASK {{ <{DATA[3]}> a ?type")
NOTHING = iris("default-graph-uri", DATA[0])
DEFAULT, NAMED_TWO = iris("default-graph-uri", *DATA[1:3]), iris("named-graph-uri", *DATA[1:3])
UPDATE = "application/sparql-update"

W3C_TRUE = {
    "query_get": (f"query={quote(ASK)}&{NOTHING}", None, None),
    "query_post_form": (NOTHING, f"query={quote(ASK)}", FORM),
    "query_post_direct": ("", ASK, DIRECT),
    "query_dataset_default_graphs_get": (f"query={quote(BOTH_DOCUMENTS)}&{DEFAULT}", None, None),
    "query_dataset_default_graphs_post": (DEFAULT, BOTH_DOCUMENTS, DIRECT),
    "query_dataset_named_graphs_get": (f"query={quote(BOTH_GRAPHS)}&{NAMED_TWO}", None, None),
    "query_dataset_named_graphs_post": (NAMED_TWO, BOTH_GRAPHS, DIRECT),
    "query_dataset_full": (f"{iris('default-graph-uri', DATA[3])}&{NAMED_TWO}", ALL_THREE, DIRECT),
    # W3C's file escapes the ampersand between the two graphs, which makes one name of both; what is meant is asked.
    "query_multiple_dataset": (NAMED_TWO, BOTH_GRAPHS.replace("ASK", f"ASK FROM <{DATA[3]}>", 1), DIRECT),
}
W3C_UPDATES = {
    "update_dataset_default_graph": (iris("using-graph-uri", DATA[1]), "CLEAR ALL ; INSERT DATA { <a> <b> 1 }", UPDATE),
    "update_dataset_default_graphs": (iris("using-graph-uri", *DATA[1:3]), "DROP ALL", UPDATE),
    "update_dataset_named_graphs": (iris("using-named-graph-uri", *DATA[1:3]), "DROP ALL", UPDATE),
    "update_dataset_full": (f"using-graph-uri=a&{iris('using-named-graph-uri', DATA[1])}", "DROP ALL", UPDATE),
    "update_post_form": ("", "update=CLEAR+ALL", FORM),
    "update_post_direct": ("", "CLEAR ALL", UPDATE),
    "update_base_uri": ("", "INSERT DATA { GRAPH <g> { <s> <p> <test> } }", UPDATE),
    "bad_update_get": ("update=CLEAR%20ALL", None, None),
    "bad_multiple_updates": ("", "update=CLEAR%20NAMED&update=CLEAR%20DEFAULT", FORM),
    "bad_update_wrong_media_type": ("", "CLEAR NAMED", "text/plain"),
    "bad_update_missing_form_type": ("", "update=CLEAR%20NAMED", None),
    "bad_update_non_utf8": ("", "CLEAR NAMED".encode("utf-16"), f"{UPDATE}; charset=UTF-16"),
    "bad_update_syntax": ("", "update=CLEAR%20XYZ", FORM),
    "bad_update_dataset_conflict": (
        iris("using-named-graph-uri", "http://example/people"),
        "WITH <a> DELETE {}",
        UPDATE,
    ),
    # And by doors that W3C does not try
    "in a query field": (f"query={quote('DROP ALL')}", None, None),
    "beside a query": (f"query={quote(ASK)}&update=DROP+ALL", None, None),
    "beside a query in a form": ("", "query=ASK%7B%7D&update=DROP+ALL", FORM),
    "in the address of a form": ("update=DROP+ALL", "query=ASK%7B%7D", FORM),
    "as a query": ("", "PREFIX a: <b> LOAD <file:///etc/passwd>", DIRECT),
}


@pytest.mark.parametrize("name", W3C_TRUE)
def test_w3c_has_it_that_a_query_is_answered(server: Server, name: str) -> None:
    answer = send(server, *W3C_TRUE[name], path="/sparql/")
    assert (answer.status, json.loads(answer.body)["boolean"]) == (200, True)


@pytest.mark.parametrize("name", W3C_UPDATES)
def test_an_update_is_refused_in_a_sentence_whatever_way_it_comes(server: Server, name: str) -> None:
    before = server.query("SELECT (COUNT(*) AS ?n) { ?s ?p ?o }").body
    answer = send(server, *W3C_UPDATES[name], path="/sparql/")
    assert 400 <= answer.status < 500
    assert re.search(r"Update|application/sparql-query", answer.text)
    assert server.query("SELECT (COUNT(*) AS ?n) { ?s ?p ?o }").body == before


# Ways to ask


@pytest.mark.parametrize("path", ["/sparql", "/sparql/"])
@pytest.mark.parametrize(
    ("fields", "body", "media_type"),
    [
        (f"query={quote(SELECT)}", None, None),
        (f"query={quote(SELECT)}&jsonp=x&debug=on&query-timeout=1&x", None, None),
        (f"query={SELECT.replace(' ', '+')}", None, None),
        (f"query={quote(SELECT)}&default-graph-uri=&named-graph-uri=", None, None),
        ("", urlencode({"query": SELECT}), FORM),
        ("", urlencode({"query": SELECT, "timeout": "0"}), f"{FORM}; charset=UTF-8"),
        ("", urlencode({"query": SELECT}), FORM.title()),
        ("", SELECT, DIRECT),
        ("x=y", SELECT, f'{DIRECT};charset="utf-8"'),
        ("", "\ufeff" + SELECT, DIRECT),
        ("", [SELECT[:9].encode(), SELECT[9:].encode()], DIRECT),
    ],
)
def test_a_query_is_answered_in_each_of_the_protocol_s_ways(
    server: Server, path: str, fields: str, body: Body, media_type: str | None
) -> None:
    assert rows(send(server, fields, body, media_type, path=path)) == [{"n": "1"}]


@pytest.mark.parametrize(
    ("fields", "body", "media_type", "status", "sentence"),
    [
        # W3C's bad_multiple_queries, bad_query_wrong_media_type, _missing_form_type, _missing_direct_type, _non_utf8,
        # and _syntax
        ("query=ASK%20%7B%7D&query=SELECT%20%2A%20%7B%7D", None, None, 400, "has 2"),
        ("", b"ASK {}", "text/plain", 415, FORM),
        ("", b"query=ASK%20%7B%7D", None, 415, FORM),
        ("", b"ASK {}", None, 415, FORM),
        ("", "ASK {}".encode("utf-16"), f"{DIRECT}; charset=UTF-16", 415, "UTF-16"),
        ("query=ASK%20%7B", None, None, 400, "Line 1, column 6, at the end"),
        # And others
        ("default-graph-uri=urn:a", None, None, 400, "has none"),
        ("query=ASK%7B%7D&default-graph-uri=no+iri", None, None, 400, "no iri"),
        ("query=", None, None, 400, "Line 1, column 1, at the end"),
        ("query=SELECT+*+%7B%0A+oops+%7D", None, None, 400, "Line 2, column 2, at oops: "),
        ("query=ASK%7B%00%7D", None, None, 400, "Line 1, column 5"),
        ("", b"", FORM, 400, "has none"),
        ("", b"query=ASK%7B%7D&query=ASK%7B%7D", FORM, 400, "has 2"),
        ("", b"query=ASK%7B%22%E9%22%7D", FORM, 400, "not UTF-8"),
        ("", b"query=ASK{'\xe9'}", FORM, 400, "not UTF-8"),
        ("", b"query=ASK%7B%7D", f"{FORM}; charset=iso-8859-1", 415, "iso-8859-1"),
        ("query=ASK%7B%7D", b"", FORM, 400, "in the body"),
        ("query=ASK%7B%7D", b"ASK {}", DIRECT, 400, "in the body"),
        ("", b"", DIRECT, 400, "Line 1, column 1, at the end"),
        ("", "ASK {}".encode("utf-16"), DIRECT, 400, "not UTF-8"),
        ("", b"ASK {}", f"{DIRECT}; charset=latin1", 415, "latin1"),
        ("", b'{"query": "ASK {}"}', "application/json", 415, FORM),
    ],
)
def test_a_request_that_brings_no_one_query_is_refused(
    server: Server, fields: str, body: bytes | None, media_type: str | None, status: int, sentence: str
) -> None:
    answer = send(server, fields, body, media_type)
    assert (answer.status, sentence in answer.text) == (status, True)


def test_a_request_in_a_coding_is_refused_unread(server: Server) -> None:
    answer = send(server, "", gzip.compress(b"ASK {}"), DIRECT, Content_Encoding="gzip")
    assert (answer.status, "Content-Encoding" in answer.text) == (415, True)


@pytest.mark.parametrize("path", ["//sparql", "/sparql//", "/SPARQL", "/sparql/x"])
def test_the_endpoint_never_leads_elsewhere(server: Server, path: str) -> None:
    assert server.ask(f"{path}?query={quote(ASK)}").status in {200, 404}


# The dataset


def test_a_form_may_state_one_graph_in_the_address_and_one_in_the_body(server: Server) -> None:
    one, other = (iris("default-graph-uri", DATA[number]) for number in (1, 2))
    answer = send(server, other, f"query={quote('SELECT DISTINCT ?s { ?s a ?type }')}&{one}", FORM)
    assert {row["s"] for row in rows(answer)} == set(DATA[1:3])


# The format, of each form of query as W3C's query_content_type_select, _ask, _describe and _construct have it


@pytest.mark.parametrize("form", [FORM, DIRECT, None])
@pytest.mark.parametrize(
    ("accept", "results", "graph"),
    [
        (None, JSON, TURTLE),
        *((media, media, None) for media in RESULTS),
        *((media, None, media) for media in GRAPHS),
        (f"{CSV};q=0.5,{XML};q=0.6,{JSONLD};q=0.1,*/*;q=0.01", XML, JSONLD),
        ("application/json", "application/json", "application/json"),
        ("text/plain", None, None),
    ],
)
def test_the_format_is_what_accept_says_for_the_form_of_the_query(
    server: Server, form: str | None, accept: str | None, results: str | None, graph: str | None
) -> None:
    headers = {} if accept is None else {"Accept": accept}
    for query, expected in ((SELECT, results), (ASK, results), (CONSTRUCT, graph), (DESCRIBE, graph)):
        field = f"query={quote(query)}"
        sent = {FORM: ("", field, FORM), DIRECT: ("", query, DIRECT), None: (field,)}[form]
        answer = send(server, *sent, **headers)
        assert answer.status == (200 if expected else 406)
        assert answer.media_type.split(";")[0] == expected or answer.status == 406
        says = answer.media_type.startswith(("text/", XML, "application/xml"))
        assert says == ("charset=utf-8" in answer.media_type)


@pytest.mark.parametrize("field", ["format", "output"])
@pytest.mark.parametrize(
    ("name", "accept", "results", "graph"),
    [
        ("json", XML, JSON, JSONLD),
        ("csv", f"{JSON},{TURTLE}", CSV, TURTLE),
        (CSV, BROWSER, CSV, "application/xml"),
        # An unknown name never beats the header
        ("surprise", BROWSER, "text/html", "text/html"),
        ("", f"{XML},{NQUADS}", XML, NQUADS),
    ],
)
def test_those_who_can_not_set_headers_name_the_format_in_the_address(
    server: Server, field: str, name: str, accept: str | None, results: str, graph: str
) -> None:
    headers = {} if accept is None else {"Accept": accept}
    for query, expected in ((SELECT, results), (CONSTRUCT, graph)):
        answer = server.ask(f"/sparql?query={quote(query)}&{field}={name}", headers=headers)
        assert (answer.status, answer.media_type.split(";")[0]) == (200, expected)


def test_a_browser_gets_a_page_to_ask_at_and_a_page_with_the_answer(server: Server) -> None:
    form, found = (
        server.ask(path, headers={"Accept": BROWSER}) for path in ("/sparql", f"/sparql?query={quote(SELECT)}")
    )
    assert form.media_type == found.media_type == "text/html; charset=utf-8"
    assert ("<textarea" in form.text, '<td class="number">1</td>' in found.text) == (True, True)


# Errors


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [(None, TEXT), (XML, TEXT), ("application/json", PROBLEM), (f"{JSON}, */*;q=0.1", PROBLEM)],
)
@pytest.mark.parametrize(
    ("method", "path", "status", "error"),
    [
        ("GET", "/sparql?query=oops", 400, "bad-query"),
        ("GET", "/nowhere", 404, "not-found"),
        ("DELETE", "/sparql", 405, "method-not-allowed"),
        ("POST", "/sparql", 415, "unsupported-body"),
    ],
)
def test_a_refusal_is_told_as_problem_details_to_those_who_read_json_and_as_text_to_others(
    server: Server, method: str, path: str, status: int, error: str, accept: str | None, media_type: str
) -> None:
    answer = server.ask(path, method, b"" if method == "POST" else None, {} if accept is None else {"Accept": accept})
    assert (answer.status, answer.media_type, answer.headers["cache-control"]) == (status, media_type, "no-store")
    assert "Accept" in answer.varies
    if media_type == PROBLEM:
        told = json.loads(answer.body)
        assert (told["status"], told["error"], bool(told["title"])) == (status, error, True)
        assert told["detail"].endswith(".")


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "TRACE", "MADE-UP"])
@pytest.mark.parametrize("path", ["/sparql", "/sparql/", "/"])
def test_another_method_is_refused_with_those_there_are(server: Server, method: str, path: str) -> None:
    answer = server.ask(path, method)
    assert answer.status == 405
    expected = {"GET", "HEAD", "OPTIONS"} | ({"POST"} if "sparql" in path else set())
    assert set(answer.headers["allow"].split(", ")) == expected


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"ASK {}".ljust(2048), 200),
        (b"ASK {}".ljust(2049), 413),
        (b"ASK {}".ljust(1 << 20), 413),
        ([b"ASK {}".ljust(2048)], 200),
        ([b"ASK {}", b" " * 2042, b" "], 413),
        ([b"ASK {}", *[b" " * 4096] * 64], 413),
    ],
)
def test_a_body_up_to_the_limit_is_read_and_a_longer_one_refused(strict: Server, body: Body, status: int) -> None:
    answer = send(strict, "", body, DIRECT)
    assert (answer.status, "2 KiB" in answer.text) == (status, status == 413)


def test_a_query_over_a_limit_gets_an_error_that_names_the_limit_and_no_answer(strict: Server) -> None:
    told = json.loads(strict.query(ENDLESS, Accept="application/json").body)
    assert (told["status"], told["error"]) == (503, "time-limit")
    assert "after 0.6 seconds, the time limit" in told["detail"]
    assert strict.query(ENDLESS).media_type == TEXT
    assert rows(strict.query(SELECT)) == [{"n": "1"}]


# The service description


@pytest.mark.parametrize("path", ["/sparql", "/sparql/", "/sparql?x=y"])
@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        *((None, TURTLE), ("*/*", TURTLE), (JSONLD, JSONLD), (RDFXML, RDFXML)),
        *((NTRIPLES, NTRIPLES), (TRIG, TRIG), (NQUADS, NQUADS)),
        *((name, name) for name in ("application/json", "application/xml", "text/xml", "application/x-turtle")),
        # As Comunica asks
        ("application/n-quads,application/trig;q=0.95,application/ld+json;q=0.9,text/html;q=0.2", NQUADS),
    ],
)
def test_the_endpoint_describes_itself_by_the_address_that_is_asked(
    server: Server, path: str, accept: str | None, media_type: str
) -> None:
    answer = server.ask(path, headers={"Accept": accept} if accept else {})
    assert (answer.status, answer.media_type.split(";")[0]) == (200, media_type)
    known = {"n-quads": "nt", "trig": "turtle", "x-turtle": "turtle", "json": "json-ld", "xml": "xml"}
    form = next((known[end] for end in known if media_type.endswith(end)), media_type)
    described = Graph().parse(data=answer.text, format=form)
    address = URIRef(f"http://127.0.0.1:{server.port}{path.partition('?')[0]}")
    assert list(described.subjects(RDF.type, SD.Service)) == [address]
    assert list(described.objects(address, SD.endpoint)) == [address]


@pytest.fixture(scope="module")
def description(server: Server) -> Graph:
    return Graph().parse(data=server.ask("/sparql").text, format="turtle")


def test_the_address_is_the_one_of_the_request_whatever_the_host(server: Server) -> None:
    answer = server.ask("/sparql", headers={"Host": "data.example:81", "Accept": NTRIPLES})
    assert f"<http://data.example:81/sparql> <{RDF.type}> <{SD.Service}> ." in answer.text


@pytest.mark.parametrize("host", ['a"b', "a>b", "a/b", "a b", "a@b", "é", "[::1"])
def test_a_host_that_is_none_is_refused(server: Server, host: str) -> None:
    assert server.ask("/sparql", headers={"Host": host}).status == 400


def test_the_description_is_refused_in_other_formats_with_those_there_are(server: Server) -> None:
    answer = server.ask("/sparql", headers={"Accept": CSV})
    assert (answer.status, all(media_type in answer.text for media_type in GRAPHS)) == (406, True)


def test_the_description_states_only_what_is_so(server: Server, description: Graph) -> None:
    (service,) = description.subjects(RDF.type, SD.Service)
    assert set(description.objects(service, SD.feature)) == {SD.UnionDefaultGraph}
    assert set(description.objects(service, SD.supportedLanguage)) == {SD.SPARQL11Query}
    assert server.query("ASK { SERVICE <http://127.0.0.1:1/> {} }").status == 400
    formats = set(description.objects(service, SD.resultFormat))
    assert len(formats) == len(RESULTS) + len(GRAPHS)
    assert all(str(each).startswith("http://www.w3.org/ns/formats/") for each in formats)


# The three queries by which the SIB's editor finds what it completes and shows (sparql-editor's README).
COMPLETIONS = """
PREFIX void: <http://rdfs.org/ns/void#>
PREFIX void-ext: <http://ldf.fi/void-ext#>
SELECT DISTINCT ?class1 ?prop ?class2 ?datatype WHERE {
  ?cp void:class ?class1 ; void:propertyPartition ?pp .
  ?pp void:property ?prop .
  OPTIONAL { { ?pp void:classPartition [ void:class ?class2 ] } UNION
             { ?pp void-ext:datatypePartition [ void-ext:datatype ?datatype ] } }
}"""
EXAMPLES = """
PREFIX sh: <http://www.w3.org/ns/shacl#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
SELECT DISTINCT ?sq ?comment ?query WHERE {
  ?sq a sh:SPARQLExecutable ; rdfs:comment ?comment ; sh:select|sh:ask|sh:construct|sh:describe ?query
}"""
DECLARED = """
PREFIX sh: <http://www.w3.org/ns/shacl#>
SELECT DISTINCT ?prefix ?namespace WHERE { [] sh:declare [ sh:prefix ?prefix ; sh:namespace ?namespace ] }"""


@pytest.mark.parametrize("query", [COMPLETIONS, EXAMPLES, DECLARED])
def test_what_an_editor_asks_for_is_in_the_description_and_behind_a_plain_query(
    server: Server, description: Graph, query: str
) -> None:
    found = {tuple(map(str, row.values())) for row in rows(server.query(query))}
    assert found
    assert len(description.query(query)) == len(found)


def test_every_named_query_is_an_example_for_this_endpoint(server: Server, description: Graph) -> None:
    assert len(set(description.subjects(RDF.type, SH.SPARQLExecutable))) == len(questions())
    assert set(description.objects(None, SDO.target)) == {URIRef(server.endpoint)}


# Scripts of other sites


def test_every_route_answers_head_as_get_and_options_and_any_site(server: Server, app: Flask) -> None:
    routes = [rule.rule for rule in app.url_map.iter_rules() if not rule.arguments]
    assert {"/", "/sparql", "/health"} <= set(routes)
    for path in (*routes, f"/dumps/latest/{QUADS}", LONG_PATH, "/nowhere"):
        got, head, options = (server.ask(path, method) for method in ("GET", "HEAD", "OPTIONS"))
        assert (head.status, head.body) == (got.status, b""), path
        assert {**got.headers, "date": ""} == {**head.headers, "date": ""}, path
        assert options.status == (404 if got.status == 404 else 204), path
        for answer in (got, head, options):
            assert answer.headers["access-control-allow-origin"] == "*", path
            assert answer.headers["x-content-type-options"] == "nosniff", path
        assert "frame-ancestors 'none'" in got.headers["content-security-policy"], path
        assert "unsafe-inline" not in got.headers["content-security-policy"], path
        assert "set-cookie" not in got.headers, path
        assert "charset=utf-8" in got.media_type or not got.media_type.startswith("text/"), path


@pytest.mark.parametrize("path", ["/sparql", "/sparql/"])
def test_a_preflight_allows_what_the_protocol_needs(server: Server, path: str) -> None:
    asked = {"Method": "POST", "Headers": "content-type,x-requested-with"}
    headers = {f"Access-Control-Request-{name}": value for name, value in asked.items()}
    answer = server.ask(path, "OPTIONS", headers=headers | {"Origin": "https://editor.example"})
    allowed = {name: set(answer.headers[f"access-control-allow-{name}"].split(", ")) for name in ("methods", "headers")}
    assert (answer.status, answer.body) == (204, b"")
    assert allowed["methods"] == {"GET", "HEAD", "OPTIONS", "POST"} == set(answer.headers["allow"].split(", "))
    assert {"Accept", "Content-Type", "*"} <= allowed["headers"]
    assert int(answer.headers["access-control-max-age"]) > 0
    assert "access-control-allow-credentials" not in answer.headers
    exposed = set(answer.headers["access-control-expose-headers"].split(", "))
    assert {"ETag", "Link", "Retry-After", "Query-Limits"} <= exposed


# What caches may keep


def test_an_answer_has_a_strong_tag_of_release_and_request(server: Server, strict: Server) -> None:
    asked = [(SELECT, (), JSON), (SELECT, (), XML), (SELECT + " ", (), JSON)]
    asked += [(SELECT, ((field, DATA[1]),), JSON) for field in ("default-graph-uri", "named-graph-uri")]
    one, again, other = (
        [each.query(query, *fields, Accept=accept).headers["etag"] for query, fields, accept in asked]
        for each in (server, server, strict)
    )
    assert one == again == other
    assert len(set(one)) == len(one)
    assert all(re.fullmatch(r'"[0-9a-f]{32}"', tag) for tag in one)


@pytest.mark.parametrize("coding", [None, "gzip", "zstd"])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("path", [LONG_PATH, f"{LONG_PATH}&format=csv", "/sparql", "/"])
def test_what_the_asker_holds_is_not_sent_again(server: Server, path: str, method: str, coding: str | None) -> None:
    accepted = {"Accept-Encoding": coding} if coding else {}
    first = server.ask(path, headers=accepted)
    tag = first.headers["etag"]
    for condition in (
        {"If-None-Match": tag},
        {"If-None-Match": f'"other", W/{tag}'},
        {"If-None-Match": "*"},
        {"If-Modified-Since": first.headers["last-modified"]},
    ):
        again = server.ask(path, method, headers=accepted | condition)
        assert (again.status, again.body) == (304, b"")
        assert again.varies == first.varies, condition
        for name in ("etag", "cache-control"):
            assert again.headers[name] == first.headers[name], (condition, name)
    for condition in (
        {"If-None-Match": '"other"'},
        {"If-None-Match": '"other"', "If-Modified-Since": first.headers["last-modified"]},
        {"If-Modified-Since": "Thu, 01 Jan 1970 00:00:00 GMT"},
        {"If-Modified-Since": "yesterday"},
    ):
        assert server.ask(path, method, headers=accepted | condition).status == 200


def test_one_who_holds_the_plain_bytes_need_not_have_them_in_a_coding_nor_wait(strict: Server) -> None:
    plain, coded = strict.query(LONG).headers["etag"], strict.query(LONG, Accept_Encoding="gzip").headers["etag"]
    assert strict.query(LONG, If_None_Match=coded).status == 200
    begin = time.monotonic()
    assert all(strict.query(LONG, Accept_Encoding="gzip", If_None_Match=plain).status == 304 for _ in range(20))
    assert time.monotonic() - begin < 10


@pytest.mark.parametrize(
    "query",
    [
        "SELECT (NOW() AS ?now) {}",
        "SELECT (rand # made up\n () AS ?n) {}",
        "SELECT (STRUUID() AS ?n) {}",
        "SELECT (BNODE() AS ?n) {}",
        "CONSTRUCT { [] ?p ?o } { ?s ?p ?o } LIMIT 1",
        "CONSTRUCT { _:b ?p ?o } { ?s ?p ?o } LIMIT 1",
    ],
)
def test_what_is_different_each_time_is_not_kept(server: Server, query: str) -> None:
    answer = server.query(query)
    assert (answer.status, answer.headers["cache-control"]) == (200, "no-store")
    assert not {"etag", "last-modified"} & answer.headers.keys()
    assert server.query(query, If_None_Match="*").status == 200


def test_an_answer_keeps_for_as_long_as_the_settings_say_and_a_refusal_not(server: Server, folder: Path) -> None:
    assert server.query(ASK).headers["cache-control"] == "public, max-age=60"
    assert server.query("oops").headers["cache-control"] == "no-store"
    assert send(server, "", ASK, DIRECT).headers["cache-control"] == "no-store"
    with started(folder, fresh_seconds=7) as other:
        assert other.query(ASK).headers["cache-control"] == "public, max-age=7"


@pytest.mark.parametrize(
    ("path", "varies"),
    [
        (f"/sparql?query={quote(SELECT)}", {"Accept", "Accept-Encoding"}),
        (f"/sparql?query={quote(SELECT)}&format=surprise", {"Accept", "Accept-Encoding"}),
        (f"/sparql?query={quote(SELECT)}&format=csv", {"Accept-Encoding"}),
        (f"/sparql?query={quote(CONSTRUCT)}&format=csv", {"Accept", "Accept-Encoding"}),
        (f"/sparql?query={quote(CONSTRUCT)}&format=json", {"Accept-Encoding"}),
        ("/sparql", {"Accept", "Accept-Encoding"}),
        ("/sparql?format=turtle", {"Accept-Encoding"}),
        ("/sparql?query=oops", {"Accept"}),
        ("/", {"Accept-Encoding", "Accept-Language"}),
        ("/?lang=lv", {"Accept-Encoding"}),
    ],
)
def test_vary_names_what_the_answer_depends_on_and_nothing_else(server: Server, path: str, varies: set[str]) -> None:
    assert server.ask(path).varies == varies


# The coding


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [(None, None), ("br", None), ("gzip", "gzip"), ("zstd", "zstd"), ("*, zstd;q=0", "gzip"), ("*;q=0", None)],
)
def test_the_coding_is_what_accept_encoding_says(server: Server, accepted: str | None, coding: str | None) -> None:
    plain = server.query(LONG)
    answer = server.query(LONG, **({} if accepted is None else {"Accept_Encoding": accepted}))
    assert answer.headers.get("content-encoding") == coding
    decode = {"gzip": gzip.decompress, "zstd": zstd.decompress}.get(coding or "", bytes)
    assert decode(answer.body) == plain.body
    assert (answer.headers["etag"] == plain.headers["etag"]) == (coding is None)
    assert len(answer.body) == int(answer.headers["content-length"]) <= len(plain.body)


def test_a_short_answer_travels_as_it_is_unless_that_is_ruled_out(server: Server) -> None:
    assert "content-encoding" not in server.query(ASK, Accept_Encoding="gzip").headers
    assert server.query(ASK, Accept_Encoding="gzip, identity;q=0").headers["content-encoding"] == "gzip"


# Limits


@pytest.mark.parametrize("path", ["/sparql", f"/sparql?query={quote(ASK)}", "/sparql?query=oops"])
def test_the_limits_stand_in_a_header_and_in_the_description(strict: Server, path: str) -> None:
    stated = dict(item.split("=") for item in strict.ask(path).headers["query-limits"].split(", "))
    assert stated.keys() == {name.replace("_", "-") for name in LIMITS}
    assert (stated["seconds"], stated["mebibytes"], stated["body-kibibytes"]) == ("0.6", "150", "2")
    values = set(Graph().parse(data=strict.ask("/sparql").text, format="turtle").objects(None, SDO.value))
    assert {Literal(150), Literal(1)} <= values
    assert {Literal(0.6), Literal("0.6", datatype=XSD.decimal)} & values


def test_each_limit_is_an_option_of_serve() -> None:
    options = {option for parameter in serve.params for option in parameter.opts}
    named = {f"--{name.replace('_', '-')}" for name in Settings.__dataclass_fields__ if name != "inputs"}
    assert named <= options
