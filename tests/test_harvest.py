"""Harvesting: what portals, search engines and crawlers get when they are given one address."""

import hashlib
import json
import re
import socket
from collections import Counter
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.robotparser import RobotFileParser
from xml.etree import ElementTree as ET

import pytest
from click.testing import CliRunner
from flask.testing import FlaskClient
from lxml import html
from rdflib import Graph, Literal, URIRef
from rdflib.compare import isomorphic
from rdflib.namespace import DCTERMS, FOAF, OWL, RDF, SDO, XSD
from signposting import find_signposting_html, find_signposting_http

from browsing import Look, Visit
from conftest import client_of
from harvesters import HARVESTERS, VCARD, NotHarvested, as_ckan, as_udata, harvested
from releases import remade
from serving import Server
from twingraph.cli import main
from twingraph.errors import BadValue
from twingraph.query.engine import Engine
from twingraph.release import catalogue
from twingraph.release.folder import Release
from twingraph.release.rdf import read
from twingraph.settings import BASE, CATALOGUE, QUADS, Settings
from twingraph.vocab import DCAT, EU_AUTHORITY, LISTED, SPDX, kind_of, thing
from twingraph.web.app import create_app

ENDINGS = {
    "ttl": "text/turtle",
    "jsonld": "application/ld+json",
    "rdf": "application/rdf+xml",
    "xml": "application/rdf+xml",
    "nt": "application/n-triples",
}
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
DATASET = thing("dataset", "twin-towns")
MADE_UP = "https://made-up.example.org/towns/"
SITEMAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
CKAN_KEEPS = """
access_rights conforms_to documentation identifier issued language modified provenance publisher_name publisher_uri
sample temporal_end temporal_start theme uri version_notes
"""
"""What ckanext-dcat 2.4.4 made of this catalogue besides the fields of CKAN itself, but for names of the place."""
GOOGLE_LIKES = """
name description alternateName creator distribution identifier includedInDataCatalog isAccessibleForFree keywords
license measurementTechnique sameAs spatialCoverage temporalCoverage url variableMeasured version
"""
"""Two fields that Google Dataset Search requires, and those that it recommends and that are true of this dataset."""
CC_ZERO = "https://creativecommons.org/publicdomain/zero/1.0/"
SAME = ("content-type", "content-length", "etag", "last-modified", "vary", "link")
"""What HEAD says as GET does."""


@pytest.fixture(scope="module")
def at_site(release: Release, engine: Engine) -> FlaskClient:
    """A client of a server that was told its public address."""
    return create_app(engine, release.folder, Settings(site=MADE_UP.rstrip("/"))).test_client()


@pytest.fixture(scope="module")
def graph(server: Server) -> Graph:
    return Graph().parse(data=server.ask("/catalog.ttl").body, format="turtle")


@pytest.fixture(scope="module")
def dataset(server: Server) -> dict[str, Any]:
    (found,) = datasets(server.ask("/", headers={"Accept": BROWSER}).text)
    return found


def datasets(text: str) -> list[dict[str, Any]]:
    """Read what search engines read of a page: the data in its scripts."""
    return [
        json.loads(script) for script in html.fromstring(text).xpath("//script[@type='application/ld+json']/text()")
    ]


def address(server: Server, path: str = "/") -> str:
    return f"http://127.0.0.1:{server.port}{path}"


# Harvesters of portals


@pytest.mark.parametrize("portal", HARVESTERS)
@pytest.mark.parametrize("path", ["/catalog", *(f"/catalog.{ending}" for ending in ENDINGS)])
def test_a_portal_gets_the_same_whole_dataset_from_every_address(server: Server, portal: str, path: str) -> None:
    first = harvested(as_ckan(address(server, "/catalog.ttl")))
    assert harvested(HARVESTERS[portal](address(server, path))) == first


