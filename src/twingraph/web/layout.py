"""What stands around every page: the ways to the others, and whose data these are."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from flask import current_app, url_for

from twingraph.web.answers import rows
from twingraph.web.documents import edition_of
from twingraph.web.language import endpoint
from twingraph.web.language import gettext as _
from twingraph.web.service import service

if TYPE_CHECKING:
    from flask import Flask

    from twingraph.web.answers import Row
    from twingraph.web.documents import Edition
    from twingraph.web.service import Service


class Way(NamedTuple):
    """A way to another page: its address, what it is called, and whether one is there."""

    address: str
    name: str
    here: bool


def surround(app: Flask) -> None:
    """Let the pages of an application know what stands around them."""
    app.jinja_env.globals.update(ways=ways, edition_here=edition, sources_here=sources)


def ways() -> list[Way]:
    """Give the ways to the main pages, in the language of the page."""
    named = {
        "pages.home": _("Home"),
        "lists.towns": _("Towns"),
        "lists.agreements": _("Agreements"),
        "lists.areas": _("Areas"),
        "reading.page": _("Source page"),
        "query.page": _("Query"),
        "search.page": _("Search"),
        "catalogue.in_format": _("Downloads"),
        "changes.changes": _("Changes"),
    }
    known = current_app.view_functions
    return [Way(_address(each), name, each == endpoint()) for each, name in named.items() if each in known]


def sources() -> tuple[Row, ...]:
    """Give the pages that the data were read from; none where the release says nothing of them."""
    return rows("source-pages")


def edition() -> Edition:
    """Give what is served: which dataset, under which licence, in which version, of which day."""
    return _edition(service())


def _address(name: str) -> str:
    return url_for(name, ending="html") if name == "catalogue.in_format" else url_for(name)


@lru_cache(maxsize=4)
def _edition(here: Service) -> Edition:
    return edition_of(here.engine, here.modified)
