"""The source page side by side with what was read from it: every word once, every passage with what it states."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from rdflib.namespace import PROV

from asking import named as rows
from pages import Page, paths, plain
from twingraph.vocab import TG, slug_of
from twingraph.web.source_page import Passage, cut, sections

if TYPE_CHECKING:
    from flask.testing import FlaskClient

    from twingraph.query.engine import Engine
    from twingraph.release.build import Release
    from twingraph.release.records import LinkedTowns

SOURCE = "jelgava-lv-2017"
ADDRESS = f"/source/{SOURCE}"


@pytest.fixture(params=["lv", "en"])
def page(client: FlaskClient, request: pytest.FixtureRequest) -> Page:
    return Page(client.get(f"{ADDRESS}?lang={request.param}").text)


def test_the_source_page_leads_to_the_page_that_the_data_were_read_from(client: FlaskClient) -> None:
    answer = client.get("/source?lang=lv")
    assert (answer.status_code, answer.headers["Location"]) == (303, f"{ADDRESS}?lang=lv")
    assert client.get("/source/made-up").status_code == 404


def test_every_word_of_the_page_is_shown_once_and_in_its_order(page: Page, release: Release) -> None:
    text = (release.folder / "sources" / f"{SOURCE}.txt").read_text("utf-8")
    lines = page.root.xpath("//p[@class='text']")
    words = "".join(plain(line, "a[starts-with(@class, 'number')]") for line in lines)
    assert "".join(words.split()) == "".join(text.split())


def test_every_passage_has_a_name_to_link_to_a_number_and_a_note(page: Page, towns: LinkedTowns) -> None:
    quotes = {slug_of(quote) for quote in towns.merged.subjects(PROV.wasQuotedFrom)}
    names = quotes | {f"read-{number}" for number in range(1, 97)}
    assert (len(quotes), len(page.find("//h2"))) == (96, 14)
    assert names - set(page.ids) == {f"#{each}" for each in names} - set(page.links) == set()


def test_a_passage_with_statements_is_told_from_one_without_by_more_than_a_colour_and_both_are_counted(
    client: FlaskClient, engine: Engine
) -> None:
    statements, text = rows(engine, "statements-of-one-source"), client.get(f"{ADDRESS}?lang=en").text
    (said,) = Page(text).find("//main")
    assert len({row["quote"] for row in statements}) == 82
    assert f"96 passages: 82 support statements ({len(statements)} statements)" in said
    assert "14 are left out on purpose" in said
    for pattern, number in (
        ("Left out on purpose", 14),
        ('class="number none" href="#read-', 14),
        (r'aria-label="Passage \d+: why it is left out"', 14),
        (r'aria-label="Passage \d+: what was read from it"', 82),
    ):
        assert len(re.findall(pattern, text)) == number


def test_what_is_left_out_says_why(page: Page, engine: Engine, towns: LinkedTowns) -> None:
    said, left_out = " ".join(page.find("//article")), rows(engine, "passages-left-out", page.language)
    reasons = [row["reason"] for row in left_out]
    assert [said.count(reason) for reason in set(reasons)] == [reasons.count(reason) for reason in set(reasons)]
    assert {row["quote"] for row in left_out} == set(map(str, towns.merged.subjects(TG.leftOut)))


def test_every_thing_and_every_value_that_was_read_stands_beside_its_passage(page: Page, engine: Engine) -> None:
    read = {value for row in rows(engine, "statements-of-one-source") for value in (row["subject"], row["value"])}
    ours = {f"/id/{value.partition('/id/')[2]}" for value in read if "w3id.org/twingraph/id/" in value}
    assert ours - paths(page.links) == set()


def test_each_of_the_71_words_for_an_area_leads_to_an_area_and_says_how_it_stands(page: Page, engine: Engine) -> None:
    links = page.root.xpath("//a[@class='mention']")
    mentions = rows(engine, "mentions-in-one-source", page.language)
    assert len(mentions) == 71
    for row in mentions:
        title = f"{row['area_label']} ({row['standing_label']})"
        # Where two areas share words, the link leads to the first of them and its title names both.
        assert any(each.text_content() in row["words"] and title in each.get("title") for each in links), row
    assert paths(each.get("href") for each in links) <= {f"/id/area/{slug_of(row['area'])}" for row in mentions}


def test_only_the_two_figures_that_look_wrong_are_doubted_each_with_the_reason(page: Page, engine: Engine) -> None:
    reasons = [row["reason"] for row in rows(engine, "figures-that-look-wrong", page.language)]
    assert sorted(page.find("//p[@class='why']")) == sorted(reasons)
    assert len(page.find("//strong[@class='doubt']")) == len(reasons) == 2


# Made-up pages


def passage(number: int, start: int, end: int, town: str = "") -> Passage:
    return Passage(f"https://example.org/made-up/{number}", start, end, number, (town, town), statements=1)


def test_a_page_is_cut_wherever_a_passage_or_the_words_for_an_area_begin_or_end() -> None:
    text, passages = "izdomāta  lapa.\nbeigas", [passage(1, 0, 8), passage(2, 10, 16)]
    (first, begun), (_second, none) = cut(text, passages, [{"start": "2", "end": "5"}])
    assert [(piece.text, len(piece.mentions), piece.opens, piece.closes) for piece in first] == [
        ("iz", 0, True, False),
        ("dom", 1, False, False),
        ("āta", 0, False, True),
        ("  ", 0, False, False),
        ("lapa.", 0, True, False),
    ]
    assert ([each.number for each in begun], none) == ([1, 2], [])


def test_a_passage_over_two_lines_opens_in_one_and_closes_in_the_other() -> None:
    pieces = [piece for line, _begun in cut("iz\n\ndomāta", [passage(1, 1, 6)]) for piece in line if piece.passage]
    assert [(piece.text, piece.opens, piece.closes) for piece in pieces] == [("z", True, False), ("do", False, True)]


def test_lines_without_a_town_of_their_own_stay_with_the_town_before_them() -> None:
    passages = [passage(1, 0, 1), passage(2, 2, 3, "a"), passage(3, 4, 5), passage(4, 6, 7, "b")]
    parts = [(town[0], start, len(lines)) for town, start, lines in sections(cut("t\na\n-\nb", passages))]
    assert parts == [("", 0, 1), ("a", 2, 2), ("b", 6, 1)]
