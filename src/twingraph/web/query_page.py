"""The query page: a query, its answer as people read it, programs that ask the same, and what an editor completes."""

from __future__ import annotations

import json
import shlex
from typing import TYPE_CHECKING, Any, TypedDict

from flask import Blueprint, Response, jsonify, render_template, request, url_for

from twingraph.errors import BadQuery, TwingraphError
from twingraph.query.questions import check, question, questions
from twingraph.query.sparql import changes
from twingraph.vocab import PREFIXES, curie
from twingraph.web import layout
from twingraph.web.language import gettext as _
from twingraph.web.language import language
from twingraph.web.pictures import answers
from twingraph.web.service import rows, service, site
from twingraph.words import text

if TYPE_CHECKING:
    from twingraph.query.engine import Answer
    from twingraph.query.questions import Question

blueprint = Blueprint("query", __name__)

LONGEST_PAGE = 1 << 20
"""Bytes of an answer up to which a browser is shown it as a page; a longer one is for a file."""
LONGEST_ADDRESS = 60_000
"""Characters of an address that servers and proxies still take."""
EDITOR = ("editor/yasqe.min.css", "editor/yasqe.min.js")
"""The style and script of the editor, which are here if they could be fetched when the wheel was built."""
FORMATS = {
    "solutions": ("csv", "tsv", "json", "xml"),
    "boolean": ("json", "xml"),
    "triples": ("turtle", "nt", "jsonld", "rdf"),
}
"""The formats that each kind of answer can be taken in, by the names that the endpoint knows them by."""
_ACCEPT = {"solutions": "text/csv", "boolean": "application/sparql-results+json", "triples": "text/turtle"}
EXAMPLE = """\
SELECT ?agreement ?signed ?sentence WHERE {
  GRAPH ?quote { ?agreement a tg:Agreement ; tg:signed ?signed }
  ?quote oa:exact ?sentence
}
ORDER BY ?agreement
"""
"""The query to begin with."""


class Dataset(TypedDict):
    """The graphs that the protocol lets an asker name, for a query to see these and no others."""

    default_graphs: tuple[str, ...]
    named_graphs: tuple[str, ...]


WHOLE: Dataset = {"default_graphs": (), "named_graphs": ()}
"""All there are."""


@blueprint.get("/query")
@blueprint.get("/query/<name>")
def page(name: str | None = None) -> Response:
    """Show the answer to ?query=…, which is how a query is shared, or to a named one; without, a form to write in.

    A named one takes values for its parameters: /query/areas-of-one-town?place=como. Raises UnknownQuestion, BadValue.
    """
    if name is None:
        query = request.args.get("query", "")
        return answer(query) if query.strip() else form()
    named = question(name)
    given = {each.name: value for each in named.parameters if (value := request.args.get(each.name, "").strip())}
    values = named.values(given)
    check(service().engine, values)
    return answer(named.write(language(), values), named)


@blueprint.get("/query/terms.json")
def terms() -> Response:
    """Give what an editor completes: the prefixes, and the classes and properties by how often the data use them."""
    used = [
        {
            "kind": row["kind"],
            "iri": row["term"],
            "name": curie(row["term"]),
            "uses": int(row["uses"]),
            "label": row.get("term_label", ""),
        }
        for row in rows("classes-and-properties")
    ]
    return jsonify(prefixes=PREFIXES, terms=used)


@blueprint.app_template_global()
def query_address(name: str, **things: str) -> str:
    """Give the address of the page of a named query; things: the IRIs that it is asked of."""
    return url_for("query.page", name=name, **{variable: curie(iri) for variable, iri in things.items()})  # type: ignore[arg-type]


def form(**shown: Any) -> Response:  # noqa: ANN401 - whatever the template takes
    """Show a form with a query to begin with, and the named ones."""
    page = {
        "query": EXAMPLE,
        "editor": all(map(layout.static_version, EDITOR)),
        "examples": questions(),
        "prefixes": PREFIXES,
        "longest": LONGEST_ADDRESS,
    }
    return Response(render_template("query.html", **page | shown))


def answer(query: str, named: Question | None = None, dataset: Dataset = WHOLE) -> Response:
    """Show a query and its answer, or why there is none; named: the named query that this is."""
    try:
        if "\0" in query:
            # A browser drops it from the form, and a shell from a program to copy: both would ask something else.
            raise BadQuery(text("The query has a character U+0000, which no text can hold; remove it."))
        result = service().engine.answer(query, asker=request.remote_addr or "", **dataset)
    except TwingraphError as error:
        response = form(query=query.replace("\0", ""), question=named, refusal=error.message(language()))
        response.status_code = error.status
        if error.retry_after is not None:
            response.headers["Retry-After"] = str(error.retry_after)
        return response
    # The language of the page is no business of a file.
    of_file: dict[str, Any] = {
        "query": query,
        "lang": None,
        "default-graph-uri": dataset["default_graphs"],
        "named-graph-uri": dataset["named_graphs"],
    }
    response = form(
        query=query,
        question=named,
        files={each: url_for("sparql.ask", format=each, **of_file) for each in FORMATS[result.kind]},
        programs=_programs(result.kind, f"{site()}sparql", query),
        bytes=len(result.body),
        **_readable(result, query),
    )
    if named is None and (changes(query) or result.has_blank_nodes):
        response.headers["Cache-Control"] = "no-store"
    return response


def _programs(kind: str, endpoint: str, query: str) -> dict[str, str]:
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


def _readable(result: Answer, query: str) -> dict[str, Any]:
    """Give an answer as people read it; nothing of one that is too long for a page."""
    if len(result.body) > LONGEST_PAGE:
        return {}
    if result.kind == "triples":
        return {"turtle": result.body.decode()}
    content = json.loads(result.body)
    if result.kind == "boolean":
        return {"truth": content["boolean"]}
    table, hints = answers.read(content), []
    # What often explains an answer that is not what was expected.
    if not table.number and "http://schema.org/" in query:
        hints.append(_("The terms of schema.org begin with https here: https://schema.org/."))
    if "GROUP_CONCAT" in query.upper():
        hints.append(_("GROUP_CONCAT joins words: of anything else write GROUP_CONCAT(STR(?value))."))
    return {
        "table": table,
        "bars": answers.bars(table, language()),
        "spots": answers.spots(table, language()),
        "hints": hints,
    }
