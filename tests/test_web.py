"""What all routes share: how the server begins and ends, whom it believes, and what it says of itself."""

import json
import re
import signal
import socket
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from serving import Server, descendants, eventually, is_running, started
from twingraph.errors import AddressTaken
from twingraph.query.engine import Engine
from twingraph.release.folder import Release
from twingraph.settings import QUADS, Settings
from twingraph.web.app import DISCONTINUED, create_app
from twingraph.web.server import serve

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
ENDLESS = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l . ?m ?n ?o . ?p ?q ?r . ?s ?t ?u }"
STRANGER = "stranger.example"
EVERY_KIND = (
    *("/", "/sparql", "/catalog.ttl", "/catalog.html", "/catalog/ckan.json", "/id/place/alcamo", "/doc/place/alcamo"),
    *("/reconcile", "/search?q=alcamo", "/sitemap.xml", "/robots.txt", "/changes.atom", "/query?query=ASK{}"),
    "/llms.txt",
    "/nowhere",
)
PLAIN = ("/", "/health", "/robots.txt", "/sparql?query=ASK%7B%7D", "/doc/place/jelgava", "/catalog.ttl")


# Beginning and end


@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_nothing_is_left_over_however_the_server_ends(release: Release, end: signal.Signals) -> None:
    with ThreadPoolExecutor() as pool, started(release.folder, seconds=1) as server:
        slow = pool.submit(server.query, ENDLESS)
        assert eventually(lambda: len(descendants(server.process.pid)) >= 3)
        started_by_it = descendants(server.process.pid)
        # Who keeps a connection and asks nothing is not waited for.
        with socket.create_connection(("127.0.0.1", server.port)) as idle:
            idle.sendall(b"GET /version HTTP/1.1\r\nHost: a\r\n\r\n")
            assert idle.recv(1 << 10)
            server.process.send_signal(end)
            assert server.process.wait(10) == (-signal.SIGKILL if end == signal.SIGKILL else 0)
        assert eventually(lambda: not any(map(is_running, started_by_it)), 10)
        assert slow.exception() if end == signal.SIGKILL else slow.result().status == 503
        with socket.create_server(("127.0.0.1", server.port)):
            pass  # the port is free again


def test_a_port_in_use_is_told_before_anything_starts(release: Release) -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as taken,
        pytest.raises(AddressTaken, match=r"choose another with --port") as refused,
    ):
        serve(release.folder, Settings(), "127.0.0.1", taken.getsockname()[1])
    assert "Address already in use" in str(refused.value)


# Hosts, prefixes, and strangers


@pytest.mark.parametrize(
    ("head", "status"),
    [
        *((f"{path} HTTP/1.0{host}", b"200") for path in PLAIN for host in ("", "\r\nHost: made-up.example")),
        *((f"/sparql HTTP/1.1\r\nConnection: close{host}", b"400") for host in ("", "\r\nHost: xn--", "\r\nHost: é")),
    ],
)
def test_only_http_1_0_may_leave_the_host_out(server: Server, head: str, status: bytes) -> None:
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
        connection.sendall(f"GET {head}\r\n\r\n".encode())
        answer = b"".join(iter(lambda: connection.recv(1 << 16), b""))
    assert answer.split(maxsplit=2)[1] == status
    assert b"http:///" not in answer


@pytest.mark.parametrize("prefix", [f"//{STRANGER}", "evil", "/a//b", "/a b", "/a\\b", "/<a>"])
def test_a_prefix_that_is_no_path_is_refused(release: Release, engine: Engine, prefix: str) -> None:
    client = create_app(engine, release.folder, Settings(proxies=1, cache_mebibytes=0)).test_client()
    answer = client.get("/id/place/alcamo", headers={"X-Forwarded-Prefix": prefix})
    assert (answer.status_code, answer.headers["Cache-Control"]) == (400, "no-store")
    assert "Location" not in answer.headers


def test_with_a_site_nothing_repeats_the_host_of_a_stranger(release: Release, engine: Engine) -> None:
    client = create_app(engine, release.folder, Settings(site="https://data.example.org/towns")).test_client()
    for path in EVERY_KIND:
        for accept in (BROWSER, "text/turtle", "*/*"):
            answer = client.get(path, headers={"Host": STRANGER, "Accept": accept})
            assert answer.status_code < 500, path
            assert STRANGER not in f"{answer.headers}{answer.text}", path


# What is served no longer, or not as expected


@pytest.mark.parametrize("path", DISCONTINUED)
@pytest.mark.parametrize("below", ["", "/", "/made-up"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_an_address_that_went_says_what_to_use_instead(client: FlaskClient, path: str, below: str, method: str) -> None:
    answer = client.open(path + below, method=method)
    assert (answer.status_code, str(DISCONTINUED[path]) in answer.text) == (410, True)
    assert client.open(f"{path}x", method=method).status_code == 404


def test_a_document_that_is_not_the_expected_one_is_not_sent(client: FlaskClient) -> None:
    for path in ("/doc/place/alcamo.ttl", f"/dumps/latest/{QUADS}"):
        tag = client.get(path, buffered=True).headers["ETag"]
        assert client.get(path, headers={"If-Match": tag}, buffered=True).status_code == 200
        refused = client.get(path, headers={"If-Match": '"another"', "Accept": "application/json"}, buffered=True)
        assert (refused.status_code, refused.json["error"]) == (412, "precondition-failed")
        assert refused.headers["Cache-Control"] == "no-store"


# How the server is, and what may be asked of it


def test_the_version_is_that_of_the_release(client: FlaskClient, release: Release) -> None:
    told = client.get("/version").json
    assert (told["version"], told["counts"]) == (release.manifest["version"], release.manifest["counts"])
    assert set(told["title"]) == {"lv", "en"}
    health = client.get("/health")
    assert (health.json, health.headers["Cache-Control"]) == ({"status": "ok"}, "no-store")


def test_every_route_is_described_and_every_described_one_is_there(app: Flask, client: FlaskClient) -> None:
    described = {path: set(told) for path, told in client.get("/openapi.json").json["paths"].items()}
    routes: dict[str, set[str]] = {}
    for rule in app.url_map.iter_rules():
        if rule.endpoint != "static":
            path = re.sub(r"<(?:[^:<>]*:)?(\w+)>", r"{\1}", rule.rule)
            methods = {method.lower() for method in rule.methods or ()} - {"head", "options"}
            routes.setdefault(path.rstrip("/") or "/", set()).update(methods)
    assert routes == described


def test_the_description_refers_to_nothing_that_is_not_there(client: FlaskClient) -> None:
    told: dict[str, Any] = client.get("/openapi.json").json
    assert told["openapi"].startswith("3.1")
    assert told["info"]["version"]
    for reference in re.findall(r'"\$ref":\s*"#/([^"]+)"', json.dumps(told)):
        found: Any = told
        for step in reference.split("/"):
            found = found[step]
    operations = [operation for path in told["paths"].values() for operation in path.values()]
    names = [operation["operationId"] for operation in operations]
    assert len(set(names)) == len(names)
    assert all("200" in operation["responses"] or "303" in operation["responses"] for operation in operations)
