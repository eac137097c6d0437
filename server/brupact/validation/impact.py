"""What a change can affect: which shapes report on which nodes, found from the changed triples."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from pyoxigraph import NamedNode, Quad, Store, Triple

from brupact.namespaces import RDF_TYPE
from brupact.validation.network import Link, Network, State, Targets
from brupact.validation.view import SUB_CLASS_OF, Node, View, is_data

#: A state of the network and the node that is met there.
Place = tuple[State, Node]


@dataclass(frozen=True)
class Change:
    """Quads added and quads removed, asserted and derived alike; none in both."""

    added: frozenset[Quad] = frozenset()
    removed: frozenset[Quad] = frozenset()

    @property
    def triples(self) -> set[Triple]:
        """The triples that shapes may see changed."""
        return {quad.triple for quad in self.added | self.removed if is_data(quad)}

    @property
    def lost(self) -> set[Triple]:
        """The triples that shapes may have seen before only."""
        return {quad.triple for quad in self.removed if is_data(quad)}


@dataclass(frozen=True)
class Impact:
    """What may be other than it was: each shape by the state in which it meets its focus node."""

    #: The shapes and focus nodes whose constraints, SPARQL apart, may find something else.
    units: frozenset[Place]
    #: Those of them where the node may just have become a focus node of the shape, or ceased to be.
    membership: frozenset[Place]


def impact(network: Network, store: Store, change: Change) -> Impact:
    """What `change`, already made in `store`, may have affected.

    It is walked backwards from every changed triple over what was or is there: so nothing that
    depends on one is missed, neither before nor after. More may be found than has changed.
    """
    view = View(store, change.lost)
    hits = _Hits(network, view)
    for triple in change.triples:
        hits.follow(triple)
    reached = backwards(network, view, hits.places)
    over = {place for place in reached if place[0] in network.over}
    members = inwards(network, view, hits.members | over)
    units = {p for p in reached | members if p[0] in network.own}
    membership = Membership(network, view)
    return Impact(
        frozenset(place for place in units if membership.holds(*place)),
        frozenset(place for place in members if membership.holds(*place)),
    )


@dataclass
class _Hits:
    """Where the network reads changed triples."""

    network: Network
    view: View
    places: set[Place] = field(default_factory=set)
    #: Shapes with nodes to which they may apply now, or may have applied before.
    members: set[Place] = field(default_factory=set)

    def follow(self, triple: Triple) -> None:
        """Note where `triple` is read."""
        network, (s, p, o) = self.network, triple
        self.places |= {(state, s if forward else o) for state, forward in network.read.get(p, ())}
        self.places |= {(state, s) for state in network.closed}
        if p == RDF_TYPE:
            self._typed(o, [s])
        elif p == SUB_CLASS_OF:
            self._reclassified(s, o)
        self.members |= {(state, s) for state in network.subjects_of.get(p, ())}
        self.members |= {(state, o) for state in network.objects_of.get(p, ())}

    def _reclassified(self, below: Node, above: Node) -> None:
        asked = {*self.network.typed, *self.network.classes}
        if not asked.isdisjoint(self.view.supers(above)):
            self._typed(above, self.view.instances(below))

    def _typed(self, class_: Node, nodes: Iterable[Node]) -> None:
        nodes = list(nodes)
        for kind in self.view.supers(class_):
            for state in self.network.typed.get(kind, ()):
                self.places |= {(state, node) for node in nodes}
            for state in self.network.classes.get(kind, ()):
                self.members |= {(state, node) for node in nodes}


def backwards(network: Network, view: View, places: Iterable[Place]) -> set[Place]:
    """All from which one comes to one of `places`, those included."""
    found: set[Place] = set()
    todo = set(places)
    while todo:
        found |= todo
        todo = {before for place in todo for before in _before(network, view, *place)} - found
    return found


def _before(network: Network, view: View, state: State, node: Node) -> Iterator[Place]:
    for start, _ in network.links_back.get(state, ()):
        yield start, node
    yield from _steps_before(network, view, state, node)


def _steps_before(network: Network, view: View, state: State, node: Node) -> Iterator[Place]:
    for step in network.steps_back.get(state, ()):
        for before in _neighbours(view, node, step.predicate, not step.forward):
            yield step.state, before


def _neighbours(view: View, node: Node, predicate: NamedNode, forward: bool) -> set[Node]:
    return view.objects(node, predicate) if forward else view.subjects(predicate, node)


def inwards(network: Network, view: View, places: Iterable[Place]) -> set[Place]:
    """The shapes that report when those at `places` are checked, each with its focus nodes."""
    found: set[Place] = set()
    todo = set(places)
    while todo:
        found |= todo
        todo = {after for place in todo for after in _after(network, view, *place)} - found
    return {place for place in found if place[0] in network.reporting}


def below(network: Network, view: View, places: Iterable[Place]) -> set[Place]:
    """The shapes that report because one above them, at one of `places`, is checked."""
    return inwards(network, view, {p for place in places for p in _after(network, view, *place)})


def _after(network: Network, view: View, state: State, node: Node) -> Iterator[Place]:
    for end, link in network.links.get(state, ()):
        if link is Link.PROPERTY or (link is Link.PATH and end in network.inward):
            yield end, node
    for step in network.steps.get(state, ()):
        if step.state in network.inward:
            for after in _neighbours(view, node, step.predicate, step.forward):
                yield step.state, after


class Membership:
    """Which nodes are focus nodes of which shapes (SHACL, sections 2.1.3 and 2.3.2)."""

    def __init__(self, network: Network, view: View) -> None:
        """Ask about the data in `view`."""
        self._network, self._view = network, view
        self._known: dict[Place, bool] = {}

    def holds(self, state: State, node: Node) -> bool:
        """Whether the shape with the entry `state` reports on `node`."""
        found: set[Place] = set()
        todo = {(state, node)}
        while todo:
            if any(self._is_target(*place) for place in todo):
                return True
            found |= todo
            todo = {before for place in todo for before in self._before(*place)} - found
        return False

    def _before(self, state: State, node: Node) -> Iterator[Place]:
        for start, link in self._network.links_back.get(state, ()):
            if link is not Link.INNER:
                yield start, node
        yield from _steps_before(self._network, self._view, state, node)

    def _is_target(self, state: State, node: Node) -> bool:
        targets = self._network.targets.get(state)
        if targets is None:
            return False
        if (state, node) not in self._known:
            self._known[state, node] = is_target(targets, self._view, node)
        return self._known[state, node]

    def members(self, state: State) -> set[Node]:
        """All nodes on which the shape with the entry `state` reports."""
        starts = {s for s in self._ancestors(state) if s in self._network.targets}
        places = {(s, n) for s in starts for n in focus_nodes(self._network.targets[s], self._view)}
        return {n for s, n in inwards(self._network, self._view, places) if s == state}

    def _ancestors(self, state: State) -> set[State]:
        found: set[State] = set()
        todo = {state}
        while todo:
            found |= todo
            links = [pair for one in todo for pair in self._network.links_back.get(one, ())]
            back = {start for start, link in links if link is not Link.INNER}
            steps = [step for one in todo for step in self._network.steps_back.get(one, ())]
            todo = (back | {step.state for step in steps}) - found
        return found


def is_target(targets: Targets, view: View, node: Node) -> bool:
    """Whether `node` is one of the `targets` of a shape."""
    return (
        node in targets.nodes
        or not targets.classes.isdisjoint(view.classes(node) if targets.classes else ())
        or any(any(True for _ in view.triples(node, one)) for one in targets.subjects_of)
        or any(view.subjects(one, node) for one in targets.objects_of)
    )


def focus_nodes(targets: Targets, view: View) -> set[Node]:
    """All nodes in `view` that are `targets`."""
    found = set(targets.nodes)
    for class_ in targets.classes:
        found |= view.instances(class_)
    for predicate in targets.subjects_of:
        found |= {triple.subject for triple in view.pairs(predicate)}
    for predicate in targets.objects_of:
        found |= {triple.object for triple in view.pairs(predicate)}
    return found
