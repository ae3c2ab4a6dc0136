"""Questions to an engine, and its answers as rows."""

import json
from collections.abc import Mapping

import rdflib

from twingraph.query.engine import Engine
from twingraph.query.questions import question


def rows(
    engine: Engine, query: str, values: Mapping[str, rdflib.URIRef | rdflib.Literal] | None = None
) -> list[dict[str, str]]:
    """Give the values of each solution by the name of the variable; of triples, and of yes or no, in such rows too."""
    answer = engine.answer(query, values=values or {}, graphs="application/n-triples")
    if answer.kind == "triples":
        names, graph = ("subject", "property", "value"), rdflib.Graph().parse(data=answer.body, format="nt")
        return [dict(zip(names, map(str, triple), strict=True)) for triple in sorted(graph)]
    found = json.loads(answer.body)
    if "boolean" in found:
        return [{"holds": "true"}] * found["boolean"]
    return [{name: term["value"] for name, term in row.items()} for row in found["results"]["bindings"]]


def named(engine: Engine, name: str, labels: str = "en", **values: str) -> list[dict[str, str]]:
    """Ask a named query as the release publishes it, and not what the pages keep; labels: their language."""
    [published] = rows(engine, f"SELECT ?text {{ query:{name} sh:select|sh:ask|sh:construct ?text }}")
    return rows(engine, published["text"].replace('"en"', f'"{labels}"'), question(name).values(values))
