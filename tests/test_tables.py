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
from twingraph.release.records import LinkedTowns, export
from twingraph.settings import QUADS
from twingraph.vocab import TG, thing

PAGE = tomllib.loads(Path(__file__).with_name("read_by_eye.toml").read_text("utf-8"))
HEADERS = PAGE["headers"]


def rows(release: Release, name: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(release.read(f"tables/{name}.csv").decode(), newline="")))


@pytest.mark.parametrize("name", HEADERS)
def test_a_table_has_the_promised_header_and_its_words_stand_at_their_offsets(release: Release, name: str) -> None:
    content = release.read(f"tables/{name}.csv")
    assert content.split(b"\r\n")[0].decode() == HEADERS[name]
    assert content.count(b"\n") == content.count(b"\r\n")
    page = release.read("sources/jelgava-lv-2017.txt").decode()
    for row in rows(release, name) if name != "cities" else []:
        assert page[int(row["start"]) : int(row["end"])] == row["mention" if name == "areas" else "quote"]


def test_the_csvw_description_names_every_column(release: Release) -> None:
    metadata = json.loads(release.read("tables/csv-metadata.json"))
    columns = {table["url"]: [each["name"] for each in table["tableSchema"]["columns"]] for table in metadata["tables"]}
    assert columns == {f"{name}.csv": header.split(",") for name, header in HEADERS.items()}


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


def test_a_number_is_written_without_an_exponent_and_a_site_by_its_name(towns: LinkedTowns) -> None:
    """Made-up: a figure of tiny size, and a source elsewhere."""
    tiny = replace(towns.figures[0], value=Decimal("5E-5"), year=None)
    made_up = LinkedTowns()
    made_up.__dict__.update(figures=[tiny], towns=[replace(towns.towns[0], latitude=5e-05, longitude=-0.0)])
    manifest = {"version": "made-up", "sources": [{"url": "https://www.example.org/page"}]}
    files = dict(export("csv", made_up, manifest))
    assert b",0.00005,km2,," in files["figures.csv"]
    assert b",0.00005,-0.0," in files["cities.csv"]
    assert "are quoted from example.org." in files["csv-metadata.json"].decode()


# Records

RECORDS = """
import hashlib, sys
from pathlib import Path
from twingraph.release.records import LinkedTowns

quads = Path(sys.argv[1]).read_text("utf-8")
towns = LinkedTowns()
towns.parse(data=quads + quads.replace("jelgava-lv-2017", "another-version"), format="nquads")
records = [towns.towns, towns.twinnings, towns.agreements, towns.mentions, towns.figures, towns.activities]
print(hashlib.sha256(repr(records).encode()).hexdigest(), len(towns.mentions))
"""


def test_two_versions_of_a_page_give_records_in_one_order(release: Release) -> None:
    words = [sys.executable, "-c", RECORDS, str(release.path(QUADS))]
    seeds = ({"PYTHONHASHSEED": str(seed)} for seed in range(3))
    started = [subprocess.Popen(words, env=seed, stdout=subprocess.PIPE, text=True) for seed in seeds]
    [told] = {process.communicate(timeout=60)[0] for process in started}
    assert told.endswith(" 142\n")


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
    native = {town.slug: town.name_native for town in made_up.towns}
    assert (native["reading"], native["jelgava"], native["parnu"]) == ("Reading", "Jelgava", "Pärnu")
