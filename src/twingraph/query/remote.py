"""An engine elsewhere that answers queries: what is sent to it, and which of its answers are believed."""

from __future__ import annotations

import json
import os
import re
import ssl
from contextlib import contextmanager
from functools import cached_property, lru_cache
from http import HTTPStatus
from http.client import HTTPException
from typing import TYPE_CHECKING, Any, NamedTuple, Self
from urllib.parse import unquote, urlencode, urlsplit, urlunsplit

import requests
from pyoxigraph import QueryBoolean, QueryResultsFormat, QuerySolutions, RdfFormat, Store, parse, parse_query_results
from requests.adapters import HTTPAdapter
from requests.auth import HTTPBasicAuth, HTTPDigestAuth
from urllib3.exceptions import HTTPError
from urllib3.util import Retry

from twingraph import __version__
from twingraph.errors import AnswerTooLarge, BadQuery, Busy, EngineFailed, TwingraphError, UnusableAddress
from twingraph.query import sparql
from twingraph.query.evaluation import Evaluator, graph_named, pack
from twingraph.words import Text, text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from pyoxigraph import Quad, QueryTriples
    from requests.structures import CaseInsensitiveDict

    from twingraph.query.evaluation import Request

SECRETS = ("TWINGRAPH_ENGINE_USER", "TWINGRAPH_ENGINE_PASSWORD")
"""The variables of the environment that hold the name and password of who asks."""
_JSON, _XML = "application/sparql-results+json", "application/sparql-results+xml"
_JSONLD, _NTRIPLES = "application/ld+json", "application/n-triples"
_PROLOGUE = re.compile(r"(?:\s*(?:BASE\s*<[^>]*>|PREFIX\s*[^\s:<>]*\s*:\s*<[^>]*>))*\s*", re.IGNORECASE)
_DEFAULT = r'\s*OPTIONAL\s*\{\s*VALUES\s*\?(\w+)\s*\{\s*([^\s{}"]+|"[^"\\{}\n]*")\s*\}\s*\}'
_PATTERN = re.compile(rf"\b(?:WHERE|ASK)\s*\{{(?P<defaults>(?:{_DEFAULT})*)", re.IGNORECASE)
_PART = text("gave only a part of the answer, as at a limit of its own; ask for less at once")
_NO_FORMAT = text("offers no format in which its answers are seen to be whole")
_FAILURES = (OSError, HTTPError, HTTPException, ValueError)
"""What requests lets through, besides errors of its own, which are the first of these."""


class Address(NamedTuple):
    """Where an engine listens, without name and password in it, and who asks there; "" for nobody."""

    url: str
    user: str = ""
    password: str = ""

    def __repr__(self) -> str:
        """Give the address alone."""
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
            raise UnusableAddress(re.sub(r"^(\w+://)?.*@", r"\1", given, flags=re.DOTALL))
        user, password = (os.environ.get(name, "") for name in SECRETS)
        if parts.username:
            user, password = unquote(parts.username), unquote(parts.password or "")
        public = parts._replace(netloc=parts.netloc.rpartition("@")[2], path=parts.path or "/", fragment="")
        return cls(urlunsplit(public), user, password)


class Reply(NamedTuple):
    """A whole reply to a request."""

    status: int
    media_type: str
    headers: CaseInsensitiveDict[str]
    body: bytes


