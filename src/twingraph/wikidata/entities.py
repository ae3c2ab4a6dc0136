"""What Wikidata says: entities with their full statements, and snapshots of them."""

from __future__ import annotations

import hashlib
import json
import re
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, cast

import pyoxigraph as ox
from rdflib.namespace import OWL, PROV, RDF, RDFS, SKOS

from twingraph.curation.sources import read_bytes
from twingraph.errors import NoSnapshot, UnreadableFile
from twingraph.release import rdf
from twingraph.release.folder import replaced
from twingraph.vocab import GEO, WD, WIKIBASE, WIKIDATA

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

Rank = Literal["preferred", "normal", "deprecated"]
TRIPLES = "snapshot.nt"
ABOUT = "snapshot.json"
ANSWERS = "answers"
"""What a folder with a snapshot holds: its statements, when and where they were asked for, and the answers to a run
that is not over."""

SCHEMA = "http://schema.org/"
"""With http, as Wikidata writes it."""
LAST_EDIT = ("http://www.wikidata.org", f"{WIKIBASE}Dump")
"""Of which Wikidata's own endpoint and its dumps say when the newest edit was that they know."""
TIE = "P190"
_ALLOWED_QUALIFIERS, _SYMMETRIC = "Q21510851", "Q21510862"
_CONSTRAINT, _ITS_PROPERTY = "P2302", "P2306"
_NO_UNIT = "Q199"
_NUMBERS = frozenset({"decimal", "integer", "int", "double", "float"})
_ID = re.compile(rf"{re.escape(str(WD))}([QPL]\d+)")
RANKS: dict[str, Rank] = {f"{WIKIBASE}{rank.title()}Rank": rank for rank in ("preferred", "normal", "deprecated")}

Kind = Literal["item", "time", "quantity", "text", "url", "coordinates", "monolingual", "some", "none"]


@dataclass(frozen=True, slots=True)
class Value:
    """A value of a statement, a qualifier or a reference.

    text: an item or property as its id (`Q179830`), a time as `2002-01-01T00:00:00Z`, a quantity without a plus
    sign, coordinates as WKT (`Point(23.7 56.6)`), "" for an unknown value (`some`) and for no value (`none`).
    precision: of a time, 9 for a year, 10 for a month, 11 for a day. unit: None for a bare number.
    calendar: the item of a time's calendar model.
    """

    kind: Kind
    text: str = ""
    precision: int | None = None
    unit: str | None = None
    language: str | None = None
    calendar: str | None = None


@dataclass(frozen=True, slots=True)
class Reference:
    """What a statement is drawn from: properties and their values, sorted."""

    properties: tuple[tuple[str, Value], ...]


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement, with the id by which Wikidata knows it (`Q179830$…`)."""

    item: str
    property: str
    guid: str
    rank: Rank
    value: Value
    qualifiers: tuple[tuple[str, Value], ...] = ()
    references: tuple[Reference, ...] = ()


@dataclass(frozen=True, slots=True)
class Entity:
    """An item as Wikidata had it; of one that was not asked for itself, only its ties and labels are known.

    redirect: the item that it was merged into, if it was.
    """

    id: str
    labels: dict[str, str] = field(default_factory=dict, hash=False)
    aliases: dict[str, tuple[str, ...]] = field(default_factory=dict, hash=False)
    revision: int | None = None
    modified: str | None = None
    redirect: str | None = None
    statements: tuple[Statement, ...] = ()


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What an endpoint with Wikidata's data said at one time.

    taken: when, as ISO 8601 has it. dump_date: of the newest edit that the endpoint knew. items: the ids that were
    asked for in full. allowed_qualifiers: the properties that P190's own constraint allows; symmetric: whether
    another of them wants every tie to have a way back.
    """

    endpoint: str
    taken: str
    dump_date: str | None = None
    items: tuple[str, ...] = ()
    entities: dict[str, Entity] = field(default_factory=dict, hash=False)
    allowed_qualifiers: tuple[str, ...] = ()
    symmetric: bool = False

    @classmethod
    def load(cls, folder: Path) -> Snapshot:
        """Read the snapshot in a folder.

        Raises NoSnapshot where there is none, or not the one that was written.
        """
        about, body = _about(folder), _body(folder)
        if about.get("sha256") != hashlib.sha256(body).hexdigest():
            raise NoSnapshot(folder, f"{TRIPLES} was changed", f"datne {TRIPLES} ir mainīta")
        return cls.of(ox.parse(body, ox.RdfFormat.N_TRIPLES), about["endpoint"], about["taken"], about["items"])

    @classmethod
    def of(cls, statements: Iterable[ox.Triple | ox.Quad], endpoint: str, taken: str, items: Iterable[str]) -> Snapshot:
        """Read a snapshot from triples in the shape in which Wikidata's endpoints and dumps have them."""
        shape = _Shape(statements)
        return cls(
            endpoint=endpoint,
            taken=taken,
            dump_date=max((t for each in LAST_EDIT for t in shape.texts(each, f"{SCHEMA}dateModified")), default=None),
            items=tuple(items),
            entities={each: shape.entity(each) for each in shape.items()},
            allowed_qualifiers=tuple(sorted(shape.allowed_qualifiers(), key=_number)),
            symmetric=any(each.value.text == _SYMMETRIC for each in shape.constraints()),
        )


