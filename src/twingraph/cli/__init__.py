"""The command line: build, validate, serve, publish, query, export, diff, check-source and crosscheck."""

from __future__ import annotations

import click

from twingraph import __version__
from twingraph.cli import asking, building, checking, comparing, crosschecking, serving


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__)
def main() -> None:
    """Keep a municipality's twin-towns page as linked data, every statement with its sentence."""


for _command in (
    *(building.build, building.validate),
    *(serving.serve, serving.publish),
    *(asking.query, asking.export),
    comparing.diff,
    checking.check_source,
    crosschecking.crosscheck,
):
    main.add_command(_command)
