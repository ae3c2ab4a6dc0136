"""Assistants: named queries, SPARQL and things as tools of the Model Context Protocol, every answer with its quotes."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from rdflib import Literal, URIRef

from twingraph import __version__
from twingraph.errors import BadValue, NotFound, TwingraphError
from twingraph.names import GUESS, Names
from twingraph.query.questions import check, question, questions, term
from twingraph.settings import BASE
from twingraph.vocab import address, base, curie, prefixes
from twingraph.words import text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from twingraph.query.engine import Answer, Engine
    from twingraph.release.folder import Release
    from twingraph.words import Language

Row = dict[str, str]

MOST = 60_000
"""Characters of an answer: more at once is more than an assistant takes in."""
_QUOTES = """SELECT DISTINCT ?it ?quote ?exact ?start ?end ?source ?page {
  VALUES ?it { %s }
  { ?it a schema:Quotation BIND(?it AS ?quote) } UNION { ?quote oa:exact ?it } UNION { ?it prov:wasDerivedFrom ?quote }
  ?quote a schema:Quotation ; oa:exact ?exact ; oa:start ?start ; oa:end ?end ; prov:wasQuotedFrom ?source
  OPTIONAL { ?source schema:url ?page }
}"""
_CITED = re.compile(r"\b(?:quote|agreement|twinning|activity|programme|figure):[A-Za-z0-9][A-Za-z0-9-]*")
"""Names of quotes, and of things whose quotes are related to an answer that names them."""
_INSTRUCTIONS = (
    "Every statement here stands in a sentence of a source. The quotes of a row say what it says; related ones are "
    "about the same and need not. Give them to the letter with their links, so that people can check what you say, and "
    "say so where a row has none."
)
_NAME = re.compile(r"\b([a-z]+):\w")


class Tools:
    """What an assistant may ask of one release in one language, from any number of threads; it reads what each does.

    site: the public address of a server of the release, to which links lead; without one they are the IRIs.
    """

    def __init__(self, engine: Engine, release: Release, language: Language, site: str) -> None:
        self._engine, self._language, self._site = engine, language, site and f"{site.rstrip('/')}/"
        self._version, self._defaults = release.manifest["version"], release.manifest.get("defaults", {})

    def questions(self) -> str:
        """List the named queries: what each asks, and its values as they are unless given."""
        return "\n".join(
            " ".join((f"{each.name}: {each.summaries[self._language]}", *map("=".join, each.parameters.items())))
            for each in questions(self._defaults)
        )

    def ask(self, name: str, values: dict[str, str | int] | None = None) -> str:
        """Answer a named query, of other values if these are given: {"place": "alcamo"}."""
        given, named = {key: str(value) for key, value in (values or {}).items()}, question(name, self._defaults)
        cited = urlencode({**given, "lang": self._language, "release": self._version})
        link = f"{self._link(address(f'query/{name}'))}?{cited}"
        told = {"question": named.summaries[self._language], "values": {**named.parameters, **given}, "link": link}
        return self._answer(named.write(self._language), told, named.values(given))

    def query(self, sparql: str) -> str:
        """Answer a query in SPARQL 1.1 within limits of time and memory; prefixes such as tg: and place: are known."""
        return self._answer(sparql, {}, {})

    def thing(self, thing: str) -> str:
        """Tell all that is stated of a thing, by a name in any spelling or as place:alcamo, and what states each."""
        iri = term(thing)
        if not isinstance(iri, URIRef):
            _, rows, _ = _read(self._engine.answer(question("names-to-find-things-by").write(self._language)))
            found = Names((row["thing"], row["spelling"]) for row in rows).search(thing)
            best = [each.thing for each in found if each.rank == min(found[0].rank, GUESS - 1)]
            if not found:
                raise NotFound(text("Nothing here is called %(name)r.", name=thing))
            if len(best) != 1:
                near = ", ".join(best or [each.thing for each in found[:20]])
                raise NotFound(
                    text("%(name)r may mean any of these, so name the one: %(near)s.", name=thing, near=near)
                )
            iri = term(best[0])
        query = question("facts-of-one-thing").write(self._language)
        return self._answer(query, {"thing": curie(iri), "link": self._link(iri)}, {"thing": iri})

    def _answer(self, query: str, told: dict[str, Any], values: Mapping[str, URIRef | Literal]) -> str:
        """Write an answer as JSON, each row with its quotes; raises BadValue where that is too long."""
        check(self._engine, values)
        answer = self._engine.answer(query, values=values)
        columns, rows, terms = _read(answer)
        if answer.kind == "boolean":
            told["answer"] = json.loads(answer.body)["boolean"]
        elif answer.kind == "triples":
            told["turtle"] = answer.body.decode()
        quotes, behind = self._quotes(terms)
        cited, others = list[list[str]](), set[str]()
        for row in rows:
            cells = {*row.values()}
            near = {name for cell in cells for name in behind.get(cell, ())}
            cited.append(sorted(near & cells or (name for name in near if quotes[name]["exact"] in cells)))
            others |= set() if cited[-1] else near
        named = {name for names in cited for name in names}
        if columns:
            # What goes with a row as its quotes is not given twice.
            known = {None, *quotes, *(each["exact"] for each in quotes.values())}
            kept = [name for name in columns if any(row.get(name) not in known for row in rows)]
            told["columns"] = [*kept, "quotes"]
            told["rows"] = [[*map(row.get, kept), names] for row, names in zip(rows, cited, strict=True)]
        told["quotes"] = {name: quotes[name] for name in sorted(named)}
        told["related"] = {name: quotes[name] for name in sorted(others - named)}
        used = set(_NAME.findall(_write(told)))
        told["prefixes"] = {prefix: self._link(iri) for prefix, iri in prefixes().items() if prefix in used}
        if len(written := _write(told | {"release": self._version})) > MOST:
            raise BadValue(text("The answer is over %(most)s characters; ask for less at once.", most=MOST))
        return written

    def _quotes(self, terms: Iterable[str]) -> tuple[dict[str, dict[str, Any]], dict[str, list[str]]]:
        """Give the quotes that there are of things, quotes and words, by name; and their names by what they are of."""
        quotes, behind = dict[str, dict[str, Any]](), defaultdict[str, list[str]](list)
        for row in _read(self._engine.answer(_QUOTES % " ".join(terms)))[1]:
            name, thing, start, end = (row.pop(each) for each in ("quote", "it", "start", "end"))
            behind[thing].append(name)
            quotes[name] = {**row, "start": int(start), "end": int(end), "link": self._link(term(name))}
        return quotes, behind

    def _link(self, iri: str) -> str:
        """Give where something of ours is at the site, if there is one, except for terms."""
        # As a plain string: rdflib's would not begin with one of several.
        iri = str(iri)
        here = next((each for each in (base(), BASE) if iri.startswith((f"{each}id/", f"{each}query/"))), "")
        return self._site + iri.removeprefix(here) if self._site and here else iri


def serve(engine: Engine, release: Release, language: Language, site: str) -> None:
    """Answer an assistant on standard input and output until it leaves; raises BadValue without the extra."""
    # Loaded here because it is an extra.
    try:
        from mcp.server.mcpserver import MCPServer  # noqa: PLC0415
        from mcp.server.mcpserver.exceptions import ToolError  # noqa: PLC0415
        from mcp.types import ToolAnnotations  # noqa: PLC0415
        from pydantic import ValidationError  # noqa: PLC0415
    except ImportError:
        raise BadValue(text("MCP is not installed here: install it with `pip install 'twingraph[mcp]'`.")) from None

    class Server(MCPServer):
        async def call_tool(self, *asked: Any, **others: Any) -> Any:  # noqa: ANN401 - as they come
            try:
                return await super().call_tool(*asked, **others)
            except ToolError as error:
                why = error.__cause__
                if isinstance(why, TwingraphError):
                    raise ToolError(why.text.in_language(language)) from None
                if isinstance(why, ValidationError):
                    [first, *_] = why.errors()
                    raise ToolError(f"{'.'.join(map(str, first['loc']))}: {first['msg']}.") from None
                raise

    title, tools = release.manifest.get("name", {}).get(language, ""), Tools(engine, release, language, site)
    server = Server("twingraph", instructions=f"{title}. {_INSTRUCTIONS}", version=__version__, log_level="WARNING")
    for tool in (tools.questions, tools.ask, tools.query, tools.thing):
        server.add_tool(tool, structured_output=False, annotations=ToolAnnotations(read_only_hint=True))
    server.run()


def _write(told: object) -> str:
    return json.dumps(told, ensure_ascii=False, separators=(",", ":"))


def _read(answer: Answer) -> tuple[list[str], list[Row], set[str]]:
    """Give the columns and rows of an answer, things by prefix, and what quotes there may be of, as SPARQL has it.

    Of triples there is one row, of what they name, and no columns.
    """
    if answer.kind == "triples":
        names = set(_CITED.findall(answer.body.decode()))
        return [], [{name: name for name in names}], names
    found, terms = json.loads(answer.body), set[str]()

    def write(cell: dict[str, str]) -> str:
        if "xml:lang" in cell:
            terms.add(Literal(cell["value"], lang=cell["xml:lang"]).n3())
        short = curie(cell["value"]) if cell["type"] == "uri" else ""
        terms.update(_CITED.findall(short))
        return short if ":" in short else cell["value"]

    rows = [{name: write(cell) for name, cell in row.items()} for row in found.get("results", {}).get("bindings", ())]
    return found["head"].get("vars", []), rows, terms
