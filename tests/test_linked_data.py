"""Linked data: every IRI leads to a document, every document to its quotes, and every file stays what it was."""

import base64
import hashlib
import html
import json
import re
import warnings
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from lxml.html import document_fromstring
from rdflib import Graph, Literal, URIRef
from rdflib.namespace import DCTERMS, OWL, PROV, RDFS, SDO
from signposting import find_signposting_html, find_signposting_http
from werkzeug.test import TestResponse

from conftest import client_of
from pages import Page
from releases import remade
from serving import Server
from twingraph.curation.findings import counts
from twingraph.query.engine import Engine
from twingraph.release.build import assemble, write
from twingraph.release.folder import Release
from twingraph.release.rdf import FORMATS
from twingraph.release.records import LinkedTowns
from twingraph.settings import BASE, CHECKSUMS, QUADS, Settings
from twingraph.vocab import KINDS, OA, SHAPE, TG, document, dump, kind_of, prefixes, slug_of, thing
from twingraph.web.app import create_app
from twingraph.web.things import MOST, PAGES

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
ALCAMO, QUOTE = "/id/place/alcamo", "quote/jelgava-lv-2017-alcamo-agreement"
SENTENCE = (
    "Sadarbības līgums tika noslēgts 2002. gadā un paredz sadarbību kultūras, sporta un sociālās labklājības "
    "veicināšanas jomās."
)
MADE_UP = "https://example.org/made-up/"
CC0 = "https://creativecommons.org/publicdomain/zero/1.0/"


def got(client: FlaskClient, path: str, accept: str | None = None, **headers: str) -> TestResponse:
    return client.get(path, headers=({"Accept": accept} if accept else {}) | headers)


def graph_of(answer: TestResponse) -> Graph:
    form = {"application/ld+json": "json-ld", "application/n-triples": "nt", "application/rdf+xml": "xml"}
    return Graph().parse(data=answer.data, format=form.get(answer.mimetype, "turtle"))


# From a thing to its document


@pytest.mark.parametrize(
    ("accept", "ending"),
    [
        (None, "html"),
        ("*/*", "html"),
        (BROWSER, "html"),
        ("text/turtle", "ttl"),
        ("application/json", "jsonld"),
        ("application/n-triples", "nt"),
        ("application/rdf+xml;q=0.9, text/*;q=0.1", "rdf"),
    ],
)
def test_an_iri_leads_to_the_document_that_is_accepted(client: FlaskClient, accept: str | None, ending: str) -> None:
    answer = got(client, ALCAMO, accept)
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/doc/place/alcamo.{ending}")
    assert "Accept" in answer.vary
    followed = got(client, "/doc/place/alcamo", accept)
    assert (followed.status_code, followed.mimetype, "Accept" in followed.vary) == (200, PAGES[ending], True)
    assert followed.headers["Content-Location"] == answer.headers["Location"]


@pytest.mark.parametrize("ending", PAGES)
@pytest.mark.parametrize("accept", ["image/png", "text/turtle;q=0"])
def test_a_document_with_an_ending_is_given_whatever_is_accepted(client: FlaskClient, ending: str, accept: str) -> None:
    answer = got(client, f"/doc/place/alcamo.{ending}", accept)
    assert (answer.status_code, answer.mimetype, "Accept" in answer.vary) == (200, PAGES[ending], False)
    assert answer.mimetype_params.get("charset") == ("utf-8" if answer.mimetype.startswith("text/") else None)


def test_the_iri_of_the_version_of_the_ontology_opens_and_that_of_no_other(client: FlaskClient) -> None:
    stated = Graph().parse(data=client.get("/ns").data, format="turtle")
    (version,) = stated.objects(None, OWL.versionIRI)
    path = str(version).removeprefix(BASE)
    assert client.get(f"/{path}").data == client.get("/ns").data
    assert client.get(f"/{path}9").status_code == 404


@pytest.mark.parametrize("path", [ALCAMO, "/doc/place/alcamo", "/ns"])
def test_what_there_is_not_is_refused_with_what_there_is(client: FlaskClient, path: str) -> None:
    answer = got(client, path, "image/png")
    assert (answer.status_code, "text/turtle" in answer.text, "Accept" in answer.vary) == (406, True, True)


