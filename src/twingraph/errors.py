"""What can go wrong, by what it is to the command line (an exit code) and to HTTP (a status); each says a sentence."""

from __future__ import annotations

from dataclasses import replace
from math import ceil
from typing import TYPE_CHECKING

from twingraph.words import Text, listing, ntext, text

if TYPE_CHECKING:
    from pathlib import Path


class TwingraphError(Exception):
    """What a person is told when something can not be done: one sentence, no traceback.

    Programs that ask by HTTP know the kind by its name: TimeLimit is time-limit.
    """

    exit_code, status = 1, 500
    retry_after: int | None = None
    """Whole seconds after which it is worth asking again; None where that does not help."""

    def __init_subclass__(cls, exit_code: int | None = None, status: int | None = None) -> None:
        cls.exit_code, cls.status = exit_code or cls.exit_code, status or cls.status

    def __init__(self, sentence: Text) -> None:
        super().__init__(sentence)
        self.text = sentence


class _ErrorAt(TwingraphError):
    """An error whose sentence begins with where it is: a file, or an address."""

    def __init__(self, where: object, reason: Text) -> None:
        super().__init__(text("%(where)s: %(reason)s.", where=where, reason=reason))


class BadInput(_ErrorAt, exit_code=2):
    """A file or folder of the inputs can not be used as it is."""


class UnreadableFile(BadInput):
    """A file or folder that should be read is missing or closed to us."""

    def __init__(self, path: Path, reason: Text | str, remedy: Text | None = None) -> None:
        remedy = remedy or text("check that it exists and may be read")
        super().__init__(path, text("cannot be read (%(reason)s); %(remedy)s", reason=reason, remedy=remedy))


class BrokenSyntax(BadInput):
    """A Turtle, TriG or JSON file can not be parsed; line and column count from 1."""

    def __init__(self, path: Path, line: int, column: int, reason: Text | str) -> None:
        advice = text("%(reason)s; mend this line and try again", reason=reason)
        super().__init__(f"{path}:{line}:{column}", advice)
        self.path, self.line, self.column, self.reason = path, line, column, reason


class InvalidData(TwingraphError, exit_code=3):
    """The data break a rule, so no release is made of them."""


class UnwritableTarget(_ErrorAt, exit_code=4):
    """The folder for a release or an export can not take it."""

    def __init__(self, path: Path, reason: Text | str) -> None:
        super().__init__(path, text("cannot be written (%(reason)s); what was there is still whole", reason=reason))


class NoRelease(_ErrorAt, exit_code=5):
    """A folder holds no whole release that this program reads."""


class BadValue(TwingraphError, exit_code=2, status=400):
    """What is given with a command, in a setting or in a request can not be what it should be."""


class UnusableAddress(BadValue):
    """What should be a URL, of an engine or a page, is none."""

    def __init__(self, url: str) -> None:
        super().__init__(text("%(url)r is no web address; give one that begins with http:// or https://.", url=url))


class UnknownValue(BadValue):
    """A parameter of a query is given a thing that the release does not know.

    near: those that are called like it, as they are written for the parameter.
    """

    def __init__(self, parameter: str, iri: str, kind: str | None, near: list[str]) -> None:
        names = listing(text("%(one)s or %(other)s"), near) if near else ""
        hint = text(" Did you mean %(names)s?", names=names) if near else ""
        words = {"name": iri.rpartition("/")[2][:80], "kind": kind, "parameter": parameter, "hint": hint}
        unknown = text("This release says nothing of <%(iri)s>.", iri=iri)
        if kind:
            unknown = text(
                "There is no %(kind).40s %(name)r in this release: give another %(parameter)s.%(hint)s", **words
            )
        super().__init__(unknown)
        self.parameter, self.near = parameter, near


class BadQuery(BadValue):
    """The query is not SPARQL 1.1, or asks for what is not offered here."""


class NotFound(TwingraphError, exit_code=2, status=404):
    """There is nothing by that name, or at that address."""


