"""The protocol, row by row: SPARQL 1.1 Protocol and Service Description, RFC 9110, RFC 9457 and CORS."""

from __future__ import annotations

import gzip
import json
import re
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

import pytest
from rdflib import RDF, XSD, Graph, Literal, Namespace, URIRef

from processes import Listener
from releases import remade
from serving import Answer, Server, started
from twingraph.cli import serve
from twingraph.query.engine import GRAPHS, RESULTS
from twingraph.query.questions import questions
from twingraph.settings import QUADS, Settings
from twingraph.web.app import create_app
from twingraph.web.http import LIMITS

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from twingraph.release.build import Release

SD = Namespace("http://www.w3.org/ns/sparql-service-description#")
VOID = Namespace("http://rdfs.org/ns/void#")
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
ENDLESS = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"
GREEDY = "SELECT * { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i } ORDER BY ?i ?f"
ENDLESSLY_LONG = "SELECT * { ?a ?b ?c . ?d ?e ?f } LIMIT 100000"


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


def truth(answer: Answer) -> object:
    assert answer.status == 200, answer.text
    return json.loads(answer.body)["boolean"]


def post(server: Server, body: bytes | str, media_type: str | None, path: str = "/sparql", **headers: str) -> Answer:
    typed = {} if media_type is None else {"Content-Type": media_type}
    return server.ask(path, "POST", body, typed | headers)


def iris(name: str, *given: str) -> str:
    return "&".join(f"{name}={quote(iri, safe='')}" for iri in given)


# W3C's own cases (w3c/rdf-tests, sparql11/protocol), by their names there

BOTH_DOCUMENTS = f"ASK {{ <{DATA[1]}> a ?type . <{DATA[2]}> a ?type . }}"
BOTH_GRAPHS = f"ASK {{ GRAPH ?g1 {{ <{DATA[1]}> a ?type }} GRAPH ?g2 {{ <{DATA[2]}> a ?type }} }}"
ALL_THREE = BOTH_GRAPHS.replace("ASK {", f"ASK {{ <{DATA[3]}> a ?type")
NOTHING = iris("default-graph-uri", DATA[0])

