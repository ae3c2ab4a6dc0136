"""Files of a source changed by hand on a page: one place becomes another, and everything else keeps its bytes."""

from __future__ import annotations

import difflib
import shutil
from typing import TYPE_CHECKING

import pytest
from rdflib import URIRef

from conftest import MADE_UP_HOME
from twingraph.curation.editing import DataFile, SourceFolder
from twingraph.curation.graph import read_inputs
from twingraph.errors import BadValue, BrokenSyntax, Outdated
from twingraph.settings import PACKAGED
from twingraph.vocab import TG, thing

if TYPE_CHECKING:
    from pathlib import Path

PREFIXES = """@prefix : <https://w3id.org/twingraph/id/quote/made-up-> .
@prefix tg: <https://w3id.org/twingraph/ns#> .
"""
REASONS = {"en": 'The name of a "picture".', "lv": "Attēla „nosaukums”."}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The folder of a made-up source."""
    data = shutil.copytree(MADE_UP_HOME / "data", tmp_path / "data")
    return data / "sources/made-up-licupe-lv"


def quote(name: str) -> str:
    return str(thing("quote", f"made-up-licupe-lv-{name}"))


def block(folder: Path, name: str) -> tuple[str, str, str]:
    """Give the name, the version and the text of a block."""
    found = next(each for each in SourceFolder(folder).blocks if each.name == quote(name))
    return found.name, found.version, found.text


def draft(folder: Path, *names: str, line: str = "source:made-up-licupe-lv tg:drafted {} .\n") -> None:
    """Say in the description of the source that blocks are drafted."""
    path = folder / "source.ttl"
    listed = line.format(" , ".join(f":{name}" for name in names))
    path.write_text(f"@prefix : <{quote('')}> .\n{path.read_text('utf-8')}{listed}", "utf-8")


def changed(old: str, new: str) -> list[str]:
    """Give the lines that one text has and the other has not."""
    lines = difflib.unified_diff(old.splitlines(), new.splitlines(), n=0, lineterm="")
    return [line for line in lines if not line.startswith(("---", "+++", "@@"))]


@pytest.mark.parametrize(
    "source", [MADE_UP_HOME / "data/sources/made-up-licupe-lv", PACKAGED / "data/sources/jelgava-lv-2017"]
)
def test_every_block_can_be_put_back_as_it_was(source: Path, tmp_path: Path) -> None:
    here = shutil.copytree(source, tmp_path / source.name)
    old = (here / "facts.trig").read_bytes()
    for each in SourceFolder(here).blocks[::7]:
        for words in (f"{each.text}\n# Another line.", each.text):
            now = next(other for other in SourceFolder(here).blocks if other.name == each.name)
            SourceFolder(here).change(each.name, now.version, words.replace("\n", "\r\n"))
    assert (here / "facts.trig").read_bytes() == old


def test_a_change_of_a_block_is_a_change_of_its_lines_only(folder: Path) -> None:
    old = (folder / "facts.trig").read_text("utf-8")
    name, version, words = block(folder, "upynas-agreement")
    SourceFolder(folder).change(name, version, words.replace('"1998"^^', '"1999"^^'))
    differs = changed(old, (folder / "facts.trig").read_text("utf-8"))
    assert differs == ['-        tg:signed "1998"^^xsd:gYear ;', '+        tg:signed "1999"^^xsd:gYear ;']


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_line_ends_and_the_mark_of_an_editor_stay_as_they_are(folder: Path, mark: bytes, end: bytes) -> None:
    path = folder / "facts.trig"
    old = mark + path.read_bytes().replace(b"\n", end)
    path.write_bytes(old)
    name, version, words = block(folder, "upynas-website")
    SourceFolder(folder).change(name, version, words.replace("\n", "\r\n") + "\r\n# Seen.\r\n\r\n")
    assert path.read_bytes() == old.replace(
        b"upynas.made-up.example> .%b}" % end, b"upynas.made-up.example> .%b}%b# Seen." % (end, end)
    )


@pytest.mark.parametrize("words", [" \r\n ", "# Only a comment."])
def test_nothing_is_lost_by_emptying_its_text(folder: Path, words: str) -> None:
    name, version, _ = block(folder, "upynas-website")
    about = DataFile(folder / "source.ttl")
    old = [path.read_bytes() for path in sorted(folder.iterdir())]
    with pytest.raises(BadValue, match="leave the passage out instead"):
        SourceFolder(folder).change(name, version, words)
    with pytest.raises(BadValue, match="leave the passage out instead"):
        about.change("", about.pieces[0].version, " ")
    assert [path.read_bytes() for path in sorted(folder.iterdir())] == old


def test_comments_belong_to_the_block_that_they_stand_at(folder: Path) -> None:
    path = folder / "facts.trig"
    remarks = "# Candidates:\n# evidence:made-up { evidence:made-up tg:x tg:y . } # 93\n"
    path.write_text(
        path.read_text("utf-8").replace("\n\n:upynas-agreement", f"\n{remarks}\n:upynas-agreement"), "utf-8"
    )
    *_, words = block(folder, "upynas-heading")
    assert words.startswith("# Izdomātā Upīne\n:upynas-heading {")
    assert words.endswith(f"}}\n{remarks.rstrip()}")
    found = next(each for each in SourceFolder(folder).blocks if each.name == quote("upynas-heading"))
    assert found.comments == ["Izdomātā Upīne", "Candidates:"]
    assert [(each.words, each.remark) for each in found.offers] == [
        ("evidence:made-up { evidence:made-up tg:x tg:y . }", "93")
    ]
    assert block(folder, "upynas-agreement")[2].startswith(":upynas-agreement {")


CANDIDATES = """# Who is in the file.

