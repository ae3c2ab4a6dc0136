"""Names that resolve to the right thing: the Reconciliation Service API, version 0.2."""

from __future__ import annotations

import json
import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import parse_qs

from flask import Blueprint, Response, render_template, request, url_for

from twingraph import __version__
from twingraph.errors import BadBatch, BatchTooLarge, BodyTooLarge, UnknownThing, UnsupportedBody
from twingraph.names import LONGEST, fold
from twingraph.web.gazetteer import AREA, COUNTRY, ORGANISATION, PLACE, PROPERTIES, SPACE, TYPES, Gazetteer
from twingraph.web.language import gettext as _
from twingraph.web.language import language
from twingraph.web.negotiation import content_type
from twingraph.web.service import service, site
from twingraph.words import LANGUAGES, text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from twingraph.query.engine import Answering
    from twingraph.web.gazetteer import Entry, Term

    Json = dict[str, Any]

Kind = TypeVar("Kind")

blueprint = Blueprint("reconcile", __name__, url_prefix="/reconcile")

QUERIES, VALUES, IDS = 50, 100, 1000
"""Queries that one batch may hold, values of properties that one query may, and ids in a query for values."""
_FORM = "application/x-www-form-urlencoded"
_KINDS: dict[type, str] = {dict: "object", list: "array", str: "string"}
_SIZE = {"width": 420, "height": 260}
"""Pixels of a preview."""
_CANDIDATES, _SUGGESTIONS = 10, 20
"""How many are given where a client does not say how many."""
_PREVIEWED = ("wikidata", "geonames", "confidence", "signed", "since")
"""The properties that a preview shows."""
_OTHERS = 3
"""Other names that a description gives."""
# A preview is there to be framed, wherever the client is, and needs nothing from anywhere.
_FRAMED = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors *"


@blueprint.get("", strict_slashes=False)
def ask() -> Response:
    """Answer ?queries=… or ?extend=…; without either, describe the service (0.2, “Service Manifest”)."""
    return _answer(request.args) or _json(_manifest(f"{site()}reconcile"))


@blueprint.post("", strict_slashes=False)
def post() -> Response:
    """Answer queries or extend sent as a form (0.2, “Sending Reconciliation Queries to a Service”)."""
    if request.mimetype != _FORM:
        raise UnsupportedBody(text("Send this as %(type)s.", type=_FORM))
    # Of a body that is too long, there is a byte more than may be.
    most, body = service().settings.body_kibibytes, request.get_data()
    if len(body) > most << 10:
        raise BodyTooLarge(most)
    try:
        fields = parse_qs(body.decode(), keep_blank_values=True, errors="strict", max_num_fields=20)
    except ValueError:
        raise BadBatch(text("The form is not UTF-8, or has too many fields.")) from None
    if answer := _answer({name: values[0] for name, values in fields.items()}):
        return answer
    raise BadBatch(text("Send a batch in the field “queries”, or a query for values in “extend”."))


@blueprint.get("/view")
def view() -> Response:
    """Lead from an id, which has a slash, to the thing."""
    kind, _, slug = _entry().id.partition("/")
    return Response(status=303, headers={"Location": url_for("things.identifier", kind=kind, slug=slug)})


@blueprint.get("/preview")
def preview() -> Response:
    """Show an entity as a small page that any client may frame (0.2, “Preview Service”)."""
    page = Response(_html(_entry(), framed=True), content_type=content_type("text/html"))
    page.headers["Content-Security-Policy"] = _FRAMED
    return page


@blueprint.get("/suggest/<any(entity, property, type):what>")
def suggest(what: str) -> Response:
    """Suggest what begins as typed, terms in either language or by id; all for nothing (0.2, “Suggest Services”)."""
    prefix, start = request.args.get("prefix", ""), _number("cursor") or 0
    if what == "entity":
        entries = _gazetteer(service().engine).suggest(prefix)
        result = [{**_entity(entry), "notable": [_term(TYPES[each]) for each in entry.types]} for entry in entries]
    else:
        result, wanted = [], fold(prefix[:LONGEST])
        for term in (TYPES if what == "type" else PROPERTIES).values():
            if any(fold(name).startswith(wanted) for name in (term.id, *map(term.label.in_language, LANGUAGES))):
                broader = {"broader": [_term(TYPES[each]) for each in term.of]} if what == "type" else {}
                result.append(_term(term) | broader)
    return _json({"result": result[start : start + (_number("limit") or _SUGGESTIONS)]})


