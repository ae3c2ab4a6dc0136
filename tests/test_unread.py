"""What `validate` says of sentences that nothing was read from, and of areas and dates that no statement takes up."""

import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from twingraph.cli import main
from twingraph.curation.graph import read_inputs
from twingraph.draft.unread import unread

HERE = Path(__file__).parent
FACTS = "sources/jelgava-lv-2017/facts.trig"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return Path(shutil.copytree(HERE.parent / "data", tmp_path / "data"))


def edit(data: Path, old: str, new: str) -> list[tuple[str, str, str]]:
    path = data / FACTS
    content = path.read_text("utf-8")
    assert old in content
    path.write_text(content.replace(old, new, 1), "utf-8")
    return [(each.file, each.rule.rpartition("#")[2], each.value) for each in unread(read_inputs(data), data)]


@pytest.mark.parametrize("home", [HERE.parent, HERE / "made_up_home"])
def test_of_what_is_shipped_and_of_the_made_up_home_nothing_is_unread(home: Path) -> None:
    assert unread(read_inputs(home), home) == []


def test_a_sentence_that_no_quote_has_is_a_to_do_with_the_line_of_the_page(data: Path) -> None:
    path = data / FACTS
    content = path.read_text("utf-8")
    start = content.index(":alcamo-plans {")
    path.write_text(content[:start] + content[content.index("}", start) + 1 :], "utf-8")
    (found,) = unread(read_inputs(data), data)
    assert (found.file, found.line) == ("data/sources/jelgava-lv-2017/page.txt", 5)
    assert found.value == "Tāpat tiek plānots attīstīt tirdzniecības sakarus un veicināt uzņēmējdarbību."


def test_an_area_of_a_quote_that_is_not_stated_is_a_to_do(data: Path) -> None:
    old = 'area:education , area:culture .\n    area:education skos:hiddenLabel "izglītības"@lv .\n'
    found = edit(data, old, "area:culture .\n")
    assert found == [(f"data/{FACTS}", "Quote-area-unused", "izglītības")]


def test_a_date_of_a_quote_that_is_not_stated_is_a_to_do(data: Path) -> None:
    old = '        tg:since "1994"^^xsd:gYear ;\n        tg:dateAsPrinted "kopš 1994. gada"@lv ;\n'
    assert edit(data, old, "") == [(f"data/{FACTS}", "Quote-date-unused", "kopš 1994. gada")]


def test_the_command_says_so_in_latvian_and_does_not_fail_for_it(data: Path) -> None:
    edit(data, '        tg:since "1994"^^xsd:gYear ;\n        tg:dateAsPrinted "kopš 1994. gada"@lv ;\n', "")
    told = CliRunner().invoke(main, ["validate", "--data", str(data), "--lang", "lv"])
    assert told.exit_code == 0
    assert "Citātā nosaukts datums, ko tā bloks neapgalvo" in told.stdout
