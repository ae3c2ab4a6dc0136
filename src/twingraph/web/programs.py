"""Programs that ask a query of the endpoint, to be copied: for curl, Python, pandas and R."""

from __future__ import annotations

import json
import shlex

from flask import render_template

_ACCEPT = {"solutions": "text/csv", "boolean": "application/sparql-results+json", "triples": "text/turtle"}


def write(kind: str, endpoint: str, query: str) -> dict[str, str]:
    """Give programs that ask a query, by what runs them.

    kind: of its answer, `solutions`, `boolean` or `triples`; endpoint: its address. A table is read by all of them,
    truth and triples by those that have a type for them.
    """
    query, end, dashes = query.replace("\r\n", "\n").strip("\n"), "SPARQL", "-"
    # The shell hands the query over as it stands, up to a line that is not in it; R, up to a bracket that is not.
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
        "kind": kind,
        "python": f'"""\n{escaped}\n"""',
        "query": query,
        "shell": shlex.quote(endpoint),
    }
    texts = {"curl": "curl", "Python": "rdflib" if kind == "triples" else "client"}
    if kind == "solutions":
        texts |= {"Python, pandas": "pandas", "R": "r"}
    return {name: render_template(f"programs/{file}.txt", **values) + "\n" for name, file in texts.items()}
