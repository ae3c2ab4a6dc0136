"""What Wikidata says: entities with their full statements, and snapshots of them."""

from __future__ import annotations

import hashlib
import json
import re
from collections import defaultdict
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import pyoxigraph as ox
from rdflib.namespace import OWL, PROV, RDF, RDFS

from twingraph.curation.graph import read_bytes
from twingraph.dates import SourceDate
from twingraph.errors import BadInput, UnreadableFile
from twingraph.release import rdf
from twingraph.release.folder import replace
from twingraph.vocab import WD, WIKIBASE, WIKIDATA, slug_of
from twingraph.words import text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from twingraph.words import Language

Rank = Literal["preferred", "normal", "deprecated"]
Kind = Literal["item", "time", "quantity", "text", "url", "coordinates", "monolingual", "some", "none"]

TRIPLES, ABOUT, RESPONSES = "snapshot.nt", "snapshot.json", "responses"
"""What the folder of a snapshot holds: triples, where and when they were fetched, responses to a run not yet over."""
QUERIES = {path.stem: path.read_text("utf-8") for path in Path(__file__).with_name("queries").iterdir()}
"""What Wikidata is asked for a snapshot."""
ASKED = tuple(re.findall(r"\bp:(P\d+)", QUERIES["about"]))
"""The properties of which it gives the statements; snapshots from before this was kept in them were asked for these."""
_SCHEMA = "http://schema.org/"  # With http, as Wikidata writes it.
LAST_EDIT = ("http://www.wikidata.org", f"{WIKIBASE}Dump")
"""Of which Wikidata's own endpoint and its dumps say when the newest edit was that they know."""
TIE = "P190"
RANKS: dict[str, Rank] = {f"{WIKIBASE}{rank.title()}Rank": rank for rank in ("preferred", "normal", "deprecated")}
_CONSTRAINT, _ITS_PROPERTY, _ALLOWED_QUALIFIERS, _SYMMETRIC = "P2302", "P2306", "Q21510851", "Q21510862"
GREGORIAN, _JULIAN, KM2, _NO_UNIT = "Q1985727", "Q1985786", "Q712226", "Q199"
UNITS = {KM2: ("km²", Decimal(1)), "Q35852": ("ha", Decimal("0.01")), "Q25343": ("m²", Decimal("0.000001"))}
UNITS |= {"Q232291": ("mi²", Decimal("2.589988110336")), "Q81292": ("ac", Decimal("0.0040468564224"))}
"""The units of areas that can be compared: each as it is written, and how many square kilometres it is."""
_ID = re.compile(rf"{re.escape(str(WD))}([QPL]\d+)")
_NUMBER = re.compile(r"-?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)
_ENDS = frozenset({"P582", "P1534", "P5102", "P5817"})
"""The qualifiers by which a statement holds no longer, or only so far: its end, why it ended, how far it is true."""
_LENGTHS = {9: 4, 10: 7, 11: 10}
"""How many characters of a time count, by its precision as Wikidata numbers it."""
_KINDS: dict[str, Kind] = {"dateTime": "time", "date": "time", "wktLiteral": "coordinates"}
_KINDS |= dict.fromkeys(("decimal", "integer", "int", "double", "float"), "quantity")
"""What literals are by their datatype; of all others, texts."""


@dataclass(frozen=True, slots=True)
class Value:
    """A value of a statement, a qualifier or a reference.

    text: an item or property as its id (`Q179830`), a time as `2002-01-01T00:00:00Z`, a quantity without a plus
    sign, coordinates as WKT (`Point(23.7 56.6)`), "" for an unknown value (`some`) and for no value (`none`).
    precision, calendar: of a time, 9 for a year, 10 for a month, 11 for a day, and an item. unit: an item.
    """

    kind: Kind
    text: str = ""
    precision: int | None = None
    unit: str | None = None
    language: str | None = None
    calendar: str | None = None

    @property
    def date(self) -> SourceDate | None:
        """The date of a time; None where it is unknown, less exact than a year, or of another calendar than ours."""
        length = _LENGTHS.get(self.precision or 0) if self.kind == "time" and self.calendar != _JULIAN else None
        return SourceDate.parse(self.text[:length]) if length else None

    @property
    def amount(self) -> Decimal | None:
        """The number of a quantity."""
        return Decimal(self.text) if self.kind == "quantity" and _NUMBER.fullmatch(self.text) else None

    @property
    def square_kilometres(self) -> Decimal | None:
        """How large an area is; None for what is none."""
        return self.amount * UNITS[self.unit][1] if self.amount is not None and self.unit in UNITS else None

    def __str__(self) -> str:
        """Write it in a table, a time as exact as it is."""
        if self.kind in {"some", "none"}:
            return f"{self.kind}value".replace("none", "no")
        if self.kind == "time":
            return self.text.partition("T")[0].lstrip("+")[: _LENGTHS.get(self.precision or 0, 10)]
        return self.text + {None: "", KM2: " km²"}.get(self.unit, f" ({self.unit})")

    def in_words(self, language: Language) -> str:
        """Write it for people; an item as its id."""
        if self.kind in {"some", "none"}:
            return (text("unknown value") if self.kind == "some" else text("no value")).in_language(language)
        if (date := self.date) is not None:
            return date.in_words(language)
        if (amount := self.amount) is not None:
            # 45,307 and 130.8, in Latvian 45 307 and 130,8.
            number = f"{amount:,f}".translate({44: "\u00a0", 46: ","} if language == "lv" else {})
            return f"{number} {UNITS.get(self.unit, (self.unit,))[0]}" if self.unit else number
        return self.text


_SOME = Value("some")
Snak = tuple[str, Value]
"""A property and a value of it, as qualifiers and references consist of them."""


@dataclass(frozen=True, slots=True)
class Reference:
    """What a statement is drawn from."""

    properties: tuple[Snak, ...]


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement, with the id by which Wikidata knows it (`Q179830$…`)."""

    item: str
    property: str
    guid: str
    rank: Rank
    value: Value
    qualifiers: tuple[Snak, ...] = ()
    references: tuple[Reference, ...] = ()

    def ends(self) -> list[Value]:
        """Give what says that it has ended, or holds only so far; that there is no end may be said as well."""
        return [value for term, value in self.qualifiers if term in _ENDS and value.kind != "none"]

    def is_past(self) -> bool:
        """Tell whether it holds no longer, or never did."""
        return self.rank == "deprecated" or bool(self.ends())

    def qualifier(self, term: str) -> list[Value]:
        """Give the values of one qualifier."""
        return [value for each, value in self.qualifiers if each == term]

    def url(self) -> str:
        """Give the address at which Wikidata shows it."""
        return f"https://www.wikidata.org/wiki/{self.item}#{self.guid}"

    def pair(self) -> tuple[str, str]:
        """Give, of a tie, the items of both towns."""
        return self.item, self.value.text


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What an endpoint with Wikidata's data said at one time.

    taken: when, as ISO 8601 has it. dump_date: of the newest edit that the endpoint knew. items: the ids that it was
    made of, in full; of others, only ties and labels are known. allowed_qualifiers: the properties that P190's own
    constraint allows; symmetric: whether another constraint wants every tie to have a way back. labels: by item and
    language; revisions: by item; merged: of items that were, into which one. asked: the properties whose statements it
    has, where there are any.
    """

    endpoint: str
    taken: str
    dump_date: str | None = None
    items: tuple[str, ...] = ()
    allowed_qualifiers: tuple[str, ...] = ()
    symmetric: bool = False
    statements: tuple[Statement, ...] = ()
    labels: dict[str, dict[str, str]] = field(default_factory=dict, hash=False)
    revisions: dict[str, int] = field(default_factory=dict, hash=False)
    merged: dict[str, str] = field(default_factory=dict, hash=False)
    asked: tuple[str, ...] = ASKED

    @classmethod
    def load(cls, folder: Path) -> Snapshot:
        """Read the snapshot in a folder; raise BadInput where there is none, or not the one that was written."""
        reason = text("%(name)s was changed", name=TRIPLES)
        try:
            about, body = json.loads(read_bytes(folder / ABOUT)), read_bytes(folder / TRIPLES)
            origin = about["endpoint"], about["taken"], about["items"], about.get("asked", ASKED)
            if about["sha256"] == hashlib.sha256(body).hexdigest():
                return cls.parse(ox.parse(body, ox.RdfFormat.N_TRIPLES), *origin)
        except UnreadableFile:
            reason = text("it does not hold %(a)s and %(b)s", a=ABOUT, b=TRIPLES)
        except (ValueError, LookupError, TypeError):
            reason = text("%(name)s is broken", name=ABOUT)
        sentence = text(
            "this is no whole snapshot of Wikidata (%(reason)s); make one with "
            "`twingraph crosscheck --save %(path)s --contact YOUR-ADDRESS`",
            reason=reason,
            path=folder,
        )
        raise BadInput(folder, sentence)

    @classmethod
    def parse(
        cls, triples: Iterable[Any], endpoint: str, taken: str, items: Iterable[str], asked: Iterable[str] = ASKED
    ) -> Snapshot:
        """Read a snapshot from triples or quads in the shape in which Wikidata's endpoints and dumps have them."""
        graph = _Graph(triples)
        rules = [each for each in graph.statements(TIE) if each.property == _CONSTRAINT and each.rank != "deprecated"]
        allowed = [snak for each in rules if each.value.text == _ALLOWED_QUALIFIERS for snak in each.qualifiers]
        known = sorted((each for each in map(_id, [*graph.about]) if each and each[0] == "Q"), key=_number)
        labels, revisions, merged = dict[str, dict[str, str]](), dict[str, int](), dict[str, str]()
        for item in known:
            # Wikidata's own endpoint says of the item what others, as the dumps, say of its data.
            node, data = f"{WD}{item}", f"https://www.wikidata.org/wiki/Special:EntityData/{item}"
            labels[item] = {each.language or "": each.value for each in graph.about[node][str(RDFS.label)]}
            versions = [int(each) for each in graph.texts(f"{_SCHEMA}version", node, data) if each.isdecimal()]
            revisions.update({item: max(versions)} if versions else {})
            merged.update((item, into) for into in map(_id, graph.texts(OWL.sameAs, node)) if into)
        return cls(
            endpoint,
            taken,
            dump_date=max(graph.texts(f"{_SCHEMA}dateModified", *LAST_EDIT), default=None),
            items=tuple(items),
            allowed_qualifiers=tuple(sorted((v.text for term, v in allowed if term == _ITS_PROPERTY), key=_number)),
            symmetric=any(each.value.text == _SYMMETRIC for each in rules),
            statements=tuple(each for item in known for each in graph.statements(item)),
            labels=labels,
            revisions=revisions,
            merged=merged,
            asked=tuple(asked),
        )

    def ties(self) -> list[Statement]:
        """Give the ties that it holds, from its items and from those that they have ties to, both ways."""
        return [each for each in self.statements if each.property == TIE and each.value.kind == "item"]

    def label(self, item: str, language: str) -> str:
        """Give what Wikidata calls an item, in a language that is read here; "" where it has no such name."""
        labels = self.labels.get(item, {})
        return next((labels[each] for each in (language, "en", "mul", "lv") if each in labels), "")

    def name(self, item: str, language: str) -> str:
        """Give the label and the id of an item, or only the id."""
        label = self.label(item, language)
        return f"{label} ({item})" if label else item


def around(ties: list[Statement], items: Iterable[str]) -> list[Statement]:
    """Keep the ties of a neighbourhood: of some items, and of those that they have ties to, both ways."""
    within = set(items)
    within |= {tie.value.text for tie in ties if tie.item in within}
    return [tie for tie in ties if not within.isdisjoint(tie.pair())]


def one_way(ties: Iterable[Statement]) -> list[Statement]:
    """Give the ties without one in the other direction; what is deprecated was never true, and counts for neither."""
    pairs = {tie.pair(): tie for tie in ties if tie.rank != "deprecated"}
    missing = [tie for (one, other), tie in pairs.items() if (other, one) not in pairs]
    return sorted(missing, key=lambda tie: [*map(_number, tie.pair())])


def save(folder: Path, statements: Iterable[ox.Triple], endpoint: str, taken: str, items: Iterable[str]) -> None:
    """Write a snapshot to a folder, in the place of what was kept there on the way; raises UnwritableTarget."""
    body = rdf.write(statements, rdf.FORMATS["nt"])
    about = {"endpoint": endpoint, "taken": taken, "items": list(items), "asked": ASKED}
    about["sha256"] = hashlib.sha256(body).hexdigest()
    replace(folder, {TRIPLES: body, ABOUT: (json.dumps(about, indent=1) + "\n").encode()}, is_snapshot)


def is_snapshot(folder: Path) -> bool:
    """Tell whether a folder holds nothing but what a snapshot consists of."""
    return folder.is_dir() and {path.name for path in folder.iterdir()} <= {TRIPLES, ABOUT, RESPONSES}


class _Graph:
    """Triples by subject and property, as in https://www.mediawiki.org/wiki/Wikibase/Indexing/RDF_Dump_Format ."""

    def __init__(self, triples: Iterable[Any]) -> None:
        self.about: dict[str, dict[str, list[Any]]] = defaultdict(lambda: defaultdict(list))
        for each in triples:
            self.about[each.subject.value][each.predicate.value].append(each.object)

    def texts(self, term: object, *subjects: str) -> list[str]:
        """Give what is said of some things by one property, as text."""
        return [each.value for subject in subjects for each in self.about[subject][str(term)]]

    def statements(self, item: str) -> Iterator[Statement]:
        """Give the statements of an item or property, by property and id."""
        for name, node in ((name, value.text) for name, value in self._snaks(f"{WD}{item}", "")):
            if ranks := self.texts(WIKIBASE.rank, node):
                references = (self._snaks(each, "reference/") for each in self.texts(PROV.wasDerivedFrom, node))
                yield Statement(
                    item=item,
                    property=name,
                    # The id has a dollar sign where the node has its first hyphen.
                    guid=node.rpartition("/")[2].replace("-", "$", 1),
                    rank=RANKS.get(ranks[0], "normal"),
                    value=next((value for term, value in self._snaks(node, "statement/") if term == name), _SOME),
                    qualifiers=tuple(snak for snak in self._snaks(node, "qualifier/") if snak[0] != name),
                    references=tuple(sorted((Reference(tuple(each)) for each in references), key=repr)),
                )

    def _snaks(self, node: str, path: str) -> Iterator[Snak]:
        """Give the properties of a node in one of the namespaces with their values, in full where these are known."""
        # Said of a statement's node alike for its own property and for its qualifiers.
        absent = [slug_of(each) for each in self.texts(RDF.type, node) if "/prop/novalue/" in each]
        found = (re.fullmatch(rf"{WIKIDATA}prop/{path}(P\d+)", each) for each in self.about[node])
        for name in sorted({*(each[1] for each in found if each), *absent}, key=_number):
            simple = map(_simple, self.about[node][f"{WIKIDATA}prop/{path}{name}"])
            full = [*filter(None, map(self._full, self.texts(f"{WIKIDATA}prop/{path}value/{name}", node)))]
            values = [*full, *(each for each in simple if not full or each == _SOME)]
            values += [Value("none")] * (name in absent)
            yield from ((name, value) for value in (sorted(values, key=repr) if values[1:] else values))

    def _full(self, node: str) -> Value | None:
        """Give a time with its precision or a quantity with its unit; None for what is whole in its simple form."""
        names = ("timeValue", "timePrecision", "timeCalendarModel", "quantityAmount", "quantityUnit")
        time, precision, calendar, amount, unit = ("".join(self.texts(WIKIBASE[each], node)[:1]) for each in names)
        if time:
            return Value("time", time, int(precision) if precision.isdecimal() else None, calendar=_id(calendar))
        if amount:
            return Value("quantity", amount.removeprefix("+"), unit=None if _id(unit) == _NO_UNIT else _id(unit))
        return None


def _id(iri: str) -> str | None:
    match = _ID.fullmatch(iri)
    return match[1] if match else None


def _number(name: str) -> int:
    return int(name[1:])


def _simple(term: Any) -> Value:  # noqa: ANN401 - any term
    if isinstance(term, ox.BlankNode) or term.value.startswith(f"{WIKIDATA}.well-known/genid/"):
        return _SOME
    if isinstance(term, ox.NamedNode):
        name = _id(term.value)
        return Value("item", name) if name else Value("url", term.value)
    if term.language:
        return Value("monolingual", term.value, language=term.language)
    kind = _KINDS.get(term.datatype.value.rpartition("#")[2], "text")
    return Value(kind, term.value.removeprefix("+") if kind == "quantity" else term.value)
