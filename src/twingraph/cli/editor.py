"""The command of who edits Wikidata: crosscheck."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING

import click

from twingraph.cli import options
from twingraph.cli.options import command, tell
from twingraph.errors import BadValue
from twingraph.release.folder import write
from twingraph.wikidata.claims import Claims
from twingraph.wikidata.client import ENDPOINT, Client, take, take_ties
from twingraph.wikidata.entities import Snapshot, around
from twingraph.wikidata.report import TIE_FORMATS, Report, files, write_ties
from twingraph.words import text

if TYPE_CHECKING:
    from pathlib import Path

    from twingraph.words import Language


@command("crosscheck")
@options.folder("--snapshot", "kept", help="What Wikidata said: a folder made with --save.")
@options.folder("--save", help="Ask Wikidata about our towns, and keep what it says in this folder.")
@click.option("--item", "items", multiple=True, metavar="Q…", help="A town by its item, instead of ours; also several.")
@click.option("--steps", type=click.IntRange(0), default=1, show_default=True, help="How far to follow its ties live.")
@click.option(
    "--endpoint",
    default=ENDPOINT,
    show_default=True,
    help="A SPARQL endpoint with Wikidata's data, such as https://qlever.dev/api/wikidata or one of your own.",
)
@click.option(
    "--contact",
    envvar="TWINGRAPH_CONTACT",
    help="Your e-mail address or web page, which who runs the endpoint wants to know; also as TWINGRAPH_CONTACT.",
)
@options.choice(TIE_FORMATS, "How the ties without a way back are written.")
@options.folder("--report", help="Also compare our data with the snapshot, and write a page and tables to this folder.")
@options.reviews
@options.release
@options.lang
def crosscheck(  # noqa: PLR0913, PLR0917 - as many as the command has options
    kept: Path | None,
    save: Path | None,
    items: tuple[str, ...],
    steps: int,
    endpoint: str,
    contact: str | None,
    form: str,
    report: Path | None,
    reviews: Path | None,
    folder: Path | None,
    lang: Language,
) -> None:
    """Compare our data with what Wikidata says, and tell which ties there have no way back.

    From a snapshot, which needs no network; the ties of any town also live. With those of our towns come those of all
    towns that they have ties to.
    """
    if (kept is None and save is None and not items) or (kept and save):
        raise BadValue(text("Give either --snapshot or --save with a folder, or --item with a town."))
    if report and not (kept or save):
        raise BadValue(text("Give --snapshot or --save with --report: our data are compared with a snapshot."))
    for item in items:
        if not re.fullmatch(r"Q[1-9]\d*", item, re.ASCII):
            raise BadValue(text("--item %(item)s: this is no item of Wikidata; give one such as Q179830.", item=item))
    client = partial(Client, endpoint, contact, progress=lambda step: tell(step.in_language(lang)))
    if kept:
        snapshot = Snapshot.load(kept)
    elif save:
        wanted = items or Claims(options.opened(folder).load()).items
        snapshot = take(client(), wanted, save)
    else:
        snapshot = take_ties(client(), items, steps)
    for item in items:
        if item not in snapshot.items:
            raise BadValue(text("The snapshot was not made of %(item)s; leave --snapshot out to go live.", item=item))
    if report:
        compared = Report.compare(options.opened(folder).load(), snapshot, reviews)
        tell("\n".join(map(str, write(report, files(compared, lang)))))
    ties = around(snapshot.ties(), items or snapshot.items) if kept or save else snapshot.ties()
    click.echo(write_ties(form, ties, snapshot, lang), nl=False)
