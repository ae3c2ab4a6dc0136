"""A municipality's twin-towns page as linked data, every statement with its sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from twingraph.release.records import LinkedTowns

__version__ = "0.1.0"


def load(release: Path | str | None = None) -> LinkedTowns:
    """Read the dataset of a release: an rdflib Dataset that also gives towns and agreements as records.

    release: the folder of a release; without it the one in `release/`, made first where there is none, of the data in
        `./data`, or of the program's own; what is made, and of what, is logged as a warning.

    Raises NoRelease where the folder holds no whole release.

    >>> import twingraph
    >>> towns = twingraph.load()
    >>> oldest = min(towns.agreements, key=lambda agreement: agreement.date)
    >>> oldest.parties, oldest.date
    (('jelgava', 'parnu', 'siauliai'), '1957')
    >>> print(oldest.quote.exact[:49])
    Sadarbības līgums ticis parakstīts vēl 1957. gadā
    """
    # Imported here because the workers that answer queries import the package and need nothing of this.
    import logging  # noqa: PLC0415
    from pathlib import Path  # noqa: PLC0415

    from twingraph.release.build import open_or_build  # noqa: PLC0415
    from twingraph.release.folder import open_release  # noqa: PLC0415
    from twingraph.settings import RELEASE, find_inputs  # noqa: PLC0415

    tell = logging.getLogger(__name__).warning
    opened = open_or_build(find_inputs(), RELEASE, tell) if release is None else open_release(Path(release))
    return opened.load()
