"""The data while somebody edits them: read again when a file has changed; one block checked at once, all beside."""

from __future__ import annotations

import os
import subprocess
import sys
from tempfile import TemporaryFile
from typing import TYPE_CHECKING

from rdflib import URIRef
from rdflib.namespace import SDO

from twingraph.curation import findings
from twingraph.curation.derive import derive
from twingraph.curation.editing import DataFile, SourceFolder
from twingraph.curation.graph import FILES, files_below, read_inputs
from twingraph.errors import BadInput, InvalidData
from twingraph.release.build import fingerprints
from twingraph.settings import input_folder
from twingraph.words import text

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from rdflib import Graph

    from twingraph.curation.editing import Block
    from twingraph.curation.findings import Finding
    from twingraph.curation.graph import Curated
    from twingraph.words import Text


class Watch:
    """The data of a folder as they were last read, for one thread at a time.

    curated: what they state, and what follows, None where they can not be read, and error: why not.
    known: what was last found in blocks, by their names; whole: what is found in all the data, None as long as that is
    not known.
    """

    def __init__(self, inputs: Path) -> None:
        self.inputs = inputs
        self.curated: Curated | None = None
        self.error: Text | None = None
        self.known: dict[str, list[Finding]] = {}
        self.whole: list[Finding] | None = None
        self._sums: dict[str, str] = {}
        self._check: _Check | None = None
        self._rules: Graph | None = None

    @property
    def files(self) -> dict[str, DataFile]:
        """All files of the data that a person edits, by where they are below their folder; raises UnreadableFile."""
        data = input_folder(self.inputs, "data")
        patterns = (each for each in FILES["data"] if each.endswith((".ttl", ".trig")) and "changes" not in each)
        paths = sorted(path for each in patterns for path in files_below(data, each))
        return {path.relative_to(data).as_posix(): DataFile(path) for path in paths}

    @property
    def sources(self) -> dict[str, SourceFolder]:
        """The sources as they are now, by the names of their folders; raises UnreadableFile."""
        folders = files_below(input_folder(self.inputs, "data") / "sources", "*")
        return {folder.name: SourceFolder(folder) for folder in folders if (folder / "facts.trig").is_file()}

    def read(self) -> None:
        """Read the data if a file of theirs is another than before, and have all of them checked then.

        Raises UnreadableFile where a file can not be read at all.
        """
        if (sums := fingerprints(self.inputs)) != self._sums:
            self.end()
            if any(name.startswith("shapes/") for name, _ in sums.items() ^ self._sums.items()):
                self._rules = None
            self._sums, self._check = sums, _Check(self.inputs)
            self.curated = self.error = self.whole = None
            try:
                curated = read_inputs(self.inputs)
                derive(curated)
                self.curated = curated
            except BadInput as error:
                self.error = error.text
        if self._check and (found := self._check.findings()) is not None:
            if not self._check.is_done_well and self.error is None:
                self.error = text("The data can not be checked as a whole; `twingraph validate` says why.")
            self.end()
            self.whole = found
            self.known = {
                block.name: there for name, block in self._blocks() if (there := found_in(found, name, block))
            }

    def check(self, name: str) -> None:
        """Hold what one block states against the rules, which takes a fraction of the time that all takes."""
        place = next((each for each in self._blocks() if each[1].name == name), None)
        if self.curated and place:
            graph, quote = self.curated.merged, URIRef(name)
            records = {quote, *self.curated.dataset.graph(quote).subjects(), *graph.subjects(SDO.isPartOf, quote)}
            if self._rules is None:
                self._rules = findings.read_shapes(input_folder(self.inputs, "shapes"))
            found = findings.validate(self.curated, self._rules, self.inputs, records=records)
            self.known[name] = found_in(found, *place)

    def end(self) -> None:
        """Stop what is being worked out."""
        if self._check:
            self._check.end()
        self._check = None

    def _blocks(self) -> list[tuple[str, Block]]:
        return [(name, block) for name, file in self.files.items() for block in file.blocks]


def found_in(found: Iterable[Finding], name: str, block: Block) -> list[Finding]:
    """Choose the findings that stand in a piece of a file of the data."""
    return [each for each in found if each.file.endswith(f"/{name}") and each.line in block.lines]


class _Check:
    """All the data held against the rules by a process of its own, so that no page waits for it."""

    def __init__(self, inputs: Path) -> None:
        self._written = TemporaryFile()  # noqa: SIM115 - closed by `end`
        command = (sys.executable, "-P", "-m", "twingraph", "validate", "--format", "json", "--data", str(inputs))
        # Without this, Windows writes in a code page.
        environment, nothing = os.environ | {"PYTHONUTF8": "1"}, subprocess.DEVNULL
        self._process = subprocess.Popen(  # noqa: S603 - this program itself, on the data that it was started with
            command, stdin=nothing, stdout=self._written, stderr=nothing, env=environment
        )

    def findings(self) -> list[Finding] | None:
        """Give what was found, nothing where the data can not be read; None if that is not known yet."""
        if self._process.poll() is None:
            return None
        self._written.seek(0)
        return findings.from_json(self._written.read() or "[]")

    @property
    def is_done_well(self) -> bool:
        """Whether the rules were asked: they were kept, or one is broken."""
        return self._process.returncode in {0, InvalidData.exit_code}

    def end(self) -> None:
        self._process.kill()
        self._process.wait()
        self._written.close()
