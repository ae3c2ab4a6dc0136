"""Folders of releases: each stays as it was made, behind a link to the newest, for as long as anybody reads it."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import weakref
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from twingraph.errors import NoRelease, OtherFormat, UnwritableTarget
from twingraph.settings import CHECKSUMS, FORMAT, MANIFEST, QUADS, VOID
from twingraph.words import text

try:
    import fcntl
except ImportError:  # Windows, where a folder with open files can not be moved or removed anyway
    fcntl = None  # type: ignore[assignment]

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from twingraph.release.records import LinkedTowns

_NEW, _OLD, _LINK, _SPOILT = "new", "old", "link", "spoilt"


@dataclass(frozen=True, eq=False)
class Release:
    """A whole release, whose files stay as long as this does, whatever is built meanwhile.

    folder: the folder that holds them, and no link to it.
    """

    folder: Path

    @cached_property
    def checksums(self) -> Mapping[str, str]:
        """The SHA-256 of each file in hexadecimal, by name."""
        return MappingProxyType(_listed(self.folder))

    @cached_property
    def manifest(self) -> dict[str, Any]:
        """What the release says that it is."""
        return dict(json.loads(self.read(MANIFEST)))

    def __contains__(self, name: str) -> bool:
        return name == CHECKSUMS or name in self.checksums

    def path(self, name: str) -> Path:
        """Give the path of a file; raises KeyError where the release has none of that name."""
        if name not in self:
            raise KeyError(name)
        return self.folder / name

    @property
    def graphs(self) -> list[Path]:
        """The files that queries are answered from: the facts, and what the data say of themselves, if they do."""
        return [self.folder / name for name in (QUADS, VOID) if name in self]

    def read(self, name: str) -> bytes:
        """Read a file whole; raises KeyError where the release has none of that name."""
        return self.path(name).read_bytes()

    def load(self) -> LinkedTowns:
        """Read the dataset of the release, named graphs included."""
        # Loaded here because a server has no need of records.
        from twingraph.release.records import LinkedTowns  # noqa: PLC0415

        towns = LinkedTowns()
        towns.parse(self.path(QUADS), format="nquads")
        return towns


def open_release(folder: Path) -> Release:
    """Open the release in a folder.

    Raises NoRelease where a file is missing or is not what its checksum says, OtherFormat where it is of another one.
    """
    try:
        _bring_back(_followed(folder))
        # Held first: what is read from now on can not be removed by a build.
        real, descriptor = _hold(folder)
        release = Release(real)
        weakref.finalize(release, _let_go, descriptor)
        if not (release.checksums and _is_whole(real)):
            raise NoRelease(folder, text("a file differs from its checksum"))
        found = release.manifest.get("format")
    except (OSError, ValueError, KeyError) as error:
        raise NoRelease(folder, getattr(error, "strerror", None) or str(error)) from None
    if found != FORMAT:
        raise OtherFormat(folder, found, FORMAT)
    return release


def publish(folder: Path, files: Mapping[str, bytes], version: str) -> None:
    """Put a release in the place of the one in a folder, in one step: until then, and if it fails, that one stands.

    files: what it consists of, by name, but for the list of checksums. Where links can be made the folder is one, to
    `.NAME-VERSION-SUM` beside it, and what nobody reads any longer is removed.

    Raises UnwritableTarget where the disk refuses, or the folder holds anything but a release.
    """
    sums = "".join(f"{hashlib.sha256(files[name]).hexdigest()}  {name}\n" for name in sorted(files)).encode()
    label = f"{re.sub('[^0-9A-Za-z.]', '_', version)}-{hashlib.sha256(sums).hexdigest()[:12]}"
    replace(folder, {CHECKSUMS: sums, **files}, _is_release, label)


def replace(folder: Path, files: Mapping[str, bytes], is_ours: Callable[[Path], bool], label: str = "") -> None:
    """Put a folder with these files in the place of another; whenever the process ends, it is the old one or the new.

    is_ours: tells whether a folder holds nothing but what was made in this way; any other is never replaced.
    label: by which the new one is told from others that may still be read; then the folder becomes a link to it.

    Raises UnwritableTarget.
    """
    try:
        place = _followed(folder)
        place.parent.mkdir(parents=True, exist_ok=True)
        _bring_back(place)
        # One at a time, in whichever container: what builds have left here is then left by those that were killed.
        with _locked(place.parent):
            if not place.name or (place.exists() and any(place.iterdir()) and not is_ours(place)):
                raise UnwritableTarget(folder, text("it holds something other than a release; name another folder"))
            with TemporaryDirectory(prefix=f".{place.name}-new-", dir=place.parent) as name:
                work = Path(name)
                try:
                    _fill(work / _NEW, files)
                    _swap(place, work, place.with_name(f".{place.name}-{label}") if label else None)
                finally:
                    _restore(place, work)
            _clean(place)
    except OSError as error:
        raise UnwritableTarget(folder, error.strerror or str(error)) from None


def write(folder: Path, files: Iterable[tuple[str, bytes]]) -> Iterator[Path]:
    """Write files into a folder, made if need be, and give the path of each; raises UnwritableTarget."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in files:
            path = folder / name
            path.write_bytes(content)
            yield path
    except OSError as error:
        raise UnwritableTarget(folder, error.strerror or str(error)) from None


