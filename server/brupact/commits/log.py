"""Appending to the log and reading its entries.

A `Log` is for one thread, and must not cross a fork: SQLite's locks belong to the process. Open one
wherever one is needed; readers read while a writer writes.
"""

import hashlib
import os
import re
import secrets
import sqlite3
from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import astuple, dataclass, replace
from datetime import UTC, date, datetime
from datetime import time as clock_time
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Literal, Self

import zstandard
from pyoxigraph import NamedNode, Quad

from brupact.commits import chain, lines
from brupact.commits.chain import Erasure, Record
from brupact.commits.errors import (
    Busy,
    Damaged,
    Inexact,
    KeyReused,
    NoLog,
    Stale,
    UnknownVersion,
)

#: The name of the file in its folder.
FILE: Final = "commits.sqlite"
#: The format of the file: SQLite's ``application_id`` ("brpt") and ``user_version``.
APPLICATION, FORMAT = 0x62727074, 1
#: How long one waits for another process, in seconds.
PATIENCE: Final = 10.0
#: The shortest prefix of a name that may stand for it.
PREFIX: Final = 8

_SCHEMA: Final = """
CREATE TABLE commits (
    number INTEGER PRIMARY KEY, kind TEXT NOT NULL, time TEXT NOT NULL, agent TEXT NOT NULL,
    message TEXT, key TEXT UNIQUE, rules TEXT NOT NULL, shapes TEXT NOT NULL,
    previous BLOB NOT NULL, added BLOB NOT NULL, removed BLOB NOT NULL, seed BLOB, salts BLOB,
    name BLOB NOT NULL UNIQUE, additions INTEGER NOT NULL, removals INTEGER NOT NULL,
    digest BLOB NOT NULL
) STRICT;
CREATE INDEX commits_time ON commits (time);
-- Which rows of which commit were erased, and by which.
CREATE TABLE erased (
    number INTEGER NOT NULL, letter BLOB NOT NULL, commitment BLOB NOT NULL, by INTEGER NOT NULL,
    PRIMARY KEY (number, commitment)
) STRICT, WITHOUT ROWID;
CREATE INDEX erased_by ON erased (by);
-- Which commits touched a subject, an object, a graph: the key is a hash of it.
CREATE TABLE touched (
    key INTEGER NOT NULL, number INTEGER NOT NULL, PRIMARY KEY (key, number)
) STRICT, WITHOUT ROWID;
CREATE TABLE snapshots (
    number INTEGER PRIMARY KEY, quads BLOB NOT NULL, size INTEGER NOT NULL, digest BLOB NOT NULL
) STRICT;
-- Has a row as long as erased text may still stand in free pages of the file.
CREATE TABLE unscrubbed (since INTEGER NOT NULL) STRICT;
"""
_RECORD: Final = (
    "number, kind, time, agent, message, key, rules, shapes, previous, added, removed, seed, salts"
)
_STORED: Final = f"{_RECORD}, name, additions, removals, digest"
_ENTRY: Final = """
SELECT number, kind, time, agent, message, key, rules, shapes, previous, name, additions, removals,
    (SELECT COUNT(*) FROM erased WHERE erased.number = commits.number) FROM commits
"""

Kind = Literal["change", "release", "redaction"]
#: A commit by its number, the time at which it was the latest, its name or the begin of that.
Version = int | datetime | str
_Row = tuple[Any, ...]


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


