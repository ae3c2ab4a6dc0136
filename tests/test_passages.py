"""Which town a passage is about: stated, or as follows from what it states, and never a guess."""

import shutil
import subprocess
import sys
from pathlib import Path

from rdflib.namespace import SDO

from releases import edit
from twingraph.curation.derive import derive
from twingraph.curation.findings import SEVERITIES, read_shapes, validate
from twingraph.curation.graph import read_inputs
from twingraph.settings import CHECKSUMS
from twingraph.vocab import slug_of

PAGE = "data/sources/jelgava-lv-2017"
FACTS = f"{PAGE}/facts.trig"
# What a heading states, for a test to take away or to add.
BELARUS, ESTONIA = (f" ;\n        schema:containedInPlace country:{code} ." for code in ("BY", "EE"))
SCRIPT = """
import sys
from pathlib import Path
from twingraph.release.build import assemble, write
write(assemble(Path(sys.argv[1])), Path(sys.argv[2]))
"""


def towns_by_quote(inputs: Path) -> tuple[dict[str, set[str]], list[str]]:
    """Give the towns that each quote is about, also as its mentions say it, and the rules that are broken."""
    curated = read_inputs(inputs)
    derive(curated)
    found: dict[str, set[str]] = {}
    for subject, town in curated.merged.subject_objects(SDO.about):
        quote = curated.merged.value(subject, SDO.isPartOf) or subject
        found.setdefault(slug_of(quote).removeprefix("jelgava-lv-2017-"), set()).add(slug_of(town))
    broken = validate(curated, read_shapes(inputs / "shapes"), inputs)
    return found, [slug_of(finding.rule) for finding in broken if SEVERITIES[finding.severity] == "Violation"]


def test_what_names_its_partner_is_about_that_one_whatever_heading_is_lost(inputs: Path) -> None:
    sound, _ = towns_by_quote(inputs)
    edit(inputs / FACTS, BELARUS, " .")
    spoilt, _ = towns_by_quote(inputs)
    # Two agreements, figures and activities: only what states nothing of a town hangs on its heading.
    assert {quote for quote in sound if spoilt.get(quote) != sound[quote]} == set()
    assert {town for quote, towns in spoilt.items() if quote.startswith("baranavichy") for town in towns} == {
        "baranavichy"
    }


def test_of_a_tie_of_three_the_heading_says_which_and_without_one_it_is_a_finding(inputs: Path) -> None:
    sound, broken = towns_by_quote(inputs)
    assert (sound["parnu-areas"], broken) == ({"parnu"}, [])
    edit(inputs / FACTS, ESTONIA, " .")
    spoilt, broken = towns_by_quote(inputs)
    # Before, its areas were those of Nacka, which stands above it.
    assert "nacka" not in spoilt["parnu-areas"]
    assert broken.count("Mention-about") == 2


def test_a_passage_says_itself_which_town_it_is_about(inputs: Path) -> None:
    edit(inputs / FACTS, ":parnu-areas oa:exact", ":parnu-areas schema:about place:siauliai ; oa:exact")
    found, broken = towns_by_quote(inputs)
    assert (found["parnu-areas"], found["parnu-agreement"], broken) == ({"siauliai"}, {"parnu"}, [])


def test_where_no_tie_names_the_town_its_heading_does(inputs: Path) -> None:
    edit(inputs / FACTS, "tg:partner place:jelgava , place:alcamo", "tg:partner place:jelgava")
    found, _ = towns_by_quote(inputs)
    assert {found["alcamo-agreement"].pop(), found["alcamo-plans"].pop()} == {"alcamo"}
    assert not found["alcamo-agreement"] | found["alcamo-plans"]


def test_two_towns_in_a_heading_and_two_versions_of_a_page_are_built_alike_whatever_the_seed(
    inputs: Path, tmp_path: Path
) -> None:
    # Made up: that the heading of Baranavichy places Como, too.
    heading = "    country:BY schema:name"
    edit(inputs / FACTS, heading, f"    place:como schema:containedInPlace country:IT .\n{heading}")
    version = shutil.copytree(inputs / PAGE, inputs / "data/sources/jelgava-lv-made-up")
    for name in ("source.ttl", "facts.trig"):
        edit(version / name, "jelgava-lv-2017", "jelgava-lv-made-up")
    # With these, sets of the two towns and of the two versions come in either order.
    releases = {seed: tmp_path / f"release-{seed}" for seed in ("0", "1", "4")}
    for seed, release in releases.items():
        words = [sys.executable, "-c", SCRIPT, str(inputs), str(release)]
        subprocess.run(words, env={"PYTHONHASHSEED": seed}, check=True, timeout=60)
    assert len({(release / CHECKSUMS).read_bytes() for release in releases.values()}) == 1
