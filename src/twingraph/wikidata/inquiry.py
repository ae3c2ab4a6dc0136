"""Questions to an endpoint with Wikidata's data, one at a time and as patiently as its rules want."""

from __future__ import annotations

import hashlib
import http.client
import re
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.error import HTTPError, URLError

import SPARQLWrapper
from pyoxigraph import QueryResultsFormat, QuerySolutions, parse_query_results
from SPARQLWrapper import JSON, POST, SPARQLExceptions

from twingraph import __version__
from twingraph.curation.sources import read_bytes
from twingraph.errors import BadSetting, NotAnswered, UnwritableTarget
from twingraph.query.exchange import Address
from twingraph.settings import BASE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from pyoxigraph import QuerySolution

_PART = 1 << 16
_FRESH = 24 * 3600
"""Seconds after which the answers of a run that was broken off are too old to go on from."""
_RESERVED = re.compile(
    r"(?:^|[@./])(?:example(?:\.(?:com|net|org))?|invalid|test|localhost|local)(?:[:/]|$)", re.IGNORECASE
)
"""Of the names that RFC 2606 keeps for examples, so that one copied from a text is not sent."""
_MAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+", re.ASCII)
_SITE = re.compile(r"https?://[\w-]+(?:\.[\w-]+)+(?:/[\w./~%?=&#+-]*)?", re.ASCII)
_WAIT = frozenset({HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE})
_LESS = frozenset({HTTPStatus.INTERNAL_SERVER_ERROR, HTTPStatus.BAD_GATEWAY, HTTPStatus.GATEWAY_TIMEOUT})


@dataclass(frozen=True, slots=True)
class Patience:
    """How an endpoint is asked: Wikidata's own stops a query after 60 seconds, and wants one at a time.

    names: things that one query asks about, fewer once that was too much. seconds: for one answer, and mebibytes.
    tries: without success until it is given up. pause: seconds before the second try, twice as many before each next.
    longest: seconds that are waited at most, also where the endpoint wants more.
    """

    names: int = 100
    seconds: float = 75.0
    mebibytes: int = 64
    tries: int = 8
    pause: float = 1.0
    longest: float = 300.0


