"""The redirects that w3id.org would need, in the server that w3id.org runs: Apache httpd, on loopback."""

import re
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from rdflib import Graph, URIRef

from conftest import INPUTS
from engines import free_port, program
from serving import Server, running
from twingraph.release.folder import Release
from twingraph.settings import BASE
from twingraph.vocab import KINDS

W3ID = INPUTS / ".w3id"
TARGET = "https://twingraph.invalid"
_MODULES = ("mpm_event", "authz_core", "headers", "rewrite", "unixd")
_FOLDERS = (Path("/usr/lib/apache2/modules"), Path("/usr/lib64/httpd/modules"))
"""Where Debian and Fedora keep what is not built in."""
_CONFIGURATION = Path(__file__).with_name("httpd.conf").read_text("ascii")


def led(apache: Server, path: str, method: str = "GET", **headers: str) -> tuple[int, str | None]:
    answer = apache.ask(f"/twingraph/{path}", method, headers=headers)
    return answer.status, answer.headers.get("location")


@pytest.fixture(scope="module")
def apache() -> Iterator[Server]:
    """Apache with our folder, as it would stand at w3id.org."""
    command, port = program("apache2", "Debian apache2-bin"), free_port()
    # In no folder of pytest's, which the server's user may not read.
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        shutil.copytree(W3ID, folder / "site" / "twingraph")
        (folder / "site" / "health").touch()  # by which it is seen to be up
        files = [(each, file) for each in _MODULES for place in _FOLDERS for file in place.glob(f"mod_{each}.so")]
        modules = "\n".join(f"LoadModule {each}_module {file}" for each, file in files)
        (folder / "httpd.conf").write_text(_CONFIGURATION.format(port=port, folder=folder, modules=modules), "ascii")
        with running([command, "-D", "FOREGROUND", "-d", name, "-f", f"{name}/httpd.conf"], port) as server:
            yield server


@pytest.mark.parametrize(
    ("path", "status"),
    [
        *((f"id/{kind}/made-up-2002", 303) for kind in (*KINDS, "distribution", "service", "catalog")),
        *((f"doc/place/alcamo{ending}", 302) for ending in ("", ".html", ".ttl", ".jsonld", ".nt", ".rdf")),
        *((f"catalog{end}", 302) for end in ("", ".ttl", ".jsonld", ".rdf", ".nt", ".xml", ".html", "/ckan.json")),
        *((path, 302) for path in ("", "ns", "ns/1.1.0", "shapes", "context.jsonld", "openapi.json")),
        *((path, 302) for path in (".well-known/void", "dumps/latest/twingraph.nq", "dumps/1.1.0/SHA256SUMS")),
        *((path, 302) for path in ("changes", "changes.atom", "crosscheck", "crosscheck.mismatches.csv")),
        *((path, 302) for path in ("dumps/1.1.0/tables/csv-metadata.json", "query", "query/agreements-of-one-town")),
        *((path, 307) for path in ("sparql", "reconcile", "reconcile/suggest/entity")),
    ],
)
def test_an_address_leads_to_the_same_path_at_the_server(apache: Server, path: str, status: int) -> None:
    assert led(apache, path) == led(apache, path, "HEAD") == (status, f"{TARGET}/{path}")


def test_every_iri_that_a_release_mints_leads_on(apache: Server, release: Release) -> None:
    graph = Graph()
    for name in ("twingraph.nt", "void.ttl", "catalog.ttl"):
        graph.parse(release.folder / name)
    nodes = {str(node) for triple in graph for node in triple if isinstance(node, URIRef)}
    paths = {iri.partition("#")[0].removeprefix(BASE) for iri in nodes if iri.startswith(BASE)}
    assert len(paths) > 500
    assert {path for path in paths if led(apache, path)[1] != f"{TARGET}/{path}"} == set()


def test_the_format_is_the_servers_to_choose_and_a_query_stays_with_its_address(apache: Server) -> None:
    for accept in ("text/html", "text/turtle", "*/*"):
        assert led(apache, "id/place/alcamo", Accept=accept)[1] == f"{TARGET}/id/place/alcamo"
    for path in (
        "sparql?query=ASK%20%7B%20%3Fs%20%3Fp%20%22%C4%93%22%20%7D&graph=a%3Ab",
        "changes?lang=lv",
        "query/agreements-of-one-town?place=alcamo&lang=lv",
    ):
        assert led(apache, path)[1] == f"{TARGET}/{path}"
    assert led(apache, "sparql/")[1] == f"{TARGET}/sparql"


def test_a_query_that_is_posted_is_to_be_posted_again_and_programs_in_browsers_may_follow(apache: Server) -> None:
    assert led(apache, "sparql", "POST") == (307, f"{TARGET}/sparql")
    assert apache.ask("/twingraph/id/place/alcamo").headers["access-control-allow-origin"] == "*"


@pytest.mark.parametrize(
    "path",
    [
        *("id", "id/", "id/place", "id/place/", "id/Place/alcamo", "id/place/alcamo/more", "id/place/al%20camo"),
        *("id/place/alcamo.ttl", "doc/place/alcamo.exe", "ns/", "nsx", "catalog.exe", "catalog/", "catalog/ckan.jsonx"),
        *("dumps", "dumps/1.1.0/", "dumps/1.1.0/.secret", "dumps/.1/x", "made-up", "metrics", "health"),
        *("id/place/alcamo%0d%0aX-Made-Up:1", "dumps/1.1.0/a%0d%0ab", "/made-up.invalid/x", "id/place/../../../x"),
    ],
)
def test_what_is_no_address_of_ours_leads_nowhere(apache: Server, path: str) -> None:
    status, location = led(apache, path)
    assert (status in {400, 403, 404}, location) == (True, None)


def test_the_server_is_named_once_as_a_placeholder_that_is_marked() -> None:
    text = (W3ID / ".htaccess").read_text("utf-8")
    assert text.count(TARGET) == 1
    assert re.search(rf"^# TO BE SET.*\n^RewriteRule .*{re.escape(TARGET)}\]$", text, re.MULTILINE)
    assert "Set the address of the server" in (W3ID / "README.md").read_text("utf-8")
