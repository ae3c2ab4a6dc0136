"""What Wikidata says, read from its own shape; snapshots of it; ties without a way back."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from twingraph.cli import main
from twingraph.errors import BadInput, UnwritableTarget
from twingraph.wikidata.claims import Claims
from twingraph.wikidata.client import Client, take, take_ties
from twingraph.wikidata.entities import ABOUT, TRIPLES, Reference, Snapshot, Statement, Value, around, one_way
from wikidata_shape import (
    JULIAN,
    NONE,
    SOME,
    SQUARE_KILOMETRE,
    Shape,
    coordinates,
    item,
    made_up,
    monolingual,
    quantity,
    reference_2016,
    text,
    ties_2016,
    time,
    url,
)

if TYPE_CHECKING:
    from pathlib import Path

    from twingraph.release.records import LinkedTowns

CONTACT = "https://w3id.org/twingraph/"
HOME, PARTNER, ONE_WAY, FAR, STRANGER, CITY, COUNTRY, NAMELESS = map(made_up, range(1, 9))
GREGORIAN = "Q1985727"
REFERENCE = [
    ("P854", url("https://made-up.invalid/page")),
    ("P1476", monolingual("Izdomāta lapa", "lv")),
    ("P813", time("2026-11-01")),
]


def a_neighbourhood(*, as_endpoint: bool = True) -> Shape:
    """Made up: HOME and PARTNER have ties to each other, HOME to ONE_WAY and STRANGER to HOME without a way back."""
    shape = Shape(as_endpoint=as_endpoint)
    shape.town(HOME, revision=7)
    for name in (PARTNER, ONE_WAY, FAR, STRANGER, CITY, COUNTRY):
        shape.town(name)
    shape.says(HOME, "P190", item(PARTNER), qualifiers=[("P580", time("2002-01-01", 9))], references=[REFERENCE])
    shape.says(PARTNER, "P190", item(HOME), rank="preferred", qualifiers=[("P582", SOME)])
    shape.says(HOME, "P190", item(ONE_WAY))
    shape.says(STRANGER, "P190", item(HOME), qualifiers=[("P582", NONE)])
    shape.says(PARTNER, "P190", item(FAR), qualifiers=[("P580", time("1999-01-01", 9))])
    shape.says(HOME, "P190", SOME)
    shape.says(HOME, "P1082", quantity("55972"), qualifiers=[("P585", time("2021-01-01"))])
    shape.says(HOME, "P2046", quantity("60.3", SQUARE_KILOMETRE), rank="deprecated")
    shape.says(HOME, "P856", url("https://made-up.invalid/"))
    shape.says(HOME, "P625", coordinates(56.6, 23.7))
    shape.says(HOME, "P31", item(CITY))
    shape.says(HOME, "P17", item(COUNTRY))
    shape.says(HOME, "P17", NONE)
    shape.edited("2026-11-02T00:00:00Z")
    shape.tie_rules("P580", "P582")
    return shape


@pytest.fixture(scope="module")
def endpoint(wikidata: str) -> str:
    a_neighbourhood().put(wikidata)
    return wikidata


@pytest.fixture(scope="module")
def live(endpoint: str, tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    return take(Client(endpoint, CONTACT), [HOME], tmp_path_factory.mktemp("live"))


@pytest.fixture(scope="module", params=["as Wikidata's endpoint has it", "as its dumps have it", "live"])
def snapshot(request: pytest.FixtureRequest) -> Snapshot:
    if request.param == "live":
        live: Snapshot = request.getfixturevalue("live")
        return live
    return a_neighbourhood(as_endpoint=request.param != "as its dumps have it").snapshot(HOME)


def stated(snapshot: Snapshot, name: str, term: str) -> list[Statement]:
    return [each for each in snapshot.entities[name].statements if each.property == term]


def test_a_tie_has_its_rank_qualifiers_and_references(snapshot: Snapshot) -> None:
    tie = stated(snapshot, HOME, "P190")[0]
    guid = f"{HOME}$00000000-0000-4000-8000-000000000001"
    assert (tie.guid, tie.rank, tie.value) == (guid, "normal", Value("item", PARTNER))
    assert tie.qualifiers == (("P580", Value("time", "2002-01-01T00:00:00Z", precision=9, calendar=GREGORIAN)),)
    snaks = (
        ("P813", Value("time", "2026-11-01T00:00:00Z", precision=11, calendar=GREGORIAN)),
        ("P854", Value("url", "https://made-up.invalid/page")),
        ("P1476", Value("monolingual", "Izdomāta lapa", language="lv")),
    )
    assert tie.references == (Reference(snaks),)


def test_an_unknown_value_and_no_value_are_told_apart(snapshot: Snapshot) -> None:
    back, stranger = stated(snapshot, PARTNER, "P190")[0], stated(snapshot, STRANGER, "P190")[0]
    assert (back.rank, back.qualifiers) == ("preferred", (("P582", Value("some")),))
    assert stranger.qualifiers == (("P582", Value("none")),)
    assert stated(snapshot, HOME, "P190")[-1].value == Value("some")
    assert stated(snapshot, HOME, "P17")[-1].value == Value("none")


def test_values_are_what_they_are_with_unit_and_day(snapshot: Snapshot) -> None:
    population, area = stated(snapshot, HOME, "P1082")[0], stated(snapshot, HOME, "P2046")[0]
    assert population.value == Value("quantity", "55972")
    assert population.qualifiers == (("P585", Value("time", "2021-01-01T00:00:00Z", precision=11, calendar=GREGORIAN)),)
    assert (area.value, area.rank) == (Value("quantity", "60.3", unit=SQUARE_KILOMETRE), "deprecated")
    assert [stated(snapshot, HOME, term)[0].value for term in ("P856", "P625", "P31")] == [
        Value("url", "https://made-up.invalid/"),
        Value("coordinates", "Point(23.7 56.6)"),
        Value("item", CITY),
    ]


def test_a_snapshot_knows_names_revisions_rules_on_ties_and_when_the_last_edit_was(snapshot: Snapshot) -> None:
    home = snapshot.entities[HOME]
    assert (home.labels, home.revision) == ({"en": f"made-up town {HOME}", "lv": f"izdomāta pilsēta {HOME}"}, 7)
    assert (snapshot.allowed_qualifiers, snapshot.symmetric) == (("P580", "P582"), True)
    assert snapshot.dump_date == "2026-11-02T00:00:00Z"


def test_where_a_tie_needs_no_way_back_that_is_said_too() -> None:
    shape = Shape()
    shape.tie_rules("P1534", symmetric=False)
    assert (shape.snapshot().allowed_qualifiers, shape.snapshot().symmetric) == (("P1534",), False)


def test_a_time_of_the_julian_calendar_a_text_and_a_merged_item_are_read() -> None:
    shape = Shape()
    shape.says(HOME, "P571", time("1573-01-01", 9, JULIAN))
    shape.says(HOME, "P281", text("LV-0000"))
    shape.merged(HOME, PARTNER)
    home = shape.snapshot().entities[HOME]
    assert [each.value for each in home.statements] == [
        Value("text", "LV-0000"),
        Value("time", "1573-01-01T00:00:00Z", precision=9, calendar="Q1985786"),
    ]
    assert home.redirect == PARTNER


def test_of_towns_that_were_not_asked_for_only_ties_and_names_are_known(live: Snapshot) -> None:
    """The tie of PARTNER with FAR is two steps from HOME: it is there, without its date."""
    far = next(each for each in stated(live, PARTNER, "P190") if each.value.text == FAR)
    assert (far.qualifiers, live.entities[FAR].statements) == ((), ())
    assert live.entities[COUNTRY].labels["lv"] == f"izdomāta pilsēta {COUNTRY}"
    assert live.items == (HOME,)


def test_a_snapshot_is_read_again_as_it_was_written(tmp_path: Path) -> None:
    shape = a_neighbourhood()
    assert Snapshot.load(shape.save(tmp_path / "kept", HOME)) == shape.snapshot(HOME)


def test_the_same_responses_make_the_same_bytes(endpoint: str, tmp_path: Path) -> None:
    for name in ("one", "other"):
        take(Client(endpoint, CONTACT), [HOME, PARTNER], tmp_path / name)
    assert (tmp_path / "one" / TRIPLES).read_bytes() == (tmp_path / "other" / TRIPLES).read_bytes()
    assert sorted(path.name for path in (tmp_path / "one").iterdir()) == [ABOUT, TRIPLES]


def test_unknown_values_of_engines_without_names_for_them_are_kept_alike(endpoint: str, tmp_path: Path) -> None:
    shape = Shape(as_endpoint=False)
    shape.town(NAMELESS)
    shape.says(NAMELESS, "P17", item(COUNTRY), qualifiers=[("P582", SOME)])
    shape.put(endpoint)
    taken = take(Client(endpoint, CONTACT), [NAMELESS], tmp_path / "kept")
    assert stated(taken, NAMELESS, "P17")[0].qualifiers == (("P582", Value("some")),)
    assert b"_:" not in (tmp_path / "kept" / TRIPLES).read_bytes()


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        (TRIPLES, b"", "snapshot.nt was changed"),
        (ABOUT, b"{made-up", "snapshot.json is broken"),
        (ABOUT, b"[]", "snapshot.json is broken"),
        (TRIPLES, None, "does not hold snapshot.json and snapshot.nt"),
        (ABOUT, None, "does not hold snapshot.json and snapshot.nt"),
    ],
)
def test_what_is_no_whole_snapshot_is_told_in_a_sentence(
    tmp_path: Path, name: str, content: bytes | None, sentence: str
) -> None:
    path = a_neighbourhood().save(tmp_path / "kept", HOME) / name
    path.unlink()
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(BadInput, match=sentence):
        Snapshot.load(tmp_path / "kept")


def test_a_snapshot_replaces_no_folder_with_other_things(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").touch()
    with pytest.raises(UnwritableTarget, match="something other than a snapshot"):
        take(Client("http://127.0.0.1:9/", CONTACT), [HOME], tmp_path)


def test_our_places_are_asked_about_with_those_they_could_be_mistaken_for(towns: LinkedTowns) -> None:
    items = Claims(towns).items
    assert {town.wikidata for town in towns.towns} - {""} <= set(items)
    assert {"Q305380", "Q220881", "Q13383459", "Q946647", "Q27116"} <= set(items)


# Ties


def test_ties_without_a_way_back_are_found_both_ways(snapshot: Snapshot) -> None:
    missing = one_way(snapshot.ties())
    assert [tie.pair() for tie in missing] == [(HOME, ONE_WAY), (PARTNER, FAR), (STRANGER, HOME)]


def tie(one: str, other: str) -> Statement:
    return Statement(one, "P190", "", "normal", Value("item", other))


def test_a_deprecated_tie_is_neither_a_tie_nor_a_way_back() -> None:
    there, back = tie(HOME, PARTNER), replace(tie(PARTNER, HOME), rank="deprecated")
    assert one_way([there, back]) == [there]


def test_a_neighbourhood_ends_with_the_ties_of_partners() -> None:
    chain = [tie(a, b) for a, b in ((HOME, PARTNER), (PARTNER, FAR), (FAR, STRANGER), (CITY, HOME))]
    assert around(chain, [HOME]) == [chain[0], chain[1], chain[3]]


@pytest.mark.parametrize(("steps", "number"), [(0, 2), (1, 3), (9, 3)])
def test_ties_are_followed_as_far_as_is_asked(endpoint: str, steps: int, number: int) -> None:
    assert len(one_way(take_ties(Client(endpoint, CONTACT), [HOME], steps).ties())) == number


def run(*words: object) -> tuple[int, str, str]:
    done = CliRunner(env={"TWINGRAPH_CONTACT": CONTACT}).invoke(main, ["crosscheck", *map(str, words)])
    return done.exit_code, done.stdout, done.stderr


def test_the_command_tells_of_any_town_which_ties_have_no_way_back(endpoint: str) -> None:
    code, output, progress = run("--item", HOME, "--endpoint", endpoint, "--lang", "lv")
    assert code == 0
    assert f"izdomāta pilsēta {HOME} ({HOME}) ir apgalvojums par saikni ar vienumu izdomāta pilsēta {ONE_WAY}" in output
    assert f"https://www.wikidata.org/wiki/{STRANGER}#{STRANGER}$00000000-0000-4000-8000-000000000004" in output
    assert output.endswith("Saiknes bez pretējās: 3 no 5.\n")
    assert progress.startswith("saiknes, 0. solis: 1 / 1\n")


def test_the_command_makes_a_snapshot_and_needs_no_network_then(endpoint: str, tmp_path: Path) -> None:
    _, live, steps = run("--save", tmp_path / "kept", "--item", HOME, "--endpoint", endpoint, "--format", "csv")
    _, kept, _ = run("--snapshot", tmp_path / "kept", "--endpoint", "http://127.0.0.1:9/", "--format", "csv")
    assert live == kept
    assert steps.startswith("items: 5 / 5\nties, step 0: 1 / 1\n")
    assert [row["target"] for row in csv.DictReader(io.StringIO(kept))] == [ONE_WAY, FAR, HOME]


def test_the_command_writes_json_with_the_address_of_each_statement(endpoint: str) -> None:
    _, output, _ = run("--item", HOME, "--steps", 0, "--endpoint", endpoint, "--format", "json")
    assert [row["url"].partition("#")[0].rpartition("/")[2] for row in json.loads(output)] == [HOME, STRANGER]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ((), "Give either --snapshot or --save"),
        (("--item", HOME, "--report", "made-up"), "our data are compared with a snapshot"),
        (("--item", "Jelgava"), "this is no item of Wikidata"),
        (("--item", HOME, "--contact", ""), "--contact"),
        (("--item", HOME, "--endpoint", "file:///etc/hostname"), "is no web address"),
        (("--snapshot", "nowhere"), "this is no whole snapshot of Wikidata"),
    ],
)
def test_what_the_command_can_not_do_is_told_in_a_sentence(words: tuple[str, ...], sentence: str) -> None:
    exit_code, _, error = run(*words, "--lang", "en")
    assert (exit_code, sentence in error) == (2, True), error


def test_of_a_town_that_is_not_in_a_snapshot_nothing_is_said(tmp_path: Path) -> None:
    kept = a_neighbourhood().save(tmp_path / "kept", HOME)
    code, _, error = run("--snapshot", kept, "--item", FAR, "--lang", "en")
    assert (code, "was not made of" in error) == (2, True)


# Real data


def test_a_real_entity_of_2016_is_read_whole() -> None:
    """Weimar, whose tie with this partner is dated to the day and drawn from the town's own page."""
    entity = json.loads(reference_2016("example-entity-Q3955-2016-09-07.json").read_text("utf-8"))["entities"]["Q3955"]
    shape = Shape()
    shape.read_json(entity)
    weimar = shape.snapshot("Q3955").entities["Q3955"]
    assert len(weimar.statements) == sum(map(len, entity["claims"].values()))
    tie = next(each for each in weimar.statements if each.value.text == "Q160927")
    assert tie.guid == "Q3955$f5bc4a76-4cfb-d8da-8620-e9d1f17716cc"
    assert dict(tie.qualifiers)["P580"] == Value("time", "1995-02-18T00:00:00Z", precision=11, calendar=GREGORIAN)
    assert tie.references[0].properties[0][1] == Value("url", "http://stadt.weimar.de/ueber-weimar/partnerstaedte/")


def test_of_all_ties_of_2016_those_without_a_way_back_are_as_many_as_were_counted(wikidata: str) -> None:
    ties_2016(reference_2016("p190-2016.tsv")).put(wikidata)
    ties = take_ties(Client(wikidata, CONTACT), ["Q179830"], 99).ties()
    assert (len({tie.pair() for tie in ties}), len(one_way(ties))) == (34_178, 624)
