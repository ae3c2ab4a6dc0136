"""The catalogue of a release: complete for portals, true of the files, and the same whatever the version."""

import gzip
import hashlib
import os
import re
from dataclasses import replace
from pathlib import Path

import pyshacl
import pytest
from click.testing import CliRunner
from rdflib import DCTERMS, PROV, RDF, RDFS, SDO, SKOS, XSD, BNode, Graph, Literal, Node, URIRef

from engines import LEFT_OUT
from harvesters import ADMS, DCATAP, VCARD
from releases import edit
from twingraph.cli import main
from twingraph.curation.findings import read_shapes
from twingraph.errors import BadInput
from twingraph.release import rdf
from twingraph.release.build import Built, assemble, write
from twingraph.release.catalogue import Catalogue, ckan_package, schema_dataset
from twingraph.release.changes import versions
from twingraph.release.folder import Release
from twingraph.release.records import LinkedTowns
from twingraph.release.void import describe
from twingraph.settings import BASE, CATALOGUE, PACKAGED, QUADS
from twingraph.vocab import DCAT, EU_AUTHORITY, SPDX, TG, address, kind_of, listed, part, slug_of, thing

INPUTS = PACKAGED
DATASET = thing("dataset", "twin-towns")
OFFERED = [listed("service", name) for name in ("sparql", "reconciliation")]
CATALOG = listed("catalog", "twingraph")
PUBLISHER = part(CATALOG, "publisher")
CC0 = EU_AUTHORITY["licence/CC0"]
DESCRIBING = {
    *("catalog.ttl", "changes.ttl", "context.jsonld", "manifest.json", "ontology.ttl", "report.json", "report.ttl"),
    *("shapes.ttl", "void.ttl", "tables/csv-metadata.json", "sources/jelgava-lv-2017.txt"),
}
"""The files that are not the data but describe them, or are what they were taken from."""
MACHINE_READABLE = "CSV GEOJSON JSON_LD RDF_N_QUADS RDF_N_TRIPLES RDF_TRIG RDF_TURTLE RDF_XML"
LISTED = (DCAT.Catalog, DCAT.Dataset, DCAT.DataService, DCAT.Distribution, DCAT.CatalogRecord)


@pytest.fixture(scope="module")
def catalog(release: Release) -> Graph:
    return Graph().parse(release.folder / CATALOGUE)


def texts(graph: Graph, subject: Node, term: Node) -> dict[str | None, str]:
    return {text.language: str(text) for text in graph.objects(subject, term) if isinstance(text, Literal)}


# By the official rules


@pytest.fixture(scope="module")
def official() -> Path:
    """The folder with the rules of DCAT-AP; where it is not named, their tests are left out, and that is said."""
    if folder := os.environ.get("TWINGRAPH_DCAT_AP_SHAPES"):
        return Path(folder)
    at = "github.com/SEMICeu/DCAT-AP, releases/3.0.1/html/shacl"
    LEFT_OUT.add(f"Left out: the official rules of DCAT-AP; name their folder ({at}) in TWINGRAPH_DCAT_AP_SHAPES.")
    pytest.skip("It is not said where the rules are.")


def results(catalog: Graph, folder: Path, rules: str) -> set[tuple[str, str, str]]:
    """Give what the official rules find beside what the EU's lists say: the severity, of what, at which property."""
    merged = catalog + Graph().parse(Path(__file__).with_name("authorities.ttl"))
    _, report, _ = pyshacl.validate(merged, shacl_graph=Graph().parse(folder / rules), advanced=True)
    pattern = "{ [] sh:result [ sh:resultSeverity ?severity ; sh:focusNode ?of ; sh:resultPath ?at ] }"
    return {
        (slug_of(severity), str(of), slug_of(at))
        for severity, of, at in report.query(f"SELECT ?severity ?of ?at {pattern}")
    }


