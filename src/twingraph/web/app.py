"""The application that serves a release: a SPARQL endpoint, a page to ask at, linked data, and the dumps."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from flask import Flask

from twingraph.web import (
    changes,
    crosscheck,
    downloads,
    facts,
    health,
    http,
    language,
    layout,
    pages,
    query_page,
    reconcile,
    search,
    source_page,
    sparql,
    things,
)
from twingraph.web.cache import Cache
from twingraph.web.lane import Lane
from twingraph.web.rate import Buckets
from twingraph.web.service import Service

if TYPE_CHECKING:
    from pathlib import Path

    from twingraph.query.engine import Answering
    from twingraph.release.folder import Release
    from twingraph.settings import Settings

ROUTES = (
    *(sparql, query_page, things, downloads, changes, crosscheck, pages, source_page, search, reconcile),
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
    for prepare in (language.speak, layout.surround, facts.prepare):
        prepare(app)
    here, buckets = Service.open(engine, release, settings), Buckets(settings.rate)
    here.provide(app)
    crosscheck.compare_for(app, here)
    admits = partial(http.admits, buckets)
    # From here outwards: the routes, the lane past them, what was answered before, and proxies that are believed.
    app.wsgi_app = Lane(app.wsgi_app, here, admits, lambda *_: None)  # type: ignore[method-assign]
    if settings.cache_mebibytes:
        app.wsgi_app = Cache(app.wsgi_app, settings.cache_mebibytes, settings.quick_seconds, admits, lambda *_: None)  # type: ignore[method-assign]
    http.share(app, here, buckets)
    for routes in ROUTES:
        app.register_blueprint(routes.blueprint)
    return app
