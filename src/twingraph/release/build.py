"""Releases made: the inputs read, completed and checked, and every file that follows from them, in the same bytes."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import re
import zlib
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pyoxigraph import Literal, NamedNode
from rdflib import URIRef
from rdflib.namespace import DCTERMS, FOAF, PROV, RDF, RDFS, SDO, SKOS

from twingraph import __version__, settings
from twingraph.curation import findings, graph
from twingraph.curation.derive import derive
from twingraph.curation.gazetteer import populations
from twingraph.errors import InvalidData
from twingraph.query.questions import find_defaults
from twingraph.release import rdf
from twingraph.release.catalogue import Catalogue
from twingraph.release.changes import read_history
from twingraph.release.folder import open_release, publish
from twingraph.release.records import LinkedTowns
from twingraph.release.tables import FORMS, export
from twingraph.release.void import describe
from twingraph.settings import FORMAT, input_folder
from twingraph.vocab import DCAT, OA, ONTOLOGY, RDFG, TG, base, base_of, kind_of, rebase, slug_of, split, thing, use
from twingraph.words import Text, ntext, text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from pyoxigraph import Quad, Triple

    from twingraph.curation.findings import Finding
    from twingraph.release.folder import Release

_AS_PRINTED = {OA.exact, SKOS.hiddenLabel, TG.asPrinted, TG.dateAsPrinted, TG.typeAsPrinted}
_NAMES = {RDFS.label, SDO.alternateName, SDO.name, SKOS.prefLabel}
"""The properties whose values are names, of all but activities: those are told of in a sentence."""


@dataclass(frozen=True, slots=True)
class Built:
    """The data ready to be written: curated and derived statements, and what the rules found in them.

    shapes: the text of their files, one after the other. fingerprints: the SHA-256 of each file of the inputs.
    lines: where the block of each named graph begins, by kind and slug, as a file of the inputs and a line.
    """

    curated: graph.Curated
    context: dict[str, Any]
    shapes: str
    findings: list[Finding]
    fingerprints: dict[str, str]
    catalogue: Catalogue
    lines: dict[str, str]


def assemble(inputs: Path, tell: Callable[[Text | str], None] = lambda _: None, *, gazetteer: bool = False) -> Built:
    """Read the inputs, add what follows from them, and hold all of it against the shapes; raises BadInput.

    gazetteer: whether to hold figures against what GeoNames has on file too; of that, the data say nothing.
    """
    tell("read")
    # Before all else: what changes while it is read is then seen to be newer than the release.
    sums, rules = fingerprints(inputs), input_folder(inputs, "shapes")
    curated = graph.read_inputs(inputs)
    context = rdf.read_context(input_folder(inputs, "ontology") / "context.jsonld")
    shapes = findings.read_shapes(rules)
    catalogue = Catalogue(
        graph.read_catalogue(inputs), curated.merged, read_history(input_folder(inputs, "data") / "changes")
    )
    tell("derive")
    derive(curated)
    tell("validate")
    known = [*populations(curated.merged)] if gazetteer else []
    found = findings.validate(curated, shapes, inputs, known)
    figures = [figure for figure, *_ in curated.dataset.quads((None, RDF.type, SDO.Observation, None))]
    name = thing("rule", "figure-assessment")
    curated.state(name, [(name, RDF.type, RDFG.Graph), *findings.assessments(found, shapes, figures)])
    if not findings.counts(found)["Violation"]:
        whole = graph.Curated(files=catalogue.curated.files, texts=catalogue.curated.texts)
        whole.state(next(iter(whole.files)), catalogue.graph())
        found += findings.validate(whole, findings.read_shapes(rules, of_catalogue=True), inputs)
    texts = (rebase(graph.read_text(path)) for path in graph.files_below(rules, "*.ttl"))
    return Built(curated, context, "\n".join(texts), sorted(found), sums, catalogue, _lines(curated, inputs))


def _lines(curated: graph.Curated, inputs: Path) -> dict[str, str]:
    folder, found = input_folder(inputs, "data"), {}
    for name, place in curated.blocks.items():
        file, _, line = place.rpartition(":")
        if kind_of(name) and Path(file).is_relative_to(folder):
            found["/".join(split(name)[:2])] = f"data/{Path(file).relative_to(folder).as_posix()}:{line}"
    return dict(sorted(found.items()))


def write(built: Built, folder: Path) -> Release:
    """Put every file of a release in the place of the one in a folder.

    Raises InvalidData where the findings hold a violation, NotXml, and UnwritableTarget.
    """
    if (violations := findings.counts(built.findings)["Violation"]) > 0:
        words = ntext(
            "No release is made of these data: they break the rules once; `twingraph validate` says where.",
            "No release is made of these data: they break the rules %(number)s times; `twingraph validate` says where.",
            violations,
        )
        raise InvalidData(words)
    # Other data may have been read in this process since.
    use(base_of(built.catalogue.dataset))
    towns, catalogue, turtle = LinkedTowns.of(built.curated), built.catalogue, rdf.FORMATS["ttl"]
    quads = list(rdf.convert(towns.quads()))
    defaults = find_defaults(quads)
    manifest = _manifest(built, towns, quads) | {"defaults": defaults}
    merged, written = {quad.triple for quad in quads}, rdf.write(quads, "application/n-quads")
    quoting = _quoting(merged, built.curated.pages.values())
    graphs = {URIRef(quad.graph_name.value) for quad in quads}
    terms = (quad.triple for quad in quads if quad.graph_name.value == str(ONTOLOGY))
    files = {
        settings.QUADS: written,
        f"{settings.QUADS}.gz": gzip.compress(written, mtime=0),
        "twingraph.trig": rdf.write(quads, "application/trig"),
        **{f"twingraph.{ending}": rdf.write(merged, media, built.context) for ending, media in rdf.FORMATS.items()},
        **{f"facts.{ending}": rdf.write(merged - quoting, rdf.FORMATS[ending]) for ending in ("ttl", "nt")},
        **{f"quotations.{ending}": rdf.write(quoting, rdf.FORMATS[ending]) for ending in ("ttl", "nt")},
        settings.TERMS: rdf.write(terms, turtle),
        settings.SHAPES: built.shapes.encode(),
        settings.CONTEXT: _json(built.context),
        settings.VOID: rdf.write(describe(catalogue.facts, graphs, defaults, catalogue.rights), turtle),
        settings.CHANGES: rdf.write(rdf.convert(catalogue.history), turtle),
        **{f"tables/{name}": table for form in FORMS for name, table in export(form, towns, manifest)},
        **{f"sources/{slug_of(source)}.txt": page.encode() for source, page in built.curated.pages.items()},
        "report.ttl": findings.as_turtle(built.findings).encode(),
        "report.json": findings.as_json(built.findings).encode(),
        settings.MANIFEST: _json(manifest),
    }
    files[settings.CATALOGUE] = rdf.write(rdf.convert(catalogue.graph(files)), turtle)
    publish(folder, files, manifest["version"])
    return open_release(folder)


def _quoting(merged: set[Triple], pages: Iterable[str]) -> set[Triple]:
    """Give the statements in words of a page, which are not ours to give away; all else is CC0.

    These are all that is said of quotes and their places, what is as printed, and each text that has five words of a
    page in a row, or of three or four of them all, unless it is a name.
    """
    quoted, printed, names = (
        NamedNode(PROV.wasQuotedFrom),
        set(map(NamedNode, _AS_PRINTED)),
        set(map(NamedNode, _NAMES)),
    )
    about = {subject.value for subject, term, _ in merged if term == quoted}
    told = {subject for subject, _, kind in merged if kind == NamedNode(SDO.Event)}
    phrases = {run for page in pages for length in (3, 4, 5) for run in _runs(page, length)}

    def quotes(triple: Triple) -> bool:
        subject, term, value = triple
        if term in printed or subject.value.partition("#")[0] in about:
            return True
        is_text = isinstance(value, Literal) and " " in value.value and (term not in names or subject in told)
        return is_text and not phrases.isdisjoint(_runs(value.value, 5))

    return {triple for triple in merged if quotes(triple)}


def _runs(words: str, length: int) -> set[tuple[str, ...]]:
    """Give each so many words in a row of a text, all of a shorter one, in small letters and without numbers."""
    found = re.findall(r"[^\W\d_]+", words.lower())
    return {*zip(*(found[start:] for start in range(min(length, len(found)))), strict=False)}


def fingerprints(inputs: Path) -> dict[str, str]:
    """Give the SHA-256 of each file of the inputs, by folder and name."""
    folders = {name: input_folder(inputs, name) for name in graph.FILES}
    return {
        f"{name}/{path.relative_to(folder).as_posix()}": hashlib.sha256(graph.read_bytes(path)).hexdigest()
        for name, folder in folders.items()
        for path in graph.files_below(folder, "**/*")
        if path.is_file()
    }


def open_or_build(inputs: Path, folder: Path, tell: Callable[[Text | str], None] = lambda _: None) -> Release:
    """Open the release in a folder; where nothing is there, make one of the inputs first.

    What is there is never made again, whatever it was made of. tell: is given a word of progress before each step, and
    that what is there was made of other data.
    Raises as `open_release`, `assemble` and `write` do.
    """
    if not os.path.lexists(folder):
        tell(text("%(folder)s is made, of the data in %(inputs)s.", folder=folder, inputs=inputs))
        built = assemble(inputs, tell)
        tell("write")
        return write(built, folder)
    release = open_release(folder)
    if release.manifest.get("inputs") != fingerprints(inputs):
        words = text(
            "%(folder)s was made of other data than those in %(inputs)s; `twingraph build` makes it anew.",
            folder=folder,
            inputs=inputs,
        )
        tell(words)
    return release


def _json(value: Mapping[str, Any]) -> bytes:
    return (json.dumps(value, ensure_ascii=False, indent=1) + "\n").encode()


def _manifest(built: Built, towns: LinkedTowns, quads: list[Quad]) -> dict[str, Any]:
    """Say what the release is: version, day, counts, sources, inputs and tools."""
    catalogue, facts = built.catalogue, built.catalogue.facts

    def words(term: URIRef) -> dict[str, str]:
        return dict(sorted(graph.texts_of(facts, catalogue.dataset, term).items()))

    publisher = catalogue.curated.merged.value(catalogue.dataset, DCTERMS.publisher) or catalogue.dataset
    records = ("towns", "twinnings", "agreements", "mentions", "figures", "activities")
    libraries = {name: version(name) for name in ("pyoxigraph", "pyshacl", "rdflib")}
    return {
        "format": FORMAT,
        "base": base(),
        "title": words(DCTERMS.title),
        "name": words(DCTERMS.alternative) or words(DCTERMS.title),
        "description": words(DCTERMS.description),
        "version": catalogue.fact(DCAT.version),
        "modified": catalogue.modified,
        "publisher": {"name": graph.text_of(catalogue.curated.merged, publisher, FOAF.name)},
        "counts": {
            "quads": len(quads),
            "triples": len(facts),
            "named_graphs": len({quad.graph_name for quad in quads}),
            "quotes": len(set(facts.subjects(PROV.wasQuotedFrom))),
            # Of what the tables hold, a row for each source, since the lists of things are read by nobody here.
            **{name: len({getattr(each, "slug", each) for each in towns.by_source(name)}) for name in records},
        },
        "findings": findings.counts(built.findings),
        "sources": [
            {
                "id": slug_of(each),
                "url": graph.text_of(facts, each, SDO.url),
                "sha256": hashlib.sha256(page.encode()).hexdigest(),
                "characters": len(page),
            }
            for each, page in built.curated.pages.items()
        ],
        "cited": [
            {"id": slug_of(each), "url": graph.text_of(facts, each, SDO.url)}
            for each in sorted({*facts.subjects(RDF.type, SDO.WebPage)} - {*built.curated.pages}, key=str)
        ],
        "inputs": built.fingerprints,
        "lines": built.lines,
        "tools": {"twingraph": __version__, **libraries, "zlib": zlib.ZLIB_RUNTIME_VERSION},
    }