LATVIA = EU_AUTHORITY["country/LVA"]
QUOTATIONS = [listed("distribution", f"quotations.{ending}") for ending in ("nt", "ttl")]
UNAVOIDABLE = {
    "shapes.ttl": set(),
    "range.ttl": set(),
    "shapes_recommended.ttl": {
        # The municipality has named no licence for its words.
        *((each, "license") for each in QUOTATIONS),
        # The box and the middle of a country are for the EU's list to state.
        *((LATVIA, "bbox"), (LATVIA, "centroid")),
        # Nobody has said whom to turn to, who they are, or how long a file will be there; `validate` asks for it.
        *((each, "contactPoint") for each in (DATASET, *OFFERED)),
        (PUBLISHER, "type"),
    },
    "mdr-vocabularies.shape.ttl": {
        # The EU's list of corporate bodies has the EU's own.
        *((each, "publisher") for each in (CATALOG, DATASET, *OFFERED)),
        # No list has the box of these towns, and udata shows only a polygon; the country beside it is of a list.
        (DATASET, "spatial"),
    },
}
"""What the rules for what DCAT-AP demands, recommends and takes from lists warn of, and at which property."""


@pytest.mark.parametrize("rules", UNAVOIDABLE)
def test_the_official_rules_find_nothing_but_what_nobody_can_give(catalog: Graph, official: Path, rules: str) -> None:
    found = results(catalog, official, rules)
    files = {("Warning", str(each), "availability") for each in catalog.objects(DATASET, DCAT.distribution)}
    expected = {("Warning", str(subject), term) for subject, term in UNAVOIDABLE[rules]}
    assert found == expected | (files if rules == "shapes_recommended.ttl" else set())


def test_data_europa_eu_finds_all_points_but_those_for_a_contact_and_for_a_licence_on_quotations(
    catalog: Graph,
) -> None:
    """By the Metadata Quality Assessment's method: 405 points, of which 351 and more are excellent.

    Compliance with DCAT-AP, 30 points, is what the tests above find; that addresses answer, 80 points, is tested where
    they are served.
    """
    of_dataset = {DCAT.keyword: 30, DCAT.theme: 30, DCTERMS.spatial: 20, DCTERMS.temporal: 20, DCAT.contactPoint: 20}
    of_dataset |= {DCTERMS.publisher: 10, DCTERMS.accessRights: 10}
    of_file = {DCAT.downloadURL: 20, DCTERMS["format"]: 20, DCAT.mediaType: 10, DCTERMS.license: 20}
    of_file |= dict.fromkeys((DCTERMS.rights, DCAT.byteSize, DCTERMS.issued, DCTERMS.modified), 5)

    def points(subject: Node, terms: dict[URIRef, int], coded: URIRef, scheme: str, for_code: int) -> int:
        code = for_code * str(catalog.value(subject, coded)).startswith(EU_AUTHORITY[scheme])
        return code + sum(number for term, number in terms.items() if (subject, term, None) in catalog)

    scores = {}
    for each in catalog.objects(DATASET, DCAT.distribution):
        form, media = (catalog.value(each, term) for term in (DCTERMS["format"], DCAT.mediaType))
        known = 10 * (form in EU_AUTHORITY and str(media).startswith("https://www.iana.org/"))
        readable = 40 * (slug_of(form) in MACHINE_READABLE.split())
        described = points(each, of_file, DCTERMS.license, "licence/", 10)
        scores[each] = 30 + points(DATASET, of_dataset, DCTERMS.accessRights, "access-right/", 5)
        scores[each] += 80 + known + readable + described
    assert {each: score for each, score in scores.items() if score != 385} == dict.fromkeys(QUOTATIONS, 385 - 20 - 10)


# True of the release


def test_every_file_of_the_data_is_a_distribution_with_its_length_and_checksum_and_no_other(
    catalog: Graph, release: Release
) -> None:
    files = {listed("distribution", name): release.read(name) for name in release.checksums.keys() - DESCRIBING}
    assert set(catalog.objects(DATASET, DCAT.distribution)) == set(catalog.subjects(RDF.type, DCAT.Distribution))
    assert set(catalog.objects(DATASET, DCAT.distribution)) == files.keys()
    for each, content in files.items():
        [stated] = catalog.objects(each, SPDX.checksum / SPDX.checksumValue)
        assert (str(stated), stated.datatype) == (hashlib.sha256(content).hexdigest(), XSD.hexBinary)
        assert catalog.value(each, DCAT.byteSize) == Literal(len(content), datatype=XSD.nonNegativeInteger)


def test_the_compressed_dump_is_the_dump_and_says_how_it_is_compressed(catalog: Graph, release: Release) -> None:
    assert gzip.decompress(release.read(f"{QUADS}.gz")) == release.read(QUADS)
    assert list(catalog.subjects(DCAT.compressFormat)) == [listed("distribution", f"{QUADS}.gz")]


NOTICE = "Citēts no jelgava.lv; tiesības uz tekstu pieder pašvaldībai."


