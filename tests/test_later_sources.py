"""What later sources say beside the page: each claim in its own graph, the most exact date shown, as of its source."""

import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

from asking import named, rows
from twingraph.query.engine import Engine
from twingraph.vocab import slug_of

Ask = Callable[[str, str], list[tuple[str, ...]]]
FOLDER = Path(__file__).parent
PAGE, LATER = (tomllib.loads((FOLDER / f"{name}.toml").read_text("utf-8")) for name in ("read_by_eye", "later_sources"))
DATES = {agreement: date for agreement, (_, date) in PAGE["agreements"].items()}
OF = "?graph prov:wasQuotedFrom|prov:hadPrimarySource"
CITED = "?graph prov:hadPrimarySource ?source"


@pytest.fixture
def ask(engine: Engine) -> Ask:
    """Ask for the values of variables; of things, their slugs."""

    def ask(names: str, pattern: str) -> list[tuple[str, ...]]:
        variables = " ".join(f"?{name}" for name in names.split())
        query = f"PREFIX rule: <https://w3id.org/twingraph/id/rule/> SELECT DISTINCT {variables} {{ {pattern} }}"
        return sorted(tuple(slug_of(row[name]) for name in names.split()) for row in rows(engine, query))

    return ask


def signed_in(ask: Ask, source: str) -> dict[str, str]:
    return dict(ask("what date", f"{OF} source:{source} . GRAPH ?graph {{ ?what tg:signed ?date }}"))


def test_the_page_says_what_it_said_before_others_were_cited(ask: Ask) -> None:
    assert signed_in(ask, "jelgava-lv-2017") == DATES
    kind = "GRAPH ?graph { agreement:jelgava-nova-odessa-2007 dct:type ?kind }"
    assert ask("kind", f"?graph prov:wasQuotedFrom ?page . {kind}") == [("cooperation-agreement",)]


@pytest.mark.parametrize("source", LATER["signed"])
def test_a_cited_source_dates_these_agreements_and_no_others(ask: Ask, source: str) -> None:
    assert signed_in(ask, source) == LATER["signed"][source]


def test_what_is_only_cited_has_no_words_of_its_source(ask: Ask) -> None:
    words = "oa:exact|tg:asPrinted|tg:dateAsPrinted|tg:typeAsPrinted|skos:altLabel"
    assert {source for (source,) in ask("source", CITED)} == LATER["signed"].keys()
    assert ask("words", f"{CITED} . GRAPH ?graph {{ ?thing {words} ?words }}") == []


def test_the_most_exact_date_is_shown(ask: Ask) -> None:
    exact = {agreement: date for dates in LATER["signed"].values() for agreement, date in dates.items() if "-" in date}
    assert dict(ask("agreement date", "GRAPH rule:shown { ?agreement tg:signed ?date }")) == DATES | exact
    years = {agreement: date[:4] for agreement, date in DATES.items()}
    assert dict(ask("agreement year", "?agreement a tg:Agreement ; tg:year ?year")) == years


def test_both_kinds_of_document_are_shown_side_by_side(ask: Ask) -> None:
    kinds = ask("kind", "GRAPH rule:shown { agreement:jelgava-nova-odessa-2007 dct:type ?kind }")
    assert kinds == [("cooperation-agreement",), ("protocol-of-intent",)]


def test_every_source_is_as_old_as_can_be_known(ask: Ask) -> None:
    assert dict(ask("source day", "?source a schema:WebPage ; tg:earliest ?day")) == LATER["not_before"]


def test_every_tie_is_as_of_the_latest_source_that_speaks_of_it(ask: Ask) -> None:
    found = dict(ask("tie source", "?tie a tg:Twinning ; tg:asOf ?source"))
    assert len(found) == 14
    assert {tie: source for tie, source in found.items() if source != "jelgava-lv-2017"} == LATER["as_of"]


def test_two_ties_are_suspended_and_all_others_in_force(ask: Ask) -> None:
    found = dict(ask("tie status", "GRAPH rule:shown { ?tie tg:status ?status }"))
    assert {tie for tie, status in found.items() if status == "suspended"} == LATER["suspended"].keys()
    assert {found[tie] for tie in found.keys() - LATER["suspended"].keys()} == {"in-force"}
    assert dict(ask("tie day", "GRAPH rule:shown { ?tie tg:statusNotBefore ?day }")) == LATER["suspended"]


def test_an_announcement_is_no_signature(ask: Ask) -> None:
    agreement = "agreement:jelgava-ivano-frankivsk-2007"
    announced = f"GRAPH evidence:agreement-jelgava-ivano-frankivsk-2007 {{ {agreement} rdfs:comment ?comment }}"
    assert len(ask("comment", announced)) == 2
    assert ask("date", "?thing ?property ?date FILTER(STRSTARTS(STR(?date), '2007-10'))") == []


def test_a_second_source_for_xinying_makes_no_second_figure(ask: Ask) -> None:
    figures = "?figure tg:givenFor place:xinying ; schema:value ?value"
    assert ask("figure value", figures) == [("xinying-area", "38.54"), ("xinying-population", "75000")]
    cited = ask("value", f"{CITED} . GRAPH ?graph {{ {figures} ; tg:approximate true }}")
    assert cited == [("75000",)]
    assert ask("value", f"{CITED} . GRAPH ?graph {{ {figures} }}") == [("38.54",), ("75000",)]


def test_one_query_tells_what_changed_between_the_sources(engine: Engine) -> None:
    found = named(engine, "differences-between-sources")
    assert {slug_of(row["source"]) for row in found} == LATER["not_before"].keys()
    # Of the page there is the sentence, of what is only cited there is none.
    assert {slug_of(row["source"]) for row in found if row.get("sentence")} == {"jelgava-lv-2017"}
    assert all(row.get("sentence") for row in found if slug_of(row["source"]) == "jelgava-lv-2017")
