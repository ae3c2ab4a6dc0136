"""What we claim compared with what Wikidata states, a verdict on each."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from twingraph.vocab import kind_of, slug_of, thing
from twingraph.wikidata import likeness
from twingraph.wikidata.claims import Claim, Claims
from twingraph.wikidata.entities import Statement, Value
from twingraph.wikidata.likeness import current, has_ended, live, qualifiers
from twingraph.wikidata.verdicts import ACTIONS, CASES, Comparison, Row, Verdict
from twingraph.words import LANGUAGES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from twingraph.release.records import Figure, LinkedTowns
    from twingraph.wikidata.claims import Body, TieClaim
    from twingraph.wikidata.entities import Snak, Snapshot
    from twingraph.words import Language

_FAR = 50
"""Kilometres between two points that are not of one town; the centres of one municipality are nearer."""
_UNTOUCHED = frozenset({"no-item", "not-in-snapshot", "figure-implausible", "figure-misprinted"})
"""The cases that are the same, whichever place an item is."""


def crosscheck(towns: LinkedTowns, snapshot: Snapshot) -> list[Row]:
    """Compare every claim of a release that Wikidata may have with a snapshot of it, in the order of the page.

    What only Wikidata has comes last. Nothing is fetched.
    """
    rows = _Crosscheck(Claims(towns), snapshot).rows()
    return sorted(rows, key=lambda row: (row.start is None, row.start or 0, row.id))


class _Crosscheck:
    """Claims beside a snapshot."""

    def __init__(self, claims: Claims, snapshot: Snapshot) -> None:
        self._claims, self._snapshot = claims, snapshot
        self._stated: dict[tuple[str, str], list[Statement]] = defaultdict(list)
        for each in (stated for entity in snapshot.entities.values() for stated in entity.statements):
            self._stated[each.item, each.property].append(each)
        countries = (claim for term, claim in claims.of_towns() if term == "P17")
        self._doubts = {claim.about: doubt for claim in countries if (doubt := self._doubt(claim))}
        self._may_date = not snapshot.allowed_qualifiers or "P580" in snapshot.allowed_qualifiers

    def rows(self) -> Iterator[Row]:
        for tie in self._claims.ties():
            # Where the one has no item, the row of the other direction says so.
            yield from self._tie(tie) if tie.one.item else ()
        for claim in self._claims.figures():
            yield from [self._figure(claim, claim.figure)] if claim.figure else ()
        for term, claim in self._claims.of_towns():
            yield self._of_town(claim, term)
        yield from self._only_there()

    def _doubt(self, country: Claim) -> dict[str, Any]:
        """Tell why an item may not be the town: it was merged, or lies in another country or elsewhere in it."""
        item, point = country.about.item, country.about.point
        entity = self._snapshot.entities.get(item)
        if entity is not None and entity.redirect:
            return {"case": "merged", "words": self._names(entity.redirect)}
        items = {each.value.text for each in live(self._stated[item, "P17"]) if each.value.kind == "item"}
        points = [each.value for each in live(self._stated[item, "P625"])]
        elsewhere = items and country.read not in items
        return {"case": "in-doubt"} if elsewhere or (point and likeness.is_far(points, point, _FAR)) else {}

    def _tie(self, tie: TieClaim) -> Iterator[Row]:
        # Of two partners it may be the other that is in doubt.
        claim = replace(tie.claim, about=tie.other) if tie.other in self._doubts else tie.claim
        own, alike = current(self._ties(tie.one.item, tie.other.item)), self._alike(tie.one, tie.other)
        comparisons = [_standing(each) for each in own] + [self._of_another_body(tie, each) for each in alike]
        for each in comparisons or [self._missing(tie)]:
            yield self._row(claim, tie.one.item, "P190", each)
        for stated in own:
            if not tie.dates and (starts := qualifiers(stated, "P580")):
                undated = replace(tie.claim, printed="", read="")
                yield self._row(undated, tie.one.item, "P580", Comparison("date-only-there", stated, starts[0]))
            for date in tie.dates:
                yield self._row(date, tie.one.item, "P580", self._start(date, tie, stated))

    def _ties(self, one: str, other: str) -> list[Statement]:
        return [each for each in self._stated[one, "P190"] if each.value.kind == "item" and each.value.text == other]

    def _alike(self, one: Body, other: Body) -> list[Statement]:
        """Give the ties of today in which a body of like name stands in the place of one of the two."""
        pairs = [(first, second) for first in (one.item, *one.others) for second in (other.item, *other.others)]
        return [each for pair in pairs[1:] for each in live(self._ties(*pair)) if not has_ended(each)]

    def _missing(self, tie: TieClaim) -> Comparison:
        """Tell why Wikidata does not have a tie, and propose it where nothing speaks against it."""
        back = current(self._ties(tie.other.item, tie.one.item))
        signed = [each for each in tie.dates if each.role == "signed"]
        # One signature alone, dated by the quote of the row, can be the start.
        start = _started(signed[0]) if len(signed) == 1 and self._may_date else ()
        new = Statement(tie.one.item, "P190", "", "normal", Value("item", tie.other.item), start)
        if not tie.other.item or tie.one.item not in self._snapshot.items:
            return Comparison("not-in-snapshot" if tie.other.item else "no-item")
        if denied := [each for each in self._stated[tie.one.item, "P190"] if each.value.kind == "none"]:
            return Comparison("denied", denied[0], denied[0].value)
        if back and (back[0].rank == "deprecated" or has_ended(back[0])):
            return _standing(back[0])
        if back:
            return Comparison("tie-one-way" + "-against-the-rule" * self._snapshot.symmetric, proposed=new)
        # To add a tie whose other direction is of a body of like name might be to add it to the wrong one.
        alike = self._alike(tie.other, tie.one)
        return self._of_another_body(tie, alike[0]) if alike else Comparison("tie-missing", proposed=new)

    def _of_another_body(self, tie: TieClaim, stated: Statement) -> Comparison:
        pair = (stated.item, stated.value.text)
        other = next(item for item in pair if item not in {tie.one.item, tie.other.item})
        return Comparison("tie-of-another-body", stated, stated.value, words=self._names(other))

    def _start(self, date: Claim, tie: TieClaim, stated: Statement) -> Comparison:
        starts, points = qualifiers(stated, "P580"), qualifiers(stated, "P585")
        unsigned = {"amended": "date-of-amendment", "since": "date-of-cooperation"}.get(date.role)
        if starts:
            nearest = likeness.nearest_date(date.read, stated, starts)
            others = {likeness.nearest_date(each.read, stated, starts).case for each in tie.dates}
            case = nearest.case
            if case == "differs":
                case = unsigned or case if others == {"differs"} else "date-of-another-agreement"
            return nearest._replace(case="date-of-amendment" if date.role == "amended" else case)
        if unsigned:
            return Comparison(unsigned, stated)
        if points:
            nearest = likeness.nearest_date(date.read, stated, points)
            # Of what day a point in time is, it does not say: that it is not ours is no contradiction.
            cases = {"agrees": "date-as-point-in-time", "differs": "unknown"}
            return nearest._replace(case=cases.get(nearest.case, nearest.case))
        if self._may_date and sum(each.role == "signed" for each in tie.dates) == 1:
            return Comparison("date-missing", stated, proposed=_addition(stated, _started(date)))
        return Comparison("date-of-several" if self._may_date else "date-not-allowed", stated)

    def _figure(self, claim: Claim, figure: Figure) -> Row:
        item, term = claim.about.item, "P2046" if figure.measure == "area" else "P1082"
        stated = live(self._stated[item, term])
        if figure.assessment == "implausible":
            case, theirs = "figure-misprinted" if claim.likely else "figure-implausible", next(iter(stated), None)
            comparison = Comparison(case, theirs, theirs.value if theirs else None, words=claim.likely)
        elif not claim.about.slug:
            comparison = Comparison("figure-of-no-known-body")
        elif not item:
            comparison = Comparison("no-item" if claim.about.slug == claim.town else "figure-of-another-body")
        elif item not in self._snapshot.items:
            comparison = Comparison("not-in-snapshot")
        elif not stated:
            comparison = Comparison("figure-missing", proposed=likeness.new_figure(figure, item, term))
        elif term == "P2046":
            comparison = likeness.compare_areas(figure, stated)
        else:
            comparison = likeness.compare_populations(figure, stated)
        return self._row(claim, item, term, comparison)

    def _of_town(self, claim: Claim, term: str) -> Row:
        item = claim.about.item
        if item not in self._snapshot.items:
            comparison = Comparison("not-in-snapshot" if item else "no-item")
        elif term == "P856":
            comparison = likeness.compare_sites(claim.read, self._stated[item, term])
        else:
            # One of another country is no conflict: it rather puts in doubt that the item is the town.
            stated = [each for each in live(self._stated[item, term]) if each.value.kind == "item"]
            stated.sort(key=lambda each: each.value.text != claim.read)
            case = "agrees" if stated and stated[0].value.text == claim.read else "in-doubt"
            comparison = Comparison(case, stated[0], stated[0].value) if stated else Comparison("country-missing")
        return self._row(claim, item, term, comparison)

    def _only_there(self) -> Iterator[Row]:
        homes, ours = {home.item: home for home in self._claims.homes}, set(self._claims.items)
        ties = [each for (_, term), stated in self._stated.items() if term == "P190" for each in live(stated)]
        for each in ties:
            pair = (each.item, each.value.text)
            home = homes.get(pair[0]) or homes.get(pair[1])
            if home is not None and each.value.kind == "item" and not ours.issuperset(pair) and not has_ended(each):
                one, other = (home.names if item == home.item else self._names(item) for item in pair)
                words = {language: f"{one[language]} → {other[language]}" for language in LANGUAGES}
                claim = Claim(str(thing("place", home.slug)), "", home, "", "", words)
                yield self._row(claim, each.item, "P190", Comparison("tie-only-there", each, each.value))

    def _names(self, item: str) -> dict[Language, str]:
        return {language: self._snapshot.name(item, language) for language in LANGUAGES}

    def _row(self, claim: Claim, item: str, term: str, comparison: Comparison) -> Row:
        if claim.about in self._doubts and comparison.case not in _UNTOUCHED:
            comparison = comparison._replace(**self._doubts[claim.about], proposed=None)
        case, quote, theirs, value = CASES[comparison.case], claim.quote, comparison.theirs, comparison.value
        words = comparison.words or dict.fromkeys(LANGUAGES, "")
        if not comparison.words and value and theirs:
            year = likeness.year_of(theirs) if value.kind == "quantity" else None
            dated = f" ({year})" if year else ""
            words = {language: likeness.in_words(value, language) + dated for language in LANGUAGES}
        known = theirs.guid if theirs else claim.read if term == "P190" else ""
        return Row(
            id="/".join(filter(None, (kind_of(claim.subject), slug_of(claim.subject), item, term, known))),
            subject=claim.subject,
            item=item,
            property=term,
            town=claim.town,
            printed=claim.printed,
            read=claim.read,
            quote=quote.iri if quote else "",
            exact=quote.exact if quote else "",
            start=quote.start if quote else None,
            end=quote.end if quote else None,
            source=claim.source,
            theirs=theirs,
            their_value=value,
            proposed=comparison.proposed,
            verdict=Verdict(case["verdict"]),
            reason={
                language: case[language].format(
                    ours=claim.words[language],
                    theirs=words[language],
                    town=claim.about.names[language],
                    item=claim.about.item,
                    printed=claim.printed,
                )
                for language in LANGUAGES
            },
            action=ACTIONS[case["action"]],
        )


def _standing(stated: Statement) -> Comparison:
    """Tell of a tie that Wikidata has whether it holds, and whether a source of its own says so."""
    if stated.rank == "deprecated":
        return Comparison("tie-deprecated", stated, stated.value)
    if has_ended(stated):
        return Comparison("tie-ended", stated, qualifiers(stated, "P582")[0])
    if likeness.is_import(stated):
        case = "tie-imported" if stated.references else "tie-without-reference"
        return Comparison(case, stated, stated.value, _addition(stated))
    return Comparison("tie-agrees", stated, stated.value)


def _addition(stated: Statement, qualified: tuple[Snak, ...] = ()) -> Statement:
    return Statement(stated.item, stated.property, stated.guid, "normal", stated.value, qualified)


def _started(date: Claim) -> tuple[Snak, ...]:
    time = likeness.time_of(date.read)
    return (("P580", time),) if time else ()
