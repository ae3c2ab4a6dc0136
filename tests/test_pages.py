"""What all pages share: a language, words in it, numbers, dates and order as it has them, and a look."""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING

import pytest
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.pofile import read_po

from pages import Page
from twingraph.query.engine import Engine
from twingraph.settings import QUADS, Settings
from twingraph.web import layout
from twingraph.web.app import create_app
from twingraph.web.language import date, gettext, language, ngettext, number, order, sorted_names
from twingraph.words import CATALOGUE

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from babel.messages.catalog import Catalog, Message
    from flask import Flask
    from flask.testing import FlaskClient

    from twingraph.release.build import Release

BROWSER = {"Accept": "text/html"}
FACES = (
    "/",
    "/changes",
    "/catalog.html",
    "/ns",
    "/shapes",
    "/search",
    "/search?q=kult%C5%ABra",
    "/doc/place/alcamo.html",
)
METHODS = [("**.py", "python"), ("**/templates/**", "jinja2")]
KEYWORDS = DEFAULT_KEYWORDS | {"text": None, "ntext": (1, 2)}
OPTIONS = {"**/templates/**": {"newstyle_gettext": "true", "trimmed": "false"}}


@pytest.fixture(scope="module")
def app(release: Release) -> Iterator[Flask]:
    with Engine(release.folder / QUADS, Settings(workers=1)) as engine:
        yield create_app(engine, release.folder, Settings())


@pytest.fixture(scope="module")
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture(scope="module")
def catalogue() -> Catalog:
    return read_po(io.BytesIO(CATALOGUE.read_bytes()), locale="lv")


def in_language(path: str, tongue: str) -> str:
    return f"{path}{'&' if '?' in path else '?'}lang={tongue}"


# Language


@pytest.mark.parametrize(
    ("address", "accepted", "shown"),
    [
        ("/", None, "en"),
        ("/", "lv", "lv"),
        ("/", "lv-LV,lv;q=0.9,en;q=0.8", "lv"),
        ("/", "de, lv;q=0.5, en;q=0.4", "lv"),
        ("/", "de", "en"),
        ("/", "lv;q=0", "en"),
        ("/?lang=lv", "en", "lv"),
        ("/?lang=xx", "lv", "lv"),
    ],
)
def test_the_address_chooses_the_language_then_the_browser_then_it_is_english(
    client: FlaskClient, address: str, accepted: str | None, shown: str
) -> None:
    answer = client.get(address, headers={"Accept-Language": accepted} if accepted else {})
    assert f'<html lang="{shown}">' in answer.text
    assert answer.headers["Content-Language"] == shown
    assert ("Accept-Language" in answer.vary) == ("lang=lv" not in address)


@pytest.mark.parametrize("path", FACES)
@pytest.mark.parametrize("tongue", ["lv", "en"])
def test_every_page_links_itself_in_both_languages(client: FlaskClient, path: str, tongue: str) -> None:
    page = Page(client.get(in_language(path, tongue), headers=BROWSER).text)
    assert page.language == tongue
    for other in ("lv", "en"):
        assert Page(client.get(page.alternates[other], headers=BROWSER).text).language == other


@pytest.mark.parametrize("path", FACES)
def test_a_chosen_language_goes_along_with_every_link_to_a_page(client: FlaskClient, path: str) -> None:
    links = Page(client.get(in_language(path, "lv"), headers=BROWSER).text).links
    ours = {link for link in links if link.startswith("/") and not link.startswith("/dumps/")}
    files = re.compile(r"\.(?:ttl|jsonld|nt|rdf|json|trig)(?:\?|$)")
    assert [link for link in ours if "lang=" not in link and not files.search(link)] == []
    assert [link for link in links if "lang=" in link and re.search(r"\.(?:ttl|jsonld|nt|rdf)\?", link)] == []


