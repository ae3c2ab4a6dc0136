"""Where things are and how much a query may take: one frozen dataclass."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from twingraph.errors import BadValue
from twingraph.words import text

BASE = "https://w3id.org/twingraph/"
"""The base of the IRIs of terms and of all that comes with the program; fixed, whatever host serves it.

Things of the data have a base of their own, which the IRI of their dataset names (`vocab.base`); ours is this, too.
"""
RELEASE = Path("release")
"""Where a release is made and looked for unless another folder is named."""
FORMAT = 2
"""The format of the releases that the program writes and answers from; raised when a program of another one would
misread them. Older ones, in which each claim was shown as its one page made it, it only compares.
"""
MANIFEST = "manifest.json"
CHECKSUMS = "SHA256SUMS"
QUADS = "twingraph.nq"
TERMS = "ontology.ttl"
SHAPES = "shapes.ttl"
CONTEXT = "context.jsonld"
VOID = "void.ttl"
CATALOGUE = "catalog.ttl"
CHANGES = "changes.ttl"
"""The files of a release that the program itself reads."""

# What RFC 3986 allows besides, a query or a name before the host, has no place in the address of a site.
_SITE = re.compile(
    r"https?://(?:[a-z0-9.-]+|\[[0-9a-f:.]+\])(?::\d{1,5})?(?:/(?:[\w.~-]|%[0-9a-f]{2})+)*/?", re.ASCII | re.IGNORECASE
)
_HERE = Path(__file__).resolve().parent
# In a wheel the package holds data/, ontology/ and shapes/, in a checkout the top folder.
PACKAGED = _HERE if (_HERE / "data").is_dir() else _HERE.parent.parent
"""The inputs that come with the program: the folder with its `data/`, `ontology/` and `shapes/`."""
DATASET = "dataset.ttl"
"""The file by which a folder is known to hold data."""


def find_inputs(*, new: bool = False) -> Path:
    """Give the data to work on: those that TWINGRAPH_DATA names, else those in `./data`, else the program's own.

    new: give `./data` also where there are none yet, to write some.
    """
    named, here = os.environ.get("TWINGRAPH_DATA"), Path("data")
    return Path(named).absolute() if named else here.absolute() if new or (here / DATASET).is_file() else PACKAGED


def input_folder(inputs: Path, name: str) -> Path:
    """Give the folder `data`, `ontology` or `shapes` of the inputs; without one beside the data, the program's own.

    inputs: a folder with `data/`, or one with the data themselves.
    """
    is_above = not (inputs / DATASET).is_file() and any(
        (inputs / each).is_dir() for each in ("data", "ontology", "shapes")
    )
    data = inputs / "data" if is_above else inputs
    beside = data.parent / name
    return data if name == "data" else beside if beside.is_dir() else PACKAGED / name


@dataclass(frozen=True, slots=True)
class Settings:
    """What can be set, limits with what they are of; a server states them in the answers it refuses.

    site: the public address of the server, to which what it serves refers; empty for that of each request.
    report: where a mistake is reported, with `{file}` and `{line}` for the place in the data; empty for the contact.
    snapshot: the folder of what Wikidata said, which /crosscheck holds the data against; None for no comparison.
    reviews: the file in which an editor keeps what was decided of the rows there; checked: that of what `check-source`
    last said of the pages.

    Raises BadValue where the site is no absolute address, or the report none with a place.
    """

    workers: Annotated[int, "Queries that run at once in the quick lane, each in a process of its own."] = 7
    slow_workers: Annotated[int, "Queries at once in either the middle or the slow lane; none delays a quick one."] = 2
    quick_seconds: Annotated[float, "Processor time of a query in the quick lane; ten times it in the middle."] = 0.03
    waiting: Annotated[int, "Queries that may wait for the quick lane, an eighth for others; more are refused."] = 64
    seconds: Annotated[float, "Wall-clock time one query may take."] = 10.0
    cpu_seconds: Annotated[int, "Processor time one query may take."] = 10
    silent_seconds: Annotated[float, "How long a client may take to ask, or to read a part of an answer."] = 10.0
    mebibytes: Annotated[int, "Memory one query may take on top of what the worker holds before it."] = 512
    answer_mebibytes: Annotated[int, "Length of one answer."] = 64
    connections: Annotated[int, "Queries that run at once on an engine elsewhere."] = 8
    queue_seconds: Annotated[float, "How long a query waits for its turn in a lane before it is refused."] = 5.0
    body_kibibytes: Annotated[int, "Length of what one request may bring."] = 1024
    fresh_seconds: Annotated[int, "How long a cache may give an answer on before it asks again."] = 60
    cache_mebibytes: Annotated[int, "Memory for answers that are given again without being made again; 0: none."] = 32
    proxies: Annotated[int, "Reverse proxies before the server whose X-Forwarded headers are believed."] = 0
    site: str = ""
    report: str = ""
    snapshot: Path | None = None
    reviews: Path | None = None
    checked: Path | None = None

    def __post_init__(self) -> None:
        if self.site and not _SITE.fullmatch(self.site):
            raise BadValue(
                text(
                    "The site %(site)r is no absolute address; write it whole, such as https://data.example.org/.",
                    site=self.site,
                )
            )
        if self.report and not (self.report.startswith(("https://", "http://")) and "{file}" in self.report):
            raise BadValue(
                text(
                    "The address %(report)r leads to no place in the data; write it as one with {file} and {line}, "
                    "such as https://git.example.org/data/blob/main/{file}#L{line}.",
                    report=self.report,
                )
            )
