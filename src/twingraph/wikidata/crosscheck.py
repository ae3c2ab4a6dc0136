"""What we claim compared with what Wikidata states, a verdict on each."""

from __future__ import annotations

import re
import tomllib
from collections import defaultdict
from dataclasses import dataclass, field, replace
from decimal import Decimal
from math import cos, hypot, radians
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from twingraph.dates import SourceDate
from twingraph.vocab import kind_of, slug_of, thing
from twingraph.wikidata.claims import Claim, Claims
from twingraph.wikidata.entities import GREGORIAN, KM2, Statement, Value
from twingraph.words import LANGUAGES, Language

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from twingraph.release.records import Figure, LinkedTowns
    from twingraph.wikidata.claims import Body
    from twingraph.wikidata.entities import Snak, Snapshot

_TEXTS = tomllib.loads(Path(__file__).with_name("verdicts.toml").read_text("utf-8"))
VERDICTS: dict[str, dict[Language, str]] = _TEXTS["verdict"]
"""How a claim of ours and a statement of Wikidata's may stand to each other, and what that is called."""
PROPERTIES: dict[str, dict[Language, str]] = _TEXTS["property"]
"""What Wikidata's properties are called that are compared, or qualify or source a value."""
CASES: dict[str, dict[str, str]] = _TEXTS["case"]
"""Every way to come to a verdict: which, why (with room for values) in `en` and `lv`, and the name of an `action`;
`stopped`: the case that it is of a tie that was suspended or has ended, of which nothing is proposed."""
ACTIONS: dict[str, dict[Language, str]] = _TEXTS["action"]
"""What an editor could do."""
_IMPORTED = frozenset({"P143", "P4656", "P813"})
"""By which a reference names the Wikimedia project it was taken from, and when: no source of its own."""
_UNTOUCHED = frozenset({"no-item", "not-in-snapshot", "not-asked", "figure-implausible", "figure-misprinted"})
"""The cases that are the same, whichever place an item is."""
_EDITS = frozenset({"add", "refer", "refine"})
"""The actions that change a tie on Wikidata."""
_FAR = 50 / 111.2
"""Degrees of latitude between two points that are not of one town; the centres of one municipality are nearer."""
_ORDER = (
    *("agrees", "figure-in-another-unit", "figure-rounded", "figure-near", "site-of-one-host"),
    *("date-less-exact-here", "date-less-exact-there", "differs", "figure-differs"),
    *("site-differs", "in-doubt", "population-undated-there", "denied", "unknown"),
)
"""How near a statement is to ours, the nearest first: of several, that is the one to be shown."""


