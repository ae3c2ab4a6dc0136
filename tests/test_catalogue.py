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
from rdflib import DCTERMS, PROV, RDF, RDFS, SDO, SH, SKOS, XSD, BNode, Graph, Literal, URIRef

from engines import LEFT_OUT
from twingraph.cli import main
from twingraph.curation.validate import read_shapes
from twingraph.errors import BadSource
from twingraph.release import portals
from twingraph.release.build import assemble, build
from twingraph.release.catalogue import CATALOG, Catalogue
from twingraph.settings import BASE, CATALOGUE, CHECKSUMS, QUADS, Settings
from twingraph.vocab import ADMS, DCAT, DCATAP, EU_AUTHORITY, SPDX, TG, VCARD, listed, part, slug_of, thing

if TYPE_CHECKING:
    from rdflib import Node

    from twingraph.release.build import Built, Release
    from twingraph.release.records import LinkedTowns

INPUTS = Settings().inputs
DATASET = thing("dataset", "twin-towns")
OFFERED = [listed("service", name) for name in ("sparql", "reconciliation")]
PUBLISHER = part(CATALOG, "publisher")
CC0 = EU_AUTHORITY["licence/CC0"]
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
        # Nobody has said whom to turn to, who they are, or how long a file will be there; `validate` asks for it.
        *(("Warning", str(subject), "contactPoint") for subject in (DATASET, *OFFERED)),
        ("Warning", str(PUBLISHER), "type"),
        *(("Warning", str(each), "availability") for each in catalog.objects(DATASET, DCAT.distribution)),
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


def test_data_europa_eu_finds_all_points_but_those_for_a_contact_and_for_a_licence_on_quotations(
    catalog: Graph,
) -> None:
    """By the Metadata Quality Assessment's method: 405 points, of which 351 and more are excellent."""
    scores = {
        slug_of(each): points_of_dataset(catalog) + points_of_distribution(catalog, each)
        for each in catalog.objects(DATASET, DCAT.distribution)
    }
    quotations = {name for name, score in scores.items() if score != 385}
    assert quotations == {"quotations-nt", "quotations-ttl"}
    assert {scores[name] for name in quotations} == {385 - 20 - 10}


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
    assert told == {lang: " ".join(each.sentences[lang] for each in newest.changes) for lang in ("en", "lv")}
    assert set(catalog.objects(DATASET, DCAT.hasVersion)) == {version.iri for version in built.history}


def test_all_that_a_person_reads_is_in_english_and_latvian(catalog: Graph) -> None:
    terms = {DCTERMS.title, DCTERMS.description, RDFS.label, SKOS.prefLabel, ADMS.versionNotes}
    codes = {each for kind in (DCTERMS.LicenseDocument, DCTERMS.IMT) for each in catalog.subjects(RDF.type, kind)}
    for subject, term in {(s, p) for s, p in catalog.subject_predicates() if p in terms and s not in codes}:
        assert sorted(map(str, texts(catalog, subject, term))) == ["en", "lv"], (subject, term)


def test_nothing_but_our_dataset_is_a_dataset_and_nothing_listed_is_without_a_name(catalog: Graph) -> None:
    assert list(catalog.subjects(RDF.type, DCAT.Dataset)) == [DATASET]
    for kind in (DCAT.Catalog, DCAT.Dataset, DCAT.DataService, DCAT.Distribution, DCAT.CatalogRecord):
        assert not [node for node in catalog.subjects(RDF.type, kind) if not isinstance(node, URIRef)]


def test_the_keywords_name_the_town_whose_page_it_is(catalog: Graph) -> None:
    assert {Literal("Jelgava", "en"), Literal("Jelgava", "lv")} <= set(catalog.objects(DATASET, DCAT.keyword))


# The same whatever the version


def facts_with(built: Built, term: Node, value: Node) -> Catalogue:
    """The catalogue of the release, with another value of a property of the dataset."""
    changed = Graph() + built.catalogue.facts
    changed.set((DATASET, term, value))
    return replace(built.catalogue, facts=changed)