W3C_TRUE = {
    "query_get": ("GET", f"query={quote(ASK)}&{NOTHING}", None, ""),
    "query_post_form": ("POST", NOTHING, FORM, f"query={quote(ASK)}"),
    "query_post_direct": ("POST", "", DIRECT, ASK),
    "query_dataset_default_graphs_get": (
        *("GET", f"query={quote(BOTH_DOCUMENTS)}&{iris('default-graph-uri', *DATA[1:3])}", None, ""),
    ),
    "query_dataset_default_graphs_post": ("POST", iris("default-graph-uri", *DATA[1:3]), DIRECT, BOTH_DOCUMENTS),
    "query_dataset_named_graphs_get": (
        *("GET", f"query={quote(BOTH_GRAPHS)}&{iris('named-graph-uri', *DATA[1:3])}", None, ""),
    ),
    "query_dataset_named_graphs_post": ("POST", iris("named-graph-uri", *DATA[1:3]), DIRECT, BOTH_GRAPHS),
    "query_dataset_full": (
        *("POST", f"{iris('default-graph-uri', DATA[3])}&{iris('named-graph-uri', *DATA[1:3])}", DIRECT, ALL_THREE),
    ),
    # W3C's file escapes the ampersand between the two graphs, which makes one name of both; what is meant is asked.
    "query_multiple_dataset": (
        *("POST", iris("named-graph-uri", *DATA[1:3]), DIRECT, BOTH_GRAPHS.replace("ASK", f"ASK FROM <{DATA[3]}>", 1)),
    ),
}
W3C_FORMS = {
    "query_content_type_select": ("SELECT (1 AS ?value) {}", set(RESULTS)),
    "query_content_type_ask": (ASK, set(RESULTS)),
    "query_content_type_describe": ("DESCRIBE <http://example.org/>", set(GRAPHS)),
    "query_content_type_construct": ("CONSTRUCT { <s> <p> 1 } WHERE {}", set(GRAPHS)),
}
W3C_BAD = {
    "bad_query_method": ("PUT", f"query={quote(ASK)}&{NOTHING}", FORM, b"", 405),
    "bad_multiple_queries": ("GET", "query=ASK%20%7B%7D&query=SELECT%20%2A%20%7B%7D", None, b"", 400),
    "bad_query_wrong_media_type": ("POST", "", "text/plain", b"ASK {}", 415),
    "bad_query_missing_form_type": ("POST", "", None, b"query=ASK%20%7B%7D", 415),
    "bad_query_missing_direct_type": ("POST", "", None, b"ASK {}", 415),
    "bad_query_non_utf8": ("POST", "", f"{DIRECT}; charset=UTF-16", "ASK {}".encode("utf-16"), 415),
    "bad_query_syntax": ("GET", "query=ASK%20%7B", None, b"", 400),
}
UPDATE = "application/sparql-update"
W3C_UPDATES = {
    "update_dataset_default_graph": (
        iris("using-graph-uri", DATA[1]),
        UPDATE,
        b"CLEAR ALL ; INSERT DATA { <a> <b> 1 }",
    ),
    "update_dataset_default_graphs": (iris("using-graph-uri", *DATA[1:3]), UPDATE, b"DROP ALL"),
    "update_dataset_named_graphs": (iris("using-named-graph-uri", *DATA[1:3]), UPDATE, b"DROP ALL"),
    "update_dataset_full": (f"using-graph-uri=a&{iris('using-named-graph-uri', DATA[1])}", UPDATE, b"DROP ALL"),
    "update_post_form": ("", FORM, b"update=CLEAR+ALL"),
    "update_post_direct": ("", UPDATE, b"CLEAR ALL"),
    "update_base_uri": ("", UPDATE, b"INSERT DATA { GRAPH <g> { <s> <p> <test> } }"),
    "bad_update_get": ("update=CLEAR%20ALL", None, None),
    "bad_multiple_updates": ("", FORM, b"update=CLEAR%20NAMED&update=CLEAR%20DEFAULT"),
    "bad_update_wrong_media_type": ("", "text/plain", b"CLEAR NAMED"),
    "bad_update_missing_form_type": ("", None, b"update=CLEAR%20NAMED"),
    "bad_update_non_utf8": ("", f"{UPDATE}; charset=UTF-16", "CLEAR NAMED".encode("utf-16")),
    "bad_update_syntax": ("", FORM, b"update=CLEAR%20XYZ"),
    "bad_update_dataset_conflict": (
        "using-named-graph-uri=http%3A%2F%2Fexample%2Fpeople",
        UPDATE,
        b"WITH <a> DELETE {}",
    ),
    # And by doors that W3C does not try
    "in a query field": (f"query={quote('DROP ALL')}", None, None),
    "beside a query": (f"query={quote(ASK)}&update=DROP+ALL", None, None),
    "beside a query in a form": ("", FORM, b"query=ASK%7B%7D&update=DROP+ALL"),
    "in the address of a form": ("update=DROP+ALL", FORM, b"query=ASK%7B%7D"),
    "as a query": ("", DIRECT, b"PREFIX a: <b> LOAD <file:///etc/passwd>"),
}


@pytest.mark.parametrize("name", W3C_TRUE)
def test_w3c_has_it_that_a_query_is_answered(server: Server, name: str) -> None:
    method, fields, media_type, body = W3C_TRUE[name]
    headers = {"Content-Type": media_type} if media_type else {}
    assert truth(server.ask(f"/sparql/?{fields}", method, body or None, headers)) is True


@pytest.mark.parametrize("name", W3C_FORMS)
def test_w3c_has_it_that_each_form_of_query_has_its_formats(server: Server, name: str) -> None:
    query, formats = W3C_FORMS[name]
    answer = post(server, query, DIRECT, f"/sparql/?{NOTHING}")
    assert (answer.status, answer.media_type.split(";")[0] in formats) == (200, True)


@pytest.mark.parametrize("name", W3C_BAD)
def test_w3c_has_it_that_a_bad_request_is_the_asker_s_mistake(server: Server, name: str) -> None:
    method, fields, media_type, body, status = W3C_BAD[name]
    answer = server.ask(f"/sparql/?{fields}", method, body, {"Content-Type": media_type} if media_type else {})
    assert (answer.status, bool(answer.text.strip())) == (status, True)


@pytest.mark.parametrize("name", W3C_UPDATES)
def test_an_update_is_refused_in_a_sentence_whatever_way_it_comes(server: Server, name: str) -> None:
    fields, media_type, body = W3C_UPDATES[name]
    before = server.query("SELECT (COUNT(*) AS ?n) { ?s ?p ?o }").body
    headers = {"Content-Type": media_type} if media_type else {}
    answer = server.ask(f"/sparql/?{fields}", "GET" if body is None else "POST", body, headers)
    assert 400 <= answer.status < 500
    assert re.search(r"Update|application/sparql-query", answer.text)
    assert server.query("SELECT (COUNT(*) AS ?n) { ?s ?p ?o }").body == before


