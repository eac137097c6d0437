"""The words between those who ask and the readers that answer, on a Unix socket.

A reader says first which process it is. A request is one frame of JSON. An answer is data, then one
frame of JSON that says how it ended; an answer without that last frame is no answer. A connection
carries one question after the other.
"""

import contextlib
import socket
import struct
import tempfile
import time
from dataclasses import dataclass, field
from typing import Any, BinaryIO, Final

import msgspec

_HEAD: Final = struct.Struct("!cI")
_ENCODER: Final = msgspec.json.Encoder(enc_hook=str)
_LARGEST: Final = 2**30
#: So many bytes are read, or gathered before they are sent, at a time.
_PIECE: Final = 1 << 16

PROCESS, DATA, END = b"P", b"D", b"E"


class Broken(Exception):
    """The other side went away in the middle."""


def frame(kind: bytes, payload: bytes) -> bytes:
    """One frame."""
    return _HEAD.pack(kind, len(payload)) + payload


def json_frame(kind: bytes, value: dict[str, Any]) -> bytes:
    """One frame that holds `value`; RDF terms in it are in N-Triples form."""
    return frame(kind, _ENCODER.encode(value))


@dataclass
class Channel:
    """One connection, read and written in frames."""

    socket: socket.socket
    _came: bytearray = field(default_factory=bytearray)

    def send(self, *frames: bytes) -> None:
        """Send `frames` at once."""
        self.socket.sendall(b"".join(frames))

    def receive(self, awake: float = 0.0) -> tuple[bytes, bytes]:
        """The next frame: its kind and its content.

        For `awake` seconds it is looked for again and again, before this process goes to sleep.

        :raises Broken: if the connection ends before the frame does.
        """
        if awake and len(self._came) < _HEAD.size:
            self._look(time.monotonic() + awake)
        self._await(_HEAD.size)
        kind, length = _HEAD.unpack_from(self._came)
        if length > _LARGEST:
            raise Broken(f"a frame of {length} bytes")
        end = _HEAD.size + length
        self._await(end)
        content = bytes(self._came[_HEAD.size : end])
        del self._came[:end]
        return kind, content

    def _look(self, until: float) -> None:
        """Take what comes until then, without sleeping."""
        while time.monotonic() < until:
            with contextlib.suppress(BlockingIOError):
                self._came += self.socket.recv(_PIECE, socket.MSG_DONTWAIT)
                return  # Where nothing came the connection has ended, which is seen next.

    def _await(self, size: int) -> None:
        while len(self._came) < size:
            try:
                part = self.socket.recv(max(_PIECE, min(size - len(self._came), 1 << 20)))
            except OSError as error:
                raise Broken(str(error)) from None
            if not part:
                raise Broken("the connection ended")
            self._came += part


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
        if len(self._held) >= _PIECE:
            self.channel.send(*self._pending())
        return len(content)

    def flush(self) -> None:
        """What is held back goes with the end."""

    def end(self, value: dict[str, Any]) -> None:
        """Send what is held back, and how the answer ended."""
        self.channel.send(*self._pending(), json_frame(END, {"size": self.size} | value))

    def _pending(self) -> list[bytes]:
        held, self._held = self._held, bytearray()
        return [frame(DATA, bytes(held))] if held else []


class Spool:
    """Bytes that come in pieces: held in memory up to a size, then in a file without a name."""

    #: How many bytes are held in memory.
    HELD: Final = 4 << 20

    def __init__(self) -> None:
        """Nothing has come yet."""
        self.size = 0
        self._pieces: list[bytes] = []
        self._file: BinaryIO | None = None

    def write(self, content: bytes) -> None:
        """Take `content`.

        :raises OSError: if there is no room for it.
        """
        self.size += len(content)
        if self._file is None and self.size <= self.HELD:
            self._pieces.append(content)
            return
        if self._file is None:
            self._file = tempfile.TemporaryFile(prefix="brupact-answer-")  # noqa: SIM115
            self._file.writelines(self._pieces)
            self._pieces.clear()
        self._file.write(content)

    def whole(self) -> tuple[bytes, BinaryIO | None]:
        """All that came: as bytes, or as a file at its beginning."""
        if self._file is None:
            return b"".join(self._pieces), None
        self._file.seek(0)
        return b"", self._file

    def drop(self) -> None:
        """Let go of what came."""
        self._pieces.clear()
        if self._file is not None:
            self._file.close()


class Reply:
    """What a reader answers to one question, put together from what comes in."""

    def __init__(self) -> None:
        """Nothing has come yet."""
        self.head: dict[str, Any] = {}
        self.end: dict[str, Any] | None = None
        self.spool = Spool()
        self._came = bytearray()

    def feed(self, content: bytes) -> bool:
        """Take what came; whether the answer has ended.

        :raises OSError: if there is no room for it.
        """
        came: bytes | bytearray = content
        if self._came:
            self._came += content
            came = self._came
        start, size = 0, len(came)
        while self.end is None and size - start >= _HEAD.size:
            kind, length = _HEAD.unpack_from(came, start)
            end = start + _HEAD.size + length
            if size < end:
                break
            self._take(kind, bytes(came[start + _HEAD.size : end]))
            start = end
        if came is self._came:
            del self._came[:start]
        elif start < size:
            self._came += content[start:]
        return self.end is not None

    @property
    def rest(self) -> bytes:
        """What came after the end."""
        return bytes(self._came)

    def _take(self, kind: bytes, content: bytes) -> None:
        if kind == DATA:
            self.spool.write(content)
        elif kind == END:
            self.end = msgspec.json.decode(content)
        else:
            self.head |= msgspec.json.decode(content)


def exchange(connection: socket.socket, *question: bytes) -> Reply:
    """The reply to the frames `question`; without an end where the reader went away."""
    reply = Reply()
    with contextlib.suppress(ConnectionError):
        connection.sendall(b"".join(question))
        while not reply.feed(part := connection.recv(1 << 18)):
            if not part:
                break
    return reply
