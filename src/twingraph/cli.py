"""The command line, for curators (build to diff), users of the data (query to publish), and editors (crosscheck)."""

from __future__ import annotations

import json
import os
import re
import sys
from dataclasses import fields, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, get_origin, get_type_hints

import click

from twingraph import __version__
from twingraph.curation import findings
from twingraph.curation.graph import read_inputs, read_text
from twingraph.errors import BadQuery, BadValue, BrokenSyntax, NotFetched, TwingraphError
from twingraph.query.engine import open_engine
from twingraph.query.questions import check, question, questions, term
from twingraph.release import build as releases
from twingraph.release import changes, tables
from twingraph.release.folder import Release, open_release, write
from twingraph.settings import RELEASE, Settings, find_inputs, input_folder
from twingraph.vocab import shorten
from twingraph.words import Language, Text, ntext, text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from twingraph.curation.graph import Curated
    from twingraph.query.engine import Answer

_BROKEN, _CHANGED = 3, 9
"""Exit codes where a rule is broken, and where a source page has changed."""
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


class _Commands(click.Group):
    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except TwingraphError as error:
            _tell(text("Error: %(sentence)s", sentence=error.text))
            ctx.exit(error.exit_code)


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__)
def main() -> None:
    """Keep a municipality's twin-towns page as linked data, every statement with its sentence.

    Exit codes: 0 done; 1 any other error; 2 input that can not be used; 3 a rule is broken; 4 the target can not be
    written; 5 no whole release; 6 the address to listen at is taken; 7 an engine elsewhere fails; 8 it does not take
    or hold the release; 9 a source page has changed; 10 it could not be fetched; 11 Wikidata did not answer.
    """


def _tell(message: Text | str) -> None:
    """Say something beside what a command writes out, in the language that was asked for."""
    if isinstance(message, Text):
        context = click.get_current_context(silent=True)
        message = message.in_language((context and context.meta.get("lang")) or _terminal_language())
    click.echo(message, err=True)


def _terminal_language() -> Language:
    names = (os.environ.get(name, "") for name in ("LC_ALL", "LC_MESSAGES", "LANG"))
    return "lv" if next(filter(None, names), "").startswith("lv") else "en"


def _format(names: Iterable[str], about: str) -> Callable[..., Any]:
    """Give an option `--format`, by default the first of them; about: what is written so."""
    kind = click.Choice([*names])
    return click.option("--format", "form", type=kind, default=kind.choices[0], show_default=True, help=about)


