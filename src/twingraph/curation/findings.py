"""What the rules find in the data: read from a SHACL report, and written for people, as JSON, as SARIF or as Turtle."""

from __future__ import annotations

import json
import re
import unicodedata
from difflib import SequenceMatcher, get_close_matches
from functools import lru_cache, partial
from itertools import chain, product
from typing import TYPE_CHECKING, Any, NamedTuple

import pyoxigraph
from rdflib import Graph, Literal, URIRef
from rdflib.namespace import DCTERMS, PROV, RDF, RDFS, SDO

from twingraph import __version__
from twingraph.curation.derive import claims_in, source_of
from twingraph.curation.graph import (
    FILES,
    files_below,
    filled,
    find,
    nearest_passage,
    read_text,
    selector,
    text_of,
)
from twingraph.curation.turtle import escape, line_of, parse, to_oxigraph, to_rdflib
from twingraph.errors import BadInput, UnreadableFile
from twingraph.settings import BASE, CATALOGUE, input_folder
from twingraph.vocab import OA, SH, SHAPE, SHOWN, TG, UNCITED, address, kind_of, rebase, shorten, slug_of, thing
from twingraph.words import Text, render, text

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator
    from pathlib import Path

    from rdflib.term import Node

    from twingraph.curation.graph import Curated, Triple
    from twingraph.errors import BrokenSyntax

SEVERITIES = ("Violation", "Warning", "Info")
"""From what stops a release to what is only a to-do."""
_LEVELS = ("error", "warning", "note")
_ROOT = "%SRCROOT%"
"""What SARIF calls the folder that names of files begin at."""
_GAP = re.compile(r"\{\?(\w+)\}")
"""What the query of a rule fills in its message."""
_SIGNS = re.compile(r"\w+|[^\w]")
_UNSEEN = {
    "": text("nothing"),
    " ": text("a space"),
    "\n": text("the end of the line"),
    "\r": text("a carriage return (\\r)"),
    "\N{NO-BREAK SPACE}": text("a no-break space (\\u00A0)"),
}
"""The names of what is not seen when it is shown."""


class Finding(NamedTuple):
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


_MANY = {DCTERMS.type, TG.statedIn, TG.statusStatedIn}
"""The properties of which what is shown of a thing may have several values that do not contradict each other."""
_TARGETS = {SH.targetNode, SH.targetClass, SH.targetSubjectsOf, SH.targetObjectsOf}
_NO_CONSTRAINTS = {RDF.type, SH.name, SH.message, SH.severity, SH.property}
"""What a node shape may say without asking anything of its targets but what its property shapes ask."""


def read_shapes(folder: Path, *, of_catalogue: bool = False) -> Graph:
    """Read the rules for the data, or those for the catalogue, which have a file of their own; raises BadInput."""
    shapes = Graph()
    for path in files_below(folder, "*.ttl"):
        if (path.name == CATALOGUE) == of_catalogue:
            shapes += (triple[:3] for triple in parse(path, rebase(read_text(path))))
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


def validate(
    curated: Curated,
    shapes: Graph,
    inputs: Path,
    known: Iterable[pyoxigraph.Quad] = (),
    records: Collection[Node] | None = None,
) -> list[Finding]:
    """Hold the merged graph against the shapes (SHACL, with SPARQL targets); worst findings first.

    inputs: the folder that the files of findings are named from. known: what the queries of rules see besides.
    records: what to check without all else, which takes a fraction of the time.
    Raises UnreadableFile where a shape is none.
    """
    # Loaded here because a server and a query, which open a release, validate nothing.
    import pyshacl  # noqa: PLC0415

    targets: list[Triple] = []
    others: list[Triple] = []
    try:
        targets, meant = _targets(shapes, chain(_quads(curated), known))
        if records is not None:
            others = [triple for term in _TARGETS for triple in shapes.triples((None, term, None))]
            targets = _among(records, curated.merged, targets + others)
        # Put in and taken out again: to copy the rules takes longer than to check a few records.
        shapes -= others
        shapes += targets
        _, report, _ = pyshacl.validate(curated.merged, shacl_graph=shapes, inference="none", inplace=True)
    except Exception as error:  # noqa: BLE001 - what the libraries raise for a rule that is none has no class in common
        report = error
    finally:
        shapes -= targets
        shapes += others
    if not isinstance(report, Graph):
        reason = next(iter(str(report).splitlines()), "").rstrip(".")
        raise UnreadableFile(input_folder(inputs, "shapes"), reason, text("mend the rule"))
    results = [dict(report.predicate_objects(result)) for result in report.objects(None, SH.result)]
    found: dict[Node | Finding, Finding] = {}
    for result in results:
        words, value = meant.get(result[SH.sourceShape]), (result[SH.focusNode], _read(result.get(SH.value)))
        if words is None or value in words:
            finding = _finding(curated, shapes, inputs, result, words[value] if words else {})
            # What nobody described is one finding, wherever it is spoken of; best where it says how.
            cause = _undescribed(curated.merged, result) or finding
            found[cause] = min(finding, found.get(cause, finding), key=lambda each: (not each.value, each))
    return sorted(found.values())


