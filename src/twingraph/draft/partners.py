"""Which towns a page names: the name and the country as printed, in a heading or within a sentence."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from rdflib.namespace import SDO

from twingraph.draft.countries import country_code, country_of
from twingraph.draft.lexicon import cues
from twingraph.names import fold, stem
from twingraph.vocab import kind_of, slug_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from rdflib import Graph

_CAPITAL = r"[A-ZÀ-ÖØ-ÞĀČĒĢĪĶĻŅŠŪŽŁŚĆŹŻŐŰĞİŞÅÄÖ]"
_PART = rf"(?<![\w’'-]){_CAPITAL}[\w’'´]*+(?:-[\w’']++)*+"
_LINKS = r"(?:de|la|le|les|di|del|della|der|den|do|da|am|an|im|bei|sur|sous|upon|on|pie|ob der|nad|und|St\.|Sv\.|i)"
_NAME = rf"(?:(?:St|Sv|Bad|Sankt)\.?\s+)?{_PART}(?:(?:\s+{_LINKS})*\s+{_PART}){{0,3}}"
_COUNTRY = rf"(?:the\s+)?{_PART}(?:\s+(?:(?:and|of|un)\s+(?:the\s+)?)?{_PART}){{0,3}}"
_BULLET = r"(?:\d+[.)]\s*|[•–*·▪-]\s*)?(?:(?:19|20)\d\d\.?(?:\s*gad\w+|\s*g\.)?\s*[–—:-]\s*)?"
"""What stands before a name in a list, perhaps with a year."""
_TOWN = {
    "lv": r"(?:pilsēt|valstspilsēt|pašvaldīb|novad|komūn|apriņķ|rajon|municipalitāt|guberņ|vojevodist|provinc)\w*",
    "en": r"(?:town|city|cities|municipality|district|county|commune|borough)",
}
_UNIT = (
    rf"(?:\s+(?i:{_TOWN['lv']}|{_TOWN['en']}|dom(?:e|i|es|ei|ē)|padom\w*|izpildkomitej\w*|pagast\w*|apgabal\w*)){{0,3}}"
)
"""What a town is, between its name and its country: `rajona pašvaldību`, `town`."""
_OWN_NAME = r"(?:\s*\([^(),]{2,40}\))?"
"""What a town is called at home: `Pasvales (Pasvalys)`."""
_IN_BRACKETS = re.compile(rf"(?P<name>{_NAME}){_OWN_NAME}{_UNIT}\s*\(\s*(?P<country>[^()]{{3,60}})\)")
_GOES_ON = r"(?:(?:is|are|was|were|has|have|become|became|in|on|with|which|where|for)\b)"
_REGION = r"(?:Oblast|Province|Prefecture|Voivodeship|Governorate|Krai|Canton|Region|State)"
_FEDERATIONS = frozenset({"US", "CA", "AU"})
_IN_REGION = re.compile(
    rf"(?P<name>{_NAME})(?=,\s*(?P<region>{_NAME})"
    rf"(?:,\s*(?P<country>{_COUNTRY})(?=\s*(?:[,;.)–-]|$|\s(?:and|since|{_GOES_ON})\b))"
    rf"|\s*\((?P<bracketed>[^()]{{3,60}})\)))"
)
"""`Fictown, Nowhere Province, Italy`, where the region says that it is one, or the country has states."""
_AFTER_COMMA = re.compile(
    rf"(?P<name>{_NAME}){_UNIT},\s*(?P<country>{_COUNTRY})(?=\s*(?:[,;.()–-]|$|\s(?:un|and|kopš|since|\d|{_GOES_ON})))"
)
_HEADINGS = (
    # `Moscow central administrative region (Russia)`
    re.compile(
        rf"{_BULLET}(?P<name>{_NAME}(?:\s+[^\W\d_]+){{0,3}}?\s+(?:region|district|county|area|apgabals|apriņķis|rajons))"
        r"\s*\((?P<country>[^()]{3,60})\)(?P<rest>)"
    ),
    re.compile(rf"{_BULLET}(?P<name>{_NAME}){_UNIT}\s*[(/]\s*(?P<country>[^()/]{{3,60}})[)/]?(?P<rest>\W.*|)"),
    re.compile(rf"{_BULLET}(?P<name>{_NAME}){_OWN_NAME}{_UNIT}\s*[,–—|-]\s*(?P<country>{_COUNTRY})(?P<rest>\W.*|)"),
    # `Pandēļu pagasts, Rokišķu rajons, Lietuva`
    re.compile(
        rf"{_BULLET}(?P<name>{_NAME}){_UNIT},\s*(?P<region>{_NAME}){_UNIT},\s*(?P<country>{_COUNTRY})(?P<rest>\W.*|)"
    ),
    re.compile(rf"{_BULLET}(?P<country>{_COUNTRY})\s*[,:–—|-]\s*(?P<name>{_NAME})(?P<rest>\s*\(.*|)"),
    re.compile(
        rf"{_BULLET}(?P<name>{_NAME})\s+(?i:{_TOWN['lv']})(?:\s+(?i:{_TOWN['lv']}))?\s+(?P<country>{_PART})(?P<rest>)"
    ),
)
_LINE_NAME = re.compile(rf"{_BULLET}(?P<name>{_NAME})\s*[:.]?")
_REPUBLIC = r"(?:\s+(?:Federatīv|Demokrātisk|Tautas)\w+)?(?:\s+(?:Republik|Karalist)\w+)?"
_NO_COUNTRY = rf"(?!{_PART}\s+{_TOWN['lv']})"
"""The list of the towns of one country ends where the next country begins: `un Ukrainas pilsētu Ļvivu`."""
_LIST = rf"{_PART}(?:\s{_PART})?(?:(?:,\s|\sun\s){_PART}(?:\s{_PART})?){{0,20}}"
_IN_COUNTRY = (
    rf"\b(?P<country>{_CAPITAL}\w*(?:ā|ē|ī|ū))\s[^:–—.;]{{0,60}}?\b(?:sadraudzīb|sadarbīb|partner)\w*[^:–—.;,]{{0,30}}"
    rf"[:–—]\s+(?P<names>{_NAME}{_UNIT}(?:(?:,\s+|\s+un\s+){_NAME}{_UNIT}){{0,20}})"
)
_NOT_IN = r"(?<!\bin )(?<!\bin the )(?<!\bat the )"
_PROSE = {
    "lv": (
        # `Ukrainā ir trīs sadraudzības pašvaldības – Popasna un Zbaraža`
        _IN_COUNTRY,
        # `Vācijas pilsētu Komo un Gēru`
        rf"(?P<country>{_PART}(?:\s{_PART})?)\s+(?:\w+\s+)?{_TOWN['lv']}\s+(?P<names>{_NAME}(?:(?:,|\sun)\s+{_NO_COUNTRY}{_NAME}){{0,20}})",
        # `Igaunijas Republikas Valgas un Tervas pašvaldībām`, `Baltkrievijas Vitebskas apgabala Braslavas rajonu`
        rf"(?P<country>{_PART}){_REPUBLIC}\s+(?:{_PART}\s+apgabala\s+)?(?P<names>{_LIST})\s+{_TOWN['lv']}",
        # `Pakrojas un Radvilišķu pašvaldībām Lietuvā`
        rf"(?P<names>{_LIST}\sun\s{_NAME}){_OWN_NAME}\s+{_TOWN['lv']}(?:\s+{_TOWN['lv']})?\s+(?P<country>{_CAPITAL}\w*(?:ā|ē|ī|ū|ās|os|ēs))\b",
        # `Terebodas (Töreboda) pašvaldību Zviedrijā`
        rf"(?P<name>{_NAME}){_OWN_NAME}\s+{_TOWN['lv']}(?:\s+{_TOWN['lv']})?\s+(?:no\s+)?(?P<country>{_PART}{_REPUBLIC})",
        rf"(?P<name>{_NAME})\s+(?P<country>{_CAPITAL}\w*(?:ā|ē|ī|ū|ās|os|ēs))\b",
    ),
    "en": (
        rf"{_TOWN['en']}\s+of\s+(?P<name>{_NAME})\s*(?:,|\sin)\s+(?=(?P<country>{_COUNTRY}))",
        # `the Turkish town of Anamur`, but not where something was: `in the Turkish town of Anamur`
        rf"{_NOT_IN}(?P<country>{_PART})\s+(?:[a-z]+\s+){{0,2}}?(?:{_TOWN['en']}|village)\s+of\s+(?P<name>{_NAME})",
        # `Salisbury in Maryland, USA`
        rf"(?P<name>{_NAME})\s+in\s+{_NAME},\s+(?=(?P<country>{_COUNTRY}))",
        rf"(?P<name>{_NAME}),?\s+in\s+(?=(?P<country>{_COUNTRY}))",
    ),
}
"""How a sentence names a town with its country, beside the two that are alike in all languages."""
_ITEM = (
    rf"(?:{_PART}\s+apgabala\s+)?(?P<name>{_PART}(?:\s{_PART})?)"
    rf"(?:\s+(?P<unit>(?i:{_TOWN['lv']})))?(?:\s+(?i:{_TOWN['lv']}))?"
)
_UNITED = re.compile(_ITEM)
_ITEMS = re.sub(r"\?P<\w+>", "?:", _ITEM)
_WITH = re.compile(rf"\b(?:ar|starp)\s+(?P<names>{_ITEMS}(?:(?:,\s|\sun\s){_ITEMS}){{0,20}})")
"""Those with whom there is something: `ar Grodņas rajona un Slavgorodas rajona pašvaldībām`."""
_LOOSE = re.compile(
    rf"\b(?:twinned\s+(?:[a-z]+\s+)?with\s+|{_TOWN['en']}\s+of\s+)"
    rf"(?:the\s+(?:[a-z]+\s+){{0,3}}?{_TOWN['en']}\s+of\s+)?(?P<name>{_NAME})"
)
"""A town without its country: `twinned with Fictown`, `the small spa town of Fictown`."""
_SUBJECT = re.compile(
    rf"(?P<name>{_NAME})\s+(?:(?:is|are|was|were)|ha(?:s|ve)\s+been)\s+(?:[a-z]+\s+){{0,2}}?(?:twinned|the\s+twin)\b"
)
_WITHIN = {
    language: (_IN_REGION, _IN_BRACKETS, *map(re.compile, prose), _AFTER_COMMA) for language, prose in _PROSE.items()
}
_BY_COUNTRY = re.compile(
    rf"{_BULLET}(?P<before>[^:–—,.\d]{{0,60}}?)(?P<country>{_PART})\s*[:–—-]\s*"
    rf"(?P<names>(?>{_NAME}{_UNIT})(?:(?:,\s*|\s+(?:un|and)\s+)(?>{_NAME}{_UNIT})){{1,20}})\s*[.;]?"
)
_LABEL = re.compile(
    r"(?:^|[,;|]?\s+)(?:(?:sadraudzības|sadarbības|partner\w*|twin|sister|partner)[\s-]?)?"
    r"(?:pilsēta|pašvaldība|novads|partneris|valsts|town|city|municipality|partner|country|state)\s*:\s*",
    re.IGNORECASE,
)
"""What a part of a line is called, before it."""
_OF_COUNTRY = re.compile(
    rf"(?P<country>{_CAPITAL}\w*(?:ā|ē|ī|ū)\b|{_PART}(?=\s+(?:Republikas\s+)?(?:puses|{_TOWN['lv']})))"
)
_BETWEEN = re.compile(r"\b(?:starp|strap|between)\s+([^,;:]{2,60}?)\s+(?:un|and)\s+([^,;:]{2,30})", re.IGNORECASE)
_PAIR = re.compile(rf"({_PART})\s+(?:un|and)\s+({_PART})\s+")
_OF_ADMINISTRATION = re.compile(
    r"(?:\s+(?:City|Town|District|County|Borough))?\s+(?:Municipality|Commune|Kommune|Administration|Council)\Z"
)
_CASE = re.compile(r"(?:iem|ām|ēm|am|em|im|ai|ei|as|es|is|us|os|[aāeēiīouū]|s|š)\Z")
_NOMINATIVES = ("a", "e", "is", "us", "s", "š")
_BENT = {"ēm": "es", "ām": "as", "iem": "i", "ā": "a", "as": "a", "ai": "a", "ē": "e", "es": "e", "ei": "e", "u": "a"}
"""Endings of Latvian names in other cases, and what they most often are in the nominative."""
_LISTED = re.compile(r"(?::|–|\bir|\bare|\bis|\bpilsētas|\bpartneri|\btowns|\bcities|\bpartners)\s*$", re.IGNORECASE)
_LONGEST_LINE, _LONGEST_HEADING = 60, 150


class Named(NamedTuple):
    """A town as a text names it: the words for it and for its country, with the ISO code of that, and where they stand.

    is_heading: whether the text is nothing but this, perhaps with a date; certain: whether the name is in the
    nominative and in small letters, and not as a sentence bends it; plain: what it is there, as far as the page tells.
    """

    name: str
    start: int
    country: str
    code: str
    is_heading: bool = False
    certain: bool = True
    plain: str = ""


def heading(text: str, language: str, known: Graph) -> Named | None:
    """Read a line as the heading of a partner: a name and a country."""
    for pattern in _HEADINGS if len(text) <= _LONGEST_HEADING else ():
        match = pattern.fullmatch(text)
        if match and len(match["rest"].split()) <= 6 and (named := _named(match, language, known, is_heading=True)):  # noqa: PLR2004 - as many words as `– sadarbība kopš 2002. gada`
            is_plain = language == "en" or not _is_genitive(text, named)
            return named._replace(certain=is_plain and not named.name.isupper())
    return None


def unlabelled(line: str) -> str:
    """Give a line without what its parts are called: `Imola, Itālija` for `Pilsēta: Imola; valsts: Itālija`."""
    return _LABEL.sub(lambda found: ", " if found.start() else "", line).strip()


def country_of_towns(text: str, language: str, known: Graph) -> str:
    """Give the code of the one country of whose towns, or of what is in which, a Latvian sentence speaks; else ""."""
    found = {country_code(each["country"], language, known) or "LV" for each in _OF_COUNTRY.finditer(text)} - {"LV"}
    return min(found) if len(found) == 1 and language == "lv" else ""


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
    taken: list[tuple[int, int]] = []
    for pattern in _WITHIN[language]:
        for match in pattern.finditer(text):
            start, end = match.span()
            if any(start < until and since < end for since, until in taken):
                continue
            named = list(_all(match, text, language, known))
            found |= {each.start: each for each in named}
            # The country may stand beyond the match, so that the next can begin before it.
            beyond = text.find(named[0].country, start) + len(named[0].country) if named else 0
            taken += [(named[0].start, max(end, beyond))] if named else []
    # A sentence in Latvian that names towns with `Latvijas` most often lists those of a joint agreement.
    return [found[start] for start in sorted(found) if (language, found[start].code) != ("lv", "LV")]


def listed_by_country(line: str, language: str, known: Graph) -> list[Named]:
    """Read a line that is a country and towns in it: `Vācija: Imola, Motala`, `Partneri Itālijā – Imola un Komo`."""
    found = _BY_COUNTRY.fullmatch(line)
    printed = found["country"] if found else ""
    code = country_code(printed, language, known)
    is_whole = found and not found["before"].strip()
    if not found or not code or not (is_whole or re.search("[āēīū]\\Z", printed) or found["before"].endswith(" in ")):
        return []
    names = [*re.finditer(_NAME, found["names"])]
    if any(country_code(each[0], language, known) or _is_word(each[0], language) for each in names):
        return []
    start = found.start("names")
    towns = [Named(each[0], start + each.start(), printed, code, is_heading=True) for each in names]
    return [each._replace(certain=language == "en" or not _is_genitive(line, each)) for each in towns]


def named_of(text: str, language: str, known: Graph, country: str) -> list[Named]:
    """Find the towns `ar` or `starp` which a Latvian sentence says that there is something, and which have no country.

    They are of the country with the code `country`, or else of the one that the sentence names, before them and not
    beyond a comma. Latvian towns may be among them, but none that is called a `novads`, as it is only there.
    In English they are those in `twinned with` and `the town of`, whose country may be said nowhere ("").
    """
    if language == "en":
        loose = (each for each in _LOOSE.finditer(text) if not country_code(each["name"], language, known))
        return [
            Named(each["name"], each.start("name"), "", country) for each in loose if not _is_of_institution(each, text)
        ]
    places = {each.end(): country_code(each[0], language, known) for each in re.finditer(_PART, text)}
    codes = set(places.values()) - {None, "LV"}
    found: list[Named] = []
    for with_whom in _WITH.finditer(text):
        near = [at for at, code in places.items() if code in codes and at < with_whom.start()]
        is_near = len(codes) == 1 and near and "," not in text[near[-1] : with_whom.start()]
        code = country or (min(codes, key=str) if is_near else "")
        if not code:
            continue
        names = [*_UNITED.finditer(with_whom["names"])]
        for at, name in enumerate(names):
            unit = next((each["unit"] for each in names[at:] if each["unit"]), "")
            if unit and not re.match("(?i)novad|valstspils", unit) and not _is_word(name["name"], language):
                start = with_whom.start("names") + name.start("name")
                found.append(Named(name["name"], start, "", str(code), certain=False))
    return found


def _is_of_institution(match: re.Match[str], text: str) -> bool:
    """Tell whether a name is that of a school or of a region rather than of a town."""
    words = cues("en")["institution"].pattern
    within = re.search(rf"\b(?i:{words})\b|\b{_REGION}\b", match["name"])
    return bool(within or _is_word(match["name"], "en") or re.match(rf"\s+(?i:{words})\b", text[match.end() :]))


def only_towns(text: str, named: Collection[Named], dates: Collection[str], language: str) -> bool:
    """Tell whether a line is nothing but towns with their countries, and the dates that it has."""
    for words in (*dates, *(words for each in named for words in (each.country, each.name))):
        text = text.replace(words, " ", 1)
    return bool(named) and not re.search(
        rf"(?!(?:{_TOWN[language]}|and|un|the)\b)[^\W\d_]{{2}}|\d{{2}}", text, re.IGNORECASE
    )


def _all(match: re.Match[str], text: str, language: str, known: Graph) -> Iterator[Named]:
    groups = match.groupdict()
    if "names" not in groups:
        if named := _named(match, language, known):
            is_plain = _LISTED.search(text[: named.start]) and not _is_genitive(text, named)
            yield named._replace(certain=(language == "en" or bool(is_plain)) and not named.name.isupper())
        return
    # A sentence may begin before the country: `Ar Zviedrijas pilsētu Motalu`.
    printed = match["country"] if country_code(match["country"], language, known) else match["country"].split()[-1]
    if code := country_code(printed, language, known):
        names = [*re.finditer(_NAME, match["names"])]
        # The list begins after a town of another country: `Ripinu Polijā, Pakrojas un Radvilišķu pašvaldībām Lietuvā`.
        others = [
            at for at, name in enumerate(names) if any(country_code(each, language, known) for each in name[0].split())
        ]
        for name in names[others[-1] + 1 if others else 0 :]:
            if not _is_word(name[0], language):
                start = match.start("names") + name.start()
                yield Named(name[0], start, printed, code, certain=False)


def _named(match: re.Match[str], language: str, known: Graph, *, is_heading: bool = False) -> Named | None:
    """Check that one of the words is a country and the other none, nor a word of every page."""
    groups = match.groupdict()
    name, start, printed = match["name"], match.start("name"), groups["country"] or groups.get("bracketed") or ""
    country, code = _country(printed, language, known)
    code = code or country_of(printed, language) or ""
    if not code and is_heading:
        country, code = _country(printed, "en" if language == "lv" else "lv", known)
    if not code or not _may_be_region(groups.get("region"), code, language, known, is_heading=is_heading):
        return None
    # A sentence begins with a capital letter too: `Sadarbība Vācijā` is no town.
    first, _, others = name.partition(" ")
    while others and _is_word(first, language):
        start, name = start + len(name) - len(others), others
        first, _, others = name.partition(" ")
    name = _OF_ADMINISTRATION.sub("", name)
    if _is_word(name, language) or country_code(name, language, known):
        return None
    return Named(name, start, country, code, is_heading)


def _is_genitive(text: str, named: Named) -> bool:
    """Tell whether a Latvian name stands before what it is the name of, as in `Alītas rajona pašvaldība`."""
    following = text[named.start + len(named.name) :]
    name_of = rf"{_OWN_NAME}\s+(?:{_TOWN['lv']}|pagast|apgabal)"
    return bool(re.search(r"(?i)[su]\Z", named.name) and re.match(name_of, following, re.IGNORECASE))


def _may_be_region(name: str | None, code: str, language: str, known: Graph, *, is_heading: bool) -> bool:
    """Tell whether a name between that of a town and that of its country, if there is one, may be of a region."""
    if name is None:
        return True
    says_so = is_heading or code in _FEDERATIONS or re.search(rf"\b{_REGION}\Z", name)
    return bool(says_so) and not country_code(name, language, known)


def _country(printed: str, language: str, known: Graph) -> tuple[str, str]:
    """Find the country in words that stand where one does: the words for it and its code, twice "" for none."""
    parts = (printed, *re.split(r"[,;/–]|\s-|-\s|\s(?:and|un)\s", printed))
    # A sentence may begin before it, as in `Ar Zviedrijas`; but `New Jersey` is not Jersey.
    parts += (printed.partition(" ")[2],) if language == "lv" else ()
    found = [(part.strip(), code) for part in parts if (code := country_code(part, language, known))]
    # `Fictown-Dreamford (Italy – Poland)` is no town.
    return found[0] if len({code for _, code in found}) == 1 else ("", "")


def _is_word(name: str, language: str) -> bool:
    patterns = cues(language)
    is_common = patterns["no_name"].fullmatch(name) or re.fullmatch(_TOWN[language], name, re.IGNORECASE)
    return bool(is_common or patterns["cooperation"].match(name) or patterns["signed"].match(name))


def nominative(name: str, words: Collection[str]) -> str:
    """Guess what a Latvian name is in the nominative, by its other forms among the words of a page.

    `Malinu` is of `Malina` where the page has `Malinā` or `Malina`, and stays where it has none of these.
    """
    before, last = name[: name.rfind(" ") + 1], name[name.rfind(" ") + 1 :]
    if (base := _CASE.sub("", last)) == last:
        return name
    forms = {word[len(base) :] for word in words if word.startswith(base)}
    for ending in _NOMINATIVES:
        if ending in forms and len(base) > 1:
            return f"{before}{base}{ending}"
    bent = next((plain for bent, plain in _BENT.items() if bent in forms), None)
    return f"{before}{base}{bent}" if bent else name


def called_at(name: str, text: str, language: str) -> int:
    """Give where a text names a town, in any case of its name, -1 where it does not."""
    fitting = stem if language == "lv" else fold
    wanted, words = fitting(name), [each for each in re.finditer(r"[\w’'-]+", text) if each[0][:1].isupper()]
    length = len(name.split())
    for at, word in enumerate(words[: len(words) - length + 1]):
        if fitting(" ".join(each[0] for each in words[at : at + length])) == wanted:
            return word.start()
    # Names have small letters in them, too.
    found = re.search(rf"\b{re.escape(name)}\b", text)
    return found.start() if found else -1


def is_called(name: str, text: str, language: str) -> bool:
    """Tell whether a text names a town, in any case of its name."""
    return called_at(name, text, language) >= 0


def other_party(text: str, called: Collection[str], language: str) -> str:
    """Give the words for that of two towns that is not called so: `Halli` in `starp Valmieru un Halli`; "" for none."""
    parties = _BETWEEN.search(text)
    if not parties:
        return ""
    is_home = [any(is_called(each, party, language) for each in called) for party in parties.groups()]
    return "" if is_home[0] == is_home[1] else parties[is_home.index(False) + 1]


def twinned_subject(text: str) -> str:
    """Give the name of whom an English sentence says that it is twinned, "" where that is `we` or `the town`."""
    found = _SUBJECT.search(text)
    is_name = found and not re.search(rf"(?i:\b(?:{_TOWN['en']}|council|we|it|they|both|community)\Z)", found["name"])
    return found["name"] if found and is_name else ""


def pairs(text: str, language: str) -> list[tuple[str, str]]:
    """Find each two by whom there is a document: `A un B parakstīja`, `A un B līgums`, `starp A un B`."""
    follows = [cues(language)["signed"], *cues(language)["document"].values()]
    named = [each for each in _PAIR.finditer(text) if any(cue.match(text, each.end()) for cue in follows)]
    between = [each for each in _BETWEEN.finditer(text) if each[1][0].isupper() and each[2][0].isupper()]
    return [(each[1], each[2]) for each in (*named, *between)]


def bodies(known: Graph, language: str) -> list[tuple[str, str]]:
    """Give the organisations and programmes of the data, each (`organisation:…`) with the stems of a name of it."""
    named = ((body, name) for term in (SDO.name, SDO.alternateName) for body, name in known.subject_objects(term))
    told = ((kind_of(body), body, name) for body, name in named if getattr(name, "language", "") == language)
    kinds = ("organisation", "programme")
    return [(f"{kind}:{slug_of(body)}", stem(str(name))) for kind, body, name in told if kind in kinds]