@dataclass(frozen=True, slots=True)
class Row:
    """A claim of ours beside what Wikidata says of it, the verdict, and what an editor could do.

    id: the same in every run for the same claim, item, property and statement, so that it can be marked as reviewed.
    subject: the IRI of our agreement, tie, figure or town; item: the Wikidata item compared, "" where none is known.
    property: P580 is a qualifier of the P190 statement `theirs`. town: the slug of the partner, "" for a tie that only
    Wikidata has. printed, read: as in a claim (an id, `2002`, `2007-06-10`, a number, a URL). quote … source: the IRI
    of the quote or, where a source is only cited, of the evidence, its text and offsets, the URL of the source; "" and
    None where there is none. their_value: of the statement or a qualifier. proposed: the statement to add, but for its
    reference. reason, action: a sentence each.
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


class Comparison(NamedTuple):
    """A case, with the statement and the value that it is about, what may be proposed, and words to say it by.

    action: in place of the one that is usual in this case.
    """

    case: str
    theirs: Statement | None = None
    value: Value | None = None
    proposed: Statement | None = None
    words: dict[Language, str] | None = None
    action: str = ""


def crosscheck(towns: LinkedTowns, snapshot: Snapshot) -> list[Row]:
    """Compare every claim of a release with a snapshot, in the order of the page; what only Wikidata has comes last."""
    rows = _Crosscheck(Claims(towns), snapshot).rows()
    return sorted(rows, key=lambda row: (row.start is None, row.source, row.start or 0, row.id))


class _Crosscheck:
    """Claims beside a snapshot."""

    def __init__(self, claims: Claims, snapshot: Snapshot) -> None:
        self._claims, self._snapshot = claims, snapshot
        self._stated: dict[tuple[str, str], list[Statement]] = defaultdict(list)
        for each in snapshot.statements:
            self._stated[each.item, each.property].append(each)
        self._may_date = not snapshot.allowed_qualifiers or "P580" in snapshot.allowed_qualifiers
        self._doubts: dict[Body, dict[str, Any]] = {}
        """Why an item may not be the town: it was merged, or lies in another country or elsewhere in it."""
        # Of what was deleted, and of what was not asked for, nothing is there.
        self._known = {*snapshot.items} & {*snapshot.labels}
        located = [claim for claim in claims.facts() if claim.property == "P17"]
        for body in (*claims.homes, *(each.about for each in located)):
            if body.item in snapshot.merged:
                self._doubts[body] = {"case": "merged", "words": self._names(snapshot.merged[body.item])}
        for country in (each for each in located if each.about not in self._doubts):
            item, point = country.about.item, country.about.point
            countries = {each.value.text for each in _live(self._stated[item, "P17"]) if each.value.kind == "item"}
            if (countries and country.read not in countries) or (point and self._is_far(item, *point)):
                self._doubts[country.about] = {"case": "in-doubt"}

    def _is_far(self, item: str, latitude: float, longitude: float) -> bool:
        """Tell whether Wikidata has points of an item, and all of them are too far from ours for one town."""
        texts = (each.value.text for each in _live(self._stated[item, "P625"]))
        points = [re.fullmatch(r"Point\((-?[\d.]+) (-?[\d.]+)\)", each, re.IGNORECASE) for each in texts]
        across = cos(radians(latitude))
        degrees = [hypot(float(p[2]) - latitude, (float(p[1]) - longitude) * across) for p in points if p]
        return min(degrees, default=0) > _FAR

    def rows(self) -> Iterator[Row]:
        for claim, one, other, dates in self._claims.ties():
            # Where the one has no item, the row of the other direction says so.
            yield from self._tie(claim, one, other, dates) if one.item else ()
        for claim in self._claims.facts():
            yield self._row(claim, claim.about.item, self._fact(claim))
        # What only Wikidata has.
        homes, ours = {home.item: home for home in self._claims.homes}, set(self._claims.items)
        for stated in _live(self._snapshot.ties()):
            home = homes.get(stated.item) or homes.get(stated.value.text)
            both = {self._snapshot.merged.get(item, item) for item in stated.pair()}
            if home is not None and not ours >= both and not stated.is_past():
                names = [home.names if item == home.item else self._names(item) for item in stated.pair()]
                words = {language: f"{names[0][language]} → {names[1][language]}" for language in LANGUAGES}
                there = Claim(str(thing("place", home.slug)), "P190", "", home, "", "", words)
                yield self._row(there, stated.item, Comparison("tie-only-there", stated, stated.value))

    def _tie(self, claim: Claim, one: Body, other: Body, dates: list[Claim]) -> Iterator[Row]:
        stated, alike = self._ties(one.item, other.item), self._alike(one, other)
        # Of two partners it may be the other that is in doubt, or both.
        about = next((body for body in (claim.about, one, other) if body in self._doubts), claim.about)
        claim, dates = replace(claim, about=about), [replace(date, about=about) for date in dates]
        for each in [self._of_another_body(one, other, each) for each in alike]:
            yield self._row(claim, one.item, each)
        if not stated and not alike:
            yield self._row(claim, one.item, self._missing(one, other, dates))
        for own in _current(stated):
            starts = [] if own.rank == "deprecated" else [(date, self._start(date, dates, own)) for date in dates]
            tie = self._withhold(_standing(own), stated, other)
            if tie.proposed and any(CASES[start.case]["verdict"] == "conflict" for _, start in starts):
                # What a source says otherwise it is no reference for.
                tie = tie._replace(proposed=None, action="weigh")
            yield self._row(claim, one.item, tie)
            for date, start in starts:
                yield self._row(date, one.item, self._withhold(start, stated, other))
            if not dates and (there := own.qualifier("P580")):
                undated = replace(claim, property="P580", printed="", read="")
                yield self._row(undated, one.item, Comparison("date-only-there", own, there[0]))

    def _ties(self, one: str, other: str) -> list[Statement]:
        into = self._snapshot.merged
        known = ((each, each.value.text) for each in self._stated[one, "P190"] if each.value.kind == "item")
        return [each for each, town in known if into.get(town, town) == into.get(other, other)]

    def _withhold(self, found: Comparison, stated: list[Statement], other: Body) -> Comparison:
        """Propose nothing of a tie that is over either way round, or where a command may mean another statement."""
        back = self._ties(other.item, stated[0].item)
        if CASES[found.case]["action"] not in _EDITS:
            return found
        if (back and all(each.is_past() for each in back)) or (found.theirs and found.theirs.is_past()):
            case = found.case if found.case.startswith("date") else "tie-over-the-other-way"
            return found._replace(case=case, proposed=None, action="seek-end")
        # A value that was merged into another is not what a command of the other changes.
        if len(stated) > 1 or stated[0].value.text != other.item:
            return found._replace(proposed=None, action="by-hand")
        return found

    def _alike(self, one: Body, other: Body) -> list[Statement]:
        """Give the ties of today in which a body of like name stands in the place of one of the two."""
        pairs = [(first, second) for first in (one.item, *one.others) for second in (other.item, *other.others)]
        ties = [each for pair in pairs[1:] for each in self._ties(*pair) if not each.is_past()]
        # What was merged into one of the two is no other body any more.
        return [each for each in ties if {*each.pair()} != {one.item, other.item}]

    def _missing(self, one: Body, other: Body, dates: list[Claim]) -> Comparison:
        """Tell why Wikidata does not have a tie, and propose it where nothing speaks against it."""
        back = _current(self._ties(other.item, one.item))
        signed = [each for each in dates if each.role in {"signed", "disputed"}]
        # One signature alone, dated by the quote of the row, can be the start.
        is_start = self._may_date and len(signed) == 1 and not self._denies(signed[0], other.item, one.item)
        start = _dated("P580", signed[0].read) if is_start else ()
        new = Statement(one.item, "P190", "", "normal", Value("item", other.item), start)
        if not {one.item, other.item} <= self._known:
            return Comparison("not-in-snapshot" if other.item else "no-item")
        if "P190" not in self._snapshot.asked:
            return Comparison("not-asked")
        both = (*self._stated[one.item, "P190"], *self._stated[other.item, "P190"])
        said = (each for each in both if not each.is_past())
        if denied := [each for each in said if each.value.kind == "none"]:
            return Comparison("denied", denied[0], denied[0].value)
        if back and back[0].is_past():
            return _standing(back[0])
        if back:
            return Comparison("tie-one-way" + "-against-the-rule" * self._snapshot.symmetric, proposed=new)
        # To add a tie whose other direction is of a body of like name might be to add it to the wrong one.
        alike = self._alike(other, one)
        return self._of_another_body(one, other, alike[0]) if alike else Comparison("tie-missing", proposed=new)

    def _of_another_body(self, one: Body, other: Body, stated: Statement) -> Comparison:
        third = next(item for item in stated.pair() if item not in {one.item, other.item})
        return Comparison("tie-of-another-body", stated, stated.value, words=self._names(third))

    def _denies(self, date: Claim, one: str, other: str) -> bool:
        """Tell whether Wikidata has a tie with another start than a date."""
        return any(_nearest_date(date, each, "P580").case == "differs" for each in self._ties(one, other))

    def _start(self, date: Claim, dates: list[Claim], stated: Statement) -> Comparison:
        unsigned = {"amended": "date-of-amendment", "since": "date-of-cooperation"}.get(date.role)
        if stated.qualifier("P580"):
            nearest = _nearest_date(date, stated, "P580")
            others = {_nearest_date(each, stated, "P580").case for each in dates}
            case = nearest.case
            if case == "differs":
                case = unsigned or case if others == {"differs"} else "date-of-another-agreement"
            return nearest._replace(case="date-of-amendment" if date.role == "amended" else case)
        if unsigned:
            return Comparison(unsigned, stated)
        if stated.qualifier("P585"):
            nearest = _nearest_date(date, stated, "P585")
            # Of what day a point in time is, it does not say: that it is not ours is no contradiction.
            cases = {"agrees": "date-as-point-in-time", "differs": "unknown"}
            return nearest._replace(case=cases.get(nearest.case, nearest.case))
        if self._denies(date, stated.value.text, stated.item):
            return Comparison("date-missing", stated, action="weigh")
        if self._may_date and [each.role for each in dates if each.role in {"signed", "disputed"}] == ["signed"]:
            start = _dated("P580", date.read)
            new = replace(stated, rank="normal", qualifiers=start, references=())
            return Comparison("date-missing", stated, proposed=new)
        return Comparison("date-of-several" if self._may_date else "date-not-allowed", stated)

    def _fact(self, claim: Claim) -> Comparison:
        item, figure = claim.about.item, claim.figure
        stated = _live(self._stated[item, claim.property])
        if figure and figure.assessment == "implausible":
            case, theirs = "figure-misprinted" if claim.likely else "figure-implausible", next(iter(stated), None)
            return Comparison(case, theirs, theirs.value if theirs else None, words=claim.likely)
        if not item:
            cases = {"": "figure-of-no-known-body", claim.town: "no-item"}
            return Comparison(cases.get(claim.about.slug, "figure-of-another-body"))
        if item not in self._known or claim.property not in self._snapshot.asked:
            return Comparison("not-asked" if item in self._known else "not-in-snapshot")
        if figure:
            found = (_compare_areas if claim.property == "P2046" else _compare_populations)(figure, stated)
            is_own = claim.about in self._claims.homes and CASES[found.case]["action"] == "second-hand"
            return found._replace(action="seek" if is_own else "")
        if claim.property == "P856":
            return compare_sites(claim.read, self._stated[item, "P856"])
        # Another country is no conflict, but rather puts in doubt that the item is the town.
        countries = [each for each in stated if each.value.kind == "item"]
        cases, missing = {claim.read: "agrees"}, Comparison("country-missing")
        return _nearest(countries, lambda value: cases.get(value.text, "in-doubt"), missing)

    def _names(self, item: str) -> dict[Language, str]:
        return {language: self._snapshot.name(item, language) for language in LANGUAGES}

    def _row(self, claim: Claim, item: str, comparison: Comparison) -> Row:
        if claim.about in self._doubts and comparison.case not in _UNTOUCHED:
            comparison = comparison._replace(**self._doubts[claim.about], proposed=None)
        if claim.role == "disputed" and comparison.case not in _UNTOUCHED:
            comparison = comparison._replace(case="disputed", proposed=None)
        if claim.stopped and (stopped := CASES[comparison.case].get("stopped")):
            comparison = comparison._replace(case=stopped, proposed=None, words=claim.stopped.words, action="")
            if claim.property == "P190":
                claim = replace(claim, quote=claim.stopped.quote, source=claim.stopped.source)
        case, quote, theirs, value = CASES[comparison.case], claim.quote, comparison.theirs, comparison.value
        words = comparison.words or dict.fromkeys(LANGUAGES, "")
        if not comparison.words and value and theirs:
            year = _year_of(theirs) if value.kind == "quantity" else None
            dated = f" ({year})" if year else ""
            words = {language: value.in_words(language) + dated for language in LANGUAGES}
        known = theirs.guid if theirs else claim.read if claim.property == "P190" else ""
        about = {"item": claim.about.item, "printed": claim.printed}
        return Row(
            id="/".join(filter(None, (kind_of(claim.subject), slug_of(claim.subject), item, claim.property, known))),
            **{name: getattr(claim, name) for name in ("subject", "property", "town", "printed", "read", "source")},
            item=item,
            quote=quote.iri,
            exact=quote.exact,
            start=quote.start if quote.exact else None,
            end=quote.end if quote.exact else None,
            theirs=theirs,
            their_value=value,
            proposed=comparison.proposed,
            verdict=case["verdict"],
            reason={
                each: case[each].format(
                    ours=claim.words[each], theirs=words[each], town=claim.about.names[each], **about
                )
                for each in LANGUAGES
            },
            action=ACTIONS[comparison.action or case["action"]],
        )


def _live(stated: Iterable[Statement]) -> list[Statement]:
    """Leave out what is deprecated, and put what is preferred first."""
    return sorted((each for each in stated if each.rank != "deprecated"), key=lambda each: each.rank != "preferred")


def _current(stated: list[Statement]) -> list[Statement]:
    """Give what holds today or, where nothing does, all that was ever said."""
    return [each for each in _live(stated) if not each.is_past()] or stated


def _standing(stated: Statement) -> Comparison:
    """Tell of a tie that Wikidata has whether it holds, and whether a source of its own says so."""
    if stated.rank == "deprecated":
        return Comparison("tie-deprecated", stated, stated.value)
    if ends := stated.ends():
        return Comparison("tie-ended", stated, ends[0])
    if all({term for term, _ in each.properties} <= _IMPORTED for each in stated.references):
        case = "tie-imported" if stated.references else "tie-without-reference"
        return Comparison(case, stated, stated.value, replace(stated, rank="normal", qualifiers=(), references=()))
    return Comparison("tie-agrees", stated, stated.value)


def _dated(term: str, date: str) -> tuple[Snak, ...]:
    """Give a year, month or day as a qualifier, as exact as it is; nothing for what is none of these."""
    if (known := SourceDate.parse(date)) is None:
        return ()
    # Wikidata's precision of a year is 9, of a month 10, of a day 11.
    return ((term, Value("time", f"{known.earliest}T00:00:00Z", 9 + date.count("-"), calendar=GREGORIAN)),)


def _year_of(stated: Statement) -> int | None:
    """Give the year of a count; None where it is not known."""
    return next((date.year for value in stated.qualifier("P585") if (date := value.date) is not None), None)


def _nearest(
    stated: list[Statement],
    compare: Callable[[Value], str],
    otherwise: Comparison | None = None,
    term: str = "",
    ours: Decimal = Decimal(),
) -> Comparison:
    """Choose the statement whose value, or one of a qualifier, comes nearest; otherwise: where there are none.

    compare: gives the case of a value, "" for one that is said not to be, or is not known or not understood. ours: the
    number to which the nearest is chosen of those of one case.
    """

    def key(found: tuple[str, Statement, Value]) -> tuple[int, Decimal]:
        return _ORDER.index(found[0]), abs(ours - (found[2].square_kilometres or found[2].amount or 0))

    values = [(each, value) for each in stated for value in (each.qualifier(term) if term else [each.value])]
    cases = ((compare(value) or {"none": "denied"}.get(value.kind, "unknown"), each, value) for each, value in values)
    nearest = min(cases, key=key, default=None)
    return Comparison(*nearest) if nearest else otherwise or Comparison("unknown")


def _nearest_date(claim: Claim, stated: Statement, term: str) -> Comparison:
    """Compare a date with the values of a qualifier, by the days that each may mean."""
    date = SourceDate.parse(claim.read)

    def compare(value: Value) -> str:
        if date is None or (theirs := value.date) is None:
            return "unknown"
        if date.narrows(theirs):
            return "date-less-exact-there"
        return "date-less-exact-here" if theirs.narrows(date) else "agrees" if date == theirs else "differs"

    return _nearest([stated], compare, term=term)


def _compare_populations(figure: Figure, stated: list[Statement]) -> Comparison:
    """Compare a population with those that are stated of the body; only counts of one year can agree or differ."""
    ours = figure.value or Decimal()
    if not stated:
        return Comparison("figure-missing")
    if figure.year is None:
        return Comparison("population-undated-here", stated[0], stated[0].value)
    if same := [each for each in stated if _year_of(each) == figure.year]:
        cases = {None: "", ours: "agrees"}
        return _nearest(same, lambda value: cases.get(value.amount, "figure-differs"), ours=ours)
    newest = max(stated, key=lambda each: _year_of(each) or 0)
    if (last := _year_of(newest)) is None:
        return _nearest([newest], lambda value: "" if value.amount is None else "population-undated-there")
    if last > figure.year:
        return Comparison("population-newer-there", newest, newest.value)
    return Comparison("population-older-there", newest, newest.value)


def _compare_areas(figure: Figure, stated: list[Statement]) -> Comparison:
    """Compare an area with those that are stated of the body, in square kilometres."""
    # A range is no claim that is compared.
    ours = figure.value or Decimal()

    def is_rounded(exact: Decimal, rounded: Decimal) -> bool:
        return round(exact, max(0, -int(rounded.normalize().as_tuple().exponent))) == rounded

    def compare(value: Value) -> str:
        if (theirs := value.square_kilometres) is None:
            return ""
        if ours == theirs or (value.unit != KM2 and is_rounded(theirs, ours)):
            return "agrees" if value.unit == KM2 else "figure-in-another-unit"
        if abs(ours - theirs) < 1 and (is_rounded(ours, theirs) or is_rounded(theirs, ours)):
            return "figure-rounded"
        # Two surveys of one area may differ by one part in fifty.
        return "figure-near" if abs(ours - theirs) * 50 <= max(ours, theirs) else "figure-differs"

    return _nearest(stated, compare, Comparison("figure-missing"), ours=ours)


def host_of(url: str) -> str:
    """Give the host of an address without `www.`; what is none as it is."""
    match = re.match(r"\w+://(?:www\.)?([^/?#:]+?)\.?(?:[/?#:]|$)", url.lower())
    return match[1] if match else url


def compare_sites(ours: str, stated: list[Statement]) -> Comparison:
    """Compare a web site with those that are stated of the town, today's and former ones, by host."""

    def compare(value: Value) -> str:
        if value.kind != "url":
            return ""
        return (
            "agrees"
            if ours == value.text
            else "site-of-one-host"
            if host_of(ours) == host_of(value.text)
            else "site-differs"
        )

    today = [each for each in _live(stated) if not each.is_past()]
    best = _nearest(today, compare, Comparison("site-missing"))
    if best.case not in {"site-differs", "site-missing"}:
        return best
    former = (each for each in stated if each not in today and compare(each.value) in {"agrees", "site-of-one-host"})
    return next((Comparison("site-former", each, each.value) for each in former), best)
