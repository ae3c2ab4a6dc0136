"""Figures are read as they are printed: grouped, approximate, as a range, with words for thousands and millions."""

import tomllib
from pathlib import Path

import pyoxigraph
import pytest
from rdflib import SH, Graph

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
