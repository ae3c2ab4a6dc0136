from contextlib import nullcontext

import pytest

from twingraph.errors import BadQuery
from twingraph.query.evaluation import check, explain, mask

BRACKETS = "more than 20,000 brackets"


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        ("ASK {} #" + "-" * 200_000, "more than 200,000 characters"),
        ("SELECT * { FILTER(" + "(" * 20_000 + "1" + ")" * 20_000 + ") }", BRACKETS),
        ("ASK { 1 <'> '" + "(" * 20_000 + "' }", BRACKETS),
        # What is merely long may be asked.
        ("SELECT * { VALUES ?x {" + "<http://a/> " * 15_000 + "} }", ""),
        ("SELECT * { VALUES (?x) {" + "(1) " * 19_000 + "} }", ""),
        ("ASK {} #" + "(" * 10_000, ""),
    ],
)
def test_what_is_too_large_to_be_parsed_is_refused(query: str, reason: str) -> None:
    with pytest.raises(BadQuery, match=f"The query is too large: it.*{reason}") if reason else nullcontext():
        check(query)


@pytest.mark.parametrize(
    ("query", "masked"),
    [
        ("ASK {}", "ASK {}"),
        ("ASK { SERVICE <a> {} }", "ASK { SERVICx <a> {} }"),
        ("ASK { service:ServicX }", "ASK { servicz:ServicX }"),
    ],
)
def test_a_mask_is_as_long_as_the_query_and_holds_a_word_of_its_own(query: str, masked: str | None) -> None:
    assert mask(query) == masked


@pytest.mark.parametrize(
    ("text", "is_update"),
    [
        ("INSERT DATA { <a> <b> <c> }", True),
        ("# SELECT\nPREFIX select: <http://a/> delete where { ?s ?p ?o }", True),
        ("BASE <http://a/> LOAD <b>", True),
        ("WITH <a> DELETE { ?s ?p ?o } WHERE { ?s ?p ?o }", True),
        ("SELEKT * {}", False),
        ("", False),
        ("?insert", False),
        ("SELECT * { INSERT }", False),
        ("'INSERT'", False),
    ],
)
def test_an_update_is_told_from_a_mistake(text: str, *, is_update: bool) -> None:
    def ask(_: str) -> None:
        raise SyntaxError("error at 1:1: expected made up")

    found = str(explain(text, ask))
    assert found.startswith("This is SPARQL Update") == is_update
