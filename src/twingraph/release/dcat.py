"""The catalogue in which portals find a release, by DCAT-AP 3.0.1."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rdflib import BNode, Graph, Literal, URIRef
from rdflib.namespace import DCTERMS, FOAF, PROV, RDF, RDFS, SDO, SKOS, XSD

from twingraph.curation.graph import filled, text_of
from twingraph.release.distributions import RIGHTS, Words
from twingraph.release.services import SERVICES
from twingraph.settings import BASE
from twingraph.vocab import (
    ADMS,
    CATALOGUE_PREFIXES,
    CHANGE_TYPE,
    DCAT,
    DCATAP,
    EU_AUTHORITY,
    GEO,
    ONTOLOGY,
    PUBLISHER_TYPE,
    SPDX,
    SPDX_SHA256,
    VCARD,
    document,
    dump,
    listed,
    media,
    part,
    slug_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from rdflib.term import Node

    from twingraph.release.distributions import Distribution
    from twingraph.release.entry import Entry
    from twingraph.release.publisher import Publisher
    from twingraph.release.services import Service

    Triple = tuple[Node, Node, Node]

CATALOG = listed("catalog", "twingraph")
"""The catalogue, which lists the dataset and the services on it."""
_AGENT, _CONTACT = part(CATALOG, "publisher"), part(CATALOG, "contact")
_HOME = URIRef(BASE)
_LANGUAGES = (EU_AUTHORITY["language/LAV"], EU_AUTHORITY["language/ENG"])
_THEMES = {
    "GOVE": Words("Government and public sector", "Valdība un sabiedriskais sektors"),
    "INTR": Words("International issues", "Starptautiski jautājumi"),
    "REGI": Words("Regions and cities", "Reģioni un pilsētas"),
}
_TAXONOMY = EU_AUTHORITY["data-theme"]
_KEYWORDS = (
    Words("twin towns", "sadraudzības pilsētas"),
    Words("twinning agreements", "sadraudzības līgumi"),
    Words("international cooperation", "starptautiskā sadarbība"),
    Words("municipalities", "pašvaldības"),
)
_SAMPLE = listed("distribution", "tables/cities.csv")
"""What a person can read without tools for RDF."""
_DCAT_AP = URIRef("https://semiceu.github.io/DCAT-AP/releases/3.0.1/")
_SHAPES = URIRef(f"{BASE}shapes")
_KEPT = {
    "CSV": URIRef("https://www.w3.org/TR/tabular-metadata/"),
    "GEOJSON": URIRef("https://www.rfc-editor.org/info/rfc7946"),
}
"""The standard by the EU's code of a format, where it is not our ontology."""
_STANDARDS = {
    ONTOLOGY: Words("twingraph vocabulary", "twingraph vārdnīca"),
    _SHAPES: Words("twingraph rules", "twingraph noteikumi"),
    _KEPT["CSV"]: Words("Metadata Vocabulary for Tabular Data", "Tabulu metadatu vārdnīca"),
    _KEPT["GEOJSON"]: Words("RFC 7946: GeoJSON", "RFC 7946: GeoJSON"),
    _DCAT_AP: Words("DCAT-AP 3.0.1", "DCAT-AP 3.0.1"),
    **dict(service.standard for service in SERVICES),
}
_TITLE = Words("twingraph: data on twin towns", "twingraph: dati par sadraudzības pilsētām")
_ABOUT = Words(
    "The dataset of the project, each of its files, and the service that answers queries on it.",
    "Projekta datu kopa, katra tās datne un pakalpojums, kas atbild uz vaicājumiem par to.",
)
_EXTENT_NODE = BNode("extent")
"""No IRI: CKAN keeps one of the IRIs of a place, and that is to be the country's, whichever comes last in a file."""
_EXTENT = Words("Where the towns lie", "Kur atrodas pilsētas")


