"""The catalogue of a release: complete for portals, true of the files, and the same whatever the version."""

from __future__ import annotations

import gzip
import hashlib
import os
import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pyshacl
import pytest
from click.testing import CliRunner
from rdflib import DCTERMS, FOAF, PROV, RDF, RDFS, SDO, SH, SKOS, XSD, BNode, Graph, Literal, URIRef

from engines import LEFT_OUT
from twingraph.cli import main
from twingraph.curation.validate import read_catalogue_shapes
from twingraph.errors import BadSetting, IncompleteCatalogue
from twingraph.release.build import current_release, open_release, write
from twingraph.release.dcat import CATALOG, catalogue
from twingraph.release.distributions import File, distributions
from twingraph.release.entry import Entry
from twingraph.release.publisher import KINDS, PROJECT, Publisher
from twingraph.release.services import SERVICES
from twingraph.settings import BASE, CATALOGUE, CHECKSUMS, QUADS, Settings
from twingraph.vocab import ADMS, DCAT, EU_AUTHORITY, SPDX, TG, VCARD, listed, part, slug_of, thing

if TYPE_CHECKING:
    from rdflib import Node

    from twingraph.release.build import Built, Release
    from twingraph.release.records import LinkedTowns

INPUTS = Settings().inputs
DATASET = thing("dataset", "twin-towns")
OFFERED = [service.iri for service in SERVICES]
PUBLISHER = part(CATALOG, "publisher")
CC0 = EU_AUTHORITY["licence/CC0"]
MAYOR = Publisher("A made-up council", "mailto:mayor@made-up.example", "LocalAuthority")
DESCRIBING = {
    *("catalog.ttl", "changes.ttl", "context.jsonld", "manifest.json", "ontology.ttl", "report.json", "report.ttl"),
    *("shapes.ttl", "void.ttl", "tables/csv-metadata.json", "sources/jelgava-lv-2017.txt"),
}
"""The files that are not the data but describe them, or are what they were taken from."""
MACHINE_READABLE = {
    *("CSV", "GEOJSON", "JSON_LD", "RDF_N_QUADS", "RDF_N_TRIPLES", "RDF_TRIG", "RDF_TURTLE", "RDF_XML"),
}


@pytest.fixture(scope="module")
def catalog(release: Release) -> Graph:
    return Graph().parse(release.folder / CATALOGUE)


@pytest.fixture(scope="module")
def entry(towns: LinkedTowns, built: Built) -> Entry:
    """The release as a catalogue lists it, with one made-up file."""
    files = tuple(distributions([File("facts.ttl", 1, "00")]))
    return Entry(DATASET, towns.merged, files, PROJECT, "2026-11-23T00:00:00Z", tuple(built.history))


def files_of(release: Release) -> dict[str, Path]:
    paths = (path for path in release.folder.rglob("*") if path.is_file() and path.name != CHECKSUMS)
    return {path.relative_to(release.folder).as_posix(): path for path in paths}


def texts(graph: Graph, subject: Node, term: Node) -> dict[str | None, str]:
    return {text.language: str(text) for text in graph.objects(subject, term) if isinstance(text, Literal)}


# By the official rules


@pytest.fixture(scope="module")
def official() -> Path:
    """The folder with the rules of DCAT-AP; where it is not named, their tests are left out, and that is said."""
    if folder := os.environ.get("TWINGRAPH_DCAT_AP_SHAPES"):
        return Path(folder)
    line = (
        "Left out: the official rules of DCAT-AP; name their folder (github.com/SEMICeu/DCAT-AP, "
        "releases/3.0.1/html/shacl) in TWINGRAPH_DCAT_AP_SHAPES."
    )
    LEFT_OUT.add(line)
    pytest.skip(line)


def results(catalog: Graph, folder: Path, rules: str) -> set[tuple[str, str, str]]:
    """Give what the official rules find beside what the EU's lists say: the severity, of what, at which property."""
    merged = catalog + Graph().parse(Path(__file__).with_name("authorities.ttl"))
    _, report, _ = pyshacl.validate(merged, shacl_graph=Graph().parse(folder / rules), advanced=True)
    assert isinstance(report, Graph)
    whole = report.value(None, RDF.type, SH.ValidationReport)
    return {
        (
            slug_of(report.value(each, SH.resultSeverity)),
            str(report.value(each, SH.focusNode)),
            slug_of(report.value(each, SH.resultPath)),
        )
        for each in report.objects(whole, SH.result)
    }


