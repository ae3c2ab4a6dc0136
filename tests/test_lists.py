"""The lists: narrowed and sorted by the address alone, each row with its sentence, and the same rows as a file."""

import csv
import io
import re
from urllib.parse import urlencode

import pytest
from flask.testing import FlaskClient

from asking import rows
from pages import Page, paths
from twingraph.query.engine import Engine
from twingraph.query.questions import question
from twingraph.settings import BASE
from twingraph.vocab import slug_of
from twingraph.web.language import order
from twingraph.web.lists import LISTS

IN_SWEDEN = "schema:containedInPlace country:SE"
SUSPENDED = "GRAPH rule:shown { ?tie tg:status status:suspended } ?tie"
MENTIONED = f"?m tg:area ?thing ; schema:about ?town . ?town {IN_SWEDEN}"


def look(client: FlaskClient, name: str, tongue: str = "en", **asked: str) -> Page:
    return Page(client.get(f"/{name}?{urlencode({'lang': tongue, **asked})}").text)


def listed(page: Page) -> list[str]:
    """Give what the rows of a list are about, in order: `place/alcamo`."""
    things = page.root.xpath("//table[@class='list']/tbody/tr/*[1]/a[1]/@href")
    return [thing.removeprefix("/id/").partition("?")[0] for thing in things]


def table(client: FlaskClient, name: str, **asked: str) -> list[dict[str, str]]:
    answer = client.get(f"/{name}?{urlencode({'lang': 'en', 'format': 'csv', **asked})}")
    assert answer.content_type == "text/csv; charset=utf-8"
    return list(csv.DictReader(io.StringIO(answer.text, newline="")))


@pytest.mark.parametrize(
    ("name", "asked", "pattern"),
    [
        ("towns", "country=SE", f"?tie tg:partner ?thing . ?thing {IN_SWEDEN}"),
        (
            "towns",
            "status=suspended",
            f"{SUSPENDED} tg:partner ?thing FILTER(?thing != place:jelgava)",
        ),
        ("towns", "area=culture&country=SE", f"?m tg:area area:culture ; schema:about ?thing . ?thing {IN_SWEDEN}"),
        ("agreements", "decade=2000", "?thing a tg:Agreement ; tg:year ?y FILTER(?y >= 2000 && ?y < 2010)"),
        ("agreements", "area=sport", "?m tg:area area:sport ; tg:mentionedIn ?thing . ?thing a tg:Agreement"),
        ("areas", "country=SE", MENTIONED),
        ("areas", "country=SE&standing=planned", f"{MENTIONED} . ?m tg:standing standing:planned"),
        ("activities", "country=FR", "?thing a schema:Event ; tg:twinning twinning:jelgava-rueil-malmaison"),
        (
            "organisations",
            "country=UA",
            "?a schema:contributor|schema:organizer ?thing ; tg:twinning twinning:jelgava-ivano-frankivsk",
        ),
    ],
)
def test_what_is_left_of_a_list_is_what_a_query_finds(
    client: FlaskClient, engine: Engine, name: str, asked: str, pattern: str
) -> None:
    choice = dict(pair.split("=") for pair in asked.split("&"))
    known = {row["thing"].removeprefix(f"{BASE}id/") for row in rows(engine, f"SELECT ?thing {{ {pattern} }}")}
    assert set(listed(look(client, name, **choice))) == known != set()
    assert {row[LISTS[name].thing].removeprefix(f"{BASE}id/") for row in table(client, name, **choice)} == known


@pytest.mark.parametrize(("name", "facet"), [(name, facet) for name, each in LISTS.items() for facet in each.facets])
def test_each_choice_leaves_as_many_as_it_says_and_is_kept_when_the_list_is_sorted(
    client: FlaskClient, name: str, facet: str
) -> None:
    options = look(client, name).root.xpath(f"//select[@id='{facet}']/option[@value!='']")
    assert options
    for each in options:
        page = look(client, name, **{facet: each.get("value")})
        number = int(re.findall(r"\((\d+)\)", each.text)[0])
        assert len(page.root.xpath("//table[@class='list']/tbody/tr")) == number > 0, each.text
        assert not re.fullmatch(r"P?\d+ \(\d+\)|[a-z]+(-[a-z]+)+ \(\d+\)", each.text)
        sorts = page.root.xpath("//thead//a[@class='sort']/@href")
        assert [link for link in sorts if f"{facet}={each.get('value')}" not in link] == []


def test_areas_count_only_the_mentions_of_what_is_chosen(client: FlaskClient) -> None:
    assert look(client, "areas").rows("//table")[0][:3] == ["culture", "12", "13"]
    assert look(client, "areas", country="SE").rows("//table")[0][:3] == ["culture", "2", "2"]
    assert look(client, "areas", country="SE").find("//p[@class='left']")[0].startswith("11 of 33.")


