"""Sources held against their pages of today, and what came of it told for people and for programs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

from rdflib import URIRef
from rdflib.namespace import PROV, SDO

from twingraph.curation.comparison import Comparison, Quoted, compare
from twingraph.curation.graph import selector, text_of
from twingraph.curation.pagetext import decoded, html_lines, plain_lines
from twingraph.curation.retrieval import address_of, fetched
from twingraph.errors import BadValue, NotFetched
from twingraph.vocab import slug_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from twingraph.curation.graph import Curated
    from twingraph.curation.pagetext import Line
    from twingraph.curation.retrieval import Fetched, Limits

_HTML = frozenset({"text/html", "application/xhtml+xml", ""})
_WORDS = {
    "en": {
        "stand": "{} of {} quotes stand in their order.",
        "none": "No quote stands: this is another page, or it was written anew.",
        "address": "The page is now at {}.",
        "gone": "gone",
        "nearest": "nearest",
        "moved": "moved",
        "after": "now after",
        "first": "now first of all",
        "new": "new",
        "same": "The page is as it was stored.",
        "remedy": "The stored page stays as it is; to follow the page of today, add its text as a source of its own.",
    },
    "lv": {
        "stand": "Savā secībā atrodami {} no {} citātiem.",
        "none": "Nav atrodams neviens citāts: šī ir cita lapa, vai arī tā uzrakstīta no jauna.",
        "address": "Lapas adrese tagad ir {}.",
        "gone": "vairs nav",
        "nearest": "līdzīgākais",
        "moved": "pārvietots",
        "after": "tagad aiz",
        "first": "tagad pats pirmais",
        "new": "jauns",
        "same": "Lapa ir tāda, kāda tā saglabāta.",
        "remedy": "Saglabātā lapa paliek, kāda tā ir; lai sekotu šodienas lapai, pievienojiet tās tekstu kā atsevišķu "
        "avotu.",
    },
}


class Recheck(NamedTuple):
    """What came of asking for the page of a source.

    source: its IRI; url: what was asked for; found_at: where the page was found in the end, "" where it was not.
    """

    source: str
    url: str
    found_at: str
    outcome: Comparison | NotFetched

    @property
    def is_changed(self) -> bool:
        """Tell whether the page was seen, and is not as it was stored."""
        return isinstance(self.outcome, Comparison) and not self.outcome.is_as_stored


def recheck(
    curated: Curated, source: str | None = None, url: str | None = None, limits: Limits | None = None
) -> Iterator[Recheck]:
    """Fetch the pages of the sources again and compare each with the stored text.

    source: the slug of one source, None for all that have a URL; url: asked for in place of the URL that the data give.
    Raises BadValue for a source that is not there or a URL that is none.
    """
    for each in _sources(curated, source, url):
        description = curated.dataset.graph(each)
        address = address_of(url or text_of(description, each, SDO.url))
        try:
            page = fetched(address, text_of(description, each, SDO.inLanguage), limits)
            yield Recheck(str(each), address.url, page.url, compare(_quoted(curated, each), _lines(page)))
        except NotFetched as error:
            yield Recheck(str(each), address.url, "", error)


def _sources(curated: Curated, slug: str | None, url: str | None) -> list[URIRef]:
    known = {slug_of(each): URIRef(str(each)) for each in curated.pages}
    if slug is not None and slug not in known:
        raise BadValue(
            f"There is no source {slug!r}; there is {', '.join(known)}.",
            f"Avota {slug!r} nav; ir {', '.join(known)}.",
        )
    chosen = list(known.values()) if slug is None else [known[slug]]
    if url and len(chosen) > 1:
        raise BadValue(
            "There are several sources; say with --source whose page is at this URL.",
            "Avoti ir vairāki; ar --source norādiet, kura avota lapa ir šajā adresē.",
        )
    with_url = [each for each in chosen if url or curated.dataset.value(each, SDO.url)]
    if not with_url:
        raise BadValue(
            "No URL of the source is known; give one with --url.",
            "Avota adrese nav zināma; norādiet to ar --url.",
        )
    return with_url


def _quoted(curated: Curated, source: URIRef) -> list[Quoted]:
    """Give the quotes of a source in the order of its page; those that are not in it are for `twingraph validate`."""
    description, page = curated.dataset.graph(source), curated.pages[source]
    found = ((name, selector(description, name)) for name in description.subjects(PROV.wasQuotedFrom, source))
    placed = ((start, str(name), words.exact) for name, words in found for start in words.starts(page.text)[:1])
    return [Quoted(name, exact) for _, name, exact in sorted(placed)]


def _lines(page: Fetched) -> list[Line]:
    if page.media_type in _HTML:
        return html_lines(decoded(page.body, page.charset))
    if page.media_type == "text/plain":
        return plain_lines(decoded(page.body, page.charset))
    raise NotFetched(
        page.url,
        f"this is {page.media_type}, not a page of HTML or text",
        f"tas ir {page.media_type}, nevis HTML vai teksta lapa",
    )


def as_text(checked: Iterable[Recheck], language: str) -> str:
    """Tell it to people, in Latvian for `lv`, else in English."""
    blocks = ("\n".join(_told(each, language)) for each in checked)
    return "\n\n".join(blocks) + "\n"


def _told(each: Recheck, language: str) -> Iterator[str]:
    words = _WORDS["lv" if language == "lv" else "en"]
    if isinstance(each.outcome, NotFetched):
        yield f"{slug_of(each.source)}: {each.outcome.message(language)}"
        return
    yield f"{slug_of(each.source)}: {each.url}"
    if each.found_at != each.url:
        yield f"  {words['address'].format(each.found_at)}"
    yield from (f"  {line}" for line in _differences(each.outcome, words))
    yield f"  {words['remedy' if each.is_changed else 'same']}"


def _differences(found: Comparison, words: dict[str, str]) -> Iterator[str]:
    standing, quotes = len(found.standing), len(found.standing) + len(found.moved) + len(found.gone)
    yield words["stand"].format(standing, quotes) if standing else words["none"]
    for gone in found.gone:
        yield f"{words['gone']}: {slug_of(gone.name)}\n    „{gone.exact}”"
        if gone.nearest:
            yield f"  {words['nearest']}: „{gone.nearest}”"
    for moved in found.moved:
        yield f"{words['moved']}: {slug_of(moved.name)}\n    „{moved.exact}”"
        yield f"  {words['after']}: „{moved.after}”" if moved.after else f"  {words['first']}"
    for passage in found.new:
        yield f"{words['new']}: „{passage}”"


def as_json(checked: Iterable[Recheck], _: str = "") -> str:
    """Write it as a JSON array of objects, one a source."""
    return json.dumps([_record(each) for each in checked], ensure_ascii=False, indent=1) + "\n"


def _record(each: Recheck) -> dict[str, Any]:
    record: dict[str, Any] = {"source": each.source, "url": each.url}
    if isinstance(each.outcome, NotFetched):
        return record | {"error": {language: each.outcome.message(language) for language in ("en", "lv")}}
    return record | {
        "found_at": each.found_at,
        "as_stored": each.outcome.is_as_stored,
        "standing": each.outcome.standing,
        "moved": [{"quote": moved.name, "exact": moved.exact, "after": moved.after} for moved in each.outcome.moved],
        "gone": [{"quote": gone.name, "exact": gone.exact, "nearest": gone.nearest} for gone in each.outcome.gone],
        "new": each.outcome.new,
    }


FORMATS: dict[str, Callable[[Iterable[Recheck], str], str]] = {"text": as_text, "json": as_json}
"""The ways to write it, each from what was checked and a language."""
