"""What is shown of what several sources say of one made-up thing."""

from __future__ import annotations

import pytest
from rdflib import PROV, RDF, SDO, Graph

from twingraph.curation.derive import derive
from twingraph.curation.graph import Curated
from twingraph.vocab import SHOWN, TG, prefixes, thing

IN_1995 = '; tg:statusDate "1995"^^xsd:gYear'
PREFIXES = "".join(f"@prefix {prefix}: <{iri}> .\n" for prefix, iri in prefixes().items())


def shown(kind: str, *claims: str) -> dict[str, list[str]]:
    """State claims of a made-up thing, each in evidence from a source of its own, a year later than the one before."""
    curated, made_up = Curated(), thing("agreement", "made-up")
    for number, claim in enumerate(claims):
        source, name = thing("source", f"made-up-{number}"), thing("evidence", f"made-up-{number}")
        stated = PREFIXES + f'<{made_up}> a {kind} ; {claim} . <{source}> tg:notBefore "{2000 + number}"^^xsd:gYear .'
        curated.state(name, Graph().parse(data=stated, format="turtle"))
        curated.state(source, [(source, RDF.type, SDO.WebPage), (name, PROV.hadPrimarySource, source)])
    derive(curated)
    found: dict[str, list[str]] = {}
    for term, value in curated.dataset.graph(SHOWN).predicate_objects(made_up):
        found.setdefault(str(term).rpartition("/")[2].rpartition("#")[2], []).append(str(value).rpartition("/")[2])
    bounds = [curated.merged.value(made_up, term) for term in (TG.earliest, TG.latest)]
    found["between"] = [str(bound) for bound in bounds if bound]
    return {term: sorted(values) for term, values in found.items()}


@pytest.mark.parametrize(
    ("claims", "term", "values", "stated_in"),
    [
        (('tg:signed "2002"^^xsd:gYear', 'tg:signed "2002-07-26"^^xsd:date'), "signed", ["2002-07-26"], ["made-up-1"]),
        (('tg:signed "2002-07"^^xsd:gYearMonth', 'tg:signed "2002"^^xsd:gYear'), "signed", ["2002-07"], ["made-up-0"]),
        (('tg:signed "2002"^^xsd:gYear', 'tg:signed "2002"^^xsd:gYear'), "signed", ["2002"], ["made-up-1"]),
        (
            ('tg:signed "2002-07-26"^^xsd:date', 'tg:signed "2003"^^xsd:gYear'),
            "signed",
            ["2002-07-26", "2003"],
            ["made-up-0", "made-up-1"],
        ),
        (("dct:type document:declaration", "dct:type document:unspecified"), "type", ["declaration"], ["made-up-1"]),
        (("schema:value 81", "schema:value 81.0"), "value", ["81"], ["made-up-0"]),
        (("schema:value 4530", "schema:value 4500 ; tg:approximate true"), "value", ["4530"], ["made-up-0"]),
        (("schema:value 4530", "schema:value 4531"), "value", ["4530", "4531"], ["made-up-0", "made-up-1"]),
    ],
)
def test_the_most_exact_of_what_agrees_is_shown_and_all_that_contradicts(
    claims: tuple[str, ...], term: str, values: list[str], stated_in: list[str]
) -> None:
    found = shown("schema:Observation" if term == "value" else "tg:Agreement", *claims)
    assert (found[term], found["statedIn"]) == (values, stated_in)


def test_where_dates_contradict_the_bounds_hold_both() -> None:
    found = shown("tg:Agreement", 'tg:signed "2002-07-26"^^xsd:date', 'tg:signed "2003"^^xsd:gYear')
    assert found["between"] == ["2002-07-26", "2003-12-31"]


@pytest.mark.parametrize(
    ("claims", "status", "as_of"),
    [
        (("tg:status status:suspended", 'tg:since "1990"^^xsd:gYear'), "suspended", "made-up-1"),
        ((f"tg:status status:suspended {IN_1995}", "tg:status status:resumed"), "resumed", "made-up-1"),
        (("tg:status status:renewed", f"tg:status status:ended {IN_1995}"), "renewed", "made-up-1"),
        (('tg:since "1990"^^xsd:gYear',), "in-force", "made-up-0"),
    ],
)
def test_a_tie_stands_as_the_latest_word_says_and_as_of_the_latest_source(
    claims: tuple[str, ...], status: str, as_of: str
) -> None:
    found = shown("tg:Twinning", *claims)
    assert (found["status"], found["asOf"]) == ([status], [as_of])
