"""The files of a release that are the data, and what a catalogue says of each."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from twingraph.release.tables import TABLES
from twingraph.vocab import listed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from rdflib import URIRef


class Words(NamedTuple):
    """A text in English and in Latvian."""

    en: str
    lv: str

    def joined(self, other: Words, between: str = " ") -> Words:
        """Put another text after this one."""
        return Words(f"{self.en}{between}{other.en}", f"{self.lv}{between}{other.lv}")


class Format(NamedTuple):
    """How data are written: the EU's code for it, IANA's media type, its name, whether it keeps named graphs."""

    code: str
    media_type: str
    name: str
    graphs: bool = False


class File(NamedTuple):
    """A file of a release: its name, its length in bytes, and its SHA-256 in hexadecimal."""

    name: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Distribution:
    """A file with what a catalogue says of it.

    compressed: the media type of its compression, "" where there is none; rights: a key of RIGHTS.
    """

    file: File
    format: Format
    title: Words
    description: Words
    rights: str
    compressed: str = ""

    @property
    def iri(self) -> URIRef:
        """What it is called in every release."""
        return listed("distribution", self.file.name)


RIGHTS = {
    "free": Words("Facts, under the licence that is named here.", "Fakti ar šeit norādīto licenci."),
    "quoted": Words("Words of others.", "Citu teksts."),
    "mixed": Words(
        "The facts are under the licence that is named here; the words that they are quoted from are not.",
        "Faktiem ir šeit norādītā licence; citētajam tekstam tās nav.",
    ),
}
"""What may be done with a file: with facts, with quotations, and with both."""

_FORMATS = {
    "csv": Format("CSV", "text/csv", "CSV"),
    "geojson": Format("GEOJSON", "application/geo+json", "GeoJSON"),
    "jsonld": Format("JSON_LD", "application/ld+json", "JSON-LD"),
    "nq": Format("RDF_N_QUADS", "application/n-quads", "N-Quads", graphs=True),
    "nt": Format("RDF_N_TRIPLES", "application/n-triples", "N-Triples"),
    "rdf": Format("RDF_XML", "application/rdf+xml", "RDF/XML"),
    "trig": Format("RDF_TRIG", "application/trig", "TriG", graphs=True),
    "ttl": Format("RDF_TURTLE", "text/turtle", "Turtle"),
}
_GRAPHS = Words(
    "Each statement stands in the named graph of its source.",
    "Katrs apgalvojums atrodas sava avota nosauktajā grafā.",
)
_COMPRESSED = Words("Compressed with gzip.", "Saspiests ar gzip.")


class _Content(NamedTuple):
    title: Words
    description: Words
    rights: str


_DUMPS = {
    "twingraph": _Content(
        Words("All statements", "Visi apgalvojumi"),
        Words(
            "All statements, and the sentences of the page that say them.",
            "Visi apgalvojumi un lapas teikumi, kas tos apgalvo.",
        ),
        "mixed",
    ),
    "facts": _Content(
        Words("Facts", "Fakti"),
        Words(
            "All statements without the words that are quoted from the page.", "Visi apgalvojumi bez lapas citātiem."
        ),
        "free",
    ),
    "quotations": _Content(
        Words("Quotations", "Citāti"),
        Words(
            "The words that are quoted from the page, and where each stands in it.",
            "Lapas citāti un vieta lapā, kur katrs atrodas.",
        ),
        "quoted",
    ),
    "tables/places": _Content(
        Words("Towns on the map", "Pilsētas kartē"),
        Words("The towns as points, in WGS 84.", "Pilsētas kā punkti, WGS 84 koordinātu sistēmā."),
        "free",
    ),
}
_TABLES = {
    "cities": Words("Cities", "Pilsētas"),
    "agreements": Words("Agreements", "Līgumi"),
    "twinnings": Words("Twinnings", "Sadraudzības"),
    "areas": Words("Areas of cooperation", "Sadarbības jomas"),
    "figures": Words("Figures", "Skaitļi"),
    "activities": Words("Activities", "Pasākumi"),
}
_QUOTING = {"quote", "mention"}
_NAME = re.compile(r"(?P<stem>[\w/-]+)\.(?P<ending>\w+)(?P<gz>\.gz)?")


def distributions(files: Iterable[File]) -> Iterator[Distribution]:
    """Give those of the files that are the data, by name; what only describes them is left out."""
    contents = _DUMPS | {f"tables/{table.name}": _table(table.name) for table in TABLES}
    for file in sorted(files):
        found = _NAME.fullmatch(file.name)
        if found and found["stem"] in contents and found["ending"] in _FORMATS:
            content, form = contents[found["stem"]], _FORMATS[found["ending"]]
            yield _distribution(file, content, form, compressed=bool(found["gz"]))


def _table(name: str) -> _Content:
    table = next(table for table in TABLES if table.name == name)
    rights = "mixed" if _QUOTING & set(table.columns) else "free"
    told = Words(f"In each row: {_lowered(table.row_en)}", f"Katrā rindā: {_lowered(table.row_lv)}")
    return _Content(_TABLES[name], told, rights)


def _lowered(text: str) -> str:
    return text[:1].lower() + text[1:]


def _distribution(file: File, content: _Content, form: Format, *, compressed: bool) -> Distribution:
    written = f"({form.name}, gzip)" if compressed else f"({form.name})"
    description = content.description.joined(_GRAPHS) if form.graphs else content.description
    return Distribution(
        file=file,
        format=form,
        title=content.title.joined(Words(written, written)),
        description=description.joined(_COMPRESSED) if compressed else description,
        rights=content.rights,
        compressed="application/gzip" if compressed else "",
    )
