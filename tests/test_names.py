"""How alike two names are: what is folded, how well names fit, and what is found by what somebody types."""

from __future__ import annotations

import pytest

from twingraph.names import ALIKE, CONTAINED, GUESS, LEAST, LONGEST, Names, fold, highlight

TOWNS = [
    ("a", "Šauļi"),
    ("a", "Šiauliai"),
    ("b", "Rueil-Malmaison"),
    ("c", "Białystok"),
    ("d", "Магадан"),
    ("e", "Vejle"),
]


@pytest.mark.parametrize(
    ("text", "bare"),
    [
        ("Šauļi", "sauli"),
        ("  Rueil-Malmaison ", "rueil malmaison"),
        ("Białystok", "bialystok"),
        ("HÄLLEFORS", "hallefors"),
        ("Магадан", "магадан"),
        ("„Francijas pavasaris’", "francijas pavasaris"),
        ("Ærø", "aero"),
        ("Straße", "strasse"),
        ("Þórshöfn", "thorshofn"),
        ("‚!?", ""),
    ],
)
def test_marks_case_and_signs_do_not_count(text: str, bare: str) -> None:
    assert fold(text) == bare


@pytest.mark.parametrize(
    ("written", "least", "most"),
    [
        ("Białystok", 100, 100),
        (" Bia\u0142ystok  ", 100, 100),
        ("bialystok", 99, 99),
        ("Białystk", LEAST, ALIKE),
        ("Białystok (Polska)", CONTAINED, CONTAINED),
    ],
)
def test_a_score_says_how_a_name_is_written(written: str, least: float, most: float) -> None:
    scores = Names(TOWNS).compare(written)
    assert scores.keys() == {"c"}
    assert least <= scores["c"] <= most


@pytest.mark.parametrize("written", ["", "!", "x", "a" * (LONGEST + 1), "Rīga"])
def test_what_is_like_no_name_fits_none(written: str) -> None:
    assert Names(TOWNS).compare(written) == {}


def test_a_name_without_letters_is_found_as_it_is_written_and_by_nothing_else() -> None:
    names = Names([("dots", "…"), ("a", "Ābece")])
    assert [set(names.compare(written)) for written in ("…", "!", "abece")] == [{"dots"}, set(), {"a"}]
    assert names.owners("ABECE") == {"a"}


@pytest.mark.parametrize(
    ("thing", "typed"),
    [
        *(("a", "sauli"), ("a", "ŠIAULIAI"), ("a", "auli"), ("b", "malm"), ("b", "rueil malmaison"), ("b", "maison")),
        *(("b", "malmaison rueil"), ("b", "Rueil-Malmezona"), ("c", "bialystok"), ("d", "магадан"), ("e", "Vejlē")),
        *(("e", "Vejle!"), ("e", "Viejle"), ("", "Velde"), ("", "au"), ("", "qqqq"), ("", ""), ("", "-")),
    ],
)
def test_a_town_is_found_however_it_is_typed(thing: str, typed: str) -> None:
    assert [match.thing for match in Names(TOWNS).search(typed)] == [*thing]


def test_the_best_spelling_comes_first_and_each_thing_once() -> None:
    made_up = [("begins", "izdomātais"), ("within", "nav izdomāts"), ("is", "Izdomāts"), ("is", "izdomāts arī")]
    assert [match.thing for match in Names(made_up).search("izdomats")] == ["is", "within", "begins"]


def test_what_is_only_alike_is_found_only_where_nothing_else_is() -> None:
    names = Names([("a", "Komo"), ("b", "Kona")])
    assert [match.thing for match in names.search("komo")] == ["a"]
    assert all(match.rank >= GUESS for match in names.search("koma"))
    assert names.search("koma") != []
    assert names.search("koma", guess=False) == []


@pytest.mark.parametrize(
    ("typed", "text", "marked"),
    [
        ("kultūra", "kultūras, sporta un Kultūru", ["kultūras", "Kultūru"]),
        ("sports culture", "culture and sport", ["culture", "sport"]),
        ("sia", "Šiauliai", ["Šiauliai"]),
        ("", "Šiauliai", []),
        ("x", "", []),
    ],
)
def test_the_words_that_were_found_are_marked_and_none_is_lost(typed: str, text: str, marked: list[str]) -> None:
    pieces = highlight(typed, text)
    assert "".join(piece for piece, _ in pieces) == text
    assert [piece for piece, is_match in pieces if is_match] == marked