@pytest.mark.parametrize(("name", "column"), [(name, column) for name, each in LISTS.items() for column in each.orders])
def test_a_column_sorts_by_its_link_and_the_other_way_round_by_the_next(
    client: FlaskClient, name: str, column: str
) -> None:
    [at] = [
        at
        for at, head in enumerate(look(client, name).root.xpath("//table[@class='list'][1]/thead//th"), 1)
        if re.search(rf"sort=-?{column}(&|$)", "".join(head.xpath("a/@href")))
    ]
    for sort, direction in ((column, "ascending"), (f"-{column}", "descending")):
        page = look(client, name, "lv", sort=sort)
        [head] = page.root.xpath(f"//table[@class='list'][1]/thead//th[{at}]")
        assert head.get("aria-sort") == direction
        assert len(page.root.xpath("//th[@aria-sort]")) == 1
    assert look(client, name).root.xpath("//script") == []


@pytest.mark.parametrize("tongue", ["lv", "en"])
def test_names_are_sorted_as_the_language_has_them_and_numbers_as_numbers(client: FlaskClient, tongue: str) -> None:
    for sort, is_turned in (("name", False), ("-name", True)):
        names = look(client, "towns", tongue, sort=sort).find("//table[@class='list']/tbody/tr/th")
        assert names == sorted(names, key=lambda name: order(name, tongue), reverse=is_turned)
    people = [row[3] for row in look(client, "activities", tongue, sort="people").rows("//table")]
    assert people == ["116", "140", *["–"] * 14]
    years = [row[-2] for row in look(client, "towns", tongue, sort="-since").rows("//table")]
    assert years[0] == "2016"
    assert years[-1] == "–"
    assert years[:-1] == sorted(years[:-1], reverse=True)


@pytest.mark.parametrize("name", LISTS)
def test_every_row_has_its_sentence_or_says_that_it_is_cited(client: FlaskClient, name: str) -> None:
    without = [
        row.xpath("string(th)")
        for row in look(client, name).root.xpath("//table[@class='list']/tbody/tr")
        if not row.xpath(".//details[@class='said']//blockquote | .//*[@class='cited']")
    ]
    # What the sources are about is in the list of towns, and is nobody's partner.
    assert [each for each in without if name != "towns" or each != "Jelgava"] == []


@pytest.mark.parametrize("name", LISTS)
def test_a_file_has_the_rows_of_the_query_behind_the_list_in_the_order_of_the_list(
    client: FlaskClient, name: str
) -> None:
    page, here = look(client, name), LISTS[name]
    [address] = page.root.xpath("//p[@class='left']/a[last()]/@href")
    answer = client.get(address)
    assert answer.headers["Content-Disposition"] == f"attachment; filename={name}-1.1.0.csv"
    whole = client.get(f"/query/{here.question}?lang=en&format=csv").text.splitlines()
    assert sorted(answer.text.splitlines()) == sorted(whole)
    slugs = list(dict.fromkeys(slug_of(row[here.thing]) for row in csv.DictReader(io.StringIO(answer.text))))
    if name != "figures":
        assert slugs == [slug_of(thing) for thing in listed(page)]
    assert f"/query/{here.question}" in paths(page.links)


def test_a_narrowed_file_is_named_after_what_was_chosen(client: FlaskClient) -> None:
    answer = client.get("/areas?country=SE&standing=planned&format=csv&lang=lv")
    assert answer.headers["Content-Disposition"] == "attachment; filename=areas-SE-planned-1.1.0.csv"
    assert {row["standing_label"] for row in csv.DictReader(io.StringIO(answer.text))} == {"plānota"}


@pytest.mark.parametrize(
    ("tongue", "why"), [("en", "Few municipalities have an area"), ("lv", "Reti kuras pašvaldības platība")]
)
def test_doubtful_figures_are_marked_with_the_reason_and_no_others(client: FlaskClient, tongue: str, why: str) -> None:
    page = look(client, "figures", tongue)
    marked = page.root.xpath("//tbody/tr[.//*[@class='warning']]")
    assert [row.xpath("string(th)") for row in marked] == [
        row.xpath("string(th)")
        for row in look(client, "figures", tongue, assessment="implausible").root.xpath("//tbody/tr")
    ]
    assert [why in row.text_content() for row in marked] == [True, True]
    assert len(page.root.xpath("//tbody/tr")) == 28


@pytest.mark.parametrize("asked", ["country=%3Cscript%3E", "sort=nonsense", "sort=--name", "format=pdf", "decade=x"])
def test_a_list_takes_nothing_else_for_a_choice(client: FlaskClient, asked: str) -> None:
    for name in LISTS:
        answer = client.get(f"/{name}?{asked}")
        assert (answer.status_code, Page(answer.text).inline) == (200, [])


def test_the_questions_behind_the_lists_are_named_ones() -> None:
    for each in LISTS.values():
        assert {each.thing, *each.orders.values()} <= {
            *re.findall(r"\w+", question(each.question).text),
            *("towns", "mentions"),
        }
