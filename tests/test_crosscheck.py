"""What we claim compared with what Wikidata states: which verdict, why, and what may be proposed.

Wikidata's side is made up, as `crosscheck.toml` says, but in one test of real statements of 2016.
"""

import re
import tomllib
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from rdflib import Literal, URIRef
from rdflib.namespace import PROV, SDO, XSD
from rdflib.term import Node

import wikidata_shape as wd
from importers import refused
from twingraph.release.folder import Release
from twingraph.release.records import LinkedTowns
from twingraph.settings import PACKAGED
from twingraph.vocab import OBSERVATION_ABOUT, TG, WD, kind_of, thing
from twingraph.wikidata.claims import Claims
from twingraph.wikidata.crosscheck import ACTIONS, CASES, VERDICTS, Row, compare_sites, crosscheck
from twingraph.wikidata.entities import Reference, Statement, Value
from twingraph.wikidata.report import FORMATS, Report, mismatches, page
from twingraph.words import LANGUAGES

TABLES = tomllib.loads(Path(__file__).with_name("crosscheck.toml").read_text("utf-8"))
ITEMS = {name: wd.made_up(number) for name, number in TABLES["items"].items()}
JELGAVA, ALCAMO, PARNU, SIAULIAI, STRANGER = (
    ITEMS[name] for name in ("jelgava", "alcamo", "parnu", "siauliai", "stranger")
)
KM2, HECTARE = "Q712226", "Q35852"
UNITS = {"km²": KM2, "ha": HECTARE, "acre": "Q81292", "sq-mi": "Q232291", "made-up": wd.made_up(90000005), "": None}
PRECISIONS = {4: 9, 5: 8, 7: 10, 10: 11}
"""Wikidata's name for how exact a time is, by the length of `2002`, `2000s`, `2002-07` and `2002-07-26`."""
OWN, OWN_TOO = (Reference((("P854", Value("url", f"https://made-up.invalid/{path}")),)) for path in ("towns", "too"))
IMPORT = Reference((("P143", Value("item", wd.made_up(90000003))), ("P813", wd.time("2026-11-01"))))
AREA, OF_ALCAMO = "figure/alcamo-area P2046", "agreement/jelgava-alcamo-2002 P190"
POPULATION = "figure/alcamo-population-2015 P1082"
OF_COMO, OF_THREE = "agreement/jelgava-como-2016 P190", "agreement/jelgava-parnu-siauliai-1957 P190"
THERE = "jelgava P190 alcamo"


def value_of(term: str, value: str) -> Value:
    """Read the value of a property as `crosscheck.toml` has it."""
    first, _, second = value.partition(" ")
    if value in {"some", "none"}:
        return Value("some" if value == "some" else "none")
    if value in ITEMS:
        return Value("item", ITEMS[value])
    if term in {"P580", "P582", "P585"}:
        return wd.time(f"{first[:4]}{first[4:].strip('s')}-01-01"[:10], PRECISIONS[len(first)], *second.split())
    if term == "P625":
        return Value("coordinates", f"Point({second} {first})")
    if first.replace(".", "").isdecimal():
        return Value("quantity", first, unit=UNITS[second])
    return Value("url" if term == "P856" else "text", value)


def disguise(towns: LinkedTowns, *more: tuple[Node, Node, Node], uncited: Node | None = None) -> LinkedTowns:
    """Copy a dataset with a made-up item for every real one, and with some statements besides.

    uncited: a property that no page states then, but evidence.
    """
    copy, evidence = LinkedTowns(), thing("evidence", "made-up")
    for subject, term, value, graph in towns.quads():
        number = re.fullmatch(rf"{re.escape(WD)}Q(\d+)", str(value))
        known = WD[wd.made_up(int(number[1]))] if number else value
        is_uncited = term == uncited and kind_of(graph) == "quote"
        copy.graph(evidence if is_uncited else URIRef(str(graph))).add((subject, term, known))
    for statement in more:
        copy.graph(evidence).add(statement)
    return copy


