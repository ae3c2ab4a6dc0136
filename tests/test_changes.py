"""What changed between two releases: in words, as statements, as the record of a version, and on the web."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest
from click.testing import CliRunner
from rdflib import Dataset, Graph, Literal, URIRef
from rdflib.namespace import DCTERMS, RDF, SDO, XSD

from twingraph.cli import main
from twingraph.errors import BadSource, NothingToCompare
from twingraph.query.engine import Engine
from twingraph.release import triples
from twingraph.release.build import build
from twingraph.release.changes import compare
from twingraph.release.diff import FORMATS, Diff, as_text, diff, keep
from twingraph.release.history import described, notes, order, read_history, versions
from twingraph.settings import CHANGES, CHECKSUMS, FORMAT, MANIFEST, QUADS, Settings
from twingraph.vocab import AS, DCAT, HISTORY, TG, TREE, thing
from twingraph.web.app import create_app

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from click.testing import Result
    from flask.testing import FlaskClient
    from rdflib.term import Node

    from twingraph.release.build import Release
    from twingraph.release.records import LinkedTowns

ATOM = "{http://www.w3.org/2005/Atom}"
INPUTS = Settings().inputs
PATIENT = Settings(queue_seconds=60.0, seconds=60.0)
"""The limits on a machine that has much else to do."""
PAGE = (
    "Izdomātā Jaunpils (Itālija)\n"
    "Izdomātais līgums tika noslēgts 2019. gadā par kultūru.\n"
    "Komo (Itālija)\n"
    "2021. gadā izdomāts līgums ar Komo pievienoja sportu.\n"
    "Alkamo (Itālija)\n"
    "Izdomāts precizējums: līgums tika noslēgts 2002. gada 14. maijā.\n"
)
PREFIXES = """\
@prefix : <https://w3id.org/twingraph/id/quote/made-up-page-> .
@prefix agreement: <https://w3id.org/twingraph/id/agreement/> .
@prefix area: <https://w3id.org/twingraph/id/area/> .
@prefix confidence: <https://w3id.org/twingraph/id/confidence/> .
@prefix country: <https://w3id.org/twingraph/id/country/> .
@prefix document: <https://w3id.org/twingraph/id/document/> .
@prefix evidence: <https://w3id.org/twingraph/id/evidence/> .
@prefix organisation: <https://w3id.org/twingraph/id/organisation/> .
@prefix place: <https://w3id.org/twingraph/id/place/> .
@prefix source: <https://w3id.org/twingraph/id/source/> .
@prefix tie: <https://w3id.org/twingraph/id/tie/> .
@prefix twinning: <https://w3id.org/twingraph/id/twinning/> .
@prefix tg: <https://w3id.org/twingraph/ns#> .
@prefix dct: <http://purl.org/dc/terms/> .
@prefix oa: <http://www.w3.org/ns/oa#> .
@prefix prov: <http://www.w3.org/ns/prov#> .
@prefix schema: <https://schema.org/> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix spdx: <http://spdx.org/rdf/terms#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
"""
SOURCE = f"""{PREFIXES}
source:made-up-page a schema:WebPage , prov:Entity ;
    schema:url <https://example.org/made-up-page> ;
    schema:inLanguage "lv" ;
    schema:about place:jelgava ;
    schema:publisher organisation:jelgavas-pasvaldiba ;
    schema:copyrightNotice "Made up."@en , "Izdomāts."@lv ;
    schema:citation "A made-up page." ;
    spdx:checksum <https://w3id.org/twingraph/id/source/made-up-page#sha256> .
<https://w3id.org/twingraph/id/source/made-up-page#sha256> a spdx:Checksum ;
    spdx:algorithm spdx:checksumAlgorithm_sha256 ;
    spdx:checksumValue "{hashlib.sha256(PAGE.encode()).hexdigest()}" .
