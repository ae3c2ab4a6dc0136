"""Reviews: the file in which an editor keeps what was decided of rows, so that none is shown as new again."""

from __future__ import annotations

import csv
import hashlib
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from twingraph.curation.sources import read_text
from twingraph.errors import BadSource
from twingraph.words import text

if TYPE_CHECKING:
    from pathlib import Path

    from twingraph.wikidata.verdicts import Row

    State = Literal["new", "changed", "reviewed"]

COLUMNS = ("row", "seen", "outcome", "note")
OUTCOMES = ("", "pending", "wikidata", "missing", "external", "both", "none")
"""What a review can come to, in Mismatch Finder's words: who is wrong, or `missing` on Wikidata and right here.

"" where nobody wrote that down; `pending` where the row is to be shown on as new.
"""


@dataclass(frozen=True, slots=True)
class Review:
    """What an editor decided of a row: the mark of what it showed then (see `mark_of`), one of `OUTCOMES`, a note."""

    row: str
    seen: str
    outcome: str
    note: str


def read_reviews(path: Path) -> dict[str, Review]:
    """Read the reviews of a CSV file by row, the last one of each; raises BadInput with the line that is wrong."""
    reader = csv.DictReader(io.StringIO(read_text(path).removeprefix("\ufeff"), newline=""))
    reviews = {}
    try:
        if tuple(reader.fieldnames or ()) != COLUMNS:
            raise BadSource(path, text("its first line must be %(columns)s", columns=",".join(COLUMNS)))
        for line in reader:
            cells = [line[name] for name in COLUMNS]
            if None in line or None in cells or line["outcome"] not in OUTCOMES:
                reason = text(
                    "line %(line)s is no review; it has four cells, the third empty or one of %(outcomes)s",
                    line=reader.line_num,
                    outcomes=", ".join(filter(None, OUTCOMES)),
                )
                raise BadSource(path, reason)
            reviews[line["row"]] = Review(*cells)
    except csv.Error as error:
        raise BadSource(path, text("it is no CSV (%(error)s)", error=error)) from None
    return reviews


def mark_of(row: Row) -> str:
    """Give a short mark of what a row shows: another value on either side, or another verdict, gives another mark."""
    content = repr((row.read, row.their_value, row.theirs and row.theirs.rank, str(row.verdict)))
    return hashlib.sha256(content.encode()).hexdigest()[:12]


def state_of(row: Row, reviews: dict[str, Review]) -> State:
    """Tell whether a row is new, was reviewed as it is, or has changed since."""
    review = reviews.get(row.id)
    if review is None or review.outcome == "pending":
        return "new"
    return "reviewed" if review.seen in {"", mark_of(row)} else "changed"


def line_of(row: Row) -> str:
    """Give the line for a row that an editor pastes into the file, to write the outcome and a note in."""
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator="").writerow([row.id, mark_of(row), "", ""])
    return out.getvalue()
