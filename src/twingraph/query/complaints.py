"""What the parser of queries complains about, in words for people, by the words that it has for it."""

from __future__ import annotations

from twingraph.words import Text, text

# The sentences of spargebra, the parser of pyoxigraph, on what people write; its others are on what few write.
_COMPLAINTS = {
    "Prefix not found": text("this prefix is not declared"),
    "IRI parsing failed": text("this is no IRI"),
    "language tag parsing failed": text("this is no language tag"),
    "The SELECT contains a variable that is unbound": text(
        "a variable after SELECT is neither named after GROUP BY nor counted, added up or the like"
    ),
    "The SELECT contains an expression with a variable that is unbound": text(
        "a variable in an expression after SELECT is neither named after GROUP BY nor counted, added up or the like"
    ),
    "Duplicated variable name in SELECT": text("SELECT names a variable twice"),
    "The SELECT overrides an existing variable using an expression": text(
        "AS names a variable that has a value already; choose another name"
    ),
    "SELECT * is not authorized with GROUP BY": text("with GROUP BY, name the variables after SELECT instead of *"),
    "The VALUES clause rows should have exactly the same number of values as there are variables. "
    "To set a value to undefined use UNDEF.": text(
        "a row of VALUES has more or fewer values than there are variables; write UNDEF for one that is missing"
    ),
    "Repeated variables are not allowed in VALUES clauses.": text("VALUES names a variable twice"),
}


def put(complaint: str, expected: str = "") -> Text:
    """Put a complaint of the parser into words; expected: the signs that would do where it has none.

    A complaint that is not known follows in the parser's own words.
    """
    if complaint:
        unknown = text("this is not SPARQL 1.1, in the parser’s words: “%(complaint)s”", complaint=complaint)
        return _COMPLAINTS.get(complaint, unknown)
    if expected:
        return text("this is not SPARQL 1.1 (expected %(signs)s)", signs=expected)
    return text("this is not SPARQL 1.1")