def keep(folder: Path, statements: Iterable[ox.Triple], endpoint: str, taken: str, items: Iterable[str]) -> None:
    """Write a snapshot to a folder, in the place of the one that was there and of the answers kept on the way.

    Raises UnwritableTarget.
    """
    body = rdf.write(statements, rdf.FORMATS["nt"])
    about = {"endpoint": endpoint, "taken": taken, "items": list(items), "sha256": hashlib.sha256(body).hexdigest()}
    with replaced(folder, is_ours) as new:
        (new / TRIPLES).write_bytes(body)
        (new / ABOUT).write_text(json.dumps(about, indent=1) + "\n", encoding="utf-8")


def guid(node: str) -> str:
    """Give the id of a statement, whose node has a hyphen for its first dollar sign: `Q179830$…`."""
    return node.rpartition("/")[2].replace("-", "$", 1)


def is_ours(folder: Path) -> bool:
    """Tell whether a folder holds nothing but what a snapshot consists of."""
    return folder.is_dir() and {path.name for path in folder.iterdir()} <= {TRIPLES, ABOUT, ANSWERS}


def _about(folder: Path) -> dict[str, Any]:
    try:
        about = json.loads(read_bytes(folder / ABOUT))
    except UnreadableFile:
        raise NoSnapshot(folder, f"it has no {ABOUT}", f"tajā nav datnes {ABOUT}") from None
    except ValueError:
        about = None
    if not isinstance(about, dict) or not {"endpoint", "taken", "items"} <= about.keys():
        raise NoSnapshot(folder, f"{ABOUT} is broken", f"datne {ABOUT} ir bojāta")
    return about


def _body(folder: Path) -> bytes:
    try:
        return read_bytes(folder / TRIPLES)
    except UnreadableFile:
        raise NoSnapshot(folder, f"it has no {TRIPLES}", f"tajā nav datnes {TRIPLES}") from None


