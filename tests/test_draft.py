"""A draft of a page: how much it finds and how much of it is right, what it never does, and what is no page for it."""

from __future__ import annotations

import json
import re
import resource
import shutil
import subprocess
import sys
import threading
import time
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from rdflib.namespace import SDO

import drafting
from drafting import DRAFTED, JELGAVA, changed_lines, drafted, score
from releases import edit
from test_check_source import Handler, Site
from test_check_source import page as municipality
from test_cli import run
from twingraph.curation.graph import find, read_inputs, selector
from twingraph.curation.source_check import lines, parse
from twingraph.draft.folder import Page, draft
from twingraph.draft.lexicon import Areas
from twingraph.errors import BadValue
from twingraph.settings import CATALOGUE, DATASET, PACKAGED
from twingraph.vocab import OA, TG, slug_of, thing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from drafting import Expected, Row
    from twingraph.curation.graph import Curated

ON_JELGAVAS_PAGE = {"partner": 0.95, "date": 0.95, "figure": 0.95, "site": 0.95, "area": 0.85}
ON_MADE_UP_PAGES = {"partner": 0.8, "date": 0.8, "figure": 0.8, "area": 0.8, "all": 0.8}
PAGES = (JELGAVA, "made-up-lv", "made-up-en")
FORMS = pytest.mark.parametrize("forms", [False, True], ids=["labels alone", "all forms on file"])
SMALL = """Izdomāta lapa: sadraudzības pilsētas

Alkamo (Itālija)
Izdomātais sadarbības līgums tika noslēgts 2019. gadā un paredz sadarbību kultūras un sporta jomās.
Tāpat tiek plānots attīstīt tūrismu.

Vejle (Dānija)
Izdomātais sadarbības līgums tika parakstīts 2020. gada 3. maijā.
Pilsētas kopplatība ir 12,5 km2."""
ADDRESS = "https://made-up.example/pilsetas"
LINES_A_PARTNER = 8
SECONDS = 20
"""More than a page meant to choke the reader may take; the largest that is read takes a few."""


