"""One exchange over HTTP that ends in time and in bounds, whatever the other side does.

The time limit of a socket holds for each read alone: a server that sends a byte a second would hold
a thread for days. Here every read and every write has what is left of the time of the whole.
"""

import io
import socket
import ssl
import time
from contextlib import closing
from dataclasses import dataclass
from email.message import Message
from functools import cache, partial
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from typing import Any, Final
from urllib.parse import urlsplit

from brupact.engine.interface import OutOfTime, Unavailable

#: So many bytes are read and written at a time.
_PIECE: Final = 1 << 14


@dataclass(frozen=True)
class Deadline:
    """The moment at which something must have ended."""

    #: On the clock of `time.monotonic`.
    at: float

    @classmethod
    def after(cls, seconds: float) -> "Deadline":
        """The deadline `seconds` from now."""
        return cls(time.monotonic() + seconds)

    def left(self) -> float:
        """The seconds that are left.

        :raises TimeoutError: if there are none.
        """
        if (seconds := self.at - time.monotonic()) <= 0:
            raise TimeoutError("the deadline has passed")
        return seconds


@dataclass(frozen=True)
class Reply:
    """A whole reply."""

    status: int
    headers: Message
    body: bytes


def post(
    address: str, headers: dict[str, str], content: bytes, deadline: Deadline, most: int
) -> Reply:
    """What the server at `address` replies to `content`; nothing else is contacted.

    Redirects are not followed, no proxy is used, no headers are sent but `headers` and those of the
    message itself. The name of the host is looked up by the system, within the system's own limit.

    :raises OutOfTime: if the reply is not there, whole, by `deadline`.
    :raises Unavailable: if there is no whole reply, or one larger than `most` bytes.
    """
    try:
        with closing(_connection(address, deadline)) as connection:
            target = urlsplit(address)._replace(scheme="", netloc="", fragment="").geturl()
            # Without "Connection: close": servers (Jetty, Tomcat) then do not say where a reply
            # ends, and one that breaks off looks whole.
            connection.request("POST", target or "/", content, headers)
            response = connection.getresponse()
            return Reply(response.status, response.headers, _body(response, most))
    except TimeoutError:
        raise OutOfTime("the remote service did not answer in time") from None
    except (OSError, HTTPException, ValueError) as error:
        raise Unavailable(f"the remote service is not reached: {_words(error)}") from error


def _body(response: HTTPResponse, most: int) -> bytes:
    """The body, whole: a reply must say where it ends."""
    told = response.length
    if told is None and not response.chunked:
        raise Unavailable("the remote service does not say how long its answer is")
    if response.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise Unavailable("the remote service answers in a content coding that was not asked for")
    body = bytearray()
    while piece := response.read(_PIECE):
        body += piece
        if len(body) > most:
            raise Unavailable(f"the answer of the remote service is larger than {most} bytes")
    if told is not None and len(body) != told:
        raise Unavailable("the answer of the remote service breaks off")
    return bytes(body)


def _words(error: Exception) -> str:
    """What `error` says, without what the other side said."""
    return error.strerror if isinstance(error, OSError) and error.strerror else type(error).__name__


class _Reads(io.RawIOBase):
    """What comes from a socket, each piece before the deadline."""

    def __init__(self, connection: socket.socket, deadline: Deadline) -> None:
        self._connection, self._deadline = connection, deadline
        # It keeps the socket open when the connection lets go of it.
        self._file = connection.makefile("rb", buffering=0)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        self._connection.settimeout(self._deadline.left())
        return self._file.readinto(buffer)

    def close(self) -> None:
        self._file.close()
        super().close()


class _Response(HTTPResponse):
    """A reply that is read before the deadline."""

    def __init__(self, sock: socket.socket, *args: Any, deadline: Deadline, **named: Any) -> None:
        super().__init__(sock, *args, **named)
        self.fp.close()
        self.fp = io.BufferedReader(_Reads(sock, deadline))


class _Timely(HTTPConnection):
    """A connection that is made, and written to, before the deadline."""

    deadline: Deadline

    def connect(self) -> None:
        failure: OSError = TimeoutError()
        for family, kind, protocol, _, place in socket.getaddrinfo(
            self.host, self.port, type=socket.SOCK_STREAM
        ):
            self.sock = socket.socket(family, kind, protocol)
            try:
                # A secure connection is agreed upon in the time that is set here.
                self.sock.settimeout(self.deadline.left())
                self.sock.connect(place)
                self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self.sock.settimeout(self.deadline.left())
                return
            except OSError as error:
                self.sock.close()
                failure = error
        raise failure

    def send(self, data: Any) -> None:
        if self.sock is None:
            self.connect()
        for start in range(0, len(data), _PIECE):
            self.sock.settimeout(self.deadline.left())
            self.sock.sendall(data[start : start + _PIECE])


class _Secure(HTTPSConnection, _Timely):
    """The same over TLS."""


def _connection(address: str, deadline: Deadline) -> HTTPConnection:
    parts = urlsplit(address)
    host = parts.hostname or ""
    connection = (
        _Secure(host, parts.port, context=_trust())
        if parts.scheme == "https"
        else _Timely(host, parts.port)
    )
    connection.deadline = deadline
    connection.response_class = partial(_Response, deadline=deadline)  # type: ignore[assignment]  # it is called only
    return connection


@cache
def _trust() -> ssl.SSLContext:
    return ssl.create_default_context()
