import pytest

from twingraph.errors import BadQuery
from twingraph.query import sparql


@pytest.mark.parametrize(
    "group",
    [
        "SERVICE <http://a/> {}",
        "service <http://a/> {}",
        "SERVICE SILENT <http://a/> {}",
        "SERVICESILENT<http://a/>{}",
        "SERVICE ?s {}",
        "SERVICE:a {}",
        "SERVICE:a #\n{}",
        "SERVICE ex:a {}",
        "{ { OPTIONAL { SERVICE <http://a/> {} } } }",
        "{ SELECT * { SERVICE <http://a/> {} } }",
        "FILTER NOT EXISTS { SERVICE <http://a/> {} }",
        "?s ?p trueSERVICE <http://a/> {}",
        "?s ?p 1.SERVICE <http://a/> {}",
        "?s ?p 'a\\'b' . SERVICE <http://a/'> {}",
        "?s ?p <http://a/'> . SERVICE <http://a/'> {}",
        "?s ?p <http://a/\\u0041'> . SERVICE <http://a/'> {}",
        "?s ?p ex:a\\'b . SERVICE <http://a/'> {}",
        "# it's\n SERVICE <http://a/'> {}",
        '?s ?p """ "" """ . SERVICE <http://a/> {}',
        "FILTER(?a <1) SERVICE <http://a/> {} FILTER(?b> 2)",
    ],
)
def test_service_is_refused_wherever_it_hides(group: str) -> None:
    with pytest.raises(BadQuery, match="SERVICE is not offered"):
        sparql.check(f"SELECT * {{ {group} }}")


@pytest.mark.parametrize(
    "query",
    [
        "SELECT ?service { ?service ?p $SERVICE }",
        "PREFIX service: <http://a/> SELECT * { service:x service:service ex:service }",
        "PREFIX service: <http://a/> SELECT * { GRAPH service:x { ?s ?p ?o } }",
        "SELECT * { ?s ?p 'SERVICE <http://a/> {}' , \"it's a SERVICE\" , '''SERVICE ' '''@service }",
        "SELECT * { ?s <http://a/SERVICE> _:service } # SERVICE <http://a/> {}",
    ],
)
def test_the_word_service_may_stand_in_names_texts_and_comments(query: str) -> None:
    sparql.check(query)


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        ("SELECT * { FILTER(" + "(" * 5_000 + "1" + ")" * 5_000 + ") }", "nested more than 200 deep"),
        ("SELECT * { FILTER(" + "!" * 5_000 + "1) }", "nested more than 200 deep"),
        ("ASK { ?s " + "^(" * 300 + "<p>" + ")" * 300 + " ?o }", "nested more than 200 deep"),
        ("SELECT * {" + "{} UNION " * 501 + "{} }", "more than 500 branches of UNION"),
        ("SELECT * { VALUES ?x {" + "1 " * 10_001 + "} }", "more than 10,000 terms in VALUES"),
        ("SELECT * { VALUES (?x ?y) {" + "(1 2) " * 5_001 + "} }", "more than 10,000 terms in VALUES"),
        ("SELECT * {" + "BIND(1 AS ?x)" * 2_000 + "}", "more than 3,000 words and signs"),
        ("SELECT * { VALUES ?x { 1 }" + "?s ?p 1." * 2_000 + "}", "more than 3,000 words and signs"),
        ("ASK {} #" + "-" * 200_000, "more than 200,000 characters"),
        ("ASK {} # SERVICE" + "-" * 200_000, "more than 200,000 characters"),
    ],
)
def test_what_is_too_large_to_be_parsed_is_refused(query: str, reason: str) -> None:
    with pytest.raises(BadQuery, match=f"The query is too large: it.*{reason}"):
        sparql.check(query)


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * {" + "{} UNION " * 499 + "{} }",
        "SELECT * { VALUES ?x {" + "<http://a/> " * 10_000 + "} }",
        "SELECT * { FILTER(" + "(1) + " * 700 + "1) }",
        "SELECT * { ?s ?p '" + "((((" * 1_000 + "' }",
        "ASK {} #" + "(" * 10_000,
    ],
)
def test_what_is_merely_long_may_be_asked(query: str) -> None:
    sparql.check(query)


@pytest.mark.parametrize(
    "text",
    [
        "INSERT DATA { <a> <b> <c> }",
        "# SELECT\nPREFIX select: <http://a/> delete where { ?s ?p ?o }",
        "BASE <http://a/> LOAD <b>",
        "WITH <a> DELETE { ?s ?p ?o } WHERE { ?s ?p ?o }",
    ],
)
def test_an_update_is_told_from_a_mistake(text: str) -> None:
    assert sparql.is_update(text)


@pytest.mark.parametrize("text", ["SELEKT * {}", "", "?insert", "SELECT * { INSERT }", "'INSERT'"])
def test_a_mistake_is_not_called_an_update(text: str) -> None:
    assert not sparql.is_update(text)
