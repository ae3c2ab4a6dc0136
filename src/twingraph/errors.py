"""What can go wrong, each a sentence for people with an exit code for the command line and a status for HTTP."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import reduce
from math import ceil
from typing import TYPE_CHECKING, ClassVar

from twingraph.words import Text, ntext, text

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

error = dataclass(eq=False, repr=False)
"""Make of an error a dataclass, whose fields stand in the places of its sentence."""


class TwingraphError(Exception):
    """What a person is told when something can not be done: one sentence, no traceback.

    sentence: of the class, with the names of its fields for places; without one, it is given when the error is raised.
    """

    exit_code: ClassVar[int] = 1
    status: ClassVar[int] = 500
    sentence: ClassVar[Text | None] = None
    retry_after: int | None = None
    """Whole seconds after which it is worth asking again; None where that does not help."""

    def __str__(self) -> str:
        """Give the sentence in English."""
        return self.message("en")

    @property
    def text(self) -> Text:
        """The sentence, to be said in either language."""
        if self.sentence is not None:
            return replace(self.sentence, values=vars(self))
        said = self.args[0]
        return said if isinstance(said, Text) else Text("%(message)s", values={"message": said})

    def message(self, language: str) -> str:
        """Give the sentence in Latvian for `lv`, else in English."""
        return self.text.in_language(language)


def listing(template: Text, names: Sequence[str]) -> Text | str:
    """Join names by a text with the places `one` and `other`, such as "%(one)s or %(other)s"."""
    first: Text | str = names[0]
    return reduce(lambda one, other: replace(template, values={"one": one, "other": other}), names[1:], first)


# Of the curated data


class BadInput(TwingraphError):
    """A file of the curated data can not be used as it is."""

    exit_code = 2


@error
class UnreadableFile(BadInput):
    """A file or folder that should be read is missing or closed to us."""

    sentence = text("%(path)s: cannot be read (%(reason)s); %(remedy)s.")
    path: Path
    reason: Text | str
    remedy: Text = text("check that it exists and may be read")


@error
class WrongEncoding(BadInput):
    """A text file is not UTF-8."""

    sentence = text("%(path)s: byte %(start)s (%(byte)s) is not UTF-8; save the file as UTF-8 and try again.")
    path: Path
    cause: UnicodeDecodeError

    def __post_init__(self) -> None:
        self.start, self.byte = self.cause.start, f"0x{self.cause.object[self.cause.start]:02X}"


@error
class BrokenSyntax(BadInput):
    """A Turtle or TriG file can not be parsed; line and column count from 1."""

    sentence = text("%(path)s:%(line)s:%(column)s: %(reason)s; mend this line and try again.")
    path: Path
    line: int
    column: int
    reason: Text | str


@error
class DuplicateSlug(BadInput):
    """Two blocks of the curated data bear one name; first, second: where they stand."""

    sentence = text(
        "%(second)s: the name %(slug)r is taken, by the block at %(first)s; "
        "give this one another name, or move its statements there."
    )
    slug: str
    first: str
    second: str


@error
class ChangedPage(BadInput):
    """A stored page is not the one that its description was written for."""

    sentence = text(
        "%(path)s: its SHA-256 is %(found)s, but source.ttl states %(stated)s; "
        "restore the page as it was retrieved, or add the new text as a source of its own."
    )
    path: Path
    stated: str
    found: str


@error
class BadSource(BadInput):
    """A file or folder of the inputs is not what belongs there."""

    sentence = text("%(path)s: %(reason)s.")
    path: Path
    reason: Text


@error
class InvalidData(TwingraphError):
    """The data break a rule, so no release is made of them; number: of violations."""

    exit_code = 3
    sentence = ntext(
        "No release is made of these data: they break the rules once; `twingraph validate` says where.",
        "No release is made of these data: they break the rules %(number)s times; `twingraph validate` says where.",
        0,
    )
    number: int


@error
class BadEpoch(TwingraphError):
    """SOURCE_DATE_EPOCH is set to something that is no time."""

    exit_code = 2
    sentence = text("SOURCE_DATE_EPOCH is %(epoch)r; set it to whole seconds since 1970, or unset it.")
    epoch: str


class BadSetting(TwingraphError):
    """Something that was set can not be what it should be."""

    exit_code = 2


class BadValue(TwingraphError):
    """A value given with a command or for a query does not fit it."""

    exit_code = 2
    status = 400


# Of releases


@error
class UnwritableTarget(TwingraphError):
    """The folder for a release or an export can not take it."""

    exit_code = 4
    sentence = text("%(path)s: cannot be written (%(reason)s); what was there is still whole.")
    path: Path
    reason: Text | str


@error
class NoRelease(TwingraphError):
    """A folder holds no whole release."""

    exit_code = 5
    sentence = text(
        "%(path)s: this is no whole release (%(reason)s); make one with `twingraph build --output %(path)s`."
    )
    path: Path
    reason: Text | str


@error
class OtherFormat(NoRelease):
    """A release is of a format that this program does not read; reason: its format."""

    sentence = text(
        "%(path)s: this release is of format %(reason)s, and this program reads format %(read)s; "
        "use the program that made it, or make it again with `twingraph build --output %(path)s`."
    )
    read: int


class NothingToCompare(TwingraphError):
    """Two releases can not be told apart, or the second is not the later one."""

    exit_code = 2


# Of Wikidata and of source pages


@error
class NoSnapshot(BadInput):
    """A folder holds no whole snapshot of Wikidata."""

    sentence = text(
        "%(path)s: this is no whole snapshot of Wikidata (%(reason)s); make one with "
        "`twingraph crosscheck --save %(path)s --contact YOUR-ADDRESS`."
    )
    path: Path
    reason: Text


@error
class EndpointFailed(TwingraphError):
    """An endpoint with Wikidata's data gave no whole response, however patiently it was asked for one."""

    exit_code = 11
    status = 502
    sentence = text("%(endpoint)s: %(reason)s.")
    endpoint: str
    reason: Text