def _listed(folder: Path) -> dict[str, str]:
    # A line is the sum in hexadecimal, a space, a space or an asterisk, and the name (sha256sum(1)).
    lines = (line.split(" ", 1) for line in (folder / CHECKSUMS).read_text("utf-8").splitlines())
    return {name[1:]: checksum for checksum, name in lines}


def _files(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()} - {CHECKSUMS}


def _is_whole(folder: Path) -> bool:
    with suppress(OSError, ValueError):
        listed = _listed(folder)
        sums = ((hashlib.sha256((folder / name).read_bytes()).hexdigest(), listed[name]) for name in listed)
        return _files(folder) == listed.keys() and all(found == stated for found, stated in sums)
    return False


def _is_release(folder: Path) -> bool:
    """Tell whether a folder holds files of a release and no other; they may be spoilt."""
    with suppress(OSError, ValueError):
        listed = _listed(folder)
        return bool(listed) and _files(folder) <= listed.keys()
    return False


def _followed(folder: Path) -> Path:
    """Give the absolute path of a folder to replace: where a link leads that others made, which stays as it is."""
    with suppress(FileNotFoundError):
        folder.stat()  # raises for a link that leads to itself
    folder = folder.parent.resolve() / folder.name if folder.name else folder.resolve()
    while folder.is_symlink() and not _is_beside(folder, folder.readlink().name):
        folder = folder.parent / folder.readlink()
    return folder


def _is_beside(folder: Path, name: str) -> bool:
    """Tell whether a folder beside another is one that a build of that made."""
    return re.fullmatch(rf"\.{re.escape(folder.name)}-(?:new-\w{{8}}|[^-]*-[0-9a-f]{{12}})", name) is not None


def _beside(folder: Path) -> list[Path]:
    return [path for path in folder.parent.iterdir() if _is_beside(folder, path.name)]


def _hold(folder: Path) -> tuple[Path, int]:
    """Keep builds from removing a folder; give where it really is, and what to let go of. Raises OSError."""
    while True:
        real = Path(os.path.realpath(folder, strict=True))
        if fcntl is None:
            return real, -1
        descriptor = os.open(real, os.O_RDONLY)
        # Where a file system has no locks, nothing is removed either.
        with suppress(OSError):
            fcntl.flock(descriptor, fcntl.LOCK_SH)
        with suppress(OSError):
            if os.path.samestat(os.fstat(descriptor), real.stat()):
                return real, descriptor
        os.close(descriptor)  # It was removed just now, so the link leads elsewhere.


def _let_go(descriptor: int) -> None:
    if descriptor >= 0:
        os.close(descriptor)


@contextmanager
def _locked(folder: Path, *, wait: bool = True) -> Iterator[None]:
    """Let nobody else hold or lock a folder within the block; raises OSError instead of waiting for who does so now."""
    descriptor = -1 if fcntl is None else os.open(folder, os.O_RDONLY)
    try:
        if fcntl is not None:
            fcntl.flock(descriptor, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    finally:
        _let_go(descriptor)


def _fill(folder: Path, files: Mapping[str, bytes]) -> None:
    """Bring files to the disk before their folder gets its name, or a power cut could leave them empty."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())


def _swap(folder: Path, work: Path, target: Path | None) -> None:
    """Put the new folder in the place of another, in one step where a link can lead to it at its own name."""
    if target is None or not _link(work / _LINK, target.name):
        _set_aside(folder, work)
        (work / _NEW).rename(folder)
        return
    if not folder.is_symlink():
        _set_aside(folder, work)
    # What was built before is the same, and somebody may read it.
    if not _is_whole(target):
        with suppress(FileNotFoundError):
            target.rename(work / _SPOILT)
        (work / _NEW).rename(target)
    (work / _LINK).replace(folder)


def _link(link: Path, name: str) -> bool:
    """Make a link, unless there are none here, or no locks, without which nobody knows who reads what is left."""
    try:
        if fcntl is not None:
            link.symlink_to(name)
    except (OSError, NotImplementedError):
        return False
    return fcntl is not None


def _set_aside(folder: Path, work: Path) -> None:
    """Move away what is no link, unless somebody reads it, who would not find it again."""
    try:
        with suppress(FileNotFoundError), _locked(folder, wait=False):
            folder.rename(work / _OLD)
    except BlockingIOError:
        raise UnwritableTarget(folder, text("somebody serves it; end that server, or name another folder")) from None


def _restore(folder: Path, work: Path) -> None:
    if os.path.lexists(work / _OLD) and not os.path.lexists(folder):
        (work / _OLD).rename(folder)


def _bring_back(folder: Path) -> None:
    """Bring back a folder that was set aside by a build which was killed before it put another in its place."""
    if not os.path.lexists(folder):
        with _locked(folder.parent):
            for work in _beside(folder):
                _restore(folder, work)


def _clean(folder: Path) -> None:
    """Remove what is beside a folder but what it leads to, and what somebody holds."""
    for path in _beside(folder) if fcntl else ():
        with suppress(OSError), _locked(path, wait=False):
            if not (folder.is_symlink() and folder.readlink().name == path.name):
                shutil.rmtree(path, ignore_errors=True)
