"""The facts of a thing as its page lists them, each with the sentence, evidence or rule that states it."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any, NamedTuple

from flask import url_for
from rdflib.namespace import SDO

from twingraph.vocab import TG, WD, curie, kind_of, slug_of
from twingraph.web import terms
from twingraph.web.answers import rows
from twingraph.web.language import date, language, number
from twingraph.web.language import gettext as _
from twingraph.web.links import href
from twingraph.words import LANGUAGES

if TYPE_CHECKING:
    from flask import Flask

    from twingraph.web.answers import Row

_DATES = frozenset(map(str, (TG.signed, TG.since, SDO.startDate, SDO.endDate, SDO.observationDate)))
_NUMBERS = frozenset(map(str, (TG.participants, TG.likelyReading, SDO.value, SDO.latitude, SDO.longitude)))
# Of these all languages are of interest; anything else that comes in ours is shown in that of the page.
_NAMES = frozenset(map(str, (SDO.name, SDO.alternateName)))


class Ground(NamedTuple):
    """What states a fact: a named graph, what kind of thing that is, and the sentence or name that it goes by."""

    graph: str
    kind: str
    words: str


class Fact(NamedTuple):
    """A value, as it is shown, and what states it; iri: of a value that is a thing; language: of a value in words."""

    text: str
    iri: str
    language: str
    grounds: tuple[Ground, ...]


class Evidence(NamedTuple):
    """What vouches for a fact that no page states."""

    citations: tuple[str, ...]
    confidence: str
    comments: tuple[str, ...]


def tell(app: Flask) -> None:
    """Let the pages of an application tell the facts of things."""
    shared = (facts, evidence, rows, asked, shown, measure, href, terms.labels, terms.tongue)
    app.jinja_env.globals.update({each.__name__: each for each in shared}, kind_of_thing=terms.kind)


def facts(iri: str, *without: str) -> dict[str, list[Fact]]:
    """Give what is stated of a thing by property, as `schema:name`, in the order of a card.

    without: properties that the page shows in another way.
    """
    told: dict[str, list[Row]] = {}
    for row in filter(_is_spoken, rows("facts-of-one-thing", thing=iri)):
        told.setdefault(curie(row["property"]), []).append(row)
    return {term: _facts(told[term]) for term in terms.labels() if term in told and term not in without}


def evidence(iri: str) -> dict[str, Evidence]:
    """Give the evidence for what is stated of a thing, by the graph that states it."""
    told = groupby(rows("evidence-for-one-thing", thing=iri), key=lambda row: row["evidence"])
    return {graph: _evidence(list(said)) for graph, said in told}


def asked(name: str, **things: str) -> str:
    """Give the address of the query page with a named query; things: the IRIs that it is asked of."""
    values: dict[str, Any] = {variable: curie(iri) for variable, iri in things.items()}
    return url_for("query.page", name=name, **values)


def shown(term: str, value: str, named: str = "") -> str:
    """Write the value of a property for people; named: the name of a value that has one."""
    if named:
        return named
    if value.startswith(str(WD)) and term == str(SDO.measuredProperty):
        return measure(value)
    if term in _DATES:
        return date(value)
    if term in _NUMBERS:
        return number(value)
    if value.startswith(("http://", "https://")):
        return slug_of(value) if kind_of(value) else terms.elsewhere(value)
    return {"KMK": "km²", "IE": _("inhabitants")}.get(value, value)


def measure(iri: str) -> str:
    """Say what a figure measures."""
    return {str(WD.P2046): _("Surface area"), str(WD.P1082): _("Population")}.get(iri, terms.elsewhere(iri))


def _is_spoken(row: Row) -> bool:
    """Tell whether a statement is in the language of the page, or in none or a third one."""
    other = row.get("language") in set(LANGUAGES) - {language()}
    return row["property"] in _NAMES or not other


def _facts(said: list[Row]) -> list[Fact]:
    """Join what several graphs state alike."""
    alike: dict[tuple[str, str], list[Row]] = {}
    for row in said:
        alike.setdefault((row["value"], row.get("language", "")), []).append(row)
    return [_fact(each) for each in alike.values()]


def _fact(said: list[Row]) -> Fact:
    row = said[0]
    text = shown(row["property"], row["value"], row.get("value_label", ""))
    iri = row["value"] if row["value"].startswith(("http://", "https://")) else ""
    return Fact(text, iri, row.get("language", ""), tuple(map(_ground, said)))


def _ground(row: Row) -> Ground:
    graph = row["stated_in"]
    return Ground(graph, kind_of(graph) or "", row.get("sentence") or row.get("stated_in_label", ""))


def _evidence(said: list[Row]) -> Evidence:
    comments = dict.fromkeys(row.get("comment", "") for row in said)
    citations = dict.fromkeys(row["citation"] for row in said)
    return Evidence(tuple(citations), said[0]["confidence_label"], tuple(filter(None, comments)))
