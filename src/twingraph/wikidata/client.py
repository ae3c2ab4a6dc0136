"""A client of endpoints with Wikidata's data, which sends one query at a time and is as patient as their rules want."""

from __future__ import annotations

import hashlib
import re
import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from http.client import HTTPException
from typing import TYPE_CHECKING, Any
from urllib.error import HTTPError, URLError

import SPARQLWrapper
from pyoxigraph import BlankNode, NamedNode, QueryResultsFormat, QuerySolutions, Triple, parse_query_results
from SPARQLWrapper.SPARQLExceptions import SPARQLWrapperException

from twingraph import __version__
from twingraph.curation.graph import read_bytes
from twingraph.errors import BadValue, EndpointFailed, UnwritableTarget
from twingraph.query.remote import Address
from twingraph.release.folder import write
from twingraph.settings import BASE
from twingraph.vocab import WD, WIKIBASE, WIKIDATA
from twingraph.wikidata import entities
from twingraph.wikidata.entities import TIE, Snapshot, one_way
from twingraph.words import Text, text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

    from pyoxigraph import QuerySolution

_BUSY, _TOO_MUCH = frozenset({429, 503}), frozenset({500, 502, 504})
"""The statuses that are worth another try: of the same query, and of one about less."""
_LONGEST, _FRESH = 300, 24 * 3600
"""Seconds to wait, at most, and for which the responses to a run that broke off are good to go on from."""
_CONTACT = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+|https?://[\w-]+(?:\.[\w-]+)+(?:/[\w./~%?=&#+-]*)?", re.ASCII)
_RESULTS = frozenset({"application/sparql-results+json", "application/json"})
# The names that RFC 2606 keeps for examples, so that one copied from a text is not sent.
_RESERVED = re.compile(r"(?i:(?:^|[@./])(?:example(?:\.(?:com|net|org))?|invalid|test|localhost|local)(?:[:/]|$))")
_ABOUT, _ALL, _LABELS, _TIES = (entities.QUERIES[name] for name in ("about", "all", "labels", "ties"))
_FROM, _TO = NamedNode(f"{WIKIDATA}prop/{TIE}"), NamedNode(f"{WIKIDATA}prop/statement/{TIE}")
_RANK = NamedNode(WIKIBASE.rank)


class _Broken(Exception):
    """A response that is of no use; its argument is the reason."""