@pytest.mark.parametrize("rules", ["shapes.ttl", "range.ttl"])
def test_nothing_that_dcat_ap_demands_is_missing_or_of_another_class(
    catalog: Graph, official: Path, rules: str
) -> None:
    assert results(catalog, official, rules) == set()


def test_what_dcat_ap_recommends_is_there_but_what_nobody_can_give(catalog: Graph, official: Path) -> None:
    latvia = str(EU_AUTHORITY["country/LVA"])
    unavoidable = {
        # The municipality has named no licence for its words.
        ("Warning", str(listed("distribution", "quotations.nt")), "license"),
        ("Warning", str(listed("distribution", "quotations.ttl")), "license"),
        # The box and the middle of a country are for the EU's list to state.
        ("Warning", latvia, "bbox"),
        ("Warning", latvia, "centroid"),
    }
    assert results(catalog, official, "shapes_recommended.ttl") == unavoidable


def test_all_codes_are_of_the_lists_that_dcat_ap_wants_but_for_those_that_list_none_of_ours(
    catalog: Graph, official: Path
) -> None:
    unavoidable = {
        # The EU's list of corporate bodies has the EU's own.
        *(("Warning", str(subject), "publisher") for subject in (CATALOG, DATASET, *OFFERED)),
        # No list has the box of these towns, and udata shows only a polygon; the country beside it is of a list.
        ("Warning", str(DATASET), "spatial"),
    }
    assert results(catalog, official, "mdr-vocabularies.shape.ttl") == unavoidable


def test_data_europa_eu_finds_all_points_but_those_for_a_licence_on_the_words_of_others(catalog: Graph) -> None:
    """By the Metadata Quality Assessment's method: 405 points, of which 351 and more are excellent."""
    scores = {
        slug_of(each): points_of_dataset(catalog) + points_of_distribution(catalog, each)
        for each in catalog.objects(DATASET, DCAT.distribution)
    }
    quotations = {name for name, score in scores.items() if score != 405}
    assert quotations == {"quotations-nt", "quotations-ttl"}
    assert {scores[name] for name in quotations} == {405 - 20 - 10}


def points_of_dataset(graph: Graph) -> int:
    """Score what is said of the dataset; compliance with DCAT-AP, 30 points, is what the tests above find."""
    points = {DCAT.keyword: 30, DCAT.theme: 30, DCTERMS.spatial: 20, DCTERMS.temporal: 20, DCAT.contactPoint: 20}
    points |= {DCTERMS.publisher: 10, DCTERMS.accessRights: 10}
    from_list = {(DCTERMS.accessRights, "access-right"): 5}
    return 30 + sum(scored(graph, DATASET, points, from_list))


def points_of_distribution(graph: Graph, each: Node) -> int:
    """Score what is said of a distribution; that its addresses answer, 80 points, is tested where it is served."""
    points = {DCAT.downloadURL: 20, DCTERMS["format"]: 20, DCAT.mediaType: 10, DCTERMS.license: 20}
    points |= dict.fromkeys((DCTERMS.rights, DCAT.byteSize, DCTERMS.issued, DCTERMS.modified), 5)
    from_list = {(DCTERMS.license, "licence"): 10}
    form = graph.value(each, DCTERMS["format"])
    known = form in EU_AUTHORITY and re.match("https://www.iana.org/", str(graph.value(each, DCAT.mediaType)))
    readable = 40 if slug_of(form) in MACHINE_READABLE else 0
    return 80 + (10 if known else 0) + readable + sum(scored(graph, each, points, from_list))


def scored(graph: Graph, subject: Node, points: dict[URIRef, int], codes: dict[tuple[URIRef, str], int]) -> list[int]:
    there = [number for term, number in points.items() if (subject, term, None) in graph]
    coded = [
        number
        for (term, scheme), number in codes.items()
        if str(graph.value(subject, term)).startswith(EU_AUTHORITY[f"{scheme}/"])
    ]
    return there + coded


# True of the release


def test_every_file_of_the_data_is_a_distribution_and_no_other(catalog: Graph, release: Release) -> None:
    files = set(files_of(release)) - DESCRIBING
    assert set(catalog.objects(DATASET, DCAT.distribution)) == {listed("distribution", name) for name in files}


