"""What can go wrong, each a sentence for people with an exit code for the command line and a status for HTTP."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING, ClassVar

from twingraph.words import Text, ntext, text

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


class TwingraphError(Exception):
    """What a person is told when something can not be done: one sentence, no traceback."""

    exit_code: ClassVar[int] = 1
    status: ClassVar[int] = 500
    retry_after: int | None = None
    """Whole seconds after which it is worth asking again; None where that does not help."""

    def __init__(self, said: Text | str, latvian: str | None = None) -> None:
        super().__init__(str(said))
        self._text, self._latvian = said, latvian

    def message(self, language: str) -> str:
        """Give the sentence in Latvian for `lv`, else in English."""
        if isinstance(self._text, Text):
            return self._text.in_language(language)
        return self._latvian if self._latvian and language == "lv" else self._text


# Of the curated data


class BadInput(TwingraphError):
    """A file of the curated data can not be used as it is."""

    exit_code = 2


class UnreadableFile(BadInput):
    """A file or folder that should be read is missing or closed to us."""

    def __init__(self, path: Path, reason: Text | str, remedy: Text | None = None) -> None:
        remedy = remedy or text("check that it exists and may be read")
        super().__init__(
            text("%(path)s: cannot be read (%(reason)s); %(remedy)s.", path=path, reason=reason, remedy=remedy)
        )


class WrongEncoding(BadInput):
    """A text file is not UTF-8."""

    def __init__(self, path: Path, error: UnicodeDecodeError) -> None:
        byte = f"0x{error.object[error.start]:02X}"
        super().__init__(
            text(
                "%(path)s: byte %(start)s (%(byte)s) is not UTF-8; save the file as UTF-8 and try again.",
                path=path,
                start=error.start,
                byte=byte,
            )
        )


class BrokenSyntax(BadInput):
    """A Turtle or TriG file can not be parsed."""

    def __init__(self, path: Path, line: int, column: int, reason: Text | str) -> None:
        super().__init__(
            text(
                "%(path)s:%(line)s:%(column)s: %(reason)s; mend this line and try again.",
                path=path,
                line=line,
                column=column,
                reason=reason,
            )
        )
        self.path, self.line, self.reason = path, line, reason


class DuplicateSlug(BadInput):
    """Two blocks of the curated data bear one name."""

    def __init__(self, slug: str, first: str, second: str) -> None:
        super().__init__(
            text(
                "%(second)s: the name %(slug)r is taken, by the block at %(first)s; "
                "give this one another name, or move its statements there.",
                second=second,
                slug=slug,
                first=first,
            )
        )


class ChangedPage(BadInput):
    """A stored page is not the one that its description was written for."""

    def __init__(self, path: Path, stated: str, found: str) -> None:
        super().__init__(
            text(
                "%(path)s: its SHA-256 is %(found)s, but source.ttl states %(stated)s; "
                "restore the page as it was retrieved, or add the new text as a source of its own.",
                path=path,
                found=found,
                stated=stated,
            )
        )


class BadSource(BadInput):
    """A file or folder of the inputs is not what belongs there."""

    def __init__(self, path: Path, reason: Text | str, latvian: str = "") -> None:
        if latvian:
            super().__init__(f"{path}: {reason}.", f"{path}: {latvian}.")
        else:
            super().__init__(text("%(path)s: %(reason)s.", path=path, reason=reason))


class InvalidData(TwingraphError):
    """The data break a rule, so no release is made of them."""

    exit_code = 3

    def __init__(self, violations: int) -> None:
        super().__init__(
            ntext(
                "No release is made of these data: they break the rules once; `twingraph validate` says where.",
                "No release is made of these data: they break the rules %(number)s times; "
                "`twingraph validate` says where.",
                violations,
            )
        )


class BadEpoch(TwingraphError):
    """SOURCE_DATE_EPOCH is set to something that is no time."""

    exit_code = 2

    def __init__(self, epoch: str) -> None:
        super().__init__(
            text("SOURCE_DATE_EPOCH is %(epoch)r; set it to whole seconds since 1970, or unset it.", epoch=epoch)
        )


class BadSetting(TwingraphError):
    """Something that was set can not be what it should be."""

    exit_code = 2


class BadValue(TwingraphError):
    """A value given with a command or for a query does not fit it."""

    exit_code = 2
    status = 400


# Of releases


class UnwritableTarget(TwingraphError):
    """The folder for a release or an export can not take it."""

    exit_code = 4

    def __init__(self, path: Path, reason: Text | str) -> None:
        super().__init__(
            text("%(path)s: cannot be written (%(reason)s); what was there is still whole.", path=path, reason=reason)
        )


class NoRelease(TwingraphError):
    """A folder holds no whole release."""

    exit_code = 5

    def __init__(self, path: Path, reason: Text | str) -> None:
        super().__init__(
            text(
                "%(path)s: this is no whole release (%(reason)s); make one with `twingraph build --output %(path)s`.",
                path=path,
                reason=reason,
            )
        )


class OtherFormat(NoRelease):
    """A release is of a format that this program does not read."""

    def __init__(self, path: Path, found: object, read: int) -> None:
        TwingraphError.__init__(
            self,
            text(
                "%(path)s: this release is of format %(found)s, and this program reads format %(read)s; "
                "use the program that made it, or make it again with `twingraph build --output %(path)s`.",
                path=path,
                found=found,
                read=read,
            ),
        )


class NothingToCompare(TwingraphError):
    """Two releases can not be told apart, or the second is not the later one."""

    exit_code = 2


class MissingLibrary(TwingraphError):
    """A format was asked for whose library is not installed."""

    exit_code = 2

    def __init__(self, extra: str) -> None:
        super().__init__(
            text("This format needs a library that is not installed: pip install 'twingraph[%(extra)s]'.", extra=extra)
        )


# Of Wikidata and of source pages


class NoSnapshot(BadInput):
    """A folder holds no whole snapshot of Wikidata."""

    def __init__(self, path: Path, reason: Text) -> None:
        super().__init__(
            text(
                "%(path)s: this is no whole snapshot of Wikidata (%(reason)s); make one with "
                "`twingraph crosscheck --save %(path)s --contact YOUR-ADDRESS`.",
                path=path,
                reason=reason,
            )
        )


class EndpointFailed(TwingraphError):
    """An endpoint with Wikidata's data gave no whole response, however patiently it was asked for one."""

    exit_code = 11
    status = 502

    def __init__(self, endpoint: str, reason: Text) -> None:
        super().__init__(text("%(endpoint)s: %(reason)s.", endpoint=endpoint, reason=reason))


