"""Requests that no honest client sends, drawn from a seed: what is sent, byte by byte."""

import random
import re
import string
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import quote, quote_plus

from brupact import resources

Draw = random.Random
PACKAGED, SCRATCH = "packaged", "scratch"


@dataclass(frozen=True)
class Attack:
    """One request, or what looks like one; where it `ends`, an answer is due at once."""

    kind: str
    raw: bytes
    ends: bool = True
    target: str = ""


@dataclass(frozen=True)
class Material:
    """What attacks are made of: addresses, names of parameters, queries, updates, documents."""

    paths: Sequence[str]
    parameters: Sequence[str]
    queries: Sequence[str]
    updates: Sequence[str]
    documents: Mapping[str, str]


UPDATES: Final = (
    "INSERT DATA { <x:a> <x:p> 1 . GRAPH <x:g> { <x:a> <x:p> 'two'@en } }",
    "DELETE DATA { <x:a> <x:p> 1 }",
    "DELETE WHERE { ?s <x:p> ?o }",
    "PREFIX x: <x:> DELETE { ?s x:p ?o } INSERT { ?s x:q ?o } WHERE { ?s x:p ?o }",
    "WITH <x:g> DELETE { ?s ?p ?o } WHERE { ?s ?p ?o FILTER(isLiteral(?o)) }",
    "INSERT { GRAPH ?g { ?s <x:r> ?n } } USING NAMED <x:g> WHERE { GRAPH ?g { ?s ?p ?n } }",
    "CREATE SILENT GRAPH <x:h> ; COPY <x:g> TO <x:h> ; MOVE SILENT <x:h> TO DEFAULT",
    "DROP SILENT GRAPH <x:g> ; CLEAR NAMED ; ADD SILENT DEFAULT TO <x:g>",
    "LOAD SILENT <http://127.0.0.1:1/x> INTO GRAPH <x:g>",
    "BASE <http://x/> INSERT DATA { <#a> <b> [ <c> (1 2.0 3e0 true) ] }",
)  # fmt: skip
DOCUMENTS: Final = {
    "text/turtle": '@prefix x: <x:> . @base <http://x/> .\nx:a x:p "l"@nl , 1.5 , [ x:q (1 <r>) ].',
    "application/n-triples": '<x:a> <x:p> "l\\u00e9"^^<x:t> .\n_:b <x:p> <x:c> .\n',
    "application/rdf+xml": (
        '<?xml version="1.0"?><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" '
        'xmlns:x="x:"><rdf:Description rdf:about="x:a"><x:p xml:lang="fr">l</x:p>'
        '<x:q rdf:parseType="Collection"><rdf:li rdf:resource="x:b"/></x:q></rdf:Description>'
        "</rdf:RDF>"
    ),
    "application/ld+json": (
        '{"@context": {"p": "x:p", "q": {"@id": "x:q", "@container": "@list"}}, "@id": "x:a", '
        '"p": {"@value": "l", "@language": "nl"}, "q": [1, 2.5, true, {"@id": "_:b"}]}'
    ),
}  # fmt: skip
#: What a part of a route may be in its documentation, and values that fit.
_PARTS: Final = {
    "suffix": ("ttl", "html", "jsonld", "x", "%00"),
    "path:reference": ("priority/2026-2029-13", "codes", "x/../y", "%2e%2e/%2f", "é", "a.ttl.nt"),
    "reference": ("agreement", "agreement.csv", "parts-of-priority", "..", "%ff"),
    "int:number": ("1", "0", "-1", "9" * 400, "x"),
    "file": ("SHA256SUMS", "brupact.nq.gz", "../../etc/passwd", "%2e%2e%2fx", "codes.ttl"),
}
_TYPES: Final = (
    "application/sparql-query", "application/sparql-update", "application/x-www-form-urlencoded",
    "multipart/form-data", "multipart/form-data; boundary=b", "multipart/form-data; boundary=",
    'multipart/form-data; boundary="' + "b" * 300 + '"', "text/plain", "", "/", ";", "text/turtle;",
    "text/turtle; charset=utf-16", "text/turtle; charset=x", "application/ld+json; profile=\"\"",
    "application/sparql-query; charset=\xff", "APPLICATION/SPARQL-QUERY", "*/*", "a" * 5000,
    *DOCUMENTS,
)  # fmt: skip
_METHODS: Final = (
    "GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "PROPFIND", "get",
    "G" * 300, "QUERY", "M-SEARCH",
)  # fmt: skip
_VERSIONS: Final = (b"HTTP/1.1", b"HTTP/1.0")
_SPECIAL: Final = "{}()[]<>\"'\\.;,?$@^|*+-/!&=:#_\n\t\r\0\ufffd\u202e\U0001f600é0a"


