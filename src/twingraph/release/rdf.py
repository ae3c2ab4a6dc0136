"""RDF written in every format that the program gives out, the same bytes for the same statements."""

from __future__ import annotations

import json
import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from xml.parsers import expat

from pyoxigraph import BlankNode, Quad, RdfFormat, Triple, parse, serialize
from rdflib.namespace import RDF, XSD

from twingraph.curation.graph import read_text
from twingraph.curation.turtle import to_oxigraph
from twingraph.errors import BadInput, BrokenSyntax, NotXml
from twingraph.vocab import TG, catalogue_prefixes, rebase
from twingraph.words import render, text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from rdflib.term import Node

FORMATS = {
    "ttl": "text/turtle",
    "jsonld": "application/ld+json",
    "nt": "application/n-triples",
    "rdf": "application/rdf+xml",
}
"""The media types that a document comes in, by the ending of its name."""

_WHOLE = re.compile(r"0|-?[1-9]\d{0,14}")
"""What stays the same as a number of JSON, in every program that reads it."""
_XMLNS = re.compile(rb' xmlns:[\w-]+="[^"]*"')


def write(
    statements: Iterable[Triple] | Iterable[Quad],
    media_type: str,
    context: dict[str, Any] | None = None,
    first: str = "",
) -> bytes:
    """Write statements, each once and in a fixed order.

    media_type: one of `FORMATS`, or that of N-Quads or TriG. context: a document with a JSON-LD context to compact
    with, which is put in; without it JSON-LD is expanded. first: the subject to begin with. Blank nodes keep their
    labels, so these must not change (see `read`).

    Raises NotXml for what RDF/XML has no element or character for.
    """
    lines = {str(statement): statement for statement in statements}
    ordered: list[Any] = [lines[line] for line in sorted(lines)]
    if first:
        ordered.sort(key=lambda statement: str(statement.subject) != f"<{first}>")
    syntax = RdfFormat.from_media_type(media_type)
    if syntax == RdfFormat.JSON_LD:
        return _json_ld(ordered, context, first)
    if syntax == RdfFormat.TRIG:
        ordered.sort(key=lambda quad: str(getattr(quad, "graph_name", "")))
    whole = "\n".join(lines)
    used = {prefix: iri for prefix, iri in catalogue_prefixes().items() if f"<{iri}" in whole}
    body = serialize(ordered, format=syntax, prefixes=used) or b""
    if syntax == RdfFormat.RDF_XML:
        return _tidy_xml(body)
    if syntax in {RdfFormat.TURTLE, RdfFormat.TRIG}:
        # The library declares prefixes in another order every time.
        declared = body.splitlines(keepends=True)
        return b"".join([*sorted(declared[: len(used)]), *declared[len(used) :]])
    return body


def fill(template: str, **values: object) -> list[Triple]:
    """Give what a Turtle template of this package states, with values in its places; every prefix is declared."""
    declared = "".join(f"@prefix {prefix}: <{iri}> .\n" for prefix, iri in catalogue_prefixes().items())
    turtle = declared + render("twingraph.release", template, "en", **values)
    return [quad.triple for quad in parse(turtle, format=RdfFormat.TURTLE)]


def read(turtle: bytes) -> list[Triple]:
    """Read Turtle of our own making; blank nodes are numbered as they come, so that they are written the same."""
    known: dict[object, BlankNode] = {}

    def number(term: Any) -> Any:  # noqa: ANN401 - any term
        return known.setdefault(term, BlankNode(f"b{len(known):04}")) if isinstance(term, BlankNode) else term

    triples = [quad.triple for quad in parse(turtle, format=RdfFormat.TURTLE)]
    return [Triple(number(s), p, number(o)) for s, p, o in triples]


def convert(statements: Iterable[tuple[Node | None, ...]]) -> Iterator[Any]:
    """Give statements of rdflib, triples or quads, as `write` takes them; languages are then in lower case."""
    # By type too, since an IRI and a blank node of the same text are equal to a dictionary.
    term = lru_cache(maxsize=None, typed=True)(to_oxigraph)
    for statement in statements:
        terms = map(term, statement)
        yield Triple(*terms) if len(statement) == 3 else Quad(*terms)  # noqa: PLR2004 - a triple


def _tidy_xml(body: bytes) -> bytes:
    """Declare prefixes in a fixed order, and keep line ends as they are; raises NotXml for what is no XML."""
    # The library writes elements that XML does not know, such as <oxprefix: …>, and characters that it forbids.
    try:
        expat.ParserCreate(namespace_separator=" ").Parse(body, True)  # noqa: FBT003 - it takes no names
    except expat.ExpatError as error:
        line = body.splitlines()[error.lineno - 1].decode().strip()
        words = text("RDF/XML has no way to write this: %(line).200s; take another format, such as Turtle.", line=line)
        raise NotXml(words) from None
    head, tag, rest = body.partition(b">\n<rdf:RDF")
    declared, end, rest = rest.partition(b">")
    # A carriage return that is not written as a reference would be read as a line feed.
    return b"".join([head, tag, *sorted(_XMLNS.findall(declared)), end, rest.replace(b"\r", b"&#13;")])


