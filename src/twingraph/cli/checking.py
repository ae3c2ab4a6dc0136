"""The command for a nightly job: check-source."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from twingraph.cli import options
from twingraph.cli.command import command
from twingraph.curation import recheck
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
    type=click.Choice(list(recheck.FORMATS)),
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
    checked = list(recheck.recheck(read_inputs(inputs.absolute()), source, url))
    click.echo(recheck.FORMATS[form](checked, lang), nl=False)
    if any(each.is_changed for each in checked):
        ctx.exit(_CHANGED)
    if any(isinstance(each.outcome, NotFetched) for each in checked):
        ctx.exit(NotFetched.exit_code)