def test_a_link_names_no_language_that_nobody_chose(client: FlaskClient) -> None:
    page = Page(client.get("/search", headers={"Accept-Language": "lv"}).text)
    assert {link for link in page.links if "lang=" in link} == {page.alternates["en"], "/changes.atom?lang=lv"} & set(
        page.links
    )


def test_an_identifier_leads_to_the_page_in_the_language_that_was_chosen(client: FlaskClient) -> None:
    answer = client.get("/id/place/alcamo?lang=lv", headers=BROWSER)
    assert answer.headers["Location"] == "/doc/place/alcamo.html?lang=lv"
    answer = client.get("/id/place/alcamo?lang=lv", headers={"Accept": "text/turtle"})
    assert answer.headers["Location"] == "/doc/place/alcamo.ttl"


def test_the_language_is_kept_behind_a_proxy_and_nothing_in_the_address_is_believed(release: Release) -> None:
    with Engine(release.folder / QUADS, Settings(workers=1)) as engine:
        client = create_app(engine, release.folder, Settings(proxies=1)).test_client()
        address = "/search?q=%22%3E%3Cscript%3E&_external=1&_scheme=javascript&lang=lv"
        page = Page(client.get(address, headers={"X-Forwarded-Prefix": "/towns"}).text)
    assert page.alternates["en"] == "/towns/search?q=%22%3E%3Cscript%3E&_external=1&_scheme=javascript&lang=en"
    assert not page.inline_scripts


# Words


def texts_of(text: str | Sequence[str]) -> tuple[str, ...]:
    return (text,) if isinstance(text, str) else tuple(text)


def name_of(message: Message) -> str:
    return texts_of(message.id)[0]


def test_no_string_is_without_its_latvian(catalogue: Catalog) -> None:
    """All that the modules and templates say by gettext is in the catalogue, and nothing besides."""
    folder = CATALOGUE.parents[3]
    said = {message for _, _, message, *_ in extract_from_dir(folder, METHODS, OPTIONS, KEYWORDS)}
    singular = {message if isinstance(message, str) else message[0] for message in said}
    told = {name_of(message): message for message in catalogue if message.id}
    assert len(singular) > 40
    assert sorted(singular - told.keys()) == []
    assert sorted(told.keys() - singular) == []
    assert [name for name, message in told.items() if not all(texts_of(message.string))] == []


def test_every_translation_has_the_values_of_its_english(catalogue: Catalog) -> None:
    for message in catalogue:
        texts = (*texts_of(message.id), *texts_of(message.string)) if message.id else ()
        values = [set(re.findall(r"%\((\w+)\)", text)) for text in texts]
        # Of the forms of a number, the one of a single thing need not say it.
        assert all(each | {"number"} == values[0] | {"number"} for each in values), message.id


def test_no_string_is_in_the_catalogue_twice() -> None:
    named = re.findall(r'^msgid ((?:".*"\n)+)', CATALOGUE.read_text("utf-8"), re.MULTILINE)
    assert sorted({each for each in named if named.count(each) > 1}) == []


@pytest.mark.parametrize(
    ("many", "said"),
    [(0, "0 pilsētu"), (1, "1 pilsēta"), (2, "2 pilsētas"), (10, "10 pilsētu"), (11, "11 pilsētu"), (21, "21 pilsēta")],
)
def test_numbers_of_things_are_said_as_latvian_has_it(app: Flask, many: int, said: str) -> None:
    with app.test_request_context("/?lang=lv"):
        assert ngettext("%(num)d town", "%(num)d towns", many) % {"num": many} == said


def test_what_is_said_twice_in_one_request_is_in_one_language(app: Flask) -> None:
    with app.test_request_context("/", headers={"Accept-Language": "lv"}):
        assert (language(), gettext("Towns")) == ("lv", "Pilsētas")
    with app.test_request_context("/?lang=en", headers={"Accept-Language": "lv"}):
        assert (language(), gettext("Towns")) == ("en", "Towns")


# Numbers, dates, order


