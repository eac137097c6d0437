"""Requests that no honest client sends: no 500, no hang, no growth, and right answers beside."""

import json
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import pytest
from tests.process import (
    ALONE,
    LATE,
    NOTHING,
    THEMES,
    Service,
    light_queries,
    serving,
    show,
    size,
    turn,
)
from tests.soak.attacks import PACKAGED, SCRATCH, Attack, Material, attack, interface, material
from tests.soak.sockets import exchange, slow_connections

pytestmark = pytest.mark.soak

REQUESTS: Final = size(2_000, 100_000)
#: How many connections one byte a second is sent on, and for how many seconds light queries are
#: put beside them.
SLOW: Final = 200
SLOW_SECONDS: Final = size(3, 60)
#: The deadline of a query, and of any request, in seconds.
LIMIT: Final = 2.0
HANG: Final = 10.0
#: After so many requests what they have put into the scratch service is taken out.
TIDY: Final = 40
#: What a server may say of itself beyond 500: a method or a version that it does not know (501,
#: 505), a query that takes longer than it may (503).
FINE: Final = {501, 503, 505}


@dataclass
class Found:
    """What became of the requests."""

    statuses: Counter[int] = field(default_factory=Counter)
    closed: int = 0
    failed: list[str] = field(default_factory=list)
    hung: list[str] = field(default_factory=list)
    slowest: float = 0.0
    by_kind: dict[str, Counter[int]] = field(default_factory=lambda: defaultdict(Counter))


@pytest.fixture(scope="module")
def services() -> Iterator[dict[str, Service]]:
    with turn(alone=False), ExitStack() as stack:
        yield {
            PACKAGED: stack.enter_context(serving(query_timeout=LIMIT, query_memory=256)),
            SCRATCH: stack.enter_context(
                serving("--scratch", query_timeout=LIMIT, query_memory=256)
            ),
        }


@pytest.fixture(scope="module")
def using(services: dict[str, Service]) -> Material:
    described = json.loads(services[PACKAGED].get("/openapi.json").body)
    text = json.dumps(described)
    names = {p["name"] for p in _parameters(described)}
    assert len(names) > 5, text[:500]
    return material(interface(Path(__file__).parents[2]), sorted(names))


def _parameters(described: object) -> Iterator[dict[str, str]]:
    """The parameters that are described anywhere in an OpenAPI document."""
    if isinstance(described, dict):
        if "in" in described and "name" in described:
            yield described
        for value in described.values():
            yield from _parameters(value)
    elif isinstance(described, list):
        for value in described:
            yield from _parameters(value)


def judge(found: Found, seed: int, sent: Attack, port: int) -> None:
    """Send one attack, and note what became of it."""
    outcome = exchange(port, sent.raw, ends=sent.ends, seconds=HANG + LATE)
    told = f"{seed} {sent.kind} to {sent.target}: {sent.raw[:300]!r} -> {outcome.raw[:700]!r}"
    found.statuses.update(outcome.statuses)
    found.by_kind[sent.kind].update(outcome.statuses)
    found.closed += not outcome.statuses
    found.slowest = max(found.slowest, outcome.seconds)
    if any(status >= 500 and status not in FINE for status in outcome.statuses):
        found.failed.append(told)
    if outcome.hung:
        found.hung.append(told)


def send(services: dict[str, Service], using: Material, seeds: range) -> Found:
    """Send the attacks with the numbers `seeds`, eight at a time."""
    found = Found()

    def one(seed: int) -> None:
        if seed % TIDY == 0:
            services[SCRATCH].update("CLEAR ALL")
        sent = attack(seed, using)
        judge(found, seed, sent, services[sent.target].port)

    with ThreadPoolExecutor(8) as pool:
        for _ in pool.map(one, seeds):
            pass
    return found


def test_malformed_requests(services: dict[str, Service], using: Material) -> None:
    # What is kept to be sent again, up to a size, is filled first.
    send(services, using, range(-max(200, REQUESTS // 4), 0))
    services[SCRATCH].update("CLEAR ALL")
    base = {name: service.footprint() for name, service in services.items()}
    with (
        light_queries(services[PACKAGED], THEMES, 0.2) as light,
        light_queries(services[SCRATCH], NOTHING, 0.2) as lightest,
    ):
        found = send(services, using, range(REQUESTS))
    assert services[SCRATCH].update("CLEAR ALL").status == 204
    after = {name: service.settled(base[name]) for name, service in services.items()}
    show(
        "malformed", requests=REQUESTS, statuses=dict(sorted(found.statuses.items())),
        closed=found.closed, failed=len(found.failed), hung=len(found.hung),
        slowest=f"{found.slowest:.2f} s", light=len(light.seconds) + len(lightest.seconds),
        p95=f"{light.p95 * 1000:.0f} and {lightest.p95 * 1000:.0f} ms",
    )  # fmt: skip
    for name in services:
        show(name, before=f"[{base[name]}]", after=f"[{after[name]}]")
    show("kinds", **{kind: dict(sorted(c.items())) for kind, c in found.by_kind.items()})
    assert found.failed == []
    assert found.hung == []
    assert light.failures + lightest.failures == []
    assert max(light.p95, lightest.p95) < (0.5 if ALONE else 2.0)
    assert {name: after[name].growth(base[name]) for name in services} == {
        PACKAGED: [],
        SCRATCH: [],
    }
    assert [service.complaints() for service in services.values()] == [[], []]
    # Most were understood as far as they could be: the requests do reach what they are meant for.
    assert found.statuses[200] > REQUESTS // 50 and found.statuses[204] > REQUESTS // 500
    assert found.statuses[400] > REQUESTS // 5
    answers_right(services)


def answers_right(services: dict[str, Service]) -> None:
    """See that both services still do what they are for."""
    assert services[PACKAGED].query(THEMES[0]).body == THEMES[1]
    scratch = services[SCRATCH]
    assert scratch.update("CLEAR ALL ; INSERT DATA { <x:a> <x:p> 1 }").status == 204
    assert scratch.query("SELECT ?o { ?s ?p ?o }").body == b"o\r\n1\r\n"


def test_slow_connections_keep_nobody_from_an_answer(services: dict[str, Service]) -> None:
    service = services[PACKAGED]
    base = service.footprint()
    with slow_connections(service.port, SLOW) as slow, light_queries(service) as light:
        time.sleep(SLOW_SECONDS)
    after = service.settled(base)
    show(
        "slow", connections=slow.number, closed=slow.closed, light=len(light.seconds),
        p95=f"{light.p95 * 1000:.0f} ms", before=f"[{base}]", after=f"[{after}]",
    )  # fmt: skip
    assert light.failures == []
    assert light.p95 < (0.1 if ALONE else 1.0)
    assert after.growth(base) == []
