"""Raw bytes to a service and back: what answers came, whether they were whole, who hung up."""

import contextlib
import re
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

_STATUS: Final = re.compile(rb"HTTP/1\.[01] (\d{3})[ \r]")
#: After so many seconds without an answer, a client that has no more to say hangs up its side.
_PATIENCE: Final = 0.15


@dataclass(frozen=True)
class Outcome:
    """The statuses that came, the raw bytes, how long it took, and whether it came to an end."""

    statuses: tuple[int, ...]
    raw: bytes
    seconds: float
    hung: bool


@dataclass(frozen=True)
class Response:
    """The first response in raw bytes; `whole` is whether its framing says that it is complete."""

    status: int
    headers: dict[str, str]
    body: bytes
    whole: bool
    rest: bytes


def parsed(raw: bytes, *, ended: bool, head_only: bool = False) -> Response | None:
    """The first response in `raw` (RFC 9112, section 6.3); ``None`` where not even its head came.

    `ended` says that the server has closed the connection.
    """
    head, separator, rest = raw.partition(b"\r\n\r\n")
    if not separator or not (found := _STATUS.match(head)):
        return None
    status = int(found[1])
    if status // 100 == 1:
        return parsed(rest, ended=ended, head_only=head_only)
    lines = head.decode("latin-1").split("\r\n")[1:]
    headers = {k.strip().lower(): v.strip() for k, _, v in (line.partition(":") for line in lines)}
    if head_only or status in (204, 304):
        return Response(status, headers, b"", True, rest)
    if headers.get("transfer-encoding", "").lower() == "chunked":
        return Response(status, headers, *_unchunked(rest))
    if "content-length" in headers:
        length = int(headers["content-length"])
        return Response(status, headers, rest[:length], len(rest) >= length, rest[length:])
    return Response(status, headers, rest, ended, b"")


def _unchunked(raw: bytes) -> tuple[bytes, bool, bytes]:
    body: list[bytes] = []
    place = 0
    while (end := raw.find(b"\r\n", place)) >= 0:
        size = int(raw[place:end].partition(b";")[0], 16)
        if not size:
            return b"".join(body), raw[end + 2 : end + 4] == b"\r\n", raw[end + 4 :]
        body.append(raw[end + 2 : end + 2 + size])
        place = end + 2 + size + 2
    return b"".join(body), False, b""


def exchange(port: int, raw: bytes, *, ends: bool, seconds: float = 10.0) -> Outcome:
    """Send `raw`, and read until the answer is whole or the server closes the connection.

    Where `raw` is no whole request (`ends` is false), this side is closed after a while, so that
    the server learns that nothing more will come.
    """
    started = time.monotonic()
    with socket.create_connection(("127.0.0.1", port), timeout=seconds) as connection:
        received, ended = b"", False
        # A server may refuse, and close, before it has read all.
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            connection.sendall(raw)
        if not ends:
            received, ended = _read(connection, time.monotonic() + _PATIENCE, None)
            if not ended:
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_WR)
        head_only = raw.startswith(b"HEAD ") if ends else None
        if not ended:
            more, ended = _read(connection, started + seconds, head_only)
            received += more
    first = parsed(received, ended=ended, head_only=bool(head_only))
    taken = time.monotonic() - started
    done = ended or (ends and first is not None and first.whole)
    return Outcome(tuple(int(s) for s in _STATUS.findall(received)), received, taken, not done)


def _read(connection: socket.socket, late: float, head_only: bool | None) -> tuple[bytes, bool]:
    """What comes until `late`, and whether the server has closed the connection.

    Unless `head_only` is ``None``, no more than one response is waited for.
    """
    received, needed = bytearray(), 0
    while (left := late - time.monotonic()) > 0:
        connection.settimeout(left)
        try:
            part = connection.recv(1 << 18)
        except TimeoutError:
            break
        except OSError:
            return bytes(received), True
        if not part:
            return bytes(received), True
        received += part
        if head_only is not None and len(received) >= needed:
            first = parsed(bytes(received), ended=False, head_only=head_only)
            if first is not None and first.whole:
                break
            if first is not None and "content-length" in first.headers:
                # A long answer is not parsed again and again.
                length = int(first.headers["content-length"])
                needed = len(received) - len(first.body) + length
    return bytes(received), False


@dataclass
class Slow:
    """Connections that are kept open by a byte a second: how many, and how often one was closed."""

    number: int
    closed: int = 0


@contextmanager
def slow_connections(port: int, number: int) -> Iterator[Slow]:
    """Hold `number` connections that send, byte by byte, half of them a head, half a body."""
    found, end = Slow(number), threading.Event()
    body = (
        b"POST /sparql HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 100000\r\n"
        b"Content-Type: application/sparql-query\r\n\r\n"
    )
    open_ones: dict[int, tuple[socket.socket, int]] = {}

    def tend(place: int) -> None:
        """Send one byte more, on a new connection where there is none."""
        if place not in open_ones:
            connection = socket.create_connection(("127.0.0.1", port), timeout=5)
            if place % 2:
                connection.sendall(body)
            open_ones[place] = connection, 0
        connection, sent = open_ones[place]
        head = b"GET / HTTP/1.1\r\nX-Slow: " + b"x" * 10_000
        connection.send(b"x" if place % 2 else head[sent : sent + 1])
        open_ones[place] = connection, sent + 1

    def work() -> None:
        while not end.wait(1):
            for place in range(number):
                try:
                    tend(place)
                except OSError:
                    found.closed += 1
                    if place in open_ones:
                        open_ones.pop(place)[0].close()

    for place in range(number):
        with contextlib.suppress(OSError):
            tend(place)
    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield found
    finally:
        end.set()
        thread.join()
        for connection, _ in open_ones.values():
            connection.close()
