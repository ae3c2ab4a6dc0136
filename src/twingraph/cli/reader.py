"""The commands of who uses the data: query and export."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.console import Console
from rich.table import Table

from twingraph.cli import options
from twingraph.cli.options import command, tell
from twingraph.curation.sources import read_text
from twingraph.errors import BadQuery, BadValue
from twingraph.query.engine import Engine
from twingraph.query.questions import check, question, questions, term
from twingraph.release import tables
from twingraph.release.folder import written
from twingraph.settings import QUADS
from twingraph.vocab import PREFIXES
from twingraph.words import text

if TYPE_CHECKING:
    from rdflib import Literal, URIRef

    from twingraph.query.engine import Answer

    Values = dict[str, URIRef | Literal]

_MEDIA_TYPES = {
    "table": ("application/sparql-results+json", "text/turtle"),
    "csv": ("text/csv", "text/turtle"),
    "tsv": ("text/tab-separated-values", "text/turtle"),
    "json": ("application/sparql-results+json", "application/ld+json"),
    "xml": ("application/sparql-results+xml", "application/rdf+xml"),
    "turtle": ("application/sparql-results+json", "text/turtle"),
}
"""What the engine is asked for by format: for solutions and for triples."""


@command("query")
@click.argument("query", required=False)
@click.option("--list", "listed", is_flag=True, help="Show the named queries and what they ask.")
@click.option(
    "--format",
    "form",
    type=click.Choice(list(_MEDIA_TYPES)),
    default="table",
    help="How the answer is written.",
)
@click.option(
    "--set",
    "values",
    multiple=True,
    metavar="NAME=VALUE",
    help="Ask of something else: --set place=alcamo, --set from=1990, --set word=mākslas.",
)
@options.release
@options.lang
@click.pass_context
def query(  # noqa: PLR0913, PLR0917 - as many as the command has options
    ctx: click.Context,
    query: str | None,
    listed: bool,  # noqa: FBT001
    form: str,
    values: tuple[str, ...],
    folder: Path | None,
    lang: str,
) -> None:
    """Answer a query on the release: the name of one (see --list), a file, or - for standard input.

    What a named one calls things is in the language of --lang.
    """
    if listed:
        _print_table(["query", "asks"], [[item.name, item.summary(lang)] for item in questions()])
    elif query is None:
        ctx.fail("Name a query, a file, or - for standard input; --list shows the named ones.")
    else:
        results, graphs = _MEDIA_TYPES[form]
        body, terms = _read(query, dict(map(_pair, values)), lang)
        with Engine(options.opened(folder).folder / QUADS, options.DEFAULTS) as engine:
            check(engine, terms)
            answer = engine.answer(body, results=results, graphs=graphs, values=terms)
        _show(answer, as_table=form in ("table", "turtle"))


@command("export")
@click.argument("target", type=options.FOLDER)
@click.option("--format", "form", type=click.Choice(["csv", "parquet", "geojson"]), default="csv", show_default=True)
@options.release
def export(target: Path, form: str, folder: Path | None) -> None:
    """Write the tables of the release (cities, agreements, areas, …) to a folder."""
    release = options.opened(folder)
    for path in written(target, tables.exports(form, release.load(), release.manifest["version"])):
        click.echo(path)


def _read(query: str, given: dict[str, str], language: str) -> tuple[str, Values]:
    """Give the query of a name or a file, or the one that stands in the input, and the values of its variables."""
    path = Path(query)
    if query != "-" and path.suffix != ".rq" and not path.is_file():
        named = question(query)
        return named.write(language), named.values(given)
    try:
        body = sys.stdin.buffer.read().decode() if query == "-" else read_text(path)
    except UnicodeDecodeError:
        raise BadQuery(text("The query is not UTF-8; save it as UTF-8 and ask again.")) from None
    return body, {name: term(value) for name, value in given.items()}


def _pair(given: str) -> tuple[str, str]:
    name, equals, value = given.partition("=")
    if not (name and equals and value):
        raise BadValue(text("--set %(given)s: write it as NAME=VALUE, such as place=alcamo.", given=given))
    return name, value


def _show(answer: Answer, *, as_table: bool) -> None:
    if not as_table or answer.kind == "triples":
        click.echo(answer.body, nl=not answer.body.endswith(b"\n"))
        return
    found = json.loads(answer.body)
    if answer.kind == "boolean":
        click.echo("yes" if found["boolean"] else "no")
        return
    names = found["head"]["vars"]
    rows = [[_cell(row.get(name)) for name in names] for row in found["results"]["bindings"]]
    _print_table(names, rows)
    tell(f"{len(rows)} rows")


def _cell(term: dict[str, str] | None) -> str:
    """Show a term for reading: literals without their type, IRIs by prefix where they have one."""
    value = term["value"] if term else ""
    if term and term["type"] == "uri":
        for prefix, namespace in PREFIXES.items():
            if value.startswith(namespace):
                return f"{prefix}:{value[len(namespace) :]}"
    return value


def _print_table(names: list[str], rows: list[list[str]]) -> None:
    console = Console(width=None if sys.stdout.isatty() else 160, highlight=False, markup=False)
    table = Table(*names, show_lines=False)
    for row in rows:
        table.add_row(*row)
    console.print(table)
