"""Questions that people ask of the data: named queries, one per file."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from difflib import get_close_matches
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import TYPE_CHECKING, cast

import pyoxigraph as ox
from rdflib import Literal, URIRef
from rdflib.namespace import XSD

from twingraph.errors import BadValue, NotFound, UnknownValue
from twingraph.names import Names
from twingraph.vocab import base, curie, kind_of, prefixes, rebase, slug_of
from twingraph.words import listing, text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from twingraph.query.engine import Engine

    Defaults = Mapping[str, Mapping[str, str]]

_HEADER = re.compile(r"^#\+ ([a-z-]+): (.+)$", re.MULTILINE)
_SLUG = re.compile(r"[A-Za-z0-9]+(?:-[A-Za-z0-9]+)*")
# As in the grammar of SPARQL 1.1, [139].
_IRI = re.compile(r"""[^\x00-\x20<>"{}|^`\\]+""")
_HOMES = "SELECT DISTINCT ?it { ?page a schema:WebPage ; schema:about ?it } ORDER BY ?it"
_NEAR = "SELECT DISTINCT ?it { { <%s> ?p ?it } UNION { ?it ?p <%s> } }"
_THINGS = (
    "SELECT DISTINCT ?it { ?it a ?class OPTIONAL { ?quote prov:wasQuotedFrom ?it } } ORDER BY (!BOUND(?quote)) ?it"
)
_YEARS = "SELECT DISTINCT ?it { ?thing tg:year ?it } ORDER BY ?it"
_WORDS = "SELECT DISTINCT ?it { ?mention a tg:Mention ; oa:exact ?it } ORDER BY ?it"
_HOME = "place:home"
"""The default of a parameter that is asked of the first home town."""
_FORMER = re.compile(r"agreement-with-(.+)")


@dataclass(frozen=True, slots=True)
class Question:
    """A query and the question that it answers.

    text: the whole file, which runs anywhere. It asks for labels in English: `?x` is a thing, `?x_label` its name. It
        selects DISTINCT because some stores count a statement once for each named graph that holds it.
    parameters: variables that may be given a value, with their defaults. The text says `OPTIONAL { VALUES ?name {
        default } }` before all else: a value substituted (RDF-dev SEP-0007) wins, and who copies the text edits that.
    chart: the columns whose numbers, and whose names, say something as bars; none for most.
    """

    name: str
    summaries: Mapping[str, str]
    tags: tuple[str, ...]
    parameters: Mapping[str, str]
    text: str
    chart: tuple[str, ...] = ()

    def values(self, given: Mapping[str, str]) -> dict[str, URIRef | Literal]:
        """Read values as a person writes them: `place:alcamo` or `alcamo`, 1990, or words; raises BadValue."""
        values: dict[str, URIRef | Literal] = {}
        for name, value in given.items():
            if name not in self.parameters:
                words = {"query": self.name, "name": name, "names": ", ".join(self.parameters) or text("none")}
                raise BadValue(text("%(query)s takes no value %(name)r; it takes %(names)s.", **words))
            default = self.parameters[name]
            prefix, is_iri, _ = default.partition(":")
            if is_iri:
                values[name] = iri = term(value if ":" in value else f"{prefix}:{value}")
                if not _IRI.fullmatch(iri):
                    raise BadValue(text("%(value)r is no IRI: it has a character that none may have.", value=value))
            elif default.isdigit() and not value.isdigit():
                words = {"name": name, "default": default, "value": value}
                raise BadValue(text("%(name)s is a number, such as %(default)s; %(value)r is none.", **words))
            else:
                values[name] = term(value) if default.isdigit() else Literal(value)
        return values

    def write(self, language: str = "en", values: Mapping[str, URIRef | Literal] | None = None) -> str:
        """Give the text as a person would edit it: for labels in a language, and with values in place of defaults."""
        # The language first: a value may look like its mark.
        query = self.text.replace('"en"', f'"{language}"')
        for variable, value in (values or {}).items():
            default = self.parameters[variable]
            if isinstance(value, Literal):
                written = str(value) if value.datatype == XSD.integer else Literal(str(value)).n3()
            else:
                # The text declares no prefix but that of the default.
                prefix, _, name = curie(value).partition(":")
                is_short = _SLUG.fullmatch(name) and default.startswith(f"{prefix}:")
                written = f"{prefix}:{name}" if is_short else f"<{value}>"
            query = query.replace(f"VALUES ?{variable} {{ {default} }}", f"VALUES ?{variable} {{ {written} }}")
        return query

    def with_defaults(self, defaults: Mapping[str, str]) -> Question:
        """Give the question with other defaults, in its text and header."""
        query = self.text
        for name, value in defaults.items():
            for line in (f"VALUES ?{name} {{ %s }}", f"#+ parameter: {name} = %s\n"):
                query = query.replace(line % self.parameters[name], line % value)
        return replace(self, parameters={**self.parameters, **defaults}, text=query)


def _packaged() -> tuple[Question, ...]:
    return _read(base())


@cache
def _read(_: str) -> tuple[Question, ...]:
    found = []
    for file in sorted((files("twingraph.query") / "named").iterdir(), key=lambda file: file.name):
        query = rebase(file.read_text("utf-8"))
        lines = _HEADER.findall(query)
        parameters, header = dict(value.split(" = ", 1) for key, value in lines if key == "parameter"), dict(lines)
        summaries, tags = {"en": header["summary"], "lv": header["summary-lv"]}, tuple(header["tags"].split(", "))
        chart = tuple(header["chart"].split(", ")) if "chart" in header else ()
        found.append(Question(file.name.removesuffix(".rq"), summaries, tags, parameters, query, chart))
    return tuple(found)


