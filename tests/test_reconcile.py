"""Names that resolve to the right thing, by the Reconciliation Service API, and scores that mean something."""

from __future__ import annotations

import contextlib
import json
import re
import string
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import reconciling as rules
from serving import started
from twingraph.errors import BadBatch, BatchTooLarge
from twingraph.settings import BASE
from twingraph.web.gazetteer import (
    AREA,
    CITY,
    COUNTRY,
    MUNICIPALITY,
    PLACE,
    PROPERTIES,
    TYPES,
    Entry,
    Words,
    entries_of,
)
from twingraph.web.matching import LEAST, SURE, Candidate, Condition, Query, Reconciler, folded
from twingraph.web.reconciliation import MOST, Answers

if TYPE_CHECKING:
    from flask.testing import FlaskClient
    from werkzeug.test import TestResponse

    from twingraph.query.engine import Engine
    from twingraph.release.build import Release
    from twingraph.release.records import LinkedTowns

ALCAMO = f"{BASE}id/place/alcamo"
FORM = "application/x-www-form-urlencoded"
BOUNDED = settings(deadline=None, derandomize=True, max_examples=150, database=None)


@pytest.fixture(scope="module")
def reconciler(engine: Engine) -> Reconciler:
    return Reconciler(entries_of(engine))


def named(*names: str, which: str = "any", required: bool = False) -> Condition:
    return Condition(names, which=which, required=required)


def found(reconciler: Reconciler, *conditions: Condition, types: tuple[str, ...] = ()) -> list[Candidate]:
    return reconciler.candidates(Query(conditions, types))


def ids(candidates: list[Candidate]) -> list[str]:
    return [each.entry.id for each in candidates]


def matched(candidates: list[Candidate]) -> list[str]:
    return [each.entry.id for each in candidates if each.match]


def made_up(slug: str, *names: str, **known: str) -> Entry:
    """A made-up place; its names are in a language for private use."""
    words = tuple(Words(name, "qaa") for name in names)
    values = {
        name: (Words(value, ""),) for name, value in ({"iri": f"https://example.org/made-up/{slug}"} | known).items()
    }
    return Entry(f"place/{slug}", (CITY, PLACE), words, (), values)


# Which name leads where


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        *[("Belostoka", "bialystok"), ("Bjalistoka", "bialystok"), ("Bialystok", "bialystok")],
        *[("Haleforsa", "hallefors"), ("Hellefoša", "hallefors"), ("hällefors kommun", "hallefors")],
        *[("Šin-jinga", "xinying"), ("Shin-Ying", "xinying"), ("Hsin Ying", "xinying"), ("新營區", "xinying")],
        *[("Pernava", "parnu"), ("PĒRNAVA", "parnu"), ("Pärnu", "parnu"), ("Parnu", "parnu")],
        *[("Rueil-Malmezona", "rueil-malmaison"), ("Rueil Malmaison", "rueil-malmaison")],
        *[
            ("Ivanofrankivska", "ivano-frankivsk"),
            ("Ивано-Франковск", "ivano-frankivsk"),
            ("Івано-Франківськ", "ivano-frankivsk"),
        ],
        *[("Магадан", "magadan"), ("Magadana", "magadan"), ("Баранавічы", "baranavichy")],
        *[("Sauli", "siauliai"), ("Šauļi", "siauliai"), ("Alkāmo", "alcamo"), ("Komo", "como"), ("Naka", "nacka")],
        *[
            ("Jelgva", "jelgava"),
            ("Jelgavva", "jelgava"),
            ("Baranavichi", "baranavichy"),
            ("Nova Odesa", "nova-odessa"),
        ],
        *[("Belastoka", "bialystok"), ("Halefosra", "hallefors"), ("Vejla", "vejle"), ("Alcmo", "alcamo")],
    ],
)
def test_a_town_is_found_first_by_each_spelling_and_with_a_small_slip(
    reconciler: Reconciler, written: str, meant: str
) -> None:
    assert ids(found(reconciler, named(written)))[0] == f"place/{meant}"