class NotFetched(TwingraphError):
    """A source page could not be fetched again, so nothing is known of what it says today."""

    exit_code = 10

    def __init__(self, url: str, reason: Text) -> None:
        super().__init__(text("%(url)s: %(reason)s.", url=url, reason=reason))


class NoCrosscheck(TwingraphError):
    """The server was given no snapshot of Wikidata to compare its release with."""

    status = 404

    def __init__(self) -> None:
        super().__init__(
            text("There is no snapshot of Wikidata here, so nothing is compared; /crosscheck says how to make one.")
        )


# Of queries


class UnknownQuestion(TwingraphError):
    """No named query and no file goes by that name."""

    exit_code = 2
    status = 404

    def __init__(self, name: str, near: list[str]) -> None:
        names: Text | str = near[0] if near else ""
        for each in near[1:]:
            names = text("%(one)s or %(other)s", one=names, other=each)
        hint = text(" Did you mean %(names)s?", names=names) if near else ""
        super().__init__(
            text("There is no query %(name)r: `twingraph query --list` shows them all.%(hint)s", name=name, hint=hint)
        )


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
        super().__init__(
            text(
                "The query was stopped after %(seconds)s seconds, the time limit here; ask for less at once.",
                seconds=f"{seconds:g}",
            )
        )


class MemoryLimit(QueryError):
    """The query needed more memory than a query may have."""

    status = 503

    def __init__(self, mebibytes: int) -> None:
        super().__init__(
            text(
                "The query was stopped at %(mebibytes)s MiB, the memory limit here; ask for less at once.",
                mebibytes=mebibytes,
            )
        )


class AnswerTooLarge(QueryError):
    """The answer is longer than an answer may be."""

    status = 503

    def __init__(self, mebibytes: int) -> None:
        super().__init__(
            text(
                "The answer is over %(mebibytes)s MiB, the limit here; add a LIMIT, or take a dump.",
                mebibytes=mebibytes,
            )
        )


class WorkerDied(QueryError):
    """The worker that ran the query ended without an answer and within its limits."""

    def __init__(self) -> None:
        super().__init__(
            text("The query broke the process that ran it; nothing else was harmed. Simplify it, or report it.")
        )


class Busy(QueryError):
    """Too many queries are asked at once for this one to be answered soon.

    retry_after: whole seconds after which it is worth to ask again.
    """

    status = 503

    def __init__(self, seconds: float) -> None:
        self.retry_after = max(ceil(seconds), 1)
        super().__init__(
            ntext(
                "All workers are busy, and others wait for them; try again in a second.",
                "All workers are busy, and others wait for them; try again in %(number)s seconds.",
                self.retry_after,
            )
        )


