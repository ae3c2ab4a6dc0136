"""What all pages share: a language, words in it, numbers, dates and order as it has them, and a look."""

import io
import re
from collections.abc import Callable, Iterable

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.pofile import read_po
from flask import Flask
from flask.testing import FlaskClient

from pages import THINGS, Page, paths, plain
from test_query_page import selected
from twingraph.query.engine import Engine
from twingraph.query.questions import questions
from twingraph.release.folder import Release
from twingraph.settings import QUADS, Settings
from twingraph.web.app import create_app
from twingraph.web.columns import english
from twingraph.web.language import date, language_name, ngettext, number, order, sorted_names
from twingraph.words import CATALOGUE

BROWSER = {"Accept": "text/html"}
FACES = (
    *("/", "/towns", "/agreements", "/areas", "/source/jelgava-lv-2017", "/query", "/changes", "/catalog.html"),
    *("/activities", "/organisations", "/figures", "/towns?country=SE&sort=-since"),
    *("/ns", "/shapes", "/search", "/search?q=kult%C5%ABra", *(f"/doc/{each}.html" for each in THINGS)),
)
METHODS = [("**.py", "python"), ("**/templates/**", "jinja2")]
KEYWORDS = DEFAULT_KEYWORDS | {"text": None, "ntext": (1, 2)}
OPTIONS = {"**/templates/**": {"newstyle_gettext": "true", "trimmed": "false"}}


@pytest.fixture(scope="module")
def catalogue() -> Catalog:
    return read_po(io.BytesIO(CATALOGUE.read_bytes()), locale="lv")


def forms(text: str | Iterable[str]) -> tuple[str, ...]:
    return (text,) if isinstance(text, str) else tuple(text)


def in_language(path: str, tongue: str) -> str:
    return f"{path}{'&' if '?' in path else '?'}lang={tongue}"


def alternates(page: Page) -> dict[str, str]:
    return {each.get("hreflang"): each.get("href") for each in page.root.xpath("//link[@hreflang][not(@type)]")}


@pytest.mark.parametrize("path", FACES)
def test_a_cell_that_names_its_column_for_narrow_screens_names_it_as_the_head_does(
    client: FlaskClient, path: str
) -> None:
    for table in Page(client.get(in_language(path, "lv"), headers=BROWSER).text).root.xpath("//table[thead]"):
        heads = [plain(each) for each in table.xpath("thead/tr/*")]
        for row in table.xpath("tbody/tr"):
            named = [cell.get("data-column") or head for cell, head in zip(row, heads, strict=True)]
            assert named == heads


@pytest.mark.parametrize("path", FACES)
def test_a_page_is_small_fetches_only_our_files_and_leads_on_in_its_language(client: FlaskClient, path: str) -> None:
    page = Page(client.get(in_language(path, "lv"), headers=BROWSER).text)
    assert page.inline == [each for each in page.fetched if not each.startswith("/static/")] == []
    files = {in_language(path, "lv"), *(each.partition("#")[0] for each in page.fetched if "/editor/" not in each)}
    packed = [client.get(each, headers=BROWSER | {"Accept-Encoding": "gzip"}) for each in files]
    assert sum(len(answer.data) for answer in packed) < 100_000
    pages = paths(page.links)
    assert {"/search", "/changes", "/catalog.html", "/sparql"} <= pages
    for other in ("https://creativecommons.org/publicdomain/zero/1.0/", "https://www.jelgava.lv/"):
        assert any(link.startswith(other) for link in pages)
    ours = {link for link in page.links if link.startswith("/") and not link.startswith("/dumps/")}
    data = re.compile(r"\.(?:ttl|jsonld|nt|rdf|json|trig)(?:\?|$)")
    assert [link for link in ours if "lang=" not in link and not data.search(link)] == []
    assert [link for link in page.links if "lang=" in link and re.search(r"\.(?:ttl|jsonld|nt|rdf)\?", link)] == []


# Language


