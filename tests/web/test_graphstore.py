"""The Graph Store Protocol over HTTP, asked of the service as an operator starts it."""

import gzip
import json
import socket
import threading
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Final
from urllib.parse import quote, urlsplit

import pytest
from pyoxigraph import BlankNode, CanonicalizationAlgorithm, Dataset, Quad, RdfFormat, parse
from tests.process import Reply, Service, serving

from brupact.namespaces import GRAPH
from brupact.sparql.formats import DOCUMENTS, GRAPHS

TURTLE: Final = {"Content-Type": "text/turtle"}
JSON_LD: Final = {"Content-Type": "application/ld+json"}
RDF_XML: Final = {"Content-Type": "application/rdf+xml"}
UPDATE: Final = {"Content-Type": "application/sparql-update"}
LINES: Final = "application/n-triples"
#: The largest body that the scratch service takes here, in bytes.
LARGEST: Final = 1 << 20
ENGINE: Final = {format.media_type: format.engine for format in DOCUMENTS}


@pytest.fixture(scope="module")
def scratch() -> Iterator[Service]:
    with serving("--scratch", max_body=LARGEST, query_timeout=5) as service:
        yield service


@pytest.fixture(scope="module")
def packaged() -> Iterator[Service]:
    with serving() as service:
        yield service


@pytest.fixture(autouse=True)
def empty(request: pytest.FixtureRequest) -> None:
    if "scratch" in request.fixturenames:
        service: Service = request.getfixturevalue("scratch")
        assert service.update("DROP ALL").status == 204


def triples(service: Service, path: str) -> list[str]:
    """The lines of the graph at `path`."""
    reply = service.get(path, LINES)
    assert reply.status == 200, reply
    return reply.body.decode().splitlines()


def put(service: Service, path: str, text: str, headers: Mapping[str, str] = TURTLE) -> Reply:
    return service.send("PUT", path, headers, text.encode())


def told(reply: Reply) -> str:
    """The detail of a problem, whose status is that of the reply."""
    assert reply.headers["content-type"] == "application/problem+json", reply
    problem = json.loads(reply.body)
    assert problem["status"] == reply.status
    detail: str = problem["detail"]
    return detail


NAMED: Final = "/graphs/a"
OTHER: Final = f"/graphs?graph={quote('http://example.org/g?x=1#y', safe='')}"
DEFAULT: Final = "/graphs?default"


@pytest.mark.parametrize(("path", "made"), [(NAMED, 201), (OTHER, 201), (DEFAULT, 204)])
def test_the_life_of_a_graph(scratch: Service, path: str, made: int) -> None:
    absent = 200 if path == DEFAULT else 404
    assert scratch.get(path, LINES).status == absent
    assert put(scratch, path, "<x:a> <x:p> 1, 2 .").status == made
    assert len(triples(scratch, path)) == 2
    assert put(scratch, path, "<x:a> <x:p> 3 .").status == 204
    assert len(triples(scratch, path)) == 1
    assert scratch.send("POST", path, TURTLE, b"<x:a> <x:p> 3, 4 .").status == 204
    assert len(triples(scratch, path)) == 2
    patch = b"DELETE { ?s ?p ?o } INSERT { ?s <x:q> ?o } WHERE { ?s ?p ?o FILTER(?o < 4) }"
    assert scratch.send("PATCH", path, UPDATE, patch).status == 204
    assert sorted(line.split()[1] for line in triples(scratch, path)) == ["<x:p>", "<x:q>"]
    got, head = (scratch.send(m, path, {"Accept": "text/turtle"}) for m in ("GET", "HEAD"))
    assert (got.status, head.status, head.body) == (200, 200, b"")
    for name in ("content-type", "content-length", "etag", "vary"):
        assert got.headers[name] == head.headers[name]
    deleted = scratch.send("DELETE", path)
    assert (deleted.status, deleted.body) == (204, b"")
    assert "content-type" not in deleted.headers
    assert scratch.get(path, LINES).status == absent
    assert scratch.send("DELETE", path).status == (204 if path == DEFAULT else 404)


