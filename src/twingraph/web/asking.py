"""The page at which people ask: a query, its answer as they read it, and the programs that ask the same."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, TypedDict

from flask import Response, render_template, request, url_for

from twingraph.errors import TwingraphError
from twingraph.query.questions import questions
from twingraph.vocab import PREFIXES
from twingraph.web import layout, shown
from twingraph.web.hangup import asker_of
from twingraph.web.language import gettext as _
from twingraph.web.language import language
from twingraph.web.negotiation import content_type
from twingraph.web.service import service, site
from twingraph.web.snippets import snippets

if TYPE_CHECKING:
    from twingraph.query.engine import Answer
    from twingraph.query.questions import Question

LONGEST_PAGE = 1 << 20
"""Bytes of an answer up to which a browser is shown it as a page; a longer one is for a file."""
EDITOR = ("editor/yasqe.min.css", "editor/yasqe.min.js")
"""The style and script of the editor, which are here if they could be fetched when the wheel was built."""
FORMATS = {
    "solutions": ("csv", "tsv", "json", "xml"),
    "boolean": ("json", "xml"),
    "triples": ("turtle", "nt", "jsonld", "rdf"),
}
"""The formats that each kind of answer can be taken in, by the names that the endpoint knows them by."""
EXAMPLE = """\
SELECT ?agreement ?signed ?sentence WHERE {
  GRAPH ?quote { ?agreement a tg:Agreement ; tg:signed ?signed }
  ?quote oa:exact ?sentence
}
ORDER BY ?agreement
"""
"""The query to begin with."""


class Dataset(TypedDict):
    """The graphs that the protocol lets an asker name, for a query to see these and no others."""

    default_graphs: tuple[str, ...]
    named_graphs: tuple[str, ...]


WHOLE: Dataset = {"default_graphs": (), "named_graphs": ()}
"""All there are."""


def empty() -> Response:
    """Show a form with a query to begin with, and the named ones."""
    return _page(query=EXAMPLE)


def asked(query: str, *, keeps: bool, question: Question | None = None, dataset: Dataset = WHOLE) -> Response:
    """Show a query and its answer, or why there is none.

    keeps: whether the answer is the same each time; question: the named query that this is.
    """
    try:
        answer = service().engine.answer(query, gone=asker_of(request.environ), **dataset)
    except TwingraphError as error:
        return _refused(query, error, question)
    response = _page(query=query, question=question, kind=answer.kind, **_told(query, answer, dataset))
    if not keeps:
        response.headers["Cache-Control"] = "no-store"
    return response


def _told(query: str, answer: Answer, dataset: Dataset) -> dict[str, Any]:
    """Give what the page says of an answer; of one that is too long for it, how to take it."""
    told = {
        "files": {each: _file(query, each, dataset) for each in FORMATS[answer.kind]},
        "snippets": snippets(answer.kind, f"{site()}sparql", query),
        "bytes": len(answer.body),
    }
    if len(answer.body) > LONGEST_PAGE:
        return told
    if answer.kind == "triples":
        return {**told, "turtle": answer.body.decode()}
    found = json.loads(answer.body)
    if answer.kind == "boolean":
        return {**told, "truth": found["boolean"]}
    rows = shown.table(found)
    return {**told, "table": rows, "bars": shown.bars(rows, language()), "spots": shown.spots(rows, language())}


def _file(query: str, named: str, dataset: Dataset) -> str:
    """Give the address of the same answer in a format; the language of the page is none of its business."""
    graphs: dict[str, Any] = {
        "default-graph-uri": dataset["default_graphs"],
        "named-graph-uri": dataset["named_graphs"],
    }
    return url_for("sparql.ask", query=query, format=named, lang=None, **graphs)


def _refused(query: str, error: TwingraphError, question: Question | None) -> Response:
    response = _page(query=query, question=question, refusal=error.message(language()))
    response.status_code = error.status
    if error.retry_after is not None:
        response.headers["Retry-After"] = str(error.retry_after)
    return response


def _page(**told: object) -> Response:
    is_fetched = all(map(layout.static_version, EDITOR))
    page = render_template("query.html", editor=is_fetched, examples=_examples(), prefixes=PREFIXES, **told)
    return Response(page, content_type=content_type("text/html"))


def _examples() -> list[tuple[str, list[Question]]]:
    """Give the named queries by what each is about first of all."""
    found: dict[str, list[Question]] = {}
    for each in questions():
        found.setdefault(each.tags[0], []).append(each)
    subjects = _subjects()
    return [(subjects[tag], found[tag]) for tag in subjects if tag in found]


def _subjects() -> dict[str, str]:
    """Name what queries are about, in the order in which people ask."""
    return {
        "places": _("Towns"),
        "ties": _("Ties"),
        "agreements": _("Agreements"),
        "dates": _("Dates"),
        "areas": _("Areas of cooperation"),
        "activities": _("Activities"),
        "programmes": _("Programmes"),
        "figures": _("Figures"),
        "sentences": _("Sentences"),
        "sources": _("Sources"),
        "evidence": _("Evidence"),
        "names": _("Names"),
        "counts": _("Counts"),
        "terms": _("Terms"),
    }