def test_every_distribution_states_the_length_and_checksum_of_its_file(catalog: Graph, release: Release) -> None:
    files = {listed("distribution", name): path.read_bytes() for name, path in files_of(release).items()}
    for each in catalog.subjects(RDF.type, DCAT.Distribution):
        content = files[URIRef(str(each))]
        checksum = catalog.value(each, SPDX.checksum)
        stated = catalog.value(checksum, SPDX.checksumValue)
        assert catalog.value(each, DCAT.byteSize) == Literal(len(content), datatype=XSD.nonNegativeInteger)
        assert isinstance(stated, Literal)
        assert (str(stated), stated.datatype) == (hashlib.sha256(content).hexdigest(), XSD.hexBinary)


def test_the_compressed_dump_is_the_dump_and_says_how_it_is_compressed(catalog: Graph, release: Release) -> None:
    packed, dump = (release.folder / f"{QUADS}.gz").read_bytes(), (release.folder / QUADS).read_bytes()
    assert gzip.decompress(packed) == dump
    known = catalog.subjects(DCAT.compressFormat)
    assert list(known) == [listed("distribution", f"{QUADS}.gz")]


def test_facts_are_free_and_the_words_of_the_page_are_not(catalog: Graph) -> None:
    def said(name: str) -> tuple[Node | None, str]:
        each = listed("distribution", name)
        rights = catalog.value(each, DCTERMS.rights)
        assert rights is not None
        return catalog.value(each, DCTERMS.license), texts(catalog, rights, RDFS.label)["lv"]

    notice = "Citēts no jelgava.lv; tiesības uz tekstu pieder pašvaldībai."
    assert said("facts.ttl") == said("tables/cities.csv") == (CC0, "Fakti ar šeit norādīto licenci.")
    assert said("quotations.nt") == (None, f"Citu teksts. {notice}")
    assert said("twingraph.ttl") == said("tables/agreements.csv")
    assert said("twingraph.ttl")[0] == CC0
    assert said("twingraph.ttl")[1].endswith(notice)


def test_a_table_with_words_of_the_page_is_not_said_to_hold_facts_alone(catalog: Graph, release: Release) -> None:
    for name, path in files_of(release).items():
        if path.suffix == ".csv":
            columns = path.read_text("utf-8").splitlines()[0].split(",")
            rights = texts(catalog, catalog.value(listed("distribution", name), DCTERMS.rights), RDFS.label)["en"]
            assert ("Quoted" in rights) == bool({"quote", "mention", "printed"} & set(columns)), name


def test_the_box_holds_every_town_and_is_no_larger(catalog: Graph, towns: LinkedTowns) -> None:
    numbers = [
        float(number)
        for number in re.findall(r"-?[\d.]+", str(next(catalog.objects(DATASET, DCTERMS.spatial / DCAT.bbox))))
    ]
    merged = towns.merged
    for term, stated in ((SDO.longitude, numbers[::2]), (SDO.latitude, numbers[1::2])):
        known = [float(str(value)) for value in merged.objects(None, term)]
        assert (min(stated), max(stated)) == (min(known), max(known))
    assert numbers[:2] == numbers[-2:]


def test_the_time_is_from_the_first_date_to_the_last_in_a_blank_node(catalog: Graph, towns: LinkedTowns) -> None:
    period = catalog.value(DATASET, DCTERMS.temporal)
    assert isinstance(period, BNode)
    assert str(catalog.value(period, DCAT.startDate)) == min(map(str, towns.merged.objects(None, TG.earliest)))
    assert str(catalog.value(period, DCAT.endDate)) == max(map(str, towns.merged.objects(None, TG.latest)))


def test_the_notes_of_the_version_are_what_the_record_of_changes_tells(catalog: Graph, built: Built) -> None:
    newest = built.history[0]
    told = texts(catalog, DATASET, ADMS.versionNotes)
    assert told == {lang: " ".join(each.sentence(lang) for each in newest.changes) for lang in ("en", "lv")}
    assert set(catalog.objects(DATASET, DCAT.hasVersion)) == {version.iri for version in built.history}


def test_all_that_a_person_reads_is_in_english_and_latvian(catalog: Graph) -> None:
    terms = {DCTERMS.title, DCTERMS.description, RDFS.label, SKOS.prefLabel, ADMS.versionNotes}
    licences = set(catalog.subjects(RDF.type, DCTERMS.LicenseDocument))
    for subject, term in {(s, p) for s, p in catalog.subject_predicates() if p in terms and s not in licences}:
        assert sorted(map(str, texts(catalog, subject, term))) == ["en", "lv"], (subject, term)


