"""`data/` read: every curated statement in its named graph, the page of its quotes, and the line it stands on."""

from __future__ import annotations

import hashlib
import logging
import shutil
from collections import defaultdict
from contextlib import suppress
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from typing import TYPE_CHECKING

from rapidfuzz import fuzz
from rdflib import Dataset, Graph, Literal, URIRef
from rdflib.namespace import PROV, RDF, SDO, SKOS

from twingraph.curation.turtle import HTML, blocks, parse
from twingraph.errors import BadInput, UnreadableFile, UnwritableTarget
from twingraph.settings import CATALOGUE, DATASET, input_folder
from twingraph.vocab import (
    DCAT,
    OA,
    ONTOLOGY,
    SPDX,
    UNCITED,
    base_of,
    catalogue_prefixes,
    fixed_prefixes,
    kind_of,
    listed,
    prefixes,
    slug_of,
    thing,
    use,
)
from twingraph.words import text

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from rdflib.term import Node

    Triple = tuple[Node, Node, Node]

FILES = {
    "data": ("*.ttl", "*.trig", "changes/*.ttl", "sources/*/page.txt", "sources/*/source.ttl", "sources/*/facts.trig"),
    "ontology": ("*.ttl", "context.jsonld"),
    "shapes": ("*.ttl",),
}
"""The files of the inputs, by folder."""

_MARGIN = 16
_ALIKE = 50
"""What a passage that is more like a quote than not is above, of 100."""

_SELECTOR_TERMS = (OA.exact, OA.prefix, OA.suffix)
_SOURCE_FILES = text(
    "a source that is quoted has page.txt, source.ttl and facts.trig; one that is only cited has no page.txt, and no "
    "spdx:checksum in source.ttl"
)
_ONE_DATASET = text("it must describe one dataset (a dcat:Dataset) with one dcat:version")
_CITED_ONLY = text(
    "its source is only cited, so this block can quote nothing: call it evidence:…, and leave oa:exact out; or keep "
    "the page as page.txt, with its spdx:checksum in source.ttl"
)
# What rdflib would log of malformed values, with a traceback, the rules say in a sentence.
logging.getLogger("rdflib").addHandler(logging.NullHandler())


@dataclass(frozen=True, slots=True)
class Curated:
    """What a curator keeps, as read.

    dataset: every statement, in its named graph; merged: all of them in one, what a plain query sees;
    files: the files of each named graph; pages: the text of each source that is quoted; texts: what each file says, for
    finding the line of a statement; blocks: the file and line at which the block of each graph begins.
    """

    dataset: Dataset = field(default_factory=Dataset)
    merged: Graph = field(default_factory=lambda: filled(Graph(), ()))
    files: dict[Node, list[Path]] = field(default_factory=dict)
    pages: dict[Node, str] = field(default_factory=dict)
    texts: dict[Path, str] = field(default_factory=dict)
    blocks: dict[str, str] = field(default_factory=dict)

    def state(self, name: Node, triples: Iterable[Triple]) -> None:
        """Put triples into the graph of that name."""
        graph = self.dataset.graph(URIRef(str(name)))
        for triple in triples:
            graph.add(triple)
            self.merged.add(triple)


def filled(graph: Graph, triples: Iterable[Triple]) -> Graph:
    """Bind the project's prefixes to a graph and add triples to it."""
    for prefix, namespace in prefixes().items():
        graph.bind(prefix, namespace, override=True, replace=True)
    graph += triples
    return graph


def text_of(graph: Graph, subject: Node, term: Node) -> str:
    """Give the value of a property as text, "" where it has none."""
    value = graph.value(subject, term)
    return "" if value is None else str(value)


def texts_of(graph: Graph, subject: Node, term: Node) -> dict[str, str]:
    """Give the values of a property by their language, "" for none; of several in one, always the same."""
    values = sorted(graph.objects(subject, term), key=str, reverse=True)
    return {getattr(value, "language", None) or "": str(value) for value in values}


def selector(graph: Graph, quote: Node) -> tuple[str, ...]:
    """Give the words by which a quote is found: its text, and what stands right before and after it, if needed."""
    return tuple(text_of(graph, quote, term) for term in _SELECTOR_TERMS)


def find(page: str, exact: str, prefix: str = "", suffix: str = "") -> list[int]:
    """Give every offset, in Unicode code points, at which a text stands in a page, with what it is to stand between."""
    whole, starts = f"{prefix}{exact}{suffix}", []
    # Not by a pattern, which takes longer to be made than to be found.
    at = page.find(whole) if exact else -1
    while at >= 0:
        starts.append(at + len(prefix))
        at = page.find(whole, at + 1)
    return starts


