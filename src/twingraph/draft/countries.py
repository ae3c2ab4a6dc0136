"""Countries: which one a page names, in Latvian or English, and the block that describes one."""

from __future__ import annotations

import csv
import re
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from babel import Locale, UnknownLocaleError
from babel.languages import get_official_languages
from pyoxigraph import Literal
from rdflib.namespace import RDF, SDO

from twingraph.names import fold, stem
from twingraph.vocab import slug_of

if TYPE_CHECKING:
    from rdflib import Graph

# What CLDR has beside the codes that ISO 3166-1 assigns: islands reserved, unions, Kosovo, and what is no place.
_NO_COUNTRIES = frozenset({"AC", "CP", "CQ", "DG", "EA", "EU", "EZ", "IC", "QO", "TA", "UN", "XA", "XB", "XK", "ZZ"})
_VARIANTS = {
    "lv": {
        "Lielbritānija": "GB", "Anglija": "GB", "Skotija": "GB", "Velsa": "GB", "Ziemeļīrija": "GB",
        "Savienotās Valstis": "US", "Holande": "NL", "Moldāvija": "MD", "Kazahija": "KZ", "Kirgīzija": "KG",
        "Ķīnas Tautas Republika": "CN", "Ķīnas Republika": "TW", "Korejas Republika": "KR", "Dienvidāfrika": "ZA",
        "Kongo Demokrātiskā Republika": "CD", "Kongo Republika": "CG", "Maķedonija": "MK", "Birma": "MM",
        "Mjanma": "MM", "Honkonga": "HK", "Makao": "MO", "Palestīna": "PS", "Bosnija": "BA", "Farēru salas": "FO",
        "Ālandu salas": "AX",
    },
    "en": {
        "Great Britain": "GB", "Britain": "GB", "England": "GB", "Scotland": "GB", "Wales": "GB",
        "Northern Ireland": "GB", "United States of America": "US", "Holland": "NL", "Czech Republic": "CZ",
        "Slovak Republic": "SK", "Russian Federation": "RU", "Turkey": "TR", "Macedonia": "MK", "Burma": "MM",
        "Myanmar": "MM", "People's Republic of China": "CN", "Republic of China": "TW", "Korea": "KR",
        "Ivory Coast": "CI", "Hong Kong": "HK", "Macao": "MO", "Macau": "MO", "Viet Nam": "VN", "Swaziland": "SZ",
        "Cape Verde": "CV", "East Timor": "TL", "Palestine": "PS", "Bosnia": "BA", "Congo": "CG",
        "Democratic Republic of the Congo": "CD", "Byelorussia": "BY", "Belorussia": "BY", "Byelarus": "BY",
    },
}  # fmt: skip
"""Names in use that CLDR does not have, and the countries that parts of the United Kingdom are of."""
_ACRONYMS = {
    "lv": {"ASV": "US", "AK": "GB", "AAE": "AE", "ĶTR": "CN", "DĀR": "ZA", "VFR": "DE"},
    "en": {"UK": "GB", "US": "US", "USA": "US", "UAE": "AE", "PRC": "CN"},
}
"""Written in capitals and never declined: `us` is no country."""
_ADJECTIVES = {
    "en": {
        "American": "US", "Austrian": "AT", "Belarusian": "BY", "Belgian": "BE", "British": "GB", "Bulgarian": "BG",
        "Chinese": "CN", "Croatian": "HR", "Czech": "CZ", "Danish": "DK", "Dutch": "NL", "English": "GB",
        "Estonian": "EE", "Finnish": "FI", "French": "FR", "Georgian": "GE", "German": "DE", "Greek": "GR",
        "Hungarian": "HU", "Icelandic": "IS", "Irish": "IE", "Israeli": "IL", "Italian": "IT", "Japanese": "JP",
        "Latvian": "LV", "Lithuanian": "LT", "Moldovan": "MD", "Norwegian": "NO", "Polish": "PL", "Portuguese": "PT",
        "Romanian": "RO", "Russian": "RU", "Scottish": "GB", "Serbian": "RS", "Slovak": "SK", "Slovenian": "SI",
        "Spanish": "ES", "Swedish": "SE", "Swiss": "CH", "Turkish": "TR", "Ukrainian": "UA", "Welsh": "GB",
    },
}  # fmt: skip
"""Words for `of a country`, by which a sentence says where a town is: `the Turkish town of Anamur`."""
_FORM = re.compile(
    r"(?:federativ |demokratisk |tautas )*(?:republik|karalist|federacij)\Z"
    r"|\A(?:the )?(?:(?:federal |federative |french |italian )?(?:republic|kingdom|federation) of )?(?:the )?"
)
"""What a name says of the form of a state, folded, and an English article."""
_DECLINED = re.compile(r"(?<=[^aeiou])[ae]\Z|s\Z| \w+i\Z")
"""How a Latvian name ends that has cases; `Peru`, `Monako` and `Samoa` have none."""
_SOURCE = "Wikidata (CC0) item of the ISO 3166-1 code, as in c-riq/city-vote@0661506:frontend/src/countries.ts"


