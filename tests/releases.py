"""Made-up releases, written as a build writes them, and made-up inputs."""

import json
from pathlib import Path

from twingraph.release.folder import Release, open_release, publish
from twingraph.settings import FORMAT, MANIFEST


def remade(folder: Path, files: dict[str, str], of: Release | None = None, version: str = "made-up") -> Release:
    """Put a release of these files in the place of the one in a folder; of: another, whose files come besides."""
    others = {name: of.read(name) for name in of.checksums} if of else {}
    stated = {MANIFEST: json.dumps({"format": FORMAT, "version": version}).encode()}
    publish(folder, stated | others | {name: text.encode() for name, text in files.items()}, version)
    return open_release(folder)


def edit(path: Path, old: str, new: str, to: Path | None = None) -> None:
    """Replace a text wherever it stands in a file, or in a copy of it."""
    text = path.read_text("utf-8")
    assert old in text
    (to or path).write_text(text.replace(old, new), "utf-8")
