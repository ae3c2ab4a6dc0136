"""The search: towns, agreements, areas, organisations and passages, by a word and by what they have to do with."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from flask import Blueprint, Response, jsonify, render_template, request, url_for

from twingraph.vocab import kind_of, slug_of, thing
from twingraph.web.answers import rows
from twingraph.web.facets import FACETS, Context, contexts_of, counts, kept
from twingraph.web.finding import GUESSED, LONGEST, Match, matches, pieces
from twingraph.web.language import gettext as _
from twingraph.web.language import language, sorted_names
from twingraph.web.negotiation import content_type
from twingraph.web.service import service, site
from twingraph.words import LANGUAGES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from twingraph.web.finding import Piece
    from twingraph.web.service import Service

blueprint = Blueprint("search", __name__)

KINDS = (
    *("place", "country", "agreement", "twinning", "area", "organisation", "activity", "programme", "topic", "quote"),
)
"""The kinds of things that are found, in the order in which they are shown."""
SUGGESTED = 10
"""How many names are suggested at most."""
_QUERIES = ("names-to-find-things-by", "sentences-in-order", "towns-in-context")


@dataclass(frozen=True, slots=True)
class Index:
    """What can be found: pairs of a thing and a spelling, names by language, contexts, and the towns of each thing."""

    spellings: Sequence[tuple[str, str]]
    names: Mapping[str, Mapping[str, str]]
    contexts: Mapping[str, set[Context]]
    about: Mapping[str, Sequence[str]]

    def name(self, iri: str) -> str:
        """Give what a thing is called in the language of the page; a sentence is itself, in its own."""
        return self.names[iri].get(language()) or next(iter(self.names[iri].values()))


class Found(NamedTuple):
    """A thing that was found, as it is shown.

    pieces: of its name, in which language that is; other: its name in the other language, if it has another there;
    spelling: what else it is called that fits what was typed; about: the towns, or the country, that it is of.
    """

    kind: str
    slug: str
    pieces: Sequence[Piece]
    language: str
    other: str
    other_language: str
    spelling: str
    about: Sequence[str]


class Option(NamedTuple):
    """What a facet may be set to: as the address says it, as the page does, and how many things that leaves."""

    value: str
    name: str
    number: int


@blueprint.get("/search")
def page() -> Response:
    """Show what a word finds, kind by kind, and how many there are of each country, decade, area and standing."""
    index, typed, choice = _index(service()), _typed(), _choice()
    found = _found(index, typed)
    left = kept(found, index.contexts, choice) if typed or any(choice) else []
    shown = render_template(
        "search.html",
        typed=typed,
        choice=choice,
        asked=bool(typed or any(choice)),
        number=len(left),
        guessed=all(found[iri].rank >= GUESSED for iri in left),
        groups=_groups(index, typed, [found[iri] for iri in left]),
        facets={facet: _options(index, found, choice, facet) for facet in FACETS},
        queries=_QUERIES,
        names=sorted_names({index.name(iri) for iri in index.names if _is_named(iri)}),
    )
    return Response(shown, content_type=content_type("text/html"))


@blueprint.get("/search/suggestions")
def suggestions() -> Response:
    """Suggest names for what is typed so far (OpenSearch Suggestions 1.1): it, names, what each is, and addresses."""
    index, typed = _index(service()), _typed()
    best = [match for match in _ranked(matches(typed, index.spellings)) if _is_named(match.thing)][:SUGGESTED]
    names, kinds = [index.name(each.thing) for each in best], [titles()[_kind(each.thing)][0] for each in best]
    addresses = [url_for("things.identifier", kind=_kind(each.thing), slug=slug_of(each.thing)) for each in best]
    response = jsonify([typed, names, kinds, addresses])
    response.content_type = "application/x-suggestions+json"
    return response


@blueprint.get("/search/description.xml")
def description() -> Response:
    """Describe the search to browsers (OpenSearch 1.1), which then can search here from where addresses are typed."""
    body = render_template("search.xml", site=site())
    return Response(body, content_type="application/opensearchdescription+xml")


def titles() -> dict[str, tuple[str, str]]:
    """Give what one thing of each kind is called, and several, in the language of the page."""
    return {
        "place": (_("Town or municipality"), _("Towns and municipalities")),
        "country": (_("Country"), _("Countries")),
        "agreement": (_("Agreement"), _("Agreements")),
        "twinning": (_("Tie"), _("Ties")),
        "area": (_("Area of cooperation"), _("Areas of cooperation")),
        "organisation": (_("Organisation"), _("Organisations")),
        "activity": (_("Activity"), _("Activities")),
        "programme": (_("Programme"), _("Programmes")),
        "topic": (_("Topic of an activity"), _("Topics of activities")),
        "quote": (_("Passage of the page"), _("Passages of the page")),
    }


def _typed() -> str:
    return " ".join(request.args.get("q", "").split())[:LONGEST]


def _choice() -> Context:
    return Context(*(request.args.get(facet, "")[:LONGEST] for facet in FACETS))


def _kind(iri: str) -> str:
    return kind_of(iri) or ""


def _is_named(iri: str) -> bool:
    return _kind(iri) in KINDS and _kind(iri) != "quote"


def _ranked(found: Iterable[Match]) -> list[Match]:
    return sorted(found, key=lambda match: (match.rank, KINDS.index(_kind(match.thing))))


@lru_cache(maxsize=4)
def _index(_here: Service) -> Index:
    """Ask for all that can be found, once for a release."""
    names: dict[str, dict[str, str]] = {}
    spellings: list[tuple[str, str]] = []
    everything, sentences, together = _QUERIES
    for each in LANGUAGES:
        for row in rows(everything, labels=each):
            names.setdefault(row["thing"], {})[each] = row["thing_label"]
            if _is_named(row["thing"]):
                spellings.append((row["thing"], row["spelling"]))
    spellings = list(dict.fromkeys(spellings))
    for row in rows(sentences):
        names[row["quote"]] = {"lv": row["sentence"]}
        spellings.append((row["quote"], row["sentence"]))
    return Index(spellings, names, contexts_of(rows(together)), _about(rows(together)))


def _about(together: Iterable[Mapping[str, str]]) -> dict[str, list[str]]:
    """Give the country of each town, and the towns of each other thing."""
    about: dict[str, list[str]] = {}
    for row in together:
        for iri in set(row.values()) - {row["town"], row["country"]}:
            about.setdefault(iri, []).append(row["town"])
        about.setdefault(row["town"], []).append(row["country"])
    return {iri: list(dict.fromkeys(those)) for iri, those in about.items()}


def _found(index: Index, typed: str) -> dict[str, Match]:
    """Give the things that a word finds; all there are, where there is none."""
    if typed:
        return {match.thing: match for match in matches(typed, index.spellings)}
    return {iri: Match(0, iri, "") for iri, _spelling in index.spellings}


def _groups(index: Index, typed: str, found: Sequence[Match]) -> list[tuple[str, list[Found]]]:
    """Give what was found by kind: sentences in the order of their page, names the best first."""
    groups = []
    for kind in KINDS:
        those = [match for match in found if _kind(match.thing) == kind]
        if kind == "quote":
            order = {iri: place for place, iri in enumerate(index.names)}
            those.sort(key=lambda match: order[match.thing])
        else:
            those = sorted(sorted_names(those, lambda match: index.name(match.thing)), key=lambda match: match.rank)
        if those:
            groups.append((titles()[kind][1], [_shown(index, typed, match) for match in those]))
    return groups


def _shown(index: Index, typed: str, match: Match) -> Found:
    names = index.names[match.thing]
    here = language() if language() in names else next(iter(names))
    there, other = next(((each, text) for each, text in names.items() if text != names[here]), ("", ""))
    spelling = match.spelling if match.spelling not in {*names.values(), ""} else ""
    kind, slug, about = _kind(match.thing), slug_of(match.thing), _said_about(index, match.thing)
    return Found(kind, slug, pieces(typed, names[here]), here, other, there, spelling, about)


def _said_about(index: Index, iri: str) -> list[str]:
    return [index.name(each) for each in index.about.get(iri, ()) if each in index.names]


def _options(index: Index, found: Iterable[str], choice: Context, facet: str) -> list[Option]:
    """Give what a facet may be set to and leaves something, and what it is set to, in the order of the names."""
    numbers = counts(found, index.contexts, choice, facet)
    if (chosen := getattr(choice, facet)) and chosen not in numbers:
        numbers[chosen] = 0
    options = [Option(value, _named(index, facet, value), number) for value, number in numbers.items()]
    if facet == "kind":
        return sorted(options, key=lambda option: KINDS.index(option.value) if option.value in KINDS else len(KINDS))
    return sorted_names(options, lambda option: option.name)


def _named(index: Index, facet: str, value: str) -> str:
    if facet == "kind":
        return titles()[value][1] if value in KINDS else value
    if facet == "decade":
        return f"{value}–{value[:3]}9"
    iri = str(thing(facet, value))
    return index.name(iri) if iri in index.names else value
