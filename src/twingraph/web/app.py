"""The application that serves a release, and what belongs to no one page: files, refusals, how the server is."""

from __future__ import annotations

import json
import mimetypes
from functools import lru_cache
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from flask import Blueprint, Flask, Response, render_template, request
from werkzeug.exceptions import HTTPException
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.security import safe_join

from twingraph import __version__
from twingraph.errors import Gone, NotFound, TwingraphError
from twingraph.query.questions import question, questions
from twingraph.settings import CATALOGUE, CHANGES
from twingraph.vocab import address, document, kind_of, use
from twingraph.web import (
    citation,
    downloads,
    endpoint,
    http,
    language,
    lists,
    metadata,
    pages,
    query_page,
    reconcile,
    search,
    source_page,
    things,
    town_page,
)
from twingraph.web.front import Cache, Traffic
from twingraph.web.http import PAGE, content_type, pick, prefers_page
from twingraph.web.service import Service, data_description, data_name, edition, rows, service, site, standing
from twingraph.words import text

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

    from twingraph.query.engine import Engine
    from twingraph.release.folder import Release
    from twingraph.settings import Settings

blueprint = Blueprint("health", __name__)

DISCONTINUED = {
    "/changes.trig": text("follow /changes.atom, or read /changes as RDF"),
    "/crosscheck.ttl": text("download /crosscheck.json or /crosscheck.csv"),
    "/metrics": text("count requests in the proxy before this server"),
    "/reconcile/1.0": text("use /reconcile, by version 0.2 of the Reconciliation Service API"),
    "/search/description.xml": text("let the browser search at /search?q=%%s"),
}
"""What was served in earlier versions, each with all below it, and what to use instead."""
MOST = 50_000
"""Addresses that one sitemap may hold; where there are more, there is an index of several."""

_ROUTES = (
    endpoint,
    query_page,
    things,
    downloads,
    pages,
    lists,
    source_page,
    town_page,
    metadata,
    citation,
    search,
    reconcile,
)
_PAGES = {"catalog.html": CATALOGUE, "changes?lang=lv": CHANGES, "changes?lang=en": CHANGES}
"""What is to be read besides the documents of things, and the file of the release that it is made of."""
_FILES = {
    "facts.ttl": "the facts without words of pages (Turtle, CC0)",
    "quotations.ttl": "the quotations, whose rights are their source's (Turtle)",
    "twingraph.trig": "everything, by what states it (TriG)",
    "tables/agreements.csv": "a row for each source of an agreement (CSV)",
    CATALOGUE: "all files, and their licences (DCAT-AP)",
}
"""The files that assistants are told of, and what they hold."""
_TOLD = ("title", "version", "modified", "counts", "findings")


def create_app(engine: Engine, release: Path | Release, settings: Settings) -> Flask:
    """Make the WSGI application that serves one release, or what is in its folder; the caller closes the engine."""
    app = Flask("twingraph.web", static_folder=None)
    app.url_map.merge_slashes = False
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    here = app.extensions["twingraph"] = Service(engine, release, settings)
    use(here.files.base)
    # Another release, of another base, may be opened in this process later on.
    app.before_request(lambda: use(here.files.base))
    app.after_request(lambda response: http.finish(request, response, here))
    language.speak(app)
    pages.compare_for(app, here)
    for each in (blueprint, *(routes.blueprint for routes in _ROUTES)):
        app.register_blueprint(each)
    app.add_url_rule("/static/<path:filename>", "static", _static)
    app.jinja_env.globals.update(
        edition_here=edition,
        data_name=data_name,
        data_description=data_description,
        sources_here=lambda: rows("source-pages"),
    )
    app.jinja_env.globals["tie_standing"] = standing
    # From here outwards: the routes, queries without them, what was answered before, what is under way.
    front = Traffic(Cache(endpoint.Endpoint(app.wsgi_app, here), settings.cache_mebibytes), here)
    hops = settings.proxies
    app.wsgi_app = ProxyFix(front, hops, hops, hops, 0, hops) if hops else front  # type: ignore[method-assign]
    return app


