"""The named queries: each answers on the release, and the important ones answer what the page says."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest
from pyoxigraph import Literal, NamedNode, QueryBoolean, QuerySolutions, RdfFormat, Store, Variable

from twingraph.errors import BadValue, UnknownQuestion
from twingraph.query.engine import Engine
from twingraph.query.questions import question, questions
from twingraph.query.worker import open_store
from twingraph.settings import QUADS, Settings
from twingraph.vocab import PREFIXES, thing

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pyoxigraph import BlankNode, Triple

    from twingraph.query.questions import Question
    from twingraph.release.build import Release

    Values = dict[Variable, NamedNode | BlankNode | Literal | Triple]

NAMES = [each.name for each in questions()]
SENTENCES = ("sentence", "sentence_on_people", "sentence_on_area", "passage")


@pytest.fixture(scope="module")
def quads(release: Release) -> Path:
    return release.folder / QUADS


@pytest.fixture(scope="module")
def engine(quads: Path) -> Iterator[Engine]:
    with Engine(quads, Settings(workers=1)) as opened:
        yield opened


@pytest.fixture(scope="module")
def store(quads: Path) -> Store:
    return open_store(str(quads))


@pytest.fixture(scope="module")
def plain(quads: Path) -> Store:
    store = Store()
    store.load(path=quads, format=RdfFormat.N_QUADS)
    return store


@pytest.fixture(scope="module")
def backwards(quads: Path, tmp_path_factory: pytest.TempPathFactory) -> Store:
    path = tmp_path_factory.mktemp("backwards") / QUADS
    path.write_bytes(b"".join(reversed(quads.read_bytes().splitlines(keepends=True))))
    return open_store(str(path))


def answer(engine: Engine, name: str, columns: str) -> list[tuple[str, ...]]:
    """Give the rows of a named query as a person would write them: `place:alcamo`, and "" where nothing is."""
    found = json.loads(engine.answer(question(name).text).body)
    rows = found["results"]["bindings"]
    return [tuple(written(row.get(column)) for column in columns.split()) for row in rows]


def written(term: dict[str, str] | None) -> str:
    value = term["value"] if term else ""
    if term and term["type"] == "uri":
        return next((f"{short}:{value.removeprefix(iri)}" for short, iri in PREFIXES.items() if iri in value), value)
    return value


def solutions(store: Store, text: str, values: Values | None = None, *, union: bool = False) -> list[str]:
    """Run a query as a script would that has pyoxigraph and no engine."""
    found = store.query(text, use_default_graph_as_union=union, substitutions=values)
    if isinstance(found, QueryBoolean):
        return [str(bool(found))]
    rows = list(map(str, found))
    return rows if isinstance(found, QuerySolutions) else sorted(set(rows))


@pytest.mark.parametrize("name", NAMES)
def test_every_question_is_answered(engine: Engine, name: str) -> None:
    found = engine.answer(question(name).text)

    if found.kind == "solutions":
        assert json.loads(found.body)["results"]["bindings"]
    elif found.kind == "boolean":
        assert json.loads(found.body)["boolean"]
    else:
        assert b"tg:agreedArea" in found.body


@pytest.mark.parametrize("asked", questions(), ids=NAMES)
def test_every_question_says_in_two_languages_what_it_asks(asked: Question) -> None:
    assert re.fullmatch(r"[A-Z].*\?", asked.summary("en"))
    assert re.fullmatch(r"[A-ZĀ-Ž].*\?", asked.summary("lv"))
    assert asked.summary_en != asked.summary_lv
    assert all(re.fullmatch("[a-z]+", tag) for tag in asked.tags)


@pytest.mark.parametrize("asked", questions(), ids=NAMES)
def test_a_query_declares_the_prefixes_that_it_uses_and_no_others(asked: Question) -> None:
    declared = dict(re.findall(r"^PREFIX (\w+): <(.*)>$", asked.text, re.MULTILINE))
    body = re.sub(r'"[^"]*"', "", asked.text.partition("\n\n")[2])

    assert declared.items() <= PREFIXES.items()
    assert declared.keys() == set(re.findall(r"(?<![\w?])([a-z]+):", body))


def test_there_is_a_question_for_each_file_and_a_hint_for_a_misspelt_one() -> None:
    assert sorted(NAMES) == NAMES
    assert all(re.fullmatch("[a-z]+(-[a-z]+)*", name) for name in NAMES)
    with pytest.raises(UnknownQuestion, match="Did you mean partners-with-dates"):
        question("partner-with-dates")


@pytest.mark.parametrize("name", NAMES)
def test_every_sentence_in_an_answer_stands_in_the_page(engine: Engine, quads: Path, name: str) -> None:
    page = (quads.parent / "sources" / "jelgava-lv-2017.txt").read_text("utf-8")
    found = engine.answer(question(name).text)
    rows = json.loads(found.body)["results"]["bindings"] if found.kind == "solutions" else []

    given = [row[column]["value"] for row in rows for column in SENTENCES if column in row]
    assert [sentence for sentence in given if sentence not in page] == []


@pytest.mark.parametrize("name", NAMES)
def test_every_name_in_an_answer_comes_in_latvian_and_in_english(engine: Engine, name: str) -> None:
    found = engine.answer(question(name).text)
    if found.kind != "solutions":
        return
    told = json.loads(found.body)
    columns = [column for column in told["head"]["vars"] if column.endswith(("_lv", "_en"))]

    assert {column[:-2] + {"lv": "en", "en": "lv"}[column[-2:]] for column in columns} == set(columns)
    for row in told["results"]["bindings"]:
        assert all(row[column]["xml:lang"] == column[-2:] for column in columns if column in row)


@pytest.mark.parametrize("name", NAMES)
def test_answers_do_not_depend_on_the_order_of_the_data(store: Store, backwards: Store, name: str) -> None:
    assert solutions(backwards, question(name).text) == solutions(store, question(name).text)


@pytest.mark.parametrize("name", NAMES)
def test_a_store_that_counts_a_statement_once_for_each_quote_answers_the_same(
    store: Store, plain: Store, name: str
) -> None:
    assert solutions(plain, question(name).text, union=True) == solutions(store, question(name).text)


VALUES: list[tuple[str, str, str, NamedNode | Literal]] = [
    (
        "activities-of-one-organisation",
        "organisation",
        "organisation:spidolas-skola",
        NamedNode(thing("organisation", "spidolas-skola")),
    ),
    ("activities-of-one-tie", "tie", "twinning:jelgava-como", NamedNode(thing("twinning", "jelgava-como"))),
    ("activities-of-one-town", "place", "place:como", NamedNode(thing("place", "como"))),
    ("agreements-of-one-tie", "tie", "twinning:jelgava-como", NamedNode(thing("twinning", "jelgava-como"))),
    ("agreements-of-one-town", "place", "place:como", NamedNode(thing("place", "como"))),
    (
        "areas-of-one-agreement",
        "agreement",
        f"<{thing('twinning', 'jelgava-bialystok')}>",
        NamedNode(thing("twinning", "jelgava-bialystok")),
    ),
    ("evidence-for-one-thing", "thing", f"<{thing('country', 'TW')}>", NamedNode(thing("country", "TW"))),
    ("facts-of-one-thing", "thing", f"<{thing('place', 'nacka')}>", NamedNode(thing("place", "nacka"))),
    ("figures-of-one-town", "place", "place:nacka", NamedNode(thing("place", "nacka"))),
    ("mentions-in-one-source", "source", "source:made-up", NamedNode(thing("source", "made-up"))),
    ("passages-of-one-source", "source", "source:made-up", NamedNode(thing("source", "made-up"))),
    ("statements-of-one-source", "source", "source:made-up", NamedNode(thing("source", "made-up"))),
    ("ties-of-one-town", "place", "place:como", NamedNode(thing("place", "como"))),
    ("towns-of-one-country", "country", "country:IT", NamedNode(thing("country", "IT"))),
    ("agreement-with-jelgava", "place", "place:nacka", NamedNode(thing("place", "nacka"))),
    ("agreements-between-two-years", "from", "1957", Literal(1957)),
    ("agreements-between-two-years", "to", "2007", Literal(2007)),
    ("areas-of-one-town", "place", "place:nacka", NamedNode(thing("place", "nacka"))),
    ("everything-about-one-town", "place", "place:como", NamedNode(thing("place", "como"))),
    ("evidence-for-one-identity", "place", "place:xinying", NamedNode(thing("place", "xinying"))),
    ("one-town-as-a-graph", "place", "place:siauliai", NamedNode(thing("place", "siauliai"))),
    ("partners-by-country", "place", "place:siauliai", NamedNode(thing("place", "siauliai"))),
    ("partners-with-dates", "place", "place:siauliai", NamedNode(thing("place", "siauliai"))),
    ("sentences-with-a-word", "word", '"Sporta"', Literal("Sporta")),
    (
        "statements-of-one-agreement",
        "agreement",
        "agreement:jelgava-como-2016",
        NamedNode(thing("agreement", "jelgava-como-2016")),
    ),
    ("towns-two-steps-away", "place", "place:alcamo", NamedNode(thing("place", "alcamo"))),
    ("what-the-page-says-about-one-town", "place", "place:vejle", NamedNode(thing("place", "vejle"))),
    ("words-for-one-area", "area", "area:culture", NamedNode(thing("area", "culture"))),
]


@pytest.mark.parametrize(("name", "parameter", "spelt", "value"), VALUES, ids=[f"{n}-{p}" for n, p, *_ in VALUES])
def test_a_value_substituted_or_written_into_the_query_gives_the_same_answer(
    store: Store, name: str, parameter: str, spelt: str, value: NamedNode | Literal
) -> None:
    text = question(name).text
    default = next(each.default for each in question(name).parameters if each.name == parameter)
    line = f"OPTIONAL {{ VALUES ?{parameter} {{ {default} }} }}"
    edited = text.replace(line, f"OPTIONAL {{ VALUES ?{parameter} {{ {spelt} }} }}")

    substituted = solutions(store, text, {Variable(parameter): value})

    assert text.count(line) == 1
    assert substituted == solutions(store, edited) != solutions(store, text)
    assert substituted == solutions(store, question(name).with_values({parameter: spelt.strip('"<>')}))


def test_a_value_is_written_so_that_nothing_in_it_is_taken_for_the_query() -> None:
    word, place = question("sentences-with-a-word"), question("areas-of-one-town")
    assert r'{ "made \"up\" }" }' in word.with_values({"word": 'made "up" }'})
    assert "{ <https://example.org/made-up> }" in place.with_values({"place": "https://example.org/made-up"})
    with pytest.raises(BadValue, match="is no IRI"):
        place.with_values({"place": "made> } #up"})


def test_every_parameter_has_been_tried() -> None:
    parameters = {(each.name, parameter.name) for each in questions() for parameter in each.parameters}

    assert parameters == {(name, parameter) for name, parameter, *_ in VALUES}
    assert sum(each.text.count("OPTIONAL { VALUES ?") for each in questions()) == len(parameters)


def test_partners_come_by_their_oldest_agreement_each_date_as_exact_as_the_page(engine: Engine) -> None:
    assert answer(engine, "partners-with-dates", "partner_lv partner_en date precision agreement") == [
        ("Pērnava", "Pärnu", "1957", "year", "agreement:jelgava-parnu-siauliai-1957"),
        ("Šauļi", "Šiauliai", "1957", "year", "agreement:jelgava-parnu-siauliai-1957"),
        ("Šauļi", "Šiauliai", "1960", "year", "agreement:jelgava-siauliai-1960"),
        ("Vejle", "Vejle", "1992", "year", "agreement:jelgava-vejle-1992"),
        ("Belostoka", "Białystok", "1994", "year", ""),
        ("Šin-jinga", "Xinying District", "2000", "year", "agreement:jelgava-xinying-2000"),
        ("Alkamo", "Alcamo", "2002", "year", "agreement:jelgava-alcamo-2002"),
        ("Baranoviči", "Baranavichy", "2003", "year", "agreement:jelgava-baranavichy-2003"),
        ("Haleforsa", "Hällefors Municipality", "2004", "year", "agreement:jelgava-hallefors-2004"),
        ("Magadana", "Magadan", "2006", "year", "agreement:jelgava-magadan-2006"),
        ("Ivano-Frankovska", "Ivano-Frankivsk", "2007", "year", "agreement:jelgava-ivano-frankivsk-2007"),
        ("Novu Odesa", "Nova Odessa", "2007-06-10", "day", "agreement:jelgava-nova-odessa-2007"),
        ("Rueil-Malmezona", "Rueil-Malmaison", "2007-06-28", "day", "agreement:jelgava-rueil-malmaison-2007"),
        ("Komo", "Como", "2016", "year", "agreement:jelgava-como-2016"),
        ("Naka", "Nacka Municipality", "", "", ""),
    ]


def test_five_areas_are_planned_and_not_agreed(engine: Engine) -> None:
    assert answer(engine, "planned-not-agreed", "town area area_lv area_en words") == [
        ("place:alcamo", "area:entrepreneurship", "uzņēmējdarbība", "entrepreneurship", "uzņēmējdarbību"),
        (
            "place:alcamo",
            "area:trade-relations",
            "tirdzniecības sakari",
            "trade relations",
            "tirdzniecības sakarus",
        ),
        ("place:baranavichy", "area:economy", "ekonomika", "economy", "ekonomikas"),
        ("place:hallefors", "area:culture", "kultūra", "culture", "kultūras"),
        ("place:hallefors", "area:social-affairs", "sociālās lietas", "social affairs", "sociālo lietu"),
    ]


def test_two_areas_look_wrong_and_only_one_of_them_has_a_likely_reading(engine: Engine) -> None:
    found = answer(engine, "figures-that-look-wrong", "figure printed value likely_reading")

    assert found == [
        ("figure:nacka-area", "75 700 km2", "75700", ""),
        ("figure:nova-odessa-area", "73\N{NO-BREAK SPACE}298 km2", "73298", "73.298"),
    ]
    for in_latvian, in_english in answer(engine, "figures-that-look-wrong", "reason_lv reason_en"):
        assert in_latvian.count("ārpus robežām") == in_english.count("outside the") == 2


def test_a_figure_of_another_body_is_told_from_the_partners_own(engine: Engine) -> None:
    assert answer(engine, "figures-of-another-body", "figure printed year body") == [
        ("figure:hallefors-area", "6.33 km2", "", "place:hallefors-locality"),
        (
            "figure:hallefors-population-2010",
            "4 530",
            "2010",
            "place:hallefors-locality",
        ),
        ("figure:nacka-area", "75 700 km2", "", ""),
        ("figure:vejle-area", "144 km2", "", "place:vejle-municipality-before-2007"),
    ]


def test_nacka_and_bialystok_have_no_agreement(engine: Engine) -> None:
    assert answer(engine, "ties-without-an-agreement", "tie since words_for_tie words_for_date") == [
        ("twinning:jelgava-bialystok", "1994", "", "kopš 1994. gada"),
        ("twinning:jelgava-nacka", "", "cieša sadraudzība", ""),
    ]


def test_one_tie_is_of_three_towns(engine: Engine) -> None:
    assert answer(engine, "three-town-ties", "tie_lv tie_en towns words_for_tie") == [
        ("Jelgava – Pērnava – Šauļi", "Jelgava – Pärnu – Šiauliai", "3", "trīs pilsētu ciešu sadraudzību")
    ]


def test_fourteen_partners_are_in_twelve_countries(engine: Engine) -> None:
    assert answer(engine, "partners-by-country", "code country_lv country_en partners") == [
        ("IT", "Itālija", "Italy", "2"),
        ("SE", "Zviedrija", "Sweden", "2"),
        ("BR", "Brazīlija", "Brazil", "1"),
        ("BY", "Baltkrievija", "Belarus", "1"),
        ("DK", "Dānija", "Denmark", "1"),
        ("EE", "Igaunija", "Estonia", "1"),
        ("FR", "Francija", "France", "1"),
        ("LT", "Lietuva", "Lithuania", "1"),
        ("PL", "Polija", "Poland", "1"),
        ("RU", "Krievija", "Russia", "1"),
        ("TW", "Taivāna", "Taiwan", "1"),
        ("UA", "Ukraina", "Ukraine", "1"),
    ]


def test_eight_organisations_take_part_in_exchanges(engine: Engine) -> None:
    assert answer(engine, "organisations-in-exchanges", "organisation town_en") == [
        ("organisation:llu-food-technology", "Hällefors Municipality"),
        ("organisation:jelgavas-amatu-vidusskola", "Como"),
        ("organisation:jelgavas-amatu-vidusskola", "Ivano-Frankivsk"),
        ("organisation:jelgavas-amatu-vidusskola", "Rueil-Malmaison"),
        ("organisation:sabiedribas-integracijas-parvalde", "Ivano-Frankivsk"),
        ("organisation:latvijas-polu-savienibas-jelgavas-nodala", "Białystok"),
        ("organisation:spidolas-skola", "Nacka Municipality"),
        ("organisation:jelgava-rueil-malmaison-art-schools", "Rueil-Malmaison"),
        ("organisation:ivano-frankivsk-hotel-school", "Ivano-Frankivsk"),
        ("organisation:rueil-malmaison-metalworking-school", "Rueil-Malmaison"),
    ]


def test_140_pupils_studied_in_france_and_116_in_jelgava(engine: Engine) -> None:
    assert answer(engine, "people-in-exchanges", "people where_lv where_en words_for_date") == [
        ("140", "Francija", "France", "Desmit gadu laikā"),
        ("116", "Jelgava", "Jelgava", "Desmit gadu laikā"),
    ]


def test_the_words_for_an_area_stand_where_the_answer_says(engine: Engine, quads: Path) -> None:
    page = (quads.parent / "sources" / "jelgava-lv-2017.txt").read_text("utf-8")
    found = answer(engine, "words-for-one-area", "words start end town_en standing_en")

    assert found == [
        ("uzņēmējdarbību", "233", "247", "Alcamo", "planned"),
        ("uzņēmējdarbības", "3291", "3306", "Rueil-Malmaison", "agreed"),
        ("uzņēmējdarbības", "3644", "3659", "Rueil-Malmaison", "undertaken"),
        ("uzņēmējdarbības", "5546", "5561", "Ivano-Frankivsk", "agreed"),
    ]
    assert all(page[int(start) : int(end)] == words for words, start, end, *_ in found)


def test_a_density_is_given_only_where_both_figures_describe_one_body(engine: Engine) -> None:
    columns = "body people year square_kilometres people_per_square_kilometre"
    assert answer(engine, "population-densities", columns) == [
        ("place:rueil-malmaison", "79204", "2014", "14.7", "5388"),
        ("place:bialystok", "295401", "2014", "102.1", "2893"),
        ("place:ivano-frankivsk", "223165", "2013", "83.73", "2665"),
        ("place:como", "84394", "2015", "37.4", "2257"),
        ("place:baranavichy", "179012", "2015", "84.96", "2107"),
        ("place:xinying", "75000", "", "38.54", "1946"),
        ("place:siauliai", "113100", "2011", "81", "1396"),
        ("place:parnu", "41170", "2015", "32", "1287"),
        ("place:hallefors-locality", "4530", "2010", "6.33", "716"),
        ("place:alcamo", "45307", "2015", "130.8", "346"),
        ("place:magadan", "95263", "2012", "295", "323"),
    ]


def test_the_timeline_gives_the_bounds_of_a_year_and_the_day_where_it_is_known(engine: Engine) -> None:
    assert answer(engine, "timeline", "earliest latest precision what") == [
        ("1957-01-01", "1957-12-31", "year", "agreement:jelgava-parnu-siauliai-1957"),
        ("1960-01-01", "1960-12-31", "year", "agreement:jelgava-siauliai-1960"),
        ("1992-01-01", "1992-12-31", "year", "agreement:jelgava-vejle-1992"),
        ("1994-01-01", "1994-12-31", "year", "twinning:jelgava-bialystok"),
        ("2000-01-01", "2000-12-31", "year", "agreement:jelgava-xinying-2000"),
        ("2002-01-01", "2002-12-31", "year", "agreement:jelgava-alcamo-2002"),
        ("2003-01-01", "2003-12-31", "year", "agreement:jelgava-baranavichy-2003"),
        ("2004-01-01", "2004-12-31", "year", "agreement:jelgava-hallefors-2004"),
        ("2005-10-30", "2005-12-10", "day", "programme:etonnante-lettonie"),
        ("2006-01-01", "2006-12-31", "year", "agreement:jelgava-magadan-2006"),
        ("2007-01-01", "2007-12-31", "year", "agreement:jelgava-ivano-frankivsk-2007"),
        ("2007-01-01", "2013-12-31", "year", "programme:latvia-lithuania-cross-border-2007"),
        ("2007-03-01", "2007-06-30", "day", "programme:printemps-francais"),
        ("2007-06-10", "2007-06-10", "day", "agreement:jelgava-nova-odessa-2007"),
        ("2007-06-28", "2007-06-28", "day", "agreement:jelgava-rueil-malmaison-2007"),
        ("2014-01-01", "2020-12-31", "year", "programme:interreg-v-a-latvia-lithuania"),
        ("2016-01-01", "2016-12-31", "year", "agreement:jelgava-como-2016"),
        ("2017-01-01", "2017-12-31", "year", "agreement:jelgava-rueil-malmaison-2017"),
    ]


def test_the_amendment_of_2017_repeats_three_areas_of_2007(engine: Engine) -> None:
    found = answer(engine, "areas-undertaken-in-an-amendment", "area agreed_before")

    assert len(found) == 10
    assert [area for area, before in found if before == "true"] == [
        "area:science",
        "area:culture",
        "area:entrepreneurship",
    ]


def test_the_page_names_33_areas_71_times(engine: Engine) -> None:
    found = answer(engine, "areas-by-number-of-towns", "area towns mentions")

    assert len(found) == 33
    assert sum(int(mentions) for *_, mentions in found) == 71
    assert found[:3] == [
        ("area:culture", "12", "13"),
        ("area:education", "9", "9"),
        ("area:sport", "6", "6"),
    ]


@pytest.mark.parametrize(
    ("name", "rows"),
    [
        ("populations", 14),
        ("surface-areas", 14),
        ("web-sites", 8),
        ("agreements-signed-on-a-known-day", 2),
        ("amended-agreements", 1),
        ("programmes-with-years", 4),
        ("places-without-wikidata", 2),
        ("passages-left-out", 14),
        ("towns-two-steps-away", 12),
        ("agreements-by-area", 61),
    ],
)
def test_an_answer_has_as_many_rows_as_the_page_has_facts(engine: Engine, name: str, rows: int) -> None:
    assert len(answer(engine, name, "")) == rows


@pytest.mark.parametrize(("town", "agreed"), [("alcamo", True), ("nacka", False), ("jelgava", False)])
def test_a_town_without_an_agreement_is_told_from_one_with(store: Store, town: str, *, agreed: bool) -> None:
    values: Values = {Variable("place"): NamedNode(thing("place", town))}

    assert solutions(store, question("agreement-with-jelgava").text, values) == [str(agreed)]
