"""The net effect of a change, and which graphs it is about."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import TypeVar

from pyoxigraph import BlankNode, DefaultGraph, NamedNode, Quad, Store

from brupact.delta.errors import NotWritable
from brupact.namespaces import INFERRED

Name = NamedNode | BlankNode
Graph = Name | DefaultGraph

_Item = TypeVar("_Item")


@dataclass(frozen=True, slots=True)
class Delta:
    """What a change adds and removes, in the normal form of the store.

    Nothing of `added` was there before, all of `removed` was. A named graph may be there and hold
    nothing: `created` and `dropped` are the graphs that come and go.
    """

    added: frozenset[Quad] = frozenset()
    removed: frozenset[Quad] = frozenset()
    created: frozenset[Name] = frozenset()
    dropped: frozenset[Name] = frozenset()
    #: The graphs that the change writes to, also where it finds nothing to change there.
    targets: frozenset[Graph] = frozenset()

    def __bool__(self) -> bool:
        """Whether anything changes."""
        return bool(self.added or self.removed or self.created or self.dropped)

    def inverse(self) -> "Delta":
        """What undoes it."""
        return Delta(self.removed, self.added, self.dropped, self.created, self.targets)

    def apply(self, store: Store) -> None:
        """Make the change in `store`, which must be as it was when the delta was found."""
        for quad in self.removed:
            store.remove(quad)
        for name in self.dropped:
            store.remove_graph(name)
        for name in self.created:
            store.add_graph(name)
        store.extend(self.added)


def composed(deltas: Iterable[Delta]) -> Delta:
    """The net effect of `deltas`, one after the other."""
    added, removed = set[Quad](), set[Quad]()
    created, dropped = set[Name](), set[Name]()
    targets = set[Graph]()
    for delta in deltas:
        _follow(delta.removed, removed, added)
        _follow(delta.added, added, removed)
        _follow(delta.dropped, dropped, created)
        _follow(delta.created, created, dropped)
        targets |= delta.targets
    return Delta(
        frozenset(added),
        frozenset(removed),
        frozenset(created),
        frozenset(dropped),
        frozenset(targets),
    )


def _follow(items: Collection[_Item], here: set[_Item], there: set[_Item]) -> None:
    """Note `items` in `here`, but those that take back what is noted in `there`."""
    back = there.intersection(items)
    there -= back
    here.update(item for item in items if item not in back)


def difference(
    store: Store, taken: Iterable[Quad], given: Iterable[Quad], targets: Iterable[Graph]
) -> Delta:
    """What it does to `store` to take `taken` out, and then to put `given` in.

    (SPARQL 1.1 Update, section 3.1.3: deletions happen before insertions.)
    """
    new = normal(given)
    added = frozenset(quad for quad in new if quad not in store)
    removed = frozenset(quad for quad in normal(taken) if quad in store) - new
    names = {quad.graph_name for quad in added}
    created = frozenset(
        name
        for name in names
        if not isinstance(name, DefaultGraph) and not store.contains_named_graph(name)
    )
    return Delta(added, removed, created, targets=frozenset(targets))


def stays_apart(store: Store, delta: Delta) -> bool:
    """Whether no triple stands in two graphs after `delta`, as none does in `store` before."""
    triples = {quad.triple for quad in delta.added}
    return len(triples) == len(delta.added) and all(
        quad in delta.removed
        for triple in triples
        for quad in store.quads_for_pattern(triple.subject, triple.predicate, triple.object)
    )


def normal(quads: Iterable[Quad]) -> frozenset[Quad]:
    """`quads` as a store has them, which rewrites literals: ``1.50`` becomes ``1.5``."""
    store = Store()
    store.extend(quads)
    return frozenset(store)


def require_writable(
    delta: Delta, writable: Collection[NamedNode], *, others: bool = False
) -> None:
    """Refuse a change of what whoever asks may not write.

    That may be the graphs `writable`, and with `others` all other named graphs, be there such ones
    or not; never the default graph, which is the union of all, or that of the inferred triples.

    :raises NotWritable: names the graphs that were wanted, and those that may be written.
    """
    allowed = frozenset(writable) - {INFERRED}
    refused = {
        graph
        for graph in delta.targets - allowed
        if not others or graph == INFERRED or not isinstance(graph, NamedNode)
    }
    if refused:
        raise NotWritable(refused, allowed)