# Ways to ask


@pytest.mark.parametrize("path", ["/sparql", "/sparql/"])
@pytest.mark.parametrize(
    ("method", "fields", "media_type", "body"),
    [
        ("GET", f"query={quote(SELECT)}", None, None),
        ("GET", f"query={quote(SELECT)}&jsonp=x&debug=on&query-timeout=1&x", None, None),
        ("GET", f"query={SELECT.replace(' ', '+')}", None, None),
        ("POST", "", FORM, urlencode({"query": SELECT})),
        ("POST", "", f"{FORM}; charset=UTF-8", urlencode({"query": SELECT, "timeout": "0"})),
        ("POST", "", FORM.title(), urlencode({"query": SELECT})),
        ("POST", "", DIRECT, SELECT),
        ("POST", "x=y", f'{DIRECT};charset="utf-8"', SELECT),
        ("POST", "", DIRECT, "\ufeff" + SELECT),
        ("POST", "", DIRECT, [SELECT[:9].encode(), SELECT[9:].encode()]),
    ],
)
def test_a_query_is_answered_in_each_of_the_protocol_s_ways(
    server: Server, path: str, method: str, fields: str, media_type: str | None, body: str | list[bytes] | None
) -> None:
    answer = server.ask(f"{path}?{fields}", method, body, {"Content-Type": media_type} if media_type else {})
    assert rows(answer) == [{"n": "1"}]


@pytest.mark.parametrize(
    ("method", "fields", "media_type", "body", "status", "sentence"),
    [
        ("GET", "default-graph-uri=urn:a", None, b"", 400, "has none"),
        ("GET", "query=", None, b"", 400, "Line 1, column 1, at the end"),
        ("GET", "query=ASK%7B%7D&query=ASK%7B%7D", None, b"", 400, "has 2"),
        ("GET", "query=ASK%7B%22%E9%22%7D", None, b"", 400, "not UTF-8"),
        ("GET", "query=ASK%7B%00%7D", None, b"", 400, "Line 1, column 5"),
        ("GET", "a=b&" * 101, None, b"", 400, "fields"),
        ("POST", "", FORM, b"", 400, "has none"),
        ("POST", "", FORM, b"query=ASK%7B%7D&query=ASK%7B%7D", 400, "has 2"),
        ("POST", "", FORM, b"query=ASK%7B%22%E9%22%7D", 400, "not UTF-8"),
        ("POST", "", FORM, b"query=ASK{'\xe9'}", 400, "not UTF-8"),
        ("POST", "", f"{FORM}; charset=iso-8859-1", b"query=ASK%7B%7D", 415, "iso-8859-1"),
        ("POST", "query=ASK%7B%7D", FORM, b"", 400, "in the body"),
        ("POST", "query=ASK%7B%7D", DIRECT, b"ASK {}", 400, "in the body"),
        ("POST", "", DIRECT, b"", 400, "Line 1, column 1, at the end"),
        ("POST", "", DIRECT, b"ASK { <a> <b> '\xe9' }", 400, "not UTF-8"),
        ("POST", "", DIRECT, "ASK {}".encode("utf-16"), 400, "not UTF-8"),
        ("POST", "", f"{DIRECT}; charset=latin1", b"ASK {}", 415, "latin1"),
        ("POST", "", "multipart/form-data; boundary=x", b"--x--", 415, DIRECT),
        ("POST", "", "application/json", b'{"query": "ASK {}"}', 415, FORM),
        ("POST", "", "nonsense", b"ASK {}", 415, FORM),
        ("POST", "", None, b"", 415, FORM),
    ],
)
def test_a_request_that_brings_no_one_query_is_refused(
    server: Server, method: str, fields: str, media_type: str | None, body: bytes, status: int, sentence: str
) -> None:
    headers = {"Content-Type": media_type} if media_type else {}
    answer = server.ask(f"/sparql?{fields}", method, body, headers)
    assert answer.status == status
    assert sentence in answer.text


def test_a_request_in_a_coding_is_refused_unread(server: Server) -> None:
    answer = post(server, gzip.compress(b"ASK {}"), DIRECT, **{"Content-Encoding": "gzip"})
    assert (answer.status, "Content-Encoding" in answer.text) == (415, True)


