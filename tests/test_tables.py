"""The tables, a contract that others rely on."""

import copy
import csv
import io
import json
import pickle
import subprocess
import sys
import tomllib
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from rdflib import Literal
from rdflib.namespace import RDFS, SDO

from twingraph.release.folder import Release
from twingraph.release.records import LinkedTowns
from twingraph.release.tables import export
from twingraph.settings import QUADS
from twingraph.vocab import TG, thing

PAGE = tomllib.loads(Path(__file__).with_name("read_by_eye.toml").read_text("utf-8"))
HEADERS = PAGE["headers"]
SOURCE = "jelgava-lv-2017"
SEVERAL = PAGE["several"]
"""What the pages of the made-up home say, and the notice."""


def rows(release: Release, name: str) -> list[dict[str, str]]:
    """Read the rows of a table that the page of 2017 has said, or that no source has."""
    every = csv.DictReader(io.StringIO(release.read(f"tables/{name}.csv").decode(), newline=""))
    return [row for row in every if row.get("source", SOURCE) == SOURCE]


@pytest.fixture(scope="module")
def home(made_up_home: Release) -> LinkedTowns:
    """The made-up home, on which two pages and a notice that is only cited do not agree in all."""
    return made_up_home.load()


def table(towns: LinkedTowns, name: str) -> list[dict[str, str]]:
    """Export a table of the made-up home, without what makes its names long."""
    files = dict(export("csv", towns, {"version": "made-up", "sources": []}))
    content = files[f"{name}.csv"].decode().replace("made-up-licupe-", "").replace("made-up-", "")
    return list(csv.DictReader(io.StringIO(content, newline="")))


@pytest.mark.parametrize("name", HEADERS)
def test_a_table_has_the_promised_header_and_its_words_stand_at_their_offsets(release: Release, name: str) -> None:
    content = release.read(f"tables/{name}.csv")
    assert content.split(b"\r\n")[0].decode() == HEADERS[name]
    assert content.count(b"\n") == content.count(b"\r\n")
    page = release.read(f"sources/{SOURCE}.txt").decode()
    for row in rows(release, name) if name != "cities" else []:
        assert page[int(row["start"]) : int(row["end"])] == row["mention" if name == "areas" else "quote"]


def test_the_csvw_description_names_every_column(release: Release) -> None:
    metadata = json.loads(release.read("tables/csv-metadata.json"))
    columns = {table["url"]: [each["name"] for each in table["tableSchema"]["columns"]] for table in metadata["tables"]}
    assert columns == {f"{name}.csv": header.split(",") for name, header in HEADERS.items()}
    keys = {table["url"]: table["tableSchema"].get("primaryKey") for table in metadata["tables"]}
    assert (keys["cities.csv"], keys["areas.csv"], keys["twinnings.csv"]) == (["id"], None, ["id", "source"])
    [source] = [each for each in metadata["tables"][1]["tableSchema"]["columns"] if each["name"] == "source"]
    assert source["valueUrl"].replace("{source}", SOURCE) == str(thing("source", SOURCE))
    assert {each["@language"] for each in source["dc:description"]} == {"en", "lv"}


def test_the_twelve_agreements_and_the_amendment_are_between_whom_and_dated_as_printed(release: Release) -> None:
    found = rows(release, "agreements")
    assert {row["id"]: [row["parties"], row["date"]] for row in found} == PAGE["agreements"]
    assert {row["precision"] == "day" for row in found if "-" in row["date"]} == {True}
    amends = {row["id"]: row["amends"] for row in found if row["amends"]}
    assert amends == {"jelgava-rueil-malmaison-2017": "jelgava-rueil-malmaison-2007"}


def test_only_the_tie_with_bialystok_is_dated_without_an_agreement(release: Release) -> None:
    ties = rows(release, "twinnings")
    dated = {row["id"]: (row["since"], row["precision"]) for row in ties if row["since"]}
    assert dated == {"jelgava-bialystok": ("1994", "year")}
    agreed = {row["twinning"] for row in rows(release, "agreements")}
    assert {row["id"] for row in ties} - agreed == {"jelgava-nacka", "jelgava-bialystok"}
    assert len(ties) == 14


def test_the_seventy_one_mentions_name_thirty_three_areas_and_what_is_planned_is_never_called_agreed(
    release: Release,
) -> None:
    mentions = rows(release, "areas")
    assert Counter(row["standing"] for row in mentions) == PAGE["mentions"]["standings"]
    assert len({row["area"] for row in mentions}) == PAGE["mentions"]["areas"]
    planned = {f"{row['city']} {row['area']}" for row in mentions if row["standing"] == "planned"}
    assert planned == set(PAGE["mentions"]["planned"])