def test_the_default_graph_and_the_named_ones_are_apart(scratch: Service) -> None:
    assert put(scratch, DEFAULT, "<x:a> <x:p> 1 .").status == 204
    assert put(scratch, NAMED, "<x:a> <x:p> 2 .").status == 201
    assert triples(scratch, DEFAULT) != triples(scratch, NAMED)
    assert scratch.send("DELETE", DEFAULT).status == 204
    assert len(triples(scratch, NAMED)) == 1


@pytest.mark.parametrize("method", ["PUT", "POST"])
@pytest.mark.parametrize("path", [NAMED, OTHER])
def test_an_empty_document_makes_an_empty_graph(scratch: Service, method: str, path: str) -> None:
    assert scratch.send(method, path, TURTLE, b"").status == 201
    assert triples(scratch, path) == []
    assert scratch.send("HEAD", path).status == 200
    assert scratch.send(method, path, TURTLE, b"").status == 204
    assert scratch.send("DELETE", path).status == 204
    assert scratch.get(path, LINES).status == 404


def test_post_to_the_store_makes_a_graph_at_an_address_of_its_own(scratch: Service) -> None:
    addresses = set()
    for _ in range(2):
        reply = scratch.send("POST", "/graphs", TURTLE, b"<> <x:p> 1 .")
        assert (reply.status, reply.body) == (201, b"")
        address = reply.headers["location"]
        assert address.startswith(f"{scratch.address}/graphs/")
        (line,) = triples(scratch, urlsplit(address).path)
        assert line.startswith(f"<{GRAPH}{address.rpartition('/')[2]}>")
        addresses.add(address)
    assert len(addresses) == 2


@pytest.mark.parametrize(
    "reference",
    ["a", "a/b", "a.ttl", "a.b", "é€", "𝒳", "\ue000", "a b", "a?b", "a#b", "a%2Fb", "a%b", "[a]",
     "a'b", "a+b", "a&b=c;d", "<a>", "{a}", 'a"', "a\\b", "a//b", "a:b@c"],
)  # fmt: skip
def test_an_address_as_a_parameter_means_the_same_graph(scratch: Service, reference: str) -> None:
    path = f"/graphs/{quote(reference)}"
    address = quote(f"{scratch.address}/graphs/{quote(reference, safe='')}", safe="")
    assert put(scratch, path, "<> <x:p> 1 .").status == 201
    assert put(scratch, f"/graphs?graph={address}", "<> <x:p> 2 .").status == 204
    (line,) = triples(scratch, path)
    assert '"2"' in line
    name = line.split()[0].strip("<>")
    assert triples(scratch, f"/graphs?graph={quote(name, safe='')}") == [line]
    query = scratch.query("SELECT ?g { GRAPH ?g { ?g <x:p> 2 } }")
    assert query.body.decode() == f"g\r\n{name}\r\n"
    page = scratch.get("/graphs", "text/html").body.decode()
    assert page.count("/graphs/") >= 1
    assert scratch.send("PATCH", path, UPDATE, b"INSERT DATA { <> <x:p> 3 }").status == 204
    assert len(triples(scratch, path)) == 2


@pytest.mark.parametrize("path", ["/graphs/%FF", "/graphs/%C3%28", "/graphs/%C2%80"])
def test_names_that_cannot_be_told_apart_are_refused(scratch: Service, path: str) -> None:
    reply = put(scratch, path, "<> <x:p> 1 .")
    assert reply.status == 400
    assert "UTF-8" in told(reply)


