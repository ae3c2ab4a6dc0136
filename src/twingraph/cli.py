"""The command line: build, validate, serve, query and export."""

from __future__ import annotations

import json
import os
import re
import sys
from dataclasses import fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.console import Console
from rich.table import Table

from twingraph import __version__, findings, publication, tables
from twingraph.engine import Engine
from twingraph.errors import BadQuery, BadValue, TwingraphError
from twingraph.exchange import Address
from twingraph.folders import written
from twingraph.questions import question, questions, term
from twingraph.release import Release, assemble, current_release, open_release, write
from twingraph.settings import QUADS, RELEASE, Settings
from twingraph.sources import read_text
from twingraph.vocab import PREFIXES, kind_of, slug_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from rdflib import Literal, URIRef

    from twingraph.engine import Answer

    Values = dict[str, URIRef | Literal]

_DEFAULTS = Settings()
_MEDIA_TYPES = {
    "table": ("application/sparql-results+json", "text/turtle"),
    "csv": ("text/csv", "text/turtle"),
    "tsv": ("text/tab-separated-values", "text/turtle"),
    "json": ("application/sparql-results+json", "application/ld+json"),
    "xml": ("application/sparql-results+xml", "application/rdf+xml"),
    "turtle": ("application/sparql-results+json", "text/turtle"),
}
"""What the engine is asked for by format: for solutions and for triples."""


class _Command(click.Command):
    """A command whose errors are told in a sentence, with the exit code of their class."""

    def invoke(self, ctx: click.Context) -> Any:  # noqa: ANN401 - as click has it
        try:
            return super().invoke(ctx)
        except TwingraphError as error:
            language = ctx.params.get("lang") or _language()
            word = "Kļūda" if language == "lv" else "Error"
            click.echo(f"{word}: {error.message(language)}", err=True)
            ctx.exit(error.exit_code)


class _Commands(click.Group):
    command_class = _Command


def _language() -> str:
    """Give the language of the terminal, so far as there are messages in it."""
    names = (os.environ.get(name, "") for name in ("LC_ALL", "LC_MESSAGES", "LANG"))
    return "lv" if next(filter(None, names), "").startswith("lv") else "en"


def _tell(text: str) -> None:
    click.echo(text, err=True)


_folder = click.Path(path_type=Path)
_inputs = click.option(
    "--inputs",
    type=_folder,
    default=_DEFAULTS.inputs,
    help="The folder that holds data/, ontology/ and shapes/.",
)
_lang = click.option("--lang", type=click.Choice(["en", "lv"]), default=_language, help="The language of messages.")
_form = click.option(
    "--format",
    "form",
    type=click.Choice(list(findings.FORMATS)),
    default="text",
    help="How findings are written.",
)
_release = click.option(
    "--release",
    "folder",
    type=_folder,
    help=f"The folder of a release; without it {RELEASE}/, made first if need be.",
)


