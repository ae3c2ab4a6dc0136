"""The query page: it answers as the endpoint does, shows what fits, and hands out programs that run."""

import csv
import io
import json
import re
import shutil
import subprocess
import sys
from urllib.parse import parse_qs

import pytest
from flask.testing import FlaskClient

from pages import Page
from serving import Server
from twingraph.query.questions import question, questions
from twingraph.web.columns import NAMES, english
from twingraph.words import translations

PARTNERS = "SELECT ?town { place:jelgava tg:twinnedWith ?town } ORDER BY ?town"
# What shells and languages might take for their own; NA is the code of Namibia, and not a missing value.
AWKWARD = (
    'SELECT ?name { # \'$HOME\' `id` \\ )-" \n  VALUES ?name { "it\'s \\"made up\\"" """two\nSPARQL\nlines""" "NA" }\n'
    "}\nORDER BY ?name"
)
HTML = {"Accept": "text/html"}


def look(server: Server, path: str, status: int = 200) -> Page:
    answer = server.ask(path, headers=HTML)
    assert (answer.status, answer.media_type) == (status, "text/html; charset=utf-8")
    return Page(answer.text)


def ask(server: Server, query: str, language: str = "en") -> Page:
    return Page(server.query(query, ("lang", language), path="/query", **HTML).text)


def cells(page: Page) -> list[list[str]]:
    return page.rows("//section[@id='answer']")


def programs(page: Page) -> dict[str, str]:
    names, texts = (page.root.xpath(f"//details[@class='programs']/{each}") for each in ("h3", "pre"))
    return {name.text: text.text_content() for name, text in zip(names, texts, strict=True)}


def run(*words: str) -> str:
    return subprocess.run(words, capture_output=True, text=True, check=True, timeout=60).stdout


# Answers


def test_what_the_parser_says_is_quoted_and_marked_as_english_where_there_are_no_words_of_ours_for_it(
    server: Server,
) -> None:
    page = ask(server, f"SELECT * {{}} LIMIT {'9' * 23}", "lv")
    assert page.find("//p[@class='warning']/span[@lang='en']") == ["The query limit should be a non negative integer"]
    assert "tas nav SPARQL 1.1, parsētāja vārdiem: „The query limit" in page.find("//p[@class='warning']")[0]


def test_an_answer_to_a_named_query_has_names_of_sources_and_units_and_no_codes(server: Server) -> None:
    source = "//section[@id='answer']//tbody//td[@data-column='Source']/a"
    page = look(server, "/query/figures-at-a-glance?lang=en")
    assert {*page.find(source)} == {"Sadraudzības pilsētas"}
    assert {*page.root.xpath(f"{source}/@lang")} == {"lv"}
    assert {row[6] for row in cells(page)} == {"km²", "inhabitants"}


@pytest.mark.parametrize(("language", "said"), [("lv", "14 rindu."), ("en", "14 rows.")])
def test_the_page_shows_the_rows_of_the_endpoint_and_comes_again(server: Server, language: str, said: str) -> None:
    text = server.query(PARTNERS, ("lang", language), path="/query", **HTML).text
    _, *rows = server.query(PARTNERS, Accept="text/csv").text.split()
    assert Page(text).find("//p[@class='outcome']") == [said]
    assert [row[0].replace("place:", "https://w3id.org/twingraph/id/place/") for row in cells(Page(text))] == rows
    (again,) = Page(text).root.xpath("//a[@class='share']/@href")
    assert server.ask(again, headers=HTML).text == text


@pytest.mark.parametrize("language", ["lv", "en"])
def test_every_named_query_has_a_page_in_both_languages_and_is_an_example_there(server: Server, language: str) -> None:
    examples = {link.partition("?")[0] for link in look(server, f"/query?lang={language}").links}
    for each in questions():
        page = look(server, f"/query/{each.name}?lang={language}")
        assert page.find("//h1") == [each.summaries[language]]
        assert page.find("//*[@class='warning']") == []
        assert f"/query/{each.name}" in examples
        files = page.root.xpath("//p[@class='takes']/a/@href")
        assert {file.partition("&")[0] for file in files} == {f"/query/{each.name}?lang={language}"}