@pytest.mark.parametrize("method", ["PUT", "POST", "PATCH", "DELETE", "GET", "HEAD"])
@pytest.mark.parametrize(
    "query",
    ["graph=a", "graph=", "graph=x:a&graph=x:b", "default&graph=x:a", "default=1", "other=1",
     "graph=http%3A%2F%2Fa%20b", "graph=%FF"],
)  # fmt: skip
def test_parameters_that_name_no_graph(scratch: Service, method: str, query: str) -> None:
    headers = UPDATE if method == "PATCH" else TURTLE
    reply = scratch.send(method, f"/graphs?{query}", headers, b"")
    assert reply.status == 400
    for extra in ("?default", "?graph=x:a"):
        assert scratch.send(method, NAMED + extra, headers, b"").status == 400


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH"])
def test_the_store_itself_is_not_changed(scratch: Service, method: str) -> None:
    for path in ("/graphs", "/graphs/"):
        assert scratch.send(method, path, TURTLE, b"<x:a> <x:b> 1 .").status == 400


def test_what_may_be_done(scratch: Service, packaged: Service) -> None:
    for path in ("/graphs", NAMED, "/graphs?default"):
        reply = scratch.send("OPTIONS", path)
        assert (reply.status, reply.body) == (204, b"")
        allowed = {"GET", "HEAD", "OPTIONS", "PUT", "POST", "DELETE", "PATCH"}
        assert set(reply.headers["allow"].split(", ")) == allowed
        assert reply.headers["accept-patch"] == "application/sparql-update"
        accepted = {format.media_type for format in GRAPHS} | {"multipart/form-data"}
        assert set(reply.headers["accept-post"].split(", ")) == accepted
        reply = packaged.send("OPTIONS", path)
        assert reply.headers["allow"] == "GET, HEAD, OPTIONS"
        assert not {"accept-patch", "accept-post"} & reply.headers.keys()


@pytest.mark.parametrize("method", ["TRACE", "LINK", "COPY", "PROPFIND"])
def test_other_methods_are_not_allowed(scratch: Service, method: str) -> None:
    reply = scratch.send(method, NAMED)
    assert reply.status == 405
    assert "PUT" in reply.headers["allow"]


def test_formats_are_negotiated(scratch: Service) -> None:
    put(scratch, NAMED, "<x:a> <x:p> 'é'@fr, 1.5, [ <x:q> true ] .")
    found = []
    for format in DOCUMENTS:
        for path in (NAMED, f"/graphs?graph={quote(f'{scratch.address}{NAMED}', safe='')}"):
            reply = scratch.get(path, format.media_type)
            assert reply.headers["content-type"] == format.media_type
            assert "Accept" in reply.headers["vary"]
            found.append(canonical(reply.body, format.engine))
        assert (
            scratch.get(f"{NAMED}.{format.suffix}").body
            == scratch.get(NAMED, format.media_type).body
        )
    assert len(set(found)) == 1
    for path in ("/graphs?default", OTHER):
        put(scratch, path, "")
        assert scratch.get(path, "image/png").status == 406


def canonical(document: bytes, format: RdfFormat) -> str:
    """The triples of `document`, with blank nodes named by what is said of them."""
    dataset = Dataset(
        Quad(q.subject, q.predicate, q.object) for q in parse(document, format, base_iri="x:")
    )
    if any(isinstance(t, BlankNode) for quad in dataset for t in (quad.subject, quad.object)):
        dataset.canonicalize(CanonicalizationAlgorithm.RDFC_1_0)
    return "\n".join(sorted(map(str, dataset)))


def test_conditional_reads(scratch: Service) -> None:
    for path in (NAMED, OTHER, DEFAULT):
        put(scratch, path, "<x:a> <x:p> 1 .")
        tags = {scratch.get(path, f.media_type).headers["etag"] for f in GRAPHS}
        assert len(tags) == len(GRAPHS)
        etag = scratch.get(path, LINES).headers["etag"]
        for method in ("GET", "HEAD"):
            known = {"Accept": LINES, "If-None-Match": etag}
            reply = scratch.send(method, path, known)
            assert (reply.status, reply.body, reply.headers["etag"]) == (304, b"", etag)
            assert scratch.send(method, path, known | {"Accept": "text/turtle"}).status == 200
        put(scratch, path, "<x:a> <x:p> 2 .")
        reply = scratch.send("GET", path, {"Accept": LINES, "If-None-Match": etag})
        assert reply.status == 200
        assert reply.headers["etag"] != etag


