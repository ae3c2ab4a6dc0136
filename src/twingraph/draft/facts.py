"""A page read to blocks of facts: each passage a quote, with what it states, may state, or why nothing was read."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rdflib.namespace import RDF, SDO

from twingraph.curation.turtle import literal
from twingraph.draft.countries import country_code
from twingraph.draft.identities import DECLINED, Known
from twingraph.draft.lexicon import Areas, cues
from twingraph.draft.lists import cell, dated, is_column, listed, listed_document, read_each, with_document
from twingraph.draft.partners import (
    Named,
    bodies,
    called_at,
    country_of_towns,
    heading,
    is_called,
    listed_by_country,
    lone_country,
    lone_name,
    named_of,
    named_within,
    nominative,
    only_towns,
    other_party,
    pairs,
    twinned_subject,
    unlabelled,
)
from twingraph.draft.passages import passages
from twingraph.draft.sentences import NOTHING, read
from twingraph.draft.statements import Statements
from twingraph.draft.tables import Columns, columns, read_row
from twingraph.draft.writing import Block, Partner
from twingraph.names import fold, stem
from twingraph.vocab import slug_of, thing
from twingraph.words import text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rdflib import Graph

    from twingraph.draft.passages import Passage
    from twingraph.draft.sentences import Reading
    from twingraph.words import Text

_CELLS, _HEADINGS_OF_LIST = 3, 3
"""Lines below `City: Imola` among which its country is looked for, and headings one after the other that are a list."""
_LONGEST = 1500
"""Signs of the longest sentence that is read."""
_SHORT_LINE = 6
"""Words of a line that is a heading or part of a menu, if it is no sentence."""
_PICTURE = text("The file name of a picture; not a statement.")
_MENU = text("A heading or menu of the site; not a statement.")
_HEADS = text("The heads of a table; not a statement.")
REASONS = (
    text("Describes the town, not the twinning."),
    text("Tells of a visit or an event, not of the twinning as such."),
    text("Says again what another passage says."),
    text("Speaks of twinning in general, not of one partner."),
    _MENU,
    _HEADS,
    _PICTURE,
)
"""The usual reasons for leaving a passage out."""
_QUOTED = re.compile(r"[„“”\"«][^„“”\"«»]*[“”\"»]")
_FIGURES = re.compile(r"\W*(?:population|area|iedzīvotāju skaits|platība|kopplatība)\b", re.IGNORECASE)
_OF_LIST = re.compile(r"[-–—•*·▪]\s")
_JOINT = re.compile(
    r"\b(?:trīs|triju|četr\w+|trīspusēj\w+|three|four|trilateral)\b|\(\s*\w+\s[-–]\s\w+\s[-–]", re.IGNORECASE
)
"""Several towns are named that have one tie or agreement."""
_COOKIES = re.compile(r"sīkdat|sīkfail|cookie|privātum|privacy|javascript|©|e-?pasts?:|tālr", re.IGNORECASE)


@dataclass(slots=True)
class Draft:
    """A page read: its blocks in their order, and the partners in the order in which they are named.

    home: the slug of the town of the page; called: what it is called; known: the data there are.
    """

    source: str
    home: str
    called: list[str]
    language: str
    known: Graph
    areas: Areas
    blocks: list[Block] = field(default_factory=list)
    partners: dict[str, Partner] = field(default_factory=dict)
    _named: list[Named] = field(default_factory=list)
    _others: list[Named] = field(default_factory=list)
    _places: Known = field(init=False)
    _bodies: list[tuple[str, str]] = field(init=False)
    _words: frozenset[str] = frozenset()
    _statements: Statements = field(init=False)
    _section: list[Partner] = field(default_factory=list)
    _group: list[Partner] = field(default_factory=list)
    _pending: tuple[Block | None, list[Named]] = (None, [])
    _is_headed: bool = False
    _is_astray: bool = False
    _country: str = ""
    _lists_areas: bool = False
    _lists_partners: bool = False
    _country_of_page: str = ""
    _country_near: str = ""
    _country_at: int = -2
    _has_title: bool = False
    _is_of_twins: bool = False
    _headings: int = 0
    _column: str = ""
    _long: list[str] = field(default_factory=list)
    _document: tuple[str, ...] = ()
    _joints: dict[str, list[str]] = field(default_factory=dict)
    _own: set[str] = field(default_factory=set)
    _joined: tuple[str, list[Partner]] = ("", [])
    _columns: Columns | None = None

    def __post_init__(self) -> None:
        self._places = Known(self.known)
        self._bodies = bodies(self.known, self.language)

    def read(self, page: str) -> Draft:
        """Read a page, and give this."""
        found = passages(page)
        self._words = frozenset(re.findall(r"[^\W\d_][\w’-]+", page))
        self._long = [each.text for each in found if len(each.text.split()) > _SHORT_LINE]
        # A sentence may name a partner of whom the page tells later, or all of them.
        self._read(found, page)
        self._named = [each.named for each in self.partners.values()]
        self._read(found, page)
        return self

    def _read(self, found: list[Passage], page: str) -> None:
        self.blocks, self.partners, self._others = [], {}, []
        self._statements = Statements(self.home, self.called, self.language, self.areas, self._bodies)
        self._section, self._group, self._pending, self._joined = [], [], (None, []), ("", [])
        self._column, self._country_near, self._country_at, self._document = "", "", -2, ()
        self._is_headed, self._country, self._lists_areas, self._lists_partners = False, "", False, False
        self._columns, self._is_astray = None, False
        title = self._title(found)
        self._has_title, self._headings = title is not None, 0
        self._is_of_twins = bool(title and cues(self.language)["twinned"].search(title.text))
        codes = (
            {country_code(each, self.language, self.known) or "LV" for each in title.text.split()} if title else set()
        )
        self._country_of_page = min(codes - {"LV"}) if len(codes - {"LV"}) == 1 else ""
        end = 0
        for at, passage in enumerate(found):
            is_new_line = end == 0 or "\n" in page[end : passage.start]
            # A label may have a line of its own.
            lines = (unlabelled(each.text) for each in found[at + 1 : at + 2 + _CELLS])
            following = [*filter(None, lines)][:_CELLS]
            self.blocks.append(self._passage(passage, following, passage is title, is_new_line=is_new_line))
            end = passage.end
        self._add_ties(title.text if title else "")

    def _title(self, found: list[Passage]) -> Passage | None:
        """Give the line before the first partner that says of what the page is: the date or the menu may come first."""
        for passage in found:
            is_line = len(passage.text.split()) <= 2 * _SHORT_LINE and not re.search(r"\d|[.:]\Z|[›»|>]", passage.text)
            if is_line and not passage.is_picture and cues(self.language)["title"].search(passage.text):
                return passage
            if heading(passage.text, self.language, self.known):
                break
        return None

    def _passage(self, passage: Passage, following: list[str], is_title: bool, *, is_new_line: bool) -> Block:  # noqa: FBT001 - of the page's first line
        block = Block("", passage)
        if passage.is_picture:
            block.left_out = _PICTURE
            following_name = heading(following[0], self.language, self.known) if following else None
            named = self._partner(following_name, block, keep=False) if following_name else None
            block.partners = [named] if named else []
            block.name = self._statements.name(named.slug if named else "page", "image")
        elif len(passage.text) > _LONGEST:
            block.name = self._statements.name("", "page")
            block.remarks.append(text("read nothing here: it is too long for a sentence"))
        elif "\t" in passage.text:
            self._row(block)
        elif opened := self._heading(passage, following, block):
            self._section, self._group, self._is_headed, self._is_astray = [opened], [], True, False
            self._headings += 1
            self._state_heading(block, opened)
            block.name = block.name or self._statements.name(opened.slug, "heading")
        elif is_title:
            block.name = self._statements.name("", "title")
            block.state(f"source:{self.source}", f"schema:name {literal(passage.text, self.language)}")
        else:
            if self._headings >= _HEADINGS_OF_LIST:
                # What follows a list of towns is not of the last of them.
                self._section, self._is_headed = [], False
            self._headings = 0
            if not (is_new_line and self._is_in_table(block)):
                self._sentence(block, is_new_line=is_new_line)
        return block

    def _row(self, block: Block) -> None:
        """Read a row of a table: its heads, or a partner and what it says of that."""
        line, self._section, self._is_headed = block.passage.text, [], False
        if heads := columns(line, self.language, self.known):
            self._columns = heads
            self._leave_out(block, _HEADS)
            return
        row = read_row(line, self._columns, self.language, self.areas, self.known)
        if row is None or self._is_home(row[0].name):
            self._explain(block, NOTHING, text("it is a row of a table and names no town with its country"))
            block.name = self._statements.name("page", "row")
            return
        named, reading = row
        partner = self._partner(named, block)
        self._statements.name_place(block, partner, named)
        self._statements.state(block, [partner], reading)
        block.name = self._statements.name(partner.slug, "row")

    def _state_heading(self, block: Block, opened: Partner) -> None:
        """Write what the heading of a partner says beside its name."""
        line = block.passage.text
        reading = self._dated(line, named_within(line, self.language, self.known))
        reading = reading or read(line, self.language, self.areas, of_tie=True)
        if self._lists_partners:
            self._statements.tie(block, opened.tie, [opened])
            reading = with_document(reading, line, self._document, self.language)
        self._statements.state(block, [opened], reading if reading or reading.doubts else None)

    def _dated(self, line: str, named: list[Named]) -> Reading | None:
        """Read a line that is nothing but towns and a date, as `Imola (Italy), 1997`; None for any other.

        The date is that of the document of the list, if the line above it says that this was signed with each, else
        since when there is a tie, if the page or the list is of twin towns.
        """
        reading = dated(line, self.language)
        words = [reading.since.words] if reading and reading.since else []
        is_of_ties = self._is_of_twins or self._lists_partners
        if reading is None or not is_of_ties or not only_towns(line, named, words, self.language):
            return None
        return NOTHING if self._lists_partners and self._document else reading

    def _heading(self, passage: Passage, following: list[str], block: Block) -> Partner | None:
        """Open a partner where a passage is its heading."""
        line = unlabelled(passage.text)
        named = heading(line, self.language, self.known)
        if named and len(named_within(line, self.language, self.known)) > 1:
            return None
        if named and line != passage.text:
            named = named._replace(start=passage.text.index(named.name))
        if named is None and (name := lone_name(line, self.language)):
            is_labelled = line != passage.text
            near = following if is_labelled else following[:1]
            named = self._lone(name, line, near, passage.text.index(name), is_labelled=is_labelled)
        if named is None or self._is_home(named.name):
            return None
        partner = self._partner(named, block)
        self._statements.name_place(block, partner, named)
        return partner

    def _lone(self, name: str, line: str, following: list[str], start: int, *, is_labelled: bool) -> Named | None:
        """Take a line that is nothing but a name for a town, if it says so or its country stands below or above."""
        at = len(self.blocks)
        if own := lone_country(line, self.language, self.known):
            self._country, self._country_at = own, at
            return None
        known = next((each.named.code for each in self.partners.values() if _same(each.named.name, name)), None)
        # In a table of labels, the next one may stand in the line of the country.
        lines = (re.sub(r"\s\S+:.*", "", each) if is_labelled else each for each in following)
        below = next(filter(None, (lone_country(each, self.language, self.known) for each in lines)), None)
        # Far below the country stands the menu, too.
        is_near = at == self._country_at + 1 or any(is_called(name, each, self.language) for each in self._long)
        code = known or (below if below != "LV" else None) or (self._country if is_near else None)
        if code and not below:
            self._country_at = at
        return Named(name, start, "", code or "", is_heading=True) if code or is_labelled else None

    def _is_home(self, name: str) -> bool:
        return any(is_called(each, name, self.language) for each in self.called)

    def _abroad(self, named: Named) -> Named | None:
        """Give what a sentence names without the name of this town, which may follow; None where that is all."""
        if not self._is_home(named.name):
            return named
        name, _, last = named.name.rpartition(" ")
        return named._replace(name=name) if name and self._is_home(last) and not self._is_home(name) else None

    def _partner(self, named: Named, block: Block, *, keep: bool = True) -> Partner:
        """Give the partner of a name: one of the page, else a place of the data, else a new one."""
        for partner in self.partners.values():
            is_of_country = not named.code or partner.named.code in {named.code, ""}
            if is_of_country and _same(partner.named.name, named.name):
                return partner
        is_bent = self.language == "lv" and not named.certain
        name = named.name.title() if named.name.isupper() else named.name
        named = named._replace(plain=nominative(name, self._words) if is_bent else name)
        # What is only alike is a candidate for a person to take.
        described = [each for each in self._places.search(named.name, named.code or None) if each.score >= DECLINED]
        slug = next((each.slug for each in described if each.slug), None) or self._free_slug(named)
        is_known = (thing("place", slug), RDF.type, None) in self.known
        partner = Partner(slug, named, is_known, f"twinning:{self.home}-{slug}", block)
        return self.partners.setdefault(slug, partner) if keep else partner

    def _free_slug(self, named: Named) -> str:
        """Give a slug for a town that the data do not describe, with its country if a town of another has the name."""
        slug = _slug(named.plain)
        countries = {slug_of(each) for each in self.known.objects(thing("place", slug), SDO.containedInPlace)}
        other = self.partners.get(slug)
        countries |= {other.named.code} if other and other.named.code else set()
        is_of_other = named.code and countries and named.code not in countries
        return f"{slug}-{named.code.lower()}" if is_of_other else slug

    def _sentence(self, block: Block, *, is_new_line: bool) -> None:
        """Read a passage that is no heading of a partner, of whom it speaks and what it says."""
        sentence, patterns = block.passage.text, cues(self.language)
        is_line = len(sentence.split()) <= _SHORT_LINE and not re.search(r"[.!?…:;\d]", sentence)
        is_of_list = bool(_OF_LIST.match(sentence))
        is_of_tie = (self._lists_partners and is_of_list) or (
            self._has_title and bool(listed_by_country(sentence, self.language, self.known))
        )
        reading = read(sentence, self.language, self.areas, of_tie=is_of_tie)
        if is_new_line:
            self._begin_line(sentence, reading)
        named = self._named_in(sentence, reading)
        if is_of_list and self._lists_areas and ":" not in sentence and len(self._section) == 1:
            self._state_of(block, self._section, listed(sentence, self.language, self.areas))
        elif _COOKIES.search(sentence) and not reading:
            self._leave_out(block, _MENU)
        elif patterns["every"].search(sentence) and not named and not patterns["both"].search(sentence):
            self._state_of(block, self._all(block), reading, everybody=True)
        elif reading_of_all := self._dated(sentence, named):
            for each in named:
                partner = self._partner(each, block)
                self._statements.name_place(block, partner, each)
                self._statements.tie(block, partner.tie, [partner])
                self._statements.state(block, [partner], reading_of_all)
            block.name = self._statements.name("page", "partners")
        elif named and (
            is_of_tie or reading.documents or reading.status or patterns["tie"].search(_QUOTED.sub("", sentence))
        ):
            self._open(block, named, reading, is_of_tie=is_of_tie)
        elif named and not is_line:
            self._pending = block, named
            self._continue(block, reading)
        elif is_line and not reading and not patterns["cooperation"].search(sentence):
            self._section = self._section if is_of_list else []
            self._leave_out(block, _MENU)
        else:
            self._continue(block, reading)
        self._open_list(sentence, reading, is_of_list=is_of_list, is_new_line=is_new_line)

    def _open_list(self, sentence: str, reading: Reading, *, is_of_list: bool, is_new_line: bool) -> None:
        """Know whether what follows is a list of areas or of partners, and of what document."""
        patterns = cues(self.language)
        lists_areas = bool(patterns["fields"].search(sentence))
        opens_list = bool(sentence.endswith(":") and patterns["tie"].search(sentence) and not lists_areas)
        if opens_list and reading.status:
            # What is listed is over, and a year may be that of the end.
            opens_list, self._is_of_twins = False, False
        self._lists_areas = lists_areas or (is_of_list and self._lists_areas)
        self._document = listed_document(sentence, self.language) if opens_list else self._document
        self._lists_partners = opens_list or (self._lists_partners and (is_of_list or not is_new_line))

    def _named_in(self, sentence: str, reading: Reading) -> list[Named]:
        """Find the towns that a sentence names with their country, or with what was said of it before."""
        if named := listed_by_country(sentence, self.language, self.known):
            return named
        named = list(filter(None, map(self._abroad, named_within(sentence, self.language, self.known))))
        patterns = cues(self.language)
        is_of_tie = patterns["tie"].search(sentence) and any(
            (reading.status, *(patterns[each].search(sentence) for each in ("signed", "began_in", "twinned")))
        )
        if not named and is_of_tie:
            country = self._country_of_page or self._country_near
            loose = map(self._abroad, named_of(sentence, self.language, self.known, country))
            named = [each for each in loose if each and not self._is_described(each, sentence)]
        self._country_near = country_of_towns(sentence, self.language, self.known) or self._country_near
        return named

    def _is_in_table(self, block: Block) -> bool:
        """Read a label, the country of the partner or a date below the head of its column; tell whether it is one."""
        line, owner = block.passage.text, self._section if self._is_headed else []
        named = unlabelled(line)
        if named and owner and lone_country(named, self.language, self.known) == owner[0].named.code:
            block.state(f"place:{owner[0].slug}", f"schema:containedInPlace country:{owner[0].named.code}")
            block.name = self._statements.name(owner[0].slug, "country")
            block.partners = owner
        elif reading := cell(line, self._column, self.language) if self._column and owner else None:
            self._state_of(block, owner, reading)
        elif not named:
            self._leave_out(block, _MENU)
        elif is_column(line, self.language):
            self._column = line
            return False
        return bool(block.name)

    def _names_other_country(self, line: str) -> bool:
        """Tell whether one of the parts of a line is a country and nothing else, and not that of the heading before."""
        parts = re.split(r"\s[–—-]\s|[,;:/()|]", line)
        codes = {country_code(each, self.language, self.known) for each in parts}
        return bool(codes - {None, *(each.named.code for each in self._section)})

    def _is_described(self, named: Named, sentence: str) -> bool:
        """Tell whether the page gives the country of a town in another sentence, or names one with it in this."""
        return any(_same(each.named.name, named.name) for each in self.partners.values()) or bool(
            self._mentioned(sentence)
        )

    def _begin_line(self, sentence: str, reading: Reading) -> None:
        """Forget of whom the line before speaks, unless it has a heading or goes on in this one."""
        is_again = (
            cues(self.language)["again"].search(sentence)
            or _FIGURES.match(sentence)
            or (reading.site and len(sentence.split()) == 1)
        )
        is_short = len(sentence.split()) <= 2 * _SHORT_LINE and sentence[-1] not in ".!?:"
        if self._is_headed and is_short and self._names_other_country(sentence):
            # The heading of others, in a form that is not known.
            self._section, self._is_headed = [], False
        self._country_near = ""
        if not is_again and not self._is_headed:
            self._section, self._group, self._pending, self._joined = [], [], (None, []), ("", [])

    def _open(self, block: Block, named: list[Named], reading: Reading, *, is_of_tie: bool) -> None:
        """Read a sentence that names partners with their countries."""
        if self._is_of_others(block.passage.text, named, reading):
            self._others += named
            self._leave_to_others(block, reading)
            return
        opened = [self._partner(each, block) for each in named]
        for partner, each in zip(opened, named, strict=True):
            self._statements.name_place(block, partner, each)
        self._turn_to(opened, block.passage.text)
        if len(self._section) == 1 and (is_of_tie or cues(self.language)["twinned"].search(block.passage.text)):
            self._statements.tie(block, opened[0].tie, opened[:1])
        if not self._state_each(block, opened, [each.start for each in named]):
            self._state_of(block, opened, reading)

    def _state_each(self, block: Block, partners: list[Partner], starts: list[int] | None = None) -> bool:
        """Write what a list says of each of its partners, and tell whether the sentence is such a list."""
        sentence = block.passage.text
        starts = starts or [called_at(each.named.name, sentence, self.language) for each in partners]
        parts = read_each(sentence, starts, self.language, self.areas)
        for partner, part in zip(partners, parts, strict=bool(parts)):
            self._statements.tie(block, partner.tie, [partner])
            self._statements.state(block, [partner], part)
            self._own.add(partner.slug)
        block.name = block.name or (self._statements.name("page", "agreements") if parts else "")
        block.partners = partners
        return bool(parts)

    def _turn_to(self, partners: list[Partner], sentence: str) -> None:
        """Know of whom the next sentences may speak: of one, or of several as `both`, if not of one and this town."""
        distinct = list({each.slug: each for each in partners}.values())
        self._section, self._is_headed, self._joined = distinct if len(distinct) == 1 else [], False, ("", [])
        self._is_astray = False
        if len(distinct) > 1 or any(is_called(each, sentence, self.language) for each in self.called):
            self._group = distinct

    def _is_of_others(self, sentence: str, named: list[Named], reading: Reading) -> bool:
        """Tell whether a sentence names a party that is neither this town nor one with a country: `A un B (Polija)`."""
        subject = twinned_subject(sentence) if self.language == "en" else ""
        if subject and not self._is_home(sentence) and not any(is_called(each.name, subject, "en") for each in named):
            return True
        if not reading.documents:
            return False
        before = (re.search(r"(\w+)\s+(?:un|and)\s+\Z", sentence[: each.start]) for each in named)
        others = [pair[1] for pair in before if pair and pair[1][0].isupper()]
        places = [*self.called, *(word for each in named for word in (*each.name.split(), *each.country.split()))]
        return self._is_of_two_others(sentence, named) or any(
            not any(is_called(each, other, self.language) for each in places) for other in others
        )

    def _is_of_two_others(self, sentence: str, named: list[Named]) -> bool:
        """Tell whether two signed together of whom neither is this town, and one no partner: `A un B parakstīja`."""
        if any(is_called(each, sentence, self.language) for each in self.called):
            return False
        names = [each.name for each in (*named, *self._named, *(each.named for each in self.partners.values()))]
        return any(
            not all(any(is_called(name, party, self.language) for name in names) for party in pair)
            for pair in pairs(sentence, self.language)
        )

    def _leave_to_others(self, block: Block, reading: Reading) -> None:
        self._section, self._is_headed, self._is_astray = [], False, True
        self._explain(block, reading, text("it may be of other towns than this one"))
        block.name = self._statements.name("page", "passage")

    def _continue(self, block: Block, reading: Reading) -> None:
        """Read a sentence of partners named before: by their names, else of those that the last sentences are of."""
        sentence = block.passage.text
        is_of_same = self._is_astray and cues(self.language)["again"].search(sentence)
        if is_of_same or (reading.documents and self._is_of_two_others(sentence, [])):
            self._leave_to_others(block, reading)
            return
        self._admit(sentence, reading)
        called = self._mentioned(sentence)
        again = [each for each in self._others if is_called(each.name, sentence, self.language)]
        if again and not called and reading.documents:
            self._open(block, again, reading, is_of_tie=False)
            return
        if _JOINT.search(sentence) and (called or self._is_headed):
            names = [each for each in self._named if is_called(each.name, sentence, self.language)]
            names.sort(key=lambda each: called_at(each.name, sentence, self.language))
            called = [self._partner(each, block) for each in names if not self._is_home(each.name)] or called
        if len(called) > 1 and not self._is_headed and self._state_each(block, called):
            self._turn_to(called, sentence)
            return
        if len(called) > 1 and (other := other_party(sentence, self.called, self.language)):
            called = [each for each in called if is_called(each.named.name, other, self.language)][:1] or called
        if not called and len(self._group) > 1 and cues(self.language)["both"].search(sentence):
            called = self._group
        elif called and not self._is_headed:
            self._turn_to(called, sentence)
        if reading.people and not called and not self._is_headed:
            # Of an event, and perhaps of many towns.
            reading = reading._replace(people=[])
        if not called and not self._section and self._joined[0] and reading.areas:
            tie, called = self._joined
            self._statements.state(block, called, reading, tie)
            block.name = self._statements.name("page", _role(block, reading))
            return
        # On a page of one partner, `the two towns` are that and this one.
        is_of_only = len(self._named) == len(self.partners) == 1 and cues(self.language)["both"].search(sentence)
        self._state_of(block, called or self._section or [*self.partners.values()][: bool(is_of_only)], reading)

    def _admit(self, sentence: str, reading: Reading) -> None:
        """Take the towns of an earlier sentence for partners, once a sentence says that there is a tie with them."""
        before, named = self._pending
        patterns = cues(self.language)
        is_meant = patterns["both"].search(sentence) or any(
            is_called(each.name, sentence, self.language) for each in named
        )
        if before and is_meant and (reading.documents or reading.areas) and before.passage.text != sentence:
            opened = [self._partner(each, before) for each in named]
            for partner, each in zip(opened, named, strict=True):
                self._statements.name_place(before, partner, each)
            self._turn_to(opened, before.passage.text)
            self._pending = None, []

    def _mentioned(self, sentence: str) -> list[Partner]:
        """Give the partners that a sentence names, in their order."""
        places = [(called_at(each.named.name, sentence, self.language), each) for each in self.partners.values()]
        return [each for at, each in sorted(places, key=lambda place: place[0]) if at >= 0]

    def _all(self, block: Block) -> list[Partner]:
        """Give the partners of the whole page, also those whose heading is yet to come."""
        for each in self._named:
            if not self._is_home(each.name):
                self._partner(each, block)
        return [*self.partners.values()]

    def _leave_out(self, block: Block, reason: Text) -> None:
        block.left_out = reason
        block.name = self._statements.name("", "page")

    def _state_of(self, block: Block, partners: list[Partner], reading: Reading, *, everybody: bool = False) -> None:
        """Write what a sentence says of some partners; where they are several, only what can be of all."""
        others = [each for each in partners if each not in self._section]
        is_recount = (
            len(partners) == 1 and partners[0].is_counted and any(each.is_population for each in reading.figures)
        )
        is_joint = reading.documents and not everybody and _JOINT.search(block.passage.text)
        if is_joint and len(partners) == 1:
            self._explain(block, reading, text("it speaks of several partners"))
        elif is_recount:
            self._explain(block, reading, text("it gives another population, perhaps of another town"))
        elif is_joint and partners:
            tie = f"twinning:{self.home}-{'-'.join(each.slug for each in partners)}"
            self._statements.state(block, partners, reading, tie)
            self._joints[tie], self._joined = [each.slug for each in partners], (tie, partners)
            # Of a tie of several towns, only that under whose heading it is told needs no other.
            for each in self._section:
                each.take(tie)
        elif everybody:
            block.about = partners
            for tie, group in self._by_tie(partners):
                self._statements.state(block, group, reading, tie)
        elif self._is_of_each(block.passage.text, partners, reading, others):
            self._statements.state(block, partners, reading)
            self._own |= {each.slug for each in partners if reading.documents or reading.since}
        elif partners:
            self._pairs(block, partners, reading)
        elif not block.left_out:
            self._explain(block, reading, text("no partner is named"))
        block.partners = partners
        owner = partners if len(partners) == 1 else [each for each in self._section if each in partners]
        slug = owner[0].slug if len(owner) == 1 else "page"
        block.name = block.name or self._statements.name(slug, _role(block, reading))

    def _by_tie(self, partners: list[Partner]) -> Iterator[tuple[str, list[Partner]]]:
        """Give partners by their tie: those of a tie of several towns, if they have no other, and the rest."""
        left = partners
        for tie, slugs in self._joints.items():
            group = [each for each in left if each.slug in slugs]
            if len(group) == len(slugs) and not self._own.intersection(slugs):
                left = [each for each in left if each not in group]
                yield tie, group
        if left:
            yield "", left

    def _is_of_each(self, sentence: str, partners: list[Partner], reading: Reading, others: list[Partner]) -> bool:
        """Tell whether what a sentence says is said of each of its partners."""
        patterns = cues(self.language)
        if len(partners) < 2 or (self._section and others):  # noqa: PLR2004 - several are two
            return len(partners) == 1 and not (self._section and others)
        is_of_one = reading.figures or reading.people or reading.site
        is_said_of_several = patterns["both"].search(sentence) or patterns["documents"].search(sentence)
        return not is_of_one and bool(
            is_said_of_several or reading.status or ((reading.areas or reading.since) and not reading.documents)
        )

    def _pairs(self, block: Block, partners: list[Partner], reading: Reading) -> None:
        """Write only the ties of partners that one sentence names together: the rest is not certain of any of them."""
        sentence = block.passage.text
        if cues(self.language)["tie"].search(sentence) and not self._section and not self._group:
            for partner in partners:
                self._statements.tie(block, partner.tie, [partner])
        places = [(called_at(each.named.name, sentence, self.language), each) for each in partners]
        for figure in reading.figures:
            # In `Komo ir 12 000 iedzīvotāju`, of the town that is named before it.
            before = max(
                ((at, each) for at, each in places if 0 <= at < figure.start), default=None, key=lambda place: place[0]
            )
            if before:
                self._statements.figure(block, before[1], figure)
        reading = reading._replace(figures=[])
        if reading or reading.doubts:
            names = ", ".join(each.named.name for each in partners)
            block.remarks.append(
                text(
                    "read nothing more here: it names %(names)s, and of which of them the rest is said is not certain",
                    names=names,
                )
            )
        elif not block.facts:
            self._explain(block, reading, text("it speaks of several partners"))

    def _explain(self, block: Block, reading: Reading, reason: Text) -> None:
        block.remarks += reading.doubts
        if not block.facts:
            block.remarks.append(text("read nothing here: %(reason)s", reason=reason))

    def _add_ties(self, title: str) -> None:
        """State the tie of a partner of which no sentence does in its heading, if the page is one of twin towns."""
        patterns = cues(self.language)
        for partner in self.partners.values():
            if not partner.named.is_heading and partner.block.is_of_tie(partner):
                continue
            says, sentence = bool(title), partner.block.passage.text
            if not partner.named.is_heading:
                says = bool(patterns["tie"].search(sentence) and not patterns["unsigned"].search(sentence))
            if not partner.has_tie and says:
                self._statements.tie(partner.block, partner.tie, [partner])
            elif not partner.has_tie:
                # Something may have been said of all partners.
                for block in self.blocks:
                    block.facts.pop(partner.tie, None)
                partner.block.remarks.append(
                    text("nothing says that there is a twinning with %(place)s", place=f"place:{partner.slug}")
                )


def _slug(name: str) -> str:
    return re.sub(r"\W+", "-", fold(name))


def _same(one: str, other: str) -> bool:
    return fold(one) == fold(other) or stem(one) == stem(other)


def _role(block: Block, reading: Reading) -> str:
    """Name what a passage is mostly about, as the name of its block."""
    if reading.documents:
        return "agreement"
    if reading.status:
        return "status"
    if reading.figures:
        return "population" if reading.figures[0].is_population else "area"
    if reading.site and len(block.passage.text.split()) <= _SHORT_LINE:
        return "website"
    standings = {each.standing for each in reading.areas}
    return "plans" if standings == {"planned"} else "areas" if standings else "people" if reading.people else "passage"