def test_every_name_on_file_finds_what_it_names(reconciler: Reconciler) -> None:
    for entry in reconciler.entries.values():
        for name in entry.names:
            scores = {each.entry.id: each.score for each in found(reconciler, named(name.text))}
            assert scores[entry.id] == 100
            scores = {each.entry.id: each.score for each in found(reconciler, named(folded(name.text)))}
            assert scores[entry.id] >= 99


def test_a_name_of_which_one_letter_is_left_out_still_finds_what_it_names(reconciler: Reconciler) -> None:
    for entry in reconciler.entries.values():
        for name in (name.text for name in entry.names if len(name.text) >= 5):
            assert all(entry.id in ids(found(reconciler, named(name[:at] + name[at + 1 :]))) for at in range(len(name)))


def test_countries_areas_and_organisations_are_found_too(reconciler: Reconciler) -> None:
    meant = {
        "Baltkrievija": "country/BY",
        "Sverige": "country/SE",
        "kultūra": "area/culture",
        "sporta": "area/sport",
        "Jelgavas amatu vidusskola": "organisation/jelgavas-amatu-vidusskola",
    }
    assert {written: matched(found(reconciler, named(written))) for written in meant} == {
        written: [each] for written, each in meant.items()
    }


@pytest.mark.parametrize("written", ["Jelgavas novads", "Rīga", "Tainan County", "", "…", "x", "a" * 5000])
def test_what_is_not_on_file_is_not_taken_for_something_that_is(reconciler: Reconciler, written: str) -> None:
    assert found(reconciler, named(written)) == []


@pytest.mark.parametrize("identifier", ["place/alcamo", "place:alcamo", ALCAMO, "Q481544"])
def test_an_identifier_finds_what_it_identifies(reconciler: Reconciler, identifier: str) -> None:
    assert [(each.entry.id, each.score, each.match) for each in found(reconciler, named(f" {identifier} "))] == [
        ("place/alcamo", 100, True)
    ]


# What a score means


def test_a_score_says_how_a_name_is_written(reconciler: Reconciler) -> None:
    names = ("Białystok", "bialystok", "Białystk", "Białystok (Polska)")
    scores = [found(reconciler, named(name), types=(PLACE,))[0].score for name in names]
    assert scores[:2] == [100, 99]
    assert SURE > scores[2] > scores[3] == 85 > LEAST


def test_only_a_name_on_file_that_one_thing_alone_has_is_a_match(reconciler: Reconciler) -> None:
    assert matched(found(reconciler, named("Belostoka"))) == ["place/bialystok"]
    assert matched(found(reconciler, named("Jelgva"))) == []
    assert matched(found(reconciler, named("Alcamo, Italy"))) == []
    # Whatever else is known of it.
    known = [
        Condition((value,), term)
        for term, value in (("country", "France"), ("signed", "2007"), ("wikidata", "Q193920"))
    ]
    best = found(reconciler, named("Rueil-Malmaiso"), *known)[0]
    assert (best.entry.id, best.score > SURE, best.match) == ("place/rueil-malmaison", True, False)


@pytest.mark.parametrize(
    ("written", "both"),
    [
        ("Haleforsa", ["hallefors", "hallefors-locality"]),
        ("Nacka", ["nacka", "nacka-locality"]),
        ("Vejle", ["vejle", "vejle-municipality"]),
        ("Pērnava", ["parnu", "parnu-municipality"]),
    ],
)
def test_a_name_of_a_town_and_a_municipality_is_left_to_a_person_the_partner_first(
    reconciler: Reconciler, written: str, both: list[str]
) -> None:
    candidates = found(reconciler, named(written))
    assert ids(candidates)[:2] == [f"place/{each}" for each in both]
    assert [each.score for each in candidates[:2]] == [100, 100]
    assert matched(candidates) == []


def test_a_type_or_a_date_tells_namesakes_apart(reconciler: Reconciler) -> None:
    assert matched(found(reconciler, named("Haleforsa"), types=(MUNICIPALITY,))) == ["place/hallefors"]
    assert matched(found(reconciler, named("Haleforsa"), types=(CITY,))) == ["place/hallefors-locality"]
    assert matched(found(reconciler, named("Vejle"), Condition(("1992",), "signed"))) == ["place/vejle"]