@pytest.mark.parametrize("path", ["//sparql", "/sparql//", "/SPARQL", "/sparql/x"])
def test_the_endpoint_never_leads_elsewhere(server: Server, path: str) -> None:
    assert server.ask(f"{path}?query={quote(ASK)}").status in {200, 404}


# The dataset

SEEN = "SELECT DISTINCT ?s { ?s a ?type }"
NAMED = "SELECT DISTINCT ?g { GRAPH ?g { ?s a ?type } }"


@pytest.mark.parametrize(
    ("fields", "query", "found"),
    [
        (iris("default-graph-uri", DATA[1]), SEEN, {DATA[1]}),
        (iris("default-graph-uri", *DATA[1:3]), SEEN, set(DATA[1:3])),
        (iris("default-graph-uri", DATA[0]), SEEN, set()),
        (iris("default-graph-uri", DATA[1]), NAMED, set()),
        (iris("named-graph-uri", DATA[1]), NAMED, {DATA[1]}),
        (iris("named-graph-uri", *DATA[1:3]), NAMED, set(DATA[1:3])),
        (iris("named-graph-uri", DATA[0]), NAMED, set()),
        (iris("named-graph-uri", DATA[1]), SEEN, set()),
        # They override what the query says
        (iris("default-graph-uri", DATA[1]), SEEN.replace("{", f"FROM <{DATA[2]}> {{", 1), {DATA[1]}),
        (iris("named-graph-uri", DATA[1]), NAMED.replace("{", f"FROM NAMED <{DATA[2]}> {{", 1), {DATA[1]}),
        (iris("default-graph-uri", DATA[1]), NAMED.replace("{", f"FROM NAMED <{DATA[2]}> {{", 1), set()),
        # Without them, what the query says counts
        ("", SEEN.replace("{", f"FROM <{DATA[2]}> {{", 1), {DATA[2]}),
        ("", NAMED.replace("{", f"FROM NAMED <{DATA[2]}> {{", 1), {DATA[2]}),
        ("default-graph-uri=&named-graph-uri=", SEEN.replace("{", f"FROM <{DATA[2]}> {{", 1), {DATA[2]}),
    ],
)
@pytest.mark.parametrize("way", ["get", "form", "form with the dataset in the address", "direct"])
def test_the_dataset_is_the_one_that_the_request_states(
    server: Server, way: str, fields: str, query: str, found: set[str]
) -> None:
    form = f"query={quote(query)}"
    answer = {
        "get": lambda: server.ask(f"/sparql?{form}&{fields}"),
        "form": lambda: post(server, f"{form}&{fields}", FORM),
        "form with the dataset in the address": lambda: post(server, form, FORM, f"/sparql?{fields}"),
        "direct": lambda: post(server, query, DIRECT, f"/sparql?{fields}"),
    }[way]()
    assert {iri for row in rows(answer) for iri in row.values()} == found


def test_a_form_may_state_one_graph_in_the_address_and_one_in_the_body(server: Server) -> None:
    body = f"query={quote(SEEN)}&{iris('default-graph-uri', DATA[1])}"
    answer = post(server, body, FORM, f"/sparql?{iris('default-graph-uri', DATA[2])}")
    assert {row["s"] for row in rows(answer)} == set(DATA[1:3])


@pytest.mark.parametrize("field", ["default-graph-uri", "named-graph-uri"])
def test_a_graph_is_never_fetched(server: Server, field: str) -> None:
    listener = Listener()
    try:
        for iri in (listener.url, "file:///etc/hostname"):
            assert rows(server.ask(f"/sparql?query={quote(SEEN)}&{iris(field, iri)}")) == []
            assert rows(server.query(SEEN.replace("{", f"FROM <{iri}> FROM NAMED <{iri}> {{", 1))) == []
        assert not listener.was_called()
    finally:
        listener.close()


def test_a_graph_whose_name_is_no_iri_is_refused(server: Server) -> None:
    answer = server.ask(f"/sparql?query={quote(ASK)}&default-graph-uri=no+iri")
    assert (answer.status, "no iri" in answer.text) == (400, True)


# The format


