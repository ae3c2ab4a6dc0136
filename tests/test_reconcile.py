"""Names that resolve to the right thing, by the Reconciliation Service API 0.2, and scores that mean something."""

import json
import re
import string
import time
import tomllib
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from flask.testing import FlaskClient
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from serving import Server
from twingraph.names import LEAST, fold
from twingraph.query.engine import Engine
from twingraph.release.records import LinkedTowns
from twingraph.settings import BASE
from twingraph.web.reconcile import IDS, PROPERTIES, QUERIES, SURE, TYPES, VALUES, Candidate, Gazetteer

ALCAMO = f"{BASE}id/place/alcamo"
SCHEMAS = json.loads(Path(__file__).with_name("reconciling.json").read_bytes())
CASES = tomllib.loads(Path(__file__).with_name("reconciling.toml").read_text("utf-8"))
BATCH = CASES["batch"]
FORM = "application/x-www-form-urlencoded"
BOUNDED = settings(deadline=None, derandomize=True, max_examples=150, database=None)


@pytest.fixture(scope="module")
def gazetteer(engine: Engine) -> Gazetteer:
    return Gazetteer(engine)


def match(gazetteer: Gazetteer, name: str = "", types: tuple[str, ...] = (), **properties: str) -> list[Candidate]:
    return gazetteer.match(name, [(term, [value]) for term, value in properties.items()], types)


def ids(candidates: list[Candidate]) -> list[str]:
    return [each.entry.id for each in candidates]


def matched(candidates: list[Candidate]) -> list[str]:
    return [each.entry.id for each in candidates if each.match]


# Which name leads where


@pytest.mark.parametrize(("meant", "spellings"), CASES["spellings"].items())
def test_a_town_is_found_first_by_each_spelling_and_slip(gazetteer: Gazetteer, meant: str, spellings: str) -> None:
    for spelling in spellings.split(", "):
        assert ids(match(gazetteer, spelling))[0] == f"place/{meant}", spelling


def test_every_name_on_file_finds_what_it_names_and_so_it_does_without_a_letter(gazetteer: Gazetteer) -> None:
    for entry in gazetteer.entries.values():
        for name in map(str, entry.names):
            exact, folded = (
                {each.entry.id: each.score for each in match(gazetteer, written)} for written in (name, fold(name))
            )
            assert (exact[entry.id], folded[entry.id] >= 99) == (100, True)
            slips = (name[:at] + name[at + 1 :] for at in range(len(name)) if len(name) >= 5)
            assert all(entry.id in ids(match(gazetteer, slip)) for slip in slips)


@pytest.mark.parametrize(("written", "meant"), [*CASES["matches"].items(), ("a" * 5000, "")])
def test_a_name_that_one_thing_alone_has_and_an_identifier_are_a_match_and_what_is_not_on_file_is_none(
    gazetteer: Gazetteer, written: str, meant: str
) -> None:
    found = match(gazetteer, written)
    assert matched(found) == ([meant] if meant else [])
    assert all(each.score >= 99 for each in found[:1])
    # What identifies one thing, and what is none, is like nothing else.
    assert len(found) <= 1 or not ({":", "/", "Q"} & {*written} or not meant)


# What a score means


def test_a_name_that_is_only_alike_is_no_match_whatever_else_is_known_of_it(gazetteer: Gazetteer) -> None:
    assert matched(match(gazetteer, "Jelgva")) == matched(match(gazetteer, "Alcamo, Italy")) == []
    best = match(gazetteer, "Rueil-Malmaiso", country="France", signed="2007", wikidata="Q193920")[0]
    assert (best.entry.id, best.score > SURE, best.match) == ("place/rueil-malmaison", True, False)


def test_a_name_of_a_town_and_a_municipality_is_left_to_a_person_the_partner_first(gazetteer: Gazetteer) -> None:
    for written, one, other in (
        ("Haleforsa", "hallefors", "hallefors-locality"),
        ("Nacka", "nacka", "nacka-locality"),
        ("Vejle", "vejle", "vejle-municipality"),
        ("Pērnava", "parnu", "parnu-municipality"),
    ):
        found = [(each.entry.id, each.score, each.match) for each in match(gazetteer, written)[:2]]
        assert found == [(f"place/{each}", 100, False) for each in (one, other)]


def test_types_or_a_date_tell_namesakes_apart(gazetteer: Gazetteer) -> None:
    assert matched(match(gazetteer, "Haleforsa", ("schema:AdministrativeArea",))) == ["place/hallefors"]
    assert matched(match(gazetteer, "Haleforsa", ("schema:City", "schema:Country"))) == ["place/hallefors-locality"]
    assert gazetteer.match("Haleforsa", types=["schema:City", "schema:Country"], every=True) == []
    assert matched(match(gazetteer, "Vejle", signed="1992")) == ["place/vejle"]


