"""Data of another base: the shipped ones as a made-up town would name them, and every answer the same but for that."""

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from flask.testing import FlaskClient
from rdflib import Graph

from conftest import INPUTS, client_of
from releases import edit
from serving import started
from test_cli import run
from test_kinds import CHARTER
from twingraph import load
from twingraph.errors import BadInput, BadValue
from twingraph.query.engine import Engine
from twingraph.query.questions import Question, questions
from twingraph.release.build import Built, assemble, write
from twingraph.release.changes import diff
from twingraph.release.folder import Release
from twingraph.settings import BASE, CATALOGUE, QUADS, TERMS, VOID, Settings
from twingraph.vocab import CONCEPTS, SH, slug_of, use
from twingraph.web.app import create_app

MADE_UP = "https://data.made-up.example/towns/"
OF_DATA = re.compile(rf"{BASE}(?!ns\b|shapes\b|id/(?:{'|'.join(CONCEPTS)})/)")
NAMED = {"twin-towns": "made-up-towns", "catalog:twingraph": "catalog:made-up", "catalog/twingraph": "catalog/made-up"}
ESCAPED = re.compile(r"https://w3id(\\+)\.org/twingraph/(?!id/\(area)")


def moved(text: str) -> str:
    """Name the things in a text as the made-up town does."""
    for ours, theirs in NAMED.items():
        text = text.replace(ours, theirs)
    # In a pattern the dots are escaped.
    return ESCAPED.sub(lambda found: MADE_UP.replace(".", f"{found[1]}."), OF_DATA.sub(MADE_UP, text))