class UnknownThing(NotFound):
    """Nothing of ours has that IRI."""

    def __init__(self, kind: str, slug: str) -> None:
        super().__init__(text("There is no %(kind).40s %(name)r in this release.", kind=kind, name=slug[:80]))


class Gone(TwingraphError, status=410):
    """A thing was in an earlier release, or an address was served in earlier versions of the program."""


class Forbidden(TwingraphError, status=403):
    """Who asks to edit the data was not let in, or a page of somebody else's asks for them."""

    def __init__(self) -> None:
        super().__init__(
            text("This page is only for who started it: open the address that `twingraph edit` has printed.")
        )


class Outdated(TwingraphError, status=409):
    """What somebody wants to change has changed since they saw it."""

    def __init__(self) -> None:
        sentence = text(
            "This block has changed in the file since the page was shown, so nothing was written. "
            "What you typed is kept: compare it with the block as it is now, and save it again."
        )
        super().__init__(sentence)


class NotAcceptable(TwingraphError, status=406):
    """The answer is of a form for which no format was asked that there is."""

    def __init__(self, form: Text, offered: tuple[str, ...]) -> None:
        types = ", ".join(offered)
        super().__init__(text("What you ask for is %(form)s: accept one of %(types)s.", form=form, types=types))


class NotXml(BadValue, status=406):
    """What should be written as RDF/XML has no place in XML."""


class UnsupportedBody(TwingraphError, status=415):
    """The body of a request is of a media type, charset or coding that is not read here."""


class SlowRequest(TwingraphError, status=408):
    """The body of a request did not come in time."""


class TooLarge(TwingraphError, status=413):
    """The body of a request, or what stands in it, is longer than it may be."""


class _LimitReached(TwingraphError, status=503):
    """A query asks for more than is given here, up to a limit that its sentence states."""

    sentence: Text

    def __init__(self, limit: float) -> None:
        super().__init__(replace(self.sentence, values={"limit": f"{limit:g}"}))


class TimeLimit(_LimitReached):
    """The query ran longer than a query may."""

    sentence = text("The query was stopped after %(limit)s seconds, the time limit here; ask for less at once.")


class MemoryLimit(_LimitReached):
    """The query needed more memory than a query may have."""

    sentence = text("The query was stopped at %(limit)s MiB, the memory limit here; ask for less at once.")


class AnswerTooLarge(_LimitReached):
    """The answer is longer than an answer may be."""

    sentence = text("The answer is over %(limit)s MiB, the limit here; add a LIMIT, or take a dump.")


class Busy(TwingraphError, status=503):
    """Too many queries are asked at once for this one to be answered soon; seconds: when it is worth to ask again."""

    def __init__(self, seconds: float) -> None:
        self.retry_after = max(ceil(seconds), 1)
        super().__init__(
            ntext(
                "All workers are busy, and others wait for them; try again in a second.",
                "All workers are busy, and others wait for them; try again in %(number)s seconds.",
                self.retry_after,
            )
        )


class WorkerDied(TwingraphError):
    """The worker that ran the query ended without an answer and within its limits."""


class EngineFailed(TwingraphError, exit_code=7, status=502):
    """The engine elsewhere that should answer gave no whole answer; deed: what it did."""

    def __init__(self, deed: Text) -> None:
        super().__init__(text("The engine that answers queries here %(deed)s.", deed=deed))
        self.deed = deed


class NotPublished(_ErrorAt, exit_code=8):
    """An engine elsewhere did not take a release, or does not hold it."""


class NotFetched(_ErrorAt, exit_code=10):
    """A source page could not be fetched again, so nothing is known of what it says today."""


class EndpointFailed(_ErrorAt, exit_code=11, status=502):
    """An endpoint with Wikidata's data gave no whole response, however patiently it was asked for one."""


class AddressTaken(TwingraphError, exit_code=6):
    """The server can not listen where it was told to."""
