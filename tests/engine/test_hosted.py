"""The engine in processes of its own: limits that hold, snapshots, recovery."""

import os
import signal
import socket
import statistics
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pyoxigraph import Literal, NamedNode, Quad, Store

from brupact.engine import Query, QueryRefused, host
from brupact.engine.client import HostedEngine
from brupact.engine.interface import NotAcceptable, OutOfTime, TooComplex, Unavailable
from brupact.engine.local import LocalEngine
from brupact.engine.supervisor import Limits, Supervisor
from brupact.namespaces import graph
from brupact.release import Release

SECONDS = 1.0
#: How late the kernel may be on a machine that is busy with other tests, in seconds.
LATE = 4.0
CSV = "text/csv"
THEMES = "SELECT ?t { ?t a <https://w3id.org/brupact/ns#Theme> }"
RUNAWAYS = {
    "cross product": "SELECT * { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }",
    "count of a cross product": "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }",
    "sort": "SELECT * { ?a ?b ?c . ?d ?e ?f } ORDER BY ?f ?c ?a",
    "distinct": "SELECT DISTINCT ?c ?f { ?a ?b ?c . ?d ?e ?f }",
    "path explosion": "SELECT ?x { ?x (!<x:y>)* ?z . ?z (!<x:y>)* ?w }",
    "group concat": "SELECT (GROUP_CONCAT(?c) AS ?x) { ?a ?b ?c . ?d ?e ?f }",
    "regex": 'SELECT ?a { ?a ?b ?c . ?d ?e ?f FILTER(REGEX(CONCAT(STR(?c), STR(?f)), "(a+)+$")) }',
    "aggregate": "SELECT ?a (MAX(?f) AS ?m) { ?a ?b ?c . ?d ?e ?f } GROUP BY ?a",
    "construct": "CONSTRUCT { ?a ?e ?f } WHERE { ?a ?b ?c . ?d ?e ?f }",
    "minus": "SELECT * { ?a ?b ?c . ?d ?e ?f MINUS { ?g ?h ?i . ?c ?k ?f } }",
}


def ask(engine: HostedEngine, text: str, seconds: float | None = None) -> bytes:
    return engine.query(Query(text, CSV, "application/n-triples", seconds=seconds)).body


@pytest.fixture(scope="module")
def supervisor(release: Release) -> Iterator[Supervisor]:
    service = Supervisor(release.store, Limits(seconds=SECONDS, memory=512 << 20))
    service.start()
    yield service
    service.stop()


@pytest.fixture()
def hosted(supervisor: Supervisor) -> HostedEngine:
    return supervisor.engine


def test_it_answers_as_the_engine_in_this_process(
    hosted: HostedEngine, engine: LocalEngine
) -> None:
    node = "https://w3id.org/brupact/id/priority/2026-2029-13"
    query = Query(f"DESCRIBE <{node}>", CSV, "application/n-triples")
    assert sorted(hosted.query(query).body.splitlines()) == sorted(
        engine.query(query).body.splitlines()
    )
    assert set(hosted.describe([node])) == set(engine.describe([node]))
    assert hosted.labels([node]) == engine.labels([node])
    assert hosted.graphs() == engine.graphs()
    assert hosted.graph(graph("codes").value) == engine.graph(graph("codes").value)
    bound = Query("SELECT ?p ?o { ?s ?p ?o }", CSV, None, bindings={"o": Literal("13")})
    assert hosted.query(bound).body == engine.query(bound).body


def test_refusals_are_told_apart(hosted: HostedEngine) -> None:
    with pytest.raises(QueryRefused) as caught:
        ask(hosted, "SELECT *\n{ ?s ?p }")
    assert caught.value.line == 2
    with pytest.raises(NotAcceptable):
        hosted.query(Query("ASK {}", None, None))
    with pytest.raises(TooComplex):
        ask(hosted, "SELECT * {" + "{" * 60_000 + "}" * 60_000 + "}")


@pytest.mark.parametrize("name", RUNAWAYS)
def test_a_runaway_ends_in_time(hosted: HostedEngine, name: str) -> None:
    started = time.monotonic()
    with pytest.raises((OutOfTime, Unavailable)):
        ask(hosted, RUNAWAYS[name])
    assert time.monotonic() - started < SECONDS + LATE