@blueprint.get("/flyout/<any(entity, property, type):what>")
def flyout(what: str) -> Response:
    """Give a few words of HTML on an entity, property or type (0.2, “Flyout Services”)."""
    name, terms = request.args.get("id", ""), TYPES if what == "type" else PROPERTIES
    if what != "entity" and name not in terms:
        raise UnknownThing(what, name)
    html = _html(_entry()) if what == "entity" else render_template("preview.html", name=_term(terms[name])["name"])
    return _json({"id": name, "html": html})


@blueprint.get("/propose")
def propose() -> Response:
    """Propose the properties that things of a type have; all, where it is none of ours (0.2, “… Proposals”)."""
    name, limit = request.args.get("type", ""), _number("limit")
    types = {name, *TYPES[name].of} if name in TYPES else set(TYPES)
    properties = [_term(term) for term in PROPERTIES.values() if types & set(term.of)]
    return _json({"type": name, "properties": properties[:limit], **({} if limit is None else {"limit": limit})})


# The names are asked of the engine once: what it serves does not change.
@lru_cache(maxsize=4)
def _gazetteer(engine: Answering) -> Gazetteer:
    return Gazetteer.read(engine)


def _answer(fields: Mapping[str, str]) -> Response | None:
    if "queries" in fields:
        batch = _expect(_parse(fields["queries"]), dict, "queries")
        _limit(len(batch), QUERIES, "queries")
        return _json({name: {"result": _candidates(_expect(each, dict, name))} for name, each in batch.items()})
    return _json(_extend(_expect(_parse(fields["extend"]), dict, "extend"))) if "extend" in fields else None


def _manifest(root: str) -> Json:
    """Describe the service; root: the address of its endpoint."""
    suggest = {
        what: {
            "service_url": root,
            "service_path": f"/suggest/{what}",
            "flyout_service_url": root,
            "flyout_service_path": f"/flyout/{what}?id=${{id}}",
        }
        for what in ("entity", "property", "type")
    }
    return {
        "name": service().files.manifest.get("title", {}).get(language(), "twingraph"),
        "documentation": site(),
        "serviceVersion": __version__,
        "defaultTypes": [_term(TYPES[each]) for each in (PLACE, COUNTRY, AREA, ORGANISATION)],
        "batchSize": QUERIES,
        "versions": ["0.1", "0.2"],
        "identifierSpace": SPACE,
        "schemaSpace": "https://schema.org/Thing",
        # An id holds a slash, which clients must percent-encode, and many servers refuse that in a path.
        "view": {"url": f"{root}/view?id={{{{id}}}}"},
        "preview": {"url": f"{root}/preview?id={{{{id}}}}", **_SIZE},
        "suggest": suggest,
        "extend": {"propose_properties": {"service_url": root, "service_path": "/propose"}, "property_settings": []},
    }


def _candidates(query: Json) -> list[Json]:
    """Answer one query (0.2, “Reconciliation Queries”). Raises BadBatch, BatchTooLarge."""
    if not query.keys() & {"query", "properties"}:
        raise BadBatch(text("A query needs a name, as “query”, or “properties”."))
    conditions = [_condition(each) for each in _expect(query.get("properties", []), list, "properties")]
    _limit(sum(len(values) for _, values in conditions), VALUES, "properties")
    types = query.get("type") or []
    types = [_choose(each, TYPES, "type") for each in (types if isinstance(types, list) else [types])]
    every = _choose(query.get("type_strict", "any"), ("any", "all", "should"), "type_strict") == "all"
    limit = query.get("limit", _CANDIDATES)
    # Neither is it infinity or no number, which JSON as Python reads it has.
    if isinstance(limit, bool) or not isinstance(limit, int | float) or limit < 1 or limit % 1:
        raise BadBatch(text("“%(name)s” is a whole number from 1.", name="limit"))
    name = _expect(query.get("query", ""), str, "query")
    candidates = _gazetteer(service().engine).match(name, conditions, types, every=every)[: min(int(limit), 1000)]
    return [
        {
            **_entity(each.entry),
            "type": [_term(TYPES[kind]) for kind in each.entry.types],
            "score": each.score,
            "match": each.match,
            "features": [{"id": "name", "value": each.name}, {"id": "partner", "value": each.entry.is_partner}],
        }
        for each in candidates
    ]


