"""The folder of a drafted source: page, description, facts and what these need beside them; whole or not at all."""

from __future__ import annotations

import hashlib
import re
import shutil
import tempfile
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

from rdflib.namespace import RDF, SDO

from twingraph.curation import source_check
from twingraph.curation.editing import DataFile, SourceFolder
from twingraph.curation.graph import read_bytes, read_inputs, read_text, write_text
from twingraph.curation.turtle import literal
from twingraph.draft.countries import country_block
from twingraph.draft.facts import Draft
from twingraph.draft.identities import Known, candidates, open_sources, own_languages, to_turtle
from twingraph.draft.lexicon import Areas, cues
from twingraph.draft.partners import is_called
from twingraph.draft.writing import list_drafted, write_block
from twingraph.errors import BadInput, BadValue, UnwritableTarget
from twingraph.names import BUT_FOR_MARKS, fold
from twingraph.settings import CATALOGUE, DATASET, PACKAGED, input_folder
from twingraph.vocab import base, rebase, slug_of, thing, use
from twingraph.words import LANGUAGES, Text, ntext, render, text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from lxml import etree
    from rdflib import Graph

    from twingraph.draft.writing import Block
    from twingraph.wikidata.client import Client
    from twingraph.words import Language

EXAMPLE = "https://data.example.org/"
"""What the address begins with below which a new town is drafted, at which nothing is."""
_AS_DRAFTED = ".facts.trig.drafted"
"""The facts as they were drafted, to tell what a person has changed; what begins with a dot is no part of the data."""
_LONGEST = 4 << 20
"""Signs of the longest page that is read, as many as of one that is fetched."""
_PDF, _HTML = (
    b"%PDF-",
    re.compile(
        rb"\A(?:\xef\xbb\xbf)?\s*(?:<!--.*?-->\s*)*<(?:!doctype|html|head|body|\?xml)", re.IGNORECASE | re.DOTALL
    ),
)
_NAMES_OF = {"lv": text("Latvian"), "en": text("English")}
_NO_PARTNER = text("No partner was found in the page: no line and no sentence of it names a town with its country.")
_IS_THERE = text(
    "%(folder)s is there already and is not overwritten: --again drafts anew what nobody has accepted in it, "
    "--source NAME makes another folder."
)
_CONTENT = "//main | //*[@role='main']"
_AROUND = (
    "//nav | //header | //footer | //aside | "
    "//*[@role='navigation' or @role='banner' or @role='contentinfo' or @role='search']"
)


class Page(NamedTuple):
    """The text of a page, the address it was fetched from and the time of that, "" for a file."""

    text: str
    url: str = ""
    retrieved: str = ""


class _Town(NamedTuple):
    """A town to be described: its name on the page, its country, and the name to state, if no quote does."""

    slug: str
    name: str
    country: str
    plain: str


class Kept(NamedTuple):
    """A block of a person, accepted or changed: its text with the comments before it, and where its quote is."""

    text: str
    start: int
    end: int
    is_accepted: bool


@dataclass(frozen=True, slots=True)
class Summary:
    """What was drafted: the files, how many partners and statements, and what to look at first, each a sentence."""

    files: list[Path]
    partners: int
    statements: int
    unread: int
    remarks: list[Text]


def fetch(address: str, language: str) -> Page:
    """Take a page from its address or a file: text, or HTML without what is around its content.

    Raises NotFetched, UnusableAddress, UnreadableFile, and BadInput for what is no page.
    """
    if re.match(r"https?://", address):
        root, _, url = source_check.in_time(source_check.fetch, address, language)
        return Page("\n".join(source_check.lines(_content(root))), url, f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}")
    path = Path(address)
    content = read_bytes(path)
    if content.startswith(_PDF):
        raise BadInput(path, text("this is a PDF; save its text as a file of UTF-8, and draft from that"))
    if len(content) > _LONGEST:
        raise BadInput(path, text("it is over %(most)s MiB, the limit for a page", most=_LONGEST >> 20))
    if _HTML.match(content):
        return Page("\n".join(source_check.lines(_content(source_check.parse(source_check.decode(content))))))
    return Page(read_text(path))


def _content(root: etree._Element) -> etree._Element:
    """Give the part of a page of HTML that is its content, as far as the page says which that is."""
    mains = root.xpath(_CONTENT)
    if len(mains) == 1 and source_check.lines(mains[0]):
        return mains[0]
    for around in root.xpath(_AROUND):
        around.clear(keep_tail=True)
    return root