def _undescribed(graph: Graph, result: dict[Node, Node]) -> Node | None:
    """Give the thing of ours that a result is about because nothing says what it is; None where that is not why."""
    value, record = result.get(SH.value), result[SH.focusNode]
    if isinstance(value, URIRef):
        return value if kind_of(value) and (value, RDF.type, None) not in graph else None
    return record if result[SH.sourceShape] == SHAPE["Thing-described"] else None


def _targets(
    shapes: Graph, quads: Iterable[pyoxigraph.Quad]
) -> tuple[list[Triple], dict[Node, dict[tuple[Node, object], dict[str, str]]]]:
    """Ask what the SPARQL targets of the rules ask of quads: give the targets as nodes, and what breaks which rule how.

    Where a query gives ?value besides ?this, the rule is broken by that one of the values at the path; by rule, record
    and value, all that the query gives of it fills the message.
    """
    # By pyoxigraph, because rdflib takes most of a second to parse these queries and to join what they ask for.
    store = pyoxigraph.Store()
    store.extend(quads)
    declared = shapes.objects(None, SH.declare)
    prefixes = {text_of(shapes, each, SH.prefix): text_of(shapes, each, SH.namespace) for each in declared}
    targets: list[Triple] = []
    meant: dict[Node, dict[tuple[Node, object], dict[str, str]]] = {}
    for shape, target in shapes.subject_objects(SH.target):
        rows: Any = store.query(text_of(shapes, target, SH.select), prefixes=prefixes)
        for row in rows:
            this = to_rdflib(row["this"])
            targets.append((shape, SH.targetNode, this))
            if len(rows.variables) > 1:
                words = {each.value: row[each].value for each in rows.variables}
                meant.setdefault(shape, {}).setdefault((this, _read(to_rdflib(row["value"]))), words)
    return targets, meant


def _among(records: Collection[Node], graph: Graph, targets: Iterable[Triple]) -> list[Triple]:
    """Give which of the records are targets, as nodes; targets: as rules have them."""
    found: set[Triple] = set()
    for shape, term, value in targets:
        if term == SH.targetNode:
            there = {value}.intersection(records)
        elif term == SH.targetClass:
            kinds = {*graph.transitive_subjects(RDFS.subClassOf, value)}
            there = {each for each in records if not kinds.isdisjoint(graph.objects(each, RDF.type))}
        elif term == SH.targetSubjectsOf:
            there = {each for each in records if (each, value, None) in graph}
        else:
            there = {each for each in records if (None, value, each) in graph}
        found |= {(shape, SH.targetNode, each) for each in there}
    return sorted(found)


def _read(value: Node | None) -> object:
    """Give what a literal says, however it is written: the store writes numbers in its own way."""
    return value.toPython() if isinstance(value, Literal) else value


def _quads(curated: Curated) -> Iterator[pyoxigraph.Quad]:
    """Give what the queries of rules see: all in the default graph, and in named graphs what is claimed and what shown.

    What one source says, and all evidence from elsewhere, stands in a graph besides, a prov:Bundle.
    """
    term = lru_cache(maxsize=None, typed=True)(to_oxigraph)
    yield from (pyoxigraph.Quad(*map(term, triple)) for triple in curated.merged)
    graphs: dict[Node | None, list[Any]] = {None: [], SHOWN: [term(SHOWN)]}
    for subject, predicate, value, name in curated.dataset.quads():
        if name not in graphs:
            kind, source = kind_of(name), source_of(curated.merged, URIRef(str(name))) or SHAPE.evidence
            claimed = [name, source] if kind in ("quote", "evidence") else [name] if kind == "source" else []
            graphs[name] = list(map(term, claimed))
        for graph in graphs[name]:
            yield pyoxigraph.Quad(term(subject), term(predicate), term(value), graph)
    for bundle in (SHAPE.evidence, *curated.merged.subjects(RDF.type, SDO.WebPage)):
        yield pyoxigraph.Quad(term(bundle), term(RDF.type), term(PROV.Bundle))


