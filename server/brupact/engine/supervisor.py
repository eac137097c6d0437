"""The supervisor: starts the host and the web servers, and starts again what dies.

It holds the data as they were loaded, so a host that dies is replaced by a fork at once.
"""

import contextlib
import gc
import os
import signal
import socket
import tempfile
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NoReturn

from pyoxigraph import Store

from brupact.engine import limits
from brupact.engine.archive import Archivist, Room, Versions
from brupact.engine.board import Board
from brupact.engine.changes import Changes, Ungated
from brupact.engine.client import HostedEngine, Past
from brupact.engine.host import LET_GO, Host
from brupact.engine.local import LocalEngine
from brupact.engine.memory import settle
from brupact.errors import BrupactError

#: How many connections may wait to be taken.
_BACKLOG: Final = 512
#: A process that dies within so many seconds is not started again at once.
_SHORT_LIFE: Final = 0.2


@dataclass(frozen=True)
class Limits:
    """What a query may use: seconds, bytes of memory; and how many are evaluated at a time."""

    seconds: float = 30.0
    memory: int = 1 << 30
    readers: int = 40
    #: Of past versions: how many are evaluated at a time, and the bytes of versions kept at hand.
    past_readers: int = 4
    past_memory: int = 512 << 20


class Supervisor:
    """The processes of one service."""

    def __init__(
        self,
        store: Store,
        bounds: Limits,
        make_engine: Callable[[Store], LocalEngine] = LocalEngine,
        gate: Changes | None = None,
        versions: Versions | None = None,
    ) -> None:
        """Serve `store` within `bounds`, with `gate` for changes; nothing is started yet.

        With `versions`, past versions are answered too.
        """
        self._gate = gate or Ungated()
        self._store, self._bounds = store, bounds
        self._make_engine = make_engine
        self._engine = make_engine(store)
        self._folder = tempfile.TemporaryDirectory(prefix="brupact-")
        self._board = Board()
        self._questions = self._listen("questions")
        self._changes = self._listen("changes")
        self._work: list[Callable[[], object]] = [self._host]
        self._versions, self._past_board = versions, Board()
        if versions is not None:
            self._past = self._listen("versions")
            self._work.append(self._archivist)
        self._running: dict[int, tuple[Callable[[], object], float]] = {}

    @property
    def engine(self) -> HostedEngine:
        """The engine as the other processes see it."""
        folder = Path(self._folder.name)
        past = Past(str(folder / "versions"), self._past_board) if self._versions else None
        return HostedEngine(
            str(folder / "questions"), str(folder / "changes"), self._board, self._bounds.seconds,
            past,
        )  # fmt: skip

    def add(self, work: Callable[[], object]) -> None:
        """Let `work` run in a process of its own."""
        self._work.append(work)

    def start(self) -> None:
        """Start everything, and wait until a query is answered."""
        # What was made up to now stays: collecting garbage need not look at it, nor copy its pages.
        gc.collect()
        gc.freeze()
        settle()
        for work in self._work:
            self._start(work)
        while not self.engine.ready():
            time.sleep(0.005)

    @property
    def running(self) -> frozenset[int]:
        """The numbers of the processes that run now."""
        return frozenset(self._running)

    def watch(self) -> NoReturn:
        """Start again what dies, until SIGINT or SIGTERM; then end everything."""
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._stop)
        while True:
            process, status = os.waitpid(-1, 0)
            if os.waitstatus_to_exitcode(status) == LET_GO:
                self._let_go(process)
            self.mend(process)

    def _let_go(self, host: int) -> None:
        """Take the data anew, and end all processes that may remember those before."""
        try:
            self._store, base = self._gate.fresh()
        except BrupactError:
            traceback.print_exc()  # The host that is started now asks for it again.
            time.sleep(1)
            return
        self._engine = self._make_engine(self._store)
        if self._versions is not None:
            self._versions.begin(base)
        for process in self._running.keys() - {host}:
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)

    def mend(self, process: int) -> None:
        """Start again what ran in `process`, which has ended."""
        if process in self._running:
            work, since = self._running.pop(process)
            if time.monotonic() - since < _SHORT_LIFE:
                time.sleep(_SHORT_LIFE)
            self._start(work)

    def stop(self) -> None:
        """End all processes and remove what was put on the disk."""
        for process in self._running:
            # One that has just ended by itself needs no help.
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
            with contextlib.suppress(ChildProcessError):
                os.waitpid(process, 0)
        self._running.clear()
        self._questions.close()
        self._changes.close()
        if self._versions is not None:
            self._past.close()
        self._folder.cleanup()

    def _stop(self, number: int, frame: object) -> NoReturn:
        self.stop()
        os._exit(0)

    def _start(self, work: Callable[[], object]) -> None:
        parent = os.getpid()
        if process := os.fork():
            self._running[process] = work, time.monotonic()
            return
        try:
            limits.die_with_parent(parent)
            for number in (signal.SIGINT, signal.SIGTERM):
                signal.signal(number, signal.SIG_DFL)
            work()
        except BaseException:
            traceback.print_exc()  # A fault of ours: to standard error, for the operator.
        finally:
            os._exit(1)

    def _host(self) -> None:
        limits.cut_off()
        bounds = self._bounds
        host = Host(
            self._store, self._board, self._questions, self._changes, self._engine, self._gate,
            bounds.memory, bounds.readers,
        )  # fmt: skip
        # In this process the host alone holds the data, so that it can make them anew.
        del self._store, self._engine
        host.run()

    def _archivist(self) -> None:
        limits.cut_off()
        assert self._versions is not None
        bounds = self._bounds
        room = Room(bounds.past_readers, bounds.past_memory, bounds.seconds, bounds.memory)
        Archivist(
            self._store, self._engine, self._versions, self._past_board, self._past, room
        ).run()  # fmt: skip

    def _listen(self, name: str) -> socket.socket:
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        listener.bind(str(Path(self._folder.name) / name))
        listener.listen(_BACKLOG)
        return listener
