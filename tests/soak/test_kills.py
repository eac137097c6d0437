"""SIGKILL to any process but the supervisor, under load: it comes back, and no answer is wrong."""

import contextlib
import http.client
import itertools
import os
import random
import signal
import statistics
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

import pytest
from tests.process import (
    HOST,
    LATE,
    READER,
    THEMES,
    WEB,
    Service,
    light_queries,
    serving,
    show,
    size,
    turn,
    within,
)

pytestmark = pytest.mark.soak

KILLS: Final = size(5, 100)
#: How soon after a kill a query is answered again, in seconds.
RECOVERY: Final = 2.0
CSV: Final = "text/csv"
PACT: Final = "PREFIX pact: <https://w3id.org/brupact/ns#> "

#: What is asked under load, in an order that is fixed; from a look-up to all that there is.
QUESTIONS: Final = (
    THEMES[0],
    PACT + "SELECT ?p ?n { ?p a pact:SharedPriority ; pact:number ?n } ORDER BY ?n",
    PACT + "SELECT ?p (COUNT(*) AS ?n) { ?p ?q ?o } GROUP BY ?p ORDER BY ?p",
    "SELECT ?s ?p ?o { ?s ?p ?o } ORDER BY ?s ?p ?o",
    "SELECT ?g (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } } GROUP BY ?g ORDER BY ?g",
    PACT + "SELECT ?a ?b { ?a a pact:Measure . ?b a pact:SharedPriority } ORDER BY ?a ?b",
)
#: How often each is asked: those that take long, seldom.
WEIGHTS: Final = (8, 8, 4, 1, 4, 8)


@dataclass
class Load:
    """What became of the queries under load."""

    right: int = 0
    wrong: list[str] = field(default_factory=list)
    failed: Counter[str] = field(default_factory=Counter)


@contextmanager
def load(service: Service, expected: dict[str, bytes], threads: int = 4) -> Iterator[Load]:
    """Put the questions again and again, no two alike, and compare what is given as an answer."""
    found, end, numbers = Load(), threading.Event(), itertools.count()

    def ask(seed: int) -> None:
        draw = random.Random(seed)
        while not end.is_set():
            (text,) = draw.choices(QUESTIONS, WEIGHTS)
            try:
                reply = service.query(f"{text} # {next(numbers)}", seconds=30)
            except (OSError, http.client.HTTPException) as error:
                found.failed[type(error).__name__] += 1
                continue
            if reply.status == 200 and reply.body == expected[text]:
                found.right += 1
            elif reply.status == 503:
                found.failed["503"] += 1
            else:
                found.wrong.append(f"{reply.status} {len(reply.body)} bytes for {text}")

    workers = [threading.Thread(target=ask, args=(seed,)) for seed in range(threads)]
    for worker in workers:
        worker.start()
    try:
        yield found
    finally:
        end.set()
        for worker in workers:
            worker.join()


@pytest.fixture(scope="module")
def service() -> Iterator[Service]:
    with turn(alone=True), serving() as running:
        yield running


def answers(service: Service) -> bool:
    """Whether a light query is answered, and rightly."""
    try:
        reply = service.query(f"{THEMES[0]} # {time.monotonic_ns()}", seconds=1)
    except (OSError, http.client.HTTPException):
        return False
    return (reply.status, reply.body) == (200, THEMES[1])


def kill(service: Service, kind: str, draw: random.Random) -> None:
    """Kill one process of `kind`, as soon as there is one."""
    while True:
        found = service.of_kind(kind)
        with contextlib.suppress(IndexError, ProcessLookupError):
            return os.kill(draw.choice(found), signal.SIGKILL)


def test_whatever_is_killed_comes_back_and_no_answer_is_wrong(service: Service) -> None:
    expected = {text: service.query(text).body for text in QUESTIONS}
    counts = [body.count(b"\r\n") - 1 for body in expected.values()]
    assert counts[:2] == [1, 17] and counts[3] > 20_000 and counts[5] == 15 * 17
    base = service.footprint()
    draw, recoveries = random.Random(4), []
    with load(service, expected) as found:
        for number in range(KILLS):
            time.sleep(draw.uniform(0.1, 0.5))
            kind = (READER, WEB, HOST)[number % 3]
            kill(service, kind, draw)
            started = time.monotonic()
            assert within(RECOVERY + LATE, lambda: answers(service)), (number, kind, found)
            recoveries.append(time.monotonic() - started)
    after = service.settled(base)
    show(
        "kills", kills=KILLS, slowest=f"{max(recoveries):.2f} s",
        median=f"{statistics.median(recoveries):.3f} s", right=found.right,
        failed=dict(found.failed), before=f"[{base}]", after=f"[{after}]",
    )  # fmt: skip
    assert found.wrong == []
    assert found.right > 5 * KILLS
    assert after.growth(base) == []
    with light_queries(service) as light:
        time.sleep(0.3)
    assert light.failures == [] and light.seconds
    assert service.complaints() == []


@pytest.mark.parametrize("kind", [READER, HOST, WEB])
def test_all_processes_of_a_kind_at_once(service: Service, kind: str) -> None:
    for process in service.of_kind(kind):
        os.kill(process, signal.SIGKILL)
    assert within(RECOVERY + LATE, lambda: answers(service))


def test_a_supervisor_that_is_killed_leaves_no_process_behind() -> None:
    with serving() as service:
        os.kill(service.process.pid, signal.SIGKILL)
        service.process.wait()
        assert within(2 + LATE, lambda: not service.processes()), service.processes()
