"""What Wikidata says, read from its own shape; snapshots of it; ties without a way back."""

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

import wikidata_shape as wd
from twingraph.cli import main
from twingraph.errors import BadInput, UnwritableTarget
from twingraph.release.records import LinkedTowns
from twingraph.wikidata.claims import Claims
from twingraph.wikidata.client import Client, take, take_ties
from twingraph.wikidata.entities import (
    ABOUT,
    ASKED,
    TRIPLES,
    Reference,
    Snak,
    Snapshot,
    Statement,
    Value,
    around,
    one_way,
)

CONTACT = "https://w3id.org/twingraph/"
HOME, PARTNER, ONE_WAY, FAR, STRANGER, CITY, COUNTRY, NAMELESS = map(wd.made_up, range(1, 9))


def stated(number: int, name: str, term: str, value: Value, *qualifiers: Snak, **more: Any) -> Statement:  # noqa: ANN401
    guid = f"{name}$00000000-0000-4000-8000-{number:012X}"
    return Statement(name, term, guid, value=value, qualifiers=qualifiers, **{"rank": "normal"} | more)


TITLE = Value("monolingual", "Izdomāta lapa", language="lv")
CITED = Reference((("P813", wd.time("2026-11-01")), ("P854", Value("url", wd.SOURCE)), ("P1476", TITLE)))
STATED = [
    stated(1, HOME, "P190", Value("item", PARTNER), ("P580", wd.time("2002-01-01", 9)), references=(CITED,)),
    stated(2, PARTNER, "P190", Value("item", HOME), ("P582", Value("some")), rank="preferred"),
    stated(3, HOME, "P190", Value("item", ONE_WAY)),
    stated(4, STRANGER, "P190", Value("item", HOME), ("P582", Value("none"))),
    stated(5, HOME, "P190", Value("some")),
    stated(6, HOME, "P1082", Value("quantity", "55972"), ("P585", wd.time("2021-01-01"))),
    stated(7, HOME, "P2046", Value("quantity", "60.3", unit="Q712226"), rank="deprecated"),
    stated(8, HOME, "P856", Value("url", "https://made-up.invalid/")),
    stated(9, HOME, "P625", Value("coordinates", "Point(23.7 56.6)")),
    stated(10, HOME, "P31", Value("item", CITY)),
    stated(11, HOME, "P17", Value("item", COUNTRY)),
    stated(12, HOME, "P17", Value("none")),
]
FURTHER = stated(13, PARTNER, "P190", Value("item", FAR), ("P580", wd.time("1999-01-01", 9)))


def a_neighbourhood(*, as_endpoint: bool = True) -> wd.Shape:
    """Made up: HOME and PARTNER have ties to each other, HOME to ONE_WAY and STRANGER to HOME without a way back."""
    shape = wd.Shape(as_endpoint=as_endpoint).state(*STATED, FURTHER)
    shape.town(HOME, revision=7).town(PARTNER, ONE_WAY, FAR, STRANGER, CITY, COUNTRY)
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


def test_a_statement_has_its_rank_value_qualifiers_and_references_whole(snapshot: Snapshot) -> None:
    known = {each.guid: each for each in snapshot.statements}
    assert [known[each.guid] for each in STATED] == STATED


def test_a_snapshot_knows_names_revisions_rules_on_ties_and_when_the_last_edit_was(snapshot: Snapshot) -> None:
    assert snapshot.labels[HOME] == {"en": f"made-up town {HOME}", "lv": f"izdomāta pilsēta {HOME}"}
    assert snapshot.revisions[HOME] == 7
    assert (snapshot.allowed_qualifiers, snapshot.symmetric) == (("P580", "P582"), True)
    assert snapshot.dump_date == "2026-11-02T00:00:00Z"


def test_a_time_of_the_julian_calendar_a_text_a_merged_item_and_that_no_way_back_is_needed_are_read() -> None:
    shape, julian = wd.Shape(), wd.time("1573-01-01", 9, "Q1985786")
    shape.says(HOME, "P571", julian)
    shape.says(HOME, "P281", Value("text", "LV-0000"))
    shape.merged(HOME, PARTNER)
    shape.tie_rules("P1534", symmetric=False)
    read = shape.snapshot()
    assert [each.value for each in read.statements] == [Value("text", "LV-0000"), julian]
    assert (read.merged, read.allowed_qualifiers, read.symmetric) == ({HOME: PARTNER}, ("P1534",), False)