@pytest.mark.parametrize(("language", "area"), [("lv", "izglītība"), ("en", "education")])
def test_a_named_query_is_asked_of_what_is_given_in_the_language(server: Server, language: str, area: str) -> None:
    page = look(server, f"/query/areas-of-one-town?place=nacka&lang={language}")
    (query,) = page.find("//textarea")
    assert "VALUES ?place { place:nacka }" in query
    assert f'LANG(?area_label) = "{language}"' in query
    # The town is the same in all rows, and so in none.
    assert area in {row[0] for row in cells(page)}
    assert page.root.xpath("//select[@name='place']/option[@selected]/@value") == ["place:nacka"]


@pytest.mark.parametrize(
    ("path", "status", "sentence"),
    [
        ("/query?query=SELECT%20*%20%7B%0A%20oops%20%7D", 400, "Line 2, column 2, at oops"),
        ("/query?query=ASK%20%7B%20%3Coops", 400, "ASK { <oops"),
        ("/query?query=ASK%7BSERVICE%3Chttp://a/%3E%7B%7D%7D", 400, "SERVICE is not offered"),
        # A browser drops it, and a shell: what is copied would end early, and run the rest.
        ("/query?query=ASK%20%7B%7D%0ASPARQL%00%0Arm", 400, "U+0000"),
        ("/sparql?query=ASK%7B", 400, "Line 1, column 5, at the end"),
        ("/query/areas-of-one-town?place=a%20b", 400, "is no IRI"),
        ("/query/areas-of-one-town?place=berlin", 400, "There is no place “berlin”"),
        ("/query/areas-of-one-town?place=alcmo", 400, "What there is, for “Town”: Alcamo, Como."),
        ("/query/areas-of-one-town?place=berlin", 400, "Xinying District."),
        ("/query/agreements-between-two-years?from=soon", 400, "from is a number"),
        ("/query/no-such-query", 404, "There is no query"),
    ],
)
def test_what_can_not_be_answered_is_said_with_the_status_of_the_endpoint(
    server: Server, path: str, status: int, sentence: str
) -> None:
    page = look(server, path, status)
    # What was asked stays in the form.
    assert sentence in "".join(page.find("//main") + page.find("//textarea"))
    assert programs(page) == {}


@pytest.mark.parametrize("name", ["partners-with-dates", "agreement-between-two-towns", "one-town-as-a-graph"])
def test_every_form_in_which_an_answer_can_be_taken_is_given(server: Server, name: str) -> None:
    taken = look(server, f"/query/{name}?lang=lv").root.xpath("//p[@class='takes']/a/@href")
    answers = [server.ask(address, headers=HTML) for address in taken]
    assert {answer.status for answer in answers} == {200}
    assert len({answer.media_type for answer in answers}) == len(taken) >= 2


@pytest.mark.parametrize("values", ["", "?place=nacka&lang=lv", "?place=alcamo&format=json&home=como"])
def test_the_former_address_of_a_query_that_named_a_town_leads_to_todays_with_its_values(
    client: FlaskClient, values: str
) -> None:
    answer = client.get(f"/query/agreement-with-jelgava{values}")
    path, _, query = answer.headers["Location"].partition("?")
    assert (answer.status_code, path) == (308, "/query/agreement-between-two-towns")
    assert parse_qs(query) == {"home": ["jelgava"]} | parse_qs(values.removeprefix("?"))
    assert client.get(answer.headers["Location"]).status_code == 200


@pytest.mark.parametrize("path", ["/query", "/sparql"])
def test_an_answer_that_changes_is_not_kept(server: Server, path: str) -> None:
    answer = server.query("SELECT (RAND() AS ?n) {}", path=path, **HTML)
    assert answer.headers["cache-control"] == "no-store"


def test_a_page_shows_no_more_cells_than_a_browser_bears_and_says_so(server: Server) -> None:
    names = " ".join(f"?made_up_{number}" for number in range(300))
    page = ask(server, f"SELECT {names} {{ ?a ?b ?c . ?d a schema:City }} LIMIT 100000")
    assert page.find("//p[@class='outcome']")[0].startswith("100000 rows. Only the first 166 are shown")
    assert len(page.root.xpath("//td")) == 166 * 300