def test_nothing_but_our_dataset_is_a_dataset_and_nothing_listed_is_without_a_name(catalog: Graph) -> None:
    assert list(catalog.subjects(RDF.type, DCAT.Dataset)) == [DATASET]
    for kind in (DCAT.Catalog, DCAT.Dataset, DCAT.DataService, DCAT.Distribution, DCAT.CatalogRecord):
        assert not [node for node in catalog.subjects(RDF.type, kind) if not isinstance(node, URIRef)]


def test_the_keywords_name_the_town_whose_page_it_is(catalog: Graph) -> None:
    assert {Literal("Jelgava", "en"), Literal("Jelgava", "lv")} <= set(catalog.objects(DATASET, DCAT.keyword))


# The same whatever the version


def test_another_version_keeps_every_name_and_moves_every_address(entry: Entry) -> None:
    newer = Graph() + entry.facts
    newer.set((DATASET, DCAT.version, Literal("9.0.0")))
    before, after = catalogue(entry), catalogue(replace(entry, facts=newer))
    kinds = (DCAT.Catalog, DCAT.Dataset, DCAT.DataService, DCAT.Distribution, DCAT.CatalogRecord)
    for kind in kinds:
        assert set(before.subjects(RDF.type, kind)) == set(after.subjects(RDF.type, kind)) != set()
    assert set(before.objects(None, DCTERMS.identifier)) == set(after.objects(None, DCTERMS.identifier))
    assert {str(address) for address in after.objects(None, DCAT.accessURL)} == {f"{BASE}dumps/9.0.0/facts.ttl"}


def test_a_record_is_updated_when_the_data_have_changed_since_they_came_out(entry: Entry) -> None:
    later = replace(entry, modified="2027-01-01T00:00:00Z")
    states = [
        {slug_of(state) for state in made.objects(listed("record", "twin-towns"), ADMS.status)}
        for made in (catalogue(entry), catalogue(later))
    ]
    assert states == [{"created"}, {"updated"}]


def test_the_same_release_gives_the_same_bytes(entry: Entry) -> None:
    backwards = Graph()
    for triple in reversed(list(entry.facts)):
        backwards.add(triple)
    first, second = (catalogue(each).serialize() for each in (entry, replace(entry, facts=backwards)))
    assert first == second


def test_data_under_another_licence_say_so(entry: Entry) -> None:
    other = Graph() + entry.facts
    other.set((DATASET, DCTERMS.license, URIRef("https://creativecommons.org/licenses/by/4.0/")))
    made = catalogue(replace(entry, facts=other))
    assert set(made.objects(None, DCTERMS.license)) == {EU_AUTHORITY["licence/CC_BY_4_0"]}
    assert set(made.objects(EU_AUTHORITY["licence/CC_BY_4_0"], DCTERMS.title)) == {
        Literal("Creative Commons Attribution")
    }


# Who publishes


def test_the_project_publishes_unless_another_is_named(catalog: Graph, release: Release) -> None:
    assert catalog.value(PUBLISHER, FOAF.name) == Literal("The twingraph project")
    assert catalog.value(part(CATALOG, "contact"), VCARD.hasURL) == URIRef(BASE)
    assert release.manifest["publisher"]["name"] == "The twingraph project"


def test_an_address_for_mail_is_one(entry: Entry) -> None:
    made = catalogue(replace(entry, publisher=MAYOR))
    contact = part(CATALOG, "contact")
    assert made.value(contact, VCARD.hasEmail) == URIRef("mailto:mayor@made-up.example")
    assert made.value(contact, VCARD.hasURL) is None
    assert slug_of(made.value(PUBLISHER, DCTERMS.type)) == "LocalAuthority"


@pytest.mark.parametrize(
    "given",
    [
        {"name": ""},
        {"name": "  "},
        {"name": "Made\nup"},
        {"name": "m" * 201},
        {"name": "Made up \udcff"},
        {"contact": ""},
        {"contact": "mayor@made-up.example"},
        {"contact": "mailto:mayor"},
        {"contact": "http://made-up.example/"},
        {"contact": "https://"},
        {"contact": "https://made-up.example/a b"},
        {"contact": "https://made-up.example/> <urn:made-up"},
        {"contact": "javascript:alert(1)"},
        {"kind": "Town"},
    ],
)
def test_a_publisher_that_is_none_is_refused_in_one_sentence_of_either_language(given: dict[str, str | None]) -> None:
    with pytest.raises(BadSetting) as refused:
        PROJECT.changed(given)
    for language in ("en", "lv"):
        assert re.fullmatch(r".+; .+\.", refused.value.message(language))
    assert refused.value.message("en") != refused.value.message("lv")


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_publisher_can_be_one(kind: str) -> None:
    assert replace(MAYOR, kind=kind).kind == kind


