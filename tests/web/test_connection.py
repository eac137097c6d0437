"""HTTP/1.1 on the wire (RFC 9112): what is parsed, refused, kept open and closed."""

import asyncio
import contextlib
import re
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from tests.process import Service, serving

from brupact.web.connection import Connections, Send
from brupact.web.message import Request
from brupact.web.reply import Reply

QUERY = b"/sparql?query=ASK%7B%7D"
HOST = b"Host: x\r\n"


@pytest.fixture(scope="module")
def service() -> Iterator[Service]:
    with serving(max_body=100_000) as started:
        yield started


#: What is asked last on a connection that is still open: its answer ends all that comes.
LAST = b"GET /health/live HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"


def talk(service: Service, *pieces: bytes) -> bytes:
    """All that comes back, and ``<closed>`` if nothing more was answered on the connection."""
    with socket.create_connection(("127.0.0.1", service.port), timeout=20) as connection:
        came = b""
        with contextlib.suppress(ConnectionResetError, BrokenPipeError):
            for piece in (*pieces, LAST):
                connection.sendall(piece)
        with contextlib.suppress(ConnectionResetError):
            while part := connection.recv(1 << 16):
                came += part
    answers, last, rest = came.rpartition(b"HTTP/1.1 ")
    return answers if b'"status":"live"' in rest else answers + last + rest + b"<closed>"


def statuses(came: bytes) -> list[int]:
    return [int(status) for status in re.findall(rb"HTTP/1\.[01] (\d{3}) ", came)]


def get(target: bytes = QUERY, fields: bytes = HOST, version: bytes = b"1.1") -> bytes:
    return b"GET %s HTTP/%s\r\n%s\r\n" % (target, version, fields)


def post(body: bytes, fields: bytes) -> bytes:
    kind = b"Content-Type: application/sparql-query\r\n"
    return b"POST /sparql HTTP/1.1\r\n%s%s%s\r\n%s" % (HOST, kind, fields, body)


def test_requests_in_one_go_are_answered_in_order(service: Service) -> None:
    targets = [b"/health/live", QUERY, b"/nowhere", QUERY, b"/sparql?query=ASK", b"/health/live"]
    came = talk(service, b"".join(map(get, targets)))
    assert statuses(came) == [200, 200, 404, 200, 400, 200] and not came.endswith(b"<closed>")
    assert len(statuses(talk(service, get() * 50))) == 50


def test_a_request_may_come_byte_by_byte(service: Service) -> None:
    whole = post(b"ASK {}", b"Content-Length: 6\r\n")
    came = talk(service, *(whole[i : i + 1] for i in range(len(whole))))
    assert statuses(came) == [200]


def test_a_body_may_come_in_chunks_and_its_trailer_says_nothing(service: Service) -> None:
    chunked = b"Transfer-Encoding: chunked\r\n"
    came = talk(service, post(b"3\r\nASK\r\n3;x=y\r\n {}\r\n0\r\nAccept: a/b\r\n\r\n", chunked))
    assert statuses(came) == [200]


def test_the_absolute_form_is_taken(service: Service) -> None:
    assert statuses(talk(service, get(b"http://other.example" + QUERY))) == [200]


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (get(fields=b""), 400),
        (get(fields=HOST + HOST), 400),
        (get(fields=HOST + b"Broken\r\n"), 400),
        (get(fields=HOST + b"X: a\rb\r\n"), 400),
        (get(fields=HOST + b"X : a\r\n"), 400),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 501),
        (b"BREW / HTTP/1.1\r\n" + HOST + b"\r\n", 501),
        (post(b"x", b"Content-Length: 1\r\nTransfer-Encoding: chunked\r\n"), 400),
        (post(b"xx", b"Content-Length: 1\r\nContent-Length: 2\r\n"), 400),
        (post(b"x", b"Content-Length: -1\r\n"), 400),
        (post(b"z\r\n", b"Transfer-Encoding: chunked\r\n"), 400),
        (get(b"/" + b"x" * 70_000), 414),
        (get(fields=HOST + b"X: " + b"y" * 140_000 + b"\r\n"), 431),
        (get(fields=HOST + b"Accept: " + b"text/csv;q=0.1," * 1_100 + b"*/*\r\n"), 431),
        (get(fields=HOST + (b"Accept: " + b"text/csv," * 400 + b"*/*\r\n") * 5), 431),
        (get(fields=b"Host: a b\r\n"), 400),
        (get(fields=b"Host: a/b\r\n"), 400),
        (get(version=b"2.0"), 505),
        (post(b"1\r\nx\r\n0\r\n\r\n", b"Transfer-Encoding: gzip, chunked\r\n"), 501),
        (get(fields=HOST + b"X: y\r\n" * 30_000), 431),
        (post(b"x" * 100_001, b"Content-Length: 100001\r\n"), 413),
        (post(b"30d40\r\n" + b"x" * 200_000, b"Transfer-Encoding: chunked\r\n"), 413),
    ],
)  # fmt: skip
def test_what_is_no_request_is_refused_and_ends_the_connection(
    service: Service, sent: bytes, status: int
) -> None:
    came = talk(service, sent)
    assert statuses(came) == [status], came[:300]
    assert came.endswith(b"<closed>") and b"connection: close" in came