def test_what_goes_on_without_a_document_is_said_of_the_tie_and_never_called_agreed(release: Release) -> None:
    ongoing = [row for row in rows(release, "areas") if row["standing"] == "ongoing"]
    assert Counter(row["city"] for row in ongoing) == PAGE["mentions"]["ongoing"]
    assert {row["agreement"] for row in ongoing} == {""}


def test_every_figure_is_read_plainly_and_never_repaired(release: Release) -> None:
    figures = rows(release, "figures")
    values = {(row["city"], row["measure"]): (row["value"], row["year"]) for row in figures}
    for city, (area, population, year) in PAGE["figures"].items():
        assert (values[city, "area"][0], values[city, "population"]) == (area, (population, year))
    assert len(figures) == 2 * len(PAGE["figures"]) == 28
    assert {row["city"]: row["printed"] for row in figures if row["assessment"] == "implausible"} == PAGE["doubtful"]


def test_figures_describe_the_body_they_are_true_of(release: Release) -> None:
    described = {(row["city"], row["measure"]): row["describes"] for row in rows(release, "figures")}
    areas, people = (
        [described[town, each] for town in ("hallefors", "nacka", "vejle")] for each in ("area", "population")
    )
    assert (areas, people) == (["Q305380", "", ""], ["Q305380", "Q946647", "Q27116"])
    assert described["xinying", "area"] == ""


def test_the_page_prints_eight_web_sites_and_no_unconfirmed_identifier_is_given(release: Release) -> None:
    cities = {row["id"]: row for row in rows(release, "cities")}
    assert (len(cities), sum(bool(row["website"]) for row in cities.values())) == (15, 8)
    assert [city for city, row in cities.items() if not row["wikidata"]] == ["xinying"]
    told = (cities["jelgava"]["wikidata"], cities["xinying"]["name_native"], cities["parnu"]["name_lv"])
    assert told == ("Q179830", "新營區", "Pērnava")


def test_exchanges_have_their_pupils_programmes_their_years_and_festivals_none_from_the_page(release: Release) -> None:
    activities = rows(release, "activities")
    assert {row["id"]: row["people"] for row in activities if row["people"]} == PAGE["people"]
    years = {row["programme"]: [row["from"], row["to"]] for row in activities if row["programme"]}
    assert years == PAGE["programmes"]


def test_the_map_holds_the_fifteen_towns_longitude_first(release: Release) -> None:
    features = json.loads(release.read("tables/places.geojson"))["features"]
    points = {feature["id"]: feature["geometry"]["coordinates"] for feature in features}
    assert len(points) == 15
    assert points["nova-odessa"] == [-47.2941, -22.7832]