class Inquiry:
    """One run of questions; of these, one is on its way at any time."""

    def __init__(
        self,
        endpoint: str,
        contact: str | None,
        answers: Path | None = None,
        patience: Patience | None = None,
        tell: Callable[[str], object] = lambda _: None,
    ) -> None:
        """Begin a run, or go on with one that was broken off less than a day ago.

        contact: an e-mail address or web page of who asks, for the header User-Agent. answers: a folder to keep
        answers in, from which those that a run before got are taken. tell: is told how far it is.
        Raises BadSetting where there is no contact, UnusableAddress where the endpoint is no address, and
        UnwritableTarget.
        """
        self.endpoint = Address.read(endpoint).url
        self._agent = _agent(contact)
        self._answers, self._patience, self._tell = answers, patience or Patience(), tell
        self._most = self._patience.names
        self.begun = datetime.now(UTC) if answers is None else _begun(answers)

    def ask(self, query: str, names: Iterable[str], subject: str) -> Iterator[QuerySolution]:
        """Ask about any number of things; give the rows of all answers.

        query: with NAMES where those things go. subject: what they are, for telling how far it is.
        Raises NotAnswered when patience is at its end, and UnwritableTarget.
        """
        left, failures = sorted(set(names)), 0
        whole = len(left)
        while left:
            batch = left[: self._most]
            try:
                rows = self._answered(query.replace("NAMES", " ".join(f"<{name}>" for name in batch)))
            except _Failure as failure:
                failures += 1
                self._wait(failure, failures)
                if failure.less:
                    self._most = max(1, len(batch) // 2)
                continue
            failures, left = 0, left[len(batch) :]
            self._tell(f"{subject}: {whole - len(left)} / {whole}")
            yield from rows

    def _answered(self, query: str) -> list[QuerySolution]:
        kept = self._answers and self._answers / f"{_name(self.endpoint, query)}.json"
        if kept and kept.exists() and (known := _read(read_bytes(kept), query)) is not None:
            return known
        body = self._body(query)
        rows = _read(body, query)
        if rows is None:
            # A query that was stopped ends in the middle, or in words that are no JSON.
            raise _Failure("its answer is not whole", "tā atbilde nav pilnīga", less=True)
        if kept:
            _keep(kept, body)
        return rows

    def _body(self, query: str) -> bytes:
        """Send one query, and read the answer to its end."""
        wrapper = SPARQLWrapper.SPARQLWrapper(self.endpoint, returnFormat=JSON, agent=self._agent)
        wrapper.setMethod(POST)
        wrapper.setOnlyConneg(True)
        wrapper.setTimeout(max(1, round(self._patience.seconds)))
        wrapper.setQuery(query)
        end = time.monotonic() + self._patience.seconds
        try:
            with wrapper.query().response as response:
                _check_type(response.headers.get_content_type())
                return b"".join(self._parts(response, end))
        except SPARQLExceptions.SPARQLWrapperException as error:
            raise _refusal(_STATUS.get(type(error), HTTPStatus.INTERNAL_SERVER_ERROR), None) from None
        except HTTPError as error:
            error.close()
            raise _refusal(error.code, error.headers.get("Retry-After")) from None
        except (OSError, http.client.HTTPException) as error:
            raise _broken(error) from None

    def _parts(self, response: http.client.HTTPResponse, end: float) -> Iterator[bytes]:
        length = 0
        while part := response.read1(_PART):
            length += len(part)
            if time.monotonic() > end:
                raise TimeoutError
            if length > self._patience.mebibytes << 20:
                raise _Failure("its answer is too long", "tā atbilde ir pārāk gara", less=True)
            yield part

    def _wait(self, failure: _Failure, failures: int) -> None:
        """Wait as long as the endpoint wants, and longer each time; raise NotAnswered if there is no use in it."""
        seconds = max(failure.seconds, self._patience.pause * 2 ** (failures - 1))
        if not failure.again or failures >= self._patience.tries or failure.seconds > self._patience.longest:
            raise NotAnswered(self.endpoint, *self._last_words(failure))
        seconds = min(seconds, self._patience.longest)
        self._tell(f"{self.endpoint}: {failure.sentence[0]}; waiting {seconds:.0f} s")
        time.sleep(seconds)

    def _last_words(self, failure: _Failure) -> tuple[str, str]:
        english, latvian = failure.sentence
        if not (failure.again and self._answers):
            return english, latvian
        return (
            f"{english}; run the command again later, it goes on where it ended",
            f"{latvian}; vēlāk palaidiet komandu vēlreiz, tā turpinās no vietas, kur beidza",
        )


_STATUS = {
    SPARQLExceptions.QueryBadFormed: HTTPStatus.BAD_REQUEST,
    SPARQLExceptions.Unauthorized: HTTPStatus.UNAUTHORIZED,
    SPARQLExceptions.EndPointNotFound: HTTPStatus.NOT_FOUND,
    SPARQLExceptions.URITooLong: HTTPStatus.REQUEST_URI_TOO_LONG,
}


def _name(endpoint: str, query: str) -> str:
    return hashlib.sha256(f"{endpoint} {query}".encode()).hexdigest()


def _begun(answers: Path) -> datetime:
    """Make the folder for answers, remove those that are too old, and tell since when there are any."""
    now = time.time()
    try:
        answers.mkdir(parents=True, exist_ok=True)
        times = {path: path.stat().st_mtime for path in answers.iterdir()}
        for path in [path for path, written in times.items() if written < now - _FRESH]:
            path.unlink()
            del times[path]
    except OSError as error:
        raise UnwritableTarget(answers, error.strerror or str(error)) from None
    return datetime.fromtimestamp(min(times.values(), default=now), UTC)


def _keep(path: Path, body: bytes) -> None:
    """Write an answer under its name at once, so that none is kept by half."""
    part = path.with_suffix(".part")
    try:
        part.write_bytes(body)
        part.rename(path)
    except OSError as error:
        raise UnwritableTarget(path, error.strerror or str(error)) from None


class _Failure(Exception):
    """A question that got no whole answer.

    again: whether it is worth asking again, and after how many seconds at least; less: whether for less at once.
    """

    def __init__(
        self, english: str, latvian: str, *, again: bool = True, less: bool = False, seconds: float = 0.0
    ) -> None:
        super().__init__(english)
        self.sentence = english, latvian
        self.again, self.less, self.seconds = again, less, seconds


def _agent(contact: str | None) -> str:
    """Give the header User-Agent as Wikimedia's policy wants it: the program, and whom to turn to."""
    contact = (contact or "").removeprefix("mailto:")
    is_mail = bool(_MAIL.fullmatch(contact))
    if not (is_mail or _SITE.fullmatch(contact)) or _RESERVED.search(contact):
        raise BadSetting(
            f"Wikidata answers only those who say whom to turn to, and {contact!r} is nobody's address; "
            "give your own e-mail address or web page with --contact.",
            f"Vikidati atbild tikai tiem, kas norāda, pie kā vērsties, bet {contact!r} nav neviena adrese; "
            "norādiet savu e-pasta adresi vai tīmekļa lapu ar --contact.",
        )
    library = SPARQLWrapper.__version__
    return f"twingraph/{__version__} ({BASE}; {'mailto:' * is_mail}{contact}) SPARQLWrapper/{library}"


def _read(body: bytes, query: str) -> list[QuerySolution] | None:
    """Read an answer; None for what is no whole one, or not one to this query."""
    asked = re.findall(r"\?(\w+)", query.partition("WHERE")[0])
    try:
        found = parse_query_results(body, QueryResultsFormat.JSON)
        if isinstance(found, QuerySolutions) and [each.value for each in found.variables] == asked:
            return list(found)
    except (SyntaxError, ValueError):
        pass
    return None


def _check_type(media_type: str) -> None:
    if media_type not in {"application/sparql-results+json", "application/json"}:
        raise _Failure(
            f"it answers with {media_type}, so it is no SPARQL endpoint; give the address of one with --endpoint",
            f"tas atbild ar {media_type}, tātad nav SPARQL piekļuves punkts; norādiet tāda adresi ar --endpoint",
            again=False,
        )


def _refusal(status: int, retry_after: str | None) -> _Failure:
    if status in _WAIT:
        seconds = _seconds(retry_after)
        rest = f" and wants {seconds:.0f} s of rest", f" un lūdz {seconds:.0f} s atelpas"
        english, latvian = rest if seconds else ("", "")
        return _Failure(
            f"it is too busy ({status}){english}", f"tas ir pārslogots ({status}){latvian}", seconds=seconds
        )
    if status == HTTPStatus.FORBIDDEN:
        return _Failure(
            "it does not let this program ask (403); see that --contact is an address where you can be reached",
            "tas neļauj šai programmai jautāt (403); pārliecinieties, ka --contact ir adrese, kurā jūs var sasniegt",
            again=False,
        )
    less = status in _LESS
    return _Failure(f"it answers with status {status}", f"tas atbild ar statusu {status}", again=less, less=less)


def _broken(error: Exception) -> _Failure:
    reason = error.reason if isinstance(error, URLError) else error
    if isinstance(reason, TimeoutError):
        return _Failure("it does not answer in time", "tas neatbild laikā", less=True)
    if isinstance(error, http.client.HTTPException):
        return _Failure("its answer breaks off", "tā atbilde ir aprauta", less=True)
    why = getattr(reason, "strerror", None) or reason
    return _Failure(f"it can not be reached ({why})", f"tas nav sasniedzams ({why})")


def _seconds(retry_after: str | None) -> float:
    """Read the header Retry-After: seconds or a date (RFC 9110, 10.2.3)."""
    text = (retry_after or "").strip()
    if text.isdecimal():
        return float(text)
    try:
        return max(0.0, (parsedate_to_datetime(text) - datetime.now(UTC)).total_seconds())
    except (TypeError, ValueError):
        return 0.0
