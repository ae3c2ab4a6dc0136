"""The protocol, row by row: SPARQL 1.1 Protocol and Service Description, RFC 9110, RFC 9457 and CORS."""

import gzip
import json
import re
import sys
import time
import tomllib
from pathlib import Path
from urllib.parse import quote

import jinja2
import pytest
from rdflib import RDF, Graph

from releases import remade
from serving import Answer, Server, started
from twingraph.cli import serve
from twingraph.query.engine import GRAPHS, RESULTS
from twingraph.settings import QUADS, Settings
from twingraph.web.http import LIMITS

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

from collections.abc import Iterator

from flask import Flask

from serving import Body
from twingraph.release.folder import Release

DATA = [f"http://kasei.us/2009/09/sparql/data/data{number}.rdf" for number in range(4)]

JSON, XML, CSV, _ = RESULTS
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


def graphs(field: str, *numbers: int) -> str:
    return "&".join(f"{field}={quote(DATA[number], safe='')}" for number in numbers)


# Requests as `protocol.toml` has them

VALUES = {"form": FORM, "direct": DIRECT, "update": "application/sparql-update", "graphs": graphs, "data": DATA}
VALUES["both_documents"] = f"ASK {{ <{DATA[1]}> a ?type . <{DATA[2]}> a ?type . }}"
VALUES["both_graphs"] = f"ASK {{ GRAPH ?g1 {{ <{DATA[1]}> a ?type }} GRAPH ?g2 {{ <{DATA[2]}> a ?type }} }}"
REQUESTS = tomllib.loads(Path(__file__).with_name("protocol.toml").read_text("utf-8"))


def written(template: str, path: str) -> str:
    return jinja2.Template(template, keep_trailing_newline=True).render(VALUES, path=path)


@pytest.mark.parametrize("path", ["/sparql", "/sparql/"])
@pytest.mark.parametrize("name", REQUESTS["answered"])
def test_a_query_is_answered_in_each_of_the_protocol_s_ways(server: Server, name: str, path: str) -> None:
    answer = server.send(written(REQUESTS["answered"][name], path))
    assert (answer.status, json.loads(answer.body)["boolean"]) == (200, True)


@pytest.mark.parametrize("name", REQUESTS["updates"])
def test_an_update_is_refused_in_a_sentence_whatever_way_it_comes(server: Server, name: str) -> None:
    before = server.query("SELECT (COUNT(*) AS ?n) { ?s ?p ?o }").body
    answer = server.send(written(REQUESTS["updates"][name], "/sparql/"))
    assert 400 <= answer.status < 500
    assert re.search(r"Update|application/sparql-query", answer.text)
    assert server.query("SELECT (COUNT(*) AS ?n) { ?s ?p ?o }").body == before


@pytest.mark.parametrize(
    ("status", "sentence", "sent"),
    [(int(code), said, sent) for code, of in REQUESTS["refused"].items() for said, all_ in of.items() for sent in all_],
)
def test_a_request_that_brings_no_one_query_is_refused(server: Server, status: int, sentence: str, sent: str) -> None:
    answer = server.send(written(sent, "/sparql"))
    assert (answer.status, sentence in answer.text) == (status, True)


@pytest.mark.parametrize("path", ["//sparql", "/sparql//", "/SPARQL", "/sparql/x"])
def test_the_endpoint_never_leads_elsewhere(server: Server, path: str) -> None:
    assert server.ask(f"{path}?query={quote(ASK)}").status in {200, 404}


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
        if form is None:
            answer = server.ask(f"/sparql?{field}", headers=headers)
        else:
            answer = server.ask("/sparql", "POST", field if form == FORM else query, headers | {"Content-Type": form})
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