def test_conditional_writes(scratch: Service) -> None:
    known = put(scratch, NAMED, "<x:a> <x:p> 1 ."), scratch.get(NAMED, LINES).headers["etag"]
    for condition, status in [
        ({"If-None-Match": "*"}, 412), ({"If-Match": known[1]}, 412), ({"If-Match": '"x"'}, 412),
        ({"If-Match": "*"}, 204), ({"If-None-Match": '"x"'}, 204),
    ]:  # fmt: skip
        before = triples(scratch, NAMED)
        assert put(scratch, NAMED, "<x:a> <x:p> 2 .", TURTLE | condition).status == status
        assert status == 204 or triples(scratch, NAMED) == before
    assert scratch.send("DELETE", NAMED, {"If-Match": '"x"'}).status == 412
    assert scratch.send("DELETE", NAMED, {"If-Match": "*"}).status == 204
    assert put(scratch, NAMED, "<x:a> <x:p> 1 .", TURTLE | {"If-Match": "*"}).status == 412
    assert put(scratch, NAMED, "<x:a> <x:p> 1 .", TURTLE | {"If-None-Match": "*"}).status == 201


# What is sent


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 415),
        ({"Content-Type": "text/plain"}, 415),
        ({"Content-Type": "application/trig"}, 415),
        ({"Content-Type": "multipart/form-data; boundary=x"}, 415),
        ({"Content-Type": "text/turtle; charset=iso-8859-1"}, 415),
        (TURTLE | {"Content-Encoding": "gzip"}, 415),
        (TURTLE | {"Content-Encoding": "identity, br"}, 415),
        (TURTLE | {"Content-Range": "bytes 0-9/99"}, 400),
        (TURTLE | {"Content-Encoding": "Identity"}, 201),
        ({"Content-Type": "Text/Turtle;charset=utf-8"}, 201),
    ],
)
def test_the_headers_of_a_document(scratch: Service, headers: dict[str, str], status: int) -> None:
    assert scratch.send("PUT", NAMED, headers, b"<x:a> <x:b> 1 .").status == status
    assert scratch.get(NAMED, LINES).status == (200 if status == 201 else 404)


def test_a_compressed_body_is_refused_whatever_is_asked(scratch: Service) -> None:
    put(scratch, NAMED, "<x:a> <x:b> 1 .")
    body = gzip.compress(b"<x:a> <x:b> 2 .")
    for method, headers in (("PUT", TURTLE), ("POST", TURTLE), ("PATCH", UPDATE)):
        for path in (NAMED, DEFAULT):
            reply = scratch.send(method, path, headers | {"Content-Encoding": "gzip"}, body)
            assert reply.status == 415
            assert "gzip" in told(reply)
    sent = {"Content-Type": "multipart/form-data; boundary=x", "Content-Encoding": "gzip"}
    assert scratch.send("POST", NAMED, sent, gzip.compress(form(("a", TURTLE, "")))).status == 415


