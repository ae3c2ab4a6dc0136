"""A source page side by side with what was read from it."""

from __future__ import annotations

from functools import lru_cache
from itertools import groupby
from typing import TYPE_CHECKING

from flask import Blueprint, Response, redirect, render_template, url_for
from rdflib.namespace import SDO, SKOS

from twingraph.errors import UnknownThing
from twingraph.vocab import WD, curie, kind_of, slug_of, thing
from twingraph.web import terms
from twingraph.web.answers import rows
from twingraph.web.facts import measure, shown
from twingraph.web.language import language
from twingraph.web.links import Link, linked
from twingraph.web.negotiation import content_type
from twingraph.web.service import service
from twingraph.web.transcript import Mention, Passage, Stated, Subject, sections
from twingraph.words import LANGUAGES

if TYPE_CHECKING:
    from collections.abc import Iterable

    from werkzeug.wrappers import Response as AnyResponse

    from twingraph.web.answers import Row
    from twingraph.web.service import Service
    from twingraph.words import Language

blueprint = Blueprint("reading", __name__)

_FIRST = ("agreement", "twinning", "place", "activity", "figure")
"""The kinds of things that a passage is about before all else that it tells of."""


@blueprint.get("/source")
@blueprint.get("/source/<slug>")
def page(slug: str | None = None) -> AnyResponse:
    """Show a source page with, beside each passage, the statements that it supports or why it supports none.

    Without a name it leads to the first one. Raises UnknownThing where there is none.
    """
    sources = [slug_of(each["source"]) for each in rows("source-pages")]
    if slug is None and sources:
        return redirect(url_for(".page", slug=sources[0]), 303)
    files, name = service().files, f"sources/{slug}.txt"
    if slug is None or slug not in sources or name not in files.files:
        kind = "source page"
        raise UnknownThing(kind, slug or "")
    source, text = str(thing("source", slug)), files.read(name).decode()
    told = passages(source)
    shown = render_template(
        "reading.html",
        source=source,
        sections=sections(text, told, _mentions(source)),
        passages=told,
        length=len(text),
        others=[each for each in sources if each != slug],
    )
    return linked(Response(shown, content_type=content_type("text/html")), [Link(source, "describes")])


def passages(iri: str) -> tuple[Passage, ...]:
    """Give the passages of a source, in the order of the page, in the language of the answer."""
    return _passages(service(), iri, language())


def passage(quote: str, source: str) -> Passage | None:
    """Give one passage of a source; None for what is none."""
    return next((each for each in passages(source) if each.iri == quote), None) if source else None


# What it gives follows from the release and the language, so that is all that is looked up by.
@lru_cache(maxsize=16)
def _passages(_here: Service, iri: str, _language: Language) -> tuple[Passage, ...]:
    stated = {
        quote: list(said_there)
        for quote, said_there in groupby(rows("statements-of-one-source", source=iri), key=lambda row: row["quote"])
    }
    told = {row["quote"]: row for row in rows("passages-of-one-source", source=iri)}
    return tuple(_passage(number, row, stated.get(quote, [])) for number, (quote, row) in enumerate(told.items(), 1))


def _passage(number: int, row: Row, statements: list[Row]) -> Passage:
    town = (row["town"], row["town_label"]) if "town" in row else ("", "")
    subjects = groupby((each for each in statements if not _is_word(each)), key=lambda each: each["subject"])
    return Passage(
        number=number,
        iri=row["quote"],
        slug=slug_of(row["quote"]),
        start=int(row["start"]),
        end=int(row["end"]),
        town=town,
        reason=row.get("reason", ""),
        subjects=tuple(sorted((_subject(iri, list(each)) for iri, each in subjects), key=_rank)),
        words=tuple((each["value"], each["subject"], _name(each)) for each in statements if _is_word(each)),
        statements=len(statements),
    )


def _rank(subject: Subject) -> int:
    kind = kind_of(subject.iri)
    return _FIRST.index(kind) if kind in _FIRST else len(_FIRST)


def _is_word(row: Row) -> bool:
    """Tell whether a statement gives the words by which the page names an area of cooperation."""
    return row["property"] == str(SKOS.altLabel)


def _subject(iri: str, statements: list[Row]) -> Subject:
    labels = terms.labels()
    spoken = (each for each in statements if _is_spoken(each) and curie(each["property"]) in labels)
    told = {curie(term): _values(term, each) for term, each in groupby(spoken, key=lambda row: row["property"])}
    stated = tuple(Stated(label, told[term]) for term, label in labels.items() if term in told)
    name = _name(statements[0]) or _called(statements)
    doubts = (each["reason"] for each in rows("figures-that-look-wrong") if each["figure"] == iri)
    return Subject(iri, terms.kind(iri), name, stated, next(doubts, ""))


def _values(term: str, statements: Iterable[Row]) -> tuple[tuple[str, str], ...]:
    return tuple(
        (
            shown(term, row["value"], row.get("value_label", "")),
            row["value"] if row["value"].startswith(("http://", "https://")) else "",
        )
        for row in statements
    )


def _is_spoken(row: Row) -> bool:
    """Tell whether a statement is in the language of the page or of the source; names of events come in both."""
    translated = kind_of(row["subject"]) == "activity" and row["property"] == str(SDO.name)
    return not translated or row.get("language") not in set(LANGUAGES) - {language()}


def _name(row: Row) -> str:
    return row.get("subject_label", "")


def _called(statements: list[Row]) -> str:
    """Call what has no name by what it measures, or by its slug."""
    measured = (each["value"] for each in statements if each["value"].startswith(str(WD)))
    found = next((measure(each) for each in measured), "")
    return found or slug_of(statements[0]["subject"])


def _mentions(iri: str) -> list[Mention]:
    return [
        Mention(int(row["start"]), int(row["end"]), row["area"], f"{row['area_label']} ({row['standing_label']})")
        for row in rows("mentions-in-one-source", source=iri)
    ]