class Log:
    """The log in a folder, which is made if it is missing and `create` is true.

    `clock` gives the time of a commit; a commit is never older than the one before it.

    :raises NoLog: if there is none and none is to be made, or the file is something else.
    """

    def __init__(
        self,
        directory: Path,
        *,
        create: bool = True,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """Open it; what a killed process left half done is undone by SQLite."""
        self.path = directory / FILE
        self._clock = clock
        if not self.path.is_file():
            if not create:
                raise NoLog(f"{directory}: no log of commits here")
            _make_folder(directory)
        self.connection = sqlite3.connect(self.path, timeout=PATIENCE, isolation_level=None)
        try:
            self._prepare()
        except sqlite3.DatabaseError as error:
            self.close()
            if _is_busy(error):
                raise Busy(f"{self.path}: {error}") from error
            raise NoLog(f"{self.path}: not a log of commits: {error}") from error
        except BaseException:
            self.close()
            raise

    def _prepare(self) -> None:
        execute = self.connection.execute
        if self._format() not in {(0, 0), (APPLICATION, FORMAT)}:
            raise NoLog(f"{self.path}: not a log of commits of format {FORMAT}")
        for setting in ("journal_mode = WAL", "synchronous = FULL", "secure_delete = ON"):
            execute(f"PRAGMA {setting}")
        # What SQLite would spill to a file could hold what is to be erased.
        execute("PRAGMA temp_store = MEMORY")
        if self._format() == (0, 0):
            with self.writing():
                if self._format() == (0, 0):
                    for statement in _SCHEMA.split(";\n")[:-1]:
                        execute(statement)
                    execute(f"PRAGMA application_id = {APPLICATION}")
                    execute(f"PRAGMA user_version = {FORMAT}")
        if execute("SELECT 1 FROM unscrubbed").fetchone():
            with suppress(Busy):
                self.scrub()

    def _format(self) -> _Row:
        pragmas = ("application_id", "user_version")
        return tuple(self.connection.execute(f"PRAGMA {p}").fetchone()[0] for p in pragmas)

    def close(self) -> None:
        """Give back the file."""
        self.connection.close()

    def __enter__(self) -> Self:
        """The log, which is closed at the end."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        """Close."""
        self.close()

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Hold the right to write; what is written is on disk at the end, all or nothing.

        :raises Busy: if another holds it for longer than `PATIENCE`.
        """
        try:
            self.connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            if _is_busy(error):
                raise Busy(f"{self.path}: {error}") from error
            raise
        try:
            yield
            self.connection.execute("COMMIT")
        except BaseException:
            if self.connection.in_transaction:
                self.connection.execute("ROLLBACK")
            raise

    @contextmanager
    def reading(self) -> Iterator[None]:
        """See one state of the log in all that is read, whatever others write meanwhile."""
        if self.connection.in_transaction:
            yield
            return
        self.connection.execute("BEGIN")
        try:
            yield
        finally:
            self.connection.execute("ROLLBACK")

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
        self, draft: Draft, added: Sequence[bytes], removed: Sequence[bytes]
    ) -> Entry | None:
        """The commit that `draft` became when it was sent before.

        :raises KeyReused: if its key stands for a commit with another content.
        """
        if not (entry := self.find(draft.key)):
            return None
        same = (entry.agent, entry.kind) == (draft.agent, draft.kind)
        if same and not entry.erased:
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
        packed = replace(record, added=(lines.pack(record.added),), removed=())
        row = list(astuple(packed))
        row[9:11] = [lines.pack(record.added), lines.pack(record.removed)]
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
        where, value = "number = ?", version
        if isinstance(version, str):
            if not re.fullmatch(rf"[0-9a-f]{{{PREFIX},64}}", version):
                raise UnknownVersion(f"{version}: not {PREFIX} to 64 hexadecimal digits")
            where, value = "lower(hex(name)) GLOB ?", version + "*"
        rows = self.connection.execute(f"{_ENTRY} WHERE {where} LIMIT 2", (value,)).fetchall()
        if len(rows) != 1:
            raise UnknownVersion(f"{version}: {'several commits' if rows else 'no commit'}")
        return _entry(rows[0])

    def _at(self, time: datetime) -> Entry:
        if time.tzinfo is None:
            raise UnknownVersion(f"{time}: a time needs its zone")
        if time > self._clock():
            raise UnknownVersion(f"{stamp(time)}: still to come; the data may change until then")
        row = self.connection.execute(
            f"{_ENTRY} WHERE time <= ? ORDER BY number DESC LIMIT 1", (stamp(time),)
        ).fetchone()
        if not row:
            raise UnknownVersion(f"{stamp(time)}: before the first commit")
        return _entry(row)

    def entries(self, where: str = "", values: Sequence[object] = ()) -> Iterator[Entry]:
        """The commits for which the SQL condition `where` holds, in order; all without one."""
        condition = f"WHERE {where}" if where else ""
        for row in self.connection.execute(f"{_ENTRY} {condition} ORDER BY number", values):
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
                added, removed = lines.unpack(row[9]), lines.unpack(row[10])
                record = Record(*row[:9], added, removed, *row[11:13])
            except (sqlite3.Error, zstandard.ZstdError, ValueError) as error:
                raise Damaged(f"commit {number}", str(error)) from error
            yield record, row[13]

    def gone(self, number: int) -> list[bytes]:
        """The commitments of the rows of a commit that are erased."""
        query = "SELECT commitment FROM erased WHERE number = ?"
        return [value for (value,) in self.connection.execute(query, (number,))]

    def erasures(self, by: int) -> list[Erasure]:
        """What the commit `by` erased."""
        query = "SELECT number, letter, commitment FROM erased WHERE by = ?"
        return [Erasure(*row) for row in self.connection.execute(query, (by,))]

    def scrub(self) -> None:
        """Write the file anew and empty the write-ahead log, so that erased text is gone from both.

        :raises Busy: if readers do not let go; it is tried again when the log is next opened.
        """
        try:
            self.connection.execute("VACUUM")
            busy, _, _ = self.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            if busy:
                raise Busy(f"{self.path}: a reader holds an earlier state; scrub again later")
            self.connection.execute("DELETE FROM unscrubbed")
        except sqlite3.OperationalError as error:
            if _is_busy(error):
                raise Busy(f"{self.path}: {error}") from error
            raise


