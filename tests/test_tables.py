"""The tables, a contract that others rely on."""

from __future__ import annotations

import copy
import csv
import io
import json
import pickle
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from rdflib import Literal
from rdflib.namespace import SDO

from twingraph.release.records import LinkedTowns, export
from twingraph.settings import QUADS
from twingraph.vocab import TG, thing

if TYPE_CHECKING:
    from collections.abc import Callable

    from twingraph.release.folder import Release

HEADERS = {
    "cities": "id,name_lv,name_en,name_native,country,wikidata,geonames,latitude,longitude,website",
    "agreements": "id,twinning,parties,document,date,precision,amends,quote,start,end",
    "twinnings": "id,partners,kind,since,precision,quote,start,end",
    "areas": "city,agreement,area,label_lv,label_en,standing,mention,start,end",
    "figures": "city,measure,printed,value,unit,year,assessment,describes,quote,start,end",
    "activities": "id,city,what_en,organisations,programme,from,to,people,quote,start,end",
}
AGREEMENTS = """
jelgava-alcamo-2002 jelgava-como-2016 jelgava-baranavichy-2003 jelgava-hallefors-2004 jelgava-magadan-2006
jelgava-nova-odessa-2007 jelgava-parnu-siauliai-1957 jelgava-rueil-malmaison-2007 jelgava-rueil-malmaison-2017
jelgava-siauliai-1960 jelgava-xinying-2000 jelgava-vejle-1992 jelgava-ivano-frankivsk-2007
"""
DAYS = {"jelgava-nova-odessa-2007": "2007-06-10", "jelgava-rueil-malmaison-2007": "2007-06-28"}
"""The agreements, each named for its year, and those that the page dates by day."""
FIGURES = """
alcamo 130.8 45307 2015
como 37.4 84394 2015
baranavichy 84.96 179012 2015
hallefors 6.33 4530 2010
magadan 295 95263 2012
nova-odessa 73298 56008 2014
nacka 75700 99359 2016
parnu 32 41170 2015
rueil-malmaison 14.7 79204 2014
siauliai 81 113100 2011
xinying 38.54 75000 -
vejle 144 52449 2013
ivano-frankivsk 83.73 223165 2013
bialystok 102.1 295401 2014
"""
"""Town, area, population and the year of it, read off the page by eye."""

Rows = list[dict[str, str]]


def rows(release: Release, name: str) -> Rows:
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
    described = {
        table["url"].removesuffix(".csv"): ",".join(column["name"] for column in table["tableSchema"]["columns"])
        for table in metadata["tables"]
    }
    assert described == HEADERS


def test_the_twelve_agreements_and_the_amendment_are_dated_as_printed(release: Release) -> None:
    found = {row["id"]: row for row in rows(release, "agreements")}
    assert {name: row["date"] for name, row in found.items()} == {
        name: DAYS.get(name, name[-4:]) for name in AGREEMENTS.split()
    }
    assert {name for name, row in found.items() if row["precision"] == "day"} == DAYS.keys()
    amends = {name: row["amends"] for name, row in found.items() if row["amends"]}
    assert amends == {"jelgava-rueil-malmaison-2017": "jelgava-rueil-malmaison-2007"}
    parties = {name: row["parties"].split() for name, row in found.items()}
    assert parties.pop("jelgava-parnu-siauliai-1957") == ["jelgava", "parnu", "siauliai"]
    assert {len(two) for two in parties.values()} == {2}


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
    standings = Counter(row["standing"] for row in mentions)
    assert standings == {"agreed": 53, "undertaken": 10, "planned": 5, "activity": 2, "begun": 1}
    assert len({row["area"] for row in mentions}) == 33
    planned = {f"{row['city']} {row['area']}" for row in mentions if row["standing"] == "planned"}
    of_italy = {"alcamo trade-relations", "alcamo entrepreneurship"}
    assert planned == {*of_italy, "baranavichy economy", "hallefors culture", "hallefors social-affairs"}


def test_every_figure_is_read_plainly_and_never_repaired(release: Release) -> None:
    found = {(row["city"], row["measure"]): row for row in rows(release, "figures")}
    for line in FIGURES.strip().splitlines():
        city, area, population, year = line.split()
        assert found[city, "area"]["value"] == area
        assert found[city, "population"]["value"] == population
        assert found[city, "population"]["year"] == year.strip("-")
    assert len(found) == 28
    doubtful = {(row["city"], row["printed"]) for row in found.values() if row["assessment"] == "implausible"}
    assert doubtful == {("nova-odessa", "73\N{NO-BREAK SPACE}298 km2"), ("nacka", "75 700 km2")}


def test_figures_describe_the_body_they_are_true_of(release: Release) -> None:
    described = {(row["city"], row["measure"]): row["describes"] for row in rows(release, "figures")}
    assert described["hallefors", "area"] == described["hallefors", "population"] == "Q305380"
    assert (described["nacka", "population"], described["vejle", "population"]) == ("Q946647", "Q27116")
    assert described["vejle", "area"] == described["nacka", "area"] == described["xinying", "area"] == ""


def test_the_page_prints_eight_web_sites_and_no_unconfirmed_identifier_is_given(release: Release) -> None:
    cities = {row["id"]: row for row in rows(release, "cities")}
    assert len(cities) == 15
    assert sum(bool(row["website"]) for row in cities.values()) == 8
    assert [city for city, row in cities.items() if not row["wikidata"]] == ["xinying"]
    assert cities["jelgava"]["wikidata"] == "Q179830"
    assert cities["xinying"]["name_native"] == "新營區"
    assert cities["parnu"]["name_lv"] == "Pērnava"


def test_exchanges_have_their_pupils_programmes_their_years_and_festivals_none_from_the_page(release: Release) -> None:
    activities = rows(release, "activities")
    people = {row["id"]: row["people"] for row in activities if row["people"]}
    assert people == {"rueil-malmaison-pupils-in-france": "140", "rueil-malmaison-pupils-in-jelgava": "116"}
    assert {row["programme"]: (row["from"], row["to"]) for row in activities if row["programme"]} == {
        "latvia-lithuania-cross-border-2007": ("2007", "2013"),
        "interreg-v-a-latvia-lithuania": ("2014", "2020"),
        "etonnante-lettonie": ("", ""),
        "printemps-francais": ("", ""),
    }


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
    graph += [(place, SDO.name, Literal("Reading", "en")), (place, SDO.name, Literal("Redinga", "lv"))]
    native = {town.slug: town.name_native for town in made_up.towns}
    assert (native["reading"], native["jelgava"], native["parnu"]) == ("Reading", "Jelgava", "Pärnu")
