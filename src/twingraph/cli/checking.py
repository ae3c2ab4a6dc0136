"""The command for a nightly job: check-source."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from twingraph.cli import options
from twingraph.cli.command import command
from twingraph.curation import source_check
from twingraph.curation.graph import read_inputs
from twingraph.errors import NotFetched

if TYPE_CHECKING:
    from pathlib import Path

_CHANGED = 9


@command("check-source")
@options.inputs
@click.option("--source", metavar="SLUG", help="The source, by its folder in data/sources/; without it, all of them.")
@click.option("--url", help="Where to fetch its page; without it, the URL that the data give.")
@click.option(
    "--format",
    "form",
    type=click.Choice(list(source_check.FORMATS)),
    default="text",
    show_default=True,
    help="How the outcome is written.",
)
@options.lang
@click.pass_context
def check_source(  # noqa: PLR0913, PLR0917 - as many as the command has options
    ctx: click.Context, inputs: Path, source: str | None, url: str | None, form: str, lang: str
) -> None:
    """Fetch source pages again, and say which quotes moved or are gone, and what is new.

    Exit code 0 where all is as stored, 9 where a page has changed, 10 where one could not be fetched and none has.
    """
    records = list(source_check.check(read_inputs(inputs.absolute()), source, url))
    click.echo(source_check.FORMATS[form](records, lang), nl=False)
    if any(not record.get("as_stored", True) for record in records):
        ctx.exit(_CHANGED)
    if any("error" in record for record in records):
        ctx.exit(NotFetched.exit_code)
