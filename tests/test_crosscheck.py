"""What we claim compared with what Wikidata states: which verdict, why, and what may be proposed.

Wikidata's side is made up, but in one test of real statements of 2016; so are the items, each with the number of the
real one in it, by which our towns are known here.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

import pytest
from rdflib import URIRef
from rdflib.namespace import SDO

from twingraph.release.records import LinkedTowns
from twingraph.settings import Settings
from twingraph.vocab import TG, WD, kind_of, thing
from twingraph.wikidata.claims import Claims
from twingraph.wikidata.client import Client, take
from twingraph.wikidata.crosscheck import crosscheck
from twingraph.wikidata.entities import Snapshot, Statement, Value
from twingraph.wikidata.likeness import compare_sites, in_words
from twingraph.wikidata.verdicts import CASES, Verdict
from wikidata_shape import (
    JULIAN,
    NONE,
    SOME,
    Shape,
    coordinates,
    item,
    made_up,
    quantity,
    reference_2016,
    text,
    ties_2016,
    time,
    url,
)

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from rdflib.term import Node

    from twingraph.wikidata.verdicts import Row
    from wikidata_shape import Snak

    Qualifiers = list[tuple[str, Snak]]

KM2, HECTARE, ACRE = "Q712226", "Q35852", "Q81292"
JELGAVA, ALCAMO, COMO, PARNU, SIAULIAI = map(made_up, (179830, 481544, 1308, 102365, 134712))
NOVA_ODESSA, RUEIL, BIALYSTOK, MAGADAN, VEJLE = map(made_up, (1648345, 193920, 761, 7968, 27116))
HALLEFORS, HALLEFORS_LOCALITY, NACKA, NACKA_LOCALITY = map(made_up, (220881, 305380, 946647, 13383459))
VEJLE_MUNICIPALITY, ITALY, ANOTHER_COUNTRY, STRANGER = map(made_up, (28150, 38, 90000001, 90000002))
REFERENCE = [("P854", url("https://made-up.invalid/towns"))]
IMPORTED = [("P143", item(made_up(90000003))), ("P813", time("2026-11-01"))]
OF_ALCAMO, OF_COMO, OF_MAGADAN, OF_ODESSA, OF_HALLEFORS = (
    f"agreement/jelgava-{name}"
    for name in ("alcamo-2002", "como-2016", "magadan-2006", "nova-odessa-2007", "hallefors-2004")
)
OF_BIALYSTOK = "twinning/jelgava-bialystok"
AREA, PEOPLE = "figure/alcamo-area", "figure/alcamo-population-2015"


def year(number: int) -> Snak:
    return time(f"{number}-01-01", 9)


ENDED = ("P582", year(1999))


def disguised(towns: LinkedTowns, *more: tuple[Node, Node, Node], uncited: Node | None = None) -> LinkedTowns:
    """Copy a dataset with a made-up item for every real one, and with some statements besides.

    uncited: a property that no page states then, but evidence.
    """
    copy = LinkedTowns()
    for subject, term, value, graph in towns.quads():
        number = re.fullmatch(rf"{re.escape(WD)}Q(\d+)", str(value))
        known = WD[made_up(int(number[1]))] if number else value
        place = thing("evidence", "made-up") if term == uncited else URIRef(str(graph))
        copy.graph(place).add((subject, term, known))
    for statement in more:
        copy.graph(thing("evidence", "made-up")).add(statement)
    return copy


class Case:
    """Our towns, and what Wikidata would be if it knew them by name and nothing else of them; tests add to it."""

    def __init__(self, ours: LinkedTowns) -> None:
        self.ours, self.shape = ours, Shape()
        self.items = Claims(ours).items
        for each in self.items:
            self.shape.town(each)

    def tie(
        self, one: str, other: str, *qualifiers: tuple[str, Snak], rank: str = "normal", sourced: bool = True
    ) -> str:
        references = [REFERENCE] * sourced
        return self.shape.says(one, "P190", item(other), rank=rank, qualifiers=qualifiers, references=references)

    def checked(self) -> list[Row]:
        return crosscheck(self.ours, self.shape.snapshot(*self.items))

    def rows(self, subject: str, term: str, of: str = "") -> list[Row]:
        """Give the rows on a property of something of ours, of one item where that is named."""
        iri = str(thing(*subject.split("/", 1)))
        return [row for row in self.checked() if (row.subject, row.property) == (iri, term) and of in {"", row.item}]

    def row(self, subject: str, term: str, of: str = "") -> Row:
        [row] = self.rows(subject, term, of)
        return row

    def verdict(self, subject: str, term: str, of: str = "") -> tuple[Verdict, bool]:
        """Give the verdict of a row, and whether something is proposed."""
        row = self.row(subject, term, of)
        return row.verdict, row.proposed is not None


@pytest.fixture(scope="session")
def ours(towns: LinkedTowns) -> LinkedTowns:
    """The data as they are shipped, but for the items."""
    return disguised(towns)


@pytest.fixture
def case(ours: LinkedTowns) -> Case:
    return Case(ours)


# Ties


@pytest.mark.parametrize(("one", "other"), [(JELGAVA, ALCAMO), (ALCAMO, JELGAVA)])
def test_a_tie_that_wikidata_has_with_a_reference_agrees_and_its_way_back_is_missing(
    case: Case, one: str, other: str
) -> None:
    guid = case.tie(one, other)
    there, back = case.row(OF_ALCAMO, "P190", one), case.row(OF_ALCAMO, "P190", other)
    assert there.theirs is not None
    assert (there.verdict, there.proposed, there.theirs.guid) == (Verdict.AGREE, None, guid)
    assert back.proposed is not None
    assert (back.verdict, back.proposed.item) == (Verdict.MISSING_REVERSE, other)
    assert back.proposed.value.text == one


@pytest.mark.parametrize(
    ("references", "verdict", "why"),
    [
        ([], Verdict.UNREFERENCED_ON_WIKIDATA, "no source"),
        ([IMPORTED], Verdict.UNREFERENCED_ON_WIKIDATA, "Wikimedia project"),
        ([IMPORTED, REFERENCE], Verdict.AGREE, "with a reference"),
    ],
)
def test_a_tie_without_a_source_of_its_own_is_unreferenced(
    case: Case, references: list[Qualifiers], verdict: Verdict, why: str
) -> None:
    case.shape.says(JELGAVA, "P190", item(ALCAMO), references=references)
    row = case.row(OF_ALCAMO, "P190", JELGAVA)
    assert row.verdict == verdict
    assert why in row.reason["en"]
    assert (row.proposed is None) == (verdict == Verdict.AGREE)
    assert row.proposed is None or (row.proposed.value.text, row.proposed.qualifiers) == (ALCAMO, ())


@pytest.mark.parametrize("of", [JELGAVA, COMO])
def test_a_tie_that_wikidata_has_neither_way_is_missing_there(case: Case, of: str) -> None:
    row = case.row(OF_COMO, "P190", of)
    assert row.verdict == Verdict.MISSING_ON_WIKIDATA
    assert row.proposed is not None
    assert (row.proposed.item, {row.proposed.value.text, of}) == (of, {JELGAVA, COMO})


def test_a_missing_way_back_is_told_against_wikidatas_own_rule_where_it_has_one(case: Case) -> None:
    case.tie(JELGAVA, ALCAMO)
    case.shape.tie_rules("P580", "P582")
    assert "constraint" in case.row(OF_ALCAMO, "P190", ALCAMO).reason["en"]


@pytest.mark.parametrize(("one", "other"), [(JELGAVA, STRANGER), (STRANGER, JELGAVA)])
def test_a_tie_of_which_the_page_says_nothing_is_missing_here(case: Case, one: str, other: str) -> None:
    case.shape.town(STRANGER)
    case.tie(one, other)
    row = case.row("place/jelgava", "P190")
    assert (row.verdict, row.item, row.quote, row.start) == (Verdict.MISSING_HERE, one, "", None)
    assert row.proposed is None
    assert f"izdomāta pilsēta {STRANGER} ({STRANGER})" in row.reason["lv"]


def test_only_ties_of_today_are_missing_here(case: Case) -> None:
    case.shape.says(STRANGER, "P131", item(JELGAVA))
    case.tie(JELGAVA, STRANGER, ENDED)
    case.tie(STRANGER, JELGAVA, rank="deprecated")
    case.tie(ALCAMO, STRANGER)
    case.shape.says(JELGAVA, "P190", SOME)
    assert case.rows("place/jelgava", "P190") == []


@pytest.mark.parametrize(
    ("qualifiers", "rank", "verdicts"),
    [
        ([("P582", year(2022))], "normal", {Verdict.STATUS_CONFLICT}),
        ([("P582", SOME)], "normal", {Verdict.STATUS_CONFLICT}),
        ([], "deprecated", {Verdict.STATUS_CONFLICT}),
        ([("P582", NONE)], "normal", {Verdict.AGREE, Verdict.MISSING_REVERSE}),
    ],
)
def test_a_tie_that_the_page_lists_and_wikidata_ended_or_deprecated_is_a_conflict_of_status(
    case: Case, qualifiers: Qualifiers, rank: str, verdicts: set[Verdict]
) -> None:
    case.tie(JELGAVA, MAGADAN, *qualifiers, rank=rank)
    rows = case.rows(OF_MAGADAN, "P190")
    assert {row.verdict for row in rows} == verdicts
    assert {row.proposed for row in rows} == {None} or Verdict.AGREE in verdicts


def test_of_an_ended_and_a_renewed_tie_the_renewed_one_counts(case: Case) -> None:
    case.tie(JELGAVA, ALCAMO, ENDED)
    guid = case.tie(JELGAVA, ALCAMO)
    row = case.row(OF_ALCAMO, "P190", JELGAVA)
    assert row.theirs is not None
    assert (row.verdict, row.theirs.guid) == (Verdict.AGREE, guid)


def test_wikidata_saying_that_a_town_has_no_twin_contradicts_the_page(case: Case) -> None:
    case.shape.says(COMO, "P190", NONE)
    assert case.verdict(OF_COMO, "P190", COMO) == (Verdict.CONFLICT, False)


# Which body is meant


@pytest.mark.parametrize(
    ("subject", "partner", "like"),
    [
        (OF_HALLEFORS, HALLEFORS, HALLEFORS_LOCALITY),
        ("twinning/jelgava-nacka", NACKA, NACKA_LOCALITY),
        ("agreement/jelgava-vejle-1992", VEJLE, VEJLE_MUNICIPALITY),
    ],
)
def test_a_tie_with_the_locality_for_the_municipality_is_ambiguous_and_nothing_is_proposed(
    case: Case, subject: str, partner: str, like: str
) -> None:
    case.tie(JELGAVA, like)
    forth, back = case.rows(subject, "P190")
    assert {forth.verdict, back.verdict} == {Verdict.AMBIGUOUS_ENTITY}
    assert {forth.item, back.item} == {JELGAVA, partner}
    assert (forth.proposed, back.proposed) == (None, None)
    assert like in forth.reason["lv"]


def test_beside_the_right_body_only_the_statement_on_the_other_is_ambiguous(case: Case) -> None:
    case.tie(JELGAVA, HALLEFORS)
    case.tie(JELGAVA, HALLEFORS_LOCALITY)
    rows = case.rows(OF_HALLEFORS, "P190", JELGAVA)
    assert sorted(each.verdict for each in rows) == [Verdict.AGREE, Verdict.AMBIGUOUS_ENTITY]


def test_an_ended_tie_with_a_body_of_like_name_says_nothing_of_today(case: Case) -> None:
    case.tie(JELGAVA, HALLEFORS_LOCALITY, ENDED)
    assert case.verdict(OF_HALLEFORS, "P190", JELGAVA) == (Verdict.MISSING_ON_WIKIDATA, True)


def test_a_figure_is_compared_with_the_body_it_is_true_of(case: Case) -> None:
    case.shape.says(HALLEFORS, "P1082", quantity("7000"), qualifiers=[("P585", year(2010))])
    case.shape.says(HALLEFORS_LOCALITY, "P1082", quantity("4530"), qualifiers=[("P585", time("2010-12-31"))])
    row = case.row("figure/hallefors-population-2010", "P1082")
    assert (row.verdict, row.item, row.town) == (Verdict.AGREE, HALLEFORS_LOCALITY, "hallefors")


def test_a_figure_of_a_body_without_an_item_is_ambiguous(case: Case) -> None:
    case.shape.says(VEJLE, "P2046", quantity("144", KM2))
    row = case.row("figure/vejle-area", "P2046")
    assert (row.verdict, row.item) == (Verdict.AMBIGUOUS_ENTITY, "")
    assert "Vejle Municipality before 2007" in row.reason["en"]


def test_a_figure_of_no_known_body_is_ambiguous(towns: LinkedTowns) -> None:
    known = disguised(towns)
    known.remove((thing("figure", "alcamo-area"), TG.describes, thing("place", "alcamo")))
    assert Case(known).verdict(AREA, "P2046") == (Verdict.AMBIGUOUS_ENTITY, False)


@pytest.mark.parametrize(
    ("term", "value"), [("P17", item(ANOTHER_COUNTRY)), ("P625", coordinates(45.0, 9.0)), ("merged", None)]
)
def test_where_an_item_may_be_another_place_everything_about_it_is_ambiguous(
    case: Case, term: str, value: Snak | None
) -> None:
    if value is None:
        case.shape.merged(ALCAMO, STRANGER)
    else:
        case.shape.says(ALCAMO, term, value)
    case.tie(JELGAVA, ALCAMO)
    rows = [each for each in case.checked() if each.town == "alcamo"]
    assert {(each.verdict, each.proposed) for each in rows} == {(Verdict.AMBIGUOUS_ENTITY, None)}
    assert {each.property for each in rows} == {"P190", "P580", "P1082", "P2046", "P17"}


def test_a_place_in_our_country_and_near_our_point_is_the_town(case: Case) -> None:
    case.shape.says(ALCAMO, "P17", item(ANOTHER_COUNTRY), qualifiers=[("P582", year(1861))])
    case.shape.says(ALCAMO, "P17", item(ITALY))
    case.shape.says(ALCAMO, "P625", coordinates(37.98, 12.95))
    row = case.row("place/alcamo", "P17")
    assert (row.verdict, row.their_value) == (Verdict.AGREE, Value("item", ITALY))


def test_without_a_country_there_the_rest_is_compared_all_the_same(case: Case) -> None:
    case.shape.says(ALCAMO, "P17", SOME)
    case.tie(JELGAVA, ALCAMO)
    assert case.verdict("place/alcamo", "P17") == (Verdict.MISSING_ON_WIKIDATA, False)
    assert case.verdict(OF_ALCAMO, "P190", JELGAVA) == (Verdict.AGREE, False)


@pytest.mark.parametrize(
    ("subject", "term"),
    [
        ("agreement/jelgava-xinying-2000", "P190"),
        ("figure/xinying-area", "P2046"),
        ("figure/xinying-population", "P1082"),
        ("place/xinying", "P17"),
    ],
)
def test_a_town_without_a_confirmed_item_is_not_comparable(case: Case, subject: str, term: str) -> None:
    assert case.verdict(subject, term) == (Verdict.NOT_COMPARABLE, False)
    assert "Xinying" in case.row(subject, term).reason["en"]


def test_what_the_snapshot_was_not_made_of_is_not_taken_for_missing(ours: LinkedTowns) -> None:
    rows = crosscheck(ours, Shape().snapshot())
    told_apart = {Verdict.NOT_COMPARABLE, Verdict.IMPLAUSIBLE_HERE, Verdict.AMBIGUOUS_ENTITY}
    assert {each.verdict for each in rows} == told_apart
    assert {each.proposed for each in rows} == {None}


@pytest.mark.parametrize("term", [SDO.containedInPlace, SDO.url, TG.since])
def test_what_no_page_says_is_compared_without_a_quote(towns: LinkedTowns, term: Node) -> None:
    case = Case(disguised(towns, uncited=term))
    case.tie(JELGAVA, BIALYSTOK)
    uncited = [row for row in case.checked() if not row.quote]
    assert {row.property for row in uncited} == {{SDO.url: "P856", TG.since: "P580"}.get(term, "P17")}
    assert {(row.exact, row.start, row.source) for row in uncited} == {("", None, "")}


# When ties began


@pytest.mark.parametrize(
    ("subject", "partner", "qualifiers", "verdict"),
    [
        (OF_ALCAMO, ALCAMO, [("P580", year(2002))], Verdict.AGREE),
        (OF_ODESSA, NOVA_ODESSA, [("P580", time("2007-06-10"))], Verdict.AGREE),
        (OF_BIALYSTOK, BIALYSTOK, [("P580", year(1994))], Verdict.AGREE),
        (OF_ALCAMO, ALCAMO, [("P580", time("2002-07-26"))], Verdict.AGREE_LOWER_PRECISION),
        (OF_ALCAMO, ALCAMO, [("P580", time("2002-07-01", 10))], Verdict.AGREE_LOWER_PRECISION),
        (OF_ODESSA, NOVA_ODESSA, [("P580", year(2007))], Verdict.AGREE_LOWER_PRECISION),
        (OF_ALCAMO, ALCAMO, [("P585", year(2002))], Verdict.AGREE_AFTER_NORMALISATION),
        (OF_ALCAMO, ALCAMO, [("P580", year(2003))], Verdict.CONFLICT),
        (OF_ODESSA, NOVA_ODESSA, [("P580", time("2007-06-11"))], Verdict.CONFLICT),
        (OF_ALCAMO, ALCAMO, [("P580", year(1990)), ("P580", year(2002))], Verdict.AGREE),
        (OF_ALCAMO, ALCAMO, [("P585", year(2009))], Verdict.NOT_COMPARABLE),
        (OF_ALCAMO, ALCAMO, [("P580", SOME)], Verdict.NOT_COMPARABLE),
        (OF_ALCAMO, ALCAMO, [("P580", time("2000-01-01", 8))], Verdict.NOT_COMPARABLE),
        (OF_ALCAMO, ALCAMO, [("P580", time("2002-07-26", 11, JULIAN))], Verdict.NOT_COMPARABLE),
        (OF_BIALYSTOK, BIALYSTOK, [("P580", year(2001))], Verdict.NOT_COMPARABLE),
        (OF_BIALYSTOK, BIALYSTOK, [], Verdict.NOT_COMPARABLE),
        ("agreement/jelgava-rueil-malmaison-2017", RUEIL, [], Verdict.NOT_COMPARABLE),
        ("agreement/jelgava-rueil-malmaison-2017", RUEIL, [("P580", year(2017))], Verdict.NOT_COMPARABLE),
        ("twinning/jelgava-nacka", NACKA, [("P580", year(1998))], Verdict.MISSING_HERE),
    ],
)
def test_dates_agree_as_far_as_both_are_exact(
    case: Case, subject: str, partner: str, qualifiers: Qualifiers, verdict: Verdict
) -> None:
    case.tie(JELGAVA, partner, *qualifiers)
    assert case.verdict(subject, "P580") == (verdict, False)


@pytest.mark.parametrize(
    ("subject", "partner", "written", "precision"),
    [(OF_ALCAMO, ALCAMO, "2002-01-01T00:00:00Z", 9), (OF_ODESSA, NOVA_ODESSA, "2007-06-10T00:00:00Z", 11)],
)
def test_a_start_that_is_missing_there_is_proposed_as_exact_as_the_page_is(
    case: Case, subject: str, partner: str, written: str, precision: int
) -> None:
    guid = case.tie(JELGAVA, partner)
    row = case.row(subject, "P580")
    assert row.verdict == Verdict.MISSING_ON_WIKIDATA
    assert row.proposed is not None
    [(term, start)] = row.proposed.qualifiers
    assert (row.proposed.guid, term, start.text, start.precision) == (guid, "P580", written, precision)


def test_a_new_tie_is_proposed_with_its_start_in_the_sentence_that_dates_it(case: Case) -> None:
    row = case.row("agreement/jelgava-rueil-malmaison-2007", "P190", RUEIL)
    assert row.proposed is not None
    assert [(term, value.text[:10]) for term, value in row.proposed.qualifiers] == [("P580", "2007-06-28")]
    assert "2007. gada 28. jūnijā" in row.exact


@pytest.mark.parametrize("subject", [OF_BIALYSTOK, "agreement/jelgava-siauliai-1960"])
def test_neither_cooperation_nor_one_of_two_agreements_is_proposed_as_a_start(case: Case, subject: str) -> None:
    new = case.row(subject, "P190", JELGAVA)
    assert new.proposed is not None
    assert new.proposed.qualifiers == ()
    case.tie(JELGAVA, SIAULIAI)
    case.tie(JELGAVA, BIALYSTOK)
    assert case.row(subject, "P580").proposed is None


def test_a_start_that_is_of_the_other_agreement_is_no_conflict(case: Case) -> None:
    case.tie(JELGAVA, SIAULIAI, ("P580", year(1957)))
    first = case.row("agreement/jelgava-parnu-siauliai-1957", "P580")
    second = case.row("agreement/jelgava-siauliai-1960", "P580")
    assert (first.verdict, second.verdict) == (Verdict.AGREE, Verdict.NOT_COMPARABLE)


def test_a_start_is_not_proposed_where_wikidatas_constraint_does_not_allow_it(case: Case) -> None:
    case.shape.tie_rules("P582")
    case.tie(JELGAVA, ALCAMO)
    assert case.row(OF_ALCAMO, "P580").proposed is None
    new = case.row(OF_COMO, "P190", JELGAVA)
    assert new.proposed is not None
    assert new.proposed.qualifiers == ()


def test_the_three_towns_of_one_agreement_are_tied_each_with_each(case: Case) -> None:
    rows = case.rows("agreement/jelgava-parnu-siauliai-1957", "P190")
    pairs = {frozenset((JELGAVA, PARNU)), frozenset((PARNU, SIAULIAI))}
    assert Counter(frozenset((each.item, each.read)) for each in rows) == dict.fromkeys(pairs, 2)


# Figures


@pytest.mark.parametrize(
    ("figure", "of", "value", "unit", "verdict"),
    [
        ("alcamo-area", ALCAMO, "130.8", KM2, Verdict.AGREE),
        ("alcamo-area", ALCAMO, "130.80", KM2, Verdict.AGREE),
        ("alcamo-area", ALCAMO, "130.79", KM2, Verdict.AGREE_LOWER_PRECISION),
        ("parnu-area", PARNU, "32.22", KM2, Verdict.AGREE_LOWER_PRECISION),
        ("como-area", COMO, "37", KM2, Verdict.AGREE_LOWER_PRECISION),
        ("alcamo-area", ALCAMO, "13080", HECTARE, Verdict.AGREE_AFTER_NORMALISATION),
        ("alcamo-area", ALCAMO, "131.2", KM2, Verdict.AGREE_AFTER_NORMALISATION),
        ("magadan-area", MAGADAN, "300", KM2, Verdict.AGREE_AFTER_NORMALISATION),
        ("alcamo-area", ALCAMO, "150", KM2, Verdict.CONFLICT),
        ("magadan-area", MAGADAN, "1.2", KM2, Verdict.CONFLICT),
        ("alcamo-area", ALCAMO, "130.8", ACRE, Verdict.NOT_COMPARABLE),
        ("alcamo-area", ALCAMO, "130.8", "", Verdict.NOT_COMPARABLE),
        ("nova-odessa-area", NOVA_ODESSA, "73.3", KM2, Verdict.IMPLAUSIBLE_HERE),
        ("nacka-area", NACKA, "73.3", KM2, Verdict.IMPLAUSIBLE_HERE),
    ],
)
def test_areas_agree_by_unit_and_within_what_surveys_differ_by(
    case: Case, figure: str, of: str, value: str, unit: str, verdict: Verdict
) -> None:
    case.shape.says(of, "P2046", quantity(value, unit))
    assert case.verdict(f"figure/{figure}", "P2046") == (verdict, False)


@pytest.mark.parametrize(
    "areas",
    [
        [("150", "preferred"), ("131", "normal"), ("130.8", "deprecated")],
        [("130.8", "deprecated"), ("130.8", "preferred"), ("130.8", "normal")],
    ],
)
def test_of_several_areas_the_nearest_is_shown_the_preferred_before_others_and_no_deprecated_one(
    case: Case, areas: list[tuple[str, str]]
) -> None:
    guids = [case.shape.says(ALCAMO, "P2046", quantity(area, KM2), rank=rank) for area, rank in areas]
    row = case.row(AREA, "P2046")
    assert row.theirs is not None
    assert row.theirs.guid == guids[1]


@pytest.mark.parametrize(
    ("counts", "verdict"),
    [
        ([("45307", 2015)], Verdict.AGREE),
        ([("45500", 2018), ("45307", 2015), ("44000", 2001)], Verdict.AGREE),
        ([("45314", 2015)], Verdict.CONFLICT),
        ([("45500", 2018), ("40000", 2015)], Verdict.CONFLICT),
        ([("45500", 2024)], Verdict.OUTDATED_HERE),
        ([("44000", 2001), ("45307", 2016)], Verdict.OUTDATED_HERE),
        ([("44000", 2001)], Verdict.OUTDATED_ON_WIKIDATA),
        ([("44000", 2001), ("45307", 2011), ("45307", None)], Verdict.OUTDATED_ON_WIKIDATA),
        ([("45307", None)], Verdict.NOT_COMPARABLE),
        ([], Verdict.MISSING_ON_WIKIDATA),
    ],
)
def test_populations_are_compared_only_within_one_year(
    case: Case, counts: Iterable[tuple[str, int | None]], verdict: Verdict
) -> None:
    for count, counted in counts:
        case.shape.says(ALCAMO, "P1082", quantity(count), qualifiers=[("P585", year(counted))] if counted else [])
    assert case.row(PEOPLE, "P1082").verdict == verdict


def test_a_count_is_told_with_its_year_and_an_end_with_its_date(case: Case) -> None:
    case.shape.says(ALCAMO, "P1082", quantity("45500"), qualifiers=[("P585", year(2024))])
    case.tie(JELGAVA, MAGADAN, ("P582", year(2022)), ("P585", year(2006)))
    assert "45,500 (2024)" in case.row(PEOPLE, "P1082").reason["en"]
    assert case.row(OF_MAGADAN, "P190", JELGAVA).reason["lv"].endswith("beigas: 2022. gads.")


def test_a_population_is_proposed_with_the_year_of_the_page_and_an_area_with_its_unit(case: Case) -> None:
    population, area = case.row(PEOPLE, "P1082").proposed, case.row(AREA, "P2046").proposed
    assert population is not None
    assert area is not None
    assert (population.item, population.value.text, population.value.unit) == (ALCAMO, "45307", None)
    assert [(term, value.text[:4], value.precision) for term, value in population.qualifiers] == [("P585", "2015", 9)]
    assert (area.item, area.value.text, area.value.unit, area.qualifiers) == (ALCAMO, "130.8", KM2, ())


@pytest.mark.parametrize(("value", "is_count"), [(SOME, False), (text("made up"), False), (quantity("45307"), True)])
def test_a_count_without_a_year_or_that_is_no_number_is_not_comparable(
    case: Case,
    value: Snak,
    is_count: bool,  # noqa: FBT001 - a column of a table
) -> None:
    case.shape.says(ALCAMO, "P1082", value)
    row = case.row(PEOPLE, "P1082")
    assert (row.verdict, "which year 45,307 is" in row.reason["en"]) == (Verdict.NOT_COMPARABLE, is_count)


def test_a_count_of_no_year_on_the_page_is_not_comparable(towns: LinkedTowns) -> None:
    case = Case(disguised(towns, (thing("place", "xinying"), SDO.sameAs, WD[STRANGER])))
    case.shape.says(STRANGER, "P1082", quantity("75000"), qualifiers=[("P585", year(2015))])
    assert case.verdict("figure/xinying-population", "P1082") == (Verdict.NOT_COMPARABLE, False)


def test_what_was_probably_meant_is_told_where_there_is_evidence_for_it(case: Case) -> None:
    odessa, nacka = case.row("figure/nova-odessa-area", "P2046"), case.row("figure/nacka-area", "P2046")
    assert "73.298 km² was probably meant" in odessa.reason["en"]
    assert "probably" not in nacka.reason["en"]
    assert nacka.printed in nacka.reason["lv"]


# Web sites


@pytest.mark.parametrize(
    ("value", "qualifiers", "rank", "verdict"),
    [
        (url("http://www.parnu.ee"), [], "normal", Verdict.AGREE),
        (url("https://www.parnu.ee/"), [], "normal", Verdict.AGREE_AFTER_NORMALISATION),
        (url("https://Parnu.ee/en/front"), [], "normal", Verdict.AGREE_AFTER_NORMALISATION),
        (url("https://made-up.invalid"), [], "normal", Verdict.CONFLICT),
        (url("https://parnu.ee.made-up.invalid"), [], "normal", Verdict.CONFLICT),
        (url("http://www.parnu.ee"), [("P582", year(2020))], "normal", Verdict.OUTDATED_HERE),
        (url("http://www.parnu.ee"), [], "deprecated", Verdict.OUTDATED_HERE),
        (url("https://made-up.invalid"), [], "deprecated", Verdict.MISSING_ON_WIKIDATA),
        (SOME, [], "normal", Verdict.NOT_COMPARABLE),
        (NONE, [], "normal", Verdict.CONFLICT),
    ],
)
def test_web_sites_are_compared_by_host_and_none_is_proposed_from_a_printed_page(
    case: Case, value: Snak, qualifiers: Qualifiers, rank: str, verdict: Verdict
) -> None:
    case.shape.says(PARNU, "P856", value, rank=rank, qualifiers=qualifiers)
    row = case.row("place/parnu", "P856")
    assert (row.verdict, row.printed, row.proposed) == (verdict, "www.parnu.ee", None)


def test_an_address_that_can_not_be_read_is_of_another_host() -> None:
    stated = Statement(PARNU, "P856", "", "normal", Value("url", "http://[made-up"))
    assert compare_sites("http://www.parnu.ee", [stated]).case == "site-differs"


# Rows


@pytest.fixture(scope="module")
def everything(ours: LinkedTowns) -> list[Row]:
    """The rows where Wikidata has our towns, one tie each way, a few figures, and nothing else."""
    case = Case(ours)
    case.shape.tie_rules("P580", "P582", "P585")
    for each in case.items:
        case.shape.says(each, "P1082", quantity("1000"), qualifiers=[("P585", year(1990))])
    for one, other in ((JELGAVA, ALCAMO), (ALCAMO, JELGAVA), (JELGAVA, RUEIL), (STRANGER, JELGAVA)):
        case.tie(one, other, sourced=False)
    return case.checked()


def test_every_quote_of_a_row_stands_where_the_row_says_and_holds_what_is_printed(everything: list[Row]) -> None:
    page = (Settings().inputs / "data/sources/jelgava-lv-2017/page.txt").read_text("utf-8")
    quoted = [each for each in everything if each.quote]
    assert all(page[each.start : each.end] == each.exact for each in quoted)
    assert {each.source for each in quoted} == {"https://www.jelgava.lv/lv/pilseta/pilseta/sadraudzibas-pilsetas/"}
    assert {each.verdict for each in everything if not each.quote} == {Verdict.MISSING_HERE}
    printed = [each for each in everything if each.property in {"P580", "P1082", "P2046", "P856", "P17"}]
    assert printed
    assert [each.id for each in printed if each.printed not in each.exact] == []


def test_every_fact_of_the_page_that_wikidata_may_have_has_a_row(ours: LinkedTowns, everything: list[Row]) -> None:
    subjects = {each.subject for each in everything}
    slugs = [("figure", each.slug) for each in ours.figures] + [("place", each.slug) for each in ours.towns]
    assert [slug for slug in slugs if str(thing(*slug)) not in subjects] == []
    towns = {each.town for each in everything if each.property == "P190"}
    assert towns == {each.slug for each in ours.towns} - {"jelgava"} | {""}
    assert sum(each.property == "P856" for each in everything) == 8


def test_rows_have_ids_of_their_own_and_the_order_of_the_page(everything: list[Row]) -> None:
    starts = [each.start for each in everything if each.start is not None]
    assert len({each.id for each in everything}) == len(everything)
    assert starts == sorted(starts)
    assert everything[-1].start is None


def test_an_id_is_the_same_whatever_else_changes_on_wikidata(case: Case) -> None:
    guid = case.tie(JELGAVA, ALCAMO)
    before = {each.id for each in case.checked()}
    case.shape.says(COMO, "P2046", quantity("37.4", KM2))
    case.tie(STRANGER, JELGAVA)
    after = {each.id for each in case.checked()}
    assert f"{OF_ALCAMO}/{JELGAVA}/P190/{guid}" in before & after
    assert len(before - after) == 1


def test_a_start_is_proposed_only_from_a_signature_and_only_as_exact_as_it_is(everything: list[Row]) -> None:
    proposed = [each for each in everything if each.proposed is not None]
    assert {each.property for each in proposed} <= {"P190", "P580", "P1082", "P2046"}
    dated = [(each, *each.proposed.qualifiers[0]) for each in proposed if each.proposed and each.proposed.qualifiers]
    starts = [(each, value) for each, term, value in dated if term == "P580"]
    assert starts
    for each, value in starts:
        assert kind_of(each.subject) == "agreement"
        assert "līgums" in each.exact.lower()
        assert value.text[:4] in each.exact
        assert value.precision == (11 if value.text[5:10] != "01-01" else 9)


def test_every_verdict_can_be_given_and_tells_why_in_whole_sentences_of_both_languages(everything: list[Row]) -> None:
    assert {case.verdict for case in CASES.values()} == set(Verdict)
    sentences = [each for case in CASES.values() for each in (case.reason, case.action)]
    assert all(each["en"] != each["lv"] for each in sentences)
    assert all(sentence.endswith(".") for each in sentences for sentence in each.values())
    for each in everything:
        for sentence in (*each.reason.values(), *each.action.values()):
            assert not re.search(r"[{}]|None|\(\)|: \.|  ", sentence), (each.id, sentence)


@pytest.mark.parametrize(
    ("value", "en", "lv"),
    [
        (Value("time", "2002-07-26T00:00:00Z", 11), "26 July 2002", "2002. gada 26. jūlijs"),
        (Value("time", "2002-01-01T00:00:00Z", 9), "2002", "2002. gads"),
        (Value("quantity", "45307"), "45,307", "45\u00a0307"),
        (Value("quantity", "130.8", unit=KM2), "130.8 km²", "130,8 km²"),
        (Value("quantity", "13080", unit=HECTARE), "13,080 ha", "13\u00a0080 ha"),
        (Value("some"), "unknown value", "nezināma vērtība"),
        (Value("none"), "no value", "nav vērtības"),
        (Value("url", "https://made-up.invalid"), "https://made-up.invalid", "https://made-up.invalid"),
    ],
)
def test_values_of_wikidata_are_told_as_people_write_them(value: Value, en: str, lv: str) -> None:
    assert (in_words(value, "en"), in_words(value, "lv")) == (en, lv)


def test_asked_of_a_server_every_verdict_is_given_and_a_kept_snapshot_gives_the_same(
    case: Case, wikidata: str, tmp_path: Path
) -> None:
    some_of_each(case)
    case.shape.put(wikidata)
    rows = crosscheck(case.ours, take(Client(wikidata, "https://w3id.org/twingraph/"), case.items, tmp_path / "kept"))
    given = Counter(each.verdict for each in rows)
    assert [verdict for verdict in Verdict if given[verdict] < 2] == []
    assert crosscheck(case.ours, Snapshot.load(tmp_path / "kept")) == rows


def some_of_each(case: Case) -> None:
    """Say what gives each verdict at least twice."""
    case.shape.town(STRANGER)
    for one, other in ((JELGAVA, STRANGER), (STRANGER, JELGAVA), (JELGAVA, HALLEFORS_LOCALITY)):
        case.tie(one, other)
    for other, began in ((ALCAMO, 2002), (MAGADAN, 1999), (NOVA_ODESSA, 2007)):
        case.tie(JELGAVA, other, ("P580", year(began)))
    case.tie(JELGAVA, COMO, ("P580", time("2016-11-30")))
    case.tie(MAGADAN, JELGAVA, ("P582", year(2022)))
    case.tie(JELGAVA, VEJLE, rank="deprecated")
    case.tie(JELGAVA, BIALYSTOK, sourced=False)
    case.tie(JELGAVA, RUEIL, sourced=False)
    case.shape.says(ALCAMO, "P2046", quantity("13080", HECTARE))
    case.shape.says(PARNU, "P2046", quantity("32.22", KM2))
    case.shape.says(PARNU, "P856", url("https://parnu.ee/"))
    for town, counted in ((ALCAMO, 2015), (COMO, 2020), (RUEIL, 2020), (MAGADAN, 1990), (SIAULIAI, 1990)):
        case.shape.says(town, "P1082", quantity("1000"), qualifiers=[("P585", year(counted))])


def test_against_the_real_ties_of_2016_the_known_traps_of_jelgava_are_found(towns: LinkedTowns) -> None:
    snapshot = ties_2016(reference_2016("p190-2016.tsv")).snapshot(*Claims(towns).items)
    rows = {(each.subject.rpartition("/")[2], each.item, each.verdict) for each in crosscheck(towns, snapshot)}
    assert {
        ("jelgava", "Q179830", Verdict.MISSING_HERE),  # Moscow, which no page of Jelgava names
        ("jelgava", "Q649", Verdict.MISSING_HERE),
        ("jelgava-como-2016", "Q179830", Verdict.MISSING_ON_WIKIDATA),  # signed two months later
        ("jelgava-hallefors-2004", "Q179830", Verdict.AMBIGUOUS_ENTITY),  # the locality
        ("jelgava-hallefors-2004", "Q220881", Verdict.UNREFERENCED_ON_WIKIDATA),
        ("jelgava-nacka", "Q946647", Verdict.AMBIGUOUS_ENTITY),
        ("jelgava-vejle-1992", "Q27116", Verdict.UNREFERENCED_ON_WIKIDATA),
    } <= rows
    assert Verdict.MISSING_REVERSE not in {verdict for _, _, verdict in rows}
