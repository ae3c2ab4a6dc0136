"""Typed links between what is served, in headers and in the heads of pages (RFC 8288, FAIR Signposting)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from flask import url_for
from werkzeug.urls import iri_to_uri

from twingraph.settings import BASE
from twingraph.vocab import SHAPE, TG

if TYPE_CHECKING:
    from collections.abc import Iterable

    from flask import Response

_OURS = re.compile(rf"{re.escape(BASE)}id/([a-z]+)/([A-Za-z0-9-]+)(#.*)?")


class Link(NamedTuple):
    """A typed link: to what, what that is to this, and its media type."""

    target: str
    rel: str
    type: str = ""

    def __str__(self) -> str:
        """Write it as in a header."""
        return f'<{iri_to_uri(self.target)}>; rel="{self.rel}"' + (f'; type="{self.type}"' if self.type else "")


def linked(response: Response, links: Iterable[Link]) -> Response:
    """Give a response the header Link, if there is anything to link to."""
    if links := list(links):
        response.headers["Link"] = ", ".join(map(str, links))
    return response


def href(iri: str) -> str:
    """Give the address at which this server tells of an IRI, or the IRI itself; "" where that would be no link."""
    if ours := _OURS.fullmatch(iri):
        return url_for("things.identifier", kind=ours[1], slug=ours[2]) + (ours[3] or "")
    for namespace, endpoint in ((str(TG), "things.terms"), (str(SHAPE), "things.shapes")):
        if iri.startswith(namespace):
            return url_for(endpoint, _anchor=iri.removeprefix(namespace))
    return iri if iri.startswith(("http://", "https://")) else ""
