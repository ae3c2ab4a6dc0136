"""A page for who keeps the data, on their own computer: each passage of a source, what is stated of it, and forms."""

from __future__ import annotations

import hmac
import logging
import re
import secrets
import socket
from contextlib import suppress
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING, NamedTuple, cast

from flask import Blueprint, Flask, Response, current_app, redirect, render_template, request, url_for
from rdflib import Graph, Literal, URIRef
from werkzeug.exceptions import HTTPException
from werkzeug.serving import make_server

from twingraph.curation.editing import Quote, SourceFolder
from twingraph.curation.graph import write_text
from twingraph.curation.turtle import expand
from twingraph.draft.folder import EXAMPLE
from twingraph.errors import (
    AddressTaken,
    BadInput,
    BadValue,
    BrokenSyntax,
    Forbidden,
    NotFound,
    Outdated,
    TwingraphError,
)
from twingraph.release.watch import Watch, found_in
from twingraph.vocab import TG, base, catalogue_prefixes, kind_of, slug_of
from twingraph.web.edit_data import count_gaps, label_in, passage, stated_by, statements, terms, unquoted, usual_reasons
from twingraph.web.http import POLICY, STATIC
from twingraph.web.language import language, language_name, speak
from twingraph.web.source_page import Passage, cut, sections
from twingraph.words import Text, text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path
    from wsgiref.types import StartResponse, WSGIEnvironment

    from flask.typing import ResponseReturnValue
    from werkzeug.datastructures import MultiDict

    from twingraph.curation.editing import Block, DataFile, Offer
    from twingraph.curation.findings import Finding
    from twingraph.web.service import Value

blueprint = Blueprint("edit", __name__)

_HOST = "127.0.0.1"
_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": POLICY,
    "Cross-Origin-Resource-Policy": "same-origin",
    # With no-referrer a browser would say of our own forms that their origin is null.
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}
_ADDRESS = re.compile(r"https?://[^\s<>\"{}|\\^`]+/")
_LONGEST = 1 << 20
"""Bytes that one request may bring."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What stands beside a passage: the block that quotes it, or one to be added.

    read: the passage, and what was read from it; without an end, one that is not in the page.
    text: of the block, or of that to be added, and version: of what is there, "" where nothing is; comments, offers: in
    it; exact: what it quotes; drafted: whether it waits for a person; findings: what is known to be wrong in it;
    is_bare: whether it states nothing, not even why.
    """

    read: Passage
    text: str
    version: str = ""
    comments: Sequence[str] = ()
    offers: Sequence[Offer] = ()
    exact: Literal | None = None
    drafted: bool = False
    findings: Sequence[Finding] = ()
    is_bare: bool = True

    @property
    def anchor(self) -> str:
        """What it is called in the page."""
        return slug_of(self.read.iri)

    @property
    def out(self) -> str:
        """What a form sends that leaves it out."""
        return f"{self.read.iri} {self.version}" if self.version else f"{self.read.start} {self.read.end}"


class Piece(NamedTuple):
    """A part of a file as it is edited: its offers, what each states, as far as that can be read, and its findings."""

    block: Block
    offers: Sequence[tuple[Offer, Mapping[Value, Sequence[tuple[Value, str]]]]]
    findings: Sequence[Finding]


class Refusal(NamedTuple):
    """Why something was not written: in which entry, the reason, and the form as it was sent."""

    anchor: str
    reason: Text
    form: Mapping[str, str]


def serve(inputs: Path, port: int, lang: str, announce: Callable[[str], object]) -> None:
    """Let the data be edited at a port of this computer, 0 for any free one, until interrupted.

    announce: is given the address, which lets in who knows it. Raises AddressTaken.
    """
    try:
        listening = socket.create_server((_HOST, port))
    except OSError as error:
        words = text(
            "The port %(port)s is taken (%(reason)s); choose another with --port.", port=port, reason=error.strerror
        )
        raise AddressTaken(words) from None
    with listening:
        port, token, watch = listening.getsockname()[1], secrets.token_urlsafe(), Watch(inputs)
        # Its lines would show the token.
        logging.getLogger("werkzeug").setLevel(logging.ERROR)
        server = make_server(_HOST, port, create_app(watch, port, token), threaded=True, fd=listening.fileno())
        try:
            watch.read()
            announce(f"http://{_HOST}:{port}/?token={token}&lang={lang}")
            server.serve_forever()
        finally:
            server.server_close()
            watch.end()