def find_language(page: str) -> Language:
    """Tell whether a page is in Latvian or in English by its frequent words; raises BadValue where it is in neither."""
    words = fold(page).split()
    counts: dict[Language, int] = {
        language: sum(bool(cues(language)["frequent"].fullmatch(word)) for word in words) for language in LANGUAGES
    }
    language = max(counts, key=lambda each: counts[each])
    if counts[language] < max(1, len(words) / 60):
        raise BadValue(text("The page is neither in Latvian nor in English, so it can not be read here."))
    return language


def check_language(page: str, language: Language) -> None:
    """Raise BadValue for a page that is not in a language, as far as its most frequent words tell."""
    if (other := find_language(page)) != language:
        raise BadValue(
            text("The page is probably in %(other)s; give --lang %(code)s.", other=_NAMES_OF[other], code=other)
        )


def draft(  # noqa: PLR0913 - what a person may choose
    page: Page,
    about: str,
    language: Language,
    inputs: Path,
    *,
    source: str | None = None,
    again: bool = False,
    client: Client | None = None,
    tell: Callable[[Text], None] = lambda _: None,
) -> Summary:
    """Draft the facts of a page, and write them to a folder of the data.

    about: the slug or the name of the town of the page; inputs: a folder of data, or an empty one; source: the name of
    the folder, made of town, language and year if None; again: draft anew what nobody has accepted in a folder that is
    there. client: of Wikidata, None to leave it alone. Comments are in the language of the page, for who keeps it.
    Raises BadInput, BadValue, UnwritableTarget; then nothing is written.
    """
    check_language(page.text, language)
    folder = input_folder(inputs, "data")
    with tempfile.TemporaryDirectory() as scratch:
        new = Path(scratch)
        made = [] if (folder / DATASET).is_file() else _describe_dataset(new, about, language)
        curated = read_inputs(new if made else inputs)
        home, called = _home(curated.merged, about)
        name = source or f"{home}-{language}-{datetime.now(UTC):%Y}"
        if not re.fullmatch(r"[a-z0-9]+(?:-[a-z0-9]+)*", name):
            raise BadValue(text("--source %(name)r: write small letters a to z, digits and hyphens.", name=name))
        target = folder / "sources" / name
        _check_target(target, page, again=again)
        kept = _kept(SourceFolder(target)) if again else {}
        tell(text("Read the page"))
        known = curated.merged
        is_named = any(is_called(each, page.text, language) for each in called)
        drafted = Draft(name, home, called, language, known, Areas.of(known, language)).read(page.text)
        if not drafted.partners:
            raise BadValue(_NO_PARTNER)
        tell(text("Look for the towns"))
        omitted = _write_identities(new, drafted, client)
        left = _write_facts(new / "sources" / name, drafted, page, kept)
        changed = [each for each, block in kept.items() if not block.is_accepted]
        if again:
            _list_anew(new / "sources" / name, target, left, changed)
        else:
            _describe_source(new / "sources" / name, drafted, page, left)
        files = _install(new, folder)
    doubt = [] if is_named else [text("The page never names %(town)s; is --about right?", town=called[0])]
    unread = [block for block in left if block.is_blank]
    statements = sum(len(facts) for block in left for facts in block.facts.values())
    remarks = [*doubt, *_first(left, changed), *omitted]
    return Summary(files, len(drafted.partners), statements, len(unread), remarks)


def _describe_dataset(new: Path, about: str, language: Language) -> list[Path]:
    """Write what data begin with: the dataset, and what portals show of it, made of that of the program's own data."""
    home = _slug(about)
    (new / "sources").mkdir()
    values = {"base": f"{EXAMPLE}{home}/", "home": home, "town": about, "today": f"{datetime.now(UTC):%Y-%m-%d}"}
    _write(new / DATASET, render("twingraph.draft", "dataset.ttl", language, **values))
    use(values["base"])
    catalogue = rebase(read_text(PACKAGED / "data" / CATALOGUE)).replace("twin-towns", f"{home}-twin-towns")
    catalogue = catalogue.replace("The twingraph project", f"{about} (to do: who publishes this)")
    _write(new / CATALOGUE, catalogue)
    return [new / DATASET, new / CATALOGUE]


def _write(path: Path, content: str) -> None:
    write_text(path, content.rstrip("\n") + "\n")


