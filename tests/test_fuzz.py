"""Whatever is asked, the answer is one that the protocol knows, and never an error of the program's own."""

from collections.abc import Iterator
from urllib.parse import quote, urlencode

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import content_type_conformance, status_code_conformance

from serving import Server, started
from twingraph.query.engine import GRAPHS, RESULTS
from twingraph.query.questions import questions
from twingraph.release.folder import Release

BOUNDED = settings(
    deadline=None,
    derandomize=True,
    max_examples=150,
    database=None,
    phases=(Phase.explicit, Phase.generate, Phase.shrink),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
WORDS = (
    "SELECT ASK CONSTRUCT DESCRIBE WHERE FILTER BIND VALUES UNION OPTIONAL MINUS GRAPH FROM NAMED ORDER BY GROUP "
    "HAVING LIMIT OFFSET AS IN NOT EXISTS REGEX CONCAT COUNT ( ) { } [ ] < > . ; , * / | ^ + ! ? = && || ?s ?p $o "
    "_:b a 1 -1.5 'x' \"y\"@lv <http://a/> place:alcamo schema:name true UNDEF PREFIX BASE # \\ \\u0041 % \0 LOAD"
)
PLACES = (
    "id doc place quote alcamo catalog catalog.ttl ckan.json changes changes.atom robots.txt sitemap.xml sitemap-1.xml "
    "ns shapes context.jsonld dumps latest sparql query terms.json timeline health version openapi.json llms.txt "
    "static .. . %2e%2e %00 %ff twingraph.ttl alcamo.ttl jelgava.html"
)
MEDIA = (*RESULTS, *GRAPHS, "text/html", "*/*", "text/*", "application/*", "*", "a/b", "application/json")
WEIGHTS = ("", ";q=0", ";q=1", ";q=0.5", ";q=.1", ";q=9", ";q=-1", ";q=", ";q=nan", ';a="b,c";q=0.2', ";;")
TEXTS = st.text(max_size=80) | st.lists(st.sampled_from(WORDS.split(" ")), max_size=25).map(" ".join)
SPOILED = st.builds(
    lambda text, at, put: text[: at % (len(text) + 1)] + put + text[at % (len(text) + 1) + len(put) :],
    st.sampled_from([question.text for question in questions()]),
    st.integers(0, 5_000),
    TEXTS,
)
HEADERS = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=120)
RANGES = st.lists(st.tuples(st.sampled_from(MEDIA), st.sampled_from(WEIGHTS)).map("".join), max_size=8).map(",".join)
SEGMENTS = st.sampled_from(PLACES.split()) | st.text(max_size=12).map(
    lambda text: quote(text.encode("utf-8", "surrogatepass"), safe="")
)
NEVER = {500, 501, 502, 504}
"""Statuses of a program that failed; 503 is that of a query stopped at its limits."""


@pytest.fixture(scope="module")
def server(release: Release) -> Iterator[Server]:
    with started(release.folder, seconds=0.5, queue_seconds=1) as server:
        yield server


def status(server: Server, path: str, **headers: str) -> int:
    answer = server.ask(path, headers=headers)
    assert b"Traceback" not in answer.body
    assert answer.status not in NEVER, answer.body
    return answer.status


@BOUNDED
@given(query=TEXTS | SPOILED)
@example(query="\0")
@example(query="SELECT * { ?s ?p '\ud800' }")
def test_whatever_the_query_it_is_answered_refused_or_stopped(server: Server, query: str) -> None:
    encoded = urlencode({"query": query.encode("utf-8", "surrogatepass")})
    assert status(server, f"/sparql?{encoded}") in {200, 400, 503}


@BOUNDED
@given(
    pairs=st.lists(st.tuples(st.sampled_from(["query", "update", "format", "output", "default-graph-uri", "x"]), TEXTS))
)
@example(pairs=[("query", "ASK {}"), ("default-graph-uri", "a b")])
def test_whatever_the_fields_they_are_read_or_refused(server: Server, pairs: list[tuple[str, str]]) -> None:
    encoded = urlencode([(name, value.encode("utf-8", "surrogatepass")) for name, value in pairs])
    assert status(server, f"/sparql?{encoded}") in {200, 400, 503}


@BOUNDED
@given(accept=RANGES | HEADERS, query=st.sampled_from(["ASK {}", "CONSTRUCT WHERE { ?s a ?o }"]))
def test_whatever_is_accepted_it_is_given_or_told_what_there_is(server: Server, accept: str, query: str) -> None:
    assert status(server, f"/sparql?{urlencode({'query': query})}", Accept=accept) in {200, 406}


@BOUNDED
@given(name=st.sampled_from(["Accept-Encoding", "If-None-Match", "If-Modified-Since", "Range", "Host"]), value=HEADERS)
def test_whatever_a_header_says_the_rest_is_still_understood(server: Server, name: str, value: str) -> None:
    assert status(server, "/sparql?query=ASK%7B%7D", **{name: value.strip()}) in {200, 304, 400, 406}


@BOUNDED
@given(segments=st.lists(SEGMENTS, max_size=6), accept=RANGES)
def test_whatever_the_path_it_is_there_or_it_is_not(server: Server, segments: list[str], accept: str) -> None:
    found = status(server, "/" + "/".join(segments), Accept=accept)
    assert found in {200, 303, 308, 400, 404, 405, 406, 410}


def not_a_server_error_but_busy(
    context: object, response: schemathesis.Response, case: schemathesis.Case
) -> bool | None:
    # A query may be stopped at its limits, and the description says so.
    return True if response.status_code == 503 else not_a_server_error(context, response, case)


def test_the_whole_face_is_as_it_is_described(server: Server) -> None:
    schema = schemathesis.openapi.from_url(f"http://127.0.0.1:{server.port}/openapi.json")
    described = [found.ok() for found in schema.get_all_operations()]
    assert len(described) > 5
    checks = [not_a_server_error_but_busy, status_code_conformance, content_type_conformance]
    for operation in described:

        @settings(BOUNDED, max_examples=20)
        @given(case=operation.as_strategy())
        def is_as_described(case: schemathesis.Case) -> None:
            case.call_and_validate(checks=checks)

        is_as_described()
