"""Appending to the log and reading its entries.

A `Log` is for one thread, and must not cross a fork: SQLite's locks belong to the process. Open one
wherever one is needed; readers read while a writer writes.
"""

import hashlib
import secrets
import sqlite3
from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, Literal

import zstandard
from pyoxigraph import NamedNode, Quad

from brupact.commits import chain, lines
from brupact.commits.chain import Erasure, Record
from brupact.commits.database import Database
from brupact.commits.errors import Damaged, Inexact, KeyReused, Stale, UnknownVersion
from brupact.commits.version import Version, name_range, stamp

_STORED: Final = (
    "number, kind, time, agent, message, key, rules, shapes, previous, seed, added, removed, "
    "salts, name, additions, removals, digest"
)
_ENTRY: Final = """
SELECT number, kind, time, agent, message, key, rules, shapes, previous, name, additions, removals,
    (SELECT COUNT(*) FROM erased WHERE erased.number = commits.number) FROM commits
"""

Kind = Literal["change", "release", "redaction"]
_Row = list[Any] | tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Draft:
    """A commit to be: what to change, in whose name, and why.

    `previous` is the name of the commit it builds on, ``None`` for the first. `rules` and `shapes`
    are the hashes of those it was checked with. `key` makes it the same commit when it is sent
    again (Idempotency-Key); let it be random, not made from the content, which may be erased.
    """

    previous: str | None
    agent: str
    message: str
    added: Iterable[Quad] = ()
    removed: Iterable[Quad] = ()
    rules: str = ""
    shapes: str = ""
    key: str | None = None
    kind: Kind = "change"


@dataclass(frozen=True, slots=True)
class Entry:
    """What the log says of a commit, without its quads.

    `name` and `previous` are in hexadecimal; `message` is ``None`` once it is erased; `erased`
    counts the rows whose text is gone (`additions` and `removals` count those that are left).
    """

    number: int
    kind: str
    time: str
    agent: str
    message: str | None
    key: str | None
    rules: str
    shapes: str
    previous: str | None
    name: str
    additions: int
    removals: int
    erased: int


@dataclass(frozen=True, slots=True)
class Receipt:
    """A commit that is on disk; `repeated` if it already was when it was sent."""

    entry: Entry
    repeated: bool


