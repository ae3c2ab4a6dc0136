"""What one application serves, for the routes to reach."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from flask import current_app

if TYPE_CHECKING:
    from pathlib import Path

    from flask import Flask

    from twingraph.engine import Engine
    from twingraph.settings import Settings

_KEY = "twingraph"


@dataclass(frozen=True, slots=True)
class Served:
    """A release's folder, the engine that answers queries on it, and the limits."""

    engine: Engine
    release: Path
    settings: Settings

    def by(self, app: Flask) -> None:
        """Let an application serve this."""
        app.extensions[_KEY] = self


def served() -> Served:
    """Give what the application of the current request serves."""
    found: Served = current_app.extensions[_KEY]
    return found