def test_every_thing_of_ours_has_its_document(client: FlaskClient, everything: Graph) -> None:
    things = {s for s in everything.subjects() if re.fullmatch(rf"{BASE}id/[a-z]+/[^/#]+", str(s))}
    assert {kind_of(each) for each in things} == set(KINDS)
    replaced = dict(everything.subject_objects(DCTERMS.isReplacedBy))
    for each, other in replaced.items():
        answer = client.get(str(each).removeprefix(BASE.rstrip("/")))
        assert (answer.status_code, str(other) in answer.text) == (410, True), each
    for each in things - replaced.keys():
        answer = client.get(str(each).removeprefix(BASE.rstrip("/")), headers={"Accept": "application/n-triples"})
        assert answer.headers["Location"] == f"{str(document(each)).removeprefix(BASE.rstrip('/'))}.nt", each


@pytest.mark.parametrize(
    ("path", "sentence"),
    [
        ("/id/place/atlantis", "There is no place “atlantis” in this release."),
        ("/doc/agreement/jelgava-atlantis.ttl", "There is no agreement “jelgava-atlantis” in this release."),
        ("/doc/place/alcamo.xlsx", "There is no place “alcamo.xlsx”"),
        ("/id/town/alcamo", "There is no town “alcamo”"),
        ("/id/place/Alcamo%3E%20%7D", "There is no place"),
        ("/id/place/%E2%80%8Balcamo", "There is no place"),
        ("/id/place/alcamo%00", "There is no place"),
        ("/id/place/alcamo/", ""),
        ("/id/place/", ""),
        ("/id/place/..%2f..%2fetc%2fpasswd", ""),
    ],
)
def test_what_is_not_there_is_not_found(client: FlaskClient, path: str, sentence: str) -> None:
    answer = client.get(path)
    assert (answer.status_code, sentence in answer.text) == (404, True)


# What a document holds


def test_every_format_of_a_document_says_the_same(client: FlaskClient) -> None:
    one, *others = (set(graph_of(client.get(f"/doc/place/alcamo.{ending}"))) for ending in FORMATS)
    assert (len(one) > 40, others) == (True, [one] * len(others))


def test_a_document_holds_the_thing_and_what_points_to_it_as_the_release_says(
    client: FlaskClient, towns: LinkedTowns
) -> None:
    for path in ("place/alcamo", "agreement/jelgava-rueil-malmaison-2017", "area/culture", "figure/nova-odessa-area"):
        each = URIRef(f"{BASE}id/{path}")
        graph, merged = graph_of(client.get(f"/doc/{path}.ttl")), towns.merged
        told = {*merged.triples((each, None, None)), *merged.triples((None, None, each))}
        assert told <= set(graph), path
        ours = {triple for triple in graph if triple[0] != URIRef(document(each))}
        assert ours <= set(merged), path


def test_a_document_holds_the_quotes_behind_the_thing(client: FlaskClient) -> None:
    graph = graph_of(client.get("/doc/agreement/jelgava-alcamo-2002.ttl"))
    quotes = set(graph.objects(thing("agreement", "jelgava-alcamo-2002"), PROV.wasDerivedFrom))
    assert len(quotes) == 3
    assert Literal(SENTENCE, "lv") in {graph.value(quote, OA.exact) for quote in quotes}
    page, *cited = (thing("source", f"jelgava-{each}") for each in ("lv-2017", "en-2019", "lv-2019"))
    sources = {(graph.value(quote, PROV.wasQuotedFrom), graph.value(quote, PROV.hadPrimarySource)) for quote in quotes}
    assert sources == {(page, None), *((None, each) for each in cited)}


def test_a_document_says_what_it_is_itself(client: FlaskClient) -> None:
    graph = graph_of(client.get("/doc/place/alcamo.ttl"))
    found = graph.query(
        f"""SELECT ?day (LANG(?words) AS ?language) {{
            <{BASE}doc/place/alcamo> a foaf:Document ; foaf:primaryTopic place:alcamo ; dct:license <{CC0}> ;
                dct:source source:jelgava-lv-2017 ; dct:isPartOf dataset:twin-towns ; dcat:version "1.1.0" ;
                dct:modified ?day ; dct:rights ?words }} ORDER BY ?language""",
        initNs=prefixes(),
    )
    assert [(str(day)[:5], str(language)) for day, language in found] == [("2026-", "en"), ("2026-", "lv")]


