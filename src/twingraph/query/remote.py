"""An engine elsewhere: what is asked there, which of its answers are believed, and how a release is put there."""

from __future__ import annotations

import json
import os
import re
import secrets
import ssl
from collections import deque
from contextlib import suppress
from functools import cached_property, lru_cache
from http import HTTPStatus
from http.client import HTTPException
from typing import TYPE_CHECKING, Any, NamedTuple, cast
from urllib.parse import unquote, urlencode, urljoin, urlsplit, urlunsplit

import pyoxigraph as ox
import requests
from requests.adapters import HTTPAdapter
from requests.auth import HTTPBasicAuth, HTTPDigestAuth
from urllib3.exceptions import HTTPError
from urllib3.util import Retry

from twingraph import __version__, errors
from twingraph.query.evaluation import Evaluator, check, mask, strip_comments, tokenize
from twingraph.settings import BASE
from twingraph.vocab import DESCRIPTION, base, kind_of
from twingraph.words import Text, text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

    from twingraph.query.evaluation import Found, Request

_JSON, _XML = "application/sparql-results+json", "application/sparql-results+xml"
_JSONLD, _NTRIPLES = "application/ld+json", "application/n-triples"
_DEFAULT = r'\s*OPTIONAL\s*\{\s*VALUES\s*\?(\w+)\s*\{\s*([^\s{}"]+|"[^"\\{}\n]*")\s*\}\s*\}'
_PATTERN, _DEFAULTS = (
    re.compile(rf"\b(?:WHERE|ASK)\s*\{{(?P<defaults>(?:{_DEFAULT}){times})", re.IGNORECASE) for times in "*+"
)
"""The pattern that values are put into: that with their defaults, a part of the query perhaps, or else the first."""
_PART = text("gave only a part of the answer, as at a limit of its own; ask for less at once")
_NO_FORMAT = text("offers no format in which its answers are seen to be whole")


class Address(NamedTuple):
    """Where an engine listens, without name and password in it, and who asks there; "" for nobody."""

    url: str
    user: str = ""
    password: str = ""

    def __repr__(self) -> str:
        return f"Address({self.url!r})"

    @classmethod
    def parse(cls, given: str) -> Address:
        """Read an http or https URL, name and password from it or, better, the environment; raises UnusableAddress."""
        try:
            parts = urlsplit(given)
            usable = parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0
        except ValueError:
            usable = False
        if not usable or any(not " " < sign < "\x7f" for sign in given):
            raise errors.UnusableAddress(re.sub(r"^(\w+://)?.*@", r"\1", given, flags=re.DOTALL))
        user, password = (os.environ.get(f"TWINGRAPH_ENGINE_{name}", "") for name in ("USER", "PASSWORD"))
        if parts.username:
            user, password = unquote(parts.username), unquote(parts.password or "")
        public = parts._replace(netloc=parts.netloc.rpartition("@")[2], path=parts.path or "/", fragment="")
        return cls(urlunsplit(public), user, password)


