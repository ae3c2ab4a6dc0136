"""The report of a cross-check as one page for editors, which needs neither script nor server."""

from __future__ import annotations

from collections import Counter
from functools import cache, partial
from typing import TYPE_CHECKING

from jinja2 import Environment, PackageLoader, StrictUndefined

from twingraph.wikidata import quickstatements
from twingraph.wikidata.likeness import told
from twingraph.wikidata.reciprocity import around, one_way, ties_of
from twingraph.wikidata.reports import FORMATS, statement_page
from twingraph.wikidata.reviews import COLUMNS, line_of
from twingraph.wikidata.verdicts import Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from jinja2 import Template

from twingraph.wikidata.reports import Report

VERDICTS = {
    Verdict.AGREE: {"en": "agree", "lv": "sakrīt"},
    Verdict.AGREE_LOWER_PRECISION: {"en": "agree, one less exactly", "lv": "sakrīt, viens mazāk precīzi"},
    Verdict.AGREE_AFTER_NORMALISATION: {"en": "agree, written differently", "lv": "sakrīt, pieraksts atšķiras"},
    Verdict.CONFLICT: {"en": "conflict", "lv": "nesakrīt"},
    Verdict.MISSING_ON_WIKIDATA: {"en": "missing on Wikidata", "lv": "trūkst Vikidatos"},
    Verdict.MISSING_HERE: {"en": "missing here", "lv": "trūkst šeit"},
    Verdict.MISSING_REVERSE: {"en": "no way back", "lv": "nav pretējās saites"},
    Verdict.UNREFERENCED_ON_WIKIDATA: {"en": "without a reference on Wikidata", "lv": "Vikidatos bez atsauces"},
    Verdict.OUTDATED_HERE: {"en": "outdated here", "lv": "novecojis šeit"},
    Verdict.OUTDATED_ON_WIKIDATA: {"en": "outdated on Wikidata", "lv": "novecojis Vikidatos"},
    Verdict.IMPLAUSIBLE_HERE: {"en": "implausible here", "lv": "šeit neticams"},
    Verdict.AMBIGUOUS_ENTITY: {"en": "locality or municipality", "lv": "apdzīvota vieta vai pašvaldība"},
    Verdict.STATUS_CONFLICT: {"en": "in force or ended", "lv": "spēkā vai beigusies"},
    Verdict.NOT_COMPARABLE: {"en": "not comparable", "lv": "nav salīdzināms"},
}
PROPERTIES = {
    "P17": {"en": "country", "lv": "valsts"},
    "P143": {"en": "imported from", "lv": "pārņemts no"},
    "P190": {"en": "twinned administrative body", "lv": "sadraudzības pilsēta"},
    "P248": {"en": "stated in", "lv": "teikts avotā"},
    "P580": {"en": "start time", "lv": "sākuma laiks"},
    "P582": {"en": "end time", "lv": "beigu laiks"},
    "P585": {"en": "point in time", "lv": "laika punkts"},
    "P813": {"en": "retrieved", "lv": "iegūts"},
    "P854": {"en": "reference URL", "lv": "atsauces adrese"},
    "P856": {"en": "official website", "lv": "oficiālā vietne"},
    "P1082": {"en": "population", "lv": "iedzīvotāju skaits"},
    "P1476": {"en": "title", "lv": "virsraksts"},
    "P1534": {"en": "end cause", "lv": "beigu cēlonis"},
    "P2046": {"en": "area", "lv": "platība"},
}
"""What the properties that are compared, and those that qualify or source them, are called here."""
STATES = {
    "new": {"en": "new", "lv": "jauns"},
    "changed": {"en": "changed since it was reviewed", "lv": "mainījies kopš pārskatīšanas"},
    "reviewed": {"en": "reviewed", "lv": "pārskatīts"},
}
_LOOK = """\
table{border-collapse:collapse}th,td{border:1px solid;padding:.4em;text-align:left;vertical-align:top}
tr:target{outline:3px solid}pre{overflow:auto;user-select:all;min-height:1.5em;border:1px solid}pre code{display:none}
"""
# A row is shown unless a filter that is set hides it, and a line only once its row is ticked: no script is needed.
_FILTER = 'main:has(#{name} [value="{value}"]:checked) tbody tr:not([data-{name}~="{value}"]){{display:none}}'
_TICK = "main:has(#tick{n}:checked) .tick{n}{{display:inline}}"


