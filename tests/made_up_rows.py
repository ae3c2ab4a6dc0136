"""Rows of a cross-check that is made up: an agreement of 2002 is said to found a tie of two towns that do not exist."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from twingraph.vocab import thing
from twingraph.wikidata.crosscheck import Row
from twingraph.wikidata.entities import Statement, Value
from wikidata_shape import made_up

HOME, TOWN, OTHER = made_up(1), made_up(2), made_up(3)
GUID = f"{HOME}$00000000-0000-4000-8000-00000000000A"
QUOTE = str(thing("quote", "made-up"))
SOURCE = "https://made-up.invalid/page"
EXACT = "Izdomāts līgums noslēgts 2002. gadā."
YEAR, DAY = Value("time", "2002-01-01T00:00:00Z", 9), Value("time", "2002-07-26T00:00:00Z", 11)


def tie(*qualifiers: tuple[str, Value], guid: str = "", target: str = TOWN) -> Statement:
    """Give a made-up tie of the first made-up town."""
    return Statement(HOME, "P190", guid, "normal", Value("item", target), qualifiers)


def row(verdict: str = "missing_on_wikidata", **others: Any) -> Row:  # noqa: ANN401 - as each field has it
    """Give a row on that tie."""
    made = Row(
        id="made-up/1",
        subject=str(thing("agreement", "made-up-2002")),
        item=HOME,
        property="P190",
        town="made-up",
        printed="Izdomātā pilsēta",
        read=TOWN,
        quote=QUOTE,
        exact=EXACT,
        start=0,
        end=36,
        source=SOURCE,
        theirs=None,
        their_value=None,
        proposed=tie(("P580", YEAR)),
        verdict=verdict,
        reason={"en": "A made-up reason.", "lv": "Izdomāts iemesls."},
        action={"en": "A made-up action.", "lv": "Izdomāta rīcība."},
    )
    return replace(made, **others)


CONFLICT = row("conflict", theirs=tie(guid=GUID, target=OTHER), their_value=Value("item", OTHER), proposed=None)
_LATER = replace(YEAR, text="1999-01-01T00:00:00Z", calendar="Q1985727")
DATE_CONFLICT = row(
    "conflict",
    id="made-up/2",
    property="P580",
    printed="2002. gadā",
    read="2002",
    theirs=tie(("P580", _LATER), guid=GUID),
    their_value=_LATER,
    proposed=None,
)
