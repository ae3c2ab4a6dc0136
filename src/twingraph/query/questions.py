"""Questions that people ask of the data: named queries, one per file."""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from importlib.resources import files

from rdflib import Literal, URIRef
from rdflib.namespace import XSD

from twingraph.errors import BadValue, UnknownQuestion
from twingraph.vocab import PREFIXES, curie

_MARK = "#+ "
_SLUG = re.compile(r"[A-Za-z0-9]+(?:-[A-Za-z0-9]+)*")
# As in the grammar of SPARQL 1.1, [139].
_IRI = re.compile(r"""[^\x00-\x20<>"{}|^`\\]+""")


@dataclass(frozen=True, slots=True)
class Parameter:
    """A variable to which an asker may give a value, and the value that the text gives it, as SPARQL writes it.

    The text says `OPTIONAL { VALUES ?name { default } }` before all else: a value substituted for the variable
    (RDF-dev SEP-0007, as pyoxigraph does) wins over the default, and whoever copies the text edits that line.
    """

    name: str
    default: str

    def read(self, text: str) -> URIRef | Literal:
        """Read a value as a person writes it, of the default's kind: `place:alcamo` or `alcamo`, 1990, or words.

        Raises BadValue where a number is wanted and the text is none.
        """
        prefix, colon, _ = self.default.partition(":")
        if colon:
            return term(text if ":" in text else f"{prefix}:{text}")
        if self.default.isdigit() and not text.isdigit():
            raise BadValue(f"{self.name} is a number, such as {self.default}; {text!r} is none.")
        return term(text) if self.default.isdigit() else Literal(text)

    def written(self, value: URIRef | Literal) -> str:
        """Write a value as SPARQL does, with no prefix but that of the default, which the text declares.

        Raises BadValue for what is meant as an IRI and can be none.
        """
        if isinstance(value, Literal):
            return str(value) if value.datatype == XSD.integer else Literal(str(value)).n3()
        prefix, _, name = curie(value).partition(":")
        if _SLUG.fullmatch(name) and prefix == self.default.partition(":")[0]:
            return f"{prefix}:{name}"
        if not _IRI.fullmatch(value):
            raise BadValue(f"{str(value)!r} is no IRI: it has a character that none may have.")
        return f"<{value}>"


@dataclass(frozen=True, slots=True)
class Question:
    """A query and the question that it answers.

    name: that of its file; text: the whole file, which declares its prefixes and so runs anywhere. The
    queries select DISTINCT because some stores count a statement once for each named graph that holds it.
    """

    name: str
    summary_en: str
    summary_lv: str
    tags: tuple[str, ...]
    parameters: tuple[Parameter, ...]
    text: str

    def values(self, given: dict[str, str]) -> dict[str, URIRef | Literal]:
        """Read the values given for parameters, by name; raises BadValue, which names those there are."""
        known = {parameter.name: parameter for parameter in self.parameters}
        for name in given:
            if name not in known:
                there = f"it takes {', '.join(known)}" if known else "it takes none"
                raise BadValue(f"{self.name} takes no value {name!r}; {there}.")
        return {name: known[name].read(text) for name, text in given.items()}

    def with_values(self, given: dict[str, str]) -> str:
        """Give the text with these values in place of its defaults, as a person would edit it; raises BadValue."""
        text, known = self.text, {parameter.name: parameter for parameter in self.parameters}
        for name, value in self.values(given).items():
            default, line = known[name].default, f"VALUES ?{name} {{ %s }}"
            text = text.replace(line % default, line % known[name].written(value))
        return text

    def summary(self, language: str) -> str:
        """Give the question in Latvian for `lv`, else in English."""
        return self.summary_lv if language == "lv" else self.summary_en


@cache
def questions() -> tuple[Question, ...]:
    """Give all named queries by name."""
    folder = files("twingraph.query") / "named"
    texts = {file.name: file.read_text("utf-8") for file in folder.iterdir() if file.name.endswith(".rq")}
    return tuple(_question(name.removesuffix(".rq"), text) for name, text in sorted(texts.items()))


def question(name: str) -> Question:
    """Give the query of that name; raises UnknownQuestion, with names like it."""
    known = {question.name: question for question in questions()}
    if name not in known:
        raise UnknownQuestion(name, get_close_matches(name, known))
    return known[name]


def term(text: str) -> URIRef | Literal:
    """Read a value as a person writes it: `place:alcamo`, an IRI, a whole number, or else words."""
    prefix, colon, local = text.partition(":")
    if colon and prefix in PREFIXES:
        return URIRef(PREFIXES[prefix] + local)
    if text.startswith(("http://", "https://")):
        return URIRef(text)
    return Literal(text, datatype=XSD.integer if text.lstrip("-").isdigit() else XSD.string)


def _question(name: str, text: str) -> Question:
    """Read a query's header: lines such as `#+ summary: …`, the key once or, for parameters, once for each."""
    lines = (line.removeprefix(_MARK) for line in text.splitlines() if line.startswith(_MARK))
    said = [(key, value) for key, _, value in (line.partition(": ") for line in lines)]
    once = dict(said)
    parameters = (value.partition(" = ") for key, value in said if key == "parameter")
    return Question(
        name=name,
        summary_en=once["summary"],
        summary_lv=once["summary-lv"],
        tags=tuple(once["tags"].split(", ")),
        parameters=tuple(Parameter(variable, default) for variable, _, default in parameters),
        text=text,
    )