def _condition(given: object) -> tuple[str, list[str]]:
    """Read a property of a query, and its values, each of which may be an entity that was found before."""
    given = _expect(given, dict, "properties")
    values = given.get("v") if isinstance(given.get("v"), list) else [given.get("v")]
    if not values:
        raise BadBatch(text("A property needs a value."))
    plain = [each.get("id") if isinstance(each, dict) else each for each in values]
    return _choose(given.get("pid"), PROPERTIES, "pid"), [
        str(each).lower() if isinstance(each, bool | int | float) else _expect(each, str, "v") for each in plain
    ]


def _extend(query: Json) -> Json:
    """Answer a query for values of properties (0.2, “Data Extension Queries”). Raises BadBatch, BatchTooLarge."""
    properties = [_expect(each, dict, "properties") for each in _expect(query.get("properties"), list, "properties")]
    terms = [
        PROPERTIES[each] for each in dict.fromkeys(_choose(each.get("id"), PROPERTIES, "id") for each in properties)
    ]
    ids = dict.fromkeys(_expect(each, str, "ids") for each in _expect(query.get("ids"), list, "ids"))
    _limit(len(ids), IDS, "ids")
    entries = _gazetteer(service().engine).entries

    def cells(thing: str, term: Term) -> list[Json]:
        values = entries[thing].values[term.id] if thing in entries else ()
        if term.values == "text":
            return [{"str": value} for value in values]
        return [{"id": each, "name": entries[each].name(language()) if each in entries else each} for each in values]

    meta = [_term(term) | ({"type": _term(TYPES[term.values])} if term.values in TYPES else {}) for term in terms]
    return {"meta": meta, "rows": {each: {term.id: cells(each, term) for term in terms} for each in ids}}


def _entity(entry: Entry) -> Json:
    return {"id": entry.id, "name": entry.name(language()), "description": _description(entry)}


def _term(term: Term) -> Json:
    return {"id": term.id, "name": term.label.in_language(language())}


def _description(entry: Entry) -> str:
    """Describe an entry in words that tell it from its namesakes: what it is, where, and what else it is called."""
    here, entries = language(), _gazetteer(service().engine).entries
    where = [entries[each].name(here) for each in entry.values["country"] if each in entries]
    others = [name for name in entry.values["names"] if name != entry.name(here)][:_OTHERS]
    also = _("also %(names)s") % {"names": ", ".join(others)}
    return ", ".join((TYPES[entry.types[0]].label.in_language(here), *where)) + (f"; {also}" if others else "")


def _html(entry: Entry, *, framed: bool = False) -> str:
    return render_template(
        "preview.html",
        **_entity(entry),
        values={_term(PROPERTIES[each])["name"]: entry.values[each] for each in _PREVIEWED if entry.values[each]},
        notes=[note for note in entry.notes if note.language == language()],
        framed=framed,
    )


def _entry() -> Entry:
    name = request.args.get("id")
    if name is None:
        raise BadBatch(text("Name an entity by its id: ?id=place/alcamo."))
    if name not in (entries := _gazetteer(service().engine).entries):
        kind, _slash, slug = name.partition("/")
        raise UnknownThing(kind, slug)
    return entries[name]


def _number(name: str) -> int | None:
    given = request.args.get(name, "")
    if given and not re.fullmatch(r"[0-9]{1,9}", given):
        raise BadBatch(text("“%(name)s” is a whole number.", name=name))
    return int(given) if given else None


def _parse(sent: str) -> object:
    try:
        return json.loads(sent)
    except (ValueError, RecursionError):
        raise BadBatch(text("What was sent is no JSON.")) from None


def _limit(number: int, most: int, what: str) -> None:
    if number > most:
        raise BatchTooLarge(what, most, number)


def _expect(given: object, kind: type[Kind], what: str) -> Kind:
    """Give what is of a kind that JSON has. Raises BadBatch, which says how to write it."""
    if isinstance(given, kind):
        return given
    raise BadBatch(text("Write “%(what)s” as a JSON %(kind)s.", what=what, kind=_KINDS[kind]))


def _choose(given: object, choices: Iterable[str], what: str) -> str:
    if not isinstance(given, str) or given not in choices:
        raise BadBatch(text("“%(what)s” is one of %(choices)s.", what=what, choices=", ".join(choices)))
    return given


def _json(answer: Json) -> Response:
    # Said in the language of the answer even where that holds no words.
    language()
    return Response(json.dumps(answer), content_type="application/json")