def test_a_property_that_is_otherwise_takes_a_quarter_of_the_score_and_a_date_fits_as_far_as_both_are_known(
    gazetteer: Gazetteer,
) -> None:
    for country in ("Itālija", "Italy", "country/IT", "Q38", "italia"):
        assert [each.score for each in match(gazetteer, "Como", country=country)] == [100]
    (only,) = match(gazetteer, "Como", country="Sweden")
    assert (only.entry.id, only.score, only.match, only.name) == ("place/como", 75, False, 100)
    dates = ("2007", "2007-06", "2007-06-10", "2007-06-28", "200")
    assert [match(gazetteer, "Nova Odessa", signed=date)[0].score for date in dates] == [100, 100, 100, 75, 75]
    assert match(gazetteer, "Vejle", signed="1992-05-01")[0].score == 100


def test_a_query_without_a_name_finds_what_has_one_of_the_values(gazetteer: Gazetteer) -> None:
    assert matched(match(gazetteer, geonames="2525755")) == ["place/alcamo"]
    assert set(ids(match(gazetteer, iso="IT"))) == {"country/IT"}
    partners = ids(gazetteer.match("", [("partner", ["Alcamo", "Jelgava"])], ["schema:Place"]))
    assert {"place/jelgava", "place/como"} <= {*partners} <= {*gazetteer.entries} - {"place/nacka-locality"}


@BOUNDED
@given(written=st.text(max_size=30) | st.text(alphabet="jelgavšūļi -", max_size=12))
def test_whatever_is_written_scores_are_in_order_and_at_most_one_is_a_match(gazetteer: Gazetteer, written: str) -> None:
    candidates = match(gazetteer, written)
    scores = [each.score for each in candidates]
    assert scores == sorted(scores, reverse=True)
    assert all(LEAST <= score <= 100 for score in scores)
    assert len(matched(candidates)) <= 1


def test_what_begins_as_typed_is_suggested_first(gazetteer: Gazetteer) -> None:
    assert gazetteer.suggest("jel")[0].id == "place/jelgava"
    assert [each.id for each in gazetteer.suggest("malmez")] == ["place/rueil-malmaison"]
    assert "organisation/jelgavas-amatu-vidusskola" in [each.id for each in gazetteer.suggest("amatu")]
    assert gazetteer.suggest("place/vejle")[0].id == "place/vejle"
    assert len(gazetteer.suggest("")) == len(gazetteer.entries)
    assert gazetteer.suggest("elgav") == []


# What can be had


def test_towns_come_with_the_identifiers_and_place_of_the_release(gazetteer: Gazetteer, towns: LinkedTowns) -> None:
    for town in towns.towns:
        values = gazetteer.entries[f"place/{town.slug}"].values
        names = ("wikidata", "geonames", "website", "name_lv", "name_en")
        expected = {name.replace("_", "-"): getattr(town, name) for name in names}
        expected["country"] = f"country/{town.country}"
        assert {name: "".join(values[name]) for name in expected} == expected
        assert [float(each) for each in values["coordinates"][0].split(",")] == [town.latitude, town.longitude]
        signed = {agreement.date for agreement in towns.agreements if town.slug in agreement.parties}
        assert {*values["signed"]} == signed


def test_a_year_stays_a_year_a_missing_item_is_missing_and_one_that_is_only_close_is_none(client: FlaskClient) -> None:
    ids = ("place/alcamo", "place/xinying", "place/bialystok", "place/nowhere", "area/culture", "area/social-welfare")
    wanted = {"ids": ids, "properties": [{"id": name} for name in ("signed", "since", "wikidata", "eurovoc")]}
    rows = client.get(f"/reconcile?{query(extend=wanted)}").json["rows"]
    assert {thing: [cell["str"] for cells in row.values() for cell in cells] for thing, row in rows.items()} == {
        "place/alcamo": ["2002-07-26", "Q481544"],
        "place/xinying": ["2000"],
        "place/bialystok": ["1994", "Q761"],
        "place/nowhere": [],
        "area/culture": ["Q11042", "317"],
        "area/social-welfare": [cell["str"] for cell in rows["area/social-welfare"]["eurovoc"]],
    }


# What the service answers