@blueprint.app_errorhandler(TwingraphError)
@blueprint.app_errorhandler(HTTPException)
def tell(error: TwingraphError | HTTPException) -> ResponseReturnValue:
    """Tell a refusal, of an address that went with what is to be used instead; as a page, to those who read pages."""
    status = error.status if isinstance(error, TwingraphError) else error.code or 0
    if isinstance(error, HTTPException) and status < HTTPStatus.BAD_REQUEST:
        return error.get_response()
    gone = next((path for path in DISCONTINUED if f"{request.path}/".startswith(f"{path}/")), None)
    if gone and isinstance(error, HTTPException) and status == HTTPStatus.NOT_FOUND:
        error = Gone(text("%(path)s is served no longer: %(instead)s.", path=gone, instead=DISCONTINUED[gone]))
        status = error.status
    accept = request.headers.get("Accept")
    # Where there are too many requests already, a page would be too dear.
    reads_pages = prefers_page(accept) and pick(accept, ("text/plain", PAGE)) == PAGE
    if not reads_pages or request.method not in {"GET", "HEAD"} or status not in {400, 404, 410}:
        return http.refuse(request, error)
    try:
        page = Response(render_template("refusal.html", status=status, error=error), status)
    except TwingraphError:
        return http.refuse(request, error)  # What stands around a page can not be asked for.
    return http.varied(page)


@blueprint.app_url_defaults
def name_content(endpoint: str, values: dict[str, str]) -> None:
    """Let the address of a file that pages need name its content."""
    if endpoint == "static" and (version := http.static_version(values["filename"])):
        values.setdefault("v", version)


def _static(filename: str) -> Response:
    """Give a file: for good at the address that names its content, for as long as a page at the bare one."""
    path = safe_join(str(http.STATIC), filename)
    if path is None or not Path(path).is_file():
        raise NotFound(text("There is no such file."))
    media = mimetypes.guess_type(filename)[0] or "application/octet-stream"
    response = Response(Path(path).read_bytes(), content_type=content_type(media))
    if request.args.get("v") == http.static_version(filename):
        response.headers["Cache-Control"] = http.FOR_GOOD
    return response


@blueprint.get("/health")
def health() -> ResponseReturnValue:
    """Tell whether queries are answered: 200, or 503 with the reason."""
    try:
        service().engine.answer("ASK {}")
    except TwingraphError as error:
        return {"status": "failing", "reason": str(error)}, 503
    return {"status": "ok"}, {"Cache-Control": "no-store"}


@blueprint.get("/version")
def version() -> ResponseReturnValue:
    """Tell which release of the data and which version of the program this is."""
    manifest = service().files.manifest
    return {name: manifest[name] for name in _TOLD if name in manifest} | {"program": __version__}


@blueprint.get("/openapi.json")
def openapi() -> Response:
    """Describe every route by the OpenAPI Specification 3.1."""
    return Response(render_template("openapi.json", version=__version__), content_type="application/json")


@blueprint.get("/robots.txt")
def robots() -> Response:
    """Let crawlers go everywhere but to where each address is another query, and show them the sitemap (RFC 9309)."""
    return Response(render_template("robots.txt", path=urlsplit(site()).path, site=site()), mimetype="text/plain")


@blueprint.get("/llms.txt")
def llms() -> Response:
    """Say in a page, to assistants, what is here and how to ask (llmstxt.org)."""
    here = service()
    page = {part: here.files.manifest.get(part, {}).get("en", "") for part in ("name", "description")}
    example = question("areas-of-one-town", here.defaults).parameters["place"].replace(":", "/")
    page |= {"site": site(), "version": here.version, "seconds": here.settings.seconds, "example": example}
    files = {name: holds for name, holds in _FILES.items() if name in here.files}
    body = render_template("llms.txt", questions=questions(here.defaults), files=files, **page)
    return Response(body, mimetype="text/plain")


@blueprint.get("/sitemap.xml")
@blueprint.get("/sitemap-<int(min=1):part>.xml")
def sitemap(part: int | None = None) -> Response:
    """List every page with the day it is of (sitemaps.org), or the parts, where they are too many; raises NotFound."""
    here, paths = service(), _paths(service())
    index = part is None and len(paths) > MOST
    if index:
        paths = [f"sitemap-{number}.xml" for number in range(1, (len(paths) - 1) // MOST + 2)]
    elif part is not None:
        paths = paths[(part - 1) * MOST : part * MOST]
    if not paths:
        raise NotFound(text("The sitemap has no such part."))
    body = render_template("sitemap.xml", site=site(), paths=paths, modified=here.modified, index=index)
    return Response(body, content_type="application/xml; charset=utf-8")


@lru_cache(maxsize=4)
def _paths(here: Service) -> list[str]:
    """Give the path of every page below the site: of the dataset, of its catalogue and history, and of each thing."""
    found = json.loads(here.engine.answer(things.query("things")).body)["results"]["bindings"]
    iris = sorted(iri for row in found if kind_of(iri := row["thing"]["value"]))
    pages = (path for path, name in _PAGES.items() if name in here.files)
    return ["", *pages, *(document(iri, "html").removeprefix(address("")) for iri in iris)]
