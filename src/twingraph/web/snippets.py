"""Programs that ask a query of the endpoint, to be copied: for curl, Python, pandas and R."""

from __future__ import annotations

import json
import shlex
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable


class Snippet(NamedTuple):
    """A program, and what runs it."""

    name: str
    text: str


def snippets(kind: str, endpoint: str, query: str) -> list[Snippet]:
    """Give programs that ask a query.

    kind: of its answer, `solutions`, `boolean` or `triples`; endpoint: its address. A table is read by all of them,
    truth and triples by those that have a type for them.
    """
    text = query.replace("\r\n", "\n").strip("\n")
    made: list[tuple[str, Callable[[str, str, str], str]]] = [("curl", _curl), ("Python", _PYTHON[kind])]
    if kind == "solutions":
        made += [("Python, pandas", _pandas), ("R", _r)]
    return [Snippet(name, make(kind, endpoint, text)) for name, make in made]


_ACCEPT = {
    "solutions": "text/csv",
    "boolean": "application/sparql-results+json",
    "triples": "text/turtle",
}


def _curl(kind: str, endpoint: str, query: str) -> str:
    """Let the shell hand the query over as it stands, up to a line that is not in it."""
    end = _absent("SPARQL", query)
    address = shlex.quote(endpoint)
    return f"curl -G -H 'Accept: {_ACCEPT[kind]}' --data-urlencode query@- {address} <<'{end}'\n{query}\n{end}\n"


def _python(_: str, endpoint: str, query: str) -> str:
    return (
        "from SPARQLWrapper import JSON, SPARQLWrapper\n\n"
        f"query = {_triple_quoted(query)}\n"
        f"client = SPARQLWrapper({json.dumps(endpoint)}, returnFormat=JSON)\n"
        "client.setQuery(query)\n"
    )


def _python_rows(kind: str, endpoint: str, query: str) -> str:
    return (
        f'{_python(kind, endpoint, query)}for row in client.queryAndConvert()["results"]["bindings"]:\n'
        '    print({name: term["value"] for name, term in row.items()})\n'
    )


def _python_truth(kind: str, endpoint: str, query: str) -> str:
    return f'{_python(kind, endpoint, query)}print(client.queryAndConvert()["boolean"])\n'


def _python_graph(_: str, endpoint: str, query: str) -> str:
    return (
        "from urllib.parse import urlencode\n\nfrom rdflib import Graph\n\n"
        f"query = {_triple_quoted(query)}\n"
        f'address = {json.dumps(endpoint)} + "?" + urlencode({{"query": query, "format": "turtle"}})\n'
        'graph = Graph().parse(address, format="turtle")\nprint(len(graph))\n'
    )


_PYTHON = {"solutions": _python_rows, "boolean": _python_truth, "triples": _python_graph}


def _pandas(_: str, endpoint: str, query: str) -> str:
    return (
        "from urllib.parse import urlencode\n\nimport pandas as pd\n\n"
        f"query = {_triple_quoted(query)}\n"
        f'address = {json.dumps(endpoint)} + "?" + urlencode({{"query": query, "format": "csv"}})\n'
        "table = pd.read_csv(address)\nprint(table)\n"
    )


def _r(_: str, endpoint: str, query: str) -> str:
    """Write raw strings, which R has from 4.0 on: nothing in them means anything but itself."""
    dashes = "-"
    while f'){dashes}"' in query:
        dashes += "-"
    return (
        f'query <- r"{dashes}(\n{query}\n){dashes}"\n'
        f'address <- paste0({json.dumps(endpoint)}, "?format=csv&query=", URLencode(query, reserved = TRUE))\n'
        'table <- read.csv(address, encoding = "UTF-8")\nprint(table)\n'
    )


def _triple_quoted(query: str) -> str:
    inner = query.replace("\\", "\\\\").replace('"""', '\\"\\"\\"')
    return f'"""\n{inner}\n"""'


def _absent(word: str, text: str) -> str:
    while word in text.splitlines():
        word += "_"
    return word
