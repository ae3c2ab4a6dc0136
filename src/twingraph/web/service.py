"""What one application serves, for the routes to reach, and what named queries answer on it."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Self, cast

from flask import current_app, request

from twingraph import __version__
from twingraph.errors import NotFound
from twingraph.query.questions import question
from twingraph.release.folder import Release, open_release
from twingraph.settings import CHECKSUMS
from twingraph.web.language import language
from twingraph.words import text

if TYPE_CHECKING:
    from twingraph.query.engine import Engine
    from twingraph.settings import Settings
    from twingraph.words import Language

Row = dict[str, str]
"""Values by the names of their variables; what is not bound is not there."""


@dataclass(frozen=True, slots=True)
class Service:
    """A release's files, the engine that answers queries on it, and the limits.

    tag: names the release and the programs that answer on it; where it is the same, so is every answer.
    modified: the time of the release, None if it states none.
    """

    engine: Engine
    files: Release
    settings: Settings
    tag: str
    modified: datetime | None

    @classmethod
    def open(cls, engine: Engine, release: Path | Release, settings: Settings) -> Self:
        """Give what is served from a folder with a `SHA256SUMS`, as it is now; raises NoRelease."""
        files = open_release(release) if isinstance(release, Path) else release
        programs = (__version__, version("pyoxigraph"), version("rdflib"))
        tag = hashlib.sha256(" ".join(programs).encode() + files.read(CHECKSUMS)).hexdigest()
        stated = files.manifest.get("modified")
        modified = datetime.fromisoformat(stated).astimezone(UTC) if stated else None
        return cls(engine, files, settings, tag, modified)

    @property
    def version(self) -> str:
        """The version of the release, "" if it states none."""
        return str(self.files.manifest.get("version", ""))

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


def rows(name: str, *, labels: Language | None = None, **values: str) -> tuple[Row, ...]:
    """Give the answer to a named query.

    labels: their language, else that of the page; values: of its parameters, as a person writes them (`place:alcamo`).
    Raises NotFound and BadValue, and as `Engine.answer`.
    """
    return _rows(service(), name, labels or language(), tuple(sorted(values.items())))


def edition() -> Row:
    """Give the dataset that is served, its version, day and licence; nothing where the data do not say it."""
    return next(iter(rows("how-to-cite", labels="en")), {})


@lru_cache(maxsize=1024)
def _rows(here: Service, name: str, labels: Language, values: tuple[tuple[str, str], ...]) -> tuple[Row, ...]:
    query = question(name)
    body = here.engine.answer(query.write(labels), values=query.values(dict(values))).body
    found = json.loads(body)["results"]["bindings"]
    return tuple({variable: term["value"] for variable, term in row.items()} for row in found)
