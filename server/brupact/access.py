"""Who may do more than read: tokens with a role, kept in the state directory, hashed.

A token is 256 random bits, so one round of SHA-256 keeps it safe: there is nothing to guess that a
slower hash would protect.
"""

import hashlib
import hmac
import os
import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from brupact.errors import BrupactError

#: The roles; each may do what those before it may.
ROLES: Final = ("reader", "editor", "admin")
#: The name of the file in the state directory.
FILE: Final = "access.sqlite"
#: A token begins with this, so that one that got out is known for what it is.
_BEGINS: Final = "brupact_"
#: So many characters at the end of a token tell it from others.
_ENDING: Final = 4
_LONGEST_NAME: Final = 100
#: How many seconds a change waits for another.
_PATIENCE: Final = 5.0
_TABLE: Final = """
CREATE TABLE IF NOT EXISTS token (
    name TEXT PRIMARY KEY,
    role TEXT NOT NULL,
    created TEXT NOT NULL,
    ending TEXT NOT NULL,
    hash BLOB NOT NULL UNIQUE
)
"""


class AccessFailure(BrupactError):
    """A name that cannot be used, or a state directory that cannot."""


@dataclass(frozen=True)
class Holder:
    """Who has a token, and what it is good for."""

    name: str
    role: str
    #: When it was made: date and time with the zone (RFC 3339).
    created: str
    #: The last characters of the token.
    ending: str

    def may(self, role: str) -> bool:
        """Whether what `role` may do, one of `ROLES`, may be done with the token."""
        return ROLES.index(self.role) >= ROLES.index(role)


class Access:
    """The tokens of the state directory `state`; may be used by several threads and processes.

    What is changed holds for whoever looks next.
    """

    def __init__(self, state: Path) -> None:
        """Make directory and file where they are not there yet, closed to all other users.

        :raises AccessFailure: if that cannot be done.
        """
        self._file = state / FILE
        try:
            state.mkdir(mode=0o700, parents=True, exist_ok=True)
            if state.stat().st_mode & 0o077:
                state.chmod(0o700)
            os.close(os.open(self._file, os.O_CREAT | os.O_RDWR, 0o600))
            self._file.chmod(0o600)
        except OSError as error:
            raise AccessFailure(f"{state}: {error.strerror}") from None
        with self._open() as database:
            database.execute("PRAGMA journal_mode = WAL")
            database.execute(_TABLE)

    def add(self, name: str, role: str) -> str:
        """A new token for `name` with `role`, one of `ROLES`; it cannot be read again.

        :raises AccessFailure: if `name` has a token, or cannot be shown in a line.
        """
        if not 0 < len(name) <= _LONGEST_NAME or not name.isprintable() or name != name.strip():
            raise AccessFailure(f"a name is one line of 1 to {_LONGEST_NAME} characters")
        token = _BEGINS + secrets.token_urlsafe(32)
        created = datetime.now(UTC).isoformat(timespec="seconds")
        row = name, ROLES[ROLES.index(role)], created, token[-_ENDING:], _hash(token)
        with self._open() as database:
            try:
                database.execute("INSERT INTO token VALUES (?, ?, ?, ?, ?)", row)
            except sqlite3.IntegrityError:
                raise AccessFailure(f"{name} has a token already; remove it first") from None
        return token

    def remove(self, name: str) -> None:
        """Make the token of `name` worthless at once.

        :raises AccessFailure: if there is none.
        """
        with self._open() as database:
            if not database.execute("DELETE FROM token WHERE name = ?", (name,)).rowcount:
                raise AccessFailure(f"{name} has no token")

    def holders(self) -> list[Holder]:
        """Who has a token, in order of their names."""
        return [holder for holder, _ in self._rows()]

    def holder(self, token: str) -> Holder | None:
        """Who has `token`, if it is one."""
        wanted, found = _hash(token), None
        for holder, known in self._rows():
            if hmac.compare_digest(wanted, known):
                found = holder
        return found

    def _rows(self) -> list[tuple[Holder, bytes]]:
        with self._open() as database:
            rows = database.execute("SELECT * FROM token ORDER BY name").fetchall()
        return [(Holder(*row[:-1]), row[-1]) for row in rows]

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        """A connection of its own, as a fork or a thread needs it; what is done is done whole.

        :raises AccessFailure: if the file is not there any more or is something else.
        """
        try:
            address = f"{self._file.absolute().as_uri()}?mode=rw"
            with closing(sqlite3.connect(address, uri=True, timeout=_PATIENCE)) as database:
                with database:
                    yield database
        except sqlite3.Error as error:
            raise AccessFailure(f"{self._file}: {error}") from None


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