def _finding(curated: Curated, shapes: Graph, inputs: Path, result: dict[Node, Node], words: dict[str, str]) -> Finding:
    """Read a result, given by its properties, against the files that the data came from; words: for its message."""
    record, rule, value = result[SH.focusNode], result[SH.sourceShape], result.get(SH.value)
    path = result.get(SH.resultPath)
    path = path if isinstance(path, URIRef) else None
    graph: Node | None = record
    if record not in curated.files and (record, PROV.wasQuotedFrom, None) not in curated.merged:
        # The curated graph in which it has the value, else the property, else any; that of which the claim is shown
        # rather than another, a quote rather than other evidence.
        shown_in = {*curated.merged.objects(record, TG.statedIn)}
        patterns = enumerate(((record, path, value), (record, path, None), (record, None, None)))
        quads = ((at, name) for at, pattern in patterns for *_, name in curated.dataset.quads((*pattern, None)))
        stating = (
            (at, name not in shown_in, kind_of(name) != "quote", name) for at, name in quads if name in curated.files
        )
        graph = min(stating, default=(curated.merged.value(record, SDO.isPartOf),))[-1]
    file, line = "", 0
    if graph is not None and graph in curated.files:
        files = curated.files[graph]
        stated = [*curated.dataset.graph(UNCITED)] if record == UNCITED else [(record, path, value)]
        places = [(each, line_of(curated.texts[each], graph, *triple)) for each in files for triple in stated]
        first, line = min((place for place in places if place[1] > 0), default=(files[0], 1))
        file = _name(inputs, first)
    # As a curator writes it: a literal's text, a thing of ours by its short name.
    shown = shorten(value) if isinstance(value, URIRef) else "" if value is None else str(value)
    # Filled here, because pyshacl loses the language where it fills a message.
    messages = {each.language: each for each in shapes.objects(rule, SH.message) if isinstance(each, Literal)}
    hint = _hint(curated, shapes, inputs, result)
    words = {**words, "value": shown}
    english, latvian = (
        " ".join([_GAP.sub(lambda gap: words[gap[1]], messages[each]), *([hint.in_language(each)] if hint else [])])
        for each in ("en", "lv")
    )
    severity = SEVERITIES.index(slug_of(result[SH.resultSeverity]))
    sentence = "" if graph is None else text_of(curated.merged, graph, OA.exact)
    return Finding(severity, file, line, str(rule), str(record), str(path or ""), shown, english, latvian, sentence)


def _name(inputs: Path, path: Path) -> str:
    """Give the name of a file of the inputs from where their folders are."""
    folder = next(each for each in map(partial(input_folder, inputs), FILES) if path.is_relative_to(each))
    return path.relative_to(folder.parent).as_posix()


def _hint(curated: Curated, shapes: Graph, inputs: Path, result: dict[Node, Node]) -> Text | None:
    """Add what the shape can not know: where a quote nearly stands, or a candidate; which names are near another."""
    record, rule = result[SH.focusNode], result[SH.sourceShape]
    path, value = result.get(SH.resultPath), result.get(SH.value)
    data, unknown, names = curated.merged, "", []
    source = data.value(record, PROV.wasQuotedFrom)
    if rule == SHAPE["Quote-found"] and source in curated.pages:
        return explain(curated.pages[source], *selector(data, record))
    if rule == SHAPE["Thing-contradicted"]:
        return _contradiction(curated, record)
    if unknown := shorten(_undescribed(data, result) or ""):
        for file, content in curated.texts.items():
            for number, line in enumerate(content.split("\n"), 1):
                if line.startswith("#") and f" {unknown} a " in line:
                    place = f"{_name(inputs, file)}:{number}"
                    return text("A candidate stands at %(place)s: take it there, or in `twingraph edit`.", place=place)
    if isinstance(path, URIRef) and (rule, SH.closed, None) in shapes:
        lists = shapes.objects(rule, SH.ignoredProperties)
        unknown, names = slug_of(path), [slug_of(term) for known in lists for term in shapes.items(known)]
    elif isinstance(value, URIRef) and kind_of(value) and (value, RDF.type, None) not in data:
        unknown, folder = slug_of(value), value.removesuffix(slug_of(value))
        names = [slug_of(node) for node in {*data.subjects(RDF.type)} if str(node).startswith(folder)]
    near = get_close_matches(unknown, names, n=2)
    return text("Nearest names: %(names)s.", names=", ".join(near)) if near else None


