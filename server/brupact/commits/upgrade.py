"""A new release as a commit: what it changes in the graphs of releases, and in no other."""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from typing import Final

from pyoxigraph import NamedNode, Quad

from brupact.commits import lines, state
from brupact.commits.history import Delta, between
from brupact.commits.log import Log
from brupact.commits.state import State
from brupact.namespaces import graph

#: The graphs that editors write; no release touches them.
EDITORS: Final = (graph("follow-up"),)


@dataclass(frozen=True, slots=True)
class Upgrade:
    """What a release changes.

    `undone` is the part of `delta` that takes back what others changed in the graphs of the release
    since the release before: to be shown to someone first.
    """

    delta: Delta
    undone: Delta


def upgrade(
    log: Log,
    release: Iterable[Quad],
    editors: Collection[NamedNode] = EDITORS,
    current: State | None = None,
) -> Upgrade:
    """How the data of the head become `release`; `current` are those data, if they are at hand.

    The graphs of `release`, and those that an earlier release filled, will hold what it holds;
    `editors` and all other graphs stay as they are. In an empty log that is the whole release. Is
    `release` the one that was put in last, all stays as it is, what others changed since included.
    Commit it with the kind ``release``.

    :raises HasBlankNode: if a quad has a blank node.
    :raises Damaged: at a commit that cannot be read.
    """
    wanted = frozenset(lines.normal(release))
    untouched = {str(name).encode() for name in editors}
    with log.reading():
        head = log.head()
        earlier = next(log.entries("kind = 'release'", latest=1), None)
        held = frozenset[bytes]()
        if head:
            held = (current or state.at(log, head.number)).lines
        since = between(log, earlier.number, head.number) if head and earlier else Delta()
        own = _own(log, held - wanted | since.added | since.removed, wanted) - untouched
    missing = _in(wanted - held, lambda name: name not in untouched)
    surplus = _in(held - wanted, lambda name: name in own)
    is_same = earlier and not (
        missing - since.removed
        or surplus - since.added
        or _in(since.added & wanted, lambda name: name in own)
        or _in(since.removed - wanted, lambda name: name in own)
    )
    if is_same:
        return Upgrade(Delta(), Delta())
    undone = Delta(missing & since.removed, surplus & since.added)
    return Upgrade(Delta(missing, surplus), undone)


def _own(log: Log, some: Iterable[bytes], wanted: Iterable[bytes]) -> set[bytes | None]:
    """The graphs of `some` lines that belong to releases: to an earlier one, or to `wanted`.

    Whatever stands in no named graph does: nobody else writes there.
    """
    names = {lines.graph(line) for line in some}
    found = {name for name in names if name is None or log.released(name.decode()[1:-1])}
    if names - found:
        found |= {lines.graph(line) for line in wanted}
    return found


def _in(some: Iterable[bytes], wanted: Callable[[bytes | None], bool]) -> frozenset[bytes]:
    """Those of `some` lines whose graph is `wanted`."""
    return frozenset(line for line in some if wanted(lines.graph(line)))
