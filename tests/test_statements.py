"""No statement without its sentence: over the whole release, not samples."""

import hashlib
import re
from collections import Counter

import pytest
from rdflib import Dataset, Graph, Literal, Node, URIRef
from rdflib.namespace import PROV, RDF, RDFS, SDO, SKOS

from twingraph.release.folder import Release
from twingraph.release.records import LinkedTowns
from twingraph.vocab import OA, OBSERVATION_ABOUT, TG, kind_of

SENTENCE_END = re.compile(r"(?<=[^\W\d_]\.) (?=[A-ZŠ2])|(?<=\)\.) (?=S)|(?<=km2\.) (?=[2P])|(?<=līgums) (?=Parakstot)")
"""A full stop before a capital letter or a year, but not that of a date; in one place the page has none."""

RETRIEVED = "1f60b8bca06bf2e1c73823fc4e94c8abe37f32e71f43f176cd3f5edd3c6e9359"


@pytest.fixture(scope="module")
def page(release: Release) -> str:
    return release.read("sources/jelgava-lv-2017.txt").decode()


def parsed(release: Release, name: str) -> Graph:
    return Graph().parse(release.folder / name)


def test_the_stored_page_is_the_page_to_the_byte(page: str) -> None:
    assert hashlib.sha256(page.encode()).hexdigest() == RETRIEVED


def test_every_statement_stands_in_a_named_graph_that_has_a_source_or_a_rule(towns: LinkedTowns) -> None:
    cited = {*towns.merged.subjects(PROV.wasQuotedFrom), *towns.merged.subjects(SDO.citation)}
    rules = set(towns.merged.subjects(RDF.type, PROV.Plan))
    assert {graph for *_, graph in towns.quads()} - cited - rules == set()
    assert all(isinstance(node, URIRef) for s, p, _, graph in towns.quads() for node in (s, p, graph))


def test_every_quote_stands_where_it_says_it_stands_and_they_cover_the_page_once(towns: LinkedTowns, page: str) -> None:
    quotes = list(towns.merged.subjects(PROV.wasQuotedFrom))
    assert len(quotes) == 96
    covered: Counter[int] = Counter()
    for quote in [*quotes, *towns.merged.subjects(RDF.type, TG.Mention)]:
        start, end = (int(str(towns.merged.value(quote, term))) for term in (OA.start, OA.end))
        assert page[start:end] == str(towns.merged.value(quote, OA.exact)), quote
        # Mentions are whole words; of quotes, together, no character is left out or there twice.
        assert quote in quotes or not re.search(r"\w\w", page[start - 1 : start + 1] + " " + page[end - 1 : end + 1])
        covered.update(range(start, end) if quote in quotes else ())
    assert [at for at, character in enumerate(page) if covered[at] != 1 and not character.isspace()] == []


def test_every_quote_leads_to_its_passage_as_a_client_of_web_annotation_follows_it(towns: LinkedTowns) -> None:
    found = towns.merged.query("""
        SELECT ?quote ?source ?start ?end ?exact ?prefix ?suffix {
          ?quote a oa:Annotation ; oa:hasTarget ?target .
          ?target a oa:SpecificResource ; oa:hasSource ?source ; oa:hasSelector ?words , ?place .
          ?words a oa:TextQuoteSelector ; oa:exact ?exact .
          OPTIONAL { ?words oa:prefix ?prefix } OPTIONAL { ?words oa:suffix ?suffix }
          ?place a oa:TextPositionSelector ; oa:start ?start ; oa:end ?end }""")
    terms = (OA.start, OA.end, OA.exact, OA.prefix, OA.suffix)
    assert set(map(tuple, found)) == {
        (quote, source, *(towns.merged.value(quote, term) for term in terms))
        for quote, source in towns.merged.subject_objects(PROV.wasQuotedFrom)
    }


def test_every_sentence_of_the_page_is_a_quote_of_its_own(towns: LinkedTowns, page: str) -> None:
    """The page's 59 sentences, split without a look at the data."""
    sentences = [part for line in page.split("\n") if line.rstrip().endswith(".") for part in SENTENCE_END.split(line)]
    quoted = {str(exact) for exact in towns.merged.objects(None, OA.exact)}
    assert len(sentences) == 59
    assert [sentence for sentence in sentences if sentence.strip() not in quoted] == []


def test_every_quote_supports_a_statement_or_is_left_out_with_a_reason(towns: LinkedTowns) -> None:
    left_out = set(towns.merged.subjects(TG.leftOut))
    for quote in towns.merged.subjects(PROV.wasQuotedFrom):
        stated = {s for s, *_ in towns.quads((None, None, None, quote))} - {quote}
        assert bool(stated) != (quote in left_out), quote