def test_facts_are_free_and_the_words_of_the_page_are_not(catalog: Graph, release: Release) -> None:
    def rights(name: str) -> tuple[Node | None, set[Node]]:
        each = listed("distribution", name)
        return catalog.value(each, DCTERMS.license), set(catalog.objects(each, DCTERMS.rights / RDFS.label))

    for name, licence, words in (
        ("facts.ttl", CC0, "Fakti ar šeit norādīto licenci."),
        ("quotations.nt", None, f"Citu teksts. {NOTICE}"),
        ("twingraph.ttl", CC0, f"Faktiem ir šeit norādītā licence; citētajam tekstam tās nav. {NOTICE}"),
    ):
        stated, notes = rights(name)
        assert (stated, Literal(words, "lv") in notes) == (licence, True)
    for each in (DATASET, *OFFERED):
        # A blank node: CKAN shows the text of one, and the IRI of anything else.
        assert isinstance(catalog.value(each, DCTERMS.rights), BNode)
        assert set(catalog.objects(each, DCTERMS.rights / RDFS.label)) == rights("twingraph.ttl")[1], each
    for name in (name for name in release.checksums if name.endswith(".csv")):
        quotes = {"quote", "mention", "printed"} & set(release.read(name).decode().splitlines()[0].split(","))
        assert rights(name) == rights("twingraph.ttl" if quotes else "facts.ttl"), name


def test_each_description_of_the_dataset_says_whose_the_quoted_words_are_as_the_source_does(inputs: Path) -> None:
    """A made-up notice."""
    source = inputs / "data" / "sources" / "jelgava-lv-2017" / "source.ttl"
    edit(source, "Quoted from jelgava.lv; rights in the text with the municipality.", "A made-up notice.")
    made = assemble(inputs)
    graph, notice = made.catalogue.graph(), re.compile(r"facts are under the licence .* A made-up notice\.$")
    extras = {each["key"]: each["value"] for each in ckan_package(graph, "en")["extras"]}
    served = Graph().parse(data=rdf.write(describe(made.catalogue.facts, [], {}, made.catalogue.rights), "text/turtle"))
    told = [extras["rights"], schema_dataset(graph)["copyrightNotice"]]
    assert all(notice.search(each) for each in told)
    [files] = {each.get("copyrightNotice") for each in schema_dataset(graph)["distribution"] if "trig" in each["@id"]}
    assert notice.search(files)
    [words] = [str(it) for it in served.objects(DATASET, DCTERMS.rights / RDFS.label) if it.language == "en"]
    assert (words, set(served.objects(DATASET, DCTERMS.license))) == (
        extras["rights"],
        set(graph.objects(CC0, SKOS.exactMatch)),
    )


def test_the_box_holds_every_town_and_the_time_is_from_the_first_date_to_the_last(
    catalog: Graph, towns: LinkedTowns
) -> None:
    [box] = catalog.objects(DATASET, DCTERMS.spatial / DCAT.bbox)
    # CKAN keeps one IRI of a place: with two, the format would decide which. And udata reads a box if it is a polygon.
    assert sum(isinstance(place, URIRef) for place in catalog.objects(DATASET, DCTERMS.spatial)) == 1
    assert box.startswith("POLYGON((")
    numbers = [float(number) for number in re.findall(r"-?[\d.]+", box)]
    for term, stated in ((SDO.longitude, numbers[::2]), (SDO.latitude, numbers[1::2])):
        known = [float(value) for value in towns.merged.objects(None, term)]
        assert (min(stated), max(stated)) == (min(known), max(known))
    assert numbers[:2] == numbers[-2:]
    period = catalog.value(DATASET, DCTERMS.temporal)
    assert isinstance(period, BNode)
    # The page of a source is later than what it tells, and a programme may end when it was not planned to.
    dates = [towns.merged.subject_objects(term) for term in (TG.earliest, TG.latest)]
    firsts, lasts = ([str(day) for of, day in each if kind_of(of) not in ("source", "programme")] for each in dates)
    stated = (str(catalog.value(period, term)) for term in (DCAT.startDate, DCAT.endDate))
    assert tuple(stated) == (min(firsts), max(lasts)) == ("1957-01-01", "2017-12-31")