@pytest.fixture(autouse=True)
def ours() -> Iterator[None]:
    """Leave other tests the base that they are used to."""
    yield
    use(BASE)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The shipped data as a made-up town would name them, and nothing beside them."""
    folder = shutil.copytree(INPUTS / "data", tmp_path_factory.mktemp("town") / "data")
    for path in (*folder.rglob("*.ttl"), *folder.rglob("*.trig")):
        path.write_text(moved(path.read_text("utf-8")), "utf-8")
    return folder


@pytest.fixture(scope="module")
def theirs(data: Path) -> Built:
    """These data ready to be written."""
    return assemble(data)


@pytest.fixture(scope="module")
def other(theirs: Built, tmp_path_factory: pytest.TempPathFactory) -> Release:
    """A release of them."""
    return write(theirs, tmp_path_factory.mktemp("other") / "release")


@pytest.fixture(scope="module")
def guest(other: Release) -> Iterator[FlaskClient]:
    """A client of what serves them."""
    use(other.base)
    with Engine(other.path(QUADS), Settings(workers=1), other.path(VOID)) as engine:
        yield create_app(engine, other, Settings()).test_client()


def test_rules_find_the_same_in_them(built: Built, theirs: Built) -> None:
    told = [(each.rule, moved(each.record), each.value, each.message_lv) for each in built.findings]
    assert sorted((each.rule, each.record, each.value, each.message_lv) for each in theirs.findings) == sorted(told)


@pytest.mark.parametrize(
    "name", ["twingraph.nq", "facts.ttl", "quotations.nt", "changes.ttl", "shapes.ttl", "report.json"]
)
def test_a_file_of_their_release_is_ours_but_for_the_base(release: Release, other: Release, name: str) -> None:
    assert sorted(other.read(name).decode().splitlines()) == sorted(moved(release.read(name).decode()).splitlines())


def test_their_tables_are_ours_and_their_description_names_what_is_theirs(release: Release, other: Release) -> None:
    same = [name for name in release.checksums if name.startswith(("tables/", "sources/"))]
    assert [name for name in same if other.read(name).decode() != moved(release.read(name).decode())] == []
    assert other.read(TERMS) == release.read(TERMS)
    for name in (VOID, CATALOGUE):
        named = {str(node) for triple in Graph().parse(other.path(name)) for node in triple}
        assert {iri for iri in named if OF_DATA.match(iri)} == set()
        assert {f"{MADE_UP}id/dataset/made-up-towns", f"{MADE_UP}sparql"} <= named


@pytest.mark.parametrize("each", questions(), ids=lambda each: each.name)
def test_a_named_query_answers_on_them_as_on_ours(client: FlaskClient, guest: FlaskClient, each: Question) -> None:
    for language in ("en", "lv"):
        path = f"/query/{each.name}?lang={language}&format={'nt' if 'CONSTRUCT' in each.text else 'tsv'}"
        answer = moved(client.get(path).text).splitlines()
        assert answer
        # Our names stand in another order to those of areas than theirs.
        assert sorted(guest.get(path).text.splitlines()) == sorted(answer)


@pytest.mark.parametrize(
    "path",
    [
        *(
            "towns",
            "agreements",
            "areas",
            "changes",
            "source/jelgava-lv-2017",
            "search?q=alkamo",
            "query",
            "crosscheck",
        ),
        *("query/ties-of-one-town?place=como", "doc/place/alcamo.html", "doc/area/culture.html", "doc/country/IT.html"),
        *("doc/dataset/twin-towns.html", "doc/evidence/place-nacka.html", "doc/rule/dates.html", "sitemap.xml"),
        *("changes.atom", "context.jsonld", "reconcile", "reconcile/suggest/entity?prefix=alc", "query/terms.json"),
        *("doc/place/alcamo.nt", "doc/agreement/jelgava-alcamo-2002.ttl", "doc/place/alcamo.jsonld", "shapes"),
    ],
)
def test_a_page_of_theirs_is_ours_but_for_the_base(client: FlaskClient, guest: FlaskClient, path: str) -> None:
    pages = ((guest, moved(path)), (client, path))
    answer, ours = (each.get(f"/{at}", headers={"Accept": "text/html, */*;q=0.1"}) for each, at in pages)
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, ours.headers["Content-Type"])
    # The rules are ours, and their page is at the site that shows it.
    text = ours.text.replace(f'"{BASE}shapes?', f'"{moved(BASE)}shapes?')
    assert sorted(answer.text.splitlines()) == sorted(moved(text).splitlines())


def test_a_concept_of_their_own_has_a_name_of_their_own(data: Path, tmp_path: Path) -> None:
    copy, theirs = shutil.copytree(data, tmp_path / "data"), f"<{MADE_UP}id/document/"
    text = CHARTER.replace("document:made-up-charter", f"{theirs}made-up-charter>")
    (copy / "kinds.ttl").write_text(text, "utf-8")
    edit(copy / "sources/jelgava-lv-2017/facts.trig", "document:extended-agreement", f"{theirs}made-up-charter>")
    made = write(assemble(copy), tmp_path / "release")
    assert ",made-up-charter,2017," in made.read("tables/agreements.csv").decode()
    with client_of(made) as client:
        assert "made-up charter" in client.get("/doc/document/made-up-charter?lang=en").text
        assert "cooperation agreement" in client.get("/doc/document/cooperation-agreement?lang=en").text


def test_an_address_of_theirs_leads_to_its_document(guest: FlaskClient) -> None:
    for path in ("place/alcamo", "area/culture", "catalog/made-up"):
        assert guest.get(f"/id/{path}").status_code == 303
    assert f"<{MADE_UP}id/place/alcamo>" in guest.get("/doc/place/alcamo").headers["Link"]
    assert f"<{BASE}id/area/culture>" in guest.get("/doc/area/culture").headers["Link"]
    assert "<http://localhost/dumps/" in guest.get("/catalog.ttl").text
    assert f'"@id": "{MADE_UP}id/dataset/made-up-towns"' in guest.get("/").text


def test_a_server_of_theirs_knows_their_prefixes(other: Release) -> None:
    with started(other.folder) as server:
        asked = "ASK { place:alcamo tg:twinnedWith <id/place/jelgava> . area:culture a skos:Concept }"
        assert json.loads(server.ask(f"/sparql?format=json&query={quote(asked)}").text)["boolean"]
        described = Graph().parse(data=server.ask("/sparql", headers={"Accept": "text/turtle"}).text)
    declared = {
        str(described.value(each, SH.prefix)): str(described.value(each, SH.namespace))
        for each in described.subjects(SH.prefix)
    }
    assert (declared["place"], declared["area"]) == (f"{MADE_UP}id/place/", f"{BASE}id/area/")


def test_the_command_line_works_on_them(data: Path, other: Release, tmp_path: Path) -> None:
    assert run("validate", "--data", data).exit_code == 0
    asked = ("query", "--release", other.folder, "--format", "csv", "ties-of-one-town", "--set", "place=alcamo")
    assert f"{MADE_UP}id/twinning/jelgava-alcamo" in run(*asked).stdout
    asked = ("query", "--release", other.folder, "-")
    assert "twinning:jelgava-alcamo" in run(*asked, given="SELECT ?tie { ?tie tg:partner place:alcamo }").stdout
    assert run("export", tmp_path, "--release", other.folder).exit_code == 0
    assert "jelgava-alcamo-2002" in (tmp_path / "agreements.csv").read_text("utf-8")


def test_two_releases_of_two_bases_are_read_in_one_process(release: Release, other: Release) -> None:
    ours, theirs = load(release.folder), load(other.folder)
    for records in ("towns", "twinnings", "agreements", "mentions", "figures", "activities"):
        here, there = (re.sub(rf"{BASE}|{MADE_UP}", "", repr(getattr(each, records))) for each in (ours, theirs))
        assert here == there != "[]"


# What is refused


def test_releases_of_two_bases_are_not_compared(release: Release, other: Release) -> None:
    with pytest.raises(BadValue, match=f"below {BASE} in .* and below {MADE_UP} in .*; compare releases of the same"):
        diff(release, other)


def test_a_catalogue_that_is_left_at_our_base_is_refused(data: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(data, tmp_path / "data")
    shutil.copy(INPUTS / "data" / CATALOGUE, copy)
    refused = run("validate", "--data", copy)
    listed, described = f"{BASE}id/dataset/twin-towns", f"{MADE_UP}id/dataset/made-up-towns"
    assert f"it lists <{listed}>, but data/dataset.ttl describes <{described}>; name the same" in refused.stderr
    assert refused.exit_code == BadInput.exit_code


def test_a_thing_that_is_left_at_our_base_is_found(data: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(data, tmp_path / "data")
    edit(copy / "organisations.trig", f"{MADE_UP}id/organisation/", f"{BASE}id/organisation/")
    assert "Thing-slug" in {slug_of(each.rule) for each in assemble(copy).findings}


@pytest.mark.parametrize(
    "name", ["https://data.made-up.example/towns", f"{MADE_UP}id/place/town", f"{MADE_UP}id/dataset/"]
)
def test_a_dataset_whose_name_has_no_base_is_refused(data: Path, tmp_path: Path, name: str) -> None:
    copy = shutil.copytree(data, tmp_path / "data")
    edit(copy / "dataset.ttl", "dataset:made-up-towns\n", f"<{name}>\n")
    refused = run("validate", "--data", copy)
    assert (refused.exit_code, refused.stderr.count(".ttl")) == (BadInput.exit_code, 1)
    assert f"the dataset is called <{name}>; its name must end in id/dataset/" in refused.stderr
