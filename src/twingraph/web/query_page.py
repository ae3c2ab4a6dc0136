"""The query page: a query, its answer as people read it, programs that ask the same, and what an editor completes."""

from __future__ import annotations

import json
import shlex
from collections import Counter
from types import MappingProxyType
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from flask import Blueprint, Response, jsonify, redirect, render_template, request, url_for

from twingraph.errors import BadQuery, BadValue, NotFound, TwingraphError
from twingraph.names import fold
from twingraph.query.evaluation import changes
from twingraph.query.questions import check, former, question, questions, spellings
from twingraph.vocab import address, curie, prefixes, slug_of
from twingraph.web import http, things
from twingraph.web.columns import heading
from twingraph.web.language import gettext as _
from twingraph.web.language import language, sorted_names
from twingraph.web.service import rows, service, site
from twingraph.web.table import bars, name_columns, read, spots
from twingraph.words import text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from werkzeug.wrappers import Response as AnyResponse

    from twingraph.names import Names
    from twingraph.query.engine import Answer
    from twingraph.query.questions import Question

    Graphs = tuple[tuple[str, ...], tuple[str, ...]]

blueprint = Blueprint("query", __name__)

LONGEST_PAGE, LONGEST_ADDRESS = 1 << 20, 60_000
"""Bytes of an answer that is no file yet but a page, and characters of an address that servers and proxies take."""
EDITOR = ("editor/yasqe.min.css", "editor/yasqe.min.js")
"""The style and script of the editor, which are here if they could be fetched when the wheel was built."""
MOST_NEAR, MOST_CHOICES = 3, 60
"""How many things are offered in place of one that is unknown: those called like it, else of all that there are."""
FORMATS = {
    "solutions": ("csv", "tsv", "json", "xml"),
    "boolean": ("json", "xml"),
    "triples": ("turtle", "nt", "jsonld", "rdf"),
}
"""The formats that each kind of answer can be taken in, by the names that the endpoint knows them by."""

_ENDINGS = {"turtle": "ttl", "n-triples": "nt", "n-quads": "nq", "ld+json": "jsonld", "rdf+xml": "rdf"}
_ENDINGS |= {"tab-separated-values": "tsv"}
"""The endings of files by their media subtypes, where these do not end with them."""
_ACCEPT = {"solutions": "text/csv", "boolean": "application/sparql-results+json", "triples": "text/turtle"}


@blueprint.get("/query")
@blueprint.get("/query/<name>")
def page(name: str | None = None) -> AnyResponse:
    """Show the answer to ?query=…, or to a named one of ?place=como, say; else a form. Raises NotFound, BadValue.

    With a format (&format=csv) the answer to a named one is a file of its name; of another release than that which is
    cited (&release=1.0.0) there is none. A former name, and a name for a thing (?place=Como), lead to that of today.
    """
    if name is None:
        query = request.args.get("query", "")
        return answer(query) if query.strip() else form()
    if today := former(name):
        kept = {**today[1], **request.args.to_dict(flat=False)}
        return redirect(url_for(".page", name=today[0], **kept), 308)  # type: ignore[arg-type]
    named = question(name, service().defaults)
    given = {each: value for each in named.parameters if (value := request.args.get(each, "").strip())}
    is_file = any(http.named(*request.args.getlist("format")))
    try:
        values = named.values(given)
        check(service().engine, values)
    except BadValue as error:
        if meant := _meant(named, given):
            return redirect(url_for(".page", name=name, **{**request.args, **meant}), 302)  # type: ignore[arg-type]
        if is_file:
            raise
        return refuse(error, query=named.write(language()), question=named, near=_near(named, given))
    query = named.write(language(), values)
    return _file(query, _file_name(name, given)) if is_file else answer(query, named, given)


def _spellings(named: Question, given: Mapping[str, str]) -> dict[str, Names]:
    """Give what the things may be called that are given by a name, or by a slug, by parameter."""
    prefix = {parameter: default.partition(":")[0] for parameter, default in named.parameters.items() if ":" in default}
    typed = (parameter for parameter in given if parameter in prefix and "://" not in given[parameter])
    return {parameter: spellings(service().engine, prefixes()[prefix[parameter]]) for parameter in typed}


def _meant(named: Question, given: Mapping[str, str]) -> dict[str, str]:
    """Give the things that alone go by a name, of the kind that a parameter takes, for those that are given so."""
    meant: dict[str, str] = {}
    for parameter, names in _spellings(named, given).items():
        owners = [curie(iri) for iri in names.owners(given[parameter]) if slug_of(iri) != given[parameter]]
        meant |= {parameter: owners[0]} if len(owners) == 1 else {}
    return meant


