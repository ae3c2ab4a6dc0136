"""What each thing has to do with: the sides from which a choice of things can be narrowed, and how many each leaves."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from twingraph.vocab import kind_of, slug_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    Row = Mapping[str, str]

_THINGS = (*("town", "country", "tie", "agreement", "area", "activity", "programme", "organisation", "quote"),)


class Context(NamedTuple):
    """Things that are said together, by their slugs, "" for what is not said; or a choice among such.

    kind: of the thing that has this context; decade: its first year.
    """

    kind: str = ""
    country: str = ""
    decade: str = ""
    area: str = ""
    standing: str = ""

    def fits(self, choice: Context) -> bool:
        """Tell whether it is what was chosen, of all that was chosen."""
        return all(not wanted or wanted == told for told, wanted in zip(self, choice, strict=True))


FACETS = Context._fields
"""The sides from which a choice can be narrowed."""


def contexts_of(rows: Iterable[Row]) -> dict[str, set[Context]]:
    """Give the contexts of each thing, from rows that each name what is said together.

    What is planned with one town and agreed with another has two contexts, so that nobody finds it as planned with
    both.
    """
    contexts: dict[str, set[Context]] = {}
    for row in rows:
        decade = f"{row['year'][:3]}0" if "year" in row else ""
        said = [slug_of(row[name]) if name in row else "" for name in ("country", "area", "standing")]
        for iri in (row[name] for name in _THINGS if name in row):
            context = Context(kind_of(iri) or "", said[0], decade, *said[1:])
            contexts.setdefault(iri, set()).add(context)
    return contexts


def kept(things: Iterable[str], contexts: Mapping[str, set[Context]], choice: Context) -> list[str]:
    """Give those of the things that have a context that was chosen."""
    return [iri for iri in things if any(context.fits(choice) for context in _of(iri, contexts))]


def counts(things: Iterable[str], contexts: Mapping[str, set[Context]], choice: Context, facet: str) -> Counter[str]:
    """Count the things that would be left for each value of a facet, with all else chosen as it is."""
    others = choice._replace(**{facet: ""})
    return Counter(
        value
        for iri in things
        for value in {getattr(each, facet) for each in _of(iri, contexts) if each.fits(others)}
        if value
    )


def _of(iri: str, contexts: Mapping[str, set[Context]]) -> Iterable[Context]:
    return contexts.get(iri) or (Context(kind_of(iri) or ""),)
