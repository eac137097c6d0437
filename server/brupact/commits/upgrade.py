"""A new release as a commit: what it changes in the graphs of releases, and in no other."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Final

from pyoxigraph import NamedNode, Quad

from brupact.commits import lines, state
from brupact.commits.history import Delta, between
from brupact.commits.log import Log
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


def upgrade(log: Log, release: Iterable[Quad], editors: Collection[NamedNode] = EDITORS) -> Upgrade:
    """How the data of the head become `release`.

    The graphs of `release`, and those that an earlier release filled, will hold what it holds;
    `editors` and all other graphs stay as they are. In an empty log that is the whole release.
    Commit it with the kind ``release``.

    :raises HasBlankNode: if a quad has a blank node.
    :raises Damaged: at a commit that cannot be read.
    """
    wanted = frozenset(lines.normal(release))
    untouched = {str(name).encode() for name in editors}
    with log.reading():
        head = log.head()
        held = state.at(log, head.number).lines if head else frozenset()
        earlier = [entry.number for entry in log.entries("kind = 'release'")]
        filled = {lines.graph(line) for n in earlier for line in log.record(n).added}
        since = between(log, earlier[-1], head.number) if head and earlier else Delta()
    own = (filled | {lines.graph(line) for line in wanted}) - untouched
    held = frozenset(line for line in held if lines.graph(line) in own)
    wanted = frozenset(line for line in wanted if lines.graph(line) in own)
    delta = Delta(wanted - held, held - wanted)
    return Upgrade(delta, Delta(delta.added & since.removed, delta.removed & since.added))