def _limits(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command one option for each limit in `Settings`, told in its words."""
    told = dict(re.findall(r"^    (\w+): (.+)$", Settings.__doc__ or "", re.MULTILINE))
    for field in reversed(fields(Settings)):
        if field.name == "inputs":
            continue
        least = 0 if field.name in {"rate", "fresh_seconds", "proxies"} else 1
        kind = click.IntRange(least) if isinstance(field.default, int) else click.FloatRange(0, min_open=True)
        command = click.option(
            f"--{field.name.replace('_', '-')}",
            type=kind,
            default=field.default,
            show_default=True,
            help=re.sub(r"^.", lambda first: first[0].upper(), told.get(field.name, "")),
        )(command)
    return command


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__)
def main() -> None:
    """Keep a municipality's twin-towns page as linked data, every statement with its sentence."""


@main.command("build")
@_inputs
@click.option("--output", type=_folder, default=RELEASE, show_default=True, help="The folder to make the release in.")
@_lang
@_form
def _build(inputs: Path, output: Path, lang: str, form: str) -> None:
    """Make a release of the data, in the place of the last one."""
    built = assemble(inputs.absolute(), _tell)
    click.echo(findings.FORMATS[form](built.findings, lang), nl=False)
    _tell("write")
    manifest = write(built, output).manifest
    counts = manifest["counts"]
    _tell(f"{output}: release {manifest['version']}, {counts['triples']} statements, {counts['quotes']} quotes.")


@main.command("validate")
@_inputs
@_lang
@_form
@click.pass_context
def _validate(ctx: click.Context, inputs: Path, lang: str, form: str) -> None:
    """Hold the data against the shapes, and say what to mend and where; exit code 3 where a rule is broken."""
    built = assemble(inputs.absolute(), _tell)
    click.echo(findings.FORMATS[form](built.findings, lang), nl=False)
    ctx.exit(3 if findings.counts(built.findings)["Violation"] else 0)


@main.command("serve")
@_inputs
@click.option(
    "--release",
    "folder",
    type=_folder,
    default=RELEASE,
    show_default=True,
    help="Made first if missing or outdated.",
)
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen at.")
@click.option("--port", type=click.IntRange(1, 65535), default=8000, show_default=True, help="The port to listen at.")
@click.option("--engine", metavar="URL", help="The SPARQL endpoint of an engine elsewhere that answers the queries.")
@_limits
def _serve(
    inputs: Path,
    folder: Path,
    host: str,
    port: int,
    engine: str | None,
    **limits: Any,  # noqa: ANN401 - int or float
) -> None:
    """Serve the release: a SPARQL endpoint at /sparql, a page to ask at, and the dumps.

    With --engine, queries are answered by that engine, which must hold the release (see publish).
    """
    from twingraph.web.server import serve  # noqa: PLC0415 - the web server takes longer to load than a query

    release = current_release(inputs.absolute(), folder, _tell)
    settings, elsewhere = replace(_DEFAULTS, **limits), _address(engine) if engine else None
    if elsewhere:
        publication.check(release.folder / QUADS, elsewhere, settings)
    line = f"http://{host}:{port}/sparql answers queries on release {release.manifest['version']}. Ctrl-C ends it."
    serve(release.folder, settings, host, port, announce=lambda: _tell(line), elsewhere=elsewhere)


@main.command("publish")
@click.option("--engine", required=True, metavar="URL", help="The SPARQL endpoint of the engine.")
@click.option("--store", metavar="URL", help="Its graph store, a URL or a path; known for Oxigraph's and Virtuoso.")
@click.option("--everything", is_flag=True, help="Send all graphs, also those whose number of triples is right.")
@_release
def _publish(engine: str, store: str | None, everything: bool, folder: Path | None) -> None:  # noqa: FBT001
    """Load the release into an engine elsewhere, by the SPARQL 1.1 Graph Store Protocol.

    Only graphs whose number of triples differs are sent, so what was interrupted goes on where it ended.
    A name and password, if the engine wants them, come from TWINGRAPH_ENGINE_USER and TWINGRAPH_ENGINE_PASSWORD.
    """
    address = _address(engine)
    there = publication.target(address, store)
    done = publication.publish(_opened(folder).folder / QUADS, there, _DEFAULTS, _tell, everything=everything)
    _tell(f"{address.url}: {done.sent} graphs sent, {done.kept} left as they were, {done.removed} removed; counted.")
    if done.others:
        _tell(f"Queries there also see {len(done.others)} other graphs, such as <{done.others[0]}>.")


def _address(engine: str) -> Address:
    """Read the address of an engine; a name and password come from it or, better, from the environment."""
    user, password = (os.environ.get(f"TWINGRAPH_ENGINE_{name}") for name in ("USER", "PASSWORD"))
    return Address.read(engine, user, password)


@main.command("query")
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
@_release
@_lang
@click.pass_context
def _query(  # noqa: PLR0913, PLR0917 - as many as the command has options
    ctx: click.Context,
    query: str | None,
    listed: bool,  # noqa: FBT001
    form: str,
    values: tuple[str, ...],
    folder: Path | None,
    lang: str,
) -> None:
    """Answer a query on the release: the name of one (see --list), a file, or - for standard input."""
    if listed:
        _print_table(["query", "asks"], [[item.name, item.summary(lang)] for item in questions()])
    elif query is None:
        ctx.fail("Name a query, a file, or - for standard input; --list shows the named ones.")
    else:
        results, graphs = _MEDIA_TYPES[form]
        text, terms = _asked(query, dict(map(_pair, values)))
        with Engine(_opened(folder).folder / QUADS, _DEFAULTS) as engine:
            _check_known(engine, terms)
            answer = engine.answer(text, results=results, graphs=graphs, values=terms)
        _show(answer, as_table=form in ("table", "turtle"))


@main.command("export")
@click.argument("target", type=_folder)
@click.option("--format", "form", type=click.Choice(["csv", "parquet", "geojson"]), default="csv", show_default=True)
@_release
def _export(target: Path, form: str, folder: Path | None) -> None:
    """Write the tables of the release (cities, agreements, areas, …) to a folder."""
    release = _opened(folder)
    for path in written(target, tables.exports(form, release.load(), release.manifest["version"])):
        click.echo(path)


def _opened(folder: Path | None) -> Release:
    return current_release(_DEFAULTS.inputs, RELEASE, _tell) if folder is None else open_release(folder)


def _asked(query: str, given: dict[str, str]) -> tuple[str, Values]:
    """Give the query of a name or a file, or the one that stands in the input, and the values of its variables."""
    path = Path(query)
    if query != "-" and path.suffix != ".rq" and not path.is_file():
        named = question(query)
        return named.text, named.values(given)
    try:
        text = sys.stdin.buffer.read().decode() if query == "-" else read_text(path)
    except UnicodeDecodeError:
        raise BadQuery("The query is not UTF-8; save it as UTF-8 and ask again.") from None
    return text, {name: term(value) for name, value in given.items()}


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not (name and equals and value):
        raise BadValue(f"--set {text}: write it as NAME=VALUE, such as place=alcamo.")
    return name, value


def _check_known(engine: Engine, values: Values) -> None:
    """Raise BadValue for a thing of ours that the release does not hold: the answer would just be empty."""
    for value in values.values():
        if kind_of(value) and b"true" not in engine.answer(f"ASK {{ <{value}> ?p ?o }}").body:
            raise BadValue(f"There is no {kind_of(value)} {slug_of(value)!r} in this release.")


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
    _tell(f"{len(rows)} rows")


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