def test_a_client_may_ask_for_less_time_but_not_for_more(hosted: HostedEngine) -> None:
    taken = []
    for seconds in (0.1, 60.0):
        started = time.monotonic()
        with pytest.raises(OutOfTime):
            ask(hosted, RUNAWAYS["count of a cross product"], seconds)
        taken.append(time.monotonic() - started)
    assert taken[0] < taken[1] < SECONDS + LATE


def test_light_queries_go_on_beside_ten_runaways(hosted: HostedEngine) -> None:
    ends: list[float] = []

    def run(text: str) -> None:
        started = time.monotonic()
        with pytest.raises((OutOfTime, Unavailable)):
            ask(hosted, text)
        ends.append(time.monotonic() - started)

    threads = [threading.Thread(target=run, args=(text,)) for text in RUNAWAYS.values()]
    for thread in threads:
        thread.start()
    taken = []
    while any(thread.is_alive() for thread in threads):
        started = time.monotonic()
        assert (
            ask(hosted, "SELECT ?t { ?t a <https://w3id.org/brupact/ns#Theme> }").count(b"\n") == 8
        )
        taken.append(time.monotonic() - started)
    assert len(ends) == len(RUNAWAYS) and max(ends) < SECONDS + LATE
    # Not one of them waited for a runaway to end.
    assert statistics.quantiles(taken, n=20)[-1] < SECONDS


def test_no_query_reaches_a_network(hosted: HostedEngine) -> None:
    with socket.create_server(("127.0.0.1", 0)) as recorder:
        recorder.settimeout(0.2)
        port = recorder.getsockname()[1]
        address = f"<http://127.0.0.1:{port}/x>"
        with pytest.raises(QueryRefused):
            ask(hosted, f"SELECT * {{ SERVICE {address} {{ ?s ?p ?o }} }}")
        assert ask(hosted, f"SELECT * {{ SERVICE SILENT {address} {{ ?s ?p ?o }} }}")
        with pytest.raises(QueryRefused):
            hosted.update(f"LOAD {address}")
        hosted.update(f"LOAD SILENT {address}")
        with pytest.raises(TimeoutError):
            recorder.accept()


class TestChanges:
    @pytest.fixture()
    def scratch(self) -> Iterator[HostedEngine]:
        store = Store()
        store.add(Quad(NamedNode("x:a"), NamedNode("x:n"), Literal("0"), graph("one")))
        service = Supervisor(store, Limits(seconds=SECONDS))
        service.start()
        yield service.engine
        service.stop()

    def test_what_is_confirmed_is_seen_at_once(self, scratch: HostedEngine) -> None:
        for number in range(1, 50):
            scratch.update(
                f"DELETE WHERE {{ GRAPH <{graph('one').value}> {{ ?s ?p ?o }} }} ;"
                f'INSERT DATA {{ GRAPH <{graph("one").value}> {{ <x:a> <x:n> "{number}" }} }}'
            )
            assert ask(scratch, "SELECT ?o { ?s ?p ?o }") == f"o\r\n{number}\r\n".encode()

    @pytest.mark.parametrize(
        ("update", "failure"),
        [
            ("INSERT DATA { nonsense", QueryRefused),
            ("LOAD <file:///etc/passwd>", QueryRefused),
            (
                "INSERT { GRAPH <x:g> { ?a ?b ?c } } WHERE { "
                + "".join(f"{{ SELECT * {{ VALUES ?v{i} {{ {'1 ' * 99}}} }} }} " for i in range(9))
                + "}",
                (OutOfTime, Unavailable),
            ),
        ],
    )
    def test_an_update_that_fails_changes_nothing(
        self, scratch: HostedEngine, update: str, failure: type[Exception]
    ) -> None:
        with pytest.raises(failure):
            scratch.update("INSERT DATA { <x:b> <x:n> 1 } ; " + update)
        assert ask(scratch, "SELECT ?o { ?s ?p ?o }") == b"o\r\n0\r\n"
        assert ask(scratch, "SELECT (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } }") == b"n\r\n1\r\n"


def processes(parent: int) -> list[int]:
    children = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
    return [int(child) for child in children]


def within(seconds: float, condition: Callable[[], bool]) -> bool:
    late = time.monotonic() + seconds
    while time.monotonic() < late:
        if condition():
            return True
        time.sleep(0.01)
    return False


