"""Graph and shapes to findings that a curator can act on."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property
from typing import TYPE_CHECKING, Any

import pyoxigraph
from rdflib import Graph, Literal, URIRef
from rdflib.namespace import PROV, RDF, RDFS, SDO

from twingraph.curation.findings import SEVERITIES, Finding
from twingraph.curation.graph import Curated, files_below, line_of, parse, selector, text_of, to_oxigraph, to_rdflib
from twingraph.curation.sources import explain, read_text
from twingraph.errors import BadInput, UnreadableFile
from twingraph.settings import BASE, CATALOGUE
from twingraph.vocab import OA, PREFIXES, SH, SHAPE, TG, UNCITED, kind_of, slug_of, thing
from twingraph.words import Text, text

if TYPE_CHECKING:
    from pathlib import Path

    from rdflib.term import Node

    from twingraph.curation.graph import Triple

_TARGETS = {SH.targetNode, SH.targetClass, SH.targetSubjectsOf, SH.targetObjectsOf}
_NO_CONSTRAINTS = {RDF.type, SH.name, SH.message, SH.severity, SH.property}
"""What a node shape may say without asking anything of its targets but what its property shapes ask."""


def read_shapes(folder: Path, *, of_catalogue: bool = False) -> Graph:
    """Read the rules for the data or, where asked for, those for the catalogue, which have a file of their own.

    Raises BadInput.
    """
    shapes = Graph()
    for path in files_below(folder, "*.ttl"):
        if (path.name == CATALOGUE) == of_catalogue:
            for triple in parse(path, read_text(path)):
                shapes.add(triple[:3])
    if not shapes:
        raise BadInput(folder, text("it holds no rules, so any data would pass"))
    # The targets of a node shape go to its property shapes where these are all that it asks: pyshacl checks every node
    # of a node shape by itself, and those of a property shape together.
    for shape in set(shapes.subjects(SH.property)):
        if set(shapes.predicates(shape)) <= _NO_CONSTRAINTS | _TARGETS:
            for term in _TARGETS:
                for target in set(shapes.objects(shape, term)):
                    shapes.remove((shape, term, target))
                    for each in shapes.objects(shape, SH.property):
                        shapes.add((each, term, target))
    return shapes


def validate(curated: Curated, shapes: Graph, inputs: Path) -> list[Finding]:
    """Hold the merged graph against the shapes (SHACL, with SPARQL targets); worst findings first.

    inputs: the folder that the files of findings are named from. Raises UnreadableFile where a shape is none.
    """
    report = run(curated.merged, shapes, inputs / "shapes")
    reader = _Reader(curated, curated.merged, shapes, inputs)
    results = report.objects(None, SH.result)
    return sorted({reader.finding(dict(report.predicate_objects(result))) for result in results})


def run(data: Graph, shapes: Graph, folder: Path) -> Graph:
    """Hold a graph against shapes and give the SHACL validation report.

    folder: of the shapes, which the error names. Raises UnreadableFile where a shape is none.
    """
    # Loaded here because a server and a query, which open a release, validate nothing.
    import pyshacl  # noqa: PLC0415

    # By pyoxigraph, because rdflib takes most of a second to parse these queries and to join what they ask for.
    store = pyoxigraph.Store()
    store.extend(pyoxigraph.Quad(*map(to_oxigraph, triple)) for triple in data)
    declared = shapes.objects(None, SH.declare)
    prefixes = {text_of(shapes, each, SH.prefix): text_of(shapes, each, SH.namespace) for each in declared}
    targets: list[Triple] = []
    try:
        for shape, target in shapes.subject_objects(SH.target):
            rows: Any = store.query(text_of(shapes, target, SH.select), prefixes=prefixes)
            targets += [(shape, SH.targetNode, to_rdflib(row["this"])) for row in rows]
        # Put in and taken out again: to copy the rules takes longer than to check a few records.
        for triple in targets:
            shapes.add(triple)
        _, report, _ = pyshacl.validate(data, shacl_graph=shapes, inference="none", inplace=True)
    except Exception as error:  # noqa: BLE001 - what the libraries raise for a rule that is none has no class in common
        report = error
    finally:
        for triple in targets:
            shapes.remove(triple)
    if not isinstance(report, Graph):
        reason = next(iter(str(report).splitlines()), "").rstrip(".")
        raise UnreadableFile(folder, reason, text("mend the rule"))
    return report


def assessments(findings: list[Finding], shapes: Graph, figures: list[Node]) -> list[Triple]:
    """Say of each figure whether a rule doubts it, and why (rule:figure-assessment).

    The rules that doubt are those to which the shapes give the assessment that they stand for.
    """
    doubting = {str(rule) for rule in shapes.subjects(TG.assessment)}
    triples: list[Triple] = []
    for figure in figures:
        doubts = [finding for finding in findings if finding.record == str(figure) and finding.rule in doubting]
        verdict = "implausible" if doubts else "plausible"
        triples.append((figure, TG.assessment, thing("assessment", verdict)))
        for doubt in doubts:
            for language in ("en", "lv"):
                # The first sentence; what follows is for the curator.
                reason = doubt.message(language).partition(". ")[0] + "."
                triples.append((figure, RDFS.comment, Literal(reason, language)))
    return triples


@dataclass(frozen=True)
class _Reader:
    """Reads results of validation against the files that the data came from."""

    curated: Curated
    data: Graph
    shapes: Graph
    inputs: Path

    def finding(self, result: dict[Node, Node]) -> Finding:
        """Give a result, by its properties, as a finding."""
        record, rule = result[SH.focusNode], result[SH.sourceShape]
        path, value = result.get(SH.resultPath), result.get(SH.value)
        path = path if isinstance(path, URIRef) else None
        graph, hint = self._graph(record, path, value), self._hint(rule, record, path, value)
        file, line = self._place(graph, record, path, value)
        # As a curator writes it: a literal's text, a thing of ours by its short name.
        shown = "" if value is None else str(value)
        for prefix, namespace in PREFIXES.items():
            if isinstance(value, URIRef) and value.startswith(namespace):
                shown = f"{prefix}:{value[len(namespace) :]}"
                break
        # Filled here, because pyshacl loses the language where it fills a message.
        messages = {each.language: each for each in self.shapes.objects(rule, SH.message) if isinstance(each, Literal)}
        english, latvian = (
            " ".join([messages[each].replace("{?value}", shown), *([hint.in_language(each)] if hint else [])])
            for each in ("en", "lv")
        )
        return Finding(
            severity=SEVERITIES.index(slug_of(result[SH.resultSeverity])),
            file=file,
            line=line,
            rule=str(rule),
            record=str(record),
            path=str(path or ""),
            value=shown,
            message_en=english,
            message_lv=latvian,
            sentence="" if graph is None else text_of(self.data, graph, OA.exact),
        )

    def _place(self, graph: Node | None, record: Node, path: Node | None, value: Node | None) -> tuple[str, int]:
        """Give the file, named from the inputs, and the line at which a statement stands; "" and 0 if in none."""
        if graph is None or graph not in self.curated.files:
            return "", 0
        files = self.curated.files[graph]
        stated = self.curated.dataset.graph(UNCITED) if record == UNCITED else [(record, path, value)]
        places = [(file, line_of(self.curated.texts[file], graph, *triple)) for file in files for triple in stated]
        file, line = min((place for place in places if place[1] > 0), default=(files[0], 1))
        return file.relative_to(self.inputs).as_posix(), line

    def _graph(self, record: Node, path: Node | None, value: Node | None) -> Node | None:
        """Find the curated graph in which the record has the value, or the property, or is stated at all."""
        if record in self.curated.files or self.data.value(record, PROV.wasQuotedFrom) is not None:
            return record
        for pattern in ((record, path, value), (record, path, None), (record, None, None)):
            names = (name for *_, name in self.curated.dataset.quads((*pattern, None)) if name in self.curated.files)
            # A quote rather than other evidence.
            first = min(names, key=lambda name: (kind_of(name) != "quote", str(name)), default=None)
            if first is not None:
                return first
        return self.data.value(record, SDO.isPartOf)

    def _hint(self, rule: Node, record: Node, path: Node | None, value: Node | None) -> Text | None:
        """Add what the shape can not know: where a lost quote nearly stands, which names are near an unknown one."""
        source = self.data.value(record, PROV.wasQuotedFrom)
        if rule == SHAPE["Quote-found"] and source in self.curated.pages:
            return explain(self.curated.pages[source], *selector(self.data, record))
        near: list[str] = []
        if path is not None and (rule, SH.closed, None) in self.shapes:
            lists = self.shapes.objects(rule, SH.ignoredProperties)
            properties = [slug_of(term) for known in lists for term in self.shapes.items(known)]
            near = get_close_matches(slug_of(path), properties, n=2)
        elif isinstance(value, URIRef) and value.startswith(BASE) and value not in self._described:
            folder = value.removesuffix(slug_of(value))
            slugs = [slug_of(node) for node in self._described if str(node).startswith(folder)]
            near = get_close_matches(slug_of(value), slugs, n=2)
        return text("Nearest names: %(names)s.", names=", ".join(near)) if near else None

    @cached_property
    def _described(self) -> set[Node]:
        return set(self.data.subjects(RDF.type))