def _near(named: Question, given: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """Give the things that are called most like what is unknown, or else all that there are, by parameter."""
    near, choices = {}, _choices(named)
    for parameter, names in _spellings(named, given).items():
        known, typed = choices[parameter], given[parameter].rpartition(":")[2]
        scores = {curie(iri): score for iri, score in names.compare(typed).items()}
        best = sorted(known.keys() & scores, key=lambda each: (-scores[each], each))[:MOST_NEAR]
        if typed not in {each.partition(":")[2] for each in known}:
            near[parameter] = {each: known[each] for each in best or [*known][:MOST_CHOICES]}
    return near


def _file(query: str, name: str) -> Response:
    """Answer a named query as a file; raises NotFound where it cites another release than this."""
    cited, here = request.args.get("release", ""), service().version
    if cited and cited != here:
        values = {"here": here or text("no version"), "version": cited[:40]}
        raise NotFound(text("This server has the release %(here)s, and not %(version)s.", **values))
    choice = http.choose(None, *request.args.getlist("format"))
    found = service().engine.answer(
        query, results=choice.results, graphs=choice.graphs, asker=request.remote_addr or ""
    )
    response = Response(found.body, content_type=http.content_type(found.media_type))
    subtype = found.media_type.partition("/")[2]
    ending = _ENDINGS.get(subtype, subtype.rpartition("+")[2])
    response.headers.set("Content-Disposition", "inline", filename=f"{name}.{ending}")
    return response


def _file_name(name: str, given: Mapping[str, str]) -> str:
    """Name a file after the question, what it is asked of, and the release."""
    values = (fold(value.rpartition(":")[2]).replace(" ", "-")[:40] for value in given.values())
    return "-".join(filter(None, (name, *values, service().version)))


@blueprint.get("/query/terms.json")
def terms() -> Response:
    """Give what an editor completes: the prefixes, and the classes and properties by how often the data use them."""
    used = [
        {"kind": row["kind"], "iri": row["term"], "name": curie(row["term"])}
        | {"uses": int(row["uses"]), "label": row.get("term_label", "")}
        for row in rows("classes-and-properties")
    ]
    return jsonify(prefixes=prefixes(), terms=used)


@blueprint.app_template_global()
def query_address(name: str, **things: str) -> str:
    """Give the address of the page of a named query; things: the IRIs that it is asked of."""
    return url_for("query.page", name=name, **{variable: curie(iri) for variable, iri in things.items()})  # type: ignore[arg-type]


@blueprint.app_template_global()
def query_summary(name: str) -> str:
    """Say what a named query asks, in the language of the page."""
    return question(name).summaries[language()]


def form(**shown: Any) -> Response:  # noqa: ANN401 - whatever the template takes
    """Show a form with a query to begin with, and the named ones."""
    page = {"examples": questions(), "prefixes": prefixes(), "longest": LONGEST_ADDRESS, "heading": heading}
    named, cited, here = shown.get("question"), request.args.get("release", ""), service().version
    page |= {"choices": _choices(named) if named else {}, "cited": cited if cited != here else "", "release": here}
    # By its lasting name, where it is not said at which address this is public.
    page["cited_at"] = site() if service().settings.site else address("")
    page["publisher"] = service().files.manifest.get("publisher", {}).get("name", "")
    has_editor = all(map(http.static_version, EDITOR))
    return Response(render_template("query.html", editor=has_editor, **page | shown))


def refuse(error: TwingraphError, **shown: Any) -> Response:  # noqa: ANN401 - whatever the template takes
    """Show a form that says why there is no answer."""
    # What the parser says is English, whatever the language of the page.
    foreign = getattr(error.text.values.get("reason"), "values", {}).get("complaint", "")
    response = form(refusal=error.text.in_language(language()), foreign=foreign, **shown)
    response.status_code = error.status
    if error.retry_after is not None:
        response.headers["Retry-After"] = str(error.retry_after)
    return response


def _choices(asked: Question) -> dict[str, dict[str, str]]:
    """Give what each parameter that takes a thing may be given, by what it is called, as far as that has a name."""
    kinds = {parameter: default.partition(":")[0] for parameter, default in asked.parameters.items() if ":" in default}
    known = {row["thing"]: row["thing_label"] for row in rows("names-to-find-things-by")}
    found: dict[str, dict[str, str]] = {}
    for parameter, prefix in kinds.items():
        those = {iri: name for iri, name in known.items() if iri.startswith(prefixes()[prefix])}
        often = Counter(those.values())
        # Of two with one name only the slugs tell which is which.
        named_apart = {iri: name if often[name] == 1 else f"{name} ({slug_of(iri)})" for iri, name in those.items()}
        found[parameter] = {curie(iri): name for iri, name in sorted_names(named_apart.items(), lambda each: each[1])}
    return found


def answer(
    query: str,
    named: Question | None = None,
    given: Mapping[str, str] = MappingProxyType({}),
    graphs: Graphs = ((), ()),
) -> Response:
    """Show a query and its answer, or why there is none.

    named: the named query that this is, of which values; graphs: the default and the named ones that are all it sees,
    if there are any.
    """
    default_graphs, named_graphs = graphs
    try:
        if "\0" in query:
            # A browser drops it from the form, and a shell from a program to copy: both would ask something else.
            raise BadQuery(text("The query has a character U+0000, which no text can hold; remove it."))
        asker = request.remote_addr or ""
        result = service().engine.answer(query, asker=asker, default_graphs=default_graphs, named_graphs=named_graphs)
    except TwingraphError as error:
        return refuse(error, query=query.replace("\0", ""), question=named)
    # The language of the page is no business of a file, but that of a named query is its own.
    of_file: dict[str, Any] = {"query": query, "lang": None}
    of_file |= {"default-graph-uri": default_graphs, "named-graph-uri": named_graphs}
    if named:
        of_file = {"name": named.name, **given, "lang": language()}
    response = form(
        query=query,
        question=named,
        given=given,
        files={
            each: url_for("query.page" if named else "sparql.ask", **of_file | {"format": each})
            for each in FORMATS[result.kind]
        },
        file_name=_file_name(named.name if named else "answer", given),
        permalink=_permalink(query, named, given),
        programs=_programs(result.kind, f"{site()}sparql", query),
        bytes=len(result.body),
        **_readable(result, query, named, given),
    )
    if named is None and (changes(query) or result.has_blank_nodes):
        response.headers["Cache-Control"] = "no-store"
    return response


def _permalink(query: str, named: Question | None, given: Mapping[str, str]) -> str:
    """Give the path and query by which an answer is cited: of the question, its values, and the release."""
    cited = dict(given) if named else {"query": query}
    cited |= {"release": service().version} if service().version else {}
    return f"query{f'/{named.name}' if named else ''}?{urlencode({**cited, 'lang': language()})}"


def _programs(kind: str, endpoint: str, query: str) -> dict[str, str]:
    """Give programs that ask a query, by what runs them: all for a table, for truth and triples those with a type."""
    query, end, dashes = query.replace("\r\n", "\n").strip("\n"), "SPARQL", "-"
    # The shell hands the query over as it stands, up to a line that is not in it; R, up to a bracket that is not.
    while end in query.splitlines():
        end += "_"
    while f'){dashes}"' in query:
        dashes += "-"
    escaped = query.replace("\\", "\\\\").replace('"""', '\\"\\"\\"')
    values = {"accept": _ACCEPT[kind], "address": json.dumps(endpoint), "dashes": dashes, "end": end, "kind": kind}
    values |= {"python": f'"""\n{escaped}\n"""', "query": query, "shell": shlex.quote(endpoint)}
    texts = {"curl": "curl", "Python": "rdflib" if kind == "triples" else "client"}
    if kind == "solutions":
        texts |= {"Python, pandas": "pandas", "R": "r"}
    return {name: render_template(f"programs/{file}.txt", **values) + "\n" for name, file in texts.items()}


def _readable(result: Answer, query: str, named: Question | None, given: Mapping[str, str]) -> dict[str, Any]:
    """Give an answer as people read it; nothing of one that is too long for a page."""
    if len(result.body) > LONGEST_PAGE:
        return {}
    if result.kind == "triples":
        return {"turtle": result.body.decode()}
    content = json.loads(result.body)
    if result.kind == "boolean":
        return {"truth": content["boolean"]}
    table = read(content)
    # One that somebody changed still begins with the question.
    begun = named or next((each for each in questions() if f"#+ summary: {each.summaries['en']}\n" in query), None)
    shown = {"table": name_columns(table, _names(), begun.parameters) if begun else table, "named": bool(begun)}
    drawn = named.chart if named else ()
    has_bars = named is None or drawn
    shown |= {"bars": bars(table, language(), drawn) if has_bars else None, "spots": spots(table, language())}
    return shown | {"hints": _hints(table.number, query, named, given)}


def _names() -> dict[str, tuple[str, str]]:
    """Give what things are called, by how RDF writes these, and in which language: that of the page, or another."""
    found = json.loads(service().engine.answer(things.query("labels")).body)["results"]["bindings"]
    found.sort(key=lambda row: row["label"].get("xml:lang") == language())
    labels = {curie(row["thing"]["value"]): row["label"] for row in found}
    return {thing: (label["value"], label.get("xml:lang", "")) for thing, label in labels.items()}


def _hints(number: int, query: str, named: Question | None, given: Mapping[str, str]) -> list[str]:
    """Say what often explains an answer that is not what was expected; number: of its rows."""
    hints = []
    if not number and named and given:
        asked, usual = (
            "; ".join(f"{heading(name)}: {value}" for name, value in each.items()) for each in (given, named.parameters)
        )
        none = _("Nothing here fits %(asked)s. There is an answer for %(usual)s.")
        hints.append(none % {"asked": asked, "usual": usual})
    if not number and "http://schema.org/" in query:
        hints.append(_("The terms of schema.org begin with https here: https://schema.org/."))
    if not number and "wdt:" in query:
        hints.append(_("No statement of Wikidata is here (wdt:): our things name their items with schema:sameAs."))
    if named is None and "GROUP_CONCAT" in query.upper():
        hints.append(_("GROUP_CONCAT joins words: of anything else write GROUP_CONCAT(STR(?value))."))
    return hints
