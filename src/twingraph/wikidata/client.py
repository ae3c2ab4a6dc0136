"""A client of endpoints with Wikidata's data, which sends one query at a time and is as patient as their rules want."""

from __future__ import annotations

import hashlib
import re
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from http.client import HTTPException
from typing import TYPE_CHECKING
from urllib.error import HTTPError

import SPARQLWrapper
from pyoxigraph import QueryResultsFormat, QuerySolutions, parse_query_results
from SPARQLWrapper.SPARQLExceptions import SPARQLWrapperException
from urllib3.exceptions import InvalidHeader, MaxRetryError
from urllib3.util import Retry

from twingraph import __version__
from twingraph.curation.sources import read_bytes
from twingraph.errors import BadSetting, EndpointFailed, UnusableAddress, UnwritableTarget
from twingraph.settings import BASE
from twingraph.words import Text, text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from pyoxigraph import QuerySolution

ENDPOINT = "https://query.wikidata.org/sparql"
"""Wikidata's own, of the graph in which towns are."""
PATIENCE = Retry(7, backoff_factor=1, backoff_max=300, retry_after_max=10**9)
"""Seconds before a second try, twice as many before each next; an endpoint that wants a wait longer than `backoff_max`
is given up."""
_FRESH = 24 * 3600
"""Seconds after which the responses to a run that broke off are too old to go on from."""
_ADDRESS = re.compile(r"https?://[\w.:\[\]-]+(?:[/?][!-~]*)?", re.ASCII)
_CONTACT = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+|https?://[\w-]+(?:\.[\w-]+)+(?:/[\w./~%?=&#+-]*)?", re.ASCII)
# The names that RFC 2606 keeps for examples, so that one copied from a text is not sent.
_RESERVED = re.compile(r"(?:^|[@./])(?:example(?:\.(?:com|net|org))?|invalid|test|localhost|local)(?:[:/]|$)", re.IGNORECASE)


