"""The query page: any query, the named ones by their names, and what an editor completes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, Response, jsonify, request

from twingraph.query.questions import check, question
from twingraph.vocab import PREFIXES, curie
from twingraph.web import asking
from twingraph.web.answers import rows
from twingraph.web.language import language
from twingraph.web.service import service
from twingraph.web.sparql import changes

if TYPE_CHECKING:
    from twingraph.query.questions import Question

blueprint = Blueprint("query", __name__)


@blueprint.get("/query")
@blueprint.get("/query/<name>")
def page(name: str | None = None) -> Response:
    """Show the answer to ?query=…, which is how a query is shared, or to a named one; without, a form to write in.

    A named one takes values for its parameters: /query/areas-of-one-town?place=como. Raises UnknownQuestion, BadValue.
    """
    if name is not None:
        return _named(question(name))
    query = request.args.get("query", "")
    return asking.asked(query, keeps=not changes(query)) if query.strip() else asking.empty()


@blueprint.get("/query/terms.json")
def terms() -> Response:
    """Give what an editor completes: the prefixes, and the classes and properties by how often the data use them."""
    used = [
        {
            "kind": row["kind"],
            "iri": row["term"],
            "name": curie(row["term"]),
            "uses": int(row["uses"]),
            "label": row.get("term_label", ""),
        }
        for row in rows("classes-and-properties")
    ]
    return jsonify(prefixes=PREFIXES, terms=used)


def _named(known: Question) -> Response:
    given = {each.name: value for each in known.parameters if (value := request.args.get(each.name, "").strip())}
    values = known.values(given)
    check(service().engine, values)
    return asking.asked(known.write(language(), values), keeps=True, question=known)
