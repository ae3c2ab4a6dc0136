"""Names that resolve to the right thing: the Reconciliation Service API, version 0.2."""

from __future__ import annotations

import json
import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import parse_qsl

from flask import Blueprint, Response, render_template, request, url_for

from twingraph import __version__
from twingraph.errors import BadValue, TooLarge, UnknownThing, UnsupportedBody
from twingraph.names import LONGEST, fold
from twingraph.web.gazetteer import KINDS, PROPERTIES, SPACE, TYPES, Gazetteer
from twingraph.web.language import gettext as _
from twingraph.web.language import language
from twingraph.web.negotiation import content_type
from twingraph.web.service import service, site
from twingraph.words import LANGUAGES, text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from twingraph.query.engine import Engine
    from twingraph.web.gazetteer import Entry, Term

    Json = dict[str, Any]

Kind = TypeVar("Kind")

blueprint = Blueprint("reconcile", __name__, url_prefix="/reconcile")

QUERIES, VALUES, IDS = 50, 100, 1000
"""Queries that one batch may hold, values of properties that one query may, and ids in a query for values."""
_FORM = "application/x-www-form-urlencoded"
_JSON_KINDS: dict[type, str] = {dict: "object", list: "array", str: "string"}
_CANDIDATES, _SUGGESTIONS = 10, 20
"""How many are given where a client does not say how many."""
_PREVIEWED = ("wikidata", "geonames", "confidence", "signed", "since")
"""The properties that a preview shows."""
_OTHERS = 3
"""Other names that a description gives."""
# A preview is there to be framed, wherever the client is, and needs nothing from anywhere.
_FRAMED = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors *"


@blueprint.route("", methods=["GET", "POST"], strict_slashes=False)
def answer() -> Response:
    """Answer `queries` or `extend`, in the address or sent as a form; with neither, describe the service.

    0.2, “Sending Reconciliation Queries to a Service”, “Data Extension Service” and “Service Manifest”.
    """
    fields = _form() if request.method == "POST" else request.args
    if "queries" in fields:
        batch = _load(fields, "queries")
        _limit("queries", len(batch), QUERIES)
        return _json({name: {"result": _candidates(_expect(each, dict, name))} for name, each in batch.items()})
    if "extend" in fields:
        return _json(_extend(_load(fields, "extend")))
    if request.method == "POST":
        raise BadValue(text("Send a batch in the field “queries”, or a query for values in “extend”."))
    manifest = render_template(
        "reconcile.json",
        name=service().files.manifest.get("title", {}).get(language(), "twingraph"),
        root=f"{site()}reconcile",
        documentation=site(),
        version=__version__,
        types=[_term(TYPES, each) for each in KINDS.values()],
        batch=QUERIES,
        space=SPACE,
    )
    return Response(manifest, content_type="application/json")


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
        entries = _gazetteer(service().engine).suggest(prefix)
        result = [_entity(each) | {"notable": [_term(TYPES, name) for name in each.types]} for each in entries]
    else:
        result, terms = [], TYPES if what == "type" else PROPERTIES
        for name, term in terms.items():
            spellings = (name, *map(term.label.in_language, LANGUAGES))
            if any(fold(each).startswith(fold(prefix[:LONGEST])) for each in spellings):
                broader = {"broader": [_term(TYPES, each) for each in term.of]} if what == "type" else {}
                result.append(_term(terms, name) | broader)
    return _json({"result": result[start : start + (_number("limit") or _SUGGESTIONS)]})


@blueprint.get("/flyout/<any(entity, property, type):what>")
def flyout(what: str) -> Response:
    """Give a few words of HTML on an entity, property or type (0.2, “Flyout Services”)."""
    name, terms = request.args.get("id", ""), TYPES if what == "type" else PROPERTIES
    if what != "entity" and name not in terms:
        raise UnknownThing(what, name)
    shown = _preview() if what == "entity" else {"name": _term(terms, name)["name"]}
    return _json({"id": name, "html": render_template("preview.html", **shown)})


@blueprint.get("/propose")
def propose() -> Response:
    """Propose the properties that things of a type have; all, where it is none of ours (0.2, “… Proposals”)."""
    name, limit = request.args.get("type", ""), _number("limit")
    types = {name, *TYPES[name].of} if name in TYPES else set(TYPES)
    properties = [_term(PROPERTIES, each) for each, term in PROPERTIES.items() if types & {*term.of}]
    return _json({"type": name, "properties": properties[:limit], **({} if limit is None else {"limit": limit})})


# The names are asked of the engine once: what it serves does not change.
@lru_cache(maxsize=4)
def _gazetteer(engine: Engine) -> Gazetteer:
    return Gazetteer.read(engine)


