"""What we say held against what Wikidata says, a verdict on each."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from twingraph.dates import SourceDate
from twingraph.vocab import kind_of, slug_of, thing
from twingraph.wikidata.claims import LANGUAGES, Fact, claims_of
from twingraph.wikidata.entities import Statement, Value
from twingraph.wikidata.likeness import (
    counted,
    current,
    dates_case,
    has_ended,
    is_far,
    is_import,
    live,
    nearest,
    nearest_area,
    new_figure,
    population,
    qualifiers,
    site,
    time_of,
    told,
)
from twingraph.wikidata.verdicts import CASES, Found, Row

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from twingraph.release.records import LinkedTowns
    from twingraph.wikidata.claims import Body, Claims, Dated, Measured, Placed, Tie
    from twingraph.wikidata.entities import Snapshot

_FAR = 50
"""Kilometres between two points that are not of one town; the centres of one municipality are nearer."""
_UNTOUCHED = frozenset({"no-item", "not-asked", "figure-implausible", "figure-misprinted"})
"""The cases that are the same, whichever place an item is."""


def crosscheck(towns: LinkedTowns, snapshot: Snapshot) -> list[Row]:
    """Hold every fact of a release that Wikidata may have against a snapshot of it, in the order of the page.

    What only Wikidata has comes last. Nothing is asked of the network.
    """
    rows = _Check(claims_of(towns), snapshot).rows()
    return sorted(rows, key=lambda row: (row.start is None, row.start or 0, row.id))


class _Check:
    """Claims beside a snapshot."""

    def __init__(self, claims: Claims, snapshot: Snapshot) -> None:
        self._claims, self._snapshot = claims, snapshot
        self._stated: dict[tuple[str, str], list[Statement]] = defaultdict(list)
        for each in (stated for entity in snapshot.entities.values() for stated in entity.statements):
            self._stated[each.item, each.property].append(each)
        self._doubts = {each.fact.about: doubt for each in claims.placed if (doubt := self._doubt(each))}
        self._may_date = not snapshot.allowed_qualifiers or "P580" in snapshot.allowed_qualifiers

    def rows(self) -> Iterator[Row]:
        for tie in self._claims.ties:
            # Where the one has no item, the row of the other direction says so.
            yield from self._tie(tie) if tie.one.item else ()
        for measured in self._claims.measured:
            yield self._figure(measured)
        for placed in self._claims.placed:
            yield self._row_of_town(placed.fact, "P17", self._country)
        for website in self._claims.sites:
            yield self._row_of_town(website, "P856", self._site)
        yield from self._only_there()

    def _tie(self, tie: Tie) -> Iterator[Row]:
        # Of two partners it may be the other that is in doubt.
        about = tie.other if tie.other in self._doubts else tie.fact.about
        own, alike = current(self._ties(tie.one.item, tie.other.item)), self._alike(tie.one, tie.other)
        found = [_standing(each) for each in own] if own else [] if alike else [self._missing(tie)]
        for each in (*found, *(self._of_another_body(tie, stated) for stated in alike)):
            yield self._row(replace(tie.fact, about=about), tie.one.item, "P190", each)
        for stated in own:
            yield from self._dates(tie, stated)

    def _ties(self, one: str, other: str) -> list[Statement]:
        stated = self._stated.get((one, "P190"), [])
        return [each for each in stated if each.value.kind == "item" and each.value.text == other]

    def _alike(self, one: Body, other: Body) -> list[Statement]:
        """Give the ties of today in which a body of like name stands in the place of one of the two."""
        pairs = [(first, second) for first in (one.item, *one.others) for second in (other.item, *other.others)]
        return [each for pair in pairs[1:] for each in live(self._ties(*pair)) if not has_ended(each)]

    def _missing(self, tie: Tie) -> Found:
        if not tie.other.item:
            return Found("no-item")
        if tie.one.item not in self._snapshot.items:
            return Found("not-asked")
        if denied := [each for each in self._stated.get((tie.one.item, "P190"), []) if each.value.kind == "none"]:
            return Found("denied", denied[0], denied[0].value)
        if back := current(self._ties(tie.other.item, tie.one.item)):
            return self._one_way(tie, back[0])
        # To add a tie whose other direction is of a body of like name might be to add it to the wrong one.
        if alike := self._alike(tie.other, tie.one):
            return self._of_another_body(tie, alike[0])
        return Found("tie-missing", proposed=self._new_tie(tie))

    def _one_way(self, tie: Tie, back: Statement) -> Found:
        if back.rank == "deprecated" or has_ended(back):
            return _standing(back)
        case = "tie-one-way-against-the-rule" if self._snapshot.symmetric else "tie-one-way"
        return Found(case, proposed=self._new_tie(tie))

    def _of_another_body(self, tie: Tie, stated: Statement) -> Found:
        pair = (stated.item, stated.value.text)
        other = next(item for item in pair if item not in {tie.one.item, tie.other.item})
        return Found("tie-of-another-body", stated, stated.value, shown=self._labels(other))

    def _new_tie(self, tie: Tie) -> Statement:
        """Give a tie, with its start where one signature alone, told by the quote of the row, can be that."""
        signed = [each for each in tie.dates if each.role == "signed"]
        start = _start(signed[0].fact) if len(signed) == 1 and self._may_date else ()
        return Statement(tie.one.item, "P190", "", "normal", Value("item", tie.other.item), start)

    def _dates(self, tie: Tie, stated: Statement) -> Iterator[Row]:
        starts = qualifiers(stated, "P580")
        if not tie.dates and starts:
            fact = replace(tie.fact, printed="", read="")
            yield self._row(fact, tie.one.item, "P580", Found("date-only-there", stated, starts[0]))
        for dated in tie.dates:
            found = self._dated(dated, tie, stated) if starts else self._undated(dated, tie, stated)
            yield self._row(dated.fact, tie.one.item, "P580", found)

    def _dated(self, dated: Dated, tie: Tie, stated: Statement) -> Found:
        found = _nearest_date(dated, stated, "P580")
        if dated.role == "amended":
            return found._replace(case="date-of-amendment")
        if found.case != "differs":
            return found
        if any(_nearest_date(other, stated, "P580").case != "differs" for other in tie.dates):
            return found._replace(case="date-of-another-agreement")
        return found if dated.role == "signed" else found._replace(case="date-of-cooperation")

    def _undated(self, dated: Dated, tie: Tie, stated: Statement) -> Found:
        if dated.role != "signed":
            return Found("date-of-amendment" if dated.role == "amended" else "date-of-cooperation", stated)
        if qualifiers(stated, "P585"):
            found = _nearest_date(dated, stated, "P585")
            # Of what day a point in time is, it does not say: that it is not ours is no contradiction.
            other = {"agrees": "date-as-point-in-time", "differs": "unknown"}
            return found._replace(case=other.get(found.case, found.case))
        if not self._may_date:
            return Found("date-not-allowed", stated)
        if sum(each.role == "signed" for each in tie.dates) > 1:
            return Found("date-of-several", stated)
        return Found("date-missing", stated, None, _with(stated, _start(dated.fact)))

    def _figure(self, measured: Measured) -> Row:
        term, figure = "P2046" if measured.figure.measure == "area" else "P1082", measured.figure
        item = measured.body.item if measured.body else ""
        stated = live(self._stated.get((item, term), []))
        if figure.assessment == "implausible":
            case, theirs = "figure-misprinted" if measured.likely else "figure-implausible", next(iter(stated), None)
            found = Found(case, theirs, theirs.value if theirs else None, shown=measured.likely)
        elif not item:
            found = Found(_without_item(measured))
        elif item not in self._snapshot.items:
            found = Found("not-asked")
        elif not stated:
            found = Found("figure-missing", proposed=new_figure(figure, item, term))
        else:
            found = nearest_area(figure, stated) if term == "P2046" else population(figure, stated)
        return self._row(measured.fact, item, term, found)

    def _row_of_town(self, fact: Fact, term: str, compared: Callable[[Fact], Found]) -> Row:
        item = fact.about.item
        known = compared(fact) if item in self._snapshot.items else Found("not-asked" if item else "no-item")
        return self._row(fact, item, term, known)

    def _site(self, fact: Fact) -> Found:
        return site(fact.read, self._stated.get((fact.about.item, "P856"), []))

    def _country(self, country: Fact) -> Found:
        # One of another country is no conflict: it rather puts in doubt that the item is the town.
        stated = self._countries(country.about.item)
        found = [
            Found("agrees" if each.value.text == country.read else "in-doubt", each, each.value) for each in stated
        ]
        return min(found, key=lambda each: each.case, default=Found("country-missing"))

    def _countries(self, item: str) -> list[Statement]:
        return [each for each in live(self._stated.get((item, "P17"), [])) if each.value.kind == "item"]

    def _doubt(self, placed: Placed) -> dict[str, Any]:
        """Tell why an item may not be the town: it was merged, or lies in another country or elsewhere in it."""
        item = placed.fact.about.item
        entity = self._snapshot.entities.get(item)
        if entity is not None and entity.redirect:
            return {"case": "merged", "shown": self._labels(entity.redirect)}
        countries = {each.value.text for each in self._countries(item)}
        points = [each.value for each in live(self._stated.get((item, "P625"), []))]
        elsewhere = countries and placed.fact.read not in countries
        return {"case": "in-doubt"} if elsewhere or (placed.point and is_far(points, placed.point, _FAR)) else {}

    def _only_there(self) -> Iterator[Row]:
        homes, ours = {home.item: home for home in self._claims.homes}, set(self._claims.items)
        for each in [each for (_, term), stated in self._stated.items() if term == "P190" for each in live(stated)]:
            pair = (each.item, each.value.text)
            home = homes.get(pair[0]) or homes.get(pair[1])
            if home is not None and each.value.kind == "item" and not ours.issuperset(pair) and not has_ended(each):
                one, other = (home.names if known == home.item else self._labels(known) for known in pair)
                words = {language: f"{one[language]} → {other[language]}" for language in LANGUAGES}
                fact = Fact(str(thing("place", home.slug)), "", home, "", "", words)
                yield self._row(fact, each.item, "P190", Found("tie-only-there", each, each.value))

    def _row(self, fact: Fact, item: str, term: str, found: Found) -> Row:
        if fact.about in self._doubts and found.case not in _UNTOUCHED:
            found = found._replace(**self._doubts[fact.about], proposed=None)
        case, quote = CASES[found.case], fact.quote
        known = found.theirs.guid if found.theirs else fact.read if term == "P190" else ""
        return Row(
            id="/".join(filter(None, (kind_of(fact.subject), slug_of(fact.subject), item, term, known))),
            subject=fact.subject,
            item=item,
            property=term,
            town=fact.town,
            printed=fact.printed,
            read=fact.read,
            quote=quote.iri if quote else "",
            exact=quote.exact if quote else "",
            start=quote.start if quote else None,
            end=quote.end if quote else None,
            source=fact.source,
            theirs=found.theirs,
            their_value=found.value,
            proposed=found.proposed,
            verdict=case.verdict,
            reason={language: self._told(case.reason[language], fact, found, language) for language in LANGUAGES},
            action=case.action,
        )

    def _told(self, sentence: str, fact: Fact, found: Found, language: str) -> str:
        return sentence.format(
            ours=fact.told[language],
            theirs=self._theirs(found, language),
            town=fact.about.names[language],
            item=fact.about.item,
            printed=fact.printed,
        )

    def _theirs(self, found: Found, language: str) -> str:
        if found.shown is not None:
            return found.shown[language]
        if found.value is None or found.theirs is None:
            return ""
        year = counted(found.theirs) if found.value.kind == "quantity" else None
        return told(found.value, language) + (f" ({year})" if year else "")

    def _labels(self, item: str) -> dict[str, str]:
        entity = self._snapshot.entities.get(item)
        labels = entity.labels if entity else {}
        known = {language: labels.get(language) or labels.get("en") for language in LANGUAGES}
        return {language: f"{label} ({item})" if label else item for language, label in known.items()}


def _standing(stated: Statement) -> Found:
    if stated.rank == "deprecated":
        return Found("tie-deprecated", stated, stated.value)
    if has_ended(stated):
        return Found("tie-ended", stated, qualifiers(stated, "P582")[0])
    if is_import(stated):
        case = "tie-imported" if stated.references else "tie-without-reference"
        return Found(case, stated, stated.value, _with(stated))
    return Found("tie-agrees", stated, stated.value)


def _with(stated: Statement, qualified: tuple[tuple[str, Value], ...] = ()) -> Statement:
    """Name a statement that Wikidata has, with what is to be added to it."""
    return Statement(stated.item, stated.property, stated.guid, "normal", stated.value, qualified)


def _start(date: Fact) -> tuple[tuple[str, Value], ...]:
    known = SourceDate.parse(date.read)
    return (("P580", time_of(known)),) if known else ()


def _nearest_date(dated: Dated, stated: Statement, term: str) -> Found:
    known = SourceDate.parse(dated.fact.read)
    return nearest((dates_case(known, each), stated, each) for each in qualifiers(stated, term))


def _without_item(measured: Measured) -> str:
    if measured.body is None:
        return "figure-of-no-known-body"
    return "no-item" if measured.body.slug == measured.figure.city else "figure-of-another-body"
