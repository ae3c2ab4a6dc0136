"""Twelve questions that every server is asked, of the real release and of a made-up large one."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import NamedTuple

from twingraph.vocab import prefixes

JSON = "application/sparql-results+json"
TRIPLES = "application/n-triples"

# They say DISTINCT, because some engines count a statement once for every named graph that holds it.
_FILES = sorted((Path(__file__).parent / "queries").glob("*.rq"))


class Query(NamedTuple):
    """One question: what it is called, its text, and the media type its answer is asked for in."""

    name: str
    text: str
    media_type: str


def queries(**about: str) -> list[Query]:
    """Give the twelve questions; about: what TOWN, AREA, AGREEMENT and WORD stand for."""
    found = []
    for path in _FILES:
        template, name = path.read_text("utf-8").strip(), path.stem[3:].replace("-", " ")
        text = re.sub("TOWN|AREA|AGREEMENT|WORD", lambda found: about[found[0].lower()], template)
        used = (f"PREFIX {prefix}: <{iri}>" for prefix, iri in prefixes().items() if f"{prefix}:" in text)
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