def test_of_a_town_on_the_other_side_of_a_tie_it_is_known_into_which_it_was_merged(
    wikidata: str, tmp_path: Path
) -> None:
    old, new, home = map(wd.made_up, (21, 22, 23))
    shape = wd.Shape().state(stated(21, home, "P190", Value("item", old)))
    shape.merged(old, new)
    shape.put(wikidata)
    assert take(Client(wikidata, CONTACT), [home], tmp_path / "kept").merged == {old: new}


def test_of_towns_that_were_not_asked_for_only_ties_and_names_are_known(live: Snapshot) -> None:
    """The tie of PARTNER with FAR is two steps from HOME: it is there, without its date."""
    (far,) = (each for each in live.ties() if each.pair() == (PARTNER, FAR))
    assert (far.qualifiers, [each for each in live.statements if each.item == FAR]) == ((), [])
    assert live.labels[COUNTRY]["lv"] == f"izdomāta pilsēta {COUNTRY}"
    assert live.items == (HOME,)


def test_a_snapshot_knows_what_was_asked_and_an_older_one_counts_as_asked_for_all_that_is_asked_today(
    tmp_path: Path,
) -> None:
    kept = a_neighbourhood().save(tmp_path / "kept", HOME) / ABOUT
    about = json.loads(kept.read_text("utf-8"))
    assert {"P190", "P17", "P625", "P856", "P1082", "P2046"} <= {*about["asked"]}
    for asked, known in (({"asked": ["P190"]}, ("P190",)), ({}, ASKED)):
        kept.write_text(json.dumps({name: about[name] for name in about if name != "asked"} | asked), "utf-8")
        assert Snapshot.load(kept.parent).asked == known


def test_the_same_responses_make_the_same_bytes(endpoint: str, tmp_path: Path) -> None:
    for name in ("one", "other"):
        take(Client(endpoint, CONTACT), [HOME, PARTNER], tmp_path / name)
    assert (tmp_path / "one" / TRIPLES).read_bytes() == (tmp_path / "other" / TRIPLES).read_bytes()
    assert sorted(path.name for path in (tmp_path / "one").iterdir()) == [ABOUT, TRIPLES]


def test_unknown_values_of_engines_without_names_for_them_are_kept_alike(endpoint: str, tmp_path: Path) -> None:
    shape = wd.Shape(as_endpoint=False)
    shape.town(NAMELESS)
    shape.says(NAMELESS, "P17", Value("item", COUNTRY), qualifiers=[("P582", Value("some"))])
    shape.put(endpoint)
    taken = take(Client(endpoint, CONTACT), [NAMELESS], tmp_path / "kept")
    assert taken.statements[0].qualifiers == (("P582", Value("some")),)
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
    path.unlink() if content is None else path.write_bytes(content)
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


def test_ties_without_a_way_back_are_found_both_ways(snapshot: Snapshot) -> None:
    assert [tie.pair() for tie in one_way(snapshot.ties())] == [(HOME, ONE_WAY), (PARTNER, FAR), (STRANGER, HOME)]


def test_a_deprecated_tie_is_neither_a_tie_nor_a_way_back_and_a_neighbourhood_ends_with_partners() -> None:
    pairs = (HOME, PARTNER), (PARTNER, FAR), (FAR, STRANGER), (CITY, HOME)
    chain = [Statement(one, "P190", "", "normal", Value("item", other)) for one, other in pairs]
    assert around(chain, [HOME]) == [chain[0], chain[1], chain[3]]
    back = Statement(PARTNER, "P190", "", "deprecated", Value("item", HOME))
    assert one_way([chain[0], back]) == [chain[0]]


@pytest.mark.parametrize(("steps", "number"), [(0, 2), (1, 3), (9, 3)])
def test_ties_are_followed_as_far_as_is_asked(endpoint: str, steps: int, number: int) -> None:
    assert len(one_way(take_ties(Client(endpoint, CONTACT), [HOME], steps).ties())) == number


