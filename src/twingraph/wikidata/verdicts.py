"""The verdicts of the cross-check, the sentences that go with them, and the rows that bear them."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from twingraph.wikidata.entities import Statement, Value
    from twingraph.words import Language


class Verdict(StrEnum):
    """How a claim of ours and a statement of Wikidata's stand to each other."""

    AGREE = "agree"
    AGREE_LOWER_PRECISION = "agree_lower_precision"
    AGREE_AFTER_NORMALISATION = "agree_after_normalisation"
    CONFLICT = "conflict"
    MISSING_ON_WIKIDATA = "missing_on_wikidata"
    MISSING_HERE = "missing_here"
    MISSING_REVERSE = "missing_reverse"
    UNREFERENCED_ON_WIKIDATA = "unreferenced_on_wikidata"
    OUTDATED_HERE = "outdated_here"
    OUTDATED_ON_WIKIDATA = "outdated_on_wikidata"
    IMPLAUSIBLE_HERE = "implausible_here"
    AMBIGUOUS_ENTITY = "ambiguous_entity"
    STATUS_CONFLICT = "status_conflict"
    NOT_COMPARABLE = "not_comparable"


class Comparison(NamedTuple):
    """A case of `CASES`, with the statement and the value in it that it is about, and what may be proposed.

    words: by language, in place of those for the value.
    """

    case: str
    theirs: Statement | None = None
    value: Value | None = None
    proposed: Statement | None = None
    words: dict[Language, str] | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """A claim of ours beside what Wikidata says of it, the verdict, and what an editor could do.

    id: the same in every run for the same claim, item, property and statement, so that it can be marked as reviewed.
    subject: the IRI of our agreement, tie, figure or town; item: the Wikidata item compared, "" where none is known.
    property: what is compared: P190, P580 (as a qualifier of the P190 statement `theirs`), P1082, P2046, P856, P17.
    town: the slug of the partner that it is about; "" for a tie that only Wikidata has.
    printed: our value as the page has it; read: as we read it (a Wikidata id, `2002`, `2007-06-10`, a number, a URL).
    quote, exact, start, end, source: the IRI of the quote, its text and offsets, and the URL of the page; "", "", None,
        None, "" where no page says it.
    theirs: the statement; their_value: the value in it that was compared, its own or a qualifier's.
    proposed: the statement as an editor could give it, without references; None where nothing may be proposed.
    reason, action: a sentence each in `en` and `lv`.
    """

    id: str
    subject: str
    item: str
    property: str
    town: str
    printed: str
    read: str
    quote: str
    exact: str
    start: int | None
    end: int | None
    source: str
    theirs: Statement | None
    their_value: Value | None
    proposed: Statement | None
    verdict: Verdict
    reason: dict[Language, str] = field(hash=False)
    action: dict[Language, str] = field(hash=False)


_TEXTS = tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))
VERDICTS: dict[str, dict[Language, str]] = _TEXTS["verdict"]
PROPERTIES: dict[str, dict[Language, str]] = _TEXTS["property"]
"""What each verdict is called, and what Wikidata's properties are that are compared, or qualify or source a value."""
CASES: dict[str, dict[str, str]] = _TEXTS["case"]
"""Every way in which the two may stand to each other, by a name of its own: a `verdict`, why it is given, with room for
the values, in `en` and `lv`, and the name of an `action`."""
ACTIONS: dict[str, dict[Language, str]] = _TEXTS["action"]
"""What an editor could do."""
