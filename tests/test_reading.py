"""The source page side by side with what was read from it: every word once, every passage with what it states."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from lxml import html
from rdflib.namespace import PROV

from asking import named as rows
from pages import Page
from twingraph.vocab import TG, slug_of
from twingraph.web.source_page import Mention, Passage, cut, sections

if TYPE_CHECKING:
    from flask.testing import FlaskClient

    from twingraph.query.engine import Engine
    from twingraph.release.build import Release
    from twingraph.release.records import LinkedTowns

SOURCE = "jelgava-lv-2017"
ADDRESS = f"/source/{SOURCE}"


@pytest.fixture(scope="module")
def shown(client: FlaskClient) -> dict[str, Page]:
    return {language: Page(client.get(f"{ADDRESS}?lang={language}").text) for language in ("lv", "en")}


def passage(number: int, start: int, end: int, town: str = "", statements: int = 1) -> Passage:
    iri = f"https://example.org/made-up/{number}"
    return Passage(iri, start, end, number, (town, town), statements=statements)


# The real page


def test_the_source_page_leads_to_the_page_that_the_data_were_read_from(client: FlaskClient) -> None:
    answer = client.get("/source?lang=lv")
    assert (answer.status_code, answer.headers["Location"]) == (303, f"{ADDRESS}?lang=lv")
    assert client.get("/source/made-up").status_code == 404


def test_every_word_of_the_page_is_shown_once_and_in_its_order(client: FlaskClient, release: Release) -> None:
    text = (release.folder / "sources" / f"{SOURCE}.txt").read_text("utf-8")
    for language in ("lv", "en"):
        page = html.document_fromstring(client.get(f"{ADDRESS}?lang={language}").text)
        for number in page.xpath("//p[@class='text']//a[starts-with(@class, 'number')]"):
            number.drop_tree()
        lines = "".join(line.text_content() for line in page.xpath("//p[@class='text']"))
        assert "".join(lines.split()) == "".join(text.split())


def test_every_passage_has_a_name_to_link_to_a_number_and_a_note(shown: dict[str, Page], towns: LinkedTowns) -> None:
    quotes = {slug_of(quote) for quote in towns.merged.subjects(PROV.wasQuotedFrom)}
    for page in shown.values():
        assert len(quotes) == 96
        assert quotes <= set(page.ids)
        assert {f"read-{number}" for number in range(1, 97)} <= set(page.ids)
        assert {f"#read-{number}" for number in range(1, 97)} | {f"#{each}" for each in quotes} <= set(page.links)
        assert len(page.ids) == len(set(page.ids))


def test_it_counts_what_the_queries_answer(shown: dict[str, Page], engine: Engine) -> None:
    statements = rows(engine, "statements-of-one-source")
    left_out = rows(engine, "passages-left-out")
    text = " ".join(" ".join(shown["en"].texts["main"]).split())
    supporting = len({row["quote"] for row in statements})
    assert f"96 passages: {supporting} support statements ({len(statements)} statements)" in text
    assert f"{len(left_out)} are left out on purpose" in text
    assert supporting + len(left_out) == 96


@pytest.mark.parametrize("language", ["lv", "en"])
def test_what_is_left_out_says_why(shown: dict[str, Page], engine: Engine, language: str) -> None:
    said = " ".join(shown[language].texts["article"])
    reasons = [row["reason"] for row in rows(engine, "passages-left-out", language)]
    assert [said.count(reason) for reason in set(reasons)] == [reasons.count(reason) for reason in set(reasons)]


def test_every_thing_and_every_value_that_was_read_stands_beside_its_passage(
    shown: dict[str, Page], engine: Engine
) -> None:
    links = set(shown["en"].links)
    for row in rows(engine, "statements-of-one-source"):
        for name in ("subject", "value"):
            ours = row[name].partition("/id/")[2] if "w3id.org/twingraph/id/" in row[name] else ""
            assert not ours or f"/id/{ours}?lang=en" in links, row


def test_each_of_the_71_words_for_an_area_leads_to_an_area_and_says_how_it_stands(
    client: FlaskClient, engine: Engine
) -> None:
    page = html.document_fromstring(client.get(f"{ADDRESS}?lang=lv").text)
    links = [(each.text_content(), each.get("title"), each.get("href")) for each in page.xpath("//a[@class='mention']")]
    told = rows(engine, "mentions-in-one-source", "lv")
    assert len(told) == 71
    for row in told:
        title = f"{row['area_label']} ({row['standing_label']})"
        # Where two areas share words, the link leads to the first of them and its title names both.
        assert any(words in row["words"] and title in named for words, named, _ in links), row
    assert {href.partition("?")[0] for *_, href in links} <= {f"/id/area/{slug_of(row['area'])}" for row in told}


def test_a_passage_with_statements_is_told_from_one_without_by_more_than_a_colour(client: FlaskClient) -> None:
    text = client.get(f"{ADDRESS}?lang=en").text
    assert text.count("Left out on purpose") == 14
    assert len(re.findall(r'class="number none" href="#read-', text)) == 14
    assert len(re.findall(r'aria-label="Passage \d+: why it is left out"', text)) == 14
    assert len(re.findall(r'aria-label="Passage \d+: what was read from it"', text)) == 82


def test_only_the_two_figures_that_look_wrong_are_doubted_each_with_the_reason(
    client: FlaskClient, engine: Engine
) -> None:
    page = html.document_fromstring(client.get(f"{ADDRESS}?lang=lv").text)
    reasons = [each.text_content() for each in page.xpath("//p[@class='why']")]
    assert sorted(reasons) == sorted(row["reason"] for row in rows(engine, "figures-that-look-wrong", "lv"))
    assert len(page.xpath("//strong[@class='doubt']")) == len(reasons) == 2


def test_it_needs_no_script_and_holds_none(shown: dict[str, Page]) -> None:
    for page in shown.values():
        assert (page.inline_scripts, page.inline_styles) == (0, 0)
        assert page.counts["h1"] == page.counts["main"] == 1
        assert page.counts["h2"] == 14


def test_every_left_out_passage_is_one_that_the_data_leave_out(engine: Engine, towns: LinkedTowns) -> None:
    assert {row["quote"] for row in rows(engine, "passages-left-out")} == set(
        map(str, towns.merged.subjects(TG.leftOut))
    )


# Made-up pages


def test_a_page_is_cut_wherever_a_passage_or_the_words_for_an_area_begin_or_end() -> None:
    told = [passage(1, 0, 8), passage(2, 10, 16)]
    mention = Mention(2, 5, "https://example.org/made-up/area", "joma")
    first, second = cut("izdomāta  lapa.\nbeigas", told, [mention])
    assert [piece.text for piece in first.pieces] == ["iz", "dom", "āta", "  ", "lapa."]
    assert [len(piece.mentions) for piece in first.pieces] == [0, 1, 0, 0, 0]
    assert [piece.opens for piece in first.pieces] == [True, False, False, False, True]
    assert [piece.closes for piece in first.pieces] == [False, False, True, False, False]
    assert [each.number for each in first.passages] == [1, 2]
    assert second.passages == ()


def test_a_passage_over_two_lines_opens_in_one_and_closes_in_the_other() -> None:
    lines = cut("iz\n\ndomāta", [passage(1, 1, 6)])
    pieces = [piece for line in lines for piece in line.pieces if piece.passage]
    assert [(piece.text, piece.opens, piece.closes) for piece in pieces] == [("z", True, False), ("do", False, True)]


def test_lines_without_a_town_of_their_own_stay_with_the_town_before_them() -> None:
    told = [passage(1, 0, 1), passage(2, 2, 3, "a"), passage(3, 4, 5), passage(4, 6, 7, "b")]
    assert [(section.town[0], len(section.lines), section.start) for section in sections(cut("t\na\n-\nb", told))] == [
        ("", 1, 0),
        ("a", 2, 2),
        ("b", 1, 6),
    ]
