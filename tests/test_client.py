"""A client of an endpoint with Wikidata's data: who asks, how patiently, and what a run that broke off leaves."""

import os
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from engines import free_port
from misbehaving import Misbehaving, misbehaving
from twingraph.errors import BadValue, EndpointFailed, UnwritableTarget
from twingraph.wikidata import client as client_module
from twingraph.wikidata.client import Client, take
from twingraph.wikidata.entities import RESPONSES, TRIPLES, Value
from twingraph.words import text
from wikidata_shape import Shape, made_up
from wikidata_shape import time as moment

NOBODY = "you@example.org https://example.com/me a@b a@host.invalid"
CONTACT = "https://w3id.org/twingraph/"
TOWNS = [made_up(number) for number in range(101, 131)]
QUERY = "SELECT ?s ?o WHERE { VALUES ?s { NAMES } ?s <http://www.wikidata.org/prop/P190> ?o }"
NAMES = [f"http://www.wikidata.org/entity/{town}" for town in TOWNS]


@pytest.fixture(scope="module")
def endpoint(wikidata: str) -> str:
    """The server of Wikidata's shape, with made-up towns in a row, each tied to the next."""
    shape = Shape().town(*TOWNS)
    for town, twin in pairwise(TOWNS):
        shape.says(town, "P190", Value("item", twin), qualifiers=[("P580", moment("1999-01-01", 9))])
    shape.put(wikidata)
    return wikidata


