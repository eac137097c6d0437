"""A remote service behind the interface: the same answers as the engine here, or a plain failure.

The remote services are our own on a socket and Oxigraph's; and servers that do what no server
should.
"""

import csv
import io
import json
import re
import shutil
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from pyoxigraph import Literal, NamedNode, RdfFormat, parse

from brupact.engine import Query, QueryRefused
from brupact.engine import remote as remote_module
from brupact.engine.interface import NotAcceptable, OutOfTime, Unavailable
from brupact.engine.local import LocalEngine
from brupact.engine.remote import BadAddress, RemoteEngine
from brupact.library import Entry, Page, answer, load_library
from brupact.namespaces import INFERRED, graph
from brupact.release import Release
from brupact.settings import Settings
from brupact.web import create_app

CSV, JSON, TURTLE, LINES = (
    "text/csv", "application/sparql-results+json", "text/turtle", "application/n-triples",
)  # fmt: skip
PRIORITY = "https://w3id.org/brupact/id/priority/2026-2029-13"
THEMES = "SELECT ?t { ?t a <https://w3id.org/brupact/ns#Theme> }"
COUNT = "SELECT (COUNT(*) AS ?n) WHERE { ?s ?p ?o }"
LIBRARY = load_library()
QUESTIONS = (
    Query(THEMES, CSV, TURTLE),
    Query(THEMES, JSON, TURTLE),
    Query(THEMES, "application/sparql-results+xml", TURTLE),
    Query(THEMES, "text/tab-separated-values", TURTLE),
    Query(COUNT, CSV, TURTLE),
    Query(COUNT, CSV, TURTLE, infer=False),
    Query(COUNT, CSV, TURTLE, default_graphs=(graph("codes").value, graph("agreement").value)),
    Query(COUNT, CSV, TURTLE, named_graphs=(graph("codes").value,)),
    Query("SELECT (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } }", CSV, None, infer=False),
    Query("SELECT ?g (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } } GROUP BY ?g", CSV, None),
    Query("SELECT (<x> AS ?x) {}", CSV, None, base="http://example.org/base/"),
    Query("ASK { ?s ?p ?o }", JSON, None),
    Query(f"CONSTRUCT WHERE {{ <{PRIORITY}> ?p ?o }}", None, LINES),
    Query(f"CONSTRUCT WHERE {{ <{PRIORITY}> ?p ?o }}", None, TURTLE),
    Query(f"CONSTRUCT WHERE {{ <{PRIORITY}> ?p ?o }}", None, "application/ld+json"),
    Query(f"DESCRIBE <{PRIORITY}>", None, LINES),
    Query("SELECT ?p ?o { ?s ?p ?o }", CSV, None, bindings={"o": Literal("13")}),
    Query(
        "SELECT ?s ?l { ?s a <https://w3id.org/brupact/ns#Theme> OPTIONAL { ?s "
        "<http://www.w3.org/2004/02/skos/core#prefLabel> ?n FILTER(LANG(?n) = ?l) } }",
        CSV,
        None,
        bindings={"l": Literal("fr")},
    ),
)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def oxigraph(release: Release) -> Iterator[str]:
    """Oxigraph's server with the release, its default graph apart from the named graphs."""
    program = shutil.which("oxigraph", path=str(Path(sys.executable).parent))
    assert program, "the package oxigraph brings it"
    place = f"127.0.0.1:{free_port()}"
    with subprocess.Popen([program, "serve", "--bind", place], stderr=subprocess.DEVNULL) as server:
        data = release.store.dump(format=RdfFormat.N_QUADS)
        load = urllib.request.Request(
            f"http://{place}/store", data, {"Content-Type": "application/n-quads"}
        )
        while True:
            try:
                urllib.request.urlopen(load).close()
                break
            except ConnectionRefusedError:
                time.sleep(0.05)
            except urllib.error.URLError:
                assert server.poll() is None
                time.sleep(0.05)
        yield f"http://{place}/query"
        server.terminate()


@pytest.fixture(scope="module", params=["brupact", "oxigraph"])
def remote(request: pytest.FixtureRequest) -> RemoteEngine:
    if request.param == "brupact":
        return RemoteEngine(f"{request.getfixturevalue('service')}/sparql", refresh=3600)
    return RemoteEngine(request.getfixturevalue("oxigraph"), refresh=3600, gather=True)


