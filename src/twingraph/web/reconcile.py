"""Names that resolve to the right thing: the Reconciliation Service API, version 0.2, with 1.0-draft beside it."""

from __future__ import annotations

import json
import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from flask import Blueprint, Response, render_template, request, url_for

from twingraph.errors import BadBatch, BodyTooLarge, UnknownThing, UnsupportedBody
from twingraph.web.gazetteer import PROPERTIES, TYPES, entries_of
from twingraph.web.matching import Reconciler
from twingraph.web.negotiation import content_type
from twingraph.web.reconciliation import Answers
from twingraph.web.service import service, site

if TYPE_CHECKING:
    from collections.abc import Mapping

    from twingraph.query.engine import Answering
    from twingraph.web.gazetteer import Entry

blueprint = Blueprint("reconcile", __name__, url_prefix="/reconcile")

_FORM, _JSON = "application/x-www-form-urlencoded", "application/json"
_DRAFT = "/1.0"
_SUGGESTIONS = 20
# What ECMAScript lets a function be called, in ASCII, and nothing that could be more.
_CALLBACK = re.compile(r"(?=.{1,120}$)[A-Za-z_$][\w$]*(?:\.[A-Za-z_$][\w$]*)*", re.ASCII)
_WHOLE = re.compile(r"[0-9]{1,9}")
# A preview is there to be framed, wherever the client is, and needs nothing from anywhere.
_FRAMED = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors *"
_TOLD = ("wikidata", "geonames", "confidence", "signed", "since")
"""The properties that a preview shows."""


@blueprint.get("", strict_slashes=False)
def ask() -> Response:
    """Answer ?queries=… or ?extend=…; without either, describe the service (0.2, “Service Manifest”)."""
    return _answered(request.args)


@blueprint.post("", strict_slashes=False)
def post() -> Response:
    """Answer queries or extend sent as a form (0.2, “Sending Reconciliation Queries to a Service”)."""
    fields = _form(_body(_FORM))
    if not fields.keys() & {"queries", "extend"}:
        raise BadBatch("Send a batch in the field “queries”, or a query for values in “extend”.")
    return _answered(fields)


@blueprint.get("/view")
def view() -> Response:
    """Lead from an id, which has a slash, to the thing."""
    kind, _, slug = _entry().id.partition("/")
    response = Response(status=303)
    response.headers["Location"] = url_for("things.identifier", kind=kind, slug=slug)
    return response


@blueprint.get("/preview")
@blueprint.get(f"{_DRAFT}/preview")
def preview() -> Response:
    """Show an entity as a small page that any client may frame (“Preview Service”)."""
    page = Response(_shown(_entry(), framed=True), content_type=content_type("text/html"))
    page.headers["Content-Security-Policy"] = _FRAMED
    return _in_language(page)


@blueprint.get("/suggest/<any(entity, property, type):what>")
@blueprint.get(f"{_DRAFT}/suggest/<any(entity, property, type):what>")
def suggest(what: str) -> Response:
    """Suggest what begins as typed; all, where nothing is typed yet (“Suggest Services”)."""
    # The draft calls `offset` what 0.2 calls `cursor`.
    start = _number("offset") or _number("cursor") or 0
    found = _answers().suggested(what, request.args.get("prefix", ""))
    return _told({"result": found[start : start + (_number("limit") or _SUGGESTIONS)]})


@blueprint.get("/flyout/<any(entity, property, type):what>")
def flyout(what: str) -> Response:
    """Give a few words of HTML on an entity, property or type (0.2, “Flyout Services”)."""
    name, kinds = request.args.get("id", ""), TYPES if what == "type" else PROPERTIES
    if what != "entity" and name not in kinds:
        raise UnknownThing(what, name)
    html = _shown(_entry()) if what == "entity" else render_template("preview.html", name=kinds[name].name(_language()))
    return _told({"id": name, "html": html})


@blueprint.get("/propose")
@blueprint.get(f"{_DRAFT}/extend/propose")
def propose() -> Response:
    """Propose the properties that things of a type have (“Data Extension Property Proposals”)."""
    return _told(_answers().proposal(request.args.get("type", ""), _number("limit")))


