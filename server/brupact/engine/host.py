"""The host: the one process that holds the data. It forks readers, and carries out changes.

A fork shares memory and is a consistent snapshot, so a reader costs little and is never disturbed
by a change; after a change new readers are forked. One thread, one loop: whatever a query or an
update may do, it does it in a fork.
"""

import contextlib
import json
import os
import selectors
import signal
import socket
import struct
import time
from collections import deque
from dataclasses import dataclass, field
from functools import partial
from typing import Any, BinaryIO, Final, NoReturn

import msgspec
from pyoxigraph import Store

from brupact.engine import limits
from brupact.engine.board import Board
from brupact.engine.changes import DONE, READY, Changes, LetGo
from brupact.engine.forking import fork, reap, wakened
from brupact.engine.local import LocalEngine
from brupact.engine.memory import give_back, held, settle
from brupact.engine.reader import read
from brupact.engine.wire import END, Broken, Channel, json_frame

#: So many readers wait for work, at least, as long as there may be more.
SPARE: Final = 2
#: After so many seconds at work a reader gives way to the others.
PATIENCE: Final = 0.25
#: How a host ends whose data must be let go of.
LET_GO: Final = 3
#: The store is made anew once the host holds so many times what it held with a new one, and so
#: many bytes more.
_SWOLLEN: Final = 1.5
_ROOM: Final = 32 << 20
_REPORT: Final = struct.Struct("i?")


@dataclass
class _Reader:
    """A reader: where it notes that it is at work, and whether it has a connection."""

    desk: int
    is_taken: bool = False


@dataclass(frozen=True)
class _Duty:
    """What a reader tells its host; see `brupact.engine.reader.Duty`."""

    board: Board
    version: int
    commit: str
    desk: int
    process: int
    report_to: int

    def current(self) -> bool:
        return self.board.version == self.version

    def taken(self, is_taken: bool) -> None:
        os.write(self.report_to, _REPORT.pack(self.process, is_taken))

    def at_work(self, is_at_work: bool) -> None:
        self.board.at_work(self.desk, is_at_work)


@dataclass
class _Change:
    """An update that waits or is being tried."""

    channel: Channel
    request: dict[str, Any]
    #: Where the process that tries it leaves what came of it.
    outcome: BinaryIO | None = None


