"""Shapes that apply to the nodes that the data mark for them, and to no other.

So one graph of shapes, made ready for an engine once, serves every change: not the shapes say which
nodes are looked at, but triples that are put into the extract. Each has such a node as its object
and a predicate of the shape's own (``sh:targetObjectsOf``), so that any term can be marked, and no
shape sees a triple more on the node itself, not even a closed one.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final

import rdflib
from rdflib.namespace import RDF, SH

from brupact.namespaces import GENID
from brupact.validation.constraints import rdflib_term
from brupact.validation.engines import ready
from brupact.validation.impact import Place
from brupact.validation.network import TARGETS, Network, State

#: The subject of all marks, and how their predicates begin.
_MARK: Final = f"{GENID}to-be-validated"


class Overlay:
    """The shapes of a network that have constraints of their own, SPARQL apart."""

    def __init__(self, shapes: rdflib.Graph, network: Network) -> None:
        """Take them from `shapes`."""
        self._graph = rdflib.Graph()
        #: What each engine made of it, in this process.
        self._ready: dict[str, Callable[[rdflib.Graph], rdflib.Graph]] = {}
        for state in network.own:
            shape = network.reporting[state]
            for triple in _part(shapes, shape):
                self._graph.add(triple)
            self._graph.add((shape, SH.targetObjectsOf, _mark(state)))

    def report(self, extract: rdflib.Graph, units: Iterable[Place], engine: str) -> rdflib.Graph:
        """What `engine` reports on `units`; `extract`, all that they see, is marked.

        :raises BrupactError: if `engine` is not installed, or the shapes are not well formed.
        """
        for state, node in units:
            extract.add((rdflib.URIRef(_MARK), _mark(state), rdflib_term(node)))
        if engine not in self._ready:
            self._ready[engine] = ready(self._graph, engine)
        return self._ready[engine](extract)

    def __getstate__(self) -> dict[str, Any]:
        """All but what engines made, which belongs to the process."""
        return self.__dict__ | {"_ready": {}}


def _mark(state: State) -> rdflib.URIRef:
    return rdflib.URIRef(f"{_MARK}-{state}")


def _part(shapes: rdflib.Graph, shape: Any) -> Iterator[Any]:
    """The triples of `shape` and of all that it names, without targets and SPARQL."""
    left_out = {*TARGETS, SH.sparql}
    todo = [shape]
    for node in todo:
        for predicate, value in shapes.predicate_objects(node):
            is_class = predicate == RDF.type and not str(value).startswith(str(SH))
            if predicate not in left_out and not is_class:
                yield node, predicate, value
                todo += [value] if value not in todo else []
        siblings = (node, SH.qualifiedValueShapesDisjoint, None) in shapes
        for parent in shapes.subjects(SH.property, node) if siblings else ():
            yield parent, RDF.type, SH.NodeShape
            for one in shapes.objects(parent, SH.property):
                yield parent, SH.property, one
                todo += [one] if one not in todo else []