def material(routes: str, parameters: Sequence[str]) -> Material:
    """What attacks are made of; `routes` is the table of routes in docs/http-interface.md."""
    documented = re.findall(r"`(/[^`]*)`", "\n".join(re.findall(r"^\|(.*?)\|", routes, re.M)))
    assert len(documented) > 25
    paths = [path for route in documented for path in _filled(route)]
    queries = sorted(resources.folder("queries").rglob("*.rq"))
    assert len(queries) > 40
    texts = [path.read_text(encoding="utf-8") for path in queries]
    names = ["query", "update", "default-graph-uri", "named-graph-uri", "using-graph-uri",
             "using-named-graph-uri", "infer", "timeout", "graph", "default", "tag", "format",
             "lang", "labels", "limit", "offset", "", "q[]", *parameters]  # fmt: skip
    return Material(paths, names, texts, UPDATES, DOCUMENTS)


def _filled(route: str) -> list[str]:
    if not (found := re.search(r"<([^>]*)>", route)):
        return [route]
    return [route.replace(found[0], value) for value in _PARTS[found[1]]]


def _request(
    draw: Draw,
    method: str,
    path: str,
    headers: Sequence[tuple[str, str]] = (),
    body: bytes | None = None,
) -> bytes:
    """A request whose framing is right, whatever it carries."""
    fields = [("Host", "127.0.0.1"), ("Connection", draw.choice(("close", "keep-alive"))), *headers]
    if body is not None:
        fields.append(("Content-Length", str(len(body))))
    head = "".join(f"{name}: {value}\r\n" for name, value in fields)
    return f"{method} {path} HTTP/1.1\r\n{head}\r\n".encode("latin-1", "replace") + (body or b"")


def _letters(draw: Draw, most: int) -> str:
    return "".join(draw.choices(string.ascii_letters, k=draw.randint(1, most)))


def _noise(draw: Draw, most: int) -> bytes:
    return draw.randbytes(draw.randint(0, most))


def _words(draw: Draw, most: int) -> str:
    """Text of any characters that UTF-8 can carry, controls among them."""
    size = draw.randint(0, most)
    return "".join(
        draw.choice(_SPECIAL) if draw.random() < 0.7 else chr(draw.randint(0, 0xD7FF))
        for _ in range(size)
    )


def _field(draw: Draw, most: int) -> str:
    """What a server lets through as the value of a header, mostly."""
    return re.sub(r"[\r\n\0]", "", _words(draw, most)).encode("utf-8").decode("latin-1")


