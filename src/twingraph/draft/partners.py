"""Which towns a page names: the name and the country as printed, in a heading or within a sentence."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from rdflib.namespace import SDO

from twingraph.draft.countries import country_code
from twingraph.draft.lexicon import cues
from twingraph.names import fold, stem
from twingraph.vocab import kind_of, slug_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rdflib import Graph

_CAPITAL = r"[A-ZÀ-ÖØ-ÞĀČĒĢĪĶĻŅŠŪŽŁŚĆŹŻŐŰĞİŞÅÄÖ]"
_PART = rf"{_CAPITAL}[\w’']*(?:-[\w’']+)*"
_LINKS = r"(?:de|la|le|les|di|del|della|der|den|do|da|am|an|im|bei|sur|sous|upon|on|pie|ob der|nad|und|St\.|Sv\.|i)"
_NAME = rf"(?:(?:St|Sv|Bad|Sankt)\.?\s+)?{_PART}(?:(?:\s+{_LINKS})*\s+{_PART}){{0,3}}"
_COUNTRY = rf"(?:the\s+)?{_PART}(?:\s+(?:and|of|un|{_PART})){{0,3}}"
_BULLET = r"(?:\d+[.)]\s*|[•–*·▪-]\s*)?"
_TOWN = {
    "lv": r"(?:pilsēt|valstspilsēt|pašvaldīb|novad|komūn|apriņķ|rajon|municipalitāt|guberņ|vojevodist|provinc)\w*",
    "en": r"(?:town|city|cities|municipality|district|county|commune|borough)",
}
_IN_BRACKETS = re.compile(rf"(?P<name>{_NAME})\s*\(\s*(?P<country>[^()]{{3,60}})\)")
_AFTER_COMMA = re.compile(
    rf"(?P<name>{_NAME}),\s*(?P<country>{_COUNTRY})(?=\s*(?:[,;.)–-]|$|\s(?:un|and|kopš|since|\d)))"
)
_HEADINGS = (
    re.compile(rf"{_BULLET}(?P<name>{_NAME})\s*[(/]\s*(?P<country>[^()/]{{3,60}})[)/]?(?P<rest>\W.*|)"),
    re.compile(rf"{_BULLET}(?P<name>{_NAME})\s*[,–—|-]\s*(?P<country>{_COUNTRY})(?P<rest>\W.*|)"),
    re.compile(rf"{_BULLET}(?P<country>{_COUNTRY})\s*[,:–—|-]\s*(?P<name>{_NAME})(?P<rest>)"),
)
_LINE_NAME = re.compile(rf"{_BULLET}(?P<name>{_NAME})\s*:?")
_WITH_TOWN = {
    "lv": re.compile(
        rf"(?P<country>{_PART}(?:\s{_PART})?)\s+(?:\w+\s+)?{_TOWN['lv']}\s+(?P<names>{_NAME}(?:(?:,|\sun)\s+{_NAME})*)"
    ),
    "en": re.compile(rf"(?:{_TOWN['en']}\s+of\s+)(?P<name>{_NAME})\s*(?:,|\sin)\s+(?P<country>{_COUNTRY})"),
}
_LOCATIVE = {
    "lv": re.compile(rf"(?P<name>{_NAME})\s+(?P<country>{_PART}(?:ā|ē|ī|ū|ās|os|ēs))\b"),
    "en": re.compile(rf"(?P<name>{_NAME})\s+in\s+(?P<country>{_COUNTRY})"),
}
_LISTED = re.compile(r"(?::|–|\bir|\bare|\bis|\bpilsētas|\bpartneri|\btowns|\bcities|\bpartners)\s*$", re.IGNORECASE)
_LONGEST_LINE, _LONGEST_HEADING = 60, 150


class Named(NamedTuple):
    """A town as a text names it: the words for it and for its country, with the ISO code of that, and where they stand.

    is_heading: whether the text is nothing but this, perhaps with a date; certain: whether the name is in the
    nominative, and not as a sentence bends it.
    """

    name: str
    start: int
    country: str
    code: str
    is_heading: bool = False
    certain: bool = True


def heading(text: str, language: str, known: Graph) -> Named | None:
    """Read a line as the heading of a partner: a name and a country."""
    for pattern in _HEADINGS if len(text) <= _LONGEST_HEADING else ():
        match = pattern.fullmatch(text)
        if match and len(match["rest"].split()) <= 6 and (named := _named(match, language, known, is_heading=True)):  # noqa: PLR2004 - as many words as `– sadarbība kopš 2002. gada`
            return named
    return None


def lone_country(text: str, language: str, known: Graph) -> str | None:
    """Give the code of the country that is all that a line says."""
    words = re.sub(rf"^{_BULLET}", "", text).strip(" .:()")
    return country_code(words, language, known) if 0 < len(words) < _LONGEST_LINE else None


def lone_name(text: str, language: str) -> str:
    """Give the name that is all that a line says, "" for a line that says more or no name."""
    match = _LINE_NAME.fullmatch(text) if len(text) < _LONGEST_LINE else None
    is_name = match and not _is_word(match["name"], language)
    return match["name"] if match and is_name else ""


def named_within(text: str, language: str, known: Graph) -> list[Named]:
    """Find the towns that a sentence names together with their country, in their order."""
    found: dict[int, Named] = {}
    for pattern in (_IN_BRACKETS, _AFTER_COMMA, _WITH_TOWN[language], _LOCATIVE[language]):
        for match in pattern.finditer(text):
            for named in _all(match, text, language, known):
                found.setdefault(named.start, named)
    return [found[start] for start in sorted(found)]


def _all(match: re.Match[str], text: str, language: str, known: Graph) -> Iterator[Named]:
    groups = match.groupdict()
    if "names" not in groups:
        if named := _named(match, language, known):
            yield named._replace(certain=language == "en" or bool(_LISTED.search(text[: named.start])))
        return
    if code := country_code(match["country"], language, known):
        for name in re.finditer(_NAME, match["names"]):
            if not _is_word(name[0], language):
                start = match.start("names") + name.start()
                yield Named(name[0], start, match["country"], code, certain=False)


def _named(match: re.Match[str], language: str, known: Graph, *, is_heading: bool = False) -> Named | None:
    """Check that one of the words is a country and the other none, nor a word of every page."""
    name, start, printed = match["name"], match.start("name"), match["country"]
    parts = [part.strip() for part in (printed, *re.split(r"[,;/–]", printed))]
    country = next((part for part in parts if part and country_code(part, language, known)), "")
    if not country:
        return None
    # A sentence begins with a capital letter too: `Sadarbība Vācijā` is no town.
    first, _, others = name.partition(" ")
    while others and _is_word(first, language):
        start, name = start + len(name) - len(others), others
        first, _, others = name.partition(" ")
    if _is_word(name, language) or country_code(name, language, known):
        return None
    return Named(name, start, country, country_code(country, language, known) or "", is_heading)


def _is_word(name: str, language: str) -> bool:
    patterns = cues(language)
    is_common = patterns["no_name"].fullmatch(name) or re.fullmatch(_TOWN[language], name, re.IGNORECASE)
    return bool(is_common or patterns["cooperation"].match(name) or patterns["signed"].match(name))


def is_called(name: str, text: str, language: str) -> bool:
    """Tell whether a text names a town, in any case of its name."""
    wanted = f" {stem(name) if language == 'lv' else fold(name)} "
    forms = (
        stem(word) if language == "lv" else fold(word) for word in re.findall(r"[\w’'-]+", text) if word[:1].isupper()
    )
    return wanted in f" {' '.join(forms)} " or f" {fold(name)} " in f" {fold(text)} "


def bodies(known: Graph, language: str) -> list[tuple[str, str]]:
    """Give the organisations and programmes of the data, each (`organisation:…`) with the stems of a name of it."""
    named = ((body, name) for term in (SDO.name, SDO.alternateName) for body, name in known.subject_objects(term))
    told = ((kind_of(body), body, name) for body, name in named if getattr(name, "language", "") == language)
    kinds = ("organisation", "programme")
    return [(f"{kind}:{slug_of(body)}", stem(str(name))) for kind, body, name in told if kind in kinds]
