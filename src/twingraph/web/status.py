"""How the server is: which release it has, how busy it was, and what may be asked of it."""

from __future__ import annotations

import json
import time
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from flask import Blueprint, Response, current_app, g, jsonify, request
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.exposition import choose_encoder

from twingraph import __version__
from twingraph.settings import QUADS
from twingraph.web.service import service, service_of

if TYPE_CHECKING:
    from typing import Any

    from flask import Flask

    from twingraph.web.service import Service

blueprint = Blueprint("status", __name__)

_KEY = "twingraph-metrics"
_BOUNDS = (0.001, 0.005, 0.02, 0.1, 0.5, 2.0, 10.0)
_METHODS = frozenset(("GET", "HEAD", "POST", "OPTIONS"))


class Metrics:
    """Counts of what one application was asked, for Prometheus; nobody's address is among them, and no query."""

    def __init__(self, here: Service) -> None:
        self.registry = CollectorRegistry()
        self._requests = Counter(
            "twingraph_requests", "Requests by route and status.", ("route", "method", "status"), registry=self.registry
        )
        self._seconds = Histogram(
            "twingraph_request_seconds", "Time to an answer.", ("route",), buckets=_BOUNDS, registry=self.registry
        )
        release = Gauge(
            "twingraph_release", "What is served, as labels.", ("version", "quads", "program"), registry=self.registry
        )
        release.labels(here.version, here.files.checksums.get(QUADS, ""), __version__).set(1)
        # The library looks a child up under a lock; there are no more of them than routes times statuses.
        self._counts = cache(self._counts_of)

    def count(self, route: str, method: str, status: int, seconds: float) -> None:
        """Count one answer; route: the pattern of its address, since there is no end of addresses."""
        requests, times = self._counts(route, method if method in _METHODS else "other", status)
        requests.inc()
        times.observe(seconds)

    def _counts_of(self, route: str, method: str, status: int) -> tuple[Counter, Histogram]:
        return self._requests.labels(route, method, str(status)), self._seconds.labels(route)


def measure(app: Flask) -> Metrics:
    """Let an application that serves something count its answers; give the counts to who answers before its routes."""
    metrics = app.extensions[_KEY] = Metrics(service_of(app))
    app.before_request(_begin)
    app.after_request(_count)
    return metrics


@blueprint.get("/version")
def version() -> Response:
    """Tell which release of the data and which version of the program this is."""
    manifest = service().files.manifest
    told = {name: manifest[name] for name in ("title", "version", "modified", "counts", "findings") if name in manifest}
    return jsonify({**told, "program": __version__})


@blueprint.get("/metrics")
def metrics() -> Response:
    """Give the counts in the text format of Prometheus, or as OpenMetrics where that is accepted."""
    encoder, media_type = choose_encoder(request.headers.get("Accept", ""))
    body = encoder(current_app.extensions[_KEY].registry)
    response = Response(body, content_type=media_type, headers={"Cache-Control": "no-store"})
    response.vary.add("Accept")
    return response


@blueprint.get("/openapi.json")
def openapi() -> Response:
    """Describe every route by the OpenAPI Specification 3.1."""
    return jsonify(_openapi())


@cache
def _openapi() -> dict[str, Any]:
    described: dict[str, Any] = json.loads((files("twingraph") / "web" / "openapi.json").read_bytes())
    described["info"]["version"] = __version__
    return described


def _begin() -> None:
    g.began = time.perf_counter()


def _count(response: Response) -> Response:
    route = request.url_rule.rule if request.url_rule else "none"
    seconds = time.perf_counter() - g.began if "began" in g else 0.0
    current_app.extensions[_KEY].count(route, request.method, response.status_code, seconds)
    return response
