"""SERVICE: data of other hosts in its place, nothing else, and nothing missing unsaid."""

import json
import socket
import threading
import time
from collections.abc import Callable
from email.message import Message

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from pyoxigraph import Literal, NamedNode, Quad, Store
from tests.federation.servers import (
    JSON,
    Behaviour,
    Recorder,
    answering,
    redirecting,
    replying,
    serving,
    solutions,
)

from brupact import federation as module
from brupact.engine import Query, QueryRefused
from brupact.engine.exchange import Reply
from brupact.engine.interface import Unavailable
from brupact.engine.local import LocalEngine
from brupact.federation import AT_A_TIME, MOST, Federation, ServiceFailed, ServiceForbidden
from brupact.namespaces import GENID
from brupact.settings import Settings

Federated = Callable[..., Federation]
Rows = Callable[[str], list[str]]

PREFIX = "PREFIX ex: <http://example.org/>"
#: How late a busy machine may be, in seconds.
LATE = 2.0
EMPTY = solutions(["s", "o"])


def uri(text: str) -> dict[str, object]:
    return {"type": "uri", "value": text}


def literal(text: str, **more: str) -> dict[str, object]:
    return {"type": "literal", "value": text, **more}


def elsewhere(**names: str) -> LocalEngine:
    """Things elsewhere with a name each."""
    store = Store()
    for reference, name in names.items():
        thing = NamedNode(f"http://example.org/{reference[1:]}")
        store.add(Quad(thing, NamedNode("http://example.org/name"), Literal(name, language="fr")))
    return LocalEngine(store)


def ask(endpoint: str, silent: str = "") -> str:
    return f"SELECT * {{ SERVICE {silent} <{endpoint}> {{ ?s <http://example.org/name> ?o }} }}"


def test_solutions_are_joined(federated: Federated, rows: Rows) -> None:
    with serving(answering(elsewhere(_1="un", _3="trois", _4="quatre"))) as there:
        resolved = federated(there.address).resolve(
            f"{PREFIX} SELECT ?n ?name {{ ?s ex:number ?n "
            f"SERVICE <{there.endpoint}> {{ ?s ex:name ?name }} }}"
        )
    assert resolved.contacted and resolved.warnings == ()
    assert rows(resolved.text) == ["1,un", "3,trois"]


def test_a_request_carries_the_query_and_nothing_of_the_client(federated: Federated) -> None:
    with serving(replying(EMPTY)) as there:
        text = (
            f"BASE <a/> PREFIX : <{there.address}/> PREFIX b: <b#> # SERVICE <x:y> {{ }}\n"
            "SELECT ?s { SERVICE :sparql { ?s <p> ?o , b:x FILTER(?o < 3) # }\n } FILTER(?s > 1) }"
        )
        federated(there.endpoint).resolve(text, "http://example.org/sparql")
    ((head, _),) = there.requests
    names = {line.partition(":")[0].lower() for line in head.split("\r\n")[1:]}
    assert names == {
        "accept", "accept-encoding", "content-length", "content-type", "host", "user-agent",
    }  # fmt: skip
    assert there.query() == (
        f"BASE <http://example.org/sparql> BASE <a/> PREFIX : <{there.address}/> PREFIX b: <b#> "
        "SELECT * WHERE { ?s <p> ?o , b:x FILTER(?o < 3) # }\n }"
    )


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("OPTIONAL { SERVICE {e} { ?s ex:name ?o } }", ["1,un", "2,", "3,"]),
        ("MINUS { SERVICE {e} { ?s ex:name ?o } }", ["2,", "3,"]),
        ("FILTER NOT EXISTS { SERVICE {e} { ?s ex:name ?o } }", ["2,", "3,"]),
        ("{ SELECT ?s ?o { service {e} { ?s ex:name ?o } } LIMIT 9 }", ["1,un"]),
        (
            "{ SERVICE {e} { ?s ex:name ?o } } UNION { BIND(1 AS ?o) }",
            ["1,1", "1,un", "2,1", "3,1"],
        ),
        ("SERVICE {e} { ?s ex:name ?o } SERVICE {e} { ?s ex:name ?p }", ["1,un"]),
        ("SERVICE {e} { { SELECT ?s (STR(?p) AS ?o) { ?s ex:name ?p } } }", ["1,un"]),
        ("SERVICE {e} { OPTIONAL { ?x ex:none ?o } }", ["1,", "2,", "3,"]),
        ("SERVICE {e} { ex:1 ex:name 'un'@fr }", ["1,", "2,", "3,"]),
        ("SERVICE {e} { ex:2 ex:name 'un'@fr }", []),
        ("SERVICE {e} { { ?s ex:name ?o } UNION { ?s ex:name ?o } }", ["1,un", "1,un"]),
        ("SERVICE {e} { ?s ex:name ?o } VALUES ?o { 'un'@fr 'deux'@fr }", ["1,un"]),
    ],
)
def test_a_service_may_stand_anywhere(
    federated: Federated, rows: Rows, pattern: str, expected: list[str]
) -> None:
    with serving(answering(elsewhere(_1="un"))) as there:
        pattern = pattern.replace("{e}", f"<{there.endpoint}>")
        text = f"{PREFIX} SELECT ?n ?o {{ ?s ex:number ?n {pattern} }}"
        assert rows(federated(there.address).resolve(text).text) == expected


