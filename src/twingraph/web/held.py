"""The files of a release, held open: what is served stays what was loaded, whatever becomes of the folder."""

from __future__ import annotations

import json
import os
import weakref
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from twingraph.errors import NoRelease
from twingraph.settings import CHECKSUMS, MANIFEST

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


@dataclass(frozen=True, eq=False)
class Held:
    """The files of one release by name, as their open descriptors, and the SHA-256 of each in hexadecimal.

    A build puts a new folder in the place of the old one and removes that; an open file outlives its name.
    """

    folder: Path
    files: Mapping[str, int]
    checksums: Mapping[str, str]

    def path(self, name: str) -> str:
        """Give a path by which any process of this user may open a file while this one runs; raises NoRelease."""
        if name not in self.files:
            raise NoRelease(self.folder, f"{CHECKSUMS} does not list {name}")
        return f"/proc/{os.getpid()}/fd/{self.files[name]}"

    def read(self, name: str) -> bytes:
        """Read a file whole; raises KeyError where the release has none of that name."""
        descriptor = self.files[name]
        return os.pread(descriptor, os.fstat(descriptor).st_size, 0)

    @property
    def manifest(self) -> dict[str, Any]:
        """What the release says that it is; nothing where it has no manifest."""
        return json.loads(self.read(MANIFEST)) if MANIFEST in self.files else {}


def hold(folder: Path) -> Held:
    """Open every file that the SHA256SUMS of a release lists, and that list itself.

    Raises NoRelease where one is missing. They are closed when nobody has the result any longer.
    """
    files: dict[str, int] = {}
    try:
        # All are opened below one folder, even if another takes its name meanwhile.
        opened = os.open(folder, os.O_PATH | os.O_DIRECTORY)
        try:
            files[CHECKSUMS] = os.open(CHECKSUMS, os.O_RDONLY, dir_fd=opened)
            checksums = _checksums(os.pread(files[CHECKSUMS], os.fstat(files[CHECKSUMS]).st_size, 0).decode())
            for name in checksums:
                files[name] = os.open(name, os.O_RDONLY, dir_fd=opened)
        finally:
            os.close(opened)
    except (OSError, ValueError) as error:
        _close(files)
        raise NoRelease(folder, getattr(error, "strerror", None) or str(error)) from None
    held = Held(folder, MappingProxyType(files), MappingProxyType(checksums))
    weakref.finalize(held, _close, files)
    return held


def _checksums(text: str) -> dict[str, str]:
    # A line is the sum in hexadecimal, a space, a space or an asterisk, and the name (sha256sum(1)).
    lines = (line.split(" ", 1) for line in text.splitlines() if line)
    return {name[1:]: checksum for checksum, name in lines}


def _close(files: dict[str, int]) -> None:
    for descriptor in files.values():
        os.close(descriptor)
