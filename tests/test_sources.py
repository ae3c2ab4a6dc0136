"""Source pages, and where a quote stands in one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twingraph.curation.lines import blocks, line_of
from twingraph.curation.sources import Selector, explain, nearest_passage, read_page, word_starts
from twingraph.errors import UnreadableFile, WrongEncoding
from twingraph.vocab import TG, thing

if TYPE_CHECKING:
    from pathlib import Path

PAGE = "Pilsētas kopplatība ir 37.4 km2. Skaits bija 84\N{NO-BREAK SPACE}394.\nit.jpgAlkamo\nit.jpg\nKomo\n"


def test_a_quote_is_found_at_every_place_it_stands() -> None:
    assert Selector("it.jpg").starts(PAGE) == [53, 66]
    assert Selector("it.jpg", suffix="Alkamo").starts(PAGE) == [53]
    assert Selector("it.jpg", prefix="Alkamo\n").starts(PAGE) == [66]


@given(st.text(), st.text(min_size=1), st.text())
def test_a_quote_stands_where_it_was_put(before: str, exact: str, after: str) -> None:
    text = before + exact + after
    starts = Selector(exact).starts(text)
    assert len(before) in starts
    assert all(text[start : start + len(exact)] == exact for start in starts)


def test_an_empty_quote_stands_nowhere() -> None:
    assert Selector("", prefix="it").starts(PAGE) == []


def test_a_space_that_should_be_a_no_break_space_is_named() -> None:
    english, latvian = explain(Selector("Skaits bija 84 394."), PAGE)
    assert "the page has a no-break space (\\u00A0) where the quote has a space" in english
    assert "lapā ir nedalāmā atstarpe (\\u00A0), bet citātā atstarpe" in latvian


def test_a_quote_that_occurs_twice_is_told_with_its_places_and_the_remedy() -> None:
    english, _ = explain(Selector("it.jpg"), PAGE)
    assert "2 times, at 53, 66" in english
    assert "oa:prefix" in english


def test_a_quote_like_nothing_in_the_page_is_told_so() -> None:
    assert nearest_passage("Made-up words like nothing there", PAGE) is None
    assert explain(Selector("Made-up words like nothing there"), PAGE)[0] == "Nothing in the page resembles it."


def test_words_are_found_whole_only() -> None:
    assert word_starts("pilsētvides un vides jomās", "vides") == [15]


def test_a_page_that_is_not_utf_8_is_told_by_its_byte(tmp_path: Path) -> None:
    (tmp_path / "page.txt").write_bytes("Pērnava".encode("cp1257"))
    with pytest.raises(WrongEncoding, match=r"page\.txt: byte 1 \(0xE7\) is not UTF-8"):
        read_page(tmp_path / "page.txt")


def test_a_page_that_is_not_there_is_told_by_its_path(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match=r"page\.txt: cannot be read \(No such file or directory\)"):
        read_page(tmp_path / "page.txt")


TRIG = """@prefix : <https://w3id.org/twingraph/id/quote/made-up-> .
@prefix tg: <https://w3id.org/twingraph/ns#> .
@prefix agreement: <https://w3id.org/twingraph/id/agreement/> .

:one {
    agreement:made-up tg:signed "2002" ;
        tg:year 2002 .
}
GRAPH <https://w3id.org/twingraph/id/quote/made-up-two> {
    agreement:made-up tg:signed "2003" .
}
"""


def test_blocks_are_found_by_their_full_names() -> None:
    assert blocks(TRIG) == {str(thing("quote", "made-up-one")): [5], str(thing("quote", "made-up-two")): [9]}


@pytest.mark.parametrize(
    ("quote", "term", "line"), [("one", TG.signed, 6), ("one", TG.year, 7), ("two", TG.signed, 10), ("two", None, 10)]
)
def test_a_statement_is_found_in_its_own_block(quote: str, term: None, line: int) -> None:
    assert line_of(TRIG, thing("quote", f"made-up-{quote}"), thing("agreement", "made-up"), term, None) == line