@pytest.fixture(scope="module")
def read(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., tuple[Curated, Expected]]:
    """What reads a draft of a page and what is expected of that, each once."""

    @cache
    def once(page: str, *, forms: bool) -> tuple[Curated, Expected]:
        return drafted(page, tmp_path_factory.mktemp("drafted") / "data", forms=forms)

    return once


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A copy of the data."""
    return shutil.copytree(PACKAGED / "data", tmp_path / "data")


@pytest.fixture
def site() -> Iterator[Site]:
    with Site(("127.0.0.1", 0), Handler) as site:
        site.answers, site.requests = {}, []
        threading.Thread(target=site.serve_forever, args=(0.01,)).start()
        yield site
        site.shutdown()


def files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


# How much is found, and how much is right.


@FORMS
@pytest.mark.parametrize("page", PAGES)
def test_a_draft_finds_most_of_what_a_careful_person_states(
    read: Callable[..., tuple[Curated, Expected]], page: str, *, forms: bool
) -> None:
    least = ON_JELGAVAS_PAGE if page == JELGAVA else ON_MADE_UP_PAGES
    rows = {row.category: row for row in score(*read(page, forms=forms))}
    few = {name: missed(rows[name]) for name, part in least.items() if rows[name].recall < part}
    assert few == {}


@FORMS
@pytest.mark.parametrize("page", PAGES)
def test_of_what_a_draft_states_almost_all_is_right(
    read: Callable[..., tuple[Curated, Expected]], page: str, *, forms: bool
) -> None:
    *_, row = score(*read(page, forms=forms))
    assert row.precision >= (0.95 if page == JELGAVA else 0.9), sorted(row.stated - row.expected - row.either, key=str)


def missed(row: Row) -> list[tuple[object, ...]]:
    return sorted(row.expected - row.stated, key=str)


@pytest.mark.parametrize("language", ["lv", "en"])
def test_without_the_page_that_has_them_the_data_know_no_words_for_areas_but_their_labels(
    tmp_path: Path, language: str
) -> None:
    everything = read_inputs(PACKAGED).merged
    for forms in (False, True):
        data = drafting.data_without_jelgavas_page(tmp_path / f"forms-{forms}", forms=forms)
        known = Areas.of(read_inputs(data).merged, language)
        text = " ".join(
            str(name) for name in everything.objects(None, None) if getattr(name, "language", "") == language
        )
        assert known.find(text) == Areas.of(everything, language, on_file=forms).find(text)


# What is quoted.


@pytest.mark.parametrize("page", PAGES)
def test_every_sign_of_a_page_is_in_exactly_one_quote(read: Callable[..., tuple[Curated, Expected]], page: str) -> None:
    curated, _ = read(page, forms=False)
    assert signs_not_quoted_once(curated, DRAFTED) == ""


def signs_not_quoted_once(curated: Curated, source: str) -> str:
    """Give the signs of a page that no quote has, or several, but for white space."""
    page = curated.pages[thing("source", source)]
    times = [0] * len(page)
    for start, end in spans(curated, source):
        for at in range(start, end):
            times[at] += 1
    return "".join(sign for sign, number in zip(page, times, strict=True) if number != 1 and not sign.isspace())


def spans(curated: Curated, source: str) -> list[tuple[int, int]]:
    """Give where each quote of a source stands, in the order of the file; each has one place only."""
    page, found = curated.pages[thing("source", source)], []
    for block in curated.blocks:
        if slug_of(block).startswith(f"{source}-"):
            exact, *around = selector(curated.merged, thing("quote", slug_of(block)))
            [start] = find(page, exact, *around)
            found.append((start, start + len(exact)))
    return found


# What was there before stays.


def drafted_names(folder: Path) -> list[str]:
    lines = re.findall(r"^source:\S+ tg:drafted (.*) \.", (folder / "source.ttl").read_text("utf-8"), re.MULTILINE)
    return [name.lstrip(":") for line in lines for name in line.split(" , ")]


def accept(folder: Path, *names: str) -> None:
    """Take names out of tg:drafted, as a person does: all of them if none is given."""
    path = folder / "source.ttl"
    rest = [f":{name}" for name in drafted_names(folder) if names and name not in names]
    kept = re.sub(r"(?m)^source:\S+ tg:drafted .*\n", "", path.read_text("utf-8"))
    path.write_text(kept + (f"source:{folder.name} tg:drafted {' , '.join(rest)} .\n" if rest else ""), "utf-8")


def block_of(folder: Path, words: str) -> tuple[str, str]:
    """Give the name of the block with some words in its quote, and its text."""
    facts = (folder / "facts.trig").read_text("utf-8")
    [found] = [
        each for each in re.finditer(r"^:([\w-]+) \{\n.*?^\}\n", facts, re.MULTILINE | re.DOTALL) if words in each[0]
    ]
    return found[1], found[0]


def draft_small(data: Path, *, again: bool = False) -> Path:
    draft(Page(SMALL, ADDRESS, "2030-01-01T00:00:00Z"), "jelgava", "lv", data, source="made-up", again=again)
    return data / "sources" / "made-up"


def test_a_draft_that_is_there_is_not_overwritten(data: Path) -> None:
    folder = draft_small(data)
    before = files(data)
    with pytest.raises(BadValue, match="is there already and is not overwritten"):
        draft_small(data)
    assert files(data) == before
    assert folder.is_dir()


def test_drafting_again_gives_the_same_bytes_if_nothing_was_accepted(data: Path) -> None:
    draft_small(data)
    before = files(data)
    draft_small(data, again=True)
    assert files(data) == before


def test_drafting_again_keeps_what_was_accepted_to_the_byte_and_the_order_of_the_page(data: Path) -> None:
    folder = draft_small(data)
    name, text = block_of(folder, "2019. gadā")
    kept = text.replace("{\n", "{\n    # Made-up: looked at, and corrected.\n", 1).replace("area:sport", "area:tourism")
    edit(folder / "facts.trig", text, kept)
    accept(folder, name)
    draft_small(data, again=True)
    assert kept in (folder / "facts.trig").read_text("utf-8")
    assert (name in drafted_names(folder), len(drafted_names(folder)) > 3) == (False, True)
    curated = read_inputs(data)
    assert all(one[1] <= other[0] for one, other in pairwise(spans(curated, "made-up")))
    assert signs_not_quoted_once(curated, "made-up") == ""


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_drafting_again_keeps_what_was_changed_and_not_accepted_and_line_ends_and_says_so(data: Path, end: str) -> None:
    folder = draft_small(data)
    name, text = block_of(folder, "2020. gada")
    accept(folder, *(each for each in drafted_names(folder) if each == "title"))
    edit(folder / "facts.trig", text, text.replace("2020-05-03", "2021-05-03"))
    for path in (folder / "facts.trig", folder / "source.ttl"):
        path.write_bytes(path.read_bytes().replace(b"\n", end.encode()))
    before = files(folder)
    page = data.with_name("page.txt")
    page.write_text(SMALL, "utf-8")
    made = run("draft", page, "--about", "jelgava", "--data", data, "--source", "made-up", "--again")
    assert f"1 passage that was changed and not accepted stays as it is: :{name}." in made.stderr
    # What is kept is not on record as drafted.
    assert [name for name, content in files(folder).items() if before[name] != content] == [".facts.trig.drafted"]


def test_drafting_again_keeps_the_description_of_a_source_as_a_person_has_it(data: Path) -> None:
    folder = draft_small(data)
    described = folder / "source.ttl"
    written = described.read_text("utf-8").replace(
        "schema:inLanguage", 'rdfs:comment "Made up."@en ;\n    schema:inLanguage'
    )
    described.write_text(written, "utf-8")
    name, _ = block_of(folder, "2020. gada")
    accept(folder, name)
    draft_small(data, again=True)
    assert 'rdfs:comment "Made up."@en' in described.read_text("utf-8")
    left = {slug_of(each).removeprefix("made-up-") for each in read_inputs(data).merged.objects(None, TG.drafted)}
    assert left == {*drafted_names(folder)}
    assert name not in left


def test_a_folder_of_another_name_is_made_nowhere_else(data: Path) -> None:
    assert "small letters" in refusal(data, data / "sources" / JELGAVA / "page.txt", "--source", "../elsewhere")


def test_a_quote_that_a_person_made_of_two_passages_is_not_drafted_beside_it(data: Path) -> None:
    folder = draft_small(data)
    (first, one), (second, two) = (block_of(folder, words) for words in ("2019. gadā", "attīstīt tūrismu"))
    sentences = SMALL.splitlines()[3:5]
    joined = one.replace(sentences[0], "\\n".join(sentences))
    for old, new in ((two, ""), (one, joined)):
        edit(folder / "facts.trig", old, new)
    accept(folder, first, second)
    draft_small(data, again=True)
    assert joined in (folder / "facts.trig").read_text("utf-8")
    assert signs_not_quoted_once(read_inputs(data), "made-up") == ""


def test_what_a_person_wrote_stays_where_it_stands_also_without_a_place_in_the_page(data: Path) -> None:
    folder = draft_small(data)
    name, text = block_of(folder, "2019. gadā")
    own = 'evidence:made-up {\n    evidence:made-up schema:citation "Made up." .\n}\n\n'
    kept = own + text.replace("2019. gadā", "2018. gadā")
    edit(folder / "facts.trig", text, kept)
    accept(folder, name)
    draft_small(data, again=True)
    facts = (folder / "facts.trig").read_text("utf-8")
    assert own in facts
    assert kept.removeprefix(own) in facts


def test_nothing_drafted_is_released_and_all_that_is_accepted_is(data: Path, tmp_path: Path) -> None:
    folder, target = draft_small(data), tmp_path / "release"
    name, _ = block_of(folder, "2020. gada")
    accept(folder, *(each for each in drafted_names(folder) if each != name))
    refused = run("build", "--data", data, "--output", target, "--lang", "en")
    assert (refused.exit_code, target.exists()) == (3, False)
    assert "nobody has accepted it" in refused.output
    accept(folder)
    assert TG.drafted not in set(read_inputs(data).merged.predicates())
    built = run("build", "--data", data, "--output", target, "--lang", "en")
    assert (built.exit_code, built.output) == (0, built.output)


def fill_in(draft: str) -> str:
    """Do what a draft asks for, as a person does line by line: towns, address, publisher, sentences."""
    kept = re.sub(r'(?m)^# evidence:place-\S+ \{ \S+ schema:citation "[^…].*\n', "", draft)
    asked = re.sub(r'(?m)^# (evidence:(?:place|organisation)-.*"…".*)$', r"\1", kept)
    asked = re.sub(r"(?m)^    # (activity:.*) # .*$", r"    \1", asked)
    asked = re.sub(r"(?m)^    # (schema:(?:url|publisher).*;)  # .*$", r"    \1", asked)
    return asked.replace("<https://…>", "<https://made-up.example/lv>").replace("…", "Made up")


def test_a_release_is_made_of_a_draft_by_changing_a_few_lines_a_partner(data: Path, tmp_path: Path) -> None:
    before, page = files(data), (drafting.PAGES / "made-up-lv.txt").read_text("utf-8")
    made = draft(Page(page), "Ezerpils", "lv", data, source=DRAFTED)
    texts = {path: path.read_text("utf-8") for path in made.files}
    for path, text in texts.items():
        if path.suffix != ".txt":
            path.write_text(fill_in(text), "utf-8")
    # Of what states nothing there is a to-do, and no more.
    accept(data / "sources" / DRAFTED)
    built = run("build", "--data", data, "--output", tmp_path / "release", "--lang", "en")
    assert built.exit_code == 0, built.output
    assert before.items() <= files(data).items()
    changed = {path.name: changed_lines(text, path.read_text("utf-8")) for path, text in texts.items()}
    # Each partner is accepted by a line of tg:drafted that goes.
    assert sum(changed.values()) + made.partners <= LINES_A_PARTNER * made.partners, changed


# What is no page for it.


GERMAN = (
    "Unsere Partnerstädte\n\nDie Stadt hat eine Partnerschaft mit der Stadt Alkamo, und das ist für uns alle schön."
)
NO_TOWN = "Izdomāta lapa\n\nŠī ir lapa par parku, kurā ir soliņi un kas ir atvērts no rīta līdz vakaram."
MENU = "<!doctype html><nav><ul><li><a href=/>Sākums</a><li><a href=/p>Kontakti</a></ul></nav>"
BAD_FILES = {
    "no partner": (NO_TOWN, "No partner was found"),
    "in German": (GERMAN, "neither in Latvian nor in English"),
    "in the other language": ("The town of Made-up is twinned with Alkamo in Italy, and it is the best.", "--lang en"),
    "a menu alone": (MENU, ""),
    "empty": ("", ""),
    "a PDF": ("%PDF-1.7 made-up", "this is a PDF"),
    "huge": (f"{SMALL}\n" + "Izdomāts teikums.\n" * 300_000, "over 4 MiB"),
}


def refusal(data: Path, *words: object) -> str:
    """Run a draft that is refused; give its sentence, after nothing has been written."""
    before = files(data.parent)
    refused = run("draft", *words, "--about", "jelgava", "--data", data)
    assert (files(data.parent), refused.stdout) == (before, "")
    assert refused.exit_code in {2, 4, 10}
    *_, sentence = refused.stderr.splitlines()
    assert re.fullmatch(r"Error: .{20,}\.", sentence)
    assert "Traceback" not in refused.stderr
    return sentence


@pytest.mark.parametrize(("content", "sentence"), BAD_FILES.values(), ids=BAD_FILES)
def test_a_file_that_is_no_page_of_twin_towns_is_refused_in_a_sentence_and_nothing_is_written(
    data: Path, content: str, sentence: str
) -> None:
    page = data.with_name("page.txt")
    page.write_text(content, "utf-8")
    assert sentence in refusal(data, page, "--lang", "lv")


@pytest.mark.parametrize(
    ("body", "headers", "sentence"),
    [
        ("", {"status": 302, "Location": "/page"}, "perhaps in a circle"),
        ("<p>Made-up" * 1_000_000, {}, "over 4 MiB"),
        ("%PDF-1.7", {"Content_Type": "application/pdf"}, "not a page of HTML"),
        ("", {"status": 404}, "status 404"),
        (MENU, {}, ""),
    ],
    ids=["in a circle", "huge", "a PDF", "gone", "a menu alone"],
)
def test_an_address_that_gives_no_page_of_twin_towns_is_refused_in_a_sentence_and_nothing_is_written(
    data: Path, site: Site, body: str, headers: dict[str, str], sentence: str
) -> None:
    assert sentence in refusal(data, site.gives(body, **headers))  # type: ignore[arg-type]


def test_a_disk_that_is_full_is_told_and_nothing_is_written(data: Path) -> None:
    page = data.with_name("page.txt")
    page.write_text(f"{SMALL}\n" + "Izdomāts teikums par sadarbību.\n" * 200, "utf-8")
    before, most = files(data), lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
    command = [sys.executable, "-m", "twingraph", "draft", str(page), "--about", "jelgava", "--data", str(data)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60, preexec_fn=most)
    assert (done.returncode, "Traceback" in done.stderr, files(data)) == (4, False, before)


def test_a_folder_that_can_not_be_written_is_told_and_nothing_is_written(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("made-up", "utf-8")
    page = tmp_path / "page.txt"
    page.write_text(SMALL, "utf-8")
    assert "taken" in refusal(tmp_path / "taken" / "data", page)


HOSTILE = {
    "letters without a space": "a" * 300_000,
    "a name without an end": "Alkamo" * 50_000,
    "commas": "kultūras, un " * 20_000,
    "commas alone": "," * 20_000,
    "full stops": " ".join(f"Izdomāts un {number}." for number in range(6_000)),
    "the same sentence": "Izdomāts un. " * 300,
    "digits": "2002. un " * 30_000,
    "brackets": "(" * 50_000,
    "the same heading": "Alkamo (Itālija)\nun\n" * 150,
}


@pytest.mark.parametrize("content", HOSTILE.values(), ids=HOSTILE)
def test_a_text_meant_to_choke_the_reader_is_read_in_seconds(data: Path, content: str) -> None:
    page = data.with_name("page.txt")
    page.write_text(f"{SMALL}\n\n{content}\n", "utf-8")
    start = time.process_time()
    made = run("draft", page, "--about", "jelgava", "--data", data, "--source", "made-up")
    assert time.process_time() - start < SECONDS
    assert made.exit_code == 0, made.stderr
    assert signs_not_quoted_once(read_inputs(data), "made-up") == ""


@pytest.mark.parametrize(
    "markup", ["<div>" * 200_000, "<div>x" * 50_000, "<!--" * 200_000], ids=["deep", "deep words", "open"]
)
def test_html_meant_to_choke_the_reader_is_left_in_seconds_with_a_draft_or_a_sentence(
    data: Path, site: Site, markup: str
) -> None:
    start = time.process_time()
    made = run(
        "draft", site.gives(municipality(SMALL).replace("</body>", markup)), "--about", "jelgava", "--data", data
    )
    assert time.process_time() - start < 2 * SECONDS
    assert "Traceback" not in made.stderr
    assert made.exit_code in {0, 2, 10}


# Where there is nothing yet, and where the page comes from.


def test_in_an_empty_folder_the_dataset_and_the_catalogue_are_made_with_what_is_to_do(tmp_path: Path) -> None:
    (tmp_path / "page.txt").write_text(SMALL.replace("Alkamo", "Izdomburga"), "utf-8")
    data = tmp_path / "data"
    data.mkdir()
    made = run("draft", tmp_path / "page.txt", "--about", "Izdomātā Ezerpils", "--data", data)
    assert made.exit_code == 0, made.stderr
    assert {DATASET, CATALOGUE} <= {path.name for path in data.iterdir()}
    assert "Jāizdara" in (data / DATASET).read_text("utf-8")
    assert sorted(made.stdout.split()) == sorted(str(data / name) for name in files(data) if "/." not in name)
    [folder] = (data / "sources").iterdir()
    assert "Izdomburga" in (folder / "facts.trig").read_text("utf-8")
    assert signs_not_quoted_once(read_inputs(data), folder.name) == ""


@pytest.mark.parametrize(("about", "is_named"), [("Madeham", True), ("Izdomene", False)])
def test_a_page_that_never_names_the_town_that_it_is_said_to_be_about_is_told_first(
    tmp_path: Path, about: str, *, is_named: bool
) -> None:
    page = Page("Twin towns of Madeham\n\nFictown (Italy)\nThe made-up agreement was signed in 2020.")
    remarks = [each.in_language("en") for each in draft(page, about, "en", tmp_path).remarks]
    assert ([*remarks, ""][0] == f"The page never names {about}; is --about right?") is not is_named


FIRST_PAGE = """Twin towns of Made-up-on-Sea

