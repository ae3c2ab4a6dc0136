"""The application that serves a release: a SPARQL endpoint, a page to ask at, linked data, and the dumps."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Flask

from twingraph.web import (
    changes,
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
from twingraph.web.cache import Cache
from twingraph.web.service import Service
from twingraph.web.traffic import Traffic

if TYPE_CHECKING:
    from pathlib import Path

    from twingraph.query.engine import Answering
    from twingraph.release.folder import Release
    from twingraph.settings import Settings

ROUTES = (
    *(endpoint, query_page, things, downloads, changes, crosscheck, pages, source_page, search, reconcile),
    health,
)
"""The modules with a blueprint each."""


def create_app(engine: Answering, release: Path | Release, settings: Settings) -> Flask:
    """Make the WSGI application that serves one release.

    engine: answers the queries; the caller closes it.
    release: the folder whose files are offered as dumps, or the files themselves.
    settings: the limits of a request, and as the answers state them.
    """
    app = Flask("twingraph.web", static_folder=None)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    for prepare in (language.speak, layout.surround, documents.prepare):
        prepare(app)
    here = Service.open(engine, release, settings)
    here.provide(app)
    crosscheck.compare_for(app, here)
    # From here outwards: the routes, queries without them, what was answered before, what is under way.
    app.wsgi_app = endpoint.Endpoint(app.wsgi_app, here)  # type: ignore[method-assign]
    if settings.cache_mebibytes:
        app.wsgi_app = Cache(app.wsgi_app, settings.cache_mebibytes)  # type: ignore[method-assign]
    app.wsgi_app = Traffic(app.wsgi_app, here)  # type: ignore[method-assign]
    http.share(app, here)
    for routes in ROUTES:
        app.register_blueprint(routes.blueprint)
    return app