@pytest.mark.parametrize("form", [FORM, DIRECT, None])
@pytest.mark.parametrize(
    ("accept", "results", "graph"),
    [
        (None, JSON, TURTLE),
        ("*/*", JSON, TURTLE),
        (JSON, JSON, None),
        (XML, XML, None),
        (CSV, CSV, None),
        (TSV, TSV, None),
        (TURTLE, None, TURTLE),
        (NTRIPLES, None, NTRIPLES),
        (JSONLD, None, JSONLD),
        (RDFXML, None, RDFXML),
        (TRIG, None, TRIG),
        (NQUADS, None, NQUADS),
        (f"{JSON},{TURTLE}", JSON, TURTLE),
        (f"{RDFXML}, {XML}", XML, RDFXML),
        (f"{CSV};q=0.5,{XML};q=0.6,{JSONLD};q=0.1,*/*;q=0.01", XML, JSONLD),
        (f"*/*,{JSON};q=0,{TURTLE};q=0", XML, NTRIPLES),
        ("text/*", CSV, TURTLE),
        ("application/json", "application/json", "application/json"),
        (f"{JSON},*/*;q=0.9", JSON, TURTLE),
        (f"{NTRIPLES},*/*;q=0.9", JSON, NTRIPLES),
        ("image/png", None, None),
        ("text/plain", None, None),
        ("*/*;q=0", None, None),
    ],
)
def test_the_format_is_what_accept_says_for_the_form_of_the_query(
    server: Server, form: str | None, accept: str | None, results: str | None, graph: str | None
) -> None:
    headers = {} if accept is None else {"Accept": accept}
    for query, expected in ((SELECT, results), (ASK, results), (CONSTRUCT, graph), (DESCRIBE, graph)):
        if form is None:
            answer = server.ask(f"/sparql?query={quote(query)}", headers=headers)
        else:
            answer = post(server, query if form == DIRECT else f"query={quote(query)}", form, **headers)
        assert answer.status == (200 if expected else 406)
        assert answer.media_type.split(";")[0] == expected or answer.status == 406
        says = answer.media_type.startswith(("text/", XML, "application/xml"))
        assert says == ("charset=utf-8" in answer.media_type)


@pytest.mark.parametrize(
    ("query", "accept", "offered"),
    [(SELECT, TURTLE, RESULTS), (CONSTRUCT, JSON, GRAPHS), (None, CSV, GRAPHS)],
)
def test_a_refusal_to_send_what_nobody_accepts_lists_what_there_is(
    server: Server, query: str | None, accept: str, offered: tuple[str, ...]
) -> None:
    fields = f"?query={quote(query)}" if query else ""
    answer = server.ask(f"/sparql{fields}", headers={"Accept": accept})
    assert answer.status == 406
    assert all(media_type in answer.text for media_type in offered)


@pytest.mark.parametrize("field", ["format", "output"])
@pytest.mark.parametrize(
    ("name", "accept", "results", "graph"),
    [
        ("json", XML, JSON, JSONLD),
        ("xml", JSON, XML, RDFXML),
        ("csv", f"{JSON},{TURTLE}", CSV, TURTLE),
        ("tsv", f"{JSON},{TURTLE}", TSV, TURTLE),
        ("turtle", f"{XML},{NQUADS}", XML, TURTLE),
        ("ttl", f"{XML},{NQUADS}", XML, TURTLE),
        ("nt", None, JSON, NTRIPLES),
        ("rdf", None, JSON, RDFXML),
        ("jsonld", None, JSON, JSONLD),
        (CSV, BROWSER, CSV, "application/xml"),
        (f"{XML}".replace("+", "%2B"), None, XML, TURTLE),
        # An unknown name never beats the header
        ("surprise", f"{XML},{NQUADS}", XML, NQUADS),
        ("surprise", None, JSON, TURTLE),
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
    ("query", "line", "column", "fragment"),
    [
        ("SELECT * {\n oops }", 2, 2, "oops"),
        ("ASK {", 1, 6, "the end"),
        ("SELECT ?a WHERE { ?a ?b }", 1, 25, "}"),
        ("SELEC ?a {}", 1, 1, "SELEC"),
    ],
)
def test_a_mistake_is_told_with_its_line_its_column_and_its_words(
    server: Server, query: str, line: int, column: int, fragment: str
) -> None:
    answer = server.query(query)
    assert (answer.status, answer.media_type) == (400, TEXT)
    assert answer.text.startswith(f"Line {line}, column {column}, at {fragment}: ")


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        (None, TEXT),
        ("*/*", TEXT),
        ("text/plain", TEXT),
        (CSV, TEXT),
        (XML, TEXT),
        ("application/json;q=0", TEXT),
        ("text/plain, application/json;q=0.5", TEXT),
        ("application/json", PROBLEM),
        (PROBLEM, PROBLEM),
        ("application/json, text/plain;q=0.5", PROBLEM),
        (f"{JSON}, */*;q=0.1", PROBLEM),
    ],
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
def test_a_body_up_to_the_limit_is_read_and_a_longer_one_refused(
    strict: Server, body: bytes | list[bytes], status: int
) -> None:
    answer = post(strict, body, DIRECT)  # type: ignore[arg-type]
    assert answer.status == status
    assert status == 200 or "2 KiB" in answer.text