def test_json_ld_brings_its_context_along(client: FlaskClient) -> None:
    told, context = (json.loads(client.get(path).data) for path in ("/doc/place/alcamo.jsonld", "/context.jsonld"))
    first, *_ = told["@graph"]
    assert (told["@context"], first["id"]) == (context["@context"], f"{BASE}id/place/alcamo")
    assert first["name"]["lv"] == "Alkamo"


def test_a_document_begins_with_its_thing_and_declares_what_it_uses(client: FlaskClient) -> None:
    text = client.get("/doc/place/alcamo.ttl").text
    declared = re.findall(r"^@prefix ([\w-]+):", text, re.MULTILINE)
    assert text.index("\nplace:alcamo ") < text.index("\nquote:")
    assert declared == sorted(declared)
    assert all(f"{prefix}:" in text.rpartition("@prefix")[2] or prefix == "rdf" for prefix in declared)


# Pages


def test_the_page_of_a_thing_links_its_formats_its_quotes_and_its_neighbours(client: FlaskClient) -> None:
    text = client.get("/doc/place/alcamo.html").text
    formats, wikidata = {f"/doc/place/alcamo.{ending}" for ending in FORMATS}, "http://www.wikidata.org/entity/Q481544"
    others = {"/id/country/IT", "/id/agreement/jelgava-alcamo-2002", f"/id/{QUOTE}", "/ns#twinnedWith", wikidata}
    assert formats | others <= set(Page(text).links)
    assert "<title>Alcamo – Town · Jelgava’s twin towns</title>" in text


def test_every_quote_opens_to_its_passage_in_the_page_and_a_mention_to_its_words(
    client: FlaskClient, towns: LinkedTowns
) -> None:
    for quote in towns.merged.subjects(PROV.wasQuotedFrom):
        address = client.get(f"/id/quote/{slug_of(quote)}").headers["Location"]
        page = Page(client.get(address).text)
        assert (address.partition(".")[2], page.ids.count("passage")) == ("html#passage", 1)
        marked = "".join(page.root.xpath("//mark//text()"))
        assert marked == str(towns.merged.value(quote, OA.exact)).replace("\n", ""), quote
    mention = client.get("/doc/mention/jelgava-lv-2017-alcamo-agreement-culture.html")
    assert Page(mention.text).find("//mark") == ["kultūras"]


def test_a_quote_is_a_web_annotation_of_the_stored_page(client: FlaskClient, release: Release) -> None:
    [(stored, words, start, end)] = graph_of(client.get(f"/doc/{QUOTE}.ttl")).query(
        """SELECT ?stored ?words ?start ?end {
            [] a oa:Annotation ; oa:hasBody agreement:jelgava-alcamo-2002 ; oa:motivatedBy oa:linking ;
                oa:hasTarget [ oa:hasSource source:jelgava-lv-2017 ; oa:hasState [ oa:cachedSource ?stored ] ;
                               oa:hasSelector [ a oa:TextQuoteSelector ; oa:exact ?words ] ,
                                 [ a oa:TextPositionSelector ; oa:start ?start ; oa:end ?end ] ] .
            agreement:jelgava-alcamo-2002 tg:agreedArea area:culture }""",
        initNs=prefixes(),
    )
    assert stored == dump("1.1.0", "sources/jelgava-lv-2017.txt")
    page = got(client, str(stored).removeprefix(BASE.rstrip("/"))).data.decode()
    assert page[int(start) : int(end)] == SENTENCE == str(words)
    assert (release.folder / "sources/jelgava-lv-2017.txt").read_bytes().decode() == page


# What is no thing


