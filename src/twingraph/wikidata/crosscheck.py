"""What we claim compared with what Wikidata states, a verdict on each."""

from __future__ import annotations

import tomllib
from collections import defaultdict
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from twingraph.vocab import kind_of, slug_of, thing
from twingraph.wikidata import likeness
from twingraph.wikidata.claims import Claim, Claims
from twingraph.wikidata.entities import Statement, Value
from twingraph.wikidata.likeness import Comparison, current, has_ended, live, qualifiers
from twingraph.words import LANGUAGES, Language

if TYPE_CHECKING:
    from collections.abc import Iterator

    from twingraph.release.records import LinkedTowns
    from twingraph.wikidata.claims import Body, TieClaim
    from twingraph.wikidata.entities import Snapshot

_TEXTS = tomllib.loads(Path(__file__).with_name("verdicts.toml").read_text("utf-8"))
VERDICTS: dict[str, dict[Language, str]] = _TEXTS["verdict"]
"""How a claim of ours and a statement of Wikidata's may stand to each other, and what that is called."""
PROPERTIES: dict[str, dict[Language, str]] = _TEXTS["property"]
"""What Wikidata's properties are called that are compared, or qualify or source a value."""
CASES: dict[str, dict[str, str]] = _TEXTS["case"]
"""Every way to come to a verdict, by a name of its own: a `verdict`, why it is given, with room for the values, in `en`
and `lv`, and the name of an `action`."""
ACTIONS: dict[str, dict[Language, str]] = _TEXTS["action"]
"""What an editor could do."""
_IMPORTED = frozenset({"P143", "P4656", "P813"})
"""By which a reference names the Wikimedia project it was taken from, and when: no source of its own."""
_UNTOUCHED = frozenset({"no-item", "not-in-snapshot", "figure-implausible", "figure-misprinted"})
"""The cases that are the same, whichever place an item is."""


@dataclass(frozen=True, slots=True)
class Row:
    """A claim of ours beside what Wikidata says of it, the verdict, and what an editor could do.

    id: the same in every run for the same claim, item, property and statement, so that it can be marked as reviewed.
    subject: the IRI of our agreement, tie, figure or town; item: the Wikidata item compared, "" where none is known.
    property: P580 is a qualifier of the P190 statement `theirs`. town: the slug of the partner that it is about, "" for
    a tie that only Wikidata has. printed, read: as in a claim (a Wikidata id, `2002`, `2007-06-10`, a number, a URL).
    quote, exact, start, end, source: the IRI of the quote, its text and offsets, and the URL of the page; "" and None
    where no page says it. their_value: the value that was compared, its own or a qualifier's. proposed: the statement
    as an editor could give it, without references. verdict: one of `VERDICTS`; reason, action: a sentence each.
    """

    id: str
    subject: str
    item: str
    property: str
    town: str
    printed: str
    read: str
    quote: str
    exact: str
    start: int | None
    end: int | None
    source: str
    theirs: Statement | None
    their_value: Value | None
    proposed: Statement | None
    verdict: str
    reason: dict[Language, str] = field(hash=False)
    action: dict[Language, str] = field(hash=False)


def crosscheck(towns: LinkedTowns, snapshot: Snapshot) -> list[Row]:
    """Compare every claim of a release with a snapshot, in the order of the page; what only Wikidata has comes last."""
    rows = _Crosscheck(Claims(towns), snapshot).rows()
    return sorted(rows, key=lambda row: (row.start is None, row.start or 0, row.id))


