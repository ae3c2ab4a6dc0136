"""Bad input: every mistake is told in one sentence, nothing is written, and the last release stays whole."""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner
from conftest import INPUTS

from twingraph.cli import main
from twingraph.derive import derive
from twingraph.errors import BadEpoch, BrokenSyntax, InvalidData, UnreadableFile, UnwritableTarget
from twingraph.graph import parse, read_inputs
from twingraph.release import Built, assemble, open_release, write
from twingraph.sources import Selector, explain, read_page
from twingraph.validate import Finding, read_shapes, validate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from twingraph.records import LinkedTowns
    from twingraph.release import Release

    Spoil = Callable[[Path], object]

SOURCE = "data/sources/jelgava-lv-2017"
FACTS, PAGE, DESCRIPTION = f"{SOURCE}/facts.trig", f"{SOURCE}/page.txt", f"{SOURCE}/source.ttl"
PLACES, DATASET, CONTEXT = "data/places.trig", "data/dataset.ttl", "ontology/context.jsonld"
HEADING = ':alcamo-heading oa:exact "Alkamo (Itālija)"@lv .'


def change(file: str, old: str, new: str) -> Spoil:
    """Replace a text, where it first stands, in a file."""

    def spoil(inputs: Path) -> None:
        text = (inputs / file).read_bytes().decode()
        assert old in text
        (inputs / file).write_bytes(text.replace(old, new, 1).encode())

    return spoil


def add(file: str, content: str | bytes) -> Spoil:
    """Add to the end of a file, made if need be."""

    def spoil(inputs: Path) -> None:
        with (inputs / file).open("ab") as out:
            out.write(content if isinstance(content, bytes) else content.encode())

    return spoil


def put(file: str, content: str | bytes) -> Spoil:
    return lambda inputs: (inputs / file).write_bytes(content if isinstance(content, bytes) else content.encode())


def remove(name: str) -> Spoil:
    def spoil(inputs: Path) -> None:
        path = inputs / name
        shutil.rmtree(path) if path.is_dir() else path.unlink()

    return spoil


def make_folder(name: str) -> Spoil:
    """Put a folder where a file was: even an administrator can not read that as one."""

    def spoil(inputs: Path) -> None:
        (inputs / name).unlink(missing_ok=True)
        (inputs / name).mkdir()

    return spoil


def empty_shapes(inputs: Path) -> None:
    for path in (inputs / "shapes").iterdir():
        path.unlink()


def is_one_sentence(text: str) -> bool:
    return "\n" not in text and text.endswith(".") and "Traceback" not in text


@pytest.fixture(scope="module")
def standing(release: Release, tmp_path_factory: pytest.TempPathFactory) -> Release:
    """A release that must outlive every mistake of this module."""
    folder = tmp_path_factory.mktemp("standing") / "release"
    return Release_of(shutil.copytree(release.folder, folder))