class HungUp(QueryError):
    """The asker closed the connection before the answer came."""

    status = 499

    def __init__(self) -> None:
        super().__init__(text("The query was stopped, since its asker hung up."))


class EngineFailed(QueryError):
    """The engine elsewhere that should answer gave no whole answer."""

    exit_code = 7
    status = 502

    def __init__(self, deed: Text | str) -> None:
        super().__init__(text("The engine that answers queries here %(deed)s.", deed=deed))
        self.deed = str(deed)


class UnusableAddress(TwingraphError):
    """What should be the address of an engine is none."""

    exit_code = 2

    def __init__(self, address: str) -> None:
        super().__init__(
            text(
                "%(address)r is no address of an engine; give a URL that begins with http:// or https://.",
                address=address,
            )
        )


class NotPublished(TwingraphError):
    """An engine elsewhere did not take a release, or does not hold it."""

    exit_code = 8

    def __init__(self, url: str, reason: Text | str, remedy: Text | str) -> None:
        super().__init__(text("%(url)s: %(reason)s; %(remedy)s.", url=url, reason=reason, remedy=remedy))


# Between a server and those who ask it


class BadRequest(TwingraphError):
    """A request says of itself what can not be."""

    status = 400


class NotFound(TwingraphError):
    """There is nothing at an address."""

    status = 404


class UnknownThing(NotFound):
    """Nothing of ours has that IRI."""

    def __init__(self, kind: str, slug: str) -> None:
        super().__init__(text("There is no %(kind)s %(slug)r in this release.", kind=kind[:40], slug=slug[:80]))


class Withdrawn(TwingraphError):
    """A thing was in an earlier release and was taken back."""

    status = 410

    def __init__(self, kind: str, slug: str, replaced_by: Sequence[str]) -> None:
        instead: Text | str = replaced_by[0] if replaced_by else ""
        for each in replaced_by[1:]:
            instead = text("%(one)s and %(other)s", one=instead, other=each)
        hint = text("; in its place there is %(instead)s", instead=instead) if replaced_by else ""
        super().__init__(text("The %(kind)s %(slug)r was withdrawn%(hint)s.", kind=kind, slug=slug, hint=hint))


class Discontinued(TwingraphError):
    """An address that was served in earlier versions of the program."""

    status = 410

    def __init__(self, path: str, instead: Text) -> None:
        super().__init__(text("%(path)s is served no longer: %(instead)s.", path=path, instead=instead))


class NotAcceptable(QueryError):
    """The answer is of a form for which no format was asked that there is."""

    status = 406

    def __init__(self, form: Text | str, offered: Sequence[str]) -> None:
        super().__init__(
            text("What you ask for is %(form)s: accept one of %(offered)s.", form=form, offered=", ".join(offered))
        )


class NotXml(TwingraphError):
    """What should be written as RDF/XML has no place in XML."""

    exit_code = 2
    status = 406

    def __init__(self, line: str) -> None:
        super().__init__(
            text("RDF/XML has no way to write this: %(line)s; take another format, such as Turtle.", line=line[:200])
        )


class UnsupportedBody(QueryError):
    """The body of a request is of a media type, charset or coding that is not read here."""

    status = 415


class BodyTooLarge(QueryError):
    """The body of a request is longer than one may be."""

    status = 413

    def __init__(self, kibibytes: int) -> None:
        super().__init__(
            text("The body of the request exceeds %(kibibytes)s KiB, the limit here.", kibibytes=kibibytes)
        )


class BadBatch(TwingraphError):
    """What was sent is no query of the Reconciliation Service API, or names what is not there."""

    status = 400


class BatchTooLarge(TwingraphError):
    """A batch holds more than one may."""

    status = 413

    def __init__(self, what: str, most: int, found: int) -> None:
        super().__init__(
            text("“%(what)s” may hold %(most)s here; this one holds %(found)s.", what=what, most=most, found=found)
        )


class TooManyRequests(TwingraphError):
    """A client address has made more requests than it may."""

    status = 429

    def __init__(self, rate: int, seconds: float) -> None:
        self.retry_after = max(ceil(seconds), 1)
        super().__init__(
            text(
                "One address may ask %(rate)s times a minute here; ask again in %(seconds)s seconds.",
                rate=rate,
                seconds=self.retry_after,
            )
        )


class AddressTaken(TwingraphError):
    """The server can not listen where it was told to."""

    exit_code = 6

    def __init__(self, host: str, port: int, reason: str) -> None:
        super().__init__(
            text(
                "Nothing can be served at %(host)s, port %(port)s (%(reason)s); choose another with --port.",
                host=host,
                port=port,
                reason=reason,
            )
        )
