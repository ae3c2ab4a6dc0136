"""What the columns and parameters of the named queries are called by people."""

from __future__ import annotations

from twingraph.web.language import gettext
from twingraph.words import text

NAMES = {
    "amended": text("Agreement that it amends"),
    "amended_signed": text("That one signed"),
    "as_of": text("As of, not before"),
    "body": text("What the figure is true of"),
    "citation": text("Work cited"),
    "comment": text("Remark"),
    "concept": text("Matching concept"),
    "confidence_meaning": text("What the confidence means"),
    "document": text("Kind of document"),
    "document_words": text("Document, in the page’s words"),
    "earliest": text("Not before"),
    "end": text("To character"),
    "from": text("From year"),
    "home": text("Home town"),
    "latest": text("Not after"),
    "least": text("At least"),
    "likely_reading": text("Probably meant"),
    "mentioned_in": text("Mentioned with"),
    "modified": text("Changed"),
    "most": text("At most"),
    "partner": text("Partner town"),
    "partners": text("Partner towns"),
    "people_per_square_kilometre": text("People per km²"),
    "place": text("Town"),
    "precision": text("Exactness"),
    "printed": text("As printed"),
    "printed_title": text("Title as printed"),
    "quote": text("Passage"),
    "quotes": text("Passages"),
    "same_as": text("Same thing elsewhere"),
    "sentence_on_area": text("Sentence on the area"),
    "sentence_on_people": text("Sentence on the people"),
    "site": text("Website"),
    "square_kilometres": text("Area in km²"),
    "standing": text("Status of an area"),
    "start": text("From character"),
    "status_date": text("Status since"),
    "subject": text("Thing"),
    "tie": text("Twinning"),
    "ties": text("Twinnings"),
    "to": text("To year"),
    "url": text("Address"),
    "wikidata": text("Wikidata item"),
    "words": text("In the page’s words"),
    "words_for_date": text("Date, in the page’s words"),
    "words_for_tie": text("Twinning, in the page’s words"),
}
"""By variable, where that alone does not say it; of the others the catalogue has the Latvian."""


def english(variable: str) -> str:
    """Give what a variable is called in English; a label has the name of its thing."""
    thing = variable.removesuffix("_label")
    return str(NAMES.get(thing, thing.replace("_", " ").capitalize()))


def heading(variable: str) -> str:
    """Give what a variable is called in the language of the page."""
    return gettext(english(variable))
