import pytest
from pyoxigraph import QueryResultsFormat, RdfFormat

from twingraph.query.engine import GRAPHS, RESULTS
from twingraph.web.http import choose, coding, content_type, named, prefers_page, takes_json

JSON, XML, CSV, TSV = RESULTS
TURTLE, NTRIPLES, JSONLD, RDFXML, TRIG, NQUADS = GRAPHS

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8"
COMUNICA = (
    "application/n-quads,application/trig;q=0.95,application/ld+json;q=0.9,application/n-triples;q=0.8,"
    "text/turtle;q=0.6,application/rdf+xml;q=0.5,text/html;q=0.2"
)


@pytest.mark.parametrize(
    ("accept", "results", "graphs"),
    [
        # Nothing said, or everything
        (None, JSON, TURTLE),
        ("", JSON, TURTLE),
        ("  , ,", JSON, TURTLE),
        ("*/*", JSON, TURTLE),
        # One type
        ("TEXT/Turtle", None, TURTLE),
        ("text/turtle; charset=utf-8", None, TURTLE),
        ("image/png", None, None),
        # One list for both forms of query
        ("application/sparql-results+json,text/turtle", JSON, TURTLE),
        ("application/rdf+xml, application/sparql-results+xml", XML, RDFXML),
        # Weights
        ("text/csv;q=0.5, application/sparql-results+xml;q=0.6", XML, None),
        ("application/ld+json;q=0.3, text/turtle;q=0.2, */*;q=0.1", JSON, JSONLD),
        ("text/csv;q=0", None, None),
        ("text/csv ; q=.2, text/tab-separated-values; q=0.1", CSV, None),
        # The more specific range counts, whatever its weight
        ("*/*, application/sparql-results+json;q=0.1", XML, TURTLE),
        ("text/*;q=0.9, text/csv;q=0.1, text/turtle;q=0", TSV, None),
        ("*/*;q=0.5, application/*;q=0", CSV, TURTLE),
        # Of equal weight: what is named, then what comes first here
        ("*/*, text/csv", CSV, TURTLE),
        ("application/n-triples, text/turtle", None, TURTLE),
        ("text/*", CSV, TURTLE),
        ("application/*", JSON, NTRIPLES),
        # Other names of a format, given to those who know no better one
        ("application/json", "application/json", "application/json"),
        ("application/sparql-results+json,application/json,text/javascript", JSON, "application/json"),
        ("application/xml", "application/xml", "application/xml"),
        ("application/turtle,text/turtle", None, TURTLE),
        ("application/x-turtle", None, "application/x-turtle"),
        # What clients send
        ("application/sparql-results+json,*/*;q=0.9", JSON, TURTLE),
        ("application/n-triples,*/*;q=0.9", JSON, NTRIPLES),
        ("text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2", JSON, TURTLE),
        (COMUNICA, None, NQUADS),
        # Misprints
        ("text/csv;q=high", CSV, None),
        ('text/turtle;note="a, text/csv;q=1"', None, TURTLE),
        ('"' * 9_000, JSON, TURTLE),
    ],
)
def test_the_accept_header_decides(accept: str | None, results: str | None, graphs: str | None) -> None:
    assert choose(accept) == (results, graphs)


@pytest.mark.parametrize(
    ("names", "accept", "results", "graphs"),
    [
        (["csv"], "application/sparql-results+json", CSV, None),
        (["csv"], None, CSV, TURTLE),
        (["json"], "text/turtle", JSON, JSONLD),
        (["JSON"], None, JSON, JSONLD),
        (["application/sparql-results+xml"], None, XML, TURTLE),
        (["application/sparql-results xml"], None, XML, TURTLE),
        (["application/rdf xml"], None, JSON, RDFXML),
        (["application/json"], CSV, "application/json", "application/json"),
        (["text/xml"], JSON, "text/xml", "text/xml"),
        (["application/x-turtle"], None, JSON, "application/x-turtle"),
        (["surprise"], "text/csv", CSV, None),
        (["surprise", "tsv"], "text/csv", TSV, None),
        ([""], "text/csv", CSV, None),
    ],
)
def test_a_known_name_beats_the_header_and_an_unknown_one_never(
    names: list[str], accept: str | None, results: str | None, graphs: str | None
) -> None:
    assert choose(accept, *names) == (results, graphs)


