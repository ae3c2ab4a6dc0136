"""The catalogue as a stream by which portals stay in step: DCAT-AP Feeds, which are Linked Data Event Streams."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from pyoxigraph import Literal, NamedNode, Quad, RdfFormat, Triple, serialize
from rdflib.namespace import RDF, XSD

from twingraph.settings import BASE
from twingraph.vocab import AS, CATALOGUE_PREFIXES, DCAT, HISTORY, LDES, PREFIXES, TREE, part

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from pyoxigraph import BlankNode
    from rdflib import URIRef

    Node = NamedNode | BlankNode | Literal | Triple

_ENTITIES = {str(kind) for kind in (DCAT.Catalog, DCAT.CatalogRecord, DCAT.Dataset, DCAT.DataService)}
_PREFIXES = PREFIXES | CATALOGUE_PREFIXES | {"as": str(AS), "ldes": str(LDES), "tree": str(TREE)}
_STREAM = part(HISTORY, "stream")


def stream(catalogue: Iterable[Triple], version: str, modified: str, address: str, *, is_first: bool) -> bytes:
    """Write as TriG that each entity of a catalogue was created or updated, each as the graph of that activity tells.

    version, modified: of the release, the second an xsd:dateTime. is_first: whether there was none before it.
    address: where this is served. What earlier releases told is not kept, and the stream says so.
    """
    stated: dict[Node, list[Triple]] = defaultdict(list)
    for triple in catalogue:
        stated[triple.subject].append(triple)
    entities = {node for node, triples in stated.items() if any(map(_types_an_entity, triples))}
    quads = list(_stream(address))
    for entity in sorted(entities, key=str):
        activity = part(HISTORY, version, getattr(entity, "value", "").removeprefix(f"{BASE}id/"))
        quads.append(_quad(_STREAM, TREE.member, activity))
        quads.append(_quad(activity, RDF.type, AS.Create if is_first else AS.Update))
        quads.append(_quad(activity, AS.object, entity))
        quads.append(_quad(activity, AS.published, Literal(modified, datatype=NamedNode(XSD.dateTime))))
        quads += [Quad(s, p, o, NamedNode(activity)) for s, p, o in _told(entity, stated, entities)]
    return _written(quads)


def _stream(address: str) -> Iterator[Quad]:
    kept = part(HISTORY, "stream", "kept")
    yield _quad(_STREAM, RDF.type, LDES.EventStream)
    yield _quad(_STREAM, LDES.timestampPath, AS.published)
    yield _quad(_STREAM, LDES.versionOfPath, AS.object)
    yield _quad(_STREAM, TREE.view, address)
    yield _quad(address, RDF.type, TREE.Node)
    yield _quad(address, LDES.retentionPolicy, kept)
    yield _quad(kept, RDF.type, LDES.LatestVersionSubset)
    yield _quad(kept, LDES.versionAmount, Literal(1))


def _quad(subject: str, term: URIRef, value: str | Node) -> Quad:
    return Quad(NamedNode(subject), NamedNode(term), NamedNode(value) if isinstance(value, str) else value)


def _types_an_entity(triple: Triple) -> bool:
    return triple.predicate.value == str(RDF.type) and getattr(triple.object, "value", "") in _ENTITIES


def _told(entity: Node, stated: Mapping[Node, list[Triple]], entities: set[Node]) -> Iterator[Triple]:
    """Give what is stated of an entity and, in turn, of all that it refers to but other entities."""
    found, to_do = {entity}, [entity]
    while to_do:
        for triple in stated.get(to_do.pop(), ()):
            yield triple
            if triple.object not in found | entities:
                found.add(triple.object)
                to_do.append(triple.object)


def _written(quads: list[Quad]) -> bytes:
    """Write quads in a fixed order, with the prefixes that they use."""
    quads.sort(key=lambda quad: (str(quad.graph_name), str(quad)))
    text = "\n".join(map(str, quads))
    used = {prefix: iri for prefix, iri in _PREFIXES.items() if f"<{iri}" in text}
    lines = (serialize(quads, format=RdfFormat.TRIG, prefixes=used) or b"").splitlines(keepends=True)
    # The library declares prefixes in another order every time.
    return b"".join([*sorted(lines[: len(used)]), *lines[len(used) :]])