def mutated(draw: Draw, text: str, others: Sequence[str]) -> str:
    """`text` with some of its tokens lost, doubled, exchanged, or broken."""
    parts = re.findall(r"\w+|\s+|.", text, re.DOTALL)
    for _ in range(draw.randint(1, 3)):
        if not parts:
            break
        place = draw.randrange(len(parts))
        change = draw.randrange(8)
        if change == 0:
            del parts[place]
        elif change == 1:
            parts.insert(place, parts[draw.randrange(len(parts))])
        elif change == 2:
            parts[place] = draw.choice(_SPECIAL) * draw.choice((1, 1, 2, 50))
        elif change == 3:
            del parts[place:]
        elif change == 4:
            other = re.findall(r"\w+|\s+|.", draw.choice(others), re.DOTALL)
            start = draw.randrange(len(other))
            parts[place:place] = other[start : start + draw.randint(1, 12)]
        elif change == 5:
            parts[place] = draw.choice(("9" * 30, "-1", "1e999", "''@x-", '"\\u', "<>", "<\\u0000>",
                                        "?_", "SERVICE", "GRAPH", "*", "^^", "'''", "_:b", "<x y>",
                                        "0.0", "LIMIT -1", "'\\uD800'", "#"))  # fmt: skip
        elif change == 6:
            other_place = draw.randrange(len(parts))
            parts[place], parts[other_place] = parts[other_place], parts[place]
        else:
            parts[place] = parts[place].swapcase()
    return "".join(parts)


def _request_line(draw: Draw, m: Material) -> Attack:
    path = draw.choice(m.paths).encode()
    line = draw.choice((
        b"GET", b"GET ", b"GET  " + path + b"  HTTP/1.1", b"GET " + path + b" HTTP/9.9",
        b"GET " + path + b" HTTP/1.1 x", b"GET\t" + path + b"\tHTTP/1.1", path + b" GET HTTP/1.1",
        b"GET " + path + b" HTTP/2.0", b"GET " + path + b" http/1.1", b"PRI * HTTP/2.0", b"",
        b"G\x00T " + path + b" HTTP/1.1", b"GET " + path + b" HTTP/1.", b"GET a b c d HTTP/1.1",
        b"GET " + path, b"\r\n\r\nGET " + path + b" HTTP/1.1", _noise(draw, 200),
        b"GET \xff\xfe HTTP/1.1", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03" + _noise(draw, 99),
        b"GET " + b"/" * draw.choice((10, 5000, 70_000)) + b" HTTP/1.1",
    ))  # fmt: skip
    return Attack("request line", line + b"\r\nHost: x\r\nConnection: close\r\n\r\n", ends=False)


def _headers(draw: Draw, m: Material) -> Attack:
    broken = draw.choice((
        b"NoColon", b": empty name", b"Sp ace: x", b"X:\x00nul", b" folded: x", b"X: a\r\n b",
        b"X: a\rY: b", b"X: a\nY: b", b"Host: x\r\nHost: y", b"Host:", b"Host: a b", b"Host: [::1",
        b"Host: x:99999999", b"Host: \xff", b"X\xff: y", b"Content-Length: x", b"Cookie: \xc3\x28",
        b"Content-Length: -", b"Content-Length: +5", b"Content-Length: 5,6",
        b"Content-Length: 99999999999999999999999", b"Content-Length: 0x5", b"Connection: \x01",
        b"Host: http://x/y", b"Host: " + b"a." * 5000, _noise(draw, 60), b"Upgrade: x",
        b"Transfer-Encoding: x", b"Transfer-Encoding: gzip",
        b"Upgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AAMAAABkAAQAAP__",
    ))  # fmt: skip
    line = f"{draw.choice(('GET', 'POST', 'HEAD'))} {draw.choice(m.paths)} HTTP/1.1\r\n".encode()
    return Attack("headers", line + b"Host: 127.0.0.1\r\n" + broken + b"\r\n\r\n", ends=False)


def _huge_header(draw: Draw, m: Material) -> Attack:
    size = draw.choice((8_000, 40_000, 300_000, 3_000_000))
    many = "".join(f"X-{n}: y\r\n" for n in range(draw.choice((50, 101, 1000, 20_000))))
    field = draw.choice((
        f"X: {'y' * size}\r\n", f"{'x' * size}: y\r\n", many, f"Accept: {'a/b,' * (size // 4)}\r\n",
        f"Accept-Language: {'nl;q=0.5,' * (size // 9)}\r\n", f"Accept: {'*' * size}\r\n",
        f"If-None-Match: {chr(34) * size}\r\n", f"Range: bytes={'0-0,' * (size // 4)}\r\n",
        f"Accept: text/csv{';a=b' * (size // 4)}\r\n", f"Cookie: {'a=b;' * (size // 4)}\r\n",
    ))  # fmt: skip
    path = draw.choice(m.paths)
    raw = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n{field}\r\n"
    return Attack("huge header", raw.encode("latin-1", "replace"))


