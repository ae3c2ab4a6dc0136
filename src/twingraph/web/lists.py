"""Lists of what the data know, narrowed and sorted by what the address says, and the same rows as a file."""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, render_template, request, url_for

from twingraph.query.questions import question
from twingraph.vocab import candidates, slug_of
from twingraph.web.http import content_type
from twingraph.web.language import language, order
from twingraph.web.search import LONGEST, Context, find_index, options
from twingraph.web.service import Value, rows, service

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping

    from twingraph.web.search import Index
    from twingraph.web.service import Row

blueprint = Blueprint("lists", __name__)

CSV = "text/csv"


@dataclass(frozen=True, slots=True)
class List:
    """A list of the things of a named query, all rows of one thing together.

    thing: the variable of what is listed. facets: what narrows it. orders: the columns that sort it, by what the
    address calls each; a number is sorted as one. first: the order of a list that nobody sorted, "" for the query's.
    """

    question: str
    thing: str
    facets: tuple[str, ...]
    orders: Mapping[str, str]
    first: str = ""


LISTS = {
    "towns": List(
        "towns-at-a-glance",
        "town",
        ("country", "decade", "area", "status"),
        {"name": "town_label", "country": "country_label", "since": "since", "areas": "areas"},
        "name",
    ),
    "agreements": List(
        "agreements-at-a-glance",
        "agreement",
        ("country", "decade", "area", "status"),
        {"name": "agreement_label", "date": "date", "kind": "document_label"},
    ),
    "areas": List(
        "areas-by-town",
        "area",
        ("country", "decade", "standing", "status"),
        {"name": "area_label", "towns": "towns", "mentions": "mentions"},
        "-towns",
    ),
    "activities": List(
        "activities-at-a-glance",
        "activity",
        ("country", "status"),
        {"name": "activity_label", "town": "town_label", "people": "people"},
    ),
    "organisations": List(
        "organisations-in-exchanges",
        "organisation",
        ("country", "status"),
        {"name": "organisation_label", "town": "town_label"},
        "name",
    ),
    "figures": List(
        "figures-at-a-glance",
        "figure",
        ("country", "decade", "measure", "assessment"),
        {"town": "town_label", "measure": "measure_label", "value": "value", "year": "year"},
        "town",
    ),
}
"""The lists, by their addresses."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What is left of a list: its things and their rows in order, what was chosen, and how it is sorted."""

    name: str
    things: dict[str, list[Row]]
    number: int
    choice: Context
    facets: dict[str, list[tuple[str, str, int]]]
    sort: str

    def sort_address(self, column: str) -> str:
        """Give the address of the same list sorted by a column, the other way round where it is already."""
        return _address(self.name, sort=f"-{column}" if self.sort == column else column)

    def direction(self, column: str) -> str:
        """Tell how it is sorted by a column, in the words of ARIA; "" where it is not."""
        return {column: "ascending", f"-{column}": "descending"}.get(self.sort, "")

    @property
    def file_address(self) -> str:
        """The address of its rows as a file."""
        return _address(self.name, format="csv")


def _address(name: str, **changed: str) -> str:
    """Give the address of a list with all that was asked for, and something else."""
    return url_for(f"lists.{name}", **{**request.args.to_dict(), **changed})  # type: ignore[arg-type]


def _choice(name: str) -> Context:
    """Give what the address narrows a list by."""
    return Context(**{facet: request.args.get(facet, "")[:LONGEST] for facet in LISTS[name].facets})


def _show(name: str, found: Iterable[Row], index: Index, every: Collection[str] = ()) -> Shown:
    """Narrow rows and sort them, as the address says; every: thing that there is, where the rows are of fewer."""
    here, things = LISTS[name], defaultdict[str, "list[Row]"](list)
    for row in found:
        things[row[here.thing]].append(row)
    choice = _choice(name)
    left = {iri: those for iri, those in things.items() if index.fits(iri, choice)}
    sort = request.args.get("sort", "")
    if sort.removeprefix("-") not in here.orders:
        sort = here.first
    if column := here.orders.get(sort.removeprefix("-")):
        left = dict(_sort(left, column, is_turned=sort.startswith("-")))
    facets = {facet: options(index, every or things, choice, facet) for facet in here.facets}
    return Shown(name, left, len(every or things), choice, facets, sort)


def _sort(things: Mapping[str, list[Row]], column: str, *, is_turned: bool) -> list[tuple[str, list[Row]]]:
    """Sort by a column of the first rows, numbers as numbers, names as the language has them; what has none is last."""
    values = {iri: next((row[column] for row in those if column in row), "") for iri, those in things.items()}
    is_number = all(value.replace(".", "", 1).isdigit() for value in values.values() if value)
    key: Callable[[str], Any] = float if is_number else lambda value: order(value, language())
    known = sorted((iri for iri in things if values[iri]), key=lambda iri: key(values[iri]), reverse=is_turned)
    return [(iri, things[iri]) for iri in (*known, *(iri for iri in things if not values[iri]))]