def read_context(path: Path) -> dict[str, Any]:
    """Read a JSON-LD context; raises BadInput, also where it is none."""
    try:
        context: dict[str, Any] = json.loads(rebase(read_text(path)))
    except json.JSONDecodeError as error:
        raise BrokenSyntax(path, error.lineno, error.colno, error.msg) from None
    terms = context.get("@context") if isinstance(context, dict) else None
    if not isinstance(terms, dict) or not {"id", "type"} <= set(terms):
        reason = text("this is no JSON-LD context of ours (an object with @context, which names id and type)")
        raise BadInput(path, reason)
    # Nothing that readers would fetch (@import), or resolve in different ways (@base).
    for name, value in terms.items():
        term = value if not isinstance(value, dict) else None if "@context" in value else value.get("@id")
        if name != "@version" and (name.startswith("@") or not isinstance(term, str)):
            raise BadInput(path, text("the term %(name)s of a JSON-LD context of ours needs an @id", name=name))
    return context


def _json_ld(triples: list[Triple], context: dict[str, Any] | None, first: str) -> bytes:
    """Write JSON-LD 1.1, flat: the subject to begin with, then agreements, then all else by its identifier."""

    def position(node: dict[str, Any]) -> tuple[bool, bool, str]:
        kinds = node.get(str(RDF.type), [])
        return node["@id"] != first, {"@id": str(TG.Agreement)} not in kinds, node["@id"]

    names = _Names((context or {}).get("@context", {}))
    expanded = json.loads(serialize(triples, format=RdfFormat.JSON_LD) or b"[]")
    nodes = [names.compact(node) for node in sorted(expanded, key=position)]
    whole = {**context, "@graph": nodes} if context else nodes
    return (json.dumps(whole, ensure_ascii=False, indent=1) + "\n").encode()


class _Names:
    """A JSON-LD context as `read_context` gives one, from IRIs to what it calls them.

    By our own hand, since rdflib leaves out the first of several values where that is 0 or empty. Identifiers are given
    whole: readers resolve relative ones in different ways.
    """

    def __init__(self, context: dict[str, Any]) -> None:
        self._prefixes = {value: name for name, value in context.items() if str(value).endswith(("/", "#"))}
        self._terms: dict[str, tuple[str, dict[str, str]]] = {}
        for name, value in context.items():
            if name != "@version":
                definition = value if isinstance(value, dict) else {"@id": value}
                prefix, colon, local = definition["@id"].partition(":")
                iri = f"{context[prefix]}{local}" if colon and prefix in context else definition["@id"]
                self._terms[iri] = name, definition

    def compact(self, node: dict[str, Any]) -> dict[str, Any]:
        """Compact a node of an expanded document, its properties and their values in a fixed order."""
        start: dict[str, Any] = {self._name("@id"): node.pop("@id")}
        if kinds := node.pop(str(RDF.type), []):
            start[self._name("@type")] = _in_order([self._name(kind["@id"]) for kind in kinds])
        found: dict[str, Any] = {}
        for iri, values in node.items():
            for value in values:
                kind = "@id" if "@id" in value else self._name(value.get("@type", ""))
                name, definition = self._terms.get(iri, (self._name(iri), {}))
                if definition.get("@type", kind) != kind or ("@container" in definition and "@language" not in value):
                    name, definition = iri, {}
                if "@container" in definition:
                    found.setdefault(name, {}).setdefault(value["@language"], []).append(value["@value"])
                else:
                    found.setdefault(name, []).append(self._value(value, definition))
        return {**start, **_in_order(found)}

    def _name(self, iri: str) -> str:
        """Give the term of an IRI, else what it is by a prefix, else itself."""
        if iri in self._terms:
            return self._terms[iri][0]
        cut = max(iri.rfind("/"), iri.rfind("#")) + 1
        return f"{self._prefixes[iri[:cut]]}:{iri[cut:]}" if iri[:cut] in self._prefixes else iri

    def _value(self, value: dict[str, str], definition: dict[str, str]) -> Any:  # noqa: ANN401 - any JSON
        if "@id" in value:
            return value["@id"] if "@type" in definition else {self._name("@id"): value["@id"]}
        text, kind, language = value["@value"], value.get("@type"), value.get("@language")
        if kind == str(XSD.integer) and _WHOLE.fullmatch(text):
            return int(text)
        if "@type" in definition or (not kind and language == definition.get("@language")):
            return text
        typed = {self._name("@type"): self._name(kind)} if kind else {}
        return {"@value": text} | ({"@language": language} if language else {}) | typed


def _in_order(values: Any) -> Any:  # noqa: ANN401 - any JSON
    """Sort an object by its names and a list by its values, of which one stands for itself."""
    if isinstance(values, dict):
        return {name: _in_order(each) for name, each in sorted(values.items())}
    ordered = sorted(values, key=json.dumps)
    return ordered if len(ordered) > 1 else ordered[0]
