"""What one sentence says of a partner: documents signed, since when, how it stands, areas, figures, people, a site."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from twingraph.draft import written
from twingraph.draft.lexicon import cues, words
from twingraph.words import text

if TYPE_CHECKING:
    from collections.abc import Iterator
    from decimal import Decimal

    from twingraph.dates import SourceDate
    from twingraph.draft.lexicon import AreaMatch, Areas
    from twingraph.draft.written import Date, Number
    from twingraph.words import Text

_CLAUSE = re.compile(
    r";|(?<=\d)\s+(?=when\b)|,\s+(?=(?:bet|savukārt|taču|kad|kur|jo|but|while|when|where|whereas)\b)|\s[–-]\s(?=\w+\s+\d)"
    r"|\s(?=(?:(?:web ?sites?|main areas|areas|fields|range|population|(?:partnership|cooperation|twinning) agreement"
    r"|document|iedzīvotāju|platība|sadarbības jomas|mājas ?lapa|tīmekļvietne)\b[\w /]{0,25}):)",
    re.IGNORECASE,
)
"""Where a clause ends: also before the label of another thing, as in `population: 5 000 agreement signed: 1990`."""
_WHEN = re.compile(r",\s+(?:kad|when)\b", re.IGNORECASE)
_RELATIVE = re.compile(r",\s+(?:kas|kur\w*|which|that|under)\b", re.IGNORECASE)
_ASIDE = re.compile(
    r",\s*(?:atzīmējot|svinot|celebrating|marking|to (?:mark|celebrate)"
    r"|on (?:the occasion of )?the (?:\w+ )?(?:anniversary|jubilee))\b[^,;]*,",
    re.IGNORECASE,
)
"""What is said by the way: `2012. gadā, atzīmējot jubileju, tika parakstīts līgums`."""
_SITE = re.compile(
    r"(?<![\w@.-])(?:https?://)?(?P<host>(?:[a-z0-9-]+\.)+(?!jpe?g\b|png\b|gif\b|html?\b|php\b|pdf\b|docx?\b)[a-z]{2,})"
    r"(?::\d+)?(?:/[^\s,;()<>„”“\"]*)?(?![\w@-])",
    re.IGNORECASE,
)
_SITE_LABEL = re.compile(r"(?:web ?sites?|home ?page|lapa|vietne)\s{0,3}[:–-]\s{0,3}\Z", re.IGNORECASE)
_NOT_OWN = re.compile(
    r"\b(?:facebook|twitter|x|instagram|youtube|youtu|wikipedia|google|goo|linkedin|draugiem)\.\w+", re.IGNORECASE
)
_FEWEST = 100
"""People of the smallest town: `ap 22 tūkstošiem` with a slip in it is not 22."""
_FURTHEST = 160
"""Signs between the word that says how an area stands and the area."""


class Document(NamedTuple):
    """A document that was signed: its kind (a slug), the words for it, and its date with the words for that, if any."""

    kind: str
    words: str
    date: SourceDate | None
    date_words: str


class AreaNamed(NamedTuple):
    """An area of cooperation: its slug, the words for it, and how it stands (a slug); by what words that is known."""

    area: str
    words: str
    standing: str
    cue: str


class Figure(NamedTuple):
    """A population or area: its values (two of a range), the words for them, unit, date, and whether it is rough."""

    is_population: bool
    values: list[Decimal]
    words: str
    unit: str
    date: Date | None
    rough: bool
    start: int


class Reading(NamedTuple):
    """What a sentence says, and `doubts`: what it may say, each a sentence for a person, with the rival readings."""

    documents: list[Document]
    since: Date | None
    status: tuple[str, Date | None] | None
    areas: list[AreaNamed]
    figures: list[Figure]
    people: list[Number]
    site: tuple[str, str] | None
    doubts: list[Text]

    def __bool__(self) -> bool:
        return any(self[:-1])


OF_DOCUMENT = ("agreed", "undertaken")
"""How an area stands by what a document says."""
NOTHING = Reading([], None, None, [], [], [], None, [])


def read(sentence: str, language: str, areas: Areas, *, of_tie: bool = False) -> Reading:
    """Read a sentence: all that is certain, and what is not as doubts.

    of_tie: whether it is of the tie without saying so, as a heading `Imola (Italy) since 1997` in a list of twin towns.
    """
    patterns = cues(language)
    doubts: list[Text] = []
    standing = status(sentence, language)
    # In `līgums, kas noslēgts 2012. gadā, ir lauzts` the date is not that of the end.
    is_signed = not standing or (standing[1] is None and patterns["signed"].search(sentence))
    documents = list(_documents(sentence, language, doubts)) if is_signed else []
    is_of_unsure = bool(doubts) and not documents
    since = None if standing else _since(sentence, language, doubts, of_tie=of_tie)
    is_said = since and patterns["begun_then"].match(sentence[since.end :].lstrip())
    if since and not is_said and not patterns["since"].match(since.words):
        clause = next(sentence[start:end] for start, end in _clauses(sentence) if start <= since.start < end)
        # The beginning of the agreement, and not of the tie.
        since = None if any(each.words in clause for each in documents) else since
    found = [] if standing else list(areas_named(sentence, language, areas, documents, doubts))
    if is_of_unsure:
        doubts += [without_document(each.words) for each in found if each.standing in OF_DOCUMENT]
        found = [each for each in found if each.standing not in OF_DOCUMENT]
    figures = list(_figures(sentence, language, doubts))
    people = _counts(sentence, language, patterns["people"]["pupils"].pattern)
    taking_part = [each for each in people if not each.doubt] if patterns["took_part"].search(sentence) else []
    return Reading(documents, since, standing, found, figures, taking_part, site(sentence), doubts)


def without_document(words: str) -> Text:
    """Say why an area that is said to be agreed is stated of no document: its own is not certain."""
    return text("“%(words)s” is said to be agreed, but in which document is not certain", words=words)


def status(sentence: str, language: str) -> tuple[str, Date | None] | None:
    """Tell whether a tie was suspended, ended or resumed, and when."""
    patterns = cues(language)
    for slug, pattern in patterns["status"].items():
        if (found := pattern.search(sentence)) and not re.search(
            r"\b(?:nav|netika|netiks|not)\b", found[0], re.IGNORECASE
        ):
            dates = written.dates(sentence, language)
            is_of_it = len(dates) == 1 and not patterns["signed"].search(sentence)
            return slug, dates[0] if is_of_it else None
    return None


def site(sentence: str) -> tuple[str, str] | None:
    """Give the one web site that a text names: the words for it, and its address."""
    found = [each for each in _SITE.finditer(sentence) if not _NOT_OWN.search(each["host"])]
    hosts = {each["host"].casefold() for each in found}
    is_written = [
        each
        for each in found
        if re.match(r"(?i)https?://|www\.", each[0])
        or each[0] == sentence.strip(" .;")
        or _SITE_LABEL.search(sentence, 0, each.start())
    ]
    # Of sites that stand side by side, the first is the town's own.
    between = (sentence[one.end() : other.start()] for one, other in pairwise(found))
    is_list = all(re.fullmatch(r"[\s,;/|]*(?:and|un)?\s*", each) for each in between)
    if not is_written or (len(hosts) > 1 and not is_list):
        return None
    printed = is_written[0][0].rstrip(".,;:")
    return printed, printed if printed.casefold().startswith("http") else f"http://{printed}"


def _clauses(sentence: str) -> list[tuple[int, int]]:
    """Give where the clauses of a sentence begin and end."""
    cuts = [0, *(each.start() for each in _CLAUSE.finditer(sentence)), len(sentence)]
    return list(pairwise(cuts))


def _documents(sentence: str, language: str, doubts: list[Text]) -> Iterator[Document]:
    """Find the documents that were signed, each with the date of the signing."""
    patterns = cues(language)
    before: tuple[Date, ...] = ()
    for start, end in _clauses(sentence):
        clause = sentence[start:end]
        found = kinds_named(clause, language)
        dates = [each for each in written.dates(clause, language) if may_be_of_signing(each, clause, language)]
        # As in `aizsākās 1995. gadā, kad tika parakstīts līgums`.
        dates = dates or [*(before if _WHEN.match(clause) else ())]
        before = written.dates(clause, language)
        if not found or not dates or (patterns["in_force"].search(clause) and not patterns["signed"].search(clause)):
            is_there = patterns["signed"].search(clause) or patterns["in_force"].search(clause)
            is_there = is_there and not _is_unsigned(clause, language)
            if found and is_there:
                if len([kind for kind, _ in found if kind != "unspecified"]) > 1:
                    listed = ", ".join(each[0] for _, each in found)
                    doubts.append(text("which of “%(documents)s” was signed is not certain", documents=listed))
                else:
                    yield from (Document(kind, each[0], None, "") for kind, each in found[:1])
            continue
        kind, printed = found[0]
        near = dates[0] if len(dates) == 1 else _of_signing(clause, dates, patterns["signed"])
        is_other = patterns["other_date"].search(_ASIDE.sub(",", _beside(clause, near, printed, patterns["signed"])))
        if not patterns["signed"].search(clause) or _is_unsigned(clause, language):
            doubts.append(_unsigned(clause, patterns["signed"], printed[0], dates))
        elif len(found) == len(dates) > 1:
            # In pairs, as in `2002. gadā nodomu protokols, 2004. gadā līgums`.
            pairs = zip(found, dates, strict=True)
            yield from (Document(slug, words[0], each.value, each.words) for (slug, words), each in pairs)
        elif len(found) == 1 and written.has_day_alone(clause, language):
            yield Document(kind, printed[0], None, "")
        elif len(found) == 1 and near and not is_other:
            yield Document(kind, printed[0], near.value, near.words)
        else:
            words = {"dates": ", ".join(each.words for each in dates), "document": printed[0]}
            several = text("which of the dates (%(dates)s) is that of “%(document)s” is not certain", **words)
            one = text("“%(dates)s” may be the date of “%(document)s” or of something else", **words)
            doubts.append(one if len(dates) == 1 else several)


def _beside(clause: str, date: Date | None, document: re.Match[str], signed: re.Pattern[str]) -> str:
    """Give the part of a clause between commas that has a date, if it says too what was signed; else all of it."""
    if date is None:
        return clause
    start, end = clause.rfind(",", 0, date.start) + 1, clause.find(",", date.end)
    part = clause[start : end if end >= 0 else len(clause)]
    return part if start <= document.start() < start + len(part) and signed.search(part) else clause


def _is_unsigned(clause: str, language: str) -> bool:
    """Tell whether a clause says that something was not signed; what it says of a signed document is another matter."""
    patterns = cues(language)
    signed = patterns["signed"].search(clause)
    relative = _RELATIVE.search(clause, signed.end()) if signed else None
    return bool(patterns["unsigned"].search(clause[: relative.start()] if relative else clause))


def _unsigned(clause: str, signed: re.Pattern[str], document: str, dates: list[Date]) -> Text:
    """Say why nothing is stated of a document: nobody says that it was signed, or somebody that it was not."""
    if signed.search(clause):
        return text("“%(document)s” is spoken of, but perhaps not signed", document=document)
    listed = ", ".join(each.words for each in dates)
    words = {"date": listed, "document": document}
    return text("“%(date)s” stands beside “%(document)s”, but nothing says that it was signed then", **words)


def may_be_of_signing(date: Date, clause: str, language: str) -> bool:
    """Tell a date from one since when there is something, and from that on which a document was renewed."""
    patterns = cues(language)
    before, after = clause[max(0, date.start - 20) : date.start], clause[date.end : date.end + 60]
    is_renewal = re.search(rf"(?i:{patterns['renewed'].pattern})\W*\Z", before) or (
        language == "lv" and re.match(rf"\s*(?i:(?:tika )?{patterns['renewed'].pattern})", after)
    )
    is_beginning = patterns["begun_then"].match(after.lstrip())
    return not patterns["since"].match(date.words) and not is_renewal and not is_beginning


def document_named(sentence: str, language: str) -> Document | None:
    """Give the document of which a sentence says what is agreed in it, if it says of what kind that is."""
    agreed = [each.span() for each in cues(language)["standing"]["agreed"].finditer(sentence)]
    # In `according to the agreement` there is one, of whatever kind.
    found = [
        (kind, each)
        for kind, each in kinds_named(sentence, language)
        if kind != "unspecified" or any(start < each.start() and each.end() <= end for start, end in agreed)
    ]
    is_signed = found and not cues(language)["unsigned"].search(sentence)
    return Document(found[0][0], found[0][1][0], None, "") if is_signed and len(found) == 1 else None


def kinds_named(clause: str, language: str) -> list[tuple[str, re.Match[str]]]:
    """Find the words for documents, each by its closest kind, in their order."""
    found: list[tuple[str, re.Match[str]]] = []
    for kind, pattern in cues(language)["document"].items():
        for match in pattern.finditer(clause):
            if not any(match.start() < each.end() and each.start() < match.end() for _, each in found):
                found.append((kind, match))
    # What is named again is the same.
    first = dict(sorted(found, key=lambda each: each[1].start(), reverse=True))
    return sorted(first.items(), key=lambda each: each[1].start())


def _of_signing(clause: str, dates: list[Date], signed: re.Pattern[str]) -> Date | None:
    """Give the date closest to the word for signing, None where two are as close or there is no such word."""
    verbs = [each.start() for each in signed.finditer(clause)]
    if not verbs:
        return None
    near = sorted(dates, key=lambda date: min(abs(date.start - verb) for verb in verbs))
    return near[0] if len(near) == 1 or min(abs(near[1].start - verb) for verb in verbs) > _FURTHEST else None


def _since(sentence: str, language: str, doubts: list[Text], *, of_tie: bool) -> Date | None:
    """Find since when there is a cooperation."""
    patterns = cues(language)
    for start, end in _clauses(sentence):
        clause = sentence[start:end]
        dates = written.dates(clause, language)
        named = [
            each for each in dates if patterns["since"].match(each.words) or _is_of_beginning(each, clause, language)
        ]
        if not named or not (of_tie or patterns["tie"].search(clause)):
            continue
        relative = _RELATIVE.search(clause)
        named = [each for each in named if relative and each.end <= relative.start()] or named
        if len(named) == 1 and not patterns["founded"].search(clause) and not patterns["unsigned"].search(clause):
            return named[0]
        doubts.append(
            text(
                "since when there is a cooperation is not certain: %(dates)s",
                dates=", ".join(each.words for each in named),
            )
        )
    return None


def _is_of_beginning(date: Date, clause: str, language: str) -> bool:
    """Tell whether a cooperation of the towns themselves began on a date: not one of schools or in one field."""
    patterns = cues(language)
    if patterns["begun_then"].match(clause[date.end :].lstrip()):
        return True
    began = patterns["began_in"].search(clause)
    others = re.finditer(rf"\b(?i:{patterns['institution'].pattern}|{patterns['head'].pattern})\b", clause)
    # A name may begin as such a word does: `Halli`.
    is_of_others = any(each[0][0].islower() for each in others)
    if not began or is_of_others:
        return False
    return language == "lv" or bool(began["either"]) or date.end > began.end()


def areas_named(
    sentence: str, language: str, areas: Areas, documents: list[Document], doubts: list[Text]
) -> Iterator[AreaNamed]:
    """Find the areas of cooperation, each with how it stands by the last word before it that says so."""
    patterns = cues(language)
    found = areas.find(sentence)
    is_list = patterns["fields"].search(sentence)
    if found and patterns["industry"].search(sentence) and not documents and not is_list:
        doubts.append(text("fields are named, but perhaps as what a town lives on"))
        return
    governing: list[tuple[int, str, str]] = []
    for start, end in _parts(sentence):
        part = sentence[start:end]
        within = [each for each in found if start <= each.start < end]
        standings = sorted(
            (each.start() + start, slug, each[0])
            for slug, pattern in patterns["standing"].items()
            for each in pattern.finditer(part)
        )
        standings = standings or [(start, *each[1:]) for each in governing]
        if not standings and (nominal := patterns["nominal"].search(part)):
            standings = [(start, "ongoing", nominal[0])]
        # What was agreed is often a list: `vienojās sadarboties; veicināt kultūru; attīstīt tūrismu`.
        governing = [each for each in standings if each[1] in {"agreed", "undertaken"}][-1:]
        if not within or not patterns["cooperation"].search(sentence):
            continue
        for match in within:
            named = sentence[match.start : match.end]
            if not is_area(sentence, match.start, match.end, language) or not _is_listed(
                sentence, match, found, language
            ):
                continue
            before = [each for each in standings if each[0] < match.start]
            at, standing, cue = (before or standings or [(0, "", "")])[-1 if before else 0]
            if not standing and documents:
                standing, cue = "agreed", documents[0].words
            if patterns["negated"].search(part):
                doubts.append(text("“%(words)s” is named, but as what there is not or no more", words=named))
            elif (
                not standing
                or abs(match.start - at) > _FURTHEST + 200
                or not _is_field(sentence, match.start, match.end, language)
            ):
                doubts.append(text("“%(words)s” is named, but how it stands is not certain", words=named))
            else:
                yield AreaNamed(match.area, named, standing, cue)


def is_area(sentence: str, start: int, end: int, language: str) -> bool:
    """Tell whether words name an area of their own, and are no part of `kultūras nams` or `business environment`."""
    patterns = cues(language)
    following = re.match(rf"\s+(?i:{patterns['institution'].pattern})\b", sentence[end:])
    return not following and not re.search(rf"\b(?i:{patterns['compound'].pattern})\s+\Z", sentence[:start])


def _is_listed(sentence: str, match: AreaMatch, found: list[AreaMatch], language: str) -> bool:
    """Tell whether words that are also others, as `pašvaldību`, stand among fields or before the word for one."""
    patterns = cues(language)
    if not patterns["bare"].fullmatch(sentence, match.start, match.end):
        return True
    joint = re.compile(rf"\s*(?:,|(?:,\s*)?\b(?:{patterns['and'].pattern})\b)\s*", re.IGNORECASE)
    beside = ((each.end, match.start) if each.end <= match.start else (match.end, each.start) for each in found)
    has_head = re.compile(rf"\s+(?:{patterns['head'].pattern})\b", re.IGNORECASE).match(sentence, match.end)
    return bool(has_head) or any(joint.fullmatch(sentence, start, end) for start, end in beside)


def _parts(sentence: str) -> list[tuple[int, int]]:
    cuts = [0, *(each.start() for each in re.finditer(";", sentence)), len(sentence)]
    return list(pairwise(cuts))


def _is_field(sentence: str, start: int, end: int, language: str) -> bool:
    """Tell whether words stand where a field of cooperation does: in a list before its head, or after cooperation."""
    patterns = cues(language)
    following, before = sentence[end:], sentence[:start]
    head = re.search(rf"\b(?i:{patterns['head'].pattern})\b", following)
    if language == "lv" and head and not re.search(r"[;:(]", following[: head.start()]):
        return True
    return bool(
        patterns["cooperation"].search(before)
        or patterns["cooperation"].search(following[:40])
        or any(each.search(before) for each in patterns["standing"].values())
    )


def unknown_fields(sentence: str, language: str, known: list[tuple[int, int]]) -> list[str]:
    """Give the words of a list of fields that no area is called by: `kuģniecības` in `kultūras, kuģniecības jomās`."""
    patterns = cues(language)
    head = next(re.finditer(rf"\b(?i:{patterns['head'].pattern})\b", sentence), None)
    before = [each.end() for each in patterns["cooperation"].finditer(sentence) if head and each.end() < head.start()]
    if head is None or language != "lv" or not (known or before):
        return []
    first = min((start for start, _ in known), default=0) if known else before[-1]
    left = sentence[first : head.start()]
    for start, end in sorted(known, reverse=True):
        if first <= start < head.start():
            left = left[: start - first] + "," + left[end - first :]
    pieces = re.split(rf",|\b(?:{patterns['and'].pattern})\b", left)
    spare = re.compile(rf"(?i:{patterns['no_field'].pattern}|{patterns['institution'].pattern})")
    unknown = (" ".join(each[0] for each in words(piece) if not spare.fullmatch(each[0])) for piece in pieces)
    return [each for each in unknown if 0 < len(each.split()) <= 3 and each in sentence]  # noqa: PLR2004 - a field has few words


def _counts(sentence: str, language: str, of: str | None = None) -> list[Number]:
    """Find the numbers of people that are no years: `In 2013 the children` counts nobody."""
    years = [(date.start, date.end) for date in written.dates(sentence, language)]
    counts = written.counts(sentence, language, of)
    return [each for each in counts if not any(start < each.end and each.start < end for start, end in years)]


def _figures(sentence: str, language: str, doubts: list[Text]) -> Iterator[Figure]:
    """Find populations and areas, with their dates."""
    dates = written.dates(sentence, language)
    found = [(False, each) for each in written.areas(sentence, language)]
    found += [(True, each) for each in _counts(sentence, language)]
    by_words: dict[tuple[bool, int], list[Number]] = {}
    for is_population, each in found:
        by_words.setdefault((is_population, each.start), []).append(each)
    for (is_population, _), numbers in by_words.items():
        first = numbers[0]
        if unsure := next((each.doubt for each in numbers if each.doubt), None):
            doubts.append(text("“%(words)s”: %(reason)s", words=first.words, reason=unsure))
        elif is_population and first.value < _FEWEST:
            doubts.append(text("“%(words)s” are too few to be all who live in a town", words=first.words))
        elif len([key for key in by_words if key[0] == is_population]) > 1:
            doubts.append(text("“%(words)s” is one of several figures of a kind", words=first.words))
        elif not is_population and not re.search(
            r"(?i)platīb|teritorij|\bterritory|\barea|cover|\bsize|^\s*\W*[\d]", sentence
        ):
            doubts.append(text("what “%(words)s” measures is not certain", words=first.words))
        else:
            # Beside both, a year is that in which the people were counted.
            is_of_people = not is_population and any(of_people for of_people, _ in by_words)
            beside = [each for each in dates if re.fullmatch(r"\s*\((?:the )?", sentence[first.end : each.start])]
            date = (beside or dates)[0] if beside or (len(dates) == 1 and not is_of_people) else None
            is_of_it = date and (beside or _may_be_of_figure(date, first.end, sentence, language))
            date = date if is_of_it else None
            values = [each.value for each in numbers]
            yield Figure(is_population, values, first.words, first.unit, date, first.rough, first.start)


def _may_be_of_figure(date: Date, end: int, sentence: str, language: str) -> bool:
    """Tell the date of a figure from that of a founding, a signing or what stands after the next label."""
    patterns = cues(language)
    is_other = patterns["other_date"].search(sentence) or patterns["signed"].search(sentence)
    return (
        not is_other and not patterns["since"].match(date.words) and not re.search("[:;]", sentence[end : date.start])
    )