@pytest.mark.parametrize(
    ("query", "status", "error", "limit"),
    [
        (ENDLESS, 503, "time-limit", "after 0.6 seconds, the time limit"),
        (GREEDY, 503, "memory-limit", "at 150 MiB, the memory limit"),
        (ENDLESSLY_LONG, 503, "answer-too-large", "over 1 MiB, the limit"),
    ],
)
def test_a_query_over_a_limit_gets_an_error_that_names_the_limit_and_no_answer(
    strict: Server, query: str, status: int, error: str, limit: str
) -> None:
    if error == "memory-limit":
        strict.query(SELECT)
    told = json.loads(strict.query(query, Accept="application/json").body)
    # On a slow machine a greedy query may take its time before it takes its memory.
    assert (told["status"], told["error"]) in {(status, error), (503, "time-limit")}
    assert limit in told["detail"] or told["error"] == "time-limit"
    assert strict.query(query).media_type == TEXT
    assert rows(strict.query(SELECT)) == [{"n": "1"}]


def test_a_query_for_which_there_is_no_room_is_refused_with_a_time_to_come_back(folder: Path) -> None:
    few = {"workers": 1, "slow_workers": 1, "waiting": 1, "queue_seconds": 0.2, "seconds": 4}
    with started(folder, **few) as server, ThreadPoolExecutor(8) as pool:
        asked = [pool.submit(server.query, ENDLESS, Accept="application/json") for _ in range(8)]
        refused = [answer for one in asked if (answer := one.result()).headers.get("retry-after")]
    assert refused
    for answer in refused:
        assert (answer.status, json.loads(answer.body)["error"]) == (503, "busy")
        assert int(answer.headers["retry-after"]) >= 1


# The service description


@pytest.mark.parametrize("path", ["/sparql", "/sparql/", "/sparql?x=y"])
@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        (None, TURTLE),
        ("*/*", TURTLE),
        (JSONLD, JSONLD),
        (RDFXML, RDFXML),
        (NTRIPLES, NTRIPLES),
        (TRIG, TRIG),
        (NQUADS, NQUADS),
        # As Comunica asks
        ("application/n-quads,application/trig;q=0.95,application/ld+json;q=0.9,text/html;q=0.2", NQUADS),
    ],
)
def test_the_endpoint_describes_itself_by_the_address_that_is_asked(
    server: Server, path: str, accept: str | None, media_type: str
) -> None:
    answer = server.ask(path, headers={"Accept": accept} if accept else {})
    assert (answer.status, answer.media_type.split(";")[0]) == (200, media_type)
    form = {NQUADS: "nt", TRIG: "turtle", JSONLD: "json-ld", RDFXML: "xml"}.get(media_type, media_type)
    described = Graph().parse(data=answer.text, format=form)
    address = URIRef(f"http://127.0.0.1:{server.port}{path.partition('?')[0]}")
    assert list(described.subjects(RDF.type, SD.Service)) == [address]
    assert list(described.objects(address, SD.endpoint)) == [address]


@pytest.mark.parametrize("name", ["application/json", "application/xml", "text/xml", "application/x-turtle"])
def test_the_description_comes_under_other_names_of_its_formats_too(server: Server, name: str) -> None:
    answer = server.ask("/sparql", headers={"Accept": name})
    assert (answer.status, answer.media_type.split(";")[0], len(answer.body) > 10_000) == (200, name, True)


def test_the_address_is_the_one_of_the_request_whatever_the_host(server: Server) -> None:
    answer = server.ask("/sparql", headers={"Host": "data.example:81", "Accept": NTRIPLES})
    assert f"<http://data.example:81/sparql> <{RDF.type}> <{SD.Service}> ." in answer.text


@pytest.mark.parametrize("host", ['a"b', "a>b", "a/b", "a b", "a@b", "é", "[::1"])
def test_a_host_that_is_none_is_refused(server: Server, host: str) -> None:
    assert server.ask("/sparql", headers={"Host": host}).status == 400


