"""What changed between two releases: in words, for programs, as the record of a version, and on the web."""

import hashlib
import json
import re
import shutil
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from click.testing import CliRunner, Result
from flask.testing import FlaskClient
from rdflib import Graph, Literal, URIRef
from rdflib.namespace import DCTERMS, RDF, SDO, XSD

from conftest import MADE_UP_HOME
from releases import edit, remade
from twingraph.cli import main
from twingraph.curation.derive import derive
from twingraph.curation.graph import read_inputs
from twingraph.errors import BadInput, BadValue
from twingraph.query.engine import Engine
from twingraph.release import rdf
from twingraph.release.build import assemble, write
from twingraph.release.changes import FORMATS, Diff, compare, diff, keep, order, read_history, versions
from twingraph.release.folder import Release, publish
from twingraph.release.records import LinkedTowns
from twingraph.settings import CHANGES, FORMAT, MANIFEST, PACKAGED, QUADS, Settings
from twingraph.vocab import DCAT, TG, address, part, prefixes, slug_of, thing
from twingraph.web.app import create_app

ATOM = "{http://www.w3.org/2005/Atom}"
INPUTS = PACKAGED
PAGE = Path(__file__).with_name("made_up_page")
"""A made-up page of two towns, what it states, and who the new one is; prefixes are put before."""
MADE_UP = "https://example.org/lv/pilseta/pilseta/sadraudzibas-pilsetas/"
SENTENCES = {
    "en": [
        f"Agreement “Jelgava – Alcamo, 2002” – signed: 14 May 2002 (before: 2002). Source: {MADE_UP}",
        f"Added: place “Made-up Newtown”. Source: {MADE_UP}",
        f"Added: twinning “Jelgava – Made-up Newtown”. Source: {MADE_UP}",
        f"Added: agreement “Jelgava – Made-up Newtown, 2019”. Source: {MADE_UP}",
    ],
    "lv": [
        f"Līgums „Jelgava – Alkamo, 2002” – noslēgts: 2002. gada 14. maijs (iepriekš: 2002. gads). Avots: {MADE_UP}",
        f"Papildinājums: vieta „Izdomātā Jaunpils”. Avots: {MADE_UP}",
        f"Papildinājums: sadraudzība „Jelgava – Izdomātā Jaunpils”. Avots: {MADE_UP}",
        f"Papildinājums: līgums „Jelgava – Izdomātā Jaunpils, 2019”. Avots: {MADE_UP}",
    ],
}
"""What the made-up release has changed, and nothing else."""
QUOTED = "Izdomāts precizējums: līgums tika noslēgts 2002. gada 14. maijā."


def run(*words: object) -> Result:
    return CliRunner().invoke(main, list(map(str, words)), catch_exceptions=False)


def renamed(release: Release, folder: Path, **values: object) -> Path:
    """Copy a release with other values in its manifest."""
    manifest = json.dumps(release.manifest | values).encode()
    publish(folder, {name: release.read(name) for name in release.checksums} | {MANIFEST: manifest}, "made-up")
    return folder


@pytest.fixture(scope="module")
def newer(tmp_path_factory: pytest.TempPathFactory) -> Release:
    """A made-up release: a town added, and a date made more exact."""
    data = tmp_path_factory.mktemp("newer") / "inputs" / "data"
    for name in ("data", "ontology", "shapes"):
        shutil.copytree(INPUTS / name, data.with_name(name))
    edit(data / "dataset.ttl", 'dcat:version "1.1.0"', 'dcat:version "1.2.0"')
    edit(data / "changes" / "1.0.0.ttl", "1.0.0", "1.2.0", data / "changes" / "1.2.0.ttl")
    edit(data / "changes" / "1.2.0.ttl", "The first release of the data.", "Made up.")
    real, made_up = data / "sources" / "jelgava-lv-2017", data / "sources" / "made-up-page"
    made_up.mkdir()
    shutil.copy(PAGE / "page.txt", made_up)
    declared = "".join(f"@prefix {prefix}: <{iri}> .\n" for prefix, iri in prefixes().items())
    for name, target in (("facts.trig", made_up / "facts.trig"), ("identity.trig", data / "made-up.trig")):
        target.write_text(declared + (PAGE / name).read_text("utf-8"), "utf-8")
    edit(real / "source.ttl", "jelgava-lv-2017", "made-up-page", made_up / "source.ttl")
    edit(made_up / "source.ttl", "https://www.jelgava.lv/", "https://example.org/")
    checksum = re.findall("[0-9a-f]{64}", (made_up / "source.ttl").read_text("utf-8"))[0]
    edit(made_up / "source.ttl", checksum, hashlib.sha256((made_up / "page.txt").read_bytes()).hexdigest())
    dated = 'tg:signed "2002"^^xsd:gYear ;\n        tg:dateAsPrinted "2002. gadā"@lv ;'
    edit(real / "facts.trig", dated, "")
    return write(assemble(data.parent), data.parent.with_name("release"))


