"""Requests to a WSGI application as a server makes them, without a server."""

from __future__ import annotations

import io
import sys
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable
    from wsgiref.types import WSGIApplication


class Given(NamedTuple):
    """An answer, whole."""

    status: str
    headers: list[tuple[str, str]]
    body: bytes


def request(path: str = "/", query: str = "", method: str = "GET", **headers: str) -> dict[str, Any]:
    """Give a request as a WSGI server does; headers are named in capitals."""
    return {
        "REQUEST_METHOD": method,
        "SCRIPT_NAME": "",
        "PATH_INFO": path,
        "QUERY_STRING": query,
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "192.0.2.1",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
        "HTTP_HOST": "localhost",
        **{f"HTTP_{name}": value for name, value in headers.items()},
    }


def ask(app: WSGIApplication, environ: dict[str, Any]) -> Given:
    """Send a request; headers in the order of their names."""
    heads: list[tuple[str, list[tuple[str, str]]]] = []

    def start(status: str, headers: list[tuple[str, str]], *_: object) -> Callable[[bytes], object]:
        heads.append((status, headers))
        return heads.append  # type: ignore[return-value]

    answer = app(dict(environ), start)
    body = b"".join(answer)
    getattr(answer, "close", bool)()
    status, headers = heads[-1]
    return Given(status, sorted(headers), body)
