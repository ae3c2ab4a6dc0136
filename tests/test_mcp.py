"""Assistants: what one is told by the Model Context Protocol, as the official client hears it, and by /llms.txt."""

import asyncio
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from flask.testing import FlaskClient
from mcp import ClientSession
from mcp.client.stdio import StdioServerParameters, stdio_client
from mcp.types import CallToolResult, InitializeResult, ListToolsResult

from conftest import client_of
from twingraph.cli import main
from twingraph.query.engine import Engine
from twingraph.query.questions import questions
from twingraph.release.folder import Release
from twingraph.settings import PACKAGED
from twingraph.web.mcp import MOST, Tools

AGREEMENT = "Sadarbības līgums tika noslēgts 2002. gadā un paredz sadarbību kultūras, sporta un sociālās labklājības"
SITE = "https://data.example.org/towns"
TOO_LONG = {"statements-of-one-source", "towns-in-context"}
"""The named queries whose answers no assistant is given."""
RUNAWAY = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"
SENTENCES = {
    "thing": [
        ({"thing": "zzzzqq"}, "Nothing here is called “zzzzqq”."),
        ({"thing": "skola"}, "“skola” may mean any of these, so name the one: organisation:spidolas-skola, "),
        ({"thing": "place:nowhere"}, "There is no place “nowhere” in this release: give another"),
        ({}, "thing: Field required."),
    ],
    "ask": [
        ({"name": "partners-with-date"}, "Did you mean partners-with-dates"),
        ({"name": "web-sites", "values": {"place": "como"}}, "web-sites takes no value “place”; it takes none."),
        (
            {"name": "areas-of-one-town", "values": {"place": "nowhere"}},
            "There is no place “nowhere” in this release: give another",
        ),
        ({"name": "areas-of-one-town", "values": ["como"]}, "values: Input should be a valid dictionary."),
        ({"name": "statements-of-one-source"}, f"The answer is over {MOST} characters; ask for less at once."),
    ],
    "query": [
        ({"sparql": "SELECT * { ?s ?p"}, "Line 1, column 17, at the end: this is not SPARQL 1.1"),
        ({"sparql": "DELETE WHERE { ?s ?p ?o }"}, "nothing can be changed here"),
        ({"sparql": RUNAWAY}, "The query was stopped after 1 seconds, the time limit here; ask for less at once."),
        ({"sparql": "SELECT * { ?a ?b ?c . ?d ?e ?f }"}, "The answer is over 1 MiB, the limit here; add a LIMIT"),
    ],
}
Heard = tuple[InitializeResult, ListToolsResult, list[CallToolResult]]


def converse(release: Release, *calls: tuple[str, dict[str, Any]], options: tuple[str, ...] = ()) -> Heard:
    """Let the official client start the program, list the tools, and call some."""
    words = ["-m", "twingraph", "mcp", "--release", str(release.folder), "--seconds", "1", *options]

    async def run() -> Heard:
        server = StdioServerParameters(command=sys.executable, args=words)
        async with stdio_client(server) as (heard, said), ClientSession(heard, said) as session:
            greeting, tools = await session.initialize(), await session.list_tools()
            return greeting, tools, [await session.call_tool(*call) for call in calls]

    # In a thread, for a browser of other tests may have a loop in this one.
    with ThreadPoolExecutor() as pool:
        return pool.submit(asyncio.run, run()).result()


def words(result: CallToolResult) -> str:
    [content] = result.content
    assert content.type == "text"
    return content.text


@pytest.fixture(scope="module")
def tools(engine: Engine, release: Release) -> Tools:
    return Tools(engine, release, "en", "")


@pytest.fixture(scope="module")
def heard(release: Release) -> Heard:
    """What the client hears that calls with what can not be answered, and with what can."""
    calls = [(name, given) for name, sentences in SENTENCES.items() for given, _ in sentences]
    return converse(release, *calls, ("thing", {"thing": "agreement:jelgava-alcamo-2002"}), ("questions", {}))


