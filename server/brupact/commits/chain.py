"""The name of a commit: what is hashed, byte for byte (docs/decisions/0007-commit-log.md).

The name covers the text only through salted commitments, one for each row. So a row can be erased
with its salt: its commitment stays, the name still verifies, and nobody can try out guesses of the
text against it.
"""

import hashlib
import hmac
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

#: Says which layout is hashed; another layout gets another line.
LAYOUT: Final = b"brupact commit 1\n"
#: The bytes of a seed, a salt and a hash.
SEED, SALT, HASH = 32, 16, 32
#: The letter before a row: an added quad, a removed quad, the message.
ADDED, REMOVED, MESSAGE = b"A", b"D", b"M"


def encode(*fields: bytes | str | int | None) -> bytes:
    """`fields` one after the other, so that no two lists of fields give the same bytes.

    Each is its length in 8 bytes, most significant first, and its bytes: text in UTF-8, a number in
    8 bytes. ``None`` is the length 2^64 - 1 alone.
    """
    parts = []
    for value in fields:
        if value is None:
            parts.append(b"\xff" * 8)
            continue
        if isinstance(value, int):
            value = value.to_bytes(8, signed=True)
        elif isinstance(value, str):
            value = value.encode()
        parts.append(len(value).to_bytes(8) + value)
    return b"".join(parts)


@dataclass(frozen=True, slots=True, order=True)
class Erasure:
    """One row of the commit `number` whose text is gone, by the letter of the row."""

    number: int
    letter: bytes
    commitment: bytes


@dataclass(frozen=True, slots=True)
class Record:
    """A commit as it is stored.

    `salts` holds the salts of the rows that are left, once some are erased; before, all follow from
    `seed`. One of the two is ``None``. `previous` is empty in commit 0.
    """

    number: int
    kind: str
    time: str
    agent: str
    message: str | None
    key: str | None
    rules: str
    shapes: str
    previous: bytes
    seed: bytes | None
    added: tuple[bytes, ...]
    removed: tuple[bytes, ...]
    salts: bytes | None = None

    def rows(self) -> list[bytes]:
        """What is committed to: a letter, a space and the text, in the order of the salts."""
        message = [] if self.message is None else [MESSAGE + b" " + self.message.encode()]
        added = [ADDED + b" " + line for line in self.added]
        return message + added + [REMOVED + b" " + line for line in self.removed]

    def salted(self) -> list[tuple[bytes, bytes]]:
        """Each row with its salt.

        :raises ValueError: if there is not one salt for each row.
        """
        rows = self.rows()
        if self.seed is not None:
            return [(hmac.digest(self.seed, row, "sha256")[:SALT], row) for row in rows]
        salts = self.salts or b""
        if len(salts) != SALT * len(rows):
            raise ValueError("not one salt for each row")
        return [(salts[SALT * at : SALT * (at + 1)], row) for at, row in enumerate(rows)]

    def commitments(self) -> list[bytes]:
        """The commitments of the rows that are left."""
        return [commitment(salt, row) for salt, row in self.salted()]

    def name(self, gone: Iterable[bytes], erases: Iterable[Erasure]) -> bytes:
        """The name of this commit.

        `gone` are the commitments of its own rows that are erased, `erases` is what it erases
        itself. Rows go in by the order of their commitments, which tells nothing of their text.
        """
        rows = b"".join(sorted([*self.commitments(), *gone]))
        erased = b"".join(encode(e.number, e.letter, e.commitment) for e in sorted(erases))
        fixed = (self.number, self.previous, self.kind, self.time, self.agent)
        content = encode(*fixed, self.rules, self.shapes, self.key, rows, erased)
        return hashlib.sha256(LAYOUT + content).digest()


def commitment(salt: bytes, row: bytes) -> bytes:
    """What stands for `row` in the name of its commit."""
    return hashlib.sha256(salt + row).digest()
