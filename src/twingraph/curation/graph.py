"""`data/` read: every curated statement in its named graph, and the page that its quotes are from."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pyoxigraph
from rdflib import Dataset, Graph, URIRef
from rdflib.graph import DATASET_DEFAULT_GRAPH_ID
from rdflib.namespace import PROV, RDF, SDO
from rdflib.plugins.parsers.notation3 import BadSyntax

from twingraph.curation.lines import blocks
from twingraph.curation.sources import Page, Selector, read_page, read_text
from twingraph.errors import BadSource, BrokenSyntax, ChangedPage, DuplicateSlug, UnreadableFile
from twingraph.settings import CATALOGUE
from twingraph.vocab import DCAT, OA, ONTOLOGY, PREFIXES, SPDX, UNCITED, listed, slug_of, thing

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from rdflib.term import Node

    Triple = tuple[Node, Node, Node]

_EXPECTED = {
    "data": ("*.ttl", "*.trig", "changes/*.ttl", "sources/*/page.txt", "sources/*/source.ttl", "sources/*/facts.trig"),
    "ontology": ("*.ttl", "context.jsonld"),
    "shapes": ("*.ttl",),
}
"""The files of the inputs, by folder."""

QUOTE_TYPES = (SDO.Quotation, OA.TextQuoteSelector, OA.TextPositionSelector)
_SELECTOR_TERMS = (OA.exact, OA.prefix, OA.suffix)
_BYTE_ORDER_MARK = "\ufeff"

# What rdflib would log of malformed values, with a traceback, the rules say in a sentence.
logging.getLogger("rdflib").addHandler(logging.NullHandler())


@dataclass(frozen=True, slots=True)
class Curated:
    """What a curator keeps, as read.

    dataset: every statement, in its named graph; files: the files of each named graph;
    pages: the page of each source; texts: what each file says, for finding the line of a statement.
    """

    dataset: Dataset = field(default_factory=Dataset)
    files: dict[Node, list[Path]] = field(default_factory=dict)
    pages: dict[Node, Page] = field(default_factory=dict)
    texts: dict[Path, str] = field(default_factory=dict)

    def state(self, name: Node, triples: Iterable[Triple]) -> None:
        """Put triples into the graph of that name."""
        graph = self.dataset.graph(URIRef(str(name)))
        for triple in triples:
            graph.add(triple)


def bind_prefixes(graph: Graph) -> None:
    """Bind the project's prefixes to a graph, so that it is written with them."""
    for prefix, namespace in PREFIXES.items():
        graph.bind(prefix, namespace, override=True, replace=True)


def read_inputs(inputs: Path) -> Curated:
    """Read `ontology/` and `data/` below a folder.

    Raises UnreadableFile, WrongEncoding, BrokenSyntax, DuplicateSlug, ChangedPage and BadSource.
    """
    _check_names(inputs)
    curated = Curated()
    for path in files_below(inputs / "ontology", "*.ttl"):
        _read(curated, path, ONTOLOGY)
    for pattern in ("*.ttl", "*.trig"):
        for path in files_below(inputs / "data", pattern):
            if path.name != CATALOGUE:
                _read(curated, path)
    for page in files_below(inputs / "data" / "sources", "*"):
        _read_source(curated, page)
    _check_dataset(curated, inputs / "data" / "dataset.ttl")
    return curated


def read_catalogue(inputs: Path) -> Curated:
    """Read what is said of the dataset to portals, `data/catalog.ttl`, which is no part of the dataset itself.

    Raises UnreadableFile, WrongEncoding and BrokenSyntax.
    """
    curated = Curated()
    _read(curated, inputs / "data" / CATALOGUE, listed("catalog", "twingraph"))
    return curated


def files_below(folder: Path, pattern: str) -> list[Path]:
    """List what matches a glob pattern below a folder, sorted; raises UnreadableFile."""
    try:
        next(folder.iterdir(), None)
    except OSError as error:
        raise UnreadableFile(folder, error.strerror or str(error)) from None
    return sorted(path for path in folder.glob(pattern) if not path.name.startswith("."))


def union(dataset: Dataset) -> Graph:
    """Merge all named graphs of a dataset into one graph: what a plain query sees."""
    return filled(Graph(), ((s, p, o) for s, p, o, _ in dataset.quads()))


def text_of(graph: Graph, subject: Node, term: Node) -> str:
    """Give the value of a property as text, "" where it has none."""
    value = graph.value(subject, term)
    return "" if value is None else str(value)


def filled(graph: Graph, triples: Iterable[Triple]) -> Graph:
    """Bind the project's prefixes to a graph and add triples to it."""
    bind_prefixes(graph)
    for triple in triples:
        graph.add(triple)
    return graph


def parse(path: Path, text: str) -> Dataset:
    """Parse a Turtle or TriG file; raises BrokenSyntax with its line and column, both from 1."""
    base, text = path.absolute().as_uri(), text.removeprefix(_BYTE_ORDER_MARK)
    try:
        # First, because rdflib lets malformed IRIs, numbers and escapes pass.
        list(pyoxigraph.parse(text, format=pyoxigraph.RdfFormat.TRIG, base_iri=base))
        return Dataset().parse(data=text, format=path.suffix[1:], publicID=base)
    except BadSyntax as error:
        raise _broken(path, error) from None
    except SyntaxError as error:
        reason = str(error.msg).partition(": ")[2] or str(error.msg)
        raise BrokenSyntax(path, error.lineno or 1, error.offset or 1, reason) from None


