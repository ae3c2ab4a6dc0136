"""What a catalogue has to know of a release, read from its data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from rdflib import Literal, URIRef
from rdflib.namespace import DCTERMS, RDF, SDO, XSD

from twingraph.curation.graph import text_of
from twingraph.release.distributions import Words
from twingraph.release.history import notes
from twingraph.vocab import DCAT, EU_AUTHORITY, LICENCE_TYPE, TG

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rdflib import Graph
    from rdflib.term import Node

    from twingraph.release.distributions import Distribution
    from twingraph.release.history import Version
    from twingraph.release.publisher import Publisher

_LICENCES = {
    "https://creativecommons.org/publicdomain/zero/1.0/": ("CC0", "Creative Commons CCZero", "PublicDomain"),
    "https://creativecommons.org/licenses/by/4.0/": ("CC_BY_4_0", "Creative Commons Attribution", "Attribution"),
}
"""The EU's code, the title by which CKAN knows the licence, and its type by ADMS; a rule allows no other licence."""


class Licence(NamedTuple):
    """A licence by the EU's IRI, with the title by which CKAN knows it, and its type."""

    iri: URIRef
    title: str
    kind: URIRef


@dataclass(frozen=True, slots=True)
class Entry:
    """A release as a catalogue lists it.

    facts: all that it states, merged, which must keep the rules for data; files: those that are the data;
    modified: when it was made, an xsd:dateTime; history: its versions.
    """

    dataset: URIRef
    facts: Graph
    files: Sequence[Distribution]
    publisher: Publisher
    modified: str
    history: Sequence[Version]

    def text(self, term: Node) -> str:
        """Give the value of a property of the dataset, "" where it has none."""
        return text_of(self.facts, self.dataset, term)

    @property
    def issued(self) -> str:
        """The day on which the dataset first came out, an xsd:date."""
        return self.text(DCTERMS.issued)

    @property
    def is_first(self) -> bool:
        """Whether it has not been changed since that day."""
        return self.modified.startswith(self.issued)

    @property
    def notes(self) -> list[Literal]:
        """What changed with this version, one text in each language."""
        return notes(self.history, self.version)

    @property
    def licence(self) -> Licence:
        """The licence of the facts; of what is quoted there is none."""
        code, title, kind = _LICENCES[self.text(DCTERMS.license)]
        return Licence(EU_AUTHORITY[f"licence/{code}"], title, LICENCE_TYPE[kind])

    @property
    def sources(self) -> list[Node]:
        """The pages that the data are from."""
        return sorted(self.facts.subjects(RDF.type, SDO.WebPage), key=str)

    @property
    def notices(self) -> Words:
        """What the sources say of the rights in their words."""
        told = [text for source in self.sources for text in self.facts.objects(source, SDO.copyrightNotice)]
        return Words(*(" ".join(sorted(set(_in(language, told)))) for language in ("en", "lv")))

    @property
    def names(self) -> list[Literal]:
        """The names of the places whose partners are listed, in English and Latvian."""
        names = (name for home in self._homes for name in self.facts.objects(home, SDO.name))
        return [name for name in names if isinstance(name, Literal) and name.language in {"en", "lv"}]

    @property
    def countries(self) -> list[URIRef]:
        """The countries of those places, by the EU's IRIs."""
        countries = (country for home in self._homes for country in self.facts.objects(home, SDO.containedInPlace))
        same = (URIRef(str(iri)) for country in countries for iri in self.facts.objects(country, SDO.sameAs))
        return sorted({iri for iri in same if iri.startswith(EU_AUTHORITY)})

    @property
    def box(self) -> tuple[str, str]:
        """The box around all towns and its middle, as well-known text, longitude first."""
        south, north = _ends(self.facts, SDO.latitude, SDO.latitude)
        west, east = _ends(self.facts, SDO.longitude, SDO.longitude)
        corners = ((west, south), (east, south), (east, north), (west, north), (west, south))
        around = ", ".join(f"{x} {y}" for x, y in corners)
        middle = f"{(float(west) + float(east)) / 2:.4f} {(float(south) + float(north)) / 2:.4f}"
        return f"POLYGON(({around}))", f"POINT({middle})"

    @property
    def period(self) -> tuple[Literal, Literal]:
        """The first day and the last on which anything may have been that is dated."""
        first, last = _ends(self.facts, TG.earliest, TG.latest)
        return Literal(first, datatype=XSD.date), Literal(last, datatype=XSD.date)

    @property
    def version(self) -> str:
        """The version of the data."""
        return self.text(DCAT.version)

    @property
    def _homes(self) -> list[Node]:
        homes = {home for source in self.sources for home in self.facts.objects(source, SDO.about)}
        return sorted(homes, key=str)


def _in(language: str, texts: Sequence[Node]) -> list[str]:
    return [str(text) for text in texts if isinstance(text, Literal) and text.language == language]


def _ends(facts: Graph, least: Node, most: Node) -> tuple[Literal, Literal]:
    """Give the least value of one property and the greatest of another."""
    values = [[value for value in facts.objects(None, term) if isinstance(value, Literal)] for term in (least, most)]
    return min(values[0]), max(values[1])