@pytest.mark.parametrize(
    ("query", "kind", "said"),
    [
        ("ASK { place:jelgava tg:twinnedWith place:alcamo }", "outcome", "Yes."),
        ("ASK { <urn:a> ?b ?c }", "outcome", "No."),
        ("SELECT * { ?a a <http://schema.org/City> }", "hint", "The terms of schema.org begin with https here"),
        ("SELECT * { ?a wdt:P190 ?b }", "hint", "No statement of Wikidata is here (wdt"),
        ("SELECT (GROUP_CONCAT(?town) AS ?towns) { ?town a schema:City }", "hint", "GROUP_CONCAT joins words"),
        (PARTNERS, "hint", ""),
    ],
)
def test_truth_is_told_in_a_word_and_frequent_slips_hinted_at(server: Server, query: str, kind: str, said: str) -> None:
    assert " ".join(ask(server, query).find(f"//p[@class='{kind}']")).partition(":")[0] == said


def test_the_form_brings_query_and_language_back_without_a_script_and_no_value_becomes_one(server: Server) -> None:
    form, plain = (look(server, path).root.get_element_by_id("ask") for path in ("/query?lang=lv", "/query"))
    assert (form.get("action"), form.fields["lang"]) == ("/query?lang=lv", "lv")
    assert list(plain.fields) == ["query"]
    page = ask(server, 'SELECT ?a ?b { VALUES (?a ?b) { (<javascript:alert(1)> "<script>made up</script>") } }')
    assert page.inline == [link for link in page.links if link.startswith("javascript")] == []


def test_the_terms_to_complete_are_those_that_the_data_use(server: Server) -> None:
    completed = json.loads(server.ask("/query/terms.json?lang=lv").body)
    terms = {term["name"]: term for term in completed["terms"]}
    for name, kind, pattern in (("tg:signed", "property", "tg:signed ?o"), ("schema:City", "class", "a schema:City")):
        [[counted]] = cells(ask(server, f"SELECT (COUNT(*) AS ?n) {{ ?s {pattern} }}"))
        assert (terms[name]["kind"], terms[name]["uses"]) == (kind, int(counted))
    assert [terms[name]["label"] for name in ("tg:signed", "schema:name")] == ["noslēgts", "nosaukums"]
    assert completed["prefixes"]["tg"] == "https://w3id.org/twingraph/ns#"


# Pictures, where they fit


@pytest.mark.parametrize(
    ("names", "rows", "drawn"),
    [
        (
            "?made_up ?made_up_lv ?n",
            "('1'@en 'viens'@lv 1) ('4'@en 'četri'@lv 4) ('2'@en 'divi'@lv 2)",
            ["made_up_lv – n"],
        ),
        # What says nothing: two bars, bars of one length, and two of one name.
        ("?name ?n", "('one' 1) ('two' 2)", []),
        ("?name ?n", "('one' 1) ('two' 1) ('three' 1)", []),
        ("?name ?n", "('one' 1) ('two' 2) ('two' 3)", []),
        ("?name ?year", "('one' 1957) ('two' 2007) ('three' 2008)", []),
        ("?name ?n", "('one' 1)", []),
        ("?name ?n", "('one' -1) ('two' 2) ('three' 3)", []),
        ("?name ?n", "('one' 0) ('two' 0) ('three' 0)", []),
        ("?name ?n", "('one' 'many') ('two' 2) ('three' 3) ('four' 4)", []),
        ("?name ?n", " ".join(f"('made up {n}' {n})" for n in range(100)), []),
        ("?n ?m", "(1 2) (3 4) (5 6)", []),
        ("?name", "('one') ('two') ('three')", []),
        ("?name ?latitude ?longitude", "('made up' 56.6 23.7)", ["map europe"]),
        ("?name ?latitude ?longitude", "('made up' 56.6 23.7) ('made up too' -22.8 -47.3)", ["map world"]),
        ("?name ?latitude ?longitude", "('made up' 560.6 23.7)", []),
        ("?name ?latitude", "('made up' 56.6)", []),
    ],
)
def test_numbers_are_drawn_as_bars_and_places_on_a_map(server: Server, names: str, rows: str, drawn: list[str]) -> None:
    page = ask(server, f"SELECT * {{ VALUES ({names}) {{ {rows} }} }}", "lv")
    pictures = page.find("//figure[@class='bars']/figcaption") + page.root.xpath(
        "//figure//svg[starts-with(@class, 'map')]/@class"
    )
    assert pictures == drawn
    if page.find("//figure[@class='bars']"):
        shown = page.items("//figure[@class='bars']//li", "*[@class='name']", "*[@class='value']")
        assert shown == [["viens", "1"], ["četri", "4"], ["divi", "2"]]
        assert page.root.xpath("//li//rect/@width") == ["25.0", "100.0", "50.0"]


