"""What hostile askers send: queries, requests and bytes, each by a name that says what it tries."""

from __future__ import annotations

import gzip
from typing import NamedTuple
from urllib.parse import urlencode

MADE_UP = "https://example.org/made-up/"
NEXT = f"<{MADE_UP}next>"
HARMLESS = "ASK {}"
LINK_LOCAL = "http://169.254.169.254/latest/meta-data/"
LISTENER = "http://listener.invalid/"
"""Stands for the address of a socket that really listens, on loopback."""

PRODUCT = "?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l . ?m ?n ?o"
COUNTED = f"SELECT (COUNT(*) AS ?all) {{ {PRODUCT} }}"


def doubled(times: int) -> str:
    return "".join(f"BIND(CONCAT(?x{n}, ?x{n}) AS ?x{n + 1}) " for n in range(times))


def multiplied(times: int) -> str:
    return "REPLACE(" * times + "'0123456789'" + ", '.', '0123456789')" * times


_STOPPED = {
    "a product, counted": COUNTED,
    "a product, sorted": f"SELECT * {{ {PRODUCT} }} ORDER BY ?o ?f",
    "a product, sorted by chance": f"SELECT * {{ {PRODUCT} }} ORDER BY RAND()",
    "a product, without repetitions": f"SELECT DISTINCT * {{ {PRODUCT} }}",
    "a product, in groups": f"SELECT ?a ?d (COUNT(*) AS ?n) {{ {PRODUCT} }} GROUP BY ?a ?d ?g ?j",
    "a product, as text": f"SELECT (GROUP_CONCAT(?c) AS ?all) {{ {PRODUCT} }}",
    "a product, whole": f"SELECT * {{ {PRODUCT} }}",
    "a product, constructed": f"CONSTRUCT {{ ?a ?e ?i }} {{ {PRODUCT} }}",
    "a product, described": f"DESCRIBE ?a ?d ?g {{ {PRODUCT} }}",
    "a product, skipped": f"SELECT * {{ {PRODUCT} }} OFFSET 999999999999999",
    "a product of rows": "SELECT (COUNT(*) AS ?n) {"
    + "".join(f"VALUES ?v{n} {{ {'1 ' * 100} }}" for n in range(6))
    + "}",
    "a product of subqueries": "SELECT (COUNT(*) AS ?n) {"
    + "".join(f"{{ SELECT ?a{n} {{ ?a{n} ?b{n} ?c{n} }} }}" for n in range(5))
    + "}",
    "a path both ways without end": f"ASK {{ ?a ({NEXT}|^{NEXT})* ?b . ?c ({NEXT}|^{NEXT})* ?d FILTER(?a=1) }}",
    "a path of anything": "SELECT (COUNT(*) AS ?n) { ?a (!<x>|^!<x>)* ?b . ?b (!<y>|^!<y>)* ?c }",
    "CONCAT, doubled": "SELECT (STRLEN(?x40) AS ?n) { BIND('made up' AS ?x0) " + doubled(40) + "}",
    "CONCAT, doubled for each row": "SELECT (STRLEN(?x24) AS ?n) { ?s ?p ?o BIND(STR(?o) AS ?x0) "
    + doubled(24)
    + "} ORDER BY ?x24",
    "REPLACE, multiplied": f"SELECT (STRLEN({multiplied(12)}) AS ?n) {{}}",
    "REPLACE, into the answer": f"SELECT ({multiplied(6)} AS ?long) {{}}",
}

