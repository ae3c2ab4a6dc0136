"""The command of who edits Wikidata: crosscheck."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import click

from twingraph.cli import options
from twingraph.cli.command import command, tell
from twingraph.errors import BadValue
from twingraph.release.folder import written
from twingraph.wikidata import reciprocity, snapshots
from twingraph.wikidata.entities import Entity, Snapshot
from twingraph.wikidata.inquiry import Inquiry
from twingraph.wikidata.reportpage import files
from twingraph.wikidata.reports import Report

if TYPE_CHECKING:
    from pathlib import Path

    from twingraph.wikidata.reciprocity import Tie

_ITEM = re.compile(r"Q[1-9]\d*", re.ASCII)


@command("crosscheck")
@click.option("--snapshot", "kept", type=options.FOLDER, help="What Wikidata said: a folder made with --save.")
@click.option("--save", type=options.FOLDER, help="Ask Wikidata about our towns, and keep what it says in this folder.")
@click.option(
    "--item",
    "items",
    multiple=True,
    metavar="Q…",
    help="A town to look at instead of ours, by its Wikidata id; several may be given.",
)
@click.option(
    "--steps",
    type=click.IntRange(0),
    default=1,
    show_default=True,
    help="How far to follow ties from a town that is asked for live.",
)
@click.option(
    "--endpoint",
    default=snapshots.ENDPOINT,
    show_default=True,
    help="A SPARQL endpoint with Wikidata's data, such as https://qlever.dev/api/wikidata or one of your own.",
)
@click.option(
    "--contact",
    envvar="TWINGRAPH_CONTACT",
    help="Your e-mail address or web page, which who runs the endpoint wants to know; also as TWINGRAPH_CONTACT.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(list(reciprocity.FORMATS)),
    default="text",
    show_default=True,
    help="How the ties without a way back are written.",
)
@click.option(
    "--report",
    type=options.FOLDER,
    help="Also hold our data against the snapshot, and write that to this folder: a page, tables, linked data.",
)
@click.option("--reviews", type=options.FOLDER, help="The file of what you have decided of the rows there.")
@options.release
@options.lang
@click.pass_context
def crosscheck(  # noqa: PLR0913, PLR0917 - as many as the command has options
    ctx: click.Context,
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
    lang: str,
) -> None:
    """Hold our data against what Wikidata says, and tell which ties there have no way back.

    From a snapshot, which needs no network; the ties of any town also live. Those of our towns are told with those of
    all towns that they have ties to.
    """
    if (kept is None and save is None and not items) or (kept and save):
        ctx.fail("Give --snapshot with a folder, or --save to ask Wikidata and make one, or --item with a town.")
    if report and not (kept or save):
        ctx.fail("Give --snapshot or --save with --report: our data are held against a snapshot.")
    _check(items)
    if kept:
        snapshot: Snapshot | None = Snapshot.load(kept)
    elif save:
        inquiry = Inquiry(endpoint, contact, snapshots.answers_in(save), tell=tell)
        asked = list(items) or snapshots.items_of(options.opened(folder).load().merged)
        snapshot = snapshots.take(inquiry, asked, save)
    else:
        snapshot = None
    if snapshot and report:
        made = Report.made(options.opened(folder).load(), snapshot, reviews)
        tell("\n".join(map(str, written(report, files(made, lang)))))
    if snapshot:
        ties, entities = _held(snapshot, items), snapshot.entities
    else:
        ties, entities = _asked(Inquiry(endpoint, contact, tell=tell), items, steps)
    click.echo(reciprocity.FORMATS[form](ties, entities, lang), nl=False)


def _held(snapshot: Snapshot, items: tuple[str, ...]) -> list[Tie]:
    """Give the ties around some items, or all, from a snapshot."""
    missing = [item for item in items if item not in snapshot.items]
    if missing:
        raise BadValue(
            f"The snapshot was not made of {missing[0]}; leave --snapshot out to ask of it live.",
            f"Momentuzņēmums nav veidots par {missing[0]}; lai par to vaicātu tiešsaistē, izlaidiet --snapshot.",
        )
    return reciprocity.around(reciprocity.ties_of(snapshot), items or snapshot.items)


def _asked(inquiry: Inquiry, items: tuple[str, ...], steps: int) -> tuple[list[Tie], dict[str, Entity]]:
    """Ask for the ties around some items, and for the names of the towns whose ties have no way back."""
    ties = list(snapshots.follow(inquiry, items, steps))
    towns = {item for tie in reciprocity.one_way(ties) for item in tie[:2]}
    return ties, snapshots.labels(inquiry, towns)


def _check(items: tuple[str, ...]) -> None:
    for item in items:
        if not _ITEM.fullmatch(item):
            raise BadValue(
                f"--item {item}: this is no item of Wikidata; give one such as Q179830.",
                f"--item {item}: tas nav Vikidatu vienums; norādiet tādu kā Q179830.",
            )