@dataclass
class Client:
    """One run of queries to an endpoint, of which one is on its way at any time.

    contact: an e-mail address or web page of who runs it, for the header User-Agent, as Wikimedia's policy wants it.
    responses: a folder to keep responses in, where a run that broke off less than a day ago left them.
    progress: is called with how far it is. names: things that one query is about, fewer once that was too much:
    Wikidata's endpoint stops a query after 60 seconds. seconds, mebibytes: for one response, at most. tries: of one
    query; pause: seconds to wait after the first of them, and twice as long after each other. Raises BadValue where
    there is no contact, or the endpoint is none.
    """

    endpoint: str
    contact: str | None
    responses: Path | None = None
    progress: Callable[[Text], object] = lambda _: None
    names: int = 100
    seconds: float = 75.0
    mebibytes: int = 64
    tries: int = 8
    pause: float = 1.0

    def __post_init__(self) -> None:
        self.endpoint = Address.parse(self.endpoint).url
        contact = (self.contact or "").removeprefix("mailto:")
        if not _CONTACT.fullmatch(contact) or _RESERVED.search(contact):
            sentence = text("Give your own address with --contact: Wikidata wants one, and %(it)r is none.", it=contact)
            raise BadValue(sentence)
        contact = contact if contact.startswith("http") else f"mailto:{contact}"
        self._agent = f"twingraph/{__version__} ({BASE}; {contact}) SPARQLWrapper/{SPARQLWrapper.__version__}"
        self._oldest = time.time()

    @property
    def taken(self) -> str:
        """When the oldest of the responses came that this run goes by, as ISO 8601 has it."""
        return datetime.fromtimestamp(self._oldest, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

    def select(self, query: str, names: Iterable[str], subject: Text) -> Iterator[QuerySolution]:
        """Send a query about any number of things, in the place of its NAMES; give the rows of all results.

        names: IRIs, or literals as SPARQL writes them, with their quotation marks.
        subject: what they are, for the progress. Raises EndpointFailed when patience ends, and UnwritableTarget.
        """
        left, failures = sorted(set(names)), 0
        total = len(left)
        while left:
            batch = left[: self.names]
            try:
                rows = self._rows(query.replace("NAMES", " ".join(map(_term, batch))))
            except (_Broken, SPARQLWrapperException, HTTPException, OSError) as error:
                # SPARQLWrapper raises errors of its own for some statuses, while it handles the one with the headers.
                cause = error.__context__ if isinstance(error, SPARQLWrapperException) else error
                failures += 1
                self._wait(cause, failures)
                # Where no connection was made, or it is only busy, it was not too much.
                if not isinstance(cause, URLError) or getattr(cause, "code", 503) not in _BUSY:
                    self.names = max(1, len(batch) // 2)
                continue
            failures, left = 0, left[len(batch) :]
            values = {"subject": subject, "done": total - len(left), "total": total}
            self.progress(text("%(subject)s: %(done)s / %(total)s", **values))
            yield from rows

    def triples(self, query: str, names: Iterable[str], subject: Text) -> Iterator[Triple]:
        """Send a query for rows of subject, property and value, as `select` does."""
        for row in self.select(query, names, subject):
            node, term, value = row["s"], row["p"], row["o"]
            if isinstance(node, NamedNode) and isinstance(term, NamedNode) and value is not None:
                if isinstance(value, BlankNode):
                    # An unknown value is named as Wikidata's endpoint does, alike in every run, as no blank node is.
                    digest = hashlib.sha256(f"{node} {term}".encode()).hexdigest()
                    value = NamedNode(f"{WIKIDATA}.well-known/genid/{digest[:32]}")
                yield Triple(node, term, value)

    def _rows(self, query: str) -> list[QuerySolution]:
        name = hashlib.sha256(f"{self.endpoint} {query}".encode()).hexdigest()
        kept = self.responses / f"{name}.json" if self.responses else None
        is_fresh = kept and kept.exists() and kept.stat().st_mtime > time.time() - _FRESH
        # What was written by half, because the run was killed, is fetched again.
        if kept and is_fresh and (rows := _parse(read_bytes(kept), query)) is not None:
            self._oldest = min(self._oldest, kept.stat().st_mtime)
            return rows
        body = self._fetch(query)
        if (rows := _parse(body, query)) is None:
            raise _Broken(text("its response is not whole"))
        if kept:
            list(write(kept.parent, [(kept.name, body)]))
        return rows

    def _fetch(self, query: str) -> bytes:
        wrapper = SPARQLWrapper.SPARQLWrapper(self.endpoint, returnFormat=SPARQLWrapper.JSON, agent=self._agent)
        wrapper.setMethod(SPARQLWrapper.POST)
        wrapper.setOnlyConneg(True)
        wrapper.setTimeout(max(1, round(self.seconds)))
        wrapper.setQuery(query)
        body, end = bytearray(), time.monotonic() + self.seconds
        with wrapper.query().response as response:
            if (kind := response.headers.get_content_type()) not in _RESULTS:
                reason = text("it is no SPARQL endpoint, since it responds with %(type)s; see --endpoint", type=kind)
                raise EndpointFailed(self.endpoint, reason)
            while part := response.read1(1 << 16):
                body += part
                if time.monotonic() > end:
                    raise TimeoutError
                if len(body) > self.mebibytes << 20:
                    raise _Broken(text("its response is too long"))
        return bytes(body)

    def _wait(self, cause: BaseException | None, failures: int) -> None:
        """Wait as long as the endpoint wants, and longer each time; raise EndpointFailed if there is no use in it."""
        rest, again = 0.0, True
        if isinstance(cause, HTTPError):
            cause.close()
            again, wanted = cause.code in _BUSY | _TOO_MUCH, cause.headers.get("Retry-After", "")
            with suppress(ValueError):
                rest = float(wanted) if wanted.isdecimal() else parsedate_to_datetime(wanted).timestamp() - time.time()
            reason = text("it responds with status %(status)s", status=f"{cause.code} {cause.reason}")
            if cause.code == HTTPStatus.FORBIDDEN:
                reason = text("%(reason)s; see that you can be reached at what --contact says", reason=reason)
        elif isinstance(cause, _Broken):
            reason = cause.args[0]
        elif isinstance(error := getattr(cause, "reason", cause), TimeoutError):
            reason = text("it does not respond in time")
        else:
            reason = text("there is no connection, or it breaks off (%(error)s)", error=error)
        if rest > 0:
            reason = text("%(reason)s and wants %(seconds)s s of rest", reason=reason, seconds=round(rest))
        if not again or failures >= self.tries or rest > _LONGEST:
            if again and self.responses:
                reason = text("%(reason)s; run the command again later, it goes on where it ended", reason=reason)
            raise EndpointFailed(self.endpoint, reason)
        seconds = max(rest, min(self.pause * 2 ** (failures - 1), _LONGEST))
        self.progress(text("%(reason)s; waiting %(seconds)s s", reason=reason, seconds=round(seconds)))
        time.sleep(seconds)


def _term(name: str) -> str:
    return name if name.startswith('"') else f"<{name}>"


def _parse(body: bytes, query: str) -> list[QuerySolution] | None:
    """Read a response; None for what is no whole one, or not one to this query."""
    # A query that was stopped ends in the middle, or in words that are no JSON.
    with suppress(SyntaxError, ValueError):
        results = parse_query_results(body, QueryResultsFormat.JSON)
        wanted = re.findall(r"\?(\w+)", query.partition("WHERE")[0])
        if isinstance(results, QuerySolutions) and [each.value for each in results.variables] == wanted:
            return list(results)
    return None


def take(client: Client, items: Sequence[str], folder: Path) -> Snapshot:
    """Fetch all that a comparison needs about some items, and write it to a folder, which keeps responses until then.

    In full: the items with their statements, and the ties of others to them; of the items that they have ties to, the
    ties both ways; of all items named in these, the labels. Raises EndpointFailed and UnwritableTarget.
    """
    if folder.exists() and not entities.is_snapshot(folder):
        raise UnwritableTarget(folder, text("it holds something other than a snapshot; name another folder"))
    client.responses = folder / entities.RESPONSES
    names = {f"{WD}{item}" for item in items}
    data = (f"https://www.wikidata.org/wiki/Special:EntityData/{item}" for item in items)
    triples = set(client.triples(_ABOUT, (*names, *data, f"{WD}{TIE}", *entities.LAST_EDIT), text("items")))
    nodes, ties = _objects(triples, f"{WD}statement/"), list(_follow(client, names, 1))
    nodes |= {each.subject.value for each in ties if each.predicate == _TO and each.object.value in names}
    triples.update(ties)
    triples.update(client.triples(_ALL, nodes, text("statements")))
    triples.update(client.triples(_ALL, _objects(triples, f"{WIKIDATA}reference/"), text("references")))
    triples.update(client.triples(_ALL, _objects(triples, f"{WIKIDATA}value/"), text("values")))
    triples.update(client.triples(_LABELS, _objects(triples, f"{WD}Q") - names, text("labels")))
    entities.save(folder, triples, client.endpoint, client.taken, items)
    return Snapshot.load(folder)


def take_ties(client: Client, items: Sequence[str], steps: int) -> Snapshot:
    """Follow ties, both ways, so many steps from some items; with labels of those with a tie that has no way back."""
    triples = [*_follow(client, {f"{WD}{item}" for item in items}, steps)]
    missing = one_way(Snapshot.parse(triples, client.endpoint, client.taken, items).ties())
    triples += client.triples(_LABELS, {f"{WD}{item}" for tie in missing for item in tie.pair()}, text("labels"))
    return Snapshot.parse(triples, client.endpoint, client.taken, items)


def _follow(client: Client, towns: set[str], steps: int) -> Iterator[Any]:
    """Give of each tie the statement of its source, the target, and the rank, as triples."""
    edge = known = towns
    for step in range(steps + 1):
        found = set()
        for row in client.select(_TIES, edge, text("twinnings, step %(step)s", step=step)):
            source, node, target, rank = (row[name] for name in ("from", "node", "to", "rank"))
            one, other, ranked = (getattr(each, "value", "") for each in (source, target, rank))
            # A tie with a town that Wikidata does not know leads nowhere.
            if one.startswith(f"{WD}Q") and other.startswith(f"{WD}Q") and ranked in entities.RANKS:
                yield from (Triple(source, _FROM, node), Triple(node, _TO, target), Triple(node, _RANK, rank))
                found |= {other} if one in edge else set()
        edge, known = found - known, known | found
        if not edge:
            break


def _objects(triples: Iterable[Triple], start: str) -> set[str]:
    objects = (each.object for each in triples)
    return {each.value for each in objects if isinstance(each, NamedNode) and each.value.startswith(start)}
