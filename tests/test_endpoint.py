"""The endpoint's shorter way: a plain answer is what any other is, and values are read as the library reads them."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote, quote_plus, unquote_to_bytes

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from twingraph.query.questions import questions
from twingraph.settings import Settings
from twingraph.web.app import create_app
from twingraph.web.endpoint import unquote

if TYPE_CHECKING:
    from flask.testing import FlaskClient

    from twingraph.query.engine import Engine
    from twingraph.release.build import Release

QUERIES = [
    "ASK {}",
    "SELECT * { ?s schema:name ?name } ORDER BY ?s ?name LIMIT 50",
    "CONSTRUCT { ?s schema:name ?o } { ?s a tg:Agreement ; schema:name ?o }",
    "SELECT (1 AS ?ē) {}",
    "SELECT nonsense",
    "",
    *(question.text for question in questions()),
]
ACCEPTS = [
    *(None, "", "*/*", "text/csv", "application/n-triples", "application/sparql-results+xml", "image/png"),
    *("text/tab-separated-values;q=0.5, text/turtle", "application/rdf+xml, application/json;q=0.1"),
    "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
]
CODINGS = [None, "gzip", "zstd, gzip;q=0.5", "identity", "identity;q=0", "*;q=0", "br"]


@pytest.fixture(scope="module")
def fresh(engine: Engine, release: Release) -> FlaskClient:
    """A client of the same application, which makes every answer anew."""
    return create_app(engine, release.folder, Settings(cache_mebibytes=0)).test_client()


def agree(client: FlaskClient, query_string: str, accept: str | None = None, coding: str | None = None) -> bool:
    """Tell whether an answer is the same with a condition that does not hold, which no plain answer has."""
    accepted = {"Accept": accept, "Accept-Encoding": coding}
    headers = {name: value for name, value in accepted.items() if value is not None}
    plain = client.get("/sparql", query_string=query_string, headers=headers)
    other = client.get("/sparql", query_string=query_string, headers=headers | {"If-None-Match": '"other"'})
    other.headers.remove("Date")
    return (plain.status, sorted(plain.headers), plain.data) == (other.status, sorted(other.headers), other.data)


@pytest.mark.parametrize("query", QUERIES)
@pytest.mark.parametrize("more", ["", "&format=csv"])
def test_a_plain_answer_is_the_same_as_one_under_a_condition(fresh: FlaskClient, query: str, more: str) -> None:
    assert agree(fresh, f"query={quote(query)}{more}")


@pytest.mark.parametrize("query", QUERIES[:3])
@pytest.mark.parametrize("accept", ACCEPTS)
@pytest.mark.parametrize("coding", CODINGS)
def test_it_is_so_in_every_media_type_and_coding(
    fresh: FlaskClient, query: str, accept: str | None, coding: str | None
) -> None:
    assert agree(fresh, f"query={quote(query)}", accept, coding)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text("qury=ASK {}%+&;2BDFé\n0", max_size=20), st.sampled_from(ACCEPTS), st.sampled_from(CODINGS))
def test_it_is_so_whatever_the_address(fresh: FlaskClient, tail: str, accept: str | None, coding: str | None) -> None:
    assert agree(fresh, f"query=ASK%20{tail}".encode().decode("latin-1"), accept, coding)


@given(st.text(), st.booleans())
def test_a_value_is_read_as_it_was_written(text: str, plus: bool) -> None:  # noqa: FBT001
    encoded = (quote_plus if plus else quote)(text, errors="surrogatepass")
    assert unquote(encoded.encode()) == text.encode("utf-8", "surrogatepass")


@given(st.text("%=+Aa0g_.~ \t\n", max_size=12))
def test_a_value_is_read_as_the_library_reads_it(encoded: str) -> None:
    assert unquote(encoded.encode()) == unquote_to_bytes(encoded.replace("+", " "))
