"""The commands of a curator: build and validate."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from twingraph.cli import options
from twingraph.cli.command import command, tell
from twingraph.curation import findings
from twingraph.release.build import assemble, write
from twingraph.settings import RELEASE

if TYPE_CHECKING:
    from pathlib import Path


@command("build")
@options.inputs
@click.option(
    "--output", type=options.FOLDER, default=RELEASE, show_default=True, help="The folder to make the release in."
)
@options.lang
@options.form
def build(inputs: Path, output: Path, lang: str, form: str) -> None:
    """Make a release of the data, in the place of the last one."""
    built = assemble(inputs.absolute(), tell)
    click.echo(findings.FORMATS[form](built.findings, lang), nl=False)
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
    built = assemble(inputs.absolute(), tell)
    click.echo(findings.FORMATS[form](built.findings, lang), nl=False)
    ctx.exit(3 if findings.counts(built.findings)["Violation"] else 0)