class Case:
    """Our towns, and what Wikidata would be if it knew them by name and said so much besides."""

    def __init__(self, ours: LinkedTowns, *said: str) -> None:
        self.ours, self.items = ours, Claims(ours).items
        self.shape = wd.Shape().town(*self.items)
        self.guids = [self.add(each) for each in said]

    def add(self, stated: str) -> str:
        """Add a statement as `crosscheck.toml` has it; give its id."""
        statement, *more = stated.split("; ")
        subject, term, value = statement.split(" ", 2)
        if term == "merged":
            self.shape.merged(ITEMS[subject], ITEMS[value])
            return ""
        said = (each.partition(" ")[::2] for each in more if " " in each)
        qualifiers = [(name, value_of(name, words)) for name, words in said]
        references = [IMPORT] * ("imported" in more)
        if "sourced" in more or not {"imported", "unsourced"} & set(more):
            references.append(OWN)
        references += [OWN_TOO] * ("sourced-too" in more)
        rank = next((each for each in more if each in {"preferred", "deprecated"}), "normal")
        found = value_of(term, value)
        return self.shape.says(ITEMS[subject], term, found, rank=rank, qualifiers=qualifiers, references=references)

    def rows(self, claim: str = "") -> list[Row]:
        """Give the rows, or those on a claim."""
        rows = crosscheck(self.ours, self.shape.snapshot(*self.items))
        if not claim:
            return rows
        subject, term, *item = claim.split()
        wanted = str(thing(*subject.split("/"))), term, *(ITEMS[each] for each in item)
        return [row for row in rows if (row.subject, row.property, row.item)[: len(wanted)] == wanted]

    def row(self, claim: str) -> Row:
        [row] = self.rows(claim)
        return row


@pytest.fixture(scope="session")
def ours(towns: LinkedTowns) -> LinkedTowns:
    """The data as they are shipped, but for the items."""
    return disguise(towns)


def cases(table: str) -> pytest.MarkDecorator:
    """Give a test each case of a table: a claim, the verdict, and what Wikidata says and the reason holds."""
    claims = TABLES[table].items()
    rows = [(claim, verdict, given) for claim, by in claims for verdict, several in by.items() for given in several]
    return pytest.mark.parametrize(("claim", "verdict", "given"), rows)


def judged(ours: LinkedTowns, claim: str, given: list[str]) -> Row:
    """Give the row of a case, once its sentences are seen to hold all words that they should."""
    said, words = ([each for each in given if each.startswith("because ") == is_word] for is_word in (False, True))
    row = Case(ours, *said).row(claim)
    sentences = " ".join([*row.reason.values(), *row.action.values()])
    assert [each for each in words if each.removeprefix("because ") not in sentences] == []
    return row


@cases("verdicts")
def test_a_claim_and_a_statement_give_one_verdict_which_tells_why(
    ours: LinkedTowns, claim: str, verdict: str, given: list[str]
) -> None:
    row = judged(ours, claim, given)
    assert row.verdict == verdict
    # Only ties and their starts may be added, and only where Wikidata lacks them.
    assert row.proposed is None or (verdict.startswith(("missing_", "unref")) and row.property in {"P190", "P580"})


@cases("traps")
def test_of_a_trap_nothing_is_proposed_and_nothing_handed_to_mismatch_finder(
    ours: LinkedTowns, claim: str, verdict: str, given: list[str]
) -> None:
    row = judged(ours, claim, given)
    assert (row.verdict, row.proposed) == (verdict, None)
    assert mismatches([row]).count("\n") == 1


@pytest.mark.parametrize(("term", "claim"), [("P190", f"{OF_ALCAMO} jelgava"), ("P2046", AREA), ("P1082", POPULATION)])
def test_what_a_snapshot_was_not_asked_for_is_not_missing(ours: LinkedTowns, term: str, claim: str) -> None:
    case = Case(ours)
    snapshot = case.shape.snapshot(*case.items)
    asked = tuple(each for each in snapshot.asked if each != term)
    rows = {each.id: each for each in crosscheck(ours, replace(snapshot, asked=asked))}
    row = rows[case.row(claim).id]
    assert (row.verdict, row.proposed, "without asking" in row.reason["en"]) == ("not_comparable", None, True)
    assert case.row(claim).verdict == "missing_on_wikidata"


@cases("several")
def test_what_was_suspended_or_is_disputed_is_never_proposed(
    made_up_home: Release, claim: str, verdict: str, given: list[str]
) -> None:
    row = judged(made_up_home.load(), claim, given)
    assert row.verdict == verdict
    assert (row.proposed is None) == (verdict != "missing_on_wikidata")