Izdomburga (Denmark)
The made-up twinning agreement was signed on 3 May 2020."""
PLACES = """
evidence:place-made-up-on-sea {
    evidence:place-made-up-on-sea schema:citation "made up"@en , "izdomāts"@lv ; tg:confidence confidence:one-source .
    place:made-up-on-sea a schema:City ; schema:name "Made-up-on-Sea"@en , "Izdomātā Piejūra"@lv ;
        schema:containedInPlace country:LV .
    country:LV a schema:Country ; schema:name "Latvia"@en , "Latvija"@lv ; schema:identifier "LV" ;
        schema:sameAs wd:Q211 .
    place:izdomburga a schema:City ; schema:name "Izdomburga"@en , "Izdomburga"@lv , "Izdomburga"@da .
    organisation:made-up-on-sea a schema:GovernmentOrganization ; schema:name "made up"@en , "izdomāta"@lv ;
        schema:location place:made-up-on-sea .
}
"""


def test_a_first_town_that_names_no_area_is_drafted_in_an_empty_folder_completed_moved_and_released(
    tmp_path: Path,
) -> None:
    (tmp_path / "page.txt").write_text(FIRST_PAGE, "utf-8")
    data, base = tmp_path / "data", "https://made-up.example/"
    data.mkdir()
    made = run("draft", tmp_path / "page.txt", "--about", "Made-up-on-Sea", "--lang", "en", "--data", data)
    assert made.exit_code == 0, made.stderr
    (data / "places.trig").write_text(PLACES, "utf-8")
    [source] = data.glob("sources/*/source.ttl")
    described = re.sub(r"# (schema:(?:url|publisher).*;)  #.*", r"\1", source.read_text("utf-8")).replace(
        "https://…", ADDRESS
    )
    source.write_text(described.replace('"…"', f'"{ADDRESS}"'), "utf-8")
    accept(source.parent)
    for path in (*data.rglob("*.ttl"), *data.rglob("*.trig")):
        path.write_text(path.read_text("utf-8").replace("https://data.example.org/made-up-on-sea/", base), "utf-8")
    built = run("build", "--data", data, "--output", tmp_path / "release")
    assert built.exit_code == 0, built.output
    asked = run("query", "partners-with-dates", "--format", "csv", "--release", tmp_path / "release")
    assert "Izdomburga" in asked.stdout


def test_a_page_from_a_server_is_kept_as_check_source_reads_it(data: Path, site: Site) -> None:
    markup = municipality(SMALL)
    url = site.gives(markup)
    made = run("draft", url, "--about", "jelgava", "--data", data, "--source", "made-up")
    assert made.exit_code == 0, made.stderr
    page = (data / "sources/made-up/page.txt").read_text("utf-8")
    assert page in "\n".join(lines(parse(markup)))
    assert set(SMALL.replace("\n\n", "\n").splitlines()) <= set(page.splitlines())
    assert "Sākums" not in page
    checked = run("check-source", "--data", data, "--source", "made-up")
    assert (checked.exit_code, site.requests[-1]["Accept-Language"]) == (0, "lv"), checked.output
    assert (thing("source", "made-up"), OA.exact, None) not in read_inputs(data).merged


TABLE = """<table><thead><tr><th><p>Nr.</p></th><th>Pilsēta</th><th>Valsts</th><th>Līguma noslēgšanas gads</th>
<th>Sadarbības jomas</th></tr></thead>
<tr><td>1.</td><td><p>Izdomburga</p></td><td>Vācija</td><td>1998</td>
<td><ul><li>kultūra</li><li>sports</li></ul></td></tr>
<tr><td>2.</td><td>Alkamo</td><td>Itālija</td><td>2002. gada 26. jūlijs</td><td></td></tr>
<tr><td>3.</td><td>Vejle</td><td>Dānija</td><td>–</td><td>tūrisms</td></tr></table>"""
ROWS = {
    "izdomburga-row": "1.\tIzdomburga\tVācija\t1998\tkultūra sports",
    "alcamo-row": "2.\tAlkamo\tItālija\t2002. gada 26. jūlijs",
    "vejle-row": "3.\tVejle\tDānija\t–\ttūrisms",
}


def test_a_row_of_a_table_is_one_quote_and_read_by_the_heads_of_its_columns(data: Path, site: Site) -> None:
    title = "Izdomātās sadraudzības pilsētas un līgumi par sadarbību"
    url = site.gives(municipality(f"{title}\n\nTABLE").replace("TABLE", TABLE))
    made = run("draft", url, "--about", "jelgava", "--data", data, "--source", "made-up")
    assert made.exit_code == 0, made.stderr
    curated = read_inputs(data)
    quotes = {name: thing("quote", f"made-up-{name}") for name in ROWS}
    assert {name: str(curated.merged.value(quote, OA.exact)) for name, quote in quotes.items()} == ROWS
    stated = {
        name: sorted(
            f"{term}"
            for subject, predicate, value in curated.dataset.graph(quote)
            if predicate in {TG.signed, TG.ongoingArea, SDO.containedInPlace}
            for term in [slug_of(value)]
        )
        for name, quote in quotes.items()
    }
    assert stated == {
        "izdomburga-row": ["1998", "DE", "culture", "sport"],
        "alcamo-row": ["2002-07-26", "IT"],
        "vejle-row": ["DK", "tourism"],
    }
    checked = run("check-source", "--data", data, "--source", "made-up", "--format", "json")
    assert (checked.exit_code, json.loads(checked.stdout)[0]["gone"]) == (0, []), checked.output


def test_the_table_of_the_figures_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    drafting.main(["made-up-en"], differences=True)
    table = capsys.readouterr().out
    assert "made-up-en, labels alone" in table
    assert re.search(r"partner +\d+/6 +\d+% +\d+/\d+ +\d+%", table)