def test_the_description_states_only_what_is_so(server: Server) -> None:
    described = Graph().parse(data=server.ask("/sparql").text, format="turtle")
    (service,) = described.subjects(RDF.type, SD.Service)
    assert set(described.objects(service, SD.feature)) == {SD.UnionDefaultGraph}
    assert set(described.objects(service, SD.supportedLanguage)) == {SD.SPARQL11Query}
    assert server.query("ASK { SERVICE <http://127.0.0.1:1/> {} }").status == 400
    for form in described.objects(service, SD.resultFormat):
        assert str(form).startswith("http://www.w3.org/ns/formats/")
    assert len(set(described.objects(service, SD.resultFormat))) == len(RESULTS) + len(GRAPHS)


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
def test_what_an_editor_asks_for_is_in_the_description_and_behind_a_plain_query(server: Server, query: str) -> None:
    described = Graph().parse(data=server.ask("/sparql").text, format="turtle")
    found = {tuple(map(str, row.values())) for row in rows(server.query(query))}
    assert found
    assert len(described.query(query)) == len(found)


def test_every_named_query_is_an_example_for_this_endpoint(server: Server) -> None:
    described = Graph().parse(data=server.ask("/sparql").text, format="turtle")
    examples = set(described.subjects(RDF.type, SH.SPARQLExecutable))
    assert len(examples) == len(questions())
    targets = set(described.objects(None, URIRef("https://schema.org/target")))
    assert targets == {URIRef(server.endpoint)}


# Scripts of other sites


def paths(folder: Path) -> list[str]:
    """Give the address of each route that takes no name."""
    app = create_app(None, folder, Settings())  # type: ignore[arg-type]
    return [rule.rule for rule in app.url_map.iter_rules() if not rule.arguments]


def test_every_route_answers_head_as_get_and_options_and_any_site(server: Server, folder: Path) -> None:
    routes = [*paths(folder), f"/dumps/latest/{QUADS}", f"/sparql?query={quote(LONG)}", "/nowhere"]
    assert {"/", "/sparql", "/health"} <= set(routes)
    for path in routes:
        got, head, options = (server.ask(path, method) for method in ("GET", "HEAD", "OPTIONS"))
        assert (head.status, head.body) == (got.status, b""), path
        same = [{k: v for k, v in answer.headers.items() if k != "date"} for answer in (got, head)]
        assert same[0] == same[1], path
        assert {a.headers["access-control-allow-origin"] for a in (got, head, options)} == {"*"}, path
        assert options.status == (404 if got.status == 404 else 204), path
        assert {"nosniff"} == {a.headers["x-content-type-options"] for a in (got, head, options)}, path
        assert "frame-ancestors 'none'" in got.headers["content-security-policy"], path
        assert "unsafe-inline" not in got.headers["content-security-policy"], path
        assert "set-cookie" not in got.headers, path
        assert "charset=utf-8" in got.media_type or not got.media_type.startswith("text/"), path


@pytest.mark.parametrize("path", ["/sparql", "/sparql/"])
def test_a_preflight_allows_what_the_protocol_needs(server: Server, path: str) -> None:
    asked = {
        "Origin": "https://editor.example",
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "content-type,x-requested-with",
    }
    answer = server.ask(path, "OPTIONS", headers=asked)
    allowed = {name: set(answer.headers[f"access-control-allow-{name}"].split(", ")) for name in ("methods", "headers")}
    assert (answer.status, answer.body) == (204, b"")
    assert allowed["methods"] == {"GET", "HEAD", "OPTIONS", "POST"} == set(answer.headers["allow"].split(", "))
    assert {"Accept", "Content-Type", "*"} <= allowed["headers"]
    assert int(answer.headers["access-control-max-age"]) > 0
    assert "access-control-allow-credentials" not in answer.headers


def test_scripts_may_read_the_headers_that_matter(server: Server) -> None:
    exposed = set(server.query(ASK).headers["access-control-expose-headers"].split(", "))
    assert {"ETag", "Link", "Retry-After", "Query-Limits"} <= exposed


# What caches may keep


