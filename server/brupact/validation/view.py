"""The triples that shapes look at, read from a store of quads without a copy of it."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from typing import Final

from pyoxigraph import BlankNode, Literal, NamedNode, Quad, Store, Triple

from brupact.namespaces import RDF_TYPE, RDFS
from brupact.validation.engines import NOT_DATA

Node = NamedNode | BlankNode | Literal | Triple

SUB_CLASS_OF: Final = NamedNode(RDFS + "subClassOf")


class View:
    """The union of the data in a store, and of triples that were in it before."""

    def __init__(self, store: Store, lost: Iterable[Triple] = ()) -> None:
        """View `store`, and see `lost` as if it were still there."""
        self._store = store
        self._by_subject: dict[Node, list[Triple]] = defaultdict(list)
        self._by_object: dict[Node, list[Triple]] = defaultdict(list)
        for triple in lost:
            self._by_subject[triple.subject].append(triple)
            self._by_object[triple.object].append(triple)
        self._supers: dict[Node, frozenset[Node]] = {}
        self._classes: dict[Node, frozenset[Node]] = {}

    def objects(self, subject: Node, predicate: NamedNode) -> set[Node]:
        """The values that `subject` has of `predicate`."""
        return {triple.object for triple in self.triples(subject, predicate)}

    def subjects(self, predicate: NamedNode, object: Node) -> set[Node]:
        """What has `object` as a value of `predicate`."""
        found: set[Node] = {
            quad.subject
            for quad in self._store.quads_for_pattern(None, predicate, object, None)
            if is_data(quad)
        }
        found |= {t.subject for t in self._by_object.get(object, ()) if t.predicate == predicate}
        return found

    def pairs(self, predicate: NamedNode) -> Iterator[Triple]:
        """All triples of `predicate` in the store."""
        for quad in self._store.quads_for_pattern(None, predicate, None, None):
            if is_data(quad):
                yield quad.triple

    def triples(self, subject: Node, predicate: NamedNode | None = None) -> Iterator[Triple]:
        """The triples of `subject`, or those of `predicate`."""
        if isinstance(subject, NamedNode | BlankNode):
            for quad in self._store.quads_for_pattern(subject, predicate, None, None):
                if is_data(quad):
                    yield quad.triple
            for triple in self._by_subject.get(subject, ()):
                if predicate in (None, triple.predicate):
                    yield triple

    def supers(self, class_: Node) -> frozenset[Node]:
        """`class_` and all classes above it (SHACL, section 1.1)."""
        if class_ not in self._supers:
            self._supers[class_] = self._reached([class_], self._above)
        return self._supers[class_]

    def classes(self, node: Node) -> frozenset[Node]:
        """The SHACL types of `node`: its classes and all above them."""
        if node not in self._classes:
            self._classes[node] = self._reached(self.objects(node, RDF_TYPE), self._above)
        return self._classes[node]

    def instances(self, class_: Node) -> set[Node]:
        """The SHACL instances of `class_`."""
        below = self._reached([class_], lambda one: self.subjects(SUB_CLASS_OF, one))
        return {node for one in below for node in self.subjects(RDF_TYPE, one)}

    def _above(self, class_: Node) -> set[Node]:
        return self.objects(class_, SUB_CLASS_OF)

    @staticmethod
    def _reached(start: Iterable[Node], step: Callable[[Node], set[Node]]) -> frozenset[Node]:
        found = todo = set(start)
        while todo:
            todo = {after for one in todo for after in step(one)} - found
            found = found | todo
        return frozenset(found)


def is_data(quad: Quad) -> bool:
    """Whether shapes apply to the graph of `quad`."""
    return quad.graph_name not in NOT_DATA