def questions(defaults: Defaults = MappingProxyType({})) -> tuple[Question, ...]:
    """Give all named queries by name, as the header of each describes it: `#+ summary: …`.

    defaults: by query and parameter, those of a release; the package's own name nothing that must be in it.
    """
    return tuple(each.with_defaults(defaults.get(each.name, {})) for each in _packaged())


def question(name: str, defaults: Defaults = MappingProxyType({})) -> Question:
    """Give the query of that name; raises NotFound, with names like it."""
    by_name = {each.name: each for each in _packaged()}
    if name not in by_name:
        today = former(name)
        near = [today[0]] if today else get_close_matches(name, by_name)
        names = listing(text("%(one)s or %(other)s"), near) if near else ""
        hint = text(" Did you mean %(names)s?", names=names) if near else ""
        words = {"name": name, "hint": hint}
        raise NotFound(text("There is no query %(name)r: `twingraph query --list` shows them all.%(hint)s", **words))
    return by_name[name].with_defaults(defaults.get(name, {}))


def former(name: str) -> tuple[str, dict[str, str]] | None:
    """Give the name of today, and the values, of a query whose name had a town in it; None for any other name."""
    named = _FORMER.fullmatch(name)
    return ("agreement-between-two-towns", {"home": named[1]}) if named else None


def find_defaults(quads: Iterable[ox.Quad]) -> dict[str, dict[str, str]]:
    """Find values of parameters with which the named queries have answers, by query and parameter.

    That of a home town is the first; any other the package's own where that has an answer, else the first that has,
    of things those that have to do with the first home town before others.
    """
    store = ox.Store()
    store.bulk_extend(quads)

    def ask(query: str) -> ox.QuerySolutions | ox.QueryTriples | ox.QueryBoolean:
        return store.query(query, prefixes=prefixes(), use_default_graph_as_union=True)

    def find(query: str) -> list[str]:
        return [row["it"].value for row in cast("ox.QuerySolutions", ask(query))]

    home = next(iter(find(_HOMES)), "")
    near = set(find(_NEAR % (home, home))) if home else set()
    things = sorted(find(_THINGS), key=lambda iri: iri not in near)
    years, words = find(_YEARS), [Literal(each).n3() for each in find(_WORDS)]
    found: dict[str, dict[str, str]] = {}
    for each in (each for each in _packaged() if each.parameters):
        values = found[each.name] = {}
        for name, default in each.parameters.items():
            if home and default == _HOME:
                values[name] = curie(home)
                continue
            prefix, is_iri, _ = default.partition(":")
            others = years if default.isdigit() else words
            if is_iri:
                # Not their parts, as a checksum of a source is one.
                others = [short for short in map(curie, things) if re.fullmatch(f"{prefix}:{_SLUG.pattern}", short)]
            tried = (each.with_defaults({**values, name: value}) for value in (default, *others))
            values[name] = next((it.parameters[name] for it in tried if _has_answer(ask(it.text))), default)
    return found


def _has_answer(result: ox.QuerySolutions | ox.QueryTriples | ox.QueryBoolean) -> bool:
    return bool(result) if isinstance(result, ox.QueryBoolean) else next(iter(result), None) is not None


def term(given: str) -> URIRef | Literal:
    """Read a value as a person writes it: `place:alcamo`, an IRI, a whole number, or else words."""
    prefix, colon, local = given.partition(":")
    if colon and prefix in (known := prefixes()):
        return URIRef(known[prefix] + local)
    if given.startswith(("http://", "https://")):
        return URIRef(given)
    return Literal(given, datatype=XSD.integer if given.lstrip("-").isdigit() else XSD.string)


def check(engine: Engine, values: Mapping[str, URIRef | Literal]) -> None:
    """Raise UnknownValue where a thing that is asked about is not in the data: the answer would just be empty."""
    for parameter, iri in ((name, value) for name, value in values.items() if isinstance(value, URIRef)):
        anywhere = f"{{ <{iri}> ?p ?o }} UNION {{ ?s <{iri}> ?o }} UNION {{ ?s ?p <{iri}> }}"
        if b"true" not in engine.answer(f"ASK {{ {anywhere} }}").body:
            near = _near(engine, iri) if kind_of(iri) else []
            raise UnknownValue(parameter, iri, kind_of(iri), [curie(each) for each in near])


def spellings(engine: Engine, namespace: str) -> Names:
    """Give what the things of a namespace are called, by their slugs, too."""
    named = "rdfs:label|skos:prefLabel|schema:name|schema:alternateName"
    query = f'SELECT DISTINCT ?it ?name {{ ?it {named} ?name FILTER(STRSTARTS(STR(?it), "{namespace}")) }}'
    found = json.loads(engine.answer(query).body)["results"]["bindings"]
    pairs = {(row["it"]["value"], row["name"]["value"]) for row in found}
    return Names(pairs | {(iri, slug_of(iri)) for iri, _ in pairs})


def _near(engine: Engine, iri: str) -> list[str]:
    """Find the three things of the kind of one that are called most like it."""
    scores = spellings(engine, iri.removesuffix(slug_of(iri))).compare(slug_of(iri))
    return sorted(scores, key=lambda each: (-scores[each], each))[:3]