def test_only_the_outermost_service_is_asked_here(federated: Federated) -> None:
    with serving(replying(EMPTY)) as there:
        inner = "SERVICE SILENT <http://other.example/> { ?s ?p ?o }"
        text = f"SELECT * {{ SERVICE <{there.endpoint}> {{ ?s ?p ?o {inner} }} }}"
        federated(there.address).resolve(text)
    assert inner in there.query() and len(there.requests) == 1


@pytest.mark.parametrize(
    ("text", "silent", "failure"),
    [
        ("<http://127.0.0.1:1/>", "", ServiceForbidden),
        ("<http://127.0.0.1:1/>", "SILENT", None),
        ("?s", "", ServiceForbidden),
        ("?s", "SILENT", None),
    ],
)
def test_nothing_is_contacted_unless_allowed(
    federated: Federated, rows: Rows, text: str, silent: str, failure: type[Exception] | None
) -> None:
    query = f"{PREFIX} SELECT * {{ ?s ex:number 1 SERVICE {silent} {text} {{ ?s ex:name ?o }} }}"
    if failure:
        with pytest.raises(failure, match="contacts no other host"):
            federated().resolve(query)
        return
    resolved = federated().resolve(query)
    assert not resolved.contacted
    assert resolved.warnings[0].endswith("may not contact it; its part is missing")
    assert [row.strip(",") for row in rows(resolved.text)] == ["http://example.org/1"]


def test_a_host_that_is_not_allowed_keeps_the_others_from_being_asked(
    federated: Federated,
) -> None:
    with serving(replying(EMPTY)) as there, serving(replying(EMPTY)) as other:
        text = (
            f"SELECT * {{ SERVICE <{there.endpoint}> {{ ?s ?p ?o }} "
            f"SERVICE <{other.endpoint}> {{ ?s ?p ?o }} }}"
        )
        with pytest.raises(ServiceForbidden, match="only those that its operator allows"):
            federated(there.address).resolve(text)
        with pytest.raises(ServiceForbidden):
            federated(f"{there.address}/other").resolve(ask(there.endpoint))
        assert there.requests == other.requests == []


@pytest.mark.parametrize(
    "text",
    [
        "SELECT * { SERVICE <{e}> { ?s ?p } }",
        "SELECT * { SERVICE <{e}> { ?s ?p ?o } UNION { ?s ?p ?o } }",
        "SELECT * { SERVICE <{e}> { ?s ?p ?o } BIND(1 AS ?o) }",
        "SELECT * { SERVICE SILENT SILENT <{e}> { ?s ?p ?o } }",
        "SELECT * { SERVICE <{e}> { ?s ?p ?o } ",
        "SELECT * { SERVICE none:x { ?s ?p ?o } }",
        "SERVICE <{e}> { ?s ?p ?o }",
        "SELECT * { SERVICE # of\n SILENT <{e}> { ?s ?p ?o } }\n  x",
    ],
)
def test_a_malformed_query_contacts_nobody(
    federated: Federated, here: LocalEngine, text: str
) -> None:
    """The place of the error is the one in the text that was sent."""
    with serving(replying(EMPTY)) as there:
        text = f"# é\n {text.replace('{e}', there.endpoint)}"
        with pytest.raises(QueryRefused) as expected:
            here.query(Query(text, JSON, None))
        with pytest.raises(QueryRefused) as refused:
            federated(there.address).resolve(text)
        assert refused.value.line is not None
        places = [(error.value.line, error.value.column) for error in (refused, expected)]
        assert places[0] == places[1]
        assert there.requests == []


