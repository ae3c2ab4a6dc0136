"""The query page: it answers as the endpoint does, shows what fits, and hands out programs that run."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
import subprocess
import sys
from html import unescape
from typing import TYPE_CHECKING

import pytest

from pages import Page
from twingraph.query.questions import question, questions
from twingraph.web.pictures.answers import bars, read, spots

if TYPE_CHECKING:
    from collections.abc import Sequence

    from serving import Server


BROWSER = {"Accept": "text/html"}
PARTNERS = "SELECT ?town { place:jelgava tg:twinnedWith ?town } ORDER BY ?town"
# What shells and languages might take for their own.
AWKWARD = (
    'SELECT ?name { # \'$HOME\' `id` \\ )-" \n  VALUES ?name { "it\'s \\"made up\\"" """two\nSPARQL\nlines""" }\n}\n'
    "ORDER BY ?name"
)
XSD = "http://www.w3.org/2001/XMLSchema#"


def shown(server: Server, path: str) -> str:
    answer = server.ask(path, headers=BROWSER)
    assert (answer.status, answer.media_type) == (200, "text/html; charset=utf-8")
    return answer.text


def cells(page: str) -> list[list[str]]:
    """Give the text of each cell of the first table."""
    rows = re.findall(r"<tr>(.*?)</tr>", page.partition("<tbody>")[2].partition("</tbody>")[0], re.DOTALL)
    return [
        [unescape(re.sub("<[^>]+>", "", cell)) for cell in re.findall(r"<td[^>]*>(.*?)</td>", row, re.DOTALL)]
        for row in rows
    ]


def programs(page: str) -> dict[str, str]:
    found = re.findall(r"<h3>([^<]+)</h3>\n<pre[^>]*><code>(.*?)</code>", page, re.DOTALL)
    return {name: unescape(text) for name, text in found}


def run(*words: str) -> str:
    return subprocess.run(words, capture_output=True, text=True, check=True, timeout=60).stdout


# Answers


def test_the_page_shows_the_rows_that_the_endpoint_gives(server: Server) -> None:
    rows = list(csv.reader(io.StringIO(server.query(PARTNERS, Accept="text/csv").text)))
    page = server.query(PARTNERS, path="/query", Accept="text/html").text
    assert "14 rows." in page
    assert [row[0].replace("place:", "https://w3id.org/twingraph/id/place/") for row in cells(page)] == [
        row[0] for row in rows[1:]
    ]


@pytest.mark.parametrize("language", ["lv", "en"])
def test_every_named_query_has_a_page_in_both_languages_and_is_an_example_there(server: Server, language: str) -> None:
    examples = {link.partition("?")[0] for link in Page(shown(server, f"/query?lang={language}")).links}
    for asked in questions():
        page = shown(server, f"/query/{asked.name}?lang={language}")
        assert Page(page).texts["h1"] == [asked.summary(language)]
        assert 'class="warning"' not in page
        assert f"/query/{asked.name}" in examples
        assert f' download="{asked.name}.' in page


@pytest.mark.parametrize(("language", "area"), [("lv", "izglītība"), ("en", "education")])
def test_a_named_query_is_asked_of_what_is_given_in_the_language_of_the_page(
    server: Server, language: str, area: str
) -> None:
    page = shown(server, f"/query/areas-of-one-town?place=nacka&lang={language}")
    assert "VALUES ?place { place:nacka }" in Page(page).texts["textarea"][0]
    assert f'LANG(?area_label) = "{language}"' in Page(page).texts["textarea"][0]
    assert {(row[0], row[2]) for row in cells(page)} >= {("place:nacka", area)}


@pytest.mark.parametrize(
    ("path", "status", "sentence"),
    [
        ("/query?query=SELECT%20*%20%7B%0A%20oops%20%7D", 400, "Line 2, column 2, at oops"),
        ("/query?query=ASK%7BSERVICE%3Chttp://a/%3E%7B%7D%7D", 400, "SERVICE is not offered"),
        ("/sparql?query=ASK%7B", 400, "Line 1, column 5, at the end"),
        ("/query/areas-of-one-town?place=a%20b", 400, "is no IRI"),
        ("/query/areas-of-one-town?place=berlin", 400, "There is no place 'berlin'"),
        ("/query/agreements-between-two-years?from=soon", 400, "from is a number"),
        ("/query/no-such-query", 404, "There is no query"),
    ],
)
def test_what_can_not_be_answered_is_said_with_the_status_of_the_endpoint(
    server: Server, path: str, status: int, sentence: str
) -> None:
    answer = server.ask(path, headers=BROWSER)
    assert answer.status == status
    assert sentence in unescape(answer.text)


def test_a_query_that_failed_stays_in_the_form(server: Server) -> None:
    page = server.ask("/query?query=ASK%20%7B%20%3Coops", headers=BROWSER).text
    assert Page(page).texts["textarea"] == ["ASK { <oops"]


@pytest.mark.parametrize("language", ["lv", "en"])
def test_a_page_that_is_shared_comes_again_with_query_answer_and_language(server: Server, language: str) -> None:
    page = server.query(PARTNERS, ("lang", language), path="/query", Accept="text/html").text
    [again] = re.findall(r'class="share" href="([^"]+)"', page)
    assert server.ask(unescape(again), headers=BROWSER).text == page


@pytest.mark.parametrize(
    ("query", "said"), [("ASK { place:jelgava tg:twinnedWith place:alcamo }", "Yes."), ("ASK { <urn:a> ?b ?c }", "No.")]
)
def test_truth_is_told_in_a_word(server: Server, query: str, said: str) -> None:
    assert f'<p class="told">{said}</p>' in server.query(query, path="/query", Accept="text/html").text


def test_every_form_in_which_an_answer_can_be_taken_is_given(server: Server) -> None:
    for name in ("partners-with-dates", "agreement-with-jelgava", "one-town-as-a-graph"):
        page = shown(server, f"/query/{name}?lang=lv")
        taken = re.findall(
            r'<a href="([^"]+)"[^>]*>[A-Z]+</a>', page.partition('class="takes"')[2].partition("</p>")[0]
        )
        answers = [server.ask(unescape(address), headers=BROWSER) for address in taken]
        assert {answer.status for answer in answers} == {200}
        assert len({answer.media_type for answer in answers}) == len(taken) >= 2


def test_an_answer_that_changes_is_not_kept(server: Server) -> None:
    for path in ("/query", "/sparql"):
        assert server.query("SELECT (RAND() AS ?n) {}", path=path, Accept="text/html").headers["cache-control"] == (
            "no-store"
        )


def test_without_javascript_the_form_brings_the_query_and_the_language_back(server: Server) -> None:
    page = shown(server, "/query?lang=lv")
    assert '<input type="hidden" name="lang" value="lv">' in page
    assert '<form id="ask" class="query" action="/query?lang=lv"' in page
    assert '<input type="hidden" name="lang"' not in shown(server, "/query")


# What an editor completes


def test_the_terms_to_complete_are_those_that_the_data_use(server: Server) -> None:
    told = json.loads(server.ask("/query/terms.json?lang=lv").body)
    terms = {term["name"]: term for term in told["terms"]}
    for name, kind in (("tg:signed", "property"), ("schema:City", "class")):
        pattern = f"?s a {name}" if kind == "class" else f"?s {name} ?o"
        [[counted]] = cells(server.query(f"SELECT (COUNT(*) AS ?n) {{ {pattern} }}", Accept="text/html").text)
        assert (terms[name]["kind"], terms[name]["uses"]) == (kind, int(counted))
    assert terms["tg:signed"]["label"] == "noslēgts"
    assert told["prefixes"]["tg"] == "https://w3id.org/twingraph/ns#"


# Pictures, where they fit


def found(names: str, *rows: Sequence[str | int | float | None]) -> dict[str, object]:
    """Write made-up results as the endpoint does: numbers, IRIs, and words, in Latvian or in English by the column."""
    listed = names.split()
    bindings = [
        {name: term(name, value) for name, value in zip(listed, row, strict=True) if value is not None} for row in rows
    ]
    return {"head": {"vars": listed}, "results": {"bindings": bindings}}


def term(name: str, value: str | float) -> dict[str, str]:
    if not isinstance(value, str):
        kind = "integer" if isinstance(value, int) else "decimal"
        return {"type": "literal", "value": str(value), "datatype": f"{XSD}{kind}"}
    if value.startswith("http"):
        return {"type": "uri", "value": value}
    tag = {"xml:lang": name[-2:]} if name.endswith(("_lv", "_en")) else {}
    return {"type": "literal", "value": value, **tag}


def test_bars_are_drawn_of_names_in_the_language_and_the_longest_is_whole() -> None:
    drawn = bars(read(found("made_up_en made_up_lv n", ["one", "viens", 1], ["four", "četri", 4])), "lv")
    assert drawn is not None
    assert (drawn.value, drawn.name) == ("n", "made_up_lv")
    assert [(name.text, value.text, share) for name, value, share in drawn.bars] == [
        ("viens", "1", 25.0),
        ("četri", "4", 100.0),
    ]


@pytest.mark.parametrize(
    ("names", "rows"),
    [
        ("name year", [["one", 1957], ["two", 2007]]),
        ("name n", [["one", 1]]),
        ("name n", [["one", -1], ["two", 2]]),
        ("name n", [["one", 0], ["two", 0]]),
        ("name n", [["one", "many"], ["two", 2]]),
        ("name n", [[f"made up {n}", n] for n in range(100)]),
        ("n m", [[1, 2], [3, 4]]),
        ("name", [["one"], ["two"]]),
    ],
)
def test_what_bars_can_not_show_is_not_drawn_as_bars(names: str, rows: list[list[str | int]]) -> None:
    assert bars(read(found(names, *rows)), "en") is None


def test_a_map_names_its_places_by_what_tells_them_apart(server: Server) -> None:
    page = shown(server, "/query/towns-on-a-map?lang=en")
    drawn = re.findall(r'<circle class="town"[^>]*><title>([^<]+)</title>', page)
    towns = {row["town_label"]["value"] for row in rows_of(server, question("towns-on-a-map").text)}
    assert set(drawn) == towns
    assert len(drawn) == len(towns)


def rows_of(server: Server, query: str) -> list[dict[str, dict[str, str]]]:
    told = json.loads(server.query(query, Accept="application/sparql-results+json").body)
    rows: list[dict[str, dict[str, str]]] = told["results"]["bindings"]
    return rows


def test_a_map_of_places_in_europe_is_of_europe_and_of_none_is_not_drawn() -> None:
    near = spots(read(found("name latitude longitude", ["made up", 56.6, 23.7])), "en")
    far = spots(read(found("name latitude longitude", ["made up", 56.6, 23.7], ["made up too", -22.8, -47.3])), "en")
    assert (near and near[0].name, far and far[0].name) == ("europe", "world")
    assert spots(read(found("name latitude longitude", ["made up", 560.6, 23.7])), "en") is None
    assert spots(read(found("name latitude", ["made up", 56.6])), "en") is None


def test_a_page_shows_no_more_cells_than_a_browser_bears_and_says_so(server: Server) -> None:
    names = [f"made_up_{number}" for number in range(300)]
    query = f"SELECT {' '.join(f'?{name}' for name in names)} {{ ?a ?b ?c . ?d a schema:City }} LIMIT 100000"
    page = server.query(query, path="/query", Accept="text/html").text
    assert "100000 rows. Only the first 166 are shown" in " ".join(Page(page).texts["section"][0].split())
    assert page.count("<td>") == 166 * 300


def test_a_query_with_a_character_that_browsers_drop_is_refused_and_not_offered_to_be_copied(server: Server) -> None:
    answer = server.query("ASK {}\nSPARQL\0\nrm -r made-up", path="/query", Accept="text/html")
    assert answer.status == 400
    assert "U+0000" in answer.text
    assert programs(answer.text) == {}


@pytest.mark.parametrize(
    ("query", "hint"),
    [
        ("SELECT * { ?town a <http://schema.org/City> }", "begin with https here"),
        ("SELECT (GROUP_CONCAT(?town) AS ?towns) { ?town a schema:City }", "GROUP_CONCAT(STR(?value))"),
    ],
)
def test_what_often_goes_wrong_is_hinted_at(server: Server, query: str, hint: str) -> None:
    assert hint in unescape(server.query(query, path="/query", Accept="text/html").text)
    assert 'class="hint"' not in server.query(PARTNERS, path="/query", Accept="text/html").text


def test_a_value_that_would_be_a_link_to_run_is_only_shown(server: Server) -> None:
    query = 'SELECT ?a ?b { VALUES (?a ?b) { (<javascript:alert(1)> "<script>made up</script>") } }'
    page = Page(server.query(query, path="/query", Accept="text/html").text)
    assert not page.inline_scripts
    assert not [link for link in page.links if link.startswith("javascript")]


# Programs


def test_namibia_is_no_missing_value_in_a_program_to_copy(server: Server) -> None:
    page = server.query('SELECT ?code { VALUES ?code { "NA" "LV" UNDEF } }', path="/query", Accept="text/html").text
    assert run(sys.executable, "-c", programs(page)["Python, pandas"] + "print(list(table.code.isna()))").endswith(
        "[False, False, True]\n"
    )
    assert 'na.strings = ""' in programs(page)["R"]


@pytest.mark.skipif(shutil.which("curl") is None, reason="needs curl")
@pytest.mark.parametrize("query", [PARTNERS, AWKWARD])
def test_the_programs_to_copy_give_the_rows_of_the_page(server: Server, query: str) -> None:
    page = server.query(query, path="/query", Accept="text/html").text
    rows = {row[0] for row in cells(page)}
    told = programs(page)
    by_curl = run("bash", "-c", told["curl"])
    by_python = run(sys.executable, "-c", told["Python"])
    by_pandas = run(sys.executable, "-c", told["Python, pandas"] + "print(table.to_csv(index=False))")
    assert by_curl == server.query(query, Accept="text/csv").text.replace("\r\n", "\n")
    assert len(by_python.splitlines()) == len(rows)
    assert len(list(csv.reader(io.StringIO(by_curl)))) == len(rows) + 1
    assert by_curl.strip() in by_pandas


@pytest.mark.parametrize(("name", "written"), [("one-town-as-a-graph", r"\d+\n"), ("agreement-with-jelgava", "True\n")])
def test_the_programs_for_graphs_and_truth_run(server: Server, name: str, written: str) -> None:
    told = programs(shown(server, f"/query/{name}"))
    assert re.fullmatch(written, run(sys.executable, "-c", told["Python"]))
    assert told.keys() == {"curl", "Python"}
    if shutil.which("curl"):
        assert run("bash", "-c", told["curl"])


def test_a_program_for_r_holds_the_query_in_a_string_that_ends_where_it_should(server: Server) -> None:
    text = programs(server.query(AWKWARD, path="/query", Accept="text/html").text)["R"]
    [raw] = re.findall(r'query <- r"--\(\n(.*)\n\)--"\n', text, re.DOTALL)
    assert raw == AWKWARD
    assert f'paste0("{server.endpoint}", "?format=csv&query=", URLencode(query, reserved = TRUE))' in text
