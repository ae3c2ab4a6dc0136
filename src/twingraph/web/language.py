"""The language of a page, and how its words, numbers, dates and order of names follow from it."""

from __future__ import annotations

import unicodedata
from decimal import Decimal
from itertools import chain
from typing import TYPE_CHECKING, TypeVar, cast
from urllib.parse import quote, urlencode

from babel import Locale
from babel.numbers import format_decimal
from flask import after_this_request, g, has_request_context, request, url_for

from twingraph.dates import SourceDate
from twingraph.words import LANGUAGES, Language, translations

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from flask import Flask, Response
    from werkzeug.wrappers import Request

Named = TypeVar("Named")

# What is no page, and so is the same in any language, or has a language of its own.
_FILES = (
    *("static", "downloads.latest", "downloads.versioned", "downloads.ckan", "health."),
    *("pages.feed", "things.void", "things.context"),
)
_PATH = "/:@!$&'()*+,;=~"
# In the order of Latvian these are letters of their own, each after the one it is made of; ā is only a long a.
_LETTERS = frozenset("čģķļņŗšž")


def speak(app: Flask) -> None:
    """Let the pages of an application speak, and the links between them keep, the language that was chosen."""
    app.jinja_env.add_extension("jinja2.ext.i18n")
    app.jinja_env.install_gettext_callables(gettext, ngettext, newstyle=True)  # type: ignore[attr-defined]
    app.jinja_env.globals.update(language=language, chosen=chosen, alternates=alternates, endpoint=endpoint)
    app.jinja_env.filters.update(number=number, date=date, since=since, bound=bound, sorted_names=sorted_names)

    @app.url_defaults
    def keep_choice(endpoint: str, values: dict[str, object]) -> None:
        """Let the link to a page name the language, if the address of this page did: there are no cookies."""
        is_page = values.get("ending", "html") == "html" and not endpoint.startswith(_FILES)
        if is_page and has_request_context() and (named := chosen()):
            values.setdefault("lang", named)


def language() -> Language:
    """Give the language of the answer, which says so (RFC 9110, 12.5.4): of ?lang=, else as accepted, else English."""
    if "language" not in g:
        g.language = preferred(request)

        @after_this_request
        def vary(response: Response) -> Response:
            response.content_language.add(g.language)
            if chosen() is None:
                response.vary.add("Accept-Language")
            return response

    return cast("Language", g.language)


def preferred(asked: Request) -> Language:
    """Give the language that a request asks for."""
    accepted = (tag.partition("-")[0].lower() for tag, weight in asked.accept_languages if weight)
    tags = chain((asked.args.get("lang", ""),), accepted)
    return next((each for tag in tags for each in LANGUAGES if each == tag), "en")


def chosen() -> Language | None:
    """Give the language that the address names; a form has to name it again."""
    return next((each for each in LANGUAGES if each == request.args.get("lang")), None)


def alternates() -> dict[Language, str]:
    """Give the address of what is asked for in each language."""
    kept = [(name, value) for name, value in request.args.items(multi=True) if name != "lang"]
    path = quote(request.script_root + request.path, safe=_PATH)
    if endpoint() != (request.endpoint or ""):
        path = url_for(endpoint(), **(request.view_args or {}), ending="html").partition("?")[0]
    return {each: f"{path}?{urlencode([*kept, ('lang', each)])}" for each in LANGUAGES}


def endpoint() -> str:
    """Give the endpoint of the page; of one that was chosen by its format, that which always gives it."""
    return (request.endpoint or "").replace(".in_any_format", ".in_format")


def gettext(message: str) -> str:
    """Say something in the language of the page; message: what it is in English."""
    return translations(language()).gettext(message)


def ngettext(one: str, more: str, number: int) -> str:
    """Say something of a number of things in the language of the page; one, more: what it is in English."""
    return translations(language()).ngettext(one, more, number)


def number(value: str | float | Decimal) -> str:
    """Write a number as is usual in the language of the page, with every digit that it has."""
    return format_decimal(Decimal(str(value)), locale=language(), decimal_quantization=False)


def date(lexical: str) -> str:
    """Write a year, month or day, as RDF writes it, in the language of the page; anything else stays as it is."""
    known = SourceDate.parse(str(lexical))
    return known.in_words(language()) if known else str(lexical)


def since(lexical: str) -> str:
    """Write that something lasts since a year, month or day, in the language of the page."""
    known = SourceDate.parse(str(lexical))
    return known.as_beginning(language()) if known else str(lexical)


def bound(lexical: str) -> str:
    """Write that something was not before a year, month or day, in the language of the page."""
    known = SourceDate.parse(str(lexical))
    return known.as_bound(language()) if known else str(lexical)


def language_name(tag: str) -> str:
    """Name a language in that of the page: `sv` is Swedish."""
    return str(Locale(language()).languages.get(tag, tag))


def sorted_names(things: Iterable[Named], name: Callable[[Named], str] = str) -> list[Named]:
    """Put things in the order that their names have in the language of the page."""
    here = language()
    return sorted(things, key=lambda each: order(name(each), here))


def order(name: str, language: str) -> tuple[tuple[str, ...], str]:
    """Give what a name is sorted by: its letters, then their marks, as CLDR has it for Latvian and English.

    >>> sorted(["Zviedrija", "Šauļi", "Sauļi", "Āre", "Ala"], key=lambda name: order(name, "lv"))
    ['Ala', 'Āre', 'Sauļi', 'Šauļi', 'Zviedrija']
    """
    letters = []
    for letter in unicodedata.normalize("NFC", name).casefold():
        bare = unicodedata.normalize("NFD", letter)[:1]
        if language == "lv":
            # Behind every letter that may follow the bare one.
            bare = f"{bare}\U0010ffff" if letter in _LETTERS else bare.replace("y", "i")
        letters.append(bare)
    return tuple(letters), unicodedata.normalize("NFD", name).casefold()
