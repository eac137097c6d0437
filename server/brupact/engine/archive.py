"""The archivist: the process that has past versions of the data answered.

It is forked with the data as they were loaded, and never changes them. Each past version has a
reader of its own, a fork that changes its copy into that version, keeps it as long as there is
room, and answers one question after the other within the limits of any reader. So a client's query
never runs where it could not be ended, and a version costs what differs from the data loaded.
"""

import contextlib
import os
import re
import selectors
import signal
import socket
import struct
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Final, NoReturn, Protocol

from pyoxigraph import Store

from brupact.engine import limits
from brupact.engine.board import Board
from brupact.engine.forking import fork, reap, wakened
from brupact.engine.local import LocalEngine
from brupact.engine.reader import reply
from brupact.engine.wire import END, PROCESS, Broken, Channel, json_frame
from brupact.errors import BrupactError

#: The name of a version is so many bytes: the first that come on a connection.
NAME: Final = 64
#: By this name operators know the process and its readers (Linux).
PROCESS_NAME: Final = "brupact-past"
#: So many readers are kept, at most, however little memory they take.
KEPT: Final = 32
_REPORT: Final = struct.Struct("iq")
_PRIVATE: Final = re.compile(r"^Private_\w+:\s+(\d+) kB", re.MULTILINE)


class Versions(Protocol):
    """What knows the versions of the data."""

    def begin(self, base: int) -> None:
        """Take note that the data to begin with are those of the version `base` from now on."""

    def mark(self) -> int:
        """Another number as soon as something was erased from past versions."""

    def engine(self, name: str, store: Store, current: LocalEngine) -> LocalEngine:
        """What answers from the version `name`.

        `store` holds the data that this process began with, `current` answers from them; both may
        be changed and used.

        :raises BrupactError: if there is no such version, or it cannot be read.
        """


@dataclass(frozen=True)
class Room:
    """What past versions may use: readers at work at a time, bytes that they keep, and for a
    question seconds and bytes.
    """

    readers: int
    kept: int
    seconds: float
    memory: int


@dataclass
class _Reader:
    """The reader of one version."""

    name: str
    #: Where it takes connections.
    line: socket.socket
    is_busy: bool = False
    #: When it was last asked.
    asked: float = 0.0
    #: The bytes that it shares with nobody.
    memory: int = 0