def test_the_dataset_that_a_portal_gets_is_complete_in_both_languages_and_the_endpoint_a_service(
    server: Server,
) -> None:
    told = as_udata(address(server, "/catalog"))
    (item,) = harvested(told).values()
    assert item.identifier == "twingraph-twin-towns"
    assert set(item.title) == set(item.description) == {"en", "lv"}
    assert {"twin towns", "sadraudzības pilsētas"} <= item.keywords
    assert (item.licence, item.publisher) == ("Creative Commons CCZero", "The twingraph project")
    names = {urlsplit(download).path.rpartition("/")[2] for _, _, download, *_ in item.files}
    assert {"twingraph.ttl", "twingraph.nq", "facts.nt", "quotations.ttl", "cities.csv", "places.geojson"} <= names
    assert set(harvested(told, DCAT.DataService)["twingraph-sparql"].title) == {"en", "lv"}


@pytest.mark.parametrize("spoilt", [DCTERMS.identifier, DCTERMS.title, SPDX.algorithm])
def test_a_portal_of_this_test_refuses_what_real_ones_refuse(graph: Graph, spoilt: URIRef) -> None:
    """No identifier, no title, and a checksum by the algorithm that udata knows: it can not keep what rdflib reads."""
    told = Graph() + graph
    if spoilt == SPDX.algorithm:
        for checksum in set(told.subjects(spoilt)):
            told.set((checksum, spoilt, SPDX.checksumAlgorithm_sha256))
    told.remove((DATASET, spoilt, None))
    with pytest.raises(NotHarvested):
        harvested(told)


def test_all_formats_hold_the_same_graph_and_json_ld_is_read_without_a_network(
    server: Server, graph: Graph, monkeypatch: pytest.MonkeyPatch
) -> None:
    bodies = {ending: server.ask(f"/catalog.{ending}").body for ending in ENDINGS}

    def refuse(*_: object) -> None:
        pytest.fail("The context is looked for elsewhere.")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    for ending, media in ENDINGS.items():
        form = "json-ld" if ending == "jsonld" else media
        assert isomorphic(Graph().parse(data=bodies[ending], format=form), graph), ending
    told = json.loads(bodies["jsonld"])
    assert all(value.startswith("http") for value in told["@context"].values())
    assert "dcat:Dataset" in [node.get("@type") for node in told["@graph"]]


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize("accept", [None, "*/*", "text/html", "image/png"])
def test_each_address_answers_itself_and_head_says_what_get_says(
    server: Server, ending: str, accept: str | None
) -> None:
    headers = {"Accept": accept} if accept else {}
    answer, head = (server.ask(f"/catalog.{ending}", method, headers=headers) for method in ("GET", "HEAD"))
    assert (answer.status, answer.media_type) == (200, f"{ENDINGS[ending]}; charset=utf-8")
    assert [head.headers.get(name) for name in SAME] == [answer.headers.get(name) for name in SAME]
    assert (head.status, head.headers["content-length"], head.body) == (200, str(len(answer.body)), b"")


@pytest.mark.parametrize(
    ("accept", "media"),
    [
        (None, "text/turtle"),
        ("*/*", "text/turtle"),
        ("*/*;q=0.1, text/turtle;q=0", "application/ld+json"),
        ("application/json", "application/ld+json"),
        ("text/xml", "application/rdf+xml"),
        ("text/html", "text/html"),
        (BROWSER, "text/html"),
    ],
)
def test_the_catalogue_is_a_page_only_for_who_names_html(client: FlaskClient, accept: str | None, media: str) -> None:
    answer = client.get("/catalog", headers={"Accept": accept} if accept else {})
    assert (answer.status_code, answer.content_type) == (200, f"{media}; charset=utf-8")
    assert "Accept" in answer.vary
    assert client.get(answer.headers["Content-Location"]).data == answer.data
    refused = client.get("/catalog", headers={"Accept": "image/png"})
    assert (refused.status_code, "text/turtle" in refused.text) == (406, True)
    assert client.get("/catalog.n3").status_code == client.get("/catalog/").status_code == 404


# The site