@pytest.mark.parametrize(
    ("path", "file", "name"),
    [("/ns", "ontology.ttl", str(TG)), ("/shapes", "shapes.ttl", str(SHAPE)), ("/.well-known/void", "void.ttl", "")],
)
def test_what_is_a_document_itself_is_given_as_turtle_first(
    client: FlaskClient, release: Release, path: str, file: str, name: str
) -> None:
    for accept in (None, "*/*", "text/turtle"):
        answer = got(client, path, accept)
        assert (answer.status_code, answer.content_type) == (200, "text/turtle; charset=utf-8")
        assert (answer.data, "Accept" in answer.vary) == (release.read(file), True)
    others = {media: got(client, path, media) for media in FORMATS.values()}
    assert [(answer.status_code, answer.mimetype) for answer in others.values()] == [(200, media) for media in others]
    assert len({len(graph_of(answer)) for answer in others.values()}) == 1
    if name:
        page = Page((answer := got(client, path, BROWSER)).text)
        assert (answer.mimetype, len(page.ids) > 20) == ("text/html", True)


@pytest.mark.parametrize(
    ("path", "anchor", "lv", "en"),
    [
        ("/ns", "agreedArea", "Kultūra ir saskaņota joma ar Alkamo.", "Culture is an agreed area with Alcamo."),
        ("/ns", "list-status", "Uz laiku apturēta, nevis izbeigta.", "Suspended for the time being, not ended."),
        ("/shapes", "Agreement-party", "Norādiet vismaz divas pilsētas", "Name at least two towns"),
    ],
)
def test_a_term_and_a_rule_are_explained_where_they_are_looked_up_in_one_language(
    client: FlaskClient, path: str, anchor: str, lv: str, en: str
) -> None:
    for language, said, other in (("lv", lv, en), ("en", en, lv)):
        page = document_fromstring(got(client, f"{path}?lang={language}", BROWSER).text)
        assert said in page.xpath(f"string(//section[.//@id='{anchor}'])")
        assert other not in page.text_content()
        contents = page.xpath("//nav[@class='contents']//a/@href")
        assert contents == [f"#{each}" for each in page.xpath("//main//section/h2/@id")] != []


def test_every_term_and_rule_has_an_anchor_and_a_sentence(client: FlaskClient, release: Release) -> None:
    for path, file, namespace in (("/ns", "ontology.ttl", TG), ("/shapes", "shapes.ttl", SHAPE)):
        page = document_fromstring(got(client, path, BROWSER).text)
        defined = {str(each) for each in Graph().parse(data=release.read(file)).subjects() if str(each) in namespace}
        anchors = {f"{namespace}{each}": page.get_element_by_id(each) for each in page.xpath("//@id")}
        assert defined
        assert {each for each in defined if not anchors[each].text_content().strip()} == set()


def test_the_context_is_given_whatever_is_accepted(client: FlaskClient) -> None:
    for accept in ("*/*", "text/html", "application/ld+json"):
        answer = got(client, "/context.jsonld", accept)
        assert (answer.status_code, answer.content_type) == (200, "application/ld+json")


# Things that were withdrawn


def test_what_was_withdrawn_is_gone_and_leads_on(inputs: Path, tmp_path: Path) -> None:
    declared = "".join(f"@prefix {prefix}: <{iri}> .\n" for prefix, iri in prefixes().items())
    statements = """evidence:withdrawn {
        evidence:withdrawn schema:citation "Made up for a test." ; tg:confidence confidence:one-source .
        agreement:made-up-2001 a prov:Entity ; dct:isReplacedBy agreement:jelgava-alcamo-2002 .
        place:made-up a prov:Entity ; owl:deprecated true .
    }"""
    (inputs / "data" / "withdrawn.trig").write_text(declared + statements, encoding="utf-8")
    built, other = assemble(inputs), thing("agreement", "jelgava-alcamo-2002")
    assert counts(built.findings)["Violation"] == 0
    made = write(built, tmp_path / "made")
    with client_of(made) as client:
        for path in ("/id/agreement/made-up-2001", "/doc/agreement/made-up-2001.ttl", "/doc/agreement/made-up-2001"):
            answer = client.get(path)
            assert (answer.status_code, f"withdrawn; in its place there is {other}" in answer.text) == (410, True)
            assert answer.headers["Link"] == f'<{other}>; rel="http://purl.org/dc/terms/isReplacedBy"'
        told = got(client, "/id/place/made-up", "application/json")
        assert (told.status_code, told.mimetype, "Link" in told.headers) == (410, "application/problem+json", False)
        assert told.json["detail"] == "The place “made-up” was withdrawn."


# Any host, any prefix


