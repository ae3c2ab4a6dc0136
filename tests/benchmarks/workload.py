"""Twelve questions that every server is asked, of the real release and of a made-up large one."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import NamedTuple

PREFIXES = """\
PREFIX tg: <https://w3id.org/twingraph/ns#>
PREFIX place: <https://w3id.org/twingraph/id/place/>
PREFIX agreement: <https://w3id.org/twingraph/id/agreement/>
PREFIX area: <https://w3id.org/twingraph/id/area/>
PREFIX oa: <http://www.w3.org/ns/oa#>
PREFIX schema: <https://schema.org/>
"""
JSON = "application/sparql-results+json"
TRIPLES = "application/n-triples"

# DISTINCT, because some engines count a statement once for every named graph that holds it.
_TEXTS = {
    "lookup": "SELECT DISTINCT ?p ?o { TOWN ?p ?o }",
    "partners with dates": """SELECT DISTINCT ?partner ?name ?date ?earliest {
  ?agreement tg:party TOWN , ?partner ; tg:signed ?date ; tg:earliest ?earliest .
  ?partner schema:name ?name FILTER(?partner != TOWN && LANG(?name) = "en")
} ORDER BY ?earliest ?partner""",
    "twin of a twin": """SELECT DISTINCT ?town {
  TOWN tg:twinnedWith ?twin . ?twin tg:twinnedWith ?town FILTER(?town != TOWN)
}""",
    "by area": """SELECT DISTINCT ?agreement ?standing {
  ?mention tg:area AREA ; tg:mentionedIn ?agreement ; tg:standing ?standing
}""",
    "path": "SELECT DISTINCT ?town { TOWN tg:twinnedWith+ ?town FILTER(?town != TOWN) }",
    "per country": """SELECT ?country (COUNT(DISTINCT ?twin) AS ?twins) {
  TOWN tg:twinnedWith ?twin . ?twin schema:containedInPlace ?country
} GROUP BY ?country""",
    "regex on labels": """SELECT DISTINCT ?town ?name {
  ?town a schema:City ; schema:name ?name FILTER(REGEX(STR(?name), "WORD", "i"))
}""",
    "top by number of twins": """SELECT ?town (COUNT(DISTINCT ?twin) AS ?twins) {
  ?town tg:twinnedWith ?twin
} GROUP BY ?town ORDER BY DESC(?twins) ?town LIMIT 5""",
    "CONSTRUCT of a town": """CONSTRUCT { ?subject ?property ?value } {
  { TOWN ?property ?value BIND(TOWN AS ?subject) } UNION { ?subject tg:party TOWN ; ?property ?value }
}""",
    "count": "SELECT (COUNT(DISTINCT ?tie) AS ?ties) { ?tie a tg:Twinning }",
    "figures": """SELECT DISTINCT ?figure ?printed ?assessment {
  ?figure schema:observationAbout TOWN ; tg:asPrinted ?printed ; tg:assessment ?assessment
}""",
    "quotes of an agreement": """SELECT DISTINCT ?property ?value ?sentence {
  GRAPH ?quote { AGREEMENT ?property ?value } ?quote oa:exact ?sentence
}""",
}


class About(NamedTuple):
    """What the questions are asked about: prefixed names, and a part of a town's name."""

    town: str
    area: str
    agreement: str
    word: str


@dataclass(frozen=True, slots=True)
class Query:
    """One question: what it is called, its text, and the media type its answer is asked for in."""

    name: str
    text: str
    media_type: str


def queries(about: About) -> tuple[Query, ...]:
    """Give the twelve questions."""
    return tuple(_query(name, text, about) for name, text in _TEXTS.items())


def rows(media_type: str, body: bytes) -> list[str]:
    """Give an answer as lines that are equal where answers are; raises ValueError where it is none.

    Types of literals do not count: some engines write xsd:string and some other numbers their own way.
    """
    if media_type == TRIPLES:
        lines = body.decode().splitlines()
        if not all(line.endswith(".") for line in lines):
            message = "This is no N-Triples."
            raise ValueError(message)
        return [*sorted({line.split(maxsplit=2)[1] for line in lines}), str(len(set(lines)))]
    found = json.loads(body)["results"]["bindings"]
    return sorted(json.dumps({name: term["value"] for name, term in row.items()}, sort_keys=True) for row in found)


def _query(name: str, text: str, about: About) -> Query:
    for placeholder, value in zip(("TOWN", "AREA", "AGREEMENT", "WORD"), about, strict=True):
        text = text.replace(placeholder, value)
    used = (line for line in PREFIXES.splitlines() if f"{line.split()[1]}" in text)
    return Query(name, "\n".join((*used, text)), TRIPLES if "CONSTRUCT" in text else JSON)
