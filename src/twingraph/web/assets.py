"""The files that pages need, each at an address that changes with its content."""

from __future__ import annotations

import hashlib
import mimetypes
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from flask import Response, abort, request

from twingraph.web.negotiation import content_type

if TYPE_CHECKING:
    from flask import Flask

FOLDER = Path(__file__).parent / "static"
"""Where they are: the stylesheet, the scripts, and what is made when the wheel is."""

_TYPES = {".js": "text/javascript", ".woff2": "font/woff2"}


def offer(app: Flask) -> None:
    """Let an application serve them at the endpoint `static`, and its pages name them by their content."""
    app.add_url_rule("/static/<path:filename>", "static", file)
    app.url_defaults(_name_content)


def file(filename: str) -> Response:
    """Give a file: for good at the address that names its content, for as long as a page at the bare one."""
    # None but those that were there from the start, so that no path leads anywhere else.
    body = _files().get(filename)
    if body is None:
        abort(404, "There is no such file.")
    response = Response(body, content_type=content_type(_media_type(filename)))
    if request.args.get("v") == _version(filename):
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    return response


def is_there(filename: str) -> bool:
    """Tell whether there is such a file; the editor of the query page may be missing."""
    return filename in _files()


def _name_content(endpoint: str, values: dict[str, str]) -> None:
    if endpoint == "static" and (version := _version(values["filename"])):
        values.setdefault("v", version)


@cache
def _version(filename: str) -> str:
    body = _files().get(filename)
    return hashlib.sha256(body).hexdigest()[:12] if body is not None else ""


@cache
def _files() -> dict[str, bytes]:
    return {path.relative_to(FOLDER).as_posix(): path.read_bytes() for path in FOLDER.rglob("*") if path.is_file()}


def _media_type(filename: str) -> str:
    return _TYPES.get(Path(filename).suffix) or mimetypes.guess_type(filename)[0] or "application/octet-stream"
