"""Graph and shapes to findings that a curator can act on."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property
from typing import TYPE_CHECKING

from rdflib import Graph, Literal, URIRef
from rdflib.namespace import PROV, RDF, RDFS, SDO

from twingraph.curation.graph import Curated, files_below, parse, selector, text_of, union
from twingraph.curation.lines import line_of
from twingraph.curation.sources import explain, read_text
from twingraph.errors import BadSource, UnreadableFile
from twingraph.settings import BASE, CATALOGUE
from twingraph.vocab import OA, PREFIXES, SH, SHAPE, TG, UNCITED, kind_of, slug_of, thing
from twingraph.words import text

if TYPE_CHECKING:
    from pathlib import Path

    from rdflib.term import Node

    from twingraph.curation.graph import Triple

SEVERITIES = ("Violation", "Warning", "Info")
"""From what stops a release to what is only a to-do."""

_MEND = text("mend the rule")
_QUOTE_FOUND = SHAPE["Quote-found"]


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """One thing that a rule found.

    severity: an index into SEVERITIES; file, line: where to mend it, counted from 1, "" and 0 where nothing stands;
    rule, record, path: IRIs; value: the offending value as text; messages in English and Latvian;
    sentence: the quote that states the value.
    """

    severity: int
    file: str
    line: int
    rule: str
    record: str
    path: str
    value: str
    message_en: str
    message_lv: str
    sentence: str

    def message(self, language: str) -> str:
        """Give the message in Latvian for `lv`, else in English."""
        return self.message_lv if language == "lv" else self.message_en


def read_shapes(folder: Path) -> Graph:
    """Read the rules for the data, every file of a folder but the one for the catalogue, into one graph.

    Raises UnreadableFile, WrongEncoding, BrokenSyntax and BadSource.
    """
    return _rules(folder, [path for path in files_below(folder, "*.ttl") if path.name != CATALOGUE])


def read_catalogue_shapes(folder: Path) -> Graph:
    """Read the rules for the catalogue; raises as `read_shapes` does."""
    return _rules(folder, files_below(folder, CATALOGUE))


def _rules(folder: Path, paths: list[Path]) -> Graph:
    shapes = Graph()
    for path in paths:
        for graph in parse(path, read_text(path)).graphs():
            shapes += graph
    if not shapes:
        raise BadSource(folder, "it holds no rules, so any data would pass", "tajā nav noteikumu, tāpēc derētu jebkas")
    return shapes


def validate(curated: Curated, shapes: Graph, inputs: Path) -> list[Finding]:
    """Hold the merged graph against the shapes (SHACL, with SPARQL constraints); worst findings first.

    inputs: the folder that the files of findings are named from. Raises UnreadableFile where a shape is none.
    """
    data = union(curated.dataset)
    return _Reader(curated, data, shapes, _report(data, shapes, inputs / "shapes"), inputs).findings()


def validate_catalogue(catalogue: Graph, curated: Curated, shapes: Graph, inputs: Path) -> list[Finding]:
    """Hold a catalogue against its rules, as `validate` does; curated: what of it stands in `data/catalog.ttl`."""
    whole = Curated(files=curated.files, texts=curated.texts)
    whole.state(next(iter(curated.files)), catalogue)
    return validate(whole, shapes, inputs)


def _report(data: Graph, shapes: Graph, folder: Path) -> Graph:
    # Loaded here because a server and a query, which open a release, validate nothing.
    import pyshacl  # noqa: PLC0415

    try:
        # The advanced features (SHACL-AF) are targets that a query selects.
        _, report, _ = pyshacl.validate(data, shacl_graph=shapes, inference="none", advanced=True)
    except Exception as error:  # what pyshacl and rdflib raise for a rule that is none has no class in common
        raise UnreadableFile(folder, _first_line(error), _MEND) from error
    if not isinstance(report, Graph):
        raise UnreadableFile(folder, _first_line(report), _MEND)
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
            triples.append((figure, RDFS.comment, Literal(_reason(doubt.message_en), "en")))
            triples.append((figure, RDFS.comment, Literal(_reason(doubt.message_lv), "lv")))
    return triples


def _reason(message: str) -> str:
    """Give the first sentence of a message; what follows is for the curator."""
    return message.partition(". ")[0] + "."


@dataclass(frozen=True)
class _Reader:
    """Reads a validation report against the files that the data came from."""

    curated: Curated
    data: Graph
    shapes: Graph
    report: Graph
    inputs: Path

    def findings(self) -> list[Finding]:
        """Give one finding for each result, in a fixed order."""
        return sorted({self._finding(result) for result in self.report.objects(None, SH.result)})

    def _finding(self, result: Node) -> Finding:
        record, rule = self._get(result, SH.focusNode), self._get(result, SH.sourceShape)
        path, value = self.report.value(result, SH.resultPath), self.report.value(result, SH.value)
        path = path if isinstance(path, URIRef) else None
        graph = self._graph(record, path, value)
        file, line = self._place(graph, record, path, value)
        shown, (hint_en, hint_lv) = _shown(value), self._hint(rule, record, path, value)
        return Finding(
            severity=SEVERITIES.index(slug_of(self._get(result, SH.resultSeverity))),
            file=file,
            line=line,
            rule=str(rule),
            record=str(record),
            path=str(path or ""),
            value=shown,
            message_en=f"{self._message(rule, shown, 'en')} {hint_en}".rstrip(),
            message_lv=f"{self._message(rule, shown, 'lv')} {hint_lv}".rstrip(),
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

    def _get(self, result: Node, term: Node) -> Node:
        value = self.report.value(result, term)
        return value if value is not None else SHAPE.unnamed

    def _message(self, rule: Node, value: str, language: str) -> str:
        """Give the rule's message in a language, filled by us: pyshacl loses the language where it fills one."""
        messages = (text for text in self.shapes.objects(rule, SH.message) if isinstance(text, Literal))
        return str(next((text for text in messages if text.language == language), "")).replace("{?value}", value)

    def _graph(self, record: Node, path: Node | None, value: Node | None) -> Node | None:
        """Find the curated graph in which the record has the value, or the property, or is stated at all."""
        if isinstance(record, URIRef) and record in self.curated.files:
            return record
        source = self.data.value(record, PROV.wasQuotedFrom)
        if source is not None:
            return record
        for pattern in ((record, path, value), (record, path, None), (record, None, None)):
            names = (name for *_, name in self.curated.dataset.quads((*pattern, None)) if name in self.curated.files)
            if (first := min(names, key=_quotes_first, default=None)) is not None:
                return first
        return self.data.value(record, SDO.isPartOf)

    def _hint(self, rule: Node, record: Node, path: Node | None, value: Node | None) -> tuple[str, str]:
        """Add what the shape can not know: where a lost quote nearly stands, which names are near an unknown one."""
        source = self.data.value(record, PROV.wasQuotedFrom)
        if rule == _QUOTE_FOUND and source in self.curated.pages:
            return explain(selector(self.data, record), self.curated.pages[source].text)
        near: list[str] = []
        if (rule, SH.closed, None) in self.shapes and path is not None:
            near = get_close_matches(slug_of(path), self._properties(rule), n=2)
        elif isinstance(value, URIRef) and value.startswith(BASE) and value not in self._described:
            near = get_close_matches(slug_of(value), self._slugs_like(value), n=2)
        names = ", ".join(near)
        return (f"Nearest names: {names}.", f"Tuvākie nosaukumi: {names}.") if near else ("", "")

    def _properties(self, rule: Node) -> list[str]:
        """Give the names of the properties that a closed shape knows."""
        lists = self.shapes.objects(rule, SH.ignoredProperties)
        return [slug_of(term) for known in lists for term in self.shapes.items(known)]

    @cached_property
    def _described(self) -> set[Node]:
        return set(self.data.subjects(RDF.type))

    def _slugs_like(self, iri: URIRef) -> list[str]:
        folder = iri.removesuffix(slug_of(iri))
        return [slug_of(node) for node in self._described if str(node).startswith(folder)]


def _first_line(reason: object) -> str:
    return next(iter(str(reason).splitlines()), "").rstrip(".")


def _quotes_first(graph: Node) -> tuple[bool, str]:
    return kind_of(graph) != "quote", str(graph)


def _shown(value: Node | None) -> str:
    """Show a value as a curator writes it: a literal's text, a thing of ours by its short name."""
    if value is None:
        return ""
    for prefix, namespace in PREFIXES.items():
        if isinstance(value, URIRef) and value.startswith(namespace):
            return f"{prefix}:{value[len(namespace) :]}"
    return str(value)