class Log(Database):
    """The log in the folder `directory`, which is made if it is missing and `create` is true.

    `clock` gives the time of a commit; a commit is never older than the one before it.

    :raises NoLog: if there is none and none is to be made, or the file is something else.
    :raises Busy: if another process does not let go of it.
    """

    def __init__(
        self,
        directory: Path,
        *,
        create: bool = True,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """Open it; what a killed process left half done is undone by SQLite."""
        super().__init__(directory, create=create)
        self._clock = clock

    def append(self, draft: Draft, current: Container[Quad]) -> Receipt:
        """Put `draft` on disk as the new head; `current` is the data it builds on.

        :raises Stale: if it does not build on the head.
        :raises Inexact: if it adds what `current` holds, or removes what it does not.
        :raises HasBlankNode: if a quad has a blank node.
        :raises KeyReused: if its key stands for another commit.
        :raises ValueError: if the agent is no IRI.
        :raises Busy: if another writer does not come to an end.
        """
        added, removed = lines.normal(draft.added), lines.normal(draft.removed)
        with self.writing():
            if known := self.repeated(draft, added, removed):
                return Receipt(known, True)
            record = self.next(draft, added, removed)
            if not record.number:
                # Without an earlier one there are no data: a whole release is not looked up.
                present, absent = [], lines.quads(removed)
            else:
                present = [quad for quad in lines.quads(added) if quad in current]
                absent = [quad for quad in lines.quads(removed) if quad not in current]
            if present or absent:
                raise Inexact(present, absent)
            self.put(record, record.name((), ()))
            self.connection.executemany(
                "INSERT INTO touched VALUES (?, ?)",
                ((key, record.number) for key in sorted(lines.keys((*added, *removed)))),
            )
            return Receipt(self.entry(record.number), False)

    def repeated(
        self, draft: Draft, added: Sequence[bytes] = (), removed: Sequence[bytes] = ()
    ) -> Entry | None:
        """The commit that `draft` became when it was sent before.

        The text of a redaction, or of a commit that one changed, cannot be compared.

        :raises KeyReused: if its key stands for a commit with another content.
        """
        if not (entry := self.find(draft.key)):
            return None
        same = (entry.agent, entry.kind) == (draft.agent, draft.kind)
        if same and not entry.erased and entry.kind != "redaction":
            record = self.record(entry.number)
            content = (record.message, record.added, record.removed)
            same = content == (draft.message, tuple(added), tuple(removed))
        if not same:
            raise KeyReused(f"the key {draft.key} stands for commit {entry.number} already")
        return entry

    def find(self, key: str | None) -> Entry | None:
        """The commit with the idempotency key `key`, if there is one."""
        row = self.connection.execute(f"{_ENTRY} WHERE key = ?", (key,)).fetchone()
        return _entry(row) if row else None

    def next(self, draft: Draft, added: tuple[bytes, ...], removed: tuple[bytes, ...]) -> Record:
        """The record that would follow the head.

        :raises Stale: if `draft` does not build on the head.
        :raises ValueError: if the agent is no IRI.
        """
        head = self.head()
        if draft.previous != (head.name if head else None):
            raise Stale(draft.previous, head.name if head else None)
        return Record(
            number=head.number + 1 if head else 0,
            kind=draft.kind,
            time=max(stamp(self._clock()), head.time if head else ""),
            agent=NamedNode(draft.agent).value,
            message=draft.message,
            key=draft.key,
            rules=draft.rules,
            shapes=draft.shapes,
            previous=bytes.fromhex(draft.previous or ""),
            added=added,
            removed=removed,
            seed=secrets.token_bytes(chain.SEED),
        )

    def put(self, record: Record, name: bytes) -> None:
        """Store `record`, in the place of the one with its number if there is one."""
        row = [getattr(record, field.name) for field in fields(record)]
        row[10:12] = [lines.pack(record.added), lines.pack(record.removed)]
        row += [name, len(record.added), len(record.removed)]
        marks = ", ".join("?" * (len(row) + 1))
        self.connection.execute(
            f"INSERT OR REPLACE INTO commits ({_STORED}) VALUES ({marks})", [*row, _digest(row)]
        )

    def head(self) -> Entry | None:
        """The latest commit."""
        row = self.connection.execute(f"{_ENTRY} ORDER BY number DESC LIMIT 1").fetchone()
        return _entry(row) if row else None

    def entry(self, version: Version) -> Entry:
        """The commit that is meant by `version`.

        :raises UnknownVersion: if there is none, or more than one.
        """
        if isinstance(version, datetime):
            return self._at(version)
        low, high = name_range(version) if isinstance(version, str) else (version, version)
        column = "name" if isinstance(version, str) else "number"
        where = f"{_ENTRY} WHERE {column} BETWEEN ? AND ? LIMIT 2"
        rows = self.connection.execute(where, (low, high)).fetchall()
        if len(rows) != 1:
            raise UnknownVersion(f"{version}: {'several commits' if rows else 'no commit'}")
        return _entry(rows[0])

    def _at(self, time: datetime) -> Entry:
        if time.tzinfo is None:
            raise UnknownVersion(f"{time}: a time needs its zone")
        if time > self._clock():
            raise UnknownVersion(f"{stamp(time)}: still to come; the data may change until then")
        row = self.connection.execute(
            f"{_ENTRY} WHERE time <= ? ORDER BY time DESC, number DESC LIMIT 1", (stamp(time),)
        ).fetchone()
        if not row:
            raise UnknownVersion(f"{stamp(time)}: before the first commit")
        return _entry(row)

    def entries(
        self, where: str = "", values: Sequence[object] = (), *, latest: int | None = None
    ) -> Iterator[Entry]:
        """The commits for which the SQL condition `where` holds, in order; all without one.

        With `latest` only so many of the last, newest first.
        """
        condition = f"WHERE {where}" if where else ""
        order = "number" if latest is None else f"number DESC LIMIT {latest:d}"
        for row in self.connection.execute(f"{_ENTRY} {condition} ORDER BY {order}", values):
            yield _entry(row)

    def record(self, number: int) -> Record:
        """The commit `number` as it is stored.

        :raises UnknownVersion: if there is none.
        :raises Damaged: if it cannot be read.
        """
        for record, _ in self.records(number, number):
            return record
        raise UnknownVersion(f"{number}: no commit")

    def records(self, first: int, last: int) -> Iterator[tuple[Record, bytes]]:
        """The commits from `first` to `last` as they are stored, each with its stored name.

        :raises Damaged: at the first that cannot be read.
        """
        query = f"SELECT {_STORED} FROM commits WHERE number = ?"
        for number in range(first, last + 1):
            try:
                row = self.connection.execute(query, (number,)).fetchone()
                if row is None:
                    continue
                if _digest(row[:-1]) != row[-1]:
                    raise ValueError("the row was changed: its digest is another")
                stored = [*row[:10], lines.unpack(row[10]), lines.unpack(row[11]), row[12]]
                record = Record(*stored)
            except (sqlite3.Error, zstandard.ZstdError, ValueError) as error:
                raise Damaged(f"commit {number}", str(error)) from error
            yield record, row[13]

    def released(self, graph: str) -> bool:
        """Whether a release changed something in the graph with the IRI `graph`."""
        query = """
            SELECT 1 FROM touched JOIN commits USING (number)
            WHERE touched.key = ? AND kind = 'release'
        """
        return self.connection.execute(query, (lines.graph_key(graph),)).fetchone() is not None

    def gone(self, number: int) -> list[bytes]:
        """The commitments of the rows of a commit that are erased."""
        query = "SELECT commitment FROM erased WHERE number = ?"
        return [value for (value,) in self.connection.execute(query, (number,))]

    def erasures(self, by: int) -> list[Erasure]:
        """What the commit `by` erased."""
        query = "SELECT number, letter, commitment FROM erased WHERE by = ?"
        return [Erasure(*row) for row in self.connection.execute(query, (by,))]


def snapshot_digest(number: int, quads: bytes, size: int) -> bytes:
    """What tells whether a stored snapshot is as it was written."""
    return _digest((number, quads, size))


def _digest(row: Sequence[Any]) -> bytes:
    return hashlib.sha256(chain.encode(*row)).digest()


def _entry(row: _Row) -> Entry:
    values = [*row[:8], row[8].hex() or None, row[9].hex(), *row[10:]]
    return Entry(*values)