@pytest.mark.parametrize(
    ("headers", "document", "place"),
    [
        (TURTLE, b"<x:a> <x:b> 1 .\n<x:a> <x:b", (2, None)),
        (TURTLE, b'<x:a> <x:b> "\xff" .', (1, 14)),
        (TURTLE, b"<x:a> <x:b> " + b"(" * 20_000, (1, None)),
        (TURTLE, b"GRAPH <x:g> { <x:a> <x:b> 1 }", (1, None)),
        (TURTLE, b"<x:a> <x:b> <<( <x:a> <x:b> 1 )>> .", None),
        (TURTLE, b"<x:a> <x:b> 1 {| <x:c> 2 |} .", None),
        ({"Content-Type": LINES}, b"<a> <x:b> 1 .", (1, None)),
        (JSON_LD, b'{"@id": "x:a",\n "x:b" 1}', (2, None)),
        (JSON_LD, b"[" * 200_000, (1, None)),
        (JSON_LD, b'{"@id": "x:g", "@graph": [{"@id": "x:a", "x:b": 1}]}', None),
        (RDF_XML, b"<rdf:RDF", (1, None)),
        (RDF_XML, b"<a>\n</b>", (2, None)),
    ],
)
def test_a_malformed_document_changes_nothing(
    scratch: Service,
    headers: dict[str, str],
    document: bytes,
    place: tuple[int, int | None] | None,
) -> None:
    put(scratch, NAMED, "<x:a> <x:b> 0 .")
    for method, path in (("PUT", NAMED), ("POST", NAMED), ("PUT", OTHER), ("POST", "/graphs")):
        reply = scratch.send(method, path, headers, document)
        assert reply.status == 400, reply
        problem = json.loads(reply.body)
        if place is not None:
            assert problem["line"] in (place[0], place[0] + 1)
            assert place[1] in (None, problem["column"])
    assert len(triples(scratch, NAMED)) == 1
    assert scratch.get(OTHER, LINES).status == 404


def test_a_body_that_is_too_large(scratch: Service) -> None:
    for method, path, headers in (
        ("PUT", NAMED, TURTLE), ("POST", "/graphs", TURTLE), ("PATCH", NAMED, UPDATE),
    ):  # fmt: skip
        # The answer comes before the body, which need not be sent.
        said = headers | {"Content-Length": str(LARGEST + 1)}
        assert scratch.send(method, path, said).status == 413
    assert scratch.get(NAMED, LINES).status == 404


@pytest.fixture()
def contacts() -> Iterator[tuple[str, list[str]]]:
    """An address of this machine, and who came there."""
    came: list[str] = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.1)
        end = threading.Event()

        def listen() -> None:
            while not end.is_set():
                try:
                    connection, address = server.accept()
                except TimeoutError:
                    continue
                came.append(str(address))
                connection.close()

        thread = threading.Thread(target=listen)
        thread.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}", came
        end.set()
        thread.join()


def test_nothing_is_fetched(scratch: Service, contacts: tuple[str, list[str]]) -> None:
    address, came = contacts
    rdf = 'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:x="x:"'
    about = f'<rdf:RDF {rdf}><rdf:Description rdf:about="x:a"><x:p>&e;</x:p>' \
        "</rdf:Description></rdf:RDF>"  # fmt: skip
    sent = [
        (JSON_LD, json.dumps({"@context": f"{address}/c", "@id": "x:a", "p": 1})),
        (JSON_LD, json.dumps({"@context": [{}, f"{address}/c"], "@id": "x:a", "p": 1})),
        (JSON_LD, json.dumps({"@context": {"@import": f"{address}/c"}, "@id": "x:a", "p": 1})),
        (JSON_LD | {"Link": f'<{address}/c>; rel="http://www.w3.org/ns/json-ld#context"'},
         json.dumps({"@context": f"{address}/c"})),
        (RDF_XML, f'<!DOCTYPE a [<!ENTITY e SYSTEM "{address}/e">]>{about}'),
        (RDF_XML, f'<!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/hostname">]>{about}'),
        (RDF_XML, f'<!DOCTYPE a [<!ENTITY % p SYSTEM "{address}/p"> %p;]>{about}'),
    ]  # fmt: skip
    for headers, document in sent:
        assert put(scratch, NAMED, document, headers).status == 400, document
    plain = f'<!DOCTYPE a SYSTEM "{address}/d" [<!ENTITY e "own">]>{about}'
    assert put(scratch, NAMED, plain, RDF_XML).status == 201
    assert triples(scratch, NAMED) == ['<x:a> <x:p> "own" .']
    assert came == []


def test_entities_that_multiply_are_ended(scratch: Service) -> None:
    entities = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 12))
    document = (
        f'<!DOCTYPE a [<!ENTITY e0 "aaaaaaaaaa">{entities}]>'
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:x="x:">'
        '<rdf:Description rdf:about="x:a"><x:p>&e11;</x:p></rdf:Description></rdf:RDF>'
    )
    # No single document may hold the service for long, or take its memory.
    assert put(scratch, NAMED, document, RDF_XML).status in (201, 400, 503)
    for line in triples(scratch, NAMED) if scratch.get(NAMED, LINES).status == 200 else ():
        assert len(line) < LARGEST


