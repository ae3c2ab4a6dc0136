"""The commands that hold one state of things against another: diff."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from twingraph.cli import options
from twingraph.cli.command import command, tell
from twingraph.release import diff as differing
from twingraph.release.build import open_release

if TYPE_CHECKING:
    from pathlib import Path


@command("diff")
@click.argument("old", type=options.FOLDER)
@click.argument("new", type=options.FOLDER)
@click.option(
    "--format",
    "form",
    type=click.Choice(list(differing.FORMATS)),
    default="text",
    show_default=True,
    help="In words, as JSON, or the statements: as TriG or as an RDF Patch.",
)
@click.option(
    "--record",
    "folder",
    type=options.FOLDER,
    help="Also write the record of the new version to this folder; the next build takes in those in data/changes/.",
)
@options.lang
def diff(old: Path, new: Path, form: str, folder: Path | None, lang: str) -> None:
    """Tell what changed between two releases, by town and agreement."""
    made = differing.diff(open_release(old), open_release(new))
    if folder is not None:
        tell(str(differing.keep(made, folder)))
    click.echo(differing.FORMATS[form](made, lang), nl=False)
