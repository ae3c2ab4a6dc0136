"""What one application serves, for the routes to reach, and what named queries answer on it."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Self, cast

from flask import current_app, g, request

from twingraph import __version__
from twingraph.errors import NotFound
from twingraph.query.questions import question
from twingraph.release.folder import Release, open_release
from twingraph.settings import CHECKSUMS
from twingraph.web.language import language
from twingraph.words import text

if TYPE_CHECKING:
    from twingraph.query.engine import Engine
    from twingraph.query.questions import Defaults
    from twingraph.settings import Settings
    from twingraph.words import Language


class Value(str):
    """A value of an answer, and its language, "" where it has none."""

    __slots__ = ("language",)
    language: str

    def __new__(cls, text: str, language: str = "") -> Self:
        """Take both as an answer has them."""
        value = super().__new__(cls, text)
        value.language = language
        return value


Row = dict[str, Value]
"""Values by the names of their variables; what is not bound is not there."""


class Service:
    """A release's files, the engine that answers queries on it, and the limits; raises NoRelease.

    tag: names the release and the programs that answer on it; where it is the same, so is every answer.
    version, modified: of the release, "" and None if it states none.
    defaults: of its named queries.
    """

    def __init__(self, engine: Engine, release: Path | Release, settings: Settings) -> None:
        self.engine, self.settings = engine, settings
        self.files = files = open_release(release) if isinstance(release, Path) else release
        programs = (__version__, version("pyoxigraph"), version("rdflib"))
        self.tag = hashlib.sha256(" ".join(programs).encode() + files.read(CHECKSUMS)).hexdigest()
        self.version, modified = str(files.manifest.get("version", "")), files.manifest.get("modified")
        self.defaults: Defaults = files.manifest.get("defaults", {})
        self.modified = datetime.fromisoformat(modified).astimezone(UTC) if modified else None

    def read(self, name: str) -> bytes:
        """Read a file of the release; raises NotFound where it has none of that name."""
        try:
            return self.files.read(name)
        except KeyError:
            raise NotFound(text("There is no file %(name)s in this release.", name=name)) from None


def service() -> Service:
    """Give what the application of the current request serves."""
    return cast("Service", current_app.extensions["twingraph"])


def site() -> str:
    """Give the public address of what is served, with a slash at its end: as it was set, or as it was asked for."""
    return f"{service().settings.site or request.root_url}".rstrip("/") + "/"


def data_name() -> str:
    """Give what the data are called, in the language of the page if they say that."""
    names = service().files.manifest.get("name", {})
    return str(names.get(language()) or next(iter(names.values()), "twingraph"))


def data_description() -> str:
    """Give what the data are of, in the language of the page if they say that, "" where they say nothing of it."""
    return str(service().files.manifest.get("description", {}).get(language(), ""))


def rows(name: str, *, labels: Language | None = None, **values: str) -> tuple[Row, ...]:
    """Give the answer to a named query.

    labels: their language, else that of the page; values: of its parameters, as a person writes them (`place:alcamo`).
    Raises NotFound and BadValue, and as `Engine.answer`.
    """
    return _rows(service(), name, labels or language(), tuple(sorted(values.items())))


def standing(tie: str) -> Row:
    """Give how a tie stands, who says so, and as of which source: its row of `ties-by-status`."""
    if "ties" not in g:
        g.ties = {row["tie"]: row for row in rows("ties-by-status")}
    return cast("Row", g.ties.get(tie, {}))


def edition() -> Row:
    """Give the dataset that is served, its version, day and licence; nothing where the data do not say it."""
    return next(iter(rows("how-to-cite", labels="en")), {})


@lru_cache(maxsize=1024)
def _rows(here: Service, name: str, labels: Language, values: tuple[tuple[str, str], ...]) -> tuple[Row, ...]:
    query = question(name, here.defaults)
    body = here.engine.answer(query.write(labels), values=query.values(dict(values))).body
    found = json.loads(body)["results"]["bindings"]
    return tuple({name: Value(it["value"], it.get("xml:lang", "")) for name, it in row.items()} for row in found)