def _form() -> dict[str, str]:
    if request.mimetype != _FORM:
        raise UnsupportedBody(text("Send this as %(type)s.", type=_FORM))
    try:
        return dict(parse_qsl(request.get_data().decode(), keep_blank_values=True, errors="strict", max_num_fields=20))
    except ValueError:
        raise BadValue(text("The form is not UTF-8, or has too many fields.")) from None


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
    candidates = _gazetteer(service().engine).match(name, conditions, types, every=every)[: min(int(limit), 1000)]
    return [
        _entity(each.entry)
        | {"type": [_term(TYPES, kind) for kind in each.entry.types], "score": each.score, "match": each.match}
        | {"features": [{"id": "name", "value": each.name}, {"id": "partner", "value": each.entry.is_partner}]}
        for each in candidates
    ]


def _extend(query: Json) -> Json:
    """Answer a query for values of properties (0.2, “Data Extension Queries”). Raises BadValue, TooLarge."""
    properties = [_expect(each, dict, "properties") for each in _expect(query.get("properties"), list, "properties")]
    names = dict.fromkeys(_choose(each.get("id"), PROPERTIES, "id") for each in properties)
    ids = dict.fromkeys(_expect(each, str, "ids") for each in _expect(query.get("ids"), list, "ids"))
    _limit("ids", len(ids), IDS)
    entries = _gazetteer(service().engine).entries

    def cells(thing: str, name: str) -> list[Json]:
        values = entries[thing].values[name] if thing in entries else ()
        if PROPERTIES[name].values == "text":
            return [{"str": value} for value in values]
        return [{"id": each, "name": entries[each].name(language()) if each in entries else each} for each in values]

    kinds = {name: PROPERTIES[name].values for name in names}
    types = {name: {"type": _term(TYPES, kind)} for name, kind in kinds.items() if kind in TYPES}
    meta = [_term(PROPERTIES, name) | types.get(name, {}) for name in names]
    return {"meta": meta, "rows": {each: {name: cells(each, name) for name in names} for each in ids}}


def _limit(what: str, found: int, most: int) -> None:
    if found > most:
        values = {"what": what, "most": most, "found": found}
        raise TooLarge(text("“%(what)s” may hold %(most)s here; this one holds %(found)s.", **values))


def _term(terms: Mapping[str, Term], name: str) -> Json:
    return {"id": name, "name": terms[name].label.in_language(language())}


def _entity(entry: Entry) -> Json:
    """Name an entry, and describe it in words that tell it from its namesakes: what, where, and other names."""
    here, entries = language(), _gazetteer(service().engine).entries
    what = [TYPES[entry.types[0]].label.in_language(here)]
    what += [entries[each].name(here) for each in entry.values["country"] if each in entries]
    others = ", ".join([name for name in entry.values["names"] if name != entry.name(here)][:_OTHERS])
    also = "; " + _("also %(names)s") % {"names": others} if others else ""
    return {"id": entry.id, "name": entry.name(here), "description": ", ".join(what) + also}


def _preview() -> Json:
    entry = _entry()
    values = {_term(PROPERTIES, each)["name"]: entry.values[each] for each in _PREVIEWED if entry.values[each]}
    return {**_entity(entry), "values": values, "notes": [each for each in entry.notes if each.language == language()]}


def _entry() -> Entry:
    name = request.args.get("id")
    if name is None:
        raise BadValue(text("Name an entity by its id: ?id=place/alcamo."))
    if entry := _gazetteer(service().engine).entries.get(name):
        return entry
    kind, _slash, slug = name.partition("/")
    raise UnknownThing(kind, slug)


def _number(name: str) -> int | None:
    given = request.args.get(name, "")
    if given and not re.fullmatch(r"[0-9]{1,9}", given):
        raise BadValue(text("“%(name)s” is a whole number.", name=name))
    return int(given) if given else None


def _load(fields: Mapping[str, str], name: str) -> Json:
    try:
        return _expect(json.loads(fields[name]), dict, name)
    except (ValueError, RecursionError):
        raise BadValue(text("What was sent is no JSON.")) from None


def _expect(given: object, kind: type[Kind], what: str) -> Kind:
    """Give what is of a kind that JSON has. Raises BadValue, which says how to write it."""
    if isinstance(given, kind):
        return given
    raise BadValue(text("Write “%(what)s” as a JSON %(kind)s.", what=what, kind=_JSON_KINDS[kind]))


def _choose(given: object, choices: Iterable[str], what: str) -> str:
    if not isinstance(given, str) or given not in choices:
        raise BadValue(text("“%(what)s” is one of %(choices)s.", what=what, choices=", ".join(choices)))
    return given


def _json(answer: Json) -> Response:
    # Said in the language of the answer even where that holds no words.
    language()
    return Response(json.dumps(answer), content_type="application/json")