def test_another_version_keeps_every_name_and_moves_every_address(built: Built) -> None:
    before, after = built.catalogue.graph(), facts_with(built, DCAT.version, Literal("9.0.0")).graph()
    for kind in (DCAT.Catalog, DCAT.Dataset, DCAT.DataService, DCAT.Distribution, DCAT.CatalogRecord):
        assert set(before.subjects(RDF.type, kind)) == set(after.subjects(RDF.type, kind)) != set()
    assert set(before.objects(None, DCTERMS.identifier)) == set(after.objects(None, DCTERMS.identifier))
    assert all(str(address).startswith(f"{BASE}dumps/9.0.0/") for address in after.objects(None, DCAT.accessURL))


def test_a_record_is_updated_when_the_data_have_changed_since_they_came_out(built: Built) -> None:
    later = replace(built.catalogue, modified="2027-01-01T00:00:00Z")
    states = [
        {slug_of(state) for state in made.objects(listed("record", "twin-towns"), ADMS.status)}
        for made in (built.catalogue.graph(), later.graph())
    ]
    assert states == [{"created"}, {"updated"}]


def test_the_same_release_gives_the_same_bytes(built: Built) -> None:
    backwards = Graph()
    for triple in reversed(list(built.catalogue.facts)):
        backwards.add(triple)
    first, second = (each.graph().serialize() for each in (built.catalogue, replace(built.catalogue, facts=backwards)))
    assert first == second


def test_data_under_another_licence_say_so(built: Built) -> None:
    other = facts_with(built, DCTERMS.license, URIRef("https://creativecommons.org/licenses/by/4.0/")).graph()
    attribution = EU_AUTHORITY["licence/CC_BY_4_0"]
    assert set(other.objects(DATASET, DCTERMS.license)) == {attribution}
    assert set(other.objects(attribution, DCTERMS.title)) == {Literal("Creative Commons Attribution")}


# As a curator keeps it


def test_what_nobody_said_is_not_in_the_catalogue_but_among_the_findings(catalog: Graph, built: Built) -> None:
    guessed = (DCAT.contactPoint, DCATAP.availability, DCTERMS.accrualPeriodicity)
    assert [term for term in guessed if (None, term, None) in catalog] == []
    assert (PUBLISHER, DCTERMS.type, None) not in catalog
    todo = {slug_of(each.rule) for each in built.findings if each.file == "data/catalog.ttl"}
    assert todo == {"Listed-contact", "Distribution-availability"}


# Each refused by one ordinary set-up of CKAN with ckanext-dcat 2.4, and with it the whole dataset.
@pytest.mark.parametrize(
    ("term", "kind"),
    [
        (PROV.wasGeneratedBy, DCAT.Dataset),  # default CKAN: "provenance_activity … was not expected"
        (DCTERMS.creator, DCAT.Dataset),  # ckanext-scheming with dcat_ap_recommended.yaml
        (ADMS.status, DCAT.Distribution),  # ckanext-scheming with dcat_ap_full.yaml, for the EU's IRI
    ],
)
def test_the_catalogue_says_nothing_for_which_ckan_refuses_the_dataset(
    catalog: Graph, term: URIRef, kind: URIRef
) -> None:
    assert [each for each in catalog.subjects(RDF.type, kind) if (each, term, None) in catalog] == []


def test_formats_and_licence_bear_the_names_by_which_portals_know_them(catalog: Graph) -> None:
    forms = set(catalog.objects(None, DCTERMS["format"]))
    labels = {str(catalog.value(form, RDFS.label)) for form in forms if (form, RDF.type, DCTERMS.IMT) in catalog}
    assert len(labels) == len(forms) > 8
    assert {"CSV", "TTL", "GeoJSON"} <= labels
    assert catalog.value(CC0, DCTERMS.description) == Literal("Creative Commons CCZero")