@error
class NotFetched(TwingraphError):
    """A source page could not be fetched again, so nothing is known of what it says today."""

    exit_code = 10
    sentence = text("%(url)s: %(reason)s.")
    url: str
    reason: Text


@error
class NoCrosscheck(TwingraphError):
    """The server was given no snapshot of Wikidata to compare its release with."""

    status = 404
    sentence = text("There is no snapshot of Wikidata here, so nothing is compared; /crosscheck says how to make one.")


# Of queries


@error
class UnknownQuestion(TwingraphError):
    """No named query and no file goes by that name; near: names like it."""

    exit_code = 2
    status = 404
    sentence = text("There is no query %(name)r: `twingraph query --list` shows them all.%(hint)s")
    name: str
    near: Sequence[str]

    def __post_init__(self) -> None:
        either = text("%(one)s or %(other)s")
        self.hint = text(" Did you mean %(names)s?", names=listing(either, self.near)) if self.near else ""


class QueryError(TwingraphError):
    """A query was not answered."""


class BadQuery(QueryError):
    """The query is not SPARQL 1.1, or asks for what is not offered here."""

    exit_code = 2
    status = 400


@error
class TimeLimit(QueryError):
    """The query ran longer than a query may."""

    status = 503
    sentence = text("The query was stopped after %(limit)s seconds, the time limit here; ask for less at once.")
    seconds: float

    def __post_init__(self) -> None:
        self.limit = f"{self.seconds:g}"


@error
class MemoryLimit(QueryError):
    """The query needed more memory than a query may have."""

    status = 503
    sentence = text("The query was stopped at %(mebibytes)s MiB, the memory limit here; ask for less at once.")
    mebibytes: int


@error
class AnswerTooLarge(QueryError):
    """The answer is longer than an answer may be."""

    status = 503
    sentence = text("The answer is over %(mebibytes)s MiB, the limit here; add a LIMIT, or take a dump.")
    mebibytes: int


@error
class WorkerDied(QueryError):
    """The worker that ran the query ended without an answer and within its limits."""

    sentence = text("The query broke the process that ran it; nothing else was harmed. Simplify it, or report it.")


