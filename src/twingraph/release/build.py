"""Releases: written whole or not at all, and opened again."""

from __future__ import annotations

import contextlib
import gzip
import hashlib
import json
import os
import zlib
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from rdflib import Graph, Literal, URIRef
from rdflib.namespace import DCTERMS, PROV, RDF, SDO

from twingraph import __version__
from twingraph.curation import findings
from twingraph.curation.derive import derive
from twingraph.curation.graph import (
    Curated,
    bind_prefixes,
    files_below,
    filled,
    read_catalogue,
    read_inputs,
    text_of,
    union,
)
from twingraph.curation.sources import read_bytes, read_text
from twingraph.curation.validate import (
    assessments,
    read_catalogue_shapes,
    read_shapes,
    validate,
    validate_catalogue,
)
from twingraph.errors import BadEpoch, InvalidData, NoRelease, OtherFormat
from twingraph.release import rdf, tables
from twingraph.release import void as catalog
from twingraph.release.catalogue import Catalogue, File
from twingraph.release.folder import recover, replaced
from twingraph.release.history import Version, described, read_history
from twingraph.release.records import LinkedTowns
from twingraph.settings import CATALOGUE, CHANGES, CHECKSUMS, CONTEXT, FORMAT, MANIFEST, QUADS, SHAPES, TERMS, VOID
from twingraph.vocab import DCAT, OA, ONTOLOGY, RDFG, slug_of, thing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from rdflib.term import Node

    from twingraph.curation.findings import Finding
    from twingraph.curation.graph import Triple

_INPUTS = ("data", "ontology", "shapes")
_LIBRARIES = ("pyoxigraph", "pyshacl", "rdflib")


@dataclass(frozen=True, slots=True)
class Built:
    """The data ready to be written: curated and derived statements, and what the rules found in them.

    shapes: the text of their files, one after the other. history: what changed with each version, the newest first.
    """

    curated: Curated
    context: dict[str, Any]
    shapes: str
    findings: list[Finding]
    fingerprints: dict[str, str]
    history: list[Version]
    catalogue: Catalogue


@dataclass(frozen=True, slots=True)
class Release:
    """A whole release in a folder, and its manifest."""

    folder: Path
    manifest: dict[str, Any]

    def load(self) -> LinkedTowns:
        """Read the dataset of the release, named graphs included."""
        towns = LinkedTowns()
        bind_prefixes(towns)
        towns.parse(self.folder / QUADS, format="nquads")
        return towns


def build(inputs: Path, folder: Path, tell: Callable[[str], None] = lambda _: None) -> Release:
    """Make a release of the inputs in a folder, in place of the one there.

    tell: is given a word of progress before each step. Raises BadInput where a file can not be used, InvalidData where
    a rule is broken, UnwritableTarget where the folder can not take it; the old release is then untouched.
    """
    built = assemble(inputs, tell)
    tell("write")
    return write(built, folder)


def assemble(inputs: Path, tell: Callable[[str], None] = lambda _: None) -> Built:
    """Read the inputs, add what follows from them, and hold all of it against the shapes; raises BadInput."""
    tell("read")
    # Before all else: what changes while it is read is then seen to be newer than the release.
    fingerprints = _fingerprints(inputs)
    curated = read_inputs(inputs)
    context = rdf.read_context(inputs / "ontology" / "context.jsonld")
    shapes = read_shapes(inputs / "shapes")
    history, listed = read_history(inputs / "data" / "changes"), read_catalogue(inputs)
    tell("derive")
    derive(curated)
    tell("validate")
    found = validate(curated, shapes, inputs)
    figures = [figure for figure, *_ in curated.dataset.quads((None, RDF.type, SDO.Observation, None))]
    name = thing("rule", "figure-assessment")
    curated.state(name, [(name, RDF.type, RDFG.Graph), *assessments(found, shapes, figures)])
    merged = union(curated.dataset)
    for name, stated in catalog.describe(_dataset_of(merged), merged):
        curated.state(name, stated)
    catalogue = Catalogue(listed, merged, _modified(merged, _dataset_of(merged)), history)
    if not findings.counts(found)["Violation"]:
        found += validate_catalogue(catalogue.graph(), listed, read_catalogue_shapes(inputs / "shapes"), inputs)
    texts = map(read_text, files_below(inputs / "shapes", "*.ttl"))
    return Built(curated, context, "\n".join(texts), sorted(found), fingerprints, history, catalogue)