def curated(inputs: Path, *edits: tuple[str, str]) -> None:
    """Edit the catalogue that a curator keeps."""
    path = inputs / "data" / CATALOGUE
    text = path.read_text("utf-8")
    for before, after in edits:
        assert before in text
        text = text.replace(before, after)
    path.write_text(text, "utf-8")


def test_a_curator_names_publisher_and_contact_in_the_data(inputs: Path) -> None:
    """A made-up council."""
    contact = f"<{part(CATALOG, 'contact')}>"
    described = (
        f'{contact} a <{VCARD.Kind}> ; <{VCARD.fn}> "Made up" ; <{VCARD.hasEmail}> <mailto:mayor@made-up.example> .'
    )
    curated(
        inputs,
        ("The twingraph project", "A made-up council"),
        (
            "dataset:twin-towns\n    dct:publisher",
            f"{described}\n\ndataset:twin-towns dcat:contactPoint {contact} ; dct:publisher",
        ),
    )
    made = assemble(inputs)
    package = portals.ckan_package(made.catalogue.graph(), "en")
    assert (package["author"], package["maintainer_email"]) == ("A made-up council", "mayor@made-up.example")
    assert "Listed-contact" not in {slug_of(each.rule) for each in made.findings}


@pytest.mark.parametrize(
    ("edit", "line"),
    [
        (
            ("    foaf:name", "    rdfs:comment"),
            r"data/catalog\.ttl:\d+: violation: publisher\n  The publisher has no",
        ),
        (
            ('title "Facts (Turtle)"@en', 'title "Facts (Turtle)"'),
            r"data/catalog\.ttl:\d+: violation: facts-ttl\n  A distribu",
        ),
    ],
)
def test_a_mistake_in_the_catalogue_is_found_where_it_stands_and_stops_the_release(
    inputs: Path, tmp_path: Path, edit: tuple[str, str], line: str
) -> None:
    curated(inputs, edit)
    words = ["build", "--inputs", str(inputs), "--output", str(tmp_path / "release"), "--lang", "en"]
    done = CliRunner().invoke(main, words)
    assert done.exit_code == 3
    assert re.search(rf"^{line}", done.stdout, re.MULTILINE)
    assert not (tmp_path / "release").exists()


@pytest.mark.parametrize(
    ("edit", "sentence"),
    [
        (("latest/facts.nt>", "latest/made-up.nt>"), "data/catalog.ttl: a release has no file 'made-up.nt'"),
        (("publicdomain/zero/1.0/>", "made-up/>"), "data/catalog.ttl: it must describe the licence that data/dataset"),
    ],
)
def test_a_file_or_licence_that_is_not_there_is_told_in_a_sentence(
    inputs: Path, tmp_path: Path, edit: tuple[str, str], sentence: str
) -> None:
    curated(inputs, edit)
    with pytest.raises(BadSource, match=re.escape(sentence)):
        build(inputs, tmp_path / "release")


def test_data_without_a_licence_are_not_released_and_the_place_to_name_it_is_told(inputs: Path, tmp_path: Path) -> None:
    dataset = inputs / "data" / "dataset.ttl"
    kept = [line for line in dataset.read_text("utf-8").splitlines() if "dct:license" not in line]
    dataset.write_text("\n".join(kept), "utf-8")
    words = ["build", "--inputs", str(inputs), "--output", str(tmp_path / "release"), "--lang", "en"]
    done = CliRunner().invoke(main, words)
    assert done.exit_code == 3
    assert re.search(
        r"^data/dataset\.ttl:\d+: violation: twin-towns\n  Name the one licence", done.stdout, re.MULTILINE
    )
    assert not (tmp_path / "release").exists()


# By our own rules


def test_the_rules_for_the_catalogue_say_nothing_of_the_data(towns: LinkedTowns) -> None:
    merged = Graph() + towns.merged
    conforms, _, _ = pyshacl.validate(
        merged, shacl_graph=read_shapes(INPUTS / "shapes", of_catalogue=True), advanced=True, inplace=True
    )
    assert conforms
    assert (None, PROV.wasQuotedFrom, None) in merged