@pytest.mark.parametrize(
    ("claim", "town", "sentence", "notice"),
    [
        ("agreement/made-up-licupe-rachansk-2001", "rachansk", "The tie was suspended in March 2022.", "/twin-towns"),
        ("agreement/made-up-licupe-bachstadt-2009", "bachstadt", "", "/notice"),
    ],
)
def test_a_tie_that_was_suspended_is_shown_with_the_notice_of_it(
    made_up_home: Release, claim: str, town: str, sentence: str, notice: str
) -> None:
    row = Case(made_up_home.load(), f"licupe P190 {town}").row(f"{claim} P190 licupe")
    assert (row.verdict, row.exact) == ("stopped_here", sentence)
    assert row.source.endswith(notice)


def test_a_tie_that_was_resumed_is_proposed_with_the_date_and_the_language_of_its_sentence(
    made_up_home: Release,
) -> None:
    case = Case(made_up_home.load())
    row = case.row("agreement/made-up-licupe-moorford P190 licupe")
    [(term, start)] = row.proposed.qualifiers if row.proposed else []
    assert (term, str(start.date), row.exact) == ("P580", "2008-03", "The letter of intent was signed in March 2008.")
    written = page(Report((row,), case.shape.snapshot(), case.ours, {}), "lv")
    assert f'lang="en">{row.exact}</blockquote>' in written


def test_what_is_only_cited_is_proposed_with_the_address_of_its_source_and_no_words(towns: LinkedTowns) -> None:
    """A made-up notice that gives a made-up day."""
    made_up, agreement = disguise(towns), thing("agreement", "jelgava-alcamo-2002")
    evidence, source, shown = thing("evidence", "made-up"), thing("source", "made-up"), thing("rule", "shown")
    made_up.remove((agreement, TG.statedIn, None))
    for *triple, graph in (
        (source, SDO.url, URIRef("https://made-up.example/notice"), evidence),
        (evidence, PROV.hadPrimarySource, source, evidence),
        (agreement, TG.statedIn, evidence, shown),
    ):
        made_up.graph(graph).add(tuple(triple))
    made_up.graph(shown).remove((agreement, TG.signed, None))
    for graph in (evidence, shown):
        made_up.graph(graph).add((agreement, TG.signed, Literal("2002-05-14", datatype=XSD.date)))
    case = Case(made_up)
    row = case.row(f"{OF_ALCAMO} jelgava")
    assert (row.quote, row.exact, row.start) == (str(evidence), "", None)
    [reference] = Report((row,), case.shape.snapshot(), made_up, {}).proposals[row.id].references
    assert reference.properties == (("P854", Value("url", "https://made-up.example/notice")),)
    assert str(row.proposed and row.proposed.qualifiers[0][1].date) == "2002-05-14"


def test_a_missing_way_back_is_told_against_wikidatas_own_rule_where_it_has_one(ours: LinkedTowns) -> None:
    case = Case(ours, THERE)
    case.shape.tie_rules("P580", "P582")
    assert "constraint" in case.row(f"{OF_ALCAMO} alcamo").reason["en"]


# Which statement, and of which item


@pytest.mark.parametrize(("one", "other"), [("jelgava", "stranger"), ("stranger", "jelgava")])
def test_a_tie_of_which_the_page_says_nothing_is_missing_here(ours: LinkedTowns, one: str, other: str) -> None:
    case = Case(ours, f"{one} P190 {other}")
    case.shape.town(STRANGER)
    row = case.row("place/jelgava P190")
    assert (row.verdict, row.item, row.quote, row.start, row.proposed) == ("missing_here", ITEMS[one], "", None, None)
    assert f"izdomāta pilsēta {STRANGER} ({STRANGER})" in row.reason["lv"]


def test_only_ties_of_today_are_missing_here(ours: LinkedTowns) -> None:
    said = ["stranger P131 jelgava", "jelgava P190 some", "alcamo P190 stranger"]
    said += ["jelgava P190 stranger; P582 1999", "stranger P190 jelgava; deprecated"]
    assert Case(ours, *said).rows("place/jelgava P190") == []


def test_beside_the_right_body_only_the_statement_on_the_other_is_ambiguous(ours: LinkedTowns) -> None:
    case = Case(ours, "jelgava P190 hallefors", "jelgava P190 hallefors-locality")
    rows = case.rows("agreement/jelgava-hallefors-2004 P190 jelgava")
    assert sorted(each.verdict for each in rows) == ["agree", "ambiguous_entity"]


