"""What can go wrong with the data and with releases, each a sentence for people with an exit code and a status."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
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


class BadSetting(TwingraphError):
    """Something that was set can not be what it should be."""

    exit_code = 2


class IncompleteCatalogue(TwingraphError):
    """The catalogue of a release breaks a rule, so the release is not made."""

    exit_code = 3

    def __init__(self, english: str, latvian: str) -> None:
        super().__init__(
            f"No release is made, since its catalogue would break a rule: {english}",
            f"Laidiens nav izveidots, jo tā katalogs pārkāptu noteikumu: {latvian}",
        )


class UnwritableTarget(TwingraphError):
    """The folder for a release or an export can not take it."""

    exit_code = 4

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(
            f"{path}: cannot be written ({reason}); what was there is still whole.",
            f"{path}: nevar ierakstīt ({reason}); tas, kas tur bija, ir vesels.",
        )


class NoRelease(TwingraphError):
    """A folder holds no whole release."""

    exit_code = 5

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(
            f"{path}: this is no whole release ({reason}); make one with `twingraph build --output {path}`.",
            f"{path}: tas nav vesels laidiens ({reason}); izveidojiet to ar `twingraph build --output {path}`.",
        )


class OtherFormat(NoRelease):
    """A release is of a format that this program does not read."""

    def __init__(self, path: Path, found: object, read: int) -> None:
        TwingraphError.__init__(
            self,
            f"{path}: this release is of format {found}, and this program reads format {read}; "
            f"use the program that made it, or make it again with `twingraph build --output {path}`.",
            f"{path}: šī laidiena formāts ir {found}, bet šī programma lasa formātu {read}; "
            f"lietojiet programmu, kas to izveidoja, vai izveidojiet to no jauna ar `twingraph build --output {path}`.",
        )


class NothingToCompare(TwingraphError):
    """Two releases can not be told apart, or the second is not the later one."""

    exit_code = 2


class MissingLibrary(TwingraphError):
    """A format was asked for whose library is not installed."""

    exit_code = 2

    def __init__(self, extra: str) -> None:
        super().__init__(
            f"This format needs a library that is not installed: pip install 'twingraph[{extra}]'.",
            f"Šim formātam vajadzīga bibliotēka, kas nav instalēta: pip install 'twingraph[{extra}]'.",
        )


class NoSnapshot(BadInput):
    """A folder holds no whole snapshot of Wikidata."""

    def __init__(self, path: Path, english: str, latvian: str) -> None:
        super().__init__(
            f"{path}: this is no whole snapshot of Wikidata ({english}); make one with "
            f"`twingraph crosscheck --save {path} --contact YOUR-ADDRESS`.",
            f"{path}: tas nav vesels Vikidatu momentuzņēmums ({latvian}); izveidojiet to ar "
            f"`twingraph crosscheck --save {path} --contact JŪSU-ADRESE`.",
        )


class NotAnswered(TwingraphError):
    """An endpoint with Wikidata's data did not answer, however patiently it was asked."""

    exit_code = 11
    status = 502

    def __init__(self, endpoint: str, english: str, latvian: str) -> None:
        super().__init__(f"{endpoint}: {english}.", f"{endpoint}: {latvian}.")


class NotFetched(TwingraphError):
    """A source page could not be fetched again, so nothing is known of what it says today."""

    exit_code = 10

    def __init__(self, url: str, english: str, latvian: str) -> None:
        super().__init__(f"{url}: {english}.", f"{url}: {latvian}.")
        self.url = url