class Endpoint:
    """What listens at an address, for one thread; its replies may be so long, and after so many seconds of silence."""

    def __init__(self, address: Address, mebibytes: int = 64, seconds: float | None = 600) -> None:
        self.address, self._mebibytes, self._seconds = address, mebibytes, seconds
        self._session = requests.Session()
        # No proxy and no .netrc: queries go where the command says, in the name that it says.
        self._session.trust_env = False
        self._session.verify = ssl.get_default_verify_paths().cafile or True
        self._session.headers.update({"User-Agent": f"twingraph/{__version__}", "Accept-Encoding": "identity"})
        # A connection that was kept may just have been closed, and whatever is sent here may be sent twice.
        again = Retry(1, connect=0, status=0, other=0, allowed_methods=None, respect_retry_after_header=False)
        for scheme in ("http://", "https://"):
            self._session.mount(scheme, HTTPAdapter(max_retries=again))

    def send(self, method: str, url: str, body: bytes = b"", **headers: str) -> tuple[requests.Response, bytes]:
        """Send a request, with name and password once asked for; raises EngineFailed if no whole reply comes."""
        how: dict[str, Any] = {"data": body, "headers": headers, "timeout": self._seconds}
        how |= {"stream": True, "allow_redirects": False}
        response, whole = None, bytearray()
        try:
            response = self._session.request(method, url, **how)
            if response.status_code == HTTPStatus.UNAUTHORIZED and self.address.user and not self._session.auth:
                is_digest = "digest" in response.headers.get("WWW-Authenticate", "").lower()
                scheme = HTTPDigestAuth if is_digest else HTTPBasicAuth
                self._session.auth = scheme(self.address.user, self.address.password)
                response = self._session.request(method, url, **how)
            for part in response.iter_content(1 << 18):
                whole += part
                if len(whole) > self._mebibytes << 20:
                    raise errors.AnswerTooLarge(self._mebibytes)
        except (OSError, HTTPError, HTTPException, ValueError) as error:
            # What requests lets through, besides errors of its own, which are the first of these.
            deed = text("broke off in the middle of its answer")
            cause: BaseException | None = error
            if response is None:
                deed = text("hung up, or answered with what is no HTTP")
                while cause:
                    if reason := getattr(cause, "strerror", None):
                        deed = text("can not be reached (%(reason)s)", reason=reason)
                    cause = cause.__context__
            raise errors.EngineFailed(deed) from None
        return response, bytes(whole)

    def ask(
        self, query: str, media_type: str, default: Sequence[str] = (), named: Sequence[str] = ()
    ) -> tuple[requests.Response, bytes]:
        """Send a query (SPARQL 1.1 Protocol, 2.1.2); raises what `Engine.answer` does where no whole answer comes."""
        form = {"query": query, "default-graph-uri": default, "named-graph-uri": named}
        headers = {"Accept": media_type, "Content-Type": "application/x-www-form-urlencoded"}
        reply, body = self.send("POST", self.address.url, urlencode(form, doseq=True).encode(), **headers)
        given = reply.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        if reply.status_code != HTTPStatus.OK:
            # The first line that it says in plain text.
            line = next(iter(body.decode(errors="replace").strip().splitlines()), "")
            said = "".join(filter(str.isprintable, line))[:200].rstrip(".") if given == "text/plain" else ""
            words, again = said and f" ({said})", re.fullmatch("[0-9]{1,5}", reply.headers.get("Retry-After", ""))
            if reply.status_code in {HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE}:
                raise errors.Busy(int(again[0]) if again else 1)
            if reply.status_code == HTTPStatus.BAD_REQUEST:
                refusal = text("The engine that answers queries here refuses this one%(words)s.", words=words)
                raise errors.BadQuery(refusal)
            if reply.status_code != HTTPStatus.NOT_ACCEPTABLE:
                deed = text("answered with status %(status)s%(words)s", status=reply.status_code, words=words)
                raise errors.EngineFailed(deed)
        if given != media_type:
            raise errors.EngineFailed(_NO_FORMAT)
        # Virtuoso's ways to say, with a status of 200, that it was interrupted or gave the most rows it gives.
        is_cut = "X-SQL-State" in reply.headers or "X-SPARQL-MaxRows" in reply.headers
        # N-Triples do not show where they end.
        if is_cut or (media_type == _NTRIPLES and not reply.headers.get("Content-Length", "").isdecimal()):
            raise errors.EngineFailed(_PART)
        return reply, body

    @cached_property
    def is_oxigraph(self) -> bool:
        """Whether Oxigraph's server listens there; raises as `ask`."""
        return self.ask("ASK {}", _JSON)[0].headers.get("Server", "").startswith("Oxigraph/")

    def table(self, query: str, *graphs: Sequence[str]) -> list[dict[str, str]]:
        """Give the values of each row of a SELECT; of an ASK a row if it is true, as Virtuoso does. Raises as `ask`."""
        _, body = self.ask(query, _JSON, *graphs)
        try:
            found = json.loads(body)
            if "boolean" in found:
                return [{}] if found["boolean"] is True else []
            return [{name: term["value"] for name, term in row.items()} for row in found["results"]["bindings"]]
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            raise errors.EngineFailed(_PART) from None