def create_app(watch: Watch, port: int, token: str) -> Flask:
    """Make the application by which data are edited at that port of this computer, by those who know the token."""
    app = Flask("twingraph.web", static_folder=str(STATIC))
    app.config["MAX_CONTENT_LENGTH"] = app.config["MAX_FORM_MEMORY_SIZE"] = _LONGEST
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.url_map.merge_slashes = False
    app.extensions["watch"] = watch
    speak(app)
    app.jinja_env.globals.update(
        kind_of=kind_of,
        language_name=language_name,
        label=label,
        href=lambda iri: "" if kind_of(iri) or iri.startswith(str(TG)) else iri,
    )
    app.register_blueprint(blueprint)
    app.url_defaults(lambda _, values: values.setdefault("token", token))
    app.after_request(_finish)
    hosts, answer, lock = {f"{name}:{port}" for name in (_HOST, "localhost")}, app.wsgi_app, Lock()

    @app.before_request
    def admit() -> None:
        """Refuse who does not know the token, and what the page of somebody else makes a browser ask."""
        host, origin = request.headers.get("Host", "").lower(), request.headers.get("Origin")
        is_known = hmac.compare_digest(request.args.get("token", "").encode(), token.encode())
        if host not in hosts or not is_known or origin not in {None, f"http://{host}"}:
            raise Forbidden

    def in_turn(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        # What is read and written are files, and a person does one thing after the other.
        with lock:
            return answer(environ, start_response)

    app.wsgi_app = in_turn  # type: ignore[method-assign]
    return app


def _finish(response: Response) -> Response:
    response.headers.update(_HEADERS)
    return response


@blueprint.app_errorhandler(TwingraphError)
@blueprint.app_errorhandler(HTTPException)
def tell(error: TwingraphError | HTTPException) -> ResponseReturnValue:
    """Tell a refusal in plain text."""
    if isinstance(error, Forbidden):
        # Who does not know the token is given no page, whose links have it.
        return f"{error.text.in_language(language())}\n", error.status, {"Content-Type": "text/plain; charset=utf-8"}
    if isinstance(error, HTTPException):
        return error.get_response()
    return render_template("edit/layout.html", reason=error.text), error.status


@blueprint.get("/")
def home(refusal: Refusal | None = None) -> str:
    """List the sources and files, and all that is found in the data; refusal: why an address was not taken."""
    watch, drafts = _watch(), {}
    for slug, source in watch.sources.items():
        with suppress(BadInput):
            drafts[slug] = 0
            drafts[slug] = len(source.drafted)
    files = {name: count_gaps(file) for name, file in watch.files.items() if not name.endswith("/facts.trig")}
    example = base() if base().startswith(EXAMPLE) else ""
    return render_template("edit/home.html", sources=drafts, files=files, watch=watch, example=example, refusal=refusal)


@blueprint.post("/")
def move() -> ResponseReturnValue:
    """Put the address below which the data are published in the place of the example in their files; tell why not."""
    watch, address = _watch(), request.form.get("address", "").strip()
    if not (base().startswith(EXAMPLE) and _ADDRESS.fullmatch(address)):
        reason = text("Give an address that begins with https:// and ends in /, and no other once it is chosen.")
        return home(Refusal("", reason, request.form)), 400
    for file in watch.files.values():
        if base() in file.content:
            write_text(file.path, file.content.replace(base(), address))
    return redirect(url_for(".home", lang=language()), 303)


@blueprint.get("/source/<slug>")
def page(slug: str, refusal: Refusal | None = None) -> str:
    """Show a source passage by passage, with what is stated of each; raises NotFound.

    refusal: why what was sent was not written.
    """
    watch = _watch()
    source, error = _source(watch, slug), watch.error
    try:
        quotes, drafted, tongue = (source.quotes if source.stating else {}), source.drafted, source.language
    except BadInput as broken:
        # The blocks can be mended all the same.
        quotes, drafted, tongue, error = {}, set(), "", broken.text
    entries = {entry.read.iri: entry for entry in _entries(watch, source, quotes, drafted)}
    read = [entry.read for entry in entries.values()]
    # A sentence that no block quotes is there to be seen.
    elsewhere = [each for each in watch.whole or () if not each.file.endswith(f"/{slug}/page.txt")]
    here = sum(len(each.findings) for each in entries.values())
    files = {name: count_gaps(file) for name, file in watch.files.items() if not name.endswith("/facts.trig")}
    shown = [
        (town, lines, [entries[each.iri] for _, begun in lines for each in begun])
        for town, _, lines in sections(cut(source.page, [each for each in read if each.end]))
    ]
    return render_template(
        "edit/source.html",
        slug=slug,
        entries=entries,
        sections=shown,
        others=[each for each in read if not each.end],
        drafts=[entry for entry in entries.values() if entry.drafted],
        language_of_page=tongue,
        elsewhere=None if watch.whole is None else len(elsewhere) - here,
        files={name: number for name, number in files.items() if number},
        reasons=usual_reasons(watch),
        terms=terms(watch),
        done=request.args.get("done", ""),
        refusal=refusal,
        error=error,
    )


@blueprint.post("/source/<slug>")
def save(slug: str) -> ResponseReturnValue:
    """Do what a form of the page of a source asks, and lead back to where it stands; tell on the page why not."""
    watch, form = _watch(), request.form
    source = _source(watch, slug)
    try:
        name = _do(source, form)
    except TwingraphError as error:
        return page(slug, _refusal(error)), 409 if isinstance(error, Outdated) else 400
    watch.read()
    if form["do"] != "accept":
        watch.check(name)
    anchor = slug_of(name) or "main"
    return redirect(url_for(".page", slug=slug, lang=language(), done=anchor, _anchor=anchor), 303)


@blueprint.get("/file/<path:name>")
def file_page(name: str, refusal: Refusal | None = None) -> str:
    """Show a file of the data piece by piece, with what may be taken in each; raises NotFound."""
    watch = _watch()
    file = _file(watch, name)
    return render_template(
        "edit/file.html",
        name=name,
        pieces=[
            Piece(
                block,
                [(offer, stated_by(watch, file, offer)) for offer in block.offers],
                found_in(watch.whole or (), name, block),
            )
            for block in file.pieces
        ],
        terms=terms(watch),
        checked=watch.whole is not None,
        done=request.args.get("done", ""),
        refusal=refusal,
        error=watch.error,
    )


@blueprint.post("/file/<path:name>")
def save_file(name: str) -> ResponseReturnValue:
    """Do what a form of the page of a file asks, and lead back to where it stands; tell on the page why not."""
    watch, form = _watch(), request.form
    file, block, version = _file(watch, name), form.get("name", ""), form.get("version", "")
    try:
        if form.get("do") == "take" and form.get("line", "").isdecimal():
            block = file.take(block, version, int(form["line"]), form.getlist("gap"))
        elif form.get("do") == "change":
            block = file.change(block, version, form.get("text", ""))
        else:
            raise BadValue(text("This is no form of the page."))
    except TwingraphError as error:
        return file_page(name, _refusal(error)), 409 if isinstance(error, Outdated) else 400
    watch.read()
    watch.check(block)
    anchor = form.get("anchor", "main")
    return redirect(url_for(".file_page", name=name, lang=language(), done=anchor, _anchor=anchor), 303)


def _refusal(error: TwingraphError) -> Refusal:
    """Tell why a form was not done; where it brought a text, the line is one of that."""
    form, reason = request.form, error.text
    if isinstance(error, BrokenSyntax) and "text" in form:
        values = {"line": error.line, "column": error.column, "reason": error.reason}
        reason = text("Line %(line)s, column %(column)s: %(reason)s. Nothing was written.", **values)
    return Refusal(form.get("anchor", ""), reason, form)


def _do(source: SourceFolder, form: MultiDict[str, str]) -> str:
    """Write what a form asks for; give the name of the block that it is about, "" for one that is no more.

    Raises as the methods of SourceFolder, and BadValue for what is no form of the page.
    """
    name, version, words = (form.get(each, "") for each in ("name", "version", "text"))
    deed = form.get("do", "")
    if deed == "accept":
        read = dict(each.split(" ", 1) for each in form.getlist("read") if " " in each)
        source.accept(read)
        return next(iter(read), "")
    if deed == "add" and form.get("start", "").isdecimal():
        return source.add(int(form["start"]), words)
    if deed == "leave":
        return _leave_out(source, form)
    if deed == "take" and form.get("line", "").isdecimal():
        return source.facts.take(name, version, int(form["line"]), form.getlist("gap"))
    if deed == "back":
        source.take_back(name, version)
        return name
    if deed not in {"change", "change-accept"}:
        raise BadValue(text("This is no form of the page."))
    name = source.change(name, version, words)
    if deed == "change-accept":
        here = SourceFolder(source.folder)
        here.accept({block.name: block.version for block in here.blocks if block.name == name})
    return name


def _leave_out(source: SourceFolder, form: MultiDict[str, str]) -> str:
    """Leave out the passages that a form names, for a usual reason or one in a person's words; give the first."""
    reasons = {tag: form.get(f"reason-{tag}", "") for tag in ("en", "lv")}
    if not any(reasons.values()):
        reasons = usual_reasons(_watch()).get(form.get("reason", ""), reasons)
    names = []
    for one, other in (each.split(" ", 1) for each in form.getlist("out") if " " in each):
        now, name = SourceFolder(source.folder), one
        if one.isdecimal() and other.isdecimal():
            name = now.add(int(one), now.propose(int(one), int(other), reasons))
        else:
            now.leave_out(name, other, reasons)
        names.append(name)
    return next(iter(names), "")


def label(name: str) -> Value:
    """Give what a property is called of which a form asks a value."""
    curated = cast("Watch", current_app.extensions["watch"]).curated
    return label_in(curated.merged if curated else Graph(), URIRef(expand(name, catalogue_prefixes())))


def _file(watch: Watch, name: str) -> DataFile:
    if (file := watch.files.get(name)) is None:
        raise NotFound(text("There is no file %(name)s in these data.", name=name[:80]))
    return file


def _watch() -> Watch:
    watch = cast("Watch", current_app.extensions["watch"])
    watch.read()
    return watch


def _source(watch: Watch, slug: str) -> SourceFolder:
    if (source := watch.sources.get(slug)) is None:
        raise NotFound(text("There is no source %(name)s in these data.", name=slug[:80]))
    return source


def _entries(watch: Watch, source: SourceFolder, quotes: Mapping[str, Quote], drafted: set[str]) -> Iterator[Entry]:
    """Give what stands beside the page in its order, then the blocks that have no place in it."""
    blocks, nowhere = {block.name: block for block in source.blocks}, Quote(Literal(""))
    places = {name: quotes.get(name, nowhere).place for name in blocks}
    found = [(*place, name) for name, place in places.items() if place]
    if not watch.error:
        found += [(*place, "") for place in unquoted(source.page, found)]
    stated = statements(watch, blocks)
    ordered = [*sorted(found), *((0, 0, name) for name, place in places.items() if not place)]
    for number, (start, end, name) in enumerate(ordered, 1):
        if not name:
            yield Entry(Passage(f"/at-{start}", start, end, number), source.propose(start, end))
            continue
        block, exact = blocks[name], quotes.get(name, nowhere).exact
        read = passage(watch, name, (start, end), number, stated.get(name, []))
        known = watch.known.get(name, ())
        is_bare = not watch.error and name not in source.stating
        yield Entry(
            read, block.text, block.version, block.comments, block.offers, exact, name in drafted, known, is_bare
        )
