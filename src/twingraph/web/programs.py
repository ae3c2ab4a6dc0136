"""Programs that ask a query of the endpoint, to be copied: for curl, Python, pandas and R."""

from __future__ import annotations

import json
import shlex

_ACCEPT = {"solutions": "text/csv", "boolean": "application/sparql-results+json", "triples": "text/turtle"}
# The shell hands the query over as it stands, up to a line that is not in it.
_CURL = """\
curl -G -H 'Accept: {accept}' --data-urlencode query@- {shell} <<'{end}'
{query}
{end}
"""
_CLIENT = """\
from SPARQLWrapper import JSON, SPARQLWrapper

query = {python}
client = SPARQLWrapper({address}, returnFormat=JSON)
client.setQuery(query)
"""
_ROWS = """\
for row in client.queryAndConvert()["results"]["bindings"]:
    print({{name: term["value"] for name, term in row.items()}})
"""
_TRUTH = """\
print(client.queryAndConvert()["boolean"])
"""
_GRAPH = """\
from urllib.parse import urlencode

from rdflib import Graph

query = {python}
address = {address} + "?" + urlencode({{"query": query, "format": "turtle"}})
graph = Graph().parse(address, format="turtle")
print(len(graph))
"""
# Only an empty cell is missing: NA is the code of Namibia.
_PANDAS = """\
from urllib.parse import urlencode

import pandas as pd

query = {python}
address = {address} + "?" + urlencode({{"query": query, "format": "csv"}})
table = pd.read_csv(address, keep_default_na=False, na_values=[""], skip_blank_lines=False)
print(table)
"""
# Of raw strings, which R has from 4.0 on, nothing means anything but itself.
_R = """\
query <- r"{dashes}(
{query}
){dashes}"
address <- paste0({address}, "?format=csv&query=", URLencode(query, reserved = TRUE))
table <- read.csv(address, encoding = "UTF-8", na.strings = "", blank.lines.skip = FALSE)
print(table)
"""
_PYTHON = {"solutions": _CLIENT + _ROWS, "boolean": _CLIENT + _TRUTH, "triples": _GRAPH}


def programs(kind: str, endpoint: str, query: str) -> dict[str, str]:
    """Give programs that ask a query, by what runs them.

    kind: of its answer, `solutions`, `boolean` or `triples`; endpoint: its address. A table is read by all of them,
    truth and triples by those that have a type for them.
    """
    query, end, dashes = query.replace("\r\n", "\n").strip("\n"), "SPARQL", "-"
    while end in query.splitlines():
        end += "_"
    while f'){dashes}"' in query:
        dashes += "-"
    escaped = query.replace("\\", "\\\\").replace('"""', '\\"\\"\\"')
    values = {
        "accept": _ACCEPT[kind],
        "address": json.dumps(endpoint),
        "dashes": dashes,
        "end": end,
        "python": f'"""\n{escaped}\n"""',
        "query": query,
        "shell": shlex.quote(endpoint),
    }
    texts = {"curl": _CURL, "Python": _PYTHON[kind]}
    if kind == "solutions":
        texts |= {"Python, pandas": _PANDAS, "R": _R}
    return {name: each.format(**values) for name, each in texts.items()}
