"""Whether an asker has hung up, which WSGI does not say.

Granian closes a connection as soon as its client does, but tells the application neither that nor
which connection a request came by. So the connections from the asker's address are looked at: the request's own
is one whose last data came in before the query began, to which no answer was sent, and that still has sent nothing.
While any such connection is open, the asker counts as there. So nobody's query is ended by the hang-up of another;
but of askers behind one address who began within some hundredths of a second, none has gone before all have.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING
from weakref import WeakSet

from twingraph.web.connections import Connection, connection_at, open_connections

if TYPE_CHECKING:
    from wsgiref.types import WSGIEnvironment


def asker_of(environ: WSGIEnvironment) -> Asker | None:
    """Give what tells whether the asker of a request has gone; None under a server where that can not be told."""
    return Asker(environ) if environ.get("SERVER_SOFTWARE") == "Granian" else None


class Asker:
    """Tells whether the asker of a request has gone; looks for its connection when first asked.

    To be asked some time after the request began: the kernel's clocks tick in milliseconds.
    """

    __slots__ = ("__weakref__", "_address", "_began", "_port", "_ways")

    def __init__(self, environ: WSGIEnvironment) -> None:
        # Behind a proxy that is believed, Werkzeug puts the client's address where the proxy's was.
        known = environ | environ.get("werkzeug.proxy_fix.orig", {})
        self._address, self._port = known["REMOTE_ADDR"], int(known["SERVER_PORT"])
        self._began = time.monotonic()
        self._ways: frozenset[Connection] | None = None

    def __call__(self) -> bool:
        """Tell whether no connection is left that the request can have come by."""
        if self._ways is None:
            self._ways = _ways_from(self._address, self._port, time.monotonic() - self._began)
            _ASKERS.add(self)
        self._ways = frozenset(filter(_is_as_it_was, self._ways))
        return not self._ways

    @property
    def only_way(self) -> frozenset[Connection]:
        """The connection, where there is but one that it can be."""
        return self._ways if self._ways and len(self._ways) == 1 else frozenset()


_ASKERS: WeakSet[Asker] = WeakSet()


def _ways_from(address: str, port: int, seconds: float) -> frozenset[Connection]:
    """Find the connections by which a request can have come from an address that has waited so many seconds."""
    taken = {(way.descriptor, way.peer) for asker in tuple(_ASKERS) for way in asker.only_way}
    ways = [way for way in open_connections(port) if way.peer[0] == address and (way.descriptor, way.peer) not in taken]
    # One that sent after it last received was answered, unless its client sends requests ahead of answers.
    waiting = [way for way in ways if way.received and way.quiet >= seconds and not way.answered]
    return frozenset(waiting or ways)


def _is_as_it_was(way: Connection) -> bool:
    now = connection_at(way.descriptor)
    return now is not None and (now.peer, now.sent) == (way.peer, way.sent)
