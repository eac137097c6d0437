"""A request and the head of a response, as HTTP/1.1 puts them on the wire (RFC 9112)."""

import time
from collections.abc import Iterable, Iterator
from email.utils import formatdate
from http import HTTPStatus
from typing import Final
from urllib.parse import unquote_to_bytes

from brupact.remembered import remembered
from brupact.web.kept import Key

#: Reason phrases, for people who look at the wire (RFC 9112, section 4).
_LINES: Final = {s.value: f"HTTP/1.1 {s.value} {s.phrase}\r\n" for s in HTTPStatus}


class Request:
    """A request, read whole."""

    __slots__ = (
        "body",
        "client",
        "failure",
        "headers",
        "keep_alive",
        "key",
        "method",
        "path",
        "target",
    )

    def __init__(self, client: str) -> None:
        """Nothing was read yet of what came from the address `client`."""
        self.client = client
        self.method = ""
        #: The target as it was sent (RFC 9112, section 3.2).
        self.target = b""
        #: The path, decoded once; what is not UTF-8 is replaced.
        self.path = ""
        #: The values of each field, those of several lines put together (RFC 9110, section 5.3);
        #: names in lower case.
        self.headers: dict[bytes, bytes] = {}
        self.body = b""
        self.keep_alive = True
        #: What the response depends on; ``None`` where it may not be kept, or is not known yet.
        self.key: Key | None = None
        #: Why the body is not here, if it is not.
        self.failure: Exception | None = None

    def header(self, name: bytes) -> str | None:
        """The value of a field, ``None`` where there is none."""
        value = self.headers.get(name)
        return None if value is None else value.decode("latin-1")

    def fields(self) -> Iterator[tuple[str, str]]:
        """All fields, by name in lower case."""
        for name, value in self.headers.items():
            yield name.decode("latin-1"), value.decode("latin-1")

    @property
    def query(self) -> bytes:
        """The query string, as it was sent."""
        return self.target.partition(b"?")[2]


@remembered(1024)
def _decoded(path: bytes) -> str:
    return unquote_to_bytes(path).decode(errors="replace")


def path(target: bytes) -> str:
    """The path in a target, decoded once; what is not UTF-8 is replaced."""
    encoded = target.partition(b"?")[0]
    if not encoded.startswith(b"/") and b"://" in encoded:
        # The absolute form, which a server has to accept (RFC 9112, section 3.2.2).
        encoded = b"/" + encoded.partition(b"://")[2].partition(b"/")[2]
    return _decoded(encoded)


def head(status: int, fields: Iterable[tuple[str, str]]) -> bytes:
    """The status line and the fields of a response, open for more.

    :raises ValueError: if a value would end its line.
    """
    listed = [f"{name}: {value}\r\n" for name, value in fields]
    text = _LINES[status] + "".join(listed)
    if text.count("\n") != len(listed) + 1 or text.count("\r") != len(listed) + 1:
        raise ValueError("a header field holds the end of a line")
    return text.encode("latin-1" if text.isascii() else "utf-8")


class Clock:
    """The ``Date`` of responses (RFC 9110, section 6.6.1), made anew each second."""

    def __init__(self) -> None:
        """No second has been asked for yet."""
        self._second, self._line = 0, b""

    def line(self) -> bytes:
        """The field of now."""
        if (second := int(time.time())) != self._second:
            said = formatdate(second, usegmt=True)
            self._second, self._line = second, f"date: {said}\r\n".encode()
        return self._line