class RemoteEvaluator(Evaluator):
    """What asks an engine elsewhere, at an address in place of files, and reads to its end what comes from there."""

    # Half of Oxigraph's own stack: what is nested so deep that it would end that server ends a worker first.
    stack = 1 << 20
    sockets = True

    def __init__(
        self, files: list[str], base_iri: str, prefixes: dict[str, str], answer_mebibytes: int, **_: str
    ) -> None:
        super().__init__([], base_iri, prefixes, answer_mebibytes, "")
        self._endpoint = Endpoint(Address(*files), answer_mebibytes, None)

    def run(self, request: Request, store: ox.Store | None = None) -> Found:
        """Run a query there as it is admitted, or here on a store; raises what is raised for either."""
        if store is not None:
            return super().run(request, store)
        terms = {name: str(term) for name, term in request.terms.items()}
        query = complete(request.query, self.base_iri, self.prefixes, terms)
        form, is_oxigraph = admit(query), self._endpoint.is_oxigraph
        if not is_oxigraph:
            query = query.replace("\r\n", "\n").replace("\r", "\n")
            admit(query)
            check_alike(query)
        graphs = [[graph.value for graph in each] for each in (request.default, request.named)]
        if form is ox.QueryBoolean:
            is_true = self._endpoint.table(query, *graphs)
            return cast("ox.QueryBoolean", ox.Store().query("ASK {}" if is_true else "ASK { FILTER(false) }"))
        # Virtuoso's JSON has numbers for truths, and its JSON-LD no languages.
        formats = (_JSON, _JSONLD) if is_oxigraph else (_XML, _NTRIPLES)
        media_type = formats[form is not ox.QuerySolutions]
        found = parse_answer(media_type, self._endpoint.ask(query, media_type, *graphs)[1])
        return sorted(found, key=str) if isinstance(found, list) else found


def complete(query: str, base_iri: str, prefixes: Mapping[str, str], terms: Mapping[str, str]) -> str:
    """Give a query that means anywhere what it means here, without comments: with its base, prefixes and values.

    terms: take the place of defaults at the beginning of the pattern; raises BadQuery where there is none.
    """
    query = strip_comments(query)
    if found := _DEFAULTS.search(query) or _PATTERN.search(query):
        values = dict(re.findall(_DEFAULT, found["defaults"], re.IGNORECASE)) | dict(terms)
        # Virtuoso loses variables that are bound in OPTIONAL { VALUES … }, as RDF-dev SEP-0007 has it.
        lines = "".join(f" VALUES ?{name} {{ {term} }}" for name, term in values.items())
        query = query[: found.start("defaults")] + lines + query[found.end("defaults") :]
    elif terms:
        raise errors.BadQuery(text("The query has no pattern that a value could be put into; begin it with WHERE."))
    # Some engines take one BASE and only as the first thing, and a prefix but once.
    form = tokenize(query)[1]
    end = form.start() if form else 0
    own = re.findall(r"\bPREFIX\s*([^\s:<>]*)\s*:", query[:end], re.IGNORECASE)
    based = "" if re.search(r"\bBASE\s*<", query[:end], re.IGNORECASE) else f"BASE <{base_iri}>\n"
    ours = (f"PREFIX {name}: <{iri}>\n" for name, iri in prefixes.items() if f"{name}:" in query and name not in own)
    return f"{based}{query[:end]}{''.join(ours)}{query[end:]}"