def content(media_type: str, body: bytes) -> object:
    """What does not depend on the order of solutions and triples."""
    if media_type == JSON:
        document = json.loads(body)
        rows = document.get("results", {}).get("bindings", ())
        return document["head"], document.get("boolean"), Counter(map(repr_of, rows))
    if media_type == "application/ld+json":
        return {str(q) for q in parse(body, RdfFormat.JSON_LD)}
    if media_type == TURTLE:
        return {str(q) for q in parse(body, RdfFormat.TURTLE)}
    if "xml" in media_type:
        return Counter(re.findall(rb"<result>.*?</result>", body))
    return Counter(body.splitlines())


def repr_of(row: dict[str, dict[str, str]]) -> str:
    return json.dumps(row, sort_keys=True)


@pytest.mark.parametrize("query", QUESTIONS, ids=range(len(QUESTIONS)))
def test_a_question_has_the_answer_of_the_engine_here(
    remote: RemoteEngine, engine: LocalEngine, query: Query
) -> None:
    theirs, ours = remote.query(query), engine.query(query)
    assert theirs.media_type == ours.media_type
    assert content(theirs.media_type, theirs.body) == content(ours.media_type, ours.body)


def test_the_other_questions_have_the_same_answers(
    remote: RemoteEngine, engine: LocalEngine
) -> None:
    nodes = [PRIORITY, "https://w3id.org/brupact/id/theme/mobility", "no IRI"]
    theirs = remote.describe(nodes)
    assert len(theirs) == len(set(theirs)) > 50
    assert set(theirs) == set(engine.describe(nodes))
    labels = remote.labels(nodes)
    assert {n: set(found) for n, found in labels.items()} == {
        n: set(found) for n, found in engine.labels(nodes).items()
    }
    assert len(labels) == 2
    assert remote.graphs() == engine.graphs()
    for name in (graph("codes").value, graph("nowhere").value, "no IRI", ""):
        assert remote.graph(name) == engine.graph(name)
        assert remote.has_graph(name) == engine.has_graph(name)
    assert remote.ready()


