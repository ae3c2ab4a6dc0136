"""What named questions answer, row by row, as the pages show it."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import TYPE_CHECKING

from twingraph.query.questions import question
from twingraph.web.language import language
from twingraph.web.service import service

if TYPE_CHECKING:
    from twingraph.web.service import Service
    from twingraph.words import Language

Row = dict[str, str]
"""Values by the names of their variables; what is not bound is not there."""


def rows(name: str, *, labels: Language | None = None, **values: str) -> tuple[Row, ...]:
    """Give the answer to a named question.

    labels: their language, else that of the page; values: of its parameters, as a person writes them (`place:alcamo`).

    Raises UnknownQuestion, BadValue and QueryError.
    """
    return _rows(service(), name, labels or language(), tuple(sorted(values.items())))


@lru_cache(maxsize=1024)
def _rows(here: Service, name: str, labels: Language, values: tuple[tuple[str, str], ...]) -> tuple[Row, ...]:
    asked = question(name)
    body = here.engine.answer(asked.write(labels), values=asked.values(dict(values))).body
    found = json.loads(body)["results"]["bindings"]
    return tuple({variable: term["value"] for variable, term in row.items()} for row in found)
