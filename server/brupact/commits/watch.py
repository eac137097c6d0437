"""Whether others have written to the log, found out without opening it."""

import time
from pathlib import Path
from typing import Final

from brupact.commits.database import FILE

#: The time of a file may stand still for a moment: one that changed so many nanoseconds ago may
#: have changed again since.
_MOMENT: Final = 1_000_000_000


class Watch:
    """Watches the log in the folder `directory`."""

    def __init__(self, directory: Path) -> None:
        """Everything is new at first."""
        self._paths = directory / FILE, directory / f"{FILE}-wal"
        self._seen: tuple[tuple[int, int, int], ...] = ()

    def changed(self) -> bool:
        """Whether the log may have changed since this was last asked; `False` is certain."""
        now = tuple(map(_signature, self._paths))
        is_new = now != self._seen or any(time.time_ns() - at < _MOMENT for *_, at in now)
        self._seen = now
        return is_new


def _signature(path: Path) -> tuple[int, int, int]:
    try:
        found = path.stat()
    except FileNotFoundError:
        return 0, 0, 0
    return found.st_ino, found.st_size, found.st_mtime_ns
