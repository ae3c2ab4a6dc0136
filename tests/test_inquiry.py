"""Asking an endpoint with Wikidata's data: who asks, how patiently, and what a run that was broken off leaves."""

from __future__ import annotations

import os
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from itertools import pairwise
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from engines import free_port, oxigraph
from misbehaving import misbehaving
from twingraph.errors import BadSetting, NotAnswered, UnwritableTarget
from twingraph.wikidata import inquiry as asking
from twingraph.wikidata.entities import ANSWERS, TRIPLES
from twingraph.wikidata.inquiry import Inquiry, Patience
from twingraph.wikidata.snapshots import answers_in, take
from wikidata_shape import Shape, item, made_up, quantity
from wikidata_shape import time as moment

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from misbehaving import Misbehaving

CONTACT = "https://w3id.org/twingraph/"
TOWNS = [made_up(number) for number in range(1, 31)]
QUICK = Patience(names=40, seconds=1, pause=0.01)
QUERY = "SELECT ?s ?o WHERE { VALUES ?s { NAMES } ?s <http://www.wikidata.org/prop/P190> ?o }"
NAMES = [f"http://www.wikidata.org/entity/{town}" for town in TOWNS]


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    """Oxigraph's server, with made-up towns in a row, each tied to the next."""
    shape = Shape()
    for town, twin in pairwise(TOWNS):
        shape.town(town)
        shape.says(town, "P190", item(twin), qualifiers=[("P580", moment("1999-01-01", 9))])
        shape.says(town, "P1082", quantity("1000"))
    with oxigraph() as address:
        shape.put(address)
        yield address