def test_only_addresses_change_with_the_site(client: FlaskClient, at_site: FlaskClient) -> None:
    here, there = (Graph().parse(data=each.get("/catalog.ttl").data, format="turtle") for each in (client, at_site))
    assert {str(s) for s in here.subjects() if kind_of(s)} == {str(s) for s in there.subjects() if kind_of(s)}
    assert set(here.subjects(RDF.type, DCAT.Distribution)) == set(there.subjects(RDF.type, DCAT.Distribution))
    for term in (DCAT.accessURL, DCAT.downloadURL, DCAT.endpointURL, DCAT.landingPage, FOAF.homepage, FOAF.page):
        assert {urlsplit(value).netloc for value in here.objects(None, term)} == {"localhost"}, term
        assert all(value.startswith(MADE_UP) for value in there.objects(None, term)), term
    assert (URIRef(MADE_UP), RDF.type, FOAF.Document) in there
    assert set(there.objects(DATASET, DCTERMS.identifier)) == {Literal("twingraph-twin-towns")}


def test_the_site_is_in_the_place_of_every_address_elsewhere_too(at_site: FlaskClient) -> None:
    package = at_site.get("/catalog/ckan.json").json
    assert all(each["url"].startswith(MADE_UP) for each in (package, *package["resources"]))
    assert [each["url"] for each in datasets(at_site.get("/").text)] == [MADE_UP]
    robots = at_site.get("/robots.txt").text.splitlines()
    assert {f"Sitemap: {MADE_UP}sitemap.xml", "Disallow: /towns/sparql"} <= set(robots)
    assert f"<loc>{MADE_UP}catalog.html</loc>" in at_site.get("/sitemap.xml").text


def test_behind_a_proxy_the_site_is_where_it_was_asked_for(release: Release, engine: Engine) -> None:
    told = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "data.example.org", "X-Forwarded-Prefix": "/towns"}
    for proxies, at in ((1, "https://data.example.org/towns/"), (0, "http://localhost/")):
        app = create_app(engine, release.folder, Settings(proxies=proxies))
        answer = app.test_client().get("/catalog.nt", headers=told | {"X-Forwarded-For": "127.0.0.1"})
        assert f"<{at}sparql>" in answer.text


def test_a_name_of_ours_is_no_address_though_it_begins_as_one() -> None:
    told = read(f"<{BASE}id/a/b> <{DCAT.accessURL}> <{BASE}x> ; <{DCTERMS.relation}> <{BASE}x> .".encode())
    moved = {(s.value, p.value, o.value) for s, p, o in catalogue.move(MADE_UP, told)}
    objects = {str(DCAT.accessURL): f"{MADE_UP}x", str(DCTERMS.relation): f"{BASE}x"}
    assert moved == {(f"{BASE}id/a/b", *each) for each in objects.items()}


@pytest.mark.parametrize(
    "site", ["made-up.org", "//made-up.org", "ftp://made-up.org", "https://", "https://a b/", "https://a/?q=1"]
)
def test_a_site_that_is_no_absolute_address_is_refused_before_anything_is_written(tmp_path: Path, site: str) -> None:
    with pytest.raises(BadValue, match="is no absolute address"):
        Settings(site=site)
    words = ["serve", "--site", site, "--release", str(tmp_path / "release")]
    done = CliRunner(env={"LANG": "lv"}).invoke(main, words)
    assert (done.exit_code, (tmp_path / "release").exists()) == (2, False)
    assert "nav pilna adrese" in done.output.splitlines()[-1]


# Addresses to go to


def test_every_file_answers_with_its_type_length_and_checksum(
    server: Server, graph: Graph, dataset: dict[str, Any]
) -> None:
    """As the catalogue says, its page shows, and the front page says to search engines."""
    on_page = {each["contentUrl"]: each for each in dataset["distribution"]}
    listed = server.ask("/catalog.html").text
    assert set(on_page) == set(map(str, graph.objects(None, DCAT.downloadURL)))
    for file in graph.subjects(RDF.type, DCAT.Distribution):
        url, length = str(graph.value(file, DCAT.downloadURL)), int(str(graph.value(file, DCAT.byteSize)))
        answer, told = server.ask(urlsplit(url).path), on_page[url]
        media, sha256 = answer.media_type.partition(";")[0], hashlib.sha256(answer.body).hexdigest()
        stated = graph.value(file, DCAT.compressFormat) or graph.value(file, DCAT.mediaType)
        (checksum,) = graph.objects(file, SPDX.checksum / SPDX.checksumValue)
        assert (answer.status, len(answer.body), str(checksum).lower()) == (200, length, sha256), file
        assert (str(graph.value(file, DCAT.accessURL)), str(stated).split("/media-types/")[1]) == (url, media), file
        assert (told["@type"], told["encodingFormat"], told["sha256"]) == ("DataDownload", media, sha256), file
        assert ("license" not in told) == told["contentUrl"].rpartition("/")[2].startswith("quotations.")
        assert told["copyrightNotice"]
        assert (urlsplit(url).path in listed, sha256 in listed) == (True, True)


