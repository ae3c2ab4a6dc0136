"""Options that several commands take, and the release that one of them names."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING

import click

from twingraph.cli.command import language_of_terminal, tell
from twingraph.curation import findings
from twingraph.release.build import Release, current_release, open_release
from twingraph.settings import RELEASE, Settings

if TYPE_CHECKING:
    from collections.abc import Callable

DEFAULTS = Settings()
FOLDER = click.Path(path_type=Path)
inputs = click.option(
    "--inputs",
    type=FOLDER,
    default=DEFAULTS.inputs,
    help="The folder that holds data/, ontology/ and shapes/.",
)
lang = click.option(
    "--lang", type=click.Choice(["en", "lv"]), default=language_of_terminal, help="The language of messages."
)
form = click.option(
    "--format",
    "form",
    type=click.Choice(list(findings.FORMATS)),
    default="text",
    help="How findings are written.",
)
release = click.option(
    "--release",
    "folder",
    type=FOLDER,
    help=f"The folder of a release; without it {RELEASE}/, made first if need be.",
)


def limits(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command one option for each limit in `Settings`, told in its words."""
    told = dict(re.findall(r"^    (\w+): (.+)$", Settings.__doc__ or "", re.MULTILINE))
    for field in reversed(fields(Settings)):
        if not isinstance(field.default, int | float):
            continue
        least = 0 if field.name in {"rate", "fresh_seconds", "proxies"} else 1
        kind = click.IntRange(least) if isinstance(field.default, int) else click.FloatRange(0, min_open=True)
        command = click.option(
            f"--{field.name.replace('_', '-')}",
            type=kind,
            default=field.default,
            show_default=True,
            help=re.sub(r"^.", lambda first: first[0].upper(), told.get(field.name, "")),
        )(command)
    return command


def opened(folder: Path | None) -> Release:
    """Give the release of a folder or, without one, the one of the inputs here, made if need be."""
    return current_release(DEFAULTS.inputs, RELEASE, tell) if folder is None else open_release(folder)
