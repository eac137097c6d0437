"""An answer that is given up half-way looks broken in its raw bytes; never like a whole one."""

import contextlib
import hashlib
import http.client
import os
import random
import signal
import socket
import threading
import time
from collections import Counter
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Final

import pytest
from tests.process import (
    HOST,
    LATE,
    READER,
    WEB,
    Service,
    serving,
    show,
    size,
    turn,
    within,
)
from tests.soak.sockets import Response, parsed

pytestmark = pytest.mark.soak

#: Literals of so many characters each, in so many triples: 20 MB.
WIDTH: Final = 1_000
TRIPLES: Final = 20_000
#: How often each row comes in an answer: 20 MB that may be held back, 100 MB that may not.
TIMES: Final = {"held back": 1, "too large to be held back": 5}
ROUNDS: Final = size(2, 40)
#: An answer is read without haste until this is set.
HURRY: Final = threading.Event()
HURRY.set()


def question(times: int) -> str:
    """A query whose answer is that of the data, each row `times` times."""
    return f"SELECT ?o {{ ?s ?p ?o VALUES ?n {{ {'1 ' * times}}} }}"


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    file = tmp_path_factory.mktemp("data") / "wide.nt"
    with file.open("w", encoding="utf-8") as lines:
        for number in range(TRIPLES):
            lines.write(f'<x:s{number}> <x:p> "{f"{number:08}" * (WIDTH // 8)}" .\n')
    with turn(alone=False), serving("--data", str(file), web_processes=2) as running:
        yield running


def raw(service: Service, text: str, received: bytearray, hurry: threading.Event) -> None:
    """Put a query, and read the bytes of the answer into `received`, slowly until `hurry`."""
    body = text.encode()
    head = (
        f"POST /sparql HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: text/csv\r\nConnection: close"
        f"\r\nContent-Length: {len(body)}\r\nContent-Type: application/sparql-query\r\n\r\n"
    )
    with socket.socket() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 16)
        connection.settimeout(40)
        connection.connect(("127.0.0.1", service.port))
        connection.sendall(head.encode() + body)
        with contextlib.suppress(ConnectionResetError):
            while part := connection.recv(1 << 20):
                received += part
                hurry.wait(0.01)


@pytest.fixture(scope="module")
def whole(service: Service) -> dict[str, bytes]:
    """The SHA-256 of each whole answer, as a set of rows: their order is open."""
    found = {}
    for name, times in TIMES.items():
        received = bytearray()
        raw(service, question(times), received, HURRY)
        response = parsed(bytes(received), ended=True)
        assert response is not None and response.status == 200 and response.whole, received[:500]
        lines = response.body.split(b"\r\n")
        assert len(lines) == TRIPLES * times + 2
        found[name] = digest(response.body)
    return found


def digest(body: bytes) -> bytes:
    """What tells whether two answers have the same rows."""
    return hashlib.sha256(b"\n".join(sorted(body.split(b"\r\n")))).digest()


def verdict(response: Response | None, expected: bytes) -> str:
    """What a client sees: nothing, a refusal, a broken answer, the whole one; or a lie."""
    if response is None:
        return "nothing"
    if response.status == 503:
        is_problem = response.headers["content-type"].startswith("application/problem+json")
        return "503" if is_problem and response.whole else "a broken 503"
    if response.status != 200:
        return f"{response.status}"
    if not {"content-length", "transfer-encoding"} & response.headers.keys():
        return "an answer that nothing bounds"
    if not response.whole:
        return "broken"
    return "whole" if digest(response.body) == expected else "a part as the whole"


GOOD: Final = {"nothing", "503", "broken", "whole"}


@pytest.mark.parametrize("kind", [READER, WEB, HOST])
@pytest.mark.parametrize("name", TIMES)
def test_what_is_killed_half_way(
    service: Service, whole: dict[str, bytes], name: str, kind: str
) -> None:
    seen: Counter[str] = Counter()
    sizes, draw = [], random.Random(5)
    for number in range(ROUNDS):
        text = f"{question(TIMES[name])} # {kind} {number}"
        # In turn: while it is evaluated, and when the first bytes have come.
        received, wait_for_bytes, killed = bytearray(), number % 2, threading.Event()
        reader = threading.Thread(target=raw, args=(service, text, received, killed))
        reader.start()
        if wait_for_bytes:
            within(10, partial(begun, received, reader))
        else:
            time.sleep(0.01 + 0.02 * draw.random())
        for process in service.of_kind(kind):
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        killed.set()
        reader.join()
        seen[verdict(parsed(bytes(received), ended=True), whole[name])] += 1
        sizes.append(len(received))
        assert within(2 + LATE, lambda: answers(service))
    show(f"killed half-way, {name}, {kind}", **seen, bytes=sizes)
    assert seen.keys() <= GOOD
    # At least one of them was hit.
    assert kind == HOST or seen.keys() - {"whole"}


def begun(received: bytearray, reader: threading.Thread) -> bool:
    """Whether bytes of the answer have come, or never will."""
    return bool(received) or not reader.is_alive()


def answers(service: Service) -> bool:
    """Whether a light query is answered."""
    try:
        return service.query(f"ASK {{}} # {time.monotonic_ns()}", "*/*", 1).status == 200
    except (OSError, http.client.HTTPException):
        return False


def test_a_deadline_half_way(tmp_path: Path) -> None:
    """What the deadline ends while it is sent is broken, too."""
    (file := tmp_path / "few.nt").write_text(
        "".join(f'<x:s{n}> <x:p> "{"x" * 1000}" .\n' for n in range(3_000))
    )
    received = bytearray()
    with serving("--data", str(file), query_timeout=1.5) as service:
        raw(service, "SELECT ?a ?b { ?s ?p ?a . ?t ?q ?b }", received, HURRY)
    seen = verdict(parsed(bytes(received), ended=True), b"")
    show("deadline half-way", verdict=seen, bytes=len(received))
    assert seen in {"503", "broken"}
