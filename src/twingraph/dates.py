"""Dates as exact as their source."""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date

_DATE = re.compile(r"(\d{4})(?:-(\d\d)(?:-(\d\d))?)?")


@dataclass(frozen=True, slots=True)
class SourceDate:
    """A year, a month of a year, or a day: whatever the source tells, and no more."""

    year: int
    month: int | None = None
    day: int | None = None

    @classmethod
    def parse(cls, lexical: str) -> SourceDate | None:
        """Read the lexical form of an xsd:gYear, xsd:gYearMonth or xsd:date; None where it is none of them."""
        match = _DATE.fullmatch(lexical)
        if match is None:
            return None
        year, month, day = (int(part) if part else None for part in match.groups())
        assert year is not None  # noqa: S101 - the pattern has it
        try:
            date(year, month or 1, day or 1)
        except ValueError:
            return None
        return cls(year, month, day)

    @property
    def precision(self) -> str:
        """Tell how exact the date is: `year`, `month` or `day`, the slugs of the precision scheme."""
        if self.month is None:
            return "year"
        return "month" if self.day is None else "day"

    @property
    def earliest(self) -> date:
        """Give the first day the date may mean."""
        return date(self.year, self.month or 1, self.day or 1)

    @property
    def latest(self) -> date:
        """Give the last day the date may mean."""
        month = self.month or 12
        return date(self.year, month, self.day or calendar.monthrange(self.year, month)[1])