@pytest.fixture
def server(endpoint: str) -> Iterator[Misbehaving]:
    with misbehaving(endpoint) as server:
        yield server


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The seconds that were to be waited, without waiting for them."""
    found: list[float] = []
    monkeypatch.setattr(asking, "time", SimpleNamespace(sleep=found.append, monotonic=time.monotonic, time=time.time))
    return found


def ask(url: str, patience: Patience = QUICK, folder: Path | None = None) -> int:
    """Ask about all towns; give the number of rows."""
    return len(list(Inquiry(url, CONTACT, folder, patience).ask(QUERY, NAMES, "towns")))


def test_every_request_says_who_asks_and_one_is_on_its_way_at_a_time(server: Misbehaving, tmp_path: Path) -> None:
    take(Inquiry(server.url, "mailto:clerk@jelgava.lv", patience=replace(QUICK, names=7)), TOWNS[:5], tmp_path / "kept")
    (agent,) = set(server.agents)
    assert agent.startswith("twingraph/")
    assert "; mailto:clerk@jelgava.lv) SPARQLWrapper/" in agent
    assert server.most_at_once == 1


@pytest.mark.parametrize(
    "contact",
    [
        None,
        "",
        "me",
        "YOUR-ADDRESS",
        "you@example.org",
        "https://example.com/me",
        "a@b",
        "a@host.invalid",
        "a@b.lv\r\nX: y",
    ],
)
def test_who_gives_no_contact_does_not_get_to_ask(contact: str | None) -> None:
    with pytest.raises(BadSetting, match="--contact"):
        Inquiry("http://127.0.0.1:9/", contact)


def test_no_query_needs_wikidatas_label_service(server: Misbehaving, tmp_path: Path) -> None:
    take(Inquiry(server.url, CONTACT, patience=QUICK), TOWNS[:3], tmp_path / "kept")
    assert not [query for query in server.queries if b"SERVICE" in query]


@pytest.mark.parametrize(
    "deed", ["429", "503", "500", "502", "504", "cut", "stopped", "garbage", "slow", "drip", "hang up"]
)
def test_what_goes_wrong_once_is_survived(server: Misbehaving, deed: str) -> None:
    server.deeds = [deed]
    assert ask(server.url) == len(TOWNS) - 1


@pytest.mark.parametrize(
    ("deed", "sentence"),
    [
        ("429", r"too busy \(429\)"),
        ("500", "status 500"),
        ("cut", "not whole"),
        ("stopped", "not whole"),
        ("garbage", "not whole"),
        ("other", "not whole"),
        ("hang up", "breaks off"),
    ],
)
def test_what_goes_wrong_every_time_is_told_in_a_sentence(
    server: Misbehaving, waits: list[float], deed: str, sentence: str
) -> None:
    server.deeds = [deed] * 20
    with pytest.raises(NotAnswered, match=sentence) as told:
        ask(server.url)
    assert (len(server.queries), len(waits)) == (QUICK.tries, QUICK.tries - 1)
    assert told.value.message("lv") != str(told.value)


@pytest.mark.parametrize(
    ("deed", "sentence"),
    [
        ("403", "--contact"),
        ("400", "status 400"),
        ("401", "status 401"),
        ("404", "status 404"),
        ("page", "no SPARQL endpoint"),
    ],
)
def test_what_will_not_be_better_next_time_is_told_at_once(server: Misbehaving, deed: str, sentence: str) -> None:
    server.deeds = [deed]
    with pytest.raises(NotAnswered, match=sentence):
        ask(server.url)
    assert len(server.queries) == 1


def test_a_server_that_is_not_there_is_told_of() -> None:
    with pytest.raises(NotAnswered, match="can not be reached"):
        ask(f"http://127.0.0.1:{free_port()}/", replace(QUICK, tries=2))


def test_a_server_that_never_answers_in_time_is_told_of(server: Misbehaving) -> None:
    server.deeds = ["slow"] * 5
    begun = time.monotonic()
    with pytest.raises(NotAnswered, match="in time"):
        ask(server.url, replace(QUICK, tries=2))
    assert time.monotonic() - begun < 4


def test_an_answer_without_end_is_not_read(server: Misbehaving) -> None:
    with pytest.raises(NotAnswered, match="too long"):
        ask(server.url, replace(QUICK, mebibytes=0, tries=2))


def test_as_long_as_the_endpoint_wants_is_waited(server: Misbehaving, waits: list[float]) -> None:
    later = format_datetime(datetime.now(UTC) + timedelta(seconds=60), usegmt=True)
    server.deeds = ["429 after 7", f"503 after {later}"]
    ask(server.url)
    assert waits == [7, pytest.approx(60, abs=3)]


def test_waits_grow_from_one_failure_to_the_next(server: Misbehaving, waits: list[float]) -> None:
    server.deeds = ["503"] * 4
    ask(server.url, replace(QUICK, pause=1))
    assert waits == [1, 2, 4, 8]


def test_who_is_told_to_wait_too_long_hears_it_instead(server: Misbehaving, waits: list[float], tmp_path: Path) -> None:
    server.deeds = ["429 after 86400"]
    with pytest.raises(NotAnswered, match=r"wants 86400 s of rest; .* goes on where it ended"):
        ask(server.url, folder=tmp_path)
    assert waits == []


def test_where_much_at_once_is_too_much_less_is_asked(server: Misbehaving) -> None:
    server.most = 8
    assert ask(server.url) == len(TOWNS) - 1
    # 30 and 15 things were too many, and 7 are asked about at once from then on.
    assert len(server.queries) == 2 + 5


def test_a_run_that_was_broken_off_goes_on_where_it_ended(server: Misbehaving, tmp_path: Path) -> None:
    patience = replace(QUICK, names=10, tries=1)
    folder = tmp_path / "kept"
    server.deeds = ["", "", "", "", "", "500"]
    with pytest.raises(NotAnswered):
        take(Inquiry(server.url, CONTACT, answers_in(folder), patience), TOWNS[:9], folder)
    asked = set(server.queries[:5])
    assert len(list((folder / ANSWERS).iterdir())) == 5

    server.queries.clear()
    take(Inquiry(server.url, CONTACT, answers_in(folder), patience), TOWNS[:9], folder)
    assert asked.isdisjoint(server.queries)
    assert not (folder / ANSWERS).exists()


def test_a_run_that_goes_on_gets_the_same_statements(server: Misbehaving, tmp_path: Path) -> None:
    patience = replace(QUICK, names=10, tries=1)
    server.deeds = ["", "", "", "cut"]
    with pytest.raises(NotAnswered):
        take(Inquiry(server.url, CONTACT, answers_in(tmp_path / "broken"), patience), TOWNS[:9], tmp_path / "broken")
    for name in ("broken", "whole"):
        take(Inquiry(server.url, CONTACT, answers_in(tmp_path / name), patience), TOWNS[:9], tmp_path / name)
    assert (tmp_path / "broken" / TRIPLES).read_bytes() == (tmp_path / "whole" / TRIPLES).read_bytes()


def test_a_snapshot_is_as_old_as_its_oldest_answer_and_none_is_older_than_a_day(tmp_path: Path) -> None:
    now = time.time()
    for name, hours in (("made-up-old.json", 30), ("made-up-new.json", 2)):
        (tmp_path / name).touch()
        os.utime(tmp_path / name, (now, now - hours * 3600))
    begun = Inquiry("http://127.0.0.1:9/", CONTACT, tmp_path).begun
    assert abs(begun.timestamp() - (now - 2 * 3600)) < 2
    assert [path.name for path in tmp_path.iterdir()] == ["made-up-new.json"]


def test_a_kept_answer_that_was_spoilt_is_asked_for_again(server: Misbehaving, tmp_path: Path) -> None:
    ask(server.url, folder=tmp_path)
    (kept,) = tmp_path.iterdir()
    kept.write_bytes(kept.read_bytes()[:-9])
    assert ask(server.url, folder=tmp_path) == len(TOWNS) - 1
    assert len(server.queries) == 2


def test_where_answers_can_not_be_kept_that_is_told(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").touch()
    with pytest.raises(UnwritableTarget, match=r"letter\.txt"):
        Inquiry("http://127.0.0.1:9/", CONTACT, tmp_path / "letter.txt" / ANSWERS)


def test_answers_of_one_endpoint_are_not_taken_for_anothers(server: Misbehaving, endpoint: str, tmp_path: Path) -> None:
    ask(endpoint, folder=tmp_path)
    ask(server.url, folder=tmp_path)
    assert len(server.queries) == 1
