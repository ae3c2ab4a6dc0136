"""What the blocks of a draft state: ties, agreements, areas, figures, activities, sites, and the names of all these."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from twingraph.curation.turtle import literal
from twingraph.draft.countries import is_name
from twingraph.draft.lexicon import cues
from twingraph.draft.sentences import OF_DOCUMENT, document_named, unknown_fields, without_document
from twingraph.draft.writing import date_literal, plain
from twingraph.names import fold, stem
from twingraph.words import text

if TYPE_CHECKING:
    from twingraph.dates import SourceDate
    from twingraph.draft.lexicon import Areas
    from twingraph.draft.partners import Named
    from twingraph.draft.sentences import AreaNamed, Document, Figure, Reading
    from twingraph.draft.writing import Block, Partner

_STANDINGS = {
    standing: f"tg:{standing}Area" for standing in ("agreed", "undertaken", "planned", "begun", "ongoing", "activity")
}


@dataclass(slots=True)
class Statements:
    """What the blocks of one page state, each thing under a name of its own.

    home: the slug of the town of the page; called: what it is called; bodies: the organisations and programmes of the
    data, each with the stems of a name of it.
    """

    home: str
    called: list[str]
    language: str
    areas: Areas
    bodies: list[tuple[str, str]]
    _names: dict[str, int] = field(default_factory=dict)

    def name(self, slug: str, role: str) -> str:
        """Give a block a name of its own, of a place and what the block is about."""
        return self._unique("-".join(filter(None, (slug, role))))

    def name_place(self, block: Block, partner: Partner, named: Named) -> None:
        """State the name of a place, or where that may be declined ask for it, and its country."""
        place = f"place:{partner.slug}"
        if named.certain:
            block.state(place, f"schema:name {self._literal(named.name)}")
        elif not partner.is_known:
            block.remarks.append(
                text(
                    "%(place)s is called “%(name)s” here; its name is asked for in the file of places",
                    place=place,
                    name=named.name,
                )
            )
        if not named.code:
            block.remarks.append(text("the page does not say in which country %(place)s is", place=place))
            return
        block.state(place, f"schema:containedInPlace country:{named.code}")
        if named.country and is_name(named.country, self.language):
            block.state(f"country:{named.code}", f"schema:name {self._literal(named.country)}")

    def state(self, block: Block, partners: list[Partner], reading: Reading | None, joint_tie: str = "") -> None:
        """State all that a sentence says of its partners: of a joint tie, if there is one, else of the tie of each."""
        block.partners = partners
        if reading is None:
            return
        if not joint_tie and not reading.documents and not any(each.agreements for each in partners):
            found = document_named(block.passage.text, self.language)
            is_agreed = any(each.standing in OF_DOCUMENT for each in reading.areas)
            reading = reading._replace(documents=[found] if found and is_agreed else [])
        for tie, parties in [(joint_tie, partners)] if joint_tie else [(each.tie, [each]) for each in partners]:
            self._of_tie(block, tie, parties, reading)
        if len(partners) == 1:
            self._of_town(block, partners[0], reading)
        self._keep_words(block, reading)
        block.remarks += reading.doubts
        self._ask_for_areas(block, reading)

    def tie(self, block: Block, tie: str, partners: list[Partner]) -> None:
        """State a tie with some partners; with one alone it is from now on the tie of that."""
        block.state(
            tie,
            "a tg:Twinning",
            f"tg:partner place:{self.home} , {' , '.join(f'place:{each.slug}' for each in partners)}",
            "dct:type tie:unspecified",
        )
        if len(partners) == 1:
            partners[0].take(tie)

    def figure(self, block: Block, partner: Partner, figure: Figure) -> None:
        """State a population or an area of a partner."""
        kind = "population" if figure.is_population else "area"
        partner.is_counted = partner.is_counted or figure.is_population
        year = f"-{figure.date.value.year}" if figure.is_population and figure.date else ""
        iri = self._unique(f"figure:{partner.slug}-{kind}{year}")
        terms = ["schema:value"] if len(figure.values) == 1 else ["schema:minValue", "schema:maxValue"]
        block.state(
            iri,
            "a schema:Observation",
            f"tg:givenFor place:{partner.slug}",
            f"schema:measuredProperty wd:{'P1082' if figure.is_population else 'P2046'}",
            f"tg:asPrinted {self._literal(figure.words)}",
            *(f"{term} {value}" for term, value in zip(terms, map(plain, figure.values), strict=True)),
            *(["tg:approximate true"] if figure.rough else []),
            f'schema:unitCode "{figure.unit}"',
        )
        if figure.date:
            words = self._literal(figure.date.words)
            block.state(iri, f"schema:observationDate {date_literal(figure.date.value)}", f"tg:dateAsPrinted {words}")

    def _of_tie(self, block: Block, tie: str, parties: list[Partner], reading: Reading) -> None:
        first = parties[0]
        areas = [each for each in reading.areas if first.agreements or each.standing not in OF_DOCUMENT]
        states_tie = reading.documents or reading.since or reading.status or areas
        is_new = states_tie and not all(each.has_tie for each in parties) and not block.about
        if is_new or len(parties) > 1:
            self.tie(block, tie, parties)
        if reading.since and first.since and first.since.value != reading.since.value:
            dates = f"{first.since.words}, {reading.since.words}"
            block.remarks.append(text("since when there is a cooperation is not certain: %(dates)s", dates=dates))
        elif reading.since:
            value, words = date_literal(reading.since.value), self._literal(reading.since.words)
            block.state(tie, f"tg:since {value}", f"tg:dateAsPrinted {words}")
            first.since = reading.since
        if reading.status:
            slug, when = reading.status
            dated = [f"tg:statusDate {date_literal(when.value)}"] if when else []
            block.state(tie, f"tg:status status:{slug}", *dated)
        latest = [*first.agreements][-1:]
        for document in reading.documents:
            latest = [self._sign(block, tie, parties, document)]
        self._areas(block, tie, latest, reading.areas)

    def _areas(self, block: Block, tie: str, latest: list[str], areas: list[AreaNamed]) -> None:
        """State areas of a tie, or of an agreement if it is that which names them.

        latest: the agreement of the sentence or before it, [""] where it is not known which that is, [] for none.
        """
        by_property: dict[tuple[str, str], list[str]] = {}
        for area in areas:
            subjects = latest if area.standing in OF_DOCUMENT else [tie]
            if subjects == [""]:
                block.remarks.append(without_document(area.words))
            elif subjects:
                by_property.setdefault((subjects[0], _STANDINGS[area.standing]), []).append(f"area:{area.area}")
            else:
                values = {"words": area.words, "fact": f"{tie} tg:ongoingArea area:{area.area} ."}
                block.remarks.append(
                    text("%(fact)s # “%(words)s” is said to be agreed, but no agreement was read", **values)
                )
        for (subject, term), found in by_property.items():
            block.state(subject, f"{term} {' , '.join(dict.fromkeys(found))}")

    def _sign(self, block: Block, tie: str, parties: list[Partner], document: Document) -> str:
        """State an agreement of some parties, and give it: one of before if it may be that, "" if it may be another."""
        before = parties[0].agreements
        if document.date is None and before:
            kinds = {document.kind, "unspecified"}
            alike = [iri for iri, (_, kind) in before.items() if kind in kinds or document.kind == "unspecified"]
            return alike[-1] if alike else ""
        iri = self._agreement(parties, document.date, document.kind)
        towns = " , ".join(f"place:{each.slug}" for each in parties)
        block.state(iri, "a tg:Agreement", f"tg:party place:{self.home} , {towns}", f"tg:twinning {tie}")
        earlier = [each for each in parties[0].agreements if each != iri]
        if document.kind == "extended-agreement" and len(earlier) == 1:
            block.state(iri, f"tg:amends {earlier[0]}")
        block.state(iri, f"dct:type document:{document.kind}")
        if document.words:
            block.state(iri, f"tg:typeAsPrinted {self._literal(document.words)}")
        if document.date:
            words = self._literal(document.date_words)
            block.state(iri, f"tg:signed {date_literal(document.date)}", f"tg:dateAsPrinted {words}")
        for each in parties:
            each.agreements[iri] = document.date, document.kind
        return iri

    def _agreement(self, parties: list[Partner], date: SourceDate | None, kind: str) -> str:
        """Name an agreement by its parties and its year: one that was named before, if it may be the same."""
        slugs = "-".join(each.slug for each in parties)
        for iri, (known, its_kind) in parties[0].agreements.items():
            is_same_day = known == date or (known and date and (known.narrows(date) or date.narrows(known)))
            if is_same_day and its_kind == kind and iri.startswith(f"agreement:{self.home}-{slugs}"):
                return iri
        return self._unique("-".join(filter(None, (f"agreement:{self.home}", slugs, str(date.year) if date else ""))))

    def _of_town(self, block: Block, partner: Partner, reading: Reading) -> None:
        place = f"place:{partner.slug}"
        for figure in reading.figures:
            self.figure(block, partner, figure)
        named = self._bodies_in(block.passage.text) if not reading.documents else []
        if named:
            properties = ("tg:programme" if body.startswith("programme:") else "schema:contributor" for body in named)
            self._describe(block, partner, *(f"{term} {body}" for term, body in zip(properties, named, strict=True)))
        for people in reading.people:
            self._describe(block, partner, f"tg:participants {plain(people.value)}")
        if reading.site and not self._is_own_site(reading.site[1]):
            block.state(place, f"schema:url <{reading.site[1]}>")

    def _describe(self, block: Block, partner: Partner, *facts: str) -> None:
        """State an activity, which the words of the passage tell of; in the other language a person has to."""
        iri = self._unique(f"activity:{partner.slug}-activity")
        block.state(iri, "a schema:Event", f"schema:name {self._literal(block.passage.text)}", *facts)
        block.state(iri, f"tg:twinning {partner.tie}")
        other = "en" if self.language == "lv" else "lv"
        fact = f'{iri} schema:name "…"@{other} .'
        block.remarks.append(text("%(fact)s # say in one sentence what this is", fact=fact))

    def _bodies_in(self, sentence: str) -> list[str]:
        """Give the organisations and programmes of the data that a sentence on a cooperation names."""
        if not cues(self.language)["cooperation"].search(sentence):
            return []
        stems = f" {stem(sentence)} "
        found = [(body, name) for body, name in self.bodies if f" {name} " in stems]
        # A faculty is named by the name of its university, too.
        return [body for body, name in found if not any(name != other and name in other for _, other in found)]

    def _is_own_site(self, address: str) -> bool:
        return any(fold(each).replace(" ", "") in fold(address).replace(" ", "") for each in self.called)

    def _keep_words(self, block: Block, reading: Reading) -> None:
        """State by which words the areas are called that the block names."""
        for each in reading.areas:
            area = f"area:{each.area}"
            if area in block.facts or any(area in fact for facts in block.facts.values() for fact in facts):
                block.state(area, f"skos:hiddenLabel {self._literal(each.words)}")

    def _ask_for_areas(self, block: Block, reading: Reading) -> None:
        """Remark on the fields of a list that no area is called by."""
        sentence, stated = block.passage.text, {each.words for each in reading.areas}
        found = self.areas.find(sentence)
        known = [(each.start, each.end) for each in found if sentence[each.start : each.end] in stated]
        for words in unknown_fields(sentence, self.language, known):
            block.remarks.append(
                text("no area on file is called “%(words)s”: describe one in data/, or leave it out", words=words)
            )

    def _unique(self, name: str) -> str:
        self._names[name] = self._names.get(name, 0) + 1
        return name if self._names[name] == 1 else f"{name}-{self._names[name]}"

    def _literal(self, words: str) -> str:
        return literal(words, self.language)
