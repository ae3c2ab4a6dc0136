"""What stands around every page: the ways to the others, and whose data these are; and refusals as a page."""

from __future__ import annotations

import hashlib
import mimetypes
from functools import cache
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING

from flask import Response, render_template, request
from werkzeug.exceptions import HTTPException
from werkzeug.security import safe_join

from twingraph.errors import Gone, NotFound, TwingraphError
from twingraph.web.http import refuse, varied
from twingraph.web.negotiation import PAGE, content_type, pick, prefers_page
from twingraph.web.service import edition, rows
from twingraph.words import text

if TYPE_CHECKING:
    from flask import Flask
    from flask.typing import ResponseReturnValue

STATIC = Path(__file__).parent / "static"
"""Where the stylesheet and the scripts are, and what is made when the wheel is."""
FOR_GOOD = "public, max-age=31536000, immutable"
"""How long that keeps whose address names its content."""
DISCONTINUED = {
    "/changes.trig": text("follow /changes.atom, or read /changes as RDF"),
    "/crosscheck.ttl": text("take /crosscheck.json, or /crosscheck.csv"),
    "/metrics": text("count requests in the proxy before this server"),
    "/reconcile/1.0": text("use /reconcile, by version 0.2 of the Reconciliation Service API"),
    "/search/description.xml": text("let the browser search at /search?q=%%s"),
}
"""What was served in earlier versions, each with all below it, and what to use instead."""


def surround(app: Flask) -> None:
    """Let the pages of an application know what stands around them, and name the files they need by their content."""
    app.jinja_env.globals.update(edition_here=edition, sources_here=lambda: rows("source-pages"))
    for kind in (TwingraphError, HTTPException):
        app.register_error_handler(kind, _refuse)

    @app.url_defaults
    def name_content(endpoint: str, values: dict[str, str]) -> None:
        if endpoint == "static" and (version := static_version(values["filename"])):
            values.setdefault("v", version)

    @app.route("/static/<path:filename>", endpoint="static")
    def static(filename: str) -> Response:
        """Give a file: for good at the address that names its content, for as long as a page at the bare one."""
        path = safe_join(str(STATIC), filename)
        if path is None or not Path(path).is_file():
            raise NotFound(text("There is no such file."))
        media = mimetypes.guess_type(filename)[0] or "application/octet-stream"
        response = Response(Path(path).read_bytes(), content_type=content_type(media))
        if request.args.get("v") == static_version(filename):
            response.headers["Cache-Control"] = FOR_GOOD
        return response


@cache
def static_version(filename: str) -> str:
    """Name the content of a static file; "" where there is none, as may be with the editor of the query page."""
    path = STATIC / filename
    return hashlib.sha256(path.read_bytes()).hexdigest()[:12] if path.is_file() else ""


def _refuse(error: TwingraphError | HTTPException) -> ResponseReturnValue:
    """Tell a refusal, of an address that went with what is to be used instead; as a page, to those who read pages.

    Not where there are too many requests already, when a page would be too dear.
    """
    status = error.status if isinstance(error, TwingraphError) else error.code or 0
    if isinstance(error, HTTPException) and status < HTTPStatus.BAD_REQUEST:
        return error.get_response()
    gone = next((path for path in DISCONTINUED if f"{request.path}/".startswith(f"{path}/")), None)
    if gone and isinstance(error, HTTPException) and status == HTTPStatus.NOT_FOUND:
        error = Gone(text("%(path)s is served no longer: %(instead)s.", path=gone, instead=DISCONTINUED[gone]))
        status = error.status
    accept = request.headers.get("Accept")
    reads_pages = prefers_page(accept) and pick(accept, ("text/plain", PAGE)) == PAGE
    if not reads_pages or request.method not in {"GET", "HEAD"} or status not in {400, 404, 410}:
        return refuse(request, error)
    try:
        page = Response(render_template("refusal.html", status=status, error=error), status)
    except TwingraphError:
        return refuse(request, error)  # What stands around a page can not be asked for.
    return varied(page)
