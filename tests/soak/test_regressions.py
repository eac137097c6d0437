"""What brought the service down once, or might have: each fault by its name."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from tests.process import MIB, WEB, Service, serving, turn
from tests.soak.sockets import exchange, parsed

pytestmark = pytest.mark.soak

#: Requests that must be answered at once, and the statuses that the answer may have.
ANSWERED: Final[dict[str, tuple[bytes, set[int]]]] = {
    # A server that waits for the body of a request that has none waits for ever.
    "Expect with an empty body": (
        b"POST /robots.txt HTTP/1.1\r\nHost: 127.0.0.1\r\nExpect: 100-continue\r\n"
        b"Content-Length: 0\r\n\r\n",
        {405, 415, 417},
    ),
    "Expect with an empty query": (
        b"POST /sparql HTTP/1.1\r\nHost: 127.0.0.1\r\nExpect: 100-continue\r\n"
        b"Content-Type: application/sparql-query\r\nContent-Length: 0\r\n\r\n",
        {400, 417},
    ),
    "a target with half an IPv6 address": (
        b"GET http://[/sparql HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n",
        {200, 400, 404},
    ),
    "a Host with half an IPv6 address": (
        b"GET / HTTP/1.1\r\nHost: [::1\r\nConnection: close\r\n\r\n",
        {200, 400, 403},
    ),
    "the library of an empty dataset": (
        b"GET /queries HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n",
        {200},
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def scratch() -> Iterator[Service]:
    with turn(alone=False), serving("--scratch") as running:
        yield running


@pytest.mark.parametrize("name", ANSWERED)
def test_it_is_answered(scratch: Service, name: str) -> None:
    raw, statuses = ANSWERED[name]
    outcome = exchange(scratch.port, raw, ends=True, seconds=5)
    response = parsed(outcome.raw, ended=True)
    # A connection that is closed without a word is bad manners, but no fault of a server's.
    assert not outcome.hung, outcome
    assert response is None or response.status in statuses, outcome
    assert scratch.complaints() == []


@pytest.mark.parametrize(
    "update", ["DELETE WHERE { ?s <", "DELETE WHERE<x:h> ;", "DELETE WHERE", "DELETE WHERE ; ;"]
)
def test_the_dataset_of_an_update_that_breaks_off(scratch: Service, update: str) -> None:
    """Where the clauses would go, there is nothing: malformed, and no failure of the service."""
    kind = {"Content-Type": "application/sparql-update"}
    reply = scratch.send("POST", "/sparql?using-graph-uri=x:g", kind, update.encode())
    assert reply.status == 400, reply


def held(service: Service) -> int:
    """The memory of the processes that speak HTTP, in bytes."""
    found = (Path(f"/proc/{p}/smaps_rollup").read_text() for p in service.of_kind(WEB))
    return sum(int(n) for n in re.findall(r"^Pss:\s+(\d+)", "".join(found), re.MULTILINE)) << 10


@pytest.fixture(scope="module")
def packaged() -> Iterator[Service]:
    with turn(alone=False), serving() as running:
        running.get("/robots.txt")  # Now all that it needs is loaded.
        yield running


def test_what_is_kept_counts_with_the_text_it_is_kept_by(packaged: Service) -> None:
    """Answers that are kept are bounded in bytes: so must the questions be."""
    comment = "x" * (4 * MIB)
    assert packaged.query(f"ASK {{}} # {comment}", "*/*").status == 200
    base = held(packaged)
    for number in range(40):
        assert packaged.query(f"ASK {{}} # {number} {comment}", "*/*").status == 200
    # 160 MiB were sent; 64 MiB may be kept, and some is in flight.
    assert held(packaged) - base < 104 * MIB, (base // MIB, held(packaged) // MIB)


@pytest.mark.parametrize("path", ["/sparql?query=ASK%7B%7D&", "/robots.txt?"])
def test_what_is_kept_counts_with_its_address(packaged: Service, path: str) -> None:
    base = held(packaged)
    for number in range(2_200):
        status = packaged.send("GET", f"{path}{number}={'x' * 60_000}").status
        assert status in (200, 400, 414, 431)
        if status != 200:
            return  # So long an address is not taken at all: nothing is kept.
    # 132 MB were sent.
    assert held(packaged) - base < 96 * MIB, (base // MIB, held(packaged) // MIB)