def test_many_nodes_are_asked_for_some_at_a_time(
    remote: RemoteEngine, engine: LocalEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(remote_module, "_AT_ONCE", 3)
    nodes = [f"https://w3id.org/brupact/id/priority/2026-2029-{n}" for n in range(1, 9)]
    assert set(remote.describe(nodes)) == set(engine.describe(nodes))
    assert set(remote.labels(nodes)) == set(nodes)


@pytest.mark.parametrize("entry", LIBRARY.values(), ids=LIBRARY)
def test_a_query_of_the_library_has_the_same_answer(
    remote: RemoteEngine, engine: LocalEngine, entry: Entry
) -> None:
    bindings = entry.bindings({})
    theirs, ours = (answer(asked, entry, bindings, Page()) for asked in (remote, engine))
    assert content(JSON, theirs.document) == content(JSON, ours.document)


def test_refusals_are_told_apart(remote: RemoteEngine) -> None:
    with pytest.raises(QueryRefused) as caught:
        remote.query(Query("SELECT *\n{ ?s ?p }", CSV, None))
    assert caught.value.line == 2
    assert caught.value.column is not None
    with pytest.raises(NotAcceptable):
        remote.query(Query("ASK {}", CSV, TURTLE))
    with pytest.raises(NotAcceptable):
        remote.query(Query("ASK {}", None, TURTLE))
    with pytest.raises(NotAcceptable):
        remote.query(Query(f"DESCRIBE <{PRIORITY}>", CSV, None))


def test_a_column_in_a_text_that_was_changed_is_not_told(remote: RemoteEngine) -> None:
    with pytest.raises(QueryRefused) as caught:
        remote.query(Query("SELECT *\n{ <x> ?p }", CSV, None, base="http://example.org/"))
    assert (caught.value.line, caught.value.column) == (2, None)


PAGES = (
    "/", "/doc/priority/2026-2029-13.html", "/doc/priority/2026-2029-13.nq", "/ns.nt", "/queries",
    "/queries/responsible.csv", "/queries/priorities-of-theme.csv?theme=theme/mobility",
    "/graphs/codes.nt", "/catalogue.nt", "/.well-known/void", "/sitemap.xml",
    "/sparql?query=SELECT+*+{?s+a+?c}+ORDER+BY+?s+?c", "/sparql?query=SELECT", "/health/ready",
    "/dumps/codes.nt", "/doc/priority/nowhere",
)  # fmt: skip


@pytest.fixture(scope="module")
def clients(remote: RemoteEngine, engine: LocalEngine) -> tuple[FlaskClient, FlaskClient]:
    settings = Settings(public_url="http://example.org")
    return tuple(create_app(asked, settings).test_client() for asked in (remote, engine))  # type: ignore[return-value]  # there are two


@pytest.mark.parametrize("path", PAGES)
def test_the_whole_service_is_the_same(clients: tuple[FlaskClient, FlaskClient], path: str) -> None:
    theirs, ours = (client.get(path) for client in clients)
    assert theirs.status_code == ours.status_code
    assert theirs.content_type == ours.content_type
    assert sorted(theirs.text.splitlines()) == sorted(ours.text.splitlines())


def test_nothing_is_kept_unless_the_operator_says_how_long(service: str) -> None:
    ever_new = RemoteEngine(f"{service}/sparql")
    assert ever_new.version < ever_new.version < ever_new.version
    kept = RemoteEngine(f"{service}/sparql", refresh=0.2)
    before = kept.version
    time.sleep(0.25)
    assert kept.version > before
    hourly = RemoteEngine(f"{service}/sparql", refresh=3600)
    assert 0 <= hourly.version - hourly.version <= 1


@pytest.mark.parametrize(
    "address",
    ["", "nowhere", "ftp://h/", "file:///etc/passwd", "http://", "http://u:p@h/", "http://h:x/",
     "http://h:0/", "http://h/a b", "http://h/é", "http://h/\r\nX: y"],
)  # fmt: skip
def test_an_address_that_is_none(address: str) -> None:
    with pytest.raises(BadAddress):
        RemoteEngine(address)


# What a server can do wrong.

Behaviour = Callable[[socket.socket], None]


@contextmanager
def server(behave: Behaviour, *, reads: bool = True) -> Iterator[tuple[str, list[bytes]]]:
    """The address of a server that behaves so, and the requests that it got."""
    got: list[bytes] = []
    listener = socket.create_server(("127.0.0.1", 0))

    def run() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with closing(connection):
                try:
                    if reads:
                        got.append(request_of(connection))
                    behave(connection)
                except OSError:
                    pass  # The client has gone.

    threading.Thread(target=run, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/sparql", got
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()


def request_of(connection: socket.socket) -> bytes:
    got = b""
    while b"\r\n\r\n" not in got:
        got += connection.recv(1 << 16)
    head, _, body = got.partition(b"\r\n\r\n")
    length = next(
        int(line.split(b":")[1])
        for line in head.splitlines()
        if line.lower().startswith(b"content-length")
    )
    while len(body) < length:
        body += connection.recv(1 << 16)
    return head + b"\r\n\r\n" + body


def says(*parts: bytes, every: float = 0.0) -> Behaviour:
    def behave(connection: socket.socket) -> None:
        for part in parts:
            connection.sendall(part)
            time.sleep(every)

    return behave


def reply(
    body: bytes,
    media_type: str = JSON,
    status: str = "200 OK",
    *more: str,
    length: int | None = None,
) -> bytes:
    size = len(body) if length is None else length
    lines = [f"HTTP/1.1 {status}", f"Content-Type: {media_type}", f"Content-Length: {size}", *more]
    return "\r\n".join([*lines, "", ""]).encode() + body


WHOLE = b'{"head":{"vars":["x"]},"results":{"bindings":[{"x":{"type":"literal","value":"1"}}]}}'
CHUNKED = (
    b"HTTP/1.1 200 OK\r\nContent-Type: application/sparql-results+json\r\n"
    b"Transfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n" % (len(WHOLE), WHOLE)
)
SELECT = Query("SELECT ?x { ?s ?p ?x }", CSV, TURTLE)


def ask(behave: Behaviour, query: Query = SELECT, seconds: float = 10.0) -> bytes:
    with server(behave) as (address, _):
        return RemoteEngine(address, seconds=seconds).query(query).body


@pytest.mark.parametrize(
    "answer",
    [
        reply(WHOLE),
        reply(WHOLE, "application/json; charset=utf-8"),
        CHUNKED + b"0\r\n\r\n",
        b"HTTP/1.1 100 Continue\r\n\r\n" + reply(WHOLE),
        reply(WHOLE, JSON, "200 OK", "Content-Encoding: identity"),
    ],
)
def test_a_whole_answer_is_taken(answer: bytes) -> None:
    assert ask(says(answer)) == b"x\r\n1\r\n"


def test_a_server_that_says_where_a_reply_ends_only_if_the_connection_may_last() -> None:
    """Jetty and Tomcat, below Fuseki and RDF4J, leave it open otherwise (RFC 9112, 6.3)."""
    head = b"HTTP/1.1 200 OK\r\nContent-Type: application/sparql-results+json\r\n"

    def behave(connection: socket.socket) -> None:
        lasts = b"\r\nconnection: close" not in got[-1].lower()
        connection.sendall((CHUNKED + b"0\r\n\r\n") if lasts else head + b"\r\n" + WHOLE)

    with server(behave) as (address, got):
        assert RemoteEngine(address).query(SELECT).body == b"x\r\n1\r\n"


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (b"", "not reached"),
        (b"220 mail.example.org ESMTP\r\n", "not reached"),
        (b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 200 + b"\r\n", "not reached"),
        (b"HTTP/1.1 200 " + b"x" * 100_000 + b"\r\n\r\n", "not reached"),
        (reply(WHOLE, length=len(WHOLE) + 1), "breaks off"),
        (reply(WHOLE[:-1]), "malformed or breaks off"),
        (reply(WHOLE[:-20]), "malformed or breaks off"),
        (reply(b""), "malformed or breaks off"),
        (reply(b'{"head":{"vars":["x"]}}'), "malformed"),
        (reply(b"<sparql/>", "application/sparql-results+xml"), "malformed"),
        (CHUNKED, "not reached"),
        (CHUNKED + b"5\r\nab", "not reached"),
        (CHUNKED[:-30], "not reached"),
        (b"HTTP/1.0 200 OK\r\nContent-Type: application/json\r\n\r\n" + WHOLE, "how long"),
        (reply(WHOLE, "text/html"), "not asked for: text/html"),
        (reply(WHOLE, TURTLE), "not asked for"),
        (reply(WHOLE, JSON, "200 OK", "Content-Encoding: gzip"), "coding"),
        (reply(WHOLE, JSON, "206 Partial Content"), "status 206"),
        (reply(WHOLE, JSON, "200 OK", "X-SQL-State: S1TAT"), "only a part"),
        (reply(WHOLE, JSON, "200 OK", "X-SPARQL-MaxRows: 1"), "only a part"),
        (reply(b"", JSON, "404 Not Found"), "status 404"),
        (reply(b"<b>secret</b>", "text/html", "500 Oops"), "status 500"),
        (reply(b"", JSON, "503 Busy"), "status 503"),
        (reply(b"", JSON, "302 Found", "Location: http://127.0.0.1:1/"), "another address"),
        (reply(b"", JSON, "307 Temporary Redirect", "Location: /sparql/"), "another address"),
    ],
)  # fmt: skip
def test_a_part_is_never_taken_for_the_whole(answer: bytes, words: str) -> None:
    with pytest.raises(Unavailable, match=words):
        ask(says(answer))