_REFUSED = {
    "brackets never closed": "ASK { FILTER" + "(" * 100_000,
    "a text beyond all length": "ASK { FILTER('" + "a" * 900_000 + "' = 'b') }",
    "a comment beyond all length": "ASK {} #" + "a" * 900_000,
    "SERVICE to loopback": f"SELECT * {{ SERVICE <{LISTENER}> {{ ?s ?p ?o }} }}",
    "SERVICE to where a cloud keeps its keys": f"SELECT * {{ SERVICE <{LINK_LOCAL}> {{ ?s ?p ?o }} }}",
    "SERVICE in escapes": f"SELECT * {{ \\u0053ERVICE <{LISTENER}> {{ ?s ?p ?o }} }}",
    "SERVICE in an update": f"INSERT {{ ?s ?p ?o }} WHERE {{ SERVICE <{LISTENER}> {{ ?s ?p ?o }} }}",
    "LOAD": f"LOAD <{LISTENER}>",
    "DELETE WHERE": "DELETE WHERE { ?s ?p ?o }",
    "a query and then an update": "ASK {} ; DROP ALL",
    "a function that is a script": "SELECT (<http://jena.hpl.hp.com/ARQ/function#eval>('1') AS ?x) {}",
    "a function that reads files": "SELECT (<bif:file_to_string>('/etc/passwd') AS ?x) {}",
    "NUL between words": "ASK\0{}",
    "half a surrogate pair": "ASK { ?s ?p '\\uD800' }",
    "characters of every kind": "".join(map(chr, range(1, 0xD800, 7))),
}

_ANSWERED = {
    "FROM loopback": f"SELECT * FROM <{LISTENER}> {{ ?s ?p ?o }}",
    "GRAPH of loopback": f"SELECT * {{ GRAPH <{LISTENER}> {{ ?s ?p ?o }} }}",
}

_UNHARMED = {
    "a product, sought in vain": f"ASK {{ {PRODUCT} FILTER(?a = 'made up') }}",
    "a path repeated in a path": f"ASK {{ ?a {'(' * 60}{NEXT}{')*' * 60} ?b }}",
    "a path in brackets": f"ASK {{ ?a {'(' * 3_000}{NEXT}{')' * 3_000} ?b }}",
    "a path of a thousand steps": f"ASK {{ ?a {'/'.join([NEXT] * 1_000)} ?b }}",
    "a path of many ways": f"ASK {{ ?a {'|'.join(['<x>'] * 4_000)} ?b }}",
    "groups nested": "ASK " + "{" * 5_000 + "}" * 5_000,
    "brackets nested": "ASK { FILTER(" + "(" * 5_000 + "1" + ")" * 5_000 + ") }",
    "brackets hidden in a sign": "ASK { FILTER(1<" + "((" * 9_000 + "#>\n1) }",
    "brackets hidden in a text": "ASK { FILTER(1 <'>'&&" + "(" * 15_000 + "1" + ")" * 15_000 + "&&'a') }",
    "negations nested": "ASK { FILTER(" + "!" * 50_000 + "1) }",
    "conditions nested": "ASK { FILTER(" + "IF(true,1," * 3_000 + "1" + ")" * 3_000 + ") }",
    "existence nested": "ASK { " + "FILTER EXISTS { ?s ?p ?o " * 1_000 + "}" * 1_001,
    "options nested": "ASK { " + "OPTIONAL { ?s ?p ?o " * 3_000 + "}" * 3_001,
    "subqueries nested": "ASK { " + "{ SELECT * { " * 1_000 + "} }" * 1_000 + "}",
    "blank nodes nested": "ASK { ?s ?p " + "[ ?p " * 1_000 + "1 " + "]" * 1_000 + " }",
    "lists nested": "ASK { ?s ?p " + "(" * 1_000 + "1" + ")" * 1_000 + " }",
    "triples nested": "ASK { ?s ?p " + "<<( ?s ?p " * 1_000 + "1 " + ")>>" * 1_000 + " }",
    "UNION, wide": "ASK {" + "{ ?s ?p ?o } UNION " * 5_000 + "{} }",
    "VALUES, long": "ASK { VALUES ?x {" + "1 " * 50_000 + "} }",
    "a list, long": "ASK { ?s ?p (" + "1 " * 20_000 + ") }",
    "a sum, long": "ASK { FILTER(" + "1+" * 20_000 + "1) }",
    "bindings, many": "ASK { " + "".join(f"BIND(1 AS ?v{n}) " for n in range(5_000)) + "}",
    "options, many": "ASK { ?s ?p ?o " + "".join(f"OPTIONAL {{ ?s ?p ?o{n} }} " for n in range(500)) + "}",
    "patterns, many": "ASK { " + "".join(f"?a{n} ?b{n} ?c{n} . " for n in range(1_400)) + "}",
    "prefixes, many": "".join(f"PREFIX p{n}: <http://a/> " for n in range(3_000)) + "ASK {}",
    "a number beyond all length": "ASK { FILTER(" + "9" * 100_000 + " > 1) }",
    "a regex that backtracks": f"ASK {{ FILTER(REGEX('{'a' * 50_000}!', '^(a+)+(a|aa)*$')) }}",
    "a regex that is large": "ASK { FILTER(REGEX('a', '((((a{99}){99}){99}){99})')) }",
    "a regex over a product": f"SELECT (COUNT(*) AS ?n) {{ {PRODUCT} FILTER(REGEX(STR(?c), '.*(.*a){{9}}')) }}",
    "ENCODE_FOR_URI, multiplied": "SELECT (STRLEN("
    + "ENCODE_FOR_URI(" * 150
    + "'%%%%%%%%%%%%'"
    + ")" * 150
    + ") AS ?n) {}",
    "NUL": "ASK { ?s ?p '\0' }",
    "nothing but commas": "," * 150_000,
    "quotes that never end": "ASK { ?s ?p " + '"""a' * 40_000,
}