def test_a_property_that_is_otherwise_takes_a_quarter_of_the_score(reconciler: Reconciler) -> None:
    for country in ("Itālija", "Italy", "country/IT", "Q38", "italia"):
        assert [each.score for each in found(reconciler, named("Como"), Condition((country,), "country"))] == [100]
    candidates = found(reconciler, named("Como"), Condition(("Sweden",), "country"))
    assert [(each.entry.id, each.score, each.match, each.name) for each in candidates] == [
        ("place/como", 75, False, 100)
    ]


def test_what_is_required_must_be_so(reconciler: Reconciler) -> None:
    assert found(reconciler, named("Como"), Condition(("Sweden",), "country", required=True)) == []
    assert matched(found(reconciler, named("Como", required=True), Condition(("Italy",), "country", required=True)))


def test_of_several_values_any_all_or_none_must_fit(reconciler: Reconciler) -> None:
    partners = ("Alcamo", "Jelgava")

    def of(which: str) -> set[str]:
        return set(ids(found(reconciler, Condition(partners, "partner", which), types=(PLACE,))))

    assert "place/jelgava" in of("any")
    assert "place/como" in of("any")
    assert of("all") == set()
    assert "place/nacka-locality" in of("none")
    assert "place/como" not in of("none")
    assert "place/como" in ids(found(reconciler, named("Komo", "Como", which="all")))
    assert "place/como" not in ids(found(reconciler, named("Komo", which="none")))


def test_a_date_fits_as_far_as_both_are_known(reconciler: Reconciler) -> None:
    def signed(date: str) -> float:
        return next(each.score for each in found(reconciler, named("Nova Odessa"), Condition((date,), "signed")))

    assert [signed(date) for date in ("2007", "2007-06", "2007-06-10", "2007-06-28", "200")] == [100, 100, 100, 75, 75]


def test_a_query_without_a_name_finds_what_has_the_properties(reconciler: Reconciler) -> None:
    assert matched(found(reconciler, Condition(("2525755",), "geonames"))) == ["place/alcamo"]
    assert set(ids(found(reconciler, Condition(("IT",), "iso")))) == {"country/IT"}


@pytest.mark.parametrize("every", [False, True])
def test_of_several_types_one_is_enough_unless_every_one_is_asked_for(reconciler: Reconciler, every: bool) -> None:  # noqa: FBT001
    query = Query((named("Haleforsa"),), (CITY, COUNTRY), every=every)
    assert matched(reconciler.candidates(query)) == ([] if every else ["place/hallefors-locality"])


@BOUNDED
@given(written=st.text(max_size=30) | st.text(alphabet="jelgavšūļi -", max_size=12))
def test_whatever_is_written_scores_are_in_order_and_at_most_one_is_a_match(
    reconciler: Reconciler, written: str
) -> None:
    scores = [each.score for each in found(reconciler, named(written))]
    assert scores == sorted(scores, reverse=True)
    assert all(LEAST <= score <= 100 for score in scores)
    assert len(matched(found(reconciler, named(written)))) <= 1


def test_a_name_without_letters_is_found_as_it_is_written_and_by_nothing_else() -> None:
    reconciler = Reconciler({each.id: each for each in (made_up("made-up-dots", "…"), made_up("made-up-a", "Ābece"))})
    assert ids(found(reconciler, named("abece"))) == ["place/made-up-a"]
    assert found(reconciler, named("!")) == []


def test_letters_that_unicode_keeps_whole_are_taken_apart() -> None:
    assert [folded(name) for name in ("Białystok", "Ærø", "Straße", "Þórshöfn", "Šin-jinga", " A  B ")] == [
        *("bialystok", "aero", "strasse", "thorshofn", "sin jinga", "a b")
    ]


# What begins so