def test_a_graph_that_breaks_off() -> None:
    query = Query("CONSTRUCT WHERE { ?s ?p ?o }", None, TURTLE)
    for body in (b"<x:s> <x:p> <x:o> .\n<x:s> <x:p>", b"<x:s> <x:p> "):
        with pytest.raises(Unavailable, match="breaks off"):
            ask(says(reply(body, LINES)), query)
    assert ask(says(reply(b"<x:s> <x:p> <x:o> .\n", LINES)), query)
    with pytest.raises(Unavailable, match="not asked for"):
        ask(says(reply(WHOLE)), query)


def test_a_truth_value_in_the_place_of_solutions() -> None:
    with server(says(reply(b'{"head":{},"boolean":true}'))) as (address, _):
        with pytest.raises(Unavailable, match="truth value"):
            RemoteEngine(address).graphs()


TRICKLES = {
    "nothing": says(every=30),
    "status line": says(*(bytes([c]) for c in reply(WHOLE)), every=0.1),
    "body": says(reply(b"", length=10_000), *(b"x" for _ in range(200)), every=0.1),
    "chunks": says(CHUNKED, *(b"1\r\nx\r\n" for _ in range(200)), every=0.1),
    "continue": says(*(b"HTTP/1.1 100 Continue\r\n\r\n" for _ in range(200)), every=0.1),
}


@pytest.mark.parametrize("behave", TRICKLES.values(), ids=TRICKLES)
def test_the_deadline_is_that_of_the_whole(behave: Behaviour) -> None:
    def stay(connection: socket.socket) -> None:
        behave(connection)
        connection.recv(1)

    began = time.monotonic()
    with pytest.raises(OutOfTime):
        ask(stay, seconds=0.5)
    assert 0.4 < time.monotonic() - began < 3


