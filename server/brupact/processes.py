"""The processes of the service as the kernel sees them (Linux; elsewhere nothing is known)."""

import contextlib
import os
import re
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from brupact.commits.keeper import NAME
from brupact.engine.archive import PROCESS_NAME

SUPERVISOR, HOST, READER, WEB, KEEPER = "supervisor", "host", "reader", "web", "keeper"
#: The archivist and its readers, which answer from past versions.
PAST: Final = "past"
#: What the processes are that the kernel knows by a name of ours.
_NAMED: Final = {NAME: KEEPER, PROCESS_NAME: PAST}
#: What was measured is given again for so many seconds: measuring costs the measured.
_AGE: Final = 5.0
_PSS: Final = re.compile(r"^Pss:\s+(\d+) kB", re.MULTILINE)
_RSS: Final = re.compile(r"^Rss:\s+(\d+) kB", re.MULTILINE)


@dataclass(frozen=True)
class Process:
    """A process: what it does, and what it holds, in bytes; open files by number."""

    kind: str
    #: What it shares counts in part with each that shares it.
    pss: int
    rss: int
    files: int


class Processes:
    """The supervisor of this process, and all processes below it; may be used by several threads.

    Where the supervisor is some other program, as when an application is tested, nothing is known.
    """

    def __init__(self, supervisor: int | None) -> None:
        """Measure what `supervisor` started; ``None`` for no such process."""
        self._supervisor = supervisor
        self._lock = threading.Lock()
        self._measured: tuple[float, list[Process]] = -_AGE, []

    def measured(self) -> list[Process]:
        """All processes, as they were not long ago."""
        with self._lock:
            at, found = self._measured
            if time.monotonic() - at >= _AGE:
                found = list(self._measure())
                self._measured = time.monotonic(), found
            return found

    def _measure(self) -> Iterator[Process]:
        if self._supervisor is None:
            return
        for number, kind in _family(self._supervisor):
            with contextlib.suppress(OSError):  # It has ended meanwhile, or is not Linux's.
                yield _process(number, kind)


def _family(supervisor: int) -> Iterator[tuple[int, str]]:
    """The processes below `supervisor` with their kinds: the host and the archivist fork."""
    yield supervisor, SUPERVISOR
    for child in _children(supervisor):
        readers = _children(child)
        named = _NAMED.get(_name(child))
        yield child, named or (HOST if readers else WEB)
        for reader in readers:
            yield reader, named or READER


def _name(process: int) -> str:
    with contextlib.suppress(OSError):
        return Path(f"/proc/{process}/comm").read_text().strip()
    return ""


def _children(process: int) -> list[int]:
    """The processes that `process` started, in whichever of its threads."""
    found: list[int] = []
    for path in Path(f"/proc/{process}/task").glob("*/children"):
        with contextlib.suppress(OSError):
            found += map(int, path.read_text().split())
    return found


def _process(number: int, kind: str) -> Process:
    text = Path(f"/proc/{number}/smaps_rollup").read_text()
    pss, rss = (int(found[1]) << 10 if (found := p.search(text)) else 0 for p in (_PSS, _RSS))
    return Process(kind, pss, rss, len(os.listdir(f"/proc/{number}/fd")))