@pytest.mark.parametrize(
    ("address", "accepted", "shown"),
    [
        *(("/", "", "en"), ("/", "lv", "lv"), ("/", "lv-LV,lv;q=0.9,en;q=0.8", "lv"), ("/", "lv;q=0", "en")),
        *(
            ("/", "de, lv;q=0.5, en;q=0.4", "lv"),
            ("/", "de", "en"),
            ("/?lang=lv", "en", "lv"),
            ("/?lang=xx", "lv", "lv"),
        ),
    ],
)
def test_the_address_chooses_the_language_then_the_browser(
    client: FlaskClient, address: str, accepted: str, shown: str
) -> None:
    answer = client.get(address, headers={"Accept-Language": accepted} if accepted else {})
    assert (Page(answer.text).language, answer.headers["Content-Language"]) == (shown, shown)
    assert ("Accept-Language" in answer.vary) == ("lang=lv" not in address)


def test_a_link_and_an_identifier_name_the_language_that_was_chosen_and_none_otherwise(client: FlaskClient) -> None:
    page = Page(client.get("/search", headers={"Accept-Language": "lv"}).text)
    assert {link for link in page.links if "lang=" in link} == {alternates(page)["en"]}
    for accept, ending in (("text/html", "html?lang=lv"), ("text/turtle", "ttl")):
        answer = client.get("/id/place/alcamo?lang=lv", headers={"Accept": accept})
        assert answer.headers["Location"] == f"/doc/place/alcamo.{ending}"


def test_the_language_is_kept_behind_a_proxy_and_no_address_is_believed(release: Release, engine: Engine) -> None:
    client = create_app(engine, release.folder, Settings(proxies=1)).test_client()
    address = "/search?q=%22%3E%3Cscript%3E&_external=1&_scheme=javascript&lang="
    page = Page(client.get(f"{address}lv", headers={"X-Forwarded-Prefix": "/towns"}).text)
    assert (alternates(page)["en"], page.inline) == (f"/towns{address}en", [])


# Words


def test_no_string_is_without_its_latvian_nor_in_the_catalogue_twice(catalogue: Catalog) -> None:
    """All that the modules and templates say by gettext, and the columns of queries, and nothing besides."""
    found = extract_from_dir(CATALOGUE.parents[3], METHODS, OPTIONS, KEYWORDS)
    said = {forms(message)[0] for _, _, message, *_ in found}
    said |= {english(variable) for each in questions() for variable in selected(each.text)}
    known = {forms(message.id)[0]: forms(message.string) for message in catalogue if message.id}
    assert len(said) > 40
    assert sorted(said ^ known.keys()) == []
    assert all(map(all, known.values()))
    named = re.findall(r'^msgid ((?:".*"\n)+)', CATALOGUE.read_text("utf-8"), re.MULTILINE)
    assert len(named) == len(set(named))


def test_every_translation_has_the_values_of_its_english(catalogue: Catalog) -> None:
    for message in filter(lambda message: message.id, catalogue):
        values = [set(re.findall(r"%\((\w+)\)", text)) for text in (*forms(message.id), *forms(message.string))]
        # Of the forms of a number, the one of a single thing need not say it.
        assert all(each | {"number"} == values[0] | {"number"} for each in values), message.id


# Numbers, dates, order


def count_towns(many: int) -> str:
    return ngettext("%(num)s town", "%(num)s towns", many) % {"num": many}


@pytest.mark.parametrize(
    ("write", "value", "english", "latvian"),
    [
        *((count_towns, many, f"{many} towns", f"{many} pilsētu") for many in (0, 10, 11)),
        *((count_towns, 21, "21 towns", "21 pilsēta"), (count_towns, 2, "2 towns", "2 pilsētas")),
        *((count_towns, 1, "1 town", "1 pilsēta"), (number, "130.8", "130.8", "130,8")),
        *((number, 52449, "52,449", "52\N{NO-BREAK SPACE}449"), (number, "73.298", "73.298", "73,298")),
        *((number, "0.12345678", "0.12345678", "0,12345678"), (date, "2002", "2002", "2002. gads")),
        *((date, "2007-06-10", "10 June 2007", "2007. gada 10. jūnijs"), (date, "made up", "made up", "made up")),
        *((language_name, "sv", "Swedish", "zviedru"), (language_name, "xx", "xx", "xx")),
    ],
)
def test_numbers_dates_and_languages_are_written_as_the_language_has_them_and_as_exact_as_they_were(
    app: Flask, write: Callable[[str | int], str], value: str | int, english: str, latvian: str
) -> None:
    for tongue, written in (("en", english), ("lv", latvian)):
        with app.test_request_context(f"/?lang={tongue}"):
            assert write(value) == written