EXTEND = {
    "ids": ["place/jelgava", "place/alcamo", "country/LV", "area/culture", "organisation/llu", "place/nowhere"],
    "properties": [{"id": name, "settings": {}} for name in PROPERTIES],
}


def query(**fields: object) -> str:
    return urlencode({name: value if isinstance(value, str) else json.dumps(value) for name, value in fields.items()})


ANSWERS = [
    ("", "manifest"),
    ("/", "manifest"),
    (f"?{query(queries=BATCH)}", "results"),
    (f"?{query(extend=EXTEND)}", "extension"),
    *((f"/suggest/entity?prefix={prefix}", "entities") for prefix in ("", "je", "zzz", "place/como")),
    *((f"/suggest/type?prefix={prefix}", "types") for prefix in ("", "tow", "schema:City")),
    *((f"/suggest/property?prefix={prefix}", "properties") for prefix in ("", "wiki", "names")),
    *((f"/flyout/entity?id={entry}", "flyout") for entry in ("place%2Fvejle", "area/culture")),
    *((f"/flyout/{term}", "flyout") for term in ("type?id=schema:City", "property?id=wikidata")),
    *((f"/propose?type={name}", "proposal") for name in ("", "schema:City", "skos:Concept", "nothing&limit=2")),
]


@pytest.mark.parametrize("language", ["en", "lv"])
@pytest.mark.parametrize(("path", "schema"), ANSWERS)
def test_every_answer_is_as_it_is_specified(client: FlaskClient, path: str, schema: str, language: str) -> None:
    answer = client.get(f"/reconcile{path}", headers={"Accept-Language": language})
    assert answer.mimetype == "application/json"
    validator = Draft202012Validator(SCHEMAS | {"type": "object", "$ref": f"#/$defs/{schema}"})
    assert [f"{error.json_path}: {error.message}" for error in validator.iter_errors(answer.json)] == []
    assert answer.headers["Content-Language"] == language


def test_a_batch_is_answered_query_by_query_and_as_in_an_address(client: FlaskClient) -> None:
    for fields in ({"queries": BATCH}, {"extend": EXTEND}):
        form = {name: json.dumps(value) for name, value in fields.items()}
        assert client.post("/reconcile", data=form).json == client.get(f"/reconcile?{query(**fields)}").json
    answers = client.get(f"/reconcile?{query(queries=BATCH)}").json
    found = {name: [each["id"].removeprefix("place/") for each in answer["result"]] for name, answer in answers.items()}
    assert found == CASES["found"]


def test_names_and_descriptions_are_in_the_language_that_is_accepted(client: FlaskClient) -> None:
    def first(language: str) -> tuple[str, str]:
        path = f"/reconcile?{query(queries={'q': {'query': 'Q761'}})}"
        best = client.get(path, headers={"Accept-Language": language}).json["q"]["result"][0]
        return best["name"], best["description"]

    assert first("lv, en;q=0.5") == ("Belostoka", "pilsēta, Polija; arī Białystok, Bjalistoka")
    assert first("en") == first("de") == first("") == ("Białystok", "town, Poland; also Belostoka, Bjalistoka")
    types = client.get("/reconcile/suggest/type", headers={"Accept-Language": "lv"}).json["result"]
    assert {each["id"]: each["name"] for each in types}["schema:AdministrativeArea"] == "pašvaldība vai rajons"
    assert len(types) == len(TYPES)


def test_the_manifest_leads_to_services_that_are_there(client: FlaskClient) -> None:
    site, example = "http://towns.example", {"entity": "place/vejle", "property": "wikidata", "type": "schema:City"}
    manifest = client.get("/reconcile", base_url=site).json
    entry, proposals = quote("place/vejle", safe=""), manifest["extend"]["propose_properties"]
    addresses = [manifest["preview"]["url"].replace("{{id}}", entry)]
    addresses.append(proposals["service_url"] + proposals["service_path"])
    for what, each in manifest["suggest"].items():
        flyout = each["flyout_service_path"].replace("${id}", quote(example[what], safe=""))
        addresses += [each["service_url"] + each["service_path"] + "?prefix=v", each["flyout_service_url"] + flyout]
    assert [client.get(each.removeprefix(site)).status_code for each in addresses] == [200] * 8
    viewed = client.get(manifest["view"]["url"].replace("{{id}}", entry).removeprefix(site))
    assert (viewed.status_code, viewed.headers["Location"]) == (303, "/id/place/vejle")
    assert manifest["identifierSpace"] + "place/alcamo" == ALCAMO