@error
class Busy(QueryError):
    """Too many queries are asked at once for this one to be answered soon; seconds: when it is worth to ask again."""

    status = 503
    sentence = ntext(
        "All workers are busy, and others wait for them; try again in a second.",
        "All workers are busy, and others wait for them; try again in %(number)s seconds.",
        0,
    )
    seconds: float

    def __post_init__(self) -> None:
        self.retry_after = self.number = max(ceil(self.seconds), 1)


@error
class EngineFailed(QueryError):
    """The engine elsewhere that should answer gave no whole answer."""

    exit_code = 7
    status = 502
    sentence = text("The engine that answers queries here %(deed)s.")
    deed: Text


@error
class UnusableAddress(TwingraphError):
    """What should be the address of an engine is none."""

    exit_code = 2
    sentence = text("%(address)r is no address of an engine; give a URL that begins with http:// or https://.")
    address: str


@error
class NotPublished(TwingraphError):
    """An engine elsewhere did not take a release, or does not hold it."""

    exit_code = 8
    sentence = text("%(url)s: %(reason)s; %(remedy)s.")
    url: str
    reason: Text | str
    remedy: Text | str


# Between a server and those who ask it


class BadRequest(TwingraphError):
    """A request says of itself what can not be."""

    status = 400


class NotFound(TwingraphError):
    """There is nothing at an address."""

    status = 404


@error
class UnknownThing(NotFound):
    """Nothing of ours has that IRI."""

    sentence = text("There is no %(kind).40s %(name)r in this release.")
    kind: str
    slug: str

    def __post_init__(self) -> None:
        self.name = self.slug[:80]


@error
class Withdrawn(TwingraphError):
    """A thing was in an earlier release and was taken back."""

    status = 410
    sentence = text("The %(kind)s %(slug)r was withdrawn%(hint)s.")
    kind: str
    slug: str
    replaced_by: Sequence[str]

    def __post_init__(self) -> None:
        both, others = text("%(one)s and %(other)s"), self.replaced_by
        self.hint = text("; in its place there is %(instead)s", instead=listing(both, others)) if others else ""


@error
class Discontinued(TwingraphError):
    """An address that was served in earlier versions of the program."""

    status = 410
    sentence = text("%(path)s is served no longer: %(instead)s.")
    path: str
    instead: Text


@error
class NotAcceptable(QueryError):
    """The answer is of a form for which no format was asked that there is."""

    status = 406
    sentence = text("What you ask for is %(form)s: accept one of %(media_types)s.")
    form: Text | str
    offered: Sequence[str]

    def __post_init__(self) -> None:
        self.media_types = ", ".join(self.offered)


@error
class NotXml(TwingraphError):
    """What should be written as RDF/XML has no place in XML."""

    exit_code = 2
    status = 406
    sentence = text("RDF/XML has no way to write this: %(line).200s; take another format, such as Turtle.")
    line: str


class UnsupportedBody(QueryError):
    """The body of a request is of a media type, charset or coding that is not read here."""

    status = 415


@error
class BodyTooLarge(QueryError):
    """The body of a request is longer than one may be."""

    status = 413
    sentence = text("The body of the request exceeds %(kibibytes)s KiB, the limit here.")
    kibibytes: int


class BadBatch(TwingraphError):
    """What was sent is no query of the Reconciliation Service API, or names what is not there."""

    status = 400


@error
class BatchTooLarge(TwingraphError):
    """A batch holds more than one may."""

    status = 413
    sentence = text("“%(what)s” may hold %(most)s here; this one holds %(found)s.")
    what: str
    most: int
    found: int


@error
class SlowRequest(TwingraphError):
    """The body of a request did not come in time."""

    status = 408
    sentence = text("The request was not sent within %(limit)s seconds; send it again.")
    seconds: float

    def __post_init__(self) -> None:
        self.limit = f"{self.seconds:g}"


@error
class AddressTaken(TwingraphError):
    """The server can not listen where it was told to."""

    exit_code = 6
    sentence = text("Nothing can be served at %(host)s, port %(port)s (%(reason)s); choose another with --port.")
    host: str
    port: int
    reason: str
