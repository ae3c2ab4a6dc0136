"""Triples, written in the formats that are asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pyoxigraph import BlankNode, NamedNode, RdfFormat, Triple, parse, serialize

from twingraph.vocab import CATALOGUE_PREFIXES, PREFIXES

if TYPE_CHECKING:
    from collections.abc import Iterable

FORMATS = {
    "ttl": "text/turtle",
    "jsonld": "application/ld+json",
    "nt": "application/n-triples",
    "rdf": "application/rdf+xml",
}
"""The media types that a document comes in, by the ending of its name."""


def read(text: bytes) -> list[Triple]:
    """Read Turtle of our own making; blank nodes are numbered as they come, so that they are written the same."""
    known: dict[object, BlankNode] = {}

    def numbered(term: Any) -> Any:  # noqa: ANN401 - any term
        return known.setdefault(term, BlankNode(f"b{len(known):04}")) if isinstance(term, BlankNode) else term

    triples = [quad.triple for quad in parse(text, format=RdfFormat.TURTLE)]
    return [Triple(numbered(s), p, numbered(o)) for s, p, o in triples]


def moved(triples: Iterable[Triple], old: str, new: str) -> list[Triple]:
    """Put one IRI in the place of another, as subject and object."""
    known = {NamedNode(old): NamedNode(new)}
    return [Triple(known.get(s, s), p, known.get(o, o)) for s, p, o in triples]


def written(
    triples: Iterable[Triple], media_type: str, context: dict[str, Any] | None = None, first: str = ""
) -> bytes:
    """Write triples, each once and in a fixed order.

    media_type: one of `FORMATS`; context: a JSON-LD context to compact with, put in; without it JSON-LD is
    expanded. first: the subject to begin with.
    """
    lines = {str(triple): triple for triple in triples}
    ordered = [lines[line] for line in sorted(lines, key=lambda line: (not line.startswith(f"<{first}> "), line))]
    if media_type == FORMATS["ttl"]:
        return _turtle(ordered)
    body = serialize(ordered, format=RdfFormat.from_media_type(media_type)) or b""
    if context is None or media_type != FORMATS["jsonld"]:
        return body
    # Here because few askers want JSON-LD, and its library takes longer to load than the rest of the answer.
    from twingraph.release.jsonld import compacted  # noqa: PLC0415

    return compacted(body, context).encode()


def _turtle(triples: list[Triple]) -> bytes:
    """Write Turtle with the prefixes that it uses, sorted: the library declares them in another order every time."""
    text = "\n".join(map(str, triples))
    used = {prefix: iri for prefix, iri in (PREFIXES | CATALOGUE_PREFIXES).items() if f"<{iri}" in text}
    body = serialize(triples, format=RdfFormat.TURTLE, prefixes=used) or b""
    lines = body.splitlines(keepends=True)
    return b"".join([*sorted(lines[: len(used)]), *lines[len(used) :]])
