"""Invalid changes, at least one for each constraint of the shapes, made from the data themselves.

How a node is spoilt is what `tests.shapes.test_mutations` tells of the constraint; here it becomes
a change of asserted quads, since the gate derives the rest itself.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from pyoxigraph import Literal, NamedNode, Quad, Store
from rdflib import Literal as RdflibLiteral
from rdflib import URIRef
from rdflib.term import Node
from tests.shapes.test_mutations import (
    FAULTS,
    FORBIDDEN,
    OWN_FAULTS,
    PSHAPE,
    Fault,
    Maker,
    Spoiler,
    focus_of,
)

from brupact.dataset import FOLLOW_UP
from brupact.namespaces import INFERRED

#: So many nodes are tried for one constraint.
_TRIES = 6


@dataclass(frozen=True)
class Invalid:
    """A change that `constraint` forbids with its `component`, on the node `focus`."""

    constraint: str
    component: str
    focus: str
    added: tuple[Quad, ...]
    removed: tuple[Quad, ...]

    @property
    def name(self) -> tuple[str, str]:
        """What it offends against."""
        return self.constraint, self.component

    @property
    def graphs(self) -> set[NamedNode]:
        """The graphs that it changes."""
        return {q.graph_name for q in (*self.added, *self.removed)}  # type: ignore[misc]

    @cached_property
    def slots(self) -> set[tuple[object, object]]:
        """What it touches; changes with disjoint slots can be made together."""
        both = (*self.added, *self.removed)
        return {(q.subject, q.predicate) for q in both} | {(q.predicate, q.object) for q in both}


def candidates(
    spoiler: Spoiler, store: Store, constraints: Iterable[tuple[str, str]]
) -> dict[tuple[str, str], list[Invalid]]:
    """For each of `constraints` the changes that ought to offend against it, at most `_TRIES`."""
    own: dict[tuple[str, str], list[Maker]] = {}
    for constraint, component, make in (*OWN_FAULTS, *FORBIDDEN):
        own.setdefault((constraint, component), []).append(make)
    found = {}
    for name in sorted(constraints):
        makers = own.get(name) or [FAULTS[name[1]]]
        found[name] = [c for make in makers for c in _changes(spoiler, store, name, make)]
    return found


def _changes(
    spoiler: Spoiler, store: Store, name: tuple[str, str], make: Maker
) -> Iterable[Invalid]:
    made = 0
    shape = PSHAPE[name[0]]
    for node in spoiler.focus_nodes.get(shape, []):
        if made == _TRIES:
            return
        try:
            removed, added = make(spoiler, shape, node)
        except (AssertionError, IndexError):
            continue
        fault = Fault(*name, focus_of(name[0], node), frozenset(removed - added),
                      frozenset(t for t in added if t not in spoiler.data))  # fmt: skip
        if (change := _asserted(store, fault)) is not None:
            made += 1
            yield change


def _asserted(store: Store, fault: Fault) -> Invalid | None:
    """`fault` as a change of asserted quads; ``None`` if it is about derived ones alone."""
    removed: list[Quad] = []
    for triple in fault.removed:
        quads = store.quads_for_pattern(*map(term, triple))
        removed += [q for q in quads if q.graph_name != INFERRED]
    homes = Counter(q.graph_name for q in removed)
    added = []
    for triple in fault.added:
        subject, predicate, object = map(term, triple)
        here = [q.graph_name for q in store.quads_for_pattern(subject, None, None)]
        place = Counter({name: 1 for name in here if name != INFERRED}) + homes
        name = place.most_common(1)[0][0] if place else FOLLOW_UP
        added.append(Quad(subject, predicate, object, name))
    if not added and not removed:
        return None
    return Invalid(
        fault.constraint, fault.component, str(fault.focus), tuple(added), tuple(removed)
    )


def term(node: Node) -> Any:
    """A term of rdflib as one of pyoxigraph."""
    if isinstance(node, RdflibLiteral):
        if node.language:
            return Literal(str(node), language=node.language)
        return (
            Literal(str(node), datatype=NamedNode(str(node.datatype)))
            if node.datatype
            else (Literal(str(node)))
        )
    assert isinstance(node, URIRef), node
    return NamedNode(str(node))
