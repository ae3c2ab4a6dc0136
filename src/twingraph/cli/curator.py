"""The commands of a curator: build and validate."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from twingraph.cli import options
from twingraph.cli.command import command, tell
from twingraph.curation import findings
from twingraph.errors import BrokenSyntax
from twingraph.release.build import assemble, write
from twingraph.settings import RELEASE

if TYPE_CHECKING:
    from pathlib import Path

    from twingraph.release.build import Built


@command("build")
@options.inputs
@click.option(
    "--output", type=options.FOLDER, default=RELEASE, show_default=True, help="The folder to make the release in."
)
@options.lang
@options.form
def build(inputs: Path, output: Path, lang: str, form: str) -> None:
    """Make a release of the data, in the place of the last one."""
    built = _assemble(inputs.absolute(), form, lang)
    tell("write")
    manifest = write(built, output).manifest
    counts = manifest["counts"]
    tell(f"{output}: release {manifest['version']}, {counts['triples']} statements, {counts['quotes']} quotes.")


@command("validate")
@options.inputs
@options.lang
@options.form
@click.pass_context
def validate(ctx: click.Context, inputs: Path, lang: str, form: str) -> None:
    """Hold the data against the shapes, and say what to mend and where; exit code 3 where a rule is broken."""
    built = _assemble(inputs.absolute(), form, lang)
    ctx.exit(3 if findings.counts(built.findings)["Violation"] else 0)


def _assemble(inputs: Path, form: str, language: str) -> Built:
    """Put the data together and write what was found; for programs also that a file can not be parsed."""
    try:
        built = assemble(inputs, tell)
    except BrokenSyntax as error:
        if form != "text":
            click.echo(findings.FORMATS[form]([findings.broken_syntax(error, inputs)], language), nl=False)
        raise
    click.echo(findings.FORMATS[form](built.findings, language), nl=False)
    return built
