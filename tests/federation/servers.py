"""Servers on loopback that do what they are told, and keep what came."""

import json
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import parse_qs

from brupact.engine import Query
from brupact.engine.local import LocalEngine
from brupact.federation import Federation

JSON: Final = "application/sparql-results+json"


@dataclass
class Recorder:
    """A server, and the head and body of each request that came to it."""

    address: str
    requests: list[tuple[str, str]] = field(default_factory=list)

    @property
    def endpoint(self) -> str:
        """The address of its endpoint."""
        return f"{self.address}/sparql"

    def query(self, number: int = -1) -> str:
        """The query of a request, as a service reads it."""
        return parse_qs(self.requests[number][1])["query"][0]


#: What is done with a connection whose request was read: the request is the last of the recorder.
Behaviour = Callable[[socket.socket, Recorder], object]


@contextmanager
def serving(behave: Behaviour) -> Iterator[Recorder]:
    """A server that reads each request whole, then leaves the connection to `behave`."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        recorder = Recorder(f"http://127.0.0.1:{listener.getsockname()[1]}")

        def handle(connection: socket.socket) -> None:
            with connection, suppress(OSError):
                recorder.requests.append(_request(connection))
                behave(connection, recorder)

        def accept() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                threading.Thread(target=handle, args=(connection,), daemon=True).start()

        threading.Thread(target=accept, daemon=True).start()
        yield recorder
        # A thread that waits in accept is woken by nothing else.
        listener.shutdown(socket.SHUT_RDWR)


def _request(connection: socket.socket) -> tuple[str, str]:
    came = b""
    while b"\r\n\r\n" not in came:
        piece = connection.recv(1 << 16)
        if not piece:
            raise OSError
        came += piece
    head, _, body = came.partition(b"\r\n\r\n")
    length = next(
        int(line[15:]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length")
    )
    while len(body) < length:
        body += connection.recv(1 << 16)
    return head.decode(), body.decode()


def replying(
    body: bytes | str, status: str = "200 OK", media_type: str = JSON, headers: str = ""
) -> Behaviour:
    """Answer each request with the same."""
    content = body.encode() if isinstance(body, str) else body
    head = f"HTTP/1.1 {status}\r\nContent-Type: {media_type}\r\n{headers}"
    message = f"{head}Content-Length: {len(content)}\r\n\r\n".encode() + content
    return lambda connection, _: connection.sendall(message)


def redirecting(address: str, status: int = 307) -> Behaviour:
    """Send each request to `address`."""
    return replying("", f"{status} Elsewhere", headers=f"Location: {address}\r\n")


def solutions(variables: list[str], *rows: Mapping[str, object]) -> str:
    """SPARQL 1.1 Query Results JSON Format."""
    return json.dumps({"head": {"vars": variables}, "results": {"bindings": rows}})


def answering(engine: LocalEngine, federation: Federation | None = None) -> Behaviour:
    """Answer queries from `engine`; SERVICE in them by `federation`."""

    def behave(connection: socket.socket, recorder: Recorder) -> None:
        text = recorder.query()
        if federation is not None:
            text = federation.resolve(text).text
        replying(engine.query(Query(text, JSON, None)).body)(connection, recorder)

    return behave