def write(built: Built, folder: Path) -> Release:
    """Write every file of a release beside the folder, then put them in its place.

    Raises InvalidData where the findings hold a violation, and UnwritableTarget.
    """
    if (violations := findings.counts(built.findings)["Violation"]) > 0:
        raise InvalidData(violations)
    files = {name: content.encode() for name, content in _files(built)}
    files[f"{QUADS}.gz"] = gzip.compress(files[QUADS], mtime=0)
    sizes = {name: File(len(content), hashlib.sha256(content).hexdigest()) for name, content in files.items()}
    # The time of a release is that of its writing, where the environment sets one.
    catalogue = replace(built.catalogue, modified=json.loads(files[MANIFEST])["modified"])
    files[CATALOGUE] = catalogue.graph(sizes).serialize(format="turtle", encoding="utf-8")
    with replaced(folder, _is_release) as new:
        for name, content in files.items():
            path = new / name
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(content)
        (new / CHECKSUMS).write_bytes(_checksums(new).encode())
    return open_release(folder)


def open_release(folder: Path) -> Release:
    """Open the release in a folder.

    Raises NoRelease where a file is missing or is not what its checksum says, OtherFormat where it is of another one.
    """
    recover(folder)
    try:
        stated = (folder / CHECKSUMS).read_text("utf-8")
        if stated != _checksums(folder):
            raise NoRelease(folder, "a file differs from its checksum")
        manifest = json.loads((folder / MANIFEST).read_bytes())
    except (OSError, ValueError) as error:
        raise NoRelease(folder, getattr(error, "strerror", None) or str(error)) from None
    if manifest.get("format") != FORMAT:
        raise OtherFormat(folder, manifest.get("format"), FORMAT)
    return Release(folder, manifest)


def current_release(inputs: Path, folder: Path, tell: Callable[[str], None] = lambda _: None) -> Release:
    """Open the release in a folder, made anew first where there is none or its inputs or tools have changed since.

    Raises as `build` does.
    """
    with contextlib.suppress(NoRelease):
        release = open_release(folder)
        if (release.manifest["inputs"], release.manifest["tools"]) == (_fingerprints(inputs), _tools()):
            return release
    return build(inputs, folder, tell)


def _files(built: Built) -> Iterator[tuple[str, str]]:
    """Give the name and text of every file but those that follow from others."""
    towns = _in_order(built.curated)
    manifest = _manifest(built, towns)
    merged = _sorted_graph(towns.merged)
    quoting = _quoting(merged)
    facts = _sorted_graph(set(merged) - quoting)
    yield QUADS, _sorted_lines(towns.serialize(format="nquads"))
    yield "twingraph.trig", towns.serialize(format="trig")
    yield from _graph_files("twingraph", merged, {"ttl": "turtle", "nt": "nt", "rdf": "xml"})
    yield from _graph_files("facts", facts, {"ttl": "turtle", "nt": "nt"})
    yield from _graph_files("quotations", _sorted_graph(quoting), {"ttl": "turtle", "nt": "nt"})
    yield "twingraph.jsonld", rdf.write(rdf.convert(merged), rdf.FORMATS["jsonld"], built.context).decode()
    yield from _descriptions(built, towns)
    for form in ("csv", "geojson"):
        for name, content in tables.exports(form, towns, manifest["version"]):
            yield f"tables/{name}", content.decode()
    for source, page in built.curated.pages.items():
        yield f"sources/{slug_of(source)}.txt", page.text
    yield "report.ttl", findings.as_turtle(built.findings)
    yield "report.json", findings.as_json(built.findings)
    yield MANIFEST, json.dumps(manifest, ensure_ascii=False, indent=1) + "\n"


def _descriptions(built: Built, towns: LinkedTowns) -> Iterator[tuple[str, str]]:
    """Give what describes the data: the ontology, the shapes, the context, the endpoint with its VoID, the history."""
    graphs = [URIRef(str(graph.identifier)) for graph in towns.graphs() if len(graph)]
    service = catalog.service(_dataset_of(towns.merged), graphs, len(towns.merged))
    stated = [triple for slug in catalog.RULES for triple in towns.graph(thing("rule", slug))]
    yield TERMS, _sorted_graph(towns.graph(ONTOLOGY)).serialize(format="turtle")
    yield SHAPES, built.shapes
    yield CONTEXT, json.dumps(built.context, ensure_ascii=False, indent=1) + "\n"
    yield VOID, _sorted_graph({*service, *stated}).serialize(format="turtle")
    yield CHANGES, described(built.history, _dataset_of(towns.merged)).serialize(format="turtle")


def _quoting(merged: Graph) -> set[Triple]:
    """Give all that is said of quotes, and the words of mentions: these are the source's, all else is CC0."""
    quotes = set(merged.subjects(PROV.wasQuotedFrom))
    return {triple for triple in merged if triple[0] in quotes or triple[1] == OA.exact}