@pytest.fixture
def server(endpoint: str) -> Iterator[Misbehaving]:
    with misbehaving(endpoint) as server:
        yield server


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The seconds that were to be waited, without waiting for them."""
    seconds: list[float] = []
    clock = SimpleNamespace(sleep=seconds.append, monotonic=time.monotonic, time=time.time)
    monkeypatch.setattr(client_module, "time", clock)
    return seconds


def client(url: str, **options: Any) -> Client:  # noqa: ANN401 - as each field has it
    return Client(url, CONTACT, **{"names": 40, "seconds": 1, "pause": 0.01} | options)


def rows(asking: Client) -> int:
    """Ask about all towns; give the number of rows."""
    return len(list(asking.select(QUERY, NAMES, text("items"))))


def test_every_request_says_who_asks_and_one_is_on_its_way_at_a_time(server: Misbehaving, tmp_path: Path) -> None:
    take(Client(server.url, "mailto:clerk@jelgava.lv", names=7), TOWNS[:5], tmp_path / "kept")
    (agent,) = set(server.agents)
    assert agent.startswith("twingraph/")
    assert "; mailto:clerk@jelgava.lv) SPARQLWrapper/" in agent
    assert server.most_at_once == 1
    # No query needs Wikidata's label service.
    assert not [query for query in server.queries if b"SERVICE" in query]


@pytest.mark.parametrize("contact", [None, "", "me", "YOUR-ADDRESS", *NOBODY.split(), "a@b.lv\r\nX: y"])
def test_who_gives_no_contact_does_not_get_to_ask(contact: str | None) -> None:
    with pytest.raises(BadValue, match="--contact"):
        Client("http://127.0.0.1:9/", contact)


@pytest.mark.parametrize("deed", ["429", "503", "500", "502", "504", "cut", "stopped", "slow", "drip", "hang up"])
def test_what_goes_wrong_once_is_survived(server: Misbehaving, deed: str) -> None:
    server.deeds = [deed]
    assert rows(client(server.url)) == len(TOWNS) - 1


@pytest.mark.parametrize(
    ("deed", "sentence", "queries", "options"),
    [
        ("429", "status 429", 8, {}),
        ("500", "status 500", 8, {}),
        *((deed, "not whole", 8, {}) for deed in ("cut", "stopped", "garbage", "other")),
        ("hang up", "breaks off", 8, {}),
        ("slow", "in time", 2, {"tries": 2}),
        ("", "too long", 2, {"tries": 2, "mebibytes": 0}),
        # What will not be better next time is told at once.
        ("403", "status 403 Forbidden; see that you can be reached at what --contact says", 1, {}),
        *((status, f"status {status}", 1, {}) for status in ("400", "401", "404")),
        ("page", "no SPARQL endpoint", 1, {}),
    ],
)
def test_what_goes_wrong_every_time_is_told_in_a_sentence_and_soon(
    server: Misbehaving, waits: list[float], deed: str, sentence: str, queries: int, options: dict[str, int]
) -> None:
    server.deeds, begun = [deed] * 20, time.monotonic()
    with pytest.raises(EndpointFailed, match=sentence):
        rows(client(server.url, **options))
    assert (len(server.queries), len(waits)) == (queries, queries - 1)
    assert time.monotonic() - begun < 4


def test_a_server_that_is_not_there_is_told_of_without_the_password_in_its_address() -> None:
    nowhere = client(f"http://me:secret@127.0.0.1:{(port := free_port())}/", tries=2)
    with pytest.raises(EndpointFailed, match=f"http://127.0.0.1:{port}/: there is no connection"):
        rows(nowhere)


def test_as_long_as_the_endpoint_wants_is_waited_and_else_longer_each_time(
    server: Misbehaving, waits: list[float]
) -> None:
    later = format_datetime(datetime.now(UTC) + timedelta(seconds=60), usegmt=True)
    server.deeds = ["429 after 7", f"503 after {later}", "503", "503", "429 after made-up"]
    rows(client(server.url, pause=1))
    assert waits == [7, pytest.approx(60, abs=3), 4, 8, 16]


def test_who_is_told_to_wait_too_long_hears_it_instead(server: Misbehaving, waits: list[float], tmp_path: Path) -> None:
    server.deeds = ["429 after 86400"]
    with pytest.raises(EndpointFailed, match=r"wants 86400 s of rest; .* goes on where it ended"):
        rows(client(server.url, responses=tmp_path))
    assert waits == []


def test_where_much_at_once_is_too_much_less_is_asked(server: Misbehaving) -> None:
    server.most = 8
    assert rows(client(server.url)) == len(TOWNS) - 1
    # 30 and 15 things were too many, and 7 are asked about at once from then on.
    assert len(server.queries) == 2 + 5


def test_a_run_that_broke_off_goes_on_where_it_ended_and_gets_the_same_statements(
    server: Misbehaving, tmp_path: Path
) -> None:
    folder = tmp_path / "kept"
    server.deeds = ["", "", "", "", "", "cut"]
    with pytest.raises(EndpointFailed):
        take(client(server.url, tries=1, names=10), TOWNS[:9], folder)
    sent = set(server.queries[:5])
    assert len(list((folder / RESPONSES).iterdir())) == 5

    server.queries.clear()
    take(client(server.url, names=10), TOWNS[:9], folder)
    assert sent.isdisjoint(server.queries)
    assert not (folder / RESPONSES).exists()
    take(client(server.url, names=10), TOWNS[:9], tmp_path / "whole")
    assert (folder / TRIPLES).read_bytes() == (tmp_path / "whole" / TRIPLES).read_bytes()


@pytest.mark.parametrize(("hours", "cut", "sent"), [(2, 0, 0), (30, 0, 1), (2, 9, 1)])
def test_a_snapshot_is_as_old_as_its_oldest_response_none_of_which_is_older_than_a_day_or_kept_by_half(
    server: Misbehaving, tmp_path: Path, hours: int, cut: int, sent: int
) -> None:
    rows(client(server.url, responses=tmp_path))
    (kept,) = tmp_path.iterdir()
    written = time.time() - hours * 3600
    kept.write_bytes(kept.read_bytes()[: -cut or None])
    os.utime(kept, (written, written))
    server.queries.clear()
    again = client(server.url, responses=tmp_path)
    assert (rows(again), len(server.queries)) == (len(TOWNS) - 1, sent)
    taken = datetime.fromisoformat(again.taken).timestamp()
    assert abs(taken - (time.time() if sent else written)) < 5


def test_where_responses_can_not_be_kept_that_is_told(server: Misbehaving, tmp_path: Path) -> None:
    (tmp_path / "letter.txt").touch()
    with pytest.raises(UnwritableTarget, match=r"letter\.txt"):
        rows(client(server.url, responses=tmp_path / "letter.txt" / RESPONSES))


def test_responses_of_one_endpoint_are_not_taken_for_anothers(
    server: Misbehaving, endpoint: str, tmp_path: Path
) -> None:
    for url in (endpoint, server.url):
        rows(client(url, responses=tmp_path))
    assert len(server.queries) == 1