def test_of_equal_values_the_preferred_one_is_shown_and_of_ties_the_renewed_one(ours: LinkedTowns) -> None:
    areas = (f"alcamo P2046 130.8 km²{rank}" for rank in ("; deprecated", "", "; preferred"))
    case = Case(ours, *areas, f"{THERE}; P582 1999", THERE)
    assert case.row(AREA).id.endswith(case.guids[2])
    assert case.row(f"{OF_ALCAMO} jelgava").id.endswith(case.guids[4])


def test_a_figure_of_no_known_body_is_ambiguous_and_a_count_of_no_year_not_comparable(towns: LinkedTowns) -> None:
    known = disguise(towns, (thing("place", "xinying"), SDO.sameAs, WD[STRANGER]))
    known.remove((thing("figure", "alcamo-area"), OBSERVATION_ABOUT, thing("place", "alcamo")))
    case = Case(known, "stranger P1082 75000; P585 2015")
    assert case.row(AREA).verdict == "ambiguous_entity"
    undated = "figure/xinying-population P1082"
    assert (case.row(undated).verdict, Case(known).row(undated).proposed) == ("not_comparable", None)


@pytest.mark.parametrize(("town", "is_second_hand"), [("alcamo", True), ("jelgava", False)])
def test_what_a_town_says_of_itself_is_not_called_second_hand(
    towns: LinkedTowns, town: str, *, is_second_hand: bool
) -> None:
    known = disguise(towns)
    for graph in [*known.graphs()]:
        for triple in [*graph.triples((thing("figure", "alcamo-area"), OBSERVATION_ABOUT, None))]:
            graph.remove(triple)
            graph.add((*triple[:2], thing("place", town)))
    row = Case(known, f"{town} P2046 150 km²").row(AREA)
    assert (row.verdict, "second hand" in row.action["en"]) == ("conflict", is_second_hand)


@pytest.mark.parametrize("said", ["alcamo P17 another-country", "alcamo P625 45.0 9.0", ""])
def test_where_an_item_may_be_another_place_everything_about_it_is_ambiguous(ours: LinkedTowns, said: str) -> None:
    case = Case(ours, THERE, *([said] if said else []))
    if not said:
        case.shape.merged(ALCAMO, STRANGER)
    rows = [each for each in case.rows() if each.town == "alcamo"]
    assert {(each.verdict, each.proposed) for each in rows} == {("ambiguous_entity", None)}
    assert {each.property for each in rows} == {"P190", "P580", "P1082", "P2046", "P17"}


@pytest.mark.parametrize("gone", ["jelgava", "alcamo"])
def test_of_an_item_that_was_merged_or_deleted_no_edit_is_proposed(ours: LinkedTowns, gone: str) -> None:
    merged, deleted = Case(ours, f"{gone} merged stranger"), Case(ours)
    deleted.shape.triples = {each for each in deleted.shape.triples if ITEMS[gone] not in str(each.subject)}
    for case, verdict in ((merged, "ambiguous_entity"), (deleted, "not_comparable")):
        rows = [each for each in case.rows() if ITEMS[gone] in {each.item, each.read}]
        assert {each.proposed for each in rows} == {None}
        assert verdict in {each.verdict for each in rows} <= {verdict, "stopped_here", "not_comparable"}


def test_what_the_snapshot_was_not_made_of_is_not_taken_for_missing(ours: LinkedTowns) -> None:
    rows = crosscheck(ours, wd.Shape().snapshot())
    assert {each.verdict for each in rows} == {"not_comparable", "implausible_here", "ambiguous_entity"}
    assert {each.proposed for each in rows} == {None}


@pytest.mark.parametrize(
    ("uncited", "terms"),
    [
        (SDO.containedInPlace, {"P17"}),
        (SDO.url, {"P856"}),
        (SDO.value, {"P1082", "P2046"}),
        (TG.since, {"P580"}),
        (TG.signed, {"P190", "P580"}),
        (TG.partner, {"P190"}),
    ],
)
def test_what_no_page_says_is_compared_without_a_quote(towns: LinkedTowns, uncited: Node, terms: set[str]) -> None:
    case = Case(disguise(towns, uncited=uncited), "jelgava P190 bialystok", "jelgava P190 vejle")
    rows = [row for row in case.rows() if not row.quote]
    assert {row.property for row in rows} == terms
    assert {(row.exact, row.start, row.source) for row in rows} == {("", None, "")}
    assert Report(tuple(rows), case.shape.snapshot(), towns, {}).proposals == {}