def test_a_map_names_its_places_by_what_tells_them_apart(server: Server) -> None:
    page = look(server, "/query/towns-on-a-map?lang=en")
    at = page.find("//section[@id='answer']//th").index("Town")
    assert sorted(page.find("//circle[@class='town']/title")) == sorted({row[at] for row in cells(page)})


@pytest.mark.parametrize("name", [each.name for each in questions()])
def test_a_named_query_is_drawn_as_it_says_and_otherwise_not(server: Server, name: str) -> None:
    drawn = look(server, f"/query/{name}").find("//figure[@class='bars']/figcaption")
    assert bool(drawn) == bool(question(name).chart)


# What is taken away


@pytest.mark.parametrize("language", ["lv", "en"])
def test_the_columns_of_every_named_query_have_names_in_the_language_and_things_theirs(
    server: Server, language: str
) -> None:
    variables = {name for each in questions() for name in selected(each.text)}
    assert NAMES.keys() <= variables
    known = {translations(language).gettext(english(each)) for each in variables}  # type: ignore[arg-type]
    for each in questions():
        page = look(server, f"/query/{each.name}?lang={language}")
        assert set(page.find("//section[@id='answer']//thead//th")) <= known
        assert set(page.root.xpath("//form[@class='values']//label/text()")) <= {f"{each} " for each in known}
    things = look(server, f"/query/planned-not-agreed?lang={language}").root.xpath(
        "//section[@id='answer']//tr[2]/td/a"
    )
    assert [thing.get("lang") for thing in things] == [language, language]
    assert things[0].get("href").startswith("/id/place/alcamo")


def selected(text: str) -> set[str]:
    """Give the variables that a query selects, and its parameters, but for labels of others."""
    head = re.sub(
        r"\([^()]*(?:\([^()]*\)[^()]*)*AS (\?\w+)\)", r"\1", text.partition("SELECT")[2].partition("WHERE")[0]
    )
    names = {*re.findall(r"\?(\w+)", head), *re.findall(r"OPTIONAL { VALUES \?(\w+)", text)}
    return {name for name in names if name.removesuffix("_label") == name or name.removesuffix("_label") not in names}


def test_a_changed_named_query_keeps_the_names_of_its_columns_and_another_has_its_own(server: Server) -> None:
    [query] = look(server, "/query/planned-not-agreed").root.xpath("//textarea/text()")
    assert ask(server, f"{query} LIMIT 2").find("//section[@id='answer']//th") == [
        *("Town", "Area", "In the page’s words", "Sentence")
    ]
    assert ask(server, "SELECT ?town { ?town a schema:City }").find("//section[@id='answer']//th") == ["town"]


def test_an_answer_stands_before_its_query_which_is_folded_and_a_mistake_before_the_open_one(server: Server) -> None:
    for path, status, is_open in (("counts", 200, 0), ("areas-of-one-town?place=a%20b", 400, 1)):
        page = look(server, f"/query/{path}", status)
        assert len(page.root.xpath("//section[@id='answer']/following::details[@id='change']//form[@id='ask']")) == 1
        assert len(page.root.xpath("//details[@id='change'][@open]")) == is_open


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("planned-not-agreed?lang=lv", "planned-not-agreed-1.1.0"),
        ("areas-of-one-town?place=place:nacka", "areas-of-one-town-nacka-1.1.0"),
        ("sentences-with-a-word?word=Sk%C5%8Dl/../x", "sentences-with-a-word-skol-x-1.1.0"),
        ("one-town-as-a-graph", "one-town-as-a-graph-1.1.0"),
    ],
)
def test_a_file_is_named_after_its_question_what_that_is_asked_of_and_the_release(
    server: Server, path: str, name: str
) -> None:
    links = look(server, f"/query/{path}").root.xpath("//p[@class='takes']/a")
    assert len(links) >= 4
    for link in links:
        sent = server.ask(link.get("href")).headers["content-disposition"]
        assert sent == f"inline; filename={link.get('download')}"
        assert link.get("download").rpartition(".")[0] == name


