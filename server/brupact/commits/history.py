"""What changed: entries by what they touch, the difference of two versions, undoing a commit."""

from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TypedDict, Unpack

from pyoxigraph import NamedNode, Quad

from brupact.commits import lines
from brupact.commits.errors import RevertConflict
from brupact.commits.log import Entry, Log
from brupact.commits.version import Version, stamp


@dataclass(frozen=True, slots=True)
class Delta:
    """Lines added and lines removed, none in both."""

    added: frozenset[bytes] = frozenset()
    removed: frozenset[bytes] = frozenset()

    def quads(self) -> tuple[list[Quad], list[Quad]]:
        """What is added and what is removed, as quads in a fixed order."""
        return lines.quads(sorted(self.added)), lines.quads(sorted(self.removed))


class Wanted(TypedDict, total=False):
    """Which commits are asked for: those of which all that is given holds."""

    #: Included, as `until` is.
    since: datetime
    until: datetime
    #: The IRI of who made it.
    agent: str
    #: IRIs of the graph, or of the subject, of a quad that changed.
    graph: str
    subject: str
    #: An IRI that is subject or object of one.
    touching: str


def latest(
    log: Log, most: int, *, before: int | None = None, **wanted: Unpack[Wanted]
) -> Iterator[Entry]:
    """The last `most` of `entries`, newest first.

    With `before` only those with a smaller number.
    """
    conditions, values = _chosen(wanted)
    if before is not None:
        conditions.append("number < ?")
        values.append(before)
    return log.entries(" AND ".join(conditions), values, latest=most)


def entries(log: Log, **wanted: Unpack[Wanted]) -> Iterator[Entry]:
    """The commits that are asked for, in order. Erased quads are not found."""
    conditions, values = _chosen(wanted)
    return log.entries(" AND ".join(conditions), values)


def _chosen(wanted: Wanted) -> tuple[list[str], list[object]]:
    """The conditions of SQL that choose commits, and their values."""
    indexed = "number IN (SELECT number FROM touched WHERE key IN (?, ?))"
    conditions: dict[str, list[object]] = {}
    if since := wanted.get("since"):
        conditions["time >= ?"] = [stamp(since)]
    if until := wanted.get("until"):
        conditions["time <= ?"] = [stamp(until)]
    if agent := wanted.get("agent"):
        conditions["agent = ?"] = [agent]
    if graph := wanted.get("graph"):
        conditions[indexed] = [lines.graph_key(graph)] * 2
    if subject := wanted.get("subject"):
        conditions[indexed + " "] = [lines.subject_key(subject)] * 2
    if touching := wanted.get("touching"):
        found = [lines.subject_key(touching), lines.object_key(touching)]
        conditions[indexed + "  "] = list(found)
    return list(conditions), [value for given in conditions.values() for value in given]


def statements(log: Log, iri: str) -> set[Quad]:
    """All quads that ever had `iri` as subject or object, and are not erased."""
    found: set[bytes] = set()
    keys = {lines.subject_key(iri), lines.object_key(iri)}
    with log.reading():
        for entry in entries(log, touching=iri):
            record = log.record(entry.number)
            both = (*record.added, *record.removed)
            found |= {line for line in both if lines.keys((line,)) & keys}
    return set(lines.quads(found))


def diff(log: Log, old: Version, new: Version) -> Delta:
    """What must be added to and removed from the data at `old` to have those at `new`.

    :raises UnknownVersion: if one of them is none.
    :raises Damaged: at a commit that cannot be read.
    """
    with log.reading():
        return between(log, log.entry(old).number, log.entry(new).number)


def between(log: Log, old: int, new: int) -> Delta:
    """The same by number; -1 stands for the time before the first commit, without data."""
    added: set[bytes] = set()
    removed: set[bytes] = set()
    for record, _ in log.records(min(old, new) + 1, max(old, new)):
        # A line is added and removed in turn, so that two changes of it are none.
        _toggle(record.added, added, removed)
        _toggle(record.removed, removed, added)
    if old > new:
        added, removed = removed, added
    return Delta(frozenset(added), frozenset(removed))


def _toggle(changed: Iterable[bytes], here: set[bytes], there: set[bytes]) -> None:
    """Note in `here` what changed, unless that takes back what is noted in `there`."""
    back = there.intersection(changed)
    there -= back
    here.update(set(changed) - back)


def revert(
    log: Log, version: Version, current: Container[Quad], derived: NamedNode | None = None
) -> Delta:
    """What undoes a commit in the data `current`, those of the head.

    The graph `derived` is left out: what it holds follows from the rest.

    :raises RevertConflict: if a quad that it added is gone, or one that it removed is back or
        erased.
    :raises UnknownVersion: if there is no such commit.
    """
    with log.reading():
        record = log.record(log.entry(version).number)
        removals = "SELECT COUNT(*) FROM erased WHERE number = ? AND letter = ?"
        (erased,) = log.connection.execute(removals, (record.number, b"D")).fetchone()
    left_out = None if derived is None else str(derived).encode()
    added, removed = (
        [line for line in changed if left_out is None or lines.graph(line) != left_out]
        for changed in (record.added, record.removed)
    )
    present = [quad for quad in lines.quads(removed) if quad in current]
    absent = [quad for quad in lines.quads(added) if quad not in current]
    if present or absent or erased:
        raise RevertConflict(present, absent, erased)
    return Delta(frozenset(removed), frozenset(added))
