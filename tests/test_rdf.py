"""RDF as it is written: read back by foreign readers as what it is, and in the same bytes every time."""

import json
import subprocess
import sys

import pytest
from pyld import jsonld
from pyoxigraph import BlankNode, Literal, NamedNode, Quad, RdfFormat, Triple, parse
from rdflib import Graph
from rdflib.compare import isomorphic

from twingraph.errors import NotXml
from twingraph.release import rdf
from twingraph.release.folder import Release
from twingraph.vocab import thing

MADE_UP = "http://example.org/made-up/"
S, P, V = (NamedNode(f"{MADE_UP}{name}") for name in ("s", "p", "o"))
MEDIA = (*rdf.FORMATS.values(), "application/trig", "application/n-quads")

TURTLE = f"""@prefix : <{MADE_UP}> .
:s :p [ :p "x"@lv , "x"@zh-hant ; :q ( 1 2 1 ) ] , 0 , 5 , "" , "a\\r\\nb" , 2.50 , "b"^^:type .
:o a :Type , :Other ."""
"""Made-up statements that are easily lost or changed on the way."""


def lines(text: bytes, syntax: RdfFormat) -> set[str]:
    return {str(quad.triple) for quad in parse(text, format=syntax)}


def by_pyld(document: bytes) -> set[str]:
    return lines(jsonld.to_rdf(json.loads(document), {"format": "application/n-quads"}).encode(), RdfFormat.N_QUADS)


def test_a_foreign_reader_of_json_ld_reads_what_the_n_triples_say(release: Release) -> None:
    assert by_pyld(release.read("twingraph.jsonld")) == lines(release.read("twingraph.nt"), RdfFormat.N_TRIPLES)


def test_json_ld_gives_whole_identifiers_classes_by_keyword_and_numbers(release: Release) -> None:
    first, *others = json.loads(release.read("twingraph.jsonld"))["@graph"]
    assert all(node["id"].startswith(("http", "tg:")) and "rdf:type" not in node for node in others)
    assert (first["type"], first["year"]) == ("Agreement", 2002)
    assert first["id"] == str(thing("agreement", "jelgava-alcamo-2002"))


@pytest.mark.parametrize("media_type", rdf.FORMATS.values())
@pytest.mark.parametrize("compacted", [False, True])
def test_what_is_written_says_the_same_in_every_format(media_type: str, compacted: bool) -> None:  # noqa: FBT001
    context = {"@context": {"id": "@id", "type": "@type", "p": f"{MADE_UP}p"}} if compacted else None
    written = rdf.write(rdf.read(TURTLE.encode()), media_type, context)
    form = "json-ld" if "json" in media_type else media_type
    assert isomorphic(Graph().parse(data=written, format=form), Graph().parse(data=TURTLE, format="turtle"))


def test_a_foreign_reader_finds_lists_and_blank_nodes_in_json_ld() -> None:
    lines = by_pyld(rdf.write(rdf.read(TURTLE.encode()), MEDIA[1]))
    read = Graph().parse(data="".join(f"{line} .\n" for line in lines))
    assert isomorphic(read, Graph().parse(data=TURTLE, format="turtle"))


@pytest.mark.parametrize(
    "triple",
    [
        *(Triple(S, NamedNode(f"{MADE_UP}{ending}"), V) for ending in ("1", "", "a/", "a(b)", "٣a")),
        Triple(S, P, Literal("\x01")),
        Triple(S, P, Literal("\ufffe")),
    ],
)
def test_what_has_no_place_in_xml_is_an_error_that_says_so(triple: Triple) -> None:
    with pytest.raises(NotXml, match="RDF/XML has no way to write this"):
        rdf.write([triple], "application/rdf+xml")
    assert lines(rdf.write([triple], "text/turtle"), RdfFormat.TURTLE) == {str(triple)}


def test_an_iri_a_blank_node_and_a_literal_of_one_text_stay_what_they_are() -> None:
    read = list(Graph().parse(data=f'_:a <{MADE_UP}p> "a:a" , <a:a> .', format="turtle"))
    assert {type(each.object) for each in rdf.convert(read)} == {Literal, NamedNode}
    assert {type(each.subject) for each in rdf.convert(read)} == {BlankNode}


WRITING = """
import sys
from pyoxigraph import Quad
from twingraph.release import rdf

triples = rdf.read(open(sys.argv[1], "rb").read())
of_graphs = [Quad(*triple, triple.subject) for triple in triples if "_:" not in str(triple)]
for media in sys.argv[2:]:
    sys.stdout.buffer.write(rdf.write(of_graphs if "trig" in media or "quads" in media else triples, media))
"""


def test_five_processes_write_the_same_bytes(release: Release) -> None:
    def written(seed: int) -> bytes:
        words = [sys.executable, "-c", WRITING, str(release.path("catalog.ttl")), *MEDIA]
        return subprocess.run(words, check=True, capture_output=True, env={"PYTHONHASHSEED": str(seed)}).stdout

    assert len({written(seed) for seed in range(5)}) == 1


def test_statements_come_in_an_order_of_their_own_each_once() -> None:
    triples = [Triple(V, P, S), Triple(S, P, V), Triple(S, P, S), Triple(S, P, V)]
    written = rdf.write(triples, "application/n-triples", first=S.value)
    assert written == rdf.write(reversed(triples), "application/n-triples", first=S.value)
    assert written.decode().splitlines() == [f"{triple} ." for triple in (triples[1], triples[2], triples[0])]


def test_graphs_are_written_one_after_the_other() -> None:
    quads = [Quad(S, P, NamedNode(f"{MADE_UP}{n}"), NamedNode(f"{MADE_UP}g{n % 2}")) for n in range(4)]
    assert rdf.write(quads, "application/trig").count(b"{") == 2
    assert len(rdf.write(quads, "application/n-quads").splitlines()) == 4