@pytest.fixture(scope="module")
def differs(release: Release, newer: Release) -> Diff:
    return diff(release, newer)


@pytest.mark.parametrize(
    ("language", "town", "marks", "summary"),
    [("en", "Alcamo", "“”", "Changes: 4. Statements added: "), ("lv", "Alkamo", "„”", "Izmaiņas: 4. ")],
)
def test_a_new_town_and_a_more_exact_date_are_told_by_town_with_their_sentences(
    release: Release, newer: Release, language: str, town: str, marks: str, summary: str
) -> None:
    answer = run("diff", release.folder, newer.folder, "--lang", language)
    head, first, second, *_, last = answer.stdout.split("\n\n")
    dated, *added = SENTENCES[language]
    assert (answer.exit_code, head) == (0, "1.1.0 (2026-11-29) → 1.2.0 (2026-11-29)")
    assert first.splitlines() == [town, f"  {dated}", QUOTED.join((f"    {marks[0]}", marks[1]))]
    assert [line[2:] for line in second.splitlines() if line[2:] in added] == added
    assert f"    {marks[0]}Izdomātais līgums tika noslēgts 2019. gadā par kultūru.{marks[1]}" in second.splitlines()
    assert last.startswith(summary)


def test_the_other_way_round_the_town_is_removed_and_the_date_less_exact(differs: Diff) -> None:
    back = compare(differs.after, differs.before)
    assert [each.sentences["en"] for each in back] == [
        "Agreement “Jelgava – Alcamo, 2002” – signed: 2002 (before: 14 May 2002).",
        *(sentence.replace("Added", "Removed") for sentence in SENTENCES["en"][1:]),
    ]
    assert back[0].quotes[0].startswith("Sadarbības līgums tika noslēgts 2002. gadā")


def test_a_change_says_whose_it_is_where_there_are_several_home_towns(release: Release) -> None:
    """A made-up second home town, with a partner that it shares with the first, and one of its own."""
    home, own, shared = (thing("place", name) for name in ("made-up", "made-up-own", "alcamo"))
    stated = [(thing("source", "made-up"), *page) for page in ((RDF.type, SDO.WebPage), (SDO.about, home))]
    for partner in (own, shared):
        stated += [(home, TG.twinnedWith, partner), (partner, TG.twinnedWith, home)]
    changed = [(own, SDO.telephone, Literal(1)), (shared, SDO.telephone, Literal(1)), (home, SDO.telephone, Literal(1))]
    releases, evidence = (release.load(), release.load()), thing("evidence", "made-up")
    for towns, triples in zip(releases, (stated, stated + changed), strict=True):
        towns.addN((*triple, towns.graph(evidence)) for triple in triples)

    sentences = {slug_of(each.subject): each.sentences["en"] for each in compare(*releases)}

    assert sentences["alcamo"].startswith("Jelgava, place:made-up: Place “Alcamo” – ")
    assert [sentences[name][:16] for name in ("made-up", "made-up-own")] == ["place:made-up: P", "place:made-up: P"]


def test_how_a_tie_stands_at_last_is_one_change_and_says_which_source_says_so(
    made_up_home: Release, tmp_path: Path
) -> None:
    """The made-up home before and after a notice that is only cited."""
    shutil.copytree(MADE_UP_HOME / "data", tmp_path / "data")
    shutil.copytree(INPUTS / "ontology", tmp_path / "ontology")
    shutil.rmtree(tmp_path / "data" / "sources" / "made-up-licupe-notice")
    derive(curated := read_inputs(tmp_path))
    before, after = LinkedTowns.of(curated), made_up_home.load()
    # That the tie with Fiumetta ended, another page says too.
    [suspended] = compare(before, after)
    assert suspended.sentences == {
        "en": "Twinning “Made-up Līčupe – Made-up Bachstadt” – status, added: suspended, not before 1 June 2023. "
        "Source: https://licupe.made-up.example/notice",
        "lv": "Sadraudzība „Izdomātā Līčupe – Izdomātā Bahštate” – statuss, papildinājums: darbība apturēta, "
        "ne pirms 2023. gada 1. jūnija. Avots: https://licupe.made-up.example/notice",
    }
    assert (suspended.sources, suspended.quotes) == (("made-up-licupe-notice",), ())
    [back] = compare(after, before)
    assert "status, removed: suspended, not before 1 June 2023." in back.sentences["en"]


