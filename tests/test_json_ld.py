"""JSON-LD, wherever it is given: readers that are not ours read in it what the N-Triples say, and nothing is lost."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from pyld import jsonld
from pyoxigraph import CanonicalizationAlgorithm, Dataset, Quad, RdfFormat, parse
from rdflib import Graph

from engines import packages, program

if TYPE_CHECKING:
    from serving import Server

CLIENTS = Path(__file__).parent / "clients"
TOWNS = "CONSTRUCT { ?town a ?class ; schema:name ?name ; tg:made-up [ a rdf:type ] }"
WHERE = "{ ?town a ?class ; tg:twinnedWith place:jelgava ; schema:name ?name }"
DOCUMENTS = [
    "/dumps/1.0.0/twingraph",
    "/doc/place/jelgava",
    "/doc/agreement/jelgava-alcamo-2002",
    "/doc/dataset/twin-towns",
    "/catalog",
    "/.well-known/void",
    "/ns",
    "/shapes",
    "/sparql",
]


def statements(text: str | bytes, syntax: RdfFormat = RdfFormat.N_QUADS) -> set[str]:
    """Give triples as lines in which blank nodes bear the names of RDFC-1.0."""
    dataset = Dataset(Quad(*quad.triple) for quad in parse(text, format=syntax))
    dataset.canonicalize(CanonicalizationAlgorithm.UNSTABLE)
    return {str(quad) for quad in dataset}


def documents(server: Server, path: str) -> tuple[str, str]:
    """Give a document as JSON-LD and as N-Triples."""
    if path == "/sparql":
        both = [server.query(TOWNS + WHERE, Accept=each) for each in ("application/ld+json", "application/n-triples")]
    elif path.startswith(("/dumps", "/doc", "/catalog")):
        both = [server.ask(f"{path}.{ending}") for ending in ("jsonld", "nt")]
    else:
        both = [server.ask(path, headers={"Accept": each}) for each in ("application/ld+json", "application/n-triples")]
    assert [answer.status for answer in both] == [200, 200]
    return both[0].text, both[1].text


@pytest.mark.parametrize("path", DOCUMENTS)
def test_readers_in_python_read_what_the_n_triples_say(server: Server, path: str) -> None:
    written, triples = documents(server, path)
    assert statements(jsonld.to_rdf(json.loads(written), {"format": "application/n-quads"})) == statements(triples)
    # rdflib writes some values in a form of its own, whatever it read them from.
    by_rdflib = [Graph().parse(data=each, format=form) for each, form in ((written, "json-ld"), (triples, "nt"))]
    assert statements(by_rdflib[0].serialize(format="nt")) == statements(by_rdflib[1].serialize(format="nt"))


def test_readers_in_javascript_read_what_the_n_triples_say(server: Server, request: pytest.FixtureRequest) -> None:
    folder = packages(CLIENTS, request)
    shutil.copyfile(CLIENTS / "read.js", folder / "read.js")
    both = [documents(server, path) for path in DOCUMENTS]
    done = subprocess.run(
        [program("node", "Debian nodejs"), "read.js"],
        cwd=folder,
        input=json.dumps([written for written, _ in both]),
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    for path, (_, triples), read in zip(DOCUMENTS, both, json.loads(done.stdout), strict=True):
        assert [statements(each) == statements(triples) for each in read] == [True, True], path


@pytest.mark.parametrize("path", DOCUMENTS)
def test_classes_are_given_by_keyword_and_no_identifier_is_relative(server: Server, path: str) -> None:
    written, _ = documents(server, path)
    nodes = json.loads(written)
    assert '22-rdf-syntax-ns#type":' not in written
    expanded = jsonld.expand(nodes, {"base": "made-up-base:/"})
    assert "made-up-base:" not in json.dumps(expanded)