def admit(query: str) -> type:
    """See that a query, whole as it is sent, asks no other engine; give the type of its answers.

    It must be SPARQL with every SERVICE masked, so the parser decides what is one. Nothing else is run here, where
    there are sockets. Raises BadQuery, and what pyoxigraph raises.
    """
    check(query)
    return type(ox.Store().query(mask(query)))


@lru_cache(maxsize=256)
def check_alike(query: str) -> None:
    """See that another parser reads a query, and finds no SERVICE in it: an engine may be as lax as either."""
    # Here because only some engines need it, and it takes longer to load than a query.
    from rdflib.plugins.sparql.algebra import translateQuery, traverse  # noqa: PLC0415
    from rdflib.plugins.sparql.parser import parseQuery  # noqa: PLC0415

    parts: set[str] = set()
    try:
        traverse(translateQuery(parseQuery(query)).algebra, lambda part: parts.add(getattr(part, "name", "")))
    except Exception:  # noqa: BLE001 - whatever that parser stumbles over
        parts.add("ServiceGraphPattern")
    if "ServiceGraphPattern" in parts:
        raise errors.BadQuery(text("This query is not read alike by all engines; write it more plainly, with spaces."))


def parse_answer(media_type: str, body: bytes) -> ox.QuerySolutions | list[ox.Triple]:
    """Read rows or triples. Raises EngineFailed."""
    with suppress(SyntaxError, ValueError):
        form = ox.QueryResultsFormat.from_media_type(media_type)
        if form is None:
            return [quad.triple for quad in ox.parse(body, ox.RdfFormat.from_media_type(media_type))]
        # A broken end shows only once all rows are read, so they are read twice; and to the parser of XML not even so.
        rows, again = (ox.parse_query_results(body, form) for _ in range(2))
        is_open = media_type == _XML and not body.rstrip().endswith(b"</sparql>")
        if isinstance(rows, ox.QuerySolutions) and isinstance(again, ox.QuerySolutions) and not is_open:
            deque(rows, maxlen=0)
            return again
    raise errors.EngineFailed(_PART)


def find_store(engine: Address, store: str | None = None) -> Address:
    """Give the graph store of an engine: a URL or a path there, or where Oxigraph's server and Virtuoso have it."""
    virtuoso = "/sparql-graph-crud-auth" if engine.user else "/sparql-graph-crud"
    for ending, path in (("/query", "/store"), ("/sparql", virtuoso)):
        if store is None and engine.url.endswith(ending):
            store = engine.url.removesuffix(ending) + path
    if store is None:
        raise errors.NotPublished(engine.url, text("its graph store is not known; name it with --store"))
    return engine._replace(url=Address.parse(urljoin(engine.url, store)).url)


def publish(
    files: Sequence[Path], engine: Address, store: Address, tell: Callable[[Text], object], *, everything: bool = False
) -> tuple[int, int, int, list[str]]:
    """Make an engine hold what a release holds, by the SPARQL 1.1 Graph Store Protocol.

    A graph whose number of triples is right is left alone, unless `everything` is sent; so what was interrupted goes on
    where it ended. Gives how many graphs were sent, were there already and were removed, as are those of ours that the
    release does not have, and which others there are. Raises NotPublished, and as `Endpoint.ask`.
    """
    asking, writing = Endpoint(engine), Endpoint(store)
    graphs, counts = _read(files), _count(asking)
    merged = graphs.pop("")
    # First of all the smallest thing, so that a refusal comes before the largest was sent in vain.
    probe = f"{base()}id/graph/probe-{secrets.token_hex(8)}"
    triple = f"<{probe}> <{BASE}ns#probe> <{probe}> .\n"
    _write(writing, "PUT", probe, [triple.encode()])
    try:
        is_union = bool(asking.table(f"ASK {{ {triple} }}"))
    finally:
        _write(writing, "DELETE", probe)
    missing = [name for name, lines in graphs.items() if everything or counts.get(name) != len(lines)]
    ours = (name for name in counts if name.startswith(base()) or kind_of(name) == "rule")
    stale = [name for name in ours if name not in graphs]
    # Where the default graph is not the union of the named ones of itself, that is sent too.
    if not is_union and (missing or stale or counts.get("") != len(merged)):
        tell(text("default graph: %(number)s triples", number=len(merged)))
        _write(writing, "PUT", "", merged)
    for done, name in enumerate(missing):
        if not done % 500:
            tell(text("%(done)s of %(number)s graphs sent", done=done, number=len(missing)))
        _write(writing, "PUT", name, graphs[name])
    for name in stale:
        _write(writing, "DELETE", name)
    verify(files, engine)
    others = [name for name in counts if name and name not in graphs and name not in stale]
    return len(missing), len(graphs) - len(missing), len(stale), others


