"""Queries and answers of the Reconciliation Service API as JSON has them, in versions 0.2 and 1.0-draft."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from twingraph import __version__
from twingraph.errors import BadBatch, BatchTooLarge
from twingraph.web.gazetteer import AREA, COUNTRY, ORGANISATION, PLACE, PROPERTIES, SPACE, TYPES
from twingraph.web.matching import Condition, Query, folded

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from twingraph.web.gazetteer import Entry, Kind, Words
    from twingraph.web.matching import Candidate, Reconciler

Told = dict[str, Any]

MOST = 50
"""Queries that one batch may hold."""
SIZE = {"width": 420, "height": 260}
"""Pixels of a preview."""
_CANDIDATES = 10
"""Candidates for a query that does not say how many."""
_ALSO = 3
"""Other names that a description gives."""
_FEATURES = {
    "name": {"en": "how well the name fits", "lv": "cik labi atbilst nosaukums"},
    "partner": {"en": "partner in a twinning", "lv": "sadraudzības partneris"},
}


@dataclass(frozen=True, slots=True)
class Answers:
    """What the service answers in a language, `en` or `lv`; draft: as 1.0-draft has it, else as 0.2."""

    reconciler: Reconciler
    language: str
    draft: bool = False

    def batch(self, text: str | bytes) -> Told:
        """Answer a batch of queries. Raises BadBatch, BatchTooLarge."""
        told = _object(_read(text), "a batch")
        batch = _list(told.get("queries"), "queries") if self.draft else told
        _check_length(batch)
        if isinstance(batch, dict):
            named = {name: _query(_as_draft(_object(each, "a query"))) for name, each in batch.items()}
            return {name: {"result": self._candidates(query)} for name, query in named.items()}
        queries = [_query(_object(each, "a query")) for each in batch]
        return {"results": [{"candidates": self._candidates(query)} for query in queries]}

    def extension(self, text: str | bytes) -> Told:
        """Answer a query for values of properties. Raises BadBatch."""
        told, entries = _object(_read(text), "a query for values"), self.reconciler.entries
        asked = (_object(each, "a property") for each in _list(told.get("properties"), "properties"))
        kinds = {name: PROPERTIES[name] for name in (_one_of(each.get("id"), PROPERTIES, "id") for each in asked)}
        ids = dict.fromkeys(_text(each, "an id") for each in _list(told.get("ids"), "ids"))
        known = {each: entries[each].known if each in entries else {} for each in ids}
        rows = {
            each: {
                name: [self._cell(kind, value) for value in known[each].get(name, ())] for name, kind in kinds.items()
            }
            for each in ids
        }
        meta = [self._meta(kind) for kind in kinds.values()]
        return {"meta": meta, "rows": _listed(rows) if self.draft else rows}

    def suggested(self, what: str, prefix: str) -> list[Told]:
        """Tell the entities, properties or types that begin so, properties and types in either language or by id."""
        if what == "entity":
            found = self.reconciler.suggested(prefix)
            return [{**self._entity(entry), "notable": self._types(entry)} for entry in found]
        kinds, wanted = (TYPES if what == "type" else PROPERTIES).values(), folded(prefix)
        named = [kind for kind in kinds if any(folded(each).startswith(wanted) for each in (kind.id, kind.en, kind.lv))]
        return [self._type(kind) if what == "type" else self._kind(kind) for kind in named]

    def proposal(self, type_id: str, limit: int | None) -> Told:
        """Propose the properties that things of a type have; all of them, where the type is none of ours."""
        types = {type_id, *TYPES[type_id].of} if type_id in TYPES else set(TYPES)
        found = [self._kind(kind) for kind in PROPERTIES.values() if types & set(kind.of)]
        return {"type": type_id, "properties": found[:limit], **({} if limit is None else {"limit": limit})}

    def manifest(self, root: str, title: str, documentation: str) -> Told:
        """Describe the service; root: the address of its endpoint."""
        return {
            "name": title,
            "documentation": documentation,
            "serviceVersion": __version__,
            "defaultTypes": [self._kind(TYPES[each]) for each in (PLACE, COUNTRY, AREA, ORGANISATION)],
            "batchSize": MOST,
            **(self._draft_features() if self.draft else _features(root)),
        }

    def described(self, entry: Entry) -> str:
        """Describe an entry in words that tell it from its namesakes: what it is, where, and what else it is called."""
        countries = (self.reconciler.entries.get(each.text) for each in entry.known.get("country", ()))
        where = [country.name(self.language).text for country in countries if country]
        others = dict.fromkeys(each.text for each in entry.names if each.text != entry.name(self.language).text)
        also = f"{'arī' if self.language == 'lv' else 'also'} {', '.join([*others][:_ALSO])}" if others else ""
        return "; ".join(filter(None, (", ".join((TYPES[entry.types[0]].name(self.language), *where)), also)))

    def _candidates(self, query: Query) -> list[Told]:
        return [self._candidate(each) for each in self.reconciler.candidates(query)]

    def _candidate(self, found: Candidate) -> Told:
        features = {"name": found.name, "partner": found.entry.takes_part}
        return {
            **self._entity(found.entry),
            "type": self._types(found.entry),
            "score": found.score,
            "match": found.match,
            "features": [
                {"id": each, "value": value, **({"name": _FEATURES[each][self.language]} if self.draft else {})}
                for each, value in features.items()
            ],
        }

    def _entity(self, entry: Entry) -> Told:
        name = entry.name(self.language)
        language = {"lang": name.language or self.language} if self.draft else {}
        return {"id": entry.id, "name": name.text, "description": self.described(entry), **language}

    def _types(self, entry: Entry) -> list[Told]:
        return [self._kind(TYPES[each]) for each in entry.types]

    def _type(self, kind: Kind) -> Told:
        return {**self._kind(kind), "broader": [self._kind(TYPES[each]) for each in kind.of]}

    def _kind(self, kind: Kind) -> Told:
        return {"id": kind.id, "name": kind.name(self.language)}

    def _meta(self, kind: Kind) -> Told:
        return {**self._kind(kind), **({"type": self._kind(TYPES[kind.values])} if kind.values in TYPES else {})}

    def _cells(self, kind: Kind, values: Iterable[Words]) -> list[Told]:
        cells = [self._cell(kind, value) for value in values]
        # Where no language is told, one name in two languages is one value.
        return [cell for at, cell in enumerate(cells) if cell not in cells[:at]]

    def _cell(self, kind: Kind, value: Words) -> Told:
        if kind.values == "text":
            return {"str": value.text, **({"lang": value.language} if self.draft and value.language else {})}
        entry = self.reconciler.entries.get(value.text)
        return {"id": value.text, "name": entry.name(self.language).text if entry else value.text}

    def _draft_features(self) -> Told:
        return {
            "versions": ["1.0-draft"],
            "lang": self.language,
            "view": {"url": f"{SPACE}{{+id}}"},
            "preview": SIZE,
            "suggest": {"entity": True, "property": True, "type": True},
            "extend": {"proposeProperties": True, "propertySettings": []},
            "standardizedScore": True,
        }


def _features(root: str) -> Told:
    suggest = {
        each: {
            "service_url": root,
            "service_path": f"/suggest/{each}",
            "flyout_service_url": root,
            "flyout_service_path": f"/flyout/{each}?id=${{id}}",
        }
        for each in ("entity", "property", "type")
    }
    return {
        "versions": ["0.1", "0.2"],
        "identifierSpace": SPACE,
        "schemaSpace": "https://schema.org/Thing",
        # An id holds a slash, which clients must percent-encode, and many servers refuse that in a path.
        "view": {"url": f"{root}/view?id={{{{id}}}}"},
        "preview": {"url": f"{root}/preview?id={{{{id}}}}", **SIZE},
        "suggest": suggest,
        "extend": {"propose_properties": {"service_url": root, "service_path": "/propose"}, "property_settings": []},
    }


def _listed(rows: Mapping[str, Mapping[str, list[Told]]]) -> list[Told]:
    return [
        {"id": each, "properties": [{"id": name, "values": values} for name, values in row.items()]}
        for each, row in rows.items()
    ]


def _as_draft(told: Told) -> Told:
    """Write a query of 0.2 as one of 1.0-draft."""
    if not told.keys() & {"query", "properties"}:
        raise BadBatch("A query needs a name, as “query”, or “properties”.")
    properties = (_object(each, "a property") for each in _list(told.get("properties", []), "properties"))
    conditions: list[Told] = [
        {"matchType": "property", "propertyId": each.get("pid"), "propertyValue": each.get("v")} for each in properties
    ]
    # A cell without a name is looked for all the same by those who reconcile a whole column.
    if query := _text(told.get("query", ""), "query"):
        conditions.append({"matchType": "name", "propertyValue": query})
    return {**told, "conditions": conditions}


def _query(told: Told) -> Query:
    types = told.get("type") or []
    types = types if isinstance(types, list) else [types]
    return Query(
        tuple(_condition(_object(each, "a condition")) for each in _list(told.get("conditions"), "conditions")),
        tuple(_one_of(each, TYPES, "type") for each in types),
        every=_one_of(told.get("type_strict", "any"), ("any", "all", "should"), "type_strict") == "all",
        limit=_limit(told.get("limit", _CANDIDATES)),
    )


def _condition(told: Told) -> Condition:
    by_name = _one_of(told.get("matchType"), ("name", "property"), "matchType") == "name"
    if told.get("matchQualifier"):
        raise BadBatch("No property here has a matchQualifier, so a condition can have none.")
    given = told.get("propertyValue")
    values = given if isinstance(given, list) else [given]
    if not values:
        raise BadBatch("A condition needs a value.")
    return Condition(
        tuple(map(_value, values)),
        "" if by_name else _one_of(told.get("propertyId"), PROPERTIES, "property"),
        _one_of(told.get("matchQuantifier", "any"), ("any", "all", "none"), "matchQuantifier"),
        required=told.get("required") is True,
    )


def _value(told: object) -> str:
    """Read a value, which may be an entity that was found before."""
    value = told.get("id") if isinstance(told, dict) else told
    return str(value).lower() if isinstance(value, bool | int | float) else _text(value, "a value")


def _check_length(queries: Told | list[object]) -> None:
    if len(queries) > MOST:
        raise BatchTooLarge(MOST, len(queries))


def _read(text: str | bytes) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise BadBatch("What was sent is no JSON.") from None


def _object(told: object, what: str) -> Told:
    if not isinstance(told, dict):
        raise BadBatch(f"Write {what} as an object, in braces.")
    return told


def _list(told: object, what: str) -> list[object]:
    if not isinstance(told, list):
        raise BadBatch(f"Write “{what}” as a list, in brackets.")
    return told


def _text(told: object, what: str) -> str:
    if not isinstance(told, str):
        raise BadBatch(f"Write {what} as text, in quotation marks.")
    return told


def _one_of(told: object, choices: Iterable[str], what: str) -> str:
    if not isinstance(told, str) or told not in choices:
        raise BadBatch(f"“{what}” is one of {', '.join(choices)}.")
    return told


def _limit(told: object) -> int:
    # Neither is it infinity or no number, which JSON as Python reads it has.
    if isinstance(told, bool) or not isinstance(told, int | float) or told < 1 or told % 1:
        raise BadBatch("“limit” is a whole number from 1.")
    return min(int(told), 1000)