class Endpoint:
    """What listens at one address, over connections that are kept; for one thread.

    mebibytes: length of a reply; seconds: for which it may be silent, None where who asks is ended in time.
    """

    def __init__(self, address: Address, mebibytes: int, seconds: float | None = None) -> None:
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

    def send(self, method: str, url: str, body: bytes = b"", headers: Mapping[str, str] | None = None) -> Reply:
        """Send a request, with name and password once the server asks for them; give the whole reply.

        Raises EngineFailed for whatever is no whole reply, AnswerTooLarge.
        """
        how: dict[str, Any] = {"data": body, "headers": headers, "timeout": self._seconds}
        how |= {"stream": True, "allow_redirects": False}
        try:
            response = self._session.request(method, url, **how)
            if response.status_code == HTTPStatus.UNAUTHORIZED and self.address.user and not self._session.auth:
                is_digest = "digest" in response.headers.get("WWW-Authenticate", "").lower()
                scheme = HTTPDigestAuth if is_digest else HTTPBasicAuth
                self._session.auth = scheme(self.address.user, self.address.password)
                response = self._session.request(method, url, **how)
        except _FAILURES as error:
            raise EngineFailed(_explain(error)) from None
        whole = bytearray()
        try:
            for part in response.iter_content(1 << 18):
                whole += part
                if len(whole) > self._mebibytes << 20:
                    raise AnswerTooLarge(self._mebibytes)
        except _FAILURES:
            raise EngineFailed(text("broke off in the middle of its answer")) from None
        media_type = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        return Reply(response.status_code, media_type, response.headers, bytes(whole))

    def ask(self, query: str, media_type: str, default: Sequence[str] = (), named: Sequence[str] = ()) -> Reply:
        """Send a query (SPARQL 1.1 Protocol, 2.1.2); give an answer in that media type, whole as far as HTTP tells.

        default, named: the graphs that it is to see, if not all. Raises BadQuery, Busy, EngineFailed, AnswerTooLarge.
        """
        fields = [("query", query), *(("default-graph-uri", iri) for iri in default)]
        form = urlencode([*fields, *(("named-graph-uri", iri) for iri in named)]).encode()
        headers = {"Accept": media_type, "Content-Type": "application/x-www-form-urlencoded"}
        reply = self.send("POST", self.address.url, form, headers)
        if reply.status != HTTPStatus.OK:
            raise _refusal(reply)
        if reply.media_type != media_type:
            raise EngineFailed(_NO_FORMAT)
        # Virtuoso's ways to say, with a status of 200, that it was interrupted or gave the most rows it gives.
        is_cut = "X-SQL-State" in reply.headers or "X-SPARQL-MaxRows" in reply.headers
        # N-Triples do not show where they end.
        if is_cut or (media_type == _NTRIPLES and not reply.headers.get("Content-Length", "").isdecimal()):
            raise EngineFailed(_PART)
        return reply

    @cached_property
    def is_oxigraph(self) -> bool:
        """Whether Oxigraph's server listens there; raises as `ask`."""
        return self.ask("ASK {}", _JSON).headers.get("Server", "").startswith("Oxigraph/")

    def table(self, query: str, *graphs: Sequence[str]) -> list[dict[str, str]]:
        """Give the values of each row of a SELECT, and of an ASK one row of one value, as Virtuoso does.

        Raises as `ask`.
        """
        with _whole():
            found = json.loads(self.ask(query, _JSON, *graphs).body)
            if "boolean" in found:
                return [{"": str(found["boolean"])}]
            return [{name: term["value"] for name, term in row.items()} for row in found["results"]["bindings"]]

    def is_true(self, query: str, *graphs: Sequence[str]) -> bool:
        """Give the answer to an ASK. Raises as `ask`."""
        return any(value in {"True", "true", "1"} for row in self.table(query, *graphs) for value in row.values())


class RemoteEvaluator(Evaluator):
    """What runs queries in a worker where the data are in an engine elsewhere, whose `Endpoint` is the store.

    What comes from there is read to its end and given on like answers of our own, which none is that was cut short.
    Virtuoso's JSON has numbers for truths, and its JSON-LD no languages, so these are taken from Oxigraph only.
    """

    @classmethod
    def open(cls, files: Sequence[str], description: str, **others: Any) -> Self:  # noqa: ANN401, ARG003 - as the fields have it
        """Make ready to ask the engine at an address, which stands in the place of files."""
        # Half of Oxigraph's own stack: what is nested so deep that it would end that server ends a worker first.
        return cls(Endpoint(Address(*files), others["answer_mebibytes"]), **others, stack=1 << 20, sockets=True)

    def answer(self, query: str, *others: Any) -> tuple[str, bytes]:  # noqa: ANN401 - as the fields of Request
        """Have one query answered; give the answer by its form, or the reason why there is none."""
        try:
            return super().answer(query, *others)
        except AnswerTooLarge:
            return "too large", b""
        except EngineFailed as error:
            return "failure", pack(error.deed)
        except Busy as error:
            return "busy", str(error.retry_after).encode()

    def run(self, store: Any, request: Request) -> QuerySolutions | QueryBoolean | QueryTriples:  # noqa: ANN401
        """Run a query on a store here, or there as it is admitted; raises what is raised for either."""
        if isinstance(store, Store):
            return super().run(store, request)
        terms = {name: str(term) for name, term in request.terms().items()}
        query = complete(request.query, self.base, self.prefixes, terms)
        form = admit(query)
        if not store.is_oxigraph:
            query = query.replace("\r\n", "\n").replace("\r", "\n")
            admit(query)
            check_alike(query)
        # What is no IRI is refused here as it is for a store of our own.
        graphs = [[graph_named(iri).value for iri in each] for each in (request.default_graphs, request.named_graphs)]
        if form is QuerySolutions:
            return parse_rows(store.ask(query, _JSON if store.is_oxigraph else _XML, *graphs))
        if form is QueryBoolean:
            return Store().query("ASK {}" if store.is_true(query, *graphs) else "ASK { FILTER(false) }")
        triples = parse_graph(store.ask(query, _JSONLD if store.is_oxigraph else _NTRIPLES, *graphs))
        found = Store()
        # It gives first what came last.
        found.extend(sorted(triples, key=str, reverse=True))
        return found.query("CONSTRUCT WHERE { ?s ?p ?o }")


