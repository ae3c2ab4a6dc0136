"""The commands of who runs a service: serve and publish."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from twingraph.cli import options
from twingraph.cli.options import command, tell
from twingraph.query import publication
from twingraph.query.exchange import Address
from twingraph.release.build import current_release
from twingraph.settings import QUADS, RELEASE

if TYPE_CHECKING:
    from pathlib import Path


@command("serve")
@options.inputs
@click.option(
    "--release",
    "folder",
    type=options.FOLDER,
    default=RELEASE,
    show_default=True,
    help="Made first if missing or outdated.",
)
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen at.")
@click.option("--port", type=click.IntRange(1, 65535), default=8000, show_default=True, help="The port to listen at.")
@click.option("--engine", metavar="URL", help="The SPARQL endpoint of an engine elsewhere that answers the queries.")
@click.option("--site", metavar="URL", default="", help="The public address of the server; else that of each request.")
@click.option("--snapshot", type=options.FOLDER, help="What Wikidata said (see crosscheck), for /crosscheck.")
@click.option("--reviews", type=options.FOLDER, help="The file of what you have decided of the rows there.")
@options.limits
def serve(
    inputs: Path,
    folder: Path,
    host: str,
    port: int,
    engine: str | None,
    **others: Any,  # noqa: ANN401 - as each setting has it
) -> None:
    """Serve the release: a SPARQL endpoint at /sparql, a page to ask at, and the dumps.

    With --engine, queries are answered by that engine, which must hold the release (see publish).
    """
    from twingraph.web.server import serve  # noqa: PLC0415 - the web server takes longer to load than a query

    settings, elsewhere = replace(options.DEFAULTS, **others), _address(engine) if engine else None
    release = current_release(inputs.absolute(), folder, tell)
    if elsewhere:
        publication.check(release.folder / QUADS, elsewhere, settings)
    line = f"http://{host}:{port}/sparql answers queries on release {release.manifest['version']}. Ctrl-C ends it."
    serve(release.folder, settings, host, port, announce=lambda: tell(line), elsewhere=elsewhere)


@command("publish")
@click.option("--engine", required=True, metavar="URL", help="The SPARQL endpoint of the engine.")
@click.option("--store", metavar="URL", help="Its graph store, a URL or a path; known for Oxigraph's and Virtuoso.")
@click.option("--everything", is_flag=True, help="Send all graphs, also those whose number of triples is right.")
@options.release
def publish(engine: str, store: str | None, everything: bool, folder: Path | None) -> None:  # noqa: FBT001
    """Load the release into an engine elsewhere, by the SPARQL 1.1 Graph Store Protocol.

    Only graphs whose number of triples differs are sent, so what was interrupted goes on where it ended.
    A name and password, if the engine wants them, come from TWINGRAPH_ENGINE_USER and TWINGRAPH_ENGINE_PASSWORD.
    """
    address = _address(engine)
    there = publication.target(address, store)
    done = publication.publish(
        options.opened(folder).folder / QUADS, there, options.DEFAULTS, tell, everything=everything
    )
    tell(f"{address.url}: {done.sent} graphs sent, {done.kept} left as they were, {done.removed} removed; counted.")
    if done.others:
        tell(f"Queries there also see {len(done.others)} other graphs, such as <{done.others[0]}>.")


def _address(engine: str) -> Address:
    """Read the address of an engine; a name and password come from it or, better, from the environment."""
    user, password = (os.environ.get(f"TWINGRAPH_ENGINE_{name}") for name in ("USER", "PASSWORD"))
    return Address.read(engine, user, password)
