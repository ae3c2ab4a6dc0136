"""What the page of a thing says of itself: the way to it, what it is in a line, and to search engines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Blueprint, request, url_for
from pyoxigraph import Literal
from rdflib.namespace import PROV, RDF, SDO, SKOS, XSD

from twingraph.vocab import DCAT, SHOWN, TG, address, kind_of
from twingraph.web.http import href
from twingraph.web.language import alternates, language
from twingraph.web.language import gettext as _
from twingraph.web.service import rows, service
from twingraph.web.things import Thing, facts

if TYPE_CHECKING:
    from rdflib import URIRef

blueprint = Blueprint("metadata", __name__)

LISTS = {
    **dict.fromkeys(("place", "country", "figure"), "lists.towns"),
    **dict.fromkeys(("twinning", "agreement"), "lists.agreements"),
    **dict.fromkeys(("area", "topic"), "lists.areas"),
    **dict.fromkeys(("source", "quote", "mention"), "source_page.page"),
    **dict.fromkeys(("query",), "query.page"),
    **dict.fromkeys(("dataset",), "downloads.in_format"),
}
"""The list that leads to the things of a kind, by its endpoint."""
_LONGEST = 200
"""Characters of a description, about as many as search engines show."""
_PARENTS: dict[str, URIRef] = {
    "figure": TG.givenFor,
    "agreement": TG.twinning,
    "activity": TG.twinning,
    "quote": PROV.wasQuotedFrom,
}
"""The property by which a thing of a kind belongs to another, whose page is the way to it."""
_ELSEWHERE = (
    *(
        "schema:name",
        "skos:prefLabel",
        "schema:alternateName",
        "skos:altLabel",
        "skos:hiddenLabel",
        "owl:differentFrom",
    ),
    *("schema:latitude", "schema:longitude", "schema:sameAs", "skos:exactMatch", "skos:closeMatch", "skos:broadMatch"),
    *("skos:narrowMatch", "skos:relatedMatch", "schema:url"),
)
"""What a line about a thing leaves out: its names, and what else is the same or like it."""
_TYPES = {str(SKOS.Concept): "DefinedTerm", str(DCAT.Dataset): "Dataset"}
"""What things are in schema.org's terms of which the data say it in other terms."""
_ADDRESSES = frozenset((str(SDO.url), str(SDO.sameAs)))
_NUMBERS = {str(XSD.integer): int, str(XSD.decimal): float, str(XSD.double): float}
_LOCALES = {"en": "en_GB", "lv": "lv_LV"}


@blueprint.app_template_global()
def section() -> str:
    """Give the endpoint of the list that leads to the page, that of the page itself where it is no thing."""
    kind = (request.view_args or {}).get("kind", "")
    return LISTS.get(kind, "") if request.blueprint == "things" else request.endpoint or ""


@blueprint.app_template_global()
def trail(thing: Thing) -> list[tuple[str, str]]:
    """Give the way to the page of a thing, as addresses and names: the first page, a list, and what it belongs to."""
    kind = kind_of(thing.iri) or ""
    names = {"lists.towns": _("Towns"), "lists.agreements": _("Agreements"), "lists.areas": _("Areas")}
    names |= {"source_page.page": _("Sources"), "query.page": _("Query"), "downloads.in_format": _("Downloads")}
    way = [(url_for("pages.home"), _("Home"))]
    if listed := LISTS.get(kind):
        is_file = listed == "downloads.in_format"
        way.append((url_for(listed, ending="html") if is_file else url_for(listed), names[listed]))
    above = set(thing.values(_PARENTS[kind])) if kind in _PARENTS else set()
    # What belongs to several things has no one way to it.
    return [*way, *((href(iri), thing.name(iri, language())) for iri in above if len(above) == 1)]


@blueprint.app_template_global()
def breadcrumbs(thing: Thing, heading: str) -> dict[str, Any]:
    """Give the same way in schema.org's terms, as JSON-LD; heading: what the page at its end is called."""
    way = [*((_public(address), name) for address, name in trail(thing)), (page_address(), heading)]
    items = [{"@type": "ListItem", "position": at, "name": name, "item": it} for at, (it, name) in enumerate(way, 1)]
    return {"@context": "https://schema.org", "@type": "BreadcrumbList", "itemListElement": items}


@blueprint.app_template_global()
def describe(thing: Thing) -> str:
    """Say in a line what is known of a thing: its first facts, as many as there is room for."""
    told = ""
    for values in facts(thing, *_ELSEWHERE).values():
        line = f"{values[0].label}: {', '.join(fact.text for fact in values)}"
        told += f"{line}{'' if line.endswith(('.', '?')) else '.'} "
    if len(told) <= _LONGEST:
        return told.strip()
    return told[:_LONGEST].rpartition(" ")[0].rstrip(",.;:?") + "…"


@blueprint.app_template_global()
def page_address() -> str:
    """Give the whole address of the page in its language: below the public address, if one is set, or its own base."""
    return f"{_public(alternates()[language()].partition('?')[0])}?lang={language()}"


def _public(path: str) -> str:
    """Give the whole address of a path, as `page_address` has it."""
    public = service().settings.site or str(address(""))
    return f"{public.rstrip('/')}{path.removeprefix(request.script_root)}"


@blueprint.app_template_global()
def locale() -> str:
    """Name the language of the page as the Open Graph protocol does."""
    return _LOCALES[language()]


@blueprint.app_template_global()
def in_schema_org(thing: Thing, heading: str, description: str) -> dict[str, Any]:
    """Describe a thing in schema.org's terms, as JSON-LD for its page: what is shown of it, in the page's language.

    heading: what the page calls a thing without a name; description: of the thing in a line.
    """
    name = thing.name(thing.iri, language()) if thing.iri in thing.labels else heading
    stated = [*dict.fromkeys(thing.values(RDF.type))]
    types = [iri.removeprefix(str(SDO)) for iri in stated if iri.startswith(str(SDO))]
    types += [_TYPES[iri] for iri in stated if iri in _TYPES]
    found: dict[str, Any] = {"@context": "https://schema.org", "@id": thing.iri, "@type": types or ["Thing"]}
    found |= {"name": name, "description": description, "mainEntityOfPage": page_address()}
    for here in rows("how-to-cite"):
        if here["dataset"] != thing.iri:
            found["subjectOf"] = {"@type": "Dataset", "@id": here["dataset"], "name": here["title"]}
    # Of what is no more than a thing, schema.org has nothing else to say.
    return found | (_of_schema_org(thing) if types else {})


def _of_schema_org(thing: Thing) -> dict[str, Any]:
    """Give the values of schema.org's properties that the data state in these terms, but for names."""
    # Of what several sources say, what is shown.
    is_shown = {each.term for each in thing.stated if each.graph == str(SHOWN)}
    found: dict[str, list[Any]] = {}
    for each in thing.stated:
        name = each.term.removeprefix(str(SDO))
        is_behind = each.term in is_shown and each.graph != str(SHOWN)
        if name in {each.term, "name"} or is_behind:
            continue
        if not isinstance(each.value, Literal):
            if not href(each.value.value):
                continue
            value: Any = each.value.value if each.term in _ADDRESSES else {"@id": each.value.value}
        elif each.value.language in {None, language()}:
            value = _NUMBERS.get(each.value.datatype.value, str)(each.value.value)
        else:
            continue
        values = found.setdefault(name, [])
        if value not in values:
            values.append(value)
    return {name: values[0] if len(values) == 1 else values for name, values in sorted(found.items())}