@dataclass
class Client:
    """One run of queries to an endpoint, of which one is on its way at any time.

    contact: an e-mail address or web page of who runs it, for the header User-Agent, as Wikimedia's policy wants it.
    responses: a folder to keep responses in, and where a run that broke off less than a day ago left them.
    progress: is called with how far it is. names: things that one query is about, fewer once that was too much:
    Wikidata's endpoint stops a query after 60 seconds. seconds, mebibytes: for one response, at most.

    Raises BadSetting where there is no contact, and UnusableAddress where the endpoint is none.
    """

    endpoint: str
    contact: str | None
    responses: Path | None = None
    progress: Callable[[Text], object] = lambda _: None
    names: int = 100
    seconds: float = 75.0
    mebibytes: int = 64
    retry: Retry = PATIENCE

    def __post_init__(self) -> None:
        self.endpoint = re.sub("//[^/@]*@", "//", self.endpoint)
        if not _ADDRESS.fullmatch(self.endpoint):
            raise UnusableAddress(self.endpoint)
        contact = (self.contact or "").removeprefix("mailto:")
        if not _CONTACT.fullmatch(contact) or _RESERVED.search(contact):
            sentence = text(
                "Wikidata answers only those who say whom to turn to, and %(contact)r is nobody's address; "
                "give your own e-mail address or web page with --contact.",
                contact=contact,
            )
            raise BadSetting(sentence)
        contact = contact if contact.startswith("http") else f"mailto:{contact}"
        self._agent = f"twingraph/{__version__} ({BASE}; {contact}) SPARQLWrapper/{SPARQLWrapper.__version__}"
        self.begun = datetime.now(UTC)
        """When the oldest of the responses came that this run goes by."""

    @property
    def taken(self) -> str:
        """Since when what was fetched is known, as ISO 8601 has it."""
        return self.begun.strftime("%Y-%m-%dT%H:%M:%SZ")

    def select(self, query: str, names: Iterable[str], subject: Text) -> Iterator[QuerySolution]:
        """Send a query about any number of things; give the rows of all results.

        query: with NAMES where those things go. subject: what they are, for the progress.
        Raises EndpointFailed when patience is at its end, and UnwritableTarget.
        """
        left, retry = sorted(set(names)), self.retry
        total = len(left)
        while left:
            batch = left[: self.names]
            try:
                rows = self._rows(query.replace("NAMES", " ".join(f"<{name}>" for name in batch)))
            except _Failure as failure:
                retry = self._wait(failure, retry)
                if failure.is_too_much:
                    self.names = max(1, len(batch) // 2)
                continue
            retry, left = self.retry, left[len(batch) :]
            done = total - len(left)
            self.progress(text("%(subject)s: %(done)s / %(total)s", subject=subject, done=done, total=total))
            yield from rows

    def _rows(self, query: str) -> list[QuerySolution]:
        name = hashlib.sha256(f"{self.endpoint} {query}".encode()).hexdigest()
        kept = self.responses / f"{name}.json" if self.responses else None
        if kept and kept.exists() and (written := kept.stat().st_mtime) > time.time() - _FRESH:
            rows = _parse(read_bytes(kept), query)
            # What was written by half, because the run was killed, is fetched again.
            if rows is not None:
                self.begun = min(self.begun, datetime.fromtimestamp(written, UTC))
                return rows
        body = self._fetch(query)
        rows = _parse(body, query)
        if rows is None:
            # A query that was stopped ends in the middle, or in words that are no JSON.
            raise _Failure(text("its response is not whole"), is_too_much=True)
        if kept:
            try:
                kept.parent.mkdir(parents=True, exist_ok=True)
                kept.write_bytes(body)
            except OSError as error:
                raise UnwritableTarget(kept, error.strerror or str(error)) from None
        return rows

    def _fetch(self, query: str) -> bytes:
        """Send one query, and read the response to its end."""
        wrapper = SPARQLWrapper.SPARQLWrapper(self.endpoint, returnFormat=SPARQLWrapper.JSON, agent=self._agent)
        wrapper.setMethod(SPARQLWrapper.POST)
        wrapper.setOnlyConneg(True)
        wrapper.setTimeout(max(1, round(self.seconds)))
        wrapper.setQuery(query)
        body, end = bytearray(), time.monotonic() + self.seconds
        try:
            with wrapper.query().response as response:
                media_type = response.headers.get_content_type()
                if media_type not in {"application/sparql-results+json", "application/json"}:
                    raise _Failure(
                        text(
                            "it responds with %(type)s, so it is no SPARQL endpoint; give the address of one with --endpoint",
                            type=media_type,
                        ),
                        again=False,
                    )
                while part := response.read1(1 << 16):
                    body += part
                    if time.monotonic() > end:
                        raise TimeoutError
                    if len(body) > self.mebibytes << 20:
                        raise _Failure(text("its response is too long"), is_too_much=True)
        except (SPARQLWrapperException, OSError, HTTPException) as error:
            raise _failure_of(error) from None
        return bytes(body)

    def _wait(self, failure: _Failure, retry: Retry) -> Retry:
        """Wait as long as the endpoint wants, and longer each time; raise EndpointFailed if there is no use in it."""
        reason = failure.reason
        try:
            if not failure.again or failure.seconds > retry.backoff_max:
                raise failure
            retry = retry.increment(error=failure)
        except (_Failure, MaxRetryError):
            if failure.again and self.responses:
                reason = text("%(reason)s; run the command again later, it goes on where it ended", reason=reason)
            raise EndpointFailed(self.endpoint, reason) from None
        # Before the second try urllib3 would not wait.
        seconds = max(failure.seconds, retry.get_backoff_time(), retry.backoff_factor)
        self.progress(text("%(reason)s; waiting %(seconds)s s", reason=reason, seconds=round(seconds)))
        time.sleep(seconds)
        return retry


class _Failure(Exception):
    """A query that got no whole response.

    again: whether it is worth sending again, after how many seconds at least; is_too_much: whether about less at once.
    """

    def __init__(self, reason: Text, *, again: bool = True, is_too_much: bool = False, seconds: float = 0) -> None:
        super().__init__(str(reason))
        self.reason, self.again, self.is_too_much, self.seconds = reason, again, is_too_much, seconds


def _failure_of(error: Exception) -> _Failure:
    # SPARQLWrapper raises errors of its own for some statuses, while it handles the one that has the headers.
    refusal = error.__context__ if isinstance(error, SPARQLWrapperException) else error
    if isinstance(refusal, HTTPError):
        refusal.close()
        return _refusal(refusal.code, refusal.headers.get("Retry-After", "0"))
    reason = getattr(error, "reason", error)
    if isinstance(reason, TimeoutError):
        return _Failure(text("it does not respond in time"), is_too_much=True)
    if isinstance(reason, HTTPException):
        return _Failure(text("its response breaks off"), is_too_much=True)
    return _Failure(text("it can not be reached (%(reason)s)", reason=getattr(reason, "strerror", None) or reason))


def _refusal(status: int, retry_after: str) -> _Failure:
    if status in {429, 503}:
        try:
            seconds = PATIENCE.parse_retry_after(retry_after)
        except (InvalidHeader, ValueError):
            seconds = 0
        busy = text("it is too busy (%(status)s)", status=status)
        rest = text("%(busy)s and wants %(seconds)s s of rest", busy=busy, seconds=round(seconds))
        return _Failure(rest if seconds else busy, seconds=seconds)
    if status == 403:
        return _Failure(text("it refuses us (403); see that you can be reached at what --contact says"), again=False)
    is_too_much = status in {500, 502, 504}
    return _Failure(
        text("it responds with status %(status)s", status=status), again=is_too_much, is_too_much=is_too_much
    )


def _parse(body: bytes, query: str) -> list[QuerySolution] | None:
    """Read a response; None for what is no whole one, or not one to this query."""
    wanted = re.findall(r"\?(\w+)", query.partition("WHERE")[0])
    try:
        results = parse_query_results(body, QueryResultsFormat.JSON)
        if isinstance(results, QuerySolutions) and [each.value for each in results.variables] == wanted:
            return list(results)
    except (SyntaxError, ValueError):
        pass
    return None
