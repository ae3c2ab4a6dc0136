"""The commands of who uses the data, or serves them to others: query, export, serve and publish."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from twingraph.cli import options
from twingraph.cli.options import command, tell
from twingraph.curation.sources import read_text
from twingraph.errors import BadQuery, BadValue
from twingraph.query.engine import open_engine
from twingraph.query.questions import check, question, questions, term
from twingraph.release import tables
from twingraph.release.build import open_or_build
from twingraph.release.folder import write
from twingraph.settings import RELEASE
from twingraph.vocab import PREFIXES
from twingraph.words import ntext, text

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from twingraph.query.engine import Answer

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
@options.choice(_MEDIA_TYPES, "How the answer is written.")
@click.option(
    "--set",
    "pairs",
    multiple=True,
    metavar="NAME=VALUE",
    help="Ask of something else: --set place=alcamo, --set from=1990, --set word=mākslas.",
)
@options.release
@options.lang
def query(  # noqa: PLR0913 - as many as the command has options
    *, query: str | None, listed: bool, form: str, pairs: tuple[str, ...], folder: Path | None, lang: str
) -> None:
    """Answer a query on the release: the name of one (see --list), a file, or - for standard input.

    What a named one calls things is in the language of --lang.
    """
    if listed:
        _print_table(["query", "asks"], ([item.name, item.summary(lang)] for item in questions()))
        return
    if query is None:
        raise BadValue(text("Name a query, a file, or - for standard input; --list shows the named ones."))
    given = {}
    for pair in pairs:
        name, equals, given[name] = pair.partition("=")
        if not (name and equals and given[name]):
            raise BadValue(text("--set %(given)s: write it as NAME=VALUE, such as place=alcamo.", given=pair))
    if query == "-" or query.endswith(".rq") or Path(query).is_file():
        body, terms = _read(query), {name: term(value) for name, value in given.items()}
    else:
        named = question(query)
        body, terms = named.write(lang), named.values(given)
    release, (results, graphs) = options.opened(folder), _MEDIA_TYPES[form]
    facts, *others = release.graphs
    with open_engine(facts, options.DEFAULTS, *others) as engine:
        check(engine, terms)
        answer = engine.answer(body, results=results, graphs=graphs, values=terms)
    _show(answer, as_table=form in {"table", "turtle"})


@command("export")
@click.argument("target", type=options.FOLDER)
@options.choice(tables.FORMS, "How the tables are written.")
@options.release
def export(target: Path, form: str, folder: Path | None) -> None:
    """Write the tables of the release (cities, agreements, areas, …) to a folder."""
    release = options.opened(folder)
    for path in write(target, tables.export(form, release.load(), release.manifest)):
        click.echo(path)


@command("serve")
@options.inputs
@options.folder("--release", "folder", default=RELEASE, show_default=True, help="Made first if there is none.")
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen at.")
@click.option("--port", type=click.IntRange(1, 65535), default=8000, show_default=True, help="The port to listen at.")
@click.option("--engine", metavar="URL", help="The SPARQL endpoint of an engine elsewhere that answers the queries.")
@click.option("--site", metavar="URL", default="", help="The public address of the server; else that of each request.")
@options.folder("--snapshot", help="What Wikidata said (see crosscheck), for /crosscheck.")
@options.reviews
@options.limits
def serve(
    *,
    inputs: Path,
    folder: Path,
    host: str,
    port: int,
    engine: str | None,
    **others: Any,  # noqa: ANN401 - as each setting has it
) -> None:
    """Serve the release: a SPARQL endpoint at /sparql, a page to ask at, and the dumps.

    With --engine, queries are answered by that engine, which must hold the release (see publish).
    """
    from twingraph.web.server import serve  # noqa: PLC0415 - the web server takes longer to load than a query

    settings, elsewhere = replace(options.DEFAULTS, **others), None
    release = open_or_build(inputs.absolute(), folder, tell)
    if engine:
        # A server with an engine of its own starts sooner without a client of others.
        from twingraph.query.publish import verify  # noqa: PLC0415
        from twingraph.query.remote import Address  # noqa: PLC0415

        elsewhere = Address.parse(engine)
        verify(release.graphs, elsewhere)
    address, number = f"http://{host}:{port}/sparql", release.manifest["version"]
    line = text("%(address)s answers queries on release %(number)s. Ctrl-C ends it.", address=address, number=number)
    serve(release.folder, settings, host, port, announce=lambda: tell(line), elsewhere=elsewhere)


@command("publish")
@click.option("--engine", required=True, metavar="URL", help="The SPARQL endpoint of the engine.")
@click.option("--store", metavar="URL", help="Its graph store, a URL or a path; known for Oxigraph's and Virtuoso.")
@click.option("--everything", is_flag=True, help="Send all graphs, also those whose number of triples is right.")
@options.release
def publish(*, engine: str, store: str | None, everything: bool, folder: Path | None) -> None:
    """Load the release into an engine elsewhere, by the SPARQL 1.1 Graph Store Protocol.

    Only graphs whose number of triples differs are sent, so what was interrupted goes on where it ended.
    A name and password, if the engine wants them, come from TWINGRAPH_ENGINE_USER and TWINGRAPH_ENGINE_PASSWORD.
    """
    from twingraph.query.publish import find_store, publish  # noqa: PLC0415 - it takes longer to load than a query
    from twingraph.query.remote import Address  # noqa: PLC0415

    address = Address.parse(engine)
    store_address, files = find_store(address, store), options.opened(folder).graphs
    done = publish(files, address, store_address, tell, everything=everything)
    values = {"engine": address.url, **done._asdict()}
    tell(text("%(engine)s: %(sent)s graphs sent, %(kept)s left as they were, %(removed)s removed; counted.", **values))
    if done.others:
        tell(text("Queries there also see other graphs, such as <%(name)s>.", name=done.others[0]))


def _read(query: str) -> str:
    """Read a query from a file, or from standard input; a byte order mark, as some editors write it, is none of it."""
    try:
        return (sys.stdin.buffer.read().decode() if query == "-" else read_text(Path(query))).removeprefix("\ufeff")
    except UnicodeDecodeError:
        raise BadQuery(text("The query is not UTF-8; save it as UTF-8 and ask again.")) from None


def _show(answer: Answer, *, as_table: bool) -> None:
    if not as_table or answer.kind == "triples":
        click.echo(answer.body, nl=not answer.body.endswith(b"\n"))
        return
    found = json.loads(answer.body)
    if answer.kind == "boolean":
        click.echo("yes" if found["boolean"] else "no")
        return
    names, rows = found["head"]["vars"], found["results"]["bindings"]
    _print_table(names, ([_write(row[name]) if name in row else "" for name in names] for row in rows))
    tell(ntext("%(number)s row", "%(number)s rows", len(rows)))


def _write(term: dict[str, str]) -> str:
    """Write a term for reading: literals without their type, IRIs by prefix where they have one."""
    value, prefixes = term["value"], PREFIXES.items() if term["type"] == "uri" else ()
    short = (f"{prefix}:{value[len(namespace) :]}" for prefix, namespace in prefixes if value.startswith(namespace))
    return next(short, value)


def _print_table(names: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    from rich.console import Console  # noqa: PLC0415 - a server does without, and starts sooner
    from rich.table import Table  # noqa: PLC0415

    table = Table(*names, show_lines=False)
    for row in rows:
        table.add_row(*row)
    Console(width=None if sys.stdout.isatty() else 160, highlight=False, markup=False).print(table)