@pytest.mark.parametrize(
    ("value", "english", "latvian"),
    [
        ("130.8", "130.8", "130,8"),
        (52449, "52,449", "52\N{NO-BREAK SPACE}449"),
        ("73.298", "73.298", "73,298"),
        ("0.12345678", "0.12345678", "0,12345678"),
    ],
)
def test_numbers_are_written_as_the_language_has_them(app: Flask, value: str | int, english: str, latvian: str) -> None:
    with app.test_request_context("/?lang=en"):
        assert number(value) == english
    with app.test_request_context("/?lang=lv"):
        assert number(value) == latvian


@pytest.mark.parametrize(
    ("lexical", "english", "latvian"),
    [
        ("2002", "2002", "2002. gads"),
        ("2007-06-10", "10 June 2007", "2007. gada 10. jūnijs"),
        ("made up", "made up", "made up"),
    ],
)
def test_dates_are_as_exact_as_they_were(app: Flask, lexical: str, english: str, latvian: str) -> None:
    with app.test_request_context("/?lang=en"):
        assert date(lexical) == english
    with app.test_request_context("/?lang=lv"):
        assert date(lexical) == latvian


def test_names_are_in_the_order_of_the_language(app: Flask) -> None:
    """The order of CLDR: in Latvian č, ģ, ķ, ļ, ņ, š and ž are letters of their own, and y is like i."""
    latvian = ["Āfrika", "Alkamo", "Cēsis", "Čehija", "Iecava", "Ylva", "Kuldīga", "Ķekava", "Nova Odessa", "Novada"]
    latvian += ["Sauļi", "Šauļi", "Tukums", "Zviedrija", "Žagare"]
    english = ["Šauļi", "Saulkrasti", "Szeged", "Xinying", "Yvelines", "Zürich"]
    with app.test_request_context("/?lang=lv"):
        assert sorted_names(reversed(latvian)) == latvian
    with app.test_request_context("/?lang=en"):
        assert sorted_names(reversed(english)) == english
    assert order("Are", "lv") < order("Arē", "lv") < order("Āre", "lv")


# Refusals


@pytest.mark.parametrize(
    ("path", "status", "english", "latvian"),
    [
        ("/nowhere", 404, "There is nothing here", "Šeit nekā nav"),
        ("/id/place/made-up", 404, "There is nothing here", "Šeit nekā nav"),
        ("/query/made-up", 404, "There is nothing here", "Šeit nekā nav"),
        ("/dumps/0.0.1/made-up", 404, "There is nothing here", "Šeit nekā nav"),
    ],
)
def test_a_person_is_refused_on_a_page_with_ways_on(
    client: FlaskClient, path: str, status: int, english: str, latvian: str
) -> None:
    for tongue, heading in (("en", english), ("lv", latvian)):
        answer = client.get(path, headers=BROWSER | {"Accept-Language": tongue})
        page = Page(answer.text)
        assert (answer.status_code, answer.headers["Cache-Control"]) == (status, "no-store")
        assert (page.language, page.texts["h1"]) == (tongue, [heading])
        assert {"Accept", "Accept-Language"} <= set(answer.vary)
        assert {"/", "/towns"} <= set(page.links)


def test_a_program_is_refused_in_a_sentence(client: FlaskClient) -> None:
    assert client.get("/nowhere").mimetype == "text/plain"
    assert client.get("/nowhere", headers={"Accept": "application/json"}).mimetype == "application/problem+json"
    for accept in ("*/*", "text/plain, text/html;q=0.5", "text/html;q=0.5, */*", "text/html;q=0.5, text/turtle"):
        assert client.get("/nowhere", headers={"Accept": accept}).mimetype == "text/plain"
    assert client.get("/sparql?query=oops&format=csv", headers=BROWSER).mimetype == "text/plain"


def test_what_is_refused_is_only_text_on_the_page(client: FlaskClient) -> None:
    page = Page(client.get("/id/place/%3Cscript%3Ealert(1)%3C/script%3E", headers=BROWSER).text)
    assert not page.inline_scripts