def test_a_client_may_ask_for_less_time_but_not_for_more() -> None:
    for own, asked in ((10.0, 0.3), (0.3, 10.0)):
        began = time.monotonic()
        with pytest.raises(OutOfTime):
            ask(TRICKLES["body"], Query(SELECT.text, CSV, None, seconds=asked), seconds=own)
        assert time.monotonic() - began < 3


def test_a_server_that_does_not_read() -> None:
    """The question is longer than what the system keeps for a server that takes nothing."""
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        address = f"http://127.0.0.1:{listener.getsockname()[1]}/"
        text = SELECT.text + "#" + "x" * (64 << 20)
        with pytest.raises(OutOfTime):
            RemoteEngine(address, seconds=2.0).query(Query(text, CSV, None))


def test_an_answer_has_a_largest_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remote_module, "LARGEST", 100_000)
    piece = b"10000\r\n" + b" " * 0x10000 + b"\r\n"
    head = CHUNKED.partition(b"\r\n\r\n")[0] + b"\r\n\r\n"
    with pytest.raises(Unavailable, match="larger"):
        ask(says(head, *(piece for _ in range(100_000))))
    with pytest.raises(Unavailable, match="larger"):
        ask(says(reply(b" " * 200_000, length=1 << 60)))


def test_nobody_there() -> None:
    engine = RemoteEngine(f"http://127.0.0.1:{free_port()}/", seconds=5)
    with pytest.raises(Unavailable, match="not reached"):
        engine.query(SELECT)
    assert not engine.ready()


def test_a_server_without_a_certificate() -> None:
    def greet(connection: socket.socket) -> None:
        connection.sendall(b"220 mail.example.org ESMTP\r\n")

    with server(greet, reads=False) as (address, _), pytest.raises(Unavailable, match="reached"):
        RemoteEngine(address.replace("http:", "https:"), seconds=5).query(SELECT)
    with server(says(every=30)) as (address, _), pytest.raises(OutOfTime):
        RemoteEngine(address.replace("http:", "https:"), seconds=0.5).query(SELECT)


@pytest.mark.parametrize(
    ("body", "media_type", "expected"),
    [
        (b"error at 2:7: expected ...", "text/plain", (2, 7)),
        (b"Parse error: Lexical error at line 3, column 9.", "text/plain", (3, 9)),
        (b"Line 4, col 5: unresolved prefix", "text/plain", (4, 5)),
        (b"37000 Error SP030: SPARQL compiler, line 6: syntax error", "text/plain", (6, None)),
        (b'{"detail": "no", "line": 8, "column": 2}', "application/problem+json", (8, 2)),
        (b'["x"]', "application/json", (None, None)),
        (b"[" * 100_000, "application/json", (None, None)),
        (b"<script>alert(1)</script>", "text/html", (None, None)),
        (b"\x1b[31m\n\n red \xff", "text/plain", (None, None)),
    ],
)
def test_a_refusal_carries_what_the_service_says(
    body: bytes, media_type: str, expected: tuple[int | None, int | None]
) -> None:
    with pytest.raises(QueryRefused) as caught:
        ask(says(reply(body, media_type, "400 Bad Request")))
    assert (caught.value.line, caught.value.column) == expected
    assert "<" not in str(caught.value)
    assert str(caught.value).isprintable()
    assert 0 < len(str(caught.value)) <= 500


def test_a_time_limit_of_the_service() -> None:
    for status in ("408 Request Timeout", "504 Gateway Timeout"):
        with pytest.raises(OutOfTime):
            ask(says(reply(b"", JSON, status)))


def test_only_the_question_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{free_port()}/")
    with server(says(reply(WHOLE))) as (address, got):
        app = create_app(RemoteEngine(f"{address}?key=1"))
        got.clear()
        headers = {"Authorization": "Bearer mine", "Cookie": "a=b", "X-Forwarded-For": "me"}
        app.test_client().get("/sparql", query_string={"query": SELECT.text}, headers=headers)
    (request,) = got
    head, _, body = request.partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    assert first == "POST /sparql?key=1 HTTP/1.1"
    assert {line.split(":")[0].lower() for line in lines} == {
        "host", "accept-encoding", "content-length", "user-agent", "content-type", "accept",
    }  # fmt: skip
    assert body == b"query=SELECT+%3Fx+%7B+%3Fs+%3Fp+%3Fx+%7D"