@pytest.mark.parametrize("command", ["build", "serve"])
def test_a_bad_contact_stops_a_command_before_anything_is_written(command: str, tmp_path: Path) -> None:
    where = {"build": "--output", "serve": "--release"}[command]
    words = [command, where, str(tmp_path / "release"), "--contact", "nobody"]
    told = CliRunner().invoke(main, words, env={"LC_ALL": "lv_LV.UTF-8"})
    assert told.exit_code == 2
    assert (
        told.stderr == "Kļūda: 'nobody' nav saziņas adrese; norādiet URL ar https:// vai mailto: un e-pasta adresi.\n"
    )
    assert list(tmp_path.iterdir()) == []


def test_data_without_a_licence_are_not_released_and_the_place_to_name_it_is_told(inputs: Path, tmp_path: Path) -> None:
    dataset = inputs / "data" / "dataset.ttl"
    kept = [line for line in dataset.read_text("utf-8").splitlines() if "dct:license" not in line]
    dataset.write_text("\n".join(kept), "utf-8")
    words = ["build", "--inputs", str(inputs), "--output", str(tmp_path / "release"), "--lang", "en"]
    told = CliRunner().invoke(main, words)
    assert told.exit_code == 3
    assert re.search(
        r"^data/dataset\.ttl:\d+: violation: twin-towns\n  Name the one licence", told.stdout, re.MULTILINE
    )
    assert not (tmp_path / "release").exists()


def test_a_release_is_made_again_for_another_publisher_who_then_stays(tmp_path: Path, release: Release) -> None:
    folder = tmp_path / "release"
    folder.symlink_to(release.folder)
    told: list[str] = []
    same = current_release(INPUTS, folder, told.append, {"name": "The twingraph project", "contact": None})
    assert (same.manifest, told) == (release.manifest, [])
    folder.unlink()
    named = current_release(INPUTS, folder, told.append, {"name": MAYOR.name, "contact": MAYOR.contact})
    assert named.manifest["publisher"]["name"] == MAYOR.name
    assert f'foaf:name "{MAYOR.name}"' in (folder / CATALOGUE).read_text("utf-8")
    told.clear()
    assert current_release(INPUTS, folder, told.append).manifest == named.manifest
    assert told == []


# By our own rules


def test_a_catalogue_that_breaks_a_rule_stops_the_build_and_leaves_the_old_release(
    built: Built, release: Release
) -> None:
    """A made-up rule: no dataset has a version."""
    made_up = Graph().parse(
        data=f"""
        @prefix sh: <{SH}> . @prefix dcat: <{DCAT}> .
        <urn:made-up:rule> a sh:PropertyShape ; sh:targetObjectsOf dcat:dataset ; sh:path dcat:version ; sh:maxCount 0 ;
            sh:message "Made up."@en , "Izdomāts."@lv .
        """,
        format="turtle",
    )
    before = (release.folder / CHECKSUMS).read_bytes()
    with pytest.raises(IncompleteCatalogue) as stopped:
        write(replace(built, catalogue_shapes=made_up), release.folder)
    assert stopped.value.message("lv") == "Laidiens nav izveidots, jo tā katalogs pārkāptu noteikumu: Izdomāts."
    assert (release.folder / CHECKSUMS).read_bytes() == before
    assert open_release(release.folder).manifest == release.manifest


def test_a_release_without_files_of_data_would_not_be_listed(entry: Entry) -> None:
    empty = catalogue(replace(entry, files=()))
    shapes = read_catalogue_shapes(INPUTS / "shapes")
    _, report, _ = pyshacl.validate(Graph() + empty, shacl_graph=shapes, advanced=True)
    assert isinstance(report, Graph)
    assert {slug_of(rule) for rule in report.objects(None, SH.sourceShape)} == {"CatalogDataset-distribution"}


def test_the_rules_for_the_catalogue_say_nothing_of_the_data(towns: LinkedTowns) -> None:
    merged = Graph() + towns.merged
    conforms, _, _ = pyshacl.validate(
        merged, shacl_graph=read_catalogue_shapes(INPUTS / "shapes"), advanced=True, inplace=True
    )
    assert conforms
    assert (None, PROV.wasQuotedFrom, None) in merged