def _in_order(curated: Curated) -> LinkedTowns:
    """Copy the dataset in sorted order, because rdflib writes some formats in the order of insertion."""
    towns = LinkedTowns()
    bind_prefixes(towns)
    for s, p, o, name in sorted(curated.dataset.quads(), key=lambda quad: (str(quad[3]), *_key(quad[:3]))):
        towns.graph(name).add((s, p, o))
    return towns


def _sorted_graph(triples: Iterable[Triple]) -> Graph:
    # This store keeps the order of insertion; rdflib's default does not.
    return filled(Graph(store="SimpleMemory"), sorted(triples, key=_key))


def _key(triple: Triple) -> tuple[str, ...]:
    return tuple(node.n3() for node in triple)


def _graph_files(name: str, graph: Graph, formats: dict[str, str]) -> Iterator[tuple[str, str]]:
    for ending, syntax in formats.items():
        text = graph.serialize(format=syntax)
        yield f"{name}.{ending}", _sorted_lines(text) if syntax == "nt" else text


def _sorted_lines(text: str) -> str:
    return "".join(sorted(line + "\n" for line in text.split("\n") if line))


def _manifest(built: Built, towns: LinkedTowns) -> dict[str, Any]:
    """Say what the release is: version, day, counts, sources, inputs and tools."""
    merged = towns.merged
    dataset = _dataset_of(merged)
    return {
        "format": FORMAT,
        "title": _in_languages(merged, dataset, DCTERMS.title),
        "version": text_of(merged, dataset, DCAT.version),
        "modified": _modified(merged, dataset),
        "publisher": {"name": built.catalogue.publisher},
        "counts": _counts(towns),
        "findings": findings.counts(built.findings),
        "sources": [_source(merged, source, page.sha256, page.text) for source, page in built.curated.pages.items()],
        "inputs": built.fingerprints,
        "tools": _tools(),
    }


def _dataset_of(merged: Graph) -> URIRef:
    return URIRef(str(next(merged.subjects(RDF.type, DCAT.Dataset))))


def _tools() -> dict[str, str]:
    libraries = {name: version(name) for name in _LIBRARIES}
    return {"twingraph": __version__} | libraries | {"zlib": zlib.ZLIB_RUNTIME_VERSION}


def _modified(merged: Graph, dataset: Node) -> str:
    """Give the time of the release: SOURCE_DATE_EPOCH (reproducible-builds.org), else the day the data give."""
    epoch = os.environ.get("SOURCE_DATE_EPOCH")
    if epoch is None:
        return f"{text_of(merged, dataset, DCTERMS.modified)}T00:00:00Z"
    try:
        return datetime.fromtimestamp(int(epoch), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    except (ValueError, OverflowError, OSError):
        raise BadEpoch(epoch) from None


def _counts(towns: LinkedTowns) -> dict[str, int]:
    return {
        "quads": sum(1 for _ in towns.quads()),
        "triples": len(towns.merged),
        "named_graphs": len({graph for *_, graph in towns.quads()}),
        "quotes": len(set(towns.merged.subjects(PROV.wasQuotedFrom))),
        **{name: len(getattr(towns, name)) for name in _RECORDS},
    }


_RECORDS = ("towns", "twinnings", "agreements", "mentions", "figures", "activities")


def _source(merged: Graph, source: Node, sha256: str, text: str) -> dict[str, Any]:
    url = text_of(merged, source, SDO.url)
    return {"id": slug_of(source), "url": url, "sha256": sha256, "characters": len(text)}


def _in_languages(merged: Graph, subject: Node, term: Node) -> dict[str, str]:
    values = (value for value in merged.objects(subject, term) if isinstance(value, Literal))
    return dict(sorted((value.language or "", str(value)) for value in values))


def _fingerprints(inputs: Path) -> dict[str, str]:
    """Give the SHA-256 of every input file by its path below the inputs; raises UnreadableFile."""
    paths = (path for name in _INPUTS for path in files_below(inputs / name, "**/*") if path.is_file())
    return {path.relative_to(inputs).as_posix(): hashlib.sha256(read_bytes(path)).hexdigest() for path in paths}


def _is_release(folder: Path) -> bool:
    """Tell whether a folder holds files of a release and no other; they may be spoilt."""
    try:
        listed = {line.partition("  ")[2] for line in (folder / CHECKSUMS).read_text("utf-8").splitlines()}
    except (OSError, UnicodeDecodeError):
        return False
    present = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    return bool(listed) and present <= listed | {CHECKSUMS}


def _checksums(folder: Path) -> str:
    """Give the lines of SHA256SUMS, as `sha256sum --check` reads them."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file() and path.name != CHECKSUMS)
    digests = ((hashlib.sha256(path.read_bytes()).hexdigest(), path.relative_to(folder).as_posix()) for path in paths)
    return "".join(f"{digest}  {name}\n" for digest, name in digests)