def around(page: str, start: int, end: int) -> tuple[str, str]:
    """Give what has to be said to stand before or after a part of a page for it to be the only one, "" for nothing."""
    exact = page[start:end]
    # By one sign and then in leaps: a page may say one thing hundreds of times.
    for length in (*range(33), *(1 << power for power in range(6, 13))):
        before, after = page[max(0, start - length) : start], page[end : end + length]
        for each in (("", after), (before, ""), (before, after)):
            if len(find(page, exact, *each)) == 1:
                return each
    return "", ""


def nearest_passage(exact: str, page: str) -> str:
    """Give the part of a page that `exact` was probably copied from, "" where none is more like it than not."""
    found = fuzz.partial_ratio_alignment(exact, page, score_cutoff=_ALIKE)
    if found is None:
        return ""
    start = found.dest_start - found.src_start
    window = page[max(0, start - _MARGIN) : max(0, start + len(exact) + _MARGIN)]
    blocks = SequenceMatcher(a=window, b=exact, autojunk=False).get_matching_blocks()[:-1]
    passage = window[max(0, blocks[0].a - blocks[0].b) : blocks[-1].a + len(exact) - blocks[-1].b]
    return passage if fuzz.ratio(passage, exact) > _ALIKE else ""


def read_bytes(path: Path) -> bytes:
    """Read a file; raises UnreadableFile."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise UnreadableFile(path, error.strerror or str(error)) from None


def read_text(path: Path) -> str:
    """Read a UTF-8 file to the letter, line ends included; raises UnreadableFile and BadInput."""
    try:
        return read_bytes(path).decode()
    except UnicodeDecodeError as error:
        words = {"start": error.start, "byte": f"0x{error.object[error.start]:02X}"}
        reason = text("byte %(start)s (%(byte)s) is not UTF-8; save the file as UTF-8 and try again", **words)
        raise BadInput(path, reason) from None


def write_text(path: Path, content: str) -> None:
    """Put a content in the place of a file's, all of it or nothing; raises UnwritableTarget."""
    target = path.resolve()
    # What begins with a dot is no part of the data.
    new = target.with_name(f".{target.name}.new")
    try:
        new.write_bytes(content.encode())
        if target.exists():
            shutil.copymode(target, new)
        new.replace(target)
    except OSError as error:
        with suppress(OSError):
            new.unlink()
        raise UnwritableTarget(path, error.strerror or str(error)) from None


def files_below(folder: Path, pattern: str) -> list[Path]:
    """List what matches a glob pattern below a folder, sorted; raises UnreadableFile."""
    try:
        next(folder.iterdir(), None)
    except OSError as error:
        raise UnreadableFile(folder, error.strerror or str(error)) from None
    return sorted(path for path in folder.glob(pattern) if not path.name.startswith("."))


def read_inputs(inputs: Path) -> Curated:
    """Read the ontology and the data of the inputs; names are of their base from then on. Raises BadInput."""
    _check_names(inputs)
    data = input_folder(inputs, "data")
    use(find_base(data / DATASET))
    curated = Curated()
    for path in files_below(input_folder(inputs, "ontology"), "*.ttl"):
        _read(curated, path, ONTOLOGY)
    for path in [*files_below(data, "*.ttl"), *files_below(data, "*.trig")]:
        if path.name != CATALOGUE:
            _read(curated, path)
    for folder in files_below(data / "sources", "*"):
        _read_source(curated, folder)
    datasets = list(curated.merged.subjects(RDF.type, DCAT.Dataset))
    versions = [version for dataset in datasets for version in curated.merged.objects(dataset, DCAT.version)]
    if len(datasets) != 1 or len(versions) != 1:
        raise BadInput(data / DATASET, _ONE_DATASET)
    return curated


def find_base(path: Path) -> str:
    """Give the base of the data by the IRI of their dataset; raises BadInput where that names none."""
    stated = parse(path, read_text(path), fixed_prefixes()) if path.is_file() else []
    dataset = next((subject for subject, *fact, _ in stated if fact == [RDF.type, DCAT.Dataset]), None)
    if dataset is None:
        raise BadInput(path, _ONE_DATASET)
    if not (base := base_of(dataset)):
        reason = text(
            "the dataset is called <%(dataset)s>; its name must end in id/dataset/ and a short name, "
            "as https://data.example.org/our-town/id/dataset/twin-towns, "
            "since all things of the data are named below what stands before that",
            dataset=dataset,
        )
        raise BadInput(path, reason)
    return base


def read_catalogue(inputs: Path) -> Curated:
    """Read what is said of the dataset to portals, `data/catalog.ttl`, no part of the dataset; raises BadInput."""
    curated, path = Curated(), input_folder(inputs, "data") / CATALOGUE
    _read(curated, path, listed("catalog", "twingraph"))
    if (None, RDF.type, DCAT.Catalog) not in curated.merged:
        raise BadInput(path, text("it must describe a catalogue (a dcat:Catalog) that lists the dataset"))
    return curated