def test_facts_are_compared_property_by_property(release: Release, towns: LinkedTowns) -> None:
    """Made-up values, stated in the graphs where the real ones are."""
    made_up, agreement, sport = release.load(), thing("agreement", "jelgava-como-2016"), thing("area", "sport")
    for subject, term, value in (
        (thing("place", "alcamo"), SDO.latitude, Literal("38.0")),
        (thing("place", "parnu"), SDO.url, URIRef("https://made-up.example/")),
        (agreement, DCTERMS.type, thing("document", "friendship-agreement")),
        (agreement, TG.agreedArea, sport),
        (thing("figure", "como-population-2015"), SDO.value, Literal(84395)),
        (thing("twinning", "jelgava-bialystok"), TG.since, Literal("1991-05", datatype=XSD.gYearMonth)),
    ):
        graph = next(graph for *_, graph in made_up.quads((subject, term, None, None)))
        made_up.remove((subject, term, None))
        made_up.graph(graph).add((subject, term, value))
    quote = next(each.quote.iri for each in towns.agreements if each.quote.iri)
    made_up.graph(quote).add((agreement, TG.plannedArea, sport))
    made_up.remove((thing("figure", "como-area"), None, None))
    found = compare(towns, made_up)
    assert [(each.town, each.sentences["en"]) for each in found] == [
        ("alcamo", "Place “Alcamo” – latitude: 38.0 (before: 37.966667)."),
        ("bialystok", "Twinning “Jelgava – Białystok” – since: May 1991 (before: 1994)."),
        ("como", "Agreement “Jelgava – Como, 2016” – kind: friendship agreement (before: cooperation agreement)."),
        ("como", "Agreement “Jelgava – Como, 2016” – agreed area: sport (before: culture, education)."),
        ("como", "Agreement “Jelgava – Como, 2016” – planned area, added: sport."),
        ("como", "Removed: figure “Como, surface area”."),
        ("como", "Figure “Como, population, 2015” – read as: 84395 (before: 84394)."),
        ("parnu", "Place “Pärnu” – web site: https://made-up.example/ (before: http://www.parnu.ee)."),
    ]
    assert found[3].sentences["lv"].endswith(" – saskaņota joma: sports (iepriekš: izglītība, kultūra).")
    assert (found[3].kind, found[3].subject, found[3].after) == ("changed", str(agreement), (str(sport),))


def test_programs_get_the_changes_as_json(differs: Diff) -> None:
    answer = json.loads(FORMATS["json"](differs, "en"))
    assert (answer["old"]["version"], answer["new"]["version"]) == ("1.1.0", "1.2.0")
    assert answer["changes"][0] == {
        "kind": "changed",
        "subject": str(thing("agreement", "jelgava-alcamo-2002")),
        "town": "alcamo",
        "sentence": {language: sentences[0] for language, sentences in SENTENCES.items()},
        "property": str(TG.signed),
        "before": ["2002"],
        "after": ["2002-05-14"],
        "quotes": [QUOTED],
        "sources": ["made-up-page"],
    }
    assert [change["kind"] for change in answer["changes"]] == ["changed", "added", "added", "added"]
    assert answer["pages"] == [MADE_UP]
    old, new = (set(each.read(QUADS).splitlines()) for each in (differs.old, differs.new))
    assert answer["statements"] == {"added": len(new - old), "removed": len(old - new)}


def test_releases_that_can_not_be_compared_are_refused_in_one_sentence(release: Release, tmp_path: Path) -> None:
    for other, code, words in (
        (tmp_path / "nowhere", 5, "this is no whole release"),
        (renamed(release, tmp_path / "later", format=FORMAT + 1), 5, f"this release is of format {FORMAT + 1}, and"),
        (release.folder, 2, "hold the same release, 1.1.0, byte for byte"),
    ):
        answer = run("diff", release.folder, other, "--lang", "en")
        assert (answer.exit_code, words in answer.stderr, answer.stderr.count("\n")) == (code, True, 1)
        assert run("diff", release.folder, other, "--lang", "lv").stderr.startswith("Kļūda: ")