def _answer(shown: Shown, **more: object) -> str | Response:
    """Give a list as a page, or its rows as a file."""
    if request.args.get("format") == "csv":
        return _file(shown)
    return render_template(f"{shown.name}.html", shown=shown, named=LISTS[shown.name].question, **more)


def _file(shown: Shown) -> Response:
    """Give the rows of the query behind a list that are left, in the order of the list (RFC 4180)."""
    query = question(LISTS[shown.name].question, service().defaults).write(language())
    header, *lines = csv.reader(io.StringIO(service().engine.answer(query, results=CSV).body.decode(), newline=""))
    left = (row for those in shown.things.values() for row in those)
    place = {tuple(row.get(name, "") for name in header): number for number, row in enumerate(left)}
    known = [line for line in lines if tuple(line) in place]
    out = io.StringIO(newline="")
    csv.writer(out).writerows([header, *sorted(known, key=lambda line: place[tuple(line)])])
    response = Response(out.getvalue().encode(), content_type=content_type(CSV))
    name = "-".join(filter(None, (shown.name, *shown.choice, service().version)))
    response.headers.set("Content-Disposition", "attachment", filename=f"{name}.csv")
    return response


def bonds() -> dict[str, set[str]]:
    """Give the ties, agreements and programmes of each home town."""
    found: dict[str, set[str]] = defaultdict(set)
    for row in rows("ties-and-agreements-by-home"):
        found[row["home"]].add(row["what"])
    return found


@blueprint.get("/towns")
def towns() -> str | Response:
    """List the towns with their countries, since when they are twinned and with whom, and in how many areas."""
    homes, ties = rows("counts"), defaultdict[str, "list[Row]"](list)
    for row in (row for home in homes for row in rows("partners-with-dates", place=home["home"])):
        ties[row["partner"]].append(row)
    return _answer(_show("towns", rows("towns-at-a-glance"), find_index()), homes=homes, ties=ties)


@blueprint.get("/agreements")
def agreements() -> str | Response:
    """List the agreements of each home town, the oldest first."""
    shown = _show("agreements", rows("agreements-at-a-glance"), find_index())
    return _answer(shown, homes=rows("counts"), bonds=bonds())


@blueprint.get("/areas")
def areas() -> str | Response:
    """List the areas of cooperation, those named for most towns first, with the words that name them.

    Only the mentions of what is chosen are counted: with the towns of a country, say.
    """
    index = find_index()
    fitting = {(row["area"], row["town"], row["standing"]) for row in index.rows_of(_choice("areas")) if "area" in row}
    found, mentions = rows("areas-by-town"), defaultdict[str, "list[Row]"](list)
    for row in found:
        if (row["area"], row["town"], row["standing"]) in fitting:
            mentions[row["area"]].append(row)
    counted = [
        row | {"towns": Value(str(len({each["town"] for each in those}))), "mentions": Value(str(len(those)))}
        for those in sorted(
            mentions.values(), key=lambda those: (-len(those), order(those[0]["area_label"], language()))
        )
        for row in those
    ]
    return _answer(_show("areas", counted, index, {row["area"] for row in found}))


@blueprint.get("/activities")
def activities() -> str | Response:
    """List what is done together, with which town, by whom, and with how many people."""
    return _answer(_show("activities", rows("activities-at-a-glance"), find_index()))


@blueprint.get("/organisations")
def organisations() -> str | Response:
    """List the organisations that take part, and in what."""
    return _answer(_show("organisations", rows("organisations-in-exchanges"), find_index()))


@blueprint.get("/figures")
def figures() -> str | Response:
    """List the areas and populations that sources give, with the reason why one is doubtful."""
    index, found = find_index(), rows("figures-at-a-glance")
    # As what else narrows a list, each is named by its slug.
    named: dict[str, Mapping[str, str]] = {
        candidates(name, slug_of(row[name]))[0]: {language(): row[f"{name}_label"]}
        for row in found
        for name in ("measure", "assessment")
    }
    contexts = {
        str(row["figure"]): {
            Context(
                "figure",
                country=slug_of(row.get("country", "")),
                decade=f"{row['year'][:3]}0" if "year" in row else "",
                measure=slug_of(row["measure"]),
                assessment=slug_of(row["assessment"]),
            )
        }
        for row in found
    }
    return _answer(_show("figures", found, replace(index, contexts=contexts, names={**index.names, **named})))