def _broken(path: Path, error: BadSyntax) -> BrokenSyntax:
    """Turn rdflib's position, a character offset or -1 for the end of the file, into line and column."""
    whole: str = error._str.decode()  # noqa: SLF001 - BadSyntax has no public accessors
    before = whole if error._i < 0 else whole[: error._i]  # noqa: SLF001
    _, _, last = before.rpartition("\n")
    return BrokenSyntax(path, before.count("\n") + 1, len(last) + 1, error._why)  # noqa: SLF001


def _read(curated: Curated, path: Path, default: Node | None = None) -> None:
    """Read a file of the inputs; what stands in no block goes to the default graph of the file."""
    text = curated.texts[path] = read_text(path)
    parsed = parse(path, text)
    default = default or next(parsed.subjects(RDF.type, DCAT.Dataset), UNCITED)
    _check_blocks(curated, path, text)
    for graph in filter(len, parsed.graphs()):
        # A block that has no name of its own is no block.
        is_named = isinstance(graph.identifier, URIRef) and graph.identifier != DATASET_DEFAULT_GRAPH_ID
        name = graph.identifier if is_named else default
        curated.files.setdefault(name, []).append(path)
        curated.state(name, graph)


def _check_blocks(curated: Curated, path: Path, text: str) -> None:
    """Raise DuplicateSlug where a block bears the name of an earlier one."""
    for name, lines in blocks(text).items():
        for earlier in curated.files.get(URIRef(name), []):
            first = blocks(curated.texts[earlier]).get(name, [1])[0]
            raise DuplicateSlug(slug_of(name), f"{earlier}:{first}", f"{path}:{lines[0]}")
        if len(lines) > 1:
            raise DuplicateSlug(slug_of(name), f"{path}:{lines[0]}", f"{path}:{lines[1]}")


def _check_names(inputs: Path) -> None:
    """Raise BadSource for a file that would be taken for part of the data, and be read by nobody."""
    for name, patterns in _EXPECTED.items():
        known = {path for pattern in patterns for path in files_below(inputs / name, pattern)}
        for path in files_below(inputs / name, "**/*"):
            if path not in known and not path.is_dir():
                raise BadSource(
                    path,
                    f"this file is not read; below {name}/ belong {', '.join(patterns)}",
                    f"šī datne netiek lasīta; mapē {name}/ vieta ir {', '.join(patterns)}",
                )


def _check_dataset(curated: Curated, path: Path) -> None:
    """Raise BadSource unless one dataset is described, with its version: every release states both."""
    described = [dataset for dataset, *_ in curated.dataset.quads((None, RDF.type, DCAT.Dataset, None))]
    versions = [quad for dataset in described for quad in curated.dataset.quads((dataset, DCAT.version, None, None))]
    if len(described) != 1 or len(versions) != 1:
        raise BadSource(
            path,
            "it must describe one dataset (a dcat:Dataset) with one dcat:version",
            "tajā jāapraksta viena datu kopa (dcat:Dataset) ar vienu dcat:version",
        )


def _read_source(curated: Curated, folder: Path) -> None:
    """Read the folder of one source: the page, its description, and the facts that its quotes state."""
    source = thing("source", folder.name)
    page = read_page(folder / "page.txt")
    curated.pages[source] = page
    _read(curated, folder / "source.ttl", source)
    description = curated.dataset.graph(source)
    stated = [str(value) for value in description.objects(None, SPDX.checksumValue)]
    if len(stated) != 1:
        raise BadSource(
            folder / "source.ttl",
            "it must state the SHA-256 of page.txt once, as spdx:checksumValue",
            "tajā vienreiz jānorāda page.txt SHA-256 kā spdx:checksumValue",
        )
    if stated[0].lower() != page.sha256:
        raise ChangedPage(page.path, stated[0], page.sha256)
    if (source, RDF.type, None) not in description:
        raise BadSource(
            folder / "source.ttl",
            f"it must describe the source of its folder, <{source}>",
            f"tajā jāapraksta savas mapes avots, <{source}>",
        )
    earlier = set(curated.dataset.graphs())
    _read(curated, folder / "facts.trig")
    for graph in set(curated.dataset.graphs()) - earlier:
        curated.state(source, _quote(graph, source))


def _quote(graph: Graph, source: Node) -> list[Triple]:
    """Take what says how a quote reads out of the graph it names: it is said of the page, not by the page."""
    name = graph.identifier
    reading = [triple for term in _SELECTOR_TERMS for triple in graph.triples((name, term, None))]
    for triple in reading:
        graph.remove(triple)
    if not reading:
        return []
    return [*reading, (name, PROV.wasQuotedFrom, source), *((name, RDF.type, kind) for kind in QUOTE_TYPES)]


def selector(graph: Graph, quote: Node) -> Selector:
    """Give the words by which a quote is found."""
    return Selector(*(text_of(graph, quote, term) for term in _SELECTOR_TERMS))