def test_the_official_client_lists_four_tools_that_cost_an_assistant_under_two_kilobytes(heard: Heard) -> None:
    greeting, listed, _ = heard
    assert [tool.name for tool in listed.tools] == ["questions", "ask", "query", "thing"]
    assert all(tool.description and tool.annotations and tool.annotations.read_only_hint for tool in listed.tools)
    assert len(listed.model_dump_json(by_alias=True, exclude_none=True)) < 2000
    assert (greeting.instructions or "").startswith("Jelgava’s twin towns. Every statement here stands in a sentence")


def test_the_official_client_gets_the_alcamo_agreement_with_its_sentence_offsets_source_and_link(heard: Heard) -> None:
    answer = json.loads(words(heard[2][-2]))
    rows = [dict(zip(answer["columns"], row, strict=True)) for row in answer["rows"]]
    year = next(row for row in rows if (row["property"], row["value"]) == ("tg:signed", "2002"))
    [name] = year["quotes"]
    quote = answer["quotes"][name]
    page = (PACKAGED / "data/sources/jelgava-lv-2017/page.txt").read_text("utf-8")
    assert quote["exact"].startswith(AGREEMENT)
    assert page[quote["start"] : quote["end"]] == quote["exact"]
    assert quote["source"] == "source:jelgava-lv-2017"
    assert quote["link"] == f"https://w3id.org/twingraph/id/quote/{name.removeprefix('quote:')}"
    assert answer["prefixes"]["agreement"] == "https://w3id.org/twingraph/id/agreement/"


def test_a_day_that_only_a_cited_source_gives_is_not_passed_off_as_that_of_the_quote(tools: Tools) -> None:
    answer = json.loads(tools.ask("agreements-of-one-town", {"place": "alcamo"}))
    [row] = [dict(zip(answer["columns"], row, strict=True)) for row in answer["rows"]]
    assert (row["date"], row["source"], row["quotes"]) == ("2002-07-26", "source:jelgava-lv-2019", [])
    assert any(quote["exact"].startswith(AGREEMENT) for quote in answer["related"].values())


def test_the_named_queries_are_listed_with_their_sentences_and_values(heard: Heard) -> None:
    listed = dict(line.split(": ", 1) for line in words(heard[2][-1]).splitlines())
    assert listed.keys() == {each.name for each in questions()}
    assert all(listed[each.name].startswith(each.summaries["en"]) for each in questions())
    assert listed["agreements-between-two-years"].endswith(" from=2000 to=2006")


def test_what_can_not_be_answered_is_an_error_in_one_sentence_and_a_runaway_query_is_stopped(heard: Heard) -> None:
    sentences = [sentence for told in SENTENCES.values() for _, sentence in told]
    for result, sentence in zip(heard[2], sentences, strict=False):
        assert result.is_error
        assert sentence in words(result)
        assert "\n" not in words(result)


def test_every_quote_of_every_named_query_stands_in_its_page_where_it_says(tools: Tools) -> None:
    def quotes() -> Iterator[dict[str, Any]]:
        for each in questions():
            if each.name not in TOO_LONG:
                answer = json.loads(tools.ask(each.name))
                for row in answer.get("rows", ()):
                    assert set(row[-1]) <= answer["quotes"].keys()
                yield from (*answer["quotes"].values(), *answer["related"].values())

    found, folder = list(quotes()), PACKAGED / "data" / "sources"
    assert len({quote["link"] for quote in found}) > 90
    for quote in found:
        page = (folder / quote["source"].removeprefix("source:") / "page.txt").read_text("utf-8")
        assert page[quote["start"] : quote["end"]] == quote["exact"]


