"""Dates as exact as their source."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twingraph.dates import SourceDate

if TYPE_CHECKING:
    from datetime import date


@pytest.mark.parametrize(
    ("lexical", "precision", "earliest", "latest"),
    [
        ("2002", "year", "2002-01-01", "2002-12-31"),
        ("2004-02", "month", "2004-02-01", "2004-02-29"),
        ("2007-06-10", "day", "2007-06-10", "2007-06-10"),
    ],
)
def test_a_date_means_every_day_that_its_source_leaves_open(
    lexical: str, precision: str, earliest: str, latest: str
) -> None:
    known = SourceDate.parse(lexical)
    assert known is not None
    assert (known.precision, str(known.earliest), str(known.latest)) == (precision, earliest, latest)


@pytest.mark.parametrize(
    "lexical", ["", "2002. gadā", "20021", "2002-13", "2007-02-29", "2007-6-1", "0000", "2002-01-01Z"]
)
def test_what_is_no_date_is_not_read_as_one(lexical: str) -> None:
    assert SourceDate.parse(lexical) is None


@given(st.dates())
def test_a_day_is_read_as_itself_and_lies_within_its_month_and_year(day: date) -> None:
    for length in (10, 7, 4):
        known = SourceDate.parse(day.isoformat()[:length])
        assert known is not None
        assert known.earliest <= day <= known.latest


@pytest.mark.parametrize(
    ("lexical", "english", "latvian"),
    [
        ("2002", "2002", "2002. gads"),
        ("2004-02", "February 2004", "2004. gada februāris"),
        ("2007-06-10", "10 June 2007", "2007. gada 10. jūnijs"),
    ],
)
def test_a_date_is_written_for_people_as_exact_as_it_is(lexical: str, english: str, latvian: str) -> None:
    known = SourceDate.parse(lexical)
    assert known is not None
    assert (known.in_words("en"), known.in_words("lv")) == (english, latvian)


@given(st.dates(), st.dates())
def test_a_date_narrows_another_if_it_is_within_it_and_more_exact(day: date, other: date) -> None:
    known, month = SourceDate.parse(day.isoformat()), SourceDate.parse(other.isoformat()[:7])
    assert known is not None
    assert month is not None
    assert known.narrows(month) == (day.isoformat()[:7] == other.isoformat()[:7])
    assert not month.narrows(known)
    assert not known.narrows(known)


@pytest.mark.parametrize(
    ("lexical", "english", "latvian"),
    [
        ("1994", "since 1994", "kopš 1994. gada"),
        ("2007-04", "since April 2007", "kopš 2007. gada aprīļa"),
        ("2007-06-10", "since 10 June 2007", "kopš 2007. gada 10. jūnija"),
        ("2016-01-23", "since 23 January 2016", "kopš 2016. gada 23. janvāra"),
        ("2016-03-23", "since 23 March 2016", "kopš 2016. gada 23. marta"),
    ],
)
def test_a_beginning_is_told_in_the_genitive_in_latvian(lexical: str, english: str, latvian: str) -> None:
    date = SourceDate.parse(lexical)
    assert date
    assert (date.as_beginning("en"), date.as_beginning("lv")) == (english, latvian)