def catalogue(entry: Entry) -> Graph:
    """Describe a release for portals, the same for the same release.

    What is described keeps its IRI, whatever the version; addresses begin with BASE, whatever the host.
    """
    # This store keeps the order of insertion, and with it the order in which blank nodes are written.
    graph = filled(Graph(store="SimpleMemory"), sorted(set(_stated(entry)), key=_key))
    for prefix, namespace in CATALOGUE_PREFIXES.items():
        graph.bind(prefix, namespace, override=True, replace=True)
    return graph


def _key(triple: Triple) -> tuple[str, ...]:
    return tuple(node.n3() for node in triple)


def _stated(entry: Entry) -> Iterator[Triple]:
    yield from _catalog(entry)
    yield from _dataset(entry)
    for service in SERVICES:
        yield from _service(entry, service)
    yield from _place_and_time(entry)
    for distribution in entry.files:
        yield from _distribution(entry, distribution)
    for topic in (entry.dataset, *(service.iri for service in SERVICES)):
        yield from _record(entry, topic)
    yield from _agents(entry.publisher)
    yield from _vocabularies(entry)


def _said(subject: Node, term: Node, words: Words) -> Iterator[Triple]:
    yield subject, term, Literal(words.en, "en")
    yield subject, term, Literal(words.lv, "lv")


def _linked(subject: Node, term: Node, values: Iterable[Node]) -> Iterator[Triple]:
    return ((subject, term, value) for value in values)


def _catalog(entry: Entry) -> Iterator[Triple]:
    yield CATALOG, RDF.type, DCAT.Catalog
    yield from _said(CATALOG, DCTERMS.title, _TITLE)
    yield from _said(CATALOG, DCTERMS.description, _ABOUT)
    yield CATALOG, DCTERMS.identifier, Literal("twingraph-catalog")
    yield CATALOG, DCTERMS.creator, _AGENT
    yield CATALOG, FOAF.homepage, _HOME
    yield CATALOG, DCAT.themeTaxonomy, _TAXONOMY
    yield CATALOG, DCAT.dataset, entry.dataset
    yield from _linked(CATALOG, DCAT.service, (service.iri for service in SERVICES))
    yield from _linked(CATALOG, DCTERMS.language, _LANGUAGES)
    yield from _linked(CATALOG, DCTERMS.spatial, entry.countries)
    yield from _published(entry, CATALOG)


def _dated(entry: Entry, subject: URIRef) -> Iterator[Triple]:
    yield subject, DCTERMS.issued, Literal(entry.issued, datatype=XSD.date)
    yield subject, DCTERMS.modified, Literal(entry.modified, datatype=XSD.dateTime)


def _published(entry: Entry, subject: URIRef) -> Iterator[Triple]:
    """Say of the catalogue, the dataset and the service who answers for it, since when, and under which licence."""
    yield subject, DCTERMS.publisher, _AGENT
    yield subject, DCTERMS.license, entry.licence.iri
    yield from _dated(entry, subject)


def _offered(entry: Entry, subject: URIRef) -> Iterator[Triple]:
    """Say of the dataset and the service what they are about, and who may use them."""
    yield subject, DCAT.contactPoint, _CONTACT
    yield subject, DCAT.landingPage, _HOME
    yield subject, DCTERMS.accessRights, EU_AUTHORITY["access-right/PUBLIC"]
    yield from _linked(subject, DCAT.theme, (EU_AUTHORITY[f"data-theme/{code}"] for code in _THEMES))
    for words in _KEYWORDS:
        yield from _said(subject, DCAT.keyword, words)
    yield from _linked(subject, DCAT.keyword, entry.names)