def test_every_other_address_answers(server: Server, graph: Graph) -> None:
    terms = (DCAT.endpointURL, DCAT.endpointDescription, DCAT.landingPage, FOAF.homepage, FOAF.page)
    addresses = {str(value) for term in terms for value in graph.objects(None, term)}
    assert {urlsplit(each).path for each in addresses} >= {"/", "/sparql"}
    assert [each for each in addresses if server.ask(urlsplit(each).path).status != 200] == []


def test_what_only_the_catalogue_describes_leads_to_it(client: FlaskClient, graph: Graph) -> None:
    told = {str(s) for s in graph.subjects(RDF.type) if re.fullmatch(rf"{BASE}id/({'|'.join(LISTED)})/[^#]+", str(s))}
    assert {each.split("/")[-2] for each in told} == set(LISTED)
    for each in told:
        answer = client.get(each.removeprefix(BASE.rstrip("/")), headers={"Accept": "text/turtle"})
        assert (answer.status_code, answer.headers["Location"]) == (303, "/catalog.ttl")
    assert client.get("/id/catalog/twingraph").headers["Location"] == "/catalog.html"
    assert client.get("/id/distribution/made-up").status_code == 404
    assert client.get("/id/catalog/twingraph", headers={"Accept": "image/png"}).status_code == 406


# Portals that do not harvest


@pytest.mark.parametrize("language", ["lv", "en"])
def test_the_body_of_package_create_is_what_ckan_takes(client: FlaskClient, graph: Graph, language: str) -> None:
    package = client.get(f"/catalog/ckan.json?lang={language}").json
    translated = (package[f"{field}_translated"][language] for field in ("title", "notes"))
    assert (package["title"], package["notes"], package["license_id"]) == (*translated, "cc-zero")
    assert re.fullmatch(r"[a-z0-9_-]{2,100}", package["name"])
    assert not {"id", "revision_id", "owner_org"} & package.keys()
    tags, extras = Counter(tag["name"] for tag in package["tags"]), package["extras"]
    assert all(re.fullmatch(r"[\w .-]{2,100}", tag) for tag in tags)
    assert set(tags.values()) == set(Counter(extra["key"] for extra in extras).values()) == {1}
    assert all(isinstance(extra["value"], str) for extra in extras)
    resources = {each["uri"]: each for each in package["resources"]}
    listed = {str(s) for kind in (DCAT.Distribution, DCAT.DataService) for s in graph.subjects(RDF.type, kind)}
    assert (resources.keys(), len(resources)) == (listed, len(package["resources"]))
    assert all(each["url"] and each["name"] and each["format"] for each in resources.values())
    assert all(isinstance(each.get("size", 1), int) for each in resources.values())


def test_the_body_of_package_create_has_what_ckan_keeps_of_a_harvest(client: FlaskClient) -> None:
    package = client.get("/catalog/ckan.json").json
    extras = {each["key"]: each["value"] for each in package["extras"]}
    assert extras.keys() >= set(CKAN_KEEPS.split())
    told = (extras["uri"], extras["identifier"], extras["temporal_start"], json.loads(extras["spatial"])["type"])
    assert told == (str(DATASET), "twingraph-twin-towns", "1957-01-01", "Polygon")
    assert json.loads(extras["language"])
    assert "jelgava.lv" in extras["provenance"]
    resources = {each["url"].rpartition("/")[2]: each for each in package["resources"]}
    assert resources["facts.ttl"]["license"].endswith("/licence/CC0")
    assert "license" not in resources["quotations.ttl"]
    assert "pašvaldībai" in resources["quotations.ttl"]["rights"]
    assert (resources["sparql"]["format"], resources["cities.csv"]["format"]) == ("SPARQL", "CSV")


