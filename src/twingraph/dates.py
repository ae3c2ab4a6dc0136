"""Dates as exact as their source."""

from __future__ import annotations

import calendar
import re
from contextlib import suppress
from dataclasses import dataclass
from datetime import date

_DATE = re.compile(r"\d{4}(-\d\d){0,2}", re.ASCII)
_MONTHS = {
    "en": "January February March April May June July August September October November December",
    "lv": "janvāris februāris marts aprīlis maijs jūnijs jūlijs augusts septembris oktobris novembris decembris",
}


@dataclass(frozen=True, slots=True)
class SourceDate:
    """A year, a month of a year, or a day: whatever the source tells, and no more."""

    year: int
    month: int | None = None
    day: int | None = None

    @classmethod
    def parse(cls, lexical: str) -> SourceDate | None:
        """Read the lexical form of an xsd:gYear, xsd:gYearMonth or xsd:date; None where it is none of them."""
        if _DATE.fullmatch(lexical):
            parts = [int(part) for part in lexical.split("-")]
            # The pattern would take the 30th of February.
            with suppress(ValueError):
                date(*[*parts, 1, 1][:3])
                return cls(*parts)
        return None

    def __str__(self) -> str:
        """Write the lexical form."""
        return "-".join(f"{part:02}" for part in (f"{self.year:04}", self.month, self.day) if part)

    @property
    def precision(self) -> str:
        """Tell how exact the date is: `year`, `month` or `day`, the slugs of the precision scheme."""
        return "day" if self.day else "month" if self.month else "year"

    @property
    def earliest(self) -> date:
        """Give the first day the date may mean."""
        return date(self.year, self.month or 1, self.day or 1)

    @property
    def latest(self) -> date:
        """Give the last day the date may mean."""
        month = self.month or 12
        return date(self.year, month, self.day or calendar.monthrange(self.year, month)[1])

    def narrows(self, other: SourceDate) -> bool:
        """Tell whether this is the other date, known more exactly."""
        return self != other and other.earliest <= self.earliest and self.latest <= other.latest

    def in_words(self, language: str) -> str:
        """Write the date for people: `14 May 2002`, in Latvian `2002. gada 14. maijs`."""
        month = self.month and _MONTHS["lv" if language == "lv" else "en"].split()[self.month - 1]
        day = f"{self.day}. " if self.day else ""
        if language == "lv":
            return f"{self.year}. gada {day}{month}" if month else f"{self.year}. gads"
        return " ".join(str(part) for part in (self.day, month, self.year) if part)

    def as_beginning(self, language: str) -> str:
        """Write since when something lasts: `since 14 May 2002`, in Latvian `kopš 2002. gada 14. maija`."""
        return f"kopš {self._genitive()}" if language == "lv" else f"since {self.in_words(language)}"

    def as_bound(self, language: str) -> str:
        """Write before when nothing was: `not before 14 May 2002`, in Latvian `ne pirms 2002. gada 14. maija`."""
        return f"ne pirms {self._genitive()}" if language == "lv" else f"not before {self.in_words(language)}"

    def _genitive(self) -> str:
        # gads, janvāris, aprīlis become gada, janvāra, aprīļa.
        return re.sub("i?s$", "a", re.sub("lis$", "ļa", self.in_words("lv")))