def test_identifiers_are_the_same_under_any_host(client: FlaskClient) -> None:
    for path in ("/doc/place/alcamo.ttl", "/doc/place/alcamo.html", f"/doc/{QUOTE}.html"):
        here, there = client.get(path), got(client, path, Host="mirror.example:8080")
        assert (here.data, here.headers["Link"]) == (there.data, there.headers["Link"])
        assert BASE + "id/" in here.text
    assert got(client, ALCAMO, Host="mirror.example").headers["Location"].startswith("/doc/")


def test_behind_a_proxy_addresses_get_its_prefix_and_identifiers_do_not(release: Release, engine: Engine) -> None:
    proxied = {"X-Forwarded-Prefix": "/towns", "X-Forwarded-Host": "mirror.example", "X-Forwarded-Proto": "https"}
    client = create_app(engine, release.folder, Settings(proxies=1)).test_client()
    assert client.get(ALCAMO, headers=proxied).headers["Location"] == "/towns/doc/place/alcamo.html"
    page = client.get("/doc/place/alcamo.html", headers=proxied)
    links = {"/towns/doc/place/alcamo.ttl", "/towns/id/country/IT", "/towns/ns#twinnedWith"}
    assert links <= set(Page(page.text).links)
    assert f"{BASE}id/place/alcamo" in page.text
    assert "</towns/doc/place/alcamo.ttl>" in page.headers["Link"]
    assert "<https://mirror.example/towns/sparql>" in client.get("/sparql", headers=proxied).text
    data, plain = (client.get("/doc/place/alcamo.ttl", headers=each).data for each in (proxied, {}))
    assert (data, b"/towns/" in data) == (plain, False)


def test_nobody_is_believed_to_be_a_proxy_unless_it_is_set(client: FlaskClient) -> None:
    answer = client.get(ALCAMO, headers={"X-Forwarded-Prefix": "/evil", "X-Forwarded-Host": "evil.example"})
    assert answer.headers["Location"] == "/doc/place/alcamo.html"
    assert "evil.example" not in client.get("/sparql", headers={"X-Forwarded-Host": "evil.example"}).text


# Signposts


def test_programs_find_their_way_by_the_links_of_a_page_which_stand_within_it_too(server: Server) -> None:
    address = f"http://127.0.0.1:{server.port}"
    found = find_signposting_http(f"{address}/doc/place/alcamo.html")
    assert str(found.citeAs.target) == f"{BASE}id/place/alcamo"
    assert {str(each.type): str(each.target) for each in found.describedBy} == {
        media: f"{address}/doc/place/alcamo.{ending}" for ending, media in FORMATS.items()
    }
    assert {str(each.target) for each in found.types} == {"https://schema.org/AboutPage", str(SDO.City)}
    assert str(found.license.target) == CC0
    assert str(found.collection.target) == str(thing("dataset", "twin-towns"))
    followed = find_signposting_http(f"{address}{ALCAMO}")
    assert str(followed.citeAs.target) == str(found.citeAs.target)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the parser it uses
        within = find_signposting_html(f"{address}/doc/place/alcamo.html")
    assert {(each.rel, str(each.target)) for each in within} == {(each.rel, str(each.target)) for each in found}


def test_data_lead_back_to_the_page_and_the_dataset_to_its_files(client: FlaskClient) -> None:
    describes = '</doc/place/alcamo.html>; rel="describes"; type="text/html"'
    assert describes in client.get("/doc/place/alcamo.ttl").headers["Link"]
    dataset = client.get("/doc/dataset/twin-towns.html")
    assert '</dumps/latest/twingraph.ttl>; rel="item"; type="text/turtle"' in dataset.headers["Link"]
    assert 'rel="collection"' not in dataset.headers["Link"]
    # The name of a part leads to the document of the whole.
    assert 'href="/id/dataset/twin-towns#' in dataset.text


# Hostile data


