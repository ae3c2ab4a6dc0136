"""People who come for something, each from the first page on, by what they click and type; the clicks are counted."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from browsing import DESKTOP, PHONES, Look

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from playwright.sync_api import Locator, Page

    from browsing import Visit, Visitor
    from serving import Server

    Enter = Callable[..., "Person"]

SUSPENDED = {
    "en": "suspended (not before 24 February 2022)",
    "lv": "darbība apturēta (ne pirms 2022. gada 24. februāra)",
}
NOTICE = "https://www.jelgava.lv/en/news/news/jelgava-suspends-cooperation-agreement-with-twin-cities-magadan"
PUPILS = "Desmit gadu laikā Francijā skolojušies 140 mūsu audzēkņi, savukārt Jelgavā – 116 viņu skolēni."
AREA = "Pilsētas kopplatība ir 73 298 km2."
PLANNED = {"en": "In which areas is cooperation with a town planned", "lv": "Kurās jomās sadarbība ar kādu pilsētu"}
DOUBTFUL = {"en": "Which figures in the sources are doubtful", "lv": "Kuri avotos norādītie skaitļi ir apšaubāmi"}
both = pytest.mark.parametrize("tongue", ["en", "lv"])


@dataclass
class Person:
    """Somebody with a task, and how often they have clicked for it."""

    visitor: Visitor
    clicks: int = 0

    @property
    def page(self) -> Page:
        return self.visitor.page

    def part(self, words: str) -> Locator:
        """Find the line of a list or table that says certain words."""
        return self.page.locator("main :is(li, tr)").filter(has_text=words, visible=True).first

    def click(self, words: str, within: Locator | None = None) -> None:
        """Click the first thing with certain words on it."""
        begun = re.compile(r"^\s*" + r"\s+".join(map(re.escape, words.split())))
        on = (within or self.page.locator("body")).locator(":is(a, button, summary, label)")
        on.filter(has_text=begun, visible=True).first.click()
        self.page.wait_for_load_state()
        self.clicks += 1

    def type(self, words: str) -> None:
        """Type words into the field for a search."""
        self.page.locator("[name=q]").fill(words)

    def reads(self, *words: str) -> bool:
        """Tell whether all these can be read: none is folded away or hidden."""
        text = plain(self.page.inner_text("body"))
        return [each for each in words if each not in text] == []


def plain(text: str) -> str:
    """Take any white space for a space, as readers do."""
    return re.sub(r"\s+", " ", text)


@pytest.fixture
def enter(visit: Visit) -> Iterator[Enter]:
    """Let somebody in at the first page; what goes wrong while they are here is an error."""
    people: list[Person] = []

    def enter(tongue: str, size: tuple[int, int] = DESKTOP) -> Person:
        people.append(Person(visit(Look(tongue, size))))
        people[-1].visitor.open("/")
        return people[-1]

    yield enter
    assert [wrong for person in people for wrong in person.visitor.wrong] == []


@both
def test_a_journalist_reads_that_magadan_is_suspended_and_not_before_when_and_is_one_click_from_who_says_so(
    enter: Enter, tongue: str
) -> None:
    journalist = enter(tongue)
    line = journalist.part({"en": "Jelgava – Magadan:", "lv": "Jelgava – Magadana:"}[tongue])
    assert SUSPENDED[tongue] in plain(line.inner_text())
    journalist.click("Jelgava – Magadan")
    assert journalist.reads({"en": "Source: Notice that Jelgava", "lv": "Avots: Paziņojums, ka Jelgava"}[tongue])
    source = journalist.page.locator("main a", has_text="www.jelgava.lv/en/news").filter(visible=True).first
    assert str(source.get_attribute("href")).startswith(NOTICE)
    assert journalist.clicks == 1


@both
def test_a_teacher_finds_how_many_pupils_went_where_in_the_sentence_that_says_so(enter: Enter, tongue: str) -> None:
    by_search = enter(tongue)
    by_search.type({"en": "pupils", "lv": "skolēni"}[tongue])
    by_search.click({"en": "Find", "lv": "Meklēt"}[tongue], by_search.page.locator("main form"))
    counts = {"en": ("140 of “our pupils”", "116 of “their pupils”"), "lv": ("140 „mūsu", "116 „viņu")}
    assert by_search.reads(PUPILS, *counts[tongue])
    assert by_search.clicks == 1
    by_list = enter(tongue)
    by_list.click({"en": "Areas", "lv": "Jomas"}[tongue])
    by_list.click({"en": "Activities", "lv": "Pasākumi"}[tongue])
    rows = [by_list.part({"en": f"{people} of", "lv": f"{people} „"}[tongue]) for people in ("116", "140")]
    assert [row.locator("td").last.inner_text() for row in rows] == ["116", "140"]
    by_list.click({"en": "Sentence", "lv": "Teikums"}[tongue], rows[0])
    assert by_list.reads(PUPILS)
    assert by_list.clicks == 3


def test_a_council_member_on_a_phone_reads_in_latvian_with_which_towns_is_culture_and_whole_sentences(
    enter: Enter,
) -> None:
    member = enter("lv", PHONES[1])
    member.click("Jomas")
    row = member.page.locator("main tr", has_text="kultūra").first
    assert plain(row.inner_text()).count("Alkamo, Komo, Baranoviči, Haleforsa, Magadana, Naka, Pērnava, Rueil") == 1
    member.click("Alkamo, Komo", row)
    assert member.reads("Nākotnē paredzēta sadarbība arī kultūras un sociālo lietu jomās.")
    boxes = [each.bounding_box() for each in row.locator("blockquote").all()]
    assert len(boxes) == 13
    assert [box for box in boxes if not box or box["x"] < 0 or box["x"] + box["width"] > PHONES[1][0]] == []
    assert member.visitor.too_wide() == []
    assert member.clicks == 2


@both
def test_a_researcher_takes_what_is_planned_and_not_agreed_as_csv_with_sentences_and_an_address_to_cite(
    enter: Enter, tmp_path: Path, tongue: str
) -> None:
    researcher = enter(tongue)
    researcher.click(PLANNED[tongue])
    with researcher.page.expect_download() as download:
        researcher.click("CSV")
    download.value.save_as(tmp_path / "answer.csv")
    with (tmp_path / "answer.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert {row["sentence"] for row in rows} >= {"Tāpat tiek plānots attīstīt sadarbību ekonomikas jomā."}
    [version] = re.findall(r"^planned-not-agreed-([\d.]+)\.csv$", download.value.suggested_filename)
    researcher.click({"en": "Cite this answer", "lv": "Atsauce uz šo atbildi"}[tongue])
    [cited] = re.findall(
        rf"https://w3id\.org/twingraph/(query/\S*[?&]release={re.escape(version)}\S*)",
        researcher.page.inner_text("main"),
    )
    assert researcher.clicks == 3
    researcher.visitor.page.goto(cited)
    assert researcher.page.locator("#answer tbody tr").count() == len(rows) == 5


@both
def test_an_editor_reads_which_figures_are_doubtful_why_and_in_which_sentence_and_comes_to_the_marked_words(
    enter: Enter, tongue: str
) -> None:
    editor = enter(tongue)
    editor.click(DOUBTFUL[tongue])
    assert editor.page.locator("#answer tbody tr").count() == 2
    reason = {
        "en": "Few municipalities have an area of less than 0.1 or more than 21,000 km²",
        "lv": "Reti kuras pašvaldības platība ir mazāka par 0,1 vai lielāka par 21 000 km²",
    }
    assert editor.reads(AREA, "Pilsētas kopplatība ir 75 700 km2.", reason[tongue])
    assert editor.page.locator("#answer .hint").count() == 0
    assert editor.clicks == 1
    editor.click(AREA)
    assert editor.page.locator("mark", has_text=AREA).is_visible()
    assert editor.clicks == 2


@both
def test_the_keeper_of_a_portal_reads_the_whole_address_of_the_catalogue_on_the_first_page(
    enter: Enter, server: Server, tongue: str
) -> None:
    keeper = enter(tongue)
    [address] = re.findall(r"DCAT-AP\): (\S+)", keeper.page.inner_text("main"))
    assert address == f"http://127.0.0.1:{server.port}/catalog.ttl"
    answer = server.ask(urlsplit(address).path)
    assert (answer.media_type, "dcat:Catalog" in answer.text) == ("text/turtle; charset=utf-8", True)
    assert keeper.clicks == 0


@both
@pytest.mark.parametrize(
    ("listed", "number", "sentence"),
    [
        ({"en": "Activities", "lv": "Pasākumi"}, {"en": "116 of", "lv": "116 „"}, PUPILS),
        ({"en": "Figures", "lv": "Skaitļi"}, {"en": "73,298 km²", "lv": "73 298 km²"}, AREA),
    ],
    ids=["pupils", "area"],
)
def test_a_doubter_comes_from_a_number_to_the_marked_words_of_the_source_in_two_clicks(
    enter: Enter, tongue: str, listed: dict[str, str], number: dict[str, str], sentence: str
) -> None:
    doubter = enter(tongue)
    doubter.click({"en": "Areas", "lv": "Jomas"}[tongue])
    doubter.click(listed[tongue])
    before, row = doubter.clicks, doubter.part(number[tongue])
    doubter.click({"en": "Sentence", "lv": "Teikums"}[tongue], row)
    doubter.click({"en": "Where it stands in the page", "lv": "Kur tas atrodas lapā"}[tongue], row)
    marked = doubter.page.locator("mark", has_text=sentence)
    assert plain(marked.inner_text()) == sentence
    box = marked.bounding_box()
    assert box
    assert 0 <= box["y"] < DESKTOP[1] - box["height"]
    assert (doubter.clicks - before, doubter.clicks) == (2, 4)
