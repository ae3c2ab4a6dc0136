"""QuickStatements: proposed edits as commands to paste there, version 1 and CSV (Help:QuickStatements)."""

from __future__ import annotations

import csv
import io
import re
from typing import TYPE_CHECKING
from urllib.parse import quote

from twingraph.wikidata.proposals import DAY

if TYPE_CHECKING:
    from collections.abc import Iterable

    from twingraph.wikidata.entities import Value
    from twingraph.wikidata.proposals import Proposal

    Column = tuple[str, str]

_MONTH = 10


def command(proposal: Proposal) -> str:
    """Write one command of version 1: tabs between its parts, the IRI of the quote as the summary of the edit."""
    stated = proposal.statement
    cells = [stated.item, stated.property, _written(stated.value)]
    for term, value in stated.qualifiers:
        cells += [term, _written(value)]
    for term, value in proposal.reference:
        cells += [f"S{term[1:]}", _written(value)]
    # No space before the summary: one of the two engines takes it for a part of the last value.
    return "\t".join(cells) + f"/* {proposal.quote} */"


def header(proposals: Iterable[Proposal]) -> list[Column]:
    """Give the columns that the lines of these proposals need, each with the property whose columns it is one of."""
    groups: dict[str, list[Proposal]] = {}
    for each in proposals:
        groups.setdefault(each.statement.property, []).append(each)
    columns = [("", "qid")]
    for main in sorted(groups):
        columns += [(main, main), *((main, name) for name in _names(groups[main])), (main, "#")]
    return columns


def table(proposals: Iterable[Proposal], columns: list[Column]) -> list[str]:
    """Write CSV with these columns: a line of their names, and one for each proposal; no line ends."""
    rows = [[name for _, name in columns], *(_cells(each, columns) for each in proposals)]
    return [_line(row) for row in rows]


def _names(proposals: list[Proposal]) -> list[str]:
    """Name the columns of qualifiers and references; a capital S begins a reference, a small one goes on with it."""
    qualifiers = dict.fromkeys(term for each in proposals for term, _ in each.statement.qualifiers)
    references = dict.fromkeys(term for each in proposals for term, _ in each.reference)
    others = [f"s{term[1:]}" for term in references if term != "P854"]
    return [*(f"qal{term[1:]}" for term in qualifiers), "S854", *others]


def _cells(proposal: Proposal, columns: list[Column]) -> list[str]:
    stated = proposal.statement
    given = {"qid": stated.item, stated.property: _written(stated.value), "#": proposal.quote}
    given |= {f"qal{term[1:]}": _written(value) for term, value in stated.qualifiers}
    given |= {f"{'S' if term == 'P854' else 's'}{term[1:]}": _written(value) for term, value in proposal.reference}
    return [given.get(name, "") if main in {"", stated.property} else "" for main, name in columns]


def _line(cells: list[str]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="").writerow(cells)
    return out.getvalue()


def _written(value: Value) -> str:
    if value.kind == "time":
        return f"+{moment(value)}/{value.precision}"
    if value.kind == "quantity":
        return value.text + (f"U{value.unit[1:]}" if value.unit else "")
    if value.kind == "monolingual":
        return f'{value.language}:"{value.text}"'
    # A bar would end the part, a quotation mark the text, and an asterisk after a slash begin the summary.
    address = re.sub(r'[|"“”*\s]', lambda found: quote(found[0]), value.text)
    return value.text if value.kind == "item" else f'"{address}"'


def moment(value: Value) -> str:
    """Write a time as exact as it is: what is finer than its precision is nought, as on Wikidata."""
    year, month, day = value.text.partition("T")[0].lstrip("+").split("-")
    precision = value.precision or 0
    return f"{year}-{month if precision >= _MONTH else '00'}-{day if precision >= DAY else '00'}T00:00:00Z"
