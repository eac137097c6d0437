"""The file that holds the log: SQLite, each commit on disk before it counts."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from brupact.commits.errors import Busy, NoLog, NotWritten

#: The name of the file in its folder.
FILE: Final = "commits.sqlite"
#: The format of the file: SQLite's ``application_id`` ("brpt") and ``user_version``.
APPLICATION, FORMAT = 0x62727074, 1
#: How long one waits for another process, in seconds.
PATIENCE: Final = 10.0

#: How SQLite says that the disk does not take what is to be written.
_NOT_WRITTEN: Final = frozenset(
    {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN}
)

_SCHEMA: Final = """
CREATE TABLE commits (
    number INTEGER PRIMARY KEY, kind TEXT NOT NULL, time TEXT NOT NULL, agent TEXT NOT NULL,
    message TEXT, key TEXT UNIQUE, rules TEXT NOT NULL, shapes TEXT NOT NULL,
    previous BLOB NOT NULL, name BLOB NOT NULL UNIQUE, additions INTEGER NOT NULL,
    removals INTEGER NOT NULL, digest BLOB NOT NULL,
    -- What may be large stands last: SQLite reads a row up to the columns that are asked for.
    seed BLOB, added BLOB NOT NULL, removed BLOB NOT NULL, salts BLOB
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


class Database:
    """The file in the folder `directory`, which is made if it is missing and `create` is true.

    :raises NoLog: if there is none and none is to be made, or the file is something else.
    :raises Busy: if another process does not let go of it.
    """

    def __init__(self, directory: Path, *, create: bool = True) -> None:
        """Open it; what a killed process left half done is undone by SQLite."""
        self.path = directory / FILE
        if not self.path.is_file():
            if not create:
                raise NoLog(f"{directory}: no log of commits here")
            try:
                _make_folder(directory)
                # Its owner alone reads it, as what SQLite puts beside it.
                os.close(os.open(self.path, os.O_CREAT | os.O_RDWR, 0o600))
            except OSError as error:
                raise NoLog(f"{directory}: no log can be made here: {error.strerror}") from None
        self.connection = sqlite3.connect(self.path, timeout=PATIENCE, isolation_level=None)
        try:
            self._prepare()
        except (sqlite3.DatabaseError, UnicodeDecodeError) as error:
            # Where the schema is damaged, the message of SQLite may be no text.
            self.close()
            if _is_busy(error):
                raise Busy(f"{self.path}: {error}") from error
            if _code(error) in _NOT_WRITTEN:
                raise NoLog(
                    f"{self.path}: cannot be written: {error}; who uses the log must be able to"
                    " write the file, the directory, and on its disk"
                ) from error
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
        with suppress(Busy):
            self.scrub()

    def _format(self) -> tuple[int, ...]:
        pragmas = ("application_id", "user_version")
        return tuple(self.connection.execute(f"PRAGMA {p}").fetchone()[0] for p in pragmas)

    def close(self) -> None:
        """Give back the file."""
        self.connection.close()

    def __enter__(self) -> Self:
        """The log, which is closed at the end."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        """Close."""
        self.close()

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Hold the right to write; what is written is on disk at the end, all or nothing.

        :raises Busy: if another holds it for longer than `PATIENCE`.
        :raises NotWritten: if the disk does not take it; nothing is written then.
        """
        try:
            self.connection.execute("BEGIN IMMEDIATE")
            try:
                yield
                self.connection.execute("COMMIT")
            except BaseException:
                if self.connection.in_transaction:
                    self.connection.execute("ROLLBACK")
                raise
        except sqlite3.OperationalError as error:
            if _is_busy(error):
                raise Busy(f"{self.path}: {error}") from error
            if _code(error) in _NOT_WRITTEN:
                raise NotWritten(
                    f"the log cannot be written: {error}; nothing was committed"
                ) from error
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

    def scrub(self) -> None:
        """Write the file anew and empty the write-ahead log, so that erased text is gone from both.

        It does nothing where nothing was erased since the last time.

        :raises Busy: if readers do not let go; it is tried again when the log is next opened.
        """
        (since,) = self.connection.execute("SELECT MAX(since) FROM unscrubbed").fetchone()
        if since is None:
            return
        try:
            self.connection.execute("VACUUM")
            busy, _, _ = self.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            if busy:
                raise Busy(f"{self.path}: a reader holds an earlier state; scrub again later")
            self.connection.execute("DELETE FROM unscrubbed WHERE since <= ?", (since,))
        except sqlite3.OperationalError as error:
            if _is_busy(error):
                raise Busy(f"{self.path}: {error}") from error
            raise


def _is_busy(error: Exception) -> bool:
    return _code(error) in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


def _code(error: Exception) -> int:
    """The primary result code of SQLite."""
    return int(getattr(error, "sqlite_errorcode", 0)) & 0xFF


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
