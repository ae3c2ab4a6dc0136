"""What the Nu Html Checker of the W3C, the judge of what is valid HTML, says of pages."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

from engines import packages, program

if TYPE_CHECKING:
    from collections.abc import Collection

    import pytest

NU = Path(__file__).parent / "html"
"""The lock of the checker."""


def invalid(pages: Collection[tuple[str, str]], folder: Path, request: pytest.FixtureRequest) -> list[str]:
    """Say what of pages, each given with a name, is invalid; folder: an empty one to put them into."""
    java = program("java", "Debian default-jre-headless")
    checker = packages(NU, request) / "node_modules/vnu-jar/build/dist/vnu.jar"
    files = [folder / f"{number}.html" for number, _ in enumerate(pages)]
    for file, (_, page) in zip(files, pages, strict=True):
        file.write_text(page, "utf-8")
    # With a compiler that takes less time than the pages would without a better one, and a stack that is enough for it.
    command = [java, "-Xss16m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-jar", str(checker)]
    command += ["--format", "json", "--stdout", "--errors-only", "--exit-zero-always"]
    said = json.loads(subprocess.check_output([*command, *files], text=True, timeout=300))["messages"]
    names = {file.name: name for file, (name, _) in zip(files, pages, strict=True)}
    return [f"{names[Path(each['url']).name]}, line {each['lastLine']}: {each['message']}" for each in said]