def _dataset(entry: Entry) -> Iterator[Triple]:
    dataset = entry.dataset
    yield dataset, RDF.type, DCAT.Dataset
    for term in (DCTERMS.identifier, DCTERMS.title, DCTERMS.description, DCAT.version):
        yield from _linked(dataset, term, entry.facts.objects(dataset, term))
    yield from _linked(dataset, ADMS.versionNotes, entry.notes)
    # By name only: portals would list every dcat:Dataset beside this one.
    yield from _linked(dataset, DCAT.hasVersion, (version.iri for version in entry.history))
    yield dataset, DCTERMS.creator, _AGENT
    yield dataset, DCTERMS.accrualPeriodicity, EU_AUTHORITY["frequency/IRREG"]
    yield dataset, FOAF.page, document(dataset)
    yield document(dataset), RDF.type, FOAF.Document
    yield from _linked(dataset, DCTERMS.language, _LANGUAGES)
    yield from _linked(dataset, DCTERMS.conformsTo, (ONTOLOGY, _SHAPES))
    yield from _linked(dataset, DCTERMS.spatial, (*entry.countries, _EXTENT_NODE))
    yield from _linked(dataset, DCAT.distribution, (each.iri for each in entry.files))
    yield dataset, ADMS.sample, _SAMPLE
    yield from _published(entry, dataset)
    yield from _offered(entry, dataset)
    yield from _provenance(entry)


def _provenance(entry: Entry) -> Iterator[Triple]:
    """Say which pages the data are from, and that a build made them."""
    told, made = part(entry.dataset, "provenance"), part(entry.dataset, "build")
    pages = ", ".join(text_of(entry.facts, source, SDO.url) for source in entry.sources)
    said = Words(
        f"Transcribed sentence by sentence from {pages}; what is not said there has evidence of its own.",
        f"Teikumu pa teikumam pārrakstīts no {pages}; tam, kas tur nav teikts, ir savs pamatojums.",
    )
    yield entry.dataset, DCTERMS.provenance, told
    yield told, RDF.type, DCTERMS.ProvenanceStatement
    yield from _said(told, RDFS.label, said)
    yield entry.dataset, PROV.wasGeneratedBy, made
    yield made, RDF.type, PROV.Activity
    yield from _said(made, RDFS.label, Words("Build of the release", "Laidiena veidošana"))
    yield from _linked(made, PROV.used, entry.sources)


def _place_and_time(entry: Entry) -> Iterator[Triple]:
    """Give the box of all towns, which udata reads if it is a polygon, and the time between the first and last date."""
    extent = _EXTENT_NODE
    box, middle = entry.box
    first, last = entry.period
    yield extent, RDF.type, DCTERMS.Location
    yield from _said(extent, SKOS.prefLabel, _EXTENT)
    yield extent, DCAT.bbox, Literal(box, datatype=GEO.wktLiteral)
    yield extent, DCAT.centroid, Literal(middle, datatype=GEO.wktLiteral)
    # A blank node, since udata would look an IRI up.
    period = BNode("temporal")
    yield entry.dataset, DCTERMS.temporal, period
    yield period, RDF.type, DCTERMS.PeriodOfTime
    yield period, DCAT.startDate, first
    yield period, DCAT.endDate, last


def _distribution(entry: Entry, each: Distribution) -> Iterator[Triple]:
    yield each.iri, RDF.type, DCAT.Distribution
    yield from _said(each.iri, DCTERMS.title, each.title)
    yield from _said(each.iri, DCTERMS.description, each.description)
    yield from _linked(each.iri, DCTERMS.language, _LANGUAGES)
    yield each.iri, DCTERMS.conformsTo, _KEPT.get(each.format.code, ONTOLOGY)
    yield each.iri, DCATAP.availability, EU_AUTHORITY["planned-availability/STABLE"]
    yield each.iri, ADMS.status, EU_AUTHORITY["distribution-status/COMPLETED"]
    yield from _dated(entry, each.iri)
    yield from _rights(entry, each)
    yield from _file(entry, each)


def _file(entry: Entry, each: Distribution) -> Iterator[Triple]:
    address = dump(entry.version, each.file.name)
    yield each.iri, DCAT.accessURL, address
    yield each.iri, DCAT.downloadURL, address
    yield each.iri, DCAT.byteSize, Literal(each.file.size, datatype=XSD.nonNegativeInteger)
    yield each.iri, DCTERMS["format"], EU_AUTHORITY[f"file-type/{each.format.code}"]
    yield each.iri, DCAT.mediaType, media(each.format.media_type)
    if each.compressed:
        yield each.iri, DCAT.compressFormat, media(each.compressed)
    checksum = part(each.iri, "checksum")
    yield each.iri, SPDX.checksum, checksum
    yield checksum, RDF.type, SPDX.Checksum
    yield checksum, SPDX.algorithm, SPDX_SHA256
    yield checksum, SPDX.checksumValue, Literal(each.file.sha256, datatype=XSD.hexBinary)