def stamp(time: datetime) -> str:
    """`time` as the log writes it: RFC 3339, UTC, milliseconds."""
    return time.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def parse_version(text: str) -> Version:
    """What people write for a version.

    A number of at most seven digits; eight to 64 hexadecimal digits, the begin of a name; a date,
    which means its last moment (UTC); a date and time with a zone (RFC 3339).

    :raises UnknownVersion: if it is none of these.
    """
    if re.fullmatch(r"[0-9]{1,7}", text):
        return int(text)
    if re.fullmatch(rf"[0-9a-f]{{{PREFIX},64}}", text):
        return text
    with suppress(ValueError):
        if re.fullmatch(r"\d{4}-\d\d-\d\d", text, re.ASCII):
            end = clock_time(23, 59, 59, 999_999, UTC)
            return datetime.combine(date.fromisoformat(text), end)
        pattern = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)"
        if re.fullmatch(pattern, text, re.ASCII):
            return datetime.fromisoformat(text)
    raise UnknownVersion(f"{text}: not a number, a date, a time with its zone or a hash")


def snapshot_digest(number: int, quads: bytes, size: int) -> bytes:
    """What tells whether a stored snapshot is as it was written."""
    return _digest((number, quads, size))


def _digest(row: Sequence[Any]) -> bytes:
    return hashlib.sha256(chain.encode(*row)).digest()


def _entry(row: _Row) -> Entry:
    return Entry(*row[:8], row[8].hex() or None, row[9].hex(), *row[10:])


def _is_busy(error: sqlite3.Error) -> bool:
    return getattr(error, "sqlite_errorcode", 0) & 0xFF in (
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
    )


def _make_folder(directory: Path) -> None:
    """Make a folder that only its owner reads, and see that it is on disk."""
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    sync(directory.parent)


def sync(path: Path) -> None:
    """See that a file, or the list of files in a folder, is on disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