"""
FACTS = f"""{PREFIXES}
:new-heading {{
    :new-heading oa:exact "Izdomātā Jaunpils (Itālija)"@lv .
    place:made-up schema:name "Izdomātā Jaunpils"@lv ; schema:containedInPlace country:IT .
}}
:new-agreement {{
    :new-agreement oa:exact "Izdomātais līgums tika noslēgts 2019. gadā par kultūru."@lv .
    twinning:jelgava-made-up a tg:Twinning ;
        tg:partner place:jelgava , place:made-up ; dct:type tie:unspecified .
    agreement:jelgava-made-up-2019 a tg:Agreement ;
        tg:party place:jelgava , place:made-up ; tg:twinning twinning:jelgava-made-up ;
        dct:type document:cooperation-agreement ; tg:typeAsPrinted "līgums"@lv ;
        tg:signed "2019"^^xsd:gYear ; tg:dateAsPrinted "2019. gadā"@lv ; tg:agreedArea area:culture .
    area:culture skos:altLabel "kultūru"@lv .
}}
:como-heading {{
    :como-heading oa:exact "Komo (Itālija)"@lv .
    place:como schema:name "Komo"@lv ; schema:containedInPlace country:IT .
}}
:como-agreement {{
    :como-agreement oa:exact "2021. gadā izdomāts līgums ar Komo pievienoja sportu."@lv .
    agreement:jelgava-como-2021 a tg:Agreement ;
        tg:party place:jelgava , place:como ; tg:twinning twinning:jelgava-como ;
        dct:type document:extended-agreement ; tg:typeAsPrinted "līgums"@lv ;
        tg:signed "2021"^^xsd:gYear ; tg:dateAsPrinted "2021. gadā"@lv ;
        tg:amends agreement:jelgava-como-2016 ; tg:agreedArea area:sport .
    area:sport skos:altLabel "sportu"@lv .
}}
:alcamo-heading {{
    :alcamo-heading oa:exact "Alkamo (Itālija)"@lv .
    place:alcamo schema:name "Alkamo"@lv ; schema:containedInPlace country:IT .
}}
:alcamo-agreement {{
    :alcamo-agreement oa:exact "Izdomāts precizējums: līgums tika noslēgts 2002. gada 14. maijā."@lv .
    agreement:jelgava-alcamo-2002 tg:signed "2002-05-14"^^xsd:date ; tg:dateAsPrinted "2002. gada 14. maijā"@lv .
}}
"""
IDENTITY = f"""{PREFIXES}
evidence:made-up {{
    evidence:made-up schema:citation "Made up." ; tg:confidence confidence:one-source .
    place:made-up a schema:City ; schema:name "Made-up Newtown"@en , "Cittanova Inventata"@it .
}}
"""
TOLD = {
    "en": [
        "The agreement “Jelgava – Alcamo, 2002” – more exact date: 14 May 2002 (before: 2002).",
        "The agreement “Jelgava – Como, 2016” was amended by a new one, “Jelgava – Como, 2021”: sport (agreed).",
        "A twin town was added: Made-up Newtown (Italy); agreement: 2019, culture (agreed).",
    ],
    "lv": [
        "Līgums „Jelgava – Alkamo, 2002” – precizēts datums: 2002. gada 14. maijs (iepriekš: 2002. gads).",
        "Līgumu „Jelgava – Komo, 2016” groza jauns līgums „Jelgava – Komo, 2021”: sports (saskaņota).",
        "Pievienota sadraudzības pilsēta: Izdomātā Jaunpils (Itālija); līgums: 2019. gads, kultūra (saskaņota).",
    ],
}
"""What the made-up release has changed, and nothing else."""


def run(*words: object) -> Result:
    return CliRunner().invoke(main, list(map(str, words)), catch_exceptions=False)


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")


def number(inputs: Path, version: str) -> None:
    edit(inputs / "data" / "dataset.ttl", 'dcat:version "1.0.0"', f'dcat:version "{version}"')


def lines_of(path: Path) -> list[str]:
    return path.read_text("utf-8").splitlines()


def put(towns: LinkedTowns, subject: Node, term: Node, value: Node) -> None:
    """State something in place of what is stated there, in the same graph."""
    graphs = [graph for *_, graph in towns.quads((subject, term, None, None))]
    towns.remove((subject, term, None))
    towns.graph(graphs[0]).add((subject, term, value))


@pytest.fixture(scope="module")
def newer(tmp_path_factory: pytest.TempPathFactory) -> Release:
    """A made-up release: a town added, a date made more exact, an agreement amended."""
    inputs = tmp_path_factory.mktemp("newer") / "inputs"
    for name in ("data", "ontology", "shapes"):
        shutil.copytree(INPUTS / name, inputs / name)
    number(inputs, "1.1.0")
    source = inputs / "data" / "sources" / "made-up-page"
    source.mkdir()
    for name, text in (("page.txt", PAGE), ("source.ttl", SOURCE), ("facts.trig", FACTS)):
        (source / name).write_text(text, "utf-8")
    (inputs / "data" / "made-up.trig").write_text(IDENTITY, "utf-8")
    edit(
        inputs / "data" / "sources" / "jelgava-lv-2017" / "facts.trig",
        'tg:signed "2002"^^xsd:gYear ;\n        tg:dateAsPrinted "2002. gadā"@lv ;',
        "",
    )
    (inputs / "data" / "changes" / "1.1.0.ttl").write_text(MADE_UP_RECORD, "utf-8")
    return build(inputs, inputs.parent / "release")


@pytest.fixture(scope="module")
def differs(release: Release, newer: Release) -> Diff:
    return diff(release, newer)


@pytest.mark.parametrize("language", ["en", "lv"])
def test_a_new_town_a_more_exact_date_and_an_amendment_are_these_three_things(differs: Diff, language: str) -> None:
    told = [line.strip() for line in as_text(differs, language).splitlines() if line.startswith("  ")]
    assert told == TOLD[language]


def test_the_command_tells_it_in_the_language_of_who_asks(release: Release, newer: Release) -> None:
    answer = run("diff", release.folder, newer.folder, "--lang", "lv")
    assert answer.exit_code == 0
    assert answer.stdout.startswith("1.0.0 (2026-11-23) → 1.1.0 (2026-11-23)\n\nAlkamo\n  ")
    assert all(sentence in answer.stdout for sentence in TOLD["lv"])
    assert "Izmaiņas: 3. Pievienotie apgalvojumi: " in answer.stdout


def test_the_other_way_round_the_town_is_removed_and_the_date_less_exact(differs: Diff) -> None:
    told = [change.english for change in compare(differs.words.towns, differs.words.other)]
    assert told == [
        "The agreement “Jelgava – Alcamo, 2002” – date: 2002 (before: 14 May 2002).",
        "An agreement was removed: Jelgava – Como, 2021: sport (agreed).",
        "A twin town was removed: Made-up Newtown (Italy); agreement: 2019, culture (agreed).",
    ]


RECORD = (INPUTS / "data" / "changes" / "1.0.0.ttl").read_text("utf-8")
MADE_UP_RECORD = (
    RECORD.replace("1.0.0", "1.1.0")
    .replace("The first release of the data.", "Made up.")
    .replace("Datu pirmais laidiens.", "Izdomāts.")
)
COMO = "The agreement “Jelgava – Como, 2016”", "Līgums „Jelgava – Komo, 2016”"
FIELDS = [
    (
        "Alcamo (Italy) – coordinates: 38.0, 12.966667 (before: 37.966667, 12.966667).",
        "Alkamo (Itālija) – koordinātas: 38.0, 12.966667 (iepriekš: 37.966667, 12.966667).",
    ),
    (
        "The tie “Jelgava – Białystok” – beginning: May 1991 (before: 1994).",
        "Sadraudzība „Jelgava – Belostoka” – sākuma datums: 1991. gada maijs (iepriekš: 1994. gads).",
    ),
    (
        f"{COMO[0]} – kind of document: friendship agreement (before: cooperation agreement).",
        f"{COMO[1]} – dokumenta veids: sadraudzības līgums (iepriekš: sadarbības līgums).",
    ),
    (
        f"{COMO[0]} – areas added: sport (agreed); areas removed: culture, education (agreed).",
        f"{COMO[1]} – pievienotās jomas: sports (saskaņota); svītrotās jomas: kultūra, izglītība (saskaņota).",
    ),
    (
        "Como, population 2015 – number: 84395 (before: 84394).",
        "Komo, iedzīvotāju skaits 2015 – skaitlis: 84395 (iepriekš: 84394).",
    ),
]


def test_what_a_record_tells_is_compared_field_by_field(release: Release, towns: LinkedTowns) -> None:
    """Made-up values, stated in the graphs where the real ones are."""
    made_up = release.load()
    put(made_up, thing("place", "alcamo"), SDO.latitude, Literal("38.0"))
    put(made_up, thing("agreement", "jelgava-como-2016"), DCTERMS.type, thing("document", "friendship-agreement"))
    put(made_up, thing("agreement", "jelgava-como-2016"), TG.agreedArea, thing("area", "sport"))
    put(made_up, thing("figure", "como-population-2015"), SDO.value, Literal(84395))
    put(made_up, thing("twinning", "jelgava-bialystok"), TG.since, Literal("1991-05", datatype=XSD.gYearMonth))
    told = [(change.english, change.latvian) for change in compare(towns, made_up)]
    assert told == FIELDS


def test_figures_activities_and_ties_come_and_go_by_name(release: Release, towns: LinkedTowns) -> None:
    made_up = release.load()
    (quote,) = {graph for *_, graph in towns.quads((thing("figure", "como-area"), SDO.value, None, None))}
    for slug, kind in (("como-population-2015", "figure"), ("como-vocational-exchange", "activity")):
        made_up.remove((thing(kind, slug), None, None))
    for partner in ("jelgava", "como"):
        made_up.graph(quote).add((thing("twinning", "made-up"), TG.partner, thing("place", partner)))
    made_up.graph(quote).add((thing("twinning", "made-up"), RDF.type, TG.Twinning))
    exchange = "Jelgavas Amatu vidusskola aktīvi sadarbojas ar pilsētu, izstrādājot profesionālo skolu audzēkņu"
    there, back = (
        [change.latvian.partition(" un skolotāju")[0] for change in compare(*sides)]
        for sides in ((towns, made_up), (made_up, towns))
    )
    assert there == [
        "Pievienota sadraudzība „made-up”.",
        "Svītrots skaitlis: Komo, iedzīvotāju skaits 2015.",
        f"Svītrots pasākums „{exchange}",
    ]
    assert back == [
        "Svītrota sadraudzība „made-up”.",
        "Pievienots skaitlis: Komo, iedzīvotāju skaits 2015.",
        f"Pievienots pasākums „{exchange}",
    ]


def test_the_patch_makes_the_new_dataset_of_the_old_one(differs: Diff, release: Release, newer: Release) -> None:
    first, *lines, last = FORMATS["patch"](differs, "en").splitlines()
    assert (first, last) == ("TX .", "TC .")
    quads = set(lines_of(release.folder / QUADS))
    for line in lines:
        letter, _, quad = line.partition(" ")
        (quads.remove if letter == "D" else quads.add)(quad)
    assert quads == set(lines_of(newer.folder / QUADS))


def test_the_trig_holds_what_is_new_and_gone_in_the_union_of_all_graphs(
    differs: Diff, release: Release, newer: Release
) -> None:
    text = FORMATS["trig"](differs, "en")
    assert FORMATS["trig"](differs, "lv") == text
    graphs = Dataset().parse(data=text, format="trig")
    old, new = (set(Graph().parse(each.folder / "twingraph.nt")) for each in (release, newer))
    assert set(graphs.graph(URIRef(f"{HISTORY}#1.1.0/added"))) == new - old
    assert set(graphs.graph(URIRef(f"{HISTORY}#1.1.0/removed"))) == old - new


def test_programs_get_the_changes_as_json(differs: Diff) -> None:
    told = json.loads(FORMATS["json"](differs, "en"))
    assert (told["old"]["version"], told["new"]["version"]) == ("1.0.0", "1.1.0")
    assert [change["sentence"]["lv"] for change in told["changes"]] == TOLD["lv"]
    assert [change["kind"] for change in told["changes"]] == ["changed", "added", "added"]
    assert told["pages"] == ["https://example.org/made-up-page"]
    assert told["statements"]["added"] > 50


def copied(release: Release, folder: Path, name: str, content: bytes) -> Path:
    """Copy a release with another content of one file, and checksums that agree."""
    shutil.copytree(release.folder, folder)
    before, after = (hashlib.sha256(each).hexdigest() for each in ((folder / name).read_bytes(), content))
    (folder / name).write_bytes(content)
    edit(folder / CHECKSUMS, before, after)
    return folder


def test_releases_that_can_not_be_compared_are_told_in_one_sentence(release: Release, tmp_path: Path) -> None:
    manifest = json.dumps({**release.manifest, "format": FORMAT + 1}).encode()
    later = copied(release, tmp_path / "later", MANIFEST, manifest)
    for other, code, told in (
        (tmp_path / "nowhere", 5, "this is no whole release"),
        (later, 5, f"this release is of format {FORMAT + 1}, and this program reads format {FORMAT}"),
        (release.folder, 2, "hold the same release, 1.0.0, byte for byte"),
    ):
        answer = run("diff", release.folder, other, "--lang", "en")
        assert (answer.exit_code, told in answer.stderr, answer.stderr.count("\n")) == (code, True, 1)
        assert run("diff", release.folder, other, "--lang", "lv").stderr.startswith("Kļūda: ")


def test_a_release_that_only_calls_itself_otherwise_has_changed_nothing(release: Release, tmp_path: Path) -> None:
    manifest = json.dumps({**release.manifest, "version": "1.0.1"}).encode()
    renamed = copied(release, tmp_path / "renamed", MANIFEST, manifest)
    answer = run("diff", release.folder, renamed, "--lang", "en", "--record", tmp_path)
    assert "Nothing changed in what is told of towns" in answer.stdout
    assert "added: 0, removed: 0" in answer.stdout
    assert [version.number for version in read_history(tmp_path)] == ["1.0.1"]


def test_a_record_is_kept_once_and_only_of_a_version_above_the_last(differs: Diff, tmp_path: Path) -> None:
    assert keep(differs, tmp_path) == tmp_path / "1.1.0.ttl"
    (version,) = read_history(tmp_path)
    assert (version.previous, version.issued) == ("1.0.0", "2026-11-23")
    assert [change.latvian for change in version.changes] == TOLD["lv"]
    with pytest.raises(BadSource, match="has a record already; remove it"):
        keep(differs, tmp_path)
    with pytest.raises(NothingToCompare, match=r"calls itself 1\.0\.0, which is no number above 1\.1\.0"):
        keep(replace(differs, old=differs.new, new=differs.old), tmp_path)


def test_the_next_build_takes_the_records_in(newer: Release) -> None:
    found = versions(Graph().parse(newer.folder / CHANGES))
    assert [version.number for version in found] == ["1.1.0", "1.0.0"]
    assert found[0].changes[0].english == "Made up."


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("1.0.1.ttl", RECORD),
        ("1.0.0.ttl", RECORD.replace('"Datu pirmais laidiens."@lv', '"Datu pirmais laidiens."@en')),
        ("1.0.0.ttl", RECORD.replace("2026-11-23", "2026-11")),
        ("1.0.0.ttl", RECORD.replace("2026-11-23", "2026-02-30")),
        ("1.0.0.ttl", RECORD.replace("schema:hasPart", "schema:isPartOf")),
        ("1.0.0.ttl", "# Made up: says nothing.\n"),
    ],
    ids=["another version", "no Latvian", "a month", "no such day", "no changes", "nothing"],
)
def test_a_record_that_does_not_tell_its_version_is_refused_by_name(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text, "utf-8")
    with pytest.raises(BadSource, match=f"{name}: it must tell of the version that it is named for"):
        read_history(tmp_path)


def test_data_without_records_have_no_history(tmp_path: Path) -> None:
    assert read_history(tmp_path / "nowhere") == []
    assert notes([], "1.0.0") == []


def test_the_tenth_version_comes_after_the_ninth() -> None:
    assert sorted(["1.10.0", "1.9.0", "1.9", "2"], key=order) == ["1.9", "1.9.0", "1.10.0", "2"]


def test_the_first_release_has_one_entry(release: Release) -> None:
    (version,) = versions(Graph().parse(release.folder / CHANGES))
    assert (version.number, version.previous) == ("1.0.0", "")
    assert [str(note) for note in notes([version], "1.0.0")] == [
        "The first release of the data.",
        "Datu pirmais laidiens.",
    ]


@pytest.fixture(scope="module")
def client(differs: Diff, newer: Release, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FlaskClient]:
    """A server of the newer release, as if the record of its changes were what the curator keeps."""
    folder = tmp_path_factory.mktemp("served")
    shutil.copytree(INPUTS / "data" / "changes", folder / "changes")
    keep(differs, folder / "changes")
    history = described(read_history(folder / "changes"), differs.dataset).serialize(format="turtle")
    made = copied(newer, folder / "release", CHANGES, history.encode())
    with Engine(made / QUADS, PATIENT) as engine:
        yield create_app(engine, made, PATIENT).test_client()


@pytest.mark.parametrize(
    ("address", "accepted", "language"),
    [
        ("/changes", "lv", "lv"),
        ("/changes", "en-GB, lv;q=0.5", "en"),
        ("/changes", "de", "en"),
        ("/changes?lang=en", "lv", "en"),
        ("/changes?lang=lv", "en", "lv"),
        ("/changes?lang=xx", "en", "en"),
    ],
)
def test_the_changes_are_shown_in_the_language_that_is_asked_for(
    client: FlaskClient, address: str, accepted: str, language: str
) -> None:
    answer = client.get(address, headers={"Accept": "text/html", "Accept-Language": accepted})
    assert (answer.status_code, answer.headers["Content-Language"]) == (200, language)
    assert f'<html lang="{language}">' in answer.text
    assert "Accept" in answer.vary
    assert ("Accept-Language" in answer.vary) == (address not in {"/changes?lang=en", "/changes?lang=lv"})
    for sentence in TOLD[language]:
        assert sentence in answer.text
    assert answer.text.index("1.1.0") < answer.text.index('<section id="1.0.0">')


def test_each_version_and_each_change_is_found_by_its_iri_on_the_page(client: FlaskClient) -> None:
    page = client.get("/changes", headers={"Accept": "text/html"}).text
    graph = Graph().parse(data=client.get("/changes", headers={"Accept": "text/turtle"}).data, format="turtle")
    named = {str(subject).partition("#")[2] for subject in graph.subjects()}
    assert named == set(re.findall(r'<(?:section|li) id="([^"]+)"', page))


@pytest.mark.parametrize("media_type", sorted(triples.FORMATS.values()))
def test_programs_get_the_history_in_every_format(client: FlaskClient, media_type: str) -> None:
    answer = client.get("/changes", headers={"Accept": media_type})
    assert answer.content_type.partition(";")[0] == media_type
    found = versions(Graph().parse(data=answer.data, format=media_type))
    assert [version.number for version in found] == ["1.1.0", "1.0.0"]
    assert [change.latvian for change in found[0].changes] == TOLD["lv"]


@pytest.mark.parametrize("language", ["en", "lv"])
def test_the_feed_is_atom_with_an_entry_for_each_version(client: FlaskClient, language: str) -> None:
    """The elements that RFC 4287 requires (4.1.1 and 4.1.2), and names that no host and no language changes."""
    answer = client.get(f"/changes.atom?lang={language}")
    assert answer.content_type == "application/atom+xml; charset=utf-8"
    feed = ET.fromstring(answer.data)
    assert (feed.tag, feed.get("{http://www.w3.org/XML/1998/namespace}lang")) == (f"{ATOM}feed", language)
    for each in (feed, *feed.iter(f"{ATOM}entry")):
        assert all(each.findtext(f"{ATOM}{name}") for name in ("id", "title", "updated"))
        assert datetime.fromisoformat(each.findtext(f"{ATOM}updated") or "").tzinfo
    assert feed.findtext(f"{ATOM}author/{ATOM}name")
    assert [each.findtext(f"{ATOM}id") for each in feed.iter(f"{ATOM}entry")] == [
        f"{HISTORY}#1.1.0",
        f"{HISTORY}#1.0.0",
    ]
    first = next(feed.iter(f"{ATOM}entry"))
    assert ["".join(item.itertext()) for item in first.iter("{http://www.w3.org/1999/xhtml}li")] == TOLD[language]


def test_every_link_of_the_feed_leads_somewhere(client: FlaskClient) -> None:
    feed = ET.fromstring(client.get("/changes.atom").data)
    links = [link.attrib for link in feed.iter(f"{ATOM}link")]
    assert {"self", "alternate"} <= {link["rel"] for link in links}
    for link in links:
        answer = client.get(link["href"], headers={"Accept": "*/*"})
        assert (answer.status_code, answer.mimetype) == (200, link["type"])


def test_the_stream_updates_each_entity_of_the_catalogue_with_all_that_the_catalogue_tells_of_it(
    client: FlaskClient,
) -> None:
    """By DCAT-AP Feeds: an activity has an object with an IRI, a time, and its payload in the graph of its name."""
    answer = client.get("/changes.trig")
    assert (answer.status_code, answer.content_type) == (200, "application/trig")
    told = Dataset(default_union=False).parse(data=answer.data, format="trig")
    (view,) = told.objects(URIRef(f"{HISTORY}#stream"), TREE.view)
    assert client.get(str(view)).data == answer.data
    catalogue = Graph().parse(data=client.get("/catalog.ttl").data, format="turtle")
    payload = Graph()
    for activity in told.objects(URIRef(f"{HISTORY}#stream"), TREE.member):
        (entity,) = told.objects(activity, AS.object)
        assert told.value(activity, RDF.type) == AS.Update
        assert told.value(activity, AS.published) == Literal("2026-11-23T00:00:00Z", datatype=XSD.dateTime)
        assert set(told.graph(activity).objects(entity, RDF.type)) == set(catalogue.objects(entity, RDF.type))
        payload += told.graph(activity)
    assert (len(payload), len(list(payload.subjects(RDF.type, DCAT.Dataset)))) == (len(catalogue), 1)


def test_the_page_links_what_changed_unless_it_is_gone(client: FlaskClient) -> None:
    page = client.get("/changes?lang=en", headers={"Accept": "text/html"}).text
    assert 'href="/id/agreement/jelgava-alcamo-2002?lang=en"' in page
    answer = client.get("/id/agreement/jelgava-alcamo-2002")
    assert (answer.status_code, answer.text[:300]) == (303, "")


def test_the_front_page_leads_to_the_changes_and_to_their_feed(client: FlaskClient) -> None:
    for language in ("lv", "en"):
        page = client.get(f"/?lang={language}").text
        assert f'href="/changes?lang={language}"' in page
        assert re.search(rf'type="application/atom\+xml" .*href="/changes.atom\?lang={language}"', page)


def test_a_server_of_a_release_without_a_history_says_so(release: Release, tmp_path: Path) -> None:
    shutil.copytree(release.folder, tmp_path / "older")
    sums = tmp_path / "older" / CHECKSUMS
    sums.write_text("".join(f"{line}\n" for line in lines_of(sums) if not line.endswith(CHANGES)), "utf-8")
    with Engine(tmp_path / "older" / QUADS, PATIENT) as engine:
        client = create_app(engine, tmp_path / "older", PATIENT).test_client()
        for address in ("/changes", "/changes.atom", "/changes.trig"):
            assert client.get(address).status_code == 404


def test_a_version_that_nobody_told_of_is_said_to_be_so(release: Release, tmp_path: Path) -> None:
    made = copied(release, tmp_path / "release", CHANGES, b"")
    with Engine(made / QUADS, PATIENT) as engine:
        page = create_app(engine, made, PATIENT).test_client().get("/changes?lang=en")
    assert "This is version 1.0.0; nobody has recorded what changed with it." in page.text
