"""A command of the command line, and how it tells what went wrong."""

from __future__ import annotations

import os
from functools import partial
from typing import Any

import click

from twingraph.errors import TwingraphError


def language_of_terminal() -> str:
    """Give the language of the terminal, so far as there are messages in it."""
    names = (os.environ.get(name, "") for name in ("LC_ALL", "LC_MESSAGES", "LANG"))
    return "lv" if next(filter(None, names), "").startswith("lv") else "en"


def tell(text: str) -> None:
    """Say how far it is, beside what a command writes out."""
    click.echo(text, err=True)


class Command(click.Command):
    """A command whose errors are told in a sentence, with the exit code of their class."""

    def invoke(self, ctx: click.Context) -> Any:  # noqa: ANN401 - as click has it
        """Run it; an error of ours ends it, told in the language that was asked for."""
        try:
            return super().invoke(ctx)
        except TwingraphError as error:
            language = ctx.params.get("lang") or language_of_terminal()
            word = "Kļūda" if language == "lv" else "Error"
            click.echo(f"{word}: {error.message(language)}", err=True)
            ctx.exit(error.exit_code)


command = partial(click.command, cls=Command)
"""Make a command of a function, its errors told in a sentence."""