def test_earliest_and_latest_bound_dates_and_periods_have_a_first_and_a_last_day(towns: LinkedTowns) -> None:
    periods = {*towns.merged.subjects(SDO.startDate), *towns.merged.subjects(SDO.endDate)}
    assert periods == {*towns.merged.subjects(TG.firstDay), *towns.merged.subjects(TG.lastDay)}
    assert not periods & {*towns.merged.subjects(TG.earliest), *towns.merged.subjects(TG.latest)}


def test_words_kept_as_printed_stand_in_the_quote_that_states_them(towns: LinkedTowns) -> None:
    for term in (TG.asPrinted, TG.dateAsPrinted, TG.typeAsPrinted, SKOS.hiddenLabel):
        for _, _, words, quote in towns.quads((None, term, None, None)):
            assert str(words) in str(towns.merged.value(quote, OA.exact)), words


def test_the_page_never_says_what_only_other_evidence_bears_out(towns: LinkedTowns) -> None:
    for term in (SDO.sameAs, SDO.latitude, SDO.longitude, OBSERVATION_ABOUT, TG.likelyReading):
        graphs = {kind_of(graph) for *_, graph in towns.quads((None, term, None, None))}
        assert graphs == {"evidence"}, term


def test_everything_told_of_a_thing_of_ours_leads_back_to_its_quotes(towns: LinkedTowns) -> None:
    for kind in (TG.Agreement, TG.Twinning, SDO.Observation, SDO.Event):
        for thing in towns.merged.subjects(RDF.type, kind):
            sources = set(towns.merged.objects(thing, PROV.wasDerivedFrom))
            assert any(kind_of(source) == "quote" for source in sources), thing


def test_all_formats_hold_the_same_statements(release: Release, towns: LinkedTowns) -> None:
    for name in ("twingraph.ttl", "twingraph.nt", "twingraph.rdf", "twingraph.jsonld"):
        assert set(parsed(release, name)) == {(s, p, o) for s, p, o, _ in towns.quads()}, name
    trig = Dataset().parse(release.folder / "twingraph.trig", format="trig")
    assert set(trig.quads()) == set(towns.quads())


WORD, NAMES = re.compile(r"[^\W\d_]+"), (RDFS.label, SDO.alternateName, SDO.name, SKOS.prefLabel)


def test_facts_hold_no_words_of_a_page_but_names_numbers_and_dates(release: Release) -> None:
    """Neither a text of three words and more that stands on a page, nor one that has five words of it in a row."""
    facts, pages = parsed(release, "facts.nt"), [path.read_text("utf-8") for path in release.folder.glob("sources/*")]
    told = [str(value) for subject, term, value in facts if is_text(facts, subject, term, value)]
    page, *texts = (f" {' '.join(WORD.findall(text.lower()))} " for text in ("\n".join(pages), *told))
    assert [text for text in texts if text.count(" ") > 3 and text in page] == []
    runs = {f" {' '.join(words[at : at + 5])} " for words in map(str.split, texts) for at in range(len(words) - 4)}
    assert len(runs) > 1000
    assert [run for run in runs if run in page] == []


def is_text(facts: Graph, subject: Node, term: Node, value: Node) -> bool:
    """Tell whether a value is a text and no name; what an activity is called tells of it, in a sentence."""
    return isinstance(value, Literal) and (term not in NAMES or (subject, RDF.type, SDO.Event) in facts)


def test_activities_are_told_of_among_the_facts_in_words_that_are_ours(release: Release) -> None:
    facts = parsed(release, "facts.nt")
    told = {each: set(facts.objects(each, SDO.name)) for each in facts.subjects(RDF.type, SDO.Event)}
    assert [each for each, names in told.items() if "en" not in {getattr(name, "language", "") for name in names}] == []


def test_a_cc0_consumer_can_leave_the_quotations_out(release: Release) -> None:
    facts, quotations = parsed(release, "facts.nt"), parsed(release, "quotations.nt")
    assert set(facts) | set(quotations) == set(parsed(release, "twingraph.nt"))
    assert not set(facts) & set(quotations)
    printed = {OA.exact, OA.suffix, SKOS.hiddenLabel, TG.asPrinted, TG.dateAsPrinted, TG.typeAsPrinted}
    assert printed & set(facts.predicates()) == set()
    assert printed <= set(quotations.predicates())
    assert set(parsed(release, "facts.ttl")) == set(facts)
    assert set(parsed(release, "quotations.ttl")) == set(quotations)
