"""Names that resolve to the right thing: the Reconciliation Service API, version 0.2."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar
from urllib.parse import parse_qsl

from flask import Blueprint, Response, render_template, request, url_for
from rdflib import Literal

from twingraph import __version__
from twingraph.errors import BadValue, TooLarge, UnknownThing, UnsupportedBody
from twingraph.names import AS_ON_FILE, LEAST, LONGEST, Names, fold, tidy
from twingraph.vocab import WD, address, curie, kind_of, slug_of, split
from twingraph.web.http import content_type
from twingraph.web.language import gettext as _
from twingraph.web.language import language
from twingraph.web.service import service, site
from twingraph.web.things import query
from twingraph.words import LANGUAGES, Text, text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from twingraph.query.engine import Engine

    Json = dict[str, Any]
    Conditions = Iterable[tuple[str, Iterable[str]]]

Kind = TypeVar("Kind")

blueprint = Blueprint("reconcile", __name__, url_prefix="/reconcile")

SURE = 95.0
"""From this score on a candidate is a match, if it is the only one: no slip and no part of a name gets this far."""
QUERIES, VALUES, IDS = 50, 100, 1000
"""Queries that one batch may hold, values of properties that one query may, and ids in a query for values."""
PLACE, CITY, MUNICIPALITY = "schema:Place", "schema:City", "schema:AdministrativeArea"
COUNTRY, AREA, ORGANISATION = "schema:Country", "skos:Concept", "schema:Organization"
KINDS = {"place": PLACE, "country": COUNTRY, "area": AREA, "organisation": ORGANISATION}
"""The types of entries by what their ids begin with."""


class Term(NamedTuple):
    """A type or property of entries; of: the broader types, or those that have it; values: text, or of which type."""

    label: Text
    of: tuple[str, ...] = ()
    values: str = "text"


TYPES = {
    PLACE: Term(text("town or municipality")),
    CITY: Term(text("town"), (PLACE,)),
    MUNICIPALITY: Term(text("municipality or district"), (PLACE,)),
    COUNTRY: Term(text("country")),
    AREA: Term(text("area of cooperation")),
    ORGANISATION: Term(text("organisation")),
}
"""The types of entries by id, broader ones before those within them."""
_ALL = tuple(KINDS.values())
PROPERTIES = {
    "wikidata": Term(text("Wikidata item"), (PLACE, COUNTRY, AREA)),
    "geonames": Term(text("GeoNames identifier"), (PLACE, COUNTRY)),
    "confidence": Term(text("sources of the identification"), _ALL),
    "eurovoc": Term(text("EuroVoc concept"), (AREA,)),
    "iso": Term(text("ISO 3166-1 code"), (COUNTRY,)),
    "country": Term(text("country"), (PLACE,), COUNTRY),
    "coordinates": Term(text("coordinates (latitude,longitude)"), (PLACE,)),
    "signed": Term(text("dates of agreements"), (PLACE,)),
    "since": Term(text("cooperation since"), (PLACE,)),
    "partner": Term(text("twin towns"), (PLACE,), PLACE),
    "website": Term(text("web site"), (PLACE, ORGANISATION)),
    "location": Term(text("location"), (ORGANISATION,), PLACE),
    "name-lv": Term(text("name in Latvian"), _ALL),
    "name-en": Term(text("name in English"), _ALL),
    "names": Term(text("all names on file"), _ALL),
    "iri": Term(text("IRI"), _ALL),
}
"""What can be asked of entries, by id."""

_FORM = "application/x-www-form-urlencoded"
_JSON_KINDS: dict[type, str] = {dict: "object", list: "array", str: "string"}
_SLUGS = frozenset({"wikidata", "geonames", "eurovoc", "confidence"})
# A name counts as much as so many properties.
_NAME_WEIGHT = 3
_CANDIDATES, _SUGGESTIONS = 10, 20
"""How many are given where a client does not say how many."""
_PREVIEWED = ("wikidata", "geonames", "confidence", "signed", "since")
"""The properties that a preview shows."""
# A preview is there to be framed, wherever the client is, and needs nothing from anywhere.
_FRAMED = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors *"


@dataclass(frozen=True, slots=True)
class Entry:
    """Something by name; names: the main ones first; values: of each property, ids for what is an entry too."""

    id: str
    types: Sequence[str]
    names: Sequence[Literal]
    notes: Sequence[Literal]
    values: Mapping[str, Sequence[str]]

    def name(self, language: str) -> str:
        """Give the name in a language, else in English, else any."""
        wanted = (language, "en", self.names[0].language)
        return next(str(name) for tag in wanted for name in self.names if name.language == tag)


class Candidate(NamedTuple):
    """An entry that may be meant; score: 0 to 100; match: whether it is sure to be; name: how well the name fits."""

    entry: Entry
    score: float
    match: bool
    name: float


class Gazetteer:
    """The towns, countries, areas and organisations of a release by id, and who is meant by a name; for any threads."""

    def __init__(self, engine: Engine) -> None:
        statements: dict[str, dict[str, list[Literal]]] = defaultdict(lambda: defaultdict(list))
        rows = json.loads(engine.answer(query("entries")).body)["results"]["bindings"]
        for row in sorted(rows, key=lambda row: (row["value"]["value"], row["value"].get("xml:lang", ""))):
            key, value, language = row["key"]["value"], row["value"]["value"], row["value"].get("xml:lang")
            short = slug_of(value) if key in _SLUGS else _id(value)
            known = statements[_id(row["thing"]["value"])]
            known[key].append(Literal(short, lang=language))
            known["iri"] = [Literal(row["thing"]["value"])]
        self.entries: dict[str, Entry] = {}
        self._identifiers: dict[str, str] = {}
        self._values: dict[str, dict[str, set[str]]] = {term: defaultdict(set) for term in PROPERTIES}
        for thing, stated in sorted((thing, stated) for thing, stated in statements.items() if stated["name"]):
            names = list(dict.fromkeys([*stated["name"], *stated["other"]]))
            values = {term: [str(each) for each in stated[term]] for term in PROPERTIES}
            values |= {
                f"name-{tag}": [str(each) for each in stated["name"] if each.language == tag] for tag in LANGUAGES
            }
            values |= {"names": list(dict.fromkeys(map(str, names)))}
            classes = [each for each in map(curie, stated["class"]) if each in {CITY, MUNICIPALITY}]
            types = (*classes, KINDS[thing.partition("/")[0]])
            self.entries[thing] = Entry(thing, types, names, stated["note"], values)
            items = [each for item in values["wikidata"] for each in (item, f"{WD}{item}")]
            self._identifiers.update(dict.fromkeys((thing, thing.replace("/", ":"), *values["iri"], *items), thing))
            for term, value in ((term, value) for term, given in values.items() for value in given):
                plain = value.casefold() if PROPERTIES[term].values == "text" else value
                self._values[term][f"{plain}-"].add(thing)
        self._names = Names((entry.id, str(name)) for entry in self.entries.values() for name in entry.names)

    def match(
        self, name: str, properties: Conditions = (), types: Sequence[str] = (), *, every: bool = False
    ) -> list[Candidate]:
        """Give the candidates, the best first; of those as good, partners in a twinning first.

        name: "" for any; properties: each with values of which one is enough; every: whether every type has to fit. The
        score is the mean of how well the name fits, which counts three times, and 100 for each property that does.
        """
        holders = [self._holders(term, values) for term, values in properties]
        names = dict.fromkeys(self.entries if holders else (), 0.0)
        if name:
            meant = self._identifiers.get(name.strip())
            names = {meant: AS_ON_FILE} if meant else self._names.compare(name)
        weight, candidates = _NAME_WEIGHT if name else 0, []
        for entry, fit in ((self.entries[each], fit) for each, fit in names.items()):
            worth = fit * weight + 100 * sum(entry.id in each for each in holders)
            score = round(worth / (weight + len(holders)), 1)
            fits = [each in entry.types for each in types] or [True]
            if score >= LEAST and (all(fits) if every else any(fits)):
                candidates.append(Candidate(entry, score, match=False, name=round(fit, 1)))
        candidates.sort(key=lambda each: (-each.score, not each.entry.values["partner"], each.entry.id))
        sure = [each for each in candidates if each.score >= SURE]
        # However well all else fits, a name that is only alike may be another's.
        if len(sure) == 1 and (sure[0].name >= SURE or not name):
            candidates[0] = sure[0]._replace(match=True)
        return candidates

    def suggest(self, prefix: str) -> list[Entry]:
        """Give the entries with a name that begins so, or whose words do, or whose identifier this is; all for ""."""
        ranks = {match.thing: match.rank for match in self._names.search(prefix, guess=False)}
        if meant := self._identifiers.get(prefix.strip()):
            ranks[meant] = -1
        elif not fold(prefix[:LONGEST]):
            ranks = dict.fromkeys(self.entries, 0)
        entries = [self.entries[each] for each in ranks]
        return sorted(entries, key=lambda entry: (ranks[entry.id], not entry.values["partner"], fold(entry.names[0])))

    def _holders(self, term: str, values: Iterable[str]) -> set[str]:
        """Give the entries that have one of the values: an entry by any of its names, a date as far as both go."""
        holders: set[str] = set()
        for value in (tidy(value) for value in values if len(value) <= LONGEST):
            if PROPERTIES[term].values == "text":
                # 2007 fits 2007-06-10, and so does the other way round.
                wanted, known = f"{value.casefold()}-", self._values[term]
                fitting = [own for own in known if own.startswith(wanted) or wanted.startswith(own)]
            else:
                fitting = [f"{own}-" for own in (*self._names.owners(value), self._identifiers.get(value))]
            holders.update(*(self._values[term].get(own, ()) for own in fitting))
        return holders


# The names are asked of the engine once: what it serves does not change.
gazetteer = lru_cache(maxsize=4)(Gazetteer)


@blueprint.route("", methods=["GET", "POST"], strict_slashes=False)
def answer() -> Response:
    """Answer `queries` or `extend`, in the address or as a form; with neither, give the manifest (0.2)."""
    fields: Mapping[str, str] = request.args
    if request.method == "POST":
        if request.mimetype != _FORM:
            raise UnsupportedBody(text("Send this as %(type)s.", type=_FORM))
        try:
            fields = dict(parse_qsl(request.get_data().decode(), True, errors="strict", max_num_fields=20))  # noqa: FBT003
        except ValueError:
            raise BadValue(text("The form is not UTF-8, or has too many fields.")) from None
    if what := next((each for each in ("queries", "extend") if each in fields), ""):
        try:
            sent = _expect(json.loads(fields[what]), dict, what)
        except (ValueError, RecursionError):
            raise BadValue(text("What was sent is no JSON.")) from None
        if what == "extend":
            return _json(_extend(sent))
        _limit("queries", len(sent), QUERIES)
        return _json({name: {"result": _candidates(_expect(each, dict, name))} for name, each in sent.items()})
    if request.method == "POST":
        raise BadValue(text("Send a batch in the field “queries”, or a query for values in “extend”."))
    name = service().files.manifest.get("title", {}).get(language(), "twingraph")
    values = {"site": site(), "version": __version__, "types": _terms(_ALL), "batch": QUERIES, "space": address("id/")}
    return Response(render_template("reconcile.json", name=name, **values), content_type="application/json")


@blueprint.get("/view")
def view() -> Response:
    """Lead from an id, which has a slash, to the thing."""
    kind, _slash, slug = _entry().id.partition("/")
    return Response(status=303, headers={"Location": url_for("things.identifier", kind=kind, slug=slug)})


@blueprint.get("/preview")
def preview() -> Response:
    """Show an entity as a small page that any client may frame (0.2, “Preview Service”)."""
    page = Response(render_template("preview.html", **_preview(), framed=True), content_type=content_type("text/html"))
    page.headers["Content-Security-Policy"] = _FRAMED
    return page


@blueprint.get("/suggest/<any(entity, property, type):what>")
def suggest(what: str) -> Response:
    """Suggest what begins as typed, terms in either language or by id; all for nothing (0.2, “Suggest Services”)."""
    prefix, start = request.args.get("prefix", ""), _number("cursor") or 0
    if what == "entity":
        result = [
            _entity(each) | {"notable": _terms(each.types)} for each in gazetteer(service().engine).suggest(prefix)
        ]
    else:
        result, wanted = [], fold(prefix[:LONGEST])
        for name, term in (TYPES if what == "type" else PROPERTIES).items():
            if any(fold(each).startswith(wanted) for each in (name, *map(term.label.in_language, LANGUAGES))):
                result += [each | ({"broader": _terms(term.of)} if what == "type" else {}) for each in _terms([name])]
    return _json({"result": result[start : start + (_number("limit") or _SUGGESTIONS)]})


@blueprint.get("/flyout/<any(entity, property, type):what>")
def flyout(what: str) -> Response:
    """Give a few words of HTML on an entity, property or type (0.2, “Flyout Services”)."""
    name = request.args.get("id", "")
    if what != "entity" and name not in (TYPES if what == "type" else PROPERTIES):
        raise UnknownThing(what, name)
    shown = _preview() if what == "entity" else _terms([name])[0]
    return _json({"id": name, "html": render_template("preview.html", **shown)})


@blueprint.get("/propose")
def propose() -> Response:
    """Propose the properties that things of a type have; all, where it is none of ours (0.2, “… Proposals”)."""
    name, limit = request.args.get("type", ""), _number("limit")
    types = {name, *TYPES[name].of} if name in TYPES else set(TYPES)
    properties = _terms(each for each, term in PROPERTIES.items() if types & {*term.of})
    return _json({"type": name, "properties": properties[:limit], **({} if limit is None else {"limit": limit})})


def _id(iri: str) -> str:
    """Give the id of an entry, `place/alcamo` of `…/id/place/alcamo`; any other value as it is."""
    return "/".join(split(iri)[:2]) if kind_of(iri) else iri


def _candidates(query: Json) -> list[Json]:
    """Answer one query (0.2, “Reconciliation Queries”). Raises BadValue, TooLarge."""
    if not query.keys() & {"query", "properties"}:
        raise BadValue(text("A query needs a name, as “query”, or “properties”."))
    conditions = []
    for each in _expect(query.get("properties", []), list, "properties"):
        given = _expect(each, dict, "properties")
        values = given.get("v") if isinstance(given.get("v"), list) else [given.get("v")]
        if not values:
            raise BadValue(text("A property needs a value."))
        # A value may be an entity that was found before.
        plain = [value.get("id") if isinstance(value, dict) else value for value in values]
        said = [str(v).lower() if isinstance(v, bool | int | float) else _expect(v, str, "v") for v in plain]
        conditions.append((_choose(given.get("pid"), PROPERTIES, "pid"), said))
    _limit("properties", sum(len(values) for _pid, values in conditions), VALUES)
    types = query.get("type") or []
    types = [_choose(each, TYPES, "type") for each in (types if isinstance(types, list) else [types])]
    every = _choose(query.get("type_strict", "any"), ("any", "all", "should"), "type_strict") == "all"
    limit = query.get("limit", _CANDIDATES)
    # Neither is it infinity or no number, which JSON as Python reads it has.
    if isinstance(limit, bool) or not isinstance(limit, int | float) or limit < 1 or limit % 1:
        raise BadValue(text("“%(name)s” is a whole number from 1.", name="limit"))
    name = _expect(query.get("query", ""), str, "query")
    candidates = gazetteer(service().engine).match(name, conditions, types, every=every)[: min(int(limit), 1000)]
    return [
        _entity(each.entry)
        | {"type": _terms(each.entry.types), "score": each.score, "match": each.match}
        | {
            "features": [
                {"id": "name", "value": each.name},
                {"id": "partner", "value": bool(each.entry.values["partner"])},
            ]
        }
        for each in candidates
    ]


def _extend(query: Json) -> Json:
    """Answer a query for values of properties (0.2, “Data Extension Queries”). Raises BadValue, TooLarge."""
    properties = [_expect(each, dict, "properties") for each in _expect(query.get("properties"), list, "properties")]
    names = dict.fromkeys(_choose(each.get("id"), PROPERTIES, "id") for each in properties)
    ids = dict.fromkeys(_expect(each, str, "ids") for each in _expect(query.get("ids"), list, "ids"))
    _limit("ids", len(ids), IDS)
    entries = gazetteer(service().engine).entries

    def cells(thing: str, name: str) -> list[Json]:
        values = entries[thing].values[name] if thing in entries else ()
        if PROPERTIES[name].values == "text":
            return [{"str": value} for value in values]
        return [{"id": each, "name": entries[each].name(language()) if each in entries else each} for each in values]

    types = {name: _terms([PROPERTIES[name].values]) for name in names if PROPERTIES[name].values in TYPES}
    meta = [term | ({"type": types[term["id"]][0]} if term["id"] in types else {}) for term in _terms(names)]
    return {"meta": meta, "rows": {each: {name: cells(each, name) for name in names} for each in ids}}


def _terms(names: Iterable[str]) -> list[Json]:
    return [{"id": each, "name": (TYPES | PROPERTIES)[each].label.in_language(language())} for each in names]


def _entity(entry: Entry) -> Json:
    """Name an entry, and describe it in words that tell it from its namesakes: what, where, and other names."""
    here, entries = language(), gazetteer(service().engine).entries
    what = [TYPES[entry.types[0]].label.in_language(here)]
    what += [entries[each].name(here) for each in entry.values["country"] if each in entries]
    others = ", ".join([name for name in entry.values["names"] if name != entry.name(here)][:3])
    also = "; " + _("also %(names)s") % {"names": others} if others else ""
    return {"id": entry.id, "name": entry.name(here), "description": ", ".join(what) + also}


def _preview() -> Json:
    entry = _entry()
    values = {term["name"]: entry.values[term["id"]] for term in _terms(_PREVIEWED) if entry.values[term["id"]]}
    return {**_entity(entry), "values": values, "notes": [each for each in entry.notes if each.language == language()]}


def _entry() -> Entry:
    name = request.args.get("id")
    if name is None:
        raise BadValue(text("Name an entity by its id: ?id=place/alcamo."))
    if entry := gazetteer(service().engine).entries.get(name):
        return entry
    kind, _slash, slug = name.partition("/")
    raise UnknownThing(kind, slug)


def _number(name: str) -> int | None:
    given = request.args.get(name, "")
    if given and not re.fullmatch(r"[0-9]{1,9}", given):
        raise BadValue(text("“%(name)s” is a whole number.", name=name))
    return int(given) if given else None


def _expect(given: object, kind: type[Kind], what: str) -> Kind:
    """Give what is of a kind that JSON has. Raises BadValue, which says how to write it."""
    if isinstance(given, kind):
        return given
    raise BadValue(text("Write “%(what)s” as a JSON %(kind)s.", what=what, kind=_JSON_KINDS[kind]))


def _choose(given: object, choices: Iterable[str], what: str) -> str:
    if not isinstance(given, str) or given not in choices:
        raise BadValue(text("“%(what)s” is one of %(choices)s.", what=what, choices=", ".join(choices)))
    return given


def _limit(what: str, found: int, most: int) -> None:
    if found > most:
        values = {"what": what, "most": most, "found": found}
        raise TooLarge(text("“%(what)s” may hold %(most)s here; this one holds %(found)s.", **values))


def _json(answer: Json) -> Response:
    # Said in the language of the answer even where that holds no words.
    language()
    return Response(json.dumps(answer), content_type="application/json")
