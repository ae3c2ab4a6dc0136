"""The commands of a curator: build, validate, check-source and diff."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from twingraph.cli import options
from twingraph.cli.options import command, tell
from twingraph.curation import findings
from twingraph.curation.graph import read_inputs
from twingraph.errors import BrokenSyntax, NotFetched
from twingraph.release import changes
from twingraph.release.build import assemble, write
from twingraph.release.folder import open_release
from twingraph.settings import RELEASE
from twingraph.words import text

if TYPE_CHECKING:
    from pathlib import Path

    from twingraph.release.build import Built

_BROKEN, _CHANGED = 3, 9
"""Exit codes where a rule is broken, and where a source page has changed."""
_form = options.choice(findings.FORMATS, "How findings are written.")


@command("build")
@options.inputs
@options.folder("--output", default=RELEASE, show_default=True, help="The folder to make the release in.")
@options.lang
@_form
def build(inputs: Path, output: Path, lang: str, form: str) -> None:
    """Make a release of the data, in the place of the last one."""
    built = _assemble(inputs.absolute(), form, lang)
    tell("write")
    manifest = write(built, output).manifest
    numbers = {"version": manifest["version"], **manifest["counts"]}
    tell(text("%(folder)s: release %(version)s, %(triples)s statements, %(quotes)s quotes.", folder=output, **numbers))


@command("validate")
@options.inputs
@options.lang
@_form
@click.pass_context
def validate(ctx: click.Context, inputs: Path, lang: str, form: str) -> None:
    """Hold the data against the shapes, and say what to mend and where; exit code 3 where a rule is broken."""
    built = _assemble(inputs.absolute(), form, lang)
    ctx.exit(_BROKEN if findings.counts(built.findings)["Violation"] else 0)


@command("check-source")
@options.inputs
@click.option("--source", metavar="SLUG", help="The source, by its folder in data/sources/; without it, all of them.")
@click.option("--url", help="Where to fetch its page; without it, the URL that the data give.")
@options.choice(["text", "json"], "How the outcome is written.")
@options.lang
@click.pass_context
def check_source(  # noqa: PLR0913, PLR0917 - as many as the command has options
    ctx: click.Context, inputs: Path, source: str | None, url: str | None, form: str, lang: str
) -> None:
    """Fetch source pages again, and say which quotes moved or are gone, and what is new.

    Exit code 0 where all is as stored, 9 where a page has changed, 10 where one could not be fetched and none has.
    """
    from twingraph.curation import source_check  # noqa: PLC0415 - what fetches takes longer to load than to validate

    records = list(source_check.check(read_inputs(inputs.absolute()), source, url))
    click.echo(source_check.as_json(records) if form == "json" else source_check.as_text(records, lang), nl=False)
    if any(not record.get("as_stored", True) for record in records):
        ctx.exit(_CHANGED)
    if any("error" in record for record in records):
        ctx.exit(NotFetched.exit_code)


@command("diff")
@click.argument("old", type=options.FOLDER)
@click.argument("new", type=options.FOLDER)
@options.choice(changes.FORMATS, "In words, or as JSON.")
@options.folder(
    "--record",
    help="Also write the record of the new version to this folder; the next build takes in those in data/changes/.",
)
@options.lang
def diff(old: Path, new: Path, form: str, record: Path | None, lang: str) -> None:
    """Say what changed between two releases, by town."""
    differs = changes.diff(open_release(old), open_release(new))
    if record is not None:
        tell(str(changes.keep(differs, record)))
    click.echo(changes.FORMATS[form](differs, lang), nl=False)


def _assemble(inputs: Path, form: str, language: str) -> Built:
    write = findings.FORMATS[form]
    try:
        built = assemble(inputs, tell)
    except BrokenSyntax as error:
        # People are told by the error itself, programs by a finding.
        if form != "text":
            click.echo(write([findings.broken_syntax(error, inputs)], language), nl=False)
        raise
    click.echo(write(built.findings, language), nl=False)
    return built