def test_what_follows_a_refusal_is_not_read(service: Service) -> None:
    came = talk(service, post(b"", b"Content-Length: 100001\r\n") + get())
    assert statuses(came) == [413]


def test_a_client_may_wait_before_it_sends_its_body(service: Service) -> None:
    came = talk(service, post(b"", b"Expect: 100-continue\r\nContent-Length: 6\r\n"), b"ASK {}")
    assert statuses(came) == [100, 200]


@pytest.mark.parametrize(
    ("sent", "stays"),
    [
        (get(), True),
        (get(fields=HOST + b"Connection: close\r\n"), False),
        (get(version=b"1.0"), False),
        (get(fields=HOST + b"Connection: upgrade\r\nUpgrade: h2c\r\n"), False),
    ],
)
def test_a_connection_stays_or_not_as_is_asked(service: Service, sent: bytes, stays: bool) -> None:
    for _ in range(2):  # The second time the answer is one that was kept.
        came = talk(service, sent)
        assert statuses(came) == [200] and came.endswith(b"<closed>") is not stays


def test_half_a_connection_gets_its_answer(service: Service) -> None:
    with socket.create_connection(("127.0.0.1", service.port), timeout=20) as connection:
        connection.sendall(get(b"/doc/priority/2026-2029-13", HOST + b"Accept: text/html\r\n"))
        connection.shutdown(socket.SHUT_WR)
        came = b""
        while part := connection.recv(1 << 16):
            came += part
    head, _, body = came.partition(b"\r\n\r\n")
    assert statuses(came)[0] == 200 and b"content-length: %d\r\n" % len(body) in head + b"\r\n"


def test_whoever_takes_nothing_is_sent_no_more(service: Service) -> None:
    """Many large answers are asked for and none is read: others are served beside."""
    with socket.create_connection(("127.0.0.1", service.port), timeout=5) as connection:
        connection.setblocking(False)
        asked = get(b"/graphs?default", HOST + b"Accept: application/n-triples\r\n") * 200
        sent = 0
        try:
            while sent < len(asked):
                sent += connection.send(asked[sent:])
        except BlockingIOError:
            pass
        assert service.query("SELECT * {}").status == 200
    assert service.query("SELECT * {}").status == 200


def test_what_is_no_address_brings_nothing_down(service: Service) -> None:
    assert statuses(talk(service, get(b"http://[x" + QUERY))) == [200]
    assert statuses(talk(service, get(b"http://x"))) == [200]
    with serving("--scratch") as scratch:
        came = talk(scratch, b"OPTIONS /sparql HTTP/1.1\r\n" + HOST + b"Origin: http://[x\r\n\r\n")
        assert statuses(came) == [403]


class _Slow:
    """Answers when it is told to."""

    def __init__(self) -> None:
        self.go = asyncio.Event()

    def kept(self, request: Request) -> tuple[bytes, bytes] | None:
        return None

    async def reply(self, request: Request, gone: "asyncio.Future[None]", send: Send) -> None:
        await self.go.wait()
        await send(b"HTTP/1.1 204 No Content\r\n", Reply(204, {}))


def test_whoever_stands_still_keeps_nobody_out() -> None:
    """A new connection takes the place of one that waits, or dawdles; never of one at work."""

    async def crowd() -> list[bytes]:
        handler, loop = _Slow(), asyncio.get_running_loop()
        shared = Connections(handler, 1_000, 8)
        server = await loop.create_server(shared.make, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        working = [await asyncio.open_connection("127.0.0.1", port) for _ in range(2)]
        for _, writer in working:
            writer.write(get())
        idle = []
        for number in range(100):
            idle.append(await asyncio.open_connection("127.0.0.1", port))
            idle[-1][1].write(b"GET / HTTP/1.1\r\n" if number % 2 else b"")
            await asyncio.sleep(0)
        honest = await asyncio.open_connection("127.0.0.1", port)
        honest[1].write(get())
        await asyncio.sleep(0.1)
        assert len(shared.open) <= 8
        handler.go.set()
        came = [await reader.readuntil(b"\r\n") for reader, _ in (*working, honest)]
        for _, writer in (*working, *idle, honest):
            writer.close()
        server.close()
        return came

    # In a thread of its own: a browser that another test drives has a loop in this one.
    with ThreadPoolExecutor(1) as pool:
        came = pool.submit(lambda: asyncio.run(crowd())).result()
    assert came == [b"HTTP/1.1 204 No Content\r\n"] * 3