def _slug(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", fold(name)).strip("-") or "town"


def _home(known: Graph, about: str) -> tuple[str, list[str]]:
    """Give the slug of the town of a page and what it is called: one of the data, or a new one."""
    place = thing("place", about)
    if (place, RDF.type, None) not in known:
        described = [
            each.slug for each in Known(known).search(about, None) if each.score >= BUT_FOR_MARKS and each.slug
        ]
        place = thing("place", (described or [_slug(about)])[0])
    names = [str(name) for term in (SDO.name, SDO.alternateName) for name in known.objects(place, term)]
    return slug_of(place), list(dict.fromkeys([*names, about]))


def _check_target(target: Path, page: Page, *, again: bool) -> None:
    if not target.exists():
        if again:
            raise BadValue(text("There is no draft in %(folder)s to make again; leave --again out.", folder=target))
        return
    if not again:
        raise BadValue(replace(_IS_THERE, values={"folder": target}))
    if read_text(target / "page.txt") != page.text:
        raise BadValue(
            text(
                "%(folder)s holds another version of the page; give this one a folder of its own with --source NAME.",
                folder=target,
            )
        )


def _kept(source: SourceFolder) -> dict[str, Kept]:
    """Give each block of a folder that a person has accepted, or changed since it was drafted, by its name."""
    drafted, record, found, end = source.drafted, source.folder / _AS_DRAFTED, dict[str, Kept](), 0
    as_drafted = {slug_of(each.name): each.text for each in DataFile(record).blocks} if record.is_file() else {}
    for block in source.blocks:
        is_changed = as_drafted.get(slug_of(block.name)) != block.text
        # What states nothing was never there to be accepted.
        is_accepted = block.name not in drafted and (is_changed or block.name in source.stating)
        if is_accepted or is_changed:
            quote = source.quotes.get(block.name)
            # What has no place in the page stays behind what it stands behind.
            start, end = (quote and quote.place) or (end, end)
            name = slug_of(block.name).removeprefix(f"{source.folder.name}-")
            found[name] = Kept(block.text, start, end, is_accepted)
    return found


def _write_facts(folder: Path, drafted: Draft, page: Page, kept: dict[str, Kept]) -> list[Block]:
    """Write page and facts, a person's blocks as they are; give the others."""
    folder.mkdir(parents=True)
    write_text(folder / "page.txt", page.text)
    spans = [(each.start, each.end) for each in kept.values()]
    left = [
        each
        for each in drafted.blocks
        if not any(each.passage.start < end and start < each.passage.end for start, end in spans)
    ]
    taken = set(kept)
    for block in left:
        # A name that a block of a person has is taken.
        number, plain = 2, block.name
        while block.name in taken:
            block.name, number = f"{plain}-{number}", number + 1
        taken.add(block.name)
    drafts, titled = list[tuple[int, str]](), set[str]()
    for block in left:
        partner = block.partners[0] if len(block.partners) == 1 else None
        title = f"# {partner.named.plain}\n" if partner and partner.slug not in titled else ""
        titled |= {partner.slug} if partner else set()
        drafts.append((block.passage.start, title + write_block(block, page.text, drafted.language)))
    for name, pieces in (
        (_AS_DRAFTED, drafts),
        ("facts.trig", [*((each.start, each.text) for each in kept.values()), *drafts]),
    ):
        ordered = [piece for _, piece in sorted(pieces, key=lambda each: each[0])]
        values = {"base": base(), "source": drafted.source, "pieces": ordered}
        _write(folder / name, render("twingraph.draft", "facts.trig", drafted.language, **values))
    return left


def _describe_source(folder: Path, drafted: Draft, page: Page, left: list[Block]) -> None:
    """Write the description of a source, with what is to do in it."""
    site = urlsplit(page.url).hostname or drafted.called[0]
    described = render(
        *("twingraph.draft", "source.ttl", drafted.language),
        base=base(),
        source=drafted.source,
        url=page.url,
        site=site.removeprefix("www."),
        retrieved=page.retrieved,
        home=drafted.home,
        language_of_page=drafted.language,
        publisher=_publisher(drafted),
        drafted=list_drafted(drafted.source, left),
        checksum=hashlib.sha256(page.text.encode()).hexdigest(),
        literal=literal,
    )
    _write(folder / "source.ttl", described)


def _list_anew(folder: Path, target: Path, left: list[Block], changed: list[str]) -> None:
    """Keep the description of a source as a person has it, but for the list of what is drafted; keep line ends."""
    shutil.copyfile(target / "source.ttl", folder / "source.ttl")
    copy = SourceFolder(folder)
    names = {str(thing("quote", f"{target.name}-{each}")) for each in (*changed, *(block.name for block in left))}
    if copy.drafted != names:
        copy.take_out(copy.drafted)
        listed = [*list_drafted(target.name, left), *(f"source:{target.name} tg:drafted :{each} ." for each in changed)]
        _write(copy.about.path, "\n".join([read_text(copy.about.path).rstrip(), *listed]))
    for name in ("facts.trig", "source.ttl"):
        if "\r\n" in read_text(target / name):
            write_text(folder / name, read_text(folder / name).replace("\r\n", "\n").replace("\n", "\r\n"))


def _publisher(drafted: Draft) -> str:
    """Give the slug of who publishes other pages of the town, "" where the data do not tell."""
    known, home = drafted.known, thing("place", drafted.home)
    others = {slug_of(who) for page in known.subjects(SDO.about, home) for who in known.objects(page, SDO.publisher)}
    seated = {
        slug_of(who)
        for who in known.subjects(SDO.location, home)
        if (who, RDF.type, SDO.GovernmentOrganization) in known
    }
    return min(others or seated, default="") if len(others or seated) == 1 else ""


def _write_identities(new: Path, drafted: Draft, client: Client | None) -> list[Text]:
    """Write candidates for each place that the data do not describe, and the countries that are new."""
    known, language = drafted.known, drafted.language
    towns = [
        _Town(each.slug, each.named.plain, each.named.code, "" if each.named.certain else each.named.plain)
        for each in drafted.partners.values()
        if not each.is_known
    ]
    if (thing("place", drafted.home), RDF.type, None) not in known:
        # On a page in Latvian, a town that nobody described is most likely one of Latvia.
        towns.insert(0, _Town(drafted.home, drafted.called[-1], "LV" if language == "lv" else "", drafted.called[-1]))
    if not towns:
        return []
    sources, omitted = open_sources(known, [each.name for each in towns], language, client)
    codes = {*(each.country for each in towns), *(each.named.code for each in drafted.partners.values())} - {""}
    places, perhaps = [], set()
    for town in towns:
        found = candidates(town.name, town.country or None, **sources._asdict())
        perhaps |= {each.country for each in found if not each.slug} - codes - {""}
        names = {language: town.plain or None}
        lines = [to_turtle(each, town.slug, names, language).removeprefix("# ") for each in found]
        places.append({"title": town.name, "lines": [*lines, _to_fill(drafted, town)]})
    missing, asked = (
        [country_block(code) for code in sorted(each) if (thing("country", code), RDF.type, None) not in known]
        for each in (codes, perhaps)
    )
    values = {
        "places": places,
        "countries": [" ".join(block.split()) for block in asked],
        "home": drafted.home,
        "seeks_publisher": not _publisher(drafted),
    }
    _write(new / f"{drafted.source}-places.trig", render("twingraph.draft", "places.trig", language, **values))
    if missing:
        _write(new / f"{drafted.source}-countries.trig", "\n".join(missing))
    return omitted


def _to_fill(drafted: Draft, town: _Town) -> str:
    """Give the line of a place to fill in where no candidate is right: with the names that it must have."""
    names = dict.fromkeys([*LANGUAGES, *own_languages(town.country)[:1]], "…") | {drafted.language: town.plain}
    called = " , ".join(literal(name, tag) for tag, name in names.items() if name)
    where = (
        f" schema:containedInPlace country:{town.country or '…'} ;"
        if town.slug == drafted.home or not town.country
        else ""
    )
    graph = f"evidence:place-{town.slug}"
    cited = f'{graph} schema:citation "…" ; tg:confidence confidence:one-source .'
    return f"{graph} {{ {cited} place:{town.slug} a schema:City ;{where} schema:name {called} . }}"


def _first(drafted: Iterable[Block], changed: list[str]) -> list[Text]:
    """Say what to look at first: what is doubtful, in the order of the page; and what a person has changed before."""
    doubtful, found = [block.name for block in drafted if block.remarks and block.facts], []
    if doubtful:
        first = ntext(
            "%(number)s passage states something and leaves a doubt: first :%(name)s.",
            "%(number)s passages state something and leave a doubt: first :%(name)s.",
            len(doubtful),
            name=doubtful[0],
        )
        found.append(first)
    if changed:
        kept = ntext(
            "%(number)s passage that was changed and not accepted stays as it is: :%(name)s.",
            "%(number)s passages that were changed and not accepted stay as they are: first :%(name)s.",
            len(changed),
            name=changed[0],
        )
        found.append(kept)
    return found


def _install(new: Path, folder: Path) -> list[Path]:
    """Move what was made to where it belongs; raises UnwritableTarget, and then takes back what was moved."""
    made = [path.relative_to(new) for path in sorted(new.rglob("*")) if path.is_file()]
    taken = {name for name in made if (folder / name).exists()}
    before = {name: read_bytes(folder / name) for name in taken if name.parts[0] == "sources"}
    moved: list[Path] = []
    try:
        for name in made:
            if name not in taken or name in before:
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                moved.append(name)
                write_text(folder / name, read_text(new / name))
    except (OSError, UnwritableTarget) as error:
        for name in moved:
            with suppress(OSError):
                (folder / name).write_bytes(before[name]) if name in before else (folder / name).unlink(missing_ok=True)
                (folder / name).parent.rmdir()
        if isinstance(error, UnwritableTarget):
            raise
        raise UnwritableTarget(folder, error.strerror or str(error)) from None
    return [folder / name for name in moved if not name.name.startswith(".")]