def test_a_preview_may_be_framed_and_runs_nothing(client: FlaskClient) -> None:
    answer = client.get("/reconcile/preview?id=place%2Fnacka", headers={"Accept-Language": "lv"})
    assert {"frame-ancestors *", "default-src 'none'"} <= {*answer.headers["Content-Security-Policy"].split("; ")}
    assert answer.text.startswith('<!doctype html>\n<html lang="lv">')
    assert "Q946647" in answer.text
    assert "Vikidatu vienums ņemts tikai no viena izvilkuma." in answer.text
    # All other pages still may not.
    assert "frame-ancestors 'none'" in client.get("/").headers["Content-Security-Policy"]


def test_more_suggestions_are_had_from_where_the_last_ended(client: FlaskClient) -> None:
    pages = [client.get(f"/reconcile/suggest/entity?prefix=&cursor={at}").json["result"] for at in (0, 20)]
    first, second = ([each["id"] for each in page] for page in pages)
    assert len(first) == len(second) == 20
    assert not {*first} & {*second}


# What is refused

REFUSED = [
    *(("[", "no JSON"), ("[" * 100_000, "no JSON"), ("[]", "object")),
    ('{"q": {"query": "a", "limit": null}}', "whole number"),
    *((json.dumps({"q": query}), reason) for reason, queries in CASES["refused"].items() for query in queries),
]


@pytest.mark.parametrize(("batch", "reason"), REFUSED)
def test_a_batch_that_is_none_is_refused_with_the_reason(client: FlaskClient, batch: str, reason: str) -> None:
    answer = client.post("/reconcile", data={"queries": batch})
    assert answer.status_code == 400
    assert reason in answer.text


NAMES = st.sampled_from(
    ["query", "type", "limit", "properties", "pid", "v", "type_strict", "ids", "id", "name", "country", "any"]
) | st.text(string.ascii_letters, max_size=3)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | NAMES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=12,
)


@BOUNDED
@given(sent=JSON)
def test_whatever_json_is_sent_there_is_an_answer_or_a_reason(client: FlaskClient, sent: object) -> None:
    for text in (json.dumps(sent), json.dumps({"q": sent, "ids": sent, "properties": sent})):
        for field in ("queries", "extend"):
            assert client.post("/reconcile", data={field: text}).status_code in {200, 400}


def test_no_batch_holds_more_than_it_may_and_the_fullest_takes_less_than_a_second(client: FlaskClient) -> None:
    def status(**fields: object) -> int:
        return client.post("/reconcile", data={name: json.dumps(value) for name, value in fields.items()}).status_code

    names = [f"{number} Rueil-Malmezona un Jelgava un Ivanofrankivska".ljust(100, "x") for number in range(VALUES)]
    properties = [{"pid": "partner", "v": names}]
    full = {name: {"query": name, "properties": properties} for name in names[:QUERIES]}
    start = time.process_time()
    assert status(queries=full) == 200
    assert time.process_time() - start < 1
    assert client.get("/reconcile").json["batchSize"] == QUERIES
    assert status(queries=full | {"one more": {"query": "a"}}) == 413
    assert status(queries={"q": {"properties": [*properties, {"pid": "iri", "v": "a"}]}}) == 413
    assert status(extend={"ids": list(map(str, range(IDS + 1))), "properties": []}) == 413


@pytest.mark.parametrize(
    ("path", "sent", "status"),
    [
        ("", {"data": {"query": "Alcamo"}}, 400),
        ("", {"data": b"queries=%ff", "content_type": FORM}, 400),
        ("", {"json": BATCH}, 415),
        ("", {"data": b"queries=" + b" " * (2 << 20), "content_type": FORM}, 413),
        ("/preview?id=place/nowhere", None, 404),
        ("/view", None, 400),
        ("/flyout/type?id=wikidata", None, 404),
        ("/suggest/entity?prefix=a&cursor=-1", None, 400),
        ("/suggest/nothing?prefix=a", None, 404),
    ],
)
def test_what_is_not_understood_is_refused_in_a_sentence(
    client: FlaskClient, path: str, sent: dict[str, Any] | None, status: int
) -> None:
    answer = client.open(f"/reconcile{path}", method="POST" if sent else "GET", **(sent or {}))
    assert answer.status_code == status
    assert re.fullmatch(r"[A-Z“].*\.", answer.text.strip().splitlines()[-1])


def test_a_form_in_parts_without_a_stated_length_is_refused_where_it_is_too_long(server: Server) -> None:
    parts = (b"queries=" + b" " * 1024, *[b" " * 1024] * 1024)
    assert server.ask("/reconcile", "POST", iter(parts), {"Content-Type": FORM}).status == 413
