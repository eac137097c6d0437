"""Snapshots, made in a process of their own while others commit."""

import contextlib
import os
import time
from pathlib import Path
from typing import Final

from brupact.commits.errors import Busy
from brupact.commits.log import Log
from brupact.commits.state import compact
from brupact.commits.watch import Watch

#: What the process is called (proc(5), ``comm``).
NAME: Final = "brupact-keeper"
#: It looks every so many seconds whether a snapshot is due.
_PACE: Final = 2.0


def keep(directory: Path, commits: int) -> None:
    """Store a snapshot of the log in `directory` once `commits` commits came after the last.

    It ends after one, to give back its memory: start it again. Commits wait for it no longer than
    it takes to write the finished snapshot.

    :raises CommitError: if the log cannot be read.
    """
    with contextlib.suppress(OSError):  # Elsewhere than on Linux it has no name.
        Path("/proc/self/comm").write_text(NAME)
    os.nice(10)
    watch = Watch(directory)
    while True:
        time.sleep(_PACE)
        if watch.changed():
            with contextlib.suppress(Busy), Log(directory, create=False) as log:
                if compact(log, commits) is not None:
                    return