def _rights(entry: Entry, each: Distribution) -> Iterator[Triple]:
    """Give the licence where there are facts, and say what may be done with quotations where there are any."""
    # A blank node, since CKAN shows the text of one, and of anything else its IRI.
    rights = BNode(f"rights-{slug_of(each.iri)}")
    yield each.iri, DCTERMS.rights, rights
    yield rights, RDF.type, DCTERMS.RightsStatement
    said = RIGHTS[each.rights]
    if each.rights != "free":
        said = said.joined(entry.notices)
    yield from _said(rights, RDFS.label, said)
    if each.rights != "quoted":
        yield each.iri, DCTERMS.license, entry.licence.iri


def _service(entry: Entry, service: Service) -> Iterator[Triple]:
    # No distribution names it as its service: udata would then not list it.
    yield service.iri, RDF.type, DCAT.DataService
    yield from _said(service.iri, DCTERMS.title, service.title)
    yield from _said(service.iri, DCTERMS.description, service.description)
    yield service.iri, DCTERMS.identifier, Literal(f"twingraph-{service.slug}")
    yield service.iri, DCAT.endpointURL, service.endpoint
    yield service.iri, DCAT.endpointDescription, service.told
    yield service.iri, DCAT.servesDataset, entry.dataset
    yield service.iri, DCTERMS.conformsTo, service.standard[0]
    yield service.iri, DCTERMS["format"], EU_AUTHORITY[f"file-type/{service.code}"]
    yield from _published(entry, service.iri)
    yield from _offered(entry, service.iri)


def _record(entry: Entry, topic: URIRef) -> Iterator[Triple]:
    record = listed("record", slug_of(topic))
    yield CATALOG, DCAT.record, record
    yield record, RDF.type, DCAT.CatalogRecord
    yield record, FOAF.primaryTopic, topic
    yield record, DCTERMS.conformsTo, _DCAT_AP
    yield record, ADMS.status, CHANGE_TYPE.created if entry.is_first else CHANGE_TYPE.updated
    yield from _linked(record, DCTERMS.language, _LANGUAGES)
    yield from _dated(entry, record)


def _agents(publisher: Publisher) -> Iterator[Triple]:
    """Say who publishes, and where they answer."""
    yield _AGENT, RDF.type, FOAF.Agent
    yield _AGENT, FOAF.name, Literal(publisher.name)
    yield _AGENT, DCTERMS.type, PUBLISHER_TYPE[publisher.kind]
    yield _CONTACT, RDF.type, VCARD.Kind
    yield _CONTACT, RDF.type, VCARD.Organization
    yield _CONTACT, VCARD.fn, Literal(publisher.name)
    by_mail = publisher.contact.startswith("mailto:")
    yield _CONTACT, VCARD.hasEmail if by_mail else VCARD.hasURL, URIRef(publisher.contact)


def _vocabularies(entry: Entry) -> Iterator[Triple]:
    """Say of what is only pointed at what portals show of it, so that they need not look it up."""
    licence, title, kind = entry.licence
    yield licence, RDF.type, DCTERMS.LicenseDocument
    yield licence, DCTERMS.title, Literal(title)
    yield licence, DCTERMS.type, kind
    yield _HOME, RDF.type, FOAF.Document
    for code, label in _THEMES.items():
        theme = EU_AUTHORITY[f"data-theme/{code}"]
        yield theme, RDF.type, SKOS.Concept
        yield theme, SKOS.inScheme, _TAXONOMY
        yield from _said(theme, SKOS.prefLabel, label)
    for standard, name in _STANDARDS.items():
        yield standard, RDF.type, DCTERMS.Standard
        yield from _said(standard, DCTERMS.title, name)
