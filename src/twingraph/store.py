"""Stores on disk, for releases too large to be loaded at every start: made once, beside the release, then only read.

A store is made by `python -m twingraph.store QUADS FOLDER` in a process of its own, since that takes memory
which a server would keep.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from pyoxigraph import Quad, RdfFormat, Store, parse

from twingraph import limits
from twingraph.errors import UnreadableFile, UnwritableTarget

if TYPE_CHECKING:
    from collections.abc import Iterator

LARGE = 64 << 20
"""Bytes of N-Quads from which on a store on disk is made: some seconds of loading, and as much memory again."""


@contextlib.contextmanager
def store_beside(release: Path, quads: Path, checksum: str, least: int = LARGE) -> Iterator[Path | None]:
    """Give the folder of the store of a release, made first if there is none yet; None for one that is not large.

    It stays as long as somebody is in this context; stores of earlier releases that nobody uses any longer go.
    There is none either on a machine where a worker that may open its files could not be kept from sockets.

    release: the folder beside which it stands. quads: the N-Quads of it. checksum: theirs, which names the store.
    least: bytes of N-Quads that are large.

    Raises UnwritableTarget where it can not be made, UnreadableFile where the quads can not be loaded.
    """
    if quads.stat().st_size < least or not limits.can_refuse_sockets():
        yield None
        return
    release = Path(os.path.realpath(release))
    stem = f".{release.name}.store-"
    folder = release.with_name(f"{stem}{checksum[:16]}")
    with contextlib.ExitStack() as stack:
        while not _used(stack, folder):
            _make(folder, quads)
        for other in set(release.parent.glob(f"{stem}*")) - {folder}:
            _remove_unused(other)
        yield folder


def _used(stack: contextlib.ExitStack, folder: Path) -> bool:
    """Say by a lock that a store is used, until the stack is left; tell whether there is one."""
    try:
        opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except FileNotFoundError:
        return False
    stack.callback(os.close, opened)
    fcntl.flock(opened, fcntl.LOCK_SH)
    # Whoever held it alone may have removed it meanwhile.
    return folder.is_dir() and os.path.samestat(folder.stat(), os.fstat(opened))


def _remove_unused(folder: Path) -> None:
    # One that is locked is used; one that can not be removed is in nobody's way.
    with contextlib.suppress(OSError):
        opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(folder)
        finally:
            os.close(opened)


def make(quads: str, folder: str) -> None:
    """Load N-Quads into a new folder; the default graph becomes the union of all named graphs, each triple once."""
    store = Store(folder)
    store.bulk_load(path=quads, format=RdfFormat.N_QUADS)
    # An update would hold all of them in memory at once.
    store.bulk_extend(Quad(*quad.triple) for quad in parse(path=quads, format=RdfFormat.N_QUADS))
    store.optimize()
    store.flush()


def _make(folder: Path, quads: Path) -> None:
    # Not by a name that would pass for a store of an earlier release.
    new = folder.with_name(f".new{folder.name}.{os.getpid()}")
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