def test_a_variable_endpoint_is_refused(federated: Federated) -> None:
    text = "SELECT * { VALUES ?e { <http://a.example/> } SERVICE ?e { ?s ?p ?o } }"
    with pytest.raises(QueryRefused, match="endpoint is a variable"):
        federated("http://a.example").resolve(text)
    silent = federated("http://a.example").resolve(text.replace("SERVICE", "SERVICE SILENT"))
    assert silent.warnings == ("SERVICE <?e>: the service may not contact it; its part is missing",)


def test_there_is_a_number_of_services_that_is_too_many(federated: Federated) -> None:
    with serving(replying(EMPTY)) as there:
        one = f"SERVICE <{there.endpoint}> {{ ?s ?p ?o }} "
        with pytest.raises(QueryRefused, match=f"{MOST + 1} SERVICE"):
            federated(there.address).resolve(f"SELECT * {{ {one * (MOST + 1)} }}")
        assert there.requests == []


def late(connection: socket.socket, _: Recorder) -> None:
    time.sleep(60)


def trickling(connection: socket.socket, _: Recorder) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\n")
    for number in range(600):
        connection.sendall(f"X-{number}: x\r\n".encode())
        time.sleep(0.1)


def trickling_body(connection: socket.socket, _: Recorder) -> None:
    head = f"HTTP/1.1 200 OK\r\nContent-Type: {JSON}\r\nContent-Length: 999\r\n\r\n"
    connection.sendall(head.encode())
    for _number in range(600):
        connection.sendall(b" ")
        time.sleep(0.1)


def endless(connection: socket.socket, _: Recorder) -> None:
    head = f"HTTP/1.1 200 OK\r\nContent-Type: {JSON}\r\nTransfer-Encoding: chunked\r\n\r\n"
    connection.sendall(head.encode())
    while True:
        connection.sendall(b"10000\r\n" + b" " * 65536 + b"\r\n")


def endless_redirect(connection: socket.socket, there: Recorder) -> None:
    redirecting(there.endpoint)(connection, there)


@pytest.mark.parametrize("behave", [late, trickling, trickling_body])
def test_the_time_limit_holds(federated: Federated, rows: Rows, behave: Behaviour) -> None:
    with serving(behave) as there:
        started = time.monotonic()
        with pytest.raises(ServiceFailed, match=r"timed out after 0\.5 s"):
            federated(there.address, service_timeout=0.5).resolve(ask(there.endpoint))
        resolved = federated(there.address).resolve(ask(there.endpoint, "SILENT"), None, 0.5)
        assert time.monotonic() - started < 1.0 + LATE
    assert resolved.warnings == (
        f"SERVICE <{there.endpoint}>: timed out after 0.5 s; its part is missing",
    )
    assert rows(resolved.text) == [","]


def test_all_services_of_a_query_have_one_time_limit(federated: Federated) -> None:
    with serving(late) as there:
        one = f"SERVICE SILENT <{there.endpoint}> {{ ?s ?p ?o }} "
        started = time.monotonic()
        resolved = federated(there.address, service_timeout=0.5).resolve(f"ASK {{ {one * 5} }}")
        assert time.monotonic() - started < 0.5 + LATE
    assert len(resolved.warnings) == 5


def test_a_name_that_is_looked_up_for_long_holds_nobody(
    federated: Federated, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found.wait(60) and [])
    started = time.monotonic()
    with pytest.raises(ServiceFailed, match="timed out"):
        federated("http://a.example", service_timeout=0.3).resolve(ask("http://a.example/"))
    assert time.monotonic() - started < 0.3 + LATE
    found.set()