def test_the_notes_of_the_version_are_what_the_record_of_changes_tells(catalog: Graph, built: Built) -> None:
    newest, *_ = history = versions(built.catalogue.history)
    notes = {lang: " ".join(each.sentences[lang] for each in newest.changes) for lang in ("en", "lv")}
    assert texts(catalog, DATASET, ADMS.versionNotes) == notes
    numbered = {part(address("changes"), version.number) for version in history}
    assert set(catalog.objects(DATASET, DCAT.hasVersion)) == numbered
    unrecorded = facts_with(built, DCAT.version, Literal("0.9.0")).graph()
    assert texts(unrecorded, DATASET, ADMS.versionNotes) == {}


def test_all_that_a_person_reads_is_in_english_and_latvian(catalog: Graph) -> None:
    terms = {DCTERMS.title, DCTERMS.description, RDFS.label, SKOS.prefLabel, ADMS.versionNotes}
    codes = {each for kind in (DCTERMS.LicenseDocument, DCTERMS.IMT) for each in catalog.subjects(RDF.type, kind)}
    for subject, term in {(s, p) for s, p in catalog.subject_predicates() if p in terms and s not in codes}:
        assert sorted(map(str, texts(catalog, subject, term))) == ["en", "lv"], (subject, term)


def test_nothing_but_our_dataset_is_one_all_is_named_and_the_keywords_name_the_town_of_the_page(catalog: Graph) -> None:
    assert list(catalog.subjects(RDF.type, DCAT.Dataset)) == [DATASET]
    assert all(isinstance(node, URIRef) for kind in LISTED for node in catalog.subjects(RDF.type, kind))
    assert {Literal("Jelgava", "en"), Literal("Jelgava", "lv")} <= set(catalog.objects(DATASET, DCAT.keyword))


# The same whatever the version


def test_pages_written_later_and_plans_do_not_move_the_end_of_the_time(built: Built) -> None:
    """A page of a made-up day, and a programme planned until a made-up year."""
    later = Graph() + built.catalogue.facts
    for of, term in ((thing("source", "jelgava-lv-2017"), TG.latest), (thing("programme", "made-up"), TG.lastDay)):
        later.add((of, term, Literal("2099-12-31", datatype=XSD.date)))
    told = replace(built.catalogue, facts=later).graph()
    assert set(map(str, told.objects(None, DCAT.endDate))) == {"2017-12-31"}


def facts_with(built: Built, term: Node, value: Node) -> Catalogue:
    """The catalogue of the release, with another value of a property of the dataset."""
    changed = Graph() + built.catalogue.facts
    changed.set((DATASET, term, value))
    return replace(built.catalogue, facts=changed)


def test_another_version_keeps_every_name_and_moves_every_address(built: Built) -> None:
    before, after = built.catalogue.graph(), facts_with(built, DCAT.version, Literal("9.0.0")).graph()
    for kind in LISTED:
        assert set(before.subjects(RDF.type, kind)) == set(after.subjects(RDF.type, kind)) != set()
    assert set(before.objects(None, DCTERMS.identifier)) == set(after.objects(None, DCTERMS.identifier))
    assert all(str(address).startswith(f"{BASE}dumps/9.0.0/") for address in after.objects(None, DCAT.accessURL))


def test_a_record_is_updated_when_the_data_have_changed_since_they_came_out(
    built: Built, monkeypatch: pytest.MonkeyPatch
) -> None:
    record, states = listed("record", "twin-towns"), []
    for second in ("1795392000", "1798761600"):
        monkeypatch.setenv("SOURCE_DATE_EPOCH", second)
        states.append(slug_of(built.catalogue.graph().value(record, ADMS.status)))
    assert states == ["created", "updated"]


def test_the_same_release_gives_the_same_catalogue(built: Built) -> None:
    backwards = Graph()
    backwards += reversed(list(built.catalogue.facts))
    assert set(replace(built.catalogue, facts=backwards).graph()) == set(built.catalogue.graph())


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


def test_the_catalogue_says_nothing_for_which_ckan_refuses_the_dataset(catalog: Graph) -> None:
    """Each is refused by one ordinary set-up of CKAN with ckanext-dcat 2.4, and with it the whole dataset."""
    refused = {
        PROV.wasGeneratedBy: DCAT.Dataset,  # default CKAN: "provenance_activity … was not expected"
        DCTERMS.creator: DCAT.Dataset,  # ckanext-scheming with dcat_ap_recommended.yaml
        ADMS.status: DCAT.Distribution,  # ckanext-scheming with dcat_ap_full.yaml, for the EU's IRI
    }
    for term, kind in refused.items():
        assert not set(catalog.subjects(term)) & set(catalog.subjects(RDF.type, kind)), term