def test_a_refusal_is_told_though_no_query_is_answered(release: Release) -> None:
    engine = Engine(release.folder / QUADS, Settings(workers=1))
    engine.close()
    answer = create_app(engine, release.folder, Settings()).test_client().get("/nowhere", headers=BROWSER)
    assert (answer.status_code, answer.mimetype) == (404, "text/plain")


# Look


@pytest.mark.parametrize("path", FACES)
def test_every_page_has_a_name_a_heading_ways_and_a_footer(client: FlaskClient, path: str) -> None:
    page = Page(client.get(path, headers=BROWSER).text)
    assert page.counts["h1"] == page.counts["main"] == 1
    assert page.texts["title"][0].strip()
    assert page.links[0] == "#main"
    assert "main" in page.ids
    assert len(page.ids) == len(set(page.ids))
    assert {"/search", "/changes", "/catalog.html", "/sparql"} <= set(page.links)
    assert "https://creativecommons.org/publicdomain/zero/1.0/" in page.links
    assert any(link.startswith("https://www.jelgava.lv/") for link in page.links)


@pytest.mark.parametrize("path", FACES)
def test_no_page_asks_another_host_for_anything_or_carries_a_script(client: FlaskClient, path: str) -> None:
    page = Page(client.get(path, headers=BROWSER).text)
    assert [each for each in page.fetched if not each.startswith("/static/")] == []
    assert not page.inline_scripts
    assert not page.inline_styles


# Files of the pages


def test_a_file_is_kept_for_good_where_its_address_names_its_content(client: FlaskClient) -> None:
    address = next(each for each in Page(client.get("/").text).fetched if "style.css" in each)
    assert client.get(address).headers["Cache-Control"] == "public, max-age=31536000, immutable"
    for other in (address.partition("?")[0], f"{address}0"):
        answer = client.get(other)
        assert (answer.status_code, answer.content_type) == (200, "text/css; charset=utf-8")
        assert "immutable" not in answer.headers["Cache-Control"]


def test_a_file_that_is_held_is_not_sent_again(client: FlaskClient) -> None:
    tag = client.get("/static/style.css").headers["ETag"]
    assert client.get("/static/style.css", headers={"If-None-Match": tag}).status_code == 304
    assert client.get("/static/style.css", headers={"Accept-Encoding": "gzip"}).headers["Content-Encoding"] == "gzip"


@pytest.mark.parametrize("name", ["../app.py", "%2e%2e/app.py", "/etc/passwd", "none.css", "editor"])
def test_nothing_else_is_served_as_a_file_of_the_pages(client: FlaskClient, name: str) -> None:
    assert client.get(f"/static/{name}").status_code == 404


def test_the_stylesheet_fetches_nothing(client: FlaskClient) -> None:
    assert not re.search(r"url\((?!\"#)|@import", client.get("/static/style.css").text)


def _luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_text_stands_out_from_its_ground_in_light_and_in_dark() -> None:
    """Contrast as WCAG 2.2 has it (1.4.3), of each colour of text on each ground."""
    style = (layout.STATIC / "style.css").read_text("utf-8")
    roots = re.findall(r":root \{(.*?)\}", style, re.DOTALL)
    light, dark = (dict(re.findall(r"--([\w-]+): (#\w{6});", root)) for root in roots[:2])
    grounds = ("paper", "raised", "warn-paper")
    texts = ("ink", "quiet", "accent", "visited", "warn", "agreed", "planned", "begun", "undertaken", "activity")
    for colours in (light, light | dark):
        pairs = [(text, ground) for text in texts for ground in grounds] + [("mark-ink", "mark")]
        for text, ground in pairs:
            lighter, darker = sorted((_luminance(colours[text]), _luminance(colours[ground])), reverse=True)
            assert (lighter + 0.05) / (darker + 0.05) >= 4.5, (text, ground)