# Blank nodes, several documents


def form(*parts: tuple[str, Mapping[str, str], str]) -> bytes:
    """A body of several parts, each with its name, its headers and its content."""
    lines = []
    for name, headers, content in parts:
        lines += ["--x", f'Content-Disposition: form-data; name="{name}"; filename="{name}"']
        lines += [f"{header}: {value}" for header, value in headers.items()]
        lines += ["", content]
    return "\r\n".join([*lines, "--x--", ""]).encode()


FORM: Final = {"Content-Type": 'multipart/form-data; boundary="x"'}
XML: Final = (
    '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:x="x:">'
    '<rdf:Description rdf:about="x:a"><x:p rdf:nodeID="b"/></rdf:Description></rdf:RDF>'
)
SAME: Final = (
    (TURTLE, "<x:a> <x:p> _:b ."),
    (TURTLE, "<x:a> <x:p> [] ."),
    ({"Content-Type": LINES}, "<x:a> <x:p> _:b ."),
    (JSON_LD, '{"@id": "x:a", "x:p": {"@id": "_:b"}}'),
    (RDF_XML, XML),
)


def test_a_blank_node_of_a_document_is_a_new_node(scratch: Service) -> None:
    for number in range(1, 5):
        for headers, document in SAME:
            assert scratch.send("POST", NAMED, headers, document.encode()).status in (201, 204)
        assert len(triples(scratch, NAMED)) == number * len(SAME)


def test_a_blank_node_is_one_node_within_its_document(scratch: Service) -> None:
    put(scratch, NAMED, "<x:a> <x:p> _:b . _:b <x:p> _:c . _:c <x:p> _:b .")
    assert len({node for line in triples(scratch, NAMED) for node in line.split()}) == 5


@pytest.mark.parametrize("path", [NAMED, DEFAULT, OTHER])
def test_several_documents_are_merged(scratch: Service, path: str) -> None:
    parts = [(f"d{number}", headers, text) for number, (headers, text) in enumerate(SAME * 3)]
    assert scratch.send("POST", path, FORM, form(*parts)).status == (
        204 if path == DEFAULT else 201
    )
    assert len(triples(scratch, path)) == len(parts)


def test_several_documents_make_a_graph(scratch: Service) -> None:
    reply = scratch.send("POST", "/graphs", FORM, form(("a", TURTLE, "<> <x:p> 1 ."),
                                                       ("a", TURTLE, "<> <x:p> 2 .")))  # fmt: skip
    assert reply.status == 201
    assert len(triples(scratch, urlsplit(reply.headers["location"]).path)) == 2


GOOD: Final = form(("a", TURTLE, "<x:a> <x:p> 1 ."))


