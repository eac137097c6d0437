"""The data at a version: from the nearest snapshot, with the changes between applied or undone."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import zstandard
from pyoxigraph import RdfFormat, Store

from brupact.commits import lines
from brupact.commits.errors import Damaged
from brupact.commits.history import between
from brupact.commits.log import Entry, Log, snapshot_digest
from brupact.commits.version import Version

#: A snapshot is due after so many commits, or so many changed quads.
COMMITS: Final = 1_000
QUADS: Final = 100_000


@dataclass(frozen=True, slots=True)
class State:
    """The data at one version.

    `redactions` tells how many quads of this very version were erased later, by the number of the
    commit that did: the version is not what it was where it is not empty.
    """

    entry: Entry
    lines: frozenset[bytes]
    redactions: Mapping[int, int]

    def nquads(self) -> bytes:
        """The sorted N-Quads: without blank nodes these are the canonical form of RDFC-1.0."""
        return lines.join(sorted(self.lines))

    def rdfc(self) -> str:
        """The SHA-256 of the canonical form, in hexadecimal (RDFC-1.0, section 4)."""
        return hashlib.sha256(self.nquads()).hexdigest()

    def store(self) -> Store:
        """The data in a store of their own."""
        store = Store()
        # In order, and without checking again what was checked once: twice as fast.
        store.bulk_load(input=self.nquads(), format=RdfFormat.N_QUADS, lenient=True)
        return store


def at(log: Log, version: Version) -> State:
    """The data at `version`.

    :raises UnknownVersion: if there is none.
    :raises Damaged: if a commit or snapshot on the way cannot be read.
    """
    with log.reading():
        entry = log.entry(version)
        return State(entry, _lines(log, entry.number), redactions(log, entry.number))


def redactions(log: Log, number: int) -> dict[int, int]:
    """How many quads each redaction took out of the data at `number`.

    A quad is added and removed in turn, so it was there if it was added once more than removed.
    """
    query = """
        SELECT by, SUM(CASE letter WHEN x'41' THEN 1 WHEN x'44' THEN -1 ELSE 0 END) AS there
        FROM erased WHERE number <= ? GROUP BY by HAVING there > 0
    """
    return dict(log.connection.execute(query, (number,)).fetchall())


def snapshot(log: Log, number: int) -> None:
    """Store the whole data at commit `number`, so that versions near it are at hand sooner."""
    while True:
        with log.reading():
            erasures = last_erasure(log)
            held = at(log, number).lines
        frame = lines.pack(sorted(held))
        with log.writing():
            if erasures != last_erasure(log):
                continue  # Some of it was erased meanwhile.
            put_snapshot(log, number, frame, len(held))
            return


def put_snapshot(log: Log, number: int, frame: bytes, size: int) -> None:
    """Write a snapshot of `size` lines in the place of the one there may be."""
    log.connection.execute(
        "INSERT OR REPLACE INTO snapshots VALUES (?, ?, ?, ?)",
        (number, frame, size, snapshot_digest(number, frame, size)),
    )


def read_snapshot(log: Log, number: int) -> frozenset[bytes]:
    """The lines of a stored snapshot.

    :raises Damaged: if it is not as it was written.
    """
    query = "SELECT quads, size, digest FROM snapshots WHERE number = ?"
    frame, size, digest = log.connection.execute(query, (number,)).fetchone()
    if snapshot_digest(number, frame, size) != digest:
        raise Damaged(f"snapshot {number}", "it was changed: its digest is another")
    try:
        return frozenset(lines.unpack(frame))
    except zstandard.ZstdError as error:
        raise Damaged(f"snapshot {number}", str(error)) from error


def compact(log: Log, commits: int = COMMITS, quads: int = QUADS) -> int | None:
    """Store a snapshot of the head if one is due, and give its number.

    One is due `commits` commits after the last, or `quads` changed quads; commit 0 counts as one.
    """
    with log.reading():
        head = log.head()
        (last,) = log.connection.execute(
            "SELECT COALESCE(MAX(number), 0) FROM snapshots"
        ).fetchone()
        due = head and (head.number - last >= commits or changes(log, last, head.number) >= quads)
    if head and due and head.number > last:
        snapshot(log, head.number)
        return head.number
    return None


def _lines(log: Log, number: int) -> frozenset[bytes]:
    """The data at commit `number`, by the cheapest way: what is to be read decides."""
    query = """
        SELECT * FROM (SELECT number, size FROM snapshots WHERE number <= ?
            ORDER BY number DESC LIMIT 1)
        UNION ALL SELECT * FROM (SELECT number, size FROM snapshots WHERE number > ?
            ORDER BY number LIMIT 1)
    """
    starts = [(-1, 0), *log.connection.execute(query, (number, number))]
    costs = {start: size + changes(log, start, number) for start, size in starts}
    start = min(costs, key=costs.__getitem__)
    held = frozenset[bytes]() if start < 0 else read_snapshot(log, start)
    delta = between(log, start, number)
    return (held - delta.removed) | delta.added


def changes(log: Log, old: int, new: int) -> int:
    """How many quads were added and removed between two commits, each time counted."""
    query = "SELECT TOTAL(additions + removals) FROM commits WHERE number > ? AND number <= ?"
    (count,) = log.connection.execute(query, (min(old, new), max(old, new))).fetchone()
    return int(count)


def last_erasure(log: Log) -> int | None:
    """The number of the last commit that erased something; ``None`` if none did."""
    (number,) = log.connection.execute("SELECT MAX(by) FROM erased").fetchone()
    return number if number is None else int(number)