def _limits(*names: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Give a command one option for each limit in `Settings`, or of these names, told in its words."""
    words = get_type_hints(Settings, include_extras=True)

    def give(command: Callable[..., None]) -> Callable[..., None]:
        for field in reversed(fields(Settings)):
            if get_origin(words[field.name]) is Annotated and field.name in (names or words):
                least = 0 if field.name in {"fresh_seconds", "cache_mebibytes", "proxies"} else 1
                kind = click.IntRange(least) if isinstance(field.default, int) else click.FloatRange(0, min_open=True)
                name, about = f"--{field.name.replace('_', '-')}", words[field.name].__metadata__[0]
                command = click.option(name, type=kind, default=field.default, show_default=True, help=about)(command)
        return command

    return give


def _open(folder: Path | None) -> Release:
    """Give the release of a folder or, without one, the one here, made of the data here if there is none."""
    return releases.open_or_build(find_inputs(), RELEASE, _tell) if folder is None else open_release(folder)


_PATH = click.Path(path_type=Path)
_path = partial(click.option, type=_PATH)
_release = _path("--release", "folder", help=f"The folder of a release; without it {RELEASE}/, made first if need be.")
_reviews = _path("--reviews", help="The file of what you have decided of the rows there.")
_checked = _path(
    "--checked", help="What check-source last wrote with --format json: dates references, drops what is gone."
)
_findings = _format(findings.FORMATS, "How findings are written.")

_endpoint = click.option(
    "--endpoint",
    default="https://query.wikidata.org/sparql",
    show_default=True,
    help="A SPARQL endpoint with Wikidata's data, such as https://qlever.dev/api/wikidata or one of your own.",
)
_contact = click.option(
    "--contact",
    envvar="TWINGRAPH_CONTACT",
    help="Your e-mail address or web page, which who runs the endpoint wants to know; also as TWINGRAPH_CONTACT.",
)


def _found_inputs() -> Path:
    """Find the data that nobody named, and say which they are."""
    inputs = find_inputs()
    _tell(text("The data are those in %(inputs)s.", inputs=inputs))
    return inputs


_inputs = _path(
    *("--data", "--inputs", "inputs"),
    default=_found_inputs,
    help="The data, or the folder with data/ and, if they are not the program's own, ontology/ and shapes/; without it "
    "TWINGRAPH_DATA, ./data, or the program's own data.",
)
_lang = click.option(
    "--lang",
    type=click.Choice(["en", "lv"]),
    default=_terminal_language,
    # For what is said before the other options are read, or when the command has failed.
    is_eager=True,
    callback=lambda context, _option, value: context.meta.setdefault("lang", value),
    help="The language of messages.",
)


@main.command()
@click.argument("page", metavar="ADDRESS|FILE")
@click.option("--about", required=True, metavar="PLACE", help="The town of the page: its name in data/, or its name.")
@click.option("--lang", "language", type=click.Choice(["lv", "en"]), help="The page's; without it, found out.")
@_path("--data", "inputs", help="The data, or an empty folder for a new town; without it TWINGRAPH_DATA or ./data.")
@click.option("--source", metavar="NAME", help="The folder to make in data/sources/; without it town-language-year.")
@click.option("--again", is_flag=True, help="Draft anew what nobody has accepted yet; what has been stays as it is.")
@_endpoint
@_contact
def draft(
    page: str, about: str, language: Language | None, inputs: Path | None, endpoint: str, contact: str, **others: Any
) -> None:
    """Make a source folder of a page, with a first draft of its facts for a person to accept.

    Each passage of the page becomes a quote, with what could be read in it; what could not is said in a comment.
    Candidates for the towns come from the data and, if they are there, GeoNames (the extra gazetteer) and Wikidata
    (asked with --contact). Until a person has taken it out of tg:drafted, nothing of it is released.
    """
    from twingraph.draft import folder
    from twingraph.wikidata.client import Client

    found = folder.fetch(page, language or "*")
    chosen = language or folder.find_language(found.text)
    client = Client(endpoint, contact, progress=_tell) if contact else None
    where = (inputs or find_inputs(new=True)).absolute()
    made = folder.draft(found, about, chosen, where, client=client, tell=_tell, **others)
    for path in made.files:
        click.echo(path)
    numbers = {"partners": made.partners, "statements": made.statements, "unread": made.unread}
    _tell(text("%(partners)s partners, %(statements)s statements; in %(unread)s passages nothing was read.", **numbers))
    for remark in made.remarks:
        _tell(remark)


@main.command()
@_inputs
@_path("--output", default=RELEASE, show_default=True, help="The folder to make the release in.")
@_lang
@_findings
def build(inputs: Path, output: Path, lang: str, form: str) -> None:
    """Make a release of the data, in the place of the last one."""
    built = _assemble(inputs.absolute(), form, lang)
    _tell("write")
    manifest = releases.write(built, output).manifest
    numbers = {"version": manifest["version"], **manifest["counts"]}
    _tell(text("%(folder)s: release %(version)s, %(triples)s statements, %(quotes)s quotes.", folder=output, **numbers))


@main.command()
@_inputs
@_lang
@_findings
@click.option("--gazetteer", is_flag=True, help="Hold populations against GeoNames too; needs twingraph[gazetteer].")
def validate(inputs: Path, lang: str, form: str, *, gazetteer: bool) -> None:
    """Hold the data against the shapes, and say what to mend and where; exit code 3 where a rule is broken.

    Sentences of the pages that support nothing, and areas and dates that quotes name and nothing states, are to-dos.
    """
    from twingraph.draft.unread import unread

    built = _assemble(inputs.absolute(), form, lang, gazetteer=gazetteer, more=unread)
    if findings.counts(built.findings)["Violation"]:
        sys.exit(_BROKEN)


def _assemble(
    inputs: Path,
    form: str,
    language: str,
    *,
    gazetteer: bool = False,
    more: Callable[[Curated, Path], list[findings.Finding]] = lambda _curated, _inputs: [],
) -> releases.Built:
    here = input_folder(inputs, "data").parent
    root = next((folder for folder in (here, *here.parents) if (folder / ".git").exists()), here)

    def write(found: list[findings.Finding]) -> None:
        # A code host knows files by their place in the repository.
        at = here.relative_to(root)
        placed = [each._replace(file=(at / each.file).as_posix() * bool(each.file)) for each in found]
        click.echo(findings.FORMATS[form](placed, language), nl=False)

    try:
        built = releases.assemble(inputs, _tell, gazetteer=gazetteer)
    except BrokenSyntax as error:
        # People are told by the error itself, programs by a finding.
        if form != "text":
            write([findings.broken_syntax(error, inputs)])
        raise
    write(sorted(built.findings + more(built.curated, inputs)))
    return built


@main.command()
@_inputs
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="The port to listen at; without it, a free one.")
@click.option("--open", "opens", is_flag=True, help="Open the page in the browser, too.")
@_lang
def edit(inputs: Path, port: int, lang: Language, *, opens: bool) -> None:
    """Go through a source on a page of this computer: accept what is drafted, change it, or leave it out.

    Nobody else can open the page: it is there for this computer only, at an address that has to be known whole. What
    is saved is written to the files of the source, where all else stays as it is.
    """
    from twingraph.web.edit import serve

    def announce(address: str) -> None:
        click.echo(address)
        _tell(text("Open this address in a browser on this computer; Ctrl-C ends it."))
        if opens:
            import webbrowser

            webbrowser.open(address)

    serve(inputs.absolute(), port, lang, announce)


@main.command()
@_inputs
@click.option("--source", metavar="SLUG", help="The source, by its folder in data/sources/; without it, all of them.")
@click.option("--url", help="Where to fetch its page; without it, the URL that the data give.")
@_format(["text", "json"], "How the outcome is written.")
@_lang
def check_source(inputs: Path, source: str | None, url: str | None, form: str, lang: str) -> None:
    """Fetch source pages again, and say which quotes moved or are gone, and what is new.

    Exit code 0 where all is as stored, 9 where a page has changed, 10 where one could not be fetched and none has.
    """
    from twingraph.curation import source_check

    found = list(source_check.check(read_inputs(inputs.absolute()), source, url))
    click.echo(source_check.as_text(found, lang) if form == "text" else json.dumps(found, ensure_ascii=False, indent=1))
    if any(not record.get("as_stored", True) for record in found):
        sys.exit(_CHANGED)
    if any("error" in record for record in found):
        sys.exit(NotFetched.exit_code)


@main.command("prefixes")
@click.argument("files", nargs=-1, required=True, metavar="FILE...", type=_PATH)
def write_prefixes(files: tuple[Path, ...]) -> None:
    """Write the @prefix lines that files of the data use and lack into them, and change nothing else.

    The data need none of the project's prefixes declared, only those of their own, such as a source's for its quotes.
    To other programs a file without them is no Turtle or TriG; those in a release have them all.
    """
    from twingraph.curation.prefixes import write_back

    for file in files:
        number = write_back(file)
        _tell(ntext("%(file)s: %(number)s line written", "%(file)s: %(number)s lines written", number, file=file))


@main.command()
@click.argument("old", type=_PATH)
@click.argument("new", type=_PATH)
@_format(changes.FORMATS, "In words, or as JSON.")
@_path("--record", help="Also write the record of the new version to this folder; builds read data/changes/.")
@_lang
def diff(old: Path, new: Path, form: str, record: Path | None, lang: str) -> None:
    """Say what changed between two releases, by town."""
    differs = changes.diff(open_release(old, oldest=1), open_release(new, oldest=1))
    if record is not None:
        _tell(str(changes.keep(differs, record)))
    click.echo(changes.FORMATS[form](differs, lang), nl=False)


@main.command()
@click.argument("query", required=False)
@click.option("--list", "listed", is_flag=True, help="Show the named queries and what they ask.")
@_format(_MEDIA_TYPES, "How the answer is written.")
@click.option(
    *("--set", "sets"),
    multiple=True,
    metavar="NAME=VALUE",
    help="Ask of something else: --set place=alcamo, --set from=1990, --set word=mākslas.",
)
@_release
@_lang
def query(query: str | None, form: str, sets: tuple[str, ...], folder: Path | None, lang: str, *, listed: bool) -> None:
    """Answer a query on the release: the name of one (see --list), a file, or - for standard input.

    What a named one calls things is in the language of --lang.
    """
    if listed:
        _print_table(["query", "asks"], ([item.name, item.summaries[lang]] for item in questions()))
        return
    if query is None:
        raise BadValue(text("Name a query, a file, or - for standard input; --list shows the named ones."))
    given = {}
    for pair in sets:
        name, equals, given[name] = pair.partition("=")
        if not (name and equals and given[name]):
            raise BadValue(text("--set %(given)s: write it as NAME=VALUE, such as place=alcamo.", given=pair))
    if is_file := query == "-" or query.endswith(".rq") or Path(query).is_file():
        try:
            body = sys.stdin.buffer.read().decode() if query == "-" else read_text(Path(query))
        except UnicodeDecodeError:
            raise BadQuery(text("The query is not UTF-8; save it as UTF-8 and ask again.")) from None
    else:
        question(query).values(given)
    # Names are of the base of the release that is open.
    release, (results, graphs) = _open(folder), _MEDIA_TYPES[form]
    if is_file:
        terms = {name: term(value) for name, value in given.items()}
    else:
        named = question(query, release.manifest.get("defaults", {}))
        body, terms = named.write(lang), named.values(given)
    facts, *others = release.graphs
    with open_engine(facts, _DEFAULTS, *others) as engine:
        check(engine, terms)
        answer = engine.answer(body, results=results, graphs=graphs, values=terms)
    if form in {"table", "turtle"} and answer.kind != "triples":
        _show(answer)
    else:
        click.echo(answer.body, nl=not answer.body.endswith(b"\n"))


def _show(answer: Answer) -> None:
    """Show an answer for reading: literals without their type, IRIs by prefix where they have one."""
    found = json.loads(answer.body)
    if answer.kind == "boolean":
        click.echo("yes" if found["boolean"] else "no")
        return

    def write(term: dict[str, str]) -> str:
        return shorten(term["value"]) if term["type"] == "uri" else term["value"]

    names, rows = found["head"]["vars"], found["results"]["bindings"]
    _print_table(names, ([write(row[name]) if name in row else "" for name in names] for row in rows))
    _tell(ntext("%(number)s row", "%(number)s rows", len(rows)))


def _print_table(names: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(*names, show_lines=False)
    for row in rows:
        table.add_row(*row)
    Console(width=None if sys.stdout.isatty() else 160, highlight=False, markup=False).print(table)


@main.command()
@click.argument("target", type=_PATH)
@_format(tables.FORMS, "How the tables are written.")
@_release
def export(target: Path, form: str, folder: Path | None) -> None:
    """Write the tables of the release (cities, agreements, areas, …) to a folder."""
    release = _open(folder)
    for path in write(target, tables.export(form, release.load(), release.manifest)):
        click.echo(path)


@main.command()
@_inputs
@_path("--release", "folder", default=RELEASE, show_default=True, help="Made first if there is none.")
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen at.")
@click.option("--port", type=click.IntRange(1, 65535), default=8000, show_default=True, help="The port to listen at.")
@click.option("--engine", metavar="URL", help="The SPARQL endpoint of an engine elsewhere that answers the queries.")
@click.option("--site", metavar="URL", default="", help="The public address of the server; else that of each request.")
@click.option(
    *("--report", "report"),
    metavar="URL",
    default="",
    help="Where a mistake is reported: an address with {file} and {line}, the place in the data; else the contact.",
)
@_path("--snapshot", help="What Wikidata said (see crosscheck), for /crosscheck.")
@_reviews
@_checked
@_limits()
def serve(*, inputs: Path, folder: Path, host: str, port: int, engine: str | None, **others: Any) -> None:
    """Serve the release: a SPARQL endpoint at /sparql, a page to ask at, and the dumps.

    With --engine, queries are answered by that engine, which must hold the release (see publish).
    """
    from twingraph.web.server import serve

    settings, elsewhere = replace(_DEFAULTS, **others), None
    release = releases.open_or_build(inputs.absolute(), folder, _tell)
    if engine:
        from twingraph.query.remote import Address, verify

        elsewhere = Address.parse(engine)
        verify(release.graphs, elsewhere)
    address, number = f"http://{host}:{port}/sparql", release.manifest["version"]
    line = text("%(address)s answers queries on release %(number)s. Ctrl-C ends it.", address=address, number=number)
    serve(release.folder, settings, host, port, announce=lambda: _tell(line), elsewhere=elsewhere)


@main.command()
@_release
@click.option("--site", metavar="URL", default="", help="The public address of a server, for links; else the IRIs.")
@_limits("seconds", "cpu_seconds", "mebibytes")
@_lang
def mcp(folder: Path | None, lang: Language, **limits: Any) -> None:
    """Let an assistant ask, by the Model Context Protocol on standard input and output; needs twingraph[mcp]."""
    from twingraph.web.mcp import serve

    settings, release = replace(_DEFAULTS, answer_mebibytes=1, **limits), _open(folder)
    facts, *others = release.graphs
    with open_engine(facts, settings, *others) as engine:
        serve(engine, release, lang, settings.site)


@main.command()
@click.option("--engine", required=True, metavar="URL", help="The SPARQL endpoint of the engine.")
@click.option("--store", metavar="URL", help="Its graph store, a URL or a path; known for Oxigraph's and Virtuoso.")
@click.option("--everything", is_flag=True, help="Send all graphs, also those whose number of triples is right.")
@_release
def publish(*, engine: str, store: str | None, everything: bool, folder: Path | None) -> None:
    """Load the release into an engine elsewhere, by the SPARQL 1.1 Graph Store Protocol.

    Only graphs whose number of triples differs are sent, so what was interrupted goes on where it ended.
    A name and password, if the engine wants them, come from TWINGRAPH_ENGINE_USER and TWINGRAPH_ENGINE_PASSWORD.
    """
    from twingraph.query.remote import Address, find_store, publish

    address, release = Address.parse(engine), _open(folder)
    target = find_store(address, store)
    sent, kept, removed, others = publish(release.graphs, address, target, _tell, everything=everything)
    values = {"engine": address.url, "sent": sent, "kept": kept, "removed": removed}
    _tell(text("%(engine)s: %(sent)s graphs sent, %(kept)s left as they were, %(removed)s removed; counted.", **values))
    if others:
        _tell(text("Queries there also see other graphs, such as <%(name)s>.", name=others[0]))


@main.command()
@_path("--snapshot", "kept", help="What Wikidata said: a folder made with --save.")
@_path("--save", help="Ask Wikidata about our towns, and keep what it says in this folder.")
@click.option("--item", "items", multiple=True, metavar="Q…", help="A town by its item, instead of ours; also several.")
@click.option(
    "--steps", type=click.IntRange(0), default=1, show_default=True, help="How far to follow its twinnings live."
)
@_endpoint
@_contact
@_format(["text", "csv", "json"], "How the twinnings stated one way only are written.")
@_path("--report", help="Also compare our data with the snapshot, and write a page and tables to this folder.")
@_reviews
@_checked
@_release
@_lang
def crosscheck(
    *,
    kept: Path | None,
    save: Path | None,
    items: tuple[str, ...],
    steps: int,
    form: str,
    report: Path | None,
    reviews: Path | None,
    checked: Path | None,
    folder: Path | None,
    lang: Language,
    **client: Any,
) -> None:
    """Compare our data with what Wikidata says, and tell which twinnings are stated there one way only.

    From a snapshot, which needs no network; the twinnings of any town also live. With those of our towns come those
    of all towns that they are twinned with.
    """
    from twingraph.wikidata.claims import Claims
    from twingraph.wikidata.client import Client, take, take_ties
    from twingraph.wikidata.entities import Snapshot, around
    from twingraph.wikidata.report import Report, files, write_ties

    if (kept is None and save is None and not items) or (kept and save):
        raise BadValue(text("Give either --snapshot or --save with a folder, or --item with a town."))
    if report and not (kept or save):
        raise BadValue(text("Give --snapshot or --save with --report: our data are compared with a snapshot."))
    for item in items:
        if not re.fullmatch(r"Q[1-9]\d*", item, re.ASCII):
            raise BadValue(text("--item %(item)s: this is no item of Wikidata; give one such as Q179830.", item=item))
    live = partial(Client, **client, progress=_tell)
    if kept:
        snapshot = Snapshot.load(kept)
    elif save:
        snapshot = take(live(), items or Claims(_open(folder).load()).items, save)
    else:
        snapshot = take_ties(live(), items, steps)
    for item in items:
        if item not in snapshot.items:
            raise BadValue(text("The snapshot was not made of %(item)s; leave --snapshot out to go live.", item=item))
    if report:
        compared = Report.compare(_open(folder).load(), snapshot, reviews, checked)
        _tell("\n".join(map(str, write(report, files(compared, lang)))))
    ties = around(snapshot.ties(), items or snapshot.items) if kept or save else snapshot.ties()
    click.echo(write_ties(form, ties, snapshot, lang), nl=False)