@dataclass
class Archivist:
    """The readers of past versions, and those who wait for one."""

    store: Store
    engine: LocalEngine
    versions: Versions
    board: Board
    #: Where questions about past versions come in.
    questions: socket.socket
    room: Room
    readers: dict[int, _Reader] = field(default_factory=dict)
    #: Connections that wait, each with the name of the version that it is about.
    waiting: deque[tuple[str, socket.socket]] = field(default_factory=deque)

    def run(self) -> NoReturn:
        """Serve until the process is ended."""
        with contextlib.suppress(OSError):
            Path("/proc/self/comm").write_text(PROCESS_NAME)
        os.nice(5)  # Whoever asks for the present comes first.
        self._reports, self._report_to = os.pipe()
        os.set_blocking(self._reports, False)
        wake = wakened()
        selector = selectors.DefaultSelector()
        for source in (self._reports, wake, self.questions):
            selector.register(source, selectors.EVENT_READ)
        while True:
            ready = {key.fd for key, _ in selector.select()}
            if self._reports in ready:
                self._hear()
            if wake in ready:
                os.read(wake, 4096)
                self._bury()
            if self.questions.fileno() in ready:
                self._take()
            while self._hand_on():
                pass
            self._make_room()

    def _take(self) -> None:
        connection, _ = self.questions.accept()
        # Whoever asks is one of our own, and has sent it with the connection.
        connection.settimeout(1.0)
        with contextlib.suppress(OSError):
            if len(name := connection.recv(NAME, socket.MSG_WAITALL)) == NAME:
                self.waiting.append((name.decode(), connection))
                return
        connection.close()

    def _hear(self) -> None:
        for process, memory in _REPORT.iter_unpack(os.read(self._reports, _REPORT.size * 512)):
            if reader := self.readers.get(process):
                reader.is_busy, reader.memory = False, memory

    def _bury(self) -> None:
        for process, ended_by in reap().items():
            self.board.note(process, ended_by)
            if reader := self.readers.pop(process, None):
                reader.line.close()

    def _hand_on(self) -> bool:
        """Give the first connection that can be served to a reader; whether there was one."""
        at_work = sum(reader.is_busy for reader in self.readers.values())
        if at_work >= self.room.readers:
            return False
        for place, (name, connection) in enumerate(self.waiting):
            reader = next((r for r in self.readers.values() if r.name == name), None)
            if reader and reader.is_busy:
                continue  # It waits for that one, so that a version is kept once.
            del self.waiting[place]
            with connection:
                self._give(reader or self._open(name, connection), connection)
            return True
        return False

    def _give(self, reader: _Reader, connection: socket.socket) -> None:
        try:
            socket.send_fds(reader.line, [b"?"], [connection.fileno()])
        except OSError:
            return  # It has just ended: whoever asks sees the connection end, and asks again.
        reader.is_busy, reader.asked = True, time.monotonic()

    def _open(self, name: str, connection: socket.socket) -> _Reader:
        ours, theirs = socket.socketpair()
        # A copy of these in the fork would hide from who asks that another reader has ended.
        others = [connection, ours, *(waiting for _, waiting in self.waiting)]
        with theirs:
            process = fork(partial(self._read, name, theirs, others))
        reader = self.readers[process] = _Reader(name, ours)
        return reader

    def _make_room(self) -> None:
        """End the readers that were not asked for longest, until the others fit."""
        kept = sorted(self.readers.items(), key=lambda item: item[1].asked)
        memory = sum(reader.memory for _, reader in kept)
        count = len(kept)
        for process, reader in kept:
            if memory <= self.room.kept and count <= KEPT:
                return
            if not reader.is_busy:
                os.kill(process, signal.SIGTERM)
                reader.line.close()
                del self.readers[process]
                memory, count = memory - reader.memory, count - 1

    def _read(self, name: str, line: socket.socket, others: list[socket.socket]) -> None:
        """Answer for the version `name` on the connections that come in on `line`."""
        for connection in others:
            connection.close()
        hello = json_frame(PROCESS, {"process": os.getpid()})
        mark, engine = self.versions.mark(), None
        for connection in _connections(line):
            with connection:
                channel = Channel(connection)
                try:
                    channel.send(hello)
                    _, content = channel.receive()
                    started = time.monotonic()
                    limits.arm(self.room.seconds)
                    if self.versions.mark() != mark:
                        channel.send(json_frame(END, {"status": "stale"}))
                        return
                    if engine is None:
                        engine = self.versions.engine(name, self.store, self.engine)
                        limits.limit_memory(self.room.memory)
                    reply(channel, engine, content, started, name)
                except BrupactError as error:
                    end = {"status": "absent", "reason": str(error)}
                    channel.send(json_frame(END, end))
                    return
                except (Broken, BrokenPipeError, ConnectionResetError):
                    pass
                limits.disarm()
            os.write(self._report_to, _REPORT.pack(os.getpid(), _private()))


def _connections(line: socket.socket) -> Iterator[socket.socket]:
    """The connections that come in on `line`, until its other end is closed."""
    while True:
        message, descriptors, _, _ = socket.recv_fds(line, 1, 1)
        if not message or not descriptors:
            return
        connection = socket.socket(fileno=descriptors[0])
        connection.setblocking(True)
        yield connection


def _private() -> int:
    """The bytes that this process shares with no other; 0 where the system does not tell."""
    with contextlib.suppress(OSError):
        told = Path("/proc/self/smaps_rollup").read_text()
        return 1024 * sum(int(kib) for kib in _PRIVATE.findall(told))
    return 0
