"""Typed links between what is served, in headers and in the heads of pages (RFC 8288, FAIR Signposting)."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from werkzeug.urls import iri_to_uri

if TYPE_CHECKING:
    from collections.abc import Iterable

    from flask import Response


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