def test_a_release_of_an_older_format_is_compared_but_no_answer_is_given_from_it(
    release: Release, tmp_path: Path
) -> None:
    older = renamed(release, tmp_path / "older", format=1)
    assert run("diff", older, release.folder, "--lang", "en").exit_code == 0
    answer = run("query", "counts", "--release", older, "--lang", "en")
    assert (answer.exit_code, answer.stdout, answer.stderr.count("\n")) == (5, "", 1)
    assert f"this release is of format 1, and this program reads format {FORMAT}; use the program" in answer.stderr


def test_a_release_that_only_calls_itself_otherwise_has_changed_nothing(release: Release, tmp_path: Path) -> None:
    other = renamed(release, tmp_path / "renamed", version="1.1.1")
    answer = run("diff", release.folder, other, "--lang", "en", "--record", tmp_path)
    assert all(each in answer.stdout for each in ("Nothing changed in the facts on towns", "added: 0, removed: 0"))
    assert [version.number for version in versions(read_history(tmp_path))] == ["1.1.1"]


def test_a_record_is_kept_once_and_only_of_a_version_above_the_last(differs: Diff, tmp_path: Path) -> None:
    assert keep(differs, tmp_path) == tmp_path / "1.2.0.ttl"
    [version] = versions(record := read_history(tmp_path))
    assert (part(address("changes"), "1.2.0"), DCAT.previousVersion, part(address("changes"), "1.1.0")) in record
    told = [change.sentences["lv"] for change in version.changes]
    assert (version.issued, told) == ("2026-11-29", SENTENCES["lv"])
    with pytest.raises(BadInput, match="has a record already; remove it"):
        keep(differs, tmp_path)
    with pytest.raises(BadValue, match=r"calls itself 1\.1\.0, which is no number above 1\.2\.0"):
        keep(replace(differs, old=differs.new, new=differs.old), tmp_path)


def test_the_next_build_takes_the_records_in(newer: Release) -> None:
    told = {each.number: each.changes[0].sentences for each in versions(Graph().parse(newer.folder / CHANGES))}
    assert (list(told), told["1.2.0"]["en"]) == (["1.2.0", "1.1.0", "1.0.0"], "Made up.")
    assert told["1.0.0"] == {"en": "The first release of the data.", "lv": "Datu pirmais laidiens."}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("1.0.0", "1.0.1"),
        ('"Datu pirmais laidiens."@lv', '"Datu pirmais laidiens."@en'),
        ("2026-11-23", "2026-11"),
        ("2026-11-23", "2026-02-30"),
        ("schema:hasPart", "schema:isPartOf"),
        ("\n", "# "),
    ],
    ids=["another version", "no Latvian", "a month", "no such day", "no changes", "nothing"],
)
def test_a_record_that_does_not_tell_its_version_is_refused_by_name(tmp_path: Path, old: str, new: str) -> None:
    edit(INPUTS / "data" / "changes" / "1.0.0.ttl", old, new, tmp_path / "1.0.0.ttl")
    with pytest.raises(BadInput, match=r"1\.0\.0\.ttl: it must tell of the version that it is named for"):
        read_history(tmp_path)


def test_versions_come_in_the_order_of_their_numbers_and_there_need_be_none(tmp_path: Path) -> None:
    assert sorted(["1.10.0", "1.9.0", "1.9", "2"], key=order) == ["1.9", "1.9.0", "1.10.0", "2"]
    assert len(read_history(tmp_path / "nowhere")) == 0


# On the web


@pytest.fixture(scope="module")
def client(engine: Engine, differs: Diff, newer: Release, tmp_path_factory: pytest.TempPathFactory) -> FlaskClient:
    """A server of the newer release, as if the record of its changes were what the curator keeps."""
    folder = tmp_path_factory.mktemp("served")
    shutil.copytree(INPUTS / "data" / "changes", folder / "changes")
    keep(differs, folder / "changes")
    history = read_history(folder / "changes").serialize(format="turtle")
    return create_app(engine, remade(folder / "release", {CHANGES: history}, of=newer), Settings()).test_client()


