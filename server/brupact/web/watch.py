"""What goes on: requests counted, and those chosen that the log tells of.

Each request is noted in the event loop, so a note is a few operations on plain numbers: no lock, no
string is made. Whoever reads the figures, in another thread, puts them together.
"""

import math
import random
import threading
import time
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from brupact.engine.interface import (
    Gone,
    OutOfMemory,
    OutOfTime,
    Stopped,
    TooComplex,
    TooMany,
    Unavailable,
)
from brupact.sparql import protocol
from brupact.sparql.protocol import ProtocolError

#: The upper bounds of the durations that are told apart, in seconds; the last has none.
BOUNDS: Final = (
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0,
)  # fmt: skip
#: A request that takes longer than this, in seconds, is always told of.
SLOW: Final = 1.0
#: The first part of a path, and the class of requests that it stands for.
ROUTES: Final = {
    "": "page", "sparql": "sparql", "graphs": "graphs", "graph": "graphs",
    "id": "document", "doc": "document", "ns": "document", "shapes": "document",
    "rules": "document", ".well-known": "document", "context.jsonld": "document",
    "history": "history", "changes": "history",
    "queries": "queries", "catalogue": "catalogue", "dumps": "catalogue",
    "sitemap.xml": "catalogue", "robots.txt": "catalogue", "openapi.json": "catalogue",
    "search": "search", "source": "page", "things": "page", "things.csv": "page", "about": "page",
    "api": "page", "accessibility": "page", "preferences": "page",
    "charts": "page", "differences": "page", "quality": "page", "explore": "page",
    "static": "static", "health": "watching", "metrics": "watching", "status": "watching",
}  # fmt: skip
#: The class of any other request.
OTHER: Final = "other"
#: Why a query ended before it had an answer, by what is raised; the first that fits.
ENDS: Final[dict[type[Exception], str]] = {
    OutOfTime: "time", OutOfMemory: "memory", TooMany: "too many",
    TooComplex: "too complex", Stopped: "stopped", Gone: "client gone",
    Unavailable: "unavailable",
}  # fmt: skip
#: Places in a series, after one for each bound and one for what is beyond them.
_SECONDS, _BYTES = len(BOUNDS) + 1, len(BOUNDS) + 2


@dataclass(frozen=True)
class Series:
    """What is known of the requests of one class with one status."""

    route: str
    status: int
    #: Whether they were answered from memory.
    is_kept: bool
    #: How many took so long, by bound; not added up.
    buckets: tuple[int, ...]
    seconds: float
    sent: int

    @property
    def kind(self) -> str:
        """Where their answers came from: ``cached``, ``query`` or ``page``."""
        return "cached" if self.is_kept else "query" if self.route == "sparql" else "page"


class Watch:
    """Counts the requests of one process, and chooses those that the log tells of."""

    def __init__(self, sample: float = 0.0) -> None:
        """Nothing was asked yet.

        Of the requests that are neither slow nor failures, the share `sample` is chosen.
        """
        self.started = time.time()
        self._sample = sample
        self._series: dict[tuple[str, int, bool], list[float]] = {}
        self._ended: Counter[str] = Counter()
        self._lock = threading.Lock()
        self._left = self._gap()

    def note(self, path: str, status: int, sent: int, seconds: float, is_kept: bool) -> float:
        """Count a request to `path` within the service.

        Gives for how many the log is to tell of this one, 0 for not at all. For one thread.
        """
        first = path[1:].partition("/")[0]
        series = self._series.get((first, status, is_kept))
        if series is None:
            series = self._open(first, status, is_kept)
        series[bisect_left(BOUNDS, seconds)] += 1
        series[_SECONDS] += seconds
        series[_BYTES] += sent
        if seconds > SLOW or status >= 500 or status == 429:
            return 1.0
        self._left -= 1
        if self._left > 0:
            return 0.0
        self._left = self._gap()
        return 1.0 / self._sample

    def _open(self, first: str, status: int, is_kept: bool) -> list[float]:
        """The series for paths that begin with `first`; any other text shares one with others."""
        if first not in ROUTES:
            stem = first.partition(".")[0]
            first = stem if stem and stem in ROUTES else OTHER
        return self._series.setdefault((first, status, is_kept), [0] * (_BYTES + 1))

    def _gap(self) -> float:
        """How many requests it is until the next that is chosen: each is with the same odds."""
        if self._sample <= 0.0:
            return math.inf
        if self._sample >= 1.0:
            return 1
        return 1 + int(math.log(1.0 - random.random()) / math.log(1.0 - self._sample))

    def ended(self, error: Exception) -> None:
        """Count a query that ended before it had an answer; other errors are passed over.

        May be used by several threads.
        """
        for kind, reason in ENDS.items():
            if isinstance(error, kind):
                with self._lock:
                    self._ended[reason] += 1
                return

    @property
    def ends(self) -> dict[str, int]:
        """How many queries ended before they had an answer, by reason."""
        with self._lock:
            return {reason: self._ended[reason] for reason in ENDS.values()}

    def series(self) -> Iterator[Series]:
        """What was counted up to now; may be used by any thread."""
        for (first, status, is_kept), series in list(self._series.items()):
            *buckets, seconds, sent = series
            counts = tuple(map(int, buckets))
            route = ROUTES.get(first, OTHER)
            yield Series(route, status, is_kept, counts, seconds, int(sent))


def text(method: str, query: bytes, content_type: str | None, body: bytes) -> str | None:
    """The query or update that a request to the endpoint asks, if it can be read."""
    method = "POST" if method == "POST" else "GET"
    try:
        asked = protocol.read(method, query, content_type, body)
    except ProtocolError:
        return None
    return asked.query or asked.update
