"""The query page: a query, its answer as people read it, programs that ask the same, and what an editor completes."""

from __future__ import annotations

import json
import re
import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from flask import Blueprint, Response, jsonify, redirect, render_template, request, url_for

from twingraph.errors import BadQuery, TwingraphError
from twingraph.query.evaluation import changes
from twingraph.query.questions import check, former, question, questions
from twingraph.vocab import curie, prefixes
from twingraph.web import http
from twingraph.web.http import href
from twingraph.web.language import gettext as _
from twingraph.web.language import language
from twingraph.web.pictures import EUROPE, WORLD
from twingraph.web.service import rows, service, site
from twingraph.words import text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from werkzeug.wrappers import Response as AnyResponse

    from twingraph.query.engine import Answer
    from twingraph.query.questions import Question
    from twingraph.web.pictures import Point, View

    Graphs = tuple[tuple[str, ...], tuple[str, ...]]

blueprint = Blueprint("query", __name__)

LONGEST_PAGE, LONGEST_ADDRESS = 1 << 20, 60_000
"""Bytes of an answer that is no file yet but a page, and characters of an address that servers and proxies take."""
MOST_ROWS, MOST_CELLS = 5_000, 50_000
"""How much of a table a page shows: a million cells take a browser, and the server before it, to its knees."""
FEWEST, MOST = 2, 60
"""How many bars make a picture: one compares nothing, and more are no longer looked through."""
LONGEST_NAME = 60
"""Letters of what still names a row; a sentence does not."""
EDITOR = ("editor/yasqe.min.css", "editor/yasqe.min.js")
"""The style and script of the editor, which are here if they could be fetched when the wheel was built."""
FORMATS = {
    "solutions": ("csv", "tsv", "json", "xml"),
    "boolean": ("json", "xml"),
    "triples": ("turtle", "nt", "jsonld", "rdf"),
}
"""The formats that each kind of answer can be taken in, by the names that the endpoint knows them by."""

_ENDINGS = {"turtle": "ttl", "n-triples": "nt", "n-quads": "nq", "ld+json": "jsonld", "rdf+xml": "rdf"}
_ENDINGS |= {"tab-separated-values": "tsv"}
"""The endings of files by their media subtypes, where these do not end with them."""
_ACCEPT = {"solutions": "text/csv", "boolean": "application/sparql-results+json", "triples": "text/turtle"}
_XSD = "http://www.w3.org/2001/XMLSchema#"
_NUMBER = re.compile(rf"{_XSD}(?:integer|decimal|double|float|int|long|short|byte|(?:unsigned|non|posi|nega)\w+)")
_FINITE = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?", re.ASCII)
_LATITUDE, _LONGITUDE = re.compile(r"(?:.*_)?lat(?:itude)?"), re.compile(r"(?:.*_)?long?(?:itude)?")
# Numbers that say when or where and not how much: to draw them from nought would say nothing.
_PLACE = re.compile(r"(?:.*_)?(?:year|years|start|end|from|to|lat|latitude|lon|long|longitude|position)(?:_.*)?")


@blueprint.get("/query")
@blueprint.get("/query/<name>")
def page(name: str | None = None) -> AnyResponse:
    """Show the answer to ?query=…, or to a named one of ?place=como, say; else a form. Raises NotFound, BadValue.

    With a format (&format=csv) the answer to a named one is a file of its name. A former name leads to that of today.
    """
    if name is None:
        query = request.args.get("query", "")
        return answer(query) if query.strip() else form()
    if today := former(name):
        kept = {**today[1], **request.args.to_dict(flat=False)}
        return redirect(url_for(".page", name=today[0], **kept), 308)  # type: ignore[arg-type]
    named = question(name, service().defaults)
    given = {each: value for each in named.parameters if (value := request.args.get(each, "").strip())}
    values = named.values(given)
    check(service().engine, values)
    query, formats = named.write(language(), values), request.args.getlist("format")
    if not any(http.named(*formats)):
        return answer(query, named)
    choice = http.choose(None, *formats)
    found = service().engine.answer(
        query, results=choice.results, graphs=choice.graphs, asker=request.remote_addr or ""
    )
    response = Response(found.body, content_type=http.content_type(found.media_type))
    subtype = found.media_type.partition("/")[2]
    ending = _ENDINGS.get(subtype, subtype.rpartition("+")[2])
    response.headers.set("Content-Disposition", "inline", filename=f"{name}.{ending}")
    return response