def test_an_answer_has_a_strong_tag_of_release_and_request(server: Server) -> None:
    tags = [
        server.query(query, *fields, Accept=accept).headers["etag"]
        for query, fields, accept in (
            (SELECT, (), JSON),
            (SELECT, (), XML),
            (SELECT + " ", (), JSON),
            (SELECT, (("default-graph-uri", DATA[1]),), JSON),
            (SELECT, (("named-graph-uri", DATA[1]),), JSON),
        )
    ]
    assert len(set(tags)) == len(tags)
    assert all(re.fullmatch(r'"[0-9a-f]{32}"', tag) for tag in tags)
    assert server.query(SELECT, Accept=JSON).headers["etag"] == tags[0]


def test_two_servers_of_one_release_give_the_same_tags_and_bytes(server: Server, strict: Server) -> None:
    for path in (f"/sparql?query={quote(LONG)}", f"/sparql?query={quote(DESCRIBE)}", "/"):
        # Behind one address, as what they serve refers to it.
        one, other = (each.ask(path, headers={"Host": "data.example.org"}) for each in (server, strict))
        assert (one.headers["etag"], one.body) == (other.headers["etag"], other.body)


CURRENT = [f"/sparql?query={quote(LONG)}", f"/sparql?query={quote(LONG)}&format=csv", "/sparql", "/"]


@pytest.mark.parametrize("coding", [None, "gzip", "zstd"])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("path", CURRENT)
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


def test_one_who_holds_the_plain_bytes_need_not_have_them_in_a_coding(server: Server) -> None:
    path = f"/sparql?query={quote(LONG)}"
    plain = server.ask(path).headers["etag"]
    coded = server.ask(path, headers={"Accept-Encoding": "gzip"}).headers["etag"]
    assert server.ask(path, headers={"Accept-Encoding": "gzip", "If-None-Match": plain}).status == 304
    assert server.ask(path, headers={"If-None-Match": coded}).status == 200


def test_a_tag_saves_the_asker_from_an_endless_wait(strict: Server) -> None:
    path = f"/sparql?query={quote(LONG)}"
    tag = strict.ask(path).headers["etag"]
    begin = time.monotonic()
    assert all(strict.ask(path, headers={"If-None-Match": tag}).status == 304 for _ in range(20))
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
    assert post(server, ASK, DIRECT).headers["cache-control"] == "no-store"
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
    [
        (None, None),
        ("", None),
        ("identity", None),
        ("br", None),
        ("gzip;q=0", None),
        ("identity, gzip;q=0.5", None),
        ("gzip", "gzip"),
        ("GZIP", "gzip"),
        ("zstd", "zstd"),
        ("br,gzip,deflate", "gzip"),
        ("gzip, deflate, br, zstd", "zstd"),
        ("gzip;q=1.0, zstd;q=0.5", "gzip"),
        ("*", "zstd"),
        ("*, zstd;q=0", "gzip"),
        ("*;q=0", None),
    ],
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
def test_the_limits_stand_in_a_header(strict: Server, path: str) -> None:
    stated = dict(item.split("=") for item in strict.ask(path).headers["query-limits"].split(", "))
    assert stated.keys() == {name.replace("_", "-") for name in LIMITS}
    assert (stated["seconds"], stated["mebibytes"], stated["body-kibibytes"]) == ("0.6", "150", "2")


def test_the_limits_stand_in_the_description(strict: Server) -> None:
    described = Graph().parse(data=strict.ask("/sparql").text, format="turtle")
    values = set(described.objects(None, URIRef("https://schema.org/value")))
    assert {Literal(0.6), Literal(150), Literal(1)} <= values or Literal("0.6", datatype=XSD.decimal) in values


def test_each_limit_is_an_option_of_serve() -> None:
    options = {option for parameter in serve.params for option in parameter.opts}
    named = {f"--{name.replace('_', '-')}" for name in Settings.__dataclass_fields__ if name != "inputs"}
    assert named <= options


def test_behind_a_proxy_the_address_and_the_asker_are_those_before_it(folder: Path) -> None:
    forwarded = {
        "X-Forwarded-For": "192.0.2.7",
        "X-Forwarded-Proto": "https",
        "X-Forwarded-Host": "data.example",
        "X-Forwarded-Prefix": "/towns",
        "Accept": NTRIPLES,
    }
    with started(folder, proxies=1) as server:
        answer = server.ask("/sparql", headers=forwarded)
        assert f"<https://data.example/towns/sparql> <{RDF.type}> <{SD.Service}> ." in answer.text


def test_without_a_proxy_what_it_would_say_is_not_believed(server: Server) -> None:
    headers = {"X-Forwarded-Host": "evil.example", "Accept": NTRIPLES}
    assert "evil.example" not in server.ask("/sparql", headers=headers).text
