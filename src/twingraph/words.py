"""What is said to people, in Latvian and English: one catalogue for command line, findings and pages (gettext)."""

from __future__ import annotations

import io
from dataclasses import dataclass, field, replace
from functools import cache, reduce
from gettext import NullTranslations
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from jinja2 import Environment

Language = Literal["lv", "en"]

LANGUAGES: tuple[Language, ...] = ("lv", "en")
"""The languages in which the program speaks."""
CATALOGUE = Path(__file__).parent / "locale" / "lv" / "LC_MESSAGES" / "messages.po"
"""What is said in Latvian, by what it is in English."""


QUOTATION_MARKS: dict[str, tuple[str, str]] = {"lv": ("„", "”"), "en": ("“", "”")}


@dataclass(frozen=True, slots=True)
class Text:
    """Something said to a person, who reads it in a language of their own.

    message: the English of it, with places such as `%(path)s`; more: the English for any number but one, "" where it
    does not count, else `number` is among the values. values: what stands in the places; a Text among them is put
    into the same language.
    """

    message: str
    more: str = ""
    values: Mapping[str, object] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.in_language("en")

    def in_language(self, language: str) -> str:
        """Say it in Latvian for `lv`, else in English."""
        words = translations("lv" if language == "lv" else "en")
        values = {name: _written(value, language) for name, value in self.values.items()}
        if self.more:
            return words.ngettext(self.message, self.more, int(str(values["number"]))) % values
        return words.gettext(self.message) % values


class _Quoted(str):
    """What a person typed or a file holds, which `%(name)r` shows in the quotation marks of a language."""

    __slots__ = ("language",)
    language: str

    def __repr__(self) -> str:
        first, last = QUOTATION_MARKS[self.language]
        return f"{first}{super().__repr__()[1:-1]}{last}"


def _written(value: object, language: str) -> object:
    if isinstance(value, Text):
        return value.in_language(language)
    if not isinstance(value, str):
        return value
    quoted = _Quoted(value)
    quoted.language = language
    return quoted


def text(message: str, **values: object) -> Text:
    """Give a text whose English is this, with values for its places."""
    return Text(message, values=values)


def ntext(message: str, more: str, number: int, **values: object) -> Text:
    """Give a text about a number of things, which stands in the place `%(number)s`."""
    return Text(message, more, {"number": number, **values})


def packed(value: object) -> object:
    """Give a text as JSON carries it: its English and its values; of anything else, how it is written."""
    if isinstance(value, Text):
        return [value.message, {name: packed(each) for name, each in value.values.items()}]
    return str(value)


def unpacked(packed: Any) -> Any:  # noqa: ANN401 - what JSON holds
    """Give the text that was packed, or how what is no text is written."""
    if isinstance(packed, str):
        return packed
    message, values = packed
    return Text(message, values={name: unpacked(each) for name, each in values.items()})


def listing(template: Text, names: Sequence[str]) -> Text | str:
    """Join names by a text with the places `one` and `other`, such as "%(one)s or %(other)s"."""
    first: Text | str = names[0]
    return reduce(lambda one, other: replace(template, values={"one": one, "other": other}), names[1:], first)


@cache
def translations(language: Language) -> NullTranslations:
    """Give the catalogue of a language, as gettext has it."""
    if language == "en":
        return NullTranslations()
    # Loaded here because most runs of the command line say nothing in Latvian.
    from babel.messages.mofile import write_mo  # noqa: PLC0415
    from babel.messages.pofile import read_po  # noqa: PLC0415
    from babel.support import Translations  # noqa: PLC0415

    compiled = io.BytesIO()
    with CATALOGUE.open("rb") as written:
        write_mo(compiled, read_po(written, locale=language))
    compiled.seek(0)
    return Translations(compiled)


def render(package: str, name: str, language: str, **values: object) -> str:
    """Fill a template of a package, which says all by `_`, in Latvian for `lv`, else in English; HTML is escaped."""
    chosen: Language = "lv" if language == "lv" else "en"
    words = translations(chosen)
    return _templates(package).get_template(name).render(_=words.gettext, language=chosen, **values)


@cache
def _templates(package: str) -> Environment:
    # Loaded here because the workers that answer queries fill none.
    from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape  # noqa: PLC0415

    return Environment(
        autoescape=select_autoescape(),
        loader=PackageLoader(package),
        lstrip_blocks=True,
        trim_blocks=True,
        undefined=StrictUndefined,
    )