def test_a_secure_connection_that_is_never_agreed_upon(federated: Federated) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        address = f"https://127.0.0.1:{listener.getsockname()[1]}"
        started = time.monotonic()
        with pytest.raises(ServiceFailed, match="timed out"):
            federated(address, service_timeout=0.3).resolve(ask(f"{address}/sparql"))
        assert time.monotonic() - started < 0.3 + LATE


ROW = {"s": uri("x:a"), "o": literal("a")}


@pytest.mark.parametrize(
    ("behave", "reason"),
    [
        (replying("no", "500 Broken"), "answers with status 500"),
        (replying(EMPTY, "203 Else"), "answers with status 203"),
        (replying(EMPTY, media_type="text/html"), "a format that was not asked for"),
        (replying(EMPTY, headers="Content-Encoding: gzip\r\n"), "content coding"),
        (replying(EMPTY[:-3]), "is malformed"),
        (replying("SELECT"), "is malformed"),
        (replying('{"head":{},"boolean":true}'), "no solutions"),
        (replying(solutions(["s", "other"])), "a variable that was not asked for"),
        (replying(solutions(["s", "s"])), "is malformed"),
        (replying(solutions(["s"], ROW)), "is malformed"),
        (replying(solutions(["s", "o"], *[ROW] * 4)), "more solutions than are taken"),
        (replying(solutions(["s", "o"], ROW | {"o": literal("a" * 3000)})), "larger than"),
        (replying("HTTP"), "is malformed"),
        (lambda connection, _: connection.sendall(b"220 mail\r\n\r\n"), "not reached"),
        (lambda connection, _: None, "not reached"),
        (endless, "larger than"),
        (endless_redirect, "sends on more than 5 times"),
        (redirecting("file:///etc/passwd"), "an address that is not allowed"),
        (redirecting("http://127.0.0.1:1/"), "an address that is not allowed"),
        (redirecting("//user@127.0.0.1/sparql"), "an address that is not allowed"),
    ],
)
def test_failures_say_what_failed(federated: Federated, behave: Behaviour, reason: str) -> None:
    with serving(behave) as there:
        federation = federated(there.address, service_max_rows=3, service_max_bytes=2500)
        with pytest.raises(ServiceFailed, match=reason) as failed:
            federation.resolve(ask(there.endpoint))
        assert failed.value.endpoint == there.endpoint
        (warning,) = federation.resolve(ask(there.endpoint, "SILENT")).warnings
    assert warning == f"{failed.value}; its part is missing"
    assert warning.isascii() and warning.isprintable()


def test_nobody_there(federated: Federated) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        address = f"http://127.0.0.1:{free.getsockname()[1]}"
    with pytest.raises(ServiceFailed, match="not reached"):
        federated(address).resolve(ask(address))


def test_unbound_values_have_their_size(federated: Federated) -> None:
    variables = [f"v{number}" for number in range(100)]
    pattern = " ".join(f"OPTIONAL {{ ?s ?p ?{name} }}" for name in variables)
    with serving(replying(solutions([], *[{}] * 100))) as there:
        text = f"SELECT * {{ SERVICE <{there.endpoint}> {{ {pattern} }} }}"
        with pytest.raises(ServiceFailed, match="more solutions than are taken"):
            federated(there.address, service_max_bytes=20_000).resolve(text)


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_redirects_lead_to_allowed_addresses_only(federated: Federated, status: int) -> None:
    with serving(replying(solutions(["s"]))) as target:
        with serving(redirecting(f"{target.address}/sparql", status)) as there:
            with pytest.raises(ServiceFailed, match="not allowed"):
                federated(there.address).resolve(ask(there.endpoint))
            assert target.requests == []
            federated(there.address, target.address).resolve(ask(there.endpoint))
            assert target.query() == there.query()