@pytest.mark.parametrize("path", ["/query/areas-of-one-town?place=nacka", "/query?query=ASK%20%7B%7D"])
def test_an_answer_is_cited_by_an_address_of_the_question_its_values_and_the_release(server: Server, path: str) -> None:
    page = look(server, path)
    [cited] = page.root.xpath("//p[@class='citation']/a/@href")
    [text] = page.find("//p[@class='citation']")
    assert "Jelgava’s twin towns, Version 1.1.0 (29 November 2026)" in text
    assert "release=1.1.0" in cited
    # Printed, it has to last longer than the address of this server.
    assert text.endswith(f" https://w3id.org/twingraph{cited}")
    again = look(server, cited)
    assert (cells(again), again.find("//p[@class='warning']")) == (cells(page), [])
    other = look(server, cited.replace("1.1.0", "1.0.0"))
    assert cells(other) == cells(page)
    assert "cites the release 1.0.0; what answers here is the release 1.1.0" in other.find("//p[@class='warning']")[0]


def test_a_file_of_another_release_than_is_cited_is_refused(server: Server) -> None:
    path = "/query/areas-of-one-town?place=nacka&format=csv&release="
    assert [server.ask(path + release).status for release in ("", "1.1.0", "1.0.0")] == [200, 200, 404]


@pytest.mark.parametrize("typed", ["Alkamo", "ALCAMO", "Alcamo"])
def test_a_thing_may_be_given_by_any_of_its_names(server: Server, typed: str) -> None:
    answer = server.ask(f"/query/areas-of-one-town?place={typed}&lang=lv", headers=HTML)
    assert (answer.status, answer.headers["location"]) == (302, "/query/areas-of-one-town?place=place:alcamo&lang=lv")


def test_an_answer_without_rows_says_what_was_asked_and_what_has_one(server: Server) -> None:
    page = look(server, "/query/agreements-between-two-years?from=2090&to=2099")
    [hint] = page.find("//p[@class='hint']")
    assert (
        hint
        == "Nothing here fits From year: 2090; To year: 2099. There is an answer for From year: 2000; To year: 2006."
    )


# Programs


@pytest.mark.skipif(shutil.which("curl") is None, reason="needs curl")
@pytest.mark.parametrize("query", [PARTNERS, AWKWARD])
def test_the_programs_to_copy_give_the_rows_of_the_page(server: Server, query: str) -> None:
    page = ask(server, query)
    text, rows = programs(page), {row[0] for row in cells(page)}
    by_curl = run("bash", "-c", text["curl"])
    by_pandas = run(sys.executable, "-c", text["Python, pandas"] + "print(table.to_csv(index=False))")
    assert by_curl == server.query(query, Accept="text/csv").text.replace("\r\n", "\n")
    assert len(list(csv.reader(io.StringIO(by_curl)))) == len(rows) + 1
    assert by_curl.strip() in by_pandas
    assert len(run(sys.executable, "-c", text["Python"]).splitlines()) == len(rows)
    # Of R, that its string holds the query and ends where it should.
    [raw] = re.findall(r'query <- r"(-+)\(\n(.*)\n\)\1"\n', text["R"], re.DOTALL)
    assert raw[1] == query
    assert f'paste0("{server.endpoint}", "?format=csv&query=", URLencode(query, reserved = TRUE))' in text["R"]
    assert 'na.strings = ""' in text["R"]


@pytest.mark.parametrize(
    ("name", "written"), [("one-town-as-a-graph", r"\d+\n"), ("agreement-between-two-towns", "True\n")]
)
def test_the_programs_for_graphs_and_truth_run(server: Server, name: str, written: str) -> None:
    text = programs(look(server, f"/query/{name}"))
    assert re.fullmatch(written, run(sys.executable, "-c", text["Python"]))
    assert text.keys() == {"curl", "Python"}
    if shutil.which("curl"):
        assert run("bash", "-c", text["curl"])
