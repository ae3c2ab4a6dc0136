"""The server of a release: granian, and nothing left over when it ends."""

from __future__ import annotations

import multiprocessing
import os
import socket
from functools import partial
from typing import TYPE_CHECKING

from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels

from twingraph import limits
from twingraph.engine import Engine
from twingraph.errors import AddressTaken
from twingraph.settings import QUADS
from twingraph.web import create_app

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from flask import Flask

    from twingraph.settings import Settings

_THREADS = 16
_LAST_SECONDS = 1


def serve(
    release: Path, settings: Settings, host: str, port: int, announce: Callable[[], object] | None = None
) -> None:
    """Serve a release until interrupted (Ctrl-C or SIGTERM).

    release: a folder with `twingraph.nq` and `SHA256SUMS`.
    announce: is called once the release is loaded and the address taken.

    Raises AddressTaken before anything is started, UnreadableFile when the release can not be loaded.
    """
    _check_address(host, port)
    # Granian forks the process that answers; it takes the application along as it is.
    multiprocessing.set_start_method("fork", force=True)
    with Engine(release / QUADS, settings) as engine:
        app = create_app(engine, release, settings)
        server = Granian(
            "twingraph",
            address=host,
            port=port,
            interface=Interfaces.WSGI,
            blocking_threads=_THREADS,
            log_level=LogLevels.error,
            workers_kill_timeout=_LAST_SECONDS,
        )
        if announce:
            server.on_startup(announce)
        server.serve(target_loader=partial(_load, app, os.getpid()), wrap_loader=False)


def _load(app: Flask, parent: int) -> Flask:
    # Granian's child would outlive a parent that is killed, and keep the port.
    limits.end_with_parent(parent)
    return app


def _check_address(host: str, port: int) -> None:
    """Refuse an address that is taken: granian would share the port with another server of this user."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as trial:
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            trial.bind(address)
    except OSError as error:
        raise AddressTaken(host, port, error.strerror or str(error)) from None
