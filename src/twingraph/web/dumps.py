"""The files of the release, to take home: each version for good, and whichever is the latest."""

from __future__ import annotations

import base64
import re
from pathlib import PurePosixPath

from flask import Blueprint, Response, abort, request, send_file, url_for

from twingraph.settings import CHECKSUMS
from twingraph.web.service import service

blueprint = Blueprint("dumps", __name__)

_TYPES = {
    ".csv": "text/csv",
    ".geojson": "application/geo+json",
    ".gz": "application/gzip",
    ".json": "application/json",
    ".jsonld": "application/ld+json",
    ".nq": "application/n-quads",
    ".nt": "application/n-triples",
    ".rdf": "application/rdf+xml",
    ".trig": "application/trig",
    ".ttl": "text/turtle",
}
# Anything else a server may ignore (RFC 9110, 14.2); Werkzeug would refuse it.
_RANGE = re.compile(r"bytes=(?:(\d+)-(\d*)|-\d+)")


@blueprint.get("/dumps/latest/<path:name>")
def latest(name: str) -> Response:
    """Serve one file of the release that its SHA256SUMS lists, or that list; anything else is 404."""
    response = _file(name)
    if version := service().version:
        response.headers["Content-Location"] = url_for(".versioned", version=version, name=name)
    return response


@blueprint.get("/dumps/<version>/<path:name>")
def versioned(version: str, name: str) -> Response:
    """Serve a file of the release of that version, to be kept as long as one likes."""
    if version != service().version:
        known = service().version or "no version"
        abort(404, f"This server has the release {known}, and not {version[:40]}.")
    response = _file(name)
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    return response


def files_of() -> list[str]:
    """List the files of the release by name, the list itself last."""
    return [*sorted(service().files.checksums), CHECKSUMS]


def _file(name: str) -> Response:
    """Send a file whole or in part, under conditions (RFC 9110, 13 and 14), with its digest (RFC 9530)."""
    files = service().files
    if name not in files.files:
        abort(404, f"There is no {name[:80]} in this release; {CHECKSUMS} lists what there is.")
    checksum = files.checksums.get(name)
    _forget_odd_range()
    response = send_file(
        files.path(name),
        mimetype=_TYPES.get(PurePosixPath(name).suffix, "text/plain"),
        etag=checksum or service().tag,
        last_modified=service().modified,
        conditional=True,
    )
    if checksum:
        digest = base64.b64encode(bytes.fromhex(checksum)).decode()
        response.headers["Repr-Digest"] = f"sha-256=:{digest}:"
    return response


def _forget_odd_range() -> None:
    found = _RANGE.fullmatch(request.headers.get("Range", "").replace(" ", ""))
    backwards = found and found[2] and int(found[2]) < int(found[1])
    if not found or backwards or request.method == "HEAD":
        request.environ.pop("HTTP_RANGE", None)
