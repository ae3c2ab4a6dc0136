"""Files to take home: each is what it was, whole or in part, under its own name."""

from __future__ import annotations

import base64
import hashlib
from typing import TYPE_CHECKING

import pytest

from twingraph.settings import CHECKSUMS, QUADS

if TYPE_CHECKING:
    from flask.testing import FlaskClient

    from serving import Server
    from twingraph.release.build import Release

LATEST, KEPT = f"/dumps/latest/{QUADS}", f"/dumps/1.0.0/{QUADS}"


def digest_of(content: bytes) -> str:
    return f"sha-256=:{base64.b64encode(hashlib.sha256(content).digest()).decode()}:"


def test_a_version_is_kept_for_good_and_the_latest_is_asked_for_again(client: FlaskClient) -> None:
    kept, latest = client.get(KEPT), client.get(LATEST)
    assert (kept.status_code, kept.data) == (latest.status_code, latest.data) == (200, kept.data)
    assert kept.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert latest.headers["Cache-Control"] == "no-cache"
    assert latest.headers["Content-Location"] == KEPT
    other = client.get(f"/dumps/0.9.0/{QUADS}")
    assert (other.status_code, other.text) == (404, "This server has the release 1.0.0, and not 0.9.0.\n")


def test_every_file_is_what_its_digest_says_and_is_saved_under_its_own_name(
    client: FlaskClient, release: Release
) -> None:
    names = [line.split("  ")[1] for line in (release.folder / CHECKSUMS).read_text("utf-8").splitlines()]
    assert len(names) > 20
    for name in names:
        answer = client.get(f"/dumps/1.0.0/{name}")
        assert answer.data == (release.folder / name).read_bytes()
        assert answer.headers["Repr-Digest"] == digest_of(answer.data), name
        assert answer.headers["ETag"].strip('"') == hashlib.sha256(answer.data).hexdigest()
        assert answer.content_length == len(answer.data)
        assert answer.headers["Content-Disposition"] == f"inline; filename={name.rpartition('/')[2]}"
    assert client.get(f"/dumps/latest/{CHECKSUMS}").data == (release.folder / CHECKSUMS).read_bytes()


@pytest.mark.parametrize(
    ("wanted", "status", "part_of"),
    [
        ("bytes=0-9", 206, slice(0, 10)),
        ("bytes=5-", 206, slice(5, None)),
        ("bytes=-7", 206, slice(-7, None)),
        ("bytes=0-99999999", 206, slice(0, None)),
        ("bytes=99999999-", 416, None),
        ("bytes=-0", 416, None),
        ("bytes=0-1,4-5", 200, slice(0, None)),
        ("bytes=9-5", 200, slice(0, None)),
        (f"bytes=0-{'9' * 7_000}", 200, slice(0, None)),
        ("lines=1-2", 200, slice(0, None)),
        ("nonsense", 200, slice(0, None)),
    ],
)
def test_a_part_of_a_file_can_be_had(
    client: FlaskClient, release: Release, wanted: str, status: int, part_of: slice | None
) -> None:
    whole = (release.folder / QUADS).read_bytes()
    answer = client.get(KEPT, headers={"Range": wanted})
    assert answer.status_code == status
    if part_of is None:
        assert answer.headers["Content-Range"] == f"bytes */{len(whole)}"
    else:
        assert answer.data == whole[part_of]
        assert (answer.headers["Accept-Ranges"], answer.headers["Repr-Digest"]) == ("bytes", digest_of(whole))


def test_a_part_goes_over_the_wire_as_it_is(server: Server, release: Release) -> None:
    answer = server.ask(KEPT, headers={"Range": "bytes=70000-170000"})
    assert (answer.status, answer.body) == (206, (release.folder / QUADS).read_bytes()[70000:170001])


def test_a_file_broken_off_is_gone_on_with_only_if_it_is_the_same(client: FlaskClient) -> None:
    tag = client.get(LATEST).headers["ETag"]
    assert client.get(LATEST, headers={"Range": "bytes=10-19", "If-Range": tag}).status_code == 206
    assert client.get(LATEST, headers={"Range": "bytes=10-19", "If-Range": '"another"'}).status_code == 200
    assert client.get(LATEST, headers={"If-None-Match": tag}).status_code == 304
    assert client.head(LATEST, headers={"Range": "bytes=0-9"}).status_code == 200


@pytest.mark.parametrize("version", ["latest", "1.0.0"])
@pytest.mark.parametrize(
    "name", ["", "../manifest.json", "%2e%2e/x", "..%2fx", "a%00", "tables", "tables/", "/etc/passwd", "x" * 999]
)
def test_no_file_is_served_that_the_release_does_not_list(client: FlaskClient, version: str, name: str) -> None:
    answer = client.get(f"/dumps/{version}/{name}")
    assert (answer.status_code, len(answer.text) < 250) == (404, True)