def test_an_address_that_can_not_be_read_is_of_another_host() -> None:
    stated = Statement(ITEMS["parnu"], "P856", "", "normal", Value("url", "http://[made-up"))
    assert compare_sites("http://www.parnu.ee", [stated]).case == "site-differs"


# What may be proposed


@pytest.mark.parametrize(("claim", "said", "proposed"), [(claim, *both) for claim, both in TABLES["proposals"].items()])
def test_what_wikidata_lacks_is_proposed_as_the_page_has_it(
    ours: LinkedTowns, claim: str, said: str, proposed: str
) -> None:
    case = Case(ours, *[said][: bool(said)])
    row, written = case.row(claim), ""
    if made := row.proposed:
        assert (made.item, made.guid) == (row.item, row.theirs.guid if row.theirs else "")
        qualifiers = (f"{term} {day}" for term, day in made.qualifiers)
        written = "; ".join((f"{made.item} {made.property} {made.value}", *qualifiers))
    assert written == re.sub(r"[a-z][a-z-]+", lambda name: ITEMS.get(name[0], name[0]), proposed)
    assert not row.exact or all(year in row.exact for year in re.findall(r"P58\d (\d{4})", written))


def test_a_start_is_not_proposed_where_wikidatas_constraint_does_not_allow_it(ours: LinkedTowns) -> None:
    case = Case(ours, THERE)
    case.shape.tie_rules("P582")
    new = case.row(f"{OF_COMO} jelgava").proposed
    assert (case.row("agreement/jelgava-alcamo-2002 P580").proposed, new and new.qualifiers) == (None, ())


def test_the_three_towns_of_one_agreement_are_tied_each_with_each(ours: LinkedTowns) -> None:
    pairs = Counter(frozenset((each.item, each.read)) for each in Case(ours).rows(OF_THREE))
    assert pairs == {frozenset((JELGAVA, PARNU)): 2, frozenset((PARNU, SIAULIAI)): 2}


def test_of_a_whole_snapshot_with_traps_no_more_is_proposed_than_an_editor_would_do(ours: LinkedTowns) -> None:
    """Made up: what Wikidata would say of our towns."""
    case, names = Case(ours, *TABLES["snapshot"]["says"]), {item: name for name, item in ITEMS.items()}
    report = Report.compare(ours, case.shape.snapshot(*case.items))
    proposed = []
    for made in report.proposals.values():
        qualifiers = (f"{term} {day}" for term, day in made.qualifiers)
        proposed.append("; ".join((f"{names[made.item]} {made.property} {names[made.value.text]}", *qualifiers)))
    assert sorted(proposed) == sorted(TABLES["snapshot"]["proposed"])
    assert refused(FORMATS["mismatches.csv"](report)) == []


# Rows


@pytest.fixture(scope="module")
def everything(ours: LinkedTowns) -> list[Row]:
    """The rows where Wikidata has our towns, one tie each way, a few figures, and nothing else."""
    ties = ("jelgava P190 alcamo", "alcamo P190 jelgava", "jelgava P190 rueil", "stranger P190 jelgava")
    case = Case(ours, *(f"{each}; unsourced" for each in ties))
    for each in case.items:
        case.shape.says(each, "P1082", Value("quantity", "1000"), qualifiers=[("P585", wd.time("1990-01-01", 9))])
    case.shape.tie_rules("P580", "P582", "P585")
    return case.rows()


def test_every_quote_of_a_row_stands_where_the_row_says_and_holds_what_is_printed(everything: list[Row]) -> None:
    page = (PACKAGED / "data/sources/jelgava-lv-2017/page.txt").read_text("utf-8")
    quoted = [each for each in everything if each.start is not None]
    cited = {(each.property, each.exact) for each in everything if each.quote and each.start is None}
    assert cited == {("P190", ""), ("P580", "")}
    assert all(page[each.start : each.end] == each.exact for each in quoted)
    assert {each.source for each in quoted} == {"https://www.jelgava.lv/lv/pilseta/pilseta/sadraudzibas-pilsetas/"}
    assert {each.verdict for each in everything if not each.quote} == {"missing_here"}
    assert [
        each.id for each in everything if each.property != "P190" and each.exact and each.printed not in each.exact
    ] == []


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


