"""Ties between towns as Wikidata has them, and which of them have no way back."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING, NamedTuple

from twingraph.wikidata.entities import TIE
from twingraph.words import text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from twingraph.wikidata.entities import Rank, Snapshot

_COLUMNS = ("source", "source_label", "target", "target_label", "statement", "rank", "url")


class Tie(NamedTuple):
    """A statement by which one town is the twin of another: both items, the statement's id, and its rank."""

    source: str
    target: str
    guid: str
    rank: Rank

    @property
    def url(self) -> str:
        """Give the address that shows the statement itself."""
        return f"https://www.wikidata.org/wiki/{self.source}#{self.guid}"


def ties_of(snapshot: Snapshot) -> list[Tie]:
    """Give the ties that a snapshot holds, from its items and from those that they have ties to, both ways."""
    return [
        Tie(each.item, each.value.text, each.guid, each.rank)
        for entity in snapshot.entities.values()
        for each in entity.statements
        if each.property == TIE and each.value.kind == "item"
    ]


def around(ties: Iterable[Tie], items: Iterable[str]) -> list[Tie]:
    """Keep the ties of a neighbourhood: of some items, and of those that they have ties to, both ways."""
    ties, within = list(ties), set(items)
    within |= {tie.target for tie in ties if tie.source in within}
    return [tie for tie in ties if not within.isdisjoint(tie[:2])]


def one_way(ties: Iterable[Tie]) -> list[Tie]:
    """Give the ties without one in the other direction; what is deprecated was never true, and counts for neither."""
    pairs = {(tie.source, tie.target): tie for tie in ties if tie.rank != "deprecated"}
    missing = [tie for (source, target), tie in pairs.items() if (target, source) not in pairs]
    return sorted(missing, key=lambda tie: (int(tie.source[1:]), int(tie.target[1:])))


def as_text(ties: list[Tie], snapshot: Snapshot, language: str) -> str:
    """Write the ties that have no way back for people, in Latvian for `lv`, else in English."""
    missing, lines = one_way(ties), []
    for tie in missing:
        source, target = (snapshot.name(item, language) for item in tie[:2])
        sentence = text(
            "%(source)s has a tie with %(target)s, and there is no statement back", source=source, target=target
        )
        lines += [sentence.in_language(language), f"  {tie.url}"]
    pairs = len({tie[:2] for tie in ties if tie.rank != "deprecated"})
    total = text("%(missing)s of %(pairs)s ties have no way back.", missing=len(missing), pairs=pairs)
    return "\n".join([*lines, total.in_language(language)]) + "\n"


def as_csv(ties: list[Tie], snapshot: Snapshot, language: str) -> str:
    """Write the ties that have no way back as CSV, one a row."""
    out = io.StringIO()
    rows = csv.DictWriter(out, _COLUMNS)
    rows.writeheader()
    rows.writerows(_records(ties, snapshot, language))
    return out.getvalue()


def as_json(ties: list[Tie], snapshot: Snapshot, language: str) -> str:
    """Write the ties that have no way back as a JSON array of objects with the columns of the CSV."""
    return json.dumps(_records(ties, snapshot, language), ensure_ascii=False, indent=1) + "\n"


def _records(ties: list[Tie], snapshot: Snapshot, language: str) -> list[dict[str, str]]:
    records = []
    for tie in one_way(ties):
        source, target = (snapshot.label(item, language) for item in tie[:2])
        values = (tie.source, source, tie.target, target, tie.guid, tie.rank, tie.url)
        records.append(dict(zip(_COLUMNS, values, strict=True)))
    return records


FORMATS: dict[str, Callable[[list[Tie], Snapshot, str], str]] = {"text": as_text, "csv": as_csv, "json": as_json}
"""The ways to write it, each from the ties of a neighbourhood, the snapshot with their labels, and a language."""
