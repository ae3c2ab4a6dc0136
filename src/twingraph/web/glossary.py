"""The vocabulary and the rules as pages, in one language: each term with what it means, each rule with its sentence."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING
from unicodedata import category

from flask import render_template
from pyoxigraph import BlankNode, Literal, NamedNode

from twingraph.settings import BASE
from twingraph.vocab import TG, curie, slug_of
from twingraph.web.language import gettext as _
from twingraph.web.language import language, sorted_names

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pyoxigraph import Triple

    Node = NamedNode | BlankNode | Literal | Triple
    Statements = dict[str, list[Node]]
    """Values by property, each property as people write it: `sh:path`."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A term or a rule: its IRI, and what is stated of it, as it is written in a language."""

    iri: str
    written: dict[str, list[str]]

    @property
    def slug(self) -> str:
        """The name of it, which is its anchor."""
        return slug_of(self.iri)

    @property
    def group(self) -> str:
        """What its name begins with, `Agreement` of the rule `Agreement-party`."""
        return self.slug.partition("-")[0]

    def says(self, name: str) -> str:
        """Give the first value of a property, "" if there is none."""
        return next(iter(self.written.get(name, ())), "")


class Glossary:
    """What a document defines below a namespace, as a language has it."""

    def __init__(self, triples: Iterable[Triple], language: str) -> None:
        self._language = language
        self._about: dict[Node, Statements] = defaultdict(lambda: defaultdict(list))
        for subject, term, value in triples:
            self._about[subject][curie(term.value)].append(value)

    def entries(self, namespace: str) -> Iterator[Entry]:
        """Give the terms or rules whose IRIs begin so, in the order of their names."""
        named = (each for each in self._about if isinstance(each, NamedNode) and each.value.startswith(namespace))
        for subject in sorted(named, key=lambda each: each.value.casefold()):
            written = {name: list(self._each(values)) for name, values in self._about[subject].items()}
            yield Entry(subject.value, {name: values for name, values in written.items() if values})

    def lists(self) -> Iterator[tuple[Entry, list[Entry]]]:
        """Give each list of terms whose terms are defined in it, with these, in the order of the document."""
        entries = list(self.entries(str(BASE)))
        for scheme in entries:
            if "skos:ConceptScheme" in scheme.written["rdf:type"]:
                terms = [each for each in entries if curie(scheme.iri) in each.written.get("skos:inScheme", ())]
                if defined := [each for each in terms if each.says("skos:definition")]:
                    yield scheme, defined

    def says(self, iri: str, name: str) -> str:
        """Give the first value of a property of what the IRI names, "" if there is none."""
        return next(self._each(self._about[NamedNode(iri)][name]), "")

    def _each(self, values: Iterable[Node]) -> Iterator[str]:
        """Write values, but not what is said in another language."""
        for value in values:
            if not isinstance(value, Literal) or value.language in {None, self._language}:
                yield self._write(value)

    def _write(self, node: Node) -> str:
        """Write a value as Turtle does, with what a blank node stands for in its place."""
        if isinstance(node, Literal):
            # HTML has no place for characters that are none, such as the last one in the pattern of a rule.
            return "".join(ascii(each)[1:-1] if category(each) in {"Cn", "Co"} else each for each in node.value)
        if isinstance(node, NamedNode):
            short = curie(node.value)
            return node.value if "%3A" in short else short
        statements, items = self._about[node], []
        while "rdf:first" in statements:
            items.append(self._write(statements["rdf:first"][0]))
            statements = self._about[statements["rdf:rest"][0]]
        if items:
            return f"( {' '.join(items)} )"
        pairs = (f"{name} {value}" for name, values in statements.items() for value in self._each(values))
        return f"[ {' ; '.join(pairs)} ]"


def page(triples: Iterable[Triple], namespace: str) -> str:
    """Show the terms or the rules below a namespace, in parts, with a table of contents."""
    found = Glossary(triples, language())
    entries = list(found.entries(namespace))
    return render_template(
        "glossary.html",
        title=_("Terms") if namespace == str(TG) else _("Rules"),
        description=found.says(namespace.removesuffix("#"), "dct:description"),
        parts=[*_terms(entries), *_lists(found)] if namespace == str(TG) else _rules(entries),
        known={curie(each.iri) for each in entries},
        severities={"sh:Warning": _("warning"), "sh:Info": _("to do")},
    )


def _terms(entries: list[Entry]) -> list[tuple[str, str, list[Entry]]]:
    """Give classes, then properties: an anchor, a heading, and what is in the part."""
    classes = [each for each in entries if "owl:Class" in each.written["rdf:type"]]
    properties = [each for each in entries if each not in classes]
    return [("classes", _("Classes"), classes), ("properties", _("Properties"), properties)]


def _lists(found: Glossary) -> list[tuple[str, str, list[Entry]]]:
    """Give the lists of terms, such as the statuses of twinnings."""
    lists = [(f"list-{each.slug}", each.says("rdfs:label"), terms) for each, terms in found.lists()]
    return [(name, label[:1].upper() + label[1:], terms) for name, label, terms in lists]


def _rules(entries: list[Entry]) -> list[tuple[str, str, list[Entry]]]:
    """Give the rules by what they are about, that which is named for the part first."""
    parts = defaultdict[str, "list[Entry]"](list)
    for each in entries:
        parts[each.group].append(each)
    # What has rules, but none on all of it.
    names = {
        "Date": _("Dates"),
        "Evidence": _("Evidence"),
        "Graph": _("Named graphs"),
        "Status": _("Status"),
        "Thing": _("Things of every kind"),
    }
    headings = {each.slug: each.says("sh:name") for each in entries} | names
    found = [(group, headings[group][:1].upper() + headings[group][1:], rules) for group, rules in parts.items()]
    return sorted_names(found, lambda part: part[1])
