"""Source pages, and where a quote stands in one."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twingraph.curation.graph import blocks, line_of
from twingraph.curation.sources import Selector, explain, read_page, word_starts
from twingraph.errors import BadSource, UnreadableFile, WrongEncoding
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


@pytest.mark.parametrize(
    ("quote", "english", "latvian"),
    [
        (
            Selector("Skaits bija 84 394."),
            "the page has a no-break space (\\u00A0) where the quote has a space.",
            "lapā ir nedalāmā atstarpe (\\u00A0), bet citātā atstarpe.",
        ),
        (
            Selector(unicodedata.normalize("NFD", "Pilsētas kopplatība ir 37.4 km2.")),
            "the page has “Pilsētas” where the quote has “Pilse\u0304tas” (U+0304).",
            "lapā ir „Pilsētas”, bet citātā „Pilse\u0304tas” (U+0304).",
        ),
        (
            Selector("Pilsētas k\N{CYRILLIC SMALL LETTER O}pplatība ir 37.4 km2."),
            "the page has “kopplatība” where the quote has “k\u043epplatība” (U+043E).",
            "lapā ir „kopplatība”, bet citātā „k\u043epplatība” (U+043E).",
        ),
        (
            Selector("Pilsētas kopplat\N{SOFT HYPHEN}ība ir 37.4 km2."),
            "the page has “kopplatība” where the quote has “kopplat\u00adība” (U+00AD).",
            "lapā ir „kopplatība”, bet citātā „kopplat\u00adība” (U+00AD).",
        ),
        (
            Selector("it.jpg"),
            "It occurs 2 times, at 53, 66; add oa:prefix or oa:suffix to tell which is meant.",
            "Tas sastopams 2 reizes, pozīcijās 53, 66; pievienojiet oa:prefix vai oa:suffix.",
        ),
        (
            Selector("it.jpg", suffix="\r\n"),
            "mend them. At 53 it stands between “\\n” and “Al”.",
            "izlabojiet tos. Pozīcijā 53 tas ir starp „\\n” un „Al”.",
        ),
        (
            Selector("Made-up words like nothing there"),
            "Nothing in the page resembles it.",
            "Lapā nav nekā līdzīga.",
        ),
    ],
    ids=["no-break space", "NFD", "Cyrillic", "soft hyphen", "twice", "other line ends", "nothing like it"],
)
def test_why_a_quote_has_no_place_is_told_to_the_letter(quote: Selector, english: str, latvian: str) -> None:
    reason = explain(quote, PAGE)
    assert reason.in_language("en").endswith(english)
    assert reason.in_language("lv").endswith(latvian)


def test_words_are_found_whole_only() -> None:
    assert word_starts("pilsētvides un vides jomās", "vides") == [15]


def test_a_page_that_is_not_utf_8_is_told_by_its_byte(tmp_path: Path) -> None:
    (tmp_path / "page.txt").write_bytes("Pērnava".encode("cp1257"))
    with pytest.raises(WrongEncoding, match=r"page\.txt: byte 1 \(0xE7\) is not UTF-8"):
        read_page(tmp_path / "page.txt")


def test_a_page_that_is_not_there_is_told_by_its_path(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match=r"page\.txt: cannot be read \(No such file or directory\)"):
        read_page(tmp_path / "page.txt")


def test_a_page_saved_as_html_is_told_before_its_quotes_are_looked_for(tmp_path: Path) -> None:
    (tmp_path / "page.txt").write_text("\ufeff\n<!DOCTYPE html>\n<title>Made up</title>", "utf-8")
    with pytest.raises(BadSource, match=r"page\.txt: this is a page of HTML, from line 1 on; keep the text"):
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
    names = [
        (str(thing("quote", f"made-up-{name}")), lines) for name, lines in (("one", range(5, 9)), ("two", range(9, 12)))
    ]
    assert list(blocks(TRIG)) == names


@pytest.mark.parametrize(
    ("quote", "term", "line"), [("one", TG.signed, 6), ("one", TG.year, 7), ("two", TG.signed, 10), ("two", None, 10)]
)
def test_a_statement_is_found_in_its_own_block(quote: str, term: None, line: int) -> None:
    assert line_of(TRIG, thing("quote", f"made-up-{quote}"), thing("agreement", "made-up"), term, None) == line
