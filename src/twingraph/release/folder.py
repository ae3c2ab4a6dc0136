"""Folders replaced as a whole: the old one stands until the new one is complete."""

from __future__ import annotations

import ctypes
import os
import shutil
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from twingraph.errors import UnwritableTarget

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

_AT_FDCWD = -100
_RENAME_EXCHANGE = 2


@contextmanager
def replaced(folder: Path, is_ours: Callable[[Path], bool]) -> Iterator[Path]:
    """Give an empty folder to fill, and put it in the place of `folder` when the block ends well.

    is_ours: tells whether a folder holds nothing but what was made in this way; any other is never replaced.
    Raises UnwritableTarget where the disk refuses; whenever the process ends, `folder` is the old one or the new.
    """
    folder = Path(os.path.realpath(folder))  # which does not raise where a link leads to itself
    if folder.name:
        recover(folder)
    if not folder.name or (folder.exists() and not _is_empty(folder) and not is_ours(folder)):
        raise UnwritableTarget(folder, "it holds something other than a release; name another folder")
    new = folder.with_name(f".{folder.name}.{os.getpid()}")
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        _clear(folder)
        new.mkdir()
        yield new
        _sync(new)
        _exchange(new, folder)
    except OSError as error:
        raise UnwritableTarget(folder, error.strerror or str(error)) from None
    finally:
        shutil.rmtree(new, ignore_errors=True)


def written(folder: Path, files: Iterable[tuple[str, bytes]]) -> Iterator[Path]:
    """Write files into a folder, made if need be, and give the path of each; raises UnwritableTarget."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in files:
            path = folder / name
            path.write_bytes(content)
            yield path
    except OSError as error:
        raise UnwritableTarget(folder, error.strerror or str(error)) from None


def _is_empty(folder: Path) -> bool:
    try:
        return next(folder.iterdir(), None) is None
    except OSError as error:
        raise UnwritableTarget(folder, error.strerror or str(error)) from None


def _clear(folder: Path) -> None:
    """Remove what builds that were killed left behind, but not what a running one is filling."""
    for left in folder.parent.glob(f".{folder.name}.*"):
        owner = left.suffix[1:]
        if owner.isdigit() and (int(owner) == os.getpid() or not _runs(int(owner))):
            shutil.rmtree(left, ignore_errors=True)


def _runs(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _sync(folder: Path) -> None:
    """Bring files to the disk before their folder gets its name, or a power cut could leave them empty."""
    for path in folder.rglob("*"):
        if path.is_file():
            with path.open("rb") as file:
                os.fsync(file.fileno())


def _exchange(new: Path, folder: Path) -> None:
    """Swap two folders in one step (renameat2 of Linux); where the file system can not, in two that recover knows."""
    if not folder.exists():
        new.rename(folder)
        return
    libc = ctypes.CDLL(None, use_errno=True)
    with suppress(AttributeError):
        if libc.renameat2(_AT_FDCWD, os.fsencode(new), _AT_FDCWD, os.fsencode(folder), _RENAME_EXCHANGE) == 0:
            return
    old = _aside(folder)
    folder.rename(old)
    new.rename(folder)
    shutil.rmtree(old, ignore_errors=True)


def _aside(folder: Path) -> Path:
    return folder.with_name(f".{folder.name}.old")


def recover(folder: Path) -> None:
    """Bring back a folder that was set aside by a swap in two steps which did not get to the second."""
    old = _aside(folder)
    if old.exists() and not folder.exists():
        old.rename(folder)
    shutil.rmtree(old, ignore_errors=True)