def test_what_begins_as_typed_is_suggested_first(reconciler: Reconciler) -> None:
    assert reconciler.suggested("jel")[0].id == "place/jelgava"
    assert [each.id for each in reconciler.suggested("malmez")] == ["place/rueil-malmaison"]
    assert "organisation/jelgavas-amatu-vidusskola" in [each.id for each in reconciler.suggested("amatu")]
    assert reconciler.suggested("place/vejle")[0].id == "place/vejle"
    assert len(reconciler.suggested("")) == len(reconciler.entries)
    assert reconciler.suggested("elgav") == []


# What can be had


def test_towns_come_with_the_identifiers_coordinates_and_country_of_the_release(
    reconciler: Reconciler, towns: LinkedTowns
) -> None:
    for town in towns.towns:
        known = reconciler.entries[f"place/{town.slug}"].known
        expected = {
            "wikidata": [town.wikidata],
            "geonames": [town.geonames],
            "country": [f"country/{town.country}"],
            "website": [town.website],
            "name-lv": [town.name_lv],
            "name-en": [town.name_en],
        }
        assert {name: [each.text for each in known.get(name, [Words("", "")])] for name in expected} == expected
        assert [float(each) for each in known["coordinates"][0].text.split(",")] == [town.latitude, town.longitude]
        signed = {agreement.date for agreement in towns.agreements if town.slug in agreement.parties}
        assert {each.text for each in known.get("signed", ())} == signed


def test_a_year_stays_a_year_and_a_missing_item_is_missing(reconciler: Reconciler) -> None:
    asked = {"ids": ["place/alcamo", "place/xinying", "place/bialystok", "place/nowhere"]}
    rows = extended(reconciler, asked | {"properties": [{"id": "signed"}, {"id": "since"}, {"id": "wikidata"}]})
    assert rows["place/alcamo"] == {"signed": [{"str": "2002"}], "since": [], "wikidata": [{"str": "Q481544"}]}
    assert rows["place/xinying"] == {"signed": [{"str": "2000"}], "since": [], "wikidata": []}
    assert rows["place/bialystok"] == {"signed": [], "since": [{"str": "1994"}], "wikidata": [{"str": "Q761"}]}
    assert rows["place/nowhere"] == {"signed": [], "since": [], "wikidata": []}


def extended(reconciler: Reconciler, asked: dict[str, Any]) -> dict[str, Any]:
    return Answers(reconciler, "en").extension(json.dumps(asked))["rows"]


def test_an_area_has_only_the_items_that_are_the_same(reconciler: Reconciler) -> None:
    known = reconciler.entries["area/culture"].known
    assert (known["wikidata"][0].text, known["eurovoc"][0].text) == ("Q11042", "317")
    # Its match in Wikidata is only close.
    assert "wikidata" not in reconciler.entries["area/social-welfare"].known


def test_types_and_properties_are_named_in_both_languages() -> None:
    for kind in (*TYPES.values(), *PROPERTIES.values()):
        assert kind.en
        assert kind.lv
        assert {*kind.of} <= TYPES.keys()


# What the service answers

BATCH = {
    "q0": {"query": "Haleforsa", "type": PLACE, "type_strict": "should", "limit": 2},
    "q1": {
        "query": "Pernava",
        "type": [CITY, MUNICIPALITY],
        "properties": [{"pid": "country", "v": {"id": "country/EE"}}],
    },
    "q2": {"query": "Nekurienes izdomāta"},
    "q3": {"properties": [{"pid": "signed", "v": [2002, "2003"]}]},
    "q4": {"query": ""},
}
DRAFT_BATCH = {
    "queries": [
        {"type": PLACE, "limit": 1, "lang": "lv", "conditions": [{"matchType": "name", "propertyValue": "Šin-jinga"}]},
        {
            "conditions": [
                {"matchType": "name", "propertyValue": ["Vejle", "Veile"], "required": True},
                {"matchType": "property", "propertyId": "signed", "propertyValue": 1992, "matchQuantifier": "any"},
            ]
        },
    ]
}
EXTEND = {
    "ids": ["place/jelgava", "place/alcamo", "country/LV", "area/culture", "organisation/llu", "place/nowhere"],
    "properties": [{"id": name, "settings": {}} for name in PROPERTIES],
}