@blueprint.get("/query/terms.json")
def terms() -> Response:
    """Give what an editor completes: the prefixes, and the classes and properties by how often the data use them."""
    used = [
        {"kind": row["kind"], "iri": row["term"], "name": curie(row["term"])}
        | {"uses": int(row["uses"]), "label": row.get("term_label", "")}
        for row in rows("classes-and-properties")
    ]
    return jsonify(prefixes=prefixes(), terms=used)


@blueprint.app_template_global()
def query_address(name: str, **things: str) -> str:
    """Give the address of the page of a named query; things: the IRIs that it is asked of."""
    return url_for("query.page", name=name, **{variable: curie(iri) for variable, iri in things.items()})  # type: ignore[arg-type]


@blueprint.app_template_global()
def query_summary(name: str) -> str:
    """Say what a named query asks, in the language of the page."""
    return question(name).summaries[language()]


def form(**shown: Any) -> Response:  # noqa: ANN401 - whatever the template takes
    """Show a form with a query to begin with, and the named ones."""
    page = {"examples": questions(), "prefixes": prefixes(), "longest": LONGEST_ADDRESS}
    has_editor = all(map(http.static_version, EDITOR))
    return Response(render_template("query.html", editor=has_editor, **page | shown))


def answer(query: str, named: Question | None = None, graphs: Graphs = ((), ())) -> Response:
    """Show a query and its answer, or why there is none.

    named: the named query that this is; graphs: the default and the named ones that are all it sees, if there are any.
    """
    default_graphs, named_graphs = graphs
    try:
        if "\0" in query:
            # A browser drops it from the form, and a shell from a program to copy: both would ask something else.
            raise BadQuery(text("The query has a character U+0000, which no text can hold; remove it."))
        asker = request.remote_addr or ""
        result = service().engine.answer(query, asker=asker, default_graphs=default_graphs, named_graphs=named_graphs)
    except TwingraphError as error:
        response = form(query=query.replace("\0", ""), question=named, refusal=error.text.in_language(language()))
        response.status_code = error.status
        if error.retry_after is not None:
            response.headers["Retry-After"] = str(error.retry_after)
        return response
    # The language of the page is no business of a file, but that of a named query is its own.
    of_file: dict[str, Any] = {"query": query, "lang": None}
    of_file |= {"default-graph-uri": default_graphs, "named-graph-uri": named_graphs}
    if named:
        of_file = {"name": named.name, "lang": language(), **request.args}
    response = form(
        query=query,
        question=named,
        files={
            each: url_for("query.page" if named else "sparql.ask", **of_file | {"format": each})
            for each in FORMATS[result.kind]
        },
        programs=_programs(result.kind, f"{site()}sparql", query),
        bytes=len(result.body),
        **_readable(result, query),
    )
    if named is None and (changes(query) or result.has_blank_nodes):
        response.headers["Cache-Control"] = "no-store"
    return response


def _programs(kind: str, endpoint: str, query: str) -> dict[str, str]:
    """Give programs that ask a query, by what runs them: all for a table, for truth and triples those with a type."""
    query, end, dashes = query.replace("\r\n", "\n").strip("\n"), "SPARQL", "-"
    # The shell hands the query over as it stands, up to a line that is not in it; R, up to a bracket that is not.
    while end in query.splitlines():
        end += "_"
    while f'){dashes}"' in query:
        dashes += "-"
    escaped = query.replace("\\", "\\\\").replace('"""', '\\"\\"\\"')
    values = {"accept": _ACCEPT[kind], "address": json.dumps(endpoint), "dashes": dashes, "end": end, "kind": kind}
    values |= {"python": f'"""\n{escaped}\n"""', "query": query, "shell": shlex.quote(endpoint)}
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
    table, hints = read(content), []
    # What often explains an answer that is not what was expected.
    if not table.number and "http://schema.org/" in query:
        hints.append(_("The terms of schema.org begin with https here: https://schema.org/."))
    if not table.number and "wdt:" in query:
        hints.append(_("No statement of Wikidata is here (wdt:): our things name their items with schema:sameAs."))
    if "GROUP_CONCAT" in query.upper():
        hints.append(_("GROUP_CONCAT joins words: of anything else write GROUP_CONCAT(STR(?value))."))
    return {"table": table, "bars": bars(table, language()), "spots": spots(table, language()), "hints": hints}


