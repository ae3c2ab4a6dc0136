"""The HTTP face of a release: a SPARQL endpoint, a page to ask at, and the dumps."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Flask, Response
from werkzeug.exceptions import HTTPException

from twingraph.errors import TwingraphError
from twingraph.web import dumps, pages, sparql
from twingraph.web.served import Served

if TYPE_CHECKING:
    from pathlib import Path

    from twingraph.engine import Engine
    from twingraph.settings import Settings

LONGEST_BODY = 1 << 20
"""Bytes that a request may bring; a longer one gets 413."""


def create_app(engine: Engine, release: Path, settings: Settings) -> Flask:
    """Make the WSGI application that serves one release.

    engine: answers the queries; the caller closes it.
    release: the folder whose files are offered as dumps.
    settings: the limits, as the pages state them.
    """
    app = Flask(__name__)
    app.config["MAX_CONTENT_LENGTH"] = LONGEST_BODY
    Served(engine, release.resolve(), settings).by(app)
    for blueprint in (sparql.blueprint, pages.blueprint, dumps.blueprint):
        app.register_blueprint(blueprint)
    app.register_error_handler(TwingraphError, _told)
    app.register_error_handler(HTTPException, _told_by_flask)
    app.after_request(_open_to_all)
    return app


def _told(error: TwingraphError) -> Response:
    return Response(f"{error}\n", error.status, content_type="text/plain; charset=utf-8")


def _told_by_flask(error: HTTPException) -> Response:
    response = Response(f"{error.description}\n", error.code, content_type="text/plain; charset=utf-8")
    if allowed := dict(error.get_headers()).get("Allow"):
        response.headers["Allow"] = allowed
    return response


def _open_to_all(response: Response) -> Response:
    # The data are public and nobody logs in, so scripts of any site may read them.
    response.headers["Access-Control-Allow-Origin"] = "*"
    return response