@dataclass
class Host:
    """The data and those who read them."""

    store: Store
    board: Board
    #: Where readers take questions.
    questions: socket.socket
    #: Where changes are asked for.
    changes: socket.socket
    #: What answers from the current version, made once for all forks.
    engine: LocalEngine
    #: What carries out changes.
    gate: Changes
    memory: int
    most: int
    #: The name of the commit that is served; empty where changes are not kept.
    commit: str = ""
    readers: dict[int, _Reader] = field(default_factory=dict)
    #: The readers of versions before that are not through yet.
    outdated: dict[int, _Reader] = field(default_factory=dict)
    waiting: deque[_Change] = field(default_factory=deque)
    tried: dict[int, _Change] = field(default_factory=dict)
    #: When one last looked whether others changed something.
    _looked: float = 0.0
    #: How many bytes this process held when the store was new.
    _lean: int = 0

    def run(self) -> NoReturn:
        """Serve until the process is ended."""
        self.reports, self.report_to = os.pipe()
        os.set_blocking(self.reports, False)
        wake = wakened()
        selector = selectors.DefaultSelector()
        selector.register(self.reports, selectors.EVENT_READ)
        selector.register(wake, selectors.EVENT_READ)
        selector.register(self.changes, selectors.EVENT_READ)
        # A host that takes the place of another may hold less than that did: another version.
        self.board.version += 1
        self._restore()
        self._lean = held()
        self._renew()
        while True:
            busy = self.outdated or any(r.is_taken for r in self.readers.values())
            ready = {key.fd for key, _ in selector.select(PATIENCE if busy else self.gate.pace)}
            if wake in ready:
                os.read(wake, 4096)
                self._reap()
            if self.reports in ready:
                self._hear()
            if self.changes.fileno() in ready:
                self._take()
            self._catch_up()
            self._renew()
            self._give_way()
            self._try_next()

    def _hear(self) -> None:
        for process, is_taken in _REPORT.iter_unpack(os.read(self.reports, _REPORT.size * 512)):
            if process in self.readers:
                self.readers[process].is_taken = is_taken
            elif change := self.tried.pop(process, None):
                self._decide(change, 0)

    def _reap(self) -> None:
        for process, ended_by in reap().items():
            self.board.note(process, ended_by)
            for readers in (self.readers, self.outdated):
                if reader := readers.pop(process, None):
                    self.board.at_work(reader.desk, False)
            if change := self.tried.pop(process, None):
                self._decide(change, ended_by)

    def _renew(self) -> None:
        """Fork readers until enough wait for work."""
        waiting = [p for p, reader in self.readers.items() if not reader.is_taken]
        for _ in range(min(SPARE - len(waiting), self.most - len(self.readers))):
            seated = {r.desk for r in (*self.readers.values(), *self.outdated.values())}
            desk = next((d for d in range(self.board.DESKS) if d not in seated), None)
            if desk is None:
                return  # Readers of versions before hold all places; they end within the deadline.
            self.board.at_work(desk, False)
            self.readers[fork(partial(self._read, desk))] = _Reader(desk)
        for process in waiting[2 * SPARE :]:
            os.kill(process, signal.SIGTERM)
            del self.readers[process]

    def _give_way(self) -> None:
        """Let those that work for long give way, and end those that nobody will ask again."""
        late = time.monotonic() - PATIENCE
        for process, reader in (*self.readers.items(), *self.outdated.items()):
            if 0 < self.board.since(reader.desk) < late:
                os.setpriority(os.PRIO_PROCESS, process, 10)
        for process, reader in self.outdated.items():
            if not self.board.since(reader.desk):
                os.kill(process, signal.SIGTERM)

    def _read(self, desk: int) -> None:
        duty = _Duty(self.board, self.board.version, self.commit, desk, os.getpid(), self.report_to)
        limits.limit_memory(self.memory)
        read(self.questions, self.engine, duty)

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
        if (end := self.gate.repeated(change.request)) is not None:
            _tell(change, end)
            return
        change.outcome = os.fdopen(os.memfd_create("outcome"), "w+b")  # No full disk is in its way.

        def attempt() -> None:
            limits.limit_memory(self.memory)
            limits.arm(change.request["seconds"])
            outcome = self.gate.attempt(self.store, change.request)
            assert change.outcome is not None
            change.outcome.write(msgspec.json.encode(outcome))
            change.outcome.flush()
            # Told at once: until a process has ended, its memory must be given back.
            os.write(self.report_to, _REPORT.pack(os.getpid(), False))

        self.tried[fork(attempt)] = change

    def _decide(self, change: _Change, ended_by: int) -> None:
        """Do what was tried, if that went well, and tell whoever asked."""
        assert change.outcome is not None
        with change.outcome as file:
            file.seek(0)
            content = file.read()
        if ended_by or not content:
            _tell(change, {"status": "ended", "signal": ended_by or int(signal.SIGABRT)})
            return
        outcome = msgspec.json.decode(content)
        if outcome["status"] != READY or change.request.get("dry_run"):
            _tell(change, outcome)
            return
        end = self.gate.carry_out(self.store, change.request, outcome)
        if end["status"] == "again":
            self._restore()
            self.waiting.appendleft(change)
            return
        if end["status"] == DONE:
            self.commit = end.get("name", "")
            self._changed(stays_apart=end.get("apart", False))
        _tell(change, end)
        self._slim()

    def _catch_up(self) -> None:
        """Take over what others confirmed; not while a change is tried, which builds on the data
        as they are."""
        now = time.monotonic()
        if self.tried or (not self.waiting and now < self._looked + (self.gate.pace or 0)):
            return
        self._looked = now
        if self.gate.news():
            self._restore()
            self._slim()

    def _restore(self) -> None:
        """Bring the data up to what was confirmed, or end, so that others start with what is."""
        try:
            end = self.gate.restore(self.store)
        except LetGo:
            os._exit(LET_GO)
        self.commit = end.get("name", "")
        if end["status"] == DONE:
            self._changed(stays_apart=end["apart"])

    def _changed(self, *, stays_apart: bool = False) -> None:
        """Serve the data as they are now; with `stays_apart` no triple came into a second graph."""
        self.board.version += 1
        self.engine = self.engine.after(stays_apart)
        self._retire()

    def _slim(self) -> None:
        """Make the store anew if what was once in it takes as much room as all the rest.

        The engine keeps every quad that was removed, and its terms, for as long as a store lasts.
        """
        if held() < _SWOLLEN * self._lean + _ROOM:
            return
        self.store = _remade(self.store)
        self.engine = self.engine.over(self.store)
        self.board.version += 1
        self._retire()
        give_back()
        settle()
        self._lean = held()

    def _retire(self) -> None:
        """Let go of the readers of the version before; one at work ends when it is through."""
        self.outdated |= self.readers
        self.readers.clear()
        self._give_way()


def _remade(store: Store) -> Store:
    """A store of its own that holds what `store` does."""
    fresh = Store()
    for name in store.named_graphs():
        fresh.add_graph(name)
    fresh.bulk_extend(store)
    return fresh


def _tell(change: _Change, end: dict[str, Any]) -> None:
    """Tell whoever asked for `change` how it ended."""
    with change.channel.socket, contextlib.suppress(OSError):
        change.channel.send(json_frame(END, end))