def test_a_contact_by_mail_is_the_address_of_who_maintains_the_package(graph: Graph) -> None:
    told = Graph() + graph
    contact = URIRef(f"{MADE_UP}contact")
    told.add((DATASET, DCAT.contactPoint, contact))
    told.add((contact, VCARD.hasEmail, URIRef("mailto:made-up@example.org")))
    assert catalogue.contact(told) == "mailto:made-up@example.org"
    assert catalogue.ckan_package(told, "lv")["maintainer_email"] == "made-up@example.org"


@pytest.mark.parametrize(
    ("licence", "named", "at"),
    [
        (EU_AUTHORITY["licence/CC_BY_4_0"], "cc-by", EU_AUTHORITY["licence/CC_BY_4_0"]),
        (EU_AUTHORITY["licence/CC0"], "cc-zero", CC_ZERO),
        (URIRef(MADE_UP), "notspecified", MADE_UP),
    ],
)
def test_another_licence_is_named_as_ckan_and_search_engines_know_it(
    graph: Graph, licence: URIRef, named: str, at: URIRef | str
) -> None:
    told = Graph() + graph
    told.set((DATASET, DCTERMS.license, licence))
    assert catalogue.ckan_package(told, "en")["license_id"] == named
    assert catalogue.schema_dataset(told)["license"] == str(at)


# Search engines


def test_the_page_has_the_fields_that_google_requires_and_recommends(server: Server, dataset: dict[str, Any]) -> None:
    assert (dataset["@context"], dataset["@type"]) == ("https://schema.org/", "Dataset")
    assert (dataset["license"], dataset["url"]) == (CC_ZERO, address(server))
    assert dataset.keys() >= set(GOOGLE_LIKES.split())
    assert 50 <= len(dataset["description"]) <= 5000
    assert {"sadraudzības", "statement"} <= set(re.findall(r"\w+", dataset["description"]))
    assert re.fullmatch(r"\d{4}-\d\d-\d\d/(?:\d{4}-\d\d-\d\d|\.\.)", dataset["temporalCoverage"])
    south, west, north, east = map(float, dataset["spatialCoverage"]["geo"]["box"].split())
    assert -90 <= south < north <= 90
    assert -180 <= west < east <= 180


def test_a_real_browser_has_the_same_data_on_the_page_and_complains_of_nothing(
    dataset: dict[str, Any], visit: Visit
) -> None:
    someone = visit(Look())
    someone.wrong.clear()
    someone.page.goto("/")
    assert datasets(someone.page.content()) == [dataset]
    assert someone.wrong == []


def test_text_in_the_data_can_not_end_the_script(release: Release, engine: Engine, tmp_path: Path) -> None:
    evil = "</script><script>alert('izdomāts')</script>"
    told = (release.folder / CATALOGUE).read_text("utf-8").replace("every statement with its sentence", evil)
    text = create_app(engine, remade(tmp_path / "release", {CATALOGUE: told}), Settings()).test_client().get("/").text
    assert "<script>alert" not in text
    assert evil in datasets(text)[0]["name"]


def test_the_front_page_is_signposted(server: Server, dataset: dict[str, Any]) -> None:
    signs = find_signposting_http(address(server))
    assert str(signs.citeAs.target) == str(DATASET)
    assert str(signs.license.target) == CC_ZERO
    assert {str(each.target) for each in signs.types} == {"https://schema.org/AboutPage", "https://schema.org/Dataset"}
    described = {str(each.target): each.type for each in signs.describedBy}
    assert described == {address(server, f"/catalog.{each}"): ENDINGS[each] for each in ENDINGS if each != "xml"}
    files = {str(each.target) for each in find_signposting_html(address(server)).items}
    assert files == {each["contentUrl"] for each in dataset["distribution"]}
    assert sum(len(name) + len(value) + 4 for name, value in server.ask("/").headers.items()) < 4096
    assert '</catalog.ttl>; rel="describedby"' in server.ask("/doc/dataset/twin-towns.html").headers["link"]


# Crawlers


