"""The services on the data that a catalogue lists."""

from __future__ import annotations

from dataclasses import dataclass

from rdflib import URIRef

from twingraph.release.distributions import Words
from twingraph.settings import BASE
from twingraph.vocab import ENDPOINT, listed


@dataclass(frozen=True, slots=True)
class Service:
    """A service, wherever it runs.

    slug: its name; told: the address of its description for machines; standard: what it keeps to, by IRI and title;
    code: the EU's for the format of its answers.
    """

    slug: str
    title: Words
    description: Words
    endpoint: URIRef
    told: URIRef
    standard: tuple[URIRef, Words]
    code: str

    @property
    def iri(self) -> URIRef:
        """What it is called in every release."""
        return listed("service", self.slug)


SERVICES = (
    Service(
        slug="sparql",
        title=Words("SPARQL endpoint", "SPARQL piekļuves punkts"),
        description=Words(
            "Answers SPARQL 1.1 queries on the dataset; it tells its limits and example queries itself.",
            "Atbild uz SPARQL 1.1 vaicājumiem par datu kopu; ierobežojumus un vaicājumu piemērus tas pasaka pats.",
        ),
        endpoint=ENDPOINT,
        told=ENDPOINT,
        standard=(
            URIRef("https://www.w3.org/TR/sparql11-protocol/"),
            Words("SPARQL 1.1 Protocol", "SPARQL 1.1 protokols"),
        ),
        code="SPARQLQRES",
    ),
    Service(
        slug="reconciliation",
        title=Words("Reconciliation service", "Nosaukumu saskaņošanas pakalpojums"),
        description=Words(
            "Finds the town, country, area or organisation that a name means, in any spelling on file.",
            "Atrod pilsētu, valsti, jomu vai organizāciju, ko nozīmē nosaukums, jebkurā zināmā rakstībā.",
        ),
        endpoint=URIRef(f"{BASE}reconcile"),
        told=URIRef(f"{BASE}reconcile"),
        standard=(
            URIRef("https://reconciliation-api.github.io/specs/0.2/"),
            Words("Reconciliation Service API 0.2", "Reconciliation Service API 0.2"),
        ),
        code="JSON",
    ),
)
"""Every service that a server of a release offers."""
