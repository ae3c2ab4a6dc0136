"""JSON-LD of the default graph, compacted with our own context and framed by agreement."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NoReturn

from rdflib.namespace import RDF

from twingraph.curation.sources import read_text
from twingraph.errors import BadSource, BrokenSyntax
from twingraph.vocab import TG

if TYPE_CHECKING:
    from pathlib import Path

    from rdflib import Graph

_BRIEF = {"@explicit": True, "@embed": "@always", "@omitDefault": True}
_CONCEPT = {**_BRIEF, "skos:prefLabel": {}}
_FRAME: dict[str, Any] = {
    "type": "Agreement",
    "party": {**_BRIEF, "schema:name": {}},
    "twinning": {**_BRIEF, "schema:name": {}},
    "amends": {**_BRIEF, "schema:name": {}},
    "kind": _CONCEPT,
    "precision": _CONCEPT,
    **{f"{standing}Area": _CONCEPT for standing in ("agreed", "planned", "begun", "undertaken", "activity")},
    "wasDerivedFrom": {**_BRIEF, "oa:exact": {}, "start": {}, "end": {}},
}
"""An agreement with what a reader wants beside it; the whole of every other thing follows on its own."""


def read_context(path: Path) -> dict[str, Any]:
    """Read a JSON-LD context; raises UnreadableFile, WrongEncoding, BrokenSyntax, and BadSource where it is none."""
    jsonld = _pyld()
    try:
        context = json.loads(read_text(path))
        jsonld.expand(context, {"documentLoader": _load_nothing})
    except json.JSONDecodeError as error:
        raise BrokenSyntax(path, error.lineno, error.colno, error.msg) from None
    except jsonld.JsonLdError as error:
        raise BadSource(
            path, f"this is no JSON-LD context ({error.code})", f"tas nav JSON-LD konteksts ({error.code})"
        ) from None
    if not isinstance(context, dict) or not {"id", "type"} <= set(context.get("@context") or ()):
        raise BadSource(
            path,
            "this is no JSON-LD context of ours (an object with @context, which names id and type)",
            "tas nav mūsu JSON-LD konteksts (objekts ar @context, kas nosauc id un type)",
        )
    return context


def _load_nothing(url: str, _: object) -> NoReturn:
    """Refuse to fetch what a context refers to: a build knows no network."""
    raise _pyld().JsonLdError(f"{url} is not fetched", "jsonld.LoadDocumentError", code="loading remote context failed")


def document(graph: Graph, context: dict[str, Any]) -> str:
    """Write a graph as one JSON-LD 1.1 document with the context inline: agreements first, then all else.

    graph: the default graph; context: as `read_context` gives it. No context is fetched.
    """
    # rdflib expands thirty times as fast as pyld; what it can not do is frame.
    jsonld = _pyld()
    expanded = json.loads(graph.serialize(format="json-ld", use_native_types=True))
    framed = jsonld.frame(expanded, {**context, **_FRAME}, {"omitGraph": False, "omitDefault": True})
    agreements = {str(node) for node in graph.subjects(RDF.type, TG.Agreement)}
    rest = jsonld.compact([node for node in expanded if node["@id"] not in agreements], context, {"graph": True})
    nodes = [*sorted(framed["@graph"], key=_id), *sorted(rest["@graph"], key=_id)]
    return json.dumps({**context, "@graph": [_in_order(node) for node in nodes]}, ensure_ascii=False, indent=1) + "\n"


def compacted(expanded: bytes, context: dict[str, Any]) -> str:
    """Compact an expanded document, its nodes in the order they have there, with the context inline."""
    nodes = _pyld().compact([_typed(node) for node in json.loads(expanded)], context, {"graph": True})["@graph"]
    return json.dumps({**context, "@graph": [_in_order(node) for node in nodes]}, ensure_ascii=False, indent=1) + "\n"


def _pyld() -> Any:  # noqa: ANN401 - a module without types
    # It brings a client for the network, and a server starts in half the time that it takes to load both.
    from pyld import jsonld  # noqa: PLC0415

    return jsonld


def _typed(node: dict[str, Any]) -> dict[str, Any]:
    """Say the classes of a node by the keyword, which pyoxigraph does not use and programs look for."""
    classes = node.pop(str(RDF.type), [])
    return {**node, "@type": [each["@id"] for each in classes]} if classes else node


def _id(node: dict[str, Any]) -> str:
    return str(node["id"])


def _in_order(value: Any) -> Any:  # noqa: ANN401 - any JSON
    """Sort what RDF leaves unordered, id and type first, so that the same graph gives the same bytes."""
    if isinstance(value, dict):
        keys = sorted(value, key=lambda key: (key != "id", key != "type", key))
        return {key: _in_order(value[key]) for key in keys}
    if isinstance(value, list):
        return sorted(map(_in_order, value), key=lambda item: json.dumps(item, ensure_ascii=False))
    return value