def _contradiction(curated: Curated, record: Node) -> Text:
    """Say of which property of a thing which sources state which values, each with its sentence, if it is quoted."""
    shown: dict[Node, set[Node]] = {}
    for term, value in curated.dataset.graph(SHOWN).predicate_objects(record):
        if term not in _MANY:
            shown.setdefault(term, set()).add(value)
    claims = []
    for term, value in sorted((term, value) for term, values in shown.items() if len(values) > 1 for value in values):
        for *_, name in claims_in(curated.dataset, record, term, value):
            source, words = source_of(curated.merged, name) or name, text_of(curated.merged, name, OA.exact)
            claims.append(f"{slug_of(source)}: {slug_of(term)} {slug_of(value)}" + (f" (“{words}”)" if words else ""))
    return text("What they say: %(claims)s.", claims="; ".join(dict.fromkeys(claims)))


def explain(page: str, exact: str, prefix: str = "", suffix: str = "") -> Text:
    """Say why a quote has no place in the text of a page: it is not there, or is there more than once."""
    if starts := find(page, exact, prefix, suffix):
        return text(
            "It occurs %(times)s times, at %(places)s; add oa:prefix or oa:suffix to tell which is meant.",
            times=len(starts),
            places=", ".join(map(str, starts)),
        )
    if starts := find(page, exact):
        start, end = starts[0], starts[0] + len(exact)
        return text(
            "It occurs at %(places)s, but not with this oa:prefix and oa:suffix around it; mend them. "
            "At %(start)s it stands between “%(before)s” and “%(after)s”.",
            places=", ".join(map(str, starts)),
            start=start,
            before=escape(page[max(0, start - max(1, len(prefix))) : start]),
            after=escape(page[end : end + max(1, len(suffix))]),
        )
    passage = nearest_passage(exact, page)
    if not passage:
        return text("Nothing in the page resembles it.")
    page_signs, quote_signs = _SIGNS.findall(passage), _SIGNS.findall(exact)
    operations = SequenceMatcher(a=page_signs, b=quote_signs, autojunk=False).get_opcodes()
    _, *at = next(operation for operation in operations if operation[0] != "equal")
    theirs, ours = "".join(page_signs[at[0] : at[1]]), "".join(quote_signs[at[2] : at[3]])
    return text(
        "The nearest passage is “%(passage)s”: there the page has %(theirs)s where the quote has %(ours)s.",
        passage=passage,
        theirs=_named(theirs, ours),
        ours=_named(ours, theirs),
    )


def _named(words: str, others: str) -> Text:
    """Show words, what is not seen by its name, with the code points of letters that may look like those of others."""
    if words in _UNSEEN:
        return _UNSEEN[words]
    letters = (letter for letter in words if not letter.isascii() and letter not in others)
    names = {letter: unicodedata.name(letter, "") for letter in letters}
    points = ", ".join(f"U+{ord(letter):04X}" for letter, name in names.items() if not name.startswith("LATIN "))
    quoted = text("“%(words)s”", words=words)
    return text("%(words)s (%(points)s)", words=quoted, points=points) if points else quoted


def assessments(findings: list[Finding], shapes: Graph, figures: list[Node]) -> Iterator[Triple]:
    """Say of each figure whether a rule doubts it, one for which the shapes give that, and why."""
    doubting = {str(rule) for rule in shapes.subjects(TG.assessment)}
    for figure in figures:
        doubts = [finding for finding in findings if finding.record == str(figure) and finding.rule in doubting]
        yield figure, TG.assessment, thing("assessment", "implausible" if doubts else "plausible")
        for doubt, language in product(doubts, ("en", "lv")):
            # The first sentence; what follows is for the curator.
            yield figure, RDFS.comment, Literal(doubt.message(language).partition(". ")[0] + ".", language)


def broken_syntax(error: BrokenSyntax, inputs: Path) -> Finding:
    """Give as a finding that a file of the inputs can not be parsed; its record is the file."""
    file = _name(inputs, error.path)
    english, latvian = (text("%(reason)s.", reason=error.reason).in_language(language) for language in ("en", "lv"))
    return Finding(0, file, error.line, str(SHAPE.syntax), file, "", "", english, latvian, "")


