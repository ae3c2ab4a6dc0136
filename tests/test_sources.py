"""Where a quote stands in its page, and where a statement stands in its file."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twingraph.curation.findings import explain
from twingraph.curation.graph import find
from twingraph.curation.turtle import blocks, line_of
from twingraph.vocab import TG, thing

PAGE = "Pilsētas kopplatība ir 37.4 km2. Skaits bija 84\N{NO-BREAK SPACE}394.\nit.jpgAlkamo\nit.jpg\nKomo\n"
AREA = "Pilsētas kopplatība ir 37.4 km2."
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


def test_a_quote_is_found_at_every_place_it_stands_and_an_empty_one_nowhere() -> None:
    assert find(PAGE, "it.jpg") == [53, 66]
    assert find(PAGE, "it.jpg", suffix="Alkamo") == [53]
    assert find(PAGE, "it.jpg", prefix="Alkamo\n") == [66]
    assert find(PAGE, "", prefix="it") == []


@given(st.text(), st.text(min_size=1), st.text())
def test_a_quote_stands_where_it_was_put(before: str, exact: str, after: str) -> None:
    text = before + exact + after
    starts = find(text, exact)
    assert len(before) in starts
    assert all(text[start : start + len(exact)] == exact for start in starts)


def differs(theirs: str, ours: str) -> tuple[str, str]:
    return f"the page has {theirs} where the quote has {ours}.", f"lapā ir {theirs}, bet citātā {ours}."


@pytest.mark.parametrize(
    ("quote", "english", "latvian"),
    [
        (
            ("Skaits bija 84 394.",),
            "the page has a no-break space (\\u00A0) where the quote has a space.",
            "lapā ir nedalāmā atstarpe (\\u00A0), bet citātā atstarpe.",
        ),
        ((unicodedata.normalize("NFD", AREA),), *differs("“Pilsētas”", "“Pilse\u0304tas” (U+0304)")),
        ((AREA.replace("ko", "k\u043e"),), *differs("“kopplatība”", "“k\u043epplatība” (U+043E)")),
        ((AREA.replace("tī", "t\u00adī"),), *differs("“kopplatība”", "“kopplat\u00adība” (U+00AD)")),
        (
            ("it.jpg",),
            "It occurs 2 times, at 53, 66; add oa:prefix or oa:suffix to tell which is meant.",
            "Tas sastopams 2 reizes, pozīcijās 53, 66; pievienojiet oa:prefix vai oa:suffix.",
        ),
        (
            ("it.jpg", "", "\r\n"),
            "mend them. At 53 it stands between “\\n” and “Al”.",
            "izlabojiet tos. Pozīcijā 53 tas ir starp „\\n” un „Al”.",
        ),
        (("Made-up words like nothing",), "Nothing in the page resembles it.", "Lapā nav nekā līdzīga."),
    ],
    ids=["no-break space", "NFD", "Cyrillic", "soft hyphen", "twice", "other line ends", "nothing like it"],
)
def test_why_a_quote_has_no_place_is_told_to_the_letter(quote: tuple[str, ...], english: str, latvian: str) -> None:
    reason = explain(PAGE, *quote)
    assert reason.in_language("en").endswith(english)
    assert reason.in_language("lv").replace("„", "“").endswith(latvian.replace("„", "“"))


def test_blocks_are_found_by_their_full_names() -> None:
    one, two = (str(thing("quote", f"made-up-{name}")) for name in ("one", "two"))
    assert list(blocks(TRIG)) == [(one, range(5, 9)), (two, range(9, 12))]


@pytest.mark.parametrize(
    ("quote", "term", "line"), [("one", TG.signed, 6), ("one", TG.year, 7), ("two", TG.signed, 10), ("two", None, 10)]
)
def test_a_statement_is_found_in_its_own_block(quote: str, term: None, line: int) -> None:
    assert line_of(TRIG, thing("quote", f"made-up-{quote}"), thing("agreement", "made-up"), term, None) == line