def query(**fields: object) -> str:
    return urlencode({name: value if isinstance(value, str) else json.dumps(value) for name, value in fields.items()})


GETS = [
    ("/reconcile", rules.MANIFEST),
    ("/reconcile/", rules.MANIFEST),
    (f"/reconcile?{query(queries=BATCH)}", rules.RESULTS),
    (f"/reconcile?{query(extend=EXTEND)}", rules.EXTENSION),
    *((f"/reconcile/suggest/entity?prefix={prefix}", rules.ENTITIES) for prefix in ("", "je", "zzz", "place/como")),
    *((f"/reconcile/suggest/type?prefix={prefix}", rules.TYPES) for prefix in ("", "tow", "schema:City")),
    *((f"/reconcile/suggest/property?prefix={prefix}", rules.PROPERTIES) for prefix in ("", "wiki", "names")),
    *((f"/reconcile/flyout/entity?id={entry}", rules.FLYOUT) for entry in ("place%2Fvejle", "area/culture")),
    ("/reconcile/flyout/type?id=schema:City", rules.FLYOUT),
    ("/reconcile/flyout/property?id=wikidata", rules.FLYOUT),
    *((f"/reconcile/propose?type={each}", rules.PROPOSAL) for each in ("", CITY, COUNTRY, AREA, "nothing&limit=2")),
    ("/reconcile/1.0", rules.DRAFT_MANIFEST),
    *((f"/reconcile/1.0/suggest/entity?prefix={prefix}", rules.DRAFT_ENTITIES) for prefix in ("", "je", "place/como")),
    ("/reconcile/1.0/suggest/type?prefix=&limit=2&offset=1", rules.TYPES),
    ("/reconcile/1.0/suggest/property?prefix=c", rules.PROPERTIES),
    (f"/reconcile/1.0/extend/propose?type={CITY}&limit=3", rules.PROPOSAL),
]


@pytest.mark.parametrize("language", ["en", "lv"])
@pytest.mark.parametrize(("path", "schema"), GETS)
def test_every_answer_is_as_the_specification_has_it(
    client: FlaskClient, path: str, schema: rules.Schema, language: str
) -> None:
    answer = client.get(path, headers={"Accept-Language": language})
    assert answer.mimetype == "application/json"
    assert rules.faults(answer.json, schema) == []
    assert (answer.headers["Content-Language"], answer.headers["Access-Control-Allow-Origin"]) == (language, "*")


@pytest.mark.parametrize("language", ["en", "lv"])
def test_what_is_posted_is_answered_as_the_specification_has_it(client: FlaskClient, language: str) -> None:
    def posted(path: str, **body: Any) -> Any:  # noqa: ANN401 - JSON is anything
        return client.post(path, headers={"Accept-Language": language}, **body).json

    assert rules.faults(posted("/reconcile", data={"queries": json.dumps(BATCH)}), rules.RESULTS) == []
    assert rules.faults(posted("/reconcile", data={"extend": json.dumps(EXTEND)}), rules.EXTENSION) == []
    assert rules.faults(posted("/reconcile/1.0/match", json=DRAFT_BATCH), rules.DRAFT_RESULTS) == []
    assert rules.faults(posted("/reconcile/1.0/extend", json=EXTEND), rules.DRAFT_EXTENSION) == []


def test_a_batch_is_answered_query_by_query(client: FlaskClient) -> None:
    told = client.post("/reconcile", data={"queries": json.dumps(BATCH)}).json
    assert {name: [each["id"] for each in answer["result"]] for name, answer in told.items()} == {
        "q0": ["place/hallefors", "place/hallefors-locality"],
        "q1": ["place/parnu", "place/parnu-municipality"],
        "q2": [],
        "q3": ["place/alcamo", "place/baranavichy", "place/jelgava"],
        "q4": [],
    }
    assert told == client.get(f"/reconcile?{query(queries=BATCH)}").json