def run(*words: object) -> tuple[int, str, str]:
    done = CliRunner(env={"TWINGRAPH_CONTACT": CONTACT}).invoke(main, ["crosscheck", *map(str, words)])
    return done.exit_code, done.stdout, done.stderr


def test_the_command_tells_of_any_town_which_ties_have_no_way_back(endpoint: str) -> None:
    code, output, progress = run("--item", HOME, "--endpoint", endpoint, "--lang", "lv")
    assert code == 0
    assert (
        f"izdomāta pilsēta {HOME} ({HOME}) ir apgalvojums par sadraudzību ar vienumu izdomāta pilsēta {ONE_WAY}"
        in output
    )
    assert f"https://www.wikidata.org/wiki/{STRANGER}#{STRANGER}$00000000-0000-4000-8000-000000000004" in output
    assert output.endswith("Tikai vienā virzienā apgalvotas sadraudzības: 3 no 5.\n")
    assert progress.startswith("sadraudzības, 0. solis: 1 / 1\n")


def test_the_command_makes_a_snapshot_and_needs_no_network_then(endpoint: str, tmp_path: Path) -> None:
    _, live, steps = run("--save", tmp_path / "kept", "--item", HOME, "--endpoint", endpoint, "--format", "csv")
    _, kept, _ = run("--snapshot", tmp_path / "kept", "--endpoint", "http://127.0.0.1:9/", "--format", "csv")
    assert steps.startswith("items: 5 / 5\ntwinnings, step 0: 1 / 1\n")
    assert [row["target"] for row in csv.DictReader(io.StringIO(kept))] == [ONE_WAY, FAR, HOME]
    _, output, _ = run("--snapshot", tmp_path / "kept", "--format", "json")
    assert (live, list(csv.DictReader(io.StringIO(kept)))) == (kept, json.loads(output))


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ((), "Give either --snapshot or --save"),
        (("--item", HOME, "--report", "made-up"), "our data are compared with a snapshot"),
        (("--item", "Jelgava"), "this is no item of Wikidata"),
        (("--item", HOME, "--contact", ""), "--contact"),
        (("--item", HOME, "--endpoint", "file:///etc/hostname"), "is no web address"),
        (("--snapshot", "nowhere"), "this is no whole snapshot of Wikidata"),
        (("--snapshot", "kept", "--item", FAR), "was not made of"),
    ],
)
def test_what_the_command_can_not_do_is_told_in_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], sentence: str
) -> None:
    a_neighbourhood().save(tmp_path / "kept", HOME)
    monkeypatch.chdir(tmp_path)
    exit_code, _, error = run(*words, "--lang", "en")
    assert (exit_code, sentence in error) == (2, True), error


def test_a_real_entity_of_2016_is_read_whole() -> None:
    """Weimar, whose tie with this partner is dated to the day and drawn from the town's own page."""
    whole = json.loads(wd.reference_2016("example-entity-Q3955-2016-09-07.json").read_text("utf-8"))
    shape, entity = wd.Shape(), whole["entities"]["Q3955"]
    shape.read_json(entity)
    statements = shape.snapshot("Q3955").statements
    assert len(statements) == sum(map(len, entity["claims"].values()))
    tie = next(each for each in statements if each.value.text == "Q160927")
    assert tie.guid == "Q3955$f5bc4a76-4cfb-d8da-8620-e9d1f17716cc"
    assert dict(tie.qualifiers)["P580"] == wd.time("1995-02-18")
    assert tie.references[0].properties[0][1] == Value("url", "http://stadt.weimar.de/ueber-weimar/partnerstaedte/")


def test_of_all_ties_of_2016_those_without_a_way_back_are_as_many_as_were_counted(wikidata: str) -> None:
    wd.ties_2016(wd.reference_2016("p190-2016.tsv")).put(wikidata)
    ties = take_ties(Client(wikidata, CONTACT), ["Q179830"], 99).ties()
    assert (len({tie.pair() for tie in ties}), len(one_way(ties))) == (34_178, 624)