def test_links_lead_to_the_site_of_a_server_and_labels_are_in_the_language_asked_for(
    engine: Engine, release: Release
) -> None:
    answer = json.loads(Tools(engine, release, "lv", f"{SITE}/").ask("agreements-of-one-town", {"place": "alcamo"}))
    version = release.manifest["version"]
    assert answer["link"] == f"{SITE}/query/agreements-of-one-town?place=alcamo&lang=lv&release={version}"
    assert all(quote["link"].startswith(f"{SITE}/id/quote/") for quote in answer["related"].values())
    assert answer["prefixes"]["place"] == f"{SITE}/id/place/"
    assert "Jelgava – Alkamo, 2002" in answer["rows"][0]
    [_, _, [refusal]] = converse(release, ("thing", {"thing": "zzzzqq"}), options=("--lang", "lv", "--site", SITE))
    assert words(refusal) == "Nekā ar nosaukumu „zzzzqq” šeit nav."


@pytest.mark.parametrize("name", ["Alcamo", "Alkamo", "ALKĀMO"])
def test_a_thing_is_told_by_its_name_in_any_spelling(tools: Tools, name: str) -> None:
    assert json.loads(tools.thing(name))["thing"] == "place:alcamo"


def test_a_query_for_a_graph_or_for_truth_is_answered_too(tools: Tools) -> None:
    assert json.loads(tools.ask("agreement-between-two-towns"))["answer"] is True
    described = json.loads(tools.query("DESCRIBE quote:jelgava-lv-2017-alcamo-agreement"))
    assert "quote:jelgava-lv-2017-alcamo-agreement" in described["turtle"]
    assert described["quotes"]["quote:jelgava-lv-2017-alcamo-agreement"]["exact"].startswith(AGREEMENT)


def test_standard_output_carries_the_protocol_only_and_the_program_ends_with_its_client(tmp_path: Path) -> None:
    """Also where a release is made first, which people are told of."""
    client = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "made-up", "version": "1"}}
    message = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": client})
    command = [sys.executable, "-m", "twingraph", "mcp", "--lang", "en"]
    done = subprocess.run(
        command, cwd=tmp_path, input=f"{message}\n", capture_output=True, text=True, check=True, timeout=60
    )
    assert "release is made, of the data in" in done.stderr
    assert [json.loads(line)["id"] for line in done.stdout.splitlines()] == [1]


def test_without_the_extra_one_sentence_says_what_to_install(monkeypatch: pytest.MonkeyPatch, release: Release) -> None:
    monkeypatch.setitem(sys.modules, "mcp.server.mcpserver", None)
    result = CliRunner().invoke(main, ["mcp", "--release", str(release.folder), "--lang", "en"])
    sentence = "Error: MCP is not installed here: install it with `pip install 'twingraph[mcp]'`.\n"
    assert (result.exit_code, result.stderr) == (2, sentence)


# In a page


def test_llms_txt_has_a_title_a_summary_and_lists_of_links_that_all_lead_somewhere(client: FlaskClient) -> None:
    answer = client.get("/llms.txt", headers={"Accept-Language": "lv"})
    title, _, summary, *lines = answer.text.splitlines()
    assert (answer.content_type, title) == ("text/plain; charset=utf-8", "# Jelgava’s twin towns")
    assert summary.startswith("> Cities, agreements and areas of cooperation on the twin-towns page of Jelgava")
    headings = [line for line in lines if line.startswith("#")]
    assert headings == ["## How to ask", "## Named queries", "## Data", "## Optional"]
    assert all(re.match(r"- \[[^]]+\]\(http://localhost/[^) ]+\): \w", line) for line in lines if line.startswith("-"))
    addresses = re.findall(r"http://localhost(/[^\s)`]+)", answer.text)
    assert [address for address in addresses if client.get(address, follow_redirects=True).status_code != 200] == []
    named = {address.partition("?")[0].removeprefix("/query/") for address in addresses if "/query/" in address}
    assert named == {each.name for each in questions()}


def test_llms_txt_of_another_town_leads_to_its_own_things(made_up_home: Release) -> None:
    with client_of(made_up_home) as client:
        told = client.get("/llms.txt").text
        assert "jelgava" not in told.casefold()
        [thing] = re.findall(r"http://localhost(/id/[a-z]+/[a-z-]+)", told)
        assert client.get(thing).status_code == 303
