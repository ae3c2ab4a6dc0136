"""A web page fetched as it is today: whole, in time and within limits, or an error."""

from __future__ import annotations

import contextlib
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import quote, urljoin

from twingraph import __version__
from twingraph.errors import AnswerTooLarge, BadValue, EngineFailed, NotFetched, TimeLimit, UnusableAddress
from twingraph.query import exchange
from twingraph.query.exchange import Address, Exchanger, Request, Watch, without_secrets
from twingraph.settings import BASE

if TYPE_CHECKING:
    from twingraph.query.exchange import Reply

_HEADERS = {
    "Accept": "text/html, application/xhtml+xml, text/plain;q=0.5",
    "Accept-Encoding": "gzip",
    "User-Agent": f"twingraph/{__version__} (+{BASE})",
    "Connection": "close",
}
_GZIP = frozenset({"gzip", "x-gzip"})
_OK = frozenset({200, 203})
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_LATER = ("the server is too busy ({}); try again later", "serveris ir pārslogots ({}); mēģiniet vēlāk")
_BROWSER = (
    "the server does not show it to programs ({}); look at it in a browser",
    "serveris to nerāda programmām ({}); apskatiet to pārlūkprogrammā",
)
_STATUS = {
    401: _BROWSER,
    403: _BROWSER,
    404: (
        "there is no such page any more ({}); find out where it has moved to, and give that address with --url",
        "tādas lapas vairs nav ({}); noskaidrojiet, kur tā pārcelta, un norādiet šo adresi ar --url",
    ),
    410: (
        "the page was removed for good ({}); the stored one is all there is",
        "lapa ir neatgriezeniski noņemta ({}); ir tikai saglabātā",
    ),
    429: _LATER,
    503: _LATER,
}
_OTHERWISE = ("the server answered with status {}", "serveris atbildēja ar statusu {}")
_DEEDS = {
    exchange.BROKE_OFF: "pārtrauca atbildi pusvārdā",
    exchange.HUNG_UP: "pārtrauca savienojumu neatbildot",
    exchange.TOOK_NOTHING: "nepieņēma pieprasījumu",
    exchange.PACKED: "saspieda atbildi, kaut gan tas nebija lūgts",
    exchange.NO_LENGTH: "norādīja nederīgu atbildes garumu",
    exchange.NO_HTTP: "atbildēja, neievērojot HTTP",
}


@dataclass(frozen=True, slots=True)
class Limits:
    """How much a page may take: wall-clock time in all, its length, and how often it may lead elsewhere."""

    seconds: float = 30.0
    mebibytes: int = 4
    redirects: int = 5


class Fetched(NamedTuple):
    """A page as a server sent it.

    url: where it was found in the end; media_type: "" where the server does not say; charset: as the server names it.
    """

    url: str
    media_type: str
    charset: str | None
    body: bytes


def address_of(url: str) -> Address:
    """Read the URL of a page as browsers do: what may not stand in one is encoded, what is encoded stays.

    Raises BadValue.
    """
    try:
        return Address.read(quote(url.strip(), safe="!#$%&'()*+,/:;=?@[]~"))
    except UnusableAddress:
        shown = without_secrets(url)
        raise BadValue(
            f"{shown!r} is no web address; give one that begins with http:// or https://.",
            f"{shown!r} nav tīmekļa adrese; norādiet tādu, kas sākas ar http:// vai https://.",
        ) from None


def fetched(address: Address, language: str = "", limits: Limits | None = None) -> Fetched:
    """Fetch a page by HTTP (RFC 9110), redirects followed.

    language: asked for where the page comes in several. Raises NotFetched.
    """
    start, limits = address, limits or Limits()
    headers = _HEADERS | ({"Accept-Language": language} if language else {})
    watch = Watch(limits.seconds)
    for _ in range(limits.redirects + 1):
        reply = _reply(address, headers, watch, limits)
        if reply.status not in _REDIRECTS:
            return _page(address, reply, limits)
        address = _target(address, reply.headers.get("Location", ""))
    raise NotFetched(
        start.url,
        f"it redirects more than {limits.redirects} times, perhaps in a circle",
        f"tā pāradresē vairāk nekā {limits.redirects} reizes, iespējams, pa apli",
    )


def _target(address: Address, location: str) -> Address:
    with contextlib.suppress(UnicodeError):
        # Headers are read as Latin-1; what stands in them is mostly UTF-8.
        location = location.encode("latin-1").decode()
    try:
        return address_of(urljoin(address.url, location) if location else "")
    except (BadValue, ValueError):
        raise NotFetched(
            address.url,
            f"it redirects to {location!r}, which is no web address",
            f"tā pāradresē uz {location!r}, kas nav tīmekļa adrese",
        ) from None


def _reply(address: Address, headers: dict[str, str], watch: Watch, limits: Limits) -> Reply:
    exchanger = Exchanger(address, limits.mebibytes, frozenset({"identity", *_GZIP}))
    try:
        return exchanger.exchange(Request("GET", address.target, headers), watch)
    except TimeLimit:
        raise NotFetched(
            address.url,
            f"it did not come in {limits.seconds:g} seconds",
            f"{limits.seconds:g} sekundēs tā netika saņemta",
        ) from None
    except AnswerTooLarge:
        raise _too_large(address, limits) from None
    except EngineFailed as error:
        raise _failed(address, error.deed) from None
    finally:
        exchanger.close()


def _page(address: Address, reply: Reply, limits: Limits) -> Fetched:
    if reply.status not in _OK:
        english, latvian = _STATUS.get(reply.status, _OTHERWISE)
        raise NotFetched(address.url, english.format(reply.status), latvian.format(reply.status))
    media_type = reply.headers.get_content_type() if "Content-Type" in reply.headers else ""
    return Fetched(address.url, media_type, reply.headers.get_content_charset(), _unpacked(address, reply, limits))


def _unpacked(address: Address, reply: Reply, limits: Limits) -> bytes:
    """Undo the coding of a reply, which may be a small one of a page that would fill the memory."""
    if reply.headers.get("Content-Encoding", "").lower() not in _GZIP:
        return reply.body
    unpacking = zlib.decompressobj(wbits=31)
    try:
        body = unpacking.decompress(reply.body, limits.mebibytes << 20)
    except zlib.error:
        raise _failed(address, exchange.BROKE_OFF) from None
    if unpacking.unconsumed_tail:
        raise _too_large(address, limits)
    if not unpacking.eof:
        raise _failed(address, exchange.BROKE_OFF)
    return body


def _too_large(address: Address, limits: Limits) -> NotFetched:
    return NotFetched(
        address.url,
        f"it is over {limits.mebibytes} MiB, the limit for a page",
        f"tā pārsniedz {limits.mebibytes} MiB, lapas garuma robežu",
    )


def _failed(address: Address, deed: str) -> NotFetched:
    _, _, reason = deed.partition("(")
    return NotFetched(address.url, f"the server {deed}", f"serveris {_DEEDS.get(deed, f'nav sasniedzams ({reason}')}")
