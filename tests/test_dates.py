"""Dates as exact as their source."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twingraph.dates import SourceDate


def parse(lexical: str) -> SourceDate:
    known = SourceDate.parse(lexical)
    assert known
    return known


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
    known = parse(lexical)
    assert (known.precision, str(known.earliest), str(known.latest)) == (precision, earliest, latest)


@pytest.mark.parametrize(
    "lexical", ["", "2002. gadā", "20021", "2002-13", "2007-02-29", "2007-6-1", "0000", "2002-01-01Z"]
)
def test_what_is_no_date_is_not_read_as_one(lexical: str) -> None:
    assert SourceDate.parse(lexical) is None


@given(st.dates())
def test_a_day_is_read_as_itself_and_lies_within_its_month_and_year(day: date) -> None:
    assert all(known.earliest <= day <= known.latest for known in (parse(str(day)[:length]) for length in (10, 7, 4)))


@given(st.dates(), st.dates())
def test_a_date_narrows_another_if_it_is_within_it_and_more_exact(day: date, other: date) -> None:
    known, month = parse(str(day)), parse(str(other)[:7])
    assert known.narrows(month) == (str(day)[:7] == str(other)[:7])
    assert not month.narrows(known)
    assert not known.narrows(known)


@pytest.mark.parametrize(
    ("lexical", "english", "latvian", "since"),
    [
        ("1994", "1994", "1994. gads", "kopš 1994. gada"),
        ("2004-02", "February 2004", "2004. gada februāris", "kopš 2004. gada februāra"),
        ("2007-04", "April 2007", "2007. gada aprīlis", "kopš 2007. gada aprīļa"),
        ("2007-06-10", "10 June 2007", "2007. gada 10. jūnijs", "kopš 2007. gada 10. jūnija"),
        ("2016-03-23", "23 March 2016", "2016. gada 23. marts", "kopš 2016. gada 23. marta"),
    ],
)
def test_a_date_is_written_as_exact_as_it_is_and_as_a_beginning_in_the_genitive(
    lexical: str, english: str, latvian: str, since: str
) -> None:
    known = parse(lexical)
    assert (known.in_words("en"), known.in_words("lv")) == (english, latvian)
    assert (known.as_beginning("en"), known.as_beginning("lv")) == (f"since {english}", since)
