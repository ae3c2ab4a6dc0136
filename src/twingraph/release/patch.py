"""What differs between two datasets, statement by statement."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pyoxigraph import CanonicalizationAlgorithm, Dataset, NamedNode, Quad, RdfFormat, Triple, parse, serialize

from twingraph.vocab import HISTORY, PREFIXES, part

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Patch:
    """What one dataset has more than another, and what it lacks.

    added, removed: quads; new, gone: triples of the union of all graphs, where one may stand in several.
    """

    added: frozenset[Quad]
    removed: frozenset[Quad]
    new: frozenset[Triple]
    gone: frozenset[Triple]


def patch_between(old: Path, new: Path) -> Patch:
    """Compare two files of N-Quads, canonicalised by RDFC-1.0, so that names of blank nodes make no difference."""
    before, after = _quads(old), _quads(new)
    stated, states = (frozenset(quad.triple for quad in quads) for quads in (before, after))
    return Patch(after - before, before - after, states - stated, stated - states)


def _quads(path: Path) -> frozenset[Quad]:
    dataset = Dataset(parse(path=path, format=RdfFormat.N_QUADS))
    dataset.canonicalize(CanonicalizationAlgorithm.RDFC_1_0)
    return frozenset(dataset)


def as_patch(patch: Patch) -> str:
    """Write an RDF Patch (https://afs.github.io/rdf-patch/), which makes the new dataset of the old one."""
    ordered = (("D", patch.removed), ("A", patch.added))
    lines = [f"{letter} {quad} ." for letter, quads in ordered for quad in sorted(quads, key=str)]
    return "\n".join(["TX .", *lines, "TC ."]) + "\n"


def as_trig(patch: Patch, version: str) -> str:
    """Write what is new in the union of all graphs, and what is gone from it, as two graphs named for the version."""
    quads = [
        Quad(triple.subject, triple.predicate, triple.object, NamedNode(part(HISTORY, version, name)))
        for name, triples in (("added", patch.new), ("removed", patch.gone))
        for triple in sorted(triples, key=str)
    ]
    text = "\n".join(map(str, quads))
    used = {prefix: iri for prefix, iri in PREFIXES.items() if f"<{iri}" in text}
    lines = (serialize(quads, format=RdfFormat.TRIG, prefixes=used) or b"").decode().splitlines(keepends=True)
    # The library declares prefixes in another order every time.
    return "".join([*sorted(lines[: len(used)]), *lines[len(used) :]])
