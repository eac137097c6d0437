"""The log: one JSON object a line on standard error, whoever writes it.

Where requests are answered, nothing waits for whoever reads the log: lines are made and written by
a thread, many at a time, and where it cannot keep up they are dropped, and counted.
"""

import hashlib
import ipaddress
import json
import logging
import os
import sys
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

#: How much of the address of a client is told, by the setting: bits of IPv4 and of IPv6.
CLIENTS: Final[dict[str, tuple[int, int] | None]] = {
    "none": None,
    "short": (24, 48),
    "full": (32, 128),
}
#: How many lines wait to be written, at most, and how often they are, in seconds.
_WAITING: Final = 2048
_PAUSE: Final = 0.1
#: So many characters of a path and of a query are told.
_PATH: Final = 500
_TEXT: Final = 200
#: So many hexadecimal digits of the SHA-256 of a query tell it from others.
_DIGEST: Final = 16

Entry = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Request:
    """A request that was answered, as the log tells of it."""

    number: str
    method: str
    path: str
    status: int
    sent: int
    seconds: float
    client: str
    #: How many requests this one stands for.
    weight: float
    #: Gives the text of the query or update that was asked, if there is one.
    text: Callable[[], str | None] | None
    #: When it was answered, in seconds of the clock.
    at: float

    @property
    def level(self) -> int:
        """How much it matters: a failure of the service is an error."""
        if self.status in (429, 503):
            return logging.WARNING
        return logging.ERROR if self.status >= 500 else logging.INFO

    def entry(self, client: str) -> Entry:
        """What is told of it; `client` is one of `CLIENTS`."""
        told: Entry = {
            "time": _time(self.at),
            "level": logging.getLevelName(self.level).lower(),
            "event": "request",
            "request": self.number,
            "method": self.method,
            "path": self.path[:_PATH],
            "status": self.status,
            "bytes": self.sent,
            "seconds": round(self.seconds, 6),
            "weight": round(self.weight, 3),
        }
        if address := shortened(self.client, client):
            told["client"] = address
        if self.text is not None and (text := self.text()) is not None:
            digest = hashlib.sha256(text.encode(errors="replace")).hexdigest()
            told |= {"query": " ".join(text.split())[:_TEXT], "query_sha256": digest[:_DIGEST]}
        return told


def shortened(address: str, how: str) -> str | None:
    """The part of `address` that is told, as a network; ``None`` for what is no address."""
    try:
        found = ipaddress.ip_address(address.strip("[]"))
    except ValueError:
        return None
    if isinstance(found, ipaddress.IPv6Address) and found.ipv4_mapped:
        found = found.ipv4_mapped
    if (bits := CLIENTS[how]) is None:
        return None
    kept = bits[found.version == 6]
    network = ipaddress.ip_network((found, kept), strict=False)
    return str(found) if kept == found.max_prefixlen else str(network)


def _time(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds")


class Formatter(logging.Formatter):
    """Makes the lines of the standard library's logging such lines too."""

    def format(self, record: logging.LogRecord) -> str:
        """The line for `record`."""
        told: Entry = {
            "time": _time(record.created),
            "level": record.levelname.lower(),
            "event": "message",
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            told["exception"] = self.formatException(record.exc_info)
        return line(told)


def line(told: Entry) -> str:
    """`told` as one line of ASCII: nothing in it can end a line or steer a terminal."""
    return json.dumps(told, separators=(",", ":"))


def set_up(level: str) -> None:
    """Let all that is logged in this process come as such lines, from `level` on."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(Formatter())
    logging.basicConfig(handlers=[handler], level=level.upper(), force=True)
    logging.captureWarnings(True)


class Journal(logging.Handler):
    """Takes what is to be told and has a thread write it; may be used by several threads.

    It takes the place of the handlers of the root logger once `start` is called.
    """

    def __init__(self, level: str = "info", client: str = "short") -> None:
        """Tell from `level` on; of a client what `client` says, one of `CLIENTS`."""
        super().__init__(level.upper())
        self.setFormatter(Formatter())
        #: How many lines were dropped since nobody took them.
        self.dropped = 0
        self._client = client
        self._waiting: deque[Request | logging.LogRecord] = deque()

    def start(self) -> None:
        """Write from now on, until this process ends."""
        logging.basicConfig(handlers=[self], level=self.level, force=True)
        threading.Thread(target=self._write, name="journal", daemon=True).start()

    def tell(self, request: Request) -> None:
        """Tell of `request`."""
        if request.level >= self.level:
            self._put(request)

    def emit(self, record: logging.LogRecord) -> None:
        """Tell what the standard library's logging says."""
        self._put(record)

    def _put(self, item: Request | logging.LogRecord) -> None:
        if len(self._waiting) < _WAITING:
            self._waiting.append(item)
        else:
            self.dropped += 1

    def _write(self) -> None:
        while True:
            time.sleep(_PAUSE)
            if lines := self.lines():
                _send("".join(f"{line}\n" for line in lines).encode())

    def lines(self) -> list[str]:
        """The lines that wait, which then wait no more."""
        return [self._line(self._waiting.popleft()) for _ in range(len(self._waiting))]

    def _line(self, item: Request | logging.LogRecord) -> str:
        try:
            return (
                line(item.entry(self._client)) if isinstance(item, Request) else self.format(item)
            )
        except Exception as error:  # Whatever it is, the log goes on.
            told = {"time": _time(time.time()), "level": "error", "event": "message"}
            return line(told | {"message": f"this line could not be made: {error!r}"})


def _send(content: bytes) -> None:
    """Write `content` to standard error; what cannot be written is let go."""
    try:
        while content:
            content = content[os.write(2, content) :]
    except OSError:
        pass