QUERIES: dict[str, tuple[str, set[int]]] = {
    **{name: (query, {503}) for name, query in _STOPPED.items()},
    **{name: (query, {400}) for name, query in _REFUSED.items()},
    **{name: (query, {200}) for name, query in _ANSWERED.items()},
    # What an engine may well answer, refuse or stop, as long as it says so and goes on.
    **{name: (query, {200, 400, 503}) for name, query in _UNHARMED.items()},
}


class Sent(NamedTuple):
    """A request by its parts, and the statuses that may come back."""

    path: str
    statuses: set[int]
    method: str = "GET"
    headers: dict[str, str] | None = None
    body: bytes | None = None


def get(path: str, statuses: set[int], **headers: str) -> Sent:
    return Sent(path, statuses, "GET", {name.replace("_", "-"): value for name, value in headers.items()})


def asked(query: str = HARMLESS, **fields: str) -> str:
    return "/sparql?" + urlencode({"query": query} | fields)


FORM = {"Content-Type": "application/x-www-form-urlencoded"}
DIRECT = {"Content-Type": "application/sparql-query"}
ZIPPED = DIRECT | {"Content-Encoding": "gzip"}
OK, BAD, ABSENT = {200}, {400}, {400, 404}
KEPT_OUT = {303, 308, 400, 404}

