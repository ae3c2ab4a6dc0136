"""The server of a release: granian, and nothing left over when it ends."""

from __future__ import annotations

import gc
import multiprocessing
import os
import socket
from contextlib import ExitStack
from math import ceil
from typing import TYPE_CHECKING

from granian import Granian
from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.log import LogLevels

from twingraph.errors import AddressTaken
from twingraph.query.engine import Engine
from twingraph.query.worker import end_with_parent
from twingraph.release.folder import open_release
from twingraph.words import text

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from flask import Flask

    from twingraph.query.remote import Address
    from twingraph.settings import Settings


def serve(  # noqa: PLR0913, PLR0917 - what is served, and where
    release: Path,
    settings: Settings,
    host: str,
    port: int,
    announce: Callable[[], object] | None = None,
    elsewhere: Address | None = None,
) -> None:
    """Serve a release until interrupted (Ctrl-C or SIGTERM); requests under way are answered before it ends.

    announce: is called once the release is loaded and the address taken. elsewhere: the engine that answers the
    queries, which holds the release; without it, one of our own does.

    Raises AddressTaken before anything is started, NoRelease and UnreadableFile when the release can not be loaded.
    """
    _check_address(host, port)
    # Granian forks the process that answers; it takes the application along as it is.
    multiprocessing.set_start_method("fork", force=True)
    files = open_release(release)
    with ExitStack() as stack:
        facts, *others = files.graphs
        engine = Engine(elsewhere or facts, settings, *others)
        # The store is opened by another process while the routes, and Flask with them, are loaded here.
        from twingraph.web.app import create_app  # noqa: PLC0415
        from twingraph.web.front import count_threads  # noqa: PLC0415

        stack.enter_context(engine)
        app, parent = create_app(engine, files, settings), os.getpid()

        def load() -> Flask:
            # Granian's child would outlive a parent that is killed, and keep the port.
            end_with_parent(parent)
            return app

        server = Granian(
            "twingraph",
            address=host,
            port=port,
            interface=Interfaces.WSGI,
            blocking_threads=count_threads(settings),
            # Proxies speak HTTP/1.1 to what is behind them, and what is not offered can not be misused.
            http=HTTPModes.http1,
            http1_settings=HTTP1Settings(header_read_timeout=int(settings.silent_seconds * 1000)),
            log_level=LogLevels.error,
            # As long as a query may wait and run.
            workers_kill_timeout=ceil(settings.queue_seconds + settings.seconds),
        )
        if announce:
            server.on_startup(announce)
        # What two processes share stays shared: a collection would write to all of it.
        gc.freeze()
        server.serve(target_loader=load, wrap_loader=False)


def _check_address(host: str, port: int) -> None:
    """Refuse an address that is taken: granian would share the port with another server of this user."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as trial:
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            trial.bind(address)
    except OSError as error:
        place = {"host": host, "port": port, "reason": error.strerror or str(error)}
        taken = text(
            "Nothing can be served at %(host)s, port %(port)s (%(reason)s); choose another with --port.", **place
        )
        raise AddressTaken(taken) from None
