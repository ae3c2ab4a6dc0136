"""Figures are read as they are printed: grouped, approximate, as a range, with words for thousands and millions."""

import csv
import io
import tomllib
from pathlib import Path

import pyoxigraph
import pytest
from flask import Flask
from rdflib import SH, Graph

from conftest import client_of
from twingraph.release.folder import Release
from twingraph.settings import PACKAGED
from twingraph.vocab import SHAPE, prefixes

_READINGS = tomllib.loads(Path(__file__).with_name("readings.toml").read_text("utf-8"))["reading"]
CASES = [
    (printed, language, reading, readings is not row.get("no"))
    for row in _READINGS
    for printed in row["printed"]
    for language in [each for each in row if each not in {"printed", "no"}] or ["lv"]
    for readings in (row.get(language, []), row["no"])
    for reading in readings
]
SHAPES = Graph().parse(PACKAGED / "shapes/figure.ttl")
QUERY = str(SHAPES.value(SHAPES.value(SHAPE["Figure-reading"], SH.target), SH.select))


def stated(printed: str, language: str, reading: str) -> str:
    """Give a made-up figure in TriG: 75, about 75, from 70 to 75."""
    numbers, _, about = reading.partition(" ")
    least, _, most = numbers.partition("..")
    values = f"schema:minValue {least} ; schema:maxValue {most}" if most else f"schema:value {least}"
    approximate = " ; tg:approximate true" if about else ""
    return f"""source:made-up a prov:Bundle .
        source:made-up {{ figure:made-up tg:asPrinted "{printed}"@{language} ; {values}{approximate} . }}"""


@pytest.mark.parametrize(("printed", "language", "reading", "is_plain"), CASES)
def test_a_plain_reading_is_accepted_and_no_other(printed: str, language: str, reading: str, is_plain: bool) -> None:  # noqa: FBT001
    store, known = pyoxigraph.Store(), prefixes() | {"prov": "http://www.w3.org/ns/prov#"}
    head = "".join(f"@prefix {prefix}: <{namespace}> .\n" for prefix, namespace in known.items())
    store.load(head + stated(printed, language, reading), format=pyoxigraph.RdfFormat.TRIG)
    assert ([*store.query(QUERY, prefixes=known)] == []) is is_plain


@pytest.mark.parametrize(
    ("row", "en", "lv"),
    [
        ({"value": "75000"}, "75,000", "75\u00a0000"),
        ({"value": "75000", "approximate": "true"}, "about 75,000", "aptuveni 75\u00a0000"),
        ({"least": "70000", "most": "75000"}, "70,000–75,000", "70\u00a0000–75\u00a0000"),
        ({"least": "30.5", "most": "35", "approximate": "true"}, "about 30.5–35", "aptuveni 30,5–35"),
    ],
)
def test_a_page_shows_a_figure_as_exact_as_it_is(app: Flask, row: dict[str, str], en: str, lv: str) -> None:
    for language, words in (("en", en), ("lv", lv)):
        with app.test_request_context(f"/?lang={language}"):
            assert app.jinja_env.get_template("thing/macros.html").module.measured(row) == words


def test_ranges_words_of_any_language_and_what_has_no_date_are_on_pages(made_up_home: Release) -> None:
    with client_of(made_up_home) as client:
        assert "30–35 km²" in client.get("/doc/place/made-up-ranna.html?lang=en").text
        population = client.get("/doc/figure/made-up-upynas-population-2014.html?lang=lv").text
        assert ">74,600</span>" in population
        assert ">ap 75 tūkstošiem</span>" in population
        *_, last = client.get("/agreements?lang=en").text.split('<th scope="row">')
        assert "Made-up Līčupe – Made-up Rachansk</a>" in last
        assert "no date is known" in last
        assert (
            "/id/agreement/made-up-licupe-rachansk-declaration"
            in client.get("/?lang=en").text.split("Without a date")[1]
        )


def test_a_table_gives_a_range_by_its_ends_and_says_what_is_approximate(made_up_home: Release) -> None:
    figures = csv.DictReader(io.StringIO(made_up_home.read("tables/figures.csv").decode()))
    ranges = {(row["printed"], row["value"], row["approximate"], row["min"], row["max"]) for row in figures}
    assert {
        ("no 30 līdz 35 km2", "", "", "30", "35"),
        ("ap 75 tūkstošiem", "75000", "true", "", ""),
        ("1,2 miljoni", "1200000", "", "", ""),
    } <= ranges
