"""What all processes of the engine see, in memory that forks share."""

import mmap
import struct
import time
from typing import Final

#: How the last readers ended: process number and signal.
_ENDS: Final = struct.Struct("iI")
_ENDED: Final = 256
#: Since when a reader is at work, in seconds of the monotonic clock; 0 for one that is not.
_SINCE: Final = struct.Struct("d")


class Board:
    """The number of the version, how the last readers ended, and since when each is at work.

    Each place has one writer: the version and the ends the host, a desk the reader that sits there.
    """

    #: How many readers have a place to write to.
    DESKS: Final = 1024

    def __init__(self) -> None:
        """An empty board."""
        self._ends = 8
        self._desks = self._ends + _ENDED * _ENDS.size
        self._memory = mmap.mmap(-1, self._desks + self.DESKS * _SINCE.size)
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
        place = self._ends + (self._next % _ENDED) * _ENDS.size
        _ENDS.pack_into(self._memory, place, process, signal_number)
        self._next += 1

    def end_of(self, process: int) -> int | None:
        """How `process` ended, or ``None`` if that is not known (yet)."""
        content = self._memory[self._ends : self._desks]
        return next((s for number, s in _ENDS.iter_unpack(content) if number == process), None)

    def at_work(self, desk: int, is_at_work: bool) -> None:
        """Note that the reader at `desk` has a question now, or none any more."""
        since = time.monotonic() if is_at_work else 0.0
        _SINCE.pack_into(self._memory, self._desks + desk * _SINCE.size, since)

    def since(self, desk: int) -> float:
        """Since when the reader at `desk` is at work; 0 for one that is not."""
        (since,) = _SINCE.unpack_from(self._memory, self._desks + desk * _SINCE.size)
        return float(since)