@blueprint.get(_DRAFT, strict_slashes=False)
def draft() -> Response:
    """Describe the service by version 1.0-draft."""
    return _told(_described())


@blueprint.post(f"{_DRAFT}/match")
def match() -> Response:
    """Answer a batch of queries (1.0-draft, “Match Service”)."""
    return _told(_answers().batch(_body(_JSON)))


@blueprint.post(f"{_DRAFT}/extend")
def extend() -> Response:
    """Answer a query for values of properties (1.0-draft, “Data Extension Service”)."""
    return _told(_answers().extension(_body(_JSON)))


# The names are asked of the engine once: what it serves does not change.
@lru_cache(maxsize=4)
def _reconciler(engine: Answering) -> Reconciler:
    return Reconciler(entries_of(engine))


def _answers() -> Answers:
    return Answers(_reconciler(service().engine), _language(), _is_draft())


def _is_draft() -> bool:
    return request.path.startswith(f"{blueprint.url_prefix}{_DRAFT}")


def _answered(fields: Mapping[str, str]) -> Response:
    if "queries" in fields:
        return _told(_answers().batch(fields["queries"]))
    return _told(_answers().extension(fields["extend"]) if "extend" in fields else _described())


def _described() -> dict[str, Any]:
    title = service().files.manifest.get("title", {}).get(_language(), "twingraph")
    return _answers().manifest(f"{site()}reconcile", title, site())


def _shown(entry: Entry, *, framed: bool = False) -> str:
    language = _language()
    known = {PROPERTIES[each].name(language): entry.known[each] for each in _TOLD if entry.known.get(each)}
    notes = [note.text for note in entry.notes if note.language == language]
    told = {"name": entry.name(language).text, "description": _answers().described(entry), "id": entry.id}
    return render_template("preview.html", **told, known=known, notes=notes, framed=framed, language=language)


def _entry() -> Entry:
    name = request.args.get("id")
    if name is None:
        raise BadBatch("Name an entity by its id: ?id=place/alcamo.")
    if name not in (entries := _reconciler(service().engine).entries):
        kind, _, slug = name.partition("/")
        raise UnknownThing(kind, slug)
    return entries[name]


def _language() -> str:
    """Choose the language that is accepted; programs, which name none, have English."""
    return request.accept_languages.best_match(("en", "lv"), default="en")


def _number(name: str) -> int | None:
    text = request.args.get(name, "")
    if text and not _WHOLE.fullmatch(text):
        raise BadBatch(f"“{name}” is a whole number.")
    return int(text) if text else None


def _form(body: bytes) -> dict[str, str]:
    try:
        fields = parse_qs(body.decode(), keep_blank_values=True, errors="strict", max_num_fields=20)
    except ValueError:
        raise BadBatch("The form is not UTF-8, or has too many fields.") from None
    return {name: values[0] for name, values in fields.items()}


def _body(media_type: str) -> bytes:
    """Read a body of a media type, whole or not at all: of one that is too long, there is a byte more than may be."""
    if request.mimetype != media_type:
        raise UnsupportedBody(f"Send this as {media_type}.")
    most, body = service().settings.body_kibibytes, request.get_data()
    if len(body) > most << 10:
        raise BodyTooLarge(most)
    return body


def _told(answer: dict[str, Any]) -> Response:
    """Give an answer as JSON, or as a script where an old client names the function to call with it (JSONP)."""
    # In ASCII alone: a script may not hold every character that JSON may.
    text, callback = json.dumps(answer), request.args.get("callback")
    if callback is None or _is_draft():
        return _in_language(Response(text, content_type=_JSON))
    if not _CALLBACK.fullmatch(callback):
        raise BadBatch("“callback” is the name of a function, in ASCII.")
    return _in_language(Response(f"/**/{callback}({text});", content_type=content_type("text/javascript")))


def _in_language(response: Response) -> Response:
    response.content_language.add(_language())
    response.vary.add("Accept-Language")
    return response
