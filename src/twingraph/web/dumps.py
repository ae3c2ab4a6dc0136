"""The files of the release, to take home."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from flask import Blueprint, abort, send_from_directory

from twingraph.negotiate import content_type
from twingraph.settings import CHECKSUMS
from twingraph.web.served import served

if TYPE_CHECKING:
    from flask import Response

blueprint = Blueprint("dumps", __name__)

_TYPES = {
    ".csv": "text/csv",
    ".geojson": "application/geo+json",
    ".json": "application/json",
    ".jsonld": "application/ld+json",
    ".nq": "application/n-quads",
    ".nt": "application/n-triples",
    ".rdf": "application/rdf+xml",
    ".trig": "application/trig",
    ".ttl": "text/turtle",
}


@blueprint.get("/dumps/latest/<path:name>")
def latest(name: str) -> Response:
    """Serve one file of the release that its SHA256SUMS lists, or that list; anything else is 404."""
    release = served().release
    if name not in files_of(release):
        abort(404, f"There is no {name} in this release; {CHECKSUMS} lists what there is.")
    file = send_from_directory(release, name)
    file.headers["Content-Type"] = content_type(_TYPES.get(Path(name).suffix, "text/plain"))
    return file


def files_of(release: Path) -> list[str]:
    """List the files of a release by name, as its SHA256SUMS does, and that list itself last."""
    lines = (release / CHECKSUMS).read_text(encoding="utf-8").splitlines()
    # A line is the sum in hexadecimal, a space, a space or an asterisk, and the name (sha256sum(1)).
    return [*sorted(line.split(" ", 1)[1][1:] for line in lines if line), CHECKSUMS]