PAGES = ("text/html", BROWSER, "application/xhtml+xml", "text/html, */*", "text/html;q=0.5, */*;q=0.1")
DATA = (
    *(None, "*/*", "text/*", COMUNICA, "text/html;q=0", "text/html, text/csv", "text/html;q=0.5, text/csv"),
    *("text/html, application/json", "application/json, text/html;q=0.5", "*/*, text/html;q=0.5"),
    "text/html;q=0.9, application/*",
)


@pytest.mark.parametrize(("accept", "page"), [(each, each in PAGES) for each in (*PAGES, *DATA)])
def test_a_page_is_for_those_who_ask_for_html_above_all(accept: str | None, page: object) -> None:
    assert prefers_page(accept) is page


def test_the_engine_writes_every_type_that_can_be_chosen() -> None:
    names = ("application/json", "application/xml", "text/xml", "application/turtle")
    assert all(QueryResultsFormat.from_media_type(choose(media).results) for media in (*RESULTS, *names[:3]))
    assert all(RdfFormat.from_media_type(choose(media).graphs) for media in (*GRAPHS, *names))


def test_text_types_and_xml_results_say_their_charset_and_others_do_not() -> None:
    assert content_type("text/csv") == "text/csv; charset=utf-8"
    assert content_type("application/sparql-results+xml") == "application/sparql-results+xml; charset=utf-8"
    assert content_type("application/n-triples") == "application/n-triples"


NAMED = (
    *("application/json", "application/problem+json", "application/sparql-results+json, */*;q=0.1", "application/*"),
    "application/ld+json;q=0.5, text/plain;q=0.5",
)
UNNAMED = (
    *(None, "*/*", BROWSER, "application/json;q=0", "application/jsonx", "text/plain, application/json;q=0.9"),
    "text/plain",
)


@pytest.mark.parametrize(("accept", "json"), [(each, each in NAMED) for each in (*NAMED, *UNNAMED)])
def test_json_is_for_those_who_name_it(accept: str | None, json: object) -> None:
    assert takes_json(accept) is json


@pytest.mark.parametrize(
    ("accepted", "long", "short"),
    [
        (None, "", ""),
        ("", "", ""),
        (", ,", "", ""),
        ("br, deflate", "", ""),
        ("gzip", "gzip", ""),
        ("GZIP", "gzip", ""),
        ("gzip, zstd", "zstd", ""),
        ("gzip, zstd;q=0.9", "gzip", ""),
        ("gzip;q=0.1", "gzip", ""),
        ("gzip;q=0", "", ""),
        ("gzip;q=0.1, identity;q=0.2", "", ""),
        ("gzip, identity;q=0", "gzip", "gzip"),
        ("gzip, *;q=0", "gzip", "gzip"),
        ("*", "zstd", ""),
        ("*, zstd;q=0", "gzip", ""),
        ("*;q=0", "", ""),
        ("identity;q=0", "", ""),
        ("gzip;q=high, " + "x" * 9_000, "", ""),
    ],
)
def test_a_coding_is_one_that_is_accepted_and_for_what_is_short_none_unless_that_is_ruled_out(
    accepted: str | None, long: str, short: str
) -> None:
    assert (coding(accepted), coding(accepted, short=True)) == (long, short)


def test_a_name_says_what_it_means_for_each_form_and_nothing_where_it_is_unknown() -> None:
    assert named("csv") == (CSV, None)
    assert named("surprise", "json") == (JSON, JSONLD)
    assert named("surprise") == named() == (None, None)