def test_crawlers_may_go_everywhere_but_to_queries(server: Server) -> None:
    rules = RobotFileParser()
    rules.parse(server.ask("/robots.txt").text.splitlines())
    for path in ("/", "/catalog.ttl", "/doc/place/alcamo.html", "/id/place/alcamo", "/dumps/latest/twingraph.ttl"):
        assert rules.can_fetch("Googlebot", address(server, path)), path
    for path in ("/sparql", "/sparql?query=ASK%7B%7D", "/search?q=culture"):
        assert not rules.can_fetch("*", address(server, path)), path
    assert rules.site_maps() == [address(server, "/sitemap.xml")]


def test_the_sitemap_lists_every_page_with_its_day_that_of_the_dataset_first(
    client: FlaskClient, everything: Graph
) -> None:
    urls = ET.fromstring((answer := client.get("/sitemap.xml")).data).findall(f"{SITEMAP}url")
    assert answer.content_type == "application/xml; charset=utf-8"
    pages = [str(url.findtext(f"{SITEMAP}loc")).removeprefix("http://localhost") for url in urls]
    assert pages[:4] == ["/", "/catalog.html", "/changes?lang=lv", "/changes?lang=en"]
    assert {url.findtext(f"{SITEMAP}lastmod") for url in urls} == {"2026-11-29T00:00:00Z"}
    replaced = set(everything.subjects(DCTERMS.isReplacedBy))
    things = {s for s in everything.subjects() if re.fullmatch(rf"{BASE}id/[a-z]+/[^/#]+", str(s))} - replaced
    assert set(pages[4:]) == {f"/doc/{each.removeprefix(f'{BASE}id/')}.html" for each in things}
    assert len(pages) == len(set(pages))
    one_of_each_kind = {page.split("/")[2]: page for page in pages[4:]}
    for page in (*pages[:4], *one_of_each_kind.values()):
        assert ((found := client.get(page)).status_code, found.mimetype) == (200, "text/html"), page


def test_a_sitemap_that_is_too_long_is_an_index_of_its_parts(
    release: Release, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = create_app(engine, release.folder, Settings(cache_mebibytes=0)).test_client()
    whole = ET.fromstring(client.get("/sitemap.xml").data)
    pages = [url.findtext(f"{SITEMAP}loc") for url in whole]
    monkeypatch.setattr("twingraph.web.app.MOST", len(pages) // 2)
    index = ET.fromstring(client.get("/sitemap.xml").data)
    parts = [str(part.findtext(f"{SITEMAP}loc")) for part in index]
    found = [url.findtext(f"{SITEMAP}loc") for part in parts for url in ET.fromstring(client.get(part).data)]
    assert index.tag == f"{SITEMAP}sitemapindex"
    assert (len(parts), found) == (2 + len(pages) % 2, pages)
    assert client.get("/sitemap-9.xml").status_code == 404


WITHDRAWN = f"""
<{BASE}id/place/made-up> <{SDO.name}> "Izdomāta"@lv .
<{BASE}id/place/made-up-before> <{DCTERMS.isReplacedBy}> <{BASE}id/place/made-up> .
<{BASE}id/place/made-up-gone> <{OWL.deprecated}> "true"^^<{XSD.boolean}> .
<{BASE}id/place/made-up#part> <{SDO.name}> "Daļa"@lv .
"""


def test_what_was_withdrawn_is_in_no_sitemap_and_a_release_without_a_catalogue_is_served(tmp_path: Path) -> None:
    made = remade(tmp_path / "release", {QUADS: WITHDRAWN})
    with client_of(made) as client:
        text, front = client.get("/sitemap.xml").text, client.get("/")
        pages = re.findall(r"<loc>http://localhost([^<]+)</loc>", text)
        assert (pages, "lastmod" in text) == (["/", "/doc/place/made-up.html"], False)
        for path in ("/catalog", "/catalog.ttl", "/catalog.html", "/catalog/ckan.json"):
            answer = client.get(path)
            assert (answer.status_code, "catalog.ttl" in answer.text) == (404, True), path
        assert client.get("/id/catalog/twingraph").status_code == 404
        assert (front.status_code, "Link" in front.headers, datasets(front.text)) == (200, False, [])