class _Shape:
    """Triples of Wikidata's RDF by subject and property, and the records that they are of.

    As in https://www.mediawiki.org/wiki/Wikibase/Indexing/RDF_Dump_Format : a statement is a node, and beside each
    simple value of a time or quantity stands a node with all of it.
    """

    def __init__(self, statements: Iterable[ox.Triple | ox.Quad]) -> None:
        self._about: dict[str, dict[str, list[Any]]] = defaultdict(lambda: defaultdict(list))
        for each in statements:
            self._about[_iri(each.subject)][_iri(each.predicate)].append(each.object)

    def texts(self, subject: str, term: object) -> list[str]:
        return [each.value for each in self._of(subject, term)]

    def items(self) -> list[str]:
        found = filter(None, map(_id, self._about))
        return sorted((each for each in found if each.startswith("Q")), key=_number)

    def entity(self, item: str) -> Entity:
        # Wikidata's own endpoint says of the item what others, as the dumps, say of its data.
        data = [f"{WD}{item}", f"https://www.wikidata.org/wiki/Special:EntityData/{item}"]
        revisions = [_whole(text) or 0 for each in data for text in self.texts(each, f"{SCHEMA}version")]
        return Entity(
            id=item,
            labels={each.language or "": each.value for each in self._of(data[0], RDFS.label)},
            aliases=self._aliases(data[0]),
            revision=max(revisions, default=None),
            modified=max((text for each in data for text in self.texts(each, f"{SCHEMA}dateModified")), default=None),
            redirect=next(filter(None, map(_id, self.texts(data[0], OWL.sameAs))), None),
            statements=tuple(self._statements(item)),
        )

    def constraints(self) -> list[Statement]:
        found = (each for each in self._statements(TIE) if each.property == _CONSTRAINT)
        return [each for each in found if each.rank != "deprecated"]

    def allowed_qualifiers(self) -> Iterator[str]:
        for each in self.constraints():
            if each.value.text == _ALLOWED_QUALIFIERS:
                yield from (value.text for name, value in each.qualifiers if name == _ITS_PROPERTY)

    def _of(self, subject: str, term: object) -> list[Any]:
        # Without defaultdict making an entry for what is only asked for.
        return self._about[subject].get(str(term), []) if subject in self._about else []

    def _aliases(self, item: str) -> dict[str, tuple[str, ...]]:
        found = self._of(item, SKOS.altLabel)
        return {
            language: tuple(sorted(each.value for each in found if each.language == language))
            for language in sorted({each.language or "" for each in found})
        }

    def _statements(self, item: str) -> Iterator[Statement]:
        for name in self._properties(f"{WD}{item}", "prop/"):
            nodes = sorted(self.texts(f"{WD}{item}", f"{WIKIDATA}prop/{name}"))
            yield from (self._statement(item, name, node) for node in nodes if self._of(node, WIKIBASE.rank))

    def _statement(self, item: str, name: str, node: str) -> Statement:
        qualifiers = [*self._properties(node, "prop/qualifier/"), *(p for p in self._without(node) if p != name)]
        references = (self._reference(each) for each in self.texts(node, PROV.wasDerivedFrom))
        return Statement(
            item=item,
            property=name,
            guid=guid(node),
            rank=next((RANKS[each] for each in self.texts(node, WIKIBASE.rank) if each in RANKS), "normal"),
            value=next(self._values(node, name, "prop/statement/"), Value("some")),
            qualifiers=tuple(
                (each, value) for each in qualifiers for value in self._values(node, each, "prop/qualifier/")
            ),
            references=tuple(sorted(references, key=str)),
        )

    def _reference(self, node: str) -> Reference:
        names = [*self._properties(node, "prop/reference/"), *self._without(node)]
        return Reference(
            tuple((each, value) for each in names for value in self._values(node, each, "prop/reference/"))
        )

    def _properties(self, node: str, path: str) -> list[str]:
        """Give the properties that a node has in one of the namespaces, in the order of their numbers."""
        found = (re.fullmatch(rf"{re.escape(WIKIDATA)}{path}(P\d+)", each) for each in self._about.get(node, {}))
        return sorted((each[1] for each in found if each), key=_number)

    def _without(self, node: str) -> list[str]:
        """Give the properties that a node says to have no value."""
        start = f"{WIKIDATA}prop/novalue/"
        return [each.removeprefix(start) for each in self.texts(node, RDF.type) if each.startswith(start)]

    def _values(self, node: str, name: str, path: str) -> Iterator[Value]:
        """Give the values of one property, in full where their nodes are known."""
        simple = [_simple(each) for each in self._of(node, f"{WIKIDATA}{path}{name}")]
        full = [self._full(each.value) for each in self._of(node, f"{WIKIDATA}{path}value/{name}")]
        known = [each for each in full if each is not None]
        if known:
            simple = [*known, *(each for each in simple if each.kind == "some")]
        if name in self._without(node):
            simple.append(Value("none"))
        yield from sorted(simple, key=str)

    def _full(self, node: str) -> Value | None:
        """Give a time with its precision or a quantity with its unit; None for what is whole in its simple form."""
        if times := self.texts(node, WIKIBASE.timeValue):
            precision, calendar = self._one(node, "timePrecision"), _id(self._one(node, "timeCalendarModel"))
            return Value("time", times[0], precision=_whole(precision), calendar=calendar)
        if amounts := self.texts(node, WIKIBASE.quantityAmount):
            unit = _id(self._one(node, "quantityUnit"))
            return Value("quantity", amounts[0].removeprefix("+"), unit=None if unit == _NO_UNIT else unit)
        return None

    def _one(self, node: str, term: str) -> str:
        return next(iter(self.texts(node, WIKIBASE[term])), "")


def _iri(term: Any) -> str:  # noqa: ANN401 - any term
    return cast("str", term.value)


def _id(iri: str) -> str | None:
    found = _ID.fullmatch(iri)
    return found[1] if found else None


def _whole(text: str) -> int | None:
    return int(text) if text.isdecimal() else None


def _number(name: str) -> tuple[str, int]:
    return name[0], int(name[1:])


def _simple(term: Any) -> Value:  # noqa: ANN401 - any term
    if isinstance(term, ox.Literal):
        return _literal(term)
    if isinstance(term, ox.BlankNode) or term.value.startswith(f"{WIKIDATA}.well-known/genid/"):
        return Value("some")
    name = _id(term.value)
    return Value("item", name) if name else Value("url", term.value)


def _literal(term: ox.Literal) -> Value:
    if term.language:
        return Value("monolingual", term.value, language=term.language)
    datatype = term.datatype.value
    if datatype == str(GEO.wktLiteral):
        return Value("coordinates", term.value)
    name = datatype.rpartition("#")[2]
    if name in {"dateTime", "date"}:
        return Value("time", term.value)
    return Value("quantity", term.value.removeprefix("+")) if name in _NUMBERS else Value("text", term.value)