# Izdomburga
# evidence:made-up { evidence:made-up schema:citation "1" . place:made-up a schema:City ; schema:name "…"@en . } # 9
# evidence:made-up { evidence:made-up schema:citation "Two, …" . } # prose that has no end
# evidence:made-up {} prose
#     tg:x tg:y ;
# evidence:made-up { evidence:made-up schema:citation "Three" . place:made-up a schema:City . }

# Another
# evidence:other { evidence:other schema:citation "Four" . }
"""


def test_a_candidate_is_taken_with_what_it_asks_for_and_another_in_its_place(tmp_path: Path) -> None:
    path = tmp_path / "places.trig"
    path.write_text(CANDIDATES, "utf-8")

    def take(number: int, *values: str) -> None:
        piece = DataFile(path).pieces[0]
        DataFile(path).take(piece.name, piece.version, piece.offers[number].line, values)

    assert [len(each.offers) for each in DataFile(path).pieces] == [3, 1]
    assert DataFile(path).pieces[0].offers[0].gaps == [("schema:name", "en", "…")]
    for values in ((), (" ",)):
        with pytest.raises(BadValue, match="Fill in all"):
            take(0, *values)
    assert path.read_text("utf-8") == CANDIDATES
    take(0, 'The "first" town')
    first = CANDIDATES.splitlines()[3].removeprefix("# ").removesuffix(" # 9").replace("…", 'The \\"first\\" town')
    assert path.read_text("utf-8").splitlines()[3] == first
    take(1)
    third = CANDIDATES.splitlines()[7].removeprefix("# ")
    assert path.read_text("utf-8").splitlines()[3:8:4] == [f"# {first}", third]
    assert [each.name for each in DataFile(path).blocks] == [str(thing("evidence", "made-up"))]


def test_what_is_asked_for_twice_is_filled_in_once(tmp_path: Path) -> None:
    path, asked = (
        tmp_path / "source.ttl",
        '    # schema:url <https://…> ; schema:citation "https://…" ;  # To do: the address',
    )
    path.write_bytes(f'source:made-up a schema:WebPage ;\r\n{asked}\r\n    schema:inLanguage "lv" .\r\n'.encode())
    [piece] = DataFile(path).pieces
    [offer] = piece.offers
    assert offer.gaps == [("", "", "https://…")]
    for address, problem in (("", BadValue), ("https://made-up.example/> .", BrokenSyntax)):
        with pytest.raises(problem):
            DataFile(path).take("", piece.version, offer.line, [address])
    DataFile(path).take("", piece.version, offer.line, ["https://made-up.example/"])
    taken = '    schema:url <https://made-up.example/> ; schema:citation "https://made-up.example/" ;'
    assert path.read_bytes() == (
        f'source:made-up a schema:WebPage ;\r\n{taken}\r\n    schema:inLanguage "lv" .\r\n'.encode()
    )


def test_a_commented_candidate_is_taken_by_deleting_its_sign(folder: Path) -> None:
    name, version, words = block(folder, "upynas-heading")
    candidate = 'evidence:made-up-one { evidence:made-up-one schema:citation "Made up." . }'
    SourceFolder(folder).change(name, version, f"{words}\n# {candidate}")
    *_, version, words = block(folder, "upynas-heading")
    SourceFolder(folder).change(name, version, words.replace("# evidence", "evidence"))
    assert str(thing("evidence", "made-up-one")) in {each.name for each in SourceFolder(folder).blocks}


@pytest.mark.parametrize(
    ("words", "place"),
    [
        (":upynas-website {\n    :upynas-website oa:exact upynas .\n}", (2, 30)),
        (':upynas-website {\n    :upynas-website oa:exact "one" .\n', (2, 37)),
        (":upynas-website { }\n}\n:other { }", (2, 1)),
        (":upynas-website { unheard:of a tg:Twinning . }", (1, 19)),
    ],
)
def test_what_breaks_the_syntax_is_not_written_and_told_by_its_place_in_the_text(
    folder: Path, words: str, place: tuple[int, int]
) -> None:
    old = (folder / "facts.trig").read_bytes()
    name, version, _ = block(folder, "upynas-website")
    with pytest.raises(BrokenSyntax) as caught:
        SourceFolder(folder).change(name, version, words)
    assert (caught.value.line, caught.value.column) == place
    assert (folder / "facts.trig").read_bytes() == old


def test_nothing_is_written_over_what_somebody_else_has_written_meanwhile(folder: Path) -> None:
    draft(folder, "upynas-website")
    name, version, words = block(folder, "upynas-website")
    SourceFolder(folder).change(name, version, f"{words}\n# Theirs.")
    old = [path.read_bytes() for path in sorted(folder.iterdir())]
    for attempt in (
        lambda: SourceFolder(folder).change(name, version, f"{words}\n# Ours."),
        lambda: SourceFolder(folder).leave_out(name, version, REASONS),
        lambda: SourceFolder(folder).accept({name: version}),
    ):
        with pytest.raises(Outdated):
            attempt()
    assert [path.read_bytes() for path in sorted(folder.iterdir())] == old


def test_the_name_of_another_block_and_that_of_a_draft_are_not_for_the_taking(folder: Path) -> None:
    draft(folder, "upynas-website")
    name, version, words = block(folder, "upynas-website")
    with pytest.raises(BadValue, match="upynas-area is taken"):
        SourceFolder(folder).change(name, version, words.replace(":upynas-website", ":upynas-area"))
    with pytest.raises(BadValue, match="Keep the name of the block"):
        SourceFolder(folder).change(name, version, words.replace(":upynas-website", ":upynas-site"))
    SourceFolder(folder).accept({name: version})
    assert SourceFolder(folder).change(name, version, words.replace(":upynas-website", ":upynas-site")) == quote(
        "upynas-site"
    )


def test_a_passage_that_is_left_out_keeps_its_quote_and_its_comments(folder: Path) -> None:
    draft(folder, "upynas-website")
    name, version, words = block(folder, "upynas-website")
    SourceFolder(folder).change(
        name, version, words.replace("    place:", "    # read nothing here: a site\n    place:")
    )
    *_, version, words = block(folder, "upynas-website")
    SourceFolder(folder).leave_out(name, version, REASONS)
    assert block(folder, "upynas-website")[2] == (
        ":upynas-website {\n"
        '    :upynas-website oa:exact "upynas.made-up.example" .\n'
        "    # read nothing here: a site\n"
        '    :upynas-website tg:leftOut "The name of a \\"picture\\"."@en ,\n'
        '        "Attēla „nosaukums”."@lv .\n'
        "}"
    )
    assert SourceFolder(folder).drafted == set()
    curated = read_inputs(folder.parents[2])
    assert {str(value) for value in curated.dataset.graph(URIRef(name)).objects(None, TG.leftOut)} == {
        *REASONS.values()
    }


def test_a_reason_is_needed_in_both_languages(folder: Path) -> None:
    name, version, _ = block(folder, "upynas-website")
    with pytest.raises(BadValue, match="in English and in Latvian"):
        SourceFolder(folder).leave_out(name, version, REASONS | {"lv": " "})


def test_a_block_that_states_nothing_can_not_be_accepted_and_what_is_accepted_can_be_a_draft_again(
    folder: Path,
) -> None:
    draft(folder, "upynas-website", "upynas-area")
    name, version, words = block(folder, "upynas-website")
    SourceFolder(folder).accept({name: version})
    assert SourceFolder(folder).drafted == {quote("upynas-area")}
    SourceFolder(folder).take_back(name, version)
    SourceFolder(folder).take_back(name, version)
    assert SourceFolder(folder).drafted == {quote("upynas-area"), name}
    bare = "\n".join(line for line in words.splitlines() if "place:" not in line)
    SourceFolder(folder).change(name, version, bare)
    with pytest.raises(BadValue, match="nothing to accept"):
        SourceFolder(folder).accept({name: block(folder, "upynas-website")[1]})
    read_inputs(folder.parents[2])


def test_nothing_is_accepted_in_a_file_that_can_not_be_read(folder: Path) -> None:
    draft(folder, "upynas-website")
    name, version, _ = block(folder, "upynas-website")
    with (folder / "facts.trig").open("a", encoding="utf-8") as facts:
        facts.write("made up {")
    with pytest.raises(BrokenSyntax):
        SourceFolder(folder).accept({name: version})
    assert SourceFolder(folder).drafted == {name}


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_draft_is_accepted_by_taking_its_name_out_of_its_line(folder: Path, end: str) -> None:
    path, line = folder / "source.ttl", "source:made-up-licupe-lv tg:drafted {} .  # Izdomātā Upīne\n"
    draft(folder, "upynas-heading", "upynas-agreement", line=line)
    draft(folder, "ranna-heading", line=line)
    whole = path.read_text("utf-8")
    path.write_bytes(whole.replace("\n", end).encode())
    both, one = line.format(":upynas-heading , :upynas-agreement"), line.format(":upynas-heading")
    for name, left in (("upynas-agreement", one), ("upynas-heading", "")):
        SourceFolder(folder).accept(dict([block(folder, name)[:2]]))
        assert path.read_bytes().decode() == whole.replace(both, left).replace("\n", end)
    assert SourceFolder(folder).drafted == {quote("ranna-heading")}


def test_a_draft_that_a_person_named_in_another_way_is_for_a_person_to_accept(folder: Path) -> None:
    draft(folder, "upynas-website", line="source:made-up-licupe-lv\n    tg:drafted {} .\n")
    name, version, _ = block(folder, "upynas-website")
    old = (folder / "source.ttl").read_bytes()
    with pytest.raises(BadValue, match="only be changed by hand"):
        SourceFolder(folder).accept({name: version})
    assert (folder / "source.ttl").read_bytes() == old


def test_a_block_is_added_where_its_passage_stands(folder: Path) -> None:
    path = folder / "facts.trig"
    name, _, words = block(folder, "upynas-environment")
    path.write_text(path.read_text("utf-8").replace(f"{words}\n\n", ""), "utf-8")
    source = SourceFolder(folder)
    start = source.page.index("Šobrīd notiek sadarbība vides jomā.")
    proposal = source.propose(start, start + 35)
    named = ":sobrid-notiek-sadarbiba-vides"
    assert proposal == f'{named} {{\n    {named} oa:exact "Šobrīd notiek sadarbība vides jomā."@lv .\n}}'
    old = path.read_text("utf-8")
    source.add(start, words)
    assert changed(old, path.read_text("utf-8")) == [f"+{line}" for line in [*words.split("\n"), ""]]
    order = [each.name for each in SourceFolder(folder).blocks]
    assert order.index(name) == order.index(quote("upynas-amendment")) + 1


def test_words_that_occur_twice_are_told_apart_by_what_stands_beside_them(folder: Path) -> None:
    source = SourceFolder(folder)
    second = source.page.index("kultūras", source.page.index("kultūras") + 1)
    (folder / "facts.trig").write_text(PREFIXES + source.propose(second, second + 8), "utf-8")
    [found] = SourceFolder(folder).quotes.values()
    assert found.place == (second, second + 8)
