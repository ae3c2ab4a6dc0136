"""Lists of towns: what a list says of each, of lines below what was signed with all, and of columns of dates."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING

from twingraph.draft import written
from twingraph.draft.lexicon import cues
from twingraph.draft.sentences import (
    NOTHING,
    AreaNamed,
    Document,
    Reading,
    areas_named,
    is_area,
    kinds_named,
    may_be_of_signing,
    read,
    status,
)
from twingraph.words import text

if TYPE_CHECKING:
    from twingraph.draft.lexicon import Areas


def read_each(sentence: str, starts: list[int], language: str, areas: Areas) -> list[Reading]:
    """Read a list of several towns, each with a date of its own: what it says of each, [] for what is no such list.

    starts: where the towns are named. `Sadarbības līgumi: Imola, Itālija (1999), Motala, Zviedrija (2001)`.
    """
    patterns = cues(language)
    dates = written.dates(sentence, language)
    places = sorted([(at, False) for at in starts] + [(each.start, True) for each in dates])
    # A date stands after each town, or before each of them.
    is_before = bool(dates) and dates[0].start < starts[0]
    bounds = [at for at, is_date in places if is_date == is_before]
    kinds = [is_date for _, is_date in places]
    if len(dates) < 2 or len(bounds) != len(starts) or (is_before and kinds != [True, False] * len(starts)):  # noqa: PLR2004 - a list has two
        return []
    parts = [sentence[start:end] for start, end in pairwise([*bounds, len(sentence)])]
    if sum(bool(written.dates(part, language)) for part in parts) < 2:  # noqa: PLR2004
        return []
    named, head = kinds_named(sentence, language), sentence[: bounds[0]]
    is_signed = patterns["signed"].search(sentence) or re.search(r"[:–-]\s*(?:ar|with)?\s*\Z", head)
    is_in_first = is_before and named and named[0][1].start() < bounds[1]
    is_above = named and (is_in_first or named[0][1].start() < bounds[0] or patterns["documents"].search(parts[-1]))
    is_of_all = len(named) == 1 and is_above and is_signed and not patterns["unsigned"].search(sentence)
    is_of_tie, ended = bool(patterns["tie"].search(sentence)), status(head, language)
    document = named[0] if is_of_all else None
    readings = [_of_part(part, language, areas, document, of_tie=is_of_tie, is_over=bool(ended)) for part in parts]
    is_of_ties = patterns["twinned"].search(head) and head.rstrip().endswith(":")
    if document is None and (patterns["began_in"].search(sentence) or is_of_ties):
        readings = [_begun(reading, part, language) for reading, part in zip(readings, parts, strict=True)]
    return [each._replace(status=each.status or ended) for each in readings]


def _of_part(  # noqa: PLR0913 - what the list says of all its towns
    part: str, language: str, areas: Areas, document: tuple[str, re.Match[str]] | None, *, of_tie: bool, is_over: bool
) -> Reading:
    """Read the part of a list that is of one town; document: what is signed with each of them, if it is_over or not."""
    reading = read(part, language, areas, of_tie=of_tie)
    dates = [each for each in written.dates(part, language) if may_be_of_signing(each, part, language)]
    kinds = kinds_named(part, language)
    # In `Imola (Itālija) – sadarbības līgums 1998. gadā` the verb is left out.
    is_short = len(kinds) == 1 and re.search(r"[–—-]\s*\Z", part[: kinds[0][1].start()])
    kind = kinds[0] if is_short else document if not kinds or document in kinds else None
    if reading.documents or kind is None or len(dates) != 1 or cues(language)["other_date"].search(part):
        return reading
    if is_over:
        # The year may be that of the end.
        words = {"dates": dates[0].words, "document": kind[1][0]}
        doubt = text("“%(dates)s” may be the date of “%(document)s” or of something else", **words)
        return reading._replace(documents=[Document(kind[0], kind[1][0], None, "")], doubts=[doubt])
    signed = [Document(kind[0], kind[1][0], dates[0].value, dates[0].words)]
    return reading._replace(documents=signed, areas=list(areas_named(part, language, areas, signed, [])), doubts=[])


def _begun(reading: Reading, part: str, language: str) -> Reading:
    """Take the one date of a part for that since when there is a tie, if no other word says what it is."""
    dates = written.dates(part, language)
    is_free = reading.since is None and not kinds_named(part, language) and len(dates) == 1
    return reading._replace(since=dates[0]) if is_free else reading


def dated(line: str, language: str) -> Reading | None:
    """Take the date of a line that has no other words for since when there is a tie; None where it has several."""
    dates = written.dates(line, language)
    return NOTHING._replace(since=dates[0] if dates else None) if len(dates) <= 1 else None


def listed_document(sentence: str, language: str) -> tuple[str, ...]:
    """Give the kind of document that a sentence says was signed with each town of the list below it, () for none."""
    patterns, kinds = cues(language), kinds_named(sentence, language)
    is_signed = patterns["signed"].search(sentence) and not patterns["unsigned"].search(sentence)
    return (kinds[0][0],) if is_signed and len(kinds) == 1 else ()


def with_document(reading: Reading, line: str, kind: tuple[str, ...], language: str) -> Reading:
    """Take the one date of a line for that of the document that is above it, if no other word says what it is."""
    dates = written.dates(line, language)
    if not kind or reading.documents or reading.since or len(dates) > 1 or kinds_named(line, language):
        return reading
    date, words = (dates[0].value, dates[0].words) if dates else (None, "")
    return reading._replace(documents=[Document(kind[0], "", date, words)])


def listed(line: str, language: str, areas: Areas) -> Reading:
    """Read a line of a list under `Fields of cooperation:`."""
    found = [
        AreaNamed(each.area, line[each.start : each.end], "ongoing", "")
        for each in areas.find(line)
        if is_area(line, each.start, each.end, language)
    ]
    return NOTHING._replace(areas=found)


def is_column(line: str, language: str) -> bool:
    """Tell whether a line may be the head of a column of dates, of a signing or since when there is something."""
    patterns = cues(language)
    is_of_dates = patterns["since"].search(line) or patterns["signed"].search(line)
    return bool(is_of_dates and len(line.split()) <= 5 and not re.search(r"[\d.,;]", line))  # noqa: PLR2004 - as many words as `Līguma noslēgšanas gads`


def cell(line: str, column: str, language: str) -> Reading | None:
    """Read a line that is nothing but a date below the head of a column; None for any other."""
    line = re.sub(r"\s*\([^()]*\)\Z", "", line)
    dates = written.dates(f"– {line}", language)
    date = dates[0] if len(dates) == 1 else None
    if date is None or date.words.rstrip(".") != line.rstrip("."):
        return None
    if cues(language)["since"].search(column):
        return NOTHING._replace(since=date)
    kind = next((kind for kind, _ in kinds_named(column, language)), "unspecified")
    return NOTHING._replace(documents=[Document(kind, "", date.value, date.words)])
