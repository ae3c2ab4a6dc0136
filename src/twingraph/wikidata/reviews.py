"""Reviews: the file in which an editor keeps what was decided of rows, so that none is shown as new again."""

from __future__ import annotations

import csv
import hashlib
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from twingraph.curation.sources import read_text
from twingraph.errors import BadSource

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
    """What an editor decided of a row: what was seen then (see `seen`), one of `OUTCOMES`, a note."""

    row: str
    seen: str
    outcome: str
    note: str


def read_reviews(path: Path) -> dict[str, Review]:
    """Read the reviews of a CSV file by row, the last one of each; raises BadInput with the line that is wrong."""
    reader = csv.DictReader(io.StringIO(read_text(path).removeprefix("\ufeff"), newline=""))
    try:
        if tuple(reader.fieldnames or ()) != COLUMNS:
            columns = ",".join(COLUMNS)
            raise BadSource(path, f"its first line must be {columns}", f"pirmajai rindai jābūt {columns}")
        return {line["row"]: _review(path, reader.line_num, line) for line in reader}
    except csv.Error as error:
        raise BadSource(path, f"it is no CSV ({error})", f"tas nav CSV ({error})") from None


def seen(row: Row) -> str:
    """Give a short mark of what a row shows: another value on either side, or another verdict, gives another mark."""
    shown = repr((row.read, row.their_value, row.theirs and row.theirs.rank, str(row.verdict)))
    return hashlib.sha256(shown.encode()).hexdigest()[:12]


def state_of(row: Row, reviews: dict[str, Review]) -> State:
    """Tell whether a row is new, was reviewed as it is, or has changed since."""
    review = reviews.get(row.id)
    if review is None or review.outcome == "pending":
        return "new"
    return "reviewed" if review.seen in {"", seen(row)} else "changed"


def line_of(row: Row) -> str:
    """Give the line for a row that an editor pastes into the file, to write the outcome and a note in."""
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator="").writerow([row.id, seen(row), "", ""])
    return out.getvalue()


def _review(path: Path, number: int, line: dict[str, str]) -> Review:
    cells = [line[name] for name in COLUMNS]
    if None in line or None in cells or line["outcome"] not in OUTCOMES:
        known = ", ".join(filter(None, OUTCOMES))
        raise BadSource(
            path,
            f"line {number} is no review; it has four cells, the third empty or one of {known}",
            f"{number}. rinda nav pārskatījums; tajā ir četras šūnas, trešā ir tukša vai viens no vārdiem {known}",
        )
    return Review(*cells)