@pytest.mark.parametrize(
    ("content_type", "body", "status"),
    [
        ("multipart/form-data; boundary=x", b"", 400),
        ("multipart/form-data; boundary=x", b"--x--\r\n", 400),
        ("multipart/form-data; boundary=x", GOOD.removesuffix(b"--x--\r\n"), 400),
        ("multipart/form-data; boundary=x", GOOD[:40], 400),
        ("multipart/form-data; boundary=y", GOOD, 400),
        ("multipart/form-data; boundary=", GOOD, 400),
        ("multipart/form-data", GOOD, 400),
        ("multipart/mixed; boundary=x", GOOD, 415),
        ("multipart/form-data; boundary=x",
         b"--x\r\nContent-Type: text/turtle\r\n\r\n\r\n--x--", 400),
        ("multipart/form-data; boundary=x", b"--x\r\n\r\n<x:a> <x:p> 1 .\r\n--x--", 400),
        ("multipart/form-data; boundary=x", form(("a", {}, "<x:a> <x:p> 1 .")), 415),
        ("multipart/form-data; boundary=x", form(("a", {"Content-Type": "text/csv"}, "a")), 415),
        ("multipart/form-data; boundary=x",
         form(("a", TURTLE, "<x:a> <x:p> 1 ."), ("b", TURTLE, "<x:a> <x:p")), 400),
        ("multipart/form-data; boundary=x",
         form(("a", TURTLE | {"Content-Transfer-Encoding": "base64"}, "PHg6YT4=")), 415),
        ("multipart/form-data; boundary=x",
         form(("a", TURTLE | {"Content-Encoding": "gzip"}, "")), 415),
        ("multipart/form-data; boundary=x", form(*[("a", TURTLE, "")] * 10_001), 413),
        ("multipart/form-data; boundary=x", GOOD, 201),
        ('Multipart/Form-Data; boundary="x"; charset=utf-8', GOOD, 201),
        ("multipart/form-data; boundary=x",
         form(("a", TURTLE | {"Content-Transfer-Encoding": "8bit"}, "")), 201),
    ],
)  # fmt: skip
def test_broken_multipart(scratch: Service, content_type: str, body: bytes, status: int) -> None:
    reply = scratch.send("POST", NAMED, {"Content-Type": content_type}, body)
    assert reply.status == status, reply
    assert scratch.get(NAMED, LINES).status == (200 if status == 201 else 404)


def test_a_problem_names_the_part(scratch: Service) -> None:
    body = form(("fine", TURTLE, "<x:a> <x:p> 1 ."), ("wrong", TURTLE, "\n<x:a> <x:p"))
    reply = scratch.send("POST", NAMED, FORM, body)
    assert told(reply).startswith("part wrong: ")
    assert json.loads(reply.body)["line"] == 2


# Patches


@pytest.mark.parametrize(
    ("update", "status"),
    [
        (b"INSERT DATA { <x:a> <x:p> 1 }", 204),
        (b"", 204),
        (b"INSERT DATA { <x:a> <x:p> 1 ", 400),
        (b"INSERT DATA { <x:a> <x:p> '\xff' }", 400),
        (b"INSERT { GRAPH <x:g> { <x:a> <x:p> 1 } WHERE {}", 400),
        (b"CLEAR", 400),
        (b"INSERT DATA { GRAPH <x:g> { <x:a> <x:p> 1 } }", 422),
        (b"CLEAR ALL", 422),
        (b"LOAD <http://127.0.0.1:1/>", 422),
        (b"WITH <x:g> DELETE { ?s ?p ?o } WHERE { ?s ?p ?o }", 422),
        (b"INSERT { ?s <x:q> ?o } WHERE { GRAPH ?g { ?s ?p ?o } }", 422),
        (b"INSERT DATA { <x:a> <x:p> 1 } ; DROP GRAPH <x:g>", 422),
        (b"PREFIX e: <x:e> INSERT { e:a e:b e:c.d.GRAPH <x:g> { <x:a> <x:p> 1 } } WHERE {}", 422),
    ],
)
@pytest.mark.parametrize("path", [NAMED, DEFAULT])
def test_patches(scratch: Service, path: str, update: bytes, status: int) -> None:
    put(scratch, path, "<x:m> <x:p> 0 .")
    put(scratch, "/graphs?graph=x:g", "<x:s> <x:p> 'secret' .")
    reply = scratch.send("PATCH", path, UPDATE, update)
    assert reply.status == status, reply
    assert triples(scratch, "/graphs?graph=x:g") == ['<x:s> <x:p> "secret" .']
    assert len(triples(scratch, path)) == (2 if status == 204 and update else 1)
    if reply.body:
        assert "secret" not in told(reply)