def test_labels_and_iris_in_the_data_are_no_script(tmp_path: Path) -> None:
    """A made-up release whose labels and links would be scripts."""
    town = f"{BASE}id/place/made-up"
    lines = (
        f'<{town}> <{SDO.name}> "<script>alert(1)</script>"@lv <{MADE_UP}g> .',
        f'<{town}> <{SDO.name}> "\\"><img src=x onerror=alert(1)>"@en <{MADE_UP}g> .',
        f"<{town}> <{SDO.url}> <javascript:alert(1)> <{MADE_UP}g> .",
    )
    with client_of(remade(tmp_path / "release", {QUADS: "\n".join(lines)})) as client:
        text = client.get("/doc/place/made-up.html").text
        # What crawlers read stands in an element that no browser runs.
        scripts = Page(text).root.xpath("//script[not(@src)]")
        told = [(script.get("type"), "javascript" in script.text) for script in scripts]
        assert told == 2 * [("application/ld+json", False)]
        assert json.loads(scripts[0].text)["name"] == '"><img src=x onerror=alert(1)>'
        assert ("<script>" in text, "<img" in text, "alert(1)" in html.unescape(text)) == (False, False, True)
        assert not [link for link in Page(text).links if link.startswith("javascript")]
        paths = ("/ns", "/doc/place/made-up.jsonld", "/version")
        assert [client.get(path).status_code for path in paths] == [404, 200, 200]


def test_a_document_that_would_be_endless_says_that_it_is_a_part(tmp_path: Path) -> None:
    """A made-up country with more towns than a document holds."""
    country, inside = f"{BASE}id/country/XX", f"{SDO}containedInPlace"
    lines = [f'<{country}> <{SDO.name}> "made up"@en <{MADE_UP}g> .']
    lines += [f"<{BASE}id/place/made-up-{n}> <{inside}> <{country}> <{MADE_UP}g> ." for n in range(MOST + 1)]
    with client_of(remade(tmp_path / "release", {QUADS: "\n".join(lines)})) as client:
        graph = graph_of(client.get("/doc/country/XX.nt"))
        assert len(set(graph.subjects(URIRef(inside)))) == MOST
        assert f"{MOST} statements are shown" in str(graph.value(URIRef(document(country)), RDFS.comment))
        assert "Only a part is shown" in client.get("/doc/country/XX.html").text


# A folder that changes while it is served


def test_what_was_loaded_is_served_though_another_was_built(release: Release, tmp_path: Path) -> None:
    served = remade(tmp_path / "release", {}, release, "1.1.0")
    with client_of(served) as client:
        paths = (f"/dumps/1.1.0/{QUADS}", "/dumps/latest/tables/cities.csv", "/version", f"/doc/{QUOTE}.html", "/ns")
        before = {path: got(client, path) for path in paths}
        remade(tmp_path / "release", {QUADS: f"<{MADE_UP}a> <{MADE_UP}b> <{MADE_UP}c> <{MADE_UP}g> .\n"})
        for path, answer in before.items():
            assert answer.status_code == 200
            after = got(client, path)
            assert (after.data, after.headers["ETag"]) == (answer.data, answer.headers["ETag"]), path
        assert got(client, "/dumps/made-up/manifest.json").status_code == 404
        assert client.get("/sparql?query=ASK{place:jelgava+a+schema:City}").json["boolean"] is True


def test_two_servers_give_the_same_bytes(server: Server, client: FlaskClient) -> None:
    paths = (f"/doc/{QUOTE}.html", "/shapes", "/ns", "/version", "/sparql", "/sparql?query=DESCRIBE%20place:alcamo")
    paths += (f"/dumps/latest/{QUADS}", "/sparql?query=SELECT+*+%7B+?town+tg:twinnedWith+?other+%7D")
    for path in (*(f"/doc/place/jelgava.{ending}" for ending in PAGES), *paths):
        for accept in (*FORMATS.values(), "application/sparql-results+json", "text/csv"):
            headers = {"Accept": accept, "Host": "made-up.example"}
            ours, theirs = client.get(path, headers=headers), server.ask(path, headers=headers)
            assert (ours.status_code, ours.data) == (theirs.status, theirs.body), (path, accept)
            for name in ("etag", "last-modified"):
                assert ours.headers.get(name) == theirs.headers.get(name), (path, accept)


# Files to take home

LATEST, KEPT = f"/dumps/latest/{QUADS}", f"/dumps/1.1.0/{QUADS}"


def digest_of(content: bytes) -> str:
    return f"sha-256=:{base64.b64encode(hashlib.sha256(content).digest()).decode()}:"