REQUESTS: dict[str, Sent] = {
    "an update at its usual address": Sent("/update", ABSENT, "POST", FORM, b"update=DROP+ALL"),
    "a graph of elsewhere": Sent(asked("ASK { ?s ?p ?o }", **{"default-graph-uri": LISTENER}), OK),
    "a named graph of elsewhere": Sent(asked("ASK { GRAPH ?g { ?s ?p ?o } }", **{"named-graph-uri": LISTENER}), OK),
    "a graph that is a file": Sent(asked(**{"default-graph-uri": "file:///etc/passwd"}), OK),
    "a graph whose name breaks a line": Sent(asked(**{"default-graph-uri": "http://a/\r\nSet-Cookie: a=b"}), BAD),
    "thousands of graphs": Sent("/sparql?query=ASK%7B%7D" + "&named-graph-uri=urn:a" * 2_000, BAD),
    "a gzip bomb": Sent("/sparql", {400, 415}, "POST", ZIPPED, gzip.compress(b"#" * 50_000_000 + b"\nASK {}")),
    "a gzip bomb that is none": Sent("/sparql", {400, 415}, "POST", ZIPPED, b"ASK {}"),
    "a body over the limit": Sent("/sparql", {413}, "POST", DIRECT, b"#" * (3 << 20)),
    "a form of a million fields": Sent("/sparql", BAD, "POST", FORM, b"a&" * 400_000 + b"query=ASK{}"),
    "a form in parts": Sent(
        "/sparql", {415}, "POST", {"Content-Type": "multipart/form-data; boundary=a"}, b"--a\r\n" * 50_000
    ),
    "a form in XML": Sent(
        "/sparql",
        {415},
        "POST",
        {"Content-Type": "application/xml"},
        b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>',
    ),
    "bytes that are no text, in the address": Sent("/sparql?query=ASK%7B%FF%FE%7D", BAD),
    "bytes that are no text, in a body": Sent("/sparql", BAD, "POST", DIRECT, b"ASK { ?s ?p '\xff\xfe' }"),
    "text encoded longer than it is": Sent("/sparql?query=ASK%C0%80%7B%7D", BAD),
    "a surrogate in the address": Sent("/sparql?query=ASK%7B%22%ED%A0%80%22%7D", BAD),
    "percent and nothing": Sent("/sparql?query=ASK%7B%7D%", {200, 400}),
    "percent and no number": Sent("/sparql?query=%zz%u0041", BAD),
    "percent in the path": Sent("/%zz%", ABSENT),
    "percent of percent": Sent("/dumps/latest/%252e%252e%252ftwingraph.nq", KEPT_OUT),
    "up a folder": Sent("/dumps/latest/../../../../../../etc/passwd", KEPT_OUT),
    "up a folder in percents": Sent("/dumps/latest/%2e%2e%2f%2e%2e%2f%2e%2e%2fetc%2fpasswd", KEPT_OUT),
    "up a folder the other way": Sent("/dumps/latest/..%5c..%5c..%5cetc%5cpasswd", KEPT_OUT),
    "up a folder in overlong text": Sent("/dumps/latest/%c0%ae%c0%ae/etc/passwd", KEPT_OUT),
    "up a folder from a version": Sent("/dumps/..%2f..%2fetc/passwd", KEPT_OUT),
    "up a folder from a thing": Sent("/id/place/..%2f..%2f..%2fetc%2fpasswd", KEPT_OUT),
    "up a folder from a document": Sent("/doc/place/../../../../etc/passwd.ttl", KEPT_OUT),
    "up a folder from static files": Sent("/static/../../server.py", KEPT_OUT),
    "an absolute file": Sent("/dumps/latest//etc/passwd", KEPT_OUT),
    "a file of the process": Sent("/dumps/latest/..%2f..%2f..%2fproc%2fself%2fenviron", KEPT_OUT),
    "NUL in a file's name": Sent("/dumps/latest/twingraph.nq%00.ttl", KEPT_OUT),
    "NUL in a thing's name": Sent("/id/place/made-up%00", KEPT_OUT),
    "a path beyond all length": Sent("/id/place/" + "a" * 100_000, {400, 404, 414}),
    "a path beyond all depth": Sent("/a" * 30_000, {400, 404, 414}),
    "two slashes, to another host": Sent("//evil.example/%2e%2e", KEPT_OUT),
    "a line broken in the path": Sent("/id/place/%0d%0aSet-Cookie:%20a=b", KEPT_OUT),
    "a line broken in the format": Sent(asked(format="csv\r\nSet-Cookie: a=b"), OK),
    "a line broken in what is accepted": get(asked(), OK, Accept="text/csv, */*\tSet-Cookie: a=b"),
    "a query injected into a thing": Sent("/id/place/a%3E%20%7D%20DROP%20ALL%20%23", KEPT_OUT),
    "a function to call back": Sent(asked(callback="alert(1)", jsonp="alert(1)"), OK),
    "a script in a query": Sent("/sparql?query=%3Cscript%3Ealert(1)%3C/script%3E", BAD),
    "a script in a query, for a browser": get(
        "/sparql?query=%3Cscript%3Ealert(1)%3C/script%3E", BAD, Accept="text/html"
    ),
    "a script in a name, for a browser": get(
        asked(f"SELECT ?name {{ ?town <{MADE_UP}script> ?name }}"), OK, Accept="text/html"
    ),
    "a script in a path": get("/%3Cscript%3Ealert(1)%3C/script%3E", ABSENT, Accept="text/html"),
    "a script in a thing's name": Sent("/doc/place/%3Cscript%3Ealert(1)%3C%2fscript%3E.html", ABSENT),
    "a script in the graph's name": get(
        asked(**{"default-graph-uri": "<script>alert(1)</script>"}), BAD, Accept="text/html"
    ),
    "an Accept of many ranges": get(asked(), {200, 406}, Accept="a/b;q=0.1," * 8_000),
    "an Accept that backtracks": get(asked(), {200, 406}, Accept='a/b;"' + "\\" * 60_000),
    "an Accept beyond numbers": get(asked(), {200, 406}, Accept="*/*;q=1e999, text/csv;q=nan"),
    "encodings beyond numbers": get(asked(), {200, 406}, Accept_Encoding="gzip;q=nan,*;q=inf"),
    "tags by the thousand": get(asked(), OK, If_None_Match='"a",' * 15_000),
    "a time that is none": get(asked(), OK, If_Modified_Since="Thu, 99 Foo 999999999999 99:99:99 GMT"),
    "ranges by the thousand": get(
        "/dumps/latest/twingraph.nq", {200, 206, 400, 416}, Range="bytes=" + ",".join(["0-"] * 10_000)
    ),
    "a range beyond numbers": get("/dumps/latest/twingraph.nq", {200, 206, 400, 416}, Range=f"bytes={'9' * 5_000}-"),
    "a host that is a script": get("/sparql", {200, 400}, Host='a"><script>alert(1)'),
    "another's host": get("/sparql", ABSENT, Host="evil.example", Accept="text/turtle"),
    "another's host, forwarded": get(
        "/", OK, X_Forwarded_Host="evil.example", X_Forwarded_Prefix="/evil", Forwarded="host=e"
    ),
    "a method by the back door": get(asked(), OK, X_HTTP_Method_Override="DELETE"),
    "cookies by the kilobyte": get(asked(), OK, Cookie="a=b; " * 12_000),
    "an upgrade": get(asked(), OK, Connection="Upgrade, HTTP2-Settings", Upgrade="h2c"),
}


