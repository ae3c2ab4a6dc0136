"""What can go wrong between a server and those who ask it."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING

from twingraph.errors import TwingraphError
from twingraph.query_errors import QueryError

if TYPE_CHECKING:
    from collections.abc import Sequence


class UnknownThing(TwingraphError):
    """Nothing of ours has that IRI."""

    status = 404

    def __init__(self, kind: str, slug: str) -> None:
        super().__init__(
            f"There is no {kind[:40]} {slug[:80]!r} in this release.",
            f"Šajā laidienā nav „{slug[:80]}” ({kind[:40]}).",
        )


class Withdrawn(TwingraphError):
    """A thing was in an earlier release and was taken back."""

    status = 410

    def __init__(self, kind: str, slug: str, replaced_by: Sequence[str]) -> None:
        hint = f"; in its place there is {' and '.join(replaced_by)}" if replaced_by else ""
        instead = f"; tā vietā ir {' un '.join(replaced_by)}" if replaced_by else ""
        super().__init__(f"The {kind} {slug!r} was withdrawn{hint}.", f"„{slug}” ({kind}) ir atsaukts{instead}.")


class NothingCompared(TwingraphError):
    """The server was given no snapshot of Wikidata to hold its release against."""

    status = 404

    def __init__(self) -> None:
        super().__init__(
            "There is no snapshot of Wikidata here, so nothing is compared; /crosscheck says how to make one."
        )


class NotAcceptable(QueryError):
    """The answer is of a form for which no format was asked that there is."""

    status = 406

    def __init__(self, form: str, offered: Sequence[str]) -> None:
        super().__init__(f"What you ask for is {form}: accept one of {', '.join(offered)}.")


class UnsupportedBody(QueryError):
    """The body of a request is of a media type, charset or coding that is not read here."""

    status = 415


class BodyTooLarge(QueryError):
    """The body of a request is longer than one may be."""

    status = 413

    def __init__(self, kibibytes: int) -> None:
        super().__init__(f"The body of the request exceeds {kibibytes} KiB, the limit here.")


class BadBatch(TwingraphError):
    """What was sent is no query of the Reconciliation Service API, or names what is not there."""

    status = 400


class BatchTooLarge(TwingraphError):
    """A batch holds more queries than one may."""

    status = 413

    def __init__(self, most: int, found: int) -> None:
        super().__init__(f"A batch may hold {most} queries here; this one holds {found}.")


class TooManyRequests(TwingraphError):
    """A client address has made more requests than it may."""

    status = 429

    def __init__(self, rate: int, seconds: float) -> None:
        self.retry_after = max(ceil(seconds), 1)
        super().__init__(f"One address may ask {rate} times a minute here; ask again in {self.retry_after} seconds.")


class AddressTaken(TwingraphError):
    """The server can not listen where it was told to."""

    exit_code = 6

    def __init__(self, host: str, port: int, reason: str) -> None:
        super().__init__(f"Nothing can be served at {host}, port {port} ({reason}); choose another with --port.")
