"""A way past Flask for the plain case, GET /sparql?query=…: the route's answer in a fraction of its time.

The lane asks the same engine by the same functions as the route in `sparql.py`. Headers it learns: the first
answer of a kind goes through the route, and later ones repeat its headers but for those that name the bytes.
What is not plain, and what is refused, the route tells; a query that was run is not run again for it.
"""

from __future__ import annotations

import re
import time
from binascii import a2b_qp
from functools import lru_cache
from typing import TYPE_CHECKING

from twingraph.errors import TwingraphError
from twingraph.query.sparql import changes
from twingraph.web import http, sparql
from twingraph.web.negotiation import Choice, choose, prefers_page

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

    from twingraph.query.engine import Answer
    from twingraph.web.service import Service

    Headers = list[tuple[str, str]]
    Kind = tuple[str | bool | None, ...]

_PATH = "/sparql"
_FIELD = "query="
_CONDITIONS = ("HTTP_IF_NONE_MATCH", "HTTP_IF_MODIFIED_SINCE")
_ASKED = ("HTTP_HOST", "wsgi.url_scheme", "SCRIPT_NAME", "HTTP_ACCEPT", "HTTP_ACCEPT_ENCODING")
"""What of a request the headers of its answer may depend on, or whether it is answered at all."""
_OF_BYTES = frozenset(("etag", "content-length"))
_MOST = 256
_STRAY = re.compile(r"%(?![0-9A-Fa-f]{2})|[\r\n]")


class Lane:
    """Answers plain queries, and leaves all else to an application; for any number of threads.

    app: the application with the route. here: what it serves.
    admits: tells whether a request may have an answer, and marks it as admitted if so.
    count: is told the route, method, status and seconds of each answer given from here.
    """

    def __init__(
        self,
        app: WSGIApplication,
        here: Service,
        admits: Callable[[WSGIEnvironment], bool],
        count: Callable[[str, str, int, float], None],
    ) -> None:
        self._app, self._here, self._admits, self._count = app, here, admits, count
        self._learned: dict[Kind, Headers] = {}

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request (PEP 3333)."""
        begun = time.perf_counter()
        query = _plain_query(environ)
        choice = _choice(environ.get("HTTP_ACCEPT")) if query is not None else None
        if query is None or choice is None or not self._admits(environ):
            return self._app(environ, start_response)
        try:
            answer = self._here.engine.answer(
                query, results=choice.results, graphs=choice.graphs, asker=environ.get("REMOTE_ADDR", "")
            )
        except TwingraphError as error:
            environ[sparql.ANSWERED] = error
            return self._app(environ, start_response)
        kind = (*map(environ.get, _ASKED), answer.media_type, len(answer.body) > http.SHORT)
        headers = self._learned.get(kind)
        if headers is None or answer.has_blank_nodes:
            return self._by_route(environ, start_response, answer, kind)
        tag = self._here.entity_tag(*sparql.parts(query, choice))
        start_response("200 OK", [*headers, ("Content-Length", str(len(answer.body))), ("ETag", f'"{tag}"')])
        self._count(_PATH, "GET", 200, time.perf_counter() - begun)
        return [answer.body]

    def _by_route(
        self, environ: WSGIEnvironment, start_response: StartResponse, answer: Answer, kind: Kind
    ) -> Iterable[bytes]:
        def learn(status: str, headers: Headers, *more: object) -> Callable[[bytes], object]:
            names = {name.lower() for name, _ in headers}
            if status.startswith("200") and "content-encoding" not in names and names >= _OF_BYTES:
                if len(self._learned) >= _MOST:
                    self._learned.clear()
                self._learned[kind] = [header for header in headers if header[0].lower() not in _OF_BYTES]
            return start_response(status, headers, *more)  # type: ignore[arg-type]

        environ[sparql.ANSWERED] = answer
        return self._app(environ, learn)


def _plain_query(environ: WSGIEnvironment) -> str | None:
    """Give the query of a plain request; None where it is not plain."""
    encoded = environ["QUERY_STRING"]
    if (
        environ["REQUEST_METHOD"] != "GET"
        or environ["PATH_INFO"] != _PATH
        or not encoded.startswith(_FIELD)
        or "&" in encoded
        or not encoded.isascii()
        or any(map(environ.get, _CONDITIONS))
    ):
        return None
    try:
        query = unquoted(encoded[len(_FIELD) :]).decode()
    except ValueError:
        return None
    return None if changes(query) else query


def unquoted(value: str) -> bytes:
    """Read one value of a form, in ASCII; raises ValueError for a percent sign that escapes nothing.

    Quoted-printable is percent-encoding but for its sign, and the library reads it ten times as fast.
    """
    if _STRAY.search(value):
        message = "A percent sign without two digits."
        raise ValueError(message)
    return a2b_qp(value.replace("+", " ").replace("=", "=3D").replace("%", "="))


@lru_cache(maxsize=256)
def _choice(accept: str | None) -> Choice | None:
    """Choose the media types, None for a person who wants a page."""
    return None if prefers_page(accept) else choose(accept)