@pytest.mark.parametrize("accept", ["text/csv", "application/json"])
def test_a_refusal_is_in_the_language_that_is_asked_for(server: Server, accept: str) -> None:
    headers = {"Accept": accept, "Accept-Language": "lv, en;q=0.5"}
    answer = server.ask("/sparql?query=SELECT%20*%20%7B%20%3Fs%20made:up%20%3Fo%20%7D", headers=headers)
    assert "1. rinda, 15. kolonna, pie made:up: šis prefikss nav deklarēts." in answer.body.decode()
    assert (answer.headers["content-language"], "Accept-Language" in answer.varies) == ("lv", True)


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
    answer = strict.ask("/sparql", "POST", body, {"Content-Type": DIRECT})
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
    addresses = re.findall(rf"http://127\.0\.0\.1:{server.port}(/[\w/]*)", answer.text)
    assert set(addresses) == {path.partition("?")[0]}


def test_the_address_is_the_one_of_the_request_whatever_the_host(server: Server) -> None:
    answer = server.ask("/sparql", headers={"Host": "data.example:81", "Accept": NTRIPLES})
    assert (
        f"<http://data.example:81/sparql> <{RDF.type}> <http://www.w3.org/ns/sparql-service-description#Service> ."
        in answer.text
    )


@pytest.mark.parametrize("host", ['a"b', "a>b", "a/b", "a b", "a@b", "é", "[::1"])
def test_a_host_that_is_none_is_refused(server: Server, host: str) -> None:
    assert server.ask("/sparql", headers={"Host": host}).status == 400


def test_the_description_is_refused_in_other_formats_with_those_there_are(server: Server) -> None:
    answer = server.ask("/sparql", headers={"Accept": CSV})
    assert (answer.status, all(media_type in answer.text for media_type in GRAPHS)) == (406, True)


@pytest.mark.parametrize("name", ["classes", "examples", "prefixes"])
def test_what_an_editor_asks_for_is_in_the_description_and_behind_a_plain_query(server: Server, name: str) -> None:
    query = Path(__file__).with_name("sib_editor").joinpath(f"{name}.rq").read_text("utf-8")
    description = Graph().parse(data=server.ask("/sparql").text, format="turtle")
    found = {tuple(map(str, row.values())) for row in rows(server.query(query))}
    assert len(description.query(query)) == len(found) > 0


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


@pytest.mark.parametrize("query", REQUESTS["fleeting"]["queries"])
def test_what_is_different_each_time_is_not_kept(server: Server, query: str) -> None:
    answer = server.query(query)
    assert (answer.status, answer.headers["cache-control"]) == (200, "no-store")
    assert not {"etag", "last-modified"} & answer.headers.keys()
    assert server.query(query, If_None_Match="*").status == 200


def test_an_answer_keeps_for_as_long_as_the_settings_say_and_a_refusal_not(server: Server, folder: Path) -> None:
    assert server.query(ASK).headers["cache-control"] == "public, max-age=60"
    assert server.query("oops").headers["cache-control"] == "no-store"
    assert server.ask("/sparql", "POST", ASK, {"Content-Type": DIRECT}).headers["cache-control"] == "no-store"
    with started(folder, fresh_seconds=7) as other:
        assert other.query(ASK).headers["cache-control"] == "public, max-age=7"


@pytest.mark.parametrize(("path", "varies"), REQUESTS["varies"].items())
def test_vary_names_what_the_answer_depends_on_and_nothing_else(server: Server, path: str, varies: list[str]) -> None:
    assert server.ask(path).varies == set(varies)


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


# Limits


@pytest.mark.parametrize("path", ["/sparql", f"/sparql?query={quote(ASK)}", "/sparql?query=oops"])
def test_the_limits_stand_in_a_header(strict: Server, path: str) -> None:
    stated = dict(item.split("=") for item in strict.ask(path).headers["query-limits"].split(", "))
    assert stated.keys() == {name.replace("_", "-") for name in LIMITS}
    assert (stated["seconds"], stated["mebibytes"], stated["body-kibibytes"]) == ("0.6", "150", "2")


def test_each_limit_is_an_option_of_serve() -> None:
    options = {option for parameter in serve.params for option in parameter.opts}
    named = {f"--{name.replace('_', '-')}" for name in Settings.__dataclass_fields__ if name != "inputs"}
    assert named <= options