def test_formats_and_licence_bear_the_names_by_which_portals_know_them(catalog: Graph) -> None:
    forms = set(catalog.objects(None, DCTERMS["format"]))
    labels = {str(catalog.value(form, RDFS.label)) for form in forms if (form, RDF.type, DCTERMS.IMT) in catalog}
    assert len(labels) == len(forms) > 8
    assert {"CSV", "TTL", "GeoJSON"} <= labels
    assert catalog.value(CC0, DCTERMS.description) == Literal("Creative Commons CCZero")


def test_a_curator_names_publisher_and_contact_in_the_data(inputs: Path) -> None:
    """A made-up council."""
    contact = f"<{part(CATALOG, 'contact')}>"
    described = f'{contact} a vcard:Kind ; vcard:fn "Made up" ; vcard:hasEmail <mailto:mayor@made-up.example> .'
    edit(inputs / "data" / CATALOGUE, "The twingraph project", "A made-up council")
    edit(
        inputs / "data" / CATALOGUE,
        "dataset:twin-towns\n",
        f"@prefix vcard: <{VCARD}> .\n{described}\n\ndataset:twin-towns dcat:contactPoint {contact} ;\n",
    )
    made = assemble(inputs)
    package = ckan_package(made.catalogue.graph(), "en")
    assert (package["author"], package["maintainer_email"]) == ("A made-up council", "mayor@made-up.example")
    assert "Listed-contact" not in {slug_of(each.rule) for each in made.findings}


@pytest.mark.parametrize(
    ("file", "before", "after", "line"),
    [
        (CATALOGUE, "    foaf:name", "    rdfs:comment", "publisher\n  The publisher has no"),
        (CATALOGUE, '"Facts (Turtle)"@en', '"Facts (Turtle)"', "facts-ttl\n  A distribu"),
        ("dataset.ttl", "dct:license", "dct:relation", "twin-towns\n  Name the one licence"),
    ],
)
def test_a_mistake_in_what_is_listed_is_found_where_it_stands_and_stops_the_release(
    inputs: Path, tmp_path: Path, file: str, before: str, after: str, line: str
) -> None:
    edit(inputs / "data" / file, before, after)
    words = ["build", "--inputs", str(inputs), "--output", str(tmp_path / "release"), "--lang", "en"]
    done = CliRunner().invoke(main, words)
    assert (done.exit_code, (tmp_path / "release").exists()) == (3, False)
    assert re.search(rf"^data/{file}:\d+: violation: {line}", done.stdout, re.MULTILINE)


@pytest.mark.parametrize(
    ("before", "after", "sentence"),
    [
        ("latest/facts.nt>", "latest/made-up.nt>", "a release has no file “made-up.nt”"),
        ("publicdomain/zero/1.0/>", "made-up/>", "it must describe the licence that data/dataset"),
    ],
)
def test_a_file_or_licence_that_is_not_there_is_told_in_a_sentence(
    inputs: Path, tmp_path: Path, before: str, after: str, sentence: str
) -> None:
    edit(inputs / "data" / CATALOGUE, before, after)
    with pytest.raises(BadInput, match=f"data/catalog.ttl: {sentence}"):
        write(assemble(inputs), tmp_path / "release")


def test_the_rules_for_the_catalogue_say_nothing_of_the_data(towns: LinkedTowns) -> None:
    rules = read_shapes(INPUTS / "shapes", of_catalogue=True)
    conforms, _, _ = pyshacl.validate(Graph() + towns.merged, shacl_graph=rules, advanced=True, inplace=True)
    assert conforms


def test_towns_that_nobody_placed_on_a_map_are_a_to_do_and_make_a_release(inputs: Path, tmp_path: Path) -> None:
    places = inputs / "data" / "places.trig"
    text, number = re.subn(r" ;\s+schema:latitude \S+ ;\s+schema:longitude [-\d.]+\d", "", places.read_text("utf-8"))
    places.write_text(text, encoding="utf-8")
    built = assemble(inputs)
    assert number >= 15
    assert [slug_of(each.rule) for each in built.findings if each.file == "data/catalog.ttl"].count(
        "CatalogDataset-spatial"
    ) == 1
    assert "dcat:bbox" not in write(built, tmp_path / "release").read("catalog.ttl").decode()