class _Crosscheck:
    """Claims beside a snapshot."""

    def __init__(self, claims: Claims, snapshot: Snapshot) -> None:
        self._claims, self._snapshot = claims, snapshot
        self._stated: dict[tuple[str, str], list[Statement]] = defaultdict(list)
        for each in (stated for entity in snapshot.entities.values() for stated in entity.statements):
            self._stated[each.item, each.property].append(each)
        self._may_date = not snapshot.allowed_qualifiers or "P580" in snapshot.allowed_qualifiers
        self._doubts: dict[Body, dict[str, Any]] = {}
        """Why an item may not be the town: it was merged, or lies in another country or elsewhere in it."""
        for country in (claim for claim in claims.facts() if claim.property == "P17"):
            item, point = country.about.item, country.about.point
            entity = snapshot.entities.get(item)
            countries = {each.value.text for each in live(self._stated[item, "P17"]) if each.value.kind == "item"}
            points = [each.value for each in live(self._stated[item, "P625"])]
            if entity is not None and entity.redirect:
                self._doubts[country.about] = {"case": "merged", "words": self._names(entity.redirect)}
            elif (countries and country.read not in countries) or (point and likeness.is_far(points, point)):
                self._doubts[country.about] = {"case": "in-doubt"}

    def rows(self) -> Iterator[Row]:
        for tie in self._claims.ties():
            # Where the one has no item, the row of the other direction says so.
            yield from self._tie(tie) if tie.one.item else ()
        for claim in self._claims.facts():
            yield self._row(claim, claim.about.item, self._fact(claim))
        # What only Wikidata has.
        homes, ours = {home.item: home for home in self._claims.homes}, set(self._claims.items)
        for stated in live(self._snapshot.ties()):
            home = homes.get(stated.item) or homes.get(stated.value.text)
            if home is not None and not ours.issuperset(stated.pair()) and not has_ended(stated):
                one, other = (home.names if item == home.item else self._names(item) for item in stated.pair())
                words = {language: f"{one[language]} → {other[language]}" for language in LANGUAGES}
                claim = Claim(str(thing("place", home.slug)), "P190", "", home, "", "", words)
                yield self._row(claim, stated.item, Comparison("tie-only-there", stated, stated.value))

    def _tie(self, tie: TieClaim) -> Iterator[Row]:
        # Of two partners it may be the other that is in doubt.
        claim = replace(tie.claim, about=tie.other) if tie.other in self._doubts else tie.claim
        own, alike = current(self._ties(tie.one.item, tie.other.item)), self._alike(tie.one, tie.other)
        comparisons = [_standing(each) for each in own] + [self._of_another_body(tie, each) for each in alike]
        for each in comparisons or [self._missing(tie)]:
            yield self._row(claim, tie.one.item, each)
        for stated in own:
            if not tie.dates and (starts := qualifiers(stated, "P580")):
                undated = replace(tie.claim, property="P580", printed="", read="")
                yield self._row(undated, tie.one.item, Comparison("date-only-there", stated, starts[0]))
            for date in tie.dates:
                yield self._row(date, tie.one.item, self._start(date, tie, stated))

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
        start = likeness.qualifier("P580", signed[0].read) if len(signed) == 1 and self._may_date else ()
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
        other = next(item for item in stated.pair() if item not in {tie.one.item, tie.other.item})
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
            start = likeness.qualifier("P580", date.read)
            new = replace(stated, rank="normal", qualifiers=start, references=())
            return Comparison("date-missing", stated, proposed=new)
        return Comparison("date-of-several" if self._may_date else "date-not-allowed", stated)

    def _fact(self, claim: Claim) -> Comparison:
        item, figure = claim.about.item, claim.figure
        stated = live(self._stated[item, claim.property])
        if figure and figure.assessment == "implausible":
            case, theirs = "figure-misprinted" if claim.likely else "figure-implausible", next(iter(stated), None)
            return Comparison(case, theirs, theirs.value if theirs else None, words=claim.likely)
        if not item:
            cases = {"": "figure-of-no-known-body", claim.town: "no-item"}
            return Comparison(cases.get(claim.about.slug, "figure-of-another-body"))
        if item not in self._snapshot.items:
            return Comparison("not-in-snapshot")
        if figure:
            compare = likeness.compare_areas if claim.property == "P2046" else likeness.compare_populations
            return compare(figure, item, stated)
        if claim.property == "P856":
            return likeness.compare_sites(claim.read, self._stated[item, "P856"])
        return likeness.compare_countries(claim.read, stated)

    def _names(self, item: str) -> dict[Language, str]:
        return {language: self._snapshot.name(item, language) for language in LANGUAGES}

    def _row(self, claim: Claim, item: str, comparison: Comparison) -> Row:
        if claim.about in self._doubts and comparison.case not in _UNTOUCHED:
            comparison = comparison._replace(**self._doubts[claim.about], proposed=None)
        case, quote, theirs, value = CASES[comparison.case], claim.quote, comparison.theirs, comparison.value
        words = comparison.words or dict.fromkeys(LANGUAGES, "")
        if not comparison.words and value and theirs:
            year = likeness.year_of(theirs) if value.kind == "quantity" else None
            dated = f" ({year})" if year else ""
            words = {language: likeness.in_words(value, language) + dated for language in LANGUAGES}
        known = theirs.guid if theirs else claim.read if claim.property == "P190" else ""
        return Row(
            id="/".join(filter(None, (kind_of(claim.subject), slug_of(claim.subject), item, claim.property, known))),
            **{name: getattr(claim, name) for name in ("subject", "property", "town", "printed", "read", "source")},
            item=item,
            quote=quote.iri,
            exact=quote.exact,
            start=quote.start if quote.iri else None,
            end=quote.end if quote.iri else None,
            theirs=theirs,
            their_value=value,
            proposed=comparison.proposed,
            verdict=case["verdict"],
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
    if all({term for term, _ in each.properties} <= _IMPORTED for each in stated.references):
        case = "tie-imported" if stated.references else "tie-without-reference"
        return Comparison(case, stated, stated.value, replace(stated, rank="normal", qualifiers=(), references=()))
    return Comparison("tie-agrees", stated, stated.value)