def test_an_id_is_the_same_whatever_else_changes_on_wikidata(ours: LinkedTowns) -> None:
    case = Case(ours, THERE)
    before = {each.id for each in case.rows()}
    case.add("como P2046 37.4 km²")
    case.add("stranger P190 jelgava")
    after = {each.id for each in case.rows()}
    assert f"agreement/jelgava-alcamo-2002/{JELGAVA}/P190/{case.guids[0]}" in before & after
    assert len(before - after) == 1


def test_every_verdict_can_be_given_and_tells_why_in_whole_sentences_of_both_languages(everything: list[Row]) -> None:
    assert (
        {verdict for table in ("verdicts", "several") for verdicts in TABLES[table].values() for verdict in verdicts}
        == {case["verdict"] for case in CASES.values()}
        == set(VERDICTS)
    )
    assert {case["action"] for case in CASES.values()} | {"by-hand", "gone"} == set(ACTIONS)
    sentences = [*CASES.values(), *ACTIONS.values()]
    assert all(each["en"] != each["lv"] for each in sentences)
    assert all(each[language].endswith(".") for each in sentences for language in LANGUAGES)
    written = [sentence for each in everything for sentence in (*each.reason.values(), *each.action.values())]
    assert [sentence for sentence in written if re.search(r"[{}]|None|\(\)|: \.|  ", sentence)] == []


@pytest.mark.parametrize(
    ("value", "en", "lv", "in_table"),
    [
        (Value("time", "2002-07-26T00:00:00Z", 11), "26 July 2002", "2002. gada 26. jūlijs", "2002-07-26"),
        (Value("time", "2002-07-01T00:00:00Z", 10), "July 2002", "2002. gada jūlijs", "2002-07"),
        (Value("time", "2002-01-01T00:00:00Z", 9), "2002", "2002. gads", "2002"),
        (Value("quantity", "45307"), "45,307", "45\u00a0307", "45307"),
        (Value("quantity", "130.8", unit=KM2), "130.8 km²", "130,8 km²", "130.8 km²"),
        (Value("quantity", "13080", unit=HECTARE), "13,080 ha", "13\u00a0080 ha", "13080 (Q35852)"),
        (Value("some"), "unknown value", "nezināma vērtība", "somevalue"),
        (Value("none"), "no value", "nav vērtības", "novalue"),
        (Value("url", "https://made-up.invalid"), *["https://made-up.invalid"] * 3),
    ],
)
def test_values_of_wikidata_are_told_as_people_write_them_and_tables_as_exact_as_they_are(
    value: Value, en: str, lv: str, in_table: str
) -> None:
    assert (value.in_words("en"), value.in_words("lv"), str(value)) == (en, lv, in_table)


def test_against_the_real_ties_of_2016_the_known_traps_of_jelgava_are_found(towns: LinkedTowns) -> None:
    snapshot = wd.ties_2016(wd.reference_2016("p190-2016.tsv")).snapshot(*Claims(towns).items)
    rows = {(each.subject.rpartition("/")[2], each.item, each.verdict) for each in crosscheck(towns, snapshot)}
    assert {
        ("jelgava", "Q179830", "missing_here"),  # Moscow, which no page of Jelgava names
        ("jelgava", "Q649", "missing_here"),
        ("jelgava-como-2016", "Q179830", "missing_on_wikidata"),  # signed two months later
        ("jelgava-hallefors-2004", "Q179830", "ambiguous_entity"),  # the locality
        ("jelgava-hallefors-2004", "Q220881", "unreferenced_on_wikidata"),
        ("jelgava-nacka", "Q946647", "ambiguous_entity"),
        ("jelgava-vejle-1992", "Q27116", "unreferenced_on_wikidata"),
    } <= rows
    assert "missing_reverse" not in {verdict for _, _, verdict in rows}


def test_what_has_no_date_proposes_none_and_what_is_no_exact_number_is_not_compared(two_homes: Release) -> None:
    claims = Claims(two_homes.load())
    dates = {date.subject: date.read for *_, dated in claims.ties() for date in dated}
    assert "" not in dates.values()
    assert not any(subject.endswith("declaration") for subject in dates)
    figures = {(claim.town, claim.property, claim.read) for claim in claims.facts() if claim.figure}
    assert ("made-up-bachstadt", "P1082", "1200000") in figures
    assert not figures & {("made-up-upynas", "P1082", "75000"), ("made-up-ranna", "P2046", "None")}