def test_names_are_in_the_order_of_the_language(app: Flask) -> None:
    """The order of CLDR: in Latvian č, ģ, ķ, ļ, ņ, š and ž are letters of their own, and y is like i."""
    latvian = ["Āfrika", "Alkamo", "Cēsis", "Čehija", "Iecava", "Ylva", "Kuldīga", "Ķekava", "Nova Odessa", "Novada"]
    latvian += ["Sauļi", "Šauļi", "Tukums", "Zviedrija", "Žagare"]
    english = ["Šauļi", "Saulkrasti", "Szeged", "Xinying", "Yvelines", "Zürich"]
    for language, names in (("lv", latvian), ("en", english)):
        with app.test_request_context(f"/?lang={language}"):
            assert sorted_names(reversed(names)) == names
    assert order("Are", "lv") < order("Arē", "lv") < order("Āre", "lv")


# Refusals


@pytest.mark.parametrize(
    "path",
    ["/nowhere", "/id/place/made-up", "/id/place/%3Cscript%3Ea(1)%3C/script%3E", "/query/made-up", "/dumps/0.0.1/no"],
)
@pytest.mark.parametrize(("tongue", "heading"), [("en", "There is nothing here"), ("lv", "Šeit nekā nav")])
def test_a_person_is_refused_on_a_page_with_ways_on(client: FlaskClient, path: str, tongue: str, heading: str) -> None:
    answer = client.get(path, headers=BROWSER | {"Accept-Language": tongue})
    page = Page(answer.text)
    assert (answer.status_code, answer.headers["Cache-Control"]) == (404, "no-store")
    assert (page.language, page.find("//h1")) == (tongue, [heading])
    assert {"Accept", "Accept-Language"} <= set(answer.vary)
    assert {"/", "/towns"} <= set(page.links)
    assert page.inline == []


@pytest.mark.parametrize(
    "accept", ["*/*", "text/plain, text/html;q=0.5", "text/html;q=0.5, */*", "text/html;q=0.5, text/turtle"]
)
def test_a_program_is_refused_in_a_sentence(client: FlaskClient, accept: str) -> None:
    assert client.get("/nowhere", headers={"Accept": accept}).mimetype == "text/plain"
    assert client.get("/nowhere", headers={"Accept": "application/json"}).mimetype == "application/problem+json"
    assert client.get("/sparql?query=oops&format=csv", headers=BROWSER).mimetype == "text/plain"


def test_a_refusal_is_told_though_no_query_is_answered(release: Release) -> None:
    engine = Engine(release.folder / QUADS, Settings(workers=1))
    engine.close()
    answer = create_app(engine, release.folder, Settings()).test_client().get("/nowhere", headers=BROWSER)
    assert (answer.status_code, answer.mimetype) == (404, "text/plain")


# Files of the pages


def test_a_file_is_kept_for_good_where_its_address_names_its_content_and_not_sent_again(client: FlaskClient) -> None:
    [address] = [each for each in Page(client.get("/").text).fetched if "style.css" in each]
    assert client.get(address).headers["Cache-Control"] == "public, max-age=31536000, immutable"
    for other in (address.partition("?")[0], f"{address}0"):
        answer = client.get(other)
        assert (answer.status_code, answer.content_type) == (200, "text/css; charset=utf-8")
        assert "immutable" not in answer.headers["Cache-Control"]
        assert client.get(other, headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304
        assert client.get(other, headers={"Accept-Encoding": "gzip"}).headers["Content-Encoding"] == "gzip"
        assert not re.search(r"url\((?!\"#)|@import", answer.text)


@pytest.mark.parametrize("name", ["../app.py", "%2e%2e/app.py", "/etc/passwd", "none.css", "editor"])
def test_nothing_else_is_served_as_a_file_of_the_pages(client: FlaskClient, name: str) -> None:
    assert client.get(f"/static/{name}").status_code == 404