def test_a_number_is_written_without_an_exponent_and_a_site_by_its_name(
    towns: LinkedTowns, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Made-up: a figure of tiny size, and a source elsewhere."""
    tiny = replace(towns.figures[0], value=Decimal("5E-5"), year=None)
    made_up = LinkedTowns()
    lists = {"figures": [tiny], "towns": [replace(towns.towns[0], latitude=5e-05, longitude=-0.0)]}
    monkeypatch.setattr(made_up, "by_source", lambda name: lists.get(name, []))
    manifest = {"version": "made-up", "sources": [{"url": "https://www.example.org/page"}]}
    files = dict(export("csv", made_up, manifest))
    assert b",0.00005,km2,," in files["figures.csv"]
    assert b",0.00005,-0.0," in files["cities.csv"]
    assert "are quoted from example.org." in files["csv-metadata.json"].decode()


# What several sources say


@pytest.mark.parametrize("name", ["agreements", "twinnings", "activities"])
def test_a_thing_has_a_row_for_each_source_that_states_it_in_the_order_of_its_page(
    home: LinkedTowns, name: str
) -> None:
    found = table(home, name)
    assert len({(row["id"], row["source"]) for row in found}) == len(found)
    assert found == sorted(found, key=lambda row: (row["source"], int(row["start"] or 0), row["id"]))
    assert len(found) > len(getattr(home, name)) == len({row["id"] for row in found})


def test_a_row_has_what_its_source_claims_beside_what_tells_which_thing_it_is(home: LinkedTowns) -> None:
    claims = ("parties", "document", "date", "precision")
    found = {(row["id"], row["source"]): [row[each] for each in claims] for row in table(home, "agreements")}
    for slug, source, *claimed in SEVERAL["agreements"]:
        assert found[slug, source] == claimed
    kinds = {(row["id"], row["source"]): row["kind"] for row in table(home, "twinnings")}
    assert (kinds["bachstadt", "lv"], kinds["bachstadt", "notice"]) == ("unspecified", "")
    values = [(row["source"], row["value"]) for row in table(home, "figures") if row["city"] == "fiumetta"]
    assert values == [("en", "7512"), ("lv", "9.8"), ("lv", "7420")]


def test_how_a_tie_stands_is_the_same_in_all_its_rows_and_those_of_its_agreements(home: LinkedTowns) -> None:
    columns = ("status", "status_date", "status_not_before", "as_of")
    standings: dict[str, set[tuple[str, ...]]] = {}
    for row in table(home, "agreements") + table(home, "twinnings"):
        standings.setdefault(row.get("twinning", row["id"]), set()).add(tuple(row[each] for each in columns))
    assert {slug: [list(each) for each in found] for slug, found in standings.items()} == SEVERAL["standings"]


def test_what_is_only_cited_has_no_quote_and_no_place_in_a_page(home: LinkedTowns) -> None:
    cited = [row for row in table(home, "twinnings") if row["source"] == "notice"]
    assert {(row["quote"], row["start"], row["end"]) for row in cited} == {("", "", "")}
    assert {row["id"] for row in cited} == {"bachstadt", "fiumetta"}


def test_a_manifest_counts_things_and_tells_what_is_quoted_from_what_is_only_cited(
    home: LinkedTowns, made_up_home: Release
) -> None:
    manifest = made_up_home.manifest
    assert [manifest["counts"][name] for name in ("twinnings", "agreements")] == [6, len(home.agreements)]
    assert [each["id"] for each in manifest["sources"]] == ["made-up-licupe-en", "made-up-licupe-lv"]
    assert manifest["cited"] == [{"id": "made-up-licupe-notice", "url": "https://licupe.made-up.example/notice"}]
    rights = json.loads(made_up_home.read("tables/csv-metadata.json"))["tables"][1]["dc:rights"][0]["@value"]
    assert rights.endswith("quoted from friends.made-up.example, licupe.made-up.example.")


def test_records_have_what_is_shown_and_its_sentence(home: LinkedTowns) -> None:
    agreements = {each.slug.removeprefix("made-up-licupe-"): each for each in home.agreements}
    exact, undated = agreements["rachansk-2001"], agreements["rachansk-declaration"]
    assert (exact.date, exact.precision, exact.quote.exact) == ("2001-07-26", "day", SEVERAL["exact"])
    assert (undated.date, undated.quote.exact) == ("", SEVERAL["undated"])
    assert {quote.source for quote in exact.quotes} == {"made-up-licupe-en", "made-up-licupe-lv"}
    [tie] = [each for each in home.twinnings if each.slug == "made-up-licupe-bachstadt"]
    assert (tie.standing.status, tie.standing.as_of) == ("suspended", "2023-06-15")


# Records

RECORDS = """
import hashlib, sys
from pathlib import Path
from twingraph.release.records import LinkedTowns

quads = Path(sys.argv[1]).read_text("utf-8")
towns = LinkedTowns()
towns.parse(data=quads + quads.replace("jelgava-lv-2017", "another-version"), format="nquads")
lists = ["towns", "twinnings", "agreements", "mentions", "figures", "activities"]
records = [getattr(towns, name) for name in lists] + [towns.by_source(name) for name in lists]
print(hashlib.sha256(repr(records).encode()).hexdigest(), len(towns.mentions))
"""


def test_two_versions_of_a_page_give_records_in_one_order(release: Release) -> None:
    words = [sys.executable, "-c", RECORDS, str(release.path(QUADS))]
    seeds = ({"PYTHONHASHSEED": str(seed)} for seed in range(3))
    started = [subprocess.Popen(words, env=seed, stdout=subprocess.PIPE, text=True) for seed in seeds]
    [told] = {process.communicate(timeout=60)[0] for process in started}
    assert told.endswith(" 144\n")


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda towns: pickle.loads(pickle.dumps(towns))])
def test_what_load_gives_can_be_copied_and_sent(
    towns: LinkedTowns, copied: Callable[[LinkedTowns], LinkedTowns]
) -> None:
    again = copied(towns)
    assert set(again.quads()) == set(towns.quads())
    assert again.agreements == towns.agreements
    assert again.query("ASK { ?x dct:type ?y ; tg:party place:jelgava }").askAnswer


def test_the_native_name_is_that_of_the_slug_where_a_town_speaks_english(towns: LinkedTowns) -> None:
    made_up, place = copy.deepcopy(towns), thing("place", "reading")
    graph = made_up.graph(thing("evidence", "made-up"))
    graph.add((thing("twinning", "jelgava-reading"), TG.partner, place))
    names = [Literal("Reading", "en"), Literal("Redinga", "lv")]
    graph += [(place, term, name) for name in names for term in (SDO.name, RDFS.label)]
    # Pages in other languages call towns in their own way.
    page = made_up.graph(thing("quote", "made-up"))
    page += [
        (place, SDO.name, Literal("Redingas", "lt")),
        (thing("place", "xinying"), SDO.name, Literal("Xinying", "de")),
    ]
    native = {town.slug: town.name_native for town in made_up.towns}
    assert (native["reading"], native["jelgava"], native["parnu"]) == ("Reading", "Jelgava", "Pärnu")
    assert native["xinying"] == "新營區"
