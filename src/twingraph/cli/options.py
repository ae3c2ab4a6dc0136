"""What the commands share: how they tell what went wrong, and the options that several of them take."""

from __future__ import annotations

import os
import re
from dataclasses import fields
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from twingraph.errors import TwingraphError
from twingraph.release.build import open_or_build
from twingraph.release.folder import Release, open_release
from twingraph.settings import RELEASE, Settings
from twingraph.words import Text, text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

DEFAULTS = Settings()
FOLDER = click.Path(path_type=Path)
folder = partial(click.option, type=FOLDER)
"""Give an option that names a folder or a file."""


class _Command(click.Command):
    def invoke(self, ctx: click.Context) -> Any:  # noqa: ANN401 - as click has it
        try:
            return super().invoke(ctx)
        except TwingraphError as error:
            tell(text("Error: %(sentence)s", sentence=error.text))
            ctx.exit(error.exit_code)


command = partial(click.command, cls=_Command)
"""Make a command of a function; an error of ours ends it with a sentence and the exit code of its class."""


def language_of_terminal() -> str:
    """Give the language of the terminal, so far as there are messages in it."""
    names = (os.environ.get(name, "") for name in ("LC_ALL", "LC_MESSAGES", "LANG"))
    return "lv" if next(filter(None, names), "").startswith("lv") else "en"


def tell(message: Text | str) -> None:
    """Say something beside what a command writes out, in the language that was asked for."""
    if isinstance(message, Text):
        context = click.get_current_context(silent=True)
        message = message.in_language((context and context.params.get("lang")) or language_of_terminal())
    click.echo(message, err=True)


def choice(formats: Iterable[str], about: str) -> Callable[..., Any]:
    """Give an option `--format`, by default the first of them; about: what is written so."""
    names = [*formats]
    return click.option("--format", "form", type=click.Choice(names), default=names[0], show_default=True, help=about)


inputs = folder("--inputs", default=DEFAULTS.inputs, help="The folder that holds data/, ontology/ and shapes/.")
lang = click.option(
    "--lang", type=click.Choice(["en", "lv"]), default=language_of_terminal, help="The language of messages."
)
release = folder("--release", "folder", help=f"The folder of a release; without it {RELEASE}/, made first if need be.")
reviews = folder("--reviews", help="The file of what you have decided of the rows there.")


def limits(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command one option for each limit in `Settings`, told in its words."""
    words = dict(re.findall(r"^    (\w+): (.+)$", Settings.__doc__ or "", re.MULTILINE))
    for field in (field for field in reversed(fields(Settings)) if isinstance(field.default, int | float)):
        least = 0 if field.name in {"fresh_seconds", "proxies"} else 1
        kind = click.IntRange(least) if isinstance(field.default, int) else click.FloatRange(0, min_open=True)
        name, about = f"--{field.name.replace('_', '-')}", words.get(field.name, "")
        about = f"{about[:1].upper()}{about[1:]}"
        command = click.option(name, type=kind, default=field.default, show_default=True, help=about)(command)
    return command


def opened(folder: Path | None) -> Release:
    """Give the release of a folder or, without one, the one of the inputs here, made if there is none."""
    return open_or_build(DEFAULTS.inputs, RELEASE, tell) if folder is None else open_release(folder)