def verify(files: Sequence[Path], engine: Address) -> None:
    """Raise NotPublished where a graph there has not as many triples as here, or the default graph fewer than all."""
    counts = _count(Endpoint(engine))
    for name, lines in _read(files).items():
        there, here = counts.get(name, 0), len(lines)
        if there < here or (name and there > here):
            values = {"graph": f"<{name}>" if name else text("the default graph"), "there": there, "here": here}
            reason = text(
                "%(graph)s holds %(there)s triples, but %(here)s in the release; run twingraph publish", **values
            )
            raise errors.NotPublished(engine.url, reason)


def _read(files: Sequence[Path]) -> dict[str, list[bytes]]:
    """Give the lines of a release by graph, as N-Triples; by "" those of the default graph, all there are, once."""
    graphs: dict[str, list[bytes]] = {}
    for file in files:
        if file.suffix == ".ttl":
            triples = {str(quad.triple) for quad in ox.parse(path=file, format=ox.RdfFormat.TURTLE)}
            graphs[str(DESCRIPTION)] = [f"{triple} .\n".encode() for triple in sorted(triples)]
            continue
        for line in file.read_bytes().splitlines(keepends=True):
            # In N-Quads as releases have them, the last two words are the graph and the full stop.
            triple, graph, _ = line.rsplit(b" ", 2)
            graphs.setdefault(graph[1:-1].decode(), []).append(triple + b" .\n")
    return {**graphs, "": sorted({line for lines in graphs.values() for line in lines})}


def _count(engine: Endpoint) -> dict[str, int]:
    """Give how many triples each graph holds, and as "" the default graph."""
    rows = engine.table("SELECT (COUNT(*) AS ?n) WHERE { ?s ?p ?o }")
    rows += engine.table("SELECT ?graph (COUNT(*) AS ?n) WHERE { GRAPH ?graph { ?s ?p ?o } } GROUP BY ?graph")
    return {row.get("graph", ""): int(row["n"]) for row in rows}


def _write(store: Endpoint, method: str, name: str, lines: Iterable[bytes] = ()) -> None:
    """Put or delete a graph, the default graph by the name "" (Graph Store Protocol, 5.3 and 5.4)."""
    url, body, graph = store.address.url, b"".join(lines), f"<{name}>" if name else text("the default graph")
    target = f"{url}{'&' if '?' in url else '?'}{urlencode({'graph': name}) if name else 'default'}"
    try:
        status = store.send(method, target, body, **{"Content-Type": _NTRIPLES} if body else {})[0].status_code
    except errors.TwingraphError as error:
        values = {"graph": graph, "error": error.text}
        reason = text("%(graph)s was not taken (%(error)s); publish again, it goes on where it ended", **values)
        raise errors.NotPublished(url, reason) from None
    if not HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
        remedy = text("see whether --store names its graph store, then publish again")
        if status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
            remedy = text("this user may not write there; set TWINGRAPH_ENGINE_USER and TWINGRAPH_ENGINE_PASSWORD")
        values = {"graph": graph, "status": str(status), "remedy": remedy}
        raise errors.NotPublished(url, text("%(graph)s was refused with status %(status)s; %(remedy)s", **values))