class Cell(NamedTuple):
    """A value: how it is written, where it leads, in which language it is, and whether it is a number."""

    text: str
    address: str = ""
    language: str = ""
    is_number: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """What a page shows of an answer, by rows and by columns, and the number of all rows; None is no value."""

    rows: list[list[Cell | None]]
    columns: dict[str, list[Cell | None]]
    number: int

    def is_numeric(self, name: str) -> bool:
        """Tell whether a column holds numbers and nothing else, and one at least."""
        cells = [cell for cell in self.columns[name] if cell]
        return bool(cells) and all(cell.is_number for cell in cells)


def read(results: Mapping[str, Any]) -> Table:
    """Read the results of a SELECT (SPARQL 1.1 Query Results JSON Format), as many as a page shows."""
    names, bindings = results["head"]["vars"], results["results"]["bindings"]
    most = min(MOST_ROWS, MOST_CELLS // max(len(names), 1))
    rows = [[_cell(row[name]) if name in row else None for name in names] for row in bindings[:most]]
    return Table(rows, {name: [row[at] for row in rows] for at, name in enumerate(names)}, len(bindings))


def bars(table: Table, language: str) -> tuple[str, str, list[tuple[Cell, Cell, float]]] | None:
    """Give what the first numbers that tell how much, and the first names in a language, are called, and bars of them.

    A bar: a name, its number, and the share of that in the greatest, in per cent. None if there is nothing to draw.
    """
    value = next((each for each in table.columns if table.is_numeric(each) and not _PLACE.fullmatch(each.lower())), "")
    names = _naming(table, language)
    if not value or not names or table.number > len(table.rows):
        return None
    pairs = dict.fromkeys(zip(table.columns[names[0]], table.columns[value], strict=True))
    numbers = [(cell, number, float(number.text)) for cell, number in pairs if cell and number]
    sizes = [size for _, _, size in numbers]
    if not FEWEST <= len(sizes) <= MOST or max(sizes) <= 0 or min(sizes) < 0:
        return None
    return value, names[0], [(cell, number, round(100 * size / max(sizes), 2)) for cell, number, size in numbers]


def spots(table: Table, language: str) -> tuple[View, dict[str, Point]] | None:
    """Give where the rows with a latitude, a longitude and a name stand on a map that holds them all; None for none.

    Of several names, that is taken which tells the most places apart.
    """
    axes, candidates = [], []
    for called, most in ((_LONGITUDE, 180), (_LATITUDE, 90)):
        axis = next((each for each in table.columns if called.fullmatch(each.lower()) and table.is_numeric(each)), None)
        if axis is None or any(abs(float(cell.text)) > most for cell in table.columns[axis] if cell):
            return None
        axes.append(table.columns[axis])
    for name in _naming(table, language):
        cells = zip(table.columns[name], *axes, strict=True)
        candidates.append({cell.text: (float(x.text), float(y.text)) for cell, x, y in cells if cell and x and y})
    places = min(candidates, key=lambda each: (len(each) - len(set(each.values())), -len(each)), default={})
    if not places or table.number > len(table.rows):
        return None
    view = EUROPE if all(EUROPE.holds(*EUROPE.point(*place)) for place in places.values()) else WORLD
    return view, {name: view.point(*place) for name, place in places.items()}


def _naming(table: Table, language: str) -> list[str]:
    """Give the columns that name the rows: words in the language first, then other short words, then things."""
    ranks: dict[str, int] = {}
    for name, column in table.columns.items():
        cells = [cell for cell in column if cell]
        fits = (
            all(cell.language == language for cell in cells),
            not any(cell.address or cell.is_number for cell in cells),
            all(cell.address for cell in cells),
        )
        if any(fits) and 0 < max((len(cell.text) for cell in cells), default=0) <= LONGEST_NAME:
            ranks[name] = fits.index(True)
    return sorted(ranks, key=ranks.__getitem__)


def _cell(term: Mapping[str, str]) -> Cell:
    value = term["value"]
    if term["type"] == "uri":
        short = curie(value)
        return Cell(value if "%3A" in short else short, href(value))
    if term["type"] == "bnode":
        return Cell(f"_:{value}")
    is_number = _NUMBER.fullmatch(term.get("datatype", "")) and _FINITE.fullmatch(value)
    return Cell(value, is_number=True) if is_number else Cell(value, language=term.get("xml:lang", ""))