def page(report: Report, language: str, href: Callable[[str], str] = str, home: str = "") -> str:
    """Write the whole page in `en` or `lv`.

    href: gives the address at which an IRI of ours is opened; home: of the front page, "" where there is none.
    """
    made = report.proposals
    columns = quickstatements.header(made.values())
    header, *lines = quickstatements.table(made.values(), columns)
    return _template("report.html").render(
        report=report,
        language=language,
        style=style(report),
        filters=_filters(report, language),
        ticks={row.id: number for number, row in enumerate(report.rows, 1)},
        counts=Counter(row.verdict for row in report.rows),
        commands={row: quickstatements.command(each) for row, each in made.items()},
        header=header,
        lines=dict(zip(made, lines, strict=True)),
        review_header=",".join(COLUMNS),
        reviews={row.id: line_of(row) for row in report.rows},
        one_way=one_way(around(ties_of(report.snapshot), report.snapshot.items)),
        verdicts=VERDICTS,
        properties=PROPERTIES,
        states=STATES,
        formats=FORMATS,
        told=told,
        statement_page=statement_page,
        named=partial(_named, report, language),
        town=partial(_town, report, language),
        href=href,
        home=home,
    )


def style(report: Report) -> str:
    """Give the style sheet of the page, with a rule for each choice of a filter and for each row to tick."""
    filters = (
        _FILTER.format(name=name, value=value) for name, choices in _filters(report, "en").items() for value in choices
    )
    ticks = (_TICK.format(n=number) for number in range(1, len(report.rows) + 1))
    return _LOOK + "\n".join([*filters, *ticks])


def files(report: Report, language: str) -> Iterator[tuple[str, bytes]]:
    """Give the name and content of each file of a report: the page first, then the formats that it links to."""
    yield "crosscheck.html", page(report, language).encode()
    for ending, written in FORMATS.items():
        yield f"crosscheck.{ending}", written(report).encode()


def _filters(report: Report, language: str) -> dict[str, dict[str, str]]:
    """Give what can be chosen, by the name of the filter: each value with its label, in the order of the rows."""
    towns = dict.fromkeys(row.town for row in report.rows if row.town)
    properties = dict.fromkeys(row.property for row in report.rows)
    return {
        "review": {"open": {"en": "new and changed", "lv": "jauni un mainījušies"}[language]}
        | {state: told[language] for state, told in STATES.items()},
        "verdict": {each: told[language] for each, told in VERDICTS.items() if each in _verdicts(report)},
        "town": {slug: _town(report, language, slug) for slug in towns},
        "property": {each: PROPERTIES.get(each, {}).get(language, each) for each in properties},
    }


def _verdicts(report: Report) -> set[Verdict]:
    return {row.verdict for row in report.rows}


def _town(report: Report, language: str, slug: str) -> str:
    names = {town.slug: town.name_lv if language == "lv" else town.name_en for town in report.towns.towns}
    return names.get(slug, slug)


def _named(report: Report, language: str, item: str) -> str:
    """Give what Wikidata calls an item, its id where it has no name that we read."""
    entity = report.snapshot.entities.get(item)
    labels = entity.labels if entity else {}
    return next((labels[each] for each in (language, "en", "mul", "lv") if each in labels), item)


@cache
def _template(name: str) -> Template:
    environment = Environment(
        autoescape=True,
        loader=PackageLoader("twingraph.web"),
        lstrip_blocks=True,
        trim_blocks=True,
        undefined=StrictUndefined,
    )
    return environment.get_template(name)
