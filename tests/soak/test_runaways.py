"""Runaway queries, all at once: each ends in time, light ones go on beside, nothing stays."""

import http.client
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

import pytest
from tests.process import (
    ALONE,
    LATE,
    MIB,
    THEMES,
    Service,
    light_queries,
    serving,
    show,
    size,
    turn,
    watching,
)

pytestmark = pytest.mark.soak

#: The deadline of a query, and how long after it the answer may come, in seconds.
LIMIT: Final = 3.0
MARGIN: Final = 1.0
#: What a query may use beside the data, and what may be held back of its answer, in mebibytes.
MEMORY: Final = 256
HELD_BACK: Final = 64
ROUNDS: Final = size(1, 200)

_TWO: Final = "?a ?b ?c . ?d ?e ?f"
_ANY: Final = "(!<x:y>|^!<x:y>)*"


def _doubled(times: int) -> str:
    steps = (f"BIND(CONCAT(?x{n}, ?x{n}) AS ?x{n + 1})" for n in range(times))
    return f"SELECT ?x{times} {{ ?a ?b ?c BIND(STR(?c) AS ?x0) {' '.join(steps)} }}"


def _hashed(times: int) -> str:
    steps = (f"BIND(SHA512(CONCAT(?x{n}, STR(?f))) AS ?x{n + 1})" for n in range(times))
    return f'SELECT ?a {{ {_TWO} BIND("" AS ?x0) {" ".join(steps)} FILTER(?x{times} = "") }}'


def _nested(depth: int) -> str:
    return "SELECT * { " + f"{_TWO} OPTIONAL {{ " * depth + _TWO + " }" * (depth + 1)


RUNAWAYS: Final = {
    "cross product": f"SELECT * {{ {_TWO} . ?g ?h ?i }}",
    "sort": f"SELECT * {{ {_TWO} }} ORDER BY ?f ?c ?a",
    "path explosion": f"SELECT ?x ?y {{ ?x {_ANY} ?z . ?z {_ANY} ?y }}",
    "count over a path": f"SELECT (COUNT(*) AS ?n) {{ ?x {_ANY} ?z . ?z {_ANY} ?y }}",
    "group concat": f"SELECT (GROUP_CONCAT(?c) AS ?x) {{ {_TWO} }}",
    "string growth": _doubled(40),
    "regex": f'SELECT ?a {{ {_TWO} FILTER(REGEX(CONCAT(STR(?c), STR(?f)), "(a+)+$")) }}',
    "distinct": f"SELECT DISTINCT ?c ?f {{ {_TWO} }}",
    "construct": f"CONSTRUCT {{ ?a ?e ?f . ?d ?b ?c }} WHERE {{ {_TWO} }}",
    "nesting": _nested(40),
    "chain of BIND": _hashed(40),
}
assert len(RUNAWAYS) >= 10


@dataclass
class Round:
    """What became of the runaways of one round: how each ended, and after how many seconds."""

    ends: dict[str, str] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)


@pytest.fixture(scope="module")
def service() -> Iterator[Service]:
    # All come from one client, who may do so here.
    settings = {"query_timeout": LIMIT, "query_memory": MEMORY, "client_long_queries": 64}
    with turn(alone=True), serving(**settings) as running:
        yield running


def run(service: Service) -> Round:
    """Put all runaways at once, and wait for their ends."""
    found = Round()

    def put(name: str) -> None:
        started = time.monotonic()
        try:
            reply = service.query(RUNAWAYS[name], "text/csv, application/n-triples")
            found.ends[name] = f"{reply.status}"
        except (OSError, http.client.HTTPException) as error:
            found.ends[name] = f"broken: {type(error).__name__}"
        found.seconds[name] = time.monotonic() - started

    threads = [threading.Thread(target=put, args=(name,)) for name in RUNAWAYS]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


def test_runaways_end_in_time_and_leave_nothing_behind(service: Service) -> None:
    for number in range(50):
        assert service.query(f"{THEMES[0]} # warm {number}").body == THEMES[1]
    base = service.footprint()
    memory = [base.memory]
    rounds = []
    with (
        light_queries(service) as light,
        watching(lambda: memory.append(service.memory()), pause=0.25),
    ):
        for _ in range(ROUNDS):
            rounds.append(run(service))
    after = service.settled(base)
    latest = max(max(each.seconds.values()) for each in rounds)
    show(
        "runaways", rounds=ROUNDS, latest=f"{latest:.2f} s", light=len(light.seconds),
        p95=f"{light.p95 * 1000:.0f} ms", slowest=f"{max(light.seconds) * 1000:.0f} ms",
        peak=f"{max(memory) // MIB} MiB", before=f"[{base}]", after=f"[{after}]",
    )  # fmt: skip
    show(
        "last round",
        **{n: f"{e} {rounds[-1].seconds[n]:.2f} s" for n, e in rounds[-1].ends.items()},
    )
    for each in rounds:
        # 503, or visibly broken; never a whole answer.
        assert {n: e for n, e in each.ends.items() if e != "503" and "broken" not in e} == {}
        assert {n: s for n, s in each.seconds.items() if s > LIMIT + MARGIN + LATE} == {}
    assert light.failures == []
    assert len(light.seconds) > 20 * ROUNDS
    assert light.p95 < (0.1 if ALONE else 1.0)
    assert max(memory) < base.memory + len(RUNAWAYS) * (MEMORY + HELD_BACK) * MIB
    assert after.growth(base) == []
    assert service.complaints() == []