def test_a_batch_of_the_draft_is_answered_in_its_order(client: FlaskClient) -> None:
    told = client.post("/reconcile/1.0/match", json=DRAFT_BATCH).json
    best = [answer["candidates"][0] for answer in told["results"]]
    assert [(each["id"], each["match"]) for each in best] == [("place/xinying", True), ("place/vejle", True)]


def test_names_and_descriptions_are_in_the_language_that_is_accepted(client: FlaskClient) -> None:
    def first(language: str) -> tuple[str, str]:
        told = client.get(
            f"/reconcile?{query(queries={'q': {'query': 'Q761'}})}", headers={"Accept-Language": language}
        )
        best = told.json["q"]["result"][0]
        return best["name"], best["description"]

    assert first("lv, en;q=0.5") == ("Belostoka", "pilsēta, Polija; arī Białystok, Bjalistoka")
    assert first("en") == first("de") == first("") == ("Białystok", "town, Poland; also Belostoka, Bjalistoka")


def test_the_manifest_leads_to_services_that_are_there(client: FlaskClient) -> None:
    told = client.get("/reconcile").json
    root = "http://localhost/"
    entry = quote("place/vejle", safe="")
    addresses = [
        told["preview"]["url"].replace("{{id}}", entry),
        told["extend"]["propose_properties"]["service_url"] + told["extend"]["propose_properties"]["service_path"],
        *(each["service_url"] + each["service_path"] + "?prefix=v" for each in told["suggest"].values()),
        *(
            each["flyout_service_url"] + each["flyout_service_path"].replace("${id}", quote(example, safe=""))
            for each, example in zip(told["suggest"].values(), ("place/vejle", "wikidata", CITY), strict=True)
        ),
    ]
    assert [client.get(each.removeprefix(root[:-1])).status_code for each in addresses] == [200] * len(addresses)
    viewed = client.get(told["view"]["url"].replace("{{id}}", entry).removeprefix(root[:-1]))
    assert (viewed.status_code, viewed.headers["Location"]) == (303, "/id/place/vejle")


def test_an_id_in_the_space_of_the_manifest_is_the_iri_of_the_thing(client: FlaskClient) -> None:
    assert client.get("/reconcile").json["identifierSpace"] + "place/alcamo" == ALCAMO
    template = client.get("/reconcile/1.0").json["view"]["url"]
    assert template.replace("{+id}", "place/alcamo") == ALCAMO


@pytest.mark.parametrize("path", [path for path, _ in GETS if "1.0" not in path])
def test_an_old_client_is_given_a_script_that_calls_its_function(client: FlaskClient, path: str) -> None:
    plain = client.get(path)
    script = client.get(f"{path}{'&' if '?' in path else '?'}callback=jQuery.made_up_1")
    assert script.mimetype == "text/javascript"
    assert script.text == f"/**/jQuery.made_up_1({plain.text});"
    assert script.text.isascii()


@pytest.mark.parametrize(
    "callback", ["", "alert(1)", "a b", "a;b", "a[0]", "1a", "a.", "</script>", "ā", "a" * 121, "a\n"]
)
def test_a_callback_that_is_no_name_of_a_function_is_refused(client: FlaskClient, callback: str) -> None:
    answer = client.get(f"/reconcile?{query(callback=callback)}")
    assert (answer.status_code, answer.mimetype) == (400, "text/plain")


def test_the_draft_knows_no_callback(client: FlaskClient) -> None:
    assert client.get("/reconcile/1.0?callback=made_up").mimetype == "application/json"


@pytest.mark.parametrize("path", ["/reconcile", "/reconcile/1.0/match", "/reconcile/1.0/extend", "/reconcile/preview"])
def test_a_page_elsewhere_may_ask_whatever_the_answer(client: FlaskClient, path: str) -> None:
    asked = {"Origin": "https://made-up.example", "Access-Control-Request-Headers": "content-type"}
    allowed = client.options(path, headers=asked)
    assert allowed.status_code == 204
    assert "Content-Type" in allowed.headers["Access-Control-Allow-Headers"]
    for answer in (allowed, client.post(path), client.get(path)):
        assert answer.headers["Access-Control-Allow-Origin"] == "*"


