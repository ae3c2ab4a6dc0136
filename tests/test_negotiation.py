"""What is chosen by the headers of a request and its address, row by row as `negotiation.toml` has it."""

import tomllib
from pathlib import Path

import pytest
from pyoxigraph import QueryResultsFormat, RdfFormat

from twingraph.query.engine import GRAPHS, RESULTS
from twingraph.web.http import NAMES, choose, coding, content_type, named, prefers_page, takes_json

TABLES = tomllib.loads(Path(__file__).with_name("negotiation.toml").read_text("utf-8"))
BY_NAME = {names[0]: media for media, names in NAMES.items()} | {"": None}
JSON, _, CSV, _ = RESULTS


@pytest.mark.parametrize(("accept", "chosen"), TABLES["accept"].items())
def test_the_accept_header_decides(accept: str, chosen: list[str]) -> None:
    assert choose(accept) == tuple(BY_NAME.get(each, each) for each in chosen)


@pytest.mark.parametrize(
    ("accept", "names", "chosen"),
    [(accept, names, chosen) for accept, rows in TABLES["named"].items() for names, chosen in rows.items()],
)
def test_a_known_name_beats_the_header_and_an_unknown_one_never(accept: str, names: str, chosen: list[str]) -> None:
    assert choose(accept, *names.split(",")) == tuple(BY_NAME.get(each, each) for each in chosen)


def test_a_page_is_for_those_who_ask_for_html_above_all() -> None:
    yes, no = TABLES["page"]["true"], TABLES["page"]["false"]
    assert [each for each in yes + no if prefers_page(each)] == yes


def test_json_is_for_those_who_name_it() -> None:
    yes, no = TABLES["json"]["true"], TABLES["json"]["false"]
    assert [each for each in yes + no if takes_json(each)] == yes


@pytest.mark.parametrize(("accepted", "codings"), TABLES["coding"].items())
def test_a_coding_is_one_that_is_accepted_and_for_what_is_short_none_unless_that_is_ruled_out(
    accepted: str, codings: list[str]
) -> None:
    assert [coding(accepted), coding(accepted, short=True)] == codings


def test_no_header_and_one_beyond_all_length_are_as_an_empty_one() -> None:
    assert choose(None) == choose('"' * 9_000) == choose("")
    assert (prefers_page(None), takes_json(None)) == (False, False)
    assert coding(None) == coding("gzip;q=high, " + "x" * 9_000) == ""


def test_the_engine_writes_every_type_that_can_be_chosen() -> None:
    names = ("application/json", "application/xml", "text/xml", "application/turtle")
    assert all(QueryResultsFormat.from_media_type(choose(media).results) for media in (*RESULTS, *names[:3]))
    assert all(RdfFormat.from_media_type(choose(media).graphs) for media in (*GRAPHS, *names))


def test_text_types_and_xml_results_say_their_charset_and_others_do_not() -> None:
    assert content_type("text/csv") == "text/csv; charset=utf-8"
    assert content_type("application/sparql-results+xml") == "application/sparql-results+xml; charset=utf-8"
    assert content_type("application/n-triples") == "application/n-triples"


def test_a_name_says_what_it_means_for_each_form_and_nothing_where_it_is_unknown() -> None:
    assert named("csv") == (CSV, None)
    assert named("surprise", "json") == (JSON, BY_NAME["jsonld"])
    assert named("surprise") == named() == (None, None)