def test_a_patch_is_an_update_of_a_graph_that_is_there(scratch: Service) -> None:
    update = b"INSERT DATA { <x:a> <x:p> 1 }"
    for path in (NAMED, OTHER):
        assert scratch.send("PATCH", path, UPDATE, update).status == 404
        assert scratch.get(path, LINES).status == 404
    put(scratch, NAMED, "")
    for content_type in ("text/turtle", "application/sparql-query", "application/json",
                         "application/sparql-update; charset=utf-16"):  # fmt: skip
        headers = {"Content-Type": content_type}
        assert scratch.send("PATCH", NAMED, headers, update).status == 415
    assert scratch.send("PATCH", NAMED, {}, update).status == 415
    assert triples(scratch, NAMED) == []


# Many at once


def test_a_graph_put_by_many_is_that_of_one(scratch: Service) -> None:
    size = 40

    def work(number: int) -> None:
        text = " ".join(f"<x:s{n}> <x:by> {number} ." for n in range(size))
        for path in (NAMED, DEFAULT):
            assert put(scratch, path, text).status in (201, 204)

    def look(_: int) -> None:
        for path in (NAMED, DEFAULT):
            reply = scratch.get(path, LINES)
            if reply.status == 200:
                lines = reply.body.decode().splitlines()
                assert len(lines) in (0, size)
                assert len({line.split(maxsplit=2)[2] for line in lines}) <= 1

    with ThreadPoolExecutor(8) as pool:
        puts = [pool.submit(work, number) for number in range(12)]
        looks = [pool.submit(look, number) for number in range(24)]
        for future in [*puts, *looks]:
            future.result()
    look(0)
    assert put(scratch, NAMED, "<x:last> <x:by> 1 .").status == 204
    assert triples(scratch, NAMED)[0].startswith("<x:last>")


def test_nothing_is_lost_that_many_add(scratch: Service) -> None:
    def work(number: int) -> None:
        added = f"<x:a> <x:p> {number}, [ <x:q> {number} ] .".encode()
        assert scratch.send("POST", NAMED, TURTLE, added).status in (201, 204)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(24)))
    assert len(triples(scratch, NAMED)) == 3 * 24


# The packaged service


@pytest.mark.parametrize("method", ["PUT", "POST", "DELETE", "PATCH"])
@pytest.mark.parametrize(
    "path",
    ["/graphs", "/graphs/", "/graphs/themes", "/graphs/none", "/graphs?default",
     "/graphs?graph=x:a", "/graphs?graph=a", "/graphs/themes?default", "/graphs/%FF"],
)  # fmt: skip
def test_the_packaged_service_takes_no_changes(packaged: Service, method: str, path: str) -> None:
    for headers in (TURTLE, UPDATE, FORM, {"Content-Type": "text/plain"}):
        assert packaged.send(method, path, headers, b"<x:a> <x:b> 1 .").status == 403


def graphs(service: Service) -> list[str]:
    reply = service.query("SELECT DISTINCT ?g { GRAPH ?g { ?s ?p ?o } }")
    return reply.body.decode().split()[1:]


def test_each_graph_in_each_format_is_its_dump(packaged: Service) -> None:
    names = [name for name in graphs(packaged) if name.startswith(GRAPH)]
    assert len(names) > 3
    for name in names:
        reference = name.removeprefix(GRAPH)
        dump = packaged.get(f"/dumps/{reference}.nt")
        assert dump.status == 200
        expected = canonical(dump.body, RdfFormat.N_TRIPLES)
        for format in DOCUMENTS:
            reply = packaged.get(f"/graphs/{reference}", format.media_type)
            assert reply.status == 200
            assert canonical(reply.body, format.engine) == expected, (name, format)
        lines = packaged.get(f"/graphs/{reference}", LINES).body
        for graph in (name, f"{packaged.address}/graphs/{reference}"):
            assert packaged.get(f"/graphs?graph={quote(graph, safe='')}", LINES).body == lines


def test_the_default_graph_is_what_queries_see(packaged: Service) -> None:
    counted = packaged.query("SELECT (COUNT(*) AS ?n) { ?s ?p ?o }").body.split()[1]
    reply = packaged.get("/graphs?default", LINES)
    assert len(set(reply.body.splitlines())) == int(counted)
