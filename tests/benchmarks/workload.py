"""Twelve questions that every server is asked, of the real release and of a made-up large one."""

from __future__ import annotations

import json
import re
from typing import NamedTuple

from twingraph.vocab import PREFIXES

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


class Query(NamedTuple):
    """One question: what it is called, its text, and the media type its answer is asked for in."""

    name: str
    text: str
    media_type: str


def queries(**about: str) -> list[Query]:
    """Give the twelve questions; about: what TOWN, AREA, AGREEMENT and WORD stand for."""
    found = []
    for name, template in _TEXTS.items():
        text = re.sub("TOWN|AREA|AGREEMENT|WORD", lambda found: about[found[0].lower()], template)
        used = (f"PREFIX {prefix}: <{iri}>" for prefix, iri in PREFIXES.items() if f"{prefix}:" in text)
        found.append(Query(name, "\n".join((*used, text)), TRIPLES if "CONSTRUCT" in text else JSON))
    return found


def rows(media_type: str, body: bytes) -> list[str]:
    """Give an answer as lines that are equal where answers are; raises ValueError where it is none.

    Types of literals do not count: some engines write xsd:string and some other numbers their own way.
    """
    if media_type == TRIPLES:
        lines = set(body.decode().splitlines())
        return [*sorted({line.split(maxsplit=2)[1] for line in lines}), str(len(lines))]
    found = json.loads(body)["results"]["bindings"]
    return sorted(json.dumps({name: term["value"] for name, term in row.items()}, sort_keys=True) for row in found)
