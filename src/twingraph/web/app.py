"""The application that serves a release: a SPARQL endpoint, a page to ask at, linked data, and the dumps."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Flask, request
from werkzeug.middleware.proxy_fix import ProxyFix

from twingraph.web import (
    crosscheck,
    documents,
    downloads,
    endpoint,
    health,
    http,
    language,
    layout,
    pages,
    query_page,
    reconcile,
    search,
    source_page,
    things,
)
from twingraph.web.front import Cache, Traffic
from twingraph.web.service import Service

if TYPE_CHECKING:
    from pathlib import Path

    from twingraph.query.engine import Engine
    from twingraph.release.folder import Release
    from twingraph.settings import Settings

_PAGES = (query_page, things, downloads, crosscheck, pages, source_page, search, reconcile)


def create_app(engine: Engine, release: Path | Release, settings: Settings) -> Flask:
    """Make the WSGI application that serves one release.

    engine: answers the queries; the caller closes it.
    release: the folder whose files are offered as dumps, or the files themselves.
    settings: the limits of a request, and as the answers state them.
    """
    app = Flask("twingraph.web", static_folder=None)
    app.url_map.merge_slashes = False
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    here = app.extensions["twingraph"] = Service.open(engine, release, settings)
    app.after_request(lambda response: http.finish(request, response, here))
    for prepare in (language.speak, layout.surround, documents.prepare):
        prepare(app)
    crosscheck.compare_for(app, here)
    for routes in (endpoint, *_PAGES, health):
        app.register_blueprint(routes.blueprint)
    # From here outwards: the routes, queries without them, what was answered before, what is under way.
    front = Traffic(Cache(endpoint.Endpoint(app.wsgi_app, here), settings.cache_mebibytes), here)
    hops = settings.proxies
    app.wsgi_app = ProxyFix(front, hops, hops, hops, 0, hops) if hops else front  # type: ignore[method-assign]
    return app