def post(*lines: str, body: bytes = b"") -> bytes:
    head = ("POST /sparql HTTP/1.1", "Host: a", "Content-Type: application/sparql-query", *lines)
    return "\r\n".join((*head, "", "")).encode("latin-1") + body


SMUGGLED = f"GET {asked()} HTTP/1.1\r\nHost: a\r\nX-Smuggled: yes\r\n\r\n".encode()
GET = f"GET {asked()} HTTP/1.1\r\nHost: a\r\n"

RAW: dict[str, tuple[bytes, tuple[set[int], ...]]] = {
    # The bytes, and for each answer that may come the statuses; the server hangs up after the last or is hung up on.
    "two different lengths": (post("Content-Length: 6", "Content-Length: 60", body=b"ASK {}" + SMUGGLED), (BAD,)),
    "a length and chunks": (
        post("Content-Length: 6", "Transfer-Encoding: chunked", body=b"0\r\n\r\n" + SMUGGLED),
        ({400, 413},),
    ),
    "a length below zero": (post("Content-Length: -6", body=b"ASK {}"), (BAD,)),
    "a length with a sign": (post("Content-Length: +6", body=b"ASK {}"), (BAD,)),
    "a length that is a word": (post("Content-Length: six", body=b"ASK {}"), (BAD,)),
    "a length beyond numbers": (post(f"Content-Length: {'9' * 30}", body=b"ASK {}"), ({400, 413},)),
    "a length of a terabyte": (post("Content-Length: 1099511627776", body=b"ASK {}"), ({413},)),
    "a length too short": (post("Content-Length: 6", body=b"ASK {}GARBAGE\r\n\r\n"), (OK, BAD)),
    "chunks, obfuscated": (post("Transfer-Encoding: xchunked", body=b"0\r\n\r\n" + SMUGGLED), ({400, 501},)),
    "chunks, with a space": (post("Transfer-Encoding : chunked", body=b"0\r\n\r\n" + SMUGGLED), (BAD,)),
    "chunks, not last": (post("Transfer-Encoding: chunked, identity", body=b"0\r\n\r\n" + SMUGGLED), (BAD,)),
    "a chunk without a size": (post("Transfer-Encoding: chunked", body=b"xyz\r\nASK {}\r\n0\r\n\r\n"), (BAD,)),
    "a chunk beyond numbers": (post("Transfer-Encoding: chunked", body=b"f" * 40 + b"\r\nASK {}\r\n0\r\n\r\n"), (BAD,)),
    "chunks that extend for ever": (post("Transfer-Encoding: chunked", body=b"6;" + b"a" * 100_000), (BAD,)),
    "chunks over the limit": (
        post("Transfer-Encoding: chunked", body=b"10000\r\n" + (b"#" * 65_536 + b"\r\n10000\r\n") * 40),
        ({413},),
    ),
    "an unknown expectation": (post("Expect: miracles", "Content-Length: 6", body=b"ASK {}"), ({200, 417},)),
    "a header without a colon": (f"{GET}no colon\r\n\r\n".encode(), (BAD,)),
    "a header folded": (f"{GET}Accept: text/csv,\r\n text/html\r\n\r\n".encode(), (BAD,)),
    "a header with NUL": (f"{GET}Accept: a\0b\r\n\r\n".encode(), (BAD,)),
    "a header with a lone return": (f"{GET}Accept: a\rSet-Cookie: b\r\n\r\n".encode(), (BAD,)),
    "headers by the thousand": ((GET + "A: b\r\n" * 5_000 + "\r\n").encode(), ({400, 431},)),
    "a header of a megabyte": ((f"{GET}A: {'b' * 1_000_000}\r\n\r\n").encode(), ({400, 431},)),
    "an address of a megabyte": (
        f"GET /sparql?query={'a' * 1_000_000} HTTP/1.1\r\nHost: a\r\n\r\n".encode(),
        ({400, 414, 431},),
    ),
    "no host at all": (f"GET {asked()} HTTP/1.1\r\n\r\n".encode(), ({200, 400},)),
    "another server's address": (f"GET {LISTENER} HTTP/1.1\r\nHost: a\r\n\r\n".encode(), ({200, 400, 404},)),
    "a tunnel": (b"CONNECT 127.0.0.1:22 HTTP/1.1\r\nHost: 127.0.0.1:22\r\n\r\n", ({400, 404, 405},)),
    "a version of the future": (f"GET {asked()} HTTP/9.9\r\nHost: a\r\n\r\n".encode(), ({400, 505},)),
    "a version of the past": (b"GET /sparql\r\n\r\n", (BAD,)),
    "HTTP/2 unannounced": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"\0\0\0\4\0\0\0\0\0", ({400, 505},)),
    "TLS where there is none": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(500), (BAD,)),
    "bytes of no kind": (bytes(range(256)) * 64, (BAD,)),
    "NUL for a greeting": (bytes(10_000), (BAD,)),
    "a line that is a script": (b"<script>alert(1)</script> / HTTP/1.1\r\nHost: a\r\n\r\n", (BAD,)),
    "a space in the address": (b"GET /sparql?query=ASK {} HTTP/1.1\r\nHost: a\r\n\r\n", (BAD,)),
    "an address in other letters": ("GET /sparql?query=ASK{'š'} HTTP/1.1\r\nHost: a\r\n\r\n".encode(), (BAD,)),
    "fifty requests at once": ((GET + "\r\n").encode() * 50, (OK,) * 50),
    "a good one, a bad one, a good one": (f"{GET}\r\nNONSENSE\r\n\r\n{GET}\r\n".encode(), (OK, BAD)),
}