@pytest.mark.parametrize(
    "text",
    [
        "INSERT DATA { <x:s> <x:p> <x:o> }",
        "PREFIX x: <x:> # SELECT\nDROP ALL",
        "DEFINE get:soft 'replace' SELECT * {}",
        "SELECT * { SERVICE <http://127.0.0.1/> { ?s ?p ?o } }",
        "SELECT * { service silent<http://127.0.0.1/>{ ?s ?p ?o } }",
        r"SELECT * { S\u0045RVICE <http://127.0.0.1/> { ?s ?p ?o } }",
        r'SELECT * { ?s ?p "\u0022 . SERVICE <http://127.0.0.1/> {} #" }',
        r'SELECT * { ?s ?p "\U00000022 . SERVICE <http://127.0.0.1/> {} #" }',
        'SELECT * { ?s ?p "a\n" . SERVICE <http://127.0.0.1/> {} # " }',
        "PREFIX : <x:> SELECT * { ?s ?p :.SERVICE <http://127.0.0.1/> { ?s ?p ?o } }",
        "PREFIX e: <x:> SELECT * { ?s ?p e:.SERVICE <http://127.0.0.1/> { ?s ?p ?o } }",
        "PREFIX e: <x:> SELECT * { ?s ?p e:-SERVICE <http://127.0.0.1/> { ?s ?p ?o } }",
        "",
    ],
)
def test_what_could_reach_others_or_change_data_is_not_sent(text: str) -> None:
    with server(says(reply(WHOLE))) as (address, got):
        with pytest.raises(QueryRefused):
            RemoteEngine(address).query(Query(text, CSV, TURTLE))
    assert got == []


@pytest.mark.parametrize(
    "text",
    [
        "PREFIX sd: <x:> SELECT ?service { ?service a sd:Service ; sd:service 'SERVICE' } # LOAD",
        "BASE <http://e/> PREFIX e: <x> ASK { <x:SERVICE> e:a 'ü', \"\"\"it's\"\"\" }",
        r"SELECT ?x { ?x ?p 'caf\u00E9' }",
        "PREFIX e: <x:> ASK { ?s ?p e:. ?s ?p e:a.b.}",
    ],
)  # fmt: skip
def test_what_is_harmless_is_sent(text: str) -> None:
    with server(says(reply(WHOLE))) as (address, got):
        RemoteEngine(address).query(Query(text, JSON, None))
    assert len(got) == 1


@pytest.mark.parametrize(
    "text",
    ["ASK { ?s ?p ?x }", "SELECT ?s { ?s ?p ?x }", "SELECT ?x { BIND(1 AS ?x) }",
     "SELECT ?x { ?s ?p ?o FILTER(BOUND(?x)) }"],
)  # fmt: skip
def test_values_that_cannot_be_given_are_refused(text: str) -> None:
    with server(says(reply(WHOLE))) as (address, got):
        with pytest.raises(QueryRefused, match="remote"):
            RemoteEngine(address).query(Query(text, CSV, None, bindings={"x": Literal(1)}))
    assert got == []


def test_without_any_asserted_graph_nothing_is_asserted() -> None:
    only = WHOLE.replace(b'"x"', b'"g"').replace(b"literal", b"uri")
    only = only.replace(b'"1"', f'"{INFERRED.value}"'.encode())
    with server(says(reply(only))) as (address, got):
        RemoteEngine(address).query(Query(COUNT, CSV, None, infer=False))
    assert len(got) == 2
    assert got[1].count(b"graph-uri=") == 2
    assert INFERRED.value.split("/")[-1].encode() not in got[1]


def test_it_does_not_explain() -> None:
    with pytest.raises(QueryRefused, match="explains no query"):
        RemoteEngine("http://127.0.0.1:1/").explain(SELECT)


def test_rows_stay_rows(service: str) -> None:
    """A value with what the formats escape comes through all of them."""
    value = Literal('a"b\\u0022\n,\t<&>é\\')
    query = Query("SELECT ?x { ?s a ?c } LIMIT 1", CSV, None, bindings={"x": value})
    body = RemoteEngine(f"{service}/sparql").query(query).body
    (_, row) = csv.reader(io.StringIO(body.decode(), newline=""))
    assert row == [value.value]


def test_iris_are_never_more_than_iris(service: str) -> None:
    engine = RemoteEngine(f"{service}/sparql")
    for text in ("x:a> ?p ?o } #", "x:a\n", "x:{a}"):
        assert engine.describe([text]) == []
        assert engine.labels([text]) == {}
        assert engine.graph(text) == []
        assert not engine.has_graph(text)
    with pytest.raises(ValueError, match="IRI"):
        NamedNode("x:a> ?p ?o } #")
