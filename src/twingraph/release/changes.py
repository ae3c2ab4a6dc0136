"""What changed between two releases, each change told in a sentence of either language."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from twingraph.dates import SourceDate
from twingraph.release.records import Agreement, Town, Twinning
from twingraph.release.told import KINDS, Words, in_words
from twingraph.vocab import thing

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rdflib import URIRef

    from twingraph.release.records import LinkedTowns
    from twingraph.release.told import Field, Kind

LANGUAGES = ("en", "lv")


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that is not as it was, told in a sentence that stands alone.

    kind: `added`, `removed` or `changed`. subject: the IRI of the thing.
    town: the slug of the twin town it concerns, "" where there is none.
    """

    kind: str
    subject: str
    town: str
    english: str
    latvian: str

    def sentence(self, language: str) -> str:
        """Give the sentence in Latvian for `lv`, else in English."""
        return self.latvian if language == "lv" else self.english


class _Sides(NamedTuple):
    """Two releases, and the towns that only one of them has."""

    old: Words
    new: Words

    @property
    def added(self) -> set[str]:
        return _towns(self.new) - _towns(self.old)

    @property
    def removed(self) -> set[str]:
        return _towns(self.old) - _towns(self.new)


def compare(old: LinkedTowns, new: LinkedTowns) -> list[Change]:
    """Tell what became of towns, ties, agreements, figures and activities, in the order of the towns they concern.

    What comes or goes with a town is told with the town, and a tie with its agreement. Whatever else differs, such as
    evidence, definitions or the passages quoted, is no change of these and is not told.
    """
    sides = _Sides(Words(old, new), Words(new, old))
    return sorted(_changes(sides), key=lambda change: change.town)


def _changes(sides: _Sides) -> Iterator[Change]:
    for kind in KINDS:
        old, new = ({each.slug: each for each in kind.records(words.towns)} for words in sides)
        for slug in sorted(new.keys() - old.keys()):
            if not _is_told_elsewhere(new[slug], sides.new, sides.added):
                yield _moved("added", kind, sides.new, new[slug])
        for slug in sorted(old.keys() - new.keys()):
            if not _is_told_elsewhere(old[slug], sides.old, sides.removed):
                yield _moved("removed", kind, sides.old, old[slug])
        for slug in sorted(old.keys() & new.keys()):
            yield from _changed(kind, sides, old[slug], new[slug])


def _towns(words: Words) -> set[str]:
    return {town.slug for town in words.towns.towns}


def _towns_of(record: Any) -> tuple[str, ...]:  # noqa: ANN401 - a record of any kind
    """Give the towns that a record is of, the home town first."""
    if isinstance(record, Town):
        return (record.slug,)
    if isinstance(record, Twinning):
        return record.partners
    return record.parties if isinstance(record, Agreement) else (record.city,)


def _is_told_elsewhere(record: Any, words: Words, moved: set[str]) -> bool:  # noqa: ANN401 - as above
    """Tell whether a record came or went with one of its towns or, if it is of a tie, with an agreement."""
    if isinstance(record, Town):
        return False
    agreed = {each.slug: each.twinning for each in words.towns.agreements}
    with_it = agreed.keys() - {each.slug for each in words.other.agreements}
    tied = isinstance(record, Twinning) and record.slug in map(agreed.get, with_it)
    return tied or bool(moved.intersection(_towns_of(record)))


def _moved(what: str, kind: Kind, words: Words, record: Any) -> Change:  # noqa: ANN401 - as above
    told = (_brought_up(what, kind, words, record, language) for language in LANGUAGES)
    return Change(what, str(thing(kind.name, record.slug)), _towns_of(record)[-1], *told)


def _brought_up(what: str, kind: Kind, words: Words, record: Any, language: str) -> str:  # noqa: ANN401 - as above
    if isinstance(record, Agreement):
        return _agreed(what, kind, words, record, language)
    said = kind.moved[what][LANGUAGES.index(language)]
    if not isinstance(record, Town):
        return _sentence(f"{said}{kind.called(words, record, language)}")
    agreements = [each for each in words.towns.agreements if record.slug in each.parties]
    label = "līgums" if language == "lv" else "agreement"
    listed = (f"{label}: {_contents(words, each, language)}" for each in agreements)
    return _sentence("; ".join([f"{said}{kind.called(words, record, language)}", *listed]))


def _agreed(what: str, kind: Kind, words: Words, agreement: Agreement, language: str) -> str:
    """Tell that an agreement came or went; the year stands in its name, so only a date that is more exact is told."""
    name, areas = words.name("agreement", agreement.slug, language), _areas_of(words, agreement, language)
    date = "" if agreement.precision == "year" else in_words(agreement.date, language)
    said = f"{kind.moved[what][LANGUAGES.index(language)]}{name}"
    if what == "added" and agreement.amends:
        amended = words.name("agreement", agreement.amends, language)
        said = f"The agreement “{amended}” was amended by a new one, “{name}”"
        if language == "lv":
            said = f"Līgumu „{amended}” groza jauns līgums „{name}”"
    return _sentence(": ".join(filter(None, (said, _listed(date, areas)))))


def _contents(words: Words, agreement: Agreement, language: str) -> str:
    """Tell when an agreement was signed and what it covers: `14 May 2002, culture, sport (agreed)`."""
    return _listed(in_words(agreement.date, language), _areas_of(words, agreement, language))


def _areas_of(words: Words, agreement: Agreement, language: str) -> str:
    return words.listed(words.areas(thing("agreement", agreement.slug)), language)


def _listed(*parts: str) -> str:
    return ", ".join(filter(None, parts))


def _changed(kind: Kind, sides: _Sides, old: Any, new: Any) -> Iterator[Change]:  # noqa: ANN401 - as above
    subject = thing(kind.name, new.slug)
    differences = (partial(_difference, field, sides.new, old, new) for field in kind.fields)
    for differs in (*differences, partial(_areas, sides, subject)):
        said = [differs(language) for language in LANGUAGES]
        if all(said):
            called = (kind.called(sides.new, new, language) for language in LANGUAGES)
            sentences = (_sentence(f"{name} – {each}") for name, each in zip(called, said, strict=True))
            yield Change("changed", str(subject), _towns_of(new)[-1], *sentences)


def _difference(field: Field, words: Words, old: Any, new: Any, language: str) -> str:  # noqa: ANN401 - as above
    """Tell how what a record tells differs, "" where it does not."""
    before, now = (field.read(words, record, language) for record in (old, new))
    label = field.latvian if language == "lv" else field.english
    if field.date and _is_narrower(getattr(new, field.date), getattr(old, field.date)):
        label = f"precizēts {label}" if language == "lv" else f"more exact {label}"
    return "" if before == now else f"{label}: {now} ({'iepriekš' if language == 'lv' else 'before'}: {before})"


def _is_narrower(date: str, other: str) -> bool:
    now, before = SourceDate.parse(date), SourceDate.parse(other)
    return bool(now and before and now.narrows(before))


def _areas(sides: _Sides, subject: URIRef, language: str) -> str:
    old, new = (words.areas(subject) for words in sides)
    added, removed = ("pievienotās jomas", "svītrotās jomas") if language == "lv" else ("areas added", "areas removed")
    told = {added: sides.new.listed(new - old, language), removed: sides.new.listed(old - new, language)}
    return "; ".join(f"{label}: {areas}" for label, areas in told.items() if areas)


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:].removesuffix('.')}."