def test_whatever_is_killed_comes_back(supervisor: Supervisor, hosted: HostedEngine) -> None:
    for _ in range(10):
        (host,) = supervisor.running
        for process in (*processes(host), host):
            os.kill(process, signal.SIGKILL)
            if process == host:
                supervisor.mend(os.waitpid(host, 0)[0])
            assert within(2 + LATE, hosted.ready)
            assert ask(hosted, "SELECT (1 AS ?x) {}") == b"x\r\n1\r\n"


def test_a_query_whose_end_nobody_knows_is_not_put_again(
    supervisor: Supervisor, hosted: HostedEngine
) -> None:
    """Only the host can say that the deadline ended a reader; one that is busy says it late."""
    (host,) = supervisor.running
    os.kill(host, signal.SIGSTOP)
    try:
        started = time.monotonic()
        with pytest.raises(OutOfTime):
            ask(hosted, RUNAWAYS["cross product"])
        assert time.monotonic() - started < 1.9 * SECONDS
    finally:
        os.kill(host, signal.SIGCONT)


def test_a_query_is_explained_by_a_reader(hosted: HostedEngine, engine: LocalEngine) -> None:
    query = Query(f"{THEMES} LIMIT 5", None, None)
    assert hosted.explain(query) == engine.explain(query)
    figures = hosted.explain(query, run=True).figures
    assert figures is not None
    assert figures.solutions == 5
    with pytest.raises(QueryRefused) as caught:
        hosted.explain(Query("SELECT *\n{ ?s ?p }", None, None))
    assert (caught.value.line, caught.value.column) == (2, 10)
    with pytest.raises((QueryRefused, TooComplex)):
        hosted.explain(Query("SELECT * " + "{" * 20_000 + "}" * 20_000, None, None))
    runaway = Query(RUNAWAYS["cross product"], None, None)
    assert hosted.explain(runaway).form == "SELECT"
    with pytest.raises(OutOfTime):
        hosted.explain(runaway, run=True)


def test_a_host_that_takes_the_place_of_another_serves_another_version() -> None:
    service = Supervisor(Store(), Limits(seconds=SECONDS))
    service.start()
    try:
        hosted = service.engine
        hosted.update("INSERT DATA { <x:a> <x:b> 1 }")
        before = hosted.version
        (host,) = service.running
        os.kill(host, signal.SIGKILL)
        service.mend(os.waitpid(host, 0)[0])
        assert within(2 + LATE, hosted.ready)
        # What was kept of the version before would be wrong: nobody confirmed that it stays.
        assert hosted.version > before
        assert ask(hosted, "SELECT ?s { ?s ?p ?o }") == b"s\r\n"
    finally:
        service.stop()


def test_what_was_removed_takes_no_memory_for_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(host, "_SWOLLEN", 1)
    monkeypatch.setattr(host, "_ROOM", 8 << 20)
    service = Supervisor(Store(), Limits(seconds=10 * SECONDS))
    service.start()
    try:
        hosted, (process,) = service.engine, service.running
        hosted.update("CREATE GRAPH <x:empty> ; INSERT DATA { GRAPH <x:h> { _:b <x:p> 1 } }")

        def put(turn: int) -> None:
            lines = (f'<x:{turn}-{n}> <x:p> "{turn} {n:0300}" .\n' for n in range(2000))
            hosted.change_graph("put", "x:g", "".join(lines).encode())

        put(0)
        base = resident(process)
        for turn in range(1, 60):
            put(turn)
        assert resident(process) < base + (40 << 20)
        assert hosted.version < 200
        count = "SELECT (COUNT(*) AS ?n) { GRAPH ?g { ?s <x:p> ?o FILTER(isBlank(?s) = %s) } }"
        assert ask(hosted, count % "false") == b"n\r\n2000\r\n"
        assert ask(hosted, count % "true") == b"n\r\n1\r\n"
        assert hosted.has_graph("x:empty") and not hosted.has_graph("x:none")
        assert ask(hosted, "SELECT ?s { ?s ?p ?o FILTER(STRSTARTS(STR(?o), '58 ')) }") == b"s\r\n"
    finally:
        service.stop()


def resident(process: int) -> int:
    """The bytes of memory that a process holds."""
    return int(Path(f"/proc/{process}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
