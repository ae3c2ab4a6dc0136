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
from typing import TYPE_CHECKING, Any

from twingraph.errors import NoRelease, UnwritableTarget
from twingraph.settings import BASE, CHECKSUMS, FORMAT, MANIFEST, QUADS, VOID
from twingraph.vocab import use
from twingraph.words import text

try:
    import fcntl
except ImportError:  # Windows, where a folder with open files can not be moved or removed anyway
    fcntl = None  # type: ignore[assignment]

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from pathlib import Path

    from twingraph.release.records import LinkedTowns

_VERSION = re.compile(r"\.(.+)-[^-]*-[0-9a-f]{12}")
"""What the folder of a release is called that stands behind a link; the group: how the link is called."""


@dataclass(frozen=True, eq=False)
class Release:
    """A release, whose files stay as long as this does if `open_release` gave it, whatever is built meanwhile.

    folder: the folder that holds them, and no link to it.
    """

    folder: Path

    @cached_property
    def checksums(self) -> Mapping[str, str]:
        """The SHA-256 of each file in hexadecimal, by name."""
        # A line is the sum, a space, a space or an asterisk, and the name (sha256sum(1)).
        lines = (line.split(" ", 1) for line in (self.folder / CHECKSUMS).read_text("utf-8").splitlines())
        return {name[1:]: checksum for checksum, name in lines}

    @cached_property
    def manifest(self) -> dict[str, Any]:
        """What the release says that it is."""
        return dict(json.loads(self.read(MANIFEST)))

    @property
    def base(self) -> str:
        """The base of the IRIs of its things."""
        return str(self.manifest.get("base", BASE))

    def __contains__(self, name: str) -> bool:
        return name == CHECKSUMS or name in self.checksums

    def path(self, name: str) -> Path:
        """Give the path of a file; raises KeyError where the release has none of that name."""
        if name not in self:
            raise KeyError(name)
        return self.folder / name

    def read(self, name: str) -> bytes:
        """Read a file whole; raises KeyError where the release has none of that name."""
        return self.path(name).read_bytes()

    @property
    def graphs(self) -> list[Path]:
        """The files that queries are answered from: the facts, and what the data say of themselves, if they do."""
        return [self.folder / name for name in (QUADS, VOID) if name in self]

    def load(self) -> LinkedTowns:
        """Read the dataset of the release, named graphs included; names are of its base from then on."""
        use(self.base)
        # Loaded here because a server has no need of records.
        from twingraph.release.records import LinkedTowns  # noqa: PLC0415

        towns = LinkedTowns()
        towns.parse(self.path(QUADS), format="nquads")
        return towns

    def files(self) -> set[str]:
        """Give the names of the files that are there, but for the list of checksums."""
        paths = (path for path in self.folder.rglob("*") if path.is_file())
        return {path.relative_to(self.folder).as_posix() for path in paths} - {CHECKSUMS}

    def is_whole(self) -> bool:
        """Tell whether all files are there, and no others, and are what their checksums say."""
        with suppress(OSError, ValueError):
            sums = {name: hashlib.sha256(self.read(name)).hexdigest() for name in self.checksums}
            return bool(sums) and sums == self.checksums and self.files() == sums.keys()
        return False


def open_release(folder: Path, oldest: int = FORMAT) -> Release:
    """Open the release in a folder, which no build removes before it is let go of; names are of its base from then on.

    oldest: the first of the formats that will do.

    Raises NoRelease where a file is missing or is not what its checksum says, or the format is another one.
    """
    reason: object = None
    real = form = None
    try:
        if not os.path.lexists(place := _follow(folder)):
            with _lock(place.parent):
                _tidy(place)
        real = folder.resolve()
        release = Release(real)
        if fcntl is not None:
            descriptor = os.open(real, os.O_RDONLY)
            weakref.finalize(release, os.close, descriptor)
            # Where a file system has no locks, nothing is removed either.
            with suppress(OSError):
                fcntl.flock(descriptor, fcntl.LOCK_SH)
        if release.checksums and not release.is_whole():
            reason = text("a file differs from its checksum")
        elif (form := release.manifest.get("format")) in range(oldest, FORMAT + 1):
            use(release.base)
            return release
    except (OSError, ValueError, KeyError) as error:
        reason = getattr(error, "strerror", None) or str(error)
    if real and folder.resolve() != real:
        # A build has removed it just now, and the link leads to a newer one.
        return open_release(folder, oldest)
    if reason:
        words = text(
            "this is no whole release (%(reason)s); make one with `twingraph build --output %(path)s`",
            reason=reason,
            path=folder,
        )
    else:
        words = text(
            "this release is of format %(form)s, and this program reads format %(read)s; "
            "use the program that made it, or make it again with `twingraph build --output %(path)s`",
            form=form,
            read=FORMAT,
            path=folder,
        )
    raise NoRelease(folder, words)