def test_a_version_is_kept_for_good_and_the_latest_is_asked_for_again(client: FlaskClient) -> None:
    kept, latest = client.get(KEPT), client.get(LATEST)
    assert (kept.status_code, kept.data) == (latest.status_code, latest.data) == (200, kept.data)
    assert kept.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert (latest.headers["Cache-Control"], latest.headers["Content-Location"]) == ("no-cache", KEPT)
    other = client.get(f"/dumps/0.9.0/{QUADS}")
    assert (other.status_code, other.text) == (404, "This server has the release 1.1.0, and not 0.9.0.\n")


def test_every_file_is_what_its_digest_says_and_is_saved_under_its_own_name(
    client: FlaskClient, release: Release
) -> None:
    names = [line.split("  ")[1] for line in (release.folder / CHECKSUMS).read_text("utf-8").splitlines()]
    assert len(names) > 20
    for name in names:
        answer = client.get(f"/dumps/1.1.0/{name}")
        assert (answer.data, answer.content_length) == ((release.folder / name).read_bytes(), len(answer.data))
        sha256, saved = hashlib.sha256(answer.data).hexdigest(), f"inline; filename={name.rpartition('/')[2]}"
        told = [answer.headers[each] for each in ("Repr-Digest", "ETag", "Content-Disposition")]
        assert told == [digest_of(answer.data), f'"{sha256}"', saved], name
    assert client.get(f"/dumps/latest/{CHECKSUMS}").data == (release.folder / CHECKSUMS).read_bytes()


@pytest.mark.parametrize(
    ("wanted", "status", "part_of"),
    [
        ("bytes=0-9", 206, slice(0, 10)),
        ("bytes=5-", 206, slice(5, None)),
        ("bytes=-7", 206, slice(-7, None)),
        ("bytes=0-99999999", 206, slice(0, None)),
        ("bytes=99999999-", 416, None),
        ("bytes=-0", 416, None),
        ("bytes=0-1,4-5", 200, slice(0, None)),
        ("bytes=9-5", 200, slice(0, None)),
        (f"bytes=0-{'9' * 7_000}", 200, slice(0, None)),
        ("lines=1-2", 200, slice(0, None)),
        ("nonsense", 200, slice(0, None)),
    ],
)
def test_a_part_of_a_file_can_be_had(
    client: FlaskClient, release: Release, wanted: str, status: int, part_of: slice | None
) -> None:
    whole = (release.folder / QUADS).read_bytes()
    answer = client.get(KEPT, headers={"Range": wanted})
    assert answer.status_code == status
    if part_of is None:
        assert answer.headers["Content-Range"] == f"bytes */{len(whole)}"
    else:
        assert answer.data == whole[part_of]
        assert (answer.headers["Accept-Ranges"], answer.headers["Repr-Digest"]) == ("bytes", digest_of(whole))


def test_a_part_goes_over_the_wire_as_it_is(server: Server, release: Release) -> None:
    answer = server.ask(KEPT, headers={"Range": "bytes=70000-170000"})
    assert (answer.status, answer.body) == (206, (release.folder / QUADS).read_bytes()[70000:170001])


def test_a_file_broken_off_is_gone_on_with_only_if_it_is_the_same(client: FlaskClient) -> None:
    tag = client.get(LATEST).headers["ETag"]
    part = {"Range": "bytes=10-19"}
    sent = part | {"If-Range": tag}, part | {"If-Range": '"another"'}, {"If-None-Match": tag}
    assert [client.get(LATEST, headers=each).status_code for each in sent] == [206, 200, 304]
    assert client.head(LATEST, headers={"Range": "bytes=0-9"}).status_code == 200


@pytest.mark.parametrize("version", ["latest", "1.1.0"])
@pytest.mark.parametrize(
    "name", ["", "../manifest.json", "%2e%2e/x", "..%2fx", "a%00", "tables", "tables/", "/etc/passwd", "x" * 999]
)
def test_no_file_is_served_that_the_release_does_not_list(client: FlaskClient, version: str, name: str) -> None:
    answer = client.get(f"/dumps/{version}/{name}")
    assert (answer.status_code, len(answer.text) < 250) == (404, True)