def country_code(name: str, language: str, known: Graph | None = None) -> str | None:
    """Give the ISO 3166-1 alpha-2 code of the country of a name, in any case of it; None for what names none.

    language: `lv` or `en`. known: data that may call a country what Unicode CLDR does not.
    """
    plain = name.strip(" .,:;()")
    if code := _ACRONYMS.get(language, {}).get(plain.replace(".", "")):
        return code
    bare = re.sub(r"(?i:\Athe\s+)|['’]s\Z", "", plain)
    if not bare[:1].isupper():
        return None
    index = _names(language) | (_index(_described(known, language), language) if known is not None else {})
    for key in dict.fromkeys((fold(bare), _key(bare, language))):
        if found := index.get(key) or index.get(_FORM.sub("", key).strip()):
            return found
    return None


def country_of(word: str, language: str) -> str | None:
    """Give the code of the country of an adjective: `Turkish`."""
    return _ADJECTIVES.get(language, {}).get(word)


def is_name(name: str, language: str) -> bool:
    """Tell whether a country is called so, in the nominative."""
    if language != "lv":
        return country_code(name, language) is not None
    return name.replace(".", "") in {*_territories(language).values(), *_VARIANTS[language], *_ACRONYMS[language]}


def country_block(code: str) -> str:
    """Write a country for data/countries.trig: its names in English, Latvian and its official languages, and links.

    The names are of Unicode CLDR. Where no Wikidata item of the country is on file, a comment asks for it. Raises
    KeyError for a code that ISO 3166-1 does not assign.
    """
    names = {"en": _territories("en")[code], "lv": _territories("lv")[code]}
    for language in get_official_languages(code):
        if (own := _own_name(code, language)) and language not in names:
            names[language.replace("_", "-")] = own
    citations = [f"Unicode CLDR (Unicode-3.0), in Babel {version('babel')}", *([_SOURCE] if code in _items() else [])]
    item = f"        schema:sameAs wd:{_items()[code]} ." if code in _items() else "        # schema:sameAs wd:Q… ."
    name = f"evidence:country-{code}"
    return "\n".join(
        (
            f"{name} {{",
            f"    {name} schema:citation {' , '.join(str(Literal(each)) for each in citations)} ;",
            "        tg:confidence confidence:one-source .",
            f"    country:{code} a schema:Country ;",
            f"        schema:name {' , '.join(f'{Literal(each)}@{tag}' for tag, each in names.items())} ;",
            f'        schema:identifier "{code}" {";" if code in _items() else "."}',
            item,
            "}",
            "",
        )
    )


def _key(name: str, language: str) -> str:
    return stem(name) if language == "lv" else fold(name).replace(" and ", " ")


def _index(names: dict[str, str], language: str) -> dict[str, str]:
    """Give the codes by folded name and, of a name that has cases, by its stem."""
    index = {fold(name): code for name, code in names.items()}
    declined = {name: code for name, code in names.items() if language != "lv" or _DECLINED.search(fold(name))}
    return index | {_key(name, language): code for name, code in declined.items()}


@cache
def _names(language: str) -> dict[str, str]:
    if language not in _VARIANTS:
        return {}
    names = {name.replace("&", "and"): code for code, name in _territories(language).items()}
    return _index(names | _VARIANTS[language], language)


def _described(known: Graph, language: str) -> dict[str, str]:
    countries = known.subjects(RDF.type, SDO.Country)
    names = ((each, name) for each in countries for term in (SDO.name, SDO.alternateName) for name in known[each:term])
    return {str(name): slug_of(each) for each, name in names if getattr(name, "language", None) == language}


@cache
def _territories(language: str) -> dict[str, str]:
    names = {str(code): name for code, name in Locale.parse(language).territories.items()}
    return {code: names[code] for code in names if re.fullmatch("[A-Z]{2}", code) and code not in _NO_COUNTRIES}


def _own_name(code: str, language: str) -> str | None:
    try:
        return Locale.parse(language).territories.get(code)
    except (UnknownLocaleError, ValueError):
        return None


@cache
def _items() -> dict[str, str]:
    with Path(__file__).with_name("countries.csv").open(encoding="utf-8", newline="") as lines:
        return {row["code"]: row["item"] for row in csv.DictReader(lines)}