@pytest.mark.parametrize("path", ["/reconcile/preview", "/reconcile/1.0/preview"])
def test_a_preview_may_be_framed_and_runs_nothing(client: FlaskClient, path: str) -> None:
    answer = client.get(f"{path}?id=place%2Fnacka", headers={"Accept-Language": "lv"})
    policy = answer.headers["Content-Security-Policy"]
    assert "frame-ancestors *" in policy
    assert "default-src 'none'" in policy
    assert answer.text.startswith("<!doctype html>")
    assert '<html lang="lv">' in answer.text
    assert "Q946647" in answer.text
    assert "Wikidata vienums ņemts tikai no viena izvilkuma." in answer.text
    # All other pages still may not.
    assert "frame-ancestors 'none'" in client.get("/").headers["Content-Security-Policy"]


def test_a_script_for_a_name_is_shown_as_text() -> None:
    entry = made_up("made-up-script", "<script>alert(1)</script>")
    told = Answers(Reconciler({entry.id: entry}), "en").suggested("entity", "script")
    assert told[0]["name"] == "<script>alert(1)</script>"


def test_more_suggestions_are_had_from_where_the_last_ended(client: FlaskClient) -> None:
    def page(path: str) -> list[str]:
        return [each["id"] for each in client.get(path).json["result"]]

    first, second = (page(f"/reconcile/suggest/entity?prefix=&cursor={at}") for at in (0, 20))
    assert len(first) == len(second) == 20
    assert not {*first} & {*second}
    assert page("/reconcile/1.0/suggest/entity?prefix=&offset=20&limit=5") == second[:5]


# What is refused

REFUSED: list[tuple[object, str]] = [
    ("[", "no JSON"),
    ("[" * 100_000, "no JSON"),
    ([], "object"),
    ({"q": "Alcamo"}, "object"),
    ({"q": {}}, "needs a name"),
    ({"q": {"query": 1}}, "text"),
    ({"q": {"query": "a", "type": "schema:Person"}}, "one of"),
    ({"q": {"query": "a", "type": [1]}}, "one of"),
    ({"q": {"query": "a", "type_strict": "maybe"}}, "any, all, should"),
    *(({"q": {"query": "a", "limit": limit}}, "whole number") for limit in (0, -1, 1.5, "3", True, None)),
    ('{"q": {"query": "a", "limit": NaN}}', "whole number"),
    ({"q": {"query": "a", "properties": {}}}, "list"),
    ({"q": {"query": "a", "properties": ["country"]}}, "object"),
    ({"q": {"query": "a", "properties": [{"pid": "colour", "v": "red"}]}}, "one of"),
    ({"q": {"query": "a", "properties": [{"pid": "country"}]}}, "text"),
    ({"q": {"query": "a", "properties": [{"pid": "country", "v": []}]}}, "needs a value"),
]


@pytest.mark.parametrize(("batch", "reason"), REFUSED)
def test_a_batch_that_is_none_is_refused_with_the_reason(reconciler: Reconciler, batch: object, reason: str) -> None:
    with pytest.raises(BadBatch, match=reason):
        Answers(reconciler, "en").batch(batch if isinstance(batch, str) else json.dumps(batch))


@pytest.mark.parametrize(
    ("condition", "reason"),
    [
        ({"propertyValue": "a"}, "name, property"),
        ({"matchType": "name"}, "text"),
        ({"matchType": "property", "propertyValue": "a"}, "one of"),
        ({"matchType": "name", "propertyValue": "a", "matchQuantifier": "most"}, "any, all, none"),
        ({"matchType": "name", "propertyValue": "a", "matchQualifier": "made-up"}, "matchQualifier"),
    ],
)
def test_a_condition_that_is_none_is_refused_with_the_reason(
    reconciler: Reconciler, condition: object, reason: str
) -> None:
    with pytest.raises(BadBatch, match=reason):
        Answers(reconciler, "en", draft=True).batch(json.dumps({"queries": [{"conditions": [condition]}]}))


