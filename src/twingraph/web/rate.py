"""How often one client address may ask: a bucket of tokens for each, in bounded memory."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from ipaddress import IPv6Address, IPv6Network, ip_address
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_MINUTE = 60.0
_MOST = 1 << 16
"""Addresses that are remembered; beyond them the one that was silent longest is forgotten."""


class Buckets:
    """A bucket for each address, which holds a minute's tokens and is filled evenly; for any number of threads.

    rate: tokens a minute; 0 for any number.
    clock: gives seconds that only grow.
    """

    def __init__(self, rate: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._rate, self._clock = rate, clock
        self._lock = threading.Lock()
        # The time at which a bucket will be full again says all about it.
        self._full: OrderedDict[str, float] = OrderedDict()

    def take(self, address: str) -> float:
        """Take a token from the bucket of an address; give 0, or the seconds until there is one to take."""
        if not self._rate:
            return 0.0
        with self._lock:
            now, owner = self._clock(), _owner(address)
            full = max(now, self._full.get(owner, now)) + _MINUTE / self._rate
            if full - now > _MINUTE:
                return full - now - _MINUTE
            self._full[owner] = full
            self._full.move_to_end(owner)
            if len(self._full) > _MOST:
                self._full.popitem(last=False)
            return 0.0


def _owner(address: str) -> str:
    """Give what stands for all addresses of one client: of IPv6 that is the network of 64 bits."""
    try:
        ip = ip_address(address)
    except ValueError:
        return address
    if not isinstance(ip, IPv6Address):
        return str(ip)
    return str(ip.ipv4_mapped or IPv6Network((ip, 64), strict=False))
