"""The difference between two releases: for people, for programs, and as the record that the next release takes in."""

from __future__ import annotations

import json
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from rdflib import URIRef
from rdflib.namespace import RDF

from twingraph.errors import BadSource, NothingToCompare
from twingraph.release import patch
from twingraph.release.changes import Change, compare
from twingraph.release.folder import written
from twingraph.release.history import NUMBER, Version, order, record
from twingraph.release.told import Words
from twingraph.settings import CHECKSUMS, QUADS
from twingraph.vocab import DCAT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from twingraph.release.build import Release

_TEXT = {
    "en": {
        "none": "Nothing changed in what is told of towns, ties, agreements, figures and activities.",
        "all": "Changes: {}. Statements added: {}, removed: {}, with those that only follow from others.",
        "pages": "Pages added: {}.",
    },
    "lv": {
        "none": "Ziņās par pilsētām, sadraudzības saiknēm, līgumiem, skaitļiem un pasākumiem nekas nav mainījies.",
        "all": "Izmaiņas: {}. Pievienotie apgalvojumi: {}, svītrotie: {}, ieskaitot tos, kas tikai izriet no citiem.",
        "pages": "Pievienotās lapas: {}.",
    },
}


@dataclass(frozen=True, slots=True)
class Diff:
    """Two releases, what changed from one to the other in words, and which statements differ."""

    old: Release
    new: Release
    dataset: URIRef
    words: Words
    changes: list[Change]
    statements: patch.Patch

    @property
    def pages(self) -> list[str]:
        """The addresses of pages, or of other states of them, that only the new release holds."""
        known = {source["sha256"] for source in self.old.manifest["sources"]}
        return [source["url"] for source in self.new.manifest["sources"] if source["sha256"] not in known]


def diff(old: Release, new: Release) -> Diff:
    """Compare two releases; raises NothingToCompare where they are one and the same."""
    if (old.folder / CHECKSUMS).read_bytes() == (new.folder / CHECKSUMS).read_bytes():
        raise NothingToCompare(
            f"{old.folder} and {new.folder} hold the same release, {new.manifest['version']}, byte for byte.",
            f"Mapēs {old.folder} un {new.folder} ir viens un tas pats laidiens {new.manifest['version']}.",
        )
    before, after = old.load(), new.load()
    dataset = URIRef(str(next(after.merged.subjects(RDF.type, DCAT.Dataset))))
    statements = patch.patch_between(old.folder / QUADS, new.folder / QUADS)
    return Diff(old, new, dataset, Words(after, before), compare(before, after), statements)


def keep(differs: Diff, folder: Path) -> Path:
    """Write the record of the new version into a folder, for the next build to take in, and give its path.

    Raises NothingToCompare where its number is not above that of the old one, BadSource where there is a record of it
    already, which somebody may have reworded, and UnwritableTarget.
    """
    version = _version(differs)
    path = folder / f"{version.number}.ttl"
    if path.exists():
        raise BadSource(
            path,
            "this version has a record already; remove it to have it written anew",
            "šai versijai jau ir ieraksts; lai to izveidotu no jauna, vispirms izdzēsiet šo",
        )
    return next(written(folder, [(path.name, record(version, differs.dataset).encode())]))


def _version(differs: Diff) -> Version:
    number, previous = (str(release.manifest["version"]) for release in (differs.new, differs.old))
    if not NUMBER.fullmatch(number) or order(number) <= order(previous):
        raise NothingToCompare(
            f"The new release calls itself {number}, which is no number above {previous}, that of the old one; "
            "raise dcat:version and dct:modified in data/dataset.ttl and build it again.",
            f"Jaunais laidiens sauc sevi par {number}, un tas nav lielāks numurs nekā vecajam ({previous}); "
            "palieliniet dcat:version un dct:modified datnē data/dataset.ttl un izveidojiet to no jauna.",
        )
    nothing = Change("changed", str(differs.dataset), "", _TEXT["en"]["none"], _TEXT["lv"]["none"])
    return Version(number, differs.new.manifest["modified"][:10], previous, tuple(differs.changes) or (nothing,))


def as_text(differs: Diff, language: str) -> str:
    """Write it for people: the changes under the names of the towns, then how much differs in all."""
    return "\n\n".join(_blocks(differs, language)) + "\n"


def _blocks(differs: Diff, language: str) -> Iterator[str]:
    text, statements = _TEXT["lv" if language == "lv" else "en"], differs.statements
    yield " → ".join(_named(release) for release in (differs.old, differs.new))
    for town, changes in groupby(differs.changes, key=lambda change: change.town):
        name = differs.words.name("place", town, language)
        yield "\n".join([name, *(f"  {change.sentence(language)}" for change in changes)])
    if not differs.changes:
        yield text["none"]
    if differs.pages:
        yield text["pages"].format(", ".join(differs.pages))
    yield text["all"].format(len(differs.changes), len(statements.added), len(statements.removed))


def _named(release: Release) -> str:
    return f"{release.manifest['version']} ({release.manifest['modified'][:10]})"


def as_json(differs: Diff, _: str = "") -> str:
    """Write it as a JSON object."""
    releases, statements = {"old": differs.old, "new": differs.new}, differs.statements
    told = {
        **{name: {key: each.manifest[key] for key in ("version", "modified")} for name, each in releases.items()},
        "changes": [_change(change) for change in differs.changes],
        "pages": differs.pages,
        "statements": {"added": len(statements.added), "removed": len(statements.removed)},
    }
    return json.dumps(told, ensure_ascii=False, indent=1) + "\n"


def _change(change: Change) -> dict[str, object]:
    sentences = {"en": change.english, "lv": change.latvian}
    return {"kind": change.kind, "subject": change.subject, "town": change.town, "sentence": sentences}


FORMATS: dict[str, Callable[[Diff, str], str]] = {
    "text": as_text,
    "json": as_json,
    "trig": lambda differs, _: patch.as_trig(differs.statements, differs.new.manifest["version"]),
    "patch": lambda differs, _: patch.as_patch(differs.statements),
}
"""The ways to write it, each from the difference and a language."""