NAMES = st.sampled_from(
    re.findall(
        r"\w+",
        "query type limit properties pid v type_strict queries conditions matchType propertyId propertyValue required "
        "matchQuantifier matchQualifier ids id settings name property country any none",
    )
) | st.text(string.ascii_letters, max_size=3)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | NAMES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=12,
)


@BOUNDED
@given(told=JSON)
def test_whatever_json_is_sent_there_is_an_answer_or_a_reason(reconciler: Reconciler, told: object) -> None:
    for text in (json.dumps(told), json.dumps({"queries": [{"conditions": [told]}], "q": told, "ids": told})):
        for answers in (Answers(reconciler, "lv", draft=True), Answers(reconciler, "en")):
            for answer in (answers.batch, answers.extension):
                with contextlib.suppress(BadBatch):
                    json.dumps(answer(text))


def test_a_batch_that_is_too_long_is_refused_and_the_manifest_says_how_long_it_may_be(client: FlaskClient) -> None:
    def status(length: int) -> int:
        batch = {f"q{number}": {"query": "Komo", "limit": 1} for number in range(length)}
        return client.post("/reconcile", data={"queries": json.dumps(batch)}).status_code

    most = client.get("/reconcile").json["batchSize"]
    assert (most, status(most), status(most + 1)) == (MOST, 200, 413)
    assert BatchTooLarge.status == 413


def refusals(client: FlaskClient) -> dict[str, TestResponse]:
    return {
        "no field": client.post("/reconcile", data={"query": "Alcamo"}),
        "no UTF-8": client.post("/reconcile", data=b"queries=%ff", content_type=FORM),
        "no form": client.post("/reconcile", json=BATCH),
        "no JSON": client.post("/reconcile/1.0/match", data=query(queries=BATCH), content_type=FORM),
        "too long": client.post("/reconcile", data=b"queries=" + b" " * (2 << 20), content_type=FORM),
        "no entity": client.get("/reconcile/preview?id=place/nowhere"),
        "no id": client.get("/reconcile/view"),
        "no kind": client.get("/reconcile/flyout/type?id=wikidata"),
        "no number": client.get("/reconcile/suggest/entity?prefix=a&cursor=-1"),
        "no service": client.get("/reconcile/suggest/nothing?prefix=a"),
    }


def test_what_is_not_understood_is_refused_in_a_sentence(client: FlaskClient) -> None:
    answers = refusals(client)
    assert {name: answer.status_code for name, answer in answers.items()} == {
        "no field": 400,
        "no UTF-8": 400,
        "no form": 415,
        "no JSON": 415,
        "too long": 413,
        "no entity": 404,
        "no id": 400,
        "no kind": 404,
        "no number": 400,
        "no service": 404,
    }
    for answer in answers.values():
        assert re.fullmatch(r"[A-Z“].*\.", answer.text.strip().splitlines()[-1])
        assert answer.headers["Access-Control-Allow-Origin"] == "*"


# On a real server


def test_a_server_answers_clients_as_they_are(release: Release) -> None:
    with started(release.folder, workers=1, body_kibibytes=64) as server:
        form = {"Content-Type": FORM}
        asked = query(queries={"q0": {"query": "Hellefoša", "type": PLACE, "type_strict": "should"}})
        told = json.loads(server.ask("/reconcile", "POST", asked, form).body)
        assert [each["id"] for each in told["q0"]["result"] if each["match"]] == ["place/hallefors"]
        # In parts, without a stated length, and too long.
        parts = (b"queries=" + b" " * 1024, *[b" " * 1024] * 80)
        assert server.ask("/reconcile", "POST", iter(parts), form).status == 413
        assert server.ask("/reconcile/view?id=place%2Fvejle").headers["location"].endswith("/id/place/vejle")
        manifest = server.ask("/reconcile", headers={"Host": "towns.example"}).text
        assert "http://towns.example/reconcile/preview?id={{id}}" in manifest
