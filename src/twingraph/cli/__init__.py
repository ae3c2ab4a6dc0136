"""The command line: build, validate, serve, publish, query, export, diff, check-source and crosscheck."""

from __future__ import annotations

from importlib import import_module

import click

from twingraph import __version__

_COMMANDS = {
    **dict.fromkeys(("build", "validate", "check-source", "diff"), "curator"),
    **dict.fromkeys(("query", "export", "serve", "publish"), "reader"),
    "crosscheck": "editor",
}
"""The module of each command, loaded when that is asked for: a server starts sooner without the others."""


class _Commands(click.Group):
    def list_commands(self, _: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, _: click.Context, cmd_name: str) -> click.Command | None:
        module = import_module(f"{__name__}.{_COMMANDS[cmd_name]}") if cmd_name in _COMMANDS else None
        return getattr(module, cmd_name.replace("-", "_"), None)


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__)
def main() -> None:
    """Keep a municipality's twin-towns page as linked data, every statement with its sentence.

    Exit codes: 0 done; 1 any other error; 2 input that can not be used; 3 a rule is broken; 4 the target can not be
    written; 5 no whole release; 6 the address to listen at is taken; 7 an engine elsewhere fails; 8 it does not take
    or hold the release; 9 a source page has changed; 10 it could not be fetched; 11 Wikidata did not answer.
    """