def complete(query: str, base: str, prefixes: Mapping[str, str], terms: Mapping[str, str]) -> str:
    """Give a query that means anywhere what it means here, without comments: with its base, prefixes and values.

    terms: values of variables, which hold from the beginning of the query's pattern on (RDF-dev SEP-0007). They take
    the place of the defaults there: `OPTIONAL { VALUES ?x { a } }` before all else is `VALUES ?x { a }`, and Virtuoso
    loses variables that are bound in the first way.

    Raises BadQuery where there is no pattern for a value.
    """
    query = sparql.strip_comments(query)
    if found := _PATTERN.search(query):
        values = dict(re.findall(_DEFAULT, found["defaults"], re.IGNORECASE)) | dict(terms)
        lines = "".join(f" VALUES ?{name} {{ {term} }}" for name, term in values.items())
        query = query[: found.start("defaults")] + lines + query[found.end("defaults") :]
    elif terms:
        raise BadQuery(text("The query has no pattern that a value could be put into; begin it with WHERE."))
    # Some engines take one BASE and only as the first thing, and a prefix but once.
    prologue = _PROLOGUE.match(query)
    end = prologue.end() if prologue else 0
    own = re.findall(r"\bPREFIX\s*([^\s:<>]*)\s*:", query[:end], re.IGNORECASE)
    base = "" if re.search(r"\bBASE\s*<", query[:end], re.IGNORECASE) else f"BASE <{base}>\n"
    ours = (f"PREFIX {name}: <{iri}>\n" for name, iri in prefixes.items() if f"{name}:" in query and name not in own)
    return f"{base}{query[:end]}{''.join(ours)}{query[end:]}"


def admit(query: str) -> type:
    """See that a query, whole as it is sent, asks no other engine; give the type of its answers.

    It must be SPARQL with every SERVICE made another word: so the engine's own parser decides what is one. Nothing
    else is run here, and that on no data, since this process has sockets.

    Raises BadQuery, and what pyoxigraph raises.
    """
    sparql.check(query)
    return type(Store().query(sparql.mask(query) or query))


@lru_cache(maxsize=256)
def check_alike(query: str) -> None:
    """See that another parser reads a query, and finds no SERVICE in it: an engine may be as lax as either.

    Raises BadQuery.
    """
    # Here because only some engines need it, and it takes longer to load than a query.
    from rdflib.plugins.sparql.algebra import translateQuery, traverse  # noqa: PLC0415
    from rdflib.plugins.sparql.parser import parseQuery  # noqa: PLC0415

    parts: set[str] = set()
    try:
        traverse(translateQuery(parseQuery(query)).algebra, lambda part: parts.add(getattr(part, "name", "")))
    except Exception:  # noqa: BLE001 - whatever that parser stumbles over
        parts.add("ServiceGraphPattern")
    if "ServiceGraphPattern" in parts:
        raise BadQuery(text("This query is not read alike by all engines; write it more plainly, with spaces."))


@contextmanager
def _whole() -> Iterator[None]:
    """Refuse an answer in which something is not as it should be."""
    try:
        yield
    except (SyntaxError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise EngineFailed(_PART) from None


def parse_rows(reply: Reply) -> QuerySolutions:
    """Read rows; a broken end shows only once all are read, so they are read twice. Raises EngineFailed."""
    form = QueryResultsFormat.from_media_type(reply.media_type)
    with _whole():
        rows, again = (parse_query_results(reply.body, form) for _ in range(2))
        # The parser of XML reads no further than it must.
        is_open = reply.media_type == _XML and not reply.body.rstrip().endswith(b"</sparql>")
        if isinstance(rows, QuerySolutions) and isinstance(again, QuerySolutions) and not is_open:
            for _ in rows:
                pass
            return again
    raise EngineFailed(_PART)


def parse_graph(reply: Reply) -> list[Quad]:
    """Read triples. Raises EngineFailed."""
    with _whole():
        return list(parse(reply.body, RdfFormat.from_media_type(reply.media_type)))


def _refusal(reply: Reply) -> TwingraphError:
    """Give what a status means, with the first line that the engine says in plain text."""
    line = next(iter(reply.body.decode(errors="replace").strip().splitlines()), "")
    said = "".join(filter(str.isprintable, line))[:200].rstrip(".") if reply.media_type == "text/plain" else ""
    words = said and f" ({said})"
    if reply.status == HTTPStatus.BAD_REQUEST:
        return BadQuery(text("The engine that answers queries here refuses this one%(words)s.", words=words))
    if reply.status == HTTPStatus.NOT_ACCEPTABLE:
        return EngineFailed(_NO_FORMAT)
    if reply.status in {HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE}:
        again = re.fullmatch("[0-9]{1,5}", reply.headers.get("Retry-After", ""))
        return Busy(int(again[0]) if again else 1)
    return EngineFailed(text("answered with status %(status)s%(words)s", status=reply.status, words=words))


def _explain(error: BaseException) -> Text:
    cause: BaseException | None = error
    while cause:
        if isinstance(cause, OSError) and cause.strerror:
            return text("can not be reached (%(reason)s)", reason=cause.strerror)
        cause = cause.__context__
    return text("hung up, or answered with what is no HTTP")