@pytest.mark.parametrize(
    ("address", "accepted", "language"),
    [("/changes", "lv", "lv"), ("/changes", "en-GB, lv;q=0.5", "en"), ("/changes?lang=lv", "en", "lv")],
)
def test_the_changes_are_shown_in_the_language_that_is_asked_for(
    client: FlaskClient, address: str, accepted: str, language: str
) -> None:
    answer = client.get(address, headers={"Accept": "text/html", "Accept-Language": accepted})
    assert (answer.status_code, answer.headers["Content-Language"]) == (200, language)
    assert ("Accept" in answer.vary, "Accept-Language" in answer.vary) == (True, address == "/changes")
    assert all(sentence in answer.text for sentence in SENTENCES[language])
    assert answer.text.index("1.2.0") < answer.text.index('<section id="1.0.0">')


@pytest.mark.parametrize("media_type", sorted(rdf.FORMATS.values()))
def test_programs_get_the_history_in_every_format(client: FlaskClient, media_type: str) -> None:
    answer = client.get("/changes", headers={"Accept": media_type})
    assert answer.content_type.partition(";")[0] == media_type
    later, *_, first = versions(graph := Graph().parse(data=answer.data, format=media_type))
    assert (later.number, first.number) == ("1.2.0", "1.0.0")
    assert [change.sentences["lv"] for change in later.changes] == SENTENCES["lv"]
    # Each version and change is found by its IRI on the page, which links the thing.
    page = client.get("/changes?lang=en", headers={"Accept": "text/html"}).text
    named = {str(subject).partition("#")[2] for subject in graph.subjects()}
    assert named == set(re.findall(r'<(?:section|li) id="([^"]+)"', page))
    assert 'href="/id/agreement/jelgava-alcamo-2002?lang=en"' in page


@pytest.mark.parametrize("language", ["en", "lv"])
def test_the_feed_is_atom_with_an_entry_for_each_version(client: FlaskClient, language: str) -> None:
    """The elements that RFC 4287 requires (4.1.1 and 4.1.2), and names that no host and no language changes."""
    answer = client.get(f"/changes.atom?lang={language}")
    assert answer.content_type == "application/atom+xml; charset=utf-8"
    feed = ET.fromstring(answer.data)
    assert (feed.tag, feed.get("{http://www.w3.org/XML/1998/namespace}lang")) == (f"{ATOM}feed", language)
    entries = list(feed.iter(f"{ATOM}entry"))
    for each in (feed, *entries):
        assert all(each.findtext(f"{ATOM}{name}") for name in ("id", "title", "updated"))
        assert datetime.fromisoformat(each.findtext(f"{ATOM}updated") or "").tzinfo
    assert feed.findtext(f"{ATOM}author/{ATOM}name")
    assert [each.findtext(f"{ATOM}id") for each in entries] == [
        f"{address('changes')}#{each}" for each in ("1.2.0", "1.1.0", "1.0.0")
    ]
    items = entries[0].iter("{http://www.w3.org/1999/xhtml}li")
    assert ["".join(item.itertext()) for item in items] == SENTENCES[language]
    links = [link.attrib for link in feed.iter(f"{ATOM}link")]
    assert {"self", "alternate"} <= {link["rel"] for link in links}
    for link in links:
        answer = client.get(link["href"], headers={"Accept": "*/*"})
        assert (answer.status_code, answer.mimetype) == (200, link["type"])


def test_the_front_page_leads_to_the_changes_and_to_their_feed_which_was_a_stream_before(client: FlaskClient) -> None:
    page = client.get("/?lang=lv").text
    assert re.search(
        r'(?s)type="application/atom\+xml" [^>]*href="/changes.atom\?lang=lv".*href="/changes\?lang=lv"', page
    )
    answer = client.get("/changes.trig")
    assert (answer.status_code, "/changes.atom" in answer.text) == (410, True)


def test_a_release_without_a_history_or_of_a_version_that_nobody_told_of_is_said_to_be_so(
    engine: Engine, release: Release, tmp_path: Path
) -> None:
    client = create_app(engine, remade(tmp_path / "older", {}), Settings()).test_client()
    assert [client.get(address).status_code for address in ("/changes", "/changes.atom")] == [404, 404]
    made = remade(tmp_path / "release", {CHANGES: ""}, of=release)
    page = create_app(engine, made, Settings()).test_client().get("/changes?lang=en")
    assert "This is version 1.1.0; nobody has recorded what changed with it." in page.text
