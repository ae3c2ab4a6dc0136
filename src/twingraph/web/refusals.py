"""A refusal as a person is told it: on a page, in the language of the pages, with ways on."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from flask import Response, render_template, request

from twingraph.errors import TwingraphError
from twingraph.web.language import gettext as _
from twingraph.web.language import language
from twingraph.web.layout import edition, sources
from twingraph.web.negotiation import content_type, pick, prefers_page

if TYPE_CHECKING:
    from werkzeug.exceptions import HTTPException


def page_of(error: TwingraphError | HTTPException, status: int) -> Response | None:
    """Give the page that tells a refusal; None for those who rather read text, or where a page would be too dear.

    That is where there are too many requests already; and the endpoint's refusals are to be read by line and column.
    """
    title = _titles().get(status) if _reads_pages() else None
    if title is None or not _is_ready():
        return None
    sentence = error.message(language()) if isinstance(error, TwingraphError) else ""
    said_in = "en" if sentence == str(error) else language()
    sought = request.path.rstrip("/").rpartition("/")[2].partition(".")[0] if status == HTTPStatus.NOT_FOUND else ""
    told = {"title": title, "sentence": sentence, "said_in": said_in, "sought": sought.replace("-", " ")}
    body = render_template("refusal.html", **told)
    response = Response(body, status, content_type=content_type("text/html"))
    response.vary.add("Accept")
    return response


def _titles() -> dict[int, str]:
    return {400: _("This can not be answered"), 404: _("There is nothing here"), 410: _("This was withdrawn")}


def _reads_pages() -> bool:
    accept = request.headers.get("Accept")
    rather = prefers_page(accept) and pick(accept, ("text/plain", "text/html")) == "text/html"
    return rather and request.method in {"GET", "HEAD"} and request.blueprint != "sparql"


def _is_ready() -> bool:
    """Tell whether what stands around a page can be asked for."""
    try:
        edition()
        sources()
    except TwingraphError:
        return False
    return True
