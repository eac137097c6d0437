"""Shapes as a network of states: all that they look at from a node, walkable in both directions.

To check a shape at a node is to walk: along the path of a property shape to its values, from there
into the shapes that ``sh:node``, ``sh:property``, ``sh:not``, ``sh:or`` and the like name. Each
shape has a state in which it meets a node, each step of a path leads from a state to a state, and a
constraint that reads further triples (``sh:class``, ``sh:equals``, ``sh:closed``) does so from the
state in which it holds. So whatever triple a shape reads, some step of the network reads it; walked
backwards from a triple, the network leads to all nodes whose validation can depend on it (SHACL,
sections 2.1.3, 2.3.1 and 4).
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Final

import rdflib
from pyoxigraph import Literal, NamedNode
from rdflib.collection import Collection
from rdflib.namespace import RDF, RDFS, SH, XSD

from brupact.validation.view import Node

State = int


class Link(Enum):
    """Why two states meet the same node without a triple read in between."""

    PATH = "part of a path"
    PROPERTY = "sh:property: what the shape finds, it reports itself"
    INNER = "another parameter: only whether the node conforms counts"


@dataclass(frozen=True)
class Step:
    """A triple read: of `predicate`, from subject to object if `forward`; it leads to `state`."""

    predicate: NamedNode
    forward: bool
    state: State


#: Constraints that are checked on the values alone: they read no triple beyond the path.
_ON_VALUES: Final = frozenset(
    SH[name]
    for name in (
        "datatype", "nodeKind", "minCount", "maxCount", "minInclusive", "maxInclusive",
        "minExclusive", "maxExclusive", "minLength", "maxLength", "pattern", "languageIn",
        "uniqueLang", "in", "hasValue",
    )
)  # fmt: skip
#: Constraints that compare the values with those of another property of the focus node.
_PAIRS: Final = (SH.equals, SH.disjoint, SH.lessThan, SH.lessThanOrEquals)
#: Constraints that name a shape, and those that name a list of shapes.
_SHAPES: Final = (SH.node, SH["not"], SH.qualifiedValueShape)
_LISTS: Final = (SH["and"], SH["or"], SH.xone)
#: What a shape's own results come from.
_OWN: Final = frozenset({*_ON_VALUES, *_PAIRS, *_SHAPES, *_LISTS, SH["class"], SH.closed})
#: Where a shape says to which nodes it applies (SHACL, section 2.1.3).
TARGETS: Final = (SH.targetNode, SH.targetClass, SH.targetSubjectsOf, SH.targetObjectsOf)


@dataclass
class Targets:
    """To which nodes a shape applies by itself."""

    nodes: set[Node] = field(default_factory=set)
    classes: set[NamedNode] = field(default_factory=set)
    subjects_of: set[NamedNode] = field(default_factory=set)
    objects_of: set[NamedNode] = field(default_factory=set)


class Network:
    """The states of all shapes of a graph that apply to anything."""

    def __init__(self, shapes: rdflib.Graph) -> None:
        """Make the network of `shapes`; it does not change afterwards."""
        self._shapes = shapes
        self._count = 0
        #: The state in which a shape meets a node.
        self.entries: dict[rdflib.term.Node, State] = {}
        #: The state in which the values of a shape are.
        self.values: dict[rdflib.term.Node, State] = {}
        self.steps: dict[State, list[Step]] = defaultdict(list)
        self.links: dict[State, list[tuple[State, Link]]] = defaultdict(list)
        #: Steps and links by the state they lead to; the state of a step is where it comes from.
        self.steps_back: dict[State, list[Step]] = defaultdict(list)
        self.links_back: dict[State, list[tuple[State, Link]]] = defaultdict(list)
        #: Where each predicate is read: the state, and whether from the subject.
        self.read: dict[NamedNode, list[tuple[State, bool]]] = defaultdict(list)
        #: The states in which instances of a class are asked for.
        self.typed: dict[Node, list[State]] = defaultdict(list)
        self.types: dict[State, set[NamedNode]] = defaultdict(set)
        #: The states in which all triples of a node are read.
        self.closed: set[State] = set()
        self.targets: dict[State, Targets] = {}
        #: The states of shapes by the class or property that makes nodes their targets.
        self.classes: dict[Node, list[State]] = defaultdict(list)
        self.subjects_of: dict[NamedNode, list[State]] = defaultdict(list)
        self.objects_of: dict[NamedNode, list[State]] = defaultdict(list)
        #: The shapes that report, by the state in which they meet their focus nodes.
        self.reporting: dict[State, rdflib.term.Node] = {}
        #: Those with constraints other than ``sh:property`` and ``sh:sparql``.
        self.own: set[State] = set()
        #: Property shapes with ``sh:property``: focus nodes of others are among their values.
        self.over: set[State] = set()
        #: The states on the way from those to their values.
        self.inward: set[State] = set()
        #: Whether a query decides if a node conforms to a shape that others name.
        self.opaque = (None, RDF.type, SH.ConstraintComponent) in shapes
        self._build()

    def _build(self) -> None:
        classes = set(self._shapes.transitive_subjects(RDFS.subClassOf, RDFS.Class))
        implicit = {s for kind in classes for s in self._shapes.subjects(RDF.type, kind)}
        implicit = {s for s in implicit if self._is_shape(s)}
        declared = {s for target in TARGETS for s in self._shapes.subjects(target)}
        for shape in sorted(declared | implicit, key=str):
            if not self._is_off(shape):
                self._target(self._shape(shape), self._targets(shape, shape in implicit))
        self._mark_reporting()
        self._mark_inward()

    def _target(self, state: State, targets: Targets) -> None:
        self.targets[state] = targets
        for index, names in (
            (self.classes, targets.classes),
            (self.subjects_of, targets.subjects_of),
            (self.objects_of, targets.objects_of),
        ):
            for name in names:
                index[name].append(state)

    def _is_shape(self, node: Any) -> bool:
        kinds = (SH.NodeShape, SH.PropertyShape)
        return any((node, RDF.type, kind) in self._shapes for kind in kinds) or any(
            predicate in (*_OWN, SH.property, SH.sparql, *TARGETS)
            for predicate in self._shapes.predicates(node)
        )

    def _is_off(self, shape: Any) -> bool:
        return rdflib.Literal("true", datatype=XSD.boolean) in set(
            self._shapes.objects(shape, SH.deactivated)
        )

    def _targets(self, shape: Any, implicit: bool) -> Targets:
        nodes, *named = (set(map(term, self._shapes.objects(shape, kind))) for kind in TARGETS)
        classes, subjects_of, objects_of = (
            {one for one in names if isinstance(one, NamedNode)} for names in named
        )
        return Targets(
            nodes, classes | ({NamedNode(shape)} if implicit else set()), subjects_of, objects_of
        )

    def _new(self) -> State:
        self._count += 1
        return self._count

    def _step(self, start: State, predicate: NamedNode, forward: bool, end: State) -> None:
        self.steps[start].append(Step(predicate, forward, end))
        self.steps_back[end].append(Step(predicate, forward, start))
        self.read[predicate].append((start, forward))

    def _link(self, start: State, end: State, link: Link) -> None:
        self.links[start].append((end, link))
        self.links_back[end].append((start, link))

    def _shape(self, shape: Any) -> State:
        """The state in which `shape` meets a node, with all that follows from there."""
        if shape in self.entries:
            return self.entries[shape]
        entry = self.entries[shape] = values = self.values[shape] = self._new()
        if self._is_off(shape):
            return entry
        path = self._shapes.value(shape, SH.path)
        if path is not None:
            values = self.values[shape] = self._new()
            self._path(path, True, entry, values)
        for kind in self._shapes.objects(shape, SH["class"]):
            self.typed[term(kind)].append(values)
            self.types[values].add(NamedNode(str(kind)))
        for pair in _PAIRS:
            for predicate in self._shapes.objects(shape, pair):
                self._step(entry, NamedNode(str(predicate)), True, self._new())
        if any(value.toPython() is True for value in self._literals(shape, SH.closed)):
            self.closed.add(values)
        for inner in self._inner(shape):
            self._link(values, self._shape(inner), Link.INNER)
        for inner in self._shapes.objects(shape, SH.property):
            self._link(values, self._shape(inner), Link.PROPERTY)
        return entry

    def _literals(self, shape: Any, predicate: Any) -> Iterator[rdflib.Literal]:
        return (v for v in self._shapes.objects(shape, predicate) if isinstance(v, rdflib.Literal))

    def _inner(self, shape: Any) -> Iterator[Any]:
        """The shapes to which the values of `shape` are held, other than by ``sh:property``."""
        for predicate in _SHAPES:
            yield from self._shapes.objects(shape, predicate)
        for predicate in _LISTS:
            for members in self._shapes.objects(shape, predicate):
                yield from Collection(self._shapes, members)
        if any(
            v.toPython() is True for v in self._literals(shape, SH.qualifiedValueShapesDisjoint)
        ):
            yield from self.siblings(shape)

    def siblings(self, shape: Any) -> Iterator[Any]:
        """The sibling shapes of a qualified value shape (SHACL, section 4.7.3), itself included."""
        for parent in self._shapes.subjects(SH.property, shape):
            for property_ in self._shapes.objects(parent, SH.property):
                yield from self._shapes.objects(property_, SH.qualifiedValueShape)

    def _path(self, path: Any, forward: bool, start: State, end: State) -> None:
        """Put the steps of `path` between two states (SHACL, section 2.3.1)."""
        if isinstance(path, rdflib.URIRef):
            return self._step(start, NamedNode(path), forward, end)
        # A list is a sequence, whatever else is said of it: the engines read it so, and the W3C.
        is_list = (path, RDF.first, None) in self._shapes
        for predicate, inner in () if is_list else self._shapes.predicate_objects(path):
            if predicate == SH.inversePath:
                return self._path(inner, not forward, start, end)
            if predicate == SH.alternativePath:
                for option in Collection(self._shapes, inner):
                    self._path(option, forward, start, end)
                return None
            if predicate in (SH.zeroOrMorePath, SH.oneOrMorePath, SH.zeroOrOnePath):
                return self._repeated(predicate, inner, forward, start, end)
        parts = list(Collection(self._shapes, path))
        parts = parts if forward else parts[::-1]
        states = [start, *(self._new() for _ in parts[1:]), end]
        for part, before, after in zip(parts, states, states[1:], strict=False):
            self._path(part, forward, before, after)
        return None

    def _repeated(self, kind: Any, path: Any, forward: bool, start: State, end: State) -> None:
        before, after = self._new(), self._new()
        self._link(start, before, Link.PATH)
        self._link(after, end, Link.PATH)
        self._path(path, forward, before, after)
        if kind != SH.zeroOrOnePath:
            self._link(after, before, Link.PATH)
        if kind != SH.oneOrMorePath:
            self._link(before, after, Link.PATH)

    def _mark_reporting(self) -> None:
        todo = [shape for shape, entry in self.entries.items() if entry in self.targets]
        for shape in todo:
            self.reporting[self.entries[shape]] = shape
            inner = [] if self._is_off(shape) else list(self._shapes.objects(shape, SH.property))
            todo += [one for one in inner if one not in todo and not self._is_off(one)]
        for entry, shape in self.reporting.items():
            predicates = set(self._shapes.predicates(shape))
            if predicates & _OWN:
                self.own.add(entry)
            if SH.path in predicates and SH.property in predicates:
                self.over.add(entry)
        held = self._held()
        for shape in self._shapes.subjects(SH.sparql):
            self.opaque |= self.entries.get(shape) in held and not self._is_off(shape)

    def _held(self) -> set[State]:
        """The states of all shapes by which others decide whether a node conforms."""
        found: set[State] = set()
        todo = {s for pairs in self.links.values() for s, link in pairs if link is Link.INNER}
        while todo:
            found |= todo
            after = {end for state in todo for end, _ in self.links.get(state, ())}
            after |= {step.state for state in todo for step in self.steps.get(state, ())}
            todo = after - found
        return found

    def _mark_inward(self) -> None:
        todo = {self.values[self.reporting[entry]] for entry in self.over}
        while todo:
            self.inward |= todo
            before = {step.state for state in todo for step in self.steps_back.get(state, ())}
            back = [pair for state in todo for pair in self.links_back.get(state, ())]
            before |= {start for start, link in back if link is Link.PATH}
            todo = before - self.inward


def term(node: Any) -> Any:
    """A term of rdflib as one of pyoxigraph."""
    if isinstance(node, rdflib.Literal):
        if node.language:
            return Literal(str(node), language=node.language)
        return Literal(str(node), datatype=NamedNode(node.datatype or XSD.string))
    return NamedNode(node)
