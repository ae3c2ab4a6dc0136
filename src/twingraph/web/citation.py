"""How a thing is cited, in words, as BibTeX and as CSL-JSON, and where a mistake in what is said of it is reported."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import quote

from flask import Blueprint

from twingraph.vocab import split
from twingraph.web.downloads import description
from twingraph.web.language import gettext as _
from twingraph.web.language import language
from twingraph.web.service import rows, service

if TYPE_CHECKING:
    from twingraph.web.things import Thing

blueprint = Blueprint("citation", __name__)

_SPECIAL = str.maketrans(
    {each: f"\\{each}" for each in "&%$#_{}"}
    | {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}"}
)
"""The characters that TeX would read as its own, and what it writes them for."""


class Citation(NamedTuple):
    """A thing as it is cited: author, year, title, work and version as text; for LaTeX; and for reference managers."""

    text: str
    bibtex: str
    csl: str


@blueprint.app_template_global()
def citation(iri: str, title: str) -> Citation | None:
    """Give how a thing of the dataset, or that itself, is cited in the version served; None where it has no version."""
    here = next(iter(rows("how-to-cite")), None)
    if here is None:
        return None
    kind, slug, _part = split(iri)
    author, work = str(service().files.manifest.get("publisher", {}).get("name", "")), here["title"]
    year, is_whole = here["modified"][:4], iri == here["dataset"]
    name = f"twingraph-{here['version']}" if is_whole else f"twingraph-{kind}-{slug}-{here['version']}"
    version = _("Version %(version)s") % {"version": here["version"]}
    parts = [f"{author} ({year})", title, *([] if is_whole else [work]), version, iri]
    fields = {"author": f"{{{author.translate(_SPECIAL)}}}" if author else "", "title": title.translate(_SPECIAL)}
    fields |= {"howpublished": "" if is_whole else work.translate(_SPECIAL), "year": year}
    fields |= {"version": here["version"], "url": iri}
    bibtex = [f"@misc{{{name}", *(f"  {field} = {{{value}}}" for field, value in fields.items() if value)]
    record: dict[str, Any] = {"id": name, "type": "dataset" if is_whole else "entry", "title": title}
    record |= {"container-title": work} if not is_whole else {}
    record |= {"author": [{"literal": author}]} if author else {}
    record |= {"issued": {"date-parts": [[int(each) for each in here["modified"][:10].split("-")]]}}
    record |= {"version": here["version"], "URL": iri, "language": language()}
    csl = json.dumps([record], ensure_ascii=False, indent=1)
    return Citation(". ".join(parts).lstrip(), ",\n".join(bibtex) + "\n}", csl)


@blueprint.app_template_global()
def stated_at(thing: Thing) -> tuple[str, str] | None:
    """Give the file and line at which the data state most of a thing; None where it only follows from others."""
    lines: dict[str, str] = service().files.manifest.get("lines", {})
    graphs = [thing.iri, *(graph for graph, _ in Counter(each.graph for each in thing.stated).most_common())]
    found = (lines.get("/".join(split(graph)[:2])) for graph in graphs)
    place = next(filter(None, found), "")
    file, _colon, line = place.rpartition(":")
    return (file, line) if place else None


@blueprint.app_template_global()
def report_address(thing: Thing) -> str:
    """Give where to report a mistake: the place in the data, as the setting has it, else the publisher's contact."""
    template, place = service().settings.report, stated_at(thing)
    if template and place:
        return template.replace("{file}", quote(place[0])).replace("{line}", place[1])
    return str(description().get("contact", ""))
