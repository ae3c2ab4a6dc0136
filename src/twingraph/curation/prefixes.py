"""The `@prefix` lines of a file of the data, which other programs need and this one does not."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from twingraph.curation.graph import find_base, read_text, write_text
from twingraph.curation.turtle import declared, parse, used_prefixes
from twingraph.errors import BadInput
from twingraph.settings import DATASET
from twingraph.vocab import catalogue_prefixes, use
from twingraph.words import text

if TYPE_CHECKING:
    from pathlib import Path

_LINE = r"[ \t]*(?:@?prefix\s+[^\s:]*:\s*<[^>\s]*>\s*\.?[ \t]*)+(?:#[^\n]*)?(?:\r?\n|\Z)"
_COMMENT = r"[ \t]*#[^\n]*\n"
_TOP = re.compile(
    rf"\ufeff?(?:(?P<own>(?:(?:{_COMMENT}|[ \t]*\r?\n)*{_LINE})+)|(?:{_COMMENT})+[ \t]*\r?\n)?", re.IGNORECASE
)
"""What a file begins with: up to its own prefix lines, or a comment about all of it."""


def write_back(path: Path) -> int:
    """Write the prefix lines that a file uses and lacks below its own, nothing else; give how many they are.

    The base is that of the data that the file stands in. Raises BadInput for a file that can not be read even with the
    project's prefixes, or is of no data, and UnwritableTarget.
    """
    content = read_text(path)
    above = (folder / DATASET for folder in path.absolute().parents)
    dataset = next((each for each in above if each.is_file()), None)
    if dataset is None:
        raise BadInput(path, text("this file is of no data: no folder above it has a dataset.ttl"))
    use(find_base(dataset))
    known = catalogue_prefixes()
    parse(path, content, known)
    if lacking := known.keys() & used_prefixes(content) - declared(content).keys():
        # A file has one kind of line ends.
        end = "\r\n" if "\r\n" in content else "\n"
        lines = "".join(f"@prefix {prefix}: <{known[prefix]}> .{end}" for prefix in known if prefix in lacking)
        write_text(path, _TOP.sub(lambda top: f"{top[0]}{lines}{'' if top['own'] else end}", content, count=1))
    return len(lacking)
