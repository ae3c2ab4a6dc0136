"""Where things are and how much a query may take: one frozen dataclass."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

BASE = "https://w3id.org/twingraph/"
"""The base of every IRI that the project mints; fixed, whatever host serves the data."""

RELEASE = Path("release")
"""Where a release is made and looked for unless another folder is named."""

MANIFEST = "manifest.json"
CHECKSUMS = "SHA256SUMS"
QUADS = "twingraph.nq"
"""The files of a release that the program itself reads."""

_HERE = Path(__file__).resolve().parent


# In a wheel the package holds data/, ontology/ and shapes/, in a checkout the top folder.
_INPUTS = _HERE if (_HERE / "data").is_dir() else _HERE.parent.parent


@dataclass(frozen=True, slots=True)
class Settings:
    """What can be set; a server states its limits in the answers it refuses.

    inputs: the folder with `data/`, `ontology/` and `shapes/`.
    workers: processes that run queries, each one query at a time.
    seconds: wall-clock time one query may take.
    cpu_seconds: processor time one query may take.
    mebibytes: memory one query may take on top of what the worker holds before it.
    answer_mebibytes: length of one answer.
    queue_seconds: how long a query waits for a free worker before it is refused.
    """

    inputs: Path = _INPUTS
    workers: int = 3
    seconds: float = 10.0
    cpu_seconds: int = 10
    mebibytes: int = 512
    answer_mebibytes: int = 64
    queue_seconds: float = 5.0
