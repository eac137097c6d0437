"""The words between those who ask and the readers that answer, on a Unix socket.

A request is one frame of JSON. An answer is the number of the reader's process, then data, then
one frame of JSON that says how it ended; an answer without that last frame is no answer.
"""

import json
import socket
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

_HEAD: Final = struct.Struct("!cI")
_LARGEST: Final = 2**30

PROCESS, DATA, END = b"P", b"D", b"E"


class Broken(Exception):
    """The other side went away in the middle."""


@dataclass
class Channel:
    """One connection, read and written in frames."""

    socket: socket.socket

    def send(self, kind: bytes, payload: bytes) -> None:
        """Send one frame."""
        self.socket.sendall(_HEAD.pack(kind, len(payload)) + payload)

    def send_json(self, kind: bytes, value: dict[str, Any]) -> None:
        """Send one frame that holds `value`."""
        self.send(kind, json.dumps(value).encode())

    def receive(self) -> tuple[bytes, bytes]:
        """The next frame: its kind and its content.

        :raises Broken: if the connection ends before the frame does.
        """
        kind, length = _HEAD.unpack(self._exactly(_HEAD.size))
        if length > _LARGEST:
            raise Broken(f"a frame of {length} bytes")
        return kind, self._exactly(length)

    def frames(self) -> Iterator[tuple[bytes, bytes]]:
        """The frames up to and with the last."""
        while True:
            kind, content = self.receive()
            yield kind, content
            if kind == END:
                return

    def _exactly(self, size: int) -> bytes:
        parts = []
        while size:
            try:
                part = self.socket.recv(min(size, 1 << 20))
            except OSError as error:
                raise Broken(str(error)) from None
            if not part:
                raise Broken("the connection ended")
            parts.append(part)
            size -= len(part)
        return b"".join(parts)


@dataclass
class Output:
    """A file to write into, which sends what it gets in frames of about 64 KiB."""

    channel: Channel
    size: int = 0

    def __post_init__(self) -> None:
        """Start with nothing held back."""
        self._held = bytearray()

    def write(self, content: bytes) -> int:
        """Take `content`; send once enough has come together."""
        self._held += content
        self.size += len(content)
        if len(self._held) >= 1 << 16:
            self.flush()
        return len(content)

    def flush(self) -> None:
        """Send what is held back."""
        if self._held:
            self.channel.send(DATA, bytes(self._held))
            self._held.clear()
