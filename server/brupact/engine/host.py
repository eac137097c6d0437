"""The host: the one process that holds the data. It forks readers, and carries out changes.

A fork shares memory and is a consistent snapshot, so a reader costs little and is never disturbed
by a change; after a change new readers are forked. One thread, one loop: whatever a query or an
update may do, it does it in a fork.
"""

import faulthandler
import json
import mmap
import os
import selectors
import signal
import socket
import struct
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final, NoReturn

from pyoxigraph import DefaultGraph, NamedNode, RdfFormat, Store

from brupact.engine import limits
from brupact.engine.local import LocalEngine, place
from brupact.engine.reader import read
from brupact.engine.wire import END, Broken, Channel

#: So many readers wait for work, at least, as long as there may be more.
SPARE: Final = 2
#: After so many seconds at work a reader gives way to the others.
PATIENCE: Final = 0.25
#: How each reader ended, for those who were waiting for its answer: process number and signal.
_ENDS: Final = struct.Struct("iI")
_SLOTS: Final = 256
_REPORT: Final = struct.Struct("i?")


class Board:
    """What all processes see: the number of the version, and how the last readers ended."""

    def __init__(self) -> None:
        """An empty board in memory that forks share."""
        self._memory = mmap.mmap(-1, 8 + _SLOTS * _ENDS.size)
        self._next = 0

    @property
    def version(self) -> int:
        """The number of the version that is current."""
        return int.from_bytes(self._memory[:8], "little")

    @version.setter
    def version(self, number: int) -> None:
        self._memory[:8] = number.to_bytes(8, "little")

    def note(self, process: int, signal_number: int) -> None:
        """Note how `process` ended; 0 for an end of its own."""
        place = 8 + (self._next % _SLOTS) * _ENDS.size
        self._memory[place : place + _ENDS.size] = _ENDS.pack(process, signal_number)
        self._next += 1

    def end_of(self, process: int) -> int | None:
        """How `process` ended, or ``None`` if that is not known (yet)."""
        content = self._memory[8 : 8 + _SLOTS * _ENDS.size]
        return next((s for number, s in _ENDS.iter_unpack(content) if number == process), None)


@dataclass
class _Change:
    """An update that waits or is being tried."""

    channel: Channel
    request: dict[str, Any]
    #: Where the process that tries it says why it is refused.
    pipe: int = -1


