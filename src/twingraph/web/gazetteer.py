"""The towns, countries, areas and organisations of a release: what each is called and known by, read once."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Self

from rdflib import Literal

from twingraph.names import AS_ON_FILE, LEAST, LONGEST, Names, fold, tidy
from twingraph.settings import BASE
from twingraph.vocab import WD, curie, slug_of
from twingraph.words import LANGUAGES, Text, text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from twingraph.query.engine import Engine

SPACE = f"{BASE}id/"
"""What the id of an entry stands behind in its IRI: `place/alcamo` is `…/id/place/alcamo`."""
SURE = 95.0
"""From this score on a candidate is a match, if it is the only one: no slip and no part of a name gets this far."""
PLACE, CITY, MUNICIPALITY = "schema:Place", "schema:City", "schema:AdministrativeArea"
COUNTRY, AREA, ORGANISATION = "schema:Country", "skos:Concept", "schema:Organization"
KINDS = {"place": PLACE, "country": COUNTRY, "area": AREA, "organisation": ORGANISATION}
"""The types of entries by what their ids begin with."""

# A name counts as much as so many properties.
_NAME_WEIGHT = 3
_SLUGS = frozenset({"wikidata", "geonames", "eurovoc", "confidence"})
_QUERY = Path(__file__).with_suffix(".rq")


class Term(NamedTuple):
    """A type or property of entries; of: the broader types, or those that have it; values: text, or of which type."""

    label: Text
    of: tuple[str, ...] = ()
    values: str = "text"


TYPES = {
    PLACE: Term(text("town or municipality")),
    CITY: Term(text("town"), (PLACE,)),
    MUNICIPALITY: Term(text("municipality or district"), (PLACE,)),
    COUNTRY: Term(text("country")),
    AREA: Term(text("area of cooperation")),
    ORGANISATION: Term(text("organisation")),
}
"""The types of entries by id, broader ones before those within them."""
_ALL = tuple(KINDS.values())
PROPERTIES = {
    "wikidata": Term(text("Wikidata item"), (PLACE, COUNTRY, AREA)),
    "geonames": Term(text("GeoNames identifier"), (PLACE, COUNTRY)),
    "confidence": Term(text("sources of the identification"), _ALL),
    "eurovoc": Term(text("EuroVoc concept"), (AREA,)),
    "iso": Term(text("ISO 3166-1 code"), (COUNTRY,)),
    "country": Term(text("country"), (PLACE,), COUNTRY),
    "coordinates": Term(text("coordinates (latitude,longitude)"), (PLACE,)),
    "signed": Term(text("dates of agreements"), (PLACE,)),
    "since": Term(text("cooperation since"), (PLACE,)),
    "partner": Term(text("twin towns"), (PLACE,), PLACE),
    "website": Term(text("web site"), (PLACE, ORGANISATION)),
    "location": Term(text("location"), (ORGANISATION,), PLACE),
    "name-lv": Term(text("name in Latvian"), _ALL),
    "name-en": Term(text("name in English"), _ALL),
    "names": Term(text("all names on file"), _ALL),
    "iri": Term(text("IRI"), _ALL),
}
"""What can be asked of entries, by id."""


@dataclass(frozen=True, slots=True)
class Entry:
    """Something by name; names: the main ones first; values: of each property, ids for what is an entry too."""

    id: str
    types: tuple[str, ...]
    names: Sequence[Literal]
    notes: Sequence[Literal]
    values: Mapping[str, Sequence[str]]

    def name(self, language: str) -> str:
        """Give the name in a language, else in English, else any."""
        wanted = (language, "en", self.names[0].language)
        return next(str(name) for tag in wanted for name in self.names if name.language == tag)

    @property
    def is_partner(self) -> bool:
        """Whether it is a partner in a twinning."""
        return bool(self.values.get("partner"))


class Candidate(NamedTuple):
    """An entry that may be meant; score: 0 to 100; match: whether it is sure to be; name: how well the name fits."""

    entry: Entry
    score: float
    match: bool
    name: float


class Gazetteer:
    """Entries by id, and who is meant by a name; for any number of threads."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self.entries = {entry.id: entry for entry in entries}
        self._names = Names((entry.id, str(name)) for entry in self.entries.values() for name in entry.names)
        self._identifiers: dict[str, str] = {}
        self._whole: dict[tuple[str, str], set[str]] = defaultdict(set)
        self._begun: dict[tuple[str, str], set[str]] = defaultdict(set)
        for entry in self.entries.values():
            items = [each for item in entry.values.get("wikidata", ()) for each in (item, f"{WD}{item}")]
            for identifier in (entry.id, entry.id.replace("/", ":"), *entry.values["iri"], *items):
                self._identifiers[identifier] = entry.id
            for term, value in ((term, value) for term, values in entry.values.items() for value in values):
                plain = value.casefold() if PROPERTIES[term].values == "text" else value
                self._whole[term, plain].add(entry.id)
                for beginning in _beginnings(plain):
                    self._begun[term, beginning].add(entry.id)

    @classmethod
    def read(cls, engine: Engine) -> Self:
        """Ask for all entries of a release."""
        statements: dict[str, dict[str, list[Literal]]] = defaultdict(lambda: defaultdict(list))
        rows = json.loads(engine.answer(_QUERY.read_text("utf-8")).body)["results"]["bindings"]
        for row in sorted(rows, key=lambda row: (row["value"]["value"], row["value"].get("xml:lang", ""))):
            key, value, language = row["key"]["value"], row["value"]["value"], row["value"].get("xml:lang")
            short = slug_of(value) if key in _SLUGS else value.removeprefix(SPACE)
            statements[row["thing"]["value"].removeprefix(SPACE)][key].append(Literal(short, lang=language))
        entries = []
        for thing, stated in sorted(statements.items()):
            names = list(dict.fromkeys([*stated["name"], *stated["other"]]))
            values = {term: [str(each) for each in stated[term]] for term in PROPERTIES}
            values |= {
                f"name-{tag}": [str(name) for name in stated["name"] if name.language == tag] for tag in LANGUAGES
            }
            values |= {"names": list(dict.fromkeys(map(str, names))), "iri": [f"{SPACE}{thing}"]}
            classes = [each for each in map(curie, stated["class"]) if each in {CITY, MUNICIPALITY}]
            types = (*classes, KINDS[thing.partition("/")[0]])
            entries += [Entry(thing, types, names, stated["note"], values)] if stated["name"] else []
        return cls(entries)

    def match(
        self,
        name: str,
        properties: Iterable[tuple[str, Iterable[str]]] = (),
        types: Sequence[str] = (),
        *,
        every: bool = False,
    ) -> list[Candidate]:
        """Give the candidates, the best first; of those as good, partners in a twinning first.

        name: "" for any; properties: each with values of which one is enough; every: whether every one of the types has
        to fit. The score is the mean of how well the name fits, which counts three times, and 100 for each property.
        """
        holders = [self._holders(term, values) for term, values in properties]
        names = dict.fromkeys(self.entries if holders else (), 0.0)
        if name:
            meant = self._identifiers.get(name.strip())
            names = {meant: AS_ON_FILE} if meant else self._names.compare(name)
        weight, candidates = _NAME_WEIGHT if name else 0, []
        for entry, fit in ((self.entries[each], fit) for each, fit in names.items()):
            worth = fit * weight + 100 * sum(entry.id in each for each in holders)
            score = round(worth / (weight + len(holders)), 1)
            fits = [each in entry.types for each in types] or [True]
            if score >= LEAST and (all(fits) if every else any(fits)):
                candidates.append(Candidate(entry, score, match=False, name=round(fit, 1)))
        candidates.sort(key=lambda each: (-each.score, not each.entry.is_partner, each.entry.id))
        sure = [each for each in candidates if each.score >= SURE]
        # However well all else fits, a name that is only alike may be another's.
        if len(sure) == 1 and (sure[0].name >= SURE or not name):
            candidates[0] = sure[0]._replace(match=True)
        return candidates

    def suggest(self, prefix: str) -> list[Entry]:
        """Give the entries with a name that begins so, or whose words do, or whose identifier this is; all for ""."""
        ranks = {match.thing: match.rank for match in self._names.search(prefix, guess=False)}
        if meant := self._identifiers.get(prefix.strip()):
            ranks[meant] = -1
        elif not fold(prefix[:LONGEST]):
            ranks = dict.fromkeys(self.entries, 0)
        entries = [self.entries[each] for each in ranks]
        return sorted(entries, key=lambda entry: (ranks[entry.id], not entry.is_partner, fold(entry.names[0])))

    def _holders(self, term: str, values: Iterable[str]) -> set[str]:
        """Give the entries that have one of the values: an entry by any of its names, a date as far as both go."""
        holders: set[str] = set()
        for value in (tidy(value) for value in values if len(value) <= LONGEST):
            whole = {*self._names.owners(value), self._identifiers.get(value, "")}
            if PROPERTIES[term].values == "text":
                holders |= self._begun.get((term, value.casefold()), set())
                whole = {*_beginnings(value.casefold())}
            holders.update(each for part in whole for each in self._whole.get((term, part), ()))
        return holders


def _beginnings(text: str) -> Iterator[str]:
    """Give a text as far as each of its hyphens, and whole: 2007, 2007-06 and 2007-06-28."""
    parts = text.split("-")
    return ("-".join(parts[:length]) for length in range(1, len(parts) + 1))
