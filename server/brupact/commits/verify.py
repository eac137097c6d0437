"""Whether the log is whole: the file, the chain, each delta, the index and the snapshots."""

import sqlite3
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from brupact.commits import lines, state
from brupact.commits.chain import Record
from brupact.commits.errors import Damaged
from brupact.commits.log import Log


@dataclass(frozen=True, slots=True)
class Problem:
    """The first commit that is broken, and how; ``None`` where no single one is."""

    number: int | None
    reason: str


@dataclass(frozen=True, slots=True)
class Report:
    """What verifying found.

    `commits` is how many were whole, `head` the name of the last of these. `canonical` gives, if it
    was asked for, the SHA-256 of the canonical form (RDFC-1.0) of the data at each release.
    """

    commits: int
    head: str | None
    problem: Problem | None
    canonical: Mapping[int, str]


def verify(log: Log, canonical: bool = False) -> Report:
    """Check everything in `log`, from the first commit on.

    It holds the data in memory, and takes about as long as all commits took to write.
    """
    check = _Check(log, canonical)
    try:
        with log.reading():
            check.run()
    except (_Found, Damaged, sqlite3.Error, ValueError) as error:
        check.problem = Problem(check.next if check.next <= check.last else None, str(error))
    return Report(check.next, check.head.hex() or None, check.problem, check.canonical)


class _Found(Exception):
    """The first problem."""


class _Check:
    def __init__(self, log: Log, canonical: bool) -> None:
        self.log, self.wants_canonical = log, canonical
        self.next, self.last, self.head, self.time = 0, -1, b"", ""
        self.problem: Problem | None = None
        self.canonical: dict[int, str] = {}
        self.held: set[bytes] = set()
        self.snapshots: set[int] = set()
        self.index: dict[int, set[int]] = defaultdict(set)

    def run(self) -> None:
        select = self.log.connection.execute
        self.snapshots = {number for (number,) in select("SELECT number FROM snapshots")}
        for key, number in select("SELECT key, number FROM touched"):
            self.index[number].add(key)
        (self.last,) = select("SELECT COALESCE(MAX(number), -1) FROM commits").fetchone()
        for record, name in self.log.records(0, self.last):
            _require(record.number == self.next, "there is no such commit")
            for holds, reason in self.conditions(record, name):
                _require(holds, reason)
            self.next, self.head, self.time = record.number + 1, name, record.time
        self.leftovers()

    def conditions(self, record: Record, name: bytes) -> Iterator[tuple[bool, str]]:
        """What must hold of a commit, in order, with what is wrong if it does not."""
        number, log = record.number, self.log
        yield record.previous == self.head, "it does not follow the commit before it"
        yield record.time >= self.time, "it is older than the commit before it"
        erases = log.erasures(number)
        yield not erases or record.kind == "redaction", "it erases and is no redaction"
        yield all(e.number <= number for e in erases), "it erases what came later"
        yield record.name(log.gone(number), erases) == name, "its name is not that of its content"
        for changed in (record.added, record.removed):
            yield list(changed) == sorted(set(changed)), "its lines are not sorted"
        yield self.held.isdisjoint(record.added), "it adds a quad that is there already"
        yield self.held.issuperset(record.removed), "it removes a quad that is not there"
        self.held.update(record.added)
        self.held.difference_update(record.removed)
        keys = lines.keys((*record.added, *record.removed))
        yield self.index.pop(number, set()) == keys, "the index does not fit it"
        if number in self.snapshots:
            self.snapshots.discard(number)
            fits = state.read_snapshot(log, number) == self.held
            yield fits, "the snapshot is not what the commits give"
        if self.wants_canonical and record.kind == "release":
            self.canonical[number] = state.State(log.entry(number), frozenset(self.held), {}).rdfc()

    def leftovers(self) -> None:
        """Nothing may speak of commits that are not there, and the file must be sound."""
        select = self.log.connection.execute
        (by,) = select("SELECT COALESCE(MAX(by), -1) FROM erased").fetchone()
        _require(by <= self.last, f"rows were erased by commit {by}, which is missing")
        _require(not self.index, "the index names commits that are missing")
        _require(not self.snapshots, "there is a snapshot of a commit that is missing")
        (found,) = select("PRAGMA integrity_check(1)").fetchone()
        _require(found == "ok", f"the file: {found}")


def _require(holds: bool, reason: str) -> None:
    if not holds:
        raise _Found(reason)
