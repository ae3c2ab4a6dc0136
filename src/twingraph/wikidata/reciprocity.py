"""Ties between towns, and which of them have no way back."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING, NamedTuple

from twingraph.wikidata.entities import TIE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from twingraph.wikidata.entities import Entity, Rank, Snapshot

_WORDS = {
    "en": ("{} has a statement on a tie with {}, and no statement back", "{} of {} ties have no way back."),
    "lv": (
        "Vienumam {} ir apgalvojums par saikni ar vienumu {}, bet pretēja apgalvojuma nav",
        "Saiknes bez pretējās: {} no {}.",
    ),
}
_ANY_LANGUAGE = "mul"


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
    known, within = list(ties), set(items)
    within |= {tie.target for tie in known if tie.source in within}
    return [tie for tie in known if not within.isdisjoint(tie[:2])]


def one_way(ties: Iterable[Tie]) -> list[Tie]:
    """Give the ties without one in the other direction; what is deprecated was never true, and counts for neither."""
    known = {(tie.source, tie.target): tie for tie in ties if tie.rank != "deprecated"}
    return [tie for (source, target), tie in sorted(known.items(), key=_order) if (target, source) not in known]


def _order(entry: tuple[tuple[str, str], Tie]) -> tuple[int, int]:
    (source, target), _ = entry
    return int(source[1:]), int(target[1:])


def as_text(ties: list[Tie], entities: Mapping[str, Entity], language: str) -> str:
    """Tell the ties that have no way back to people, in Latvian for `lv`, else in English."""
    one, all_ = _WORDS["lv" if language == "lv" else "en"]
    missing = one_way(ties)
    lines = [
        f"{one.format(_called(tie.source, entities, language), _called(tie.target, entities, language))}\n  {tie.url}"
        for tie in missing
    ]
    pairs = {tie[:2] for tie in ties if tie.rank != "deprecated"}
    return "\n".join([*lines, all_.format(len(missing), len(pairs))]) + "\n"


def as_csv(ties: list[Tie], entities: Mapping[str, Entity], language: str) -> str:
    """Write the ties that have no way back as CSV, one a row."""
    out = io.StringIO()
    rows = csv.DictWriter(out, _HEADER)
    rows.writeheader()
    rows.writerows(_record(tie, entities, language) for tie in one_way(ties))
    return out.getvalue()


def as_json(ties: list[Tie], entities: Mapping[str, Entity], language: str) -> str:
    """Write the ties that have no way back as a JSON array of objects with the columns of the CSV."""
    records = [_record(tie, entities, language) for tie in one_way(ties)]
    return json.dumps(records, ensure_ascii=False, indent=1) + "\n"


_HEADER = ("source", "source_label", "target", "target_label", "statement", "rank", "url")


def _record(tie: Tie, entities: Mapping[str, Entity], language: str) -> dict[str, str]:
    labels = (_label(item, entities, language) for item in (tie.source, tie.target))
    values = (tie.source, next(labels), tie.target, next(labels), tie.guid, tie.rank, tie.url)
    return dict(zip(_HEADER, values, strict=True))


def _called(item: str, entities: Mapping[str, Entity], language: str) -> str:
    label = _label(item, entities, language)
    return f"{label} ({item})" if label else item


def _label(item: str, entities: Mapping[str, Entity], language: str) -> str:
    labels = entities[item].labels if item in entities else {}
    return next((labels[each] for each in (language, "en", _ANY_LANGUAGE, "lv") if each in labels), "")


FORMATS: dict[str, Callable[[list[Tie], Mapping[str, Entity], str], str]] = {
    "text": as_text,
    "csv": as_csv,
    "json": as_json,
}
"""The ways to write it, each from the ties of a neighbourhood, the entities with their labels, and a language."""