def _percent(draw: Draw, m: Material) -> Attack:
    bad = "".join(draw.choice(("%", "%z", "%f", "%ff", "%00", "%c3%28", "%ed%a0%80", "%2", "+", "&",
                               "=", ";", "%25", "%0d%0a", "é", "%F4%90%80%80", "%2F", "..", "//"))
                  for _ in range(draw.randint(1, 20)))  # fmt: skip
    place = draw.choice(("{p}?query={b}", "{p}?{b}={b}", "{p}/{b}", "/{b}", "/sparql?query=ASK{b}",
                         "/graphs?graph={b}", "/doc/{b}", "/id/{b}", "/sparql?{b}"))  # fmt: skip
    path = place.format(p=draw.choice(m.paths), b=bad)
    return Attack("percent", _request(draw, draw.choice(("GET", "HEAD", "PUT", "DELETE")), path))


def _utf8(draw: Draw, m: Material) -> Attack:
    base = draw.choice((*m.queries, *m.updates)).encode()
    place = draw.randrange(len(base))
    bad = draw.choice(
        (b"\xff", b"\xc3", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xc0\x80", b"\xfe\xff")
    )
    body = base[:place] + bad + base[place:]
    kind = draw.choice(("application/sparql-query", "application/sparql-update", "text/turtle",
                        "application/x-www-form-urlencoded"))  # fmt: skip
    if kind.endswith("urlencoded"):
        body = b"query=" + (body if draw.random() < 0.5 else quote_plus(body).encode())
    path = "/graphs?graph=x:g" if kind == "text/turtle" else "/sparql"
    return Attack("utf-8", _request(draw, "POST", path, [("Content-Type", kind)], body))


def _content_type(draw: Draw, m: Material) -> Attack:
    body = draw.choice((b"", b"ASK {}", b"query=ASK%20%7B%7D", _noise(draw, 500), b"{}", b"<a/>",
                        b'--b\r\nContent-Disposition: form-data; name="x"\r\n\r\n--b--',
                        b"--b--"))  # fmt: skip
    path = draw.choice(("/sparql", "/graphs?default", "/graphs?graph=x:g", "/graphs", "/graphs/x",
                        *m.paths))  # fmt: skip
    kinds = [("Content-Type", draw.choice(_TYPES)) for _ in range(draw.choice((1, 1, 1, 2)))]
    return Attack(
        "content type", _request(draw, draw.choice(("POST", "PUT", "PATCH")), path, kinds, body)
    )


def _chunks(draw: Draw, m: Material) -> Attack:
    sizes = (b"5", b"0", b"ffffffffffffffffff", b"-1", b"x", b"5;ext=1", b" 5", b"0x5", b"5 ", b"",
             b"00000000000000000005", b"7fffffffffffffff", b"5;" + b"e" * 20_000)  # fmt: skip
    body = b"".join(
        draw.choice(sizes) + draw.choice((b"\r\n", b"\r\n", b"\n")) + b"ASK {" + b"\r\n"
        for _ in range(draw.randint(0, 4))
    )
    body += draw.choice((b"", b"0", b"0\r\n", b"0\r\n\r\n", b"0\r\nTrailer: x\r\n\r\n", b"1\r\n}"))
    head = (
        b"POST /sparql HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/sparql-query\r\n"
        b"Transfer-Encoding: chunked\r\n\r\n"
    )
    return Attack("chunks", head + body, ends=False)


def _length(draw: Draw, m: Material) -> Attack:
    body = draw.choice((b"query=ASK%20%7B%7D", b"", _noise(draw, 300), b"x" * 200_000))
    length = draw.choice((0, 1, len(body) + 1, len(body) + 100_000, 2**31, 2**63, 2**64, len(body)))
    raw = (
        f"POST {draw.choice(('/sparql', '/graphs?graph=x:g', '/'))} HTTP/1.1\r\nHost: 127.0.0.1\r\n"
        f"Content-Type: {draw.choice(_TYPES[:4])}\r\nContent-Length: {length}\r\n\r\n"
    )
    return Attack("length", raw.encode() + body, ends=False)


def _smuggling(draw: Draw, m: Material) -> Attack:
    inner = b"GET /health/live HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
    lengths = draw.choice((b"Content-Length: %d\r\n" % len(inner), b"Content-Length: 4\r\n", b"",
                           b"Content-Length: 4\r\nContent-Length: 9\r\n"))  # fmt: skip
    codings = draw.choice((b"Transfer-Encoding: chunked\r\n", b"Transfer-Encoding : chunked\r\n",
                           b"Transfer-Encoding: xchunked\r\n", b"Transfer-Encoding:\tchunked\r\n",
                           b"Transfer-Encoding: chunked, identity\r\n", b"X: y\nTransfer-Encoding: "
                           b"chunked\r\n", b"Transfer-Encoding: identity, chunked\r\n",
                           b"Transfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n"))  # fmt: skip
    head = b"POST /sparql HTTP/1.1\r\nHost: 127.0.0.1\r\n" + draw.choice(
        (lengths + codings, codings + lengths)
    )
    return Attack("smuggling", head + b"\r\n0\r\n\r\n" + inner, ends=False)


def _random_body(draw: Draw, m: Material) -> Attack:
    kind = draw.choice((*_TYPES[:5], *DOCUMENTS))
    path = "/sparql" if "sparql" in kind or "form" in kind else "/graphs?graph=x:g"
    text = _words(draw, 2000).encode("utf-8", "replace")
    body = draw.choice((_noise(draw, 3000), text, b"\0" * draw.randint(0, 3000)))
    return Attack("random body", _request(draw, "POST", path, [("Content-Type", kind)], body))


def _mutated_query(draw: Draw, m: Material) -> Attack:
    text = mutated(draw, draw.choice(m.queries), m.queries)
    body = text.encode("utf-8", "surrogatepass")
    accept = ("Accept", draw.choice(("*/*", "text/csv", "text/turtle", "text/html", "x", "")))
    if draw.random() < 0.5:
        kind = ("Content-Type", "application/sparql-query")
        return Attack("mutated query", _request(draw, "POST", "/sparql", [kind, accept], body))
    path = f"/sparql?query={quote(body)}&{draw.choice(m.parameters)}={quote(_words(draw, 9))}"
    return Attack("mutated query", _request(draw, "GET", path, [accept]))


def _mutated_update(draw: Draw, m: Material) -> Attack:
    text = mutated(draw, draw.choice(m.updates), m.updates)
    path = draw.choice(("/sparql", "/sparql?using-graph-uri=x:g", "/graphs?graph=x:g", "/graphs/x"))
    method = "POST" if path.startswith("/sparql") else "PATCH"
    kind = [("Content-Type", "application/sparql-update")]
    body = text.encode("utf-8", "surrogatepass")
    return Attack("mutated update", _request(draw, method, path, kind, body))


def _mutated_document(draw: Draw, m: Material) -> Attack:
    kind = draw.choice(list(m.documents))
    content = mutated(draw, m.documents[kind], list(m.documents.values())).encode()
    method = draw.choice(("PUT", "POST"))
    path = draw.choice(("/graphs?default", "/graphs?graph=x:g", "/graphs/y", "/graphs"))
    if draw.random() < 0.3:
        part = f'--b\r\nContent-Disposition: form-data; name="a"\r\nContent-Type: {kind}\r\n\r\n'
        whole = part.encode() + content + b"\r\n--b" + draw.choice((b"--\r\n", b"--", b"\r\n", b""))
        place = draw.randrange(len(whole))
        whole = whole if draw.random() < 0.5 else whole[:place] + _noise(draw, 9) + whole[place:]
        kind, content = "multipart/form-data; boundary=b", whole
    return Attack(
        "mutated document", _request(draw, method, path, [("Content-Type", kind)], content)
    )


def _parameters(draw: Draw, m: Material) -> Attack:
    values = (
        _words(draw, 30), _letters(draw, 3000), "1", "-1", "nan", "inf", "1e400", "0", "", "x:g",
        "http://[", "javascript:alert(1)", "\0", "%", "../..", "<b>", "{{7*7}}", "é" * 99, "on",
        "ASK {}", "SELECT * { ?s ?p ?o } LIMIT 1", "٣", "1_000", " 5 ", "true", "2026-13-45",
    )  # fmt: skip
    pairs = "&".join(
        f"{quote(draw.choice(m.parameters))}={quote(draw.choice(values).encode())}"
        for _ in range(draw.randint(1, 5))
    )
    accept = draw.choice(("text/html", "application/json", "*/*", _field(draw, 40), "text/csv;q=2"))
    raw = _request(
        draw, draw.choice(("GET", "GET", "GET", "HEAD", "POST")),
        f"{draw.choice(m.paths)}?{pairs}", [("Accept", accept)],
    )  # fmt: skip
    return Attack("parameters", raw)


def _nesting(draw: Draw, m: Material) -> Attack:
    (depth,) = draw.choices((50, 500, 5_000, 60_000), (4, 4, 4, 1))
    kind, body = draw.choice((
        ("application/sparql-query", f"SELECT * {'{' * depth}{'}' * depth}"),
        ("application/sparql-query", f"SELECT * {{ ?s ?p {'(' * depth}{')' * depth} }}"),
        ("application/sparql-query", f"SELECT * {{ ?s ?p {'[ ?p ' * depth}1{']' * depth} }}"),
        ("application/sparql-query", f"SELECT ({'(' * depth}1{')' * depth} AS ?x) {{}}"),
        ("application/sparql-query", f"SELECT ({'!' * depth}1 AS ?x) {{}}"),
        ("application/sparql-query", f"SELECT ({'1+' * depth}1 AS ?x) {{}}"),
        ("application/sparql-query", f"ASK {{ ?s {'(' * depth}<x:p>{')*' * depth} ?o }}"),
        ("application/sparql-query", f"ASK {{ ?s {'<x:p>/' * depth}<x:p> ?o }}"),
        ("application/sparql-query", "ASK { " + "{} UNION " * depth + "{} }"),
        ("application/sparql-query", "ASK { " + "OPTIONAL { " * depth + "}" * depth + " }"),
        ("application/sparql-query", "ASK { " + "FILTER EXISTS { " * depth + "}" * depth + " }"),
        ("application/sparql-query", "ASK { " + "{ SELECT * " * depth + "}" * depth + " }"),
        ("application/sparql-query", "ASK { " + "MINUS { ?s ?p ?o . " * depth + "}" * depth + " }"),
        ("application/sparql-query", f"ASK {{ VALUES ?x {{ {'1 ' * depth} }} }}"),
        ("application/sparql-update", f"INSERT DATA {{ {'<x:a> <x:p> 1 . ' * depth} }}"),
        ("application/sparql-update", "CLEAR ALL ; " * depth),
        ("application/sparql-update", "INSERT { ?a ?b ?c } WHERE { " + "{" * depth + "}" * depth),
        ("text/turtle", f"<x:a> <x:p> {'(' * depth}{')' * depth} ."),
        ("text/turtle", f"<x:a> <x:p> {'[ <x:p> ' * depth}1{']' * depth} ."),
        ("application/ld+json", '{"a":' * depth + "1" + "}" * depth),
        ("application/ld+json", "[" * depth + "]" * depth),
        ("application/ld+json", '{"@id":"x:a","x:p":' * depth + "1" + "}" * depth),
        ("application/rdf+xml", "<a>" * depth),
        ("application/rdf+xml", DOCUMENTS["application/rdf+xml"].replace(
            ">l<", ">" + '<rdf:Description><x:p>' * depth + "l"
            + "</x:p></rdf:Description>" * depth + "<")),
    ))  # fmt: skip
    path = "/sparql" if "sparql" in kind else "/graphs?graph=x:g"
    return Attack("nesting", _request(draw, "POST", path, [("Content-Type", kind)], body.encode()))


def _long_iri(draw: Draw, m: Material) -> Attack:
    iri = "x:" + draw.choice(("a", "é", "a/", "%41", "../")) * draw.choice((1_000, 20_000, 300_000))
    if draw.random() < 0.5 and len(iri) < 100_000:
        path = draw.choice(("/graphs?graph={}", "/doc/{}", "/id/{}", "/graphs/{}", "/queries/{}",
                            "/sparql?query=ASK%7B%7D&named-graph-uri={}"))  # fmt: skip
        return Attack("long IRI", _request(draw, "GET", path.format(quote(iri))))
    kind, text = draw.choice((
        ("application/sparql-query", f"ASK {{ <{iri}> ?p ?o }}"),
        ("application/sparql-query", f"SELECT * FROM <{iri}> {{ ?s ?p ?o }}"),
        ("application/sparql-query", f"SELECT * {{ ?{'v' * len(iri)} ?p ?o }} LIMIT 9"),
        ("application/sparql-query", f"SELECT * {{ SERVICE <{iri}> {{ }} }}"),
        ("application/sparql-update", f"INSERT DATA {{ GRAPH <{iri}> {{ <{iri}> <x:p> 1 }} }}"),
        ("application/sparql-update", f"LOAD <{iri}>"),
    ))  # fmt: skip
    return Attack(
        "long IRI", _request(draw, "POST", "/sparql", [("Content-Type", kind)], text.encode())
    )


def _nul(draw: Draw, m: Material) -> Attack:
    text = draw.choice((*m.queries, *m.updates))
    place = draw.randrange(len(text))
    body = (text[:place] + "\0" + text[place:]).encode()
    if draw.random() < 0.5:
        name = draw.choice(("query", "update", "graph", "default-graph-uri", *m.parameters))
        path = f"{draw.choice(m.paths)}?{quote(name)}={quote(body)}"
        return Attack("NUL", _request(draw, "GET", path))
    kind = [
        ("Content-Type", draw.choice(("application/sparql-query", "application/sparql-update")))
    ]
    return Attack("NUL", _request(draw, "POST", "/sparql", kind, body))


def _pipelining(draw: Draw, m: Material) -> Attack:
    simple = (
        f"{draw.choice(('GET', 'HEAD'))} {draw.choice(m.paths)} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
        for _ in range(draw.randint(2, 6))
    )
    raw = "".join(simple).encode("latin-1", "replace")
    return Attack("pipelining", raw + draw.choice((b"", _noise(draw, 40))), ends=False)


def _expect(draw: Draw, m: Material) -> Attack:
    expect = ("Expect", draw.choice(("100-continue", "100-Continue", "200-ok", "", "x" * 5000)))
    headers = [("Content-Type", "application/sparql-query"), expect]
    body = draw.choice((b"ASK {}", b"x", b"", b"x" * 100_000))
    return Attack("expect", _request(draw, "POST", draw.choice(m.paths), headers, body))


def _old(draw: Draw, m: Material) -> Attack:
    path = draw.choice(m.paths)
    raw = draw.choice((
        f"GET {path} HTTP/1.0\r\n\r\n", f"GET {path}\r\n", f"POST {path} HTTP/1.0\r\n\r\nquery=ASK",
        f"GET {path} HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", f"GET {path} HTTP/0.9\r\n\r\n",
        f"POST {path} HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nASK {{\r\n0\r\n\r\n",
    ))  # fmt: skip
    return Attack("old HTTP", raw.encode("latin-1", "replace"), ends=False)


def _target(draw: Draw, m: Material) -> Attack:
    path = draw.choice(m.paths)
    target = draw.choice((
        f"http://127.0.0.1{path}", f"http://evil.example{path}", f"//evil.example{path}", "*",
        "evil.example:443", f"https://x@y:z{path}", f"http://[{path}", path.lstrip("/"), "?query=x",
        f"{path}#fragment", f"/{path}/", f"{path}/.././/./", "http://", ":", f"ftp://x{path}",
        "http://%zz/", "/" + "../" * 50 + "etc/passwd", "\\", f"http://127.0.0.1:99999{path}",
    ))  # fmt: skip
    method = draw.choice(("GET", "OPTIONS", "CONNECT", "POST"))
    raw = f"{method} {target} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"
    return Attack("target", raw.encode("latin-1", "replace"), ends=method != "CONNECT")


def _method(draw: Draw, m: Material) -> Attack:
    body = draw.choice((None, b"", b"x"))
    return Attack("method", _request(draw, draw.choice(_METHODS), draw.choice(m.paths), (), body))


def _conditions(draw: Draw, m: Material) -> Attack:
    names = ("If-None-Match", "If-Match", "If-Modified-Since", "If-Unmodified-Since", "If-Range",
             "Range", "Accept", "Accept-Language", "Accept-Encoding", "Accept-Charset", "Origin",
             "Accept-Datetime", "Access-Control-Request-Method", "Content-Encoding", "Cookie",
             "Content-Language", "Authorization", "Forwarded", "X-Forwarded-For", "Referer",
             "X-HTTP-Method-Override", "Sec-Fetch-Site", "TE", "Prefer", "Slug")  # fmt: skip
    values = ("*", '"', 'W/"x"', "bytes=0-", "bytes=9-1", "bytes=a-b", "gzip;q=x", "br, *;q=0", "",
              "Thu, 99 Foo 0000 25:61:61 GMT", "text/html;q=1.0001", "nl-BE-x-" + "a" * 300, "null",
              "text/*;q=0", "Bearer \xff", "Basic ====", "for=[::1", ",,,,", ";;;", "=", "gzip",
              _field(draw, 60), "application/ld+json;profile=\"", "a/b;c=\"\\")  # fmt: skip
    headers = [(draw.choice(names), draw.choice(values)) for _ in range(draw.randint(1, 4))]
    method = draw.choice(("GET", "HEAD", "OPTIONS"))
    return Attack("conditions", _request(draw, method, draw.choice(m.paths), headers))


KINDS: Final[tuple[Callable[[Draw, Material], Attack], ...]] = (
    _request_line, _headers, _huge_header, _percent, _utf8, _content_type, _chunks, _length,
    _smuggling, _random_body, _mutated_query, _mutated_query, _mutated_query, _mutated_update,
    _mutated_update, _mutated_document, _mutated_document, _parameters, _parameters, _parameters,
    _nesting, _long_iri, _nul, _pipelining, _expect, _old, _target, _method, _conditions,
    _conditions,
)  # fmt: skip


def attack(seed: int, using: Material) -> Attack:
    """The attack with the number `seed`, always the same; each goes to one of the services."""
    draw = random.Random(seed)
    found = KINDS[seed % len(KINDS)](draw, using)
    return Attack(found.kind, found.raw, found.ends, draw.choice((PACKAGED, SCRATCH)))


def interface(root: Path) -> str:
    """The documentation of the routes."""
    return (root / "docs" / "http-interface.md").read_text(encoding="utf-8")
