"""Erasing personal data: the text goes from every commit that held it, the chain still verifies.

What stays of an erased row is its commitment, a hash with a salt that is erased with it. Copies
made before (backups, answers that were given) still hold the text.
"""

from collections.abc import Collection, Container, Set
from dataclasses import replace

from pyoxigraph import Quad

from brupact.commits import lines, state
from brupact.commits.chain import ADDED, MESSAGE, REMOVED, Erasure, Record, commitment
from brupact.commits.errors import NothingToErase
from brupact.commits.log import Draft, Log, Receipt


def redact(
    log: Log, draft: Draft, current: Container[Quad], messages: Collection[int] = ()
) -> Receipt:
    """Erase what `draft` removes, from all versions, and the messages of the commits in `messages`.

    Unlike in other commits the quads need not be in `current`, the data of the head; `draft` adds
    nothing, and its own message should not say what is erased. The text is gone from the file when
    this returns.

    :raises NothingToErase: if no commit holds any of it.
    :raises Stale: if `draft` does not build on the head.
    :raises KeyReused: if its key stands for another commit.
    :raises Busy: if a reader holds an earlier state of the file for long: the commit is made, and
        `Log.scrub` is to be called again (opening the log does).
    """
    draft = replace(draft, kind="redaction")
    if lines.normal(draft.added):
        raise ValueError("a redaction adds nothing")
    targets = set(lines.normal(draft.removed))
    with log.writing():
        if not (known := log.repeated(draft)):
            present = [q for q in lines.quads(sorted(targets)) if q in current]
            record = log.next(draft, (), lines.normal(present))
            erasures = [
                erasure
                for number in sorted(_holding(log, targets) | set(messages))
                for erasure in _erase(log, number, targets, number in messages)
            ]
            if not erasures:
                raise NothingToErase("no commit holds what is to be erased")
            left, own = _without(record, targets, False)
            name = left.name([erasure.commitment for erasure in own], [*erasures, *own])
            log.put(left, name)
            log.connection.executemany(
                "INSERT INTO erased VALUES (?, ?, ?, ?)",
                [(e.number, e.letter, e.commitment, record.number) for e in (*erasures, *own)],
            )
            _erase_from_snapshots(log, targets)
            log.connection.execute("INSERT INTO unscrubbed VALUES (?)", (record.number,))
    receipt = Receipt(known or log.entry(record.number), bool(known))
    log.scrub()
    return receipt


def _holding(log: Log, targets: Set[bytes]) -> set[int]:
    """The commits that may hold one of the lines."""
    query = "SELECT number FROM touched WHERE key = ?"
    found = (log.connection.execute(query, (key,)) for key in lines.subject_keys(targets))
    return {number for rows in found for (number,) in rows}


def _erase(log: Log, number: int, targets: Set[bytes], message: bool) -> list[Erasure]:
    """Store the commit `number` without what is to be erased."""
    record = log.record(number)
    left, erasures = _without(record, targets, message)
    if erasures:
        log.put(left, bytes.fromhex(log.entry(number).name))
        gone = lines.keys(targets) - lines.keys((*left.added, *left.removed))
        log.connection.executemany(
            "DELETE FROM touched WHERE key = ? AND number = ?", [(key, number) for key in gone]
        )
    return erasures


def _without(record: Record, targets: Set[bytes], message: bool) -> tuple[Record, list[Erasure]]:
    """`record` without the rows of `targets` and, if wanted, its message; and what was left out.

    The salts of the rows that stay take the place of the seed, from which the others would follow.
    """
    if not message and targets.isdisjoint((*record.added, *record.removed)):
        return record, []
    kept, erasures = [], []
    for salt, row in record.salted():
        letter, text = row[:1], row[2:]
        if message if letter == MESSAGE else text in targets:
            erasures.append(Erasure(record.number, letter, commitment(salt, row)))
        else:
            kept.append((salt, letter, text))
    if not erasures:
        return record, []
    left = replace(
        record,
        message=None if message else record.message,
        added=tuple(text for _, letter, text in kept if letter == ADDED),
        removed=tuple(text for _, letter, text in kept if letter == REMOVED),
        seed=None,
        salts=b"".join(salt for salt, _, _ in kept),
    )
    return left, erasures


def _erase_from_snapshots(log: Log, targets: Set[bytes]) -> None:
    numbers = log.connection.execute("SELECT number FROM snapshots").fetchall()
    for (number,) in numbers:
        held = state.read_snapshot(log, number)
        if not held.isdisjoint(targets):
            left = held - targets
            state.put_snapshot(log, number, lines.pack(sorted(left)), len(left))