@dataclass
class Host:
    """The data and those who read them."""

    store: Store
    board: Board
    #: Where readers take questions.
    questions: socket.socket
    #: Where changes are asked for.
    changes: socket.socket
    make_engine: Callable[[Store], LocalEngine]
    memory: int
    most: int
    #: Since when each reader is at work; ``None`` for one that waits.
    readers: dict[int, float | None] = field(default_factory=dict)
    waiting: deque[_Change] = field(default_factory=deque)
    tried: dict[int, _Change] = field(default_factory=dict)

    def run(self) -> NoReturn:
        """Serve until the process is ended."""
        self.reports, self.report_to = os.pipe()
        wake, wake_to = os.pipe()
        os.set_blocking(self.reports, False)
        os.set_blocking(wake, False)
        os.set_blocking(wake_to, False)
        signal.set_wakeup_fd(wake_to, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        selector = selectors.DefaultSelector()
        selector.register(self.reports, selectors.EVENT_READ)
        selector.register(wake, selectors.EVENT_READ)
        selector.register(self.changes, selectors.EVENT_READ)
        self._renew()
        while True:
            busy = any(since is not None for since in self.readers.values())
            ready = {key.fd for key, _ in selector.select(PATIENCE if busy else None)}
            if wake in ready:
                os.read(wake, 4096)
                self._reap()
            if self.reports in ready:
                self._hear()
            if self.changes.fileno() in ready:
                self._take()
            self._renew()
            self._give_way()
            self._try_next()

    def _hear(self) -> None:
        for process, at_work in _REPORT.iter_unpack(os.read(self.reports, _REPORT.size * 512)):
            if process in self.readers:
                self.readers[process] = time.monotonic() if at_work else None

    def _reap(self) -> None:
        while True:
            try:
                process, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if not process:
                return
            ended_by = os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0
            self.board.note(process, ended_by)
            self.readers.pop(process, None)
            if change := self.tried.pop(process, None):
                self._decide(change, ended_by)

    def _renew(self) -> None:
        """Fork readers until enough wait for work."""
        spare = sum(since is None for since in self.readers.values())
        for _ in range(min(SPARE - spare, self.most - len(self.readers))):
            self.readers[self._fork(self._read)] = None
        for process in [p for p, since in self.readers.items() if since is None][2 * SPARE :]:
            os.kill(process, signal.SIGTERM)
            del self.readers[process]

    def _give_way(self) -> None:
        late = time.monotonic() - PATIENCE
        for process, since in self.readers.items():
            if since is not None and since < late:
                os.setpriority(os.PRIO_PROCESS, process, 10)

    def _fork(self, work: Callable[[], object]) -> int:
        parent = os.getpid()
        if process := os.fork():
            return process
        try:
            limits.die_with_parent(parent)
            faulthandler.disable()
            signal.set_wakeup_fd(-1)
            for number in (signal.SIGCHLD, signal.SIGTERM, signal.SIGINT):
                signal.signal(number, signal.SIG_DFL)
            work()
        finally:
            os._exit(0)

    def _read(self) -> None:
        version, process = self.board.version, os.getpid()
        limits.limit_memory(self.memory)

        def report(at_work: bool) -> None:
            os.write(self.report_to, _REPORT.pack(process, at_work))

        engine = self.make_engine(self.store)
        read(self.questions, engine, lambda: self.board.version == version, report)

    def _take(self) -> None:
        connection, _ = self.changes.accept()
        connection.settimeout(10)
        channel = Channel(connection)
        try:
            self.waiting.append(_Change(channel, json.loads(channel.receive()[1])))
        except (Broken, ValueError):
            connection.close()

    def _try_next(self) -> None:
        """Try the next change in a fork: only what ends there within its limits is done here."""
        if not self.waiting or self.tried:
            return
        change = self.waiting.popleft()
        change.pipe, says_why = os.pipe()

        def attempt() -> None:
            limits.limit_memory(self.memory)
            limits.arm(change.request["seconds"])
            try:
                self._carry_out(change.request)
            except Exception as error:  # Whatever it is, it must not be done in the host.
                refusal = {"reason": str(error)[:900], "place": place(str(error))}
                os.write(says_why, json.dumps(refusal, ensure_ascii=False).encode())

        self.tried[self._fork(attempt)] = change
        os.close(says_why)

    def _decide(self, change: _Change, ended_by: int) -> None:
        """Do what was tried, if that went well, and tell whoever asked."""
        refusal = os.read(change.pipe, 4096).decode(errors="replace")
        os.close(change.pipe)
        end: dict[str, Any] = {"status": "done"}
        if ended_by:
            end = {"status": "ended", "signal": ended_by}
        elif refusal:
            end = {"status": "refused"} | json.loads(refusal)
        elif not change.request.get("dry_run"):
            self._carry_out(change.request)
            self.board.version += 1
            self._retire()
        with change.channel.socket:
            try:
                change.channel.send_json(END, end)
            except OSError:
                pass  # It was done all the same; whoever asked has gone.

    def _carry_out(self, request: dict[str, Any]) -> None:
        if "update" in request:
            self.store.update(request["update"], base_iri=request["base"])
            return
        name = NamedNode(request["name"]) if request["name"] else DefaultGraph()
        if request["action"] != "post":
            self.store.remove_graph(name)
        if request["action"] != "delete":
            if isinstance(name, NamedNode):
                self.store.add_graph(name)
            data = request["triples"].encode()
            self.store.load(data, RdfFormat.N_TRIPLES, to_graph=name)

    def _retire(self) -> None:
        """Let go of the readers of the version before; one at work ends when it is through."""
        for process, since in list(self.readers.items()):
            if since is None:
                os.kill(process, signal.SIGTERM)
            del self.readers[process]