def _check_names(inputs: Path) -> None:
    """Raise BadInput for what would be taken for part of the data and be read by nobody, or can not be read."""
    for name, patterns in FILES.items():
        folder, files = input_folder(inputs, name), ", ".join(patterns)
        expected = {path for pattern in patterns for path in files_below(folder, pattern)}
        for path in files_below(folder, "**/*"):
            reason = text("this file is not read; below %(folder)s/ belong %(files)s", folder=name, files=files)
            if path.exists() and not path.is_file() and not path.is_dir():
                reason = text("this is no file that ends, but a pipe or a device; remove it")
            elif path in expected or path.is_dir():
                continue
            raise BadInput(path, reason)


def _read(curated: Curated, path: Path, default: Node | None = None, source: Node | None = None) -> None:
    """Read a file of the inputs, one with facts of a source; what stands in no block goes to the file's default graph.

    Raises BadInput where a block bears the name of an earlier one, or quotes a source that is only cited, besides what
    `parse` raises.
    """
    content = curated.texts[path] = read_text(path)
    # The ontology comes from elsewhere and is for every program, so it declares its prefixes.
    parsed = parse(path, content, None if default == ONTOLOGY else catalogue_prefixes())
    described = (subject for subject, term, value, _ in parsed if (term, value) == (RDF.type, DCAT.Dataset))
    default = default or next(described, UNCITED)
    # Values to choose from need no source: a town's own stand beside those of the ontology.
    concepts = {subject for subject, term, value, _ in parsed if (term, value) == (RDF.type, SKOS.Concept)}
    for block, lines in blocks(content):
        here = f"{path}:{lines[0]}"
        if (first := curated.blocks.setdefault(block, here)) != here:
            reason = text(
                "the name %(slug)r is taken, by the block at %(first)s; "
                "give this one another name, or move its statements there",
                slug=slug_of(block),
                first=first,
            )
            raise BadInput(here, reason)
        if source and source not in curated.pages:
            if kind_of(block) != "evidence":
                raise BadInput(here, _CITED_ONLY)
            address = curated.merged.value(source, SDO.url) or source
            cited = URIRef(block)
            curated.state(source, [(cited, PROV.hadPrimarySource, source), (cited, SDO.citation, Literal(address))])
    stated: dict[Node, list[Triple]] = defaultdict(list)
    for subject, term, value, name in parsed:
        is_value = subject in concepts or term == SKOS.hasTopConcept
        triples = stated[name or (ONTOLOGY if is_value else default)]
        if source and subject == name and term in _SELECTOR_TERMS:
            # What says how a quote reads is said of the page, not by the page.
            known = [(subject, RDF.type, SDO.Quotation), (subject, PROV.wasQuotedFrom, source)]
            curated.state(source, [(subject, term, value), *known])
        else:
            triples.append((subject, term, value))
    for name, triples in stated.items():
        curated.files.setdefault(name, []).append(path)
        curated.blocks.setdefault(str(name), f"{path}:1")
        curated.state(name, triples)


def _read_source(curated: Curated, folder: Path) -> None:
    """Read the folder of one source: the page, if it is quoted and not only cited, its description, and its facts."""
    source, path, about = thing("source", folder.name), folder / "page.txt", folder / "source.ttl"
    missing = [name for name in (about.name, "facts.trig") if not (folder / name).exists()]
    if not missing:
        _read(curated, about, source)
    description = curated.dataset.graph(source)
    checksums = [str(value) for value in description.objects(None, SPDX.checksumValue)]
    if missing or (checksums and not path.exists()):
        names = ", ".join(missing or [path.name])
        raise BadInput(folder, text("it lacks %(names)s; %(what)s", names=names, what=_SOURCE_FILES))
    if (source, RDF.type, None) not in description:
        raise BadInput(about, text("it must describe the source of its folder, <%(source)s>", source=source))
    if others := sorted(map(str, {*description.subjects(RDF.type, SDO.WebPage)} - {source})):
        reason = text("it describes <%(other)s>, the source of another folder, too", other=others[0])
        raise BadInput(about, reason)
    if path.exists():
        curated.pages[source] = _read_page(path, checksums)
    _read(curated, folder / "facts.trig", source=source)


def _read_page(path: Path, checksums: list[str]) -> str:
    """Read the page of a source as it was retrieved: its bytes are never altered; raises BadInput."""
    page = read_text(path)
    if HTML.match(page):
        raise BadInput(path, text("this is a page of HTML, from line 1 on; keep the text that it shows"))
    actual = hashlib.sha256(page.encode()).hexdigest()
    if len(checksums) != 1:
        reason = text(
            "it must state the SHA-256 of page.txt once, as spdx:checksumValue; that of the file now is %(found)s",
            found=actual,
        )
        raise BadInput(path.with_name("source.ttl"), reason)
    if checksums[0].lower() != actual:
        reason = text(
            "its SHA-256 is %(found)s, but source.ttl states %(stated)s; "
            "restore the page as it was retrieved, or add the new text as a source of its own",
            found=actual,
            stated=checksums[0],
        )
        raise BadInput(path, reason)
    return page
