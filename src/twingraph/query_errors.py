"""What can go wrong when a question is asked, here or of an engine elsewhere."""

from __future__ import annotations

from math import ceil

from twingraph.errors import TwingraphError


class UnknownQuestion(TwingraphError):
    """No named query and no file goes by that name."""

    exit_code = 2
    status = 404

    def __init__(self, name: str, near: list[str]) -> None:
        hint = f" Did you mean {' or '.join(near)}?" if near else ""
        ask = f" Vai domājāt {' vai '.join(near)}?" if near else ""
        super().__init__(
            f"There is no query {name!r}: `twingraph query --list` shows them all.{hint}",
            f"Vaicājuma {name!r} nav: `twingraph query --list` parāda visus.{ask}",
        )


class BadValue(TwingraphError):
    """A value given for a query does not fit it."""

    exit_code = 2
    status = 400


class QueryError(TwingraphError):
    """A query was not answered."""


class BadQuery(QueryError):
    """The query is not SPARQL 1.1, or asks for what is not offered here."""

    exit_code = 2
    status = 400


class TimeLimit(QueryError):
    """The query ran longer than a query may."""

    status = 503

    def __init__(self, seconds: float) -> None:
        super().__init__(f"The query was stopped after {seconds:g} seconds, the time limit here; ask for less at once.")


class MemoryLimit(QueryError):
    """The query needed more memory than a query may have."""

    status = 503

    def __init__(self, mebibytes: int) -> None:
        super().__init__(f"The query was stopped at {mebibytes} MiB, the memory limit here; ask for less at once.")


class AnswerTooLarge(QueryError):
    """The answer is longer than an answer may be."""

    status = 503

    def __init__(self, mebibytes: int) -> None:
        super().__init__(f"The answer is over {mebibytes} MiB, the limit here; add a LIMIT, or take a dump.")


class WorkerDied(QueryError):
    """The worker that ran the query ended without an answer and within its limits."""

    def __init__(self) -> None:
        super().__init__("The query broke the process that ran it; nothing else was harmed. Simplify it, or report it.")


class Busy(QueryError):
    """Too many queries are asked at once for this one to be answered soon.

    retry_after: whole seconds after which it is worth to ask again.
    """

    status = 503

    def __init__(self, seconds: float) -> None:
        self.retry_after = max(ceil(seconds), 1)
        again = "a second" if self.retry_after == 1 else f"{self.retry_after} seconds"
        super().__init__(f"All workers are busy, and others wait for them; try again in {again}.")


class HungUp(QueryError):
    """The asker closed the connection before the answer came."""

    status = 499

    def __init__(self) -> None:
        super().__init__("The query was stopped, since its asker hung up.")


class EngineFailed(QueryError):
    """The engine elsewhere that should answer gave no whole answer."""

    exit_code = 7
    status = 502

    def __init__(self, deed: str) -> None:
        super().__init__(f"The engine that answers queries here {deed}.")
        self.deed = deed


class UnusableAddress(TwingraphError):
    """What should be the address of an engine is none."""

    exit_code = 2

    def __init__(self, text: str) -> None:
        super().__init__(f"{text!r} is no address of an engine; give a URL that begins with http:// or https://.")


class NotPublished(TwingraphError):
    """An engine elsewhere did not take a release, or does not hold it."""

    exit_code = 8

    def __init__(self, url: str, reason: str, remedy: str) -> None:
        super().__init__(f"{url}: {reason}; {remedy}.")