def publish(folder: Path, files: Mapping[str, bytes], version: str) -> None:
    """Put a release in the place of the one in a folder, in one step: until then, and if it fails, that one stands.

    files: what it consists of, by name, but for the list of checksums. Where links can be made the folder is one, to
    `.NAME-VERSION-SUM` beside it, and what nobody reads any longer is removed.

    Raises UnwritableTarget where the disk refuses, or the folder holds anything but a release.
    """

    def is_release(place: Path) -> bool:
        # Its files may be spoilt, but there are no others.
        with suppress(OSError, ValueError):
            release = Release(place)
            return bool(release.checksums) and release.files() <= release.checksums.keys()
        return False

    sums = "".join(f"{hashlib.sha256(files[name]).hexdigest()}  {name}\n" for name in sorted(files)).encode()
    label = f"{re.sub('[^0-9A-Za-z.]', '_', version)}-{hashlib.sha256(sums).hexdigest()[:12]}"
    replace(folder, {CHECKSUMS: sums, **files}, is_release, label)


def replace(folder: Path, files: Mapping[str, bytes], is_ours: Callable[[Path], bool], label: str = "") -> None:
    """Put a folder with these files in the place of another; whenever the process ends, it is the old one or the new.

    is_ours: tells whether a folder holds nothing but what was made in this way; any other is never replaced.
    label: by which the new one is told from others that may still be read; then the folder becomes a link to it.

    Raises UnwritableTarget.
    """
    try:
        place = _follow(folder)
        place.parent.mkdir(parents=True, exist_ok=True)
        # One at a time, in whichever container: what a build has left here was then killed.
        with _lock(place.parent):
            work = _tidy(place)
            if not place.name or (place.exists() and any(place.iterdir()) and not is_ours(place)):
                raise UnwritableTarget(folder, text("it holds something other than a release; name another folder"))
            try:
                for name, content in files.items():
                    path = work / "new" / name
                    path.parent.mkdir(parents=True, exist_ok=True)
                    with path.open("wb") as file:
                        file.write(content)
                        file.flush()
                        # Before the folder gets its name, or a power cut could leave it with empty files.
                        os.fsync(file.fileno())
                _swap(place, work, label)
            finally:
                _tidy(place)
            for path in place.parent.iterdir():
                if (version := _VERSION.fullmatch(path.name)) and version[1] == place.name and path != place.resolve():
                    with suppress(OSError), _lock(path, wait=False):
                        shutil.rmtree(path, ignore_errors=True)
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


def _follow(folder: Path) -> Path:
    """Give the absolute path at which a folder is replaced: that of our own link, if links of others lead to it."""
    with suppress(FileNotFoundError):
        folder.stat()  # raises for a link that leads to itself
    real = folder.resolve()
    version = _VERSION.fullmatch(real.name)
    return real.with_name(version[1]) if version else real


def _tidy(place: Path) -> Path:
    """Bring back what a build moved away and put nothing in its place, and give the folder it worked in, removed."""
    work = place.parent / f".{place.name}-new"
    if os.path.lexists(work / "old") and not os.path.lexists(place):
        (work / "old").rename(place)
    shutil.rmtree(work, ignore_errors=True)
    return work


@contextmanager
def _lock(folder: Path, *, wait: bool = True) -> Iterator[None]:
    """Let nobody else hold or lock a folder within the block; raises OSError instead of waiting for who does so now."""
    if fcntl is None:
        yield
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    finally:
        os.close(descriptor)


def _swap(place: Path, work: Path, label: str) -> None:
    """Put the new folder in its place; where there can be links, by one to `.NAME-LABEL` that replaces another at once.

    What is no link is moved away first, unless somebody reads it, who would not find it again.
    """
    new, link, target = work / "new", work / "link", place.with_name(f".{place.name}-{label}")
    with suppress(OSError, NotImplementedError):
        if label and fcntl:
            link.symlink_to(target.name)
    if not (link.is_symlink() and place.is_symlink()):
        try:
            with suppress(FileNotFoundError), _lock(place, wait=False):
                place.rename(work / "old")
        except BlockingIOError:
            raise UnwritableTarget(place, text("somebody serves it; end that server, or name another folder")) from None
    if not link.is_symlink():
        new.rename(place)
        return
    # What was built before is the same, and somebody may read it.
    if not Release(target).is_whole():
        with suppress(FileNotFoundError):
            target.rename(work / "spoilt")
        new.rename(target)
    link.replace(place)
