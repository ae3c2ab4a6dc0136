"""Everything that can go wrong, each a sentence for people, with an exit code and an HTTP status."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


_LOOK = "check that it exists and may be read", "pārbaudiet, vai tas ir un vai to drīkst lasīt"


class TwingraphError(Exception):
    """What a person is told when something can not be done: one sentence, no traceback.

    english, latvian: the sentence; in English only where it is for those who write queries or run servers.
    """

    exit_code: ClassVar[int] = 1
    status: ClassVar[int] = 500
    retry_after: int | None = None
    """Whole seconds after which it is worth asking again; None where that does not help."""

    def __init__(self, english: str, latvian: str | None = None) -> None:
        super().__init__(english)
        self._latvian = latvian or english

    def message(self, language: str) -> str:
        """Give the sentence in Latvian for `lv`, else in English."""
        return self._latvian if language == "lv" else str(self)


class BadInput(TwingraphError):
    """A file of the curated data can not be used as it is."""

    exit_code = 2


class UnreadableFile(BadInput):
    """A file or folder that should be read is missing or closed to us."""

    def __init__(self, path: Path, reason: str, remedy: tuple[str, str] = _LOOK) -> None:
        super().__init__(
            f"{path}: cannot be read ({reason}); {remedy[0]}.", f"{path}: nevar nolasīt ({reason}); {remedy[1]}."
        )


class WrongEncoding(BadInput):
    """A text file is not UTF-8."""

    def __init__(self, path: Path, error: UnicodeDecodeError) -> None:
        byte = error.object[error.start]
        super().__init__(
            f"{path}: byte {error.start} (0x{byte:02X}) is not UTF-8; save the file as UTF-8 and try again.",
            f"{path}: {error.start}. baits (0x{byte:02X}) nav UTF-8; saglabājiet datni kā UTF-8 un mēģiniet vēlreiz.",
        )


class BrokenSyntax(BadInput):
    """A Turtle or TriG file can not be parsed."""

    def __init__(self, path: Path, line: int, column: int, reason: str) -> None:
        super().__init__(
            f"{path}:{line}:{column}: {reason}; mend this line and try again.",
            f"{path}:{line}:{column}: kļūda pierakstā ({reason}); izlabojiet šo rindu un mēģiniet vēlreiz.",
        )
        self.path, self.line, self.column = path, line, column


class DuplicateSlug(BadInput):
    """Two blocks of the curated data bear one name."""

    def __init__(self, slug: str, first: str, second: str) -> None:
        super().__init__(
            f"{second}: the name {slug!r} is taken, by the block at {first}; "
            "give this one another name, or move its statements there.",
            f"{second}: nosaukums {slug!r} jau lietots blokam {first}; "
            "dodiet šim citu nosaukumu vai pārceliet tā apgalvojumus turp.",
        )


class ChangedPage(BadInput):
    """A stored page is not the one that its description was written for."""

    def __init__(self, path: Path, stated: str, found: str) -> None:
        super().__init__(
            f"{path}: its SHA-256 is {found}, but source.ttl states {stated}; "
            "restore the page as it was retrieved, or add the new text as a source of its own.",
            f"{path}: tās SHA-256 ir {found}, bet source.ttl norādīts {stated}; "
            "atjaunojiet lapu, kāda tā iegūta, vai pievienojiet jauno tekstu kā atsevišķu avotu.",
        )


class BadSource(BadInput):
    """A file or folder of the inputs is not what belongs there."""

    def __init__(self, path: Path, english: str, latvian: str) -> None:
        super().__init__(f"{path}: {english}.", f"{path}: {latvian}.")


class InvalidData(TwingraphError):
    """The data break a rule, so no release is made of them."""

    exit_code = 3

    def __init__(self, violations: int) -> None:
        times = "once" if violations == 1 else f"{violations} times"
        super().__init__(
            f"No release is made of these data: they break the rules {times}; `twingraph validate` says where.",
            f"Laidiens no šiem datiem nav izveidots: noteikumu pārkāpumu skaits ir {violations}; "
            "`twingraph validate` pasaka, kur tie ir.",
        )


class BadEpoch(TwingraphError):
    """SOURCE_DATE_EPOCH is set to something that is no time."""

    exit_code = 2

    def __init__(self, text: str) -> None:
        super().__init__(
            f"SOURCE_DATE_EPOCH is {text!r}; set it to whole seconds since 1970, or unset it.",
            f"SOURCE_DATE_EPOCH ir {text!r}; norādiet veselas sekundes kopš 1970. gada vai izņemiet to.",
        )


class UnwritableTarget(TwingraphError):
    """The folder for a release or an export can not take it."""

    exit_code = 4

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(
            f"{path}: cannot be written ({reason}); a release that was there is still whole.",
            f"{path}: nevar ierakstīt ({reason}); laidiens, kas tur bija, ir vesels.",
        )


class NoRelease(TwingraphError):
    """A folder holds no whole release."""

    exit_code = 5

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(
            f"{path}: this is no whole release ({reason}); make one with `twingraph build --output {path}`.",
            f"{path}: tas nav vesels laidiens ({reason}); izveidojiet to ar `twingraph build --output {path}`.",
        )


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


class UnknownThing(TwingraphError):
    """Nothing of ours has that IRI."""

    status = 404

    def __init__(self, kind: str, slug: str) -> None:
        super().__init__(f"There is no {kind[:40]} {slug[:80]!r} in this release.")


class Withdrawn(TwingraphError):
    """A thing was in an earlier release and was taken back."""

    status = 410

    def __init__(self, kind: str, slug: str, replaced_by: Sequence[str]) -> None:
        hint = f"; in its place there is {' and '.join(replaced_by)}" if replaced_by else ""
        super().__init__(f"The {kind} {slug!r} was withdrawn{hint}.")


class MissingLibrary(TwingraphError):
    """A format was asked for whose library is not installed."""

    exit_code = 2

    def __init__(self, extra: str) -> None:
        super().__init__(
            f"This format needs a library that is not installed: pip install 'twingraph[{extra}]'.",
            f"Šim formātam vajadzīga bibliotēka, kas nav instalēta: pip install 'twingraph[{extra}]'.",
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


class UnsupportedBody(QueryError):
    """The body of a request is of a media type, charset or coding that is not read here."""

    status = 415


class BodyTooLarge(QueryError):
    """The body of a request is longer than one may be."""

    status = 413

    def __init__(self, kibibytes: int) -> None:
        super().__init__(f"The body of the request exceeds {kibibytes} KiB, the limit here.")


class TooManyRequests(TwingraphError):
    """A client address has made more requests than it may."""

    status = 429

    def __init__(self, rate: int, seconds: float) -> None:
        self.retry_after = max(ceil(seconds), 1)
        super().__init__(f"One address may ask {rate} times a minute here; ask again in {self.retry_after} seconds.")


class EngineFailed(QueryError):
    """The engine elsewhere that should answer gave no whole answer."""

    exit_code = 7
    status = 502

    def __init__(self, deed: str) -> None:
        super().__init__(f"The engine that answers queries here {deed}.")


class NotAcceptable(QueryError):
    """The answer is of a form for which no format was asked that there is."""

    status = 406

    def __init__(self, form: str, offered: Sequence[str]) -> None:
        super().__init__(f"What you ask for is {form}: accept one of {', '.join(offered)}.")


class AddressTaken(TwingraphError):
    """The server can not listen where it was told to."""

    exit_code = 6

    def __init__(self, host: str, port: int, reason: str) -> None:
        super().__init__(f"Nothing can be served at {host}, port {port} ({reason}); choose another with --port.")


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
