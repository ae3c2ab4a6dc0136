"""How the server is: whether it answers, which release it has, and what may be asked of it."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from flask import Blueprint, Response, jsonify

from twingraph import __version__
from twingraph.errors import QueryError
from twingraph.web.service import service

if TYPE_CHECKING:
    from typing import Any

blueprint = Blueprint("health", __name__)

_TOLD = ("title", "version", "modified", "counts", "findings")


@blueprint.get("/health")
def health() -> Response:
    """Tell whether queries are answered: 200, or 503 with the reason."""
    try:
        service().engine.answer("ASK {}")
        response = jsonify(status="ok")
    except QueryError as error:
        response = jsonify(status="failing", reason=str(error))
        response.status_code = 503
    response.headers["Cache-Control"] = "no-store"
    return response


@blueprint.get("/version")
def version() -> Response:
    """Tell which release of the data and which version of the program this is."""
    manifest = service().files.manifest
    return jsonify({name: manifest[name] for name in _TOLD if name in manifest} | {"program": __version__})


@blueprint.get("/openapi.json")
def openapi() -> Response:
    """Describe every route by the OpenAPI Specification 3.1."""
    return jsonify(_openapi())


@cache
def _openapi() -> dict[str, Any]:
    described: dict[str, Any] = json.loads((files("twingraph") / "web" / "openapi.json").read_bytes())
    described["info"]["version"] = __version__
    return described
