"""Stores on disk, for releases too large to be loaded at every start: made once, beside the release, then only read.

A store is made by `python -m twingraph.store QUADS FOLDER` in a process of its own, since that takes memory
which a server would keep.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from pyoxigraph import Quad, RdfFormat, Store, parse

from twingraph import limits
from twingraph.errors import UnreadableFile, UnwritableTarget

LARGE = 64 << 20
"""Bytes of N-Quads from which on a store on disk is made: some seconds of loading, and as much memory again."""


def store_beside(release: Path, quads: Path, checksum: str, least: int = LARGE) -> Path | None:
    """Give the folder of the store of a release, made first if there is none yet; None for one that is not large.

    Neither is there one on a machine where a worker that may open its files could not be kept from sockets.

    release: the folder beside which it stands. quads: the N-Quads of it. checksum: theirs, which names the store.
    least: bytes of N-Quads that are large.

    Raises UnwritableTarget where it can not be made, UnreadableFile where the quads can not be loaded.
    """
    if quads.stat().st_size < least or not limits.can_refuse_sockets():
        return None
    release = Path(os.path.realpath(release))
    folder = release.with_name(f".{release.name}.store-{checksum[:16]}")
    if not folder.is_dir():
        _make(folder, quads)
    return folder


def make(quads: str, folder: str) -> None:
    """Load N-Quads into a new folder; the default graph becomes the union of all named graphs, each triple once."""
    store = Store(folder)
    store.bulk_load(path=quads, format=RdfFormat.N_QUADS)
    # An update would hold all of them in memory at once.
    store.bulk_extend(Quad(*quad.triple) for quad in parse(path=quads, format=RdfFormat.N_QUADS))
    store.optimize()
    store.flush()


def _make(folder: Path, quads: Path) -> None:
    new = folder.with_name(f"{folder.name}.{os.getpid()}")
    command = [sys.executable, "-P", "-m", "twingraph.store", str(quads), str(new)]
    try:
        done = subprocess.run(command, check=False, capture_output=True, text=True)  # noqa: S603 - this very program
        if done.returncode:
            reason = done.stderr.strip().rpartition("\n")[2] or "the process that loads it has ended"
            remedy = "build the release again, and see that the disk has room"
            raise UnreadableFile(
                quads, reason, (remedy, "izveidojiet laidienu no jauna un pārbaudiet, vai diskā ir vieta")
            )
        _put_in_place(new, folder)
    finally:
        shutil.rmtree(new, ignore_errors=True)


def _put_in_place(new: Path, folder: Path) -> None:
    try:
        new.rename(folder)
    except OSError as error:
        # Another server may have made the same one meanwhile.
        if not folder.is_dir():
            raise UnwritableTarget(folder, error.strerror or str(error)) from None


if __name__ == "__main__":
    make(*sys.argv[1:])