def counts(findings: list[Finding]) -> dict[str, int]:
    """Count findings by severity."""
    return {severity: sum(finding.severity == at for finding in findings) for at, severity in enumerate(SEVERITIES)}


def as_text(findings: list[Finding], language: str) -> str:
    """Write findings for people, in Latvian for `lv`, else in English: where, what to do, rule, value, sentence."""
    values = {"findings": findings, "counts": counts(findings), "slug_of": slug_of}
    return render("twingraph.curation", "findings.txt", language, **values) + "\n"


def as_json(findings: list[Finding], _: str = "") -> str:
    """Write findings as a JSON array of objects."""
    records = [
        {
            "severity": SEVERITIES[finding.severity],
            **{key: getattr(finding, key) for key in ("rule", "record", "path", "value", "file", "line")},
            "message": {"en": finding.message_en, "lv": finding.message_lv},
            "sentence": finding.sentence,
        }
        for finding in findings
    ]
    return json.dumps(records, ensure_ascii=False, indent=1) + "\n"


def from_json(written: str | bytes) -> list[Finding]:
    """Read findings that `as_json` wrote."""
    return [
        Finding(
            severity=SEVERITIES.index(each["severity"]),
            **{key: each[key] for key in ("file", "line", "rule", "record", "path", "value", "sentence")},
            **{f"message_{tag}": each["message"][tag] for tag in ("en", "lv")},
        )
        for each in json.loads(written)
    ]


def as_sarif(findings: list[Finding], language: str) -> str:
    """Write findings by SARIF 2.1.0 (OASIS), so that a code host shows them in a diff."""
    messages = {finding.rule: finding.message(language) for finding in findings}
    rules = [
        {"id": slug_of(rule), "helpUri": rule, "shortDescription": {"text": message}}
        for rule, message in sorted(messages.items())
    ]
    driver = {"name": "twingraph", "version": __version__, "informationUri": BASE, "rules": rules}
    results: list[dict[str, object]] = []
    for finding in findings:
        said = {"text": f"{slug_of(finding.record)}: {finding.message(language)}"}
        results.append({"ruleId": slug_of(finding.rule), "level": _LEVELS[finding.severity], "message": said})
        if finding.file:
            region = {"startLine": finding.line} | ({"snippet": {"text": finding.sentence}} if finding.sentence else {})
            place = {"artifactLocation": {"uri": finding.file, "uriBaseId": _ROOT}, "region": region}
            results[-1]["locations"] = [{"physicalLocation": place}]
    log = {"$schema": "https://json.schemastore.org/sarif-2.1.0.json", "version": "2.1.0"}
    bases = {_ROOT: {"description": {"text": "The repository that holds the data, else the folder around them."}}}
    runs = [{"tool": {"driver": driver}, "originalUriBaseIds": bases, "results": results}]
    return json.dumps({**log, "runs": runs}, ensure_ascii=False, indent=1) + "\n"


def as_turtle(findings: list[Finding], _: str = "") -> str:
    """Write findings as a SHACL validation report; results have IRIs, so that the same findings give the same bytes."""
    report = address("report")
    triples = [(report, RDF.type, SH.ValidationReport), (report, SH.conforms, Literal(not findings))]
    for number, finding in enumerate(findings, 1):
        result = URIRef(f"{report}#{number:03}")
        triples += [
            (report, SH.result, result),
            (result, RDF.type, SH.ValidationResult),
            (result, SH.focusNode, URIRef(finding.record)),
            (result, SH.sourceShape, URIRef(finding.rule)),
            (result, SH.resultSeverity, SH[SEVERITIES[finding.severity]]),
            (result, SH.resultMessage, Literal(finding.message_en, "en")),
            (result, SH.resultMessage, Literal(finding.message_lv, "lv")),
        ]
        triples += [(result, SH.resultPath, URIRef(finding.path))] if finding.path else []
        triples += [(result, SH.value, Literal(finding.value))] if finding.value else []
    return filled(Graph(), triples).serialize(format="turtle")


FORMATS: dict[str, Callable[[list[Finding], str], str]]
FORMATS = {"text": as_text, "json": as_json, "sarif": as_sarif, "turtle": as_turtle}
"""The ways to write findings, each from findings and a language."""