def test_only_so_many_queries_wait_for_others(federated: Federated) -> None:
    asked, answer = threading.Semaphore(0), threading.Event()

    def waiting(connection: socket.socket, there: Recorder) -> None:
        asked.release()
        answer.wait(60)
        replying(EMPTY)(connection, there)

    with serving(waiting) as there:
        federation = federated(there.address)
        threads = [
            threading.Thread(target=federation.resolve, args=(ask(there.endpoint),))
            for _ in range(AT_A_TIME)
        ]
        for thread in threads:
            thread.start()
        for _ in threads:
            assert asked.acquire(timeout=30)
        with pytest.raises(Unavailable, match="wait for other services"):
            federation.resolve(ask(there.endpoint))
        assert federation.resolve("ASK { }").text == "ASK { }"
        answer.set()
        for thread in threads:
            thread.join(30)
        federation.resolve(ask(there.endpoint))


def test_blank_nodes_become_iris_of_one_answer(federated: Federated, rows: Rows) -> None:
    nodes = [{"s": {"type": "bnode", "value": name}} for name in ("a", "b", "a")]
    with serving(replying(solutions(["s"], *nodes))) as there:
        federation = federated(there.address)
        text = f"SELECT ?s {{ SERVICE <{there.endpoint}> {{ ?s ?p ?o }} }}"
        first, second = (rows(federation.resolve(text).text) for _ in range(2))
    assert len(first) == len(second) == 3
    assert len(set(first)) == len(set(second)) == 2 and not set(first) & set(second)
    assert all(row.startswith(GENID) for row in first)


def test_an_answer_in_xml(federated: Federated, rows: Rows) -> None:
    engine = elsewhere(_1="un")
    text = "SELECT * { ?s <http://example.org/name> ?o }"
    body = engine.query(Query(text, "application/sparql-results+xml", None)).body
    with serving(
        replying(body, media_type="application/sparql-results+xml; charset=utf-8")
    ) as there:
        resolved = federated(there.address).resolve(ask(there.endpoint))
    assert sorted(rows(resolved.text)[0].split(",")) == ["http://example.org/1", "un"]


#: What would end a term, a row or the block early, were it not written as a term.
BREAKING = ('"', "\\", "\n", "'''", '"""', ">", "}", ")", "\\u0022", "\\\\u0022 } } #", "@en", "^^")
texts = st.lists(st.sampled_from(BREAKING) | st.text(max_size=5), max_size=6).map("".join)
terms = st.one_of(
    st.builds(uri, texts.map(lambda text: f"x:{text}")),
    st.builds(literal, texts),
    st.builds(lambda text, tag: literal(text, **{"xml:lang": tag}), texts, texts),
    st.builds(lambda text, name: literal(text, datatype=f"x:{name}"), texts, texts),
    st.builds(lambda label: {"type": "bnode", "value": label}, texts),
    st.just({"type": "triple", "value": {"subject": uri("x:a"), "predicate": uri("x:a"),
                                         "object": uri("x:a")}}),
)  # fmt: skip


@given(st.lists(st.fixed_dictionaries({"s": terms}, optional={"o": terms}), max_size=4))
@hypothesis_settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_values_stay_values(
    monkeypatch: pytest.MonkeyPatch, given_rows: list[dict[str, dict[str, str]]]
) -> None:
    """An answer is taken with each of its values as it is, or not at all."""
    engine = LocalEngine(Store())
    body = solutions(["s", "o"], *given_rows).encode()
    headers = Message()
    headers["Content-Type"] = JSON
    monkeypatch.setattr(module, "select", lambda *_: Reply(200, headers, body))
    federation = Federation(engine, Settings(service_hosts="http://a.example"))
    try:
        resolved = federation.resolve(ask("http://a.example/"))
    except ServiceFailed:
        return
    answer = engine.query(Query(resolved.text, JSON, None)).body
    found = json.loads(answer)["results"]["bindings"]
    assert len(found) == len(given_rows)
    for ours, theirs in zip(found, given_rows, strict=True):
        assert ours.keys() == theirs.keys()
        for name, term in theirs.items():
            if term["type"] != "bnode":
                assert ours[name]["value"] == term["value"]
                assert ours[name]["type"] == term["type"]
                assert ours[name].get("datatype") == term.get("datatype")
                tags = (t.get("xml:lang", "").lower() for t in (ours[name], term))
                assert len(set(tags)) == 1
